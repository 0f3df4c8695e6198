"""PostgreSQL set-up statements, read just far enough to say the same in SQLite.

Understands the statements that the dialect cases use: CREATE TABLE, CREATE VIEW, INSERT … VALUES,
INSERT … SELECT FROM json_populate_record, ALTER TABLE … ADD CONSTRAINT. Anything else is refused,
except statements that mean nothing on SQLite (types, extensions, schemas, functions, indices, settings).
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone

TOKEN = re.compile(
    r"""\s+|--[^\n]*
    |(?P<dollar>\$(?P<tag>\w*)\$(?P<quoted>.*?)\$(?P=tag)\$)
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*")
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>\w+)
    |(?P<sign>::|->>|->|[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
WITHOUT_MEANING = re.compile(
    r"(?is)\s*(set|create\s+(type|extension|schema|(or\s+replace\s+)?function|(unique\s+)?index))\b"
)
COLUMN_CLAUSES = {"not", "null", "primary", "unique", "references", "default", "check", "constraint"}
NOW = {
    "timestamp": "(strftime('%Y-%m-%dT%H:%M:%f', 'now'))",
    "timestamptz": "(strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))",
}


class Untranslatable(Exception):
    """A statement or value that has no counterpart on SQLite."""


@dataclass
class Token:
    kind: str  # text, name, number, word, sign
    text: str

    @property
    def lower(self):
        return self.text.lower() if self.kind in ("word", "sign") else None


def tokens_of(statement):
    found = []
    for match in TOKEN.finditer(statement):
        if match["dollar"] is not None:
            found.append(Token("text", match["quoted"]))
        elif match["text"] is not None:
            found.append(Token("text", match["text"][1:-1].replace("''", "'")))
        elif match["name"] is not None:
            found.append(Token("name", match["name"][1:-1].replace('""', '"')))
        elif match["number"] is not None:
            found.append(Token("number", match["number"]))
        elif match["word"] is not None:
            found.append(Token("word", match["word"]))
        elif match["sign"] is not None:
            found.append(Token("sign", match["sign"]))
    return found


@dataclass
class Column:
    name: str
    type: str  # the PostgreSQL type in its short spelling
    not_null: bool = False
    default: object = None  # SQL text
    is_serial: bool = False


@dataclass
class Table:
    name: str
    columns: dict = field(default_factory=dict)
    key: list = field(default_factory=list)
    uniques: list = field(default_factory=list)  # (name or None, columns)
    references: list = field(default_factory=list)  # (columns, target, target columns or None)
    rows: list = field(default_factory=list)
    serials: dict = field(default_factory=dict)

    def insert(self, given):
        row = dict(given)
        for column in self.columns.values():
            if column.is_serial and column.name not in row:
                self.serials[column.name] = self.serials.get(column.name, 0) + 1
                row[column.name] = self.serials[column.name]
        self.rows.append({name: stored(value, self.columns[name].type) for name, value in row.items()})


@dataclass
class Database:
    """What the set-up statements add up to."""

    tables: dict = field(default_factory=dict)
    views: list = field(default_factory=list)  # SQL text

    def read(self, statements):
        for statement in statements:
            self._read(statement)
        return self

    def _read(self, statement):
        if WITHOUT_MEANING.match(statement):
            return
        if re.match(r"(?is)\s*create\s+view\b", statement):
            self.views.append(statement)
            return
        reader = Reader(tokens_of(statement))
        if reader.take("create", "table"):
            table = reader.table()
            self.tables[table.name] = table
        elif reader.take("insert", "into"):
            self._insert(reader)
        elif reader.take("alter", "table"):
            table = self.tables[reader.qualified_name()]
            reader.take("only")
            if not reader.take("add"):
                raise Untranslatable(statement)
            reader.constraint(table)
        else:
            raise Untranslatable(statement)

    def _insert(self, reader):
        table = self.tables[reader.qualified_name()]
        names = reader.names() if reader.peek("(") else list(table.columns)
        if reader.take("values"):
            for row in reader.rows():
                table.insert(zip(names, row))
        elif reader.take("select"):
            document = next((token for token in reader.rest() if token.kind == "text"), None)
            if document is None:
                raise Untranslatable("INSERT … SELECT of something else than one document")
            values = json.loads(document.text, parse_float=str)
            table.insert((name, values[name]) for name in names)
        else:
            raise Untranslatable("INSERT of this form")

    # -- as SQLite ------------------------------------------------------------

    def statements(self):
        """[(SQL, parameters)] that build the same database on SQLite."""
        for table in self.tables.values():
            yield create(table, self.tables), ()
            for name, columns in table.uniques:
                if name:
                    yield f"CREATE UNIQUE INDEX {quoted(name)} ON {quoted(table.name)} ({listed(columns)})", ()
        for view in self.views:
            yield view, ()
        for table in self.tables.values():
            for row in table.rows:
                places = ", ".join("?" * len(row))
                yield f"INSERT INTO {quoted(table.name)} ({listed(row)}) VALUES ({places})", tuple(row.values())


class Reader:
    """A cursor over one statement's tokens."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.position = 0

    def peek(self, word):
        return self.position < len(self.tokens) and self.tokens[self.position].lower == word

    def take(self, *words):
        following = self.tokens[self.position : self.position + len(words)]
        if [token.lower for token in following] != list(words):
            return False
        self.position += len(words)
        return True

    def rest(self):
        return self.tokens[self.position :]

    def expect(self, *words):
        if not self.take(*words):
            raise Untranslatable(f"expected {words} before {self.rest()[:5]}")

    def next(self):
        self.position += 1
        return self.tokens[self.position - 1]

    def name(self):
        token = self.next()
        if token.kind not in ("word", "name"):
            raise Untranslatable(f"expected a name, not {token}")
        return token.text if token.kind == "name" else token.text.lower()

    def qualified_name(self):
        """`t` as t, `public.t` as t, `s.t` as s_t: the API's name for a table of another schema."""
        first = self.name()
        if not self.take("."):
            return first
        second = self.name()
        return second if first == "public" else f"{first}_{second}"

    def names(self):
        self.expect("(")
        found = [self.name()]
        while self.take(","):
            found.append(self.name())
        self.expect(")")
        return found

    def items(self):
        """The tokens between a parenthesis and its end, cut at top-level commas."""
        self.expect("(")
        items, depth = [[]], 1
        while True:
            token = self.next()
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text if token.kind == "sign" else "", 0)
            if depth == 0:
                return items
            if depth == 1 and token.text == "," and token.kind == "sign":
                items.append([])
            else:
                items[-1].append(token)

    # -- CREATE TABLE -----------------------------------------------------------

    def table(self):
        self.take("if", "not", "exists")
        table = Table(self.qualified_name())
        for item in self.items():
            reader = Reader(item)
            if item[0].lower in ("primary", "unique", "foreign", "constraint", "check"):
                reader.constraint(table)
            else:
                reader.column(table)
        return table

    def constraint(self, table):
        name = self.name() if self.take("constraint") else None
        if self.take("primary", "key"):
            table.key = self.names()
        elif self.take("unique"):
            table.uniques.append((name, self.names()))
        elif self.take("foreign", "key"):
            self._references(table, self.names())
        else:
            raise Untranslatable(f"constraint {self.rest()}")

    def _references(self, table, columns):
        self.expect("references")
        target = self.qualified_name()
        remote = self.names() if self.peek("(") else None
        table.references.append((columns, target, remote))

    def column(self, table):
        name = self.name()
        spelling = []
        while self.rest() and self.rest()[0].lower not in COLUMN_CLAUSES:
            token = self.next()
            spelling.append(token.text)
        declared = short_type(" ".join(spelling))
        column = Column(name, declared.removeprefix("serial:"), is_serial=declared.startswith("serial:"))
        table.columns[name] = column
        while self.rest():
            if self.take("primary", "key"):
                table.key = [name]
            elif self.take("not", "null"):
                column.not_null = True
            elif self.take("null"):
                pass
            elif self.take("unique"):
                table.uniques.append((None, [name]))
            elif self.take("default"):
                column.default = self._default(column)
            elif self.peek("references"):
                self._references(table, [name])
            else:
                raise Untranslatable(f"column clause {self.rest()}")

    def _default(self, column):
        if self.take("now", "(", ")"):
            return NOW[column.type]
        return literal(stored(self.value(), column.type))

    # -- INSERT … VALUES ----------------------------------------------------------

    def rows(self):
        while True:
            yield [Reader(item).value() for item in self.items()]
            if not self.take(","):
                return

    def value(self):
        """A literal, with its casts ignored: the column's type decides."""
        if self.take("null"):
            value = None
        elif self.take("true"):
            value = True
        elif self.take("false"):
            value = False
        elif self.take("now", "(", ")"):
            value = datetime.now(timezone.utc).isoformat()
        else:
            sign = "-" if self.take("-") else ""
            token = self.next()
            if token.kind not in ("text", "number"):
                raise Untranslatable(f"value {token}")
            value = sign + token.text if token.kind == "number" else token.text
        while self.take("::"):
            self.next()
            while self.rest() and self.rest()[0].text in "[]":
                self.next()
        return value


# -- types and values -----------------------------------------------------------

_SHORT = {
    "int": "int", "integer": "int", "int4": "int", "bigint": "bigint", "int8": "bigint", "smallint": "smallint",
    "serial": "serial:int", "bigserial": "serial:bigint", "smallserial": "serial:smallint",
    "bool": "boolean", "boolean": "boolean",
    "text": "text", "citext": "citext", "varchar": "text", "char": "text",
    "information_schema . sql_identifier": "text",
    "real": "real", "double precision": "double", "float8": "double", "numeric": "numeric", "decimal": "numeric",
    "timestamp": "timestamp", "timestamp without time zone": "timestamp",
    "timestamptz": "timestamptz", "timestamp with time zone": "timestamptz",
    "date": "date", "time": "time", "json": "json", "jsonb": "jsonb", "uuid": "uuid",
}  # fmt: skip
_DECLARED = {
    "int": "INT", "bigint": "BIGINT", "smallint": "SMALLINT", "boolean": "BOOLEAN", "text": "TEXT",
    "citext": "TEXT COLLATE NOCASE", "real": "REAL", "double": "DOUBLE PRECISION", "numeric": "NUMERIC",
    "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMPTZ", "date": "DATE", "time": "TIME",
    "json": "JSON", "jsonb": "JSONB", "uuid": "UUID",
}  # fmt: skip


def short_type(spelling):
    """One spelling for each type; arrays stand in as JSON, types that only PostgreSQL has as text."""
    spelling = spelling.lower()
    if "[" in spelling:
        return "array"
    return _SHORT.get(re.sub(r" \(.*?\)", "", spelling), "foreign")


def stored(value, kind):
    """The value as it is stored on SQLite, printed as PostgreSQL's to_json would."""
    if value is None:
        return None
    if kind == "boolean":
        return int(value if isinstance(value, bool) else value in ("t", "true"))
    if kind in ("int", "bigint", "smallint"):
        return int(value)
    if kind in ("real", "double"):
        return float(value)
    if kind == "numeric":
        return str(value)
    if kind in ("json", "jsonb"):
        document = json.loads(value) if isinstance(value, str) and value[:1] in '{["-0123456789tfn' else value
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if kind == "array":
        return json.dumps(array(value), ensure_ascii=False) if isinstance(value, str) else json.dumps(value)
    if kind == "timestamp":
        return datetime.fromisoformat(value).isoformat()
    if kind == "timestamptz":
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc).isoformat()
    return value if isinstance(value, str) else json.dumps(value)


def array(text):
    """PostgreSQL's `{a,"b c"}`, nested, as a list; words that are whole numbers are numbers."""

    def json_text(match):
        word = match[0]
        return word if word[0] == '"' or re.fullmatch(r"-?\d+", word) else json.dumps(word)

    words = re.sub(r'"[^"]*"|[^{},\s"]+', json_text, text)
    return json.loads(words.replace("{", "[").replace("}", "]"))


def literal(value):
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, (int, float)) else "'" + value.replace("'", "''") + "'"


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def listed(names):
    return ", ".join(map(quoted, names))


def create(table, tables):
    """CREATE TABLE for SQLite; a serial key counts on like a sequence (AUTOINCREMENT)."""
    lines = []
    for column in table.columns.values():
        declared = _DECLARED.get(column.type) or ("JSON" if column.type == "array" else "TEXT")
        if table.key == [column.name] and column.is_serial:
            lines.append(f"{quoted(column.name)} INTEGER PRIMARY KEY AUTOINCREMENT")
            continue
        line = f"{quoted(column.name)} {declared}"
        if column.not_null or column.name in table.key:
            line += " NOT NULL"
        if column.default is not None:
            line += f" DEFAULT {column.default}"
        if table.key == [column.name]:
            line += " PRIMARY KEY"
        lines.append(line)
    if len(table.key) > 1:
        lines.append(f"PRIMARY KEY ({listed(table.key)})")
    for name, columns in table.uniques:
        if not name:
            lines.append(f"UNIQUE ({listed(columns)})")
    for columns, target, remote in table.references:
        remote = remote or tables[target].key
        lines.append(f"FOREIGN KEY ({listed(columns)}) REFERENCES {quoted(target)} ({listed(remote)})")
    return f"CREATE TABLE {quoted(table.name)} (\n  " + ",\n  ".join(lines) + "\n)"
