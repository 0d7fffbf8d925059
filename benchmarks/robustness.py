"""Radius, map, cheapest change and worth of Hanoi, checked by draws and anew; CPU seconds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

import detente as dt
from benchmarks.draws import cpu
from benchmarks.timing import Row, Settings, agree
from detente.stability.robustness.draws.bits import STABLE
from detente.stability.robustness.draws.verdicts import Question

HELD, BROKEN = "kumgang + partial + inspected", "kumgang + full + inspected"
ACROSS, UP = "pressure", "us_value_per_weapon"
DRAWS = 20_000
"""Random values nearer than a radius."""
POINTS = 500
"""Random points of a map."""


def rows(settings: Settings) -> Iterator[Row]:
    """One question of each command."""
    summit: Any = dt.load("hanoi-2019")
    for bundle, only in ((HELD, [ACROSS, "crisis"]), (HELD, None), (BROKEN, None)):
        agrees_with_radius(summit, bundle, only, settings.seed)
        moved = "two parameters" if only else "all parameters"
        yield Row(
            f"radius, {moved}, {bundle}", 0, cpu(partial(radius, bundle, only), settings.repeats),
            f"the verdict at the point told, and at {DRAWS} draws nearer",
        )  # fmt: skip
    agrees_with_map(summit, settings.seed)
    yield Row(
        "map of a bundle over two parameters", 0, cpu(partial(region, HELD), settings.repeats),
        f"verdicts at {POINTS} draws",
    )  # fmt: skip
    agrees_with_mend(summit)
    for what, seconds in (("one at a time", 0.0), ("several at once, 10 s", 10.0)):
        yield Row(
            f"mend, all levers, {what}", 0, cpu(partial(mend, seconds), min(settings.repeats, 3)),
            "each proposal judged anew",
        )  # fmt: skip
    yield Row(
        "worth of inspections and commitments", 0, cpu(worth, settings.repeats), "nothing",
    )  # fmt: skip


# Each reads the summit anew, so that no game that was built before is used again.


def radius(bundle: str, only: list[str] | None) -> Any:
    return dt.radius(dt.load("hanoi-2019"), bundle, only=only)


def region(bundle: str) -> Any:
    return dt.region_map(dt.load("hanoi-2019"), ACROSS, UP, bundle)


def mend(together: float) -> Any:
    return dt.mend(dt.load("hanoi-2019"), BROKEN, together=together)


def worth() -> Any:
    return dt.worth(dt.load("hanoi-2019"), parameters=())


def agrees_with_radius(summit: Any, bundle: str, only: list[str] | None, seed: int) -> None:
    """Raise AnswersDiffer unless the verdict is another where that is told, and nowhere nearer."""
    found = dt.radius(summit, bundle, only=only)
    there = dt.stability(summit.at(**{m.parameter: m.to for m in found.moves}))[bundle]
    now = dt.stability(summit)[bundle]
    agree(there.modal["stable"] != now.modal["stable"], f"radius of '{bundle}', there")
    known = summit.document.scope.parameters
    names = [n for n, p in known.items() if p.low is not None and (only is None or n in only)]
    r = np.random.default_rng(seed)
    draws = np.array([
        np.clip(
            float(known[n].value) + r.uniform(-1, 1, DRAWS) * float(found.lower)
            * float(known[n].high - known[n].low), float(known[n].low), float(known[n].high),
        )
        for n in names
    ])  # fmt: skip
    at = [b.name for b in summit.bundles].index(bundle)
    bits = Question(summit, names, bundles=[at]).answer(draws)[0] & STABLE != 0
    agree(bool((bits == bool(now.stable)).all()), f"radius of '{bundle}', nearer")


def agrees_with_map(summit: Any, seed: int) -> None:
    """Raise AnswersDiffer unless the map says what each of many points does."""
    found = dt.region_map(summit, ACROSS, UP, HELD)
    known = summit.document.scope.parameters
    r = np.random.default_rng(seed)
    draws = np.array([
        r.uniform(float(known[n].low), float(known[n].high), POINTS) for n in (ACROSS, UP)
    ])  # fmt: skip
    at = [b.name for b in summit.bundles].index(HELD)
    bits = Question(summit, [ACROSS, UP], bundles=[at]).answer(draws)[0] & STABLE != 0
    for column, (x, y) in enumerate(draws.T):
        told: Any = found.at(Fraction(x), Fraction(y))
        agree((told.stable != "never") == bool(bits[column]), f"the map at {x}, {y}")


def agrees_with_mend(summit: Any) -> None:
    """Raise AnswersDiffer unless each proposal holds in its own file."""
    for way in dt.mend(summit, BROKEN, together=0).alternatives:
        agree(bool(dt.stability(way.summit)[way.bundle].stable), way.text)
