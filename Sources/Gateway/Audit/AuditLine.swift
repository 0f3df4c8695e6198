// One line of the audit log: who asked for what, which rules decided, and how it ended. It is given names and decisions
// only; of the claims just the one that the configuration names.
internal import Base
internal import GraphQL
internal import Metadata
internal import Rules

struct AuditLine {
    /// Characters of names that callers choose; more are cut.
    private static let maximumName = 128

    private var buffer = ByteBuffer(capacity: 512)

    init(at now: Instant) {
        buffer.append("{\"time\":")
        buffer.append(jsonString: now.description)
    }

    mutating func caller(_ caller: Caller, identity: [String]?) {
        buffer.append(",\"caller\":")
        buffer.append(jsonString: caller.kind.word)
        guard let identity, let value = claim(at: identity, in: caller.claims) else { return }
        switch value {
        case .string, .number:
            buffer.append(",\"identity\":")
            buffer.append(json: value)
        // Anything else is more than a name.
        case .null, .bool, .array, .object: break
        }
    }

    /// Of somebody whose credentials were refused.
    mutating func unverified() {
        buffer.append(",\"caller\":\"unverified\"")
    }

    mutating func operation(_ kind: OperationKind?, _ name: String?, _ document: DocumentDigest?) {
        if let kind {
            buffer.append(",\"kind\":")
            buffer.append(jsonString: kind.name)
        }
        if let name {
            buffer.append(",\"operation\":")
            buffer.append(jsonString: String(name.prefix(Self.maximumName)))
        }
        if let document {
            buffer.append(",\"document\":")
            buffer.append(jsonString: document.hexadecimal)
        }
    }

    /// - Parameter decisions: what `decisions(of:)` made of them.
    mutating func rules(_ decisions: [UInt8]) {
        if decisions.isEmpty { return }
        buffer.append(",\"rules\":")
        buffer.append(contentsOf: decisions)
    }

    /// The line with its end.
    consuming func outcome(_ code: ErrorCode?) -> [UInt8] {
        buffer.append(",\"outcome\":")
        buffer.append(jsonString: code?.rawValue ?? "ok")
        buffer.append("}\n")
        return buffer.bytes
    }

    /// The decisions of the rules that an operation asked, as a JSON list; the same for every request of its shape.
    static func decisions(of touched: TouchedRules, _ view: ShapeView) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.append("[")
        for (index, entry) in touched.entries.enumerated() {
            let verdict = touched.verdict(of: entry, view)
            if index > 0 { buffer.append(",") }
            buffer.append("{\"on\":")
            buffer.append(jsonString: view.catalog[entry.collection].name.description)
            buffer.append(",\"operation\":")
            buffer.append(jsonString: entry.operation.rawValue)
            buffer.append(",\"decision\":")
            buffer.append(jsonString: verdict.outcome.word)
            if let rule = verdict.rule {
                buffer.append(",\"rule\":")
                buffer.append(jsonString: "\(rule.file)#\(rule.pointer)")
            }
            buffer.append("}")
        }
        buffer.append("]")
        return buffer.bytes
    }
}
