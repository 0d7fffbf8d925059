"""What each coalition of the parties can secure: in the talks as written, or by consent alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from detente.errors import NotSupported
from detente.game.tree import Game
from detente.stability.bargaining.coalition_game import CoalitionGame
from detente.stability.bargaining.coalition_play import (
    Together,
    beginning,
    by_consent,
    by_talks,
    checking,
    refuse_without_consent,
)
from detente.stability.bargaining.core import Core, LeastCore, Shares, core, least_core
from detente.stability.bargaining.nucleolus import Nucleolus, nucleolus
from detente.stability.bargaining.shapley import shapley
from detente.stability.words import listed, plain

By = Literal["talks", "consent"]
MOST_PARTIES = 15
"""Parties whose coalitions are all looked at: 32,767 coalitions."""


@dataclass(frozen=True)
class Coalitions:
    """The coalitions of the parties to talks, and how what all get together might be divided.

    `by` : `talks`: a coalition moves as one that wants the greatest sum for its members, the others
        each for themselves, in subgame-perfect equilibrium of the talks; `consent`: it signs what
        needs nobody else's consent, or nothing
    `bundle` : the one that the talks begin with, on the table; None for the talks as written
    `together` : every coalition but the empty one, in the order of positions in `game`
    `core`, `least_core`, `nucleolus`, `shapley` : of `game`; what they divide is transferable, paid
        on the side beyond what the deal itself brings
    `aside` : the sides that move in the talks but whose consent no bundle needs
    """

    title: str
    by: By
    bundle: str | None
    unit: str
    game: CoalitionGame
    together: tuple[Together, ...]
    core: Core
    least_core: LeastCore
    nucleolus: Nucleolus
    shapley: Shares
    notes: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def parties(self) -> tuple[str, ...]:
        """Who may come together."""
        return self.game.players

    def __getitem__(self, members: str | Sequence[str]) -> Together:
        """A coalition, by its members' names."""
        return self.together[self.game.position(members) - 1]

    @property
    def everyone(self) -> Together:
        """The coalition of all."""
        return self.together[-1]

    @cached_property
    def unwelcome(self) -> tuple[tuple[str, ...], str, Fraction] | None:
        """A coalition, a party and what both lose by coming together, where that is most.

        None where nobody's joining costs. It can: a coalition that minds what its members lose may
        no longer refuse what one of them alone would refuse, and the others foresee that.
        """
        best: tuple[Fraction, int, int] = (Fraction(0), 0, 0)
        worths = self.game.worths
        for position in range(1, len(worths)):
            for i in range(self.game.num_players):
                if not position >> i & 1:
                    apart = worths[position] + worths[1 << i]
                    best = max(best, (apart - worths[position | 1 << i], -position, i))
        if not best[0]:
            return None
        return self.game.members(-best[1]), self.parties[best[2]], best[0]

    @cached_property
    def gain(self) -> Fraction:
        """What all get together beyond what they get each alone."""
        return self.everyone.worth - sum(self.game.alone(), Fraction(0))

    def payments(self, shares: Shares) -> dict[str, Fraction]:
        """What each party is paid on the side (or pays, below 0) for this division.

        In the outcome that all would settle on together it gets `everyone.paid` without it.
        """
        return {party: shares[party] - self.everyone.paid[party] for party in self.parties}

    def to_frame(self, exact: bool = True) -> Any:
        """A pandas data frame, one row a coalition.

        `exact` : numbers as Fractions; else as floats

        Raises NotSupported where pandas is not installed.
        """
        from detente.stability.bargaining.frames import frame

        rows = [
            {
                "coalition": " + ".join(found.members),
                "worth": found.worth,
                "hoped": found.hoped,
                "settles": ", ".join(found.settles),
                "broken": found.broken,
                **{f"gets: {party}": amount for party, amount in found.paid.items()},
            }
            for found in self.together
        ]
        return frame(rows, "coalition", exact)

    def _repr_html_(self) -> str:
        from detente.notebook import table_html

        rows = [
            [" + ".join(one.members), plain(one.worth), ", ".join(one.settles)]
            for one in self.together
        ]
        heads = ["coalition", f"worth{f', in {self.unit}' if self.unit else ''}", "signs"]
        return table_html(f"{self.title}: coalitions", heads, rows)


def coalitions(
    talks: Any,
    *,
    parties: Sequence[str] | None = None,
    by: By | None = None,
    bundle: str | int | Mapping[str, str] | None = None,
    round: int | None = None,
    deadline: float | None = None,
) -> Coalitions:
    """What every coalition of the parties can secure, and how all might divide what they get.

    `talks` : a summit, or a game in extensive form
    `parties` : those who may come together; all of them if left out. The others play for themselves
    `by`, `bundle` : see `Coalitions`; talks if left out, but consent where moves are hidden
    `round` : by consent, or of a bundle, the round in which it is on the table, the last unless
        given
    `deadline` : on the clock of `time.perf_counter`; OutOfTime is raised where it passes

    Raises NotSupported for more than `MOST_PARTIES`, where moves are hidden and the talks are asked
    for, and where there are no bundles and consent is asked for.
    """
    who = coming_together(talks, parties)
    name, given, by = None, by, by or _usual(talks, bundle)
    if by == "consent":
        refuse_without_consent(talks, bundle)
        found, notes = by_consent(talks, who, round, deadline)
        if not given:
            notes = (*notes, "sides do not see everything here: coalitions are found by consent.")
    elif by == "talks":
        game, name = beginning(talks, bundle, round)
        found, notes = by_talks(game, who, deadline)
    else:
        raise NotSupported(f"coalitions are found by talks or by consent; found {by!r}.")
    worths = CoalitionGame(who, (Fraction(0), *(one.worth for one in found)))
    check = checking(deadline)
    unit = "" if isinstance(talks, Game) else talks.file.unit or ""
    return Coalitions(
        talks.title, by, name, unit, worths, tuple(found), core(worths, check=check),
        least_core(worths, check=check), nucleolus(worths, check=check), shapley(worths), notes,
        () if by == "consent" else _aside(talks),
    )  # fmt: skip


def coming_together(talks: Any, parties: Sequence[str] | None) -> tuple[str, ...]:
    """Who may come together; NotSupported where that is nobody, too many, or no talks."""
    if not hasattr(talks, "bundles"):
        raise NotSupported(
            f"coalitions take a summit or a game in extensive form; found {type(talks).__name__}. "
            "Load one with detente.load."
        )
    everyone: tuple[str, ...] = talks.players if isinstance(talks, Game) else talks.parties
    return _chosen(everyone, parties)


def _aside(talks: Any) -> tuple[str, ...]:
    """The sides whose consent no bundle needs."""
    if isinstance(talks, Game) or talks.has_tree:
        return ()
    asked = {side for bundle in range(len(talks.bundles)) for side in talks.consents(bundle)}
    return tuple(side for side in talks.sides if side not in asked)


def _usual(talks: Any, bundle: object) -> By:
    """How coalitions are found where nothing else is asked for."""
    secret = not isinstance(talks, Game) and not talks.has_tree and talks.has_secrets
    return "consent" if secret and bundle is None else "talks"


def _chosen(everyone: Sequence[str], given: Sequence[str] | None) -> tuple[str, ...]:
    who = tuple(everyone if given is None else given)
    unknown = [party for party in who if party not in everyone]
    if unknown or not who or len(set(who)) < len(who):
        what = f"'{unknown[0]}' is none of them" if unknown else "name each once, at least one"
        raise NotSupported(f"the parties are {listed(list(everyone))}; {what}.")
    if len(who) > MOST_PARTIES:
        raise NotSupported(
            f"{len(who)} parties have {2 ** len(who) - 1:,} coalitions, and those of at most "
            f"{MOST_PARTIES} are looked at. Name the parties that matter."
        )
    return tuple(party for party in everyone if party in who)
