"""Sequences of reads and writes, compared step by step with the model; a failing one is made small.

A system answers operations and can say how its rows differ from the model's: the gateway over its database, or, to
prove that the comparison sees anything, a second model with a fault.
"""

import json
import random
import time
from dataclasses import dataclass

from gateway import ADMIN, Gateway
from generate_writes import generate_operation
from oracle import Caller, Catalog
from oracle.compare import Comparison
from oracle.documents import Document
from oracle.mutate import ReadWriteOracle, Unordered
from oracle.store import Store, canonical
from postgres import PostgresProject

CALLERS = {
    "lead": {"role": "lead", "handle": "lee"},
    "mia": {"role": "member", "team": 1, "handle": "mia"},
    "ben": {"role": "member", "team": 2, "handle": "ben"},
    "admin": ADMIN,
    "anonymous": None,
}
SHARES = ("lead",) * 3 + ("mia",) * 5 + ("ben",) * 4 + ("admin",) * 3 + ("anonymous",)


def caller_of(who):
    return Caller(admin=True) if who == "admin" else Caller(CALLERS[who])


@dataclass
class Operation:
    who: str
    query: str
    variables: dict
    features: set

    def text(self):
        given = f"\n    variables {json.dumps(self.variables, ensure_ascii=False)}" if self.variables else ""
        return f"as {self.who}: {self.query}{given}"


class Model:
    """The rows in memory, put back by `reset`."""

    def __init__(self, project):
        self.catalog = Catalog(project.config, project.pristine)
        self.store = Store(self.catalog, project.pristine)
        self.oracle = ReadWriteOracle(self.catalog, self.store)
        self.first = self.store.snapshot()

    def reset(self):
        self.store.restore(self.first)

    def answer(self, operation):
        return self.oracle.answer(caller_of(operation.who), operation.query, operation.variables)


class GatewaySystem:
    """The built gateway."""

    def __init__(self, project):
        self.project = project
        # A `jsonb` has its own order of names.
        self.any_order = isinstance(project, PostgresProject)
        self.gateway = Gateway(project)

    def reset(self):
        self.project.rows.restore()

    def answer(self, operation):
        return self.gateway.query(operation.query, operation.variables or None, CALLERS[operation.who])

    def differences(self, store):
        return store.differences(self.project.rows.stored(store.catalog))

    def stop(self):
        return self.gateway.stop()


class ModelSystem:
    """A model in the gateway's place; `spoil` gives it a fault."""

    any_order = False

    def __init__(self, project, spoil=lambda model: None):
        self.model = Model(project)
        spoil(self.model)

    def reset(self):
        self.model.reset()

    def answer(self, operation):
        answer = self.model.answer(operation)
        for error in answer.get("errors", ()):
            error["extensions"].pop("codes")
        return json.loads(json.dumps(answer))

    def differences(self, store):
        ours, theirs = self.model.store.snapshot(), store.snapshot()
        return [name for name in ours if sorted(map(repr, map(canonical, ours[name]))) != sorted(map(repr, map(canonical, theirs[name])))]


# -- comparison --------------------------------------------------------------------


def differences(expected, actual, any_order=False):
    """How an answer differs from the model's; of errors the code counts, one of several where the order is not promised."""
    if "errors" not in expected:
        return Comparison(any_order).differences(arranged(expected), arranged(actual, expected))
    if not actual.get("errors") or actual.get("data") is not None:
        return [f"no refusal, where {expected['errors'][0]['message']!r} is due"]
    codes = expected["errors"][0]["extensions"]["codes"]
    found = {error.get("extensions", {}).get("code") for error in actual["errors"]}
    return [] if None in codes or found <= codes else [f"codes {found}, not {codes}: {actual['errors'][0].get('message')}"]


def arranged(value, pattern=None):
    """The value with every unordered list of the model's answer (`pattern`, itself by default) sorted."""
    pattern = value if pattern is None else pattern
    if isinstance(pattern, Document):
        return value
    if isinstance(pattern, dict) and isinstance(value, dict):
        return {key: arranged(item, pattern.get(key)) for key, item in value.items()}
    if isinstance(pattern, list) and isinstance(value, list):
        if len(pattern) != len(value):
            return value
        if isinstance(pattern, Unordered):
            return sorted((plain(item) for item in value), key=lambda item: repr(canonical(item)))
        return [arranged(item, other) for item, other in zip(value, pattern)]
    return value


def plain(value):
    if isinstance(value, Document):
        return value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


# -- sequences ---------------------------------------------------------------------


def step(model, system, operation):
    """None, or what differs after one operation."""
    expected = model.answer(operation)
    actual = system.answer(operation)
    found = differences(expected, actual, system.any_order) or system.differences(model.store)
    if not found:
        return None
    return "\n".join(found[:5]) + f"\n  expected {short(expected)}\n  actual   {short(actual)}"


def short(answer):
    text = json.dumps(answer, ensure_ascii=False, default=list)
    return text if len(text) < 1500 else text[:1500] + " …"


def run_generated(model, system, seed, count, note=lambda operation, answer: None):
    """(operations so far, what differs after the last) or (all of them, None)."""
    model.reset()
    system.reset()
    chosen = random.Random(seed)
    operations = []
    for number in range(count):
        who = chosen.choice(SHARES)
        generated = generate_operation(model.oracle, caller_of(who), f"{seed}/{number}")
        operations.append(Operation(who, generated.query, generated.variables, generated.features))
        problem = step(model, system, operations[-1])
        note(operations[-1], model)
        if problem:
            return operations, problem
    return operations, None


def run_given(model, system, operations):
    """What differs after the first operation that differs, or None."""
    model.reset()
    system.reset()
    for position, operation in enumerate(operations):
        problem = step(model, system, operation)
        if problem:
            return position, problem
    return None


def shrunk(model, system, operations, seconds=60):
    """The shortest failing sequence found by dropping operations, and what differs at its end."""
    deadline = time.monotonic() + seconds
    found = run_given(model, system, operations)
    if found is None:
        return operations, "(did not happen again when repeated)"
    operations, problem = operations[: found[0] + 1], found[1]
    # What fails by itself, or without all that only reads, need not be looked for.
    for fewer in (operations[-1:], [o for o in operations[:-1] if "mutation" in o.query] + operations[-1:]):
        found = run_given(model, system, fewer)
        if found:
            operations, problem = fewer[: found[0] + 1], found[1]
            break
    size = max(len(operations) // 2, 1)
    while time.monotonic() < deadline:
        position, dropped = 0, False
        while position < len(operations) and time.monotonic() < deadline:
            fewer = operations[:position] + operations[position + size :]
            found = run_given(model, system, fewer) if fewer else None
            if found:
                operations, problem, dropped = fewer[: found[0] + 1], found[1], True
            else:
                position += size
        if size == 1 and not dropped:
            break
        size = size if dropped and size == 1 else max(size // 2, 1)
    return operations, problem


def report(seed, operations, problem):
    steps = "\n".join(f"  {number + 1}. {operation.text()}" for number, operation in enumerate(operations))
    return f"seed {seed}, {len(operations)} operations:\n{steps}\n{problem}"
