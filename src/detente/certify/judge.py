"""From a claimed equilibrium to its certificate: what is asked, what is refused, the verdict."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from detente.certify import float_bounds, rounding, sequential, wording
from detente.certify.assessment import Assessment
from detente.certify.certificate import (
    CONCEPTS,
    Arithmetic,
    Certificate,
    Verdict,
    float_above,
    nearest_float,
)
from detente.certify.checks import (
    ROUNDING,
    check_belongs,
    check_mixed,
    exact_beliefs,
    exact_plan,
    exact_weights,
    game_of,
)
from detente.certify.forgetful import plan_gain_by_player
from detente.certify.hidden import Found, Walk, plan_gains
from detente.certify.passes import Gain, Plan, one_shot_gain, plan_gain
from detente.certify.sequential_words import tell, tell_rounded
from detente.certify.series import OneShotSeries
from detente.certify.strategic import best_replies, spreads
from detente.errors import GameError, NotSupported
from detente.game.beliefs import Beliefs
from detente.game.information import first_hidden_infoset, information
from detente.game.kernels import COMPILE_FROM
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.game.strategic import StrategicGame
from detente.game.tree import Game


class HasGame(Protocol):
    """What stands for a game, as a summit does."""

    @property
    def game(self) -> Game | StrategicGame:
        """The game."""
        ...


def certify(
    game: Game | StrategicGame | HasGame,
    profile: Profile | MixedProfile,
    concept: str = "spe",
    beliefs: Beliefs | None = None,
) -> Certificate:
    """The certificate of a profile from anywhere as an equilibrium of a game.

    `game` : a game, in extensive or strategic form, or anything with a `game`, as a summit has
    `profile` : a `Profile` of a tree, a `MixedProfile` of a game in strategic form
    `concept` : "nash", by each player's best plan against the others (by information set: von
        Stengel 1996); or "spe", the same in every proper subgame (Selten 1975), on and off the
        path: where information is perfect by the one-shot deviation principle at every decision
        node (Blackwell 1965; Hendon, Jacobsen and Sloth 1996); or "sequential" (Kreps and Wilson
        1982), with beliefs that are consistent and make every move best, see `sequential`. In
        strategic form, which has no order of moves, all compare each player's best strategy with
        its own
    `beliefs` : for "sequential", at some or all information sets; without them consistent ones are
        searched for, and the certificate says which were found

    An exact profile is proved where nobody gains and refuted otherwise. Probabilities in floating
    point are divided by their exact sum at each infoset; that profile is proved where nobody gains
    exactly, refuted where no change of `ROUNDING` explains the gain, and left undecided between.
    "sequential" may also be undecided where beliefs were searched for and neither found nor
    excluded; the reason says so.

    Raises GameError for a profile of another game or one that is no profile; NotSupported for a
    concept that is not judged here; for "spe" and "sequential" under imperfect recall; and for
    "nash" where a player who forgets has too many strategies or meets an information set twice.
    There an equilibrium in behavior strategies need not exist (Wichardt 2008).

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
            f"no certificate for concept '{concept}'. Judged so far: {', '.join(CONCEPTS)}."
        )
    found = game_of(game)
    strategic = isinstance(found, StrategicGame)
    if beliefs is not None and (concept != "sequential" or strategic):
        where = "a game in strategic form" if concept == "sequential" else f"concept '{concept}'"
        raise GameError(f"beliefs have no part in {where}. Leave them out.")
    if isinstance(found, StrategicGame):
        return _judge_strategic(found, check_mixed(found, profile), concept)
    if concept == "sequential":
        return _judge_sequential(found, check_belongs(found, profile), beliefs)
    return _judge_tree(found, check_belongs(found, profile), concept)


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
        check_belongs(self.game, profile)
        if self._passes is None or profile.choice is None:
            return certify(self.game, profile, "spe")
        plan = exact_plan(self.game, profile)
        assert not isinstance(plan, list)
        gain, margin = self._passes.judge(plan)
        found = _certificate(self.game, plan, "spe", Found(gain, gain.node, True), exact=True)
        return found if found.verdict != "proved" else _with_margin(found, margin)


# ── strategic form ──────────────────────────────────────────────────────────────────────────────


def _judge_strategic(game: StrategicGame, profile: MixedProfile, concept: str) -> Certificate:
    weights = exact_weights(game, profile)
    best = max(best_replies(game, weights), key=lambda reply: reply.gain)
    exact = profile.is_exact
    regret = best.gain if exact else float_above(best.gain)
    arithmetic: Arithmetic = "exact" if exact else "float"
    if not best.gain:
        reason = _nobody_gains("another strategy", exact)
        return Certificate(concept, "proved", regret, arithmetic=arithmetic, reason=reason)
    explained = Fraction(0)
    if not exact:
        # Each player's mixture moves by ROUNDING in total, in what is planned and in the reply.
        moving = sum(len(own) > 1 for own in game.strategies)
        explained = 2 * ROUNDING * moving * spreads(game)[best.player]
    verdict, reason = _refutes("another strategy", best.gain, explained)
    where = wording.another_strategy(game, weights, best)
    player = game.players[best.player]
    return Certificate(concept, verdict, regret, where, None, player, arithmetic, reason)


# ── trees ───────────────────────────────────────────────────────────────────────────────────────


def _judge_tree(game: Game, profile: Profile, concept: str) -> Certificate:
    if concept == "nash" and isinstance(profile.vector, np.ndarray):
        bounded = _bounded(game, profile.vector)
        if bounded is not None:
            return bounded
    plan = exact_plan(game, profile)
    if first_hidden_infoset(game) is not None:
        return _judge_hidden(game, profile, plan, concept)
    if concept == "nash":
        return _certificate(game, plan, concept, Found(plan_gain(game, plan)), profile.is_exact)
    gain, margin = one_shot_gain(game, plan)
    found = _certificate(game, plan, concept, Found(gain, gain.node, True), profile.is_exact)
    return found if found.verdict != "proved" else _with_margin(found, margin)


def _bounded(game: Game, vector: NDArray[np.float64]) -> Certificate | None:
    """The certificate of a profile of a large game in floating point, where a bound decides it."""
    if len(vector) != game.infosets.num_player_actions or not information(game).perfect_recall:
        return None
    found = float_bounds.bound(game, vector)
    if found is None or (found.most > found.explained[0] and found.least <= found.explained[1]):
        return None
    bounds = "max_regret is a rigorous bound of rounding errors and all."
    verdict, reason = _refutes("another plan", *map(Fraction, (found.most, found.explained[0])))
    if verdict == "undecided" and found.least <= 0:
        return Certificate("nash", verdict, found.most, arithmetic="float",
                           reason=f"{reason} {bounds}")  # fmt: skip
    plan = [Fraction(p) for p in vector.tolist()]
    gain = Gain(Fraction(found.most), found.player, found.node, found.action)
    where = wording.another_plan(game, plan, gain).replace(" gains ", " gains at most ", 1)
    player = game.players[found.player]
    return Certificate(
        "nash", verdict, found.most, where, found.node, player, "float", f"{reason} {bounds}"
    )


def _judge_hidden(game: Game, profile: Profile, plan: Plan, concept: str) -> Certificate:
    structure = information(game)
    if not structure.perfect_recall:
        if concept != "nash":
            _refuse_forgetful(game, concept)
        return _certificate(game, plan, concept, plan_gain_by_player(game, plan), profile.is_exact)
    roots = structure.subgame_roots.tolist() if concept == "spe" else None
    return _certificate(game, plan, concept, plan_gains(game, plan, roots), profile.is_exact)


def _judge_sequential(game: Game, profile: Profile, beliefs: Beliefs | None) -> Certificate:
    given, exact = ({}, True) if beliefs is None else exact_beliefs(game, beliefs)
    if first_hidden_infoset(game) is None:  # every player knows where it is
        return replace(_judge_tree(game, profile, "spe"), concept="sequential")
    plan = exact_plan(game, profile)
    if not information(game).perfect_recall:
        _refuse_forgetful(game, "sequential")
    seen = Assessment(Walk.of(game, plan))
    exact = exact and profile.is_exact  # beliefs follow from a profile, rounded where it is
    finding = sequential.judge(seen, given, Fraction(0) if exact else ROUNDING)
    if profile.is_exact:
        return tell(game, plan, finding, exact)
    if not finding.proves:
        # Beliefs follow from the smallest probabilities: rounding may change them altogether.
        perfect = _judge_tree(game, profile, "spe")
        if perfect.verdict == "refuted":
            return replace(perfect, concept="sequential")
    return tell_rounded(game, plan, finding)


def _with_margin(found: Certificate, margin: Fraction | None) -> Certificate:
    unique = margin is None or margin > 0
    if margin is None or found.arithmetic == "exact":
        return replace(found, margin=margin, unique=unique)
    return replace(found, margin=nearest_float(margin), unique=unique)


def _refuse_forgetful(game: Game, concept: str) -> None:
    raise NotSupported(
        f"'{concept}' is certified for games of perfect recall. "
        f"{information(game).witness['perfect_recall']} There a plan that no single move improves "
        "may still be improved. Ask for concept 'nash', or split that information set by what its "
        "player did before."
    )


def _certificate(game: Game, plan: Plan, concept: str, found: Found, exact: bool) -> Certificate:
    gain = found.gain
    hidden = first_hidden_infoset(game) is not None
    scope = "another plan"
    if concept == "spe":
        scope += " in a subgame, on and off the path"
        scope = scope if hidden else "one move, on and off the path"
    regret = gain.amount if exact else float_above(gain.amount)
    arithmetic: Arithmetic = "exact" if exact else "float"
    if not gain.amount:
        reason = _nobody_gains(scope, exact)
        return Certificate(concept, "proved", regret, arithmetic=arithmetic, reason=reason)
    if concept == "spe" and found.single and gain.node == found.root:
        where = wording.one_move(game, plan, gain)
    else:
        where = wording.another_plan(game, plan, gain, found.root)
    explained = Fraction(0)
    if not exact:
        discounted = concept == "nash"
        explained = rounding.explained(game, gain.player, found.root, discounted=discounted)
    verdict, reason = _refutes(scope, gain.amount, explained)
    player = game.players[gain.player]
    return Certificate(concept, verdict, regret, where, gain.node, player, arithmetic, reason)


def _nobody_gains(scope: str, exact: bool) -> str:
    reason = f"no player gains by {scope}"
    return reason + (
        "." if exact else ", once each infoset's probabilities are divided by their sum."
    )


def _refutes(scope: str, gain: Fraction, explained: Fraction) -> tuple[Verdict, str]:
    """The verdict on a gain, where rounding explains gains up to some amount."""
    if gain > explained:
        return "refuted", f"a player gains by {scope}."
    return "undecided", (
        f"the profile is in floating point, and rounding it by {float(ROUNDING)} explains gains "
        f"up to {nearest_float(explained):.3g}. Give exact probabilities to decide."
    )
