"""PostgreSQL goes away in several ways under load: every answer is right or one clear error, and then all is well again."""

import http.client
import json
import threading
import time

import pytest
from gateway import Gateway
from postgres import Cluster, PostgresProject, is_installed

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="there is no PostgreSQL server here; `make packages-test` installs it"
)
CLIENTS = 8
QUERY = "query M($id: Int!) { missions_by_pk(id: $id) { id name crew { astronaut { name } } } }"
KILL = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'perigee'"


@pytest.fixture
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture
def gateway(cluster, tmp_path):
    with Gateway(PostgresProject("spaceflight", tmp_path / "project", cluster)) as gateway:
        yield gateway
        assert gateway.is_alive, gateway.output()


class Load:
    """Clients that ask for missions by key until they are told to stop, and judge every answer."""

    def __init__(self, port):
        self.port = port
        self.stopped = threading.Event()
        self.answers = 0
        self.refused = []
        self.wrong = []
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads), "a client was never answered"

    def _run(self, client):
        number = client
        while not self.stopped.is_set():
            number += 1
            identifier = number % 60 + 1
            answer = ask(self.port, identifier)
            with self._lock:
                self.answers += 1
                if "errors" in answer:
                    self.refused.append(answer["errors"][0]["extensions"]["code"])
                elif answer["data"]["missions_by_pk"]["id"] != identifier:
                    self.wrong.append((identifier, answer))


def ask(port, identifier):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=50)
    try:
        body = json.dumps({"query": QUERY, "variables": {"id": identifier}})
        connection.request("POST", "/v1/graphql", body, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def recovered_within(port, seconds):
    """Until ten answers in a row are right."""
    deadline, good = time.monotonic() + seconds, 0
    while good < 10:
        assert time.monotonic() < deadline, "still no answers"
        good = good + 1 if "data" in ask(port, 11) and "errors" not in ask(port, 11) else 0
    return True


def test_connections_that_are_killed(cluster, gateway):
    assert recovered_within(gateway.port, 10)
    with Load(gateway.port) as load:
        for _ in range(10):
            cluster.run(KILL, "postgres")
            load.stopped.wait(0.2)
    assert not load.wrong
    assert set(load.refused) <= {"unavailable"}, set(load.refused)
    assert load.answers - len(load.refused) > 100, "nothing was answered between the kills"
    assert recovered_within(gateway.port, 15)
    # None was lost on the way: what is open stays within the pools.
    count = cluster.query("select count(*) from pg_stat_activity where application_name = 'perigee'")
    assert 0 < int(count) <= 4 + 16 + 16


def test_a_server_that_restarts(cluster, gateway):
    assert recovered_within(gateway.port, 10)
    with Load(gateway.port) as load:
        load.stopped.wait(0.3)
        cluster.restart()
        assert recovered_within(gateway.port, 15)
    assert not load.wrong
    assert set(load.refused) <= {"unavailable"}, set(load.refused)
