"""A conflict graph for reading: its states and equilibria as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np

from detente.show.paper import console
from detente.show.rows import NOTHING
from detente.stability.graph.analysis import NONMYOPIC, SIM, brought
from detente.stability.graph.from_summit import SummitConflict
from detente.stability.graph.judging import Findings
from detente.stability.graph.rules import CONCEPTS
from detente.stability.graph.telling import who_told
from detente.stability.words import listed, plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from detente.conflict.conflict import Conflict
FEW = 12
"""Up to so many states, every one gets a row."""
MANY = 40
"""Rows that are shown unless all are asked for."""
_GAP = 3
"""Blanks between two columns."""
_NAME = 24
"""Columns that the name of a state gets at least, where it needs so many."""


def graph_parts(
    findings: Findings, name: str = "FILE", all: bool = False, *, width: int | None = None
) -> list[RenderableType]:
    """The graph, a table of its states, and how many are equilibria of each concept.

    `name` : how the file is called in the line that says how to read on
    `all` : give every state a row, however many there are
    """
    return list(_parts(findings, name, all, width or console().width))


def _parts(findings: Findings, name: str, all: bool, width: int) -> Iterator[RenderableType]:
    from rich.text import Text

    conflict = findings.conflict
    yield Text(conflict.title or name, style="bold")
    if findings.stopped != "finished":
        yield Text(f"Stopped early: {findings.reason}", style="bold")
    yield Text("\n".join([_size(conflict), *_moves(conflict, width)]))
    rows = shown_states(findings, all)
    layout = _layout(findings, rows, width) if rows else None
    if layout is not None:
        yield _table(layout)
    valued = layout is not None and layout.shows(_party_columns(conflict, rows))
    yield Text("\n".join(_footing(findings, len(rows), all, valued)))
    if rows:
        example = f'detente graph {name} --state "{conflict.states[_example(findings, rows)]}"'
        yield Text(f"Why, with each improvement and what answers it: {example}")


def _example(findings: Findings, rows: Sequence[int]) -> int:
    """A state to ask about: one that is an equilibrium of some concepts, but not of all."""
    asked = len(findings.stable)
    return next((s for s in rows if 0 < len(findings.held(s)) < asked), rows[0])


def _size(conflict: Conflict) -> str:
    states = f"{conflict.num_states:,} states"
    if isinstance(conflict, SummitConflict) and conflict.bundle is not None:
        signed = int((conflict.bundle >= 0).sum())
        states += f" ({signed:,} bundles in force, {conflict.num_states - signed:,} without)"
    moves = [
        f"{len(mover.moves):,} by {who_told(conflict, mover.sides)}"
        f"{' together' if len(mover.sides) > 1 else ''}"
        for mover in conflict.movers
    ]
    return f"{states}. Moves: {listed(moves)}."


def _moves(conflict: Conflict, width: int) -> list[str]:
    if not isinstance(conflict, SummitConflict):
        return []
    return textwrap.wrap(" ".join(conflict.rules), width)


def shown_states(findings: Findings, all: bool) -> list[int]:
    """The states with a row: all, or the equilibria, those of most concepts first."""
    conflict = findings.conflict
    if all or conflict.num_states <= FEW:
        return list(range(conflict.num_states))
    held = np.zeros(conflict.num_states, dtype=np.int64)
    for key in findings.stable:
        held += findings.equilibrium(key)
    for key in findings.coalitional:
        held += findings.against_all(key)
    order = np.argsort(-held, kind="stable")[:MANY]
    return [state for state in order.tolist() if held[state]]


def _refused(findings: Findings) -> Iterator[str]:
    """Why what was asked for has no column; what is asked unless told otherwise may lack one."""
    by_reason: dict[str, list[str]] = {}
    for key, reason in findings.refused.items():
        *kind, concept = key.split()
        if kind or concept in findings.named:
            by_reason.setdefault(reason, []).append(" ".join([*kind, short(concept)]))
    for reason, names in by_reason.items():
        yield f"Not asked: {listed(names)}: {reason}"


_WAYS = {
    "a": "leaves for better or unknown, and only what is known to be no better deters it",
    "b": "leaves for better only, and only what is known to be no better deters it",
    "c": "leaves for better or unknown, and what may be no better deters it",
    "d": "leaves for better only, and what may be no better deters it",
}
_MEANT = {
    "nash": "Nash: no side gains by moving.",
    "gmr": "GMR: the others can answer each gain so that it is none.",
    "smr": "SMR: and the side cannot get out of that.",
    "seq": "SEQ: they can by moves that they gain by.",
    "sseq": "SSEQ: SEQ and SMR by one answer.",
    "sim": "SIM: the others, gaining at the same time, spoil each gain.",
    "nonmyopic": "Far-sighted: it stays however many moves ahead both look.",
}


# ── the table ──────────────────────────────────────────────────────────────────────────────────


def short(concept: str) -> str:
    """A concept as the heading of a column."""
    if concept in CONCEPTS:
        return CONCEPTS[concept].name
    return {SIM: "SIM", NONMYOPIC: "far-sighted"}.get(concept, concept.upper())


@dataclass(frozen=True)
class _Column:
    """A column: its heading and a cell a row."""

    heading: str
    cells: tuple[str, ...]
    right: bool = False
    wraps: bool = False

    @property
    def width(self) -> int:
        return max(len(self.heading), *map(len, self.cells))


@dataclass(frozen=True)
class _Layout:
    """What stands in the table.

    `described` : whether it is told what each state is
    """

    names: tuple[str, ...]
    described: tuple[str, ...]
    columns: tuple[_Column, ...]

    @property
    def width(self) -> int:
        """The least width at which it can be read."""
        columns = (("state", *self.names), ("what it is", *self.described))
        wrapping = [min(_NAME, max(map(len, cells))) for cells in columns if len(cells) > 1]
        return sum(w + _GAP for w in wrapping) + sum(c.width + _GAP for c in self.columns) - _GAP

    def shows(self, parties: Sequence[_Column]) -> bool:
        """Whether what each party gets has columns."""
        return set(parties) <= set(self.columns)


def _layout(findings: Findings, rows: Sequence[int], width: int) -> _Layout:
    """As much as there is room for: what states are, what parties get, and who leaves."""
    conflict = findings.conflict
    names = tuple(label(conflict, s) for s in rows)
    described = _described(conflict, rows)
    parties = _party_columns(conflict, rows)
    full, brief = (_asked(findings, rows, short_cells) for short_cells in (False, True))
    layouts = [
        _Layout(names, told, (*some, *asked))
        for told in dict.fromkeys((described, ()))
        for some in (parties, ())
        for asked in (full, brief)
    ]
    last = _Layout(names, (), _merged(findings, rows))
    return next((layout for layout in layouts if layout.width <= width), last)


def _described(conflict: Conflict, rows: Sequence[int]) -> tuple[str, ...]:
    """What the states are; nothing where their names say it."""
    found = tuple(conflict.described(s) for s in rows)
    return found if any(found) and not isinstance(conflict, SummitConflict) else ()


def _asked(findings: Findings, rows: Sequence[int], brief: bool) -> tuple[_Column, ...]:
    """A column a concept."""
    alone = (
        _Column(short(key), tuple(_cell(findings, key, s, brief) for s in rows))
        for key in findings.stable
    )
    together = (
        _Column(f"all {short(key)}", tuple(_together(findings, key, s, brief) for s in rows))
        for key in findings.coalitional
    )
    return (*alone, *together)


def _merged(findings: Findings, rows: Sequence[int]) -> tuple[_Column, ...]:
    """One column of the concepts under which each state is an equilibrium, one for coalitions."""
    held = [", ".join(map(short, findings.held(s))) or "–" for s in rows]
    columns = [_Column("stable for every side", tuple(held), wraps=True)]
    if findings.coalitional:
        all_of = [
            ", ".join(short(k) for k in findings.coalitional if findings.against_all(k)[s]) or "–"
            for s in rows
        ]
        columns.append(_Column("for every coalition", tuple(all_of), wraps=True))
    return tuple(columns)


def merged_cells(
    findings: Findings, rows: Sequence[int]
) -> tuple[list[str], list[list[str]]]:
    """Headings and cells: each state, what it is and brings, and its concepts in one cell."""
    conflict = findings.conflict
    columns = [*_party_columns(conflict, rows), *_merged(findings, rows)]
    described = _described(conflict, rows)
    heads = ["state", *["what it is"] * bool(described), *(column.heading for column in columns)]
    cells = [
        [label(conflict, s), *described[i : i + 1], *(column.cells[i] for column in columns)]
        for i, s in enumerate(rows)
    ]
    return heads, cells


def _table(layout: _Layout) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for heading, cells in (("state", layout.names), ("what it is", layout.described)):
        if cells:
            table.add_column(heading, min_width=min(_NAME, max(map(len, cells))))
    for column in layout.columns:
        justify: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(column.heading, justify=justify, no_wrap=not column.wraps)
    for i, name in enumerate(layout.names):
        what = layout.described[i : i + 1]
        table.add_row(name, *what, *(column.cells[i] for column in layout.columns))
    return table


def _party_columns(conflict: Conflict, rows: Sequence[int]) -> tuple[_Column, ...]:
    return tuple(
        _Column(party, tuple(_told(found[s]) for s in rows), right=True)
        for party, found in brought(conflict)
    )


def _told(value: Fraction | int) -> str:
    return plain(value) if isinstance(value, Fraction) else str(value)


def label(conflict: Conflict, state: int) -> str:
    """How the row of a state is called."""
    if not isinstance(conflict, SummitConflict) or conflict.options is None:
        return conflict.states[state]
    agreed, *levels = conflict.options.level[state].tolist()
    return NOTHING if agreed and not any(levels) else conflict.states[state]


def _cell(findings: Findings, key: str, state: int, brief: bool) -> str:
    """Whether a state is an equilibrium, or who leaves it."""
    stable = findings.stable[key][:, state]
    if not stable.all():
        leaving = np.flatnonzero(~stable).tolist()
        if brief or len(leaving) == len(stable) > 1:
            return "no"
        return f"not {listed(findings.conflict.who(leaving), 'or')}"
    strong = findings.strong.get(key)
    if strong is None:
        return "yes"
    return "strong" if strong[:, state].all() else "weak"


def _together(findings: Findings, key: str, state: int, brief: bool) -> str:
    """Whether every coalition stays, or the smallest one that does not."""
    for who, stable in findings.coalitional[key].items():
        if not stable[state]:
            return "no" if brief else f"not {'+'.join(findings.conflict.who(who))}"
    return "yes"


def _footing(findings: Findings, rows: int, all: bool, valued: bool) -> Iterator[str]:
    conflict = findings.conflict
    counts = [f"{int(findings.equilibrium(k).sum()):,} {short(k)}" for k in findings.stable]
    if counts:
        yield f"Equilibria, stable for every side: {', '.join(counts)}."
    counts = [f"{int(findings.against_all(k).sum()):,} {short(k)}" for k in findings.coalitional]
    if counts:
        yield f"Stable for every coalition too (columns ‘all’): {', '.join(counts)}."
    if valued and isinstance(conflict, SummitConflict):
        unit = f", in {conflict.unit}" if conflict.unit else ""
        yield f"Under each party's name: what it gets if everyone complies{unit}."
    elif valued:
        yield "Under each side's name: the place of the state in its ranking, 1 for the best."
    if findings.strong:
        yield "Strong: some answer to every improvement leaves the side much worse. Weak: not so."
    meant = [_MEANT[key] for key in findings.stable if key in _MEANT]
    ahead = [short(key) for key in findings.stable if key not in _MEANT]
    if ahead:
        meant.append(f"{listed(ahead)}: it stays, looking so many moves ahead.")
    if meant:
        yield f"{' '.join(meant)}"
    if conflict.unknown is not None:
        way = findings.analysis.way
        yield f"Unknown preferences are read in way {way}: a side {_WAYS[way]}."
    yield from _refused(findings)
    left = conflict.num_states - rows
    if left and not all:
        yield f"Not shown: {left:,} states; --all shows them."
