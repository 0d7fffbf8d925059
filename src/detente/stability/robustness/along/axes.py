"""All bundles and the talks as written, followed along one parameter.

The tables of a round are followed together, in one game in which what they have in common stands
once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING

from detente.errors import NotSupported
from detente.game.tree import Game, Role
from detente.stability.case import Case, Source, demands_of
from detente.stability.continuation import Continuation
from detente.stability.following.along import Along, Piece, append, followed, hull
from detente.stability.following.course import Deal, Standing, deal, standing
from detente.stability.following.induction import State
from detente.stability.following.marks import Course, Settling
from detente.stability.following.sweep import Sweep
from detente.stability.following.union import Interval
from detente.stability.reasons import consent_path

if TYPE_CHECKING:
    from detente.summit.demands import Demand


@dataclass(frozen=True)
class Settled:
    """Values at which the talks as written may end with the same bundles.

    `signed` : positions of the bundles that some equilibrium signs with positive probability; None
        where there is no game, and `fault` says why
    """

    interval: Interval
    signed: frozenset[int] | None
    fault: str = ""


class Follower:
    """What is asked of several parameters, looked up once.

    `source` : of talks in which all moves are seen
    `bundles` : positions of those asked about
    """

    def __init__(self, source: Source, bundles: Sequence[int], deadline: float | None) -> None:
        self.source, self.bundles, self.deadline = source, tuple(bundles), deadline
        self._cases: dict[int, Case] = {}

    def case(self, bundle: int) -> Case:
        """The game in which a bundle is judged; solved without a deadline, as it may be told of."""
        if bundle not in self._cases:
            source = self.source
            game = source.talks.table(bundle, source.round) if source.has_protocol else source.game
            self._cases[bundle] = source.case_of(Continuation(game), bundle)
        return self._cases[bundle]

    def verdicts(
        self, parameter: str, within: Interval, found: list[Along] | None = None
    ) -> tuple[list[Along], dict[str, str]]:
        """Every bundle along a parameter; and the bundles that are not followed, with the reason.

        `found` : takes up what is found, also where it is broken off: bundles followed together
            have then all come to the same value, others have come to the end

        Raises OutOfTime where the deadline passes.
        """
        found = [] if found is None else found
        if self._together is not None:
            try:
                self._followed_together(parameter, within, found)
                return found, {}
            except NotSupported:
                found.clear()  # one table has too many ties: the others are followed all the same
        left = {}
        for bundle in self.bundles:
            try:
                found.append(
                    followed(self.case(bundle), parameter, within, deadline=self.deadline)
                )
            except NotSupported as error:
                left[self.source.talks.bundles[bundle].name] = str(error)
        return found, left

    def settlement(
        self, parameter: str, within: Interval, found: list[Settled] | None = None
    ) -> tuple[Settled, ...]:
        """What the talks as written may end with, along a parameter.

        `found` : takes up what is found, also where it is broken off

        Raises NotSupported where ties make too many equilibria, OutOfTime past the deadline.
        """
        game, found = self.source.game, [] if found is None else found
        bits = {
            node: 1 << bundle
            for bundle in range(len(game.bundles))
            for node in game.tagged(Role.SIGNED, bundle)
        }
        demands = demands_of(self.source.talks)
        sweep = Sweep(game, parameter, within, Settling(bits), self.deadline, demands=demands)
        for piece in _settled(sweep, len(game.bundles)):
            if found and (found[-1].signed, found[-1].fault) == (piece.signed, piece.fault):
                found[-1] = replace(piece, interval=hull(found[-1].interval, piece.interval))
            else:
                found.append(piece)
        return tuple(found)

    # ── the tables together ────────────────────────────────────────────────────────────────────

    @cached_property
    def _together(self) -> tuple[Game, Mapping[int, Deal]] | None:
        """All tables in one game, and each bundle's place there; None in a tree by hand."""
        source = self.source
        if not source.has_protocol or source.talks.has_secrets or len(self.bundles) < 2:
            return None
        game = source.talks.tables(source.round)
        roots, walk = game.children_of(0), Continuation(game)
        return game, {
            bundle: deal(game, bundle, consent_path(
                walk, int(roots[bundle]), game.tagged(Role.SIGNED, bundle)
            ) or ())
            for bundle in self.bundles
        }  # fmt: skip

    def _followed_together(
        self, parameter: str, within: Interval, found: list[Along]
    ) -> None:
        assert self._together is not None
        game, deals = self._together
        demands = demands_of(self.source.talks)
        sweep = _Tables(game, parameter, within, self.deadline, demands)
        # An interval and what is so in it of every bundle, added at one stroke.
        known: list[tuple[Interval, list[Standing]]] = []
        try:
            last: dict[int, tuple[list[State | None], Standing]] = {}
            for interval, _ in sweep.run():
                for bundle, at in deals.items():
                    states = sweep.states
                    seen: list[State | None] = [None]
                    if states is not None:
                        seen = [states[node] for node in at.path]
                    if bundle not in last or not _same(last[bundle][0], seen):
                        last[bundle] = (seen, standing(sweep, at))
                known.append((interval, [there for _, there in last.values()]))
        finally:
            if known:
                span = hull(known[0][0], known[-1][0])
                found += [
                    _together(game.bundles[bundle].name, parameter, span, known, at)
                    for at, bundle in enumerate(deals)
                ]


def _together(
    name: str, parameter: str, span: Interval, known: Iterable[tuple[Interval, list[Standing]]],
    at: int,
) -> Along:  # fmt: skip
    pieces: list[Piece] = []
    for interval, standings in known:
        append(pieces, Piece(interval, standings[at]))
    return Along(name, parameter, span, tuple(pieces))


class _Tables(Sweep):
    """All tables of a round side by side: nothing is asked of the node that they hang on."""

    def __init__(
        self,
        game: Game,
        parameter: str,
        within: Interval,
        deadline: float | None,
        demands: Iterable[Demand],
    ) -> None:
        # After a bundle's signature the only breaches are its own; what follows a refusal is not
        # read.
        marks = Course(frozenset(), frozenset(game.tagged(Role.BROKEN)))
        super().__init__(game, parameter, within, marks, deadline, demands=demands)

    def _node(self, node: int) -> State:
        return super()._node(node) if node else ()


def _same(one: Sequence[State | None], other: Sequence[State | None]) -> bool:
    """Whether these are the very states of before: what changes is made anew."""
    return all(mine is theirs and mine is not None for mine, theirs in zip(one, other, strict=True))


def _settled(sweep: Sweep, count: int) -> Iterator[Settled]:
    for interval, _ in sweep.run():
        if sweep.states is None:
            yield Settled(interval, None, sweep.fault)
            continue
        known = reduce(or_, (entry.known for entry in sweep.states[0]))
        yield Settled(interval, frozenset(b for b in range(count) if known >> b & 1))
