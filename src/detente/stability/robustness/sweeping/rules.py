"""Where the draws lie that break a bundle: a short list of rules on ranges of parameters.

Each rule is a box that grows narrower one condition at a time, as long as it stands out the more
from the share of all draws: by its standard score, the binomial test of Klösgen (1996). Then what
it covers is set aside and the next is looked for. Scenario discovery asks the same with boxes that
are peeled off (Friedman and Fisher 1999; Bryant and Lempert 2010). Rules are found on some draws
and measured on others, so that what is said of them is no artefact of having looked for them.
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
DEVIATIONS: Final = 4.0
"""Standard deviations that a condition must add at least: some hundreds are tried at once."""
CONDITION_GAIN: Final = 0.03
"""What a further condition must add to a rule's score, as a share of it."""
RULE_SHARE: Final = 0.1
"""The score that a further rule must reach, as a share of the first one's."""


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
    base, least = float(wanted.mean()), DEVIATIONS
    while len(found) < RULES and 0.0 < base < 1.0:
        box, score = _box(bins[:, left], wanted[left], cuts, base)
        if not box or score < least or box in found:
            break
        least = max(least, RULE_SHARE * score)
        found.append(box)
        left &= ~(_inside(bins, box) & wanted)
    return found


def _box(bins: Bins, wanted: Truths, cuts: Sequence[int], base: float) -> tuple[Box, float]:
    """The box that one condition after another makes, and its score; () where none stands out."""
    box, best = list[tuple[int, bool, int]](), 0.0
    here, hit = bins, wanted
    while len(box) < CONDITIONS and len(hit):
        step, score = None, best + max(DEVIATIONS, CONDITION_GAIN * best)
        for k, count in enumerate(cuts):
            taken = {below for at, below, _ in box if at == k}
            for below in (False, True):
                cut, found = _best_cut(here[k], hit, count, below, base)
                if below not in taken and cut >= 0 and found > score:
                    step, score = (k, below, cut), found
        if step is None:
            break
        box.append(step)
        best = score
        keep = _inside(here, (step,))
        here, hit = here[:, keep], hit[keep]
    return tuple(box), best


def _best_cut(
    row: Bins, hit: Truths, count: int, below: bool, base: float
) -> tuple[int, float]:
    """The edge with the greatest score on this side of it; -1 for none."""
    if not count:
        return -1, 0.0
    everything = np.cumsum(np.bincount(row, minlength=count + 1))
    hits = np.cumsum(np.bincount(row[hit], minlength=count + 1))
    inside, hits_inside = everything[:-1], hits[:-1]
    if not below:
        inside, hits_inside = everything[-1] - inside, hits[-1] - hits_inside
    deviation = np.sqrt(np.maximum(inside, 1) * base * (1.0 - base))
    score = (hits_inside - base * inside) / deviation
    cut = int(np.argmax(score))
    return cut, float(score[cut])


def _inside(bins: Bins, box: Box) -> Truths:
    inside = np.ones(bins.shape[1], dtype=bool)
    for k, below, cut in box:
        inside &= (bins[k] <= cut) == below
    return inside
