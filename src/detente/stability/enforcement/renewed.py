"""A bundle renewed period after period: what makes it enforce itself, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial, reduce

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
from detente.stability.later import Later

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
    `stages` : what a period brings it, one a case of chance in which that differs; at least one
    `rule` : how cheating is answered; false alarms are those of each stage
    """

    side: str
    patience: Patience
    stages: tuple[Stage, ...]
    rule: Rule

    @property
    def credible(self) -> bool:
        """Whether it takes part in the punishment by its own interest."""
        return all(stage.credible is not False for stage in self.stages)

    @cached_property
    def sets(self) -> Mapping[str, Union]:
        """Quantity → its values at which the side never cheats, the rest as the file has it.

        Only `patience` where the file's own patience is not known.
        """
        asked = QUANTITIES if self.patience.factor is not None else ("patience",)
        return Later({quantity: partial(self._set, quantity) for quantity in asked})

    def _set(self, quantity: str) -> Union:
        factor = self.patience.factor or Fraction(0)
        found = [_SETS[quantity](stage, factor, own) for stage, own in self._ruled]
        return common(found, QUANTITIES[quantity])

    @cached_property
    def _ruled(self) -> tuple[tuple[Stage, Rule], ...]:
        return tuple(
            [(stage, replace(self.rule, false_alarm=stage.noise)) for stage in self.stages]
        )

    @cached_property
    def lengths(self) -> Lengths | None:
        """How long a punishment must last; None where patience is not known."""
        d = self.patience.factor
        if d is None:
            return None
        return reduce(lambda a, b: a & b, [lengths(stage, d, stage.noise) for stage in self.stages])

    @cached_property
    def holds(self) -> bool | None:
        """Whether it does not cheat, as the file has it."""
        d = self.patience.factor
        if d is not None:
            return all(holds(stage, d, own) for stage, own in self._ruled)
        enough = self.sets["patience"]
        return enough.is_everything if enough.is_everything or enough.is_empty else None


@dataclass(frozen=True)
class Renewed:
    """A bundle that is renewed period after period.

    `rule` : how cheating is answered; where false alarms differ by case, with the most
    `keepers` : the sides that concede something or can cheat, in file order
    `idle` : whether nobody cheats where there is no keeper
    `reason` : why there is nothing to say, "" where there is
    """

    bundle: str
    rule: Rule
    keepers: tuple[Keeper, ...] = ()
    idle: bool | None = None
    reason: str = ""

    @property
    def incredible(self) -> tuple[str, ...]:
        """The sides that would rather go on delivering than take part in the punishment."""
        return tuple(keeper.side for keeper in self.keepers if not keeper.credible)

    @cached_property
    def sets(self) -> Mapping[str, Union]:
        """Quantity → its values, the same for all sides, at which nobody ever cheats."""
        asked = [q for q in QUANTITIES if all(q in keeper.sets for keeper in self.keepers)]
        return Later({q: partial(self._set, q) for q in asked if self.keepers})

    def _set(self, quantity: str) -> Union:
        return common([keeper.sets[quantity] for keeper in self.keepers], QUANTITIES[quantity])

    @cached_property
    def lengths(self) -> Lengths | None:
        """The lengths of punishment that keep all from cheating, the shortest being the best."""
        known = [keeper.lengths for keeper in self.keepers if keeper.lengths is not None]
        if not known or len(known) < len(self.keepers):
            return None
        return reduce(lambda a, b: a & b, known)

    @cached_property
    def holds(self) -> bool | None:
        """Whether nobody cheats, as the file has it."""
        if not self.keepers:
            return self.idle
        each = [keeper.holds for keeper in self.keepers]
        return False if False in each else None if None in each else True


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
        return Renewed(name, rule, idle=True, reason="nobody concedes anything in it.")
    if not stages:
        reason = "chance always undoes a part of it, so that it never runs."
        return Renewed(name, rule, reason=reason)
    sides = dict.fromkeys(stage.side for stage in stages)
    return Renewed(name, rule, tuple(
        Keeper(side, repeated.patience(side), tuple(s for s in stages if s.side == side), rule)
        for side in sides
    ))  # fmt: skip
