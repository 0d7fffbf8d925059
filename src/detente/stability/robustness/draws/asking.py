"""What a batch is asked about a bundle, and what its answers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from detente.game.tree import Game, Role
from detente.solvers.perfect_information.batch_kernel import BROKEN, DOUBT
from detente.solvers.perfect_information.batch_run import Batch, Told
from detente.stability.continuation import Continuation
from detente.stability.reasons import consent_path
from detente.stability.robustness.draws.bits import ACCEPTABLE, HONOURED, STABLE, UNDECIDED

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
Doubt = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Tables:
    """All the tables of a round in one batch.

    `paths` : for each bundle the nodes from its offer to its signature; None where the offer does
        not lead there by decisions alone
    """

    batch: Batch
    paths: Sequence[Sequence[int] | None]
    place: Mapping[int, int]
    keep: Mapping[tuple[int, int], int]

    @classmethod
    def of(
        cls,
        game: Game,
        bundles: Sequence[int],
        names: Sequence[str],
        fixed: Mapping[str, Fraction],
    ) -> Tables:
        """The batch of `Summit.tables`, asked about these bundles."""
        roots = game.children_of(0)
        walk = Continuation(game)
        paths = [
            consent_path(walk, int(roots[bundle]), game.tagged(Role.SIGNED, bundle))
            for bundle in bundles
        ]
        told = list(dict.fromkeys(node for path in paths for node in path or ()))
        keep = {
            (node, onwards): walk.children(node).index(onwards)
            for path in paths
            for node, onwards in zip(path or (), (path or ())[1:], strict=False)
        }
        signatures = [path[-1] for path in paths if path is not None]
        batch = Batch.of(
            game, told, game.tagged(Role.BROKEN), names=names, fixed=fixed, unchosen=signatures
        )
        return cls(batch, paths, {node: t for t, node in enumerate(told)}, keep)

    def ask(self, draws: Floats, threads: int) -> tuple[Bits, Doubt]:
        """Bits and what is in doubt: (num_bundles, num_draws) both."""
        told = self.batch.run(draws, threads)
        shape = (len(self.paths), draws.shape[1])
        bits, doubt = np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=bool)
        for at, path in enumerate(self.paths):
            if path is not None:
                bits[at], doubt[at] = self._judged(told, path)
        return bits, doubt

    def _judged(self, told: Told, path: Sequence[int]) -> tuple[Bits, Doubt]:
        """One equilibrium where nothing is in doubt: all sign, and then nobody breaks it.

        From the last consent to the first, so that the tie of a side whose answer changes nothing
        (a later one refuses) leaves nothing in doubt.
        """
        signed = told.mark[self.place[path[-1]]]
        honoured = (signed & BROKEN) == 0
        doubt = (signed & DOUBT) != 0
        accepted = np.ones(len(signed), dtype=bool)
        for node, onwards in zip(reversed(path[:-1]), reversed(path[1:]), strict=True):
            place = self.place[node]
            # Who answers before a refusal may be indifferent; the refusal stands all the same.
            doubt |= accepted & ((told.mark[place] & DOUBT) != 0)
            accepted &= told.choice[place] == self.keep[node, onwards]
        return _bits(accepted, honoured, accepted & honoured), doubt


@dataclass(frozen=True, eq=False)
class ByHand:
    """A tree written by hand, in two batches for each bundle: what is signed, what is broken.

    `offered`, `signed` : for each bundle, nodes
    """

    signing: Sequence[Batch]
    breaking: Sequence[Batch]
    offered: Sequence[Sequence[int]]
    signed: Sequence[Sequence[int]]

    @classmethod
    def of(
        cls,
        game: Game,
        bundles: Sequence[int],
        names: Sequence[str],
        fixed: Mapping[str, Fraction],
    ) -> ByHand:
        """The batches of a game whose nodes are tagged."""
        nodes = {
            role: [game.tagged(role, bundle) for bundle in bundles]
            for role in (Role.OFFERED, Role.SIGNED, Role.BROKEN)
        }
        offered, signed = nodes[Role.OFFERED], nodes[Role.SIGNED]

        def batch(told: Sequence[int], marked: Sequence[int]) -> Batch:
            nodes = list(dict.fromkeys(told))
            return Batch.of(game, nodes, marked, names=names, fixed=fixed, unchosen=nodes)

        return cls(
            [batch(o, s) for o, s in zip(offered, signed, strict=True)],
            [
                batch([*o, *s], b)
                for o, s, b in zip(offered, signed, nodes[Role.BROKEN], strict=True)
            ],
            offered,
            signed,
        )

    def ask(self, draws: Floats, threads: int) -> tuple[Bits, Doubt]:
        """Bits and what is in doubt: (num_bundles, num_draws) both."""
        shape = (len(self.offered), draws.shape[1])
        bits, doubt = np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=bool)
        for at in range(len(self.offered)):
            bits[at], doubt[at] = self._judged(at, draws, threads)
        return bits, doubt

    def _judged(self, at: int, draws: Floats, threads: int) -> tuple[Bits, Doubt]:
        """One equilibrium where nothing is in doubt; several offers or signatures may differ.

        Where it is kept after some signatures only, an offer that signs it and surely keeps it
        makes it stable; another answer depends on whether it is always signed, and is left open.
        """
        width, offered = draws.shape[1], self.offered[at]
        if not offered or not self.signed[at]:
            # Not a question of the draw: settled once, as the verdict on the file is.
            return np.full(width, UNDECIDED, dtype=np.uint8), np.ones(width, dtype=bool)
        signing = self.signing[at].run(draws, threads)
        breaking = self.breaking[at].run(draws, threads)
        told = {n: t for t, n in enumerate(dict.fromkeys([*offered, *self.signed[at]]))}
        signs = (signing.mark & BROKEN) != 0
        breaks = (breaking.mark & BROKEN) != 0
        kept = ~breaks[[told[n] for n in self.signed[at]]]
        acceptable, honoured = signs.any(axis=0), kept.any(axis=0)
        together = (signs & ~breaks[[told[n] for n in dict.fromkeys(offered)]]).any(axis=0)
        stable = acceptable & honoured & (kept.all(axis=0) | together)
        doubt = ((signing.mark & DOUBT) != 0).any(axis=0)
        doubt |= ((breaking.mark & DOUBT) != 0).any(axis=0)
        doubt |= acceptable & honoured & ~stable
        return _bits(acceptable, honoured, stable), doubt


Asked = Tables | ByHand


def _bits(acceptable: Doubt, honoured: Doubt, stable: Doubt) -> Bits:
    found: Bits = np.zeros(len(stable), dtype=np.uint8)
    for holds, bit in ((acceptable, ACCEPTABLE), (honoured, HONOURED), (stable, STABLE)):
        found[holds] |= bit
    return found
