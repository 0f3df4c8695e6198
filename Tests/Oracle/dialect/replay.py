"""Runs a group's cases against a started gateway and says how each went."""

from argparse import Namespace
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml
from gateway import ADMIN_SECRET, Gateway

from .corpus import runner

FOLDER = Path(__file__).parent
PASSES = ("data", "errors-exact", "errors-loose")
OPTIONS = Namespace(timeout=15, live_timeout=5)


@dataclass
class Outcome:
    group: str
    case: dict
    level: str
    why: str
    reason: str | None  # why the case is listed as not answered on this database

    @property
    def name(self):
        return f"{self.group}/{self.case['name']}"

    @property
    def passed(self):
        return self.level in PASSES

    @property
    def verdict(self):
        """`pass` or `fail` as they should be; `listed` fails for a known reason, `stale` passes in spite of one."""
        if self.reason is None:
            return "pass" if self.passed else "fail"
        return "stale" if self.passed else "listed"


class Exceptions:
    """Cases that are not answered as recorded, each with its reason: `{group: reason}` or `{group: {case: reason}}`."""

    def __init__(self, entries):
        self.entries = entries

    @classmethod
    def of(cls, database):
        """The list of one database, `sqlite` or `postgres`."""
        return cls(yaml.safe_load((FOLDER / f"exceptions-{database}.yaml").read_text(encoding="utf-8")) or {})

    def reason(self, group, case):
        entry = self.entries.get(group)
        return entry if entry is None or isinstance(entry, str) else entry.get(case)

    def unknown(self, groups):
        """Entries that name no case of the corpus."""
        for group, entry in self.entries.items():
            names = {case["name"] for case in groups[group]["cases"]} if group in groups else set()
            if not names:
                yield group
            if isinstance(entry, dict):
                yield from (f"{group}/{name}" for name in entry if name not in names)


def replay(group, make, exceptions):
    """The outcomes of all cases of a group, in the corpus's order; `make` builds the group's project."""
    module = runner()
    module.SECRET = ADMIN_SECRET
    outcomes = []

    def note(case, level, why):
        outcomes.append(Outcome(group["group"], case, level, why, exceptions.reason(group["group"], case["name"])))

    try:
        project = make()
        gateway = Gateway(project)
    except Exception as error:  # whatever hinders the group fails each of its cases, with the reason
        for case in group["cases"]:
            note(case, "fail", f"{type(error).__name__}: {error}")
        return outcomes
    try:
        file = None
        for case in group["cases"]:
            if file is not None and group["reset"] == "each" and case["file"] != file:
                project.restore()
            file = case["file"]
            if not gateway.is_alive:
                note(case, "fail", "the gateway ended: " + gateway.output())
                continue
            level, why, answer, _ = module.run_case(case, gateway.port, OPTIONS)
            note(case, level, why)
            outcomes[-1].answer = answer
    finally:
        status = gateway.stop()
    if status != 0:
        note({"name": "(the gateway's end)"}, "fail", f"exit status {status}: {gateway.output()}")
    return outcomes


def figures(outcomes, label="conformance"):
    """One line for each file of cases, in the form that `scripts/conformance.sh` reads, and one for all of them."""
    counts = {}
    for outcome in outcomes:
        for name in (outcome.group.replace("/", "__") + ".json", "all of the dialect"):
            counts.setdefault(name, Counter())[outcome.verdict] += 1
    total = counts.pop("all of the dialect", Counter())
    return "\n".join(
        f"{name}: {row['pass']} pass, {row['fail'] + row['stale']} fail, {row['listed']} not applicable"
        for name, row in [(f"{label} {name}", row) for name, row in counts.items()] + [("all of the dialect", total)]
    )
