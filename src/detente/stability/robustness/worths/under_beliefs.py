"""What inspections, commitments and parameters are worth where sides do not see everything.

Payoffs are those of the sequential equilibria found, of a bundle from its being on the table: what
is believed of who signed begins there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from detente.errors import NotSupported
from detente.game.formulas import Parameter
from detente.game.tree import Game
from detente.stability.readings import Listed
from detente.stability.robustness.sweeping.drawing import drawing
from detente.stability.robustness.worths.averages import (
    Law,
    NotPolynomial,
    Rounded,
    exact_law,
    samples,
)
from detente.stability.robustness.worths.committing import Committed, commitments
from detente.stability.robustness.worths.companions import companions, in_scenarios
from detente.stability.robustness.worths.inspecting import TALKS, Inspected, difference
from detente.stability.robustness.worths.knowing import (
    EVERYBODY,
    Known,
    cells,
    covering,
    mean_of_samples,
    varied,
)
from detente.stability.robustness.worths.revealing import played, rebuilt, told, without
from detente.stability.robustness.worths.unfolding import Unfolded
from detente.stability.verdict import Range

if TYPE_CHECKING:
    from detente.summit.summit import Summit

SHIFTS: Final = 4
"""Replicates of the values of a parameter that is learnt."""
VALUES: Final = 6
"""Values in each."""


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


def learnt_unseen(
    summit: Summit,
    parameter: Parameter,
    bundles: Sequence[int],
    *,
    round: int | None = None,
    deadline: float | None = None,
    left: dict[str, str],
) -> Iterator[Known]:
    """What it is worth to each party that all learn a parameter: at values that are equally likely.

    `left` : filled with what cannot be told, and why

    Raises OutOfTime where the deadline passes.
    """
    name = parameter.name
    if companions(summit, name) or in_scenarios(summit, name):
        left[TALKS] = "it is drawn together with others, which is not averaged under secrets."
        return
    for where, game in tables(summit, bundles, round):
        try:
            unknown, complete = played(expected(summit, parameter, game), deadline)
            found = []
            for values in _values(summit, name):
                rows = [played(game.at(**{name: value}), deadline) for value in values]
                complete = complete and all(known for _, known in rows)
                found.append([row for row, _ in rows])
        except NotSupported as error:
            left[where] = error.message
            continue
        for party in game.players:
            before = unknown[party]
            means = [_mean([row[party] for row in rows]) for rows in found]
            spread = [(before, after, difference(after, before)) for after in means]
            gain, off = mean_of_samples(spread)[2:]
            yield Known(
                name, EVERYBODY, where, party, before, _mean(means), gain, off, (), complete
            )


def expected(summit: Summit, parameter: Parameter, game: Game) -> Game:
    """The tree in which nobody knows a parameter: its numbers given each history."""
    drawn = list(samples(summit, parameter.name))
    within = covering(parameter, drawn)
    unfolded = Unfolded(game, varied(list(cells(game, parameter.name, within))))
    exact = exact_law(parameter)
    law: Law = drawn[0] if exact is None else exact
    try:
        numbers = unfolded.numbers(lambda value: value.mean(law))
    except NotPolynomial:
        assert exact is not None
        rounded = Rounded(exact)
        numbers = unfolded.numbers(lambda value: value.mean(rounded))
    return rebuilt(
        game, lambda node: str(int(game.infoset[node])), lambda node, position: False, numbers
    )


def _values(summit: Summit, name: str) -> Iterator[list[Fraction]]:
    """Values of a parameter that are equally likely, in replicates that are even together."""
    way = drawing(summit, only=[name])
    for shift in range(SHIFTS):
        levels = (np.arange(VALUES) + (shift + 0.5) / SHIFTS) / VALUES
        yield [Fraction(float(value)) for value in way.values(levels[None, :])[0]]


def _mean(ranges: Sequence[Range]) -> Range:
    zero, count = Fraction(0), len(ranges)
    return sum((low for low, _ in ranges), zero) / count, sum((h for _, h in ranges), zero) / count
