"""The oracle against answers worked out by hand from fixtures/config/wide/sqlite.sql."""

import pytest
from oracle import Caller, values
from oracle.compare import Comparison
from oracle.view import Approximate, Opaque

NOBODY = Caller()
ADMIN = Caller(admin=True)
EDITOR = Caller({"id": 1, "role": "editor"})
NORTH = Caller({"id": 1, "tenant": "north", "level": 5})


def ids(answer, root):
    return [row["id"] for row in answer["data"][root]]


@pytest.fixture
def ask(oracles):
    def ask(query, caller=NOBODY, variables=None):
        return oracles("wide").answer(caller, query, variables)

    return ask


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("{}", [1, 2, 3, 4, 5]),
        ("{_and: []}", [1, 2, 3, 4, 5]),
        ("{_or: []}", []),
        ("{_not: {}}", []),
        ("{_or: {id: {_eq: 2}}}", [2]),
        ("{team: {_eq: \"red\"}}", [2, 4]),
        ("{team: {_neq: \"red\"}}", [1, 3]),  # the null team is unknown
        ("{_not: {team: {_eq: \"red\"}}}", [1, 3]),
        ("{_not: {_or: [{team: {_eq: \"red\"}}, {id: {_gt: 0}}]}}", []),
        ("{_or: [{team: {_eq: \"red\"}}, {id: {_eq: 5}}]}", [2, 4, 5]),
        ("{team: {_in: []}}", []),
        ("{team: {_nin: []}}", [1, 2, 3, 4]),
        ("{team: {_nin: [\"red\"]}}", [1, 3]),
        ("{salary: {_gte: 300, _lt: 510}}", [2, 4]),
        ("{badge: {_like: \"B-%\"}}", [1, 2, 3]),
        ("{badge: {_nlike: \"B-%\"}}", [5]),
        ("{badge: {_ilike: \"b-3\"}}", [3]),
        ("{manager: {}}", [2, 3, 4, 5]),
        ("{_not: {manager: {}}}", [1]),
        ("{reports: {team: {_eq: \"red\"}}}", [1, 2]),
        ("{reports: {reports: {}}}", [1, 5]),
        ("{manager: {manager: {name: {_eq: \"Root\"}}}}", [4]),
    ],
)  # fmt: skip
def test_where(where, expected, ask):
    assert ids(ask(f"{{ employees(where: {where}) {{ id }} }}", ADMIN), "employees") == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("order_by: {team: asc}", [3, 1, 2, 4, 5]),
        ("order_by: {team: desc}", [5, 2, 4, 1, 3]),
        ("order_by: {team: asc_nulls_first}", [5, 3, 1, 2, 4]),
        ("order_by: {team: desc_nulls_last}", [2, 4, 1, 3, 5]),
        ("order_by: [{team: desc_nulls_last}, {salary: asc}]", [4, 2, 1, 3, 5]),
        ("order_by: {manager: {salary: desc}}", [1, 5, 2, 3, 4]),
        ("order_by: [null, {id: desc}]", [5, 4, 3, 2, 1]),
        ("distinct_on: team", [3, 1, 2, 5]),
        ("distinct_on: [team], order_by: [{team: desc}, {id: desc}]", [5, 4, 1, 3]),
        ("distinct_on: [team], offset: 1, limit: 2", [1, 2]),
        ("limit: 2, offset: 1", [2, 3]),
        ("limit: 0", []),
        ("limit: null", [1, 2, 3, 4, 5]),
        ("offset: 9", []),
    ],
)
def test_order_and_page(arguments, expected, ask):
    assert ids(ask(f"{{ employees({arguments}) {{ id }} }}", ADMIN), "employees") == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("count", {"count": 5}),
        ("count(columns: [team])", {"count": 4}),
        ("count(columns: [team], distinct: true)", {"count": 3}),
        ("count(columns: [team, manager_id], distinct: true)", {"count": 5}),
        ("sum { salary }", {"sum": {"salary": 2210}}),
        ("avg { salary }", {"avg": {"salary": 552.5}}),
        ("max { salary name } min { team }", {"max": {"salary": 900, "name": "Root"}, "min": {"team": "blue"}}),
    ],
)
def test_aggregates(fields, expected, ask):
    answer = ask(f"{{ employees_aggregate {{ aggregate {{ {fields} }} }} }}", ADMIN)
    assert answer["data"]["employees_aggregate"]["aggregate"] == expected


def test_aggregates_over_a_page_and_over_nothing(ask):
    answer = ask(
        "{ a: employees_aggregate(order_by: {id: desc}, limit: 2) { aggregate { count sum { salary } } nodes { id } }"
        " b: employees_aggregate(where: {id: {_lt: 0}}) { aggregate { count sum { salary } max { name } } nodes { id } } }",
        ADMIN,
    )
    assert answer["data"] == {
        "a": {"aggregate": {"count": 2, "sum": {"salary": 300}}, "nodes": [{"id": 5}, {"id": 4}]},
        "b": {"aggregate": {"count": 0, "sum": {"salary": None}, "max": {"name": None}}, "nodes": []},
    }


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        # In clear for the owner, last4 otherwise; a title past 2025 or undated is "untitled"; level is null.
        (NORTH, [
            {"id": 1, "title": "Plan", "secret": "alpha-1111", "level": None},
            {"id": 2, "title": "untitled", "secret": "****2222", "level": None},
            {"id": 5, "title": "Orphan", "secret": "****🚀🚀🚀🚀", "level": None},
        ]),
        # level > 2 hides 3, an unknown comparison under `not` hides 4.
        (Caller({"id": 1, "tenant": "south", "level": 2}), []),
        (Caller({"id": 1, "tenant": "south", "level": "3"}), [
            {"id": 3, "title": "Map", "secret": "abcd", "level": None},
        ]),
        (Caller({"id": 9, "tenant": "south", "level": 3}), [
            {"id": 3, "title": "Map", "secret": "****", "level": None},
        ]),
    ],
)  # fmt: skip
def test_masks_and_row_rules(caller, expected, ask):
    assert ask("{ documents { id title secret level } }", caller)["data"]["documents"] == expected


@pytest.mark.parametrize(
    ("caller", "code", "path"),
    [
        (Caller({"id": 1, "level": 5}), "not-found", "$"),  # `where` on a missing claim
        (Caller({"id": 1, "tenant": "north"}), "validation-failed", "$.selectionSet.documents"),  # `match`
        (Caller({"id": 1, "level": "5x", "tenant": "n"}), "validation-failed", "$.selectionSet.documents"),
        (NOBODY, "validation-failed", "$.selectionSet.documents"),
    ],
)
def test_missing_and_unusable_claims(caller, code, path, ask):
    error = ask("{ documents { id } }", caller)["errors"][0]["extensions"]
    assert (error["code"], error["path"]) == (code, path)


def test_a_masked_value_is_the_value_everywhere(ask):
    answer = ask(
        '{ a: documents(where: {secret: {_like: "beta%"}}) { id } b: documents(where: {secret: {_eq: "****2222"}}) { id }'
        " c: documents(where: {level: {_is_null: false}}) { id } d: documents(order_by: {secret: asc}) { id }"
        " e: documents_aggregate { aggregate { count(columns: [level]) max { secret } } } }",
        NORTH,
    )
    assert answer["data"] == {
        "a": [],
        "b": [{"id": 2}],
        "c": [],
        "d": [{"id": 2}, {"id": 5}, {"id": 1}],
        "e": {"aggregate": {"count": 0, "max": {"secret": "alpha-1111"}}},
    }


def test_field_guards_lists_and_paths(ask):
    answer = ask(
        "{ employees { id salary badge reports { id } } }",
        Caller({"id": 2, "role": "member", "teams": ["red", "board"]}),
    )
    assert answer["data"]["employees"] == [
        {"id": 1, "salary": None, "badge": None, "reports": [{"id": 2}]},
        {"id": 2, "salary": 500, "badge": "B-000002", "reports": [{"id": 4}]},
        {"id": 4, "salary": None, "badge": None, "reports": []},
    ]


def test_an_or_takes_the_actions_of_its_first_true_clause(ask):
    answer = ask("{ employees { badge } }", Caller({"id": 3, "role": "editor"}))
    shown = [row["badge"] for row in answer["data"]["employees"]]
    assert shown == ["****0001", "****0002", "B-3", None, "****語バッジ"]


def test_the_aggregate_rule_takes_rows_away(ask):
    answer = ask("{ employees { id } employees_aggregate { aggregate { count } nodes { id } } }", EDITOR)
    assert len(answer["data"]["employees"]) == 5
    # `not (team == board)`: the board is false, the missing team unknown.
    assert answer["data"]["employees_aggregate"] == {
        "aggregate": {"count": 3},
        "nodes": [{"id": 2}, {"id": 3}, {"id": 4}],
    }


def test_computed_fields_never_run_on_hidden_rows(ask):
    answer = ask("{ ledger(where: {ratio: {_is_null: false}}, order_by: {payload_a: asc}) { id ratio scaled } }")
    assert answer["data"]["ledger"] == [
        {"id": 7, "ratio": 30, "scaled": -40},
        {"id": 1, "ratio": 400, "scaled": 600},
        {"id": 4, "ratio": -4, "scaled": None},
        {"id": 5, "ratio": 42, "scaled": 60},
    ]


def test_text_compares_by_code_point_whatever_the_collation(ask):
    assert ids(ask('{ words(where: {word: {_eq: "a"}}) { id } }'), "words") == [3]
    assert ids(ask("{ words(order_by: {word: asc}, limit: 5) { id } }"), "words") == [9, 2, 19, 4, 8]
    assert ids(ask("{ words(order_by: {word: desc_nulls_last}, limit: 2) { id } }"), "words") == [11, 12]


def test_fragments_variables_and_directives(ask):
    answer = ask(
        """query Q($w: seats_bool_exp, $no: Boolean = false) {
             one: seats(where: $w) { ...F number @include(if: $no) bookings { id } bookings { passenger } }
           }
           fragment F on seats { row_letter ... { __typename taken @skip(if: $no) } }""",
        variables={"w": {"taken": {"_eq": True}, "row_letter": {"_eq": "B"}}},
    )
    assert answer == {
        "data": {
            "one": [
                {
                    "row_letter": "B",
                    "__typename": "seats",
                    "taken": True,
                    "bookings": [{"id": 3, "passenger": "Cem"}],
                }
            ]
        }
    }


@pytest.mark.parametrize(
    ("query", "code", "path"),
    [
        ("{ nope { id } }", "validation-failed", "$.selectionSet.nope"),
        ("{ words { ...F } } fragment F on words { nope }", "validation-failed", "$.selectionSet.words.selectionSet.F.selectionSet.nope"),
        ("{ words(where: {_and: [{nope: {}}]}) { id } }", "validation-failed", "$.selectionSet.words.args.where._and[0].nope"),
        ("{ words(limit: -1) { id } }", "not-supported", "$.selectionSet.words.args.limit"),
        ("{ words(distinct_on: id, order_by: {word: asc}) { id } }", "validation-failed", "$.selectionSet.words.args"),
        ("{ extremes(where: {whole: {_eq: 2147483648}}) { id } }", "validation-failed", "$.selectionSet.extremes.args.where.whole._eq"),
        ('{ extremes(where: {big: {_eq: "9223372036854775808"}}) { id } }', "parse-failed", "$.selectionSet.extremes.args.where.big._eq"),
        ("{ many { id } }", "limit-exceeded", None),
        ("{ employees { id } }", "validation-failed", "$.selectionSet.employees"),
    ],
)  # fmt: skip
def test_refusals(query, code, path, ask):
    error = ask(query)["errors"][0]["extensions"]
    assert (error["code"], error["path"]) == (code, path)


def test_three_valued_logic():
    truths = (True, False, None)
    assert [values.all_of(pair) for pair in ((a, b) for a in truths for b in truths)] == [
        True, False, None, False, False, False, None, False, None,
    ]  # fmt: skip
    assert [values.any_of(pair) for pair in ((a, b) for a in truths for b in truths)] == [
        True, True, True, True, False, None, True, None, None,
    ]  # fmt: skip
    assert values.is_in(1, [2, None]) is None
    assert values.is_in(1, [1, None]) is True
    assert values.not_in(None, []) is None


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("abc", "a%", True), ("abc", "_b_", True), ("abc", "A%", False), ("a%", "a\\%", True),
        ("ab", "a\\%", False), ("a\nb", "a%b", True), ("😀", "_", True), ("", "%", True), ("", "_", False), ("a.c", "a.c", True),
        ("abc", "a.c", False),
    ],
)  # fmt: skip
def test_like(text, pattern, expected):
    assert values.like(text, pattern) is expected


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"data": {"a": 1, "b": 2}}, {"data": {"b": 2, "a": 1}}),
        ({"data": [1, 2]}, {"data": [2, 1]}),
        ({"data": 1}, {"data": True}),
        ({"data": None}, {"data": False}),
        ({"data": 9007199254740993}, {"data": 9007199254740992}),
        ({"data": "1"}, {"data": 1}),
        ({"data": []}, {"data": [], "errors": []}),
        ({"data": Approximate(1.5)}, {"data": 1.51}),
        ({"data": [Opaque("c", "x"), Opaque("c", "y")]}, {"data": ["0" * 64, "0" * 64]}),
        ({"data": [Opaque("c", "x"), Opaque("c", "x")]}, {"data": ["0" * 64, "1" * 64]}),
    ],
)
def test_the_comparison_notices(expected, actual):
    assert Comparison().differences(expected, actual)


def test_the_comparison_accepts_what_is_equal():
    expected = {"data": [1.0, Approximate(0.3), Opaque("c", "x"), Opaque("c", "x"), None, True]}
    actual = {"data": [1, 0.1 + 0.2, "a" * 64, "a" * 64, None, True]}
    assert not Comparison().differences(expected, actual)
