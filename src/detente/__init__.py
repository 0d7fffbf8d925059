"""Détente: which of the deals on the table would hold, why, and what would make another one hold.

>>> import detente as dt
>>> sorted(dt.__all__)[:3]
['Bargaining', 'Beliefs', 'Builder']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from detente import plot
    from detente.certify import Certificate, certify
    from detente.errors import DetenteError
    from detente.game.beliefs import Beliefs
    from detente.game.builder import Builder
    from detente.game.formulas import Parameter
    from detente.game.mixed import MixedProfile
    from detente.game.profile import Profile
    from detente.game.strategic import StrategicGame
    from detente.game.tree import Bundle, Game, Role
    from detente.loading import load
    from detente.solvers import solve
    from detente.stability.bargaining.problem import Problem
    from detente.stability.bargaining.report import Bargaining, bargaining
    from detente.stability.comparing import Comparison, compare
    from detente.stability.enforcement.report import Enforcement, enforcement
    from detente.stability.equilibrium import stability
    from detente.stability.graph.judging import graph
    from detente.stability.robustness.along.thresholds import Thresholds, thresholds
    from detente.stability.robustness.maps.map import region_map
    from detente.stability.robustness.maps.mapped import RegionMap
    from detente.stability.robustness.mending.mend import breaking, mend
    from detente.stability.robustness.mending.mended import Mend
    from detente.stability.robustness.nearest.radius import Radius, radius
    from detente.stability.robustness.sweeping.found import Sweep
    from detente.stability.robustness.sweeping.sweep import sweep
    from detente.stability.robustness.worths.worth import Worth, worth
    from detente.stability.story import story
    from detente.stability.verdict import Report, Verdict
    from detente.summit.summit import Summit

_HOME = {
    "Bargaining": "detente.stability.bargaining.report",
    "Beliefs": "detente.game.beliefs",
    "Builder": "detente.game.builder",
    "Bundle": "detente.game.tree",
    "Certificate": "detente.certify",
    "Comparison": "detente.stability.comparing",
    "DetenteError": "detente.errors",
    "Enforcement": "detente.stability.enforcement.report",
    "Game": "detente.game.tree",
    "Mend": "detente.stability.robustness.mending.mended",
    "MixedProfile": "detente.game.mixed",
    "Parameter": "detente.game.formulas",
    "Problem": "detente.stability.bargaining.problem",
    "Profile": "detente.game.profile",
    "Radius": "detente.stability.robustness.nearest.radius",
    "RegionMap": "detente.stability.robustness.maps.mapped",
    "Report": "detente.stability.verdict",
    "Role": "detente.game.tree",
    "StrategicGame": "detente.game.strategic",
    "Summit": "detente.summit.summit",
    "Sweep": "detente.stability.robustness.sweeping.found",
    "Thresholds": "detente.stability.robustness.along.thresholds",
    "Verdict": "detente.stability.verdict",
    "Worth": "detente.stability.robustness.worths.worth",
    "bargaining": "detente.stability.bargaining.report",
    "breaking": "detente.stability.robustness.mending.mend",
    "certify": "detente.certify",
    "compare": "detente.stability.comparing",
    "enforcement": "detente.stability.enforcement.report",
    "graph": "detente.stability.graph.judging",
    "load": "detente.loading",
    "mend": "detente.stability.robustness.mending.mend",
    "plot": "detente.plot",
    "radius": "detente.stability.robustness.nearest.radius",
    "region_map": "detente.stability.robustness.maps.map",
    "solve": "detente.solvers",
    "stability": "detente.stability.equilibrium",
    "story": "detente.stability.story",
    "sweep": "detente.stability.robustness.sweeping.sweep",
    "thresholds": "detente.stability.robustness.along.thresholds",
    "worth": "detente.stability.robustness.worths.worth",
}

__all__ = [
    "Bargaining",
    "Beliefs",
    "Builder",
    "Bundle",
    "Certificate",
    "Comparison",
    "DetenteError",
    "Enforcement",
    "Game",
    "Mend",
    "MixedProfile",
    "Parameter",
    "Problem",
    "Profile",
    "Radius",
    "RegionMap",
    "Report",
    "Role",
    "StrategicGame",
    "Summit",
    "Sweep",
    "Thresholds",
    "Verdict",
    "Worth",
    "__version__",
    "bargaining",
    "breaking",
    "certify",
    "compare",
    "enforcement",
    "graph",
    "load",
    "mend",
    "plot",
    "radius",
    "region_map",
    "solve",
    "stability",
    "story",
    "sweep",
    "thresholds",
    "worth",
]


def __getattr__(name: str) -> Any:
    # Imported when first asked for (PEP 562): `import detente` costs nothing.
    if name not in _HOME:
        raise AttributeError(f"module 'detente' has no attribute '{name}'")
    from importlib import import_module

    home = import_module(_HOME[name])
    # `certify` and `stability` are modules too, bound by their import, which pass the call on.
    value = globals().get(name) or getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
