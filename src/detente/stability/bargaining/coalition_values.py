"""What each coalition of the parties can secure: in the talks as written, or by consent alone."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from detente.errors import NotSupported, OutOfTime
from detente.game.expand import folded
from detente.game.information import first_hidden_infoset
from detente.game.rationals import Payoffs
from detente.game.tree import CHANCE, Game, Role
from detente.stability.bargaining.coalition_game import CoalitionGame
from detente.stability.bargaining.core import Check, Core, LeastCore, Shares, core, least_core
from detente.stability.bargaining.nucleolus import Nucleolus, nucleolus
from detente.stability.bargaining.points import Vector
from detente.stability.bargaining.shapley import shapley
from detente.stability.case import bundle_index
from detente.stability.continuation import Continuation
from detente.stability.modal import answer
from detente.stability.words import listed, plain

By = Literal["talks", "consent"]
MOST_PARTIES = 15
"""Parties whose coalitions are all looked at: 32,767 coalitions."""


@dataclass(frozen=True)
class Together:
    """What a coalition does and gets.

    `members` : its parties
    `worth` : the least that its members get together over the equilibria; by consent, the most that
        they can sign for themselves
    `hoped` : the greatest over the equilibria, where ties leave several; else the same
    `exact` : whether both are exact, rather than bounds
    `settles` : the bundles that are then signed with some probability; several only by chance
    `broken` : how likely a side then breaks what is signed
    `moves` : who then does what, (player, node, action), along every way that chance may take;
        by consent none
    `paid` : party → what it gets then, outsiders as well, before anything is paid on the side
    """

    members: tuple[str, ...]
    worth: Fraction
    hoped: Fraction
    exact: bool
    settles: tuple[str, ...]
    broken: Fraction
    paid: Mapping[str, Fraction]
    moves: tuple[tuple[str, str, str], ...] = ()

    def does(self, player: str) -> tuple[str, ...]:
        """What a player then does, in order, whichever way chance goes."""
        return tuple(action for mover, _, action in self.moves if mover == player)


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
        _refuse_without_consent(talks, bundle)
        found, notes = _by_consent(talks, who, round, deadline)
        if not given:
            notes = (*notes, "sides do not see everything here: coalitions are found by consent.")
    elif by == "talks":
        game, name = _beginning(talks, bundle, round)
        found, notes = _by_talks(game, who, deadline)
    else:
        raise NotSupported(f"coalitions are found by talks or by consent; found {by!r}.")
    worths = CoalitionGame(who, (Fraction(0), *(one.worth for one in found)))
    check = _check(deadline)
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


def _check(deadline: float | None) -> Check:
    def check() -> None:
        if deadline is not None and time.perf_counter() > deadline:
            raise OutOfTime

    return check


# ── in the talks ───────────────────────────────────────────────────────────────────────────────


def _beginning(
    talks: Any, bundle: str | int | Mapping[str, str] | None, round: int | None
) -> tuple[Game, str | None]:
    """The game that the coalitions play, and the bundle on the table there."""
    by_protocol = not isinstance(talks, Game) and not talks.has_tree
    if by_protocol and talks.has_secrets:
        raise _hidden(True)
    if bundle is None:
        if round is not None:
            raise NotSupported(
                "coalitions play the talks as written, which begin with the first round: leave the "
                "round out, or say which bundle is on the table in it."
            )
        game: Game = getattr(talks, "game", talks)
    elif by_protocol:
        at = bundle_index(talks, bundle)
        return talks.table(at, round), talks.bundles[at].name
    else:
        raise NotSupported(
            "in a tree written by hand no bundle has a table of its own; leave the bundle out."
        )
    if first_hidden_infoset(game) is not None:
        raise _hidden(by_protocol)
    return game, None


def _by_talks(
    written: Game, who: tuple[str, ...], deadline: float | None
) -> tuple[list[Together], tuple[str, ...]]:
    game = folded(written)
    at = {party: game.players.index(party) for party in who}
    found = []
    for position in range(1, 1 << len(who)):
        members = [party for i, party in enumerate(who) if position >> i & 1]
        found.append(_acting_as_one(game, members, [at[p] for p in members], deadline))
    notes = []
    if not all(one.exact for one in found):
        notes.append("some sets of equilibria are too large to list; bounds stand in for them.")
    if any(one.worth < one.hoped for one in found):
        notes.append("where ties leave several equilibria, a coalition counts with the least.")
    return found, tuple(notes)


def _hidden(by_protocol: bool) -> NotSupported:
    instead = " Ask for them by consent instead." if by_protocol else ""
    return NotSupported(
        "coalitions move as one only where every side sees every move: what members of one know "
        f"together, the game does not say.{instead}"
    )


def _acting_as_one(
    game: Game, members: Sequence[str], at: Sequence[int], deadline: float | None
) -> Together:
    """What a coalition gets if all its members want the greatest sum for it.

    With all moves seen, members who each want that play as one player would: at every node the
    mover's choice is judged alone (the one-shot deviation principle).
    """
    if deadline is not None and time.perf_counter() > deadline:
        raise OutOfTime
    team = Continuation(_with_common_aim(game, at), deadline)
    result = answer(team, 0)
    low, high = result.ranges[at[0]]
    reached, paid, broken = _course(game, team)
    return Together(
        tuple(members), low, high, result.exact, _signed(game, reached), broken,
        dict(zip(game.players, paid, strict=True)), _moves(game, team, reached),
    )  # fmt: skip


def _with_common_aim(game: Game, at: Sequence[int]) -> Game:
    """The game in which each of these players gets what all of them get."""
    if len(at) == 1:
        return game
    table = game.outcomes.payoffs
    columns = {i: table.integer_column(i) for i in at}
    sums = [
        sum((Fraction(columns[i][row], table.denominators[i]) for i in at), Fraction(0))
        for row in range(len(table))
    ]
    rows = [
        [total if i in columns else amount for i, amount in enumerate(table.row(row))]
        for row, total in enumerate(sums)
    ]
    outcomes = replace(game.outcomes, payoffs=Payoffs.of(rows, game.num_players))
    return game.replaced(outcomes=outcomes, formulas=None)


def _course(game: Game, team: Continuation) -> tuple[list[int], Vector, Fraction]:
    """The equilibrium of first best moves: the nodes it comes to, what each player gets, and how
    likely a side breaks what is signed."""
    breaches = {tag.node for tag in game.tags if tag.role == Role.BROKEN}
    arriving = {0: Fraction(1)}
    whole, broken = {0: Fraction(1)}, Fraction(0)  # arrivals before any breach
    paid = [Fraction(0)] * game.num_players
    reached = []
    for node in range(game.num_nodes):
        here = arriving.pop(node, None)
        if here is None:
            continue
        reached.append(node)
        unbroken = whole.pop(node, Fraction(0))
        if node in breaches:
            broken, unbroken = broken + unbroken, Fraction(0)
        if game.outcome[node] >= 0:
            paid = [p + here * a for p, a in zip(paid, game.payoff(node), strict=True)]
        for child, odds in _onwards(team, node):
            arriving[child] = arriving.get(child, Fraction(0)) + here * odds
            whole[child] = whole.get(child, Fraction(0)) + unbroken * odds
        if not arriving:
            break
    return reached, tuple(paid), broken


def _signed(game: Game, reached: Sequence[int]) -> tuple[str, ...]:
    """The bundles that are signed at some of these nodes."""
    there = set(reached)
    signed = {tag.bundle for tag in game.tags if tag.role == Role.SIGNED and tag.node in there}
    return tuple(game.bundles[bundle].name for bundle in sorted(signed))


def _moves(
    game: Game, team: Continuation, reached: Sequence[int]
) -> tuple[tuple[str, str, str], ...]:
    """Who does what at these nodes, each move once."""
    found = dict.fromkeys(
        (game.players[team.mover[v]], game.node_label[v], team.actions(v)[int(team.choice[v])])
        for v in reached if team.mover[v] >= 0
    )  # fmt: skip
    return tuple(found)


def _onwards(team: Continuation, node: int) -> list[tuple[int, Fraction]]:
    """Where play goes from a node, with probabilities above 0."""
    if team.mover[node] >= 0:
        return [(team.chosen(node), Fraction(1))]
    if team.mover[node] != CHANCE:
        return []
    ways = zip(team.children(node), team.probabilities(node), strict=True)
    return [(child, odds) for child, odds in ways if odds]


# ── by consent ─────────────────────────────────────────────────────────────────────────────────


def _refuse_without_consent(talks: Any, bundle: object) -> None:
    if bundle is not None:
        raise NotSupported(
            "by consent a coalition signs what it likes best; leave the bundle out, or ask for "
            "coalitions by talks."
        )
    if isinstance(talks, Game) or talks.has_tree:
        raise NotSupported(
            "a tree written by hand does not say whose consent a bundle needs. Ask for coalitions "
            "by talks."
        )


def _by_consent(
    summit: Any, who: tuple[str, ...], round: int | None, deadline: float | None
) -> tuple[list[Together], tuple[str, ...]]:
    """The most that each coalition can sign for itself; members alone count, and everyone complies.

    A bundle that needs the consent of someone who is not among `who` needs it all the same.
    """
    check = _check(deadline)
    names, rows, needs = ["breakdown"], [summit.breakdown(round)], [0]
    for bundle in range(len(summit.bundles)):
        check()
        asked = summit.consents(bundle)
        if all(side in who for side in asked):
            names.append(summit.bundles[bundle].name)
            rows.append(summit.values(bundle, round))
            needs.append(sum(1 << who.index(side) for side in asked))
    at = [summit.parties.index(party) for party in who]
    found = []
    for position in range(1, 1 << len(who)):
        check()
        inside = [k for i, k in enumerate(at) if position >> i & 1]
        best, worth = 0, sum((rows[0][k] for k in inside), Fraction(0))
        for k in range(1, len(rows)):
            if needs[k] & ~position == 0:
                total = sum((rows[k][j] for j in inside), Fraction(0))
                if total > worth:
                    best, worth = k, total
        found.append(_signing(summit, who, position, names[best], rows[best], worth))
    notes = ["bundles count with what they bring if everyone complies."]
    if summit.types:
        notes.append("where sides have types, all amounts are averages by the prior.")
    return found, tuple(notes)


def _signing(
    summit: Any, who: tuple[str, ...], position: int, name: str, paid: Vector, worth: Fraction
) -> Together:
    members = tuple(party for i, party in enumerate(who) if position >> i & 1)
    settles = () if name == "breakdown" else (name,)
    gets = dict(zip(summit.parties, paid, strict=True))
    return Together(members, worth, worth, True, settles, Fraction(0), gets)
