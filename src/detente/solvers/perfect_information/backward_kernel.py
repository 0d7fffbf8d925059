"""Backward induction as plain functions over columns, see `game.kernels`: one source for both.

The columns are lists of Python ints of any size (small games, numbers beyond 64 bits) or int64
arrays (large games). The functions only index, compare, add and divide exactly, so both give the
same answer. Payoffs stand in one flat column: node v's are value[v * n] … value[v * n + n - 1]
for n players.
"""

from __future__ import annotations

from typing import Any


def backward_pass(
    first: int,
    last: int,
    num_players: int,
    mover: Any,
    child_start: Any,
    children: Any,
    infoset: Any,
    outcome: Any,
    payoff: Any,
    action_start: Any,
    numerator: Any,
    denominator: Any,
    discount_row: Any,
    factor_numerator: Any,
    factor_denominator: Any,
    value: Any,
    choice: Any,
    tied_below: Any,
) -> int:
    """Fill `value`, `choice` and `tied_below` of nodes last-1 … first; count the tied ones.

    The first best action is taken. Called for falling ranges of nodes, so that the caller can stop
    between them.

    `payoff` : (num_outcomes * n,), over the scale that makes every division below exact
    `numerator`, `denominator` : chance probabilities, one a flat chance action; an infoset's begin
        at action_start[infoset] - (number of players' actions)
    `discount_row` : one a node, or empty where nothing is discounted; row 0 is all ones
    `choice` : the action taken, counted from 0; untouched at other nodes
    `tied_below` : 1 where the node or a node after it has several best actions
    """
    player_actions = len(action_start) and action_start[-1] - len(numerator)
    discounted = len(discount_row) > 0
    tied_nodes = 0
    for node in range(last - 1, first - 1, -1):
        at = node * num_players
        who = mover[node]
        start = child_start[node]
        stop = child_start[node + 1]
        if who >= 0:
            best = children[start]
            most = value[best * num_players + who]
            unsettled = tied_below[best]
            taken = start
            tied = 0
            for edge in range(start + 1, stop):
                child = children[edge]
                offered = value[child * num_players + who]
                unsettled |= tied_below[child]
                if offered > most:
                    most = offered
                    best = child
                    taken = edge
                    tied = 0
                elif offered == most:
                    tied = 1
            choice[node] = taken - start
            tied_nodes += tied
            tied_below[node] = unsettled | tied
            for i in range(num_players):
                value[at + i] = value[best * num_players + i]
        elif start < stop:
            flat = action_start[infoset[node]] - player_actions
            unsettled = tied_below[children[start]]
            for edge in range(start, stop):
                child = children[edge] * num_players
                unsettled |= tied_below[children[edge]]
                up = numerator[flat + edge - start]
                down = denominator[flat + edge - start]
                for i in range(num_players):
                    value[at + i] += value[child + i] // down * up
            tied_below[node] = unsettled
        gained = outcome[node]
        if gained >= 0:
            for i in range(num_players):
                value[at + i] += payoff[gained * num_players + i]
        if discounted and discount_row[node] != 0:
            row = discount_row[node] * num_players
            for i in range(num_players):
                value[at + i] //= factor_denominator[row + i]
                value[at + i] *= factor_numerator[row + i]
    return tied_nodes


def bounds_pass(
    first: int,
    last: int,
    num_players: int,
    mover: Any,
    child_start: Any,
    children: Any,
    infoset: Any,
    outcome: Any,
    payoff: Any,
    action_start: Any,
    numerator: Any,
    denominator: Any,
    discount_row: Any,
    factor_numerator: Any,
    factor_denominator: Any,
    low: Any,
    high: Any,
    low_sure: Any,
    high_sure: Any,
) -> int:
    """Fill certified bounds of what each player gets over all equilibria; 0 is returned.

    The rules of `payoff_sets`, for games too large for sets: where the mover can make sure of m, an
    action whose bounds lie above m counts fully, one whose bounds only reach it counts as possible.

    `low`, `high` : (num_nodes * n,), zeros before; called for falling ranges of nodes
    `low_sure`, `high_sure` : 1 where an equilibrium attains the bound, as it does at the ends
    """
    player_actions = len(action_start) and action_start[-1] - len(numerator)
    discounted = len(discount_row) > 0
    for node in range(last - 1, first - 1, -1):
        at = node * num_players
        who = mover[node]
        start = child_start[node]
        stop = child_start[node + 1]
        for i in range(num_players):
            low_sure[at + i] = 1
            high_sure[at + i] = 1
        if who >= 0:
            mine = children[start] * num_players + who
            least = low[mine]
            surely = low[mine] if low_sure[mine] != 0 else high[mine]
            for edge in range(start + 1, stop):
                mine = children[edge] * num_players + who
                least = max(least, low[mine])
                surely = max(surely, low[mine] if low_sure[mine] != 0 else high[mine])
            fresh = True
            for edge in range(start, stop):
                child = children[edge] * num_players
                if high[child + who] < least:
                    continue
                clears = low[child + who] >= surely
                for i in range(num_players):
                    # The mover's greatest is attained wherever it is: it beats any threshold.
                    attains = high_sure[child + i] != 0 and (clears or i == who)
                    if fresh or high[child + i] > high[at + i]:
                        high[at + i] = high[child + i]
                        high_sure[at + i] = attains
                    elif high[child + i] == high[at + i] and attains:
                        high_sure[at + i] = 1
                    attains = low_sure[child + i] != 0 and clears
                    if fresh or low[child + i] < low[at + i]:
                        low[at + i] = low[child + i]
                        low_sure[at + i] = attains
                    elif low[child + i] == low[at + i] and attains:
                        low_sure[at + i] = 1
                fresh = False
            low[at + who] = least
            low_sure[at + who] = least == surely
        elif start < stop:
            flat = action_start[infoset[node]] - player_actions
            for edge in range(start, stop):
                child = children[edge] * num_players
                up = numerator[flat + edge - start]
                down = denominator[flat + edge - start]
                for i in range(num_players):
                    low[at + i] += low[child + i] // down * up
                    high[at + i] += high[child + i] // down * up
                    if up != 0 and low_sure[child + i] == 0:
                        low_sure[at + i] = 0
                    if up != 0 and high_sure[child + i] == 0:
                        high_sure[at + i] = 0
        gained = outcome[node]
        if gained >= 0:
            for i in range(num_players):
                low[at + i] += payoff[gained * num_players + i]
                high[at + i] += payoff[gained * num_players + i]
        if discounted and discount_row[node] != 0:
            row = discount_row[node] * num_players
            for i in range(num_players):
                up = factor_numerator[row + i]
                down = factor_denominator[row + i]
                one = low[at + i] // down * up
                two = high[at + i] // down * up
                low[at + i] = min(one, two)
                high[at + i] = max(one, two)
                if up < 0:
                    kept = low_sure[at + i]
                    low_sure[at + i] = high_sure[at + i]
                    high_sure[at + i] = kept
        for i in range(num_players):
            if low[at + i] == high[at + i]:
                low_sure[at + i] = 1
                high_sure[at + i] = 1
    return 0


def chance_layers(mover: Any, child_start: Any, children: Any, divides: Any, layer: Any) -> None:
    """Fill `layer`: the most nodes that divide (chance, discounts) on a path from each node on.

    On a path the layers of the dividing nodes fall strictly, so one denominator a layer is enough.
    """
    for node in range(len(mover) - 1, -1, -1):
        deepest = 0
        for edge in range(child_start[node], child_start[node + 1]):
            below = layer[children[edge]]
            if below > deepest:
                deepest = below
        layer[node] = deepest + 1 if divides[node] else deepest


def magnitude_pass(
    num_players: int,
    child_start: Any,
    children: Any,
    outcome: Any,
    size: Any,
    discount_row: Any,
    factor: Any,
    largest: Any,
) -> float:
    """A number that no payoff from any node on exceeds in size, before scaling; in floating point.

    `size` : (num_outcomes * n,), absolute payoffs
    `factor` : (num_rows * n,), absolute discounts
    `largest` : float64 (num_nodes * n,), filled
    """
    overall = 0.0
    for node in range(len(child_start) - 2, -1, -1):
        at = node * num_players
        for i in range(num_players):
            most = 0.0
            for edge in range(child_start[node], child_start[node + 1]):
                below = largest[children[edge] * num_players + i]
                if below > most:
                    most = below
            if outcome[node] >= 0:
                most += size[outcome[node] * num_players + i]
            if most > overall:
                overall = most
            if len(discount_row) > 0:
                most *= factor[discount_row[node] * num_players + i]
                if most > overall:
                    overall = most
            largest[at + i] = most
    return overall
