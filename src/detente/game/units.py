"""Units of payoffs and parameters: products of base units with whole exponents.

A base unit is any word (`M$`, `USD`, `warhead`, `year`), and its plural means the same. Nothing is
converted: millions of dollars and dollars are two base units, so that adding one to the other is
caught.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from detente.errors import ExpressionError

# Everyday words, whose capital letters do not count: 'Years' are years, but 'MW' is not 'mW'.
_COUNTED = ("year", "quarter", "month", "week", "day", "hour", "round", "point")
# Words that end in an s and are no plurals, besides those in -ss, -us and -is.
_SINGULAR = ("series", "species", "corps", "lens", "means", "news")

_SEPARATOR = re.compile(r"\s*([*·/])\s*")
_PER = re.compile(r"\s+per\s+|^per\s+")
_FACTOR = re.compile(r"([^\s*·/^()0-9+-][^\s*·/^()]*)(?:\^\(?(-?[0-9]{1,3})\)?)?")


@dataclass(frozen=True)
class Unit:
    """A product of base units, `factors` being (name, exponent) by name with no exponent zero.

    >>> str(Unit.parse("M$ per year") * Unit.parse("years"))
    'M$'
    >>> Unit.parse("1").dimensionless
    True
    """

    factors: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def parse(text: str) -> Unit:
        """Read a unit: words joined by `*`, `/` or `per`, with powers `^2`; empty is a pure number.

        Raises `ExpressionError` where a part is not a word with an optional power.

        >>> Unit.parse("M$*years/round^2")
        Unit(factors=(('M$', 1), ('round', -2), ('year', 1)))
        """
        return _parse(text)

    @property
    def dimensionless(self) -> bool:
        """Whether this is the unit of pure numbers."""
        return not self.factors

    def __mul__(self, other: Unit) -> Unit:
        return _product((*self.factors, *other.factors))

    def __truediv__(self, other: Unit) -> Unit:
        return self * other**-1

    def __pow__(self, exponent: int) -> Unit:
        return _product((name, power * exponent) for name, power in self.factors)

    def __str__(self) -> str:
        above = [_spell(name, power) for name, power in self.factors if power > 0]
        below = [_spell(name, -power) for name, power in self.factors if power < 0]
        return "/".join(["*".join(above) or "1", *below])


def _spell(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"


def _product(factors: Iterable[tuple[str, int]]) -> Unit:
    powers: dict[str, int] = {}
    for name, power in factors:
        powers[name] = powers.get(name, 0) + power
    return Unit(tuple(sorted((name, power) for name, power in powers.items() if power)))


@lru_cache(maxsize=1024)
def _parse(text: str) -> Unit:
    plain = _PER.sub("/", text.strip()).replace("**", "^")
    if not plain:
        return Unit()
    pieces = _SEPARATOR.split(plain.removeprefix("/") if plain.startswith("/") else plain)
    signs = [-1 if plain.startswith("/") else 1]
    signs += [-1 if separator == "/" else 1 for separator in pieces[1::2]]
    return _product(
        factor
        for sign, piece in zip(signs, pieces[::2], strict=True)
        for factor in _factor(piece, sign, text)
    )


def _factor(piece: str, sign: int, text: str) -> tuple[tuple[str, int], ...]:
    if piece == "1":
        return ()
    match = _FACTOR.fullmatch(piece)
    if match is None:
        found = f"found {piece!r}" if piece else "a part is missing"
        raise ExpressionError(
            f"{text!r} is not a unit: {found} where a word such as M$ or year is needed. "
            "Join words with '*', '/' or 'per' and write powers as ^2: M$/year, M$*year, person^2."
        )
    word, power = match.groups()
    return ((_base(word), sign * int(power or 1)),)


def _base(word: str) -> str:
    """The base unit that a word means: `weapons` are counted in `weapon`s.

    A word of four or more letters that ends in an s is a plural, with the exceptions above.
    """
    small = word.lower()
    plural = len(word) >= 4 and word.isalpha() and small[-1] == "s" and small[-2] not in "sui"
    if plural and small not in _SINGULAR:
        word = word[:-3] + "y" if small.endswith("ies") else word[:-1]
    return word.lower() if word.lower() in _COUNTED else word
