"""The rules of the format that need more than one field, checked in six stages.

Sizes come first, then names, then numbers, then formulas, then the bundles, then what only their
formulas show (probabilities). A stage that finds mistakes reports them all, and the next, which
relies on it, is not reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from detente.errors import DetenteError
from detente.summit import (
    check_formulas,
    check_names,
    check_numbers,
    check_secrets,
    check_talks,
    check_tree,
)
from detente.summit.shape import listed

if TYPE_CHECKING:
    from detente.summit.reading import SummitDocument

Rule = Callable[["SummitDocument"], Iterator[DetenteError]]

STAGES: tuple[tuple[Rule, ...], ...] = (
    check_names.SIZES,
    (*check_names.RULES, *check_talks.RULES, *check_secrets.RULES, *check_tree.RULES),
    check_numbers.RULES,
    check_formulas.READABLE,
    check_formulas.BUNDLES,
    (*check_formulas.SOUND, *check_secrets.SOUND, *check_tree.SOUND),
)


def check(document: SummitDocument) -> None:
    """Raise a SummitError, or an ExpressionError for a formula, where a file breaks a rule.

    Several mistakes of one stage become one error that lists the first five.
    """
    for stage in STAGES:
        mistakes = [mistake for rule in stage for mistake in rule(document)]
        if mistakes:
            raise listed(mistakes)
