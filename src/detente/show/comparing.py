"""Two versions of a summit side by side, for reading and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.show.numbers import number
from detente.stability.comparing.causes import Causes
from detente.stability.comparing.comparison import Comparison, Entry, Row, together
from detente.stability.ending import talks_line
from detente.stability.words import listed, plain
from detente.summit.entries import data_of

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from detente.errors import Place
    from detente.stability.verdict import Report, Verdict

_NAMED = 6
"""Entries without effect that are named."""
_SKIPPED = 3
"""Reasons for which sets of entries were not tried that are told."""


def comparison_parts(
    found: Comparison, names: Sequence[str] | None = None
) -> list[RenderableType]:
    """The comparison as paragraphs and a table.

    `names` : how the versions are called; as their files unless given
    """
    return list(_parts(found, names or found.names))


def _parts(found: Comparison, names: Sequence[str]) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(found.first.title, style="bold")
    if found.stopped != "finished":
        yield Text(f"Stopped early: {found.reason}", style="bold")
    yield Text(f"A: {names[0]}\nB: {names[1]}")
    yield Text("\n".join(_differences(found)))
    yield Text("\n".join(_verdicts(found)))
    if found.changes:
        yield _table(found.changes, found)
    if found.changes or found.talks is not None:
        yield Text("\n".join(_searched(found)))


# ── the entries ────────────────────────────────────────────────────────────────────────────────


def _differences(found: Comparison) -> Iterator[str]:
    if not found.entries:
        yield "No entry differs that a verdict could rest on."
    for entry in found.entries:
        yield f"{entry.number:>3}  {entry}  ({_places(entry)})"
    inert = [entry for entry in found.others if entry.difference.role == "inert"]
    if inert:
        yield f"Besides, what no verdict rests on: {_short(inert)}."
    support = [entry for entry in found.others if entry.difference.role == "support"]
    if support:
        yield f"In one file only, and nothing by themselves: {_short(support)}."


def _places(entry: Entry) -> str:
    """'line 41 in A, 43 in B', with what the file lacks left out."""
    first, second = (place and place.line for place in entry.places)
    told = [f"{which} line {line}" for which, line in (("A", first), ("B", second)) if line]
    if second is None and entry.difference.second is not None:
        told.append("set in B")
    return ", ".join(told)


def _short(entries: Sequence[Entry]) -> str:
    names = [entry.difference.words for entry in entries]
    more = len(names) - _NAMED
    return listed([*names[:_NAMED], f"{more} more"] if more > 1 else names)


# ── the verdicts ───────────────────────────────────────────────────────────────────────────────


def _verdicts(found: Comparison) -> Iterator[str]:
    common = [row for row in found.rows if row.first is not None and row.second is not None]
    differing = sum(row.differs for row in common)
    if not found.rows:
        yield "No bundle was judged in both."
        return
    both = "both have" if found.stopped == "finished" else "were judged in both"
    yield f"{differing or 'None'} of {len(common)} bundles that {both} get another verdict."
    for which, lacking in (("A", "second"), ("B", "first")):
        alone = sum(getattr(row, lacking) is None for row in found.rows)
        if alone:
            yield f"{alone} bundle{'s' * (alone != 1)} only {which} has."
    yield from _values(common)
    yield from _talks(found)


def _values(rows: Sequence[Row]) -> Iterator[str]:
    """How what compliance brings has moved, party by party."""
    moved: dict[str, list[Fraction]] = {}
    for row in rows:
        for party, (first, second) in row.values.items():
            if first is not None and second is not None and first != second:
                moved.setdefault(party, []).append(second - first)
    if moved:
        told = [f"{party} {_span(by)} in {len(by)}" for party, by in moved.items()]
        yield f"What they bring if everyone complies changes: {listed(told)}."


def _span(by: Sequence[Fraction]) -> str:
    low, high = min(by), max(by)
    return _signed(low) if low == high else f"{_signed(low)} to {_signed(high)}"


def _signed(value: Fraction) -> str:
    return f"+{plain(value)}" if value > 0 else plain(value)


def _talks(found: Comparison) -> Iterator[str]:
    first, second = found.outcomes
    if first is None or second is None:
        return
    one, two = (talks_line(talks) for talks in (first, second))
    if one == two:
        yield one
        return
    yield f"A: {one}"
    because = found.because(found.talks)
    yield f"B: {two}" + (f" Because of {because}." if because else "")


def _table(rows: Sequence[Row], found: Comparison) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    table.add_column("bundle", ratio=3)
    for heading in ("A", "B", "because of"):
        table.add_column(heading)
    table.add_column("why in B (in A, if it is not there)", ratio=3)
    order = {row.name: i for i, row in enumerate(rows)}
    for row in sorted(rows, key=lambda r: (r.words, found.because(r.causes), order[r.name])):
        told = row.second or row.first
        table.add_row(row.name, *row.words, found.because(row.causes), _why(told))
    return table


def _why(verdict: Verdict | None) -> str:
    return verdict.reasons[0].short if verdict is not None and verdict.reasons else ""


def _searched(found: Comparison) -> Iterator[str]:
    """What the column of causes says, and how thoroughly they were looked for."""
    count = len(found.entries)
    if count > 1:
        yield (
            "Because of: the entries that give the verdict of B when they alone are put into A; "
            "‘or’ stands between ways that are each enough."
        )
        looked = [row.causes for row in found.changes] + [found.talks]
        searched = min(causes.searched for causes in looked if causes is not None)
        if searched >= count - 1:
            yield "Every set of entries was tried."
        elif found.stopped == "finished":
            yield (
                f"All sets of up to {searched} of the {count} entries were tried. Where none of "
                "them is enough, one larger set is named, out of which no entry can be left "
                "(--up-to tries larger sets)."
            )
    for skipped in found.skipped[:_SKIPPED]:
        sets = [together(made) for made in skipped.sets]
        named = listed([*sets[:3], f"{len(sets) - 3} more"] if len(sets) > 4 else sets, "or")
        yield f"Not tried, as no game comes of it: {named} ({_cut(skipped.reason)})"
    if len(found.skipped) > _SKIPPED:
        yield f"… and for {len(found.skipped) - _SKIPPED} more reasons; --json has them all."


def _cut(text: str, room: int = 160) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


# ── data ───────────────────────────────────────────────────────────────────────────────────────


def comparison_data(found: Comparison) -> dict[str, Any]:
    """What `detente compare --json` prints, without the version. Entries are told by number."""
    data: dict[str, Any] = {
        "game": _game(found.first),
        "other": _game(found.second),
        "files": list(found.names),
        "differences": [_entry(entry) for entry in found.entries],
        "without_effect": [_entry(entry) for entry in found.others],
        "bundles": [_row(row, len(found.entries)) for row in found.rows],
        "settles_on": {
            "first": _settled(found.first),
            "second": _settled(found.second),
            "causes": _causes(found.talks, len(found.entries)),
        },
        "skipped": [
            {"sets": list(_numbers(skipped.sets)), "reason": skipped.reason}
            for skipped in found.skipped
        ],
        "stopped": found.stopped,
    }
    if found.reason:
        data["reason"] = found.reason
    return data


def _game(report: Report) -> dict[str, Any]:
    return {
        "title": report.title,
        "players": list(report.players),
        "parties": list(report.parties),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    difference = entry.difference
    first, second = (
        None if tree is None else data_of(tree) for tree in (difference.first, difference.second)
    )
    return {
        "number": entry.number or None,
        "entry": difference.words,
        "kind": difference.kind,
        "first": first,
        "second": second,
        "first_place": _place(entry.places[0]),
        "second_place": _place(entry.places[1]),
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None or not place.line:
        return None
    return {"file": place.file, "line": place.line, "column": place.column}


def _row(row: Row, count: int) -> dict[str, Any]:
    return {
        "name": row.name,
        "terms": dict(row.terms),
        "differs": row.differs,
        "first": _verdict(row.first),
        "second": _verdict(row.second),
        "causes": _causes(row.causes, count),
    }


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    values = verdict.values
    return {
        "verdict": verdict.word,
        "acceptable": verdict.acceptable,
        "honoured": verdict.honoured,
        "stable": verdict.stable,
        "selected": verdict.selected,
        "values": None if values is None else {p: number(v) for p, v in values.items()},
        "why": _why(verdict) or None,
    }


def _causes(causes: Causes | None, count: int) -> dict[str, Any] | None:
    if causes is None:
        return None
    return {
        "sets": list(_numbers(causes.sets)),
        "all": causes.complete(count),
        "searched": causes.searched,
        "minimal": causes.minimal,
        "thin": causes.thin,
    }


def _numbers(sets: Iterable[Sequence[int]]) -> Iterator[list[int]]:
    return ([i + 1 for i in made] for made in sets)


def _settled(report: Report) -> list[str] | None:
    return None if report.talks is None else [settled.name for settled in report.talks]
