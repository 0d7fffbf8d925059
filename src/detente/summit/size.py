"""How large the games of one summit may become."""

from __future__ import annotations

from detente.errors import SummitError
from detente.game.builder import Builder

MAX_NODES = 5_000_000
"""Stored nodes of one summit, all its games together."""


def refuse_beyond(builder: Builder, most: int | None = None) -> None:
    """Raise SummitError where the builder holds more nodes than this (None: `MAX_NODES`)."""
    most = MAX_NODES if most is None else most
    if builder.num_nodes > most:
        raise SummitError(
            f"the game has more than {most:,} nodes ({builder.num_nodes:,} so far). Leave out "
            "rounds, levels or steps, or rule bundles out under 'feasible'."
        )
