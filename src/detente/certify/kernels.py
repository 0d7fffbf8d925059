"""The kernels behind `certify`: loops over flat columns, from the ends of play to the first move.

Every child's number is greater than its parent's. The columns are those of `certify_passes`: lists
of Python numbers, or 64-bit arrays where a kernel is compiled.
"""

from __future__ import annotations

from typing import Any


def one_shot(
    mover: Any, infoset: Any, child_start: Any, children: Any, action_start: Any,
    weight: Any, divisor: Any, outcome: Any, payoff: Any, discount: Any, factor: Any,
    value: Any, gain: Any, at: Any, loss: Any,
) -> None:  # fmt: skip
    """Every node's value, and each player's largest gain from one move, at the first such node.

    `loss` : each player's least loss from a move that the plan does not surely make; starts at -1,
        which stays where there is no such move
    """
    players = len(gain)
    for node in range(len(mover) - 1, -1, -1):
        base = node * players
        first, stop = child_start[node], child_start[node + 1]
        if first < stop:
            h = infoset[node]
            offset = action_start[h] - first
            for edge in range(first, stop):
                w = weight[offset + edge]
                if w:
                    child = children[edge] * players
                    for i in range(players):
                        value[base + i] += w * value[child + i]
            d = divisor[h]
            if d > 1:
                for i in range(players):
                    value[base + i] //= d
            player = mover[node]
            if player >= 0:
                planned = value[base + player]
                best = value[children[first] * players + player]
                for edge in range(first, stop):
                    worth = value[children[edge] * players + player]
                    best = max(best, worth)
                    if weight[offset + edge] != d and (
                        loss[player] < 0 or planned - worth < loss[player]
                    ):
                        loss[player] = max(planned - worth, 0)
                better = best - planned
                if better > 0 and better >= gain[player]:
                    gain[player] = better
                    at[player] = node
        row = outcome[node] * players
        for i in range(players):
            value[base + i] += payoff[row + i]
        if discount[node]:
            row = discount[node] * players
            for i in range(players):
                value[base + i] *= factor[row + i]


def best_replies(
    mover: Any, infoset: Any, child_start: Any, children: Any, action_start: Any,
    weight: Any, divisor: Any, outcome: Any, payoff: Any, discount: Any, factor: Any,
    value: Any,
) -> None:  # fmt: skip
    """What each player can get from each node on, whose others keep to the plan."""
    players = len(value) // len(mover)
    for node in range(len(mover) - 1, -1, -1):
        base = node * players
        first, stop = child_start[node], child_start[node + 1]
        row, factors = outcome[node] * players, discount[node] * players
        h = infoset[node]
        for i in range(players):
            reply = value[base + i]
            if first < stop and mover[node] == i:
                reply = value[children[first] * players + i]
                for edge in range(first + 1, stop):
                    reply = max(reply, value[children[edge] * players + i])
            elif first < stop:
                offset = action_start[h] - first
                for edge in range(first, stop):
                    w = weight[offset + edge]
                    if w:
                        reply += w * value[children[edge] * players + i]
                if divisor[h] > 1:
                    reply //= divisor[h]
            reply += payoff[row + i]
            if factors:
                reply *= factor[factors + i]
            value[base + i] = reply


def common_denominators(action_start: Any, denominator: Any, divisor: Any, limit: Any) -> bool:
    """The least common denominator of each infoset; False where one reaches the limit."""
    for h in range(len(divisor)):
        for flat in range(action_start[h], action_start[h + 1]):
            d = denominator[flat]
            if d == 1:
                continue
            a, b = divisor[h], d
            while b:
                a, b = b, a % b
            if divisor[h] // a >= limit // d:
                return False
            divisor[h] = divisor[h] // a * d
    return True


def measure(
    infoset: Any, child_start: Any, children: Any, divisor: Any, outcome: Any, magnitude: Any,
    need: Any, sums: Any, scale: Any, largest: Any, limit: Any,
) -> bool:  # fmt: skip
    """The scale that makes every value whole, and each player's largest path sum of magnitudes.

    False where the scale reaches the limit.
    """
    players = len(largest)
    for node in range(len(outcome) - 1, -1, -1):
        for edge in range(child_start[node], child_start[node + 1]):
            below = need[children[edge]]
            if below == 1 or below == need[node]:
                continue
            a, b = need[node], below
            while b:
                a, b = b, a % b
            if need[node] // a >= limit // below:
                return False
            need[node] = need[node] // a * below
        if child_start[node] < child_start[node + 1]:
            d = divisor[infoset[node]]
            if need[node] >= limit // d:
                return False
            need[node] *= d
    scale[0] = need[0]
    for i in range(players):
        for node in range(len(outcome) - 1, -1, -1):
            most = 0.0
            for edge in range(child_start[node], child_start[node + 1]):
                most = max(most, sums[children[edge]])
            sums[node] = most + magnitude[outcome[node] * players + i]
        largest[i] = sums[0]
    return True
