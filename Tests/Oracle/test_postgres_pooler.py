"""Behind PgBouncer in transaction mode: the same answers whatever others leave in its sessions, and writes that hold."""

import subprocess
import threading

import pooler
import pytest
from gateway import ADMIN, Gateway, binary, environment
from generate import generate
from oracle import Caller, Catalog, Oracle
from oracle.compare import Comparison
from pooler import Pooler
from postgres import Cluster, PostgresProject, is_installed
from test_generated import CALLERS, SEED, report
from test_postgres_faults import ask as ask_for

pytestmark = [
    pytest.mark.skipif(
        not is_installed(), reason="there is no PostgreSQL server here; `make packages-test` installs it"
    ),
    pytest.mark.skipif(
        not pooler.is_installed(), reason="there is no PgBouncer here; `make packages-test` installs it"
    ),
]
QUERIES = 60
# What a client of the pooler may leave behind: nothing resets a session in transaction mode.
LEFT_BEHIND = """
set timezone = 'Asia/Tokyo'; set datestyle = 'SQL, DMY'; set intervalstyle = 'sql_standard'; set bytea_output = 'escape';
set extra_float_digits = 0; set default_transaction_isolation = 'repeatable read'; set statement_timeout = '2s';
"""
BY_KEY = "query M($id: Int!) { missions_by_pk(id: $id) { id name } }"


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def bouncer(cluster):
    bouncer = Pooler(cluster)
    yield bouncer
    bouncer.close()


@pytest.fixture(scope="module")
def project(cluster, bouncer, tmp_path_factory):
    project = PostgresProject("spaceflight", tmp_path_factory.mktemp("pooled"), cluster)
    project.allow_any_cost()
    project.replace_in_config(f"url: {project.url}", f"url: {bouncer.url(project.url)}\n    directUrl: {project.url}")
    return project


@pytest.fixture(scope="module")
def gateway(project):
    with Gateway(project) as gateway:
        yield gateway
        assert gateway.is_alive, gateway.output()


@pytest.fixture
def spoilt(project, bouncer, gateway):
    """Every session of the pooler has settings of someone else's."""
    database = project.url.split("/")[3].split("?")[0]
    assert gateway.query(BY_KEY, {"id": 11})["data"]["missions_by_pk"]["id"] == 11
    for _ in range(8):
        bouncer.run(LEFT_BEHIND, database)
    # This shows that settings are left to others at all.
    assert "escape" in {bouncer.run("show bytea_output", database) for _ in range(8)}


@pytest.mark.parametrize("who", CALLERS)
def test_answers_equal_the_naive_evaluation(who, spoilt, gateway, project):
    caller = Caller(CALLERS[who])
    oracle, comparison = Oracle(Catalog(project.config, project.database)), Comparison()
    failures = []
    for number in range(QUERIES):
        generated = generate(oracle.view(caller), f"{SEED}/pooled/{who}/{number}")
        expected = oracle.answer(caller, generated.query, generated.variables)
        actual = gateway.query(generated.query, generated.variables, CALLERS[who])
        differences = comparison.differences(expected, actual)
        if differences:
            failures.append(report(generated, differences))
    assert not failures, f"{len(failures)} of {QUERIES} differ\n" + "\n".join(failures[:5])


def test_many_clients_share_the_two_connections(spoilt, gateway):
    wrong = []

    def ask(client):
        for number in range(40):
            identifier = (client * 40 + number) % 60 + 1
            answer = ask_for(gateway.port, identifier)
            if "errors" in answer or answer["data"]["missions_by_pk"]["id"] != identifier:
                wrong.append((identifier, answer))

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong, wrong[:3]


def test_writes_are_whole(spoilt, gateway):
    insert = """
    mutation I($id: Int!, $name: String!) {
      first: insert_agencies_one(object: {id: $id, name: $name, abbreviation: $name, country: "XX", is_government: true}) { id name }
      second: update_agencies(where: {id: {_eq: $id}}, _set: {country: "YY"}) { affected_rows returning { country } }
    }
    """
    answer = gateway.query(insert, {"id": 9001, "name": "Pooled"}, ADMIN)
    assert answer == {
        "data": {
            "first": {"id": 9001, "name": "Pooled"},
            "second": {"affected_rows": 1, "returning": [{"country": "YY"}]},
        }
    }
    # The same key again: nothing of it is done, and the connection goes on.
    refused = gateway.query(insert, {"id": 9001, "name": "Again"}, ADMIN)
    assert refused["errors"][0]["extensions"]["code"] == "constraint-violation"
    one = "mutation { update_agencies(where: {id: {_eq: 9001}}, _set: {country: \"ZZ\"}) { affected_rows } }"
    assert gateway.query(one, caller=ADMIN) == {"data": {"update_agencies": {"affected_rows": 1}}}
    read = gateway.query("{ agencies(where: {id: {_gte: 9001}}) { name country } }", caller=ADMIN)
    assert read["data"]["agencies"] == [{"name": "Pooled", "country": "ZZ"}]


@pytest.mark.parametrize("settings", [(), ("ignore_startup_parameters = options",)], ids=["refuses", "drops"])
def test_a_pooler_that_nobody_has_told_of_is_named(settings, cluster, tmp_path):
    bouncer = Pooler(cluster, *settings)
    try:
        project = PostgresProject("spaceflight", tmp_path / "project", cluster)
        project.replace_in_config(project.url, bouncer.url(project.url))
        done = subprocess.run(
            [binary(), "serve", "--config", str(project.config), "--port", "0"],
            cwd=project.directory, env=environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        bouncer.close()
    assert done.returncode != 0
    assert "directUrl" in done.stdout + done.stderr
