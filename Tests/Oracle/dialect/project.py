"""One group of dialect cases as a project on SQLite: database, perigee.yaml, rules.json."""

import json
import sqlite3

import yaml
from rows import FileRows

from . import sql
from .corpus import runner

# Scalar functions over one row, as the expressions they are. What returns rows of a table has no counterpart.
EXPRESSIONS = {
    "full_name": {"expression": "first_name || coalesce(' ' || last_name, '')", "type": "String"},
    "get_sum": {"expression": "CAST(first_int AS REAL) + second_int", "type": "float8"},
}


class DialectProject:
    """Looks to `Gateway` like any other project: `config`, `directory`."""

    def __init__(self, group, directory):
        self.group = group
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.config = directory / "perigee.yaml"
        self.database = directory / "data.db"
        self.pristine = directory / "pristine.db"
        content = sql.Database().read(runner().session_text(s) for s in group["setup_sql"] + group["values_sql"])
        for path in (self.database, self.pristine):
            build(path, content)
        configuration, rules = translated(group)
        self.config.write_text(yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True), encoding="utf-8")
        text = json.dumps(rules, indent=1, ensure_ascii=False)
        (directory / "rules.json").write_text(text, encoding="utf-8")

    def restore(self):
        """Rows and counters as they were after the set-up."""
        FileRows(self.database, self.pristine).restore()


def build(path, content):
    connection = sqlite3.connect(path)
    try:
        for statement, parameters in content.statements():
            connection.execute(statement, parameters)
        connection.commit()
    finally:
        connection.close()


def flat(name):
    """`schema.table` as the SQLite table's name."""
    return name.replace(".", "_")


def translated(group):
    """The runner's configuration and rules with what PostgreSQL alone has taken out."""
    configuration, rules = runner().configs(group, 0, "")
    source = configuration["sources"]["default"]
    collections = {}
    for name, entry in source["collections"].items():
        for relationship in (entry.get("relationships") or {}).values():
            kind = "object" if "object" in relationship else "array"
            relationship[kind] = flat(relationship[kind])
        computed = {
            label: EXPRESSIONS[field["function"]]
            for label, field in (entry.pop("computedFields", None) or {}).items()
            if field["function"] in EXPRESSIONS
        }
        if computed:
            entry["computedFields"] = computed
        collections[flat(name)] = entry
    configuration["sources"]["default"] = {
        "kind": "sqlite",
        "url": "sqlite:data.db",
        "track": "listed",
        "collections": collections,
    }
    configuration["server"].pop("port")
    configuration["auth"] = {"adminSecret": "env:PERIGEE_ADMIN_SECRET"}
    return configuration, {"collections": flattened(rules["collections"])}


def flattened(value):
    """Collection names of rules (keys, and `query` rules inside) without schemas; NOW() as the request's instant.

    PostgreSQL reads the text `NOW()` as a timestamp.
    """
    if value == "NOW()":
        return "args.now"
    if isinstance(value, dict):
        result = {}
        for key, item in value.items():
            if key.startswith("default."):
                key = "default." + flat(key.removeprefix("default."))
            if key == "collection" and isinstance(item, str):
                item = "default." + flat(item.removeprefix("default."))
            result[key] = flattened(item)
        return result
    return [flattened(item) for item in value] if isinstance(value, list) else value
