"""What one of two movers may be thought to do, at every information set of the other.

With perfect recall all nodes of an information set follow the same own moves, so what its player
believes there depends on chance and on the other mover's trembling plan alone: a realization plan
y + ε y₁ + ε² y₂ + …, of which the sequences that lead to the information set have leading terms.
Its beliefs, and what its moves yield, are those of the least power among them (Kreps and Wilson
1982, lemma A1; in the sequence form of von Stengel 1996). All of this is linear in the leading
terms, and any positive leading terms are those of trembles:

- a sequence whose parent has a term of a smaller power is a deviation, of any weight;
- where the parent has none yet, the terms of an information set add up to that of the parent, and
  those of the actions that are not played there are of larger powers.

Conditions on them are homogeneous, so solutions add up: there is one that comes to as many of the
other's information sets as any, and those that it misses are left to the next power. What cannot be
satisfied in this way cannot be satisfied at all.

Where chance never makes a move, that is a tremble as well. What follows it is a copy of the plan,
with sequences of its own; that all copies are of one plan is not asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import islice, product
from typing import Any

import numpy as np

from detente.game.sequence_form import SequenceForm
from detente.game.tree import CHANCE, Game
from detente.linear.programs import maximise
from detente.solvers.plan_patterns import Side, sides

Row = dict[int, Any]
"""Column → coefficient."""
Terms = list[tuple[int, int]]
"""(column, coefficient)."""
_WAYS = 50
"""Ways to go on that are compared with an action one by one."""


@dataclass(frozen=True, eq=False)
class Half:
    """One mover's sequences as the other sees them: a column a sequence and kind of chance tremble.

    `own`, `other` : the mover whose plan it is, and the one that replies to it
    `parent` : per column the one before its last action; -1 for the start of a copy
    `sequence` : per column the mover's sequence
    `groups` : (the column that leads to an information set, the columns of its actions)
    `gain` : per sequence of the other, what it adds to the other's payoff: one amount a column
    `leading` : per information set of the other, node → (column that leads to it, chance's part)
    """

    own: Side
    other: Side
    parent: list[int]
    sequence: list[int]
    groups: list[tuple[int, list[int]]]
    gain: list[Terms]
    leading: list[dict[int, tuple[int, Fraction]]]

    @property
    def num(self) -> int:
        """How many columns there are."""
        return len(self.parent)

    @property
    def copies(self) -> int:
        """How many copies of the plan there are: one, but for trembles of chance."""
        return self.num // self.own.num

    @cached_property
    def touching(self) -> list[list[int]]:
        """Per information set of the other the columns that lead to it."""
        return [sorted({column for column, _ in nodes.values()}) for nodes in self.leading]

    @cached_property
    def children(self) -> list[list[int]]:
        """Per column those of the sequences that are one action longer."""
        found: list[list[int]] = [[] for _ in self.parent]
        for column, above in enumerate(self.parent):
            if above >= 0:
                found[above].append(column)
        return found


def halves(form: SequenceForm) -> tuple[Half, Half]:
    """The plan of the first mover as the second sees it, and the other way round."""
    pair = sides(form)
    paths = _Paths.of(form)
    return _half(form, pair, paths, 0), _half(form, pair, paths, 1)


@dataclass(frozen=True, eq=False)
class _Paths:
    """Per node both movers' sequences, chance's probability, and its trembles' number."""

    led: tuple[list[int], list[int]]
    chance: list[Fraction]
    copy: list[int]
    copies: int

    @classmethod
    def of(cls, form: SequenceForm) -> _Paths:
        """The paths of a game, whose parents have smaller numbers than their children."""
        game, sets = form.game, form.game.infosets
        n = game.num_nodes
        led: tuple[list[int], list[int]] = ([0] * n, [0] * n)
        chance = [Fraction(1)] * n
        trembles: list[tuple[int, ...]] = [()] * n
        who = {own.player: k for k, own in enumerate(form.sequences)}
        first = {
            own.first_infoset + h: int(own.start[h])
            for own in form.sequences for h in range(own.num_infosets)
        }
        starts = sets.action_start.tolist()
        for node, (mover, h) in enumerate(zip(game.mover.tolist(), game.infoset.tolist(),
                                              strict=True)):  # fmt: skip
            if h < 0:
                continue
            odds = sets.probabilities(h) if mover == CHANCE else ()
            for j, child in enumerate(game.children_of(node)):
                led[0][child], led[1][child] = led[0][node], led[1][node]
                chance[child], trembles[child] = chance[node], trembles[node]
                if mover != CHANCE:
                    led[who[mover]][child] = first[h] + j
                elif odds[j]:
                    chance[child] = chance[node] * odds[j]
                else:
                    trembles[child] = tuple(sorted((*trembles[node], starts[h] + j)))
        known: dict[tuple[int, ...], int] = {(): 0}
        copy = [known.setdefault(some, len(known)) for some in trembles]
        return cls(led, chance, copy, len(known))


def _half(form: SequenceForm, pair: tuple[Side, Side], paths: _Paths, k: int) -> Half:
    own, other = pair[k], pair[1 - k]
    n = own.num
    parent = [-1 if s < 0 else c * n + s for c in range(paths.copies) for s in own.parent]
    above = {h: own.parent[actions[0]] for h, actions in enumerate(own.actions)}
    groups = [
        (c * n + above[h], [c * n + s for s in actions])
        for c in range(paths.copies) for h, actions in enumerate(own.actions)
    ]
    gain: list[Terms] = other.gain
    if paths.copies > 1:
        gain = _gains(form, paths, k, other.num, n)
    return Half(
        own, other, parent, list(range(n)) * paths.copies, groups, gain,
        _leading(form, paths, k, len(other.actions), n),
    )  # fmt: skip


def _leading(
    form: SequenceForm, paths: _Paths, k: int, count: int, n: int
) -> list[dict[int, tuple[int, Fraction]]]:
    game = form.game
    found: list[dict[int, tuple[int, Fraction]]] = [{} for _ in range(count)]
    if len(form.sequences) <= 1 - k:
        return found
    replying = form.sequences[1 - k]
    for node in np.flatnonzero(game.mover == replying.player).tolist():
        h = int(game.infoset[node]) - replying.first_infoset
        found[h][node] = paths.copy[node] * n + paths.led[k][node], paths.chance[node]
    return found


def _gains(form: SequenceForm, paths: _Paths, k: int, rows: int, n: int) -> list[Terms]:
    """What each sequence of the other adds to its payoff, where chance trembles."""
    found: list[dict[int, Fraction]] = [{} for _ in range(rows)]
    if len(form.sequences) <= 1 - k:
        return [[] for _ in range(rows)]
    game, player = form.game, form.sequences[1 - k].player
    factors = _discounts(game, player)
    for node in np.flatnonzero(game.outcome >= 0).tolist():
        column = paths.copy[node] * n + paths.led[k][node]
        amounts = found[paths.led[1 - k][node]]
        amount = game.payoff(node)[player] * factors[node] * paths.chance[node]
        amounts[column] = amounts.get(column, Fraction(0)) + amount
    return [[(c, a) for c, a in amounts.items() if a] for amounts in found]  # type: ignore[misc]


def _discounts(game: Game, player: int) -> list[Fraction]:
    """By node, the product of a player's discounts on the way to it."""
    factors = [Fraction(1)] * game.num_nodes
    if game.discounts is not None:
        for node in range(game.num_nodes):
            above = factors[int(game.parent[node])] if node else Fraction(1)
            own = game.discount(node)
            factors[node] = above if own is None else above * own[player]
    return factors


# ── a trembling plan ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class System:
    """The leading terms of a trembling plan, as far as the other mover can be led by them.

    `level` : per column the power of its leading term; -1 where the other is led nowhere by it
    `weight` : per column its coefficient
    `touched` : per information set of the other the least power that leads to it
    """

    half: Half
    level: list[int]
    weight: list[Any]
    touched: list[int]

    @cached_property
    def worth(self) -> list[Any]:
        """What each of the other's sequences yields, played best from there on, seen from where its
        last action is taken; in a unit of its information set's own. 0 for the empty sequence."""
        other, worth = self.half.other, [Fraction(0)] * self.half.other.num
        best: list[Any] = [0] * len(other.actions)
        for h in range(len(other.actions) - 1, -1, -1):
            power = self.touched[h]
            for s in other.actions[h]:
                own = [
                    a * self.weight[c] for c, a in self.half.gain[s] if self.level[c] == power
                ]
                below = [best[g] for g in other.below[s] if self.touched[g] == power]
                worth[s] = sum(own, Fraction(0)) + sum(below)
            best[h] = max(worth[s] for s in other.actions[h])
        return worth

    @cached_property
    def replies(self) -> int:
        """The sequences of the other whose last action is best where it is taken: a bit set."""
        found = 1
        for actions in self.half.other.actions:
            most = max(self.worth[s] for s in actions)
            for s in actions:
                if self.worth[s] == most:
                    found |= 1 << s
        return found

    def behavior(self, h: int) -> list[Fraction] | None:
        """What the mover does at one of its information sets; None where it is left open."""
        side = self.half.own
        above = side.parent[side.actions[h][0]]
        columns = [c * side.num + above for c in range(self.half.copies)]
        known = [(self.level[c], c) for c in columns if self.level[c] >= 0]
        if not known:
            return None
        power, column = min(known)
        shift = column - above
        total = self.weight[column]
        return [
            Fraction(self.weight[s + shift]) / total if self.level[s + shift] == power
            else Fraction(0) for s in side.actions[h]
        ]  # fmt: skip

    def belief(self, h: int) -> list[Fraction]:
        """What the other believes at one of its information sets: one probability a node."""
        terms = [
            chance * self.weight[c] if self.level[c] == self.touched[h] else Fraction(0)
            for c, chance in self.half.leading[h].values()
        ]
        total = sum(terms, Fraction(0))
        return [term / total for term in terms]


@dataclass
class Trembler:
    """Finds trembling plans of one mover; what it found for a part of the tree it keeps.

    `programs` : linear programs solved so far
    """

    half: Half
    check: Callable[[], None]
    programs: int = 0
    _known: dict[Any, Any] = field(default_factory=dict)

    def from_plan(self, plan: Sequence[Fraction], allowed: int, required: int) -> System | None:
        """A trembling of a given plan.

        `allowed` : the mover's sequences whose last action may be played where it is taken
        `required` : the other's sequences whose last action must be best where it is taken
        None where there is none.
        """
        return self._trembled(self._bare(plan), allowed, required)

    def replies(self, plan: Sequence[Fraction]) -> int:
        """The other's sequences whose last action is best where it is taken, should a given plan
        lead there; and all those of information sets that it does not lead to."""
        bare = self._bare(plan)
        found = bare.replies
        for h, actions in enumerate(self.half.other.actions):
            if bare.touched[h] < 0:
                for s in actions:
                    found |= 1 << s
        return found

    def justifies(self, h: int, s: int, allowed: int, others: int) -> bool:
        """Whether the last action of `s` is best at the other's h-th information set for some
        belief, and some plan from there on of allowed actions alone.

        `others` : the other's sequences whose last actions it may take after that
        """
        roots = set(self.half.touching[h])
        active = set(roots)
        waiting = list(roots)
        while waiting:
            for c in self.half.children[waiting.pop()]:
                if allowed >> self.half.sequence[c] & 1:
                    active.add(c)
                    waiting.append(c)
        sets = sorted(self._from(h))
        ways = list(islice(self._ways(s, others), _WAYS + 1))
        return len(ways) > _WAYS or any(self._best_way(roots, active, sets, w) for w in ways)

    def _best_way(self, roots: set[int], active: set[int], sets: list[int], way: int) -> bool:
        """Whether all of a way to go on is best against some terms."""
        self.check()
        rows = _Rows(self.half, active, sets, way, whole=False)
        if rows.plain(roots) is not None:
            return True
        if len(roots) == 1 and all(len(below) == 1 for _, below in rows.flows):
            return False
        self.programs += 1
        return rows.solve(False, self.check) is not None

    def _from(self, h: int) -> Iterator[int]:
        """The other's information sets from one on."""
        yield h
        for s in self.half.other.actions[h]:
            for g in self.half.other.below[s]:
                yield from self._from(g)

    def _ways(self, s: int, kept: int) -> Iterator[int]:
        """The ways to go on with kept moves after a sequence, it included, as bit sets."""
        other = self.half.other
        after = [
            [way for t in other.actions[g] if kept >> t & 1 for way in self._ways(t, kept)]
            for g in other.below[s]
        ]
        for ways in product(*after):
            yield sum(ways, 1 << s)

    def ever_better(self, played: int, best: int, s: int) -> bool:
        """Whether another action than the last of `s`, of the other mover, is better against some
        plan with weight on `played` alone to which all of `best` are best.

        It may be said to be where there are very many ways to go on after that.
        """
        side, other = self.half.own, self.half.other
        columns = [c for c in range(side.num) if played >> c & 1]
        rows = _Rows(self.half, set(columns), range(len(other.actions)), best, whole=True)
        above, equal = rows.conditions()
        value = rows.values(s, above)
        worth = rows.worth(s, value)
        forms = [f for t in other.actions[other.infoset[s]] if t != s for f in rows.ways(t)]
        if len(forms) > _WAYS:
            return True
        for form in {frozenset(_minus(form, worth).items()) for form in forms}:
            if any(a > 0 for _, a in form):
                self.check()
                self.programs += 1
                if rows.rises(dict(form), above, equal, self.check):
                    return True
        return False

    def _bare(self, plan: Sequence[Fraction]) -> System:
        level = [0 if amount else -1 for amount in plan]
        level += [-1] * (self.half.num - len(level))
        weight = [*plan, *([Fraction(0)] * (self.half.num - len(plan)))]
        touched = [-1 + any(level[c] == 0 for c in columns) for columns in self.half.touching]
        return System(self.half, level, weight, touched)

    def from_cell(
        self, played: int, best: int, allowed: int, required: int
    ) -> System | None:
        """A trembling of some plan with weight on `played` alone, to which all of `best` are best
        replies."""
        columns = list(range(self.half.own.num))
        sets = range(len(self.half.other.actions))
        some = self._power(columns, sets, allowed & played, required | best)
        if some is None:
            return None
        plan = [some.get(column, Fraction(0)) / some[0] for column in columns]
        return self._trembled(self._bare(plan), allowed, required)

    def _trembled(self, bare: System, allowed: int, required: int) -> System | None:
        """A plan with terms wherever the other needs them."""
        others = self.half.other.actions
        if any(
            required >> s & 1 and not bare.replies >> s & 1
            for h, power in enumerate(bare.touched) if power == 0 for s in others[h]
        ):
            return None
        system = System(self.half, list(bare.level), list(bare.weight), list(bare.touched))
        for columns, sets in self._parts(bare.level, bare.touched):
            if not self._part(system, columns, sets, allowed, required):
                return None
        return system

    def _parts(
        self, level: list[int], touched: list[int]
    ) -> Iterator[tuple[list[int], list[int]]]:
        """Columns without a term, and information sets that they lead to, in parts of which none
        has to do with another."""
        half = self.half
        owner = list(range(half.num + len(touched)))

        def find(i: int) -> int:
            while owner[i] != i:
                owner[i] = i = owner[owner[i]]
            return i

        for column, above in enumerate(half.parent):
            if level[column] < 0 <= above and level[above] < 0:
                owner[find(column)] = find(above)
        for above, columns in half.groups:
            if level[above] < 0:
                for column in columns[1:]:
                    owner[find(column)] = find(columns[0])
        waiting = [h for h, power in enumerate(touched) if power < 0]
        for h in waiting:
            for column in half.touching[h]:
                owner[find(column)] = find(half.num + h)
        parts: dict[int, tuple[list[int], list[int]]] = {}
        for h in waiting:
            parts.setdefault(find(half.num + h), ([], []))[1].append(h)
        for column, power in enumerate(level):
            if power < 0 and find(column) in parts:
                parts[find(column)][0].append(column)
        yield from parts.values()

    def _part(
        self, system: System, columns: list[int], sets: list[int], allowed: int, required: int
    ) -> bool:
        """Give a part its terms, power after power; False where that cannot be."""
        own, others = self.half.sequence, self.half.other.actions
        relevant = tuple(c for c in columns if allowed >> own[c] & 1)
        wanted = tuple(s for h in sets for s in others[h] if required >> s & 1)
        key = tuple(columns), tuple(sets), relevant, wanted
        if key not in self._known:
            self._known[key] = self._powers(system.level, columns, sets, allowed, required)
        found = self._known[key]
        if found is None:
            return False
        for column, (power, amount) in found.items():
            system.level[column], system.weight[column] = power, amount
        for h in sets:
            system.touched[h] = min(
                system.level[c] for c in self.half.touching[h] if system.level[c] >= 0
            )
        return True

    def _powers(
        self, level: list[int], columns: list[int], sets: list[int], allowed: int, required: int
    ) -> dict[int, tuple[int, Any]] | None:
        found: dict[int, tuple[int, Any]] = {}
        level = list(level)
        power = 0
        while sets:
            power += 1
            some = self._power(columns, sets, allowed, required, level)
            if some is None:
                return None
            for column, amount in some.items():
                found[column], level[column] = (power, amount), power
            columns = [c for c in columns if level[c] < 0]
            sets = [h for h in sets if all(level[c] < 0 for c in self.half.touching[h])]
        return found

    # ── the terms of one power ──────────────────────────────────────────────────────────────────

    def _power(
        self,
        columns: Sequence[int],
        sets: Sequence[int],
        allowed: int,
        required: int,
        level: Sequence[int] | None = None,
    ) -> dict[int, Any] | None:
        """Terms of as many as possible of the columns on the way to these sets; None if of none.

        `level` : the powers known so far; if there are none, the first column is the empty
            sequence, which must have a term
        """
        self.check()
        root = level is None
        roots = {
            c for c in columns
            if self.half.parent[c] < 0 or (level is not None and level[self.half.parent[c]] >= 0)
        }
        active = self._active(columns, roots, allowed)
        rows = _Rows(self.half, active, sets, required, whole=root)
        plain = rows.plain(roots)
        if plain is not None:
            return plain
        self.programs += 1
        return rows.solve(root, self.check)

    def _active(self, columns: Sequence[int], roots: set[int], allowed: int) -> set[int]:
        """Those that can have a term: roots, and what may be played after them."""
        found: set[int] = set()
        for column in columns:  # parents come first
            played = self.half.parent[column] in found and allowed >> self.half.sequence[column] & 1
            if column in roots or played:
                found.add(column)
        return found


@dataclass(frozen=True, eq=False)
class _Rows:
    """What the terms of one power must satisfy.

    Variables are the columns, and after them the values of those of the other's information sets
    at which nothing is required to be best.

    `whole` : whether all columns are wanted, and not just those on the way to the sets
    """

    half: Half
    active: set[int]
    sets: Sequence[int]
    required: int
    whole: bool

    @cached_property
    def wanted(self) -> set[int]:
        """The columns that are to have terms."""
        if self.whole:
            return self.active
        found: set[int] = set()
        for h in self.sets:
            for column in self.half.touching[h]:
                while column >= 0 and column not in found:
                    found.add(column)
                    column = self.half.parent[column]
        return found & self.active

    @cached_property
    def flows(self) -> list[tuple[int, list[int]]]:
        """(column, those that add up to it)."""
        return [
            (above, [c for c in columns if c in self.active])
            for above, columns in self.half.groups if above in self.active
        ]

    def plain(self, roots: Iterable[int]) -> dict[int, Any] | None:
        """All roots alike, and every flow split evenly, if that satisfies all rows."""
        terms = dict.fromkeys(roots, Fraction(1))
        for column, below in self.flows:  # parents come first
            if not below:
                return None
            for c in below:
                terms[c] = terms[column] / len(below)
        other = self.half.other
        best: dict[int, Any] = {}
        for h in self.judged:
            worth = {
                s: sum([a * terms[c] for c, a in self.half.gain[s] if c in terms], Fraction(0))
                + sum([best[g] for g in other.below[s] if g in best])
                for s in other.actions[h]
            }
            best[h] = max(worth.values())
            if any(self.required >> s & 1 and worth[s] < best[h] for s in other.actions[h]):
                return None
        return terms

    @cached_property
    def judged(self) -> list[int]:
        """The sets at which something is required to be best, and those below, these first."""
        other, found = self.half.other, set()
        for h in self.sets:  # those above come first
            first = other.actions[h][0]
            above = other.infoset[other.parent[first]]
            if above in found or any(self.required >> s & 1 for s in other.actions[h]):
                found.add(h)
        return sorted(found, reverse=True)

    def solve(self, root: bool, check: Callable[[], None]) -> dict[int, Any] | None:
        """Terms by a linear program."""
        half, shift = self.half, self.half.num
        above, equal = self.conditions()
        size = {c: shift + len(half.other.actions) + c for c in self.wanted}
        above += [{z: 1, c: -1} for c, z in size.items()]
        goal = set(size.values())
        used = sorted(self.active | {c for row in (*above, *equal) for c in row})
        place = {c: j for j, c in enumerate(used)}
        bounds: list[tuple[Any, Any]] = [
            (0, None) if c < shift else (0, 1) if c in goal else (None, None) for c in used
        ]
        if root:
            bounds[place[0]] = (1, None)
        rows = [[{place[c]: a for c, a in row.items()} for row in part] for part in (above, equal)]
        best = maximise(
            [int(c in goal) for c in used], rows[0], [0] * len(above), rows[1], [0] * len(equal),
            bounds, check=check,
        )  # fmt: skip
        if best.status != "optimal" or not (root or best.value):
            return None
        return {c: best.x[place[c]] for c in sorted(self.active) if best.x[place[c]]}

    def conditions(self) -> tuple[list[Row], list[Row]]:
        """Rows at most 0, and rows of 0, that terms keep to."""
        half, other = self.half, self.half.other
        above: list[Row] = []
        equal: list[Row] = [{c: -1, **dict.fromkeys(below, 1)} for c, below in self.flows]
        value: dict[int, Row] = {}
        for h in self.judged:
            worth = {s: self.worth(s, value) for s in other.actions[h]}
            among = [s for s in other.actions[h] if self.required >> s & 1]
            value[h] = worth[among[0]] if among else {half.num + h: 1}
            for s, row in worth.items():
                less = _minus(row, value[h])
                if less and (not among or s != among[0]):
                    (equal if s in among else above).append(less)
        return above, equal

    def worth(self, s: int, value: dict[int, Row]) -> Row:
        row: Row = {c: a for c, a in self.half.gain[s] if c in self.active}
        for g in self.half.other.below[s]:
            for c, a in value.get(g, {}).items():
                row[c] = row.get(c, 0) + a
        return row

    def values(self, s: int, above: list[Row]) -> dict[int, Row]:
        """What the information sets below a sequence are worth at least; rows say so."""
        half, other = self.half, self.half.other
        waiting, below = list(other.below[s]), []
        while waiting:
            below.append(waiting.pop())
            waiting += [g for t in other.actions[below[-1]] for g in other.below[t]]
        value: dict[int, Row] = {}
        for h in sorted(below, reverse=True):
            value[h] = {half.num + h: 1}
            above += [_minus(self.worth(t, value), value[h]) for t in other.actions[h]]
        return value

    def ways(self, s: int) -> list[Row]:
        """What a sequence yields, by each way to go on after it, up to a little more than `_WAYS`
        of them."""
        found = [self.worth(s, {})]
        for h in self.half.other.below[s]:
            after = [way for t in self.half.other.actions[h] for way in self.ways(t)]
            found = [_plus(one, way) for one in found for way in after][: _WAYS + 1]
        return found

    def rises(
        self, form: Row, above: list[Row], equal: list[Row], check: Callable[[], None]
    ) -> bool:
        """Whether a linear function is above zero somewhere."""
        used = sorted(self.active | set(form) | {c for row in (*above, *equal) for c in row})
        place = {c: j for j, c in enumerate(used)}
        rows = [[{place[c]: a for c, a in row.items()} for row in part] for part in (above, equal)]
        free = [(0, None) if c < self.half.num else (None, None) for c in used]
        best = maximise(
            [form.get(c, 0) for c in used], [*rows[0], {place[0]: 1}], [0] * len(above) + [1],
            rows[1], [0] * len(equal), free, check=check,
        )  # fmt: skip
        return best.status == "unbounded" or bool(best.value)


def _plus(one: Row, other: Row) -> Row:
    row = dict(one)
    for c, a in other.items():
        row[c] = row.get(c, 0) + a
    return row


def _minus(one: Row, other: Row) -> Row:
    row = dict(one)
    for c, a in other.items():
        row[c] = row.get(c, 0) - a
    return {c: a for c, a in row.items() if a}
