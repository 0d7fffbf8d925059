"""Put the levels agreed, the outcomes of earlier steps and the round into expressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from detente.errors import SummitError
from detente.game.expressions import Expr

ROUND = "round"
"""The name under which formulas refer to the round of the talks, 1, 2, …"""

SKIPPED = -1
"""The value of a step that did not take place: it equals none of its outcomes."""

Setting = Mapping[str, int]
"""Term → position of its level, step → position of its outcome, round → its number."""


class Binder:
    """Binds expressions to settings, each pair of an expression and what it mentions once.

    `variables` : the names that stand for choices or for the round, not for parameters

    >>> from detente.game.expressions import Scope, parse
    >>> scope = Scope({"fees": None}, {"relief": ("none", "full")})
    >>> amount = parse("fees if relief == full else 0", scope)
    >>> bind = Binder(["relief"])
    >>> str(bind(amount, {"relief": 1})), bind.mentions(amount, "relief")
    ('fees', True)
    """

    def __init__(self, variables: Iterable[str]) -> None:
        self._variables = frozenset(variables)
        self._mentioned: dict[Expr, tuple[str, ...]] = {}
        self._bound: dict[tuple[Expr, tuple[int, ...]], Expr] = {}

    def mentioned(self, expression: Expr) -> tuple[str, ...]:
        """The variables that stand in the expression, in alphabetical order."""
        names = self._mentioned.get(expression)
        if names is None:
            names = tuple(sorted(expression.parameters & self._variables))
            self._mentioned[expression] = names
        return names

    def mentions(self, expression: Expr, variable: str) -> bool:
        """Whether the variable stands in the expression."""
        return variable in self.mentioned(expression)

    def __call__(self, expression: Expr, setting: Setting) -> Expr:
        """The expression of parameters alone that this one is in the setting."""
        names = self.mentioned(expression)
        if not names:
            return expression
        given = tuple([setting.get(name, SKIPPED) for name in names])
        bound = self._bound.get((expression, given))
        if bound is None:
            bound = expression.bind(dict(zip(names, given, strict=True)))
            self._bound[expression, given] = bound
        return bound

    def holds(self, condition: Expr, setting: Setting) -> bool:
        """Whether a condition holds in the setting.

        Raises SummitError where that depends on a parameter: moves are the same at all values.
        """
        bound = self(condition, setting)
        if not bound.is_constant:
            raise SummitError(
                f"the condition '{bound}' depends on the parameter "
                f"'{min(bound.parameters)}', but what the sides can do must not change with "
                "a parameter. Write the condition with terms and steps only, or put the parameter "
                "into a worth or a probability."
            )
        return bool(bound.constant)
