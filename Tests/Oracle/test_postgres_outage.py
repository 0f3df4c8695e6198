"""PostgreSQL goes away under open subscriptions: nobody is told what is wrong or loses a subscription, and when it is back
everybody has the rows as they are then."""

import time

import pytest
from gateway import credentials
from postgres import MISSING, Cluster, is_installed
from regressions import EVERYTHING, SmallDatabase, SmallGateway, SmallProject, claims
from sockets import LEGACY, TRANSPORT, GraphQLSocket, headers

pytestmark = pytest.mark.skipif(not is_installed(), reason=MISSING)

ONE = claims(1)
ALL = "subscription { notes(order_by: {id: asc}) { id stars } }"
FIRST = "subscription { notes_by_pk(id: 1) { stars } }"
STARS = "mutation($id: Int!, $stars: Int!) { update_notes_by_pk(pk_columns: {id: $id}, _set: {stars: $stars}) { stars } }"
# A read that fails is tried again after a quarter of a second, and then after twice the time each time.
RECOVERY = 30


@pytest.fixture
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture
def notes(cluster, tmp_path):
    project = SmallProject(
        tmp_path / "notes", {"notes": EVERYTHING}, make_database=lambda _, sql: SmallDatabase(cluster, sql, "auto")
    )
    small = SmallGateway(project)
    yield small
    assert small.gateway.stop() == 0, small.gateway.output()


def stars(result):
    assert "errors" not in result, result
    return [note["stars"] for note in result["data"]["notes"]]


def codes(result):
    return {error["extensions"]["code"] for error in result["errors"]}


def connect(notes, subprotocol=TRANSPORT):
    return GraphQLSocket(notes.gateway, subprotocol).init(headers(credentials(ONE)))


def test_subscriptions_outlive_an_outage(cluster, notes):
    with connect(notes) as old, connect(notes, LEGACY) as legacy, connect(notes) as single:
        for client in (old, legacy):
            client.begin(ALL)
            assert stars(client.next()) == [1, 2, 3]
        single.begin(FIRST)
        assert single.next() == {"data": {"notes_by_pk": {"stars": 1}}}

        cluster.stop()
        assert notes.code(STARS, ONE, {"id": 1, "stars": 5}) == "unavailable"
        # Whoever has a result keeps it; whoever has none is told so, and the subscription stays.
        for client in (old, legacy, single):
            client.silence()
        with connect(notes) as late:
            late.begin(ALL)
            assert codes(late.next()) == {"unavailable"}
            late.silence()

            cluster.start()
            # Not through the gateway: nothing tells it of this but that it reads again what the outage has left in doubt.
            cluster.run("update notes set stars = 7 where id = 2", notes.project.stored.name)
            # One read may have come before the update.
            seen = stars(late.next(timeout=RECOVERY))
            if seen != [1, 7, 3]:
                assert seen == [1, 2, 3]
            notes_now = eventually_set(notes, 1, 9)
            assert notes_now == 9
            for client in (old, legacy, late):
                last(client, lambda result: stars(result) == [9, 7, 3])
            assert single.next(timeout=RECOVERY) == {"data": {"notes_by_pk": {"stars": 9}}}
            for client in (old, legacy, late, single):
                client.silence()


def test_what_was_written_while_nobody_could_read_is_seen(cluster, notes):
    """The subscribers' reads fail for as long as the outage lasts; what changes at its end, past the gateway, is in the first that
    succeeds."""
    with connect(notes) as client:
        client.begin(ALL)
        assert stars(client.next()) == [1, 2, 3]
        # Makes the result doubtful, so that it is read again for as long as that fails.
        cluster.stop()
        assert notes.code(STARS, ONE, {"id": 1, "stars": 5}) == "unavailable"
        cluster.start()
        cluster.run("update notes set stars = 8 where id = 3", notes.project.stored.name)
        eventually_set(notes, 1, 4)
        last(client, lambda result: stars(result) == [4, 2, 8])


def eventually_set(notes, id, value):
    """Writes through the gateway as soon as it has its database back."""
    end = time.monotonic() + RECOVERY
    while True:
        answer = notes.ask(STARS, ONE, {"id": id, "stars": value})
        if "errors" not in answer:
            return answer["data"]["update_notes_by_pk"]["stars"]
        assert codes(answer) == {"unavailable"}, answer
        assert time.monotonic() < end, "still no database"
        time.sleep(0.1)


def last(client, is_right):
    """Results until the right one."""
    end = time.monotonic() + RECOVERY
    while True:
        assert time.monotonic() < end, "the result never became right"
        if is_right(client.next(timeout=RECOVERY)):
            return
