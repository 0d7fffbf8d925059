"""The short forms of a summit file, and plain values that must be of one kind.

Each function takes what stands in the file and returns the long form; a ValueError says in words
what is wrong with it.
"""

from __future__ import annotations

from typing import Any


def one_or_more(data: Any) -> Any:
    """`US` stands for `[US]`."""
    return [data] if isinstance(data, str) else data


def names_to_entries(data: Any) -> Any:
    """`[none, full]` stands for `{none: , full: }`."""
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        return data
    seen: set[str] = set()
    for item in data:
        if item in seen:
            raise ValueError(f"'{item}' stands twice in the list. Remove one, or rename it.")
        seen.add(item)
    return dict.fromkeys(data)


def levels_to_entries(data: Any) -> Any:
    """Refuse what would be a continuous term: `[0, 10]` or `{from: 0, to: 10}`."""
    interval = isinstance(data, list) and len(data) == 2 and all(map(_is_number, data))
    if interval or (isinstance(data, dict) and data.keys() <= {"from", "to", "step"} and data):
        raise ValueError(
            "continuous terms (any amount between two numbers) are not supported yet in this "
            "version. Name the levels that matter by words, as in [none, some, all]."
        )
    return names_to_entries(data)


def _is_number(text: Any) -> bool:
    try:
        float(text)
    except (TypeError, ValueError):
        return False
    return True


_ENDLESS = ("infinite", "unlimited", "infinity", "endless", "inf", ".inf", "forever")


def last_round(data: Any) -> Any:
    """Refuse talks without a last round."""
    if isinstance(data, str) and data.lower() in _ENDLESS:
        raise ValueError(
            f"talks without a last round (rounds: {data}) are not supported yet in this version. "
            "Write a number of rounds; with a discount factor, a few dozen come close."
        )
    return data


def version_one(data: Any) -> Any:
    """The version of the format, which is 1."""
    if data != "1":
        found = repr(data) if isinstance(data, str) else "not a number"
        raise ValueError(
            f"the version of the format is {found}; this program reads version 1. Write "
            "'detente: 1', or use the release of the program that the file was written for."
        )
    return 1


def yes_or_no(data: Any) -> Any:
    """`true` or `false`, and nothing that looks like it."""
    if data not in ("true", "false"):
        raise ValueError(f"found {data!r} where true or false is needed. Write one of the two.")
    return data == "true"


def two(data: Any) -> Any:
    """Exactly two entries."""
    if not isinstance(data, list) or len(data) != 2:
        found = "another form"
        if isinstance(data, list):
            found = f"{len(data)} entr{'y' if len(data) == 1 else 'ies'}"
            if len(data) > 2 and all(isinstance(item, str) and item.isdecimal() for item in data):
                found += ". If commas are meant as decimals: write points, as in 0.9"
        raise ValueError(f"two entries in brackets are needed, as in [a, b]; found {found}.")
    return data


def mutual_compliance(data: Any) -> Any:
    """`{compliance: freeze, by: [US, DPRK]}` stands for two steps at once, `freeze_US` and
    `freeze_DPRK`."""
    if not isinstance(data, dict) or "compliance" not in data or "simultaneous" in data:
        return data
    sides, name = data.get("by"), data["compliance"]
    if not isinstance(sides, list) or not all(isinstance(side, str) for side in [*sides, name]):
        return data
    if not sides:
        raise ValueError("nobody complies or cheats here. Say whose step it is, as in 'by: US'.")
    if len(sides) == 1:
        return {**data, "by": sides[0]}
    for side in sides:
        if sides.count(side) > 1:
            raise ValueError(f"'{side}' stands twice under 'by'. Remove one.")
    if "verify" in data:
        raise ValueError(
            "'verify' belongs to a step of one side. Write the steps one after the other, each "
            "with its own 'verify'; under 'simultaneous' a third side can look, one that does "
            "nothing else at the same time."
        )
    return {
        "simultaneous": [
            {**data, "compliance": f"{name}_{side}", "by": side} for side in sides
        ]
    }
