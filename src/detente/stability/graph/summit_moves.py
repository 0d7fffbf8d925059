"""Which moves between a summit's bundles follow from terms, irreversible levels and consent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.conflict.conflict import Mover, Sides
from detente.conflict.moves import Bools, Ints, Moves
from detente.errors import NotSupported

BLOCK = 1 << 22
"""Pairs of states that are compared at a time."""


@dataclass(frozen=True)
class Rules:
    """What the user allows.

    `amend` : signed bundles are changed by consent
    `gifts` : a side may give more of what it concedes alone without consent
    `walk_out` : a signer may end the agreement
    """

    amend: bool
    gifts: bool
    walk_out: bool


@dataclass(frozen=True, eq=False)
class Controls:
    """Who controls what in which state.

    `level` : int16 (num_states, num_terms); bundles first, then states without agreement
    `lasting` : bool (num_terms, num_levels), levels that are not taken back
    `owners` : for each term the sides that concede it, together where they are several
    `consent` : for each bundle the sides that must sign it
    `ended` : int32 (num_bundles,), the state without agreement that ending the bundle leads to
    """

    level: NDArray[np.int16]
    num_bundles: int
    lasting: Bools
    owners: tuple[Sides, ...]
    consent: tuple[Sides, ...]
    ended: Ints

    @property
    def num_states(self) -> int:
        return len(self.level)

    @cached_property
    def fixed(self) -> Bools:
        """bool (num_states, num_terms), whether the level of the term can no longer be lowered."""
        found: Bools = self.lasting[np.arange(self.level.shape[1]), self.level]
        return found

    def kept(self, source: NDArray[Any], target: NDArray[Any]) -> Bools:
        """Whether no irreversible level of the source is lowered in the target, pair by pair."""
        lowered = self.level[target] < self.level[source]
        return ~np.asarray((lowered & self.fixed[source]).any(axis=-1))


@dataclass(frozen=True, eq=False)
class Edges:
    """The moves, by who makes them.

    `most` : moves of one mover up to which they are listed; NotSupported beyond
    """

    controls: Controls
    rules: Rules
    most: int

    def alone(self, side: int) -> Moves:
        """What a side can do without anyone else."""
        found = [*self._own(side), *self._walking_out(side), *self._signed_by(frozenset([side]))]
        return self._joined(found, "alone")

    def joint(self) -> tuple[Mover, ...]:
        """What several sides sign, by those who must sign it."""
        groups = sorted({who for who in self.controls.consent if len(who) > 1}, key=sorted)
        movers = (Mover(who, self._joined(self._signed_by(who), "together")) for who in groups)
        return tuple(mover for mover in movers if len(mover.moves))

    def _own(self, side: int) -> Iterator[NDArray[np.int64]]:
        """Changes of own terms within a bundle: back, and forth where no one else is asked."""
        controls = self.controls
        own = [t for t, who in enumerate(controls.owners) if side in who]
        shared = np.array([t in own and len(who) > 1 for t, who in enumerate(controls.owners)])
        free = np.array([who <= {side} for who in controls.consent])
        if not own:
            return
        for group in _groups(np.delete(controls.level[: controls.num_bundles], own, axis=1)):
            for source, target in _pairs(group, group):
                change = controls.level[target] - controls.level[source]
                raised = (change > 0).any(axis=1)
                by_right = np.ones(len(source), dtype=bool) if self.rules.gifts else free[target]
                alone = ~((change > 0) & shared).any(axis=1)
                fit = controls.kept(source, target) & (~raised | (by_right & alone))
                yield np.stack([source[fit], target[fit]], axis=1)

    def _walking_out(self, side: int) -> Iterator[NDArray[np.int64]]:
        if self.rules.walk_out:
            signed = np.flatnonzero([side in who for who in self.controls.consent])
            yield np.stack([signed, self.controls.ended[signed]], axis=1)

    def _signed_by(self, who: Sides) -> Iterator[NDArray[np.int64]]:
        """To every bundle that needs exactly these signatures, or nobody's."""
        controls, alone = self.controls, len(who) == 1
        targets = np.flatnonzero(
            [consent == who or (alone and not consent) for consent in controls.consent]
        )
        first = 0 if self.rules.amend else controls.num_bundles
        sources = np.arange(first, controls.num_states)
        for source, target in _pairs(sources, targets):
            fit = controls.kept(source, target)
            yield np.stack([source[fit], target[fit]], axis=1)

    def _joined(self, parts: Iterable[NDArray[np.int64]], how: str) -> Moves:
        found, count = [np.zeros((0, 2), dtype=np.int64)], 0
        for part in parts:
            found.append(part)
            count += len(part)
            if count > self.most:
                _refuse(count, how, self.most)
        return Moves.of(np.concatenate(found), self.controls.num_states)


def _refuse(count: int, how: str, most: int) -> None:
    raise NotSupported(
        f"what sides can do {how} is more than {count:,} moves; at most {most:,} are listed. Leave "
        "out changes of signed bundles by consent (amend=False, `--no-amend`), or levels that "
        "matter least."
    )


def _groups(rows: NDArray[np.int16]) -> Iterator[NDArray[np.int64]]:
    """The positions of equal rows, group by group."""
    if not rows.shape[1]:
        yield np.arange(len(rows))
        return
    _, group = np.unique(rows, axis=0, return_inverse=True)
    order = np.argsort(group.reshape(-1), kind="stable")
    cuts = np.flatnonzero(np.diff(group.reshape(-1)[order])) + 1
    yield from np.split(order, cuts)


def _pairs(
    sources: NDArray[np.int64], targets: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs of different states, a block at a time."""
    if not len(targets):
        return
    step = max(1, BLOCK // len(targets))
    for first in range(0, len(sources), step):
        part = sources[first : first + step]
        source, target = np.repeat(part, len(targets)), np.tile(targets, len(part))
        apart = source != target
        yield source[apart], target[apart]
