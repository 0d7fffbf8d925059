"""The two-level slack: how far each leader is from a concrete win, and each yes from a no.

A deal is made at two tables at once (Putnam 1988): what the other side accepts must also be a win
at home. A summit file says under `wins`, or in the chambers of a ratification, what each party must
bring home.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported, OutOfTime
from detente.files.yaml import Path
from detente.game.tree import Game
from detente.stability.bargaining.terms import empty_bundle
from detente.stability.modal import answer, consents_along
from detente.stability.reasons import consent_path
from detente.stability.verdict import Report, Verdict
from detente.summit.walk import win_of

Span = tuple[Fraction, Fraction]
"""Least and greatest over the equilibria."""


@dataclass(frozen=True)
class Near:
    """The nearest bundle of some kind: fewest terms changed, then fewest levels up or down; of
    several, the one that costs the other parties least together.

    `changes` : term → its level here, and there
    `gains` : party → what it gets more there, if everyone complies; below 0 it is a cost. None in a
        tree where the bundle is never signed, or signed with several values
    `others` : how many more bundles are as near
    """

    bundle: str
    changes: Mapping[str, tuple[str, str]]
    gains: Mapping[str, Fraction] | None
    others: int


@dataclass(frozen=True)
class Win:
    """Whether a bundle has a win, and where else there is one.

    `has` : whether it has it
    `nearest` : the nearest feasible bundle that has it; None where this one does, or none does
    `stable` : the nearest one that is stable too; None where this one is, or none is
    """

    has: bool
    nearest: Near | None
    stable: Near | None


@dataclass(frozen=True)
class Slack:
    """How far a bundle is from a win for each party, and from being refused.

    `stable` : its verdict; None where it is not decided
    `wins` : party → its win, for those of whom the file says what one is
    `all_wins` : the same for all of these together; None where there are none
    `margins` : side whose consent it needs → what signing brings it beyond refusing, least and
        greatest over the equilibria; below 0 it refuses. None where `Slacks.notes` says why
    `passes` : how likely it passes every chamber at home, where there are any
    """

    bundle: str
    stable: bool | None
    wins: Mapping[str, Win]
    all_wins: Win | None
    margins: Mapping[str, Span] | None
    passes: Fraction | None

    @property
    def tightest(self) -> str | None:
        """The side that is nearest to refusing, or refuses by most."""
        if not self.margins:
            return None
        margins = self.margins
        return min(margins, key=lambda side: margins[side][0])


@dataclass(frozen=True)
class Slacks:
    """The slack of every bundle, in the order of the file.

    `wins` : party → what a win is, as the file calls it or writes it
    `conditions` : party → the same as a condition
    `nothing` : the bundle in which nobody concedes anything, where there is one
    """

    title: str
    unit: str
    parties: tuple[str, ...]
    wins: Mapping[str, str]
    conditions: Mapping[str, str]
    bundles: tuple[Slack, ...]
    notes: tuple[str, ...] = ()
    nothing: str | None = None

    def __getitem__(self, bundle: str) -> Slack:
        """By the bundle's name."""
        for row in self.bundles:
            if row.bundle == bundle:
                return row
        raise NotSupported(f"there is no bundle '{bundle}' among those that were looked at.")

    @cached_property
    def won_by_all(self) -> tuple[Slack, ...]:
        """The bundles that are a win for everyone of whom the file says what one is."""
        return tuple(row for row in self.bundles if row.all_wins is not None and row.all_wins.has)

    def to_frame(self, exact: bool = True) -> Any:
        """A pandas data frame, one row a bundle.

        `exact` : numbers as Fractions; else as floats

        Raises NotSupported where pandas is not installed.
        """
        from detente.stability.bargaining.frames import frame

        rows = []
        for row in self.bundles:
            data: dict[str, Any] = {"bundle": row.bundle, "stable": row.stable}
            for party, win in row.wins.items():
                data[f"win: {party}"] = win.has
                data[f"nearest: {party}"] = win.nearest.bundle if win.nearest else ""
                data[f"nearest stable: {party}"] = win.stable.bundle if win.stable else ""
            for side, (low, high) in (row.margins or {}).items():
                data |= {f"margin: {side} least": low, f"margin: {side} most": high}
            rows.append({**data, "passes": row.passes})
        return frame(rows, "bundle", exact)

    def _repr_html_(self) -> str:
        from detente.notebook import table_html

        holds = {True: "yes", False: "no", None: "?"}
        rows = [
            [row.bundle, holds[row.stable], *(holds[win.has] for win in row.wins.values())]
            for row in self.bundles
        ]
        heads = ["bundle", "stable", *(f"win {party}" for party in self.wins)]
        return table_html(f"{self.title}: wins at home", heads, rows)


def slacks(
    summit: Any,
    report: Report | None = None,
    *,
    round: int | None = None,
    deadline: float | None = None,
) -> Slacks:
    """How far every bundle is from each party's win, and from being refused.

    `report` : the verdicts, where they are at hand; else they are found
    `round` : in which bundles are on the table, the last unless given
    `deadline` : on the clock of `time.perf_counter`; OutOfTime is raised where it passes

    Raises NotSupported for anything but a summit.
    """
    if isinstance(summit, Game) or not hasattr(summit, "plan"):
        raise NotSupported("what a win is at home is said in a summit file only.")
    if not summit.bundles:
        raise NotSupported(f"'{summit.title}' has no terms, so that there is nothing to win by.")
    notes: list[str] = []
    verdicts = _verdicts(summit, report, round, deadline, notes)
    conditions = _conditions(summit)
    if not conditions:
        notes.append("the file does not say what a win is to anyone: add 'wins'.")
    search = _Nearest(summit, verdicts)
    has = {party: _winning(summit, text, path) for party, (text, path) in conditions.items()}
    everyone = np.logical_and.reduce(list(has.values())) if has else None
    rows = []
    for b, bundle in enumerate(summit.bundles):
        if deadline is not None and time.perf_counter() > deadline:
            raise OutOfTime
        verdict = verdicts.get(bundle.name)
        wins = {party: search.win(b, having, (party,)) for party, having in has.items()}
        together = None if everyone is None else search.win(b, everyone, ())
        rows.append(
            Slack(
                bundle.name, verdict.stable if verdict else None, wins, together,
                _margins(verdict), _passes(summit, b),
            )
        )  # fmt: skip
    if any(row.margins is None for row in rows):
        notes.append(_no_margins(summit))
    return Slacks(
        summit.title, summit.file.unit or "", tuple(summit.parties),
        {party: _called(summit, party, text) for party, (text, _) in conditions.items()},
        {party: text for party, (text, _) in conditions.items()}, tuple(rows), tuple(notes),
        empty_bundle(summit),
    )  # fmt: skip


# ── wins ───────────────────────────────────────────────────────────────────────────────────────


def _conditions(summit: Any) -> dict[str, tuple[str, Path]]:
    """Party → what a win is and where that stands, of those of whom the file says it."""
    found = ((party, win_of(summit.file, party)) for party in summit.parties)
    return {party: said for party, said in found if said is not None}


def _called(summit: Any, party: str, condition: str) -> str:
    win = summit.file.wins.get(party)
    return win.name if win is not None and win.name else condition


def _winning(summit: Any, text: str, path: Path) -> NDArray[np.bool_]:
    """bool (num_bundles,): which bundles have a win; where it depends on types, in all of them."""
    condition = summit.document.scope.condition(text, path)
    bind, draws = summit.plan.bind, summit.draws
    return np.array([
        all(bind.holds(condition, {**setting, **draw.setting}) for draw in draws)
        for setting in summit.plan.settings
    ], dtype=bool)  # fmt: skip


class _Nearest:
    """Which bundles are nearest to which.

    `levels` : int64 (num_bundles, num_terms), the position of each term's level
    `stable` : bool (num_bundles,)
    """

    def __init__(self, summit: Any, verdicts: Mapping[str, Verdict]) -> None:
        self.summit = summit
        self.levels = np.array(summit.plan.bundles.levels, dtype=np.int64)
        found = [verdicts.get(bundle.name) for bundle in summit.bundles]
        self.stable = np.array([bool(v is not None and v.stable) for v in found])
        self.values = [None if v is None else v.values for v in found]

    def win(self, bundle: int, having: NDArray[np.bool_], winners: Sequence[str]) -> Win:
        """What `Win` says; those who win do not count among the others whom it may cost."""
        has, holds = bool(having[bundle]), having & self.stable
        return Win(
            has,
            None if has else self.nearest(bundle, having, winners),
            None if has and self.stable[bundle] else self.nearest(bundle, holds, winners),
        )

    def nearest(self, bundle: int, among: NDArray[np.bool_], winners: Sequence[str]) -> Near | None:
        """The nearest of these bundles to one."""
        which = np.flatnonzero(among)
        if not len(which):
            return None
        apart = np.abs(self.levels[which] - self.levels[bundle])
        distance = np.stack([np.count_nonzero(apart, axis=1), apart.sum(axis=1)], axis=1)
        least = distance[np.lexsort((distance[:, 1], distance[:, 0]))[0]]
        near = which[(distance == least).all(axis=1)].tolist()
        best = max(near, key=lambda k: self._left_to_others(bundle, k, winners))
        return Near(
            self.summit.bundles[best].name, self._changes(bundle, best),
            self._gains(bundle, best), len(near) - 1,
        )  # fmt: skip

    def _gains(self, here: int, there: int) -> dict[str, Fraction] | None:
        old, new = self.values[here], self.values[there]
        if old is None or new is None:
            return None
        return {party: new[party] - old[party] for party in old}

    def _left_to_others(self, here: int, there: int, winners: Sequence[str]) -> Fraction:
        gains = self._gains(here, there) or {}
        return sum((g for party, g in gains.items() if party not in winners), Fraction(0))

    def _changes(self, here: int, there: int) -> dict[str, tuple[str, str]]:
        old, new = (self.summit.bundles[k].terms for k in (here, there))
        return {term: (old[term], new[term]) for term in old if old[term] != new[term]}


# ── acceptance ─────────────────────────────────────────────────────────────────────────────────


def _verdicts(
    summit: Any,
    report: Report | None,
    round: int | None,
    deadline: float | None,
    notes: list[str],
) -> dict[str, Verdict]:
    """The verdicts by the bundles' names; none where they cannot be found, and why."""
    from detente.stability.equilibrium import stability

    if report is None:
        left = None if deadline is None else max(deadline - time.perf_counter(), 0.0)
        try:
            report = stability(summit, round=round, time_limit=left)
        except NotSupported as error:
            notes.append(f"no bundle was judged: {error.message}")
            return {}
    if report.stopped == "time_limit":
        raise OutOfTime
    if report.stopped == "interrupted":
        raise KeyboardInterrupt
    return {verdict.name: verdict for verdict in report}


def _margins(verdict: Verdict | None) -> dict[str, Span] | None:
    """What signing brings each side beyond refusing."""
    case = None if verdict is None else verdict.case
    if case is None or not case.by_protocol:
        return None
    path = consent_path(case.continuation, case.offered[0], case.signed)
    if path is None:
        return None
    signed = answer(case.continuation, path[-1])
    found = {}
    for consent in consents_along(case.continuation, path, case.later):
        low, high = (consent.worth(end) for end in signed.ranges[consent.player])
        found[case.game.players[consent.player]] = (low - consent.most, high - consent.least)
    return found


def _no_margins(summit: Any) -> str:
    if summit.has_tree:
        return "in a tree written by hand no answer is set against what refusing brings."
    return (
        "how far each answer is from a no is not told where sides do not see everything: it is "
        "another for each type."
    )


def _passes(summit: Any, bundle: int) -> Fraction | None:
    """How likely a bundle passes every chamber; by the prior, where that depends on types."""
    from detente.game.expressions import evaluate

    if summit.has_tree or not summit.plan.protocol.chambers:
        return None
    plan, total = summit.plan, Fraction(0)
    for draw in summit.draws:
        setting = {**plan.settings[bundle], **draw.setting}
        odds = Fraction(draw.probability)
        for chamber in plan.protocol.chambers:
            if not plan.bind.holds(chamber.win, setting):
                falls = evaluate([plan.bind(chamber.falls, setting)], plan.document.scope.values)
                odds *= 1 - Fraction(falls[0])
        total += odds
    return total
