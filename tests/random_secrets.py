"""Summit files with secrets drawn at random: types, moves at once, hidden steps, alarms, looks."""

from __future__ import annotations

import json
import random
from typing import Any

from random_summits import _Draw

import detente as dt


def random_secrets(seed: int, rounds: int = 1) -> str:
    """A summit file with secrets that the format accepts, with at most so many rounds."""
    rng = random.Random(seed)
    while True:
        text = json.dumps(_SecretDraw(rng, rounds).file(), indent=1)
        try:
            if dt.Summit.read(text).has_secrets:
                return text
        except dt.DetenteError:
            continue  # a move that would tell what is hidden, a breach that changes nothing…


class _SecretDraw(_Draw):
    def __init__(self, rng: random.Random, rounds: int) -> None:
        super().__init__(rng, rounds)
        self.terms = self.terms[:2]
        self.known = {term: self.known[term][:2] for term in self.terms}
        typed = rng.sample(self.sides, rng.choice([0, 1, 1, 2]))
        self.types = {s: [f"{s}weak", f"{s}strong"] for s in self.sides if s in typed}

    def file(self) -> dict[str, Any]:
        data = super().file()
        late = data["breakdown"]["worth"]
        for side, types in self.types.items():
            late[side] = f"a if {side} == {types[0]} else b"
        for side, types in list(self.types.items())[:1]:
            data["discount"]["per_round"] = {"Japan": f"1/3 if {side} == {types[0]} else half"}
        steps = data["carrying_out"]
        if len(steps) == 1:
            steps.append(self.step("s1"))
        if steps[-1].get("by", "") != steps[-2].get("by", "") and "chance" not in str(steps[-2:]):
            data["carrying_out"] = [*steps[:-2], {"simultaneous": steps[-2:]}]
        return data | self.prior()

    def prior(self) -> dict[str, Any]:
        if not self.types:
            return {}
        if len(self.types) == 2 and self.rng.random() < 0.5:
            (one, first), (other, second) = self.types.items()
            cases = [
                (first[0], second[1], "1/2"),
                (first[1], second[0], "half"),
                (first[1], second[1], "0"),
            ]
            return {
                "types": self.types,
                "prior": [{"types": {one: x, other: y}, "probability": p} for x, y, p in cases],
            }
        priors = self.rng.choice([["1/3", "2/3"], ["half", "1 - half"], ["1", "0"]])
        return {"types": {s: dict(zip(t, priors, strict=True)) for s, t in self.types.items()}}

    def term(self, name: str) -> dict[str, Any]:
        spec = super().term(name)
        for level in list(spec["levels"].values())[1:]:
            for side, types in self.types.items():
                level["worth"][side] = f"2 if {side} == {types[1]} else -half"
        return spec

    def protocol(self) -> dict[str, Any]:
        found = super().protocol()
        talks = found.get("talks", found)
        if self.rng.random() < 0.3:
            talks.clear()
            talks |= {"kind": "simultaneous-offers", "sides": self.sides[:2], "rounds": self.rounds}
        elif self.rng.random() < 0.3:
            talks["unseen_by"] = [self.rng.choice(self.sides)]
        if self.types and "chambers" in found:
            side, types = self.rng.choice(list(self.types.items()))
            for chamber in found["chambers"].values():
                chamber["win"] += f" or {side} == {types[0]}"
                chamber["falls"] = f"half if {side} == {types[1]} else 1/3"
        return found

    def hidden(self, by: str | None) -> dict[str, Any]:
        others = [side for side in self.sides if side != by]
        return self.rng.choice([
            {}, {"seen_by": []}, {"unseen_by": [self.rng.choice(others)]},
            {"seen_by": [self.rng.choice(self.sides)]},
        ])  # fmt: skip

    def step(self, name: str) -> dict[str, Any]:
        step = super().step(name)
        by = step.get("by")
        step |= self.hidden(by)
        if self.types and self.rng.random() < 0.3:
            side, types = self.rng.choice(list(self.types.items()))
            step["when"] = f"{side} == {types[1]}"
        for kind in ("options", "outcomes"):
            for branch in step.get(kind, {}).values():
                if isinstance(branch, dict) and self.rng.random() < 0.3:
                    branch |= self.hidden(by)
        if "breaches" in step:
            self.alarm(step)
        return step

    def alarm(self, step: dict[str, Any]) -> None:
        others = [side for side in self.sides if side != step["by"]]
        for breach in step["breaches"].values():
            if self.rng.random() < 0.5:
                breach.pop("answered_by", None)
            if self.types and self.rng.random() < 0.5:
                side, types = self.rng.choice(list(self.types.items()))
                breach["detected"] = f"1/4 if {side} == {types[0]} else half"
        if self.rng.random() < 0.4:
            step["breaches"]["other" + step["compliance"]] = {
                "detected": "half", "undoes": [self.terms[0]], **self.hidden(step["by"]),
            }  # fmt: skip
            self.known[step["compliance"]] = ["comply", *step["breaches"]]
        if self.rng.random() < 0.6:
            rare = {"probability": "half", **self.effect()}
            step["false_alarm"] = self.rng.choice(["0", "1/10", rare])
            step["answered_by"] = self.rng.choice([others, others[:1], []])
            step["unseen_by"] = others
            step.pop("seen_by", None)
            for breach in step["breaches"].values():
                breach.pop("answered_by", None)
        if self.rng.random() < 0.4:
            look = {"by": others[0], "cost": "half", "detects": "3/4"}
            step["verify"] = {**look, **self.hidden(others[0])}
            if "false_alarm" in step and self.rng.random() < 0.5:
                step["verify"]["false_alarm"] = "1/5"
        if self.rng.random() < 0.2 and "answered_by" in step:
            step["noticed_by"] = step["answered_by"]
