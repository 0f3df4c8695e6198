// A token in a cookie. A browser sends a cookie with every request to its host, whoever's page asks: so it counts only where the
// request shows that it comes from a page of the gateway's own origin, or of one that the configuration names.
//
//     Origin present                     it must be the gateway's own (its host is that of `Host`), or a named one
//     Origin absent, Sec-Fetch-Site      `same-origin`, or `none`: somebody typed the address
//     neither                            taken: no browser posts JSON without an Origin, and a GET changes nothing and cannot be
//                                        read by another origin's page
//
// https://fetch.spec.whatwg.org/#origin-header, https://www.w3.org/TR/fetch-metadata/
internal import Base
internal import HTTP
internal import Metadata

enum CookieCredential {
    /// The token; `nil` when there is no such cookie.
    /// - Throws: `access-denied` for a cookie that another origin's page makes the browser send, `invalid-headers` for two of them.
    static func read(_ request: some HeaderFields, _ cookie: CookieConfiguration) throws(GatewayError) -> [UInt8]? {
        var tokens: [[UInt8]] = []
        request.forEachHeader { name, value in
            guard name.count == 6, String(decoding: name, as: UTF8.self).lowercased() == "cookie" else { return }
            tokens += values(named: cookie.name, in: value)
        }
        guard let token = tokens.first, !token.isEmpty else { return nil }
        guard tokens.count == 1 else {
            throw GatewayError(.invalidHeaders, "The cookie \"\(cookie.name)\" is given more than once.")
        }
        guard isOfOwnPage(request, cookie) else {
            throw GatewayError(.accessDenied, "The cookie \"\(cookie.name)\" is not taken from pages of this origin.")
        }
        return token
    }

    /// `a=1; b=2` (RFC 6265 section 4.2.1).
    private static func values(named name: String, in header: ArraySlice<UInt8>) -> [[UInt8]] {
        header.split(separator: UInt8(ascii: ";")).compactMap { pair in
            let pair = pair.drop { $0 == 0x20 || $0 == 0x09 }
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")), pair[..<equals].elementsEqual(name.utf8) else {
                return nil
            }
            var value = pair[pair.index(after: equals)...]
            while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
            return Array(value)
        }
    }

    private static func isOfOwnPage(_ request: some HeaderFields, _ cookie: CookieConfiguration) -> Bool {
        if let header = request.header(named: "origin") {
            guard request.headerCount(named: "origin") == 1 else { return false }
            let origin = String(decoding: header, as: UTF8.self).lowercased()
            if cookie.origins.contains(origin) { return true }
            guard let host = request.header(named: "host") else { return false }
            return ["https://", "http://"].contains { scheme in
                origin == scheme + String(decoding: host, as: UTF8.self).lowercased()
            }
        }
        guard let site = request.header(named: "sec-fetch-site") else { return true }
        return ["same-origin", "none"].contains(String(decoding: site, as: UTF8.self).lowercased())
    }
}
