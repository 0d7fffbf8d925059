"""What the equilibria do that are followed along a parameter: rows for reading, and plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from detente.show.plain_table import Kind
from detente.stability.following.algebraic import Place, Root
from detente.stability.following.forms import value_of
from detente.stability.following.functions import Function, is_constant, parts
from detente.stability.following.lives import Life
from detente.stability.following.told import place_text
from detente.stability.following.union import Interval
from detente.stability.robustness.along.secret_lives import Deed, Followed
from detente.stability.words import plain

CLOSE = Fraction(1, 2**40)
"""How close to an irrational end a probability is told, relative to the end."""

COLUMNS: list[tuple[str, Kind]] = [
    ("values", "word"), ("signed", "text"), ("how likely", "word"), ("broken then", "word"),
]  # fmt: skip


def followed_rows(found: Followed, called: Callable[[str], str]) -> Iterator[list[str]]:
    """One row a bundle that is signed; one in all where nothing is.

    `called` : how a bundle is called
    """
    span = found.interval
    values = _values(span)
    if not found.deeds:
        yield [values, "nothing", "", ""]
    for deed in found.deeds:
        broken = "" if deed.broken is None else likely_text(deed.broken, span)
        yield [values, called(deed.bundle), likely_text(deed.signed, span), broken]
        values = ""


def _values(span: Interval) -> str:
    assert span.low is not None
    assert span.high is not None
    above = "" if span.low_closed else "above "
    below = "" if span.high_closed else "below "
    return f"{above}{place_text(span.low)} to {below}{place_text(span.high)}"


def likely_text(function: Function, span: Interval) -> str:
    """A probability; where it changes, what it is at the two ends."""
    if is_constant(function):
        return plain(value_of(function, Fraction(0)))
    assert span.low is not None
    assert span.high is not None
    ends = [_at(function, place) for place in (span.low, span.high)]
    return " → ".join(ends)


def _at(function: Function, place: Place) -> str:
    if isinstance(place, Root):
        close = place.within(CLOSE)
        return f"≈{float(value_of(function, (close.low + close.high) / 2)):.4g}"
    return plain(value_of(function, place))


def followed_data(found: Followed) -> dict[str, Any]:
    """As plain data: probabilities are quotients of polynomials in the parameter."""
    first = found.lives[0]
    return {
        "interval": found.interval.data(),
        "equilibria": len(found.lives),
        "certified_at": first.x,
        "bundles": [_deed_data(deed) for deed in found.deeds],
        "behavior": [_infoset_data(first, h) for h in range(len(first.solved.beliefs))],
    }


def _infoset_data(life: Life, h: int) -> dict[str, Any]:
    sets = life.game.infosets
    start = int(sets.action_start[h])
    actions = sets.actions(h)
    return {
        "player": life.game.players[int(sets.mover[h])],
        "infoset": sets.label[h],
        "actions": list(actions),
        "probabilities": [function_data(life.odds[start + a]) for a in range(len(actions))],
    }


def _deed_data(deed: Deed) -> dict[str, Any]:
    return {
        "bundle": deed.bundle,
        "signed": function_data(deed.signed),
        "broken": None if deed.broken is None else function_data(deed.broken),
    }


def function_data(function: Function) -> dict[str, Any]:
    """Coefficients, that of the constant first."""
    up, down = parts(function)
    return {"numerator": _coefficients(up), "denominator": _coefficients(down)}


def _coefficients(polynomial: Any) -> list[Fraction]:
    return [Fraction(int(c.p), int(c.q)) for c in polynomial.coeffs()] or [Fraction(0)]
