"""The realization plans that use only some sequences and make given ones of the other mover best.

Such plans are a cell of the subdivision of a mover's plans into faces and regions of best replies:
a polytope, whose vertices are vertices of the subdivision. It is described in the plans' own
coordinates, without values for information sets that nobody's best reply reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from detente.linear.polyhedron import Row
from detente.linear.vertices import Polytope, polytope
from detente.solvers.plans.plan_patterns import Side

NOTHING = Fraction(0)

Form = tuple[int, ...]
"""A linear function of a plan: one coefficient a sequence that may have weight."""


def cell(
    side: Side, other: Side, played: int, best: int, check: Callable[[], None] | None = None
) -> Polytope | None:
    """The plans of `side` with weight on `played` alone to which all of `best` are best replies.

    `played`, `best` : bit sets of sequences of `side` and of `other`; each has weight in some plan
        that has weight on the set alone
    Its points have one coordinate a sequence of `side` in `played`, in order. None where empty.
    """
    used = [s for s in range(side.num) if played >> s & 1]
    if not used or not best & 1:
        return None
    weights = _weights(side, used)
    equal, least = _conditions(other, used, best, check)
    return polytope(
        weights, [_in_parameters(f, weights) for f in equal],
        [_in_parameters(f, weights) for f in least], check,
    )  # fmt: skip


def spread(side: Side, played: int, point: Sequence[Fraction]) -> list[Fraction]:
    """A point of a cell as a plan: one weight a sequence of `side`."""
    coordinates = iter(point)
    return [next(coordinates) if played >> s & 1 else NOTHING for s in range(side.num)]


def _weights(side: Side, used: list[int]) -> list[Row]:
    """Each used sequence's weight in terms of those that come not first at an information set."""
    place = {s: i for i, s in enumerate(used)}
    first: dict[int, int] = {}
    for s in used[1:]:
        first.setdefault(side.infoset[s], s)
    rest = [s for s in used[1:] if first[side.infoset[s]] != s]
    width = 1 + len(rest)
    weights = [[0] * width for _ in used]
    weights[0][0] = 1
    for j, s in enumerate(rest, start=1):
        weights[place[s]][j] = 1
    for h, s in sorted(first.items()):  # what leads to an information set has a smaller number
        row = list(weights[place[side.parent[s]]])
        for t in side.actions[h]:
            if t in place and t != s:
                for j, a in enumerate(weights[place[t]]):
                    row[j] -= a
        weights[place[s]] = row
    return weights


def _in_parameters(form: Form, weights: list[Row]) -> Row:
    row = [0] * len(weights[0])
    for amount, weight in zip(form, weights, strict=True):
        if amount:
            for j, a in enumerate(weight):
                row[j] += amount * a
    return row


def _conditions(
    other: Side, used: list[int], best: int, check: Callable[[], None] | None
) -> tuple[list[Form], list[Form]]:
    """Functions that must be 0, and that must not be negative, for all of `best` to be best."""
    place = {s: i for i, s in enumerate(used)}
    own = []
    for gains in other.gain:
        row = [0] * len(used)
        for s, amount in gains:
            if s in place:
                row[place[s]] += amount
        own.append(tuple(row))
    equal: list[Form] = []
    least: list[Form] = []
    value: dict[int, list[Form]] = {}  # per information set what can be best there
    for h in range(len(other.actions) - 1, -1, -1):
        if check is not None:
            check()
        reach = {t: _sums(own[t], [value[lower] for lower in other.below[t]], check)
                 for t in other.actions[h]}  # fmt: skip
        among = [t for t in other.actions[h] if best >> t & 1]
        if not among:
            value[h] = _undominated([f for forms in reach.values() for f in forms])
            continue
        worth = reach[among[0]][0]
        value[h] = [worth]
        equal += [_minus(worth, reach[t][0]) for t in among[1:]]
        least += [_minus(worth, f) for t, forms in reach.items() if t not in among for f in forms]
    return [f for f in equal if any(f)], [f for f in dict.fromkeys(least) if min(f) < 0]


def _sums(own: Form, below: list[list[Form]], check: Callable[[], None] | None) -> list[Form]:
    """What a sequence adds itself, with every combination of what can follow it."""
    found = [own]
    for forms in below:
        if check is not None:
            check()
        found = _undominated([_plus(f, g) for f in found for g in forms])
    return found


def _undominated(forms: list[Form]) -> list[Form]:
    """Without those that some other exceeds whatever the (nonnegative) weights are."""
    distinct = list(dict.fromkeys(forms))
    if len(distinct) > 300:
        return distinct
    return [f for f in distinct if not any(g is not f and _below(f, g) for g in distinct)]


def _below(low: Form, high: Form) -> bool:
    return all(a <= b for a, b in zip(low, high, strict=True))


def _plus(f: Form, g: Form) -> Form:
    return tuple([a + b for a, b in zip(f, g, strict=True)])


def _minus(f: Form, g: Form) -> Form:
    return tuple([a - b for a, b in zip(f, g, strict=True)])
