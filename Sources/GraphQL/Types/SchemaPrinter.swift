// A schema as SDL in the reference's layout, built-in things left out: `perigee schema print`, published schema files.
// Specification, section 3, the grammar of its definitions.

package struct SchemaPrinter {
    private let schema: Schema

    private init(_ schema: Schema) {
        self.schema = schema
    }

    /// All directives and types that are not built in.
    package static func print(_ schema: Schema) -> String {
        let printer = SchemaPrinter(schema)
        let directives = schema.directives.filter { !BuiltInDirectives.names.contains($0.name) }
        return printer.print(directives: directives, typeNames: schema.provider.typeNames.filter { !isBuiltIn($0) })
    }

    /// The built-in directives and introspection types, which `print` leaves out.
    package static func printIntrospection(_ schema: Schema) -> String {
        let printer = SchemaPrinter(schema)
        let directives = schema.directives.filter { BuiltInDirectives.names.contains($0.name) }
        return (directives.map { printer.print($0) } + IntrospectionTypes.all.map { printer.print($0) })
            .joined(separator: "\n\n")
    }

    /// One type as SDL.
    package static func print(_ type: NamedType, in schema: Schema) -> String { SchemaPrinter(schema).print(type) }

    private static func isBuiltIn(_ name: String) -> Bool {
        BuiltInScalars.byName[name] != nil || IntrospectionTypes.byName[name] != nil
    }

    private func print(directives: [DirectiveDefinition], typeNames: [String]) -> String {
        var parts: [String] = []
        if let definition = schemaDefinition { parts.append(definition) }
        parts += directives.map { print($0) }
        parts += typeNames.compactMap { schema.type(named: $0) }.map { print($0) }
        return parts.joined(separator: "\n\n")
    }

    /// `schema { … }`, where it says more than the names of the root types do.
    private var schemaDefinition: String? {
        let roots = SchemaBuilder.defaultRoots.compactMap { kind, name in
            schema.rootType(kind).map { (kind: kind, name: $0, usual: name) }
        }
        if roots.isEmpty && schema.description == nil { return nil }
        let isUsual =
            roots.allSatisfy { $0.name == $0.usual }
            && SchemaBuilder.defaultRoots.allSatisfy { kind, name in
                // A type with a root's usual name that is no root has to be told apart.
                schema.rootType(kind) != nil || !isObject(name)
            }
        if isUsual && schema.description == nil { return nil }
        let lines = roots.map { "  \($0.kind.name): \($0.name)" }
        return describe(schema.description, "") + "schema {\n" + lines.joined(separator: "\n") + "\n}"
    }

    private func isObject(_ name: String) -> Bool {
        if case .object? = schema.provider.type(named: name) { return true }
        return false
    }

    // MARK: Types

    private func print(_ type: NamedType) -> String {
        let description = describe(type.description, "")
        switch type {
        case .scalar(let scalar):
            let specified = scalar.specifiedByURL.map { " @specifiedBy(url: \(StringLiteral.print($0)))" } ?? ""
            return description + "scalar \(scalar.name)" + specified
        case .object(let object):
            return description + "type \(object.name)" + implements(object.interfaces) + fields(object.fields)
        case .interface(let interface):
            return description + "interface \(interface.name)" + implements(interface.interfaces)
                + fields(interface.fields)
        case .union(let union):
            let members = union.memberTypes.isEmpty ? "" : " = " + union.memberTypes.joined(separator: " | ")
            return description + "union \(union.name)" + members
        case .enumeration(let enumeration):
            let values = enumeration.values.enumerated().map { index, value in
                describe(value.description, "  ", isFirst: index == 0) + "  \(value.name)"
                    + deprecated(value.deprecationReason)
            }
            return description + "enum \(enumeration.name)" + block(values)
        case .inputObject(let input):
            let values = input.fields.enumerated().map { index, field in
                describe(field.description, "  ", isFirst: index == 0) + "  " + print(field)
            }
            return description + "input \(input.name)" + (input.isOneOf ? " @oneOf" : "") + block(values)
        }
    }

    private func implements(_ interfaces: [String]) -> String {
        interfaces.isEmpty ? "" : " implements " + interfaces.joined(separator: " & ")
    }

    private func fields(_ fields: DefinitionList<FieldDefinition>) -> String {
        block(
            fields.enumerated().map { index, field in
                describe(field.description, "  ", isFirst: index == 0) + "  \(field.name)"
                    + arguments(field.arguments, indentation: "  ") + ": \(field.type)"
                    + deprecated(field.deprecationReason)
            })
    }

    private func block(_ lines: [String]) -> String {
        lines.isEmpty ? "" : " {\n" + lines.joined(separator: "\n") + "\n}"
    }

    /// On one line unless one of them has a description.
    private func arguments(_ arguments: [InputValueDefinition], indentation: String = "") -> String {
        if arguments.isEmpty { return "" }
        if arguments.allSatisfy({ $0.description == nil }) {
            return "(" + arguments.map { print($0) }.joined(separator: ", ") + ")"
        }
        let lines = arguments.enumerated().map { index, argument in
            describe(argument.description, "  " + indentation, isFirst: index == 0) + "  " + indentation
                + print(argument)
        }
        return "(\n" + lines.joined(separator: "\n") + "\n" + indentation + ")"
    }

    private func print(_ value: InputValueDefinition) -> String {
        let fallback = DefaultValue.canonical(of: value, in: schema).map { " = \($0.text)" } ?? ""
        return "\(value.name): \(value.type)" + fallback + deprecated(value.deprecationReason)
    }

    private func print(_ directive: DirectiveDefinition) -> String {
        describe(directive.description, "") + "directive @\(directive.name)" + arguments(directive.arguments)
            + (directive.isRepeatable ? " repeatable" : "") + " on "
            + directive.locations.map(\.rawValue).joined(separator: " | ")
    }

    private func deprecated(_ reason: String?) -> String {
        guard let reason else { return "" }
        if reason == BuiltInDirectives.defaultDeprecationReason { return " @deprecated" }
        return " @deprecated(reason: \(StringLiteral.print(reason)))"
    }

    /// The description above what it describes; an empty line before it, except at the top of a block.
    private func describe(_ text: String?, _ indentation: String, isFirst: Bool = true) -> String {
        guard let text else { return "" }
        let literal = BlockString.isPrintable(text) ? BlockString.print(text) : StringLiteral.print(text)
        let before = !indentation.isEmpty && !isFirst ? "\n" + indentation : indentation
        var result = Array(before.utf8)
        for byte in literal.utf8 {
            result.append(byte)
            if byte == 0x0A { result += Array(indentation.utf8) }
        }
        return String(decoding: result, as: UTF8.self) + "\n"
    }
}
