"""What is written at the marks of a tree: who moves, what is done, how it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from detente.game.tree import CHANCE, Game
from detente.show.plots.style import BODY, SMALL, shortened, width_of, wrapped
from detente.show.plots.unfolding import Mark, Number
from detente.stability.words import plain

MOVE_COLUMNS, BOX_COLUMNS, END_COLUMNS, NAME_COLUMNS = 20, 18, 28, 20
"""Characters of a line of text, by what it says."""
MOST_DIGITS = 2
"""Of a fraction's denominator; others are told in decimals."""
SHORT = 6
"""Characters up to which a fraction is told as one."""


@dataclass(frozen=True)
class Texts:
    """What is written at a mark: on the branch to it, and in its box or behind it.

    The first line of a box is bold, the others are small.
    """

    move: tuple[str, ...]
    inside: tuple[str, ...]

    @property
    def move_width(self) -> float:
        """In points, of the widest line."""
        return max((width_of(line, SMALL) for line in self.move), default=0.0)

    @property
    def inside_width(self) -> float:
        """In points, of the widest line."""
        first = width_of(self.inside[0], BODY, bold=True) if self.inside else 0.0
        return max([first, *(width_of(line, SMALL) for line in self.inside[1:])])


def texts_of(game: Game, root: Mark) -> dict[Mark, Texts]:
    """What is written at each mark."""
    bundles = sorted((bundle.name for bundle in game.bundles), key=len, reverse=True)
    found: dict[Mark, Texts] = {}
    for mark in root.walk():
        move = move_text(mark)
        lines = tuple(wrapped(move, MOVE_COLUMNS, 2)) if move else ()
        found[mark] = Texts(lines, tuple(_inside(game, mark, bundles)))
    return found


def move_text(mark: Mark) -> str:
    """The move that leads to a mark, with its probability where it is neither sure nor excluded."""
    odds = mark.odds
    if odds is None or odds in (0, 1) or mark.kind == "group":
        return _spaced(mark.move)
    return f"{_spaced(mark.move) or 'move'}  {odds_text(odds)}"


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def odds_text(odds: Number) -> str:
    """A probability, as a fraction where that is short.

    >>> odds_text(Fraction(1, 3)), odds_text(Fraction(123, 1000)), odds_text(0.25)
    ('1/3', '0.123', '0.25')
    """
    if isinstance(odds, Fraction):
        short = len(str(odds.denominator)) <= MOST_DIGITS
        return str(odds) if short else plain(odds, 3)
    return f"{odds:.3g}"


def number_text(value: Number) -> str:
    """A payoff: in decimals where that is exact, as a short fraction, or rounded and marked so.

    >>> number_text(Fraction(5, 2)), number_text(Fraction(-1, 18)), number_text(Fraction(1, 30000))
    ('2.5', '-1/18', '≈0.00003333')
    """
    if not isinstance(value, Fraction):
        return f"{value:.4g}"
    text = plain(value)
    return str(value) if text.startswith("≈") and len(str(value)) <= SHORT else text


def count_text(nodes: int) -> str:
    """A number of nodes.

    >>> count_text(1), count_text(12345), count_text(10**20)
    ('1 node', '12,345 nodes', '≈1e+20 nodes')
    """
    if nodes < 10**9:
        return f"{nodes:,} node{'s' * (nodes != 1)}"
    return f"≈{plain(Fraction(nodes)).lstrip('≈')} nodes"


def _inside(game: Game, mark: Mark, bundles: Sequence[str]) -> Iterator[str]:
    if mark.kind == "node":
        yield from _box(game, mark, bundles)
    elif mark.kind == "end":
        outcome = int(game.outcome[mark.node])
        label = game.outcomes.label[outcome] if outcome >= 0 else ""
        text = _unsaid(label or game.node_label[mark.node], bundles)
        if text:
            yield shortened(text, END_COLUMNS)
    else:
        yield count_text(mark.folded)


def _box(game: Game, mark: Mark, bundles: Sequence[str]) -> Iterator[str]:
    """Who moves, and what the game calls it beyond that."""
    mover = int(game.mover[mark.node])
    name = "chance" if mover == CHANCE else game.players[mover]
    label = game.node_label[mark.node] or game.infosets.label[int(game.infoset[mark.node])]
    yield shortened(name, NAME_COLUMNS)
    rest = _unsaid(label, bundles)
    if rest.startswith((f"{name} ", f"{name}:")):
        rest = rest[len(name) + 1 :].strip()
    if rest and rest.lower() != name.lower():
        yield from wrapped(rest, BOX_COLUMNS, 2)


def _unsaid(label: str, bundles: Sequence[str]) -> str:
    """A label without the bundle that it names, which stands on the way to it anyway.

    `bundles` : longest first, so that no part of a longer name is taken for a shorter one
    """
    words = _spaced(label)
    for name in bundles:
        words, cut = re.subn(rf"(?<!\w){re.escape(_spaced(name))}(?!\w)", "", words, count=1)
        if cut:
            break
    return " ".join(words.split()).strip(" :,;")
