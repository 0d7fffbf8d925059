"""What inspections, commitments and knowledge are worth, as plain data."""

from __future__ import annotations

from typing import Any

from detente.show.numbers import plain_data
from detente.stability.robustness.worths.committing import Committed
from detente.stability.robustness.worths.inspecting import Inspected
from detente.stability.robustness.worths.knowing import EVERYBODY, Known
from detente.stability.robustness.worths.payoffs import CurvePiece, Quotient
from detente.stability.robustness.worths.revealing import Revealed
from detente.stability.robustness.worths.worth import Worth


def worth_data(found: Worth) -> dict[str, Any]:
    """What was found as plain data; `bundle` is null for the talks as written."""
    data = {
        "game": {
            "title": found.title, "players": list(found.players), "parties": list(found.parties)
        },
        "unit": found.unit,
        "round": found.round,
        "bundles": list(found.bundles),
        "inspections": [_inspection_data(each) for each in found.inspections],
        "commitments": [_commitment_data(each) for each in found.commitments],
        "types": [_type_data(each) for each in found.types],
        "parameters": [_known_data(each) for each in found.parameters],
        "left": dict(found.left),
        "stopped": found.stopped,
        "reason": found.reason or None,
    }  # fmt: skip
    return dict(plain_data(data))


def _inspection_data(each: Inspected) -> dict[str, Any]:
    return {
        "inspected": each.inspected,
        "bundle": each.where or None,
        "party": each.party,
        "none": each.none,
        "file": each.file,
        "perfect": each.perfect,
        "gain": each.gain(),
        "pieces": None if each.curve is None else [_piece_data(p) for p in each.curve.pieces],
        "complete": each.complete,
    }


def _piece_data(piece: CurvePiece) -> dict[str, Any]:
    return {
        "interval": piece.interval.data(),
        "least": _quotient_data(piece.least),
        "greatest": _quotient_data(piece.greatest),
    }


def _quotient_data(function: Quotient) -> dict[str, Any]:
    return {"numerator": function.up, "denominator": function.down}


def _commitment_data(each: Committed) -> dict[str, Any]:
    commitment = each.commitment
    return {
        "commitment": commitment.text,
        "side": commitment.side,
        "kind": commitment.kind,
        "step": commitment.step or None,
        "moves": sorted(commitment.moves),
        "bundle": each.where or None,
        "party": each.party,
        "without": each.without,
        "bound": each.bound,
        "gain": each.gain,
        "complete": each.complete,
    }


def _type_data(each: Revealed) -> dict[str, Any]:
    return {
        "types_of": list(each.revelation.whose),
        "revealed_to": list(each.revelation.to),
        "bundle": each.where or None,
        "party": each.party,
        "prior": each.prior,
        "known": each.known,
        "gain": each.gain,
        "prior_complete": each.prior_all,
        "known_complete": each.known_all,
    }


def _known_data(each: Known) -> dict[str, Any]:
    return {
        "parameter": each.parameter,
        "known_to": None if each.to == EVERYBODY else each.to,
        "bundle": each.where or None,
        "party": each.party,
        "unknown": each.unknown,
        "known": each.known,
        "gain": each.gain,
        "error": each.error,
        "together": list(each.together),
        "complete": each.complete,
    }
