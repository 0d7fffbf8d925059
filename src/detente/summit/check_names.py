"""Rules about who and what a summit file names: parties, terms, levels, parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from detente.errors import DetenteError, ExpressionError, SummitError
from detente.files.signs import told_unseen, unseen
from detente.files.yaml import Path
from detente.game.expressions import Scope, parse
from detente.summit.bundles import MAX_BUNDLES
from detente.summit.protocols.interface import NO_OFFER
from detente.summit.scope import ROUND, closest
from detente.summit.walk import effects, steps, worths

if TYPE_CHECKING:
    from detente.summit.reading import SummitDocument

Mistakes = Iterator[DetenteError]


def not_a_side(
    document: SummitDocument, name: str, path: Path, doing: str, *, key: bool = False
) -> Iterator[SummitError]:
    """The mistake of naming something else where a side is needed; `doing` says what for."""
    file = document.file
    place = document.place(path, key=key)
    if name in file.sides:
        return
    if name in file.observers:
        yield SummitError(
            f"'{name}' is an observer: it gains or loses, but cannot {doing}. Move it from "
            f"'observers' to 'sides', or name a side ({', '.join(file.sides)}).",
            place,
        )
        return
    yield SummitError(
        f"there is no side '{name}'. {closest(name, list(file.sides))}"
        f"Known sides: {', '.join(file.sides) or 'none'}. Add it under 'sides', or correct the "
        "spelling.",
        place,
    )


def not_a_party(document: SummitDocument, name: str, path: Path) -> Iterator[SummitError]:
    """The mistake of giving an amount to something that is no party."""
    parties = list(dict.fromkeys([*document.file.sides, *document.file.observers]))
    if name in parties:
        return
    hint = closest(name, parties)
    if ":" in name:
        hint = "Put a space after the colon. "
    elif name in ("once", "per_year", "years"):
        hint = f"Amounts are given for each party, as in {parties[0]}: {{{name}: 3}}. "
    yield SummitError(
        f"there is no party '{name}'. {hint}Known parties: {', '.join(parties)}. Add it under "
        "'sides' or 'observers', or correct the spelling.",
        document.place(path, key=True),
    )


def not_a_term(document: SummitDocument, name: str, path: Path) -> Iterator[SummitError]:
    """The mistake of naming a term that does not exist."""
    terms = list(document.file.terms)
    if name not in terms:
        yield SummitError(
            f"there is no term '{name}'. {closest(name, terms)}"
            f"Known terms: {', '.join(terms) or 'none'}. Add it under 'terms', or correct the "
            "spelling.",
            document.place(path),
        )


def twice(document: SummitDocument, names: Iterable[str], path: Path) -> Iterator[SummitError]:
    """The mistake of listing a name twice."""
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            yield SummitError(
                f"'{name}' stands twice in this list. Remove one.", document.place((*path, i))
            )
        seen.add(name)


# ── how much there may be ──────────────────────────────────────────────────────────────────────

MAX_PARTIES = 100
"""Sides and observers of a file, together."""
MAX_PARAMETERS = 5_000
"""Parameters of a file."""
MAX_DERIVED = 2_000
"""Derived numbers of a file."""
MAX_TERMS = 1_000
"""Terms of a file."""


def _sizes(document: SummitDocument) -> Mistakes:
    """Whether the file is of a size that the checks that follow are made for."""
    file = document.file
    limits: list[tuple[Path, int, int, str]] = [
        (("sides",), len(file.sides) + len(file.observers), MAX_PARTIES, "sides and observers"),
        (("parameters",), len(file.parameters), MAX_PARAMETERS, "parameters"),
        (("derived",), len(file.derived), MAX_DERIVED, "derived numbers"),
        (("terms",), len(file.terms), MAX_TERMS, "terms"),
    ]
    limits += [
        (("terms", name, "levels"), len(spec.levels), MAX_BUNDLES, f"levels of '{name}'")
        for name, spec in file.terms.items()
    ]
    for path, found, most, what in limits:
        if found > most:
            yield document.error(
                path, f"there are {found:,} {what}; at most {most:,} are read. Leave some out."
            )


# ── the rules ──────────────────────────────────────────────────────────────────────────────────


def _parties(document: SummitDocument) -> Mistakes:
    file = document.file
    if not file.sides:
        yield document.error(
            ("sides",), "there are no sides. Name them: sides: {US: United States, DPRK: }."
        )
    for kind, parties in (("sides", file.sides), ("observers", file.observers)):
        if file.tree is None and not all(name.strip() for name in parties):
            yield document.error((kind,), "a party has an empty name. Give it one.")
    for name in file.observers:
        if name in file.sides:
            yield document.error(
                ("observers", name),
                f"'{name}' is a side and an observer. Sides gain or lose as well: remove it from "
                "'observers'.",
            )


def _terms(document: SummitDocument) -> Mistakes:
    for term, spec in document.file.terms.items():
        path = ("terms", term)
        yield from _spelling(document, "term", term, path)
        if not spec.by:
            yield document.error(
                (*path, "by"), f"nobody concedes '{term}'. Write 'by: ' and a side."
            )
        for i, side in enumerate(spec.by):
            yield from not_a_side(document, side, (*path, "by", i), "concede anything")
        yield from twice(document, spec.by, (*path, "by"))
        if len(spec.levels) < 2:
            yield document.error(
                (*path, "levels"),
                f"term '{term}' has {len(spec.levels)} level{'s' * (len(spec.levels) != 1)}. Give "
                "at least two, the first of which concedes nothing, as in [none, full].",
            )
        first = next(iter(spec.levels), "")
        if spec.levels and spec.levels[first].irreversible:
            yield document.error(
                (*path, "levels", first, "irreversible"),
                f"the first level, '{first}', concedes nothing, so there is nothing that could be "
                "taken back. Put 'irreversible' at a level that concedes something.",
            )
        folded: dict[str, str] = {}
        for level in spec.levels:
            where = (*path, "levels", level)
            yield from _spelling(document, "level", level, where)
            if level.casefold() == NO_OFFER:
                yield SummitError(
                    f"a level cannot be called '{level}': a side that proposes can make no offer, "
                    "and the two could not be told apart. Rename the level.",
                    document.place(where, key=True),
                )
            other = folded.setdefault(level.casefold(), level)
            if other != level:
                yield SummitError(
                    f"the levels '{other}' and '{level}' differ only by capital letters. Rename "
                    "one.",
                    document.place(where, key=True),
                )


def _spelling(document: SummitDocument, what: str, name: str, path: Path) -> Mistakes:
    place = document.place(path, key=True)
    if not name.strip():
        yield SummitError(f"a {what} has an empty name. Give it one.", place)
    for mark in ("'", '"', "=", ",", ";", " + ", "\n"):
        if mark in name:
            shown = "a line break" if mark == "\n" else f"'{mark}'" if mark != "'" else '"\'"'
            yield SummitError(
                f"the name of {what} '{name}' contains {shown}, which "
                "separates the parts of a bundle's name or quotes them. Use a short key, and give "
                f"the full wording as name: {{name: '…'}}.",
                place,
            )
            return


def _visible(document: SummitDocument) -> Mistakes:
    """No name holds control characters, or signs that turn the direction of writing.

    A tree written out may come from another program, and keeps the names that it had there.
    """
    file = document.file
    if file.tree is not None:
        return
    named: list[tuple[Path, str, str]] = [(("title",), "", file.title)]
    for kind, parties in (("sides", file.sides), ("observers", file.observers)):
        named += [((kind, party), party, spec.name) for party, spec in parties.items()]
    for term, spec in file.terms.items():
        named.append((("terms", term), term, spec.name))
        levels = spec.levels.items()
        named += [(("terms", term, "levels", name), name, level.name) for name, level in levels]
    for side, types in file.types.items():
        named += [(("types", side, name), name, spec.name) for name, spec in types.items()]
    for placed in steps(file):
        named += [(placed.path, "", result) for result in placed.results]
    for path, key, text in named:
        bad = unseen(key) or unseen(text.strip("\n"))
        if bad:
            place = document.place(path, key=unseen(key) is not None)
            yield SummitError(told_unseen("a name", bad), place)


def _variables(document: SummitDocument) -> Mistakes:
    """Parameters, derived numbers, terms and steps share one space of names."""
    file = document.file
    named: list[tuple[str, str, Path]] = [
        *(("parameter", name, ("parameters", name)) for name in file.parameters),
        *(("derived number", name, ("derived", name)) for name in file.derived),
        *(("term", name, ("terms", name)) for name in file.terms),
        *(("step", placed.variable, placed.path) for placed in steps(file)),
        *(("side with types", side, ("types", side)) for side in file.types),
    ]
    owners: dict[str, tuple[str, int]] = {}
    for what, name, path in named:
        place = document.place(path, key=True)
        if what != "side with types":  # any name can be compared, in quotes if need be
            yield from _usable(what, name, document, path)
        if name == ROUND:
            yield SummitError(
                f"a {what} cannot be called 'round', the name of the round of the talks. Rename "
                "it.",
                place,
            )
        if name in owners:
            other, line = owners[name]
            yield SummitError(
                f"'{name}' is the name of a {what} here and of a {other} in line {line}. Formulas "
                "could not tell them apart: rename one.",
                place,
            )
        owners.setdefault(name, (what, place.line))


def _usable(what: str, name: str, document: SummitDocument, path: Path) -> Mistakes:
    word = name.isidentifier()
    usable = word and name[0] != "_"
    try:
        parse(name, Scope({name: None}))
    except ExpressionError:
        usable = False
    if not usable:
        why = (
            "is not one word of letters, digits and underscores that starts with a letter"
            if not word or name[0] == "_"
            else "is a word of the language of formulas"
        )
        plain = "".join(c if c.isalnum() else "_" for c in name).strip("_")
        better = f"{name}_" if word and name[0] != "_" else plain
        yield SummitError(
            f"the {what} name '{name}' {why}. Rename it, for example to "
            f"'{better if better.isidentifier() else 'p_' + better}'.",
            document.place(path, key=True),
        )


def _amounts(document: SummitDocument) -> Mistakes:
    for path, worth in worths(document.file):
        for party, amount in worth.items():
            yield from not_a_party(document, party, (*path, party))
            if amount.years is not None and "per_year" not in amount.model_fields_set:
                yield document.error(
                    (*path, party, "years"),
                    "'years' says how long 'per_year' runs, and there is none. Add per_year, or "
                    "remove years.",
                )
    for kind in ("per_round", "per_year"):
        for party in getattr(document.file.discount, kind):
            yield from not_a_party(document, party, ("discount", kind, party))


def _undone(document: SummitDocument) -> Mistakes:
    for path, effect in effects(document.file):
        for i, term in enumerate(effect.undoes):
            yield from not_a_term(document, term, (*path, "undoes", i))
        yield from twice(document, effect.undoes, (*path, "undoes"))


def _consent(document: SummitDocument) -> Mistakes:
    consent = document.file.consent
    lists: list[tuple[Path, list[str]]] = [
        (("consent", "also", i, "sides"), rule.sides) for i, rule in enumerate(consent.also)
    ]
    if consent.always is not None:
        lists.insert(0, (("consent", "always"), consent.always))
        if not consent.always and not consent.also:
            yield document.error(
                ("consent", "always"),
                "nobody's consent is needed, so nothing is negotiated. Name the sides that must "
                "agree, or leave 'consent' out if all must.",
            )
    for path, sides in lists:
        for i, side in enumerate(sides):
            yield from not_a_side(document, side, (*path, i), "consent to a bundle or refuse it")
        yield from twice(document, sides, path)


SIZES = (_sizes,)
def _wins(document: SummitDocument) -> Mistakes:
    for party in document.file.wins:
        yield from not_a_party(document, party, ("wins", party))


RULES = (_parties, _terms, _visible, _variables, _amounts, _undone, _consent, _wins)
