"""What every part of a summit file is made of: unknown keys refused, short forms, amounts."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from detente.summit.short_forms import last_round, one_or_more, two, yes_or_no

Formula = str
"""An expression of parameters, as written."""


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


class Watched(Part):
    """A part that not every side sees: `seen_by` names those that do, `unseen_by` the others."""

    seen_by: Annotated[list[str] | None, BeforeValidator(one_or_more)] = None
    unseen_by: Annotated[list[str] | None, BeforeValidator(one_or_more)] = None
