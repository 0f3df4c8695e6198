"""Is the gateway's answer the oracle's? Differences come back as sentences, none means equal."""

import math
import re

from .documents import Document
from .view import Approximate, Opaque, SomeCursor


class Comparison:
    """Remembers which text stood for which hashed value, so that one always means the other.

    `any_order`: whether the names in documents may stand in any order.
    """

    def __init__(self, any_order=False):
        self._any_order = any_order
        self._text_of = {}
        self._value_of = {}

    def differences(self, expected, actual):
        if not isinstance(actual, dict):
            return [f"$: not an object: {actual!r}"]
        if "errors" in expected:
            return self._error_differences(expected["errors"], actual)
        if "errors" in actual:
            return [f"$: unexpected errors {actual['errors']!r}"]
        if list(actual) not in (["data"], ["data", "extensions"]):
            return [f"$: members {list(actual)}"]
        return list(self._walk(expected["data"], actual["data"], "$"))

    @staticmethod
    def _error_differences(expected, actual):
        if not actual.get("errors"):
            return [f"$: no errors where {expected!r} is due"]
        if actual.get("data") is not None:
            return ["$: data beside request errors"]
        found = []
        errors = actual["errors"]
        # Validation reports everything that is wrong with a document; the oracle stops at the first. The one it names
        # must be there, and all others must be validation errors too.
        if len(expected) == 1 and expected[0]["extensions"]["code"] == "validation-failed" and len(errors) > 1:
            others = [e for e in errors if (e.get("extensions") or {}).get("code") != "validation-failed"]
            if others:
                found.append(f"$: errors of other kinds: {others!r}")
            wanted = expected[0]["extensions"]["path"]
            errors = [e for e in errors if wanted is None or e["extensions"].get("path") == wanted][:1]
        if len(errors) != len(expected):
            found.append(f"$: {len(actual['errors'])} errors, not {len(expected)}: {actual['errors']!r}")
        for wanted, got in zip(expected, errors):
            if not isinstance(got.get("message"), str) or not got["message"]:
                found.append("$: an error without a message")
            wanted, got = wanted["extensions"], got.get("extensions") or {}
            for key in ("code", "path"):
                if wanted[key] is not None and wanted[key] != got.get(key):
                    found.append(f"$: {key} {got.get(key)!r}, not {wanted[key]!r}")
        return found

    def _walk(self, expected, actual, path):
        if isinstance(expected, SomeCursor):
            if not isinstance(actual, str) or not re.fullmatch(r"[A-Za-z0-9_-]{40,}", actual):
                yield f"{path}: {short(actual)} is not a cursor"
        elif isinstance(expected, Opaque):
            yield from self._hashed(expected, actual, path)
        elif isinstance(expected, Document) and self._any_order and isinstance(actual, dict):
            yield from self._walk(dict(sorted(expected.items())), dict(sorted(actual.items())), path)
        elif isinstance(expected, dict):
            if not isinstance(actual, dict) or list(actual) != list(expected):
                yield f"{path}: {short(actual)}, not {short(expected)}"
                return
            for key, value in expected.items():
                yield from self._walk(value, actual[key], f"{path}.{key}")
        elif isinstance(expected, list):
            if not isinstance(actual, list) or len(actual) != len(expected):
                count = len(actual) if isinstance(actual, list) else short(actual)
                yield f"{path}: {count} items, not {len(expected)}"
                return
            for index, value in enumerate(expected):
                yield from self._walk(value, actual[index], f"{path}[{index}]")
        elif not same_leaf(expected, actual):
            yield f"{path}: {short(actual)}, not {short(expected)}"

    def _hashed(self, expected, actual, path):
        if not isinstance(actual, str) or not re.fullmatch(r"[0-9a-f]{64}", actual):
            yield f"{path}: {short(actual)} is not a keyed hash"
        elif self._text_of.setdefault(expected, actual) != actual:
            yield f"{path}: another hash for the same value"
        elif self._value_of.setdefault(actual, expected) != expected:
            yield f"{path}: the same hash for another value"


def same_leaf(expected, actual):
    if isinstance(expected, bool) or isinstance(actual, bool) or expected is None or actual is None:
        return expected is actual
    if isinstance(expected, Approximate):
        return isinstance(actual, (int, float)) and math.isclose(
            expected, actual, rel_tol=1e-12, abs_tol=1e-12
        )
    if isinstance(expected, (int, float)):
        return isinstance(actual, (int, float)) and expected == actual
    return type(actual) is str and expected == actual


def short(value):
    text = repr(value)
    return text if len(text) < 200 else text[:200] + " …"
