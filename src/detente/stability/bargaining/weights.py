"""How much each party counts in bargaining: as the user says, or by its patience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from math import lcm
from typing import Any

from detente.errors import NotSupported
from detente.stability.bargaining.points import Vector
from detente.stability.bargaining.problem import named_numbers
from detente.stability.words import listed, plain

MOST_DIGITS = 1000
"""Binary digits of a discount factor whose logarithm is compared exactly with another's."""


@dataclass(frozen=True)
class Weights:
    """One weight a party, above zero; only their ratios matter.

    `exact` : the weights where they are rational, else None
    `patience` : discount factors δ of a round, between 0 and 1; the weights are -1 / log δ. None
        where weights were given
    """

    exact: Vector | None
    patience: Vector | None = None

    @cached_property
    def equal(self) -> bool:
        """Whether all parties count alike."""
        return self.exact is not None and len(set(self.exact)) == 1

    def balls(self, bits: int) -> list[Any]:
        """The weights, each as a ball of Arb's that holds it."""
        from flint import arb, ctx

        with ctx.workprec(bits):
            if self.exact is not None:
                return [arb(w.numerator) / w.denominator for w in self.exact]
            assert self.patience is not None
            return [-1 / (arb(d.numerator) / d.denominator).log() for d in self.patience]

    def near(self) -> Vector:
        """Rational weights: the exact ones, or close to them."""
        if self.exact is not None:
            return self.exact
        return tuple(_middle(ball) for ball in self.balls(256))

    def among(self, parties: Sequence[int]) -> Weights:
        """The weights of some of the parties, by position."""
        return Weights(
            None if self.exact is None else tuple(self.exact[i] for i in parties),
            None if self.patience is None else tuple(self.patience[i] for i in parties),
        )

    def told(self, parties: Sequence[str]) -> str:
        """The weights in words, as shares of their sum."""
        if self.equal:
            return "all count alike"
        near = self.near()
        total = sum(near, Fraction(0))
        shares = [plain(w / total) for w in near]
        if self.exact is None:
            shares = ["≈" + share.removeprefix("≈") for share in shares]
        return listed([f"{p} {share}" for p, share in zip(parties, shares, strict=True)])


@cache
def equal_weights(num_parties: int) -> Weights:
    """All count alike."""
    return Weights((Fraction(1),) * num_parties)


def weights_of(given: Any, parties: Sequence[str], talks: Any = None) -> Weights:
    """The weights that were asked for.

    `given` : None (all alike), `patience`, or party → number above zero
    `talks` : where the discount factors of a round stand, for `patience`

    Where both parties make offers in turn and discount by δ a round, what they agree on tends to
    the Nash solution with weights -1 / log δ as offers follow each other ever faster (Rubinstein
    1982; Binmore, Rubinstein and Wolinsky 1986). It is the same for more parties that propose in
    turn and must all agree: a proposal of i leaves j what j would get by waiting, x_j = δ_j x'_j,
    and the product of x_j^(-1 / log δ_j) is the same for every proposer.

    Raises NotSupported for anything else, and for `patience` where a party is not impatient.
    """
    if given is None:
        return equal_weights(len(parties))
    if given == "patience":
        return by_patience(_factors(talks, parties), parties)
    if not isinstance(given, Mapping):
        raise NotSupported(
            "weights are 'patience', or one number above zero for each party, as in "
            f"'{parties[0]}=2'; found {given!r}."
        )
    values = named_numbers(given, parties, "a weight")
    if min(values) <= 0:
        low = parties[values.index(min(values))]
        raise NotSupported(
            f"a weight is above zero; found {min(values)} for {low}. Leave out with --parties who "
            "does not count."
        )
    return Weights(values)


def by_patience(factors: Sequence[Fraction], parties: Sequence[str]) -> Weights:
    """The weights -1 / log δ; rational where the logarithms are in rational ratios.

    >>> by_patience([Fraction(9, 10), Fraction(81, 100)], ["A", "B"]).exact
    (Fraction(2, 1), Fraction(1, 1))
    """
    for party, factor in zip(parties, factors, strict=True):
        if not 0 < factor < 1:
            raise NotSupported(
                f"weights by patience need everyone to count what comes a round later less; the "
                f"factor of {party} is {plain(factor)}. Give discount.per_round in the file, or "
                "weights in numbers."
            )
    return Weights(_rational(factors), tuple(factors))


def _rational(factors: Sequence[Fraction]) -> Vector | None:
    """The weights, where all factors are powers of one number; whole and small."""
    if len(set(factors)) == 1:
        return (Fraction(1),) * len(factors)
    if max(f.denominator.bit_length() for f in factors) > MOST_DIGITS:
        return None
    powers = [_powers(factor) for factor in factors]
    first = powers[0]
    prime = next(iter(first))
    ratios = []
    for other in powers:
        ratio = Fraction(other.get(prime, 0), first[prime])
        if not ratio or other != {p: k * ratio for p, k in first.items()}:
            return None
        ratios.append(1 / ratio)
    unit = lcm(*(r.denominator for r in ratios))
    return tuple(r * unit for r in ratios)


def _powers(factor: Fraction) -> dict[int, Fraction]:
    """Prime → its power in a fraction."""
    from flint import fmpz

    found: dict[int, Fraction] = {}
    for number, sign in ((factor.numerator, 1), (factor.denominator, -1)):
        for prime, power in fmpz(number).factor():
            found[int(prime)] = Fraction(sign * int(power))
    return found


def _factors(talks: Any, parties: Sequence[str]) -> list[Fraction]:
    """The discount factor of a round of each party, as the file has it."""
    from detente.game.expressions import ONE, evaluate

    plan = getattr(talks, "plan", None)
    if plan is None or talks.has_tree or not plan.patience:
        raise NotSupported(
            "weights by patience come from the discount factors of a round, and there are none "
            "here. Give discount.per_round in a summit file, or weights in numbers."
        )
    row = [plan.patience.get(party, ONE) for party in parties]
    return [Fraction(value) for value in evaluate(row, plan.document.scope.values)]


def _middle(ball: Any) -> Fraction:
    mantissa, exponent = ball.mid().man_exp()
    power = int(exponent)
    return Fraction(int(mantissa)) * (2**power if power >= 0 else Fraction(1, 2**-power))
