"""The lens of enforcement: would nobody cheat in a deal that is renewed year after year?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.errors import NotSupported, OutOfTime
from detente.stability.enforcement.renewed import Keeper, Renewed, renewed
from detente.stability.enforcement.repeated import Rule, holds
from detente.stability.enforcement.stages import Repeated
from detente.stability.later import Later
from detente.stability.lens import Lens, Sight
from detente.stability.words import listed, plain, wording_of

if TYPE_CHECKING:
    from detente.summit.summit import Summit

SECONDS_A_BUNDLE = 0.005
"""What one bundle takes, roughly."""


def look(summit: Summit, bundles: Sequence[int], deadline: float | None) -> Iterator[Sight]:
    """Whether each bundle enforces itself, renewed without end, an alarm ending it for ever.

    Raises OutOfTime where the deadline passes.
    """
    repeated = Repeated(summit)
    wording = wording_of(summit)
    for bundle in bundles:
        if deadline is not None and time.perf_counter() > deadline:
            raise OutOfTime
        try:
            yield sight(renewed(repeated, bundle), wording.would)
        except NotSupported as error:
            yield Sight(None, "?", error.message)


def sight(found: Renewed, would: Callable[[str], str]) -> Sight:
    """What was found of a bundle, in a few words and in a sentence.

    `would` : a move → what a side would do
    """
    if not found.keepers:
        word = "nothing to keep" if found.holds else "?"
        return Sight(found.holds, word, f"{found.reason[:1].upper()}{found.reason[1:]}")
    patience = found.sets["patience"]
    word = (
        "at any d" if patience.is_everything
        else "at no d" if patience.is_empty else patience.text("d")
    )
    return Sight(found.holds, word, _text(found, would), _data(found))


def _data(found: Renewed) -> Mapping[str, Any]:
    """What the JSON has of it; a table does without."""
    return Later({
        "sets": lambda: {quantity: values.data() for quantity, values in found.sets.items()},
        "patience": lambda: {keeper.side: keeper.patience.factor for keeper in found.keepers},
        "shortest_punishment": lambda: None if found.lengths is None else found.lengths.shortest,
    })


def _text(found: Renewed, would: Callable[[str], str]) -> str:
    tempted = [keeper for keeper in found.keepers if keeper.holds is False]
    if tempted:
        return " ".join(_breaks(keeper, found.rule, would) for keeper in tempted)
    unknown = [keeper.side for keeper in found.keepers if keeper.holds is None]
    if unknown:
        return (
            f"Renewed without end it takes {found.sets['patience'].text('d')} (d is what a period "
            f"later counts for), and the file does not say how patient {listed(unknown)} "
            f"{'are' if len(unknown) > 1 else 'is'}."
        )
    if not any(stage.temptations for keeper in found.keepers for stage in keeper.stages):
        return "Nobody has anything to breach."
    known = [(keeper.side, keeper.patience.factor) for keeper in found.keepers]
    at = listed([f"{side}'s {plain(factor)}" for side, factor in known if factor])
    return (
        "Renewed without end, with an alarm ending it for ever, nobody would break it, patience "
        f"being {at}." if at else "Nobody would break it even if nothing were to follow."
    )


def _breaks(keeper: Keeper, rule: Rule, would: Callable[[str], str]) -> str:
    # Where the file does not say how patient it is, no patience at all would be enough.
    known = keeper.patience.factor
    factor = Fraction(0) if known is None else known
    moves = next(
        (
            temptation.moves
            for stage in keeper.stages
            for temptation in stage.temptations
            if not holds(replace(stage, temptations=(temptation,)), factor, rule)
        ),
        (),
    )
    does = listed([would(move) for move in moves]) or "would break it"
    needed = keeper.sets["patience"]
    enough = "no patience would be enough" if needed.is_empty else f"it takes {needed.text('d')}"
    patience = "" if known is None else f", and its patience is {plain(known)}"
    return f"Renewed without end, {keeper.side} {does}: {enough}{patience}."


def refusal(summit: Summit) -> str | None:
    """Why enforcement cannot look at a summit, in one sentence, or None."""
    try:
        Repeated(summit)
    except NotSupported as error:
        return error.message
    return None


LENS = Lens(
    name="enforcement",
    question=(
        "Would nobody cheat if the deal were renewed year after year (d: what a year later counts "
        "for)?"
    ),
    refusal=refusal,
    cost=lambda summit, count: SECONDS_A_BUNDLE * count,
    look=look,
)
