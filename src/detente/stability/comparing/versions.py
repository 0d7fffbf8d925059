"""Two versions of a summit: which verdicts differ, and which entries made them differ."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from detente.errors import DetenteError, NotSupported, OutOfTime
from detente.solvers import check_time_limit
from detente.stability.comparing.causes import Made, Search, searched_up_to
from detente.stability.comparing.comparison import Comparison, Entry, Row, Skipped
from detente.stability.comparing.states import (
    ABSENT,
    SECRET_NODES,
    SETTLED,
    Asked,
    Key,
    Keys,
    secret_size,
    states,
    words_in,
)
from detente.stability.equilibrium import stability
from detente.stability.verdict import Report, Stopped
from detente.summit.differences import Between, Difference

if TYPE_CHECKING:
    from detente.summit.summit import Summit

Progress = Callable[[str, float | None], None]


def compare(
    first: Summit,
    second: Summit,
    *,
    round: int | None = None,
    up_to: int | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Which verdicts differ between two versions of a summit, and which entries caused it.

    `first`, `second` : summits; the second may be the first at other values (`summit.at(…)`)
    `round` : in which each bundle is put on the table; the last one of each unless given
    `up_to` : try all sets of up to so many entries; by default as many as take 256 tries
    `time_limit` : in seconds; when it passes, or on an interrupt (Ctrl-C), what was found until
        then is reported, and `stopped` says so

    An entry, or a set of them, is a cause of a changed verdict where the first file with nothing
    but these entries taken from the second has the second's verdict, and no part of the set has.
    Every such file is solved anew. Bundles are matched by their levels; a term that one file alone
    has counts as being at its first level in the other.

    Raises NotSupported for anything but summit files.
    """
    check_time_limit(time_limit)
    for talks in (first, second):
        _refuse(talks)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    one = stability(first, round=round, time_limit=time_limit)
    two = stability(second, round=round, time_limit=_left(deadline))
    work = _Work(first, second, one, two, round, deadline)
    return work.compared(up_to, progress)


def _refuse(talks: object) -> None:
    if hasattr(talks, "document") and hasattr(talks, "file"):
        return
    raise NotSupported(
        f"compare takes two summit files, whose entries it can tell apart; found "
        f"{type(talks).__name__}. Of a game tree or a matrix, compare what `detente solve --json` "
        "prints."
    )


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.perf_counter())


class _Work:
    """One comparison under way."""

    def __init__(
        self,
        first: Summit,
        second: Summit,
        one: Report,
        two: Report,
        round: int | None,
        deadline: float | None,
    ) -> None:
        self.reports = (one, two)
        self.round = round
        self.deadline = deadline
        self.between = Between.of(first.document, second.document)
        self.keys = Keys.of(first, second)
        self.wanted = words_in(two, self.keys)
        self.before = words_in(one, self.keys)
        self.most = max(SECRET_NODES, *(2 * secret_size(summit) for summit in (first, second)))
        self.refused: dict[str, list[tuple[int, ...]]] = {}

    def compared(self, up_to: int | None, progress: Progress | None) -> Comparison:
        stopped: Stopped = "finished"
        for report in self.reports:
            stopped = report.stopped if stopped == "finished" else stopped
        count = len(self.between.differences)
        up_to = searched_up_to(count) if up_to is None else min(up_to, count)
        search = Search(count, self.effect, list(self._targets()), up_to)
        if stopped == "finished":
            try:
                for done in search.steps():
                    if progress is not None:
                        progress("looking for what made verdicts differ", done)
                    if self.deadline is not None and time.perf_counter() > self.deadline:
                        raise OutOfTime
            except OutOfTime:
                stopped = "time_limit"
            except KeyboardInterrupt:
                stopped = "interrupted"
        return self._comparison(search, stopped)

    def _targets(self) -> Iterator[Asked]:
        """What differs: bundles by their words, and how the talks end."""
        for key in dict.fromkeys((*self.before, *self.wanted)):
            if key == SETTLED and None in (self.before.get(key), self.wanted.get(key)):
                continue
            if self.before.get(key, ABSENT) != self.wanted.get(key, ABSENT):
                yield key

    def effect(self, made: Made, asked: Collection[Asked]) -> Mapping[Asked, bool]:
        """Whether the first file with these differences made has what the second has."""
        from detente.summit.summit import Summit

        try:
            summit = Summit(self.between.document(made))
            found = states(summit, asked, self.keys, self.round, self.deadline, self.most)
        except DetenteError as error:
            self.refused.setdefault(error.message.split("\n")[0], []).append(tuple(sorted(made)))
            return {}
        return {key: found.get(key) == self.wanted.get(key, ABSENT) for key in asked}

    # ── the result ─────────────────────────────────────────────────────────────────────────────

    def _comparison(self, search: Search[Asked], stopped: Stopped) -> Comparison:
        targets = set(search.targets)
        one, two = self.reports
        return Comparison(
            first=one,
            second=two,
            entries=tuple(self._entries(self.between.differences, 1)),
            others=tuple(self._entries(self.between.others, None)),
            rows=tuple(self._rows(search)),
            talks=search.causes(SETTLED) if SETTLED in targets else None,
            skipped=tuple(Skipped(tuple(sets), why) for why, sets in self.refused.items()),
            stopped=stopped,
            reason=self._reason(search, stopped),
            names=(self.between.first.name, self.between.second.name),
        )

    def _entries(
        self, differences: Collection[Difference], start: int | None
    ) -> Iterator[Entry]:
        same = self.between.first.marks is self.between.second.marks
        for i, difference in enumerate(differences):
            first, second = self.between.places(difference)
            # A value that was set stands nowhere in the file.
            places = (first, None if same else second)
            yield Entry(0 if start is None else start + i, difference, places)

    def _rows(self, search: Search[Asked]) -> Iterator[Row]:
        one, two = ({self.keys.key(r.summit, v.terms): v for v in r} for r in self.reports)
        targets = set(search.targets)
        # Of a run that was stopped: what is on the table there, and not judged, says nothing.
        unknown = {key for r, known in zip(self.reports, (one, two), strict=True)
                   for key in self._on_the_table(r) if key not in known}  # fmt: skip
        for key in dict.fromkeys((*one, *two)):
            if key in unknown:
                continue
            first, second = one.get(key), two.get(key)
            told = first or second
            assert told is not None
            causes = search.causes(key) if key in targets else None
            yield Row(told.name, told.terms, first, second, causes)

    def _on_the_table(self, report: Report) -> Iterator[Key]:
        """The bundles of a version, judged or not; none where it was judged to the end."""
        if report.stopped != "finished":
            for bundle in report.summit.bundles:
                yield self.keys.key(report.summit, bundle.terms)

    def _reason(self, search: Search[Asked], stopped: Stopped) -> str:
        if stopped == "finished":
            return ""
        why = "interrupted" if stopped == "interrupted" else "the time limit passed"
        for which, report in zip(("first", "second"), self.reports, strict=True):
            if report.stopped != "finished":
                return f"{why} before all verdicts of the {which} file were found: {report.reason}"
        return (
            f"{why} before all causes were found; of sets of up to {search.searched} entries all "
            "were tried."
        )
