"""Plain functions over arrays, interpreted for small conflicts and compiled by Numba for large."""

from __future__ import annotations

from typing import Any


def least_reached(
    order: Any, value: Any, start: Any, source: Any, follows: Any, found: Any, seen: Any, queue: Any
) -> None:
    """The least value at the end of a legal sequence from each state, by search from the end.

    States are taken in the order of their values and searched backwards from; the first to come
    to a node brings its least value, so each node and edge is seen once.

    order : states by ascending value
    value : of each state
    start : for each mover and state (mover * (num_states + 1) + state) where the edges that lead
        into the state begin in `source`
    source : where those edges come from
    follows : for each pair (next * num_movers + last), whether next may move after last
    found : in and out, one a state, a large number at first; the least value of a sequence of at
        least one move
    seen : in and out, zeros; 2 * num_movers * num_states: [mover, state] for the state after the
        mover's move, then the same before it
    queue : room for 2 * num_movers * num_states nodes
    """
    num_states = len(order)
    num_movers = len(start) // (num_states + 1)
    half = num_movers * num_states
    for end in order:
        head = tail = 0
        for mover in range(num_movers):
            node = mover * num_states + end
            if not seen[node]:
                seen[node] = 1
                queue[tail] = node
                tail += 1
        while head < tail:
            node = queue[head]
            head += 1
            if node < half:
                mover = node // num_states
                row = mover * (num_states + 1) + node % num_states
                for edge in range(start[row], start[row + 1]):
                    before = half + mover * num_states + source[edge]
                    if not seen[before]:
                        seen[before] = 1
                        queue[tail] = before
                        tail += 1
                        if value[end] < found[source[edge]]:
                            found[source[edge]] = value[end]
            else:
                mover = (node - half) // num_states
                state = node % num_states
                for last in range(num_movers):
                    before = last * num_states + state
                    if follows[mover * num_movers + last] and not seen[before]:
                        seen[before] = 1
                        queue[tail] = before
                        tail += 1


def simultaneous_answers(
    first: Any, last: Any, source: Any, shift: Any, one: Any,
    other_shift: Any, code: Any, codes: Any, coded: Any, payoff: Any, bar: Any,
    answer: Any, digits: Any,
) -> None:  # fmt: skip
    """For each improvement, the state that the others' improvements at the same time make of it.

    first, last : which improvements of the focal side to look at
    source : the state that each leaves
    shift : what each adds to the code of the state
    one : for each other side and state (side * (num_states + 1) + state) where its
        improvements begin in `other_shift`
    other_shift : what each of them adds to the code
    code : of each state
    codes, coded : the codes of all states, ascending, and the state of each
    payoff, bar : of the focal side: a state with payoff at most bar[source] is an answer
    answer : out, one an improvement, -1 where there is none
    digits : room for one number a side
    """
    num_states = len(code)
    num_others = len(digits)
    for edge in range(first, last):
        state = source[edge]
        base = code[state] + shift[edge]
        for side in range(num_others):
            digits[side] = -1
        while True:
            total = base
            for side in range(num_others):
                if digits[side] >= 0:
                    row = side * (num_states + 1) + state
                    total += other_shift[one[row] + digits[side]]
            low, high = 0, num_states
            while low < high:
                middle = (low + high) // 2
                if codes[middle] < total:
                    low = middle + 1
                else:
                    high = middle
            if low < num_states and codes[low] == total and payoff[coded[low]] <= bar[state]:
                answer[edge] = coded[low]
                break
            side = 0
            while side < num_others:
                row = side * (num_states + 1) + state
                digits[side] += 1
                if one[row] + digits[side] < one[row + 1]:
                    break
                digits[side] = -1
                side += 1
            if side == num_others:
                break
