"""What happens after signature: steps in order, each a chance, a choice, or a chance to cheat.

Here is what the steps are and what holds in each state; `open_course.py` builds the game of it
where all sides see everything, `hidden_course.py` where they do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from detente.errors import Place, SummitError
from detente.game.expressions import ONE, Expr
from detente.game.tree import Bundle
from detente.summit.binding import ROUND, Binder, Setting
from detente.summit.bundles import Levels
from detente.summit.chances import check_chances
from detente.summit.worth import Row, Valuation, Worth, add

MAX_STEPS = 100
"""Steps of a carrying-out; building it is up to five calls deep for each."""

COMPLY = "comply"

NO_TYPES: Setting = {}


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
class Secret:
    """What of a step is hidden from whom.

    `seen` : for each side that does not see all of it, what the outcomes look like to it: the
        least position among those that look alike, or None where nothing of the step is seen
    `false_alarm` : what may ring although nobody cheated; None where a breach shows as it is
    `noticed_by` : the sides that learn of a detected breach or an alarm; None: all
    `answered_by` : the sides that answer a false alarm, as those of a breach
    """

    seen: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)
    false_alarm: Branch | None = None
    noticed_by: frozenset[str] | None = None
    answered_by: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Step:
    """One step. `by` is None for chance; `breaches` is empty but for a chance to cheat.

    `group` : steps of one group are taken at once
    `secret` : None where all of it is seen by all
    `looks_at` : the step that this one is a look at, "" for none
    """

    name: str
    when: Expr | None = None
    by: str | None = None
    branches: tuple[Branch, ...] = ()
    breaches: tuple[BreachMove, ...] = ()
    place: Place | None = None
    group: int = 0
    secret: Secret | None = None
    looks_at: str = ""

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
    `called_off` : whether a choice, after a breach, left nothing standing
    """

    step: int
    undone: frozenset[int]
    kept: bool
    outcomes: tuple[int | None, ...]
    called_off: bool = False

    def after(self, outcome: int | None, undoes: frozenset[int] = frozenset()) -> State:
        """Past the step ahead, which went this way."""
        return self._replace(
            step=self.step + 1, undone=self.undone | undoes, outcomes=(*self.outcomes, outcome)
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


class Situation:
    """The carrying-out of one bundle: what holds and what is available in each state of it.

    `types` : side → position of its type, of the sides that have types
    """

    def __init__(
        self,
        plan: CarryingOut,
        bundle: Bundle,
        signed: Levels,
        number: int,
        types: Setting = NO_TYPES,
    ) -> None:
        self.plan = plan
        self.bundle = bundle
        self.signed = signed
        self.conceded = frozenset(t for t, at in enumerate(signed) if at)
        levels = dict(zip(plan.valuation.terms, signed, strict=True))
        self.levels = {**levels, **types, ROUND: number}
        self.conceding = tuple(
            side for side in plan.sides if any(side in plan.conceders[t] for t in self.conceded)
        )

    def setting(self, state: State) -> dict[str, int]:
        """Levels signed, outcomes so far, and the round."""
        known = {
            step.name: outcome
            for step, outcome in zip(self.plan.steps, state.outcomes, strict=False)
            if outcome is not None
        }
        return {**self.levels, **known}

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

    def calls_off(self, step: Step, branch: Branch, state: State) -> bool:
        """Whether taking the branch is a choice, after a breach, that leaves nothing standing."""
        chosen = step.by is not None and not step.breaches
        left = self.conceded - state.undone - branch.undoes
        return chosen and not state.kept and bool(branch.undoes & self.conceded) and not left

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

    def last(self, state: State, ended: bool) -> tuple[Row, str, bool]:
        """The end in a state: what is delivered is worth, how it is called, whether all is kept."""
        delivered = self.plan.delivers(self.signed, state.undone)
        row = self.plan.valuation.delivered(delivered, self.setting(state), ended)
        name = self.bundle.name
        if ended:
            return row, f"{name}: deal ended", False
        if not state.kept:
            how = "called off" if state.called_off else "the deal goes on"
            return row, f"{name}: broken, and {how}", False
        if delivered != self.signed:
            how = "undone in part" if any(delivered) else "undone"
            return row, f"{name}: not broken, but {how}", False
        return row, f"{name}: carried out", True


def listing(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
