"""The methods that `solve` knows, as a table."""

from __future__ import annotations

from collections.abc import Iterator

from detente.solvers.registry import solvers

_HEAD = ("method", "concepts", "delivers", "numbers", "takes")


def method_lines() -> Iterator[str]:
    """One line a method, aligned: its name, what it finds, how completely, how exactly, in what."""
    rows = [_HEAD] + [
        (
            name,
            ", ".join(solver.concepts),
            solver.delivers,
            "exact" if solver.exact else "floating point",
            solver.accepts,
        )
        for name, solver in solvers().items()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()
