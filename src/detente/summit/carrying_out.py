"""What happens after signature: steps in order, each a chance, a choice, or a chance to cheat.

The carrying-out of a bundle is built step by step. Two ways of getting to the same place (the same
step ahead, the same terms undone, the same outcomes as far as anything later mentions them) share
their continuation, so that ten steps make hundreds of nodes and not millions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from detente.errors import Place, SummitError
from detente.game.builder import Builder, Node
from detente.game.expressions import ONE, Expr
from detente.game.tree import Bundle, Role
from detente.summit.binding import ROUND, Binder
from detente.summit.bundles import Levels
from detente.summit.chances import check_chances
from detente.summit.size import refuse_beyond
from detente.summit.worth import Row, Valuation, Worth, add

MAX_STEPS = 100
"""Steps of a carrying-out; building it is up to five calls deep for each."""

COMPLY = "comply"


@dataclass(frozen=True)
class Branch:
    """One way that a step can go: the terms it leaves undone (positions), and what it adds.

    `probability` : of an outcome of chance, of a breach being detected; else None
    """

    name: str
    undoes: frozenset[int] = frozenset()
    worth: Worth = field(default_factory=dict)
    probability: Expr | None = None


@dataclass(frozen=True)
class BreachMove:
    """A way to cheat; `detected` carries the probability and what being caught adds.

    `answered_by` : sides that may end the deal, in order; None: those that concede something
    """

    breach: Branch
    detected: Branch
    answered_by: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Step:
    """One step. `by` is None for chance; `breaches` is empty but for a chance to cheat."""

    name: str
    when: Expr | None = None
    by: str | None = None
    branches: tuple[Branch, ...] = ()
    breaches: tuple[BreachMove, ...] = ()
    place: Place | None = None

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """The values of the step as a variable, in order."""
        if self.breaches:
            return (COMPLY, *(move.breach.name for move in self.breaches))
        return tuple(branch.name for branch in self.branches)

    def formulas(self) -> list[Expr]:
        """The conditions and probabilities of the step."""
        found = [branch.probability for branch in self.branches]
        found += [move.detected.probability for move in self.breaches]
        return [f for f in (self.when, *found) if f is not None]

    def worths(self) -> list[Worth]:
        """What the step's branches add."""
        cheats = [w for move in self.breaches for w in (move.breach.worth, move.detected.worth)]
        return [branch.worth for branch in self.branches] + cheats


class State(NamedTuple):
    """Where the carrying-out of a bundle stands.

    `step` : the step ahead
    `undone` : positions of terms that are not delivered
    `kept` : whether no side has broken it
    `outcomes` : of earlier steps, one a step, as far as anything later mentions them
    """

    step: int
    undone: frozenset[int]
    kept: bool
    outcomes: tuple[int | None, ...]

    def after(self, outcome: int | None, undoes: frozenset[int] = frozenset()) -> State:
        """Past the step ahead, which went this way."""
        return State(
            self.step + 1, self.undone | undoes, self.kept, (*self.outcomes, outcome)
        )


@dataclass(frozen=True)
class CarryingOut:
    """The steps of a summit, and what ending the deal does.

    `conceders` : for each term, the sides that concede it
    `sides` : in file order
    `values` : of the parameters, at which probabilities are checked
    """

    steps: tuple[Step, ...]
    snap_back: Branch
    valuation: Valuation
    conceders: Sequence[tuple[str, ...]]
    sides: tuple[str, ...]
    values: Mapping[str, Fraction]
    bind: Binder
    _checked: set[tuple[Expr, ...]] = field(default_factory=set, repr=False)
    _complements: dict[Expr, Expr] = field(default_factory=dict, repr=False)
    _sums: dict[tuple[Row, Row | None], Row] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if len(self.steps) > MAX_STEPS:
            raise SummitError(
                f"the carrying-out has {len(self.steps)} steps; at most {MAX_STEPS} are built.",
                self.steps[MAX_STEPS].place,
            )

    @cached_property
    def needed(self) -> tuple[frozenset[str], ...]:
        """For each step, and the end: what its continuation mentions of steps and the round."""
        names = self.valuation.mentioned | self.valuation.mentioned_in(self.snap_back.worth)
        found = [frozenset(names)]
        for step in reversed(self.steps):
            for formula in step.formulas():
                names = names | set(self.bind.mentioned(formula))
            for worth in step.worths():
                names = names | self.valuation.mentioned_in(worth)
            found.append(frozenset(names))
        return tuple(reversed(found))

    @cached_property
    def remembered(self) -> tuple[tuple[bool, ...], ...]:
        """For each step, and the end: which of the earlier outcomes its continuation mentions."""
        return tuple(
            tuple(step.name in needed for step in self.steps[:i])
            for i, needed in enumerate(self.needed)
        )

    @cached_property
    def looked_back_to(self) -> tuple[str, ...]:
        """The steps whose outcomes something later mentions: what multiplies the nodes."""
        return tuple(
            step.name
            for i, step in enumerate(self.steps)
            if any(remembered[i] for remembered in self.remembered[i + 1 :])
        )

    @property
    def changes_with_round(self) -> bool:
        """Whether anything in it mentions the round."""
        return ROUND in self.needed[0]

    def build(self, builder: Builder, bundle: Bundle, signed: Levels, number: int) -> Node:
        """The first node of the carrying-out of a bundle signed in this round."""
        return _Course(self, builder, bundle, signed, number).start()

    def total(self, row: Row, gain: Row | None) -> Row:
        """What is delivered and what arriving adds, each pair added once."""
        found = self._sums.get((row, gain))
        if found is None:
            found = self._sums[row, gain] = add(row, gain)
        return found

    def complement(self, probability: Expr) -> Expr:
        """One minus the probability."""
        found = self._complements.get(probability)
        if found is None:
            found = self._complements[probability] = ONE - probability
        return found

    def delivers(self, signed: Levels, undone: frozenset[int]) -> Levels:
        """The levels delivered where these terms are undone."""
        return tuple([0 if t in undone else at for t, at in enumerate(signed)])


class _Course:
    """The carrying-out of one bundle under construction."""

    def __init__(
        self, plan: CarryingOut, builder: Builder, bundle: Bundle, signed: Levels, number: int
    ) -> None:
        self.plan = plan
        self.builder = builder
        self.bundle = bundle
        self.signed = signed
        self.conceded = frozenset(t for t, at in enumerate(signed) if at)
        self.levels = {**dict(zip(plan.valuation.terms, signed, strict=True)), ROUND: number}
        self.conceding = tuple(
            side for side in plan.sides if any(side in plan.conceders[t] for t in self.conceded)
        )
        self.made: dict[tuple[object, ...], Node] = {}

    def start(self) -> Node:
        return self.node(State(0, frozenset(), True, ()), None)

    def setting(self, state: State) -> dict[str, int]:
        """Levels signed, outcomes so far, and the round."""
        known = {
            step.name: outcome
            for step, outcome in zip(self.plan.steps, state.outcomes, strict=False)
            if outcome is not None
        }
        return {**self.levels, **known}

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
        return State(state.step, state.undone & self.conceded, state.kept, outcomes)

    def takes_place(self, step: Step, state: State) -> bool:
        if step.when is not None:
            return self.holds(step, state)
        standing = self.conceded - state.undone
        return not step.breaches or any(step.by in self.plan.conceders[t] for t in standing)

    def holds(self, step: Step, state: State) -> bool:
        assert step.when is not None
        try:
            return self.plan.bind.holds(step.when, self.setting(state))
        except SummitError as error:
            raise SummitError(error.message, step.place) from None

    def available(self, step: Step, state: State) -> list[tuple[int, BreachMove]]:
        """The breaches that undo what still stands or are worth something, with their outcomes."""
        standing = self.conceded - state.undone
        return [
            (i + 1, move) for i, move in enumerate(step.breaches)
            if move.breach.undoes & standing or move.breach.worth
        ]

    def make(self, state: State, gain: Row | None) -> Node:
        if state.step == len(self.plan.steps):
            return self.end(state, gain, ended=False)
        step = self.plan.steps[state.step]
        if step.breaches:
            return self.compliance(step, state, gain)
        setting = self.setting(state)
        children = [
            self.node(
                state.after(i, branch.undoes),
                self.plan.valuation.gain(branch.worth, {**setting, step.name: i}),
            )
            for i, branch in enumerate(step.branches)
        ]
        label = step.name.replace("_", " ")
        if step.by is not None:
            moves = dict(zip(step.outcomes, children, strict=True))
            return self.builder.decide(
                step.by, moves, label=f"{step.by}: {_listing(step.outcomes)}", payoffs=gain
            )
        probabilities = [self.bound(branch, setting) for branch in step.branches]
        self.check(step, probabilities)
        chances = zip(probabilities, children, strict=True)
        return self.builder.chance(
            dict(zip(step.outcomes, chances, strict=True)), label=label, payoffs=gain
        )

    def end(self, state: State, gain: Row | None, ended: bool) -> Node:
        delivered = self.plan.delivers(self.signed, state.undone)
        row = self.plan.total(
            self.plan.valuation.delivered(delivered, self.setting(state), ended), gain
        )
        name = self.bundle.name
        if not state.kept:
            label = f"{name}: deal ended" if ended else f"{name}: broken, and the deal goes on"
            return self.builder.end(row, label=label)
        if delivered != self.signed:
            how = "undone in part" if any(delivered) else "undone"
            return self.builder.end(row, label=f"{name}: not broken, but {how}")
        node = self.builder.end(row, label=f"{name}: carried out")
        return self.builder.tag(node, Role.KEPT, name)

    def compliance(self, step: Step, state: State, gain: Row | None) -> Node:
        assert step.by is not None
        moves = {COMPLY: self.node(state.after(0), None)}
        for outcome, move in self.available(step, state):
            moves[move.breach.name] = self.broken(step, state, outcome, move)
        label = f"{step.by}: {_listing(tuple(moves))}"
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

    def bound(self, branch: Branch, setting: Mapping[str, int]) -> Expr:
        assert branch.probability is not None
        return self.plan.bind(branch.probability, setting)

    def check(self, step: Step, probabilities: Sequence[Expr]) -> None:
        """Refuse probabilities that are none at the parameters' values, each list once."""
        given = tuple(probabilities)
        if given in self.plan._checked:
            return
        self.plan._checked.add(given)
        what = f"step '{step.name}', for the bundle '{self.bundle.name}'"
        check_chances(probabilities, self.plan.values, what, step.place)


def _listing(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
