"""The states of a conflict file, and who can move between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detente.conflict.conflict import Mover, Options, Sides
from detente.conflict.document import ConflictDocument
from detente.conflict.model import Reach
from detente.conflict.moves import Bools, Longs, Moves
from detente.conflict.option_form import OptionForm
from detente.conflict.truth import Column, column
from detente.errors import ExpressionError, GameError
from detente.files.yaml import Path
from detente.game.expressions import Expr, conjuncts
from detente.summit.scope import closest

MOST_STATES = 2_000_000
"""States of a conflict that is read from a file."""
MOST_TRIED = 32_000_000
"""Combinations of its first options that are held at once while these are listed."""
_SHOWN = 8


@dataclass(frozen=True, eq=False)
class States:
    """The states that a file describes, in its order.

    `names` : what they are called; 1, 2, … where the file gives no names
    `code` : int64 (num_states,), what each is as a combination of options; None where they are none
    """

    document: ConflictDocument
    names: tuple[str, ...]
    code: Longs | None

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def number(self) -> dict[str, int]:
        """Name → number from 0."""
        return {name: i for i, name in enumerate(self.names)}

    @property
    def meanings(self) -> tuple[str, ...]:
        """What the file says that each state is; () where it says nothing."""
        said = tuple(spec.name for spec in self.document.spec.states.values())
        return said if any(said) else ()

    @property
    def options(self) -> Options | None:
        """The states as option vectors, where they are such."""
        if self.code is None:
            return None
        made = self.document.form.options(self.code)
        called = tuple(tuple(spec.levels) for spec in self.document.spec.options.values())
        return Options(made.names, made.owner, made.level, called)

    def find(self, name: str, path: Path, *, key: bool = False) -> int:
        """The number of the state of this name; raises SummitError where there is none."""
        if name in self.number:
            return self.number[name]
        shown = ", ".join(self.names[:_SHOWN]) + (", …" if len(self.names) > _SHOWN else "")
        raise self.document.error(
            path,
            f"there is no state '{name}'. {closest(name, list(self.names[:1000]))}There are "
            f"{len(self.names):,}: {shown}. Correct the name, or add the state.",
            key=key,
        )

    def find_by_options(self, taken: list[str], path: Path) -> int:
        """The number of the state in which these options are taken, and no others."""
        if self.code is None:
            raise self.document.error(
                path, "states here are not made of options. Name the state instead of a list."
            )
        found = np.flatnonzero(self.code == self.document.code(taken, path))
        if not len(found):
            raise self.document.error(
                path,
                f"'{', '.join(taken) or 'nothing'}' is not among the feasible states. Change the "
                "list, or what is feasible.",
            )
        return int(found[0])

    def column(self, expr: Expr, path: Path) -> Column:
        """A formula of the options in every state; raises ExpressionError, placed."""
        try:
            return _column(self.document.form, self.code, expr, len(self))
        except ExpressionError as error:
            raise ExpressionError(error.message, self.document.place(path)) from None

    # ── moves ──────────────────────────────────────────────────────────────────────────────────

    def alone(self, side: str) -> Moves:
        """What a side can do alone: as the file lists, or by changing its options."""
        listed = self.document.spec.moves
        if listed is not None:
            return self.reach(listed.get(side, {}), ("moves", side))
        number = self.document.sides.index(side)
        return self._by_options(lambda form, code: form.moves(code, number))

    def joint(self) -> tuple[Mover, ...]:
        """What several sides do together: by options that they share, agreements and lists."""
        parts: dict[Sides, list[Moves]] = {}
        spec = self.document.spec
        if spec.moves is None and self.code is not None:
            agreed = [self._sides(sides) for sides in spec.agreements]
            shared = [sides for sides in self.document.form.together if sides]
            for sides in dict.fromkeys([*shared, *agreed]):
                parts[sides] = [self._signed(sides, sides in agreed)]
        for i, one in enumerate(spec.joint):
            moves = self.reach(one.moves, ("joint", i, "moves"))
            parts.setdefault(self._sides(one.by), []).append(moves)
        return tuple(Mover(sides, _merged(given)) for sides, given in parts.items())

    def _sides(self, names: Sequence[str]) -> Sides:
        return frozenset(self.document.sides.index(name) for name in names)

    def _signed(self, sides: Sides, agreed: bool) -> Moves:
        return self._by_options(lambda form, code: form.joint_moves(code, sides, agreed))

    def reach(self, given: Reach, path: Path) -> Moves:
        """Moves from a mapping of states to states; raises SummitError where one is not there."""
        return Moves.of(list(self._pairs(given, path)), len(self))

    def _pairs(self, given: Reach, path: Path) -> Iterator[tuple[int, int]]:
        for start, ends in given.items():
            source = self.find(start, (*path, start), key=True)
            for i, end in enumerate(ends):
                target = self.find(end, (*path, start, i))
                if source == target:
                    raise self.document.error(
                        (*path, start, i), f"a move leads from '{start}' to itself. Leave it out."
                    )
                yield source, target

    def _by_options(self, moves: Callable[[OptionForm, Longs], Moves]) -> Moves:
        """Moves over ascending codes, brought into the file's order of states."""
        assert self.code is not None
        order = np.argsort(self.code)
        try:
            found = moves(self.document.form, self.code[order])
        except GameError as error:
            raise self.document.error(("options",), error.message) from None
        if (np.diff(order) > 0).all():
            return found
        return Moves.of(np.stack([order[found.source], order[found.target]], axis=1), len(self))


def _merged(parts: Sequence[Moves]) -> Moves:
    if len(parts) == 1:
        return parts[0]
    pairs = [np.stack([moves.source, moves.target], axis=1) for moves in parts]
    return Moves.of(np.concatenate(pairs), parts[0].num_states)


# ── which states there are ─────────────────────────────────────────────────────────────────────


def states_of(document: ConflictDocument) -> States:
    """The states of a file: those that it lists, or all feasible combinations of its options.

    Raises SummitError where there is none, there are too many, or one is listed twice.
    """
    spec = document.spec
    if spec.states:
        code = _listed(document) if spec.options else None
        return States(document, tuple(spec.states), code)
    code = _feasible(document)
    if not len(code):
        raise document.error(
            ("feasible",), "no combination of the options satisfies every line. Remove one."
        )
    return States(document, tuple(map(str, range(1, len(code) + 1))), code)


def _listed(document: ConflictDocument) -> Longs:
    found: dict[int, str] = {}
    for name, spec in document.spec.states.items():
        path = ("states", name)
        if spec.options is None:
            raise document.error(
                path,
                f"state '{name}' does not say which options are taken in it. Write a list, such "
                f"as {name}: [{next(iter(document.spec.options))}], or [] for none.",
            )
        code = document.code(spec.options, (*path, "options"))
        if code in found:
            raise document.error(
                path,
                f"in the states '{found[code]}' and '{name}' the same options are taken. Remove "
                "one.",
            )
        found[code] = name
    return np.array(list(found), dtype=np.int64)


def _feasible(document: ConflictDocument) -> Longs:
    """The codes that satisfy every condition, each asked as soon as what it names is settled."""
    form = document.form
    place = {name: option for option, name in enumerate(form.names)}
    tests: list[list[tuple[Expr, Path]]] = [[] for _ in form.names]
    for text, path in conditions(document):
        for part in conjuncts(document.condition(text, path)):
            last = max((place[name] for name in part.parameters), default=0)
            tests[last].append((part, path))
    code = np.zeros(1, dtype=np.int64)
    for option, levels in enumerate(form.num_levels):
        _check_count(document, len(code) * levels, MOST_TRIED)
        # A later option weighs more than all before it together, so the codes stay in order.
        weight = int(form.weight[option])
        code = np.concatenate([code + level * weight for level in range(levels)])
        for expr, path in tests[option]:
            code = code[_holds(document, code, expr, path)]
    _check_count(document, len(code), MOST_STATES)
    return code


def _check_count(document: ConflictDocument, count: int, most: int) -> None:
    if count > most:
        raise document.error(
            ("options",),
            f"there are {count:,} states to look at; at most {most:,}. Leave out options, or say "
            "under 'feasible' which combinations there are.",
        )


def conditions(document: ConflictDocument) -> Iterator[tuple[str, Path]]:
    """The lines under `feasible` with their places."""
    for i, text in enumerate(document.spec.feasible):
        yield text, ("feasible", i)


def _holds(document: ConflictDocument, code: Longs, expr: Expr, path: Path) -> Bools:
    try:
        found: Bools = _column(document.form, code, expr, len(code)).astype(bool)
    except ExpressionError as error:
        raise ExpressionError(error.message, document.place(path)) from None
    return found


def _column(form: OptionForm, code: Longs | None, expr: Expr, count: int) -> Column:
    levels = {}
    if code is not None:
        for option, name in enumerate(form.names):
            if name in expr.parameters:
                levels[name] = code // form.weight[option] % form.num_levels[option]
    return column(expr, levels, count)
