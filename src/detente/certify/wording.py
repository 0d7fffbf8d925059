"""Who gains and how, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from detente.certify.certificate import say
from detente.certify.passes import Gain, Plan
from detente.certify.strategic import Reply
from detente.game.strategic import StrategicGame
from detente.game.tree import Game


def one_move(game: Game, plan: Plan, gain: Gain) -> str:
    """A gain from a single move."""
    better, planned = _moves(game, plan, gain)
    player, amount = game.players[gain.player], say(gain.amount)
    return f"{player} gains {amount} {at(game, gain.node)} by {better} instead of {planned}."


def another_plan(game: Game, plan: Plan, gain: Gain, root: int = 0) -> str:
    """A gain from another plan for the whole game, or for the subgame that starts at a node."""
    better, planned = _moves(game, plan, gain)
    player, amount = game.players[gain.player], say(gain.amount)
    scope = f" in the subgame that starts {at(game, root)}" if root else ""
    return (
        f"{player} gains {amount}{scope} by another plan, which departs {at(game, gain.node)}: "
        f"{better} instead of {planned}."
    )


def another_strategy(
    game: StrategicGame, weights: Sequence[Sequence[Fraction]], reply: Reply
) -> str:
    """A gain from another strategy."""
    names = _named(game.strategies[reply.player], "strategy")
    planned = _mixture(names, weights[reply.player])
    player, amount = game.players[reply.player], say(reply.gain)
    return f"{player} gains {amount} by {names[reply.strategy]} instead of {planned}."


def at(game: Game, node: int) -> str:
    """Where a node is: "at 'its label'", or "after" the moves that lead to it."""
    place = game.describe(node)
    return f"at {place}" if not place.startswith("after ") else place


def action_names(game: Game, infoset: int) -> list[str]:
    """What the actions of an information set are called."""
    return _named(game.infosets.actions(infoset), "action")


def prescribed(game: Game, plan: Plan, infoset: int) -> str:
    """What a plan says to do at an information set."""
    names = action_names(game, infoset)
    if not isinstance(plan, list):
        return names[int(plan[infoset])]
    first = int(game.infosets.action_start[infoset])
    return _mixture(names, plan[first : first + len(names)])


def _moves(game: Game, plan: Plan, gain: Gain) -> tuple[str, str]:
    infoset = int(game.infoset[gain.node])
    return action_names(game, infoset)[gain.action], prescribed(game, plan, infoset)


def _named(labels: Sequence[str], kind: str) -> list[str]:
    return [label or f"{kind} {k + 1}" for k, label in enumerate(labels)]


def _mixture(names: list[str], odds: Sequence[Fraction]) -> str:
    played = [(p, name) for p, name in zip(odds, names, strict=True) if p]
    if len(played) == 1:
        return played[0][1]
    shown = [f"{name} ({say(p)})" for p, name in played[:4]]
    return "the mixture of " + ", ".join(shown) + (", …" if len(played) > 4 else "")
