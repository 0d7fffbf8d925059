"""How far a long run has come: a bar on a terminal's standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

QUIET = 1.0
"""Seconds that a run takes before anything is shown of it."""


class Progress:
    """Called with a sentence and the fraction done; shows a bar once a run has lasted `QUIET`.

    `wanted` : whether standard error is a terminal; elsewhere nothing is ever shown
    """

    def __init__(self) -> None:
        self.wanted = bool(sys.stderr and sys.stderr.isatty())
        self._started = time.perf_counter()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, text: str, done: float | None = None) -> None:
        """Say how far a run has come (`done`: 0 to 1, None where that is not known)."""
        if not self.wanted or time.perf_counter() - self._started < QUIET:
            return
        if self._bar is None or self._task is None:
            self._bar, self._task = _bar(text)
        total = None if done is None else 1.0
        self._bar.update(self._task, description=text, completed=done or 0.0, total=total)


def _bar(text: str) -> tuple[Bar, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    bar.start()
    return bar, bar.add_task(text, total=None)
