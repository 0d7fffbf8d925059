"""What is changed, in words."""

from __future__ import annotations

from collections.abc import Mapping

from detente.stability.following.told import place_text
from detente.stability.robustness.mending.levers import Lever
from detente.stability.robustness.mending.turning_at import Turn
from detente.stability.words import listed, plain

WHEN = {"signature": "on signature", "compliance": "once all of it is delivered"}


def change_text(lever: Lever, turn: Turn) -> str:
    """A change of a number in words, to where the verdict turns.

    `turn` : where to
    """
    text = moved(lever, turn.bound > lever.now, place_text(turn.bound))
    enough = f"{plain(turn.value, 8)}{_unit(lever)}"
    if turn.attained:
        # A rounded fraction is told exactly by the JSON; of an irrational bound a number beyond it.
        return text if turn.rational else f"{text} ({enough} is enough)"
    return f"{text}, and a little {_more(lever, turn)} ({enough} is enough)"


def moved(lever: Lever, up: bool, to: str) -> str:
    """A lever brought to a number that is told by a text."""
    unit = _unit(lever)
    if lever.kind == "payment":
        payer, payee = lever.parties
        return f"{payer} pays {payee} {to}{unit} {WHEN[lever.paid]}"
    side = "".join(lever.parties)
    if lever.kind == "inspections":
        return f"of {side}'s breaches that go unseen now, a share of {to} is seen as well"
    if lever.kind == "penalty":
        return f"being caught costs {side} {to}{unit} more"
    if lever.kind == "patience":
        return f"to {side}, what comes a year later counts {to} instead of {plain(lever.now)}"
    way = "raise" if up else "lower"
    return f"{way} {lever.name} from {plain(lever.now)} to {to}{unit}"


def _unit(lever: Lever) -> str:
    return f" {lever.unit}" if lever.unit else ""


def _more(lever: Lever, turn: Turn) -> str:
    return "more" if turn.bound >= lever.now else "less"


def terms_text(
    before: Mapping[str, str], after: Mapping[str, str], first: Mapping[str, str]
) -> str:
    """Another level of some terms in words.

    `first` : term → the level that concedes nothing
    """
    said, left_out = [], []
    for term, level in after.items():
        if before[term] == level:
            continue
        if before[term] == first[term]:
            said.append(f"add {term}: {level}")
        elif level == first[term]:
            left_out.append(term)
        else:
            said.append(f"{term}: {level} instead of {before[term]}")
    if left_out:
        said.append(f"leave out {listed(left_out)}")
    return ", ".join(said) if len(left_out) > 1 else listed(said)
