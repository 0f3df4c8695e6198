// What introspection finds in a schema that has one of everything, and what it makes of declared types.

import Metadata
import Reactor
import Testing

@testable import ConnectorSQLite
@testable import Connectors

@Suite struct SQLiteIntrospectionTests {
    private func tables(_ sql: String) throws -> [String: TableDescription] {
        let schema = try schema(sql)
        return Dictionary(uniqueKeysWithValues: schema.tables.map { ($0.name, $0) })
    }

    private func schema(_ sql: String) throws -> DatabaseSchema {
        let database = try TemporaryDatabase(sql)
        let handle = try SQLiteHandle(path: database.path, access: .read)
        try SQLiteSetup.apply(to: handle, limits: SQLiteLimits())
        return try SQLiteIntrospection.schema(of: handle)
    }

    @Test(arguments: [
        ("INT", ScalarKind.int), ("int", .int), ("INT4", .int), ("MEDIUMINT", .int), ("INTEGER", .bigint),
        ("BIGINT", .bigint), ("INT8", .bigint), ("UNSIGNED BIG INT", .bigint), ("BIGINT UNSIGNED", .bigint),
        ("SMALLINT", .smallint), ("INT2", .smallint), ("TINYINT(1)", .smallint),
        ("TEXT", .string), ("VARCHAR(255)", .string), ("CHARACTER(20)", .string), ("NVARCHAR( 10 )", .string),
        ("CLOB", .string), ("", .string), ("STRING", .string), ("POINT", .bigint),
        ("REAL", .float), ("FLOAT", .float), ("FLOAT4", .float), ("DOUBLE", .float8), ("double precision", .float8),
        ("FLOAT8", .float8), ("BOOLEAN", .boolean), ("bool", .boolean), ("NUMERIC", .numeric),
        ("DECIMAL(10, 2)", .numeric), ("DATE", .date), ("TIME", .time), ("DATETIME", .timestamp),
        ("TIMESTAMP", .timestamp), ("TIMESTAMPTZ", .timestamptz),
        ("JSON", .json), ("JSONB", .jsonb), ("UUID", .uuid), ("BLOB", .bytea), ("BYTEA", .bytea),
        ("VARBINARY(16)", .bytea), ("CHARINT", .bigint), ("LONGTEXT", .string), ("REALISH", .float),
        ("SOMETHING", .string),
    ])
    func `maps declared types`(declared: String, expected: ScalarKind) throws {
        #expect(SQLiteTypes.scalar(declared: declared, isIntegerKey: false) == expected)
        let table = try #require(try tables("create table t (c \(declared))")["t"])
        #expect(table.columns.map(\.type) == [expected])
        #expect(table.columns.map(\.isNullable) == [true])
    }

    /// Names SQLite takes only in quotes.
    @Test(arguments: [
        ("ENUM('a', 'b')", ScalarKind.string), ("TIMESTAMP(3) WITH TIME ZONE", .timestamptz), ("((", .string),
        ("INTEGER GENERATED ALWAYS", .bigint), (")int(", .int),
    ])
    func `maps odd declared types`(declared: String, expected: ScalarKind) {
        #expect(SQLiteTypes.scalar(declared: declared, isIntegerKey: false) == expected)
    }

    @Test func `primary keys`() throws {
        let found = try tables(
            """
            create table rowid (id integer primary key, v text not null default 'x');
            create table named (id INT primary key);
            create table descending (id integer primary key desc);
            create table pair (b text, a int not null, c, primary key (c, a));
            create table bare (x int, y);
            create table compact (k text, v, n integer, primary key (n, k)) without rowid;
            create table exact (k text primary key, v integer not null, w any) strict;
            """)
        let rowid = try #require(found["rowid"])
        #expect(rowid.primaryKey == ["id"])
        #expect(
            rowid.columns == [
                ColumnDescription(name: "id", type: .int, isNullable: false, hasDefault: true),
                ColumnDescription(name: "v", type: .string, isNullable: false, hasDefault: true),
            ])
        #expect(found["named"]?.columns == [ColumnDescription(name: "id", type: .int, isNullable: true)])
        #expect(found["descending"]?.columns == [ColumnDescription(name: "id", type: .int, isNullable: true)])
        #expect(found["pair"]?.primaryKey == ["c", "a"])
        #expect(found["pair"]?.columns.map(\.isNullable) == [true, false, true])
        #expect(found["bare"]?.primaryKey == [])
        #expect(found["compact"]?.primaryKey == ["n", "k"])
        #expect(found["compact"]?.columns.map(\.isNullable) == [false, true, false])
        #expect(found["compact"]?.columns.map(\.type) == [.string, .string, .bigint])
        #expect(found["exact"]?.columns.map(\.isNullable) == [false, false, true])
        // A primary key is not repeated among the unique constraints.
        for table in found.values { #expect(table.uniqueConstraints == []) }
    }

    @Test func `triggers of a table, however they spell its name`() throws {
        let found = try tables(
            """
            create table Log (id integer primary key);
            create table t (id integer primary key);
            create view v as select id from t;
            create trigger b after insert on T begin insert into log values (null); end;
            create trigger a before delete on t begin select 1; end;
            create trigger c instead of insert on v begin select 1; end;
            """)
        #expect(found["t"]?.triggers == ["b", "a"])
        #expect(found["v"]?.triggers == ["c"])
        #expect(found["Log"]?.triggers == [])
    }

    @Test func `columns that SQLite does not hold to the text they show`() throws {
        let table = try #require(
            try tables(
                """
                create table t (
                  a, b any, c string, d money, e charint, f text, g varchar(9), h nvarchar, i int, j blob, k json, l uuid);
                """)["t"])
        #expect(table.columns.filter(\.isUntyped).map(\.name) == ["a", "b", "c", "d"])
        let view = try #require(
            try tables(
                "create table t (a int, b text); create view v as select a, b, a + 1 as c, b || 'x' as d from t;")["v"])
        #expect(view.columns.filter(\.isUntyped).map(\.name) == ["c", "d"])
    }

    @Test func `unique constraints and indices, neither partial nor over expressions`() throws {
        let table = try #require(
            try tables(
                """
                create table t (id integer primary key, a text unique, b text, c text collate nocase, unique (b, c));
                create unique index by_c on t (c);
                create unique index partial on t (b) where b is not null;
                create unique index expression on t (lower(a));
                create index plain on t (a, b);
                """)["t"])
        #expect(
            table.uniqueConstraints == [
                UniqueConstraintDescription(name: "t_a_key", columns: ["a"]),
                UniqueConstraintDescription(name: "t_b_c_key", columns: ["b", "c"]),
                UniqueConstraintDescription(name: "by_c", columns: ["c"]),
            ])
    }

    @Test func `foreign keys are resolved and spelt as their tables are`() throws {
        let found = try tables(
            """
            create table Author (Id integer primary key, code text unique);
            create table region (country text, name text, primary key (country, name));
            create table book (
                id integer primary key, author_id references author, code text references AUTHOR(CODE),
                country text, region text, parent integer references book(id), ghost references nowhere,
                odd references author(nope),
                foreign key (country, region) references region);
            """)
        #expect(
            found["book"]?.foreignKeys == [
                ForeignKeyDescription(columns: ["author_id"], targetTable: "Author", targetColumns: ["Id"]),
                ForeignKeyDescription(columns: ["code"], targetTable: "Author", targetColumns: ["code"]),
                ForeignKeyDescription(columns: ["parent"], targetTable: "book", targetColumns: ["id"]),
                ForeignKeyDescription(
                    columns: ["country", "region"], targetTable: "region", targetColumns: ["country", "name"]),
            ])
    }

    @Test func `generated and hidden columns`() throws {
        let found = try tables(
            """
            create table t (a integer, b integer generated always as (a + 1), c text as (a || '') stored);
            create virtual table words using fts5(title, body);
            """)
        #expect(found["t"]?.columns.map(\.isGenerated) == [false, true, true])
        #expect(found["t"]?.columns.map(\.type) == [.bigint, .bigint, .string])
        #expect(found["words"]?.columns.map(\.name) == ["title", "body"])
        // Its shadow tables are the module's business.
        #expect(Set(found.keys) == ["t", "words"])
    }

    @Test func `views, and those that lead nowhere`() throws {
        let found = try tables(
            """
            create table t (id integer primary key, v text not null);
            create table gone (id);
            create view good as select id, v, id + 1 as next from t;
            create view bad as select id from gone;
            drop table gone;
            """)
        #expect(Set(found.keys) == ["t", "good"])
        #expect(found["good"]?.kind == .view)
        #expect(found["good"]?.columns.map(\.name) == ["id", "v", "next"])
        #expect(found["good"]?.columns.map(\.isNullable) == [true, true, true])
        #expect(found["good"]?.primaryKey == [])
    }

    @Test func `sqlite's own tables are left out, others of like name are not`() throws {
        let found = try tables(
            """
            create table t (id integer primary key autoincrement);
            insert into t default values;
            analyze;
            create table sqliteish (a);
            """)
        #expect(Set(found.keys) == ["t", "sqliteish"])
    }

    @Test(arguments: [
        "select", "with space", "quo\"te", "ap'os", "semi;colon", "🚀", "back`tick", "[bracket]", "", "percent%_",
    ])
    func `names may be anything`(name: String) throws {
        let quoted = "\"" + name.replacing("\"", with: "\"\"") + "\""
        let found = try tables(
            """
            create table \(quoted) (\(quoted) integer primary key, other text unique);
            create table referrer (r references \(quoted));
            """)
        #expect(found[name]?.columns.map(\.name) == [name, "other"])
        #expect(found[name]?.primaryKey == [name])
        #expect(found["referrer"]?.foreignKeys.map(\.targetColumns) == [[name]])
    }

    @Test func `tables come in the order of their creation`() throws {
        #expect(
            try schema("create table z (a); create table a (a); create view m as select a from a").tables.map(\.name)
                == ["z", "a", "m"])
    }

    @Test func `six hundred tables take well under a second`() throws {
        var sql = "begin;"
        for index in 0..<600 {
            sql +=
                "create table t\(index) (id integer primary key, a text unique, b real, c integer references t0(id));"
        }
        let database = try TemporaryDatabase(sql + "commit;")
        let handle = try SQLiteHandle(path: database.path, access: .read)
        try SQLiteSetup.apply(to: handle, limits: SQLiteLimits())
        let start = MonotonicInstant.now
        let schema = try SQLiteIntrospection.schema(of: handle)
        let time = start.duration(to: .now)
        #expect(schema.tables.count == 600)
        #expect(time < .seconds(1), "\(time)")
    }
}
