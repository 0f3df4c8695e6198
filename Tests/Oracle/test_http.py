"""HTTP/1.1 as a client may lawfully speak it: kept, pipelined, chunked and split connections."""

import json
import signal
import socket
import urllib.parse

import pytest
from gateway import STOP_DEADLINE, Gateway
from wire import HEALTHY, chunked, request, responses


@pytest.fixture
def gateway(gateways):
    return gateways("spaceflight")


def numbered(number):
    return {"query": f"{{ a{number}: missions(limit: 1) {{ id }} }}"}


def keys(answers):
    return [list(answer.json["data"])[0] for answer in answers]


def exchange(gateway, *pieces, until=None):
    """Sends pieces one by one over one connection; reads to its end, or until `until` responses."""
    received = b""
    with socket.create_connection(("127.0.0.1", gateway.port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        while chunk := connection.recv(65536):
            received += chunk
            if until is not None and count(received) >= until:
                break
    return responses(received)


def count(received):
    try:
        return len(responses(received))
    except AssertionError:
        return 0


def test_pipelined_requests_are_answered_in_order(gateway):
    answers = exchange(gateway, b"".join(request(numbered(n)) for n in range(60)), until=60)
    assert keys(answers) == [f"a{n}" for n in range(60)]


def test_a_failing_request_in_a_pipeline_leaves_its_neighbours(gateway):
    bodies = [numbered(1), {"query": "{ nope { id } }"}, numbered(3)]
    first, second, third = exchange(gateway, b"".join(map(request, bodies)), until=3)
    assert keys([first, third]) == ["a1", "a3"]
    assert second.json["errors"]


def test_a_pipeline_cut_anywhere_is_the_same_pipeline(gateway):
    whole = request(numbered(1)) + request(numbered(2), [("Connection", "close")])
    for cut in range(1, len(whole), 7):
        assert keys(exchange(gateway, whole[:cut], whole[cut:])) == ["a1", "a2"]


def test_a_request_byte_by_byte(gateway):
    whole = request(numbered(1), [("Connection", "close")])
    assert keys(exchange(gateway, *(whole[i : i + 1] for i in range(len(whole))))) == ["a1"]


@pytest.mark.parametrize("sizes", [[1], [2, 3], [1000]])
@pytest.mark.parametrize("extension", [b"", b";name=value", b';quoted="a;b"'])
def test_chunked_bodies(gateway, sizes, extension):
    body = chunked(json.dumps(numbered(1)).encode(), sizes, extension, b"X-Trailer: yes\r\n")
    head = request(b"", [("Transfer-Encoding", "chunked")], length=False)
    close = request(numbered(2), [("Connection", "close")])
    assert keys(exchange(gateway, head + body + close)) == ["a1", "a2"]


def test_expect_continue_is_answered_before_the_body(gateway):
    body = json.dumps(numbered(1)).encode()
    head = request(b"", [("Expect", "100-continue"), ("Content-Length", len(body)), ("Connection", "close")], length=False)
    with socket.create_connection(("127.0.0.1", gateway.port), 10) as connection:
        connection.sendall(head)
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert keys(responses(received)) == ["a1"]


def test_one_connection_serves_many_requests(gateway):
    for number in range(300):
        answer = gateway.post(json.dumps(numbered(number)))
        assert answer.status == 200
        assert list(answer.json["data"]) == [f"a{number}"]


def test_old_clients_are_answered_and_let_go(gateway):
    whole = request(numbered(1)).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    assert keys(exchange(gateway, whole)) == ["a1"]


def test_the_body_may_lead_or_follow_any_header_case(gateway):
    whole = request(numbered(1), [("CONNECTION", "Close")]).replace(b"Content-Length", b"content-LENGTH")
    assert keys(exchange(gateway, whole)) == ["a1"]


@pytest.mark.parametrize("path", ["/v1/graphql", "/graphql"])
def test_get_answers_queries(gateway, path):
    target = f"{path}?{urllib.parse.urlencode({'query': HEALTHY})}"
    (answer,) = exchange(gateway, request(b"", [("Connection", "close")], "GET", target))
    assert answer.status == 200
    assert answer.json["data"]["missions"]


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/v1/graphql", 405),
    ],
)
def test_routes(gateway, method, target, status):
    (answer,) = exchange(gateway, request(b"", [("Connection", "close")], method, target))
    assert answer.status == status


def test_the_page_loads_nothing_from_elsewhere(gateway):
    (answer,) = exchange(gateway, request(b"", [("Connection", "close")], "GET", "/"))
    assert answer.headers["content-type"].startswith("text/html")
    for mark in (b"src=\"http", b"href=\"http", b"src=\"//", b"href=\"//", b"@import"):
        assert mark not in answer.body


def test_errors_are_client_errors_under_the_graphql_media_type(gateway):
    accept = {"Accept": "application/graphql-response+json"}
    answer = gateway.post(json.dumps({"query": "{ nope { id } }"}), accept)
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("application/graphql-response+json")
    assert gateway.post(json.dumps({"query": HEALTHY}), accept).status == 200


def test_sigterm_finishes_the_request_that_is_under_way(fresh_project):
    body = json.dumps(numbered(1)).encode()
    head = request(b"", [("Content-Length", len(body))], length=False)
    with Gateway(fresh_project) as gateway:
        with socket.create_connection(("127.0.0.1", gateway.port), 10) as connection:
            # Answered once, so the connection is known to be in the gateway's hands.
            connection.sendall(request(numbered(0)) + head + body[:10])
            received = connection.recv(65536)
            gateway.process.send_signal(signal.SIGTERM)
            connection.sendall(body[10:])
            while chunk := connection.recv(65536):
                received += chunk
        assert keys(responses(received)) == ["a0", "a1"]
        assert gateway.process.wait(STOP_DEADLINE) == 0
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", gateway.port), 1).close()
