"""Canonical expressions: one object for each form, and the sums and products that build them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from typing import Any, Final, TypeAlias
from weakref import ref

from detente.errors import ExpressionError
from detente.game.expressions.numbers import check_exponent, constant_power, exact, slim
from detente.game.expressions.printing import brief, text_of
from detente.game.expressions.structure import NAME, NUMBER, PRODUCT, SUM, TRUTH, postorder


class Expr:
    """An immutable expression in canonical form; equal forms are one object.

    `args` are the operands, sorted; `weights` their coefficients in a sum (whose constant is
    `head`) or their powers in a product. Numbers inside are `int` wherever they are whole.

    >>> a, b = name("a"), name("b")
    >>> a + b is b + a
    True
    >>> str((a + b) * 2 - a)
    'a + 2*b'
    >>> (a + b).bind({"b": 3}) is a + 3
    True
    """

    __slots__ = ("__weakref__", "_parameters", "args", "head", "kind", "order", "weights")

    kind: int
    head: Any
    args: tuple[Expr, ...]
    weights: tuple[Any, ...]
    order: tuple[int, int]
    _parameters: frozenset[str] | None

    def __add__(self, other: Operand) -> Expr:
        return linear(((self, 1), (operand(other), 1)))

    def __radd__(self, other: Operand) -> Expr:
        return linear(((operand(other), 1), (self, 1)))

    def __sub__(self, other: Operand) -> Expr:
        return linear(((self, 1), (operand(other), -1)))

    def __rsub__(self, other: Operand) -> Expr:
        return linear(((operand(other), 1), (self, -1)))

    def __mul__(self, other: Operand) -> Expr:
        if type(other) is int or type(other) is Fraction:
            return linear(((self, other),))
        return monomial(((self, 1), (operand(other), 1)))

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> Expr:
        return monomial(((self, 1), (operand(other), -1)))

    def __rtruediv__(self, other: Operand) -> Expr:
        return monomial(((operand(other), 1), (self, -1)))

    def __pow__(self, exponent: int) -> Expr:
        if not isinstance(exponent, int):
            raise TypeError(f"powers are whole numbers, not {type(exponent).__name__}")
        return monomial(((self, exponent),))

    def __neg__(self) -> Expr:
        return linear(((self, -1),))

    def __pos__(self) -> Expr:
        return self

    @property
    def is_condition(self) -> bool:
        """Whether this is true or false rather than a number."""
        return self.kind >= TRUTH

    @property
    def is_constant(self) -> bool:
        """Whether this is a plain number, or plainly true or false."""
        return self.kind in (NUMBER, TRUTH)

    @property
    def constant(self) -> Fraction | bool:
        """The value of a constant: a `Fraction`, or a `bool` for a condition."""
        if self.kind == TRUTH:
            return bool(self.head)
        if self.kind != NUMBER:
            raise ExpressionError(f"{brief(self)} is not a constant.")
        return Fraction(self.head)

    @property
    def parameters(self) -> frozenset[str]:
        """The names that stand in this expression, parameters and choice variables alike."""
        if self._parameters is None:
            for node in postorder([self]):
                if node._parameters is None:
                    node._parameters = _names_of(node)
        return self._parameters or frozenset()

    def bind(self, values: Mapping[str, Operand]) -> Expr:
        """Put expressions or numbers in the place of names, and fold what becomes constant.

        Raises `ExpressionError` where that divides by zero outside a branch that is ruled out.

        >>> from detente.game.expressions import compare, conditional
        >>> a, x = name("a"), name("x")
        >>> str(conditional(compare("!=", x, 0), a / x, 7).bind({"x": 0}))
        '7'
        """
        return binding.bind(self, values)

    def __str__(self) -> str:
        return text_of(self)

    def __repr__(self) -> str:
        return f"Expr({text_of(self, 200)!r})"

    def __reduce__(self) -> tuple[Callable[..., Expr], tuple[Any, ...]]:
        return intern, (self.kind, self.head, self.args, self.weights)


Operand: TypeAlias = "Expr | int | Fraction"
Pairs: TypeAlias = Iterable[tuple[Expr, Any]]


class _Held(ref[Expr]):
    """A weak reference that knows its entry in `_known`."""

    __slots__ = ("key",)
    key: tuple[Any, ...]


# Weak: a form lives as long as some game uses it, and a million games leave nothing behind.
# This is what WeakValueDictionary does, at half the time a node.
_known: dict[tuple[Any, ...], _Held] = {}
_serials = count()
_new = object.__new__


def intern(
    kind: int, head: Any, args: tuple[Expr, ...] = (), weights: tuple[Any, ...] = ()
) -> Expr:
    """The one object of that form; the caller has brought it into canonical form."""
    key = (kind, head, args, weights)
    held = _known.get(key)
    if held is not None and (found := held()) is not None:
        return found
    made = _new(Expr)
    made.kind = kind
    made.head = head
    made.args = args
    made.weights = weights
    made._parameters = None
    if kind == NAME:
        # Not hash(str), which differs from process to process.
        shape = int.from_bytes(blake2b(head.encode("utf-8", "replace"), digest_size=7).digest())
    else:
        shape = hash((kind, head, weights, *[arg.order[0] for arg in args]))
    # Sorting by shape makes the form independent of history; the serial only settles collisions.
    made.order = (shape, next(_serials))
    held = _Held(made, _forget)
    held.key = key
    _known[key] = held
    return made


def _forget(held: _Held) -> None:
    if _known.get(held.key) is held:
        del _known[held.key]


def by_order(node: Expr) -> tuple[int, int]:
    return node.order


def _pair_order(pair: tuple[Expr, Any]) -> tuple[int, int]:
    return pair[0].order


def _names_of(node: Expr) -> frozenset[str]:
    if node.kind == NAME:
        return frozenset((node.head,))
    below = [arg._parameters or frozenset() for arg in node.args]
    largest = max(below, key=len, default=frozenset())
    # Long chains share one set instead of holding a copy for every node.
    return largest if all(names <= largest for names in below) else largest.union(*below)


def number(value: Any) -> Expr:
    return intern(NUMBER, slim(value))


def truth(value: bool) -> Expr:
    return TRUE if value else FALSE


def operand(value: Operand) -> Expr:
    if type(value) is Expr:
        return value
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise TypeError(f"an expression takes Expr, int or Fraction, not {type(value).__name__}")
    return number(int(value) if isinstance(value, int) else value)


def need_number(value: Expr) -> None:
    if value.kind >= TRUTH:
        raise ExpressionError(
            f"{brief(value)} is a condition where a number is needed. "
            "Choose between two numbers with 'a if condition else b'."
        )


def need_condition(value: Expr) -> None:
    if value.kind < TRUTH:
        raise ExpressionError(
            f"{brief(value)} is a number where a condition is needed. Compare it, as in x > 0."
        )


ZERO: Final = intern(NUMBER, 0)
"""The number 0."""
ONE: Final = intern(NUMBER, 1)
"""The number 1."""
FALSE: Final = intern(TRUTH, False)
"""The condition that never holds."""
TRUE: Final = intern(TRUTH, True)
"""The condition that always holds."""


def const(value: int | Fraction | str) -> Expr:
    """A number as an expression; text is read by `exact`.

    >>> const("0.1") is const(Fraction(1, 10))
    True
    """
    return number(exact(value))


@lru_cache(maxsize=4096)
def name(text: str) -> Expr:
    """The variable of that name.

    >>> name("fees").parameters
    frozenset({'fees'})
    """
    return intern(NAME, text)


def total(parts: Iterable[Operand]) -> Expr:
    """The sum of any number of expressions, in one pass.

    >>> str(total([name("a"), 2, name("a")]))
    '2*a + 2'
    """
    return linear((operand(part), 1) for part in parts)


def linear(pairs: Pairs) -> Expr:
    """The sum of weight times expression, like terms collected."""
    constant: Any = 0
    terms: dict[Expr, Any] = {}
    for part, weight in pairs:
        if part.kind == NUMBER:
            constant += part.head * weight
        elif part.kind == SUM:
            constant += part.head * weight
            for term, coefficient in zip(part.args, part.weights, strict=True):
                terms[term] = terms.get(term, 0) + coefficient * weight
        else:
            need_number(part)
            terms[part] = terms.get(part, 0) + weight
    return _collect(constant, terms)


def _collect(constant: Any, terms: dict[Expr, Any]) -> Expr:
    kept = [pair for pair in terms.items() if pair[1]]
    if not kept:
        return number(constant)
    if len(kept) == 1 and not constant and kept[0][1] == 1:
        return kept[0][0]
    if len(kept) > 1:
        kept.sort(key=_pair_order)
    args, weights = zip(*kept, strict=True)
    if weights.count(1) != len(weights) or Fraction in map(type, weights):
        weights = tuple([slim(weight) for weight in weights])
    return intern(SUM, slim(constant) if constant else 0, args, weights)


def monomial(pairs: Pairs) -> Expr:
    """The product of expressions to whole powers, like factors collected."""
    scale: Any = 1
    powers: dict[Expr, int] = {}
    for part, power in pairs:
        check_exponent(power)
        scale *= _add_factor(powers, part, power)
    kept = [pair for pair in powers.items() if pair[1]] if scale else []
    if not kept:
        return number(scale)
    if len(kept) == 1 and kept[0][1] == 1:
        return linear(((kept[0][0], slim(scale)),))
    for _, power in kept:
        check_exponent(power)
    kept.sort(key=_pair_order)
    product = intern(PRODUCT, 0, tuple([f for f, _ in kept]), tuple([p for _, p in kept]))
    return product if scale == 1 else intern(SUM, 0, (product,), (slim(scale),))


def _add_factor(powers: dict[Expr, int], part: Expr, power: int) -> Any:
    """Multiply `part ** power` into `powers`; what comes back is its constant factor."""
    if part.kind == NUMBER:
        return constant_power(part.head, power)
    if part.kind == PRODUCT:
        for factor, exponent in zip(part.args, part.weights, strict=True):
            powers[factor] = powers.get(factor, 0) + exponent * power
        return 1
    if part.kind == SUM:
        lead = part.weights[0]
        if lead != 1:
            rest = linear(((part, Fraction(1) / lead),))
            return constant_power(lead, power) * _add_factor(powers, rest, power)
    else:
        need_number(part)
    powers[part] = powers.get(part, 0) + power
    return 1


# Last, because binding builds expressions with what is defined above.
from detente.game.expressions import binding  # noqa: E402
