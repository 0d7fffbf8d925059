"""How far the numbers would have to move to overturn a verdict: the smallest change, and the proof.

The stability radius of a verdict in the sense of parametric programming: the distance from the
file's values to the nearest ones at which it is another one, every parameter measured by its range.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, NotSupported, OutOfTime, no_parameter
from detente.game.formulas import Parameter
from detente.game.tree import Game
from detente.solvers import check_time_limit
from detente.stability.case import Case, Source
from detente.stability.continuation import Continuation
from detente.stability.robustness.nearest.covering import Covering, Found
from detente.stability.robustness.nearest.norms import NORMS, Norm, Vector, root
from detente.stability.robustness.nearest.pieces import Frame
from detente.stability.robustness.regions.regions import Regions
from detente.stability.verdict import Modal, Stopped, Verdict
from detente.stability.words import limit_passed

if TYPE_CHECKING:
    import pandas

    from detente.summit.summit import Summit

GAP = Fraction(1, 100)
"""The part of a change by which, where conditions bend, a smaller one is not ruled out."""
FURTHEST = 1_000_000
"""The most that is taken of `beyond` and `gap`."""
Spans = dict[str, tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class Move:
    """One parameter of a change.

    `now`, `to` : its value in the file and after the change
    `share` : the change in units of its range
    """

    parameter: str
    now: Fraction
    to: Fraction
    share: Fraction
    unit: str = ""


@dataclass(frozen=True)
class Radius:
    """The smallest change of parameters that overturns whether a bundle is stable.

    `norm` : how changes are measured, each parameter in units of its range: `max` their greatest
        part, `sum` the sum, `euclid` the root of the sum of squares
    `word`, `stable` : the verdict on the bundle in the file, in a word and over ties
    `lower` : no smaller change overturns it; None where none within the ranges does (or, where the
        search was stopped, nothing is known)
    `upper` : what the change found measures; None where none was found
    `exact` : whether the two are the same
    `attained` : whether a change of that size overturns it, or the size is only approached; None
        where it is not known
    `moves` : the change found, or the border that is approached
    `beyond` : values of all parameters at which the verdict is another one: those of `moves`, or
        close to them
    `towards` : how these differ from the values in the file
    `there`, `why` : the verdict at these, and its first reason
    `asked` : points at which the game was solved
    `without_range` : parameters that have no range and stay as they are
    `passed` : whether there are values nearer than the rest of the ranges at which there is no game

    In the norm `euclid`, `lower` and `upper` are squares, which are rational; `distance` and
    `least` are not.
    """

    title: str
    players: tuple[str, ...]
    parties: tuple[str, ...]
    bundle: str
    round: int | None
    norm: Norm
    word: str
    stable: Modal
    lower: Fraction | None
    upper: Fraction | None
    exact: bool
    attained: bool | None
    moves: tuple[Move, ...]
    beyond: Mapping[str, Fraction]
    there: str
    why: str
    asked: int
    moved: tuple[str, ...]
    without_range: tuple[str, ...] = ()
    passed: bool = False
    stopped: Stopped = "finished"
    reason: str = ""
    gap: Fraction = field(default=GAP, repr=False)
    towards: tuple[Move, ...] = ()

    @property
    def distance(self) -> float | None:
        """The size of the change found, in units of the ranges."""
        return _length(self.upper, self.norm, up=True)

    @property
    def least(self) -> float | None:
        """No change smaller than this overturns the verdict."""
        return _length(self.lower, self.norm, up=False)

    def to_frame(self, exact: bool = True) -> pandas.DataFrame:
        """One row a parameter of the change; NotSupported where pandas is not installed."""
        from detente.stability.bargaining.frames import frame

        rows = [
            {"parameter": m.parameter, "now": m.now, "to": m.to, "share": m.share}
            for m in self.moves
        ]
        if not rows:
            none = dict.fromkeys(["parameter", "now", "to", "share"])
            return frame([none], "parameter", exact).iloc[:0]
        return frame(rows, "parameter", exact)

    def __repr__(self) -> str:
        far = "none found" if self.distance is None else f"{self.distance:.4g}"
        return f"<Radius '{self.title}', {self.bundle} ({self.word}): {far} by {self.norm}>"

    def _repr_html_(self) -> str:
        from detente.show.radius import radius_html

        return radius_html(self)


def _length(size: Fraction | None, norm: Norm, up: bool) -> float | None:
    if size is None:
        return None
    return float(root(size, up=up)) if norm == "euclid" else float(size)


def radius(
    talks: Summit | Game,
    bundle: str | int | Mapping[str, str],
    *,
    norm: Norm = "max",
    only: Iterable[str] | None = None,
    beyond: Any = 0,
    gap: Any = GAP,
    round: int | None = None,
    time_limit: float | None = None,
    progress: Callable[[str, float | None], None] | None = None,
) -> Radius:
    """The smallest change of parameters that overturns whether a bundle is stable.

    `bundle` : by name, terms or position
    `norm` : `max`, `sum` or `euclid`, each parameter measured by its range
    `only` : parameters that may change; all that have a range unless given
    `beyond` : by how many times its range a parameter may leave it
    `gap` : where conditions are not linear, the search ends when no change smaller by more than
        this part is left
    `round` : in which the bundle is put on the table; the last one unless given
    `time_limit` : seconds after which what is found comes back

    A verdict is overturned where it is another one over ties: what is stable in every equilibrium
    is overturned by a tie. Raises SummitError for an unknown bundle, DetenteError for an unknown
    norm or parameter or one without a range, NotSupported under hidden information.

    >>> import detente as dt
    >>> found = dt.radius(dt.load("hanoi-2019"), "kumgang_kaesong + full + inspected",
    ...                   only=["detection_inspected"])
    >>> found.upper, [(move.parameter, move.to) for move in found.moves]
    (Fraction(1145, 2067), [('detection_inspected', Fraction(145, 212))])
    """
    check_time_limit(time_limit)
    if norm not in NORMS:
        raise DetenteError(f"no norm '{norm}'. The norms are: {', '.join(NORMS)}.")
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    source = Source(talks, round)
    if source.hidden:
        raise NotSupported(
            f"a radius is proved where every side sees all that is done; in '{source.talks.title}' "
            "some of it is hidden. `detente sweep` tells in which share of the ranges a bundle "
            "holds."
        )
    [which] = source.chosen([bundle])
    spans, without = _spans(source, only)
    here = source.case(which)
    _refuse_signed_twice(here)
    regions = Regions.of(here)
    start = regions.at()
    regions.around.deadline = deadline
    now = start.verdict.stable
    if now is None:
        raise NotSupported(
            f"'{here.game.bundles[which].name}' has no verdict that could be overturned: nothing "
            "puts it on the table, or it is signed nowhere."
        )
    frame = Frame(start.point.values, spans, _exact(beyond, "beyond"))
    covering = Covering(
        regions,
        frame,
        norm,
        lambda there: there.stable != now,
        _exact(gap, "gap"),
        deadline,
        progress,
    )
    stopped, reason = _run(covering, time_limit)
    return _told(source, here, covering, now, tuple(without), stopped, reason)


def _refuse_signed_twice(here: Case) -> None:
    """In a tree by hand a bundle may be signed again after it was: what is stable is not clear."""
    parent = here.game.parent
    for node in here.signed if not here.by_protocol else ():
        above = int(parent[node])
        while above >= 0:
            if above in here.signed:
                raise NotSupported(
                    f"'{here.game.bundles[here.bundle].name}' is signed at node {above} and once "
                    f"more below it, at node {node}. Tag one signature on each course of the game."
                )
            above = int(parent[above])


def _run(covering: Covering, time_limit: float | None) -> tuple[Stopped, str]:
    try:
        if not covering.run():
            return "finished", (
                f"the search ends after {covering.asked} points solved and {covering.boxes:,} "
                "boxes bounded; what is left open is told."
            )
    except OutOfTime:
        return "time_limit", f"{limit_passed(time_limit)}."
    except KeyboardInterrupt:
        return "interrupted", "interrupted."
    return "finished", ""


def _exact(value: Any, name: str) -> Fraction:
    from detente.game.expressions import exact

    try:
        found = exact(value)
    except DetenteError as error:
        raise DetenteError(f"`{name}`: {error.message}") from None
    if found < 0:
        raise DetenteError(f"`{name}` is 0 or more; found {value}.")
    if found > FURTHEST:
        raise DetenteError(f"`{name}` is at most {FURTHEST:,}; found {value}.")
    return found


def _parameters(source: Source) -> Mapping[str, Parameter]:
    talks = source.talks
    if isinstance(talks, Game):
        return talks.formulas.parameters if talks.formulas else {}
    found: Mapping[str, Parameter] = talks.plan.document.scope.parameters
    return found


def _spans(source: Source, only: Iterable[str] | None) -> tuple[Spans, list[str]]:
    """The ranges of what may change, and what has no range."""
    known = _parameters(source)
    wanted = list(known) if only is None else list(dict.fromkeys(only))
    spans: Spans = {}
    without = []
    for name in wanted:
        if name not in known:
            raise DetenteError(no_parameter(name, known))
        low, high = known[name].low, known[name].high
        if low is not None and high is not None and low < high:
            spans[name] = (low, high)
        elif only is None:
            without.append(name)
        else:
            raise DetenteError(
                f"the parameter '{name}' has no range to measure a change by. Give it one in the "
                "file, as in 'range: [0, 1]'."
            )
    if not spans:
        raise DetenteError(
            "no parameter here has a range to measure a change by. Give one in the file, as in "
            "'range: [0, 1]'."
        )
    return spans, without


# ── what was found ─────────────────────────────────────────────────────────────────────────────


def _told(
    source: Source, here: Case, covering: Covering, now: Modal, without: tuple[str, ...],
    stopped: Stopped, reason: str,
) -> Radius:  # fmt: skip
    from detente.stability.equilibrium import judge

    best, frame = covering.best, covering.frame
    there, beyond = None, {}
    if best is not None:
        beyond = frame.there(best.beyond)
        there = _verified(source, here, covering, now, best)
    lower = covering.lower
    return Radius(
        title=source.talks.title,
        players=source.sides,
        parties=source.parties,
        bundle=here.game.bundles[here.bundle].name,
        round=source.round,
        norm=covering.norm,
        word=judge(here)[0].word,
        stable=now,
        lower=lower,
        upper=None if best is None else best.size,
        exact=best is not None and lower == best.size,
        attained=covering.attained,
        moves=() if best is None else _moves(source, frame, best.y),
        beyond=beyond,
        there=there.word if there is not None else "",
        why=there.reasons[0].short if there is not None and there.reasons else "",
        asked=covering.asked,
        moved=frame.names,
        without_range=without,
        passed=covering.without_game,
        stopped=stopped,
        reason=reason,
        gap=covering.gap,
        towards=() if best is None else _moves(source, frame, best.beyond),
    )


def _moves(source: Source, frame: Frame, y: Vector) -> tuple[Move, ...]:
    """The parameters that move, those that move most by their ranges first."""
    known = _parameters(source)
    values = frame.there(y)
    found = [
        Move(name, frame.values[name], values[name], part, known[name].unit)
        for name, part in zip(frame.names, y, strict=True)
        if part
    ]
    return tuple(sorted(found, key=lambda move: -abs(move.share)))


def _verified(source: Source, here: Case, covering: Covering, now: Modal, best: Found) -> Verdict:
    """The verdict beyond, both sides being solved anew; RuntimeError if one is not as found."""
    beyond = _judged(source, here, covering.frame.there(best.beyond))
    if beyond is None or beyond.modal["stable"] == now:
        raise RuntimeError("the verdict does not turn where its conditions say so.")
    lower = covering.lower
    if lower and best.size:
        share = lower / best.size
        share = root(share, up=False) if covering.norm == "euclid" else share
        share *= 1 - Fraction(1, 1 << 20)
        before = _judged(source, here, covering.frame.there([share * part for part in best.y]))
        if before is not None and before.modal["stable"] != now:
            raise RuntimeError("the verdict turns before its conditions say so.")
    return beyond


def _judged(source: Source, here: Case, values: Mapping[str, Fraction]) -> Verdict | None:
    """The verdict in the file at other values; None where there is no such game."""
    from detente.stability.equilibrium import judge

    try:
        return judge(Source(source.talks.at(**values), source.round).case(here.bundle))[0]
    except DetenteError:
        pass  # the file may refuse values outside of ranges that the game takes
    try:
        changed = here.game.at(**values)
    except DetenteError:
        return None
    return judge(source.case_of(Continuation(changed), here.bundle))[0]
