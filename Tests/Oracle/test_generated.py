"""Generated queries by three callers, over each database: the gateway must answer exactly what the oracle answers."""

import json
import os
from collections import Counter

import pytest
from gateway import Gateway
from generate import generate
from oracle import Caller, Catalog, Oracle
from oracle.compare import Comparison
from postgres import DATABASES

CALLERS = {
    "anonymous": None,
    "member": {"id": 2, "role": "member"},
    "editor": {"id": 1, "role": "editor"},
}
QUERIES = int(os.environ.get("PERIGEE_ORACLE_QUERIES", "750"))
SEED = os.environ.get("PERIGEE_ORACLE_SEED", "spine")
BATCH = 50
BATCHES = -(-max(QUERIES // len(CALLERS), 1) // BATCH)


@pytest.fixture(scope="module")
def comparison():
    """One for all: a hash stands for one value across requests and callers."""
    return Comparison()


@pytest.fixture(scope="module", params=DATABASES)
def project(request, project_over, tmp_path_factory):
    project = project_over(request.param, "spaceflight", tmp_path_factory.mktemp("generated"))
    project.allow_any_cost()
    return project


@pytest.fixture(scope="module")
def gateway(project):
    with Gateway(project) as gateway:
        yield gateway
        assert gateway.is_alive, gateway.output()


@pytest.fixture(scope="module")
def oracle(project):
    return Oracle(Catalog(project.config, project.database))


@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.parametrize("who", CALLERS)
def test_answers_equal_the_naive_evaluation(who, batch, gateway, oracle, comparison):
    caller = Caller(CALLERS[who])
    failures = []
    for number in range(batch * BATCH, (batch + 1) * BATCH):
        generated = generate(oracle.view(caller), f"{SEED}/{who}/{number}")
        expected = oracle.answer(caller, generated.query, generated.variables)
        actual = gateway.query(generated.query, generated.variables, CALLERS[who])
        differences = comparison.differences(expected, actual)
        if differences:
            failures.append(report(generated, differences))
    assert not failures, f"{len(failures)} of {BATCH} differ\n" + "\n".join(failures[:5])


def report(generated, differences):
    return (
        f"\n{generated.name} (fault: {generated.fault})\n{generated.query}\n"
        f"variables {json.dumps(generated.variables, ensure_ascii=False)}\n  "
        + "\n  ".join(differences[:5])
    )


WIDE_CALLERS = {
    "wide stranger": {"id": 9, "tenant": "south", "level": 1},
    "wide member": {"id": 2, "role": "member", "tenant": "north", "teams": ["red"], "level": 2},
    # Of one of her reports fields are removed; some salaries show for the sake of other rows.
    "wide boss": {"id": 1, "role": "member", "tenant": "north", "teams": ["red"], "level": 1},
    # Whose lists a limit cuts.
    "wide guest": {"id": 12, "tenant": "north", "teams": ["red", "blue"], "level": 1},
    "wide editor": {"id": 1, "role": "editor", "tenant": "south"},
}
WIDE_TYPES = ("moments", "extremes", "documents", "employees", "words", "seats", "signals")


@pytest.mark.parametrize("who", WIDE_CALLERS)
def test_documents_and_edges_equal_the_naive_evaluation(who, gateways, oracles, comparison):
    """The awkward project: JSON columns, extreme values, masked tenants, a table that refers to itself."""
    gateway, oracle = gateways("wide"), oracles("wide")
    caller = Caller(WIDE_CALLERS[who])
    failures, features = [], Counter()
    for number in range(300):
        generated = generate(oracle.view(caller), f"{SEED}/{who}/{number}", only=WIDE_TYPES)
        features.update(generated.features)
        expected = oracle.answer(caller, generated.query, generated.variables)
        actual = gateway.query(generated.query, generated.variables, WIDE_CALLERS[who])
        differences = comparison.differences(expected, actual)
        if differences:
            failures.append(report(generated, differences))
    assert not failures, f"{len(failures)} of 300 differ\n" + "\n".join(failures[:5])
    wanted = {
        "json path", "_contains", "_contained_in", "_has_key", "_has_keys_any", "_has_keys_all", "_cast", "enum",
        "_regex", "_nregex", "_iregex", "_niregex", "_similar", "_nsimilar",
    }  # fmt: skip
    assert not wanted - set(features), wanted - set(features)


@pytest.mark.parametrize("who", CALLERS)
def test_the_generator_reaches_what_it_should(who, oracles):
    """The comparison above is worth something only if answers hold rows, errors and every feature."""
    oracle, caller = oracles("spaceflight"), Caller(CALLERS[who])
    features, outcomes, faults = Counter(), Counter(), Counter()
    for number in range(250):
        generated = generate(oracle.view(caller), f"{SEED}/{who}/{number}")
        answer = oracle.answer(caller, generated.query, generated.variables)
        features.update(generated.features)
        faults[generated.fault] += 1
        outcomes["error" if "errors" in answer else "rows" if has_rows(answer["data"]) else "empty"] += 1
    assert outcomes["rows"] >= 125, outcomes
    assert outcomes["error"] >= 5, outcomes
    wanted = {
        "alias", "variable", "fragment", "inline fragment", "directive", "merge", "aggregate", "nodes",
        "sum", "avg", "min", "max", "array", "object", "by_pk", "where", "order_by", "distinct_on",
        "limit", "offset", "relation filter", "order through relation", "_and", "_or", "_not",
        "_eq", "_neq", "_gt", "_gte", "_lt", "_lte", "_in", "_nin", "_is_null",
        "_like", "_nlike", "_ilike", "_nilike", "relation aggregate filter", "order by relation aggregate",
        "count", "bool_and", "bool_or", "order by max", "order by sum", "stddev", "var_pop", "variance",
        "group", "having", "having fold",
    }  # fmt: skip
    assert not wanted - set(features), wanted - set(features)


def test_the_three_callers_see_different_things(oracles):
    """Some query is answered in three ways; otherwise the rules would not be exercised."""
    oracle = oracles("spaceflight")
    query = "{ mission_notes { id title author_id } }"
    answers = {json.dumps(oracle.answer(Caller(claims), query)) for claims in CALLERS.values()}
    assert len(answers) == 3


def has_rows(data):
    """Does any list or object hold more than keys?"""
    if isinstance(data, dict):
        return any(has_rows(value) for value in data.values())
    if isinstance(data, list):
        return bool(data)
    return data is not None and data != 0
