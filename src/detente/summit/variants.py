"""The same summit with one quantity freed: how well cheating is seen, what it costs, patience.

Each function gives a new summit in which the quantity is a parameter, and that parameter's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from detente.errors import SummitError
from detente.files.yaml import Path
from detente.summit.summit import Summit
from detente.summit.walk import steps, worths

if TYPE_CHECKING:
    from detente.summit.model import Breach, ComplianceStep, SummitFile

Chosen = Callable[["ComplianceStep", str], bool]
"""Whether a breach, by its step and name, is meant."""


def with_detection(
    summit: Summit,
    side: str | None = None,
    *,
    step: str | None = None,
    breach: str | None = None,
    term: str | None = None,
) -> tuple[Summit, str]:
    """How likely a breach is seen becomes a parameter, from 0 to 1.

    `side`, `step`, `breach` : of breaches of this side, in this step, of this name; of all unless
        given
    `term` : of breaches that leave this term undone

    Its value is that of the file where all these breaches have the same one, else 1/2. Raises
    SummitError where there is no such breach.

    >>> summit = Summit.read('''
    ... detente: 1
    ... title: Fish for coal
    ... sides: [North, South]
    ... terms:
    ...   fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}}}}
    ...   coal: {by: South, levels: {none: , some: {worth: {North: 2, South: -1}}}}
    ... protocol: {kind: take-it-or-leave-it, proposer: South}
    ... carrying_out:
    ...   - {compliance: delivery, by: North, breaches: {keep: {undoes: fish, detected: 1/3}}}
    ... ''')
    >>> freed, name = with_detection(summit, "North")
    >>> name, freed.document.scope.values
    ('detection', {'detection': Fraction(1, 3)})
    """
    chosen = _chosen(summit, side, step, breach, term)
    name = free_name(summit, "detection")
    now = {_number(summit, text, path) for path, text in _detections(summit, chosen)}
    value = now.pop() if len(now) == 1 else None
    file = _with_breaches(
        summit.file, chosen, lambda _, spec: spec.model_copy(update={"detected": name})
    )
    spec = {"value": str(Fraction(1, 2) if value is None else value), "range": ["0", "1"]}
    return _freed(summit, file, name, spec), name


def with_penalty(summit: Summit, side: str) -> tuple[Summit, str]:
    """What being caught costs a side beyond what the file says becomes a parameter, 0 now.

    It is in the unit of payoffs and has no range: any amount from 0 on makes sense. Raises
    SummitError where the side has nothing to breach.
    """
    from detente.summit.model import Amount

    chosen = _chosen(summit, side)
    name = free_name(summit, "penalty")

    def dearer(step: ComplianceStep, spec: Breach) -> Breach:
        worth = dict(spec.caught.worth)
        amount = worth.get(side)
        if amount is None:
            worth[side] = Amount(once=f"-{name}")
        else:
            worth[side] = amount.model_copy(update={"once": f"({amount.once}) - {name}"})
        caught = spec.caught.model_copy(update={"worth": worth})
        return spec.model_copy(update={"caught": caught})

    return _freed(summit, _with_breaches(summit.file, chosen, dearer), name, {"value": "0"}), name


def with_patience(
    summit: Summit, side: str, per: Literal["year", "round"] = "year"
) -> tuple[Summit, str]:
    """What a side's later payoffs count for becomes a parameter, from 0 to 1; 0 itself is excluded.

    `per` : the factor on what comes a year later, or a round of the talks later

    Its value is that of the file, 1 where it gives none. A factor a year needs times in whole
    years: formulas of times are replaced by their values, and SummitError is raised where one is
    not whole.
    """
    _check_party(summit, side)
    name = free_name(summit, "patience")
    file = summit.file
    if per == "year":
        file = _with_whole_years(summit)
    elif summit.has_tree:
        raise SummitError("a tree written by hand has no rounds whose delay could be discounted.")
    which = f"per_{per}"
    factors: dict[str, str] = dict(getattr(file.discount, which))
    now = _number(summit, factors.get(side, "1"), ("discount", which, side))
    discount = file.discount.model_copy(update={which: {**factors, side: name}})
    file = file.model_copy(update={"discount": discount})
    spec = {"value": str(now or 1), "range": ["0", "1"]}
    return _freed(summit, file, name, spec), name

def with_inspections(summit: Summit, side: str) -> tuple[Summit, str]:
    """What share of a side's breaches that now go unseen is seen as well becomes a parameter.

    It runs from 0, the file as it is, to 1, where every breach is seen. Raises SummitError where
    the side has nothing to breach.
    """
    chosen = _chosen(summit, side)
    name = free_name(summit, "inspections")

    def seen(_: ComplianceStep, spec: Breach) -> Breach:
        return spec.model_copy(update={"detected": f"1 - (1 - ({spec.detected})) * (1 - {name})"})

    file = _with_breaches(summit.file, chosen, seen)
    return _freed(summit, file, name, {"value": "0", "range": ["0", "1"]}), name


def with_payment(
    summit: Summit, bundle: int, payer: str, payee: str, paid: Literal["signature", "compliance"]
) -> tuple[Summit, str]:
    """What one party pays a side as a part of one bundle becomes a parameter, 0 now.

    `paid` : when the bundle is signed, whatever comes after; or once every term of it is delivered,
        and not where a part of it is undone

    It is in the unit of payoffs and has no range. Raises SummitError for a tree written by hand.
    """
    from detente.summit.model import Combination

    if summit.has_tree:
        raise SummitError(
            f"'{summit.title}' is a tree written by hand: no payment can be put into it. Make one "
            "a parameter in the file."
        )
    name = free_name(summit, "payment")
    worth = {payer: f"-{name}", payee: name}
    when = _is_bundle(summit, bundle)
    first, steps = _signed_step(summit, when, worth if paid == "signature" else {})
    change: dict[str, Any] = {"carrying_out": steps}
    if paid == "compliance":
        # What is left of another bundle may be this one's levels: it was not this one that was
        # signed, and nothing is paid.
        entry = Combination(when=f"{when} and {first} == paid", worth=_amounts({}, worth))
        change["combinations"] = [*summit.file.combinations, entry]
    return _freed(summit, summit.file.model_copy(update=change), name, {"value": "0"}), name


def _is_bundle(summit: Summit, bundle: int) -> str:
    levels = summit.bundles[bundle].terms
    return " and ".join(f"{term} == '{level}'" for term, level in levels.items())


def _signed_step(summit: Summit, when: str, worth: Mapping[str, str]) -> tuple[str, list[Any]]:
    """The name of a first step that takes place where one bundle is signed, and all steps.

    All payments that are freed share it. `worth` is added to what it brings.
    """
    from detente.summit.model import ChanceOutcome, ChanceStep

    steps = list(summit.file.carrying_out)
    there = steps[0] if steps and isinstance(steps[0], ChanceStep) else None
    if there is None or there.when != when or list(there.outcomes) != ["paid"]:
        name, before = free_name(summit, "payment_made"), {}
    else:
        name, before = there.chance, there.outcomes["paid"].worth
        steps = steps[1:]
    outcome = ChanceOutcome(probability="1", worth=_amounts(before, worth))
    return name, [ChanceStep(chance=name, when=when, outcomes={"paid": outcome}), *steps]


def _amounts(before: Mapping[str, Any], more: Mapping[str, str]) -> dict[str, Any]:
    """Amounts paid once, added to others."""
    from detente.summit.model import Amount

    found = dict(before)
    for party, text in more.items():
        old = found[party].once if party in found else ""
        found[party] = Amount(once=f"{old} + {text}" if old else text)
    return found


# ── what the file has ──────────────────────────────────────────────────────────────────────────


def breachers(summit: Summit) -> tuple[str, ...]:
    """The sides that have something to breach, in file order."""
    by = {step.by for step in _compliances(summit.file)}
    return tuple(side for side in summit.sides if side in by)


def _compliances(file: SummitFile) -> Iterator[ComplianceStep]:
    from detente.summit.model import ComplianceStep

    for placed in steps(file):
        if placed.look is None and isinstance(placed.step, ComplianceStep):
            yield placed.step


def _chosen(
    summit: Summit,
    side: str | None,
    step: str | None = None,
    breach: str | None = None,
    term: str | None = None,
) -> Chosen:
    """The breaches meant; SummitError where there are none."""
    if summit.has_tree:
        raise SummitError(
            f"'{summit.title}' is a tree written by hand: it has no breaches in which a quantity "
            "could be freed. Make the quantity a parameter in the file."
        )
    if side is not None:
        _check_party(summit, side)

    def chosen(spec: ComplianceStep, name: str) -> bool:
        return (
            side in (None, spec.by)
            and step in (None, spec.compliance)
            and breach in (None, name)
            and (term is None or term in _undone(summit.file, spec, name))
        )

    every = [(spec, name) for spec in _compliances(summit.file) for name in spec.breaches]
    if not any(chosen(spec, name) for spec, name in every):
        asked = {"side": side, "step": step, "breach": breach, "term": term}
        what = " and ".join(f"{kind} '{name}'" for kind, name in asked.items() if name is not None)
        known = ", ".join(f"{name} by {spec.by} in {spec.compliance}" for spec, name in every)
        raise SummitError(
            f"'{summit.title}' has no breach{f' with {what}' if what else ''}. "
            f"Known: {known or 'none'}."
        )
    return chosen


def _undone(file: SummitFile, step: ComplianceStep, name: str) -> Sequence[str]:
    """The terms that a breach leaves undone; those of its side alone unless it says."""
    spec = step.breaches[name]
    if "undoes" in spec.model_fields_set:
        return spec.undoes
    return [term for term, part in file.terms.items() if part.by == [step.by]]


def _check_party(summit: Summit, side: str) -> None:
    if side not in summit.sides:
        raise SummitError(f"there is no side '{side}'. The sides are: {', '.join(summit.sides)}.")


def _detections(summit: Summit, chosen: Chosen) -> Iterator[tuple[Path, str]]:
    for placed in steps(summit.file):
        breaches: Mapping[str, Breach] = getattr(placed.step, "breaches", {})
        for name, spec in breaches.items() if placed.look is None else ():
            if chosen(placed.step, name):  # type: ignore[arg-type]
                yield (*placed.path, "breaches", name, "detected"), spec.detected


def _number(summit: Summit, text: str, path: Path) -> Fraction | None:
    """A pure number at the file's values; None where terms, steps or types decide it."""
    from detente.game.expressions import evaluate

    expr = summit.document.scope.number(text, path)
    values = summit.document.scope.values
    return evaluate([expr], values)[0] if expr.parameters <= values.keys() else None


def free_name(summit: Summit, wanted: str) -> str:
    """A name for a parameter that means nothing else in the file."""
    file, scope = summit.file, summit.document.scope
    taken = {*file.parameters, *file.derived, *file.sides, *file.observers, "round"}
    for variable, options in scope.choices.items():
        taken.update((variable, *options))
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


# ── the file rewritten ─────────────────────────────────────────────────────────────────────────


def _freed(summit: Summit, file: SummitFile, name: str, spec: Mapping[str, Any]) -> Summit:
    """The summit of a changed file with one more parameter."""
    from detente.summit.check import check
    from detente.summit.model import ParameterSpec

    parameters = {**file.parameters, name: ParameterSpec(**spec)}
    file = file.model_copy(update={"parameters": parameters})
    document = replace(summit.document, file=file)
    check(document)
    return Summit(document)


def _with_breaches(
    file: SummitFile, chosen: Chosen, change: Callable[[ComplianceStep, Breach], Breach]
) -> SummitFile:
    """The file with the chosen breaches changed."""
    from detente.summit.model import ComplianceStep, SimultaneousSteps

    def changed(item: Any) -> Any:
        if isinstance(item, SimultaneousSteps):
            found = [changed(step) for step in item.simultaneous]
            return item.model_copy(update={"simultaneous": found})
        if not isinstance(item, ComplianceStep):
            return item
        breaches = {
            name: change(item, spec) if chosen(item, name) else spec
            for name, spec in item.breaches.items()
        }
        return item.model_copy(update={"breaches": breaches})

    return file.model_copy(update={"carrying_out": [changed(item) for item in file.carrying_out]})


def _with_whole_years(summit: Summit) -> SummitFile:
    """The file with plain whole numbers for its times; SummitError where one is not whole."""
    file = summit.file
    if summit.has_tree:
        raise SummitError(
            f"'{summit.title}' is a tree written by hand: it has no years that could be "
            "discounted. Make the discount factor a parameter in the file."
        )
    if file.horizon is None and not any(a.years for _, w in worths(file) for a in w.values()):
        raise SummitError(
            f"'{summit.title}' counts no years: nothing in it is worth something per year, so "
            "that a discount factor a year has nothing to act on."
        )
    changes: dict[str, Any] = {}
    if file.horizon is not None:
        changes["horizon"] = _whole(summit, file.horizon, ("horizon",))
    after = _whole(summit, file.snap_back.after, ("snap_back", "after"))
    changes["snap_back"] = file.snap_back.model_copy(update={"after": after})
    for path, worth in worths(file):
        for party, amount in worth.items():
            if amount.years is not None:
                _whole(summit, amount.years, (*path, party, "years"), plainly=True)
    return file.model_copy(update=changes)


def _whole(summit: Summit, text: str, path: Path, plainly: bool = False) -> str:
    """A time as a plain number; `plainly` refuses formulas, as they are not replaced."""
    from detente.game.expressions import evaluate

    scope = summit.document.scope
    expr = scope.years(text, path)
    years = evaluate([expr], scope.values)[0]
    if years.denominator != 1 or (plainly and not expr.is_constant):
        raise SummitError(
            "a discount factor a year needs times in whole years"
            f"{' and no formulas' if years.denominator == 1 else ''}; '{text}' is {years}. "
            "Ask at whole values of the parameters in it, or write whole years into the file.",
            scope.place(path),
        )
    return str(years)
