"""A bundle's concessions as shares: what the two sides that concede could do by instalments."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from detente.errors import NotSupported
from detente.stability.enforcement.instalments import Giver, Instalments, instalments, patience
from detente.stability.enforcement.stages import Repeated
from detente.stability.enforcement.yearly import Year
from detente.stability.following.union import Union
from detente.stability.words import counted, listed

if TYPE_CHECKING:
    from detente.summit.bundles import Levels


@dataclass(frozen=True)
class Shares:
    """A bundle of two sides' concessions, given by shares.

    Each side's whole concession costs it, and brings the other, what the file says of a period, and
    a share of it that share; what levels are worth only together goes with the other's concession.
    Amounts given once count for what lasts, spread over all periods.

    `plan` : the fastest schedule, both sides delivering in each period
    `needed` : the discount factors, the same for both, at which there is one that delivers all
    """

    bundle: str
    plan: Instalments
    needed: Union


def shares(repeated: Repeated, bundle: int) -> Shares:
    """The fastest schedule of shares for a bundle.

    Raises NotSupported, with the reason, where it is no exchange of two sides' concessions, where
    sides have types, and where patience is not known or nothing runs by the year.
    """
    if repeated.anew:
        raise NotSupported("nothing in this file runs by the year.")
    if repeated.summit.file.types:
        raise NotSupported("shares are followed only where no side has types.")
    year = Year(repeated.money, bundle)
    if not year.complying:
        raise NotSupported("chance always undoes a part of it.")
    joint = [t for t in sorted(year.conceded) if len(year.plan.conceders[t]) > 1]
    if joint:
        names = listed([year.plan.valuation.terms[t] for t in joint])
        raise NotSupported(f"several sides concede {names} together.")
    if len(year.conceding) != 2:
        raise NotSupported(
            f"shares are an exchange of two sides' concessions; here {_said(year.conceding)}."
        )
    first, second = (_giver(repeated, year, side) for side in year.conceding)
    return Shares(year.bundle.name, instalments(first, second), patience(first, second))


def _said(sides: tuple[str, ...]) -> str:
    if len(sides) == 1:
        return f"{sides[0]} alone concedes something"
    return f"{counted(len(sides))} sides concede something"


def _giver(repeated: Repeated, year: Year, side: str) -> Giver:
    known = repeated.patience(side)
    if known.factor is None:
        raise NotSupported(f"{side}'s patience is not known: {known.source}.")
    own = {t for t in year.conceded if year.plan.conceders[t] == (side,)}
    lasts = _lasts(year, own)
    if not lasts and any(_lasts(year, {t}) for t in own):
        raise NotSupported(f"only some of what {side} concedes can be taken back.")
    others_last = _lasts(year, set(year.conceded) - own)
    nothing = tuple([0] * len(year.signed))
    theirs = tuple([0 if t in own else level for t, level in enumerate(year.signed)])
    cost = _between(year, side, theirs, year.signed, known.factor if lasts else None)
    worth = _between(year, side, nothing, theirs, known.factor if others_last else None)
    return Giver(side, -cost, worth, known.factor, lasts=lasts)


def _lasts(year: Year, terms: set[int]) -> bool:
    """Whether all of these terms, at the levels signed, outlast the deal."""
    return all(year.ended[t] == year.signed[t] for t in terms)


def _between(
    year: Year, side: str, lower: Levels, upper: Levels, factor: Fraction | None
) -> Fraction:
    """What a period at some levels brings a side beyond one at others, chance at its average.

    `factor` : counts what is given once too, at the interest of this discount factor
    """
    at = year.parties.index(side)
    total = Fraction(0)
    for case in year.complying:
        total += case.chance * (year.flow(case, upper)[at] - year.flow(case, lower)[at])
        if factor is not None:
            once = year.once(case, upper)[at] - year.once(case, lower)[at]
            total += case.chance * (1 - factor) * once
    return total
