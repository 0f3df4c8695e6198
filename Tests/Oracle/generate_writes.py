"""Seeded generator of operations on the project `workshop`: reads and writes as one caller may send them.

Values come from small pools, so that keys collide, references dangle and checks fail about as often as not. What
nothing promises is kept out: the order in which rows of one statement meet a constraint, columns set twice.
"""

import json
import random

from generate import Enum, GeneratedQuery, _Generator, arguments_text, generate, has_placeholder
from oracle.catalog import JSON_TYPES, NUMERIC
from oracle.mutate import by_form

HANDLES = ["mia", "max", "ben", "zoe", "lee"]
POOLS = {
    ("teams", "id"): [1, 2, 3, 4, 5],
    ("teams", "name"): ["Red", "Blue", "Green", "Grey", "Ötzi", "🚀"],
    ("teams", "plan"): ["free", "paid", "paid", "gold"],
    ("teams", "seats"): [None, 1, 50, 100, 101],
    ("members", "handle"): HANDLES,
    ("members", "email"): [None, None, "mia@example.org", "zoe@example.org", "it's \"x\"\\"],
    ("members", "level"): [1, 2, 3, 4, 5],
    ("projects", "id"): list(range(1, 13)),
    ("projects", "title"): ["Bridge", "Tower", "Secret", "Tunnel", "", "naïve ☕"],
    ("projects", "owner"): [None, None, *HANDLES],
    ("projects", "budget"): [0, 10, 999, 1000, 1001, 9007199254740993, -1],
    ("projects", "settings"): [None, {}, {"lanes": 3}, {"tags": ["b", "c"], "deep": {"x": None}}],
    ("projects", "archived"): [True, False, False],
    ("tasks", "id"): list(range(1, 31)),
    ("tasks", "title"): ["Plan", "Draw", "Dig", "Pour", "Paint", "a%b_c"],
    ("tasks", "points"): [None, 0, 1, 2.5, 5, 8, 50, 50.5, 60],
    ("tasks", "done"): [True, False],
    ("tasks", "notes"): [None, [], ["a"], ["x", 1, None], ["a", "b", ["c"]]],
    ("labels", "name"): ["urgent", "later", "fun", "red tape", "Ünïcode"],
    ("labels", "colour"): ["red", "grey", "green"],
    ("labels", "uses"): [0, 1, 7],
    ("task_labels", "weight"): [1, 2, 8, 9, 10, 11],
}
REFERENCES = {
    ("members", "team_id"): ("teams", "id"),
    ("projects", "team_id"): ("teams", "id"),
    ("tasks", "project_id"): ("projects", "id"),
    ("tasks", "parent_id"): ("tasks", "id"),
    ("task_labels", "task_id"): ("tasks", "id"),
    ("task_labels", "label"): ("labels", "name"),
}
NULLABLE_REFERENCES = {("tasks", "project_id"), ("tasks", "parent_id")}
# What must be there for a row to have a chance.
NEEDED = {
    "teams": ["name"],
    "members": ["team_id", "handle"],
    "projects": ["team_id", "title"],
    "tasks": ["title"],
    "labels": ["name"],
    "task_labels": ["task_id", "label"],
}
# Relationships through which rows are written: those of one link column each, which no rule forces.
NESTED = {
    "teams": ["members", "projects"],
    "members": ["team"],
    "projects": ["team", "tasks"],
    "tasks": ["project", "subtasks", "task_labels"],
    "task_labels": ["task", "tag"],
    "labels": [],
}
WEIGHTS = {"teams": 2, "members": 3, "projects": 4, "tasks": 6, "labels": 2, "task_labels": 4}



def generate_operation(oracle, caller, name):
    """The operation that the seed `name` stands for, on the rows as they are now."""
    rng = random.Random(name)
    view = oracle.fresh_view(caller)
    if rng.random() < 0.25:
        return generate(view, name)
    return WriteGenerator(oracle, view, rng).build(name)


class WriteGenerator(_Generator):
    most_aliases = 20
    deepest = 4

    def __init__(self, oracle, view, rng):
        super().__init__(view, rng, 0)
        self.rules = oracle.rules
        self.store = oracle.store
        self.caller = view.caller
        self.decisions = {}

    def build(self, name):
        count = self.rng.choice((1, 1, 1, 1, 2, 2, 3))
        fields = [text for text in (self.root_field(number) for number in range(count)) if text]
        body = "mutation " + ("Generated " if self.chance(0.3) else "")
        selection = "{ " + " ".join(fields or ["__typename"]) + " }"
        self.drop_unused(" ".join([selection] + self.fragments))
        if self.declarations:
            body += "(" + ", ".join(self.declarations) + ") "
        text = "\n".join([body + selection] + self.fragments)
        return GeneratedQuery(name, text, self.variables, None, self.features)

    # -- what there is -------------------------------------------------------------

    def allowed(self, collection, operation):
        if self.caller.admin:
            return True
        key = (collection.name, operation)
        if key not in self.decisions:
            rule = self.rules.operation_rule(collection, operation)
            self.decisions[key] = self.rules.decide(rule, self.caller, collection)
        return self.decisions[key] is not None

    def inputs(self, collection, operation):
        found = []
        for name, column in collection.columns.items():
            if name in self.store.demands[collection.name].generated:
                continue
            rule = self.rules.write_field_rule(collection, name, operation)
            forced = not self.caller.admin and name in self.decisions[collection.name, operation].forced
            if self.caller.admin or (not forced and self.rules.possible(rule, self.caller, collection) == {True}):
                found.append(column)
        return found

    def root_field(self, number):
        choices = []
        for collection in self.catalog.collections.values():
            for operation in ("create", "update", "delete"):
                if self.allowed(collection, operation):
                    choices += [(collection, operation)] * (WEIGHTS[collection.name] * (1 if operation == "delete" else 3))
        if not choices:
            # A caller without mutations asks all the same.
            return f"f{number}: insert_labels(objects: {{name: \"x\"}}) {{ affected_rows }}"
        collection, operation = self.rng.choice(choices)
        self.features.add(operation)
        api, alias = collection.api, f"f{number}: "
        self.path = (f"f{number}",)
        if operation == "create":
            return alias + self.insert(collection, api)
        kind = self.rng.choice(("where", "where", "where", "by_pk", "many"))
        if operation == "delete":
            return alias + self.delete(collection, api, kind)
        return alias + self.update(collection, api, kind)

    def pick(self, collection, name):
        """A value for a column: one that occurs, one from its pool, or for a reference one that dangles."""
        reference = REFERENCES.get((collection.name, name))
        if self.chance(0.6) and not self.caller.admin and name == "team_id" and "team" in self.caller.claims:
            return self.caller.claims["team"]
        if reference is None:
            if [name] == collection.key and self.chance(0.6):
                unused = set(POOLS[collection.name, name]) - {row.values[name] for row in collection.rows}
                return self.rng.choice(sorted(unused)) if unused else self.rng.choice(POOLS[collection.name, name])
            return self.rng.choice(POOLS[collection.name, name])
        if (collection.name, name) in NULLABLE_REFERENCES and self.chance(0.3):
            return None
        target, column = reference
        rows = self.catalog.collections[target].rows
        if not rows or self.chance(0.04):
            return 999 if column == "id" else "nothing"
        return self.rng.choice(rows).values[column]

    # -- answers ---------------------------------------------------------------------

    def response(self, collection, links=True):
        parts = ["affected_rows"] if self.chance(0.85) else []
        if self.view.exists(collection) and (not parts or self.chance(0.75)):
            parts.append("returning " + self.shown(collection, self.path + ("returning",), links))
        return "{ " + " ".join(parts or ["affected_rows"]) + " }"

    def shown(self, collection, path, links=True):
        if links:
            return self.selection(collection, path, 2)
        # Of deleted rows only columns: what became of their neighbours is not promised.
        fields = self.view.fields(collection)
        return "{ " + " ".join(e.api for e in self.rng.sample(fields, self.rng.randint(1, len(fields)))) + " }"

    # -- insert ------------------------------------------------------------------------

    def insert(self, collection, api):
        if self.view.exists(collection) and self.chance(0.35):
            self.features.add("insert_one")
            arguments = {"object": self.document(collection, 0)}
            arguments |= self.on_conflict(collection, [arguments["object"]])
            return f"insert_{api}_one{arguments_text(arguments)} {self.shown(collection, self.path)}"
        documents = [self.document(collection, 0) for _ in range(self.rng.choice((1, 1, 2, 3)))]
        conflict = self.on_conflict(collection, documents)
        value = documents[0] if len(documents) == 1 and self.chance(0.3) else documents
        if not has_placeholder(value) and self.chance(0.3):
            value = self.declare(f"[{api}_insert_input!]!", value)
        return f"insert_{api}{arguments_text({'objects': value} | conflict)} {self.response(collection)}"

    def document(self, collection, depth, set_by_parent=()):
        result = {}
        for column in self.inputs(collection, "create"):
            if column.name in set_by_parent:
                continue
            if column.name in NEEDED[collection.name]:
                if not self.chance(0.03):
                    result[column.api] = self.pick(collection, column.name)
            elif self.chance(0.3 if [column.name] == collection.key else 0.5):
                value = self.pick(collection, column.name)
                # A null key is not the same as none.
                if not (value is None and column.name in collection.key):
                    result[column.api] = value
        if depth < 2 and self.chance(0.35):
            self.nest(collection, result, depth, set_by_parent)
        pairs = list(result.items())
        self.rng.shuffle(pairs)
        return dict(pairs)

    def nest(self, collection, result, depth, set_by_parent):
        for label in NESTED[collection.name]:
            relationship = collection.relationships[label]
            target = self.catalog.collections[relationship.target]
            if not self.chance(0.5) or not self.allowed(target, "create") or not self.view.exists(target):
                continue
            remotes = [remote for _, remote in relationship.pairs]
            self.features.add("nested " + relationship.kind)
            if relationship.kind == "array":
                data = [self.document(target, depth + 1, remotes) for _ in range(self.rng.choice((0, 1, 2)))]
                result[label] = {"data": data} | self.on_conflict(target, data, remotes)
                continue
            local = relationship.pairs[0][0]
            if local in set_by_parent:
                continue
            if local in {collection.field_by_api(name).name for name in result if collection.field_by_api(name)}:
                del result[collection.columns[local].api]
            data = self.document(target, depth + 1)
            result[label] = {"data": data} | self.on_conflict(target, [data])

    def on_conflict(self, collection, documents, set_by_parent=()):
        """Only for lists whose rows do not meet one another under the constraint, and name all its columns."""
        if not self.chance(0.4):
            return {}
        constraint, columns = self.rng.choice(list(self.store.demands[collection.name].uniques.items()))
        apis = [collection.columns[name].api for name in columns]
        forced = {} if self.caller.admin else self.decisions[collection.name, "create"].forced
        linked = {collection.columns[name].api for name in set_by_parent}
        if any(api not in linked | set(document) for document in documents for api in apis) or set(columns) & set(forced):
            return {}
        keys = [json.dumps([document.get(api, "") for api in apis]) for document in documents]
        if len(set(keys)) < len(keys) or any("null" in key for key in keys):
            return {}
        if any(collection.columns[name].api not in linked | set(d) for d in documents for name in NEEDED[collection.name]):
            return {}
        self.features.add("on_conflict")
        updatable = self.allowed(collection, "update") and self.view.exists(collection)
        inputs = self.inputs(collection, "update") if updatable else []
        settable = [c for c in inputs if c.name not in columns and c.name not in collection.key]
        picked = self.rng.sample(settable, self.rng.randint(0, len(settable))) if self.chance(0.75) else []
        result = {"constraint": Enum(constraint), "update_columns": [Enum(c.api) for c in picked]}
        if picked and self.view.exists(collection) and self.chance(0.3):
            self.features.add("on_conflict where")
            result["where"] = self.where(collection, 2, 2)
        return {"on_conflict": result}

    # -- update and delete -----------------------------------------------------------------

    def target_rows(self, collection):
        """A filter that tends to hit a few rows, by key or by anything."""
        if collection.rows and self.chance(0.6):
            row = self.rng.choice(collection.rows)
            name = self.rng.choice(collection.key)
            if self.view.has_field(collection, name):
                return {"where": {collection.columns[name].api: {"_eq": row.values[name]}}}
        where = {} if self.chance(0.03) else self.where(collection, 1, 1)
        return {"where": where} | ({"all": True} if by_form(where) and self.chance(0.7) else {})

    def key_of(self, collection):
        if collection.rows and not self.chance(0.1):
            row = self.rng.choice(collection.rows)
            return {collection.columns[name].api: row.values[name] for name in collection.key}
        return {collection.columns[name].api: 998 if collection.columns[name].type == "Int" else "none" for name in collection.key}

    def update(self, collection, api, kind):
        if kind == "by_pk" and self.view.has_by_pk(collection):
            self.features.add("update_by_pk")
            arguments = {"pk_columns": self.key_of(collection)} | self.operators(collection)
            return f"update_{api}_by_pk{arguments_text(arguments)} {self.shown(collection, self.path)}"
        if kind == "many":
            self.features.add("update_many")
            updates = [self.target_rows(collection) | self.operators(collection) for _ in range(self.rng.choice((1, 2, 3)))]
            for update in updates:
                update.pop("all", None)
            return f"update_{api}_many{arguments_text({'updates': updates})} {self.response(collection)}"
        arguments = self.target_rows(collection) | self.operators(collection)
        return f"update_{api}{arguments_text(arguments)} {self.response(collection)}"

    def operators(self, collection):
        columns = self.inputs(collection, "update")
        removed = set() if self.caller.admin else self.decisions[collection.name, "update"].removed
        self.rng.shuffle(columns)
        result = {}
        plain = [c for c in columns if c.name not in removed]
        for column in plain[: self.rng.choice((1, 1, 2, 3))]:
            self.operate(collection, column, result)
        stripped = [c for c in columns if c.name in removed]
        if stripped and self.chance(0.3):
            self.features.add("remove")
            result.setdefault("_set", {})[stripped[0].api] = self.pick(collection, stripped[0].name)
        return result

    def operate(self, collection, column, result):
        clear = self.view.is_clear(collection, column.name)
        if column.type in JSON_TYPES and clear and self.chance(0.7):
            operator, value = self.json_operator(collection, column)
        elif column.type in NUMERIC and clear and (collection.name, column.name) not in REFERENCES and column.name not in collection.key and self.chance(0.4):
            operator, value = "_inc", self.rng.choice((1, 2, -1, 10))
        else:
            operator, value = "_set", self.pick(collection, column.name)
        self.features.add(operator)
        result.setdefault(operator, {})[column.api] = value

    def json_operator(self, collection, column):
        operator = self.rng.choice(("_append", "_prepend", "_delete_key", "_delete_at_path", "_delete_elem"))
        if column.name == "settings":
            if operator == "_delete_elem":
                operator = "_delete_key"
            value = {
                "_append": {"lanes": 7, "new": [1]},
                "_prepend": {"lanes": 7, "old": {"y": 1.5}},
                "_delete_key": self.rng.choice(("lanes", "tags", "nothing")),
                "_delete_at_path": self.rng.choice((["tags", "0"], ["deep", "x"], ["lanes"], ["nothing", "x"])),
            }[operator]
        else:
            value = {
                "_append": self.rng.choice((["z"], "z", ["p", None])),
                "_prepend": self.rng.choice((["z"], 5)),
                "_delete_key": self.rng.choice(("a", "x", "none")),
                "_delete_elem": self.rng.choice((0, 1, -1, 9)),
                "_delete_at_path": self.rng.choice((["0"], ["2", "0"], ["-1"], ["9"])),
            }[operator]
        return operator, value

    def delete(self, collection, api, kind):
        if kind == "by_pk" and self.view.has_by_pk(collection):
            self.features.add("delete_by_pk")
            return f"delete_{api}_by_pk{arguments_text(self.key_of(collection))} {self.shown(collection, self.path, False)}"
        return f"delete_{api}{arguments_text(self.target_rows(collection))} {self.response(collection, False)}"


