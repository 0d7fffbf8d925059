"""A sequential equilibrium with its support and trembles held fixed, as functions of a parameter.

Each player's way to a node has a weight: the product of the probabilities of its own actions, those
taken by mistake counting with the size of their tremble. Weights are linear in those that are open
because their player mixes. At an information set, what an action brings is linear in the weights of
the other player, so that being indifferent between the actions of the support is a linear system,
whose coefficients are the game's numbers: functions of the parameter. Where several others mix on
the same way it is not linear, and nothing is followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from detente.game.profile import Profile
from detente.game.tree import CHANCE, Game
from detente.solvers.result import Equilibrium
from detente.stability.following.forms import (
    ONE,
    Form,
    System,
    added,
    at_solution,
    form_value,
    minus,
    plain,
    product,
    times,
    unknown,
    value_of,
)
from detente.stability.following.functions import Function, constant, inverse, is_zero
from detente.stability.following.numbers import Numbers
from detente.stability.following.trembles import Sizes


@dataclass(frozen=True)
class Assessed:
    """An equilibrium's support, solved along the parameter.

    `odds` : of each player action, in flat order, how likely it is taken
    `beliefs` : of each player infoset, a probability a node
    `positive` : functions that are above zero where it is an equilibrium: the probabilities in the
        support, and what other actions yield less; what is zero throughout is left out
    `firm` : the infosets at which one action is taken, and no other is as good throughout
    """

    odds: tuple[Function, ...]
    beliefs: tuple[tuple[Function, ...], ...]
    positive: tuple[Function, ...]
    firm: frozenset[int]


def assessed(
    equilibrium: Equilibrium, numbers: Numbers, players: Sequence[int], sizes: Sizes, x: Fraction
) -> Assessed | None:
    """The equilibrium along the parameter; None where its support does not determine it.

    `equilibrium` : of the game at `x`
    `numbers` : of the game around `x`, for `players`, those who move

    Raises NotLinear where the probabilities of several players are multiplied.
    """
    freed: frozenset[int] = frozenset()
    while True:
        found = _Assessing(equilibrium, numbers, players, sizes, x, freed).answer()
        if not isinstance(found, int):
            return found
        freed |= {found}


@dataclass
class _Ways:
    """Of one player: node → the order and weight of its own way there, and its value at x."""

    order: list[int]
    form: list[Form]
    value: list[Fraction]


@dataclass
class _Assessing:
    equilibrium: Equilibrium
    numbers: Numbers
    players: Sequence[int]
    sizes: Sizes
    x: Fraction
    freed: frozenset[int]
    """Flat actions whose tremble varies, so that a player who believes it stays indifferent."""
    mixed: dict[tuple[int, int], int] = field(default_factory=dict)
    """(infoset, action) → its unknown; the first action of the support has none."""
    here: dict[int, Fraction] = field(default_factory=dict)
    """Unknown → its value at x."""

    def __post_init__(self) -> None:
        game: Game = self.equilibrium.game
        profile = self.equilibrium.profile
        assert isinstance(profile, Profile)
        self.game = game
        count = game.infosets.num_player_infosets
        self.now = [[Fraction(p) for p in profile.at(h)] for h in range(count)]
        self.support = [[a for a, p in enumerate(row) if p] for row in self.now]
        self.start = [int(s) for s in game.infosets.action_start[: count + 1]]
        self.members: list[list[int]] = [[] for _ in range(count)]
        self.mover: list[int] = game.mover.tolist()
        self.infoset: list[int] = game.infoset.tolist()
        self.children = [game.children_of(v) for v in range(game.num_nodes)]
        for v, who in enumerate(self.mover):
            if who >= 0:
                self.members[self.infoset[v]].append(v)
        self.luck = self._luck()
        self.ways = {player: self._ways(player) for player in self.players}
        self.brings = {player: self._brings(at, player) for at, player in enumerate(self.players)}

    # ── from the root on ───────────────────────────────────────────────────────────────────────

    def _luck(self) -> list[Function]:
        luck: list[Function] = [constant(1)] * self.game.num_nodes
        for v, children in enumerate(self.children):
            for place, child in enumerate(children):
                by_chance = self.mover[v] == CHANCE
                luck[child] = luck[v] * self.numbers.odds[v][place] if by_chance else luck[v]
        return luck

    def _ways(self, player: int) -> _Ways:
        count = self.game.num_nodes
        ways = _Ways([0] * count, [plain(constant(1))] * count, [Fraction(1)] * count)
        moves: dict[int, list[tuple[int, Form, Fraction]]] = {}
        for v, children in enumerate(self.children):
            own, h = self.mover[v] == player, self.infoset[v]
            if own and h not in moves:  # by perfect recall the same at all of its nodes
                moves[h] = self._moves(h, ways.order[v], ways.form[v], ways.value[v])
            for place, child in enumerate(children):
                step = moves[h][place] if own else (ways.order[v], ways.form[v], ways.value[v])
                ways.order[child], ways.form[child], ways.value[child] = step
        return ways

    def _moves(
        self, h: int, order: int, form: Form, value: Fraction
    ) -> list[tuple[int, Form, Fraction]]:
        """Order, weight and weight at x of each action of an infoset."""
        first, *others = self.support[h]
        rest = form
        found: list[tuple[int, Form, Fraction]] = []
        for a, p in enumerate(self.now[h]):
            if a in others:
                which = self.mixed.setdefault((h, a), len(self.mixed))
                self.here[which] = value * p
                found.append((order, unknown(which), value * p))
                rest = minus(rest, found[-1][1])
            elif p:
                found.append((order, form, value * p))
            else:
                flat = self.start[h] + a
                weight = self.sizes.weight(flat)
                made = times(form, constant(weight))
                if flat in self.freed:
                    which = self.mixed.setdefault((h, a), len(self.mixed))
                    self.here[which], made = value * weight, unknown(which)
                found.append((order + self.sizes.order(flat), made, value * weight))
        found[first] = (order, rest, value * self.now[h][first])
        return found

    # ── what actions bring ─────────────────────────────────────────────────────────────────────

    def _brings(self, at: int, player: int) -> list[Form]:
        """What a player gets from each node on, times the weight of all others' way there.

        Its own later moves are the first of its support, which are as good as the others of it.
        """
        counts = self._counts(at)
        found: list[Form] = [{}] * self.game.num_nodes
        for v in range(self.game.num_nodes - 1, -1, -1):
            parts = [found[child] for child in self._onwards(v, player)]
            gains = self.numbers.gains[v]
            if gains is not None and not is_zero(gains[at]):
                worth = gains[at] * self.luck[v]
                worth = worth if counts is None else worth * counts[v]
                parts.append(times(self._others(v, player), worth))
            found[v] = added(parts)
        return found

    def _onwards(self, v: int, player: int) -> list[int]:
        children, h = self.children[v], self.infoset[v]
        if self.mover[v] < 0:
            return children
        support = self.support[h]
        return [children[a] for a in (support[:1] if self.mover[v] == player else support)]

    def _counts(self, at: int) -> list[Function] | None:
        """The product of a player's discounts on the way to each node; None without any."""
        factors = self.numbers.factors
        if not any(factors):
            return None
        found: list[Function] = [constant(1)] * self.game.num_nodes
        for v in range(self.game.num_nodes):
            above = found[int(self.game.parent[v])] if v else constant(1)
            row = factors[v]
            found[v] = above if row is None else above * row[at]
        return found

    def _others(self, v: int, player: int) -> Form:
        form = plain(constant(1))
        for other in self.players:
            if other != player:
                form = product(form, self.ways[other].form[v])
        return form

    def _believed(self, h: int) -> list[int]:
        """The nodes of an infoset that are thought possible."""
        player = self.mover[self.members[h][0]]
        order = {
            v: sum(self.ways[other].order[v] for other in self.players if other != player)
            for v in self.members[h]
        }
        least = min(order.values())
        return [v for v in self.members[h] if order[v] == least]

    def _values(self, h: int) -> list[Form]:
        """What each action of an infoset brings, up to a common factor."""
        believed = self._believed(h)
        brings = self.brings[self.mover[believed[0]]]
        return [
            added([brings[self.children[v][a]] for v in believed]) for a in range(len(self.now[h]))
        ]

    # ── the answer ─────────────────────────────────────────────────────────────────────────────

    def answer(self) -> Assessed | int | None:
        """The equilibrium; a tremble to be freed where that may help; else None."""
        values = [self._values(h) for h in range(len(self.members))]
        system = System()
        for h, support in enumerate(self.support):
            for a in support[1:]:
                if not system.take(minus(values[h][a], values[h][support[0]])):
                    return self._tremble(h)
        solution = self._solved(system, values)
        if solution is None or not self._agrees(solution):
            return None
        losses = [list(self._losses(h, values[h], solution)) for h in range(len(values))]
        for h, row in enumerate(losses):
            # Another action is as good by what is believed here: let the belief keep it so.
            if any(not is_zero(f) and not value_of(f, self.x) for f in row):
                return self._tremble(h)
        positive = [*self._shares(solution), *(loss for row in losses for loss in row)]
        firm = frozenset(
            h for h, row in enumerate(losses)
            if len(self.support[h]) == 1 and not any(map(is_zero, row))
        )  # fmt: skip
        odds = tuple(self._odds(solution))
        beliefs = tuple(self._belief(h, solution) for h in range(len(self.members)))
        kept = tuple(f for f in positive if not is_zero(f))
        return Assessed(odds, beliefs, kept, firm)

    def _tremble(self, h: int) -> int | None:
        """A mistake that bears on what is believed at an infoset, and has a fixed size so far."""
        player = self.mover[self.members[h][0]]
        for v in self._believed(h)[1:]:
            while v:
                above = int(self.game.parent[v])
                g, who = self.infoset[above], self.mover[above]
                if who >= 0 and who != player:
                    a = self.children[above].index(v)
                    flat: int = self.start[g] + a
                    if a not in self.support[g] and flat not in self.freed:
                        return flat
                v = above
        return None

    def _solved(
        self, system: System, values: Sequence[Sequence[Form]]
    ) -> dict[int, Function] | None:
        """The unknowns, from being indifferent within the support; at need from other ties."""
        wanted = list(self.mixed.values())
        # An equilibrium at the end of a continuum is where another action becomes as good.
        for h, support in enumerate(self.support):
            for a in range(len(values[h])):
                if system.solution(wanted) is not None:
                    break
                tie = minus(values[h][a], values[h][support[0]])
                if a not in support and not form_value(tie, self.x, self.here):
                    reduced = system.reduced(tie)
                    if any(which != ONE for which in reduced):
                        system.take(tie)
        return system.solution(wanted)

    def _agrees(self, solution: dict[int, Function]) -> bool:
        """Whether it is the equilibrium at x."""
        try:
            return all(value_of(f, self.x) == self.here[which] for which, f in solution.items())
        except ZeroDivisionError:
            return False

    def _shares(self, solution: dict[int, Function]) -> Iterator[Function]:
        """The weights of actions that are mixed, and of mistakes that vary."""
        for h, support in enumerate(self.support):
            first = self.members[h][0]
            varying = [a for g, a in self.mixed if g == h and a not in support]
            for a in [*(support if len(support) > 1 else ()), *varying]:
                form = self.ways[self.mover[first]].form[self.children[first][a]]
                yield at_solution(form, solution)

    def _losses(
        self, h: int, values: Sequence[Form], solution: dict[int, Function]
    ) -> Iterator[Function]:
        """What actions of an infoset outside the support bring less."""
        support = self.support[h]
        for a, value in enumerate(values):
            if a not in support:
                yield at_solution(minus(values[support[0]], value), solution)

    def _odds(self, solution: dict[int, Function]) -> Iterator[Function]:
        for h, support in enumerate(self.support):
            first = self.members[h][0]
            way = self.ways[self.mover[first]]
            for a in range(len(self.now[h])):
                if a not in support:
                    yield constant(0)
                elif len(support) == 1:
                    yield constant(1)
                else:
                    whole = at_solution(way.form[first], solution)
                    part = at_solution(way.form[self.children[first][a]], solution)
                    yield part * inverse(whole)

    def _belief(self, h: int, solution: dict[int, Function]) -> tuple[Function, ...]:
        believed = self._believed(h)
        player = self.mover[believed[0]]
        if len(believed) == 1:
            return tuple(constant(int(v == believed[0])) for v in self.members[h])
        weights = {
            v: self.luck[v] * at_solution(self._others(v, player), solution) for v in believed
        }
        whole = inverse(sum(weights.values(), constant(0)))
        return tuple(weights[v] * whole if v in weights else constant(0) for v in self.members[h])
