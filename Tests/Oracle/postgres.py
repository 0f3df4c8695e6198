"""A PostgreSQL server of the test session's own, and projects over it."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from gateway import ROOT, Project, sql_of
from rows import ServerRows


def is_installed():
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


MISSING = "there is no PostgreSQL server here; `make packages-test` installs it"

# For tests that run over each; `project_over` makes their projects.
DATABASES = (
    pytest.param("sqlite", id="sqlite"),
    pytest.param(
        "postgres",
        id="postgres",
        marks=pytest.mark.skipif(not is_installed(), reason=MISSING),
    ),
)


class Cluster:
    """Runs until it is closed, or until this process ends in whatever way (scripts/postgres-cluster.sh)."""

    def __init__(self):
        self._process = subprocess.Popen(
            [ROOT / "scripts/postgres-cluster.sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.folder = self._process.stdout.readline().strip()
        assert self.folder, "the PostgreSQL server did not start"
        self._databases = 0

    def close(self):
        self._process.stdin.close()
        self._process.wait(60)

    def database(self, script):
        """The URL of a new database that the script has been run in."""
        self._databases += 1
        name = f"oracle_{self._databases}"
        self.run(f"create database {name} template template0", "postgres")
        self.run(script, name)
        return f"postgres://perigee@/{name}?host={self.folder}"

    def run(self, script, database):
        """What psql prints, rows unaligned; it stops at the first error."""
        psql = shutil.which("psql")
        done = subprocess.run(
            [psql, "-h", self.folder, "-U", "perigee", "-d", database, "-XqtA", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=script, text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def query(self, statement):
        return self.run(statement, "postgres")

    def session(self, url):
        return Session(re.fullmatch(r"postgres://perigee@/(\w+)\?host=.*", url)[1], self.folder)

    def restart(self):
        """At once: connections are cut, and for a moment nobody is there."""
        self._control("-m", "immediate", "restart")

    def stop(self):
        """Connections are cut, and until `start` nobody is there. What was written is kept, which an immediate stop, without
        syncs, would not promise."""
        self._control("-m", "fast", "stop")

    def start(self):
        self._control("start")

    def _control(self, *words):
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        command = [programs[-1], "-D", f"{self.folder}/data", "-l", f"{self.folder}/server.log", "-w", *words]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


class Session:
    """A psql that stays, opened at the first statement: what is asked between any two requests must not take long."""

    END = "-- that was all --"

    def __init__(self, database, folder):
        self._command = [shutil.which("psql"), "-h", folder, "-U", "perigee", "-d", database, "-XqtA", "-v", "ON_ERROR_STOP=1"]
        self._process = None

    def run(self, statements):
        """What psql prints, rows unaligned; fails at the first error."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        self._process.stdin.write(f"{statements};\n\\echo {self.END}\n")
        self._process.stdin.flush()
        lines = []
        while (line := self._process.stdout.readline()) != f"{self.END}\n":
            assert line, "\n".join(lines) or "psql has ended"
            lines.append(line.rstrip("\n"))
        return "\n".join(lines)

    def close(self):
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait(60)


class PostgresProject(Project):
    """A project whose rows are in PostgreSQL; the oracle reads the same rows from a file, as PostgreSQL shows them."""

    def __init__(self, name, directory, cluster):
        self.url = cluster.database(sql_of(name, "postgres").read_text(encoding="utf-8"))
        super().__init__(name, directory)
        self.rows = ServerRows(cluster.session(self.url))
        text = self.config.read_text(encoding="utf-8")
        text, count = re.subn(r"kind: sqlite\n(\s+)url: \S+", rf"kind: postgres\n\1url: {self.url}", text)
        assert count == 1, f"{self.config} has not one SQLite source"
        # Integers by `60.0` are exact decimals in PostgreSQL, rounded at their own place.
        text = text.replace("duration_minutes / 60.0", "CAST(duration_minutes AS DOUBLE PRECISION) / 60")
        self.config.write_text(text, encoding="utf-8")

    def build_database(self):
        script = sql_of(self.name).read_text(encoding="utf-8")
        # A REAL of SQLite is a double, and instants have their offset in digits.
        script = re.sub(r"\bREAL\b", "DOUBLE PRECISION", script)
        script = re.sub(r"'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z'", r"'\1+00:00'", script)
        connection = sqlite3.connect(self.database)
        try:
            connection.executescript(script)
        finally:
            connection.close()


class ScriptProject(Project):
    """A project of a script, a configuration with `{url}` in it, and the rules of its collections; `url` names its database."""

    def __init__(self, directory, cluster, script, configuration, collections):
        self.directory = Path(directory)
        self.directory.mkdir()
        self.config = self.directory / "perigee.yaml"
        self.url = cluster.database(script)
        self.config.write_text(configuration.format(url=self.url), encoding="utf-8")
        (self.directory / "rules.json").write_text(json.dumps({"collections": collections}), encoding="utf-8")
