"""Small summit files in which one side has two types, drawn at random; ties are frequent."""

from __future__ import annotations

import random

NUMBERS = ["0", "1", "-1", "2", "1/2", "-1/2", "x", "y", "-x", "x - y", "x * y", "min(x, y)",
           "max(x, 1/2)", "-y"]  # fmt: skip


def two_types(seed: int) -> str:
    """A file with the parameters q (a prior, 0 to 1), x and y (-2 to 2)."""
    rng = random.Random(seed)
    typed = rng.choice(["A", "B", "B"])

    def number() -> str:
        return rng.choice(NUMBERS)

    def worth(side: str) -> str:
        own = side == typed
        if rng.random() < (0.7 if own else 0.3):
            return f'"{number()} if {typed} == high else {number()}"'
        return f'"{number()}"'

    def both() -> str:
        return f"{{A: {worth('A')}, B: {worth('B')}}}"

    lines = [
        "detente: 1", f"title: two types {seed}", "sides: [A, B]",
        f"types: {{{typed}: {{high: q, low: 1 - q}}}}", "parameters:",
        "  q: {value: 1/2, range: [0, 1]}", "  x: {value: 1/2, range: [-2, 2]}",
        "  y: {value: 1/4, range: [-2, 2]}", "terms:",
    ]  # fmt: skip
    owners = [rng.choice("AB") for _ in range(rng.choice([1, 1, 2]))]
    for i, by in enumerate(owners):
        lines += [f"  t{i}:", f"    by: {by}", "    levels:", "      none:"]
        for j in range(rng.choice([1, 2])):
            lines.append(f"      l{i}{j}: {{worth: {both()}}}")
    lines.append(f"breakdown: {{worth: {both()}}}")
    if rng.random() < 1 / 3:
        lines.append("protocol: {kind: simultaneous-offers, sides: [A, B], rounds: 1}")
    else:
        lines.append(f"protocol: {{kind: take-it-or-leave-it, proposer: {rng.choice('AB')}}}")
    if rng.random() < 0.5:
        lines += _carrying_out(rng, rng.choice(owners))
    return "\n".join(lines)


def _carrying_out(rng: random.Random, by: str) -> list[str]:
    other = "B" if by == "A" else "A"
    cheat = f'{{detected: "q / 2", worth: {{{by}: "{rng.choice(NUMBERS)}"}}, undoes: []}}'
    lines = [
        "carrying_out:", "  - compliance: c", f"    by: {by}", f"    unseen_by: {other}",
        "    breaches:", f"      cheat: {cheat}",
    ]  # fmt: skip
    if rng.random() < 0.5:
        lines += ["    false_alarm: 1/20", f"    answered_by: {other}"]
    if rng.random() < 0.4:
        lines.append(f"    verify: {{by: {other}, cost: 1/8, detects: 3/4}}")
    return [*lines, "snap_back: {after: 0}"]
