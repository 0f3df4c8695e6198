"""The same generated queries over PostgreSQL: what the gateway answers is the naive evaluation's answer here too."""

import os

import pytest
from gateway import Gateway
from generate import generate
from oracle import Caller, Catalog, Oracle
from oracle.compare import Comparison
from postgres import PostgresProject, is_installed
from test_generated import CALLERS, SEED, report

QUERIES = int(os.environ.get("PERIGEE_ORACLE_QUERIES", "750"))
BATCH = 50
BATCHES = -(-max(QUERIES // len(CALLERS), 1) // BATCH)

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="there is no PostgreSQL server here; `make packages-test` installs it"
)


@pytest.fixture(scope="module")
def project(cluster, tmp_path_factory):
    project = PostgresProject("spaceflight", tmp_path_factory.mktemp("postgres"), cluster)
    project.replace_in_config("server:\n", "server:\n  limits: { cost: 1000000000000000 }\n")
    return project


@pytest.fixture(scope="module")
def gateway(project):
    with Gateway(project) as gateway:
        yield gateway
        assert gateway.is_alive, gateway.output()


@pytest.fixture(scope="module")
def oracle(project):
    return Oracle(Catalog(project.config, project.database))


@pytest.fixture(scope="module")
def comparison():
    return Comparison()


@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.parametrize("who", CALLERS)
def test_answers_equal_the_naive_evaluation(who, batch, gateway, oracle, comparison):
    caller = Caller(CALLERS[who])
    failures = []
    for number in range(batch * BATCH, (batch + 1) * BATCH):
        generated = generate(oracle.view(caller), f"{SEED}/{who}/{number}")
        expected = oracle.answer(caller, generated.query, generated.variables)
        actual = gateway.query(generated.query, generated.variables, CALLERS[who])
        differences = comparison.differences(expected, actual)
        if differences:
            failures.append(report(generated, differences))
    assert not failures, f"{len(failures)} of {BATCH} differ\n" + "\n".join(failures[:5])
