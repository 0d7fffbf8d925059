"""The carrying-out of a bundle where every side sees everything, built step by step.

Two ways of getting to the same place (the same step ahead, the same terms undone, the same outcomes
as far as anything later mentions them) share their continuation, so that ten steps make hundreds of
nodes and not millions.
"""

from __future__ import annotations

from detente.game.builder import Builder, Node
from detente.game.tree import Bundle, Role
from detente.summit.bundles import Levels
from detente.summit.carrying_out import (
    COMPLY,
    BreachMove,
    CarryingOut,
    Situation,
    State,
    Step,
    listing,
)
from detente.summit.size import refuse_beyond
from detente.summit.worth import Row


class Course(Situation):
    """The carrying-out of one bundle under construction, all of which is seen by all."""

    def __init__(
        self, plan: CarryingOut, builder: Builder, bundle: Bundle, signed: Levels, number: int
    ) -> None:
        super().__init__(plan, bundle, signed, number)
        self.builder = builder
        self.made: dict[tuple[object, ...], Node] = {}

    def start(self) -> Node:
        return self.node(State(0, frozenset(), True, ()), None)

    def node(self, state: State, gain: Row | None) -> Node:
        """The node at which the next step that takes place begins; arriving adds the gain."""
        state = self.settle(state)
        key = (state, gain)
        node = self.made.get(key)
        if node is None:
            refuse_beyond(self.builder, self.plan.looked_back_to)
            node = self.made[key] = self.make(state, gain)
        return node

    def settle(self, state: State) -> State:
        """The state past steps without a move, without outcomes that nothing later mentions."""
        steps = self.plan.steps
        while state.step < len(steps):
            step = steps[state.step]
            if not self.takes_place(step, state):
                state = state.after(None)
            elif step.breaches and not self.available(step, state):
                state = state.after(0)  # a side with nothing to breach complies
            else:
                break
        remembered = zip(self.plan.remembered[state.step], state.outcomes, strict=True)
        outcomes = tuple([outcome if kept else None for kept, outcome in remembered])
        return state._replace(undone=state.undone & self.conceded, outcomes=outcomes)

    def make(self, state: State, gain: Row | None) -> Node:
        if state.step == len(self.plan.steps):
            return self.end(state, gain, ended=False)
        step = self.plan.steps[state.step]
        if step.breaches:
            return self.compliance(step, state, gain)
        setting = self.setting(state)
        children = [
            self.node(
                self.taken(step, i, state),
                self.plan.valuation.gain(branch.worth, {**setting, step.name: i}),
            )
            for i, branch in enumerate(step.branches)
        ]
        label = step.name.replace("_", " ")
        if step.by is not None:
            moves = dict(zip(step.outcomes, children, strict=True))
            return self.builder.decide(
                step.by, moves, label=f"{step.by}: {listing(step.outcomes)}", payoffs=gain
            )
        probabilities = [self.bound(branch, setting) for branch in step.branches]
        self.check(step, probabilities)
        chances = zip(probabilities, children, strict=True)
        return self.builder.chance(
            dict(zip(step.outcomes, chances, strict=True)), label=label, payoffs=gain
        )

    def taken(self, step: Step, outcome: int, state: State) -> State:
        """The state after a choice or a chance went this way."""
        branch = step.branches[outcome]
        off = state.called_off or self.calls_off(step, branch, state)
        return state.after(outcome, branch.undoes)._replace(called_off=off)

    def end(self, state: State, gain: Row | None, ended: bool) -> Node:
        row, label, kept = self.last(state, ended)
        node = self.builder.end(self.plan.total(row, gain), label=label)
        return self.builder.tag(node, Role.KEPT, self.bundle.name) if kept else node

    def compliance(self, step: Step, state: State, gain: Row | None) -> Node:
        assert step.by is not None
        moves = {COMPLY: self.node(state.after(0), None)}
        for outcome, move in self.available(step, state):
            moves[move.breach.name] = self.broken(step, state, outcome, move)
        label = f"{step.by}: {listing(tuple(moves))}"
        return self.builder.decide(step.by, moves, label=label, payoffs=gain)

    def broken(self, step: Step, state: State, outcome: int, move: BreachMove) -> Node:
        """The chance node after a breach: detected or not."""
        after = state.after(outcome, move.breach.undoes)._replace(kept=False)
        before = self.setting(state)
        detected = self.bound(move.detected, before)
        undetected = self.plan.complement(detected)
        self.check(step, [detected, undetected])
        setting = {**before, step.name: outcome}
        caught = after._replace(undone=after.undone | move.detected.undoes)
        sides = move.answered_by
        if sides is None:
            sides = tuple(side for side in self.conceding if side != step.by)
        node = self.builder.chance(
            {
                "detected": (
                    detected,
                    self.answer(
                        move.breach.name, sides, caught,
                        self.plan.valuation.gain(move.detected.worth, setting),
                    ),
                ),
                "undetected": (undetected, self.node(after, None)),
            },
            label=f"{move.breach.name} by {step.by}: detected?",
            payoffs=self.plan.valuation.gain(move.breach.worth, setting),
        )
        return self.builder.tag(node, Role.BROKEN, self.bundle.name)

    def answer(self, breach: str, sides: tuple[str, ...], state: State, gain: Row | None) -> Node:
        """The sides answer a detected breach one after the other; the first snap back ends it."""
        if not sides:
            return self.node(state, gain)
        ending = self.plan.snap_back
        ended = state._replace(undone=(state.undone | ending.undoes) & self.conceded)
        cost = self.plan.valuation.gain(ending.worth, self.setting(state))
        node = self.node(state, None)
        for i, side in reversed(list(enumerate(sides))):
            node = self.builder.decide(
                side,
                {"uphold": node, "snap back": self.end(ended, cost, ended=True)},
                label=f"{side} answers the detected {breach}",
                payoffs=gain if i == 0 else None,
            )
        return node
