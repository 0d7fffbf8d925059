"""One breach, once: what it gains now and costs later, and what would keep a side from it.

At each node where a side may break a bundle that is being carried out, its continuation values are
compared: complying, breaking it unseen, breaking it and being caught (all play after that in
equilibrium). Three quantities are then freed one at a time, and the verdict is followed along each:
how likely this side's breaches are seen, what being caught costs it beyond what the file says, and
what a year later counts for it. The sets of values at which the bundle is kept are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from detente.errors import NotSupported, SummitError
from detente.stability.following.along import Along, followed
from detente.stability.following.union import Interval, Union

if TYPE_CHECKING:
    from detente.stability.case import Case, Source
    from detente.summit.summit import Summit

QUANTITIES = ("detection", "penalty", "patience")
"""What is freed: a probability, an amount on top of the file's, a discount factor a year."""

RANGES = {
    "detection": Interval(Fraction(0), Fraction(1)),
    "penalty": Interval(Fraction(0), None, True, False),
    "patience": Interval(Fraction(0), Fraction(1), False, True),
}


@dataclass(frozen=True)
class Breach:
    """A way to break the bundle, where it is open while all comply before.

    `move`, `name` : the move, and what the file says that it means ("" where nothing)
    `nodes` : in the table of the bundle, those at which the numbers below are these
    `after` : for each of them, what chance and free choices have come to on a way there
    `reach` : how likely one of them is reached once it is signed and all comply before
    `complying`, `undetected`, `caught` : what the side gets from there on, play after that being in
        equilibrium
    `detection` : how likely it is seen
    """

    move: str
    name: str
    nodes: tuple[int, ...]
    after: tuple[tuple[str, ...], ...]
    reach: Fraction
    complying: Fraction
    undetected: Fraction
    caught: Fraction
    detection: Fraction

    @property
    def gain(self) -> Fraction:
        """What cheating gains where it is not seen."""
        return self.undetected - self.complying

    @property
    def cost(self) -> Fraction:
        """What being caught costs, against not being caught."""
        return self.undetected - self.caught

    @property
    def net(self) -> Fraction:
        """What cheating gains on average; the side breaks it where this is above zero."""
        return self.gain - self.detection * self.cost


@dataclass(frozen=True)
class OneShot:
    """What keeps one side from breaking one bundle.

    `breaches` : in the order of play
    `sets` : quantity → its values at which the bundle is `honoured`, as verdicts have it: no breach
        in some equilibrium; a quantity that cannot be freed is missing, and `notes` says why
    `own` : quantity → its values at which this side would keep it if the others were bound to
    `surely` : quantity → its values at which nobody breaks it in any equilibrium
    `notes` : quantity → what there is to say where a set is empty or everything, or missing
    """

    bundle: str
    side: str
    breaches: tuple[Breach, ...]
    sets: Mapping[str, Union]
    own: Mapping[str, Union] = field(default_factory=dict)
    surely: Mapping[str, Union] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def one_shot(
    summit: Summit,
    bundles: Iterable[str | int | Mapping[str, str]] | None = None,
    side: str | None = None,
    *,
    round: int | None = None,
    deadline: float | None = None,
) -> Iterator[OneShot]:
    """For each bundle and each side that can break it, what keeps that side from it.

    `bundles` : these only, by name, terms or position
    `side` : this one only
    `round` : in which the bundles are put on the table; the last one unless given
    `deadline` : on the clock of `time.perf_counter`; OutOfTime is raised where it passes

    In the order of the bundles, then of the sides. Raises NotSupported for a tree written by hand
    and under hidden information, SummitError for an unknown bundle or side.
    """
    from detente.stability.case import Source
    from detente.summit.variants import breachers

    refused = refusal(summit)
    if refused:
        raise NotSupported(refused)
    if side is not None and side not in summit.sides:
        raise SummitError(f"there is no side '{side}'. The sides are: {', '.join(summit.sides)}.")
    source = Source(summit, round, deadline)
    sides = [name for name in breachers(summit) if side in (None, name)]
    freed = {name: _freed(summit, name, round, deadline) for name in sides}
    for bundle in source.chosen(bundles):
        case = source.case(bundle)
        for name in sides:
            breaches = breaches_of(case, name)
            if breaches:
                yield _shot(case, name, breaches, *freed[name])


def refusal(summit: Summit) -> str | None:
    """Why single breaches cannot be looked at in a summit, in one sentence, or None."""
    if summit.has_tree:
        return (
            f"'{summit.title}' is a tree written by hand: nothing in it says what is seen of a "
            "breach. Write it with terms and a carrying-out."
        )
    if summit.has_secrets:
        return (
            f"in '{summit.title}' a side does not see all that is done: what keeps a side from a "
            "breach is followed only where all moves are seen."
        )
    return None


@dataclass(frozen=True)
class _Freed:
    """A summit with one quantity of one side freed."""

    source: Source
    parameter: str
    within: Interval

    def along(self, bundle: int, only: str | None = None) -> Along:
        """The verdict on a bundle along the quantity."""
        case = self.source.case(bundle)
        return followed(case, self.parameter, self.within, only, self.source.deadline)


def _freed(
    summit: Summit, side: str, round: int | None, deadline: float | None
) -> tuple[dict[str, _Freed], dict[str, str]]:
    """Each quantity of a side freed; and why those are not that cannot be."""
    from detente.stability.case import Source

    found: dict[str, _Freed] = {}
    refused: dict[str, str] = {}
    for quantity, free in _freeing(summit, side).items():
        try:
            freed, name = free()
        except SummitError as error:
            refused[quantity] = error.message
        else:
            found[quantity] = _Freed(Source(freed, round, deadline), name, RANGES[quantity])
    return found, refused


def _freeing(summit: Summit, side: str) -> dict[str, Callable[[], tuple[Summit, str]]]:
    from detente.summit.variants import with_detection, with_patience, with_penalty

    return {
        "detection": lambda: with_detection(summit, side),
        "penalty": lambda: with_penalty(summit, side),
        "patience": lambda: with_patience(summit, side),
    }


def _shot(
    case: Case,
    side: str,
    breaches: tuple[Breach, ...],
    freed: Mapping[str, _Freed],
    refused: Mapping[str, str],
) -> OneShot:
    found = {quantity: there.along(case.bundle) for quantity, there in freed.items()}
    sets = {quantity: there.possibly("honoured") for quantity, there in found.items()}
    own = sets
    if _breakers(case) != {side}:
        own = {
            quantity: there.along(case.bundle, side).possibly("honoured")
            for quantity, there in freed.items()
        }
    notes = {
        quantity: _note(quantity, side, sets[quantity], own[quantity])
        for quantity in found
        if sets[quantity].is_empty or sets[quantity].is_everything
    }
    return OneShot(
        bundle=case.game.bundles[case.bundle].name,
        side=side,
        breaches=breaches,
        sets=sets,
        own=own,
        surely={quantity: there.surely("honoured") for quantity, there in found.items()},
        notes={**notes, **refused},
    )


def _breakers(case: Case) -> set[str]:
    """The sides that can break it somewhere."""
    game = case.game
    return {game.players[int(game.mover[int(game.parent[node])])] for node in case.broken}


_NAMES = {
    "detection": "probability that breaches of {side} are seen",
    "penalty": "penalty on {side}",
    "patience": "discount factor a year of {side}",
}


def _note(quantity: str, side: str, kept: Union, own: Union) -> str:
    name = _NAMES[quantity].format(side=side)
    if kept.is_everything:
        return f"it is kept at every {name}."
    if own.is_empty:
        return f"no {name} keeps {side} from breaking it."
    if own.is_everything:
        return f"no {name} matters: {side} would keep it anyway, and others break it."
    return f"no {name} is enough: where {side} would keep it, others break it."


# ── the breaches ───────────────────────────────────────────────────────────────────────────────


def breaches_of(case: Case, side: str) -> tuple[Breach, ...]:
    """The breaches open to a side where all comply before, in the order of play."""
    found: dict[tuple[object, ...], Breach] = {}
    for breach in _at_nodes(case, side):
        key = (breach.move, breach.complying, breach.undetected, breach.caught, breach.detection)
        same = found.get(key)
        found[key] = breach if same is None else replace(
            same,
            nodes=(*same.nodes, *breach.nodes),
            after=(*same.after, *breach.after),
            reach=same.reach + breach.reach,
        )
    return tuple(found.values())


def _at_nodes(case: Case, side: str) -> Iterator[Breach]:
    continuation, game = case.continuation, case.game
    player = game.players.index(side)
    for node, reach, after in _complying(case):
        if continuation.mover[node] != player:
            continue
        moves = list(zip(continuation.actions(node), continuation.children(node), strict=True))
        complying = _onwards(case, node)
        for move, child in moves:
            if child in case.broken:
                yield _breach(case, (node, child, complying), player, move, reach, after)


def _complying(case: Case) -> Iterator[tuple[int, Fraction, tuple[str, ...]]]:
    """Nodes that are reached once it is signed while all comply: how likely, and on what way."""
    from detente.stability.reasons import consent_path

    continuation, game = case.continuation, case.game
    path = consent_path(continuation, case.offered[0], case.signed)
    reached: dict[int, tuple[Fraction, tuple[str, ...]]] = {}
    if path:
        reached[path[-1]] = Fraction(1), ()
    for node in range(game.num_nodes):
        if node not in reached:
            continue
        likely, after = reached[node]
        yield node, likely, after
        children = continuation.children(node)
        if not children:
            continue
        if continuation.mover[node] >= 0:
            onwards = {_onwards(case, node): Fraction(1)}
        else:
            onwards = dict(zip(children, continuation.probabilities(node), strict=True))
        free = not any(child in case.broken for child in children)
        for move, child in zip(continuation.actions(node), children, strict=True):
            if child in onwards:
                before, way = reached.get(child, (Fraction(0), (*after, move) if free else after))
                reached[child] = before + likely * onwards[child], way


def _onwards(case: Case, node: int) -> int:
    """Complying, where there is something to comply with; else what equilibrium does."""
    continuation = case.continuation
    kept = [child for child in continuation.children(node) if child not in case.broken]
    if kept and len(kept) < len(continuation.children(node)):
        return kept[0]
    return continuation.chosen(node)


def _breach(
    case: Case,
    nodes: tuple[int, int, int],
    player: int,
    move: str,
    reach: Fraction,
    after: tuple[str, ...],
) -> Breach:
    """A breach, whose own node is a move of chance: detected, or not.

    `nodes` : where it is decided, the breach, and what complying leads to
    """
    continuation = case.continuation
    node, broken, complying = nodes
    seen, unseen = continuation.children(broken)
    gain = case.game.payoff(broken)[player]
    return Breach(
        move=move,
        name=case.wording.names.get(move, ""),
        nodes=(node,),
        after=(after,),
        reach=reach,
        complying=continuation.value(complying, player),
        undetected=gain + continuation.value(unseen, player),
        caught=gain + continuation.value(seen, player),
        detection=continuation.probabilities(broken)[0],
    )
