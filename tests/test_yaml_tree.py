"""Games written as summit files: what is written is read back, and what would not be is refused."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import NotSupported
from detente.files.yaml_tree import _DEEPEST, write_yaml
from detente.game.builder import Builder, Node
from detente.game.tree import Game
from detente.loading import load

TEXT = st.text(max_size=12) | st.text(
    st.sampled_from("\x7f\x80\x85\x9f\u2028\u2029\ufeff\ufffe\n\t\r\0 :#'\"\\{}[],&*!|>-?%@`~é平𝄞"),
    max_size=8,
)
WORDS = st.sampled_from(["no", "null", "~", "1e3", "<<", "x", "", "- a", "? a", "same"])
NAME = (TEXT | WORDS).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))


def read_back(game: Game, folder: Path) -> Game:
    path = folder / "game.yaml"
    write_yaml(game, path)
    return load(path).game


def same(one: Game, other: Game) -> None:
    assert one.players == other.players
    assert one.mover.tolist() == other.mover.tolist()
    assert one.children.tolist() == other.children.tolist()
    assert one.infoset.tolist() == other.infoset.tolist()
    assert list(one.infosets.action_label) == list(other.infosets.action_label)
    assert list(one.node_label) == list(other.node_label)
    for node in range(one.num_nodes):
        assert one.payoff(node) == other.payoff(node)
    for h in range(one.infosets.num_player_infosets, len(one.infosets)):
        assert one.infosets.probabilities(h) == other.infosets.probabilities(h)


@given(st.lists(NAME, min_size=8, max_size=8), st.integers(-99, 99), NAME, NAME)
def test_whatever_the_names_are(names, amount, title, comment):
    a, b, c, d, e, f, g, h = names
    players = [f"A{a}", f"B{b}"]
    builder = Builder(players, title=title, comment=comment)
    ends = [builder.end(Fraction(amount, 7), k, label=h, outcome=g) for k in range(5)]
    one = builder.decide(players[0], {f"x{c}": ends[0], f"y{d}": ends[1]}, label=e)
    two = builder.decide(players[1], {f"x{c}": ends[2], f"y{d}": ends[3]}, label=e, infoset=f)
    root = builder.chance(
        {
            c: (Fraction(1, 3), one), f"{c} ": (Fraction(1, 3), two),
            f"{c}  ": (Fraction(1, 3), ends[4]),
        },
        payoffs=[1, 0], label=g,
    )  # fmt: skip
    game = builder.build(root)
    with TemporaryDirectory() as folder:
        found = read_back(game, Path(folder))
    same(game, found)
    assert found.title == (title or "untitled")
    assert found.comment == comment


def test_infosets_of_one_name_are_told_apart(tmp_path):
    b = Builder(["A", "B"])
    inner = [b.decide("B", {"l": b.end(k, 0), "r": b.end(0, k)}, infoset="same") for k in (1, 2)]
    game = b.build(b.decide("A", {"x": inner[0], "y": inner[1]}, infoset="same"))
    found = read_back(game, tmp_path)
    same(game, found)
    assert list(found.infosets.label) == ["same", "same (2)"]


def test_an_infoset_that_its_node_says_all_about_keeps_its_label(tmp_path):
    b = Builder(["A"])
    later = b.decide("A", {"x": b.end(0), "y": b.end(1)}, label="later")
    game = b.build(b.decide("A", {"x": b.end(0), "y": later}))
    assert list(read_back(game, tmp_path).infosets.label) == list(game.infosets.label)
    assert "infoset" not in (tmp_path / "game.yaml").read_text()


def chain(moves: int) -> Game:
    b = Builder(["A", "B"])
    node = b.end(1, 1)
    for k in range(moves):
        node = b.decide("AB"[k % 2], {"stop": b.end(k, 0), "go": node}, label=f"m{k}")
    return b.build(node)


def test_the_deepest_that_is_written_is_read(tmp_path):
    same(chain(_DEEPEST), read_back(chain(_DEEPEST), tmp_path))


def test_what_would_not_be_read_back_is_not_written(tmp_path):
    for game, reason in (
        (chain(_DEEPEST + 1), "nested too deep"),
        (chain(20_000), "nested too deep"),
        (named("k" * 1100), "too many for a key"),
        (named("x", Fraction(1, 10**4100)), "4200 digits"),
    ):
        started = time.perf_counter()
        with pytest.raises(NotSupported, match=reason):
            write_yaml(game, tmp_path / "game.yaml")
        assert time.perf_counter() - started < 5
        assert list(tmp_path.iterdir()) == []


def test_nor_is_what_is_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr("detente.files.yaml.MAX_BYTES", 1000)
    with pytest.raises(NotSupported, match="more than 1,000 bytes"):
        write_yaml(chain(20), tmp_path / "game.yaml")
    monkeypatch.undo()
    monkeypatch.setattr("detente.files.yaml.MAX_NODES", 100)
    with pytest.raises(NotSupported, match="100 entries"):
        write_yaml(chain(20), tmp_path / "game.yaml")
    assert list(tmp_path.iterdir()) == []


def named(action: str, amount: Fraction | int = 1) -> Game:
    b = Builder(["A"])
    end: Node = b.end(amount)
    return b.build(b.decide("A", {action: end}))
