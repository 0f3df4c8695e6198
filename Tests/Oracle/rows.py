"""Putting a database's rows back while a gateway has it open."""

import shutil
import sqlite3


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def keep(database, pristine):
    """A copy of the database as it is now, for `restore`."""
    shutil.copyfile(database, pristine)


def restore(database, pristine):
    """All rows, and the counters of AUTOINCREMENT, as they are in the copy; foreign keys are not asked in between."""
    connection = sqlite3.connect(database, timeout=20, isolation_level=None)
    try:
        connection.execute("ATTACH ? AS pristine", (str(pristine),))
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
