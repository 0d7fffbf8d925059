"""What the formulas of a summit file may name, and reading them as exact expressions.

A formula sees different names in different places: a breakdown knows no terms, a step knows only
the steps before it. Where a formula stands (its path in the file) decides; so does the unit that it
must have (`per_year` is a unit a year). Terms and steps are choice variables: in the expressions
that come out they count as the position of their level or outcome, and -1 for a step that was
skipped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from detente.errors import DetenteError, ExpressionError, Place, SummitError
from detente.files.yaml import Path
from detente.game.expressions import Expr, Scope, parse, unit_of
from detente.game.formulas import Parameter
from detente.game.units import Unit
from detente.summit.walk import steps

if TYPE_CHECKING:
    from detente.summit.model import ParameterSpec, SummitFile

ROUND = "round"
"""The name of the round of the talks in worths: 1, 2, …"""
YEAR = Unit.parse("year")
MANY = 4
"""Parameters that a message names at most."""


_FORMULA_ERROR = re.compile(
    r"in (?P<formula>.*) at character (?P<at>\d+): (?P<message>.*)", re.DOTALL
)
_UNKNOWN = re.compile(r"unknown name '(?P<name>[^']*)'\. ")
_NO_OPTION = re.compile(
    r"['\"](?P<option>.*)['\"] is not an option of '(?P<owner>[^']*)'\. (?!Put it)"
)


def _plain_units(message: str) -> str:
    """The message with the unit 1 called what it is."""
    return message.replace("this is in 1,", "this is a pure number,").replace(
        "but 1 is expected", "but a pure number is expected"
    )


class View(NamedTuple):
    """What is visible from a place in the file."""

    parameters: bool = True
    terms: bool = False
    steps: int = 0  # the first so many steps of the carrying-out
    round: bool = False
    types: tuple[str, ...] = ()  # the sides whose types are


@dataclass(frozen=True, eq=False)
class SummitScope:
    """The names of one summit file.

    `file` : the file, whose shape is valid
    `place` : from a path to where it stands, for messages

    `amount`, `years`, `number`, `condition` and `constant` read a formula that stands at a path;
    derived names are replaced by what they stand for, so that the expressions that come out mention
    parameters, terms, steps and `round` only. All raise ExpressionError, with line and column, for
    what is not in the grammar, is not visible from there, or has the wrong unit.
    """

    file: SummitFile
    place: Callable[..., Place]

    # ── what there is ──────────────────────────────────────────────────────────────────────────

    @cached_property
    def unit(self) -> Unit | None:
        """The unit of payoffs, None where the file does not say."""
        return self._unit(self.file.unit, ("unit",))

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters with exact values."""
        return {name: self._parameter(name, spec) for name, spec in self.file.parameters.items()}

    @cached_property
    def values(self) -> dict[str, Fraction]:
        """Each parameter's value as the file gives it."""
        return {name: parameter.value for name, parameter in self.parameters.items()}

    @cached_property
    def terms(self) -> dict[str, tuple[str, ...]]:
        """Term → its levels."""
        return {name: tuple(term.levels) for name, term in self.file.terms.items()}

    @cached_property
    def steps(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The steps of the carrying-out, in order: (name, its outcomes)."""
        return tuple((step.variable, step.results) for step in steps(self.file))

    @cached_property
    def types(self) -> dict[str, tuple[str, ...]]:
        """Side → its types, of the sides that have some."""
        return {side: tuple(spec) for side, spec in self.file.types.items()}

    @cached_property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """Every choice variable: terms with levels, steps with outcomes, sides with types."""
        return {**self.terms, **dict(self.steps), **self.types}

    @cached_property
    def derived(self) -> dict[str, Expr]:
        """Derived names as expressions of parameters."""
        return {name: expr for name, (expr, _) in self._derived.items()}

    # ── reading formulas ───────────────────────────────────────────────────────────────────────

    def amount(self, text: str, path: Path) -> Expr:
        """An amount of payoff; a year of it where the path ends in `per_year`."""
        unit = self.unit
        if unit is not None and path and path[-1] == "per_year":
            unit = unit / YEAR
        return self._read(text, path, self.view(path), unit)

    def years(self, text: str, path: Path) -> Expr:
        """A number of years."""
        return self._read(text, path, self.view(path), YEAR)

    def number(self, text: str, path: Path) -> Expr:
        """A pure number: a probability, a discount factor, a weight."""
        return self._read(text, path, self.view(path), Unit())

    def condition(self, text: str, path: Path) -> Expr:
        """A condition on terms and earlier steps; parameters do not decide what can be done."""
        view = self.view(path)._replace(parameters=False, round=False)
        return self._read(text, path, view, None, True)

    def constant(self, text: str, path: Path) -> Fraction:
        """A plain number: no names."""
        expr = self._read(text, path, View(parameters=False), None)
        return Fraction(expr.constant)

    def whole(self, text: str, path: Path, least: int, most: int, what: str) -> int:
        """A whole number between bounds. Raises SummitError with `what` it counts."""
        value = self.constant(text, path)
        if value.denominator != 1 or not least <= value <= most:
            raise SummitError(
                f"{what} is a whole number from {least} to {most:,}; found {text}. Correct it.",
                self.place(path),
            )
        return int(value)

    def view(self, path: Path) -> View:
        """What a formula at this path of the file can see."""
        everyone = tuple(self.file.types)
        top = path[0] if path else ""
        if top in ("terms", "combinations", "snap_back"):
            timeless = path[-1] in ("years", "after")
            every = len(self.steps)
            return View() if timeless else View(True, True, every, True, everyone)
        if top == "carrying_out":
            if path[-1] == "years":
                return View()
            is_worth = "worth" in path or path[-1] == "cost"
            return View(True, True, self._steps_before(path), is_worth, everyone)
        if top in ("feasible", "wins", "consent", "protocol"):
            return View(terms=True, types=() if top in ("feasible", "wins") else everyone)
        if top in ("breakdown", "delay"):
            timeless = path[-1] == "years"
            return View() if timeless else View(round=True, types=everyone)
        return View(types=everyone if top == "discount" else ())

    def _steps_before(self, path: Path) -> int:
        """How many steps a formula of the carrying-out sees.

        Those of earlier entries of the list; of steps taken at once also each other's, but for the
        condition on which they are taken.
        """
        first, stop = self._groups[int(path[1])]
        return first if stop - first == 1 or path[-1] == "when" else stop

    @cached_property
    def _groups(self) -> list[tuple[int, int]]:
        """For each entry of the carrying-out, its steps: the first, and the one after the last."""
        found, first = [], 0
        size = Counter(placed.group for placed in steps(self.file))
        for entry in range(len(self.file.carrying_out)):
            found.append((first, first + size[entry]))
            first += size[entry]
        return found

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _cache(self) -> dict[tuple[str, View, Unit | None, bool], Expr]:
        return {}

    @cached_property
    def _scopes(self) -> dict[View, Scope]:
        return {}

    def _read(
        self, text: str, path: Path, view: View, unit: Unit | None, boolean: bool = False
    ) -> Expr:
        key = (text, view, unit, boolean)
        expr = self._cache.get(key)
        if expr is None:
            try:
                expr = parse(text, self._scope(view), self.place(path), unit, boolean)
            except ExpressionError as error:
                raise self._explained(error, text, path, view) from None
            if view.parameters and not self._derived.keys().isdisjoint(expr.parameters):
                expr = expr.bind(self.derived)
            self._cache[key] = expr
        return expr

    def _scope(self, view: View) -> Scope:
        scope = self._scopes.get(view)
        if scope is None:
            names: dict[str, Unit | None] = {}
            if view.parameters:
                names.update(self._parameter_units)
                names.update({name: unit for name, (_, unit) in self._derived.items()})
            if view.round:
                names[ROUND] = None  # 10*round is as good an amount as 10
            choices = {**(self.terms if view.terms else {}), **dict(self.steps[: view.steps])}
            choices |= {side: self.types[side] for side in view.types}
            scope = self._scopes[view] = Scope(names, choices)
        return scope

    @cached_property
    def _parameter_units(self) -> dict[str, Unit | None]:
        return {
            name: self._unit(spec.unit, ("parameters", name, "unit"))
            for name, spec in self.file.parameters.items()
        }

    def _unit(self, text: str | None, path: Path) -> Unit | None:
        if text is None:
            return None
        try:
            return Unit.parse(text)
        except DetenteError as error:
            raise SummitError(error.message, self.place(path)) from None

    def _parameter(self, name: str, spec: ParameterSpec) -> Parameter:
        path = ("parameters", name)
        low = high = None
        if spec.range is not None:
            low, high = (
                self.constant(end, (*path, "range", i)) for i, end in enumerate(spec.range)
            )
        return Parameter(
            name,
            self.constant(spec.value, (*path, "value")),
            low,
            high,
            str(self._parameter_units[name] or "") if spec.unit else "",
            spec.source,
            spec.distribution,
        )

    @cached_property
    def _derived(self) -> dict[str, tuple[Expr, Unit | None]]:
        """Derived names in an order in which each uses only those before it."""
        done: dict[str, tuple[Expr, Unit | None]] = {}
        names = dict(self._parameter_units)
        known: dict[str, Expr] = {}
        for name in self._derivation():
            path = ("derived", name)
            text, scope = self.file.derived[name], Scope(names)
            try:
                expr = parse(text, scope, self.place(path))
                unit = unit_of(text, scope, self.place(path))
            except ExpressionError as error:
                raise self._explained(error, text, path, View()) from None
            try:
                used = [part for part in expr.parameters if part in known]
                known[name] = expr.bind({part: known[part] for part in used})
            except ExpressionError as error:
                raise ExpressionError(f"'{name}': {error.message}", self.place(path)) from None
            names[name] = unit
            done[name] = known[name], unit
        return done

    def _derivation(self) -> list[str]:
        """The derived names, each after those that it uses."""
        derived = self.file.derived
        order: dict[str, None] = {}
        open_names: dict[str, Iterator[str]] = {}  # being derived, each from the one before it
        for start in derived:
            waiting = start if start not in order else None
            while waiting is not None or open_names:
                if waiting in open_names:
                    chain = list(open_names)
                    circle = " → ".join([*chain[chain.index(waiting) :], waiting])
                    raise SummitError(
                        f"'{waiting}' is derived from itself: {circle}. Make one of these a "
                        "parameter.",
                        self.place(("derived", waiting)),
                    )
                if waiting is not None:
                    words = dict.fromkeys(re.findall(r"[^\W\d]\w*", derived[waiting]))
                    open_names[waiting] = (word for word in words if word in derived)
                last = next(reversed(open_names))
                waiting = next((word for word in open_names[last] if word not in order), None)
                if waiting is None:
                    order[last] = None
                    del open_names[last]
        return list(order)

    def _explained(
        self, error: ExpressionError, text: str, path: Path, view: View
    ) -> ExpressionError:
        """The error at the very character, in the words of the file rather than of the formula."""
        found = _FORMULA_ERROR.fullmatch(error.message)
        if found is None:
            return error
        message = _plain_units(found["message"])
        unknown, option = _UNKNOWN.match(message), _NO_OPTION.match(message)
        if unknown and (reason := self._hidden(unknown["name"], view)):
            message = f"'{unknown['name']}' {reason}"
        if option:
            return ExpressionError(
                self._no_option(option["owner"], option["option"]),
                self.place(path, at=int(found["at"]) - 1),
            )
        if message.endswith("correct the unit."):
            message = f"{self._yearly(message, text, path)}{self.given_in(text, 'unit')}"
        return ExpressionError(
            f"in {found['formula']}: {message}", self.place(path, at=int(found["at"]) - 1)
        )

    def _yearly(self, message: str, text: str, path: Path) -> str:
        """Where a yearly amount stands for one given once, or the reverse, how to write that."""
        key = str(path[-1]) if path else ""
        other = {"once": "per_year", "per_year": "once"}.get(key)
        if other is None or self.unit is None:
            return message
        units = [self.unit, self.unit / YEAR]
        given, needed = units if key == "per_year" else units[::-1]
        start = f"this is in {given}, but {needed} is expected. "
        if message.startswith(start):
            often = "every year" if other == "per_year" else "given once"
            return f"{start}For an amount {often} write {{{other}: {text}}}, or correct the unit."
        return message

    def given_in(self, text: str, what: str) -> str:
        """A sentence that says where the parameters behind a formula are given.

        `what` : key of a parameter that is at fault; those that do not have it are passed over
        """
        words = dict.fromkeys(re.findall(r"[^\W\d]\w*", text))
        waiting = [word for word in words if word in self.file.derived]
        while waiting:
            found = dict.fromkeys(re.findall(r"[^\W\d]\w*", self.file.derived[waiting.pop()]))
            waiting += [word for word in found if word in self.file.derived and word not in words]
            words |= found
        given = [
            f"'{word}' in line {self.place(('parameters', word, what)).line}"
            for word in words
            if word in self.file.parameters
            and getattr(self.file.parameters[word], what) is not None
        ]
        if not given or len(given) > MANY:
            return ""
        return f" See the {what} of {' and of '.join(given)}."

    def _no_option(self, owner: str, option: str) -> str:
        known = self.choices[owner]
        near = closest(option, list(known))
        if owner in self.file.terms:
            what, under = f"term '{owner}' has no level", f"terms.{owner}.levels"
        elif owner in self.file.types:
            what, under = f"'{owner}' has no type", f"types.{owner}"
        else:
            what, under = f"step '{owner}' has no outcome", "carrying_out"
        return (
            f"{what} '{option}'. {near}Known: {', '.join(known)}. Add it under {under}, or correct "
            "the spelling."
        )

    def _hidden(self, name: str, view: View) -> str:
        steps = [step for step, _ in self.steps]
        if name in self.file.parameters or name in self.file.derived:
            if view == View(parameters=False):
                return "cannot be used here: this must be a plain number. Write the number."
            return (
                "is a number of the file, and a condition here decides what can be done, which "
                "must not change with a number. Use terms and earlier steps only, or put the "
                "condition into a worth or a probability, as in: x if fees > 3 else y."
            )
        if name in self.file.terms:
            return (
                "is a term, and no bundle is settled here. Only worths, probabilities and "
                "conditions that belong to a bundle can mention terms."
            )
        if name in steps:
            return (
                "is a step that comes later in the carrying-out, or does not belong to this place. "
                "Only later steps and the worths of levels and combinations can mention it."
            )
        if name == ROUND:
            return "(the round of the talks) can be used in worths only. Write a number."
        if name in self.file.types:
            return (
                f"may be of several types, which {name} alone knows and which play no part here. "
                "Worths, probabilities and the 'when' of a step can mention them."
            )
        if name in self.file.sides or name in self.file.observers:
            return (
                "is a party, not a number. Name a parameter or a term; where the type of a side is "
                "meant, give it some under 'types'."
            )
        if view == View(parameters=False):
            return "is not a number. Write a plain number here, such as 3, 0.25 or 1/3."
        visible = self._scope(view).choices
        for owner, options in self.choices.items():
            if name in options:
                what = self._what(owner)
                if owner not in visible:
                    return f"is {what} '{owner}', which cannot be used here."
                compared = owner if owner.isidentifier() else f"'{owner}'"
                return f"is {what} '{owner}', not a number. Compare: {compared} == {name}."
        return ""

    def _what(self, owner: str) -> str:
        if owner in self.file.terms:
            return "a level of the term"
        return "a type of" if owner in self.file.types else "an outcome of the step"


def closest(word: str, known: Mapping[str, object] | list[str]) -> str:
    """A sentence that offers the known name most like the word, empty if none is."""
    near = get_close_matches(word, list(known), n=1)
    return f"Did you mean '{near[0]}'? " if near else ""
