"""The pass of set-valued backward induction, from the ends of play to the first move."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from detente.game.tree import CHANCE
from detente.solvers.perfect_information.integers import FirstPass, IntegerGame
from detente.solvers.perfect_information.payoff_sets import (
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
)

VECTORS = 4096
"""Payoff vectors a node may have before bounds take the place of its set."""

WORK = 1_000_000
"""Vectors formed in all before bounds take the place of sets everywhere."""

NODES = 500_000
"""Nodes with ties at or after them from which on only bounds are formed."""

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

    `vectors` : payoff vectors a node may have
    `work` : vectors formed in all
    `nodes` : nodes with ties at or after them; beyond, bounds are formed in the compiled pass
        (where something is tracked there is no such pass, and sets are formed all the same)
    `deadline` : on the clock of `time.perf_counter`; after it only bounds are formed
    """

    vectors: int = VECTORS
    work: int = WORK
    nodes: int = NODES
    deadline: float | None = None


def track_scales(numbers: IntegerGame, tracks: Sequence[Track]) -> list[int]:
    return [numbers.uniform_scale if track.uniform else numbers.chance_scale for track in tracks]


class SetPass:
    """States of the nodes that need one: those with ties at or after them, their children, and,
    where something is tracked, the play of the first equilibrium.

    `late` : whether the deadline passed, so that only bounds were formed from then on
    """

    def __init__(
        self, numbers: IntegerGame, first: FirstPass, tracks: Sequence[Track], limits: Limits
    ) -> None:
        self.numbers = numbers
        self.first = first
        self.limits = limits
        self.work = limits.work
        # Numbers of thousands of digits cost that much more than those of a machine word.
        self.digits = 1 + max(map(int.bit_length, numbers.scale), default=0) // 512
        self.late = False
        self.states: dict[int, State] = {}
        self.uniform = frozenset(t for t, track in enumerate(tracks) if track.uniform)
        self.marks: dict[int, dict[int, int]] = {}
        scales = track_scales(numbers, tracks)
        for t, track in enumerate(tracks):
            for node in track.nodes:
                at = self.marks.setdefault(node, {})
                at[t] = at.get(t, 0) + scales[t]

    def run(self) -> dict[int, State]:
        """Child before parent, the state of every node that needs one."""
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
        self.work -= work * self.digits
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
        combined, *others = sorted(parts, key=len)  # sums with one continuation cost little
        for part in others:
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
