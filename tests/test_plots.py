"""Pictures: what they show is what was computed, and no text lies on another."""

from __future__ import annotations

import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

import detente as dt
from detente.cli import run
from detente.conflict.conflict import Conflict
from detente.game.expand import expand
from detente.game.strategic import to_strategic
from detente.game.tree import CHANCE, TERMINAL, Game
from detente.loading import shipped
from detente.show.plots import gains as gains_picture
from detente.show.plots.graph_layout import RADIUS, curve, lines_between, ring
from detente.show.plots.style import PENS, encoded, width_of
from detente.show.plots.tree_words import number_text
from detente.show.plots.unfolding import Unfolding
from detente.stability.bargaining.problem import Problem
from detente.stability.graph.analysis import GraphAnalysis
from detente.stability.words import rounded

DOCS = Path(__file__).parents[1] / "docs"
SVG = "{http://www.w3.org/2000/svg}"
TREES = ["kuhn-poker", "selten-1975-horse", "ultimatum", "hanoi-2019-sincere-or-hedging",
         "rubinstein-1982-three-rounds", "hanoi-2019", "beer-quiche"]  # fmt: skip


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def collisions(figure) -> list[tuple[str, str]]:
    """Pairs of texts that lie on each other, and texts that leave the sheet."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = []
    for text in figure.axes[0].texts:
        if text.get_text().strip():
            boxes.append((text.get_window_extent(renderer), text.get_text()))
    wide, high = figure.bbox.width, figure.bbox.height
    found = [
        (name, "the edge") for box, name in boxes
        if box.x0 < -1 or box.y0 < -1 or box.x1 > wide + 1 or box.y1 > high + 1
    ]
    for (one, first), (other, second) in combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        down = min(one.y1, other.y1) - max(one.y0, other.y0)
        # Boxes hold the room for descenders too; letters meet from a third of their height on.
        if across > 1 and down > min(one.height, other.height) / 3:
            found.append((first, second))
    return found


# ── the tree ───────────────────────────────────────────────────────────────────────────────────


def walked(game: Game) -> list[tuple[tuple[str, ...], tuple[Fraction, ...]]]:
    """Every end of a game with the moves that lead to it and what each gets: a plain recursion."""
    found = []

    def visit(node, moves, total, factors):
        factor = game.discount(node) or (1,) * game.num_players
        factors = tuple(a * b for a, b in zip(factors, factor, strict=True))
        total = tuple(
            t + f * p for t, f, p in zip(total, factors, game.payoff(node), strict=True)
        )
        if game.mover[node] == TERMINAL:
            found.append((moves, total))
            return
        names = game.infosets.actions(int(game.infoset[node]))
        for name, child in zip(names, game.children_of(node), strict=True):
            visit(child, (*moves, name), total, factors)

    visit(0, (), (0,) * game.num_players, (1,) * game.num_players)
    return found


@pytest.mark.parametrize("name", ["kuhn-poker", "ultimatum", "selten-1975-horse",
                                  "powell-2006-commitment"])  # fmt: skip
def test_a_small_tree_is_shown_whole_with_every_payoff(name):
    game = dt.load(name).game
    shown = Unfolding(game, None, 100)
    ends = [mark for mark in shown.root.walk() if not mark.children]
    assert {mark.kind for mark in ends} == {"end"}
    assert Counter(mark.payoffs for mark in ends) == Counter(p for _, p in walked(game))
    figure = dt.plot.tree(dt.load(name), most=100)
    wanted = Counter(number_text(value) for _, payoffs in walked(game) for value in payoffs)
    said = Counter(texts(figure))
    assert all(said[text] >= count for text, count in wanted.items())


@given(most=st.integers(1, 150), name=st.sampled_from(TREES))
@settings(max_examples=60, deadline=None)
def test_every_node_is_shown_or_counted_once(most, name):
    game = dt.load(name).game
    played = dt.solve(game).equilibria[0] if game.num_nodes < 300 else None
    shown = Unfolding(game, None if played is None else played.profile, most)
    marks = list(shown.root.walk())
    counted = sum(1 if mark.kind == "node" else mark.folded for mark in marks)
    assert counted == game.tree_size
    widest = max(len(game.children_of(node)) for node in range(game.num_nodes))
    assert len(marks) <= max(most, 1 + widest)


@pytest.mark.parametrize("name", TREES)
def test_what_stays_folded_is_worth_what_the_profile_brings(name):
    game = dt.load(name).game
    equilibrium = dt.solve(game).equilibria[0]
    for most in (1, 12, 60):
        root = Unfolding(game, equilibrium.profile, most).root
        assert dict(zip(game.players, value_of(root, game), strict=True)) == equilibrium.payoffs


def value_of(mark, game: Game) -> tuple[Fraction, ...]:
    """The average over what is shown below a mark, by the odds on its branches."""
    if not mark.children:
        return mark.payoffs
    parts = [(child.odds, value_of(child, game)) for child in mark.children if child.odds]
    return tuple(sum(p * v[i] for p, v in parts) for i in range(game.num_players))


@pytest.mark.parametrize("name", TREES)
def test_play_is_shown_before_anything_else(name):
    summit = dt.load(name)
    equilibrium = dt.solve(summit).equilibria[0]
    if len(equilibrium.reach) > 20:
        return  # play alone, with what branches off it, is more than forty marks
    shown = Unfolding(summit.game, equilibrium.profile, 40)
    marks = [mark for mark in shown.root.walk() if mark.on_path or mark is shown.root]
    assert {mark.node for mark in marks} == set(equilibrium.reach)
    assert all(mark.kind != "folded" for mark in marks)


@pytest.mark.slow
def test_shared_continuations_are_shown_where_they_occur():
    game = dt.load("rubinstein-1982-three-rounds").game
    whole = Unfolding(game, None, game.tree_size)
    ends = Counter(mark.payoffs for mark in whole.root.walk() if mark.kind == "end")
    tree = expand(game)
    terminal = [node for node in range(tree.num_nodes) if tree.mover[node] == TERMINAL]
    totals = Counter()
    for node in terminal:
        total, at = (0, 0), node
        while at >= 0:
            total = tuple(a + b for a, b in zip(total, tree.payoff(at), strict=True))
            at = int(tree.parent[at])
        totals[total] += 1
    assert ends == totals


def test_mixed_moves_carry_their_odds_and_information_sets_their_lines():
    figure = dt.plot.tree(dt.load("kuhn-poker"))
    said = texts(figure)
    assert "Sequential equilibrium (proved): First -1/18, Second 1/18" in said
    assert said.count("JQ  1/6") == 1
    assert "its player cannot tell these apart" in said
    assert "its player cannot tell these apart" not in texts(dt.plot.tree(dt.load("ultimatum")))


def test_an_equilibrium_is_chosen_by_number_or_given():
    summit = dt.load("ultimatum")
    result = dt.solve(summit, all=True)
    for number, payoffs in ((1, "Proposer 1, Responder 0"), (2, "Proposer 0.9, Responder 0.1")):
        heading = texts(dt.plot.tree(summit, equilibrium=number))[1]
        assert heading == f"Subgame-perfect equilibrium {number} of 2 (proved): {payoffs}"
        assert payoffs in texts(dt.plot.tree(result, equilibrium=number))[1]
        assert payoffs in texts(dt.plot.tree(result.equilibria[number - 1]))[1]
    with pytest.raises(dt.DetenteError, match="numbered from 1 to 2"):
        dt.plot.tree(result, equilibrium=3)
    with pytest.raises(dt.DetenteError, match="another game"):
        dt.plot.tree(dt.load("kuhn-poker"), equilibrium=result.equilibria[0])


def test_a_bundle_on_the_table():
    summit = dt.load("hanoi-2019")
    said = texts(dt.plot.tree(summit, bundle="kumgang + full + inspected"))
    assert said[0] == "Hanoi 2019, Kumgang for Yongbyon: kumgang + full + inspected on the table"
    assert "refuse" in said
    assert "DPRK" in said
    by_hand = dt.load("entry-deterrence")
    said = texts(dt.plot.tree(by_hand, bundle="shared"))
    assert said[0] == "Entry deterrence: where shared is on the table"
    assert "Entrant" in said
    with pytest.raises(dt.DetenteError, match="no node of this tree"):
        dt.plot.tree(by_hand, bundle="closed")
    with pytest.raises(dt.DetenteError):
        dt.plot.tree(summit, bundle="kumgang + everything")


def test_a_tree_without_an_equilibrium_says_why():
    driver = dt.Builder(["Driver"], title="Absent-minded")
    second = driver.decide("Driver", {"exit": driver.end(4), "go on": driver.end(1)}, infoset="x")
    game = driver.build(
        driver.decide("Driver", {"exit": driver.end(0), "go on": second}, infoset="x")
    )
    said = texts(dt.plot.tree(game))
    assert said[1].startswith("No equilibrium is shown: ") or "equilibrium" in said[1]
    assert not any("what is played" in text for text in texts(dt.plot.tree(game, path=False)))


def test_what_is_no_tree_is_refused():
    with pytest.raises(dt.DetenteError, match="strategic form has no tree"):
        dt.plot.tree(to_strategic(dt.load("selten-1975-horse").game))
    with pytest.raises(dt.DetenteError, match="found Conflict"):
        dt.plot.tree(dt.load("elmira"))
    with pytest.raises(dt.DetenteError, match="most is a number"):
        dt.plot.tree(dt.load("ultimatum"), most=0)
    with pytest.raises(dt.DetenteError, match="WIDTHxHEIGHT"):
        dt.plot.tree(dt.load("ultimatum"), size="large")


def test_a_status_quo_that_is_an_equilibrium_has_ways_to_the_others():
    said = texts(dt.plot.graph(dt.load("korea-2017")))  # s0 is one itself, and s5 the other
    assert "NK to s4, US to s5" in said
    assert any("not all of them improvements" in text for text in said)
    alone = texts(dt.plot.graph(dt.load("hanoi-2019"), states=["kumgang", "full"]))
    assert not any("No moves lead" in text for text in alone)


def test_rounded_gains_are_marked():
    said = texts(dt.plot.gains(dt.load("hanoi-2019"), ["kumgang_kaesong + full + inspected"]))
    assert {"≈+1877.4", "+1152"} <= set(said)


# ── odd games ──────────────────────────────────────────────────────────────────────────────────


def one_node() -> Game:
    b = dt.Builder(["A", "B"])
    return b.build(b.end(1, 2))


def long_names() -> Game:
    first = "A player whose name is much longer than any box that would hold it"
    b = dt.Builder([first, "B $x$ and $y$"], title="A very long title " * 12)
    reply = b.decide(
        "B $x$ and $y$",
        {"a move that goes on and on and on until no line holds it": b.end(10**12, "1e-12"),
         "$a$ and $b$": b.end("1/3", -7)},
        label="an information set with a label that is longer than the box",
    )  # fmt: skip
    return b.build(b.decide(first, {"go": reply, "": b.end(0, 0)}))


def other_scripts() -> Game:
    b = dt.Builder(["北朝鮮", "Россия"], title="首脳会談 · встреча")
    return b.build(
        b.decide("北朝鮮", {"拒否する": b.end(0, 0), "согласиться": b.end(10**400, -(10**400))})
    )


def many_players() -> Game:
    names = [f"Player {i}" for i in range(12)]
    b = dt.Builder(names)
    ends = {f"move {k}": b.end(*range(k, k + 12)) for k in range(9)}
    return b.build(b.decide("Player 3", ends))


def zero_chance() -> Game:
    b = dt.Builder(["A"])
    never = b.decide("A", {"left": b.end(1), "right": b.end(2)})
    return b.build(b.chance({"never": (0, never), "always": (1, b.end(5))}))


ODD = [one_node, long_names, other_scripts, many_players, zero_chance]


@pytest.mark.parametrize("make", ODD)
@pytest.mark.filterwarnings("ignore:Glyph")
def test_odd_games_are_drawn_without_a_collision(make):
    figure = dt.plot.tree(make())
    assert collisions(figure) == []
    root = ET.fromstring(encoded(figure, "svg"))
    assert "".join(texts(figure))[:5] in "".join(root.itertext())


# ── no text on another ─────────────────────────────────────────────────────────────────────────


def summits() -> list[str]:
    return [name for name, path in shipped().items() if "conflict:" not in path.read_text()]


@pytest.mark.parametrize("name", summits())
def test_no_text_of_a_tree_lies_on_another(name):
    assert collisions(dt.plot.tree(dt.load(name), path=name != "hanoi-2019-all-in")) == []


@pytest.mark.parametrize("name", ["hanoi-2019", "ultimatum", "entry-deterrence"])
def test_no_text_of_gains_lies_on_another(name):
    report = dt.stability(dt.load(name))
    assert collisions(dt.plot.gains(report)) == []
    assert collisions(dt.plot.gains(report, [v.name for v in report][:3], against="zero")) == []


@pytest.mark.parametrize(("name", "parties"), [
    ("hanoi-2019", None), ("hanoi-2019", ["US", "DPRK", "ROK"]), ("ultimatum", None),
    ("fearon-1995-complete-information", None),
])  # fmt: skip
def test_no_text_of_a_frontier_lies_on_another(name, parties):
    assert collisions(dt.plot.frontier(dt.load(name), parties=parties)) == []


@pytest.mark.parametrize("name", [*sorted(set(shipped()) - set(summits())), "hanoi-2019"])
def test_no_text_of_a_graph_lies_on_another(name):
    assert collisions(dt.plot.graph(dt.load(name), start=0)) == []


# ── gains ──────────────────────────────────────────────────────────────────────────────────────


def test_gains_are_what_each_has_beyond_no_agreement():
    report = dt.stability(dt.load("hanoi-2019"))
    names = ["all + full", "kumgang + partial + inspected"]
    said = texts(dt.plot.gains(report, names))
    for name in names:
        verdict = report[name]
        for party in report.parties:
            gain = verdict.values[party] - verdict.breakdown[party]
            assert f"{'+' * (gain > 0)}{rounded(gain)}" in said
        assert verdict.word in said
    assert said.index("all + full") < said.index("kumgang + partial + inspected")
    against_zero = texts(dt.plot.gains(report, names, against="zero"))
    assert "-360" in against_zero
    assert "+637.5" not in against_zero
    assert not any(text.startswith("without:") for text in against_zero)


def test_bars_are_as_long_as_gains():
    report = dt.stability(dt.load("hanoi-2019"), bundles=["all + full", "all + partial"])
    rows = gains_picture._rows(report, ["all + full", "all + partial"], 9)
    for party in report.parties:
        panel = gains_picture._Panel(party, rows, "breakdown")
        bars = [panel.bars[row] for row in rows]
        lengths = [panel.x(bar.gain) - panel.zero for bar in bars]
        assert lengths[0] * float(bars[1].gain) == pytest.approx(lengths[1] * float(bars[0].gain))
        assert [length > 0 for length in lengths] == [bar.gain > 0 for bar in bars]


def test_what_is_not_there_is_refused_by_gains():
    report = dt.stability(dt.load("ultimatum"))
    with pytest.raises(dt.DetenteError, match="there is no party 'Nobody'"):
        dt.plot.gains(report, parties=["Nobody"])
    with pytest.raises(dt.DetenteError, match="'breakdown' or 'zero'"):
        dt.plot.gains(report, against="nothing")
    with pytest.raises(dt.DetenteError, match="no bundle"):
        dt.plot.gains(report, ["k99"])
    assert "… and 8 more bundles, not shown" in texts(dt.plot.gains(report, most=3))


# ── the conflict graph ─────────────────────────────────────────────────────────────────────────


def test_marks_of_a_graph_are_the_equilibria():
    analysis = dt.graph(dt.load("elmira"))
    figure = dt.plot.graph(analysis, start="1")
    marks = texts(figure).count("●")
    assert marks == sum(len(analysis.equilibria(key)) for key in ("nash", "gmr", "smr", "seq"))
    only = texts(dt.plot.graph(analysis, concepts=["seq"])).count("●")
    assert only == len(analysis.equilibria("seq")) == 6  # known: 5, 6, 7, 10, 11, 12


def test_the_way_is_told_and_counted():
    relay = Conflict.of({"A": [(0, 1)], "B": [(1, 2)]}, [[1, 2, 3], [1, 2, 3]], title="Relay")
    said = texts(dt.plot.graph(relay, start="1"))
    assert "A to 2, B to 3" in said
    assert "way from 1" in said
    assert any("by improvements" in text for text in said)
    away = Conflict.of({"A": [(0, 1)], "B": [(1, 2)]}, [[3, 2, 1], [1, 2, 3]])
    said = texts(dt.plot.graph(away, start="1", to="3"))
    assert any("not all of them improvements" in text for text in said)
    with pytest.raises(dt.DetenteError, match="begins somewhere"):
        dt.plot.graph(away, to="3")
    with pytest.raises(dt.DetenteError, match="no state"):
        dt.plot.graph(away, start="4")


def test_of_a_large_graph_the_equilibria_are_shown():
    size = 400
    chain = [(i, i + 1) for i in range(size - 1)]
    ladder = Conflict.of({"A": chain, "B": []}, [list(range(size)), [0] * size])
    said = texts(dt.plot.graph(ladder, most=10))
    assert "10 of 400 states are shown." in said or "1 of 400 states are shown." in said
    assert "400" in said
    some = texts(dt.plot.graph(ladder, states=["7", "8"]))
    assert "2 of 400 states are shown." in some


def test_the_strictest_equilibria_are_shown_and_how_they_were_chosen():
    analysis = dt.graph(dt.load("hanoi-2019"))
    said = " ".join(texts(dt.plot.graph(analysis, most=8, concepts=["gmr", "seq", "nash"])))
    assert "then equilibria, in the order Nash, SEQ, GMR, the nearest first" in said
    for state in analysis.equilibria("nash"):
        assert " ".join(state.split()) in " ".join(said.split())
    usual = " ".join(texts(dt.plot.graph(analysis)))
    assert "Thick: the way to the nearest Nash equilibrium, from where things stand" in usual


@given(st.integers(1, 18), st.randoms())
@settings(max_examples=25, deadline=None)
def test_no_move_runs_through_another_state(size, random):
    edges = {(random.randrange(size), random.randrange(size)) for _ in range(2 * size)}
    edges = [(a, b) for a, b in edges if a != b]
    payoff = [[random.randrange(5) for _ in range(size)] for _ in range(2)]
    conflict = Conflict.of({"A": edges, "B": [(b, a) for a, b in edges[: size // 2]]}, payoff)
    lines, _ = lines_between(conflict, range(size))
    places = ring(range(size), lines, [], None)
    assert len({(round(x, 3), round(y, 3)) for x, y in places.values()}) == size
    for line in lines:
        for x, y in curve(places[line.one], places[line.other], 0):
            for state, (u, v) in places.items():
                if state not in (line.one, line.other):
                    assert (x - u) ** 2 + (y - v) ** 2 > (RADIUS - 1) ** 2


def test_a_single_state_is_drawn():
    lone = Conflict.of({"A": []}, [[1]])
    assert "●" in texts(dt.plot.graph(GraphAnalysis(lone)))


def test_what_has_no_graph_is_refused():
    with pytest.raises(dt.DetenteError, match="found Game"):
        dt.plot.graph(dt.load("ultimatum").game)


# ── the frontier ───────────────────────────────────────────────────────────────────────────────


def test_the_frontier_names_what_each_rule_picks():
    # All four rules pick (4, 8); with lots the egalitarian picks 20/3 for both.
    problem = Problem.of([[0, 10], [4, 8], [10, 0], [3, 3]], parties=["A", "B"], title="Split")
    said = texts(dt.plot.frontier(problem))
    assert said[0] == "Split"
    assert any("4 of them in the zone of agreement, 3 on the frontier" in text for text in said)
    lines = " ".join(said)
    assert "Nash, Kalai–Smorodinsky, egalitarian, utilitarian" in lines
    assert "by lot" in " ".join(said)
    assert "by lot" not in " ".join(texts(dt.plot.frontier(problem, lotteries=False)))


def test_many_outcomes_are_thinned():
    points = [[(37 * k) % 1009, (91 * k) % 997] for k in range(3000)]
    figure = dt.plot.frontier(Problem.of(points, parties=["A", "B"]), lotteries=False)
    assert len(encoded(figure, "svg")) < 2_000_000
    assert collisions(figure) == []


def test_one_party_has_no_frontier():
    with pytest.raises(dt.DetenteError, match="two parties or more"):
        dt.plot.frontier(Problem.of([[1], [2]], parties=["A"]))


def test_nothing_in_the_zone_and_one_point():
    figure = dt.plot.frontier(Problem.of([[-1, -1]], parties=["A", "B"]))
    assert any("0 of them in the zone" in text for text in texts(figure))
    huge = Problem.of([[10**12, Fraction(1, 10**12)], [0, 1]], parties=["A", "B"])
    assert collisions(dt.plot.frontier(huge)) == []


# ── files, and what stays as it was ────────────────────────────────────────────────────────────


def test_text_of_an_svg_is_text_and_the_same_picture_the_same_file():
    summit = dt.load("hanoi-2019-sincere-or-hedging")
    first = encoded(dt.plot.tree(summit), "svg")
    assert first == encoded(dt.plot.tree(summit), "svg")
    said = ["".join(e.itertext()) for e in ET.fromstring(first).iter(f"{SVG}text")]
    assert "snap back" in said
    gains = encoded(dt.plot.gains(dt.stability(dt.load("ultimatum"))), "svg")
    assert gains == encoded(dt.plot.gains(dt.stability(dt.load("ultimatum"))), "svg")


def test_a_dollar_is_a_dollar():
    figure = dt.plot.gains(dt.load("hanoi-2019"), ["all + full"])
    said = ET.fromstring(encoded(figure, "svg"))
    assert any("in M$." in "".join(e.itertext()) for e in said.iter(f"{SVG}text"))


def test_a_size_is_fitted():
    summit = dt.load("ultimatum")
    own = dt.plot.tree(summit).get_size_inches()
    wide, high = dt.plot.tree(summit, size="4x3").get_size_inches()
    assert wide <= 4.001
    assert high <= 3.001
    assert wide / high == pytest.approx(own[0] / own[1])
    assert collisions(dt.plot.tree(summit, size=(20, 20))) == []


def test_pyplot_and_settings_stay_as_they_were(tmp_path):
    code = (
        "import detente as dt, sys\n"
        "import matplotlib as m; before = m.rcParams.copy()\n"
        "f = dt.plot.tree(dt.load('ultimatum')); dt.plot.save(f, sys.argv[1])\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert m.rcParams.copy() == before\n"
        "print('as before')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "tree.png")], capture_output=True, text=True
    )
    assert done.stdout == "as before\n", done.stderr


def test_sides_differ_in_line_style_and_not_in_colour_alone():
    assert len({str(style) for _, style in PENS}) == len(PENS)


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(dt.DetenteError, match=r"pip install 'detente\[plots\]'"):
        dt.plot.tree(dt.load("ultimatum"))
    assert dt.load("ultimatum").game._repr_svg_() is None


def test_width_of_text_is_measured():
    assert width_of("mmmm") > width_of("iiii") > 0 == width_of("")
    assert width_of("首脳", 10) >= 20


# ── from the command line ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("arguments", [
    ["tree", "kuhn-poker"],
    ["tree", "hanoi-2019", "--bundle", "kumgang + full", "--most", "30", "--set", "pressure=0.9"],
    ["tree", "ultimatum", "--equilibrium", "2"],
    ["gains", "ultimatum", "--bundle", "k3", "--bundle", "k5", "--against", "zero"],
    ["graph", "elmira", "--from", "1", "--concepts", "nash,seq"],
    ["graph", "hanoi-2019", "--from", "no agreement", "--bundle", "kumgang + full"],
    ["frontier", "ultimatum", "--disagreement", "Proposer=0.2,Responder=0.1"],
    ["frontier", "hanoi-2019", "--parties", "US,DPRK,ROK", "--no-lotteries"],
])  # fmt: skip
def test_pictures_are_written(arguments, tmp_path, capsys):
    for ending, start in ((".svg", b"<?xml"), (".png", b"\x89PNG")):
        target = tmp_path / f"picture{ending}"
        assert run(["plot", *arguments, "-o", str(target)]) == 0
        assert target.read_bytes().startswith(start)
    assert capsys.readouterr() == ("", "")


def test_a_file_is_not_overwritten_unless_told(tmp_path, capsys):
    target = tmp_path / "tree.svg"
    target.write_text("mine")
    assert run(["plot", "tree", "ultimatum", "-o", str(target)]) == 2
    assert "Overwrite it with --force" in capsys.readouterr().err
    assert target.read_text() == "mine"
    assert run(["plot", "tree", "ultimatum", "-o", str(target), "--force"]) == 0
    assert target.read_text().startswith("<?xml")


@pytest.mark.parametrize(("arguments", "message"), [
    (["tree", "ultimatum", "-o", "x.gif"], "no format of pictures"),
    (["tree", "ultimatum", "-o", "nowhere/at/all.svg"], "cannot be written"),
    (["tree", "ultimatum", "-o", "x.svg", "--size", "big"], "WIDTHxHEIGHT"),
    (["tree", "ultimatum", "-o", "x.svg", "--equilibrium", "9"], "numbered from 1 to 2"),
    (["tree", "elmira", "-o", "x.svg"], "found Conflict"),
    (["tree", "nothing-of-the-kind", "-o", "x.svg"], "no file or shipped game"),
    (["tree", "ultimatum"], "--output"),
    (["gains", "ultimatum", "-o", "x.svg", "--bundle", "k77"], "k77"),
    (["graph", "ultimatum", "-o", "x.svg", "--from", "k77"], "no bundle"),
    (["graph", "elmira", "-o", "x.svg", "--concepts", "fancy"], "fancy"),
    (["frontier", "ultimatum", "-o", "x.svg", "--parties", "Proposer"], "two parties or more"),
    (["sculpture", "ultimatum", "-o", "x.svg"], "sculpture"),
])  # fmt: skip
def test_mistakes_are_told(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["plot", *arguments]) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert not out
    assert list(tmp_path.iterdir()) == []


def test_what_is_stopped_says_so(tmp_path, capsys):
    target = tmp_path / "picture.svg"
    assert run(["plot", "tree", "hanoi-2019", "-o", str(target), "--time-limit", "0"]) == 3
    assert target.exists()
    assert run(["plot", "gains", "hanoi-2019", "-o", str(target), "--force",
                "--time-limit", "0"]) == 3  # fmt: skip
    assert run(["plot", "frontier", "hanoi-2019", "-o", str(target), "--force",
                "--time-limit", "0"]) == 3  # fmt: skip
    capsys.readouterr()


def shown_pictures() -> list[tuple[str, list[str]]]:
    """The commands of docs/pictures.md, by the file that each writes."""
    lines = (DOCS / "pictures.md").read_text().splitlines()
    commands = [shlex.split(line) for line in lines if line.startswith("detente plot")]
    return [(command[-1], command[1:-1]) for command in commands]


@pytest.mark.parametrize(("name", "arguments"), shown_pictures())
def test_the_pictures_of_the_page_are_those_of_its_commands(name, arguments, tmp_path):
    target = tmp_path / name
    assert run([*arguments, str(target)]) == 0

    def said(path):
        return ["".join(e.itertext()) for e in ET.parse(path).getroot().iter(f"{SVG}text")]

    assert said(target) == said(DOCS / "pictures" / name)


# ── notebooks ──────────────────────────────────────────────────────────────────────────────────


def test_conflicts_and_lenses_show_themselves():
    shown = dt.load("chicken")._repr_html_()
    assert "<td>swerves_A</td><td>swerve_A</td><td>3</td><td>1</td>" in shown
    report = dt.stability(dt.load("hanoi-2019"), bundles=["kumgang"], lenses="all")
    assert "<td>no, leaves: US</td><td>no, " in report._repr_html_()


def test_games_and_results_show_themselves():
    summit = dt.load("hanoi-2019-sincere-or-hedging")
    result = dt.solve(summit)
    assert "<td>yongbyon</td>" in summit._repr_html_()
    assert summit.game._repr_svg_().startswith("<svg")
    assert result._repr_html_().count("<svg") == 1
    assert "proved" in result._repr_html_()
    assert result.equilibria[0]._repr_svg_().startswith("<svg")
    assert dt.graph(dt.load("elmira"))._repr_svg_().startswith("<svg")
    assert "<svg" in dt.load("selten-1975-horse")._repr_html_()
    ET.fromstring(result.equilibria[0]._repr_svg_())


def test_what_is_hidden_from_chance_is_no_side():
    game = dt.load("kuhn-poker").game
    assert int(game.mover[0]) == CHANCE
    assert "chance" in texts(dt.plot.tree(game, path=False))
