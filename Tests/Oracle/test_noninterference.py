"""Two databases that differ only in what a caller may not see answer the caller's operations in the same bytes.

Rules, rows and operations are generated; `worlds.py` makes the pairs. What webhooks of rules are asked is compared, too.
Subscriptions come when there are any. What is accepted as a channel, or belongs to the
database, is pinned at the end.
"""

import json
import os
import random
from collections import Counter

import pytest
from gateway import Gateway, credentials
from generate import generate
from oracle import Caller
from postgres import DATABASES
from regressions import ALLOW, AUTHENTICATED, OWN, SmallDatabase, SmallFile, SmallGateway, SmallProject, check, claims, every
from worlds import Desk, Offer, OperationMaker, WorldMaker

# How many for each database: some hundreds here, 5,000 in `make soak`.
OPERATIONS = int(os.environ.get("PERIGEE_INTERFERENCE_OPERATIONS", "400"))
SEED = os.environ.get("PERIGEE_INTERFERENCE_SEED", "worlds")
LENGTH = 100
INTROSPECTION = "{ __schema { queryType { fields { name } } mutationType { fields { name args { name } } } types { name fields { name type { kind name } } inputFields { name } enumValues { name } } } }"


def pairs():
    for database in DATABASES:
        for number in range(-(-OPERATIONS // LENGTH)):
            yield pytest.param(*database.values, number, marks=database.marks, id=f"{database.id}-{number}")


@pytest.fixture
def make_database(request):
    """Makes the databases of a test by the kind of database."""

    def maker(database):
        if database == "sqlite":
            return SmallFile
        cluster = request.getfixturevalue("cluster")
        return lambda directory, sql: SmallDatabase(cluster, sql, "auto")

    return maker


@pytest.fixture(scope="module")
def seen():
    """What the operations of this run came to."""
    return Counter()


@pytest.fixture(scope="module")
def desk():
    desk = Desk()
    yield desk
    desk.close()


def make_worlds(seed, directory, database, make_database, desk):
    """A pair; rules under which the caller sees nearly everything make none."""
    for attempt in range(20):
        folder = directory / f"attempt{attempt}"
        folder.mkdir()
        worlds = WorldMaker(f"{seed}/{attempt}", folder, database, make_database(database), desk).make()
        if worlds is not None:
            return worlds
    raise AssertionError(f"no pair of worlds for {seed}")


def start(worlds):
    """The two gateways, over rows whose encrypted columns are stored as the gateway stores them."""
    gateways = [Gateway(project) for project in worlds.projects]
    for number, gateway in enumerate(gateways):
        for mutation in worlds.sealing(number):
            answer = gateway.query(mutation, None, "admin")
            assert "errors" not in answer, answer
    return gateways


def operations(worlds, seed, offer):
    rng = random.Random(seed)
    maker = OperationMaker(rng, offer, worlds.is_written)
    view = worlds.oracle.view(Caller(worlds.caller))
    yield INTROSPECTION, None
    for number in range(LENGTH - 1):
        if rng.random() < 0.25 and any(view.exists(c) and view.fields(c) for c in worlds.oracle.catalog.collections.values()):
            generated = generate(view, f"{seed}/{number}")
            yield generated.query, generated.variables
        else:
            yield maker.text(), None


def answers(gateways, query, variables, caller):
    body = json.dumps({"query": query} | ({"variables": variables} if variables else {}))
    headers = credentials(caller)
    return [gateway.post(body, headers) for gateway in gateways]


def outcome(answer):
    errors = answer.json.get("errors")
    return errors[0]["extensions"]["code"] if errors else "answered"


@pytest.mark.parametrize(("database", "number"), list(pairs()))
def test_what_a_caller_may_not_see_changes_no_answer(database, number, tmp_path, make_database, seen, desk):
    seed = f"{SEED}/{number}"
    worlds = make_worlds(seed, tmp_path, database, make_database, desk)
    gateways = start(worlds)
    try:
        offers = answers(gateways, Offer.QUERY, None, worlds.caller)
        assert offers[0].body == offers[1].body
        for query, variables in operations(worlds, seed, Offer(offers[0].json)):
            first, second = answers(gateways, query, variables, worlds.caller)
            seen[database, "mutation" if query.startswith("mutation") else "query", outcome(first)] += 1
            asked = desk.heard()
            seen[database, "webhook", "asked"] += len(asked[0])
            assert asked[0] == asked[1], f"{seed} as {worlds.caller} is asked about with what tells the worlds apart:\n{query}\n{asked}"
            # A fault of the gateway's own, whoever it is told.
            assert outcome(first) != "unexpected", f"{seed} as {worlds.caller}: {query}\n{variables}\n{gateways[0].output()}"
            assert (first.status, first.body) == (second.status, second.body), (
                f"{seed} as {worlds.caller} tells the worlds apart:\n{query}\n{variables}\n{first.body[:2000]}\n{second.body[:2000]}"
            )
    finally:
        assert [gateway.stop() for gateway in gateways] == [0, 0]


def test_the_operations_reach_what_they_should(seen):
    """Enough is answered and enough is refused for each reason, of reads and of writes."""
    if not seen:
        pytest.skip("no operation ran before")
    for database in {key[0] for key in seen}:
        found = {key[1:]: count for key, count in seen.items() if key[0] == database}
        assert found.pop(("webhook", "asked")) > 0, found
        total = sum(found.values())
        assert found["query", "answered"] > total / 6, found
        assert found["mutation", "answered"] > total / 10, found
        reasons = {code for (_, code), _ in found.items()}
        assert {"validation-failed", "constraint-violation"} <= reasons, found
        print(database, dict(found))


@pytest.mark.parametrize("database", DATABASES)
def test_an_admin_tells_the_worlds_apart(database, tmp_path, make_database, desk):
    """Else the comparison would compare equal things."""
    worlds = make_worlds(f"{SEED}/admin", tmp_path, database, make_database, desk)
    gateways = start(worlds)
    try:
        query = "{ docs(order_by: {id: asc}) { id title secret amount } docs_aggregate { aggregate { count } } }"
        first, second = answers(gateways, query, None, "admin")
        assert first.body != second.body
    finally:
        assert [gateway.stop() for gateway in gateways] == [0, 0]


# -- channels that are accepted, each as it is ------------------------------------------------


@pytest.fixture
def small(request, tmp_path, make_database):
    gateway = None

    def start(rules, **more):
        nonlocal gateway
        rules = rules if "notes" in rules else {"notes": rules}
        gateway = SmallGateway(SmallProject(tmp_path / "project", rules, make_database=make_database(request.param), **more))
        return gateway

    yield start
    assert gateway.gateway.stop() == 0


@pytest.mark.parametrize("small", DATABASES, indirect=True)
def test_a_unique_key_tells_that_a_value_is_taken(small):
    """Accepted: whoever may write a value learns whether a hidden row has it."""
    started = small({"read": OWN, "create": AUTHENTICATED})
    query = 'mutation($s: String) { insert_notes(objects: {id: 50, owner: 1, title: "x", slug: $s}) { affected_rows } }'
    assert started.code(query, claims(1), {"s": "b"}) == "constraint-violation"
    assert started.data(query, claims(1), {"s": "free"})["insert_notes"] == {"affected_rows": 1}


@pytest.mark.parametrize("small", DATABASES, indirect=True)
def test_a_generated_key_tells_how_many_came_before(small):
    """The database's own: the next key follows those of hidden rows."""
    started = small({"read": OWN, "create": every(AUTHENTICATED, check(owner={"_eq": "args.auth.id"}))})
    query = 'mutation { insert_notes_one(object: {owner: 1, title: "x"}) { id } }'
    assert started.data(query, claims(1))["insert_notes_one"] == {"id": 4}


@pytest.mark.parametrize("small", DATABASES, indirect=True)
def test_an_open_relationship_tells_which_row_it_leads_to(small):
    """Accepted: whose row is linked shows, though the column it joins by does not."""
    sql = """CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE notes (id INTEGER PRIMARY KEY, person_id INT REFERENCES people (id));
      INSERT INTO people VALUES (1, 'Ann'); INSERT INTO notes VALUES (1, 1);"""
    closed = {"read": ALLOW, "fields": {"person_id": {"read": {"rule": "deny"}}}}
    gateway = small({"notes": closed, "people": {"read": ALLOW}}, sql=sql)
    assert gateway.code("{ notes { person_id } }") == "validation-failed"
    assert gateway.data("{ notes { person { name } } }")["notes"] == [{"person": {"name": "Ann"}}]
