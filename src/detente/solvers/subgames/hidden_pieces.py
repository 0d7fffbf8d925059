"""Pieces in which something is hidden: solved as games of their own, for all their equilibria."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

import numpy as np
from numpy.typing import NDArray

from detente.errors import OutOfTime
from detente.game.expand import take_infosets
from detente.game.labels import Labels
from detente.game.profile import Profile
from detente.game.rationals import Payoffs
from detente.game.sequence_form import SequenceForm, sequence_form
from detente.game.tree import TERMINAL, Game, Outcomes
from detente.solvers.plans.plan_cells import cell, spread
from detente.solvers.plans.plan_patterns import patterns, sides
from detente.solvers.plans.pure_search import OPEN, PureSearch
from detente.solvers.registry import Request, choose
from detente.solvers.subgames.pieces import NONE, ONE, Cut, Move, Replayed, Vector


@dataclass(eq=False)
class Hidden:
    """A piece with hidden information; the game has perfect recall and no discounts.

    `tree` : the piece as a game, its ends without payoffs
    `places` : the nodes of `tree` that are its ends
    """

    game: Game
    root: int
    ends: list[int]
    above: frozenset[int]
    infosets: list[int]
    players: list[int]
    tree: Game
    places: list[int]
    request: Request
    _form: SequenceForm = field(init=False)
    _walk: _Walk = field(init=False)
    _known: dict[tuple[Vector, ...], Move] = field(default_factory=dict)
    _solved: dict[Vector, Replayed[tuple[Move, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Its sequences are wanted, whatever the ends are worth.
        self._form = sequence_form(self.tree)
        self._walk = _Walk.of(self.tree)

    @classmethod
    def of(cls, cut: Cut, root: int, request: Request) -> Hidden:
        """The piece that starts at this node."""
        nodes = np.array(cut.kept[root])
        ends = np.isin(nodes, cut.ends[root])
        tree, infosets = _piece_game(cut.game, nodes, ends)
        owners = tree.infosets.mover[: tree.infosets.num_player_infosets]
        return cls(
            cut.game, root, cut.ends[root], cut.above[root], infosets,
            sorted(set(owners.tolist())), tree, np.flatnonzero(ends).tolist(), request,
        )  # fmt: skip

    # ── what is played ─────────────────────────────────────────────────────────────────────────

    def first(self, values: Sequence[Vector]) -> Move | None:
        """One equilibrium, by the best method for the piece."""
        if len(self.players) == 1:
            return self.best(self.players[0], self._of_behavior(self._first_actions()), values)
        if len(self.players) > 2:
            found = next(self.components(values), None)
            return None if found is None else found[0]
        given = self._with_values(values)
        request = Request("nash", 1, self.request.deadline, arithmetic="exact")
        result = choose(given, "nash").run(given, request)
        if result.stopped == "interrupted":
            raise KeyboardInterrupt
        if result.stopped == "time_limit":
            raise OutOfTime
        if not result.equilibria:
            return next(self.components(values))[0]
        profile = result.equilibria[0].profile
        assert isinstance(profile, Profile)
        return self._of_behavior([tuple(map(Fraction, odds)) for odds in profile])

    def components(self, values: Sequence[Vector]) -> Iterator[tuple[Move, ...]]:
        """The maximal Nash subsets, each as its vertices; of more than two players each pure
        equilibrium."""
        key = tuple([value[i] for value in values for i in self.players])
        if key not in self._solved:
            self._solved[key] = Replayed(self._components(values))
        return iter(self._solved[key])

    def _components(self, values: Sequence[Vector]) -> Iterator[tuple[Move, ...]]:
        given = self._with_values(values)
        if len(self.players) > 2:
            for choice in PureSearch(given, self.request.check).profiles():
                # Excluded information sets are free: they do the first thing.
                pure = Profile.pure(given, [0 if k == OPEN else k for k in choice])
                yield (self._of_behavior([tuple(map(Fraction, odds)) for odds in pure]),)
            return
        pair = sides(sequence_form(given))
        for played in patterns(pair, self.request):
            parts = [
                cell(pair[k], pair[1 - k], played[k], played[1 - k], self.request.check)
                for k in (0, 1)
            ]
            plans = []
            for side, mask, part in zip(pair, played, parts, strict=True):
                assert part is not None, "a maximal Nash subset is not empty"
                plans.append([tuple(spread(side, mask, point)) for point in part])
            yield tuple(self._moves(plans))

    def _moves(self, plans: list[list[Vector]]) -> Iterator[Move]:
        for both in product(*plans):
            self.request.check()
            yield self._of_plans(both[: len(self.players)])

    def between(self, first: Move, second: Move, share: Fraction) -> Move:
        """The mixture of two moves that differ in one player's plan."""
        mixed = [
            one if one == other
            else tuple((1 - share) * p + share * q for p, q in zip(one, other, strict=True))
            for one, other in zip(first.plans, second.plans, strict=True)
        ]
        return self._of_plans(mixed)

    def scaled(self, worth: Vector) -> Vector:
        """The worth: discounts are in the payoffs already."""
        return worth

    def best(self, player: int, move: Move, values: Sequence[Vector]) -> Move:
        """A best reply of a player to what the others do, found from the last information set to
        the first (von Stengel 1996, section 5)."""
        walk = self._walk
        gained, before = self._by_last_action(player, move, values)
        behavior = list(move.behavior)
        for h in sorted(before, reverse=True):
            worth = gained[walk.start[h] : walk.start[h + 1]]
            most = max(worth)
            behavior[h] = _surely(worth.index(most), len(worth))
            if before[h] >= 0:
                gained[before[h]] += most
        return self._of_behavior(behavior)

    def _by_last_action(
        self, player: int, move: Move, values: Sequence[Vector]
    ) -> tuple[list[Fraction], dict[int, int]]:
        """What a player gains after each flat action before its next one, weighted by how far the
        others and chance let play come; and its infosets → the own action before, or -1."""
        walk = self._walk
        gained = [NONE] * walk.start[len(self.infosets)]
        before: dict[int, int] = {}
        reach, last = [ONE] * len(walk.mover), [-1] * len(walk.mover)
        worth = dict(zip(self.places, values, strict=True))
        for node, kids in enumerate(walk.kids):
            here, follows = reach[node], last[node]
            if here and follows >= 0:
                amount = walk.gain[node][player]
                if node in worth:
                    amount += worth[node][player]
                gained[follows] += here * amount
            if not kids:
                continue
            h, own = walk.infoset[node], walk.mover[node] == player
            if own:
                before.setdefault(h, follows)
            for k, (child, p) in enumerate(zip(kids, walk.odds(h, move.behavior), strict=True)):
                reach[child] = here if own else here * p
                last[child] = walk.start[h] + k if own else follows
        return gained, before

    def _first_actions(self) -> list[Vector]:
        sets = self.tree.infosets
        return [_surely(0, len(sets.actions(h))) for h in range(len(self.infosets))]

    def _of_plans(self, plans: Sequence[Vector]) -> Move:
        return self._of_behavior([tuple(map(Fraction, odds)) for odds in self._form.profile(plans)])

    def _of_behavior(self, behavior: Sequence[Vector]) -> Move:
        key = tuple(behavior)
        if key not in self._known:
            plans = [tuple(own.plan(lambda h: key[h])) for own in self._form.sequences]
            base, after = self._walk.play(key, self.places)
            self._known[key] = Move(len(self._known), key, tuple(plans), base, after)
        return self._known[key]

    def _with_values(self, values: Sequence[Vector]) -> Game:
        """The piece as a game, its ends with these payoffs."""
        rows = [self.tree.outcomes.payoffs.row(k) for k in range(len(self.tree.outcomes))]
        outcome = self.tree.outcome.copy()
        outcome[self.places] = np.arange(len(rows), len(rows) + len(values))
        payoffs = Payoffs.of([*rows, *values], self.tree.num_players)
        labels = Labels.blank(len(payoffs))
        return self.tree.replaced(outcome=outcome, outcomes=Outcomes(labels, payoffs))


@dataclass(frozen=True, eq=False)
class _Walk:
    """A piece's tree as plain lists; `chance`: the odds at each of chance's information sets."""

    mover: list[int]
    infoset: list[int]
    kids: list[list[int]]
    gain: list[Vector]
    start: list[int]
    chance: list[list[Fraction]]

    @classmethod
    def of(cls, tree: Game) -> _Walk:
        sets = tree.infosets
        return cls(
            tree.mover.tolist(),
            tree.infoset.tolist(),
            [tree.children_of(node) for node in range(tree.num_nodes)],
            [tree.payoff(node) for node in range(tree.num_nodes)],
            sets.action_start.tolist(),
            [sets.probabilities(h) for h in range(sets.num_player_infosets, len(sets))],
        )

    def odds(self, h: int, behavior: Sequence[Vector]) -> Sequence[Fraction]:
        return behavior[h] if h < len(behavior) else self.chance[h - len(behavior)]

    def play(
        self, behavior: Sequence[Vector], places: list[int]
    ) -> tuple[Vector, tuple[tuple[int, Fraction], ...]]:
        """What each party gains on the way, and how likely play comes to each of these ends."""
        reach = [NONE] * len(self.mover)
        reach[0] = ONE
        total = [NONE] * len(self.gain[0])
        for node, kids in enumerate(self.kids):
            here = reach[node]
            if not here:
                continue
            for i, amount in enumerate(self.gain[node]):
                if amount:
                    total[i] += here * amount
            if kids:
                for child, p in zip(kids, self.odds(self.infoset[node], behavior), strict=True):
                    reach[child] = here * p
        after = [(k, reach[node]) for k, node in enumerate(places) if reach[node]]
        return tuple(total), tuple(after)


def _surely(action: int, width: int) -> Vector:
    return tuple([ONE if k == action else NONE for k in range(width)])


def _piece_game(
    game: Game, nodes: NDArray[np.int64], ends: NDArray[np.bool_]
) -> tuple[Game, list[int]]:
    """The game of these nodes, ends of play where `ends` says so, and the game's numbers of the
    players' information sets in it."""
    inside = nodes[~ends]
    decisions = inside[game.mover[inside] != TERMINAL]
    sets = np.unique(game.infoset[decisions])  # players' in their order, chance's last
    infosets = take_infosets(game, sets)[0]
    counts = np.where(ends, 0, game.child_start[nodes + 1] - game.child_start[nodes])
    # In preorder, siblings stand in the order of the actions that lead to them.
    parents = np.searchsorted(nodes, game.parent[nodes[1:]])
    place = {h: k for k, h in enumerate(sets.tolist())}
    tree = game.replaced(
        mover=np.where(ends, TERMINAL, game.mover[nodes]).astype(np.int16),
        child_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        children=(np.argsort(parents, kind="stable") + 1).astype(np.int32),
        infoset=np.array(
            [-1 if end else place.get(h, -1)
             for end, h in zip(ends.tolist(), game.infoset[nodes].tolist(), strict=True)],
            dtype=np.int32,
        ),
        outcome=np.where(ends, -1, game.outcome[nodes]).astype(np.int32),
        node_label=game.node_label.take(nodes),
        infosets=infosets,
        bundles=(),
        tags=(),
        formulas=None,
    )  # fmt: skip
    return _own_outcomes(tree), sets[: infosets.num_player_infosets].tolist()


def _own_outcomes(tree: Game) -> Game:
    """The same with the outcomes that it uses alone."""
    used, which = np.unique(tree.outcome[tree.outcome >= 0], return_inverse=True)
    outcome = tree.outcome.copy()
    outcome[outcome >= 0] = which
    payoffs = tree.outcomes.payoffs.take(used)
    return tree.replaced(outcome=outcome, outcomes=Outcomes(Labels.blank(len(used)), payoffs))
