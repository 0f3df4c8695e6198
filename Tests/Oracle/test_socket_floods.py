"""Clients that mean no good over WebSockets: the gateway lives, normal clients go on, and what they left is given back."""

import json
import os
import socket
import struct
import threading
import time

import pytest
from gateway import credentials
from regressions import EVERYTHING, SmallGateway, SmallProject, claims
from sockets import LEGACY, TRANSPORT, WAIT, Closed, GraphQLSocket, headers

ALL = "subscription { notes(order_by: {id: asc}) { id stars } }"
STARS = "mutation($stars: Int!) { update_notes(where: {id: {_eq: 1}}, _set: {stars: $stars}) { affected_rows } }"
BOTH = [TRANSPORT, LEGACY]


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    project = SmallProject(tmp_path_factory.mktemp("floods"), {"notes": EVERYTHING}, server={"subscriptions": {"initTimeout": "2s", "perConnection": 20}})
    small = SmallGateway(project)
    yield small
    assert small.gateway.stop() == 0, small.gateway.output()


@pytest.fixture
def normal(notes):
    """A client that connects before the flood and is served after it, within the time of any other."""
    with GraphQLSocket(notes.gateway).init(headers(credentials(claims(1)))) as client:
        before = client.answer("{ notes_by_pk(id: 1) { stars } }")["data"]["notes_by_pk"]["stars"]
        yield notes
        assert notes.gateway.is_alive, notes.gateway.output()
        began = time.monotonic()
        client.answer(STARS, variables={"stars": before + 1})
        client.begin(ALL, "live")
        assert client.next("live")["data"]["notes"][0]["stars"] == before + 1
        assert time.monotonic() - began < 5


def frame(payload, opcode=1):
    """A client's frame, masked with zeros."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
    elif length < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
    return head + b"\0\0\0\0" + payload


def message(**members):
    return frame(json.dumps(members).encode())


def raw(gateway, *frames, receive_buffer=None):
    """A connection beyond its upgrade, which has sent some frames and reads nothing."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(WAIT)
    connection.connect(("127.0.0.1", gateway.port))
    connection.sendall(
        b"GET /v1/graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(1)
        assert chunk, received
        received += chunk
    assert received.startswith(b"HTTP/1.1 101 ")
    for each in frames:
        connection.sendall(each)
    return connection


def test_a_thousand_messages_a_second(normal):
    with GraphQLSocket(normal.gateway).init() as client:
        end = time.monotonic() + 3
        sent = 0
        while time.monotonic() < end:
            for _ in range(100):
                client.send('{"type":"ping"}')
            for _ in range(100):
                assert client.receive() == {"type": "pong"}
            sent += 100
        assert sent > 3000, "the test is to send a thousand a second"


def test_floods_of_initialisations(normal):
    """Many in one connection, and many connections that say nothing else."""
    for _ in range(50):
        with GraphQLSocket(normal.gateway) as client:
            try:
                for _ in range(20):
                    client.send('{"type":"connection_init"}')
            except Exception:  # it closes while we are sending
                pass
            assert client.closing()[0] == 4429
    silent = [raw(normal.gateway) for _ in range(200)]
    try:
        for connection in silent:
            received = b""
            while len(received) < 4:
                chunk = connection.recv(100)
                assert chunk
                received += chunk
            assert received[2:4] == (4408).to_bytes(2, "big")
    finally:
        for connection in silent:
            connection.close()


@pytest.mark.parametrize("subprotocol", BOTH)
def test_huge_ids_and_requests(normal, subprotocol):
    kind = "start" if subprotocol == LEGACY else "subscribe"
    with GraphQLSocket(normal.gateway, subprotocol).init() as client:
        client.send({"id": "x" * 100_000, "type": kind, "payload": {"query": "{ __typename }"}})
        assert client.closing()[0] == 4400
    with GraphQLSocket(normal.gateway, subprotocol, max_size=None).init() as client:
        client.send({"id": "1", "type": kind, "payload": {"query": "x" * (3 << 20)}})
        assert client.closing()[0] == 1009
    for query in ("{" * 100_000, "{ __typename }" + " " * 300_000, "{ a" * 5_000):
        with GraphQLSocket(normal.gateway, subprotocol).init() as client:
            client.send({"id": "1", "type": kind, "payload": {"query": query}})
            assert client.errors()[0]["extensions"]["code"] in ("limit-exceeded", "validation-failed")
    nested = '{"id":"1","type":"%s","payload":{"query":"{ __typename }","variables":{"a":%s}}}' % (kind, "[" * 50_000 + "]" * 50_000)
    with GraphQLSocket(normal.gateway, subprotocol).init() as client:
        client.send(nested)
        assert client.closing()[0] == 4400


def test_messages_that_are_never_finished(normal):
    """Their deadline is the wire's; here only that nobody waits for them."""
    whole = message(type="connection_init")
    begun = [raw(normal.gateway, whole[:-3]) for _ in range(100)]
    fragmented = [raw(normal.gateway, bytes([0x01]) + whole[1:]) for _ in range(100)]
    with GraphQLSocket(normal.gateway).init() as client:
        assert client.answer("{ __typename }") == {"data": {"__typename": "query_root"}}
    for connection in begun + fragmented:
        connection.close()


@pytest.mark.parametrize("subprotocol", BOTH)
def test_storms_of_operations_that_are_given_up_at_once(normal, subprotocol):
    with GraphQLSocket(normal.gateway, subprotocol).init() as client:
        for number in range(3000):
            client.begin(ALL, str(number))
            client.complete(str(number))
        client.begin("{ __typename }", "last")
        end = time.monotonic() + 30
        while True:
            said = client.receive()
            assert time.monotonic() < end
            if said["id"] == "last":
                assert said["payload"] == {"data": {"__typename": "query_root"}}, said
                break
        # None of them is left.
        assert client.receive() == {"type": "complete", "id": "last"}
        normal.data(STARS, claims(1), {"stars": int(time.monotonic())})
        client.silence(1)


def test_operations_beyond_the_limit(normal):
    with GraphQLSocket(normal.gateway).init() as client:
        for number in range(1000):
            client.begin(ALL, str(number))
        kinds = {"next": 0, "error": 0}
        for _ in range(1000):
            kinds[client.receive()["type"]] += 1
        assert kinds == {"next": 20, "error": 980}


def test_clients_that_never_read(normal):
    """They are owed more and more, and hold no more than their bound; then they are cut."""
    gateway = normal.gateway
    subscribe = [message(id=str(n), type="subscribe", payload={"query": ALL}) for n in range(20)]
    deaf = [raw(gateway, message(type="connection_init"), *subscribe, receive_buffer=4096) for _ in range(20)]
    pinging = [raw(gateway, receive_buffer=4096) for _ in range(10)]
    resident = gateway.resident_bytes()
    stop = threading.Event()

    def flood():
        ping = frame(b'{"type":"ping","payload":{"x":"' + b"x" * 60_000 + b'"}}')
        for connection in pinging:
            connection.setblocking(False)
        while not stop.is_set():
            for connection in pinging:
                try:
                    connection.send(ping)
                except OSError:
                    pass
            time.sleep(0.001)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for number in range(300):
            normal.data(STARS, claims(1), {"stars": 10_000 + number})
    finally:
        stop.set()
        thread.join()
    assert gateway.resident_bytes() - resident < 200 << 20
    for connection in deaf + pinging:
        connection.close()


def test_what_is_given_up_is_given_back(notes):
    """Connections that come, subscribe and vanish leave no descriptor and hardly any memory."""
    gateway = notes.gateway

    def descriptors():
        return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))

    def visit():
        connection = raw(
            gateway, message(type="connection_init"), message(id="1", type="subscribe", payload={"query": ALL}),
            message(id="2", type="subscribe", payload={"query": "{ notes { id } }"}),
        )  # fmt: skip
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    for _ in range(200):
        visit()
    before, resident = descriptors(), gateway.resident_bytes()
    for _ in range(1000):
        visit()
    end = time.monotonic() + 10
    while descriptors() > before + 5 and time.monotonic() < end:
        time.sleep(0.05)
    assert descriptors() <= before + 5
    assert gateway.resident_bytes() - resident < 16 << 20


def test_the_gateway_may_close_at_any_time(normal):
    """A client that goes on sending after it was closed."""
    connection = raw(normal.gateway, frame(b"nonsense"))
    with pytest.raises(OSError):
        for _ in range(100_000):
            connection.sendall(message(type="ping") * 100)
    connection.close()
    with pytest.raises(Closed), GraphQLSocket(normal.gateway) as client:
        client.send("nonsense")
        client.receive()
