"""What one way of asking "would it hold?" says of a bundle, in the same few words for all ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.summit.summit import Summit


@dataclass(frozen=True)
class Sight:
    """One lens's answer on one bundle.

    `holds` : True, False, or None where it is not decided or cannot be asked
    `word` : the cell of the table, a few words at most (`Nash`, `q ≥ 0.43`, `off the frontier`)
    `text` : one plain sentence that says why, with its witness
    `data` : what the JSON has of it, exact numbers as Fractions
    """

    holds: bool | None
    word: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Whether it holds, and the word: 'yes, Nash'."""
        return {True: "yes, ", False: "no, ", None: ""}[self.holds] + self.word


@dataclass(frozen=True)
class Lens:
    """A way of asking.

    `name` : as `--lens` takes it
    `question` : what it asks, in one sentence
    `refusal` : summit → why this lens cannot look at it, in one sentence, or None
    `cost` : summit, number of bundles → seconds it will take, roughly; decides whether it is cheap
    `look` : summit, bundles (positions), deadline (`time.perf_counter`) → a sight for each, in
        order; it ends early, or raises OutOfTime, where the deadline passes
    """

    name: str
    question: str
    refusal: Callable[[Summit], str | None]
    cost: Callable[[Summit, int], float]
    look: Callable[[Summit, Sequence[int], float | None], Iterator[Sight]]
