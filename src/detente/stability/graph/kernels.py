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
    first: Any, last: Any, source: Any, shift: Any, own: Any, one: Any,
    other_shift: Any, other: Any, code: Any, codes: Any, coded: Any, payoff: Any, bar: Any,
    answer: Any, digits: Any,
) -> None:  # fmt: skip
    """For each improvement, the state that the others' improvements at the same time make of it.

    first, last : which improvements of the focal side to look at
    source : the state that each leaves
    shift, own : what each adds to the code of the state, and a bit for each option it changes
    one : for each other mover and state (mover * (num_states + 1) + state) where its
        improvements begin in `other_shift`
    other_shift, other : the same of them; movers who change one option do not move at one time
    code : of each state
    codes, coded : the codes of all states, ascending, and the state of each
    payoff, bar : of the focal side: a state with payoff at most bar[source] is an answer
    answer : out, one an improvement, -1 where there is none
    digits : room for one number a mover; where the last is answered, who moves (from 0 on)
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
            changed = own[edge]
            apart = True
            for side in range(num_others):
                if digits[side] >= 0:
                    move = one[side * (num_states + 1) + state] + digits[side]
                    total += other_shift[move]
                    apart = apart and changed & other[move] == 0
                    changed |= other[move]
            low, high = 0, num_states if apart else 0
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


def meet_rows(one: Any, other: Any, out: Any) -> int:
    """The maximal vectors of what lies below some row of both tables; returns how many.

    one, other : maximal vectors, the greatest in the first column first, then in the second, …
    out : the same of the result; room for a row each pair
    """
    count, width = 0, one.shape[1]
    if width == 2:  # two staircases: going down the first column, the second goes up
        i = j = 0
        while i < len(one) or j < len(other):
            if j == len(other) or (i < len(one) and one[i, 0] >= other[j, 0]):
                first = one[i, 0]
                i += 1
            else:
                first = other[j, 0]
                j += 1
            if i and j:
                second = min(one[i - 1, 1], other[j - 1, 1])
                if count and out[count - 1, 0] == first:
                    out[count - 1, 1] = second
                elif not count or second > out[count - 1, 1]:
                    out[count, 0] = first
                    out[count, 1] = second
                    count += 1
        return count
    for i in range(len(one)):
        for j in range(len(other)):
            inside = False
            for k in range(count):
                inside = True
                for c in range(width):
                    if out[k, c] < min(one[i, c], other[j, c]):
                        inside = False
                        break
                if inside:
                    break
            if inside:
                continue
            kept = 0
            for k in range(count):
                below = True
                for c in range(width):
                    if out[k, c] > min(one[i, c], other[j, c]):
                        below = False
                        break
                if not below:
                    for c in range(width):
                        out[kept, c] = out[k, c]
                    kept += 1
            at = kept
            while at > 0:
                smaller = False
                for c in range(width):
                    value = min(one[i, c], other[j, c])
                    if out[at - 1, c] != value:
                        smaller = out[at - 1, c] < value
                        break
                if not smaller:
                    break
                for c in range(width):
                    out[at, c] = out[at - 1, c]
                at -= 1
            for c in range(width):
                out[at, c] = min(one[i, c], other[j, c])
            count = kept + 1
    return count


def improving_into(
    states: Any, reach: Any, payoff: Any, members: int, place: Any, source: Any, fill: bool
) -> None:
    """The improvements of a coalition into each state, from states that reach the same.

    states : the states to leave
    reach : the states that they all reach, those that the first member likes most first
    payoff : of each member and state (member * num_states + state)
    place : in and out, one a state: how many improvements lead into it, or where the next is put
    source : out, where they come from, if `fill`
    """
    num_states = len(payoff) // members
    for one in states:
        least = payoff[one]
        for other in reach:
            if payoff[other] <= least:
                break
            better = True
            for member in range(1, members):
                row = member * num_states
                if payoff[row + other] <= payoff[row + one]:
                    better = False
                    break
            if better:
                if fill:
                    source[place[other]] = one
                place[other] += 1


def open_stairs(
    first: Any, last: Any, start: Any, ends: Any, offset: Any, x: Any, y: Any, own_x: Any,
    own_y: Any, seen: Any, one_x: Any, one_y: Any, two_x: Any, two_y: Any, out_x: Any, out_y: Any,
    owner: Any, count: Any,
) -> Any:  # fmt: skip
    """What two sides keep whatever one step of the others leads to, state by state.

    Sets are staircases: maximal vectors (x, y), going down in x and up in y. Each state's are
    met, then capped by its own vector.

    first, last : which states to do; returns the one that there was no more room for
    start, ends : for each state the sets of the states that the others' moves lead to
    offset, x, y : the vectors of each set
    own_x, own_y : of each state
    seen : one a set, -1 at first
    one_x, one_y, two_x, two_y : room for the vectors of all of a state's sets
    out_x, out_y, owner : out, the vectors and the state of each
    count : out, one number, how many
    """
    filled = 0
    for state in range(first, last):
        have = 0
        for edge in range(start[state], start[state + 1]):
            one = ends[edge]
            if seen[one] == state:
                continue
            seen[one] = state
            low, high = offset[one], offset[one + 1]
            if not have:
                for i in range(low, high):
                    one_x[have] = x[i]
                    one_y[have] = y[i]
                    have += 1
                continue
            i, j, got = 0, low, 0
            while i < have or j < high:
                if j == high or (i < have and one_x[i] >= x[j]):
                    across = one_x[i]
                    i += 1
                else:
                    across = x[j]
                    j += 1
                if i and j > low:
                    up = min(one_y[i - 1], y[j - 1])
                    if got and two_x[got - 1] == across:
                        two_y[got - 1] = up
                    elif not got or up > two_y[got - 1]:
                        two_x[got] = across
                        two_y[got] = up
                        got += 1
            for i in range(got):
                one_x[i] = two_x[i]
                one_y[i] = two_y[i]
            have = got
        if filled + max(have, 1) > len(owner):
            for edge in range(start[state], start[state + 1]):
                seen[ends[edge]] = -1  # it is begun anew
            count[0] = filled
            return state
        begun = filled
        if not have:
            one_x[0] = own_x[state]
            one_y[0] = own_y[state]
            have = 1
        for i in range(have):
            across, up = min(one_x[i], own_x[state]), min(one_y[i], own_y[state])
            if filled > begun and out_y[filled - 1] == up:
                break
            if filled == begun or out_x[filled - 1] != across:
                filled += 1
            out_x[filled - 1] = across
            out_y[filled - 1] = up
            owner[filled - 1] = state
    count[0] = filled
    return last
