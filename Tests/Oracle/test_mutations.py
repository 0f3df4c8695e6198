"""Mutations over a socket: what the program answers, what it leaves in the file, and that an acknowledged write survives."""

import http.client
import json
import os
import signal
import sqlite3
import threading
import urllib.request
from urllib.error import HTTPError

import pytest
from gateway import ADMIN, Gateway, credentials

MEMBER = {"id": 2, "role": "member"}


@pytest.fixture
def gateway(fresh_project):
    running = Gateway(fresh_project)
    yield running
    assert running.stop() == 0, running.output()


def ask(gateway, query, caller=ADMIN, variables=None):
    answer = gateway.post(json.dumps({"query": query, "variables": variables}), credentials(caller))
    assert answer.status == 200
    return answer.json


class Client:
    """A connection of a thread's own that never sends anything twice."""

    def __init__(self, gateway):
        self.connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)

    def ask(self, query, caller=ADMIN, variables=None):
        headers = {"Content-Type": "application/json"} | credentials(caller)
        self.connection.request("POST", "/v1/graphql", json.dumps({"query": query, "variables": variables}), headers)
        return json.loads(self.connection.getresponse().read())


def stored(project, sql):
    connection = sqlite3.connect(project.database)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_a_member_writes_a_note(gateway, fresh_project):
    before = stored(fresh_project, "select count(*) from mission_notes")[0][0]
    answer = ask(
        gateway,
        'mutation { insert_mission_notes_one(object: {mission_id: 23, title: "Dust", published: false, signed: true})'
        " { title author { id } } }",
        MEMBER,
    )
    assert answer == {"data": {"insert_mission_notes_one": {"title": "Dust", "author": {"id": 2}}}}
    assert stored(fresh_project, "select author_id, published from mission_notes where title = 'Dust'") == [(2, 0)]
    assert stored(fresh_project, "select count(*) from mission_notes")[0][0] == before + 1


def test_a_member_does_not_publish(gateway, fresh_project):
    before = stored(fresh_project, "select count(*) from mission_notes")
    answer = ask(
        gateway,
        'mutation { insert_mission_notes(objects: [{mission_id: 23, title: "Dust", published: true, signed: true}])'
        " { affected_rows } }",
        MEMBER,
    )
    assert answer["errors"][0]["extensions"] == {
        "code": "permission-error", "path": "$.selectionSet.insert_mission_notes.args.objects",
    }
    assert stored(fresh_project, "select count(*) from mission_notes") == before


def test_a_failure_in_the_last_field_leaves_nothing(gateway, fresh_project):
    answer = ask(
        gateway,
        'mutation { insert_agencies_one(object: {name: "A", is_government: true}) { name }'
        ' update_users(where: {}, all: true, _set: {name: "x"}) { affected_rows }'
        ' insert_programs_one(object: {name: "P", agency_id: 9999, first_crewed_year: 2040}) { name } }',
    )
    assert answer["errors"][0]["extensions"]["code"] == "constraint-violation"
    assert stored(fresh_project, "select count(*) from agencies where name = 'A'") == [(0,)]
    assert stored(fresh_project, "select count(*) from users where name = 'x'") == [(0,)]


def test_mutations_are_posted(gateway):
    request = urllib.request.Request(gateway.url + "?query=mutation%20%7B%20__typename%20%7D", headers=credentials(ADMIN))
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 405
    assert json.loads(refused.value.read())["errors"][0]["extensions"]["code"] == "method-not-allowed"


def test_a_batch_runs_in_order(gateway):
    insert = 'mutation { insert_agencies_one(object: {id: 500, name: "Batch", is_government: true}) { id } }'
    read = "{ agencies_by_pk(id: 500) { name } }"
    answer = gateway.post(json.dumps([{"query": read}, {"query": insert}, {"query": read}]), credentials(ADMIN))
    assert answer.json == [
        {"data": {"agencies_by_pk": None}},
        {"data": {"insert_agencies_one": {"id": 500}}},
        {"data": {"agencies_by_pk": {"name": "Batch"}}},
    ]


def test_counters_add_up_under_concurrent_writers(gateway, fresh_project):
    before = stored(fresh_project, "select storage_bytes from users where id = 1")[0][0]
    failures = []

    def count():
        client = Client(gateway)
        for _ in range(25):
            answer = client.ask("mutation { update_users_by_pk(pk_columns: {id: 1}, _inc: {storage_bytes: 1}) { id } }")
            if "errors" in answer:
                failures.append(answer)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert stored(fresh_project, "select storage_bytes from users where id = 1")[0][0] == before + 200


def test_what_was_acknowledged_survives_a_kill(fresh_project):
    gateway = Gateway(fresh_project)
    acknowledged = []

    def insert(writer):
        client = Client(gateway)
        number = 0
        while True:
            name = f"w{writer}-{number}"
            try:
                answer = client.ask(
                    "mutation ($n: String!, $m: String!) {"
                    " a: insert_agencies_one(object: {name: $n, is_government: true}) { name }"
                    " b: insert_agencies_one(object: {name: $m, is_government: true}) { name } }",
                    variables={"n": name, "m": name + "-twin"},
                )
            except (OSError, ValueError, http.client.HTTPException):
                return
            if "errors" not in answer:
                acknowledged.append(name)
            number += 1

    threads = [threading.Thread(target=insert, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 40 and any(thread.is_alive() for thread in threads):
        threading.Event().wait(0.01)
    os.kill(gateway.process.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    gateway.process.wait()
    assert len(acknowledged) >= 40
    assert stored(fresh_project, "pragma integrity_check") == [("ok",)]
    names = {name for (name,) in stored(fresh_project, "select name from agencies where name like 'w%'")}
    assert set(acknowledged) <= names
    assert all((name.removesuffix("-twin") in names) and (name.removesuffix("-twin") + "-twin" in names) for name in names)
