"""One verdict with its witness: the improvement that breaks it, or the answer to each."""

from __future__ import annotations

from dataclasses import dataclass

from detente.stability.graph.conflict import Conflict
from detente.stability.graph.search import Step


@dataclass(frozen=True)
class Answer:
    """An improvement and the moves that keep the side, or coalition, from making it.

    `improvement` : the moves to it, one for a single side
    `sanction` : the others' legal sequence from there; for simultaneous stability one step, from
        what the improvement leads to, by those who improve at the same time
    """

    improvement: tuple[Step, ...]
    sanction: tuple[Step, ...]

    @property
    def end(self) -> int:
        """The state that the side fears."""
        return self.sanction[-1].target


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether a state is stable for a side or coalition, and what shows it.

    `breach` : the moves to an improvement that nothing answers; empty where the state is stable
    `answers` : for a stable state, an answer to each improvement; empty where there is none
    `strength` : "strong" or "weak" where the state is stable and strength of preference is given
    """

    conflict: Conflict
    concept: str
    sides: tuple[str, ...]
    state: int
    stable: bool
    breach: tuple[Step, ...] = ()
    answers: tuple[Answer, ...] = ()
    strength: str | None = None

    def __str__(self) -> str:
        who, names = " and ".join(self.sides), self.conflict.states
        here = f"State {names[self.state]}"
        if not self.stable:
            way = told(self.conflict, self.breach)
            rest = "" if self.concept.endswith("Nash") else ", and no answer to it deters"
            return f"{here} is not {self.concept} stable for {who}: {way} is an improvement{rest}."
        kind = f"{self.strength}ly {self.concept}" if self.strength else self.concept
        if not self.answers:
            return f"{here} is {kind} stable for {who}: there is no improvement."
        told_answers = "; ".join(
            f"{told(self.conflict, answer.improvement)} is answered by "
            f"{told(self.conflict, answer.sanction)}"
            for answer in self.answers
        )
        return f"{here} is {kind} stable for {who}: {told_answers}."


def told(conflict: Conflict, steps: tuple[Step, ...]) -> str:
    """Moves in words: 'A 1 → 2, B 2 → 4'."""
    return ", ".join(
        f"{' with '.join(conflict.who(step.sides))} "
        f"{conflict.states[step.source]} → {conflict.states[step.target]}"
        for step in steps
    )
