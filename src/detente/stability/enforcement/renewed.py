"""A bundle renewed period after period: what makes it enforce itself, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce

from detente.stability.enforcement.repeated import (
    CHANCES,
    COSTS,
    FACTORS,
    Lengths,
    Rule,
    Stage,
    common,
    detection,
    false_alarms,
    holds,
    lengths,
    patience,
    penalty,
)
from detente.stability.enforcement.stages import Patience, Repeated
from detente.stability.following.union import Interval, Union

QUANTITIES: Mapping[str, Interval] = {
    "patience": FACTORS,
    "detection": CHANCES,
    "false_alarm": CHANCES,
    "penalty": COSTS,
}
"""What is freed, one at a time, and where it lies."""

_SETS: Mapping[str, Callable[[Stage, Fraction, Rule], Union]] = {
    "patience": lambda stage, _, rule: patience(stage, rule),
    "detection": detection,
    "false_alarm": false_alarms,
    "penalty": penalty,
}


@dataclass(frozen=True)
class Keeper:
    """One side of a bundle that is renewed.

    `patience` : its discount factor of a period, as the file has it
    `stages` : what a period brings it, one a case of chance in which that differs
    `sets` : quantity → its values at which the side never cheats, the rest as the file has it;
        only `patience` where the file's own patience is not known
    `lengths` : how long a punishment must last; None where patience is not known
    `holds` : whether it does not cheat, as the file has it
    """

    side: str
    patience: Patience
    stages: tuple[Stage, ...]
    sets: Mapping[str, Union]
    lengths: Lengths | None
    holds: bool | None

    @property
    def credible(self) -> bool:
        """Whether it takes part in the punishment by its own interest."""
        return all(stage.credible is not False for stage in self.stages)


@dataclass(frozen=True)
class Renewed:
    """A bundle that is renewed period after period.

    `rule` : how cheating is answered; where false alarms differ by case, with the most
    `keepers` : the sides that concede something or can cheat, in file order
    `sets` : quantity → its values, the same for all sides, at which nobody ever cheats
    `lengths` : the lengths of punishment that keep all from cheating, the shortest being the best
    `holds` : whether nobody cheats, as the file has it
    `reason` : why there is nothing to say, "" where there is
    """

    bundle: str
    rule: Rule
    keepers: tuple[Keeper, ...] = ()
    sets: Mapping[str, Union] = field(default_factory=dict)
    lengths: Lengths | None = None
    holds: bool | None = None
    reason: str = ""

    @property
    def incredible(self) -> tuple[str, ...]:
        """The sides that would rather go on delivering than take part in the punishment."""
        return tuple(keeper.side for keeper in self.keepers if not keeper.credible)


def renewed(
    repeated: Repeated, bundle: int, length: int | None = None, false_alarm: Fraction | None = None
) -> Renewed:
    """A bundle renewed period after period.

    `length` : periods of punishment, None for ever
    `false_alarm` : how likely an alarm rings although nobody cheats; the file's own where None

    Raises NotSupported where the carrying-out may go in too many ways, GameError for a rule that is
    none.
    """
    name = repeated.summit.bundles[bundle].name
    stages = repeated.stages(bundle, false_alarm)
    rule = Rule(length, max((stage.noise for stage in stages), default=false_alarm or Fraction(0)))
    if not stages and not repeated.conceding(bundle):
        return Renewed(name, rule, holds=True, reason="nobody concedes anything in it.")
    if not stages:
        reason = "chance always undoes a part of it, so that it never runs."
        return Renewed(name, rule, reason=reason)
    sides = dict.fromkeys(stage.side for stage in stages)
    keepers = tuple(
        _keeper(repeated.patience(side), [s for s in stages if s.side == side], rule)
        for side in sides
    )
    sets = {
        quantity: common([keeper.sets[quantity] for keeper in keepers], within)
        for quantity, within in QUANTITIES.items()
        if all(quantity in keeper.sets for keeper in keepers)
    }
    known = [keeper.lengths for keeper in keepers if keeper.lengths is not None]
    each = [keeper.holds for keeper in keepers]
    return Renewed(
        name, rule, keepers, sets,
        reduce(lambda a, b: a & b, known) if len(known) == len(keepers) else None,
        False if False in each else None if None in each else True,
    )  # fmt: skip


def _keeper(known: Patience, stages: Sequence[Stage], rule: Rule) -> Keeper:
    d = known.factor
    asked = list(_SETS) if d is not None else ["patience"]
    factor = Fraction(0) if d is None else d
    rules = [(stage, replace(rule, false_alarm=stage.noise)) for stage in stages]
    sets = {
        quantity: common(
            [_SETS[quantity](stage, factor, own) for stage, own in rules], QUANTITIES[quantity]
        )
        for quantity in asked
    }
    needed = None
    if d is not None:
        needed = reduce(
            lambda a, b: a & b, [lengths(stage, d, stage.noise) for stage in stages]
        )
    side = stages[0].side
    keeps: bool | None = None
    if d is not None:
        keeps = all(holds(stage, d, own) for stage, own in rules)
    elif sets["patience"].is_everything or sets["patience"].is_empty:
        keeps = sets["patience"].is_everything
    return Keeper(side, known, tuple(stages), sets, needed, keeps)
