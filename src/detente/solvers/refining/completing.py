"""What is done off the path of a Nash equilibrium, if it is sequential: a search over actions.

A Nash equilibrium is a pair of realization plans; what a player does where its own plan never leads
it is left open. It is sequential (Kreps and Wilson 1982) if some choice there and some consistent
beliefs make every move best. Between two movers of perfect recall that is two questions that bear
on one another through sets of actions only: is there a trembling plan of the one, playing certain
actions at most, to which certain actions of the other are best wherever they are taken? Each is a
few linear programs, see `trembling_plans`. So actions are decided one after another: an action that
is played though it is not best is either not played, or must be best. Where neither is possible
there is no sequential equilibrium.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from detente.solvers.plans.plan_patterns import Side
from detente.solvers.refining.trembling_plans import System, Trembler

Masks = tuple[int, int]
"""Per mover a bit set of sequences."""
Plan = Sequence[Fraction]


class Undecided(Exception):
    """The search came to the end of its steps."""


@dataclass(frozen=True, eq=False)
class Completion:
    """Trembling plans of both movers, the choices of each best against the other's everywhere.

    `behavior` : per mover the probabilities at each of its information sets
    `beliefs` : per mover what it believes at each, one probability a node
    """

    behavior: tuple[list[list[Fraction]], list[list[Fraction]]]
    beliefs: tuple[list[list[Fraction]], list[list[Fraction]]]


def complete_plans(
    tremblers: tuple[Trembler, Trembler], plans: tuple[Plan, Plan], kept: Masks, steps: int
) -> Completion | None:
    """What makes an equilibrium of these plans sequential; None where nothing does.

    `kept` : the sequences whose last actions may be best for some belief
    Raises Undecided after so many steps.
    """
    allowed, required = [], []
    for k in (0, 1):
        best = tremblers[1 - k].replies(plans[1 - k])
        free, must = _open(tremblers[k].half.own, plans[k])
        allowed.append((must | free & best) & kept[k])
        required.append(must)
    trembled = [
        lambda may, must, t=t, plan=plan: t.from_plan(plan, may, must)
        for t, plan in zip(tremblers, plans, strict=True)
    ]
    return Search(tremblers, trembled, steps).run((*allowed,), (*required,))  # type: ignore[arg-type]


def complete_cell(
    tremblers: tuple[Trembler, Trembler], subset: Masks, kept: Masks, steps: int
) -> Completion | None:
    """What makes some equilibrium of a maximal Nash subset sequential; None where nothing does.

    `subset` : the sequences that have weight somewhere in it
    `kept` : those whose last actions may be best for some belief
    Raises Undecided after so many steps.
    """
    return Search.within(tremblers, subset, steps).run(kept, (1, 1))


def _open(side: Side, plan: Plan) -> Masks:
    """The sequences at information sets that a plan excludes, and those that it plays."""
    free, played = 0, 1
    for s in range(1, side.num):
        if not plan[side.parent[s]]:
            free |= 1 << s
        elif plan[s]:
            played |= 1 << s
    return free, played


@dataclass(frozen=True, eq=False)
class Node:
    """`systems` : per mover its trembling plan, where that is known."""

    allowed: Masks
    required: Masks
    systems: tuple[System | None, System | None] = (None, None)


@dataclass
class Search:
    """A search through what may be played and what must be best, for one equilibrium or set."""

    tremblers: tuple[Trembler, Trembler]
    trembled: Sequence[Callable[[int, int], System | None]]
    steps: int

    @classmethod
    def within(
        cls, tremblers: tuple[Trembler, Trembler], subset: Masks, steps: int
    ) -> Search:
        """The search through a maximal Nash subset."""
        trembled = [
            lambda may, must, t=t, k=k: t.from_cell(subset[k], subset[1 - k], may, must)
            for k, t in enumerate(tremblers)
        ]
        return cls(tremblers, trembled, steps)

    def run(self, allowed: Masks, required: Masks) -> Completion | None:
        """The first completion; None where there is none."""
        waiting = [Node(allowed, required)]
        while waiting:
            node = self.settled(waiting.pop())
            if node is None:
                continue
            fault = self.fault(node)
            if fault is None:
                return self._completion(node)
            waiting += self.branches(node, *fault)
        return None

    def _side(self, k: int) -> Side:
        return self.tremblers[k].half.own

    def settled(self, node: Node) -> Node | None:
        """The node with both trembling plans; None where there are none."""
        self.steps -= 1
        if self.steps < 0:
            raise Undecided
        required = list(node.required)
        for k in (0, 1):
            for actions in self._side(k).actions:
                left = [s for s in actions if node.allowed[k] >> s & 1]
                if not left:
                    return None
                if len(left) == 1:
                    required[k] |= 1 << left[0]
            if required[k] & ~node.allowed[k]:
                return None
        systems = list(node.systems)
        for k in (0, 1):
            if required[1 - k] != node.required[1 - k]:
                systems[k] = None
        for k in (0, 1):
            if systems[k] is None:
                systems[k] = self.trembled[k](node.allowed[k], required[1 - k])
            if systems[k] is None:
                return None
        return Node(node.allowed, (required[0], required[1]), (systems[0], systems[1]))

    def fault(self, node: Node) -> tuple[int, int] | None:
        """(mover, sequence) to decide on: played and not best, or wrongly taken for best."""
        for k in (0, 1):
            side, replies = self._side(k), _known(node.systems[1 - k]).replies
            for h in range(len(side.actions) - 1, -1, -1):
                wrong = self._wrong_at(node, k, h, replies)
                if wrong is not None:
                    if node.required[k] >> wrong & 1:
                        return k, self._overrated(node, k, wrong, replies)
                    return k, wrong
        return None

    def _wrong_at(self, node: Node, k: int, h: int, replies: int) -> int | None:
        actions = self._side(k).actions[h]
        odds = _known(node.systems[k]).behavior(h)
        if odds is not None:
            played = [s for s, p in zip(actions, odds, strict=True) if p]
            return next((s for s in played if not replies >> s & 1), None)
        left = [s for s in actions if node.allowed[k] >> s & 1]
        return None if any(replies >> s & 1 for s in left) else left[0]

    def _overrated(self, node: Node, k: int, s: int, replies: int) -> int:
        """An action of an information set below that was taken to yield more than it does.

        What must be best is best against a trembling plan if the values of information sets are
        what their best action yields, and they are unless nothing must be best there. Raises
        Undecided where there is no such information set.
        """
        side, after = self._side(k), self.tremblers[1 - k].half.after
        waiting = list(after[s])
        while waiting:
            h = waiting.pop()
            actions = side.actions[h]
            if not any(node.required[k] >> t & 1 for t in actions):
                left = [t for t in actions if node.allowed[k] >> t & 1]
                return next((t for t in left if replies >> t & 1), left[0])
            waiting += [g for t in actions for g in after[t]]
        raise Undecided

    def branches(self, node: Node, k: int, s: int) -> Iterator[Node]:
        """The action must be best; it is not played (which is tried first)."""
        bit = 1 << s
        own, other = node.systems[k], node.systems[1 - k]
        yield Node(
            node.allowed, _with(node.required, k, node.required[k] | bit), _pair(k, own, None)
        )
        yield Node(
            _with(node.allowed, k, node.allowed[k] & ~bit), node.required, _pair(k, None, other)
        )

    def _completion(self, node: Node) -> Completion:
        beliefs = [
            [_known(node.systems[1 - k]).belief(h) for h in range(len(self._side(k).actions))]
            for k in (0, 1)
        ]
        return Completion((self._chosen(node, 0), self._chosen(node, 1)), (beliefs[0], beliefs[1]))

    def _chosen(self, node: Node, k: int) -> list[list[Fraction]]:
        """What a mover does at each of its information sets, at a node without fault."""
        own, may = _known(node.systems[k]), node.allowed[k] & _known(node.systems[1 - k]).replies
        found = []
        for h, actions in enumerate(self._side(k).actions):
            first = next((s for s in actions if may >> s & 1), None)
            found.append(own.behavior(h) or [Fraction(int(s == first)) for s in actions])
        return found

    def played(self, node: Node, k: int) -> int:
        """The sequences whose last action a mover takes, at a node without fault."""
        return 1 + sum(
            1 << s
            for actions, odds in zip(self._side(k).actions, self._chosen(node, k), strict=True)
            for s, p in zip(actions, odds, strict=True) if p
        )


def _known(system: System | None) -> System:
    assert system is not None, "a node that is settled has both plans"
    return system


def _with(masks: Masks, k: int, mask: int) -> Masks:
    return (mask, masks[1]) if k == 0 else (masks[0], mask)


def _pair(k: int, own: System | None, other: System | None) -> tuple[System | None, System | None]:
    return (own, other) if k == 0 else (other, own)
