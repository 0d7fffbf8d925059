"""Payoffs and probabilities as exact expressions of named parameters.

Three steps, in this order: canonical expressions (`Expr` and what builds it), what is done with
them (`evaluate`, `gradient`, printing), and the small whitelist grammar that reads them (`parse`).

Expressions are hash-consed (Ershov 1958; Filliâtre and Conchon 2006): two that have the same
canonical form are the same object, so that equal payoffs are recognised by identity. The form
collects like terms and like factors; it does not multiply products of sums out. Cancelling is
that of rational functions: `x/x` is 1, also where x may be zero.
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from math import inf
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias
from weakref import ref

from detente.errors import ExpressionError, Place
from detente.game.units import Unit

MAX_EXPONENT: Final = 1000
"""Largest power of an expression, either way."""
MAX_DECIMAL_EXPONENT: Final = 4000
"""Largest power of ten in a number, either way."""
MAX_DEPTH: Final = 200
"""Deepest nesting of an expression that is read from text."""
MAX_LENGTH: Final = 50_000
"""Longest text of an expression, in characters."""

# Constants stay below this, so that Python's limit of 4300 digits never stops one being printed.
_LARGEST: Final = 1 << 14_000
# Powers of values are refused beyond this many bits: they would take seconds and gigabytes.
_MAX_VALUE_BITS: Final = 1_000_000

# Kinds of node. Plain integers: they are hashed for every node, and alike in every process.
_NUMBER, _NAME, _SUM, _PRODUCT, _MIN, _MAX, _CONDITIONAL = range(7)
_TRUTH, _LESS, _AT_MOST, _EQUAL, _UNEQUAL, _AND, _OR, _NOT = range(7, 15)


# --- Canonical expressions ------------------------------------------------------------------------


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
        return _linear(((self, 1), (_operand(other), 1)))

    def __radd__(self, other: Operand) -> Expr:
        return _linear(((_operand(other), 1), (self, 1)))

    def __sub__(self, other: Operand) -> Expr:
        return _linear(((self, 1), (_operand(other), -1)))

    def __rsub__(self, other: Operand) -> Expr:
        return _linear(((_operand(other), 1), (self, -1)))

    def __mul__(self, other: Operand) -> Expr:
        if type(other) is int or type(other) is Fraction:
            return _linear(((self, other),))
        return _monomial(((self, 1), (_operand(other), 1)))

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> Expr:
        return _monomial(((self, 1), (_operand(other), -1)))

    def __rtruediv__(self, other: Operand) -> Expr:
        return _monomial(((_operand(other), 1), (self, -1)))

    def __pow__(self, exponent: int) -> Expr:
        if not isinstance(exponent, int):
            raise TypeError(f"powers are whole numbers, not {type(exponent).__name__}")
        return _monomial(((self, exponent),))

    def __neg__(self) -> Expr:
        return _linear(((self, -1),))

    def __pos__(self) -> Expr:
        return self

    @property
    def is_condition(self) -> bool:
        """Whether this is true or false rather than a number."""
        return self.kind >= _TRUTH

    @property
    def is_constant(self) -> bool:
        """Whether this is a plain number, or plainly true or false."""
        return self.kind in (_NUMBER, _TRUTH)

    @property
    def constant(self) -> Fraction | bool:
        """The value of a constant: a `Fraction`, or a `bool` for a condition."""
        if self.kind == _TRUTH:
            return bool(self.head)
        if self.kind != _NUMBER:
            raise ExpressionError(f"{_brief(self)} is not a constant.")
        return Fraction(self.head)

    @property
    def parameters(self) -> frozenset[str]:
        """The names that stand in this expression, parameters and choice variables alike."""
        if self._parameters is None:
            for node in _postorder([self]):
                if node._parameters is None:
                    node._parameters = _names_of(node)
        return self._parameters or frozenset()

    def bind(self, values: Mapping[str, Operand]) -> Expr:
        """Put expressions or numbers in the place of names, and fold what becomes constant.

        Raises `ExpressionError` where that divides by zero outside a branch that is ruled out.

        >>> a, x = name("a"), name("x")
        >>> str(conditional(compare("!=", x, 0), a / x, 7).bind({"x": 0}))
        '7'
        """
        given = {text: _operand(value) for text, value in values.items()}
        for value in given.values():
            _need_number(value)
        bound: dict[Expr, Expr | _Undefined] = {}
        for node in _postorder([self]):
            bound[node] = _bind_node(node, bound, given)
        result: Expr = _defined(bound[self])
        return result

    def __str__(self) -> str:
        return _print(self)

    def __repr__(self) -> str:
        return f"Expr({_print(self, 200)!r})"

    def __reduce__(self) -> tuple[Callable[..., Expr], tuple[Any, ...]]:
        return _node, (self.kind, self.head, self.args, self.weights)


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


def _node(kind: int, head: Any, args: tuple[Expr, ...] = (), weights: tuple[Any, ...] = ()) -> Expr:
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
    if kind == _NAME:
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


def _by_order(node: Expr) -> tuple[int, int]:
    return node.order


def _pair_order(pair: tuple[Expr, Any]) -> tuple[int, int]:
    return pair[0].order


def _slim(number: Any) -> Any:
    """The number as `int` where it is whole; refused where it has more than 4200 digits."""
    if type(number) is Fraction:
        if number.denominator != 1:
            if number.denominator >= _LARGEST or not -_LARGEST < number.numerator < _LARGEST:
                _refuse_size()
            return number
        number = number.numerator
    if not -_LARGEST < number < _LARGEST:
        _refuse_size()
    return number


def _refuse_size() -> NoReturn:
    raise ExpressionError("A number with more than 4200 digits comes out here. Use smaller powers.")


def _number(value: Any) -> Expr:
    return _node(_NUMBER, _slim(value))


def _truth(value: bool) -> Expr:
    return TRUE if value else FALSE


def _operand(value: Operand) -> Expr:
    if type(value) is Expr:
        return value
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise TypeError(f"an expression takes Expr, int or Fraction, not {type(value).__name__}")
    return _number(int(value) if isinstance(value, int) else value)


def _need_number(value: Expr) -> None:
    if value.kind >= _TRUTH:
        raise ExpressionError(
            f"{_brief(value)} is a condition where a number is needed. "
            "Choose between two numbers with 'a if condition else b'."
        )


def _need_condition(value: Expr) -> None:
    if value.kind < _TRUTH:
        raise ExpressionError(
            f"{_brief(value)} is a number where a condition is needed. Compare it, as in x > 0."
        )


def _linear(pairs: Pairs) -> Expr:
    """The sum of weight times expression, like terms collected."""
    constant: Any = 0
    terms: dict[Expr, Any] = {}
    for part, weight in pairs:
        if part.kind == _NUMBER:
            constant += part.head * weight
        elif part.kind == _SUM:
            constant += part.head * weight
            for term, coefficient in zip(part.args, part.weights, strict=True):
                terms[term] = terms.get(term, 0) + coefficient * weight
        else:
            _need_number(part)
            terms[part] = terms.get(part, 0) + weight
    return _collect(constant, terms)


def _collect(constant: Any, terms: dict[Expr, Any]) -> Expr:
    kept = [pair for pair in terms.items() if pair[1]]
    if not kept:
        return _number(constant)
    if len(kept) == 1 and not constant and kept[0][1] == 1:
        return kept[0][0]
    if len(kept) > 1:
        kept.sort(key=_pair_order)
    args, weights = zip(*kept, strict=True)
    if weights.count(1) != len(weights) or Fraction in map(type, weights):
        weights = tuple([_slim(weight) for weight in weights])
    return _node(_SUM, _slim(constant) if constant else 0, args, weights)


def _monomial(pairs: Pairs) -> Expr:
    """The product of expressions to whole powers, like factors collected."""
    scale: Any = 1
    powers: dict[Expr, int] = {}
    for part, power in pairs:
        _check_exponent(power)
        scale *= _add_factor(powers, part, power)
    kept = [pair for pair in powers.items() if pair[1]] if scale else []
    if not kept:
        return _number(scale)
    if len(kept) == 1 and kept[0][1] == 1:
        return _linear(((kept[0][0], _slim(scale)),))
    for _, power in kept:
        _check_exponent(power)
    kept.sort(key=_pair_order)
    product = _node(_PRODUCT, 0, tuple([f for f, _ in kept]), tuple([p for _, p in kept]))
    return product if scale == 1 else _node(_SUM, 0, (product,), (_slim(scale),))


def _add_factor(powers: dict[Expr, int], part: Expr, power: int) -> Any:
    """Multiply `part ** power` into `powers`; what comes back is its constant factor."""
    if part.kind == _NUMBER:
        return _constant_power(part.head, power)
    if part.kind == _PRODUCT:
        for factor, exponent in zip(part.args, part.weights, strict=True):
            powers[factor] = powers.get(factor, 0) + exponent * power
        return 1
    if part.kind == _SUM:
        lead = part.weights[0]
        if lead != 1:
            rest = _linear(((part, Fraction(1) / lead),))
            return _constant_power(lead, power) * _add_factor(powers, rest, power)
    else:
        _need_number(part)
    powers[part] = powers.get(part, 0) + power
    return 1


def _check_exponent(power: int) -> None:
    if not -MAX_EXPONENT <= power <= MAX_EXPONENT:
        raise ExpressionError(
            f"A power of {power if abs(power) < 10**9 else 'more than a billion'} is out of "
            f"bounds. Powers go from -{MAX_EXPONENT} to {MAX_EXPONENT}."
        )


def _constant_power(base: Any, power: int) -> Any:
    if power == 1:
        return base
    if power < 0 and not base:
        raise ExpressionError("Division by an expression that is always zero.")
    if _bits(base) * abs(power) > 2 * _LARGEST.bit_length():
        _refuse_size()
    return _slim(Fraction(base) ** power)


def _bits(number: Any) -> int:
    # 1 and -1 count as nothing: their powers stay small.
    whole = max(abs(number.numerator), number.denominator)
    return int(whole.bit_length()) if whole > 1 else 0


ZERO: Final = _node(_NUMBER, 0)
"""The number 0."""
ONE: Final = _node(_NUMBER, 1)
"""The number 1."""
FALSE: Final = _node(_TRUTH, False)
"""The condition that never holds."""
TRUE: Final = _node(_TRUTH, True)
"""The condition that always holds."""


def const(value: int | Fraction | str) -> Expr:
    """A number as an expression; text is read by `exact`.

    >>> const("0.1") is const(Fraction(1, 10))
    True
    """
    return _number(exact(value))


@lru_cache(maxsize=4096)
def name(text: str) -> Expr:
    """The variable of that name.

    >>> name("fees").parameters
    frozenset({'fees'})
    """
    return _node(_NAME, text)


def total(parts: Iterable[Operand]) -> Expr:
    """The sum of any number of expressions, in one pass.

    >>> str(total([name("a"), 2, name("a")]))
    '2*a + 2'
    """
    return _linear((_operand(part), 1) for part in parts)


def minimum(*parts: Operand) -> Expr:
    """The least of the expressions.

    >>> str(minimum(3, name("a"), minimum(name("a"), 5)))
    'min(3, a)'
    """
    return _extreme(_MIN, min, parts)


def maximum(*parts: Operand) -> Expr:
    """The greatest of the expressions."""
    return _extreme(_MAX, max, parts)


def _extreme(kind: int, best: Callable[[Iterable[Any]], Any], parts: Sequence[Operand]) -> Expr:
    if not parts:
        raise ExpressionError("min and max need at least one value.")
    numbers: list[Any] = []
    others: dict[Expr, None] = {}
    for part in map(_operand, parts):
        _need_number(part)
        for leaf in part.args if part.kind == kind else (part,):
            if leaf.kind == _NUMBER:
                numbers.append(leaf.head)
            else:
                others[leaf] = None
    args = list(others)
    if numbers:
        args.append(_number(best(numbers)))
    return args[0] if len(args) == 1 else _node(kind, 0, tuple(sorted(args, key=_by_order)))


def conditional(condition: Expr, then: Operand, otherwise: Operand) -> Expr:
    """`then if condition else otherwise`, for two numbers or two conditions.

    >>> x = name("x")
    >>> conditional(compare("<", x, 0), -x, x) is conditional(compare(">=", x, 0), x, -x)
    True
    """
    _need_condition(condition)
    yes, no = _operand(then), _operand(otherwise)
    if condition.kind == _TRUTH:
        return yes if condition.head else no
    if yes is no:
        return yes
    if yes.kind >= _TRUTH or no.kind >= _TRUTH:
        return either(both(condition, yes), both(negation(condition), no))
    if condition.kind in (_AT_MOST, _UNEQUAL, _NOT):
        return _node(_CONDITIONAL, 0, (negation(condition), no, yes))
    return _node(_CONDITIONAL, 0, (condition, yes, no))


_ORDERINGS: Final = {"<": _LESS, "<=": _AT_MOST, "==": _EQUAL, "!=": _UNEQUAL}
_TESTS: Final[dict[int, Callable[[Any, int], Any]]] = {
    _LESS: operator.lt,
    _AT_MOST: operator.le,
    _EQUAL: operator.eq,
    _UNEQUAL: operator.ne,
}


def compare(relation: str, left: Operand, right: Operand) -> Expr:
    """The condition `left relation right`, with one of `<`, `<=`, `>`, `>=`, `==`, `!=`.

    It is kept as a comparison of the difference with zero, scaled to a leading coefficient of one.

    >>> compare(">", name("a"), 1) is compare("<", 2, 2 * name("a"))
    True
    """
    if relation in (">", ">="):
        return compare(relation.replace(">", "<"), right, left)
    kind = _ORDERINGS[relation]
    difference = _linear(((_operand(left), 1), (_operand(right), -1)))
    if difference.kind == _NUMBER:
        return _truth(_TESTS[kind](difference.head, 0))
    if difference.kind == _SUM:
        lead = difference.weights[0]
        scale = lead if kind in (_EQUAL, _UNEQUAL) else abs(lead)
        if scale != 1:
            difference = _linear(((difference, Fraction(1) / scale),))
    return _node(kind, 0, (difference,))


def negation(condition: Expr) -> Expr:
    """The condition that holds where this one does not."""
    _need_condition(condition)
    kind, args = condition.kind, condition.args
    if kind == _TRUTH:
        return _truth(not condition.head)
    if kind in (_EQUAL, _UNEQUAL):
        return _node(_EQUAL + _UNEQUAL - kind, 0, args)
    if kind in (_LESS, _AT_MOST):
        return _node(_LESS + _AT_MOST - kind, 0, (-args[0],))
    return args[0] if kind == _NOT else _node(_NOT, 0, args=(condition,))


def both(*conditions: Expr) -> Expr:
    """The condition that holds where all of these do."""
    return _junction(_AND, conditions)


def either(*conditions: Expr) -> Expr:
    """The condition that holds where at least one of these does."""
    return _junction(_OR, conditions)


def _junction(kind: int, conditions: Iterable[Expr]) -> Expr:
    decisive = kind == _OR
    kept: dict[Expr, None] = {}
    for condition in conditions:
        _need_condition(condition)
        for part in condition.args if condition.kind == kind else (condition,):
            if part.kind != _TRUTH:
                kept[part] = None
            elif part.head is decisive:
                return part
    if not kept:
        return _truth(not decisive)
    args = sorted(kept, key=_by_order)
    return args[0] if len(args) == 1 else _node(kind, 0, tuple(args))


# --- What is done with expressions ----------------------------------------------------------------


def _postorder(roots: Iterable[Expr]) -> list[Expr]:
    """Every node below the roots once, operands first. No recursion: chains may be long."""
    done: set[Expr] = set()
    order: list[Expr] = []
    stack = list(roots)
    while stack:
        node = stack[-1]
        pending = [arg for arg in node.args if arg not in done] if node not in done else ()
        if pending:
            stack.extend(pending)
            continue
        stack.pop()
        if node not in done:
            done.add(node)
            order.append(node)
    return order


def _names_of(node: Expr) -> frozenset[str]:
    if node.kind == _NAME:
        return frozenset((node.head,))
    below = [arg._parameters or frozenset() for arg in node.args]
    largest = max(below, key=len, default=frozenset())
    # Long chains share one set instead of holding a copy for every node.
    return largest if all(names <= largest for names in below) else largest.union(*below)


class _Undefined:
    """The value of what divides by zero: harmless in a branch not taken, an error elsewhere."""

    __slots__ = ("message",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, message: str) -> None:
        self.message = message

    def _same(self, _: object) -> Any:
        return self

    __add__ = __radd__ = __mul__ = __rmul__ = _same
    __lt__ = __le__ = __eq__ = __ne__ = _same


def _defined(value: Any) -> Any:
    if type(value) is _Undefined:
        raise ExpressionError(value.message)
    return value


def _first_undefined(values: Iterable[Any]) -> _Undefined | None:
    return next((value for value in values if type(value) is _Undefined), None)


def _bind_node(
    node: Expr, bound: Mapping[Expr, Expr | _Undefined], given: Mapping[str, Expr]
) -> Expr | _Undefined:
    if node.kind == _NAME:
        return given.get(node.head, node)
    args: list[Any] = [bound[arg] for arg in node.args]
    if all(map(operator.is_, args, node.args)):
        return node
    settled = _settled(node.kind, args)
    if settled is not None:
        return settled
    try:
        return _rebuild(node, args)
    except ExpressionError as error:
        return _Undefined(f"{error.message} This is {_brief(node)} with the values given.")


def _settled(kind: int, args: Sequence[Any]) -> Expr | _Undefined | None:
    """What a condition decides although another part is undefined; else the undefined part."""
    if kind == _CONDITIONAL and (args[0] is TRUE or args[0] is FALSE):
        chosen: Expr | _Undefined = args[1] if args[0] is TRUE else args[2]
        return chosen
    decisive = FALSE if kind == _AND else TRUE
    if kind in (_AND, _OR) and any(arg is decisive for arg in args):
        return decisive
    return _first_undefined(args)


def _rebuild(node: Expr, args: Sequence[Expr]) -> Expr:
    kind = node.kind
    if kind == _SUM:
        parts = zip(args, node.weights, strict=True)
        return _linear((*parts, (ONE, node.head)))
    if kind == _PRODUCT:
        return _monomial(zip(args, node.weights, strict=True))
    if kind in (_MIN, _MAX):
        return minimum(*args) if kind == _MIN else maximum(*args)
    if kind == _CONDITIONAL:
        return conditional(*args)
    if kind in (_AND, _OR):
        return _junction(kind, args)
    if kind == _NOT:
        return negation(args[0])
    relation = next(text for text, code in _ORDERINGS.items() if code == kind)
    return compare(relation, args[0], ZERO)


def evaluate(expressions: Sequence[Expr], values: Mapping[str, int | Fraction]) -> list[Fraction]:
    """The exact values of the expressions, each shared part computed once.

    A condition counts as 1 where it holds and 0 elsewhere. Raises `ExpressionError` for a name
    without a value, and for division by zero outside a branch that is not taken.

    >>> x = name("x")
    >>> evaluate([x / 3, 1 - x], {"x": Fraction(1, 2)})
    [Fraction(1, 6), Fraction(1, 2)]
    """
    at = _values(_postorder(expressions), values)
    return [Fraction(_defined(at[expression])) for expression in expressions]


def _values(order: Iterable[Expr], values: Mapping[str, Any]) -> dict[Expr, Any]:
    at: dict[Expr, Any] = {}
    for node in order:
        kind = node.kind
        if kind == _NAME:
            at[node] = _value_of(node.head, values)
        elif kind == _SUM:
            at[node] = _sum_value(node, at)
        elif kind == _PRODUCT:
            at[node] = _product_value(node, at)
        elif kind in (_NUMBER, _TRUTH):
            at[node] = node.head
        elif kind in _TESTS:
            at[node] = _TESTS[kind](at[node.args[0]], 0)
        else:
            at[node] = _choice_value(kind, [at[arg] for arg in node.args])
    return at


def _value_of(text: str, values: Mapping[str, Any]) -> Any:
    try:
        value = values[text]
    except KeyError:
        known = ", ".join(sorted(values)) or "none"
        raise ExpressionError(f"'{text}' has no value. Values are given for: {known}.") from None
    if type(value) is Fraction and value.denominator == 1:
        return value.numerator  # whole numbers are several times faster as int
    return Fraction(value) if isinstance(value, float) else value


def _sum_value(node: Expr, at: Mapping[Expr, Any]) -> Any:
    result = node.head
    for arg, weight in zip(node.args, node.weights, strict=True):
        result = result + (at[arg] if weight == 1 else at[arg] * weight)
    return result


def _product_value(node: Expr, at: Mapping[Expr, Any]) -> Any:
    result: Any = 1
    for arg, power in zip(node.args, node.weights, strict=True):
        result = result * (at[arg] if power == 1 else _power(at[arg], power, arg, node))
    return result


def _power(base: Any, power: int, factor: Expr, node: Expr) -> Any:
    if type(base) is _Undefined:
        return base
    if power < 0 and not base:
        return _Undefined(f"Division by zero: {_brief(factor)} is 0 in {_brief(node)}.")
    if _bits(base) * abs(power) > _MAX_VALUE_BITS:
        return _Undefined(f"The value of {_brief(node)} has too many digits. Use smaller powers.")
    return base**power if power > 0 else Fraction(base) ** power


def _choice_value(kind: int, args: Sequence[Any]) -> Any:
    if kind == _CONDITIONAL and type(args[0]) is not _Undefined:
        return args[1] if args[0] else args[2]
    if kind in (_AND, _OR):
        decisive = kind == _OR
        if any(arg is decisive for arg in args):
            return decisive
    undefined = _first_undefined(args)
    if undefined is not None:
        return undefined
    if kind == _NOT:
        return not args[0]
    if kind in (_AND, _OR):
        return kind == _AND
    return min(args) if kind == _MIN else max(args)


def gradient(expression: Expr, values: Mapping[str, int | Fraction | float]) -> dict[str, float]:
    """The derivatives with respect to every name in the expression, at the given values.

    Branches (conditionals, min, max) are decided exactly and only the active one counts; of equal
    candidates, the first in canonical order. Reverse accumulation (Linnainmaa 1970).

    >>> gradient(name("x") ** 2 * name("y"), {"x": 3, "y": 2}) == {"x": 12.0, "y": 9.0}
    True
    """
    _need_number(expression)
    order = _postorder([expression])
    at = _values(order, values)
    _defined(at[expression])
    slopes = {expression: 1.0}
    result = dict.fromkeys(sorted(expression.parameters), 0.0)
    for node in reversed(order):
        slope = slopes.get(node, 0.0)
        if not slope:
            continue
        if node.kind == _NAME:
            result[node.head] = slope
        for arg, partial in _partials(node, at):
            slopes[arg] = slopes.get(arg, 0.0) + slope * partial
    return result


def _partials(node: Expr, at: Mapping[Expr, Any]) -> Iterable[tuple[Expr, float]]:
    if node.kind == _SUM:
        return [(arg, _float(w)) for arg, w in zip(node.args, node.weights, strict=True)]
    if node.kind == _PRODUCT:
        return _product_partials(node, [_float(at[arg]) for arg in node.args])
    if node.kind in (_MIN, _MAX):
        return [(next(arg for arg in node.args if at[arg] == at[node]), 1.0)]
    if node.kind == _CONDITIONAL:
        return [(node.args[1] if at[node.args[0]] else node.args[2], 1.0)]
    return ()


def _product_partials(node: Expr, values: Sequence[float]) -> Iterable[tuple[Expr, float]]:
    for place, (arg, power) in enumerate(zip(node.args, node.weights, strict=True)):
        partial = power * _float_power(values[place], power - 1)
        for other, value in enumerate(values):
            if other != place:
                partial *= _float_power(value, node.weights[other])
        yield arg, partial


def _float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def _float_power(base: float, power: int) -> float:
    try:
        return float(base**power)
    except OverflowError:
        return -inf if base < 0 and power % 2 else inf
    except ZeroDivisionError:  # a value that is not zero, but too small for a float
        return inf


# Levels of binding, loosest first, for printing.
_LOOSE, _IN_OR, _IN_AND, _IN_TEST, _IN_SUM, _IN_PRODUCT, _TIGHT = range(7)
Spelling: TypeAlias = tuple[str, int]


def _print(expression: Expr, limit: int | None = None) -> str:
    """The text of an expression; every part is cut to `limit`, as shared parts multiply."""
    spelled: dict[Expr, Spelling] = {}
    for node in _postorder([expression]):
        text, level = _spell(node, spelled)
        if limit is not None and len(text) > limit:
            text = f"{text[: limit - 1]}…"
        spelled[node] = text, level
    return spelled[expression][0]


def _brief(expression: Expr) -> str:
    return f"'{_print(expression, 80)}'"


def _spell(node: Expr, spelled: Mapping[Expr, Spelling]) -> Spelling:
    kind = node.kind
    texts = [spelled[arg] for arg in node.args]
    if kind in (_NUMBER, _NAME, _TRUTH):
        return _spell_leaf(node)
    if kind == _SUM:
        return _spell_sum(node.head, list(zip(texts, node.weights, strict=True)))
    if kind == _PRODUCT:
        return _spell_product(sorted(zip(texts, node.weights, strict=True)))
    if kind in (_MIN, _MAX):
        inside = ", ".join(sorted(text for text, _ in texts))
        return f"{'min' if kind == _MIN else 'max'}({inside})", _TIGHT
    if kind == _CONDITIONAL:
        condition, yes, no = texts
        return f"{_wrap(yes, _IN_OR)} if {condition[0]} else {no[0]}", _LOOSE
    if kind in (_AND, _OR):
        level = _IN_AND if kind == _AND else _IN_OR
        joint = " and " if kind == _AND else " or "
        return joint.join(sorted(_wrap(text, level + 1) for text in texts)), level
    if kind == _NOT:
        return f"not ({texts[0][0]})", _IN_AND
    return _spell_test(node, spelled)


def _wrap(spelling: Spelling, level: int) -> str:
    return spelling[0] if spelling[1] >= level else f"({spelling[0]})"


def _spell_leaf(node: Expr) -> Spelling:
    if node.kind == _TRUTH:
        return ("true" if node.head else "false"), _TIGHT
    if node.kind == _NAME:
        return node.head, _TIGHT
    if node.head < 0:
        return str(node.head), _IN_SUM
    return str(node.head), _TIGHT if isinstance(node.head, int) else _IN_PRODUCT


def _spell_sum(constant: Any, parts: Sequence[tuple[Spelling, Any]]) -> Spelling:
    ordered = sorted(parts, key=lambda part: (part[1] < 0, part[0]))
    terms = [(weight < 0, _spell_term(text, abs(weight))) for text, weight in ordered]
    if constant:
        # A constant closes the sum, unless it alone spares a leading minus.
        first = constant > 0 and terms[0][0]
        terms.insert(0 if first else len(terms), (constant < 0, str(abs(constant))))
    signs = "".join(f" {'-' if minus else '+'} {text}" for minus, text in terms)
    alone = len(terms) == 1 and not terms[0][0]
    return f"-{signs[3:]}" if terms[0][0] else signs[3:], _IN_PRODUCT if alone else _IN_SUM


def _spell_term(term: Spelling, weight: Any) -> str:
    text = _wrap(term, _IN_PRODUCT)
    if weight == 1:
        return text
    return f"{weight}{text[1:]}" if text.startswith("1/") else f"{weight}*{text}"


def _spell_product(parts: Sequence[tuple[Spelling, int]]) -> Spelling:
    above = [_spell_power(text, power) for text, power in parts if power > 0]
    below = [_spell_power(text, -power) for text, power in parts if power < 0]
    return "/".join(["*".join(above) or "1", *below]), _IN_PRODUCT


def _spell_power(base: Spelling, power: int) -> str:
    text = _wrap(base, _TIGHT)
    return text if power == 1 else f"{text}**{power}"


def _spell_test(node: Expr, spelled: Mapping[Expr, Spelling]) -> Spelling:
    relation = next(text for text, code in _ORDERINGS.items() if code == node.kind)
    difference = node.args[0]
    left, right = _sides(difference, spelled)
    signs = {weight > 0 for weight in difference.weights} if difference.kind == _SUM else {True}
    # 'x > 2' reads better than '2 < x', and 'a >= b' than 'b <= a'.
    if signs == {False} or (len(signs) == 2 and right < left):
        left, right, relation = right, left, relation.replace("<", ">")
    return f"{left} {relation} {right}", _IN_TEST


def _sides(difference: Expr, spelled: Mapping[Expr, Spelling]) -> tuple[str, str]:
    """A difference as two sums that are subtracted, without a minus in either where possible."""
    if difference.kind != _SUM:
        return _wrap(spelled[difference], _IN_SUM), "0"
    sides: tuple[list[tuple[Spelling, Any]], list[tuple[Spelling, Any]]] = ([], [])
    for arg, weight in zip(difference.args, difference.weights, strict=True):
        sides[weight < 0].append((spelled[arg], abs(weight)))
    head = difference.head
    constants = (max(head, 0), max(-head, 0))
    left, right = (
        _spell_sum(constant, parts)[0] if parts else str(constant)
        for constant, parts in zip(constants, sides, strict=True)
    )
    return left, right


# --- Numbers from text ----------------------------------------------------------------------------

_DECIMAL = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([+-]?)([0-9]+))?")


def exact(value: object) -> Fraction:
    """The number that the text spells, exactly; a float counts as what it prints.

    Raises `ExpressionError` for anything but a decimal number or a ratio of two, and for powers
    of ten beyond 4000 either way.

    >>> exact("0.1"), exact("3/7"), exact("-2e-3"), exact(0.1)
    (Fraction(1, 10), Fraction(3, 7), Fraction(-1, 500), Fraction(1, 10))
    """
    if isinstance(value, Fraction):
        return Fraction(_slim(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(_slim(int(value)))
    # float.__repr__, because subclasses (of numpy, of YAML readers) print themselves otherwise.
    text = float.__repr__(value) if isinstance(value, float) else str(value)
    if len(text) > 3 * MAX_DECIMAL_EXPONENT:
        _refuse_size()
    parts = [_decimal(part.strip(), text) for part in text.split("/")]
    if len(parts) > 2:
        raise _not_a_number(text)
    if len(parts) == 2 and not parts[1]:
        raise ExpressionError(f"{text!r} divides by zero.")
    return Fraction(_slim(parts[0] / parts[1] if len(parts) == 2 else parts[0]))


def _not_a_number(text: str) -> ExpressionError:
    shown = text if len(text) <= 40 else f"{text[:39]}…"
    return ExpressionError(
        f"{shown!r} is not a number. Write a decimal such as 0.25 or 1e-3, or a ratio such as 3/7."
    )


def _decimal(part: str, text: str) -> Fraction:
    match = _DECIMAL.fullmatch(part)
    if match is None:
        raise _not_a_number(text)
    sign, digits, exponent_sign, exponent = match.groups()
    exponent = (exponent or "").lstrip("0") or "0"
    if len(exponent) > 5 or int(exponent) > MAX_DECIMAL_EXPONENT:
        raise ExpressionError(
            f"The power of ten in {text[:40]!r} is out of bounds. "
            f"It may go from -{MAX_DECIMAL_EXPONENT} to {MAX_DECIMAL_EXPONENT}."
        )
    whole, _, after = digits.partition(".")
    if len(whole) + len(after) > MAX_DECIMAL_EXPONENT:
        _refuse_size()
    shift = int(f"{exponent_sign or ''}{exponent}") - len(after)
    number = int(f"{sign}{whole}{after}")
    return Fraction(number * 10**shift) if shift >= 0 else Fraction(number, 10**-shift)


# --- Reading text ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scope:
    """What an expression may refer to.

    `names`: parameters and their units, `None` where the unit is not known and fits any.
    `choices`: variables that take one of some named options, in order (a term and its levels).
    """

    names: Mapping[str, Unit | None] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def parse(
    text: str | int | float | Fraction,
    scope: Scope,
    place: Place | None = None,
    expect: Unit | None = None,
    boolean: bool = False,
) -> Expr:
    """Read an expression: a number, or a condition where `boolean` is set.

    The grammar knows numbers, names, `+ - * / **`, parentheses, `min` and `max`, comparisons,
    `in (a, b)`, `and`, `or`, `not`, and `a if condition else b`. A choice is only compared with
    its options; it then counts as the position of its option, from 0. Raises `ExpressionError`
    with the position in the text, for units that do not match as well; `expect` is the unit that
    the whole must have.

    >>> scope = Scope({"fees": Unit.parse("M$/year")}, {"relief": ("none", "partial", "full")})
    >>> str(parse("2*fees if relief >= partial else fees", scope))
    'fees if relief < 1 else 2*fees'
    >>> parse("fees + * 2", scope)
    Traceback (most recent call last):
    detente.errors.ExpressionError: in 'fees + * 2' at character 8: found '*' where a value is \
needed.
    """
    source = _Source(text if isinstance(text, str) else str(text).lower(), place)
    if not isinstance(text, str | bool):
        found = _Typed(source.guard(0, lambda: _number(exact(text))), None, True)
    else:
        found = _read(source, scope)
    if found.expr.is_condition != boolean:
        raise source.wrong_sort(0, source.text.strip(), found.expr.is_condition)
    if expect is not None and found.unit is not None and found.unit != expect:
        raise source.error(
            0,
            f"this is in {found.unit}, but {expect} is expected. "
            f"Multiply it by a parameter in {expect / found.unit}, or correct the unit.",
        )
    return found.expr


def unit_of(text: str, scope: Scope, place: Place | None = None) -> Unit | None:
    """The unit in which a text comes out, `None` where it fits any; raises what `parse` raises.

    >>> str(unit_of("3*fees", Scope({"fees": Unit.parse("M$/year")})))
    'M$/year'
    """
    return _read(_Source(text, place), scope).unit


class _Source:
    """A text, where it comes from, and errors that point into it."""

    def __init__(self, text: str, place: Place | None) -> None:
        self.text = text
        self.place = place

    def error(self, position: int, message: str) -> ExpressionError:
        start = max(0, position - 40) if len(self.text) > 80 else 0
        shown = self.text[start : start + 80]
        cut = f"{'…' if start else ''}{shown}{'…' if start + 80 < len(self.text) else ''}"
        return ExpressionError(f"in {cut!r} at character {position + 1}: {message}", self.place)

    def guard(self, position: int, make: Callable[[], Expr]) -> Expr:
        try:
            return make()
        except ExpressionError as error:
            raise self.error(position, error.message) from None

    def wrong_sort(self, position: int, quoted: str, is_condition: bool) -> ExpressionError:
        shown = quoted if len(quoted) <= 80 else f"{quoted[:79]}…"
        if is_condition:
            found = "is a condition where a number is needed. Write 'a if condition else b'."
        else:
            found = "is a number where a condition is needed. Compare it, as in x > 0."
        return self.error(position, f"{shown!r} {found}")


def _read(source: _Source, scope: Scope) -> _Typed:
    if len(source.text) > MAX_LENGTH:
        raise source.error(0, f"the text is longer than {MAX_LENGTH} characters. Split it up.")
    try:
        return _Compiler(source, scope).visit(_Parser(source).whole())
    except RecursionError:  # the caller's own stack was already deep
        raise source.error(0, _TOO_DEEP) from None


_TOO_DEEP: Final = f"nested more than {MAX_DEPTH} deep. Name the parts as parameters of their own."


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class _Node(NamedTuple):
    """A piece of the text as written; `signs` stand before (sums, products) or between `parts`."""

    kind: str
    start: int
    end: int
    text: str = ""
    parts: tuple[_Node, ...] = ()
    signs: tuple[str, ...] = ()


_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<quoted>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>\*\*|==|!=|<=|>=|[-+*/()<>,])"
)
_WORDS: Final = frozenset({"and", "or", "not", "in", "if", "else", "true", "false", "min", "max"})
_HINTS: Final = {
    "^": "Write ** for powers.",
    "=": "Write == to compare.",
    "&": "Write 'and'.",
    "|": "Write 'or'.",
    "!": "Write 'not', or != to compare.",
    "%": "Write 5/100 for five per cent.",
    ".": "Names have no dots, and numbers are written 0.5.",
    "×": "Write *.",
    "·": "Write *.",
    "÷": "Write /.",
    "−": "Write - for minus.",
    "–": "Write - for minus.",
    "≤": "Write <=.",
    "≥": "Write >=.",
    "≠": "Write !=.",
    "'": "The quotation mark is not closed.",
    '"': "The quotation mark is not closed.",
}


def _tokens(source: _Source) -> list[_Token]:
    found: list[_Token] = []
    position, text = 0, source.text
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            hint = _HINTS.get(text[position], "Expressions use names, numbers and + - * / ** ( ).")
            raise source.error(position, f"found {text[position]!r}. {hint}")
        kind, start, position = str(match.lastgroup), match.start(), match.end()
        if kind == "number" and text[position : position + 1].isidentifier():
            raise source.error(
                position, f"the number {match.group()} runs into a name. Write 2*x to multiply."
            )
        word = match.group()
        if kind != "space":
            found.append(_Token("sign" if word in _WORDS else kind, word, start, position))
    found.append(_Token("end", "", len(text), len(text)))
    return found


_BIND_IF, _BIND_OR, _BIND_AND, _BIND_NOT, _BIND_TEST = 1, 2, 3, 4, 5
_BIND_SUM, _BIND_PRODUCT, _BIND_SIGN, _BIND_POWER = 6, 7, 8, 9
_RELATIONS: Final = ("==", "!=", "<", "<=", ">", ">=")
_BINDING: Final = {
    "if": _BIND_IF,
    "or": _BIND_OR,
    "and": _BIND_AND,
    **dict.fromkeys((*_RELATIONS, "in", "not"), _BIND_TEST),
    **dict.fromkeys("+-", _BIND_SUM),
    **dict.fromkeys("*/", _BIND_PRODUCT),
    "**": _BIND_POWER,
}
_CHAINS: Final = {
    _BIND_OR: ("or", ("or",)),
    _BIND_AND: ("and", ("and",)),
    _BIND_SUM: ("sum", ("+", "-")),
    _BIND_PRODUCT: ("product", ("*", "/")),
}


class _Parser:
    """Operator precedence as Pratt (1973) reads it; long chains stay flat."""

    def __init__(self, source: _Source) -> None:
        self.source = source
        self.tokens = _tokens(source)
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def sign(self) -> str:
        return self.token.text if self.token.kind == "sign" else ""

    def take(self) -> _Token:
        token = self.token
        self.position += 1
        return token

    def need(self, text: str, why: str) -> _Token:
        if self.sign() != text:
            raise self.unexpected(f"where '{text}' is needed {why}")
        return self.take()

    def unexpected(self, where: str) -> ExpressionError:
        token = self.token
        found = "the text ends" if token.kind == "end" else f"found {token.text!r}"
        return self.source.error(token.start, f"{found} {where}.")

    def whole(self) -> _Node:
        if self.token.kind == "end":
            raise self.source.error(0, "the text is empty. Write a number or an expression.")
        node = self.expression(0)
        if self.token.kind != "end":
            raise self.unexpected("after a complete expression. An operator such as * is missing")
        return node

    def expression(self, floor: int) -> _Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.source.error(self.token.start, _TOO_DEEP)
        node = self.prefix()
        while (binding := _BINDING.get(self.sign(), 0)) >= max(floor, 1):
            if binding in _CHAINS:
                node = self.chain(node, binding)
            elif binding == _BIND_TEST:
                node = self.comparison(node)
            else:
                node = self.power(node) if binding == _BIND_POWER else self.choice(node)
        self.depth -= 1
        return node

    def prefix(self) -> _Node:
        token, sign = self.token, self.sign()
        if token.kind in ("number", "name", "quoted"):
            self.take()
            if self.sign() == "(":
                raise self.source.error(token.start, f"{token.text!r} is not a function. {_CALLS}")
            text = token.text[1:-1] if token.kind == "quoted" else token.text
            return _Node(token.kind, token.start, token.end, text)
        if sign in ("true", "false"):
            self.take()
            return _Node("truth", token.start, token.end, sign)
        if sign in ("+", "-", "not"):
            self.take()
            inner = self.expression(_BIND_NOT if sign == "not" else _BIND_SIGN)
            kind = "not" if sign == "not" else "signed"
            return _Node(kind, token.start, inner.end, sign, (inner,))
        if sign in ("min", "max", "("):
            return self.bracket(token, sign)
        raise self.unexpected("where a value is needed")

    def bracket(self, token: _Token, sign: str) -> _Node:
        self.take()
        if sign == "(":
            inner = self.expression(0)
            close = self.need(")", "to close the parenthesis")
            # A quoted or named option stays one in parentheses; its extent includes them.
            return inner._replace(start=token.start, end=close.end)
        self.need("(", f"after '{sign}'")
        parts, end = self.listed()
        return _Node("extreme", token.start, end, sign, parts)

    def listed(self) -> tuple[tuple[_Node, ...], int]:
        """Expressions between commas, up to the closing parenthesis."""
        parts = [self.expression(0)]
        while self.sign() == ",":
            self.take()
            if self.sign() == ")":
                break
            parts.append(self.expression(0))
        return tuple(parts), self.need(")", "to close the list").end

    def chain(self, first: _Node, binding: int) -> _Node:
        kind, signs = _CHAINS[binding]
        parts, between = [first], [signs[0]]
        while self.sign() in signs:
            between.append(self.take().text)
            parts.append(self.expression(binding + 1))
        return _Node(kind, first.start, parts[-1].end, "", tuple(parts), tuple(between))

    def comparison(self, first: _Node) -> _Node:
        if self.sign() in ("in", "not"):
            return self.membership(first)
        parts, relations = [first], []
        while self.sign() in _RELATIONS:
            relations.append(self.take().text)
            parts.append(self.expression(_BIND_TEST + 1))
        return _Node("test", first.start, parts[-1].end, "", tuple(parts), tuple(relations))

    def membership(self, first: _Node) -> _Node:
        word = self.take().text
        if word == "not":
            self.need("in", "after 'not'")
        self.need("(", "after 'in', as in x in (a, b)")
        parts, end = self.listed()
        kind = "in" if word == "in" else "not in"
        return _Node("member", first.start, end, kind, (first, *parts))

    def power(self, base: _Node) -> _Node:
        self.take()
        exponent = self.expression(_BIND_SIGN)
        return _Node("power", base.start, exponent.end, "", (base, exponent))

    def choice(self, then: _Node) -> _Node:
        self.take()
        condition = self.expression(_BIND_OR)
        self.need("else", "after 'if', as in a if condition else b")
        otherwise = self.expression(_BIND_IF)
        return _Node("choice", then.start, otherwise.end, "", (condition, then, otherwise))


_CALLS: Final = "The functions are min and max; write 2*(x) to multiply."


class _Typed(NamedTuple):
    """An expression with its unit; `None` fits any, and a literal is a pure number in products."""

    expr: Expr
    unit: Unit | None = None
    literal: bool = False


class _Compiler:
    """From the text as written to the canonical form, checking names, sorts and units."""

    def __init__(self, source: _Source, scope: Scope) -> None:
        self.source = source
        self.scope = scope

    def visit(self, node: _Node) -> _Typed:
        result: _Typed = getattr(self, f"visit_{node.kind}")(node)
        return result

    def quote(self, *nodes: _Node) -> str:
        text = self.source.text[nodes[0].start : nodes[-1].end]
        return f"'{text if len(text) <= 80 else f'{text[:79]}…'}'"

    def number(self, node: _Node) -> _Typed:
        found = self.visit(node)
        if found.expr.is_condition:
            raise self.source.wrong_sort(node.start, self.quote(node)[1:-1], True)
        return found

    def condition(self, node: _Node) -> Expr:
        found = self.visit(node)
        if not found.expr.is_condition:
            raise self.source.wrong_sort(node.start, self.quote(node)[1:-1], False)
        return found.expr

    def visit_number(self, node: _Node) -> _Typed:
        return _Typed(self.source.guard(node.start, lambda: const(node.text)), None, True)

    def visit_truth(self, node: _Node) -> _Typed:
        return _Typed(_truth(node.text == "true"))

    def visit_name(self, node: _Node) -> _Typed:
        if node.text in self.scope.choices:
            raise self.bare_choice(node)
        if node.text not in self.scope.names:
            raise self.unknown(node)
        return _Typed(name(node.text), self.scope.names[node.text])

    def visit_quoted(self, node: _Node) -> _Typed:
        if node.text in self.scope.choices:
            raise self.bare_choice(node)
        raise self.source.error(
            node.start, f"{self.quote(node)} is quoted. Quotes are for options that are compared."
        )

    def bare_choice(self, node: _Node) -> ExpressionError:
        options = self.scope.choices[node.text]
        example = options[0] if options and options[0].isidentifier() else "'option'"
        return self.source.error(
            node.start,
            f"'{node.text}' is a choice, not a number. Compare it with one of its options, as in "
            f"{node.text} == {example}. Its options: {_listing(options)}.",
        )

    def unknown(self, node: _Node) -> ExpressionError:
        owners = [key for key, options in self.scope.choices.items() if node.text in options]
        if owners:
            hint = f"It is an option of '{owners[0]}': write {owners[0]} == {node.text}."
        else:
            known = [*self.scope.names, *self.scope.choices]
            hint = f"{_resembling(node.text, known)}Known names: {_listing(known)}."
        return self.source.error(node.start, f"unknown name '{node.text}'. {hint}")

    def visit_signed(self, node: _Node) -> _Typed:
        inner = self.number(node.parts[0])
        return inner if node.text == "+" else inner._replace(expr=-inner.expr)

    def visit_sum(self, node: _Node) -> _Typed:
        parts = [self.number(part) for part in node.parts]
        unit = self.common_unit(node.parts, parts, node.signs)
        weights = [1 if sign == "+" else -1 for sign in node.signs]
        pairs = [(part.expr, weight) for part, weight in zip(parts, weights, strict=True)]
        expr = self.source.guard(node.start, lambda: _linear(pairs))
        return _Typed(expr, unit, all(part.literal for part in parts))

    def visit_product(self, node: _Node) -> _Typed:
        parts = [self.number(part) for part in node.parts]
        powers = [1 if sign == "*" else -1 for sign in node.signs]
        for written, part, power in zip(node.parts, parts, powers, strict=True):
            if power < 0 and part.expr is ZERO:
                raise self.source.error(
                    written.start, f"{self.quote(written)} is zero, and nothing is divided by zero."
                )
        pairs = [(part.expr, power) for part, power in zip(parts, powers, strict=True)]
        expr = self.source.guard(node.start, lambda: _monomial(pairs))
        unit = _product_unit(parts, powers)
        return _Typed(expr, unit, all(part.literal for part in parts))

    def visit_power(self, node: _Node) -> _Typed:
        base, exponent = (self.number(part) for part in node.parts)
        number = exponent.expr.head if exponent.expr.kind == _NUMBER else None
        if not isinstance(number, int):
            raise self.source.error(
                node.parts[1].start,
                f"the power {self.quote(node.parts[1])} is not a whole number. "
                "Powers are constants such as 2 or -1.",
            )
        expr = self.source.guard(node.start, lambda: base.expr**number)
        return _Typed(expr, None if base.unit is None else base.unit**number, base.literal)

    def visit_extreme(self, node: _Node) -> _Typed:
        parts = [self.number(part) for part in node.parts]
        unit = self.common_unit(node.parts, parts, (",",) * len(parts))
        combine = minimum if node.text == "min" else maximum
        return _Typed(combine(*(part.expr for part in parts)), unit, all(p.literal for p in parts))

    def visit_choice(self, node: _Node) -> _Typed:
        condition = self.condition(node.parts[0])
        written = node.parts[1:]
        yes, no = (self.visit(part) for part in written)
        if yes.expr.is_condition != no.expr.is_condition:
            wrong = written[1] if no.expr.is_condition else written[0]
            raise self.source.wrong_sort(wrong.start, self.quote(wrong)[1:-1], True)
        unit = self.common_unit(written, (yes, no), ("else", "else"))
        expr = self.source.guard(node.start, lambda: conditional(condition, yes.expr, no.expr))
        return _Typed(expr, unit, yes.literal and no.literal)

    def visit_and(self, node: _Node) -> _Typed:
        return _Typed(both(*[self.condition(part) for part in node.parts]))

    def visit_or(self, node: _Node) -> _Typed:
        return _Typed(either(*[self.condition(part) for part in node.parts]))

    def visit_not(self, node: _Node) -> _Typed:
        return _Typed(negation(self.condition(node.parts[0])))

    def visit_test(self, node: _Node) -> _Typed:
        steps = zip(node.parts, node.signs, node.parts[1:], strict=False)
        return _Typed(both(*[self.comparison(*step) for step in steps]))

    def comparison(self, left: _Node, relation: str, right: _Node) -> Expr:
        for chosen, option, flipped in ((left, right, False), (right, left, True)):
            rank = self.option_rank(chosen, option)
            if rank is not None:
                sides = (rank, name(chosen.text)) if flipped else (name(chosen.text), rank)
                return compare(relation, *sides)
        for chosen, option in ((left, right), (right, left)):
            if self.options_of(chosen) is not None:
                raise self.no_option(chosen, option)
        parts = [self.number(left), self.number(right)]
        self.common_unit((left, right), parts, (relation, relation))
        return self.source.guard(left.start, lambda: compare(relation, *(p.expr for p in parts)))

    def options_of(self, node: _Node) -> tuple[str, ...] | None:
        return self.scope.choices.get(node.text) if node.kind in ("name", "quoted") else None

    def option_rank(self, chosen: _Node, option: _Node) -> int | None:
        options = self.options_of(chosen)
        if options is None or option.kind not in ("name", "quoted", "number", "truth"):
            return None
        return options.index(option.text) if option.text in options else None

    def no_option(self, chosen: _Node, option: _Node) -> ExpressionError:
        options = self.scope.choices[chosen.text]
        written = self.quote(option)[1:-1]
        if written in options:
            hint = f"Put it in quotes: '{written}'. "
        else:
            hint = _resembling(option.text or written, options)
        return self.source.error(
            option.start,
            f"{written!r} is not an option of '{chosen.text}'. {hint}"
            f"Its options: {_listing(options)}.",
        )

    def visit_member(self, node: _Node) -> _Typed:
        chosen, *options = node.parts
        if self.options_of(chosen) is None:
            raise self.source.error(
                chosen.start,
                f"{self.quote(chosen)} is not a choice, and 'in' is for choices. "
                f"Known choices: {_listing(self.scope.choices)}.",
            )
        tests = []
        for option in options:
            rank = self.option_rank(chosen, option)
            if rank is None:
                raise self.no_option(chosen, option)
            tests.append(compare("==", name(chosen.text), rank))
        found = either(*tests)
        return _Typed(found if node.text == "in" else negation(found))

    def common_unit(
        self, written: Sequence[_Node], parts: Sequence[_Typed], signs: Sequence[str]
    ) -> Unit | None:
        """The unit that all parts share; `signs[i]` says what joins part i to those before."""
        first: tuple[_Node, Unit] | None = None
        for node, part, sign in zip(written, parts, signs, strict=True):
            if part.unit is None:
                continue
            if first is None:
                first = node, part.unit
            elif part.unit != first[1]:
                raise self.mismatch(first, (node, part.unit), sign)
        return first[1] if first else None

    def mismatch(
        self, first: tuple[_Node, Unit], second: tuple[_Node, Unit], sign: str
    ) -> ExpressionError:
        (left, one), (right, other) = first, second
        does = _MIXES.get(sign, "compares {0} with {1}").format(one, other)
        factor, target = other / one, left
        if sum(power for _, power in factor.factors) < 0:
            factor, target = one / other, right
        return self.source.error(
            left.start,
            f"{self.quote(left, right)} {does}: {one} is not {other}. "
            f"Multiply {self.quote(target)} by a parameter in {factor}, or correct the unit.",
        )


_MIXES: Final = {
    "+": "adds {0} to {1}",
    "-": "subtracts {1} from {0}",
    ",": "takes the least or greatest of {0} and {1}",
    "else": "is in {0} on one branch and in {1} on the other",
}


def _product_unit(parts: Sequence[_Typed], powers: Sequence[int]) -> Unit | None:
    if all(part.literal for part in parts):
        return None
    result = Unit()
    for part, power in zip(parts, powers, strict=True):
        if part.unit is not None:
            result = result * part.unit if power > 0 else result / part.unit
        elif not part.literal:
            return None
    return result


def _resembling(text: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(text, list(known), n=3)
    return f"Did you mean {' or '.join(map(repr, close))}? " if close else ""


def _listing(known: Iterable[str]) -> str:
    names = list(known)
    more = f", and {len(names) - 20} more" if len(names) > 20 else ""
    return (", ".join(names[:20]) + more) if names else "none"
