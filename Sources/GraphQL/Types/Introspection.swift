// Answers `__schema` and `__type` from a schema, as JSON bytes, for whatever the request selected.
// Specification, section 4.2 "Schema Introspection".

package import Base

package struct Introspection {
    /// How types list their parts. The dialect sorts `fields` and `enumValues` by name.
    package enum Order: Sendable {
        case asDefined
        case sortedByName
    }

    private let schema: Schema
    private let collector: FieldCollector
    private let order: Order
    /// Bytes an answer may grow to. Selections that come back to types again and again multiply.
    private let maximumBytes: Int
    /// Set once the answer is longer; what follows is not written.
    private var isOverLimit = false

    package init(
        schema: Schema, collector: FieldCollector, order: Order = .sortedByName, maximumBytes: Int = 64 << 20
    ) {
        self.schema = schema
        self.collector = collector
        self.order = order
        self.maximumBytes = maximumBytes
    }

    /// Whether a root field is answered here.
    package static func answers(_ field: CollectedField) -> Bool {
        field.name == "__schema" || field.name == "__type"
    }

    /// Appends the value of a `__schema` or `__type` root field, without its key.
    package mutating func write(_ field: CollectedField, into buffer: inout ByteBuffer) throws(GraphQLError) {
        if field.name == "__schema" {
            writeSchema(field, &buffer)
        } else {
            let arguments = try ArgumentCoercion.coerce(
                field.node, MetaFields.type, in: schema, variables: collector.variables)
            if let name = arguments["name"]?.string, schema.type(named: name) != nil {
                writeType(.named(name), field, &buffer)
            } else {
                buffer.append("null")
            }
        }
        if isOverLimit {
            throw GraphQLError(
                .limit, "Introspection result is larger than \(maximumBytes) bytes.",
                locations: [field.node.location], extensionPath: DialectPath.path(to: field.node),
                limit: .responseBytes)
        }
    }

    // MARK: Objects

    /// One object of the answer: `body` writes the value of each selected field.
    private mutating func writeObject(
        _ typeName: String, below field: CollectedField, _ buffer: inout ByteBuffer,
        _ body: (inout Introspection, CollectedField, inout ByteBuffer) -> Void
    ) {
        guard buffer.count < maximumBytes else {
            isOverLimit = true
            buffer.append("null")
            return
        }
        buffer.append(UInt8(ascii: "{"))
        var isFirst = true
        for entry in collector.collect(below: field, on: typeName) {
            if !isFirst { buffer.append(UInt8(ascii: ",")) }
            isFirst = false
            buffer.append(jsonString: entry.responseKey)
            buffer.append(UInt8(ascii: ":"))
            if entry.name == "__typename" {
                buffer.append(jsonString: typeName)
            } else {
                body(&self, entry, &buffer)
            }
        }
        buffer.append(UInt8(ascii: "}"))
    }

    private mutating func writeList<Elements: Swift.Sequence>(
        _ elements: Elements, _ buffer: inout ByteBuffer,
        _ body: (inout Introspection, Elements.Element, inout ByteBuffer) -> Void
    ) {
        buffer.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if isOverLimit { break }
            if !isFirst { buffer.append(UInt8(ascii: ",")) }
            isFirst = false
            body(&self, element, &buffer)
        }
        buffer.append(UInt8(ascii: "]"))
    }

    private func write(_ text: String?, _ buffer: inout ByteBuffer) {
        if let text { buffer.append(jsonString: text) } else { buffer.append("null") }
    }

    private func write(_ flag: Bool, _ buffer: inout ByteBuffer) {
        buffer.append(flag ? "true" : "false")
    }

    // MARK: __Schema

    private mutating func writeSchema(_ field: CollectedField, _ buffer: inout ByteBuffer) {
        writeObject("__Schema", below: field, &buffer) { this, entry, buffer in
            switch entry.name {
            case "description": this.write(this.schema.description, &buffer)
            case "types":
                this.writeList(this.schema.allTypeNames, &buffer) { this, name, buffer in
                    this.writeType(.named(name), entry, &buffer)
                }
            case "queryType": this.writeRoot(this.schema.queryType, entry, &buffer)
            case "mutationType": this.writeRoot(this.schema.mutationType, entry, &buffer)
            case "subscriptionType": this.writeRoot(this.schema.subscriptionType, entry, &buffer)
            case "directives":
                this.writeList(this.schema.directives, &buffer) { this, directive, buffer in
                    this.writeDirective(directive, entry, &buffer)
                }
            default: buffer.append("null")
            }
        }
    }

    private mutating func writeRoot(_ name: String?, _ field: CollectedField, _ buffer: inout ByteBuffer) {
        if let name { writeType(.named(name), field, &buffer) } else { buffer.append("null") }
    }

    // MARK: __Type

    private mutating func writeType(
        _ reference: TypeReference, _ field: CollectedField, _ buffer: inout ByteBuffer
    ) {
        switch reference {
        case .list(let item): writeWrapper("LIST", item, field, &buffer)
        case .nonNull(let inner): writeWrapper("NON_NULL", inner, field, &buffer)
        case .named(let name):
            guard let type = schema.type(named: name) else {
                buffer.append("null")
                return
            }
            writeNamedType(type, field, &buffer)
        }
    }

    private mutating func writeWrapper(
        _ kind: StaticString, _ inner: TypeReference, _ field: CollectedField, _ buffer: inout ByteBuffer
    ) {
        writeObject("__Type", below: field, &buffer) { this, entry, buffer in
            switch entry.name {
            case "kind":
                buffer.append(UInt8(ascii: "\""))
                buffer.append(kind)
                buffer.append(UInt8(ascii: "\""))
            case "ofType": this.writeType(inner, entry, &buffer)
            default: buffer.append("null")
            }
        }
    }

    private mutating func writeNamedType(
        _ type: NamedType, _ field: CollectedField, _ buffer: inout ByteBuffer
    ) {
        writeObject("__Type", below: field, &buffer) { this, entry, buffer in
            switch entry.name {
            case "kind": this.write(type.kindName, &buffer)
            case "name": this.write(type.name, &buffer)
            case "description": this.write(type.description, &buffer)
            case "specifiedByURL":
                if case .scalar(let scalar) = type {
                    this.write(scalar.specifiedByURL, &buffer)
                } else {
                    buffer.append("null")
                }
            case "isOneOf":
                if case .inputObject(let input) = type {
                    this.write(input.isOneOf, &buffer)
                } else {
                    buffer.append("null")
                }
            case "fields": this.writeFields(of: type, entry, &buffer)
            case "interfaces":
                guard type.fields != nil else { return buffer.append("null") }
                this.writeList(type.interfaces, &buffer) { this, name, buffer in
                    this.writeType(.named(name), entry, &buffer)
                }
            case "possibleTypes":
                guard type.isAbstract else { return buffer.append("null") }
                this.writeList(this.schema.possibleTypes(of: type), &buffer) { this, name, buffer in
                    this.writeType(.named(name), entry, &buffer)
                }
            case "enumValues": this.writeEnumValues(of: type, entry, &buffer)
            case "inputFields":
                guard case .inputObject(let input) = type else { return buffer.append("null") }
                this.writeInputValues(input.fields.elements, entry, &buffer)
            default: buffer.append("null")
            }
        }
    }

    private mutating func writeFields(
        of type: NamedType, _ field: CollectedField, _ buffer: inout ByteBuffer
    ) {
        guard let fields = type.fields else { return buffer.append("null") }
        let shown = filtered(fields.elements, field) { $0.deprecationReason }
        writeList(shown, &buffer) { this, definition, buffer in
            this.writeObject("__Field", below: field, &buffer) { this, entry, buffer in
                switch entry.name {
                case "name": this.write(definition.name, &buffer)
                case "description": this.write(definition.description, &buffer)
                case "args": this.writeInputValues(definition.arguments, entry, &buffer)
                case "type": this.writeType(definition.type, entry, &buffer)
                case "isDeprecated": this.write(definition.deprecationReason != nil, &buffer)
                case "deprecationReason": this.write(definition.deprecationReason, &buffer)
                default: buffer.append("null")
                }
            }
        }
    }

    private mutating func writeEnumValues(
        of type: NamedType, _ field: CollectedField, _ buffer: inout ByteBuffer
    ) {
        guard case .enumeration(let enumeration) = type else { return buffer.append("null") }
        let shown = filtered(enumeration.values.elements, field) { $0.deprecationReason }
        writeList(shown, &buffer) { this, value, buffer in
            this.writeObject("__EnumValue", below: field, &buffer) { this, entry, buffer in
                switch entry.name {
                case "name": this.write(value.name, &buffer)
                case "description": this.write(value.description, &buffer)
                case "isDeprecated": this.write(value.deprecationReason != nil, &buffer)
                case "deprecationReason": this.write(value.deprecationReason, &buffer)
                default: buffer.append("null")
                }
            }
        }
    }

    private mutating func writeInputValues(
        _ values: [InputValueDefinition], _ field: CollectedField, _ buffer: inout ByteBuffer
    ) {
        let includesDeprecated = includesDeprecated(field)
        let shown = values.filter { includesDeprecated || $0.deprecationReason == nil }
        writeList(shown, &buffer) { this, value, buffer in
            this.writeObject("__InputValue", below: field, &buffer) { this, entry, buffer in
                switch entry.name {
                case "name": this.write(value.name, &buffer)
                case "description": this.write(value.description, &buffer)
                case "type": this.writeType(value.type, entry, &buffer)
                case "defaultValue":
                    this.write(DefaultValue.canonical(of: value, in: this.schema)?.text, &buffer)
                case "isDeprecated": this.write(value.deprecationReason != nil, &buffer)
                case "deprecationReason": this.write(value.deprecationReason, &buffer)
                default: buffer.append("null")
                }
            }
        }
    }

    // MARK: __Directive

    private mutating func writeDirective(
        _ directive: DirectiveDefinition, _ field: CollectedField, _ buffer: inout ByteBuffer
    ) {
        writeObject("__Directive", below: field, &buffer) { this, entry, buffer in
            switch entry.name {
            case "name": this.write(directive.name, &buffer)
            case "description": this.write(directive.description, &buffer)
            case "isRepeatable": this.write(directive.isRepeatable, &buffer)
            case "locations":
                this.writeList(directive.locations, &buffer) { this, location, buffer in
                    this.write(location.rawValue, &buffer)
                }
            case "args": this.writeInputValues(directive.arguments, entry, &buffer)
            default: buffer.append("null")
            }
        }
    }

    // MARK: Arguments

    private func includesDeprecated(_ field: CollectedField) -> Bool {
        switch field.node.argument(named: "includeDeprecated")?.value.content {
        case .boolean(let flag)?: flag
        case .variable(let name)?: collector.variables[name]?.bool ?? false
        default: false
        }
    }

    private func filtered<Element: NamedDefinition>(
        _ elements: [Element], _ field: CollectedField, _ deprecationReason: (Element) -> String?
    ) -> [Element] {
        let includesDeprecated = includesDeprecated(field)
        let shown = elements.filter { includesDeprecated || deprecationReason($0) == nil }
        return order == .sortedByName ? shown.sorted { $0.name < $1.name } : shown
    }
}
