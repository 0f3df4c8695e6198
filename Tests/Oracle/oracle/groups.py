"""`T_group`: rows in groups, with `key`, `aggregate`, `having` and an order."""

from . import aggregates
from . import values as logic
from .errors import RequestError

ARGUMENTS = {"by", "having", "limit", "offset", "order_by", "where"}


class GroupArguments:
    """The checked arguments of one field."""

    def __init__(self, request, collection, node, path):
        given = request.arguments(node, ARGUMENTS, path)
        at = f"{path}.args"
        self.collection = collection
        if given.get("by") is None:
            raise RequestError("validation-failed", None, "by is missing")
        self.by = request._columns(collection, given["by"], f"{at}.by")
        if not self.by:
            raise RequestError("validation-failed", f"{at}.by", "needs a column")
        self.names = [entry.name for entry in self.by]
        self.where = self.having = None
        if given.get("where") is not None:
            self.where = request.compile_where(collection, given["where"], f"{at}.where")
        if given.get("having") is not None:
            self.having = compile_having(request, collection, given["having"], f"{at}.having")
        self.order = list(self._order(request, given.get("order_by"), f"{at}.order_by"))
        self.limit, self.offset = request.bounds(given, at)

    def _order(self, request, value, path):
        """(value of a group's rows, descending, nulls first)."""
        from .evaluate import ORDER_BY

        view = request.view
        if value is None:
            return
        for position, item in enumerate(value if isinstance(value, list) else [value]):
            for part, inner in (item or {}).items():
                at = f"{path}[{position}].{part}"
                if part == "aggregate":
                    for compute, direction in aggregates.terms(view, self.collection, inner, at, ORDER_BY):
                        yield (compute, *ORDER_BY[direction])
                    continue
                for name, direction in (inner or {}).items():
                    entry = view.field(self.collection, name)
                    if part != "key" or entry is None or entry.name not in self.names:
                        raise RequestError("validation-failed", f"{at}.{name}", "no such key")
                    if direction is not None:
                        yield (key_of(view, entry), *ORDER_BY[direction])

    def groups(self, request, rows):
        from .evaluate import Request

        view = request.view
        if self.where is not None:
            rows = [row for row in rows if self.where(row) is True]
        made = {}
        for row in rows:
            key = tuple(logic.distinct_key(logic.comparable(entry.type, view.shown(row, entry))) for entry in self.by)
            made.setdefault(key, []).append(row)
        found = [group for group in made.values() if self.having is None or self.having(group) is True]
        keys = [(key_of(view, entry), False, False) for entry in self.by]
        found = Request.sorted(found, self.order + keys)
        found = found[self.offset or 0 :]
        return found if self.limit is None else found[: self.limit]


def key_of(view, entry):
    return lambda rows: logic.comparable(entry.type, view.shown(rows[0], entry))


def compile_having(request, collection, value, path):
    """A function from a group's rows to True, False or None."""
    view = request.view
    if not isinstance(value, dict):
        raise RequestError("validation-failed", path, "expected an object")
    tests = []
    for name, operand in value.items():
        at = f"{path}.{name}"
        if operand is None:
            raise RequestError("validation-failed", at, "unexpected null value")
        if name == "_not":
            inner = compile_having(request, collection, operand, at)
            tests.append(lambda rows, inner=inner: logic.negated(inner(rows)))
        elif name in ("_and", "_or"):
            items = operand if isinstance(operand, list) else [operand]
            parts = [compile_having(request, collection, item, at) for item in items]
            fold = logic.all_of if name == "_and" else logic.any_of
            tests.append(lambda rows, parts=parts, fold=fold: fold(part(rows) for part in parts))
        elif name in ("count", "bool_and", "bool_or"):
            tests.append(aggregates.compile_test(request, collection, name, operand, at))
        else:
            tests.extend(_fold_tests(request, view, collection, name, operand, at))
    return lambda rows: logic.all_of(test(rows) for test in tests)


def _fold_tests(request, view, collection, name, operand, path):
    entries = {e.api: e for e in aggregates.foldable(view, collection, name)} if name in aggregates.FOLDS else {}
    if not entries:
        raise RequestError("validation-failed", path, "no such aggregate")
    for column, comparisons in operand.items():
        at = f"{path}.{column}"
        if column not in entries or comparisons is None:
            raise RequestError("validation-failed", at, "no such column, or null")
        entry = entries[column]
        kind = entry.type if name in ("sum", "max", "min") else "Float"
        checks = [request.compile_operator(kind, op, raw, f"{at}.{op}") for op, raw in comparisons.items()]

        def test(rows, entry=entry, checks=checks):
            value = aggregates.fold(name, [view.shown(row, entry) for row in rows], entry.type)
            return logic.all_of(check(value) for check in checks)

        yield test
