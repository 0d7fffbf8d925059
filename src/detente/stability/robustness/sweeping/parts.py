"""One part of a sweep: its draws judged, counted and put into the contents of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detente.files.parquet import parquet_bytes
from detente.stability.robustness.draws.bits import INVALID, MEANING
from detente.stability.robustness.draws.settling import Bits, Halt
from detente.stability.robustness.sweeping.plan import Plan, versions
from detente.stability.robustness.sweeping.tally import Counts

Floats = NDArray[np.float64]

QUESTIONS: Final = (
    "acceptable", "honoured", "stable", "undecided", "selected", "selection undecided",
)  # fmt: skip
"""What is counted of every bundle."""
SAMPLE: Final = 1 << 16
"""Draws, of the first parts, that rules are looked for in."""
DRAW: Final = "draw"
BUNDLE: Final = "bundle: "
"""Before a bundle's name, the heading of its column of bits."""


@dataclass(frozen=True)
class Detail:
    """What is counted more finely.

    `bundles` : positions among those asked about
    `bit` : of which answer
    `edges` : for each parameter, where its draws are cut into bins
    """

    bundles: tuple[int, ...]
    bit: int
    edges: tuple[Floats, ...]

    @property
    def num_bins(self) -> int:
        """How many bins a parameter has at most."""
        return 1 + max((len(cuts) for cuts in self.edges), default=0)


@dataclass(frozen=True, eq=False)
class Summary:
    """What a part adds to the shares.

    `hits` : int64 (num_bundles, num_questions), draws with each answer
    `valid` : int64 (num_bundles,), draws that make a game
    `bin_hits`, `bin_valid` : int64 (num_detailed, num_names, num_bins), the same in detail
    `bins` : uint8 (num_names, num_draws), where each draw lies, of the first parts; else no columns
    `holds`, `sound` : bool (num_detailed, as many), of the same draws
    """

    part: int
    draws: int
    hits: Counts
    valid: Counts
    bin_hits: Counts
    bin_valid: Counts
    bins: NDArray[np.uint8]
    holds: NDArray[np.bool_]
    sound: NDArray[np.bool_]


def summary(part: int, draws: Floats, bits: Bits, detail: Detail) -> Summary:
    """The counts of a part.

    `draws` : float64 (num_names, num_draws), `bits` : uint8 (num_bundles, num_draws)
    """
    count = draws.shape[1]
    sound = (bits & INVALID) == 0
    asked = [np.count_nonzero(bits & MEANING[question], axis=1) for question in QUESTIONS]
    chosen = list(detail.bundles)
    holds = (bits[chosen] & detail.bit) != 0
    bins = np.array(
        [np.searchsorted(e, row, side="right") for e, row in zip(detail.edges, draws, strict=True)],
        dtype=np.uint8,
    ).reshape(len(detail.edges), count)
    shape = (len(chosen), len(bins), detail.num_bins)
    bin_hits, bin_valid = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for at in range(len(chosen)):
        for k, row in enumerate(bins):
            bin_hits[at, k] = np.bincount(row[holds[at]], minlength=shape[2])
            bin_valid[at, k] = np.bincount(row[sound[chosen[at]]], minlength=shape[2])
    kept = min(count, max(0, SAMPLE - part * count)) if chosen else 0
    return Summary(
        part, count,
        np.array(asked, dtype=np.int64).T, np.count_nonzero(sound, axis=1).astype(np.int64),
        bin_hits, bin_valid,
        bins[:, :kept], holds[:, :kept], sound[chosen][:, :kept],
    )  # fmt: skip


@dataclass(frozen=True)
class Done:
    """A part that was judged.

    `contents` : of its file, None where none is wanted
    `versions` : of what judged it
    """

    summary: Summary
    contents: bytes | None
    versions: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Work:
    """Judges parts: called with the number of one. It can be sent to other machines.

    `filed` : whether the contents of a file are wanted
    """

    plan: Plan
    detail: Detail
    filed: bool

    def __call__(self, part: int, halt: Halt | None = None) -> Done:
        plan = self.plan
        draws = plan.draws(part)
        bits = plan.question.answer(draws, halt=halt)
        contents = None
        if self.filed:
            contents = parquet_bytes(columns(plan, part, draws, bits), about(plan, part))
        return Done(summary(part, draws, bits, self.detail), contents, versions())


def columns(plan: Plan, part: int, draws: Floats, bits: Bits) -> dict[str, NDArray[Any]]:
    """The columns of a part's file: number of the draw, parameters, bits of each bundle."""
    count = bits.shape[1]
    found: dict[str, NDArray[Any]] = {DRAW: np.arange(part * count, (part + 1) * count)}
    if plan.keep_values:
        found |= dict(zip(plan.drawing.names, draws, strict=True))
    return found | dict(zip(bundle_columns(plan), bits, strict=True))


def bundle_columns(plan: Plan) -> Sequence[str]:
    """The headings of the bits."""
    question = plan.question
    return [BUNDLE + question.talks.bundles[bundle].name for bundle in question.bundles]


def about(plan: Plan, part: int) -> dict[str, Any]:
    """What stands in the metadata of a part's file."""
    return {**plan.about, "key": plan.key, "part": part}
