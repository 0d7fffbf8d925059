"""The definitions of the graph model, read off the page with sets and dense matrices.

Shares nothing with the package: a conflict here is dictionaries of sets.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import combinations, product

import numpy as np

from detente.stability.graph import Conflict


@dataclass
class Plain:
    """`moves[i][s]` : set; `joint[signers][s]` : set; `pay[i][s]`; `unknown[i]` : set of pairs"""

    n: int
    size: int
    moves: list
    pay: list
    joint: dict = field(default_factory=dict)
    unknown: list | None = None
    floor: list | None = None

    def conflict(self) -> Conflict:
        names = [f"side {i}" for i in range(self.n)]
        pairs = [[(s, t) for s in range(self.size) for t in own[s]] for own in self.moves]
        return Conflict.of(
            dict(zip(names, pairs, strict=True)),
            self.pay,
            joint={
                tuple(names[i] for i in who): [(s, t) for s in range(self.size) for t in own[s]]
                for who, own in self.joint.items()
            },
            unknown=None if self.unknown is None else {
                name: [pair for pair in own if pair[0] < pair[1]]
                for name, own in zip(names, self.unknown, strict=True)
            },
            much_worse=self.floor,
        )

    # relations
    def unsure(self, i, s, t):
        return self.unknown is not None and (s, t) in self.unknown[i]

    def better(self, i, s, t):
        """i prefers t to s, and this is known."""
        return self.pay[i][t] > self.pay[i][s] and not self.unsure(i, s, t)

    def much_worse(self, i, s, t):
        return self.pay[i][t] <= self.floor[i][s] and not self.unsure(i, s, t)

    # sequences
    def movers(self, sides):
        own = [(frozenset([i]), self.moves[i]) for i in sorted(sides)]
        return own + [(who, m) for who, m in self.joint.items() if who <= set(sides)]

    def sequences(self, sides, s, improving=False):
        """The states that legal sequences lead to, over (state, last mover)."""
        nodes, todo = set(), [(s, frozenset())]
        while todo:
            state, last = todo.pop()
            for who, table in self.movers(sides):
                if who & last:
                    continue
                for t in table[state]:
                    wanted = all(
                        self.better(i, state, t) or self.unsure(i, state, t) for i in who
                    )
                    if (improving and not wanted) or (t, who) in nodes:
                        continue
                    nodes.add((t, who))
                    todo.append((t, who))
        return {t for t, _ in nodes}

    # single sides
    def stable(self, concept, i, s, way="a", strong=False):
        others = set(range(self.n)) - {i}

        def leaves(t):
            return self.better(i, s, t) or (way in "ac" and self.unsure(i, s, t))

        def bad(t):
            if strong:
                return self.much_worse(i, s, t)
            if self.unsure(i, s, t):
                return way in "cd"
            return self.pay[i][t] <= self.pay[i][s]

        for s1 in self.moves[i][s]:
            if not leaves(s1):
                continue
            if concept == "nash":
                return False
            ends = self.sequences(others, s1, concept in ("seq", "sseq"))
            if concept in ("gmr", "seq"):
                answered = any(bad(s2) for s2 in ends)
            else:
                answered = any(
                    bad(s2) and all(bad(s3) for s3 in self.moves[i][s2]) for s2 in ends
                )
            if not answered:
                return False
        return True

    # coalitions
    def all_better(self, who, s, t):
        return all(self.better(i, s, t) for i in who)

    def improvements(self, who, s):
        return {t for t in self.sequences(who, s) if self.all_better(who, s, t)}

    def coalition_sequences(self, sides, s):
        sizes = range(1, len(sides) + 1)
        some = [frozenset(c) for size in sizes for c in combinations(sorted(sides), size)]
        nodes, todo = set(), [(s, None)]
        while todo:
            state, last = todo.pop()
            for who in some:
                if who == last:
                    continue
                for t in self.improvements(who, state):
                    if (t, who) not in nodes:
                        nodes.add((t, who))
                        todo.append((t, who))
        return {t for t, _ in nodes}

    def coalition_stable(self, concept, who, s):
        others = set(range(self.n)) - set(who)
        for s1 in self.improvements(who, s):
            if concept == "nash":
                return False
            seq = concept == "seq"
            ends = self.coalition_sequences(others, s1) if seq else self.sequences(others, s1)
            answered = [s2 for s2 in ends if not self.all_better(who, s, s2)]
            if concept == "smr":
                answered = [
                    s2 for s2 in answered
                    if not any(self.all_better(who, s, s3) for s3 in self.sequences(who, s2))
                ]
            if not answered:
                return False
        return True

    # far sight
    def foreseen(self, h, i, s):
        if h == 0 or not self.moves[i][s]:
            return s
        ends = {t: self.foreseen(h - 1, 1 - i, t) for t in self.moves[i][s]}
        best = max(ends.values(), key=lambda end: self.pay[i][end])
        return best if self.pay[i][best] > self.pay[i][s] else s


def random_plain(seed, *, joint=False, unknown=False, floors=False, strict=False, sides=None):
    draw = random.Random(seed)
    n = sides or draw.randint(2, 4)
    size = draw.randint(2, 7)
    thin = draw.choice([0.15, 0.3, 0.5])

    def table():
        return [{t for t in range(size) if t != s and draw.random() < thin} for s in range(size)]

    tops = draw.choice([2, 3, size])
    pay = [
        draw.sample(range(size), size) if strict else [draw.randrange(tops) for _ in range(size)]
        for _ in range(n)
    ]
    plain = Plain(n, size, [table() for _ in range(n)], pay)
    if joint:
        for _ in range(draw.randint(1, 2)):
            who = frozenset(draw.sample(range(n), draw.randint(2, n)))
            plain.joint[who] = table()
    if unknown:
        plain.unknown = []
        for _ in range(n):
            pairs = {(s, t) for s, t in combinations(range(size), 2) if draw.random() < 0.3}
            plain.unknown.append(pairs | {(t, s) for s, t in pairs})
    if floors:
        plain.floor = []
        for own in pay:
            gap = draw.randint(1, 2)
            plain.floor.append([value - gap for value in own])
    return plain


# ── matrices ───────────────────────────────────────────────────────────────────────────────────


def by_matrices(plain: Plain, concept: str, i: int) -> list[bool]:
    """Xu, Li, Hipel and Kilgour 2009: stable iff the diagonal is zero; alternating steps."""
    size = plain.size
    reach = [np.array([[t in own[s] for t in range(size)] for s in range(size)], dtype=int)
             for own in plain.moves]
    pay = np.array(plain.pay)
    up = [(row[None, :] > row[:, None]).astype(int) for row in pay]
    ones = np.ones((size, size), dtype=int)
    if concept == "nash":
        return (np.diag((reach[i] * up[i]) @ ones) == 0).tolist()
    others = [j for j in range(plain.n) if j != i]
    steps = [reach[j] * up[j] if concept in ("seq", "sseq") else reach[j] for j in others]
    latest, total = steps, sum(steps)
    for _ in range(size * len(others)):
        latest = [
            np.sign(sum((latest[b] for b in range(len(others)) if b != a), 0 * ones) @ steps[a])
            for a in range(len(others))
        ]
        total = np.sign(total + sum(latest))
    down = (ones - up[i]).T
    if concept in ("smr", "sseq"):
        down = down * (ones - np.sign(reach[i] @ up[i].T))
    return (np.diag((reach[i] * up[i]) @ (ones - np.sign(total @ down))) == 0).tolist()


# ── simultaneous ───────────────────────────────────────────────────────────────────────────────


def simultaneously_stable(states, owners, moves, pay, i, s) -> bool:
    """By the definition. `states` : option tuples; `moves[j][s]` : set; `owners[k]` : side."""
    number = {vector: k for k, vector in enumerate(states)}
    others = [j for j in range(len(moves)) if j != i]
    for s1 in moves[i][s]:
        if pay[i][s1] <= pay[i][s]:
            continue
        choices = [[s] + [t for t in moves[j][s] if pay[j][t] > pay[j][s]] for j in others]
        spoiled = False
        for chosen in product(*choices):
            after = {i: states[s1], **{j: states[t] for j, t in zip(others, chosen, strict=True)}}
            vector = tuple(after[owner][k] for k, owner in enumerate(owners))
            end = number.get(vector)
            spoiled = spoiled or (end is not None and pay[i][end] <= pay[i][s])
        if not spoiled:
            return False
    return True
