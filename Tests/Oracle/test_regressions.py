"""Faults that systems of this kind have had, one test each, named after the fault: over SQLite, and over PostgreSQL with plans
for each value and with plans made once for all.

At the end the whole list, with those that wait for what the gateway does not have yet.
"""

import http.client
import http.server
import json
import threading

import jwt
import pytest
from gateway import ADMIN, JWT_SECRET, credentials
from postgres import MISSING as NO_SERVER
from postgres import is_installed
from regressions import (
    ALLOW,
    AUTHENTICATED,
    DENY,
    EVERYTHING,
    NOTES,
    OWN,
    SmallDatabase,
    SmallFile,
    SmallGateway,
    SmallProject,
    check,
    claims,
    every,
    match,
    none_of,
    some,
    where,
)
from sockets import LEGACY, TRANSPORT, GraphQLSocket, headers

ONE, TWO = claims(1), claims(2)
IDS = "{ notes { id } }"


@pytest.fixture(
    params=[
        "sqlite",
        *(
            pytest.param(mode, marks=pytest.mark.skipif(not is_installed(), reason=NO_SERVER))
            for mode in ("force_custom_plan", "force_generic_plan")
        ),
    ]
)
def database(request):
    """Makes the databases of a test: files, or in a server that plans for each value, or once for all."""
    if request.param == "sqlite":
        return SmallFile
    cluster = request.getfixturevalue("cluster")
    return lambda directory, sql: SmallDatabase(cluster, sql, request.param)


@pytest.fixture
def start(tmp_path, database):
    """A gateway for the rules of `notes` (or of several tables) that ends with the test."""
    running = []

    def start(rules, **more):
        rules = rules if rules.keys() & {"notes", "others"} else {"notes": rules}
        project = SmallProject(tmp_path / f"project{len(running)}", rules, make_database=database, **more)
        running.append(SmallGateway(project))
        return running[-1]

    yield start
    for small in running:
        assert small.gateway.stop() == 0


def ids(answer, field="notes"):
    return [row["id"] for row in answer[field]]


def refusal(tmp_path, rules, **more):
    folder = tmp_path / f"refused{len(list(tmp_path.iterdir()))}"
    return SmallProject(folder, rules, **more).refusal()


# -- what is not allowed is denied ---------------------------------------------------


def test_insert_into_a_collection_without_an_entry_skipped_the_rule(start):
    small = start({"others": EVERYTHING}, sql=NOTES + "CREATE TABLE others (id INTEGER PRIMARY KEY, n INT);")
    assert small.code('mutation { insert_notes(objects: {title: "x"}) { affected_rows } }', ONE) == "validation-failed"
    assert small.code("mutation { delete_notes(where: {id: {_eq: 1}}) { affected_rows } }", ONE) == "validation-failed"
    assert small.data("mutation { insert_others(objects: {n: 1}) { affected_rows } }", ONE)["insert_others"] == {"affected_rows": 1}
    assert len(small.project.rows()) == 3


UPSERT = """mutation($slug: String!, $set: [notes_update_column!]!) {
  insert_notes(objects: {id: 9, owner: 1, title: "mine", slug: $slug},
               on_conflict: {constraint: notes_slug_key, update_columns: $set}) { affected_rows returning { id } } }"""


@pytest.mark.parametrize(
    ("create", "update", "slug", "expected"),
    [
        (AUTHENTICATED, every(OWN, check()), "b", 0),  # another's row: the update rule is not true, so it is left alone
        (AUTHENTICATED, every(OWN, check()), "a", 1),
        (AUTHENTICATED, every(OWN, check()), "new", 1),
        (check(title={"_eq": "yours"}), every(OWN, check()), "new", "permission-error"),
        (check(title={"_eq": "yours"}), every(OWN, check()), "a", 1),  # nothing is inserted: the update rule alone decides
        (AUTHENTICATED, every(OWN, check(title={"_eq": "yours"})), "a", "permission-error"),
        (AUTHENTICATED, DENY, "a", "validation-failed"),
        (DENY, AUTHENTICATED, "new", "validation-failed"),
    ],
)
def test_upsert_checked_one_rule_of_two(create, update, slug, expected, start):
    create = create if create is DENY else every(AUTHENTICATED, create)
    small = start({"read": ALLOW, "create": create, "update": update})
    before = small.project.rows()
    answer = small.ask(UPSERT, ONE, {"slug": slug, "set": ["title"]})
    if isinstance(expected, str):
        assert answer["errors"][0]["extensions"]["code"] == expected
    else:
        assert answer["data"]["insert_notes"]["affected_rows"] == expected
    changed = [row for row in small.project.rows() if row not in before]
    assert len(changed) == (expected if isinstance(expected, int) else 0)
    assert all(row[2] == "mine" and row[1] == 1 for row in changed)


def test_a_conflict_on_another_constraint_overwrote_a_strangers_row(start):
    small = start(EVERYTHING)
    query = """mutation { insert_notes(objects: {id: 3, owner: 1, title: "mine", slug: "zzz"},
      on_conflict: {constraint: notes_slug_key, update_columns: [title, owner]}) { affected_rows } }"""
    before = small.project.rows()
    assert small.code(query, ONE) == "constraint-violation"
    assert small.project.rows() == before


def test_bulk_update_ignored_row_rules(start):
    small = start({"read": ALLOW, "update": OWN, "delete": OWN})
    query = "mutation { update_notes(where: {id: {_gt: 0}}, _inc: {stars: 10}) { affected_rows returning { id } } }"
    assert small.data(query, ONE)["update_notes"] == {"affected_rows": 1, "returning": [{"id": 1}]}
    query = "mutation { update_notes_many(updates: [{where: {id: {_gt: 0}}, _set: {title: \"x\"}}]) { affected_rows } }"
    assert small.data(query, ONE)["update_notes_many"] == [{"affected_rows": 1}]
    assert small.data("mutation { update_notes_by_pk(pk_columns: {id: 2}, _set: {title: \"x\"}) { id } }", ONE) == {"update_notes_by_pk": None}
    assert small.data("mutation { delete_notes_by_pk(id: 2) { id } }", ONE) == {"delete_notes_by_pk": None}
    assert small.data("mutation { delete_notes(where: {id: {_gt: 0}}) { affected_rows } }", ONE)["delete_notes"] == {"affected_rows": 1}
    assert [(row[0], row[2], row[5]) for row in small.project.rows()] == [(2, "two", 2), (3, "three", 3)]


@pytest.mark.parametrize(
    "read",
    [
        every(where(id={"_gt": 1}), where(id={"_lt": 3})),
        where(id={"_gt": 1, "_lt": 3}),
        where(_and=[{"id": {"_gt": 1}}, {"id": {"_lt": 3}}]),
        every(match("args.row.id", ">", 1), match("args.row.id", "<", 3)),
    ],
)
def test_and_of_two_conditions_on_one_column_kept_one(read, start):
    small = start({"read": read, "update": every(read, AUTHENTICATED)})
    assert ids(small.data(IDS)) == [2]
    assert ids(small.data("{ notes(where: {_and: [{id: {_gt: 0}}, {id: {_lt: 9}}], id: {_neq: 1}}) { id } }")) == [2]
    query = "mutation { update_notes(where: {stars: {_gt: 0, _lt: 9}}, _inc: {stars: 1}) { returning { id } } }"
    assert ids(small.data(query, ONE)["update_notes"], "returning") == [2]


@pytest.mark.parametrize(
    "entry",
    [
        {"read": {"rule": "were", "where": {}}},
        {"read": {"rule": "where", "where": {"id": {"_equals": 1}}}},
        {"read": {"rule": "where", "where": {"idd": {"_eq": 1}}}},
        {"read": {"rule": "where", "where": {}, "wher": {}}},
        {"read": {"rule": "where"}},
        {"read": {"rule": "and", "clauses": []}},
        {"read": {"rule": "or", "clauses": []}},
        {"read": {"rule": "and", "clause": ALLOW}},
        {"read": match("args.row.owner", "=", 1)},
        {"read": match("args.row.owner", "==", None)},
        {"read": match("args.rows.owner", "==", 1)},
        {"read": match("args.row.owner", "==", 1, "integer")},
        {"reed": ALLOW},
        {"upsert": ALLOW},
        {"read": ALLOW, "fields": {"titel": {"read": DENY}}},
        {"read": ALLOW, "fields": {"title": {"raed": DENY}}},
        {"read": {"rule": "ref", "name": "nobody"}},
        {"read": check(id={"_eq": 1})},
        {"create": where(id={"_eq": 1})},
        {"create": match("args.row.owner", "==", 1)},
        {"delete": check(id={"_eq": 1})},
        {"create": {"rule": "force", "field": "args.doc.owner", "value": 1}},
        {"create": some({"rule": "force", "field": "args.doc.owner", "value": 1}, ALLOW)},
        {"create": every(ALLOW, {"rule": "force", "field": "args.doc.ownr", "value": 1})},
        {"create": every(ALLOW, none_of({"rule": "force", "field": "args.doc.owner", "value": 1}))},
    ],
    ids=json.dumps,
)
def test_an_unknown_operator_a_misspelt_key_or_empty_clauses_failed_open(entry, tmp_path):
    assert refusal(tmp_path, {"notes": entry}), "the gateway would start"
    assert refusal(tmp_path, {"notes": EVERYTHING}) is None


def test_a_key_given_twice_kept_one(tmp_path):
    text = '{"collections": {"main.notes": {"read": {"rule": "deny"}, "read": {"rule": "allow"}}}}'
    assert refusal(tmp_path, {}, text=text)


def test_or_of_allow_and_another_kept_only_the_other(start):
    small = start({"read": some(ALLOW, OWN), "delete": some(OWN, AUTHENTICATED)})
    assert ids(small.data(IDS)) == [1, 2, 3]
    assert small.data("mutation { delete_notes(where: {id: {_eq: 3}}) { affected_rows } }", ONE)["delete_notes"] == {"affected_rows": 1}


@pytest.mark.parametrize("name", ["Notes", "NOTES", "notes ", "public.notes"])
def test_a_case_variant_of_a_name_missed_its_rule(name, tmp_path, start):
    assert refusal(tmp_path, {name: {"read": ALLOW}})
    small = start({"read": OWN})
    assert small.code("{ Notes { id } }", ADMIN) == "validation-failed"
    assert small.code("{ notes { ID } }", ADMIN) == "validation-failed"


# -- nothing of a request becomes syntax -----------------------------------------------

AWKWARD = """CREATE TABLE "od""d; DROP TABLE x --" (id INTEGER PRIMARY KEY, "na""me'; --" TEXT, "select" INT, "ünï 🚀" INT, "Mixed" INT);
INSERT INTO "od""d; DROP TABLE x --" VALUES (1, 'b', 2, 5, 0), (2, 'a', 1, 6, 0);"""
AWKWARD_NAMES = {
    'od"d; DROP TABLE x --': {
        "name": "odd",
        "fields": {'na"me\'; --': {"name": "name"}, "select": {"name": "select_"}, "ünï 🚀": {"name": "rocket"}},
    }
}


def test_identifiers_reached_sql_unquoted(start):
    rules = {'od"d; DROP TABLE x --': EVERYTHING, "others": EVERYTHING}
    small = start(rules, sql=AWKWARD + "CREATE TABLE others (id INTEGER PRIMARY KEY);", collections=AWKWARD_NAMES)
    query = "{ odd(order_by: [{name: asc}, {select_: desc}], distinct_on: [name]) { id rocket Mixed } odd_aggregate { aggregate { max { select_ } } } }"
    assert ids(small.data(query), "odd") == [2, 1]
    query = """mutation {
      insert_odd(objects: {id: 3, name: "c", select_: 3, rocket: 7, Mixed: 1},
                 on_conflict: {constraint: CONSTRAINT, update_columns: [name, rocket]}) { affected_rows }
      update_odd(where: {name: {_eq: "c"}}, _inc: {select_: 1}, _set: {rocket: 8}) { returning { id name select_ rocket } }
      delete_odd(where: {rocket: {_eq: 8}}) { affected_rows } }"""
    constraint = small.data('{ __type(name: "odd_constraint") { enumValues { name } } }', ADMIN)["__type"]["enumValues"][0]["name"]
    answer = small.data(query.replace("CONSTRAINT", constraint), ONE)
    assert answer["update_odd"]["returning"] == [{"id": 3, "name": "c", "select_": 4, "rocket": 8}]
    assert answer["delete_odd"] == {"affected_rows": 1}
    for name in ("name; DROP TABLE odd", 'na"me', "id--", "1"):
        variables = {"o": [{name: "asc"}]}
        assert small.code("query($o: [odd_order_by!]) { odd(order_by: $o) { id } }", ADMIN, variables) == "validation-failed"
        assert small.code("query($d: [odd_select_column!]) { odd(distinct_on: $d) { id } }", ADMIN, {"d": [name]}) == "validation-failed"


HOSTILE = ["x' OR '1'='1", "'; DELETE FROM notes; --", '" OR ""="', "%", "_", "\\", "1) OR (1=1", "NULL", "a\u0000b", "args.auth.id", "{1,2}"]


@pytest.mark.parametrize("text", HOSTILE)
def test_claims_were_pasted_into_sql(text, start):
    small = start(
        {
            "read": some(where(title={"_eq": "args.auth.name"}), match("args.row.title", "like", "args.auth.name", "string")),
            "create": every(AUTHENTICATED, {"rule": "force", "field": "args.doc.secret", "value": "args.auth.name"}),
            "delete": match("args.row.title", "==", "args.auth.name", "string"),
        }
    )
    caller = claims(1, name=text)
    if "\0" in text:
        # Not every database holds it: a comparison with it is unknown, and it is forced on nothing.
        assert small.code(IDS, caller) == "not-found"
        assert small.code('mutation { insert_notes(objects: {title: "new"}) { affected_rows } }', caller) == "not-found"
        assert small.code("mutation { delete_notes(where: {id: {_gt: 0}}) { affected_rows } }", caller) == "validation-failed"
        assert len(small.project.rows()) == 3
        return
    assert ids(small.data(IDS, caller)) == []
    assert small.data('mutation { insert_notes(objects: {title: "new"}) { affected_rows } }', caller)["insert_notes"] == {"affected_rows": 1}
    assert small.data("mutation { delete_notes(where: {id: {_gt: 0}}) { affected_rows } }", caller)["delete_notes"] == {"affected_rows": 0}
    assert [row[3] for row in small.project.rows()][3:] == [text]


@pytest.mark.parametrize("text", ["args.auth.id", "args.auth.role", "args.doc.owner", "args.now", "$.id", "{{id}}", *HOSTILE])
def test_client_data_that_looks_like_a_variable_was_dereferenced(text, start):
    small = start(EVERYTHING)
    query = """mutation($t: String!) { insert_notes_one(object: {id: 9, title: $t, slug: $t}) { title }
      update_notes(where: {title: {_eq: $t}}, _set: {secret: $t}) { affected_rows returning { title secret } } }"""
    if "\0" in text and small.project.stored.kind == "postgres":
        assert small.code(query, ONE, {"t": text}) == "data-exception"
        assert len(small.project.rows()) == 3
        return
    answer = small.data(query, ONE, {"t": text})
    assert answer["insert_notes_one"] == {"title": text}
    assert answer["update_notes"] == {"affected_rows": 1, "returning": [{"title": text, "secret": text}]}
    assert small.project.rows()[3][2:5] == (text, text, text)


# -- unknown is not true ----------------------------------------------------------------

MISSING = {
    "!=": match("args.row.owner", "!=", "args.auth.id"),
    "not ==": none_of(match("args.row.owner", "==", "args.auth.id")),
    "notIn": match("args.row.owner", "notIn", "args.auth.ids"),
    "not in": none_of(match("args.row.owner", "in", "args.auth.ids")),
    "_neq": where(owner={"_neq": "args.auth.id"}),
    "_nin": where(owner={"_nin": "args.auth.ids"}),
    "_not _eq": where(_not={"owner": {"_eq": "args.auth.id"}}),
    "_not _in": none_of(where(owner={"_in": "args.auth.ids"})),
    "not or": none_of(some(match("args.row.owner", "==", "args.auth.id"), match("args.row.id", "<", 0))),
}


CLAIMLESS = [None, {"role": "user"}, {"id": None, "ids": None}, {"id": {}, "ids": {}}, {"id": "7abc", "ids": "7"}]


@pytest.mark.parametrize("rule", MISSING, ids=str)
def test_a_missing_claim_was_admitted(rule, start):
    written = start({"read": ALLOW, "update": every(MISSING[rule], check()), "delete": MISSING[rule]})
    read = start({"read": MISSING[rule]})
    before = written.project.rows()
    for caller in CLAIMLESS:
        for query in (
            "mutation { update_notes(where: {id: {_gt: 0}}, _set: {title: \"x\"}) { affected_rows } }",
            "mutation { delete_notes(where: {id: {_gt: 0}}) { affected_rows } }",
        ):
            answer = written.ask(query, caller)
            assert "errors" in answer or list(answer["data"].values()) == [{"affected_rows": 0}], (caller, answer)
        assert written.project.rows() == before, caller
        answer = read.ask(IDS, caller)
        assert "errors" in answer or answer["data"] == {"notes": []}, (caller, answer)


def test_a_null_in_the_row_was_admitted_by_not(start):
    sql = NOTES + "INSERT INTO notes (id, owner, title) VALUES (4, NULL, 'four');"
    small = start({"read": none_of(OWN), "delete": none_of(OWN)}, sql=sql)
    assert ids(small.data(IDS, ONE)) == [2, 3]
    assert small.data("mutation { delete_notes(where: {id: {_gt: 0}}) { affected_rows } }", ONE)["delete_notes"] == {"affected_rows": 2}
    assert [row[0] for row in small.project.rows()] == [1, 4]


@pytest.mark.parametrize(
    ("identity", "expected"),
    [(7, [7]), ("7", [7]), ("7abc", []), ("7 ", []), ("0x7", []), (7.0, [7]), (7.5, []), (True, []), ("", []), ([7], []), ("1e0", [1])],
    ids=repr,
)
def test_text_that_begins_with_a_number_was_that_number(identity, expected, start):
    sql = NOTES + "INSERT INTO notes (id, owner, title) VALUES (7, 7, 'seven'), (8, 0, 'zero');"
    for rule in (OWN, where(owner={"_eq": "args.auth.id"})):
        answer = start({"read": rule}, sql=sql).ask(IDS, {"id": identity})
        assert ids(answer["data"]) == expected if "data" in answer else expected == [], answer


@pytest.mark.parametrize("as_text", [False, True])
def test_claims_beyond_53_bits_were_merged(as_text, start):
    sql = NOTES + "INSERT INTO notes (id, owner, title) VALUES (10, 9007199254740992, 'even'), (11, 9007199254740993, 'odd');"
    small = start({"read": OWN, "create": every(AUTHENTICATED, {"rule": "force", "field": "args.doc.owner", "value": "args.auth.id"})}, sql=sql)
    for identity, expected in ((9007199254740992, [10]), (9007199254740993, [11])):
        assert ids(small.data(IDS, claims(str(identity) if as_text else identity))) == expected
    small.data('mutation { insert_notes(objects: {id: 12, title: "x"}) { affected_rows } }', claims(9007199254740993))
    assert small.project.rows()[-1][1] == 9007199254740993


def test_a_magic_user_id_bypassed_rules(start):
    small = start({"read": OWN, "delete": OWN})
    for identity in ("admin", "*", "%", -1, 0, "root", "null", "args.row.owner"):
        for role in ("admin", "root", "service_role", "*"):
            answer = small.ask(IDS, {"id": identity, "role": role, "admin": True, "isAdmin": True})
            assert answer.get("data", {"notes": []}) == {"notes": []}, answer
    assert len(small.project.rows()) == 3


# -- writes ------------------------------------------------------------------------------


def test_update_let_an_owner_give_the_row_away(start):
    small = start({"read": ALLOW, "update": OWN})
    give = "mutation { update_notes(where: {id: {_eq: 1}}, _set: {owner: 2}) { affected_rows } }"
    before = small.project.rows()
    assert small.code(give, ONE) == "permission-error"
    assert small.code("mutation { update_notes_by_pk(pk_columns: {id: 1}, _set: {owner: null}) { id } }", ONE) == "permission-error"
    assert small.project.rows() == before
    assert small.data('mutation { update_notes(where: {id: {_eq: 1}}, _set: {title: "x"}) { affected_rows } }', ONE)["update_notes"] == {"affected_rows": 1}
    # `check` with nothing in it says that any result is fine.
    small = start({"read": ALLOW, "update": every(OWN, check())})
    assert small.data(give, ONE)["update_notes"] == {"affected_rows": 1}


def test_update_where_secret_like_counted_rows_the_caller_cannot_read(start):
    small = start({"read": OWN, "update": every(AUTHENTICATED, check()), "delete": AUTHENTICATED})
    before = small.project.rows()
    for query in (
        'mutation { update_notes(where: {secret: {_like: "beta%"}}, _set: {stars: 9}) { affected_rows } }',
        'mutation { delete_notes(where: {secret: {_like: "beta%"}}) { affected_rows } }',
        'mutation { update_notes(where: {secret: {_is_null: false}, id: {_neq: 1}}, _inc: {stars: 1}) { affected_rows } }',
    ):
        assert list(small.data(query, ONE).values()) == [{"affected_rows": 0}]
    assert small.project.rows() == before
    # Nor does a hidden field of a row that is seen.
    small = start({"read": ALLOW, "update": every(AUTHENTICATED, check()), "fields": {"secret": {"read": OWN}}})
    query = 'mutation { update_notes(where: {secret: {_like: "%"}}, _set: {stars: 9}) { affected_rows returning { id } } }'
    assert small.data(query, ONE)["update_notes"] == {"affected_rows": 1, "returning": [{"id": 1}]}
    # A collection that cannot be read offers inserts only.
    small = start({"read": DENY, "create": AUTHENTICATED, "update": every(AUTHENTICATED, check()), "delete": AUTHENTICATED})
    for query in (
        'mutation { update_notes(where: {id: {_eq: 1}}, _set: {stars: 9}) { affected_rows } }',
        "mutation { delete_notes(where: {id: {_eq: 1}}) { affected_rows } }",
        'mutation { insert_notes_one(object: {title: "x"}) { id } }',
        'mutation { insert_notes(objects: {title: "x"}) { returning { id } } }',
    ):
        assert small.code(query, ONE) == "validation-failed", query
    assert small.data('mutation { insert_notes(objects: {title: "x"}) { affected_rows } }', ONE)["insert_notes"] == {"affected_rows": 1}


def test_on_conflict_where_told_of_rows_the_caller_cannot_read(start):
    small = start({"read": OWN, "create": AUTHENTICATED, "update": every(AUTHENTICATED, check())})
    query = """mutation { insert_notes(objects: {title: "mine", slug: "b"}, on_conflict: {constraint: notes_slug_key,
      update_columns: [stars], where: {secret: {_like: "beta%"}}}) { affected_rows returning { id } } }"""
    before = small.project.rows()
    assert small.data(query, ONE)["insert_notes"] == {"affected_rows": 0, "returning": []}
    assert small.project.rows() == before


QUOTA = none_of({"rule": "query", "collection": "main.notes", "where": {"owner": {"_eq": "args.doc.owner"}, "id": {"_neq": "args.doc.id"}, "stars": {"_gt": 5}}})


def test_a_quota_check_did_not_see_the_other_rows_of_its_own_insert(start):
    small = start({"read": ALLOW, "create": every(AUTHENTICATED, QUOTA)})
    query = "mutation($o: [notes_insert_input!]!) { insert_notes(objects: $o) { affected_rows } }"

    def rows(*stars):
        return {"o": [{"owner": 1, "title": "q", "stars": star} for star in stars]}

    assert small.code(query, ONE, rows(6, 6)) == "permission-error"
    assert small.code(query, ONE, rows(6, 1)) == "permission-error"
    assert len(small.project.rows()) == 3
    assert small.data(query, ONE, rows(6))["insert_notes"] == {"affected_rows": 1}
    assert small.code(query, ONE, rows(6)) == "permission-error"
    # Nor may the first of two root fields hide from the second.
    two = 'mutation { a: insert_notes(objects: {owner: 2, title: "a", stars: 6}) { affected_rows } b: insert_notes(objects: {owner: 2, title: "b"}) { affected_rows } }'
    assert small.code(two, ONE) == "permission-error"
    assert len(small.project.rows()) == 4


def test_returning_showed_hidden_fields(start):
    small = start(
        {
            "read": OWN,
            "create": AUTHENTICATED,
            "update": every(AUTHENTICATED, check()),
            "delete": AUTHENTICATED,
            "fields": {
                "slug": {"read": DENY},
                "secret": {"read": {"rule": "mask", "with": "last4", "clause": match("args.auth.role", "==", "lead", "string")}},
                "stars": {"read": match("args.row.stars", "<", 5)},
            },
        }
    )
    insert = 'mutation { insert_notes(objects: [{id: 7, owner: 2, title: "x", secret: "secret-9"}, {id: 8, owner: 1, title: "y", stars: 9}]) %s }'
    assert small.code(insert % "{ returning { slug } }", ONE) == "validation-failed"
    answer = small.data(insert % "{ affected_rows returning { id secret stars } }", ONE)
    assert answer["insert_notes"] == {"affected_rows": 2, "returning": [{"id": 8, "secret": None, "stars": None}]}
    assert small.data('mutation { insert_notes_one(object: {owner: 2, title: "x"}) { id } }', ONE) == {"insert_notes_one": None}
    update = 'mutation { update_notes_by_pk(pk_columns: {id: 1}, _set: {secret: "changed-1234", stars: 2}) { secret stars } }'
    assert small.data(update, ONE)["update_notes_by_pk"] == {"secret": "****1234", "stars": 2}
    away = "mutation { update_notes(where: {id: {_eq: 1}}, _set: {owner: 2}) { affected_rows returning { id } } }"
    assert small.data(away, ONE)["update_notes"] == {"affected_rows": 1, "returning": []}
    delete = "mutation { delete_notes(where: {id: {_eq: 8}}) { affected_rows returning { id stars } } }"
    assert small.data(delete, ONE)["delete_notes"] == {"affected_rows": 1, "returning": [{"id": 8, "stars": None}]}


EVERYONE = {"read": ALLOW, "create": ALLOW, "update": every(ALLOW, check()), "delete": ALLOW}


EVERYTHING_UNSAID = [
    ("mutation { delete_notes { affected_rows } }", None),
    ("mutation { delete_notes(where: null) { affected_rows } }", None),
    ("mutation { delete_notes(where: {}) { affected_rows } }", None),
    ("mutation($w: notes_bool_exp!) { delete_notes(where: $w) { affected_rows } }", {"w": {}}),
    ("mutation($w: notes_bool_exp!) { delete_notes(where: $w) { affected_rows } }", {"w": None}),
    ("mutation($w: notes_bool_exp!) { delete_notes(where: $w) { affected_rows } }", {}),
    ("mutation($w: notes_bool_exp) { delete_notes(where: $w) { affected_rows } }", {}),
    ("mutation { delete_notes(where: {id: null}) { affected_rows } }", None),
    ("mutation { delete_notes(where: {id: {_eq: null}}) { affected_rows } }", None),
    ("mutation($i: Int) { delete_notes(where: {id: {_eq: $i}}) { affected_rows } }", {"i": None}),
    ("mutation { delete_notes(where: {_not: null}) { affected_rows } }", None),
    ("mutation { delete_notes(where: {_and: null}) { affected_rows } }", None),
    ("mutation { update_notes(_set: {title: \"x\"}) { affected_rows } }", None),
    ("mutation { update_notes(where: null, _set: {title: \"x\"}) { affected_rows } }", None),
    ("mutation { update_notes(where: {}, _set: {title: \"x\"}) { affected_rows } }", None),
    ("mutation { update_notes(where: {}, all: false, _set: {title: \"x\"}) { affected_rows } }", None),
    ("mutation { delete_notes(where: {}, all: null) { affected_rows } }", None),
    ("mutation { update_notes_many(updates: [{where: {}, _set: {title: \"x\"}}]) { affected_rows } }", None),
    ("mutation { delete_notes_by_pk { id } }", None),
    ("mutation { delete_notes_by_pk(id: null) { id } }", None),
]


@pytest.mark.parametrize("caller", [ONE, ADMIN], ids=["caller", "admin"])
def test_a_null_or_missing_where_wrote_a_whole_table(caller, start):
    small = start(EVERYONE)
    before = small.project.rows()
    for query, variables in EVERYTHING_UNSAID:
        assert small.ask(query, caller, variables).get("errors"), f"not refused: {query}"
        assert small.project.rows() == before, query


def test_everything_is_written_when_that_is_said(start):
    small = start(EVERYONE)
    assert small.data("mutation { update_notes(where: {}, all: true, _set: {stars: 0}) { affected_rows } }")["update_notes"] == {"affected_rows": 3}
    assert small.data("mutation { delete_notes(where: {}, all: true) { affected_rows } }")["delete_notes"] == {"affected_rows": 3}
    assert small.project.rows() == []


PARENTS = """CREATE TABLE others (id INTEGER PRIMARY KEY);
CREATE TABLE notes (id INTEGER PRIMARY KEY, other_id INT REFERENCES others (id) ON DELETE {action});
INSERT INTO others VALUES (1); INSERT INTO notes VALUES (1, 1);"""


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "SET DEFAULT"])
def test_a_cascade_deleted_from_a_collection_whose_rule_is_deny(action, tmp_path, start):
    sql = PARENTS.format(action=action)
    entry = {"read": ALLOW, "delete": AUTHENTICATED}
    notes = {"read": ALLOW, "delete": DENY}
    said = refusal(tmp_path, {"others": entry, "notes": notes}, sql=sql)
    assert said and "notes" in said, said
    assert SmallProject(tmp_path / "deny", {"others": {"read": ALLOW}, "notes": notes}, sql=sql).refusal() is None
    small = start({"others": entry | {"cascades": ["main.notes"]}, "notes": notes}, sql=sql)
    assert small.data("mutation { delete_others_by_pk(id: 1) { id } }", ONE)["delete_others_by_pk"] == {"id": 1}
    assert small.project.rows("SELECT other_id FROM notes") == ([] if action == "CASCADE" else [(None,)])


def test_one_failing_field_left_the_others_written(start):
    small = start(EVERYTHING)
    before = small.project.rows()
    query = """mutation {
      a: insert_notes(objects: [{title: "x"}, {title: "y"}]) { affected_rows }
      b: update_notes(where: {id: {_eq: 1}}, _set: {title: "changed"}) { affected_rows }
      c: delete_notes(where: {id: {_eq: 2}}) { affected_rows }
      d: insert_notes(objects: [{title: "z", slug: "c"}]) { affected_rows } }"""
    assert small.code(query, ONE) == "constraint-violation"
    assert small.project.rows() == before
    assert len(small.data(query.replace('"c"}', '"new"}'), ONE)) == 4
    # Not by their keys: a sequence goes on when a transaction is undone.
    assert [row[2] for row in small.project.rows()] == ["changed", "three", "x", "y", "z"]


def test_a_check_came_after_the_constraint_and_told_of_other_rows(start):
    """What the values sent decide is refused before the database is asked, so that it cannot say what exists."""
    small = start({"read": OWN, "create": every(AUTHENTICATED, check(owner={"_eq": "args.auth.id"}))})
    query = "mutation($o: [notes_insert_input!]!) { insert_notes(objects: $o) { affected_rows } }"
    for slug in ("b", "free"):
        assert small.code(query, ONE, {"o": [{"owner": 2, "title": "x", "slug": slug}]}) == "permission-error"


# -- reads ---------------------------------------------------------------------------------


def test_a_malformed_pattern_raised_an_error_on_a_hidden_row(start):
    patterns = ["(", "[", "*", "a{2,1}", "\\", "(?<x", "a**", "[[:nope:]]", "%\\"]
    full, empty = start({"read": OWN}), start({"read": OWN}, sql=NOTES + "DELETE FROM notes;")
    operators = ("_regex", "_nregex", "_iregex", "_niregex", "_similar", "_nsimilar", "_like", "_ilike")
    for operator in operators:
        for pattern in patterns:
            query = "query($p: String!) { notes(where: {secret: {%s: $p}}) { id } }" % operator
            with_hidden, without = (small.ask(query, claims(99), {"p": pattern}) for small in (full, empty))
            assert with_hidden == without, (operator, pattern)
            if "errors" in with_hidden:
                assert with_hidden["errors"][0]["extensions"]["code"] in ("bad-request", "validation-failed", "data-exception")


def raising(database):
    """A computed field that raises on all rows but the caller's."""
    overflow = "abs(-9223372036854775808)" if database == "sqlite" else "9223372036854775807 + stars"
    expression = f"CASE WHEN stars > 1 THEN {overflow} ELSE stars END"
    return {"notes": {"computedFields": {"raises": {"expression": expression, "type": "bigint"}}}}


def test_a_filter_on_a_hidden_masked_or_computed_field_was_an_oracle(start, database):
    entry = {
        "read": OWN,
        "fields": {
            "slug": {"read": DENY},
            "secret": {"read": {"rule": "mask", "with": "last4"}},
            "title": {"read": match("args.row.stars", ">", 100)},
            "raises": {"read": ALLOW},
        },
    }
    small = start(entry, collections=raising("sqlite" if database is SmallFile else "postgres"))
    assert small.code('{ notes(where: {slug: {_eq: "a"}}) { id } }', ONE) == "validation-failed"
    assert small.code("{ notes(order_by: {slug: asc}) { id } }", ONE) == "validation-failed"
    assert small.code("{ notes(distinct_on: [slug]) { id } }", ONE) == "validation-failed"
    assert small.code("{ notes_aggregate { aggregate { max { slug } } } }", ONE) == "validation-failed"
    for filter, expected in (
        ('{secret: {_like: "alpha%"}}', []),
        ('{secret: {_eq: "alpha-1111"}}', []),
        ('{secret: {_gt: "a"}}', []),
        ('{secret: {_eq: "****1111"}}', [1]),
        ('{title: {_eq: "one"}}', []),
        ("{title: {_is_null: false}}", []),
        ("{title: {_is_null: true}}", [1]),
        ("{raises: {_eq: 1}}", [1]),  # on the hidden rows it would raise
    ):
        assert ids(small.data("{ notes(where: %s) { id } }" % filter, ONE)) == expected, filter
    answer = small.data("{ notes(order_by: {raises: desc}) { id raises } notes_aggregate { aggregate { max { secret title raises } } } }", ONE)
    assert answer["notes"] == [{"id": 1, "raises": 1}]
    assert answer["notes_aggregate"]["aggregate"]["max"] == {"secret": "****1111", "title": None, "raises": 1}


def test_aggregates_ran_over_hidden_rows(start):
    small = start({"read": OWN})
    query = """{ notes_aggregate(where: {id: {_gt: 0}}) { aggregate { count distinct: count(columns: [owner], distinct: true)
      sum { stars } avg { stars } max { stars title } min { id } } nodes { id } } }"""
    answer = small.data(query, TWO)["notes_aggregate"]
    assert answer["aggregate"] == {
        "count": 2, "distinct": 1, "sum": {"stars": 5}, "avg": {"stars": 2.5}, "max": {"stars": 3, "title": "two"}, "min": {"id": 2},
    }  # fmt: skip
    assert small.data(query, claims(99))["notes_aggregate"]["aggregate"]["count"] == 0


def test_a_mask_error_left_later_rows_in_clear(start, database):
    # Bytes, where a column takes them.
    bad = "x'ff00fe'" if database is SmallFile else "''"
    sql = NOTES + f"""UPDATE notes SET secret = {bad} WHERE id = 1;
    INSERT INTO notes (id, owner, title, secret) VALUES (4, 2, 'four', NULL), (5, 2, 'five', 'abc'), (6, 2, 'six', 12345), (7, 2, 'seven', 'delta-7777');"""
    for mask, clear in (("last4", ("beta-2222", "gamma-3333", "delta-7777", "abc", "12345")), ("hash", ("beta-2222", "abc"))):
        small = start({"read": ALLOW, "fields": {"secret": {"read": {"rule": "mask", "with": mask}}}}, sql=sql)
        shown = [row["secret"] for row in small.data("{ notes(order_by: {id: asc}) { secret } }")["notes"]]
        assert len(shown) == 7
        assert not set(shown) & set(clear), shown
        assert shown[-1] is not None


def test_cached_results_were_served_across_identities_of_one_shape(start):
    small = start({"read": OWN, "fields": {"stars": {"read": match("args.row.owner", "==", "args.auth.team")}}})
    query = "query Same { notes { id stars } notes_aggregate { aggregate { count } } }"
    for _ in range(4):
        for identity, expected in ((1, [1]), (2, [2, 3]), (99, []), ("2", [2, 3])):
            answer = small.data(query, claims(identity, team=1))
            assert ids(answer) == expected
            assert [row["stars"] for row in answer["notes"]] == [1 if i == 1 else None for i in expected]
            assert answer["notes_aggregate"]["aggregate"]["count"] == len(expected)


def test_requests_under_way_together_mixed_their_callers(start):
    small = start(EVERYTHING | {"read": OWN, "update": every(OWN, check())})
    wrong = []

    def run(identity, expected):
        connection = http.client.HTTPConnection("127.0.0.1", small.gateway.port, timeout=30)
        headers = credentials(claims(identity)) | {"Content-Type": "application/json"}
        body = json.dumps({"query": "mutation { update_notes(where: {id: {_gt: 0}}, _inc: {stars: 1}) { returning { id owner } } }"})
        for number in range(40):
            text = body if number % 2 else json.dumps({"query": "{ notes { id owner } }"})
            connection.request("POST", "/v1/graphql", text, headers)
            data = json.loads(connection.getresponse().read())["data"]
            rows = data["notes"] if "notes" in data else data["update_notes"]["returning"]
            if sorted(row["id"] for row in rows) != expected:
                wrong.append((identity, rows))
        connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in ((1, [1]), (2, [2, 3]), (99, [])) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert wrong == []


def bad_tokens():
    good = jwt.encode(ONE | {"exp": 4102444800}, JWT_SECRET, algorithm="HS256")
    head, body, signature = good.split(".")
    yield "signature", f"{head}.{body}.{signature[::-1]}"
    yield "no signature", f"{head}.{body}."
    yield "another key", jwt.encode(ONE | {"exp": 4102444800}, "another-secret-of-more-than-32-bytes!!!!", algorithm="HS256")
    yield "expired", jwt.encode(ONE | {"exp": 946684800}, JWT_SECRET, algorithm="HS256")
    yield "no expiry", jwt.encode(ONE, JWT_SECRET, algorithm="HS256")
    yield "none", jwt.encode(ONE | {"exp": 4102444800}, None, algorithm="none")
    yield "another algorithm", jwt.encode(ONE | {"exp": 4102444800}, JWT_SECRET, algorithm="HS512")
    yield "rubbish", "rubbish"


@pytest.mark.parametrize(("kind", "token"), list(bad_tokens()), ids=lambda value: value if len(value) < 20 else "")
def test_an_invalid_token_continued_as_anonymous(kind, token, start):
    small = start(EVERYONE)
    for query in (IDS, 'mutation { insert_notes(objects: {title: "x"}) { affected_rows } }', "{ __typename }"):
        answer = small.gateway.post(json.dumps({"query": query}), {"Authorization": f"Bearer {token}"}).json
        assert answer.get("data") is None and answer["errors"][0]["extensions"]["code"] == "invalid-jwt", answer
    assert len(small.project.rows()) == 3


def test_did_you_mean_named_what_is_hidden(start):
    sql = NOTES + "CREATE TABLE others (id INTEGER PRIMARY KEY); CREATE TABLE salaries (id INTEGER PRIMARY KEY, amount INT);"
    hidden = {"read": DENY, "create": DENY, "update": DENY}
    entry = EVERYTHING | {"fields": {"secret": hidden, "slug": hidden}}
    small = start({"notes": entry, "others": {"read": ALLOW}, "salaries": {"read": DENY, "create": match("args.auth.role", "==", "boss", "string")}}, sql=sql)
    queries = [
        "{ notes { secre } }", "{ notes { slugg } }", "{ salarie { id } }", '{ notes(where: {secre: {_eq: "x"}}) { id } }',
        "{ notes(order_by: {slu: asc}) { id } }", "{ notes(distinct_on: [secre]) { id } }",
        'mutation { insert_notes(objects: {title: "x", secre: "y"}) { affected_rows } }',
        'mutation { update_notes(where: {id: {_eq: 1}}, _set: {slugg: "y"}) { affected_rows } }',
        'mutation { insert_salarie(objects: {}) { affected_rows } }',
        'mutation { insert_notes(objects: {title: "x"}, on_conflict: {constraint: notes_slug_ke}) { affected_rows } }',
        'mutation { insert_notes(objects: {title: "x"}, on_conflict: {constraint: notes_pkey, update_columns: [secre]}) { affected_rows } }',
    ]  # fmt: skip
    for query in queries:
        answer = small.ask(query, ONE)
        text = json.dumps(answer)
        assert answer["errors"][0]["extensions"]["code"] == "validation-failed", text
        for name in ("secret", '"slug', "slug\\\"", "salaries", "notes_slug_key", "amount"):
            assert name not in text.replace("slugg", ""), f"{query}: {text}"
    # Hidden and unknown are one error but for the name.
    for exact, unknown in (("secret", "secrex"), ("slug", "slux")):
        first, second = (small.ask("{ notes { %s } }" % name, ONE)["errors"][0]["message"] for name in (exact, unknown))
        assert first.replace(exact, "?").split("Did")[0] == second.replace(unknown, "?").split("Did")[0]


def test_texts_of_constraints_named_columns_the_caller_cannot_read(start):
    entry = {"read": ALLOW, "create": AUTHENTICATED, "fields": {"slug": {"read": DENY}}}
    query = 'mutation { insert_notes(objects: {title: "x", slug: "a"}) { affected_rows } }'
    error = start(entry).ask(query, ONE)["errors"][0]
    assert error["extensions"]["code"] == "constraint-violation"
    assert error["message"] == "a database constraint failed"
    assert "slug" not in json.dumps(error) and "UNIQUE" not in json.dumps(error)
    error = start(EVERYTHING).ask(query, ONE)["errors"][0]
    assert error["message"] == 'Uniqueness violation. duplicate key value violates unique constraint "notes_slug_key"'
    assert "internal" not in error["extensions"]


# -- the list ------------------------------------------------------------------------------


# -- services that are asked, and columns that are stored in another form ---------------------


@pytest.fixture
def service():
    """A service whose next answers are what `answer` says: a status and a body."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = self.server.answer
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/yes")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_rule_passed_on_any_status(start, service):
    asked = {"rule": "webhook", "url": f"http://127.0.0.1:{service.server_port}/may"}
    rules = {"notes": {"read": asked}, "others": {"read": none_of(asked)}}
    sql = NOTES + "CREATE TABLE others (id INTEGER PRIMARY KEY, n INT);"
    small = start(rules, sql=sql, outbound={"allow": ["127.0.0.0/8"]})
    verdicts = {
        True: [(200, b""), (204, b""), (200, b'{"allow": true}')],
        False: [(401, b""), (403, b""), (200, b'{"allow": false}')],
        None: [(status, b"") for status in (302, 307, 400, 404, 429, 500, 503)] + [(200, b'{"allow": 1}'), (200, b'{"allow"')],
    }
    for verdict, replies in verdicts.items():
        for service.answer in replies:
            for query, is_admitted in ((IDS, verdict), ("{ others { id } }", None if verdict is None else not verdict)):
                if is_admitted:
                    assert "errors" not in small.ask(query, ONE), (service.answer, query)
                else:
                    code = "unavailable" if is_admitted is None else "access-denied"
                    assert small.code(query, ONE) == code, (service.answer, query)


def test_ciphertext_was_copied_into_ones_own_row_and_read_back(start):
    sealed = {"rule": "encrypt", "fields": ["args.doc.secret"]}
    small = start(
        {
            "read": every(ALLOW, {"rule": "decrypt", "fields": ["secret"], "clause": OWN}),
            "create": every(AUTHENTICATED, sealed),
            "update": every(OWN, check(), sealed),
        }
    )
    insert = "mutation($s: String!) {{ insert_notes(objects: {{owner: {}, title: \"x\", secret: $s}}) {{ returning {{ id secret }} }} }}"
    theirs = small.data(insert.format(2), TWO, {"s": "known to two"})["insert_notes"]["returning"][0]
    assert theirs["secret"] == "known to two"
    (stored,) = small.project.rows(f"SELECT secret FROM notes WHERE id = {theirs['id']}")[0]
    assert "known" not in stored
    mine = small.data(insert.format(1), ONE, {"s": stored})["insert_notes"]["returning"][0]
    assert mine["secret"] == stored
    change = f'mutation($s: String!) {{ update_notes_by_pk(pk_columns: {{id: {mine["id"]}}}, _set: {{secret: $s}}) {{ secret }} }}'
    assert small.data(change, ONE, {"s": stored})["update_notes_by_pk"] == {"secret": stored}
    shown = small.data("{ notes(order_by: {id: asc}) { id secret } }", ONE)["notes"]
    assert {row["id"]: row["secret"] for row in shown if row["secret"]} == {mine["id"]: stored}
    assert small.code(f'{{ notes(where: {{secret: {{_eq: "{stored}"}}}}) {{ id }} }}', ONE) == "validation-failed"


# -- what others see of a change -----------------------------------------------------


def subscriber(small, query, caller=None, lifetime=3600):
    """A connection with one subscription."""
    client = GraphQLSocket(small.gateway).init(headers(credentials(caller, lifetime)))
    client.begin(query)
    return client


def seen(client, *fields):
    answer = client.next()
    assert "errors" not in answer, answer
    return [tuple(row[field] for field in fields) for row in answer["data"]["notes"]]


def test_masks_were_shared_between_subscribers(start):
    """Subscribers of one query, over the same rows, each behind their own mask."""
    mask = {"rule": "mask", "with": "last4", "clause": OWN}
    small = start({"read": ALLOW, "fields": {"secret": {"read": mask}}})
    query = "subscription { notes(order_by: {id: asc}) { id secret } }"
    change = "mutation($secret: String!) { update_notes(where: {id: {_eq: 2}}, _set: {secret: $secret}) { affected_rows } }"
    with subscriber(small, query, ONE) as one, subscriber(small, query, TWO) as two, subscriber(small, query, TWO) as again:
        assert seen(one, "id", "secret") == [(1, "alpha-1111"), (2, "****2222"), (3, "****3333")]
        for client in (two, again):
            assert seen(client, "id", "secret") == [(1, "****1111"), (2, "beta-2222"), (3, "gamma-3333")]
        assert small.data(change, ADMIN, {"secret": "delta-9999"})["update_notes"]["affected_rows"] == 1
        assert seen(one, "id", "secret") == [(1, "alpha-1111"), (2, "****9999"), (3, "****3333")]
        for client in (two, again):
            assert seen(client, "id", "secret") == [(1, "****1111"), (2, "delta-9999"), (3, "gamma-3333")]


def test_deletes_were_announced_to_everyone(start):
    small = start({"read": OWN, "delete": AUTHENTICATED})
    query = "subscription { notes(order_by: {id: asc}) { id } }"
    delete = "mutation($id: Int!) { delete_notes(where: {id: {_eq: $id}}) { affected_rows } }"
    with subscriber(small, query, ONE) as one, subscriber(small, query, TWO) as two:
        assert (seen(one, "id"), seen(two, "id")) == ([(1,)], [(2,), (3,)])
        assert small.data(delete, TWO, {"id": 2})["delete_notes"]["affected_rows"] == 1
        assert seen(two, "id") == [(3,)]
        one.silence(0.5)
        assert small.data(delete, ONE, {"id": 1})["delete_notes"]["affected_rows"] == 1
        assert seen(one, "id") == []
        two.silence(0.5)


def test_a_revoked_membership_left_rows_in_a_live_result(start):
    """What a rule reads to decide is watched like what the subscriber reads."""
    sql = NOTES + """
    CREATE TABLE members (id INTEGER PRIMARY KEY, person BIGINT NOT NULL, slug TEXT NOT NULL);
    INSERT INTO members VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'b');
    """
    member = {"rule": "query", "collection": "main.members", "where": {"person": {"_eq": "args.auth.id"}, "slug": {"_eq": "args.row.slug"}}}
    small = start({"notes": {"read": member}, "members": {}}, sql=sql)
    query = "subscription { notes(order_by: {id: asc}) { id } }"
    with subscriber(small, query, ONE) as one, subscriber(small, query, TWO) as two:
        assert (seen(one, "id"), seen(two, "id")) == ([(1,), (2,)], [(2,)])
        assert small.data("mutation { delete_members_by_pk(id: 2) { id } }", ADMIN) == {"delete_members_by_pk": {"id": 2}}
        assert seen(one, "id") == [(1,)]
        two.silence(0.5)
        small.data('mutation { insert_members_one(object: {id: 4, person: 2, slug: "c"}) { id } }', ADMIN)
        assert seen(two, "id") == [(2,), (3,)]
        one.silence(0.5)


@pytest.mark.parametrize("subprotocol", [TRANSPORT, LEGACY])
def test_a_websocket_ignored_token_expiry(start, subprotocol):
    small = start(EVERYTHING | {"read": OWN})
    with GraphQLSocket(small.gateway, subprotocol).init(headers(credentials(TWO, 2))) as client:
        client.begin("subscription { notes(order_by: {id: asc}) { id } }")
        assert seen(client, "id") == [(2,), (3,)]
        [error] = client.errors()
        assert error["extensions"]["code"] == "invalid-jwt"
        # Neither what changes from now on, nor what is asked from now on.
        small.data("mutation { delete_notes_by_pk(id: 2) { id } }", ADMIN)
        assert client.closing() == (4403, "Could not verify JWT: JWTExpired")


FAULTS = {
    "insert into a collection without a schema skipped the rule": test_insert_into_a_collection_without_an_entry_skipped_the_rule,
    "upsert checked one rule of two": test_upsert_checked_one_rule_of_two,
    "a conflict on another constraint overwrote a stranger's row": test_a_conflict_on_another_constraint_overwrote_a_strangers_row,
    "bulk update ignored row rules": test_bulk_update_ignored_row_rules,
    "and of two conditions on one column kept one": test_and_of_two_conditions_on_one_column_kept_one,
    "unknown operator, misspelt key or empty clauses failed open": test_an_unknown_operator_a_misspelt_key_or_empty_clauses_failed_open,
    "or(allow, x) kept only x": test_or_of_allow_and_another_kept_only_the_other,
    "a case variant of a name missed its rule": test_a_case_variant_of_a_name_missed_its_rule,
    "identifiers from order_by or distinct reached SQL unquoted": test_identifiers_reached_sql_unquoted,
    "claims pasted into SQL": test_claims_were_pasted_into_sql,
    "missing claim admitted through !=, not or NOT IN (NULL)": test_a_missing_claim_was_admitted,
    "a malformed pattern raised an error on a hidden row and so revealed it": test_a_malformed_pattern_raised_an_error_on_a_hidden_row,
    "update let an owner give the row away": test_update_let_an_owner_give_the_row_away,
    "update(where: secret LIKE) counted rows the caller cannot read": test_update_where_secret_like_counted_rows_the_caller_cannot_read,
    "a quota check did not see the other rows of its own insert": test_a_quota_check_did_not_see_the_other_rows_of_its_own_insert,
    "a filter on a computed, masked or hidden field was an oracle": test_a_filter_on_a_hidden_masked_or_computed_field_was_an_oracle,
    "aggregates over hidden rows": test_aggregates_ran_over_hidden_rows,
    "masks shared between subscribers": test_masks_were_shared_between_subscribers,
    "a mask error left later rows in clear": test_a_mask_error_left_later_rows_in_clear,
    "cached results served across identities of one shape": test_cached_results_were_served_across_identities_of_one_shape,
    "cached results served across identities of one shape, with @cached": "@cached",
    "batched loading mixed callers": test_requests_under_way_together_mixed_their_callers,
    "batched loading mixed callers, between sources": "relationships between sources",
    "a magic user id bypassed rules": test_a_magic_user_id_bypassed_rules,
    "returning showed hidden fields": test_returning_showed_hidden_fields,
    "deletes were announced to everyone": test_deletes_were_announced_to_everyone,
    "a revoked membership left rows in a live result": test_a_revoked_membership_left_rows_in_a_live_result,
    "WebSocket ignored token expiry": test_a_websocket_ignored_token_expiry,
    "an invalid token continued as anonymous": test_an_invalid_token_continued_as_anonymous,
    "webhook rule passed on any status": test_a_webhook_rule_passed_on_any_status,
    "client data args.auth.id was dereferenced": test_client_data_that_looks_like_a_variable_was_dereferenced,
    "ciphertext copied into one's own row and read back": test_ciphertext_was_copied_into_ones_own_row_and_read_back,
    "'7abc' = 7 in MariaDB": test_text_that_begins_with_a_number_was_that_number,
    "claims beyond 2^53 merged": test_claims_beyond_53_bits_were_merged,
    "null or undefined where deleted a whole table": test_a_null_or_missing_where_wrote_a_whole_table,
    "a cascade deleted from a collection whose rule is deny": test_a_cascade_deleted_from_a_collection_whose_rule_is_deny,
    "did you mean named a hidden field": test_did_you_mean_named_what_is_hidden,
}


@pytest.mark.parametrize("fault", [fault for fault, test in FAULTS.items() if isinstance(test, str)])
def test_faults_that_wait(fault):
    pytest.skip(f"{fault!r} waits for {FAULTS[fault]}")
