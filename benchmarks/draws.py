"""Many draws of one game: payoffs given, parameters to verdicts, hidden information, other arrays.

Times are CPU seconds of this process, all its threads together, so that what else the machine does
counts little; goals for two cores are compared with twice what one does. `size` is the number of
draws, or of node evaluations where the case says so.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

import detente as dt
from benchmarks.gambit_lcp import gambit_game, lcp
from benchmarks.timing import Row, Settings, agree
from benchmarks.trees import random_tree
from detente.game.builder import Builder, Node
from detente.game.expressions import Expr, const, name
from detente.game.formulas import Parameter
from detente.game.labels import Labels
from detente.game.profile import Profile
from detente.game.rationals import Payoffs
from detente.game.tree import Game, Role
from detente.solvers.batches.hidden import SURE, Hidden
from detente.solvers.perfect_information.batch import Program, Sources
from detente.solvers.perfect_information.batch_kernel import DOUBT
from detente.solvers.perfect_information.batch_run import Batch
from detente.solvers.perfect_information.levels import Levels
from detente.stability.continuation import Continuation
from detente.stability.robustness.draws.bits import STABLE
from detente.stability.robustness.draws.verdicts import Question
from detente.stability.verdict import Report

PEER_DRAWS = 30
"""Draws that a peer solves one by one."""
CHECKED = 8
"""Draws whose answers are compared before anything is timed."""
Floats = NDArray[np.float64]
Ranges = dict[str, tuple[int | str, int | str]]


def rows(settings: Settings) -> Iterator[Row]:
    """Every case of a sweep's inner loop."""
    yield from given_payoffs(settings)
    yield from verdicts(settings)
    for game in (bargaining(5, "buyer"), bargaining(5, "seller"), verification(), hanoi_table()):
        yield from hidden(game, settings)
    yield from secrets(settings)
    yield from arrays(settings)


def cpu(run: Callable[[], Any], repeats: int) -> float:
    """The median of CPU seconds of a call, after one that warms up."""
    run()
    times = []
    for _ in range(repeats):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return statistics.median(times)


# ── perfect information ────────────────────────────────────────────────────────────────────────


def given_payoffs(settings: Settings) -> Iterator[Row]:
    """A tree of fifty nodes whose payoffs are drawn; the peer takes each draw by itself."""
    game = random_tree(50, settings.seed)
    batch = payoff_batch(game)
    count = min(settings.largest, 1_000_000)
    draws = np.random.default_rng(settings.seed).normal(size=(2 * len(game.outcomes), count))
    told = batch.run(draws[:, :PEER_DRAWS])
    games = [with_payoffs(game, draws[:, j]) for j in range(PEER_DRAWS)]
    nodes = np.flatnonzero(game.mover >= 0).tolist()
    for j in range(CHECKED):
        exact = Continuation(games[j])
        sure = [t for t in range(len(nodes)) if not told.mark[t, j] & DOUBT]
        agree(len(sure) == len(nodes), f"draw {j} is in doubt")
        agree(all(told.choice[t, j] == exact.choice[nodes[t]] for t in sure), f"draw {j}")
    profiles = [told.choice[:, j] for j in range(PEER_DRAWS)]
    peers = [gambit_game(one) for one in games]
    by_infoset = np.argsort(game.infoset[nodes])
    for j in range(CHECKED):
        plan = Profile.pure(games[j], profiles[j][by_infoset])
        agree(regret(peers[j], plan) < 1e-9, f"the peer finds a regret at draw {j}")
    root = payoff_batch(game, told=[0])
    seconds = cpu(lambda: root.run(draws), settings.repeats)
    peer = cpu(lambda: [lcp(one, exact=False) for one in peers], 1) / PEER_DRAWS * count
    yield Row(
        f"{game.num_nodes} nodes, payoffs given, draws", count, seconds,
        "choices at all nodes, exactly; the peer finds no regret", "pygambit lcp_solve, one by one",
        peer, "10 million a second on two cores", 2 * count / seconds > 1e7,
    )  # fmt: skip


def payoff_batch(game: Game, told: list[int] | None = None) -> Batch:
    """The batch whose draws are the payoffs of a game's outcomes, one row a player's."""
    count = len(game.outcomes)
    rows = np.arange(2 * count, dtype=np.int32).reshape(count, 2)
    none = np.zeros(0, dtype=np.int32)
    sources = Sources(rows, none, np.zeros((0, 2), dtype=np.int32), 2 * count)
    nodes = np.flatnonzero(game.mover >= 0).tolist() if told is None else told
    return Batch(Program.of(game, sources, nodes))


def with_payoffs(game: Game, draw: Floats) -> Game:
    """The game with these payoffs, exactly."""
    table = [[Fraction(v) for v in row] for row in draw.reshape(-1, 2).tolist()]
    outcomes = type(game.outcomes)(game.outcomes.label, Payoffs.of(table, game.num_players))
    return game.replaced(outcomes=outcomes)


def regret(theirs: Any, profile: Profile) -> float:
    """The largest gain from deviating in a profile, as the peer computes it."""
    mixed = theirs.mixed_behavior_profile()
    sets = [infoset for player in theirs.players for infoset in player.infosets]
    plans: list[list[Any]] = [list(own) for own in profile]
    for infoset, own in zip(sets, plans, strict=True):
        for action, p in zip(infoset.actions, own, strict=True):
            mixed[action] = float(p)
    return float(mixed.max_regret())


def verdicts(settings: Settings) -> Iterator[Row]:
    """All bundles of Hanoi as shipped, from the parameters to exact verdicts."""
    summit: Any = dt.load("hanoi-2019")
    parameters = summit.document.scope.parameters
    question = Question(summit, list(parameters))
    count = min(settings.largest, 100_000)
    draws = drawn(parameters, count, settings.seed)
    for j in range(2):
        at = dict(zip(parameters, map(Fraction, draws[:, j].tolist()), strict=True))
        report = dt.stability(summit.at(**at))
        agree(same(question.answer(draws[:, j : j + 1])[:, 0], report), f"hanoi-2019, draw {j}")
    seconds = cpu(lambda: question.answer(draws), settings.repeats)
    nodes = summit.tables(None).num_nodes
    yield Row(
        "hanoi-2019, all verdicts, node evaluations", nodes * count, seconds,
        "stable, bundle by bundle, with the exact report", goal="200 million a second on two cores",
        met=2 * nodes * count / seconds > 2e8,
    )  # fmt: skip
    yield from memory(question, parameters, settings)


def same(bits: NDArray[np.uint8], report: Report) -> bool:
    """Whether bits and a report call the same bundles stable."""
    pairs = zip(bits.tolist(), report.bundles, strict=True)
    return all(bool(b & STABLE) == bool(verdict.stable) for b, verdict in pairs)


def memory(question: Question, parameters: Any, settings: Settings) -> Iterator[Row]:
    """As many draws as nodes are allowed, part by part, counted: what this process takes."""
    import psutil

    part = min(settings.largest, 50_000)
    count = settings.largest // part * part
    most, held, started = 0, np.zeros(len(question.bundles), dtype=np.int64), time.process_time()
    for first in range(0, count, part):
        bits = question.answer(drawn(parameters, part, settings.seed + first))
        held += (bits & STABLE != 0).sum(axis=1)
        most = max(most, psutil.Process().memory_info().rss)
    seconds = time.process_time() - started
    agree(bool((held <= count).all()), "shares")
    yield Row(
        f"hanoi-2019, {count:,} draws, {most / 2**20:.0f} MiB held", count, seconds,
        "as above", goal="less than 1 GiB", met=most < 2**30,
    )  # fmt: skip


def drawn(parameters: Any, count: int, seed: int) -> Floats:
    """Even draws from the ranges of parameters; half to one and a half times a value without."""
    r = np.random.default_rng(seed)
    rows = []
    for p in parameters.values():
        low = p.value / 2 if p.low is None else p.low
        high = p.value * 3 / 2 if p.high is None else p.high
        rows.append(r.uniform(float(low), float(high), count))
    return np.array(rows)


# ── hidden information ─────────────────────────────────────────────────────────────────────────


def hidden(game: Game, settings: Settings) -> Iterator[Row]:
    """An equilibrium a draw, proved by error bounds; the peer's solver is called once a draw."""
    assert game.formulas is not None
    count = min(settings.largest, 1_000_000)
    draws = drawn(game.formulas.parameters, count, settings.seed)
    batch = Hidden.of(game)
    found = batch.run(draws[:, : min(count, 20_000)])
    share = found.shares["sure"]
    there = [game.at(**batch.values(draws[:, j])) for j in range(PEER_DRAWS)]
    peers = [gambit_game(one) for one in there]
    behavior = found.behavior()[0]
    for j in [j for j in range(PEER_DRAWS) if found.how[j] == SURE][:CHECKED]:
        certificate = found.certificate(j)
        agree(certificate.verdict == "proved" and not certificate.max_regret, f"draw {j}")
        plan = Profile.mixed(there[j], behavior[:, j])
        scale = max(1.0, float(np.abs(found.payoffs()[0][:, j]).max()))
        agree(regret(peers[j], plan) < 1e-9 * scale, f"{game.title}: the peer's regret at draw {j}")
    seconds = cpu(lambda: batch.run(draws), settings.repeats)
    peer = cpu(lambda: [lcp(one, exact=False) for one in peers], 1) / PEER_DRAWS * count
    yield Row(
        f"{game.title}, {game.num_nodes} nodes", count, seconds,
        f"proved by the certifier, no regret found by the peer; {share:.4%} sure at once",
        "pygambit lcp_solve, floats, once a draw", peer, "100 times", peer > 100 * seconds,
    )  # fmt: skip


def bargaining(prices: int, informed: str) -> Game:
    """A seller posts a price, a buyer takes it or not; one of them knows which of two types it is.

    `informed` : "buyer", who knows what the good is worth to it; or "seller", who knows the quality

    3 + 6 · prices nodes.
    """
    values: dict[str, int | str] = {"low": 3, "high": 6, "cost": 1, "prior": "0.4", "unit": 1}
    ranges: Ranges = {
        "low": (2, 4), "high": (4, 9), "cost": (0, 2), "prior": ("0.1", "0.9"), "unit": (1, 2),
    }  # fmt: skip
    b = Builder(
        ["Seller", "Buyer"],
        title=f"two-type bargaining, {informed} informed",
        parameters={
            key: Parameter(key, Fraction(values[key]), Fraction(low), Fraction(high))
            for key, (low, high) in ranges.items()
        },
    )
    prior = name("prior")

    def post(worth: Expr, cost: Expr, kind: str) -> Node:
        moves = {}
        for k in range(1, prices + 1):
            asked = name("unit") * k
            answers = {"accept": b.end(asked - cost, worth - asked), "reject": b.end(0, 0)}
            seen = f"{k}" if informed == "seller" else f"{kind} {k}"
            moves[f"{k}"] = b.decide("Buyer", answers, infoset=seen)
        known = kind if informed == "seller" else "any"
        return b.decide("Seller", moves, infoset=known)

    costs = {kind: name("cost") * (k if informed == "seller" else 1) for k, kind in
             enumerate(("low", "high"), start=1)}
    types = {kind: post(name(kind), costs[kind], kind) for kind in ("low", "high")}
    return b.build(b.chance({"low": (prior, types["low"]), "high": (1 - prior, types["high"])}))


def verification() -> Game:
    """A side cheats or not, unseen; alarms are false at times; the other answers an alarm."""
    ranges: Ranges = {
        "gain": (1, 3), "loss": (2, 6), "harm": (1, 5), "blame": (1, 3),
        "seen": ("0.5", "0.95"), "false": ("0.01", "0.3"),
    }  # fmt: skip
    b = Builder(
        ["State", "Inspector"],
        title="false alarms",
        parameters={
            key: Parameter(key, (Fraction(low) + Fraction(high)) / 2, Fraction(low), Fraction(high))
            for key, (low, high) in ranges.items()
        },
    )

    def alarm(cheats: bool) -> Node:
        odds = name("seen") if cheats else name("false")
        gain = name("gain") if cheats else const(0)
        harm = -name("harm") if cheats else const(0)
        punished = (gain - name("loss"), const(0) if cheats else -name("blame"))
        answers = {"punish": b.end(*punished), "pass": b.end(gain, harm)}
        rung = b.decide("Inspector", answers, infoset="alarm")
        return b.chance({"alarm": (odds, rung), "none": (1 - odds, b.end(gain, harm))})

    return b.build(b.decide("State", {"cheat": alarm(True), "comply": alarm(False)}, label="s"))


def hanoi_table() -> Game:
    """A bundle of the shipped summit in which the North has two types."""
    summit: Any = dt.load("hanoi-2019-sincere-or-hedging")
    game: Game = summit.table(summit.bundle_index("civilian + full + inspected"))
    # The peer wants no label twice.
    sets = replace(game.infosets, label=Labels.blank(len(game.infosets)))
    blank = Labels.blank(game.num_nodes)
    return game.replaced(title="sincere or hedging, a table", node_label=blank, infosets=sets)


def secrets(settings: Settings) -> Iterator[Row]:
    """All verdicts of a summit with two types, against each file judged by itself."""
    summit: Any = dt.load("hanoi-2019-sincere-or-hedging")
    parameters = summit.document.scope.parameters
    question = Question(summit, list(parameters))
    count = min(settings.largest, 100_000)
    draws = drawn(parameters, count, settings.seed)
    found = question.answer(draws)
    started = time.process_time()
    at = dict(zip(parameters, map(Fraction, draws[:, 0].tolist()), strict=True))
    report = dt.stability(summit.at(**at))
    alone = time.process_time() - started
    agree(same(found[:, 0], report), "sincere or hedging at one draw")
    seconds = cpu(lambda: question.answer(draws), settings.repeats)
    yield Row(
        "sincere or hedging, all verdicts, draws", count, seconds,
        "stable, bundle by bundle, with the exact report", "each file judged by itself",
        alone * count,
    )  # fmt: skip


# ── arrays of other libraries ──────────────────────────────────────────────────────────────────


def arrays(settings: Settings) -> Iterator[Row]:
    """The pass level by level, on each array library and device at hand, beside the kernel."""
    summit: Any = dt.load("hanoi-2019")
    parameters, game = summit.document.scope.parameters, summit.tables(None)
    told, broken = list(map(int, game.children_of(0))), game.tagged(Role.BROKEN)
    batch = Batch.of(game, told, broken, names=list(parameters))
    levels = Levels.beside(batch, game, told, broken)
    count = min(settings.largest, 10_000)
    draws = drawn(parameters, count, settings.seed)
    answers = batch.run(draws)
    kernel = cpu(lambda: batch.run(draws), settings.repeats)
    for label, given, wait in devices(draws):
        choice, mark = levels.run(given)
        sure = answers.mark & DOUBT == 0
        theirs, bits = (np.asarray(a.cpu() if hasattr(a, "cpu") else a) for a in (choice, mark))
        agree(bool((theirs == answers.choice)[sure].all()), f"{label}: choices")
        agree(bool(((bits & DOUBT == 0) == sure).all()), f"{label}: doubts")

        def run(given: Any = given, wait: Callable[[], None] = wait) -> None:
            levels.run(given)
            wait()

        seconds = elapsed(run, settings.repeats)
        yield Row(
            f"hanoi-2019, level by level, {label}", game.num_nodes * count, seconds,
            "choices and doubts", "the compiled pass on one core", kernel,
        )  # fmt: skip


def elapsed(run: Callable[[], Any], repeats: int) -> float:
    """The median of wall-clock seconds: a device's work is no CPU time."""
    from benchmarks.timing import median

    return median(run, repeats)


def devices(draws: Floats) -> Iterator[tuple[str, Any, Callable[[], None]]]:
    """Label, the draws there, and how to wait for what is under way."""
    yield "numpy", draws, lambda: None
    for library in ("torch", "cupy"):
        try:
            module = import_module(library)
        except ModuleNotFoundError:
            continue
        if library == "cupy":
            yield "cupy", module.asarray(draws), module.cuda.Device().synchronize
        else:
            yield "torch, processor", module.asarray(draws), lambda: None
            if module.cuda.is_available():
                yield "torch, GPU", module.asarray(draws, device="cuda"), module.cuda.synchronize
