"""What one caller may see: which names exist, which rows, and what each field shows."""

from .catalog import ComputedField
from .rules import Removal


class Approximate(float):
    """A float summed in an order SQL does not promise; compared with a tolerance."""


class Opaque:
    """A keyed hash the oracle cannot work out: equal for equal values of one column, nothing else."""

    def __init__(self, column, value):
        self.key = (column, value)

    def __eq__(self, other):
        return isinstance(other, Opaque) and other.key == self.key

    def __hash__(self):
        return hash(self.key)

    def __repr__(self):
        return f"Opaque{self.key!r}"


class SomeCursor:
    """A sealed position; what is in it only the gateway knows."""

    def __repr__(self):
        return "a cursor"


class View:
    """What one caller may see: which names exist, which rows, and what each field shows."""

    def __init__(self, catalog, rules, caller):
        self.catalog = catalog
        self.rules = rules
        self.caller = caller
        self._readable = {}
        self._aggregable = {}
        self._shown = {}
        self._linked = {}
        self._exists = {}

    # -- what exists ------------------------------------------------------

    def _truths(self, rule, collection, claims_open=False):
        if self.caller.admin:
            return frozenset({True})
        return self.rules.possible(rule, self.caller, collection, claims_open)

    def exists(self, collection):
        if collection.name not in self._exists:
            rule = self.rules.read_rule(collection)
            self._exists[collection.name] = True in self._truths(rule, collection, claims_open=True)
        return self._exists[collection.name]

    def is_refused(self, collection):
        """Visible, yet nothing in its rule can be true because a claim is missing."""
        return True not in self._truths(self.rules.read_rule(collection), collection)

    def has_aggregate(self, collection):
        return self.exists(collection) and True in self._truths(
            self.rules.aggregate_rule(collection), collection, claims_open=True
        )

    def has_field(self, collection, name):
        key = (collection.name, name)
        if key not in self._exists:
            rule = self.rules.field_rule(collection, name)
            self._exists[key] = True in self._truths(rule, collection) and self._keeps(collection, name) is not False
        return self._exists[key]

    def _keeps(self, collection, name):
        """On all rows that are read (True), on none (False), on some (None)?"""
        if self.caller.admin:
            return True
        kept = [
            self.rules.keeps(rule, self.caller, collection, name)
            for rule in (self.rules.read_rule(collection), self.rules.field_rule(collection, name))
        ]
        return False if False in kept else None if None in kept else True

    def is_clear(self, collection, name):
        """Decided readable and unmasked."""
        if self.caller.admin:
            return True
        rule = self.rules.field_rule(collection, name)
        if self._truths(rule, collection) != {True} or self._keeps(collection, name) is not True:
            return False
        return not self.rules.may_mask(rule, self.caller, collection)

    def fields(self, collection):
        """Columns and computed fields that exist, in catalog order."""
        entries = list(collection.columns.values()) + list(collection.computed.values())
        return [entry for entry in entries if self.has_field(collection, entry.name)]

    def field(self, collection, api):
        entry = collection.field_by_api(api)
        return entry if entry and self.has_field(collection, entry.name) else None

    def relationship(self, collection, name):
        relationship = collection.relationships.get(name)
        if relationship is None or not self.has_field(collection, name):
            return None
        target = self.catalog.collections[relationship.target]
        return relationship if self.exists(target) else None

    def has_by_pk(self, collection):
        return bool(collection.key) and all(
            self.has_field(collection, name) and self.is_clear(collection, name)
            for name in collection.key
        )

    def row_cap(self, collection):
        return self.rules.row_cap(collection, self.caller)

    # -- rows ---------------------------------------------------------------

    def readable(self, row):
        if self.caller.admin:
            return True
        if id(row) not in self._readable:
            rule = self.rules.read_rule(row.collection)
            self._readable[id(row)] = self.rules.truth(rule, self.caller, row) is True
        return self._readable[id(row)]

    def aggregable(self, row):
        if self.caller.admin:
            return True
        if id(row) not in self._aggregable:
            rule = self.rules.aggregate_rule(row.collection)
            truth, _ = self.rules.evaluate(rule, self.caller, row, "aggregate")
            self._aggregable[id(row)] = self.readable(row) and truth is True
        return self._aggregable[id(row)]

    def shown(self, row, entry):
        """What the field shows on this row: its value everywhere for this caller."""
        key = (id(row), entry.name)
        if key not in self._shown:
            self._shown[key] = self._show(row, entry)
        return self._shown[key]

    def _show(self, row, entry):
        masks = []
        if not self.caller.admin:
            rule = self.rules.field_rule(row.collection, entry.name)
            truth, masks = self.rules.evaluate(rule, self.caller, row)
            if truth is not True or self._is_removed(row, entry.name, masks):
                return None
        if isinstance(entry, ComputedField):
            value = self.catalog.compute(row, entry)
        else:
            value = row.values[entry.name]
        for mask in masks:
            if isinstance(mask, Removal):
                continue
            value = masked(value, mask, entry)
        return value

    def _is_removed(self, row, name, actions=()):
        """Taken out by the rule of the row, or by an action of the field's own."""
        rule = self.rules.read_rule(row.collection)
        found = [*self.rules.evaluate(rule, self.caller, row)[1], *actions]
        return any(isinstance(action, Removal) and name in action.names for action in found)

    def related(self, row, relationship):
        """Readable rows behind a relationship, none where its own guard is not true."""
        key = (id(row), relationship.name)
        if key not in self._linked:
            rows = []
            rule = self.rules.field_rule(row.collection, relationship.name)
            followed = self.rules.truth(rule, self.caller, row) is True and not self._is_removed(row, relationship.name)
            if self.caller.admin or followed:
                found = row.collection.related(relationship, row, self.catalog)
                rows = [candidate for candidate in found if self.readable(candidate)]
            self._linked[key] = rows
        return self._linked[key]


def masked(value, mask, entry):
    if mask is None:
        return None
    if mask == "last4":
        if value is None:
            return None
        return "****" + (value[-4:] if len(value) > 4 else "")
    if mask == "hash":
        return None if value is None else Opaque(entry.name, value)
    return mask
