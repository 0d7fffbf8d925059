"""Concessions in instalments: the fastest schedule that both sides keep to, or why there is none.

Two sides concede by shares. Side i has delivered c_i so far, which costs it a_i c_i a period and
brings the other b_j c_i; it counts what comes a period later d_i times as much, and can deliver C_i
in all. A concession that lasts is never taken back; any other can be. Where a side does not do its
part, nobody gives anything more, and what can be taken back is.

Let r_i = a_i / (d_i b_i). Let S_i be what i has still to deliver before a period.

Both last. That a side keeps to the schedule at a step x_i means a_i x_i ≤ d_i U_i, U_i being the
discounted rest of its future less what it has for sure. Summed over all later steps this gives
S_i ≤ S_j' / r_i, S_j' being what j still has to deliver one period later. Twice applied: what is
left shrinks by a factor of at least r_1 r_2 in two periods. So there is a schedule only if
r_1 r_2 < 1, it never ends, and it can deliver X_1 and X_2 in all if and only if r_1 X_1 ≤ X_2 and
r_2 X_2 ≤ X_1. The fastest has equality throughout. For equal sides it is that of Lockwood and
Thomas (2002, Gradualism and Irreversibility, Review of Economic Studies 69): the first step is
C (1 - r) and C r^n is left after n steps. With turns taken it is the same with every second step.

Neither lasts. Each side compares the others' concession for one more period with all that follows,
so that levels hold for ever if and only if r_1 c_1 ≤ c_2 and r_2 c_2 ≤ c_1: at once, or never.

One lasts (side 1), the other is paid by the period (side 2). The payments end with what is left to
deliver: with s = a_1 / ((1 - d_1) d_1 b_1) and t = (1 - d_2) a_2 / (d_2 b_2), the sums obey
s S_1 ≤ (later payments) and t (payments) ≤ (later S_1), so that s t < 1 is needed, and is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from math import ceil
from typing import Literal

from detente.errors import GameError
from detente.stability.enforcement.repeated import FACTORS
from detente.stability.following.union import Union, everything, nothing, where
from detente.stability.words import plain

Order = Literal["together", "in turns"]
"""Both sides deliver in every period, or the first one in the first and then by turns."""
Step = tuple[Fraction, Fraction]
"""What the two sides deliver in a period: a share that lasts, or the level that is paid."""


@dataclass(frozen=True)
class Giver:
    """One of two sides that concede by shares.

    `cost` : to it, of all of its own concession, for each period
    `worth` : to it, of all of the other's
    `patience` : its discount factor of a period, below 1
    `most` : how much it can deliver, 1 being all
    `lasts` : whether what it has delivered is never taken back
    """

    name: str
    cost: Fraction
    worth: Fraction
    patience: Fraction
    most: Fraction = Fraction(1)
    lasts: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.patience < 1:
            raise GameError(
                f"{self.name}'s discount factor of a period is a number from 0 to below 1; found "
                f"{self.patience}."
            )
        if self.most < 0:
            raise GameError(f"{self.name} can deliver at least nothing; found {self.most}.")

    @property
    def price(self) -> Fraction | None:
        """How much of the other's concession, a period later, its own is worth; None: no amount."""
        if self.cost <= 0:
            return Fraction(0)
        value = self.patience * self.worth
        return self.cost / value if value > 0 else None


@dataclass(frozen=True)
class Instalments:
    """The fastest schedule that both sides keep to.

    `reached` : what each side has delivered in the end, or in the limit
    `steps` : in how many periods; None: without end, always less; 0: there is no schedule
    `ratio` : the factor by which what is left shrinks in two periods of an endless schedule
    `ahead` : periods at full payment before it shrinks, where one side is paid by the period
    `reason` : in one sentence, why it is so
    """

    first: Giver
    second: Giver
    order: Order
    reached: tuple[Fraction, Fraction]
    steps: int | None
    ratio: Fraction | None
    reason: str
    ahead: int = 0

    @property
    def exists(self) -> bool:
        """Whether anything is delivered."""
        return any(self.reached)

    @property
    def undone(self) -> tuple[Fraction, Fraction]:
        """What each side never delivers."""
        return (self.first.most - self.reached[0], self.second.most - self.reached[1])

    def schedule(self, count: int) -> tuple[Step, ...]:
        """What is delivered in the first periods: a step of what lasts, a level of what is paid.

        >>> from dataclasses import replace
        >>> side = Giver("A", Fraction(1), Fraction(4), Fraction(1, 2))
        >>> plan = instalments(side, replace(side, name="B"))
        >>> [str(step[0]) for step in plan.schedule(3)], plan.within(Fraction(1, 8))
        (['1/2', '1/4', '1/8'], 3)
        """
        return tuple(islice(self._steps(), count))

    def left(self, count: int) -> tuple[Fraction, Fraction]:
        """What each side has not delivered after some periods; of what is paid, not now paid."""
        given = self.schedule(count)
        found = []
        for i, side in enumerate(self._sides):
            steps = [step[i] for step in given]
            done = sum(steps, Fraction(0)) if side.lasts else next(reversed(steps), Fraction(0))
            found.append(side.most - done)
        return found[0], found[1]

    def within(self, share: Fraction) -> int | None:
        """The periods after which at most this share of what lasts, and will be done, is left.

        None where that never happens.
        """
        if not self.exists:
            return None
        lasting = [i for i, side in enumerate(self._sides) if side.lasts]
        rest = {i: self.reached[i] for i in lasting}
        count = 0
        for step in self._steps():
            if all(rest[i] <= share * self.reached[i] for i in lasting):
                break
            rest = {i: rest[i] - step[i] for i in lasting}
            count += 1
        return count

    @property
    def _sides(self) -> tuple[Giver, Giver]:
        return self.first, self.second

    def _steps(self) -> Iterator[Step]:
        if not self.exists or self.ratio is None:
            yield from _at_once(self)
        elif self.first.lasts and self.second.lasts:
            yield from _both_last(self)
        else:
            yield from _paid(self)


def instalments(first: Giver, second: Giver, order: Order = "together") -> Instalments:
    """The fastest schedule of two sides' concessions that both keep to, or why there is none."""
    found = _one_sided(first, second, order)
    if found is not None:
        return found
    r1, r2 = first.price, second.price
    assert r1 is not None
    assert r2 is not None
    if first.lasts != second.lasts:
        return _mixed(first, second, order)
    product = r1 * r2
    endless = first.lasts
    if product > 1 or (endless and product == 1):
        verb = "must cost less than" if endless else "may cost no more than"
        return Instalments(
            first, second, order, (Fraction(0), Fraction(0)), 0, None,
            f"what a side gives {verb} what it gets for it one period later; here the two together "
            f"ask for {plain(product)} times what they give, so that no step is worth its cost, "
            "however small.",
        )  # fmt: skip
    most = (min(first.most, second.most / r1), min(second.most, first.most / r2))
    if not endless:
        return Instalments(first, second, order, most, _turns(order), None, _PAID_AT_ONCE)
    return Instalments(first, second, order, most, None, product, _ENDLESS)


_ENDLESS = (
    "a last step would be given for nothing, so there is none: each step is a little smaller than "
    "what is still to come is worth."
)
_PAID_AT_ONCE = (
    "what can be taken back is held by the other's taking back: it holds at once, and smaller "
    "steps would not help."
)


def _one_sided(first: Giver, second: Giver, order: Order) -> Instalments | None:
    """Where a side gives for its own sake, or for nothing that the other could give."""
    zero = Fraction(0)
    given = [side.most if side.cost <= 0 else zero for side in (first, second)]
    free = [side for side in (first, second) if side.cost <= 0]
    hopeless = [side for side in (first, second) if side.price is None]
    if not free and not hopeless:
        return None
    if len(free) == 2:
        reason = "each side gains by what it gives itself."
    elif free:
        held = second if free[0] is first else first
        reason = (
            f"{free[0].name} gains by what it gives itself and would give it anyway, so that "
            f"{held.name} would give its part for nothing."
        )
    else:
        reason = f"{hopeless[0].name} gets nothing from the other's concession that it waits for."
    steps = _turns(order) if given[1] else int(given[0] > 0)
    return Instalments(first, second, order, (given[0], given[1]), steps, None, reason)


def _turns(order: Order) -> int:
    return 2 if order == "in turns" else 1


# ── both last, or neither ──────────────────────────────────────────────────────────────────────


def _at_once(plan: Instalments) -> Iterator[Step]:
    """All at a side's first turn; what is paid stays."""
    turns = (0, 1 if plan.order == "in turns" else 0)
    period = 0
    while True:
        given = [
            amount if period == turn or (period > turn and not side.lasts) else Fraction(0)
            for amount, turn, side in zip(plan.reached, turns, plan._sides, strict=True)
        ]
        yield given[0], given[1]
        period += 1


def _both_last(plan: Instalments) -> Iterator[Step]:
    """What is left of i after a period is r_j times what was left of j before it."""
    r1, r2 = plan.first.price, plan.second.price
    assert r1 is not None
    assert r2 is not None
    left1, left2 = plan.reached
    turn = 0
    while True:
        next1, next2 = r2 * left2, r1 * left1
        if plan.order == "in turns":
            next1, next2 = (next1, left2) if turn % 2 == 0 else (left1, next2)
        yield left1 - next1, left2 - next2
        left1, left2, turn = next1, next2, turn + 1


# ── one lasts, the other is paid by the period ─────────────────────────────────────────────────


def _mixed(first: Giver, second: Giver, order: Order) -> Instalments:
    worker, payer = (first, second) if first.lasts else (second, first)
    s, t = _rates(worker, payer, order)
    if s * t >= 1:
        return Instalments(
            first, second, order, (Fraction(0), Fraction(0)), 0, None,
            f"{worker.name}'s steps last and {payer.name} pays by the period: a payment that is "
            f"worth a step to {worker.name} costs {payer.name} {plain(s * t)} times what the next "
            "step brings it, so that no step is worth its price.",
        )  # fmt: skip
    done = worker.most if payer.most else Fraction(0)
    ahead = _ahead(done, s, t, payer.most, order) if done else 0
    reached = (done, Fraction(0)) if worker is first else (Fraction(0), done)
    reason = (
        f"{payer.name} pays only as long as something is still to come, and {worker.name} takes "
        "each step for the next payment: steps and payments get smaller without end, and the "
        "payments end with them."
    )
    return Instalments(first, second, order, reached, None, s * t, reason, ahead)


def _rates(worker: Giver, payer: Giver, order: Order) -> tuple[Fraction, Fraction]:
    """(Level that must be paid for a step of 1; next step that a level of 1 must be paid for)."""
    d, e = worker.patience, payer.patience
    s = worker.cost / ((1 - d) * d * worker.worth)
    t = (1 - e) * payer.cost / (e * payer.worth)
    # In turns a level is paid for two periods before it can be changed.
    return (s / (1 + d), t * (1 + e)) if order == "in turns" else (s, t)


def _ahead(done: Fraction, s: Fraction, t: Fraction, most: Fraction, order: Order) -> int:
    """How many payments are at their most before they get smaller.

    Without any, the first payment is s (1 - s t) times what is to be done. One at the most pays for
    a step of most / s. The count is the least after which no payment would be above the most; then
    the next step is at least t times the most, and worth paying it.
    """
    shrink = s * t
    if s * (1 - shrink) * done <= most:
        return 0
    later = 1 if order == "in turns" else 1 + shrink
    return max(ceil(done * s / most - later / (1 - shrink)), 1)


def _paid(plan: Instalments) -> Iterator[Step]:
    """What the worker delivers and the payer pays, in the order of the plan's sides."""
    worker, payer = plan._sides if plan.first.lasts else (plan.second, plan.first)
    s, t = _rates(worker, payer, plan.order)
    left = plan.reached[0 if plan.first.lasts else 1]
    work = _work_in_turns if plan.order == "in turns" else _work_together
    found = work(left, s, t, payer.most, plan.ahead)
    if plan.order == "in turns" and payer is plan.first:
        found = chain([(Fraction(0), Fraction(0))], found)  # nothing is owed before a step is taken
    for step, level in found:
        yield (step, level) if plan.first.lasts else (level, step)


def _work_together(
    left: Fraction, s: Fraction, t: Fraction, most: Fraction, ahead: int
) -> Iterator[Step]:
    """Steps and payments period by period; those of two periods later are s t times as large."""
    level = Fraction(0)
    for _ in range(ahead):
        yield most / s, level
        level, left = most, left - most / s
    step, following = (1 - s * t) * left - t * level, t * level
    while True:
        yield step, level
        step, following, level = following, s * t * step, s * step


def _work_in_turns(
    left: Fraction, s: Fraction, t: Fraction, most: Fraction, ahead: int
) -> Iterator[Step]:
    """A step, then the payment for it, which runs for two periods."""
    level = Fraction(0)
    for _ in range(ahead):
        yield most / s, level
        level, left = most, left - most / s
        yield Fraction(0), level
    step = (1 - s * t) * left
    while True:
        yield step, level
        level = s * step
        yield Fraction(0), level
        step = t * level


# ── patience ───────────────────────────────────────────────────────────────────────────────────


def patience(first: Giver, second: Giver, whole: bool = True) -> Union:
    """The discount factors, the same for both sides, at which there is a schedule.

    `whole` : one that delivers all that both can, payments by the period apart; else any
    """
    sides = (first, second)
    if any(min(side.cost, side.worth, side.most) <= 0 for side in sides):
        # What is given for its own sake is given at any patience, and nothing else is.
        glad = [side for side in sides if side.cost <= 0 and side.most]
        held = [side for side in sides if side.cost > 0 and side.most]
        return everything(FACTORS) if (not held if whole else glad) else nothing(FACTORS)
    relation = ">" if first.lasts or second.lasts else ">="
    costs, worths = first.cost * second.cost, first.worth * second.worth
    found = where([-costs, 0, worths], relation, FACTORS)
    if whole and first.lasts == second.lasts:
        for side, other in ((first, second), (second, first)):
            enough = [-side.cost * side.most, side.worth * other.most]
            found = found & where(enough, ">=", FACTORS)
    return found
