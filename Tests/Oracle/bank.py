"""Load on the project `bank`: transfers that write four tables in one mutation, and what must hold afterwards."""

import http.client
import json
import random
import threading
from dataclasses import dataclass, field

from gateway import credentials

CLERK = credentials({"role": "clerk"}, lifetime=86400) | {"Content-Type": "application/json"}
TALLIES = ("east", "west", "north", "south")
ACCOUNTS = range(1, 7)

TRANSFER = """
mutation Transfer($id: String!, $amount: bigint!, $less: bigint!, $from: Int!, $to: Int!, $tally: String!) {
  insert_transfers_one(object: {
    id: $id, amount: $amount, tally: $tally,
    entries: {data: [{account_id: $from, amount: $less}, {account_id: $to, amount: $amount}]}
  }) { id entries { account_id } }
  from: update_accounts_by_pk(pk_columns: {id: $from}, _inc: {balance: $less}) { id }
  to: update_accounts(where: {id: {_eq: $to}}, _inc: {balance: $amount}) { affected_rows }
  update_tallies_by_pk(pk_columns: {name: $tally}, _inc: {count: 1}) { count }
}
"""
TOTALS = """
query Totals {
  accounts_aggregate { aggregate { sum { balance } } }
  tallies_aggregate { aggregate { sum { count } } }
  transfers_aggregate { aggregate { count } }
  entries_aggregate { aggregate { count sum { amount } } }
}
"""
INVARIANTS = {
    "a balance is not the sum of its entries": """
        SELECT id, balance FROM accounts
        WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM entries WHERE account_id = accounts.id)""",
    "a transfer has not its two entries": """
        SELECT id FROM transfers AS t
        WHERE coalesce((SELECT count(*) || ':' || sum(amount) || ':' || max(amount) FROM entries WHERE transfer_id = t.id), '')
              <> '2:0:' || t.amount""",
    "an entry has no transfer": "SELECT transfer_id FROM entries WHERE transfer_id NOT IN (SELECT id FROM transfers)",
    "a tally does not count its transfers": """
        SELECT name, count FROM tallies WHERE count <> (SELECT count(*) FROM transfers WHERE tally = tallies.name)""",
    "a foreign key dangles": """
        SELECT transfer_id FROM entries WHERE account_id NOT IN (SELECT id FROM accounts)
        UNION ALL SELECT id FROM transfers WHERE tally NOT IN (SELECT name FROM tallies)""",
}


def violations(rows):
    """What does not hold, in sentences."""
    found = {text: rows.select(query) for text, query in INVARIANTS.items()}
    found["the database is damaged"] = rows.damage()
    return [f"{text}: {wrong[:3]}" for text, wrong in found.items() if wrong]


def stored_transfers(rows):
    return {name for (name,) in rows.select("SELECT id FROM transfers")}


def inconsistent(totals):
    """Of one answer, which is one snapshot: what does not add up, or None."""
    aggregates = {name: value["aggregate"] for name, value in totals["data"].items()}
    transfers = aggregates["transfers_aggregate"]["count"]
    expected = {
        "accounts_aggregate": {"sum": {"balance": 0}},
        "tallies_aggregate": {"sum": {"count": transfers}},
        "transfers_aggregate": {"count": transfers},
        "entries_aggregate": {"count": 2 * transfers, "sum": {"amount": 0 if transfers else None}},
    }
    return None if aggregates == expected else json.dumps(aggregates)


@dataclass
class Load:
    """Clients on threads of their own, until `stop` or until the gateway is gone."""

    port: int
    name: str
    acknowledged: list = field(default_factory=list)
    sent: int = 0
    read: int = 0
    faults: list = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)
    threads: list = field(default_factory=list)
    may_break: bool = False  # is losing the gateway part of the test?
    may_fail: bool = False  # is losing the database?

    def start(self, writers, readers=0):
        for number in range(writers):
            self.threads.append(threading.Thread(target=self._run, args=(self._write, f"{self.name}-w{number}"), daemon=True))
        for number in range(readers):
            self.threads.append(threading.Thread(target=self._run, args=(self._read, f"{self.name}-r{number}"), daemon=True))
        for thread in self.threads:
            thread.start()
        return self

    def wait_for(self, transfers, seconds):
        """Until that many are acknowledged or something is wrong; False when neither happened in time."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.acknowledged) >= transfers or self.faults, seconds)

    def stop(self, seconds=60):
        self.stopping.set()
        for thread in self.threads:
            thread.join(seconds)
            assert not thread.is_alive(), "a client hangs"

    def _fault(self, text):
        with self.changed:
            self.faults.append(text)
            self.changed.notify_all()

    def _run(self, act, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        chosen = random.Random(name)
        number = 0
        try:
            while not self.stopping.is_set() and not self.faults:
                act(connection, chosen, f"{name}-{number}")
                number += 1
        except (OSError, http.client.HTTPException) as error:
            if not self.may_break:
                self._fault(f"{name}: {error!r}")
        finally:
            connection.close()

    def _ask(self, connection, query, variables=None):
        connection.request("POST", "/v1/graphql", json.dumps({"query": query, "variables": variables}), CLERK)
        response = connection.getresponse()
        body = response.read()
        if self.may_fail and b'"code":"unavailable"' in body:
            return None
        if response.status != 200 or b'"errors"' in body:
            self._fault(f"{response.status}: {body[:400]!r}")
            return None
        return json.loads(body)

    def _write(self, connection, chosen, name):
        source, target = chosen.sample(ACCOUNTS, 2)
        amount = chosen.randint(1, 1000)
        variables = {
            "id": name, "amount": amount, "less": -amount, "from": source, "to": target, "tally": chosen.choice(TALLIES),
        }  # fmt: skip
        with self.changed:
            self.sent += 1
        answer = self._ask(connection, TRANSFER, variables)
        if answer is None:
            return
        with self.changed:
            if answer["data"]["to"] == {"affected_rows": 1} and len(answer["data"]["insert_transfers_one"]["entries"]) == 2:
                self.acknowledged.append(name)
            else:
                self.faults.append(f"answered {answer}")
            self.changed.notify_all()

    def _read(self, connection, chosen, name):
        answer = self._ask(connection, TOTALS)
        if answer is not None:
            self.read += 1
            if problem := inconsistent(answer):
                self._fault(f"one answer does not add up: {problem}")
