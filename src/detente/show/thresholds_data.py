"""Thresholds of parameters as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from detente.show.followed import followed_data
from detente.show.numbers import plain_data
from detente.show.thresholds import TALKS, word
from detente.stability.following.along import Along
from detente.stability.following.course import Standing
from detente.stability.following.union import Interval, place_data
from detente.stability.robustness.along.axes import Settled
from detente.stability.robustness.along.thresholds import Axis, Change, Thresholds, Turn


def thresholds_data(found: Thresholds, why: bool = True) -> dict[str, Any]:
    """All of it as plain data, numbers exact; an irrational value is a polynomial's root.

    `why` : tell the reason on the far side of each change, which is judged anew for it
    """
    data: dict[str, Any] = plain_data({
        "game": {
            "title": found.title,
            "players": list(found.players),
            "parties": list(found.parties),
        },
        "round": found.round,
        "stopped": found.stopped,
        "reason": found.reason or None,
        "without_range": list(found.without_range),
        "parameters": [_axis_data(found, axis, why) for axis in found.axes],
    })  # fmt: skip
    return data


def _axis_data(found: Thresholds, axis: Axis, why: bool) -> dict[str, Any]:
    return {
        "name": axis.parameter,
        "value": axis.value,
        "unit": axis.unit,
        "within": axis.within.data(),
        "thresholds": [
            {
                "value": place_data(threshold.place),
                "changes": [_change_data(found, axis, c, why) for c in threshold.changes],
                "settled": None if threshold.turn is None else _turn_data(found, threshold.turn),
            }
            for threshold in axis.thresholds
        ],
        "verdicts": [_along_data(along, found.hidden) for along in axis.verdicts],
        "settled": [
            {"interval": part.interval.data(), **_settled_data(found, part)}
            for part in axis.settled
        ],
        "not_followed": {name or TALKS: why for name, why in axis.left.items()},
        "not_proved": _gaps_data(axis.unproved),
        "proved_for_followed": _gaps_data(axis.followed),
        "single_values": _gaps_data(axis.sampled),
        "equilibria": {
            name or TALKS: [followed_data(followed) for followed in some]
            for name, some in axis.equilibria.items()
        },
    }


def _gaps_data(open_: Mapping[str, Sequence[Interval]]) -> dict[str, Any]:
    return {name or TALKS: [gap.data() for gap in gaps] for name, gaps in open_.items()}


def _change_data(found: Thresholds, axis: Axis, change: Change, why: bool) -> dict[str, Any]:
    return {
        "bundle": change.bundle,
        "below": _standing_data(change.below, found.hidden),
        "at": _standing_data(change.at, found.hidden),
        "above": _standing_data(change.above, found.hidden),
        "why": (found.why(axis, change) or None) if why else None,
    }


def _standing_data(standing: Standing | None, hidden: bool) -> dict[str, Any] | None:
    if standing is None:
        return None
    return {
        "word": word(standing, hidden),
        "acceptable": standing.acceptable,
        "honoured": standing.honoured,
        "stable": standing.stable,
        "fault": standing.fault or None,
    }


def _turn_data(found: Thresholds, turn: Turn) -> dict[str, Any]:
    return {
        "below": _settled_data(found, turn.below) if turn.below else None,
        "at": _settled_data(found, turn.at),
        "above": _settled_data(found, turn.above) if turn.above else None,
    }


def _settled_data(found: Thresholds, settled: Settled) -> dict[str, Any]:
    names = found.talks.bundles
    signed = None if settled.signed is None else [names[b].name for b in sorted(settled.signed)]
    return {"signed": signed, "fault": settled.fault or None}


def _along_data(along: Along, hidden: bool) -> dict[str, Any]:
    return {
        "bundle": along.bundle,
        "pieces": [
            {"interval": piece.interval.data(), **(_standing_data(piece.standing, hidden) or {})}
            for piece in along.pieces
        ],
    }
