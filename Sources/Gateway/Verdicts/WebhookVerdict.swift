// What a webhook is asked, and what its answer means (rules of the API, section 4). Only an answer that says yes or no is a
// verdict; everything else is none, also where the rule stands under `not`.
internal import Base
internal import Execution
internal import Outbound
internal import Rules

enum WebhookVerdict {
    /// `{"op": …, "auth": …, "doc": …, "params": …}`, the same bytes for the same question.
    static func body(
        _ call: WebhookCall, _ question: VerdictQuestion, _ claims: JSONObject?, _ binder: ParameterBinder
    ) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.append("{\"op\":")
        buffer.append(jsonString: call.operation.rawValue)
        buffer.append(",\"auth\":")
        buffer.append(json: claims.map { .object($0) } ?? .null)
        buffer.append(",\"doc\":")
        buffer.append(json: question.document.map { .array($0.map { value($0, binder) }) } ?? .null)
        buffer.append(",\"params\":")
        buffer.append(json: question.arguments.map { value(.object($0), binder) } ?? .null)
        buffer.append(UInt8(ascii: "}"))
        return buffer.bytes
    }

    private static func value(_ sent: VerdictQuestion.Sent, _ binder: ParameterBinder) -> JSONValue {
        switch sent {
        case .null: .null
        case .parameter(let parameter): binder.json(parameter)
        case .list(let items): .array(items.map { value($0, binder) })
        case .object(let members):
            .object(JSONObject(members.map { JSONMember(name: $0.name, value: value($0.value, binder)) }))
        }
    }

    struct None: Error {
        /// For the operator.
        let reason: String
    }

    private static let maximumDepth = 32

    static func read(_ response: OutboundResponse) throws(None) -> Bool {
        switch response.status {
        case 200..<300: return try said(response.body) ?? true
        case 401, 403:
            guard try said(response.body) != true else {
                throw None(reason: "status \(response.status) with \"allow\": true")
            }
            return false
        default: throw None(reason: "status \(response.status)")
        }
    }

    /// `allow` of a body that is an object; `nil` where the body says nothing of it.
    private static func said(_ body: [UInt8]) throws(None) -> Bool? {
        let start = body.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
        guard start == UInt8(ascii: "{") else { return nil }
        // Half an object, or one that says two things, must not pass for silence.
        guard body.span.firstInvalidUTF8() == nil,
            let object = (try? JSONScanner.parse(body, maximumDepth: maximumDepth))?.object
        else { throw None(reason: "the answer is not valid JSON") }
        guard let allow = object["allow"] else { return nil }
        guard let verdict = allow.bool else { throw None(reason: "\"allow\" is neither true nor false") }
        return verdict
    }
}
