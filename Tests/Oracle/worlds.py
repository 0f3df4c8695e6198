"""Pairs of databases that differ only in what one caller may not see, under generated rules.

The oracle says what a caller sees; everything else is given other values, and rows nobody leads to are added. What rules
ask about a row (its owner, level, tenant …) stays as it is, for a rule reveals its decision. Kept out are the channels that
are accepted: hidden keys are never among the values that operations send, and keys are never generated.

Webhooks of rules are asked of a `Desk`, which hears what is asked of each world. The oracle has neither webhooks nor stored
forms: it is given rules that say the same without them (`without_services`).
"""

import hashlib
import http.server
import json
import random
import threading
from dataclasses import dataclass

from oracle import Caller, Catalog, Oracle
from oracle.view import View
from regressions import ALLOW, AUTHENTICATED, DENY, SmallProject, check, every, match, none_of, some, where

TABLES = """
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, org TEXT NOT NULL, rank INT);
CREATE TABLE docs (
  id INTEGER PRIMARY KEY, owner_id INT REFERENCES people (id), level INT NOT NULL, tenant TEXT NOT NULL, published BOOLEAN NOT NULL,
  slug TEXT UNIQUE, title TEXT NOT NULL, body TEXT, amount INT, secret TEXT, card TEXT, price NUMERIC, data JSONB, made TIMESTAMPTZ);
CREATE TABLE comments (
  id INTEGER PRIMARY KEY, doc_id INT NOT NULL REFERENCES docs (id), author_id INT REFERENCES people (id), level INT NOT NULL,
  text TEXT, score INT, note TEXT);
CREATE TABLE flags (id INTEGER PRIMARY KEY, tenant TEXT, level INT, open BOOLEAN);
"""
# What rules ask about; the rest of a row is what it says.
SELECTORS = {
    "people": ["id", "org"],
    "docs": ["id", "owner_id", "level", "tenant", "published", "slug"],
    "comments": ["id", "doc_id", "author_id", "level"],
    "flags": ["id", "tenant", "level", "open"],
}
TENANTS = ["north", "south", "east"]
LEVELS = [0, 1, 2, 3, 4]
# Of each column, among them what makes patterns, casts and divisions fail.
PAYLOAD = {
    "people": {
        "name": ["Ann", "Ben", "Cy", "", "o'Neil"], "email": [None, "a@x.org", "b@y.org", "%@_"], "rank": [None, 0, 1, 5, 2147483647],
    },
    "docs": {
        "title": ["One", "Two", "args.auth.id", "a%b_c", "", "(", "naïve ☕"], "body": [None, "7", "12", "seven", "[", "\\"],
        "amount": [None, 0, 1, 5, 900, 2147483647, -2147483648], "secret": [None, "alpha", "beta", "alphabet", "(x"],
        "card": [None, "4000111122223333", "5555666677773333", "12", "3333"], "price": [None, 0, 1, 2, 1000000],
        "data": [None, '{"a":1}', '{"a":{"b":[1,2]}}', "[]", '"x"'],
        "made": [None, "2024-02-29T12:00:00+00:00", "1999-12-31T23:59:59+00:00"],
    },
    "comments": {"text": [None, "yes", "no", "%", "a*"], "score": [None, 0, 1, 2, 10, -5], "note": [None, "x", "secret"]},
}  # fmt: skip
# The expressions raise where a row holds the wrong value.
COMPUTED = {
    "sqlite": {
        "risky": {"expression": "CASE WHEN amount = 900 THEN abs(-9223372036854775808) ELSE amount END", "type": "bigint"},
        "number": {"expression": "json_extract(CASE WHEN body = 'seven' THEN '{' ELSE '7' END, '$')", "type": "Int"},
    },
    "postgres": {
        "risky": {"expression": "1000 / (900 - amount)", "type": "Int"},
        "number": {"expression": "CAST(body AS INTEGER)", "type": "Int"},
    },
}
HIDDEN_KEYS = 100_000
# Columns that rules may store encrypted, and the one that they may store hashed.
ENCRYPTED = {"people": "email", "comments": "note"}
HASHED = {"docs": "secret"}
# Stands in rules for the service that is asked, which each world has its own path of.
SERVICE = "http://service.example"


class Desk:
    """The service that webhooks ask: by its path it says yes or no, or what the bytes that it is asked come to."""

    def __init__(self):
        desk = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                _, world, verdict = self.path.split("/")
                desk.asked[int(world)].append((verdict, body))
                admits = {"yes": True, "no": False}.get(verdict, hashlib.sha256(body).digest()[0] % 3 > 0)
                self.send_response(200 if admits else 403)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.asked = [[], []]
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def rules(self, rules, world):
        """The rules with the address of the service in them."""
        return json.loads(json.dumps(rules).replace(SERVICE, f"http://127.0.0.1:{self.server.server_port}/{world}"))

    def heard(self):
        """What was asked since the last time: of the first world, and of the second; statements of one request may overtake."""
        found = [sorted(asked) for asked in self.asked]
        for asked in self.asked:
            asked.clear()
        return found


def without_services(rules):
    """The rules as the oracle reads them: verdicts are constants, and what is stored encrypted is shown where it is decrypted."""

    def plain(rule):
        if isinstance(rule, list):
            return [plain(part) for part in rule]
        if not isinstance(rule, dict):
            return rule
        if rule.get("rule") == "webhook":
            return DENY if rule["url"].endswith("/no") else ALLOW
        if rule.get("rule") == "decrypt":
            return {"rule": "mask", "with": None, "clause": plain(rule.get("clause", ALLOW))}
        if rule.get("rule") in ("hash", "encrypt"):
            return ALLOW
        return {name: plain(part) for name, part in rule.items()}

    changed = plain(rules)
    for table, column in ENCRYPTED.items():
        field = rules[table]["fields"].get(column, {})
        if field.get("create", {}).get("rule") == "encrypt" and "decrypt" not in json.dumps(field):
            read = changed[table]["fields"][column].get("read", ALLOW)
            changed[table]["fields"][column]["read"] = every(read, {"rule": "mask", "with": None})
    return changed


def is_encrypted(rules, table, column):
    return rules[table]["fields"].get(column, {}).get("create", {}).get("rule") == "encrypt" if table in rules else False


class RuleMaker:
    """Random rules of every kind over the tables.

    Where the caller writes, no rule asks of the rows that lead to its own: whoever adds such a row may open a row to itself,
    and that is then allowed.
    """

    def __init__(self, rng, is_written):
        self.rng = rng
        self.is_written = is_written

    def condition(self, table, depth=2):
        rng = self.rng
        if depth and rng.random() < 0.45:
            kind = rng.random()
            if kind < 0.2:
                return none_of(self.condition(table, depth - 1))
            parts = [self.condition(table, depth - 1) for _ in range(rng.choice((1, 2, 2, 3)))]
            return every(*parts) if kind < 0.55 else some(*parts)
        return rng.choice(self.leaves(table))

    def webhook(self, *verdicts):
        return {"rule": "webhook", "url": f"{SERVICE}/{self.rng.choice(verdicts)}"}

    def request(self):
        return self.rng.choice(
            [
                self.webhook("yes", "yes", "no"),
                ALLOW, AUTHENTICATED, match("args.auth.role", "==", "editor", "string"), match("args.auth.level", ">", 1),
                none_of(match("args.auth.tenant", "==", "south", "string")),
                match("args.auth.tenant", "in", ["north", "east"], "string"),
            ]
        )  # fmt: skip

    def leaves(self, table):
        own = {
            "people": [
                match("args.row.id", "==", "args.auth.id"), where(org={"_eq": "args.auth.tenant"}),
                match("args.row.org", "in", "args.auth.tenants", "string"),
            ],
            "docs": [
                match("args.row.owner_id", "==", "args.auth.id"), match("args.row.owner_id", "!=", "args.auth.id"),
                match("args.row.level", "<=", "args.auth.level"), where(published={"_eq": True}),
                where(tenant={"_eq": "args.auth.tenant"}, level={"_gt": 0}), where(level={"_in": [0, 2]}),
                match("args.row.tenant", "notIn", "args.auth.tenants", "string"), match("args.row.tenant", "like", "n%", "string"),
                match("args.row.owner.org", "==", "args.auth.tenant", "string"), where(owner={"org": {"_neq": "south"}}),
                where(_not={"owner_id": {"_is_null": True}}),
                where(slug={"_like": "%a%"}),
                {"rule": "query", "collection": "main.flags", "where": {"tenant": {"_eq": "args.row.tenant"}, "open": {"_eq": True}}},
            ],
            "comments": [
                match("args.row.author_id", "==", "args.auth.id"), where(level={"_lt": 3}),
                match("args.row.doc.owner_id", "==", "args.auth.id"), where(doc={"published": {"_eq": True}}),
                match("args.row.level", "in", [0, 1, 4]), match("args.row.author.org", "!=", "args.auth.tenant", "string"),
                {"rule": "query", "collection": "main.flags", "where": {"level": {"_eq": "args.row.level"}}},
            ],
            "flags": [where(open={"_eq": True})],
        }  # fmt: skip
        to_many = {
            "people": [match("args.row.docs.level", "<", "args.auth.level"), where(docs={"published": {"_eq": True}})],
            "docs": [match("args.row.comments.author_id", "==", "args.auth.id"), where(comments={"level": {"_lt": 1}})],
        }
        return own[table] + [self.request()] + ([] if self.is_written else to_many.get(table, []))

    def collection(self, table):
        rng = self.rng
        read = self.condition(table)
        payload = list(PAYLOAD[table])
        if rng.random() < 0.25:
            clause = {"clause": self.condition(table, 1)} if rng.random() < 0.7 else {}
            removed = {"rule": "remove", "fields": [rng.choice(self.guardable(table))]} | clause
            read = every(some(read, self.condition(table)), removed)
        entry = {"read": read, "create": self.create(table), "update": self.update(table), "delete": self.condition(table)}
        if rng.random() < 0.25:
            entry["aggregate"] = self.condition(table, 1)
        if rng.random() < 0.3:
            entry["limits"] = [{"when": none_of(AUTHENTICATED), "rows": 3}, {"when": match("args.auth.level", "<", 2), "rows": 5}]
        # Whoever could change what rules ask about could open a row to itself.
        fields = {name: {"update": DENY} for name in SELECTORS[table]}
        for name in payload:
            field = {}
            if name in self.guardable(table) and rng.random() < 0.7:
                field["read"] = self.field(table, name)
            if rng.random() < 0.2:
                field["update"] = self.condition(table, 1)
            if rng.random() < 0.1:
                field["create"] = rng.choice([DENY, self.request()])
            if field:
                fields[name] = field
        if rng.random() < 0.6 and table in ENCRYPTED:
            fields[ENCRYPTED[table]] = self.encrypted(table, ENCRYPTED[table])
        if rng.random() < 0.4 and table in HASHED:
            form = {"rule": "hash", "fields": [HASHED[table]]}
            fields[HASHED[table]] = fields.get(HASHED[table], {}) | {"create": form, "update": every(ALLOW, form)}
        for name in {"docs": ["owner", "comments"], "comments": ["doc", "author"], "people": ["docs"]}[table]:
            if rng.random() < 0.25:
                fields[name] = {"read": self.condition(table, 1)}
        entry["fields"] = fields
        return entry

    def encrypted(self, table, name):
        """The entry of a field that is stored encrypted, and shown on some rows, on all or on none."""
        opened = {"rule": "decrypt", "fields": [name]}
        clause = {"clause": self.condition(table, 1)}
        read = self.rng.choice(
            [None, self.condition(table, 1), every(ALLOW, opened), every(ALLOW, opened | clause), every(self.condition(table, 1), opened | clause)]
        )
        form = {"rule": "encrypt", "fields": [name]} | ({"clause": self.request()} if self.rng.random() < 0.3 else {})
        return {"create": form} | ({"read": read} if read else {})

    @staticmethod
    def guardable(table):
        """Columns that may be hidden on rows that are seen: none of those that the computed fields show."""
        return [name for name in PAYLOAD[table] if name not in ("body", "amount")]

    def field(self, table, name):
        rng = self.rng
        texts = ["name", "email", "title", "secret", "card", "text", "note"]
        masks = [None, "hidden" if name in texts else {"rank": 7, "price": 1, "score": 3}.get(name)]
        if name in texts:
            masks += ["last4", "last4", "hash"]
        mask = {"rule": "mask", "with": rng.choice(masks)}
        if rng.random() < 0.6:
            mask["clause"] = self.condition(table, 1)
        guard = self.condition(table, 1)
        return rng.choice([DENY, guard, guard, mask, mask, every(guard, mask), some(every(guard, mask), self.condition(table, 1))])

    def create(self, table):
        level = check(level={"_lte": 3}) if table != "people" else check(org={"_in": TENANTS[:2]})
        force = {"docs": ("owner_id", "args.auth.id"), "comments": ("author_id", "args.auth.id"), "people": ("org", "args.auth.tenant")}[table]
        forced = {"rule": "force", "field": f"args.doc.{force[0]}", "value": force[1]}
        stripped = {"rule": "remove", "fields": [self.rng.choice(list(PAYLOAD[table]))]}
        return self.rng.choice(
            [DENY, AUTHENTICATED, ALLOW, ALLOW, every(AUTHENTICATED, level), every(self.request(), forced), every(level, forced),
             every(ALLOW, stripped), every(AUTHENTICATED, self.webhook("yes", "body")), some(every(match("args.auth.role", "==", "editor", "string"), forced), every(AUTHENTICATED, level))]
        )  # fmt: skip

    def update(self, table):
        condition = self.condition(table)
        level = check(level={"_lte": 3}) if table != "people" else check(org={"_in": TENANTS})
        asked = every(condition, check(), self.webhook("yes", "body"))
        selector, kind = ("level", "number") if table != "people" else ("org", "string")
        kept = every(condition, match(f"args.doc.{selector}", "==", f"args.row.{selector}", kind))
        return self.rng.choice([DENY, condition, every(condition, check()), every(condition, level), asked, kept])


CALLERS = [
    None, {"id": 1, "role": "editor", "level": 3, "tenant": "north", "tenants": ["north", "south"]},
    {"id": 2, "role": "member", "level": 1, "tenant": "south", "tenants": []}, {"id": 3, "role": "member", "level": 2, "tenant": "east"},
    {"id": 4}, {"role": "member", "tenant": "north", "tenants": "{north,east}", "level": "2"}, {"id": "7abc", "level": None, "tenant": 5},
]  # fmt: skip


@dataclass
class Worlds:
    """Two projects of one rule set, the caller that cannot tell them apart, and the oracle of the first."""

    projects: list
    caller: object
    oracle: Oracle
    is_written: bool
    changed: int
    added: list
    rules: dict
    # Of each world, by table: the rows as they are written.
    rows: list

    def sealing(self, world):
        """The mutations, for an admin, that store what is to be stored encrypted."""
        for table, column in ENCRYPTED.items():
            if not is_encrypted(self.rules, table, column):
                continue
            updates = [
                f"{{where: {{id: {{_eq: {row['id']}}}}}, _set: {{{column}: {json.dumps(row[column])}}}}}"
                for row in self.rows[world][table] if row[column] is not None
            ]  # fmt: skip
            if updates:
                yield f"mutation {{ update_{table}_many(updates: [{', '.join(updates)}]) {{ affected_rows }} }}"


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


class WorldMaker:
    def __init__(self, seed, directory, database, make_database, desk):
        self.desk = desk
        self.rng = random.Random(seed)
        self.directory = directory
        self.database = database
        self.make_database = make_database

    def make(self):
        rows = self.first_rows()
        is_written = self.rng.random() < 0.8
        maker = RuleMaker(self.rng, is_written)
        full = {table: maker.collection(table) for table in ("people", "docs", "comments")}
        rules = without_services(full)
        # Those without the claims that rules name are refused much.
        caller = self.rng.choices(CALLERS, (1, 3, 3, 2, 1, 3, 1))[0]
        oracle = self.oracle("first", rules, rows)
        others, changed = self.hidden_changed(oracle, caller, rows, full)
        unseen = self.unseen(rules, rows, caller, self.groups(rows, 40))
        added = [self.rng.sample(unseen, min(len(unseen), self.rng.choice(counts))) for counts in ((0, 1, 6), (2, 9, 40))]
        worlds = [self.joined(rows, added[0]), self.joined(others, added[1])]
        seen = [observed(self.oracle(f"seen{number}", rules, world), caller) for number, world in enumerate(worlds)]
        assert seen[0] == seen[1], "the oracle tells the worlds apart"
        if changed + len(added[1]) < 20:
            # The caller sees nearly everything.
            return None
        computed = {"risky": {"read": ALLOW}, "number": {"read": ALLOW}}
        rules = full | {"docs": full["docs"] | {"fields": full["docs"]["fields"] | computed}}
        settings = {"limits": {"cost": 10**12}}
        projects = [
            SmallProject(
                self.directory / f"world{number}", self.desk.rules(rules, number), sql=script(world), server=settings,
                make_database=self.make_database, collections={"docs": {"computedFields": COMPUTED[self.database]}},
                outbound={"allow": ["127.0.0.0/8"]},
            )
            for number, world in enumerate(worlds)
        ]  # fmt: skip
        return Worlds(projects, caller, oracle, is_written, changed, [len(groups) for groups in added], full, worlds)

    def first_rows(self):
        rng = self.rng
        rows = {"people": [], "docs": [], "comments": [], "flags": []}
        for number in range(1, 7):
            rows["people"].append({"id": number, "org": rng.choice(TENANTS)} | self.payload("people"))
        for number in range(1, 21):
            selectors = {
                "id": number, "owner_id": rng.choice([None, 1, 2, 3, 4]), "level": rng.choice(LEVELS), "tenant": rng.choice(TENANTS),
                "published": rng.random() < 0.5, "slug": rng.choice([None, f"s{number}a", f"t{number}"]),
            }  # fmt: skip
            rows["docs"].append(selectors | self.payload("docs"))
        for number in range(1, 31):
            selectors = {"id": number, "doc_id": rng.randint(1, 20), "author_id": rng.choice([None, 1, 2, 3]), "level": rng.choice(LEVELS)}
            rows["comments"].append(selectors | self.payload("comments"))
        for number, tenant in enumerate(TENANTS, 1):
            rows["flags"].append({"id": number, "tenant": tenant, "level": number, "open": rng.random() < 0.5})
        return rows

    def payload(self, table):
        row = {name: self.rng.choice(values) for name, values in PAYLOAD[table].items()}
        if table == "docs" and row["amount"] == 900 and self.rng.random() < 0.7:
            row["amount"] = 5
        return row

    def hidden_changed(self, oracle, caller, rows, rules):
        """The rows with other values wherever the caller sees none of them."""
        view = View(oracle.catalog, oracle.rules, Caller(caller))
        others, changed = {}, 0
        for table, kept in rows.items():
            collection = oracle.catalog.collections[table]
            stored = {row.values["id"]: row for row in collection.rows}
            others[table] = []
            for row in kept:
                copy = dict(row)
                for name, values in PAYLOAD.get(table, {}).items():
                    value = self.rng.choice(values)
                    # Whether there is a value that is stored encrypted, is all that is told of it.
                    if is_encrypted(rules, table, name) and (value is None) != (row[name] is None):
                        continue
                    if value != row[name] and self.is_hidden(oracle, view, caller, stored[row["id"]], name, value):
                        copy[name] = value
                        changed += 1
                others[table].append(copy)
        return others, changed

    @staticmethod
    def is_hidden(oracle, view, caller, row, name, value):
        if not view.readable(row):
            return True
        entry = row.collection.columns[name]
        if not view.has_field(row.collection, name):
            return True
        if name in ("body", "amount"):
            return False
        before, kept = view.shown(row, entry), row.values[name]
        row.values[name] = value
        try:
            return View(oracle.catalog, oracle.rules, Caller(caller)).shown(row, entry) == before
        finally:
            row.values[name] = kept

    def groups(self, rows, count):
        """Rows that lead only to each other, one of each table, with keys that nobody sends."""
        rng = self.rng
        groups = []
        for number in range(HIDDEN_KEYS, HIDDEN_KEYS + count):
            like = {table: dict(rng.choice(rows[table])) for table in ("people", "docs", "comments")}
            owner = number if like["docs"]["owner_id"] else None
            author = number if like["comments"]["author_id"] else None
            groups.append(
                {
                    "people": like["people"] | {"id": number} | self.payload("people"),
                    "docs": like["docs"] | {"id": number, "owner_id": owner, "slug": f"hidden-{number}"} | self.payload("docs"),
                    "comments": like["comments"] | {"id": number, "doc_id": number, "author_id": author} | self.payload("comments"),
                }
            )
        return groups

    def unseen(self, rules, rows, caller, groups):
        """Those of which the caller sees no row."""
        oracle = self.oracle("groups", rules, self.joined(rows, groups))
        view = View(oracle.catalog, oracle.rules, Caller(caller))
        shown = {
            row.values["id"]
            for name, collection in oracle.catalog.collections.items()
            for row in collection.rows
            if row.values["id"] >= HIDDEN_KEYS and view.exists(collection) and view.readable(row)
        }
        return [group for group in groups if group["docs"]["id"] not in shown]

    @staticmethod
    def joined(rows, groups):
        return {table: kept + [group[table] for group in groups if table in group] for table, kept in rows.items()}

    def oracle(self, name, rules, rows):
        project = SmallProject(self.directory / f"oracle-{name}", rules, sql=script(rows))
        return Oracle(Catalog(project.config, project.database))


def script(rows):
    lines = [TABLES]
    for table, content in rows.items():
        for row in content:
            lines.append(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(literal(value) for value in row.values())});")
    return "\n".join(lines)


def observed(oracle, caller):
    """All that the oracle says the caller may see of the rows, and what its relationships lead to."""
    view = View(oracle.catalog, oracle.rules, Caller(caller))
    found = {}
    for name, collection in oracle.catalog.collections.items():
        if not view.exists(collection):
            continue
        entries = view.fields(collection)
        for row in collection.rows:
            if view.readable(row):
                shown = {entry.name: repr(view.shown(row, entry)) for entry in entries}
                linked = {
                    r.name: sorted(other.values["id"] for other in view.related(row, r))
                    for r in collection.relationships.values() if view.relationship(collection, r.name)
                }  # fmt: skip
                found[name, row.values["id"]] = (shown, linked, view.aggregable(row))
    return found


# -- operations ----------------------------------------------------------------------------


class Offer:
    """What the caller's schema offers: names by type."""

    QUERY = "{ __schema { types { name fields { name } inputFields { name type { name } } enumValues { name } } } }"

    def __init__(self, answer):
        self.names = {
            kind["name"]: [member["name"] for part in ("fields", "inputFields", "enumValues") for member in kind[part] or []]
            for kind in (answer.get("data") or {"__schema": {"types": []}})["__schema"]["types"]
        }
        # Of which a filter asks only whether it is null.
        self.sealed = {
            (kind["name"], field["name"])
            for kind in (answer.get("data") or {"__schema": {"types": []}})["__schema"]["types"]
            for field in kind["inputFields"] or [] if field["type"]["name"] == "sealed_comparison_exp"
        }  # fmt: skip

    def of(self, kind, among):
        """Those of the names that the type has."""
        return [name for name in among if name in self.names.get(kind, ())]

    def lists(self):
        """A query of each table with all that the caller is shown of its rows, in the order of their keys where that is offered."""
        for table, payload in PAYLOAD.items():
            columns = self.of(table, [*SELECTORS[table], *payload])
            if columns and self.of("query_root", [table]):
                order = "(order_by: {id: asc})" if self.of(f"{table}_order_by", ["id"]) else ""
                yield f"{{ {table}{order} {{ {' '.join(columns)} }} }}"


class OperationMaker:
    """Random operations over the tables: what a curious caller sends, now and then with names that do not exist for them."""

    PATTERNS = ["%", "a%", "%e%", "_", "(", "[a-z]+", "a{2,1}", "*", "\\", "%\\", "^.$", "seven"]

    def __init__(self, rng, offer, writes):
        self.rng = rng
        self.offer = offer
        self.writes = writes

    def offered(self, kind, names):
        """Mostly those that exist."""
        found = self.offer.of(kind, names) if self.rng.random() < 0.97 else names
        return found or names

    def text(self):
        kind = self.rng.random()
        if kind < 0.05:
            return "{ __schema { types { name kind fields { name args { name } type { name kind ofType { name } } } inputFields { name } enumValues { name } } } }"
        if kind < 0.3 or not self.writes:
            return self.read()
        return "mutation { " + " ".join(f"f{n}: {self.write()}" for n in range(self.rng.choice((1, 1, 1, 2)))) + " }"

    def table(self):
        tables = ["docs", "docs", "docs", "comments", "people"]
        return self.rng.choice(self.offered("query_root", tables))

    def columns(self, table, kind=None):
        computed = ["risky", "number"] if table == "docs" else []
        return self.offered(kind or table, SELECTORS[table] + list(PAYLOAD[table]) + computed)

    def selection(self, table, depth=1):
        rng = self.rng
        columns = self.columns(table)
        names = [*self.offered(table, ["id"]), *rng.sample(columns, min(len(columns), rng.choice((1, 2, 3))))]
        links = self.offered(table, {"docs": ["owner", "comments"], "comments": ["doc", "author"], "people": ["docs", "comments"]}[table])
        parts = list(dict.fromkeys(names))
        if depth and rng.random() < 0.35:
            link = rng.choice(links)
            target = {"owner": "people", "author": "people", "doc": "docs"}.get(link, link)
            parts.append(f"{link} {{ {self.selection(target, depth - 1)} }}")
            if link == target and rng.random() < 0.4 and f"{link}_aggregate" in self.offered(table, [f"{link}_aggregate"]):
                parts.append(f"{link}_aggregate {{ aggregate {{ count }} }}")
        return " ".join(parts)

    def read(self):
        table, rng = self.table(), self.rng
        arguments = [f"where: {self.filter(table)}"]
        if rng.random() < 0.4:
            column = rng.choice(self.columns(table, f"{table}_order_by"))
            arguments.append(f"order_by: {{{column}: {rng.choice(['asc', 'desc'])}}}")
        if rng.random() < 0.3:
            arguments.append(f"limit: {rng.choice([0, 1, 3])}")
        given = "(" + ", ".join(arguments) + ")"
        if rng.random() < 0.25 and self.offer.of("query_root", [f"{table}_aggregate"]):
            column = rng.choice(self.columns(table, f"{table}_max_fields"))
            fold = rng.choice(["max", "min", "sum", "avg"])
            return f"{{ {table}_aggregate{given} {{ aggregate {{ count {fold} {{ {column} }} }} nodes {{ {self.selection(table)} }} }} }}"
        return f"{{ {table}{given} {{ {self.selection(table)} }} }}"

    def filter(self, table, depth=2):
        rng = self.rng
        kind = rng.random()
        if depth and kind < 0.25:
            name = rng.choice(["_and", "_or"])
            return f"{{{name}: [{self.filter(table, depth - 1)}, {self.filter(table, depth - 1)}]}}"
        if depth and kind < 0.35:
            return f"{{_not: {self.filter(table, depth - 1)}}}"
        if depth and kind < 0.5:
            targets = {"owner": "people", "author": "people", "doc": "docs", "docs": "docs", "comments": "comments"}
            links = {"docs": ["owner", "comments"], "comments": ["doc", "author"], "people": ["docs"]}[table]
            link = rng.choice(self.offered(f"{table}_bool_exp", links))
            target = targets[link]
            return f"{{{link}: {self.filter(target, depth - 1)}}}"
        if depth and kind < 0.56 and table == "docs" and self.offer.of("docs_bool_exp", ["comments_aggregate"]):
            return f"{{comments_aggregate: {{count: {{predicate: {{_gte: {rng.choice([0, 1, 2])}}}, filter: {self.filter('comments', 0)}}}}}}}"
        column = rng.choice(self.columns(table, f"{table}_bool_exp"))
        if rng.random() < 0.1 or (f"{table}_bool_exp", column) in self.offer.sealed and rng.random() < 0.9:
            return f"{{{column}: {{_is_null: {rng.choice(['true', 'false'])}}}}}"
        if rng.random() < 0.25 and self.is_text(table, column):
            operator = rng.choice(["_like", "_nlike", "_ilike", "_regex", "_nregex", "_iregex", "_similar"])
            return f"{{{column}: {{{operator}: {json.dumps(rng.choice(self.PATTERNS))}}}}}"
        operator = rng.choice(["_eq", "_neq", "_gt", "_lte", "_in"])
        value = self.value(table, column)
        return f"{{{column}: {{{operator}: {f'[{value}]' if operator == '_in' else value}}}}}"

    @staticmethod
    def is_text(table, column):
        return column in ("tenant", "slug", "title", "body", "secret", "card", "name", "email", "org", "text", "note")

    def value(self, table, column):
        """As a literal of a document; now and then one that fits no column of the type."""
        rng = self.rng
        if rng.random() < 0.03:
            return rng.choice(["2147483648", "99999999999999999999", '"x"', "true", "null", "1.5", '"soon"'])
        if column == "published":
            return rng.choice(["true", "false"])
        if column in ("id", "doc_id", "owner_id", "author_id"):
            return str(rng.randint(1, 24 if column in ("id", "doc_id") else 5))
        if column in ("level", "risky", "number"):
            return str(rng.choice([*LEVELS, 7, 10]))
        if column in ("tenant", "org"):
            return json.dumps(rng.choice(TENANTS))
        if column == "slug":
            return json.dumps(rng.choice([f"s{n}a" for n in range(1, 21)] + ["new", "newer"]))
        values = [value for value in PAYLOAD[table][column] if value is not None]
        value = rng.choice(values)
        if column == "data":
            return rng.choice(["{a: 1}", "[]", '"x"', "{a: {b: [1, 2]}}"])
        return json.dumps(value, ensure_ascii=False)

    def object(self, table, names):
        return "{" + ", ".join(f"{name}: {self.value(table, name)}" for name in dict.fromkeys(names)) + "}"

    def write(self):
        rng = self.rng
        roots = [f"{kind}_{table}{end}" for kind, end in self.KINDS for table in ("docs", "docs", "comments", "people")]
        root = rng.choice(self.offered("mutation_root", roots))
        return self.written(root, next(table for table in PAYLOAD if f"_{table}" in root))

    KINDS = [
        ("insert", ""), ("insert", ""), ("insert", ""), ("update", ""), ("update", ""), ("update", ""), ("update", "_by_pk"),
        ("update", "_many"), ("delete", ""), ("delete", "_by_pk"),
    ]  # fmt: skip

    def written(self, root, table):
        rng = self.rng
        shows = "returning" in self.offer.names.get(f"{table}_mutation_response", ()) and rng.random() < 0.6
        answer = f"affected_rows returning {{ {self.selection(table)} }}" if shows else "affected_rows"
        payload = self.offered(f"{table}_set_input", list(PAYLOAD[table]))
        changes = f"_set: {self.object(table, rng.sample(payload, min(len(payload), rng.choice((1, 1, 2)))))}"
        if table == "docs" and rng.random() < 0.2:
            changes = rng.choice(["_inc: {amount: 1}", "_inc: {amount: 2147483647}", "_append: {data: [1]}", '_delete_key: {data: "a"}'])
        if root == f"insert_{table}":
            return self.insert(table, answer)
        if root == f"update_{table}":
            return f"{root}(where: {self.filter(table)}, {changes}) {{ {answer} }}"
        if root == f"update_{table}_by_pk":
            return f"{root}(pk_columns: {{id: {rng.randint(1, 24)}}}, {changes}) {{ {self.selection(table)} }}"
        if root == f"update_{table}_many":
            return f"{root}(updates: [{{where: {self.filter(table)}, {changes}}}, {{where: {self.filter(table)}, {changes}}}]) {{ {answer} }}"
        # Most rows stay for the operations to come.
        if root == f"delete_{table}":
            return f"{root}(where: {{_and: [{self.filter(table)}, {{id: {{_lt: {rng.randint(1, 8)}}}}}]}}) {{ {answer} }}"
        return f"{root}(id: {rng.randint(1, 30)}) {{ {self.selection(table)} }}"

    def insert(self, table, answer):
        rng = self.rng
        needed = {"docs": ["id", "level", "tenant", "published", "title"], "comments": ["id", "doc_id", "level"], "people": ["id", "name", "org"]}
        rows = []
        for _ in range(rng.choice((1, 1, 2))):
            kind = f"{table}_insert_input"
            names = [name for name in self.offered(kind, needed[table]) if rng.random() < 0.97 or name == "id"]
            others = self.offered(kind, [*SELECTORS[table], *PAYLOAD[table]])
            names += rng.sample(others, min(len(others), rng.choice((0, 1, 2))))
            rows.append(self.object(table, names))
        conflict = ""
        constraints = self.offer.of(f"{table}_constraint", ["docs_slug_key", f"{table}_pkey"])
        if rng.random() < 0.5 and constraints:
            constraint = rng.choice(constraints)
            updated = self.offer.of(f"{table}_update_column", list(PAYLOAD[table]))
            columns = ", ".join(rng.sample(updated, min(len(updated), rng.choice((0, 1, 2)))))
            filters = self.offer.of(f"{table}_on_conflict", ["where"]) and rng.random() < 0.5
            condition = f", where: {self.filter(table)}" if filters else ""
            conflict = f", on_conflict: {{constraint: {constraint}, update_columns: [{columns}]{condition}}}"
        return f"insert_{table}(objects: [{', '.join(rows)}]{conflict}) {{ {answer} }}"
