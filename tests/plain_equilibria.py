"""All extreme equilibria of a small tree in which two sides move, by its reduced strategic form.

Nothing here knows of slacks, dictionaries or double description: pure plans are written out, the
matrix's extreme equilibria are found by trying every basis, and what is extreme among realization
plans is decided by the definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

from detente.game.sequence_form import SequenceForm, Sequences, sequence_form
from detente.game.tree import Game

Vector = tuple[Fraction, ...]


@dataclass
class Plain:
    """`pure` : per mover its pure realization plans; `gain` : per mover rows of the own matrix
    over plans (own sequence × the other's sequence)"""

    pure: tuple[list[Vector], list[Vector]]
    gain: tuple[list[list[Fraction]], list[list[Fraction]]]
    rows: tuple[list[Vector], list[Vector]]
    """Per mover the equations that its plans satisfy, without their right-hand side."""

    def payoff(self, k: int, own: Vector, other: Vector) -> Fraction:
        """What the k-th mover gets."""
        return sum(
            (a * g * b for a, row in zip(own, self.gain[k], strict=True) if a
             for g, b in zip(row, other, strict=True) if b), Fraction(0))  # fmt: skip

    def best(self, k: int, other: Vector) -> frozenset[int]:
        """The k-th mover's pure plans that are best replies."""
        values = [self.payoff(k, own, other) for own in self.pure[k]]
        return frozenset(i for i, value in enumerate(values) if value == max(values))

    def is_equilibrium(self, x: Vector, y: Vector) -> bool:
        """Whether no pure plan of either does better."""
        most = [max(self.payoff(0, p, y) for p in self.pure[0]),
                max(self.payoff(1, p, x) for p in self.pure[1])]  # fmt: skip
        return [self.payoff(0, x, y), self.payoff(1, y, x)] == most

    def is_vertex(self, k: int, plan: Vector) -> bool:
        """Whether no other plan has weight on these sequences alone and keeps all best replies."""
        other = 1 - k
        used = [s for s, weight in enumerate(plan) if weight]
        replies = [self.pure[other][i] for i in sorted(self.best(other, plan))]
        worth = [
            [sum((self.gain[other][t][s] * y[t] for t in range(len(y))), Fraction(0)) for s in used]
            for y in replies
        ]
        level = [[a - b for a, b in zip(worth[0], row, strict=True)] for row in worth[1:]]
        system = [[row[s] for s in used] for row in self.rows[k]] + level
        return rank(system) == len(used)


def plain(game: Game) -> Plain:
    """The game as matrices over sequences; where fewer than two move, the others have no move."""
    form = sequence_form(game)
    pure, rows = [], []
    for k in range(2):
        own = form.sequences[k] if k < len(form.sequences) else None
        pure.append(pure_plans(own) if own else [(Fraction(1),)])
        rows.append(equations(own) if own else [(Fraction(1),)])
    return Plain((pure[0], pure[1]), _gains(form), (rows[0], rows[1]))


def _gains(form: SequenceForm) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    sizes = [own.num for own in form.sequences] + [1, 1]
    tables = [[[Fraction(0)] * sizes[1 - k] for _ in range(sizes[k])] for k in range(2)]
    for k, own in enumerate(form.sequences):
        for pair, amount in zip(form.at.tolist(), form.payoffs[own.player].tolist(), strict=True):
            other = pair[1 - k] if len(pair) > 1 else 0
            tables[k][pair[k]][other] += Fraction(amount, form.denominators[own.player])
    return tables[0], tables[1]


def pure_plans(own: Sequences) -> list[Vector]:
    """All distinct plans of one action an information set."""
    widths = [int(own.start[k + 1] - own.start[k]) for k in range(own.num_infosets)]
    found = {}
    for chosen in product(*map(range, widths)):
        def behavior(h: int, chosen=chosen) -> list[Fraction]:
            k = h - own.first_infoset
            return [Fraction(int(i == chosen[k])) for i in range(widths[k])]

        found[tuple(own.plan(behavior))] = None
    return list(found)


def equations(own: Sequences) -> list[Vector]:
    table = [[Fraction(0)] * own.num for _ in range(own.num_infosets + 1)]
    for r, c, entry in zip(*(part.tolist() for part in own.constraints), strict=True):
        table[r][c] += entry
    return [tuple(row) for row in table]


def rank(rows: list[list[Fraction]]) -> int:
    rows, found = [list(row) for row in rows], 0
    for j in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(found, len(rows)) if rows[i][j]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for i in range(found + 1, len(rows)):
            f = rows[i][j] / rows[found][j]
            if f:
                rows[i] = [a - f * b for a, b in zip(rows[i], rows[found], strict=True)]
        found += 1
    return found


def extreme(game: Game) -> set[tuple[Vector, Vector]]:
    """The extreme equilibria as pairs of realization plans."""
    return {(x, y) for x, y in mapped(game) if is_extreme(game, x, y)}


def is_extreme(game: Game, x: Vector, y: Vector) -> bool:
    form = plain(game)
    return form.is_vertex(0, x) and form.is_vertex(1, y)


def mapped(game: Game) -> set[tuple[Vector, Vector]]:
    """The extreme equilibria of the reduced strategic form, seen as realization plans."""
    form = plain(game)
    xs, ys = form.pure
    first = [[form.payoff(0, x, y) for y in ys] for x in xs]
    second = [[form.payoff(1, y, x) for y in ys] for x in xs]
    return {
        (mean(xs, p), mean(ys, q))
        for p, q in matrix_equilibria(first, second)
    }


def mean(plans: list[Vector], weights: Vector) -> Vector:
    columns = zip(*plans, strict=True)
    return tuple(sum((w * a for w, a in zip(weights, column, strict=True)), Fraction(0))
                 for column in columns)  # fmt: skip


def matrix_equilibria(
    first: list[list[Fraction]], second: list[list[Fraction]]
) -> set[tuple[Vector, Vector]]:
    """All extreme equilibria of a bimatrix game: vertices of both polyhedra with full labels."""
    m, n = len(first), len(first[0])
    own = [_labelled(p, [[second[i][j] for i in range(m)] for j in range(n)], 0, m)
           for p in _vertices([[second[i][j] for i in range(m)] for j in range(n)])]  # fmt: skip
    their = [_labelled(q, first, m, 0) for q in _vertices(first)]
    return {(p, q) for p, these in own for q, those in their if len(these | those) == m + n}


def _labelled(p: Vector, worth: list[list[Fraction]], shift: int, other: int):
    values = [sum(a * b for a, b in zip(p, row, strict=True)) for row in worth]
    zero = {shift + i for i, weight in enumerate(p) if not weight}
    return p, zero | {other + j for j, value in enumerate(values) if value == max(values)}


def _vertices(worth: list[list[Fraction]]) -> set[Vector]:
    """Of {p ≥ 0, Σ p = 1, worth · p ≤ u}: every basis tried."""
    size = len(worth[0])
    rows = [[*(Fraction(int(i == j)) for j in range(size)), Fraction(0)] for i in range(size)]
    rows += [[*row, Fraction(-1)] for row in worth]
    found = set()
    for tight in combinations(rows, size):
        system = [[*(Fraction(1),) * size, Fraction(0)], *tight]
        point = solved(system, [Fraction(1)] + [Fraction(0)] * size)
        if point is not None and min(point[:-1]) >= 0:
            p = tuple(point[:-1])
            if all(sum(a * b for a, b in zip(p, row, strict=True)) <= point[-1] for row in worth):
                found.add(p)
    return found


def solved(system: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    rows = [[*row, b] for row, b in zip(system, right, strict=True)]
    size = len(rows)
    for j in range(size):
        pivot = next((i for i in range(j, size) if rows[i][j]), None)
        if pivot is None:
            return None
        rows[j], rows[pivot] = rows[pivot], rows[j]
        rows[j] = [a / rows[j][j] for a in rows[j]]
        for i in range(size):
            if i != j and rows[i][j]:
                f = rows[i][j]
                rows[i] = [a - f * b for a, b in zip(rows[i], rows[j], strict=True)]
    return [row[-1] for row in rows]


def maximal_products(pairs: set[tuple[Vector, Vector]]) -> set[frozenset[tuple[Vector, Vector]]]:
    """The maximal sets S × T of pairs: closures of what each subset of one side allows."""
    xs = sorted({x for x, _ in pairs})
    answers = {x: frozenset(y for z, y in pairs if z == x) for x in xs}
    closures = set(answers.values())
    while True:
        more = closures | {a & b for a in closures for b in answers.values()}
        if more == closures:
            break
        closures = more
    found = set()
    for tall in closures - {frozenset()}:
        wide = [x for x in xs if tall <= answers[x]]
        found.add(frozenset((x, y) for x in wide for y in tall))
    return {one for one in found if not any(one < other for other in found)}
