"""What there is to know of a conflict before it is judged."""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.conflict.conflict import Conflict
from detente.files.gmcr import GmcrFile

STATES_SHOWN = 100


def conflict_facts(conflict: Conflict) -> dict[str, Any]:
    """What `detente info --json` says of a conflict.

    `moves` : for each side how many moves it can make alone; `joint` : those that several sign
    `names` : side → its full name, where the file gives one
    `options` : name, levels, owner and meaning of each; where that is no single side, those that
        change it together, or `either` of which does; empty without options
    `states` : the first `STATES_SHOWN` of them, with what each is in words
    `ranks` : for each side how many different ranks its states have

    >>> found = conflict_facts(Conflict.of({"A": [(0, 1)]}, [[1, 2]]))
    >>> found["num_states"], found["moves"], found["one_way"]
    (2, {'A': 1}, 1)
    """
    sides, unknown = conflict.sides, conflict.unknown
    today = conflict.status_quo
    return {
        "title": conflict.title,
        "kind": "conflict",
        "players": list(sides),
        "names": _names(conflict),
        "num_states": conflict.num_states,
        "states": {
            name: conflict.described(i) for i, name in enumerate(conflict.states[:STATES_SHOWN])
        },
        "options": _options(conflict),
        "moves": {name: len(own) for name, own in zip(sides, conflict.moves, strict=True)},
        "joint": [
            {"by": list(conflict.who(one.sides)), "moves": len(one.moves)} for one in conflict.joint
        ],
        "one_way": sum(_one_way(conflict, k) for k in range(len(conflict.movers))),
        "ranks": {
            name: len(np.unique(row)) for name, row in zip(sides, conflict.payoff, strict=True)
        },
        "strength": conflict.much_worse is not None,
        "unknown": {
            name: len(pairs) // 2 for name, pairs in zip(sides, unknown or (), strict=False)
        },
        "views": list(conflict.views),
        "status_quo": None if today is None else conflict.states[today],
    }


def conflict_html(conflict: Conflict) -> str:
    """The states as a table to stand in a page: what each is, and its place in each ranking."""
    from detente.notebook import table_html

    places = [(np.unique(-row, return_inverse=True)[1] + 1).tolist() for row in conflict.payoff]
    shown = range(min(conflict.num_states, STATES_SHOWN))
    rows = [
        [conflict.states[i], conflict.described(i), *(str(place[i]) for place in places)]
        for i in shown
    ]
    left = conflict.num_states - len(shown)
    caption = f"{conflict.title} ({left:,} more states)" if left else conflict.title
    return table_html(caption, ["state", "what it is", *conflict.sides], rows)


def _names(conflict: Conflict) -> dict[str, str]:
    if isinstance(conflict.file, GmcrFile | None):
        return {}
    return {side: spec.name for side, spec in conflict.file.sides.items() if spec.name}


def _options(conflict: Conflict) -> list[dict[str, Any]]:
    options = conflict.options
    if options is None:
        return []
    spec = {} if isinstance(conflict.file, GmcrFile | None) else conflict.file.conflict.options
    together = {name: one.together for name, one in spec.items()}
    either = {name: one.either for name, one in spec.items()}
    return [
        {
            "name": name,
            "by": conflict.sides[owner] if owner >= 0 else None,
            "together": together.get(name, []),
            "either": either.get(name, []),
            "levels": list(options.levels[i]) if options.levels else None,
            "meaning": spec[name].name if name in spec else "",
        }
        for i, (name, owner) in enumerate(zip(options.names, options.owner.tolist(), strict=True))
    ]


def _one_way(conflict: Conflict, mover: int) -> int:
    """Moves that those who make them cannot take back by one move."""
    moves, size = conflict.movers[mover].moves, conflict.num_states
    there = moves.source.astype(np.int64) * size + moves.target
    back = moves.target.astype(np.int64) * size + moves.source
    return int((~np.isin(back, there)).sum())
