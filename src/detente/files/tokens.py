"""The tokens of Gambit's formats: quoted texts, words, braces; blanks and commas separate them.

`tokenize` finds all tokens of a stretch at once with array operations; `Lexer` walks from one to
the next, for headers and for saying what is wrong. Both read the same language: inside quotes a
backslash before a quote or a backslash makes it part of the text, and is an ordinary character
before anything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detente.files.source import Source, decode

BLANK, WORD, OPEN, CLOSE, TEXT = 0, 1, 2, 4, 8
_MARGIN = 1  # blanks before a stretch, so that every byte has one before it
_PADDING = 16  # blanks after it, so that eight bytes can be read at any of its bytes


def _classes() -> bytes:
    table = bytearray([WORD]) * 256
    for byte in b" \t\r\n\v\f,":
        table[byte] = BLANK
    table[ord("{")], table[ord("}")], table[ord('"')] = OPEN, CLOSE, TEXT
    return bytes(table)


CLASSES = _classes()
CLASS_OF = np.frombuffer(CLASSES, dtype=np.uint8)


@dataclass(frozen=True)
class Tokens:
    """The tokens of a stretch of bytes.

    `bytes` : uint8, the stretch with blanks around it
    `words` : uint64, the eight bytes from each position on, the first in the lowest byte
    `position` : int64 (num_tokens,), index of each token's first byte in `bytes`
    `kind` : uint8 (num_tokens,), WORD, OPEN, CLOSE or TEXT
    `text_start`, `text_length` : int64 (num_texts,), what stands between the quotes, in order
    `unclosed` : whether the stretch ends inside quotes, whose text is then left out
    """

    bytes: NDArray[np.uint8]
    words: NDArray[np.uint64]
    position: NDArray[np.int64]
    kind: NDArray[np.uint8]
    text_start: NDArray[np.int64]
    text_length: NDArray[np.int64]
    unclosed: bool

    def offset(self, token: int) -> int:
        """How far into the stretch a token starts."""
        return int(self.position[token]) - _MARGIN

    def until(self, token: int) -> Tokens:
        """The tokens before this one."""
        kind = self.kind[:token]
        texts = int(np.count_nonzero(kind == TEXT))
        return replace(
            self,
            position=self.position[:token],
            kind=kind,
            text_start=self.text_start[:texts],
            text_length=self.text_length[:texts],
        )


def tokenize(stretch: bytes) -> Tokens:
    """The tokens of a stretch that starts outside quotes."""
    padded = b" " * _MARGIN + stretch + b" " * _PADDING
    raw = np.frombuffer(padded, dtype=np.uint8)
    classes = np.frombuffer(padded.translate(CLASSES), dtype=np.uint8)
    if b"\\" in stretch:
        classes = _without_escaped_quotes(raw, classes)
    # An event is a brace, a quote, or a word byte that follows none.
    events = np.flatnonzero(classes[1:] > (classes[:-1] & WORD)) + 1
    kind = classes[events]
    is_quote = kind == TEXT
    inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8)).view(np.bool_)
    kept = is_quote == inside  # opening quotes, and what is outside quotes
    quotes = events.compress(is_quote)
    unclosed = len(quotes) % 2 == 1
    position, kind = events.compress(kept), kind.compress(kept)
    if unclosed:
        cut = int(np.searchsorted(position, quotes[-1]))
        position, kind, quotes = position[:cut], kind[:cut], quotes[:-1]
    return Tokens(
        bytes=raw,
        words=np.ndarray((len(padded) - 8,), dtype="<u8", buffer=padded, strides=(1,)),
        position=position,
        kind=kind,
        text_start=quotes[0::2] + 1,
        text_length=quotes[1::2] - quotes[0::2] - 1,
        unclosed=unclosed,
    )


def _without_escaped_quotes(
    raw: NDArray[np.uint8], classes: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The classes with every quote that an odd number of backslashes precedes made a word byte."""
    backslash = np.flatnonzero(raw == ord("\\"))
    starts_run = np.ones(len(backslash), dtype=np.bool_)
    starts_run[1:] = np.diff(backslash) > 1
    run_start = backslash[starts_run]
    run_end = backslash[np.append(starts_run[1:], True)] + 1
    odd = (run_end - run_start) % 2 == 1
    changed = classes.copy()
    behind = run_end[odd]
    changed[behind[raw[behind] == ord('"')]] = WORD
    return changed


class Token(NamedTuple):
    """One token of a walk; `text` is what stands between the quotes, still escaped."""

    kind: int
    text: bytes
    offset: int

    def shown(self) -> str:
        """The token as a message shows it."""
        if self.kind == BLANK:
            return "the end of the file"
        text = decode(self.text[:40]) + ("…" if len(self.text) > 40 else "")
        text = "".join(c if c.isprintable() else "?" for c in text)
        return f'the text "{text}"' if self.kind == TEXT else f"'{text}'"


_TOKEN = re.compile(rb'[\s,]*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([{}])|([^\s,{}"]+))', re.DOTALL)
_BLANKS = re.compile(rb"[\s,]*")
_WINDOW = 1 << 16


class Lexer:
    """Walks through a source token by token from an offset on."""

    def __init__(self, source: Source, offset: int) -> None:
        self.source = source
        self.offset = offset  # behind the token that `next` gave last
        self._window = b""
        self._start = offset

    def next(self) -> Token:
        """The next token; BLANK at the end of the file. Raises FileError for an unclosed text."""
        size = _WINDOW
        while True:
            inside = self.offset - self._start
            match = _TOKEN.match(self._window, inside)
            end = self._start + len(self._window)
            # A token that ends where the window does may go on behind it.
            if match and (self._start + match.end() < end or end >= self.source.size):
                self.offset = self._start + match.end()
                return _token_of(match, self._start)
            if end >= self.source.size:
                return self._end(inside)
            self._start = self.offset
            self._window = self.source.read(self.offset, self.offset + size)
            size *= 4

    def peek(self) -> Token:
        """The next token, without going past it."""
        before = self.offset
        token = self.next()
        self.offset = before
        return token

    def _end(self, inside: int) -> Token:
        blanks = _BLANKS.match(self._window, inside)
        assert blanks is not None
        if blanks.end() < len(self._window):
            self.source.refuse(
                'this text is opened with a quote and never closed. Add the closing ".',
                self._start + blanks.end(),
            )
        return Token(BLANK, b"", self.source.size)


def _token_of(match: re.Match[bytes], start: int) -> Token:
    if match.group(1) is not None:
        return Token(TEXT, match.group(1), start + match.start(1) - 1)
    if match.group(2) is not None:
        brace = match.group(2)
        return Token(OPEN if brace == b"{" else CLOSE, brace, start + match.start(2))
    return Token(WORD, match.group(3), start + match.start(3))
