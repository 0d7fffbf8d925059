"""Whether a move is best for some belief, and whether it is best against all plans of a set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, product

from detente.solvers.plans.plan_halves import Half
from detente.solvers.refining.trembling_rows import Row, Rows, minus, plus

MANY = 50
"""Ways to go on after a move beyond which they are not looked at one by one."""


def justified(
    half: Half, s: int, allowed: int, kept: int, check: Callable[[], None] = lambda: None
) -> bool:
    """Whether the last action of the other mover's sequence `s` is best where it is taken, for some
    belief and some plan of allowed actions from there on.

    `allowed` : sequences of the mover whose plan it is, by their last actions
    `kept` : those of the other that it may take after that
    It is said to be where there are very many ways to go on.
    """
    h = half.other.infoset[s]
    roots = set(half.touching[h])
    active, waiting = set(roots), list(roots)
    while waiting:
        after = [c for c in half.children[waiting.pop()] if allowed >> half.sequence[c] & 1]
        active.update(after)
        waiting += after
    sets = sorted(_from(half, h))
    ways = list(islice(_ways(half, s, kept), MANY + 1))
    return len(ways) > MANY or any(
        _best(Rows(half, active, sets, way, whole=False), roots, check) for way in ways
    )


def _best(rows: Rows, roots: set[int], check: Callable[[], None]) -> bool:
    """Whether all that is required is best against some terms."""
    check()
    if rows.plain(roots) is not None:
        return True
    if len(roots) == 1 and all(len(below) == 1 for _, below in rows.flows):
        return False
    return rows.solve(False, check) is not None


def _from(half: Half, h: int) -> Iterator[int]:
    """The other's information sets from one on."""
    yield h
    for s in half.other.actions[h]:
        for g in half.other.below[s]:
            yield from _from(half, g)


def _ways(half: Half, s: int, kept: int) -> Iterator[int]:
    """The ways to go on with kept moves after a sequence, it included, as bit sets."""
    after = [
        [way for t in half.other.actions[g] if kept >> t & 1 for way in _ways(half, t, kept)]
        for g in half.other.below[s]
    ]
    for ways in product(*after):
        yield sum(ways, 1 << s)


def always_best(
    half: Half, s: int, played: int, best: int, check: Callable[[], None] = lambda: None
) -> bool:
    """Whether the last action of the other mover's sequence `s` is best, where it is taken, against
    all plans with weight on `played` alone to which all of `best` are best.

    It is said not to be where there are very many ways to go on.
    """
    other = half.other
    columns = {c for c in range(half.own.num) if played >> c & 1}
    rows = Rows(half, columns, range(len(other.actions)), best, whole=True)
    above, equal = rows.conditions()
    worth = rows.worth(s, _values(rows, s, above))
    for t in other.actions[other.infoset[s]]:
        forms = [] if t == s else _forms(rows, t)
        if len(forms) > MANY:
            return False
        for form in forms:
            check()
            more = minus(form, worth)
            if any(a > 0 for a in more.values()) and rows.rises(more, above, equal, check):
                return False
    return True


def _values(rows: Rows, s: int, above: list[Row]) -> dict[int, Row]:
    """What the information sets below a sequence are worth at least: variables of their own, of
    which more rows say so."""
    other, shift = rows.half.other, rows.half.num + len(rows.half.other.actions)
    below = [h for g in other.below[s] for h in _from(rows.half, g)]
    value: dict[int, Row] = {h: {shift + h: 1} for h in below}
    for h in below:
        above += [minus(rows.worth(t, value), value[h]) for t in other.actions[h]]
    return value


def _forms(rows: Rows, s: int) -> list[Row]:
    """What a sequence yields, by each way to go on, up to a little more than `MANY` of them."""
    found = [rows.worth(s, {})]
    for h in rows.half.after[s]:
        after = [form for t in rows.half.other.actions[h] for form in _forms(rows, t)]
        found = [plus(one, form) for one in found for form in after][: MANY + 1]
    return found
