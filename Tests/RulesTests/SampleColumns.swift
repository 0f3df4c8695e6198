// Columns of every type that rules compare, with values at the edges of each: what generated rules are asked of. Values are
// written as each database reads them, beside the form in which a change feed would bring them.
import Planning
import TestSupport

/// A value of a column: as SQL, and as stored.
struct SampleValue: Sendable {
    let sql: String
    let stored: BoundValue

    init(_ sql: String, _ stored: BoundValue) {
        self.sql = sql
        self.stored = stored
    }

    static func text(_ text: String) -> SampleValue {
        SampleValue("'" + text.replacing("'", with: "''") + "'", .text(text))
    }

    static func integer(_ integer: Int64) -> SampleValue { SampleValue(String(integer), .integer(integer)) }
    static func real(_ real: Double) -> SampleValue { SampleValue(real.description, .real(real)) }
    static func bytes(_ digits: String, _ bytes: [UInt8]) -> SampleValue { SampleValue("x'\(digits)'", .bytes(bytes)) }
}

struct SampleColumn: Sendable {
    let name: String
    /// What a `match` compares it as; `nil` where only a `where` does.
    let matchType: String?
    /// Which claims and literals fit it.
    let group: Group
    let sqlite: (type: String, values: [SampleValue])
    let postgres: (type: String, values: [SampleValue])

    enum Group: String, Sendable, CaseIterable {
        case number
        case string
        case flag
        case day
        case instant
        case key
        case clock
        case bytes
    }

    func values(in database: TestDatabase) -> [SampleValue] {
        database == .sqlite ? sqlite.values : postgres.values
    }

    func type(in database: TestDatabase) -> String { database == .sqlite ? sqlite.type : postgres.type }
}

extension SampleColumn {
    /// What programs put into SQLite's columns beside values of their type.
    private static let strays: [SampleValue] = [.text("stray"), .bytes("07", [7])]

    private static let integers: [SampleValue] = [0, 1, -1, 7, 2_147_483_647].map { .integer($0) }
    private static let wide: [SampleValue] =
        [0, 7, 9_007_199_254_740_992, 9_007_199_254_740_993, .max, .min].map { .integer($0) }
    private static let reals: [SampleValue] = [0.5, 0.1, -1.5, 7, 1e300, 16_777_217].map { .real($0) }
    private static let narrow: [SampleValue] = [
        .real(0.5), SampleValue("0.1", .real(Double(Float(0.1)))), .real(-1.5), .real(7), .real(16_777_216),
        SampleValue("'NaN'", .real(.nan)), SampleValue("'-Infinity'", .real(-.infinity)),
    ]
    private static let texts: [SampleValue] = [
        "", "a", "A", "abc", "\u{E9}", "e\u{301}", "🚀", #"a%_\"#, "7", "north", "stray",
    ].map { .text($0) }
    private static let keys = ["123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-000000000000"]

    static let all: [SampleColumn] = [
        SampleColumn(
            name: "i", matchType: "number", group: .number,
            sqlite: ("INT", integers + strays + [.real(1.5)]), postgres: ("int4", integers)),
        SampleColumn(
            name: "s", matchType: "number", group: .number, sqlite: ("SMALLINT", [.integer(0), .integer(7)]),
            postgres: ("int2", [.integer(0), .integer(7), .integer(-32768)])),
        SampleColumn(
            name: "b", matchType: "number", group: .number, sqlite: ("BIGINT", wide + [.real(9.3e18)]),
            postgres: ("int8", wide)),
        SampleColumn(
            name: "r", matchType: "number", group: .number, sqlite: ("REAL", reals + strays),
            postgres: ("float4", narrow)),
        SampleColumn(
            name: "d", matchType: "number", group: .number, sqlite: ("DOUBLE", reals),
            postgres: ("float8", reals + [SampleValue("'NaN'", .real(.nan))])),
        SampleColumn(
            name: "n", matchType: "number", group: .number,
            sqlite: ("NUMERIC", reals.dropLast(3) + integers + [.integer(9_007_199_254_740_993), .text("stray")]),
            postgres: (
                "numeric",
                ["0.5", "0.10", "-1.5", "7", "9007199254740993", "9007199254740993.5", "1e-30"]
                    .map { SampleValue($0, .decimal($0)) } + [SampleValue("'NaN'", .decimal("NaN"))]
            )),
        SampleColumn(
            name: "t", matchType: "string", group: .string, sqlite: ("TEXT", texts + [.bytes("61", [0x61])]),
            postgres: ("text", texts)),
        SampleColumn(
            name: "nc", matchType: "string", group: .string, sqlite: ("VARCHAR(20) COLLATE NOCASE", texts),
            postgres: ("varchar(20) collate blind", texts)),
        SampleColumn(
            name: "u", matchType: "string", group: .key,
            sqlite: ("UUID", (keys + [keys[0].uppercased()]).map { .text($0) }),
            postgres: ("uuid", keys.map { .text($0) })),
        SampleColumn(
            name: "f", matchType: "bool", group: .flag,
            sqlite: (
                "BOOLEAN",
                [.integer(0), .integer(1), .integer(2), .text("true"), .text("F"), .text("maybe"), .real(0.5)]
            ),
            postgres: ("bool", [SampleValue("true", .integer(1)), SampleValue("false", .integer(0))])),
        SampleColumn(
            name: "day", matchType: "date", group: .day,
            sqlite: (
                "DATE", ["2024-02-29", "2024-03-01", "1999-12-31", "soon"].map { .text($0) } + [.integer(20_240_229)]
            ),
            postgres: ("date", ["2024-02-29", "2024-03-01", "1999-12-31", "infinity"].map { .text($0) })),
        SampleColumn(
            name: "clock", matchType: nil, group: .clock,
            sqlite: ("TIME", ["20:17:40", "00:00:00", "20:17:40.5"].map { .text($0) }),
            postgres: ("time", ["20:17:40", "00:00:00", "20:17:40.5"].map { .text($0) })),
        SampleColumn(
            name: "at", matchType: "date", group: .instant,
            sqlite: (
                "TIMESTAMP",
                ["2024-02-29T12:00:00", "2024-02-29 12:00:00.5", "2024-02-29", "2026-01-01T00:00:00", "soon"]
                    .map { .text($0) } + [.integer(1_709_208_000)]
            ),
            postgres: (
                "timestamp",
                ["2024-02-29 12:00:00", "2024-02-29 12:00:00.5", "2024-02-29 00:00:00", "infinity"].map { .text($0) }
            )),
        SampleColumn(
            name: "tz", matchType: "date", group: .instant,
            sqlite: (
                "TIMESTAMPTZ",
                ["2024-02-29T12:00:00Z", "2024-02-29T14:00:00+02:00", "2024-02-29T12:00:00.5Z", "1999-12-31"]
                    .map { .text($0) }
            ),
            postgres: (
                "timestamptz",
                ["2024-02-29 12:00:00+00", "2024-02-29 12:00:00.5+00", "2026-01-01 00:00:00+00", "-infinity"]
                    .map { .text($0) }
            )),
        SampleColumn(
            name: "raw", matchType: nil, group: .bytes,
            sqlite: ("BLOB", [.bytes("", []), .bytes("00", [0]), .bytes("ff00", [255, 0]), .text("stray")]),
            postgres: (
                "bytea",
                [
                    SampleValue(#"'\x'"#, .bytes([])), SampleValue(#"'\x00'"#, .bytes([0])),
                    SampleValue(#"'\xff00'"#, .bytes([255, 0])),
                ]
            )),
    ]
}

extension SampleColumn.Group {
    /// Values that fit, as JSON: claims and literals.
    var fitting: [String] {
        switch self {
        case .number:
            [
                "0", "1", "-1", "7", #""7""#, "7.0", "0.5", "0.1", #""0.10""#, "1.5", "16777217", "9007199254740993",
                #""9007199254740992""#, "9223372036854775807", "1e300", "-1e20", "9007199254740993.5", "1e-30",
            ]
        case .string:
            [
                #""""#, #""a""#, #""A""#, #""abc""#, #""\u00e9""#, #""e\u0301""#, #""\ud83d\ude80""#, #""a%_\\""#,
                #""7""#,
                #""north""#,
            ]
        case .flag: ["true", "false"]
        case .day: [#""2024-02-29""#, #""2024-03-01""#, #""1999-12-31""#]
        case .instant:
            [
                #""2024-02-29T12:00:00Z""#, #""2024-02-29T14:00:00+02:00""#, #""2024-02-29""#,
                #""2024-02-29T12:00:00.5Z""#, #""2024-02-29T12:00:00.5000004Z""#, #""2024-02-28T16:00:00-20:00""#,
            ]
        case .key:
            [
                #""123e4567-e89b-12d3-a456-426614174000""#, #""123E4567-E89B-12D3-A456-426614174000""#,
                #""00000000-0000-0000-0000-000000000000""#,
            ]
        case .clock: [#""20:17:40""#, #""00:00:00""#, #""20:17:40.5""#]
        case .bytes: [#""""#, #""AA==""#, #""/wA=""#]
        }
    }

    /// Values that no column of the group holds: a rule that compares with one is unknown.
    var unfit: [String] {
        switch self {
        case .number: ["true", #""7abc""#, "{}", "null", #"" 7""#]
        case .string: ["7", "true", "null", "[]", #""\u0000""#]
        case .flag: ["1", #""true""#, "null"]
        case .day: [#""2024-02-30""#, #""0000-01-01""#, "null", "20240229"]
        case .instant: [#""soon""#, #""0000-01-01T00:00:00Z""#, "null", "0"]
        case .key: [#""123e4567""#, "null"]
        case .clock: [#""24:00""#, "null"]
        case .bytes: [#""?""#, "null", "1"]
        }
    }
}
