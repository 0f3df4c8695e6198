"""Input coercion of scalars, comparison with SQL's three-valued logic, and LIKE."""

import base64
import math
import re
from datetime import datetime, timezone
from fractions import Fraction

from .catalog import INTEGER, NUMERIC, EnumKind
from .errors import RequestError

_RANGE = {"Int": 31, "smallint": 15, "bigint": 63}


class EnumLiteral(str):
    """An unquoted name in a document; not a string."""


class StringLiteral(str):
    """A string written in a document; those of variables are plain."""


def coerce(kind, value, path):
    """A client's value as a value of scalar `kind`; never None.

    `Int` is checked as the GraphQL specification says (validation-failed);
    our custom scalars refuse what does not fit with parse-failed (numbers) or data-exception (texts).
    """
    if value is None:
        raise RequestError("validation-failed", path, "unexpected null value")
    if isinstance(kind, EnumKind):
        # In a document a value is a name, in a variable a string.
        if not isinstance(value, str) or isinstance(value, StringLiteral) or value not in kind.values:
            raise RequestError("validation-failed", path, f"expected {kind}")
        return str(value)
    custom = "validation-failed" if kind in ("Int", "Float", "String", "Boolean") else "parse-failed"
    # Texts of the wrong form are what a database would call a data exception.
    is_textual = kind not in INTEGER and kind not in NUMERIC and kind not in ("String", "Boolean")
    wrong = RequestError("data-exception" if is_textual else custom, path, f"expected {kind}")
    if isinstance(value, EnumLiteral) or isinstance(value, (list, dict)):
        raise wrong
    if kind in INTEGER:
        if isinstance(value, str) and kind != "Int":
            if not re.fullmatch(r"-?[0-9]+", value):
                raise RequestError(custom, path, f"expected {kind}")
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong
        bound = 1 << _RANGE[kind]
        if not -bound <= value < bound:
            raise RequestError(custom, path, "out of range")
        return value
    if kind in NUMERIC:
        if isinstance(value, str) and kind != "Float":
            try:
                number = float(value)
            except ValueError:
                raise RequestError(custom, path, f"expected {kind}") from None
            return int(value) if re.fullmatch(r"-?[0-9]+", value) else number
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise wrong
        return value
    if kind == "Boolean":
        if not isinstance(value, bool):
            raise wrong
        return value
    if not isinstance(value, str):
        raise wrong
    return value


def comparable(kind, value):
    """The value under which `where` compares: instants for timestamptz, bytes for bytea."""
    if value is None:
        return None
    if kind in ("timestamptz", "timestamp"):
        return instant(value)
    if kind == "bytea":
        return base64.b64decode(value)
    return value


def instant(text):
    moment = datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment


def same(left, right):
    """Equality of JSON values for grouping: 1 and 1.0 are one, 1 and true are not."""
    return distinct_key(left) == distinct_key(right)


def distinct_key(value):
    if isinstance(value, bool) or value is None:
        return (type(value).__name__, value)
    if isinstance(value, (int, float)):
        return ("number", Fraction(value) if math.isfinite(value) else value)
    if isinstance(value, str):
        return ("str", str(value))  # wherever it was written
    return (type(value).__name__, repr(value) if isinstance(value, (list, dict)) else value)


# -- three-valued logic: True, False, None (unknown) ----------------------


def all_of(truths):
    truths = list(truths)
    if False in truths:
        return False
    return None if None in truths else True


def any_of(truths):
    truths = list(truths)
    if True in truths:
        return True
    return None if None in truths else False


def negated(truth):
    return None if truth is None else not truth


def compare(operator, left, right):
    """`left operator right` with unknown for a null on either side."""
    if left is None or right is None:
        return None
    return {
        "_eq": lambda: left == right,
        "_neq": lambda: left != right,
        "_gt": lambda: left > right,
        "_gte": lambda: left >= right,
        "_lt": lambda: left < right,
        "_lte": lambda: left <= right,
    }[operator]()


def is_in(left, candidates):
    """`left IN (candidates)`: an empty list is false for a value; null is unknown, as it is in `not_in`."""
    if left is None:
        return None
    if not candidates:
        return False
    return any_of(compare("_eq", left, candidate) for candidate in candidates)


def not_in(left, candidates):
    """`left NOT IN (candidates)`; an empty list is true for a value and unknown for null."""
    if left is None:
        return None
    return negated(is_in(left, candidates))


# -- LIKE -------------------------------------------------------------------


def simple_lower(text):
    """Lower casing code point by code point, keeping those whose lower case is several."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def like(text, pattern, ignore_case=False):
    """Case-sensitive LIKE over code points; `%` any run, `_` one, `\\` escapes the next."""
    if text is None or pattern is None:
        return None
    if ignore_case:
        text, pattern = simple_lower(text), simple_lower(pattern)
    expression = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 1
            expression.append(re.escape(pattern[position : position + 1]))
        elif character == "%":
            expression.append(".*")
        elif character == "_":
            expression.append(".")
        else:
            expression.append(re.escape(character))
        position += 1
    return re.fullmatch("".join(expression), text, re.DOTALL) is not None


# -- regular expressions and SIMILAR TO, as far as Python's own mean the same ----------


def _regex(pattern, ignore_case=False):
    # Python's `$` also matches before a last newline.
    expression = re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern), re.DOTALL | (re.IGNORECASE if ignore_case else 0))
    if ignore_case:
        # To Python these two are cases of `i`; in simple folding they are not.
        return lambda text: expression.search(text.replace("İ", "\x01").replace("ı", "\x01")) is not None
    return lambda text: expression.search(text) is not None


def _similar(pattern):
    parts, position = [], 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 1
            parts.append(re.escape(pattern[position : position + 1]))
        else:
            parts.append({"%": ".*", "_": ".", ".": "\\.", "^": "\\^", "$": "\\$"}.get(character, character))
        position += 1
    expression = re.compile("".join(parts), re.DOTALL)
    return lambda text: expression.fullmatch(text) is not None


_PATTERNS = {
    "like": lambda pattern: lambda text: like(text, pattern),
    "ilike": lambda pattern: lambda text: like(text, pattern, ignore_case=True),
    "regex": _regex,
    "iregex": lambda pattern: _regex(pattern, ignore_case=True),
    "similar": _similar,
}
PATTERN_OPERATORS = {f"_{negation}{name}" for name in _PATTERNS for negation in ("", "n")}


def matcher(operator, pattern, path):
    """What one of the operators whose operand is a pattern says of a text; a malformed pattern is refused here."""
    name = operator[1:]
    is_negative = name not in _PATTERNS
    try:
        test = _PATTERNS[name.removeprefix("n") if is_negative else name](pattern)
    except re.error:
        raise RequestError("bad-request", path, "invalid regular expression") from None
    return lambda text: None if text is None else test(text) != is_negative


def like_escaped(text):
    """A variable's value inside a rule's `like`: its wildcards are plain characters."""
    return re.sub(r"([\\%_])", r"\\\1", text)
