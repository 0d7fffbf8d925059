"""What inspections of given quality are worth: payoffs as functions of how likely cheating is seen.

All breaches of one side are seen with the same probability, and that runs from 0 to 1. What every
party then gets in equilibrium is a function of it in exact pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from detente.errors import NotSupported
from detente.game.tree import Game
from detente.stability.case import Source
from detente.stability.following.union import Interval
from detente.stability.reasons import consent_path
from detente.stability.robustness.worths.payoffs import Curve, Paid, Removed, curves, paid
from detente.stability.verdict import Range

if TYPE_CHECKING:
    from detente.summit.summit import Summit

TALKS = ""
"""Where the talks as written are meant, not one bundle."""
CERTAIN = Interval(Fraction(0), Fraction(1))


@dataclass(frozen=True)
class Inspected:
    """What one party gets, along the probability that breaches of one side are seen.

    `inspected` : that side
    `where` : a bundle, by name, from its signature on (under hidden information, from its being on
        the table); `TALKS` for the talks as written, from the start
    `party` : whose payoffs these are
    `none`, `file`, `perfect` : what it gets where nothing is ever seen, as the file has it, and
        where everything is seen
    `curve` : what it gets at each probability; None under hidden information
    `complete` : whether all equilibria are known, or the extreme ones
    """

    inspected: str
    where: str
    party: str
    none: Range
    file: Range
    perfect: Range
    curve: Curve | None = None
    complete: bool = True

    def gain(self, quality: Fraction | None = None) -> Range:
        """What inspections are worth against none; those of the file unless a quality is given.

        The least and greatest, whichever equilibria are compared. Raises NotSupported for a quality
        under hidden information.
        """
        if quality is None:
            return difference(self.file, self.none)
        if self.curve is None:
            raise NotSupported("under hidden information payoffs are not followed along quality.")
        return difference(self.curve.at(quality), self.none)


def difference(after: Range, before: Range) -> Range:
    """The least and greatest change, each way round."""
    return after[0] - before[1], after[1] - before[0]


@dataclass(frozen=True)
class Place:
    """A node whose payoffs are asked for: a signed bundle, or the start of the talks.

    `where` : the bundle's name, or `TALKS`
    """

    where: str
    game: Game
    node: int

    def paid(self, removed: Removed | None = None, deadline: float | None = None) -> Paid:
        """What every party gets from there on."""
        return paid(self.game, self.node, removed, deadline)


def places(
    source: Source, bundles: Sequence[int], left: dict[str, str], talks: bool = True
) -> Iterator[Place]:
    """The bundles where they are signed, then the talks as written.

    `left` : filled with what cannot be asked about, and why
    """
    for bundle in bundles:
        name = source.talks.bundles[bundle].name
        case = source.case(bundle)
        if case.by_protocol:
            path = consent_path(case.continuation, case.offered[0], case.signed) or []
            signed = tuple(path[-1:])
        else:
            signed = case.signed
        if len(signed) == 1:
            yield Place(name, case.game, signed[0])
        else:
            many = "at several nodes" if signed else "at no node"
            left[name] = f"it is signed {many}, so that no one value can be given."
    if talks:
        yield Place(TALKS, source.game, 0)


def breaking_sides(talks: Summit) -> tuple[str, ...]:
    """The sides that may be inspected: those that have something to breach."""
    from detente.summit.variants import breachers

    return breachers(talks)


def inspected(
    summit: Summit,
    side: str,
    bundles: Sequence[int],
    *,
    round: int | None = None,
    deadline: float | None = None,
    left: dict[str, str],
) -> Iterator[Inspected]:
    """What inspecting one side is worth to every party, in each bundle and in the talks.

    `left` : filled with what cannot be followed, and why

    Raises SummitError for a tree written by hand, OutOfTime where the deadline passes.
    """
    from detente.summit.variants import with_detection

    freed, name = with_detection(summit, side)
    source, other = Source(summit, round, deadline), Source(freed, round, deadline)
    now = {place.where: place for place in places(source, bundles, left)}
    for place in places(other, bundles, {}):
        try:
            found = curves(place.game, name, CERTAIN, place.node, deadline=deadline)
            file: Mapping[str, Range] = now[place.where].paid(deadline=deadline)
        except NotSupported as error:
            left[place.where] = str(error)
            continue
        for party, curve in found.items():
            none, perfect = curve.at(Fraction(0)), curve.at(Fraction(1))
            yield Inspected(side, place.where, party, none, file[party], perfect, curve)
