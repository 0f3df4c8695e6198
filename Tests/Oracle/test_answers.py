"""What is added to answers, whatever they say: headers for browsers, compression, times, and a line in the access log."""

import gzip
import json
import os
import re
import socket
import subprocess
import time
import zlib

import pytest
from gateway import ADMIN_SECRET, Gateway, Project, credentials

SHORT = '{"query":"{ missions_by_pk(id: 1) { name } }"}'
LONG = '{"query":"query All { missions(order_by: {id: asc}) { id name notes(order_by: {id: asc}) { title } } }"}'
APP = "https://app.example.org"


def start(tmp_path, settings, *, cookie=False):
    project = Project("spaceflight", tmp_path / "project")
    project.replace_in_config("server:\n", f"server:\n{settings}")
    if cookie:
        project.replace_in_config("auth:\n", "auth:\n  cookie: session\n")
    return Gateway(project)


def wait_for(condition, what):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def preflight(gateway, origin, path="/v1/graphql"):
    lines = [f"OPTIONS {path} HTTP/1.1", "Host: x", "Access-Control-Request-Method: POST", "Connection: close"]
    if origin:
        lines.append(f"Origin: {origin}")
    return gateway.raw("\r\n".join([*lines, "", ""]).encode()).decode()


# --- Pages of other origins


def test_pages_of_named_origins_may_read(tmp_path):
    settings = (
        f"  cors: {{ origins: [{APP}, 'http://localhost:3000'], credentials: true, maxAge: 1h,"
        " headers: X-Client, exposed: Server-Timing }\n"
    )
    with start(tmp_path, settings) as gateway:
        for origin in (APP, "http://localhost:3000"):
            answer = preflight(gateway, origin)
            assert answer.startswith("HTTP/1.1 204 "), answer
            assert f"Access-Control-Allow-Origin: {origin}\r\n" in answer
            assert "Access-Control-Allow-Credentials: true\r\n" in answer
            assert "Access-Control-Allow-Methods: GET, POST\r\n" in answer
            assert re.search(r"Access-Control-Allow-Headers: .*Authorization, Content-Type.*X-Client\r\n", answer)
            assert "Access-Control-Max-Age: 3600\r\n" in answer
            assert "Vary: Origin\r\n" in answer
            assert answer.count("Access-Control-Allow-Origin") == 1
            answer = gateway.post(SHORT, {"Origin": origin})
            assert answer.headers["Access-Control-Allow-Origin"] == origin
            assert answer.headers["Access-Control-Allow-Credentials"] == "true"
            assert answer.headers["Access-Control-Expose-Headers"] == "Server-Timing"
            assert answer.headers["Vary"] == "Origin"
            assert answer.json["data"]
        # Errors too: the page shall read what is wrong.
        answer = gateway.post("{", {"Origin": APP})
        assert answer.status == 400
        assert answer.headers["Access-Control-Allow-Origin"] == APP


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.org", "http://app.example.org", f"{APP}:8443", f"{APP}.evil.test", "https://xapp.example.org",
        "null", "*", f"{APP}/", f"{APP} {APP}", None,
    ],
)  # fmt: skip
def test_pages_of_other_origins_may_not(named_origins, origin):
    answer = preflight(named_origins, origin)
    assert "Access-Control" not in answer, answer
    assert "Vary: Origin\r\n" in answer
    headers = {"Origin": origin} if origin else {}
    answer = named_origins.post(SHORT, headers)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"
    assert answer.json["data"], "an origin is no credential: the answer itself is the same"


@pytest.fixture(scope="module")
def named_origins(tmp_path_factory):
    with start(tmp_path_factory.mktemp("named"), f"  cors: {{ origins: {APP} }}\n") as gateway:
        yield gateway


def test_two_origins_are_none(named_origins):
    request = (
        f"POST /v1/graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nOrigin: {APP}\r\nOrigin: {APP}\r\n"
        f"Content-Length: {len(SHORT)}\r\nConnection: close\r\n\r\n{SHORT}"
    )
    answer = named_origins.raw(request.encode())
    assert b"200 OK" in answer
    assert b"Access-Control" not in answer


def test_every_origin_without_credentials(tmp_path):
    with start(tmp_path, "  cors: { origins: '*' }\n") as gateway:
        answer = preflight(gateway, "https://anyone.test")
        assert "Access-Control-Allow-Origin: *\r\n" in answer
        assert "Credentials" not in answer
        assert "Vary" not in answer
        answer = gateway.post(SHORT, {"Origin": "https://anyone.test"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Origin" not in gateway.post(SHORT).headers


def test_without_the_section_there_is_no_such_header(gateways):
    gateway = gateways("spaceflight")
    assert "HTTP/1.1 405" in preflight(gateway, APP)
    answer = gateway.post(SHORT, {"Origin": APP})
    assert not [name for name in answer.headers if name.startswith("Access-Control") or name == "Vary"]


def test_origins_change_without_a_restart(tmp_path):
    with start(tmp_path, f"  cors: {{ origins: {APP} }}\n") as gateway:
        gateway.project.replace_in_config(f"origins: {APP}", "origins: https://next.example.org")
        wait_for(lambda: "https://next" in preflight(gateway, "https://next.example.org"), "another origin")
        assert "Access-Control" not in preflight(gateway, APP)
        gateway.project.replace_in_config("  cors: { origins: https://next.example.org }\n", "")
        wait_for(lambda: "Vary" not in preflight(gateway, APP), "no origin at all")


# --- Compression


@pytest.fixture(scope="module")
def compressed(tmp_path_factory):
    with start(tmp_path_factory.mktemp("compressed"), "  compression: {}\n") as gateway:
        yield gateway


def unpacked(answer):
    coding = answer.headers["Content-Encoding"]
    if coding == "gzip":
        return gzip.decompress(answer.body)
    if coding == "deflate":
        return zlib.decompress(answer.body)
    assert coding is None
    return answer.body


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"), ("deflate", "deflate"), ("gzip, deflate, br", "gzip"), ("deflate;q=1, gzip;q=0.5", "deflate"),
        ("br", None), ("gzip;q=0", None), ("identity", None), ("identity;q=1, gzip;q=0.1", None), ("*", "gzip"), ("", None),
    ],
)  # fmt: skip
def test_long_answers_are_packed_as_the_client_likes(compressed, accepted, coding):
    plain = compressed.post(LONG)
    assert plain.headers["Content-Encoding"] is None
    answer = compressed.post(LONG, {"Accept-Encoding": accepted})
    assert answer.headers["Content-Encoding"] == coding
    assert unpacked(answer) == plain.body
    assert plain.headers["Vary"] == answer.headers["Vary"] == "Accept-Encoding"
    if coding:
        assert len(answer.body) < len(plain.body) / 2


def test_short_answers_go_as_they_are(compressed):
    answer = compressed.post(SHORT, {"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] is None
    assert answer.headers["Vary"] is None
    assert answer.json["data"]


def test_the_console_is_packed_too(compressed):
    answer = compressed.raw(b"GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
    head, body = answer.split(b"\r\n\r\n", 1)
    assert b"Content-Encoding: gzip" in head
    assert b"<html" in gzip.decompress(body)
    head = compressed.raw(b"HEAD / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert head.endswith(b"\r\n\r\n")


def test_curl_unpacks_it(compressed):
    command = ["curl", "-sS", "--compressed", compressed.url, "-H", "Content-Type: application/json", "--data-binary", LONG]
    result = subprocess.run(command, capture_output=True, timeout=20, check=True)
    assert json.loads(result.stdout) == compressed.post(LONG).json


def test_bounds_are_kept(tmp_path):
    with start(tmp_path, "  compression: { threshold: 128, maximum: 2048, level: 9 }\n") as gateway:
        assert len(gateway.post(LONG).body) > 2048
        assert gateway.post(LONG, {"Accept-Encoding": "gzip"}).headers["Content-Encoding"] is None
        query = json.dumps({"query": "{ missions(limit: 8, order_by: {id: asc}) { id name } }"})
        plain = gateway.post(query)
        assert 128 < len(plain.body) < 1024
        answer = gateway.post(query, {"Accept-Encoding": "gzip"})
        assert unpacked(answer) == plain.body
        assert len(answer.body) < len(plain.body)


def test_without_the_section_nothing_is_packed(gateways):
    answer = gateways("spaceflight").post(LONG, {"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] is None
    assert answer.headers["Vary"] is None


def test_answers_to_requests_with_cookies_are_not_packed(tmp_path):
    with start(tmp_path, "  compression: {}\n", cookie=True) as gateway:
        token = credentials({"id": 2, "role": "member"})["Authorization"]
        answer = gateway.post(LONG, {"Accept-Encoding": "gzip", "Cookie": f"session={token.removeprefix('Bearer ')}"})
        assert answer.json["data"]
        assert answer.headers["Content-Encoding"] is None
        assert answer.headers["Vary"] == "Accept-Encoding"
        answer = gateway.post(LONG, {"Accept-Encoding": "gzip", "Authorization": token})
        assert answer.headers["Content-Encoding"] == "gzip"


def test_vary_names_both(tmp_path):
    with start(tmp_path, f"  compression: {{}}\n  cors: {{ origins: {APP} }}\n") as gateway:
        answer = gateway.post(LONG, {"Accept-Encoding": "gzip", "Origin": APP})
        assert answer.headers["Vary"] == "Origin, Accept-Encoding"
        assert answer.headers["Access-Control-Allow-Origin"] == APP
        assert unpacked(answer)


# --- Times, and how long connections are kept


def test_times_of_stages(tmp_path, gateways):
    with start(tmp_path, "  serverTiming: true\n") as gateway:
        for body, caller in ((SHORT, None), (LONG, {"id": 2, "role": "member"}), (LONG, {"id": 3, "role": "member"})):
            value = gateway.post(body, credentials(caller)).headers["Server-Timing"]
            stages = dict(re.findall(r"(\w+);dur=(\d+\.\d{3})", value))
            assert list(stages) == ["read", "plan", "execute", "total"], value
            parts = [float(time) for time in stages.values()]
            assert abs(sum(parts[:3]) - parts[3]) < 0.01
            assert 0 < parts[3] < 5000
        assert gateway.post("{").headers["Server-Timing"].startswith("total;dur=")
    assert gateways("spaceflight").post(SHORT).headers["Server-Timing"] is None


def test_kept_connections_say_how_long(gateways):
    gateway = gateways("spaceflight")
    answer = gateway.post(SHORT)
    assert answer.headers["Connection"] == "keep-alive"
    assert answer.headers["Keep-Alive"] == "timeout=75"
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.headers["Date"])
    closing = gateway.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"Connection: close" in closing
    assert b"Keep-Alive" not in closing
    old = gateway.raw(b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert b"Connection: keep-alive\r\nKeep-Alive: timeout=75" in old


# --- The access log


def lines(gateway, count):
    file = gateway.project.directory / "access.jsonl"
    wait_for(lambda: file.exists() and file.read_text().count("\n") >= count, f"{count} lines of the access log")
    found = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(found) == count
    return found


def test_a_line_for_each_answer(tmp_path):
    with start(tmp_path, "  accessLog: { file: access.jsonl }\n") as gateway:
        secret = "do-not-log-me"
        query = f'query Feed($x: String) {{ missions(where: {{name: {{_neq: $x}}}}, limit: 1) {{ id }} }}#{secret}'
        body = json.dumps({"query": query, "operationName": "Feed", "variables": {"x": secret}})
        answers = [
            gateway.post(body),
            gateway.post(body, credentials({"id": 2, "role": "member", "note": secret})),
            gateway.post(body, {"X-Perigee-Admin-Secret": ADMIN_SECRET}),
            gateway.post(body, {"Authorization": f"Bearer {secret}"}),
            gateway.post(f"[{body},{body}]"),
            gateway.post(json.dumps({"query": "{ nothing }"})),
            gateway.post("{"),
        ]
        gateway.raw(f"GET /v1/graphql?query=%7Bmissions%7Bid%7D%7D&{secret} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        gateway.raw(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        gateway.raw(b"NONSENSE\r\n\r\n")
        found = lines(gateway, 10)
        assert [line["status"] for line in found] == [answer.status for answer in answers] + [200, 200, 400]
        assert [line.get("caller") for line in found] == [
            "anonymous", "user", "admin", "unverified", "anonymous", "anonymous", None, "anonymous", None, None,
        ]  # fmt: skip
        assert [line.get("operation") for line in found] == ["Feed"] * 3 + [None] * 7
        document = found[0]["document"]
        assert re.fullmatch("[0-9a-f]{64}", document)
        assert [line.get("document") == document for line in found[:4]] == [True, True, True, False]
        assert found[4]["batch"] == 2
        assert found[5]["document"] != document
        assert [line.get("method") for line in found[7:]] == ["GET", "HEAD", None]
        assert [line.get("path") for line in found[6:]] == ["/v1/graphql", "/v1/graphql", "/healthz", None]
        assert [line["bytes"] for line in found[:7]] == [len(answer.body) for answer in answers]
        assert found[8]["bytes"] == 0
        assert all(0 < line["duration"] < 5000 for line in found[:9])
        text = (gateway.project.directory / "access.jsonl").read_text()
        assert secret not in text
        assert os.stat(gateway.project.directory / "access.jsonl").st_mode & 0o777 == 0o600


def test_lines_come_in_the_order_of_answers_and_none_is_lost(tmp_path):
    with start(tmp_path, "  accessLog: { file: access.jsonl }\n") as gateway:
        request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        with socket.create_connection(("127.0.0.1", gateway.port), 10) as connection:
            connection.sendall(request * 2000)
            received = b""
            while received.count(b"HTTP/1.1 200") < 2000:
                received += connection.recv(1 << 20)
        lines(gateway, 2000)
        assert gateway.stop() == 0
        times = [json.loads(line)["time"] for line in (gateway.project.directory / "access.jsonl").read_text().splitlines()]
        assert times == sorted(times)


def test_a_log_that_cannot_be_opened_stops_the_start(tmp_path):
    with pytest.raises(AssertionError, match="the access log .* cannot be opened"):
        start(tmp_path, "  accessLog: { file: no/such/folder/access.jsonl }\n")
