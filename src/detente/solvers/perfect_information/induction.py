"""Set-valued backward induction: all pure subgame-perfect equilibria at once.

The set of equilibrium payoffs from a node on is built from its children's. At the ends it is the
payoff; at chance nodes the expected values of all combinations; where player i decides, with
m = max over actions a of the least u_i in V(a), it is the union over a of {u in V(a): u_i >= m}.
Each occurrence of a shared continuation chooses for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np

from detente.errors import NotSupported
from detente.game.tree import Game
from detente.solvers.perfect_information.integers import FirstPass, IntegerGame
from detente.solvers.perfect_information.payoff_sets import (
    NO_TRACKS,
    Box,
    Span,
    State,
    box_of,
    span_of,
    threshold_of,
    total,
)
from detente.solvers.perfect_information.set_pass import Limits, SetPass, Track, track_scales

__all__ = ["Induction", "Limits", "Track", "induce", "refuse_hidden_information"]


@dataclass(frozen=True, eq=False)
class Induction:
    """What all pure subgame-perfect equilibria of a game have in common, and where they differ.

    `exact` : whether the set of payoff vectors is known; otherwise ranges are certified bounds
    `count` : how many equilibria there are, every occurrence of a shared node counted for itself;
        None beyond 4096 binary digits, or where it is not known
    `numbers`, `first` : the game in integers, and the equilibrium of first best actions
    `stopped` : `time_limit` where the deadline passed and bounds took the place of sets
    """

    game: Game
    exact: bool
    count: int | None
    numbers: IntegerGame = field(repr=False)
    first: FirstPass = field(repr=False)
    states: Mapping[int, State] = field(repr=False)
    tracks: Sequence[Track] = field(repr=False)
    stopped: str = "finished"

    @property
    def tied(self) -> int:
        """How many nodes have several best actions in the first equilibrium."""
        return self.first.tied

    @property
    def unique(self) -> bool:
        """Whether there is one equilibrium only."""
        return not self.first.tied

    # ── payoffs ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def vectors(self) -> tuple[tuple[Fraction, ...], ...] | None:
        """Every equilibrium payoff vector, in rising order; None where only bounds are known."""
        return self.vectors_at(0)

    def vectors_at(self, node: int) -> tuple[tuple[Fraction, ...], ...] | None:
        """The payoff vectors of the subgame at a node (its own payoff and discount included)."""
        state = self._state(node)
        if isinstance(state, Box):
            return None
        return tuple(self.numbers.fractions(vector) for vector in sorted(state))

    @cached_property
    def ranges(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """Each player's (least, greatest) equilibrium payoff, or bounds of them."""
        return self.ranges_at(0)

    def ranges_at(self, node: int) -> tuple[tuple[Fraction, Fraction], ...]:
        """The same in the subgame at a node (its own payoff and discount included)."""
        state = self._state(node)
        spans = (span_of(state, i) for i in range(self.game.num_players))
        return tuple(
            (Fraction(span.low, scale), Fraction(span.high, scale))
            for span, scale in zip(spans, self.numbers.scale, strict=True)
        )

    @cached_property
    def ranges_exact(self) -> tuple[bool, ...]:
        """Whether equilibria attain both ends of a player's range."""
        state = self._state(0)
        spans = (span_of(state, i) for i in range(self.game.num_players))
        return tuple(span.low_sure and span.high_sure for span in spans)

    def value(self, node: int) -> tuple[Fraction, ...]:
        """The payoffs from a node on in the first equilibrium."""
        n = self.game.num_players
        return self.numbers.fractions(self.first.value[node * n : node * n + n])

    def _state(self, node: int) -> State:
        known = self.states.get(node)
        if known is not None:
            return known
        if self.first.tied_below[node]:
            raise KeyError(node)
        n = self.game.num_players
        return {tuple(map(int, self.first.value[node * n : node * n + n])): (1, NO_TRACKS)}

    # ── tracks ─────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def tracked(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """Each track's (least, greatest) expected number of arrivals, or bounds of them."""
        return tuple(
            (Fraction(span.low, scale), Fraction(span.high, scale))
            for span, scale in zip(self._track_spans, self._track_scales, strict=True)
        )

    @cached_property
    def tracked_exact(self) -> tuple[bool, ...]:
        """Whether equilibria attain both ends of a track's range."""
        return tuple(span.low_sure and span.high_sure for span in self._track_spans)

    def tracked_at(self, vector: Sequence[Fraction]) -> tuple[tuple[Fraction, Fraction], ...]:
        """The same over the equilibria that give one of the payoff vectors.

        Raises KeyError where the vector is none of them, or the set is not known.
        """
        state = self._state(0)
        scaled = tuple(x * s for x, s in zip(vector, self.numbers.scale, strict=True))
        if isinstance(state, Box) or any(x.denominator != 1 for x in scaled):
            raise KeyError(vector)
        found = state[tuple(x.numerator for x in scaled)][1]
        return tuple(
            tuple(Fraction(x, scale) for x in found.get(t, (0, 0)))  # type: ignore[misc]
            for t, scale in enumerate(self._track_scales)
        )

    @cached_property
    def _track_spans(self) -> list[Span]:
        tracks = box_of(self._state(0)).tracks
        return [tracks.get(t, Span(0, 0)) for t in range(len(self.tracks))]

    @cached_property
    def _track_scales(self) -> list[int]:
        return track_scales(self.numbers, self.tracks)

    # ── actions ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def optimal(self) -> Actions:
        """At each node the actions that some equilibrium takes (those that one may, by bounds)."""
        return Actions(self, every=False)

    @cached_property
    def always(self) -> Actions:
        """At each node the actions that are best in every equilibrium (surely, by bounds)."""
        return Actions(self, every=True)


class Actions:
    """Node → its best actions, counted from 0; empty where no player moves."""

    def __init__(self, induction: Induction, every: bool) -> None:
        self._of = induction
        self._every = every

    def __len__(self) -> int:
        return self._of.game.num_nodes

    def __getitem__(self, node: int) -> tuple[int, ...]:
        numbers, first = self._of.numbers, self._of.first
        mover = int(self._of.game.mover[node])
        if mover < 0:
            return ()
        if not first.tied_below[node]:
            return (int(first.choice[node]),)
        spans = [span_of(self._of._state(child), mover) for child in numbers.moves(node)]
        if self._every:
            highs = sorted(span.high for span in spans)
            if len(highs) == 1:
                return (0,)
            rivals = [highs[-2] if span.high == highs[-1] else highs[-1] for span in spans]
            return tuple(a for a, span in enumerate(spans) if span.low >= rivals[a])
        least, _ = threshold_of(spans)
        return tuple(a for a, span in enumerate(spans) if span.high >= least)


def induce(
    game: Game,
    tracks: Sequence[Track] = (),
    *,
    limits: Limits | None = None,
    numbers: IntegerGame | None = None,
    first: FirstPass | None = None,
) -> Induction:
    """All pure subgame-perfect equilibria of a game of perfect information, as sets.

    Parameters
    ----------
    tracks : groups of nodes whose expected number of arrivals is asked for
    limits : how far sets may grow before bounds replace them
    numbers, first : the game in integers and its first pass, where the caller has them already

    Raises NotSupported where some player does not see a move, and OutOfTime where the deadline
    passes before there is a first equilibrium.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A"])
    >>> game = b.build(b.decide("A", {"x": b.end(1), "y": b.end(1), "z": b.end(0)}))
    >>> found = induce(game)
    >>> found.vectors, found.count, found.optimal[0]
    (((Fraction(1, 1),),), 2, (0, 1))
    """
    refuse_hidden_information(game)
    limits = limits or Limits()
    numbers = numbers or IntegerGame(game)
    first = first or numbers.first_pass(limits.deadline)
    tracks = [Track(tuple(track.nodes), track.uniform) for track in tracks]
    states: Mapping[int, State]
    late = False
    if not tracks and np.count_nonzero(first.tied_below) > limits.nodes:
        states = _Bounds(numbers, first, limits.deadline)
    else:
        running = SetPass(numbers, first, tracks, limits)
        states, late = running.run(), running.late
    root = states.get(0)
    return Induction(
        game=game,
        exact=not isinstance(root, Box),
        count=1 if root is None else total(root),
        numbers=numbers,
        first=first,
        states=states,
        tracks=tracks,
        stopped="time_limit" if late else "finished",
    )


class _Bounds(Mapping[int, State]):
    """The states of a game too large for sets: bounds of the nodes with ties at or after them."""

    def __init__(self, numbers: IntegerGame, first: FirstPass, deadline: float | None) -> None:
        self._players = numbers.num_players
        self._tied_below = first.tied_below
        self._bounds = numbers.bounds_pass(deadline)

    def __getitem__(self, node: int) -> State:
        if not self._tied_below[node]:
            raise KeyError(node)
        found, at = self._bounds, node * self._players
        spans = [
            Span(
                int(found.low[i]), int(found.high[i]),
                bool(found.low_sure[i]), bool(found.high_sure[i]),
            )
            for i in range(at, at + self._players)
        ]
        return Box(tuple(spans), {}, None)

    def __iter__(self) -> Iterator[int]:
        return (node for node in range(len(self._tied_below)) if self._tied_below[node])

    def __len__(self) -> int:
        return int(np.count_nonzero(self._tied_below))


def refuse_hidden_information(game: Game) -> None:
    """Raise NotSupported, naming the first information set, unless all moves are seen."""
    from detente.game.information import first_hidden_infoset, why_hidden

    hidden = first_hidden_infoset(game)
    if hidden is not None:
        raise NotSupported(
            f"backward induction takes games in which all moves are seen. "
            f"{why_hidden(game, hidden)} If the moves before it are seen, give each of these nodes "
            "an information set of its own; else leave the method out, or ask for another concept."
        )
