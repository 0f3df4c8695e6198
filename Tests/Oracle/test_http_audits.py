"""The public GraphQL-over-HTTP audits, replayed from their data over sockets. `PERIGEE_SHARED` says where the data lies;
without it they are looked for in `../shared` beside the repository, and their absence is said aloud."""

import http.client
import json
import os
import urllib.parse
from pathlib import Path

import pytest
from gateway import ROOT

SHARED = Path(os.environ.get("PERIGEE_SHARED", ROOT.parent / "shared"))
FILE = SHARED / "graphql-cases" / "http-audits.json"
AUDITS = json.loads(FILE.read_text(encoding="utf-8"))["cases"] if FILE.exists() else []


@pytest.fixture
def endpoint(gateways):
    """A gateway whose schema may be read, which some audits do."""
    return gateways("spaceflight")


class Response:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


def send(gateway, request):
    url = urllib.parse.urlsplit(request["target"].replace("{url}", gateway.url))
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    try:
        body = request.get("body")
        target = url.path + (f"?{url.query}" if url.query else "")
        connection.request(
            request["method"], target, None if body is None else body.encode(), request["headers"]
        )
        return Response(connection.getresponse())
    finally:
        connection.close()


def holds(assertion, response):
    """Whether one assertion of the data's own small language is true of a response."""
    name, *operands = assertion
    what, _, key = name.partition(":")
    match (what, operands):
        case ("status is", [code]):
            return response.status == code
        case ("status between", [low, high]):
            return low <= response.status <= high
        case ("status in ranges", [ranges]):
            return any(low <= response.status <= high for low, high in ranges)
        case ("header contains", [text]):
            return text in response.headers.get(key, "")
        case ("header lacks", [text]):
            return text not in response.headers.get(key, "")
        case ("body has", [member]):
            return member in response.json()
        case ("body lacks", [member]):
            return member not in response.json()
        case ("body.data is", ["(absent)"]):
            return "data" not in response.json()
    raise ValueError(f"an assertion nobody knows: {assertion}")


def failures(gateway, audit):
    """The assertions of an audit that do not hold, with what came instead."""
    response = None
    for request in audit["requests"]:
        response = send(gateway, request)
    return [
        f"{audit['id']} {audit['name']}: {assertion}, but {response.status} {response.headers} {response.body[:200]!r}"
        for assertion in audit["assert"]
        if not holds(assertion, response)
    ]


def test_every_audit_passes(endpoint, capsys):
    if not AUDITS:
        with capsys.disabled():
            print(f"conformance http-audits.json: SKIPPED, no such file in {FILE.parent}")
        pytest.skip(f"no {FILE}")
    wrong = {audit["id"]: found for audit in AUDITS if (found := failures(endpoint, audit))}
    by_level = {}
    for audit in AUDITS:
        passed, all_of_it = by_level.get(audit["level"], (0, 0))
        by_level[audit["level"]] = (passed + (audit["id"] not in wrong), all_of_it + 1)
    levels = ", ".join(f"{level} {passed}/{count}" for level, (passed, count) in sorted(by_level.items()))
    with capsys.disabled():
        print(
            f"\nconformance http-audits.json: {len(AUDITS) - len(wrong)} pass, {len(wrong)} fail, 0 not applicable ({levels})"
        )
    assert not wrong, "\n".join(line for lines in wrong.values() for line in lines)


@pytest.mark.skipif(not AUDITS, reason=f"no {FILE}")
def test_the_audits_are_all_there():
    assert len(AUDITS) == 61
    assert sum(audit["level"] == "MUST" for audit in AUDITS) == 13
    assert all(audit["requests"] and audit["assert"] for audit in AUDITS)


class Given:
    """A response as it might come."""

    def __init__(self, status, content_type, body):
        self.status = status
        self.headers = {"content-type": content_type}
        self.body = body

    def json(self):
        return json.loads(self.body)


@pytest.mark.parametrize(
    ("assertion", "passing", "failing"),
    [
        (["status is", 200], Given(200, "", b""), Given(400, "", b"")),
        (["status between", 400, 499], Given(499, "", b""), Given(500, "", b"")),
        (["status in ranges", [[200, 299], [400, 499]]], Given(400, "", b""), Given(302, "", b"")),
        (["header contains:content-type", "json"], Given(200, "application/json", b""), Given(200, "text/html", b"")),
        (["header lacks:content-type", "json"], Given(200, "text/html", b""), Given(200, "application/json", b"")),
        (["body has", "data"], Given(200, "", b'{"data":{}}'), Given(200, "", b'{"errors":[]}')),
        (["body lacks", "errors"], Given(200, "", b'{"data":{}}'), Given(200, "", b'{"errors":[]}')),
        (["body.data is", "(absent)"], Given(200, "", b'{"errors":[]}'), Given(200, "", b'{"data":null}')),
    ],
)
def test_an_assertion_can_fail(assertion, passing, failing):
    assert holds(assertion, passing)
    assert not holds(assertion, failing)


def test_an_assertion_that_nobody_knows_is_not_passed_over():
    with pytest.raises(ValueError, match="nobody knows"):
        holds(["body is", 1], Given(200, "", b"{}"))
