// The schema one caller sees, as SDL: what is hidden is nowhere in it, not as a field, an argument, an enum value or a
// type (rules of the API, section 2).
import GraphQL
import TestSupport
import Testing

@testable import Metadata

struct SchemaGeneratorTests {
    /// Visibility by names: everything is in clear but what is listed.
    private struct Visibility: SchemaVisibility {
        let catalog: Catalog
        var unreadable: Set<String> = []
        var unaggregatable: Set<String> = []
        var hidden: Set<String> = []
        var altered: [String: Bool] = [:]
        var unfollowed: Set<String> = []
        var loose: Set<String> = []

        func mayCall(_ function: FunctionID) -> Bool { true }

        func visibility(of id: CollectionID) -> CollectionVisibility {
            let collection = catalog[id]
            return CollectionVisibility(
                isReadable: !unreadable.contains(collection.table),
                isAggregatable: !unreadable.contains(collection.table) && !unaggregatable.contains(collection.table),
                fields: collection.fields.map { field in
                    let name = "\(collection.table).\(field.name)"
                    if hidden.contains(name) { return .hidden }
                    return altered[name].map { .altered(mayBeNull: $0) } ?? .clear
                },
                relationships: collection.relationships.map { relationship in
                    let name = "\(collection.table).\(relationship.name)"
                    if unfollowed.contains(name) || unreadable.contains(catalog[relationship.target].table) {
                        return .hidden
                    }
                    return .visible(mayBeMissing: loose.contains(name))
                })
        }
    }

    private static let catalog: Catalog = {
        do {
            return try TestCatalog.build([
                TestCatalog.table("teams", "id Int, name String"),
                TestCatalog.table(
                    "people", "id Int, team_id Int, name String, pay numeric?, joined timestamptz, notes json?",
                    references: [TestCatalog.reference("team_id", "teams")]),
            ])
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    private static func schema(_ change: (inout Visibility) -> Void = { _ in }) -> Schema {
        var visibility = Visibility(catalog: catalog)
        change(&visibility)
        return SchemaGenerator.schema(catalog: catalog, types: GeneratedTypes(catalog: catalog), visibility: visibility)
    }

    /// One type's SDL without descriptions.
    private static func type(_ name: String, _ change: (inout Visibility) -> Void = { _ in }) -> String {
        let schema = schema(change)
        guard let type = schema.type(named: name) else { return "none" }
        var isDescription = false
        let lines = SchemaPrinter.print(type, in: schema).split(separator: "\n").filter { line in
            let text = line.drop { $0 == " " }
            let quotes = text.ranges(of: "\"\"\"").count
            defer { if quotes == 1 { isDescription.toggle() } }
            return !isDescription && quotes == 0
        }
        return lines.joined(separator: "\n")
    }

    @Test
    func `all of a table's types, for a caller who may see everything`() {
        #expect(
            Self.type("people") == """
                type people {
                  id: Int!
                  joined: timestamptz!
                  name: String!
                  notes(
                    path: String
                  ): json
                  pay: numeric
                  team: teams!
                  team_id: Int!
                }
                """)
        #expect(
            Self.type("people_bool_exp") == """
                input people_bool_exp {
                  _and: [people_bool_exp!]
                  _not: people_bool_exp
                  _or: [people_bool_exp!]
                  id: Int_comparison_exp
                  joined: timestamptz_comparison_exp
                  name: String_comparison_exp
                  notes: json_comparison_exp
                  pay: numeric_comparison_exp
                  team: teams_bool_exp
                  team_id: Int_comparison_exp
                }
                """)
        #expect(
            Self.type("people_order_by") == """
                input people_order_by {
                  id: order_by
                  joined: order_by
                  name: order_by
                  pay: order_by
                  team: teams_order_by
                  team_id: order_by
                }
                """)
        #expect(
            Self.type("people_aggregate_fields") == """
                type people_aggregate_fields {
                  avg: people_avg_fields
                  count(columns: [people_select_column!], distinct: Boolean): Int!
                  max: people_max_fields
                  min: people_min_fields
                  stddev: people_stddev_fields
                  stddev_pop: people_stddev_pop_fields
                  stddev_samp: people_stddev_samp_fields
                  sum: people_sum_fields
                  var_pop: people_var_pop_fields
                  var_samp: people_var_samp_fields
                  variance: people_variance_fields
                }
                """)
        #expect(
            Self.type("teams_bool_exp") == """
                input teams_bool_exp {
                  _and: [teams_bool_exp!]
                  _not: teams_bool_exp
                  _or: [teams_bool_exp!]
                  id: Int_comparison_exp
                  name: String_comparison_exp
                  people: people_bool_exp
                  people_aggregate: people_aggregate_bool_exp
                }
                """)
        #expect(
            Self.type("people_aggregate_bool_exp")
                == "input people_aggregate_bool_exp @oneOf {\n  count: people_aggregate_bool_exp_count\n}")
        #expect(
            Self.type("people_aggregate_bool_exp_count") == """
                input people_aggregate_bool_exp_count {
                  arguments: [people_select_column!]
                  distinct: Boolean
                  filter: people_bool_exp
                  predicate: Int_comparison_exp!
                }
                """)
        #expect(
            Self.type("people_max_order_by")
                == "input people_max_order_by {\n  id: order_by\n  joined: order_by\n  name: order_by\n  pay: order_by\n  team_id: order_by\n}"
        )
        #expect(
            Self.type("people_sum_fields") == "type people_sum_fields {\n  id: Int\n  pay: numeric\n  team_id: Int\n}")
        #expect(
            Self.type("people_avg_fields") == "type people_avg_fields {\n  id: Float\n  pay: Float\n  team_id: Float\n}"
        )
        #expect(
            Self.type("people_max_fields")
                == "type people_max_fields {\n  id: Int\n  joined: timestamptz\n  name: String\n  pay: numeric\n  team_id: Int\n}"
        )
        #expect(Self.type("json_comparison_exp") == "input json_comparison_exp {\n  _is_null: Boolean\n}")
        #expect(
            Self.type("String_comparison_exp") == """
                input String_comparison_exp {
                  _eq: String
                  _gt: String
                  _gte: String
                  _ilike: String
                  _in: [String!]
                  _is_null: Boolean
                  _like: String
                  _lt: String
                  _lte: String
                  _neq: String
                  _nilike: String
                  _nin: [String!]
                  _nlike: String
                }
                """)
        #expect(Self.type("Int_comparison_exp").contains("_like") == false)
    }

    @Test
    func `the root has the fields of what may be read`() {
        let root = Self.type("query_root") { $0.unreadable = ["teams"] }
        #expect(root.contains("people("))
        #expect(root.contains("people_by_pk(id: Int!): people\n"))
        #expect(root.contains("people_aggregate("))
        #expect(!root.contains("teams"))
        #expect(Self.type("query_root") { $0.unaggregatable = ["people"] }.contains("people_aggregate") == false)
        #expect(Self.type("query_root") { $0.hidden = ["people.id"] }.contains("people_by_pk") == false)
        #expect(Self.type("query_root") { $0.altered = ["people.id": false] }.contains("people_by_pk") == false)
        #expect(
            Self.type("query_root") { $0.unreadable = ["teams", "people"] }
                == "type query_root {\n  no_queries_available: String\n}")
    }

    @Test(arguments: ["people.pay", "people.joined", "people.notes"])
    func `a hidden field is nowhere`(_ field: String) {
        let name = String(field.drop { $0 != "." }.dropFirst())
        let text = SchemaPrinter.print(Self.schema { $0.hidden = [field] })
        // The other table has a name of its own; what is left of it is looked at alone.
        let people = text.split(separator: "\n\n").filter {
            $0.contains("people") && !$0.contains("type query_root") && !$0.contains("type teams")
        }
        for type in people { #expect(!type.contains("\(name)"), "\(type)") }
        #expect(SchemaPrinter.print(Self.schema()).contains(name))
    }

    @Test
    func `a type that only hidden fields have is not listed`() {
        let all = SchemaPrinter.print(Self.schema())
        let some = SchemaPrinter.print(Self.schema { $0.hidden = ["people.pay", "people.notes"] })
        for name in ["numeric", "numeric_comparison_exp", "json", "json_comparison_exp"] {
            #expect(all.contains(" \(name) ") || all.contains("scalar \(name)"))
            #expect(!some.contains(name))
        }
    }

    @Test
    func `a collection that may not be read leaves no trace`() {
        let text = SchemaPrinter.print(Self.schema { $0.unreadable = ["teams"] })
        #expect(!text.contains("teams") && !text.contains("team:"))
        #expect(text.contains("team_id"))
        let people = SchemaPrinter.print(Self.schema { $0.unreadable = ["people"] })
        #expect(!people.contains("people"))
    }

    @Test
    func `a relationship that is not followed leaves no trace, and its target stays`() {
        let text = SchemaPrinter.print(Self.schema { $0.unfollowed = ["people.team", "teams.people"] })
        #expect(!text.contains("team:") && !text.contains("people(where") && text.contains("type teams "))
        #expect(!Self.type("teams") { $0.unfollowed = ["teams.people"] }.contains("people"))
    }

    @Test
    func `what may be missing is nullable`() {
        #expect(Self.type("people") { $0.loose = ["people.team"] }.contains("team: teams\n"))
        #expect(Self.type("people") { $0.altered = ["people.name": true] }.contains("name: String\n"))
        #expect(Self.type("people") { $0.altered = ["people.name": false] }.contains("name: String!\n"))
        // An array is empty, never null.
        #expect(Self.type("teams") { $0.loose = ["teams.people"] }.contains("): [people!]!"))
    }

    @Test
    func `a collection whose fields are all hidden still counts`() {
        let hidden: Set<String> = [
            "people.id", "people.team_id", "people.name", "people.pay", "people.joined", "people.notes",
        ]
        #expect(Self.type("people") { $0.hidden = hidden } == "type people {\n  team: teams!\n}")
        #expect(Self.type("people_select_column") { $0.hidden = hidden } == "none")
        #expect(
            Self.type("people_aggregate_fields") { $0.hidden = hidden }
                == "type people_aggregate_fields {\n  count: Int!\n}")
        let alone = { (visibility: inout Visibility) in
            visibility.hidden = hidden
            visibility.unfollowed = ["people.team"]
        }
        #expect(Self.type("people", alone) == "none")
        #expect(
            Self.type("people_aggregate", alone) == "type people_aggregate {\n  aggregate: people_aggregate_fields\n}")
        #expect(!Self.type("teams", alone).contains("people("))
        #expect(Self.type("teams", alone).contains("people_aggregate("))
    }

    @Test(
        arguments: [
            [], ["people.id", "people.team_id", "people.name", "people.pay", "people.joined", "people.notes"],
            ["teams.id", "teams.name"],
            [
                "teams.id", "teams.name", "people.id", "people.team_id", "people.name", "people.pay", "people.joined",
                "people.notes",
            ],
        ] as [Set<String>])
    func `every caller's schema is a valid one`(_ hidden: Set<String>) {
        for unfollowed in [[], ["people.team"], ["teams.people"], ["people.team", "teams.people"]] as [Set<String>] {
            for unaggregatable in [[], ["people"], ["people", "teams"]] as [Set<String>] {
                let schema = Self.schema {
                    $0.hidden = hidden
                    $0.unfollowed = unfollowed
                    $0.unaggregatable = unaggregatable
                }
                let errors = SchemaValidation.validate(schema)
                #expect(errors.isEmpty, "\(hidden) \(unfollowed) \(unaggregatable): \(errors.map(\.message))")
            }
        }
    }
}
