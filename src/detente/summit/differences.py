"""What differs between two summit files, entry by entry, and the files that lie between them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from detente.errors import Place
from detente.files.yaml import Path
from detente.summit.check import check
from detente.summit.entries import (
    INERT,
    Branch,
    Leaf,
    Tree,
    data_of,
    shown,
    tree_of,
    without_inert,
    words_of,
)
from detente.summit.reading import SummitDocument, shaped

Kind = Literal["changed", "added", "removed", "reordered"]
Role = Literal["counts", "support", "inert"]
Keys = tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """An entry that the files do not have alike.

    `words` : its path, steps of the carrying-out by their names
    `first`, `second` : what stands there, None where the entry is missing
    `paths` : its path in each file
    `role` : `counts` where it may change a verdict; `support` for a number that one file alone
        has, which matters only where another entry mentions it; `inert` for titles, sources, ranges
    """

    words: str
    kind: Kind
    first: Tree | None
    second: Tree | None
    paths: tuple[Path, Path]
    role: Role = "counts"

    def __str__(self) -> str:
        if self.kind == "reordered":
            return f"{self.words}: in another order"
        first, second = (
            "" if tree is None else shown(without_inert(tree))
            for tree in (self.first, self.second)
        )
        if self.kind == "changed":
            return f"{self.words}: {first} → {second}"
        return f"{self.words}: {second} is new" if second else f"{self.words}: {first} is gone"


@dataclass(frozen=True)
class _Either:
    """One or the other, by whether the difference of this number is made."""

    number: int
    first: Tree | None
    second: Tree | None


@dataclass(frozen=True)
class _Merged:
    """A branch whose children may differ.

    `orders` : the keys as the first file has them, then as the second has them
    `reordered` : the number of the difference that the order is
    """

    branch: Branch
    children: Mapping[str, _Node]
    orders: tuple[Keys, Keys]
    reordered: int | None = None


_Node = Tree | _Either | _Merged


def _picked(node: _Node, made: Collection[int]) -> Tree | None:
    """The tree in which exactly these differences are made."""
    if isinstance(node, _Either):
        return node.second if node.number in made else node.first
    if not isinstance(node, _Merged):
        return node
    order = node.orders[node.reordered in made]
    found = {key: _picked(node.children[key], made) for key in order}
    children = {key: tree for key, tree in found.items() if tree is not None}
    return replace(node.branch, children=children, steps={key: key for key in children})


@dataclass(frozen=True)
class Between:
    """Two files and all between them: the first with some of the differences made.

    `differences` : those that count, in the order of the files; their numbers are positions here
    `others` : those that change no verdict by themselves
    """

    first: SummitDocument
    second: SummitDocument
    differences: tuple[Difference, ...]
    others: tuple[Difference, ...]
    _merged: _Node = field(repr=False)

    @classmethod
    def of(cls, first: SummitDocument, second: SummitDocument) -> Between:
        """All that differs between two files."""
        merging = _Merging(first, second)
        merged = merging.node(tree_of(first.file), tree_of(second.file), (), ((), ()))
        return cls(first, second, tuple(merging.found), tuple(merging.others), merged)

    def document(self, made: Collection[int]) -> SummitDocument:
        """The first file with these differences made; ranges, units and sources are left out.

        Raises a DetenteError where that breaks a rule of the format.
        """
        tree = _picked(self._merged, made)
        assert tree is not None
        document = SummitDocument(shaped(data_of(tree), self.first.marks), "", self.first.marks)
        check(document)
        return document

    def places(self, difference: Difference) -> tuple[Place | None, Place | None]:
        """Where it stands in each file, None in one that does not have it."""
        first, second = difference.paths
        return (
            None if difference.first is None else self.first.place(first),
            None if difference.second is None else self.second.place(second),
        )


class _Merging:
    """One pass over both trees. `found` and `others` collect what differs."""

    def __init__(self, first: SummitDocument, second: SummitDocument) -> None:
        self.found: list[Difference] = []
        self.others: list[Difference] = []
        self._names = tuple(_names(document) for document in (first, second))

    def node(
        self, first: Tree | None, second: Tree | None, words: Path, paths: tuple[Path, Path]
    ) -> _Node:
        """Both trees in one, the differences that count being left open."""
        if isinstance(first, Branch) and isinstance(second, Branch):
            if (first.kind, first.form) == (second.kind, second.form):
                return self._branch(first, second, words, paths)
        elif (
            isinstance(first, Leaf) and isinstance(second, Leaf) and first.meaning == second.meaning
        ):
            return first
        number = len(self.found)
        self.found.append(_difference(first, second, words, paths))
        stripped = [None if tree is None else without_inert(tree) for tree in (first, second)]
        return _Either(number, *stripped)

    def _branch(
        self, first: Branch, second: Branch, words: Path, paths: tuple[Path, Path]
    ) -> _Merged:
        orders = _orders(tuple(first.children), tuple(second.children))
        children: dict[str, _Node] = {}
        for key in orders[1]:
            one, two = first.children.get(key), second.children.get(key)
            there = _paths(first, second, key, paths)
            kept: _Node | None
            if first.kind == "part" and key in INERT:
                kept = self._inert(one, two, (*words, key), there)
            elif (one is None or two is None) and self._supports(words, key, one is None):
                kept = self._support(one, two, (*words, key), there)
            else:
                kept = self.node(one, two, (*words, key), there)
            if kept is not None:
                children[key] = kept
        before, after = (tuple(key for key in order if key in children) for order in orders)
        number = None
        if first.ordered and before != after:
            number = len(self.found)
            self.found.append(Difference(words_of(words), "reordered", first, second, paths))
        return _Merged(first, children, (before if first.ordered else after, after), number)

    def _inert(
        self, first: Tree | None, second: Tree | None, words: Path, paths: tuple[Path, Path]
    ) -> Tree | None:
        """What no verdict rests on is left out of the files between, but for what must be there."""
        if not _same(first, second):
            self.others.append(_difference(first, second, words, paths, "inert"))
        return first if words in (("title",), ("detente",)) else None

    def _supports(self, words: Path, key: str, added: bool) -> bool:
        """Whether this is a number of one file whose name means nothing in the other."""
        return words in (("parameters",), ("derived",)) and key not in self._names[not added]

    def _support(
        self, first: Tree | None, second: Tree | None, words: Path, paths: tuple[Path, Path]
    ) -> Tree:
        """A number that nothing mentions changes nothing: all files between have it."""
        self.others.append(_difference(first, second, words, paths, "support"))
        there = first if second is None else second
        assert there is not None
        return without_inert(there)


def _names(document: SummitDocument) -> frozenset[str]:
    """Everything that a formula of the file may mention, parameters and derived names included."""
    file, scope = document.file, document.scope
    options = (option for of in scope.choices.values() for option in of)
    return frozenset((*file.parameters, *file.derived, *scope.choices, *options, *file.sides))


def _difference(
    first: Tree | None,
    second: Tree | None,
    words: Path,
    paths: tuple[Path, Path],
    role: Role = "counts",
) -> Difference:
    kind: Kind = "added" if first is None else "removed" if second is None else "changed"
    return Difference(words_of(words), kind, first, second, paths, role)


def _paths(first: Branch, second: Branch, key: str, paths: tuple[Path, Path]) -> tuple[Path, Path]:
    one, two = paths
    return (*one, first.steps.get(key, key)), (*two, second.steps.get(key, key))


def _same(first: Tree | None, second: Tree | None) -> bool:
    return first is not None and second is not None and data_of(first) == data_of(second)


def _alike(first: Leaf, second: Leaf) -> bool:
    return bool(first.meaning == second.meaning)


def _orders(first: Keys, second: Keys) -> tuple[Keys, Keys]:
    """All keys as either file orders them; those that it lacks follow what they follow there."""
    one, two = tuple(_joined(first, second)), tuple(_joined(second, first))
    common = [key for key in first if key in second]
    if common == [key for key in second if key in first]:
        return two, two
    return one, two


def _joined(order: Keys, other: Keys) -> Iterator[str]:
    """The keys of `order`; those that `other` alone has stand behind what they follow there."""
    after: dict[str | None, list[str]] = {}
    known: set[str] = set(order)
    last: str | None = None
    for key in other:
        if key in known:
            last = key
        else:
            after.setdefault(last, []).append(key)
    yield from after.get(None, ())
    for key in order:
        yield key
        yield from after.get(key, ())
