"""What a PostgreSQL source may take of memory: answers too large for anyone, and more kinds of statements than can be kept."""

import os
import re
from pathlib import Path

import pytest
from gateway import ADMIN, Gateway
from postgres import Cluster, ScriptProject, is_installed
from test_postgres_soak import processes

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="there is no PostgreSQL server here; `make packages-test` installs it"
)
# Bits of a number, each in one of two operators: so many shapes there are at most.
BITS = 17
SHAPES = int(os.environ.get("PERIGEE_SHAPES", "600"))
SCRIPT = """
create table pieces (id int primary key, content text not null);
insert into pieces values (0, 'small');
-- Two gigabytes, a megabyte a row, stored in little room.
insert into pieces select n, repeat('x', 1 << 20) from generate_series(1, 2048) as n;
"""
CONFIG = """
server: {{ host: 127.0.0.1, port: 0, limits: {{ responseBytes: 16MiB, requestTimeout: 60s }} }}
auth: {{ adminSecret: env:PERIGEE_ADMIN_SECRET }}
sources:
  main: {{ kind: postgres, url: "{url}", track: all, pool: {{ fast: 2, slow: 2, write: 2 }} }}
rules: rules.json
"""
RULES = {"main.pieces": {"read": {"rule": "allow"}}}


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture
def gateway(cluster, tmp_path):
    with Gateway(ScriptProject(tmp_path / "project", cluster, SCRIPT, CONFIG, RULES)) as gateway:
        yield gateway
        assert gateway.is_alive, gateway.output()


def private_bytes(process):
    """What a server process has for itself; the shared buffers are nobody's."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(int(number) for number in re.findall(r"Private_\w+:\s+(\d+)", text)) * 1024


@pytest.mark.parametrize("rows", [2048, 200], ids=["two gigabytes", "two hundred megabytes"])
def test_an_answer_that_is_too_large_is_an_error_and_leaves_nothing(rows, gateway):
    query = "query P($rows: Int!) { pieces(where: {id: {_lte: $rows}}) { id content } }"
    small = gateway.query(query, {"rows": 0})
    assert small == {"data": {"pieces": [{"id": 0, "content": "small"}]}}
    before = gateway.resident_bytes()
    gateway.forget_peak()
    for _ in range(3):
        answer = gateway.query(query, {"rows": rows})
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["limit-exceeded"]
    assert gateway.resident_bytes() < before + (24 << 20)
    # Nothing of it has come this far.
    assert gateway.peak_bytes() < before + (24 << 20)
    assert gateway.query(query, {"rows": 0}) == small
    # Nobody works on for it in the database.
    assert len(gateway.query(query, {"rows": 10})["data"]["pieces"]) == 11


def test_many_kinds_of_filters_leave_memory_bounded(cluster, gateway):
    def ask(number):
        terms = ", ".join(f"{{id: {{{'_neq' if number >> bit & 1 else '_gt'}: -1}}}}" for bit in range(BITS))
        # The second run prepares.
        for _ in range(2):
            answer = gateway.query(f"{{ pieces(where: {{_and: [{terms}]}}, limit: 1, order_by: {{id: asc}}) {{ id }} }}", caller=ADMIN)
            assert answer == {"data": {"pieces": [{"id": 0}]}}, answer

    def servers():
        return sum(private_bytes(process) for process in processes(cluster))

    # As many as are kept, and some more, so that what grows later has no bound.
    warm = min(SHAPES // 2, 20000)
    for number in range(warm):
        ask(number)
    gateway_before, servers_before = gateway.resident_bytes(), servers()
    for number in range(warm, SHAPES):
        ask(number)
    assert gateway.resident_bytes() < gateway_before + (48 << 20)
    assert servers() < servers_before + (64 << 20)
