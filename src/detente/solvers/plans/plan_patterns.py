"""Which sequences can be played together in equilibrium: a search over patterns of a tree's moves.

Each of two movers has a polyhedron: its realization plans x, together with what each of the other
mover's sequences then loses against the best one that starts where it does (its slack; Koller,
Megiddo and von Stengel 1996). In equilibrium every sequence has weight 0 or slack 0. The search
fixes one of the two at 0 at a time, from the first moves on, as Audet, Hansen, Jaumard and Savard
(2001) do for matrices, and gives up where a polyhedron is empty. What follows a sequence of
weight 0 is left open, so that moves which the player's own plan excludes multiply nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from detente.game.sequence_form import SequenceForm
from detente.linear.polyhedron import Polyhedron, Row
from detente.solvers.registry import Request

Masks = tuple[int, int]
"""Per mover a bit set of sequences."""
Polyhedra = tuple[Polyhedron, Polyhedron]
DECIDED = (-1, -1)
TELL_EVERY = 100
"""Patterns that are tried between two words on how far the search is."""


@dataclass(frozen=True, eq=False)
class Side:
    """One mover's sequences (0 is the empty one), as plain lists.

    `actions` : per information set the sequences that its actions make
    `infoset` : per sequence the information set that it ends at, -1 for the empty one
    `parent` : per sequence the one before its last action, -1 for the empty one
    `below` : per sequence the information sets that it leads to
    `gain` : per sequence (the other mover's sequence, what the two together add to the mover's
        payoff, in its own integer unit)
    """

    actions: list[range]
    infoset: list[int]
    parent: list[int]
    below: list[list[int]]
    gain: list[list[tuple[int, int]]]

    @property
    def num(self) -> int:
        """How many sequences there are, the empty one included."""
        return len(self.infoset)


def sides(form: SequenceForm) -> tuple[Side, Side]:
    """The two movers of a sequence form; where there is one or none, the others have no move."""
    found = []
    at = form.at.tolist()
    for k in range(2):
        if k >= len(form.sequences):
            found.append(Side([], [-1], [-1], [[]], [[]]))
            continue
        own = form.sequences[k]
        starts, parents = own.start.tolist(), own.parent.tolist()
        actions = [range(starts[h], starts[h + 1]) for h in range(own.num_infosets)]
        infoset = own.infoset.tolist()
        below: list[list[int]] = [[] for _ in range(own.num)]
        for h, above in enumerate(parents):
            below[above].append(h)
        gain: list[list[tuple[int, int]]] = [[] for _ in range(own.num)]
        column = form.payoffs[own.player].tolist()
        for pair, amount in zip(at, column, strict=True):
            if amount:
                gain[pair[k]].append((pair[1 - k] if len(pair) > 1 else 0, int(amount)))
        parent = [-1, *(parents[h] for h in infoset[1:])]
        found.append(Side(actions, infoset, parent, below, gain))
    return found[0], found[1]


def patterns(pair: tuple[Side, Side], request: Request) -> Iterator[Masks]:
    """The maximal Nash subsets, each once, by the sequences that have weight in one of its plans.

    The set is all pairs of plans with weight on these alone to which all of these are best replies.
    Raises OutOfTime as `request.check` does.
    """
    start = (_polyhedron(pair[0], pair[1]), _polyhedron(pair[1], pair[0]))
    known: set[Masks] = set()
    waiting = [_Node(start, (0, 0))]
    for tried in count():
        if not waiting:
            return
        request.check()
        if tried % TELL_EVERY == 0:
            request.tell(f"{len(known)} sets of equilibria after {tried} patterns of moves")
        node = _settled(pair, waiting.pop(), request)
        chosen = None if node is None else _scan(pair, node)
        if node is None or chosen is None:
            continue
        if chosen != DECIDED:
            waiting += _branches(pair, node, *chosen, request)
            continue
        played = _widened(pair, start, node.polyhedra[0], request)
        if played not in known:
            known.add(played)
            yield played


def _widened(
    pair: tuple[Side, Side], start: Polyhedra, first: Polyhedron, request: Request
) -> Masks:
    """The sequences with weight in a maximal Nash subset around one of these plans of the first
    mover: all answers to all of them, then all answers to these."""
    own = _with_weight(pair[0], first, request)
    answers = _subset(start[1], pair[1], _best(pair, 1, first, request), pair[0], own, request)
    their = _with_weight(pair[1], answers, request)
    plans = _subset(start[0], pair[0], _best(pair, 0, answers, request), pair[1], their, request)
    return _with_weight(pair[0], plans, request), their


def _with_weight(side: Side, inside: Polyhedron, request: Request) -> int:
    """The sequences of `side` that have weight in some plan of a polyhedron."""
    found = inside.positive(range(1, side.num), request.check)
    return sum((1 << s for s in range(1, side.num) if s in found), 1)


def _best(pair: tuple[Side, Side], k: int, inside: Polyhedron, request: Request) -> int:
    """The k-th mover's sequences that are best replies to all of the other's plans inside."""
    side, shift = pair[k], pair[1 - k].num
    slack = inside.positive(range(shift + 1, shift + side.num), request.check)
    best = 1
    for s in range(1, side.num):
        if best >> side.parent[s] & 1 and shift + s not in slack:
            best |= 1 << s
    return best


def _subset(
    whole: Polyhedron, side: Side, used: int, other: Side, best: int, request: Request
) -> Polyhedron:
    """The plans of `side` with weight on `used` alone to which all of `best` are best replies."""
    fixed = [s for s in range(1, side.num) if not used >> s & 1]
    fixed += [side.num + t for t in range(1, other.num) if best >> t & 1]
    for variable in fixed:
        cut = whole.without(variable, request.check)
        assert cut is not None, "a set that holds given plans is not empty"
        whole = cut
    return whole


@dataclass(frozen=True, eq=False)
class _Node:
    """`unplayed` : bit sets of the sequences that were given weight 0 for having some slack."""

    polyhedra: Polyhedra
    unplayed: Masks


def _settled(pair: tuple[Side, Side], node: _Node, request: Request) -> _Node | None:
    """The node with slack 0 for each sequence that is plainly best at its information set; None
    where that leaves nothing.

    Values of information sets may be taken to be no higher than their best action makes them, so
    the least slack at each is 0, whether or not it is reached.
    """
    both = list(node.polyhedra)
    for k in (0, 1):
        side, shift = pair[k], pair[1 - k].num
        for actions in side.actions:
            least = _least([shift + s for s in actions], both[1 - k])
            if least is not None:
                cut = both[1 - k].without(least, request.check)
                if cut is None:
                    return None
                both[1 - k] = cut
    return _Node((both[0], both[1]), node.unplayed)


def _least(slacks: Sequence[int], inside: Polyhedron) -> int | None:
    """The slack that is nowhere greater than any other of these; None if it is 0 already."""
    if any(inside.is_zero(slack) for slack in slacks):
        return None
    rows = {slack: inside.row(slack) for slack in slacks}
    for slack, row in rows.items():
        if all(a <= b for other in rows.values() for a, b in zip(row, other, strict=True)):
            return slack
    return None


def _scan(pair: tuple[Side, Side], node: _Node) -> tuple[int, int] | None:
    """(mover, sequence) to decide next, or DECIDED; None where a sequence without weight turns out
    to have no slack.

    Such a node holds nothing that its sibling, where the sequence is free, does not. (Of a maximal
    Nash subset the search keeps the branches in which every sequence without slack is free.)
    """
    played, best, chosen = [1, 1], -1, DECIDED
    for k in (0, 1):
        side, own, other = pair[k], node.polyhedra[k], node.polyhedra[1 - k]
        shift = pair[1 - k].num  # a slack's number comes after those of the other's sequences
        for s in range(1, side.num):
            if not played[k] >> side.parent[s] & 1:
                continue
            if own.is_zero(s):
                if node.unplayed[k] >> s & 1 and other.is_zero(shift + s):
                    return None
            elif other.is_zero(shift + s):
                played[k] |= 1 << s
            else:
                gap = own.value(s) * other.value(shift + s)
                if gap > best:
                    best, chosen = gap, (k, s)
    return chosen


def _branches(
    pair: tuple[Side, Side], node: _Node, k: int, s: int, request: Request
) -> Iterator[_Node]:
    """The node with the sequence played by nobody, and with the sequence a best reply."""
    own, other = node.polyhedra[k], node.polyhedra[1 - k]
    without = own.without(s, request.check)
    if without is not None:
        marked = node.unplayed[k] | 1 << s
        unplayed = (marked, node.unplayed[1]) if k == 0 else (node.unplayed[0], marked)
        yield _Node((without, other) if k == 0 else (other, without), unplayed)
    best = other.without(pair[1 - k].num + s, request.check)
    if best is not None:
        yield _Node((own, best) if k == 0 else (best, own), node.unplayed)


# ── the polyhedra at the start ──────────────────────────────────────────────────────────────────


def _polyhedron(side: Side, other: Side) -> Polyhedron:
    """The plans of `side` (variables 1 … num - 1) and the other's slacks (num + its sequence).

    The first actions are played at the dictionary's own point, and the other's best replies to
    that have slack 0: it is feasible without a search.
    """
    rest = [s for actions in side.actions for s in actions[1:]]
    references = list(range(len(other.actions)))  # one slack an information set, chosen below
    width = 1 + len(rest) + len(references)
    weight = _weights(side, rest, width)
    value, worth = [[0] * width for _ in other.actions], [[0] * width for _ in range(other.num)]
    slack_names = [0] * len(references)
    for h in range(len(other.actions) - 1, -1, -1):
        for t in other.actions[h]:
            for s, amount in other.gain[t]:
                _add(worth[t], weight[s], amount)
            for lower in other.below[t]:
                _add(worth[t], value[lower], 1)
        best = max(other.actions[h], key=lambda t: worth[t][0])
        slack_names[h] = side.num + best
        value[h] = list(worth[best])
        value[h][1 + len(rest) + h] += 1
    rows: dict[int, Row] = {a[0]: weight[a[0]] for a in side.actions}
    for h, actions in enumerate(other.actions):
        for t in actions:
            if side.num + t != slack_names[h]:
                rows[side.num + t] = [v - w for v, w in zip(value[h], worth[t], strict=True)]
    return Polyhedron((*rest, *slack_names), rows, 1)


def _weights(side: Side, rest: list[int], width: int) -> list[Row]:
    """The weight of each sequence in terms of those that are no first action."""
    weight = [[0] * width for _ in range(side.num)]
    weight[0][0] = 1
    place = {s: j for j, s in enumerate(rest, start=1)}
    for actions in side.actions:
        first = actions[0]
        weight[first] = list(weight[side.parent[first]])
        for s in actions[1:]:
            weight[s][place[s]] = 1
            weight[first][place[s]] -= 1
    return weight


def _add(row: Row, other: Row, factor: int) -> None:
    for j, a in enumerate(other):
        if a:
            row[j] += factor * a
