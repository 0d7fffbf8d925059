"""How large the games of one summit may become."""

from __future__ import annotations

from collections.abc import Sequence

from detente.errors import Place, SummitError
from detente.game.builder import Builder

MAX_NODES = 1_000_000
"""Stored nodes of one summit, all its games together: about 1.4 kB each while they are built."""
MANY = 6
"""Steps that a message names at most."""


def refuse_beyond(builder: Builder, remembered: Sequence[str] = ()) -> None:
    """Raise SummitError where the builder holds more than `MAX_NODES` nodes.

    `remembered` : steps whose outcomes something later mentions, which multiply the nodes
    """
    if builder.num_nodes <= MAX_NODES:
        return
    found = f"the game has more than {MAX_NODES:,} nodes ({builder.num_nodes:,} so far). "
    if len(remembered) < 2:
        raise SummitError(
            f"{found}Leave out rounds, levels or steps, or rule bundles out under 'feasible'."
        )
    names = ", ".join(f"'{name}'" for name in remembered[:MANY])
    more = len(remembered) - MANY
    raise SummitError(
        f"{found}Formulas of later steps or of worths mention the outcomes of {len(remembered)} "
        f"steps ({names}{f' and {more} more' if more > 0 else ''}), and every combination of "
        "outcomes that is mentioned later has nodes of its own. Mention fewer earlier outcomes: "
        "put what an outcome is worth under its own 'worth', and let a step look back to the "
        "last step or two. Else leave out steps, levels or rounds."
    )


def refuse_tree_of(size: int, place: Place | None = None) -> None:
    """Raise SummitError where a tree that is about to be built has more than `MAX_NODES` nodes."""
    if size > MAX_NODES:
        raise SummitError(
            f"the game has {_shown(size)} nodes, and at most {MAX_NODES:,} are built. Where sides "
            "do not see everything, every way of getting somewhere has nodes of its own. Leave out "
            "types, rounds, levels or steps, or rule bundles out under 'feasible' or 'offers'.",
            place,
        )


def _shown(size: int) -> str:
    return f"{size:,}" if size < 10**12 else f"about 10^{len(str(size)) - 1}"
