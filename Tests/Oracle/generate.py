"""Seeded generator of GraphQL queries over a catalog, as one caller may see it.

Every query is derived from one seed alone, so a failure is repeated by its name. A small
share carries exactly one fault, often a name that exists but is hidden from the caller.
"""

import json
import random
import re
from dataclasses import dataclass, field
from datetime import timedelta, timezone

from oracle import aggregates
from oracle.catalog import INTEGER, JSON_TYPES, NUMERIC, ComputedField, EnumKind
from oracle.view import Opaque
from oracle.values import instant

FAULTS = ("field", "where", "operator", "limit", "type", "order", "distinct", "root", "argument", "null")
FALLBACK = {
    "Boolean": [True],
    "date": ["2000-01-01"],
    "timestamp": ["2000-01-01T00:00:00"],
    "timestamptz": ["2000-01-01T00:00:00Z"],
}
DIRECTIONS = (
    "asc",
    "desc",
    "asc_nulls_first",
    "asc_nulls_last",
    "desc_nulls_first",
    "desc_nulls_last",
)


class Enum(str):
    """Rendered without quotes in a document, with quotes in variables."""


@dataclass
class Placeholder:
    """A variable standing at this place of an argument."""

    name: str


@dataclass
class GeneratedQuery:
    name: str
    query: str
    variables: dict
    fault: str = None
    features: set = field(default_factory=set)


def generate(view, name, fault_share=0.08, only=None):
    """The query that the seed `name` stands for; `only` names the collections that roots may read."""
    return _Generator(view, random.Random(name), fault_share, only).build(name)


@dataclass
class GeneratedPages:
    """A list that is to be walked page by page: the parts of its query."""

    collection: object
    declarations: list
    variables: dict
    arguments: str
    selection: str


def generate_pages(view, name, only=None):
    """Pages over one collection: any filter, an order by columns that are readable in clear."""
    return _Generator(view, random.Random(name), 0, only).pages()


class _Generator:
    # Below the gateway's default operation limits (30 aliases, depth 12).
    most_aliases = 24
    deepest = 5

    def __init__(self, view, rng, fault_share, only=None):
        self.view = view
        self.only = only
        self.catalog = view.catalog
        self.rng = rng
        self.fault = rng.choice(FAULTS) if rng.random() < fault_share else None
        self.faulted = None
        self.aliases = 0
        self.fragments = []
        self.variables = {}
        self.declarations = []
        self.arguments_at = {}
        self.features = set()

    def build(self, name):
        roots = [
            c
            for c in self.catalog.collections.values()
            if self.view.exists(c) and self.view.fields(c) and (self.only is None or c.name in self.only)
        ]
        selections = [self.root(self.rng.choice(roots)) for _ in range(self.rng.choice((1, 1, 1, 2, 3)))]
        if self.chance(0.1):
            selections.insert(self.rng.randrange(len(selections) + 1), "__typename")
        body = "{ " + " ".join(selections) + " }"
        self.drop_unused(" ".join([body] + self.fragments))
        head = ""
        if self.declarations or self.chance(0.3):
            head = "query" + (" Generated" if self.chance(0.6) else "")
            if self.declarations:
                head += "(" + ", ".join(self.declarations) + ")"
            head += " "
        definitions = [head + body] + self.fragments
        if head:
            # Anything may follow or precede the operation; shorthand stays first.
            self.rng.shuffle(definitions)
        return GeneratedQuery(name, "\n".join(definitions), self.variables, self.faulted, self.features)

    def pages(self):
        collections = [
            c
            for c in self.catalog.collections.values()
            if self.view.exists(c) and self.view.has_by_pk(c) and (self.only is None or c.name in self.only)
        ]
        collection = self.rng.choice(collections)
        arguments = {}
        if self.chance(0.5):
            arguments["where"] = self.where(collection, 0, 1)
        clear = [
            e
            for e in collection.columns.values()
            if self.view.has_field(collection, e.name)
            and self.view.is_clear(collection, e.name)
            and e.type not in JSON_TYPES
        ]
        if clear and self.chance(0.85):
            picked = self.rng.sample(clear, min(len(clear), self.rng.choice((1, 1, 2, 3))))
            arguments["order_by"] = [{e.api: Enum(self.rng.choice(DIRECTIONS))} for e in picked]
        key = [collection.columns[column].api for column in collection.key]
        others = [e.api for e in clear if e.api not in key]
        names = key + self.rng.sample(others, min(len(others), 2))
        text = arguments_text(arguments)[1:-1]
        self.drop_unused(text)
        return GeneratedPages(collection, self.declarations, self.variables, text, " ".join(names))

    def drop_unused(self, text):
        """Variables whose place was dropped again; a document must use all it declares."""
        used = set(re.findall(r"\$(v[0-9]+)\b", text))
        kept = [d for d in self.declarations if d[1:].split(":")[0] in used]
        self.declarations = kept
        self.variables = {name: value for name, value in self.variables.items() if name in used}

    # -- chance ---------------------------------------------------------------

    def chance(self, probability):
        return self.rng.random() < probability

    def strike(self, kind):
        """Is this the place of the query's one fault?"""
        if self.fault != kind or self.faulted:
            return False
        if self.chance(0.5):
            return False
        self.faulted = kind
        return True

    def alias(self):
        if self.aliases >= self.most_aliases:
            return None
        self.aliases += 1
        self.features.add("alias")
        return f"{self.rng.choice(('a', 'x_', '_', 'Alias'))}{self.aliases}"

    def declare(self, kind, value, default=False):
        name = f"v{len(self.declarations) + 1}"
        declaration = f"${name}: {kind}"
        if default:
            declaration += f" = {literal(value)}"
        else:
            self.variables[name] = plain(value)
        self.declarations.append(declaration)
        self.features.add("variable")
        return Placeholder(name)

    # -- selections -------------------------------------------------------------

    def root(self, collection):
        if self.strike("root"):
            hidden = [c.api for c in self.catalog.collections.values() if not self.view.exists(c)]
            hidden += [f"{c.api}_aggregate" for c in self.catalog.collections.values() if not self.view.has_aggregate(c)]
            return self.rng.choice(hidden + ["nothing_here"]) + " { __typename }"
        if self.chance(0.12) and self.view.has_aggregate(collection) and collection.name != "extremes":
            return self.group(collection)
        kind = self.rng.random()
        # Sums over the extreme values leave every number's range: what is then answered is tested by itself.
        if kind < 0.25 and self.view.has_aggregate(collection) and collection.name != "extremes":
            return self.aggregate(f"{collection.api}_aggregate", collection, (), 1)
        if kind < 0.4 and self.view.has_by_pk(collection) and collection.rows:
            return self.by_key(collection)
        return self.list(collection.api, collection, (), 1)

    def keyed(self, name, arguments, path, must_alias=False):
        """`alias: name(arguments)` and the response path; None where no alias is left for it."""
        known = self.arguments_at.get(path + (name,))
        collides = known is not None and known != arguments
        if must_alias or collides or self.chance(0.2):
            alias = self.alias()
            if alias is None and (collides or must_alias):
                return None, path
            if alias is not None:
                return f"{alias}: {name}{arguments}", path + (alias,)
        self.arguments_at[path + (name,)] = arguments
        return f"{name}{arguments}", path + (name,)

    def by_key(self, collection):
        row = self.rng.choice(collection.rows)
        pairs = {}
        for column in collection.key:
            entry = collection.columns[column]
            value = row.values[column]
            if self.chance(0.1) and entry.type in INTEGER:
                value += 1000
            if self.chance(0.3):
                value = self.declare(f"{entry.type}!", value)
            pairs[entry.api] = value
        self.features.add("by_pk")
        text, path = self.keyed(f"{collection.api}_by_pk", arguments_text(pairs), ())
        if text is None:
            return "__typename"
        return f"{text} {self.selection(collection, path, 2)}"

    def list(self, name, collection, path, depth):
        arguments = self.list_arguments(collection, depth)
        text, path = self.keyed(name, arguments_text(arguments), path)
        if text is None:
            return "__typename"
        return f"{text} {self.selection(collection, path, depth + 1)}"

    def selection(self, collection, path, depth):
        """`{ … }` over one collection; its parts may be wrapped in fragments."""
        parts = []
        for _ in range(self.rng.randint(1, 5)):
            part = self.part(collection, path, depth)
            parts.append(self.wrapped(collection, part))
        if self.chance(0.1):
            parts.append(parts[0] if ":" not in parts[0] and "(" not in parts[0] and "..." not in parts[0] else "__typename")
            self.features.add("merge")
        return "{ " + " ".join(parts) + " }"

    def part(self, collection, path, depth):
        if self.strike("field"):
            hidden = [f.api for f in list(collection.columns.values()) if not self.view.has_field(collection, f.name)]
            return self.rng.choice(hidden * 3 + ["nope"])
        links = [
            r for r in collection.relationships.values() if self.view.relationship(collection, r.name)
        ]
        if links and depth < self.deepest and self.chance(0.4):
            return self.link(collection, self.rng.choice(links), path, depth)
        return self.leaf(collection, path)

    def leaf(self, collection, path):
        if self.chance(0.04):
            return "__typename"
        entry = self.field(collection)
        text = entry.api
        if self.strike("argument"):
            return f"{text}(nope: 1)"
        if entry.type in JSON_TYPES and self.chance(0.5):
            alias = self.alias()
            arguments = arguments_text({"path": self.json_path(collection, entry)})
            return f"{alias}: {text}{arguments}" if alias else text
        if self.chance(0.15):
            alias = self.alias()
            text = f"{alias}: {text}" if alias else text
        return text + self.directive()

    def field(self, collection):
        """Any field; documents, which few collections have, more often."""
        entries = self.view.fields(collection)
        documents = [e for e in entries if e.type in JSON_TYPES]
        return self.rng.choice(documents if documents and self.chance(0.4) else entries)

    def link(self, collection, relationship, path, depth):
        target = self.catalog.collections[relationship.target]
        if not self.view.fields(target):
            return "__typename"
        self.features.add(relationship.kind)
        if relationship.kind == "object":
            text, inner = self.keyed(relationship.name, "", path)
            return f"{text}{self.directive()} {self.selection(target, inner, depth + 1)}"
        if self.chance(0.3) and self.view.has_aggregate(target):
            return self.aggregate(f"{relationship.name}_aggregate", target, path, depth)
        return self.list(relationship.name, target, path, depth)

    def directive(self):
        if not self.chance(0.06):
            return ""
        self.features.add("directive")
        name = self.rng.choice(("skip", "include"))
        value = self.chance(0.5)
        if self.chance(0.5):
            value = self.declare("Boolean!", value)
        return f" @{name}(if: {literal(value)})"

    def wrapped(self, collection, part):
        choice = self.rng.random()
        if choice < 0.06 and not self.faulted:
            self.features.add("inline fragment")
            condition = f" on {collection.api}" if self.chance(0.7) else ""
            return f"...{condition}{self.directive()} {{ {part} }}"
        if choice < 0.12:
            self.features.add("fragment")
            name = f"F{len(self.fragments) + 1}"
            self.fragments.append(f"fragment {name} on {collection.api} {{ {part} }}")
            return f"...{name}{self.directive()}"
        return part

    # -- aggregates ---------------------------------------------------------------

    def aggregate(self, name, collection, path, depth):
        self.features.add("aggregate")
        arguments = self.list_arguments(collection, depth)
        text, path = self.keyed(name, arguments_text(arguments), path)
        if text is None:
            return "__typename"
        parts = []
        if self.chance(0.85):
            parts.append("aggregate { " + " ".join(self.folds(collection, path + ("aggregate",))) + " }")
        if not parts or self.chance(0.4):
            self.features.add("nodes")
            parts.append(f"nodes {self.selection(collection, path + ('nodes',), depth + 1)}")
        if self.chance(0.05):
            parts.append("__typename")
        return f"{text} {{ {' '.join(parts)} }}"

    def folds(self, collection, path):
        parts = []
        if self.chance(0.7):
            parts.append("count")
        columns = [e for e in self.view.fields(collection) if not isinstance(e, ComputedField) and e.type not in JSON_TYPES]
        if columns and self.chance(0.5):
            picked = self.rng.sample(columns, min(len(columns), self.rng.choice((1, 1, 1, 2))))
            arguments = {"columns": [Enum(e.api) for e in picked]}
            if len(picked) == 1 and self.chance(0.3):
                arguments["columns"] = arguments["columns"][0]
            if self.chance(0.6):
                arguments["distinct"] = self.chance(0.7)
            text, _ = self.keyed("count", arguments_text(arguments), path, must_alias=True)
            if text:
                parts.append(text)
        for fold in aggregates.FOLDS:
            entries = [e for e in aggregates.foldable(self.view, collection, fold) if not self.is_hashed(collection, e)]
            if entries and self.chance(0.15 if fold in aggregates.VARIANCES else 0.35):
                picked = self.rng.sample(entries, min(len(entries), self.rng.randint(1, 3)))
                self.features.add(fold)
                parts.append(f"{fold} {{ {' '.join(e.api for e in picked)} }}")
        return parts or ["count"]

    def group(self, collection):
        self.features.add("group")
        columns = [
            e
            for e in self.view.fields(collection)
            if not isinstance(e, ComputedField) and e.type not in JSON_TYPES and not self.is_hashed(collection, e)
        ]
        by = self.rng.sample(columns, min(len(columns), self.rng.choice((1, 1, 2))))
        arguments = {"by": [Enum(e.api) for e in by]}
        if self.chance(0.2):
            arguments["by"] = self.declare(f"[{collection.api}_select_column!]!", arguments["by"])
        if self.chance(0.4):
            arguments["where"] = self.where(collection, 1, 1)
        if self.chance(0.5):
            self.features.add("having")
            arguments["having"] = self.having(collection, 0)
        if self.chance(0.6):
            arguments["order_by"] = [
                {"aggregate": self.aggregate_order(collection)}
                if self.chance(0.5)
                else {"key": {self.rng.choice(by).api: Enum(self.rng.choice(DIRECTIONS))}}
                for _ in range(self.rng.choice((1, 1, 2)))
            ]
        if self.chance(0.4):
            arguments["limit"] = self.rng.choice((0, 1, 2, 5))
        if self.chance(0.2):
            arguments["offset"] = self.rng.choice((0, 1, 3))
        text, path = self.keyed(f"{collection.api}_group", arguments_text(arguments), ())
        if text is None:
            return "__typename"
        parts = ["key { " + " ".join(e.api for e in by) + (" __typename" if self.chance(0.1) else "") + " }"]
        if self.chance(0.8):
            parts.append("aggregate { " + " ".join(self.folds(collection, path + ("aggregate",))) + " }")
        self.rng.shuffle(parts)
        return f"{text} {{ {' '.join(parts)} }}"

    def having(self, collection, nesting):
        choice = self.rng.random()
        if nesting < 2 and choice < 0.3:
            name = self.rng.choice(("_and", "_or", "_not"))
            if name == "_not":
                return {name: self.having(collection, nesting + 1)}
            return {name: [self.having(collection, nesting + 1) for _ in range(2)]}
        if choice < 0.6:
            return self.aggregate_filter(collection, 1, 1)
        for fold in self.rng.sample(("max", "min", "sum", "avg", "var_pop"), 5):
            entries = [
                e
                for e in aggregates.foldable(self.view, collection, fold)
                if not self.is_hashed(collection, e) and (fold in ("max", "min") or e.type in INTEGER)
                and e.type not in ("timestamp", "timestamptz")
            ]
            if entries:
                entry = self.rng.choice(entries)
                operator = self.rng.choice(("_gt", "_gte", "_lt", "_lte", "_neq") if fold in ("max", "min") else ("_gt", "_lt"))
                value = self.sample(collection, entry) if fold in ("max", "min") else self.rng.choice((0, 3, 50, 1000))
                self.features.add("having fold")
                return {fold: {entry.api: {operator: value}}}
        return {"count": {"predicate": {"_gt": 1}}}

    # -- list arguments ---------------------------------------------------------------

    def list_arguments(self, collection, depth):
        arguments = {}
        if self.chance(0.55):
            self.features.add("where")
            where = self.where(collection, 0, depth)
            whole = not self.faulted and not has_placeholder(where) and self.chance(0.15)
            arguments["where"] = self.declare(f"{collection.api}_bool_exp", where) if whole else where
        ordered_by = None
        if self.chance(0.5):
            self.features.add("order_by")
            ordered_by = self.order_by(collection)
        if self.chance(0.12):
            ordered_by = self.distinct(collection, arguments, ordered_by)
        if ordered_by is not None:
            listed = ordered_by if len(ordered_by) != 1 or self.chance(0.5) else ordered_by[0]
            whole = not self.faulted and self.chance(0.1)
            kind = f"[{collection.api}_order_by!]"
            arguments["order_by"] = self.declare(kind, listed) if whole else listed
        if self.chance(0.35 if depth == 1 else 0.6):
            self.features.add("limit")
            limit = -1 if self.strike("limit") else self.rng.choice((0, 1, 2, 3, 5, 8, 20))
            arguments["limit"] = limit
            if limit >= 0 and self.chance(0.2):
                arguments["limit"] = self.declare("Int", limit, default=self.chance(0.3))
            elif limit >= 0 and self.chance(0.05):
                arguments["limit"] = None
        if self.chance(0.2):
            self.features.add("offset")
            arguments["offset"] = self.rng.choice((0, 1, 2, 4, 50))
        pairs = list(arguments.items())
        self.rng.shuffle(pairs)
        return dict(pairs)

    def distinct(self, collection, arguments, ordered_by):
        columns = [
            e
            for e in self.view.fields(collection)
            if not isinstance(e, ComputedField) and e.type not in JSON_TYPES and not self.is_hashed(collection, e)
        ]
        picked = self.rng.sample(columns, min(len(columns), self.rng.choice((1, 1, 2))))
        self.features.add("distinct_on")
        arguments["distinct_on"] = [Enum(e.api) for e in picked]
        if len(picked) == 1 and self.chance(0.3):
            arguments["distinct_on"] = arguments["distinct_on"][0]
        others = [e for e in columns if e not in picked]
        if others and self.strike("distinct"):
            return [{self.rng.choice(others).api: Enum("asc")}]
        if self.chance(0.3):
            return None
        self.rng.shuffle(picked)
        rest = [
            item
            for item in ordered_by or []
            if item and not set(item) & {e.api for e in picked}
        ]
        return [{e.api: Enum(self.rng.choice(DIRECTIONS))} for e in picked] + rest

    def order_by(self, collection):
        items = []
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            item = {}
            for _ in range(self.rng.choice((1, 1, 1, 2))):
                item.update(self.order_term(collection, 0))
            items.append(item)
        return items

    def order_term(self, collection, depth):
        if self.strike("order"):
            arrays = [r.name for r in collection.relationships.values() if r.kind == "array"]
            if arrays and self.chance(0.5):
                return {self.rng.choice(arrays): {"id": Enum("asc")}}
            return {"nope": Enum("asc")}
        links = [
            r
            for r in collection.relationships.values()
            if r.kind == "object" and self.view.relationship(collection, r.name)
        ]
        if links and depth < 2 and self.chance(0.25):
            relationship = self.rng.choice(links)
            self.features.add("order through relation")
            target = self.catalog.collections[relationship.target]
            return {relationship.name: self.order_term(target, depth + 1)}
        links = self.aggregable(collection)
        if links and self.chance(0.25):
            relationship = self.rng.choice(links)
            self.features.add("order by relation aggregate")
            target = self.catalog.collections[relationship.target]
            return {f"{relationship.name}_aggregate": self.aggregate_order(target)}
        entries = [
            e
            for e in self.view.fields(collection)
            if e.type not in JSON_TYPES and not self.is_hashed(collection, e)
        ]
        return {self.rng.choice(entries).api: Enum(self.rng.choice(DIRECTIONS))}

    def aggregable(self, collection):
        return [
            r
            for r in collection.relationships.values()
            if aggregates.relationship(self.view, collection, f"{r.name}_aggregate")
        ]

    def aggregate_order(self, target):
        """Sums and means of reals may differ in their last digit, and so in their order: not those."""
        terms = {}
        if self.chance(0.6):
            terms["count"] = Enum(self.rng.choice(DIRECTIONS))
        for fold in ("max", "min", "sum", "avg", "var_pop"):
            entries = [
                e
                for e in aggregates.foldable(self.view, target, fold)
                if not self.is_hashed(target, e) and (fold in ("max", "min") or e.type in INTEGER)
            ]
            if entries and self.chance(0.25):
                self.features.add(f"order by {fold}")
                terms[fold] = {self.rng.choice(entries).api: Enum(self.rng.choice(DIRECTIONS))}
        return terms or {"count": Enum(self.rng.choice(DIRECTIONS))}

    # -- where ----------------------------------------------------------------------

    def where(self, collection, nesting, depth):
        if self.chance(0.03):
            return {}
        result = {}
        for _ in range(self.rng.choice((1, 1, 1, 2, 2, 3))):
            result.update(self.where_part(collection, nesting, depth))
        return result

    def where_part(self, collection, nesting, depth):
        if self.strike("where"):
            hidden = [f.api for f in collection.columns.values() if not self.view.has_field(collection, f.name)]
            return {self.rng.choice(hidden * 3 + ["nope"]): {"_is_null": False}}
        if self.strike("null"):
            return {"_not": None}
        choice = self.rng.random()
        if nesting < 3 and choice < 0.1:
            self.features.add("_not")
            return {"_not": self.where(collection, nesting + 1, depth)}
        if nesting < 3 and choice < 0.25:
            name = self.rng.choice(("_and", "_or"))
            self.features.add(name)
            count = self.rng.choice((0, 1, 2, 2, 3)) if self.chance(0.5) else 2
            parts = [self.where(collection, nesting + 1, depth) for _ in range(count)]
            if len(parts) == 1 and self.chance(0.5):
                return {name: parts[0]}
            return {name: parts}
        links = [
            r for r in collection.relationships.values() if self.view.relationship(collection, r.name)
        ]
        if links and nesting < 3 and choice < 0.5:
            relationship = self.rng.choice(links)
            self.features.add("relation filter")
            target = self.catalog.collections[relationship.target]
            return {relationship.name: self.where(target, nesting + 1, depth)}
        links = self.aggregable(collection)
        if links and nesting < 2 and self.chance(0.15):
            relationship = self.rng.choice(links)
            self.features.add("relation aggregate filter")
            target = self.catalog.collections[relationship.target]
            return {f"{relationship.name}_aggregate": self.aggregate_filter(target, nesting, depth)}
        entry = self.field(collection)
        return {entry.api: self.test(collection, entry)}

    def aggregate_filter(self, target, nesting, depth):
        columns = [e for e in self.view.fields(target) if not isinstance(e, ComputedField) and e.type not in JSON_TYPES]
        booleans = [e for e in columns if e.type == "Boolean"]
        test = {}
        if booleans and self.chance(0.4):
            name = self.rng.choice(("bool_and", "bool_or"))
            test["arguments"] = Enum(self.rng.choice(booleans).api)
            predicate = {"_is_null": self.chance(0.5)} if self.chance(0.2) else {"_eq": self.chance(0.5)}
        else:
            name = "count"
            if columns and self.chance(0.4):
                test["arguments"] = [Enum(e.api) for e in self.rng.sample(columns, self.rng.choice((1, 1, 2)) if len(columns) > 1 else 1)]
            predicate = {self.rng.choice(("_eq", "_neq", "_gt", "_gte", "_lt", "_lte")): self.rng.choice((0, 0, 1, 1, 2, 3, 5))}
        self.features.add(name)
        if self.chance(0.3):
            test["distinct"] = self.chance(0.7)
        if self.chance(0.4):
            test["filter"] = self.where(target, nesting + 2, depth)
        test["predicate"] = predicate
        return {name: test}

    def test(self, collection, entry):
        if self.strike("operator"):
            wrong = "_like" if entry.type != "String" else "_contains"
            return {wrong: "x"}
        if self.strike("type"):
            return {"_is_null": "yes"} if entry.type in JSON_TYPES else {"_eq": {"a": 2}}
        if entry.type in JSON_TYPES and self.chance(0.8):
            return self.document_test(collection, entry)
        if entry.type in JSON_TYPES or self.is_hashed(collection, entry) or self.chance(0.1):
            self.features.add("_is_null")
            return {"_is_null": self.chance(0.5)}
        operators = ["_eq", "_neq", "_gt", "_gte", "_lt", "_lte", "_in", "_nin"]
        if isinstance(entry.type, EnumKind):
            self.features.add("enum")
            operators = ["_eq", "_neq", "_in", "_nin"]
        if entry.type == "String":
            operators += ["_like", "_nlike", "_ilike", "_nilike"] * 2
            operators += ["_regex", "_nregex", "_iregex", "_niregex", "_similar", "_nsimilar"]
        result = {}
        for operator in self.rng.sample(operators, self.rng.choice((1, 1, 1, 2))):
            self.features.add(operator)
            result[operator] = self.operand(collection, entry, operator)
        return result

    def document_test(self, collection, entry):
        """A part of some document, or keys near those that occur."""
        found = [row.values[entry.name] for row in collection.rows if row.values[entry.name] is not None] or [{}]
        document = self.rng.choice(found)
        keys = [key for value in found for key in (value if isinstance(value, (dict, list)) else [value]) if isinstance(key, str)]
        keys = (keys or []) + ["nope"]
        tests = ["_contains", "_contained_in", "_has_key", "_has_keys_any", "_has_keys_all"]
        offered = tests + ["_cast"] if entry.type == "jsonb" else tests
        operator = self.rng.choice(offered)
        self.features.add(operator)
        if operator == "_cast":
            # Names and brackets: how a number was written, the naive reading does not know.
            piece = json.dumps(self.rng.choice(keys), ensure_ascii=False).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            return {operator: {"String": {self.rng.choice(("_like", "_nlike")): self.rng.choice(("%{}%", "{{%{}: %", "[{}, %", "{}")).format(piece)}}}
        if operator == "_has_key":
            return {operator: self.rng.choice(keys)}
        if operator.startswith("_has_keys"):
            return {operator: [self.rng.choice(keys) for _ in range(self.rng.choice((0, 1, 2, 2)))]}
        if self.chance(0.6):
            document = self.part_of(document)
        return {operator: self.declare(f"{entry.type}!", document)}

    def part_of(self, document):
        if isinstance(document, dict) and document:
            key = self.rng.choice(sorted(document))
            return {key: self.part_of(document[key])} if self.chance(0.6) else document
        if isinstance(document, list) and document:
            item = self.part_of(self.rng.choice(document))
            return [item] if self.chance(0.8) or item is None else item
        return document if document is not None else {}

    def json_path(self, collection, entry):
        """Steps that some document has, and now and then one more."""
        value = self.rng.choice([row.values[entry.name] for row in collection.rows] or [None])
        path = "$"
        while isinstance(value, (dict, list)) and value and self.chance(0.75):
            if isinstance(value, dict):
                key = self.rng.choice(sorted(value))
                path += f".{key}" if self.chance(0.5) else f"['{key}']"
                value = value[key]
            else:
                index = self.rng.randrange(len(value) + 1)
                path += f"[{index}]"
                value = value[index] if index < len(value) else None
        if self.chance(0.1):
            path += ".nope"
        self.features.add("json path")
        return self.declare("String", path) if self.chance(0.3) else path

    def operand(self, collection, entry, operator):
        if operator in ("_in", "_nin"):
            values = [self.sample(collection, entry) for _ in range(self.rng.choice((0, 1, 2, 3, 4)))]
            if self.chance(0.2):
                return self.declare(f"[{entry.type}!]", values)
            return values[0] if len(values) == 1 and self.chance(0.3) else values
        value = self.sample(collection, entry)
        if operator.endswith("like"):
            value = self.pattern(value)
        elif operator.endswith("regex"):
            value = self.regular_expression(value)
        elif operator.endswith("similar"):
            value = self.similar_pattern(value)
        if self.chance(0.2):
            return self.declare(entry.type + self.rng.choice(("", "!")), value)
        return value

    def sample(self, collection, entry):
        """A value that occurs, hidden rows included, or one near it."""
        if isinstance(entry, ComputedField):
            values = [self.view.shown(row, entry) for row in collection.rows]
        else:
            values = [row.values[entry.name] for row in collection.rows]
            if self.chance(0.3):
                values += [self.view.shown(row, entry) for row in collection.rows]
        values = [v for v in values if v is not None and not isinstance(v, Opaque)]
        kind = entry.type
        if not values:
            values = [1] if kind in NUMERIC else FALLBACK.get(kind, ["x"])
        value = self.rng.choice(values)
        if isinstance(kind, EnumKind):
            return Enum(self.rng.choice(sorted(kind.values)))
        if kind in INTEGER and self.chance(0.3):
            value += self.rng.choice((-1, 1))
        elif kind in NUMERIC and kind not in INTEGER and self.chance(0.2):
            value = value + self.rng.choice((-0.5, 0.25, 1))
        elif kind == "timestamptz" and self.chance(0.3):
            value = self.shifted(value)
        if kind in ("bigint", "numeric", "smallint") and self.chance(0.15):
            return json.dumps(value)
        return value

    def shifted(self, text):
        """The same instant written with another offset."""
        hours = self.rng.choice((-5, 2, 9))
        try:
            return instant(text).astimezone(timezone(timedelta(hours=hours))).isoformat()
        except (ValueError, OverflowError):
            return text

    def pattern(self, text):
        start = self.rng.randrange(len(text) + 1)
        piece = text[start : start + self.rng.randint(0, 6)]
        piece = "".join("\\" + c if c in "\\%_" else c for c in piece)
        if self.chance(0.3):
            piece = piece.swapcase()
        if piece and "\\" not in piece and self.chance(0.3):
            spot = self.rng.randrange(len(piece))
            piece = piece[:spot] + "_" + piece[spot + 1 :]
        return self.rng.choice(("%{}%", "%{}%", "{}%", "%{}", "{}")).format(piece)

    # Only what means the same to PostgreSQL and to Python; what differs is recorded in fixtures/patterns.

    def regular_expression(self, text):
        """Letters of some value with choices and repetitions among them, free or anchored."""
        parts = []
        for character in self.piece(text):
            plain = character if character.isascii() and character.isalnum() or ord(character) > 0x2FF else "."
            parts.append(self.rng.choice((plain, plain, plain, ".", f"({plain}|x)", plain + "+", plain + "*", "[a-z]", "[^q]")))
        return self.rng.choice(("{}", "{}", "^{}", "{}$", "^{}$", "^(?:{})")).format("".join(parts))

    def similar_pattern(self, text):
        parts = []
        for character in self.piece(text):
            plain = character if character.isascii() and character.isalnum() or ord(character) > 0x2FF else "_"
            parts.append(self.rng.choice((plain, plain, plain, "_", f"({plain}|x)", plain + "+", "[a-z]", "%")))
        return self.rng.choice(("%{}%", "%{}%", "{}%", "%{}", "{}")).format("".join(parts))

    def piece(self, text):
        start = self.rng.randrange(len(text) + 1)
        return text[start : start + self.rng.randint(0, 5)]

    def is_hashed(self, collection, entry):
        return any(isinstance(self.view.shown(row, entry), Opaque) for row in collection.rows)


# -- text ----------------------------------------------------------------------


def arguments_text(arguments):
    if not arguments:
        return ""
    return "(" + ", ".join(f"{name}: {literal(value)}" for name, value in arguments.items()) + ")"


def literal(value):
    """A value in GraphQL's literal syntax."""
    if isinstance(value, Placeholder):
        return f"${value.name}"
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def plain(value):
    """The same value as JSON for `variables`."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Enum) else value


def has_placeholder(value):
    if isinstance(value, dict):
        return any(has_placeholder(item) for item in value.values())
    if isinstance(value, list):
        return any(has_placeholder(item) for item in value)
    return isinstance(value, Placeholder)
