"""Rules about the formulas of a summit file: that each can be read, and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, SummitError
from detente.files.yaml import Path
from detente.game.expressions import Expr, compare, either, evaluate, name, negation, total
from detente.summit.binding import SKIPPED, Binder
from detente.summit.bundles import Bundles
from detente.summit.chances import brief
from detente.summit.walk import Placed, steps, win_of, worths

if TYPE_CHECKING:
    from detente.summit.model import SummitFile
    from detente.summit.reading import SummitDocument

Mistakes = Iterator[DetenteError]
Read = Callable[[str, Path], Expr]
Chance = tuple[Path, str, Expr]
"""Where a probability stands, its text, and what that says."""

MAX_CASES = 100_000
"""How many combinations of what a probability mentions are looked at."""


def formulas(document: SummitDocument) -> Iterator[tuple[Read, str, Path]]:
    """Every formula of a file but those of a tree: how to read it, its text and its path."""
    file, scope = document.file, document.scope
    for path, worth in worths(file):
        for party, amount in worth.items():
            yield scope.amount, amount.once, (*path, party, "once")
            yield scope.amount, amount.per_year, (*path, party, "per_year")
    for kind in ("per_round", "per_year"):
        for party, text in getattr(file.discount, kind).items():
            yield scope.number, text, ("discount", kind, party)
    for path, text in _costs(document):
        yield scope.amount, text, path
    for path, text in _conditions(document):
        yield scope.condition, text, path
    for path, text in _probabilities(document):
        yield scope.number, text, path


def _costs(document: SummitDocument) -> Iterator[tuple[Path, str]]:
    for placed in steps(document.file):
        if placed.look is not None:
            yield (*placed.path, "cost"), placed.look.cost


def _conditions(document: SummitDocument) -> Iterator[tuple[Path, str]]:
    file = document.file
    for i, text in enumerate(file.feasible):
        yield ("feasible", i), text
    for i, combination in enumerate(file.combinations):
        yield ("combinations", i, "when"), combination.when
    for party, win in file.wins.items():
        yield ("wins", party, "when"), win.when
    for i, rule in enumerate(file.consent.also):
        yield ("consent", "also", i, "when"), rule.when
    for placed in steps(file):
        if placed.step.when is not None and placed.look is None:
            yield (*placed.path, "when"), placed.step.when
    yield from _offers(document)
    if file.protocol is not None and file.protocol.kind == "ratification":
        for side, chamber in file.protocol.chambers.items():
            if chamber.win is not None:
                yield ("protocol", "chambers", side, "win"), chamber.win


def _offers(document: SummitDocument) -> Iterator[tuple[Path, str]]:
    protocol = document.file.protocol
    path: Path = ("protocol", "offers")
    if protocol is not None and protocol.kind == "ratification":
        protocol, path = protocol.talks, ("protocol", "talks", "offers")
    offers: Any = getattr(protocol, "offers", None)
    if isinstance(offers, str):
        yield path, offers
    elif offers:
        for side, text in offers.items():
            yield (*path, side), text


def _probabilities(document: SummitDocument) -> Iterator[tuple[Path, str]]:
    yield from priors(document.file)
    for placed in steps(document.file):
        yield from _probabilities_of_step(placed)
    protocol = document.file.protocol
    if protocol is not None and protocol.kind == "ratification":
        for side, chamber in protocol.chambers.items():
            yield ("protocol", "chambers", side, "falls"), chamber.falls


def _probabilities_of_step(placed: Placed) -> Iterator[tuple[Path, str]]:
    path, step, look = placed.path, placed.step, placed.look
    if look is not None:
        yield (*path, "detects"), look.detects
        if look.false_alarm is not None:
            yield (*path, "false_alarm"), look.false_alarm
        return
    for result, outcome in getattr(step, "outcomes", {}).items():
        yield (*path, "outcomes", result, "probability"), outcome.probability
    for result, breach in getattr(step, "breaches", {}).items():
        yield (*path, "breaches", result, "detected"), breach.detected
    if (alarm := getattr(step, "false_alarm", None)) is not None:
        yield (*path, "false_alarm", "probability"), alarm.probability


def priors(file: SummitFile) -> Iterator[tuple[Path, str]]:
    """How likely types are: of each side's, and of several sides' together."""
    for side, types in file.types.items():
        for kind, spec in types.items():
            if spec.prior is not None:
                yield ("types", side, kind, "prior"), spec.prior
    for i, case in enumerate(file.prior):
        yield ("prior", i, "probability"), case.probability


# ── each can be read ───────────────────────────────────────────────────────────────────────────


def _readable(document: SummitDocument) -> Mistakes:
    try:
        _ = document.scope.derived
    except DetenteError as error:
        yield error
        return
    for read, text, path in formulas(document):
        try:
            read(text, path)
        except DetenteError as error:
            yield error


# ── what comes out ─────────────────────────────────────────────────────────────────────────────


def _bundles(document: SummitDocument) -> Mistakes:
    """There are bundles, not too many, and every proposer has one to offer."""
    scope = document.scope
    if not scope.terms:
        return
    try:
        bundles = feasible(document)
    except SummitError as error:
        tight = document.file.feasible and "more than" not in error.message
        where = ("feasible",) if tight else ("terms",)
        yield SummitError(error.message, document.place(where))
        return
    binder = Binder(scope.choices)
    for path, text in _offers(document):
        offer = scope.condition(text, path)
        settings = settings_of(document, bundles, [offer])
        if not any(binder.holds(offer, setting) for setting in settings):
            yield document.error(
                path,
                f"no feasible bundle satisfies '{text}', so nothing can be offered. Correct the "
                "condition, or leave it out to allow every bundle.",
            )


def feasible(document: SummitDocument) -> Bundles:
    """The feasible bundles. Raises SummitError where there are none."""
    conditions = [
        document.scope.condition(text, ("feasible", i))
        for i, text in enumerate(document.file.feasible)
    ]
    return Bundles.of(document.scope.terms, conditions)


def settings_of(
    document: SummitDocument, bundles: Bundles, exprs: Sequence[Expr]
) -> Iterator[dict[str, int]]:
    """Every way in which what these expressions mention can turn out, each once."""
    names = frozenset[str]().union(*(expr.parameters for expr in exprs))
    terms = [i for i, term in enumerate(document.scope.terms) if term in names]
    scope = document.scope
    taken = [(step, outcomes) for step, outcomes in scope.steps if step in names]
    types = [(side, options) for side, options in scope.types.items() if side in names]
    levels = dict.fromkeys(tuple(chosen[i] for i in terms) for chosen in bundles.levels)
    outcomes = [range(SKIPPED, len(options)) for _, options in taken]
    outcomes += [range(len(options)) for _, options in types]
    keys = [*(list(scope.terms)[i] for i in terms), *(key for key, _ in (*taken, *types))]
    if len(levels) * prod(map(len, outcomes)) > MAX_CASES:
        return
    for chosen in levels:
        for results in product(*outcomes):
            yield dict(zip(keys, (*chosen, *results), strict=True))


def _chances(document: SummitDocument) -> Mistakes:
    """Probabilities lie in [0, 1], and those of a chance step sum to one."""
    bundles = feasible(document)
    for group, when, sums in chances(document):
        yield from _between(document, bundles, group, when, sums)


def chances(document: SummitDocument) -> Iterator[tuple[Sequence[Chance], Expr | None, bool]]:
    """The probabilities of a file, one by one and then those of each chance step together.

    They come with the condition under which they play a part (None where that is always), and
    whether they sum to one.
    """
    scope = document.scope
    for path, text in _probabilities(document):
        if "outcomes" not in path:
            yield [(path, text, scope.number(text, path))], _when(document, path), False
    for placed in steps(document.file):
        group = []
        for result, outcome in getattr(placed.step, "outcomes", {}).items():
            where = (*placed.path, "outcomes", result, "probability")
            group.append((where, outcome.probability, scope.number(outcome.probability, where)))
        if group:
            yield group, _when(document, placed.path), True


def _when(document: SummitDocument, path: Path) -> Expr | None:
    """The condition under which a probability plays a part, None where that is always."""
    scope = document.scope
    if path[0] == "protocol":
        win = win_of(document.file, str(path[-2]))
        assert win is not None  # an earlier stage refuses a chamber without one
        return negation(scope.condition(*win))
    if path[0] != "carrying_out":
        return None
    at, step = next((p.path, p.step) for p in steps(document.file) if path[: len(p.path)] == p.path)
    if step.when is not None:
        return scope.condition(step.when, (*at, "when"))
    by = getattr(step, "by", None)
    if by is None:
        return None
    own = [term for term, spec in document.file.terms.items() if by in spec.by]
    return either(*(compare(">", name(term), 0) for term in own))


def _between(
    document: SummitDocument,
    bundles: Bundles,
    group: Sequence[Chance],
    when: Expr | None,
    sums: bool,
) -> Mistakes:
    """The first mistake in each of these probabilities, or in their sum where it must be one."""
    exprs = [expr for _, _, expr in group]
    binder = Binder(document.scope.choices)
    for setting in settings_of(document, bundles, [*exprs, *([when] if when else [])]):
        if when is not None and not binder.holds(when, setting):
            continue
        bound = [binder(expr, setting) for expr in exprs]
        found = _values(document, [*bound, total(bound)], group[0][0])
        if isinstance(found, DetenteError):
            yield found
            return
        named = frozenset[str]().union(*(expr.parameters for expr in exprs))
        said = spelled(document, {v: at for v, at in setting.items() if v in named})
        for (path, text, _), value in zip(group, found, strict=False):
            if not 0 <= value <= 1:
                yield document.error(
                    path,
                    f"a probability lies between 0 and 1; '{text}' comes to {brief(value)}{said}. "
                    f"{_rather(text, value)}{document.scope.given_in(text, 'value')}",
                )
                return
        if sums and found[-1] != 1:
            yield document.error(
                group[0][0][:-2],
                "the probabilities of these outcomes must sum to 1; they sum to "
                f"{brief(found[-1])}{said}. Correct one; with 'p' for one of two, write '1 - p' "
                "for the other.",
            )
            return


def _rather(text: str, value: Fraction) -> str:
    """What to do about a probability that is none; 90 may be meant as per cent."""
    if text.strip().replace("_", "a").isalnum() and 1 < value <= 100:
        return f"If {value} per cent is meant, write {float(value / 100):.10g}."
    return "Correct the formula or the values of its parameters."


def _values(
    document: SummitDocument, exprs: Sequence[Expr], path: Path
) -> list[Fraction] | DetenteError:
    try:
        return list(evaluate(exprs, document.scope.values))
    except DetenteError as error:
        return SummitError(
            f"{error.message} Correct the formula or the values of its parameters.",
            document.place(path),
        )


def spelled(document: SummitDocument, setting: Mapping[str, int]) -> str:
    """The levels and outcomes of a setting, for the end of a sentence."""
    choices = document.scope.choices
    parts = [
        f"{variable} = {choices[variable][at]}" if at >= 0 else f"{variable} skipped"
        for variable, at in setting.items()
    ]
    return f" where {' and '.join(parts)}" if parts else ""


def _factors(document: SummitDocument) -> Mistakes:
    """Discount factors lie above 0, up to 1."""
    for kind in ("per_round", "per_year"):
        for party, text in getattr(document.file.discount, kind).items():
            path = ("discount", kind, party)
            factor = document.scope.number(text, path)
            binder = Binder(document.scope.choices)
            settings = settings_of(document, Bundles({}, ((),), (), {}), [factor])
            found = _values(document, [binder(factor, at) for at in settings], path)
            if isinstance(found, DetenteError):
                yield found
            elif wrong := [value for value in found if not 0 < value <= 1]:
                instead = "For a rate of 10 % a year write 1/1.1."
                if wrong[0] == 0:
                    instead = (
                        "If nothing later counts, write fewer rounds or years; if it hardly "
                        "counts, a small factor, such as 0.001."
                    )
                yield document.error(
                    path,
                    "a discount factor is above 0 and at most 1 (later counts as much as now); "
                    f"'{text}' comes to {brief(wrong[0])}. {instead}",
                )


READABLE = (_readable,)
BUNDLES = (_bundles,)
SOUND = (_chances, _factors)
