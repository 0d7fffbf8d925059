"""What a summit file asks of its numbers wherever its parameters are: what makes it a game at all.

The checks of a file see to this at the values that it gives. Whoever moves a parameter has to ask
again, and of the whole file: a probability that is none in one bundle leaves no game for any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from detente.files.yaml import Path
from detente.game.expressions import Expr, total
from detente.summit.binding import Binder
from detente.summit.bundles import Bundles
from detente.summit.check_formulas import chances, feasible, settings_of
from detente.summit.walk import worths

if TYPE_CHECKING:
    from detente.summit.reading import SummitDocument


class Kind(Enum):
    """What an expression must be."""

    FLOOR = "at least zero"
    POSITIVE = "above zero"
    ZERO = "zero"


@dataclass(frozen=True)
class Demand:
    """What must hold of an expression of parameters; `fault` says what is wrong otherwise."""

    expression: Expr
    kind: Kind
    fault: str

    def holds(self, sign: int) -> bool:
        """Whether it holds where the expression has this sign."""
        if self.kind is Kind.ZERO:
            return sign == 0
        return sign > 0 or (sign == 0 and self.kind is Kind.FLOOR)


def demands(document: SummitDocument) -> tuple[Demand, ...]:
    """All that hang on a parameter, each once."""
    found = [*_probabilities(document), *_factors(document), *_times(document)]
    return tuple(dict.fromkeys(d for d in found if d.expression.parameters))


def _probabilities(document: SummitDocument) -> Iterator[Demand]:
    if document.file.tree is not None:
        return  # the game has them all
    binder, bundles = Binder(document.scope.choices), feasible(document)
    for group, when, sums in chances(document):
        exprs = [expr for _, _, expr in group]
        conditions = [] if when is None else [when]
        for setting in settings_of(document, bundles, [*exprs, *conditions]):
            if when is not None and not binder.holds(when, setting):
                continue
            bound = [binder(expr, setting) for expr in exprs]
            for probability in bound:
                yield Demand(probability, Kind.FLOOR, "a probability is below zero")
                yield Demand(1 - probability, Kind.FLOOR, "a probability is above one")
            if sums:
                yield Demand(total(bound) - 1, Kind.ZERO, "probabilities do not sum to one")


def _factors(document: SummitDocument) -> Iterator[Demand]:
    """Discount factors, those a year included, of every type."""
    binder = Binder(document.scope.choices)
    for kind in ("per_round", "per_year"):
        for party, text in getattr(document.file.discount, kind).items():
            factor = document.scope.number(text, ("discount", kind, party))
            for setting in settings_of(document, Bundles({}, ((),), (), {}), [factor]):
                one = binder(factor, setting)
                yield Demand(one, Kind.POSITIVE, "a discount factor is not above zero")
                yield Demand(1 - one, Kind.FLOOR, "a discount factor is above one")


def _times(document: SummitDocument) -> Iterator[Demand]:
    """Lengths of time that are given as formulas."""
    file = document.file
    lengths: list[tuple[str, Path]] = [(file.snap_back.after, ("snap_back", "after"))]
    if file.horizon is not None:
        lengths.append((file.horizon, ("horizon",)))
    for path, worth in worths(file):
        lengths += [
            (amount.years, (*path, party, "years"))
            for party, amount in worth.items()
            if amount.years is not None
        ]
    for text, path in lengths:
        years = document.scope.years(text, path)
        yield Demand(years, Kind.FLOOR, "a time is negative")
