"""The object types of the schema, each with its fields: what exists, what its arguments are, what it answers.

A shape names a type and finds its fields; a field checks its node and resolves it over the
shape's row or rows. The shapes of a caller hold only what that caller's view holds.
"""

import re

from . import aggregates, documents, groups, values
from . import values as logic
from .catalog import JSON_TYPES
from .errors import RequestError
from .view import SomeCursor


class RootObject:
    type_name = "query_root"

    def __init__(self, request):
        self.view = request.view

    def field(self, name):
        view = self.view
        for collection in view.catalog.collections.values():
            if not view.exists(collection):
                continue
            if name == collection.api and view.fields(collection):
                return ListField(collection, None)
            if name == f"{collection.api}_by_pk" and view.has_by_pk(collection):
                return ByKeyField(collection)
            if name == f"{collection.api}_aggregate" and view.has_aggregate(collection):
                return AggregateField(collection, None)
            if name == f"{collection.api}_group" and view.has_aggregate(collection) and view.fields(collection):
                return GroupField(collection)
            if name == f"{collection.api}_connection" and view.has_by_pk(collection):
                return ConnectionField(collection)
        return None


class RowObject:
    def __init__(self, view, collection, row=None):
        self.view = view
        self.collection = collection
        self.row = row
        self.type_name = collection.api

    def field(self, name):
        entry = self.view.field(self.collection, name)
        if entry is not None:
            return LeafField(entry)
        relationship = self.view.relationship(self.collection, name)
        if relationship is not None:
            target = self.view.catalog.collections[relationship.target]
            if relationship.kind == "array":
                return ListField(target, relationship)
            return LinkField(target, relationship)
        if name.endswith("_aggregate"):
            relationship = self.view.relationship(self.collection, name[: -len("_aggregate")])
            if relationship is not None and relationship.kind == "array":
                target = self.view.catalog.collections[relationship.target]
                if self.view.has_aggregate(target):
                    return AggregateField(target, relationship)
        return None


class LeafField:
    shape = None

    def __init__(self, entry):
        self.entry = entry

    def check(self, request, node, path):
        allowed = {"path"} if self.entry.type in JSON_TYPES else set()
        given = request.arguments(node, allowed, path)
        if given.get("path") is not None and not JSON_PATH.fullmatch(given["path"]):
            raise RequestError("parse-failed", f"{path}.args.path", "not a JSON path")

    def resolve(self, request, shape, node, inner):
        value = request.view.shown(shape.row, self.entry)
        given = request.arguments(node, {"path"}, "$")
        if given.get("path") is not None:
            value = at_path(value, given["path"])
        return documents.shown(value) if self.entry.type in JSON_TYPES else value


class RowField:
    """What list, link and by-key fields share: their rows are RowObjects."""

    shape = None

    def __init__(self, collection, relationship=None):
        self.collection = collection
        self.relationship = relationship

    def check(self, request, node, path):
        request.touched.append(self.collection)
        self.shape = RowObject(request.view, self.collection)
        self.check_arguments(request, node, path)

    def check_arguments(self, request, node, path):
        request.arguments(node, set(), path)

    def source(self, request, shape):
        if self.relationship is None:
            return [row for row in self.collection.rows if request.view.readable(row)]
        return request.view.related(shape.row, self.relationship)

    def show(self, request, row, inner):
        return request.select(RowObject(request.view, self.collection, row), inner)


class ListField(RowField):
    def check_arguments(self, request, node, path):
        request.list_arguments(self.collection, node, path)

    def resolve(self, request, shape, node, inner):
        arguments = request.list_arguments(self.collection, node, "$")
        rows = request.page(self.source(request, shape), self.collection, arguments)
        return [self.show(request, row, inner) for row in request.bounded(rows, self.collection)]


class LinkField(RowField):
    def resolve(self, request, shape, node, inner):
        rows = self.source(request, shape)
        return self.show(request, rows[0], inner) if rows else None


class ByKeyField(RowField):
    def _key(self, request, node, path):
        columns = [self.collection.columns[name] for name in self.collection.key]
        given = request.arguments(node, {column.api for column in columns}, path)
        key = {}
        for column in columns:
            if column.api not in given:
                raise RequestError("validation-failed", None, f"missing {column.api}")
            value = logic.coerce(column.type, given[column.api], f"{path}.args.{column.api}")
            key[column.name] = logic.comparable(column.type, value)
        return key

    def check_arguments(self, request, node, path):
        self._key(request, node, path)

    def resolve(self, request, shape, node, inner):
        key = self._key(request, node, "$")
        for row in self.source(request, shape):
            if all(
                logic.comparable(self.collection.columns[name].type, row.values[name]) == wanted
                for name, wanted in key.items()
            ):
                return self.show(request, row, inner)
        return None


class AggregateField(RowField):
    def check(self, request, node, path):
        request.touched.append(self.collection)
        self.shape = AggregateObject(request.view, self.collection)
        request.list_arguments(self.collection, node, path)

    def resolve(self, request, shape, node, inner):
        arguments = request.list_arguments(self.collection, node, "$")
        rows = [row for row in self.source(request, shape) if request.view.aggregable(row)]
        rows = request.page(rows, self.collection, arguments)
        answer = AggregateObject(request.view, self.collection, rows, arguments)
        return request.select(answer, inner)


class GroupField(RowField):
    def check(self, request, node, path):
        request.touched.append(self.collection)
        arguments = groups.GroupArguments(request, self.collection, node, path)
        self.shape = GroupObject(request.view, arguments)

    def resolve(self, request, shape, node, inner):
        arguments = groups.GroupArguments(request, self.collection, node, "$")
        rows = [row for row in self.source(request, shape) if request.view.aggregable(row)]
        found = request.bounded(arguments.groups(request, rows), self.collection)
        return [request.select(GroupObject(request.view, arguments, group), inner) for group in found]


class GroupObject:
    def __init__(self, view, arguments, rows=None):
        self.view = view
        self.arguments = arguments
        self.rows = rows
        self.type_name = f"{arguments.collection.api}_group"

    def field(self, name):
        if name == "aggregate":
            return NestedField(AggregateFieldsObject(self.view, self.arguments.collection, self.rows))
        if name == "key":
            return NestedField(GroupKeyObject(self.view, self.arguments, self.rows))
        return None


class GroupKeyObject:
    def __init__(self, view, arguments, rows):
        self.view = view
        self.collection = arguments.collection
        self.names = arguments.names
        self.rows = rows
        self.row = rows[0] if rows else None
        self.type_name = f"{arguments.collection.api}_group_key"

    def field(self, name):
        entry = self.view.field(self.collection, name)
        if entry is None or entry.name not in self.names:
            return None
        if self.rows and entry.type in ("timestamptz", "timestamp"):
            # One instant in several forms is shown in the first of them.
            return FixedField(aggregates.fold("min", [self.view.shown(row, entry) for row in self.rows], entry.type))
        return LeafField(entry)


class ConnectionField(RowField):
    """`T_connection`. Nobody but the gateway can make a cursor, so those of a request here are somebody else's."""

    def _arguments(self, request, node, path):
        given = request.arguments(node, {"first", "last", "after", "before", "where", "order_by"}, path)
        at = f"{path}.args"
        for name in ("after", "before"):
            if given.get(name) is not None:
                raise RequestError("bad-request", f"{at}.{name}", "not a cursor")
        where = None
        if given.get("where") is not None:
            where = request.compile_where(self.collection, given["where"], f"{at}.where")
        ordered = given.get("order_by") or []
        for item in ordered if isinstance(ordered, list) else [ordered]:
            for name in item or {}:
                entry = request.view.field(self.collection, name)
                if entry is None or not request.view.is_clear(self.collection, entry.name):
                    raise RequestError("validation-failed", None, f"no order by {name}")
        order, _ = request.compile_order(self.collection, given.get("order_by"), f"{at}.order_by")
        sizes = {}
        for name in ("first", "last"):
            if given.get(name) is not None:
                sizes[name] = values.coerce("Int", given[name], f"{at}.{name}")
                if sizes[name] < 0 and not request.skipped:
                    raise RequestError("not-supported", f"{at}.{name}", "unexpected negative value")
        if len(sizes) == 2 and not request.skipped:
            raise RequestError("validation-failed", at, "first and last")
        return where, order, sizes

    def check(self, request, node, path):
        request.touched.append(self.collection)
        self.shape = ConnectionObject(request.view, self.collection)
        self._arguments(request, node, path)

    def resolve(self, request, shape, node, inner):
        where, order, sizes = self._arguments(request, node, "$")
        rows = self.source(request, shape)
        if where is not None:
            rows = [row for row in rows if where(row) is True]
        rows = request.ordered(rows, self.collection, order)
        more = {"first": False, "last": False}
        cap = request.view.row_cap(self.collection)
        if cap is not None:
            sizes = {name: min(size, cap) for name, size in sizes.items()} or {"first": cap}
        for name, size in sizes.items():
            more[name] = len(rows) > size
            rows = rows[:size] if name == "first" else rows[len(rows) - size if len(rows) > size else 0 :]
        answer = ConnectionObject(request.view, self.collection, request.bounded(rows, self.collection), more)
        return request.select(answer, inner)


class FixedField:
    """A leaf whose value is known."""

    shape = None

    def __init__(self, value):
        self.value = value

    def check(self, request, node, path):
        request.arguments(node, set(), path)

    def resolve(self, request, shape, node, inner):
        return self.value


class ConnectionObject:
    def __init__(self, view, collection, rows=None, more=None):
        self.view = view
        self.collection = collection
        self.rows = rows
        self.more = more or {"first": False, "last": False}
        self.type_name = f"{collection.api}_connection"

    def field(self, name):
        if name == "edges":
            return EdgesField(self.collection)
        return NestedField(PageInfoObject(self.rows, self.more)) if name == "pageInfo" else None


class PageInfoObject:
    type_name = "PageInfo"

    def __init__(self, rows, more):
        cursor = SomeCursor() if rows else None
        self.fields = {
            "hasNextPage": more["first"],
            "hasPreviousPage": more["last"],
            "startCursor": cursor,
            "endCursor": cursor,
        }

    def field(self, name):
        return FixedField(self.fields[name]) if name in self.fields else None


class EdgesField(RowField):
    def check(self, request, node, path):
        request.arguments(node, set(), path)
        self.shape = EdgeObject(request.view, self.collection)

    def resolve(self, request, shape, node, inner):
        return [request.select(EdgeObject(request.view, self.collection, row), inner) for row in shape.rows]


class EdgeObject:
    def __init__(self, view, collection, row=None):
        self.view = view
        self.collection = collection
        self.row = row
        self.type_name = f"{collection.api}_edge"

    def field(self, name):
        if name == "cursor":
            return FixedField(SomeCursor())
        return NestedField(RowObject(self.view, self.collection, self.row)) if name == "node" else None


class AggregateObject:
    """`T_aggregate`: `aggregate` and `nodes` over the rows of the page."""

    def __init__(self, view, collection, rows=None, arguments=None):
        self.view = view
        self.collection = collection
        self.rows = rows
        self.arguments = arguments
        self.type_name = f"{collection.api}_aggregate"

    def field(self, name):
        if name == "aggregate":
            return NestedField(AggregateFieldsObject(self.view, self.collection, self.rows))
        if name == "nodes" and self.view.fields(self.collection):
            return NodesField(self.collection)
        return None


class NestedField:
    """A field without arguments that opens another object over the same rows."""

    def __init__(self, shape):
        self.shape = shape

    def check(self, request, node, path):
        request.arguments(node, set(), path)

    def resolve(self, request, shape, node, inner):
        return request.select(self.shape, inner)


class NodesField(RowField):
    def resolve(self, request, shape, node, inner):
        rows = request.bounded(shape.rows, self.collection)
        return [self.show(request, row, inner) for row in rows]


class AggregateFieldsObject:
    def __init__(self, view, collection, rows):
        self.view = view
        self.collection = collection
        self.rows = rows
        self.type_name = f"{collection.api}_aggregate_fields"

    def field(self, name):
        if name == "count":
            return CountField(self.collection)
        if name in aggregates.FOLDS:
            entries = aggregates.foldable(self.view, self.collection, name)
            if entries:
                return NestedField(FoldObject(self.view, self.collection, self.rows, name, entries))
        return None


class CountField:
    shape = None

    def __init__(self, collection):
        self.collection = collection

    def _arguments(self, request, node, path):
        given = request.arguments(node, {"columns", "distinct"}, path)
        columns = request._columns(self.collection, given.get("columns"), f"{path}.args.columns")
        distinct = given.get("distinct")
        if distinct is not None:
            distinct = logic.coerce("Boolean", distinct, f"{path}.args.distinct")
        return columns, bool(distinct)

    def check(self, request, node, path):
        self._arguments(request, node, path)

    def resolve(self, request, shape, node, inner):
        columns, distinct = self._arguments(request, node, "$")
        return aggregates.count(request.view, shape.rows, columns, distinct)


class FoldObject:
    """`T_sum_fields` and its twins."""

    def __init__(self, view, collection, rows, name, entries):
        self.view = view
        self.rows = rows
        self.name = name
        self.entries = {entry.api: entry for entry in entries}
        self.type_name = f"{collection.api}_{name}_fields"

    def field(self, name):
        return FoldField(self.entries[name]) if name in self.entries else None


class FoldField:
    shape = None

    def __init__(self, entry):
        self.entry = entry

    def check(self, request, node, path):
        request.arguments(node, set(), path)

    def resolve(self, request, shape, node, inner):
        return aggregates.fold(shape.name, [request.view.shown(row, self.entry) for row in shape.rows], self.entry.type)


JSON_PATH = re.compile(
    r"""(\$|[^.\[\]'"\s$][^.\[\]'"\s]*|(?=[.\[]))(\.[^.\[\]'"\s]+|\[\d+\]|\['[^']*'\]|\["[^"]*"\])*"""
)


def at_path(value, text):
    """A JSON `path` argument: `$`, `a`, `.a.b`, `a[0]`, `['k']`."""
    for quoted, index, name in re.findall(r"\[['\"](.*?)['\"]\]|\[(\d+)\]|([^.\[\]$]+)", text):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(quoted or name) if isinstance(value, dict) else None
        if value is None:
            return None
    return value
