"""Changes to a summit file that must not change a verdict, or only in one direction."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from random_summits import random_summit_data

import detente as dt

GAMES = Path(__file__).parent.parent / "games"
JUDGED = ["acceptable", "honoured", "stable", "strict", "selected", "modal", "agreed", "kept"]
ORDER = ["never", "sometimes", "always"]

Data = dict[str, Any]
Verdicts = dict[frozenset[tuple[str, str]], dict[str, Any]]


def verdicts(data: Data) -> Verdicts:
    """What is judged of each bundle, by its levels."""
    report = dt.stability(dt.Summit.read(json.dumps(data)))
    return {
        frozenset(verdict.terms.items()): {key: getattr(verdict, key) for key in JUDGED}
        for verdict in report.bundles
    }


def mapped(data: Any, change: Callable[[str, Any], Any], key: str = "") -> Any:
    """The data with everything that stands under a key changed, innermost first."""
    if isinstance(data, dict):
        data = {k: mapped(value, change, k) for k, value in data.items()}
    elif isinstance(data, list):
        data = [mapped(value, change) for value in data]
    return change(key, data)


def turned(mapping: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(mapping.items()))


@pytest.mark.parametrize("seed", range(100, 115))
def test_the_order_of_terms_changes_no_verdict(seed: int) -> None:
    data = random_summit_data(seed, rounds=2)
    assert verdicts({**data, "terms": turned(data["terms"])}) == verdicts(data)


@pytest.mark.parametrize("seed", range(200, 215))
def test_the_order_of_sides_changes_no_verdict(seed: int) -> None:
    data = random_summit_data(seed, rounds=2)
    assert verdicts({**data, "sides": data["sides"][::-1]}) == verdicts(data)


@pytest.mark.parametrize("seed", range(300, 315))
def test_the_scale_of_one_sides_payoffs_changes_no_verdict(seed: int) -> None:
    data = random_summit_data(seed, rounds=2)

    def scaled(key: str, value: Any) -> Any:
        if key in ("worth", "drift", "delay") and "US" in value:
            amount = value["US"] if isinstance(value["US"], dict) else {"once": value["US"]}
            times = {k: f"7/3 * ({v})" for k, v in amount.items() if k != "years"}
            value = {**value, "US": {**amount, **times}}
        return value

    assert verdicts(mapped(data, scaled)) == verdicts(data)


@pytest.mark.parametrize("seed", range(400, 415))
def test_a_constant_added_to_all_that_one_side_gets_changes_no_verdict(seed: int) -> None:
    data = random_summit_data(seed)
    gift = {"DPRK": "11/7"}
    always = {"when": "t0 >= none0", "worth": gift}
    worth = dict(data["breakdown"]["worth"])
    amount = worth.get("DPRK", "0")
    amount = amount if isinstance(amount, dict) else {"once": amount}
    worth["DPRK"] = {**amount, "once": f"{amount['once']} + {gift['DPRK']}"}
    changed = {
        **data,
        "combinations": [*data["combinations"], always],
        "breakdown": {**data["breakdown"], "worth": worth},
    }
    assert verdicts(changed) == verdicts(data)


@pytest.mark.parametrize("seed", range(500, 515))
def test_a_term_may_be_split_in_two(seed: int) -> None:
    """A twin of t1 that is conceded exactly where t1 is, at the same level."""
    data = random_summit_data(seed, rounds=2)

    def both(key: str, value: Any) -> Any:
        return [*value, "twin"] if key == "undoes" and "t1" in value else value

    levels = list(data["terms"]["t1"]["levels"])
    twin = {"by": data["terms"]["t1"]["by"], "levels": dict.fromkeys(f"{x}_too" for x in levels)}
    same = " or ".join(f"t1 == {x} and twin == {x}_too" for x in levels)
    split = mapped(data, both)
    split["terms"] = {**split["terms"], "twin": twin}
    split["feasible"] = [*data.get("feasible", []), same]
    found = {
        frozenset(pair for pair in terms if pair[0] != "twin"): judged
        for terms, judged in verdicts(split).items()
    }
    assert found == verdicts(data)


@pytest.mark.parametrize("parameter", ["penalty", "detection_inspected", "detection_alone"])
def test_more_deterrence_never_worsens_honouring(parameter: str) -> None:
    text = (GAMES / "inspection-deterrence.yaml").read_text()
    previous: dict[str, int] = {}
    levels = set()
    for step in range(11):
        value = 2 * step if parameter == "penalty" else f"{step}/10"
        report = dt.stability(dt.Summit.read(at(text, parameter, value)))
        now = {v.name: ORDER.index(v.modal["honoured"]) for v in report.bundles}
        assert all(now[name] >= before for name, before in previous.items())
        previous = now
        levels.add(tuple(now.values()))
    assert len(levels) > 1  # it does matter


def at(text: str, parameter: str, value: object) -> str:
    """The file with another value of a parameter."""
    head, tail = text.split(f"  {parameter}:\n    value: ")
    return f"{head}  {parameter}:\n    value: {value}\n{tail.split(chr(10), 1)[1]}"
