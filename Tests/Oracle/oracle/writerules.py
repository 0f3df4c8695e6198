"""Rules for writes, from the same JSON: what filters before, what is checked after, what is forced or removed.

Chosen once for each operation and caller, before any row is looked at (rules.md, sections 3 and 4).
"""

from dataclasses import dataclass, field

from . import values as logic
from .catalog import Row
from .rules import ALL, MISSING, RuleBook, RuleError, combined, listed

ACTIONS = ("force", "remove")


@dataclass
class Decision:
    """What an operation's rule comes to for one caller."""

    filters: list = field(default_factory=list)  # clauses on the stored row
    checks: list = field(default_factory=list)  # clauses on the row written
    forced: dict = field(default_factory=dict)  # column to value
    removed: set = field(default_factory=set)
    looks_after: bool = False  # some clause names the row written


class WriteRuleBook(RuleBook):
    """Evaluates `check`, `force` and `remove`, and decides write operations."""

    def _check(self, rule, seen=()):
        if rule.get("rule") not in (*ACTIONS, "check"):
            super()._check(rule, seen)

    def operation_rule(self, collection, operation):
        return self.entry(collection).get(operation, {"rule": "deny"})

    def write_field_rule(self, collection, name, operation):
        fields = self.entry(collection).get("fields") or {}
        for key in (name, "*"):
            if operation in fields.get(key, {}):
                return fields[key][operation]
        return {"rule": "allow"}

    # -- evaluation of the kinds that only writes have ------------------------------

    def evaluate(self, rule, caller, row, operation="read"):
        kind = rule["rule"]
        if kind == "check":
            return self._where(rule["where"], caller, row.collection, row), []
        if kind == "force":
            return True, []
        return super().evaluate(rule, caller, row, operation)

    def _operand(self, operand, caller, row, operation):
        if isinstance(operand, str) and operand.startswith("args.doc."):
            operand = "args.row." + operand.removeprefix("args.doc.")
        return super()._operand(operand, caller, row, operation)

    def possible(self, rule, caller, collection, claims_open=False):
        kind = rule["rule"]
        if kind == "check":
            return self._where_possible(rule["where"], caller, collection, claims_open)
        if kind in ACTIONS:
            return frozenset({True})
        if kind == "match":
            rule = rule | {
                side: "args.row." + rule[side].removeprefix("args.doc.")
                for side in ("f1", "f2")
                if isinstance(rule[side], str) and rule[side].startswith("args.doc.")
            }
        return super().possible(rule, caller, collection, claims_open)

    # -- decisions ------------------------------------------------------------------

    def decide(self, rule, caller, collection):
        """A Decision, or None where the rule cannot be true for this caller."""
        decision = Decision()
        return decision if self._collect(rule, caller, collection, decision) else None

    def _collect(self, rule, caller, collection, decision):
        for clause in self._flat(rule):
            kind = clause["rule"]
            if kind in ACTIONS:
                self._act(clause, caller, collection, decision)
            elif kind == "or" and self._chooses(clause):
                branch = self._first(clause["clauses"], caller, collection)
                if branch is None or not self._collect(branch, caller, collection, decision):
                    return False
            elif True not in self.possible(clause, caller, collection):
                return False
            elif self._names(clause, after=True):
                decision.looks_after = True
                decision.checks.append(clause)
            else:
                decision.filters.append(clause)
        return True

    def _flat(self, rule):
        if rule["rule"] == "ref":
            yield from self._flat(self.named[rule["name"]])
        elif rule["rule"] == "and":
            for clause in rule["clauses"]:
                yield from self._flat(clause)
        else:
            yield rule

    def _act(self, clause, caller, collection, decision):
        truths = self.possible(clause["clause"], caller, collection) if "clause" in clause else {True}
        if len(truths) != 1:
            raise RuleError("an action whose clause depends on a row is not followed here")
        if clause["rule"] == "remove":
            # Where an unknown decides, the safe side: it is removed.
            if truths != {False}:
                decision.removed |= {name.removeprefix("args.doc.") for name in clause["fields"]}
        elif truths == {True}:
            found = self._operand(clause["value"], caller, None, "create")
            if found is MISSING:
                raise RuleError("a forced claim that is missing is not followed here")
            decision.forced[clause["field"].removeprefix("args.doc.")] = found.values[0]

    def _first(self, branches, caller, collection):
        """The first branch whose clauses that only ask the request are all true."""
        for branch in branches:
            asked = [c for c in self._flat(branch) if not (c["rule"] in ACTIONS or self._names(c, True) or self._names(c, False))]
            if all(self.possible(c, caller, collection) == {True} for c in asked):
                return branch
        return None

    def _chooses(self, clause):
        has_action = any(c["rule"] in ACTIONS for branch in clause["clauses"] for c in self._flat(branch))
        return has_action or (self._names(clause, after=True) and self._names(clause, after=False))

    def _names(self, rule, after):
        """Does the rule look at the row written (`after`), or at the stored row?"""
        kind = rule["rule"]
        if kind == "where":
            return not after
        if kind == "check":
            return after
        if kind in ("match", "query"):
            text = repr(rule)
            return "args.doc." in text if after else "args.row." in text or "args.find." in text
        if kind == "ref":
            return self._names(self.named[rule["name"]], after)
        inner = rule.get("clauses") or ([rule["clause"]] if "clause" in rule and kind == "not" else [])
        return any(self._names(clause, after) for clause in inner)

    # -- early: what the values sent decide -------------------------------------------

    def refuted(self, clauses, caller, collection, values):
        """Can the clauses not all be true of a row with these values, whatever else it holds?"""
        return any(True not in self._sent(clause, caller, collection, values) for clause in clauses)

    def _sent(self, rule, caller, collection, values):
        """The truths a rule on the row written can still take when only these columns are known."""
        kind = rule["rule"]
        if kind == "check":
            return self._sent_where(rule["where"], caller, collection, values)
        if kind == "ref":
            return self._sent(self.named[rule["name"]], caller, collection, values)
        if kind == "not":
            return frozenset(logic.negated(truth) for truth in self._sent(rule["clause"], caller, collection, values))
        if kind in ("and", "or"):
            parts = [self._sent(clause, caller, collection, values) for clause in rule["clauses"]]
            return combined(parts, logic.all_of if kind == "and" else logic.any_of)
        return self.possible(rule, caller, collection)

    def _sent_where(self, where, caller, collection, values):
        parts = []
        for key, value in where.items():
            if key in ("_and", "_or"):
                inner = [self._sent_where(w, caller, collection, values) for w in listed(value)]
                parts.append(combined(inner, logic.all_of if key == "_and" else logic.any_of))
            elif key == "_not":
                inner = self._sent_where(value, caller, collection, values)
                parts.append(frozenset(logic.negated(truth) for truth in inner))
            elif key in collection.relationships:
                parts.append(frozenset({True, False}))
            elif key in values:
                row = Row(collection, values)
                parts += [frozenset({self._test(key, o, operand, caller, collection, row)}) for o, operand in value.items()]
            else:
                parts.append(ALL)
        return combined(parts, logic.all_of)

    def holds(self, clauses, caller, row, operation):
        return all(self.evaluate(clause, caller, row, operation)[0] is True for clause in clauses)
