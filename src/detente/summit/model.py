"""The summit format, version 1: the shape of a file, before anything in it is given a meaning.

Every amount stays the text that the analyst wrote (`Formula`); `scope.py` reads it as an exact
expression. Short forms (`US: United States`, `fees: 50`, `levels: [none, full]`) are brought into
the long one here, so that nothing later knows them. Rules that need more than one field are in
`check.py`, so that each error can say where.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from detente.summit.short_forms import (
    last_round,
    levels_to_entries,
    names_to_entries,
    one_or_more,
    two,
    version_one,
    yes_or_no,
)

Formula = str
"""An expression of parameters, as written."""


COMPLY = "comply"
"""The outcome of a compliance step in which nobody cheats."""


Names = Annotated[list[str], BeforeValidator(one_or_more)]
Truth = Annotated[bool, BeforeValidator(yes_or_no)]
Pair = Annotated[tuple[str, str], BeforeValidator(two)]
Rounds = Annotated[Formula, BeforeValidator(last_round)]


class Part(BaseModel):
    """A part of a summit file: unknown keys are refused, empty values count as not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def long_form(cls, data: Any) -> Any:
        """What a short form stands for."""
        return {} if data is None else data

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        data = cls.long_form(data)
        if not isinstance(data, dict):
            return data
        fields = cls.model_fields
        unknown = [key for key in data if key not in fields]
        if unknown:
            known = {"keys": unknown, "known": list(fields), "part": cls.__name__}
            raise PydanticCustomError("unknown_key", "unknown key", known)
        return {
            key: value
            for key, value in data.items()
            if value is not None or fields[key].is_required()
        }


class Noted(Part):
    """A part that people may want to explain: a fuller name, a source, a remark."""

    name: str = ""
    source: str = ""
    note: str = ""


class Side(Noted):
    """A party; `sides` move, `observers` only gain or lose. `US: United States` gives the name."""

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else super().long_form(data)


Sides = Annotated[dict[str, Side], BeforeValidator(names_to_entries)]


class ParameterSpec(Part):
    """A number with what is known of it. `fees: 50` gives the value."""

    value: Formula
    range: Pair | None = None
    unit: str | None = None
    source: str = ""
    note: str = ""
    distribution: dict[str, Any] | str | None = None

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"value": data} if isinstance(data, str) else super().long_form(data)


class Correlation(Part):
    """How two parameters move together in draws (rank correlation, -1 to 1)."""

    between: Pair
    value: Formula
    source: str = ""
    note: str = ""


class Scenario(Part):
    """One joint draw of several parameters."""

    name: str = ""
    weight: Formula
    values: dict[str, Formula]


class Joint(Part):
    """A joint distribution by scenarios."""

    of: Names
    scenarios: list[Scenario]
    source: str = ""
    note: str = ""


class Amount(Part):
    """What something is worth to one party: once, and for each year of a horizon."""

    once: Formula = "0"
    per_year: Formula = "0"
    years: Formula | None = None

    @classmethod
    def long_form(cls, data: Any) -> Any:
        if data is None or data == {}:
            raise ValueError("the amount is missing. Write a number, or remove the party.")
        return {"once": data} if isinstance(data, str) else data


Worth = dict[str, Amount]
"""Party → amount. In files a bare formula stands for {once: formula}."""


class Level(Noted):
    """One level of a term. `irreversible` is what the term says unless the level says otherwise."""

    worth: Worth = {}
    irreversible: Annotated[bool | None, BeforeValidator(yes_or_no)] = None

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else super().long_form(data)


class Term(Noted):
    """What a side can concede. The first level concedes nothing."""

    by: Names
    levels: Annotated[dict[str, Level], BeforeValidator(levels_to_entries)]
    irreversible: Truth = False

    @property
    def lasting(self) -> tuple[bool, ...]:
        """For each level, whether it stays when the deal is ended."""
        return tuple(
            self.irreversible if level.irreversible is None else level.irreversible
            for level in self.levels.values()
        )


class Combination(Noted):
    """What levels are worth together, beyond what each is worth alone."""

    when: Formula
    worth: Worth


class ConsentRule(Part):
    """Sides whose consent a bundle needs on a condition."""

    when: Formula
    sides: Names
    note: str = ""


class Consent(Part):
    """Whose consent a bundle needs; `always` defaults to every side."""

    always: Annotated[list[str] | None, BeforeValidator(one_or_more)] = None
    also: list[ConsentRule] = []

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"always": data} if isinstance(data, str | list) else super().long_form(data)


class Breakdown(Part):
    """What each party gets without agreement, and what each round of talks adds to that."""

    worth: Worth = {}
    drift: Worth = {}
    source: str = ""
    note: str = ""


class Discount(Part):
    """Factors on what comes a round, or a year, later."""

    per_round: dict[str, Formula] = {}
    per_year: dict[str, Formula] = {}
    source: str = ""
    note: str = ""


class TakeItOrLeaveIt(Part):
    """One side proposes once."""

    kind: Literal["take-it-or-leave-it"]
    proposer: str
    offers: Formula | None = None
    note: str = ""


class AlternatingOffers(Part):
    """The sides propose in turn; a refusal ends the round."""

    kind: Literal["alternating-offers"]
    rounds: Rounds
    order: Names
    offers: dict[str, Formula] = {}
    walk_out: Names = []
    note: str = ""


class Mediator(Part):
    """A side in the middle proposes; the others answer."""

    kind: Literal["mediator"]
    mediator: str
    rounds: Rounds = "1"
    offers: Formula | None = None
    walk_out: Names = []
    note: str = ""


class Chamber(Part):
    """What a leader must bring home, and the chance that the deal falls without it."""

    win: Formula
    falls: Formula
    source: str = ""
    note: str = ""


class Ratification(Part):
    """Talks whose result needs a win at home for each side named."""

    kind: Literal["ratification"]
    talks: Annotated[TakeItOrLeaveIt | AlternatingOffers | Mediator, Field(discriminator="kind")]
    chambers: dict[str, Chamber]
    note: str = ""


ProtocolSpec = Annotated[
    TakeItOrLeaveIt | AlternatingOffers | Mediator | Ratification, Field(discriminator="kind")
]


class Effect(Noted):
    """What happens on a branch of the carrying-out."""

    undoes: Names = []
    worth: Worth = {}


class ChanceOutcome(Effect):
    """A branch of a chance step. `fails: 1/4` gives the probability."""

    probability: Formula

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"probability": data} if isinstance(data, str) else super().long_form(data)


class ChanceStep(Part):
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


class ChoiceStep(Part):
    """A move of one side that is no breach (third parties hold or erode)."""

    choice: str
    by: str
    when: Formula | None = None
    options: Annotated[dict[str, Effect], BeforeValidator(names_to_entries)]
    note: str = ""

    @property
    def variable(self) -> str:
        """The name under which later formulas mention the step."""
        return self.choice

    @property
    def results(self) -> tuple[str, ...]:
        """What the step can come to."""
        return tuple(self.options)


class Breach(Effect):
    """A way to cheat: the terms it leaves undelivered, and how likely it is seen."""

    detected: Formula
    caught: Effect = Effect()
    answered_by: Annotated[list[str] | None, BeforeValidator(one_or_more)] = None


class ComplianceStep(Part):
    """A side complies or cheats; a detected breach is answered."""

    compliance: str
    by: str
    when: Formula | None = None
    breaches: dict[str, Breach]
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
    found = [kind for kind in ("chance", "choice", "compliance") if kind in keys]
    return found[0] if len(found) == 1 else None


Step = Annotated[
    Annotated[ChanceStep, Tag("chance")]
    | Annotated[ChoiceStep, Tag("choice")]
    | Annotated[ComplianceStep, Tag("compliance")],
    Discriminator(_kind_of_step),
]


class TreeMove(Part):
    """A node of a tree written out by hand (a recursive mapping)."""

    label: str = ""
    player: str | None = None
    infoset: str | None = None
    chance: str | None = None
    probability: Formula | None = None
    worth: dict[str, Formula] = {}
    outcome: str = ""
    offers: dict[str, str] | str | None = None
    signs: dict[str, str] | str | None = None
    keeps: dict[str, str] | str | None = None
    breaks: dict[str, str] | str | None = None
    moves: dict[str, TreeMove] = {}
    note: str = ""


class SummitFile(Part):
    """A whole file."""

    detente: Annotated[Literal[1], BeforeValidator(version_one)]
    title: str
    description: str = ""
    sources: Names = []
    expected: dict[str, Any] | str = ""
    unit: str | None = None
    horizon: Formula | None = None
    sides: Sides
    observers: Sides = {}
    parameters: dict[str, ParameterSpec] = {}
    derived: dict[str, Formula] = {}
    correlations: list[Correlation] = []
    joint: list[Joint] = []
    terms: dict[str, Term] = {}
    feasible: Names = []
    combinations: list[Combination] = []
    consent: Consent = Consent()
    breakdown: Breakdown = Breakdown()
    delay: Worth = {}
    discount: Discount = Discount()
    protocol: ProtocolSpec | None = None
    carrying_out: list[Step] = []
    snap_back: SnapBack = SnapBack()
    tree: TreeMove | None = None
