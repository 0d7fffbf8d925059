"""The shape of the talks in a summit file."""

# pydantic copies the defaults of a part, so that lists and mappings are safe ones.
# ruff: noqa: RUF012

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from detente.summit.model_parts import Formula, Names, Part, Rounds, Watched


class TakeItOrLeaveIt(Watched):
    """One side proposes once."""

    kind: Literal["take-it-or-leave-it"]
    proposer: str
    offers: Formula | None = None
    note: str = ""


class AlternatingOffers(Watched):
    """The sides propose in turn; a refusal ends the round."""

    kind: Literal["alternating-offers"]
    rounds: Rounds
    order: Names
    offers: dict[str, Formula] = {}
    walk_out: Names = []
    note: str = ""


class Mediator(Watched):
    """A side in the middle proposes; the others answer."""

    kind: Literal["mediator"]
    mediator: str
    rounds: Rounds = "1"
    offers: Formula | None = None
    walk_out: Names = []
    note: str = ""


class SimultaneousOffers(Part):
    """In each round the sides named propose at once; what both name is signed."""

    kind: Literal["simultaneous-offers"]
    sides: Names
    rounds: Rounds = "1"
    offers: dict[str, Formula] = {}
    note: str = ""


Talks = Annotated[
    TakeItOrLeaveIt | AlternatingOffers | Mediator | SimultaneousOffers,
    Field(discriminator="kind"),
]


class Chamber(Part):
    """What a leader must bring home, and the chance that the deal falls without it.

    Without `win` it is what the file says under `wins`.
    """

    win: Formula | None = None
    falls: Formula
    source: str = ""
    note: str = ""


class Ratification(Part):
    """Talks whose result needs a win at home for each side named."""

    kind: Literal["ratification"]
    talks: Talks
    chambers: dict[str, Chamber]
    note: str = ""


ProtocolSpec = Annotated[
    TakeItOrLeaveIt | AlternatingOffers | Mediator | SimultaneousOffers | Ratification,
    Field(discriminator="kind"),
]
