"""A client that goes away: what the database does for it ends soon, and nobody else notices."""

import json
import socket
import statistics
import time

import pytest
from gateway import Gateway, Project
from postgres import Cluster, is_installed

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="there is no PostgreSQL server here; `make packages-test` installs it"
)
SCRIPT = "create view slow as select 1 as id, pg_sleep(20)::text as slept; create view quick as select 1 as id, pg_sleep(2)::text as slept"
RULES = {"collections": {"main.slow": {"read": {"rule": "allow"}}, "main.quick": {"read": {"rule": "allow"}}}}
CONFIG = 'sources:\n  main: {{ kind: postgres, url: "{url}", track: all }}\nrules: rules.json\n'


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


class Views(Project):
    def __init__(self, directory, cluster):
        self.directory = directory
        self.directory.mkdir()
        self.config = self.directory / "perigee.yaml"
        self.config.write_text(CONFIG.format(url=cluster.database(SCRIPT)), encoding="utf-8")
        (self.directory / "rules.json").write_text(json.dumps(RULES), encoding="utf-8")


def running(cluster, name):
    return int(
        cluster.query(
            f"select count(*) from pg_stat_activity where state = 'active' and application_name = 'perigee' and query like '%\"{name}\"%'"
        )
    )


def ask(port, name):
    body = json.dumps({"query": f"{{ {name} {{ id slept }} }}"}).encode()
    connection = socket.create_connection(("127.0.0.1", port), 20)
    connection.sendall(
        b"POST /v1/graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    return connection


def wait_for(condition, seconds=10):
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, "it did not come to be"
    return time.monotonic() - began


def ended_at(cluster, name):
    """When the last statement with the name stopped running, by the clock of this machine, which is the server's too."""
    return float(
        cluster.query(
            "select extract(epoch from max(state_change)) from pg_stat_activity"
            f" where state = 'idle' and application_name = 'perigee' and query like '%\"{name}\"%'"
        )
    )


def test_a_statement_ends_with_its_client(cluster, tmp_path):
    with Gateway(Views(tmp_path / "project", cluster)) as gateway:
        times = []
        for _ in range(5):
            neighbour = ask(gateway.port, "quick")
            wait_for(lambda: running(cluster, "quick") == 1)
            leaving = ask(gateway.port, "slow")
            wait_for(lambda: running(cluster, "slow") == 1)
            left = time.time()
            leaving.close()
            wait_for(lambda: running(cluster, "slow") == 0)
            times.append(ended_at(cluster, "slow") - left)
            assert b'"slept":""' in neighbour.recv(65536)
            neighbour.close()
        assert all(0 < time for time in times), times
        assert statistics.median(times) < 0.1, times
