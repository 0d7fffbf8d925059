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
    """Read digits, one point, one slash and a sign, a character of all words at a time.

    What does not fit that, or 64 bits, is read word by word.
    """
    at = position[row].copy()
    first = tokens.bytes[at]
    negative = first == ord("-")
    at += negative | (first == ord("+"))
    digits = np.zeros((2, len(row)), dtype=np.int64)  # before and behind the slash
    count = np.zeros((2, len(row)), dtype=np.int64)  # without leading zeros
    value = np.zeros((2, len(row)), dtype=np.int64)
    decimals = np.zeros(len(row), dtype=np.int64)
    point = np.zeros(len(row), dtype=np.bool_)
    slash = np.zeros(len(row), dtype=np.int64)
    odd = np.zeros(len(row), dtype=np.bool_)
    active = np.arange(len(row))
    for _ in range(_LONGEST):
        byte = tokens.bytes[at[active]]
        going = CLASS_OF[byte] == WORD
        active, byte = active[going], byte[going]
        if not len(active):
            break
        digit = byte - np.uint8(ord("0"))
        is_digit = digit <= 9
        who = active[is_digit]
        value[slash[who], who] = value[slash[who], who] * 10 + digit[is_digit]
        digits[slash[who], who] += 1
        count[slash[who], who] += value[slash[who], who] > 0
        decimals[who] += point[who]
        is_point, is_slash = byte == ord("."), byte == ord("/")
        odd[active[is_point]] |= point[active[is_point]] | (slash[active[is_point]] > 0)
        odd[active[is_slash]] |= point[active[is_slash]] | (slash[active[is_slash]] > 0)
        point[active[is_point]] = True
        slash[active[is_slash]] = 1
        odd[active[~(is_digit | is_point | is_slash)]] = True
        odd[active] |= (count[:, active] > _MAX_DIGITS).any(0) | (decimals[active] > _MAX_DIGITS)
        at[active] += 1
        active = active[~odd[active]]
    odd[active] = True
    odd |= (digits[0] == 0) | ((slash > 0) & (value[1] == 0))
    bottom = np.where(slash > 0, value[1], _POWERS[np.where(odd, 0, decimals)])
    good = ~odd
    found.numerator[row[good]] = np.where(negative, -value[0], value[0])[good]
    found.denominator[row[good]] = bottom[good]
    found.kind[row[good]] = np.where(point | (slash > 0), RATIO, INTEGER)[good]
    _one_by_one(tokens, position, row[odd], found)


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
