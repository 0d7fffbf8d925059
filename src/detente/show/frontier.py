"""Bargaining for reading and as data: the frontier, the zone of agreement, the solutions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from detente.show.numbers import plain_data
from detente.stability.bargaining.amounts import Amount, Enclosed, amount_data, amount_text
from detente.stability.bargaining.lens import NAMES
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.report import Bargaining
from detente.stability.bargaining.solutions import EVENEST, Pick, Solution
from detente.stability.words import counted, listed, plain, rounded

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

MANY = 40
"""Rows that a table has unless all are asked for."""
NAMED = 20
"""Outcomes named, of those that better one, in JSON."""
COLUMNS = 8
"""Parties that have a column, or are named in a sentence: nobody can read a table of many more."""
TIES = 3
"""Ties of a solution that are told unless all are asked for."""
_HOLDS = "* "
"""Before outcomes that no lottery betters."""
_RULES = {**NAMES, EVENEST: "most even"}


def frontier_parts(found: Bargaining, all: bool = False) -> list[RenderableType]:
    """What bargaining comes to, as paragraphs and tables.

    `all` : give every outcome a row, and tell every tie
    """
    return list(_parts(found, all))


def _parts(found: Bargaining, all: bool) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(found.title, style="bold")
    if found.stopped != "finished":
        yield Text(f"Stopped early: {found.reason}", style="bold")
    if found.problem is None:
        return
    yield Text("\n".join(_heading(found, found.problem)))
    rows = _rows(found, found.problem, all)
    if rows:
        yield _outcomes(found, found.problem, rows)
        yield Text("\n".join(_footing(found, found.problem, rows, all)))
    for title, solutions in (
        ("What bargaining would come to:", found.solutions),
        ("The same where lots may be drawn:", found.lotteries),
    ):
        if solutions and any(solution.picks for solution in solutions):
            yield Text(title)
            yield _solutions(found, found.problem, solutions, all)
    notes = list(_notes(found, found.problem))
    if notes:
        yield Text("\n".join(notes))
    yield from _further(found, all)


def _further(found: Bargaining, all: bool) -> Iterator[RenderableType]:
    """Coalitions, shadow values and wins, where they were asked for."""
    from rich.text import Text

    if found.coalitions is not None:
        from detente.show.coalitions import coalition_parts, consent_core_lines

        yield from coalition_parts(found.coalitions)
        if found.consent_core is not None:
            yield Text("\n".join(consent_core_lines(found.consent_core)))
    if found.terms is not None:
        from detente.show.shadows import shadow_parts

        yield from shadow_parts(found.terms)
    if found.wins is not None:
        from detente.show.wins import win_parts

        yield from win_parts(found.wins, all)


# ── in words ───────────────────────────────────────────────────────────────────────────────────


def _heading(found: Bargaining, problem: Problem) -> Iterator[str]:
    what = "bundle" if problem.bundles is not None else "outcome"
    count = len(problem.points)
    who = _few(problem.parties)
    yield (
        f"{who} bargain{'s' if len(problem.parties) == 1 else ''} over {counted(count)} "
        f"{what}{'' if count == 1 else 's'}. Without agreement ({problem.against}) "
        f"{_shares(problem, problem.disagreement)}."
    )
    if not count:
        return
    yield _zone(problem)
    if found.ranges:
        told = [
            f"{party} {plain(low)}" + (f" to {plain(high)}" if low < high else "")
            for party, (low, high) in zip(problem.parties, found.ranges, strict=True)
        ]
        yield f"Where lots may be drawn between {what}s, the zone runs: {_few(told, '')}."
    if found.pure is not None:
        held = "" if found.mixed is None else f", and no lottery betters {_some(found)}"
        yield (
            f"On the frontier, where none is better for one and as good for all: "
            f"{counted(len(found.pure))}{held}."
        )


def _zone(problem: Problem) -> str:
    inside, strictly = len(problem.zone), len(problem.strict_zone)
    if not inside:
        return "Every one of them leaves someone worse off than that: no zone of agreement."
    every = "All" if 1 < inside == len(problem.points) else _capital(counted(inside))
    first = f"{every} of them {_leave(inside)} no one worse off than that: the zone of agreement."
    if strictly == inside:
        return (
            f"{first} {'It leaves' if inside == 1 else 'All of these leave'} everyone better off."
        )
    if inside == 1:
        return f"{first} It leaves someone no better off either."
    which = _capital(counted(strictly)) if strictly else "None"
    return f"{first} {which} of these {_leave(strictly or 1)} everyone better off."


def _leave(count: int) -> str:
    return "leaves" if count == 1 else "leave"


def _some(found: Bargaining) -> str:
    pure, mixed = len(found.pure or ()), len(found.mixed or ())
    return ("any" if pure > 1 else "it") if pure == mixed else f"{counted(mixed)} of these"


def _shares(problem: Problem, values: Sequence[Amount]) -> str:
    told = [
        f"{party} gets {amount_text(value)}"
        for party, value in zip(problem.parties, values, strict=True)
    ]
    unit = f" {problem.unit}" if problem.unit else ""
    return _few(told) + unit


def _few(told: Sequence[str], word: str = "and") -> str:
    """Names or the like in a sentence; of many the first, and how many more."""
    if len(told) > COLUMNS:
        return listed([*told[: COLUMNS - 1], f"{len(told) - COLUMNS + 1} more"])
    return listed(list(told), word) if word else ", ".join(told)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _footing(found: Bargaining, problem: Problem, rows: Sequence[int], all: bool) -> Iterator[str]:
    if found.mixed and any(k in set(found.mixed) for k in rows):
        yield f"{_HOLDS}no lottery over others is better for one and as good for all."
    unit = f", in {problem.unit}" if problem.unit else ""
    also = f"; {_few(problem.observers)} not asked" if problem.observers else ""
    yield f"Under each party's name: what it gets if everyone complies{unit}{also}."
    beyond = len(problem.parties) + len(problem.observers) - COLUMNS
    if beyond > 0:
        yield f"{beyond} more parties without a column here: --json has them all."
    left = (len(problem.points) if all else len(found.pure or ())) - len(rows)
    outside = [k for k in found.pure or () if not problem.in_zone[k]]
    if not all and outside:
        yield f"On the frontier but outside the zone: {counted(len(outside))} (--all shows them)."
        left -= len(outside)
    if left > 0:
        yield f"{left} more in the zone (--all shows them)."


def _notes(found: Bargaining, problem: Problem) -> Iterator[str]:
    for solutions in (found.solutions or (), found.lotteries or ()):
        nothing: dict[str, list[str]] = {}
        for solution in solutions:
            if not solution.picks:
                nothing.setdefault(solution.reason, []).append(_RULES[solution.rule])
            elif not solution.complete:
                yield f"{_RULES[solution.rule]} where lots may be drawn: there are more ties."
        for reason, rules in nothing.items():
            yield f"Nothing picked ({', '.join(rules)}): {reason}"
    weights = found.weights
    if weights is not None and not weights.equal:
        by = (
            ""
            if weights.patience is None
            else (", by patience, for the Nash solution only: the limit of alternating offers")
        )
        yield f"Weights: {weights.told(problem.parties)}{by}."
    yield from (_capital(note) for note in problem.notes)


# ── tables ─────────────────────────────────────────────────────────────────────────────────────


def _rows(found: Bargaining, problem: Problem, all: bool) -> list[int]:
    """The outcomes that get a row: of the frontier, those in the zone first."""
    if all:
        return list(range(len(problem.points)))
    inside = [k for k in found.pure or () if problem.in_zone[k]]
    return inside[:MANY]


def _blank() -> Table:
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)


def _outcomes(found: Bargaining, problem: Problem, rows: Sequence[int]) -> Table:
    table = _blank()
    table.add_column("bundle" if problem.bundles is not None else "outcome")
    everyone = (*problem.parties, *problem.observers)[:COLUMNS]
    for party in everyone:
        table.add_column(party, justify="right", no_wrap=True)
    whole = len(rows) == len(problem.points)
    if whole:
        table.add_column("where")
    table.add_column("picked by")
    front, held = set(found.pure or ()), set(found.mixed or ())
    for k in rows:
        values = [*problem.points[k], *(problem.beside[k] if problem.beside is not None else ())]
        cells = [rounded(value) for value in values[:COLUMNS]]
        where = [_where(problem, k, k in front)] if whole else []
        rules = ", ".join(_RULES[rule] for rule in found.picked_by(k))
        name = f"{_HOLDS if k in held else '  '}{problem.outcomes[k]}"
        table.add_row(name, *cells, *where, rules, style="bold" if rules else None)
    known = (*problem.disagreement, *(problem.beside_without or ()))
    without = [rounded(value) for value in known[:COLUMNS]]
    blank = [""] * (len(everyone) - len(without) + int(whole) + 1)
    table.add_row("  (no agreement)", *without, *blank, style="italic")
    return table


def _where(problem: Problem, outcome: int, on_frontier: bool) -> str:
    told = ["frontier"] if on_frontier else []
    told += [] if problem.in_zone[outcome] else ["outside the zone"]
    return ", ".join(told)


def _solutions(
    found: Bargaining, problem: Problem, solutions: Sequence[Solution], all: bool
) -> Table:
    table = _blank()
    table.add_column("solution", no_wrap=True)
    table.add_column("picks")
    for party in problem.parties[:COLUMNS]:
        table.add_column(party, justify="right", no_wrap=True)
    for solution in solutions:
        shown = solution.picks if all else solution.picks[:TIES]
        for i, pick in enumerate(shown):
            cells = [amount_text(value) for value in pick.payoffs[:COLUMNS]]
            table.add_row("" if i else _RULES[solution.rule], _named(problem, pick), *cells)
        if len(solution.picks) > len(shown):
            table.add_row("", f"{len(solution.picks) - len(shown)} more as good (--all shows them)")
    return table


def _named(problem: Problem, pick: Pick) -> str:
    if pick.outcome is not None:
        return problem.outcomes[pick.outcome]
    told = [f"{amount_text(odds)}: {problem.outcomes[k]}" for k, odds in pick.odds]
    return "; ".join(told)


# ── as data ────────────────────────────────────────────────────────────────────────────────────


def frontier_data(found: Bargaining) -> dict[str, Any]:
    """What `detente frontier --json` prints, without the version."""
    problem, weights = found.problem, found.weights
    data: dict[str, Any] = {
        "game": {
            "title": found.title,
            "players": list(found.players),
            "parties": list(found.parties),
        },
        "bargainers": list(found.bargainers),
        "stopped": found.stopped,
        "reason": found.reason or None,
    }
    if problem is None or weights is None:
        return data
    by_name = dict(zip(problem.parties, problem.disagreement, strict=True))
    data |= {
        "unit": problem.unit or None,
        "disagreement": {"kind": problem.against, "values": by_name},
        "weights": {
            "kind": "equal"
            if weights.equal
            else "given"
            if weights.patience is None
            else "patience",
            "values": weights.exact and dict(zip(problem.parties, weights.exact, strict=True)),
            "factors": weights.patience
            and dict(zip(problem.parties, weights.patience, strict=True)),
        },
        "notes": list(problem.notes),
        "zone": {
            "outcomes": list(found.names(problem.zone)),
            "better_for_all": list(found.names(problem.strict_zone)),
            "with_lotteries": found.ranges
            and {
                party: list(pair) for party, pair in zip(problem.parties, found.ranges, strict=True)
            },
        },
        "frontier": _listed(found, found.pure),
        "frontier_with_lotteries": _listed(found, found.mixed),
        "corners": _listed(found, found.corners),
        "outcomes": [_outcome_data(found, problem, k) for k in range(len(problem.points))],
        "solutions": _solution_data(found, problem, found.solutions),
        "solutions_with_lotteries": _solution_data(found, problem, found.lotteries),
    }
    plain_form: dict[str, Any] = plain_data(data)
    return plain_form | _further_data(found)


def _further_data(found: Bargaining) -> dict[str, Any]:
    """Coalitions, shadow values and wins; null where they were not asked for or found."""
    from detente.show.coalitions import coalition_data, consent_core_data
    from detente.show.shadows import shadow_data
    from detente.show.wins import win_data

    core = found.consent_core
    return {
        "coalitions": found.coalitions and coalition_data(found.coalitions),
        "core_without_payments": None if core is None else consent_core_data(core),
        "terms": found.terms and shadow_data(found.terms),
        "wins": found.wins and win_data(found.wins),
    }


def _listed(found: Bargaining, outcomes: Sequence[int] | None) -> list[str] | None:
    return None if outcomes is None else list(found.names(outcomes))


def _outcome_data(found: Bargaining, problem: Problem, outcome: int) -> dict[str, Any]:
    values = dict(zip(problem.parties, problem.points[outcome], strict=True))
    if problem.beside is not None:
        values |= dict(zip(problem.observers, problem.beside[outcome], strict=True))
    front = found.frontier
    better = None if front is None or found.pure is None else front.dominating(outcome)
    return {
        "name": problem.outcomes[outcome],
        "values": values,
        "gains": dict(zip(problem.parties, problem.gains(outcome), strict=True)),
        "in_zone": bool(problem.in_zone[outcome]),
        "on_frontier": None if found.pure is None else outcome in found.pure,
        "no_lottery_betters": None if found.mixed is None else outcome in found.mixed,
        "dominated_by": None if better is None else list(found.names(better[:NAMED])),
        "dominating": None if better is None else len(better),
        "picked_by": list(found.picked_by(outcome)),
    }


def _solution_data(
    found: Bargaining, problem: Problem, solutions: Sequence[Solution] | None
) -> list[dict[str, Any]] | None:
    if solutions is None:
        return None
    return [
        {
            "rule": solution.rule,
            "picks": [_pick_data(problem, pick) for pick in solution.picks],
            "complete": solution.complete,
            "reason": solution.reason or None,
        }
        for solution in solutions
    ]


def _pick_data(problem: Problem, pick: Pick) -> dict[str, Any]:
    return {
        "outcome": None if pick.outcome is None else problem.outcomes[pick.outcome],
        "lottery": {problem.outcomes[k]: amount_data(odds) for k, odds in pick.odds},
        "payoffs": dict(zip(problem.parties, map(amount_data, pick.payoffs), strict=True)),
        "exact": all(not isinstance(value, Enclosed) for value in pick.payoffs),
    }
