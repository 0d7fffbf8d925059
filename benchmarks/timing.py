"""What one line of a benchmark says, and how it is measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """`largest` : nodes of the largest game; `repeats` : runs of which the median is taken"""

    largest: int = 1_000_000
    repeats: int = 5
    seed: int = 1


@dataclass(frozen=True)
class Row:
    """One measured case.

    `seconds` : median of this project; `peer`, `peer_seconds` : who did the same, and its median
    `agreed` : what was compared, and found equal, before anything was timed
    `goal` : what was aimed at, in words; `met` : whether it was reached
    """

    case: str
    size: int
    seconds: float
    agreed: str
    peer: str = ""
    peer_seconds: float | None = None
    goal: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> float | None:
        """How many times faster than the peer."""
        return None if self.peer_seconds is None else self.peer_seconds / self.seconds

    def line(self) -> str:
        """The row as text."""
        rate = f"{self.size / self.seconds / 1e6:9.2f} M/s" if self.size else " " * 13
        text = f"{self.case:<44}{self.size:>10,}  {self.seconds * 1e3:11.2f} ms {rate}"
        if self.ratio is not None:
            text += f"  {self.ratio:9.2f} x {self.peer}"
        if self.goal:
            text += f"  [{self.goal}: {'met' if self.met else 'MISSED'}]"
        return text

    def data(self) -> dict[str, Any]:
        """The row for JSON."""
        return {**asdict(self), "ratio": self.ratio}


class AnswersDiffer(Exception):
    """What was compared, and found different."""


def agree(equal: bool, what: str) -> None:
    """Raise AnswersDiffer, which says what was compared, unless the answers are equal."""
    if not equal:
        raise AnswersDiffer(what)


def median(run: Callable[[], Any], repeats: int) -> float:
    """The median time of a call, in seconds, after one that warms up."""
    run()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def sizes(largest: int, smallest: int = 1000) -> list[int]:
    """Powers of ten up to the largest."""
    found = []
    while smallest <= largest:
        found.append(smallest)
        smallest *= 10
    return found
