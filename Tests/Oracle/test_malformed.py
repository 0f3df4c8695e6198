"""Ten thousand malformed requests: a clear error or a clean close each, and nothing is left behind."""

import random
import time

import pytest
from gateway import Gateway, Project
from malformed import COUNT, make
from wire import HEALTHY, BadResponse, request, responses

WARM_UP = 500
GROWTH = 1.10
SETTLE_DEADLINE = 20
# Refusals of ours. 500 is never one; 100 is the interim answer to Expect.
REFUSALS = set(range(400, 500)) | {501, 505}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """A process of its own: its memory is measured."""
    with Gateway(Project("spaceflight", tmp_path_factory.mktemp("malformed"))) as running:
        yield running


@pytest.mark.timeout(1800)
def test_every_malformed_request_is_refused_and_memory_returns(gateway):
    rng = random.Random("malformed")
    failures = []
    for _ in range(WARM_UP):
        check(gateway, *make(rng), failures)
    assert_healthy(gateway)
    before = settled(gateway)
    for number in range(1, COUNT + 1):
        check(gateway, *make(rng), failures)
        if number % 100 == 0:
            assert gateway.is_alive, f"died before request {number}:\n{gateway.output()}"
            assert_healthy(gateway)
    assert not failures, f"{len(failures)} answers are wrong\n" + "\n".join(failures[:10])
    deadline = time.monotonic() + SETTLE_DEADLINE
    after = settled(gateway)
    while after > before * GROWTH and time.monotonic() < deadline:
        assert_healthy(gateway)
        after = settled(gateway)
    assert after <= before * GROWTH, f"{after >> 10} KiB resident, {before >> 10} KiB before"


def check(gateway, kind, payload, failures):
    problem = problem_with(gateway, payload)
    if problem:
        failures.append(f"{kind}: {problem}\n    sent {payload[:300]!r} ({len(payload)} bytes)")


def problem_with(gateway, payload):
    """None if the gateway refused the payload clearly or closed without a word."""
    try:
        received = gateway.raw(payload, timeout=20)
    except TimeoutError:
        return "neither an answer nor a close"
    except OSError as error:
        return f"connection failed: {error}"
    try:
        answers = responses(received)
    except BadResponse as error:
        return str(error)
    for answer in answers:
        if answer.status in REFUSALS:
            continue
        if answer.status == 200 and is_error(answer):
            continue
        return f"{answer.status} {answer.body[:200]!r}"
    return None


def is_error(answer):
    """A GraphQL answer in which every item (of a batch too) is an error with a message."""
    try:
        decoded = answer.json
    except ValueError:
        return False
    items = decoded if isinstance(decoded, list) else [decoded]
    return all(
        isinstance(item, dict)
        and item.get("errors")
        and all(isinstance(error.get("message"), str) and error["message"] for error in item["errors"])
        for item in items
    ) and bool(items)


def assert_healthy(gateway):
    (answer,) = responses(gateway.raw(request({"query": HEALTHY}, [("Connection", "close")]), half_close=False))
    assert answer.status == 200
    assert answer.json["data"]["missions"], answer.body


def settled(gateway):
    """Resident bytes once two readings agree."""
    deadline = time.monotonic() + 5
    last = gateway.resident_bytes()
    while time.monotonic() < deadline:
        time.sleep(0.05)
        now = gateway.resident_bytes()
        if now == last:
            break
        last = now
    return last
