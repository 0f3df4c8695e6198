"""A mixed load while PostgreSQL restarts, loses connections, stands still and has no connection left: clear errors only,
nothing wrong, nothing acknowledged and lost, and soon all is as before. `PERIGEE_FAULT_SECONDS` says for how long,
`PERIGEE_FAULT_RECOVERED` how much of the usual rate has to be back."""

import http.client
import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from gateway import Gateway
from postgres import Cluster, ScriptProject, is_installed

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="there is no PostgreSQL server here; `make packages-test` installs it"
)
SECONDS = float(os.environ.get("PERIGEE_FAULT_SECONDS", "20"))
SEED = os.environ.get("PERIGEE_FAULT_SEED", "faults")
READERS, WRITERS = 6, 4
RECOVERY = 2
# The share of the usual rate that is back then: half on a machine that does other things too, all of it (but for what a rate
# differs from one quarter of a second to the next) where nothing else runs.
RECOVERED = float(os.environ.get("PERIGEE_FAULT_RECOVERED", "0.5"))
KEYS = 200
OPENED = "select count(*) from pg_stat_activity where application_name = 'perigee'"
# At most what the pools of the configuration below hold, and the connection that looks at the schema.
POOLS = 2 + 4 + 4 + 1

SCRIPT = f"""
create table readings (id int primary key, value text not null);
insert into readings select n, 'value ' || n from generate_series(1, {KEYS}) as n;
create table receipts (id text primary key, amount int not null);
create table totals (id int primary key, amount int not null, receipts int not null);
insert into totals select n, 0, 0 from generate_series(1, 4) as n;
-- Not the owner of everything: connection limits are for it.
create role app login;
create view slow_readings as select id, value, pg_sleep(0.4)::text as slept from readings where id = 1;
grant all on all tables in schema public to app;
"""
RULES = {
    "main.readings": {"read": {"rule": "allow"}},
    "main.slow_readings": {"read": {"rule": "allow"}},
    "main.receipts": {"read": {"rule": "allow"}, "create": {"rule": "allow"}},
    "main.totals": {"read": {"rule": "allow"}, "update": {"rule": "allow"}},
}
CONFIG = """
server: {{ host: 127.0.0.1, port: 0, limits: {{ requestTimeout: 3s }} }}
sources:
  main: {{ kind: postgres, url: "{url}", track: all, pool: {{ fast: 2, slow: 4, write: 4 }} }}
rules: rules.json
"""
BY_KEY = "query R($id: Int!) { readings_by_pk(id: $id) { id value } }"
LIST = "query L($id: Int!) { readings(where: {id: {_gte: $id}}, order_by: {id: asc}, limit: 5) { id value } }"
SLOW = "{ slow_readings { id slept } }"
# Two rows or none: a receipt, and a total that counts it.
PAY = """
mutation P($id: String!, $amount: Int!, $total: Int!) {
  insert_receipts_one(object: {id: $id, amount: $amount}) { id }
  update_totals_by_pk(pk_columns: {id: $total}, _inc: {amount: $amount, receipts: 1}) { id receipts }
}
"""


class Clients:
    """Readers and writers with a connection each; every answer is judged."""

    def __init__(self, port):
        self.port = port
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.answered = 0
        self.codes = {}
        self.wrong = []
        self.acknowledged = []
        self.uncertain = set()
        self.slowest = 0.0
        self.threads = [threading.Thread(target=self._run, args=(self._read, n)) for n in range(READERS)]
        self.threads += [threading.Thread(target=self._run, args=(self._write, n)) for n in range(WRITERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self.threads), "a client was never answered"

    def _run(self, act, number):
        chosen = random.Random(f"{SEED}/{act.__name__}/{number}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        count = 0
        while not self.stopping.is_set():
            count += 1
            try:
                act(connection, chosen, f"{number}-{count}")
            except (OSError, http.client.HTTPException) as error:
                with self.lock:
                    self.wrong.append(repr(error))
                connection.close()

    def _ask(self, connection, query, variables):
        began = time.monotonic()
        body = json.dumps({"query": query, "variables": variables})
        connection.request("POST", "/v1/graphql", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        with self.lock:
            self.slowest = max(self.slowest, time.monotonic() - began)
            if "errors" in answer:
                for error in answer["errors"]:
                    code = error["extensions"]["code"]
                    self.codes[code] = self.codes.get(code, 0) + 1
            else:
                self.answered += 1
        return answer

    def _read(self, connection, chosen, _name):
        kind = chosen.random()
        identifier = chosen.randint(1, KEYS)
        if kind < 0.6:
            answer = self._ask(connection, BY_KEY, {"id": identifier})
            expected = {"readings_by_pk": {"id": identifier, "value": f"value {identifier}"}}
        elif kind < 0.98:
            answer = self._ask(connection, LIST, {"id": identifier})
            expected = {
                "readings": [{"id": n, "value": f"value {n}"} for n in range(identifier, min(identifier + 5, KEYS + 1))]
            }
        else:
            answer = self._ask(connection, SLOW, {})
            expected = {"slow_readings": [{"id": 1, "slept": ""}]}
        if "errors" not in answer and answer["data"] != expected:
            self.wrong.append(answer)

    def _write(self, connection, chosen, name):
        amount, total = chosen.randint(1, 100), chosen.randint(1, 4)
        answer = self._ask(connection, PAY, {"id": name, "amount": amount, "total": total})
        with self.lock:
            if "errors" in answer:
                self.uncertain.add(name)
            elif answer["data"]["insert_receipts_one"] == {"id": name}:
                self.acknowledged.append(name)
            else:
                self.wrong.append(answer)

    def rate(self, seconds):
        before = self.answered
        time.sleep(seconds)
        return (self.answered - before) / seconds


def processes(cluster):
    """The server's, all of them."""
    head = int((Path(cluster.folder) / "data/postmaster.pid").read_text().split("\n")[0])
    children = Path(f"/proc/{head}/task/{head}/children").read_text().split()
    return [head, *map(int, children)]


def stall(cluster, seconds):
    """As if the network stood still: nothing is answered, nothing is closed."""
    stopped = processes(cluster)
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    time.sleep(seconds)
    for process in reversed(stopped):
        os.kill(process, signal.SIGCONT)


def kill(cluster, _seconds):
    cluster.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'perigee'")


def exhaust(cluster, seconds):
    """No connection is left for the gateway: those it has are ended, and the server takes no more."""
    cluster.query("alter role app connection limit 0")
    kill(cluster, seconds)
    time.sleep(seconds)
    cluster.query("alter role app connection limit -1")


def restart(cluster, _seconds):
    cluster.restart()


def plan():
    """What happens in a run: five restarts, and each of the others at least twice, in an order of the seed's choosing."""
    events = [restart] * 5 + [kill, stall, exhaust] * max(2, int(SECONDS / 60))
    random.Random(SEED).shuffle(events)
    return events


def test_a_mixed_load_while_the_database_fails(tmp_path):
    cluster = Cluster()
    try:
        # What is acknowledged has left the server's memory, which a restart at once wipes out.
        cluster.query("alter system set synchronous_commit = on")
        cluster.query("select pg_reload_conf()")
        project = ScriptProject(tmp_path / "project", cluster, SCRIPT, CONFIG, RULES)
        project.replace_in_config("perigee@", "app@")
        with Gateway(project) as gateway:
            judge(cluster, gateway)
            assert gateway.is_alive, gateway.output()
    finally:
        cluster.close()


def judge(cluster, gateway):
    with Clients(gateway.port) as clients:
        time.sleep(1)
        usual = clients.rate(1)
        memory = None
        events = plan()
        pause = max(SECONDS / len(events) - RECOVERY - 0.5, 0)
        for number, event in enumerate(events):
            event(cluster, 0.5)
            deadline, rates = time.monotonic() + RECOVERY, [0]
            while max(rates) < usual * RECOVERED:
                assert time.monotonic() < deadline, f"{rates} answers a second after {event.__name__}, usually {usual}"
                rates.append(clients.rate(0.25))
            time.sleep(pause)
            if number == len(events) // 2:
                memory = gateway.resident_bytes()
    assert not clients.wrong, clients.wrong[:3]
    assert set(clients.codes) <= {"unavailable", "timeout"}, clients.codes
    assert clients.answered > 100 and clients.acknowledged and clients.codes, "the faults met nobody"
    # Nobody waits for longer than a request may take.
    assert clients.slowest < 3 + 2, clients.slowest
    assert gateway.resident_bytes() < memory * 1.5 + (16 << 20)
    assert 0 < int(cluster.query(OPENED)) <= POOLS
    database = cluster.query("select datname from pg_database where datname like 'oracle_%' limit 1")
    stored = set(cluster.run("select id from receipts", database).split())
    lost = set(clients.acknowledged) - stored
    assert not lost, f"{sorted(lost)[:3]} were acknowledged and are gone"
    assert stored <= set(clients.acknowledged) | clients.uncertain
    # A receipt and its total are written together.
    sums = "select coalesce(sum(amount), 0), {} from {}"
    assert cluster.run(sums.format("count(*)", "receipts"), database) == cluster.run(sums.format("sum(receipts)", "totals"), database)
    print(f"\n{clients.answered} answers, {len(clients.acknowledged)} receipts, errors {clients.codes}, {usual:.0f} a second")
