"""A deal that is renewed period after period: what keeps a side from cheating, exactly.

In each period every side complies or cheats. Then an alarm rings, in public, with a probability
that hangs on whether somebody cheated. After an alarm nobody delivers for some periods, or for
ever; then the deal is taken up again. Nobody knows whether an alarm was deserved.

With d the discount factor of a period, R what a side gets in a period in which all comply, P in one
of punishment, K = R - P, G what cheating adds in its period, q and a the probabilities of an alarm
after cheating and without it, c what being caught costs on average, e what each alarm costs, and
Y = d + … + d^n over the n periods of punishment, the value of a deal that runs is

    V = R - a e + d ((1 - a) V + a V'),   V - V' = (Y / d) (K - a e) / (1 + a Y),

V' being the value at the start of a punishment. Cheating in one period does not pay where

    (q - a) (e + Y K) ≥ (G - c) (1 + a Y).

This is the one-shot deviation principle (Abreu 1988) for public strategies of trigger type (Green
and Porter 1984; Friedman 1971 where all is seen). For n without end and e = c = 0 it is
d ≥ G / ((q - a) K + (1 - a) G), and d ≥ G / (G + K) where cheating is seen for sure. Here every
condition is a polynomial in any one of d, q, a and the penalty, so that each set is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction
from functools import reduce

from detente.errors import GameError
from detente.stability.enforcement.polynomial import UNKNOWN, Polynomial, Quantity, coefficients
from detente.stability.following.union import Interval, Union, everything, where

CHANCES = Interval(Fraction(0), Fraction(1))
"""Where a probability lies."""
FACTORS = Interval(Fraction(0), Fraction(1), True, False)
"""Where a discount factor lies: an endless future without discount has no value."""
COSTS = Interval(Fraction(0), None, True, False)
"""Where a penalty lies."""
LONGEST = 200
"""Periods of a finite punishment, at most: conditions are polynomials of that degree."""


@dataclass(frozen=True)
class Look:
    """One breach that may be seen: the alarm rings with probability `detected`; then it `costs`."""

    detected: Fraction
    costs: Fraction = Fraction(0)


@dataclass(frozen=True)
class Way:
    """One way that cheating may go, chance having decided the rest.

    `chance` : how likely it is
    `gain` : what it adds in its period to what complying brings
    `looks` : one for each breach, seen or not independently of the others
    `ending` : what ending the deal costs then beyond what it costs after a false alarm
    `mistaken` : how likely an alarm rings on account of what is complied with all the same
    """

    gain: Fraction
    looks: tuple[Look, ...]
    chance: Fraction = Fraction(1)
    ending: Fraction = Fraction(0)
    mistaken: Fraction = Fraction(0)


@dataclass(frozen=True)
class Temptation:
    """One way to cheat within a period: the moves that break the deal."""

    moves: tuple[str, ...]
    ways: tuple[Way, ...]

    @classmethod
    def of(
        cls,
        gain: Fraction | int,
        detected: Fraction | int = 1,
        costs: Fraction | int = 0,
        move: str = "cheat",
    ) -> Temptation:
        """A breach that adds `gain`, is seen with a probability, and then costs something."""
        return cls((move,), (Way(Fraction(gain), (Look(Fraction(detected), Fraction(costs)),)),))

    @property
    def gain(self) -> Fraction:
        """What it adds in its period, on average."""
        return sum((way.chance * way.gain for way in self.ways), Fraction(0))

    @property
    def detected(self) -> Fraction:
        """How likely it is seen."""
        return coefficients(_total([way.chance * _rings(way, None) for way in self.ways]))[0]

    @property
    def costs(self) -> Fraction:
        """What being caught costs, on average over being caught or not."""
        return coefficients(self.fine(None, 0))[0]

    def alarm(self, quality: Quantity | None) -> Quantity:
        """How likely an alarm rings then; `quality` takes the place of every `detected`."""
        return _total([way.chance * _alarmed(way, quality) for way in self.ways])

    def fine(self, quality: Quantity | None, penalty: Quantity) -> Quantity:
        """What being caught costs, on average; `penalty` is due besides, once for all breaches."""
        parts: list[Quantity] = []
        for way in self.ways:
            each = [look.costs * _seen(look, quality) for look in way.looks]
            ended = _alarmed(way, quality) * way.ending
            parts.append(way.chance * (_total(each) + ended + _rings(way, quality) * penalty))
        return _total(parts)


def _seen(look: Look, quality: Quantity | None) -> Quantity:
    return look.detected if quality is None else quality


def _rings(way: Way, quality: Quantity | None) -> Quantity:
    missed: Quantity = Fraction(1)
    for look in way.looks:
        missed = missed * (1 - _seen(look, quality))
    return 1 - missed


def _alarmed(way: Way, quality: Quantity | None) -> Quantity:
    return 1 - (1 - _rings(way, quality)) * (1 - way.mistaken)


def _total(parts: Iterable[Quantity]) -> Quantity:
    found: Quantity = Fraction(0)
    for part in parts:
        found = found + part
    return found


@dataclass(frozen=True)
class Stage:
    """What a period brings one side.

    `reward` : if all comply
    `punishment` : in a period of punishment
    `temptations` : its ways to cheat, each alone
    `ending` : what each alarm costs it, deserved or not
    `lone` : in a period of punishment in which it alone goes on delivering; None: not asked
    `noise` : how likely an alarm rings although all comply, as the file has it
    `case` : which outcome of chance, or which types, this is about

    >>> dilemma = Stage.of("A", reward=3, temptation=5, punishment=1)
    >>> patience(dilemma).text("d"), patience(dilemma, Rule(length=1)).text("d")
    ('d ≥ 0.5', 'no d')
    >>> watched = Stage.of("A", reward=3, temptation=5, punishment=1, detected=Fraction(4, 5))
    >>> patience(watched, Rule(false_alarm=Fraction(1, 10))).infimum
    Fraction(5, 8)
    """

    side: str
    reward: Fraction
    punishment: Fraction
    temptations: tuple[Temptation, ...]
    ending: Fraction = Fraction(0)
    lone: Fraction | None = None
    noise: Fraction = Fraction(0)
    case: str = ""

    @classmethod
    def of(
        cls,
        side: str,
        reward: Fraction | int,
        temptation: Fraction | int,
        punishment: Fraction | int,
        detected: Fraction | int = 1,
        costs: Fraction | int = 0,
        lone: Fraction | int | None = None,
    ) -> Stage:
        """A stage with one way to cheat, from the four payoffs of a prisoners' dilemma."""
        cheating = Temptation.of(Fraction(temptation) - reward, detected, costs)
        alone = None if lone is None else Fraction(lone)
        return cls(side, Fraction(reward), Fraction(punishment), (cheating,), lone=alone)

    @property
    def stake(self) -> Fraction:
        """What a period of the deal brings beyond one of punishment."""
        return self.reward - self.punishment

    @property
    def credible(self) -> bool | None:
        """Whether it takes part in the punishment by its own interest."""
        return None if self.lone is None else self.lone <= self.punishment


@dataclass(frozen=True)
class Rule:
    """How cheating is answered.

    `length` : periods of punishment, None for ever
    `false_alarm` : how likely an alarm rings in a period in which all comply

    Raises GameError for a probability outside 0 to 1, and for a length that is none or too long.
    """

    length: int | None = None
    false_alarm: Fraction = field(default=Fraction(0))

    def __post_init__(self) -> None:
        if not 0 <= self.false_alarm <= 1:
            raise GameError(
                f"the chance of a false alarm is a number from 0 to 1; found {self.false_alarm}."
            )
        if self.length is not None and not 0 <= self.length <= LONGEST:
            raise GameError(
                f"a punishment lasts a whole number of periods from 0 to {LONGEST}, or for ever; "
                f"found {self.length}."
            )


def margin(
    stage: Stage,
    temptation: Temptation,
    rule: Rule,
    patience: Quantity,
    quality: Quantity | None = None,
    false_alarm: Quantity | None = None,
    penalty: Quantity = 0,
) -> Quantity:
    """A quantity with the sign of what complying brings beyond this temptation.

    One of `patience`, `quality`, `false_alarm` and `penalty` may be the unknown.
    """
    noise = rule.false_alarm if false_alarm is None else false_alarm
    alarm = temptation.alarm(quality)
    tempting = temptation.gain - temptation.fine(quality, penalty)
    # For ever, Y = d / (1 - d): both sides of the condition are multiplied by 1 - d.
    base: Quantity = 1 - patience if rule.length is None else Fraction(1)
    worth = patience if rule.length is None else _future(patience, rule.length)
    kept = (alarm - noise) * (base * stage.ending + worth * stage.stake)
    return kept - tempting * (base + noise * worth)


def _future(patience: Quantity, length: int) -> Quantity:
    """d + … + d^n."""
    if isinstance(patience, Polynomial) and patience == UNKNOWN:
        return Polynomial((Fraction(0), *[Fraction(1)] * length))
    return _total(patience**k for k in range(1, length + 1))  # type: ignore[operator]


# ── the sets ───────────────────────────────────────────────────────────────────────────────────


def holds(stage: Stage, patience: Fraction, rule: Rule | None = None) -> bool:
    """Whether no way to cheat pays at this discount factor."""
    rule = rule or Rule()
    found = [margin(stage, t, rule, patience) for t in stage.temptations]
    return all(coefficients(value)[0] >= 0 for value in found)


def patience(stage: Stage, rule: Rule | None = None) -> Union:
    """The discount factors of a period at which the side does not cheat."""
    rule = rule or Rule()
    return _where(stage, FACTORS, lambda t: margin(stage, t, rule, UNKNOWN))


def detection(stage: Stage, patience: Fraction, rule: Rule | None = None) -> Union:
    """The probabilities of detection, the same for each breach, at which it does not cheat."""
    rule = rule or Rule()
    return _where(stage, CHANCES, lambda t: margin(stage, t, rule, patience, quality=UNKNOWN))


def false_alarms(stage: Stage, patience: Fraction, rule: Rule | None = None) -> Union:
    """The probabilities of a false alarm at which the side does not cheat."""
    rule = rule or Rule()
    alone = one_alarm(stage, Fraction(0))
    return _where(alone, CHANCES, lambda t: margin(alone, t, rule, patience, false_alarm=UNKNOWN))


def one_alarm(stage: Stage, noise: Fraction) -> Stage:
    """With one alarm for all, which rings by mistake only where nobody cheats."""
    quiet = [
        replace(t, ways=tuple([replace(way, mistaken=Fraction(0)) for way in t.ways]))
        for t in stage.temptations
    ]
    return replace(stage, temptations=tuple(quiet), noise=noise)


def penalty(stage: Stage, patience: Fraction, rule: Rule | None = None) -> Union:
    """What being caught must cost besides, at once, for the side not to cheat."""
    rule = rule or Rule()
    return _where(stage, COSTS, lambda t: margin(stage, t, rule, patience, penalty=UNKNOWN))


def _where(
    stage: Stage, within: Interval, condition: Callable[[Temptation], Quantity]
) -> Union:
    found = everything(within)
    for temptation in stage.temptations:
        found = found & where(coefficients(condition(temptation)), ">=", within)
    return found


# ── how long ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Lengths:
    """The lengths of punishment that keep a side from cheating: `shortest` to `longest`.

    `shortest` : None where no number of periods does
    `longest` : None where it may last for ever
    `for_ever` : whether it must, no number of periods being enough
    """

    shortest: int | None
    longest: int | None = None
    for_ever: bool = False

    @property
    def endless(self) -> bool:
        """Whether a punishment for ever does."""
        return self.for_ever or (self.shortest is not None and self.longest is None)

    def __and__(self, other: Lengths) -> Lengths:
        none = Lengths(None, for_ever=self.endless and other.endless)
        if self.shortest is None or other.shortest is None:
            return none
        low = max(self.shortest, other.shortest)
        ends = [end for end in (self.longest, other.longest) if end is not None]
        high = min(ends) if ends else None
        return none if high is not None and low > high else Lengths(low, high)


def lengths(stage: Stage, patience: Fraction, false_alarm: Fraction = Fraction(0)) -> Lengths:
    """The numbers of periods of punishment at which the side does not cheat.

    Of trigger strategies those with the shortest punishment that does it are the best for all
    sides: nobody cheats, and a false alarm costs the least.
    """
    found = Lengths(0)
    for temptation in stage.temptations:
        at_once, by_stake = _line(stage, temptation, false_alarm)
        found = found & _between(at_once, by_stake, patience)
    return found


def _line(
    stage: Stage, temptation: Temptation, false_alarm: Fraction
) -> tuple[Fraction, Fraction]:
    """The margin as A + B Y: (A, B)."""
    rule = Rule(1, false_alarm)
    # With one period of punishment Y is the discount factor.
    at = coefficients(margin(stage, temptation, rule, UNKNOWN))
    return at[0], at[1] if len(at) > 1 else Fraction(0)


def _between(at_once: Fraction, by_stake: Fraction, patience: Fraction) -> Lengths:
    """The n at which A + B (d + … + d^n) ≥ 0."""
    if at_once >= 0 and by_stake >= 0:
        return Lengths(0)
    if by_stake == 0 or (at_once < 0 and by_stake < 0):
        return Lengths(None)
    needed = -at_once / by_stake
    if at_once < 0:
        enough = _least(needed, patience)
        limit = patience / (1 - patience)
        return Lengths(enough, for_ever=enough is None and needed == limit)
    shortest = _least(needed, patience)
    if shortest is None:
        return Lengths(0)
    exact = _sum(patience, shortest) == needed
    return Lengths(0, shortest if exact else shortest - 1)


def _least(needed: Fraction, patience: Fraction) -> int | None:
    """The least n at which d + … + d^n reaches a positive amount; None where none does."""
    if patience >= 1:
        return -(-needed.numerator // needed.denominator)
    if patience <= 0 or needed >= patience / (1 - patience):
        return None
    # d^n ≤ 1 - needed (1 - d) / d
    with localcontext() as context:
        context.prec = 60
        left = _decimal(1 - needed * (1 - patience) / patience)
        guess = left.ln() / _decimal(patience).ln()
        nearest = int(guess.to_integral_value())
        if abs(guess - nearest) > Decimal(10) ** -20 * max(nearest, 1):
            return max(int(guess.to_integral_value(ROUND_CEILING)), 1)
    # So close to a whole number that only exact powers tell.
    reached = nearest > 0 and _sum(patience, nearest) >= needed
    return max(nearest if reached else nearest + 1, 1)


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _sum(patience: Fraction, length: int) -> Fraction:
    return patience * (1 - patience**length) / (1 - patience)


def value(stage: Stage, patience: Fraction, rule: Rule) -> Fraction:
    """What the running deal brings the side a period, on average, false alarms included.

    The discounted sum over all periods times 1 - d.
    """
    noise = rule.false_alarm
    for_ever = rule.length is None
    worth = patience / (1 - patience) if for_ever else _sum(patience, rule.length or 0)
    lost = (stage.stake - noise * stage.ending) / (1 + noise * worth)
    return stage.punishment + lost


def common(unions: Sequence[Union], within: Interval) -> Union:
    """What is in all of them."""
    return reduce(lambda a, b: a & b, unions, everything(within))
