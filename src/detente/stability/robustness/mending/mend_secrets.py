"""Where along one lever the aim is reached although sides do not see everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from detente.stability.case import Source
from detente.stability.following.along import Along, joined
from detente.stability.following.union import Interval, Union
from detente.stability.robustness.along.axes import Settled
from detente.stability.robustness.mending.levers import Lever
from detente.stability.robustness.mending.turning_at import Turn

if TYPE_CHECKING:
    from detente.stability.robustness.mending.mend_search import Question

FURTHEST = 4
"""Times what counts as one, up to which amounts are followed."""


def where_hidden(
    source: Source, bundle: int, name: str, lever: Lever, question: Question,
    tell: Callable[[str], None],
) -> tuple[Union, Sequence[Interval]]:  # fmt: skip
    """The values at which the aim is reached, and those of which that is not proved.

    Proved of all sequential equilibria, as `thresholds` says of one parameter.
    """
    from detente.stability.robustness.along.secret_axes import Proofs, SecretFollower

    follower = SecretFollower(source, (bundle,), source.deadline)
    follower.tell = tell
    within, proofs = lever.within, Proofs()
    if within.high is None:
        within = Interval(within.low, lever.now + FURTHEST * lever.scale)
    found: list[Along] = []
    follower.verdicts(name, within, proofs, found)
    along = found[0]
    stands = along.where(lambda there: question.stands(there) is True)
    falls = along.where(lambda there: question.stands(there) is False)
    if question.selected:
        chosen, passed = settled_on(follower.settlement(name, within, proofs), bundle, within)
        stands, falls = stands & chosen, falls | passed
    unproved = [part for parts in proofs.unproved.values() for part in parts]
    return (stands if question.aim == "hold" else falls), unproved


def settled_on(pieces: Iterable[Settled], bundle: int, within: Interval) -> tuple[Union, Union]:
    """Where the talks as written may settle on a bundle, and where not."""
    known = [(piece.interval, piece.signed) for piece in pieces if piece.signed is not None]
    inside = (at for at, signed in known if bundle in signed)
    outside = (at for at, signed in known if bundle not in signed)
    return joined(inside, within), joined(outside, within)


def meets(part: Interval, now: Fraction, turn: Turn) -> bool:
    """Whether an interval has a value between now and a turn, the turn itself apart."""
    up = turn.bound > now
    if up:
        return (part.low is None or part.low < turn.bound) and (
            part.high is None or part.high > now
        )
    return (part.high is None or part.high > turn.bound) and (part.low is None or part.low < now)
