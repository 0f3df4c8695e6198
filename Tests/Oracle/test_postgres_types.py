"""Random filters on types of PostgreSQL's own, lists, paths of labels, enums, texts in any case: rows found are those of a naive evaluation."""

import json
import random

import pytest
import yaml
from gateway import ADMIN, Gateway
from oracle.values import all_of, any_of, negated
from postgres import Cluster, is_installed

ROWS = 60
FILTERS = 400
MOODS = ["sad", "ok", "happy"]
LABELS = ["a", "b", "c", "d"]
WORDS = ["", "a", "A", "b c", 'q"', "\\", "NULL", "ä", "{}"]

pytestmark = pytest.mark.skipif(not is_installed(), reason="there is no PostgreSQL server here; `make packages-test` installs it")


# -- values --------------------------------------------------------------------


def numbers(rng):
    return [rng.choice((None, 1, 2, 3)) for _ in range(rng.choice((0, 1, 1, 2, 3)))]


def names(rng):
    return [rng.choice([None, *WORDS]) for _ in range(rng.choice((0, 1, 1, 2)))]


def path(rng):
    return ".".join(rng.choice(LABELS) for _ in range(rng.choice((1, 1, 2, 3, 4))))


# Column, its type in the database, its scalar, and a value of it.
COLUMNS = {
    "numbers": ("int4[]", "[Int]", numbers),
    "names": ("varchar(10)[]", "[String]", names),
    "path": ("ltree", "ltree", path),
    "mood": ("mood", "mood", lambda rng: rng.choice(MOODS)),
    "word": ("citext", "citext", lambda rng: rng.choice(WORDS)),
}


# -- the naive evaluation ------------------------------------------------------


def key(column, value):
    """What values of a column are compared by; nulls come after all items, and are equal to one another."""
    if column in ("numbers", "names"):
        return [(item is None, item if item is None else (item.encode() if isinstance(item, str) else item)) for item in value]
    if column == "mood":
        return MOODS.index(value)
    return value.split(".") if column == "path" else value.lower()


def less(left, right):
    for a, b in zip(left, right):
        if a != b:
            return a[0] < b[0] if a[0] != b[0] else a[1] < b[1]
    return len(left) < len(right)


def is_less(column, left, right):
    left, right = key(column, left), key(column, right)
    return less(left, right) if column in ("numbers", "names") else left < right


def contains(whole, part):
    return all(item is not None and item in whole for item in part)


def is_ancestor(left, right):
    left, right = left.split("."), right.split(".")
    return right[: len(left)] == left


def holds(column, operator, value, operand):
    if value is None:
        return None
    same = lambda other: key(column, value) == key(column, other)  # noqa: E731
    return {
        "_eq": lambda: same(operand),
        "_neq": lambda: not same(operand),
        "_lt": lambda: is_less(column, value, operand),
        "_gt": lambda: is_less(column, operand, value),
        "_lte": lambda: not is_less(column, operand, value),
        "_gte": lambda: not is_less(column, value, operand),
        "_in": lambda: any(same(other) for other in operand),
        "_nin": lambda: not any(same(other) for other in operand),
        "_contains": lambda: contains(value, operand),
        "_contained_in": lambda: contains(operand, value),
        "_ancestor": lambda: is_ancestor(value, operand),
        "_ancestor_any": lambda: any(is_ancestor(value, other) for other in operand),
        "_descendant": lambda: is_ancestor(operand, value),
        "_descendant_any": lambda: any(is_ancestor(other, value) for other in operand),
    }[operator]()


def truth(filter_, row):
    parts = []
    for name, test in filter_.items():
        if name == "_and":
            parts.append(all_of(truth(item, row) for item in test))
        elif name == "_or":
            parts.append(any_of(truth(item, row) for item in test))
        elif name == "_not":
            parts.append(negated(truth(test, row)))
        else:
            parts += [holds(name, operator, row[name], operand) for operator, operand in test.items()]
    return all_of(parts)


# -- questions -----------------------------------------------------------------


class Question:
    """One filter, its operands in variables or in the document."""

    def __init__(self, rng):
        self.rng = rng
        self.variables = {}
        self.declared = []
        self.filter = self.expression(2)

    def expression(self, depth):
        if depth and self.rng.random() < 0.5:
            inner = [self.expression(depth - 1) for _ in range(self.rng.choice((1, 2)))]
            return self.rng.choice(({"_and": inner}, {"_or": inner}, {"_not": inner[0]}))
        column = self.rng.choice(list(COLUMNS))
        operators = ["_eq", "_neq", "_in", "_nin"]
        # The order of citext is the collation's.
        operators += [] if column == "word" else ["_lt", "_lte", "_gt", "_gte"]
        operators += ["_contains", "_contained_in"] * 2 if column in ("numbers", "names") else []
        operators += ["_ancestor", "_ancestor_any", "_descendant", "_descendant_any"] if column == "path" else []
        operator = self.rng.choice(operators)
        make = COLUMNS[column][2]
        many = operator in ("_in", "_nin") or operator.endswith("_any")
        return {column: {operator: [make(self.rng) for _ in range(self.rng.choice((0, 1, 2)))] if many else make(self.rng)}}

    def text(self, filter_):
        members = []
        for name, test in filter_.items():
            if name in ("_and", "_or"):
                members.append(f"{name}: [{', '.join(map(self.text, test))}]")
            elif name == "_not":
                members.append(f"{name}: {self.text(test)}")
            else:
                members.append(f"{name}: {{{', '.join(f'{operator}: {self.operand(name, operator, value)}' for operator, value in test.items())}}}")
        return "{" + ", ".join(members) + "}"

    def operand(self, column, operator, value):
        if self.rng.random() < 0.5:
            return json.dumps(value, ensure_ascii=False)
        scalar = COLUMNS[column][1]
        name = f"v{len(self.variables)}"
        is_many = operator in ("_in", "_nin") or operator.endswith("_any")
        self.declared.append(f"${name}: {f'[{scalar}!]' if is_many else scalar}")
        self.variables[name] = value
        return f"${name}"

    @property
    def query(self):
        where = self.text(self.filter)
        head = f"query({', '.join(self.declared)})" if self.declared else "query"
        return f"{head} {{ things(where: {where}, order_by: {{id: asc}}) {{ id }} }}"


# -- the project ---------------------------------------------------------------


class TypesProject:
    def __init__(self, directory, cluster, rows):
        columns = ", ".join(f"{name} {kind}" for name, (kind, _, _) in COLUMNS.items())
        lines = "".join(f"insert into things select * from json_populate_record(null::things, $json${json.dumps(row)}$json$);\n" for row in rows)
        url = cluster.database(
            "create extension ltree; create extension citext; create type mood as enum ('sad', 'ok', 'happy');"
            f"create table things (id int primary key, {columns});\n{lines}"
        )
        self.directory = directory
        self.config = directory / "perigee.yaml"
        configuration = {
            "server": {},
            "auth": {"adminSecret": "env:PERIGEE_ADMIN_SECRET"},
            "sources": {"main": {"kind": "postgres", "url": url}},
        }
        self.config.write_text(yaml.safe_dump(configuration), encoding="utf-8")


@pytest.fixture(scope="module")
def rows():
    rng = random.Random("rows")
    return [
        {"id": number} | {name: None if rng.random() < 0.1 else make(rng) for name, (_, _, make) in COLUMNS.items()} for number in range(ROWS)
    ]


@pytest.fixture(scope="module")
def gateway(rows, tmp_path_factory):
    cluster = Cluster()
    try:
        with Gateway(TypesProject(tmp_path_factory.mktemp("types"), cluster, rows)) as gateway:
            yield gateway
    finally:
        cluster.close()


def test_rows_found_are_those_of_the_naive_evaluation(gateway, rows):
    found = 0
    for number in range(FILTERS):
        question = Question(random.Random(f"filter/{number}"))
        query = question.query
        expected = [{"id": row["id"]} for row in rows if truth(question.filter, row) is True]
        answer = gateway.query(query, question.variables, ADMIN)
        assert answer == {"data": {"things": expected}}, f"{number}: {query} {question.variables}"
        found += 0 < len(expected) < ROWS
    assert found > FILTERS / 2, "hardly a filter tells rows apart"


def test_what_is_printed_is_what_was_stored(gateway, rows):
    answer = gateway.query(f"{{ things(order_by: {{id: asc}}) {{ id {' '.join(COLUMNS)} }} }}", caller=ADMIN)
    assert answer == {"data": {"things": rows}}
