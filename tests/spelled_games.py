"""Random games together with a file that describes them, in one of the many ways there are.

Nothing here uses the package: what the game is stands in plain lists.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction

LABELS = [
    "", "", "a", "b", "accept", "walk out", 'a "deal"', "back\\slash", "ends\\", "\\\\", '\\"',
    "é", "平壌", "x{y}z", "p", "t 1", "a,b", "tab\tand\nline", "a label of more than eight letters",
    "a label of more than eight letters too", "long " * 80,
]  # fmt: skip
NUMBERS = [
    ("0", 0), ("1", 1), ("-3", -3), ("12345678", 12345678), ("-1234567", -1234567), ("007", 7),
    ("0.5", Fraction(1, 2)), ("-.25", Fraction(-1, 4)), ("3.", 3), ("1/3", Fraction(1, 3)),
    ("-22/7", Fraction(-22, 7)), ("1e3", 1000), ("-2.5E-2", Fraction(-1, 40)), ("+4", 4),
    ("123456789012345678", 123456789012345678), ("1234567890123456789012", 1234567890123456789012),
    ("0.000000000000000000001", Fraction(1, 10**21)), ("10.000000", 10), ("1e20", 10**20),
]  # fmt: skip


@dataclass
class Spelled:
    """A game, and a file that says it.

    `nodes` : (mover, label, infoset key, outcome key) in preorder; mover "t", "c" or a number
    `infosets` : key → (label, actions, probabilities)
    `outcomes` : key → (label, payoffs)
    """

    players: list[str]
    title: str
    comment: str
    text: str = ""
    nodes: list[tuple[object, str, object, object]] = field(default_factory=list)
    infosets: dict[object, tuple[str, list[str], list[Fraction]]] = field(default_factory=dict)
    outcomes: dict[object, tuple[str, list[Fraction]]] = field(default_factory=dict)


def quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Speller:
    """Makes one of them. `plain` leaves out what only some readers accept."""

    def __init__(self, seed: int, plain: bool = False, most: int = 40) -> None:
        self.rng = random.Random(seed)
        self.plain, self.most = plain, most
        self.labels = ["x", "y", "go", "stay put"] if plain else LABELS
        numbers = [pair for pair in NUMBERS if pair[0][0] != "+" and pair[0][-1] != "."]
        self.numbers = [(t, Fraction(v)) for t, v in (numbers if plain else NUMBERS)]
        count = self.rng.randint(1, 3)
        self.game = Spelled(
            [f"player {i}" for i in range(count)], self.label(), self.label()
        )
        self.described: set[object] = set()
        self.words: list[str] = []

    def label(self) -> str:
        return self.rng.choice(self.labels)

    def make(self) -> Spelled:
        game = self.game
        self.words += ["EFG", "2", self.rng.choice("RD"), quote(game.title), "{"]
        self.words += [*map(quote, game.players), "}"]
        if game.comment or self.rng.random() < 0.5:
            self.words.append(quote(game.comment))
        self._nodes()
        game.text = "".join(word + self._blank() for word in self.words)
        if self.rng.random() < 0.5:
            game.text = game.text.rstrip()
        return game

    def _blank(self) -> str:
        return self.rng.choice([" ", " ", "\n", "\t", "  \r\n"])

    def _nodes(self) -> None:
        places = 1
        while places:
            room = len(self.game.nodes) + places < self.most
            mover: object = "t"
            if room and self.rng.random() < 0.6:
                mover = self.rng.choice(["c", *range(len(self.game.players))])
            places += self._node(mover) - 1

    def _node(self, mover: object) -> int:
        label, key, width = self.label(), None, 0
        if self.plain:  # Gambit wants them distinct or empty
            label = self.rng.choice(["", f"node {len(self.game.nodes)}"])
        self.words.append(mover if isinstance(mover, str) else "p")
        if label or self.plain or self.rng.random() < 0.7:
            self.words.append(quote(label))
        if mover != "t":
            key = self._infoset(mover)
            width = len(self.game.infosets[key][1])
        self.game.nodes.append((mover, label, key, self._outcome()))
        return width

    def _infoset(self, mover: object) -> object:
        known = [key for key in self.game.infosets if key[0] == mover]
        if known and self.rng.random() < 0.4:
            key = self.rng.choice(known)
        else:
            taken = {k[1] for k in known}
            number = next(n for n in iter(self._number, None) if n not in taken)
            key = (mover, number)
            width = self.rng.randint(1, 4)
            actions = (
                [f"{self.label()} {i}" for i in range(width)] if self.plain
                else [self.label() for _ in range(width)]
            )
            weights = [self.rng.randint(0, 3) for _ in actions]
            weights[0] += 1
            chances = [Fraction(w, sum(weights)) for w in weights] if mover == "c" else []
            name = f"infoset {len(self.game.infosets)}" if self.plain else self.label()
            self.game.infosets[key] = (name, actions, chances)
        if mover != "c":
            self.words.append(str(int(mover) + 1))
        self.words.append(str(key[1]))
        if key not in self.described or self.rng.random() < 0.5:
            self._describe_infoset(key)
            self.described.add(key)
        return key

    def _number(self) -> int:
        return self.rng.choice([self.rng.randint(1, 9), self.rng.randint(1, 10**6)])

    def _describe_infoset(self, key: object) -> None:
        label, actions, chances = self.game.infosets[key]
        if label or self.plain or self.rng.random() < 0.7:
            self.words.append(quote(label))
        self.words.append("{")
        for i, action in enumerate(actions):
            self.words.append(quote(action))
            if chances:
                self.words.append(str(chances[i]))
        self.words.append("}")

    def _outcome(self) -> object:
        if self.rng.random() < 0.3:
            self.words.append("0")
            return None
        if self.game.outcomes and self.rng.random() < 0.3:
            key = self.rng.choice(list(self.game.outcomes))
        else:
            key = next(n for n in iter(self._number, None) if n not in self.game.outcomes)
            label = f"outcome {key}" if self.plain else self.label()
            self.game.outcomes[key] = (label, [])
        self.words.append(str(key))
        label, payoffs = self.game.outcomes[key]
        if not payoffs or self.rng.random() < 0.5:
            if label or self.plain or self.rng.random() < 0.7:
                self.words.append(quote(label))
            self.words.append("{")
            spelled = [self._payoff(p) for p in payoffs] if payoffs else [
                self.rng.choice(self.numbers) for _ in self.game.players
            ]
            payoffs[:] = [value for _, value in spelled]
            for text, _ in spelled:
                self.words.append(text + self.rng.choice(["", ","]))
            self.words.append("}")
        return key

    def _payoff(self, value: Fraction) -> tuple[str, Fraction]:
        """The same number, perhaps spelled differently."""
        ways = [text for text, other in self.numbers if other == value]
        return self.rng.choice([*ways, str(value)]), value
