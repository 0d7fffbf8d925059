"""Numbers and names as a reader of the verdicts should meet them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

BRIEF = 30
"""Characters up to which the meaning of a move stands in a table."""
DIGITS = 4
"""Significant digits of a rounded number in a sentence or a table."""


def plain(number: Fraction, digits: int = DIGITS) -> str:
    """The number in decimals: exact where it is short, else rounded and marked `≈`.

    >>> plain(Fraction(7, 10)), plain(Fraction(1, 3)), plain(Fraction(12345, 10))
    ('0.7', '≈0.3333', '1234.5')
    """
    text, exact = _decimal(number, digits)
    return text if exact else f"≈{text}"


def rounded(number: Fraction, digits: int = DIGITS) -> str:
    """The number in decimals, rounded without a mark: for columns of a table."""
    return _decimal(number, digits)[0]


def _decimal(number: Fraction, digits: int) -> tuple[str, bool]:
    if number.denominator == 1 and abs(number.numerator) < 10**12:
        return str(number.numerator), True
    with localcontext() as context:
        # One digit more than asked: 1234.5 stays whole where 1234.567 does not.
        context.prec = max(digits, len(str(abs(int(number)))) + 1)
        value = Decimal(number.numerator) / Decimal(number.denominator)
        exact = Fraction(value) == number
        value = value.normalize() + 0
    text = f"{value:f}" if -7 < value.adjusted() < 15 else f"{value:.{digits - 1}e}"
    mantissa, power = text.partition("e")[::2]
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{power}" if power else mantissa, exact


@dataclass(frozen=True)
class Wording:
    """How a file says things.

    `unit` : of all payoffs, "" where there is none
    `names` : move → what the file says that it means
    `steps` : of a free choice, who makes it and between what → the name of the step
    """

    unit: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[tuple[str, frozenset[str]], str] = field(default_factory=dict)

    def amount(self, number: Fraction) -> str:
        """The number with the unit."""
        return amount(number, self.unit)

    def by(self, move: str) -> str:
        """A move after 'by': 'hiding', or the move itself in quotes, with what it means."""
        meaning = self.names.get(move)
        if meaning and move not in _DOING:
            return quoted(meaning)
        return f"{doing(move)} ({meaning})" if meaning else doing(move)

    def briefly(self, move: str) -> str:
        """A move after 'by', as short as can be: 'hiding', or what the file says that it means."""
        meaning = self.names.get(move, "")
        return doing(move) if move in _DOING or not meaning or len(meaning) > BRIEF else (
            quoted(meaning)
        )

    def would(self, move: str) -> str:
        """What a side would do: 'would hide', 'would choose ‘plan b’'."""
        return f"would {move}" if move in _DOING else f"would choose {self.briefly(move)}"

    def step(self, party: str, actions: Sequence[str]) -> str:
        """The name of the step in which a side freely chooses, '' where the file has none."""
        return self.steps.get((party, frozenset(actions)), "")


PLAIN = Wording()


def wording_of(talks: Any) -> Wording:
    """The wording of a summit file; of anything else, plain numbers and moves."""
    file = getattr(talks, "file", None)
    if file is None:
        return PLAIN
    from detente.summit.walk import steps

    written: list[Any] = [placed.step for placed in steps(file) if placed.look is None]
    chosen = {
        (step.by, frozenset(step.options)): step.choice.replace("_", " ")
        for step in written if hasattr(step, "options")
    }
    return Wording(file.unit or "", dict(_meanings(written)), chosen)


def _meanings(steps: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for step in steps:
        for kind in ("breaches", "options", "outcomes"):
            for move, spec in getattr(step, kind, {}).items():
                if spec.name:
                    yield move, spec.name


_DOING = {
    "accept": "accepting",
    "arm": "arming",
    "attack": "attacking",
    "block": "blocking",
    "breach": "breaching",
    "build": "building",
    "cheat": "cheating",
    "comply": "complying",
    "conceal": "concealing",
    "default": "defaulting",
    "defect": "defecting",
    "delay": "delaying",
    "divert": "diverting",
    "dump": "dumping",
    "enrich": "enriching",
    "erode": "eroding",
    "evade": "evading",
    "fight": "fighting",
    "hide": "hiding",
    "hold": "holding",
    "invade": "invading",
    "keep": "keeping",
    "leak": "leaking",
    "lie": "lying",
    "lock out": "locking out",
    "mobilise": "mobilising",
    "mobilize": "mobilizing",
    "overfish": "overfishing",
    "poach": "poaching",
    "pollute": "polluting",
    "rearm": "rearming",
    "refuse": "refusing",
    "relax": "relaxing",
    "renege": "reneging",
    "restart": "restarting",
    "resume": "resuming",
    "retaliate": "retaliating",
    "sabotage": "sabotaging",
    "share": "sharing",
    "smuggle": "smuggling",
    "snap back": "snapping back",
    "spy": "spying",
    "stall": "stalling",
    "stockpile": "stockpiling",
    "strike": "striking",
    "test": "testing",
    "underpay": "underpaying",
    "uphold": "upholding",
    "violate": "violating",
    "walk out": "walking out",
    "withdraw": "withdrawing",
    "withhold": "withholding",
}


def doing(move: str) -> str:
    """A move after 'by': as a verb where it is a common one, else as the file writes it.

    >>> doing("hide"), doing("plan_b")
    ('hiding', '‘plan b’')
    """
    return _DOING.get(move) or quoted(move.replace("_", " "))


def quoted(name: str) -> str:
    """A name from the file inside a sentence."""
    return f"‘{name}’"


def amount(number: Fraction, unit: str = "") -> str:
    """The number with the unit of the payoffs, where there is one."""
    return f"{plain(number)} {unit}" if unit else plain(number)


def listed(names: Sequence[str], word: str = "and") -> str:
    """Names in a sentence.

    >>> listed(["US", "DPRK", "ROK"]), listed(["US", "ROK"], "or")
    ('US, DPRK and ROK', 'US or ROK')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


_COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def counted(number: int) -> str:
    """A number in a sentence: small ones as words."""
    return _COUNTED[number] if number < len(_COUNTED) else str(number)


def limit_passed(seconds: float | None) -> str:
    """That a time limit of so many seconds passed."""
    return f"the time limit of {seconds:g} second{'' if seconds == 1 else 's'} passed"
