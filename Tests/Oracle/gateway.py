"""The gateway as a child process: sample databases, identities, start, requests, stop.

Everything lives in a temporary directory and on 127.0.0.1; every wait has a deadline.
"""

import http.client
import json
import os
import queue
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import jwt
import yaml
from rows import FileRows

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
JWT_SECRET = "tests-only-secret-of-more-than-32-bytes!"
ADMIN_SECRET = "tests-only-admin-secret"
START_DEADLINE = 30
STOP_DEADLINE = 15
ADMIN = "admin"


def binary():
    """The executable under test; a missing one is a failure."""
    candidates = [os.environ["PERIGEE_BINARY"]] if "PERIGEE_BINARY" in os.environ else [
        ROOT / ".build/release/perigee",
        ROOT / ".build/debug/perigee",
    ]
    for candidate in candidates:
        if Path(candidate).is_file():
            return str(candidate)
    raise FileNotFoundError(f"no gateway binary at {', '.join(map(str, candidates))}")


def environment():
    return os.environ | {
        "PERIGEE_JWT_SECRET": JWT_SECRET,
        "PERIGEE_PROJECT_KEY": "tests-only-project-key-of-over-32-bytes!",
        "PERIGEE_ADMIN_SECRET": ADMIN_SECRET,
    }


def sql_of(name, database="sqlite"):
    """The SQL of a project's database: beside its configuration, else a named sample database."""
    beside = FIXTURES / "config" / name / f"{database}.sql"
    return beside if beside.exists() else FIXTURES / "databases" / name / f"{database}.sql"


class Project:
    """A copy of one configuration with its database built beside it."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = Path(directory)
        shutil.copytree(FIXTURES / "config" / name, self.directory, dirs_exist_ok=True)
        self.config = self.directory / "perigee.yaml"
        self.database = self.directory / self._database_file()
        self.build_database()
        self.pristine = self.directory / "pristine.db"
        shutil.copyfile(self.database, self.pristine)
        self.rows = FileRows(self.database, self.pristine)

    def _database_file(self):
        sources = yaml.safe_load(self.config.read_text(encoding="utf-8"))["sources"]
        return next(iter(sources.values()))["url"].removeprefix("sqlite:")

    def build_database(self):
        connection = sqlite3.connect(self.database)
        try:
            connection.executescript(sql_of(self.name).read_text(encoding="utf-8"))
        finally:
            connection.close()

    def replace_in_config(self, old, new):
        text = self.config.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {self.config}"
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    def allow_any_cost(self):
        """Generated operations may cost anything."""
        self.replace_in_config("server:\n", "server:\n  limits: { cost: 1000000000000000 }\n")


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Gateway:
    """A running gateway. Use as a context manager."""

    def __init__(self, project, *arguments, user=None, command=None, port=0):
        self.project = project
        self.log = []
        self.process = subprocess.Popen(
            [binary(), *(command or ["serve", "--config", str(project.config)]), "--port", str(port), *arguments],
            cwd=project.directory,
            env=environment(),
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._addresses = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            address = self._addresses.get(timeout=START_DEADLINE)
        except queue.Empty:
            address = None
        if address is None:
            self.stop()
            raise AssertionError(f"the gateway did not come up:\n{self.output()}")
        self.port = int(address.rsplit(":", 1)[1].strip("/ "))
        self._connection = None

    def _read(self):
        for line in self.process.stdout:
            self.log.append(line)
            if "listening on http" in line:
                self._addresses.put(line.split("listening on ", 1)[1].split()[0])
        self._addresses.put(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def output(self):
        return "".join(self.log[-50:])

    @property
    def is_alive(self):
        return self.process.poll() is None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1/graphql"

    def stop(self):
        """SIGTERM, and the exit status; killing is left for a process that does not obey."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(STOP_DEADLINE)
        return self.process.returncode

    def resident_bytes(self):
        return self._memory("VmRSS")

    def peak_bytes(self):
        """The most it had since `forget_peak`."""
        return self._memory("VmHWM")

    def forget_peak(self):
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def _memory(self, name):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"the process has no {name}")

    # -- requests ---------------------------------------------------------------

    def post(self, body, headers=None, path="/v1/graphql"):
        """One POST over a kept connection, opened anew when the gateway closed it."""
        headers = {"Content-Type": "application/json"} | (headers or {})
        for attempt in (1, 2):
            fresh = self._connection is None
            if fresh:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                self._connection.request("POST", path, body, headers)
                response = self._connection.getresponse()
                return Answer(response.status, response.headers, response.read())
            except (http.client.HTTPException, OSError):
                self._connection.close()
                self._connection = None
                if fresh or attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def query(self, query, variables=None, caller=None, operation_name=None):
        """The decoded response of one GraphQL request as a caller: claims, None, or ADMIN."""
        body = {"query": query}
        if variables is not None:
            body["variables"] = variables
        if operation_name is not None:
            body["operationName"] = operation_name
        answer = self.post(json.dumps(body), credentials(caller))
        assert answer.status == 200, f"{answer.status}: {answer.body[:500]!r}"
        return answer.json

    def raw(self, payload, timeout=5, half_close=True):
        """Sends bytes as they are and returns all that comes back until the gateway closes."""
        received = bytearray()
        with socket.create_connection(("127.0.0.1", self.port), timeout) as connection:
            try:
                connection.sendall(payload)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
                while chunk := connection.recv(65536):
                    received += chunk
            except (ConnectionResetError, BrokenPipeError):
                pass  # a close while we were still sending is a clean end too
        return bytes(received)


def credentials(caller, lifetime=3600):
    if caller is None:
        return {}
    if caller == ADMIN:
        return {"X-Perigee-Admin-Secret": ADMIN_SECRET}
    token = jwt.encode(caller | {"exp": int(time.time()) + lifetime}, JWT_SECRET, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


def impersonation(claims):
    """The admin secret with a role and other claims as headers."""
    headers = {"X-Perigee-Admin-Secret": ADMIN_SECRET}
    for name, value in claims.items():
        headers["X-Perigee-" + name.replace("_", "-").title()] = str(value)
    return headers
