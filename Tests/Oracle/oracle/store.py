"""The rows in memory as something that can be written: constraints, defaults, generated columns, cascades, undo.

What a table demands is read from the SQLite file; what it demands of a row is asked one row at a time, in an empty
in-memory database. Foreign keys are looked at when a statement has ended, as SQLite does.
"""

import re
import sqlite3
from dataclasses import dataclass, field

from .catalog import Row, decode, encode, quoted
from .values import distinct_key


class ConstraintError(Exception):
    """A write the database refuses; `kind` is unique, foreign key, not null or check."""

    def __init__(self, kind, collection, columns=()):
        super().__init__(f"{kind} of {collection.name} {tuple(columns)}")
        self.kind = kind


@dataclass
class ForeignKey:
    columns: list
    target: str
    target_columns: list
    cascades: bool


@dataclass
class Demands:
    """What one table asks of its rows."""

    uniques: dict = field(default_factory=dict)  # constraint name to columns, the key first
    foreign_keys: list = field(default_factory=list)
    checks: list = field(default_factory=list)  # SQL
    defaults: dict = field(default_factory=dict)  # column to SQL
    generated: dict = field(default_factory=dict)  # column to SQL
    counts_keys: bool = False  # INTEGER PRIMARY KEY: the next number when none is given


class Store:
    def __init__(self, catalog, database_path):
        self.catalog = catalog
        self.demands = {}
        self._scratch = sqlite3.connect(":memory:", check_same_thread=False)
        connection = sqlite3.connect(f"file:{database_path}?mode=ro", uri=True)
        try:
            for collection in catalog.collections.values():
                self.demands[collection.name] = self._read(connection, collection)
        finally:
            connection.close()

    def _read(self, connection, collection):
        name = collection.name
        demands = Demands()
        if collection.key:
            demands.uniques[f"{name}_pkey"] = list(collection.key)
        for _, index, unique, origin, partial in connection.execute(f"PRAGMA index_list({quoted(name)})"):
            if unique and origin == "u" and not partial:
                columns = [row[2] for row in connection.execute(f"PRAGMA index_info({quoted(index)})")]
                demands.uniques[f"{name}_{'_'.join(columns)}_key"] = columns
        grouped = {}
        for number, _, target, local, remote, _, on_delete, _ in connection.execute(f"PRAGMA foreign_key_list({quoted(name)})"):
            grouped.setdefault(number, (target, on_delete, []))[2].append((local, remote))
        for target, on_delete, pairs in grouped.values():
            columns, remotes = zip(*pairs)
            demands.foreign_keys.append(ForeignKey(list(columns), target, list(remotes), on_delete == "CASCADE"))
        text = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
        demands.checks = [expression for _, expression in parenthesised(text, r"CHECK\s*")]
        demands.generated = dict(parenthesised(text, r"(\w+)\s+\w+\s+GENERATED\s+ALWAYS\s+AS\s*"))
        for _, column, declared, _, default, position, _ in connection.execute(f"PRAGMA table_xinfo({quoted(name)})"):
            if default is not None:
                demands.defaults[column] = default
            if position and collection.key == [column] and declared.upper() == "INTEGER":
                demands.counts_keys = True
        return demands

    # -- undo -------------------------------------------------------------------

    def snapshot(self):
        return {name: [dict(row.values) for row in c.rows] for name, c in self.catalog.collections.items()}

    def restore(self, snapshot):
        for name, collection in self.catalog.collections.items():
            collection.rows[:] = [Row(collection, dict(values)) for values in snapshot[name]]
        self.changed()

    def changed(self):
        for collection in self.catalog.collections.values():
            collection.indexes.clear()

    # -- one row ------------------------------------------------------------------

    def prospective(self, collection, given):
        """The row as it would be stored: defaults, the next key, generated columns."""
        demands = self.demands[collection.name]
        values = {}
        for name, column in collection.columns.items():
            if name in given:
                values[name] = given[name]
            elif name in demands.defaults:
                values[name] = decode(self._scratch.execute(f"SELECT {demands.defaults[name]}").fetchone()[0], column.type)
            else:
                values[name] = None
        if demands.counts_keys and values[collection.key[0]] is None:
            values[collection.key[0]] = max((row.values[collection.key[0]] for row in collection.rows), default=0) + 1
        return Row(collection, self._generate(collection, values))

    def _generate(self, collection, values):
        for name, expression in self.demands[collection.name].generated.items():
            values[name] = decode(self._over(collection, values, expression), collection.columns[name].type)
        return values

    def _over(self, collection, values, expression):
        names = [name for name in values if name not in self.demands[collection.name].generated]
        aliases = ", ".join(f"? AS {quoted(name)}" for name in names)
        bound = [encode(values[name], collection.columns[name].type) for name in names]
        return self._scratch.execute(f"SELECT ({expression}) FROM (SELECT {aliases})", bound).fetchone()[0]

    def conflict(self, collection, columns, values, but=None):
        """The row that holds the same values in these columns; a null is never the same."""
        wanted = key_of(values, columns)
        if wanted is None:
            return None
        for row in collection.rows:
            if row is not but and key_of(row.values, columns) == wanted:
                return row
        return None

    def demand_of_row(self, collection, values):
        """Raises what the row breaks by itself; asked of a proposed row even when it then meets a conflict."""
        for name, column in collection.columns.items():
            if values[name] is None and not column.nullable:
                raise ConstraintError("not null", collection, [name])
        for expression in self.demands[collection.name].checks:
            if self._over(collection, values, expression) == 0:
                raise ConstraintError("check", collection)

    def _demand(self, collection, values, but=None):
        self.demand_of_row(collection, values)
        for columns in self.demands[collection.name].uniques.values():
            if self.conflict(collection, columns, values, but):
                raise ConstraintError("unique", collection, columns)

    # -- statements: each ends with `settle` ------------------------------------------

    def insert(self, collection, given):
        row = self.prospective(collection, given)
        self._demand(collection, row.values)
        collection.rows.append(row)
        self.changed()
        return row

    def update(self, row, changes):
        values = self._generate(row.collection, row.values | changes)
        self._demand(row.collection, values, but=row)
        row.values.update(values)
        self.changed()

    def delete(self, rows):
        """Removes rows and what their deletion cascades to."""
        doomed = list(rows)
        for row in doomed:
            if row not in row.collection.rows:
                continue
            row.collection.rows.remove(row)
            for collection in self.catalog.collections.values():
                for foreign in self.demands[collection.name].foreign_keys:
                    if foreign.cascades and foreign.target == row.collection.name:
                        wanted = key_of(row.values, foreign.target_columns)
                        doomed += [r for r in collection.rows if key_of(r.values, foreign.columns) == wanted]
        self.changed()

    def settle(self):
        """Every foreign key has its row; asked at the end of a statement."""
        for collection in self.catalog.collections.values():
            for foreign in self.demands[collection.name].foreign_keys:
                target = self.catalog.collections[foreign.target]
                present = {key_of(row.values, foreign.target_columns) for row in target.rows}
                for row in collection.rows:
                    key = key_of(row.values, foreign.columns)
                    if key is not None and key not in present:
                        raise ConstraintError("foreign key", collection, foreign.columns)

    # -- comparison with the database ---------------------------------------------------

    def differences(self, stored):
        """What the database holds that the model does not, and the other way round.

        `stored`: by collection the values of each row, in the order of its columns.
        """
        found = []
        for collection in self.catalog.collections.values():
            theirs = [tuple(map(canonical, values)) for values in stored[collection.name]]
            modelled = [tuple(canonical(value) for value in row.values.values()) for row in collection.rows]
            found += [f"{collection.name}: stored, not modelled: {row}" for row in theirs if row not in modelled]
            found += [f"{collection.name}: modelled, not stored: {row}" for row in modelled if row not in theirs]
            if len(theirs) != len(modelled) and not found:
                found.append(f"{collection.name}: {len(theirs)} rows, not {len(modelled)}")
        return found


def key_of(values, columns):
    key = tuple(distinct_key(values[name]) for name in columns)
    return None if any(values[name] is None for name in columns) else key


def canonical(value):
    """One spelling of equal values: 1 and 1.0, objects whatever the order of their keys."""
    if isinstance(value, dict):
        return ("object", tuple(sorted((key, canonical(item)) for key, item in value.items())))
    if isinstance(value, list):
        return ("list", tuple(map(canonical, value)))
    return distinct_key(value)


def parenthesised(text, before):
    """[(first group of `before`, or None; what stands in the parentheses after it)]"""
    found = []
    for match in re.finditer(before + r"\(", text, re.IGNORECASE):
        depth, position = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[position], 0)
            position += 1
        found.append((match[1] if match.re.groups else None, text[match.end() : position - 1]))
    return found

