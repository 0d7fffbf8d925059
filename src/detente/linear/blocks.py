"""The structure of a sparse square system: triangles taken off, the rest solved in blocks."""

from __future__ import annotations

from typing import Any

import numpy as np

_SPLIT_FROM = 64
"""Unknowns from which it pays to split what no triangle takes off into blocks."""
_LIFTED_FROM = 120
_SPARSE = 16
"""A block with so many unknowns, and at most so many entries a row, is solved in floating point and
refined; any other in FLINT."""


def solve_integral(rows: list[dict[int, int]], rhs: list[Any]) -> list[Any] | None:
    """The solution of an integral system in FLINT rationals; None where it is singular.

    `rows` : column → entry, one a row; `rhs` : FLINT rationals
    """
    rows = [{j: a for j, a in row.items() if a} for row in rows]
    order = _triangles(rows)
    if order is None:
        return None
    front, rear, core_rows, core_columns = order
    found: list[Any] = [None] * len(rows)
    for row, column in front:
        found[column] = _last_unknown(rows[row], rhs[row], column, found)
    for block_rows, block_columns in _blocks(rows, core_rows, core_columns):
        inside = set(block_columns)
        right = [rhs[i] - sum(a * found[j] for j, a in rows[i].items() if j not in inside)
                 for i in block_rows]  # fmt: skip
        left = [{j: a for j, a in rows[i].items() if j in inside} for i in block_rows]
        values = solve_dense(left, right, block_columns)
        if values is None:
            return None
        for column, value in zip(block_columns, values, strict=True):
            found[column] = value
    for row, column in reversed(rear):
        found[column] = _last_unknown(rows[row], rhs[row], column, found)
    return found


def solve_dense(
    rows: list[dict[int, int]], rhs: list[Any], columns: list[int]
) -> list[Any] | None:
    """The solution in the order of `columns`, by Dixon's lifting; None where singular."""
    from flint import fmpz_mat

    size = len(rows)
    if not size:
        return []
    unit = _unit(rhs)
    if size == 1:
        entry = rows[0].get(columns[0], 0)
        return [rhs[0] / entry] if entry else None
    if size >= _LIFTED_FROM and sum(map(len, rows)) <= _SPARSE * size:
        found = _lifted(rows, rhs, columns, unit)
        if found is not None:
            return found
    entries = [row.get(j, 0) for row in rows for j in columns]
    right = [(b * unit).numerator for b in rhs]
    try:
        solution = fmpz_mat(size, size, entries).solve(fmpz_mat(size, 1, right))
    except ZeroDivisionError:
        return None
    return [value / unit for value in solution.entries()]


def _unit(rhs: list[Any]) -> Any:
    """The least common denominator."""
    from flint import fmpz

    unit = fmpz(1)
    for b in rhs:
        if unit % b.denominator:
            unit = unit.lcm(b.denominator)
    return unit


def _lifted(
    rows: list[dict[int, int]], rhs: list[Any], columns: list[int], unit: Any
) -> list[Any] | None:
    from flint import fmpq

    from detente.linear.lifting import solve_sparse

    place = {j: k for k, j in enumerate(columns)}
    inner = [{place[j]: a for j, a in row.items() if j in place} for row in rows]
    found = solve_sparse(inner, [int((b * unit).numerator) for b in rhs]) if all(inner) else None
    if found is None:
        return None
    numerators, denominator = found
    return [fmpq(n, denominator * unit) for n in numerators]


def _last_unknown(row: dict[int, int], right: Any, column: int, found: list[Any]) -> Any:
    """What the equation says of this unknown once the others are found."""
    for j, a in row.items():
        if j != column:
            value = found[j]
            if value:
                right = right - a * value
    return right / row[column]


Order = tuple[list[tuple[int, int]], list[tuple[int, int]], list[int], list[int]]


def _triangles(rows: list[dict[int, int]]) -> Order | None:
    """(row, column) pairs to solve first, those to solve last, and the rows and columns between;
    None where an equation has no unknown left, or an unknown no equation."""
    size = len(rows)
    mentions: list[list[int]] = [[] for _ in range(size)]
    for i, row in enumerate(rows):
        for j in row:
            mentions[j].append(i)
    open_row, open_column = [True] * size, [True] * size
    in_row, in_column = [len(row) for row in rows], [len(own) for own in mentions]
    front: list[tuple[int, int]] = []
    waiting = [i for i in range(size) if in_row[i] <= 1]
    while waiting:
        equation = waiting.pop()
        if not open_row[equation]:
            continue
        column = next((j for j in rows[equation] if open_column[j]), None)
        if column is None:
            return None
        front.append((equation, column))
        open_row[equation] = open_column[column] = False
        for i in mentions[column]:
            in_row[i] -= 1
            if in_row[i] <= 1 and open_row[i]:
                waiting.append(i)
    for j in range(size):
        in_column[j] = sum(open_row[i] for i in mentions[j])
    rear: list[tuple[int, int]] = []
    waiting = [j for j in range(size) if open_column[j] and in_column[j] <= 1]
    while waiting:
        column = waiting.pop()
        if not open_column[column]:
            continue
        owner = next((i for i in mentions[column] if open_row[i]), None)
        if owner is None:
            return None
        rear.append((owner, column))
        open_row[owner] = open_column[column] = False
        for j in rows[owner]:
            in_column[j] -= 1
            if in_column[j] <= 1 and open_column[j]:
                waiting.append(j)
    core_rows = [i for i in range(size) if open_row[i]]
    return front, rear, core_rows, [j for j in range(size) if open_column[j]]


def _blocks(
    rows: list[dict[int, int]], core_rows: list[int], core_columns: list[int]
) -> list[tuple[list[int], list[int]]]:
    """The core in blocks, each of which needs only those before it (block triangular form).

    Found from a matching of equations with unknowns and its strong components (Duff and Reid 1978).
    """
    size = len(core_rows)
    if size < _SPLIT_FROM:
        return [(core_rows, core_columns)] if size else []
    from scipy.sparse import csr_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import (  # type: ignore[import-untyped]
        connected_components,
        maximum_bipartite_matching,
    )

    place = {j: k for k, j in enumerate(core_columns)}
    inner = [[place[j] for j in rows[i] if j in place] for i in core_rows]
    starts = np.concatenate([[0], np.cumsum([len(own) for own in inner])])
    flat = np.array([k for own in inner for k in own], dtype=np.int32)
    pattern = csr_array((np.ones(len(flat), dtype=np.int8), flat, starts), shape=(size, size))
    match = maximum_bipartite_matching(pattern, perm_type="column")
    if (match < 0).any():  # structurally singular: the dense solver will say so
        return [(core_rows, core_columns)]
    owner = np.empty(size, dtype=np.int64)
    owner[match] = np.arange(size)
    needs = csr_array((pattern.data, owner[flat], starts), shape=(size, size))
    count, label = connected_components(needs, directed=True, connection="strong")
    members: list[list[int]] = [[] for _ in range(count)]
    for k, own in enumerate(label.tolist()):
        members[own].append(k)
    order = _needed_first(needs, label, count)
    return [
        ([core_rows[k] for k in members[b]], [core_columns[int(match[k])] for k in members[b]])
        for b in order
    ]


def _needed_first(needs: Any, label: Any, count: int) -> list[int]:
    """The components in an order in which each comes after those that it needs."""
    sources = label[np.repeat(np.arange(len(label)), np.diff(needs.indptr))]
    targets = label[needs.indices]
    between = np.unique(np.stack([sources, targets], axis=1)[sources != targets], axis=0)
    missing = np.bincount(between[:, 0], minlength=count)
    users: list[list[int]] = [[] for _ in range(count)]
    for source, target in between.tolist():
        users[target].append(source)
    order = np.flatnonzero(missing == 0).tolist()
    for done in order:
        for user in users[done]:
            missing[user] -= 1
            if not missing[user]:
                order.append(user)
    return [int(block) for block in order]
