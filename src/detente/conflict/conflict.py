"""A conflict: states, who can move where, and how each side ranks the states.

Fang, Hipel and Kilgour 1993, Interactive Decision Making: The Graph Model for Conflict Resolution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detente.conflict.moves import FAR, Bools, Ints, Moves
from detente.errors import GameError

if TYPE_CHECKING:
    from detente.conflict.model import ConflictFile
    from detente.files.gmcr import GmcrFile

Sides = frozenset[int]


@dataclass(frozen=True, eq=False)
class Options:
    """States as choices: one level for each option, 0 for not taken.

    `names` : one an option
    `owner` : int32 (num_options,), the side that controls the option; -1 for none
    `level` : int16 (num_states, num_options)
    `levels` : what the levels of each are called; () where they are numbers, or no and yes
    """

    names: tuple[str, ...]
    owner: Ints
    level: NDArray[np.int16]
    levels: tuple[tuple[str, ...], ...] = ()

    def text(self, state: int) -> str:
        """The options taken in a state, with their levels where these are not just yes."""
        taken = [
            self._taken(option, level)
            for option, level in enumerate(self.level[state].tolist())
            if level
        ]
        return ", ".join(taken) or "nothing"

    def _taken(self, option: int, level: int) -> str:
        named = self.levels[option] if self.levels else ()
        if len(named or (0, 1)) == 2 and level == 1:
            return self.names[option]
        return f"{self.names[option]}={named[level] if named else level}"


@dataclass(frozen=True, eq=False)
class Mover:
    """Those who make a move together, and the moves they can make so.

    `sides` : one side, or all who must sign
    """

    sides: Sides
    moves: Moves


@dataclass(frozen=True, eq=False, repr=False)
class Conflict:
    """A graph model.

    `states`, `sides` : their names
    `moves` : for each side the moves that it can make alone
    `payoff` : int32 (num_sides, num_states), ordinal: greater is better, equal is indifferent
    `joint` : moves that need several signatures; one is one step of a sequence, counts as a move
        of each signer, and is an improvement where every signer prefers what it leads to
    `much_worse` : int32 (num_sides, num_states) or None; t is much worse than s for a side iff
        payoff[t] <= much_worse[s], so what is worse than something much worse is so too
    `unknown` : for each side the pairs of states, both ways, that it is not known to rank
    `options` : what the states are made of, where they are choices
    `status_quo` : the number of the state that things are in today, where that is known
    `meanings` : what each state is in words, "" where nothing is said; () where that is so of all
    `views` : side → what it takes the conflict to be, where that is not this
    `file` : the content of the file that it was read from

    Raises GameError where these do not fit each other.
    """

    states: tuple[str, ...]
    sides: tuple[str, ...]
    moves: tuple[Moves, ...]
    payoff: Ints
    joint: tuple[Mover, ...] = ()
    much_worse: Ints | None = None
    unknown: tuple[Moves, ...] | None = None
    options: Options | None = None
    title: str = ""
    status_quo: int | None = None
    meanings: tuple[str, ...] = ()
    views: Mapping[str, Conflict] = field(default_factory=dict)
    file: ConflictFile | GmcrFile | None = None
    _improving: dict[tuple[int, bool], Moves] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_joint(self)
        if self.much_worse is not None:
            _check_strength(self)
        for side, pairs in enumerate(self.unknown or ()):
            if not np.array_equal(pairs.backwards.target, pairs.target):
                raise GameError(
                    f"unknown preferences go both ways; those of '{self.sides[side]}' name a pair "
                    "in one order only. Give each pair with `Conflict.of`, which adds the other."
                )

    @classmethod
    def of(
        cls,
        sides: Mapping[str, Iterable[tuple[int, int]] | Moves],
        payoff: Sequence[Sequence[int]] | NDArray[Any],
        *,
        states: Sequence[str] | None = None,
        joint: Mapping[tuple[str, ...], Iterable[tuple[int, int]]] | None = None,
        much_worse: Sequence[Sequence[int]] | NDArray[Any] | None = None,
        unknown: Mapping[str, Iterable[tuple[int, int]]] | None = None,
        options: Options | None = None,
        title: str = "",
    ) -> Conflict:
        """A conflict from lists of moves.

        Parameters
        ----------
        sides : each side's moves, as pairs of state numbers from 0
        payoff : a row a side, a column a state; only the order within a row counts
        states : names; 1, 2, … where not given
        joint : moves that several sides sign, by the tuple of signers
        much_worse : see the class
        unknown : pairs of states that a side is not known to rank

        Raises GameError where a side or state is not there, or shapes differ.

        >>> chicken = Conflict.of(
        ...     {"A": [(0, 1), (1, 0), (2, 3), (3, 2)], "B": [(0, 2), (2, 0), (1, 3), (3, 1)]},
        ...     [[3, 4, 2, 1], [3, 2, 4, 1]],
        ... )
        >>> chicken.num_states, chicken.states[0]
        (4, '1')
        """
        table = np.atleast_2d(np.asarray(payoff))
        if table.dtype.kind == "f" and np.isnan(table).any():
            raise GameError("every payoff ranks its state; found one that is no number. Give it.")
        num_states = table.shape[1]
        names = tuple(sides)
        index = {name: i for i, name in enumerate(names)}
        return cls(
            states=tuple(states or map(str, range(1, num_states + 1))),
            sides=names,
            moves=tuple(_moves(given, num_states) for given in sides.values()),
            payoff=dense(table),
            joint=tuple(
                Mover(frozenset(_index(index, who) for who in signers), _moves(given, num_states))
                for signers, given in (joint or {}).items()
            ),
            much_worse=None if much_worse is None else _ranked_like(much_worse, table),
            unknown=None if unknown is None else _both_ways(unknown, index, num_states),
            options=options,
            title=title,
        )

    def __repr__(self) -> str:
        return f"<Conflict of {', '.join(self.sides)} over {self.num_states} states>"

    def _repr_html_(self) -> str:
        from detente.conflict.facts import conflict_html

        return conflict_html(self)

    @property
    def num_states(self) -> int:
        return len(self.states)

    @property
    def num_sides(self) -> int:
        return len(self.sides)

    @cached_property
    def movers(self) -> tuple[Mover, ...]:
        """Each side alone, then those who sign together."""
        alone = (Mover(frozenset([i]), moves) for i, moves in enumerate(self.moves))
        return (*alone, *self.joint)

    def movers_within(self, sides: Sides) -> list[int]:
        """The movers (places in `movers`) all of whose sides are among these."""
        return [k for k, mover in enumerate(self.movers) if mover.sides <= sides]

    def others(self, sides: Sides) -> Sides:
        """The sides that are not among these."""
        return frozenset(range(self.num_sides)) - sides

    def improving(self, mover: int, or_unknown: bool = False) -> Moves:
        """The moves of a mover that each of its sides prefers (or is not known to rank)."""
        key = (mover, or_unknown and self.unknown is not None)
        if key not in self._improving:
            who = self.movers[mover]
            source, target = who.moves.source, who.moves.target
            kept = np.ones(len(target), dtype=bool)
            for side in who.sides:
                better = self.payoff[side, target] > self.payoff[side, source]
                if self.unknown is not None:
                    unsure = self.is_unknown(side, source, target)
                    better = better | unsure if or_unknown else better & ~unsure
                kept &= better
            self._improving[key] = who.moves.where(kept)
        return self._improving[key]

    def is_unknown(self, side: int, one: NDArray[Any] | int, other: NDArray[Any] | int) -> Bools:
        """bool, whether the side is not known to rank these states, pair by pair."""
        first, second = np.broadcast_arrays(np.asarray(one), np.asarray(other))
        if self.unknown is None or not len(self.unknown[side]):
            return np.zeros(first.shape, dtype=bool)
        pairs = self._unknown_keys[side]
        wanted = first.astype(np.int64) * self.num_states + second
        at = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
        found: Bools = pairs[at] == wanted
        return found

    @cached_property
    def _unknown_keys(self) -> list[NDArray[np.int64]]:
        return [
            pairs.source.astype(np.int64) * self.num_states + pairs.target
            for pairs in self.unknown or ()
        ]

    def state(self, given: int | str) -> int:
        """The number of a state, from 0, that is given by number, by name or by the options taken.

        Raises GameError where there is none.
        """
        if isinstance(given, str):
            if given in self._state_numbers:
                return self._state_numbers[given]
            found = self._with_options(given)
            if found is not None:
                return found
        elif 0 <= given < self.num_states:
            return int(given)
        first = ", ".join(self.states[:5])
        called = f"{first}{', …' if self.num_states > 5 else ''}"
        counted = "" if isinstance(given, str) else f", by number 0 to {self.num_states - 1}"
        raise GameError(
            f"this conflict has no state {given!r}. It has {self.num_states:,}, called {called}"
            f"{counted}."
        )

    def _with_options(self, given: str) -> int | None:
        """The state in which just these options are taken, in any order: `strike, pay=some`."""
        if self.options is None:
            return None
        asked = _parts(given)
        text = self.options.text
        return next((s for s in range(self.num_states) if _parts(text(s)) == asked), None)

    def described(self, state: int) -> str:
        """What a state is in words: what its file says, else the options taken, else nothing."""
        if self.meanings and self.meanings[state]:
            return self.meanings[state]
        return self.options.text(state) if self.options is not None else ""

    def among(self, states: Sequence[int] | NDArray[np.int64]) -> Conflict:
        """The conflict with only these states, in this order, and the moves among them.

        Raises GameError where there is none, or one stands twice.
        """
        kept = [int(state) for state in states]
        options, today, floor = self.options, self.status_quo, self.much_worse
        if options is not None:
            options = replace(options, level=options.level[kept])
        payoff = self.payoff[:, kept]
        return replace(
            self,
            states=tuple(self.states[state] for state in kept),
            moves=tuple(moves.among(kept) for moves in self.moves),
            payoff=dense(payoff),
            joint=tuple(Mover(one.sides, one.moves.among(kept)) for one in self.joint),
            much_worse=None if floor is None else _ranked_like(floor[:, kept], payoff),
            unknown=self.unknown and tuple(pairs.among(kept) for pairs in self.unknown),
            options=options,
            status_quo=kept.index(today) if today in kept else None,
            meanings=tuple(self.meanings[state] for state in kept) if self.meanings else (),
            file=None,
        )

    def side(self, given: int | str) -> int:
        """The number of a side, from 0; raises GameError where there is none."""
        if isinstance(given, str) and given in self.sides:
            return self.sides.index(given)
        if isinstance(given, int) and 0 <= given < self.num_sides:
            return given
        raise GameError(f"this conflict has no side {given!r}. It has {', '.join(self.sides)}.")

    @cached_property
    def _state_numbers(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.states)}

    def who(self, sides: Iterable[int]) -> tuple[str, ...]:
        """The names of these sides."""
        return tuple(self.sides[i] for i in sorted(sides))


def dense(payoff: NDArray[Any]) -> Ints:
    """int32, the same order row by row in the numbers 1, 2, 3, …; greater stays better."""
    rows = [np.unique(row, return_inverse=True)[1].reshape(-1) + 1 for row in payoff]
    return np.array(rows, dtype=np.int32).reshape(payoff.shape)


def _parts(text: str) -> frozenset[str]:
    """The options in a list of options taken, whatever their order and spacing."""
    return frozenset("".join(part.split()).casefold() for part in text.split(","))


def levels(much: Sequence[Sequence[int]] | NDArray[Any], payoff: NDArray[Any]) -> Ints:
    """`much_worse` where the ranking falls into tiers, and all of a lower tier is much worse.

    Parameters
    ----------
    much : int (num_sides, num_states), the tier of each state, greater is better
    payoff : int (num_sides, num_states), the ranking, which the tiers must not contradict

    >>> levels([[1, 1, 2]], np.array([[1, 2, 3]])).tolist()
    [[0, 0, 2]]
    """
    tiers, table = np.asarray(much), np.asarray(payoff)
    floor = np.empty(table.shape, dtype=np.int32)
    for own_tiers, own, row in zip(tiers, table, floor, strict=True):
        for tier in np.unique(own_tiers):
            below = own[own_tiers < tier]
            row[own_tiers == tier] = below.max() if len(below) else own.min() - 1
    return floor


def _moves(given: Iterable[tuple[int, int]] | Moves, num_states: int) -> Moves:
    return given if isinstance(given, Moves) else Moves.of(given, num_states)


def _index(index: Mapping[str, int], name: str) -> int:
    if name not in index:
        raise GameError(f"no side is called '{name}'. There are {', '.join(index)}.")
    return index[name]


def _both_ways(
    unknown: Mapping[str, Iterable[tuple[int, int]]], index: Mapping[str, int], num_states: int
) -> tuple[Moves, ...]:
    pairs: list[list[tuple[int, int]]] = [[] for _ in index]
    for name, given in unknown.items():
        for one, other in given:
            pairs[_index(index, name)] += [(one, other), (other, one)]
    return tuple(Moves.of(own, num_states) for own in pairs)


def _ranked_like(much_worse: Any, payoff: NDArray[Any]) -> Ints:
    """Floors in the user's payoffs, told in the dense ones: how many payoffs lie at or below."""
    floors = np.asarray(much_worse)
    if floors.shape != payoff.shape:
        raise GameError(
            f"much_worse has a row a side and a column a state, {payoff.shape} here; found "
            f"{floors.shape}. Give every side and state one."
        )
    rows = [
        np.searchsorted(np.unique(row), floor, side="right")
        for row, floor in zip(payoff, floors, strict=True)
    ]
    return np.array(rows, dtype=np.int32)


def _check_shapes(conflict: Conflict) -> None:
    num_sides, num_states = conflict.num_sides, conflict.num_states
    if not num_sides or not num_states:
        raise GameError("a conflict has at least one side and one state. Add them.")
    for names, what in ((conflict.sides, "side"), (conflict.states, "state")):
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise GameError(f"two {what}s are called '{twice}'. Give each its own name.")
    if conflict.payoff.shape != (num_sides, num_states):
        raise GameError(
            f"payoffs have a row a side and a column a state, {num_sides} x {num_states} here; "
            f"found {' x '.join(map(str, conflict.payoff.shape))}. Give every side and state one."
        )
    if conflict.status_quo is not None and not 0 <= conflict.status_quo < num_states:
        raise GameError(
            f"the status quo is one of the {num_states} states, by its number from 0; found "
            f"{conflict.status_quo}."
        )
    if conflict.payoff.dtype != np.int32 or not (np.abs(conflict.payoff) < FAR).all():
        raise GameError(
            "payoffs are int32 here, of which only the order counts; found "
            f"{conflict.payoff.dtype}, or numbers at its limits. `Conflict.of` ranks any numbers."
        )
    tables = [*conflict.moves, *(mover.moves for mover in conflict.joint)]
    tables += conflict.unknown or ()
    if any(moves.num_states != num_states for moves in tables) or len(conflict.moves) != num_sides:
        raise GameError(
            f"moves are given for {num_sides} sides over {num_states} states here; found others. "
            "Give every side its moves over the same states."
        )
    options = conflict.options
    if options is not None and options.level.shape != (num_states, len(options.names)):
        raise GameError(
            f"option vectors have a row for each of the {num_states} states and a column for each "
            f"of the {len(options.names)} options; found {options.level.shape}."
        )


def _check_joint(conflict: Conflict) -> None:
    for mover in conflict.joint:
        if len(mover.sides) < 2 or not mover.sides <= frozenset(range(conflict.num_sides)):
            raise GameError(
                "a joint move is signed by two sides or more; found "
                f"{conflict.who(mover.sides) or 'none'}. Give a move of one side among its own."
            )


def _check_strength(conflict: Conflict) -> None:
    floor, payoff = conflict.much_worse, conflict.payoff
    assert floor is not None
    for side, name in enumerate(conflict.sides):
        order = np.argsort(payoff[side], kind="stable")
        own, ranked = floor[side][order], payoff[side][order]
        same = np.diff(ranked) == 0
        if (own >= ranked).any() or (np.diff(own) < 0).any() or (np.diff(own)[same] != 0).any():
            raise GameError(
                f"what is much worse than a state is also much worse than a better one, and worse "
                f"than the state itself; the much_worse of '{name}' is not so. Give floors below "
                "the payoffs that do not fall where payoffs rise, or tiers with `levels`."
            )
