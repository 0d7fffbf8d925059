"""Which parameters decide: Sobol indices of a verdict, of first order and in total (SALib)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported, OutOfTime
from detente.files.parquet import parquet_bytes
from detente.stability.robustness.draws.bits import INVALID
from detente.stability.robustness.draws.settling import Bits, Halt
from detente.stability.robustness.draws.verdicts import Question
from detente.stability.robustness.sweeping.crew import Crew
from detente.stability.robustness.sweeping.plan import (
    Nets,
    Plan,
    digest,
    refuse_other_versions,
    versions,
)
from detente.stability.robustness.sweeping.store import Store
from detente.stability.verdict import Stopped

Floats = NDArray[np.float64]

PART = 4096
"""Points that are judged at once."""
NUMBERS = 1 << 26
"""Points of a design times coordinates at most: half a gigabyte."""
BITS = "bits"
"""The heading of the column of a part that is kept."""
EDGE = 0.5**40
"""How far points are kept from the edge of the cube, where a normal quantity would be infinite."""


@dataclass(frozen=True)
class Index:
    """What a parameter, or a group that moves together, contributes to the variance of a verdict.

    `first` : by itself; `total` : with all that it does together with others
    `first_error`, `total_error` : half the width of a 95 % interval (bootstrap)
    """

    parameters: tuple[str, ...]
    first: float
    first_error: float
    total: float
    total_error: float


@dataclass(frozen=True)
class Indices:
    """Sobol indices (Sobol 1993; Saltelli 2010), the greatest total first.

    `judged` : how many points were judged
    `reason` : why there are none
    """

    indices: tuple[Index, ...]
    judged: int
    reason: str = ""


@dataclass(frozen=True)
class Crossed:
    """Saltelli's design: two samples, and mixtures that take one group from the other.

    `groups` : the parameters of each coordinate; coordinates of one group move together
    """

    seed: int
    base: int
    groups: tuple[tuple[str, ...], ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """One a coordinate: the same for those of one group."""
        return tuple(" & ".join(group) for group in self.groups)

    @property
    def problem(self) -> dict[str, Any]:
        """As SALib wants it."""
        return {
            "num_vars": len(self.groups),
            "names": [f"x{k}" for k in range(len(self.groups))],
            "groups": list(self.labels),
            "bounds": [[0.0, 1.0]] * len(self.groups),
        }

    @property
    def count(self) -> int:
        """How many points it has."""
        return self.base * (len(set(self.labels)) + 2)

    @lru_cache(maxsize=1)  # noqa: B019 (one design, of as many numbers as `NUMBERS` at most)
    def points(self) -> Floats:
        """float64 (num_coordinates, num_points)."""
        from SALib.sample import sobol  # type: ignore[import-untyped]

        found: Floats = sobol.sample(
            self.problem, self.base, calc_second_order=False, seed=self.seed % 2**32
        ).T
        return np.clip(np.ascontiguousarray(found), EDGE, 1.0 - EDGE)


@dataclass(frozen=True)
class Judged:
    """A part of the design that was judged.

    `bits` : uint8 (num_points,); `versions` : of what judged it
    """

    part: int
    bits: Bits
    versions: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Work:
    """Judges a part of the design: called with its number."""

    plan: Plan
    question: Question
    design: Crossed

    def __call__(self, part: int, halt: Halt | None = None) -> Judged:
        points = self.design.points()[:, part * PART : (part + 1) * PART]
        draws = self.plan.drawing.values(points)
        return Judged(part, self.question.answer(draws, halt=halt)[0], salib_versions())


def crossed(plan: Plan, base: int) -> Crossed:
    """The design for the parameters that a plan draws.

    `base` : points of each of the two samples, a power of two

    Raises NotSupported where SALib is not installed, and for more points than fit into memory.
    """
    _need_salib()
    assert isinstance(plan.design, Nets)
    design = Crossed(plan.design.seed, base, plan.drawing.groups)
    if design.count * len(design.groups) > NUMBERS:
        raise NotSupported(
            f"Sobol indices of {len(design.groups)} parameters from {base:,} points take "
            f"{design.count:,} points in all, too many at once. Take fewer, or name those that "
            "matter with --only."
        )
    return design


def indices(
    plan: Plan,
    bundle: int,
    bit: int,
    design: Crossed,
    crew: Crew,
    store: Store | None,
    late: Callable[[], bool],
    progress: Callable[[str, float | None], None] | None = None,
) -> tuple[Indices | None, Stopped]:
    """The indices of whether a bundle's verdict has a bit, and whether there was time for them.

    `store` : where parts are kept, and may be there already
    """
    question = plan.question
    alone = Question(
        question.talks, question.names, question.source.round, [bundle], question.selected
    )
    work, wanted = Work(plan, alone, design), -(-design.count // PART)
    parts: dict[int, Bits] = {}
    try:
        for part, bits in _judged(work, wanted, crew, store, late):
            parts[part] = bits
            if progress is not None:
                progress("Sobol indices", len(parts) / wanted)
    except KeyboardInterrupt:
        return None, "interrupted"
    except OutOfTime:
        return None, "time_limit"
    if len(parts) < wanted:
        return None, "time_limit"
    bits = np.concatenate([parts[part] for part in range(wanted)])
    return _analysed(bits, bit, design), "finished"


def _judged(
    work: Work, wanted: int, crew: Crew, store: Store | None, late: Callable[[], bool]
) -> Iterator[tuple[int, Bits]]:
    """The bits of every part, those that are there already first."""
    shelf, missing = None, list(range(wanted))
    ours = salib_versions()
    if store is not None:
        shelf = store.aside(_key(work, ours))
        there = {part: shelf.read(part, [BITS]) for part in missing}
        missing = [part for part in missing if there[part] is None]
        yield from ((part, columns[BITS]) for part, columns in there.items() if columns is not None)
    for done in crew.run(work, missing, late):
        refuse_other_versions(done.versions, ours)
        if shelf is not None:
            about = {**work.plan.about, **shelf.about(done.part)}
            shelf.write(done.part, parquet_bytes({BITS: done.bits}, about))
        yield done.part, done.bits


def _key(work: Work, ours: Mapping[str, str]) -> str:
    """What the points and their verdicts follow from, as a digest."""
    bundles = list(work.question.bundles)
    return digest([work.plan.key, bundles, work.design.base, work.design.labels, dict(ours)])


def salib_versions() -> dict[str, str]:
    """The versions of what the points of a design and their verdicts depend on."""
    return {**versions(), "SALib": version("SALib")}


def _analysed(bits: Bits, bit: int, design: Crossed) -> Indices:
    if (bits & INVALID).any():
        return Indices((), len(bits), "at some of the points there is no game.")
    answers = ((bits & bit) != 0).astype(float)
    if answers.min() == answers.max():
        return Indices((), len(bits), "its verdict is the same at all of these points.")
    labels = list(dict.fromkeys(design.labels))
    if len(labels) == 1:
        only = Index(design.groups[0], 1.0, 0.0, 1.0, 0.0)
        return Indices((only,), len(bits))
    from SALib.analyze import sobol  # type: ignore[import-untyped]

    with np.errstate(all="ignore"):
        found: Mapping[str, Any] = sobol.analyze(
            design.problem,
            answers,
            calc_second_order=False,
            seed=1 + design.seed % 2**32,  # SALib takes zero for no seed
        )
    groups = dict(zip(design.labels, design.groups, strict=True))
    columns = [found[key] for key in ("S1", "S1_conf", "ST", "ST_conf")]
    rows = [
        Index(groups[label], *(_number(column[k]) for column in columns))
        for k, label in enumerate(labels)
    ]
    return Indices(tuple(sorted(rows, key=lambda row: -row.total)), len(bits))


def _number(value: Any) -> float:
    found = float(value)
    return found if math.isfinite(found) else 0.0


def _need_salib() -> None:
    try:
        import SALib  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        raise NotSupported(
            "Sobol indices need SALib, which is not installed. Run: pip install 'detente[sweeps]'."
        ) from None
