"""How the talks as written end, in a sentence."""

from __future__ import annotations

from fractions import Fraction

from detente.stability.verdict import Range, Settled
from detente.stability.words import counted, listed, plain

LISTED = 4
"""Bundles that the talks may settle on that are named."""


def talks_line(talks: tuple[Settled, ...], *, in_tree: bool = False) -> str:
    """How the talks as written end.

    `in_tree` : where nothing may be offered they sign rather than settle on something
    """
    if not talks:
        return "The talks as written end without any bundle being signed."
    if len(talks) > LISTED:
        return f"The talks as written may settle on any of {len(talks)}: see the column ‘signed’."
    offered = not in_tree or all(s.verdict is None or s.verdict.offered for s in talks)
    verb = "settle on" if offered else "sign"
    if len(talks) > 1:
        open_ = all(settled.agreed == (Fraction(0), Fraction(1)) for settled in talks)
        parts = [
            f"{settled.name}{'' if open_ else _odds(settled.agreed)}{_then(settled)}"
            for settled in talks
        ]
        number = f"either of two{', by equilibrium' * open_}" if len(talks) == 2 else (
            f"any of {counted(len(talks))}{', by equilibrium' * open_}"
        )
        return f"The talks as written may {verb} {number}: {'; '.join(parts)}."
    (settled,) = talks
    may = "may " if settled.agreed[0] < settled.agreed[1] else ""
    odds = _odds(settled.agreed)
    return f"The talks as written {may}{verb} {settled.name}{odds}{_then(settled)}."


def _odds(agreed: Range) -> str:
    low, high = agreed
    if low == high:
        return "" if low == 1 else f" (with probability {plain(low)})"
    return f" (with probability {plain(low)} to {plain(high)}, by equilibrium)"


def _then(settled: Settled) -> str:
    """That it is not kept, and who breaks it."""
    verdict = settled.verdict
    if verdict is None or verdict.modal.get("honoured") not in ("never", "sometimes"):
        return ""
    if verdict.modal["honoured"] == "sometimes" and verdict.told is None:
        return ", which a side that is indifferent may then break"
    by = f" by {listed(verdict.breakers)}" if verdict.breakers else ""
    if verdict.broken is not None and verdict.broken != (Fraction(1), Fraction(1)):
        low, high = verdict.broken
        odds = plain(low) if low == high else f"{plain(low)} to {plain(high)}"
        return f", which is then broken{by} with probability {odds}"
    return f", which would be signed and then broken{by}"
