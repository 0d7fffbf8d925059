"""What each party gains or loses by each bundle, as bars: a row a bundle, a panel a party."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from detente.errors import DetenteError
from detente.show.plain_table import signed
from detente.show.plots.legend import Legend, Sign
from detente.show.plots.style import (
    BODY,
    INK,
    PAPER,
    SMALL,
    TITLE,
    Sheet,
    drawing,
    height_of,
    inches,
    shortened,
    width_of,
    wrapped,
)
from detente.show.rows import rows_of
from detente.stability.verdict import Report, Verdict
from detente.stability.words import plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 30
"""Bundles that are shown unless told otherwise."""
BAR = 110.0
"""Points of the longest bar of a panel."""
MARGIN, GAP = 14.0, 16.0
NAME_COLUMNS, TITLE_COLUMNS, HEAD_COLUMNS = 34, 80, 24
_THICK = 9.0
_GAIN, _LOSS = "#1b4f8a", "#f6d9c4"
_LOSS_EDGE = "#9a3d0c"
Against = Literal["breakdown", "zero"]


def gains(
    talks: Any,
    bundles: Sequence[str] | None = None,
    *,
    against: Against = "breakdown",
    parties: Sequence[str] | None = None,
    round: int | None = None,
    most: int = MOST,
    size: str | tuple[float, float] | None = None,
    time_limit: float | None = None,
) -> Figure:
    """Bars of what each party gains or loses by bundles that all comply with.

    A diamond, or a stroke from the least to the greatest, marks what a party gets as the signed
    bundle would really be played, where that differs.

    Parameters
    ----------
    talks : a summit or a game with bundles, or the report of `stability` on one
    bundles : the bundles' names; unless given, those that the table of `stability` shows
    against : what gains are counted from, "breakdown" (what each gets without agreement) or "zero"
    parties : those that get a panel; all unless given
    round, time_limit : as for `stability`, where the talks have yet to be judged
    most : bundles that are shown at most
    size : inches, as (width, height) or '8x5'

    Returns a matplotlib Figure. Raises NotSupported where there are no bundles to judge, or
    matplotlib is not installed; DetenteError for what is not there.

    >>> import detente as dt
    >>> figure = gains(dt.load("hanoi-2019"), ["kumgang + full + inspected"])
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_text().startswith("+")]
    ['+2637.5', '+1472.5', '+1440']
    """
    if against not in ("breakdown", "zero"):
        raise DetenteError(
            f"gains are counted against 'breakdown' or 'zero'; found {against!r}. Choose one."
        )
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise DetenteError(f"most is a number of bundles, from 1 up; found {most!r}.")
    fitted = inches(size)
    with drawing():
        report = _report(talks, bundles, round, time_limit)
        shown = _chosen_parties(report, parties)
        rows = _rows(report, bundles, most)
        return _Sheet(report, rows, shown, against).draw(fitted)


# ── what is drawn ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class _Row:
    """A row of the picture: a heading, or a bundle's name, verdict and numbers."""

    lines: tuple[str, ...]
    verdict: Verdict | None = None

    @property
    def height(self) -> float:
        return max(height_of(len(self.lines), BODY), _THICK) + 5


def _report(
    talks: Any, bundles: Sequence[str] | None, round: int | None, time_limit: float | None
) -> Report:
    if isinstance(talks, Report):
        return talks
    if hasattr(talks, "strategies"):
        from detente.errors import NotSupported

        raise NotSupported(
            "a game in strategic form has no bundles to draw gains and losses of. Load a summit."
        )
    from detente.stability.equilibrium import stability

    return stability(talks, bundles=bundles, round=round, time_limit=time_limit)


def _chosen_parties(report: Report, parties: Sequence[str] | None) -> tuple[str, ...]:
    chosen = report.parties if parties is None else tuple(parties)
    for party in chosen:
        if party not in report.parties:
            raise DetenteError(
                f"there is no party '{party}'. The parties are: {', '.join(report.parties)}."
            )
    return chosen


def _rows(report: Report, bundles: Sequence[str] | None, most: int) -> list[_Row]:
    """The rows in the order asked for, else as the table groups them."""
    if bundles is not None:
        named = [report[name] for name in bundles]
        rows = [_bundle_row(v, v.name) for v in named[:most]]
        left = len(named) - len(rows)
        return [*rows, *_more(left)]
    table = rows_of(report, False)
    breaks = dict(table.headings())
    rows = []
    for i, verdict in enumerate(table.shown[:most]):
        if i in breaks:
            rows.append(_Row((breaks[i],)))
        rows.append(_bundle_row(verdict, table.label(verdict)))
    return [*rows, *_more(len(report.bundles) - min(most, len(table.shown)))]


def _bundle_row(verdict: Verdict, name: str) -> _Row:
    return _Row(tuple(wrapped(name, NAME_COLUMNS, 2)), verdict)


def _more(left: int) -> Iterator[_Row]:
    if left:
        yield _Row((f"… and {left} more bundle{'s' * (left != 1)}, not shown",))


# ── drawing ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Bar:
    """One bar with what is marked beside it, in the party's payoffs less what they are against."""

    gain: Fraction
    played: tuple[Fraction, Fraction] | None

    @property
    def text(self) -> str:
        return signed(self.gain)

    @property
    def ends(self) -> list[Fraction]:
        return [self.gain, *(self.played or ())]


class _Panel:
    """The bars of one party, on a scale of their own."""

    def __init__(self, party: str, rows: Sequence[_Row], against: Against) -> None:
        self.party, self.against = party, against
        self.bars = {row: _bar(row.verdict, party, against) for row in rows if row.verdict}
        ends = [Fraction(0)] + [end for bar in self.bars.values() if bar for end in bar.ends]
        low, high = min(ends), max(ends)
        self.scale = BAR / float(high - low) if high > low else 0.0
        texts = [(bar.gain >= 0, width_of(bar.text, SMALL)) for bar in self.bars.values() if bar]
        # Numbers stand outside their bars, on either side.
        self.before = 6 + max([w for up, w in texts if not up], default=0.0)
        after = 6 + max([w for up, w in texts if up], default=0.0)
        self.zero = self.before - float(low) * self.scale
        head = self.zero + width_of(self.head, BODY, bold=True)
        self.width = max(self.before + float(high - low) * self.scale + after, head, 40.0)

    @property
    def head(self) -> str:
        return shortened(self.party, HEAD_COLUMNS)

    def x(self, value: Fraction) -> float:
        """Where a value stands, from the panel's left end."""
        return self.zero + float(value) * self.scale


def _bar(verdict: Verdict, party: str, against: Against) -> _Bar | None:
    """None where it is not known what the party gets."""
    if verdict.values is None:
        return None
    base = Fraction(0)
    if against == "breakdown" and verdict.breakdown is not None:
        base = verdict.breakdown[party]
    value = verdict.values[party]
    low, high = (verdict.played or {}).get(party, (value, value))
    played = None if low == high == value else (low - base, high - base)
    return _Bar(value - base, played)


class _Sheet:
    """Names and verdicts at the left, a panel for each party beside them."""

    def __init__(
        self, report: Report, rows: Sequence[_Row], parties: Sequence[str], against: Against
    ) -> None:
        self.report, self.rows = report, rows
        known = any(row.verdict and row.verdict.breakdown for row in rows)
        self.against: Against = against if known else "zero"
        self.panels = [_Panel(party, rows, self.against) for party in parties]
        names = [
            width_of(line, BODY, bold=bool(row.verdict.selected))
            for row in rows if row.verdict for line in row.lines
        ]  # fmt: skip
        words = [width_of(row.verdict.word, SMALL) for row in rows if row.verdict]
        self.name_width = max(names, default=0.0) + 8
        self.word_width = max(words, default=0.0)
        self.left = [MARGIN + self.name_width + self.word_width + GAP]
        for panel in self.panels:
            self.left.append(self.left[-1] + panel.width + GAP)

    def draw(self, size: tuple[float, float] | None) -> Figure:
        title = shortened(self.report.title, TITLE_COLUMNS)
        notes = list(self._notes())
        inner = max([
            self.left[-1] - GAP,
            MARGIN + width_of(title, TITLE, bold=True),
            *(MARGIN + width_of(note, BODY) for note in notes),
        ])  # fmt: skip
        top = MARGIN + height_of(1, TITLE) + 2 + height_of(len(notes), BODY) + 6
        under = height_of(1, SMALL) if self.against == "breakdown" else 0.0
        first = top + height_of(1, BODY) + under + 4
        last = first + sum(row.height for row in self.rows)
        legend = Legend(self._signs(), inner - MARGIN)
        sheet = Sheet(inner + MARGIN, last + 6 + legend.height + MARGIN, size)
        sheet.text(MARGIN, MARGIN + TITLE / 2, title, size=TITLE, bold=True)
        for i, note in enumerate(notes):
            sheet.text(MARGIN, MARGIN + height_of(1, TITLE) + 2 + height_of(i + 0.5, BODY), note)
        self._heads(sheet, top)
        for panel, left in zip(self.panels, self.left, strict=False):
            x = left + panel.zero
            sheet.line([(x, first - 2), (x, last)], stroke=0.8)
        y = first
        for row in self.rows:
            self._row(sheet, row, y)
            y += row.height
        legend.draw(sheet, MARGIN, last + 6)
        return sheet.figure

    def _notes(self) -> Iterator[str]:
        unit = f", in {self.report.unit}" if self.report.unit else ""
        what = {
            "breakdown": "more or less than without agreement",
            "zero": "more or less than zero",
        }[self.against]
        yield f"What each party gets if all comply: how much {what}{unit}."
        if len(self.panels) > 1:
            yield "Each party has a scale of its own."
        if self.report.stopped != "finished":
            yield f"Stopped early: {shortened(self.report.reason, TITLE_COLUMNS)}"

    def _heads(self, sheet: Sheet, top: float) -> None:
        for panel, left in zip(self.panels, self.left, strict=False):
            y = top + height_of(0.5, BODY)
            sheet.text(left + panel.zero, y, panel.head, bold=True)
            bases = {
                row.verdict.breakdown[panel.party]
                for row in self.rows if row.verdict and row.verdict.breakdown
            }
            if self.against == "breakdown" and len(bases) == 1:
                below = top + height_of(1, BODY) + height_of(0.5, SMALL)
                text = f"without: {plain(bases.pop())}"
                sheet.text(left + panel.zero, below, text, size=SMALL, color="#555555")

    def _row(self, sheet: Sheet, row: _Row, y: float) -> None:
        middle = y + row.height / 2
        verdict = row.verdict
        if verdict is None:
            sheet.text(MARGIN, middle, row.lines[0], italic=True, color="#555555")
            return
        start = middle - height_of(len(row.lines) - 1, BODY) / 2
        for i, line in enumerate(row.lines):
            sheet.text(MARGIN, start + height_of(i, BODY), line, bold=bool(verdict.selected))
        color = INK if verdict.stable else "#555555"
        sheet.text(MARGIN + self.name_width, middle, verdict.word, size=SMALL, color=color)
        for panel, left in zip(self.panels, self.left, strict=False):
            bar = panel.bars[row]
            if bar is None:
                sheet.text(left + panel.zero + 4, middle, "?", size=SMALL)
            else:
                _draw_bar(sheet, panel, bar, left, middle)

    def _signs(self) -> list[tuple[Sign, str]]:
        """What the signs mean, of those that occur."""
        bars = [bar for panel in self.panels for bar in panel.bars.values() if bar]
        found: list[tuple[Sign, str]] = []
        if any(bar.gain > 0 for bar in bars):
            found.append((lambda sheet, x, y: _draw_box(sheet, x, x + 18, y, True), "gain"))
        if any(bar.gain < 0 for bar in bars):
            found.append((lambda sheet, x, y: _draw_box(sheet, x, x + 18, y, False), "loss"))
        played = [bar.played for bar in bars if bar.played]
        if played:
            wide = 0 if all(low == high for low, high in played) else 9
            found.append((
                lambda sheet, x, y: _draw_played(sheet, x + 5, x + 5 + wide, y),
                "as the signed deal would be played",
            ))  # fmt: skip
        return found


def _draw_bar(sheet: Sheet, panel: _Panel, bar: _Bar, left: float, y: float) -> None:
    zero, end = left + panel.zero, left + panel.x(bar.gain)
    if bar.gain:
        _draw_box(sheet, min(zero, end), max(zero, end), y, bar.gain > 0)
    if bar.played is not None:
        _draw_played(sheet, left + panel.x(bar.played[0]), left + panel.x(bar.played[1]), y)
    reach = [end, *(left + panel.x(value) for value in bar.played or ())]
    up = bar.gain >= 0
    # Beyond the mark of what is played, where that would be in the way.
    x = max([zero, *reach]) + 5 if up else min([zero, *reach]) - 5
    sheet.text(x, y, bar.text, size=SMALL, at="left" if up else "right", backed=True)


def _draw_box(sheet: Sheet, left: float, right: float, y: float, gain: bool) -> None:
    look: dict[str, Any] = (
        {"fill": _GAIN, "color": _GAIN} if gain
        else {"fill": _LOSS, "color": _LOSS_EDGE, "hatch": "//////"}
    )  # fmt: skip
    sheet.box(left, y - _THICK / 2, right - left, _THICK, stroke=0.6, **look)


def _draw_played(sheet: Sheet, low: float, high: float, y: float) -> None:
    """A stroke from the least to the greatest, a diamond at either end."""
    if high > low:
        sheet.line([(low, y), (high, y)], stroke=1.2, above=3)
    for x in {low, high}:
        half = 3.0
        sheet.shape(
            [(x - half, y), (x, y - half), (x + half, y), (x, y + half)],
            fill=PAPER, color=INK, stroke=0.9, above=4,
        )  # fmt: skip
