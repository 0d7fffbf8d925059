"""Shares of draws in which bundles hold, and what decides it: for reading and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from detente.show.plain_table import Kind, PlainTable, plain_table
from detente.show.rows import NOTHING
from detente.stability.robustness.sweeping.found import BundleDetail, BundleShares, Sweep, Swing
from detente.stability.robustness.sweeping.indices import Indices
from detente.stability.robustness.sweeping.rules import Condition, Rule, Rules
from detente.stability.robustness.sweeping.tally import Share
from detente.stability.words import counted, listed

if TYPE_CHECKING:
    from rich.console import RenderableType

FEW = 15
"""Up to so many bundles, every one gets a row; of more, those that hold most often do."""
PARAMETERS = 12
"""Parameters that get a row."""


def sweep_parts(found: Sweep, all: bool = False) -> list[RenderableType]:
    """The shares as paragraphs and tables; `all` gives every bundle and parameter a row."""
    return list(_parts(found, all))


def _parts(found: Sweep, all: bool) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(found.title, style="bold")
    if found.stopped != "finished":
        why = "interrupted" if found.stopped == "interrupted" else "the time limit passed"
        yield Text(f"Stopped early: {why}. What is told is about the draws until then.", "bold")
    yield Text("\n".join(_head(found)))
    if not found.nets:
        return
    rows = _rows(found, all)
    yield plain_table(_columns(found), [_cells(found, row) for row in rows])
    yield Text("\n".join(_foot(found, rows)))
    for detail in found.details:
        yield from _detail_parts(detail, all)


# ── the shares ─────────────────────────────────────────────────────────────────────────────────


def _head(found: Sweep) -> Iterator[str]:
    if not found.nets:
        yield f"None of {found.wanted:,} nets of {found.net:,} draws was finished."
        return
    of = f"{counted(found.nets)} of {found.wanted:,}" if found.nets < found.wanted else found.nets
    parameters = "one parameter" if len(found.drawn) == 1 else f"{len(found.drawn)} parameters"
    yield (
        f"{found.draws:,} draws of {parameters}, in {of} nets of {found.net:,} (seed "
        f"{found.seed}): {_ways(found)}."
    )
    if found.kept:
        yield f"{found.kept:,} of the nets were there already, in {found.folder}."
    yield _judged(found)


def _ways(found: Sweep) -> str:
    """How many parameters are drawn in which way."""
    kinds = Counter(way.partition(",")[0] for way in found.drawn.values())
    return listed([f"{count} {kind}" for kind, count in kinds.most_common()])


def _judged(found: Sweep) -> str:
    if found.hidden:
        return "Each draw is judged by the sequential equilibria found at its values."
    if found.round is None:
        return "Each bundle is judged where the tree offers it, in every draw exactly."
    last = f"the last round ({found.round})" if found.round == found.rounds else (
        f"round {found.round} of {found.rounds}"
    )
    return f"Each bundle is judged in {last}, in every draw exactly."


def _rows(found: Sweep, all: bool) -> list[BundleShares]:
    """Those with a row, the one that holds most often first."""
    ranked = sorted(found.bundles, key=lambda row: -(row.stable.value or 0.0))
    return ranked if all or len(ranked) <= FEW else ranked[:FEW]


def _columns(found: Sweep) -> list[tuple[str, Kind]]:
    return [("bundle", "text"), *((question, "number") for question in _asked(found))]


def _asked(found: Sweep) -> list[str]:
    return [q for q in ("stable", "acceptable", "honoured", "selected") if q in _known(found)]


def _known(found: Sweep) -> Sequence[str]:
    return list(found.bundles[0].shares) if found.bundles else []


def _cells(found: Sweep, row: BundleShares) -> list[str]:
    cells = [percent(row.shares[question]) for question in _asked(found)]
    if row.shares["undecided"].value == 1.0:
        cells[0] = "?"
    return [NOTHING if row.name == _nothing(found) else row.name, *cells]


def _nothing(found: Sweep) -> str | None:
    """The name of the bundle in which nobody concedes anything."""
    plan = getattr(found.talks, "plan", None)
    if plan is None:
        return None
    for bundle, levels in zip(found.talks.bundles, plan.bundles.levels, strict=True):
        if not any(levels):
            return str(bundle.name)
    return None


def percent(share: Share) -> str:
    """A share in a cell, with its error.

    >>> percent(Share(50, 100, 0.5, 0.45, 0.55)), percent(Share(0, 100, 0.0, 0.0, 0.0295))
    ('50 ± 5 %', '0 %')
    >>> percent(Share(1, 3, 1 / 3, None, None)), percent(Share(0, 0, None, None, None))
    ('33.3 %', '?')
    """
    if share.value is None:
        return "?"
    if share.hits in (0, share.of):
        return "100 %" if share.hits else "0 %"
    if share.low is None or share.high is None:
        return f"{_figure(share.value, 0.001)} %"
    half = max(share.value - share.low, share.high - share.value)
    return f"{_figure(share.value, half)} ± {_figure(half, half)} %"


def _figure(value: float, error: float) -> str:
    """A share in per cent, to the digit in which its error begins."""
    digits = 0
    while digits < 6 and error * 100.0 * 10.0**digits < 0.95:
        digits += 1
    return f"{value * 100.0:.{digits}f}"


def _foot(found: Sweep, rows: Sequence[BundleShares]) -> Iterator[str]:
    yield (
        "Shares of the draws, with intervals that cover them with 95 % confidence (from what the "
        "nets differ by)." if found.nets > 1 else "Shares of the draws; one net tells no error."
    )
    plain = [s for row in rows for q in _asked(found) if (s := row.shares[q]).hits in (0, s.of)]
    if plain and found.nets > 1:
        unseen = max((s.high or 0.0) - (s.low or 0.0) for s in plain)
        yield (
            f"0 % and 100 % are of the draws: of all values, up to {unseen * 100:.2g} % may be "
            "otherwise."
        )
    if found.invalid:
        yield (
            f"Left out: {found.invalid:,} draws that make no game (a probability or a discount "
            "factor is none, or something is divided by zero)."
        )
    undecided = [row.name for row in found.bundles if row.shares["undecided"].hits]
    if undecided:
        names = listed(undecided[:3]) if len(undecided) <= 3 else f"{len(undecided)} bundles"
        yield (
            f"Not decided in some draws, and counted there as not stable: {names} (--json says how "
            "many)."
        )
    if len(rows) < len(found.bundles):
        least = percent(rows[-1].stable)
        yield (
            f"Not shown: {len(found.bundles) - len(rows)} bundles that are stable no more often "
            f"than the last one here, {least} (--all shows them)."
        )


# ── what decides ───────────────────────────────────────────────────────────────────────────────


def _detail_parts(detail: BundleDetail, all: bool) -> Iterator[RenderableType]:
    from rich.text import Text

    swings = detail.tornado if all else [s for s in detail.tornado if _clear(s)][:PARAMETERS]
    yield Text(f"What decides whether {detail.name} is {detail.question}", style="bold")
    if swings:
        yield _tornado(swings)
        yield Text(
            "Shares where one parameter is in its lowest or its highest tenth of the draws, or, if "
            "it takes few values, at the lowest or the highest of them."
        )
    else:
        yield Text("No parameter by itself moves the share by more than its error.")
    if detail.indices is not None:
        yield from _index_parts(detail.indices, all)
    for line in _rule_lines(detail.breaks, f"not {detail.question}"):
        yield _indented(line)
    for line in _rule_lines(detail.holds, detail.question):
        yield _indented(line)


def _clear(swing: Swing) -> bool:
    """Whether the intervals at both ends do not meet."""
    low, high = swing.low, swing.high
    if low.low is None or low.high is None or high.low is None or high.high is None:
        return swing.size > 0.0
    return low.high < high.low or high.high < low.low


def _tornado(swings: Sequence[Swing]) -> PlainTable:
    columns: list[tuple[str, Kind]] = [
        ("parameter", "text"), ("lowest", "number"), ("share", "number"),
        ("highest", "number"), ("share", "number"), ("change", "number"),
    ]  # fmt: skip
    rows = []
    for swing in swings:
        change = (swing.high.value or 0.0) - (swing.low.value or 0.0)
        ends = [f"{swing.edges[0]:.4g}", f"{swing.edges[-1]:.4g}"] if swing.edges else ["", ""]
        rows.append([
            swing.parameter, f"below {ends[0]}", percent(swing.low),
            f"from {ends[1]}", percent(swing.high), f"{change * 100:+.0f}",
        ])  # fmt: skip
    return plain_table(columns, rows)


def _index_parts(found: Indices, all: bool) -> Iterator[RenderableType]:
    from rich.text import Text

    if found.reason:
        yield Text(f"No Sobol indices: {found.reason}")
        return
    rows = [
        [" & ".join(index.parameters), _index(index.first, index.first_error),
         _index(index.total, index.total_error)]
        for index in (found.indices if all else found.indices[:PARAMETERS])
    ]  # fmt: skip
    yield plain_table([("parameter", "text"), ("alone", "number"), ("in all", "number")], rows)
    yield Text(
        f"Sobol indices from {found.judged:,} draws: which share of the variance of the verdict a "
        "parameter explains, alone and with all that it does together with others."
    )


def _index(value: float, error: float) -> str:
    return f"{value:.2f} ± {error:.2f}"


def _indented(line: str) -> RenderableType:
    """A line whose continuation stands further in than it begins."""
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(line.lstrip(" ")), (0, 0, 0, len(line) - len(line.lstrip(" "))))


def _rule_lines(found: Rules, what: str) -> Iterator[str]:
    """`what` : `stable`, `not stable`…"""
    if not found.rules:
        yield f"Draws in which it is {what}: {found.reason}"
        return
    yield (
        f"Draws in which it is {what}: {found.base * 100:.0f} % of all, and of these "
        f"{found.coverage * 100:.0f} % lie where"
    )
    for rule in found.rules:
        yield "  " + rule_text(rule, what)


def rule_text(rule: Rule, what: str) -> str:
    """A rule in words: the box, how often it is so there, and how much of all that this is."""
    return (
        f"{listed([_condition(one) for one in rule.conditions])}: {what} in "
        f"{rule.precision * 100:.0f} % of the draws there; {rule.coverage * 100:.0f} % of all that "
        f"are {what}"
    )


def _condition(one: Condition) -> str:
    return f"{one.parameter} {'<' if one.below else '≥'} {one.edge:.4g}"


# ── as data ────────────────────────────────────────────────────────────────────────────────────


def sweep_data(found: Sweep) -> dict[str, Any]:
    """All of it as plain data; shares are floats, counts whole numbers."""
    return {
        "game": {
            "title": found.title,
            "players": list(found.players),
            "parties": list(found.parties),
        },
        "draws": found.draws,
        "net": found.net,
        "nets": found.nets,
        "nets_wanted": found.wanted,
        "nets_kept": found.kept,
        "seed": found.seed,
        "drawn": dict(found.drawn),
        "invalid": found.invalid,
        "hidden": found.hidden,
        "round": found.round,
        "stopped": found.stopped,
        "folder": None if found.folder is None else str(found.folder),
        "confidence": 0.95,
        "bundles": [
            {"name": row.name, "shares": {q: _share_data(s) for q, s in row.shares.items()}}
            for row in found.bundles
        ],
        "details": [_detail_data(detail) for detail in found.details],
    }


def _share_data(share: Share) -> dict[str, Any]:
    return {
        "value": share.value, "low": share.low, "high": share.high,
        "draws": share.hits, "of": share.of,
    }  # fmt: skip


def _detail_data(detail: BundleDetail) -> dict[str, Any]:
    return {
        "name": detail.name,
        "question": detail.question,
        "tornado": [
            {
                "parameter": swing.parameter,
                "change": None if None in (swing.low.value, swing.high.value) else (
                    (swing.high.value or 0.0) - (swing.low.value or 0.0)
                ),
                "edges": list(swing.edges),
                "shares": [_share_data(share) for share in swing.bins],
            }
            for swing in detail.tornado
        ],
        "sobol": None if detail.indices is None else {
            "judged": detail.indices.judged,
            "reason": detail.indices.reason or None,
            "indices": [
                {
                    "parameters": list(index.parameters),
                    "first": index.first, "first_error": index.first_error,
                    "total": index.total, "total_error": index.total_error,
                }
                for index in detail.indices.indices
            ],
        },
        "breaks": _rules_data(detail.breaks),
        "holds": _rules_data(detail.holds),
    }  # fmt: skip


def _rules_data(found: Rules) -> dict[str, Any]:
    return {
        "share": found.base,
        "coverage": found.coverage,
        "reason": found.reason or None,
        "rules": [
            {
                "conditions": [
                    {"parameter": c.parameter, "at": "<" if c.below else ">=", "value": c.edge}
                    for c in rule.conditions
                ],
                "share": rule.share, "precision": rule.precision, "coverage": rule.coverage,
            }
            for rule in found.rules
        ],
    }  # fmt: skip


def sweep_html(found: Sweep) -> str:
    """The shares as a table to stand in a page."""
    from detente.notebook import table_html

    heads = [heading for heading, _ in _columns(found)]
    rows = [_cells(found, row) for row in _rows(found, False)]
    return table_html(f"{found.title}: {found.draws:,} draws", heads, rows)
