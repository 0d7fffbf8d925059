"""Every bundle's verdict at every draw: by the batch where it is sure, else exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import DetenteError, NotSupported, no_parameter
from detente.game.formulas import Parameter
from detente.game.tree import Game, Role
from detente.solvers.perfect_information.batch_kernel import DOUBT
from detente.solvers.perfect_information.batch_run import Batch
from detente.stability.case import Source
from detente.stability.robustness.draws.asking import Asked, ByHand, Tables
from detente.stability.robustness.draws.bits import INVALID, SELECTED
from detente.stability.robustness.draws.settling import (
    Bits,
    Floats,
    Halt,
    settle,
    settle_talks,
)
from detente.stability.robustness.draws.soundness import Demands
from detente.stability.robustness.draws.together import Settler, TalksSettler
from detente.stability.robustness.draws.under_secrets import Secrets

BLOCK = 16_384
"""Draws that are asked about at once; it bounds the memory and changes no answer."""


def verdicts(
    talks: Any, draws: Floats, threads: int = 1, names: Sequence[str] | None = None
) -> Bits:
    """Every bundle's verdict at every draw: uint8 (num_bundles, num_draws), see `bits`.

    `draws` : float64 (num_names, num_draws), each taken as the number that it is
    `names` : the parameters of the rows, the file's in its order unless given; others keep their
        values

    Exact for every draw, whatever the number of threads.

    >>> import detente as dt
    >>> summit = dt.load("hanoi-2019").at(pressure="0.5")
    >>> found = verdicts(summit, np.array([[0.3, 0.9]]), names=["pressure"])
    >>> (found[summit.bundle_index("civilian + full + inspected")] & 4).tolist()
    [4, 0]
    """
    return Question(talks, names or tuple(parameters_of(talks))).answer(draws, threads)


class Question:
    """Talks, compiled to be judged at any number of draws.

    `talks` : a summit, or a game whose nodes are tagged with bundles
    `names` : the parameters that are drawn
    `round` : in which round bundles are on the table, the last unless given
    `bundles` : positions of those that are asked about, all unless given
    `selected` : whether it is asked what the talks as written settle on
    """

    def __init__(
        self,
        talks: Any,
        names: Sequence[str],
        round: int | None = None,
        bundles: Iterable[int] | None = None,
        selected: bool = False,
    ) -> None:
        known = parameters_of(talks)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise DetenteError(no_parameter(unknown[0], known))
        self.talks, self.names, self.selected = talks, tuple(names), selected
        self.fixed = {n: p.value for n, p in known.items() if n not in self.names}
        self.source = Source(talks, round)
        self._settlers: dict[int, Settler] = {}
        every = range(len(talks.bundles))
        self.bundles = tuple(every if bundles is None else bundles)

    @property
    def hidden(self) -> bool:
        """Whether sides do not see everything, in the talks as written or on some table."""
        return self.source.hidden or bool(self.source.has_protocol and self.talks.has_secrets)

    @property
    def one_by_one(self) -> bool:
        """Whether there are bundles that are judged draw by draw, at the file's values at least."""
        if not self.hidden:
            return False
        known = parameters_of(self.talks)
        return not self._secrets.formed({name: known[name].value for name in known})

    def answer(self, draws: Floats, threads: int = 1, halt: Halt | None = None) -> Bits:
        """The verdicts: uint8 (num_bundles asked, num_draws).

        `draws` : float64 (num_names, num_draws)
        `halt` : asked now and then; OutOfTime is raised once it says yes
        """
        draws = np.ascontiguousarray(draws, dtype=np.float64)
        if draws.ndim != 2 or len(draws) != len(self.names):
            raise DetenteError(
                f"draws have a row for each of the {len(self.names)} parameters; found an array of "
                f"the shape {draws.shape}."
            )
        if not np.isfinite(draws).all():
            raise DetenteError("a draw holds what is no finite number. Leave such draws out.")
        found = np.zeros((len(self.bundles), draws.shape[1]), dtype=np.uint8)
        for first in range(0, draws.shape[1], BLOCK):
            block = np.ascontiguousarray(draws[:, first : first + BLOCK])
            found[:, first : first + BLOCK] = self._block(block, threads, halt)
        return found

    def _block(self, draws: Floats, threads: int, halt: Halt | None) -> Bits:
        if self.hidden:
            with _BUILDING:
                return self._secrets.answer(draws, threads, halt, selected=True)
        with _BUILDING:
            self._prepare()
        sound = ~self._demands.fails(draws)
        bits, doubt = self._asked.ask(draws, threads)
        bits[:, ~sound] = INVALID
        for at, bundle in enumerate(self.bundles):
            open_ = np.flatnonzero(doubt[at] & sound)
            if len(open_):
                bits[at, open_] = self._settled(bundle, draws[:, open_], halt)
        if self.selected:
            bits |= self._selection(draws, sound, threads, halt)
        return bits

    def _settled(self, bundle: int, draws: Floats, halt: Halt | None) -> Bits:
        with _BUILDING:
            source, game = self.source, self._game
            if source.has_protocol:
                game = self.talks.table(bundle, source.round)
            if bundle not in self._settlers:
                self._settlers[bundle] = Settler(source, game, bundle, self.names)
        try:
            return self._settlers[bundle].settle(draws, halt)
        except NotSupported:  # too many equilibria to list: bounds may decide
            return settle(source, game, bundle, self.names, draws, halt)

    def _selection(
        self, draws: Floats, sound: NDArray[np.bool_], threads: int, halt: Halt | None
    ) -> Bits:
        """What the talks as written settle on, of the bundles asked about."""
        told = self._whole.run(draws, threads)
        end = told.end[0]
        doubt = ((told.mark[0] & DOUBT) != 0) | (end < _NOWHERE)
        asked = np.array(self.bundles)
        found = np.where(asked[:, None] == end, SELECTED, 0).astype(np.uint8)
        open_ = np.flatnonzero(doubt & sound)
        if len(open_):
            found[:, open_] = self._settled_talks(draws[:, open_], halt)[asked]
        found[:, ~sound] = 0
        return found

    def _settled_talks(self, draws: Floats, halt: Halt | None) -> Bits:
        try:
            return self._talks_settler.settle(draws, halt)
        except NotSupported:
            return settle_talks(self.source, self.names, draws, halt)

    # ── compiled once ─────────────────────────────────────────────────────────────────────────────

    def __reduce__(self) -> tuple[Any, ...]:
        round = self.source.round
        return Question, (self.talks, self.names, round, self.bundles, self.selected)

    def _prepare(self) -> None:
        """Build all that threads are to share."""
        _ = self._asked, self._demands
        if self.selected:
            _ = self._whole, self._talks_settler

    @cached_property
    def _secrets(self) -> Secrets:
        return Secrets(self.source, self.bundles, self.names, self.fixed)

    @cached_property
    def _game(self) -> Game:
        """The game that judges all bundles."""
        source = self.source
        game: Game = self.talks.tables(source.round) if source.has_protocol else source.game
        if game.formulas is None:
            raise NotSupported(f"'{game.title}' has no parameters: there is nothing to draw.")
        return game

    @cached_property
    def _asked(self) -> Asked:
        kind = Tables if self.source.has_protocol else ByHand
        return kind.of(self._game, self.bundles, self.names, self.fixed)

    @cached_property
    def _demands(self) -> Demands:
        return Demands.of(self.talks, [self._game], self.names, self.fixed)

    @cached_property
    def _talks_settler(self) -> TalksSettler:
        return TalksSettler(self.source.game, self.names)

    @cached_property
    def _whole(self) -> Batch:
        game = self.source.game
        ends = {
            node: bundle
            for bundle in range(len(self.talks.bundles))
            for node in game.tagged(Role.SIGNED, bundle)
        }
        return Batch.of(game, [0], (), ends, names=self.names, fixed=self.fixed, unchosen=[0])


_BUILDING = RLock()
"""Held while games are built: a summit builds them with one builder, whatever the thread."""
_NOWHERE = -1
"""Where play ends up if nothing is signed; what is below is several places."""


def parameters_of(talks: Any) -> Mapping[str, Parameter]:
    """The parameters of a summit or a game, with what is known of each."""
    if not isinstance(talks, Game):
        found: Mapping[str, Parameter] = talks.document.scope.parameters
        return found
    return {} if talks.formulas is None else talks.formulas.parameters
