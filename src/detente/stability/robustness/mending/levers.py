"""What may be changed to make a bundle hold, or to break it: numbers that move, and their costs.

A lever frees one number of the file as a parameter, whose value leaves the file as it is. What a
change costs is what the file's `mend` says a unit of it costs; without that, the change is measured
by a range: the parameter's own, 0 to 1 for inspections and patience, and for amounts of money the
most that the bundle brings or costs a side against no agreement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING, Literal

from detente.errors import SummitError
from detente.stability.following.union import Interval

if TYPE_CHECKING:
    from detente.summit.summit import Summit

Kind = Literal["parameter", "payment", "inspections", "penalty", "patience", "term", "protocol"]
KINDS: tuple[Kind, ...] = (
    "parameter", "payment", "inspections", "penalty", "patience", "term", "protocol"
)  # fmt: skip
Freeing = Callable[["Summit"], tuple["Summit", str]]

SHARE = Interval(Fraction(0), Fraction(1))
AMOUNT = Interval(Fraction(0), None, True, False)
FACTOR = Interval(Fraction(0), Fraction(1), False, True)


@dataclass(frozen=True)
class Lever:
    """One number that may move.

    `name` : as `--lever` has it
    `free` : a summit → the same with the number as a parameter, and that parameter's name
    `now` : its value in the file
    `within` : the values that it may take
    `price` : what a change of one costs
    `scale` : the change that is all of its range
    `unit` : in which it is told, "" where there is none
    `parties` : who pays and is paid; whose breaches or patience it is
    `paid` : of a payment, `signature` or `compliance`
    """

    kind: Kind
    name: str
    free: Freeing = field(repr=False, compare=False)
    now: Fraction
    within: Interval
    price: Fraction
    scale: Fraction
    unit: str = ""
    parties: tuple[str, ...] = ()
    paid: str = ""

    def cost(self, value: Fraction) -> Fraction:
        """What it costs to bring it to a value."""
        return abs(value - self.now) * self.price


class Prices:
    """What changes cost in a file: as its `mend` says, else measured by ranges.

    `money` : the change of an amount of money that counts as one where the file says nothing
    """

    def __init__(self, summit: Summit, bundle: int) -> None:
        self.summit = summit
        self.spec = summit.file.mend
        self.money = _stakes(summit, bundle) if not summit.has_tree else Fraction(1)

    def of(self, said: str | None, scale: Fraction) -> Fraction | None:
        """The cost of a unit; None where it cannot be changed.

        `said` : what the file has for it
        `scale` : the change that counts as one where the file has nothing
        """
        if said is None:
            return None if self.spec.others == "never" else 1 / scale
        return None if said == "never" else self.summit.document.scope.constant(said, ("mend",))


def levers(summit: Summit, bundle: int, prices: Prices) -> Iterator[Lever]:
    """Every number of the file that may move, in order of kinds, then of the file."""
    yield from _parameters(summit, prices)
    if summit.has_tree:
        return
    yield from _payments(summit, bundle, prices)
    yield from _by_breacher(summit, prices)
    yield from _patience(summit, prices)


def _parameters(summit: Summit, prices: Prices) -> Iterator[Lever]:
    for name, known in summit.document.scope.parameters.items():
        if known.low is None or known.high is None or known.low == known.high:
            continue
        scale = known.high - known.low
        price = prices.of(prices.spec.parameters.get(name), scale)
        if price is not None:
            yield Lever(
                "parameter", name, _as_it_is(name), summit.document.scope.values[name],
                Interval(known.low, known.high), price, scale,
                summit.file.parameters[name].unit or "",
            )  # fmt: skip


def _payments(summit: Summit, bundle: int, prices: Prices) -> Iterator[Lever]:
    """From every party to every side; a party that moves nothing may pay all the same."""
    price = prices.of(prices.spec.payment, prices.money)
    if price is None:
        return
    pairs: list[Sequence[str]] = list(permutations(summit.sides, 2))
    pairs += [(p, s) for p in summit.file.observers for s in summit.sides]
    for payer, payee in pairs:
        for paid in ("signature", "compliance"):
            yield Lever(
                "payment", f"payment:{payer}:{payee}:{paid}", _payment(bundle, payer, payee, paid),
                Fraction(0), AMOUNT, price, prices.money, summit.file.unit or "",
                (payer, payee), paid,
            )  # fmt: skip


def _by_breacher(summit: Summit, prices: Prices) -> Iterator[Lever]:
    from detente.summit.variants import breachers, with_inspections, with_penalty

    for side in breachers(summit):
        price = prices.of(prices.spec.inspections, Fraction(1))
        if price is not None and not _all_seen(summit, side):
            yield Lever(
                "inspections", f"inspections:{side}", _of_side(with_inspections, side),
                Fraction(0), SHARE, price, Fraction(1), parties=(side,),
            )  # fmt: skip
        price = prices.of(prices.spec.penalty, prices.money)
        if price is not None:
            yield Lever(
                "penalty", f"penalty:{side}", _of_side(with_penalty, side), Fraction(0), AMOUNT,
                price, prices.money, summit.file.unit or "", (side,),
            )  # fmt: skip


def _patience(summit: Summit, prices: Prices) -> Iterator[Lever]:
    from detente.summit.variants import with_patience

    price = prices.of(prices.spec.patience, Fraction(1))
    for side in summit.sides if price is not None else ():
        try:
            freed, name = with_patience(summit, side)
        except SummitError:
            continue  # no whole years that could be discounted: `refusals` tells it
        assert price is not None
        yield Lever(
            "patience", f"patience:{side}", _of_side(with_patience, side),
            freed.document.scope.values[name], FACTOR, price, Fraction(1), parties=(side,),
        )  # fmt: skip


def refusals(summit: Summit) -> dict[str, str]:
    """Kind of lever → why there is none in this file."""
    from detente.summit.variants import breachers, with_patience

    if summit.has_tree:
        text = "the tree is written by hand, so that only its parameters can move."
        return {kind: text for kind in KINDS if kind != "parameter"}
    found = {}
    if not breachers(summit):
        found["inspections"] = found["penalty"] = "no side has anything to breach."
    try:
        with_patience(summit, summit.sides[0])
    except SummitError as error:
        found["patience"] = error.message
    return found


# ── how each is freed ──────────────────────────────────────────────────────────────────────────


def _as_it_is(name: str) -> Freeing:
    return lambda summit: (summit, name)


def _of_side(free: Callable[[Summit, str], tuple[Summit, str]], side: str) -> Freeing:
    return lambda summit: free(summit, side)


def _payment(bundle: int, payer: str, payee: str, paid: str) -> Freeing:
    from detente.summit.variants import with_payment

    when: Literal["signature", "compliance"] = "signature" if paid == "signature" else "compliance"
    return lambda summit: with_payment(summit, bundle, payer, payee, when)


# ── what the file has ──────────────────────────────────────────────────────────────────────────


def _all_seen(summit: Summit, side: str) -> bool:
    """Whether every breach of a side is surely seen already."""
    from detente.summit.walk import steps

    return all(
        spec.detected.strip() == "1"
        for placed in steps(summit.file)
        if placed.look is None and getattr(placed.step, "breaches", None) and placed.step.by == side  # type: ignore[union-attr]
        for spec in placed.step.breaches.values()  # type: ignore[union-attr]
    )


def _stakes(summit: Summit, bundle: int) -> Fraction:
    """The most that the bundle brings or costs a side against no agreement; of all, if nothing."""
    nothing = summit.breakdown()[: len(summit.sides)]

    def most(which: int) -> Fraction:
        worth = summit.values(which)
        return max(abs(w - n) for w, n in zip(worth, nothing, strict=False))

    return most(bundle) or max(map(most, range(len(summit.bundles)))) or Fraction(1)
