"""The summit format, version 1: the shape of a file, before anything in it is given a meaning.

Every amount stays the text that the analyst wrote (`Formula`); `scope.py` reads it as an exact
expression. Short forms (`US: United States`, `fees: 50`, `levels: [none, full]`) are brought into
the long one here, so that nothing later knows them. Rules that need more than one field are in
`check.py`, so that each error can say where.
"""

# pydantic copies the defaults of a part, so that lists and mappings are safe ones.
# ruff: noqa: RUF012

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from detente.summit.model_parts import (
    Amount,
    Formula,
    Names,
    Noted,
    Pair,
    Part,
    Truth,
    Watched,
    Worth,
)
from detente.summit.model_steps import (
    COMPLY,
    Breach,
    ChanceOutcome,
    ChanceStep,
    ChoiceStep,
    ComplianceStep,
    Effect,
    FalseAlarm,
    Option,
    SimultaneousSteps,
    SnapBack,
    Step,
    StepOrSteps,
    Verify,
)
from detente.summit.model_talks import (
    AlternatingOffers,
    Chamber,
    Mediator,
    ProtocolSpec,
    Ratification,
    SimultaneousOffers,
    TakeItOrLeaveIt,
)
from detente.summit.short_forms import (
    levels_to_entries,
    names_to_entries,
    one_or_more,
    version_one,
    yes_or_no,
)

__all__ = [
    "COMPLY",
    "AlternatingOffers",
    "Amount",
    "Breach",
    "Chamber",
    "ChanceOutcome",
    "ChanceStep",
    "ChoiceStep",
    "ComplianceStep",
    "Effect",
    "FalseAlarm",
    "Formula",
    "Mediator",
    "Option",
    "ParameterSpec",
    "Part",
    "Ratification",
    "SimultaneousOffers",
    "SimultaneousSteps",
    "SnapBack",
    "Step",
    "SummitFile",
    "TakeItOrLeaveIt",
    "TreeMove",
    "Verify",
    "Watched",
    "Worth",
]


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


class Win(Noted):
    """What a party must bring home for a deal to be a concrete win. `US: relief == none` gives the
    condition."""

    when: Formula

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"when": data} if isinstance(data, str) else super().long_form(data)


class ConsentRule(Part):
    """Sides whose consent a bundle needs on a condition."""

    when: Formula
    sides: Names
    note: str = ""


class TypeSpec(Noted):
    """What a side may be, known to it alone. `sincere: 3/5` gives how likely it is."""

    prior: Formula | None = None

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"prior": data} if isinstance(data, str) else super().long_form(data)


class PriorCase(Part):
    """How likely the sides are of these types together."""

    types: dict[str, str]
    probability: Formula
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


class Mend(Part):
    """What changes cost that would make a bundle hold, or break it; `never` rules one out.

    Each is for a unit of the change: of a parameter either way, of an amount paid, of the share of
    unseen breaches that is seen, of a discount factor a year; for a term, for each level; for the
    protocol, for any other one.
    """

    parameters: dict[str, Formula] = {}
    payment: Formula | None = None
    penalty: Formula | None = None
    inspections: Formula | None = None
    patience: Formula | None = None
    terms: dict[str, Formula] = {}
    protocol: Formula | None = None
    others: Literal["ranges", "never"] = "ranges"
    source: str = ""
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
    types: dict[str, Annotated[dict[str, TypeSpec], BeforeValidator(names_to_entries)]] = {}
    prior: list[PriorCase] = []
    parameters: dict[str, ParameterSpec] = {}
    derived: dict[str, Formula] = {}
    correlations: list[Correlation] = []
    joint: list[Joint] = []
    terms: dict[str, Term] = {}
    feasible: Names = []
    combinations: list[Combination] = []
    wins: dict[str, Win] = {}
    mend: Mend = Mend()
    consent: Consent = Consent()
    breakdown: Breakdown = Breakdown()
    delay: Worth = {}
    discount: Discount = Discount()
    protocol: ProtocolSpec | None = None
    carrying_out: list[StepOrSteps] = []
    snap_back: SnapBack = SnapBack()
    tree: TreeMove | None = None
