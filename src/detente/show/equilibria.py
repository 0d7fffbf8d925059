"""The equilibria that a solver found: as data for JSON and as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from detente.game.profile import Profile
from detente.game.tree import CHANCE, Game
from detente.show.data import certificate_data, number, plain_data
from detente.stability.words import plain

if TYPE_CHECKING:
    from detente.solvers.result import Equilibrium, Result

ProfileView = Literal["full", "path", "none"]
STEPS = 60
"""Moves of a path that are told one by one."""


def result_data(result: Result, view: ProfileView = "full") -> dict[str, Any]:
    """What `detente solve --json` prints, without the version.

    `view` : `full` lists every infoset, `path` those that play reaches, `none` leaves them out.
        Infosets are those of the stored nodes: a shared continuation stands once.
    """
    game = result.game
    rows = infoset_rows(game) if view != "none" else []
    data: dict[str, Any] = {
        "game": {"title": game.title, "players": list(game.players), "nodes": game.tree_size},
        "concept": result.concept,
        "method": result.method,
        "complete": result.complete,
        "count": result.count,
        "stopped": result.stopped,
        "seconds": round(float(result.seconds), 6),
        "equilibria": [_equilibrium(eq, view, rows) for eq in result.equilibria],
    }
    data["count_of"] = result.count_of
    if result.reason:
        data["reason"] = result.reason
    if result.payoff_range is not None:
        data["over"] = result.over
        data["payoff_range"] = plain_data(result.payoff_range)
    return data


def _equilibrium(
    equilibrium: Equilibrium, view: ProfileView, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "payoffs": {player: number(value) for player, value in equilibrium.payoffs.items()}
    }
    if view != "none":
        data["behavior"] = list(behavior(equilibrium.profile, view, rows))
    data["certificate"] = certificate_data(equilibrium.certificate)
    return data


def behavior(
    profile: Profile, view: ProfileView = "full", rows: Sequence[Mapping[str, Any]] | None = None
) -> Iterator[dict[str, Any]]:
    """One entry an infoset, by player, then in the order of the tree.

    `free` marks infosets that the player's own moves exclude; there any choice is the same plan.

    `rows` : `infoset_rows` of the game, where they are at hand
    """
    game = profile.game
    rows = infoset_rows(game) if rows is None else rows
    excluded = exclusions(profile)
    everyone = (1 << (game.num_players + 1)) - 1
    own, any_side = _by_infoset(game, excluded, everyone)
    odds = _odds(profile)
    for h, row in enumerate(rows):
        if view == "path" and not any_side[h]:
            continue
        yield {**row, "probabilities": odds(h), "free": not own[h]}


def infoset_rows(game: Game) -> list[dict[str, Any]]:
    """What is the same of each infoset in every equilibrium: player, place, label, actions."""
    sets = game.infosets
    rows: list[dict[str, Any]] = []
    movers = sets.mover[: sets.num_player_infosets].tolist()
    for h, mover in enumerate(movers):
        same_player = h > 0 and movers[h - 1] == mover
        rows.append({
            "player": game.players[mover],
            "infoset": rows[-1]["infoset"] + 1 if same_player else 1,
            "label": sets.label[h],
            "actions": list(sets.actions(h)),
        })
    return rows


def _odds(profile: Profile) -> Callable[[int], list[Any]]:
    """The probabilities at an infoset, as they are printed."""
    if profile.choice is None:
        return lambda h: [number(_slim(p)) for p in profile.at(h)]
    choice: list[int] = profile.choice.tolist()
    width: list[int] = np.diff(profile.game.infosets.action_start).tolist()
    return lambda h: _surely(choice[h], width[h])


@lru_cache(10_000)
def _surely(chosen: int, width: int) -> list[str]:
    return ["1" if action == chosen else "0" for action in range(width)]


def _slim(probability: Any) -> Fraction | float:
    return probability if isinstance(probability, Fraction) else float(probability)


def exclusions(profile: Profile) -> list[int]:
    """For each node a bit mask: bit i if player i's own moves exclude it, the last bit for chance.

    Of the ways to a shared node, each bit is kept only where every way has it.
    """
    game = profile.game
    taken = _taken_edges(profile)
    start, children = game.child_start.tolist(), game.children.tolist()
    movers = game.mover.tolist()
    everything = (1 << (game.num_players + 1)) - 1
    mask = [everything] * game.num_nodes
    mask[0] = 0
    for node, mover in enumerate(movers):
        here = mask[node]
        for edge in range(start[node], start[node + 1]):
            bit = 0 if taken[edge] else 1 << (mover if mover != CHANCE else game.num_players)
            mask[children[edge]] &= here | bit
    return mask


def _taken_edges(profile: Profile) -> list[bool]:
    """Per edge, whether its action has a positive probability."""
    game = profile.game
    sets = game.infosets
    positive: NDArray[np.bool_] = np.zeros(int(sets.action_start[-1]), dtype=bool)
    first = sets.num_player_actions
    if profile.choice is not None:
        starts = sets.action_start[: sets.num_player_infosets]
        positive[starts + profile.choice] = True
    elif profile.vector is not None:
        positive[:first] = [p > 0 for p in profile.vector]
    positive[first:] = sets.probability.numerators > 0
    for where in sets.probability.large:
        positive[first + where] = True
    counts = np.diff(game.child_start)
    inside = np.arange(len(game.children)) - np.repeat(game.child_start[:-1], counts)
    owner = np.repeat(game.infoset, counts)
    taken: list[bool] = positive[sets.action_start[owner] + inside].tolist()
    return taken


def _by_infoset(game: Game, mask: Sequence[int], everyone: int) -> tuple[list[bool], list[bool]]:
    """Whether the owner's moves, and whether all moves, leave some node of each infoset open."""
    own = [False] * game.infosets.num_player_infosets
    reached = [False] * game.infosets.num_player_infosets
    rows = zip(game.infoset.tolist(), game.mover.tolist(), mask, strict=True)
    for h, mover, bits in rows:
        if mover >= 0:
            own[h] = own[h] or not bits >> mover & 1
            reached[h] = reached[h] or not bits & everyone
    return own, reached


def result_lines(result: Result, view: ProfileView = "path", limit: int = 20) -> Iterator[str]:
    """The result for a reader: what was found, how complete it is, each equilibrium in short."""
    game = result.game
    yield game.title or "(untitled game)"
    yield f"{_completeness(result)}, by {result.method.replace('-', ' ')}."
    if result.reason and not (result.complete == "one" and result.count is not None):
        yield result.reason
    paths: dict[tuple[tuple[int, str], ...], int] = {}
    for i, equilibrium in enumerate(result.equilibria[:limit], start=1):
        yield ""
        payoffs = ", ".join(f"{p} {plain(Fraction(v))}" for p, v in equilibrium.payoffs.items())
        certificate = equilibrium.certificate
        yield f"Equilibrium {i}: {payoffs}  ({certificate.verdict}, {certificate.arithmetic})"
        if view == "path":
            first = paths.setdefault(equilibrium.path, i)
            if first != i:
                yield f"  Played as equilibrium {first}; it differs only off the path."
            else:
                yield from _path(equilibrium)
        elif view == "full":
            yield from _moves(equilibrium.profile)
    if len(result.equilibria) > limit:
        yield f"… and {len(result.equilibria) - limit} more; --json prints them all."


def _path(equilibrium: Equilibrium) -> Iterator[str]:
    game, path = equilibrium.game, equilibrium.path
    for node, action in path[:STEPS]:
        place = game.describe(node)
        at = "" if place.startswith("after ") else "at "
        yield f"  {game.players[int(game.mover[node])]} {at}{place}: '{action}'"
    if len(path) > STEPS:
        yield f"  … and {len(path) - STEPS:,} more moves; --profile full or --json gives all."


def _moves(profile: Profile) -> Iterator[str]:
    for entry in behavior(profile):
        pairs = zip(entry["actions"], entry["probabilities"], strict=True)
        chosen = [(action, p) for action, p in pairs if p not in ("0", 0.0)]
        said = ", ".join(f"'{a}'" if p in ("1", 1.0) else f"'{a}' {p}" for a, p in chosen)
        where = entry["label"] or f"infoset {entry['infoset']}"
        yield f"  {entry['player']} at '{where}': {said}{' (free)' if entry['free'] else ''}"


_CONCEPTS = {"spe": "subgame-perfect", "nash": "Nash", "sequential": "sequential"}
_EXACTLY_UP_TO = 10**12


def _completeness(result: Result) -> str:
    """'1 of 2 subgame-perfect equilibria in pure strategies (--all shows both)'."""
    found, count = len(result.equilibria), result.count
    kind = _CONCEPTS.get(result.concept, result.concept)
    pure = " in pure strategies" if result.concept == "spe" else ""
    stopped = "" if result.stopped in ("finished", "limit") else f"; stopped: {result.stopped}"
    if not found:
        return f"No {kind} equilibrium found{pure}{stopped}"
    many = f"{kind} equilibria{pure}"
    if count == found == 1:
        return f"The only {kind} equilibrium{pure}{stopped}"
    if count == found:
        return f"All {count} {many}{stopped}"
    if count is None:
        known = "one" if found == 1 else str(found)
        return f"{known[:1].upper()}{known[1:]} of the {many}, which are not counted{stopped}"
    both = "both" if count == 2 else "all" if count <= _LISTED else "the first ones"
    hint = f" (--all shows {both})" if found == 1 else ""
    return f"{found} of {_about(count)} {many}{hint}{stopped}"


_LISTED = 1000
"""Equilibria that --all lists at most."""


def _about(count: int) -> str:
    """A count: about 2.7·10^45 where it is huge.

    >>> _about(1234), _about(27 * 10**44)
    ('1,234', 'about 2.7·10^45')
    """
    if count < _EXACTLY_UP_TO:
        return f"{count:,}"
    exponent = int(math.log10(count))
    exponent -= 10**exponent > count  # the logarithm may have been rounded up
    leading = count // 10 ** (exponent - 1)
    return f"about {leading // 10}.{leading % 10}·10^{exponent}"
