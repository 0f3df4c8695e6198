"""Aggregates over the rows behind an array relationship, in `where` and `order_by`."""

import math
from fractions import Fraction

from . import values as logic
from .catalog import COMPARABLE, NUMERIC
from .errors import RequestError
from .view import Approximate

VARIANCES = ("stddev", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "variance")
FOLDS = ("avg", "max", "min", *VARIANCES, "sum")


def foldable(view, collection, name):
    """The fields a fold exists for."""
    wanted = COMPARABLE if name in ("max", "min") else NUMERIC
    return [entry for entry in view.fields(collection) if entry.type in wanted]


def fold(name, found, kind=None):
    """One aggregate of values; nulls do not count, and over none the result is null."""
    found = [value for value in found if value is not None]
    if not found:
        return None
    if name in ("max", "min"):
        # Of two texts for one instant the smaller is the smallest, the greater the greatest.
        return (max if name == "max" else min)(found, key=lambda value: (logic.comparable(kind, value), value))
    if name == "avg":
        return Approximate(sum(found) / len(found))
    if name == "sum":
        total = sum(found)
        return total if isinstance(total, int) else Approximate(total)
    lost = 0 if name.endswith("_pop") else 1
    if len(found) <= lost:
        return None
    exact = [Fraction(value) for value in found]
    mean = sum(exact) / len(exact)
    variance = float(sum((value - mean) ** 2 for value in exact) / (len(exact) - lost))
    return Approximate(math.sqrt(variance) if name.startswith("stddev") else variance)


def folded(view, name, rows, entry):
    """An aggregate in the form in which it is compared."""
    value = fold(name, [view.shown(row, entry) for row in rows], entry.type)
    return logic.comparable(entry.type, value) if name in ("max", "min") else value


def count(view, rows, columns, distinct):
    """Rows; with one column its values; with several, rows or distinct tuples."""
    if not columns:
        return len(rows)
    tuples = [tuple(view.shown(row, column) for column in columns) for row in rows]
    if len(columns) == 1:
        tuples = [value for value in tuples if value[0] is not None]
    if distinct:
        kinds = [column.type for column in columns]
        return len({tuple(logic.distinct_key(logic.comparable(k, part)) for k, part in zip(kinds, value)) for value in tuples})
    return len(tuples)


def relationship(view, collection, name):
    """The array relationship whose aggregate a member of a filter or an ordering names."""
    if not name.endswith("_aggregate"):
        return None
    found = view.relationship(collection, name[: -len("_aggregate")])
    if found is None or found.kind != "array":
        return None
    return found if view.has_aggregate(view.catalog.collections[found.target]) else None


def related(view, row, link):
    return [candidate for candidate in view.related(row, link) if view.aggregable(candidate)]


def compile_filter(request, link, operand, path):
    """`T_aggregate_bool_exp`: exactly one of count, bool_and, bool_or."""
    view = request.view
    target = view.catalog.collections[link.target]
    request.touched.append(target)
    if operand is None:
        raise RequestError("validation-failed", path, "unexpected null value")
    if not isinstance(operand, dict) or len(operand) != 1:
        raise RequestError("validation-failed", path, "must specify exactly one key")
    (name, test), = operand.items()
    passes = compile_test(request, target, name, test, f"{path}.{name}")
    return lambda row: passes(related(view, row, link))


def compile_test(request, target, name, test, at):
    """A function from rows to what `count`, `bool_and` or `bool_or` over them makes of its predicate."""
    view = request.view
    if name not in ("count", "bool_and", "bool_or") or not isinstance(test, dict):
        raise RequestError("validation-failed", at, "no such aggregate")
    unknown = set(test) - {"arguments", "distinct", "filter", "predicate"}
    if unknown or test.get("predicate") is None:
        raise RequestError("validation-failed", at, "unknown or missing members")
    columns = request._columns(target, test.get("arguments"), f"{at}.arguments")
    kind = "Int" if name == "count" else "Boolean"
    if name != "count" and (len(columns) != 1 or columns[0].type != "Boolean"):
        raise RequestError("validation-failed", f"{at}.arguments", "needs one column of booleans")
    inner = None
    if "filter" in test:
        if test["filter"] is None:
            raise RequestError("validation-failed", f"{at}.filter", "unexpected null value")
        inner = request.compile_where(target, test["filter"], f"{at}.filter")
    checks = [
        request.compile_operator(kind, operator, raw, f"{at}.predicate.{operator}")
        for operator, raw in test["predicate"].items()
    ]

    def passes(rows):
        if inner is not None:
            rows = [candidate for candidate in rows if inner(candidate) is True]
        if name == "count":
            value = count(view, rows, columns, test.get("distinct"))
        else:
            found = [view.shown(candidate, columns[0]) for candidate in rows]
            found = [value for value in found if value is not None]
            value = (all if name == "bool_and" else any)(found) if found else None
        return logic.all_of(check(value) for check in checks)

    return passes


def order_terms(request, link, item, path, directions):
    """`T_aggregate_order_by`: (value of a row, direction), in written order."""
    view = request.view
    target = view.catalog.collections[link.target]
    request.touched.append(target)
    for compute, direction in terms(view, target, item, path, directions):
        yield (lambda row, compute=compute: compute(related(view, row, link))), direction


def terms(view, target, item, path, directions):
    """(value of rows, direction), in written order."""
    if item is None:
        return
    if not isinstance(item, dict):
        raise RequestError("validation-failed", path, "expected an object")
    for name, value in item.items():
        at = f"{path}.{name}"
        if name == "count":
            if value is not None:
                yield len, _direction(value, at, directions)
            continue
        entries = {entry.api: entry for entry in foldable(view, target, name)} if name in FOLDS else {}
        if not entries:
            raise RequestError("validation-failed", at, "no such aggregate")
        for column, direction in (value or {}).items():
            if column not in entries:
                raise RequestError("validation-failed", f"{at}.{column}", "no such column")
            if direction is None:
                continue
            entry = entries[column]
            yield (
                lambda rows, name=name, entry=entry: folded(view, name, rows, entry),
                _direction(direction, f"{at}.{column}", directions),
            )


def _direction(value, path, directions):
    if not isinstance(value, str) or value not in directions:
        raise RequestError("validation-failed", path, "no such direction")
    return value
