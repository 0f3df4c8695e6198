"""Rules that ask somebody, and credentials in cookies, over real sockets and over both databases.

What a webhook is told and what its answer means; rules that ask another source; what an open subscription shows when a verdict
changes.
"""

import contextlib
import http.server
import json
import sqlite3
import threading
import time

import pytest
import yaml
from gateway import ADMIN, credentials
from postgres import DATABASES
from regressions import (
    ALLOW,
    AUTHENTICATED,
    OWN,
    SmallDatabase,
    SmallFile,
    SmallGateway,
    SmallProject,
    check,
    claims,
    every,
    some,
)
from sockets import LEGACY, TRANSPORT, GraphQLSocket, headers
from websockets.exceptions import InvalidStatus

ONE, TWO = claims(1), claims(2)
ALL = "{ notes(order_by: {id: asc}) { id } }"
LOCAL = {"allow": ["127.0.0.0/8"]}


class Service:
    """Answers what `answer` says, and keeps what it was asked."""

    def __init__(self):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.asked.append((self.path, dict(self.headers), json.loads(body)))
                time.sleep(service.delay)
                status, answer = service.answer
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.answer, self.delay, self.asked = (200, b""), 0, []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def rule(self, path="/may", **more):
        return {"rule": "webhook", "url": f"http://127.0.0.1:{self.server.server_port}{path}"} | more

    def heard(self):
        asked, self.asked = self.asked, []
        return asked

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def service():
    service = Service()
    yield service
    service.close()


@pytest.fixture(params=DATABASES)
def make_database(request):
    if request.param == "sqlite":
        return SmallFile
    cluster = request.getfixturevalue("cluster")
    return lambda directory, sql: SmallDatabase(cluster, sql, "auto")


@pytest.fixture
def start(tmp_path, make_database):
    running = []

    def start(rules, configure=lambda configuration: None, **more):
        rules = rules if "notes" in rules else {"notes": rules}
        folder = tmp_path / f"project{len(running)}"
        project = SmallProject(folder, rules, make_database=make_database, outbound=LOCAL, **more)
        configuration = yaml.safe_load(project.config.read_text(encoding="utf-8"))
        configure(configuration)
        project.config.write_text(yaml.safe_dump(configuration), encoding="utf-8")
        running.append(SmallGateway(project))
        return running[-1]

    yield start
    for small in running:
        assert small.gateway.stop() == 0, small.gateway.output()


@pytest.fixture
def other(tmp_path, make_database):
    """A second source with members, and what adds it to a configuration."""

    class Other:
        def __init__(self):
            folder = tmp_path / "other"
            folder.mkdir()
            sql = "CREATE TABLE members (id INTEGER PRIMARY KEY, person BIGINT, role TEXT); INSERT INTO members VALUES (1, 1, 'x'), (2, 2, 'y');"
            self.stored = make_database(folder, sql)

        def configure(self, configuration):
            url = "sqlite:../other/data.db" if self.stored.kind == "sqlite" else self.stored.url
            configuration["sources"]["other"] = {"kind": self.stored.kind, "url": url, "prefix": "other_"}

    return Other()


def ids(answer):
    return [row["id"] for row in answer["notes"]]


# -- webhooks ------------------------------------------------------------------------------


def test_a_webhook_is_told_who_asks_for_what(start, service):
    forced = {"rule": "force", "field": "args.doc.owner", "value": "args.auth.id"}
    stripped = {"rule": "remove", "fields": ["args.doc.secret"]}
    small = start(
        {
            "read": service.rule("/read", forward=["x-tenant"]),
            "create": every(AUTHENTICATED, forced, stripped, service.rule("/create")),
            "update": every(AUTHENTICATED, check(), service.rule("/update")),
            "delete": service.rule("/delete"),
        }
    )
    body = json.dumps({"query": ALL})
    answer = small.gateway.post(body, credentials(ONE) | {"X-Tenant": "north", "X-Other": "kept"})
    assert ids(answer.json["data"]) == [1, 2, 3]
    ((path, told, question),) = service.heard()
    assert (path, told["x-tenant"]) == ("/read", "north")
    assert "x-other" not in {name.lower() for name in told} and "authorization" not in {name.lower() for name in told}
    assert question == {"op": "read", "auth": question["auth"], "doc": None, "params": None}
    assert (question["auth"]["id"], question["auth"]["role"]) == (1, "user")
    insert = 'mutation { insert_notes(objects: [{id: 7, title: "t", secret: "s"}, {id: 8, title: "u"}]) { affected_rows } }'
    assert small.data(insert, ONE)["insert_notes"] == {"affected_rows": 2}
    ((path, _, question),) = service.heard()
    assert (path, question["op"]) == ("/create", "create")
    assert question["doc"] == [{"id": 7, "title": "t", "owner": 1}, {"id": 8, "title": "u", "owner": 1}]
    small.data('mutation { update_notes(where: {id: {_eq: 7}}, _set: {title: "v"}, _inc: {stars: 1}) { affected_rows } }', ONE)
    asked = {path: question for path, _, question in service.heard()}
    assert asked["/update"]["doc"] == [{"title": "v", "_inc": {"stars": 1}}]
    small.data("mutation { delete_notes(where: {id: {_eq: 7}}) { affected_rows } }")
    asked = {path: question for path, _, question in service.heard()}
    assert (asked["/delete"]["doc"], asked["/delete"]["auth"]) == (None, None)
    assert small.project.rows("SELECT id FROM notes ORDER BY id") == [(1,), (2,), (3,), (8,)]


def test_what_a_webhook_forbids_is_not_written(start, service):
    small = start({"read": ALLOW, "create": service.rule(), "update": every(service.rule(), check()), "delete": service.rule()})
    writes = [
        'mutation { insert_notes_one(object: {id: 9, title: "t"}) { id } }',
        'mutation { insert_notes_one(object: {id: 1, title: "t"}, on_conflict: {constraint: notes_pkey, update_columns: [title]}) { id } }',
        'mutation { update_notes(where: {}, all: true, _set: {title: "t"}) { affected_rows } }',
        "mutation { delete_notes_by_pk(id: 1) { id } }",
    ]
    before = small.project.rows()
    for service.answer, code in (((403, b""), "access-denied"), ((200, b'{"allow": false}'), "access-denied"), ((500, b""), "unavailable")):
        for write in writes:
            assert small.code(write, ONE) == code, write
            # Whoever is admin asks nobody.
    assert small.project.rows() == before
    service.heard()
    small.data(writes[0], ADMIN)
    assert service.heard() == []


def test_a_webhook_that_takes_too_long_admits_nobody(start, service):
    small = start({"read": some(service.rule(timeout="200ms"), OWN)})
    assert ids(small.data(ALL, ONE)) == [1, 2, 3]
    service.delay = 1
    began = time.monotonic()
    assert small.code(ALL, ONE) == "unavailable"
    assert time.monotonic() - began < 0.9


def test_verdicts_are_kept_for_the_same_question_alone(start, service):
    small = start({"read": service.rule(cache="1m")})
    for _ in range(3):
        small.data(ALL, ONE)
    assert len(service.heard()) == 1
    small.data(ALL, TWO)
    assert len(service.heard()) == 1
    service.answer = (403, b"")
    # What was said stays, and what is asked anew is answered anew.
    small.data(ALL, ONE)
    assert small.code(ALL, claims(3)) == "access-denied"
    assert len(service.heard()) == 1


# -- rules that ask another source -----------------------------------------------------------


def test_a_rule_asks_another_source(start, other):
    member = {"rule": "query", "collection": "other.members", "where": {"person": {"_eq": "args.auth.id"}}}
    small = start(
        {"notes": {"read": some(OWN, member), "create": every(AUTHENTICATED, member), "update": every(OWN, check()), "delete": OWN}},
        configure=other.configure,
    )
    insert = 'mutation {{ insert_notes_one(object: {{id: {}, owner: 5, title: "t"}}) {{ id }} }}'
    assert ids(small.data(ALL, ONE)) == [1, 2, 3]
    assert ids(small.data(ALL, claims(3))) == []
    small.data(insert.format(10), ONE)
    assert small.code(insert.format(11), claims(3)) == "access-denied"
    # Who is a member is asked each time.
    if other.stored.kind == "sqlite":
        with contextlib.closing(sqlite3.connect(other.stored.path)) as connection:
            connection.execute("DELETE FROM members WHERE person = 1")
            connection.commit()
    else:
        other.stored.cluster.run("DELETE FROM members WHERE person = 1", other.stored.name)
    assert ids(small.data(ALL, ONE)) == [1]
    assert small.code(insert.format(12), ONE) == "access-denied"
    assert small.project.rows("SELECT id FROM notes WHERE id > 9") == [(10,)]


# -- subscriptions -------------------------------------------------------------------------------

LIVE = "subscription { notes(order_by: {id: asc}) { id stars } }"
STAR = "mutation { update_notes(where: {id: {_eq: 1}}, _inc: {stars: 1}) { affected_rows } }"


def shown(client):
    answer = client.next()
    assert "errors" not in answer, answer
    return [row["id"] for row in answer["data"]["notes"]]


@pytest.mark.parametrize("subprotocol", [TRANSPORT, LEGACY])
def test_a_verdict_that_turns_against_a_subscriber_ends_the_subscription(start, service, subprotocol):
    small = start({"read": service.rule(), "update": every(ALLOW, check())})
    with GraphQLSocket(small.gateway, subprotocol).init(headers(credentials(ONE))) as client:
        client.begin(LIVE)
        assert shown(client) == [1, 2, 3]
        small.data(STAR, ADMIN)
        assert shown(client) == [1, 2, 3]
        service.answer = (403, b"")
        small.data(STAR, ADMIN)
        assert [error["extensions"]["code"] for error in client.errors()] == ["access-denied"]
        # It is over: nothing follows, and a new one is refused until the answer is another.
        service.answer = (200, b"")
        small.data(STAR, ADMIN)
        client.silence()
        client.begin(LIVE, id="2")
        assert client.next("2")["data"]["notes"][0]["id"] == 1


def test_a_verdict_among_other_conditions_changes_what_is_shown(start, service):
    small = start({"read": some(OWN, service.rule()), "update": every(ALLOW, check())})
    with GraphQLSocket(small.gateway).init(headers(credentials(ONE))) as client:
        client.begin(LIVE)
        assert shown(client) == [1, 2, 3]
        for answer, expected in (((403, b""), [1]), ((200, b""), [1, 2, 3]), ((200, b'{"allow": false}'), [1])):
            service.answer = answer
            small.data(STAR, ADMIN)
            assert shown(client) == expected
        assert all(question["op"] == "read" and question["auth"]["id"] == 1 for _, _, question in service.heard())


def test_verdicts_are_asked_again_without_a_change(start, service):
    small = start({"read": some(OWN, service.rule())}, server={"live": {"interval": "300ms"}})
    with GraphQLSocket(small.gateway).init(headers(credentials(TWO))) as client:
        client.begin(LIVE)
        assert shown(client) == [1, 2, 3]
        service.answer = (401, b"")
        assert shown(client) == [2, 3]
        # No answer is no verdict: what was shown stays until there is one.
        service.answer = (500, b"")
        client.silence(0.8)
        service.answer = (200, b"")
        assert shown(client) == [1, 2, 3]


def test_a_field_that_a_verdict_closes_ends_the_subscription_of_those_who_name_it(start, service):
    small = start(
        {"read": ALLOW, "update": every(ALLOW, check()), "fields": {"secret": {"read": service.rule()}}}
    )
    with GraphQLSocket(small.gateway).init(headers(credentials(ONE))) as client:
        client.begin("subscription { notes(where: {id: {_eq: 1}}) { secret stars } }", id="1")
        assert client.next("1")["data"]["notes"][0]["secret"] == "alpha-1111"
        client.begin(LIVE, id="2")
        assert len(client.next("2")["data"]["notes"]) == 3
        service.answer = (403, b"")
        small.data(STAR, ADMIN)
        messages = {}
        for _ in range(2):
            message = client.receive()
            messages[message["id"]] = message
        assert (messages["1"]["type"], messages["2"]["type"]) == ("error", "next")
        assert "alpha" not in json.dumps(messages["1"])
        assert messages["2"]["payload"]["data"]["notes"][0]["stars"] == 2


def test_a_subscription_follows_what_its_rule_asks_another_source(start, other):
    member = {"rule": "query", "collection": "other.members", "where": {"person": {"_eq": "args.auth.id"}}}
    small = start({"notes": {"read": some(OWN, member)}}, configure=other.configure)
    remove = "mutation { delete_other_members(where: {person: {_eq: 2}}) { affected_rows } }"
    add = 'mutation { insert_other_members_one(object: {id: 7, person: 2, role: "z"}) { id } }'
    with GraphQLSocket(small.gateway).init(headers(credentials(TWO))) as client:
        client.begin(LIVE)
        assert shown(client) == [1, 2, 3]
        small.data(remove, ADMIN)
        assert shown(client) == [2, 3]
        small.data(add, ADMIN)
        assert shown(client) == [1, 2, 3]


# -- credentials in cookies ------------------------------------------------------------------------


def test_a_token_in_a_cookie_counts_for_the_gateways_own_pages(start):
    def configure(configuration):
        configuration["auth"]["cookie"] = {"name": "session", "origins": ["https://app.example"]}

    small = start({"read": OWN, "update": every(OWN, check())}, configure=configure)
    own = f"http://127.0.0.1:{small.gateway.port}"

    def cookie(caller):
        return {"Cookie": f"a=b; session={credentials(caller)['Authorization'].removeprefix('Bearer ')}"}

    def asked(headers, query=ALL):
        answer = small.gateway.post(json.dumps({"query": query}), headers).json
        return answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]

    assert ids(asked(cookie(ONE))) == [1]
    assert ids(asked(cookie(TWO) | {"Origin": own})) == [2, 3]
    assert ids(asked(cookie(TWO) | {"Origin": "https://app.example"})) == [2, 3]
    assert ids(asked(cookie(TWO) | credentials(ONE))) == [1]
    assert ids(asked(cookie(TWO) | {"Sec-Fetch-Site": "same-origin"})) == [2, 3]
    stars = "mutation { update_notes(where: {}, all: true, _inc: {stars: 1}) { affected_rows } }"
    before = small.project.rows()
    for more in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": f"{own}0"}):
        for query in (ALL, stars):
            assert asked(cookie(TWO) | more, query) == "access-denied", more
    assert small.project.rows() == before
    assert asked({"Cookie": "session=nonsense"}) == "invalid-jwt"
    assert asked({"Cookie": "a=b"}) == "validation-failed" or ids(asked({"Cookie": "a=b"})) == []
    assert asked(cookie(TWO), stars)["update_notes"] == {"affected_rows": 2}
    with GraphQLSocket(small.gateway, headers=cookie(TWO), origin=own).init() as client:
        client.begin(LIVE)
        assert shown(client) == [2, 3]
        small.data("mutation { update_notes(where: {id: {_eq: 2}}, _inc: {stars: 1}) { affected_rows } }", TWO)
        assert shown(client) == [2, 3]
    # The page is one whose cookies count, but not one that may open a WebSocket.
    with pytest.raises(InvalidStatus):
        GraphQLSocket(small.gateway, headers=cookie(TWO), origin="https://app.example")
