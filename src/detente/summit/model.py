"""The summit format, version 1: the shape of a file, before anything in it is given a meaning.

Every amount stays the text that the analyst wrote (`Formula`); `scope.py` reads it as an exact
expression. Rules that need more than one field are in `check.py`, so that each error can say where.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Formula = str
"""An expression of parameters, as written."""


class Part(BaseModel):
    """A part of a summit file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Side(Part):
    """A party; `sides` move, `observers` only gain or lose."""

    name: str = ""


class ParameterSpec(Part):
    """A number with what is known of it."""

    value: Formula
    range: tuple[Formula, Formula] | None = None
    unit: str | None = None
    source: str = ""
    note: str = ""
    distribution: dict[str, Any] | str | None = None


class Correlation(Part):
    """How two parameters move together in draws (rank correlation, -1 to 1)."""

    between: tuple[str, str]
    value: Formula


class Scenario(Part):
    """One joint draw of several parameters."""

    weight: Formula
    values: dict[str, Formula]


class Joint(Part):
    """A joint distribution by scenarios."""

    of: list[str]
    scenarios: list[Scenario]


class Amount(Part):
    """What something is worth to one party: once, and for each year of a horizon."""

    once: Formula = "0"
    per_year: Formula = "0"
    years: Formula | None = None


Worth = dict[str, Amount]
"""Party → amount. In files a bare formula stands for {once: formula}."""


class Level(Part):
    """One level of a term."""

    name: str = ""
    worth: Worth = {}


class Term(Part):
    """What a side can concede. The first level concedes nothing."""

    by: list[str]
    name: str = ""
    levels: dict[str, Level]
    irreversible: bool = False


class Combination(Part):
    """What levels are worth together, beyond what each is worth alone."""

    when: Formula
    name: str = ""
    worth: Worth


class ConsentRule(Part):
    """Sides whose consent a bundle needs on a condition."""

    when: Formula
    sides: list[str]


class Consent(Part):
    """Whose consent a bundle needs; `always` defaults to every side."""

    always: list[str] | None = None
    also: list[ConsentRule] = []


class Breakdown(Part):
    """What each party gets without agreement, and what each round of talks adds to that."""

    worth: Worth = {}
    drift: Worth = {}


class Discount(Part):
    """Factors on what comes a round, or a year, later."""

    per_round: dict[str, Formula] = {}
    per_year: dict[str, Formula] = {}


class TakeItOrLeaveIt(Part):
    """One side proposes once."""

    kind: Literal["take-it-or-leave-it"]
    proposer: str
    offers: Formula | None = None


class AlternatingOffers(Part):
    """The sides propose in turn; a refusal ends the round."""

    kind: Literal["alternating-offers"]
    rounds: Formula
    order: list[str]
    offers: dict[str, Formula] = {}
    walk_out: list[str] = []


class Mediator(Part):
    """A side in the middle proposes; the others answer."""

    kind: Literal["mediator"]
    mediator: str
    rounds: Formula = "1"
    offers: Formula | None = None
    walk_out: list[str] = []


class Chamber(Part):
    """What a leader must bring home, and the chance that the deal falls without it."""

    win: Formula
    falls: Formula


class Ratification(Part):
    """Talks whose result needs a win at home for each side named."""

    kind: Literal["ratification"]
    talks: Annotated[
        TakeItOrLeaveIt | AlternatingOffers | Mediator, Field(discriminator="kind")
    ]
    chambers: dict[str, Chamber]


ProtocolSpec = Annotated[
    TakeItOrLeaveIt | AlternatingOffers | Mediator | Ratification, Field(discriminator="kind")
]


class Effect(Part):
    """What happens on a branch of the carrying-out."""

    name: str = ""
    undoes: list[str] = []
    worth: Worth = {}


class ChanceOutcome(Effect):
    """A branch of a chance step."""

    probability: Formula


class ChanceStep(Part):
    """Something that nobody decides (a legal route, third parties' enforcement)."""

    chance: str
    when: Formula | None = None
    outcomes: dict[str, ChanceOutcome]


class ChoiceStep(Part):
    """A move of one side that is no breach (third parties hold or erode). The first is compliance."""

    choice: str
    by: str
    when: Formula | None = None
    options: dict[str, Effect]


class Breach(Effect):
    """A way to cheat: the terms it leaves undelivered, and how likely it is seen."""

    detected: Formula
    caught: Effect = Effect()
    answered_by: list[str] | None = None


class ComplianceStep(Part):
    """A side complies or cheats; a detected breach is answered."""

    compliance: str
    by: str
    when: Formula | None = None
    breaches: dict[str, Breach]


class SnapBack(Effect):
    """What ending the deal does: from `after` years on, reversible terms return to nothing."""

    after: Formula = "0"


Step = ChanceStep | ChoiceStep | ComplianceStep


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


class SummitFile(Part):
    """A whole file."""

    detente: Literal[1]
    title: str
    description: str = ""
    sources: list[str] = []
    expected: dict[str, Any] | str = ""
    unit: str | None = None
    horizon: Formula | None = None
    sides: dict[str, Side]
    observers: dict[str, Side] = {}
    parameters: dict[str, ParameterSpec] = {}
    derived: dict[str, Formula] = {}
    correlations: list[Correlation] = []
    joint: list[Joint] = []
    terms: dict[str, Term] = {}
    feasible: list[Formula] = []
    combinations: list[Combination] = []
    consent: Consent = Consent()
    breakdown: Breakdown = Breakdown()
    delay: Worth = {}
    discount: Discount = Discount()
    protocol: ProtocolSpec | None = None
    carrying_out: list[Step] = []
    snap_back: SnapBack = SnapBack()
    tree: TreeMove | None = None
