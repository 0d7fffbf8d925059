"""One verdict with its witness: the improvement that breaks it, or the answer to each."""

from __future__ import annotations

from dataclasses import dataclass

from detente.conflict.conflict import Conflict
from detente.stability.graph.search import Step
from detente.stability.graph.telling import brings, costs, state_named, told
from detente.stability.words import listed


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
        who, here = listed(self.sides), state_named(self.conflict, self.state)
        kind = f"{self.strength}ly {self.concept}" if self.strength else self.concept
        verb = "is" if self.stable else "is not"
        return f"{here[0].upper()}{here[1:]} {verb} {kind} stable for {who}: {self.why}."

    @property
    def why(self) -> str:
        """The witness in words: the breach, or the answer to each improvement."""
        if not self.stable:
            rest = "" if self.concept.endswith("Nash") else "; no answer deters it"
            return f"{self._leaving(self.breach)}{rest}"
        if not self.answers:
            return _NOTHING[len(self.sides) > 1]
        return "; ".join(self._answered(answer) for answer in self.answers)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The sides by number."""
        return tuple(self.conflict.side(name) for name in self.sides)

    def _leaving(self, steps: tuple[Step, ...]) -> str:
        gain = brings(self.conflict, self.numbers, self.state, steps[-1].target)
        return f"{told(self.conflict, steps)}{gain}"

    def _answered(self, answer: Answer) -> str:
        loss = costs(self.conflict, self.numbers, self.state, answer.end)
        joined = "while" if self.concept == "SIM" else "then"
        return (
            f"if {told(self.conflict, answer.improvement)}, {joined} "
            f"{told(self.conflict, answer.sanction)}{loss}"
        )


_NOTHING = ("it can reach nothing better", "they can reach nothing that each of them prefers")
