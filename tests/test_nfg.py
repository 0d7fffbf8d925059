"""Reading and writing .nfg files: against plain data, against Gambit, and there and back."""

from __future__ import annotations

import io
import random
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spelled_games import LABELS, NUMBERS, quote

from detente.errors import FileError
from detente.files import nfg
from detente.files.nfg import read_nfg, write_nfg
from detente.game.strategic import StrategicGame

seeds = st.integers(0, 2**32)
Cells = dict[tuple[int, ...], list[Fraction]]


def written(game: StrategicGame) -> str:
    stream = io.StringIO()
    write_nfg(game, stream)
    return stream.getvalue()


def assert_same(one: StrategicGame, other: StrategicGame) -> None:
    for name in ("title", "players", "strategies", "comment", "by_outcome"):
        assert getattr(one, name) == getattr(other, name), name
    assert np.array_equal(one.cell, other.cell)
    assert one.outcomes.label == other.outcomes.label
    a, b = one.outcomes.payoffs, other.outcomes.payoffs
    assert a.denominators == b.denominators
    assert [a.row(i) for i in range(len(a))] == [b.row(i) for i in range(len(b))]


def spell(seed: int) -> tuple[str, list[list[str]], Cells]:
    """A file, the strategies and the payoffs that it says."""
    rng = random.Random(seed)
    sizes = [rng.randint(1, 3) for _ in range(rng.randint(1, 3))]
    names = [[rng.choice(LABELS) for _ in range(size)] for size in sizes]
    words = ["NFG", "1", rng.choice("RD"), quote(rng.choice(LABELS)), "{"]
    words += [quote(f"player {i}") for i in range(len(sizes))] + ["}", "{"]
    if rng.random() < 0.5:
        words += [word for own in names for word in ("{", *map(quote, own), "}")]
    else:
        names = [[str(i + 1) for i in range(size)] for size in sizes]
        words += map(str, sizes)
    words.append("}")
    if rng.random() < 0.5:
        words.append(quote(rng.choice(LABELS)))
    cells: Cells = {}
    # The first player's strategy varies fastest.
    profiles = [p[::-1] for p in product(*(range(size) for size in reversed(sizes)))]
    comma = rng.choice(["", ","])
    if rng.random() < 0.5:
        for profile in profiles:
            spelled = [rng.choice(NUMBERS) for _ in sizes]
            words += [text + comma for text, _ in spelled]
            cells[profile] = [Fraction(value) for _, value in spelled]
    else:
        outcomes = [[Fraction(0)] * len(sizes)]
        words.append("{")
        for _ in range(rng.randint(0, 5)):
            spelled = [rng.choice(NUMBERS) for _ in sizes]
            words += ["{", quote(rng.choice(LABELS)), *(t + comma for t, _ in spelled), "}"]
            outcomes.append([Fraction(value) for _, value in spelled])
        words.append("}")
        for profile in profiles:
            outcome = rng.randrange(len(outcomes))
            words.append(str(outcome))
            cells[profile] = outcomes[outcome]
    return "".join(word + rng.choice([" ", "\n", "\r\n  "]) for word in words), names, cells


@settings(max_examples=200, deadline=None)
@given(seeds, st.sampled_from([1, 20, 1 << 18]))
def test_every_spelling_is_read_as_the_game_it_says(seed: int, stretch: int) -> None:
    text, names, cells = spell(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nfg, "_STRETCH", stretch)
        game = read_nfg(text.encode())
    assert [list(own) for own in game.strategies] == names
    assert {profile: list(game.payoff(*profile)) for profile in cells} == cells
    assert_same(read_nfg(written(game).encode()), game)


def test_a_file_in_the_old_style() -> None:
    game = read_nfg(
        b'NFG 1 D "Selten (IJGT, 75), Figure 2, normal form"\r\n'
        b'{ "Player 1" "Player 2" } { 3 2 }\r\n\r\n1.000000 1 0 2 0 2 1 1 0 3 2.000000 0'
    )
    assert game.shape == (3, 2)
    assert game.payoff(1, 0) == (0, 2)
    assert game.payoff(2, 1) == (2, 0)


N = 'NFG 1 R "t" { "A" "B" }\n'
MISTAKES = [
    ("", 1, 1, "an empty file"),
    ('EFG 2 R "" { }', 1, 1, "it must begin with NFG"),
    (N, 2, 1, "the strategies of all players"),
    (N + "{ 2 2 }", 2, 8, "8 numbers; found 0"),
    (N + "{ 2 2 } 1 2 3 4 5 6 7", 2, 8, "8 numbers; found 7"),
    (N + "{ 2 2 } 1 2 3 4 5 6 7 8 9", 2, 8, "8 numbers; found 9"),
    (N + "{ 2 2 } 1 2 3 4 5 6 7 eight", 2, 23, "found 'eight'"),
    (N + '{ 2 2 } 1 2 3 4 5 6 7 "8"', 2, 23, 'found the text "8"'),
    (N + '{ 2 2 } 1 2 3 4 5 6 7 "8', 2, 23, "never closed"),
    (N + "{ 2 2 } 1 2 3 4 5 6 7 }", 2, 23, "found '}'"),
    (N + "{ 2 }", 2, 1, "found 1 lists or numbers"),
    (N + "{ 2 0 }", 2, 5, "how many strategies"),
    (N + '{ { "a" } { } } 1 1', 2, 1, "some of them empty"),
    (N + '{ { "a" } 2 } 1 1 2 2', 2, 11, "a list of strategies in braces"),
    (N + '{ 2 { "a" } } 1 1 2 2', 2, 5, "how many strategies"),
    (N + "{ { a } { b } } 1 1", 2, 5, "the name of a strategy, in quotes"),
    (N + '{ 1 1 } { { "x" 1 2 } } 2', 2, 25, "from 1 to 1"),
    (N + '{ 1 1 } { { "x" 1 2 } } 0.5', 2, 25, "from 1 to 1"),
    (N + '{ 1 1 } { { "x" 1 } } 1', 2, 19, "an outcome needs 2 payoffs"),
    (N + '{ 1 1 } { { "x" 1 2 3 } } 1', 2, 21, "} must stand here, after 2 payoffs"),
    (N + "{ 1 1 } { { 1 2 } } 1", 2, 13, "the label of an outcome"),
    (N + '{ 1 1 } { "x" 1 2 } 1', 2, 11, "an outcome must stand here"),
    (N + '{ 1 1 } { { "x" 1 2 }', 2, 22, "found the end of the file"),
    (N + '{ 1 1 } { { "x" 1 2 } } ', 2, 24, "found 0"),
    (N + "{ 99999999 99999999 } 1 1", 2, 22, "about 10^16"),
]


@pytest.mark.parametrize(("text", "line", "column", "said"), MISTAKES)
def test_a_mistake_is_placed_and_explained(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(FileError) as caught:
        read_nfg(text.encode(), "game.nfg")
    assert str(caught.value).startswith(f"game.nfg:{line}:{column}: ")
    assert said in caught.value.message


def test_sizes_beyond_all_printing_are_refused() -> None:
    players, sizes = '"A" ' * 1000, "999999999 " * 1000
    with pytest.raises(FileError, match="more than 10\\^1000 numbers; found 1"):
        read_nfg(f'NFG 1 R "" {{ {players} }} {{ {sizes} }} 1'.encode())


def assert_is_gambits(game: StrategicGame, theirs: object) -> None:
    strategies = [list(player.strategies) for player in theirs.players]  # type: ignore[attr-defined]
    assert game.shape == tuple(map(len, strategies))
    for profile in product(*map(range, game.shape)):
        outcome = theirs[tuple(s[i] for s, i in zip(strategies, profile, strict=True))]  # type: ignore[index]
        payoffs = [Fraction(outcome[player]) for player in theirs.players]  # type: ignore[attr-defined]
        assert list(game.payoff(*profile)) == payoffs


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_gambit_reads_the_same_game(seed: int) -> None:
    pygambit = pytest.importorskip("pygambit")
    rng = random.Random(seed)
    sizes = [rng.randint(1, 3) for _ in range(rng.randint(1, 3))]
    payoffs = [
        tuple(Fraction(rng.randint(-9, 9), rng.randint(1, 5)) for _ in sizes)
        for _ in range(prod(sizes))
    ]
    names = [[f"strategy {i}" for i in range(size)] for size in sizes]
    game = StrategicGame.of([f"player {i}" for i in range(len(sizes))], names, payoffs)
    theirs = pygambit.read_nfg(io.BytesIO(written(game).encode()))
    assert_is_gambits(game, theirs)
    back = read_nfg(theirs.to_nfg().encode())
    assert back.by_outcome
    assert_is_gambits(back, pygambit.read_nfg(io.BytesIO(written(back).encode())))


def test_gambits_catalog_is_read_as_gambit_reads_it() -> None:
    pygambit = pytest.importorskip("pygambit")
    for path in sorted(Path(pygambit.__file__).parent.rglob("*.nfg")):
        assert_is_gambits(read_nfg(path), pygambit.read_nfg(path))
