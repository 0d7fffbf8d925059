"""Conflicts from `.gmcr` files, and back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detente.conflict.conflict import Conflict
from detente.conflict.form_of import form_of
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
        title=file.title or Path(file.source).stem,
        file=file,
    )


def _form(file: GmcrFile) -> OptionForm:
    owners: list[set[int]] = [set() for _ in file.options]
    for number, side in enumerate(file.sides):
        for option in side.options:
            owners[option].add(number)
    return OptionForm(
        tuple(option.name for option in file.options),
        tuple(map(frozenset, owners)),
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
        f"decisionMakers[{side}]: the ranking of '{file.sides[side].name}' names every feasible "
        f"state once; {found}. Correct it, or set useManualPreferenceRanking (in older files "
        "useManualPreferenceVectors) to false to use the preference statements.",
        Place(file.source),
    )


# ── back ───────────────────────────────────────────────────────────────────────────────────────


def gmcr_of(conflict: Conflict) -> GmcrFile:
    """The content of a .gmcr file for a conflict in option form, with rankings for preferences.

    States take the numbers of that format, by the sum of 2^option. Raises NotSupported where the
    format cannot say it: states that are not yes-or-no options, joint moves, strength or lack of
    preference, views of the sides, or moves that do not follow from the options' directions.
    """
    options = conflict.options
    if options is None or (options.level > 1).any() or (options.level < 0).any():
        _refuse("states are combinations of yes-or-no options")
        raise AssertionError
    if conflict.joint or conflict.much_worse is not None or conflict.unknown is not None:
        _refuse("there are no joint moves, strength of preference or unknown preferences")
    if conflict.views:
        _refuse("every side sees what is so")
    if len(options.names) > MOST_WRITTEN:
        _refuse(f"there are at most {MOST_WRITTEN} options")
    form = form_of(conflict)
    if form is None:
        _refuse("each side moves by any permitted change of its own options")
        raise AssertionError
    code = form.codes(options.level)
    order = np.argsort(code)
    return GmcrFile(
        options=tuple(map(GmcrOption, form.names, form.directions)),
        sides=tuple(
            GmcrSide(
                name,
                tuple(i for i, owners in enumerate(form.owners) if side in owners),
                (),
                _ranking(conflict.payoff[side, order]),
            )
            for side, name in enumerate(conflict.sides)
        ),
        infeasible=tuple(_infeasible(form, code)),
        manual=True,
        title=conflict.title,
    )


def _refuse(rule: str) -> None:
    raise NotSupported(
        f"a .gmcr file holds conflicts in which {rule}; this one is not so. Write it as .yaml."
    )


def _ranking(payoff: NDArray[np.int32]) -> tuple[tuple[int, ...], ...]:
    best_first = np.unique(payoff)[::-1]
    return tuple(tuple((np.flatnonzero(payoff == one) + 1).tolist()) for one in best_first)


def _infeasible(form: OptionForm, code: Longs) -> Iterable[Statement]:
    absent: Bools = ~np.isin(form.all_codes(), code)
    for levels in form.levels(np.flatnonzero(absent).astype(np.int64)).tolist():
        yield Statement((tuple((i, bool(level)) for i, level in enumerate(levels)),))
