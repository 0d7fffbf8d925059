"""Would it hold? Every bundle judged by the pure subgame-perfect equilibria of its own game."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.errors import NotSupported, SummitError
from detente.game.tree import Game, Role
from detente.stability.continuation import Continuation, Vector
from detente.stability.modal import Answer, acceptance, answer, combined, honouring
from detente.stability.reasons import (
    Reason,
    Stake,
    consent_path,
    consent_stakes,
    reason,
    temptations,
    tie_stake,
)
from detente.stability.verdict import Modal, Range, Report, Verdict

if TYPE_CHECKING:
    from detente.summit.summit import Summit


@dataclass(frozen=True)
class Case:
    """One bundle on the table: the game that judges it and the nodes that matter there.

    `continuation` : of that game
    `bundle` : index into the game's bundles
    `offered`, `signed`, `broken` : the nodes with these tags of the bundle
    `breakdown` : what each party gets without agreement, None in a tree written by hand
    """

    continuation: Continuation
    bundle: int
    offered: tuple[int, ...]
    signed: tuple[int, ...]
    broken: frozenset[int]
    breakdown: Vector | None
    unit: str = ""

    @property
    def game(self) -> Game:
        """The game that judges the bundle."""
        return self.continuation.game

    @property
    def by_protocol(self) -> bool:
        """Whether the game is the table of a protocol rather than a tree written by hand."""
        return self.breakdown is not None


def stability(
    talks: Summit | Game,
    *,
    round: int | None = None,
    bundles: Iterable[str | int | Mapping[str, str]] | None = None,
) -> Report:
    """A verdict on every bundle: would it be signed, would it be kept, and why.

    `talks` : a summit, or a game of perfect information whose nodes are tagged with bundles
    `round` : the round in which each bundle is put on the table; the last one unless given
    `bundles` : judge these only, by name, terms or position

    Raises NotSupported for hidden information, SummitError for an unknown bundle or a game without
    bundles.
    """
    game = talks if isinstance(talks, Game) else talks.game
    if not game.bundles:
        raise SummitError(
            f"'{game.title}' has no bundles: nothing in it is tagged as offered or signed. "
            "Use `detente solve` for its equilibria, or write it as a summit file with terms."
        )
    _refuse_hidden(game)
    source = _Source(talks, game, round)
    chosen = source.chosen(bundles)
    agreed, kept, exact = _talks(game, chosen)
    verdicts = []
    for bundle in chosen:
        verdict, decided = judge(source.case(bundle))
        verdicts.append(_with_talks(verdict, agreed[bundle], kept[bundle]))
        exact = exact and decided
    return Report(
        title=game.title,
        players=tuple(getattr(talks, "sides", None) or _movers(game)),
        parties=game.players,
        bundles=tuple(verdicts),
        complete="all_pure" if exact else "some",
        round=source.round,
        unit=source.unit,
        reason="" if exact else "some sets of equilibria are too large to list; bounds decide.",
        summit=talks,
    )


def case(talks: Summit | Game, bundle: int, round: int | None = None) -> Case:
    """The game in which a bundle is judged, and the nodes that matter there."""
    game = talks if isinstance(talks, Game) else talks.game
    _refuse_hidden(game)
    return _Source(talks, game, round).case(bundle)


class _Source:
    """Where the game that judges a bundle comes from."""

    def __init__(self, talks: Any, game: Game, round: int | None) -> None:
        self.talks = talks
        self.game = game
        self.has_protocol = hasattr(talks, "table") and not talks.has_tree
        if round is not None and not self.has_protocol:
            raise SummitError(
                "a tree written by hand has no rounds: each bundle is judged where it is offered."
            )
        self.round = round if round is not None or not self.has_protocol else talks.rounds
        file = getattr(talks, "file", None)
        self.unit: str = getattr(file, "unit", None) or ""
        self._whole: Continuation | None = None
        self._breakdown = tuple(talks.breakdown(round)) if self.has_protocol else None

    def chosen(self, bundles: Iterable[str | int | Mapping[str, str]] | None) -> list[int]:
        if bundles is None:
            return list(range(len(self.game.bundles)))
        return [bundle_index(self.talks, bundle) for bundle in bundles]

    def case(self, bundle: int) -> Case:
        if self.has_protocol:
            continuation = Continuation(self.talks.table(bundle, self.round))
        else:
            self._whole = self._whole or Continuation(self.game)
            continuation = self._whole
        nodes = {
            role: tuple(continuation.game.tagged(role, bundle))
            for role in (Role.OFFERED, Role.SIGNED, Role.BROKEN)
        }
        # A table may lead to rounds that offer the bundle again: it is about the first offer.
        offered = (0,) if self.has_protocol else nodes[Role.OFFERED]
        return Case(
            continuation, bundle, offered, nodes[Role.SIGNED],
            frozenset(nodes[Role.BROKEN]), self._breakdown, self.unit,
        )  # fmt: skip


def bundle_index(talks: Any, which: str | int | Mapping[str, str]) -> int:
    """The position of a bundle given by position, name or terms.

    Raises SummitError, with close matches, where there is none.
    """
    if isinstance(which, int):
        return which
    if hasattr(talks, "bundle_index"):
        return int(talks.bundle_index(which))
    names = [bundle.name for bundle in talks.bundles]
    for i, bundle in enumerate(talks.bundles):
        if which == bundle.name or which == dict(bundle.terms):
            return i
    raise SummitError(f"no bundle '{which}'. The bundles are: {', '.join(names[:10])}.")


def judge(case: Case) -> tuple[Verdict, bool]:
    """The verdict on a bundle leaving out what the talks as written do, and whether it is exact."""
    bundle = case.game.bundles[case.bundle]
    notes: dict[str, str] = {}
    signed = _signatures(case)
    after = [answer(case.continuation, s, Role.BROKEN, case.bundle) for s in signed]
    acceptable, accepted_exactly = _acceptable(case, signed, notes)
    honoured = _honoured(after, notes)
    exact = accepted_exactly and all(found.exact for found in after)
    return (
        Verdict(
            name=bundle.name,
            terms=bundle.terms,
            values=_values(case, signed, notes),
            played=_played(case, after),
            breakdown=_breakdown(case, notes),
            acceptable=_possible(acceptable),
            honoured=_possible(honoured),
            stable=_both(_possible(acceptable), _possible(honoured)),
            strict=_strict(acceptable, honoured),
            selected=None,
            modal={"acceptable": acceptable, "honoured": honoured},
            agreed=None,
            kept=None,
            reasons=_reasons(case, signed, acceptable, honoured),
            notes=notes,
            offered=bool(case.offered),
        ),
        exact,
    )


# ── the parts of a verdict ─────────────────────────────────────────────────────────────────────


def _signatures(case: Case) -> tuple[int, ...]:
    """The signatures that an offer leads to; in a table the one right behind the consents."""
    if not case.by_protocol:
        return case.signed
    path = consent_path(case.continuation, case.offered[0], case.signed)
    return (path[-1],) if path else ()


def _acceptable(
    case: Case, signed: Sequence[int], notes: dict[str, str]
) -> tuple[Modal | None, bool]:
    if not case.offered:
        notes["acceptable"] = "no node of the tree is tagged as offering this bundle."
        return None, True
    results = [
        acceptance(case.continuation, offered, signed, case.bundle, chain=case.by_protocol)
        for offered in case.offered
    ]
    modal = combined([modal for modal, _ in results])
    if modal is None:
        notes["acceptable"] = _UNDECIDED
    return modal, all(exact for _, exact in results)


def _honoured(after: Sequence[Answer], notes: dict[str, str]) -> Modal | None:
    if not after:
        notes["honoured"] = "this bundle is signed at no node."
        return None
    modal = combined([honouring(found) for found in after])
    if modal is None:
        notes["honoured"] = _UNDECIDED
    return modal


_UNDECIDED = "not decided: the equilibria are too many to list, and their bounds leave it open."


def _values(
    case: Case, signed: Sequence[int], notes: dict[str, str]
) -> Mapping[str, Fraction] | None:
    found = {complied(case.continuation, node, case.broken) for node in signed}
    if len(found) == 1:
        return dict(zip(case.game.players, found.pop(), strict=True))
    notes["values"] = (
        "the bundle is signed at several nodes, with different values."
        if found else "this bundle is signed at no node."
    )
    return None


def complied(continuation: Continuation, node: int, broken: Collection[int]) -> Vector:
    """What each party gets from a node on if nobody breaks the deal.

    At a decision the first move that is no breach is taken: compliance is written first.
    """
    game = continuation.game
    worth: dict[int, Vector] = {}
    order, seen = [node], {node}
    for v in order:
        fresh = [child for child, _ in _complying(continuation, v, broken) if child not in seen]
        seen.update(fresh)
        order.extend(fresh)
    for v in sorted(order, reverse=True):
        total = list(game.payoff(v))
        for child, probability in _complying(continuation, v, broken):
            total = [t + probability * w for t, w in zip(total, worth[child], strict=True)]
        factors = game.discount(v)
        if factors:
            total = [t * factor for t, factor in zip(total, factors, strict=True)]
        worth[v] = tuple(total)
    return worth[node]


def _complying(
    continuation: Continuation, node: int, broken: Collection[int]
) -> list[tuple[int, Fraction]]:
    children = continuation.children(node)
    if continuation.mover[node] >= 0:
        kept = next((child for child in children if child not in broken), children[0])
        return [(kept, Fraction(1))]
    if not children:
        return []
    return list(zip(children, continuation.probabilities(node), strict=True))


def _played(case: Case, after: Sequence[Answer]) -> Mapping[str, Range] | None:
    if not after:
        return None
    return {
        party: (
            min(found.ranges[i][0] for found in after),
            max(found.ranges[i][1] for found in after),
        )
        for i, party in enumerate(case.game.players)
    }


def _breakdown(case: Case, notes: dict[str, str]) -> Mapping[str, Fraction] | None:
    if case.breakdown is None:
        notes["breakdown"] = "a tree written by hand has no single outcome without agreement."
        return None
    return dict(zip(case.game.players, case.breakdown, strict=True))


def _possible(modal: Modal | None) -> bool | None:
    return None if modal is None else modal != "never"


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _strict(acceptable: Modal | None, honoured: Modal | None) -> bool | None:
    if None in (acceptable, honoured):
        known = acceptable or honoured
        return False if known in ("never", "sometimes") else None
    return acceptable == honoured == "always"


# ── reasons ────────────────────────────────────────────────────────────────────────────────────


def _reasons(
    case: Case, signed: Sequence[int], acceptable: Modal | None, honoured: Modal | None
) -> tuple[Reason, ...]:
    consents, breaches = _stakes(case, signed)
    failing = [(acceptable, consents), (honoured, breaches)]
    failing.sort(key=lambda pair: pair[0] != "never")
    stakes = [stake for modal, these in failing for stake in _deciding(modal, these)]
    if not stakes and "sometimes" in (acceptable, honoured):
        stakes = _ties(case, signed)
    if not stakes or (acceptable != "never" and honoured != "never"):
        stakes += _tightest([s for s in (*consents, *breaches) if s.gain < 0])
    modal = {"consent": acceptable, "compliance": honoured}
    return tuple(
        reason(stake, case.unit, sometimes=modal.get(stake.kind) == "sometimes")
        for stake in stakes
    )


def _stakes(case: Case, signed: Sequence[int]) -> tuple[list[Stake], list[Stake]]:
    """Every consent; the best breach wherever equilibrium play arrives, or would break the deal."""
    consents = [
        stake
        for offered in case.offered
        for stake in consent_stakes(case.continuation, offered, signed)
    ]
    breaches = [
        place.tightest
        for node in signed
        for place in temptations(case.continuation, node, case.broken)
        if place.first or place.breaks
    ]
    return consents, breaches


def _deciding(modal: Modal | None, stakes: Sequence[Stake]) -> list[Stake]:
    """Those that make it fail; where it holds in some equilibria only, those that are ties too."""
    if modal == "always":
        return []
    ties = modal == "sometimes"
    return _tightest([stake for stake in stakes if stake.gain > 0 or (ties and stake.gain == 0)])


def _ties(case: Case, signed: Sequence[int]) -> list[Stake]:
    for node in signed:
        for below in case.continuation.below(node):
            if case.continuation.ties(below):
                return [tie_stake(case.continuation, below)]
    return []


def _tightest(stakes: Sequence[Stake]) -> list[Stake]:
    """Each side's greatest gain, or nearest miss, by refusing and by a breach; greatest first."""
    nearest: dict[tuple[int, str, bool], Stake] = {}
    for stake in stakes:
        key = (stake.player, stake.kind, stake.first)
        if key not in nearest or stake.gain > nearest[key].gain:
            nearest[key] = stake
    return sorted(nearest.values(), key=lambda stake: (not stake.first, -stake.gain))


# ── the talks as written ───────────────────────────────────────────────────────────────────────


def _talks(
    game: Game, bundles: Sequence[int]
) -> tuple[dict[int, Range], dict[int, Range], bool]:
    """How probably each bundle is signed, and signed and kept, over all pure equilibria."""
    from detente.solvers.induction import Track, induce

    nodes: dict[tuple[int, Role], list[int]] = {}
    for tag in game.tags:
        nodes.setdefault((tag.bundle, tag.role), []).append(tag.node)
    asked = [
        key for bundle in bundles for key in ((bundle, Role.SIGNED), (bundle, Role.KEPT))
        if key in nodes
    ]
    found = induce(game, [Track(frozenset(nodes[key])) for key in asked])
    ranges = dict(zip(asked, found.tracked, strict=True))
    nothing = (Fraction(0), Fraction(0))
    agreed = {bundle: ranges.get((bundle, Role.SIGNED), nothing) for bundle in bundles}
    kept = {bundle: ranges.get((bundle, Role.KEPT), nothing) for bundle in bundles}
    return agreed, kept, bool(found.exact)


def _with_talks(verdict: Verdict, agreed: Range, kept: Range) -> Verdict:
    return replace(verdict, agreed=agreed, kept=kept, selected=agreed[1] > 0)


def _movers(game: Game) -> list[str]:
    moving = set(game.mover[game.mover >= 0].tolist())
    return [player for i, player in enumerate(game.players) if i in moving]


def _refuse_hidden(game: Game) -> None:
    from detente.game.information import first_hidden_infoset, why_hidden

    hidden = first_hidden_infoset(game)
    if hidden is not None:
        raise NotSupported(
            f"verdicts need perfect information in this version. {why_hidden(game, hidden)} Give "
            "each node its own information set if the moves before it are seen."
        )
