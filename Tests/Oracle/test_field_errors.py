"""Errors of fields over real sockets: two sources, one of which fails while the other serves."""

import json
import sqlite3
import time
import urllib.parse
import urllib.request

import pytest
from gateway import ADMIN, Gateway, credentials

NEAR = """
    create table parents (id integer primary key, name text not null);
    create table children (id integer primary key, parent_id int references parents (id));
    insert into parents values (1, 'Ada'), (2, 'Ben');
    insert into children values (1, 1), (2, 2), (3, 2), (4, 2), (5, 2);
"""
FAR = "create table things (id integer primary key, name text not null); insert into things values (7, 'there');"
BOTH = "{ a: parents_by_pk(id: 1) { ...P } f: far_things_by_pk(id: 7) { name } } fragment P on parents { name }"
GRAPHQL = {"Accept": "application/graphql-response+json"}
JSON = {"Accept": "application/json"}


class TwoSources:
    def __init__(self, directory):
        self.directory = directory
        self.config = directory / "perigee.yaml"
        self.far = directory / "far.db"
        for path, script in ((directory / "near.db", NEAR), (self.far, FAR)):
            connection = sqlite3.connect(path)
            connection.executescript(script)
            connection.close()
        source = {"kind": "sqlite", "track": "all"}
        self.config.write_text(
            json.dumps(
                {
                    "server": {"limits": {"rows": 3}},
                    "auth": {"adminSecret": "env:PERIGEE_ADMIN_SECRET"},
                    "project": {"key": "env:PERIGEE_PROJECT_KEY"},
                    "sources": {
                        "near": source | {"url": "sqlite:near.db"},
                        "far": source | {"url": "sqlite:far.db", "prefix": "far_"},
                    },
                    "rules": "rules.json",
                }
            )
        )
        allow = {"read": {"rule": "allow"}}
        names = ("near.parents", "near.children", "far.things")
        (directory / "rules.json").write_text(json.dumps({"collections": dict.fromkeys(names, allow)}))

    def damage(self):
        """Everything behind the first page becomes nonsense, in place: what is mapped stays mapped."""
        size = self.far.stat().st_size
        assert size > 4096
        with self.far.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))


@pytest.fixture
def project(tmp_path):
    return TwoSources(tmp_path)


@pytest.fixture
def gateway(project):
    with Gateway(project) as gateway:
        yield gateway


def errors(answer):
    return [
        (error.get("path"), [(place["line"], place["column"]) for place in error.get("locations", [])],
         error["extensions"]["code"])
        for error in answer["errors"]
    ]  # fmt: skip


def test_a_damaged_source_leaves_the_other_alone(project, gateway):
    whole = {"data": {"a": {"name": "Ada"}, "f": {"name": "there"}}}
    assert gateway.query(BOTH) == whole
    project.damage()
    answer = gateway.query(BOTH)
    assert answer["data"] == {"a": {"name": "Ada"}, "f": None}
    assert list(answer["data"]) == ["a", "f"]
    assert errors(answer) == [(["f"], [(1, 36)], "unavailable")]
    assert answer["errors"][0]["message"] == "The database is damaged."
    assert "internal" not in answer["errors"][0]["extensions"]
    answer = gateway.query("{ parents { name } far_things { name } x: far_things { id } }")
    assert answer["data"] is None
    # Neither may be null, so the first failure decides.
    assert errors(answer) == [(["far_things"], [(1, 20)], "unavailable")]
    assert "internal" in gateway.query(BOTH, caller=ADMIN)["errors"][0]["extensions"]
    assert gateway.query("{ parents_by_pk(id: 1) { name } }")["data"] == {"parents_by_pk": {"name": "Ada"}}
    assert any("malformed" in line for line in gateway.log)


def test_a_file_that_is_removed_is_served_from_what_is_open(project, gateway):
    assert "errors" not in gateway.query(BOTH)
    for path in project.directory.glob("far.db*"):
        path.unlink()
    for _ in range(3):
        assert gateway.query(BOTH) == {"data": {"a": {"name": "Ada"}, "f": {"name": "there"}}}


def test_sources_that_wait_for_a_lock_wait_together(project):
    # A reader of the file in its old mode keeps the gateway from changing that mode, so that a writer shuts readers out.
    holders = [sqlite3.connect(project.directory / name, isolation_level=None) for name in ("near.db", "far.db")]
    for holder in holders:
        holder.execute("begin")
        holder.execute("select count(*) from sqlite_master").fetchall()
    with Gateway(project) as gateway:
        for holder in holders:
            holder.execute("commit")
            holder.execute("begin exclusive")
        began = time.monotonic()
        answer = gateway.query(BOTH)
        took = time.monotonic() - began
        assert answer["data"] == {"a": None, "f": None}
        assert errors(answer) == [(["a"], [(1, 3)], "unavailable"), (["f"], [(1, 36)], "unavailable")]
        assert took < 9, "each waits five seconds for its lock"
        holders[0].execute("commit")
        answer = gateway.query(BOTH)
        assert answer["data"] == {"a": {"name": "Ada"}, "f": None}
        holders[1].execute("commit")
        assert "errors" not in gateway.query(BOTH)
    for holder in holders:
        holder.close()


QUERIES = [
    # The document, what is left of the data, where the error stands; None: there is no data.
    ("{ b: parents_by_pk(id: 2) { children { id } } a: parents_by_pk(id: 1) { name } }",
     {"b": None, "a": {"name": "Ada"}}, ["b", "children"]),
    ("{ children(limit: 2, order_by: {id: asc}) { id parent { children { id } } } }",
     {"children": [{"id": 1, "parent": {"children": [{"id": 1}]}}, {"id": 2, "parent": None}]},
     ["children", 1, "parent", "children"]),
    ("{ a: parents { name children { id } } }", None, ["a", 1, "children"]),
    ("{ far_things { name } children { id } }", None, ["children"]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "data", "path"), QUERIES)
@pytest.mark.parametrize("media", [JSON, GRAPHQL], ids=["json", "graphql"])
def test_an_executed_operation_answers_with_data_and_status_200(gateway, query, data, path, media):
    answer = gateway.post(json.dumps({"query": query}), media)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith(media["Accept"])
    assert list(answer.json) == ["errors", "data"]
    assert answer.json["data"] == data
    assert json.dumps(answer.json["data"]) == json.dumps(data), "members keep the order of the document"
    assert [error["path"] for error in answer.json["errors"]] == [path]
    assert answer.json["errors"][0]["extensions"] == answer.json["errors"][0]["extensions"] | {
        "code": "limit-exceeded", "limit": "rows",
    }  # fmt: skip


@pytest.mark.parametrize("query", ["{ nope }", "{", "{ parents(limit: -1) { id } }", "query($n: Int!) { parents(limit: $n) { id } }"])
def test_a_request_that_is_not_executed_has_no_data(gateway, query):
    for media, status in ((JSON, 200), (GRAPHQL, 400)):
        answer = gateway.post(json.dumps({"query": query}), media)
        assert answer.status == status
        assert list(answer.json) == ["errors"]


def test_items_of_a_batch_fail_by_themselves(project, gateway):
    queries = ["{ parents { id } }", "{ children { id } }", QUERIES[0][0], "{ nope }", "{ far_things { id } }"]
    body = json.dumps([{"query": query} for query in queries])
    for media in (JSON, GRAPHQL):
        answer = gateway.post(body, media)
        assert answer.status == 200
        rows, none, some, refused, other = answer.json
        assert rows == {"data": {"parents": [{"id": 1}, {"id": 2}]}}
        assert none["data"] is None
        assert errors(none) == [(["children"], [(1, 3)], "limit-exceeded")]
        assert some["data"] == QUERIES[0][1]
        assert "data" not in refused
        assert other == {"data": {"far_things": [{"id": 7}]}}


def test_a_query_by_get_is_told_the_same(gateway):
    posted = gateway.post(json.dumps({"query": QUERIES[0][0]})).json
    url = gateway.url + "?" + urllib.parse.urlencode({"query": QUERIES[0][0]})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as response:
        assert json.load(response) == posted


def test_a_mutation_is_taken_back_and_says_where(project, gateway):
    query = (
        'mutation { first: update_parents(where: {id: {_eq: 1}}, _set: {name: "x"}) { affected_rows }\n'
        '  second: update_parents(where: {id: {_eq: 2}}, _set: {name: "y"}) { rows: returning { children { id } } } }'
    )
    for media in (JSON, GRAPHQL):
        answer = gateway.post(json.dumps({"query": query}), media | credentials(ADMIN))
        assert answer.status == 200
        assert answer.json["data"] is None
        assert errors(answer.json) == [(["second", "rows", 0, "children"], [(2, 88)], "limit-exceeded")]
    assert gateway.query("{ parents { name } }")["data"] == {"parents": [{"name": "Ada"}, {"name": "Ben"}]}
