"""Every value of a parameter at which a verdict, or what the talks end with, changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, NotSupported, OutOfTime, no_parameter
from detente.game.formulas import Parameter
from detente.game.tree import Game
from detente.solvers import check_time_limit
from detente.stability.case import Source
from detente.stability.following.algebraic import Place, Root, between
from detente.stability.following.along import Along, Piece
from detente.stability.following.course import Standing
from detente.stability.following.told import place_text
from detente.stability.following.union import Interval
from detente.stability.robustness.along.axes import Follower, Settled
from detente.stability.robustness.along.secret_axes import Proofs, SecretFollower
from detente.stability.robustness.along.secret_lives import Followed
from detente.stability.verdict import Stopped
from detente.stability.words import limit_passed

if TYPE_CHECKING:
    import pandas

    from detente.summit.summit import Summit

Report = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Change:
    """One bundle's verdict just below a value, at it, and just above it; two of them differ.

    `below`, `above` : None at an end of the interval
    """

    bundle: str
    place: Place
    below: Standing | None
    at: Standing
    above: Standing | None

    @property
    def lasting(self) -> bool:
        """Whether the verdict differs on the two sides, not only at the value."""
        return self.below != self.above


@dataclass(frozen=True)
class Turn:
    """What the talks as written may end with just below a value, at it, and just above it."""

    place: Place
    below: Settled | None
    at: Settled
    above: Settled | None


@dataclass(frozen=True)
class Threshold:
    """A value of the parameter at which something changes.

    `changes` : of verdicts, in the order of the bundles
    `turn` : of what the talks as written may end with; None where that stays
    """

    place: Place
    changes: tuple[Change, ...]
    turn: Turn | None


@dataclass(frozen=True)
class Axis:
    """All verdicts at every value of one parameter in an interval, the others fixed.

    `value` : the parameter's own; `unit` : as the file has it
    `verdicts` : one entry a bundle that was asked about and could be followed
    `settled` : what the talks as written may end with, in ascending order; () where not followed
    `left` : what is not followed (a bundle's name, or "" for the talks as written) → why
    `unproved` : under hidden information, of the same, the values at which the answer is not proved
        of all sequential equilibria
    `followed` : of these, the values at which it is proved of those that are followed; there may be
        others
    `sampled` : the rest of these: the answer is that of single values among them
    `equilibria` : what the equilibria do that are followed
    """

    parameter: str
    value: Fraction
    within: Interval
    unit: str
    verdicts: tuple[Along, ...]
    settled: tuple[Settled, ...]
    left: Mapping[str, str] = field(default_factory=dict)
    unproved: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    followed: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    sampled: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    equilibria: Mapping[str, tuple[Followed, ...]] = field(default_factory=dict)

    @cached_property
    def thresholds(self) -> tuple[Threshold, ...]:
        """In ascending order: no verdict that is followed changes anywhere else."""
        changes: dict[Place, list[Change]] = {}
        for along in self.verdicts:
            for place, *found in _ends(along.pieces):
                below, at, above = (None if p is None else p.standing for p in found)
                assert at is not None
                changes.setdefault(place, []).append(Change(along.bundle, place, below, at, above))
        turns = {found[0]: Turn(*found) for found in _ends(self.settled)}
        return tuple(
            Threshold(place, tuple(changes.get(place, ())), turns.get(place))
            for place in sorted({*changes, *turns})
        )

    def nearest(self, above: bool) -> Threshold | None:
        """The first threshold above or below the parameter's value; at it counts as both."""
        if above:
            return next((t for t in self.thresholds if t.place >= self.value), None)
        return next((t for t in reversed(self.thresholds) if t.place <= self.value), None)


def _ends(pieces: Sequence[Any]) -> Iterator[tuple[Place, Any, Any, Any]]:
    """Each value where one piece follows another: the piece below, at and above it."""
    for i, piece in enumerate(pieces):
        span: Interval = piece.interval
        before = pieces[i - 1] if i else None
        after = pieces[i + 1] if i + 1 < len(pieces) else None
        if span.is_point and (before is not None or after is not None):
            assert span.low is not None
            yield span.low, before, piece, after
        elif not span.is_point and before is not None and not before.interval.is_point:
            assert span.low is not None
            yield span.low, before, piece if span.low_closed else before, piece


@dataclass(frozen=True)
class Thresholds:
    """Where verdicts change along parameters, each alone.

    `axes` : one entry a parameter
    `without_range` : parameters that have none, and are not followed
    `judged`, `asked` : bundles, and parameters that were to be followed
    `stopped`, `reason` : whether it came to the end, and if not, why
    """

    title: str
    players: tuple[str, ...]
    parties: tuple[str, ...]
    axes: tuple[Axis, ...]
    without_range: tuple[str, ...]
    round: int | None
    judged: int
    asked: int
    stopped: Stopped = "finished"
    reason: str = ""
    talks: Any = field(default=None, repr=False, compare=False)
    _follower: Follower | SecretFollower | None = field(default=None, repr=False, compare=False)

    def __getitem__(self, parameter: str) -> Axis:
        """What changes along a parameter; KeyError where it was not followed."""
        for axis in self.axes:
            if axis.parameter == parameter:
                return axis
        raise KeyError(parameter)

    @property
    def hidden(self) -> bool:
        """Whether the verdicts are about sequential equilibria, something being hidden."""
        return isinstance(self._follower, SecretFollower)

    def why(self, axis: Axis, change: Change) -> str:
        """The first reason of the verdict on the far side of a change, in short.

        The far side is that away from the parameter's value. The bundle is judged anew there; under
        hidden information nothing is told.
        """
        from detente.stability.equilibrium import judge

        if not isinstance(self._follower, Follower):
            return ""
        names = [bundle.name for bundle in self.talks.bundles]
        along = next(a for a in axis.verdicts if a.bundle == change.bundle)
        x = _beyond(along, change, axis.value)
        if x is None:
            return ""
        there = self._follower.case(names.index(change.bundle)).elsewhere.changed(axis.parameter, x)
        if there is None:
            return along.at(x).fault
        told = judge(there)[0].reasons
        return told[0].short if told else ""

    def to_frame(self, exact: bool = True) -> pandas.DataFrame:
        """One row a change of a bundle's verdict; irrational values are floats throughout."""
        from detente.stability.bargaining.frames import frame

        rows: list[dict[str, Any]] = []
        for axis in self.axes:
            for threshold in axis.thresholds:
                place = threshold.place
                for change in threshold.changes:
                    rows.append({
                        "parameter": axis.parameter,
                        "value": float(place) if isinstance(place, Root) else place,
                        "bundle": change.bundle,
                        **{
                            side: None if found is None else found.stable
                            for side, found in (
                                ("below", change.below), ("at", change.at), ("above", change.above)
                            )
                        },
                    })  # fmt: skip
        if not rows:
            rows_of_none = dict.fromkeys(["parameter", "value", "bundle", "below", "at", "above"])
            return frame([rows_of_none], "parameter", exact).iloc[:0]
        return frame(rows, "parameter", exact)

    def __repr__(self) -> str:
        told = [f"{axis.parameter} {len(axis.thresholds)}" for axis in self.axes]
        return f"<Thresholds '{self.title}', {', '.join(told) or self.reason}>"

    def _repr_html_(self) -> str:
        from detente.show.thresholds import thresholds_html

        return thresholds_html(self)


def _beyond(along: Along, change: Change, value: Fraction) -> Fraction | None:
    """A rational on the far side of a change, in the piece that begins there."""
    place = change.place
    upwards = change.below is None or (change.above is not None and place >= value)
    if not change.lasting:  # the verdict differs at the value alone
        return place if isinstance(place, Fraction) else None
    pieces: Iterable[Piece] = along.pieces if upwards else reversed(along.pieces)
    for piece in pieces:
        low, high = piece.interval.low, piece.interval.high
        assert low is not None
        assert high is not None
        if (high > place if upwards else low < place) and low != high:
            return between(max(low, place), high) if upwards else between(low, min(high, place))
    return None


def thresholds(
    talks: Summit | Game,
    parameters: str | Iterable[str] | None = None,
    *,
    bundles: Iterable[str | int | Mapping[str, str]] | None = None,
    within: Interval | tuple[Any, Any] | None = None,
    round: int | None = None,
    time_limit: float | None = None,
    progress: Report | None = None,
) -> Thresholds:
    """Every value of a parameter at which a verdict or the outcome of the talks changes, exactly.

    `talks` : a summit, or a game whose nodes are tagged with bundles
    `parameters` : by name; all that have a range unless given. Each is moved alone.
    `bundles` : these only, by name, terms or position
    `within` : the interval, both ends included; the range of each unless given
    `round` : in which the bundles are put on the table; the last one unless given
    `time_limit` : seconds after which what is found comes back
    `progress` : told how far it has come

    The equilibria are followed from one end to the other (see `stability.following`), so that no
    verdict changes between two thresholds; under hidden information, outside of `unproved`. Raises
    SummitError for an unknown bundle, DetenteError for an unknown parameter or one without a range.

    >>> import detente as dt
    >>> found = dt.thresholds(dt.load("hanoi-2019"), "detection_inspected")
    >>> [(t.place, [c.bundle for c in t.changes]) for t in found["detection_inspected"].thresholds]
    [(Fraction(145, 212), ['kumgang_kaesong + full + inspected'])]
    """
    check_time_limit(time_limit)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    source = Source(talks, round)
    known = _parameters(source)
    named = _named(known, parameters, within)
    span = _span(within)
    chosen = source.chosen(bundles)
    make = SecretFollower if source.hidden else Follower
    follower: Follower | SecretFollower = make(source, chosen, deadline)
    done: list[Axis] = []
    stopped: Stopped = "finished"
    reason = ""
    try:
        for i, name in enumerate(named):
            if progress is not None:
                progress(f"following {name}", i / len(named))
            if isinstance(follower, SecretFollower):
                follower.tell = partial(_told, progress, i / len(named))
            _add_axis(done, follower, known[name], span)
    except OutOfTime:
        stopped, reason = "time_limit", limit_passed(time_limit)
    except KeyboardInterrupt:
        stopped, reason = "interrupted", "interrupted"
    if reason:
        reason = f"{reason} {_how_far(done, named)}."
    without = () if parameters is not None else tuple(n for n in known if n not in named)
    return Thresholds(
        source.talks.title, source.sides, source.parties, tuple(done), without, source.round,
        len(chosen), len(named), stopped, reason, source.talks, follower,
    )  # fmt: skip


def _parameters(source: Source) -> Mapping[str, Parameter]:
    talks = source.talks
    if isinstance(talks, Game):
        return talks.formulas.parameters if talks.formulas else {}
    found: Mapping[str, Parameter] = talks.plan.document.scope.parameters
    return found


def _named(
    known: Mapping[str, Parameter],
    given: str | Iterable[str] | None,
    within: Interval | tuple[Any, Any] | None,
) -> list[str]:
    if given is None:
        ranged = [name for name, p in known.items() if p.low is not None and p.high is not None]
        if not ranged:
            raise DetenteError(
                "no parameter here has a range along which to look for thresholds. Give one in "
                "the file, as in 'range: [0, 1]', or name a parameter and an interval."
            )
        return ranged
    named = list(dict.fromkeys([given] if isinstance(given, str) else given))
    for name in named:
        if name not in known:
            raise DetenteError(no_parameter(name, known))
        if within is None and None in (known[name].low, known[name].high):
            raise DetenteError(
                f"the parameter '{name}' has no range. Give it one in the file, as in "
                "'range: [0, 1]', or name the interval (--range 0,1)."
            )
    return named


def _span(within: Interval | tuple[Any, Any] | None) -> Interval | None:
    if within is None or isinstance(within, Interval):
        return within
    from detente.game.expressions import exact

    low, high = (exact(end) for end in within)
    if low >= high:
        raise DetenteError(
            f"an interval goes from a lower to a higher value; found {low} to {high}."
        )
    return Interval(low, high)


def _told(progress: Report | None, share: float, what: str) -> None:
    if progress is not None:
        progress(f"following {what}", share)


def _how_far(done: Sequence[Axis], named: Sequence[str]) -> str:
    """How far it has come when it is stopped."""
    parts = [axis for axis in done if axis.left.get("", "").startswith(_STOPPED)]
    count = len(done) - len(parts)
    where = f"on the way along {parts[0].parameter}" if parts else ""
    if len(named) > 1:
        return f"after {count} of {len(named)} parameters" + f", {where}" * len(parts)
    return where or "before anything was found"


def _add_axis(
    done: list[Axis], follower: Follower | SecretFollower, parameter: Parameter,
    span: Interval | None,
) -> None:  # fmt: skip
    """Add what is found along a parameter, also where that is broken off."""
    within = span or Interval(parameter.low, parameter.high)
    if isinstance(follower, SecretFollower):
        _add_secret_axis(follower, parameter, within, done)
        return
    verdicts: list[Along] = []
    settled: list[Settled] = []
    left: dict[str, str] = {}
    try:
        left |= follower.verdicts(parameter.name, within, verdicts)[1]
        follower.settlement(parameter.name, within, settled)
    except NotSupported as error:
        left[""], settled = str(error), []
    except (OutOfTime, KeyboardInterrupt):
        if verdicts:
            within = verdicts[0].within
            end = settled[-1].interval.high if settled else None
            left[""] = _STOPPED + (f" beyond {place_text(end)}." if end is not None else ".")
        raise
    finally:
        if verdicts or settled:
            done.append(Axis(
                parameter.name, parameter.value, within, parameter.unit, tuple(verdicts),
                tuple(settled), left,
            ))  # fmt: skip


_STOPPED = "stopped before it was followed"


def _add_secret_axis(
    follower: SecretFollower, parameter: Parameter, within: Interval, done: list[Axis]
) -> None:
    proofs, verdicts = Proofs(), list[Along]()
    ends: tuple[Settled, ...] = ()
    left: dict[str, str] = {}
    try:
        follower.verdicts(parameter.name, within, proofs, verdicts)
        ends = follower.settlement(parameter.name, within, proofs)
    except (OutOfTime, KeyboardInterrupt):
        left = dict.fromkeys([*follower.names[len(verdicts) :], ""], f"{_STOPPED}.")
        raise
    finally:
        if verdicts:
            done.append(Axis(
                parameter.name, parameter.value, within, parameter.unit, tuple(verdicts), ends,
                left, proofs.unproved, proofs.followed, proofs.sampled, proofs.equilibria,
            ))  # fmt: skip
