"""What is found about a claimed equilibrium, and the words it is told in."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import inf, isfinite, nextafter
from typing import Literal

from detente.game.beliefs import Beliefs

CONCEPTS = ("spe", "nash", "sequential")

Verdict = Literal["proved", "refuted", "undecided"]
Arithmetic = Literal["exact", "float"]


@dataclass(frozen=True)
class Certificate:
    """What was found about a claimed equilibrium.

    `max_regret` : the most that any player gains by deviating: in one move, at the node where it
        is made (`spe` under perfect information), by another plan for a subgame up to the smaller
        subgames that it holds, seen from where it starts (`spe` under hidden information), or by
        another whole plan, seen from the first move (`nash`), or in one move, given the beliefs, at
        an information set (`sequential`; None where it depends on beliefs that are not known).
        Where the profile is in floating point: a float that is at least as large
    `where`, `node`, `player` : a sentence that says who gains and how, or which beliefs are wrong,
        and the same as data; empty and None where nothing is (a game in strategic form has no
        nodes)
    `arithmetic` : "float" where the profile is
    `reason` : what the verdict rests on
    `margin` : of a proved subgame-perfect equilibrium of a game of perfect information: the least
        that any player loses by one move other than the planned one, over every decision node;
        None where there is no other move
    `unique` : whether this proves that there is no other equilibrium, pure or mixed: where every
        other move strictly loses everywhere, backward induction leaves one plan
    `beliefs` : those that the verdict rests on, where the concept has any
    """

    concept: str
    verdict: Verdict
    max_regret: Fraction | float | None
    where: str = ""
    node: int | None = None
    player: str | None = None
    arithmetic: Arithmetic = "exact"
    reason: str = ""
    margin: Fraction | float | None = None
    unique: bool = False
    beliefs: Beliefs | None = field(default=None, repr=False)


def say(number: Fraction) -> str:
    """A number as a message shows it."""
    exact = str(number)
    return exact if len(exact) <= 20 else f"about {nearest_float(number):.6g}"


def nearest_float(number: Fraction) -> float:
    """The nearest float, infinite beyond their range."""
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def float_above(number: Fraction) -> float:
    """The least float that is not below a number."""
    near = nearest_float(number)
    return nextafter(near, inf) if isfinite(near) and near < number else near
