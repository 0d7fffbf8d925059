"""The graph model for conflict resolution: who can move where, and what would hold.

`Conflict.of` or `load_conflict` makes a conflict, `GraphAnalysis` judges it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.stability.graph.analysis import GraphAnalysis
    from detente.stability.graph.coalitions import CoalitionAnalysis
    from detente.stability.graph.conflict import Conflict, Options, levels
    from detente.stability.graph.gmcr import conflict_of, gmcr_of, load_conflict
    from detente.stability.graph.horizon import foreseen, limited, nonmyopic
    from detente.stability.graph.inverse import changes
    from detente.stability.graph.inverse_two import changes_of_two
    from detente.stability.graph.misperception import Misperception
    from detente.stability.graph.option_form import OptionForm
    from detente.stability.graph.status_quo import ways_from
    from detente.stability.graph.views import to_networkx

_HOMES = {
    "GraphAnalysis": "analysis",
    "CoalitionAnalysis": "coalitions",
    "Conflict": "conflict",
    "Options": "conflict",
    "levels": "conflict",
    "conflict_of": "gmcr",
    "gmcr_of": "gmcr",
    "load_conflict": "gmcr",
    "foreseen": "horizon",
    "limited": "horizon",
    "nonmyopic": "horizon",
    "changes": "inverse",
    "changes_of_two": "inverse_two",
    "Misperception": "misperception",
    "OptionForm": "option_form",
    "ways_from": "status_quo",
    "to_networkx": "views",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"detente.stability.graph.{_HOMES[name]}"), name)
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
