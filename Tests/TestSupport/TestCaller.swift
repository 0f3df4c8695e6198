// Who asks, as a test writes it: nobody, the admin, or claims as JSON.
package import Base

package enum TestCaller: Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    case anonymous
    case admin
    case claims(JSONObject)

    /// Claims written as a JSON object: `#"{"id": 2, "role": "member"}"#`.
    package init(stringLiteral text: String) {
        guard let object = JSONValue(test: text).object else {
            preconditionFailure("claims are a JSON object: \(text)")
        }
        self = .claims(object)
    }

    /// A value of its own each time, so that nothing an earlier request left in it is found again.
    package var caller: Caller {
        switch self {
        case .anonymous: Caller(kind: .anonymous)
        case .admin: Caller(kind: .admin)
        case .claims(let claims): Caller(kind: .user, claims: claims)
        }
    }

    package var description: String {
        switch self {
        case .anonymous: "anonymous"
        case .admin: "admin"
        case .claims(let claims): JSONValue.object(claims).text
        }
    }
}

extension JSONValue {
    /// JSON that a test wrote: a mistake in it is the test's.
    package init(test text: String) {
        do {
            self = try JSONScanner.parse(Array(text.utf8))
        } catch {
            preconditionFailure("not JSON: \(error.message) at \(error.offset): \(text)")
        }
    }
}
