"""The table beside a frontier: what numbers and signs stand for, with what each party gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.show.plots.frontier_scene import NAMES, Scene
from detente.show.plots.frontier_signs import SIGNS
from detente.show.plots.style import BODY, Sheet, height_of, shortened, width_of, wrapped

if TYPE_CHECKING:
    from detente.stability.bargaining.solutions import Pick

GAP = 14.0
NAME_COLUMNS, HEAD_COLUMNS = 36, 14


class Table:
    """What the numbers and signs stand for, with what each party gets."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.rows = [*self._outcomes(), self._without(), *self._lots()]
        problem = scene.problem
        heads = [shortened(party, HEAD_COLUMNS) for party in problem.parties]
        self.heads = ["", "outcome", *heads, "picked by"]
        self.widths = [
            max(_cell_width(cell) for cell in [(head,), *(row.cells[i] for row in self.rows)])
            for i, head in enumerate(self.heads)
        ]
        self.widths[0] = max(self.widths[0], 10.0)
        self.width = sum(self.widths) + GAP * (len(self.widths) - 1)
        self.height = height_of(1, BODY) + 4 + sum(row.height for row in self.rows)

    def _outcomes(self) -> Iterator[Row]:
        from detente.stability.words import plain

        scene, problem = self.scene, self.scene.problem
        for number, k in enumerate(scene.numbered, start=1):
            by = [NAMES[s.rule] for s in scene.picked if k in s.outcomes]
            name = tuple(wrapped(problem.outcomes[k], NAME_COLUMNS, 2))
            values = [(plain(value),) for value in problem.points[k]]
            chosen = tuple(wrapped(", ".join(by), NAME_COLUMNS, 2)) if by else ("",)
            yield Row([(str(number),), name, *values, chosen], bold=bool(by))
        more = len(set(scene.front) - set(scene.numbered))
        if more:
            text = f"… and {more:,} more on the frontier"
            yield Row([("",), (text,), *[("",)] * problem.num_parties, ("",)])

    def _without(self) -> Row:
        from detente.stability.words import plain

        problem = self.scene.problem
        values = [(plain(value),) for value in problem.disagreement]
        return Row([("",), ("(no agreement)",), *values, ("",)], sign="without")

    def _lots(self) -> Iterator[Row]:
        from detente.stability.bargaining.amounts import amount_text

        for rule, pick in self.scene.lots():
            name = tuple(wrapped(f"by lot: {self._lot(pick)}", NAME_COLUMNS, 2))
            values = [(amount_text(value),) for value in pick.payoffs]
            yield Row([("",), name, *values, (NAMES[rule],)], sign=rule)

    def _lot(self, pick: Pick) -> str:
        """'0.3 of 4, 0.7 of 11': how likely each outcome is drawn."""
        from detente.stability.bargaining.amounts import amount_text

        numbers = {k: str(i) for i, k in enumerate(self.scene.numbered, start=1)}
        names = self.scene.problem.outcomes
        return ", ".join(
            f"{amount_text(p)} of {numbers.get(k) or shortened(names[k], 14)}" for k, p in pick.odds
        )

    def draw(self, sheet: Sheet, left: float, top: float) -> None:
        """The table from its top left corner."""
        starts = [left]
        for width in self.widths[:-1]:
            starts.append(starts[-1] + width + GAP)
        last = len(self.widths) - 1
        y = top + height_of(0.5, BODY)
        for i, head in enumerate(self.heads):
            right = 1 < i < last
            x = starts[i] + self.widths[i] if right else starts[i]
            sheet.text(x, y, head, bold=True, at="right" if right else "left")
        y = top + height_of(1, BODY) + 4
        for row in self.rows:
            middle = y + row.height / 2
            if row.sign:
                SIGNS[row.sign](sheet, starts[0] + 5, middle)
            for i, cell in enumerate(row.cells):
                right = 1 < i < last
                x = starts[i] + self.widths[i] if right else starts[i]
                first = middle - height_of(len(cell) - 1, BODY) / 2
                for j, text in enumerate(cell):
                    sheet.text(
                        x, first + height_of(j, BODY), text, at="right" if right else "left",
                        bold=row.bold and i < 2,
                    )  # fmt: skip
            y += row.height


@dataclass(frozen=True)
class Row:
    """Cells of lines of text; the sign that stands in the first one, if any."""

    cells: list[tuple[str, ...]]
    sign: str = ""
    bold: bool = False

    @property
    def height(self) -> float:
        return height_of(max(len(cell) for cell in self.cells), BODY) + 2


def _cell_width(cell: tuple[str, ...]) -> float:
    return max(width_of(text, BODY, bold=True) for text in cell)
