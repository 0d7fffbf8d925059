"""Continuations that are fixed in subgames: a profile, or a number in the list of equilibria."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from detente.errors import GameError
from detente.game.expand import subgame
from detente.game.information import subtree_sizes
from detente.game.profile import Profile
from detente.game.tree import TERMINAL, Game
from detente.solvers.registry import Request
from detente.solvers.subgames.combining import Combining, Played, vertices
from detente.solvers.subgames.continuations import Cell
from detente.solvers.subgames.pieces import Cut, Move, Vector, below

NAMED = 12
"""Subgames that a message names."""


@dataclass(eq=False)
class Settled:
    """A subgame in which it is settled what is played."""

    root: int
    infosets: list[int]
    ends: tuple[int, ...] = ()

    def scaled(self, worth: Vector) -> Vector:
        """The worth: it is told as seen from before the subgame."""
        return worth


def fixed_continuations(game: Game, cut: Cut, request: Request) -> dict[int, Cell]:
    """Root → the cell that stands for the continuation that is fixed there.

    Raises GameError, naming the subgames there are, where none starts at a node, where its list has
    no such number, and where a profile is no equilibrium of the subgame.
    """
    found: dict[int, Cell] = {}
    for root in sorted(request.fixed, reverse=True):  # the innermost first: lists depend on them
        given = request.fixed[root]
        if root not in cut.ends:
            raise GameError(
                f"no proper subgame starts at {game.describe(root)}. {_subgames(game, cut)}"
            )
        if isinstance(given, Profile):
            rows = _given_rows(game, root, given, found)
        elif isinstance(given, int) and not isinstance(given, bool):
            rows = _numbered_rows(game, cut, root, given, request, found)
        else:
            raise GameError(
                f"a continuation is a profile of the game or the number of an equilibrium in the "
                f"list of its subgame's; found {given!r} for {game.describe(root)}."
            )
        found[root] = _cell(cut, root, rows)
    return found


def _subgames(game: Game, cut: Cut) -> str:
    names = [game.describe(root) for root in cut.roots[:NAMED]]
    more = f" and {len(cut.roots) - NAMED:,} more" if len(cut.roots) > NAMED else ""
    return f"Subgames start at: {', '.join(names)}{more}."


def _numbered_rows(
    game: Game, cut: Cut, root: int, number: int, request: Request, fixed: dict[int, Cell]
) -> dict[int, Sequence[Fraction]]:
    """What is done in a subgame in an equilibrium that is given by its number."""
    listed = 0
    known = set()
    inner = {end: cell for end, cell in fixed.items() if end != root}
    for cell in Combining(below(cut, root), request, inner, lists=True).cells():
        for played in vertices(cell):
            request.check()
            key = tuple([move.number for _, move in played])
            if key in known:
                continue
            known.add(key)
            if listed == number:
                return _rows(played)
            listed += 1
    many = "one equilibrium" if listed == 1 else f"{listed} equilibria"
    raise GameError(
        f"there is no number {number}, counted from 0 (with --fix: {number + 1}, counted from 1), "
        f"in the list of the subgame that starts at {game.describe(root)}: it has {many}."
    )


def _rows(played: Played) -> dict[int, Sequence[Fraction]]:
    return {
        h: odds for piece, move in played
        for h, odds in zip(piece.infosets, move.behavior, strict=True)
    }  # fmt: skip


def _given_rows(
    game: Game, root: int, profile: Profile, fixed: dict[int, Cell]
) -> dict[int, Sequence[Fraction]]:
    """What a profile does in a subgame, which it must be an equilibrium of."""
    from detente.certify import certify

    where = game.describe(root)
    if profile.game is not game:
        raise GameError(f"the profile that is fixed at {where} is of another game.")
    if not profile.is_exact:
        raise GameError(f"the profile that is fixed at {where} must have exact probabilities.")
    if not game.is_tree:
        raise GameError(
            "in a game with shared continuations, fix one by its number in the list, not by a "
            "profile."
        )
    last = root + int(subtree_sizes(game)[root])
    inner = [node for node in fixed if root < node < last]
    if inner:
        raise GameError(
            f"the profile at {where} says what is played at {game.describe(inner[0])} too. Fix one "
            "of the two."
        )
    nodes = np.arange(root, last)
    sets = np.unique(game.infoset[nodes][game.mover[nodes] >= 0]).tolist()
    rows: dict[int, Sequence[Fraction]] = {h: [Fraction(p) for p in profile.at(h)] for h in sets}
    part = subgame(game, root)
    inside = Profile.mixed(part, [p for h in sets for p in rows[h]])
    certificate = certify(part, inside, "spe")
    if certificate.verdict != "proved":
        raise GameError(
            f"the profile is no subgame-perfect equilibrium of the subgame that starts at {where}: "
            f"{certificate.where or certificate.reason}"
        )
    return rows


def _cell(cut: Cut, root: int, rows: dict[int, Sequence[Fraction]]) -> Cell:
    infosets = sorted(rows)
    worth = _worth(cut.game, root, rows)
    move = Move(0, tuple([tuple(rows[h]) for h in infosets]), (), worth, ())
    return Cell(Settled(root, infosets), (move,), (), worth)


def _worth(game: Game, root: int, rows: dict[int, Sequence[Fraction]]) -> Vector:
    """What each party gets in a subgame, seen from before it."""
    worth: dict[int, Vector] = {}
    waiting = [root]
    while waiting:
        node = waiting[-1]
        children = game.children_of(node)
        new = [child for child in children if child not in worth]
        if new:
            waiting += new
            continue
        waiting.pop()
        if node not in worth:
            worth[node] = _node_worth(game, node, [worth[child] for child in children], rows)
    return worth[root]


def _node_worth(
    game: Game, node: int, below: list[Vector], rows: dict[int, Sequence[Fraction]]
) -> Vector:
    total = list(game.payoff(node))
    if game.mover[node] != TERMINAL:
        h = int(game.infoset[node])
        odds = rows[h] if game.mover[node] >= 0 else game.infosets.probabilities(h)
        for p, vector in zip(odds, below, strict=True):
            if p:
                total = [a + p * b for a, b in zip(total, vector, strict=True)]
    factors = game.discount(node)
    return tuple(total) if factors is None else tuple(
        a * f for a, f in zip(total, factors, strict=True)
    )
