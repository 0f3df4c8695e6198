"""A project's rows behind the gateway's back: read for comparison, and put back while a gateway has them open."""

import json
import sqlite3

from oracle.catalog import decode


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


class FileRows:
    """Of an SQLite file, and of a copy of it as it was at first."""

    def __init__(self, database, pristine):
        self.database = database
        self.pristine = pristine

    def select(self, statement):
        """Opening the database recovers it as any program would."""
        connection = sqlite3.connect(self.database, timeout=20)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def damage(self):
        """What the database itself finds wrong with its file."""
        checked = self.select("SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'")
        return checked + self.select("SELECT * FROM pragma_foreign_key_check")

    def stored(self, catalog):
        """By collection the values of each row, in the order of its columns."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        try:
            return {
                name: [
                    [decode(value, column.type) for value, column in zip(values, collection.columns.values())]
                    for values in connection.execute(f"SELECT {', '.join(map(quoted, collection.columns))} FROM {quoted(name)}")
                ]
                for name, collection in catalog.collections.items()
            }
        finally:
            connection.close()

    def restore(self):
        """All rows, and the counters of AUTOINCREMENT, as they were at first; foreign keys are not asked in between."""
        connection = sqlite3.connect(self.database, timeout=20, isolation_level=None)
        try:
            connection.execute("ATTACH ? AS pristine", (str(self.pristine),))
            names = [row[0] for row in connection.execute("SELECT name FROM pristine.sqlite_master WHERE type = 'table'")]
            connection.execute("BEGIN IMMEDIATE")
            # The counters last: inserting moves them.
            for name in sorted(names, key=lambda n: n == "sqlite_sequence"):
                # Generated columns are not listed here, and take no values.
                columns = ", ".join(quoted(row[1]) for row in connection.execute(f"PRAGMA pristine.table_info({quoted(name)})"))
                connection.execute(f"DELETE FROM main.{quoted(name)}")
                connection.execute(f"INSERT INTO main.{quoted(name)} ({columns}) SELECT {columns} FROM pristine.{quoted(name)}")
            connection.execute("COMMIT")
        finally:
            connection.close()


class ServerRows:
    """Of a PostgreSQL database, through a session of its own; how they were at first, its temporary tables keep."""

    def __init__(self, session):
        self._session = session
        columns = self.select("""
            select table_name::text, string_agg(quote_ident(column_name), ', ' order by ordinal_position)
            from information_schema.columns where table_schema = 'public' and is_generated = 'NEVER' group by table_name
            """)
        self._tables = [(quoted(name), quoted(f"kept_{name}"), columns) for name, columns in columns]
        for name, kept, _ in self._tables:
            self._session.run(f"create temporary table {kept} as table {name}")

    def select(self, statement):
        answer = self._session.run(f"select coalesce(json_agg(to_json(x)), '[]') from ({statement}) x")
        return [tuple(row.values()) for row in json.loads(answer)]

    def close(self):
        self._session.close()

    def damage(self):
        """Of indices: each entry's order, and that every row has one."""
        self._session.run("set client_min_messages = warning; create extension if not exists amcheck")
        indices = self.select("""
            select indexrelid::regclass::text from pg_index join pg_class t on t.oid = indrelid
            where t.relnamespace = 'public'::regnamespace
            """)
        for (index,) in indices:
            self._session.run(f"select bt_index_check('{index}', true)")
        return []

    def stored(self, catalog):
        lists = []
        for name, collection in catalog.collections.items():
            row = f"json_build_array({', '.join(map(quoted, collection.columns))})"
            lists.append(f"'{name}', (select coalesce(json_agg({row}), '[]') from {quoted(name)})")
        return json.loads(self._session.run(f"select json_build_object({', '.join(lists)})"))

    def restore(self):
        # Without triggers: foreign keys are not asked in between.
        steps = ["begin", "set local session_replication_role = replica"]
        steps += [f"delete from {name}" for name, _, _ in self._tables]
        steps += [f"insert into {name} ({columns}) select {columns} from {kept}" for name, kept, columns in self._tables]
        self._session.run("; ".join([*steps, "commit"]))
