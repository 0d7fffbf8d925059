"""Texts and plain data as YAML that is read as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from detente.errors import NotSupported
from detente.files.yaml_events import MAX_KEY

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?: [A-Za-z0-9_]+)*|[1-9][0-9]*|0")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off"}
# What YAML takes for no text or for the end of a line; quotation marks and the like are JSON's.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_INLINE = 88
"""Characters up to which a list or a mapping of texts stands on one line."""


def scalar(text: str) -> str:
    """The text as a YAML scalar that is read as this text.

    >>> scalar("full relief"), scalar("no"), scalar("3 > 1"), scalar("12")
    ('full relief', '"no"', '"3 > 1"', '12')
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    # JSON strings are YAML's double-quoted ones.
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def key(text: str, elsewhere: str) -> str:
    """The text as a key of a mapping; raises NotSupported, with the way round, where too long."""
    found = scalar(text)
    if len(found) > MAX_KEY:
        raise NotSupported(
            f"the name '{text[:40]}…' has {len(text):,} characters, too many for a key in YAML "
            f"(at most {MAX_KEY:,}). {elsewhere}"
        )
    return found


def block(data: Mapping[str, Any], elsewhere: str, indent: str = "") -> Iterator[str]:
    """The lines of nested mappings, lists and texts; short ones of texts only stand on one line.

    >>> print("\\n".join(block({"a": {"b": ["x", "y"], "c": None}}, "")))
    a: {b: [x, y], c: }
    """
    for name, value in data.items():
        start = f"{indent}{key(name, elsewhere)}:"
        inline = _inline(value, elsewhere)
        if inline is not None and len(start) + len(inline) <= _INLINE:
            yield f"{start} {inline}".rstrip()
        elif isinstance(value, Mapping):
            yield start
            yield from block(value, elsewhere, indent + "  ")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield start
            for item in value:
                yield from _item(item, elsewhere, indent + "  ")
        else:
            yield f"{start} {inline}"


def _item(item: Any, elsewhere: str, indent: str) -> Iterator[str]:
    inline = _inline(item, elsewhere)
    if not isinstance(item, Mapping) or (inline and len(indent) + len(inline) <= _INLINE):
        yield f"{indent}- {inline}"
        return
    lines = block(item, elsewhere, indent + "  ")
    yield f"{indent}- {next(lines)[len(indent) + 2 :]}"
    yield from lines


def _inline(value: Any, elsewhere: str) -> str | None:
    """The value on one line."""
    if value is None:
        return ""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Mapping):
        pairs = (f"{key(k, elsewhere)}: {_inline(v, elsewhere)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    return f"[{', '.join(str(_inline(item, elsewhere)) for item in value)}]"
