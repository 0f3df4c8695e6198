// Several runs of one read as one statement: their values come as arrays, one for each parameter, and the read stands in a
// lateral join beside them. The database then takes one message, starts one plan and looks at one snapshot for all, which for
// quick reads is most of the work (docs/decisions/0019-merged-reads.md).

internal import Connectors
internal import Planning
internal import SQL

enum MergedRead {
    /// No alias of a lowered statement has a space and this letter.
    private static let run = PostgresDialect.quotedIdentifier("a run")
    private static let number = PostgresDialect.quotedIdentifier("number")

    /// The statement's form for many runs: columns are the number of the run, from 1, and its cells; a run whose answer is
    /// too large has no row. `nil` where a parameter's type is not known, or there is none.
    /// - Parameter bytes: the bound of each answer.
    static func form(of statement: SQLStatement, bytes: Int) -> SQLStatement? {
        guard let text = text(of: statement) else { return nil }
        let names = statement.parameters.indices.map(name)
        // As sub-selects their lengths are guesses for every plan: else the one made for all values, which guesses ten, looks
        // dearer than one for fewer, and each run is planned anew.
        let values = statement.parameters.indices.map { "(SELECT $\($0 + 1)::\"text\"[])" }
        let read = AnswerBound.bounded(text, cells: statement.cellCount, bytes: bytes)
        return SQLStatement(
            tag: statement.tag,
            text: "SELECT \(run).\(number), \"read\".* FROM unnest(\(values.joined(separator: ", ")))"
                + " WITH ORDINALITY AS \(run) (\((names + [number]).joined(separator: ", ")))"
                + " CROSS JOIN LATERAL (\(read)) AS \"read\"",
            parameters: statement.parameters, cellCount: statement.cellCount + 1)
    }

    private static func name(_ parameter: Int) -> String { PostgresDialect.quotedIdentifier("p\(parameter)") }

    /// With columns instead of placeholders.
    private static func text(of statement: SQLStatement) -> String? {
        guard !statement.parameters.isEmpty, !statement.places.isEmpty else { return nil }
        let plain = Array(statement.plainText.utf8)
        var text: [UInt8] = []
        var end = 0
        for place in statement.places {
            let value = "\(run).\(name(place.parameter))"
            guard let value = PostgresDialect.argument(value, statement.parameters[place.parameter]) else { return nil }
            text += plain[end..<place.range.lowerBound]
            text += "(\(value))".utf8
            end = place.range.upperBound
        }
        text += plain[end...]
        return String(decoding: text, as: UTF8.self)
    }
}

extension StatementJob {
    /// Runs of one statement in its form for many.
    convenience init(id: UInt64, merging members: [StatementJob], in form: SQLStatement) {
        self.init(
            id: id, statement: form, parameters: EncodedParameters(merging: members.map(\.parameters)), deadline: .max,
            members: members)
        isPipelined = true
    }
}
