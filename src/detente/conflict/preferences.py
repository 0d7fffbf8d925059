"""What each side of a conflict file prefers, in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from detente.conflict.conflict import dense, levels
from detente.conflict.model import Preference
from detente.conflict.moves import Bools, Ints, Moves
from detente.conflict.option_form import by_priority
from detente.conflict.states import States
from detente.files.yaml import Path
from detente.game.expressions import evaluate

_SHOWN = 8


@dataclass(frozen=True, eq=False)
class Ranked:
    """One side's preferences.

    `payoff` : int32 (num_states,), greater is better
    `floor` : int32 (num_states,), what is no better is much worse; None where nothing is said
    `unknown` : pairs of states that it is not known to rank
    """

    payoff: Ints
    floor: Ints | None
    unknown: tuple[tuple[int, int], ...]


def ranked(states: States, spec: Preference, path: Path) -> Ranked:
    """What a side prefers.

    Raises SummitError or ExpressionError, with its place, where that is not said for every state,
    or not in one way.
    """
    ways = [key for key in ("ranking", "statements", "payoffs") if getattr(spec, key) is not None]
    if len(ways) != 1:
        found = " and ".join(f"'{way}'" for way in ways) or "none of them"
        raise states.document.error(
            (*path, ways[1]) if ways else path,
            f"preferences are given in one way: 'ranking', 'statements' or 'payoffs'; found "
            f"{found}. Keep one.",
        )
    tiers = None
    if spec.ranking is not None:
        payoff, tiers = _ranking(states, spec.ranking, path)
    elif spec.statements is not None:
        payoff = by_priority(_truths(states, spec.statements, (*path, "statements")), len(states))
    else:
        payoff = _payoffs(states, spec.payoffs, (*path, "payoffs"))
    return Ranked(payoff, _floor(states, spec, payoff, tiers, path), _unknown(states, spec, path))


# ── rankings ───────────────────────────────────────────────────────────────────────────────────


def _ranking(states: States, given: list[list[list[str]]], path: Path) -> tuple[Ints, Ints | None]:
    """Payoffs, and tiers where there are several; greater is better."""
    payoff, tiers = (np.zeros(len(states), dtype=np.int32) for _ in range(2))
    rank = sum(map(len, given))
    for tier, ranks in enumerate(given):
        for tied in ranks:
            for name in tied:
                where = (*path, "ranking", name)
                state = states.find(name, where)
                if payoff[state]:
                    raise states.document.error(
                        where, f"state '{name}' stands twice in this ranking. Remove one."
                    )
                payoff[state], tiers[state] = rank, len(given) - tier
            rank -= 1
    missing = [states.names[i] for i in np.flatnonzero(payoff == 0).tolist()]
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise states.document.error(
            (*path, "ranking"),
            f"a ranking names every state once; missing: {', '.join(missing[:_SHOWN])}{more}. Add "
            "them, those that are indifferent with '~' between them.",
        )
    return payoff, tiers if len(given) > 1 else None


# ── statements and payoffs ─────────────────────────────────────────────────────────────────────


def _truths(states: States, statements: Sequence[str], path: Path) -> list[Bools]:
    _need_options(states, path, "statements")
    return [
        states.column(states.document.condition(text, (*path, i)), (*path, i)).astype(bool)
        for i, text in enumerate(statements)
    ]


def _payoffs(states: States, given: Any, path: Path) -> Ints:
    if isinstance(given, str):
        _need_options(states, path, "a formula")
        row = states.column(states.document.number(given, path), path)
    else:
        row = np.empty(len(states), dtype=object)
        for state, number in _numbers(states, given, path):
            row[state] = number
    found: Ints = dense(np.array([row]))[0]
    return found


def _numbers(states: States, given: Any, path: Path) -> Iterator[tuple[int, Fraction]]:
    """Each state with its payoff."""
    names = list(given) if isinstance(given, dict) else list(range(len(given)))
    found = [states.find(name, (*path, name), key=True) if isinstance(name, str) else name
             for name in names]  # fmt: skip
    if len(found) != len(states):
        missing = [states.names[i] for i in range(len(states)) if i not in set(found)]
        hint = f"; missing: {', '.join(missing[:_SHOWN])}" if isinstance(given, dict) else ""
        raise states.document.error(
            path,
            f"there is one payoff for each of the {len(states):,} states; found {len(found):,}"
            f"{hint}. Give every state one.",
        )
    for state, name in zip(found, names, strict=True):
        yield state, evaluate([states.document.number(given[name], (*path, name))], {})[0]


def _need_options(states: States, path: Path, what: str) -> None:
    if states.code is None:
        raise states.document.error(
            path,
            f"{what} of options cannot be used where states are not made of options. Write "
            "'ranking' or a list of payoffs.",
        )


# ── strength, and what is not known ────────────────────────────────────────────────────────────


def _floor(
    states: States, spec: Preference, payoff: Ints, tiers: Ints | None, path: Path
) -> Ints | None:
    if tiers is not None and spec.much_worse:
        raise states.document.error(
            (*path, "much_worse"),
            "'>>' in the ranking says already what is much worse. Keep one of the two.",
        )
    if tiers is not None:
        found: Ints = levels(tiers[None], payoff[None])[0]
        return found
    if not spec.much_worse:
        return None
    return _floor_of(states, spec.much_worse, payoff, (*path, "much_worse"))


def _floor_of(states: States, given: dict[str, str], payoff: Ints, path: Path) -> Ints:
    """Floors from those of some states: what is much worse than one is so than every better one."""
    at = np.full(int(payoff.max()) + 1, int(payoff.min()) - 1, dtype=np.int32)
    for name, worse in given.items():
        state = states.find(name, (*path, name), key=True)
        below = states.find(worse, (*path, name))
        if payoff[below] >= payoff[state]:
            raise states.document.error(
                (*path, name),
                f"'{worse}' is not worse than '{name}' for this side, and so not much worse. "
                "Correct the pair or the ranking.",
            )
        at[payoff[state]] = max(at[payoff[state]], payoff[below])
    found: Ints = np.maximum.accumulate(at)[payoff]
    return found


def _unknown(states: States, spec: Preference, path: Path) -> tuple[tuple[int, int], ...]:
    found = []
    for i, names in enumerate(spec.unknown):
        where = (*path, "unknown", i)
        one, other = (states.find(name, (*where, k)) for k, name in enumerate(names))
        if one == other:
            raise states.document.error(
                (*where, 1), f"'{names[0]}' is compared with itself. Name two states."
            )
        found.append((one, other))
    return tuple(found)


def floors(rows: Sequence[Ranked]) -> Ints | None:
    """int32 (num_sides, num_states): the floors of all sides, None where none has any."""
    if all(row.floor is None for row in rows):
        return None
    return np.stack([
        np.full_like(row.payoff, int(row.payoff.min()) - 1) if row.floor is None else row.floor
        for row in rows
    ])  # fmt: skip


def unknown_pairs(rows: Sequence[Ranked], num_states: int) -> tuple[Moves, ...] | None:
    """For each side the pairs that it is not known to rank, both ways; None where all are known."""
    if not any(row.unknown for row in rows):
        return None
    return tuple(
        Moves.of([p for a, b in row.unknown for p in ((a, b), (b, a))], num_states) for row in rows
    )
