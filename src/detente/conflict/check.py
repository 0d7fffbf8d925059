"""The rules of a conflict file about names: sides, options, levels, and what goes with what.

What concerns states is checked where the states are made (`states.py`, `preferences.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from detente.conflict.document import ConflictDocument
from detente.errors import DetenteError, ExpressionError, SummitError
from detente.files.signs import told_unseen, unseen
from detente.files.yaml import Path
from detente.game.expressions import Scope, parse
from detente.summit.scope import closest
from detente.summit.shape import listed

MOST_SIDES = 100
MOST_OPTIONS = 1_000
_LINKS = (">", "~")

Mistakes = Iterator[DetenteError]


def check(document: ConflictDocument) -> None:
    """Raise a SummitError where a file breaks a rule about names; up to five are listed."""
    names = (_sides, _options, _forms, _state_names, _visible)
    for rules in (names, (_moves, _preferences, _views)):
        mistakes = [mistake for rule in rules for mistake in rule(document)]
        if mistakes:
            raise listed(mistakes)


def _sides(document: ConflictDocument) -> Mistakes:
    if not document.sides:
        yield document.error(("sides",), "there are no sides. Name them: sides: {US: , USSR: }.")
    if len(document.sides) > MOST_SIDES:
        yield document.error(
            ("sides",), f"there are {len(document.sides):,} sides; at most {MOST_SIDES} are read."
        )
    for name in document.sides:
        if not name.strip():
            yield document.error(("sides",), "a side has an empty name. Give it one.")


def _options(document: ConflictDocument) -> Mistakes:
    options = document.spec.options
    if len(options) > MOST_OPTIONS:
        yield document.error(
            ("options",), f"there are {len(options):,} options; at most {MOST_OPTIONS:,} are read."
        )
    for name, spec in options.items():
        path = ("options", name)
        said = {"by", "either"} & spec.model_fields_set
        if len(said) != 1:
            found = "both" if said else "neither"
            yield document.error(
                path,
                f"option '{name}' says whose it is by 'by' (who controls it, or all who must "
                f"sign; [] for nobody) or by 'either' (sides each of which can change it); found "
                f"{found}.",
            )
        for key in ("by", "either"):
            yield from _known(document, getattr(spec, key), (*path, key))
        yield from _named(document, name, path)
        yield from _levels(document, name, path)


def _levels(document: ConflictDocument, name: str, path: Path) -> Mistakes:
    levels = document.spec.options[name].levels
    if len(levels) < 2:
        yield document.error(
            (*path, "levels"),
            f"option '{name}' has {len(levels)} level{'s' * (len(levels) != 1)}. Give at "
            "least two, from not taken upwards, or leave 'levels' out for no and yes.",
        )
    first = next(iter(levels), "")
    if levels and levels[first].irreversible:
        yield document.error(
            (*path, "levels", first, "irreversible"),
            f"nothing lies below the first level, '{first}'. Put 'irreversible' at a higher one.",
        )
    for level in levels:
        if not level.strip() or any(mark in level for mark in ("'", '"', "=", ",")):
            yield document.error(
                (*path, "levels", level),
                f"a level's key is a short word without quotes, '=' and commas; found '{level}'. "
                "Put the full wording under 'name'.",
                key=True,
            )


def _named(document: ConflictDocument, name: str, path: Path) -> Mistakes:
    try:
        parse(name, Scope({name: None}))
        usable = name.isidentifier() and name[0] != "_"
    except ExpressionError:
        usable = False
    if not usable:
        plain = "".join(c if c.isalnum() else "_" for c in name).strip("_")
        better = plain if plain.isidentifier() and plain != name else f"take_{plain}"
        yield document.error(
            path,
            f"the option name '{name}' is not one word of letters, digits and underscores that "
            "starts with a letter, or is a word of the language of formulas. Rename it, for "
            f"example to '{better}', and put the full wording under 'name'.",
            key=True,
        )


def _forms(document: ConflictDocument) -> Mistakes:
    """States come from options or are listed; what belongs to the other form is refused."""
    spec = document.spec
    if not spec.options and not spec.states:
        yield document.error(
            (), "there are neither 'options' nor 'states'. Name the options and whose they are, or "
            "list the states.",
        )  # fmt: skip
        return
    if spec.states and spec.feasible:
        yield document.error(
            ("feasible",), "the states are listed, and those are all there are. Keep 'states' or "
            "'feasible'.",
        )  # fmt: skip
    if not spec.options:
        if spec.moves is None:
            yield document.error(
                ("states",), "who can move where is not said. Add 'moves', as in moves: {US: "
                "{peace: [war]}}.",
            )  # fmt: skip
        for key in ("feasible", "agreements"):
            if getattr(spec, key):
                yield document.error(
                    (key,), f"'{key}' is about options, and there are none. Remove it."
                )
        for name, state in spec.states.items():
            if state.options is not None:
                yield document.error(
                    ("states", name),
                    f"state '{name}' is made of options, and there are none. Write its name as a "
                    "text, or add 'options'.",
                )
    elif spec.moves is not None and spec.agreements:
        yield document.error(
            ("agreements",), "where 'moves' lists the moves, joint ones are listed under 'joint'."
        )


def _state_names(document: ConflictDocument) -> Mistakes:
    for name in document.spec.states:
        if not name.strip() or any(link in name for link in _LINKS):
            yield document.error(
                ("states", name),
                f"a state's key is a short word without '>' and '~', which rank states; found "
                f"'{name}'. Put the full wording under 'name'.",
                key=True,
            )


def _visible(document: ConflictDocument) -> Mistakes:
    """No name holds signs that are not seen."""
    file, spec = document.file, document.spec
    named: list[tuple[Path, str, str]] = [(("title",), "", file.title)]
    named += [(("sides", side), side, one.name) for side, one in file.sides.items()]
    for option, one in spec.options.items():
        path: Path = ("conflict", "options", option)
        named.append((path, "", one.name))
        levels = one.levels.items()
        named += [((*path, "levels", level), level, of.name) for level, of in levels]
    states = spec.states.items()
    named += [(("conflict", "states", state), state, one.name) for state, one in states]
    for path, key, text in named:
        sign = unseen(key) or unseen(text.strip("\n"))
        if sign:
            place = document.marks.place(path, key=unseen(key) is not None)
            yield SummitError(told_unseen("a name", sign), place)


def _moves(document: ConflictDocument) -> Mistakes:
    spec = document.spec
    yield from _known(document, spec.moves or (), ("moves",), key=True)
    for i, joint in enumerate(spec.joint):
        path = ("joint", i, "by")
        yield from _signers(document, joint.by, path)
    for i, sides in enumerate(spec.agreements):
        yield from _signers(document, sides, ("agreements", i))


def _signers(document: ConflictDocument, sides: list[str], path: Path) -> Mistakes:
    yield from _known(document, sides, path)
    if len(set(sides)) < 2:
        yield document.error(
            path, f"a joint move is signed by two sides or more; found {', '.join(sides) or 'none'}"
            ". Put the moves of one side under 'moves'.",
        )  # fmt: skip


def _preferences(document: ConflictDocument) -> Mistakes:
    given = document.spec.preferences
    yield from _known(document, given, ("preferences",), key=True)
    for side in document.sides:
        if side not in given:
            yield document.error(
                ("preferences",),
                f"how '{side}' ranks the states is not said. Add it under 'preferences'.",
            )


def _views(document: ConflictDocument) -> Mistakes:
    views = document.spec.views
    yield from _known(document, views, ("views",), key=True)
    for side, view in views.items():
        path = ("views", side)
        yield from _known(document, view.preferences, (*path, "preferences"), key=True)
        yield from _known(document, view.moves, (*path, "moves"), key=True)


def _known(
    document: ConflictDocument, names: Iterable[str], path: Path, *, key: bool = False
) -> Mistakes:
    """The mistakes of naming what is no side, or a side twice."""
    seen: set[str] = set()
    for i, name in enumerate(names):
        where = (*path, name if key else i)
        if name not in document.sides:
            yield document.error(
                where,
                f"there is no side '{name}'. {closest(name, list(document.sides))}Known sides: "
                f"{', '.join(document.sides) or 'none'}. Add it under 'sides', or correct the "
                "spelling.",
                key=key,
            )
        if name in seen:
            yield document.error(where, f"'{name}' stands twice in this list. Remove one.")
        seen.add(name)
