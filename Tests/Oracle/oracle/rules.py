"""Rules from JSON, evaluated naively: once over a row (truth and masks) and once without
any row (what could the rule still become?), which decides what exists for a caller."""

import glob
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from . import documents
from . import values as logic
from .catalog import INTEGER, JSON_TYPES, NUMERIC

ALL = frozenset({True, False, None})
MISSING = object()


@dataclass(frozen=True)
class Caller:
    """Who asks: an admin, an anonymous caller (claims None), or the bearer of claims."""

    claims: object = None
    admin: bool = False


@dataclass(frozen=True)
class Removal:
    """An action in effect: these fields and relationships show nothing."""

    names: frozenset


class RuleError(Exception):
    """A rules file the oracle cannot follow; the gateway must not start on one either."""


_KEYS = {
    "allow": set(),
    "deny": set(),
    "authenticated": set(),
    "match": {"type", "eval", "f1", "f2"},
    "where": {"where"},
    "query": {"collection", "where"},
    "and": {"clauses"},
    "or": {"clauses"},
    "not": {"clause"},
    "ref": {"name"},
    "mask": {"with", "clause"},
    "remove": {"fields", "clause"},
}

_OPERATORS = {
    "==": "_eq",
    "!=": "_neq",
    "<": "_lt",
    "<=": "_lte",
    ">": "_gt",
    ">=": "_gte",
    "in": "_in",
    "notIn": "_nin",
    "like": "_like",
}

_TYPE_OF_MATCH = {"string": "String", "number": "numeric", "bool": "Boolean", "date": "instant"}


class RuleBook:
    """All rules of a project, merged from the files the configuration names."""

    def __init__(self, catalog):
        self.catalog = catalog
        self.named = {}
        self.collections = {}
        self._outer = []  # the rows that the queries under evaluation are asked of
        base = catalog.config_path.parent
        spec = catalog.config["rules"]
        for pattern in [spec] if isinstance(spec, str) else spec:
            for path in sorted(glob.glob(str(base / pattern))):
                self._merge(Path(path))
        for entry in self.collections.values():
            for rule in self._rules_of(entry):
                self._check(rule)

    def _merge(self, path):
        document = json.loads(path.read_text(encoding="utf-8"))
        for label, target in (("rules", self.named), ("collections", self.collections)):
            for name, value in (document.get(label) or {}).items():
                if name in target:
                    raise RuleError(f"{path}: {name} twice")
                target[name] = value

    @staticmethod
    def _rules_of(entry):
        for label in ("read", "aggregate"):
            if label in entry:
                yield entry[label]
        for field in (entry.get("fields") or {}).values():
            if "read" in field:
                yield field["read"]

    def _check(self, rule, seen=()):
        kind = rule.get("rule")
        if kind not in _KEYS:
            raise RuleError(f"rule kind {kind!r} is not evaluated here")
        extra = set(rule) - {"rule"} - _KEYS[kind]
        if extra:
            raise RuleError(f"unknown keys {extra} in {kind}")
        if kind in ("and", "or"):
            if not rule["clauses"]:
                raise RuleError("empty clauses")
            for clause in rule["clauses"]:
                self._check(clause, seen)
        elif kind in ("not", "mask", "remove") and "clause" in rule:
            self._check(rule["clause"], seen)
        elif kind == "ref":
            if rule["name"] in seen:
                raise RuleError(f"cycle through {rule['name']}")
            self._check(self.named[rule["name"]], seen + (rule["name"],))

    # -- which rule governs what ------------------------------------------

    def entry(self, collection):
        return self.collections.get(f"{self.catalog.source}.{collection.name}") or {}

    def read_rule(self, collection):
        return self.entry(collection).get("read", {"rule": "deny"})

    def aggregate_rule(self, collection):
        return self.entry(collection).get("aggregate", {"rule": "allow"})

    def field_rule(self, collection, name):
        """The refinement for a column, computed field or relationship."""
        fields = self.entry(collection).get("fields") or {}
        if "read" in fields.get(name, {}):
            return fields[name]["read"]
        if name in collection.computed:
            return {"rule": "deny"}
        if "read" in fields.get("*", {}):
            return fields["*"]["read"]
        return {"rule": "allow"}

    def row_cap(self, collection, caller):
        """The smallest of the limits that apply, where an undecided one does; None for no limit."""
        if caller.admin:
            return None
        limits = self.entry(collection).get("limits", ())
        return min((limit["rows"] for limit in limits if self.possible(limit["when"], caller, collection) != {False}), default=None)

    # -- over a row -----------------------------------------------------------

    def truth(self, rule, caller, row):
        return self.evaluate(rule, caller, row)[0]

    def evaluate(self, rule, caller, row, operation="read"):
        """(truth, masks and removals in effect) of a rule for one row."""
        kind = rule["rule"]
        if kind == "allow":
            return True, []
        if kind == "deny":
            return False, []
        if kind == "authenticated":
            return caller.claims is not None, []
        if kind == "match":
            return self._match(rule, caller, row, operation), []
        if kind == "where":
            return self._where(rule["where"], caller, row.collection, row), []
        if kind == "query":
            return self._query(rule, caller, row), []
        if kind == "and":
            results = [self.evaluate(clause, caller, row, operation) for clause in rule["clauses"]]
            masks = [mask for _, found in results for mask in found]
            return logic.all_of(truth for truth, _ in results), masks
        if kind == "or":
            results = [self.evaluate(clause, caller, row, operation) for clause in rule["clauses"]]
            for truth, masks in results:
                if truth is True:
                    return True, masks
            return logic.any_of(truth for truth, _ in results), []
        if kind == "not":
            return logic.negated(self.evaluate(rule["clause"], caller, row, operation)[0]), []
        if kind == "ref":
            return self.evaluate(self.named[rule["name"]], caller, row, operation)
        if kind == "remove":
            kept = "clause" in rule and self.truth(rule["clause"], caller, row) is False
            return True, [] if kept else [Removal(frozenset(rule["fields"]))]
        clear = "clause" in rule and self.truth(rule["clause"], caller, row) is True
        return True, [] if clear else [rule["with"] if "with" in rule else None]

    def _query(self, rule, caller, row):
        """Is there a row of the collection that passes the filter, whoever may read it?"""
        target = self._target(rule)
        self._outer.append(row)
        try:
            found = any(self._where(rule["where"], caller, target, r) is True for r in target.rows)
        finally:
            self._outer.pop()
        return self._existence(rule["where"], caller, target, found)

    def _target(self, rule):
        return self.catalog.collections[rule["collection"].split(".", 1)[1]]

    def _existence(self, where, caller, target, found):
        """Two-valued, unless no row was found and a claim was missing: it might have let one pass."""
        if found or not self._misses(where, caller, target):
            return found
        return False if self._where_possible(where, caller, target, False) == {False} else None

    # -- operands ---------------------------------------------------------------

    def _match(self, rule, caller, row, operation):
        operator = _OPERATORS[rule["eval"]]
        kind = _TYPE_OF_MATCH[rule["type"]]
        lefts = self._operand(rule["f1"], caller, row, operation)
        rights = self._operand(rule["f2"], caller, row, operation)
        if lefts is MISSING or rights is MISSING:
            return None
        is_variable = isinstance(rule["f2"], str) and rule["f2"].startswith("args.")
        outcomes = []
        for left in lefts.values:
            for right in rights.values:
                outcomes.append(self._compare(kind, operator, left, right, is_variable))
        # A to-many path is one EXISTS for the comparison: true or false, never unknown.
        if lefts.many or rights.many:
            return True in outcomes
        return outcomes[0]

    @staticmethod
    def _compare(kind, operator, left, right, escape):
        left = converted(kind, left)
        if operator in ("_in", "_nin"):
            items = as_list(right)
            if items is None:
                return None
            items = [converted(kind, item) for item in items]
            return (logic.is_in if operator == "_in" else logic.not_in)(left, items)
        right = converted(kind, right)
        if operator == "_like":
            if right is not None and escape:
                right = logic.like_escaped(right)
            return logic.like(left, right)
        return logic.compare(operator, left, right)

    def _operand(self, operand, caller, row, operation):
        if not (isinstance(operand, str) and operand.startswith("args.")):
            return Operand([operand])
        parts = path_parts(operand)
        if parts[1] == "auth":
            return claim(caller, parts[2:])
        if parts[1] == "op":
            return Operand([operation])
        if parts[1] == "now":
            return Operand([datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")])
        if parts[1] not in ("row", "find"):
            raise RuleError(f"{operand} has no meaning in a read rule")
        rows, many = [self._outer[-1] if self._outer else row], False
        for name in parts[2:-1]:
            relationship = rows[0].collection.relationships[name] if rows else None
            if relationship is None:
                break
            many = many or relationship.kind == "array"
            rows = [
                related
                for current in rows
                for related in current.collection.related(relationship, current, self.catalog)
            ]
        found = [self._stored(current, parts[-1]) for current in rows]
        return Operand(found if many else found[:1] or [None], many)

    def _stored(self, row, name):
        """A column's stored value, or a computed field's value, by database name."""
        if name in row.values:
            return row.values[name]
        return self.catalog.compute(row, row.collection.computed[name])

    # -- `where` on the stored row: no rules apply inside --------------------------

    def _where(self, where, caller, collection, row):
        truths = []
        for key, value in where.items():
            if key == "_and":
                truths.append(
                    logic.all_of(self._where(w, caller, collection, row) for w in listed(value))
                )
            elif key == "_or":
                truths.append(
                    logic.any_of(self._where(w, caller, collection, row) for w in listed(value))
                )
            elif key == "_not":
                truths.append(logic.negated(self._where(value, caller, collection, row)))
            elif key in collection.relationships:
                relationship = collection.relationships[key]
                target = self.catalog.collections[relationship.target]
                related = collection.related(relationship, row, self.catalog)
                found = any(self._where(value, caller, target, r) is True for r in related)
                truths.append(self._existence(value, caller, target, found))
            else:
                for operator, operand in value.items():
                    truths.append(self._test(key, operator, operand, caller, collection, row))
        return logic.all_of(truths)

    def _test(self, name, operator, operand, caller, collection, row):
        value = self._stored(row, name)
        if operator == "_is_null":
            return (value is None) == operand
        kind = (collection.columns.get(name) or collection.computed[name]).type
        variable = isinstance(operand, str) and operand.startswith("args.")
        if isinstance(operand, dict) and set(operand) == {"literal"}:
            operand = operand["literal"]
        elif variable:
            found = self._operand(operand, caller, row, "read")
            if found is MISSING:
                return None
            operand = found.values[0]
        if kind in JSON_TYPES and operator in documents.OPERATORS:
            return documents.OPERATORS[operator](operand)(value)
        left = logic.comparable(kind, value)
        if operator in ("_in", "_nin"):
            items = as_list(operand)
            if items is None:
                return None
            resolved = []
            for item in items:
                if not variable and isinstance(item, str) and item.startswith("args."):
                    found = self._operand(item, caller, row, "read")
                    item = None if found is MISSING else found.values[0]
                resolved.append(logic.comparable(kind, converted(kind, item)))
            return (logic.is_in if operator == "_in" else logic.not_in)(left, resolved)
        right = converted(kind, operand)
        if operator in logic.PATTERN_OPERATORS:
            if variable and right is not None:
                right = logic.like_escaped(right) if "like" in operator else re.escape(right)
            return None if right is None else logic.matcher(operator, right, None)(value)
        return logic.compare(operator, left, logic.comparable(kind, right))

    # -- without a row ----------------------------------------------------------

    def possible(self, rule, caller, collection, claims_open=False):
        """The truths the rule can still take once claims are known.

        `claims_open` treats a `where` on a missing claim as undecided: such a rule
        leaves the collection in the caller's schema and refuses the operation.
        """
        kind = rule["rule"]
        if kind in ("allow", "mask", "remove"):
            return frozenset({True})
        if kind == "deny":
            return frozenset({False})
        if kind == "authenticated":
            return frozenset({caller.claims is not None})
        if kind == "match":
            return self._match_possible(rule, caller)
        if kind == "where":
            return self._where_possible(rule["where"], caller, collection, claims_open)
        if kind == "query":
            return self._existence_possible(rule["where"], caller, self._target(rule), claims_open)
        if kind == "ref":
            return self.possible(self.named[rule["name"]], caller, collection, claims_open)
        if kind == "not":
            inner = self.possible(rule["clause"], caller, collection, claims_open)
            return frozenset(logic.negated(truth) for truth in inner)
        clauses = [self.possible(c, caller, collection, claims_open) for c in rule["clauses"]]
        return combined(clauses, logic.all_of if kind == "and" else logic.any_of)

    def _match_possible(self, rule, caller):
        needs_row = False
        for operand in (rule["f1"], rule["f2"]):
            if isinstance(operand, str) and operand.startswith("args."):
                root = path_parts(operand)[1]
                if root in ("row", "find"):
                    needs_row = True
                elif root == "auth":
                    found = claim(caller, path_parts(operand)[2:])
                    if found is MISSING:
                        return frozenset({None})
                    if not usable(_TYPE_OF_MATCH[rule["type"]], rule["eval"], operand is rule["f2"], found.values[0]):
                        return frozenset({None})
        return ALL if needs_row else frozenset({self._match(rule, caller, None, "read")})

    def _where_possible(self, where, caller, collection, claims_open):
        parts = []
        for key, value in where.items():
            if key in ("_and", "_or"):
                inner = [self._where_possible(w, caller, collection, claims_open) for w in listed(value)]
                parts.append(combined(inner, logic.all_of if key == "_and" else logic.any_of))
            elif key == "_not":
                inner = self._where_possible(value, caller, collection, claims_open)
                parts.append(frozenset(logic.negated(truth) for truth in inner))
            elif key in collection.relationships:
                target = self.catalog.collections[collection.relationships[key].target]
                parts.append(self._existence_possible(value, caller, target, claims_open))
            else:
                for operator, operand in value.items():
                    kind = (collection.columns.get(key) or collection.computed[key]).type
                    parts.append(self._test_possible(kind, operator, operand, caller, claims_open))
        return combined(parts, logic.all_of)

    def _existence_possible(self, where, caller, target, claims_open):
        inner = self._where_possible(where, caller, target, claims_open)
        if inner == {False}:
            return inner
        otherwise = None if self._misses(where, caller, target) else False
        return frozenset({True, otherwise} if True in inner else {otherwise})

    def _misses(self, where, caller, collection):
        """Does the filter name a claim that the caller lacks, or that is of another kind?"""
        for key, value in where.items():
            if key in ("_and", "_or", "_not"):
                if any(self._misses(w, caller, collection) for w in listed(value)):
                    return True
            elif key in collection.relationships:
                target = self.catalog.collections[collection.relationships[key].target]
                if self._misses(value, caller, target):
                    return True
            else:
                kind = (collection.columns.get(key) or collection.computed[key]).type
                for operator, operand in value.items():
                    if self._test_possible(kind, operator, operand, caller, False) == {None}:
                        return True
        return False

    @staticmethod
    def _test_possible(kind, operator, operand, caller, claims_open):
        if isinstance(operand, str) and operand.startswith("args.auth"):
            found = claim(caller, path_parts(operand)[2:])
            if found is MISSING:
                return ALL if claims_open else frozenset({None})
            eval_name = {"_in": "in", "_nin": "notIn"}.get(operator, "==")
            if not usable(kind, eval_name, True, found.values[0]):
                return frozenset({None})
        return ALL

    def removals(self, rule, caller, collection):
        """What the rule can still come to: pairs of a truth and the names then removed."""
        kind = rule["rule"]
        if kind == "remove":
            truths = self.possible(rule["clause"], caller, collection) if "clause" in rule else {True}
            outcomes = set()
            if truths != {False}:
                outcomes.add((True, frozenset(rule["fields"])))
            if False in truths:
                outcomes.add((True, frozenset()))
            return outcomes
        if kind == "ref":
            return self.removals(self.named[rule["name"]], caller, collection)
        if kind not in ("and", "or"):
            return {(truth, frozenset()) for truth in self.possible(rule, caller, collection)}
        outcomes = {(kind == "and", frozenset())}
        for clause in rule["clauses"]:
            later = self.removals(clause, caller, collection)
            if kind == "and":
                outcomes = {(logic.all_of([a, b]), x | y) for a, x in outcomes for b, y in later}
            else:
                # The first clause that is true is taken, and nothing of the others.
                outcomes = {
                    (True, x) if a is True else (logic.any_of([a, b]), y if b is True else frozenset())
                    for a, x in outcomes
                    for b, y in later
                }
        return outcomes

    def keeps(self, rule, caller, collection, name):
        """Of the rows the rule admits: is the name kept on all (True), on none (False), on some (None)?"""
        kept = {name not in removed for truth, removed in self.removals(rule, caller, collection) if truth is True}
        return kept.pop() if len(kept) == 1 else None

    def may_mask(self, rule, caller, collection):
        """Could any row show something else than the stored value because of a mask?"""
        kind = rule["rule"]
        if kind == "mask":
            clause = rule.get("clause", {"rule": "deny"})
            return self.possible(clause, caller, collection) != {True}
        if kind == "ref":
            return self.may_mask(self.named[rule["name"]], caller, collection)
        if kind == "and":
            if True not in self.possible(rule, caller, collection):
                return False
            return any(self.may_mask(c, caller, collection) for c in rule["clauses"])
        if kind == "or":
            for clause in rule["clauses"]:
                truths = self.possible(clause, caller, collection)
                if True in truths and self.may_mask(clause, caller, collection):
                    return True
                if truths == {True}:
                    return False
        return False


@dataclass
class Operand:
    values: list
    many: bool = False


def combined(parts, fold):
    """All truths a fold can take when each part takes any of its own."""
    outcomes = {fold([])}
    for part in parts:
        outcomes = {fold([left, right]) for left in outcomes for right in part}
    return frozenset(outcomes)


def listed(value):
    return value if isinstance(value, list) else [value]


def path_parts(operand):
    """`args.auth["a.b"].c` as ["args", "auth", "a.b", "c"]."""
    return [
        bracketed or plain
        for bracketed, plain in re.findall(r'\["((?:[^"\\]|\\.)*)"\]|([^.\[\]]+)', operand)
    ]


def claim(caller, names):
    value = caller.claims
    for name in names:
        if not isinstance(value, dict) or name not in value:
            return MISSING
        value = value[name]
    return MISSING if value is None else Operand([value])


def as_list(value):
    """A list operand: a JSON list, or the text `{a,b}` of a header."""
    if isinstance(value, list):
        return value
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        inner = value[1:-1]
        return [part.strip().strip('"') for part in inner.split(",")] if inner else []
    return None


def usable(kind, evaluation, is_right, value):
    """Is a claim's value of a kind that the comparison can use at all?"""
    if evaluation in ("in", "notIn") and is_right:
        return as_list(value) is not None
    return converted(kind, value) is not None


def converted(kind, value):
    """A rule's operand as a value of the comparison's type; None (unknown) for anything else."""
    if value is None or isinstance(value, (dict, list)):
        return None
    if kind in NUMERIC:
        return number(value, kind in INTEGER)
    if kind == "Boolean":
        if isinstance(value, str) and value in ("true", "false"):
            return value == "true"
        return value if isinstance(value, bool) else None
    if kind in JSON_TYPES or not isinstance(value, str):
        return None
    if kind in ("instant", "timestamptz", "timestamp", "date"):
        try:
            moment = logic.instant(value)
        except ValueError:
            return None
        return moment if kind == "instant" else value
    return value


def number(value, integral):
    """Exact: a JSON number, or a string that is wholly one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if re.fullmatch(r"-?(0|[1-9][0-9]*)", value):
            return int(value)
        if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", value):
            return None
        value = float(value)
    if integral and isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value
