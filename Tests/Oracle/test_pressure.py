"""Writes on SQLite when something else is in the way: answers that grow too large, locks, long readers, files that cannot
be written, callers that leave. Whatever is answered, an error means that nothing was written."""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from gateway import ADMIN, Gateway, credentials
from regressions import EVERYTHING, SmallGateway, SmallProject, claims

ONE = claims(1)
PATIENCE = 30


@pytest.fixture
def start(tmp_path):
    """A gateway over tables of the test's own that ends with it."""
    running = []

    def start(rules=None, **more):
        small = SmallGateway(SmallProject(tmp_path / f"project{len(running)}", rules or {"notes": EVERYTHING}, **more))
        running.append(small)
        return small

    yield start
    for small in running:
        assert small.gateway.stop() == 0, small.gateway.output()


@contextlib.contextmanager
def locked(project):
    """Another process, as far as SQLite can tell, that is writing."""
    other = sqlite3.connect(project.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        if other.in_transaction:
            other.execute("ROLLBACK")
        other.close()


def titled(count, title="x"):
    return [{"id": 100 + n, "title": title} for n in range(count)]


INSERT = "mutation ($o: [notes_insert_input!]!) { insert_notes(objects: $o) { affected_rows returning { id title } } }"
TWO_FIELDS = "mutation ($o: [notes_insert_input!]!) { insert_notes(objects: $o) { returning { title } } b: insert_notes(objects: []) { affected_rows } }"


# -- answers that are too large -----------------------------------------------------------


@pytest.mark.parametrize("query", [INSERT, TWO_FIELDS])
def test_an_answer_that_is_too_large_takes_the_write_back(query, start):
    """At every size around the limit: what is answered is written, what is refused is not."""
    gateway = start(server={"limits": {"responseBytes": 2048}})
    before = gateway.project.rows()
    answered, refused = 0, 0
    for size in range(1850, 2080):
        answer = gateway.ask(query, ONE, {"o": titled(1, "x" * size)})
        if "errors" in answer:
            refused += 1
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["limit-exceeded"], (size, answer)
            assert gateway.project.rows() == before, f"a title of {size} bytes was refused and is there"
        else:
            answered += 1
            gateway.data("mutation { delete_notes(where: {id: {_gte: 100}}) { affected_rows } }", ONE)
    assert answered > 50 and refused > 20


@pytest.mark.parametrize(
    "mutation",
    [
        "insert_notes(objects: $o) { affected_rows returning { id } }",
        'update_notes(where: {id: {_lt: 100}}, _set: {title: "x"}) { returning { id } } insert_notes(objects: $o) { returning { id } }',
    ],
)
def test_a_list_with_too_many_rows_takes_the_write_back(mutation, start):
    gateway = start(server={"limits": {"rows": 10}})
    before = gateway.project.rows()
    query = "mutation ($o: [notes_insert_input!]!) { " + mutation + " }"
    assert gateway.code(query, ONE, {"o": titled(11)}) == "limit-exceeded"
    assert gateway.project.rows() == before
    gateway.data(query, ONE, {"o": titled(10)})
    # Without the rows there is nothing to be too large.
    gateway.data(
        "mutation ($o: [notes_insert_input!]!) { insert_notes(objects: $o) { affected_rows } }", ONE,
        {"o": [{"id": 500 + n, "title": "x"} for n in range(50)]},
    )  # fmt: skip


def test_a_value_that_is_too_large_takes_the_write_back(start):
    gateway = start(
        {"notes": EVERYTHING}, server={"limits": {"responseBytes": "1MiB", "bodyBytes": "8MiB", "variablesBytes": "8MiB"}}
    )
    before = gateway.project.rows()
    answer = gateway.ask(INSERT, ONE, {"o": titled(3, "x" * 500_000)})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["limit-exceeded"], str(answer)[:500]
    assert gateway.project.rows() == before


# -- locks ----------------------------------------------------------------------------------


def test_another_process_holds_the_lock_for_too_long(start):
    gateway = start()
    before = gateway.project.rows()
    with locked(gateway.project):
        began = time.monotonic()
        answer = gateway.ask(INSERT, ONE, {"o": titled(1)})
        assert time.monotonic() - began > 4, "nobody has waited"
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "unavailable" and "busy" in error["message"], error
        # Who reads does not wait.
        assert len(gateway.data("{ notes { id } }", ONE)["notes"]) == len(before)
    assert gateway.project.rows() == before
    assert gateway.data(INSERT, ONE, {"o": titled(1)})["insert_notes"]["affected_rows"] == 1


def test_another_process_lets_go_in_time(start):
    gateway = start()
    with ThreadPoolExecutor() as pool, locked(gateway.project) as other:
        answer = pool.submit(gateway.data, INSERT, ONE, {"o": titled(1)})
        other.execute("INSERT INTO notes (id, title) VALUES (77, 'theirs')")
        threading.Event().wait(0.5)
        assert not answer.done()
        other.execute("COMMIT")
        assert answer.result(PATIENCE)["insert_notes"]["affected_rows"] == 1
    assert {77, 100} <= {row[0] for row in gateway.project.rows()}


def test_a_queue_that_is_full_refuses(start):
    """Behind the one that is under way 1,024 may wait: of more, each is refused at once, and those that wait are answered."""
    gateway = start()
    body = json.dumps({"query": "mutation { update_notes(where: {id: {_eq: 1}}, _inc: {stars: 1}) { affected_rows } }"})
    head = "".join(f"{name}: {value}\r\n" for name, value in (credentials(ONE) | {"Content-Type": "application/json"}).items())
    request = f"POST /v1/graphql HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
    stars = gateway.project.rows("SELECT stars FROM notes WHERE id = 1")[0][0]
    sockets = []
    try:
        with locked(gateway.project):
            for number in range(1200):
                sockets.append(socket.create_connection(("127.0.0.1", gateway.gateway.port), PATIENCE))
                sockets[-1].sendall(request)
                if number == 0:
                    # Taken from the queue, and waiting for the lock.
                    threading.Event().wait(0.3)
            # Those that find no place are told at once, the lock still held.
            deadline = time.monotonic() + 3
            while answered_so_far(sockets) < 175:
                assert time.monotonic() < deadline, "not all are refused that find no place"
        answers = [json.loads(whole(one).split(b"\r\n\r\n", 1)[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()
    done = sum("data" in answer and "errors" not in answer for answer in answers)
    codes = {answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer}
    assert codes == {"unavailable"}
    assert done == 1025, done
    # What was refused was not written, what was answered was.
    assert gateway.project.rows("SELECT stars FROM notes WHERE id = 1")[0][0] == stars + done


def answered_so_far(sockets):
    found = 0
    for one in sockets:
        one.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            found += len(one.recv(1, socket.MSG_PEEK))
        one.setblocking(True)
        one.settimeout(PATIENCE)
    return found


def whole(connection):
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


# -- callers that leave ---------------------------------------------------------------------


def test_a_caller_that_leaves_while_its_write_waits(start):
    """What nobody waits for any more is not begun; what others asked meanwhile is done."""
    gateway = start()
    body = json.dumps({"query": INSERT, "variables": {"o": titled(1)}})
    head = "".join(f"{name}: {value}\r\n" for name, value in (credentials(ONE) | {"Content-Type": "application/json"}).items())
    with ThreadPoolExecutor() as pool, locked(gateway.project):
        first = pool.submit(gateway.data, "mutation { update_notes(where: {id: {_eq: 1}}, _inc: {stars: 1}) { affected_rows } }", ONE)
        threading.Event().wait(0.3)
        with socket.create_connection(("127.0.0.1", gateway.gateway.port), PATIENCE) as caller:
            caller.sendall(f"POST /v1/graphql HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            threading.Event().wait(0.3)
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        threading.Event().wait(0.3)
    assert first.result(PATIENCE) == {"update_notes": {"affected_rows": 1}}
    # One more through the queue: whatever stood before it has been looked at.
    gateway.data("mutation { update_notes(where: {id: {_eq: 2}}, _inc: {stars: 1}) { affected_rows } }", ONE)
    assert 100 not in {row[0] for row in gateway.project.rows()}


# -- long readers ----------------------------------------------------------------------------


def test_a_long_reader_stops_nobody(start):
    """The log grows while another program reads one old state, and is used again from its beginning afterwards."""
    gateway = start()
    log = Path(f"{gateway.project.database}-wal")
    write = "mutation ($t: String!) { update_notes(where: {id: {_lt: 9}}, _set: {title: $t}) { affected_rows } }"
    reader = sqlite3.connect(gateway.project.database, isolation_level=None)
    reader.execute("BEGIN")
    old = reader.execute("SELECT title FROM notes WHERE id = 1").fetchone()
    for number in range(400):
        gateway.data(write, ONE, {"t": f"{number}" * 2000})
    assert reader.execute("SELECT title FROM notes WHERE id = 1").fetchone() == old
    grown = log.stat().st_size
    assert grown > 4 << 20, "the log has been emptied under the reader"
    reader.execute("COMMIT")
    reader.close()
    for number in range(400):
        gateway.data(write, ONE, {"t": f"{number}" * 2000})
    assert log.stat().st_size <= grown + (1 << 20), "the log goes on growing"
    assert gateway.data("{ notes_by_pk(id: 1) { title } }", ONE)["notes_by_pk"]["title"] == "399" * 2000


# -- files that cannot be written ---------------------------------------------------------------


@pytest.fixture
def nobody(tmp_path):
    """The user the gateway runs as: whoever runs the tests, but not one who may write everything."""
    return "nobody" if os.getuid() == 0 else None


@pytest.fixture
def open_folder():
    """A folder that another user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="perigee-pressure-"))
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("folder_too", [False, True])
def test_a_file_that_cannot_be_written(folder_too, open_folder, nobody):
    project = SmallProject(open_folder / "project", {"notes": EVERYTHING})
    project.database.chmod(0o444)
    project.directory.chmod(0o555 if folder_too else 0o777)
    gateway = Gateway(project, user=nobody)
    try:
        answer = gateway.query("{ notes(order_by: {id: asc}) { id } }", None, ONE)
        assert answer == {"data": {"notes": [{"id": 1}, {"id": 2}, {"id": 3}]}}
        (error,) = gateway.query('mutation { insert_notes(objects: [{title: "x"}]) { affected_rows } }', None, ADMIN)["errors"]
        assert error["extensions"]["code"] == "unavailable"
        assert error["message"] == "The database cannot be written."
    finally:
        assert gateway.stop() == 0, gateway.output()


# -- constraints that are no constraints ------------------------------------------------------------


INDEXED = """
CREATE TABLE notes (id INTEGER PRIMARY KEY, owner BIGINT, title TEXT, slug TEXT, stars INT);
CREATE UNIQUE INDEX whole ON notes (slug);
CREATE UNIQUE INDEX partial ON notes (title) WHERE stars > 0;
CREATE UNIQUE INDEX computed ON notes (lower(title));
CREATE UNIQUE INDEX collated ON notes (owner, title COLLATE NOCASE);
INSERT INTO notes VALUES (1, 1, 'One', 'a', 1);
"""


def test_only_what_holds_for_all_rows_can_be_met(start):
    gateway = start({"notes": EVERYTHING}, sql=INDEXED)
    offered = gateway.data('{ __type(name: "notes_constraint") { enumValues { name } } }', ONE)["__type"]["enumValues"]
    assert {value["name"] for value in offered} == {"notes_pkey", "whole", "collated"}
    for name in ("partial", "computed"):
        assert gateway.code(
            "mutation { insert_notes(objects: [{id: 2, title: \"One\", stars: 5}], on_conflict: {constraint: " + name
            + ", update_columns: [stars]}) { affected_rows } }", ONE,
        ) == "validation-failed"  # fmt: skip
    # What the index takes to be equal has met the row.
    gateway.data(
        'mutation { insert_notes(objects: [{owner: 1, title: "oNE", stars: 5}], on_conflict: {constraint: collated,'
        " update_columns: [stars]}) { affected_rows } }", ONE,
    )  # fmt: skip
    before = gateway.project.rows()
    assert before == [(1, 1, "One", "a", 5)]
    # A conflict on any of them is an error beside the one that is named.
    for values in ('title: "One", stars: 5', 'title: "ONE"', 'owner: 1, title: "oNE"'):
        assert gateway.code(
            "mutation { insert_notes(objects: [{slug: \"b\", " + values + "}],"
            " on_conflict: {constraint: whole, update_columns: [stars]}) { affected_rows } }", ONE,
        ) == "constraint-violation"  # fmt: skip
    assert gateway.project.rows() == before


# -- rows that hang on rows of their own kind --------------------------------------------------------


TREE = """
CREATE TABLE nodes (id INTEGER PRIMARY KEY, parent_id INT REFERENCES nodes (id), owner BIGINT, name TEXT);
INSERT INTO nodes VALUES (1, NULL, 1, 'root'), (2, 1, 1, 'a'), (3, 1, 2, 'b'), (4, 2, 1, 'c');
"""
BRANCHES = {"nodes": {"relationships": {"children": {"array": "nodes", "on": {"id": "parent_id"}}}}}


def tree(gateway):
    return gateway.project.rows("SELECT id, parent_id, name FROM nodes ORDER BY id")


def test_rows_inserted_into_rows_of_their_own_kind(start):
    gateway = start({"nodes": EVERYTHING}, sql=TREE, collections=BRANCHES)
    answer = gateway.data(
        'mutation { insert_nodes_one(object: {name: "x", parent: {data: {name: "above", parent: {data: {name: "top"}}}},'
        ' children: {data: [{name: "y", children: {data: [{name: "z"}]}}, {name: "w"}]}})'
        " { name parent { name parent { name } } children(order_by: {id: asc}) { name children { name } } } }", ONE,
    )  # fmt: skip
    assert answer["insert_nodes_one"] == {
        "name": "x", "parent": {"name": "above", "parent": {"name": "top"}},
        "children": [{"name": "y", "children": [{"name": "z"}]}, {"name": "w", "children": []}],
    }  # fmt: skip
    assert len(tree(gateway)) == 10


def test_changes_follow_rows_of_their_own_kind_as_they_were_found(start):
    own = {**EVERYTHING, "update": {"rule": "and", "clauses": [
        {"rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": "args.auth.id"}, {"rule": "check", "where": {}}]}}  # fmt: skip
    gateway = start({"nodes": own}, sql=TREE, collections=BRANCHES)
    answer = gateway.data(
        'mutation { update_nodes(where: {id: {_eq: 1}}, _set: {name: "r"}, _update: {children: {where: {}, all: true, _set: {name: "s"},'
        ' _update: {children: {where: {}, all: true, _set: {name: "t"}}}}}) { affected_rows } }', ONE,
    )  # fmt: skip
    assert answer == {"update_nodes": {"affected_rows": 3}}
    assert tree(gateway) == [(1, None, "r"), (2, 1, "s"), (3, 1, "b"), (4, 2, "t")]


def test_rows_that_delete_rows_of_their_own_kind(start):
    gateway = start({"nodes": EVERYTHING}, sql=TREE, collections=BRANCHES)
    before = tree(gateway)
    # 4 refers to 2: one statement deletes both, or none.
    assert gateway.code(
        "mutation { update_nodes(where: {id: {_eq: 1}}, _set: {name: \"r\"}, _delete: {children: {where: {}, all: true}}) { affected_rows } }",
        ONE,
    ) == "constraint-violation"  # fmt: skip
    assert tree(gateway) == before
    answer = gateway.data(
        "mutation { update_nodes(where: {id: {_lt: 3}}, _set: {name: \"r\"}, _delete: {children: {where: {}, all: true}}) { affected_rows } }",
        ONE,
    )  # fmt: skip
    assert answer == {"update_nodes": {"affected_rows": 5}}
    assert tree(gateway) == [(1, None, "r")]
