"""A conflict file in, its conflict out.

>>> found = read_conflict('''
... detente: 1
... title: Chicken
... sides: [A, B]
... conflict:
...   options: {swerve_A: A, swerve_B: B}
...   preferences: {A: 3 > 4 > 2 > 1, B: 2 > 4 > 3 > 1}
... ''')
>>> found.states, found.described(1)
(('1', '2', '3', '4'), 'swerve_A')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from detente.conflict.check import check
from detente.conflict.conflict import Conflict
from detente.conflict.document import ConflictDocument
from detente.conflict.model import Preference, View
from detente.conflict.moves import Moves
from detente.conflict.preferences import Ranked, floors, ranked, unknown_pairs
from detente.conflict.states import States, states_of
from detente.conflict.words import WORDS_OF_CONFLICTS
from detente.errors import FileError
from detente.files.yaml import Path, load_yaml
from detente.summit.shape import shape_error


def read_conflict(text: str | bytes, file: str = "") -> Conflict:
    """Read and check a conflict file.

    `text` : its contents
    `file` : its name, for messages

    Raises FileError for what is not YAML, SummitError for what breaks a rule of the format, and
    ExpressionError for a formula that cannot be read; each with line and column.
    """
    document = read_document(text, file)
    states = states_of(document)
    actual = _conflict(states)
    views = {
        side: _seen(states, actual, view, ("views", side))
        for side, view in document.spec.views.items()
    }
    return replace(actual, views=views, file=document.file)


def read_document(text: str | bytes, file: str = "") -> ConflictDocument:
    """The content of a conflict file with its places; raises as `read_conflict` does."""
    from pydantic import ValidationError

    from detente.conflict.model import ConflictFile

    data, marks = load_yaml(text, file)
    if not isinstance(data, dict):
        raise FileError(
            "a conflict file has entries such as 'title: Chicken'. Put a space after each colon, "
            "and start from an example in docs/format.md.",
            marks.place(()),
        )
    try:
        shaped = ConflictFile.model_validate(data)
    except ValidationError as error:
        raise shape_error(error, data, marks, WORDS_OF_CONFLICTS) from None
    document = ConflictDocument(shaped, file, marks)
    check(document)
    return document


def _conflict(states: States) -> Conflict:
    document = states.document
    rows = [
        ranked(states, document.spec.preferences[side], ("preferences", side))
        for side in document.sides
    ]
    return _assembled(
        Conflict(
            states=states.names,
            sides=document.sides,
            moves=tuple(states.alone(side) for side in document.sides),
            payoff=np.stack([row.payoff for row in rows]),
            joint=states.joint(),
            options=states.options,
            title=document.file.title,
            status_quo=_status_quo(states),
            meanings=states.meanings,
        ),
        rows,
    )


def _assembled(conflict: Conflict, rows: list[Ranked]) -> Conflict:
    """The conflict with the preferences of each side."""
    return replace(
        conflict,
        payoff=np.stack([row.payoff for row in rows]),
        much_worse=floors(rows),
        unknown=unknown_pairs(rows, conflict.num_states),
    )


def _status_quo(states: States) -> int | None:
    given = states.document.spec.status_quo
    if given is None:
        return None
    if isinstance(given, list):
        return states.find_by_options(given, ("status_quo",))
    return states.find(given, ("status_quo",))


# ── views ──────────────────────────────────────────────────────────────────────────────────────


def _seen(states: States, actual: Conflict, view: View, path: Path) -> Conflict:
    """What a side takes the conflict to be: other preferences or moves, and fewer states."""
    seen = _with_moves(states, actual, view, path)
    if view.preferences:
        seen = _with_preferences(states, seen, view.preferences, (*path, "preferences"))
    unaware = {states.find(name, (*path, "unaware", i)) for i, name in enumerate(view.unaware)}
    known = [state for state in range(len(states)) if state not in unaware]
    if not known:
        raise states.document.error((*path, "unaware"), "the side knows of no state. Leave one.")
    return seen.among(known)


def _with_moves(states: States, actual: Conflict, view: View, path: Path) -> Conflict:
    if not view.moves:
        return actual
    moves: list[Moves] = list(actual.moves)
    for side, given in view.moves.items():
        moves[actual.side(side)] = states.reach(given, (*path, "moves", side))
    return replace(actual, moves=tuple(moves))


def _with_preferences(
    states: States, actual: Conflict, given: Mapping[str, Preference], path: Path
) -> Conflict:
    told = {**states.document.spec.preferences, **given}
    where: dict[str, Path] = {side: ("preferences", side) for side in actual.sides}
    where |= {side: (*path, side) for side in given}
    return _assembled(
        actual, [ranked(states, told[side], where[side]) for side in actual.sides]
    )
