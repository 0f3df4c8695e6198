"""Random sequences of reads and writes by several callers: answers, counts and rows equal the model's after every step."""

import os
import time
from collections import Counter

import pytest
from gateway import Project
from oracle.store import Store
from oracle.writerules import WriteRuleBook
from postgres import DATABASES
from sequences import GatewaySystem, Model, ModelSystem, report, run_generated, shrunk

# How many, unless the environment says so for all of them.
OPERATIONS = {"sqlite": 2000, "postgres": 500}
SEED = os.environ.get("PERIGEE_MODEL_SEED", "workshop")
LENGTH = 250


def sequences():
    for database in DATABASES:
        count = int(os.environ.get("PERIGEE_MODEL_OPERATIONS", OPERATIONS[database.id]))
        for number in range(-(-count // LENGTH)):
            yield pytest.param(*database.values, number, marks=database.marks, id=f"{database.id}-{number}")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Project("workshop", tmp_path_factory.mktemp("workshop"))
    project.allow_any_cost()
    return project


@pytest.fixture(scope="module")
def model(project):
    return Model(project)


@pytest.fixture(scope="module")
def system(request, project_over, tmp_path_factory):
    project = project_over(request.param, "workshop", tmp_path_factory.mktemp("system"))
    project.allow_any_cost()
    system = GatewaySystem(project)
    yield system
    assert system.stop() == 0


@pytest.mark.parametrize(("system", "sequence"), list(sequences()), indirect=["system"])
def test_every_step_equals_the_model(sequence, model, system):
    seed = f"{SEED}/{sequence}"
    operations, problem = run_generated(model, system, seed, LENGTH)
    if problem:
        pytest.fail(report(seed, *shrunk(model, system, operations)))


# -- the comparison itself ------------------------------------------------------------


def test_the_sequences_reach_what_they_should(model, project):
    """Of four sequences enough succeeds, enough is refused for each reason, and every kind of write occurs."""
    features, outcomes = Counter(), Counter()

    def note(operation, model):
        features.update(operation.features)

    class Counting(ModelSystem):
        def answer(self, operation):
            answer = super().answer(operation)
            if operation.query.startswith("mutation"):
                outcomes[answer["errors"][0]["extensions"]["code"] if "errors" in answer else "done"] += 1
            return answer

    counting = Counting(project)
    for number in range(4):
        _, problem = run_generated(model, counting, f"{SEED}/{number}", LENGTH, note)
        assert problem is None
    assert outcomes["done"] > 250, outcomes
    assert outcomes["constraint-violation"] > 50 and outcomes["permission-error"] > 20, outcomes
    wanted = {
        "create", "update", "delete", "insert_one", "update_by_pk", "update_many", "delete_by_pk", "on_conflict",
        "on_conflict where", "nested object", "nested array", "remove", "_set", "_inc", "_append", "_prepend",
        "_delete_key", "_delete_elem", "_delete_at_path",
    }  # fmt: skip
    assert not wanted - set(features), wanted - set(features)


def without_cascade(model):
    delete = model.store.delete

    def keeps_children(found):
        kept = {n: list(c.rows) for n, c in model.catalog.collections.items() if n == "task_labels"}
        delete(found)
        for name, left in kept.items():
            model.catalog.collections[name].rows[:] = left

    model.store.delete = keeps_children
    model.store.settle = lambda: None


def without_checks(model):
    def holds(self, clauses, caller, row, operation):
        return operation == "create" or WriteRuleBook.holds(self, clauses, caller, row, operation)

    model.oracle.rules.holds = holds.__get__(model.oracle.rules)


def one_count_too_many(model):
    answer = model.oracle.answer

    def counted(*arguments):
        found = answer(*arguments)
        for value in (found.get("data") or {}).values():
            if isinstance(value, dict) and value.get("affected_rows") == 2:
                value["affected_rows"] = 3
        return found

    model.oracle.answer = counted


def loses_a_write(model):
    insert = Store.insert

    def forgetful(self, collection, given):
        row = insert(self, collection, given)
        if collection.name == "labels" and len(collection.rows) > 4:
            collection.rows.remove(row)
        return row

    model.store.insert = forgetful.__get__(model.store)
    model.store.settle = lambda: None


@pytest.mark.parametrize("fault", [without_cascade, without_checks, one_count_too_many, loses_a_write])
def test_a_fault_is_found_and_made_small(fault, model, project):
    spoilt = ModelSystem(project, fault)
    for number in range(8):
        operations, problem = run_generated(model, spoilt, f"{SEED}/{number}", LENGTH)
        if problem:
            break
    assert problem, "the fault was not found"
    started = time.monotonic()
    fewer, problem = shrunk(model, spoilt, operations, seconds=20)
    assert problem and len(fewer) <= 8, report(SEED, fewer, problem)
    assert time.monotonic() - started < 30
