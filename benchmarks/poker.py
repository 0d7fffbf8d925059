"""Poker and Goofspiel: zero-sum trees with hidden cards, against pygambit and bare HiGHS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from statistics import median as middle
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.bare_highs import sequence_program
from benchmarks.card_games import goofspiel, kuhn, leduc
from benchmarks.gambit_lcp import gambit_game
from benchmarks.timing import Row, Settings, agree, median
from detente.files.efg import read_efg, write_efg
from detente.game.sequence_form import sequence_form
from detente.game.tree import Game
from detente.solvers import solve
from detente.solvers.registry import Arithmetic, Request
from detente.solvers.result import Result
from detente.solvers.sequence_form_lp import floating_plans

METHOD = "sequence-form-lp"
PEER = "pygambit lp_solve"
LADDER = (3, 6, 10, 20, 50, 100)
"""Cards of the games of the ladder."""
EXACT_PEER, FLOAT_PEER = 10, 20
"""Cards up to which the peer is asked in its two modes."""
LARGEST_EXACT_PEER = 20
"""Cards up to which its exact mode is asked once, where games may be as large as Leduc poker."""
LEDUC = -0.085606424078
GOALS = {10: 20.0, 20: 20.0}
"""Cards → how many times faster than the peer's exact mode is aimed at."""
CLOSE = 1e-9


def rows(settings: Settings) -> Iterator[Row]:
    """The ladder, Goofspiel with four cards, and Leduc poker."""
    for cards in LADDER:
        game = kuhn(cards)
        if game.num_nodes <= settings.largest:
            yield from ladder(game, cards, settings)
    game = goofspiel(4)
    if game.num_nodes <= settings.largest:
        yield fair(game, settings)
    game = leduc()
    if game.num_nodes <= settings.largest:
        yield from against_highs(game, settings)


def solved(game: Game, arithmetic: Arithmetic = "auto") -> Result:
    """What this project answers."""
    return solve(game, "nash", METHOD, arithmetic=arithmetic)


def value(result: Result) -> Any:
    """What the first player gets, once the certificate says that it is right."""
    certificate = result.equilibria[0].certificate
    bound = certificate.max_regret
    agree(certificate.verdict == "proved" or (bound is not None and bound < CLOSE), "no proof")
    return result.equilibria[0].payoffs["One"]


def ladder(game: Game, cards: int, settings: Settings) -> Iterator[Row]:
    """Exact strategies and value, against the peer as far as it gets."""
    exact = value(solved(game))
    agree(cards != 3 or exact == Fraction(-1, 18), "Kuhn poker is worth -1/18")
    repeats = settings.repeats if cards < 100 else 1
    seconds = median(lambda: solved(game), repeats)
    case, goal = f"Kuhn with {cards} cards, exact", GOALS.get(cards)
    most = LARGEST_EXACT_PEER if settings.largest >= 9457 else EXACT_PEER
    if cards > most:
        yield Row(case, game.num_nodes, seconds, "its own certificate")
    else:
        theirs, peer_seconds = gambit(game, rational=True)
        agree(theirs == exact, f"{exact}; {PEER}'s {theirs}")
        ratio = peer_seconds / seconds
        yield Row(
            case, game.num_nodes, seconds, f"the value with {PEER}'s", f"{PEER}, exact",
            peer_seconds, f"{goal:g} times faster" if goal else "",
            ratio >= goal if goal else None,
        )  # fmt: skip
    if cards <= FLOAT_PEER:
        result = solved(game, "float")
        theirs, peer_seconds = gambit(game, rational=False)
        agree(abs(value(result) - float(exact)) < CLOSE, "floating point beside exact")
        agree(abs(theirs - float(exact)) < 1e-6, f"{float(exact)}; {PEER}'s {theirs}")
        yield Row(
            f"Kuhn with {cards} cards, floating point", game.num_nodes,
            median(lambda: solved(game, "float"), settings.repeats),
            f"the value with {PEER}'s", f"{PEER}, floats", peer_seconds,
        )  # fmt: skip


def gambit(game: Game, rational: bool) -> tuple[Any, float]:
    """(the first player's payoff, seconds) of one call of the peer; it has no warm-up."""
    import pygambit

    theirs = gambit_game(game)
    started = time.perf_counter()
    found = pygambit.nash.lp_solve(theirs, rational=rational).equilibria[0]
    seconds = time.perf_counter() - started
    payoff = found.payoff(next(iter(theirs.players)))
    return (Fraction(str(payoff)) if rational else float(payoff)), seconds


def fair(game: Game, settings: Settings) -> Row:
    """Goofspiel is symmetric; the peer returns a profile that is none, so it is not timed."""
    agree(value(solved(game)) == 0, "Goofspiel is worth 0")
    seconds = median(lambda: solved(game), settings.repeats)
    return Row("Goofspiel with 4 cards, exact", game.num_nodes, seconds, "its value is 0")


def against_highs(game: Game, settings: Settings) -> Iterator[Row]:
    """From the file to a bound, the solving alone, and the exact answer; bare HiGHS beside them.

    The runs of both alternate, so that neither has the machine to itself for longer.
    """
    bare, unit = sequence_program(sequence_form(game))
    agree(abs(value(solved(game, "float")) - LEDUC) < CLOSE, f"Leduc poker is worth {LEDUC}")
    agree(abs(bare.seconds()[1] * unit - LEDUC) < CLOSE, f"HiGHS says {bare.seconds()[1] * unit}")
    request = Request("nash", arithmetic="float")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "leduc.efg"
        write_efg(game, path)
        steps = [
            ("Leduc, from the file to a bound", 5.0, lambda: solved(read_efg(path), "float")),
            ("Leduc, tree to plans", 1.5, lambda: floating_plans(sequence_form(game), request)),
        ]
        for case, goal, step in steps:
            seconds, floor = alternated(step, bare, settings.repeats)
            yield Row(
                case, game.num_nodes, seconds, "the value with HiGHS's", "bare HiGHS", floor,
                f"within {goal:g} times", seconds <= goal * floor,
            )  # fmt: skip
    exact = solved(game)
    agree(round(float(value(exact)), 12) == LEDUC, f"Leduc poker is worth {LEDUC}")
    seconds = median(lambda: solved(game), settings.repeats)
    yield Row(
        "Leduc, exact with certificate", game.num_nodes, seconds, "the value in floating point",
        goal="under 5 s", met=seconds < 5,
    )  # fmt: skip


def alternated(step: Any, bare: Any, repeats: int) -> tuple[float, float]:
    """Median seconds of a step and of bare HiGHS, run in turn."""
    step()
    own, floor = [], []
    for _ in range(max(repeats, 3)):
        started = time.perf_counter()
        step()
        own.append(time.perf_counter() - started)
        floor.append(bare.seconds()[0])
    return middle(own), middle(floor)
