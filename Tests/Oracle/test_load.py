"""Writes that nothing may tear apart: under many clients at once, and when the process is killed."""

import os
import random
import signal
import sqlite3
import time

import pytest
from bank import Load, inconsistent, stored_transfers, violations
from gateway import Gateway, Project
from postgres import DATABASES, MISSING, Cluster, PostgresProject, is_installed
from rows import ServerRows

KILLS = int(os.environ.get("PERIGEE_KILLS", "10"))
LOAD_SECONDS = float(os.environ.get("PERIGEE_LOAD_SECONDS", "5"))
WRITERS = READERS = 32
PATIENCE = 60


@pytest.fixture(params=DATABASES)
def project(request, project_over, tmp_path):
    return project_over(request.param, "bank", tmp_path / "bank")


def test_many_writers_and_readers_lose_nothing(project):
    with Gateway(project) as gateway:
        load = Load(gateway.port, "load").start(WRITERS, READERS)
        deadline = time.monotonic() + LOAD_SECONDS
        with load.changed:
            load.changed.wait_for(lambda: load.faults, deadline - time.monotonic())
        load.stop()
        assert not load.faults, load.faults[:3]
        assert gateway.stop() == 0
    print(f"\n{len(load.acknowledged)} transfers and {load.read} reads in {LOAD_SECONDS} s")
    assert len(load.acknowledged) > 10 * LOAD_SECONDS and load.read > 10 * LOAD_SECONDS
    assert violations(project.rows) == []
    # No lost update: the tallies count what was acknowledged, neither more nor less.
    assert stored_transfers(project.rows) == set(load.acknowledged)
    assert len(load.acknowledged) == load.sent


def test_what_was_acknowledged_survives_a_kill_and_nothing_is_half_there(project):
    chosen = random.Random("kills")
    acknowledged, interrupted = set(), 0
    gateway = Gateway(project)
    try:
        for number in range(KILLS):
            load = Load(gateway.port, f"k{number}", may_break=True).start(writers=8)
            assert load.wait_for(chosen.randint(1, 60), PATIENCE), f"no progress before kill {number}"
            assert not load.faults, load.faults[:3]
            os.kill(gateway.process.pid, signal.SIGKILL)
            gateway.process.wait(PATIENCE)
            load.stop()
            assert not load.faults, load.faults[:3]
            acknowledged.update(load.acknowledged)
            interrupted += load.sent - len(load.acknowledged)
            gateway = Gateway(project)
            assert violations(project.rows) == [], f"after kill {number}"
            lost = acknowledged - stored_transfers(project.rows)
            assert not lost, f"after kill {number}: {sorted(lost)[:3]} were acknowledged and are gone"
    finally:
        gateway.stop()
    print(f"\n{KILLS} kills, {len(acknowledged)} transfers acknowledged, {interrupted} under way")
    # Each kill must have met mutations under way, or it proves nothing.
    assert interrupted >= KILLS


@pytest.mark.skipif(not is_installed(), reason=MISSING)
def test_what_was_acknowledged_survives_a_crash_of_the_server(tmp_path):
    cluster = Cluster()
    try:
        # Else PostgreSQL itself acknowledges what it may lose.
        cluster.query("alter system set synchronous_commit = on")
        cluster.query("select pg_reload_conf()")
        project = PostgresProject("bank", tmp_path / "bank", cluster)
        acknowledged = set()
        with Gateway(project) as gateway:
            for number in range(max(KILLS // 5, 2)):
                load = Load(gateway.port, f"c{number}", may_fail=True).start(writers=8)
                assert load.wait_for(20, PATIENCE), f"no progress before crash {number}"
                cluster.restart()
                assert load.wait_for(len(load.acknowledged) + 20, PATIENCE), f"no progress after crash {number}"
                load.stop()
                assert not load.faults, load.faults[:3]
                acknowledged.update(load.acknowledged)
                rows = ServerRows(cluster.session(project.url))
                assert violations(rows) == [], f"after crash {number}"
                lost = acknowledged - stored_transfers(rows)
                assert not lost, f"after crash {number}: {sorted(lost)[:3]} were acknowledged and are gone"
                rows.close()
            assert gateway.stop() == 0
    finally:
        cluster.close()


# -- the comparison itself -----------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("UPDATE accounts SET balance = balance + 1 WHERE id = 1", "a balance is not the sum"),
        ("DELETE FROM entries WHERE account_id = 2", "a transfer has not its two entries"),
        ("DELETE FROM transfers", "an entry has no transfer"),
        ("UPDATE tallies SET count = 0", "a tally does not count"),
        ("UPDATE transfers SET tally = 'nowhere'", "a foreign key dangles"),
    ],
)
def test_half_a_transfer_is_noticed(damage, found, tmp_path):
    project = Project("bank", tmp_path)
    connection = sqlite3.connect(project.database)
    connection.executescript(
        "INSERT INTO transfers VALUES ('t', 5, 'east'); INSERT INTO entries VALUES ('t', 1, -5), ('t', 2, 5);"
        "UPDATE accounts SET balance = -5 WHERE id = 1; UPDATE accounts SET balance = 5 WHERE id = 2;"
        "UPDATE tallies SET count = 1 WHERE name = 'east';"
    )
    assert violations(project.rows) == []
    connection.executescript(damage)
    connection.close()
    assert any(text.startswith(found) for text in violations(project.rows))


def test_totals_that_do_not_add_up_are_noticed():
    def totals(balance, count, transfers, entries):
        return {
            "data": {
                "accounts_aggregate": {"aggregate": {"sum": {"balance": balance}}},
                "tallies_aggregate": {"aggregate": {"sum": {"count": count}}},
                "transfers_aggregate": {"aggregate": {"count": transfers}},
                "entries_aggregate": {"aggregate": {"count": entries, "sum": {"amount": 0}}},
            }
        }

    assert inconsistent(totals(0, 3, 3, 6)) is None
    for wrong in (totals(1, 3, 3, 6), totals(0, 2, 3, 6), totals(0, 3, 3, 5)):
        assert inconsistent(wrong)
