"""Writers beside one another on PostgreSQL: what a rule has admitted is not something else by the time it is written."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from postgres import MISSING, is_installed
from regressions import ALLOW, OWN, SmallGateway, SmallProject, check, claims, every

pytestmark = pytest.mark.skipif(not is_installed(), reason=MISSING)
TABLES = """
CREATE TABLE boxes (id INT PRIMARY KEY, owner BIGINT);
CREATE TABLE notes (id INT PRIMARY KEY, box INT REFERENCES boxes (id), owner BIGINT, title TEXT);
INSERT INTO boxes VALUES (1, 1), (2, 2);
INSERT INTO notes VALUES (1, 1, 1, 'one'), (2, 1, 1, 'two'), (3, 2, 2, 'three');
"""
IN_OWN_BOX = {"rule": "query", "collection": "main.boxes", "where": {
    "id": {"_eq": "args.row.box"}, "owner": {"_eq": "args.auth.id"}}}  # fmt: skip
RULES = {
    "boxes": {"read": ALLOW, "update": ALLOW},
    "notes": {
        "read": ALLOW,
        "create": check(title={"_eq": "new"}),
        "update": every(OWN, check()),
        "delete": OWN,
    },
}
PATIENCE = 30
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query ~* '{}'"


@pytest.fixture
def start(tmp_path, cluster):
    """A gateway over a database of its own, and sessions beside it."""
    running, sessions = [], []

    def start(rules=RULES, sql="", collections=None):
        project = SmallProject(tmp_path / f"project{len(running)}", rules, sql=TABLES, collections=collections)
        url = cluster.database(TABLES + sql)
        text = yaml.safe_load(project.config.read_text(encoding="utf-8"))
        text["sources"]["main"] |= {"kind": "postgres", "url": url}
        project.config.write_text(yaml.safe_dump(text), encoding="utf-8")
        running.append(SmallGateway(project))

        def session():
            sessions.append(cluster.session(url))
            return sessions[-1]

        return running[-1], session

    yield start
    for session in sessions:
        session.close()
    for small in running:
        assert small.gateway.stop() == 0


def until(session, condition):
    deadline = time.monotonic() + PATIENCE
    while session.run(condition) == "0":
        assert time.monotonic() < deadline, f"still not: {condition}"
        threading.Event().wait(0.01)


BOXES = {"boxes": {"relationships": {"notes": {"array": "notes", "on": {"id": "box"}}}}}


@pytest.mark.parametrize(
    ("mutation", "expected"),
    [
        ("delete_notes(where: {id: {_lt: 9}}) { affected_rows returning { id } }", [2]),
        ("delete_notes(where: {id: {_lt: 9}}) { affected_rows }", None),
        ("delete_notes(where: {id: {_lt: 9}}, limit: 5) { affected_rows }", None),
        ('update_notes(where: {id: {_lt: 9}}, limit: 5, _set: {title: "x"}) { affected_rows returning { id } }', [2]),
        ('update_notes(where: {boxes: {id: {_eq: 1}}}, _set: {title: "x"}) { affected_rows returning { id } }', [2]),
        ('update_notes(where: {id: {_lt: 9}}, _set: {title: "x"}) { affected_rows returning { id } }', [2]),
    ],
)
def test_a_row_given_away_meanwhile_is_not_written(mutation, expected, start):
    collections = BOXES | {"notes": {"relationships": {"boxes": {"object": "boxes", "on": {"box": "id"}}}}}
    gateway, session = start(collections=collections)
    other = session()
    other.run("begin; update notes set owner = 2 where id = 1")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(gateway.data, "mutation { written: " + mutation + " }", claims(1))
        until(session(), WAITING.format("delete|update"))
        other.run("commit")
        written = answer.result(PATIENCE)["written"]
    assert written["affected_rows"] == 1
    if expected:
        assert [row["id"] for row in written["returning"]] == expected
    assert other.run("select id, owner, title from notes where id = 1") == "1|2|one"


def test_related_rows_given_away_meanwhile_are_not_written(start):
    gateway, session = start(collections=BOXES)
    other = session()
    other.run("begin; update notes set owner = 2 where id = 1")
    mutation = (
        'mutation { update_boxes(where: {id: {_eq: 1}}, _set: {owner: 1}, _update: {notes: {where: {}, all: true, _set: {title: "x"}}},'
        " _delete: {notes: {where: {id: {_eq: 1}}}}) { affected_rows } }"
    )
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(gateway.data, mutation, claims(1))
        until(session(), WAITING.format("delete|update"))
        other.run("commit")
        assert answer.result(PATIENCE) == {"update_boxes": {"affected_rows": 2}}
    assert other.run("select id, owner, title from notes order by id") == "1|2|one\n2|1|x\n3|2|three"


# The insert that may change the row it meets waits until the session lets it go on.
GATE = """
CREATE FUNCTION gate() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF current_query() LIKE '%DO UPDATE%' THEN
    PERFORM pg_advisory_xact_lock_shared(1);
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER gate BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION gate();
"""


def test_a_row_deleted_meanwhile_is_not_inserted_under_the_rule_for_updates(start):
    gateway, session = start(sql=GATE)
    holder, deleter, watcher = session(), session(), session()
    holder.run("select pg_advisory_lock(1)")
    mutation = (
        'mutation { insert_notes(objects: [{id: 1, box: 2, title: "not new"}],'
        " on_conflict: {constraint: notes_pkey, update_columns: [title]}) { affected_rows } }"
    )
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(gateway.ask, mutation, claims(1))
        until(watcher, WAITING.format("insert into"))
        gone = pool.submit(deleter.run, "delete from notes where id = 1")
        while not gone.done() and watcher.run(WAITING.format("^delete")) == "0":
            threading.Event().wait(0.01)
        holder.run("select pg_advisory_unlock(1)")
        assert answer.result(PATIENCE) == {"data": {"insert_notes": {"affected_rows": 1}}}
        gone.result(PATIENCE)
    assert watcher.run("select count(*) from notes where id = 1") == "0"


def test_transactions_that_collide_are_run_again(start):
    gateway, session = start({"boxes": {"read": ALLOW, "update": ALLOW}})
    other = session()
    other.run("begin; update boxes set owner = 7 where id = 2")
    mutation = (
        "mutation { a: update_boxes_by_pk(pk_columns: {id: 1}, _inc: {owner: 1}) { owner }"
        " b: update_boxes_by_pk(pk_columns: {id: 2}, _inc: {owner: 1}) { owner } }"
    )
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(gateway.data, mutation, claims(1))
        until(session(), WAITING.format("update"))
        # Each waits for the other now; the server ends the one that looks first, and that is the gateway's.
        other.run("set local deadlock_timeout = '60s'; update boxes set owner = 8 where id = 1; commit")
        assert answer.result(PATIENCE) == {"a": {"owner": 9}, "b": {"owner": 8}}


def test_where_other_rows_decide_the_row_itself_is_looked_at_again(start):
    rules = RULES | {"notes": RULES["notes"] | {"update": every(IN_OWN_BOX, check())}}
    gateway, session = start(rules)
    other = session()
    other.run("begin; update notes set box = 2 where id = 1")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(
            gateway.data, 'mutation { update_notes(where: {id: {_lt: 9}}, _set: {title: "x"}) { affected_rows } }', claims(1)
        )
        until(session(), WAITING.format("update"))
        other.run("commit")
        assert answer.result(PATIENCE) == {"update_notes": {"affected_rows": 1}}
    assert other.run("select box, title from notes where id = 1") == "2|one"
