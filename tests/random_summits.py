"""Summit files drawn at random: every part of the format, small numbers, many ties."""

from __future__ import annotations

import json
import random
from typing import Any

import detente as dt

AMOUNTS = ["a", "b - a", "2 * b", "-a", "0.5", "-1", "2", "round", "min(a, b)"]
SIDES = ["US", "DPRK", "ROK"]


def random_summit(seed: int, rounds: int = 1) -> str:
    """A summit file that the format accepts, with talks of at most so many rounds."""
    return json.dumps(random_summit_data(seed, rounds), indent=1)


def random_summit_data(seed: int, rounds: int = 1) -> dict[str, Any]:
    """The same before it is written out."""
    rng = random.Random(seed)
    while True:
        data = _Draw(rng, rounds).file()
        try:
            dt.Summit.read(json.dumps(data))
        except dt.DetenteError:
            continue  # a breach that changes nothing, an offer that nothing satisfies…
        return data


class _Draw:
    """One file in the making; `known` are the variables that a formula may mention."""

    def __init__(self, rng: random.Random, rounds: int) -> None:
        self.rng = rng
        self.rounds = str(rounds)
        self.sides = SIDES[: rng.choice([2, 2, 3])]
        self.terms = ["t0", "t1", "t2"]
        self.known = {
            term: [f"none{term[1]}", *["low", "high"][: rng.choice([1, 2])]] for term in self.terms
        }

    def maybe(self, chance: float, **part: Any) -> dict[str, Any]:
        return part if self.rng.random() < chance else {}

    def file(self) -> dict[str, Any]:
        rng = self.rng
        early = {"terms": {term: self.term(term) for term in self.terms}}
        early |= self.maybe(0.5, feasible=[self.condition()])
        early |= {"protocol": self.protocol(), **rng.choice([{}, {"consent": self.consent()}])}
        steps = [self.step(f"s{i}") for i in range(rng.choice([1, 2, 3]))]
        return {
            "detente": 1, "title": "By chance", "horizon": "5",
            "sides": self.sides, "observers": ["Japan"],
            "parameters": {"a": "1", "b": {"value": "3/2", "range": ["1", "2"]}},
            "derived": {"half": "a / 2"},
            **early,
            "carrying_out": steps,
            "snap_back": {"after": rng.choice(["0", "2"]), **self.effect()},
            "combinations": [{"when": self.condition(), "worth": self.worth()}],
            "breakdown": {"worth": self.worth(plain=True), "drift": self.worth(plain=True)},
            "delay": self.worth(plain=True),
            "discount": {
                **self.maybe(0.3, per_year={self.sides[0]: "9/10"}),
                **self.maybe(0.5, per_round={self.sides[1]: "1/2"}),
            },
        }  # fmt: skip

    # Formulas

    def condition(self) -> str:
        picked = self.rng.sample(list(self.known.items()), self.rng.choice([1, 2]))
        tests = [
            f"{variable} {self.rng.choice(['==', '!=', '>='])} {self.rng.choice(options)}"
            for variable, options in picked
        ]
        return f" {self.rng.choice(['and', 'or'])} ".join(tests)

    def number(self, plain: bool) -> str:
        amount = self.rng.choice(AMOUNTS)
        if plain or self.rng.random() < 0.7:
            return amount
        return f"{amount} if {self.condition()} else {self.rng.choice(['0', 'b'])}"

    def worth(self, plain: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for party in self.rng.sample([*self.sides, "Japan"], self.rng.choice([1, 2])):
            yearly = {"per_year": self.number(plain), **self.maybe(0.5, years="3")}
            amount = {"once": self.number(plain), **yearly}
            found[party] = self.rng.choice([amount, amount["once"]])
        return found

    # What is on the table, and the talks

    def term(self, name: str) -> dict[str, Any]:
        by = self.rng.choice([[side] for side in self.sides] + [self.sides[:2]])
        first, *others = self.known[name]
        levels = {first: None, **{level: self.level() for level in others}}
        return {"by": by, "levels": levels, **self.maybe(0.3, irreversible=True)}

    def level(self) -> dict[str, Any]:
        lasting = self.maybe(0.3, irreversible=self.rng.choice([True, False]))
        return {"worth": self.worth(), **lasting}

    def consent(self) -> Any:
        always = [self.sides[0]]
        rule = {"when": self.condition(), "sides": self.sides[1]}
        return self.rng.choice([always, {"always": always, "also": [rule]}])

    def protocol(self) -> dict[str, Any]:
        first, second = self.sides[:2]
        talks = self.rng.choice([
            {"kind": "take-it-or-leave-it", "proposer": first, "offers": self.condition()},
            {"kind": "alternating-offers", "rounds": self.rounds, "order": [second, first],
             "offers": {second: self.condition()}, "walk_out": [first]},
            {"kind": "mediator", "mediator": self.sides[-1], "rounds": self.rounds},
        ])  # fmt: skip
        chamber = {"win": self.condition(), "falls": "half"}
        ratified = {"kind": "ratification", "talks": talks, "chambers": {first: chamber}}
        return self.rng.choice([talks, ratified])

    # After signature

    def effect(self) -> dict[str, Any]:
        undoes = self.maybe(0.4, undoes=[self.rng.choice(self.terms)])
        return {**undoes, **self.maybe(0.5, worth=self.worth())}

    def step(self, name: str) -> dict[str, Any]:
        kind = self.rng.choice(["chance", "choice", "compliance", "compliance"])
        side = self.rng.choice(self.sides)
        step = {kind: name, **self.maybe(0.4, when=self.condition())}
        if kind == "chance":
            p = self.rng.choice(["half", "0.3", "0", "half if t0 == none0 else 1"])
            bad = {"probability": f"1 - ({p})", **self.effect()}
            step["outcomes"] = {f"good{name}": p, f"bad{name}": bad}
            self.known[name] = list(step["outcomes"])
        elif kind == "choice":
            step |= {"by": side, "options": {f"hold{name}": None, f"erode{name}": self.effect()}}
            self.known[name] = list(step["options"])
        else:
            step |= {"by": side, "breaches": {f"cheat{name}": self.breach(side)}}
            self.known[name] = ["comply", *step["breaches"]]
        return step

    def breach(self, side: str) -> dict[str, Any]:
        other = self.rng.choice([s for s in self.sides if s != side])
        return {
            "detected": self.rng.choice(["half", "0", "1", "half if t1 == none1 else 1/3"]),
            **self.effect(),
            **self.maybe(0.4, answered_by=[other]),
            **self.maybe(0.5, caught=self.effect()),
        }
