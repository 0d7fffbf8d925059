"""Reading and writing .efg files: against plain data, against Gambit, and there and back."""

from __future__ import annotations

import io
import random
from fractions import Fraction
from math import lcm
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spelled_games import Spelled, Speller, quote

from detente.errors import DetenteError, FileError
from detente.files import efg_nodes
from detente.files.efg import read_efg, write_efg
from detente.files.names import Names
from detente.files.numerals import LARGE, NONE, numerals
from detente.files.tokens import tokenize
from detente.game.builder import Builder
from detente.game.expressions import exact
from detente.game.preorder import fill_children
from detente.game.tree import CHANCE, TERMINAL, Game
from detente.loading import load
from detente.saving import write

HEADER = 'EFG 2 R "t" { "A" "B" }\n'
seeds = st.integers(0, 2**32)


def read(text: str) -> Game:
    return read_efg(text.encode())


def written(game: Game) -> str:
    stream = io.StringIO()
    write_efg(game, stream)
    return stream.getvalue()


def assert_is(game: Game, spelled: Spelled) -> None:
    """The game is the one in the plain data."""
    assert (game.title, game.comment) == (spelled.title, spelled.comment)
    assert list(game.players) == spelled.players
    assert game.num_nodes == len(spelled.nodes)
    seen: dict[object, int] = {}
    stack: list[list[int]] = []
    for node, (mover, label, key, outcome) in enumerate(spelled.nodes):
        if node:
            assert stack[-1].pop(0) == node
        while stack and not stack[-1]:
            stack.pop()
        assert game.node_label[node] == label
        expected = {"t": TERMINAL, "c": CHANCE}.get(mover, mover)  # type: ignore[call-overload]
        assert game.mover[node] == expected
        payoffs = spelled.outcomes[outcome][1] if outcome else [0] * len(spelled.players)
        assert list(game.payoff(node)) == payoffs
        if outcome:
            assert game.outcomes.label[int(game.outcome[node])] == spelled.outcomes[outcome][0]
        else:
            assert game.outcome[node] == -1
        if key is None:
            assert game.infoset[node] == -1
            continue
        h = int(game.infoset[node])
        assert seen.setdefault(key, h) == h
        name, actions, chances = spelled.infosets[key]
        assert game.infosets.label[h] == name
        assert list(game.infosets.actions(h)) == actions
        if chances:
            assert game.infosets.probabilities(h) == chances
        stack.append(game.children_of(node))
    assert len(set(seen.values())) == len(seen) == len(game.infosets)
    order = sorted(seen, key=lambda k: (9 if k[0] == "c" else k[0]))  # stable: by appearance
    assert [seen[key] for key in order] == list(range(len(order)))
    for player, denominator in enumerate(game.outcomes.payoffs.denominators):
        own = [Fraction(payoffs[player]) for _, payoffs in spelled.outcomes.values()]
        assert denominator == lcm(*(value.denominator for value in own))


def assert_same(one: Game, other: Game) -> None:
    """Two games are alike to the last array and label."""
    assert (one.title, one.comment, one.players) == (other.title, other.comment, other.players)
    for name in ("mover", "child_start", "children", "infoset", "outcome", "node_label"):
        a, b = getattr(one, name), getattr(other, name)
        assert a == b if name == "node_label" else np.array_equal(a, b), name
    assert np.array_equal(one.infosets.mover, other.infosets.mover)
    assert np.array_equal(one.infosets.action_start, other.infosets.action_start)
    assert one.infosets.label == other.infosets.label
    assert one.infosets.action_label == other.infosets.action_label
    assert list(one.infosets.probability) == list(other.infosets.probability)
    assert one.outcomes.label == other.outcomes.label
    assert one.outcomes.payoffs.denominators == other.outcomes.payoffs.denominators
    rows = range(len(one.outcomes))
    assert [one.outcomes.payoffs.row(i) for i in rows] == [
        other.outcomes.payoffs.row(i) for i in rows
    ]


# ── reading ────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=300, deadline=None)
@given(seeds)
def test_every_spelling_is_read_as_the_game_it_says(seed: int) -> None:
    spelled = Speller(seed).make()
    assert_is(read(spelled.text), spelled)


@settings(max_examples=100, deadline=None)
@given(seeds, st.integers(1, 200))
def test_where_the_stretches_end_does_not_matter(seed: int, size: int) -> None:
    spelled = Speller(seed).make()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(efg_nodes, "_STRETCH", size)
        assert_is(read(spelled.text), spelled)


def test_a_file_in_the_old_style() -> None:
    game = read_efg(
        b'EFG 2 D "Poker, two cards" { "Fred" "Alice" }\r\n'
        b'c "" 1 "(0,1)" { "RED" 0.500000 "BLACK" 0.500000 } 0\r\n'
        b'p "" 1 1 "(1,1)" { "RAISE" "FOLD" } 0\r\n'
        b'p "" 2 1 "(2,1)" { "MEET" "PASS" } 0\r\n'
        b't "" 1 "RM" { 2.000000 -2.000000 }\r\n'
        b't "" 2 "RP" { 1.000000 -1.000000 }\r\n'
        b't "" 3 "RF" { 1.000000 -1.000000 }\r\n'
        b'p "" 1 2 "(1,2)" { "RAISE" "FOLD" } 0\r\n'
        b'p "" 2 1 0\r\n'
        b't "" 4 "BM" { -2,\r\n 2 }\r\n'
        b't "" 2\r\n'
        b't "" 5 "BF" { -1 1 }'
    )
    assert game.num_nodes == 11
    assert game.infoset.tolist() == [3, 0, 2, -1, -1, -1, 1, 2, -1, -1, -1]
    assert [game.payoff(v)[0] for v in (3, 4, 8, 9, 10)] == [2, 1, -2, 1, -1]
    assert game.infosets.probabilities(3) == [Fraction(1, 2)] * 2


def test_payoffs_at_moves_and_a_probability_of_zero() -> None:
    game = read(HEADER + 'c "" 1 "" { "x" 0 "y" 1 } 7 "on the way" { 1/3, 1e-12 } t "" 0 t "" 7')
    assert game.payoff(0) == game.payoff(2) == (Fraction(1, 3), Fraction(1, 10**12))
    assert game.payoff(1) == (0, 0)
    assert game.infosets.probabilities(0) == [0, 1]


def test_one_infoset_twice_on_a_path() -> None:
    game = read(HEADER + 'p "" 1 5 "" { "x" "y" } 0 p "" 1 5 0 t "" 0 t "" 0 t "" 0')
    assert game.infoset.tolist() == [0, 0, -1, -1, -1]


def test_large_and_small_numbers_together_are_exact() -> None:
    ends = 't "" 1 "" { 1e12, 1e300 } t "" 2 "" { 1e-12 1 }'
    game = read(HEADER + 'p "" 1 1 "" { "x" "y" } 0 ' + ends)
    assert game.payoff(1) == (10**12, 10**300)
    assert game.payoff(2) == (Fraction(1, 10**12), 1)


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        ('EFG 2 R "" { } t "é"0'.encode(), "é"),
        ('EFG 2 R "" { } t "é"0'.encode("latin-1"), "é"),
        (b"\xef\xbb\xbf" + 'EFG 2 R "" { } t "é" 0'.encode(), "é"),
        ('EFG 2 R "" { } t "é" 0'.encode("utf-16"), "é"),
        (b'EFG 2 R "" { } t "a\x00b" 0', "a\x00b"),
    ],
)
def test_encodings(raw: bytes, label: str) -> None:
    assert read_efg(raw).node_label[0] == label


def test_latin_1_columns_count_characters() -> None:
    with pytest.raises(FileError, match="f:1:25: "):
        read_efg('EFG 2 R "é" { } t "é" 1 x'.encode("latin-1"), "f")


@pytest.mark.parametrize("name", ["", "A_1"])
def test_players_can_be_told_apart(name: str) -> None:
    game = read_efg(f'EFG 2 R "" {{ "A" "{name}" "A" "" }} t "" 0'.encode())
    assert len(set(game.players)) == 4
    assert game.players[1] == (name or "_1")


def test_a_label_left_out_or_empty_contradicts_none() -> None:
    game = read(
        HEADER + 'p "" 1 1 "" { "x" "y" } 0 p "" 1 1 { "x" "y" } 0 p "" 1 1 "why" 0 '
        't "" 1 { 1 2 } t "" 1 "end" { 1 2 } t "" 1 t "" 1 ""'
    )
    assert game.infosets.label[0] == "why"
    assert game.outcomes.label[0] == "end"


@settings(max_examples=300, deadline=None)
@example(["9300000000000000000", "-9999999999999999999", "0.9999999999999999999"])
@given(st.lists(
    st.one_of(
        st.from_regex(r"[-+]?[0-9]{0,25}\.?[0-9]{0,25}([eE][-+]?[0-9]{1,3})?", fullmatch=True),
        st.from_regex(r"[-+]?[0-9]{1,20}/[0-9]{1,20}", fullmatch=True),
        st.text("0123456789.eE/+-", max_size=12),
    ).filter(lambda text: text != ""),
    min_size=1, max_size=20,
))  # fmt: skip
def test_words_are_the_numbers_that_they_spell(words: list[str]) -> None:
    tokens = tokenize(" ".join(words).encode())
    found = numerals(tokens, tokens.position)
    for i, word in enumerate(words):
        try:
            expected = exact(word)
        except DetenteError:
            assert found.kind[i] == NONE, word
            continue
        value = Fraction(int(found.numerator[i]), int(found.denominator[i]))
        assert (found.large[i] if found.kind[i] == LARGE else value) == expected, word


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text("ab\x00é", max_size=30), max_size=30), max_size=5), st.booleans())
def test_texts_get_numbers_by_what_they_say(stretches: list[list[str]], crowded: bool) -> None:
    names = Names()
    if crowded:  # a table that is full from the start
        names._table_id[:] = 0
        names._table_length[:] = 1000
    texts: list[str] = []
    ids: list[int] = []
    for stretch in stretches:
        ids += names.number(tokenize(" ".join(map(quote, stretch)).encode())).tolist()
        texts += stretch
    a, b = np.meshgrid(np.array(ids, dtype=np.int32), np.array(ids, dtype=np.int32))
    same = names.same(a.ravel(), b.ravel())
    assert same.tolist() == [x == y for y in texts for x in texts]
    pool = names.pool("utf-8")
    assert [pool[i] for i in ids] == texts


def test_many_labels_are_kept_apart() -> None:
    count = 70_000
    body = "".join(f't "node {i}" {i + 1} "end {i}" {{ {i} {i % 7}.5 }}\n' for i in range(count))
    actions = " ".join(f'"a{i}"' for i in range(count))
    game = read(f'{HEADER}p "" 1 1 "" {{ {actions} }} 0\n{body}')
    assert game.children.tolist() == list(range(1, count + 1))
    assert list(game.node_label)[1:] == [f"node {i}" for i in range(count)]
    assert list(game.outcomes.label) == [f"end {i}" for i in range(count)]
    assert game.infosets.actions(0)[69_999] == "a69999"
    assert game.node_label[-1] == "node 69999"
    assert game.payoff(7) == (6, Fraction(13, 2))
    assert_same(read(written(game)), game)


@settings(deadline=None)
@given(seeds, st.sampled_from([2, 5, 70_000]))
def test_children_by_a_plain_stack(seed: int, widest: int) -> None:
    rng = random.Random(seed)
    arity, awaited = [], 1
    while awaited:
        width = 0 if len(arity) > 30 else rng.choice([0, 1, 2, rng.randint(1, widest)])
        arity.append(width)
        awaited += width - 1
    below: list[list[int]] = [[] for _ in arity]
    stack: list[int] = []
    for node, width in enumerate(arity):
        if stack:
            below[stack.pop()].append(node)
        stack += [node] * width
    children = np.zeros(len(arity) - 1, dtype=np.int32)
    fill_children(np.array(arity, dtype=np.int32), children)
    assert children.tolist() == [child for own in below for child in own]


# ── mistakes ───────────────────────────────────────────────────────────────────────────────────

H, MOVE = HEADER, 'p "" 1 1 "i" { "x" } 0\n'
MISTAKES = [
    ("", 1, 1, "an empty file"),
    ("\x89PNG\r\n", 1, 1, "it must begin with EFG"),
    ('NFG 1 R "" { }', 1, 1, "found 'NFG'"),
    ('EFG 1 R "" { }', 1, 5, "found '1'"),
    ("EFG 2 R title { }", 1, 9, "the title, in quotes"),
    ('EFG 2 R "t" { A B }', 1, 15, "the name of a player, in quotes"),
    ('EFG 2 R "t" "A"', 1, 13, "the list of players, in braces"),
    ('EFG 2 R "t', 1, 9, "never closed"),
    (HEADER, 2, 1, "no nodes"),
    (H + "hello", 2, 1, "a node must start here"),
    (H + 't "" 0\nt "" 0', 3, 1, "the tree is complete before"),
    (H + 't "" 0 # the end', 2, 8, "found '#'"),
    (H + 'p "" 1 1 "" { "x" "y" } 0\nt "" 0', 3, 7, "1 more node is needed"),
    (H + 'p "" 1 1 "" { "x" "y" "z" } 0\nt "" 0\n', 4, 1, "2 more nodes are needed"),
    (H + 'p "" 3 1 "" { "x" } 0\nt "" 0', 2, 6, "from 1 to 2"),
    (H + 'p "" 0 1 "" { "x" } 0\nt "" 0', 2, 6, "from 1 to 2"),
    (H + 'p "" 1. 1 "" { "x" } 0\nt "" 0', 2, 6, "found '1.'"),
    (H + 'p "" 1 "i" { "x" } 0\nt "" 0', 2, 8, "the number of the information set"),
    (H + 'p "" 1 1.5 "i" { "x" } 0\nt "" 0', 2, 8, "found '1.5'"),
    (H + 'p "" 1 1 "i" { } 0\nt "" 0', 2, 14, "at least one action"),
    (H + 'p "" 1 1 "i" { x } 0\nt "" 0', 2, 16, "the label of an action, in quotes"),
    (H + 'p "" 1 1 "i" { "x" "y" 0\nt "" 0', 2, 24, "an action, in quotes, or }"),
    (H + 'p "" 1 1 "i" { "x" } { 1 2 }\nt "" 0', 2, 22, "the number of the outcome"),
    (H + MOVE + 'p "" 1 1 "i" { "z" } 0\nt "" 0', 3, 1, "another action label"),
    (H + MOVE + 'p "" 1 1 "j" { "x" } 0\nt "" 0', 3, 1, "another label"),
    (H + MOVE + 'p "" 1 1 "i" { "x" "y" } 0\nt "" 0 t "" 0', 3, 1, "number of"),
    (H + MOVE + 'p "" 1 2 0\nt "" 0', 3, 1, "information set 2 is never"),
    (H + MOVE + 't "" 4', 3, 1, "outcome 4 is never described"),
    (H + 'c "" 1 "i" { "x" .33 "y" .33 "z" .33 } 0', 2, 1, "these sum to 99/100"),
    (H + 'c "" 1 "i" { "x" -1 "y" 2 } 0\nt "" 0 t "" 0', 2, 1, "negative; found -1"),
    (H + 'c "" 1 "i" { "x" "y" 1 } 0\nt "" 0 t "" 0', 2, 18, "the probability of"),
    (H + 'c "" 1 "i" { "x" 1/2 "y" } 0\nt "" 0 t "" 0', 2, 26, "the probability of"),
    (H + 'c "" 1 "i" { "x" 1 } 0\nc "" 1 "i" { "x" 1/2 } 0\nt "" 0', 3, 1, "another probability"),
    (H + 't "" 1 "o" { 1 }', 2, 12, "needs 2 payoffs, one a player; found 1"),
    (H + 't "" 1 "o" { 1,5 2,5 }', 2, 12, "found 4. Use points, not commas"),
    (H + 't "" 1 "o" { 1 2', 2, 17, "found the end of the file"),
    (H + 't "" 1 "o" { 1 x }', 2, 16, "a payoff or } must stand here; found 'x'"),
    (H + 't "" 1 "o" { 1 inf }', 2, 16, "found 'inf'"),
    (H + 't "" 1 "o" { 1 1/0 }', 2, 16, "found '1/0'"),
    (H + 't "" 1 "o" { 1 1e999999999 }', 2, 16, "of moderate size"),
    (H + 't "" 1 "o', 2, 8, "never closed"),
    (H + 't "" 0 "o" { 0 0 }', 2, 8, "outcome 0 means that there is none"),
    (H + 't "" 99999999999', 2, 6, "at most 2147483647"),
    (H + 't "" }', 2, 6, "found '}'"),
    (H + 'p "" 1 1 "" { "x" "y" } 0 t "" 1 { 1 2 }\nt "" 1 { 1 3 }', 3, 1, "another payoff"),
    (H + 'q "" 0', 2, 1, "found 'q'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "said"), MISTAKES)
def test_a_mistake_is_placed_and_explained(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(FileError) as caught:
        read_efg(text.encode("latin-1"), "game.efg")
    assert str(caught.value).startswith(f"game.efg:{line}:{column}: ")
    assert said in caught.value.message


def test_denominators_without_end_are_refused() -> None:
    primes = [n for n in range(3, 20_000) if all(n % d for d in range(2, int(n**0.5) + 1))]
    ends = "".join(f't "" {p} "" {{ 1/{p} 0 }}\n' for p in primes)
    actions = " ".join(['"x"'] * len(primes))
    with pytest.raises(FileError, match="no common denominator of a sensible size"):
        read(f'{HEADER}p "" 1 1 "" {{ {actions} }} 0\n{ends}')


@settings(max_examples=300, deadline=None)
@given(seeds, st.data())
def test_a_damaged_file_is_read_or_refused(seed: int, data: st.DataObject) -> None:
    raw = bytearray(Speller(seed, most=12).make().text.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(len(raw) - 1, 0)))
        kind = data.draw(st.sampled_from(["drop", "cut", "change", "double"]))
        if kind == "cut":
            raw = raw[: at + 1]
        elif kind == "change":
            raw[at : at + 1] = [data.draw(st.sampled_from(b'"{}\\ 0p\xff'))]
        else:
            end = at + data.draw(st.integers(1, 9))
            raw[at:end] = b"" if kind == "drop" else raw[at:end] * 2
    try:
        game = read_efg(bytes(raw), "f")
    except FileError as error:
        game, refused = None, str(error)
    if game is None:
        assert refused.startswith("f:") or "denominator" in refused
    else:
        assert_same(read(written(game)), game)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read: No such file"):
        read_efg(tmp_path / "none.efg")
    with pytest.raises(FileError, match="cannot be read"):
        read_efg(tmp_path)


# ── writing ────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=200, deadline=None)
@given(seeds)
def test_writing_and_reading_gives_the_same_game(seed: int) -> None:
    game = read(Speller(seed).make().text)
    assert_same(read(written(game)), game)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    b = Builder(["A"])
    game = b.build(b.decide("A", {"x": b.end(1), "y": b.end("1/3")}, label="é"))
    path = tmp_path / "game.efg"
    path.write_text("before")
    write_efg(game, path)
    assert_same(read_efg(path), game)
    broken = game.replaced(infosets=None)
    with pytest.raises(AttributeError):
        write_efg(broken, path)
    assert_same(read_efg(path), game)
    assert [p.name for p in tmp_path.iterdir()] == ["game.efg"]
    with pytest.raises(FileError, match="cannot be written"):
        write_efg(game, tmp_path / "none" / "game.efg")


def test_a_shared_game_is_written_as_its_tree() -> None:
    b = Builder(["A"])
    talks = b.decide("A", {"x": b.end(1), "y": b.end(2)}, label="talks", discount=["1/2"])
    game = read(written(b.build(b.decide("A", {"now": talks, "later": talks}), shared=True)))
    assert game.num_nodes == 7
    assert [game.payoff(v)[0] for v in (2, 3)] == [Fraction(1, 2), 1]
    assert game.infosets.num_player_infosets == 3


# ── beside Gambit ──────────────────────────────────────────────────────────────────────────────


def gambit_nodes(game: object) -> list[object]:
    found, stack = [], [game.root]  # type: ignore[attr-defined]
    while stack:
        node = stack.pop()
        found.append(node)
        stack += reversed(list(node.children))
    return found


def assert_is_gambits(game: Game, theirs: object) -> None:
    nodes = gambit_nodes(theirs)
    assert game.num_nodes == len(nodes)
    place = {node: i for i, node in enumerate(nodes)}
    infosets: dict[int, set[object]] = {}
    for v, node in enumerate(nodes):
        assert game.node_label[v] == node.label
        assert game.children_of(v) == [place[child] for child in node.children]
        try:
            payoffs = [Fraction(node.outcome[p]) for p in theirs.players]  # type: ignore[attr-defined]
        except (KeyError, TypeError):
            payoffs = [Fraction(0)] * game.num_players
        assert list(game.payoff(v)) == payoffs
        if node.is_terminal:
            continue
        h = int(game.infoset[v])
        infosets.setdefault(h, set()).add(node.infoset)
        actions = list(game.infosets.actions(h))
        if all(actions) and len(set(actions)) == len(actions):  # else Gambit renames them
            assert actions == [action.label for action in node.infoset.actions]
        if node.player.is_chance:
            chances = [Fraction(action.prob) for action in node.infoset.actions]
            assert game.infosets.probabilities(h) == chances
        else:
            assert game.mover[v] == node.player.number
    assert len(infosets) == len(game.infosets)
    assert all(len(theirs) == 1 for theirs in infosets.values())


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_gambit_reads_the_same_game(seed: int) -> None:
    pygambit = pytest.importorskip("pygambit")
    spelled = Speller(seed, plain=True).make()
    game = read(spelled.text)
    theirs = pygambit.read_efg(io.BytesIO(written(game).encode()))
    assert_is_gambits(game, theirs)
    assert_same(read(theirs.to_efg()), game)


def test_gambits_catalog_is_read_as_gambit_reads_it() -> None:
    pygambit = pytest.importorskip("pygambit")
    files = sorted(Path(pygambit.__file__).parent.rglob("*.efg"))
    for path in files:
        assert_is_gambits(read_efg(path), pygambit.read_efg(path))


def test_a_summit_is_written_with_labels_that_gambit_takes(tmp_path: Path) -> None:
    summit = load("ultimatum")
    target = tmp_path / "ultimatum.efg"
    write(summit, target)
    game = read_efg(target)
    labels = [text for text in game.node_label if text]
    assert len(labels) == len(set(labels))
    assert game.num_nodes == summit.game.tree_size
    pygambit = pytest.importorskip("pygambit")
    assert len(pygambit.read_efg(str(target)).infosets) == len(game.infosets)
