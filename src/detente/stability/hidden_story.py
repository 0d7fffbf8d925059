"""The story of one bundle under hidden information, by type and by belief."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from detente.stability.hidden_turning import hidden_turnings
from detente.stability.knowledge import of_type
from detente.stability.motives import said
from detente.stability.play import Play
from detente.stability.readings import Reading, Table
from detente.stability.telling import (
    ABOUT,
    Section,
    Story,
    contents_of,
    lenses_of,
    short_of,
    talks_of,
    turning_lines,
    worth_of,
)
from detente.stability.turning import Turning
from detente.stability.verdict import Report, Verdict
from detente.stability.words import Wording, plain, quoted

SCENES = 60
"""Information sets of the carrying-out that are told; the rest is left out."""


def hidden_story(talks: Any, verdict: Verdict, report: Report) -> Story:
    """What happens to a bundle in the equilibrium that its reasons are read from."""
    assert verdict.told is not None, "a verdict under hidden information has its table"
    table, readings = verdict.told
    sections = [
        Section("In short", tuple(short_of(verdict, _in_short(verdict)))),
        Section("What is in the deal", tuple(contents_of(talks, verdict))),
        Section("What it is worth", tuple(worth_of(talks, verdict, report, table.wording))),
        Section("Who knows what", tuple(_types(table))),
    ]
    if readings:
        first = readings[0]
        sections += [
            Section("Who signs", tuple(_signing(table, first))),
            Section("Carrying it out", tuple(_carrying_out(table, first))),
            Section("In other equilibria", tuple(_others(readings))),
        ]
    changes, report = _turnings(table, report)
    sections += [
        Section("In the talks as written", tuple(talks_of(verdict, report))),
        Section("Asked in other ways", tuple(lenses_of(verdict, report))),
        Section("What it hangs on", tuple(_hangs_on(table, changes))),
        Section("What vouches for it", tuple(_vouched(verdict, readings))),
    ]
    kept = tuple(section for section in sections if section.lines)
    return Story(verdict, report, kept, changes)


def _turnings(table: Table, report: Report) -> tuple[tuple[Turning, ...] | None, Report]:
    """What would change the verdict; on an interrupt nothing, and the report says so."""
    if report.stopped != "finished":
        return None, report
    try:
        return hidden_turnings(table), report
    except KeyboardInterrupt:
        reason = "interrupted before other values of the parameters were tried."
        return None, replace(report, stopped="interrupted", reason=reason)


def _hangs_on(table: Table, changes: tuple[Turning, ...] | None) -> Iterator[str]:
    formulas = table.game.formulas
    if formulas is None or all(p.low is None for p in formulas.parameters.values()):
        return
    if changes is None:
        yield "Not judged again at other values: that takes longer than there is time for."
    else:
        yield from turning_lines(formulas, changes, "at an end of its range")


def _in_short(verdict: Verdict) -> str:
    """The verdict in a sentence; "" where there is nothing of its own to say here."""
    if verdict.honoured is False and verdict.acceptable is not False and verdict.broken:
        low, high = verdict.broken
        many = plain(low) if low == high else f"{plain(low)} to {plain(high)}, by equilibrium"
        return f"{_SIGNED[verdict.modal['acceptable']]} broken with probability {many}."
    if not verdict.stable:
        return ""
    if verdict.modal["stable"] == "always":
        return "It would hold: everyone who is asked signs, and nobody gains by breaking it."
    if verdict.modal["honoured"] == "always":
        return (
            "It would be kept; but it is not signed in every equilibrium, or not by every type, "
            "for sure."
        )
    return "It would hold in some equilibria, and not in others."


_SIGNED = {
    "always": "It would be signed, and then",
    "sometimes": "It may be signed, and then",
    None: "Once signed it would be",
}


def _types(table: Table) -> Iterator[str]:
    """The types, who knows them, and how likely each is before anybody moves."""
    game, knowledge = table.game, table.knowledge
    likely: dict[tuple[str, str], Any] = {}
    waiting = [(0, Fraction(1))]
    while waiting:
        node, p = waiting.pop()
        if game.mover[node] != -1:
            for whose, kind in knowledge.draw(node).items():
                if whose in knowledge.private:
                    likely[whose, kind] = likely.get((whose, kind), 0) + p
            continue
        odds = game.infosets.probabilities(int(game.infoset[node]))
        waiting += [
            (child, p * q) for child, q in zip(game.children_of(node), odds, strict=True)
        ][::-1]
    for whose, owner in knowledge.private.items():
        kinds = [f"{kind} {plain(p)}" for (of, kind), p in likely.items() if of == whose]
        yield f"{game.players[owner]} alone knows whether it is: {', '.join(kinds)} (the prior)."


def _signing(table: Table, reading: Reading) -> Iterator[str]:
    if not table.offered:
        yield "No node of this tree is tagged as offering it."
    elif reading.accepted is not None:
        low, high = reading.accepted
        odds = plain(low) if low == high else f"{plain(low)} to {plain(high)}, by type"
        yield f"It is signed with probability {odds}."
    for infoset in table.consents:
        yield from _scene(table, reading.play, infoset)


def _carrying_out(table: Table, reading: Reading) -> Iterator[str]:
    """Every information set that play comes to once it is signed, in order."""
    scenes = _scenes(table, reading)
    if not table.signed:
        yield "It is signed nowhere."
        return
    if not scenes:
        yield "Nothing is left to decide once it is signed."
        return
    if not reading.reached:
        yield "Nobody signs it; this is what would follow if it were signed."
    yield "Amounts are what the side expects from there on; what came before is left out."
    for infoset in scenes[:SCENES]:
        yield from _scene(table, reading.play, infoset)
    if len(scenes) > SCENES:
        yield "… and so on: the rest is left out here."


def _scenes(table: Table, reading: Reading) -> Sequence[int]:
    play, game = reading.play, table.game
    reached = [s for s in table.signed if play.chance(table.offer_of(s) or 0, s)]
    found: dict[int, int] = {}
    for start in reached or table.signed:
        waiting = [start]
        while waiting:
            node = waiting.pop()
            if game.mover[node] >= 0:
                infoset = int(game.infoset[node])
                found[infoset] = min(found.get(infoset, node), node)
            onwards = zip(game.children_of(node), play.odds(node), strict=True)
            waiting += [child for child, p in onwards if p or child in table.broken]
    return sorted(found, key=lambda infoset: found[infoset])


def _scene(table: Table, play: Play, infoset: int) -> Iterator[str]:
    """Who moves, what it knows, what it believes, and what each of its moves brings."""
    game, knowledge, wording = table.game, table.knowledge, table.wording
    player = int(game.infosets.mover[infoset])
    party, seen = game.players[player], knowledge.seen(infoset)
    kind, where = knowledge.type_of(infoset), knowledge.called(infoset)
    who = of_type(party, kind)
    # Generated labels name the party and its type themselves: 'DPRK (hedging): comply or restart'.
    name = where if where.startswith(party) else f"{who}, {_without(where, kind)}".rstrip(", ")
    yield f"{name}{f' (seeing {quoted(seen)})' if seen and seen not in where else ''}:"
    belief = knowledge.belief(infoset, play.belief(infoset))
    if belief is not None:
        yield f"  It believes {said(belief)}."
    yield from _moves(table, play, infoset, wording)


def _without(where: str, kind: str) -> str:
    """What an information set is called, but for the type, which the sentence has named.

    >>> _without("untrustworthy, trusted", "untrustworthy"), _without("answer", "")
    ('trusted', 'answer')
    """
    return ", ".join(part for part in where.split(", ") if part != kind)


def _moves(table: Table, play: Play, infoset: int, wording: Wording) -> Iterator[str]:
    game = table.game
    for action, (name, p) in enumerate(
        zip(game.infosets.actions(infoset), play.mixture(infoset), strict=True)
    ):
        worth = play.worth(infoset, action)
        brings = "" if worth is None else f" brings it {wording.amount(worth)}"
        does = ": this is what it does" if p == 1 else f": it does so with probability {plain(p)}"
        move = wording.by(name)
        yield f"  {move[:1].upper()}{move[1:]}{brings}{does if p else ''}."


def _others(readings: Sequence[Reading]) -> Iterator[str]:
    """How many of the equilibria sign and keep it."""
    if len(readings) < 2:
        return
    signed = [reading for reading in readings if reading.reached]
    kept = sum(bool(reading.honoured) for reading in signed)
    told = f"Told is one of the {len(readings)} listed equilibria."
    if not signed:
        yield f"{told} In none of them is it signed."
        return
    yield (
        f"{told} In {_of(len(signed), len(readings))} it is signed with a positive probability; "
        f"{_also(kept, len(signed))}."
    )


def _of(some: int, count: int) -> str:
    return "each of them" if some == count else f"{some} of them"


def _also(kept: int, signed: int) -> str:
    """In how many of those that sign it, it is kept too."""
    if signed == 1:
        return f"whoever signs it {'keeps' if kept else 'does not always keep'} it there"
    which = "each" if kept == signed else kept or "none"
    return f"in {which} of those, whoever signs it keeps it"


def _vouched(verdict: Verdict, readings: Sequence[Reading]) -> Iterator[str]:
    if not readings:
        return
    yield (
        "No side gains by another move at any point of what is told here, by what it then "
        "believes, and beliefs are such as small mistakes would give (sequential equilibrium): "
        "checked by separate code."
    )
    if len(set(verdict.proof.values())) == 1:
        yield f"What the verdict rests on: {next(iter(verdict.proof.values()))}."
        return
    for question, words in verdict.proof.items():
        yield f"{ABOUT[question]}: {words.removeprefix('witnesses: ')}."
