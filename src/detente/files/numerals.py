"""The numbers among the words of a file, exactly: many at once as pairs of 64-bit integers."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from detente.errors import ExpressionError
from detente.files.source import decode
from detente.files.tokens import CLASS_OF, WORD, Tokens

NONE, INTEGER, RATIO, LARGE = 0, 1, 2, 3
_MAX_DIGITS = 18  # so that a numerator and a denominator fit into 64 bits
_TOP, _BOTTOM, _EXPONENT = 0, 1, 2  # the numbers of which one may be made
_LONGEST = 48  # characters read a column at a time; longer numbers are read one by one


def _u64(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte]) * 8, "little"))


_ZEROS, _ABOVE_NINE, _TOP_BITS = _u64(0x30), _u64(0x76), _u64(0x80)
_PAIRS, _FOURS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
_POWERS = 10 ** np.arange(_MAX_DIGITS + 1, dtype=np.int64)


@dataclass
class Numerals:
    """What the words at some positions say as numbers, in their order.

    `kind` : uint8, NONE (not a number), INTEGER, RATIO (of two 64-bit integers) or LARGE
    `numerator`, `denominator` : int64; not in lowest terms; 0 and 1 where NONE or LARGE
    `large` : {row: value} of the LARGE ones
    """

    kind: NDArray[np.uint8]
    numerator: NDArray[np.int64]
    denominator: NDArray[np.int64]
    large: dict[int, Fraction] = field(default_factory=dict)


def numerals(tokens: Tokens, position: NDArray[np.int64]) -> Numerals:
    """The numbers that the words at these positions of the stretch spell."""
    value, simple = _short_integers(tokens.words[position])
    found = Numerals(simple.view(np.uint8).copy(), value, np.ones(len(value), dtype=np.int64))
    row = np.flatnonzero(~simple)
    if len(row):
        _longer(tokens, position, row, found)
    return found


def _short_integers(word: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The integers of up to seven digits that these eight bytes start with, and where there is one.

    All eight bytes are treated at once: see Lemire, "Quickly parsing eight digits" (2018).
    """
    negative = word & np.uint64(0xFF) == ord("-")
    word = word >> (negative.astype(np.uint64) << np.uint64(3))
    digits = word ^ _ZEROS
    stops = ((digits + _ABOVE_NINE) | digits) & _TOP_BITS
    stop = stops & (~stops + np.uint64(1))  # the top bit of the first byte that is no digit
    exponent = (stop.astype(np.float64).view(np.int64) >> 52) - 1030  # eight times the digits
    bits = np.maximum(exponent, 0).astype(np.uint64)
    behind = CLASS_OF[(word >> bits).astype(np.uint8)]
    simple = (exponent > 0) & (behind != WORD)
    value = digits << ((np.uint64(64) - bits) & np.uint64(63))
    value = (value * np.uint64(10) + (value >> np.uint64(8))) & _PAIRS
    value = (value * np.uint64(100) + (value >> np.uint64(16))) & _FOURS
    value = (value * np.uint64(10000) + (value >> np.uint64(32))) & np.uint64(0xFFFFFFFF)
    value[~simple] = 0
    signed = value.view(np.int64)
    np.negative(signed, out=signed, where=negative)
    return signed, simple


def _longer(
    tokens: Tokens, position: NDArray[np.int64], row: NDArray[np.int64], found: Numerals
) -> None:
    """Read signs, digits, a point, and a slash or an exponent, a character of all words at a time.

    What does not fit that, or 64 bits, is read word by word.
    """
    scan = _Scan(tokens, position[row])
    for _ in range(_LONGEST):
        if not scan.step():
            break
    odd = scan.odd
    odd[scan.active] = True
    value, digits = scan.value, scan.digits
    power = np.where(scan.lowered, -value[_EXPONENT], value[_EXPONENT]) - scan.decimals
    odd |= (digits[_TOP] == 0) | (scan.is_ratio & (value[_BOTTOM] == 0))
    odd |= scan.has_exponent & (digits[_EXPONENT] == 0)
    odd |= (scan.size[_TOP] + power > _MAX_DIGITS) | (power < -_MAX_DIGITS)
    power[odd] = 0
    top = value[_TOP] * _POWERS[np.maximum(power, 0)]
    bottom = np.where(scan.is_ratio, value[_BOTTOM], _POWERS[np.maximum(-power, 0)])
    whole = ~(scan.point | scan.is_ratio | scan.has_exponent)
    good = ~odd
    found.numerator[row[good]] = np.where(scan.negative, -top, top)[good]
    found.denominator[row[good]] = bottom[good]
    found.kind[row[good]] = np.where(whole, INTEGER, RATIO)[good]
    _one_by_one(tokens, position, row[odd], found)


class _Scan:
    """Words that are read side by side, a character of each at a time.

    `part` : which number of each word is being read, _TOP, _BOTTOM or _EXPONENT
    `value`, `digits`, `size` : (3, num_words), of each part: what it is so far, its digits, and
        those without leading zeros
    `decimals` : digits behind the point
    `odd` : words that are not as expected; they are left alone
    """

    def __init__(self, tokens: Tokens, position: NDArray[np.int64]) -> None:
        count = len(position)
        self.bytes = tokens.bytes
        first = tokens.bytes[position]
        self.negative = first == ord("-")
        self.at = position + (self.negative | (first == ord("+")))
        self.active = np.arange(count)
        self.part = np.zeros(count, dtype=np.int64)
        self.value, self.digits, self.size = np.zeros((3, 3, count), dtype=np.int64)
        self.decimals = np.zeros(count, dtype=np.int64)
        self.point, self.lowered, self.signed, self.odd = np.zeros((4, count), dtype=np.bool_)

    @property
    def is_ratio(self) -> NDArray[np.bool_]:
        is_ratio: NDArray[np.bool_] = self.part == _BOTTOM
        return is_ratio

    @property
    def has_exponent(self) -> NDArray[np.bool_]:
        has_exponent: NDArray[np.bool_] = self.part == _EXPONENT
        return has_exponent

    def step(self) -> bool:
        """Read the next character of the words that have one; whether any had."""
        who = self.active
        byte = self.bytes[self.at[who]]
        going = CLASS_OF[byte] == WORD
        who, byte = who[going], byte[going]
        digit = byte - np.uint8(ord("0"))
        is_digit = digit <= 9
        self._digits(who[is_digit], digit[is_digit])
        if not is_digit.all():
            self._marks(who[~is_digit], byte[~is_digit])
        self.at[who] += 1
        self.active = who[~self.odd[who]]
        return bool(len(who))

    def _digits(self, who: NDArray[np.int64], digit: NDArray[np.uint8]) -> None:
        part = self.part[who]
        value = self.value[part, who] * 10 + digit
        size = self.size[part, who] + (value != 0)  # a nineteenth digit may wrap below zero
        self.value[part, who], self.size[part, who] = value, size
        self.digits[part, who] += 1
        self.decimals[who] += self.point[who] & (part == _TOP)
        self.odd[who] |= size > np.where(part == _EXPONENT, 4, _MAX_DIGITS)

    def _marks(self, who: NDArray[np.int64], byte: NDArray[np.uint8]) -> None:
        at_top = self.part[who] == _TOP
        point, slash = byte == ord("."), byte == ord("/")
        power = (byte == ord("e")) | (byte == ord("E"))
        sign = (byte == ord("-")) | (byte == ord("+"))
        fits = (point | slash) & at_top & ~self.point[who] | power & at_top
        signs = sign & (self.part[who] == _EXPONENT) & (self.digits[_EXPONENT, who] == 0)
        signs &= ~self.signed[who]
        self.odd[who[~(fits | signs)]] = True
        self.point[who[point]] = True
        self.part[who[slash]] = _BOTTOM
        self.part[who[power]] = _EXPONENT
        self.signed[who[sign]] = True
        self.lowered[who[byte == ord("-")]] = True


def _one_by_one(
    tokens: Tokens, position: NDArray[np.int64], row: NDArray[np.int64], found: Numerals
) -> None:
    known: dict[bytes, Fraction | None] = {}
    for i in row.tolist():
        text = word_at(tokens, int(position[i]))
        if text not in known:
            known[text] = number(text)
        value = known[text]
        if value is None:
            continue
        if abs(value.numerator) < 10**_MAX_DIGITS and value.denominator < 10**_MAX_DIGITS:
            found.kind[i] = RATIO
            found.numerator[i], found.denominator[i] = value.numerator, value.denominator
        else:
            found.kind[i] = LARGE
            found.large[i] = value


def word_at(tokens: Tokens, position: int) -> bytes:
    """The word that starts at a position of the stretch."""
    size = 64
    while True:
        piece = tokens.bytes[position : position + size]
        stops = np.flatnonzero(CLASS_OF[piece] != WORD)
        if len(stops):
            return piece[: int(stops[0])].tobytes()
        size *= 4


def number(text: bytes) -> Fraction | None:
    """The number that a word spells, exactly, or None where it spells none that is accepted."""
    from detente.game.expressions import exact

    try:
        return exact(decode(text))
    except ExpressionError:
        return None
