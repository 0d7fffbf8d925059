"""Exact thresholds of Hanoi's parameters, compared with verdicts at many values; CPU seconds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import detente as dt
from benchmarks.draws import cpu
from benchmarks.timing import Row, Settings, agree
from detente.stability.robustness.draws.bits import STABLE
from detente.stability.robustness.draws.verdicts import Question

ONE = "detection_inspected"
VALUES = 400
"""Values of each parameter, drawn, so that none of them is a threshold."""


def rows(settings: Settings) -> Iterator[Row]:
    """One parameter, and every one that has a range."""
    summit: Any = dt.load("hanoi-2019")
    named = [n for n, p in summit.document.scope.parameters.items() if p.low is not None]
    found = dt.thresholds(summit)
    for name in named:
        compare(summit, found, name, settings.seed)
    what = f"verdicts of all bundles at {VALUES} values"
    for case, given, goal in ((ONE, [ONE], 1.0), (f"all {len(named)} parameters", named, 10.0)):
        # A fresh summit, so that no game that was built before is used again.
        seconds = cpu(partial(thresholds, given), settings.repeats)
        yield Row(
            f"hanoi-2019, thresholds of {case}", len(given), seconds, what,
            goal=f"under {goal:.0f} s", met=seconds < goal,
        )  # fmt: skip


def thresholds(names: list[str]) -> Any:
    """Those of a summit just read."""
    summit: Any = dt.load("hanoi-2019")
    return dt.thresholds(summit, names)


def compare(summit: Any, found: Any, name: str, seed: int) -> None:
    """Raise AnswersDiffer unless verdicts change between two values exactly where there is an odd
    number of thresholds of the bundle between them."""
    known = summit.document.scope.parameters[name]
    r = np.random.default_rng(seed)
    grid = np.sort(r.uniform(float(known.low), float(known.high), VALUES))
    bits = Question(summit, [name]).answer(grid[None, :]) & STABLE != 0
    places: dict[str, list[float]] = {bundle.name: [] for bundle in summit.bundles}
    for threshold in found[name].thresholds:
        for change in threshold.changes:
            ends = [end.stable != "never" for end in (change.below, change.above) if end]
            if len(set(ends)) == 2:
                places[change.bundle].append(float(threshold.place))
    for bundle, column in zip(summit.bundles, bits, strict=True):
        turns = np.searchsorted(grid, places[bundle.name])
        inside = turns[(turns > 0) & (turns < len(grid))]
        odd = np.flatnonzero(np.bincount(inside, minlength=len(grid)) % 2)
        seen = np.flatnonzero(column[1:] != column[:-1]) + 1
        agree(odd.tolist() == seen.tolist(), f"'{bundle.name}' along {name}")
