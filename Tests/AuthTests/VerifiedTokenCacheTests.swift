// Verified tokens are found again, expire, and never fill the memory.

import Base
import Metadata
import Testing

@testable import Auth

@Suite struct VerifiedTokenCacheTests {
    @Test func `a verified token is found again until it expires`() async throws {
        let authenticator = try await authenticator()
        let credentials = bearer(try await forge(#"{"exp":1800000060}"#))
        #expect(authenticator.cached(credentials, now: now) == nil)
        let caller = try await authenticator.authenticate(credentials, now: now, on: testLoop)
        #expect(caller.expiresAt == 1_800_000_060)
        #expect(authenticator.cached(credentials, now: now) === caller)
        #expect(authenticator.cached(credentials, now: now + 59) === caller)
        #expect(authenticator.cached(credentials, now: now + 60) == nil)
        let answer = await outcome(authenticator, credentials, at: now + 60)
        #expect(answer == "invalid-jwt: Could not verify JWT: JWTExpired")
    }

    @Test func `leeway counts for the cache too`() async throws {
        let authenticator = try await authenticator { $0.leeway = .seconds(10) }
        let credentials = bearer(try await forge(#"{"exp":1800000060}"#))
        let caller = try await authenticator.authenticate(credentials, now: now, on: testLoop)
        #expect(authenticator.cached(credentials, now: now + 69) === caller)
        #expect(authenticator.cached(credentials, now: now + 70) == nil)
    }

    @Test func `a refused token is not remembered as good`() async throws {
        let authenticator = try await authenticator()
        let credentials = bearer(try await forge(#"{"exp":1800000060,"nbf":1800000010}"#))
        _ = await outcome(authenticator, credentials)
        #expect(authenticator.cached(credentials, now: now) == nil)
        let later = await outcome(authenticator, credentials, at: now + 10)
        #expect(later.hasPrefix("user "))
    }

    @Test(arguments: [2, 10, 512, 4096])
    func `the cache is bounded and keeps what is used`(capacity: Int) {
        let cache = VerifiedTokenCache(capacity: capacity)
        func key(_ number: Int) -> VerifiedTokenCache.Key {
            .init(authorization: Array("token \(number)".utf8), requestedRole: nil)
        }
        let favourite = Caller(kind: .user)
        _ = cache.insert(favourite, for: key(-1))
        for number in 0..<capacity * 3 {
            _ = cache.insert(Caller(kind: .user), for: key(number))
            #expect(cache.caller(for: key(-1), now: now) === favourite)
            #expect(cache.count <= capacity)
        }
    }

    @Test func `the first of two verifications is kept, so that both share it`() {
        let cache = VerifiedTokenCache(capacity: 8)
        let key = VerifiedTokenCache.Key(authorization: [1], requestedRole: nil)
        let first = cache.insert(Caller(kind: .user), for: key)
        #expect(cache.insert(Caller(kind: .user), for: key) === first)
        #expect(cache.caller(for: .init(authorization: [1], requestedRole: [2]), now: now) == nil)
    }
}
