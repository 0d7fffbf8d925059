"""Conflict graphs of 10³ to 10⁵ states, against the published matrix form.

The matrix method (Xu, Li, Hipel and Kilgour 2009) multiplies dense state-by-state matrices, cubic
in the states; it is run where that is affordable. Beyond, this project's answers are checked by
searching for the answers to a sample of improvements one by one.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Row, Settings, agree, median
from detente.conflict.conflict import Sides
from detente.stability.graph import CoalitionAnalysis, Conflict, GraphAnalysis, OptionForm
from detente.stability.graph.coalitions import KEYS, coalitions
from detente.stability.graph.rules import CONCEPTS

SIZES = (1_000, 10_000, 100_000)
NUM_SIDES = 3
MATRIX_UP_TO = 1_000
SAMPLE = 20
FEW = 3
SECONDS, MEGABYTES = 10.0, 500
SECONDS_TOGETHER, MEGABYTES_TOGETHER = 15.0, 600


def rows(settings: Settings) -> Iterator[Row]:
    """Yes-or-no options shared among three sides, random ranking with ties; all five concepts."""
    for size in SIZES:
        if size > settings.largest:
            return
        conflict = random_conflict(size, settings.seed)
        found = analysed(fresh(conflict))
        peak = peak_megabytes()
        seconds = median(lambda c=conflict: analysed(fresh(c)), min(settings.repeats, 3))
        peer, peer_seconds = "", None
        if size <= MATRIX_UP_TO:
            peer, told = "dense matrices", "every verdict of five concepts with the matrices'"
            peer_seconds = by_matrices(fresh(conflict), found)
        else:
            told = f"{SAMPLE} verdicts of each concept, each by a search of its own"
            searched(fresh(conflict), found, settings.seed)
        moves = f"3 sides, {sum(map(len, conflict.moves)):,} moves"
        yield Row(
            f"5 concepts, {moves}", size, seconds, told, peer, peer_seconds,
            f"{SECONDS:.0f} s and {MEGABYTES} MB, of which {peak:.0f} used",
            seconds <= SECONDS and peak <= MEGABYTES,
        )  # fmt: skip
        together = against_coalitions(fresh(conflict))
        peak = peak_megabytes()
        searched_together(fresh(conflict), together, settings.seed)
        seconds = median(lambda c=conflict: against_coalitions(fresh(c)), min(settings.repeats, 3))
        told = f"{FEW} verdicts of each concept and coalition, each by a search of its own"
        yield Row(
            f"4 concepts for each of 7 coalitions, {moves}", size, seconds, told, "", None,
            f"{SECONDS_TOGETHER:.0f} s and {MEGABYTES_TOGETHER} MB, of which {peak:.0f} used",
            seconds <= SECONDS_TOGETHER and peak <= MEGABYTES_TOGETHER,
        )  # fmt: skip


def peak_megabytes() -> float:
    """The most that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def random_conflict(size: int, seed: int) -> Conflict:
    """Options divided evenly, a random share of the combinations feasible."""
    draw = np.random.default_rng(seed)
    num_options = int(log2(size)) + 1
    form = OptionForm(
        tuple(f"option {k}" for k in range(num_options)),
        tuple(frozenset([k % NUM_SIDES]) for k in range(num_options)),
        (2,) * num_options,
        tuple("fwd" if k % 5 == 4 else "both" for k in range(num_options)),
    )
    code = np.sort(draw.choice(form.all_codes(), size, replace=False))
    return Conflict(
        states=tuple(map(str, range(1, size + 1))),
        sides=tuple(f"side {i}" for i in range(NUM_SIDES)),
        moves=tuple(form.moves(code, i) for i in range(NUM_SIDES)),
        payoff=draw.integers(0, size // 2, (NUM_SIDES, size)).astype(np.int32),
        options=form.options(code),
    )


def fresh(conflict: Conflict) -> Conflict:
    """The same without anything that was kept from an earlier analysis."""
    from detente.conflict.moves import Moves

    moves = tuple(Moves(own.start, own.target) for own in conflict.moves)
    return Conflict(
        conflict.states, conflict.sides, moves, conflict.payoff, options=conflict.options
    )


def analysed(conflict: Conflict) -> dict[str, NDArray[np.bool_]]:
    """Every concept for every side."""
    analysis = GraphAnalysis(conflict)
    return {concept: analysis.stable(concept) for concept in CONCEPTS}


def searched(conflict: Conflict, found: dict[str, NDArray[np.bool_]], seed: int) -> None:
    """Compare a sample of verdicts with those of their witnesses, found by forward search."""
    draw = np.random.default_rng(seed + 1)
    analysis = GraphAnalysis(conflict)
    for concept in CONCEPTS:
        for state in draw.choice(conflict.num_states, SAMPLE, replace=False).tolist():
            side = int(draw.integers(NUM_SIDES))
            verdict = analysis.verdict(concept, side, state)
            agree(verdict.stable == found[concept][side, state], f"{concept}, state {state}")


Together = dict[tuple[str, Sides], NDArray[np.bool_]]


def against_coalitions(conflict: Conflict) -> Together:
    """Every coalitional concept for every coalition."""
    analysis = CoalitionAnalysis(conflict)
    return {
        (concept, who): analysis.stable(concept, who)
        for concept in KEYS for who in coalitions(conflict)
    }  # fmt: skip


def searched_together(conflict: Conflict, found: Together, seed: int) -> None:
    """Compare a sample of verdicts with a search for an improvement that nothing answers."""
    draw = np.random.default_rng(seed + 2)
    analysis = CoalitionAnalysis(conflict)
    for (concept, who), stable in found.items():
        for state in draw.choice(conflict.num_states, FEW, replace=False).tolist():
            left = any(
                analysis.answer(concept, who, state, end) is None
                for end in analysis.improvements(who, state).tolist()
            )
            agree(stable[state] != left, f"{concept} of {sorted(who)}, state {state}")


def by_matrices(conflict: Conflict, found: dict[str, NDArray[np.bool_]]) -> float:
    """Seconds that matrices take for every concept and side; once, for it takes long."""
    started = time.perf_counter()
    for concept in CONCEPTS:
        for side in range(NUM_SIDES):
            same = matrix_form(conflict, concept, side) == found[concept][side]
            agree(bool(same.all()), f"{concept} for side {side}")
    return time.perf_counter() - started


def matrix_form(conflict: Conflict, concept: str, side: int) -> NDArray[Any]:
    """Stable iff the diagonal is zero. In float32: products of 0 and 1 that count below 2^24."""
    size = conflict.num_states
    payoff = conflict.payoff
    ones = np.ones((size, size), dtype=np.float32)
    up = [(row[None, :] > row[:, None]).astype(np.float32) for row in payoff]
    reach = [moves.to_scipy().toarray().astype(np.float32) for moves in conflict.moves]
    leave = reach[side] * up[side]
    if concept == "nash":
        return leave.sum(axis=1) == 0
    others = [j for j in range(conflict.num_sides) if j != side]
    steps = [reach[j] * up[j] if concept in ("seq", "sseq") else reach[j] for j in others]
    down = (ones - up[side]).T
    if concept in ("smr", "sseq"):
        down = down * (ones - np.sign(reach[side] @ up[side].T))
    blocked = np.sign(alternating(steps) @ down)
    return np.einsum("st,ts->s", leave, ones - blocked) == 0


def alternating(steps: list[NDArray[Any]]) -> NDArray[Any]:
    """What sequences of steps reach in which no side moves twice in a row."""
    latest, total = list(steps), np.sign(sum(steps))
    while True:
        latest = [
            np.sign(sum(latest[b] for b in range(len(steps)) if b != a) @ steps[a])
            for a in range(len(steps))
        ]
        grown = np.sign(total + sum(latest))
        if (grown == total).all():
            return total
        total = grown
