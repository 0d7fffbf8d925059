"""Verdicts recomputed by `brute_force.py`, which shares no code with the package."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from brute_force import OneRound

import detente as dt

GAMES = Path(__file__).parent.parent / "games"
KEYS = ["acceptable", "honoured", "stable", "modal", "values", "played", "breakdown"]
KEYS += ["selected", "agreed", "kept"]

ONE_ROUND = [
    "fearon-1995-complete-information",
    "hanoi-2019",
    "hanoi-2019-all-in",
    "hanoi-2019-erosion-players",
    "hanoi-2019-no-relief-first",
    "hanoi-2019-ratification",
    "hanoi-2019-seoul-mediates",
    "inspection-deterrence",
    "ultimatum",
]


def one_round(text: str) -> str:
    return text.replace("rounds: 3", "rounds: 1").replace("rounds: 2", "rounds: 1")


def assert_same_verdicts(text: str) -> None:
    summit = dt.Summit.read(text)
    report, expected = dt.stability(summit), OneRound(text).verdicts()
    assert len(report.bundles) == len(expected)
    for verdict, other in zip(report.bundles, expected, strict=True):
        assert dict(verdict.terms) == other["terms"]
        found = {key: plain(getattr(verdict, key), summit.parties) for key in KEYS}
        assert found == {key: other[key] for key in KEYS}, verdict.name


def plain(value: object, parties: tuple[str, ...]) -> object:
    """Numbers by party as a tuple in the order of the parties."""
    if isinstance(value, dict) and tuple(value) == parties:
        return tuple(value.values())
    return value


@pytest.mark.parametrize("name", ONE_ROUND)
def test_shipped_games(name: str) -> None:
    assert_same_verdicts(one_round((GAMES / f"{name}.yaml").read_text()))


@pytest.mark.parametrize("seed", range(60))
def test_random_summits(seed: int) -> None:
    rng = random.Random(seed)
    while True:
        text = random_summit(rng)
        try:
            dt.Summit.read(text)
        except dt.DetenteError:
            continue  # what the format refuses (a breach that changes nothing…) is drawn again
        assert_same_verdicts(text)
        return


# ── summits by chance, small numbers and many ties ─────────────────────────────────────────────


def random_summit(rng: random.Random) -> str:
    sides = ["US", "DPRK", "ROK"][: rng.choice([2, 2, 3])]
    parties = [*sides, "Japan"]
    terms = {f"t{i}": [f"none{i}", *["low", "high"][: rng.choice([1, 2])]] for i in range(3)}
    by = {t: rng.choice([[side] for side in sides] + [sides[:2]]) for t in terms}
    steps: list[tuple[str, list[str]]] = []

    def condition(depth: int) -> str:
        known = [*terms.items(), *steps[:depth]]
        tests = [f"{v} {rng.choice(['==', '!=', '>='])} {rng.choice(options)}"
                 for v, options in rng.sample(known, 2)]
        return f" {rng.choice(['and', 'or'])} ".join(tests[: rng.choice([1, 2])])

    def number(depth: int | None) -> str:
        plain = rng.choice(["a", "b - a", "2 * b", "-a", "0.5", "-1", "2", "round", "min(a, b)"])
        if depth is None or rng.random() < 0.7:
            return plain
        return f"{plain} if {condition(depth)} else {rng.choice(['0', 'b'])}"

    def worth(depth: int | None = 0) -> str:
        amounts = []
        for party in rng.sample(parties, rng.choice([1, 2])):
            once, each = number(depth), number(depth)
            yearly = rng.choice([f"per_year: '{each}'", f"per_year: '{each}', years: 3"])
            amounts.append(rng.choice([f"{party}: '{once}'", f"{party}: {{once: '{once}', {yearly}}}"]))
        return f"{{{', '.join(amounts)}}}"

    def effect(depth: int) -> str:
        parts = [f"undoes: [{rng.choice(list(terms))}]"] * rng.choice([0, 0, 1])
        parts += [f"worth: {worth(depth)}"] * rng.choice([0, 1])
        return ", ".join(parts)

    lines = ["detente: 1", "title: By chance", "horizon: 5", f"sides: [{', '.join(sides)}]"]
    lines += ["observers: [Japan]", "parameters: {a: 1, b: {value: 3/2, range: [1, 2]}}", "terms:"]
    lines[-1:-1] = ["derived: {half: a / 2}"]
    for t, levels in terms.items():
        lines += [f"  {t}:", f"    by: [{', '.join(by[t])}]"]
        lines += ["    irreversible: true"] * rng.choice([0, 0, 1])
        lines += ["    levels:", f"      {levels[0]}:"]
        lines += [f"      {level}: {{worth: {worth()}}}" for level in levels[1:]]
    if rng.random() < 0.5:
        lines += [f"feasible: ['{condition(0)}']"]

    body: list[str] = []
    for i in range(rng.choice([1, 2, 3])):
        kind = rng.choice(["chance", "choice", "compliance", "compliance"])
        when = f", when: '{condition(i)}'" if rng.random() < 0.4 else ""
        by_side = rng.choice(sides)
        if kind == "chance":
            p = rng.choice(["half", "0.3", "0", "half if t0 == none0 else 1"])
            body += [f"  - {{chance: s{i}{when}, outcomes: {{good{i}: {{probability: '{p}'}}, "
                     f"bad{i}: {{probability: '1 - ({p})', {effect(i)}}}}}}}"]
            steps.append((f"s{i}", [f"good{i}", f"bad{i}"]))
        elif kind == "choice":
            body += [f"  - {{choice: s{i}, by: {by_side}{when}, options: {{hold{i}: , "
                     f"erode{i}: {{{effect(i)}}}}}}}"]
            steps.append((f"s{i}", [f"hold{i}", f"erode{i}"]))
        else:
            other = rng.choice([side for side in sides if side != by_side])
            answered = f", answered_by: [{other}]" if rng.random() < 0.4 else ""
            caught = f", caught: {{{effect(i)}}}" if rng.random() < 0.5 else ""
            p = rng.choice(["half", "0", "1", "half if t1 == none1 else 1/3"])
            body += [f"  - {{compliance: s{i}, by: {by_side}{when}, breaches: {{cheat{i}: "
                     f"{{detected: '{p}'{answered}{caught}, {effect(i) or f'worth: {worth(i)}'}}}}}}}"]
            steps.append((f"s{i}", ["comply", f"cheat{i}"]))
    lines += ["carrying_out:", *body, f"snap_back: {{after: {rng.choice([0, 2])}, {effect(len(steps))}}}"]
    lines += ["combinations:", f"  - {{when: '{condition(len(steps))}', worth: {worth(len(steps))}}}"]
    lines += [f"breakdown: {{worth: {worth(None)}, drift: {worth(None)}}}"]
    if rng.random() < 0.3:
        lines += [f"discount: {{per_year: {{{sides[0]}: 9/10}}}}"]
    lines += rng.choice([
        [], [f"consent: [{sides[0]}]"],
        [f"consent: {{always: [{sides[0]}], also: [{{when: '{condition(0)}', sides: {sides[1]}}}]}}"],
    ])
    offers = f"'{condition(0)}'"
    talks = rng.choice([
        f"{{kind: take-it-or-leave-it, proposer: {sides[0]}, offers: {offers}}}",
        f"{{kind: alternating-offers, rounds: 1, order: [{sides[1]}, {sides[0]}], "
        f"offers: {{{sides[1]}: {offers}}}, walk_out: [{sides[0]}]}}",
        f"{{kind: mediator, mediator: {sides[-1]}, rounds: 1}}",
    ])
    chamber = f"{{win: '{condition(0)}', falls: half}}"
    ratified = f"{{kind: ratification, talks: {talks}, chambers: {{{sides[0]}: {chamber}}}}}"
    lines += [f"protocol: {rng.choice([talks, ratified])}"]
    return "\n".join(lines).replace(", }", "}") + "\n"
