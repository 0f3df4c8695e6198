"""Two databases that differ only in what a caller may not see answer the caller's operations in the same bytes.

Rules, rows and operations are generated; `worlds.py` makes the pairs. What webhooks of rules are asked is compared, too, and what
subscriptions are sent while the operations go on. What is accepted as a channel, or belongs to the database, is pinned at the end.
"""

import contextlib
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
from sockets import WAIT, GraphQLSocket, headers
from worlds import HIDDEN_KEYS, Desk, Offer, OperationMaker, WorldMaker

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


class Followers:
    """The same subscriptions of the caller in both worlds. What each is sent is kept, byte by byte."""

    # Beside the whole lists.
    MOST = 3
    # Seconds until what should be sent has been.
    PATIENCE = 2

    def __init__(self, gateways, caller):
        self.gateways, self.caller = gateways, caller
        # One token: webhooks are told when it expires.
        payload = headers(credentials(caller))
        self.clients = [GraphQLSocket(gateway).init(payload) for gateway in gateways]
        # By the id of a subscription: its query as a request of its own, and what each world was sent for it.
        self.followed = {}
        self.begun = 0

    def receive(self, world, timeout=WAIT):
        """The next message of a subscription that is followed: its id and its bytes."""
        while True:
            text = self.clients[world].socket.recv(timeout)
            message = json.loads(text)
            if message["type"] not in ("ka", "ping", "pong") and message["id"] in self.followed:
                return message["id"], text

    def follow(self, query, variables):
        """Begins with the query of a request. Returns its id and the kind of message that it begins with."""
        self.begun += 1
        id = str(self.begun)
        sent = [[], []]
        self.followed[id] = ((query, variables), sent)
        for client in self.clients:
            client.begin("subscription" + query.removeprefix("query"), id, variables)
        for world in (0, 1):
            while not sent[world]:
                other, text = self.receive(world)
                # Rows that no order is asked of may be sent once more, in another.
                self.followed[other][1][world].append(text)
        self.compare(id)
        kind = json.loads(sent[0][0])["type"]
        if kind != "next":
            del self.followed[id]
        return id, kind

    def compare(self, id):
        query, sent = self.followed[id]
        for first, second in zip(*sent, strict=False):
            assert first == second, f"a subscription as {self.caller} tells the worlds apart:\n{query}\n{first[:2000]}\n{second[:2000]}"

    def drop(self, id):
        for world, client in enumerate(self.clients):
            client.complete(id)
            # What is asked for its sake is asked before this is answered.
            client.send({"type": "ping"})
            while (message := json.loads(text := client.socket.recv(WAIT)))["type"] != "pong":
                if message["type"] == "next" and message["id"] in self.followed:
                    self.followed[message["id"]][1][world].append(text)
        self.compare(id)
        del self.followed[id]

    def settle(self):
        """Waits until every subscription shows what its query answers now. Returns how many results that took.

        Which rows a list without an order is cut to, the database says anew each time: what is not reached is followed no more.
        """
        results = 0
        for id, (query, sent) in list(self.followed.items()):
            expected = [canonical(answer.json) for answer in answers(self.gateways, *query, self.caller)]
            try:
                for world in (0, 1):
                    while canonical(json.loads(sent[world][-1]).get("payload")) != expected[world]:
                        other, text = self.receive(world, self.PATIENCE)
                        self.followed[other][1][world].append(text)
                        results += 1
            except TimeoutError:
                self.drop(id)
                continue
            self.compare(id)
        return results

    def drain(self, quiet=0.3):
        """Takes what is still under way; both worlds have been sent the same then. Returns how many results that were."""
        results = 0
        for world in (0, 1):
            with contextlib.suppress(TimeoutError):
                while True:
                    id, text = self.receive(world, quiet)
                    self.followed[id][1][world].append(text)
                    results += 1
        for id, (_, sent) in self.followed.items():
            self.compare(id)
            assert len(sent[0]) == len(sent[1]), f"a subscription as {self.caller} is sent more in one world:\n{self.followed[id]}"
        return results

    def close(self):
        for client in self.clients:
            client.__exit__()


def canonical(value):
    """With lists in an order of their own."""
    if isinstance(value, dict):
        return {name: canonical(member) for name, member in value.items()}
    return sorted((canonical(item) for item in value), key=json.dumps) if isinstance(value, list) else value


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
        offer = Offer(offers[0].json)
        followers = Followers(gateways, worlds.caller)
        for query in offer.lists():
            seen[database, "subscription", compare_subscription(followers, query, None, desk)] += 1
        lists = set(followers.followed)
        rng = random.Random(f"{seed}/followers")
        for query, variables in operations(worlds, seed, offer):
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
            if query.startswith("mutation"):
                seen[database, "result", "sent"] += followers.settle()
            elif rng.random() < 0.3:
                others = [id for id in followers.followed if id not in lists]
                if len(others) == Followers.MOST:
                    followers.drop(others[0])
                seen[database, "subscription", compare_subscription(followers, query, variables, desk)] += 1
        followers.drain()
        # What another changes of rows that the caller does not see, in one world alone, nobody is sent.
        for change in HIDDEN_CHANGES:
            assert "errors" not in gateways[1].query(change, None, "admin")
        assert followers.drain() == 0
        followers.close()
    finally:
        assert [gateway.stop() for gateway in gateways] == [0, 0]


HIDDEN_CHANGES = [
    f'mutation {{ update_docs(where: {{id: {{_gte: {HIDDEN_KEYS}}}}}, _set: {{title: "changed"}}) {{ affected_rows }} }}',
    f"mutation {{ delete_comments(where: {{id: {{_gte: {HIDDEN_KEYS}}}}}) {{ affected_rows }} }}",
]


def compare_subscription(followers, query, variables, desk):
    """Begins one. Returns what it came to."""
    id, kind = followers.follow(query, variables)
    asked = desk.heard()
    assert asked[0] == asked[1], f"a subscription as {followers.caller}:\n{query}\n{asked}"
    if asked[0] and kind == "next":
        # It is asked again whenever it is read again, and how often that is depends on when.
        followers.drop(id)
    return kind


def test_the_operations_reach_what_they_should(seen):
    """Enough is answered and enough is refused for each reason, of reads and of writes."""
    if not seen:
        pytest.skip("no operation ran before")
    for database in {key[0] for key in seen}:
        found = {key[1:]: count for key, count in seen.items() if key[0] == database}
        assert all(found[kind] > 0 for kind in (("webhook", "asked"), ("result", "sent"), ("subscription", "next"))), found
        total = sum(count for (kind, _), count in found.items() if kind in ("query", "mutation"))
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
