// A read of one computed field, for checking the owner's expression when the configuration is loaded. It never leaves the
// database's compiler: no row is read.
package import Metadata
internal import Planning

package enum ComputedFieldProbe {
    package static func read(_ collection: TrackedCollection, field: CollectionField, catalog: Catalog) -> SecuredRead {
        let index = collection.fields.firstIndex { $0.name == field.name } ?? 0
        let member = RowMember<Secured>(
            responseKey: field.apiName, content: .value(.stored(collection.reference(index)), field.type))
        return SecuredRead(
            collection: collection.id, form: .list, link: nil, security: RowSecurity(filter: .alwaysFalse),
            predicate: .alwaysTrue, distinct: [], ordering: [], limit: nil, offset: nil, rowLimit: 1,
            selection: .row([member]), errorPath: "$")
    }
}
