"""What inspections, commitments and knowledge are worth: tables for reading, and plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from detente.show.plain_table import Kind, plain_table, signed, span_change, span_text
from detente.stability.following.algebraic import between
from detente.stability.robustness.worths.committing import Committed
from detente.stability.robustness.worths.inspecting import Inspected
from detente.stability.robustness.worths.knowing import EVERYBODY, Known
from detente.stability.robustness.worths.payoffs import CurvePiece, Quotient, stretches
from detente.stability.robustness.worths.worth import Worth
from detente.stability.words import listed, plain, rounded

if TYPE_CHECKING:
    from rich.console import RenderableType

TALKS = "the talks as written"
HUNDRED = 100
"""From which on decimals do not matter."""
SEEN = "q"
"""What the probability is called that a breach is seen."""


def worth_parts(found: Worth, brief: bool = False) -> list[RenderableType]:
    """What is worth how much, as paragraphs and tables.

    `brief` : one line a parameter, instead of a table
    """
    return list(_parts(found, brief))


def _parts(found: Worth, brief: bool) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(found.title, style="bold")
    some = any(True for _ in found.gains())
    if found.reason:
        told = "What is told was found until then." if some else "Nothing was found until then."
        yield Text(f"Stopped early: {found.reason} {told}", "bold")
    if some:
        yield Text(" ".join(_head(found)))
    for side, group in groupby(found.inspections, key=lambda each: each.inspected):
        yield from _inspections(side, list(group))
    if found.commitments:
        yield Text("\nCommitments", style="bold")
        yield from _commitments(found)
    if found.types:
        yield Text("\nTypes that become known", style="bold")
        yield from _types(found)
    if found.parameters:
        yield Text("\nParameters that become known", style="bold")
        yield from _ranked(found) if brief else _parameters(found)
    for what, why in found.left.items():
        yield Text(f"Not told: {what}: {why}")


def _head(found: Worth) -> Iterator[str]:
    unit = f", in {found.unit}" if found.unit else ""
    if found.hidden:
        yield f"Equilibrium payoffs{unit}, before types are drawn: of the talks as written, and of"
        yield "a bundle on the table. Everybody knows of a change beforehand, and who learns what."
        known = [each.complete for each in found.inspections]
        known += [each.complete for each in found.commitments]
        if not all([*known, *(each.complete for each in found.parameters)]):
            yield "*: of the sequential equilibria that were found; there may be others."
        return
    yield f"Equilibrium payoffs{unit}: of the talks as written from their start, of a bundle from"
    yield "its signature on, as it is then kept or broken. Everybody knows of a change beforehand."
    if any(low != high for low, high in _spans(found)):
        yield "'a to b': the least and the greatest over all equilibria."


def _spans(found: Worth) -> Iterator[tuple[Fraction, Fraction]]:
    for seen in found.inspections:
        yield from (seen.none, seen.file, seen.perfect)
    for bound in found.commitments:
        yield bound.gain


# ── inspections ────────────────────────────────────────────────────────────────────────────────

_SEEN: list[tuple[str, Kind]] = [
    ("where", "text"), ("to", "word"), ("none", "number"), ("the file's", "number"),
    ("perfect", "number"), ("worth", "number"),
]  # fmt: skip


def _inspections(side: str, entries: Sequence[Inspected]) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(f"\nInspections of {side}", style="bold")
    moved: list[tuple[str, list[Inspected]]] = []
    idle: list[tuple[str, list[Inspected]]] = []
    for where, group in groupby(entries, key=lambda each: each.where):
        found = list(group)
        same = all(_idle(each) for each in found)
        (idle if same else moved).append((where or TALKS, found))
    if moved:
        yield plain_table(_SEEN, [row for where, found in moved for row in _ends(where, found)])
    if moved and moved[0][1][0].curve is None:
        yield Text("Worth: those of the file against none.")
    elif moved:
        yield Text(
            f"Worth: those of the file against none. With {SEEN} the probability that a breach by "
            f"{side} is seen, the same for each breach:"
        )
        columns: list[tuple[str, Kind]] = [("where", "text"), (SEEN, "text")]
        columns += [(f"to {each.party}", "text") for each in moved[0][1]]
        yield plain_table(columns, [r for where, found in moved for r in _pieces(where, found)])
    if idle:
        where = listed([where for where, _ in idle])
        yield Text(f"However likely they see a breach, nobody's payoff changes: {where}.")


def _idle(each: Inspected) -> bool:
    steady = each.none == each.perfect if each.curve is None else each.curve.is_constant
    return steady and not any(each.gain())


def _ends(where: str, entries: Sequence[Inspected]) -> Iterator[list[str]]:
    for i, each in enumerate(entries):
        spans = [span_text(span) for span in (each.none, each.file, each.perfect)]
        star = "" if each.complete else "*"
        yield ["" if i else where, each.party, *spans, span_change(each.gain()) + star]


def _pieces(where: str, entries: Sequence[Inspected]) -> Iterator[list[str]]:
    curves = [each.curve for each in entries if each.curve is not None]
    for i, interval in enumerate(stretches(curves)):
        assert interval.low is not None
        middle = between(interval.low, interval.high)
        cells = [_payoff(curve.piece(middle)) for curve in curves]
        yield ["" if i else where, interval.text(SEEN, curves[0].within), *cells]


def _payoff(piece: CurvePiece) -> str:
    least = formula(piece.least, SEEN)
    if piece.least == piece.greatest:
        return least
    return f"{least} to {formula(piece.greatest, SEEN)}"


def formula(function: Quotient, name: str) -> str:
    """A quotient of polynomials, its numbers rounded.

    >>> formula(Quotient((Fraction(0), Fraction(1), Fraction(-3))), "q")
    'q - 3 q²'
    """
    up = _polynomial(function.up, name)
    return up if function.is_polynomial else f"({up})/({_polynomial(function.down, name)})"


_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _polynomial(coefficients: Sequence[Fraction], name: str) -> str:
    text = ""
    for power, coefficient in enumerate(coefficients):
        if not coefficient:
            continue
        size = "" if power and abs(coefficient) == 1 else plain(abs(coefficient))
        letter = name if power else ""
        raised = str(power).translate(_POWERS) if power > 1 else ""
        term = f"{size} {letter}{raised}".strip()
        if text:
            text += f" {'-' if coefficient < 0 else '+'} {term}"
        else:
            text = f"-{term}".replace("-≈", "≈-") if coefficient < 0 else term
    return text or "0"


# ── commitments ────────────────────────────────────────────────────────────────────────────────


def _commitments(found: Worth) -> Iterator[RenderableType]:
    from rich.text import Text

    columns: list[tuple[str, Kind]] = [("commitment", "text"), ("where", "text")]
    columns += [(f"to {party}", "number") for party in found.parties]
    rows: list[list[str]] = []
    idle: dict[str, bool] = {}
    for (text, where), group in groupby(found.commitments, key=_place):
        entries = list(group)
        gains = {each.party: each.gain for each in entries}
        star = "" if entries[0].complete else "*"
        nothing = not any(any(gain) for gain in gains.values())
        idle[text] = idle.get(text, True) and nothing
        if not nothing:
            cells = [span_change(gains.get(party)) + star for party in found.parties]
            rows.append([text, where or TALKS, *cells])
    if rows:
        yield plain_table(columns, sorted(rows, key=lambda row: row[0]))
    unmoved = [text for text, nothing in idle.items() if nothing]
    if unmoved:
        yield Text(f"Changes nobody's payoff: {listed(unmoved)}.")


def _place(each: Committed) -> tuple[str, str]:
    return each.commitment.text, each.where


# ── types ──────────────────────────────────────────────────────────────────────────────────────


_KNOWN: list[tuple[str, Kind]] = [
    ("revealed", "text"), ("where", "text"), ("to", "word"), ("not known", "number"),
    ("known", "number"), ("worth", "number"),
]  # fmt: skip


def _types(found: Worth) -> Iterator[RenderableType]:
    from rich.text import Text

    rows = [
        [
            each.revelation.text, each.where or TALKS, each.party,
            f"{span_text(each.prior)}{'' if each.prior_all else '*'}",
            f"{span_text(each.known)}{'' if each.known_all else '*'}",
            span_change(each.gain),
        ]
        for each in found.types
    ]  # fmt: skip
    yield plain_table(_KNOWN, _ditto(rows, 2))
    if not all(each.prior_all and each.known_all for each in found.types):
        yield Text("*: of the sequential equilibria that were found; there may be others.")


def _ditto(rows: Sequence[Sequence[str]], columns: int) -> list[list[str]]:
    """The rows, with the first cells left out where they are those of the row before."""
    before: Sequence[str] = ()
    found = []
    for row in rows:
        same = list(row[:columns]) == list(before[:columns])
        found.append([*([""] * columns), *row[columns:]] if same else list(row))
        before = row
    return found


# ── parameters ─────────────────────────────────────────────────────────────────────────────────


def _ranked(found: Worth) -> Iterator[RenderableType]:
    """A line for each parameter that somebody should pay for, what is paid most first."""
    from rich.text import Text

    yield Text(
        "What each side should pay, before the talks, to learn what a parameter is: alone and in "
        "secret; and what it is worth to each party that all learn it."
    )
    learners = [s for s in found.players if any(each.to == s for each in found.parameters)]
    cells: dict[str, dict[tuple[str, str], Known]] = {}
    for each in found.parameters:
        if not each.where:
            cells.setdefault(each.parameter, {})[each.to, each.party] = each
    places = [(side, side) for side in learners]
    places += [(EVERYBODY, party) for party in found.parties]
    moved = {
        name: row for name, row in cells.items() if any(any(each.gain) for each in row.values())
    }
    if moved:
        columns: list[tuple[str, Kind]] = [("learnt", "text")]
        columns += [(f"{side} alone", "number") for side in learners]
        columns += [(f"all: to {party}", "number") for party in found.parties]
        order = sorted(moved, key=lambda name: _weight(moved[name]), reverse=True)
        yield plain_table(
            columns,
            [
                [name, *(_short_change(moved[name].get(place)) for place in places)]
                for name in order
            ],
        )
    idle = [name for name in cells if name not in moved]
    if idle:
        yield Text(f"Worth nothing to anyone: {listed(idle)}.")
    yield Text("In the talks as written. --parameter NAME shows what each gets, of bundles too.")


def _weight(row: dict[tuple[str, str], Known]) -> tuple[Fraction, Fraction]:
    """By what is paid for knowing in secret, then by what it changes that all know."""
    alone = [each.gain[1] for (to, _), each in row.items() if to != EVERYBODY]
    openly = [abs(end) for (to, _), each in row.items() if to == EVERYBODY for end in each.gain]
    return max(alone, default=Fraction(0)), max(openly, default=Fraction(0))


def _short_change(each: Known | None) -> str:
    """A gain in a cell, without its decimals where these do not matter."""
    if each is None:
        return "?"
    low, high = map(_shortened, each.gain)
    return low if low == high else f"{low} to {high}"


def _shortened(amount: Fraction) -> str:
    """A change, without decimals from a hundred on.

    >>> _shortened(Fraction(12345, 100)), _shortened(Fraction(-1, 3))
    ('≈+123', '≈-0.333')
    """
    whole = Fraction(round(amount))
    if abs(amount) >= HUNDRED and whole != amount:
        return "≈" + signed(whole)
    text = plain(amount, 3)
    return text.replace("≈", "≈+") if amount > 0 and "≈" in text else f"{'+' * (amount > 0)}{text}"


_LEARNT: list[tuple[str, Kind]] = [
    ("known to", "word"), ("where", "text"), ("to", "word"), ("nobody knows", "number"),
    ("known", "number"), ("worth", "number"),
]  # fmt: skip


def _parameters(found: Worth) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(
        "Averages over what the file says of the parameter, the others at their values. Known to "
        "nobody: all play by the averages. To all: each value is a game of its own. To a side in "
        "secret: the others play on as if nobody knew. Of a bundle: from its being on the table."
    )
    together = {each.parameter: each.together for each in found.parameters if each.together}
    for name, others in together.items():
        yield Text(
            f"Drawn with {name}: {listed(others)}. Who learns {name} knows of them what it tells."
        )
    idle = []
    for name, group in groupby(found.parameters, key=lambda each: each.parameter):
        entries = list(group)
        moved = [each for each in entries if any(each.gain)]
        if moved:
            yield Text(f"\n{name}")
            yield plain_table(_LEARNT, _ditto([_learnt(each) for each in moved], 2))
        elif f"{name}, the talks" not in found.left:
            idle.append(name)
    if idle:
        yield Text(f"Worth nothing to anyone: {listed(idle)}.")
    if any(each.error for each in found.parameters):
        yield Text("±: of what is drawn; it covers the worth with 95 % confidence.")


def _learnt(each: Known) -> list[str]:
    return [
        _who(each), each.where or TALKS, each.party, span_text(each.unknown),
        span_text(each.known),
        f"{span_change(each.gain)}{_error(each)}{'' if each.complete else '*'}",
    ]  # fmt: skip


def _who(each: Known) -> str:
    return "all" if each.to == EVERYBODY else f"{each.to}, in secret"


def _error(each: Known) -> str:
    return f" ± {rounded(Fraction(each.error), 2)}" if each.error else ""


def worth_html(found: Worth) -> str:
    """A table for a notebook: what each thing is worth to each party."""
    from detente.notebook import table_html

    gains: dict[tuple[str, str], dict[str, str]] = {}
    for what, where, party, gain in found.gains():
        gains.setdefault((what, where or TALKS), {})[party] = span_change(gain)
    rows = [
        [what, where, *(each.get(party, "") for party in found.parties)]
        for (what, where), each in gains.items()
    ]
    return table_html(
        f"{found.title}: what is worth how much", ["what", "where", *found.parties], rows
    )
