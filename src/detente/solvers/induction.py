"""Set-valued backward induction: all pure subgame-perfect equilibria at once.

The set of equilibrium payoffs from a node on is built from its children's. At the ends it is the
payoff; at chance nodes the expected values of all combinations; where player i decides, with
m = max over actions a of the least u_i in V(a), it is the union over a of {u in V(a): u_i >= m}.
Each occurrence of a shared continuation chooses for itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from detente.errors import NotSupported
from detente.game.tree import CHANCE, Game
from detente.solvers.integers import FirstPass, IntegerGame
from detente.solvers.payoff_sets import (
    NO_TRACKS,
    Box,
    PayoffSet,
    Span,
    State,
    Tracks,
    Vector,
    both,
    box_of,
    capped,
    combine,
    combine_bounds,
    decide_exactly,
    decide_in_bounds,
    put,
    span_of,
    threshold_of,
    total,
)

VECTORS = 4096
"""Payoff vectors a node may have before bounds take the place of its set."""

WORK = 1_000_000
"""Vectors formed in all before bounds take the place of sets everywhere."""

COUNTING = 200_000
"""Comparisons at a decision up to which its profiles are counted."""


@dataclass(frozen=True)
class Track:
    """A group of nodes; tracked is the expected number of arrivals there.

    `uniform` : count chance moves as equally likely, which asks whether the nodes can be reached
        under some chance outcome, one of probability zero included
    """

    nodes: Iterable[int]
    uniform: bool = False


@dataclass(frozen=True)
class Limits:
    """How far the sets may grow before certified bounds replace them.

    `deadline` : on the clock of `time.perf_counter`; after it only bounds are formed
    """

    vectors: int = VECTORS
    work: int = WORK
    deadline: float | None = None


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
        spans = (span_of(self._state(0), i) for i in range(self.game.num_players))
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
        return _track_scales(self.numbers, self.tracks)

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
            return tuple(
                a for a, span in enumerate(spans)
                if all(span.low >= other.high for b, other in enumerate(spans) if b != a)
            )
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
    running = _Pass(numbers, first, tracks, limits)
    states = running.run()
    root = states.get(0)
    return Induction(
        game=game,
        exact=not isinstance(root, Box),
        count=1 if root is None else total(root),
        numbers=numbers,
        first=first,
        states=states,
        tracks=tracks,
        stopped="time_limit" if running.late else "finished",
    )


def refuse_hidden_information(game: Game) -> None:
    """Raise NotSupported, naming the first information set, unless all moves are seen."""
    from detente.game.information import first_hidden_infoset, why_hidden

    hidden = first_hidden_infoset(game)
    if hidden is not None:
        raise NotSupported(
            f"this game has hidden information, which this version does not solve. "
            f"{why_hidden(game, hidden)} If the moves before it are seen, give each of these nodes "
            "an information set of its own; else write the game as .efg (detente convert) for "
            "another solver."
        )


class _Pass:
    """One set-valued pass over the nodes that need it: those with ties at or after them, their
    children, and, where something is tracked, the play of the first equilibrium."""

    def __init__(
        self, numbers: IntegerGame, first: FirstPass, tracks: Sequence[Track], limits: Limits
    ) -> None:
        self.numbers = numbers
        self.first = first
        self.limits = limits
        self.work = limits.work
        self.late = False
        self.states: dict[int, State] = {}
        self.uniform = frozenset(t for t, track in enumerate(tracks) if track.uniform)
        self.marks: dict[int, dict[int, int]] = {}
        scales = _track_scales(numbers, tracks)
        for t, track in enumerate(tracks):
            for node in track.nodes:
                at = self.marks.setdefault(node, {})
                at[t] = at.get(t, 0) + scales[t]

    def run(self) -> dict[int, State]:
        """The state of every node that needs one."""
        deadline = self.limits.deadline
        for step, node in enumerate(self._needed()):
            if deadline is not None and step % 64 == 0 and time.perf_counter() > deadline:
                self.work, self.late = 0, True
            self.states[node] = self._node(node)
        return self.states

    def _needed(self) -> list[int]:
        """Children before parents."""
        tied, choice, numbers = self.first.tied_below, self.first.choice, self.numbers
        tracking = bool(self.marks)
        if not tracking and not tied[0]:
            return []
        seen, stack = {0}, [0]
        while stack:
            node = stack.pop()
            if tied[node] or numbers.mover[node] == CHANCE:
                after = numbers.moves(node)
            elif numbers.mover[node] >= 0:
                after = [numbers.moves(node)[choice[node]]]
            else:
                continue
            for child in after:
                if child not in seen and (tracking or tied[child]):
                    seen.add(child)
                    stack.append(child)
        return sorted(seen, reverse=True)

    def _node(self, node: int) -> State:
        numbers = self.numbers
        mover = numbers.mover[node]
        if mover >= 0:
            if not self.first.tied_below[node]:
                chosen = self._child(numbers.moves(node)[self.first.choice[node]])
                return self._arrive(node, chosen)
            children = [self._child(child) for child in numbers.moves(node)]
            return self._arrive(node, self._decide(mover, children))
        if mover == CHANCE:
            return self._arrive(node, self._chance(node))
        tracks = self._marked(node, NO_TRACKS) if node in self.marks else NO_TRACKS
        return {self._first_vector(node): (1, tracks)}

    def _child(self, node: int) -> State:
        known = self.states.get(node)
        return {self._first_vector(node): (1, NO_TRACKS)} if known is None else known

    def _first_vector(self, node: int) -> Vector:
        n = self.numbers.num_players
        return tuple(map(int, self.first.value[node * n : node * n + n]))

    # ── decisions ──────────────────────────────────────────────────────────────────────────────

    def _decide(self, player: int, children: Sequence[State]) -> State:
        spans = [span_of(child, player) for child in children]
        least, surely = threshold_of(spans)
        able = [child for child, span in zip(children, spans, strict=True) if span.high >= least]
        if least != surely or any(isinstance(child, Box) for child in able):
            return decide_in_bounds(children, player)
        size = sum(map(len, able))  # type: ignore[arg-type]
        if size > len(able) and not self._spend(size):
            return decide_in_bounds(children, player)
        chosen = self._exactly(player, children, least, size)
        return chosen if len(chosen) <= self.limits.vectors else decide_in_bounds(children, player)

    def _exactly(self, player: int, children: Sequence[State], least: int, size: int) -> PayoffSet:
        sets: list[PayoffSet] = []
        beaten: list[int | None] = []
        for child in children:
            if isinstance(child, Box):  # below the threshold throughout: only its number counts
                beaten.append(child.count)
            else:
                sets.append(child)
        several = sum(len(child) > 1 for child in sets)
        counted = size * several <= COUNTING
        return decide_exactly(sets, player, least, beaten=beaten, counted=counted)

    def _spend(self, work: int) -> bool:
        """Whether that much work is left."""
        self.work -= work
        return self.work > 0

    # ── chance ─────────────────────────────────────────────────────────────────────────────────

    def _chance(self, node: int) -> State:
        kids = self.numbers.moves(node)
        ups, downs = self.numbers.weights(node)
        parts = [
            self._weighted(self._child(child), up, down, len(kids))
            for child, up, down in zip(kids, ups, downs, strict=True)
        ]
        sets = [part for part in parts if not isinstance(part, Box)]
        if len(sets) == len(parts):
            combined = self._combinations(sets)
            if combined is not None:
                return combined
        return combine_bounds([box_of(part) for part in parts])

    def _combinations(self, parts: Sequence[PayoffSet]) -> PayoffSet | None:
        """All sums, None where they become too many."""
        combined = parts[0]
        for part in parts[1:]:
            size = len(combined) * len(part)
            if size > 1 and (size > 64 * self.limits.vectors or not self._spend(size)):
                return None
            combined = combine(combined, part)
            if len(combined) > self.limits.vectors:
                return None
        return combined

    def _weighted(self, state: State, up: int, down: int, width: int) -> State:
        """What a move of chance contributes to the expected values."""
        if isinstance(state, Box):
            return Box(
                tuple(span.changed(up, down) for span in state.payoffs),
                {t: s.changed(*((1, width) if t in self.uniform else (up, down)))
                 for t, s in state.tracks.items()},
                state.count,
            )
        weighted: PayoffSet = {}
        for vector, (count, tracks) in state.items():
            scaled = tuple([x // down * up for x in vector])
            if tracks:
                tracks = self._weighted_tracks(tracks, up, down, width)
            put(weighted, scaled, count, tracks)
        return weighted

    def _weighted_tracks(self, tracks: Tracks, up: int, down: int, width: int) -> Tracks:
        weighted = {}
        for track, (low, high) in tracks.items():
            u, d = (1, width) if track in self.uniform else (up, down)
            if u:
                weighted[track] = (low // d * u, high // d * u)
        return weighted

    # ── arriving ───────────────────────────────────────────────────────────────────────────────

    def _arrive(self, node: int, state: State) -> State:
        """Add what arriving at the node gains, discount, and mark the tracks it belongs to."""
        gain, discount = self.numbers.gain(node), self.numbers.discount(node)
        marks = self.marks.get(node)
        if gain is None and discount is None and marks is None:
            return state
        gain = gain or [0] * self.numbers.num_players
        factors = discount or (Fraction(1),) * self.numbers.num_players
        if isinstance(state, Box):
            return self._arrive_in_bounds(state, gain, factors, marks or {})
        arrived: PayoffSet = {}
        for vector, (count, tracks) in state.items():
            moved = tuple([x + g for x, g in zip(vector, gain, strict=True)])
            if discount is not None:
                moved = tuple(
                    [x // f.denominator * f.numerator for x, f in zip(moved, factors, strict=True)]
                )
            put(arrived, moved, capped(count), self._marked(node, tracks) if marks else tracks)
        return arrived

    def _marked(self, node: int, tracks: Tracks) -> Tracks:
        return both(tracks, {t: (amount, amount) for t, amount in self.marks[node].items()})

    def _arrive_in_bounds(
        self, box: Box, gain: Sequence[int], factors: Sequence[Fraction], marks: Mapping[int, int]
    ) -> Box:
        payoffs = tuple(
            span.changed(f.numerator, f.denominator, g)
            for span, g, f in zip(box.payoffs, gain, factors, strict=True)
        )
        tracks = dict(box.tracks)
        for t, amount in marks.items():
            tracks[t] = tracks.get(t, Span(0, 0)).changed(1, 1, amount)
        return Box(payoffs, tracks, box.count)


def _track_scales(numbers: IntegerGame, tracks: Sequence[Track]) -> list[int]:
    return [numbers.uniform_scale if track.uniform else numbers.chance_scale for track in tracks]
