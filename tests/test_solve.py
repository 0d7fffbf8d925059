"""`solve`: what is listed, what is claimed of it, what is refused, and what survives a stop."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import detente.solvers.backward_induction as method
from detente.certify import Series, certify
from detente.errors import DetenteError, NotSupported, OutOfTime
from detente.game.beliefs import Beliefs
from detente.game.builder import Builder
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.game.strategic import StrategicGame
from detente.game.tree import Bundle, Game, Role
from detente.solvers import LIST_AT_MOST, default_concept, registry, solve
from detente.solvers.collect import Claim, Found, collect, expected_payoffs
from detente.solvers.perfect_information.integers import IntegerGame
from detente.solvers.registry import Request, Solver, choose, solvers
from detente.solvers.result import Equilibrium, Result

BUNDLES = [Bundle("deal", {"t": "all"}), Bundle("none", {"t": "no"})]


def ultimatum(units: int = 10) -> Game:
    b = Builder(["1", "2"])
    answers = {
        str(k): b.decide(
            "2", {"accept": b.end(units - k, k), "reject": b.end(0, 0)}, label=f"answer {k}"
        )
        for k in range(units + 1)
    }
    return b.build(b.decide("1", answers, label="offer"))


def deal() -> Game:
    """B, indifferent, signs or not; once signed, chance or an indifferent A may undo it."""
    b = Builder(["A", "B", "C"], bundles=BUNDLES)
    kept = b.tag(b.end(2, 1, 5), Role.KEPT, "deal")
    broken = b.tag(b.end(2, 0, 0), Role.BROKEN, "deal")
    comply = b.decide("A", {"comply": kept, "break": broken}, label="comply?")
    lost = b.end(0, 0, 0)
    signed = b.tag(
        b.chance(
            {"holds": (Fraction(3, 4), comply), "falls": (Fraction(1, 4), lost)}, payoffs=[0, 1, 0]
        ),
        Role.SIGNED, "deal",
    )
    answer = b.decide("B", {"sign": signed, "refuse": b.end(0, 1, 0)}, label="sign?")
    offered = b.tag(answer, Role.OFFERED, "deal")
    return b.build(b.decide("A", {"propose": offered, "wait": b.end(0, 0, 0)}, label="propose?"))


def tied(k: int) -> Game:
    b = Builder(["A"])
    node = b.end(0)
    for i in range(k):
        node = b.decide("A", {"on": node, "stop": b.end(0)}, label=f"move {i}")
    return b.build(node)


def test_one_equilibrium_is_listed_unless_more_are_asked_for() -> None:
    result = solve(ultimatum())
    assert (result.concept, result.method) == ("spe", "backward-induction")
    assert (result.complete, result.count, result.stopped) == ("one", 2, "finished")
    assert len(result.equilibria) == 1
    assert result.reason
    eq = result.equilibria[0]
    assert eq.payoffs == {"1": Fraction(10), "2": Fraction(0)}
    assert eq.profile["1", "offer"]["0"] == 1
    assert (eq.certificate.verdict, eq.certificate.max_regret) == ("proved", 0)


def test_all_of_them() -> None:
    result = solve(ultimatum(), all=True)
    assert (result.complete, result.count, result.stopped) == ("all_pure", 2, "finished")
    assert [eq.payoffs["2"] for eq in result.equilibria] == [0, 1]
    assert result.payoff_set == ((9, 1), (10, 0))
    assert result.payoff_range == {"1": (9, 10), "2": (0, 1)}
    assert result.payoff_range_exact
    assert all(eq.certificate.verdict == "proved" for eq in result.equilibria)


def test_a_limit_is_kept_and_the_count_is_the_true_one() -> None:
    result = solve(tied(8), limit=10)
    assert len(result.equilibria) == 10
    assert (result.complete, result.count, result.stopped) == ("some", 2**8, "limit")
    assert "10" in result.reason
    every = solve(tied(8), all=True)
    assert (every.complete, every.count) == ("all_pure", 2**8)
    choices = {tuple(eq.profile.choice) for eq in every.equilibria}  # type: ignore[arg-type]
    assert len(choices) == 2**8


def test_all_stops_at_ten_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LIST_AT_MOST == 10_000
    monkeypatch.setattr("detente.solvers.LIST_AT_MOST", 100)
    capped = solve(tied(8), all=True)
    assert (len(capped.equilibria), capped.count, capped.stopped) == (100, 2**8, "limit")


def test_a_limit_that_is_just_enough_is_no_limit() -> None:
    result = solve(ultimatum(), limit=2)
    assert (result.complete, result.stopped, result.reason) == ("all_pure", "finished", "")
    assert solve(ultimatum(), limit=1).stopped == "finished"


def test_a_single_equilibrium_is_known_to_be_the_only_one() -> None:
    b = Builder(["A", "B"])
    reply = b.decide("B", {"fight": b.end(-1, -1), "share": b.end(1, 1)}, label="reply")
    game = b.build(b.decide("A", {"out": b.end(0, 2), "in": reply}, label="entry"))
    result = solve(game)
    assert (result.complete, result.count) == ("all_pure", 1)
    assert result.equilibria[0].path == ((0, "in"), (2, "share"))
    assert result.equilibria[0].reach == {0: 1, 2: 1, 4: 1}


def test_bundles_over_all_equilibria_and_in_one() -> None:
    result = solve(deal(), all=True)
    assert result.bundle_ranges is not None
    of_deal, of_none = result.bundle_ranges
    assert (of_deal.signed, of_deal.kept) == ((0, 1), (0, Fraction(3, 4)))
    assert of_deal.exact
    assert (of_none.signed, of_none.kept) == ((0, 0), (0, 0))
    assert {(eq.signed(0), eq.kept(0), eq.kept(1)) for eq in result.equilibria} == {
        (0, 0, 0), (1, 0, 0), (1, Fraction(3, 4), 0),
    }
    assert all(
        of_deal.signed[0] <= eq.signed(0) <= of_deal.signed[1]
        and eq.probability(Role.BROKEN) + eq.kept(0) == Fraction(3, 4) * eq.signed(0)
        for eq in result.equilibria
    )


def test_shared_continuations_say_what_their_count_counts() -> None:
    """A node that two moves lead to: alike there are 2 × 2, for itself at each 2 × 2 × 2."""
    b = Builder(["A", "B"])
    later = b.decide("B", {"x": b.end(0, 0), "y": b.end(0, 0)}, label="later")
    game = b.build(b.decide("A", {"l": later, "r": later}, label="first"), shared=True)
    one, every = solve(game), solve(game, all=True)
    assert (one.count, every.count) == (8, 4)
    assert "chooses for itself" in one.count_of
    assert "play alike" in every.count_of
    assert every.complete == "all_pure"
    assert every.reason.endswith("chooses for itself is 8.")
    assert len(every.equilibria) == 4
    alone = solve(ultimatum())
    assert alone.count_of == "profiles"


def test_shared_nodes_are_arrived_at_in_several_ways() -> None:
    b = Builder(["A"])
    later = b.decide("A", {"x": b.end(1), "y": b.end(0)}, label="later")
    moves = {"l": (Fraction(1, 3), later), "r": (Fraction(2, 3), later)}
    game = b.build(b.chance(moves), shared=True)
    assert solve(game).equilibria[0].reach == {0: 1, 1: 1, 2: 1}


def test_a_summit_is_solved_by_its_game() -> None:
    assert solve(SimpleNamespace(game=ultimatum())).count == 2


# ── stops ────────────────────────────────────────────────────────────────────────────────────────


def test_the_time_limit_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**6))
    monkeypatch.setattr(method.time, "perf_counter", lambda: float(next(clock)) / 10)
    result = solve(tied(10), all=True, time_limit=2.0)
    assert result.stopped == "time_limit"
    assert result.reason
    assert result.complete == "some"
    assert 0 < len(result.equilibria) < 2**10
    assert all(eq.certificate.verdict == "proved" for eq in result.equilibria)
    nothing = solve(tied(10), time_limit=1e-9)
    assert nothing.equilibria == ()
    assert nothing.stopped == "time_limit"
    assert nothing.reason
    assert nothing.complete == "some"
    assert nothing.count is None


def test_an_interrupt_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    plain = Series.certify

    def third_time(series: Series, profile: Profile) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return plain(series, profile)

    monkeypatch.setattr(Series, "certify", third_time)
    result = solve(tied(5), all=True)
    assert (result.stopped, result.complete, len(result.equilibria)) == ("interrupted", "some", 2)
    assert result.count == 2**5
    assert result.reason


def test_an_interrupt_while_sets_are_formed_leaves_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(method, "induce", interrupted)
    result = solve(tied(5))
    assert (result.stopped, len(result.equilibria)) == ("interrupted", 1)
    assert result.payoff_range is None
    assert result.bundle_ranges is None
    assert result.reason


def test_an_interrupt_before_anything_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(IntegerGame, "first_pass", interrupted)
    result = solve(tied(5))
    assert (result.stopped, result.equilibria) == ("interrupted", ())
    assert result.reason


def test_what_does_not_certify_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(numbers: IntegerGame, first: object):  # type: ignore[no-untyped-def]
        yield np.ones(numbers.game.num_nodes, dtype=np.int32), (Fraction(0), Fraction(0))

    monkeypatch.setattr(method, "profiles", wrong)
    result = solve(ultimatum())
    assert (result.stopped, result.equilibria) == ("failed", ())
    assert "does not certify" in result.reason


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


def hidden() -> Game:
    b = Builder(["A", "B"])
    replies = [b.decide("B", {"l": b.end(0, 0), "r": b.end(1, 1)}, infoset="reply") for _ in "xy"]
    return b.build(b.decide("A", {"x": replies[0], "y": replies[1]}, label="first"))


def test_a_method_refuses_hidden_information_by_name() -> None:
    with pytest.raises(NotSupported, match="information set 'reply' holds 2 nodes"):
        solve(hidden(), concept="spe", method="backward-induction")


def test_other_concepts_are_refused_with_what_there_is() -> None:
    with pytest.raises(NotSupported, match="Known concepts: 'spe'"):
        solve(ultimatum(), concept="nahs")
    with pytest.raises(NotSupported, match="Known methods: backward-induction"):
        solve(ultimatum(), method="simplex")
    with pytest.raises(NotSupported, match="is for concept 'spe' or 'nash' or 'sequential'; asked"):
        registry_with_perfect(lambda: solve(ultimatum(), "perfect", "backward-induction"))


def registry_with_perfect(ask):  # type: ignore[no-untyped-def]
    """Ask with one more method there, of a concept of its own."""
    more = replace(method.SOLVER, name="perfect", concepts=("perfect",), lists=True)
    with with_solvers(more):
        return ask()


@contextmanager
def with_solvers(*more: Solver):  # type: ignore[no-untyped-def]
    """These methods and backward induction, instead of those that there are."""
    def known(concept: str | None = None) -> dict[str, Solver]:
        every = (method.SOLVER, *more)
        return {s.name: s for s in every if concept is None or concept in s.concepts}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "solvers", known)
        yield


# ── which method is taken ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("concept", ["nash", "sequential"])
def test_backward_induction_finds_one_of_the_other_concepts(concept: str) -> None:
    """Its subgame-perfect equilibrium, certified for what was asked."""
    result = solve(ultimatum(), concept=concept)
    (eq,) = result.equilibria
    assert (result.method, result.concept) == ("backward-induction", concept)
    assert (result.complete, result.count, result.stopped) == ("one", None, "finished")
    assert (eq.certificate.concept, eq.certificate.verdict) == (concept, "proved")
    assert (eq.payoffs, eq.sequential) == ({"1": 10, "2": 0}, True)


def test_all_of_another_concept_is_not_answered_with_one() -> None:
    with with_solvers(), pytest.raises(NotSupported, match="ask for all of concept 'spe'"):
        solve(ultimatum(), concept="nash", all=True)
    lister = replace(
        method.SOLVER, name="lister", concepts=("nash",), rank=40, lists=True, run=_nothing
    )
    with with_solvers(lister):
        assert solve(ultimatum(), concept="nash", all=True).method == "lister"
        assert solve(ultimatum(), concept="nash").method == "backward-induction"


def _nothing(game: Game, request: Request) -> Result:
    return Result(game, request.concept, "lister", (), "some", reason="nothing is looked for.")


def test_the_refusal_that_is_told_is_that_of_the_most_general_method() -> None:
    refusing = {
        rank: replace(
            method.SOLVER, name=f"rank {rank}", rank=rank, lists=rank < 30,
            refusal=lambda game, rank=rank: f"refused at {rank}.",
        )
        for rank in (10, 40, 95)
    }  # fmt: skip
    with with_solvers(*refusing.values()):
        for all in (False, True):
            with pytest.raises(NotSupported, match=r"refused at 40\."):
                solve(hidden(), concept="spe", all=all)


def test_fixed_continuations_go_to_a_method_that_takes_them() -> None:
    with with_solvers(), pytest.raises(NotSupported, match="subgame-decomposition"):
        solve(ultimatum(), fixed={"answer 3": 0})
    seen = []

    def run(game: Game, request: Request) -> Result:
        seen.append(dict(request.fixed))
        return replace(_nothing(game, request), method="taker")

    taker = replace(method.SOLVER, name="taker", fixes=True, rank=20, run=run)
    with with_solvers(taker):
        assert solve(ultimatum(), fixed={"answer 3": 1}).method == "taker"
        game = ultimatum()
        node = next(v for v in range(game.num_nodes) if game.node_label[v] == "answer 3")
        assert seen == [{node: 1}]
        with pytest.raises(DetenteError, match="no node has the label 'nowhere'"):
            solve(game, fixed={"nowhere": 0})


def test_arithmetic_and_default_concepts() -> None:
    with pytest.raises(DetenteError, match="arithmetic is auto, exact or float"):
        solve(ultimatum(), arithmetic="double")  # type: ignore[arg-type]
    matrix = StrategicGame.of(["A", "B"], [["u"], ["l"]], [(1, 2)])
    assert [default_concept(g) for g in (ultimatum(), hidden(), matrix)] == [
        "spe", "sequential", "nash",
    ]  # fmt: skip


# ── what is collected from a method ──────────────────────────────────────────────────────────────


def pennies() -> StrategicGame:
    payoffs = [(1, -1), (-1, 1), (-1, 1), (1, -1)]
    return StrategicGame.of(["A", "B"], [["H", "T"], ["h", "t"]], payoffs, title="Pennies")


HALVES = [["1/2", "1/2"], ["1/2", "1/2"]]


def test_collecting_certifies_and_counts() -> None:
    game = pennies()
    found = Found(MixedProfile.of(game, HALVES), sequential=True)
    everything = Request("nash", most=5, all=True)
    result = collect(game, everything, "by hand", [found], lambda: Claim("all"))
    (eq,) = result.equilibria
    assert (result.complete, result.count, result.stopped) == ("all", 1, "finished")
    assert (eq.payoffs, eq.certificate.verdict) == ({"A": 0, "B": 0}, "proved")
    assert eq.outcomes == dict.fromkeys([(0, 0), (0, 1), (1, 0), (1, 1)], Fraction(1, 4))
    assert eq.named_outcomes["H, t"] == Fraction(1, 4)
    assert eq.beliefs is None
    one = collect(game, Request("nash"), "by hand", [found], lambda: Claim("all"))
    assert (one.complete, len(one.equilibria)) == ("one", 1)


def test_collecting_withholds_what_is_refuted() -> None:
    game = pennies()
    wrong = Found(MixedProfile.of(game, [[1, 0], [1, 0]]))
    right = Found(MixedProfile.of(game, HALVES))
    result = collect(
        game, Request("nash", most=5, all=True), "by hand", [right, wrong], lambda: Claim("all")
    )
    assert (result.stopped, result.complete, len(result.equilibria)) == ("failed", "some", 1)
    assert "refuted" in result.reason


@pytest.mark.parametrize(
    ("error", "stopped"), [(OutOfTime, "time_limit"), (KeyboardInterrupt, "interrupted")]
)
def test_collecting_keeps_what_was_found(error: type[BaseException], stopped: str) -> None:
    game = pennies()

    def found(before: int) -> Iterator[Found]:
        for _ in range(before):
            yield Found(MixedProfile.of(game, HALVES))
        raise error

    for before in (0, 1):
        result = collect(
            game, Request("nash", most=5, all=True), "by hand", found(before), lambda: Claim("all")
        )
        assert (result.stopped, result.complete, len(result.equilibria)) == (
            stopped, "some", before,
        )  # fmt: skip
        assert result.reason.endswith("first equilibrium." if not before else ".")


def test_beliefs_are_those_of_bayes_where_play_comes() -> None:
    game = hidden()
    profile = Profile.mixed(game, ["1/3", "2/3", "0", "1"])  # type: ignore[list-item]
    payoffs = expected_payoffs(profile)
    eq = Equilibrium(profile, dict(zip("AB", payoffs, strict=True)), certify(game, profile, "nash"))
    assert payoffs == (1, 1)
    assert eq.beliefs is not None
    assert eq.beliefs[1] == {1: Fraction(1, 3), 4: Fraction(2, 3)}
    assert eq.beliefs[0] == {0: 1}
    assert eq.named_outcomes == {"x, r": Fraction(1, 3), "y, r": Fraction(2, 3)}
    unreached = Builder(["A", "B"])
    pair = [
        unreached.decide("B", {"l": unreached.end(0, 0)}, infoset="reply", label=name)
        for name in "xy"
    ]
    root = unreached.decide("A", {"out": unreached.end(1, 1), "x": pair[0], "y": pair[1]})
    game = unreached.build(root)
    out = Profile.pure(game, [0, 0])
    eq = Equilibrium(out, {"A": Fraction(1), "B": Fraction(1)}, certify(game, out, "nash"))
    assert eq.beliefs is not None
    assert 1 not in eq.beliefs
    held = Beliefs.of(game, {1: ["1/4", "3/4"]})
    told = replace(eq, known_beliefs=held)
    assert told.beliefs is not None
    assert list(told.beliefs[1].values()) == [Fraction(1, 4), Fraction(3, 4)]


# ── what is wrong to ask ─────────────────────────────────────────────────────────────────────────


def test_limits_have_to_be_positive_and_games_games() -> None:
    for limit in (0, -3, 2.5, "x", True):
        with pytest.raises(DetenteError, match="limit must be a whole number greater than 0"):
            solve(ultimatum(), limit=limit)  # type: ignore[arg-type]
    for seconds in (-1, float("nan"), "x", True):
        with pytest.raises(DetenteError, match="time_limit must be seconds"):
            solve(ultimatum(), time_limit=seconds)  # type: ignore[arg-type]
    assert solve(ultimatum(), time_limit=0).stopped == "time_limit"
    with pytest.raises(DetenteError, match="found str"):
        solve("ultimatum.yaml")


# ── the registry, and what every solver owes ─────────────────────────────────────────────────────



def signalling() -> Game:
    """Beer and quiche in short: a typed A sends one of two signals to B."""
    b = Builder(["A", "B", "C"])
    types = {}
    for kind, likes, p in (("strong", "beer", "9/10"), ("weak", "quiche", "1/10")):
        signals = {}
        for signal in ("beer", "quiche"):
            own = int(signal == likes)
            moves = {"fight": b.end(own, int(kind == "weak"), 1), "leave": b.end(own + 2, own, 0)}
            signals[signal] = b.decide("B", moves, infoset=f"after {signal}")
        types[kind] = (Fraction(p), b.decide("A", signals, label=kind))
    return b.build(b.chance(types, label="type"))


def nobody_moves() -> Game:
    b = Builder(["A", "B"])
    ends = {"l": (Fraction(1, 3), b.end(1, 2)), "r": (Fraction(2, 3), b.end(4, 5))}
    return b.build(b.chance(ends))


def matrix(*payoffs: tuple[int, int], rows: int = 2) -> StrategicGame:
    """A two-player game; payoffs with the first player's strategy varying fastest."""
    columns = len(payoffs) // rows
    names = [[f"r{i}" for i in range(rows)], [f"c{j}" for j in range(columns)]]
    return StrategicGame.of(["A", "B"], names, list(payoffs))


def three_sides() -> Game:
    """The third, not seeing whether the first or the second has moved, wants to match them."""
    b = Builder(["A", "B", "C"])
    ends = [
        b.decide("C", {"l": b.end(n, 0, 1 - n), "r": b.end(0, n, n)}, infoset="c") for n in (0, 1)
    ]
    second = b.decide("B", {"down": ends[0], "out": b.end(1, 1, 1)}, label="b")
    return b.build(b.decide("A", {"down": ends[1], "across": second}, label="a"))


CONTRACT = {
    "ultimatum": ultimatum(3),
    "deal": deal(),
    "ties": tied(4),
    "blind reply": hidden(),
    "signalling": signalling(),
    "nobody moves": nobody_moves(),
    "three sides": three_sides(),
    "pennies": pennies(),
    "chicken": matrix((0, 0), (1, 7), (7, 1), (6, 6)),
    "all the same": matrix((1, 1), (1, 1), (1, 1), (1, 1)),
    "degenerate": matrix((1, 1), (1, 0), (1, 1), (0, 1), (2, 0), (0, 0)),
    "one row": matrix((1, 2), (1, 3), (0, 3), rows=1),
}
COMPLETE = ("all", "all_pure", "components", "some", "one", "none_exist")


@pytest.mark.parametrize("game", CONTRACT.values(), ids=CONTRACT.keys())
@pytest.mark.parametrize("name", list(solvers()))
def test_the_contract_of_every_solver(
    name: str, game: Game | StrategicGame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.solvers.nashpy_lemke_howson.PATIENCE", 0.2)
    solver = solvers()[name]
    refusal = solver.refusal(game)
    assert refusal is None or refusal.endswith((".", ")"))
    for concept in solver.concepts if refusal is None else ():
        assert choose(game, concept, name) is solver
        for request in (Request(concept, most=7, all=True), Request(concept)):
            keeps_the_contract(solver, game, request)


def keeps_the_contract(solver: Solver, game: Game | StrategicGame, request: Request) -> None:
    result = solver.run(game, request)
    assert (result.concept, result.method) == (request.concept, solver.name)
    assert result.game is game
    assert len(result.equilibria) <= request.most
    assert result.equilibria or result.reason
    assert result.stopped in ("finished", "limit", "time_limit", "interrupted", "failed")
    # nashpy cannot take a side with one strategy only; that is then said.
    assert result.stopped != "failed" or result.reason.startswith("nashpy stopped with")
    assert result.complete in COMPLETE
    if result.complete in ("all", "all_pure"):
        assert result.count == len(result.equilibria)
        assert result.stopped == "finished"
    for component in result.components or ():
        assert all(0 <= member < len(result.equilibria) for member in component.members)
    for eq in result.equilibria:
        beliefs = eq.known_beliefs if request.concept == "sequential" else None
        again = certify(game, eq.profile, concept=request.concept, beliefs=beliefs)
        assert again.verdict == eq.certificate.verdict == "proved"
        assert eq.certificate.arithmetic == "exact"
        assert list(eq.payoffs) == list(game.players)
        assert tuple(eq.payoffs.values()) == expected_payoffs(eq.profile)
        assert sum(eq.named_outcomes.values()) == 1
    json.dumps([result.complete, result.count, result.stopped, result.reason, result.seconds])


@pytest.mark.parametrize("name", list(solvers()))
def test_no_time_at_all_is_a_result(name: str) -> None:
    """A deadline that has passed stops every method, with the reason; none raises."""
    solver = solvers()[name]
    for game in CONTRACT.values():
        for concept in solver.concepts if solver.refusal(game) is None else ():
            result = solver.run(game, Request(concept, deadline=0.0))
            if result.stopped != "finished":
                assert result.stopped == "time_limit"
                assert result.equilibria or result.reason


def test_only_methods_for_the_concept_are_imported() -> None:
    for concept in {concept for solver in solvers().values() for concept in solver.concepts}:
        every = [name for name, solver in solvers().items() if concept in solver.concepts]
        assert list(solvers(concept)) == every
    code = (
        "import sys; from detente.solvers.registry import solvers; solvers('spe'); "
        "assert 'detente.solvers.lemke_howson' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_new_solver_is_one_new_file() -> None:
    import detente.solvers as folder

    (path,) = folder.__path__
    text = (Path(path) / "backward_induction.py").read_text()
    assert "SOLVER = Solver(" in text
    for name, solver in solvers().items():
        files = [f for f in Path(path).glob("*.py") if f'name="{name}"' in f.read_text()]
        assert len(files) == 1, name
        assert solver.accepts, name


def test_all_lists_no_more_than_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    game = tied(6)
    choices = game.infosets.num_player_infosets
    assert len(solve(game, all=True).equilibria) == 2**6
    monkeypatch.setattr("detente.solvers.LIST_CHOICES", 10 * choices)
    result = solve(game, all=True)
    assert (len(result.equilibria), result.stopped, result.complete) == (10, "limit", "some")
    assert "higher limit" in result.reason
    assert len(solve(game, all=True, limit=20).equilibria) == 20
    monkeypatch.setattr("detente.solvers.LIST_CHOICES", 1)
    result = solve(game, all=True)
    assert (len(result.equilibria), result.stopped) == (2, "limit")
