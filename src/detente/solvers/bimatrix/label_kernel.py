"""Which labels can share out between two mixed strategies, in floating point with proofs.

A label is a strategy of either player. A mixed strategy has the labels that it does not play and,
of the other player's, those that are best replies to it; an equilibrium is a pair in which every
label is had by one of the two (Shapley 1974). The search decides label by label which one is to
have it. What is left to a player is a face of the polytope {z ≥ 0 : M z ≤ 1}; where that is empty
the branch ends. The label decided next is one that either player can hardly have.

That a face is empty is proved however the pivots were rounded: by multipliers of the rows (Farkas
1902) whose conditions are checked with a bound on the rounding of their own sums. Where the proof
fails the branch goes on, so that none is lost.

One polytope ("side") is: `matrix`, float64 (rows, columns), entries from 1/4 to 5/4, each within
`EPSILON` of the number that is meant, relatively; and per slot its dictionary `table`, float64
(rows, columns + 1), what each basic variable loses a unit of each nonbasic one, with its value
last; `of`, the variable at each place, and `at`, the place of each variable: places below `columns`
are nonbasic, place columns + r is row r; variables below `columns` are the z, columns + r is the
slack of row r. The first `free` columns may still grow, the others are fixed at 0.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from detente.game.kernels import Kernel

EPSILON = 2.0**-50
"""Bound on the relative error of an entry, a product and one step of a sum, with room to spare."""

SMALL = 1e-9
"""What counts as zero in a dictionary; no proof rests on it."""

UNDECIDED, FIRST, SECOND = -1, 0, 1
"""Who has a label."""

EMPTY, CUT, KEPT = 0, 1, 2
"""What became of a face: proved to be empty, cut down, or left larger than it is."""


def _exchange(table: Any, of: Any, at: Any, r: int, c: int) -> None:
    """Make the variable of column c basic in row r, whose variable takes the column."""
    num_rows, width = table.shape
    own = table[r]
    factor = 1.0 / own[c]
    own[c] = 1.0
    for k in range(width):
        own[k] *= factor
    for i in range(num_rows):
        if i != r:
            row = table[i]
            factor = row[c]
            if factor != 0.0:
                row[c] = 0.0
                for k in range(width):
                    row[k] -= factor * own[k]
    at_row = width - 1 + r
    of[c], of[at_row] = of[at_row], of[c]
    at[of[c]], at[of[at_row]] = c, at_row


def _lower(table: Any, of: Any, at: Any, free: int, variable: int) -> int:
    """Bring a basic variable down to 0 and out of the basis (Dantzig's rule).

    Returns -1 once it is nonbasic, its row where it cannot fall any further, and -2 where it is 0
    in every point or rounding gets in the way.
    """
    num_rows, width = table.shape
    last = width - 1
    for _ in range(4 * (num_rows + width)):
        if at[variable] < last:
            return -1
        r = at[variable] - last
        if table[r, last] < SMALL:
            return int(leave(table, of, at, free, r))
        best, c = SMALL, -1
        for k in range(free):
            if table[r, k] > best:
                best, c = table[r, k], k
        if c < 0:
            return int(r)
        out, least = r, table[r, last] / table[r, c]
        for i in range(num_rows):
            if table[i, c] > SMALL:
                ratio = table[i, last] / table[i, c]
                if ratio < least - 1e-12:
                    out, least = i, ratio
        exchange(table, of, at, out, c)
        for i in range(num_rows):
            if table[i, last] < 0.0:
                table[i, last] = 0.0
    return -2


def _leave(table: Any, of: Any, at: Any, free: int, r: int) -> int:
    """Take a variable that is worth 0 out of the basis: -1, or -2 where nothing can replace it."""
    best, c = 1e-7, -1
    for k in range(free):
        if abs(table[r, k]) > best:
            best, c = abs(table[r, k]), k
    if c < 0:
        return -2
    table[r, table.shape[1] - 1] = 0.0
    exchange(table, of, at, r, c)
    return -1


def _proves(
    matrix: Any, table: Any, of: Any, at: Any, free: int, r: int, multipliers: Any
) -> bool:
    """Whether a row, and hence its variable at 0, is proved to be impossible on the face.

    Multipliers u of the rows of M z + s = 1 give Σ u s + Σ (Mᵀ u) z = Σ u. If the right side is
    positive and every coefficient of what may be positive is at most 0, there is no such point.
    """
    num_rows, num_columns = matrix.shape
    value = table[r, num_columns]
    shift = value / (2 * num_rows)
    total = size = 0.0
    for j in range(num_rows):
        place = at[num_columns + j]
        u = 0.0
        if place < num_columns:
            u = table[r, place]
        elif place == num_columns + r:
            u = 1.0
        if free <= place < num_columns or place == num_columns + r:
            u -= shift  # a slack that is fixed at 0 may have any multiplier
        else:
            u = min(u, 0.0) - shift
        multipliers[j] = u
        total += u
        size += abs(u)
    gamma = (num_rows + 8) * EPSILON
    if total - gamma * size <= 0.0:
        return False
    for place in range(free):
        if not coefficient(matrix, multipliers, of[place], gamma):
            return False
    for i in range(num_rows):
        if i != r and not coefficient(matrix, multipliers, of[num_columns + i], gamma):
            return False
    return True


def _coefficient(matrix: Any, multipliers: Any, variable: int, gamma: float) -> bool:
    """Whether a variable's coefficient is surely not positive (slacks were seen to before)."""
    num_rows, num_columns = matrix.shape
    if variable >= num_columns:
        return True
    total = size = 0.0
    for j in range(num_rows):
        term = matrix[j, variable] * multipliers[j]
        total += term
        size += abs(term)
    return bool(total + gamma * size <= 0.0)


def _cut(
    matrix: Any, table: Any, of: Any, at: Any, free: Any, slot: int, variable: int, work: Any
) -> int:
    """Fix a variable at 0 in a slot's face: EMPTY, CUT or KEPT."""
    open_columns = free[slot]
    blocked = lower(table[slot], of[slot], at[slot], open_columns, variable)
    if blocked == -2:
        return KEPT
    if blocked >= 0:
        proved = proves(matrix, table[slot], of[slot], at[slot], open_columns, blocked, work)
        return EMPTY if proved else KEPT
    c, last = at[slot, variable], open_columns - 1
    if c > last:
        return KEPT
    for i in range(table.shape[1]):
        table[slot, i, c], table[slot, i, last] = table[slot, i, last], table[slot, i, c]
    other = of[slot, last]
    of[slot, c], of[slot, last] = other, variable
    at[slot, other], at[slot, variable] = c, last
    free[slot] = last
    return CUT


def _distance(table: Any, at: Any, free: int, variable: int) -> float:
    """How far a variable is from 0: infinite where its row shows that it cannot get there."""
    last = table.shape[1] - 1
    if at[variable] < last:
        return 0.0
    r = at[variable] - last
    value = table[r, last]
    if value < SMALL:
        return 0.0
    falling = 0.0
    for k in range(free):
        falling += max(table[r, k], 0.0)
    return value / falling if falling > SMALL else float("inf")


def _next_label(
    decided: Any, table0: Any, at0: Any, free0: int, table1: Any, at1: Any, free1: int
) -> int:
    """The undecided label that both players are farthest from; -1 where all are decided."""
    m, n = table1.shape[0], table0.shape[0]
    found, most = -1, -1.0
    for label in range(m + n):
        if decided[label] == UNDECIDED:
            far = distance(table0, at0, free0, label)
            far += distance(table1, at1, free1, label + n if label < m else label - m)
            if far > most:
                found, most = label, far
    return found


def _explore(
    matrix0: Any, table0: Any, of0: Any, at0: Any, free0: Any,
    matrix1: Any, table1: Any, of1: Any, at1: Any, free1: Any,
    slots: Any, decided: Any, branch: Any, state: Any, work: Any, leaves: Any, budget: int,
) -> int:  # fmt: skip
    """Go on with the search for `budget` steps, or until `leaves` is full or all is done.

    `matrix0` … `free1` : the sides of the first and the second player, one slot a depth
    `slots` : int64 (depths, 2), the slot that holds each side's face at a depth
    `decided` : int8 (depths, m + n), who has each label
    `branch` : int64 (depths, 2), the label that is decided at a depth, and the next player to try
    `state` : int64 (1,), the depth; -1 when all is done
    `leaves` : int8 (capacity, m + n), filled with shared out labels

    Returns how many leaves were written.
    """
    m, n = matrix1.shape[0], matrix0.shape[0]
    written, depth = 0, state[0]
    for _ in range(budget):
        if depth < 0 or written == len(leaves):
            break
        if branch[depth, 1] == UNDECIDED:
            first, second = slots[depth, 0], slots[depth, 1]
            label = next_label(
                decided[depth], table0[first], at0[first], free0[first],
                table1[second], at1[second], free1[second],
            )  # fmt: skip
            if label < 0:
                leaves[written] = decided[depth]
                written += 1
                depth -= 1
                continue
            branch[depth, 0], branch[depth, 1] = label, FIRST
        label, player, after = branch[depth, 0], branch[depth, 1], depth + 1
        if player > SECOND:
            depth -= 1
            continue
        branch[depth, 1] += 1
        slots[after] = slots[depth]
        slots[after, player] = after
        before = slots[depth, player]
        if player == FIRST:
            table0[after], of0[after], at0[after] = table0[before], of0[before], at0[before]
            free0[after] = free0[before]
            face = cut(matrix0, table0, of0, at0, free0, after, label, work)
        else:
            table1[after], of1[after], at1[after] = table1[before], of1[before], at1[before]
            free1[after] = free1[before]
            variable = label + n if label < m else label - m
            face = cut(matrix1, table1, of1, at1, free1, after, variable, work)
        if face != EMPTY:
            decided[after] = decided[depth]
            decided[after, label] = player
            branch[after, 1] = UNDECIDED
            depth = after
    state[0] = depth
    return written


exchange: Kernel = _exchange
leave: Kernel = _leave
lower: Kernel = _lower
coefficient: Kernel = _coefficient
proves: Kernel = _proves
cut: Kernel = _cut
distance: Kernel = _distance
next_label: Kernel = _next_label


@cache
def compiled() -> Kernel:
    """`_explore` as machine code; the functions that it calls become that too."""
    global exchange, leave, lower, coefficient, proves, cut, distance, next_label
    exchange, coefficient, distance = jit(_exchange), jit(_coefficient), jit(_distance)
    leave, proves, next_label = jit(_leave), jit(_proves), jit(_next_label)
    lower = jit(_lower)
    cut = jit(_cut)
    return jit(_explore)


def jit(function: Kernel) -> Kernel:
    """A function as machine code, kept between runs where there is a folder for it."""
    from numba import njit

    try:
        kernel: Kernel = njit(cache=True)(function)
    except RuntimeError:  # no folder to keep the machine code in
        kernel = njit(function)
    return kernel
