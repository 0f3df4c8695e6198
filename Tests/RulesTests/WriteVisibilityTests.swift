// What a caller's schema offers for writing a collection: what its rules leave of it, and what the collection takes at all (rules of
// the API, section 3).
import Metadata
import TestSupport
import Testing

@testable import Rules

struct WriteVisibilityTests {
    private static let user: TestCaller = #"{"id": 1, "role": "user"}"#
    private static let allow = #"{"rule": "allow"}"#
    private static let deny = #"{"rule": "deny"}"#
    private static let editor =
        #"{"rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor"}"#
    private static let force = #"{"rule": "force", "field": "title", "value": "x"}"#

    private static func and(_ rules: String...) -> String {
        #"{"rule": "and", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }

    private static let things = TestCatalog.table(
        "things", "id Int, owner_id Int?, title String, note String?", unique: [["title"]],
        references: [TestCatalog.reference("owner_id", "owners")])
    private static let owners = TestCatalog.table("owners", "id Int, name String")
    private static let computed = #""computedFields": { "size": { "expression": "length(title)", "type": "Int" } }"#

    /// A view of things that its triggers change as far as `accepts` says.
    private static func view(_ accepts: AcceptedWrites, key: [String] = ["id"]) -> TableDescription {
        var view = TestCatalog.table(
            "things", "id Int, owner_id Int?, title String, note String?", key: [], kind: .view)
        view.accepts = accepts
        view.viewKey = key
        return view
    }

    /// `insert(fields) with relationships, update(fields), delete, meets(constraints)`, as far as there is anything of it;
    /// `update!` where the gateway sets something by itself.
    private static func writes(
        _ entry: String, to things: TableDescription = things, collection: String = "things",
        configured: String = computed,
        as caller: TestCaller = user
    ) throws -> String {
        let catalog = try TestCatalog.build(
            [things, owners], source: #""track": "all", "collections": { "things": { \#(configured) } }"#)
        let bench = try RuleBench(#"{"collections": {"main.\#(collection)": { \#(entry) }}}"#, catalog: catalog)
        guard let collection = catalog.collection(named: CollectionName(source: "main", collection: collection)) else {
            return "no such collection"
        }
        let seen = bench.view(caller).writeVisibility(of: collection.id)
        let names = { (indices: Set<Int>) in
            "(" + indices.sorted().map { collection.fields[$0].name }.joined(separator: " ") + ")"
        }
        var words: [String] = []
        if seen.isInsertable {
            let links = seen.insertRelationships.sorted().map { collection.relationships[$0].name }
            words.append(
                "insert" + names(seen.insertFields) + (links.isEmpty ? "" : " with " + links.joined(separator: " ")))
        }
        if seen.isUpdatable { words.append("update" + (seen.hasForcedUpdate ? "!" : "") + names(seen.updateFields)) }
        if seen.isDeletable { words.append("delete") }
        if !seen.constraints.isEmpty {
            let met = seen.constraints.sorted().map { collection.constraints[$0].name }
            words.append("meets(" + met.joined(separator: " ") + ")")
        }
        return words.joined(separator: ", ")
    }

    @Test(
        arguments: [
            (#""read": \#(allow)"#, ""),
            (#""create": \#(allow)"#, "insert(id owner_id title note) with owner, meets(things_pkey title)"),
            (#""update": \#(allow)"#, "update(id owner_id title note)"),
            (#""delete": \#(allow)"#, "delete"),
            (#""create": \#(editor), "update": \#(editor), "delete": \#(editor)"#, ""),
            // What a rule sets nobody gives, and it is there to meet a constraint all the same.
            (
                #""create": \#(and(allow, force))"#,
                "insert(id owner_id note) with owner, meets(things_pkey title)"
            ),
            (#""update": \#(and(allow, force))"#, "update!(id owner_id note)"),
            // Entries of fields are for the operation they name.
            (
                #""create": \#(allow), "fields": {"note": {"create": \#(deny)}, "title": {"update": \#(deny)}}"#,
                "insert(id owner_id title) with owner, meets(things_pkey title)"
            ),
            (
                #""update": \#(allow), "fields": {"note": {"create": \#(deny)}, "title": {"update": \#(deny)}}"#,
                "update(id owner_id note)"
            ),
            (
                #""create": \#(allow), "fields": {"id": {"create": \#(editor)}, "owner": {"create": \#(editor)}}"#,
                "insert(owner_id title note), meets(title)"
            ),
            (
                #""create": \#(allow), "fields": {"*": {"create": \#(deny)}, "note": {"create": \#(allow)}}"#,
                "insert(note)"
            ),
            // What is encrypted is never twice the same.
            (
                #""create": \#(and(allow, #"{"rule": "encrypt", "fields": ["title"]}"#))"#,
                "insert(id owner_id title note) with owner, meets(things_pkey)"
            ),
            (
                #""create": \#(and(allow, #"{"rule": "hash", "fields": ["title"]}"#))"#,
                "insert(id owner_id title note) with owner, meets(things_pkey title)"
            ),
        ] as [(String, String)])
    func `of a table what its rules leave`(_ entry: String, _ expected: String) throws {
        #expect(try Self.writes(entry) == expected)
    }

    @Test
    func `a constraint is met by values none of which is encrypted`() throws {
        let table = TestCatalog.table("things", "id Int, title String, note String?", unique: [["title", "note"]])
        let create = { (kind: String) in
            #""create": \#(Self.and(Self.allow, #"{"rule": "\#(kind)", "fields": ["note"]}"#))"#
        }
        #expect(
            try Self.writes(create("hash"), to: table, configured: "")
                == "insert(id title note), meets(things_pkey titlenote)")
        #expect(
            try Self.writes(create("encrypt"), to: table, configured: "") == "insert(id title note), meets(things_pkey)"
        )
    }

    @Test
    func `admins write all of it but what is computed`() throws {
        let entry = #""create": \#(Self.deny), "fields": {"*": {"create": \#(Self.deny)}}"#
        #expect(
            try Self.writes(entry, as: .admin)
                == "insert(id owner_id title note) with owner, update(id owner_id title note), delete, meets(things_pkey title)"
        )
    }

    @Test
    func `nothing of a table whose rows nothing tells apart`() throws {
        let table = TestCatalog.table("things", "id Int, title String", key: [])
        let entry = #""create": \#(Self.allow), "update": \#(Self.allow), "delete": \#(Self.allow)"#
        #expect(try Self.writes(entry, to: table, configured: "") == "")
        #expect(try Self.writes(entry, to: table, configured: "", as: .admin) == "")
    }

    @Test(
        arguments: [
            (AcceptedWrites(), ""),
            (AcceptedWrites(inserts: true), "insert(id owner_id title note)"),
            (AcceptedWrites(deletes: true), "delete"),
            (AcceptedWrites(updatedColumns: ["id", "title"]), "update(title)"),
        ])
    func `of a view what it takes on`(_ accepts: AcceptedWrites, _ expected: String) throws {
        let all = #""create": \#(Self.allow), "update": \#(Self.allow), "delete": \#(Self.allow)"#
        #expect(try Self.writes(all, to: Self.view(accepts), configured: "") == expected)
        // And nothing of it without a rule.
        let none = #""create": \#(Self.deny), "update": \#(Self.deny), "delete": \#(Self.deny)"#
        #expect(try Self.writes(none, to: Self.view(accepts), configured: "") == "")
    }

    @Test
    func `rows hang on a row of a view only where its rows are those of a table`() throws {
        let link = #""relationships": { "owner": { "object": "owners", "on": { "owner_id": "id" } } }"#
        let all = AcceptedWrites(inserts: true, deletes: true, updatedColumns: ["title"])
        let create = #""create": \#(Self.allow)"#
        #expect(
            try Self.writes(create, to: Self.view(all), configured: link) == "insert(id owner_id title note) with owner"
        )
        #expect(
            try Self.writes(create, to: Self.view(all, key: []), configured: #""key": "id", \#(link)"#)
                == "insert(id owner_id title note)")
    }
}
