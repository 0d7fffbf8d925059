"""Conflict files: read as a plain reading says, written back, refused with a place."""

from __future__ import annotations

import io
import json
import random
import re
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from plain_conflicts import random_plain

import detente as dt
from detente.cli import run
from detente.conflict.conflict import Conflict, Options
from detente.conflict.form_of import form_of
from detente.conflict.gmcr import load_conflict
from detente.conflict.reading import read_conflict
from detente.conflict.writing import single_words, write_conflict
from detente.errors import DetenteError, ExpressionError, FileError, GameError, SummitError
from detente.stability.graph import GraphAnalysis, Misperception

CASES = Path(__file__).parent / "gmcr"
HEAD = "detente: 1\ntitle: T\nsides: [A, B]\nconflict:\n"
CHICKEN = HEAD + "  options: {a: A, b: B}\n  preferences: {A: 3 > 4 > 2 > 1, B: 2 > 4 > 3 > 1}\n"


def pairs(moves):
    return set(zip(moves.source.tolist(), moves.target.tolist(), strict=True))


# ── what a file means ──────────────────────────────────────────────────────────────────────────


def test_options_give_states_moves_and_preferences():
    found = read_conflict(CHICKEN)
    assert found.states == ("1", "2", "3", "4")
    assert [found.described(i) for i in range(4)] == ["nothing", "a", "b", "a, b"]
    assert pairs(found.moves[0]) == {(0, 1), (1, 0), (2, 3), (3, 2)}
    assert found.payoff.tolist() == [[1, 2, 4, 3], [1, 4, 2, 3]]
    assert found.status_quo is None
    assert found.file.title == "T"


def test_states_and_moves_are_listed():
    found = read_conflict(
        HEAD + "  states: {peace: nobody arms, war: }\n  moves: {A: {peace: war}}\n"
        "  preferences: {A: [war, peace], B: peace ~ war}\n  status_quo: peace\n"
    )
    assert found.states == ("peace", "war")
    assert found.described(0) == "nobody arms"
    assert pairs(found.moves[0]) == {(0, 1)}
    assert not len(found.moves[1])
    assert found.payoff.tolist() == [[1, 2], [1, 1]]
    assert found.status_quo == 0


def test_listed_states_of_options_keep_their_order_and_names():
    found = read_conflict(
        HEAD + "  options: {a: {by: A, direction: forward}, b: B}\n"
        "  states: {both: [a, b], none: [], first: [a]}\n"
        "  preferences: {A: both > none > first, B: both > none > first}\n"
        "  status_quo: []\n"
    )
    assert found.states == ("both", "none", "first")
    assert pairs(found.moves[0]) == {(1, 2)}
    assert pairs(found.moves[1]) == {(0, 2), (2, 0)}
    assert found.status_quo == 1


@pytest.mark.parametrize(
    ("ranking", "payoff"),
    [
        ("1 > 2 ~ 3 > 4", [3, 2, 2, 1]),
        ("[1, [2, 3], 4]", [3, 2, 2, 1]),
        ("{payoffs: [7.5, 1/2, 0.5, -1]}", [3, 2, 2, 1]),
        ("{payoffs: {4: -1, 1: 9, 2: 3, 3: 3}}", [3, 2, 2, 1]),
        ('{payoffs: "0 if a and b else 1 if a or b else 2"}', [3, 2, 2, 1]),
        ("{statements: [not a and not b, not (a and b)]}", [3, 2, 2, 1]),
        ("{statements: []}", [1, 1, 1, 1]),
        ("{statements: [a == b, a]}", [3, 2, 1, 4]),
    ],
)
def test_one_ranking_said_in_every_way(ranking, payoff):
    found = read_conflict(
        HEAD + f"  options: {{a: A, b: B}}\n  preferences: {{A: {ranking}, B: 1 ~ 2 ~ 3 ~ 4}}\n"
    )
    assert found.payoff[0].tolist() == payoff


def test_what_is_much_worse_and_what_is_not_known():
    text = HEAD + (
        "  states: [w, x, y, z]\n  moves: {A: {w: [x, y, z]}}\n  preferences:\n"
        "    A: w > x >> y > z\n"
        "    B: {ranking: w > x > y > z, much_worse: {x: z}, unknown: [[w, z]]}\n"
    )
    found = read_conflict(text)
    assert found.much_worse.tolist() == [[2, 2, 0, 0], [1, 1, 0, 0]]
    assert [pairs(own) for own in found.unknown] == [set(), {(0, 3), (3, 0)}]


def test_views():
    text = HEAD + (
        "  options: {a: A, b: B}\n  preferences: {A: 3 > 4 > 2 > 1, B: 2 > 4 > 3 > 1}\n"
        "  views:\n    A:\n      preferences: {B: 4 > 3 > 2 > 1}\n      moves: {B: {1: 3}}\n"
        "      unaware: [4]\n"
    )
    found = read_conflict(text)
    seen = found.views["A"]
    assert seen.states == ("1", "2", "3")
    assert seen.payoff.tolist() == [[1, 2, 3], [1, 2, 3]]
    assert pairs(seen.moves[1]) == {(0, 2)}
    assert pairs(seen.moves[0]) == {(0, 1), (1, 0)}
    assert Misperception(found, found.views).seen_by("A", "nash") == ("2", "3")


def test_what_several_sign():
    text = HEAD + (
        "  options: {treaty: {by: [A, B]}, a: A, b: B}\n"
        "  preferences: {A: {payoffs: treaty_worth}, B: {statements: [treaty]}}\n"
    ).replace("treaty_worth", "1 if treaty else 0")
    found = read_conflict(text)
    assert all(pairs(own) == {(s, t) for s, t in pairs(own) if (s ^ t) & 1 == 0}
               for own in found.moves)  # fmt: skip
    (joint,) = found.joint
    assert joint.sides == {0, 1}
    # Whoever signs the treaty, up or down, may change its own option at the same time.
    assert pairs(joint.moves) == {(s, t) for s in range(8) for t in range(8) if (s ^ t) & 1}


def test_agreements_need_something_of_each():
    text = CHICKEN + "  agreements: [[A, B]]\n"
    (joint,) = read_conflict(text).joint
    assert pairs(joint.moves) == {(0, 3), (3, 0), (1, 2), (2, 1)}


def test_joint_moves_are_listed():
    text = HEAD + (
        "  states: [p, w]\n  moves: {A: {p: w}}\n  joint: [{by: [A, B], moves: {w: p}}]\n"
        "  preferences: {A: p > w, B: p > w}\n"
    )
    (joint,) = read_conflict(text).joint
    assert pairs(joint.moves) == {(1, 0)}


def test_the_example_of_the_page_is_read_and_judged_as_it_says():
    page = (Path(__file__).parent.parent / "docs/format.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```\n(detente: 1\ntitle: The Elmira.*?)^```$", page, re.M | re.S)
    found = read_conflict(text)
    expected = [str(state) for state in found.file.expected["nash"]]
    assert list(GraphAnalysis(found).equilibria("nash")) == expected
    assert found.described(found.status_quo) == "delay"
    assert found.sides == ("MoE", "Uniroyal", "Local")


# ── against a plain reading ────────────────────────────────────────────────────────────────────

SIDES = ("A", "B", "C")


def random_file(draw):
    """A conflict of options in the format, and its parts for the plain reading."""
    sides = SIDES[: draw.randint(2, 3)]
    options = {}
    for name in "pqrs"[: draw.randint(2, 4)]:
        levels = draw.choice([["no", "yes"]] * 2 + [["none", "some", "all"]])
        kind = draw.choice(["by", "by", "by", "either", "together"])
        who = [draw.choice(sides)] if kind == "by" else draw.sample(sides, 2)
        lasting = levels[-1] if len(levels) > 2 and draw.random() < 0.5 else None
        options[name] = (levels, kind, who, draw.choice(["both", "both", "forward", "back"]),
                         lasting)  # fmt: skip

    def condition(depth=2):
        name = draw.choice(list(options))
        levels = options[name][0]
        if depth and draw.random() < 0.6:
            join = draw.choice(["and", "or"])
            return f"({condition(depth - 1)} {join} {condition(depth - 1)})"
        if draw.random() < 0.3:
            return f"not {condition(0)}"
        if len(levels) == 2:
            return draw.choice([name, f"{name} == yes", f"{name} != yes"])
        return f"{name} {draw.choice(['==', '>=', '<', '!='])} {draw.choice(levels)}"

    return sides, options, [condition() for _ in range(draw.randint(0, 2))], {
        side: [condition() for _ in range(draw.randint(0, 4))] for side in sides
    }, [list(pair) for pair in combinations(sides, 2) if draw.random() < 0.3]  # fmt: skip


def spelled(sides, options, feasible, statements, agreements):
    lines = ["detente: 1", "title: random", f"sides: [{', '.join(sides)}]", "conflict:"]
    lines.append("  options:")
    for name, (levels, kind, who, direction, lasting) in options.items():
        whose = {"by": f"by: {who[0]}", "either": f"either: [{', '.join(who)}]",
                 "together": f"by: [{', '.join(who)}]"}[kind]  # fmt: skip
        shown = ", ".join(
            f"{level}: {{irreversible: true}}" if level == lasting else f"{level}: "
            for level in levels
        )
        lines.append(f"    {name}: {{{whose}, direction: {direction}, levels: {{{shown}}}}}")
    if feasible:
        lines.append(f"  feasible: {json.dumps(feasible)}")
    if agreements:
        lines.append(f"  agreements: {json.dumps(agreements)}")
    lines.append("  preferences:")
    lines += [f"    {side}: {{statements: {json.dumps(own)}}}" for side, own in statements.items()]
    return "\n".join(lines)


def holds(condition, state, options):
    """By Python's own evaluation: a yes-or-no option is its truth, levels compare by place."""
    text, names = condition, {}
    for name, (levels, *_) in options.items():
        place = state[list(options).index(name)]
        for k, level in enumerate(levels):
            text = text.replace(f" {level})", f" {k})").replace(f" {level} ", f" {k} ")
            text = text[: -len(level)] + str(k) if text.endswith(f" {level}") else text
        names[name] = place
    return bool(eval(text, {"__builtins__": {}}, names))


def plain_reading(sides, options, feasible, statements, agreements):
    parts = list(options.values())
    everything = product(*[range(len(levels)) for levels, *_ in reversed(parts)])
    states = [tuple(reversed(s)) for s in everything]
    states = [s for s in states if all(holds(one, s, options) for one in feasible)]

    def permitted(s, t):
        for k, (levels, _, _, direction, lasting) in enumerate(parts):
            if (direction == "forward" and t[k] < s[k]) or (direction == "back" and t[k] > s[k]):
                return False
            if lasting and s[k] == levels.index(lasting) and t[k] != s[k]:
                return False
        return True

    def changed(s, t):
        return [parts[k] for k in range(len(parts)) if s[k] != t[k]]

    def alone(side, s, t):
        return all(kind != "together" and side in who for _, kind, who, *_ in changed(s, t))

    def jointly(group, agreed, s, t):
        touched = changed(s, t)
        may = all(set(who) <= group if kind != "either" else set(who) & group
                  for _, kind, who, *_ in touched)  # fmt: skip
        signed = {side for _, kind, who, *_ in touched if kind != "either" for side in who}
        shared = any(kind == "together" and set(who) == group for _, kind, who, *_ in touched)
        return may and signed == group and (agreed or shared)

    def edges(test):
        return {
            (i, j) for i, s in enumerate(states) for j, t in enumerate(states)
            if i != j and permitted(s, t) and test(s, t)
        }  # fmt: skip

    moves = [edges(lambda s, t, side=side: alone(side, s, t)) for side in sides]
    groups = {frozenset(who) for _, kind, who, *_ in parts if kind == "together"}
    agreed = {frozenset(pair) for pair in agreements}
    joint = {
        group: edges(lambda s, t, g=group: jointly(set(g), g in agreed, s, t))
        for group in groups | agreed
    }
    scores = [
        [
            sum(2 ** (len(own) - 1 - k) for k, one in enumerate(own) if holds(one, s, options))
            for s in states
        ]
        for own in statements.values()
    ]
    return states, moves, joint, scores


@pytest.mark.parametrize("seed", range(80))
def test_a_random_file_means_what_a_plain_reading_says(seed):
    draw = random.Random(seed)
    content = random_file(draw)
    states, moves, joint, scores = plain_reading(*content)
    if not states:
        with pytest.raises(SummitError, match="no combination"):
            read_conflict(spelled(*content))
        return
    found = read_conflict(spelled(*content))
    assert [tuple(row) for row in found.options.level.tolist()] == states
    assert [pairs(own) for own in found.moves] == moves
    sides = content[0]
    assert {
        frozenset(sides[i] for i in one.sides): pairs(one.moves) for one in found.joint
    } == joint
    for row, score in zip(found.payoff.tolist(), scores, strict=True):
        order = sorted(set(score))
        assert row == [order.index(one) + 1 for one in score]


# ── there and back ─────────────────────────────────────────────────────────────────────────────


def written(conflict):
    stream = io.StringIO()
    write_conflict(conflict, stream)
    return stream.getvalue()


def unsure(conflict):
    return [pairs(own) for own in conflict.unknown or ()] or [set()] * conflict.num_sides


def same(one, other):
    assert one.states == other.states
    assert one.sides == other.sides
    assert one.payoff.tolist() == other.payoff.tolist()
    assert [pairs(own) for own in one.moves] == [pairs(own) for own in other.moves]
    assert {m.sides: pairs(m.moves) for m in one.joint} == {
        m.sides: pairs(m.moves) for m in other.joint
    }
    assert one.status_quo == other.status_quo
    assert unsure(one) == unsure(other)
    for side in range(one.num_sides):
        for s, t in product(range(one.num_states), repeat=2):
            worse = [
                c.much_worse is not None and c.payoff[side, t] <= c.much_worse[side, s]
                for c in (one, other)
            ]
            assert worse[0] == worse[1]
    assert one.views.keys() == other.views.keys()
    for side, seen in one.views.items():
        same(seen, other.views[side])


@pytest.mark.parametrize("seed", range(60))
def test_any_conflict_is_read_back_as_it_was_written(seed):
    plain = random_plain(seed, joint=seed % 2 == 0, unknown=seed % 3 == 0, floors=seed % 5 < 2)
    conflict = plain.conflict()
    same(read_conflict(written(conflict)), conflict)


@pytest.mark.parametrize("seed", range(40))
def test_a_file_is_read_back_from_what_is_written_of_it(seed):
    content = random_file(random.Random(500 + seed))
    try:
        conflict = read_conflict(spelled(*content))
    except SummitError:
        return
    if conflict.num_states > 2:
        conflict = replace(
            conflict, views={conflict.sides[0]: conflict.among(range(1, conflict.num_states))}
        )
    again = read_conflict(written(replace(conflict, file=None)))
    same(again, conflict)
    assert again.options.level.tolist() == conflict.options.level.tolist()


@pytest.mark.parametrize("name", ["Prisoners", "Elmira", "Cuban"])
def test_gmcr_files_become_yaml_and_come_back(tmp_path, name):
    there, back = tmp_path / "c.yaml", tmp_path / "c.gmcr"
    assert run(["convert", str(CASES / f"{name}.gmcr"), str(there)]) == 0
    assert run(["convert", str(there), str(back)]) == 0
    first, middle, last = (dt.load(p) for p in (CASES / f"{name}.gmcr", there, back))
    same(middle, first)
    same(last, first)


@pytest.mark.parametrize("seed", range(20))
def test_random_gmcr_statements_become_conditions(seed, tmp_path):
    draw = random.Random(seed)
    size = draw.randint(1, 4)

    def pattern():
        return [[k, draw.choice("YN")] for k in draw.sample(range(size), draw.randint(1, size))]

    def statement():
        members = [pattern() for _ in range(draw.randint(1, 3))]
        return members[0] if len(members) == 1 else {"compound": True, "members": members}

    data = {
        "options": [{"name": draw.choice(["not", "Air Strike", "p", "é!", "2nd"]) + str(k),
                     "permittedDirection": draw.choice(["both", "fwd", "back", "none"])}
                    for k in range(size)],
        "decisionMakers": [
            {"name": name, "options": [k for k in range(size) if draw.random() < 0.6],
             "preferences": [statement() for _ in range(draw.randint(0, 3))]}
            for name in ("The first: side", "no")
        ],
        "infeasibles": [pattern() for _ in range(draw.randint(0, 1))],
    }  # fmt: skip
    try:
        first = load_conflict(json.dumps(data).encode())
    except FileError:
        return
    same(read_conflict(written(first)), first)


def test_states_that_could_not_be_ranked_by_name_are_numbered():
    conflict = Conflict.of({"A": [(0, 1)]}, [[1, 2]], states=["a > b", "c"])
    again = read_conflict(written(conflict))
    assert again.states == ("1", "2")
    assert again.meanings == ("a > b", "c")


def test_the_option_form_behind_a_conflict():
    found = read_conflict(CHICKEN)
    assert form_of(found).owners == ({0}, {1})
    turned = found.among([3, 1, 0, 2])
    assert form_of(turned).directions == ("both", "both")
    level = np.array([[0], [0]], dtype=np.int16)
    options = Options(("a",), np.array([0], dtype=np.int32), level)
    assert form_of(Conflict.of({"A": []}, [[1, 2]], options=options)) is None


def test_names_become_single_words():
    assert single_words(["a b", "a-b", "in", "", "x"]) == ["a_b", "a_b_2", "take_in", "take_", "x"]


# ── mistakes ───────────────────────────────────────────────────────────────────────────────────

BODY = "  options: {a: A, b: B}\n  preferences: {A: 1 ~ 2 ~ 3 ~ 4, B: 1 ~ 2 ~ 3 ~ 4}\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("a: A,", "a: C,", r"5:16: there is no side 'C'.*Known sides: A, B"),
        ("a: A,", "a: {direction: both},", "5:13: option 'a' says whose it is .* found neither"),
        ("a: A,", "a: {by: A, either: [A, B]},", "found both"),
        ("a: A,", "a: {by: A, direction: up},", "both, forward, back, none; found 'up'"),
        ("a: A,", "a: {by: A, levels: [none]},", "has 1 level. Give at least two"),
        ("a: A,", "not: A,", "the option name 'not' is not one word"),
        ("a: A,", "a: {who: A},", "there is no key 'who'. Did you mean 'by'"),
        ("a: A,", "a: {by: A, levels: {x: {irreversible: true}, y: }},", "lies below the first"),
        ("1 ~ 2 ~ 3 ~ 4, B", "1 ~ 2 ~ 3, B", "names every state once; missing: 4"),
        ("1 ~ 2 ~ 3 ~ 4, B", "1 ~ 2 ~ 3 ~ 3, B", "state '3' stands twice"),
        ("1 ~ 2 ~ 3 ~ 4, B", "1 ~ 2 ~ 3 ~ 7, B", r"6:20: there is no state '7'.*There are 4"),
        ("1 ~ 2 ~ 3 ~ 4, B", "1 > > 2, B", "a state is missing beside"),
        ("1 ~ 2 ~ 3 ~ 4, B", "{ranking: 1, payoffs: [1]}, B", "'ranking' and 'payoffs'"),
        ("1 ~ 2 ~ 3 ~ 4, B", "{note: x}, B", "found none of them"),
        ("1 ~ 2 ~ 3 ~ 4, B", "{payoffs: [1, 2]}, B", "each of the 4 states; found 2"),
        ("1 ~ 2 ~ 3 ~ 4, B", "{payoffs: {1: 3}}, B", "missing: 2, 3, 4"),
        ("1 ~ 2 ~ 3 ~ 4, B", '{payoffs: "1 / (1 if a else 0)"}, B', "divides by zero"),
        ("1 ~ 2 ~ 3 ~ 4, B", "{statements: [c]}, B", "unknown name 'c'"),
        ("1 ~ 2 ~ 3 ~ 4, B", "{statements: [a == c]}, B", "'c' is not an option of 'a'"),
        ("1 ~ 2 ~ 3 ~ 4, B", "{statements: [3]}, B", "a number where a condition is needed"),
        ("1 ~ 2 ~ 3 ~ 4, B", "{ranking: 1 > 2 > 3 > 4, much_worse: {4: 1}}, B",
         "'1' is not worse than '4'"),
        ("1 ~ 2 ~ 3 ~ 4, B", "{ranking: 1 >> 2 > 3 > 4, much_worse: {1: 4}}, B", "Keep one"),
        ("1 ~ 2 ~ 3 ~ 4, B", "{ranking: 1 > 2 > 3 > 4, unknown: [[1, 1]]}, B", "with itself"),
        (", B: 1 ~ 2 ~ 3 ~ 4}", "}", "how 'B' ranks the states is not said"),
        ("\n  pref", "\n  feasible: [a, not a]\n  pref", "6:3: no combination of the options"),
        ("\n  pref", "\n  feasible: [c]\n  pref", "unknown name 'c'"),
        ("\n  pref", "\n  status_quo: 9\n  pref", "there is no state '9'"),
        ("\n  pref", "\n  status_quo: [c]\n  pref", "there is no option 'c'"),
        ("  preferences: {A: 1 ~ 2 ~ 3 ~ 4, B: 1 ~ 2 ~ 3 ~ 4}",
         "  feasible: [a]\n  status_quo: []\n  preferences: {A: 1 > 2, B: 1 > 2}",
         "'nothing' is not among the feasible states"),
        ("\n  pref", "\n  agreements: [[A]]\n  pref", "two sides or more"),
        ("\n  pref", "\n  joint: [{by: [A, B], moves: {1: 1}}]\n  pref", "from '1' to itself"),
        ("\n  pref", "\n  moves: {A: {1: 8}}\n  pref", "there is no state '8'"),
        ("\n  pref", "\n  moves: {C: {1: 2}}\n  pref", "there is no side 'C'"),
        ("\n  pref", "\n  moves: {A: {1: 2}}\n  agreements: [[A, B]]\n  pref", "under 'joint'"),
        ("\n  pref", "\n  views: {C: {}}\n  pref", "there is no side 'C'"),
        ("\n  pref", "\n  views: {A: {unaware: [1, 2, 3, 4]}}\n  pref", "knows of no state"),
        ("\n  pref", "\n  states: {x: [a], y: [a]}\n  pref", "the same options are taken"),
        ("\n  pref", "\n  states: {x: [a], y: }\n  pref", "does not say which options"),
        ("\n  pref", "\n  states: {x: [a, a]}\n  pref", "'a' stands twice"),
        ("\n  pref", "\n  states: {x: [a = 3]}\n  pref", "has the levels no, yes; found '3'"),
        ("\n  pref", "\n  states: {'x > y': [a]}\n  pref", "without '>' and '~'"),
        ("\n  pref", "\n  states: {x: [a]}\n  feasible: [a]\n  pref", "Keep 'states' or"),
        ("  options: {a: A, b: B}\n", "", "neither 'options' nor 'states'"),
        ("  options: {a: A, b: B}\n", "  states: [x, y]\n", "who can move where is not said"),
        ("  options: {a: A, b: B}\n", "  states: {x: [a]}\n  moves: {}\n", "there are none"),
        ("  options: {a: A, b: B}\n",
         "  options: {" + ", ".join(f"o{k}: A" for k in range(30)) + "}\n", "combinations"),
        ("conflict:", "protocol: x\nconflict:", "there is no key 'protocol'"),
        ("title: T\n", "", "'title' is missing"),
        ("sides: [A, B]", "sides: []", "there are no sides"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(old, new, told):
    text = (HEAD + BODY).replace(old, new)
    assert text != HEAD + BODY
    with pytest.raises((SummitError, ExpressionError), match=f"(?s){told}") as caught:
        read_conflict(text, "mine.yaml")
    assert str(caught.value).startswith("mine.yaml:")


HOSTILE = [None, "x", "1", "[a]", "{x: 1}", "[[1, 2]]", "{A: {1: 2}}", "'a > '", "true", "{A: }"]


@pytest.mark.parametrize("seed", range(200))
def test_whatever_stands_in_a_file_it_is_read_or_told(seed):
    draw = random.Random(seed)
    keys = ["options", "states", "feasible", "moves", "joint", "agreements", "preferences",
            "status_quo", "views"]  # fmt: skip
    lines = {"options": "{a: A, b: B}", "preferences": "{A: 1 ~ 2 ~ 3 ~ 4, B: 4 > 3 > 2 > 1}"}
    for _ in range(draw.randint(1, 3)):
        lines[draw.choice(keys)] = draw.choice(HOSTILE) or ""
    text = HEAD + "".join(f"  {key}: {value}\n" for key, value in lines.items())
    try:
        found = read_conflict(text, "mine.yaml")
    except DetenteError as error:
        assert str(error).startswith("mine.yaml")  # noqa: PT017
    else:
        assert found.num_states


# ── the commands ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def chicken(tmp_path):
    path = tmp_path / "chicken.yaml"
    path.write_text(CHICKEN + "  status_quo: [a]\n")
    return str(path)


def test_a_conflict_is_known_by_its_key(tmp_path, chicken):
    assert isinstance(dt.load(chicken), Conflict)
    flow = tmp_path / "flow.yaml"
    flow.write_text("{detente: 1, title: T, sides: [A], conflict: {states: [x], moves: {}, "
                    "preferences: {A: x}}}")  # fmt: skip
    assert dt.load(flow).states == ("x",)
    other = tmp_path / "summit.yaml"
    other.write_text("detente: 1\ntitle: no conflict\nsides: [A]\nparameters:\n  conflict: 3\n"
                     "tree: {worth: {A: conflict}}\n")  # fmt: skip
    assert dt.load(other).game.payoff(0) == (3,)


def test_a_gmcr_file_is_known_by_its_contents(tmp_path):
    bare = tmp_path / "cuba"
    bare.write_bytes((CASES / "Cuban.gmcr").read_bytes())
    same(dt.load(bare), dt.load(CASES / "Cuban.gmcr"))
    bare.write_text("{detente: 1, title: T, sides: [A], tree: {worth: {A: 1}}}")
    assert dt.load(bare).game.num_nodes == 1


def test_a_summit_is_not_read_from_a_conflict():
    with pytest.raises(SummitError, match="holds a conflict, not a summit"):
        dt.Summit.read(CHICKEN)


def test_info_tells_what_a_conflict_is_made_of(capsys, chicken):
    assert run(["info", chicken, "elmira", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["kind"], first["num_states"], first["moves"]) == ("conflict", 4, {"A": 4, "B": 4})
    assert (first["status_quo"], first["one_way"]) == ("2", 0)
    assert first["options"][0] == {
        "name": "a", "by": "A", "together": [], "either": [], "levels": ["no", "yes"],
        "meaning": "",
    }  # fmt: skip
    assert second["options"][0]["meaning"] == "modify the control order"
    assert second["names"]["Uniroyal"] == "Uniroyal Chemical"
    assert (second["num_states"], second["one_way"]) == (12, 18)
    assert run(["info", "elmira", "ultimatum"]) == 0
    text = capsys.readouterr().out
    assert "modify, accept, insist" in text
    assert "18 of them one-way" in text
    assert "modify (MoE): modify the control order" in text
    assert "Local (local governments)" in text
    assert "11 bundles" in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["solve", "elmira"], "`detente graph` judges its states"),
        (["stability", "elmira"], "`detente graph` judges its states"),
        (["explain", "elmira", "x"], "`detente graph` judges its states"),
        (["solve", "elmira", "--set", "x=1"], "elmira is a conflict"),
        (["convert", "elmira", "OUT.efg"], "no game tree"),
        (["convert", "elmira", "OUT.nfg"], "no game tree"),
        (["convert", "elmira", "OUT.yaml"], "YAML already"),
        (["convert", "ultimatum", "OUT.gmcr"], "a .gmcr file holds a conflict"),
        (["info", "elmyra"], "Close names: elmira"),
    ],
)
def test_what_is_no_question_about_a_conflict_is_refused(capsys, tmp_path, words, told):
    words = [word.replace("OUT", str(tmp_path / "out")) for word in words]
    assert run(words) == 2
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_from_python_other_questions_are_refused():
    with pytest.raises(DetenteError, match="found Conflict"):
        dt.solve(dt.load("elmira"))
    with pytest.raises(DetenteError, match="found Conflict"):
        dt.stability(dt.load("elmira"))


def test_what_gmcr_cannot_say_is_refused(tmp_path):
    listed = HEAD + "  states: [x]\n  moves: {}\n  preferences: {A: x, B: x}\n"
    seen = CHICKEN + "  views: {A: {unaware: [4]}}\n"
    signed = CHICKEN + "  agreements: [[A, B]]\n"
    strong = CHICKEN.replace("3 > 4", "3 >> 4")
    for text in (listed, seen, signed, strong):
        path = tmp_path / "c.yaml"
        path.write_text(text)
        assert run(["convert", str(path), str(tmp_path / "c.gmcr")]) == 2
        assert not (tmp_path / "c.gmcr").exists()


def test_listed_states_are_numbered_anew_in_gmcr(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        HEAD + "  options: {a: A, b: B}\n  states: {p: [a, b], q: [a], r: []}\n"
        "  preferences: {A: p > q > r, B: r > q > p}\n"
    )
    assert run(["convert", str(path), str(tmp_path / "c.gmcr")]) == 0
    found = dt.load(tmp_path / "c.gmcr")
    assert found.payoff.tolist() == [[1, 2, 3], [3, 2, 1]]


# ── conflicts taken apart ──────────────────────────────────────────────────────────────────────


def test_some_states_in_another_order():
    found = read_conflict(CHICKEN + "  status_quo: 4\n  agreements: [[A, B]]\n")
    part = found.among([3, 0, 1])
    assert part.states == ("4", "1", "2")
    assert part.status_quo == 0
    assert pairs(part.moves[0]) == {(1, 2), (2, 1)}
    assert pairs(part.joint[0].moves) == {(0, 1), (1, 0)}
    assert part.payoff.tolist() == [[3, 1, 2], [2, 1, 3]]
    assert found.among([0]).status_quo is None
    with pytest.raises(GameError, match="at least one"):
        found.among([])


def test_verdicts_do_not_hang_on_the_order_of_states():
    found = dt.load("elmira")
    turned = found.among(list(reversed(range(12))))
    for concept in ("nash", "gmr", "smr", "seq", "sim"):
        assert set(GraphAnalysis(turned).equilibria(concept)) == set(
            GraphAnalysis(found).equilibria(concept)
        )


def test_a_hundred_thousand_states_are_read_quickly():
    names = [f"o{k}" for k in range(17)]
    options = ", ".join(f"{name}: {'AB'[k % 2]}" for k, name in enumerate(names))
    text = HEAD + (
        f"  options: {{{options}}}\n  feasible: [o0 or o1]\n  preferences:\n"
        f"    A: {{statements: [{', '.join(names)}]}}\n"
        f"    B: {{payoffs: '(1 if o0 else 0) + 2 * (1 if o1 else 0)'}}\n"
        "  moves: {A: {1: 2}}\n"
    )
    found = read_conflict(text)
    assert found.num_states == 98_304
    assert len(np.unique(found.payoff[0])) == 98_304
