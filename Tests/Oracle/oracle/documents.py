"""Operators on JSON documents: containment and keys; documents as text."""

import json


class Document(dict):
    """An object within a document, told apart from those that selections make: databases have their own order for it."""


def shown(value):
    """A document as it stands in an answer."""
    if isinstance(value, dict):
        return Document((name, shown(item)) for name, item in value.items())
    return [shown(item) for item in value] if isinstance(value, list) else value


def contains(whole, part, top=True):
    """Every member and item of `part` is in `whole` at its own level; a list also contains a plain value at the top."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and contains(whole[key], value, False) for key, value in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return all(any(contains(item, wanted, False) for item in whole) for wanted in part)
    if top and isinstance(whole, list) and not isinstance(part, dict):
        return any(same(item, part) for item in whole)
    return same(whole, part)


def same(left, right):
    if isinstance(left, (dict, list)) or isinstance(right, (dict, list)):
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def has_key(document, key):
    if isinstance(document, (dict, list)):
        return any(item == key for item in document if isinstance(item, str))
    return isinstance(document, str) and document == key


def text(document):
    """The text PostgreSQL has of a `jsonb`: shorter names first."""
    if isinstance(document, dict):
        names = sorted(document, key=lambda name: (len(name.encode()), name.encode()))
        return "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {text(document[name])}" for name in names) + "}"
    if isinstance(document, list):
        return "[" + ", ".join(map(text, document)) + "]"
    return json.dumps(document, ensure_ascii=False)


def _known(test):
    """Unknown for a column that is null."""
    return lambda value: None if value is None else test(value)


def _keys(raw):
    return raw if isinstance(raw, list) else [raw]


OPERATORS = {
    "_contains": lambda raw: _known(lambda value: contains(value, raw)),
    "_contained_in": lambda raw: _known(lambda value: contains(raw, value)),
    "_has_key": lambda raw: _known(lambda value: has_key(value, raw)),
    "_has_keys_any": lambda raw: _known(lambda value: any(has_key(value, key) for key in _keys(raw))),
    "_has_keys_all": lambda raw: _known(lambda value: all(has_key(value, key) for key in _keys(raw))),
}
