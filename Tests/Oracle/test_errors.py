"""Bad input end to end: requests, credentials, databases, ports, configuration and rules."""

import json
import re
import socket
import sqlite3
import subprocess
import time

import jwt
import pytest
from gateway import (
    ADMIN_SECRET,
    JWT_SECRET,
    START_DEADLINE,
    Gateway,
    binary,
    credentials,
    environment,
)
from wire import HEALTHY


@pytest.fixture
def gateway(gateways):
    return gateways("spaceflight")


def first_error(answer):
    assert answer.get("data") is None, answer
    error = answer["errors"][0]
    assert error["message"]
    return error


# -- requests -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "variables", "code", "mentions"),
    [
        ("{ missions { nope } }", None, "validation-failed", "nope"),
        ("{ missions(nope: 1) { id } }", None, "validation-failed", "nope"),
        ("{ missions_by_pk { id } }", None, "validation-failed", "id"),
        ("{ spacewalk_participants_by_pk(spacewalk_id: 1) { stood_up } }", None, "validation-failed", "astronaut_id"),
        ('{ missions_by_pk(id: "one") { id } }', None, "validation-failed", "Int"),
        ("{ missions_by_pk(id: 1.5) { id } }", None, "validation-failed", "Int"),
        ("{ missions_by_pk(id: 2147483648) { id } }", None, "validation-failed", None),
        ("{ missions_by_pk(id: -2147483649) { id } }", None, "validation-failed", None),
        ("{ missions_by_pk(id: 99999999999999999999999) { id } }", None, "validation-failed", None),
        ("{ missions_by_pk(id: null) { id } }", None, "validation-failed", None),
        ("query($id: Int!) { missions_by_pk(id: $id) { id } }", {}, "validation-failed", "id"),
        ("query($id: Int!) { missions_by_pk(id: $id) { id } }", {"id": None}, "validation-failed", "id"),
        ("query($id: Int!) { missions_by_pk(id: $id) { id } }", {"id": "one"}, "validation-failed", "id"),
        ("query($id: Int!) { missions_by_pk(id: $id) { id } }", {"id": 2147483648}, "validation-failed", "id"),
        ("query($id: Int!) { missions_by_pk(id: $id) { id } }", {"id": 1.5}, "validation-failed", "id"),
        ("query($id: Int!) { missions_by_pk(id: $id) { id } }", {"id": True}, "validation-failed", "id"),
        ("query($id: Int!) { missions_by_pk(id: $id) { id } }", {"id": [1]}, "validation-failed", "id"),
        ("{ missions_by_pk(id: $unknown) { id } }", {"unknown": 1}, "validation-failed", "unknown"),
        ("query($id: nope) { missions_by_pk(id: $id) { id } }", {"id": 1}, "validation-failed", "nope"),
        ("query($id: Int) { missions_by_pk(id: $id) { id } }", {"id": 1}, "validation-failed", "id"),
        ("query($w: missions_bool_exp) { missions(where: $w) { id } }", {"w": {"nope": {}}}, "validation-failed", "nope"),
        ("query($w: missions_bool_exp) { missions(where: $w) { id } }", {"w": {"id": {"_eq": "x"}}}, "validation-failed", None),
        ("query($w: missions_bool_exp) { missions(where: $w) { id } }", {"w": [1]}, "validation-failed", None),
        ("query($o: [missions_order_by!]) { missions(order_by: $o) { id } }", {"o": {"id": "up"}}, "validation-failed", "up"),
        ("query($l: Int) { missions(limit: $l) { id } }", {"l": -1}, "not-supported", "negative"),
        ("{ missions { program } }", None, "validation-failed", "program"),
        ("{ missions { id { nope } } }", None, "validation-failed", "id"),
        ("{ missions { ...F } }", None, "validation-failed", "F"),
        ("{ missions { ...F } } fragment F on missions { ...F }", None, "validation-failed", "F"),
        ("{ missions { ...F } } fragment F on agencies { id }", None, "validation-failed", None),
        ("{ missions { id @nope } }", None, "validation-failed", "nope"),
        ("{ missions { id @skip } }", None, "validation-failed", "if"),
        ("{ missions(limit: 1) { id } missions(limit: 2) { id } }", None, "validation-failed", "missions"),
        ("{ missions { a: id a: name } }", None, "validation-failed", "a"),
    ],
)  # fmt: skip
def test_bad_requests_are_refused_with_a_reason(gateway, query, variables, code, mentions):
    error = first_error(gateway.query(query, variables))
    assert error["extensions"]["code"] == code
    if mentions:
        assert mentions in error["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid-json"),
        (b"{", "invalid-json"),
        (b'{"query": "{ missions { id } }"', "invalid-json"),
    ],
)
def test_a_body_that_is_not_json_is_said_to_be_so(gateway, body, code):
    answer = gateway.post(body)
    assert answer.status in (200, 400)
    assert first_error(answer.json)["extensions"]["code"] == code


def test_a_body_over_the_limit_is_too_large(gateway):
    assert gateway.post(b'{"query": "' + b"a" * (1 << 21) + b'"}').status == 413


def test_another_media_type_is_not_json(gateway):
    assert gateway.post(json.dumps({"query": HEALTHY}), {"Content-Type": "text/plain"}).status in (400, 415)


def test_an_operation_must_be_chosen_among_several(gateway):
    query = "query A { missions(limit: 1) { id } } query B { agencies(limit: 1) { id } }"
    assert list(gateway.query(query, operation_name="B")["data"]) == ["agencies"]
    for name in (None, "C"):
        assert first_error(gateway.query(query, operation_name=name))


def test_a_mutation_is_refused_where_there_is_none(gateway):
    assert first_error(gateway.query("mutation { delete_missions(where: {}) { affected_rows } }"))


def without_suggestions(text):
    return re.sub(r" Did you mean [^?]*\?", "", text)


def test_unknown_and_forbidden_are_one_error(gateway):
    member = {"id": 2, "role": "member"}
    for known, unknown in (
        ("{ users_aggregate { aggregate { count } } }", "{ userz_aggregate { aggregate { count } } }"),
        ("{ users { settings } }", "{ users { settingz } }"),
        ("{ users(where: {settings: {}}) { id } }", "{ users(where: {settingz: {}}) { id } }"),
        ("{ users(order_by: {settings: asc}) { id } }", "{ users(order_by: {settingz: asc}) { id } }"),
    ):
        hidden = json.dumps(gateway.query(known, caller=member))
        absent = json.dumps(gateway.query(unknown, caller=member))
        # Which names are near depends on the spelling asked for, never on what is hidden.
        assert "settings" not in absent and "users_aggregate" not in absent
        same = hidden.replace("settings", "settingz").replace("users_agg", "userz_agg")
        assert without_suggestions(same) == without_suggestions(absent)


# -- credentials -----------------------------------------------------------------


def token(claims, key=JWT_SECRET, algorithm="HS256"):
    return {"Authorization": f"Bearer {jwt.encode(claims, key, algorithm=algorithm)}"}


SOON = int(time.time()) + 36000


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (token({"id": 1, "exp": 1}), "invalid-jwt"),
        (token({"id": 1, "exp": SOON, "nbf": SOON}), "invalid-jwt"),
        (token({"id": 1}), "invalid-jwt"),
        (token({"id": 1, "exp": SOON}, "another-secret-that-is-long-enough-too"), "invalid-jwt"),
        (token({"id": 1, "exp": SOON}, algorithm="HS512"), "invalid-jwt"),
        (token({"id": 1, "exp": SOON}, None, "none"), "invalid-jwt"),
        ({"Authorization": "Bearer nonsense"}, "invalid-jwt"),
        ({"Authorization": "Bearer "}, None),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, None),
        ({"X-Perigee-Admin-Secret": "wrong"}, "access-denied"),
        ({"X-Perigee-Admin-Secret": ADMIN_SECRET + "x"}, "access-denied"),
        ({"X-Perigee-Admin-Secret": ""}, "access-denied"),
    ],
)
def test_a_credential_that_does_not_verify_refuses_the_request(gateway, headers, code):
    answer = gateway.post(json.dumps({"query": HEALTHY}), headers)
    assert answer.status in (200, 400, 401, 403)
    found = first_error(answer.json)["extensions"]["code"]
    assert found == code or code is None and found in ("invalid-jwt", "access-denied", "invalid-headers")


def test_an_expired_token_says_so(gateway):
    error = first_error(gateway.post(json.dumps({"query": HEALTHY}), token({"id": 1, "exp": 1})).json)
    assert error["message"] == "Could not verify JWT: JWTExpired"


def test_claim_headers_without_the_secret_mean_nothing(gateway):
    headers = {"X-Perigee-Role": "editor", "X-Perigee-Id": "1"}
    answer = gateway.post(json.dumps({"query": "{ users { id } }"}), headers)
    assert first_error(answer.json)["extensions"]["path"] == "$.selectionSet.users"


def test_a_verified_token_is_refused_once_it_expires(gateway):
    headers = credentials({"id": 1, "role": "editor"}, lifetime=2)
    body = json.dumps({"query": "{ users(limit: 1) { id } }"})
    assert "data" in gateway.post(body, headers).json
    deadline = time.monotonic() + 70  # a configured leeway of up to a minute
    while "data" in (answer := gateway.post(body, headers).json):
        assert time.monotonic() < deadline, "an expired token is still accepted"
        time.sleep(0.2)
    assert first_error(answer)["extensions"]["code"] == "invalid-jwt"


# -- start -------------------------------------------------------------------------


def start(project, *arguments):
    """Exit status and output of a start that must fail."""
    done = subprocess.run(
        [binary(), "serve", "--config", str(project.config), "--port", "0", *arguments],
        cwd=project.directory,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=START_DEADLINE,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_missing_database_file(fresh_project):
    fresh_project.database.unlink()
    status, output = start(fresh_project)
    assert status != 0
    assert fresh_project.database.name in output
    assert not fresh_project.database.exists(), "a missing database must not be created"


def test_a_file_that_is_no_database(fresh_project):
    fresh_project.database.write_bytes(b"This is a text file, and a rather long one. " * 100)
    status, output = start(fresh_project)
    assert status != 0
    assert fresh_project.database.name in output
    assert "not an SQLite database" in output


def test_a_locked_database_is_an_error_and_then_works_again(fresh_project):
    with Gateway(fresh_project) as gateway:
        assert gateway.query(HEALTHY)["data"]["missions"]
        lock = sqlite3.connect(fresh_project.database, isolation_level=None)
        lock.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            pass  # the gateway's own hold on the file keeps the lock from being taken
        answer = gateway.query(HEALTHY)
        if "errors" in answer:
            assert first_error(answer)["extensions"]["code"] in ("unavailable", "timeout")
        else:
            assert answer["data"]["missions"]
        lock.close()
        assert gateway.query(HEALTHY)["data"]["missions"]


def test_starting_on_a_locked_database_ends_with_a_reason_or_serves(fresh_project):
    lock = sqlite3.connect(fresh_project.database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        process = subprocess.Popen(
            [binary(), "serve", "--config", str(fresh_project.config), "--port", "0"],
            cwd=fresh_project.directory, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            output, _ = process.communicate(timeout=START_DEADLINE)
            assert process.returncode != 0
            assert "locked" in output or "busy" in output
        except subprocess.TimeoutExpired:
            pytest.fail("neither an end nor a reason")
        finally:
            process.kill()
            process.wait()
    finally:
        lock.close()


def test_a_port_in_use(fresh_project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, output = start(fresh_project, "--port", str(port))
    assert status != 0
    assert str(port) in output
    assert "in use" in output


def test_a_missing_configuration(fresh_project):
    fresh_project.config.unlink()
    status, output = start(fresh_project)
    assert status == 2
    assert "perigee.yaml" in output


def test_a_short_token_key(fresh_project):
    (fresh_project.database.parent / "short.key").write_text("too short")
    fresh_project.replace_in_config("env:PERIGEE_JWT_SECRET", "file:short.key")
    status, output = start(fresh_project)
    assert status == 2
    assert "32" in output
    assert "/auth/jwt/0/key" in output


@pytest.mark.parametrize(
    ("old", "new", "pointer", "mentions"),
    [
        ("  port: 8080", "  prot: 8080", "/server", ("prot", "port")),
        ("kind: sqlite", "kind: sqlight", "/sources/main/kind", ("sqlight", "sqlite")),
        ("env:PERIGEE_JWT_SECRET", "env:PERIGEE_NOT_SET", "/auth/jwt/0/key", ("PERIGEE_NOT_SET",)),
        ("      missions:\n", "      misions:\n", "/sources/main/collections", ("misions", "missions")),
        ("on: { id: mission_id }", "on: { id: misson_id }", "/sources/main/collections/missions/relationships/crew", ("misson_id", "mission_id")),
        ("rules: rules/*.json", "rules: rulez/*.json", "/rules", ("rulez",)),
    ],
)  # fmt: skip
def test_a_mistake_in_the_configuration(fresh_project, old, new, pointer, mentions):
    fresh_project.replace_in_config(old, new)
    assert_refused(start(fresh_project), "perigee.yaml", pointer, mentions)


NOTES = "/collections/main.mission_notes"


@pytest.mark.parametrize(
    ("collections", "pointer", "mentions"),
    [
        ({"main.mission_note": {"read": {"rule": "allow"}}}, "/collections/main.mission_note", ("mission_notes",)),
        ({"main.mission_notes": {"raed": {"rule": "allow"}}}, NOTES, ("raed", "read")),
        ({"main.mission_notes": {"read": {"rule": "alow"}}}, f"{NOTES}/read", ("alow", "allow")),
        ({"main.mission_notes": {"read": {"rul": "allow"}}}, f"{NOTES}/read", ("rule",)),
        ({"main.mission_notes": {"read": {"rule": "or", "clauses": []}}}, f"{NOTES}/read", ("clauses",)),
        ({"main.mission_notes": {"read": {"rule": "and"}}}, f"{NOTES}/read", ("clauses",)),
        ({"main.mission_notes": {"read": {"rule": "ref", "name": "isEdtor"}}}, f"{NOTES}/read", ("isEdtor", "isEditor")),
        ({"main.mission_notes": {"read": {"rule": "where", "where": {"publishd": {"_eq": True}}}}}, f"{NOTES}/read/where", ("publishd", "published")),
        ({"main.mission_notes": {"read": {"rule": "where", "where": {"published": {"_equal": True}}}}}, f"{NOTES}/read/where/published", ("_equal",)),
        ({"main.mission_notes": {"read": {"rule": "where", "where": {"rating": {"_gt": "high"}}}}}, f"{NOTES}/read/where/rating/_gt", ("high",)),
        ({"main.mission_notes": {"read": {"rule": "match", "type": "number", "eval": "=", "f1": 1, "f2": 1}}}, f"{NOTES}/read", ("==",)),
        ({"main.mission_notes": {"read": {"rule": "match", "type": "number", "eval": "==", "f1": "args.row.autor_id", "f2": "args.auth.id"}}}, f"{NOTES}/read/f1", ("autor_id", "author_id")),
        ({"main.mission_notes": {"read": {"rule": "match", "type": "number", "eval": "==", "f1": "args.rows.id", "f2": 1}}}, f"{NOTES}/read/f1", ("args.row",)),
        ({"main.mission_notes": {"read": {"rule": "match", "type": "number", "eval": "==", "f1": "args.row.id", "f2": None}}}, f"{NOTES}/read/f2", ("null",)),
        ({"main.mission_notes": {"read": {"rule": "match", "type": "number", "eval": "==", "f1": "args.row.title", "f2": 1}}}, f"{NOTES}/read", ("title",)),
        ({"main.mission_notes": {"read": {"rule": "mask", "with": None}}}, f"{NOTES}/read", ("mask",)),
        ({"main.mission_notes": {"read": {"rule": "allow"}, "fields": {"titel": {"read": {"rule": "deny"}}}}}, f"{NOTES}/fields/titel", ("titel", "title")),
        ({"main.mission_notes": {"read": {"rule": "not", "clause": {"rule": "denny"}}}}, f"{NOTES}/read/clause", ("denny", "deny")),
        ({"main.mission_notes": {"read": {"rule": "and", "clauses": [{"rule": "allow"}, {"rule": "authentic"}]}}}, f"{NOTES}/read/clauses/1", ("authentic", "authenticated")),
        ({"main.mission_notes": {"read": {"rule": "allow", "extra": 1}}}, f"{NOTES}/read", ("extra",)),
    ],
)  # fmt: skip
def test_a_mistake_in_the_rules(fresh_project, collections, pointer, mentions):
    # The spoilt entry stands alone in a file of its own; the good one makes way.
    app = fresh_project.directory / "rules" / "app.json"
    kept = json.loads(app.read_text(encoding="utf-8"))
    del kept["collections"]["main.mission_notes"]
    app.write_text(json.dumps(kept), encoding="utf-8")
    spoilt = fresh_project.directory / "rules" / "spoilt.json"
    spoilt.write_text(json.dumps({"collections": collections}, indent=2), encoding="utf-8")
    assert_refused(start(fresh_project), "spoilt.json", pointer, mentions)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ('{"collections": {', ()),
        ('{"collection": {}}', ("collection", "collections")),
        ('{"rules": {"a": {"rule": "deny"}, "a": {"rule": "allow"}}}', ("a",)),
        ('{"rules": {"isEditor": {"rule": "allow"}}}', ("isEditor",)),
        ('{"rules": {"x": {"rule": "ref", "name": "y"}, "y": {"rule": "ref", "name": "x"}},'
         ' "collections": {"main.nothing": {"read": {"rule": "ref", "name": "x"}}}}', ()),
        ("[]", ()),
    ],
)  # fmt: skip
def test_a_rules_file_of_the_wrong_shape(fresh_project, text, mentions):
    # Last by name: whatever is twice is reported where it stands the second time.
    (fresh_project.directory / "rules" / "spoilt.json").write_text(text, encoding="utf-8")
    assert_refused(start(fresh_project), "spoilt.json", "", mentions)


def assert_refused(outcome, file, pointer, mentions):
    """Exit 2, and the file, the JSON pointer, what is wrong and what would be right in the text."""
    status, output = outcome
    assert status == 2, output
    assert file in output
    assert pointer in output
    for word in mentions:
        assert word in output, f"{word!r} is not in:\n{output}"
