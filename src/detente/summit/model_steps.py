"""The shape of the carrying-out in a summit file: its steps, and what happens on their branches."""

# pydantic copies the defaults of a part, so that lists and mappings are safe ones.
# ruff: noqa: RUF012

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag

from detente.summit.model_parts import Formula, Names, Noted, Part, Watched, Worth
from detente.summit.short_forms import mutual_compliance, names_to_entries, one_or_more

COMPLY = "comply"
"""The outcome of a compliance step in which nobody cheats."""


class Effect(Noted):
    """What happens on a branch of the carrying-out."""

    undoes: Names = []
    worth: Worth = {}


class Option(Effect, Watched):
    """A branch of a choice."""


class ChanceOutcome(Effect, Watched):
    """A branch of a chance step. `fails: 1/4` gives the probability."""

    probability: Formula

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"probability": data} if isinstance(data, str) else super().long_form(data)


class ChanceStep(Watched):
    """Something that nobody decides (a legal route, third parties' enforcement)."""

    chance: str
    when: Formula | None = None
    outcomes: dict[str, ChanceOutcome]
    note: str = ""

    @property
    def variable(self) -> str:
        """The name under which later formulas mention the step."""
        return self.chance

    @property
    def results(self) -> tuple[str, ...]:
        """What the step can come to."""
        return tuple(self.outcomes)


class ChoiceStep(Watched):
    """A move of one side that is no breach (third parties hold or erode)."""

    choice: str
    by: str
    when: Formula | None = None
    options: Annotated[dict[str, Option], BeforeValidator(names_to_entries)]
    note: str = ""

    @property
    def variable(self) -> str:
        """The name under which later formulas mention the step."""
        return self.choice

    @property
    def results(self) -> tuple[str, ...]:
        """What the step can come to."""
        return tuple(self.options)


class FalseAlarm(Effect):
    """An alarm although nobody cheated. `false_alarm: 1/20` gives the probability."""

    probability: Formula

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"probability": data} if isinstance(data, str) else super().long_form(data)


class Verify(Watched):
    """A look at what another side does, decided while that side decides what to do.

    `detects`, `false_alarm` : take the place of the breach's `detected` and of the step's
        `false_alarm` where it looks
    """

    by: str
    cost: Formula = "0"
    detects: Formula
    false_alarm: Formula | None = None
    note: str = ""


class Breach(Effect, Watched):
    """A way to cheat: the terms it leaves undelivered, and how likely it is seen."""

    detected: Formula
    caught: Effect = Effect()
    answered_by: Annotated[list[str] | None, BeforeValidator(one_or_more)] = None


class ComplianceStep(Watched):
    """A side complies or cheats; a detected breach is answered."""

    compliance: str
    by: str
    when: Formula | None = None
    breaches: dict[str, Breach]
    answered_by: Annotated[list[str] | None, BeforeValidator(one_or_more)] = None
    false_alarm: FalseAlarm | None = None
    noticed_by: Annotated[list[str] | None, BeforeValidator(one_or_more)] = None
    verify: Verify | None = None
    note: str = ""

    @property
    def variable(self) -> str:
        """The name under which later formulas mention the step."""
        return self.compliance

    @property
    def results(self) -> tuple[str, ...]:
        """What the step can come to."""
        return (COMPLY, *self.breaches)


class SnapBack(Effect):
    """What ending the deal does: from `after` years on, reversible levels return to nothing."""

    after: Formula = "0"


def _kind_of_step(data: Any) -> str | None:
    keys = data if isinstance(data, dict) else getattr(data, "model_fields_set", ())
    kinds = ("chance", "choice", "compliance", "simultaneous")
    found = [kind for kind in kinds if kind in keys]
    return found[0] if len(found) == 1 else None


Step = Annotated[
    Annotated[ChanceStep, Tag("chance")]
    | Annotated[ChoiceStep, Tag("choice")]
    | Annotated[ComplianceStep, Tag("compliance")],
    Discriminator(_kind_of_step),
]


class SimultaneousSteps(Part):
    """Steps of different sides, none of which sees what the others choose."""

    simultaneous: list[Step]
    note: str = ""


StepOrSteps = Annotated[
    Annotated[ChanceStep, Tag("chance")]
    | Annotated[ChoiceStep, Tag("choice")]
    | Annotated[ComplianceStep, Tag("compliance")]
    | Annotated[SimultaneousSteps, Tag("simultaneous")],
    Discriminator(_kind_of_step),
    BeforeValidator(mutual_compliance),
]
