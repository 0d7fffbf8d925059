"""The carrying-out of a bundle where sides do not see everything: a tree, and who sees what in it.

Steps of one group are chosen one after the other in the tree, but nobody has seen the others'
choices; then everyone sees what it may see, breaches are detected or not, alarms ring or not, and
those who answer do so by what they have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from detente.game.builder import Node
from detente.game.tree import Bundle, Role
from detente.summit.bundles import Levels
from detente.summit.carrying_out import (
    COMPLY,
    Branch,
    BreachMove,
    CarryingOut,
    Situation,
    State,
    Step,
    listing,
)
from detente.summit.draws import Draw
from detente.summit.views import Event, History, Size, Tree
from detente.summit.worth import Row, add

UPHOLD, SNAP_BACK = "uphold", "snap back"
ALARM = "alarm"

Picked = tuple[int | None, ...]
"""How the steps of a group went so far: an outcome each, None where it was skipped."""


class HiddenCourse(Situation):
    """The carrying-out of one bundle signed in one round by sides of certain types."""

    def __init__(
        self,
        plan: CarryingOut,
        tree: Tree | Size,
        bundle: Bundle,
        signed: Levels,
        number: int,
        draw: Draw,
    ) -> None:
        super().__init__(plan, bundle, signed, number, draw.setting)
        self.tree = tree
        self.draw = draw
        self._sizes: dict[State, Node] = {}

    @cached_property
    def groups(self) -> list[list[int]]:
        """The numbers of the steps taken at once, in order."""
        found: dict[int, list[int]] = {}
        for i, step in enumerate(self.plan.steps):
            found.setdefault(step.group, []).append(i)
        return list(found.values())

    def start(self, history: History) -> Node:
        """The first node, for sides that have seen this much."""
        return self.next(State(0, frozenset(), True, ()), history, None)

    def next(self, state: State, history: History, gain: Row | None) -> Node:
        """The node at which the next group is taken; arriving adds the gain."""
        if not self.tree.counting:
            return self.choose(state, (), history, gain)
        state = self.reduced(state)
        if state not in self._sizes:
            self._sizes[state] = self.choose(state, (), history, gain)
        return self._sizes[state]

    def reduced(self, state: State) -> State:
        """The state without outcomes that nothing later mentions."""
        done = len(state.outcomes)
        remembered = zip(self.plan.remembered[done], state.outcomes, strict=True)
        outcomes = tuple([outcome if kept else None for kept, outcome in remembered])
        return state._replace(undone=state.undone & self.conceded, outcomes=outcomes)

    # ── choosing ───────────────────────────────────────────────────────────────────────────────

    def choose(self, state: State, picked: Picked, history: History, gain: Row | None) -> Node:
        """The next step of the group is decided; `picked` are those before it."""
        if state.step == len(self.groups):
            return self.end(state, gain, ended=False)
        group = self.groups[state.step]
        if len(picked) == len(group):
            return self.chosen(state, picked, history, gain)
        step = self.plan.steps[group[len(picked)]]
        if step.by is None:
            return self.chance(step, state, picked, history, gain)
        outcomes = self.moves(step, state)
        names = tuple([step.outcomes[i] for i in outcomes])
        point = (step.name, self.bundle.name)
        view = history.views[step.by]
        self.tree.same_moves(step.by, point, view, names, step.place)
        if not outcomes:
            skipped = None if not self.takes_place(step, state) else 0
            return self.choose(state, (*picked, skipped), history, gain)
        moves = []
        for i, name in zip(outcomes, names, strict=True):
            node = self.choose(state, (*picked, i), history, None)
            if step.breaches and i:
                node = self.tree.tag(node, Role.BROKEN, self.bundle.name)
            moves.append((name, node))
        label = f"{self.draw.called(step.by)}: {listing(names)}"
        return self.tree.decide(step.by, point, view, moves, label, gain)

    def chance(
        self, step: Step, state: State, picked: Picked, history: History, gain: Row | None
    ) -> Node:
        """A step that nobody decides."""
        if not self.takes_place(step, state):
            return self.choose(state, (*picked, None), history, gain)
        setting = self.setting(state)
        probabilities = [self.bound(branch, setting) for branch in step.branches]
        self.check(step, probabilities)
        moves = [
            (name, probability, self.choose(state, (*picked, i), history, None))
            for i, (name, probability) in enumerate(zip(step.outcomes, probabilities, strict=True))
        ]
        return self.tree.chance(moves, step.name.replace("_", " "), gain)

    def moves(self, step: Step, state: State) -> list[int]:
        """The outcomes among which a side chooses, none where it has nothing to decide."""
        if step.looks_at:
            found = [i for i, _ in enumerate(step.branches)]
            return found if self.could_be_broken(step.looks_at, state) else []
        if not self.takes_place(step, state):
            return []
        if not step.breaches:
            return [i for i, _ in enumerate(step.branches)]
        breaches = [i for i, _ in self.available(step, state)]
        return [0, *breaches] if breaches else []

    def could_be_broken(self, name: str, state: State) -> bool:
        """Whether a step takes place with something to breach, as far as the bundle says."""
        step = next(step for step in self.plan.steps if step.name == name)
        as_signed = state._replace(undone=frozenset())
        return self.takes_place(step, as_signed) and bool(self.available(step, as_signed))

    # ── what follows ───────────────────────────────────────────────────────────────────────────

    def chosen(self, state: State, picked: Picked, history: History, gain: Row | None) -> Node:
        """All steps of a group are decided: what they do, and what everyone sees of it."""
        group = [self.plan.steps[i] for i in self.groups[state.step]]
        before = state
        state = state._replace(step=state.step + 1, outcomes=(*state.outcomes, *picked))
        setting = self.setting(state)
        broken: list[tuple[Step, BreachMove | None]] = []
        for step, outcome in zip(group, picked, strict=True):
            history = self.seen(step, outcome, before, history)
            if outcome is None:
                continue
            branch = self.branch(step, outcome)
            if branch is not None:
                off = state.called_off or self.calls_off(step, branch, before)
                state = state._replace(undone=state.undone | branch.undoes, called_off=off)
                gain = plus(gain, self.plan.valuation.gain(branch.worth, setting))
            if step.breaches and outcome:
                state = state._replace(kept=False)
                broken.append((step, step.breaches[outcome - 1]))
            elif alarm_of(step) and self.moves(step, before):
                broken.append((step, None))
        return self.detect(broken, state, history, gain)

    def branch(self, step: Step, outcome: int) -> Branch | None:
        """What an outcome does; None for complying."""
        if not step.breaches:
            return step.branches[outcome]
        return step.breaches[outcome - 1].breach if outcome else None

    def seen(self, step: Step, outcome: int | None, before: State, history: History) -> History:
        """What sides see of how a step went."""
        if outcome is None:
            # What was undone unseen must not show by a step that is silently left out.
            if step.when is not None or not step.breaches or not self.could_be_broken(
                step.name, before
            ):
                return history
            outcome = 0
        what = step.name.replace("_", " ")
        if step.secret is None:
            return history.saw(Event(what, step.outcomes[outcome]))
        for side in history.views:
            looks = step.secret.seen.get(side)
            found = looks[outcome] if looks else outcome
            if found is not None:
                alike = [i for i, at in enumerate(looks) if at == found] if looks else [found]
                came = listing([step.outcomes[i] for i in alike])
                history = history.saw(Event(what, came), (side,))
        return history

    def detect(
        self,
        left: Sequence[tuple[Step, BreachMove | None]],
        state: State,
        history: History,
        gain: Row | None,
    ) -> Node:
        """Each breach is detected or not, each alarm rings or not; None stands for complying."""
        if not left:
            return self.next(state, history, gain)
        (step, move), *later = left
        alarm = alarm_of(step)
        branch = alarm if move is None else move.detected
        assert branch is not None
        setting = self.setting(state)
        chance = self.bound(branch, setting)
        silent = self.plan.complement(chance)
        self.check(step, [chance, silent])
        found = state._replace(undone=state.undone | branch.undoes)
        came = ALARM if alarm else f"{breach_of(move)} detected"
        event = Event(step.name.replace("_", " "), came)
        noticed = step.secret.noticed_by if step.secret else None
        heard = self.answer(
            step, move, 0, later, found, history.saw(event, noticed),
            self.plan.valuation.gain(branch.worth, setting),
        )
        quiet = self.detect(later, state, history, None)
        what = f"{breach_of(move)} by {step.by}" if move else f"{step.by} complies"
        names = (ALARM, "no alarm") if alarm else ("detected", "undetected")
        return self.tree.chance(
            [(names[0], chance, heard), (names[1], silent, quiet)],
            f"{what}: {'alarm' if alarm else 'detected'}?",
            gain,
        )

    def answer(
        self,
        step: Step,
        move: BreachMove | None,
        turn: int,
        later: Sequence[tuple[Step, BreachMove | None]],
        state: State,
        history: History,
        gain: Row | None,
    ) -> Node:
        """Those who answer do so in turn; the first snap back ends the deal."""
        sides = self.answering(step, move)
        if turn == len(sides):
            return self.detect(later, state, history, gain)
        side = sides[turn]
        alarm = alarm_of(step)
        what = f"the alarm about {step.name.replace('_', ' ')}"
        if not alarm:
            what = f"the detected {breach_of(move)}"
        called = f"{self.draw.called(side)} answers {what}"
        event = Event(f"{side} answers {what}", UPHOLD)
        upheld = self.answer(step, move, turn + 1, later, state, history.saw(event), None)
        ending = self.plan.snap_back
        ended = state._replace(undone=(state.undone | ending.undoes) & self.conceded)
        cost = self.plan.valuation.gain(ending.worth, self.setting(state))
        snapped = self.end(ended, cost, ended=True)
        return self.tree.decide(
            side,
            ("answer", step.name, None if alarm else breach_of(move), self.bundle.name),
            history.views[side],
            [(UPHOLD, upheld), (SNAP_BACK, snapped)],
            called,
            gain,
        )

    def answering(self, step: Step, move: BreachMove | None) -> tuple[str, ...]:
        """The sides that answer, in order."""
        given = move.answered_by if move else step.secret.answered_by if step.secret else None
        if given is None:
            return tuple(side for side in self.conceding if side != step.by)
        return given

    def end(self, state: State, gain: Row | None, ended: bool) -> Node:
        row, label, kept = self.last(state, ended)
        node = self.tree.end(self.plan.total(row, gain), label)
        return self.tree.tag(node, Role.KEPT, self.bundle.name) if kept else node


def alarm_of(step: Step) -> Branch | None:
    """The alarm that may ring although nobody cheated, None where a breach shows as it is."""
    return step.secret.false_alarm if step.secret else None


def breach_of(move: BreachMove | None) -> str:
    return COMPLY if move is None else move.breach.name


def plus(one: Row | None, other: Row | None) -> Row | None:
    """The sum of what two events add, None for nothing."""
    return other if one is None else add(one, other)
