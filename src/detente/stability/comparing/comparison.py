"""What a comparison of two summits has found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.errors import NotSupported, Place, SummitError
from detente.stability.comparing.causes import Causes
from detente.stability.comparing.states import ABSENT
from detente.stability.verdict import Report, Settled, Stopped, Verdict
from detente.stability.words import listed

if TYPE_CHECKING:
    import pandas

    from detente.summit.differences import Difference

Pair = tuple[Fraction | None, Fraction | None]


def together(made: Sequence[int]) -> str:
    """A set of entries by their numbers from 1.

    >>> together((0,)), together((0, 2)), together((0, 1, 3))
    ('1', '1 with 3', '1, 2 and 4 together')
    """
    numbers = [str(i + 1) for i in made]
    return " with ".join(numbers) if len(numbers) < 3 else f"{listed(numbers)} together"


@dataclass(frozen=True)
class Entry:
    """An entry of the files that differs, with its number in sentences.

    `number` : from 1 among those that may change a verdict, 0 for those that do not
    `places` : where it stands in each file, None in one that lacks it or where it was set
    """

    number: int
    difference: Difference
    places: tuple[Place | None, Place | None]

    def __str__(self) -> str:
        return str(self.difference)


@dataclass(frozen=True)
class Row:
    """One bundle in both versions.

    `first`, `second` : the verdicts; None where it is not on the table, or not judged
    `causes` : what makes the verdict of the first that of the second; None where they are alike
    """

    name: str
    terms: Mapping[str, str]
    first: Verdict | None
    second: Verdict | None
    causes: Causes | None = None

    @property
    def words(self) -> tuple[str, str]:
        """The verdict in each, in a word or two."""
        first, second = (ABSENT if v is None else v.word for v in (self.first, self.second))
        return first, second

    @property
    def differs(self) -> bool:
        """Whether the verdict has another word."""
        return self.words[0] != self.words[1]

    @property
    def values(self) -> dict[str, Pair]:
        """Party → what it gets in each if everyone complies."""
        sides = [v.values or {} if v is not None else {} for v in (self.first, self.second)]
        parties = dict.fromkeys((*sides[0], *sides[1]))
        return {party: (sides[0].get(party), sides[1].get(party)) for party in parties}


@dataclass(frozen=True)
class Skipped:
    """Sets of entries that cannot be changed alone: the file would be wrong, or too large."""

    sets: tuple[tuple[int, ...], ...]
    reason: str


@dataclass(frozen=True)
class Comparison:
    """Two versions of a summit side by side, and which entries made their verdicts differ.

    `first`, `second` : the verdicts of each
    `entries` : what differs between the files and may change a verdict, numbered from 1
    `others` : what differs and changes no verdict: sources, ranges, numbers that nothing mentions
    `rows` : every bundle of either, in the order of the first, then those only the second has
    `talks` : what makes the talks as written end otherwise; None where they end alike, or unknown
    `skipped` : sets of entries that were not tried, with the reason
    `stopped` : `finished`, `time_limit` or `interrupted`; `reason` then says what is missing
    """

    first: Report
    second: Report
    entries: tuple[Entry, ...]
    others: tuple[Entry, ...]
    rows: tuple[Row, ...]
    talks: Causes | None
    skipped: tuple[Skipped, ...] = ()
    stopped: Stopped = "finished"
    reason: str = ""
    names: tuple[str, str] = field(default=("A", "B"))

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, which: str | int) -> Row:
        """A bundle in both versions, by position or by a name that either has for it."""
        if isinstance(which, int):
            return self.rows[which]
        for row in self.rows:
            if row.name == which:
                return row
        for report in (self.first, self.second):
            try:
                terms = report[which].terms
            except SummitError:
                continue
            found = [r for r in self.rows if r.terms == terms]
            if found:
                return found[0]
        raise SummitError(
            f"neither file has a bundle '{which}'. The bundles are: "
            f"{', '.join(row.name for row in self.rows[:10])}."
        )

    @property
    def changes(self) -> tuple[Row, ...]:
        """The bundles whose verdict differs."""
        return tuple(row for row in self.rows if row.differs)

    @property
    def outcomes(self) -> tuple[tuple[Settled, ...] | None, tuple[Settled, ...] | None]:
        """What the talks as written may settle on, in each."""
        return self.first.talks, self.second.talks

    def because(self, causes: Causes | None) -> str:
        """Causes by the numbers of their entries: `1`, `1 or 2`, `1 with 3`, `1, 2 and 4 together`.

        An `or` stands between sets each of which is enough by itself; `some of 20` where it took
        too long to find out which.
        """
        if causes is None or not causes.sets:
            return "?" if causes is not None else ""
        if not causes.thin:
            return f"some of {len(causes.sets[0])}"
        every = tuple(range(len(self.entries)))
        if len(every) > 3 and causes.sets == (every,):
            return "all together"
        return listed([together(made) for made in causes.sets], "or")

    def to_frame(self, exact: bool = True) -> pandas.DataFrame:
        """A pandas data frame, one row a bundle: verdicts, causes and values in both.

        `exact` : numbers as Fractions; else as floats

        Raises NotSupported where pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise NotSupported(
                "to_frame needs pandas, which is not installed. Run: pip install 'detente[frames]'."
            ) from None
        rows = [self._row(row, exact) for row in self.rows]
        return pandas.DataFrame(rows).set_index("name") if rows else pandas.DataFrame()

    def _row(self, row: Row, exact: bool) -> dict[str, Any]:
        found: dict[str, Any] = {"name": row.name}
        found["first"], found["second"] = row.words
        found["differs"] = row.differs
        found["because"] = self.because(row.causes)
        for party, pair in row.values.items():
            for when, value in zip(("first", "second"), pair, strict=True):
                if value is not None and not exact:
                    found[f"value: {party}, {when}"] = float(value)
                else:
                    found[f"value: {party}, {when}"] = value
        return found

    def __repr__(self) -> str:
        head = (
            f"{self.names[0]} and {self.names[1]}: {len(self.entries)} entries differ, "
            f"{len(self.changes)} of {len(self.rows)} verdicts do"
        )
        return "\n  ".join([head, *(
            f"{row.name}: {row.words[0]} → {row.words[1]} ({self.because(row.causes)})"
            for row in self.changes[:10]
        )])  # fmt: skip

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(row.name)}</td><td>{escape(row.words[0])}</td>"
            f"<td>{escape(row.words[1])}</td><td>{escape(self.because(row.causes))}</td></tr>"
            for row in self.changes
        )
        entries = "".join(f"<li>{escape(str(entry))}</li>" for entry in self.entries)
        first, second = (escape(name) for name in self.names)
        return (
            f"<ol>{entries}</ol><table><tr><th>bundle</th><th>A: {first}</th><th>B: {second}</th>"
            f"<th>because of</th></tr>{rows}</table>"
        )
