"""Proves or refutes a claimed equilibrium, trusting no solver and sharing no code with one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import inf, isfinite
from typing import Literal, Protocol

import numpy as np

from detente.callable_module import make_callable
from detente.certify_passes import Gain, Plan, hidden_plan_gain, one_shot_gain, plan_gain
from detente.certify_series import OneShotSeries
from detente.errors import GameError, NotSupported
from detente.game.information import first_hidden_infoset, information, why_hidden
from detente.game.kernels import COMPILE_FROM
from detente.game.profile import Profile
from detente.game.tree import Game

CONCEPTS = ("spe", "nash")

ROUNDING = Fraction(1, 10**9)
"""How far, in total, an infoset's floating-point probabilities may lie from the exact ones meant.

A profile in floating point is refuted only where no profile that near is an equilibrium.
"""


class HasGame(Protocol):
    """What stands for a game, as a summit does."""

    @property
    def game(self) -> Game:
        """The game."""
        ...


@dataclass(frozen=True)
class Certificate:
    """What was found about a claimed equilibrium.

    `max_regret` : the most that any player gains by deviating: in one move, at the node where it
        is made (`spe`), or by another whole plan, at the first move (`nash`); a float where the
        profile is in floating point
    `where`, `node`, `player` : a sentence that says who gains and how, and the same as data; empty
        and None where nobody gains
    `arithmetic` : "float" where the profile is; the judgement itself is always exact
    `reason` : what the verdict rests on
    `margin` : of a proved subgame-perfect equilibrium: the least that any player loses by one move
        other than the planned one, over every decision node; None where there is no other move
    """

    concept: str
    verdict: Literal["proved", "refuted", "undecided"]
    max_regret: Fraction | float | None
    where: str = ""
    node: int | None = None
    player: str | None = None
    arithmetic: Literal["exact", "float"] = "exact"
    reason: str = ""
    margin: Fraction | float | None = None

    @property
    def unique(self) -> bool:
        """Whether this proves that there is no other equilibrium, pure or mixed.

        Where every other move strictly loses everywhere, backward induction leaves one plan.
        """
        strict = self.margin is None or self.margin > 0
        return self.concept == "spe" and self.verdict == "proved" and strict


def certify(
    game: Game | HasGame, profile: Profile, concept: str = "spe", beliefs: object = None
) -> Certificate:
    """The certificate of a profile from anywhere as an equilibrium of a game.

    `game` : a game, or anything with a `game`, as a summit has
    `concept` : "spe", subgame perfection of a game of perfect information, by the one-shot
        deviation principle (Blackwell 1965; Hendon, Jacobsen and Sloth 1996) at every decision
        node, on and off the path; or "nash", by each player's best plan against the others, for
        games of perfect recall (by information set: von Stengel 1996)

    An exact profile is proved where nobody gains and refuted otherwise. Probabilities in floating
    point are divided by their exact sum at each infoset; that profile is proved where nobody gains
    exactly, refuted where no change of `ROUNDING` explains the gain, and left undecided between.

    Raises GameError for a profile of another game or one that is no profile; NotSupported for a
    concept that is not judged here, for "spe" under hidden information, and for "nash" under
    imperfect recall, where a best plan is not found backwards and an equilibrium need not exist
    (Wichardt 2008).

    >>> from detente.game.builder import Builder
    >>> b = Builder(["Entrant", "Incumbent"])
    >>> reply = b.decide("Incumbent", {"fight": b.end(-1, -1), "share": b.end(1, 1)}, label="reply")
    >>> game = b.build(b.decide("Entrant", {"out": b.end(0, 2), "in": reply}, label="entry"))
    >>> threat = Profile.pure(game, [0, 0])
    >>> certify(game, threat, "nash").verdict
    'proved'
    >>> certify(game, threat, "spe").where
    "Incumbent gains 2 at 'reply' by share instead of fight."
    """
    if concept not in CONCEPTS:
        raise NotSupported(
            f"no certificate for concept '{concept}'. Judged so far: {', '.join(CONCEPTS)}; "
            "concepts with beliefs come with hidden-information support."
        )
    if beliefs is not None:
        raise GameError(f"beliefs have no part in concept '{concept}'. Leave them out.")
    game = _game_of(game)
    _check_belongs(game, profile)
    plan = _exact_plan(game, profile)
    hidden = first_hidden_infoset(game)
    margin = None
    if concept == "spe":
        _refuse_hidden(game, hidden)
        gain, margin = one_shot_gain(game, plan)
    elif hidden is None:
        gain = plan_gain(game, plan)
    else:
        _refuse_forgetful(game)
        gain = hidden_plan_gain(game, plan)
    found = _certificate(game, plan, concept, gain, profile.is_exact)
    if margin is None or found.verdict != "proved":
        return found
    return replace(found, margin=margin if profile.is_exact else _float(margin))


class Series:
    """Certificates of exact profiles of one game, one after another.

    Each is what `certify(game, profile, "spe")` gives. Where profiles are pure and differ in a few
    moves, as when many equilibria are listed, the next one takes the time of what has changed.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        self._passes: OneShotSeries | None = None
        # Without discounts a large game's whole pass is compiled, and needs less memory.
        small = game.num_nodes < COMPILE_FROM or game.discounts is not None
        if small and first_hidden_infoset(game) is None:
            self._passes = OneShotSeries(game)

    def certify(self, profile: Profile) -> Certificate:
        """The certificate of this profile as a subgame-perfect equilibrium."""
        _check_belongs(self.game, profile)
        if self._passes is None or profile.choice is None:
            return certify(self.game, profile, "spe")
        plan = _exact_plan(self.game, profile)
        assert not isinstance(plan, list)
        gain, margin = self._passes.judge(plan)
        found = _certificate(self.game, plan, "spe", gain, exact=True)
        return found if found.verdict != "proved" else replace(found, margin=margin)


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


def _refuse_hidden(game: Game, hidden: int | None) -> None:
    if hidden is not None:
        raise NotSupported(
            "'spe' is certified for games of perfect information, where every player knows the "
            f"node it moves at. {why_hidden(game, hidden)} Ask for concept 'nash'; subgame "
            "perfection there comes with hidden-information support."
        )


def _refuse_forgetful(game: Game) -> None:
    structure = information(game)
    if not structure.perfect_recall:
        raise NotSupported(
            "'nash' is certified for games of perfect recall. "
            f"{structure.witness['perfect_recall']} There a best plan is not found by backward "
            "induction, and an equilibrium in behavior strategies need not exist (Wichardt 2008). "
            "Split that information set by what its player did before."
        )


def _game_of(given: object) -> Game:
    found = given if isinstance(given, Game) else getattr(given, "game", given)
    if not isinstance(found, Game):
        raise GameError(f"certify takes a game or a summit; found {type(given).__name__}.")
    return found


def _check_belongs(game: Game, profile: Profile) -> None:
    if not isinstance(profile, Profile):
        raise GameError(
            f"certify judges a profile; found {type(profile).__name__}. Make one with Profile.pure "
            "or Profile.mixed, from what each infoset does."
        )
    other = profile.game
    if other is game:
        return
    same = (
        np.array_equal(other.infoset, game.infoset)
        and np.array_equal(other.mover, game.mover)
        and np.array_equal(other.infosets.action_start, game.infosets.action_start)
        and np.array_equal(other.child_start, game.child_start)
        and np.array_equal(other.children, game.children)
        and other.players == game.players
        and other.infosets.action_label == game.infosets.action_label
    )
    if not same:
        raise GameError(
            f"this profile is of another game ('{other.title}', {other.num_nodes} nodes) than the "
            f"one to judge it in ('{game.title}', {game.num_nodes} nodes). Make it with "
            "Profile.pure or Profile.mixed for that game."
        )


# ── the profile in exact numbers ────────────────────────────────────────────────────────────────


def _exact_plan(game: Game, profile: Profile) -> Plan:
    """The profile, checked anew: whoever made it is not trusted."""
    sets = game.infosets
    start = sets.action_start[: sets.num_player_infosets + 1]
    if profile.choice is not None:
        choice = np.asarray(profile.choice)
        if choice.shape != (len(start) - 1,) or ((choice < 0) | (choice >= np.diff(start))).any():
            raise GameError("this is no profile: it takes an action that an infoset does not have.")
        return choice
    given = profile.vector if profile.vector is not None else ()
    if len(given) != sets.num_player_actions or not all(isfinite(p) and p >= 0 for p in given):
        raise GameError("this is no profile: a probability is missing, negative or not a number.")
    plan = [Fraction(p) for p in given]
    slack = 0 if profile.is_exact else ROUNDING
    for h, (first, stop) in enumerate(pairwise(start.tolist())):
        total = sum(plan[first:stop], Fraction(0))
        if abs(total - 1) > slack:
            raise GameError(
                f"this is no profile: at infoset '{sets.label[h]}' probabilities sum to {total}."
            )
        if total != 1:
            plan[first:stop] = [p / total for p in plan[first:stop]]
    return plan


# ── the verdict ─────────────────────────────────────────────────────────────────────────────────


def _certificate(game: Game, plan: Plan, concept: str, gain: Gain, exact: bool) -> Certificate:
    scope = "one move, on and off the path" if concept == "spe" else "another plan"
    regret = gain.amount if exact else _float(gain.amount)
    arithmetic: Literal["exact", "float"] = "exact" if exact else "float"
    if not gain.amount:
        reason = f"no player gains by {scope}"
        reason += "." if exact else ", once each infoset's probabilities are divided by their sum."
        return Certificate(concept, "proved", regret, arithmetic=arithmetic, reason=reason)
    where = _sentence(game, plan, concept, gain)
    verdict: Literal["refuted", "undecided"] = "refuted"
    reason = f"a player gains by {scope}."
    if not exact:
        explained = _explained_by_rounding(game, concept, gain)
        if gain.amount <= explained:
            verdict = "undecided"
            reason = (
                f"the profile is in floating point, and rounding it by {float(ROUNDING)} explains "
                f"gains up to {_float(explained):.3g}. Give exact probabilities to decide."
            )
    player = game.players[gain.player]
    return Certificate(concept, verdict, regret, where, gain.node, player, arithmetic, reason)


def _sentence(game: Game, plan: Plan, concept: str, gain: Gain) -> str:
    place = game.describe(gain.node)
    at = f"at {place}" if not place.startswith("after ") else place
    h = int(game.infoset[gain.node])
    names = [label or f"action {k + 1}" for k, label in enumerate(game.infosets.actions(h))]
    better, planned = names[gain.action], _prescribed(game, plan, h, names)
    player = game.players[gain.player]
    if concept == "spe":
        return f"{player} gains {_say(gain.amount)} {at} by {better} instead of {planned}."
    return (
        f"{player} gains {_say(gain.amount)} by another plan, which departs {at}: {better} instead "
        f"of {planned}."
    )


def _prescribed(game: Game, plan: Plan, infoset: int, names: list[str]) -> str:
    if not isinstance(plan, list):
        return names[int(plan[infoset])]
    first = int(game.infosets.action_start[infoset])
    played = [(plan[first + k], name) for k, name in enumerate(names) if plan[first + k]]
    if len(played) == 1:
        return played[0][1]
    shown = [f"{name} ({_say(p)})" for p, name in played[:4]]
    return "the mixture of " + ", ".join(shown) + (", …" if len(played) > 4 else "")


def _say(number: Fraction) -> str:
    exact = str(number)
    return exact if len(exact) <= 20 else f"about {_float(number):.6g}"


def _float(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def _explained_by_rounding(game: Game, concept: str, gain: Gain) -> Fraction:
    """The most that a gain can change if each infoset's probabilities move by `ROUNDING` in total.

    A mixture's value then moves by at most `ROUNDING` times the spread of what its actions can lead
    to; along a path such shifts add up, in the best reply's value and in the plan's own.
    """
    at = gain.node if concept == "spe" else 0
    families = [family.tolist() for family in np.split(game.children, game.child_start[1:-1])]
    low, high, shift = ([Fraction(0)] * game.num_nodes for _ in range(3))
    for node in range(game.num_nodes - 1, at - 1, -1):
        below = families[node]
        least = min((low[child] for child in below), default=Fraction(0))
        most = max((high[child] for child in below), default=Fraction(0))
        moved = max((shift[child] for child in below), default=Fraction(0))
        if game.mover[node] >= 0:
            moved += most - least
        discount = game.discount(node) if concept == "nash" or node > at else None
        factor = discount[gain.player] if discount else Fraction(1)
        amount = game.payoff(node)[gain.player]
        low[node], high[node] = sorted((factor * (amount + least), factor * (amount + most)))
        shift[node] = abs(factor) * moved
    return 2 * ROUNDING * shift[at]


# The package offers this module's main function under the module's own name.
make_callable(__name__)
