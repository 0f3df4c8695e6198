"""Golden cases: recorded response, oracle and running gateway must agree on every one."""

import json

import pytest
from gateway import ADMIN, FIXTURES, credentials, impersonation
from oracle import Caller
from oracle.compare import Comparison

# Mutations are evaluated by the model of test_mutations.py: each needs a database of its own. What functions do, no model knows.
CASES = sorted(p for p in (FIXTURES / "golden").glob("*/*/request.json") if p.parts[-3] not in ("mutation", "function"))
NAMES = [f"{path.parent.parent.name}/{path.parent.name}" for path in CASES]


class Case:
    def __init__(self, path):
        request = json.loads(path.read_text(encoding="utf-8"))
        self.folder = path.parent
        self.config = request.get("config", "spaceflight")
        self.caller = request.get("as")
        self.body = {k: request[k] for k in ("query", "variables", "operationName") if k in request}

    def expected(self, oracle, claims=None):
        caller = Caller(admin=True) if self.caller == ADMIN else Caller(claims or self.caller)
        return oracle.answer(
            caller, self.body["query"], self.body.get("variables"), self.body.get("operationName")
        )


@pytest.fixture(params=CASES, ids=NAMES)
def case(request):
    return Case(request.param)


def test_there_are_enough_cases():
    assert len(CASES) >= 40


def test_the_recorded_response_is_the_oracles(case, oracles):
    recorded = case.folder / "response.json"
    assert recorded.exists(), f"{recorded} is missing: GOLDEN=update swift test writes it"
    expected = case.expected(oracles(case.config))
    actual = json.loads(recorded.read_text(encoding="utf-8"))
    assert not Comparison().differences(expected, actual)


def test_the_gateways_answer_is_the_oracles(case, oracles, gateways):
    answer = gateways(case.config).post(json.dumps(case.body), credentials(case.caller))
    assert answer.status == 200
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    assert not Comparison().differences(case.expected(oracles(case.config)), answer.json)


def test_the_same_twice_over_warm_caches(case, oracles, gateways):
    gateway = gateways(case.config)
    first, second = (
        gateway.post(json.dumps(case.body), credentials(case.caller)).body for _ in range(2)
    )
    assert first == second


def has_header_claims(path):
    """A caller with a role and nothing but plain claims, as impersonation headers can say it."""
    claims = Case(path).caller
    return (
        isinstance(claims, dict)
        and isinstance(claims.get("role"), str)
        and all(isinstance(value, (str, int)) for value in claims.values())
    )


HEADER_CASES = [(path, name) for path, name in zip(CASES, NAMES) if has_header_claims(path)]


@pytest.mark.parametrize("path", [p for p, _ in HEADER_CASES], ids=[n for _, n in HEADER_CASES])
def test_claims_by_headers_are_claims(path, oracles, gateways):
    """The admin secret with a role acts as that caller; all header claims are text."""
    case = Case(path)
    as_text = {name: str(value) for name, value in case.caller.items()}
    answer = gateways(case.config).post(json.dumps(case.body), impersonation(as_text))
    assert not Comparison().differences(case.expected(oracles(case.config), as_text), answer.json)
