"""Every worth, effect and tree node of a summit file, with its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from detente.files.yaml import Path

if TYPE_CHECKING:
    from detente.summit.model import (
        Amount,
        Effect,
        Step,
        SummitFile,
        TreeMove,
        Verify,
        Watched,
    )

TRUST, VERIFY = "trust", "verify"
"""The moves of a side that may look at what another side does."""


class Placed(NamedTuple):
    """One step of the carrying-out.

    `path` : where it stands
    `group` : its number in the list of the file; steps taken at once share one
    `step` : what it says; of a look at another step, that step
    `look` : whether it is the look at that step
    """

    path: Path
    group: int
    step: Step
    look: Verify | None = None

    @property
    def variable(self) -> str:
        """The name under which later formulas mention it."""
        return self.step.variable if self.look is None else f"{self.step.variable}_verified"

    @property
    def results(self) -> tuple[str, ...]:
        """What it can come to."""
        return self.step.results if self.look is None else (TRUST, VERIFY)

    @property
    def by(self) -> str | None:
        """Who decides it, None for chance."""
        by: str | None = (self.look or self.step).by if hasattr(self.step, "by") else None
        return by


def steps(file: SummitFile) -> Iterator[Placed]:
    """Every step of the carrying-out in order, also those taken at once; a look after its step."""
    from detente.summit.model import SimultaneousSteps

    for i, item in enumerate(file.carrying_out):
        path: Path = ("carrying_out", i)
        if isinstance(item, SimultaneousSteps):
            at_once = enumerate(item.simultaneous)
            found: list[tuple[Path, Step]] = [
                ((*path, "simultaneous", k), step) for k, step in at_once
            ]
        else:
            found = [(path, item)]
        for where, step in found:
            yield Placed(where, i, step)
            if look := look_of(step):
                yield Placed((*where, "verify"), i, step, look)


def look_of(step: Step) -> Verify | None:
    """The look at a step, where there is one."""
    found: Verify | None = getattr(step, "verify", None)
    return found


def worths(file: SummitFile) -> Iterator[tuple[Path, Mapping[str, Amount]]]:
    """Every mapping from parties to amounts, in the order of the format; not those of a tree."""
    for term, spec in file.terms.items():
        for level, part in spec.levels.items():
            yield ("terms", term, "levels", level, "worth"), part.worth
    for i, combination in enumerate(file.combinations):
        yield ("combinations", i, "worth"), combination.worth
    yield ("breakdown", "worth"), file.breakdown.worth
    yield ("breakdown", "drift"), file.breakdown.drift
    yield ("delay",), file.delay
    for path, effect in effects(file):
        yield (*path, "worth"), effect.worth


def effects(file: SummitFile) -> Iterator[tuple[Path, Effect]]:
    """Everything that happens on a branch of the carrying-out, the snap-back last."""
    for placed in steps(file):
        if placed.look is None:
            yield from step_effects(placed.path, placed.step)
    yield ("snap_back",), file.snap_back


def step_effects(path: Path, step: Step) -> Iterator[tuple[Path, Effect]]:
    """What may happen in one step: its branches, and what a caught breach costs."""
    from detente.summit.model import ChanceStep, ChoiceStep

    if isinstance(step, ChanceStep):
        for name, outcome in step.outcomes.items():
            yield (*path, "outcomes", name), outcome
    elif isinstance(step, ChoiceStep):
        for name, option in step.options.items():
            yield (*path, "options", name), option
    else:
        for name, breach in step.breaches.items():
            yield (*path, "breaches", name), breach
            yield (*path, "breaches", name, "caught"), breach.caught
        if step.false_alarm is not None:
            yield (*path, "false_alarm"), step.false_alarm


def win_of(file: SummitFile, party: str) -> tuple[str, Path] | None:
    """What a party must bring home and where that stands; None where the file does not say.

    Its chamber's own condition counts before what stands under `wins`.
    """
    if file.protocol is not None and file.protocol.kind == "ratification":
        chamber = file.protocol.chambers.get(party)
        if chamber is not None and chamber.win is not None:
            return chamber.win, ("protocol", "chambers", party, "win")
    if party in file.wins:
        return file.wins[party].when, ("wins", party, "when")
    return None


def tree_nodes(file: SummitFile) -> Iterator[tuple[Path, TreeMove]]:
    """The nodes of a tree written by hand, in preorder."""
    stack: list[tuple[Path, TreeMove]] = [(("tree",), file.tree)] if file.tree else []
    while stack:
        path, node = stack.pop()
        yield path, node
        moves = [((*path, "moves", action), child) for action, child in node.moves.items()]
        stack.extend(reversed(moves))


def unseeing(sides: Sequence[str], spec: Watched) -> frozenset[str]:
    """The sides that do not see a part of the file."""
    if spec.seen_by is not None:
        return frozenset(sides) - frozenset(spec.seen_by)
    return frozenset(spec.unseen_by or ())
