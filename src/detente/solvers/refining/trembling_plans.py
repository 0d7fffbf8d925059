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
with sequences of its own, which have no terms of the power with which an information set before it
is come to, or smaller ones; that all copies are of one plan is not asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from detente.solvers.plans.plan_halves import Half
from detente.solvers.refining.trembling_rows import Rows


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
        other, worth = self.half.other, [0] * self.half.other.num
        best: list[Any] = [0] * len(other.actions)
        for h in range(len(other.actions) - 1, -1, -1):
            power = self.touched[h]
            for s in other.actions[h]:
                own = [
                    a * self.weight[c] for c, a in self.half.gain[s] if self.level[c] == power
                ]
                below = [best[g] for g in self.half.after[s] if self.touched[g] == power]
                worth[s] = sum(own) + sum(below)
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
    """Finds trembling plans of one mover; what it found for a part of the tree it keeps."""

    half: Half
    check: Callable[[], None]
    _known: dict[Any, Any] = field(default_factory=dict)

    def from_plan(self, plan: Sequence[Fraction], allowed: int, required: int) -> System | None:
        """A trembling of a given plan.

        `allowed` : the mover's sequences whose last action may be played where it is taken
        `required` : the other's sequences whose last action must be best where it is taken
        None where there is none.
        """
        bare = self._bare(plan)
        if any(
            required >> s & 1 and not bare.replies >> s & 1
            for h, power in enumerate(bare.touched) if power == 0
            for s in self.half.other.actions[h]
        ):
            return None
        return self._trembled(bare, allowed, required)

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

    def _bare(self, plan: Sequence[Fraction]) -> System:
        level = [0 if amount else -1 for amount in plan]
        level += [-1] * (self.half.num - len(level))
        weight: list[Any] = [w.numerator if w.denominator == 1 else w for w in plan]
        weight += [0] * (self.half.num - len(plan))
        touched = [-1 + any(level[c] == 0 for c in columns) for columns in self.half.touching]
        return System(self.half, level, weight, touched)

    def from_cell(
        self, played: int, best: int, allowed: int, required: int
    ) -> System | None:
        """A trembling of some plan with weight on `played` alone, to which all of `best` are best
        replies.

        What is required may be worse than it seems even where the plan leads: information sets at
        which nothing is required may be taken to yield too much. Other plans may do better then.
        """
        columns = list(range(self.half.own.num))
        sets = range(len(self.half.other.actions))
        some = self._power(columns, sets, allowed & played, required | best)
        if some is None:
            return None
        plan = [Fraction(some.get(column, 0)) / some[0] for column in columns]
        return self._trembled(self._bare(plan), allowed, required)

    def _trembled(self, bare: System, allowed: int, required: int) -> System | None:
        """A plan with terms wherever the other needs them."""
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
        columns = [c for c in columns if self.half.late.get(c, set()).isdisjoint(sets)]
        roots = {
            c for c in columns
            if self.half.parent[c] < 0 or (level is not None and level[self.half.parent[c]] >= 0)
        }
        active = self._active(columns, roots, allowed)
        rows = Rows(self.half, active, sets, required, whole=root)
        plain = rows.plain(roots)
        if plain is not None:
            return plain
        return rows.solve(root, self.check)

    def _active(self, columns: Sequence[int], roots: set[int], allowed: int) -> set[int]:
        """Those that can have a term: roots, and what may be played after them."""
        found: set[int] = set()
        for column in columns:  # parents come first
            played = self.half.parent[column] in found and allowed >> self.half.sequence[column] & 1
            if column in roots or played:
                found.add(column)
        return found
