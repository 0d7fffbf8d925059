"""The graph model for conflict resolution: who can move where, and what would hold.

`Conflict.of` or `load_conflict` makes a conflict, `GraphAnalysis` judges it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.conflict.conflict import Conflict, Options, levels
    from detente.conflict.gmcr import conflict_of, gmcr_of, load_conflict
    from detente.conflict.option_form import OptionForm
    from detente.stability.graph.analysis import GraphAnalysis
    from detente.stability.graph.coalitions import CoalitionAnalysis
    from detente.stability.graph.horizon import foreseen, limited, nonmyopic
    from detente.stability.graph.inverse import changes
    from detente.stability.graph.inverse_two import changes_of_two
    from detente.stability.graph.misperception import Misperception
    from detente.stability.graph.status_quo import ways_from
    from detente.stability.graph.views import to_networkx

_HOMES = {
    "GraphAnalysis": ".analysis",
    "CoalitionAnalysis": ".coalitions",
    "Conflict": "detente.conflict.conflict",
    "Options": "detente.conflict.conflict",
    "levels": "detente.conflict.conflict",
    "conflict_of": "detente.conflict.gmcr",
    "gmcr_of": "detente.conflict.gmcr",
    "load_conflict": "detente.conflict.gmcr",
    "foreseen": ".horizon",
    "limited": ".horizon",
    "nonmyopic": ".horizon",
    "changes": ".inverse",
    "changes_of_two": ".inverse_two",
    "Misperception": ".misperception",
    "OptionForm": "detente.conflict.option_form",
    "ways_from": ".status_quo",
    "to_networkx": ".views",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module 'detente.stability.graph' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "CoalitionAnalysis",
    "Conflict",
    "GraphAnalysis",
    "Misperception",
    "OptionForm",
    "Options",
    "changes",
    "changes_of_two",
    "conflict_of",
    "foreseen",
    "gmcr_of",
    "levels",
    "limited",
    "load_conflict",
    "nonmyopic",
    "to_networkx",
    "ways_from",
]
