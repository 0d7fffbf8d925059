"""What inspections and commitments are worth where sides do not see everything.

Payoffs are those of the sequential equilibria found, of a bundle from its being on the table: what
is believed of who signed begins there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from detente.errors import NotSupported
from detente.game.tree import Game
from detente.stability.readings import Listed
from detente.stability.robustness.committing import Committed, commitments
from detente.stability.robustness.inspecting import TALKS, Inspected
from detente.stability.robustness.revealing import played, told, without

if TYPE_CHECKING:
    from detente.summit.summit import Summit


def tables(summit: Summit, bundles: Sequence[int], round: int | None) -> Iterator[tuple[str, Game]]:
    """Each bundle on the table, by name, then the talks as written."""
    for bundle in () if summit.has_tree else bundles:
        yield summit.bundles[bundle].name, summit.table(bundle, round)
    yield TALKS, summit.game


def inspected_unseen(
    summit: Summit,
    side: str,
    bundles: Sequence[int],
    talks: Listed,
    *,
    round: int | None = None,
    deadline: float | None = None,
    left: dict[str, str],
) -> Iterator[Inspected]:
    """What inspecting one side is worth to every party: nothing seen, the file's, everything seen.

    `talks` : the equilibria of the talks as written
    `left` : filled with what no equilibrium was found of, and why

    Raises OutOfTime where the deadline passes.
    """
    from detente.summit.variants import with_detection

    freed, name = with_detection(summit, side)
    ends = [tables(freed.at(**{name: Fraction(q)}), bundles, round) for q in (0, 1)]
    for (where, game), (_, blind), (_, sharp) in zip(
        tables(summit, bundles, round), *ends, strict=True
    ):
        try:
            found = [
                told(talks) if where == TALKS else played(game, deadline),
                played(blind, deadline),
                played(sharp, deadline),
            ]
        except NotSupported as error:
            left[where] = error.message
            continue
        (file, _), (none, _), (perfect, _) = found
        known = all(complete for _, complete in found)
        for party in game.players:
            yield Inspected(
                side, where, party, none[party], file[party], perfect[party], complete=known
            )


def committed_unseen(
    summit: Summit,
    bundles: Sequence[int],
    talks: Listed,
    *,
    round: int | None = None,
    deadline: float | None = None,
    left: dict[str, str],
) -> Iterator[Committed]:
    """What every commitment is worth to every party, with the arguments of `inspected_unseen`."""
    for where, game in tables(summit, bundles, round):
        try:
            before, all_before = told(talks) if where == TALKS else played(game, deadline)
            for each in commitments(summit):
                after, all_after = played(without(game, each.removes(game)), deadline)
                for party in game.players:
                    yield Committed(
                        each, where, party, before[party], after[party], all_before and all_after
                    )
        except NotSupported as error:
            left[where] = error.message
