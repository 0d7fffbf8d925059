"""What equilibria do, carried along while they are followed: who signs, who breaks, what is agreed.

A kind of marks says what is known at an end of play, what passing a node adds, and how the outcomes
of a move of chance go together. What is carried for a payoff vector is the set of all that the
equilibria paying it do.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

NOWHERE, PARTLY, SURELY = 0, 1, 2
"""Whether a signature is reached: under no outcome of chance, under some, under all."""

Doing: TypeAlias = frozenset[tuple[int, bool]]
"""(whether it is signed, whether a side breaks it): one pair for each thing that may be done."""


class Marks(Protocol):
    """One question about equilibria, asked from the ends of play on."""

    start: Any

    def passing(self, node: int, known: Any) -> Any:
        """What is known from the node on, given what is known after it."""

    def weighed(self, known: Any, likely: bool) -> Any:
        """What of an outcome of chance counts, where its probability is above zero or not."""

    def together(self, one: Any, other: Any) -> Any:
        """Of two outcomes of the same move of chance."""

    def either(self, one: Any, other: Any) -> Any:
        """Of two groups of equilibria."""


class Course:
    """Whether the signature is reached, and whether what was signed is broken.

    Outcomes of chance of probability zero count like the others.

    `signed`, `broken` : the nodes at which it is
    """

    start: Doing = frozenset({(NOWHERE, False)})

    def __init__(self, signed: frozenset[int], broken: frozenset[int]) -> None:
        self.signed = signed
        self.broken = broken

    def passing(self, node: int, known: Doing) -> Doing:
        """Arriving at a signature or a breach."""
        if node in self.broken:
            known = frozenset((signed, True) for signed, _ in known)
        if node in self.signed:
            known = frozenset((SURELY, broken) for _, broken in known)
        return known

    def weighed(self, known: Doing, likely: bool) -> Doing:
        """All of it."""
        return known

    def together(self, one: Doing, other: Doing) -> Doing:
        """Both happen, under different outcomes."""
        return _together(one, other)

    def either(self, one: Doing, other: Doing) -> Doing:
        """The one or the other."""
        return one | other


@lru_cache(maxsize=4096)
def _together(one: Doing, other: Doing) -> Doing:
    return frozenset(
        (mine if mine == theirs else PARTLY, by | too)
        for mine, by in one
        for theirs, too in other
    )


class Settling:
    """Which bundles some equilibrium signs with positive probability, as a set of bits.

    `signed` : node → the bit of the bundle signed there
    """

    start = 0

    def __init__(self, signed: Mapping[int, int]) -> None:
        self.signed = signed

    def passing(self, node: int, known: int) -> int:
        """Arriving at a signature."""
        return known | self.signed.get(node, 0)

    def weighed(self, known: int, likely: bool) -> int:
        """Nothing of what has probability zero."""
        return known if likely else 0

    def together(self, one: int, other: int) -> int:
        """Either outcome may come."""
        return one | other

    def either(self, one: int, other: int) -> int:
        """Either equilibrium may be played."""
        return one | other
