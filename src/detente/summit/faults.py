"""Say which formula of the file it is that has no value, and for which levels.

Where a formula divides by zero shows only once the game is built, and then of an expression in
which levels are already numbers. So the formulas of the file are looked through again, for the
first that fails in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from detente.errors import DetenteError, ExpressionError
from detente.game.expressions import Expr, evaluate
from detente.summit.binding import ROUND, Binder

if TYPE_CHECKING:
    from detente.summit.reading import SummitDocument

MAX_ROUNDS = 20
"""Rounds in which a formula is tried."""


@contextmanager
def placed(document: SummitDocument) -> Iterator[None]:
    """Give an error of a formula that comes up inside the place of that formula."""
    try:
        yield
    except ExpressionError as error:
        if error.place is not None:
            raise
        raise _found(document, error) from None


def _found(document: SummitDocument, error: ExpressionError) -> ExpressionError:
    from detente.summit.check_formulas import formulas

    other: ExpressionError | None = None
    for read, text, path in formulas(document):
        failed = _first_failure(document, read(text, path))
        if failed is None:
            continue
        message, said = failed
        found = ExpressionError(
            f"in '{text if len(text) <= 80 else text[:79] + '…'}'{said}: {message} Correct the "
            "formula or the values of its parameters.",
            document.place(path),
        )
        if message == error.message:
            return found
        other = other or found
    return other or ExpressionError(error.message, document.place(()))


def _first_failure(document: SummitDocument, expr: Expr) -> tuple[str, str] | None:
    """What is wrong with an expression, and where it is so: at which levels and in which round."""
    from detente.summit.check_formulas import feasible, settings_of, spelled

    scope = document.scope
    binder = Binder([*scope.choices, ROUND])
    rounds = range(1, MAX_ROUNDS + 1) if ROUND in expr.parameters else range(1, 2)
    for setting in settings_of(document, feasible(document), [expr]):
        for number in rounds:
            try:
                evaluate([binder(expr, {**setting, ROUND: number})], scope.values)
            except DetenteError as error:
                said = spelled(document, setting)
                if ROUND in expr.parameters:
                    said += f" {'and' if said else 'where'} round = {number}"
                return error.message, said
    return None
