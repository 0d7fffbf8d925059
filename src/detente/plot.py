"""Pictures of games and results: `dt.plot.tree`, `frontier`, `graph` and `gains`.

Each returns a matplotlib Figure; `save` writes it as SVG, PNG or PDF.
"""

from __future__ import annotations

from detente.show.plots.frontier import frontier
from detente.show.plots.gains import gains
from detente.show.plots.graph import graph
from detente.show.plots.style import encoded, save
from detente.show.plots.tree import tree

__all__ = ["encoded", "frontier", "gains", "graph", "save", "tree"]
