"""How sure is it? The share of the plausible world in which each bundle holds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from detente.errors import DetenteError, OutOfTime
from detente.files.parquet import need_arrow
from detente.solvers import check_time_limit
from detente.stability.case import bundle_index, refuse_without_bundles
from detente.stability.robustness.draws.bits import MEANING
from detente.stability.robustness.draws.verdicts import Question
from detente.stability.robustness.sweeping.crew import Cluster, Crew, Threads, local_processes
from detente.stability.robustness.sweeping.drawing import Undistributed, drawing
from detente.stability.robustness.sweeping.found import BundleDetail, BundleShares, Sweep, Swing
from detente.stability.robustness.sweeping.indices import Indices, crossed, indices
from detente.stability.robustness.sweeping.parts import QUESTIONS, Detail, Summary, Work, summary
from detente.stability.robustness.sweeping.plan import Nets, Plan, net_size, refuse_other_versions
from detente.stability.robustness.sweeping.rules import Rules, find_rules
from detente.stability.robustness.sweeping.store import Store, manifest
from detente.stability.robustness.sweeping.tally import Tally
from detente.stability.verdict import Stopped

if TYPE_CHECKING:
    from detente.game.tree import Game
    from detente.summit.summit import Summit

DRAWS: Final = 65_536
FEW_DRAWS: Final = 64
"""Draws unless said otherwise, where each one is a game of hidden information to be solved."""
ASKED: Final = ("stable", "acceptable", "honoured", "selected")

Progress = Callable[[str, float | None], None]


def sweep(
    talks: Summit | Game,
    bundle: str | int | Mapping[str, str] | None = None,
    *,
    draws: int | None = None,
    seed: int = 0,
    ranges: Undistributed = "uniform",
    only: Iterable[str] | None = None,
    fixed: Iterable[str] = (),
    question: str = "stable",
    selected: bool = False,
    indices_of: int | None = None,
    round: int | None = None,
    folder: str | os.PathLike[str] | None = None,
    keep_values: bool = True,
    threads: int | None = None,
    processes: int | None = None,
    scheduler: Any = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """In which share of the plausible world each bundle is stable, acceptable and honoured.

    `talks` : a summit, or a game with parameters whose nodes are tagged with bundles
    `bundle` : say more of this one: which parameters decide, and where the draws lie that break it
    `draws` : how many at least; they come in nets of a power of two
    `seed` : the same seed gives the same draws
    `ranges` : how parameters are drawn that have a range and no distribution: `uniform`,
        `triangular` with the peak at the value, `fixed`
    `only`, `fixed` : draw these alone; not these
    `question` : what more is said about: `stable`, `acceptable`, `honoured` or `selected`
    `selected` : also count where the talks as written settle on each bundle
    `indices_of` : also Sobol indices of `bundle`, from designs of so many points, a power of two
    `folder` : keep the draws there, and go on with what is there
    `keep_values` : keep the values of the parameters too, not the verdicts alone
    `threads` : of this process, one a processor unless given
    `processes` : work in so many processes of this machine instead
    `scheduler` : or on a Dask cluster, by the address of its scheduler
    `time_limit` : in seconds; then, or on an interrupt, the nets finished until then are reported

    Every draw is judged exactly, as the doubles that were drawn: what one process, threads and any
    number of machines find is the same to the last bit.

    Raises NotSupported where there is nothing to draw or a library is missing, FileError where the
    folder holds another sweep.
    """
    refuse_without_bundles(talks)
    check_time_limit(time_limit)
    _check(question, draws, seed, threads, processes, scheduler, indices_of, bundle)
    clock = _Clock(time_limit)
    drawn = drawing(talks, ranges, only, fixed)
    asked = Question(talks, drawn.names, round, None, selected or question == "selected")
    number = draws or (FEW_DRAWS if asked.one_by_one else DRAWS)
    size = _net_there(folder) or net_size(number, len(asked.bundles))
    wanted = -(-number // size)
    plan = Plan(asked, drawn, Nets(seed, size), keep_values)
    chosen: tuple[int, ...] = () if bundle is None else (bundle_index(talks, bundle),)
    detail = Detail(chosen, MEANING[question], drawn.edges())
    store = None if folder is None else Store(Path(folder), plan)
    design = None if indices_of is None else crossed(plan, indices_of)
    if store is not None:
        need_arrow()
    with _crew(threads, processes, scheduler) as crew:
        counts = _Counts.empty(plan, detail)
        stopped = _gather(plan, detail, store, wanted, crew, counts, clock, progress)
        found = None
        if design is not None and stopped == "finished":
            found, stopped = indices(
                plan, chosen[0], MEANING[question], design, crew, store, clock.late, progress
            )
    return _result(plan, detail, counts, wanted, stopped, store, question, found)


def _check(
    question: str,
    draws: int | None,
    seed: int,
    threads: int | None,
    processes: int | None,
    scheduler: Any,
    indices_of: int | None,
    bundle: Any,
) -> None:
    if question not in ASKED:
        raise DetenteError(f"a question is one of {', '.join(ASKED)}; found {question!r}.")
    for what, number in (("draws", draws), ("threads", threads), ("processes", processes)):
        if number is not None and (type(number) is not int or number < 1):
            raise DetenteError(f"{what} is a whole number from 1; found {number!r}.")
    if type(seed) is not int or seed < 0:
        raise DetenteError(f"a seed is a whole number from 0; found {seed!r}.")
    if sum(given is not None for given in (threads, processes, scheduler)) > 1:
        raise DetenteError("give one of threads, processes and a scheduler.")
    if indices_of is not None:
        if bundle is None:
            raise DetenteError("Sobol indices are about one bundle: name it.")
        if type(indices_of) is not int or indices_of < 2 or indices_of & (indices_of - 1):
            raise DetenteError(
                f"Sobol indices take designs of a power of two of points; found {indices_of!r}."
            )


def _net_there(folder: str | os.PathLike[str] | None) -> int | None:
    """The size of the nets that a folder holds; more draws are more of them."""
    there = None if folder is None else manifest(Path(folder))
    size = (there or {}).get("settings", {}).get("net")
    return size if isinstance(size, int) and size > 0 else None


class _Clock:
    """When to stop."""

    def __init__(self, limit: float | None) -> None:
        self.deadline = None if limit is None else time.perf_counter() + limit

    def late(self) -> bool:
        return self.deadline is not None and time.perf_counter() > self.deadline


@contextmanager
def _crew(threads: int | None, processes: int | None, scheduler: Any) -> Iterator[Crew]:
    if scheduler is not None:
        yield Cluster(scheduler)
    elif processes is not None:
        cluster = local_processes(processes)
        try:
            yield Cluster(cluster)
        finally:
            cluster.close()
    else:
        yield Threads(threads or _processors())


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(eq=False)
class _Counts:
    """What the parts add up to."""

    shares: Tally
    bins: Tally
    draws: int = 0
    nets: int = 0
    kept: int = 0
    invalid: int = 0
    samples: dict[int, Summary] = field(default_factory=dict)

    @classmethod
    def empty(cls, plan: Plan, detail: Detail) -> _Counts:
        bundles = len(plan.question.bundles)
        shape = (len(detail.bundles), len(detail.edges), detail.num_bins)
        return cls(Tally.empty(bundles, len(QUESTIONS)), Tally.empty(*shape))

    def add(self, found: Summary) -> None:
        of = np.broadcast_to(found.valid[:, None], found.hits.shape)
        self.shares.add(found.hits, of)
        self.bins.add(found.bin_hits, found.bin_valid)
        self.draws += found.draws
        self.nets += 1
        self.invalid += found.draws - int(found.valid.max(initial=0))
        if found.bins.shape[1]:
            self.samples[found.part] = found


def _gather(
    plan: Plan,
    detail: Detail,
    store: Store | None,
    wanted: int,
    crew: Crew,
    counts: _Counts,
    clock: _Clock,
    progress: Progress | None,
) -> Stopped:
    """Count every part, those that are there already and those that are judged now."""
    tell = progress or (lambda text, done: None)
    missing: Sequence[int] = range(wanted)

    def say() -> None:
        tell(f"{counts.draws:,} draws" if counts.nets else "The first draws", counts.nets / wanted)

    def late() -> bool:
        say()
        return clock.late()

    try:
        if store is not None:
            store.open()
            missing = []
            for part in range(wanted):
                there = store.read(part)
                if there is None:
                    missing.append(part)
                    continue
                counts.add(summary(part, *there, detail))
                counts.kept += 1
                tell("Counting the draws that are there", counts.nets / wanted)
                if clock.late():
                    raise OutOfTime
        work = Work(plan, detail, store is not None)
        for done in crew.run(work, missing, late):
            refuse_other_versions(done.versions, plan.about["versions"])
            if store is not None and done.contents is not None:
                store.shelf.write(done.summary.part, done.contents)
            counts.add(done.summary)
            say()
    except KeyboardInterrupt:
        return "interrupted"
    except OutOfTime:
        return "time_limit"
    return "finished" if counts.nets == wanted else "time_limit"


def _result(
    plan: Plan,
    detail: Detail,
    counts: _Counts,
    wanted: int,
    stopped: Stopped,
    store: Store | None,
    question: str,
    found: Indices | None,
) -> Sweep:
    asked = plan.question
    talks, design = asked.talks, plan.design
    assert isinstance(design, Nets)
    left_out = () if asked.selected or asked.hidden else ("selected", "selection undecided")
    bundles = tuple(
        BundleShares(
            talks.bundles[bundle].name,
            {q: counts.shares.share(at, k) for k, q in enumerate(QUESTIONS) if q not in left_out},
        )
        for at, bundle in enumerate(asked.bundles)
    )
    details = tuple(
        _detail(plan, detail, counts, at, question, found) for at in range(len(detail.bundles))
    )
    return Sweep(
        title=talks.title,
        players=asked.source.sides,
        parties=asked.source.parties,
        bundles=bundles,
        details=details,
        drawn=plan.drawing.ways,
        seed=design.seed,
        net=design.size,
        nets=counts.nets,
        wanted=wanted,
        kept=counts.kept,
        invalid=counts.invalid,
        hidden=asked.hidden,
        round=asked.source.round,
        rounds=getattr(talks, "rounds", None) if asked.source.has_protocol else None,
        stopped=stopped,
        folder=None if store is None else store.folder,
        talks=talks,
    )


def _detail(
    plan: Plan, detail: Detail, counts: _Counts, at: int, question: str, found: Indices | None
) -> BundleDetail:
    names, edges = plan.drawing.names, detail.edges
    swings = []
    for k, name in enumerate(names):
        bins = tuple(counts.bins.share(at, k, i) for i in range(len(edges[k]) + 1))
        swings.append(Swing(name, bins[0], bins[-1], bins, tuple(edges[k].tolist())))
    swings.sort(key=lambda swing: -swing.size)
    breaks, holds = _rules(names, detail, counts, at)
    name = plan.question.talks.bundles[plan.question.bundles[detail.bundles[at]]].name
    return BundleDetail(name, question, tuple(swings), breaks, holds, found)


def _rules(
    names: Sequence[str], detail: Detail, counts: _Counts, at: int
) -> tuple[Rules, Rules]:
    """Where it does not hold and where it does, from the first draws."""
    samples = [counts.samples[part] for part in sorted(counts.samples)]
    if not samples:
        nothing = Rules((), 0.0, 0.0, "there are no draws.")
        return nothing, nothing
    bins = np.concatenate([one.bins for one in samples], axis=1)
    holds = np.concatenate([one.holds[at] for one in samples])
    sound = np.concatenate([one.sound[at] for one in samples])
    # Both halves of a Sobol net are nets; every other point of one is not.
    late = np.concatenate([np.arange(n) >= n // 2 for n in (one.bins.shape[1] for one in samples)])
    bins, holds, late = bins[:, sound], holds[sound], late[sound]
    return (
        find_rules(bins, ~holds, late, names, detail.edges),
        find_rules(bins, holds, late, names, detail.edges),
    )

