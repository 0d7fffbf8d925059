"""How both of Gambit's formats begin: kind, version, title, players."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from detente.errors import GameError
from detente.files.names import unescape
from detente.files.tokens import CLOSE, OPEN, TEXT, WORD, Lexer
from detente.game.tree import check_players


@dataclass
class Header:
    """Texts as they stand in the file, still escaped, until the encoding is known."""

    title: bytes
    players: list[bytes]
    comment: bytes = b""


def read_header(lexer: Lexer, kind: bytes, version: bytes) -> Header:
    """The title and the players; the lexer then stands behind the players.

    Raises FileError where the file does not begin as this kind does.
    """
    source = lexer.source
    shape = f'{kind.decode()} {version.decode()} R "title" {{ "player 1" "player 2" }}'
    expected = [(kind,), (version,), (b"R", b"D")]
    for words in expected:
        token = lexer.next()
        if token.kind != WORD or token.text not in words:
            found = "an empty file" if token.offset >= source.size else token.shown()
            source.refuse(
                f"this is not a .{kind.decode().lower()} file that can be read: it must begin "
                f"with {shape}; found {found}. Check that it is the right file.",
                token.offset,
            )
    title = lexer.next()
    if title.kind != TEXT:
        source.refuse(
            f"the title, in quotes, must stand here; found {title.shown()}. Begin the file "
            f"with {shape}.",
            title.offset,
        )
    players = read_texts(lexer, "the list of players", "the name of a player")
    try:
        check_players(len(players))
    except GameError as error:
        source.refuse(error.message, title.offset)
    return Header(title.text, players)


def read_texts(lexer: Lexer, what: str, each: str) -> list[bytes]:
    """Quoted texts in braces. Raises FileError where something else stands there."""
    opening = lexer.next()
    if opening.kind != OPEN:
        lexer.source.refuse(
            f"{what}, in braces, must stand here; found {opening.shown()}. Write it as "
            '{ "first" "second" }.',
            opening.offset,
        )
    texts: list[bytes] = []
    while (token := lexer.next()).kind != CLOSE:
        if token.kind != TEXT:
            lexer.source.refuse(
                f"{each}, in quotes, or }} must stand here; found {token.shown()}. Put every "
                "name in quotes and close the braces.",
                token.offset,
            )
        texts.append(token.text)
    return texts


def read_comment(lexer: Lexer) -> bytes:
    """The comment, where there is one."""
    return lexer.next().text if lexer.peek().kind == TEXT else b""


def text_of(raw: bytes, encoding: str) -> str:
    """The text that is meant by what stands between two quotes."""
    return unescape(raw.decode(encoding))


def player_names(raw: list[bytes], encoding: str) -> tuple[str, ...]:
    """The players' names, made distinct as Gambit makes them: results are keyed by them.

    A repeated name gets `_1`, `_2`, … behind it, an empty one too.
    """
    names = [text_of(name, encoding) for name in raw]
    copies = Counter(names)
    taken = set(names)
    met: Counter[str] = Counter()
    distinct: list[str] = []
    for name in names:
        if not name or copies[name] > 1:
            met[name] += 1
            count = met[name]
            while f"{name}_{count}" in taken:
                count += 1
            met[name] = count  # numbers below are taken
            name = f"{name}_{count}"
            taken.add(name)
        distinct.append(name)
    return tuple(distinct)
