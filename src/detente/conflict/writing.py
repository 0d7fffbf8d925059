"""Conflicts written as files: any conflict as YAML, and what a .gmcr file says as YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from detente.conflict.conflict import Conflict
from detente.conflict.form_of import form_of
from detente.conflict.model import NO, WORDS, YES
from detente.conflict.moves import Ints, Moves
from detente.conflict.option_form import OptionForm
from detente.files.gmcr import GmcrFile, Statement
from detente.files.writing import Target, whole_file
from detente.files.yaml_text import block

_ELSEWHERE = "Use a shorter name."
_SPELLED = {of_form: word for word, of_form in WORDS.items()}


def write_conflict(conflict: Conflict, target: Target) -> None:
    """Write a conflict as a YAML file that is read back as the same conflict.

    What a .gmcr file said by patterns and statements is written as conditions, so that it stays
    readable; names of options become single words, with the wording of the file under `name`.

    States whose names hold the signs that rank states are numbered, and keep those names as text.

    Raises NotSupported for names too long for YAML, FileError where it cannot be written.
    """
    file = conflict.file
    data = _of_gmcr(file) if isinstance(file, GmcrFile) else _of_conflict(_rankable(conflict))
    with whole_file(target) as stream:
        stream.writelines(f"{line}\n" for line in block(data, _ELSEWHERE))


def _rankable(conflict: Conflict) -> Conflict:
    """The conflict with states whose names can stand in a ranking."""
    if not any(set(name) & {">", "~"} or name != name.strip() or not name
               for name in conflict.states):  # fmt: skip
        return conflict
    numbers = tuple(map(str, range(1, conflict.num_states + 1)))
    views = {
        side: replace(seen, states=tuple(numbers[conflict.state(name)] for name in seen.states))
        for side, seen in conflict.views.items()
    }
    said = conflict.meanings or conflict.states
    return replace(conflict, states=numbers, meanings=said, views=views)


def _head(title: str, sides: Iterable[str]) -> dict[str, Any]:
    return {"detente": "1", "title": title or "untitled", "sides": dict.fromkeys(sides)}


# ── from .gmcr files ───────────────────────────────────────────────────────────────────────────


def _of_gmcr(file: GmcrFile) -> dict[str, Any]:
    words = single_words([option.name for option in file.options])
    options = {}
    for i, (word, option) in enumerate(zip(words, file.options, strict=True)):
        owners = [side.name for side in file.sides if i in side.options]
        name = "" if word == option.name else option.name
        options[word] = _option(owners, option.direction, name)
    spec: dict[str, Any] = {"options": options}
    if file.infeasible:
        spec["feasible"] = [f"not ({_formula(one, words)})" for one in file.infeasible]
    spec["preferences"] = {
        side.name: {"ranking": _ranking([list(map(str, tied)) for tied in side.ranking or ()])}
        if file.manual
        else {"statements": [_formula(one, words) for one in side.statements]}
        for side in file.sides
    }
    title = file.title or Path(file.source).stem
    return {**_head(title, [side.name for side in file.sides]), "conflict": spec}


def _option(
    owners: Sequence[str], direction: str, name: str, levels: Sequence[str] = (NO, YES)
) -> dict[str, Any] | str:
    said: dict[str, Any] = {"either": list(owners)} if len(owners) > 1 else {"by": list(owners)}
    if len(owners) == 1:
        said["by"] = owners[0]
    if name:
        said["name"] = name
    if direction != "both":
        said["direction"] = _SPELLED[direction]
    if tuple(levels) != (NO, YES):
        said["levels"] = list(levels)
    return owners[0] if len(said) == len(owners) == 1 else said


def _formula(statement: Statement, words: Sequence[str]) -> str:
    parts = [
        " and ".join(words[option] if taken else f"not {words[option]}" for option, taken in member)
        for member in statement.members
    ]
    if len(parts) == 1:
        return parts[0]
    return " or ".join(f"({part})" if " and " in part else part for part in parts)


def single_words(names: Sequence[str]) -> list[str]:
    """Names as single words that formulas can use, no two the same.

    >>> single_words(["Air Strike", "air-strike", "not", "2nd"])
    ['Air_Strike', 'air_strike', 'take_not', 'take_2nd']
    """
    found: list[str] = []
    for name in names:
        plain = re.sub(r"\W+", "_", name).strip("_")
        word = plain if plain.isidentifier() and plain not in _RESERVED else f"take_{plain}"
        taken, number = word, 2
        while taken in found:
            taken, number = f"{word}_{number}", number + 1
        found.append(taken)
    return found


_RESERVED = {
    "and", "or", "not", "in", "if", "else", "true", "false", "min", "max", "is", NO, YES,
}  # fmt: skip


# ── from any conflict ──────────────────────────────────────────────────────────────────────────


def _of_conflict(conflict: Conflict) -> dict[str, Any]:
    spec: dict[str, Any] = {}
    form = form_of(conflict)
    if conflict.options is not None:
        spec["options"] = dict(_options(conflict, form))
    spec["states"] = _states(conflict)
    if form is None:
        spec["moves"] = {
            name: _reach(conflict, moves)
            for name, moves in zip(conflict.sides, conflict.moves, strict=True)
        }
    if conflict.joint:
        spec["joint"] = [
            {"by": list(conflict.who(one.sides)), "moves": _reach(conflict, one.moves)}
            for one in conflict.joint
        ]
    spec["preferences"] = {
        name: _preference(conflict, side) for side, name in enumerate(conflict.sides)
    }
    if conflict.status_quo is not None:
        spec["status_quo"] = conflict.states[conflict.status_quo]
    views = {side: _view(conflict, seen) for side, seen in conflict.views.items()}
    if views:
        spec["views"] = views
    return {**_head(conflict.title, conflict.sides), "conflict": spec}


def _options(conflict: Conflict, form: OptionForm | None) -> Iterator[tuple[str, Any]]:
    options = conflict.options
    assert options is not None
    words = single_words(options.names)
    for i, (word, name) in enumerate(zip(words, options.names, strict=True)):
        owners = form.owners[i] if form is not None else _owners(int(options.owner[i]))
        direction = form.directions[i] if form is not None else "both"
        called = "" if word == name else name
        yield word, _option(conflict.who(owners), direction, called, _levels(conflict, i))


def _owners(owner: int) -> frozenset[int]:
    return frozenset() if owner < 0 else frozenset([owner])


def _levels(conflict: Conflict, option: int) -> list[str]:
    options = conflict.options
    assert options is not None
    if options.levels:
        return list(options.levels[option])
    highest = int(options.level[:, option].max())
    return [NO, YES] if highest < 2 else [str(level) for level in range(highest + 1)]


def _states(conflict: Conflict) -> dict[str, Any]:
    options = conflict.options
    said = dict(zip(conflict.states, conflict.meanings, strict=True)) if conflict.meanings else {}
    if options is None:
        return {name: said.get(name) or None for name in conflict.states}
    words = single_words(options.names)
    levels = [_levels(conflict, i) for i in range(len(words))]
    found: dict[str, Any] = {}
    for name, row in zip(conflict.states, options.level.tolist(), strict=True):
        taken = [
            word if len(own) == 2 else f"{word} = {own[level]}"
            for word, own, level in zip(words, levels, row, strict=True)
            if level
        ]
        found[name] = {"name": said[name], "options": taken} if said.get(name) else taken
    return found


def _reach(conflict: Conflict, moves: Moves) -> dict[str, list[str]]:
    names = conflict.states
    starts = np.flatnonzero(np.diff(moves.start)).tolist()
    return {names[one]: [names[end] for end in moves.after(one).tolist()] for one in starts}


def _view(conflict: Conflict, seen: Conflict) -> dict[str, Any]:
    """A side's view; the states that it does not know of come last in its rankings."""
    unaware = [name for name in conflict.states if name not in set(seen.states)]
    found: dict[str, Any] = {
        "preferences": {
            name: _preference(seen, side, unaware) for side, name in enumerate(seen.sides)
        },
        "moves": {
            name: _reach(seen, moves) for name, moves in zip(seen.sides, seen.moves, strict=True)
        },
    }
    return {**found, "unaware": unaware} if unaware else found


# ── preferences ────────────────────────────────────────────────────────────────────────────────


def _preference(conflict: Conflict, side: int, last: Sequence[str] = ()) -> Any:
    payoff = conflict.payoff[side]
    best_first = np.unique(payoff)[::-1]
    ranks = [[conflict.states[i] for i in np.flatnonzero(payoff == one)] for one in best_first]
    ranking = _ranking([*ranks, list(last)] if last else ranks)
    said: dict[str, Any] = {"ranking": ranking}
    if conflict.much_worse is not None:
        worse = _much_worse(conflict, payoff, conflict.much_worse[side])
        said |= {"much_worse": worse} if worse else {}
    if conflict.unknown is not None:
        pairs = conflict.unknown[side]
        one_way = pairs.source < pairs.target
        ends = zip(pairs.source[one_way].tolist(), pairs.target[one_way].tolist(), strict=True)
        unknown = [[conflict.states[one], conflict.states[other]] for one, other in ends]
        said |= {"unknown": unknown} if unknown else {}
    return said if len(said) > 1 else ranking


def _ranking(ranks: Sequence[Sequence[str]]) -> str:
    return " > ".join(" ~ ".join(tied) for tied in ranks)


def _much_worse(conflict: Conflict, payoff: Ints, floor: Ints) -> dict[str, str]:
    """Of each rank with something much worse than it a state, and the best that is so."""
    found = {}
    for rank in np.unique(payoff).tolist():
        state = int(np.argmax(payoff == rank))
        below = payoff[payoff <= floor[state]]
        if len(below):
            found[conflict.states[state]] = conflict.states[int(np.argmax(payoff == below.max()))]
    return found
