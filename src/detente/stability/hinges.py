"""What a gain hangs on: the parameters whose range holds a value at which it changes sign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from detente.game.expressions import ZERO, Expr, evaluate, total
from detente.game.formulas import Formulas
from detente.game.tree import CHANCE
from detente.stability.continuation import Continuation

Turn = tuple[Fraction, Fraction]
"""Where something changes: between two values, which are equal where the place is exact."""

HALVINGS = 12
"""How often an interval is halved where the place is not exact."""


@dataclass(frozen=True)
class Hinge:
    """A parameter that a gain depends on, all other parameters and all other choices held fixed.

    `flips` : whether the gain's sign at an end of the range differs from its sign now
    `turns` : where between now and such an end it changes sign: the exact value twice where the
        gain is affine in the parameter, else the ends of an interval that holds the place
    """

    parameter: str
    value: Fraction
    low: Fraction
    high: Fraction
    gain_at_low: Fraction
    gain_at_high: Fraction
    flips: bool
    turns: tuple[Turn, ...] = ()


def value_formula(
    continuation: Continuation, node: int, player: int, forced: Mapping[int, int] | None = None
) -> Expr:
    """A player's value from a node on as an expression, along the continuation's fixed choices.

    `forced` : decision node → the child it goes to instead
    """
    game = continuation.game
    formulas = game.formulas
    assert formulas is not None
    forced = forced or {}
    worth: dict[int, Expr] = {}
    for v in sorted(_reached(continuation, node, forced), reverse=True):
        expression = _after(continuation, formulas, v, worth, forced)
        outcome = int(game.outcome[v])
        if outcome >= 0:
            expression = expression + formulas.payoffs[outcome][player]
        if game.discounts is not None and game.discounts.row[v]:
            expression = expression * formulas.discounts[int(game.discounts.row[v])][player]
        worth[v] = expression
    return worth[node]


def _reached(continuation: Continuation, node: int, forced: Mapping[int, int]) -> set[int]:
    seen = {node}
    stack = [node]
    while stack:
        v = stack.pop()
        onwards = [forced[v]] if v in forced else continuation.onwards(v)
        fresh = [child for child in onwards if child not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return seen


def _after(
    continuation: Continuation,
    formulas: Formulas,
    node: int,
    worth: Mapping[int, Expr],
    forced: Mapping[int, int],
) -> Expr:
    if node in forced:
        return worth[forced[node]]
    mover = continuation.mover[node]
    if mover >= 0:
        return worth[continuation.chosen(node)]
    if mover != CHANCE:
        return ZERO
    sets = continuation.game.infosets
    first = int(sets.action_start[int(continuation.game.infoset[node])]) - sets.num_player_actions
    children = continuation.children(node)
    likely = formulas.probabilities[first : first + len(children)]
    return total(p * worth[child] for p, child in zip(likely, children, strict=True))


def hinges(gain: Expr, formulas: Formulas) -> tuple[Hinge, ...]:
    """The parameters with a range that the gain depends on; those that flip its sign come first.

    The gain is evaluated exactly at both ends of each range, the others at their values.
    """
    values = formulas.values()
    now = evaluate([gain], values)[0]
    found = []
    for name in sorted(gain.parameters):
        parameter = formulas.parameters[name]
        if parameter.low is None or parameter.high is None:
            continue

        def at(x: Fraction, name: str = name) -> Fraction:
            return evaluate([gain], {**values, name: x})[0]

        at_low, at_high = at(parameter.low), at(parameter.high)
        if at_low == at_high == now:
            continue
        turns = [
            turn(at, parameter.value, end)
            for end, there in ((parameter.low, at_low), (parameter.high, at_high))
            if (there > 0) != (now > 0)
        ]
        found.append(
            Hinge(
                name, parameter.value, parameter.low, parameter.high, at_low, at_high,
                bool(turns), tuple(turns),
            )
        )  # fmt: skip
    found.sort(key=lambda h: (not h.flips, -abs(h.gain_at_high - h.gain_at_low)))
    return tuple(found)


def turn(gain: Callable[[Fraction], Fraction], here: Fraction, end: Fraction) -> Turn:
    """Where a gain changes sign between here and an end of the range."""
    now, there, half = gain(here), gain(end), gain((here + end) / 2)
    if now + there == 2 * half:
        crossing = here + (end - here) * now / (now - there)
        # Three points on a line may still belong to a bent curve; a zero is a zero.
        if gain(crossing) == 0:
            return crossing, crossing
    return narrowed(lambda x: gain(x) > 0, here, end)


def narrowed(holds: Callable[[Fraction], bool], here: Fraction, end: Fraction) -> Turn:
    """An interval in which an answer changes that differs between here and the end."""
    before = holds(here)
    for _ in range(HALVINGS):
        middle = (here + end) / 2
        here, end = (middle, end) if holds(middle) == before else (here, middle)
    return min(here, end), max(here, end)
