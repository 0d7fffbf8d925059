"""The JSON that other programs rely on: every key, every type, for every shipped game."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

import detente
import detente as dt
from detente.cli import run
from detente.game.builder import Builder
from detente.game.information import first_hidden_infoset
from detente.game.tree import Bundle, Role
from detente.loading import load, shipped
from detente.show.data import report_data

NAMES = sorted(name for name, path in shipped().items() if path.parent.name != "conflicts")
HIDDEN = {
    name for name in NAMES if first_hidden_infoset(load(name).game) is not None
}  # fmt: skip
JUDGED = [name for name in NAMES if load(name).bundles and name not in HIDDEN]
JUDGED_SECRET = [name for name in NAMES if load(name).bundles and name in HIDDEN]


class Exact:
    """A number as its text, in lowest terms."""

    def __call__(self, value: Any) -> bool:
        return isinstance(value, str) and str(Fraction(value)) == value


class Each:
    """A mapping whose keys are given (or any names), every value of one shape."""

    def __init__(self, shape: Any, keys: set[str] | None = None) -> None:
        self.shape, self.keys = shape, keys


class Maybe:
    """That, or null."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape


EXACT = Exact()
PAIR = (EXACT, EXACT)
BOOL = Maybe(bool)
MODAL = Maybe({"always", "sometimes", "never"})
CERTIFICATE = {
    "concept": {"spe"},
    "verdict": {"proved"},
    "max_regret": {"0"},
    "margin": Maybe(EXACT),
    "unique": bool,
    "arithmetic": {"exact"},
}
HINGE = {
    "parameter": str,
    "value": EXACT,
    "range": PAIR,
    "flips": bool,
    "gain_at_low": Maybe(EXACT),
    "gain_at_high": Maybe(EXACT),
    "stable_at_low": BOOL,
    "stable_at_high": BOOL,
}
REASON = {
    "party": str,
    "node": str,
    "move": str,
    "gain": EXACT,
    "text": str,
    "kind": {"refuses", "breaks", "breaks later", "indifferent", "accepts", "complies"},
    "hangs_on": [HINGE],
}
PROOF = Each(str)
SIGHT = {"holds": BOOL, "word": str, "text": str}
LENS = {
    "name": str,
    "question": str,
    "refusal": Maybe(str),
    "stopped": {"finished", "time_limit", "interrupted", "not_asked"},
    "reason": Maybe(str),
}
WITNESSES = Each({"holds": CERTIFICATE, "fails": CERTIFICATE})


def bundle(parties: set[str]) -> dict[str, Any]:
    return {
        "name": str,
        "terms": Each(str),
        "values": Maybe(Each(EXACT, parties)),
        "played": Maybe(Each(PAIR, parties)),
        "breakdown": Maybe(Each(EXACT, parties)),
        "acceptable": BOOL,
        "honoured": BOOL,
        "stable": BOOL,
        "selected": BOOL,
        "strict": BOOL,
        "modal": {"acceptable": MODAL, "honoured": MODAL, "stable": MODAL},
        "agreed": Maybe(PAIR),
        "kept": Maybe(PAIR),
        "reasons": [REASON],
        "notes": Each(str),
        "certificate": CERTIFICATE,
        "proof": PROOF,
        "witnesses": WITNESSES,
        "lenses": lambda given: all(map(is_sight, given.values())),
        "disagreement": Maybe(str),
    }


def is_sight(given: dict[str, Any]) -> bool:
    """What a lens says; it may add keys of its own."""
    check({key: given[key] for key in SIGHT}, SIGHT)
    return set(SIGHT) <= set(given)


def report(parties: set[str]) -> dict[str, Any]:
    return {
        "detente": {detente.__version__},
        "game": {"title": str, "players": [str], "parties": [str]},
        "concept": {"spe"},
        "complete": {"all_pure", "some"},
        "agreed_over": {"all pure subgame-perfect equilibria"},
        "round": Maybe(int),
        "unit": Maybe(str),
        "stopped": {"finished", "time_limit", "interrupted"},
        "certificate": Maybe(CERTIFICATE),
        "proof": Maybe(str),
        "settles_on": Maybe([{"name": str, "agreed": PAIR}]),
        "bundles": [bundle(parties)],
        "lenses": [LENS],
    }


def check(value: Any, shape: Any, where: str = "") -> None:
    """Fail where a value is not of a shape, naming the place."""
    if isinstance(shape, Maybe):
        if value is not None:
            check(value, shape.shape, where)
    elif isinstance(shape, Each):
        assert isinstance(value, dict), where
        assert shape.keys is None or set(value) == shape.keys, where
        for key, item in value.items():
            check(item, shape.shape, f"{where}.{key}")
    elif isinstance(shape, dict):
        assert isinstance(value, dict), where
        assert set(value) == set(shape), where
        for key, part in shape.items():
            check(value[key], part, f"{where}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for i, item in enumerate(value):
            check(item, shape[0], f"{where}[{i}]")
    elif isinstance(shape, tuple):
        assert isinstance(value, list), where
        assert len(value) == len(shape), where
        for i, part in enumerate(shape):
            check(value[i], part, f"{where}[{i}]")
        assert Fraction(value[0]) <= Fraction(value[1]), where
    elif isinstance(shape, set):
        assert value in shape, where
    elif isinstance(shape, type):
        assert type(value) is shape, where
    else:
        assert shape(value), where


def answer(capsys, *arguments: str) -> Any:
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", JUDGED)
def test_stability(name: str, capsys):
    data = answer(capsys, "stability", name)
    game = load(name)
    parties = set(game.parties)
    extra = {"reason": str} if data["complete"] != "all_pure" else {}
    check(data, {**report(parties), **extra})
    assert data["game"]["players"] == list(game.sides)
    assert data["game"]["parties"] == list(game.game.players)
    assert [row["name"] for row in data["bundles"]] == [b.name for b in game.bundles]
    for row in data["bundles"]:
        consistent(row)
    assert [s["name"] for s in data["settles_on"]] == [
        row["name"] for row in data["bundles"] if row["selected"]
    ]


SEQUENTIAL = {**CERTIFICATE, "concept": {"sequential"}}
BELIEF = {"party": str, "infoset": str, "about": Maybe(str), "odds": Each(EXACT)}
SECRET_REASON = {**REASON, "hangs_on": Maybe([HINGE]), "type": Maybe(str), "belief": Maybe(BELIEF)}


@pytest.mark.parametrize("name", JUDGED_SECRET)
def test_stability_under_hidden_information(name: str, capsys):
    data = answer(capsys, "stability", name)
    parties = set(load(name).parties)
    witnesses = Each({"holds": SEQUENTIAL, "fails": SEQUENTIAL})
    secret = {
        **bundle(parties), "reasons": [SECRET_REASON], "certificate": SEQUENTIAL,
        "witnesses": witnesses,
    }  # fmt: skip
    of_tables = [row for row in data["bundles"] if row["certificate"]["concept"] == "sequential"]
    for row in of_tables:
        check(row, secret)
        consistent(row)
    complete = {"all", "components", "all_pure", "some", "one"}
    over = {
        "all sequential equilibria", "the extreme sequential equilibria",
        "the sequential equilibria found", "one sequential equilibrium",
    }  # fmt: skip
    whole = {
        **report(parties), "concept": {"sequential"}, "complete": complete, "agreed_over": over,
        "certificate": SEQUENTIAL,
    }  # fmt: skip
    extra = {"reason": str} if data["complete"] in ("some", "one") else {}
    check({**data, "bundles": []}, {**whole, **extra})
    assert of_tables


def consistent(row: dict[str, Any]) -> None:
    """What the words mean: the design's definitions, and a note beside every null."""
    for question in ("acceptable", "honoured", "stable"):
        modal = row["modal"][question]
        if modal is not None:
            assert row[question] == (modal != "never")
            assert row["proof"][question]
        else:
            assert row["notes"][question]
    each = (row["acceptable"], row["honoured"])
    # Each may hold in some equilibria, and both in none.
    assert row["stable"] is not True or each == (True, True)
    assert row["stable"] is not False or False in each or row["modal"]["stable"] == "never"
    if row["strict"]:
        assert set(row["modal"].values()) == {"always"}
    agreed, kept = ([Fraction(x) for x in row[key]] for key in ("agreed", "kept"))
    assert 0 <= agreed[0] <= agreed[1] <= 1
    assert kept[1] <= agreed[1]
    assert row["selected"] == (agreed[1] > 0)
    for key in ("values", "breakdown"):
        assert row[key] is not None or row["notes"][key]


def test_stability_of_a_plain_tagged_game():
    deal = Bundle("deal", {"deal": "yes"})
    b = Builder(["US", "Nobody", "DPRK"], title="Talks", bundles=[deal])
    kept = b.tag(b.end(2, 0, 2), Role.KEPT, "deal")
    broken = b.tag(b.end(1, 0, 1), Role.BROKEN, "deal")
    signed = b.tag(b.decide("DPRK", {"comply": kept, "cheat": broken}), Role.SIGNED, "deal")
    root = b.decide("US", {"accept": signed, "refuse": b.end(0, 0, 0)})
    found = dt.stability(b.build(b.tag(root, Role.OFFERED, "deal")))
    data = json.loads(json.dumps({"detente": detente.__version__, **report_data(found)}))
    check(data, report({"US", "Nobody", "DPRK"}))
    assert data["game"] == {
        "title": "Talks",
        "players": ["US", "DPRK"],  # those who move
        "parties": ["US", "Nobody", "DPRK"],  # all that gain or lose
    }
    assert (data["round"], data["unit"], data["bundles"][0]["breakdown"]) == (None, None, None)
    consistent(data["bundles"][0])


BEHAVIOR = {
    "player": str,
    "infoset": int,
    "label": str,
    "actions": [str],
    "probabilities": [EXACT],
    "free": bool,
}


@pytest.mark.parametrize("name", NAMES)
def test_solve(name: str, capsys):
    hidden = name in HIDDEN
    data = answer(capsys, "solve", name, *(["--concept", "nash"] if hidden else []))
    players = set(load(name).parties)
    behavior = {**BEHAVIOR, "beliefs": Maybe(Each(EXACT))} if hidden else BEHAVIOR
    bundles = {"bundles": Each({"signed": EXACT, "kept": EXACT})} if load(name).bundles else {}
    certificate = {**CERTIFICATE, "concept": {"nash"}} if hidden else CERTIFICATE
    optional = ("over", "payoff_range", "reason", "components", "components_sequential")
    check(
        {key: data[key] for key in data if key not in optional},
        {
            "detente": {detente.__version__},
            "game": {"title": str, "players": [str], "nodes": int},
            "concept": {"nash" if hidden else "spe"},
            "method": str,
            "complete": {"all", "all_pure", "components", "some", "one", "none_exist"},
            "count": Maybe(int),
            "count_of": str,
            "stopped": {"finished"},
            "seconds": float,
            "equilibria": [
                {
                    "payoffs": Each(EXACT, players),
                    "behavior": [behavior],
                    "outcomes": Each(EXACT),
                    **bundles,
                    "sequential": Maybe(bool),
                    "certificate": certificate,
                }
            ],
        },
    )
    (eq,) = data["equilibria"]
    assert sum(Fraction(p) for p in eq["outcomes"].values()) == 1
    for entry in eq["behavior"]:
        assert sum(Fraction(p) for p in entry["probabilities"]) == 1
        held = entry.get("beliefs")
        assert held is None or sum(Fraction(p) for p in held.values()) == 1


def test_info(capsys):
    facts = answer(capsys, "info", *NAMES)
    assert len(facts) == len(NAMES)
    for name, row in zip(NAMES, facts, strict=True):
        assert {
            "title", "players", "nodes", "terminals", "infosets", "perfect_information",
            "perfect_recall", "constant_sum", "subgames", "payoff_sum", "bundles",
        } <= set(row)  # fmt: skip
        players = set(load(name).parties)
        check(row["payoff_sum"], Each(EXACT, players), name)
        check(row["infosets"], Each(int, players), name)
        assert all(type(row[key]) is int for key in ("nodes", "terminals", "subgames"))
        assert all(
            type(row[key]) is bool
            for key in ("perfect_information", "perfect_recall", "constant_sum")
        )
    assert isinstance(answer(capsys, "info", NAMES[0]), dict)


@pytest.mark.parametrize("name", ["hanoi-2019", "ultimatum", "tie-that-matters"])
def test_explain(name: str, capsys):
    talks = load(name)
    data = answer(capsys, "explain", name, talks.bundles[-1].name)
    turning = {
        "parameter": str,
        "value": EXACT,
        "range": PAIR,
        "at": PAIR,
        "exact": bool,
        "place": EXACT,
        "until": {None},
        "beyond": {"above", "below"},
        "stable_beyond": bool,
        "stable_there": bool,
        "why": str,
        "why_at": EXACT,
    }
    check(
        data,
        {
            "detente": {detente.__version__},
            "game": {"title": str, "players": [str], "parties": [str]},
            "concept": {"spe"},
            "stopped": {"finished"},
            "bundle": bundle(set(talks.parties)),
            "story": [{"title": str, "lines": [str]}],
            "turnings": [turning],
        },
    )
