"""Answers a GraphQL document over the catalog as one caller may see it.

Only graphql-core's parser is used. A request is first checked whole (nothing is
evaluated on a row before the document is known to be good), then answered root
field by root field with nested loops.
"""

from dataclasses import dataclass
from functools import cmp_to_key

from graphql import GraphQLSyntaxError, parse
from graphql.language import ast

from . import aggregates, documents
from . import values as logic
from .catalog import JSON_TYPES, ComputedField, EnumKind
from .errors import RequestError
from .rules import RuleBook
from .shapes import RootObject
from .view import View

ABSENT = object()
ORDER_BY = {
    "asc": (False, False),
    "asc_nulls_last": (False, False),
    "asc_nulls_first": (False, True),
    "desc": (True, True),
    "desc_nulls_first": (True, True),
    "desc_nulls_last": (True, False),
}
LIST_ARGUMENTS = {"distinct_on", "limit", "offset", "order_by", "where"}


class Oracle:
    """One project (catalog and rules); `answer` is the whole of it."""

    def __init__(self, catalog, rules=None):
        self.catalog = catalog
        self.rules = rules or RuleBook(catalog)
        self._views = {}

    def view(self, caller):
        """The caller's view; row decisions are remembered per caller."""
        key = (caller.admin, repr(caller.claims))
        if key not in self._views:
            self._views[key] = View(self.catalog, self.rules, caller)
        return self._views[key]

    def answer(self, caller, query, variables=None, operation_name=None):
        try:
            request = Request(self.view(caller), query, variables or {}, operation_name)
            return {"data": request.execute()}
        except RequestError as error:
            return error.response()


@dataclass
class ListArguments:
    where: object = None
    order_by: list = None
    distinct_on: list = None
    limit: object = None
    offset: object = None


class Request:
    """One operation of one document, with its variables coerced."""

    def __init__(self, view, query, variables, operation_name):
        self.view = view
        self.catalog = view.catalog
        try:
            document = parse(query)
        except GraphQLSyntaxError as error:
            raise RequestError("validation-failed", "$.query", error.message) from None
        self.fragments = {
            d.name.value: d
            for d in document.definitions
            if isinstance(d, ast.FragmentDefinitionNode)
        }
        self.operation = self._choose(document, operation_name)
        self.declared = {d.variable.name.value: d for d in self.operation.variable_definitions}
        self.variables = self._coerce_variables(variables)
        self.touched = []
        self.skipped = 0  # directives around what is checked that leave it out

    @staticmethod
    def _choose(document, name):
        operations = [
            d for d in document.definitions if isinstance(d, ast.OperationDefinitionNode)
        ]
        if name is not None:
            operations = [o for o in operations if o.name and o.name.value == name]
        if len(operations) != 1:
            raise RequestError("validation-failed", "$", "no such operation, or several")
        return operations[0]

    def _coerce_variables(self, given):
        result = {}
        for name, definition in self.declared.items():
            required = isinstance(definition.type, ast.NonNullTypeNode)
            if name in given:
                if given[name] is None and required:
                    raise RequestError("validation-failed", None, f"variable {name} is null")
                result[name] = given[name]
            elif definition.default_value is not None:
                result[name] = self.value(definition.default_value, "$")
            elif required:
                raise RequestError("validation-failed", None, f"variable {name} is missing")
        return result

    def execute(self):
        root = RootObject(self)
        self.check(root, [self.operation.selection_set], "$")
        for collection in self.touched:
            if self.view.is_refused(collection):
                raise RequestError("not-found", "$", "missing session variable")
        return self.select(root, [self.operation.selection_set])

    # -- documents --------------------------------------------------------

    def value(self, node, path):
        """A literal or variable as plain data; ABSENT for a variable without a value."""
        if isinstance(node, ast.VariableNode):
            name = node.name.value
            if name not in self.declared:
                raise RequestError("validation-failed", None, f"unknown variable {name}")
            return self.variables.get(name, ABSENT)
        if isinstance(node, ast.NullValueNode):
            return None
        if isinstance(node, ast.IntValueNode):
            return int(node.value)
        if isinstance(node, ast.FloatValueNode):
            return float(node.value)
        if isinstance(node, ast.EnumValueNode):
            return logic.EnumLiteral(node.value)
        if isinstance(node, ast.ListValueNode):
            items = [self.value(item, path) for item in node.values]
            return [None if item is ABSENT else item for item in items]
        if isinstance(node, ast.ObjectValueNode):
            pairs = [(f.name.value, self.value(f.value, path)) for f in node.fields]
            return {name: value for name, value in pairs if value is not ABSENT}
        if isinstance(node, ast.StringValueNode):
            return logic.StringLiteral(node.value)
        return node.value  # booleans

    def arguments(self, node, allowed, path):
        result = {}
        for argument in node.arguments or ():
            name = argument.name.value
            if name not in allowed:
                raise RequestError(
                    "validation-failed", path, f"'{node.name.value}' has no argument named '{name}'"
                )
            value = self.value(argument.value, f"{path}.args.{name}")
            if value is not ABSENT:
                result[name] = value
        return result

    def is_included(self, node):
        for directive in node.directives or ():
            condition = self.value(directive.arguments[0].value, "$")
            if directive.name.value == "skip" and condition:
                return False
            if directive.name.value == "include" and not condition:
                return False
        return True

    def check(self, shape, selection_sets, path):
        """Walk everything selected, also what is skipped, and refuse what does not exist."""
        path = f"{path}.selectionSet"
        for selection_set in selection_sets:
            for node in selection_set.selections:
                left_out = not self.is_included(node)
                self.skipped += left_out
                self._check_selection(shape, node, path)
                self.skipped -= left_out

    def _check_selection(self, shape, node, path):
        if isinstance(node, ast.FragmentSpreadNode):
            name = node.name.value
            if name not in self.fragments:
                raise RequestError("validation-failed", None, f"unknown fragment {name}")
            definition = self.fragments[name]
            self._check_condition(shape, definition.type_condition)
            self.check(shape, [definition.selection_set], f"{path}.{name}")
        elif isinstance(node, ast.InlineFragmentNode):
            self._check_condition(shape, node.type_condition)
            self.check(shape, [node.selection_set], path[: -len(".selectionSet")])
        elif node.name.value != "__typename":
            self._check_field(shape, node, f"{path}.{node.name.value}")

    @staticmethod
    def _check_condition(shape, condition):
        if condition is not None and condition.name.value != shape.type_name:
            raise RequestError("validation-failed", None, f"no {condition.name.value} here")

    def _check_field(self, shape, node, path):
        definition = shape.field(node.name.value)
        if definition is None:
            raise RequestError(
                "validation-failed",
                path,
                f"field '{node.name.value}' not found in type: '{shape.type_name}'",
            )
        definition.check(self, node, path)
        inner = definition.shape
        if inner is not None:
            if node.selection_set is None:
                raise RequestError("validation-failed", path, "a selection is missing")
            self.check(inner, [node.selection_set], path)
        elif node.selection_set is not None:
            raise RequestError("validation-failed", path, "a leaf has no selection")

    def collect(self, selection_sets, grouped=None):
        """The specification's CollectFields over types without subtypes."""
        grouped = {} if grouped is None else grouped
        for selection_set in selection_sets:
            for node in selection_set.selections:
                if not self.is_included(node):
                    continue
                if isinstance(node, ast.FragmentSpreadNode):
                    self.collect([self.fragments[node.name.value].selection_set], grouped)
                elif isinstance(node, ast.InlineFragmentNode):
                    self.collect([node.selection_set], grouped)
                else:
                    key = (node.alias or node.name).value
                    grouped.setdefault(key, []).append(node)
        return grouped

    def select(self, shape, selection_sets):
        result = {}
        for key, nodes in self.collect(selection_sets).items():
            name = nodes[0].name.value
            if name == "__typename":
                result[key] = shape.type_name
                continue
            inner = [node.selection_set for node in nodes if node.selection_set]
            result[key] = shape.field(name).resolve(self, shape, nodes[0], inner)
        return result

    # -- list arguments ---------------------------------------------------

    def list_arguments(self, collection, node, path):
        given = self.arguments(node, LIST_ARGUMENTS, path)
        at = f"{path}.args"
        result = ListArguments(None, [], [])
        if given.get("where") is not None:
            result.where = self.compile_where(collection, given["where"], f"{at}.where")
        result.order_by, columns = self.compile_order(
            collection, given.get("order_by"), f"{at}.order_by"
        )
        result.distinct_on = self._columns(
            collection, given.get("distinct_on"), f"{at}.distinct_on"
        )
        if result.distinct_on:
            names = [entry.name for entry in result.distinct_on]
            initial = columns[: len(names)]
            if columns and sorted(map(str, initial)) != sorted(names) and not self.skipped:
                raise RequestError(
                    "validation-failed",
                    at,
                    '"distinct_on" columns must match initial "order_by" columns',
                )
            if not columns:
                result.order_by = [
                    (self._sorter(entry), *ORDER_BY["asc"]) for entry in result.distinct_on
                ]
        result.limit, result.offset = self.bounds(given, at)
        return result

    def bounds(self, given, at):
        """`limit` and `offset`, checked; None where absent or null."""
        found = []
        for name, kind in (("limit", "Int"), ("offset", "bigint")):
            value = given.get(name)
            if value is not None:
                value = logic.coerce(kind, value, f"{at}.{name}")
                if value < 0 and not self.skipped:
                    raise RequestError("not-supported", f"{at}.{name}", "unexpected negative value")
            found.append(value)
        return found

    def _columns(self, collection, value, path):
        if value is None:
            return []
        entries = []
        for position, item in enumerate(value if isinstance(value, list) else [value]):
            entry = self.view.field(collection, item) if isinstance(item, str) else None
            if entry is None or isinstance(entry, ComputedField):
                raise RequestError("validation-failed", f"{path}[{position}]", f"no column {item!r}")
            entries.append(entry)
        return entries

    def _sorter(self, entry):
        """Bytes sort as bytes and not as their base64, instants as instants."""
        return lambda row: logic.comparable(entry.type, self.view.shown(row, entry))

    def _shower(self, entry):
        return lambda row: self.view.shown(row, entry)

    def compile_order(self, collection, value, path):
        """[(value of a row, descending, nulls first)], and the columns named, None for others."""
        terms, columns = [], []
        if value is None:
            return terms, columns
        # A value that stands for a list of one is its first item.
        for position, item in enumerate(value if isinstance(value, list) else [value]):
            at = f"{path}[{position}]"
            for reader, direction, column in self._order_terms(collection, item, at):
                descending, nulls_first = ORDER_BY[direction]
                terms.append((reader, descending, nulls_first))
                columns.append(column)
        return terms, columns

    def _order_terms(self, collection, item, path):
        if item is None:
            return
        if not isinstance(item, dict):
            raise RequestError("validation-failed", path, "expected an object")
        for name, direction in item.items():
            at = f"{path}.{name}"
            entry = self.view.field(collection, name)
            link = aggregates.relationship(self.view, collection, name)
            if entry is None and link is not None:
                for reader, inner in aggregates.order_terms(self, link, direction, at, ORDER_BY):
                    yield reader, inner, None
                continue
            relationship = self.view.relationship(collection, name)
            if entry is None and (relationship is None or relationship.kind != "object"):
                raise RequestError(
                    "validation-failed",
                    at,
                    f"field '{name}' not found in type: '{collection.api}_order_by'",
                )
            if direction is None:
                continue
            if entry is not None:
                if not isinstance(direction, str) or direction not in ORDER_BY:
                    raise RequestError("validation-failed", at, "no such direction")
                yield self._sorter(entry), direction, entry.name
                continue
            target = self.catalog.collections[relationship.target]
            self.touched.append(target)
            for reader, inner, _ in self._order_terms(target, direction, at):
                yield self._through(relationship, reader), inner, None

    def _through(self, relationship, reader):
        def read(row):
            rows = self.view.related(row, relationship)
            return reader(rows[0]) if rows else None

        return read

    # -- where --------------------------------------------------------------

    def compile_where(self, collection, value, path):
        """A function from a row to True, False or None; every name and value is checked first."""
        if not isinstance(value, dict):
            raise RequestError("validation-failed", path, "expected an object")
        tests = []
        for name, operand in value.items():
            at = f"{path}.{name}"
            if name in ("_and", "_or", "_not"):
                tests.append(self._compile_logic(collection, name, operand, at))
                continue
            entry = self.view.field(collection, name)
            link = aggregates.relationship(self.view, collection, name)
            if entry is None and link is not None:
                tests.append(aggregates.compile_filter(self, link, operand, at))
                continue
            relationship = self.view.relationship(collection, name)
            if entry is None and relationship is None:
                raise RequestError(
                    "validation-failed",
                    at,
                    f"field '{name}' not found in type: '{collection.api}_bool_exp'",
                )
            if not isinstance(operand, dict):
                raise RequestError("validation-failed", at, "expected an object")
            if entry is not None:
                tests.append(self._compile_test(entry, operand, at))
            else:
                tests.append(self._compile_exists(relationship, operand, at))
        return lambda row: logic.all_of(test(row) for test in tests)

    def _compile_logic(self, collection, name, operand, path):
        if operand is None:
            raise RequestError("validation-failed", path, "unexpected null value")
        if name == "_not":
            inner = self.compile_where(collection, operand, path)
            return lambda row: logic.negated(inner(row))
        if isinstance(operand, list):
            parts = [
                self.compile_where(collection, item, f"{path}[{position}]")
                for position, item in enumerate(operand)
            ]
        else:
            parts = [self.compile_where(collection, operand, path)]
        fold = logic.all_of if name == "_and" else logic.any_of
        return lambda row: fold(part(row) for part in parts)

    def _compile_exists(self, relationship, operand, path):
        target = self.catalog.collections[relationship.target]
        self.touched.append(target)
        inner = self.compile_where(target, operand, path)
        return lambda row: any(
            inner(candidate) is True for candidate in self.view.related(row, relationship)
        )

    def _compile_test(self, entry, operand, path):
        checks = []
        for operator, raw in operand.items():
            at = f"{path}.{operator}"
            checks.append(self.compile_operator(entry.type, operator, raw, at))
        read = self._shower(entry)
        return lambda row: logic.all_of(check(read(row)) for check in checks)

    @staticmethod
    def compile_operator(kind, operator, raw, path):
        if operator == "_is_null":
            wanted = logic.coerce("Boolean", raw, path)
            return lambda value: (value is None) == wanted
        if kind in JSON_TYPES and operator in documents.OPERATORS:
            if raw is None:
                raise RequestError("validation-failed", path, "unexpected null value")
            return documents.OPERATORS[operator](raw)
        if kind == "jsonb" and operator == "_cast":
            checks = [Request.compile_operator("String", name, item, f"{path}.String.{name}") for name, item in raw["String"].items()]
            return lambda value: logic.all_of(check(None if value is None else documents.text(value)) for check in checks)
        text = operator in logic.PATTERN_OPERATORS
        listed = operator in ("_in", "_nin")
        plain = operator in ("_eq", "_neq") or not isinstance(kind, EnumKind) and operator in ("_gt", "_gte", "_lt", "_lte")
        if kind in JSON_TYPES or not (text and kind == "String" or listed or plain):
            raise RequestError(
                "validation-failed",
                path,
                f"field '{operator}' not found in type: '{kind}_comparison_exp'",
            )
        if listed:
            if raw is None:
                raise RequestError("validation-failed", path, "unexpected null value")
            items = raw if isinstance(raw, list) else [raw]
            members = [
                logic.comparable(kind, logic.coerce(kind, item, f"{path}[{position}]"))
                for position, item in enumerate(items)
            ]
            test = logic.is_in if operator == "_in" else logic.not_in
            return lambda value: test(logic.comparable(kind, value), members)
        wanted = logic.coerce(kind, raw, path)
        if text:
            return logic.matcher(operator, wanted, path)
        wanted = logic.comparable(kind, wanted)
        return lambda value: logic.compare(operator, logic.comparable(kind, value), wanted)

    # -- rows ---------------------------------------------------------------

    def page(self, rows, collection, arguments):
        """where, order, distinct, offset, limit: in that order."""
        if arguments.where is not None:
            rows = [row for row in rows if arguments.where(row) is True]
        rows = self.ordered(rows, collection, arguments.order_by)
        if arguments.distinct_on:
            kept, seen = [], set()
            for row in rows:
                key = tuple(
                    logic.distinct_key(logic.comparable(entry.type, self.view.shown(row, entry)))
                    for entry in arguments.distinct_on
                )
                if key not in seen:
                    seen.add(key)
                    kept.append(row)
            rows = kept
        rows = rows[arguments.offset or 0 :]
        return rows if arguments.limit is None else rows[: arguments.limit]

    @staticmethod
    def ordered(rows, collection, terms):
        key = [(lambda row, name=name: row.values[name], False, False) for name in collection.key]
        return Request.sorted(rows, list(terms) + key)

    @staticmethod
    def sorted(rows, terms):
        rows = list(rows)
        # Stable sorts from the least to the most significant term.
        for reader, descending, nulls_first in reversed(terms):
            present = [row for row in rows if reader(row) is not None]
            absent = [row for row in rows if reader(row) is None]
            present.sort(
                key=cmp_to_key(lambda a, b, read=reader: ordering(read(a), read(b))),
                reverse=descending,
            )
            rows = absent + present if nulls_first else present + absent
        return rows

    def bounded(self, rows, collection):
        """What is shown of a list: cut where a rule says so, refused where it exceeds the server's limit."""
        cap = self.view.row_cap(collection)
        if cap is not None:
            rows = rows[:cap]
        if len(rows) > self.catalog.row_limit:
            raise RequestError("limit-exceeded", None, "more rows than a list may hold")
        return rows


def ordering(left, right):
    return (left > right) - (left < right)
