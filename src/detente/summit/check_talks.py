"""Rules about the talks and the carrying-out: who proposes, who complies, who answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from detente.errors import DetenteError, SummitError
from detente.files.yaml import Path
from detente.summit.check_names import not_a_side, twice
from detente.summit.walk import steps, win_of

if TYPE_CHECKING:
    from detente.summit.model import ComplianceStep, SimultaneousOffers, Step
    from detente.summit.reading import SummitDocument

Mistakes = Iterator[DetenteError]

MAX_ROUNDS = 1000
"""The longest talks."""
NOT_WITH_TREE = (
    "protocol",
    "carrying_out",
    "snap_back",
    "breakdown",
    "delay",
    "discount",
    "consent",
    "combinations",
)
"""What describes talks, which a tree describes itself."""


def _whole(document: SummitDocument) -> Mistakes:
    """A file gives terms with a protocol, or a tree."""
    file = document.file
    proposer = next(iter(file.sides), "US")
    if file.tree is None and file.protocol is None:
        yield document.error(
            ("terms",) if file.terms else (),
            "the file says neither how the talks run ('protocol') nor what the moves are ('tree'). "
            f"Add, for example, 'protocol: {{kind: take-it-or-leave-it, proposer: {proposer}}}'.",
        )
    if file.protocol is not None and file.tree is None and not file.terms:
        yield document.error(
            ("protocol",),
            "there is a protocol but nothing to talk about. Add 'terms' with at least one term.",
        )
    if file.tree is None:
        return
    given = file.model_fields_set
    for key in NOT_WITH_TREE:
        if key in given:
            yield document.error(
                (key,),
                f"'{key}' has no meaning beside 'tree': the tree says every move and what it is "
                "worth. Remove one of the two.",
            )


def _protocol(document: SummitDocument) -> Mistakes:
    protocol = document.file.protocol
    path: Path = ("protocol",)
    if protocol is None:
        return
    if protocol.kind == "ratification":
        if not protocol.chambers:
            yield document.error(
                (*path, "chambers"),
                "no side needs ratification. Name one, or drop the ratification.",
            )
        for side in protocol.chambers:
            where = (*path, "chambers", side)
            yield from not_a_side(document, side, where, "have a chamber that ratifies", key=True)
            if win_of(document.file, side) is None:
                yield SummitError(
                    f"the chamber of '{side}' does not say what it must bring home. Add, for "
                    f"example, 'win: yongbyon == full' here, or '{side}: yongbyon == full' under "
                    "'wins'.",
                    document.place(where, key=True),
                )
        protocol, path = protocol.talks, (*path, "talks")
    if protocol.kind == "take-it-or-leave-it":
        yield from not_a_side(document, protocol.proposer, (*path, "proposer"), "propose")
        return
    if protocol.kind == "simultaneous-offers":
        yield from _at_once(document, protocol, path)
        return
    if protocol.kind == "mediator":
        yield from not_a_side(document, protocol.mediator, (*path, "mediator"), "mediate")
    else:
        if not protocol.order:
            yield document.error(
                (*path, "order"),
                "nobody proposes. List the sides in turn, as in order: [DPRK, US].",
            )
        for i, side in enumerate(protocol.order):
            yield from not_a_side(document, side, (*path, "order", i), "propose")
        for side in protocol.offers:
            where = (*path, "offers", side)
            yield from not_a_side(document, side, where, "propose", key=True)
            if side in document.file.sides and side not in protocol.order:
                yield SummitError(
                    f"'{side}' never proposes, so its offers are never made. Add it to 'order', or "
                    "remove it here.",
                    document.place(where, key=True),
                )
    for i, side in enumerate(protocol.walk_out):
        yield from not_a_side(document, side, (*path, "walk_out", i), "walk out of the talks")
    yield from twice(document, protocol.walk_out, (*path, "walk_out"))
    document.scope.whole(protocol.rounds, (*path, "rounds"), 1, MAX_ROUNDS, "the number of rounds")


def _at_once(
    document: SummitDocument, protocol: SimultaneousOffers, path: Path
) -> Mistakes:
    """Several sides propose at once, each at most once a round."""
    for i, side in enumerate(protocol.sides):
        yield from not_a_side(document, side, (*path, "sides", i), "propose")
    yield from twice(document, protocol.sides, (*path, "sides"))
    if len(protocol.sides) < 2:
        yield document.error(
            (*path, "sides"),
            "moves made at once need two sides or more. Name them, as in sides: [US, DPRK]; one "
            "that proposes alone does so under 'take-it-or-leave-it'.",
        )
    for side in protocol.offers:
        if side not in protocol.sides:
            yield SummitError(
                f"'{side}' does not propose, so its offers are never made. Add it to 'sides', or "
                "remove it here.",
                document.place((*path, "offers", side), key=True),
            )
    document.scope.whole(protocol.rounds, (*path, "rounds"), 1, MAX_ROUNDS, "the number of rounds")


def _steps(document: SummitDocument) -> Mistakes:
    from detente.summit.model import ChoiceStep, ComplianceStep

    for path, _, step, look in steps(document.file):
        if look is not None:
            yield from not_a_side(document, look.by, (*path, "by"), "look")
            continue
        yield from _branches(document, step, path)
        if isinstance(step, ChoiceStep):
            yield from not_a_side(document, step.by, (*path, "by"), "choose in the carrying-out")
        if isinstance(step, ComplianceStep):
            yield from not_a_side(document, step.by, (*path, "by"), "comply or cheat")
            yield from _compliance(document, step, path)


def _branches(document: SummitDocument, step: Step, path: Path) -> Mistakes:
    """Something happens in a step, and its outcomes have names."""
    field = {"chance": "outcomes", "choice": "options"}.get(
        next(iter({"chance", "choice"} & step.model_fields_set), ""), "breaches"
    )
    if not getattr(step, field):
        yield document.error(
            (*path, field), f"step '{step.variable}' has no {field}. Add one, or remove the step."
        )
    for name, count in Counter(step.results).items():
        if count > 1:
            yield SummitError(
                f"'{name}' is what the step is said to come to when nobody cheats. Rename the "
                "breach.",
                document.place((*path, field, name), key=True),
            )


def _compliance(document: SummitDocument, step: ComplianceStep, path: Path) -> Mistakes:
    file = document.file
    concedes = [term for term, spec in file.terms.items() if step.by in spec.by]
    alone = [term for term in concedes if file.terms[term].by == [step.by]]
    if step.by in file.sides and not concedes and step.when is None:
        yield document.error(
            path,
            f"'{step.by}' concedes no term, so it has nothing to comply with and the step would "
            "never take place. Say 'when' it does, or remove the step.",
        )
        return
    yield from _answers(document, step.by, step.answered_by or [], path)
    for name, breach in step.breaches.items():
        where = (*path, "breaches", name)
        given = "undoes" in breach.model_fields_set
        if not breach.worth and not (breach.undoes if given else alone):
            because = (
                "it is told to undo nothing" if given else f"'{step.by}' concedes no term alone"
            )
            yield SummitError(
                f"the breach '{name}' changes nothing: {because}, and it has no worth. Say what it "
                "leaves undelivered ('undoes') or what it is worth ('worth').",
                document.place(where, key=True),
            )
        yield from _answers(document, step.by, breach.answered_by or [], where)


def _answers(
    document: SummitDocument, by: str, answering: Sequence[str], path: Path
) -> Mistakes:
    for i, side in enumerate(answering):
        where = (*path, "answered_by", i)
        yield from not_a_side(document, side, where, "answer a breach")
        if side == by:
            yield document.error(where, f"'{side}' would answer its own breach. Name another side.")
    yield from twice(document, answering, (*path, "answered_by"))


RULES = (_whole, _protocol, _steps)
