"""Conflicts in the file format, version 1: the shape of a file before anything in it has a meaning.

Short forms (`states: [both arm, …]`, `ranking: 3 > 1 ~ 2`) are brought into the long one here.
Rules that need more than one field are in `reading.py` and `preferences.py`, so that each error can
say where.
"""

# pydantic copies the defaults of a part, so that lists and mappings are safe ones.
# ruff: noqa: RUF012

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from detente.conflict.option_form import DIRECTIONS
from detente.summit.model import Sides
from detente.summit.model_parts import Formula, Names, Noted, Pair, Part, Truth
from detente.summit.short_forms import names_to_entries, version_one

NO, YES = "no", "yes"
WORDS = dict(zip(("both", "forward", "back", "none"), DIRECTIONS, strict=True))
"""How a file spells a direction → what the option form calls it."""
_LINKS = re.compile(r"\s*(>>|>|~)\s*")

Reach = dict[str, Names]
"""State → the states that one move leads to."""


def _direction(data: Any) -> Any:
    if not isinstance(data, str) or data not in WORDS:
        raise ValueError(
            f"an option changes in one of the directions {', '.join(WORDS)}; found {data!r}. "
            "'forward' is for what cannot be taken back."
        )
    return data


def tiers(data: Any) -> Any:
    """A ranking as tiers of ranks of states: all of a later tier is much worse.

    >>> tiers("a > b ~ c >> d"), tiers(["a", ["b", "c"]])
    ([[['a'], ['b', 'c']], [['d']]], [[['a'], ['b', 'c']]])
    """
    if isinstance(data, str):
        return _from_text(data)
    if not isinstance(data, list):
        raise ValueError("a ranking is a text such as '3 > 1 ~ 2' or a list such as [3, [1, 2]].")
    ranks = [item if isinstance(item, list) else [item] for item in data]
    if not all(isinstance(state, str) for rank in ranks for state in rank):
        raise ValueError("a ranking lists states, and states it is indifferent between as a list.")
    return [[rank for rank in ranks if rank]]


def _from_text(text: str) -> list[list[list[str]]]:
    words = _LINKS.split(text.strip())
    found: list[list[list[str]]] = [[[]]]
    for state, link in zip(words[::2], [*words[1::2], ""], strict=True):
        if not state:
            raise ValueError(
                f"in '{text}' a state is missing beside '>', '>>' or '~'. Write 'a > b ~ c'."
            )
        found[-1][-1].append(state)
        if link == ">>":
            found.append([[]])
        elif link == ">":
            found[-1].append([])
    return found


def _payoffs(data: Any) -> Any:
    plain = isinstance(data, list | dict)
    items = list(data.values()) if isinstance(data, dict) else data
    if not isinstance(data, str) and not (plain and all(isinstance(x, str) for x in items)):
        raise ValueError(
            "payoffs are a list of numbers in the order of the states, a mapping from states to "
            "numbers, or a formula of the options."
        )
    return data


def _status_quo(data: Any) -> Any:
    listed = isinstance(data, list) and all(isinstance(item, str) for item in data)
    if not isinstance(data, str) and not listed:
        raise ValueError("this is a state, or a list of the options taken, as in [delay, insist].")
    return data


class LevelSpec(Noted):
    """A level of an option; one that is irreversible is not left downwards."""

    irreversible: Truth = False


Levels = Annotated[dict[str, LevelSpec], BeforeValidator(names_to_entries)]


class OptionSpec(Noted):
    """What a side can do or leave. `delay: Uniroyal` says whose it is.

    `by` : the side that controls it, or all who must sign to change it
    `either` : sides each of which can change it alone
    """

    by: Names = []
    either: Names = []
    levels: Levels = {NO: LevelSpec(), YES: LevelSpec()}
    direction: Annotated[str, BeforeValidator(_direction)] = "both"

    @property
    def is_truth(self) -> bool:
        """Whether its name alone is a condition, that it is taken."""
        return tuple(self.levels) == (NO, YES)

    @property
    def alone(self) -> list[str]:
        """The sides each of which can change it alone."""
        return self.either or (self.by if len(self.by) == 1 else [])

    @property
    def together(self) -> list[str]:
        """The sides that must all sign to change it; none where one can alone."""
        return self.by if len(self.by) > 1 else []

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"by": data} if isinstance(data, str) else super().long_form(data)


class StateSpec(Noted):
    """A state. A text is its name; a list says which options are taken in it."""

    options: list[str] | None = None

    @classmethod
    def long_form(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"name": data}
        return {"options": data} if isinstance(data, list) else super().long_form(data)


class JointSpec(Part):
    """Moves that several sides make together, all of whom must sign."""

    by: Names
    moves: Reach
    note: str = ""


class Preference(Part):
    """How a side ranks the states: by `ranking`, `statements` or `payoffs`.

    `statements` : formulas of the options, the most important first
    `much_worse` : state → the best of those that are much worse
    `unknown` : pairs of states that it is not known to rank
    """

    ranking: Annotated[list[list[list[str]]] | None, BeforeValidator(tiers)] = None
    statements: Annotated[list[Formula] | None, BeforeValidator(lambda x: x)] = None
    payoffs: Annotated[Any, BeforeValidator(_payoffs)] = None
    much_worse: dict[str, str] = {}
    unknown: list[Pair] = []
    source: str = ""
    note: str = ""

    @classmethod
    def long_form(cls, data: Any) -> Any:
        return {"ranking": data} if isinstance(data, str | list) else super().long_form(data)


Preferences = dict[str, Preference]


class View(Part):
    """What one side takes the conflict to be where it sees it otherwise than it is."""

    preferences: Preferences = {}
    moves: dict[str, Reach] = {}
    unaware: Names = []
    note: str = ""


class ConflictSpec(Part):
    """States, moves and preferences."""

    options: dict[str, OptionSpec] = {}
    states: Annotated[dict[str, StateSpec], BeforeValidator(names_to_entries)] = {}
    feasible: Names = []
    moves: dict[str, Reach] | None = None
    joint: list[JointSpec] = []
    agreements: list[list[str]] = []
    preferences: Preferences
    status_quo: Annotated[Any, BeforeValidator(_status_quo)] = None
    views: dict[str, View] = {}


class ConflictFile(Part):
    """A whole file."""

    detente: Annotated[Literal[1], BeforeValidator(version_one)]
    title: str
    description: str = ""
    sources: Names = []
    expected: dict[str, Any] | str = ""
    sides: Sides
    conflict: ConflictSpec
