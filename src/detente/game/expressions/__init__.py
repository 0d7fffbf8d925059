"""Payoffs and probabilities as exact expressions of named parameters.

Three steps, in this order: canonical expressions (`canonical`, `conditions`), what is done with
them (`binding`, `evaluation`, `printing`), and the small whitelist grammar that reads them
(`tokens`, `grammar`, `compiling`, `reading`).

Expressions are hash-consed (Ershov 1958; Filliâtre and Conchon 2006): two that have the same
canonical form are the same object, so that equal payoffs are recognised by identity. The form
collects like terms and like factors; it does not multiply products of sums out. Cancelling is
that of rational functions: `x/x` is 1, also where x may be zero.
"""

from detente.game.expressions.canonical import (
    FALSE,
    ONE,
    TRUE,
    ZERO,
    Expr,
    Operand,
    const,
    name,
    total,
)
from detente.game.expressions.compiling import Scope
from detente.game.expressions.conditions import (
    both,
    compare,
    conditional,
    conjuncts,
    either,
    maximum,
    minimum,
    negation,
)
from detente.game.expressions.evaluation import evaluate, gradient
from detente.game.expressions.grammar import MAX_DEPTH
from detente.game.expressions.numbers import (
    MAX_DECIMAL_EXPONENT,
    MAX_EXPONENT,
    comma_in_number,
    exact,
)
from detente.game.expressions.reading import MAX_LENGTH, parse, unit_of

__all__ = [
    "FALSE",
    "MAX_DECIMAL_EXPONENT",
    "MAX_DEPTH",
    "MAX_EXPONENT",
    "MAX_LENGTH",
    "ONE",
    "TRUE",
    "ZERO",
    "Expr",
    "Operand",
    "Scope",
    "both",
    "comma_in_number",
    "compare",
    "conditional",
    "conjuncts",
    "const",
    "either",
    "evaluate",
    "exact",
    "gradient",
    "maximum",
    "minimum",
    "name",
    "negation",
    "parse",
    "total",
    "unit_of",
]
