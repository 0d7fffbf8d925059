"""Quoted texts as numbers: each distinct one is stored once (or a few times, never per use)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from detente.files.columns import with_room
from detente.files.tokens import Tokens

_BITS = 16
_LONG = 256  # bytes; longer texts are looked up one by one
_SHIFTS = (np.uint64(64 - _BITS), np.uint64(64 - 2 * _BITS))
_MIX = np.uint64(0x9E3779B97F4A7C15)
_MASKS = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)


def unescape(text: str) -> str:
    """The text that is meant: a backslash before a quote or a backslash is dropped."""
    if "\\" not in text:
        return text
    parts = text.split("\\\\")
    return "\\".join(part.replace('\\"', '"') for part in parts)


class Pool(Sequence[str]):
    """Texts in one block of bytes, decoded when asked for.

    `block` : uint8, all texts one after the other, as in the file, and some bytes of no meaning
    `starts` : (num_texts + 1,), text i is block[starts[i] : starts[i + 1]]
    """

    __slots__ = ("block", "encoding", "starts")

    def __init__(
        self, block: NDArray[np.uint8], starts: NDArray[np.integer], encoding: str
    ) -> None:
        self.block, self.starts, self.encoding = block, starts, encoding

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return self.several(np.arange(*index.indices(len(self))))
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        raw = self.block[self.starts.item(index) : self.starts.item(index + 1)].tobytes()
        return unescape(raw.decode(self.encoding))

    def several(self, rows: NDArray[np.integer]) -> list[str]:
        """The texts of these rows, none of them negative."""
        if not len(rows):
            return []
        starts, stops = self.starts[rows].astype(np.int64), self.starts[rows + 1].astype(np.int64)
        low, high = int(starts.min()), int(stops.max())
        if high - low > 1 << 22:
            return [self[row] for row in rows.tolist()]
        raw, encoding = self.block[low:high].tobytes(), self.encoding
        pairs = zip((starts - low).tolist(), (stops - low).tolist(), strict=True)
        texts = [raw[start:stop].decode(encoding) for start, stop in pairs]
        return [unescape(text) for text in texts] if b"\\" in raw else texts


class Names:
    """Gives every text of a file a number from 0 on; number 0 is the empty text.

    Equal texts get equal numbers as long as the table that remembers them has room; it is emptied
    when it fills up, so that a file with millions of labels costs their bytes and no more.
    `same` compares the texts themselves.
    """

    def __init__(self) -> None:
        self._block = np.zeros(1 << 12, dtype=np.uint8)
        self._starts = np.zeros(1 << 10, dtype=np.int64)
        self._count = 0  # texts
        self._table_first = np.zeros(1 << _BITS, dtype=np.uint64)  # first eight bytes
        self._table_length = np.zeros(1 << _BITS, dtype=np.int32)
        self._table_id = np.full(1 << _BITS, -1, dtype=np.int32)
        self._in_table = 0
        self._long: dict[bytes, int] = {}
        self._append(np.zeros(0, dtype=np.uint8), np.zeros(1, dtype=np.int64))

    def __len__(self) -> int:
        return self._count

    def number(self, tokens: Tokens) -> NDArray[np.int32]:
        """int32 (num_texts,), the number of each quoted text of a stretch, in order."""
        start, length = tokens.text_start, tokens.text_length
        ids = np.zeros(len(start), dtype=np.int32)
        if self._in_table > (1 << _BITS) // 2:
            self._table_id[:] = -1
            self._in_table = 0
        pending = np.flatnonzero(length)
        if len(length) and int(length.max()) > _LONG:
            pending = pending[length[pending] <= _LONG]
            self._number_long(tokens, ids)
        if not len(pending):
            return ids
        start, length = start[pending], length[pending]
        first, hashed = _hash(tokens.words, start, length)
        for shift in _SHIFTS:
            slot = ((hashed >> shift) & np.uint64((1 << _BITS) - 1)).astype(np.int64)
            self._claim(tokens, slot, start, length, first)
            hit = (self._table_first[slot] == first) & (self._table_length[slot] == length)
            self._check_long(tokens, hit, slot, start, length)
            ids[pending[hit]] = self._table_id[slot[hit]]
            missed = np.flatnonzero(~hit)
            if not len(missed):
                return ids
            pending, start, length = pending[missed], start[missed], length[missed]
            first, hashed = first[missed], hashed[missed]
        ids[pending] = self._add(tokens, start, length)
        return ids

    def _claim(
        self,
        tokens: Tokens,
        slot: NDArray[np.int64],
        start: NDArray[np.int64],
        length: NDArray[np.int64],
        first: NDArray[np.uint64],
    ) -> None:
        """Put texts into the empty slots that they fall into, one into each."""
        row = np.flatnonzero(self._table_id[slot] < 0)
        if not len(row):
            return
        self._table_id[slot[row]] = -2 - row  # the last one stays
        row = row[self._table_id[slot[row]] == -2 - row]
        where = slot[row]
        self._table_first[where] = first[row]
        self._table_length[where] = length[row]
        self._table_id[where] = self._add(tokens, start[row], length[row])
        self._in_table += len(row)

    def _check_long(
        self,
        tokens: Tokens,
        hit: NDArray[np.bool_],
        slot: NDArray[np.int64],
        start: NDArray[np.int64],
        length: NDArray[np.int64],
    ) -> None:
        """Take back the hits whose texts differ after the first eight bytes."""
        row = np.flatnonzero(hit & (length > 8))
        if not len(row):
            return
        known = self._starts[self._table_id[slot[row]]]
        hit[row] = _equal(tokens.words, start[row], self._words(), known, length[row], 8)

    def _number_long(self, tokens: Tokens, ids: NDArray[np.int32]) -> None:
        for row in np.flatnonzero(tokens.text_length > _LONG).tolist():
            start, length = tokens.text_start[row], tokens.text_length[row]
            raw = tokens.bytes[start : start + length]
            key = raw.tobytes()
            if key not in self._long:
                self._long[key] = int(self._append(raw, np.array([length], dtype=np.int64))[0])
            ids[row] = self._long[key]

    def _add(
        self, tokens: Tokens, start: NDArray[np.int64], length: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        return self._append(tokens.bytes[spread(start, length)], length)

    def _append(
        self, raw: NDArray[np.uint8], lengths: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        used, count = int(self._starts[self._count]), self._count
        self._block = with_room(self._block, used + len(raw) + 16)
        self._block[used : used + len(raw)] = raw
        self._count += len(lengths)
        self._starts = with_room(self._starts, self._count + 1)
        self._starts[count + 1 : self._count + 1] = used + np.cumsum(lengths)
        return np.arange(count, self._count, dtype=np.int32)

    def _words(self) -> NDArray[np.uint64]:
        return np.ndarray((len(self._block) - 8,), dtype="<u8", buffer=self._block, strides=(1,))

    def same(self, one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.bool_]:
        """bool, whether the texts with these numbers are equal, pair by pair."""
        same: NDArray[np.bool_] = one == other
        row = np.flatnonzero(~same)
        if len(row):
            a, b = one[row].astype(np.int64), other[row].astype(np.int64)
            length = self._starts[a + 1] - self._starts[a]
            as_long = length == self._starts[b + 1] - self._starts[b]
            row, a, b, length = row[as_long], a[as_long], b[as_long], length[as_long]
            words = self._words()
            same[row] = _equal(words, self._starts[a], words, self._starts[b], length, 0)
        return same

    def encoding(self, *others: bytes) -> str:
        """The encoding in which all texts, and these, can be read."""
        block = self._block[: int(self._starts[self._count])]
        if not len(block) or int(block.max()) < 128:
            block = block[:0]
        try:
            for raw in (block.tobytes(), *others):
                raw.decode("utf-8")
        except UnicodeDecodeError:
            return "latin-1"
        return "utf-8"

    def pool(self, encoding: str) -> Sequence[str]:
        """All texts by number: a list where they are few, else decoded when asked for.

        No text can be numbered afterwards.
        """
        end = int(self._starts[self._count])
        self._block.resize(end + 16, refcheck=False)  # `same` reads up to 8 bytes too far
        starts: NDArray[np.integer] = self._starts[: self._count + 1]
        if end < 2**32:
            starts = starts.astype(np.uint32)
        pool = Pool(self._block, starts, encoding)
        return list(pool) if len(pool) <= 4096 else pool


def spread(start: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers start[i] … start[i] + length[i] - 1 of all i, one range after the other."""
    ends = np.cumsum(length)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(start - (ends - length), length) + np.arange(total)


def _hash(
    words: NDArray[np.uint64], start: NDArray[np.int64], length: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The first eight bytes of each text, and a hash of all of it."""
    first = words[start] & _MASKS[np.minimum(length, 8)]
    hashed = (first ^ length.astype(np.uint64)) * _MIX
    done, longest = 8, int(length.max())
    while done < longest:
        row = np.flatnonzero(length > done)
        word = words[start[row] + done] & _MASKS[np.minimum(length[row] - done, 8)]
        mixed = hashed[row]
        hashed[row] = ((mixed ^ (mixed >> np.uint64(29))) + word) * _MIX
        done += 8
    return first, hashed


def _equal(
    words: NDArray[np.uint64],
    start: NDArray[np.int64],
    other_words: NDArray[np.uint64],
    other_start: NDArray[np.int64],
    length: NDArray[np.int64],
    done: int,
) -> NDArray[np.bool_]:
    """Whether texts of these lengths are equal from byte `done` on."""
    equal = np.ones(len(start), dtype=np.bool_)
    row = np.flatnonzero(length > done)
    while len(row):
        differ = words[start[row] + done] ^ other_words[other_start[row] + done]
        equal[row] &= differ & _MASKS[np.minimum(length[row] - done, 8)] == 0
        done += 8
        row = row[equal[row] & (length[row] > done)]
    return equal
