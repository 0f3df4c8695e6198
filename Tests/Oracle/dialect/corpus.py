"""Where the recorded cases are, and the parts of their runner that a replay uses.

They lie in `$PERIGEE_SHARED/dialect-cases`, else in `../shared/dialect-cases` beside the checkout.
"""

import importlib.util
import json
import os
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("PERIGEE_SHARED", ROOT.parent / "shared")) / "dialect-cases"
ABSENT = f"no dialect cases at {FOLDER}: none of them was replayed (or set PERIGEE_SHARED)"


def is_present():
    return (FOLDER / "run.py").is_file()


def groups():
    """All groups of the corpus, by name."""
    files = sorted(path for path in FOLDER.glob("*.json") if not path.name.startswith("_"))
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    return {document["group"]: document for document in documents}


def runner():
    """The corpus's own runner as a module: its translation of rules, its requests, its comparison."""
    if "dialect_runner" not in sys.modules:
        # It imports a PostgreSQL client at its top, which nothing that is used here needs.
        sys.modules.setdefault("psycopg2", types.ModuleType("psycopg2"))
        specification = importlib.util.spec_from_file_location("dialect_runner", FOLDER / "run.py")
        module = importlib.util.module_from_spec(specification)
        sys.modules["dialect_runner"] = module
        specification.loader.exec_module(module)
    return sys.modules["dialect_runner"]
