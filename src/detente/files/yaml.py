"""YAML 1.2 as plain text in a tree: mappings, lists, strings and None, each with its place.

Numbers stay the text that was written (`0.1` is a tenth, `no` is a word); what they mean is for the
reader of the format to say. Built on ruamel.yaml's event stream, so depth costs no recursion and an
alias costs no copy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from detente.errors import FileError, Place
from detente.files.yaml_events import events

Step = str | int
Path = Sequence[Step]

MAX_BYTES = 20_000_000
"""The longest file that is read, in bytes."""
MAX_DEPTH = 500
"""How deep lists and mappings may nest."""
MAX_NODES = 2_000_000
"""Entries of a file once every alias is written out."""

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "null", "bool", "int", "float", "seq", "map")
)


@dataclass(slots=True)
class _Entry:
    """A value with its place; `children` for lists and mappings, `keys` where a key stands.

    `opening` : characters before the first of a text (a quotation mark), None where the text is not
        written in the file as it reads (several lines, escapes)
    `numbers` : of a list, each text → its first position; made when it is first needed
    """

    line: int
    column: int
    data: Any = None
    children: dict[Step, _Entry] = field(default_factory=dict)
    keys: dict[Step, tuple[int, int]] = field(default_factory=dict)
    size: int = 1
    opening: int | None = None
    numbers: dict[str, int] | None = None


class Marks:
    """Where everything in a file stands.

    >>> data, marks = load_yaml("sides:\\n  US: America\\nrounds: [1, 2]\\n", "talks.yaml")
    >>> marks["rounds", 1], marks.key(("sides", "US"))
    ((3, 13), (2, 3))
    >>> str(marks.place(("sides", "US", "name")))
    'talks.yaml:2:7'
    """

    def __init__(self, file: str, root: _Entry) -> None:
        self.file = file
        self._root = root

    def __getitem__(self, path: Path) -> tuple[int, int]:
        """Line and column of the value at exactly this path. Raises KeyError."""
        entry = self._root
        for step in path:
            entry = entry.children[step]
        return entry.line, entry.column

    def __contains__(self, path: Path) -> bool:
        entry = self._root
        for step in path:
            if step not in entry.children:
                return False
            entry = entry.children[step]
        return True

    def key(self, path: Path) -> tuple[int, int]:
        """Line and column of the last key of this path. Raises KeyError."""
        entry = self._root
        for step in path[:-1]:
            entry = entry.children[step]
        return entry.keys[path[-1]]

    def place(self, path: Path, *, key: bool = False, at: int = 0) -> Place:
        """The place to name in a message about this path.

        That of the value if it is written as one scalar, of its key if it is a list, a mapping or
        left out. Steps that the file does not have are passed over, so a path through the long form
        of something that was written short still leads to what was written; a list is entered
        by number or by the text of an item.

        `key` : name the place of the last key in any case
        `at` : name the place of this character of the text (from 0), where the text is on one line
        """
        entry = self._root
        spot = key_spot = (entry.line, entry.column)
        for step in path:
            found = _item_number(entry, step)
            if found is None:
                continue
            keys, entry = entry.keys, entry.children[found]
            value_spot = (entry.line, entry.column)
            key_spot = keys.get(found, value_spot)
            spot = value_spot if isinstance(entry.data, str) else key_spot
        line, column = key_spot if key else spot
        if at and not key and entry.opening is not None:
            column += entry.opening + at
        return Place(self.file, line, column)


def _item_number(entry: _Entry, step: Step) -> Step | None:
    """The child that a step means, None if there is none."""
    if step in entry.children:
        return step
    if isinstance(entry.data, list) and isinstance(step, str):
        if entry.numbers is None:
            texts = [(item, i) for i, item in enumerate(entry.data) if isinstance(item, str)]
            entry.numbers = dict(reversed(texts))
        return entry.numbers.get(step)
    return None


def load_yaml(text: str | bytes, file: str) -> tuple[Any, Marks]:
    """The data of a YAML file, every scalar as its text (null and nothing as None), and the places.

    `text` : the contents; bytes are decoded as UTF-8
    `file` : its name, for messages

    Raises FileError, with line and column, for whatever is not one plain YAML document: bad
    indentation, tabs, a key that stands twice, several documents, merge keys, aliases that
    multiply beyond `MAX_NODES`, other encodings, an empty file.

    >>> load_yaml("country: no\\nshare: 0.10\\nrest:\\n", "example.yaml")[0]
    {'country': 'no', 'share': '0.10', 'rest': None}
    """
    root = _Reader(file).read(_decode(text, file))
    return root.data, Marks(file, root)


# ── characters ─────────────────────────────────────────────────────────────────────────────────

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _decode(text: str | bytes, file: str) -> str:
    if len(text) > MAX_BYTES:
        raise FileError(
            f"the file has {len(text):,} characters, more than the {MAX_BYTES:,} that are read. "
            "A summit file is text of a few hundred lines; is this the right file?",
            Place(file),
        )
    if isinstance(text, bytes):
        text = _from_bytes(text, file)
    text = text.removeprefix("\ufeff")
    bad = _FORBIDDEN.search(text)
    if bad:
        raise FileError(
            f"a control character (code {ord(bad.group())}) is not text. A YAML file is plain "
            "text: remove the character, or check that this is the right file.",
            _place_in(text, bad.start(), file),
        )
    if not text.strip():
        raise FileError(
            "the file is empty. A summit file starts with 'detente: 1'; docs/format.md has an "
            "example to begin from.",
            Place(file, 1, 1),
        )
    return text


def _from_bytes(raw: bytes, file: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileError("the file is saved as UTF-16. Save it as UTF-8.", Place(file, 1, 1))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        raise FileError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8 text. Save the file as UTF-8 (in most "
            "editors: Save with encoding), or check that this is the right file.",
            _place_in(before, len(before), file),
        ) from None


def _place_in(text: str, position: int, file: str) -> Place:
    start = text.rfind("\n", 0, position) + 1
    return Place(file, text.count("\n", 0, position) + 1, position - start + 1)


# ── structure ──────────────────────────────────────────────────────────────────────────────────


class _Reader:
    """Builds entries from the events of the parser, with a stack of open lists and mappings."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.open: list[_Entry] = []
        self.keys: list[tuple[str, tuple[int, int]] | None] = []  # of each, the key without a value
        self.anchors: dict[str, _Entry] = {}
        self.names: list[str | None] = []  # of each, its anchor
        self.root: _Entry | None = None

    def read(self, text: str) -> _Entry:
        handle = {
            "DocumentStartEvent": self.document,
            "ScalarEvent": self.scalar,
            "AliasEvent": self.alias,
            "MappingStartEvent": self.mapping,
            "SequenceStartEvent": self.sequence,
            "MappingEndEvent": self.end,
            "SequenceEndEvent": self.end,
        }
        for event in events(text, self.file):
            method = handle.get(type(event).__name__)
            if method:
                method(event)
        if self.root is None or self.root.data is None:
            raise FileError(
                "the file holds nothing but comments. A summit file starts with 'detente: 1'.",
                Place(self.file, 1, 1),
            )
        return self.root

    def document(self, event: Any) -> None:
        if self.root is not None:
            raise self.error(
                event,
                "a second document starts here. A file holds one document: remove the line '---', "
                "or move the rest to a file of its own.",
            )

    def scalar(self, event: Any) -> None:
        self.check_tag(event)
        value: str | None = event.value
        if event.style is None and value in _NULL:
            value = None
        if self.wants_key():
            self.take_key(event, value)
            return
        entry = self.entry(event, value)
        start, stop = event.start_mark, event.end_mark
        opening = 1 if event.style in ("'", '"') else 0
        if value and stop.column - start.column == len(value) + 2 * opening:
            entry.opening = opening
        if event.anchor:
            self.anchors[event.anchor] = entry
        self.add(entry, event)

    def alias(self, event: Any) -> None:
        name = event.anchor
        if name in self.names:
            raise self.error(
                event, f"'*{name}' stands inside what '&{name}' names, without end. Write it out."
            )
        if name not in self.anchors:
            known = ", ".join(f"&{known}" for known in self.anchors) or "none"
            raise self.error(
                event,
                f"'*{name}' repeats something named '&{name}', and nothing above has that name "
                f"(known: {known}). Name it first, or put quotes around a text that starts with "
                "'*'.",
            )
        if self.wants_key():
            raise self.error(event, f"'*{name}' cannot be a key. Write the key out.")
        self.add(self.anchors[name], event)

    def mapping(self, event: Any) -> None:
        self.start(event, {})

    def sequence(self, event: Any) -> None:
        self.start(event, [])

    def start(self, event: Any, data: Any) -> None:
        self.check_tag(event)
        if self.wants_key():
            raise self.error(
                event,
                "a list or a mapping cannot be a key. Write a word; a text that starts with '[' or "
                "'{' needs quotes.",
            )
        if len(self.open) >= MAX_DEPTH:
            raise self.error(event, f"this is nested more than {MAX_DEPTH} deep. Flatten the file.")
        self.open.append(self.entry(event, data))
        self.keys.append(None)
        self.names.append(event.anchor)

    def end(self, event: Any) -> None:
        entry, name = self.open.pop(), self.names.pop()
        self.keys.pop()
        if name:
            self.anchors[name] = entry
        self.add(entry, event)

    def wants_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].data, dict) and not self.keys[-1]

    def take_key(self, event: Any, text: str | None) -> None:
        mapping = self.open[-1]
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if text is None:
            raise self.error(event, "a key is missing before ':'. Write one, or put it in quotes.")
        if text == "<<" and event.style is None:
            raise self.error(
                event, "merge keys ('<<') are not part of the format. Write the entries out."
            )
        if text in mapping.keys:
            first = mapping.keys[text][0]
            raise self.error(
                event,
                f"'{text}' stands twice in the same mapping, here and at line {first}. Remove one, "
                "or rename it.",
            )
        mapping.keys[text] = (line, column)
        self.keys[-1] = (text, (line, column))

    def add(self, entry: _Entry, event: Any) -> None:
        """Put a finished value where it belongs."""
        if not self.open:
            self.root = entry
            return
        parent = self.open[-1]
        parent.size += entry.size
        if parent.size > MAX_NODES:
            raise self.error(
                event,
                f"written out, the aliases make more than {MAX_NODES:,} entries. Use fewer of "
                "them.",
            )
        if isinstance(parent.data, list):
            parent.children[len(parent.data)] = entry
            parent.data.append(entry.data)
            return
        pending = self.keys[-1]
        assert pending is not None
        parent.children[pending[0]] = entry
        parent.data[pending[0]] = entry.data
        self.keys[-1] = None

    def entry(self, event: Any, data: Any) -> _Entry:
        return _Entry(event.start_mark.line + 1, event.start_mark.column + 1, data)

    def check_tag(self, event: Any) -> None:
        if event.tag is not None and event.tag not in _PLAIN_TAGS and event.tag != "!":
            raise self.error(
                event,
                f"the tag '{event.tag}' is not part of the format. Remove it; a text that starts "
                "with '!' needs quotes.",
            )

    def error(self, event: Any, message: str) -> FileError:
        mark = event.start_mark
        return FileError(message, Place(self.file, mark.line + 1, mark.column + 1))
