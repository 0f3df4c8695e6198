"""A client that goes away: what the database does for it ends soon, and nobody else notices."""

import json
import socket
import statistics
import time

import pooler
import pytest
from gateway import Gateway
from postgres import Cluster, ScriptProject, is_installed

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="there is no PostgreSQL server here; `make packages-test` installs it"
)
SCRIPT = "create view slow as select 1 as id, pg_sleep(20)::text as slept; create view quick as select 1 as id, pg_sleep(2)::text as slept"
RULES = {"main.slow": {"read": {"rule": "allow"}}, "main.quick": {"read": {"rule": "allow"}}}
CONFIG = 'sources:\n  main: {{ kind: postgres, url: "{url}", track: all }}\nrules: rules.json\n'


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture(
    params=[
        "directly",
        pytest.param(
            "behind a pooler",
            marks=pytest.mark.skipif(not pooler.is_installed(), reason="there is no PgBouncer here; `make packages-test` installs it"),
        ),
    ]
)
def project(request, cluster, tmp_path):
    project = ScriptProject(tmp_path / "project", cluster, SCRIPT, CONFIG, RULES)
    if request.param == "directly":
        yield project
        return
    # Both of its connections are busy when a client goes away, and the message goes through it.
    bouncer = pooler.Pooler(cluster)
    project.replace_in_config(f'"{project.url}"', f'"{bouncer.url(project.url)}", directUrl: "{project.url}"')
    yield project
    bouncer.close()


def running(cluster, name):
    return int(
        cluster.query(
            f"select count(*) from pg_stat_activity where state = 'active' and application_name <> 'psql' and query like '%\"{name}\"%'"
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
            f" where state = 'idle' and application_name <> 'psql' and query like '%\"{name}\"%'"
        )
    )


def test_a_statement_ends_with_its_client_and_its_neighbour_does_not(cluster, project):
    with Gateway(project) as gateway:
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
