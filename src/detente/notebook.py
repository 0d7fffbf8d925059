"""How games and results show themselves in a notebook: as a picture, or as a table.

The classes' hooks (`_repr_svg_`, `_repr_html_`) call these. Without matplotlib, and for what is too
large to be drawn in passing, there is no picture, and the notebook shows the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NODES = 200_000
STATES = 5_000
OUTCOMES = 5_000
"""Of a game, a conflict and a bargaining problem that are drawn in passing."""
ROWS = 20
"""Equilibria that a table shows."""


def tree_svg(shown: Any) -> str | None:
    """The tree of a game, or of an equilibrium with its path; games are not solved for this."""
    game = getattr(getattr(shown, "profile", None), "game", shown)
    if hasattr(game, "strategies") or game.num_nodes > NODES:
        return None

    def draw() -> Figure:
        from detente.plot import tree

        return tree(shown, path=shown is not game)

    return _svg(draw)


def graph_svg(analysis: Any) -> str | None:
    """A conflict graph with its equilibria."""

    def draw() -> Figure:
        from detente.plot import graph

        return graph(analysis)

    return _svg(draw) if analysis.conflict.num_states <= STATES else None


def graph_html(analysis: Any) -> str:
    """The states that are equilibria as a table, most concepts first, the graph below."""
    from detente.show.graph import merged_cells, shown_states
    from detente.stability.graph.judging import find

    findings = find(analysis)
    states = shown_states(findings, all=False)[:ROWS]
    heads, rows = merged_cells(findings, states)
    left = analysis.conflict.num_states - len(states)
    caption = analysis.conflict.title + (f" ({left:,} more states)" if left else "")
    return table_html(caption, heads, rows) + (graph_svg(analysis) or "")


def frontier_svg(found: Any) -> str:
    """The frontier of a bargaining problem, to stand in a page; empty where there is no picture."""

    def draw() -> Figure:
        from detente.plot import frontier

        return frontier(found)

    small = found.problem is not None and len(found.problem.points) <= OUTCOMES
    return (_svg(draw) or "") if small else ""


def result_html(result: Any) -> str:
    """The equilibria of a result as a table, the first one's tree below."""
    players = list(result.equilibria[0].payoffs) if result.equilibria else []
    rows = [
        [str(i), *(_number(eq.payoffs[player]) for player in players), eq.certificate.verdict]
        for i, eq in enumerate(result.equilibria[:ROWS], start=1)
    ]
    left = len(result.equilibria) - len(rows)
    note = f"{result.concept}, {result.method}; complete: {result.complete}"
    note += f"; {left} more" if left else ""
    note += f"; {result.reason}" if result.reason else ""
    table = table_html(f"{result.game.title} ({note})", ["", *players, "certificate"], rows)
    picture = tree_svg(result.equilibria[0]) if result.equilibria else None
    return table + (picture or "")


def summit_html(summit: Any) -> str:
    """The terms of a summit as a table: who concedes what; a tree written by hand as a picture."""
    if summit.has_tree:
        return table_html(summit.title, [], []) + (tree_svg(summit.game) or "")
    rows = [
        [term, _conceding(spec), ", ".join(spec.levels)] for term, spec in summit.file.terms.items()
    ]
    caption = f"{summit.title}: {len(summit.bundles)} bundles for {', '.join(summit.parties)}"
    return table_html(caption, ["term", "conceded by", "levels"], rows)


def map_svg(found: Any) -> str | None:
    """The map of two parameters."""

    def draw() -> Figure:
        from detente.show.plots.map import map_picture

        return map_picture(found)

    return _svg(draw)


def table_html(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table to stand in a page."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>"


# ── inside ─────────────────────────────────────────────────────────────────────────────────────


def _svg(draw: Callable[[], Figure]) -> str | None:
    """The picture as an element that may stand in a page; None where it cannot be drawn."""
    from detente.plot import encoded

    try:
        text = encoded(draw(), "svg").decode("utf-8")
    except DetenteError:
        return None
    return text[text.index("<svg") :]


def _number(value: Any) -> str:
    from detente.show.plots.tree_words import number_text

    return number_text(value)


def _conceding(spec: Any) -> str:
    by = spec.by
    return by if isinstance(by, str) else ", ".join(by)
