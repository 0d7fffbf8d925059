"""Games in strategic form, and the way to them and from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, chain
from math import gcd, lcm, log10, prod
from operator import mul
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detente.errors import GameError
from detente.game.expressions import exact
from detente.game.labels import Labels
from detente.game.preorder import fill_children
from detente.game.rationals import INT64_MAX, Payoffs, Probabilities
from detente.game.tree import CHANCE, TERMINAL, Game, Infosets, Outcomes, check_players

_MANY = 10**1000  # sizes are not counted beyond
_SIZES_SHOWN = 6


@dataclass(frozen=True, eq=False)
class StrategicGame:
    """A finite game in strategic form.

    `strategies` : the labels of each player's strategies
    `cell` : int32 (num_cells,), what each strategy profile leads to, as an index into `outcomes`,
        or -1 for nothing; the first player's strategy varies fastest
    `by_outcome` : whether outcomes are things with names that several profiles may lead to; else
        there is one a profile, without a name

    >>> game = StrategicGame.of(["Row", "Column"], [["u", "d"], ["l", "r"]],
    ...                         [(3, 3), (5, 0), (0, 5), (1, 1)], title="Prisoner's dilemma")
    >>> game.payoff(1, 0)
    (Fraction(5, 1), Fraction(0, 1))
    """

    title: str
    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    cell: NDArray[np.int32]
    outcomes: Outcomes
    comment: str = ""
    by_outcome: bool = False

    @classmethod
    def of(
        cls,
        players: list[str],
        strategies: list[list[str]],
        payoffs: Sequence[Sequence[int | str | float | Fraction]],
        title: str = "",
        comment: str = "",
    ) -> StrategicGame:
        """The game with these payoffs, one tuple a profile, the first player's strategy fastest.

        A float counts as what it prints: 0.1 is a tenth. Raises GameError where the sizes do not
        agree or a name is no text, ExpressionError for what is no number.
        """
        for text in (*players, *chain.from_iterable(strategies), title, comment):
            if not isinstance(text, str):
                raise GameError(f"names, title and comment are texts; found {text!r}.")
        cells = prod(len(own) for own in strategies)
        if len(strategies) != len(players) or not all(strategies):
            raise GameError("every player needs at least one strategy, in the players' order.")
        if len(payoffs) != cells or any(len(row) != len(players) for row in payoffs):
            raise GameError(f"{cells} tuples of {len(players)} payoffs are needed.")
        table = Payoffs.of([[exact(x) for x in row] for row in payoffs], len(players))
        return cls(
            title=title,
            players=tuple(players),
            strategies=tuple(tuple(own) for own in strategies),
            cell=np.arange(cells, dtype=np.int32),
            outcomes=Outcomes(Labels.blank(cells), table),
            comment=comment,
        )

    @property
    def num_players(self) -> int:
        """How many players."""
        return len(self.players)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """How many strategies each player has."""
        return tuple(len(own) for own in self.strategies)

    def payoff(self, *strategies: int) -> tuple[Fraction, ...]:
        """What each player gets when they play these strategies, counted from 0."""
        row = 0
        for strategy, size in zip(reversed(strategies), reversed(self.shape), strict=True):
            if not 0 <= strategy < size:
                raise GameError(f"strategies are counted from 0 to {size - 1}; found {strategy}.")
            row = row * size + strategy
        outcome = int(self.cell[row])
        if outcome < 0:
            return (Fraction(0),) * self.num_players
        return self.outcomes.payoffs.row(outcome)


def to_tree(strategic: StrategicGame, limit: int = 10_000_000) -> Game:
    """The extensive form in which the players move one after the other and see nothing.

    Raises GameError where the tree has more than `limit` nodes; the message says how many.

    >>> game = StrategicGame.of(["A", "B"], [["u", "d"], ["l", "r"]], [(1, 0)] * 4)
    >>> to_tree(game).num_nodes
    7
    """
    shape, depth = strategic.shape, strategic.num_players
    check_players(depth)
    size = sum(accumulate(shape, mul, initial=1))
    if size > limit:
        raise GameError(
            f"the tree of this game has {size_text(size)} nodes, more than the limit of {limit}. "
            "Keep it in strategic form (.nfg)."
        )
    level = np.array([depth], dtype=np.int16)  # of each node of a subtree, in preorder
    for player in range(depth - 1, -1, -1):
        level = np.concatenate([np.array([player], dtype=np.int16), np.tile(level, shape[player])])
    arity = np.array([*shape, 0], dtype=np.int32)[level]
    children = np.zeros(len(level) - 1, dtype=np.int32)
    fill_children(arity, children)
    at_end = level == depth
    outcome = np.full(len(level), -1, dtype=np.int32)
    # Axes of length one change nothing, and numpy allows few axes.
    axes = [size for size in shape if size > 1]
    outcome[at_end] = strategic.cell.reshape(axes, order="F").reshape(-1)
    return Game(
        title=strategic.title,
        comment=strategic.comment,
        players=strategic.players,
        mover=np.where(at_end, np.int16(TERMINAL), level).astype(np.int16),
        child_start=np.concatenate([[0], np.cumsum(arity)]).astype(np.int32),
        children=children,
        infoset=np.where(at_end, -1, level).astype(np.int32),
        outcome=outcome,
        node_label=Labels.blank(len(level)),
        infosets=Infosets(
            mover=np.arange(depth, dtype=np.int16),
            action_start=np.concatenate([[0], np.cumsum(shape, dtype=np.int64)]).astype(np.int32),
            label=Labels.blank(depth),
            action_label=Labels.of(label for own in strategic.strategies for label in own),
            probability=Probabilities.of([]),
        ),
        outcomes=strategic.outcomes,
    )


def to_strategic(game: Game, limit: int = 1_000_000, *, reduced: bool = True) -> StrategicGame:
    """The strategic form of a game: expected payoffs, exactly, of every profile of strategies.

    Parameters
    ----------
    limit : how many profiles are written out at most
    reduced : leave choices open where the player's own earlier choices exclude the infoset (shown
        as `*`), so that no two strategies differ only there. A player who forgets its own choices
        has all its strategies listed.

    A strategy is called by its actions, in the order of the player's infosets. Raises GameError
    where there are more than `limit` profiles; the message says how many.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A"])
    >>> later = b.decide("A", {"x": b.end(1), "y": b.end(2)})
    >>> to_strategic(b.build(b.decide("A", {"stop": b.end(0), "go": later}))).strategies
    (('stop *', 'go x', 'go y'),)
    """
    if not game.is_tree or game.discounts is not None:
        from detente.game.expand import expand

        game = expand(game)
    plans = [_Plans(game, player, reduced) for player in range(game.num_players)]
    cells = _product(plan.count for plan in plans)
    if cells > limit:
        sizes = " × ".join(size_text(plan.count) for plan in plans[:_SIZES_SHOWN])
        sizes += " × …" if len(plans) > _SIZES_SHOWN else ""
        raise GameError(
            f"the strategic form of this game has {size_text(cells)} profiles ({sizes} strategies),"
            f" more than the limit of {limit}. Keep it in extensive form (.efg)."
        )
    choices = [plan.choices() for plan in plans]
    return StrategicGame(
        title=game.title,
        players=game.players,
        strategies=tuple(
            plan.labels(own) for plan, own in zip(plans, choices, strict=True)
        ),
        cell=np.arange(cells, dtype=np.int32),
        outcomes=Outcomes(Labels.blank(cells), _expected(game, choices)),
        comment=game.comment,
    )


# ── strategies ─────────────────────────────────────────────────────────────────────────────────


def strategies_of(game: Game, player: int, *, reduced: bool = True) -> NDArray[np.int32]:
    """What the strategies that `to_strategic` lists do, one row each.

    int32 (count, num_own_infosets), the action at each of the player's infosets, -1 where it is
    left open. The game must be a tree without discounts.
    """
    return _Plans(game, player, reduced).choices()


class _Plans:
    """The strategies of a player.

    `infosets`, `widths` : its infosets, and how many actions each has
    `after` : for each own action (flat), and for None, the start: the own infosets met next
    """

    def __init__(self, game: Game, player: int, reduced: bool) -> None:
        sets = game.infosets
        self.sets = sets
        self.infosets: list[int] = np.flatnonzero(sets.mover == player).tolist()
        self.widths = dict(
            zip(self.infosets, np.diff(sets.action_start)[self.infosets].tolist(), strict=True)
        )
        last = _last_own_actions(game, player) if reduced else None
        self.after: dict[int | None, list[int]] = {}
        for h in self.infosets:
            self.after.setdefault(None if last is None else last[h], []).append(h)
        self.count = self._count()

    def _flats(self, infoset: int) -> range:
        start = int(self.sets.action_start[infoset])
        return range(start, start + self.widths[infoset])

    def _count(self) -> int:
        count: dict[int, int] = {}
        # An infoset comes after those that lead to it.
        for h in reversed(self.infosets):
            count[h] = sum(
                _product(count[k] for k in self.after.get(flat, ())) for flat in self._flats(h)
            )
        return _product(count[h] for h in self.after.get(None, ()))

    def choices(self) -> NDArray[np.int32]:
        """int32 (count, num_own_infosets), the action at each infoset, -1 where it is open."""
        plans: dict[int, _Partial] = {}
        for column, h in zip(range(len(self.infosets))[::-1], self.infosets[::-1], strict=True):
            parts = [
                _combined([plans.pop(k) for k in self.after.get(flat, ())])
                for flat in self._flats(h)
            ]
            columns = np.concatenate([[column], *(part.columns for part in parts)])
            rows = np.full((sum(len(part.rows) for part in parts), len(columns)), -1, np.int32)
            row, place = 0, 1
            for action, part in enumerate(parts):
                stop, end = row + len(part.rows), place + len(part.columns)
                rows[row:stop, 0] = action
                rows[row:stop, place:end] = part.rows
                row, place = stop, end
            plans[h] = _Partial(columns, rows)
        whole = _combined([plans.pop(h) for h in self.after.get(None, ())])
        return whole.rows[:, np.argsort(whole.columns)]

    def labels(self, choices: NDArray[np.int32]) -> tuple[str, ...]:
        """What the strategies are called: by their actions, or by numbers where those repeat."""
        if not self.infosets:
            return ("1",)
        rows = choices.tolist()
        named = tuple(_joined(row, [self.sets.actions(h) for h in self.infosets]) for row in rows)
        if len(set(named)) == len(named):
            return named
        numbers = [[str(i + 1) for i in range(self.widths[h])] for h in self.infosets]
        return tuple(_joined(row, numbers) for row in rows)


class _Partial(NamedTuple):
    """Choices at some of a player's infosets.

    `columns` : which ones, as positions among the player's
    `rows` : int32 (num_plans, len(columns)), the action at each, -1 where it is open
    """

    columns: NDArray[np.int64]
    rows: NDArray[np.int32]


def _combined(parts: list[_Partial]) -> _Partial:
    """Every way to take one row of each, the last one's varying fastest."""
    total = prod(len(part.rows) for part in parts)
    columns = np.concatenate([np.zeros(0, dtype=np.int64), *(part.columns for part in parts)])
    rows = np.empty((total, len(columns)), dtype=np.int32)
    stride, end = total, 0
    for part in parts:
        stride //= len(part.rows)
        start, end = end, end + len(part.columns)
        rows[:, start:end] = part.rows[np.arange(total) // stride % len(part.rows)]
    return _Partial(columns, rows)


def _product(sizes: Iterable[int]) -> int:
    """The product, no further than is needed to say that it is too large."""
    product = 1
    for size in sizes:
        product = min(product * size, _MANY)
    return product


def size_text(size: int) -> str:
    """A size in words that stay readable however large it is."""
    if size >= _MANY:
        return "more than 10^1000"
    return str(size) if size < 10**15 else f"about 10^{int(log10(size))}"


def _joined(row: list[int], actions: Sequence[Sequence[str]]) -> str:
    return " ".join(own[i] if i >= 0 else "*" for i, own in zip(row, actions, strict=True))


def _last_own_actions(game: Game, player: int) -> dict[int, int | None] | None:
    """The player's last own action (flat) before each own infoset; None if it forgets it."""
    found: dict[int, int | None] = {}
    last: list[int | None] = [None] * game.num_nodes
    movers, infosets = game.mover.tolist(), game.infoset.tolist()
    starts, children = game.child_start.tolist(), game.children.tolist()
    action_start = game.infosets.action_start.tolist()
    for node, mover in enumerate(movers):
        before, h = last[node], infosets[node]
        own = mover == player
        if own and found.setdefault(h, before) != before:
            return None
        for position, child in enumerate(children[starts[node] : starts[node + 1]]):
            last[child] = action_start[h] + position if own else before
    return found


# ── payoffs ────────────────────────────────────────────────────────────────────────────────────


def _expected(game: Game, choices: list[NDArray[np.int32]]) -> Payoffs:
    """The expected payoffs of every profile, the first player's strategy fastest."""
    # Axes of length one change nothing, and numpy allows few axes.
    wide = [player for player, own in enumerate(choices) if len(own) > 1]
    shape = tuple(len(choices[player]) for player in wide)
    arrivals = list(_arrivals(game, choices))
    common = lcm(*(chance.denominator for _, chance, _ in arrivals))
    columns, denominators, large = [], [], {}
    for player, denominator in enumerate(game.outcomes.payoffs.denominators):
        terms = [
            int(chance * common) * game.outcomes.payoffs.numerator(int(game.outcome[node]), player)
            for node, chance, _ in arrivals
        ]
        fits = sum(abs(term) for term in terms) <= INT64_MAX
        total = np.zeros(shape, dtype=np.int64 if fits else object)
        for term, (_, _, rows) in zip(terms, arrivals, strict=True):
            total[np.ix_(*(rows[player] for player in wide))] += term
        column = total.reshape(-1, order="F")
        values: list[int] = column.tolist()
        shared = gcd(common * denominator, *values)
        values = [value // shared for value in values]
        large.update({(i, player): v for i, v in enumerate(values) if abs(v) > INT64_MAX})
        columns.append([0 if abs(value) > INT64_MAX else value for value in values])
        denominators.append(common * denominator // shared)
    table = np.array(columns, dtype=np.int64).T.reshape(prod(shape), len(choices))
    return Payoffs(np.ascontiguousarray(table), tuple(denominators), large)


def _arrivals(
    game: Game, choices: list[NDArray[np.int32]]
) -> Iterator[tuple[int, Fraction, list[NDArray[np.int64]]]]:
    """Every node with an outcome that can be reached: its chance, and each player's strategies
    that allow it."""
    sets = game.infosets
    first = np.searchsorted(sets.mover[: sets.num_player_infosets], np.arange(game.num_players))
    start = [np.arange(len(own)) for own in choices]
    stack = [(0, Fraction(1), start)]
    while stack:
        node, chance, rows = stack.pop()
        if game.outcome[node] >= 0:
            yield node, chance, rows
        mover, h = int(game.mover[node]), int(game.infoset[node])
        if mover == TERMINAL:
            continue
        if mover == CHANCE:
            for child, p in zip(game.children_of(node), sets.probabilities(h), strict=True):
                if p:
                    stack.append((child, chance * p, rows))
            continue
        taken = choices[mover][rows[mover], h - int(first[mover])]
        for action, child in enumerate(game.children_of(node)):
            allowed = rows[mover][taken == action]
            if len(allowed):
                stack.append((child, chance, [*rows[:mover], allowed, *rows[mover + 1 :]]))
