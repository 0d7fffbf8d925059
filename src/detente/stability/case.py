"""Where a bundle is judged: the game in which it is on the table, and which nodes matter there."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from detente.errors import SummitError
from detente.game.tree import CHANCE, Game, Role
from detente.stability.continuation import Continuation, Vector
from detente.stability.words import PLAIN, Wording, counted, wording_of

if TYPE_CHECKING:
    from detente.stability.elsewhere import Elsewhere
    from detente.stability.modal import Answer
    from detente.summit.demands import Demand
    from detente.summit.summit import Summit


@dataclass(frozen=True)
class Case:
    """One bundle on the table: the game that judges it and the nodes that matter there.

    `continuation` : of that game
    `bundle` : index into the game's bundles
    `offered`, `signed`, `broken` : the nodes with these tags of the bundle
    `breakdown` : what each party gets without agreement, None in a tree written by hand
    `wording` : how the file says amounts and moves
    `later` : of a table: what refusing leads to, once found; it is the same in all of a round
    `talks` : the summit that it is a case of, None where nothing more is known of the game
    """

    continuation: Continuation
    bundle: int
    offered: tuple[int, ...]
    signed: tuple[int, ...]
    broken: frozenset[int]
    breakdown: Vector | None
    wording: Wording = field(default=PLAIN, repr=False)
    later: dict[str, Answer] | None = field(default=None, repr=False, compare=False)
    talks: Any = field(default=None, repr=False, compare=False)

    @property
    def demands(self) -> tuple[Demand, ...]:
        """What the whole file asks of its numbers, beyond what this game shows."""
        return demands_of(self.talks)

    @property
    def game(self) -> Game:
        """The game that judges the bundle."""
        return self.continuation.game

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """The same case at other values of the parameters."""
        from detente.stability.elsewhere import Elsewhere

        return Elsewhere(self)

    @property
    def by_protocol(self) -> bool:
        """Whether the game is the table of a protocol rather than a tree written by hand."""
        return self.breakdown is not None


def case(talks: Summit | Game, bundle: int, round: int | None = None) -> Case:
    """The game in which a bundle is judged, and the nodes that matter there."""
    return Source(talks, round).case(bundle)


class Source:
    """Where the games that judge bundles come from.

    `has_protocol` : whether each bundle has a table of its own; else all share the game by hand
    `round` : in which round it is put on the table, None without a protocol
    `deadline` : on the clock of `time.perf_counter`, for what is solved here
    `breakdown` : what each party gets without agreement in that round, None without a protocol
    """

    def __init__(
        self, given: Any, round: int | None = None, deadline: float | None = None
    ) -> None:
        self.talks: Any = given  # what the two kinds have in common is less than what each has
        self.deadline = deadline
        self.has_protocol = not isinstance(given, Game) and not given.has_tree
        if round is not None and not self.has_protocol:
            raise SummitError(
                "a tree written by hand has no rounds: each bundle is judged where it is offered."
            )
        self.round = round if round is not None or not self.has_protocol else self.talks.rounds
        self.wording = wording_of(given)
        self._later: dict[str, Answer] = {}
        self.breakdown: Vector | None = (
            tuple(self.talks.breakdown(round)) if self.has_protocol else None
        )
        refuse_without_bundles(given)

    @property
    def game(self) -> Game:
        """The talks as written; for a summit built when first asked for."""
        return cast(Game, getattr(self.talks, "game", self.talks))

    @cached_property
    def whole(self) -> Continuation:
        """The equilibrium of the talks as written."""
        return Continuation(self.game, self.deadline)

    @cached_property
    def hidden(self) -> bool:
        """Whether a side does not see everything in the talks as written, or types are drawn."""
        from detente.game.information import first_hidden_infoset

        if self.has_protocol and not self.talks.has_secrets:
            return False
        if first_hidden_infoset(self.game) is not None:
            return True
        return self.has_protocol and int(self.game.mover[0]) == CHANCE

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.perf_counter() > self.deadline

    @property
    def sides(self) -> tuple[str, ...]:
        """Those who move."""
        if not isinstance(self.talks, Game):
            return tuple(self.talks.sides)
        moving = set(self.game.mover[self.game.mover >= 0].tolist())
        return tuple(player for i, player in enumerate(self.game.players) if i in moving)

    @property
    def parties(self) -> tuple[str, ...]:
        """Those who move and those who only gain or lose."""
        return tuple(self.talks.players if isinstance(self.talks, Game) else self.talks.parties)

    def chosen(self, bundles: Iterable[str | int | Mapping[str, str]] | None) -> list[int]:
        """The positions of the bundles asked for, each once; of all if none are named."""
        if bundles is None:
            return list(range(len(self.talks.bundles)))
        return list(dict.fromkeys(bundle_index(self.talks, bundle) for bundle in bundles))

    def case(self, bundle: int) -> Case:
        """The game in which a bundle is judged, solved."""
        if self.has_protocol:
            continuation = Continuation(self.talks.table(bundle, self.round), self.deadline)
        else:
            continuation = self.whole
        return self.case_of(continuation, bundle)

    def case_of(self, continuation: Continuation, bundle: int) -> Case:
        """The case of a bundle in a game that is solved."""
        found = case_in(continuation, bundle, self.breakdown, self.wording, self._later)
        return replace(found, talks=self.talks)


def demands_of(talks: Any) -> tuple[Demand, ...]:
    """What a summit file asks of its numbers; of a game by itself nothing more is known."""
    return () if talks is None or isinstance(talks, Game) else talks.demands


def case_in(
    continuation: Continuation,
    bundle: int,
    breakdown: Vector | None,
    wording: Wording,
    later: dict[str, Answer] | None = None,
) -> Case:
    """The case of a bundle in a solved game; without a `breakdown` it is a tree by hand."""
    nodes = {
        role: tuple(continuation.game.tagged(role, bundle))
        for role in (Role.OFFERED, Role.SIGNED, Role.BROKEN)
    }
    # A table may lead to rounds that offer the bundle again: it is about the first offer.
    offered = nodes[Role.OFFERED] if breakdown is None else (0,)
    return Case(
        continuation, bundle, offered, nodes[Role.SIGNED],
        frozenset(nodes[Role.BROKEN]), breakdown, wording, later,
    )  # fmt: skip


def bundle_index(talks: Any, which: str | int | Mapping[str, str]) -> int:
    """The position of a bundle given by position, name or terms.

    Raises SummitError, with close matches, where there is none.
    """
    refuse_without_bundles(talks)
    if isinstance(which, int):
        count = len(talks.bundles)
        if not 0 <= which < count:
            raise SummitError(
                f"no bundle {which}: the {counted(count)} here are numbered from 0 to {count - 1}."
                if count > 1 else f"no bundle {which}: the one here is number 0."
            )
        return which
    if hasattr(talks, "bundle_index"):
        return int(talks.bundle_index(which))
    names = [bundle.name for bundle in talks.bundles]
    for i, bundle in enumerate(talks.bundles):
        if which == bundle.name or which == dict(bundle.terms):
            return i
    raise SummitError(f"no bundle '{which}'. The bundles are: {', '.join(names[:10])}.")


def refuse_without_bundles(talks: Any) -> None:
    """Raise SummitError where there is nothing to judge."""
    if not talks.bundles:
        raise SummitError(
            f"'{talks.title}' has no bundles: nothing in it is tagged as offered or signed. "
            "Use `detente solve` for its equilibria, or write it as a summit file with terms."
        )
