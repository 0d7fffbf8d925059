"""All sequential equilibria of a game at once, where they are what each side does best by itself.

From the ends upwards, information set by information set: where what follows is settled, and one
action is better than another at every node, it is better whatever is believed; and where the way to
the information set is settled too, beliefs follow from Bayes' rule. What is left at each are
actions that are equally good for all players throughout: the equilibria are all ways to choose
among these. The argument is sequential rationality (Kreps and Wilson 1982) and one deviation at a
time; for the part without beliefs it is iterated conditional dominance (Shimoji and Watson 1998)
by single moves.

It rests on signs of expressions, so that it holds at all draws where these signs are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np

from detente.errors import NotSupported
from detente.game.expressions import ONE, ZERO, Expr, evaluate, total
from detente.game.expressions.identity import is_zero
from detente.game.information import information
from detente.game.tree import CHANCE, Game

Values = Mapping[str, Fraction]
Worth = tuple[Expr, ...]
"""What follows a node is worth to each player."""


@dataclass(frozen=True, eq=False)
class Whole:
    """What the sequential equilibria of a game have in common.

    `best` : the actions at each of the players' information sets; a strategy is part of an
        equilibrium exactly if it takes no others
    `believed` : the information sets at which this rests on beliefs
    `conditions` : where all of these are above zero, all this is so
    """

    game: Game = field(repr=False)
    best: tuple[tuple[int, ...], ...]
    believed: frozenset[int]
    conditions: tuple[Expr, ...]

    @cached_property
    def reached(self) -> frozenset[int]:
        """The nodes to which play comes in some equilibrium, where chance excludes nothing."""
        game, found = self.game, {0}
        for node in range(game.num_nodes):
            if node in found:
                children = game.children_of(node)
                if game.mover[node] >= 0:
                    children = [children[a] for a in self.best[int(game.infoset[node])]]
                found.update(children)
        return frozenset(found)


def sound(game: Game) -> tuple[Expr, ...]:
    """What is above zero where no move of chance is excluded, and no discount is none."""
    formulas, sets = game.formulas, game.infosets
    if formulas is None:
        raise NotSupported(f"'{game.title}' has no parameters: there is nothing to draw.")
    factors = [factor for row in formulas.discounts for factor in row]
    found = dict.fromkeys([*formulas.probabilities, *factors])
    starts = sets.action_start[sets.num_player_infosets :] - sets.num_player_actions
    for one, stop in pairwise(starts.tolist()):
        if not is_zero(total(formulas.probabilities[one:stop]) - ONE):
            found[ZERO] = None  # that they sum to one is seen draw by draw only
    return demanding(found)


def demanding(conditions: Mapping[Expr, None]) -> tuple[Expr, ...]:
    """The conditions that are not met by plain numbers."""
    return tuple(e for e in conditions if not (e.is_constant and e.constant > 0))


def whole_at(game: Game, values: Values) -> Whole | None:
    """What all sequential equilibria have in common at one draw, if it can be seen this way.

    `values` : of every parameter; the signs there are those of the answer. Chance must not exclude
        anything there

    None where some information set stays open: where the best action depends on beliefs that do,
    or where actions tie by accident, or for some players only.

    >>> import detente as dt
    >>> game = dt.load("fearon-1995-private-resolve").table(0)
    >>> whole_at(game, game.formulas.values()).best
    ((1,), (0,), (0,))
    """
    if not game.is_tree or not information(game).perfect_recall:
        return None
    return _Upwards(game, values).answer()


class _Upwards:
    """Information sets, settled one after another."""

    def __init__(self, game: Game, values: Values) -> None:
        assert game.formulas is not None
        self.game, self.values, self.formulas = game, values, game.formulas
        self.worth: dict[int, Worth] = {}
        self.best: dict[int, tuple[int, ...]] = {}
        self.believed: set[int] = set()
        self.conditions: dict[Expr, None] = {}
        self.members: dict[int, list[int]] = {}
        for node in np.flatnonzero(game.mover >= 0).tolist():
            self.members.setdefault(int(game.infoset[node]), []).append(node)

    def answer(self) -> Whole | None:
        settled = -1
        while settled < len(self.best) < len(self.members):
            settled = len(self.best)
            for node in range(self.game.num_nodes - 1, -1, -1):
                self._visit(node)
        if len(self.best) < len(self.members):
            return None
        best = tuple(self.best[h] for h in range(len(self.members)))
        return Whole(self.game, best, frozenset(self.believed), demanding(self.conditions))

    def _visit(self, node: int) -> None:
        """Settle what hangs on a node, once all below it is settled."""
        game = self.game
        if node in self.worth:
            return
        h, children = int(game.infoset[node]), game.children_of(node)
        if game.mover[node] >= 0 and h not in self.best and node == self.members[h][0]:
            self._settle(h)
        if game.mover[node] >= 0 and h not in self.best:
            return
        if not all(child in self.worth for child in children):
            return
        self.worth[node] = self._worth(node, children)

    def _worth(self, node: int, children: Sequence[int]) -> Worth:
        game, formulas = self.game, self.formulas
        h, parties = int(game.infoset[node]), range(game.num_players)
        if not children:
            below: Worth = (ZERO,) * game.num_players
        elif game.mover[node] == CHANCE:
            first = int(game.infosets.action_start[h]) - game.infosets.num_player_actions
            odds = formulas.probabilities[first : first + len(children)]
            below = tuple(
                total(p * self.worth[c][k] for p, c in zip(odds, children, strict=True))
                for k in parties
            )
        else:
            below = self.worth[children[self.best[h][0]]]
        return self._arriving(node, below)

    def _arriving(self, node: int, below: Worth) -> Worth:
        """What a node is worth with what it adds itself, discounted."""
        game, formulas = self.game, self.formulas
        outcome = int(game.outcome[node])
        if outcome >= 0:
            gains = formulas.payoffs[outcome]
            below = tuple(a + b for a, b in zip(gains, below, strict=True))
        row = int(game.discounts.row[node]) if game.discounts is not None else 0
        if row:
            factors = formulas.discounts[row]
            below = tuple(f * w for f, w in zip(factors, below, strict=True))
        return below

    # ── one information set ───────────────────────────────────────────────────────────────────────

    def _settle(self, h: int) -> None:
        rows = [[self.worth.get(c) for c in self.game.children_of(v)] for v in self.members[h]]
        known = [[w for w in row if w is not None] for row in rows]
        if any(len(a) < len(b) for a, b in zip(known, rows, strict=True)):
            return
        who = int(self.game.mover[self.members[h][0]])
        if self._pick(h, [[w[who] for w in row] for row in known], known):
            return
        weights = self._weights(h)
        if weights is None:
            return
        columns = zip(*known, strict=True)
        expected = [
            total(p * w[who] for p, w in zip(weights, column, strict=True)) for column in columns
        ]
        if self._pick(h, [expected], known):
            self.believed.add(h)

    def _pick(self, h: int, gains: list[list[Expr]], worth: list[list[Worth]]) -> bool:
        """Settle an information set by what its actions gain, row by row, if the rows agree."""
        at = [evaluate(row, self.values) for row in gains]
        best = {tuple(a for a, v in enumerate(row) if v == max(row)) for row in at}
        if len(best) > 1:
            return False
        actions = best.pop()
        first = actions[0]
        for row in worth:
            for a in actions[1:]:
                if not all(_same(x, y) for x, y in zip(row[first], row[a], strict=True)):
                    return False
        for gain in gains:
            others = (a for a in range(len(gain)) if a not in actions)
            self.conditions.update({gain[first] - gain[a]: None for a in others})
        self.best[h] = actions
        return True

    def _weights(self, h: int) -> list[Expr] | None:
        """How likely chance and the moves of others make each node, up to a factor; None where a
        move on the way is open, or where none of the nodes is reached."""
        game, found = self.game, list[Expr]()
        who = int(game.mover[self.members[h][0]])
        for node in self.members[h]:
            weight: Expr | None = ONE
            while node and weight is not None:
                above = int(game.parent[node])
                weight = self._step(above, game.children_of(above).index(node), who, weight)
                node = above
            if weight is None:
                return None
            found.append(weight)
        return found if any(weight is not ZERO for weight in found) else None

    def _step(self, node: int, place: int, who: int, weight: Expr) -> Expr | None:
        game, h = self.game, int(self.game.infoset[node])
        if game.mover[node] == CHANCE:
            first = int(game.infosets.action_start[h]) - game.infosets.num_player_actions
            return weight * self.formulas.probabilities[first + place]
        if game.mover[node] == who:  # the same for all nodes, by perfect recall
            return weight
        actions = self.best.get(h, ())
        if place not in actions:
            return ZERO if actions else None
        return weight if len(actions) == 1 else None


def _same(one: Expr, other: Expr) -> bool:
    return one is other or is_zero(one - other)
