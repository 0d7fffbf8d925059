"""What is asked all over a cell: the verdict on a bundle, or what the talks may end with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import Any, Final, Protocol

from detente.game.tree import Game, Role
from detente.stability.case import Case
from detente.stability.following.course import Deal, Standing, deal
from detente.stability.following.marks import NOWHERE, SURELY, Doing, Marks, Settling
from detente.stability.modal import combined
from detente.stability.reasons import consent_path
from detente.stability.robustness.maps.enclosed import Enclosed
from detente.stability.verdict import Modal

OPEN: Final = "open"
"""Not known of the cell."""
DEGREES: Final[tuple[Modal, ...]] = ("never", "sometimes", "always")


class Asked(Protocol):
    """A question about equilibria.

    `marks` : what is carried along to answer it
    `roots` : the nodes whose states answer it
    """

    @property
    def marks(self) -> Marks:
        """See above."""

    @property
    def roots(self) -> Sequence[int]:
        """See above."""

    def answer(self, cell: Enclosed) -> Any:
        """The verdict all over a cell; OPEN where it is not known."""


class AskedTalks:
    """Which bundles the talks as written may end with."""

    roots = (0,)

    def __init__(self, game: Game) -> None:
        self._count = len(game.bundles)
        self.marks = Settling({
            node: 1 << bundle
            for bundle in range(self._count)
            for node in game.tagged(Role.SIGNED, bundle)
        })  # fmt: skip

    def answer(self, cell: Enclosed) -> Any:
        """A set of positions of bundles; None where there is no game."""
        if cell.states is None:
            return None if cell.fault else OPEN
        state = cell.states[0]
        may = reduce(or_, (entry.may for entry in state))
        if may != reduce(or_, (entry.must for entry in state if entry.must is not None), 0):
            return OPEN
        return frozenset(bundle for bundle in range(self._count) if may >> bundle & 1)


class AskedDeal:
    """Whether a bundle is accepted, honoured, both."""

    def __init__(self, deal: Deal) -> None:
        self._deal = deal
        self.marks = deal.course
        self.roots = tuple(dict.fromkeys([*deal.path, *deal.offered, *deal.signed]))

    @classmethod
    def of(cls, case: Case) -> AskedDeal:
        """About the bundle of a case."""
        path: Sequence[int] | None = None
        if case.by_protocol:
            path = consent_path(case.continuation, case.offered[0], case.signed) or ()
        return cls(deal(case.game, case.bundle, path))

    def answer(self, cell: Enclosed) -> Any:
        """A `Standing`."""
        if cell.states is None:
            return Standing(fault=cell.fault) if cell.fault else OPEN
        after = [
            (_whole(e.may for e in cell.states[node]),
             _whole(e.must for e in cell.states[node] if e.must is not None))
            for node in self._deal.signed
        ]  # fmt: skip
        honoured = _modal(after, lambda doing: not doing[1])
        offers = self._offers(cell)
        acceptable = _modal(offers, lambda doing: doing[0])
        if not self._deal.signed and self._deal.offered:
            acceptable = "never"
        answers: Any = (acceptable, honoured, None)
        if OPEN not in answers:
            answers = (acceptable, honoured, _both(acceptable, honoured, offers))
        return OPEN if OPEN in answers else Standing(*answers)

    def _offers(self, cell: Enclosed) -> list[tuple[Doing, Doing]]:
        """What may, and what must, be done from each offer on."""
        assert cell.states is not None
        path = self._deal.path
        if not path:
            return [
                (_whole(e.may for e in cell.states[node]),
                 _whole(e.must for e in cell.states[node] if e.must is not None))
                for node in self._deal.offered
            ]  # fmt: skip
        doings = [
            (_signed(e.may), None if e.must is None else _signed(e.must))
            for e in cell.states[path[-1]]
        ]
        refused: Doing = frozenset({(NOWHERE, False)})
        for node, onwards in zip(reversed(path[:-1]), reversed(path[1:]), strict=True):
            kept = cell.setting.moves[node].index(onwards)
            found: list[tuple[Doing, Doing | None]] = []
            for entry in cell.states[node]:
                ways = [
                    (*(doings[place] if move == kept else (refused, refused)), sure)
                    for move, place, sure in entry.sources
                ]
                must = [m for _, m, sure in ways if sure and m is not None]
                found.append((_whole(may for may, _, _ in ways), _whole(must) if must else None))
            doings = found
        return [(_whole(may for may, _ in doings), _whole(m for _, m in doings if m is not None))]


def _whole(doings: Any) -> Doing:
    return frozenset().union(*doings)


def _signed(known: Doing) -> Doing:
    return frozenset((SURELY, broken) for _, broken in known)


def _modal(
    groups: Sequence[tuple[Doing, Doing]], holds: Callable[[tuple[int, bool]], Any]
) -> Modal | str | None:
    """Always, sometimes or never, over what may and must be done at each of some nodes."""
    if not groups:
        return None
    words: list[Modal | None] = []
    for may, must in groups:
        degrees = {_degree(holds(doing)) for doing in may}
        if len(degrees) == 1:
            words.append(DEGREES[degrees.pop()])
        elif len({_degree(holds(doing)) for doing in must}) > 1:
            words.append("sometimes")
        else:
            return OPEN
    return combined(words)


def _degree(held: bool | int) -> int:
    """0, 1 or 2: not, under some outcomes of chance, surely."""
    return SURELY * held if isinstance(held, bool) else held


def _both(
    acceptable: Any, honoured: Any, offers: Sequence[tuple[Doing, Doing]]
) -> Modal | str | None:
    if "never" in (acceptable, honoured):
        return "never"
    if acceptable is None or honoured is None:
        return None
    if "always" in (acceptable, honoured):
        answer: Modal = honoured if acceptable == "always" else acceptable
        return answer
    if any(s != NOWHERE and not b for _, must in offers for s, b in must):
        return "sometimes"
    return OPEN if any(s != NOWHERE and not b for may, _ in offers for s, b in may) else "never"
