"""Backward induction over a block of draws, node after node, as a plain function over arrays.

Every inner loop runs over the draws of the block, which makes vector instructions of it. The arrays
are those of `batch.Program`.
"""

from __future__ import annotations

from typing import Any

BROKEN = 1
"""Bit of a mark: play may arrive at a node that is watched for, here or below."""
DOUBT = 2
"""Bit of a mark: a comparison here or below is closer than its error bound."""


def run_program(
    mover: Any,
    child_start: Any,
    child_row: Any,
    child_slot: Any,
    weight: Any,
    gain: Any,
    factor: Any,
    own_mark: Any,
    own_end: Any,
    slot: Any,
    told: Any,
    num_sources: int,
    num_players: int,
    source: Any,
    first: int,
    width: int,
    tolerance: Any,
    value: Any,
    mark: Any,
    end: Any,
    best: Any,
    taken: Any,
    close: Any,
    told_choice: Any,
    told_mark: Any,
    told_end: Any,
) -> None:
    """Solve draws first … first + width - 1; what is asked of told nodes comes back.

    Row r < num_sources stands for `source[r]`, any other for `value[r - num_sources]`.

    `source` : float64 (num_sources, at least first + width), payoffs and probabilities
    `tolerance` : float64 (width,), the error bound of a continuation value
    `value` : float64 (num_slots * num_players, width), `mark` : uint8 (num_slots, width), `end` :
        int32 (num_slots, width), `best`,
        `taken`, `close` : (width,), all for use inside
    `told_choice` : int16 (num_told, width), the action taken there
    `told_mark` : uint8 (num_told, width), its mark
    `told_end` : int32 (num_told, width), the number that play ends up at; -1 none, -2 several;
        without rows where that is not asked
    """
    ending = len(told_end) > 0
    for i in range(len(mover)):
        who, one, stop = mover[i], child_start[i], child_start[i + 1]
        at = slot[i]
        base = at * num_players
        for j in range(width):
            mark[at, j] = 0
        if ending:
            for j in range(width):
                end[at, j] = -1
        if who >= 0:
            if stop - one == 2:
                row = child_row[one * num_players + who]
                here = value[row - num_sources] if row >= num_sources else source[row, first:]
                row = child_row[(one + 1) * num_players + who]
                there = value[row - num_sources] if row >= num_sources else source[row, first:]
                for j in range(width):
                    gap = there[j] - here[j]
                    taken[j] = 1 if gap > 0.0 else 0
                    # Written so that a value that is no number counts as close.
                    close[j] = 0 if abs(gap) > tolerance[j] else 1
                for p in range(num_players):
                    row = child_row[one * num_players + p]
                    here = value[row - num_sources] if row >= num_sources else source[row, first:]
                    row = child_row[(one + 1) * num_players + p]
                    there = value[row - num_sources] if row >= num_sources else source[row, first:]
                    for j in range(width):
                        value[base + p, j] = there[j] if taken[j] == 1 else here[j]
            else:
                for k in range(one, stop):
                    row = child_row[k * num_players + who]
                    line = value[row - num_sources] if row >= num_sources else source[row, first:]
                    if k == one:
                        for j in range(width):
                            best[j] = line[j]
                            taken[j] = 0
                    else:
                        for j in range(width):
                            better = line[j] > best[j]
                            best[j] = line[j] if better else best[j]
                            taken[j] = k - one if better else taken[j]
                for j in range(width):
                    close[j] = 0
                for k in range(one, stop):
                    row = child_row[k * num_players + who]
                    line = value[row - num_sources] if row >= num_sources else source[row, first:]
                    for j in range(width):
                        # Written so that a value that is no number counts as close.
                        clear = (best[j] - line[j] > tolerance[j]) | (taken[j] == k - one)
                        close[j] |= 0 if clear else 1
                for p in range(num_players):
                    for k in range(one, stop):
                        row = child_row[k * num_players + p]
                        inner = row >= num_sources
                        line = value[row - num_sources] if inner else source[row, first:]
                        for j in range(width):
                            kept = value[base + p, j]
                            value[base + p, j] = line[j] if taken[j] == k - one else kept
            for j in range(width):
                mark[at, j] = DOUBT if close[j] else 0
            for k in range(one, stop):
                below = child_slot[k]
                if below >= 0:
                    for j in range(width):
                        # Doubt counts wherever it is: what others get there may jump.
                        on = BROKEN | DOUBT if taken[j] == k - one else DOUBT
                        mark[at, j] |= mark[below, j] & on
                    if ending:
                        for j in range(width):
                            end[at, j] = end[below, j] if taken[j] == k - one else end[at, j]
        elif one < stop:
            for p in range(num_players):
                for j in range(width):
                    value[base + p, j] = 0.0
                for k in range(one, stop):
                    row, odds = child_row[k * num_players + p], weight[k]
                    if row < num_sources:
                        for j in range(width):
                            value[base + p, j] += source[odds, first + j] * source[row, first + j]
                    else:
                        row -= num_sources
                        for j in range(width):
                            value[base + p, j] += source[odds, first + j] * value[row, j]
            for k in range(one, stop):
                below = child_slot[k]
                if below >= 0:
                    for j in range(width):
                        mark[at, j] |= mark[below, j]
                if ending:
                    for j in range(width):
                        here = end[below, j] if below >= 0 else -1
                        end[at, j] = here if k == one or end[at, j] == here else -2
        else:
            for p in range(num_players):
                for j in range(width):
                    value[base + p, j] = 0.0
        for p in range(num_players):
            row = gain[i * num_players + p]
            if row >= 0:
                for j in range(width):
                    value[base + p, j] += source[row, first + j]
            row = factor[i * num_players + p]
            if row >= 0:
                for j in range(width):
                    value[base + p, j] *= source[row, first + j]
        if own_mark[i] != 0:
            for j in range(width):
                mark[at, j] |= own_mark[i]
        if own_end[i] >= 0:
            for j in range(width):
                end[at, j] = own_end[i]
        t = told[i]
        if t >= 0:
            for j in range(width):
                told_choice[t, j] = taken[j] if who >= 0 else 0
                told_mark[t, j] = mark[at, j]
            if ending:
                for j in range(width):
                    told_end[t, j] = end[at, j]


def error_bounds(
    gains: Any,
    weights: Any,
    factors: Any,
    sums: Any,
    sum_start: Any,
    length: int,
    fan: int,
    source: Any,
    error: Any,
    first: int,
    width: int,
    room: Any,
    tolerance: Any,
) -> None:
    """Fill `tolerance`: twice the error that a continuation value can have, draw by draw.

    It is inf where a probability or discount is none, so that nothing there counts as sure.

    With steps n on a path, gains up to m that are off by up to e, weights that sum to one and are
    off by up to w, and discounts up to f, values are at most v = n m fⁿ, and each step adds an
    error of at most e, of w v for each child, and of a rounding of v for each operation (Higham
    2002, section 3.1).

    `gains`, `weights`, `factors` : rows of the source
    `sums`, `sum_start` : rows of the probabilities of one chance move after another, of those that
        are not known to sum to one
    `error` : float64 like `source`, or without rows where the source is exact
    `room` : float64 (5, at least width), for use inside
    """
    rounding = 2.0**-52
    exact = len(error) == 0
    for j in range(width):
        room[0, j] = room[1, j] = room[2, j] = room[4, j] = 0.0
        room[3, j] = 1.0
    for g in range(len(gains)):
        row = source[gains[g], first:]
        for j in range(width):
            size = abs(row[j])
            room[0, j] = size if size > room[0, j] else room[0, j]
            # No number would be lost in the maximum; of it and of infinity this makes no number.
            room[4, j] += size * 0.0
        if not exact:
            off = error[gains[g], first:]
            for j in range(width):
                room[1, j] = off[j] if off[j] > room[1, j] else room[1, j]
                room[4, j] += off[j] * 0.0
    for g in range(len(weights)):
        row = source[weights[g], first:]
        for j in range(width):
            off_by = 0.0 if exact else error[weights[g], first + j]
            room[2, j] = max(room[2, j], off_by)
            sound = (row[j] >= -off_by) & (row[j] <= 1.0 + off_by + rounding)
            room[4, j] = room[4, j] if sound else 1.0
    for g in range(len(factors)):
        row = source[factors[g], first:]
        for j in range(width):
            off_by = 0.0 if exact else error[factors[g], first + j]
            room[2, j] = max(room[2, j], off_by)
            room[3, j] = max(room[3, j], row[j] + off_by)
            room[4, j] = room[4, j] if (row[j] > off_by) & (row[j] < 1e300) else 1.0
    for s in range(len(sum_start) - 1):
        for j in range(width):
            total, off_by = 0.0, 8.0 * rounding
            for k in range(sum_start[s], sum_start[s + 1]):
                total += source[sums[k], first + j]
                off_by += 0.0 if exact else error[sums[k], first + j]
            room[4, j] = room[4, j] if abs(total - 1.0) <= off_by else 1.0
    for j in range(width):
        growth = 1.0
        if room[3, j] != 1.0:
            for _ in range(length):
                growth *= room[3, j]
        most = length * room[0, j] * growth
        step = room[1, j] + (fan + 1) * room[2, j] * most + (fan + 4) * rounding * most
        bound = 2.0 * growth * length * step + 1e-300
        # Also where it is no number.
        tolerance[j] = bound if (room[4, j] == 0.0) & (bound < 1e300) else 1e308 * 10.0
