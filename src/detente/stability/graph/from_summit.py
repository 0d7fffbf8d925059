"""The conflict graph of a summit: its feasible bundles and no agreement, and who can move between.

States are option vectors, one level a term, with or without an agreement in force (Fang, Hipel and
Kilgour 1993, chapters 1 and 3). What a side can do follows from the file: the terms it concedes,
which levels are irreversible, and whose consent a bundle needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from detente.conflict.conflict import Conflict, Mover, Options
from detente.conflict.moves import Ints, Moves
from detente.errors import NotSupported, OutOfTime
from detente.stability.graph.summit_moves import Controls, Edges, Rules
from detente.stability.words import listed

if TYPE_CHECKING:
    from detente.summit.bundles import Bundles
    from detente.summit.summit import Summit

NO_AGREEMENT = "no agreement"
"""The state in which talks have broken down and nothing irreversible was delivered."""
AGREEMENT = "agreement"
"""The option that is taken where a bundle is in force; signing and walking out change it."""
MOST_AMENDED = 1_000
"""Bundles up to which signed ones are changed by consent unless the user says otherwise."""
MOST_MOVES = 1 << 26
"""Moves of one kind up to which a graph is set up."""


@dataclass(frozen=True, eq=False, repr=False)
class SummitConflict(Conflict):
    """A conflict that was read off a summit.

    `value` : for each state what each of `parties` gets, exact
    `parties` : the sides of the graph first, then everyone else of the summit
    `bundle` : int32 (num_states,), the position of the bundle in force; -1 without agreement
    `rules` : in sentences, which moves there are and why
    `unit` : of the values
    `bundles` : the summit's, by which states are found
    """

    value: tuple[tuple[Fraction, ...], ...] = ()
    parties: tuple[str, ...] = ()
    bundle: Ints | None = None
    rules: tuple[str, ...] = ()
    unit: str = ""
    bundles: Bundles | None = None

    def state(self, given: int | str) -> int:
        """The number of a state, by number or name; a bundle's levels come in any order.

        Raises GameError or SummitError where there is none.
        """
        if self.bundles is None or not isinstance(given, str) or given in self.states:
            return super().state(given)
        if given.strip().casefold() in (NO_AGREEMENT, "breakdown"):
            return self.status_quo or 0
        return self.state_of(self.bundles.find(given))

    def state_of(self, bundle: int) -> int:
        """The state in which the bundle of this position is in force."""
        assert self.bundle is not None
        return int(np.flatnonzero(self.bundle == bundle)[0])

    def gain(self, side: int, here: int, there: int) -> Fraction:
        """How much more a side gets there than here."""
        return self.value[there][side] - self.value[here][side]


def conflict_of_summit(
    summit: Summit,
    *,
    round: int | None = None,
    types: Mapping[str, str] | None = None,
    amend: bool | None = None,
    gifts: bool = False,
    walk_out: bool = True,
    much: Fraction | None = None,
    unsure: Fraction | None = None,
    deadline: float | None = None,
) -> SummitConflict:
    """The conflict graph of a summit.

    States are the feasible bundles in force, and no agreement: once for each set of irreversible
    levels that a bundle leaves behind. A side prefers what brings it more if all comply
    (`Summit.values`; without agreement `Summit.breakdown`), compared exactly. The moves:

    * from no agreement to a bundle, all whose consent it needs sign it together;
    * so they do from one bundle to another, where signed bundles are changed by consent;
    * alone a side takes back what it concedes, in part or whole, or gives more where the bundle
      then needs nobody else's consent; a term conceded by several is taken back by any of them;
    * alone a signer walks out, which ends the agreement.

    An irreversible level is never lowered: every move that would do so is left out. A bundle in
    force has passed whatever chambers must ratify it.

    Parameters
    ----------
    round : whose values and breakdown count, the last unless said otherwise
    types : side → type, where the values are to be those of these types
    amend : whether signed bundles are changed by consent; by default where there are at most
        `MOST_AMENDED`
    gifts : whether a side may give more of what it concedes alone without anyone's consent
    walk_out : whether a signer can end the agreement
    much : the least loss that makes a state much worse for a side
    unsure : the greatest difference at which it is not known which of two states a side prefers
    deadline : time.perf_counter at which to give up

    Raises NotSupported for a tree that is written out by hand or a graph with too many moves,
    OutOfTime where the deadline passes.

    >>> from detente.summit.summit import Summit
    >>> swap = Summit.read('''
    ... detente: 1
    ... title: Fish for coal
    ... sides: [North, South]
    ... terms:
    ...   fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}}}}
    ...   coal: {by: South, levels: {none: , some: {worth: {North: 2, South: -1}}}}
    ... protocol: {kind: take-it-or-leave-it, proposer: South}
    ... ''')
    >>> graph = conflict_of_summit(swap)
    >>> graph.states[2:]
    ('fish=some', 'fish=some + coal=some', 'no agreement')
    >>> [graph.states[i] for i in graph.moves[0].after(graph.state('fish=some + coal=some'))]
    ['coal=some', 'no agreement']
    """
    _refuse_unfit(summit)
    summit = _ratified(summit)
    layout = Layout.of(summit)
    value = _values(summit, layout, round, types, deadline)
    rules = Rules(_amended(summit, amend), gifts, walk_out)
    edges = Edges(layout.controls, rules, MOST_MOVES)
    movers = [edges.alone(i) for i in range(len(summit.sides))]
    joint = edges.joint()
    moving = [
        i for i in range(len(summit.sides))
        if len(movers[i]) or any(i in mover.sides for mover in joint)
    ] or list(range(len(summit.sides)))  # fmt: skip
    sides = tuple(summit.sides[i] for i in moving)
    order = [*moving, *(i for i in range(len(summit.parties)) if i not in moving)]
    rows = [[row[i] for row in value] for i in moving]
    conflict = SummitConflict(
        states=layout.names,
        sides=sides,
        moves=tuple(movers[i] for i in moving),
        payoff=np.array([_ranks(row) for row in rows], dtype=np.int32),
        joint=tuple(_renumbered(mover, moving) for mover in joint),
        much_worse=None if much is None else _floors(rows, much),
        unknown=None if unsure is None else tuple(_unsure(row, unsure) for row in rows),
        options=layout.options(moving),
        title=summit.title,
        value=tuple(tuple(row[i] for i in order) for row in value),
        parties=tuple(summit.parties[i] for i in order),
        bundle=layout.bundle,
        unit=summit.file.unit or "",
        status_quo=len(summit.bundles),
        bundles=summit.plan.bundles,
    )
    return replace(conflict, rules=tuple(_told(summit, conflict, rules, joint)))


def refusal(summit: Summit) -> str | None:
    """Why there is no conflict graph of a summit, in one sentence; None where there is one."""
    if summit.has_tree:
        return (
            "the game is written out by hand, so that the moves between bundles do not follow from "
            "terms and consent."
        )
    if not summit.bundles:
        return "there are no terms, so that there are no bundles to move between."
    return None


def _refuse_unfit(summit: Summit) -> None:
    reason = refusal(summit)
    if reason:
        raise NotSupported(
            f"no conflict graph is drawn of this: {reason} `detente solve` and `detente stability` "
            "judge the game itself."
        )


def _ratified(summit: Summit) -> Summit:
    """The summit without the chambers that may bring a signed bundle down.

    A bundle in force has passed them, so that they do not count in what it brings.
    """
    from detente.summit.model import Ratification
    from detente.summit.summit import Summit as Again

    spec = summit.file.protocol
    if not isinstance(spec, Ratification):
        return summit
    file = summit.file.model_copy(update={"protocol": spec.talks})
    return Again(replace(summit.document, file=file))


# ── states ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class Layout:
    """The states of a summit's graph: the bundles in file order, then those without agreement.

    `bundle` : int32 (num_states,), position of the bundle in force, or -1
    """

    summit: Summit
    names: tuple[str, ...]
    controls: Controls
    bundle: Ints

    @classmethod
    def of(cls, summit: Summit) -> Layout:
        """The states of a summit."""
        bundles, terms = summit.plan.bundles, summit.file.terms
        level = np.array(bundles.levels, dtype=np.int16).reshape(len(bundles), len(terms))
        widest = max(len(term.lasting) for term in terms.values())
        lasting = np.zeros((len(terms), widest), dtype=bool)
        for row, term in zip(lasting, terms.values(), strict=True):
            row[: len(term.lasting)] = term.lasting
        lasting[:, 0] = False  # the first level concedes nothing that could last
        kept = np.where(lasting[np.arange(len(terms)), level], level, 0).astype(np.int16)
        left = np.unique(kept, axis=0)
        left = np.concatenate([np.zeros((1, len(terms)), dtype=np.int16), left[left.any(axis=1)]])
        end = {tuple(row): len(bundles) + k for k, row in enumerate(left.tolist())}
        index = {side: i for i, side in enumerate(summit.sides)}
        controls = Controls(
            level=np.concatenate([level, left]),
            num_bundles=len(bundles),
            lasting=lasting,
            owners=tuple(
                frozenset(index[side] for side in term.by if side in index)
                for term in terms.values()
            ),
            consent=tuple(
                frozenset(index[side] for side in summit.consents(k)) for k in range(len(bundles))
            ),
            ended=np.array([end[tuple(row)] for row in kept.tolist()], dtype=np.int32),
        )
        names = [bundle.name for bundle in summit.bundles]
        taken = set(names)
        for row in left.tolist():
            name = _name_without(summit, row)
            names.append(f"{name} (talks broken down)" if name in taken else name)
        position = np.full(len(names), -1, dtype=np.int32)
        position[: len(bundles)] = np.arange(len(bundles))
        return cls(summit, tuple(names), controls, position)

    def options(self, moving: Sequence[int]) -> Options:
        """The states as option vectors: whether there is an agreement, and the level of each term.

        `moving` : the sides of the graph
        """
        controls, terms = self.controls, tuple(self.summit.file.terms)
        agreed = (self.bundle >= 0).astype(np.int16)[:, None]
        place = {side: k for k, side in enumerate(moving)}
        owner = [
            place.get(next(iter(own)), -1) if len(own) == 1 else -1 for own in controls.owners
        ]
        return Options(
            (AGREEMENT, *terms),
            np.array([-1, *owner], dtype=np.int32),
            np.concatenate([agreed, controls.level], axis=1),
            (("no", "yes"), *self.summit.plan.bundles.terms.values()),
        )


def _name_without(summit: Summit, levels: Sequence[int]) -> str:
    if not any(levels):
        return NO_AGREEMENT
    from detente.summit.bundles import bundle_name

    return f"{NO_AGREEMENT}, {bundle_name(summit.plan.bundles.terms, tuple(levels))} kept"


# ── preferences ────────────────────────────────────────────────────────────────────────────────


def _values(
    summit: Summit,
    layout: Layout,
    round: int | None,
    types: Mapping[str, str] | None,
    deadline: float | None,
) -> list[tuple[Fraction, ...]]:
    """What each party of the summit gets in each state."""
    from time import perf_counter

    found = []
    for k in range(len(summit.bundles)):
        if deadline is not None and perf_counter() > deadline:
            raise OutOfTime
        found.append(summit.values(k, round, types))
    for levels in layout.controls.level[len(summit.bundles) :].tolist():
        found.append(summit.breakdown(round, types, tuple(levels)))
    return found


def _ranks(row: Sequence[Fraction]) -> list[int]:
    """1, 2, 3, … in the order of the values."""
    place = {value: k + 1 for k, value in enumerate(sorted(set(row)))}
    return [place[value] for value in row]


def _floors(rows: Sequence[Sequence[Fraction]], much: Fraction) -> Ints:
    """For each state the greatest rank that lies at least so much below it; 0 where none does."""
    from bisect import bisect_right

    if much <= 0:
        raise NotSupported(
            f"what is much worse is worse by a positive amount; found {much}. Give a greater one."
        )
    floors = []
    for row in rows:
        steps = sorted(set(row))
        floors.append([bisect_right(steps, value - much) for value in row])
    return np.array(floors, dtype=np.int32)


def _unsure(row: Sequence[Fraction], unsure: Fraction) -> Moves:
    """The pairs of states whose values differ by no more than this, both ways."""
    from bisect import bisect_left, bisect_right

    if unsure < 0:
        raise NotSupported(
            f"differences that leave a side unsure are 0 or more; found {unsure}. Give such a one."
        )
    order = sorted(range(len(row)), key=row.__getitem__)
    sorted_row = [row[i] for i in order]
    first = [bisect_left(sorted_row, value - unsure) for value in row]
    stop = [bisect_right(sorted_row, value + unsure) for value in row]
    if sum(stop) - sum(first) > MOST_MOVES:
        raise NotSupported(
            f"a side is unsure of {sum(stop) - sum(first):,} pairs of states; at most "
            f"{MOST_MOVES:,} are kept. Give a smaller difference."
        )
    close = [
        (one, order[k])
        for one in range(len(row)) for k in range(first[one], stop[one]) if order[k] != one
    ]  # fmt: skip
    return Moves.of(close, len(row))


# ── who moves ──────────────────────────────────────────────────────────────────────────────────


def _amended(summit: Summit, amend: bool | None) -> bool:
    return len(summit.bundles) <= MOST_AMENDED if amend is None else amend


def _renumbered(mover: Mover, moving: Sequence[int]) -> Mover:
    place = {side: k for k, side in enumerate(moving)}
    return Mover(frozenset(place[side] for side in mover.sides), mover.moves)


def _told(
    summit: Summit, conflict: Conflict, rules: Rules, joint: Sequence[Mover]
) -> list[str]:  # fmt: skip
    """Which moves there are, in sentences."""
    told = ["Alone, a side takes back what it concedes, in part or whole."]
    if rules.gifts:
        told[0] = "Alone, a side takes back or adds to what it concedes, whatever is signed."
    if rules.walk_out:
        told.append("A signer can walk out, which leaves no agreement.")
    signed = "Those whose consent a bundle needs sign it together"
    if rules.amend:
        told.append(f"{signed}, from no agreement or in the place of another bundle.")
    else:
        told.append(f"{signed}, from no agreement only: signed bundles are not changed by consent.")
    if not joint:
        told[-1] = "No bundle needs the consent of two sides, so that nothing is signed together."
    lasting = [
        summit.file.terms[term].levels[level].name or level
        for term, names in summit.plan.bundles.terms.items()
        for level, lasts in zip(names, summit.file.terms[term].lasting, strict=True)
        if lasts and level != names[0]
    ]
    if lasting:
        told.append(f"Never taken back: {listed(lasting)}.")
    idle = [side for side in summit.sides if side not in conflict.sides]
    if idle:
        told.append(f"{listed(idle)} can move nowhere here and {_are(idle)} left out.")
    return told


def _are(names: Sequence[str]) -> str:
    return "are" if len(names) > 1 else "is"
