"""Always, sometimes or never: questions about all pure subgame-perfect equilibria of a subgame."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from detente.game.tree import Game, Role
from detente.stability.continuation import Continuation, Vector
from detente.stability.reasons import consent_path
from detente.stability.verdict import Modal, Range


@dataclass(frozen=True)
class Answer:
    """What all pure equilibria of a subgame pay on arrival at its first node, discount included.

    `vectors` : every equilibrium's payoffs, or None where only bounds are known
    `ranges` : least and greatest, one a player; certified bounds where `exact` is false
    `tracked` : least and greatest expected number of arrivals at the nodes asked for
    `spared` : the vectors that some equilibrium pays without arriving there
    """

    exact: bool
    vectors: Sequence[Vector] | None
    ranges: Sequence[Range]
    tracked: Range
    spared: Sequence[Vector] | None


def answer(
    continuation: Continuation, node: int, role: Role | None = None, bundle: int = -1
) -> Answer:
    """All pure equilibria from `node` on; arrivals are at the bundle's nodes with this role.

    Outcomes of chance count as equally likely in the arrivals, those of probability zero too.
    """
    game = continuation.game
    if not continuation.tie_below(node):
        # Without a tie there is one equilibrium, and it is at hand.
        payoffs = continuation.values(node)
        targets = () if role is None else _met_first(game, role, bundle, node)
        hits = continuation.arrivals(node, targets) if targets else Fraction(0)
        spared = [] if hits else [payoffs]
        return Answer(True, [payoffs], [(v, v) for v in payoffs], (hits, hits), spared)
    return _induced(continuation, node, role, bundle)


def _met_first(game: Game, role: Role, bundle: int, start: int) -> Sequence[int]:
    """The bundle's nodes with this role, of a tree without those met behind another from `start`.

    So that arrivals at them are a probability: what is signed twice on the way is signed once. What
    lies above `start` is past: a bundle may be offered and signed anew below its own signature.
    """
    found = game.tagged(role, bundle)
    if len(found) < 2 or not game.is_tree:
        return tuple(found)
    tagged, first = set(found), []
    for node in found:
        above = node
        while above > start:
            above = int(game.parent[above])
            if above in tagged and above >= start:
                break
        else:
            first.append(node)
    return tuple(first)


def _induced(continuation: Continuation, node: int, role: Role | None, bundle: int) -> Answer:
    from detente.game.expand import subgame
    from detente.solvers.perfect_information.induction import Limits, Track, induce

    game = continuation.game
    below = subgame(game, node)
    tracks = []
    if role is not None:
        tracks = [Track(frozenset(_met_first(below, role, bundle, 0)), uniform=True)]
    found = induce(below, tracks, limits=Limits(deadline=continuation.deadline))
    factors = game.discount(node) or (Fraction(1),) * game.num_players
    ranges = [
        (low * factor, high * factor)
        for (low, high), factor in zip(found.ranges, factors, strict=True)
    ]
    vectors, spared = None, None
    if found.vectors is not None:
        vectors = [_scaled(vector, factors) for vector in found.vectors]
        spared = [
            _scaled(vector, factors) for vector in found.vectors
            if not tracks or found.tracked_at(vector)[0][0] == 0
        ]  # fmt: skip
    tracked = found.tracked[0] if tracks else (Fraction(0), Fraction(0))
    return Answer(found.exact, vectors, ranges, tracked, spared)


def _scaled(vector: Vector, factors: Vector) -> Vector:
    return tuple(v * factor for v, factor in zip(vector, factors, strict=True))


def acceptance(
    continuation: Continuation,
    offered: int,
    signed: Collection[int],
    bundle: int,
    *,
    chain: bool,
    later: dict[str, Answer] | None = None,
) -> tuple[Modal | None, bool]:
    """Whether the signature is reached from the offer, and whether that was answered exactly.

    `chain` : the consents are a chain of decisions before one signature, and what follows a refusal
        may be shared with what follows the signature (the tables of a protocol)
    `later` : what refusing leads to, where it is known: it is the same in every table of a round
    """
    if chain:
        path = consent_path(continuation, offered, signed)
        if path is None:
            return "never", True
        return _accepted_along(continuation, path, later)
    found = answer(continuation, offered, Role.SIGNED, bundle)
    least, greatest = found.tracked
    if greatest == 0:
        return "never", found.exact
    if least == 1:
        return "always", found.exact
    if found.exact or (least > 0 and greatest < 1):
        return "sometimes", found.exact
    return None, False


def _accepted_along(
    continuation: Continuation, path: Sequence[int], later: dict[str, Answer] | None
) -> tuple[Modal | None, bool]:
    """Consents in turn: each side compares the signed bundle with what refusing leads to.

    Every refusal chooses its own continuation, so that all sides accept in some equilibrium exactly
    if one continuation of the signature leaves none of them below the least that its refusal may
    bring; and in all of them if its least is above the most that refusing may bring.
    """
    signed = answer(continuation, path[-1])
    consents = consents_along(continuation, path, later)
    exact = signed.exact and all(consent.exact for consent in consents)
    if all(consent.worth(signed.ranges[consent.player][0]) > consent.most for consent in consents):
        return "always", exact
    # The upper corner of the bounds stands for every vector where these are not listed.
    vectors = signed.vectors or [tuple(high for _, high in signed.ranges)]
    if not any(_all_accept(consents, vector) for vector in vectors):
        return "never", exact
    return ("sometimes" if exact and signed.vectors is not None else None), exact


def accepted_and_kept(
    continuation: Continuation,
    path: Sequence[int],
    after: Answer,
    later: dict[str, Answer] | None,
) -> Modal | None:
    """Whether all sides of a chain of consents accept where nothing is then broken.

    `after` : what follows the signature, breaches being tracked

    For a bundle that is accepted in some equilibria and honoured in some.
    """
    if after.spared is None:
        return None
    consents = consents_along(continuation, path, later)
    if not any(_all_accept(consents, vector) for vector in after.spared):
        return "never"
    return "sometimes" if all(consent.exact for consent in consents) else None


@dataclass(frozen=True)
class Consent:
    """One side's answer: signing at `offset + factor * payoff`, against the best way out.

    `least`, `most` : what the best way out brings over the equilibria, or bounds of it
    """

    player: int
    offset: Fraction
    factor: Fraction
    least: Fraction
    most: Fraction
    exact: bool

    def worth(self, signed: Fraction) -> Fraction:
        return self.offset + self.factor * signed


def _all_accept(consents: Sequence[Consent], signed: Vector) -> bool:
    """Whether each may: none is below the least that its own refusal may bring."""
    return all(consent.worth(signed[consent.player]) >= consent.least for consent in consents)


def consents_along(
    continuation: Continuation, path: Sequence[int], later: dict[str, Answer] | None
) -> list[Consent]:
    """The answers on the way from an offer to its signature, by decisions alone."""
    return [_consent(continuation, path, depth, later) for depth in range(len(path) - 1)]


def _consent(
    continuation: Continuation, path: Sequence[int], depth: int, later: dict[str, Answer] | None
) -> Consent:
    node, kept = path[depth], path[depth + 1]
    player = continuation.mover[node]
    ways_out = [
        _refused(continuation, child, later)
        for child in continuation.children(node) if child != kept
    ]
    ranges = [way.ranges[player] for way in ways_out]
    offset, factor = _lift(continuation, path[depth + 1 : -1], player)
    # A side refuses if any way out is better: the best of the leasts is the least it can expect.
    least = max(low for low, _ in ranges)
    most = max(high for _, high in ranges)
    return Consent(player, offset, factor, least, most, all(way.exact for way in ways_out))


def _refused(continuation: Continuation, node: int, later: dict[str, Answer] | None) -> Answer:
    if later is None or not continuation.tie_below(node):
        return answer(continuation, node)
    if _REFUSED not in later:
        later[_REFUSED] = answer(continuation, node)
    return later[_REFUSED]


_REFUSED = "refused"


def _lift(
    continuation: Continuation, between: Sequence[int], player: int
) -> tuple[Fraction, Fraction]:
    """How a payoff beyond these nodes counts before them: offset + factor * payoff."""
    offset, factor = Fraction(0), Fraction(1)
    for node in reversed(between):
        scale = (continuation.game.discount(node) or {player: Fraction(1)})[player]
        offset = scale * (continuation.game.payoff(node)[player] + offset)
        factor *= scale
    return offset, factor


def honouring(found: Answer) -> Modal | None:
    """From the arrivals at breaches after the signature."""
    least, greatest = found.tracked
    if greatest == 0:
        return "always"
    if least > 0:
        return "never"
    return "sometimes" if found.exact else None


def combined(modals: Sequence[Modal | None]) -> Modal | None:
    """One word for several nodes: theirs where they agree, else `sometimes`."""
    if None in modals:
        return None
    return modals[0] if len(set(modals)) == 1 else "sometimes"
