"""The map of two parameters: regions in which a verdict stays, with their boundaries."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, NotSupported, OutOfTime, no_parameter
from detente.game.formulas import Parameter
from detente.solvers import check_time_limit
from detente.stability.case import Source, bundle_index
from detente.stability.robustness.maps.boxes import Box
from detente.stability.robustness.maps.cells import Asked, AskedDeal, AskedTalks
from detente.stability.robustness.maps.mapped import Patch, RegionMap
from detente.stability.robustness.maps.surveying import Survey
from detente.stability.verdict import Stopped

if TYPE_CHECKING:
    from detente.game.tree import Game
    from detente.summit.summit import Summit

Progress = Callable[[str, float | None], None]


def region_map(
    talks: Summit | Game,
    across: str,
    up: str,
    bundle: str | int | Mapping[str, str] | None = None,
    *,
    within: Sequence[Any] | None = None,
    round: int | None = None,
    scheduler: Any = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> RegionMap:
    """Where in the plane of two parameters a verdict holds, the others fixed.

    `bundle` : whose verdict; what the talks as written may end with, unless given
    `within` : from and to of `across`, from and to of `up`; their ranges unless given
    `round` : in which the bundle is put on the table; the last one unless given
    `scheduler` : the address of a Dask scheduler, or a cluster of Dask's, whose workers do the work
    `time_limit` : seconds after which what is proved comes back

    Raises DetenteError for an unknown parameter or one without a range, NotSupported under hidden
    information and where ties make too many equilibria to list.

    >>> import detente as dt
    >>> from detente.stability.robustness.maps.map import region_map
    >>> found = region_map(dt.load("hanoi-2019"), "crisis", "us_crisis_cost", 10)
    >>> found.exact, found.undecided
    (True, Fraction(0, 1))
    """
    check_time_limit(time_limit)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    source = Source(talks, round)
    if source.hidden:
        raise NotSupported(
            "maps are drawn where every side sees all that is done; in "
            f"'{source.talks.title}' some of it is hidden. Follow one parameter at a time, with "
            "`--set` for the other."
        )
    at = None if bundle is None else bundle_index(source.talks, bundle)
    game = source.game
    if at is not None and source.has_protocol:
        game = source.talks.table(at, source.round)
    known = game.formulas.parameters if game.formulas else {}
    names, box = (across, up), _box(known, across, up, within)
    asked: Asked = AskedTalks(game)
    if at is not None:
        case = source.case(at)
        game, asked = case.game, AskedDeal.of(case)
    blank = RegionMap(
        source.talks.title, source.sides, source.parties, names,
        (known[across].value, known[up].value), box,
        None if at is None else source.talks.bundles[at].name, source.round, (),
        talks=source.talks,
    )  # fmt: skip
    survey = Survey(game, asked, names, box)
    return _Gathering(survey, deadline, progress).run(blank, scheduler)


def _box(known: Mapping[str, Parameter], across: str, up: str, within: Sequence[Any] | None) -> Box:
    from detente.game.expressions import exact

    if across == up:
        raise DetenteError(f"a map takes two parameters; found '{across}' twice.")
    ends: list[Fraction] = []
    for name in (across, up):
        if name not in known:
            raise DetenteError(no_parameter(name, known))
        low, high = known[name].low, known[name].high
        if within is None and (low is None or high is None):
            raise DetenteError(
                f"the parameter '{name}' has no range. Give it one in the file, as in "
                "'range: [0, 1]'."
            )
        ends += [low or Fraction(0), high or Fraction(0)]
    if within is not None:
        ends = [exact(end) for end in within]
        if len(ends) != 4:
            raise DetenteError("within is four numbers: from and to across, from and to upwards.")
    left, right, low, high = ends
    if left >= right or low >= high:
        raise DetenteError("an interval goes from a lower to a higher value.")
    return left, right, low, high


class _Gathering:
    """Patches as they come in, and the boxes that are left."""

    def __init__(self, survey: Survey, deadline: float | None, progress: Progress | None) -> None:
        self._survey, self._deadline, self._progress = survey, deadline, progress
        self._found: dict[int, list[Patch]] = {}
        self._left: list[Box] = []

    def run(self, blank: RegionMap, scheduler: Any) -> RegionMap:
        """The map filled in."""
        stopped: Stopped = "finished"
        reason = None
        try:
            whole = self._survey.whole(self._deadline)
            if whole is not None:
                return replace(blank, patches=(whole,))
            self._far(scheduler) if scheduler is not None else self._here()
        except OutOfTime:
            stopped, reason = "time_limit", "the time limit passed before all was proved."
        except KeyboardInterrupt:
            stopped, reason = "interrupted", "interrupted before all was proved."
        return replace(blank, patches=self._patches(), stopped=stopped, reason=reason)

    def _here(self) -> None:
        for part, box in enumerate(self._survey.parts):
            self._found[part], self._left = [], [box]
            for patch, left in self._survey.patches(box, self._deadline):
                self._found[part].append(patch)
                self._left = left
            self._say()

    def _far(self, scheduler: Any) -> None:
        from detente.stability.robustness.sweeping.crew import Cluster

        def late() -> bool:
            return self._deadline is not None and time.perf_counter() > self._deadline

        parts = range(len(self._survey.parts))
        for part, patches in Cluster(scheduler).run(self._survey, parts, late):
            self._found[part] = list(patches)
            self._say()
        if len(self._found) < len(parts):
            raise OutOfTime

    def _patches(self) -> tuple[Patch, ...]:
        """In the order of the parts; what is not done is undecided."""
        found = [patch for part in sorted(self._found) for patch in self._found[part]]
        missing = [b for part, b in enumerate(self._survey.parts) if part not in self._found]
        return (*found, *(Patch(box, decided=False) for box in (*self._left, *missing)))

    def _say(self) -> None:
        if self._progress is not None:
            done = len(self._found) / len(self._survey.parts)
            self._progress(f"{100 * done:.0f} % of the map", done)
