"""Rules about the numbers of a summit file: parameters, ranges, distributions, time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, SummitError
from detente.files.yaml import Path
from detente.game.units import Unit
from detente.summit.scope import closest
from detente.summit.walk import worths

if TYPE_CHECKING:
    from detente.summit.reading import SummitDocument

Mistakes = Iterator[DetenteError]

NEVER = "never"
"""What `mend` says of a change that cannot be made."""

MAX_YEARS = 1000
"""The longest time in years, where it must be whole."""

DISTRIBUTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...], bool]] = {
    # kind: (fields that must be there, fields that may, whether a range is needed)
    "uniform": ((), (), True),
    "triangular": ((), ("mode",), True),
    "normal": (("sd",), ("mean",), False),
    "lognormal": (("sd",), ("mean",), False),
    "beta": (("a", "b"), (), False),
}
"""What a distribution must and may say. `mode` and `mean` default to the parameter's value."""


def _units(document: SummitDocument) -> Mistakes:
    scope = document.scope
    units: list[tuple[str | None, Path]] = [(document.file.unit, ("unit",))]
    units += [(p.unit, ("parameters", n, "unit")) for n, p in document.file.parameters.items()]
    for text, path in units:
        try:
            if text is not None:
                Unit.parse(text)
        except DetenteError as error:
            yield SummitError(error.message, scope.place(path))


def _parameters(document: SummitDocument) -> Mistakes:
    scope = document.scope
    for name, spec in document.file.parameters.items():
        path = ("parameters", name)
        try:
            value = scope.constant(spec.value, (*path, "value"))
            ends = [
                scope.constant(end, (*path, "range", i)) for i, end in enumerate(spec.range or ())
            ]
        except DetenteError as error:
            yield error
            continue
        if ends and not ends[0] <= value <= ends[1]:
            order = (
                "ends below its start" if ends[0] > ends[1] else f"does not contain {spec.value}"
            )
            yield document.error(
                (*path, "range"),
                f"the range of '{name}', {' to '.join(spec.range or ())}, {order}. A range goes "
                "from the least to the greatest value and contains 'value': correct one of the "
                "three.",
            )
        elif spec.distribution is not None:
            yield from _distribution(document, name, value, ends)


def _distribution(
    document: SummitDocument, name: str, value: Fraction, ends: Sequence[Fraction]
) -> Mistakes:
    given = document.file.parameters[name].distribution
    path: Path = ("parameters", name, "distribution")
    fields: dict[str, Any] = dict(given) if isinstance(given, dict) else {"kind": given}
    kind = fields.pop("kind", None)
    if kind not in DISTRIBUTIONS:
        yield document.error(
            path,
            f"the distribution of '{name}' is "
            f"{f'unknown: {kind!r}' if kind else 'without a kind'}. "
            f"{closest(str(kind), list(DISTRIBUTIONS))}Known kinds: {', '.join(DISTRIBUTIONS)}. "
            "Write, for example, 'uniform' or {kind: normal, sd: 2}.",
        )
        return
    needed, allowed, with_range = DISTRIBUTIONS[kind]
    if with_range and not ends:
        yield document.error(
            path, f"a {kind} distribution needs a range. Add range: [least, greatest] to '{name}'."
        )
    known = ", ".join((*needed, *allowed)) or "none"
    for field in needed:
        if fields.get(field) is None:
            yield document.error(
                path, f"a {kind} distribution needs '{field}'. Add it; its fields are: {known}."
            )
    for field, text in fields.items():
        if field not in (*needed, *allowed):
            yield SummitError(
                f"a {kind} distribution has no field '{field}'. Its fields are: {known}.",
                document.place((*path, field), key=True),
            )
        elif text is not None:
            yield from _field(document, (*path, field), text, ends)
    if kind == "lognormal" and value <= 0 and "mean" not in fields:
        yield document.error(path, f"a lognormal quantity is above zero, and '{name}' is {value}.")


def _field(document: SummitDocument, path: Path, text: Any, ends: Sequence[Fraction]) -> Mistakes:
    field = path[-1]
    if not isinstance(text, str):
        yield document.error(path, f"'{field}' is a plain number. Write one.")
        return
    try:
        number = document.scope.constant(text, path)
    except DetenteError as error:
        yield error
        return
    if field in ("sd", "a", "b") and number <= 0:
        yield document.error(path, f"'{field}' must be above zero; found {text}. Correct it.")
    if field == "mode" and ends and not ends[0] <= number <= ends[1]:
        yield document.error(path, f"the mode {text} lies outside the range. Correct one of them.")


# ── how parameters move together ───────────────────────────────────────────────────────────────


def _not_a_parameter(document: SummitDocument, name: str, path: Path) -> Mistakes:
    known = list(document.file.parameters)
    if name not in known:
        yield SummitError(
            f"there is no parameter '{name}'. {closest(name, known)}Known parameters: "
            f"{', '.join(known) or 'none'}. Add it under 'parameters', or correct the spelling.",
            document.place(path),
        )


def _correlations(document: SummitDocument) -> Mistakes:
    matrix: dict[tuple[str, str], Fraction] = {}
    sound = True
    for i, correlation in enumerate(document.file.correlations):
        path: Path = ("correlations", i)
        first, second = correlation.between
        mistakes = [
            *_not_a_parameter(document, first, (*path, "between", 0)),
            *_not_a_parameter(document, second, (*path, "between", 1)),
        ]
        if first == second or (first, second) in matrix:
            what = "with itself" if first == second else f"with '{second}' above as well"
            mistakes.append(
                document.error(
                    (*path, "between"), f"'{first}' is correlated {what}. Give each pair once."
                )
            )
        try:
            value = document.scope.constant(correlation.value, (*path, "value"))
        except DetenteError as error:
            mistakes.append(error)
            value = Fraction(0)
        if not -1 <= value <= 1:
            mistakes.append(
                document.error(
                    (*path, "value"),
                    f"a correlation lies between -1 and 1; found {correlation.value}. Correct it.",
                )
            )
        matrix[first, second] = matrix[second, first] = value
        sound = sound and not mistakes
        yield from mistakes
    if sound and not _positive_semidefinite(matrix):
        yield document.error(
            ("correlations",),
            "no quantities can be correlated like this: the correlations contradict each other "
            "(the matrix is not positive semidefinite). Move them closer to zero, or remove one.",
        )


def _positive_semidefinite(entries: dict[tuple[str, str], Fraction]) -> bool:
    """Whether ones on the diagonal and these entries make a matrix that draws can have. Exact."""
    names = list(dict.fromkeys(name for pair in entries for name in pair))
    rows = [[entries.get((a, b), Fraction(int(a == b))) for b in names] for a in names]
    for k, pivot_row in enumerate(rows):
        pivot = pivot_row[k]
        if pivot < 0 or (pivot == 0 and any(pivot_row[k:])):
            return False
        for row in rows[k + 1 :]:
            if row[k]:
                factor = row[k] / pivot
                row[k:] = [x - factor * y for x, y in zip(row[k:], pivot_row[k:], strict=True)]
    return True


def _joint(document: SummitDocument) -> Mistakes:
    taken: dict[str, str] = {
        name: "'correlations'" for c in document.file.correlations for name in c.between
    }
    for i, joint in enumerate(document.file.joint):
        path: Path = ("joint", i)
        for j, name in enumerate(joint.of):
            yield from _not_a_parameter(document, name, (*path, "of", j))
            if name in taken:
                yield document.error(
                    (*path, "of", j),
                    f"'{name}' is drawn here and under {taken[name]}. Keep one of the two.",
                )
            taken[name] = "'joint'"
        yield from _scenarios(document, i)


def _scenarios(document: SummitDocument, i: int) -> Mistakes:
    joint, path = document.file.joint[i], ("joint", i, "scenarios")
    weights = []
    for k, scenario in enumerate(joint.scenarios):
        if set(scenario.values) != set(joint.of):
            yield document.error(
                (*path, k, "values"),
                f"a scenario gives a value to each of {', '.join(joint.of)}; found "
                f"{', '.join(scenario.values) or 'none'}. Add or remove what differs.",
            )
        try:
            weights.append(document.scope.constant(scenario.weight, (*path, k, "weight")))
            for name, text in scenario.values.items():
                yield from _in_its_range(document, name, text, (*path, k, "values", name))
        except DetenteError as error:
            yield error
            return
    if any(weight < 0 for weight in weights) or sum(weights) != 1:
        yield document.error(
            path,
            f"the weights of the scenarios are {', '.join(map(str, weights)) or 'missing'}; they "
            f"must not be negative and sum to 1, not {sum(weights)}. Correct them.",
        )


def _in_its_range(document: SummitDocument, name: str, text: str, path: Path) -> Mistakes:
    """What is wrong with a value that a scenario gives; a broken range is told of elsewhere."""
    value, spec = document.scope.constant(text, path), document.file.parameters.get(name)
    if spec is None or not spec.range:
        return
    try:
        low, high = (document.scope.constant(end, path) for end in spec.range)
    except DetenteError:
        return
    if low <= high and not low <= value <= high:
        yield document.error(
            path,
            f"the value of '{name}' in this scenario, {text}, lies outside its range, "
            f"{' to '.join(spec.range)}. Correct one of the two.",
        )


# ── time ───────────────────────────────────────────────────────────────────────────────────────


def _time(document: SummitDocument) -> Mistakes:
    file = document.file
    whole = bool(file.discount.per_year)
    lengths: list[tuple[str, Path]] = [(file.snap_back.after, ("snap_back", "after"))]
    if file.horizon is not None:
        lengths.append((file.horizon, ("horizon",)))
    for path, worth in worths(file):
        for party, amount in worth.items():
            if amount.years is not None:
                lengths.append((amount.years, (*path, party, "years")))
            elif amount.per_year != "0" and file.horizon is None:
                yield document.error(
                    (*path, party, "per_year"),
                    "a yearly amount needs to know for how many years. Add 'horizon: 10' (for "
                    "all of them) to the file, or 'years: 10' to this amount.",
                )
    for text, path in lengths:
        yield from _length(document, text, path, whole)


def _length(document: SummitDocument, text: str, path: Path, whole: bool) -> Mistakes:
    from detente.game.expressions import evaluate

    try:
        expr = document.scope.years(text, path)
        years = evaluate([expr], document.scope.values)[0]
    except DetenteError as error:
        yield error if error.place else SummitError(error.message, document.place(path))
        return
    if years < 0:
        yield document.error(path, f"a time cannot be negative; found {text}. Correct it.")
    elif whole and not (expr.is_constant and years.denominator == 1 and years <= MAX_YEARS):
        yield document.error(
            path,
            f"with a discount per year, a time is a whole number of years up to {MAX_YEARS} and no "
            f"formula; found {text}. Write a plain number, or drop discount.per_year.",
        )


def _mend(document: SummitDocument) -> Mistakes:
    """Costs of changes: of things that the file has, each a number above zero or `never`."""
    spec, kinds = document.file.mend, ("payment", "penalty", "inspections", "patience", "protocol")
    costs: list[tuple[Path, str]] = [
        (("mend", kind), text) for kind in kinds if (text := getattr(spec, kind)) is not None
    ]
    for key, known in (("parameters", document.file.parameters), ("terms", document.file.terms)):
        given: dict[str, str] = getattr(spec, key)
        costs += [(("mend", key, name), text) for name, text in given.items()]
        for name in given.keys() - known.keys():
            yield document.error(
                ("mend", key, name),
                f"mend: there is no {key[:-1]} '{name}'. {closest(name, known)}Known: "
                f"{', '.join(known) or 'none'}. Correct the spelling, or remove it.",
            )
    for path, text in costs:
        if text == NEVER:
            continue
        try:
            cost = document.scope.constant(text, path)
        except DetenteError as error:
            yield error
            continue
        if cost <= 0:
            yield document.error(
                path,
                f"a change costs more than nothing; found {text}. Write a number above zero, or "
                f"'{NEVER}' for what cannot be changed.",
            )


RULES = (_units, _parameters, _correlations, _joint, _time, _mend)
