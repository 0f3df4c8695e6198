// The parts that types are made of, each held once: the columns of a table come again in a dozen of its types, and those of most
// tables have names and types that other tables have, too.
internal import GraphQL

struct SharedDefinitions {
    private var fields = Parts<FieldDefinition>()
    private var inputs = Parts<InputValueDefinition>()
    private var values = Parts<EnumValueDefinition>()
    private var references: Set<TypeReference> = []

    /// Of each sort: what comes beyond is not shared, which bounds what is kept here for shapes that are gone.
    fileprivate static let maximumParts = 1 << 17

    /// The type, made of the parts that others have.
    /// - Parameters:
    ///   - name: its name, as the catalog's names hold it.
    ///   - other: the same type as some other shape sees it.
    mutating func sharing(
        _ type: NamedType, name: String, like other: NamedType?, _ types: GeneratedTypes
    ) -> NamedType {
        let text = other?.description == type.description ? other?.description : type.description
        switch type {
        case .scalar, .interface, .union: return type
        case .object(let type):
            return .object(
                ObjectType(
                    name: name, description: text, interfaces: type.interfaces, fields: list(type.fields, types)))
        case .inputObject(let type):
            return .inputObject(
                InputObjectType(
                    name: name, description: text, fields: list(type.fields, types), isOneOf: type.isOneOf))
        case .enumeration(let type):
            let elements = values.list(type.values.map { values.element($0) })
            return .enumeration(
                EnumType(name: name, description: text, values: DefinitionList(elements), holdsData: type.holdsData))
        }
    }

    private mutating func list(
        _ list: DefinitionList<FieldDefinition>, _ types: GeneratedTypes
    ) -> DefinitionList<FieldDefinition> {
        DefinitionList(fields.list(list.map { field($0, types) }))
    }

    private mutating func list(
        _ list: DefinitionList<InputValueDefinition>, _ types: GeneratedTypes
    ) -> DefinitionList<InputValueDefinition> {
        DefinitionList(inputs.list(list.map { input($0, types) }))
    }

    private mutating func field(_ field: FieldDefinition, _ types: GeneratedTypes) -> FieldDefinition {
        if let known = fields.known(field) { return known }
        return fields.element(
            FieldDefinition(
                name: field.name, description: field.description,
                arguments: inputs.list(field.arguments.map { input($0, types) }),
                type: reference(field.type, types), deprecationReason: field.deprecationReason))
    }

    private mutating func input(_ input: InputValueDefinition, _ types: GeneratedTypes) -> InputValueDefinition {
        if let known = inputs.known(input) { return known }
        return inputs.element(
            InputValueDefinition(
                name: input.name, description: input.description, type: reference(input.type, types),
                defaultValue: input.defaultValue, deprecationReason: input.deprecationReason,
                acceptsNumberInText: input.acceptsNumberInText))
    }

    private mutating func reference(_ reference: TypeReference, _ types: GeneratedTypes) -> TypeReference {
        if let known = references.firstIndex(of: reference) { return references[known] }
        let own: TypeReference =
            switch reference {
            case .named(let name): .named(types.position(of: name).map { types.names[$0] } ?? name)
            case .list(let inner): .list(self.reference(inner, types))
            case .nonNull(let inner): .nonNull(self.reference(inner, types))
            }
        if references.count < Self.maximumParts { references.insert(own) }
        return own
    }
}

/// Parts of one sort, and the lists of them that types have.
private struct Parts<Element: AnyObject & Hashable & Sendable> {
    private var elements: Set<Element> = []
    private var lists: Set<IdentityList<Element>> = []

    func known(_ element: Element) -> Element? { elements.firstIndex(of: element).map { elements[$0] } }

    mutating func element(_ element: Element) -> Element {
        elements.count < SharedDefinitions.maximumParts
            ? elements.insert(element).memberAfterInsert : known(element) ?? element
    }

    /// - Parameter list: of shared elements.
    mutating func list(_ list: [Element]) -> [Element] {
        if list.isEmpty { return [] }
        let own = IdentityList(elements: list)
        return lists.count < SharedDefinitions.maximumParts
            ? lists.insert(own).memberAfterInsert.elements
            : lists.firstIndex(of: own).map { lists[$0].elements } ?? list
    }
}

/// A list that is another one where it holds the same objects.
struct IdentityList<Element: AnyObject & Sendable>: Sendable, Hashable {
    let elements: [Element]

    static func == (left: Self, right: Self) -> Bool {
        left.elements.count == right.elements.count && zip(left.elements, right.elements).allSatisfy { $0 === $1 }
    }

    func hash(into hasher: inout Hasher) {
        for element in elements { hasher.combine(ObjectIdentifier(element)) }
    }
}
