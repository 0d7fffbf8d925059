"""What joint play of a tree can bring: the outcomes to bargain over where no file names bundles."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

from detente.errors import NotSupported, OutOfTime
from detente.game.information import first_hidden_infoset, information
from detente.game.tree import CHANCE, TERMINAL, Game
from detente.stability.bargaining.points import Vector

MOST = 20_000
"""Different outcomes at a node; beyond that there are too many to bargain over."""

Found = dict[Vector, str]
"""What can be had from a node on, and how."""


def ways_through(game: Game, deadline: float | None = None) -> Found:
    """Every payoff vector that the players can bring about together without drawing lots, and how.

    Where they decide, they may go any way; where chance decides, they may agree on what follows
    each of its outcomes, and expected payoffs count. Of ways with equal payoffs the first is named.

    Raises NotSupported where chance has a part in moves that are hidden (what they can agree on
    then hangs on what each of them knows), or where there are more than `MOST` outcomes; OutOfTime
    past the deadline.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A", "B"])
    >>> reply = b.decide("B", {"share": b.end(1, 1), "fight": b.end(-1, -1)})
    >>> list(ways_through(b.build(b.decide("A", {"out": b.end(0, 2), "in": reply}))).values())
    ['out', 'in, share', 'in, fight']
    """
    _refuse_hidden(game)
    found: list[Found] = [{}] * game.num_nodes
    for node in range(game.num_nodes - 1, -1, -1):
        if deadline is not None and not node % 256 and time.perf_counter() > deadline:
            raise OutOfTime
        gained = game.payoff(node)
        factors = game.discount(node)
        here: Found = {}
        for vector, words in _from(game, node, found):
            worth = tuple(g + v for g, v in zip(gained, vector, strict=True))
            if factors:
                worth = tuple(w * f for w, f in zip(worth, factors, strict=True))
            here.setdefault(worth, words)
            if len(here) > MOST:
                raise NotSupported(
                    f"joint play of this tree has more than {MOST:,} outcomes, too many to bargain "
                    "over."
                )
        found[node] = here
    return found[0]


def _from(game: Game, node: int, found: list[Found]) -> Iterator[tuple[Vector, str]]:
    """What is added after a node, and how."""
    if game.mover[node] == TERMINAL:
        yield (Fraction(0),) * game.num_players, ""
        return
    infoset = int(game.infoset[node])
    actions = told_apart([a or "unnamed" for a in game.infosets.actions(infoset)])
    children = game.children_of(node)
    if game.mover[node] != CHANCE:
        for child, action in zip(children, actions, strict=True):
            for vector, words in found[child].items():
                yield vector, _then(action, words)
        return
    odds = game.infosets.probabilities(infoset)
    # What is impossible need not be agreed on.
    likely = [k for k, p in enumerate(odds) if p]
    for ways in product(*(found[children[k]].items() for k in likely)):
        vector = tuple(
            sum((odds[k] * way[0][i] for k, way in zip(likely, ways, strict=True)), Fraction(0))
            for i in range(game.num_players)
        )
        yield (
            vector,
            _whichever([(actions[k], way[1]) for k, way in zip(likely, ways, strict=True)]),
        )


def told_apart(names: Sequence[str]) -> list[str]:
    """Names, those that are alike with a number behind each.

    >>> told_apart(["go", "stay", "go"])
    ['go (1)', 'stay', 'go (2)']
    """
    many, seen = Counter(names), Counter[str]()
    if len(many) == len(names):
        return list(names)
    found = []
    for name in names:
        seen[name] += 1
        found.append(f"{name} ({seen[name]})" if many[name] > 1 else name)
    return found


def _then(action: str, words: str) -> str:
    return f"{action}, {words}" if words else action


def _whichever(ways: list[tuple[str, str]]) -> str:
    """What is agreed for each outcome of chance; nothing where no one has anything to decide."""
    told = [f"{action}: {words}" for action, words in ways if words]
    return f"({'; '.join(told)})" if told else ""


def _refuse_hidden(game: Game) -> None:
    hidden = first_hidden_infoset(game)
    if hidden is None:
        return
    if bool((game.mover == CHANCE).any()):
        raise NotSupported(
            "chance moves and hidden moves stand in this tree together: what the players could "
            "agree on hangs on what each of them knows. Write the talks as a summit file, whose "
            "bundles can be bargained over."
        )
    if information(game).absent_minded:
        raise NotSupported(information(game).witness["absent_minded"])
