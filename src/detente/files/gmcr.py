"""Read and write `.gmcr` files, in which programs for the graph model keep conflicts.

They are JSON: options with the direction in which they may change, decision makers with the
options that they control and their preferences, and patterns of options that cannot be. The
format was learnt from a description and from files in circulation.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from detente.errors import FileError, Place
from detente.files.signs import told_unseen, unseen
from detente.files.source import Source
from detente.files.writing import Target, whole_file

DIRECTIONS = ("both", "fwd", "back", "none")
MANUAL = ("useManualPreferenceRanking", "useManualPreferenceVectors")
RANKING = ("preferenceRanking", "preferenceVector")
"""The name of today, then the older one."""
_TOP = ("options", "decisionMakers", "infeasibles", "program", "version", "title", *MANUAL)
MOST_BYTES = 1 << 26

Pattern = tuple[tuple[int, bool], ...]
"""(option, whether it is taken), all of which must be so."""


@dataclass(frozen=True)
class Statement:
    """What holds where one of its patterns does; `compound` is how the file spells it."""

    members: tuple[Pattern, ...]
    compound: bool = False


@dataclass(frozen=True)
class GmcrOption:
    """`direction` : both, fwd (it may be taken up only), back (given up only) or none"""

    name: str
    direction: str = "both"


@dataclass(frozen=True)
class GmcrSide:
    """A decision maker.

    `options` : the options that it controls, by number from 0
    `statements` : what it wants, most important first
    `ranking` : state numbers from 1, best first, ties together; None where the file gives none
    """

    name: str
    options: tuple[int, ...]
    statements: tuple[Statement, ...] = ()
    ranking: tuple[tuple[int, ...], ...] | None = None


@dataclass(frozen=True)
class GmcrFile:
    """The content of a .gmcr file.

    `manual` : whether rankings count, not statements
    `extra` : what else the file holds, kept as it is
    `source` : the file's name, for messages
    """

    options: tuple[GmcrOption, ...]
    sides: tuple[GmcrSide, ...]
    infeasible: tuple[Statement, ...] = ()
    manual: bool = False
    title: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    source: str = field(default="", compare=False)


def read_gmcr(given: str | os.PathLike[str] | bytes, name: str = "") -> GmcrFile:
    """The content of a .gmcr file.

    Parameters
    ----------
    given : the file's path, or its bytes
    name : what error messages call it, if not its path

    Raises FileError, which says where in the file, where it cannot be read or breaks a rule.

    >>> file = read_gmcr(b'{"options": [{"name": "Yield"}], "decisionMakers": '
    ...                  b'[{"name": "A", "options": [0], "preferences": [[[0, "N"]]]}]}')
    >>> file.sides[0].statements[0].members
    (((0, False),),)
    """
    source = Source(given, name)
    reader = _Reader(source.name)
    top = reader.mapping(_json(source), "the file")
    options = reader.each(top, "options", reader.option)
    reader.num_options = len(options)
    manual = next((flag for flag in MANUAL if flag in top), MANUAL[0])
    is_manual = reader.flag(top.get(manual, False), manual)
    sides = reader.each(top, "decisionMakers", reader.side)
    if not sides:
        rule = "there is at least one decision maker"
        reader.refuse_said("decisionMakers", rule, "none", "Add one.")
    for place, side in enumerate(sides):
        reader.distinct_name(place, sides)
        if is_manual and side.ranking is None:
            reader.refuse_said(
                f"decisionMakers[{place}]",
                f"where {manual} is true each has a {RANKING[MANUAL.index(manual)]}",
                "none", f"Add it, or set {manual} to false.",
            )  # fmt: skip
    return GmcrFile(
        options, sides, reader.each(top, "infeasibles", reader.statement, optional=True),
        is_manual, reader.shown(top.get("title", ""), "title"),
        {key: value for key, value in top.items() if key not in _TOP}, source.name,
    )  # fmt: skip


def _json(source: Source) -> Any:
    if source.size > MOST_BYTES:
        source.refuse(f"a .gmcr file has at most {MOST_BYTES:,} bytes; found {source.size:,}.")
    try:
        text = source.read(source.start, source.size).decode("utf-8")
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        source.refuse("a .gmcr file is text in UTF-8; this byte is not. Save it as UTF-8.",
                      source.start + error.start)
    except json.JSONDecodeError as error:
        place = Place(source.name, error.lineno, error.colno)
        raise FileError(
            f"a .gmcr file is JSON; found a fault: {error.msg}. Correct it here.", place
        ) from error
    except RecursionError:
        source.refuse("a .gmcr file nests lists a few deep; this one nests them without end.")
    except ValueError as error:
        source.refuse(f"a .gmcr file is JSON with plain numbers and each key once; {error}.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"found the key '{key}' twice in one place. Remove one")
        found[key] = value
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"found {text}. Write a number")


class _Reader:
    """Takes the parts of the file apart, and says where one is not what it should be."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.num_options = 0

    def refuse(self, where: str, rule: str, found: Any, remedy: str) -> NoReturn:
        self.refuse_said(where, rule, _shown(found), remedy)

    def refuse_said(self, where: str, rule: str, found: str, remedy: str) -> NoReturn:
        raise FileError(f"{where}: {rule}; found {found}. {remedy}", Place(self.name))

    def mapping(self, given: Any, where: str) -> dict[str, Any]:
        if not isinstance(given, dict):
            self.refuse(where, "must be an object in braces", given, "Write { … }.")
        return given

    def list(self, given: Any, where: str) -> list[Any]:
        if not isinstance(given, list):
            self.refuse(where, "must be a list in brackets", given, "Write [ … ].")
        return given

    def text(self, given: Any, where: str) -> str:
        if not isinstance(given, str):
            self.refuse(where, "must be text in quotes", given, 'Write "…".')
        return given

    def name_of(self, found: dict[str, Any], what: str, where: str) -> str:
        if "name" not in found:
            self.refuse(where, f"{what} has a name", found, 'Add "name": "…".')
        text = self.shown(found["name"], f"{where}.name")
        if not text.strip():
            self.refuse(f"{where}.name", f"{what} has a name", text, "Write one.")
        return text

    def shown(self, given: Any, where: str) -> str:
        """A text that is shown as it is written."""
        text = self.text(given, where)
        sign = unseen(text)
        if sign:
            raise FileError(f"{where}: {told_unseen('the text', sign)}", Place(self.name))
        return text

    def flag(self, given: Any, where: str) -> bool:
        if not isinstance(given, bool):
            self.refuse(where, "is true or false", given, "Write one of them.")
        return given

    def each(
        self, top: dict[str, Any], key: str, read: Callable[[Any, str], Any], optional: bool = False
    ) -> tuple[Any, ...]:
        if key not in top and not optional:
            self.refuse_said("the file", f"needs '{key}'", ", ".join(top) or "nothing", "Add it.")
        given = self.list(top.get(key, []), key)
        return tuple(read(one, f"{key}[{i}]") for i, one in enumerate(given))

    def option(self, given: Any, where: str) -> GmcrOption:
        found = self.mapping(given, where)
        name = self.name_of(found, "an option", where)
        key = "permittedDirection" if "permittedDirection" in found else "reversibility"
        direction = found.get(key, "both")
        if direction not in DIRECTIONS:
            self.refuse(
                f"{where}.{key}", f"is one of {', '.join(DIRECTIONS)}", direction, "Correct it."
            )
        return GmcrOption(name, direction)

    def side(self, given: Any, where: str) -> GmcrSide:
        found = self.mapping(given, where)
        name = self.name_of(found, "a decision maker", where)
        options = tuple(
            self.option_number(one, f"{where}.options[{i}]")
            for i, one in enumerate(self.list(found.get("options", []), f"{where}.options"))
        )
        if len(set(options)) < len(options):
            self.refuse(f"{where}.options", "names each option once", options, "Remove one.")
        key = next((key for key in RANKING if key in found), None)
        ranking = None if key is None else self.ranking(found[key], f"{where}.{key}")
        return GmcrSide(
            name, options,
            self.each_statement(found.get("preferences", []), f"{where}.preferences"), ranking,
        )  # fmt: skip

    def distinct_name(self, place: int, sides: tuple[GmcrSide, ...]) -> None:
        if any(sides[place].name == side.name for side in sides[:place]):
            self.refuse_said(
                f"decisionMakers[{place}].name", "decision makers have names of their own",
                f"'{sides[place].name}' again", "Rename one.",
            )  # fmt: skip

    def option_number(self, given: Any, where: str) -> int:
        plain = isinstance(given, int) and not isinstance(given, bool)
        if not plain or not 0 <= given < self.num_options:
            last = self.num_options - 1
            known = f"0 to {last}" if last >= 0 else "and there is none"
            self.refuse(
                where, f"is the number of an option, {known}", given,
                "Correct the number, or add the option.",
            )  # fmt: skip
        return int(given)

    def each_statement(self, given: Any, where: str) -> tuple[Statement, ...]:
        return tuple(
            self.statement(one, f"{where}[{i}]") for i, one in enumerate(self.list(given, where))
        )

    def statement(self, given: Any, where: str) -> Statement:
        if not isinstance(given, dict):
            return Statement((self.pattern(given, where),))
        members = self.list(given.get("members"), f"{where}.members")
        if not members:
            self.refuse(f"{where}.members", "names at least one pattern", given, "Add one.")
        return Statement(
            tuple(self.pattern(one, f"{where}.members[{i}]") for i, one in enumerate(members)), True
        )

    def pattern(self, given: Any, where: str) -> Pattern:
        pairs = tuple(
            self.condition(one, f"{where}[{i}]") for i, one in enumerate(self.list(given, where))
        )
        options = [option for option, _ in pairs]
        if not pairs or len(set(options)) < len(options):
            self.refuse(where, "names at least one option, and each once", given, "Correct it.")
        return pairs

    def condition(self, given: Any, where: str) -> tuple[int, bool]:
        if not isinstance(given, list) or len(given) != 2 or given[1] not in ("Y", "N"):
            self.refuse(where, 'is an option\'s number with "Y" or "N"', given, 'Write [0, "Y"].')
        return self.option_number(given[0], f"{where}[0]"), given[1] == "Y"

    def ranking(self, given: Any, where: str) -> tuple[tuple[int, ...], ...]:
        seen: set[int] = set()
        ranks: list[tuple[int, ...]] = []
        for i, one in enumerate(self.list(given, where)):
            tied = one if isinstance(one, list) else [one]
            for state in tied:
                plain = isinstance(state, int) and not isinstance(state, bool)
                if not plain or state < 1:
                    self.refuse(f"{where}[{i}]", "is a state's number, from 1", state,
                                "Correct it.")
                if state in seen:
                    self.refuse_said(f"{where}[{i}]", "names each state once",
                                     f"state {state} again", "Remove one.")
                seen.add(state)
            if tied:
                ranks.append(tuple(tied))
        return tuple(ranks)


def _shown(found: Any) -> str:
    text = json.dumps(found, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


# ── writing ────────────────────────────────────────────────────────────────────────────────────


def write_gmcr(file: GmcrFile, target: Target) -> None:
    """Write the content of a .gmcr file, which `read_gmcr` reads back equal.

    Parameters
    ----------
    target : a path, whose file is replaced when all is written, or a text stream

    Raises FileError where it cannot be written.
    """
    data: dict[str, Any] = {
        "program": "detente",
        **({"title": file.title} if file.title else {}),
        "options": [
            {"name": option.name, "permittedDirection": option.direction} for option in file.options
        ],
        "decisionMakers": [_side_data(side) for side in file.sides],
        "infeasibles": [_statement_data(statement) for statement in file.infeasible],
        MANUAL[0]: file.manual,
        **file.extra,
    }
    with whole_file(target) as stream:
        json.dump(data, stream, indent=1, ensure_ascii=False)
        stream.write("\n")


def _side_data(side: GmcrSide) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": side.name,
        "options": list(side.options),
        "preferences": [_statement_data(statement) for statement in side.statements],
    }
    if side.ranking is not None:
        data[RANKING[0]] = [tied[0] if len(tied) == 1 else list(tied) for tied in side.ranking]
    return data


def _statement_data(statement: Statement) -> Any:
    members = [
        [[option, "Y" if taken else "N"] for option, taken in member]
        for member in statement.members
    ]
    return {"compound": True, "members": members} if statement.compound else members[0]
