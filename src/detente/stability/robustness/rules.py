"""Where the draws lie that break a bundle: a short list of rules on ranges of parameters.

Each rule is a box that grows narrower one condition at a time, as long as its weighted relative
accuracy rises (Lavrač, Flach and Zupan 1999); then what it covers is set aside and the next is
looked for. Scenario discovery asks the same with boxes peeled off (Friedman and Fisher 1999; Bryant
and Lempert 2010). Rules are found on some draws and measured on others, so that what is said of
them is no artefact of having looked for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Bins = NDArray[np.uint8]
Truths = NDArray[np.bool_]

CONDITIONS: Final = 3
"""A rule has at most so many."""
RULES: Final = 4
WORTHWHILE: Final = 0.02
"""What a further condition or rule must add at least, as a share of the most that it could."""
DEVIATIONS: Final = 3.5
"""Standard deviations that a condition must stand out by: some hundreds are tried at once."""


@dataclass(frozen=True)
class Condition:
    """A parameter is below, or at least, a value.

    `below` : which of the two; `edge` : the value
    """

    parameter: str
    below: bool
    edge: float


@dataclass(frozen=True)
class Rule:
    """A box of draws.

    `share` : of all draws, how many lie in it
    `precision` : of the draws in it, how many are of the kind looked for
    `coverage` : of these draws, how many lie in it
    """

    conditions: tuple[Condition, ...]
    share: float
    precision: float
    coverage: float


@dataclass(frozen=True)
class Rules:
    """A list of rules.

    `base` : the share of draws of the kind looked for
    `coverage` : how many of these lie in one of the rules
    `reason` : why there is no rule
    """

    rules: tuple[Rule, ...]
    base: float
    coverage: float
    reason: str = ""


def find_rules(
    bins: Bins,
    wanted: Truths,
    measured: Truths,
    names: Sequence[str],
    edges: Sequence[NDArray[np.float64]],
) -> Rules:
    """Rules for the draws that are wanted.

    `bins` : uint8 (num_names, num_draws), where each draw lies
    `wanted` : bool (num_draws,); `measured` : bool (num_draws,), draws that rules are measured on
        and not looked for
    `edges` : for each parameter, where its bins begin but for the first
    """
    count = len(wanted)
    base = float(wanted.mean()) if count else 0.0
    if base in (0.0, 1.0) or not measured.any() or measured.all():
        return Rules((), base, 0.0, "there are none." if base == 0.0 else "it is so everywhere.")
    boxes = _boxes(bins[:, ~measured], wanted[~measured], [len(cuts) for cuts in edges])
    rules, covered = [], np.zeros(len(wanted[measured]), dtype=bool)
    for box in boxes:
        inside = _inside(bins[:, measured], box)
        if not inside.any() or not wanted[measured].any():
            continue
        hits = inside & wanted[measured]
        covered |= hits
        conditions = tuple(
            Condition(names[k], below, float(edges[k][cut])) for k, below, cut in sorted(box)
        )
        rules.append(
            Rule(
                conditions,
                float(inside.mean()),
                float(hits.sum() / inside.sum()),
                float(hits.sum() / wanted[measured].sum()),
            )
        )
    all_wanted = int(wanted[measured].sum())
    coverage = float(covered.sum() / all_wanted) if all_wanted else 0.0
    reason = "" if rules else "no range of a parameter has clearly more of them than others."
    return Rules(tuple(rules), base, coverage, reason)


Box = tuple[tuple[int, bool, int], ...]
"""(parameter, whether below, number of the edge) of each condition."""


def _boxes(bins: Bins, wanted: Truths, cuts: Sequence[int]) -> list[Box]:
    found: list[Box] = []
    left = np.ones(len(wanted), dtype=bool)
    base = float(wanted.mean())
    # All of the wanted and nothing else would have this accuracy.
    most = base * (1.0 - base)
    for _ in range(RULES):
        box = _box(bins[:, left], wanted[left], cuts, base, WORTHWHILE * most)
        if not box or box in found:
            break
        found.append(box)
        left &= ~(_inside(bins, box) & wanted)
    return found


def _box(
    bins: Bins, wanted: Truths, cuts: Sequence[int], base: float, worthwhile: float
) -> Box:
    """The box that one condition after another makes; () where none is worth while."""
    total, box, best = len(wanted), list[tuple[int, bool, int]](), 0.0
    here, hit = bins, wanted
    while len(box) < CONDITIONS and len(hit):
        step, accuracy = None, best + worthwhile
        for k, count in enumerate(cuts):
            taken = {below for at, below, _ in box if at == k}
            for below in {False, True} - taken:
                cut, found = _best_cut(here[k], hit, count, below, base, total, best)
                if cut >= 0 and found > accuracy:
                    step, accuracy = (k, below, cut), found
        if step is None:
            break
        box.append(step)
        best = accuracy
        keep = _inside(here, (step,))
        here, hit = here[:, keep], hit[keep]
    return tuple(box)


def _best_cut(
    row: Bins, hit: Truths, count: int, below: bool, base: float, total: int, before: float
) -> tuple[int, float]:
    """The edge with the greatest weighted relative accuracy on this side of it; -1 for none.

    `before` : the accuracy without a cut; what chance may well add to it does not count
    """
    if not count:
        return -1, 0.0
    everything = np.cumsum(np.bincount(row, minlength=count + 1))
    hits = np.cumsum(np.bincount(row[hit], minlength=count + 1))
    inside, hits_inside = everything[:-1], hits[:-1]
    if not below:
        inside, hits_inside = everything[-1] - inside, hits[-1] - hits_inside
    accuracy = (hits_inside - base * inside) / total
    fewer = np.minimum(inside, len(row) - inside)
    noise = DEVIATIONS * np.sqrt(base * (1.0 - base) * fewer) / total
    accuracy = np.where(accuracy > before + noise, accuracy, -1.0)
    cut = int(np.argmax(accuracy))
    return (cut, float(accuracy[cut])) if accuracy[cut] > 0.0 else (-1, 0.0)


def _inside(bins: Bins, box: Box) -> Truths:
    inside = np.ones(bins.shape[1], dtype=bool)
    for k, below, cut in box:
        inside &= (bins[k] <= cut) == below
    return inside
