"""Why a bundle holds through one lens and not through another: what each school asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from detente.stability.lens import Sight
from detente.stability.words import listed

_AS = {
    "equilibrium": "as an equilibrium",
    "enforcement": "if renewed",
    "graph": "in the conflict graph",
    "bargaining": "in bargaining",
}
"""After 'it holds'."""


def sides_of(sights: Mapping[str, Sight]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lenses through which a bundle holds, and those through which it does not."""
    yes = tuple(name for name, sight in sights.items() if sight.holds is True)
    no = tuple(name for name, sight in sights.items() if sight.holds is False)
    return yes, no


def disagreement(sights: Mapping[str, Sight]) -> str | None:
    """Why a bundle holds through some lenses and not through others; None where none differ.

    >>> disagreement({"equilibrium": Sight(True, "stable", "US would lose by refusing."),
    ...               "bargaining": Sight(False, "dominated", "All gain by all + full.")})[:74]
    'It holds as an equilibrium, but not in bargaining: all gain by all + full.'
    """
    yes, no = sides_of(sights)
    if not yes or not no:
        return None
    told = " ".join(sentence(sights[name].text) for name in no)
    held, failed = (list(map(phrase, names)) for names in (yes, no))
    said = f"It holds {listed(held)}, but not {listed(failed, 'or')}: {_lowered(told)}"
    return " ".join((said, *schools(yes, no)))


def phrase(name: str) -> str:
    """A lens after 'it holds': `in the conflict graph`."""
    return _AS.get(name, f"by ‘{name}’")


def schools(yes: Sequence[str], no: Sequence[str]) -> Iterator[str]:
    """What the ways of asking differ in, a sentence for each that says no."""
    for failing in no:
        told = next((WHY[holding, failing] for holding in yes if (holding, failing) in WHY), None)
        if told is not None:
            yield told


def sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _lowered(text: str) -> str:
    """Small at the beginning, but for a name."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first in _OPENING else text


_OPENING = frozenset((
    "A", "All", "An", "Any", "At", "Both", "Every", "It", "No", "Nobody", "One", "Only",
))  # fmt: skip

WHY = {
    ("equilibrium", "enforcement"): (
        "The verdict is about the deal struck once, with all that happens once (a win at home, the "
        "risk of a crisis, a horizon that ends); enforcement, about one renewed without end, in "
        "which only the years to come hold a side back."
    ),
    ("enforcement", "equilibrium"): (
        "Renewed without end a deal is kept for the sake of the years to come; struck once, only "
        "what is left of the horizon counts, and it must be signed as well."
    ),
    ("equilibrium", "graph"): (
        "The verdict asks whether this deal is signed and kept; the graph, whether a side, once "
        "there, can move on to another bundle that it likes better."
    ),
    ("graph", "equilibrium"): (
        "In the graph a step leads to another bundle, which all see and can answer; the verdict "
        "also knows of breaches that may go unseen, and of sides that would not sign."
    ),
    ("equilibrium", "bargaining"): (
        "The verdict asks whether a side gains by leaving this deal; bargaining, whether another "
        "deal would be better for all."
    ),
    ("bargaining", "equilibrium"): (
        "Bargaining compares what deals bring if they are kept, and takes it that they are; for "
        "the verdict each side must want to sign, and at every later step to comply."
    ),
    ("enforcement", "graph"): (
        "Enforcement asks whether it pays to cheat; the graph also knows of moves in the open, to "
        "other bundles and back."
    ),
    ("graph", "enforcement"): (
        "In the graph every move is seen and can be answered; a breach may stay unseen, or be "
        "answered too late."
    ),
    ("enforcement", "bargaining"): (
        "Enforcement asks whether it pays to break this deal; bargaining, whether another deal "
        "would be better for all."
    ),
    ("bargaining", "enforcement"): (
        "Bargaining takes it that a deal is kept; enforcement asks what makes the sides keep it."
    ),
    ("graph", "bargaining"): (
        "In the graph no one moves away from the deal by the moves that there are; bargaining asks "
        "whether all together would gain by another deal."
    ),
    ("bargaining", "graph"): (
        "Bargaining asks what all together could better; the graph, what one side can do alone."
    ),
}
"""What the school that says yes does not ask, and the one that says no does."""
