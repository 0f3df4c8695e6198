// Compares two schemas for what their clients can feel: kinds of change, their order and their sentences are the
// reference's. Additions that no request of the older schema can meet (a new type, a new field) are no changes here.

package struct SchemaChanges {
    private let old: Schema
    private let new: Schema
    private var changes: [SchemaChange] = []

    private init(_ old: Schema, _ new: Schema) {
        self.old = old
        self.new = new
    }

    /// Breaking and dangerous changes from `old` to `new`: of types in the order of `old`, then of directives.
    package static func find(from old: Schema, to new: Schema) -> [SchemaChange] {
        var comparison = SchemaChanges(old, new)
        comparison.compareTypes()
        comparison.compareDirectives()
        return comparison.changes
    }

    private mutating func note(_ kind: SchemaChange.Kind, _ description: String) {
        changes.append(SchemaChange(kind: kind, description: description))
    }

    // MARK: Types

    private mutating func compareTypes() {
        let names = old.allTypeNames
        for name in names where new.type(named: name) == nil {
            note(
                .typeRemoved,
                BuiltInScalars.byName[name] == nil
                    ? "\(name) was removed."
                    : "Standard scalar \(name) was removed because it is not referenced anymore.")
        }
        for name in names {
            guard let type = old.type(named: name), let newType = new.type(named: name) else { continue }
            compare(type, newType)
        }
    }

    private mutating func compare(_ type: NamedType, _ newType: NamedType) {
        switch (type, newType) {
        case (.scalar, .scalar): break
        case (.object(let type), .object(let newType)):
            compare(type.fields, newType.fields, of: type.name)
            compareInterfaces(type.interfaces, newType.interfaces, of: type.name)
        case (.interface(let type), .interface(let newType)):
            compare(type.fields, newType.fields, of: type.name)
            compareInterfaces(type.interfaces, newType.interfaces, of: type.name)
        case (.union(let type), .union(let newType)): compare(type, newType)
        case (.enumeration(let type), .enumeration(let newType)): compare(type, newType)
        case (.inputObject(let type), .inputObject(let newType)): compare(type, newType)
        case (.scalar, _), (.object, _), (.interface, _), (.union, _), (.enumeration, _), (.inputObject, _):
            note(
                .typeChangedKind,
                "\(type.name) changed from \(Self.article(type)) type to \(Self.article(newType)) type.")
        }
    }

    private static func article(_ type: NamedType) -> String {
        switch type {
        case .scalar: "a Scalar"
        case .object: "an Object"
        case .interface: "an Interface"
        case .union: "a Union"
        case .enumeration: "an Enum"
        case .inputObject: "an Input"
        }
    }

    private mutating func compare(_ type: UnionType, _ newType: UnionType) {
        for member in newType.memberTypes where !type.memberTypes.contains(member) {
            note(.typeAddedToUnion, "\(member) was added to union type \(type.name).")
        }
        for member in type.memberTypes where !newType.memberTypes.contains(member) {
            note(.typeRemovedFromUnion, "\(member) was removed from union type \(type.name).")
        }
    }

    private mutating func compare(_ type: EnumType, _ newType: EnumType) {
        for value in newType.values where type.values[value.name] == nil {
            note(.valueAddedToEnum, "\(value.name) was added to enum type \(type.name).")
        }
        for value in type.values where newType.values[value.name] == nil {
            note(.valueRemovedFromEnum, "\(value.name) was removed from enum type \(type.name).")
        }
    }

    private mutating func compare(_ type: InputObjectType, _ newType: InputObjectType) {
        for field in newType.fields where type.fields[field.name] == nil {
            if field.isRequired {
                note(
                    .requiredInputFieldAdded,
                    "A required field \(field.name) on input type \(type.name) was added.")
            } else {
                note(
                    .optionalInputFieldAdded,
                    "An optional field \(field.name) on input type \(type.name) was added.")
            }
        }
        for field in type.fields where newType.fields[field.name] == nil {
            note(.fieldRemoved, "\(type.name).\(field.name) was removed.")
        }
        for field in type.fields {
            guard let newField = newType.fields[field.name], !Self.takes(newField.type, whatFits: field.type)
            else { continue }
            note(
                .fieldChangedKind,
                "\(type.name).\(field.name) changed type from \(field.type) to \(newField.type).")
        }
    }

    private mutating func compareInterfaces(_ interfaces: [String], _ newInterfaces: [String], of type: String) {
        for interface in newInterfaces where !interfaces.contains(interface) {
            note(.interfaceAdded, "\(interface) added to interfaces implemented by \(type).")
        }
        for interface in interfaces where !newInterfaces.contains(interface) {
            note(.interfaceRemoved, "\(type) no longer implements interface \(interface).")
        }
    }

    // MARK: Fields and arguments

    private mutating func compare(
        _ fields: DefinitionList<FieldDefinition>, _ newFields: DefinitionList<FieldDefinition>, of type: String
    ) {
        for field in fields where newFields[field.name] == nil {
            note(.fieldRemoved, "\(type).\(field.name) was removed.")
        }
        for field in fields {
            guard let newField = newFields[field.name] else { continue }
            compareArguments(field, newField, of: type)
            if !Self.fits(newField.type, where: field.type) {
                note(
                    .fieldChangedKind,
                    "\(type).\(field.name) changed type from \(field.type) to \(newField.type).")
            }
        }
    }

    private mutating func compareArguments(_ field: FieldDefinition, _ newField: FieldDefinition, of type: String) {
        let place = "\(type).\(field.name)"
        for argument in field.arguments where newField.argument(named: argument.name) == nil {
            note(.argumentRemoved, "\(place) arg \(argument.name) was removed.")
        }
        for argument in field.arguments {
            guard let newArgument = newField.argument(named: argument.name) else { continue }
            if !Self.takes(newArgument.type, whatFits: argument.type) {
                note(
                    .argumentChangedKind,
                    "\(place) arg \(argument.name) has changed type from \(argument.type) to \(newArgument.type).")
            } else {
                compareDefaults(argument, newArgument, at: place)
            }
        }
        for argument in newField.arguments where field.argument(named: argument.name) == nil {
            if argument.isRequired {
                note(.requiredArgumentAdded, "A required arg \(argument.name) on \(place) was added.")
            } else {
                note(.optionalArgumentAdded, "An optional arg \(argument.name) on \(place) was added.")
            }
        }
    }

    /// A default that appears is no change: who left the argument out gets it now, and nothing before.
    private mutating func compareDefaults(
        _ argument: InputValueDefinition, _ newArgument: InputValueDefinition, at place: String
    ) {
        guard let value = argument.defaultValue else { return }
        guard let newValue = newArgument.defaultValue else {
            note(.argumentDefaultChanged, "\(place) arg \(argument.name) defaultValue was removed.")
            return
        }
        let text = value.sortedByName.text
        let newText = newValue.sortedByName.text
        if text != newText {
            note(
                .argumentDefaultChanged,
                "\(place) arg \(argument.name) has changed defaultValue from \(text) to \(newText).")
        }
    }

    /// Whether a field may have the type `new` where clients expect `old`: the same, or null less often.
    private static func fits(_ new: TypeReference, where old: TypeReference) -> Bool {
        switch (old, new) {
        case (.nonNull(let old), .nonNull(let new)): fits(new, where: old)
        case (.nonNull, _): false
        case (_, .nonNull(let new)): fits(new, where: old)
        case (.list(let old), .list(let new)): fits(new, where: old)
        case (.named(let old), .named(let new)): old == new
        case (.list, _), (_, .list): false
        }
    }

    /// Whether an argument or input field of the type `new` takes every value that `old` took: the same, or null too.
    private static func takes(_ new: TypeReference, whatFits old: TypeReference) -> Bool {
        switch (old, new) {
        case (.nonNull(let old), .nonNull(let new)): takes(new, whatFits: old)
        case (.nonNull(let old), _): takes(new, whatFits: old)
        case (_, .nonNull): false
        case (.list(let old), .list(let new)): takes(new, whatFits: old)
        case (.named(let old), .named(let new)): old == new
        case (.list, _), (_, .list): false
        }
    }

    // MARK: Directives

    private mutating func compareDirectives() {
        for directive in old.directives where new.directive(named: directive.name) == nil {
            note(.directiveRemoved, "\(directive.name) was removed.")
        }
        for directive in old.directives {
            guard let newDirective = new.directive(named: directive.name) else { continue }
            compare(directive, newDirective)
        }
    }

    private mutating func compare(_ directive: DirectiveDefinition, _ newDirective: DirectiveDefinition) {
        let name = directive.name
        for argument in newDirective.arguments
        where argument.isRequired && directive.argument(named: argument.name) == nil {
            note(
                .requiredDirectiveArgumentAdded, "A required arg \(argument.name) on directive \(name) was added.")
        }
        for argument in directive.arguments where newDirective.argument(named: argument.name) == nil {
            note(.directiveArgumentRemoved, "\(argument.name) was removed from \(name).")
        }
        if directive.isRepeatable, !newDirective.isRepeatable {
            note(.directiveRepeatableRemoved, "Repeatable flag was removed from \(name).")
        }
        for location in directive.locations where !newDirective.locations.contains(location) {
            note(.directiveLocationRemoved, "\(location.rawValue) was removed from \(name).")
        }
    }
}

extension ConstantValue {
    /// The fields of input objects in alphabetical order: equal values have equal texts.
    fileprivate var sortedByName: ConstantValue {
        switch self {
        case .list(let items): .list(items.map(\.sortedByName))
        case .object(let fields):
            .object(
                fields.map { ConstantField(name: $0.name, value: $0.value.sortedByName) }
                    .sorted { Suggestions.naturalCompare($0.name, $1.name) < 0 })
        case .null, .int, .float, .string, .boolean, .enumeration: self
        }
    }
}
