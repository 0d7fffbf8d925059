"""What equilibria over functions say of a bundle: accepted, honoured, both."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from detente.game.tree import Game, Role
from detente.stability.following.induction import Induction, State
from detente.stability.following.marks import NOWHERE, SURELY, Course, Doing
from detente.stability.modal import combined
from detente.stability.verdict import Modal


@dataclass(frozen=True)
class Standing:
    """The verdict on a bundle at some values of a parameter.

    `acceptable`, `honoured`, `stable` : as in a verdict's `modal`; None where not asked, or where
        there is no game
    `fault` : why there is no game at these values
    """

    acceptable: Modal | None = None
    honoured: Modal | None = None
    stable: Modal | None = None
    fault: str = ""

    def asked(self, question: str) -> Modal | None:
        """The answer to `acceptable`, `honoured` or `stable`."""
        answer: Modal | None = getattr(self, question)
        return answer


@dataclass(frozen=True)
class Deal:
    """Where in a game a bundle is offered, signed and broken.

    `path` : in the table of a protocol, the nodes from the offer to the signature; () in a tree
        written by hand
    `offered`, `signed` : nodes
    `broken` : node → the side whose breach leads there
    """

    path: tuple[int, ...]
    offered: tuple[int, ...]
    signed: tuple[int, ...]
    broken: Mapping[int, str]

    @property
    def course(self) -> Course:
        """What a sweep has to carry along."""
        # Behind a refusal the same bundle may be offered again: that is another signature.
        signed = frozenset() if self.path else frozenset(self.signed)
        return Course(signed, frozenset(self.broken))

    def others(self, side: str) -> frozenset[int]:
        """The breaches of all sides but one."""
        return frozenset(node for node, by in self.broken.items() if by != side)


def deal(game: Game, bundle: int, path: Sequence[int] | None) -> Deal:
    """Where a bundle stands in a game.

    `path` : the consents of a table and its signature, () where it is signed nowhere; None for a
        tree written by hand
    """
    broken = {
        node: game.players[int(game.mover[int(game.parent[node])])]
        for node in game.tagged(Role.BROKEN, bundle)
    }
    if path is not None:
        return Deal(tuple(path), (0,), tuple(path[-1:]), broken)
    offered, signed = (tuple(game.tagged(role, bundle)) for role in (Role.OFFERED, Role.SIGNED))
    return Deal((), offered, signed, broken)


def standing(solved: Induction, deal: Deal) -> Standing:
    """What the equilibria say of the bundle."""
    states = solved.states
    if states is None:
        return Standing(fault=solved.fault)
    after = [[doing for entry in states[node] for doing in entry.known] for node in deal.signed]
    honoured = combined([_never(doings) for doings in after]) if after else None
    offers = _offers(solved, deal, states)
    acceptable = combined([_reached(doing) for doing in offers]) if offers else None
    if not deal.signed and deal.offered:
        acceptable = "never"
    return Standing(
        acceptable=acceptable,
        honoured=honoured,
        stable=_both(acceptable, honoured, offers),
    )


def _never(doings: Collection[tuple[int, bool]]) -> Modal:
    """Whether nobody breaks it."""
    if not any(broken for _, broken in doings):
        return "always"
    return "never" if all(broken for _, broken in doings) else "sometimes"


def _reached(doings: Collection[tuple[int, bool]]) -> Modal:
    """Whether it is signed."""
    if all(signed == NOWHERE for signed, _ in doings):
        return "never"
    return "always" if all(signed == SURELY for signed, _ in doings) else "sometimes"


def _both(
    acceptable: Modal | None, honoured: Modal | None, offers: Sequence[Collection[tuple[int, bool]]]
) -> Modal | None:
    if "never" in (acceptable, honoured):
        return "never"
    if acceptable is None or honoured is None:
        return None
    if "always" in (acceptable, honoured):
        return honoured if acceptable == "always" else acceptable
    together = any(signed != NOWHERE and not broken for doing in offers for signed, broken in doing)
    return "sometimes" if together else "never"


def _offers(solved: Induction, deal: Deal, states: Sequence[State]) -> list[Doing]:
    """What may be done from each offer on."""
    if not deal.path:
        return [_all(states[node]) for node in deal.offered]
    doings = [_signed_now(entry.known) for entry in states[deal.path[-1]]]
    for node, onwards in zip(reversed(deal.path[:-1]), reversed(deal.path[1:]), strict=True):
        kept = solved.moves[node].index(onwards)
        refused: Doing = frozenset({(NOWHERE, False)})
        doings = [
            frozenset().union(
                *(doings[entry] if move == kept else refused for move, entry in found.sources)
            )
            for found in states[node]
        ]
    return [frozenset().union(*doings)]


def _signed_now(known: Doing) -> Doing:
    return frozenset((SURELY, broken) for _, broken in known)


def _all(state: State) -> Doing:
    return frozenset().union(*(entry.known for entry in state))
