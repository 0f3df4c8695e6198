"""Mutations over the rows in memory: root fields in order, all or nothing, each answered as it was when it ended.

The shapes of a mutation document, in the manner of `shapes`; what a write may do is decided by `writerules`, what the
tables demand by `store`.
"""


from . import values as logic
from .catalog import JSON_TYPES, NUMERIC, Row
from .errors import RequestError
from .evaluate import Oracle, Request
from .shapes import RowObject
from .store import ConstraintError, key_of
from .view import View
from .writerules import Decision, WriteRuleBook

JSON_OPERATORS = ("_append", "_prepend", "_delete_key", "_delete_elem", "_delete_at_path")
CONSTRAINT_CODES = {
    "unique": {"constraint-violation"},
    "foreign key": {"constraint-violation"},
    "not null": {"constraint-violation"},
    "check": {"constraint-violation", "permission-error"},
}


class Unordered(list):
    """Rows whose order nothing promises."""


class ReadWriteOracle(Oracle):
    """A project whose rows change; `answer` applies a mutation that succeeds."""

    def __init__(self, catalog, store):
        super().__init__(catalog, WriteRuleBook(catalog))
        self.store = store

    def fresh_view(self, caller):
        return View(self.catalog, self.rules, caller)

    view = fresh_view  # nothing is remembered: rows change

    def answer(self, caller, query, variables=None, operation_name=None):
        before = self.store.snapshot()
        try:
            request = WriteRequest(self, caller, query, variables or {}, operation_name)
            return {"data": request.execute()}
        except RequestError as error:
            self.store.restore(before)
            response = error.response()
            response["errors"][0]["extensions"]["codes"] = getattr(error, "codes", {error.code})
            return response


class WriteRequest(Request):
    def __init__(self, oracle, caller, query, variables, operation_name):
        super().__init__(oracle.fresh_view(caller), query, variables, operation_name)
        self.oracle = oracle
        self.store = oracle.store
        self.rules = oracle.rules
        self.caller = caller

    def execute(self):
        if self.operation.operation.value != "mutation":
            return super().execute()
        root = MutationRoot(self)
        if not any(root.operations(c) for c in self.catalog.collections.values()):
            raise RequestError("validation-failed", "$", "no mutations exist")
        self.check(root, [self.operation.selection_set], "$")
        for collection in self.touched:
            if self.view.is_refused(collection):
                raise RequestError("not-found", "$", "missing session variable")
        return self.select(root, [self.operation.selection_set])

    def written(self):
        """Rows have changed: whatever was worked out about them is forgotten."""
        self.store.changed()
        self.view = self.oracle.fresh_view(self.caller)

    def decide(self, collection, operation):
        if self.caller.admin:
            return Decision(looks_after=True)
        return self.rules.decide(self.rules.operation_rule(collection, operation), self.caller, collection)

    def holds(self, clauses, row, operation):
        return self.rules.holds(clauses, self.caller, row, operation)

    def may_write(self, collection, name, operation):
        """Is the column an input of `create` or `update` for this caller?"""
        if name in self.store.demands[collection.name].generated:
            return False
        if self.caller.admin:
            return True
        decision = self.decide(collection, operation)
        rule = self.rules.write_field_rule(collection, name, operation)
        return (
            decision is not None
            and name not in decision.forced
            and self.rules.possible(rule, self.caller, collection) == {True}
        )


class MutationRoot:
    type_name = "mutation_root"

    def __init__(self, request):
        self.request = request
        self.view = request.view

    def operations(self, collection):
        """Which of create, update, delete the caller has on a collection."""
        request, found = self.request, set()
        if request.decide(collection, "create"):
            found.add("create")
        if self.view.exists(collection):
            found |= {operation for operation in ("update", "delete") if request.decide(collection, operation)}
        return found

    def field(self, name):
        for collection in self.view.catalog.collections.values():
            operations, api = self.operations(collection), collection.api
            by_key = self.view.has_by_pk(collection)
            fields = {
                f"insert_{api}": ("create", InsertField, True),
                f"insert_{api}_one": ("create", InsertOneField, self.view.exists(collection)),
                f"update_{api}": ("update", UpdateField, True),
                f"update_{api}_by_pk": ("update", UpdateByKeyField, by_key),
                f"update_{api}_many": ("update", UpdateManyField, True),
                f"delete_{api}": ("delete", DeleteField, True),
                f"delete_{api}_by_pk": ("delete", DeleteByKeyField, by_key),
            }
            operation, kind, exists = fields.get(name, (None, None, False))
            if exists and operation in operations:
                return kind(collection)
        return None


# -- answers ----------------------------------------------------------------------


class MutationResponse:
    """`T_mutation_response`."""

    def __init__(self, collection, count=0, rows=(), ordered=True):
        self.collection = collection
        self.count = count
        self.rows = rows
        self.ordered = ordered
        self.type_name = f"{collection.api}_mutation_response"

    def field(self, name):
        if name == "affected_rows":
            return CountOfRows()
        return ReturningField(self.collection) if name == "returning" else None


class CountOfRows:
    shape = None

    def check(self, request, node, path):
        request.arguments(node, set(), path)

    def resolve(self, request, shape, node, inner):
        return shape.count


class ReturningField:
    def __init__(self, collection):
        self.collection = collection

    def check(self, request, node, path):
        request.arguments(node, set(), path)
        self.shape = RowObject(request.view, self.collection)

    def resolve(self, request, shape, node, inner):
        shown = [
            request.select(RowObject(request.view, self.collection, row), inner)
            for row in request.bounded([row for row in shape.rows if request.view.readable(row)], self.collection)
        ]
        return shown if shape.ordered else Unordered(shown)


class WriteField:
    """A root field: checked with the document, resolved in its turn."""

    answers_one_row = False

    def __init__(self, collection):
        self.collection = collection

    def check(self, request, node, path):
        request.touched.append(self.collection)
        if self.answers_one_row:
            self.shape = RowObject(request.view, self.collection)
        else:
            self.shape = MutationResponse(self.collection)
        self.read(request, node, path)

    def resolve(self, request, shape, node, inner):
        arguments = self.read(request, node, "$")
        codes = set()
        try:
            answer = self.write(request, arguments, inner, codes)
        except ConstraintError as error:
            refusal = RequestError("constraint-violation", None, str(error))
            # Which of two refusals comes first is promised only where the values sent decide the check.
            refusal.codes = CONSTRAINT_CODES[error.kind] | codes
            raise refusal from None
        return answer

    def answer(self, request, inner, count, rows, ordered=True):
        return request.select(MutationResponse(self.collection, count, rows, ordered), inner)

    def answer_one(self, request, inner, rows):
        shown = [row for row in rows if request.view.readable(row)]
        return request.select(RowObject(request.view, self.collection, shown[0]), inner) if shown else None


def refuse(row):
    raise RequestError("permission-error", None, f"check of {row.collection.name}")


# -- insert -----------------------------------------------------------------------


class Insertion:
    """The writes of one insert root field, nested ones included."""

    def __init__(self, request, codes):
        self.request = request
        self.store = request.store
        self.codes = codes
        self.count = 0
        self.written = []  # (row, operation, clauses)

    def insert(self, collection, document, conflict, given=()):
        """The row inserted, updated by its conflict, or None when it was left alone; and the row in its way."""
        sent = {}
        nested = []
        for name, value in document.items():
            if name in collection.relationships:
                nested.append((collection.relationships[name], value))
            else:
                sent[collection.field_by_api(name).name] = value
        values = dict(given)
        for relationship, value in nested:
            if relationship.kind == "object" and value is not None:
                values |= self._object(relationship, value)
        decision = self.request.decide(collection, "create")
        sent = {k: v for k, v in sent.items() if k not in decision.removed} | decision.forced
        row, ours, existing = self._store(collection, values | sent, conflict, decision, sent)
        for relationship, value in nested:
            if relationship.kind == "array" and value is not None and value["data"]:
                if not ours:
                    raise RequestError("not-supported", None, "nested insert under a row that was not written")
                self._array(relationship, value, row)
        return (row if ours else None), existing

    def _object(self, relationship, value):
        target = self.request.catalog.collections[relationship.target]
        conflict = value.get("on_conflict")
        row, existing = self.insert(target, value["data"], conflict)
        if row is None:
            # To do nothing on purpose leaves the parent without its row; a rule that leaves it alone lets it lend its key.
            if not self.columns(target, conflict):
                raise RequestError("not-supported", None, "a nested row that exists and is to be left alone")
            self.request.written()
            if not self.request.view.readable(existing):
                refuse(existing)
            row = existing
        return {local: row.values[remote] for local, remote in relationship.pairs}

    def _array(self, relationship, value, row):
        target = self.request.catalog.collections[relationship.target]
        given = {remote: row.values[local] for local, remote in relationship.pairs}
        data = value["data"] if isinstance(value["data"], list) else [value["data"]]
        for document in data:
            self.insert(target, document, value.get("on_conflict"), given)
        self.store.settle()

    def _store(self, collection, values, conflict, decision, sent):
        """(row, was it written?, the row in its way)"""
        row = self.store.prospective(collection, values)
        if conflict:
            columns = self.store.demands[collection.name].uniques[conflict["constraint"]]
            existing = self.store.conflict(collection, columns, row.values)
            if existing:
                self.store.demand_of_row(collection, row.values)
                updated = self._update_arm(collection, existing, row, conflict)
                if not updated:
                    self._leave_alone(collection, existing, sent, decision)
                return existing, updated, existing
            if self._refuted(collection, decision, sent):
                raise RequestError("permission-error", None, f"check of {collection.name}, on the values sent")
        row = self.store.insert(collection, values)
        self.store.settle()
        self.count += 1
        self.written.append((row, "create", decision.checks + decision.filters))
        return row, True, None

    def _leave_alone(self, collection, existing, sent, decision):
        """A row that is hidden does not tell, by being there, about values that may not be inserted."""
        self.request.written()
        if self._refuted(collection, decision, sent) and not self.request.view.readable(existing):
            refuse(existing)

    def _refuted(self, collection, decision, sent):
        return self.request.rules.refuted(decision.checks + decision.filters, self.request.caller, collection, sent)

    def columns(self, collection, conflict):
        """The columns an upsert sets: what is removed from the input is not in it."""
        decision = self.request.decide(collection, "update") or Decision()
        named = [collection.field_by_api(name).name for name in conflict.get("update_columns") or []]
        return [name for name in named if name not in decision.removed]

    def _update_arm(self, collection, existing, proposed, conflict):
        request = self.request
        columns = self.columns(collection, conflict)
        if not columns:
            return False
        decision = request.decide(collection, "update")
        if not request.holds(decision.filters, existing, "update"):
            return False
        if conflict.get("where") is not None:
            request.written()
            where = request.compile_where(collection, conflict["where"], "$")
            if not request.view.readable(existing) or where(existing) is not True:
                return False
        changes = {name: proposed.values[name] for name in columns} | decision.forced
        clauses = decision.checks if decision.looks_after else decision.filters
        if not request.holds(clauses, written_over(request, existing, changes), "update"):
            self.codes.add("permission-error")
        self.store.update(existing, changes)
        self.store.settle()
        self.count += 1
        self.written.append((existing, "update", clauses))
        return True

    def foresee(self, collection, document, conflict, given=()):
        """Refuses what the values sent decide, before anything is written, and notes where a check may fail at all.

        A row that may meet a conflict is not decided early: then the rule for updates governs it.
        """
        values = dict.fromkeys(given)
        decision = self.request.decide(collection, "create")
        for name, value in document.items():
            relationship = collection.relationships.get(name)
            if relationship is None:
                values[collection.field_by_api(name).name] = value
            elif value is not None:
                target = self.request.catalog.collections[relationship.target]
                by_parent = [remote for _, remote in relationship.pairs] if relationship.kind == "array" else []
                for inner in value["data"] if isinstance(value["data"], list) else [value["data"]]:
                    self.foresee(target, inner, value.get("on_conflict"), by_parent)
        values = {k: v for k, v in values.items() if k not in decision.removed} | decision.forced
        sent = {k: v for k, v in values.items() if k not in given}
        if not conflict and self._refuted(collection, decision, sent):
            raise RequestError("permission-error", None, f"check of {collection.name}, on the values sent")
        row = self.store.prospective(collection, values)
        if not self.request.holds(decision.checks + decision.filters, row, "create"):
            self.codes.add("permission-error")

    def finish(self):
        for row, operation, clauses in self.written:
            if not self.request.holds(clauses, row, operation):
                refuse(row)
        self.request.written()


def written_over(request, row, changes):
    return Row(row.collection, request.store._generate(row.collection, row.values | changes))


class InsertField(WriteField):
    arguments = {"objects", "on_conflict"}

    def read(self, request, node, path):
        given = request.arguments(node, self.arguments, path)
        documents = given["object"] if "object" in given else given.get("objects")
        documents = documents if isinstance(documents, list) else [documents]
        documents = [self.document(request, self.collection, d, path) for d in documents]
        return documents, self.conflict(request, self.collection, given.get("on_conflict"), path)

    def document(self, request, collection, given, path, set_by_parent=()):
        if not isinstance(given, dict):
            raise RequestError("validation-failed", None, "expected an object")
        result = {}
        for name, value in given.items():
            relationship = collection.relationships.get(name)
            if relationship is not None and request.view.exists(request.catalog.collections[relationship.target]):
                if {local for local, _ in relationship.pairs} & set(set_by_parent) and relationship.kind == "object":
                    raise RequestError("validation-failed", None, f"{name} is the parent's to determine")
                result[name] = self._nested(request, relationship, value, path)
                continue
            entry = collection.field_by_api(name)
            if entry is None or entry.name in set_by_parent or not request.may_write(collection, entry.name, "create"):
                raise RequestError("validation-failed", None, f"no input {name}")
            result[name] = input_value(entry, value)
        return result

    def _nested(self, request, relationship, value, path):
        if value is None:
            return None
        target = request.catalog.collections[relationship.target]
        if not request.decide(target, "create"):
            raise RequestError("validation-failed", None, f"no nested {relationship.name}")
        by_parent = [remote for _, remote in relationship.pairs] if relationship.kind == "array" else []
        data = value["data"]
        if relationship.kind == "array":
            listed = data if isinstance(data, list) else [data]
            data = [self.document(request, target, d, path, by_parent) for d in listed]
        else:
            data = self.document(request, target, data, path)
        return {"data": data, "on_conflict": self.conflict(request, target, value.get("on_conflict"), path)}

    @staticmethod
    def conflict(request, collection, given, path):
        if given is None:
            return None
        columns = given.get("update_columns") or []
        for name in columns if isinstance(columns, list) else [columns]:
            entry = collection.field_by_api(name)
            updatable = request.view.exists(collection) and request.decide(collection, "update")
            if entry is None or not updatable or not request.may_write(collection, entry.name, "update"):
                raise RequestError("validation-failed", None, f"no update column {name}")
        if given["constraint"] not in request.store.demands[collection.name].uniques:
            raise RequestError("validation-failed", None, "no such constraint")
        if given.get("where") is not None:
            request.compile_where(collection, given["where"], path)
        return given | {"update_columns": columns if isinstance(columns, list) else [columns]}

    def write(self, request, arguments, inner, codes):
        count, rows = self.run(request, arguments, codes)
        return self.answer(request, inner, count, rows)

    def run(self, request, arguments, codes):
        documents, conflict = arguments
        insertion = Insertion(request, codes)
        for document in documents:
            insertion.foresee(self.collection, document, conflict)
        rows = [insertion.insert(self.collection, document, conflict)[0] for document in documents]
        insertion.finish()
        return insertion.count, [row for row in rows if row is not None]


class InsertOneField(InsertField):
    arguments = {"object", "on_conflict"}
    answers_one_row = True

    def write(self, request, arguments, inner, codes):
        _, rows = self.run(request, arguments, codes)
        return self.answer_one(request, inner, rows)


def input_value(entry, value):
    """A client's value of a column; null where the column may be null is null."""
    if value is None:
        return None
    if entry.type in JSON_TYPES:
        return plain(value)
    return plain(logic.coerce(entry.type, value, None))


def plain(value):
    """The value wherever it was written: a string of the document is a string."""
    if isinstance(value, logic.StringLiteral):
        return str(value)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def by_form(where):
    """True or False where a filter is so whatever the row, by the rules for empty filters; else None."""
    truths = []
    for name, value in where.items():
        if name == "_not":
            truths.append(logic.negated(by_form(value)))
        elif name in ("_and", "_or"):
            fold = logic.all_of if name == "_and" else logic.any_of
            truths.append(fold(by_form(item) for item in (value if isinstance(value, list) else [value])))
        else:
            truths.append(None)
    return logic.all_of(truths)


# -- update -----------------------------------------------------------------------


class UpdateField(WriteField):
    arguments = {"where", "all"}

    def read(self, request, node, path):
        given = request.arguments(node, self.arguments | {"_set", "_inc", *JSON_OPERATORS}, path)
        return self.entry(request, given, path)

    def entry(self, request, given, path):
        """(which rows, what becomes of a row's values)"""
        where = given.get("where")
        if not isinstance(where, dict):
            raise RequestError("validation-failed", None, "where is not an object")
        if by_form(where) and not given.get("all"):
            raise RequestError("validation-failed", None, "an update of everything")
        return request.compile_where(self.collection, where, f"{path}.args.where"), self.operators(request, given)

    def operators(self, request, given):
        operators, seen = [], set()
        for operator in ("_set", "_inc", *JSON_OPERATORS):
            for name, value in (given.get(operator) or {}).items():
                entry = self.collection.field_by_api(name)
                if entry is None or not request.may_write(self.collection, entry.name, "update") or name in seen:
                    raise RequestError("validation-failed", None, f"no {operator} of {name}")
                if operator != "_set" and not request.view.is_clear(self.collection, entry.name):
                    raise RequestError("validation-failed", None, f"{operator} needs {name} in clear")
                if operator == "_inc" and entry.type not in NUMERIC or operator in JSON_OPERATORS and entry.type not in JSON_TYPES:
                    raise RequestError("validation-failed", None, f"no {operator} of {entry.type}")
                seen.add(name)
                if operator in ("_set", "_append", "_prepend", "_inc"):
                    value = input_value(entry, value)
                operators.append((operator, entry.name, value))
        decision = request.decide(self.collection, "update")
        if all(name in decision.removed for _, name, _ in operators) and not decision.forced:
            raise RequestError("validation-failed", None, "no operator")
        return operators

    def write(self, request, arguments, inner, codes):
        count, rows = self.run(request, arguments, codes)
        return self.answer(request, inner, count, rows, ordered=False)

    def plan(self, request, where, operators, decision):
        """[(row, what becomes of its columns)]"""
        operators = [o for o in operators if o[1] not in decision.removed]
        return [
            (row, {name: applied(operator, row.values[name], value) for operator, name, value in operators} | decision.forced)
            for row in self.collection.rows
            if request.view.readable(row) and request.holds(decision.filters, row, "update") and where(row) is True
        ]

    def foresee(self, request, where, operators, codes):
        """Notes whether a check might be refused before the database is asked."""
        decision = request.decide(self.collection, "update")
        clauses = decision.checks if decision.looks_after else decision.filters
        changes = self.plan(request, where, operators, decision)
        if not all(request.holds(clauses, written_over(request, row, change), "update") for row, change in changes):
            codes.add("permission-error")

    def run(self, request, arguments, codes):
        where, operators = arguments
        decision = request.decide(self.collection, "update")
        clauses = decision.checks if decision.looks_after else decision.filters
        self.foresee(request, where, operators, codes)
        changes = self.plan(request, where, operators, decision)
        rows = [row for row, _ in changes]
        sent = {name: value for operator, name, value in operators if operator == "_set" and name not in decision.removed}
        if rows and request.rules.refuted(decision.checks, request.caller, self.collection, sent | decision.forced):
            refuse(rows[0])
        for row, change in changes:
            request.store.update(row, change)
        request.store.settle()
        for row in rows:
            if not request.holds(clauses, row, "update"):
                refuse(row)
        request.written()
        return len(rows), rows


class UpdateByKeyField(UpdateField):
    arguments = {"pk_columns"}
    answers_one_row = True

    def entry(self, request, given, path):
        key = given.get("pk_columns")
        if not isinstance(key, dict):
            raise RequestError("validation-failed", None, "pk_columns is not an object")
        return by_key(self.collection, key), self.operators(request, given)

    def write(self, request, arguments, inner, codes):
        return self.answer_one(request, inner, self.run(request, arguments, codes)[1])


class UpdateManyField(UpdateField):
    def read(self, request, node, path):
        given = request.arguments(node, {"updates"}, path)
        updates = given.get("updates")
        updates = updates if isinstance(updates, list) else [updates]
        return [self.entry(request, update, path) for update in updates]

    def write(self, request, arguments, inner, codes):
        answers = []
        for where, operators in arguments:
            self.foresee(request, where, operators, codes)
        for entry in arguments:
            count, rows = self.run(request, entry, codes)
            answers.append(self.answer(request, inner, count, rows, ordered=False))
        return answers


def by_key(collection, given):
    columns = {name: collection.columns[name] for name in collection.key}
    if set(given) != {column.api for column in columns.values()}:
        raise RequestError("validation-failed", None, "the key's columns")
    wanted = key_of({name: logic.coerce(c.type, given[c.api], None) for name, c in columns.items()}, collection.key)
    return lambda row: key_of(row.values, collection.key) == wanted


def applied(operator, value, operand):
    """A column's value after one update operator; null stays null except under `_set`."""
    if operator == "_set":
        return operand
    if value is None or operand is None:
        return None
    if operator == "_inc":
        return value + operand
    if operator == "_append":
        return joined(value, operand)
    if operator == "_prepend":
        return joined(operand, value)
    if operator == "_delete_key":
        return {k: v for k, v in value.items() if k != operand} if isinstance(value, dict) else [v for v in value if v != operand]
    if operator == "_delete_elem":
        position = operand + len(value) if operand < 0 else operand
        return [v for i, v in enumerate(value) if i != position]
    return without_path(value, operand)


def joined(left, right):
    if isinstance(left, dict) and isinstance(right, dict):
        return left | right
    return (left if isinstance(left, list) else [left]) + (right if isinstance(right, list) else [right])


def without_path(value, path):
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(value, dict):
        if first not in value:
            return value
        if not rest:
            return {k: v for k, v in value.items() if k != first}
        return value | {first: without_path(value[first], rest)}
    if isinstance(value, list) and first.lstrip("-").isdigit():
        position = int(first) + (len(value) if int(first) < 0 else 0)
        if 0 <= position < len(value):
            changed = [without_path(value[position], rest)] if rest else []
            return value[:position] + changed + value[position + 1 :]
    return value


# -- delete -----------------------------------------------------------------------


class DeleteField(WriteField):
    def read(self, request, node, path):
        given = request.arguments(node, {"where", "all"}, path)
        where = given.get("where")
        if not isinstance(where, dict):
            raise RequestError("validation-failed", None, "where is not an object")
        if by_form(where) and not given.get("all"):
            raise RequestError("validation-failed", None, "a deletion of everything")
        return request.compile_where(self.collection, where, f"{path}.args.where")

    def write(self, request, arguments, inner, codes):
        rows = self.run(request, arguments)
        return self.answer(request, inner, len(rows), rows, ordered=False)

    def run(self, request, where):
        decision = request.decide(self.collection, "delete")
        rows = [
            row
            for row in self.collection.rows
            if request.view.readable(row) and request.holds(decision.filters, row, "delete") and where(row) is True
        ]
        request.store.delete(rows)
        request.store.settle()
        request.written()
        return rows


class DeleteByKeyField(DeleteField):
    answers_one_row = True

    def read(self, request, node, path):
        columns = [self.collection.columns[name] for name in self.collection.key]
        return by_key(self.collection, request.arguments(node, {column.api for column in columns}, path))

    def write(self, request, arguments, inner, codes):
        return self.answer_one(request, inner, self.run(request, arguments))


