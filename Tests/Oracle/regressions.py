"""A gateway over a few lines of SQL and a few rules, for tests that each need their own."""

import json
import sqlite3
import subprocess

import yaml
from gateway import Gateway, binary, environment

NOTES = """
CREATE TABLE notes (
  id     INTEGER PRIMARY KEY,
  owner  BIGINT,
  title  TEXT NOT NULL,
  secret TEXT,
  slug   TEXT UNIQUE,
  stars  INT NOT NULL DEFAULT 0
);
INSERT INTO notes VALUES
  (1, 1, 'one', 'alpha-1111', 'a', 1), (2, 2, 'two', 'beta-2222', 'b', 2), (3, 2, 'three', 'gamma-3333', 'c', 3);
"""
ALLOW = {"rule": "allow"}
DENY = {"rule": "deny"}
AUTHENTICATED = {"rule": "authenticated"}


def claims(identity, **more):
    return {"id": identity, "role": "user"} | more


def where(**columns):
    return {"rule": "where", "where": columns}


def check(**columns):
    return {"rule": "check", "where": columns}


def match(left, evaluation, right, kind="number"):
    return {"rule": "match", "type": kind, "eval": evaluation, "f1": left, "f2": right}


def every(*clauses):
    return {"rule": "and", "clauses": list(clauses)}


def some(*clauses):
    return {"rule": "or", "clauses": list(clauses)}


def none_of(clause):
    return {"rule": "not", "clause": clause}


OWN = match("args.row.owner", "==", "args.auth.id")
EVERYTHING = {"read": ALLOW, "create": AUTHENTICATED, "update": every(AUTHENTICATED, check()), "delete": AUTHENTICATED}


class SmallProject:
    """What `Gateway` needs, written from a dictionary of rules by table."""

    def __init__(self, directory, rules, sql=NOTES, collections=None, text=None, server=None):
        self.directory = directory
        directory.mkdir(exist_ok=True)
        self.config = directory / "perigee.yaml"
        self.database = directory / "data.db"
        connection = sqlite3.connect(self.database)
        connection.executescript(sql)
        connection.close()
        configuration = {
            "server": {"introspection": True} | (server or {}),
            "auth": {
                "adminSecret": "env:PERIGEE_ADMIN_SECRET",
                "jwt": [{"algorithm": "HS256", "key": "env:PERIGEE_JWT_SECRET"}],
            },
            "sources": {"main": {"kind": "sqlite", "url": "sqlite:data.db", "collections": collections or {}}},
            "rules": "rules.json",
            "project": {"key": "env:PERIGEE_PROJECT_KEY"},
        }
        self.config.write_text(yaml.safe_dump(configuration), encoding="utf-8")
        document = text or json.dumps({"collections": {f"main.{name}": entry for name, entry in rules.items()}})
        (directory / "rules.json").write_text(document, encoding="utf-8")

    def rows(self, query="SELECT * FROM notes ORDER BY id"):
        connection = sqlite3.connect(self.database, timeout=20)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def refusal(self):
        """What the gateway says when it does not start; None if it would."""
        run = subprocess.run(
            [binary(), "rules", "check", "--config", str(self.config)],
            cwd=self.directory, env=environment(), capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        return None if run.returncode == 0 else run.stdout + run.stderr


class SmallGateway:
    """A running gateway over a small project."""

    def __init__(self, project):
        self.project = project
        self.gateway = Gateway(project)

    def ask(self, query, caller=None, variables=None):
        return self.gateway.query(query, variables, caller)

    def data(self, query, caller=None, variables=None):
        answer = self.ask(query, caller, variables)
        assert "errors" not in answer, answer
        return answer["data"]

    def code(self, query, caller=None, variables=None):
        """The code of the refusal; nothing may be answered beside it."""
        answer = self.ask(query, caller, variables)
        assert answer.get("errors"), f"not refused: {answer}"
        assert answer.get("data") is None, answer
        codes = {error["extensions"]["code"] for error in answer["errors"]}
        return codes.pop() if len(codes) == 1 else codes
