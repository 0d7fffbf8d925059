"""A summit file as a tree of entries, short forms written out, so that files can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import BaseModel

from detente.errors import DetenteError
from detente.files.yaml import Path, Step
from detente.game.expressions import exact
from detente.game.expressions.tokens import Source, tokens_of
from detente.summit.model import Amount, SummitFile

INERT = frozenset((
    "correlations", "description", "detente", "distribution", "expected", "joint", "mend", "name",
    "note", "range", "source", "sources", "title", "unit",
))  # fmt: skip
"""Keys whose entries change no verdict: what a number is called, comes from, or is drawn from."""
_UNORDERED = frozenset((
    "parameters", "derived", "worth", "delay", "drift", "per_round", "per_year", "chambers", "wins",
))  # fmt: skip
"""Keys under which the file names things in no order that matters."""
_ORDERED = frozenset(("carrying_out",))
"""Keys of lists whose order matters; a list of names is compared as a whole."""


@dataclass(frozen=True)
class Leaf:
    """What stands at the end of a path: a text, a list of names or an amount.

    `data` : as the model reads it
    `meaning` : equal where two texts mean the same, `0.1` and `1/10` for one
    """

    data: Any
    meaning: Any


@dataclass(frozen=True)
class Branch:
    """Entries below a key.

    `children` : key, or what tells an item of a list from the others → what is there
    `steps` : the same keys → the step of the path in the file, a number in a list
    `kind` : `part` (keys of the format), `names` (of the file's own), `list`
    `ordered` : whether it matters which comes first
    `form` : of a part, which of the format's parts it is
    """

    children: Mapping[str, Tree]
    steps: Mapping[str, Step]
    kind: str
    ordered: bool = False
    form: str = ""


Tree = Leaf | Branch


def tree_of(file: SummitFile) -> Branch:
    """All entries of a file that differ from what they are when left out."""
    found = _part(file)
    assert isinstance(found, Branch)
    return found


def _tree(value: Any, key: str) -> Tree:
    if isinstance(value, BaseModel):
        return _part(value)
    if isinstance(value, Mapping):
        children = {str(name): _tree(item, str(name)) for name, item in value.items()}
        steps = {name: name for name in children}
        return Branch(children, steps, "names", key not in _UNORDERED)
    if isinstance(value, list) and (key == "feasible" or any(map(_is_part, value))):
        return _list(value, key in _ORDERED)
    return _leaf(value)


def _is_part(item: Any) -> bool:
    return isinstance(item, BaseModel)


def _part(part: BaseModel) -> Tree:
    if isinstance(part, Amount):
        texts = {"once": part.once, "per_year": part.per_year, "years": part.years}
        given = {key: text for key, text in texts.items() if text is not None and text != "0"}
        return Leaf(given or {"once": "0"}, {key: _meaning(text) for key, text in given.items()})
    fields = type(part).model_fields
    children = {
        key: _tree(getattr(part, key), key)
        for key, field in fields.items()
        if field.is_required() or getattr(part, key) != field.get_default(call_default_factory=True)
    }
    return Branch(children, {key: key for key in children}, "part", form=type(part).__name__)


def _list(items: list[Any], ordered: bool) -> Branch:
    keys = list(_telling(items))
    if len(set(keys)) < len(keys):
        keys = [str(i) for i in range(len(keys))]
    children = {key: _tree(item, "") for key, item in zip(keys, items, strict=True)}
    return Branch(children, dict(zip(keys, range(len(keys)), strict=True)), "list", ordered)


def _telling(items: list[Any]) -> Iterator[str]:
    """What tells the items of a list apart: the name of a step, a condition…"""
    for item in items:
        if isinstance(item, str):
            yield _spelled(item)
        elif hasattr(item, "simultaneous"):
            yield " and ".join(step.variable for step in item.simultaneous)
        else:
            told = (getattr(item, key, None) for key in ("variable", "name", "when", "types"))
            yield next((str(one) for one in told if one), "")


def _leaf(value: Any) -> Leaf:
    if isinstance(value, bool):
        return Leaf("true" if value else "false", value)
    if isinstance(value, int):
        return Leaf(str(value), value)
    if isinstance(value, str):
        return Leaf(value, _meaning(value))
    if isinstance(value, (list, tuple)):
        return Leaf([str(item) for item in value], tuple(_meaning(str(item)) for item in value))
    return Leaf(value, value)


def _meaning(text: str) -> Any:
    """The number that a text is, or its words and signs."""
    try:
        return exact(text)
    except DetenteError:
        return _spelled(text)


def _spelled(text: str) -> str:
    """A formula with single spaces; any other text as it is."""
    try:
        return " ".join(token.text for token in tokens_of(Source(text, None))[:-1])
    except DetenteError:
        return text


def data_of(tree: Tree) -> Any:
    """What a tree is as the plain data of a file.

    >>> from detente.summit.reading import read_summit
    >>> text = "detente: 1\\ntitle: T\\nsides: [A, B]\\nterms: {t: {by: A, levels: [no, yes]}}\\n"
    >>> text += "protocol: {kind: take-it-or-leave-it, proposer: A}"
    >>> data_of(tree_of(read_summit(text).file))["terms"]
    {'t': {'by': ['A'], 'levels': {'no': {}, 'yes': {}}}}
    """
    if isinstance(tree, Leaf):
        return tree.data
    if tree.kind == "list":
        return [data_of(child) for child in tree.children.values()]
    return {key: data_of(child) for key, child in tree.children.items()}


def without_inert(tree: Tree) -> Tree:
    """The same entries but those that change no verdict."""
    if isinstance(tree, Leaf):
        return tree
    children = {
        key: without_inert(child)
        for key, child in tree.children.items()
        if tree.kind != "part" or key not in INERT
    }
    return replace(tree, children=children)


def shown(tree: Tree, room: int = 60) -> str:
    """A tree on one line, cut short where it is long.

    >>> shown(Leaf({"once": "0", "per_year": "fees"}, None)), shown(Leaf(["US", "DPRK"], None))
    ('{once: 0, per_year: fees}', '[US, DPRK]')
    """
    text = _flow(data_of(tree))
    if isinstance(tree, Leaf) and isinstance(tree.meaning, Fraction):
        text = _decimal(tree.meaning, text)
    return text if len(text) <= room else text[: room - 1] + "…"


def _decimal(number: Fraction, text: str) -> str:
    """The number in decimals where these are exact and few, else as it was written."""
    digits = Decimal(number.numerator) / Decimal(number.denominator)
    return f"{digits:f}" if "/" in text and Fraction(digits) == number else text


def _flow(data: Any) -> str:
    if isinstance(data, Mapping):
        if list(data) == ["once"]:
            return _flow(data["once"])
        inside = (f"{k}: {_flow(value)}" if value != {} else str(k) for k, value in data.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(data, (list, tuple)):
        return "[" + ", ".join(_flow(item) for item in data) + "]"
    return str(data)


def words_of(path: Path) -> str:
    """A path in words: `terms.relief.levels.kumgang.worth.US`.

    >>> words_of(("carrying_out", "north", "breaches", "hide", "detected"))
    'carrying_out.north.breaches.hide.detected'
    """
    return ".".join(str(step) for step in path) or "the file"
