"""A conflict file with its places: what its rules and its reader work on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from detente.conflict.model import WORDS
from detente.conflict.option_form import OptionForm
from detente.errors import GameError, Place, SummitError
from detente.files.yaml import Marks, Path
from detente.game.expressions import Expr, Scope, parse
from detente.summit.scope import closest

if TYPE_CHECKING:
    from detente.conflict.conflict import Sides
    from detente.conflict.model import ConflictFile, ConflictSpec

MARKS_OF_LEVELS = ("==", "=")
"""What may stand between an option and its level in a list of options taken."""


@dataclass(frozen=True)
class ConflictDocument:
    """A conflict file; paths begin below its key `conflict`.

    `file` : its contents
    `name` : what it is called, for messages
    """

    file: ConflictFile
    name: str
    marks: Marks

    @property
    def spec(self) -> ConflictSpec:
        """What stands under `conflict`."""
        return self.file.conflict

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """The names of the sides, in order."""
        return tuple(self.file.sides)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where something stands, as `Marks.place` takes it."""
        return self.marks.place(("conflict", *path), key=key)

    def error(self, path: Path, message: str, *, key: bool = False) -> SummitError:
        """The error that says this of what stands at the path."""
        return SummitError(message, self.place(path, key=key))

    @cached_property
    def scope(self) -> Scope:
        """What formulas may name: the options, of which those that are no or yes are conditions."""
        choices = {name: tuple(spec.levels) for name, spec in self.spec.options.items()}
        truths = [name for name, spec in self.spec.options.items() if spec.is_truth]
        return Scope(choices=choices, truths=frozenset(truths))

    def condition(self, text: str, path: Path) -> Expr:
        """A condition of the options; raises ExpressionError where it cannot be read."""
        return parse(text, self.scope, self.place(path), boolean=True)

    def number(self, text: str, path: Path) -> Expr:
        """A number, or a formula of the options that gives one."""
        return parse(text, self.scope, self.place(path))

    @cached_property
    def form(self) -> OptionForm:
        """The options with who controls them; raises SummitError where they are too many."""
        specs = self.spec.options.values()
        try:
            return OptionForm(
                names=tuple(self.spec.options),
                owners=tuple(self._sides(spec.alone) for spec in specs),
                num_levels=tuple(len(spec.levels) for spec in specs),
                directions=tuple(WORDS[spec.direction] for spec in specs),
                together=tuple(self._sides(spec.together) for spec in specs),
                lasting=tuple(
                    frozenset(k for k, one in enumerate(spec.levels.values()) if one.irreversible)
                    for spec in specs
                ),
            )
        except GameError as error:
            raise self.error(("options",), error.message) from None

    def _sides(self, names: list[str]) -> Sides:
        return frozenset(self.sides.index(name) for name in names)

    def code(self, taken: list[str], path: Path) -> int:
        """The code of the combination in which these options are taken and no others.

        `taken` : options, with their levels where these are not no and yes: `aid = full`

        Raises SummitError where an option or a level is not there, or an option stands twice.
        """
        found: dict[str, int] = {}
        for i, text in enumerate(taken):
            where = (*path, i)
            option, level = self._taken(text, where)
            if option in found:
                raise self.error(where, f"'{option}' stands twice in this list. Remove one.")
            found[option] = level
        weight = dict(zip(self.form.names, self.form.weight.tolist(), strict=True))
        return sum(int(weight[option]) * level for option, level in found.items())

    def _taken(self, text: str, path: Path) -> tuple[str, int]:
        mark = next((mark for mark in MARKS_OF_LEVELS if mark in text), "")
        name, _, level = (part.strip() for part in text.partition(mark)) if mark else (text, "", "")
        options = self.spec.options
        if name not in options:
            raise self.error(
                path,
                f"there is no option '{name}'. {closest(name, list(options))}Known options: "
                f"{', '.join(options)}. Add it under 'options', or correct the spelling.",
            )
        levels = list(options[name].levels)
        if not mark and len(levels) == 2:
            return name, 1
        if level not in levels:
            found = f"found '{level}'" if mark else "none is given"
            raise self.error(
                path,
                f"'{name}' has the levels {', '.join(levels)}; {found}. Write '{name} = "
                f"{levels[-1]}'.",
            )
        return name, levels.index(level)
