"""Subscriptions as clients have them: over both WebSocket protocols, event streams and multipart, with clients that others wrote."""

import asyncio
import contextlib
import http.server
import json
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
import yaml
from gateway import ADMIN, credentials
from gql import Client, gql
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import TransportConnectionFailed
from gql.transport.websockets import WebsocketsTransport
from regressions import EVERYTHING, OWN, SmallGateway, SmallProject, claims
from sockets import LEGACY, TRANSPORT, WAIT, GraphQLSocket, headers
from websockets.exceptions import InvalidStatus

ONE, TWO = claims(1), claims(2)
ALL = "subscription { notes(order_by: {id: asc}) { id stars } }"
STARS = "mutation($id: Int!, $stars: Int!) { update_notes_by_pk(pk_columns: {id: $id}, _set: {stars: $stars}) { stars } }"
FIRST = {"data": {"notes": [{"id": 1, "stars": 1}, {"id": 2, "stars": 2}, {"id": 3, "stars": 3}]}}
BOTH = [TRANSPORT, LEGACY]


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """Notes that everybody reads and that whoever is somebody writes."""
    project = SmallProject(
        tmp_path_factory.mktemp("notes"), {"notes": EVERYTHING},
        server={"subscriptions": {"initTimeout": "1s", "keepAlive": "1s", "perConnection": 5}},
    )  # fmt: skip
    small = SmallGateway(project)
    yield small
    assert small.gateway.stop() == 0, small.gateway.output()


@pytest.fixture
def fresh(notes):
    """The same with the rows it began with."""
    for id in (1, 2, 3):
        notes.data(STARS, ONE, {"id": id, "stars": id})
    return notes


def give(notes, id, stars):
    assert notes.data(STARS, ONE, {"id": id, "stars": stars})["update_notes_by_pk"]["stars"] == stars


def stars(result):
    assert "errors" not in result, result
    return [note["stars"] for note in result["data"]["notes"]]


# -- both WebSocket protocols, message by message -------------------------------------


@pytest.mark.parametrize("subprotocol", BOTH)
def test_queries_and_mutations_have_one_result(fresh, subprotocol):
    with GraphQLSocket(fresh.gateway, subprotocol).init(headers(credentials(ONE))) as client:
        assert client.answer("{ notes_by_pk(id: 1) { stars } }") == {"data": {"notes_by_pk": {"stars": 1}}}
        assert client.answer(STARS, variables={"id": 1, "stars": 5}) == {"data": {"update_notes_by_pk": {"stars": 5}}}
        client.begin("{ nope }", "e")
        [error] = client.errors("e")
        assert error["extensions"]["code"] == "validation-failed"
        client.begin("{ notes { id }", "e")
        assert client.errors("e")[0]["message"].startswith("Syntax Error")
        # An operation that fails leaves the connection as it was.
        assert client.answer("{ notes_by_pk(id: 1) { stars } }", "e")["data"]["notes_by_pk"]["stars"] == 5


def test_the_close_codes(fresh):
    gateway = fresh.gateway
    for send, code in [
        ("nonsense", 4400), (b"\x00", 4400), ({"type": "hello"}, 4400), ({"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}, 4401),
    ]:  # fmt: skip
        with GraphQLSocket(gateway) as client:
            client.send(send)
            assert client.closing()[0] == code
    with GraphQLSocket(gateway).init() as client:
        client.send({"type": "connection_init"})
        assert client.closing() == (4429, "Too many initialisation requests")
    with GraphQLSocket(gateway).init() as client:
        client.begin(ALL)
        client.begin(ALL)
        assert client.closing() == (4409, "Subscriber for 1 already exists")
    for subprotocols in ([], ["mqtt"]):
        with GraphQLSocket(gateway, None) if not subprotocols else contextlib.nullcontext() as client:
            if client:
                assert client.closing() == (4406, "Subprotocol not acceptable")
    began = time.monotonic()
    with GraphQLSocket(gateway) as client:
        client.send({"type": "ping"})
        assert client.receive() == {"type": "pong"}
        assert client.closing() == (4408, "Connection initialisation timeout")
        assert 0.8 < time.monotonic() - began < 8


def test_a_sub_protocol_that_is_not_spoken(fresh):
    with socket.create_connection(("127.0.0.1", fresh.gateway.port), WAIT) as connection:
        connection.sendall(
            b"GET /v1/graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
        )
        received = b""
        while len(received.partition(b"\r\n\r\n")[2]) < 4:
            chunk = connection.recv(4096)
            assert chunk, received
            received += chunk
    assert received.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Protocol" not in received
    assert received.partition(b"\r\n\r\n")[2][2:4] == (4406).to_bytes(2, "big")


def test_one_result_for_clients_of_every_kind(fresh):
    """Those with the same protocol, id and compression share a frame, the others do not."""
    many = " ".join(f"also{number}: stars" for number in range(60))
    query = f"subscription {{ notes(order_by: {{id: asc}}) {{ id stars {many} }} }}"
    kinds = [
        (TRANSPORT, "1", "deflate"), (TRANSPORT, "1", "deflate"), (TRANSPORT, "1", None), (TRANSPORT, "1", None), (TRANSPORT, "2", None),
        (LEGACY, "1", "deflate"), (LEGACY, "1", None), (TRANSPORT, "other", "deflate"),
    ]  # fmt: skip
    with contextlib.ExitStack() as stack:
        clients = []
        for subprotocol, id, compression in kinds:
            client = stack.enter_context(GraphQLSocket(fresh.gateway, subprotocol, compression=compression)).init()
            client.begin(query, id)
            assert stars(client.next(id)) == [1, 2, 3]
            clients.append((client, id))
        for value in (5, 6, 7):
            give(fresh, 2, value)
            for client, id in clients:
                result = client.next(id)
                assert stars(result) == [1, value, 3]
                assert [note["also59"] for note in result["data"]["notes"]] == [1, value, 3]


def test_operations_of_a_connection_are_bounded(fresh):
    with GraphQLSocket(fresh.gateway).init() as client:
        for id in range(5):
            client.begin(ALL, str(id))
            assert client.next(str(id)) == FIRST
        client.begin(ALL, "5")
        [error] = client.errors("5")
        assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("limit-exceeded", "perConnection")
        client.complete("0")
        client.begin(ALL, "5")
        assert client.next("5") == FIRST


def test_ping_and_signs_of_life(fresh):
    with GraphQLSocket(fresh.gateway).init() as client:
        client.send({"type": "ping", "payload": {"at": [1, "é"]}})
        assert client.receive() == {"type": "pong", "payload": {"at": [1, "é"]}}
        client.send({"type": "pong"})
        client.silence(1.3)
    with GraphQLSocket(fresh.gateway, LEGACY) as client:
        client.send({"type": "connection_init", "payload": {}})
        assert json.loads(client.socket.recv(WAIT)) == {"type": "connection_ack"}
        for _ in range(3):
            assert json.loads(client.socket.recv(WAIT)) == {"type": "ka"}
        client.send({"type": "connection_terminate"})
        assert client.closing()[0] == 1000


def test_a_legacy_client_does_not_wait_for_the_acknowledgement(fresh):
    with GraphQLSocket(fresh.gateway, LEGACY) as client:
        # A token that has to be verified first.
        client.send({"type": "connection_init", "payload": headers(credentials(claims(1, nonce=time.time())))})
        client.begin("{ notes_by_pk(id: 1) { id } }")
        assert client.receive() == {"type": "connection_ack"}
        assert client.next() == {"data": {"notes_by_pk": {"id": 1}}}
        assert client.receive() == {"type": "complete", "id": "1"}


# -- who it is ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def owned(tmp_path_factory):
    """Notes that only their owners see."""
    project = SmallProject(tmp_path_factory.mktemp("owned"), {"notes": EVERYTHING | {"read": OWN}})
    small = SmallGateway(project)
    yield small
    assert small.gateway.stop() == 0, small.gateway.output()


MINE = "subscription { notes(order_by: {id: asc}) { id } }"


def ids(result):
    assert "errors" not in result, result
    return [note["id"] for note in result["data"]["notes"]]


@pytest.mark.parametrize("subprotocol", BOTH)
def test_credentials_in_the_payload_or_in_the_upgrade(owned, subprotocol):
    token = credentials(TWO)["Authorization"]
    payloads = [
        {"headers": {"Authorization": token}}, {"headers": {"authorization": token}}, {"Authorization": token},
        {"authorization": token}, {"authToken": token.removeprefix("Bearer ")},
    ]  # fmt: skip
    for payload in payloads:
        with GraphQLSocket(owned.gateway, subprotocol).init(payload) as client:
            client.begin(MINE)
            assert ids(client.next()) == [2, 3]
    with GraphQLSocket(owned.gateway, subprotocol, headers={"Authorization": token}).init() as client:
        client.begin(MINE)
        assert ids(client.next()) == [2, 3]
    # The payload counts before the upgrade.
    with GraphQLSocket(owned.gateway, subprotocol, headers={"Authorization": token}).init(headers(credentials(ONE))) as client:
        client.begin(MINE)
        assert ids(client.next()) == [1]
    with GraphQLSocket(owned.gateway, subprotocol).init(headers(credentials(ADMIN))) as client:
        client.begin(MINE)
        assert ids(client.next()) == [1, 2, 3]
    impersonating = credentials(ADMIN) | {"X-Perigee-Role": "user", "X-Perigee-Id": 1}
    with GraphQLSocket(owned.gateway, subprotocol).init(headers(impersonating)) as client:
        client.begin(MINE)
        assert ids(client.next()) == [1]


def test_a_cookie_counts_for_pages_of_the_gateway_alone(tmp_path):
    project = SmallProject(tmp_path, {"notes": EVERYTHING | {"read": OWN}}, server={"origins": ["https://named.example"]})
    text = project.config.read_text(encoding="utf-8")
    project.config.write_text(text.replace("auth:\n", "auth:\n  cookie: session\n"), encoding="utf-8")
    small = SmallGateway(project)
    cookie = {"Cookie": "session=" + credentials(TWO)["Authorization"].removeprefix("Bearer ")}
    own = f"http://127.0.0.1:{small.gateway.port}"
    try:
        with GraphQLSocket(small.gateway, headers=cookie, origin=own).init() as client:
            client.begin(MINE)
            assert ids(client.next()) == [2, 3]
        # A token of its own counts before the cookie.
        with GraphQLSocket(small.gateway, headers=cookie, origin=own).init(headers(credentials(ONE))) as client:
            client.begin(MINE)
            assert ids(client.next()) == [1]
        # What a page of another origin sends, and what it says itself of where it is.
        with pytest.raises(InvalidStatus):
            GraphQLSocket(small.gateway, headers=cookie, origin="https://other.example")
        with GraphQLSocket(small.gateway, headers={"Origin": own}).init(headers(cookie)) as client:
            client.begin(MINE)
            assert client.receive()["type"] == "error"
        # Pages that may open a WebSocket are not thereby pages that may use the cookie, whatever they say they are.
        for payload in ({}, headers({"Origin": own}), headers({"Cookie": cookie["Cookie"]})):
            with GraphQLSocket(small.gateway, headers=cookie, origin="https://named.example") as client:
                client.send({"type": "connection_init", "payload": payload})
                assert client.closing()[0] == 4403
        # The same for an event stream.
        with Curl(small.gateway, "-H", f"Cookie: {cookie['Cookie']}", "-H", f"Origin: {own}", query=MINE) as client:
            assert client.head()[0] == 200
            assert ids(client.result()) == [2, 3]
        with Curl(small.gateway, "-H", f"Cookie: {cookie['Cookie']}", "-H", "Origin: https://other.example", query=MINE) as client:
            assert client.head()[0] == 403
    finally:
        assert small.gateway.stop() == 0


@pytest.mark.parametrize("subprotocol", BOTH)
def test_credentials_that_do_not_hold(owned, subprotocol):
    forged = credentials(TWO)["Authorization"][:-4] + "AAAA"
    expired = credentials(TWO, lifetime=-60)["Authorization"]
    for wrong, reason in [
        ({"Authorization": forged}, "Could not verify JWT"), ({"Authorization": expired}, "JWTExpired"), ({"Authorization": "nonsense"}, "Malformed"),
        ({"X-Perigee-Admin-Secret": "wrong"}, "x-perigee-admin-secret"),
    ]:  # fmt: skip
        with GraphQLSocket(owned.gateway, subprotocol) as client:
            client.send({"type": "connection_init", "payload": headers(wrong)})
            if subprotocol == LEGACY:
                refusal = client.receive()
                assert refusal["type"] == "connection_error"
                assert reason in refusal["payload"]["message"]
            code, text = client.closing()
            assert code == 4403
            assert reason in text


def test_what_no_rule_allows_is_denied_to_subscriptions_too(owned):
    with GraphQLSocket(owned.gateway).init() as client:
        client.begin(MINE)
        outcome = client.receive()
        anonymous = owned.ask("{ notes(order_by: {id: asc}) { id } }")
        if outcome["type"] == "error":
            assert outcome["payload"][0]["extensions"]["code"] == anonymous["errors"][0]["extensions"]["code"]
        else:
            assert outcome["payload"] == anonymous


@pytest.mark.parametrize("subprotocol", BOTH)
def test_a_token_that_expires_ends_what_it_carried(owned, subprotocol):
    with GraphQLSocket(owned.gateway, subprotocol).init(headers(credentials(TWO, lifetime=2))) as client:
        client.begin(MINE, "a")
        client.begin(MINE, "b")
        assert ids(client.next("a")) == ids(client.next("b")) == [2, 3]
        began = time.monotonic()
        for id in "ab":
            [error] = client.errors(id)
            assert error["extensions"]["code"] == "invalid-jwt"
            assert error["message"] == "Could not verify JWT: JWTExpired"
        assert client.closing() == (4403, "Could not verify JWT: JWTExpired")
        assert time.monotonic() - began < 5


class Voucher:
    """A service that says who callers are, for a second at a time."""

    def __init__(self):
        self.status, self.claims, self.asked = 200, {"id": 2, "role": "user"}, 0
        voucher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                voucher.asked += 1
                body = json.dumps(voucher.claims).encode()
                self.send_response(voucher.status)
                self.send_header("Cache-Control", "max-age=1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


def test_whom_a_service_vouches_for_is_asked_about_again(tmp_path):
    voucher = Voucher()
    project = SmallProject(tmp_path, {"notes": EVERYTHING | {"read": OWN}}, outbound={"allow": ["127.0.0.1/32"]})
    settings = yaml.safe_load(project.config.read_text(encoding="utf-8"))
    settings["auth"] = {"webhook": {"url": voucher.url, "forward": ["authorization"]}}
    project.config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    small = SmallGateway(project)
    try:
        for change, reason in [({"status": 401}, "not accepted"), ({"claims": {"id": 1, "role": "user"}}, "has changed")]:
            voucher.__dict__ |= {"status": 200, "claims": {"id": 2, "role": "user"}}
            with GraphQLSocket(small.gateway).init(headers({"Authorization": f"anything {reason}"})) as client:
                client.begin(MINE)
                assert ids(client.next()) == [2, 3]
                asked = voucher.asked
                # It stays as long as the service says the same.
                client.silence(3.5)
                assert voucher.asked >= asked + 2
                client.begin("{ __typename }", "q")
                assert client.next("q") == {"data": {"__typename": "query_root"}}
                assert client.receive()["type"] == "complete"
                voucher.__dict__ |= change
                [error] = client.errors()
                assert error["extensions"]["code"] == "access-denied"
                code, text = client.closing()
                assert code == 4403
                assert reason in text
        with GraphQLSocket(small.gateway) as client:
            voucher.status = 500
            client.send({"type": "connection_init", "payload": headers({"Authorization": "another"})})
            assert client.closing()[0] == 1013
    finally:
        voucher.server.shutdown()
        voucher.server.server_close()
        assert small.gateway.stop() == 0


# -- streams over HTTP ------------------------------------------------------------------


class Curl:
    """curl, line by line."""

    def __init__(self, gateway, *arguments, query=None, accept="text/event-stream", caller=None):
        command = ["curl", "-sN", "-i", "--max-time", "30", "--noproxy", "*", f"http://127.0.0.1:{gateway.port}/v1/graphql", "-H", f"Accept: {accept}"]  # fmt: skip
        for name, value in credentials(caller).items():
            command += ["-H", f"{name}: {value}"]
        if query:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps({"query": query})]
        self.process = subprocess.Popen(command + list(arguments), stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def line(self):
        line = self.process.stdout.readline()
        assert line, "the stream has ended"
        return line.decode().rstrip("\r\n")

    def head(self):
        """The status and the headers."""
        status = int(self.line().split()[1])
        found = {}
        while line := self.line():
            name, _, value = line.partition(":")
            found[name.lower()] = value.strip()
        return status, found

    def event(self):
        """The next event that is not a comment, with its data."""
        lines = []
        while True:
            line = self.line()
            if line.startswith(":"):
                continue
            if line:
                lines.append(line)
            elif lines:
                break
        [kind, data] = lines
        return kind.removeprefix("event: "), data.removeprefix("data: ")

    def result(self):
        kind, data = self.event()
        assert kind == "next", (kind, data)
        return json.loads(data)

    def rest(self):
        return self.process.stdout.read()


def test_an_event_stream_by_get(fresh):
    with Curl(fresh.gateway, "-G", "--data-urlencode", f"query={ALL}") as client:
        assert client.head()[0] == 200
        assert client.result() == FIRST


def test_a_query_may_be_answered_as_an_event_stream(fresh):
    with Curl(fresh.gateway, query="{ notes_by_pk(id: 1) { stars } }") as client:
        assert client.head()[1]["content-type"] == "text/event-stream; charset=utf-8"
        assert client.result() == {"data": {"notes_by_pk": {"stars": 1}}}
        assert client.event() == ("complete", "")
        assert client.rest() == b""
        assert client.process.wait(WAIT) == 0


def test_errors_of_an_event_stream(fresh):
    with Curl(fresh.gateway, query="subscription { nope }") as client:
        assert client.head()[0] == 200
        assert client.result()["errors"][0]["extensions"]["code"] == "validation-failed"
        assert client.event() == ("complete", "")
        assert client.process.wait(WAIT) == 0
    # What is wrong before it is GraphQL is a status.
    with Curl(fresh.gateway, "-H", "Authorization: Bearer nonsense", query=ALL) as client:
        status, found = client.head()
        assert status == 401
        assert found["content-type"].startswith("application/graphql-response+json")
    mutation = "mutation { delete_notes_by_pk(id: 1) { id } }"
    with Curl(fresh.gateway, "-G", "--data-urlencode", f"query={mutation}") as client:
        assert client.head()[0] == 405
    with Curl(fresh.gateway, "-d", json.dumps([{"query": ALL}]), "-H", "Content-Type: application/json") as client:
        assert client.head()[0] == 400


def test_a_subscription_that_cannot_be_streamed_says_so(fresh):
    answer = fresh.ask(ALL)
    assert "data" not in answer
    assert "text/event-stream" in answer["errors"][0]["message"] or "SSE" in answer["errors"][0]["message"], answer


def test_a_token_that_expires_ends_its_event_stream(fresh):
    query = {"query": ALL}
    token = credentials(ONE, lifetime=2)["Authorization"]
    with Curl(fresh.gateway, "-H", f"Authorization: {token}", "-H", "Content-Type: application/json", "-d", json.dumps(query)) as client:
        assert client.head()[0] == 200
        assert client.result() == FIRST
        [error] = client.result()["errors"]
        assert error["message"] == "Could not verify JWT: JWTExpired"
        assert client.event() == ("complete", "")
        assert client.process.wait(WAIT) == 0


def test_a_connection_serves_on_after_a_stream(fresh):
    def request(query, accept):
        body = json.dumps({"query": query}).encode()
        head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    with socket.create_connection(("127.0.0.1", fresh.gateway.port), WAIT) as connection:
        # Both at once: the second waits for the end of the first.
        connection.sendall(request("{ a: __typename }", "text/event-stream") + request("{ b: __typename }", "application/json"))
        received = b""
        while b'{"data":{"b":' not in received:
            chunk = connection.recv(65536)
            assert chunk, received
            received += chunk
    assert received.index(b"event: complete") < received.index(b"0\r\n\r\nHTTP/1.1 200")
    assert received.count(b"HTTP/1.1 200 OK") == 2


MULTIPART = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'


def parts(client):
    """The JSON of each part that is whole; parts that only say that the stream lives are left out."""
    while True:
        line = client.line()
        if re.fullmatch("-----", line):
            return
        if line.startswith("{") and line != "{}":
            yield json.loads(line)


# -- clients that others wrote ----------------------------------------------------------


def transports(gateway, **more):
    url = f"ws://127.0.0.1:{gateway.port}/v1/graphql"
    for subprotocol in BOTH:
        yield WebsocketsTransport(url=url, subprotocols=[subprotocol], **more)
        yield AIOHTTPWebsocketsTransport(url=url, subprotocols=[subprotocol], **more)


def test_gql_keeps_itself_alive_with_pings(fresh):
    async def run():
        transport = next(transports(fresh.gateway, ping_interval=0.2, pong_timeout=2))
        async with Client(transport=transport) as session:
            # Without an answer to each of its pings it would have gone.
            await asyncio.sleep(4)
            assert (await session.execute(gql("{ __typename }"))) == {"__typename": "query_root"}

    asyncio.run(asyncio.wait_for(run(), 20))


def test_gql_is_refused(fresh):
    async def run():
        for transport in transports(fresh.gateway, init_payload={"headers": {"Authorization": "Bearer nonsense"}}):
            with pytest.raises(Exception) as refused:
                async with Client(transport=transport):
                    pass
            assert isinstance(refused.value, TransportConnectionFailed) or "JWT" in str(refused.value), refused.value

    asyncio.run(asyncio.wait_for(run(), 20))


# -- the server changes, and ends -------------------------------------------------------


def test_connections_end_with_the_key_that_opened_them(tmp_path):
    project = SmallProject(tmp_path, {"notes": EVERYTHING})
    small = SmallGateway(project)
    try:
        with (
            GraphQLSocket(small.gateway).init(headers(credentials(ONE))) as user,
            GraphQLSocket(small.gateway).init(headers(credentials(ADMIN))) as admin,
            GraphQLSocket(small.gateway).init() as anonymous,
        ):
            text = project.config.read_text(encoding="utf-8")
            assert "env:PERIGEE_JWT_SECRET" in text
            project.config.write_text(text.replace("env:PERIGEE_JWT_SECRET", "env:PERIGEE_PROJECT_KEY"), encoding="utf-8")
            end = time.monotonic() + 20
            while small.gateway.post('{"query":"{ __typename }"}', credentials(ONE)).json.get("data"):
                assert time.monotonic() < end
                time.sleep(0.05)
            for client in (user, admin, anonymous):
                client.begin("{ __typename }")
            assert user.closing()[0] == 4403
            for client in (admin, anonymous):
                assert client.next() == {"data": {"__typename": "query_root"}}
                assert client.receive()["type"] == "complete"
                client.silence()
    finally:
        assert small.gateway.stop() == 0


def test_a_server_that_ends_says_so(tmp_path):
    small = SmallGateway(SmallProject(tmp_path, {"notes": EVERYTHING}))
    with (
        GraphQLSocket(small.gateway).init() as transport,
        GraphQLSocket(small.gateway, LEGACY).init() as legacy,
        Curl(small.gateway, query=ALL) as events,
        Curl(small.gateway, query=ALL, accept=MULTIPART) as multipart,
    ):
        for client in (transport, legacy):
            client.begin(ALL)
            assert client.next() == FIRST
        assert events.head()[0] == multipart.head()[0] == 200
        assert events.result() == FIRST
        parted = parts(multipart)
        assert next(parted) == {"payload": FIRST}
        small.gateway.process.send_signal(signal.SIGTERM)
        assert transport.closing()[0] == legacy.closing()[0] == 1001
        # An event stream that is not complete is asked for again.
        assert b"complete" not in events.rest()
        assert events.process.wait(WAIT) == 0
        [last] = list(parted)
        assert last["payload"] is None
        assert last["errors"][0]["extensions"]["code"] == "unavailable"
    assert small.gateway.process.wait(WAIT) == 0, small.gateway.output()


def test_a_page_of_another_origin_is_not_let_in(fresh):
    with pytest.raises(InvalidStatus) as refused:
        GraphQLSocket(fresh.gateway, origin="https://evil.example")
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["errors"][0]["extensions"]["code"] == "access-denied"
    with GraphQLSocket(fresh.gateway, origin=f"http://127.0.0.1:{fresh.gateway.port}").init():
        pass
