"""The bargaining problem that talks or a tree pose."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from detente.errors import NotSupported, OutOfTime
from detente.game.tree import Game
from detente.stability.bargaining.disagreement import Disagreement, disagreement_of
from detente.stability.bargaining.points import Points, Vector
from detente.stability.bargaining.problem import Problem
from detente.stability.words import listed

AMONG = ("stable", "honoured", "acceptable")
"""Verdicts by which bundles can be left out."""


def problem(
    talks: Any,
    disagreement: str | Mapping[str, Any] | None = None,
    parties: Sequence[str] | None = None,
    round: int | None = None,
    among: str | None = None,
    deadline: float | None = None,
) -> Problem:
    """What the parties to these talks bargain over.

    `talks` : a summit, whose bundles are the outcomes, each with what it brings if everyone
        complies; or one written out by hand or a game, whose ways through the tree are
    `disagreement` : see `disagreement_of`
    `parties` : who bargains; those whose consent some bundle needs, or who move in the tree, if
        left out
    `round` : in which round bundles are on the table, the last unless given
    `among` : `stable`, `honoured` or `acceptable`: only the bundles with that verdict (in at least
        one equilibrium); all of them if left out

    Raises NotSupported where there is nothing to bargain over, or for unknown parties; OutOfTime
    past the deadline, on the clock of `time.perf_counter`.
    """
    if isinstance(talks, Problem):
        return talks
    if among is not None and among not in AMONG:
        raise NotSupported(
            f"bundles are bargained over that are {listed(AMONG, 'or')}, or all; found {among!r}."
        )
    if not isinstance(talks, Game) and not hasattr(talks, "has_tree"):
        raise NotSupported(
            f"bargaining takes a summit or a game in extensive form; found {type(talks).__name__}. "
            "Load one with detente.load, or give points with Problem.of."
        )
    if isinstance(talks, Game) or talks.has_tree:
        if among is not None:
            raise NotSupported(
                "the ways through a tree have no verdicts by which some could be left out."
            )
        return _of_tree(talks, disagreement, parties, round, deadline)
    who = _chosen(talks.parties, parties, _consenting(talks))
    without = disagreement_of(talks, disagreement, who, round, deadline)
    rows: list[Vector] = []
    for bundle in range(len(talks.bundles)):
        if deadline is not None and time.perf_counter() > deadline:
            raise OutOfTime
        rows.append(talks.values(bundle, round))
    names = [bundle.name for bundle in talks.bundles]
    posed = _problem(
        talks.title, talks.parties, who, names, rows, without, tuple(range(len(rows))),
        talks.file.unit or "", _on_consent(talks, who),
    )  # fmt: skip
    return posed if among is None else _holding(talks, posed, among, round, deadline)


def _holding(
    talks: Any, posed: Problem, among: str, round: int | None, deadline: float | None
) -> Problem:
    """The problem over the bundles with a verdict."""
    from detente.stability.equilibrium import stability

    left = None if deadline is None else max(deadline - time.perf_counter(), 0.0)
    report = stability(talks, round=round, time_limit=left)
    if report.stopped == "interrupted":
        raise KeyboardInterrupt
    if report.stopped != "finished":
        raise OutOfTime
    kept = [k for k, verdict in enumerate(report) if getattr(verdict, among)]
    unknown = sum(getattr(verdict, among) is None for verdict in report)
    note = f"only the bundles that are {among} are on the table, {len(kept)} of {len(report)}"
    note += f"; of {unknown} it is not decided." if unknown else "."
    return replace(posed.among(kept), notes=(note, *posed.notes))


def _of_tree(
    talks: Any,
    disagreement: str | Mapping[str, Any] | None,
    parties: Sequence[str] | None,
    round: int | None,
    deadline: float | None,
) -> Problem:
    from detente.stability.bargaining.ways import told_apart, ways_through

    if round is not None:
        raise NotSupported("a tree has no rounds in which bundles could be put on the table.")
    game: Game = getattr(talks, "game", talks)
    moving = sorted(set(game.mover[game.mover >= 0].tolist()))
    who = _chosen(game.players, parties, [game.players[i] for i in moving] or list(game.players))
    without = disagreement_of(talks, disagreement, who, None, deadline)
    found = ways_through(game, deadline)
    names = told_apart([words or "the only outcome" for words in found.values()])
    unit = "" if isinstance(talks, Game) else talks.file.unit or ""
    return _problem(
        game.title, game.players, who, names, list(found), without, None, unit, ()
    )  # fmt: skip


def _problem(
    title: str,
    everyone: Sequence[str],
    who: Sequence[str],
    names: Sequence[str],
    rows: Sequence[Vector],
    without: Disagreement,
    bundles: tuple[int, ...] | None,
    unit: str,
    notes: tuple[str, ...],
) -> Problem:
    own = [everyone.index(party) for party in who]
    rest = [i for i in range(len(everyone)) if i not in own]
    known = without.everyone
    return Problem(
        title,
        tuple(who),
        list(names),
        Points.of([[row[i] for i in own] for row in rows], len(own)),
        without.values,
        without.words,
        bundles,
        tuple(everyone[i] for i in rest),
        Points.of([[row[i] for i in rest] for row in rows], len(rest)),
        unit,
        (*without.notes, *notes),
        tuple(known[everyone[i]] for i in rest) if known else None,
    )


def _consenting(talks: Any) -> list[str]:
    """Those whose consent some bundle needs; all sides where none is needed."""
    asked = {side for bundle in range(len(talks.bundles)) for side in talks.consents(bundle)}
    return [side for side in talks.sides if side in asked] or list(talks.sides)


def _chosen(
    everyone: Sequence[str], given: Sequence[str] | None, usual: Sequence[str]
) -> list[str]:
    if given is None:
        return list(usual)
    unknown = [party for party in given if party not in everyone]
    if unknown or not given or len(set(given)) < len(given):
        what = f"'{unknown[0]}' is none of them" if unknown else "name each once, at least one"
        raise NotSupported(f"the parties are {listed(list(everyone))}; {what}.")
    return list(given)


def _on_consent(talks: Any, who: Sequence[str]) -> tuple[str, ...]:
    """Where some bundle needs the consent of fewer than bargain: that all of them are counted."""
    short = [k for k in range(len(talks.bundles)) if set(talks.consents(k)) < set(who)]
    if not short:
        return ()
    name = talks.bundles[short[0]].name
    missing = [side for side in who if side not in talks.consents(short[0])]
    return (
        f"not every bundle needs everyone's consent ({name} not that of {listed(missing)}); here "
        f"all of {listed(list(who))} count.",
    )
