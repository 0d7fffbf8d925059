"""What there is to know of a game, in lines for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from detente.stability.words import listed, plain

_NAMES_SHOWN = 8


def facts_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """The facts of one game, a line each."""
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


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"about {Decimal(number):.3e}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
