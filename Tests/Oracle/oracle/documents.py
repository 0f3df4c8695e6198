"""Operators on JSON documents: containment and keys."""


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
    return type(left) is type(right) and left == right or is_number(left) and is_number(right) and left == right


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def has_key(document, key):
    if isinstance(document, (dict, list)):
        return any(item == key for item in document if isinstance(item, str))
    return isinstance(document, str) and document == key


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
