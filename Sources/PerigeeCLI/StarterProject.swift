// The files that `perigee init` writes: a configuration, rules that deny everything, and for each table an entry to start
// from. Rules are JSON, which has no comments, so the entries stand in a file beside the rules.

internal import Base
internal import Gateway
internal import Metadata

struct StarterProject {
    struct File {
        /// Relative to the project's folder.
        let path: String
        let text: String
    }

    let source: String
    /// Of the database, as the configuration spells it.
    let kind: String
    let url: String
    let catalog: Catalog
    let start: Project.Start
    /// Names that tables and columns need beside one another.
    private var names: [CollectionConfiguration] { start.names }

    var files: [File] {
        [
            File(path: "perigee.yaml", text: configuration),
            File(path: "rules/\(source).json", text: rules),
            File(path: "rules/EXAMPLES.md", text: examples),
        ]
    }

    private var configuration: String {
        """
        # A Perigee project. Every key: docs/reference/configuration.md

        server:
          host: 127.0.0.1
          port: 8080
          # introspection: true        # for everyone; without it, only admins may introspect

        # Who callers are. Secrets come from the environment or from files, never from here:
        #   export PERIGEE_JWT_SECRET=$(openssl rand -hex 32)
        #   export PERIGEE_ADMIN_SECRET=$(openssl rand -hex 32)
        # Until this is on, every caller is anonymous.
        #
        # auth:
        #   adminSecret: env:PERIGEE_ADMIN_SECRET
        #   jwt:
        #     - algorithm: HS256
        #       key: env:PERIGEE_JWT_SECRET

        sources:
          \(source):
            kind: \(kind)
            url: \(JSONText.string(url))
            track: all                 # "listed": only the tables under "collections"
        \(collections)

        # What no rule allows is denied. Begin with rules/EXAMPLES.md.
        rules: rules/*.json

        """
    }

    private var collections: String {
        guard !names.isEmpty else {
            let lines = ["    # collections:", "    #   some_table:", "    #     name: some_name      # in the API"]
            return
                (lines
                + start.enums.map { "    #   \(JSONText.string($0)): { enum: true }   # looks like a list of values" })
                .joined(separator: "\n")
        }
        var lines = [
            "    # Two names would have been the same in the API, or one of the API's own.", "    collections:",
        ]
        for entry in names {
            lines.append("      \(JSONText.string(entry.table)):")
            if let name = entry.name { lines.append("        name: \(name)") }
            if !entry.fields.isEmpty { lines.append("        fields:") }
            for field in entry.fields {
                lines.append("          \(JSONText.string(field.column)): { name: \(field.name ?? field.column) }")
            }
        }
        for table in start.enums where !names.contains(where: { $0.table == table }) {
            lines.append("      # \(JSONText.string(table)): { enum: true }   # looks like a list of values")
        }
        return lines.joined(separator: "\n")
    }

    /// Each collection is spelt out, so that opening one is changing a word.
    private var rules: String {
        let entries = catalog.collections.map { collection in
            let operations = ["read", "create", "update", "delete"].map { #""\#($0)": { "rule": "deny" }"# }
            return "    \(JSONText.string(collection.name.description)): {\n      "
                + operations.joined(separator: ",\n      ") + "\n    }"
        }
        return "{\n  \"collections\": {\n" + entries.joined(separator: ",\n") + "\n  }\n}\n"
    }

    private var examples: String {
        let sections = catalog.collections.map { collection in
            """
            ## \(collection.name)

            \(StarterRule(collection: collection).explanation)

            ```json
            \(StarterRule(collection: collection).text)
            ```
            """
        }
        return """
            # Rules to start from

            In `\(source).json` everything is denied. To open a table, put an entry from here in the place of the one with
            the same name, and make it say what is true of your data. `perigee rules check` reads the result;
            `perigee explain --as '{"id":7}' -q '{ … }'` shows what becomes of a query.

            """ + sections.map { "\n\($0)\n" }.joined()
    }
}

/// A plausible entry for one table, from the names of its columns. It need not be right: it must load, and show what can
/// be said.
private struct StarterRule {
    let collection: TrackedCollection

    private static let owners = ["user_id", "owner_id", "author_id", "account_id", "created_by", "customer_id"]
    private static let published = ["published", "is_published", "is_public", "public"]
    private static let people = ["users", "user", "accounts", "account", "profiles", "people", "members", "customers"]
    private static let contacts = ["email", "email_address", "phone", "phone_number"]
    private static let secrets = ["password", "password_hash", "secret", "token", "api_key"]

    private var owner: CollectionField? {
        column(Self.owners) ?? (Self.people.contains(collection.table.lowercased()) ? singleKey : nil)
    }

    private var flag: CollectionField? {
        column(Self.published).flatMap { $0.type == .boolean ? $0 : nil }
    }

    private var singleKey: CollectionField? {
        guard collection.primaryKey.count == 1, let index = collection.primaryKey.first else { return nil }
        return collection.fields[index]
    }

    private func column(_ names: [String]) -> CollectionField? {
        collection.fields.first { names.contains($0.name.lowercased()) && !$0.isComputed }
    }

    var explanation: String {
        switch (owner, flag) {
        case (let owner?, let flag?):
            "Rows whose `\(flag.name)` is true for everyone, and one's own (`\(owner.name)` is the claim `id`)."
        case (let owner?, nil): "One's own rows only: `\(owner.name)` is the claim `id`."
        case (nil, let flag?): "Rows whose `\(flag.name)` is true."
        case (nil, nil): "Every row, for callers with a token."
        }
    }

    var text: String {
        var members = [#""read": \#(read)"#]
        let fields = fieldEntries
        if !fields.isEmpty {
            members.append("\"fields\": {\n    " + fields.joined(separator: ",\n    ") + "\n  }")
        }
        return "\(JSONText.string(collection.name.description)): {\n  " + members.joined(separator: ",\n  ") + "\n}"
    }

    private var read: String {
        let isOwn = owner.map { ownership($0) }
        let isOpen = flag.map { #"{ "rule": "where", "where": { \#(JSONText.string($0.name)): { "_eq": true } } }"# }
        switch (isOpen, isOwn) {
        case (let isOpen?, let isOwn?): return "{ \"rule\": \"or\", \"clauses\": [\n    \(isOpen),\n    \(isOwn)\n  ] }"
        case (let isOpen?, nil): return isOpen
        case (nil, let isOwn?): return isOwn
        case (nil, nil): return #"{ "rule": "authenticated" }"#
        }
    }

    /// A `where`, which converts the claim by the column's own type.
    private func ownership(_ field: CollectionField) -> String {
        #"{ "rule": "where", "where": { \#(JSONText.string(field.name)): { "_eq": "args.auth.id" } } }"#
    }

    private var fieldEntries: [String] {
        collection.fields.compactMap { field in
            let name = field.name.lowercased()
            if Self.secrets.contains(name) {
                return #"\#(JSONText.string(field.name)): { "read": { "rule": "deny" } }"#
            }
            // Where callers see only their own rows there is nobody to mask a contact from.
            guard Self.contacts.contains(name), field.type == .string, owner == nil || flag != nil else { return nil }
            let clause = owner.map { ", \"clause\": \(ownership($0))" } ?? ""
            return "\(JSONText.string(field.name)): { \"read\": { \"rule\": \"mask\", \"with\": \"last4\"\(clause) } }"
        }
    }
}

enum JSONText {
    /// The text as a JSON string, quotes included; YAML reads it the same way.
    static func string(_ text: String) -> String {
        JSONValue.string(text).text
    }
}
