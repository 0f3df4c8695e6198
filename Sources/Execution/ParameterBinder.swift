// Values for the parameters of a statement: from the request's variables, the caller's claims and the clock. All are
// converted and checked here; the database never coerces one.
package import Auth
package import Base
package import GraphQL
internal import Metadata
package import Planning
internal import Rules

/// Keys of masks, derived from the project's key once at load.
package typealias MaskKeys = [String: [UInt8]]

package struct ParameterBinder: Sendable {
    private let variables: CoercedVariables
    private let caller: Caller
    private let now: Instant
    private let maskKeys: MaskKeys
    private let cursors: CursorSeal
    private let seals: ColumnSeals

    package init(
        variables: CoercedVariables, caller: Caller, now: Instant, maskKeys: MaskKeys,
        cursors: CursorSeal = CursorSeal(key: nil), seals: ColumnSeals = .none
    ) {
        self.cursors = cursors
        self.seals = seals
        self.variables = variables
        self.caller = caller
        self.now = now
        self.maskKeys = maskKeys
    }

    /// - Throws: `parse-failed`, `data-exception` or `not-supported` for a value that does not fit, with its place.
    func bind(_ prepared: [PreparedValue]) throws(GatewayError) -> [BoundValue] {
        var values: [BoundValue] = []
        values.reserveCapacity(prepared.count)
        for value in prepared {
            switch value {
            case .bound(let bound): values.append(bound)
            case .refused(let error): throw error
            case .perRequest(let parameter): try values.append(self.value(parameter))
            }
        }
        return values
    }

    /// - Throws: as `bind`.
    package func value(_ parameter: Parameter) throws(GatewayError) -> BoundValue {
        switch parameter.origin {
        case .integer(let value): return .integer(value)
        case .constant(let text): return try ParameterBinder.constant(text, parameter)
        case .variable(let name, let path): return try ParameterBinder.input(leaf(name, path), parameter)
        case .composed(let pieces): return try ParameterBinder.constant(text(pieces), parameter)
        case .cursor(let cursor, let index): return try value(index, of: cursor, parameter.target)
        case .claim(let path):
            // The shape has decided that the claim is there and converts; without it nothing may be bound in its place.
            guard let value = claim(at: path, in: caller.claims),
                let bound = RuleParameter.convert(value, to: parameter.target, isVariable: true)
            else { throw GatewayError(.unexpected, "internal error", underlying: "a claim of the shape is missing") }
            return bound
        case .claims: return .text(JSONValue.object(caller.claims ?? JSONObject()).text)
        case .now:
            if case .value(.date) = parameter.target { return .text(String(now.description.prefix(10))) }
            return .text(now.description)
        case .sealed(let inner, let form, let field): return try sealed(value(inner), form, field)
        case .written, .keys:
            throw GatewayError(.unexpected, "internal error", underlying: "a row of the mutation stands outside it")
        case .maskKey(let collection, let column):
            guard let key = maskKeys["\(collection).\(column)"] else {
                throw GatewayError(.unexpected, "internal error", underlying: "no key for a mask")
            }
            return .bytes(key)
        }
    }

    /// What is stored in place of a value; null stays null.
    private func sealed(
        _ value: BoundValue, _ form: StoredForm, _ field: FieldReference
    ) throws(GatewayError) -> BoundValue {
        switch value {
        case .null: return .null
        case .text(let plain):
            if let seal = seals[field] {
                switch form {
                case .hashed: return .text(seal.hash(plain))
                // What looks like ciphertext would be taken for it when it is read.
                case .clear where !ColumnSeal.isSealed(plain.utf8): return .text(plain)
                case .encrypted, .clear: if let sealed = seal.seal(plain) { return .text(sealed) }
                }
            }
        case .integer, .real, .decimal, .bytes, .list: break
        }
        throw GatewayError(.unexpected, "internal error", underlying: "a value could not be sealed")
    }

    fileprivate static func constant(_ text: String, _ parameter: Parameter) throws(GatewayError) -> BoundValue {
        try input((try? JSONScanner.parse(Array(text.utf8))) ?? .null, parameter)
    }

    private static func input(_ value: JSONValue, _ parameter: Parameter) throws(GatewayError) -> BoundValue {
        switch parameter.target {
        case .value(let kind): try ValueConversion.input(value, as: kind, at: parameter.errorPath)
        case .list(let kind): try ValueConversion.inputList(value, of: kind, at: parameter.errorPath)
        case .count: try ValueConversion.count(value, at: parameter.errorPath)
        case .pattern(let kind): try ValueConversion.pattern(value, kind, at: parameter.errorPath)
        case .jsonPath: try .text(JSONPath(value, at: parameter.errorPath).text)
        case .bytes: try ValueConversion.input(value, as: .bytea, at: parameter.errorPath)
        }
    }

    /// One value of the sort key a cursor holds, exactly as it was stored.
    /// - Throws: `bad-request` for a cursor that is not this statement's and this caller's.
    private func value(
        _ index: Int, of cursor: CursorArgument, _ target: Parameter.Target
    ) throws(GatewayError) -> BoundValue {
        let given: JSONValue
        switch cursor.origin {
        case .variable(let name, let path): given = leaf(name, path)
        case .constant(let text): given = (try? JSONScanner.parse(Array(text.utf8))) ?? .null
        case .composed, .cursor, .claim, .claims, .now, .maskKey, .integer, .written, .keys, .sealed: given = .null
        }
        guard let text = given.string,
            let plain = cursors.open(text, for: CursorContext.bytes(cursor.binding, caller)),
            let key = try? JSONScanner.parse(plain).object, key.members.indices.contains(index)
        else {
            throw GatewayError(
                .badRequest, "The cursor was not made for this query and this caller; begin without one.",
                extensionPath: cursor.errorPath)
        }
        switch key.members[index].value {
        case .number(let number):
            if case .value(let kind) = target { return ValueConversion.number(number, kind) ?? .null }
            return ValueConversion.number(number, .float8) ?? .null
        case .string(let text):
            if case .value(.bytea) = target, let bytes = BinaryText.decode(text) { return .bytes(bytes) }
            return .text(text)
        case .bool(let flag): return .integer(flag ? 1 : 0)
        case .null, .array, .object: return .null
        }
    }

    /// The value as the request gives it, for whoever is asked about it outside of a database.
    package func json(_ parameter: Parameter) -> JSONValue {
        switch parameter.origin {
        case .integer(let value): .number(JSONNumber(value))
        case .constant(let text): (try? JSONScanner.parse(Array(text.utf8))) ?? .null
        case .variable(let name, let path): leaf(name, path)
        case .composed(let pieces): (try? JSONScanner.parse(Array(text(pieces).utf8))) ?? .null
        case .claim(let path): claim(at: path, in: caller.claims) ?? .null
        case .claims: caller.claims.map { .object($0) } ?? .null
        case .now: .string(now.description)
        case .sealed(let inner, _, _): json(inner)
        case .cursor, .maskKey, .written, .keys: .null
        }
    }

    private func text(_ pieces: [LiteralPiece]) -> String {
        pieces.reduce(into: "") { text, piece in
            switch piece {
            case .text(let piece): text += piece
            case .variable(let name): text += (variables[name] ?? .null).text
            }
        }
    }

    private func leaf(_ name: String, _ path: [InputStep]) -> JSONValue {
        var value = variables[name] ?? .null
        for step in path {
            switch step {
            case .member(let name): value = value.object?[name] ?? .null
            case .item(let index):
                // A single value stood for a list of one.
                if case .array(let items) = value { value = items.indices.contains(index) ? items[index] : .null }
            }
        }
        return value
    }
}

/// A parameter as far as it can be decided without a request.
enum PreparedValue: Sendable {
    case bound(BoundValue)
    /// A literal of the document that does not fit; said whenever the operation is asked for.
    case refused(GatewayError)
    case perRequest(Parameter)

    init(_ parameter: Parameter) {
        switch parameter.origin {
        case .integer(let value): self = .bound(.integer(value))
        case .constant(let text):
            do throws(GatewayError) {
                self = try .bound(ParameterBinder.constant(text, parameter))
            } catch {
                self = .refused(error)
            }
        case .variable, .composed, .cursor, .claim, .claims, .now, .maskKey, .written, .keys, .sealed:
            self = .perRequest(parameter)
        }
    }
}
