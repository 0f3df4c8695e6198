"""Databases that grew over many years: values of other types than their columns, odd keys, odd names, views.

What is shown is what filters, orders and pages go by, and a row is found again by the very key it has.
"""

import json
import sqlite3

import graphql
import pytest
from gateway import ADMIN, credentials
from regressions import ALLOW, SmallGateway, SmallProject

EVERYTHING = {"read": ALLOW, "create": ALLOW, "update": ALLOW, "delete": ALLOW}


@pytest.fixture
def serve(tmp_path):
    """A gateway over a database of this schema, filled through Python: (statement, parameters) each."""
    started = []

    def start(sql, rows=(), rules=None, collections=None):
        project = SmallProject(tmp_path / f"p{len(started)}", rules or {}, sql, collections)
        connection = sqlite3.connect(project.database)
        for statement, parameters in rows:
            connection.execute(statement, parameters)
        connection.commit()
        connection.close()
        started.append(SmallGateway(project))
        return started[-1]

    yield start
    for gateway in started:
        assert gateway.gateway.stop() == 0


def pages(gateway, collection, order):
    """All keys in the order of pages of one row each; a page that comes again is a fault."""
    keys, cursor = [], None
    while True:
        after = "" if cursor is None else f', after: "{cursor}"'
        field = f"{collection}_connection"
        page = gateway.data(f"{{ {field}(first: 1, order_by: {order}{after}) {{ edges {{ cursor node {{ id }} }} }} }}", ADMIN)[field]
        if not page["edges"]:
            return keys
        key = page["edges"][0]["node"]["id"]
        assert key not in keys, f"{key} after {keys}"
        keys.append(key)
        cursor = page["edges"][0]["cursor"]


# -- values ---------------------------------------------------------------------

VALUES = """CREATE TABLE v (
  id INTEGER PRIMARY KEY, i INT, b BIGINT, r REAL, n NUMERIC, t TEXT, bo BOOLEAN, ts DATETIME, bl BLOB, u);"""
MIXED = [
    ("INSERT INTO v (id, i, b, r, n, t) VALUES (1, 3000000000, 9223372036854775807, 1e400, -1e400, ?)", ("a\0b",)),
    ("INSERT INTO v (id, t, u, bl) VALUES (2, CAST(x'4dfc6c6c6572' AS TEXT), x'00ff', x'00ff10')", ()),
    ("INSERT INTO v (id, i, b, r, bo) VALUES (3, 'abc', '12abc', 'x', 'yes')", ()),
    ("INSERT INTO v (id, i, b, r, n, bo, ts, u) VALUES (4, 1.5, 1.5, 2, 1e3, 0.5, 1577872800, 7)", ()),
    ("INSERT INTO v (id, i, t, u) VALUES (5, x'01', x'ff00', 7.5)", ()),
    ("INSERT INTO v (id, t, bo, u) VALUES (6, 12, 'true', '7')", ()),
    ("INSERT INTO v (id, bl, bo, u) VALUES (7, 'text', 2, NULL)", ()),
]


@pytest.mark.parametrize("column", ["i", "b", "r", "n", "t", "bo", "ts", "bl", "u"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_pages_hold_every_row_once_whatever_a_column_holds(serve, column, direction):
    gateway = serve(VALUES, MIXED)
    order = f"{{{column}: {direction}}}"
    listed = [row["id"] for row in gateway.data(f"{{ v(order_by: {order}) {{ id }} }}", ADMIN)["v"]]
    assert sorted(listed) == [1, 2, 3, 4, 5, 6, 7]
    assert pages(gateway, "v", order) == listed


def test_the_answer_is_json_whatever_is_stored(serve):
    gateway = serve(VALUES, MIXED)
    rows = gateway.data("{ v { id i b r n t bo ts bl u } }", ADMIN)["v"]
    assert rows[0] == {"id": 1, "i": 3000000000, "b": 9223372036854775807, "r": None, "n": None, "t": "a\0b",
                       "bo": None, "ts": None, "bl": None, "u": None}  # fmt: skip
    assert rows[1] | {"t": "M�ller", "u": "AP8=", "bl": "AP8Q"} == rows[1]
    assert [row["u"] for row in rows] == [None, "AP8=", None, "7", "7.5", "7", None]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('{u: {_eq: "7"}}', [4, 6]),
        ('{u: {_eq: "7.5"}}', [5]),
        ('{u: {_eq: "7.0"}}', []),
        ('{u: {_eq: "AP8="}}', [2]),
        ('{u: {_neq: "7"}}', [2, 5]),
        ('{_not: {u: {_eq: "7"}}}', [2, 5]),
        ('{u: {_in: ["7", "AP8="]}}', [2, 4, 6]),
        ('{u: {_like: "7%"}}', [4, 5, 6]),
        ('{u: {_is_null: true}}', [1, 3, 7]),
    ],
)
def test_a_column_without_a_type_compares_as_the_text_it_shows(serve, where, found):
    gateway = serve(VALUES, MIXED)
    assert [row["id"] for row in gateway.data(f"{{ v(where: {where}) {{ id }} }}", ADMIN)["v"]] == found


@pytest.mark.parametrize("declared", ["STRING", "MONEY", "CODE(8)"])
def test_rules_and_filters_do_not_bend_texts_to_numbers(serve, declared):
    same = {"rule": "match", "type": "string", "eval": "==", "f1": "args.row.code", "f2": "args.auth.code"}
    gateway = serve(
        f"CREATE TABLE v (id INTEGER PRIMARY KEY, code {declared});", [("INSERT INTO v VALUES (1, '7'), (2, 'a')", ())], {"v": {"read": same}}
    )
    for code, found in [("7", [{"code": "7"}]), ("007", []), ("7.0", []), ("a", [{"code": "a"}])]:
        assert gateway.data("{ v { code } }", {"code": code})["v"] == found
        assert gateway.data(f'{{ v(where: {{code: {{_eq: "{code}"}}}}) {{ code }} }}', ADMIN)["v"] == found


def test_a_check_looks_at_the_text_a_column_shows(serve):
    rules = {"v": EVERYTHING | {"create": {"rule": "and", "clauses": [ALLOW, {"rule": "check", "where": {"code": {"_eq": "7"}}}]}}}
    gateway = serve("CREATE TABLE v (id INTEGER PRIMARY KEY, code STRING);", rules=rules)
    assert gateway.data('mutation { insert_v_one(object: {code: "007"}) { code } }', {}) == {"insert_v_one": {"code": "7"}}
    assert gateway.code('mutation { insert_v_one(object: {code: "8"}) { code } }', {}) == "permission-error"


def test_a_column_that_a_view_computes_compares_as_it_shows(serve):
    gateway = serve(
        """CREATE TABLE t (a INT, b TEXT);
        CREATE VIEW counted AS SELECT b, count(*) AS n, sum(a) / 2.0 AS half FROM t GROUP BY b;
        INSERT INTO t VALUES (1, 'x'), (2, 'x'), (10, 'y');"""
    )
    assert gateway.data("{ counted(order_by: {b: asc}) { b n half } }", ADMIN)["counted"] == [
        {"b": "x", "n": "2", "half": "1.5"}, {"b": "y", "n": "1", "half": "5.0"}]  # fmt: skip
    assert gateway.data('{ counted(where: {n: {_eq: "2"}}) { b } }', ADMIN)["counted"] == [{"b": "x"}]
    assert gateway.data('{ counted(where: {half: {_in: ["5.0"]}}) { b } }', ADMIN)["counted"] == [{"b": "y"}]


def test_columns_are_of_the_types_they_are_said_to_be(serve):
    gateway = serve(
        """CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT); INSERT INTO t VALUES (9007199254740993, 'x'), (2, 'x'), (3, 'y');
        CREATE VIEW counted AS SELECT b, count(*) AS n FROM t GROUP BY b;""",
        collections={"t": {"fields": {"id": {"type": "bigint"}}}, "counted": {"fields": {"n": {"type": "Int"}}}},
    )
    assert gateway.data("{ t_by_pk(id: 9007199254740993) { id b } }", ADMIN)["t_by_pk"] == {"id": 9007199254740993, "b": "x"}
    assert gateway.data("{ counted(where: {n: {_gt: 1}}) { b n } }", ADMIN)["counted"] == [{"b": "x", "n": 2}]


def test_a_sum_beyond_64_bits_is_a_number(serve):
    gateway = serve(
        "CREATE TABLE v (id INTEGER PRIMARY KEY, b BIGINT, g INT);"
        "INSERT INTO v VALUES (1, 9223372036854775807, 1), (2, 9223372036854775807, 1), (3, -9223372036854775808, 2), (4, 9223372036854775806, 2);"
    )
    query = "{ v_aggregate { aggregate { sum { b } } } v_group(by: [g], having: {sum: {b: {_gt: 0}}}) { key { g } aggregate { sum { b } } } }"
    answer = gateway.data(query, ADMIN)
    assert answer["v_aggregate"]["aggregate"]["sum"]["b"] == float(2**64)
    assert answer["v_group"] == [{"key": {"g": 1}, "aggregate": {"sum": {"b": float(2**64)}}}]
    small = gateway.data("{ v_aggregate(where: {g: {_eq: 2}}) { aggregate { sum { b } } } }", ADMIN)
    assert small["v_aggregate"]["aggregate"]["sum"]["b"] == -2


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ('{ v(where: {t: {_in: ["x", "\\u0000"]}}) { id } }', "$.selectionSet.v.args.where.t._in[1]"),
        ('{ v(where: {t: {_like: "%\\u0000%"}}) { id } }', "$.selectionSet.v.args.where.t._like"),
    ],
)
def test_what_would_end_at_a_zero_is_refused_instead_of_finding_another_row(serve, query, path):
    gateway = serve("CREATE TABLE v (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO v VALUES (1, ''), (2, 'x');")
    error = gateway.ask(query, ADMIN)["errors"][0]
    assert error["extensions"] | {"code": "data-exception", "path": path} == error["extensions"]
    assert gateway.data('{ v(where: {t: {_eq: "\\u0000"}}) { id } }', ADMIN)["v"] == []


def test_a_claim_with_a_zero_is_not_the_text_before_it(serve):
    listed = {"rule": "match", "type": "string", "eval": "in", "f1": "args.row.t", "f2": "args.auth.teams"}
    alike = {"rule": "match", "type": "string", "eval": "like", "f1": "args.row.t", "f2": "args.auth.team"}
    sql = "CREATE TABLE v (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO v VALUES (1, 'a'), (2, '');"
    for rule in (listed, alike):
        gateway = serve(sql, rules={"v": {"read": rule}})
        answer = gateway.ask("{ v { id } }", {"teams": ["a\0b", "\0"], "team": "a\0b"})
        assert not (answer.get("data") or {}).get("v"), answer
        assert gateway.data("{ v { id } }", {"teams": ["a"], "team": "a"})["v"] == [{"id": 1}]


# -- keys -------------------------------------------------------------------------

KEYS = {
    "k TEXT PRIMARY KEY": [("a",), ("a\0b",), ("",), ("\0",), ("1",), ("ü😀",), ('"',), ("\\",), ("t",), ("ea",)],
    "k TEXT, l BLOB, r REAL, PRIMARY KEY (k, l, r)": [
        (1, 1, 1.5), ("a", b"\xff", 0.1), ("a\0", b"", 1e300), ("a", "x", float("inf")), ("a\0b", b"\0", -float("inf"))],
    "k PRIMARY KEY": [(1,), ("1",), (1.5,), (b"1",), ("a\0",), ("bMQ==",)],
    "k NUMERIC PRIMARY KEY": [(9223372036854775807,), (0.1,), (1e300,), ("x",), (9007199254740993,)],
    "k BLOB PRIMARY KEY": [(b"\xff",), (b"",), (b"\0",), ("text",), (5,)],
}  # fmt: skip


def same(left, right):
    """Whether the rows are the same, in any order."""
    return sorted(map(json.dumps, left)) == sorted(map(json.dumps, right))


@pytest.mark.parametrize("columns", KEYS)
def test_a_row_is_found_again_by_the_very_key_it_has(serve, columns):
    keys = KEYS[columns]
    marks = ", ".join("?" * len(keys[0]))
    gateway = serve(
        f"CREATE TABLE w (v INT DEFAULT 0, {columns}) WITHOUT ROWID;",
        [(f"INSERT INTO w ({', '.join('klr'[: len(keys[0])])}) VALUES ({marks})", key) for key in keys],
    )  # fmt: skip
    rows = gateway.data("{ w { k } }", ADMIN)["w"]
    assert len(rows) == len(keys)
    updated = gateway.data("mutation { update_w(where: {}, all: true, _inc: {v: 1}) { affected_rows returning { k v } } }", ADMIN)["update_w"]
    assert updated["affected_rows"] == len(keys)
    assert same(updated["returning"], [row | {"v": 1} for row in rows])
    some = gateway.data("mutation { update_w(where: {}, all: true, limit: 2, _inc: {v: 1}) { affected_rows returning { v } } }", ADMIN)["update_w"]
    assert some == {"affected_rows": 2, "returning": [{"v": 2}, {"v": 2}]}
    gone = gateway.data("mutation { delete_w(where: {}, all: true) { affected_rows returning { k } } }", ADMIN)["delete_w"]
    assert gone["affected_rows"] == len(keys)
    assert same(gone["returning"], rows)
    assert gateway.project.rows("SELECT count(*) FROM w") == [(0,)]


def test_a_check_looks_at_the_row_written_not_at_one_with_half_its_key(serve):
    rules = {"w": EVERYTHING | {"update": {"rule": "and", "clauses": [ALLOW, {"rule": "check", "where": {"v": {"_lt": 5}}}]}}}
    gateway = serve(
        "CREATE TABLE w (k TEXT PRIMARY KEY, v INT) WITHOUT ROWID;",
        [("INSERT INTO w VALUES (?, 0)", (key,)) for key in ("a", "a\0b")], rules,
    )  # fmt: skip
    assert gateway.code('mutation { update_w(where: {k: {_eq: "a\\u0000b"}}, _inc: {v: 9}) { affected_rows } }', {}) == "permission-error"
    assert gateway.project.rows("SELECT v FROM w") == [(0,), (0,)]


# -- names ------------------------------------------------------------------------


def test_names_that_graphql_lacks_are_bent_and_work_everywhere(serve):
    gateway = serve(
        """CREATE TABLE "Order" ("Order ID" INTEGER PRIMARY KEY, "select" TEXT, "group" INT, "näme" TEXT, "a""quote" TEXT, "it's" TEXT,
            "where" TEXT, "limit" INT, "emoji😀" TEXT, "a.b" TEXT, "[x]" TEXT, ":p" TEXT);
        CREATE TABLE "order items" (id INTEGER PRIMARY KEY, "Order ID" INT REFERENCES "Order" ("Order ID"), "_set" INT, "__typename" TEXT);
        CREATE TABLE "1st" ("1a" INT PRIMARY KEY);
        INSERT INTO "Order" ("select", "group", "where") VALUES ('s', 2, 'w');"""
    )
    data = gateway.data(
        """mutation { insert_order_items_one(object: {_set: 5, _typename: "t", Order: {data: {select: "x", where: "é😀", a_b: "1", _x_: "2"}}})
          { __typename _set _typename Order { Order_ID select where n_me a_quote it_s emoji_ a_b _x_ _p order_items { id } } } }""",
        ADMIN,
    )["insert_order_items_one"]
    assert data == {
        "__typename": "order_items", "_set": 5, "_typename": "t",
        "Order": {"Order_ID": 2, "select": "x", "where": "é😀", "n_me": None, "a_quote": None, "it_s": None, "emoji_": None,
                  "a_b": "1", "_x_": "2", "_p": None, "order_items": [{"id": 1}]},
    }  # fmt: skip
    update = 'mutation { update_Order(where: {where: {_eq: "w"}}, _set: {limit: 3, n_me: "ü", it_s: "\'"}) { returning { limit n_me it_s } } }'
    assert gateway.data(update, ADMIN)["update_Order"]["returning"] == [{"limit": 3, "n_me": "ü", "it_s": "'"}]
    group = "{ Order_group(by: [where, limit]) { key { where limit } aggregate { count max { group } } } }"
    assert gateway.data(group, ADMIN)["Order_group"][1]["key"] == {"where": "é😀", "limit": None}
    assert gateway.data("mutation { insert__1st_one(object: {_1a: 4}) { _1a } }", ADMIN) == {"insert__1st_one": {"_1a": 4}}


@pytest.mark.parametrize("other", ["insert_x", "update_x", "delete_x", "x_group", "x_connection", "PageInfo", "Query", "_Any", "on", "true"])
def test_tables_are_read_and_written_beside_those_whose_fields_have_their_names(serve, other):
    gateway = serve(f'CREATE TABLE x (id INTEGER PRIMARY KEY, v INT); CREATE TABLE "{other}" (id INTEGER PRIMARY KEY, v INT);')
    for table in ("x", other):
        row = gateway.data(f"mutation {{ insert_{table}_one(object: {{v: 4}}) {{ __typename id v }} }}", ADMIN)[f"insert_{table}_one"]
        assert row == {"__typename": table, "id": 1, "v": 4}
        assert gateway.data(f"{{ {table} {{ __typename id v }} }}", ADMIN)[table] == [row]


def test_a_client_takes_the_schema_whatever_columns_and_indices_are_called(serve):
    gateway = serve(
        """CREATE TABLE x (id INTEGER PRIMARY KEY, "true" INT, "null" TEXT, a INT);
        CREATE UNIQUE INDEX "false" ON x ("null"); CREATE UNIQUE INDEX "u 1" ON x ("true"); CREATE UNIQUE INDEX "u-1" ON x (a);
        CREATE TABLE "key" ("key" INTEGER PRIMARY KEY, "aggregate" INT, "count" INT, nodes INT, "cursor" TEXT, "returning" INT, "_set" INT,
            objects INT, data TEXT, "all" INT, "by" INT, "having" INT, "limit" INT);
        INSERT INTO x VALUES (1, 10, 'n', 100); INSERT INTO "key" ("key", "aggregate") VALUES (1, 2);"""
    )
    answer = gateway.ask(graphql.get_introspection_query(), ADMIN)
    assert graphql.validate_schema(graphql.build_client_schema(answer["data"])) == []
    for name, row in [("u_1", {"true_": 10}), ("u_1_2", {"a": 100}), ("false_", {"null_": "n"}), ("x_pkey", {"id": 1})]:
        values = ", ".join(f"{column}: {json.dumps(value)}" for column, value in row.items())
        insert = f"insert_x(objects: [{{{values}}}], on_conflict: {{constraint: {name}, update_columns: []}}) {{ affected_rows }}"
        assert gateway.data(f"mutation {{ {insert} }}", ADMIN) == {"insert_x": {"affected_rows": 0}}
    data = gateway.data(
        """{ key(where: {aggregate: {_gt: 1}}, order_by: {count: asc}) { key aggregate } key_by_pk(key: 1) { nodes cursor }
          key_group(by: [key, count]) { key { key count } aggregate { count sum { count aggregate } } } }""",
        ADMIN,
    )
    assert data == {
        "key": [{"key": 1, "aggregate": 2}], "key_by_pk": {"nodes": None, "cursor": None},
        "key_group": [{"key": {"key": 1, "count": None}, "aggregate": {"count": 1, "sum": {"count": None, "aggregate": 2}}}],
    }  # fmt: skip
    written = gateway.data(
        """mutation { insert_key(objects: {data: "d", returning: 5}) { affected_rows returning { returning data } }
          update_key(where: {all: {_is_null: true}}, _set: {all: 4, _set: 3}) { returning { all _set } } }""",
        ADMIN,
    )
    assert written == {
        "insert_key": {"affected_rows": 1, "returning": [{"returning": 5, "data": "d"}]},
        "update_key": {"returning": [{"all": 4, "_set": 3}] * 2},
    }  # fmt: skip


# -- shapes -------------------------------------------------------------------------


def test_tables_without_a_key_are_read_and_written(serve):
    gateway = serve("CREATE TABLE n (a INT, b TEXT); INSERT INTO n VALUES (1, 'x'), (1, 'x'), (2, NULL);")
    update = 'mutation { update_n(where: {a: {_eq: 1}}, _set: {b: "y"}) { affected_rows returning { a b } } }'
    assert gateway.data(update, ADMIN)["update_n"] == {"affected_rows": 2, "returning": [{"a": 1, "b": "y"}] * 2}
    assert gateway.data("mutation { delete_n(where: {a: {_eq: 1}}, limit: 1) { affected_rows } }", ADMIN)["delete_n"]["affected_rows"] == 1
    assert gateway.project.rows("SELECT count(*) FROM n") == [(2,)]


def test_schemas_use_what_their_database_has(serve):
    """Functions over JSON and virtual tables, in constraints, generated columns, indices, views and triggers."""
    gateway = serve(
        """CREATE TABLE d (id INTEGER PRIMARY KEY, doc JSON NOT NULL DEFAULT (json('{}')) CHECK (json_valid(doc)),
            title TEXT GENERATED ALWAYS AS (json_extract(doc, '$.title')), UNIQUE (title));
        CREATE INDEX by_year ON d (json_extract(doc, '$.year'));
        CREATE VIEW words AS SELECT d.id, value AS word FROM d, json_each(d.doc, '$.words');
        CREATE VIRTUAL TABLE search USING fts5 (body);
        CREATE TRIGGER indexed AFTER INSERT ON d BEGIN INSERT INTO search VALUES (new.title); END;
        CREATE VIEW found AS SELECT body FROM search;
        CREATE VIRTUAL TABLE places USING rtree (id, low, high);
        CREATE TRIGGER placed AFTER INSERT ON d BEGIN INSERT INTO places VALUES (new.id, 0, 1); END;"""
    )
    insert = 'mutation { insert_d(objects: [{doc: {title: "one", words: ["a", "b"]}}, {}]) { returning { id title doc } } }'
    assert gateway.data(insert, ADMIN)["insert_d"]["returning"] == [
        {"id": 1, "title": "one", "doc": {"title": "one", "words": ["a", "b"]}}, {"id": 2, "title": None, "doc": {}}]  # fmt: skip
    data = gateway.data('{ words(where: {word: {_eq: "b"}}) { id word } found(order_by: {body: asc}) { body } places { id high } }', ADMIN)
    assert data == {
        "words": [{"id": 1, "word": "b"}], "found": [{"body": "one"}, {"body": None}],
        "places": [{"id": 1, "high": 1.0}, {"id": 2, "high": 1.0}],
    }  # fmt: skip


def test_texts_in_double_quotes_in_a_schema_are_texts(serve, tmp_path):
    sql = """CREATE TABLE t (id INTEGER PRIMARY KEY, kind TEXT DEFAULT "new" CHECK (kind IN ("new", "old")), seen TEXT);
        CREATE VIEW fresh AS SELECT id FROM t WHERE kind = "new";
        CREATE TRIGGER told AFTER INSERT ON t BEGIN UPDATE t SET seen = "yes" WHERE id = new.id; END;"""
    gateway = serve(sql)
    assert gateway.data("mutation { insert_t(objects: [{}, {kind: \"old\"}]) { returning { kind seen } } }", ADMIN)["insert_t"]["returning"] == [
        {"kind": "new", "seen": "yes"}, {"kind": "old", "seen": "yes"}]  # fmt: skip
    assert gateway.data("{ fresh { id } }", ADMIN) == {"fresh": [{"id": 1}]}
    # In what the configuration says they are names, and a misspelt one is told of.
    computed = {"t": {"computedFields": {"shout": {"expression": 'upper("knd")', "type": "String"}}}}
    refusal = SmallProject(tmp_path / "computed", {}, sql, computed).refusal()
    assert "/computedFields/shout/expression: the database does not accept the expression: no such column: knd" in refusal


def test_what_a_view_computes_never_runs_on_hidden_rows(serve):
    own = {"rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": "args.auth.id"}
    gateway = serve(
        """CREATE TABLE t (id INTEGER PRIMARY KEY, owner INT, doc TEXT);
        CREATE VIEW v AS SELECT id, owner, json_extract(doc, '$.x') AS x FROM t;
        INSERT INTO t VALUES (1, 1, '{"x": 1}'), (2, 2, 'no document');""",
        rules={"v": {"read": own}},
    )
    for where, found in [
        ('{x: {_eq: "1"}}', [1]), ('{x: {_neq: "1"}}', []), ('{_not: {x: {_in: ["1"]}}}', []), ("{x: {_is_null: true}}", []),
        ('{_or: [{x: {_eq: "2"}}, {id: {_gt: 0}}]}', [1]), ('{x: {_gt: "0"}, id: {_gt: 0}}', [1]),
    ]:  # fmt: skip
        assert [row["id"] for row in gateway.data(f"{{ v(where: {where}) {{ id }} }}", {"id": 1})["v"]] == found, where
    assert gateway.data("{ v(order_by: {x: asc}) { x } v_aggregate { aggregate { max { x } } } }", {"id": 1})["v"] == [{"x": "1"}]


def test_a_conflict_target_follows_the_collation_of_its_index(serve):
    gateway = serve("CREATE TABLE u (id INTEGER PRIMARY KEY, e TEXT, b INT); CREATE UNIQUE INDEX by_e ON u (e COLLATE NOCASE); INSERT INTO u VALUES (1, 'q', 0);")
    upsert = 'mutation { insert_u(objects: [{e: "Q", b: 5}], on_conflict: {constraint: by_e, update_columns: [b]}) { returning { id e b } } }'
    assert gateway.data(upsert, ADMIN)["insert_u"]["returning"] == [{"id": 1, "e": "q", "b": 5}]


def test_the_body_is_utf8_or_refused(serve):
    gateway = serve("CREATE TABLE v (id INTEGER PRIMARY KEY, t TEXT);")
    for body in (b'{"query":"{v{id}}","variables":{"x":"\xff"}}', b'{"query":"{v{id}}","variables":{"x":"\\ud800"}}'):
        answer = json.loads(gateway.gateway.post(body, credentials(ADMIN)).body)
        assert answer["errors"][0]["extensions"]["code"] == "invalid-json"
