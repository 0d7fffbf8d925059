"""Every shipped conflict: that it says where it is from, and is judged as its sources judge it.

`expected` in a conflict file may have the keys of the solution concepts (`nash`, `gmr`, `smr`,
`seq`, `sseq`, `sim`, `nonmyopic`, `l1`, …), each with all equilibria in the order of the states;
`coalitional`, with such a mapping for stability against coalitions; and `note`, for people.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import detente as dt
from detente.conflict.gmcr import load_conflict
from detente.stability.graph import GraphAnalysis

ROOT = Path(__file__).parent.parent
CONFLICTS = sorted((ROOT / "games" / "conflicts").glob("*.yaml"))
CASES = Path(__file__).parent / "gmcr"

named = pytest.mark.parametrize("path", CONFLICTS, ids=lambda path: path.stem)


@cache
def conflict(path):
    return dt.load(path)


def shipped(name):
    return conflict(ROOT / "games" / "conflicts" / f"{name}.yaml")


def test_there_are_conflicts():
    assert len(CONFLICTS) >= 12


@named
def test_says_where_it_comes_from_and_what_to_expect(path):
    file = conflict(path).file
    assert file.title
    assert file.description
    assert file.sources
    assert set(file.expected) - {"note"}


@named
def test_is_judged_as_expected(path):
    found = conflict(path)
    analysis = GraphAnalysis(found)
    for key, states in found.file.expected.items():
        if key == "note":
            continue
        if key == "coalitional":
            for concept, equilibria in states.items():
                assert list(analysis.coalitional_equilibria(concept)) == equilibria, concept
        else:
            assert list(analysis.equilibria(key)) == states, key


@named
def test_is_found_by_its_name(path):
    assert dt.load(path.stem).states == conflict(path).states


# ── the files that circulate ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "file"),
    [("elmira", "Elmira"), ("cuban-missile-crisis", "Cuban"), ("prisoners-dilemma", "Prisoners")],
)
def test_the_same_as_the_file_that_circulates(name, file):
    ours, theirs = shipped(name), load_conflict(CASES / f"{file}.gmcr")
    assert ours.payoff.tolist() == theirs.payoff.tolist()
    assert ours.options.level.tolist() == theirs.options.level.tolist()
    for own, its in zip(ours.moves, theirs.moves, strict=True):
        assert own.start.tolist() == its.start.tolist()
        assert own.target.tolist() == its.target.tolist()


def test_nine_states_of_elmira_are_twelve_with_those_after_leaving_as_one():
    nine, twelve = shipped("elmira-nine-states"), shipped("elmira")
    merged = [0, 1, 2, 3, 8, 8, 4, 5, 6, 7, 8, 8]  # of each of the twelve, its place in the nine
    for side in range(3):
        moves = {
            (merged[s], merged[t])
            for s, t in zip(
                twelve.moves[side].source.tolist(), twelve.moves[side].target.tolist(), strict=True
            )
            if merged[s] != merged[t]
        }
        own = nine.moves[side]
        assert moves == set(zip(own.source.tolist(), own.target.tolist(), strict=True))
        for s in range(12):
            for t in range(12):
                before = twelve.payoff[side, s] > twelve.payoff[side, t]
                assert before == (nine.payoff[side, merged[s]] > nine.payoff[side, merged[t]])


# ── Korea, 2017 ────────────────────────────────────────────────────────────────────────────────


def test_korea_by_sequential_stability_or_simultaneous_sanctions():
    """Jacobi 2017: a side stays where it is sequentially stable or sanctioned simultaneously."""
    found = shipped("korea-2017")
    analysis = GraphAnalysis(found)
    either = (analysis.stable("seq") | analysis.stable("sim")).all(axis=0)
    assert [found.states[i] for i in range(12) if either[i]] == ["s0", "s4", "s5", "s10"]


def test_korea_states_that_the_source_counts_over_its_variants():
    """Jacobi 2017, the table at the end, but for the variant whose moves are not told in full."""
    seen = dict.fromkeys(shipped("korea-2017").states, 0)
    for name in ("bloodthirsty", "deterrence", "peaceable"):
        expected = shipped(f"korea-2017-{name}").file.expected
        for state in expected["seq"] + expected["smr"]:
            seen[state] += 1
    base = shipped("korea-2017").file.expected
    for state in base["sim"] + base["smr"]:
        seen[state] += 1
    counts = {"s0": 7, "s2": 1, "s4": 4, "s5": 9, "s8": 1, "s10": 6, "s12": 6}
    for state in ("s0", "s5", "s10"):  # the variant left out has these three
        counts[state] -= 1
    assert {state: count for state, count in seen.items() if count} == counts
