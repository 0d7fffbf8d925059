"""Rules about secrets: types and how likely they are, who sees what, alarms, moves made at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING

from detente.errors import DetenteError, SummitError
from detente.files.yaml import Path
from detente.game.expressions import Expr, evaluate, total
from detente.summit.chances import brief
from detente.summit.check_names import not_a_side, twice
from detente.summit.scope import closest
from detente.summit.walk import Placed, steps, unseeing

if TYPE_CHECKING:
    from detente.summit.model import ComplianceStep, Watched
    from detente.summit.reading import SummitDocument

Mistakes = Iterator[DetenteError]

MAX_DRAWS = 10_000
"""Combinations of types."""


# ── types ──────────────────────────────────────────────────────────────────────────────────────


def _types(document: SummitDocument) -> Mistakes:
    file = document.file
    if file.tree is not None and (file.types or file.prior):
        key = "types" if file.types else "prior"
        yield document.error(
            (key,),
            f"'{key}' has no meaning beside 'tree'. Draw the types by a chance move at the root, "
            "and give the nodes that a side cannot tell apart the same 'infoset'.",
        )
        return
    for side, types in file.types.items():
        where: Path = ("types", side)
        yield from not_a_side(document, side, where, "have types", key=True)
        yield from _joined(document, "side with types", side, where)
        if not types:
            yield document.error(
                where,
                f"'{side}' has no types. Name them with their probabilities, as in "
                f"{side}: {{sincere: 3/5, hedging: 2/5}}.",
            )
        for name, spec in types.items():
            if not name.strip():
                yield document.error(where, "a type has an empty name. Give it one.")
            yield from _joined(document, "type", name, (*where, name))
            if file.prior and spec.prior is not None:
                yield document.error(
                    (*where, name),
                    f"the probability of '{name}' stands here and under 'prior'. Keep one of the "
                    "two: 'prior' where the types of several sides depend on each other.",
                )
            if not file.prior and spec.prior is None:
                yield SummitError(
                    f"how likely is it that {side} is '{name}'? Add it, as in {name}: 1/2 (the "
                    "types of a side sum to 1), or give the probabilities of all sides' types "
                    "together under 'prior'.",
                    document.place((*where, name), key=True),
                )
    count = prod(len(types) for types in file.types.values())
    if count > MAX_DRAWS:
        yield document.error(
            ("types",),
            f"the types have {count:,} combinations; at most {MAX_DRAWS:,} are built. Leave some "
            "out.",
        )


def _joined(document: SummitDocument, what: str, name: str, path: Path) -> Mistakes:
    """A draw is called 'US strong, DPRK hedging', which must be read in one way only."""
    for mark in (",", ";"):
        if mark in name:
            yield SummitError(
                f"the name of the {what} '{name}' contains '{mark}', which separates the types of "
                "several sides. Use a short key, and give the full wording as name: '…'.",
                document.place(path, key=True),
            )
            return


def _prior(document: SummitDocument) -> Mistakes:
    """A joint prior gives each combination once, of known types of all sides that have some."""
    file = document.file
    if file.tree is not None:
        return
    if file.prior and not file.types:
        yield document.error(
            ("prior",),
            "'prior' says how likely types are together, and no side has types. Add 'types', as in "
            "types: {DPRK: [sincere, hedging], US: [weak, strong]}.",
        )
        return
    found: dict[tuple[tuple[str, str], ...], int] = {}
    for i, case in enumerate(file.prior):
        path: Path = ("prior", i, "types")
        yield from _case(document, case.types, path)
        key = tuple(sorted(case.types.items()))
        first = found.setdefault(key, i)
        if first != i:
            yield document.error(
                path,
                f"this combination of types is entry {first + 1} of 'prior' already. Remove one.",
            )


def _case(document: SummitDocument, types: dict[str, str], path: Path) -> Mistakes:
    file = document.file
    for side, name in types.items():
        if side not in file.types:
            yield SummitError(
                f"'{side}' has no types. {closest(side, list(file.types))}Sides with types: "
                f"{', '.join(file.types)}. Add it under 'types', or remove it here.",
                document.place((*path, side), key=True),
            )
        elif name not in file.types[side]:
            known = list(file.types[side])
            yield document.error(
                (*path, side),
                f"'{side}' has no type '{name}'. {closest(name, known)}Known: {', '.join(known)}. "
                f"Add it under types.{side}, or correct the spelling.",
            )
    for side in file.types:
        if side not in types:
            yield document.error(
                path,
                f"the type of '{side}' is missing. Each entry of 'prior' names a type of every "
                f"side that has some: {', '.join(file.types)}.",
            )


def _distributions(document: SummitDocument) -> Mistakes:
    """Probabilities of types are such, and sum to one."""
    file, scope = document.file, document.scope
    for side, types in file.types.items():
        if not file.prior:
            given = {name: spec.prior for name, spec in types.items() if spec.prior is not None}
            priors = {
                name: scope.number(text, ("types", side, name, "prior"))
                for name, text in given.items()
            }
            yield from _sum(
                document, priors.values(), ("types", side), f"the probabilities of {side}'s types"
            )
    if file.prior:
        exprs = [
            scope.number(case.probability, ("prior", i, "probability"))
            for i, case in enumerate(file.prior)
        ]
        yield from _sum(document, exprs, ("prior",), "the probabilities of all these types")


def _sum(document: SummitDocument, exprs: Iterable[Expr], path: Path, what: str) -> Mistakes:
    found = list(exprs)
    try:
        whole = evaluate([total(found)], document.scope.values)[0]
    except DetenteError:
        return  # said where each is checked by itself
    if whole != 1:
        yield document.error(
            path,
            f"{what} must sum to 1; they sum to {brief(whole)}. Correct one; with 'p' for one of "
            "two, write '1 - p' for the other.",
        )


# ── who sees what ──────────────────────────────────────────────────────────────────────────────


def _watched(document: SummitDocument) -> Mistakes:
    """`seen_by` and `unseen_by` name sides, and nobody is blind to its own moves."""
    file = document.file
    for path, spec, by in _annotated(document):
        for key in ("seen_by", "unseen_by"):
            named: list[str] = getattr(spec, key) or []
            for i, side in enumerate(named):
                where = (*path, key, i)
                if side in file.observers:
                    yield document.error(
                        where,
                        f"'{side}' is an observer: it never moves, so what it sees changes "
                        f"nothing. Remove it here, or name sides ({', '.join(file.sides)}).",
                    )
                else:
                    yield from not_a_side(document, side, where, "see or not see a move")
            yield from twice(document, named, (*path, key))
        if spec.seen_by is not None and spec.unseen_by is not None:
            yield document.error(
                (*path, "unseen_by"),
                "'seen_by' and 'unseen_by' say the same in two ways. Keep one of the two.",
            )
        elif by is not None and by in (spec.unseen_by or ()):
            yield document.error(
                (*path, "unseen_by"),
                f"'{by}' makes this move itself, so it sees it. Remove it here.",
            )


def _annotated(document: SummitDocument) -> Iterator[tuple[Path, Watched, str | None]]:
    """Everything that can be hidden: where it stands, what it says and whose move it is."""
    from detente.summit.model import Watched

    file = document.file
    for placed in steps(file):
        spec = placed.look or placed.step
        yield placed.path, spec, placed.by
        if placed.look is None:
            for kind in ("outcomes", "options", "breaches"):
                for name, branch in getattr(placed.step, kind, {}).items():
                    yield (*placed.path, kind, name), branch, placed.by
    protocol, path = talks(document)
    if isinstance(protocol, Watched):
        yield path, protocol, None


def talks(document: SummitDocument) -> tuple[object, Path]:
    """The protocol by which bundles are offered, and where it stands."""
    protocol = document.file.protocol
    if protocol is not None and protocol.kind == "ratification":
        return protocol.talks, ("protocol", "talks")
    return protocol, ("protocol",)


def blind(document: SummitDocument, placed: Placed) -> frozenset[str]:
    """The sides that do not see all of how a step went."""
    spec, sides = placed.look or placed.step, tuple(document.file.sides)
    found = set(unseeing(sides, spec))
    if placed.look is None:
        for kind in ("outcomes", "options", "breaches"):
            for branch in getattr(spec, kind, {}).values():
                found |= unseeing(sides, branch)
    return frozenset(found - {placed.by})


def _revealing(document: SummitDocument) -> Mistakes:
    """What a side can do does not depend on what it has not seen."""
    file, scope = document.file, document.scope
    hidden = {placed.variable: blind(document, placed) for placed in steps(file)}
    for placed in steps(file):
        step, by = placed.step, placed.by
        if step.when is None or by is None or placed.look is not None:
            continue
        path = (*placed.path, "when")
        for name in sorted(scope.condition(step.when, path).parameters):
            if by in hidden.get(name, ()):
                yield document.error(
                    path,
                    f"whether {by} has a move here depends on '{name}', which {by} does not see: "
                    f"having the move would tell it. Let {by} see '{name}' (seen_by), or leave "
                    "it out of the condition.",
                )
            elif name in file.types and name != by:
                yield document.error(
                    path,
                    f"whether {by} has a move here depends on the type of {name}, which {by} does "
                    f"not know: having the move would tell it. Mention only the type of {by} "
                    "itself, or something that it has seen.",
                )
    yield from _revealing_offers(document)


def _revealing_offers(document: SummitDocument) -> Mistakes:
    """Offers depend on the proposer's own type, consent on the types of those who are asked."""
    file, scope = document.file, document.scope
    conditions: list[tuple[Path, str, list[str]]] = [
        (("consent", "also", i, "when"), rule.when, rule.sides)
        for i, rule in enumerate(file.consent.also)
    ]
    protocol, path = talks(document)
    offers = getattr(protocol, "offers", None)
    if isinstance(offers, str):
        by = getattr(protocol, "proposer", None) or getattr(protocol, "mediator", "")
        conditions.append(((*path, "offers"), offers, [str(by)]))
    for side, text in offers.items() if isinstance(offers, dict) else ():
        conditions.append(((*path, "offers", side), text, [side]))
    for where, text, sides in conditions:
        for name in sorted(scope.condition(text, where).parameters):
            if name in file.types and any(side != name for side in sides):
                yield document.error(
                    where,
                    f"what {' and '.join(sides)} can do here depends on the type of {name}, which "
                    "others do not know. Mention only the type of the side that moves.",
                )


# ── alarms and looks ───────────────────────────────────────────────────────────────────────────


def _alarms(document: SummitDocument) -> Mistakes:
    from detente.summit.model import ComplianceStep

    for placed in steps(document.file):
        if placed.look is None and isinstance(placed.step, ComplianceStep):
            yield from _alarm(document, placed, placed.step)


def _alarm(document: SummitDocument, placed: Placed, step: ComplianceStep) -> Mistakes:
    path, file = placed.path, document.file
    noticing = step.noticed_by
    for i, side in enumerate(noticing or []):
        yield from not_a_side(document, side, (*path, "noticed_by", i), "notice a breach")
    lists = [(path, step.answered_by)]
    lists += [((*path, "breaches", n), breach.answered_by) for n, breach in step.breaches.items()]
    for where, answering in lists:
        for side in answering or ():
            if noticing is not None and side not in noticing:
                yield document.error(
                    (*where, "answered_by"),
                    f"'{side}' would answer what it does not notice. Add it to 'noticed_by', or "
                    "remove it here.",
                )
    if noticing is not None and any(
        (breach.answered_by if breach.answered_by is not None else step.answered_by) is None
        for breach in step.breaches.values()
    ):
        yield document.error(
            (*path, "noticed_by"),
            "where not all notice a breach, say who answers it: add 'answered_by' to the step.",
        )
    look = step.verify
    if look is not None:
        if look.by == step.by:
            yield document.error(
                (*path, "verify", "by"), f"'{step.by}' would verify itself. Name another side."
            )
        if look.false_alarm is not None and step.false_alarm is None:
            yield document.error(
                (*path, "verify", "false_alarm"),
                "the 'false_alarm' of a look takes the place of the one of its step, which has "
                "none. Add 'false_alarm: 0' to the step.",
            )
    if step.false_alarm is None:
        return
    for name, breach in step.breaches.items():
        if breach.answered_by is not None:
            yield document.error(
                (*path, "breaches", name, "answered_by"),
                "where alarms may be false, who answers must not depend on what was done: being "
                "asked would tell it. Move 'answered_by' to the step.",
            )
    sees = [side for side in file.sides if side != step.by and side not in blind(document, placed)]
    answering = step.answered_by
    wrong = [side for side in sees if answering is None or side in answering]
    if wrong and (answering is None or answering):
        yield document.error(
            (*path, "false_alarm"),
            f"{' and '.join(wrong)} would answer an alarm and see{'s' * (len(wrong) == 1)} what "
            f"{step.by} does, so that no alarm could be false. Add 'unseen_by: "
            f"[{', '.join(wrong)}]' to the step, or name who answers under 'answered_by'.",
        )


# ── at once ────────────────────────────────────────────────────────────────────────────────────


def _at_once(document: SummitDocument) -> Mistakes:
    """Steps taken at once are two or more, each of another side."""
    from detente.summit.model import ChanceStep, SimultaneousSteps

    for i, item in enumerate(document.file.carrying_out):
        if not isinstance(item, SimultaneousSteps):
            continue
        path: Path = ("carrying_out", i, "simultaneous")
        if len(item.simultaneous) < 2:
            yield document.error(
                path, "only one step stands here. Add another, or write it by itself."
            )
        movers: dict[str, str] = {}
        for placed in steps(document.file):
            if placed.group != i:
                continue
            if isinstance(placed.step, ChanceStep):
                yield document.error(
                    placed.path,
                    "chance sees nothing and has nothing to hide, so it is not one of the moves "
                    "made at once. Write it as a step before or after them; 'seen_by' says who "
                    "sees it.",
                )
            by = placed.by or ""
            other = movers.setdefault(by, placed.variable)
            if by and other != placed.variable:
                yield document.error(
                    (*placed.path, "by"),
                    f"'{by}' moves in '{other}' and in '{placed.variable}' at the same time. Make "
                    "one step of the two, or write one after the other.",
                )


RULES = (_types, _prior, _watched, _at_once)
SOUND = (_distributions, _revealing, _alarms)
