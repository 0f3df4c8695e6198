"""What a project exposes, read from the SQLite file and perigee.yaml, with all rows in memory."""

import base64
import json
import re
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import yaml

NUMERIC = {"Int", "bigint", "smallint", "Float", "float8", "numeric"}
INTEGER = {"Int", "bigint", "smallint"}
TEMPORAL = {"date", "timestamp", "timestamptz"}
JSON_TYPES = {"json", "jsonb"}
COMPARABLE = NUMERIC | TEMPORAL | {"String"}

_TYPE_BY_DECLARATION = {
    "INT": "Int",
    "INTEGER": "bigint",
    "BIGINT": "bigint",
    "SMALLINT": "smallint",
    "TEXT": "String",
    "VARCHAR": "String",
    "CHAR": "String",
    "CLOB": "String",
    "REAL": "Float",
    "FLOAT": "Float",
    "DOUBLE": "float8",
    "DOUBLE PRECISION": "float8",
    "FLOAT8": "float8",
    "BOOLEAN": "Boolean",
    "BOOL": "Boolean",
    "NUMERIC": "numeric",
    "DECIMAL": "numeric",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "DATETIME": "timestamp",
    "TIMESTAMPTZ": "timestamptz",
    "TIME": "time",
    "JSON": "json",
    "JSONB": "jsonb",
    "UUID": "uuid",
    "BLOB": "bytea",
}


@dataclass
class Column:
    name: str
    api: str
    type: str
    nullable: bool


@dataclass
class ComputedField:
    """A scalar expression of the configuration; its value is worked out for one row at a time."""

    name: str
    api: str
    type: str
    expression: str
    nullable: bool = True


@dataclass
class Relationship:
    name: str
    kind: str  # "object" | "array"
    target: str
    pairs: tuple  # ((local column, target column), ...)


@dataclass(eq=False)
class Row:
    """One stored row; identity is the object itself."""

    collection: "TrackedCollection"
    values: dict


@dataclass
class TrackedCollection:
    name: str
    api: str
    key: list
    columns: dict
    computed: dict = field(default_factory=dict)
    relationships: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)
    indexes: dict = field(default_factory=dict)

    def field_by_api(self, api):
        for entry in list(self.columns.values()) + list(self.computed.values()):
            if entry.api == api:
                return entry
        return None

    def related(self, relationship, row, catalog):
        """Target rows joined to `row`, in storage order; a null on either side joins nothing."""
        target = catalog.collections[relationship.target]
        columns = tuple(remote for _, remote in relationship.pairs)
        if columns not in target.indexes:
            index = {}
            for candidate in target.rows:
                key = tuple(candidate.values[name] for name in columns)
                if None not in key:
                    index.setdefault(key, []).append(candidate)
            target.indexes[columns] = index
        key = tuple(row.values[local] for local, _ in relationship.pairs)
        return [] if None in key else target.indexes[columns].get(key, [])


class EnumKind(str):
    """The name of an enum type, with its values."""

    def __new__(cls, name, values):
        kind = super().__new__(cls, name)
        kind.values = values
        return kind


def stored(kind):
    """The type as the database has it."""
    return "String" if isinstance(kind, EnumKind) else kind


class Catalog:
    def __init__(self, config_path, database_path, source=None):
        self.config_path = Path(config_path)
        self.config = yaml.safe_load(self.config_path.read_text(encoding="utf-8"))
        self.source = source or next(iter(self.config["sources"]))
        self.settings = self.config["sources"][self.source]
        limits = (self.config.get("server") or {}).get("limits") or {}
        self.row_limit = limits.get("rows", 10_000)
        self.collections = {}
        connection = sqlite3.connect(f"file:{database_path}?mode=ro", uri=True)
        connection.text_factory = lambda raw: raw.decode("utf-8")
        try:
            self._read_tables(connection)
            self._read_enums(connection)
            self._infer_relationships(connection)
        finally:
            connection.close()
        self._configured_relationships()
        self.by_api = {item.api: item for item in self.collections.values()}
        self._scratch = sqlite3.connect(":memory:", check_same_thread=False)

    # -- tables ---------------------------------------------------------

    def _collection_settings(self, name):
        return (self.settings.get("collections") or {}).get(name) or {}

    def _read_tables(self, connection):
        listed = self.settings.get("track", "all") == "listed"
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
            )
        ]
        for name in names:
            if listed and name not in (self.settings.get("collections") or {}):
                continue
            self.collections[name] = self._read_table(connection, name)

    def _read_table(self, connection, name):
        settings = self._collection_settings(name)
        api_names = {
            column: entry["name"]
            for column, entry in (settings.get("fields") or {}).items()
            if entry and "name" in entry
        }
        # Generated columns stand in `table_xinfo` alone; kind 1 is hidden (a virtual table's).
        info = [entry for entry in connection.execute(f"PRAGMA table_xinfo({quoted(name)})") if entry[6] != 1]
        key = [entry[1] for entry in sorted(info, key=lambda e: e[5]) if entry[5]]
        columns = {}
        for _, column, declared, not_null, _, key_index, _ in info:
            columns[column] = Column(
                column,
                api_names.get(column, column),
                scalar_type(declared, is_sole_key=key == [column]),
                not not_null and not key_index,
            )
        computed = {
            label: ComputedField(label, label, entry["type"], entry["expression"])
            for label, entry in (settings.get("computedFields") or {}).items()
        }
        collection = TrackedCollection(
            name, settings.get("name", name), key, columns, computed
        )
        selected = ", ".join(quoted(column) for column in columns)
        for values in connection.execute(f"SELECT {selected} FROM {quoted(name)}"):
            decoded = {
                column.name: decode(value, column.type)
                for column, value in zip(columns.values(), values)
            }
            collection.rows.append(Row(collection, decoded))
        return collection

    def _read_enums(self, connection):
        """Text columns with a foreign key to an enum table's key are of its type."""
        enums = {}
        for collection in self.collections.values():
            if self._collection_settings(collection.name).get("enum"):
                (key,) = collection.key
                values = frozenset(row.values[key] for row in collection.rows)
                enums[collection.name] = EnumKind(f"{collection.api}_enum", values)
        for collection in self.collections.values():
            keys = {}
            for entry in connection.execute(f"PRAGMA foreign_key_list({quoted(collection.name)})"):
                keys.setdefault(entry[0], []).append(entry)
            for parts in keys.values():
                column = collection.columns[parts[0][3]]
                if len(parts) == 1 and parts[0][2] in enums and column.type == "String":
                    column.type = enums[parts[0][2]]

    # -- relationships --------------------------------------------------

    def _infer_relationships(self, connection):
        if self.settings.get("track", "all") == "listed":
            return
        keys = []
        for name in self.collections:
            grouped = {}
            for entry in connection.execute(f"PRAGMA foreign_key_list({quoted(name)})"):
                number, _, target, local, remote = entry[0], entry[1], entry[2], entry[3], entry[4]
                grouped.setdefault(number, (target, []))[1].append((local, remote))
            for number in sorted(grouped):
                target, pairs = grouped[number]
                target_key = self.collections[target].key
                pairs = tuple(
                    (local, remote if remote is not None else target_key[position])
                    for position, (local, remote) in enumerate(pairs)
                )
                keys.append((name, target, pairs))
        for name, target, pairs in keys:
            local = pairs[0][0]
            if len(pairs) == 1 and local.endswith("_id"):
                label = local[: -len("_id")]
            else:
                label = self.collections[target].api
            relationships = self.collections[name].relationships
            relationships[label] = Relationship(label, "object", target, pairs)
            several = [key for key in keys if key[0] == name and key[1] == target]
            label = self.collections[name].api
            if len(several) > 1:
                label = f"{label}_by_{'_'.join(pair[0] for pair in pairs)}"
            reverse = tuple((remote, column) for column, remote in pairs)
            self.collections[target].relationships[label] = Relationship(
                label, "array", name, reverse
            )

    def _configured_relationships(self):
        for collection in self.collections.values():
            settings = self._collection_settings(collection.name)
            for label, entry in (settings.get("relationships") or {}).items():
                kind = "object" if "object" in entry else "array"
                # YAML 1.1 reads a bare `on` as the boolean true.
                columns = entry.get("on", entry.get(True))
                pairs = tuple(columns.items())
                target = entry[kind]
                for known, inferred in list(collection.relationships.items()):
                    if (inferred.kind, inferred.target) == (kind, target) and set(
                        inferred.pairs
                    ) == set(pairs):
                        del collection.relationships[known]
                collection.relationships[label] = Relationship(label, kind, target, pairs)

    # -- computed fields --------------------------------------------------

    def compute(self, row, computed):
        """The computed field's value on one row, evaluated over that row alone.

        The expression runs in an empty in-memory database whose only row source is
        this row's values, so no other row can influence or break it.
        """
        aliases = ", ".join(f"? AS {quoted(name)}" for name in row.values)
        values = [
            encode(value, row.collection.columns[name].type)
            for name, value in row.values.items()
        ]
        statement = f"SELECT ({computed.expression}) FROM (SELECT {aliases}) AS {quoted(row.collection.name)}"
        result = self._scratch.execute(statement, values).fetchone()[0]
        return decode(result, computed.type)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def scalar_type(declared, is_sole_key):
    """The API scalar of a declared column type."""
    spelling = re.sub(r"\s*\(.*?\)\s*", "", declared or "").strip().upper()
    if spelling == "INTEGER" and is_sole_key:
        return "Int"
    return _TYPE_BY_DECLARATION.get(spelling, "String")


def decode(value, kind):
    """A stored value as the response shows it."""
    if value is None:
        return None
    if kind == "Boolean":
        return bool(value)
    if kind in JSON_TYPES:
        # A column declared JSON has numeric affinity: a document that is a number is stored as one.
        return json.loads(value) if isinstance(value, str) else value
    if kind == "bytea":
        raw = value if isinstance(value, bytes) else value.encode()
        return base64.b64encode(raw).decode()
    if kind in ("Float", "float8"):
        return float(value)
    return value


def encode(value, kind):
    """The reverse of `decode`, for computing over one row."""
    if value is None:
        return None
    if kind == "Boolean":
        return int(value)
    if kind in JSON_TYPES:
        return json.dumps(value)
    if kind == "bytea":
        return base64.b64decode(value)
    return value
