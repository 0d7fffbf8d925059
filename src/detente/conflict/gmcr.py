"""Conflicts from `.gmcr` files, and back."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from detente.conflict.conflict import Conflict
from detente.conflict.moves import Bools, Ints, Longs
from detente.conflict.option_form import OptionForm, by_priority, feasible, matches
from detente.errors import FileError, GameError, NotSupported, Place
from detente.files.gmcr import GmcrFile, GmcrOption, GmcrSide, Statement, read_gmcr

MOST_WRITTEN = 16
"""Options up to which infeasible combinations are written out one by one."""


def load_conflict(given: str | os.PathLike[str] | bytes, name: str = "") -> Conflict:
    """The conflict that a .gmcr file holds; states are called 1, 2, … by their place.

    Parameters
    ----------
    given : the file's path, or its bytes
    name : what error messages call it, if not its path

    Raises FileError where the file is not what it should be.
    """
    return conflict_of(read_gmcr(given, name))


def conflict_of(file: GmcrFile) -> Conflict:
    """The conflict that the content of a .gmcr file describes.

    Raises FileError where no state is feasible, a ranking does not name every state once, or there
    are too many combinations of options.
    """
    try:
        form = _form(file)
        patterns = [part for statement in file.infeasible for part in statement.members]
        code = feasible(form, (_levels(part) for part in patterns))
        if not len(code):
            raise GameError(
                "no state is feasible: 'infeasibles' excludes every combination of options. "
                "Remove a pattern."
            )
        moves = tuple(form.moves(code, side) for side in range(len(file.sides)))
    except GameError as error:
        raise FileError(error.message, Place(file.source)) from error
    payoff = np.stack([_payoff(file, form, code, side) for side in range(len(file.sides))])
    return Conflict(
        states=tuple(map(str, range(1, len(code) + 1))),
        sides=tuple(side.name for side in file.sides),
        moves=moves,
        payoff=payoff,
        options=form.options(code),
        title=file.title,
    )


def _form(file: GmcrFile) -> OptionForm:
    owners = (
        frozenset(k for k, side in enumerate(file.sides) if i in side.options)
        for i in range(len(file.options))
    )
    return OptionForm(
        tuple(option.name for option in file.options),
        tuple(owners),
        (2,) * len(file.options),
        tuple(option.direction for option in file.options),
    )


def _levels(pattern: Iterable[tuple[int, bool]]) -> list[tuple[int, int]]:
    return [(option, int(taken)) for option, taken in pattern]


def _payoff(file: GmcrFile, form: OptionForm, code: Longs, side: int) -> Ints:
    own = file.sides[side]
    if file.manual:
        return _ranked(file, side, len(code))
    truths = [
        np.logical_or.reduce([matches(form, code, _levels(part)) for part in statement.members])
        for statement in own.statements
    ]
    return by_priority(truths, len(code))


def _ranked(file: GmcrFile, side: int, num_states: int) -> Ints:
    own = file.sides[side]
    ranking = own.ranking or ()
    payoff = np.zeros(num_states, dtype=np.int32)
    for place, tied in enumerate(ranking):
        for state in tied:
            if not 1 <= state <= num_states:
                _refuse_ranking(file, side, f"it names state {state}, of {num_states}")
            payoff[state - 1] = len(ranking) - place
    if not payoff.all():
        missing = int(np.argmin(payoff)) + 1
        _refuse_ranking(file, side, f"state {missing} of {num_states} is missing")
    return payoff


def _refuse_ranking(file: GmcrFile, side: int, found: str) -> None:
    raise FileError(
        f"decisionMakers[{side}].preferenceRanking: the ranking of '{file.sides[side].name}' "
        f"names every feasible state once; {found}. Correct it, or set "
        "useManualPreferenceRanking to false to use the preference statements.",
        Place(file.source),
    )


# ── back ───────────────────────────────────────────────────────────────────────────────────────


def gmcr_of(conflict: Conflict) -> GmcrFile:
    """The content of a .gmcr file for a conflict in option form, with rankings for preferences.

    Raises NotSupported where the format cannot say it: states that are not yes-or-no options,
    joint moves, strength or lack of preference, or moves that do not follow from the options'
    directions.
    """
    options = conflict.options
    if options is None or (options.level > 1).any() or (options.level < 0).any():
        _refuse("states are combinations of yes-or-no options")
        raise AssertionError
    if conflict.joint or conflict.much_worse is not None or conflict.unknown is not None:
        _refuse("there are no joint moves, strength of preference or unknown preferences")
    if len(options.names) > MOST_WRITTEN:
        _refuse(f"there are at most {MOST_WRITTEN} options")
    owned = [_own(conflict, side) for side in range(conflict.num_sides)]
    weight = 1 << np.arange(len(options.names), dtype=np.int64)
    code = options.level.astype(np.int64) @ weight
    if (np.diff(code) <= 0).any():
        _refuse("states come in the order of the sum of 2^option")
    form = OptionForm(
        options.names,
        tuple(
            frozenset(k for k, own in enumerate(owned) if i in own)
            for i in range(len(options.names))
        ),
        (2,) * len(options.names),
        tuple(_direction(conflict, i) for i in range(len(options.names))),
    )
    for side, moves in enumerate(conflict.moves):
        again = form.moves(code, side)
        same = np.array_equal(again.start, moves.start)
        if not same or not np.array_equal(again.target, moves.target):
            _refuse("each side moves by any permitted change of its own options")
    return GmcrFile(
        options=tuple(map(GmcrOption, form.names, form.directions)),
        sides=tuple(
            GmcrSide(name, tuple(own), (), _ranking(conflict.payoff[side]))
            for side, (name, own) in enumerate(zip(conflict.sides, owned, strict=True))
        ),
        infeasible=tuple(_infeasible(form, code)),
        manual=True,
        title=conflict.title,
    )


def _refuse(rule: str) -> None:
    raise NotSupported(
        f"a .gmcr file holds conflicts in which {rule}; this one is not so. Keep it in Python."
    )


def _own(conflict: Conflict, side: int) -> list[int]:
    options, moves = conflict.options, conflict.moves[side]
    assert options is not None
    changed = (options.level[moves.source] != options.level[moves.target]).any(axis=0)
    own: list[int] = np.flatnonzero(changed | (options.owner == side)).tolist()
    return own


def _direction(conflict: Conflict, option: int) -> str:
    options = conflict.options
    assert options is not None
    level, up, down = options.level[:, option], False, False
    for moves in conflict.moves:
        change = level[moves.target] - level[moves.source]
        up, down = up or bool((change > 0).any()), down or bool((change < 0).any())
    return {(True, True): "both", (True, False): "fwd", (False, True): "back"}.get(
        (up, down), "none"
    )


def _ranking(payoff: NDArray[np.int32]) -> tuple[tuple[int, ...], ...]:
    best_first = np.unique(payoff)[::-1]
    return tuple(tuple((np.flatnonzero(payoff == one) + 1).tolist()) for one in best_first)


def _infeasible(form: OptionForm, code: Longs) -> Iterable[Statement]:
    absent: Bools = ~np.isin(form.all_codes(), code)
    for levels in form.levels(np.flatnonzero(absent).astype(np.int64)).tolist():
        yield Statement((tuple((i, bool(level)) for i, level in enumerate(levels)),))
