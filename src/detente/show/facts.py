"""What there is to know of a game, in lines for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from detente.stability.words import listed, plain

_NAMES_SHOWN = 8
_STATES_SHOWN = 24


def facts_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """The facts of one game or conflict, a line each."""
    if facts.get("kind") == "conflict":
        yield from _conflict_lines(facts)
        return
    yield facts["title"] or "(untitled game)"
    yield f"  players: {listed(facts['players'])}"
    stored = facts.get("stored_nodes", facts["nodes"])
    shared = f" ({stored:,} stored, the rest shared)" if stored != facts["nodes"] else ""
    ends = _count(facts["terminals"])
    yield f"  nodes: {_count(facts['nodes'])}{shared}, {ends} of them terminal"
    infosets = ", ".join(f"{player} {_count(n)}" for player, n in facts["infosets"].items())
    yield f"  information sets: {infosets}"
    why = facts.get("why", {})
    for rule in ("perfect_information", "perfect_recall"):
        yield f"  {rule.replace('_', ' ')}: {_yes(facts[rule])}"
        if rule in why:
            yield f"    {why[rule]}"
    if "absent_minded" in why:
        yield f"  absent-mindedness: yes\n    {why['absent_minded']}"
    yield f"  constant sum: {_yes(facts['constant_sum'])}"
    yield f"  subgames: {_count(facts['subgames'])}"
    sums = ", ".join(f"{player} {plain(total)}" for player, total in facts["payoff_sum"].items())
    yield f"  sum of payoffs over the ends of play: {sums}"
    bundles = facts["bundles"]
    if bundles:
        more = f" and {len(bundles) - _NAMES_SHOWN} more" if len(bundles) > _NAMES_SHOWN else ""
        yield f"  {len(bundles)} bundles: {'; '.join(bundles[:_NAMES_SHOWN])}{more}"


def _conflict_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    yield facts["title"] or "(untitled conflict)"
    named = facts["names"]
    yield f"  sides: {listed([_called(side, named.get(side, '')) for side in facts['players']])}"
    options = facts["options"]
    if options:
        yield f"  options: {len(options)}"
        yield from (f"    {_option(one)}" for one in options)
    yield f"  states: {facts['num_states']:,}"
    shown = list(facts["states"].items())[:_STATES_SHOWN]
    width = max(len(name) for name, _ in shown)
    yield from (f"    {name:<{width}}  {words}".rstrip() for name, words in shown)
    if facts["num_states"] > len(shown):
        yield f"    … and {facts['num_states'] - len(shown):,} more"
    moves = [f"{side} {number:,}" for side, number in facts["moves"].items()]
    moves += [f"{' with '.join(one['by'])} {one['moves']:,}" for one in facts["joint"]]
    yield f"  moves: {', '.join(moves)}; {facts['one_way']:,} of them one-way"
    ranks = ", ".join(f"{side} {number:,}" for side, number in facts["ranks"].items())
    yield f"  ranks of the states: {ranks}"
    if facts["strength"]:
        yield "  strength of preference: yes"
    unsure = {side: pairs for side, pairs in facts["unknown"].items() if pairs}
    if unsure:
        pairs = ", ".join(f"{side} {number:,}" for side, number in unsure.items())
        yield f"  pairs that it is not known how they are ranked: {pairs}"
    if facts["views"]:
        yield f"  sides that see it otherwise: {listed(facts['views'])}"
    if facts["status_quo"] is not None:
        yield f"  status quo: {facts['status_quo']}"


def _option(option: Mapping[str, Any]) -> str:
    whose = option["by"] or listed(option["together"]) or listed(option["either"], "or")
    whose = whose or "nobody"
    levels = option["levels"]
    said = f", {' / '.join(levels)}" if levels and levels != ["no", "yes"] else ""
    meaning = f": {option['meaning']}" if option["meaning"] else ""
    return f"{option['name']} ({whose}{said}){meaning}"


def _called(key: str, name: str) -> str:
    return f"{key} ({name})" if name else key


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"about {Decimal(number):.3e}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
