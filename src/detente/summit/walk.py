"""Every worth, effect and tree node of a summit file, with its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from detente.files.yaml import Path

if TYPE_CHECKING:
    from detente.summit.model import Amount, Effect, Step, SummitFile, TreeMove


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
    for i, step in enumerate(file.carrying_out):
        yield from step_effects(("carrying_out", i), step)
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


def tree_nodes(file: SummitFile) -> Iterator[tuple[Path, TreeMove]]:
    """The nodes of a tree written by hand, in preorder."""
    stack: list[tuple[Path, TreeMove]] = [(("tree",), file.tree)] if file.tree else []
    while stack:
        path, node = stack.pop()
        yield path, node
        moves = [((*path, "moves", action), child) for action, child in node.moves.items()]
        stack.extend(reversed(moves))
