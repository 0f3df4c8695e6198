// Every SQL function of the gateway, over plain and over odd input.

import Planning
import SQL
import Testing

@testable import ConnectorSQLite
@testable import Connectors

@Suite struct SQLiteFunctionsTests {
    let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    @Test(
        arguments: [
            ("'Hello WORLD 1'", "hello world 1"),
            ("'ÀÉÎ Straße ẞ'", "àéî straße ß"),
            ("'ΑΣ'", "ας".replacing("ς", with: "σ")),
            ("'ЖЯ'", "жя"),
            ("'İ'", "İ"),  // its lower case is two code points
            ("'𐐀'", "𐐨"),
            ("'日本'", "日本"),
            ("''", ""),
            ("12", "12"),
            ("null", nil),
            ("hex(perigee_fold('A' || char(0) || 'B'))", "610062"),
            ("hex(perigee_fold(cast(x'41ff42c3' as text)))", "61FF62C3"),
        ] as [(String, String?)])
    func `folds code points whose lower case is one code point`(input: String, expected: String?) throws {
        let sql = input.hasPrefix("hex") ? input : "perigee_fold(\(input))"
        #expect(try database.ask("select \(sql)") == expected)
    }

    @Test(
        arguments: [
            ("null", nil), ("7", "7"), ("-9223372036854775808", "-9223372036854775808"), ("0.5", "0.5"), ("'7'", "t7"),
            ("''", "t"), ("'a' || char(0) || 'b'", "eYQBi"), ("cast(x'4dfc' as text)", "eTfw="), ("x'00ff'", "bAP8="),
            ("x''", "b"), ("9e999", "i"), ("-9e999", "j"), ("'i'", "ti"),
        ] as [(String, String?)])
    func `a tagged value comes back as the very value it was`(_ value: String, _ tagged: String?) throws {
        #expect(try database.ask("select perigee_tag(\(value))") == tagged)
        let untagged = "perigee_untag(perigee_tag(\(value)))"
        #expect(
            try database.ask("select typeof(\(untagged)) = typeof(\(value)) and quote(\(untagged)) = quote(\(value))")
                == "1")
    }

    @Test(arguments: ["''", "'x'", "'b*'", "'e*'", "x'41'"])
    func `what was never tagged is no value`(_ value: String) throws {
        let expected: String? = value == "x'41'" ? "A" : nil
        #expect(try database.ask("select perigee_untag(\(value))") == expected)
    }

    @Test func `keys of rows are read back one by one`() throws {
        let keys: [[BoundValue]] = [
            [.integer(7), .text("a\0b")], [.real(-.infinity), .bytes([0, 255])], [.null, .text("i")],
        ]
        guard case .list(let list) = TaggedValue.keys(keys) else { return #expect(Bool(false)) }
        #expect(list == #"[[7,"eYQBi"],["j","bAP8="],[null,"ti"]]"#)
        #expect(TaggedValue.keys([[.text("x")], [.integer(1)]]) == .list(#"["tx",1]"#))
    }

    @Test(
        arguments: [
            ("1, 2, null", "3", "integer"), ("9223372036854775807, 1, -1", "9223372036854775807", "integer"),
            ("9223372036854775807, 9223372036854775807", "18446744073709551616", "real"),
            ("-9223372036854775808, -1", "-9223372036854775808", "real"),
            ("1, 0.5", "1.5", "real"), ("1e100, 1, -1e100", "1", "real"), ("'2', 3", "5", "real"),
            ("null", nil, "null"),
            ("9e999, 1", nil, "real"),
        ] as [(String, String?, String)])
    func `sums are exact, and beyond 64 bits reals`(_ values: String, _ sum: String?, _ type: String) throws {
        let rows = values.split(separator: ", ").map { "(\($0))" }.joined(separator: ", ")
        let found = "from (select perigee_sum(column1) as s from (values \(rows)))"
        #expect(try database.ask("select typeof(s) \(found)") == type)
        if let sum { #expect(try database.ask("select s = \(sum) \(found)") == "1") }
    }

    @Test(
        arguments: [
            ("null", nil), ("7", "7"), ("7.0", "7.0"), ("'07'", "07"), ("x'00ff'", "AP8="), ("''", ""),
        ] as [(String, String?)])
    func `a value of any type as the text it shows`(_ value: String, _ text: String?) throws {
        #expect(try database.ask("select perigee_text(\(value))") == text)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01 00:00:00", 0),
            ("1970-01-01t00:00:00z", 0),
            ("1970-01-01", 0),
            ("1970-01-01T00:01Z", 60_000_000),
            ("2000-02-29T12:34:56.789Z", 951_827_696_789_000),
            ("2000-02-29T12:34:56.789123456Z", 951_827_696_789_123),
            ("2000-02-29T14:34:56.789+02:00", 951_827_696_789_000),
            ("2000-02-29T03:04:56.789-09:30", 951_827_696_789_000),
            ("2000-02-29T14:34:56.789+0200", 951_827_696_789_000),
            ("2000-02-29T14:34:56.789+02", 951_827_696_789_000),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("1961-04-12T06:07:00Z", -275_248_380_000_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
            ("1900-02-29T00:00:00Z", nil),
            ("2001-02-29", nil),
            ("2001-13-01", nil),
            ("2001-00-10", nil),
            ("2001-04-31", nil),
            ("2001-01-01T24:00:00Z", nil),
            ("2001-01-01T00:60:00Z", nil),
            ("2001-01-01T00:00:60Z", nil),
            ("2001-01-01T00:00:00.Z", nil),
            ("2001-01-01T00:00:00.1234567891Z", nil),
            ("2001-01-01T00:00:00+2", nil),
            ("2001-01-01T00:00:00+24:00", nil),
            ("2001-01-01T00:00:00Zx", nil),
            ("2001-01-01T", nil),
            ("2001-1-1", nil),
            ("now", nil),
            ("", nil),
            ("2001-01-01T00:00:00Z\0", nil),
        ] as [(String, Int?)])
    func `reads timestamps as instants`(text: String, expected: Int?) throws {
        #expect(try database.ask("select perigee_instant(?1)", [.text(text)]) == expected.map(String.init))
    }

    @Test(arguments: ["1", "1.5", "null", "x'31'"])
    func `takes only text for a timestamp`(input: String) throws {
        #expect(try database.ask("select perigee_instant(\(input))") == nil)
    }

    @Test(
        arguments: [
            ("0.1", "0.1"), ("1.0", "1.0"), ("-0.0", "-0.0"), ("1e300 * 1e10", nil), ("-1e300 * 1e10", nil),
            ("5e-324", "5e-324"), ("0.1 + 0.2", "0.30000000000000004"), ("1e21", "1e+21"), ("7", "7"), ("null", nil),
            ("'a\"b'", #""a\"b""#), ("x'01'", #""AQ==""#),
        ] as [(String, String?)])
    func `writes reals as the shortest number`(input: String, expected: String?) throws {
        #expect(try database.ask("select perigee_float(\(input))") == expected)
        #expect(try database.ask("select json_array(perigee_float(\(input)))") == "[\(expected ?? "null")]")
    }

    @Test(
        arguments: [
            ("''", ""), ("x'00'", "AA=="), ("x'0001'", "AAE="), ("x'000102'", "AAEC"), ("x'fffefdfc'", "//79/A=="),
            ("'text'", "dGV4dA=="), ("null", nil),
        ] as [(String, String?)])
    func `writes base64`(input: String, expected: String?) throws {
        #expect(try database.ask("select perigee_base64(\(input))") == expected)
    }

    @Test(
        arguments: [
            ("AAEC", "000102"), ("AAE=", "0001"), ("AA==", "00"), ("AA", "00"), ("//79/A==", "FFFEFDFC"),
            ("__79_A", "FFFEFDFC"), ("", ""), ("A", nil), ("A===", nil), ("AA=A", nil), ("AA EC", nil), ("é", nil),
            ("AAE\0", nil),
        ] as [(String, String?)])
    func `reads base64`(text: String, expected: String?) throws {
        let sql = "select case when perigee_unbase64(?1) is null then null else hex(perigee_unbase64(?1)) end"
        #expect(try database.ask(sql, [.text(text)]) == expected)
    }

    @Test(
        arguments: [
            ("'1234567890'", "****7890"), ("'12345'", "****2345"), ("'1234'", "****"), ("'ab'", "****"), ("''", "****"),
            ("'äöüß日本'", "****üß日本"), ("'日本日本'", "****"), ("123456", "****3456"), ("null", nil),
            ("cast(x'ffffffff41' as text)", "****\u{FFFD}\u{FFFD}\u{FFFD}A"),
            ("cast(x'41808080808080' as text)", "****\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ] as [(String, String?)])
    func `shows the last four code points`(input: String, expected: String?) throws {
        #expect(try database.ask("select perigee_last4(\(input))") == expected)
    }

    @Test func `hashes with a key as RFC 4231 says`() throws {
        let key = [UInt8](repeating: 0x0B, count: 20)
        #expect(
            try database.ask("select perigee_hash(?1, ?2)", [.bytes(key), .text("Hi There")])
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            try database.ask(
                "select perigee_hash(?1, ?2)", [.bytes(Array("Jefe".utf8)), .text("what do ya want for nothing?")])
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(try database.ask("select perigee_hash(?1, null)", [.bytes(key)]) == nil)
        #expect(try database.ask("select perigee_hash(x'', '')")?.count == 64)
    }

    @Test(arguments: [
        (#"perigee_join('{"a":1}', '{"b":[2]}')"#, #"{"a":1,"b":[2]}"#),
        (#"perigee_join('{"a":1}', '{}', null, '{"b":2}')"#, #"{"a":1,"b":2}"#),
        ("perigee_join()", "{}"),
        ("perigee_join('[1]', 'x', 3, x'7b7d', '{', '')", "{}"),
        (#"json_array(perigee_join('{"a":1}'))"#, #"[{"a":1}]"#),
        (#"perigee_rows(perigee_join(perigee_object('"a":', 1), perigee_object('"b":', 2)))"#, #"[{"a":1,"b":2}]"#),
    ])
    func `joins objects`(sql: String, expected: String) throws {
        #expect(try database.ask("select \(sql)") == expected)
    }

    @Test(arguments: [
        ("null", "null"), ("1", "1"), ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775807", "9223372036854775807"), ("0", "0"), ("10", "10"), ("-100", "-100"),
        ("1.5", "1.5"), ("2.0", "2.0"), ("1e300 * 1e10", "null"), ("x'0102'", #""AQI=""#),
        (#"'plain'"#, #""plain""#), (#"'a"b\c'"#, #""a\"b\\c""#), ("'1234567890123456\"'", #""1234567890123456\"""#),
        ("char(8, 9, 10, 12, 13, 0, 31)", #""\b\t\n\f\r\u0000\u001f""#), ("'é日𝄞'", #""é日𝄞""#),
        ("cast(x'61ff62' as text)", "\"a\u{FFFD}b\""), ("cast(x'22ff' as text)", "\"\\\"\u{FFFD}\""),
        ("json('[1, 2]')", "[1,2]"), ("perigee_json('[1, 2]')", "[1, 2]"), ("''", #""""#),
    ])
    func `writes a value by its storage class`(value: String, expected: String) throws {
        #expect(try database.ask(#"select perigee_object('"k":', \#(value))"#) == #"{"k":\#(expected)}"#)
        #expect(try database.ask(#"select perigee_rows('"k":', \#(value))"#) == #"[{"k":\#(expected)}]"#)
    }

    @Test(arguments: [
        ("j", "'[1]'", "[1]"), ("j", "null", "null"),
        ("b", "0", "false"), ("b", "1", "true"), ("b", "-3", "true"), ("b", "0.0", "false"), ("b", "null", "null"),
        ("b", "'True'", "true"), ("b", "'f'", "false"), ("b", "'perhaps'", "null"), ("b", "x'01'", "null"),
        ("d", #"'{"a": [1, null]}'"#, #"{"a": [1, null]}"#), ("d", "'{a:1}'", #""{a:1}""#), ("d", "''", #""""#),
        ("d", "null", "null"), ("d", "5", "5"), ("d", "cast(x'22ff22' as text)", "\"\\\"\u{FFFD}\\\"\""),
        ("d", "'1 2'", #""1 2""#),
        ("s", "5", #""5""#), ("s", "1.5", #""1.5""#), ("s", "'x'", #""x""#), ("s", "json('[1]')", #""[1]""#),
        ("s", "null", "null"), ("s", "x'01'", #""AQ==""#),
        ("n", "'12.50'", "12.50"), ("n", "'1e5'", "1e5"), ("n", "'-0'", "-0"), ("n", "'007'", #""007""#),
        ("n", "'1.'", #""1.""#), ("n", "'.5'", #"".5""#), ("n", "'-'", #""-""#), ("n", "'1x'", #""1x""#),
        ("n", "3", "3"), ("n", "3.5", "3.5"), ("n", "null", "null"),
    ])
    func `writes a value as its kind says`(kind: String, value: String, expected: String) throws {
        #expect(try database.ask(#"select perigee_object('"k":\#(kind)', \#(value))"#) == #"{"k":\#(expected)}"#)
    }

    @Test(
        arguments: [
            ("0", "0"), ("1", "1"), ("-2", "1"), ("0.0", "0"), ("0.5", "1"), ("null", nil), ("'t'", "1"),
            ("'FALSE'", "0"),
            ("'1'", "1"), ("'yes'", nil), ("''", nil), ("'true' || char(0)", nil), ("x'01'", nil),
        ] as [(String, String?)])
    func `a boolean is a number or a word`(value: String, expected: String?) throws {
        #expect(try database.ask("select perigee_boolean(\(value))") == expected)
        let shown = expected.map { $0 == "1" ? "true" : "false" } ?? "null"
        #expect(try database.ask("select perigee_object('\"k\":b', \(value))") == "{\"k\":\(shown)}")
    }

    @Test func `builds nested lists in order`() throws {
        let sql = """
            with p(id) as (values (3), (1), (2)), c(id, p) as (values (10, 1), (11, 1), (30, 3))
            select perigee_rows('"id":', id, '"c":j', (select perigee_rows('"id":', id) from (select id from c where c.p = o.id order by id desc)))
            from (select id from p order by id) o
            """
        #expect(
            try database.ask(sql) == #"[{"id":1,"c":[{"id":11},{"id":10}]},{"id":2,"c":[]},{"id":3,"c":[{"id":30}]}]"#)
    }

    @Test func `a group without rows is the empty list`() throws {
        #expect(try database.ask(#"select perigee_rows('"id":', id) from t"#) == "[]")
        #expect(try database.ask(#"select json_array(perigee_rows('"id":', id)) from t"#) == "[[]]")
    }

    @Test func `more rows than one buffer`() throws {
        let text = try #require(
            try database.ask(
                """
                with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
                select perigee_rows('"i":', i, '"t":s', 'row ' || i) from n
                """))
        #expect(text.hasPrefix(#"[{"i":1,"t":"row 1"},{"i":2,"#))
        #expect(text.hasSuffix(#"{"i":20000,"t":"row 20000"}]"#))
        #expect(try database.ask("select json_valid(?1)", [.text(text)]) == "1")
    }

    /// No function may raise on anything stored: a rule could be probed by it.
    @Test(arguments: ["fold", "last4", "instant", "boolean", "base64", "unbase64", "float", "json"])
    func `is total`(name: String) throws {
        let odd = [
            "null", "0", "-1", "9223372036854775807", "1e999", "-1e999", "0.1", "''", "char(0)", "x''", "x'00ff'",
            "cast(x'f0' as text)", "cast(x'e28280ff' as text)", "cast(x'eda080' as text)", "zeroblob(100000)",
            "replace(hex(zeroblob(50000)), '00', 'Ä')", "'{'", "'2000-01-01T00:00:00+'",
        ]
        for value in odd {
            let call = "perigee_\(name)(\(value))"
            #expect(throws: Never.self, "\(call)") { try database.ask("select \(call)") }
            #expect(throws: Never.self, "\(call)") {
                let text = try database.ask("select perigee_object('\"k\":', \(call))")
                _ = try #require(text)
            }
        }
        for value in odd {
            for call in [
                "perigee_hash(\(value), \(value))", "perigee_join(\(value), \(value))",
                "perigee_object(\(value), \(value), \(value))",
            ] {
                #expect(throws: Never.self, "\(call)") { try database.ask("select \(call)") }
            }
        }
    }

    @Test func `results beyond the length limit are refused`() throws {
        var limits = SQLiteLimits()
        limits.responseBytes = 100_000
        for sql in [
            "select perigee_base64(zeroblob(90000))",
            #"select perigee_object('"a":', hex(zeroblob(30000)), '"b":', hex(zeroblob(30000)))"#,
            "with recursive n(i) as (select 1 union all select i + 1 from n) select perigee_rows('\"i\":', i) from n",
        ] {
            let error = #expect(throws: ConnectorError.self) { try database.ask(sql, limits: limits) }
            #expect(error?.kind == .limitExceeded("$"))
        }
    }

    @Test func `perigee_limit marks a list with its path, and only when it is reached`() throws {
        let sql = """
            with recursive n(i) as (select 1 union all select i + 1 from n where i < ?1)
            select case when count(*) > 3 then perigee_limit('$.selectionSet.t') else perigee_rows('"i":', i) end from n
            """
        #expect(try database.ask(sql, [.integer(2)]) == #"[{"i":1},{"i":2}]"#)
        #expect(try database.ask(sql, [.integer(4)]) == "\u{1}\"$.selectionSet.t\"")
    }

    @Test func `a statement with too many such lists is given up`() throws {
        let sql = """
            with recursive n(i) as (select 1 union all select i + 1 from n where i < ?1)
            select perigee_rows('"l":j', perigee_limit('$.selectionSet.t')) from n
            """
        var limits = SQLiteLimits()
        limits.markedLists = 2
        let mark = "{\"l\":\u{1}\"$.selectionSet.t\"}"
        #expect(try database.ask(sql, [.integer(2)], limits: limits) == "[\(mark),\(mark)]")
        let error = #expect(throws: ConnectorError.self) { try database.ask(sql, [.integer(3)], limits: limits) }
        #expect(error?.kind == .limitExceeded("$.selectionSet.t"))
    }

    @Test func `no view runs a text`() throws {
        let database = try TemporaryDatabase(
            "create table t (a text); create view v as select perigee_read('select 1') as f from t;")
        let error = #expect(throws: ConnectorError.self) { try database.ask("select f from v") }
        #expect(error?.detail.contains("unsafe use of perigee_read()") ?? false)
    }

    @Test func `views and generated columns may use them`() throws {
        let database = try TemporaryDatabase("create table t (a text)")
        let connection = try SQLiteConnection(path: database.path, access: .write, limits: SQLiteLimits())
        let statement = SQLStatement(
            text: "create view v as select perigee_fold(a) as f from t", parameters: [], cellCount: 0)
        guard case .rows = connection.run(statement, values: [], deadline: .max, job: nil) else {
            Issue.record("the view was refused")
            return
        }
        try database.write("insert into t values ('ABC')")
        #expect(try database.ask("select f from v") == "abc")
    }
}
