"""A verdict on one bundle at one draw of the parameters, as bits."""

from __future__ import annotations

from typing import Final

ACCEPTABLE: Final = 1
HONOURED: Final = 2
STABLE: Final = 4
UNDECIDED: Final = 8
"""Whether it is stable is not decided."""
INVALID: Final = 16
"""There is no such game: a probability or a discount factor is none, or something is divided by
zero. No other bit is set."""
SELECTED: Final = 32
"""The talks as written settle on it in some equilibrium."""
UNTOLD: Final = 64
"""Whether they do is not decided."""

MEANING: Final = {
    "acceptable": ACCEPTABLE,
    "honoured": HONOURED,
    "stable": STABLE,
    "undecided": UNDECIDED,
    "invalid": INVALID,
    "selected": SELECTED,
    "selection undecided": UNTOLD,
}
"""What each bit says, for those who read the files."""


def bits_of(acceptable: bool | None, honoured: bool | None, stable: bool | None) -> int:
    """What is said of a bundle by itself, leaving out what the talks as written do."""
    found = ACCEPTABLE * bool(acceptable) | HONOURED * bool(honoured)
    return found | (UNDECIDED if stable is None else STABLE * bool(stable))


def selection_of(selected: bool | None) -> int:
    """Whether the talks as written settle on a bundle."""
    return UNTOLD if selected is None else SELECTED * bool(selected)
