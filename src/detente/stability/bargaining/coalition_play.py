"""What one coalition does and gets: moving as one in the talks, or signing by consent alone."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from detente.errors import NotSupported, OutOfTime
from detente.game.expand import folded
from detente.game.information import first_hidden_infoset
from detente.game.rationals import Payoffs
from detente.game.tree import CHANCE, Game, Role
from detente.stability.bargaining.core import Check
from detente.stability.bargaining.points import Vector
from detente.stability.case import bundle_index
from detente.stability.continuation import Continuation
from detente.stability.modal import answer


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


def checking(deadline: float | None) -> Check:
    """What raises OutOfTime once the deadline (`time.perf_counter`) has passed."""

    def check() -> None:
        if deadline is not None and time.perf_counter() > deadline:
            raise OutOfTime

    return check


# ── in the talks ───────────────────────────────────────────────────────────────────────────────


def beginning(
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


def by_talks(
    written: Game, who: tuple[str, ...], deadline: float | None
) -> tuple[list[Together], tuple[str, ...]]:
    """Every coalition moving as one, the others each for themselves; and notes on the equilibria.

    `written` : a game in which all moves are seen
    """
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


def refuse_without_consent(talks: Any, bundle: object) -> None:
    """Raise NotSupported where consent alone does not say what a coalition can have."""
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


def by_consent(
    summit: Any, who: tuple[str, ...], round: int | None, deadline: float | None
) -> tuple[list[Together], tuple[str, ...]]:
    """The most that each coalition can sign for itself; members alone count, and everyone complies.

    A bundle that needs the consent of someone who is not among `who` needs it all the same.
    """
    check = checking(deadline)
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
