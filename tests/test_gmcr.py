"""Conflicts in .gmcr files: read, written, and refused with a sentence where they are wrong."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import numpy as np
import pytest

from detente.errors import FileError, NotSupported
from detente.files.gmcr import read_gmcr, write_gmcr
from detente.stability.graph import Conflict, Options, conflict_of, gmcr_of, load_conflict

CASES = Path(__file__).parent / "gmcr"


def base():
    return {
        "options": [
            {"name": "Yield", "permittedDirection": "fwd"},
            {"name": "Press", "permittedDirection": "both"},
        ],
        "decisionMakers": [
            {"name": "A", "options": [0], "preferences": [[[1, "N"]]],
             "preferenceRanking": [1, [2, 3]]},
            {"name": "B", "options": [1], "preferences": [
                {"compound": True, "members": [[[0, "Y"], [1, "Y"]], [[0, "N"]]]}]},
        ],
        "infeasibles": [[[0, "Y"], [1, "Y"]]],
        "program": "gmcr-py", "useManualPreferenceRanking": False, "coalitions": [0, 1],
    }  # fmt: skip


def raw(data):
    return json.dumps(data).encode()


def written(file):
    stream = io.StringIO()
    write_gmcr(file, stream)
    return stream.getvalue().encode()


def test_states_moves_and_preferences():
    conflict = load_conflict(raw(base()))
    assert conflict.states == ("1", "2", "3")  # none, Yield, Press
    assert [conflict.options.text(s) for s in range(3)] == ["nothing", "Yield", "Press"]
    assert conflict.moves[0].after(0).tolist() == [1]
    assert conflict.moves[0].after(1).tolist() == []  # forward only
    assert conflict.moves[0].after(2).tolist() == []  # Yield with Press cannot be
    assert conflict.moves[1].after(2).tolist() == [0]
    assert conflict.payoff.tolist() == [[2, 2, 1], [2, 1, 2]]


@pytest.mark.parametrize(
    ("flag", "key"),
    [("useManualPreferenceRanking", "preferenceRanking"),
     ("useManualPreferenceVectors", "preferenceVector")],
)  # fmt: skip
def test_rankings_replace_statements(flag, key):
    data = base()
    del data["useManualPreferenceRanking"]
    data[flag] = True
    for side, ranking in zip(data["decisionMakers"], ([1, [2, 3]], [[3, 1], 2]), strict=True):
        side.pop("preferenceRanking", None)
        side[key] = ranking
    assert load_conflict(raw(data)).payoff.tolist() == [[2, 1, 1], [2, 1, 2]]


def test_the_first_statement_outweighs_all_others():
    """Also where there are more statements than bits in a number."""
    data = base()
    side = data["decisionMakers"][1]
    side["preferences"] = [[[0, "Y"]], *[[[1, "Y"]]] * 70, [[0, "N"]]]
    assert load_conflict(raw(data)).payoff[1].tolist() == [1, 3, 2]


@pytest.mark.parametrize("name", ["Prisoners", "Elmira", "Cuban"])
def test_round_trip_of_shared_cases(name):
    file = read_gmcr(CASES / f"{name}.gmcr")
    assert read_gmcr(written(file)) == file
    conflict = conflict_of(file)
    same(conflict_of(read_gmcr(written(gmcr_of(conflict)))), conflict)


def same(one, other):
    assert one.states == other.states
    assert one.sides == other.sides
    assert (one.payoff == other.payoff).all()
    assert (one.options.level == other.options.level).all()
    for own, its in zip(one.moves, other.moves, strict=True):
        assert (own.start == its.start).all()
        assert (own.target == its.target).all()


@pytest.mark.parametrize("seed", range(30))
def test_round_trip_of_random_files(seed):
    draw = random.Random(seed)
    n, m = draw.randint(1, 3), draw.randint(1, 5)

    def pattern():
        some = draw.sample(range(m), draw.randint(1, m))
        return [[option, draw.choice("YN")] for option in some]

    def statement():
        if draw.random() < 0.5:
            return pattern()
        return {"compound": True, "members": [pattern() for _ in range(draw.randint(1, 3))]}

    data = {
        "options": [
            {"name": f"o{k}", "permittedDirection": draw.choice(["both", "fwd", "back", "none"])}
            for k in range(m)
        ],
        "decisionMakers": [
            {"name": f"s{i}", "options": [k for k in range(m) if k % n == i],
             "preferences": [statement() for _ in range(draw.randint(0, 4))]}
            for i in range(n)
        ],
        "infeasibles": [pattern() for _ in range(draw.randint(0, 2))],
        "note": {"of": ["ours"]},
    }  # fmt: skip
    file = read_gmcr(raw(data))
    assert read_gmcr(written(file)) == file
    assert file.extra == {"note": {"of": ["ours"]}}
    try:
        conflict = conflict_of(file)
    except FileError as error:
        assert "no state is feasible" in str(error)  # noqa: PT017
        return
    same(conflict_of(read_gmcr(written(gmcr_of(conflict)))), conflict)


def change(path, value):
    """The base file with one place changed; None deletes."""
    data = base()
    at = data
    for key in path[:-1]:
        at = at[key]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (["options"], None, "needs 'options'"),
        (["decisionMakers"], None, "needs 'decisionMakers'"),
        (["decisionMakers"], [], "at least one decision maker"),
        (["options"], {}, "options: must be a list"),
        (["options", 0], 3, r"options\[0\]: must be an object"),
        (["options", 0, "name"], 3, r"options\[0\].name: must be text"),
        (["options", 0, "name"], None, "an option has a name"),
        (["options", 0, "permittedDirection"], "up", 'both, fwd, back, none; found "up"'),
        (["options", 0, "permittedDirection"], [], "both, fwd, back, none; found"),
        (["decisionMakers", 1, "name"], "A", r"decisionMakers\[1\].name"),
        (["decisionMakers", 0, "options"], [7], r"decisionMakers\[0\].options\[0\].*0 to 1"),
        (["decisionMakers", 0, "options"], [True], "number of an option"),
        (["decisionMakers", 0, "options"], [0, 0], "each option once"),
        (["decisionMakers", 0, "options"], [-1], "number of an option"),
        (["decisionMakers", 0, "preferences"], [[[0, "X"]]], '"Y" or "N"'),
        (["decisionMakers", 0, "preferences"], [[[0, ["Y"]]]], '"Y" or "N"'),
        (["decisionMakers", 0, "preferences"], [[]], "at least one option"),
        (["decisionMakers", 0, "preferences"], [[[0, "Y"], [0, "N"]]], "each once"),
        (["decisionMakers", 0, "preferences"], [{"members": []}], "at least one pattern"),
        (["decisionMakers", 0, "preferences"], [{}], "must be a list"),
        (["infeasibles"], [[[9, "Y"]]], r"infeasibles\[0\]\[0\]\[0\]"),
        (["infeasibles"], [[[0, "Y"]], [[0, "N"]]], "no state is feasible"),
        (["useManualPreferenceRanking"], 1, "true or false"),
        (["useManualPreferenceRanking"], True, r"decisionMakers\[1\].*has a preferenceRanking"),
        (["decisionMakers", 0, "preferenceRanking"], [1, 1], "each state once; found state 1"),
        (["decisionMakers", 0, "preferenceRanking"], [0], "from 1; found 0"),
        (["decisionMakers", 0, "preferenceRanking"], [1.5], "from 1; found 1.5"),
        (["decisionMakers", 0, "preferenceRanking"], [[[1]]], "state's number"),
        (["title"], 5, "title: must be text"),
    ],
)
def test_what_is_wrong_is_told(path, value, told):
    with pytest.raises(FileError, match=told) as caught:
        load_conflict(raw(change(path, value)), "mine.gmcr")
    assert str(caught.value).startswith("mine.gmcr: ")


@pytest.mark.parametrize(
    ("ranking", "told"), [([1, 2], "state 3 of 3 is missing"), ([1, 2, 3, 4], "state 4, of 3")]
)
def test_a_ranking_names_every_state(ranking, told):
    data = base()
    data["useManualPreferenceRanking"] = True
    data["decisionMakers"][0]["preferenceRanking"] = [1, 2, 3]
    data["decisionMakers"][1]["preferenceRanking"] = ranking
    with pytest.raises(FileError, match=told):
        load_conflict(raw(data), "mine.gmcr")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b"", "mine.gmcr:1:1: a .gmcr file is JSON"),
        (b"[1, 2]", "must be an object"),
        (b'{"options": [}', "mine.gmcr:1:14"),
        (b'{"a": 1, "a": 2}', "the key 'a' twice"),
        (b'{"a": NaN}', "found NaN"),
        (b'{"a": "\xff"}', "text in UTF-8"),
        (b"[" * 200_000, "nests"),
        (b'{"options": [], "decisionMakers": [{"name": "A", "options": [' + b"9" * 5000 + b"]}]}",
         "plain numbers"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_told(given, told):
    with pytest.raises(FileError) as caught:
        load_conflict(given, "mine.gmcr")
    assert told in str(caught.value)


HOSTILE = [None, True, -1, 0, 7, 1.5, 10**400, "", "Y", [], {}, [[]], [[0, "Y"]], {"members": [3]}]


@pytest.mark.parametrize("seed", range(300))
def test_whatever_stands_in_a_file_it_is_read_or_told(seed):
    draw = random.Random(seed)
    data = base()
    if draw.random() < 0.3:
        data["useManualPreferenceRanking"] = True
    for _ in range(draw.randint(1, 2)):
        at = data
        while True:
            key = draw.choice(list(at) if isinstance(at, dict) else range(len(at)))
            if isinstance(at[key], dict | list) and at[key] and draw.random() < 0.8:
                at = at[key]
                continue
            at[key] = draw.choice(HOSTILE)
            break
    try:
        conflict = load_conflict(raw(data))
    except FileError as error:
        assert len(str(error)) > 30  # noqa: PT017
    else:
        assert conflict.num_states


def test_too_many_options_are_told():
    data = base()
    data["options"] += [{"name": f"o{k}"} for k in range(40)]
    with pytest.raises(FileError, match="combinations"):
        load_conflict(raw(data))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        load_conflict(tmp_path / "none.gmcr")


def test_what_the_format_cannot_say_is_refused():
    with pytest.raises(NotSupported, match="yes-or-no"):
        gmcr_of(Conflict.of({"A": [(0, 1)]}, [[1, 2]]))
    level = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.int16)
    options = Options(("a", "b"), np.array([0, 0], dtype=np.int32), level)
    one_by_one = {"A": [(0, 1), (0, 2), (1, 3), (2, 3)]}
    fewer = Conflict.of(one_by_one, [[1, 2, 3, 4]], options=options)
    with pytest.raises(NotSupported, match="permitted change"):
        gmcr_of(fewer)


def test_a_side_without_options_moves_nowhere():
    data = base()
    data["decisionMakers"].append({"name": "C", "options": []})
    conflict = load_conflict(raw(data))
    assert len(conflict.moves[2]) == 0
    assert np.unique(conflict.payoff[2]).tolist() == [1]
