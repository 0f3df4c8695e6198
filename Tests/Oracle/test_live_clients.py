"""Subscriptions that follow changes, over every transport, with clients that others wrote."""

import asyncio
import json
import struct
import time

import aiohttp
import pytest
from gateway import credentials
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from regressions import EVERYTHING, OWN, SmallGateway, SmallProject
from sockets import TRANSPORT, WAIT, GraphQLSocket, headers
from test_socket_floods import message, raw
from test_subscriptions import ALL, BOTH, FIRST, MULTIPART, ONE, STARS, TWO, Curl, fresh, give, ids, notes, parts, stars, transports  # noqa: F401


@pytest.mark.parametrize("subprotocol", BOTH)
@pytest.mark.parametrize("path", ["/v1/graphql", "/graphql"])
def test_a_subscription_follows_changes(fresh, subprotocol, path):  # noqa: F811
    with GraphQLSocket(fresh.gateway, subprotocol, path=path) as client:
        assert client.socket.subprotocol == subprotocol
        client.init()
        client.begin(ALL)
        assert client.next() == FIRST
        client.silence()
        give(fresh, 2, 7)
        assert stars(client.next()) == [1, 7, 3]
        # The same again is no change.
        give(fresh, 2, 7)
        client.silence()
        client.complete()
        give(fresh, 2, 8)
        client.silence()
        client.begin(ALL)
        assert stars(client.next()) == [1, 8, 3]


def test_a_mutation_over_the_socket_reaches_a_subscription_of_the_same_socket(fresh):  # noqa: F811
    with GraphQLSocket(fresh.gateway).init(headers(credentials(ONE))) as client:
        client.begin(ALL, "live")
        assert client.next("live") == FIRST
        client.begin(STARS, "write", {"id": 3, "stars": 30})
        seen = [client.receive() for _ in range(3)]
        assert {(message["type"], message["id"]) for message in seen} == {
            ("next", "write"), ("complete", "write"), ("next", "live"),
        }  # fmt: skip
        [live] = [message["payload"] for message in seen if message["id"] == "live"]
        assert stars(live) == [1, 2, 30]


def test_an_event_stream_follows_changes(fresh):  # noqa: F811
    with Curl(fresh.gateway, query=ALL) as client:
        status, found = client.head()
        assert status == 200
        assert found["content-type"] == "text/event-stream; charset=utf-8"
        assert found["cache-control"] == "no-cache"
        assert found["transfer-encoding"] == "chunked"
        assert client.result() == FIRST
        give(fresh, 1, 9)
        assert stars(client.result()) == [9, 2, 3]
        # Comments come while nothing else does.
        while not (line := client.line()).startswith(":"):
            assert line == ""
        give(fresh, 1, 10)
        assert stars(client.result()) == [10, 2, 3]


def test_old_clients_get_a_stream_until_the_end_of_the_connection(fresh):  # noqa: F811
    with Curl(fresh.gateway, "--http1.0", query=ALL) as client:
        status, found = client.head()
        assert status == 200
        assert "transfer-encoding" not in found
        assert found["connection"] == "close"
        assert client.result() == FIRST
        give(fresh, 1, 4)
        assert stars(client.result()) == [4, 2, 3]


def test_multipart_follows_changes(fresh):  # noqa: F811
    with Curl(fresh.gateway, query=ALL, accept=MULTIPART) as client:
        status, found = client.head()
        assert status == 200
        assert found["content-type"] == 'multipart/mixed; boundary="-"; subscriptionSpec=1.0'
        parted = parts(client)
        assert next(parted) == {"payload": FIRST}
        give(fresh, 3, 6)
        assert stars(next(parted)["payload"]) == [1, 2, 6]
        while client.line() != "{}":  # it lives
            pass
    # A query is answered as ever.
    with Curl(fresh.gateway, query="{ __typename }", accept=MULTIPART) as client:
        assert client.head()[1]["content-type"].startswith("application/json")
    # Errors are those of a result, and end the stream.
    with Curl(fresh.gateway, query="subscription { nope }", accept=MULTIPART) as client:
        assert client.head()[0] == 200
        [part] = list(parts(client))
        assert part["payload"]["errors"][0]["extensions"]["code"] == "validation-failed"
        assert client.process.wait(WAIT) == 0


def test_multipart_as_a_library_reads_it(fresh):  # noqa: F811
    async def run():
        async with aiohttp.ClientSession() as session:
            request = session.post(fresh.gateway.url, json={"query": ALL}, headers={"Accept": MULTIPART})
            async with request as response:
                reader = aiohttp.MultipartReader.from_response(response)
                part = await reader.next()
                assert await part.json() == {"payload": FIRST}
                await asyncio.to_thread(give, fresh, 2, 12)
                while True:
                    payload = await (await reader.next()).json()
                    if payload:
                        break
                assert stars(payload["payload"]) == [1, 12, 3]

    asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize("number", range(4))
def test_gql(fresh, number):  # noqa: F811
    async def run():
        transport = list(transports(fresh.gateway, init_payload=headers(credentials(ONE)), ping_interval=None))[number]
        async with Client(transport=transport) as session:
            assert (await session.execute(gql("{ notes_by_pk(id: 1) { id } }"))) == {"notes_by_pk": {"id": 1}}
            results = []
            async for result in session.subscribe(gql(ALL)):
                results.append([note["stars"] for note in result["notes"]])
                if len(results) == 3:
                    break
                change = gql(STARS)
                change.variable_values = {"id": 1, "stars": 20 + len(results)}
                changed = await session.execute(change)
                assert changed["update_notes_by_pk"]["stars"] == 20 + len(results)
            assert results == [[1, 2, 3], [21, 2, 3], [22, 2, 3]]
            with pytest.raises(TransportQueryError):
                await session.execute(gql("{ nope }"))
            # The connection is as good as before.
            assert (await session.execute(gql("{ notes_by_pk(id: 2) { id } }"))) == {"notes_by_pk": {"id": 2}}

    asyncio.run(asyncio.wait_for(run(), 30))


def test_aiohttp(fresh):  # noqa: F811
    async def run():
        async with aiohttp.ClientSession() as session:
            socket = session.ws_connect(fresh.gateway.url, protocols=[TRANSPORT], headers=credentials(ONE))
            async with socket as client:
                assert client.protocol == TRANSPORT
                await client.send_json({"type": "connection_init"})
                assert await client.receive_json() == {"type": "connection_ack"}
                await client.send_json({"id": "a", "type": "subscribe", "payload": {"query": ALL}})
                assert await client.receive_json() == {"id": "a", "type": "next", "payload": FIRST}
                await client.send_json({"id": "b", "type": "subscribe", "payload": {"query": STARS, "variables": {"id": 1, "stars": 3}}})
                seen = [(await client.receive_json())["id"] for _ in range(3)]
                assert sorted(seen) == ["a", "b", "b"]

    asyncio.run(asyncio.wait_for(run(), 20))


def test_connections_stay_when_the_rules_change(tmp_path):
    small = SmallGateway(SmallProject(tmp_path, {"notes": EVERYTHING}))
    rules = tmp_path / "rules.json"
    try:
        with GraphQLSocket(small.gateway).init(headers(credentials(TWO))) as client:
            client.begin("subscription { notes(order_by: {id: asc}) { id } }")
            assert ids(client.next()) == [1, 2, 3]
            rules.write_text(json.dumps({"collections": {"main.notes": EVERYTHING | {"read": OWN}}}), encoding="utf-8")
            assert ids(client.next(timeout=20)) == [2, 3]
            assert client.answer("{ notes(order_by: {id: asc}) { id } }", "q")["data"]["notes"] == [{"id": 2}, {"id": 3}]
    finally:
        assert small.gateway.stop() == 0


# -- clients that read slowly --------------------------------------------------------


def frames(connection):
    """The text messages that have come, and those that still come."""
    held = b""

    def need(count):
        nonlocal held
        while len(held) < count:
            chunk = connection.recv(1 << 20)
            assert chunk, "the gateway closed"
            held += chunk

    while True:
        need(2)
        size, start = held[1], 2
        if size == 126:
            need(4)
            size, start = struct.unpack("!H", held[2:4])[0], 4
        elif size == 127:
            need(10)
            size, start = struct.unpack("!Q", held[2:10])[0], 10
        need(start + size)
        opcode, payload, held = held[0] & 15, held[start : start + size], held[start + size :]
        if opcode == 1:
            yield json.loads(payload)


def test_a_slow_client_gets_the_newest_and_is_not_cut(fresh):  # noqa: F811
    """Results of 4 MiB, changed 40 times while nobody reads: what was overtaken is never sent."""
    title = "x" * (64 << 10)
    resident = fresh.gateway.resident_bytes()
    change = "mutation($t: String!, $n: Int!) { update_notes(where: {id: {_eq: 2}}, _set: {title: $t, stars: $n}) { affected_rows } }"
    query = "subscription { notes_by_pk(id: 2) { stars " + " ".join(f"t{n}: title" for n in range(64)) + " } }"
    assert fresh.ask(change, ONE, {"t": title, "n": 1})["data"]
    slow = raw(fresh.gateway, message(type="connection_init"), message(id="1", type="subscribe", payload={"query": query}), receive_buffer=4096)
    time.sleep(1)
    for number in range(2, 42):
        assert fresh.ask(change, ONE, {"t": title, "n": number})["data"]
    assert fresh.gateway.resident_bytes() - resident < 150 << 20
    came = frames(slow)
    assert next(came) == {"type": "connection_ack"}
    seen = []
    while not seen or seen[-1] != 41:
        result = next(came)
        assert result["type"] == "next"
        assert len(result["payload"]["data"]["notes_by_pk"]["t0"]) == len(title)
        seen.append(result["payload"]["data"]["notes_by_pk"]["stars"])
    assert seen == sorted(seen)
    assert len(seen) < 6, seen
    slow.close()
