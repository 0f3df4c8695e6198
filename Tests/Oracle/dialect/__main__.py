"""`python -m dialect [PATTERN] [--postgres] [-v]`: replays the groups whose name matches and prints counts and failures."""

import argparse
import contextlib
import json
import re
import sys
import tempfile
from pathlib import Path

from postgres import Cluster

from . import corpus
from .postgres_project import PostgresDialectProject
from .project import DialectProject
from .replay import Exceptions, figures, replay


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pattern", nargs="?", default="")
    options.add_argument("--postgres", action="store_true", help="over a PostgreSQL server of its own; default: SQLite")
    options.add_argument("-v", "--verbose", action="store_true", help="show requests and answers of failures")
    options.add_argument("--keep", help="a folder for the projects; default: a temporary one")
    given = options.parse_args()
    if not corpus.is_present():
        print("SKIPPED: " + corpus.ABSENT)
        return
    exceptions = Exceptions.of("postgres" if given.postgres else "sqlite")
    outcomes = []
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        cluster = stack.enter_context(contextlib.closing(Cluster())) if given.postgres else None
        for name, group in corpus.groups().items():
            if re.search(given.pattern, name):
                folder = Path(given.keep or scratch).resolve() / name.replace("/", "__")

                def make(group=group, folder=folder):
                    return PostgresDialectProject(group, folder, cluster) if cluster else DialectProject(group, folder)

                outcomes += replay(group, make, exceptions)
    print(figures(outcomes))
    wrong = [outcome for outcome in outcomes if outcome.verdict in ("fail", "stale")]
    for outcome in wrong:
        print(f"{outcome.verdict} {outcome.name}: {outcome.why or outcome.reason}")
        if given.verbose:
            case = outcome.case
            print("  headers", json.dumps(case.get("headers")))
            print("  query", case.get("query") or json.dumps(case.get("batch")), json.dumps(case.get("variables")))
            print("  expected", json.dumps(case.get("expected")))
            print("  answer  ", json.dumps(getattr(outcome, "answer", None), default=str))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
