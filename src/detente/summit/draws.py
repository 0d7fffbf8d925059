"""The types that sides may be of, and how likely they are together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from detente.game.expressions import ONE, Expr, evaluate

if TYPE_CHECKING:
    from detente.summit.reading import SummitDocument


@dataclass(frozen=True)
class Draw:
    """One way in which the types may fall out.

    `types` : side → its type, of the sides that have types
    `probability` : how likely, at the parameters' values
    `formula` : the same as an expression of the parameters
    `setting` : side → position of its type
    """

    types: Mapping[str, str]
    probability: Fraction
    formula: Expr
    setting: Mapping[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{side} {name}" for side, name in self.types.items())

    def called(self, side: str) -> str:
        """The side with its type, as a label of its own moves names it."""
        return f"{side} ({self.types[side]})" if side in self.types else side


def draws_of(document: SummitDocument) -> tuple[Draw, ...]:
    """Every combination of types, in the order of the file; one that is empty without types.

    With a joint prior only the combinations that it lists, those of probability zero included.
    """
    scope, file = document.scope, document.file
    if file.prior:
        listed = [
            ({side: case.types[side] for side in file.types}, (scope.number(
                case.probability, ("prior", i, "probability")
            )))
            for i, case in enumerate(file.prior)
        ]
        order = {side: list(types) for side, types in file.types.items()}
        listed.sort(key=lambda found: [order[side].index(t) for side, t in found[0].items()])
    else:
        listed = []
        for names in product(*file.types.values()):
            types = dict(zip(file.types, names, strict=True))
            formula = ONE
            for side, name in types.items():
                text = file.types[side][name].prior
                assert text is not None  # a rule of the format
                formula = formula * scope.number(text, ("types", side, name, "prior"))
            listed.append((types, formula))
    values = evaluate([formula for _, formula in listed], scope.values)
    return tuple(
        Draw(types, value, formula, {s: scope.types[s].index(t) for s, t in types.items()})
        for (types, formula), value in zip(listed, values, strict=True)
    )


def marginals(
    types: Mapping[str, tuple[str, ...]], draws: tuple[Draw, ...]
) -> dict[str, dict[str, Fraction]]:
    """Side → type → how likely it is, whatever the others are."""
    found = {side: dict.fromkeys(names, Fraction(0)) for side, names in types.items()}
    for draw in draws:
        for side, name in draw.types.items():
            found[side][name] += draw.probability
    return found
