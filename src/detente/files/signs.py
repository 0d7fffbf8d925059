"""Signs by which what is shown of a name would not be what is written."""

from __future__ import annotations

import re

_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


def unseen(text: str) -> str | None:
    """The first control character, lone surrogate or sign that turns the direction of writing.

    >>> unseen("Yongbyon"), unseen("Yong\\x1b[2Kbyon")
    (None, 'U+001B')
    """
    found = _UNSEEN.search(text)
    return None if found is None else f"U+{ord(found.group()):04X}"


def told_unseen(what: str, sign: str) -> str:
    """The sentence that refuses a text with such a sign."""
    return (
        f"{what} contains {sign}, a control character or one that turns the direction of writing: "
        "what is shown would not be what is written. Remove it."
    )
