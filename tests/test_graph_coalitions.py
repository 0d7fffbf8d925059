"""Coalitional stability against the definitions, and against what is published."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from plain_conflicts import random_plain

from detente.errors import NotSupported
from detente.stability.graph import CoalitionAnalysis, Conflict, GraphAnalysis, load_conflict
from detente.stability.graph.coalitions import KEYS

CASES = Path(__file__).parent / "gmcr"


def every_coalition(n):
    return [frozenset(c) for size in range(1, n + 1) for c in combinations(range(n), size)]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("seed", range(50))
def test_every_coalition_is_judged_as_defined(key, seed):
    plain = random_plain(5000 + seed, joint=seed % 2 == 0)
    analysis = CoalitionAnalysis(plain.conflict())
    for who in every_coalition(plain.n):
        wanted = [plain.coalition_stable(key, who, s) for s in range(plain.size)]
        assert analysis.stable(key, who).tolist() == wanted, who


def test_the_concepts_differ_on_these_conflicts():
    seen = set()
    for seed in range(50):
        plain = random_plain(5000 + seed, joint=seed % 2 == 0)
        analysis = CoalitionAnalysis(plain.conflict())
        for who in every_coalition(plain.n):
            if len(who) > 1:
                found = {key: tuple(analysis.stable(key, who).tolist()) for key in KEYS}
                seen |= {pair for pair in combinations(KEYS, 2) if len({*map(found.get, pair)}) > 1}
    assert len(seen) == 6


@pytest.mark.parametrize("seed", range(40))
def test_a_coalition_of_one_is_the_side_itself(seed):
    plain = random_plain(seed, joint=seed % 2 == 0)
    conflict = plain.conflict()
    alone, together = GraphAnalysis(conflict), CoalitionAnalysis(conflict)
    for key in ("nash", "gmr", "smr"):
        for i in range(plain.n):
            assert (together.stable(key, frozenset([i])) == alone.stable(key)[i]).all()


@pytest.mark.parametrize("seed", range(25))
def test_coalition_witnesses(seed):
    plain = random_plain(6000 + seed, joint=seed % 2 == 0)
    analysis = GraphAnalysis(plain.conflict())
    for key in KEYS:
        for who in every_coalition(plain.n):
            for s in range(plain.size):
                verdict = analysis.coalition_verdict(key, who, s)
                assert verdict.stable == plain.coalition_stable(key, who, s)
                ways = [answer.improvement for answer in verdict.answers]
                ways += [verdict.breach] if verdict.breach else []
                for way in ways:
                    assert all(step.sides <= who for step in way)
                    assert plain.all_better(who, s, way[-1].target)
                for answer in verdict.answers:
                    assert not plain.all_better(who, s, answer.end)
                    at = answer.improvement[-1].target
                    for step in answer.sanction:
                        assert not step.sides & who
                        assert step.source == at
                        steps = (
                            plain.improvements(step.sides, at) if key == "seq"
                            else dict(plain.movers(range(plain.n)))[step.sides][at]
                        )
                        assert step.target in steps
                        at = step.target


def test_published_coalitional_equilibria():
    """Kilgour, Hipel, Fang and Peng 2001: two sides jump from 7 to 10 in Elmira together."""
    elmira = GraphAnalysis(load_conflict(CASES / "Elmira.gmcr"))
    assert elmira.coalitional_equilibria("nash") == ("5", "6", "10", "11", "12")
    cuban = GraphAnalysis(load_conflict(CASES / "Cuban.gmcr"))
    assert cuban.coalitional_equilibria("nash") == ("6",)
    verdict = elmira.coalition_verdict("nash", frozenset([0, 1]), "7")
    assert verdict.breach[-1].target == elmira.conflict.state("10")
    nash = elmira.equilibrium("nash")
    jumps = list(elmira.against_coalitions.jumps(nash))
    assert (frozenset([0, 1]), 6, 9) in jumps
    assert {state for _, state, _ in jumps} == {6}


def test_signing_is_a_matter_for_the_coalition():
    # No side alone can leave the status quo; both together sign what both prefer.
    conflict = Conflict.of(
        {"A": [], "B": []}, [[1, 2, 3], [1, 2, 0]], joint={("A", "B"): [(0, 1), (0, 2)]}
    )
    analysis = GraphAnalysis(conflict)
    assert analysis.equilibria("nash") == ("1", "2", "3")
    assert analysis.coalitional_equilibria("nash") == ("2", "3")


def test_a_signature_counts_as_a_move_of_each_signer():
    # B may not move alone right after signing with C.
    sides = {"A": [(0, 1)], "B": [(2, 3)], "C": []}
    joint = {("B", "C"): [(1, 2)]}
    pay = [[2, 3, 3, 1], [1, 2, 3, 4], [1, 2, 3, 4]]
    assert not GraphAnalysis(Conflict.of(sides, pay, joint=joint)).stable("gmr")[0, 0]
    sides["D"] = [(2, 3)]
    four = Conflict.of(sides, [*pay, [1, 2, 3, 4]], joint=joint)
    assert GraphAnalysis(four).stable("gmr")[0, 0]


def test_every_signer_must_improve_where_improvement_is_asked():
    sides, joint = {"A": [(0, 1)], "B": [], "C": []}, {("B", "C"): [(1, 2)]}
    for gain, held in ((3, True), (2, False)):
        conflict = Conflict.of(sides, [[2, 3, 1], [1, 2, 3], [1, 2, gain]], joint=joint)
        found = GraphAnalysis(conflict)
        assert found.stable("seq")[0, 0] == held
        assert found.stable("gmr")[0, 0]


def test_unknown_preferences_are_refused():
    conflict = Conflict.of({"A": [(0, 1)]}, [[1, 2]], unknown={"A": [(0, 1)]})
    with pytest.raises(NotSupported, match="unknown"):
        CoalitionAnalysis(conflict)


def test_what_is_reached_down_a_long_chain():
    """Many components, one below the other."""
    size = 400
    conflict = Conflict.of(
        {"A": [(s, s + 1) for s in range(0, size - 1, 2)],
         "B": [(s, s + 1) for s in range(1, size - 1, 2)]},
        np.array([np.arange(size), np.arange(size)]),
    )  # fmt: skip
    found = CoalitionAnalysis(conflict).stable("nash", frozenset([0, 1]))
    assert np.flatnonzero(found).tolist() == [size - 1]
