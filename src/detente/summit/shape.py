"""What is wrong with the shape of a summit file, in words for its author.

pydantic finds the mistakes; here each becomes one sentence that says where, what was found and what
to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, SummitError
from detente.files.yaml import Marks, Path, Step
from detente.game.expressions import comma_in_number
from detente.summit.scope import closest

if TYPE_CHECKING:
    from pydantic import ValidationError

MAX_MISTAKES = 5
"""How many mistakes one error lists."""

_LATER = {
    "range": "continuous terms (any amount in a range) are not supported yet in this version. Name "
    "the levels that matter by words, as in levels: [none, some, all].",
}

_ELSEWHERE = {
    "simultaneous": "moves made at once stand in the carrying-out, as an entry 'simultaneous: "
    "[step, step]'; talks in which both sides propose at once are the protocol "
    "'simultaneous-offers'; in a tree write one move after the other, and give the nodes of the "
    "later side the same 'infoset'.",
    "conflict": "a file with this key holds a conflict, not a summit: read it with detente.load, "
    "and judge it with `detente graph`.",
    "types": "the types of a side stand beside 'sides', at the beginning of a line, as in "
    "types: {DPRK: {sincere: 3/5, hedging: 2/5}}.",
    "prior": "how likely a type is stands beside it, as in types: {DPRK: {sincere: 3/5, hedging: "
    "2/5}}; how likely types of several sides are together stands under 'prior', beside 'types'.",
}
"""Words of the format that stand in another place than people may look for them."""

_NO_SPACE = "'{}' is read as one word. Put a space after the colon."
_NO_SPACE_DASH = "Put a space after each dash of a list, as in '- US'."

_OTHER_WORDS = {
    "value": "worth",
    "values": "worth",
    "payoff": "worth",
    "payoffs": "worth",
    "utility": "worth",
    "utilities": "worth",
    "players": "sides",
    "parties": "sides",
    "third_parties": "observers",
    "side": "by",
    "who": "by",
    "player": "by",
    "description": "note",
    "comment": "note",
    "text": "name",
    "title": "name",
    "version": "detente",
    "yearly": "per_year",
    "annual": "per_year",
    "duration": "years",
    "if": "when",
    "condition": "when",
    "win": "when",
    "probability": "detected",
    "steps": "carrying_out",
    "implementation": "carrying_out",
    "constraints": "feasible",
    "synergies": "combinations",
    "disagreement": "breakdown",
    "children": "moves",
    "actions": "moves",
}

_EXAMPLES = {
    "detente": "Start the file with 'detente: 1', the version of the format.",
    "title": "Add, for example, 'title: Kumgang for Yongbyon'.",
    "sides": "Add, for example, 'sides: {US: United States, DPRK: North Korea}'.",
    "value": "Add, for example, 'value: 50'.",
    "by": "Say whose it is, for example 'by: US'.",
    "levels": "Add, for example, 'levels: [none, partial, full]'; the first concedes nothing.",
    "when": "Add a condition, for example 'when: relief == full'.",
    "worth": "Add, for example, 'worth: {US: 3, DPRK: -1}'.",
    "kind": "Add 'kind: ' with one of: take-it-or-leave-it, alternating-offers, mediator, "
    "ratification.",
    "proposer": "Say who proposes, for example 'proposer: US'.",
    "rounds": "Say how many rounds there are, for example 'rounds: 3'.",
    "order": "Say who proposes first, second, …, for example 'order: [DPRK, US]'.",
    "mediator": "Say which side mediates, for example 'mediator: ROK'.",
    "talks": "Add the talks that lead to the deal, for example 'talks: {kind: take-it-or-leave-it, "
    "proposer: US}'.",
    "chambers": "Add, for example, 'chambers: {US: {win: yongbyon == full, falls: 1/2}}'.",
    "falls": "Say how likely the deal falls without a win, for example 'falls: 1/2'.",
    "probability": "Add, for example, 'probability: 1/4'.",
    "outcomes": "Add, for example, 'outcomes: {holds: 3/4, fails: 1/4}'.",
    "options": "Add, for example, 'options: [enforce, relax]'; the first counts as compliance.",
    "breaches": "Add, for example, 'breaches: {cheat: {detected: 0.9}}'.",
    "detects": "Say how likely a breach is seen where the side looks, for example 'detects: 0.9'.",
    "types": "Name a type of each side, for example 'types: {DPRK: sincere, US: weak}'.",
    "detected": "Say how likely it is seen, for example 'detected: 0.9'.",
    "between": "Name two parameters, for example 'between: [fees, cost]'.",
    "weight": "Add, for example, 'weight: 1/3'.",
    "values": "Add, for example, 'values: {fees: 40, cost: 3}'.",
    "of": "Name the parameters, for example 'of: [fees, cost]'.",
    "scenarios": "Add, for example, 'scenarios: [{weight: 1, values: {fees: 40}}]'.",
}

_NAMING = (
    "parameters", "derived", "terms", "levels", "types", "outcomes", "options", "breaches", "worth",
    "moves",
)  # fmt: skip
"""Keys under which the file gives names of its own."""


def listed(mistakes: Iterable[DetenteError]) -> DetenteError:
    """One error for all: the first in the file, then up to four more, one a line."""
    unique = {(str(m.place), m.message): m for m in mistakes}
    ordered = sorted(
        unique.values(), key=lambda m: (m.place.line, m.place.column) if m.place else (0, 0)
    )
    first, rest = ordered[0], ordered[1:]
    if not rest:
        return first
    lines = [first.message, *(str(mistake) for mistake in rest[: MAX_MISTAKES - 1])]
    if len(rest) >= MAX_MISTAKES:
        lines.append(f"… and {len(rest) - MAX_MISTAKES + 1} more.")
    return type(first)("\n".join(lines), first.place)


@dataclass(frozen=True)
class Words:
    """The words of a format, for its messages.

    `examples` : key → how it is written
    `others` : what people may write → the key that they mean
    `naming` : keys under which a file gives names of its own
    """

    examples: Mapping[str, str]
    others: Mapping[str, str]
    naming: Collection[str]


SUMMIT = Words(_EXAMPLES, _OTHER_WORDS, _NAMING)


def shape_error(
    error: ValidationError, data: Mapping[str, Any], marks: Marks, words: Words = SUMMIT
) -> DetenteError:
    """The readable form of what pydantic found in `data`."""
    return listed(_mistake(found, data, marks, words) for found in error.errors(include_url=False))


def _mistake(
    found: Mapping[str, Any], data: Mapping[str, Any], marks: Marks, words: Words
) -> SummitError:
    path = _path(found["loc"])
    kind, context = found["type"], found.get("ctx", {})
    if kind == "unknown_key":
        path = (*path, context["keys"][0])
        message = _unknown_key(path, context, data, words)
    elif kind == "missing":
        message = _missing(path, words)
    elif kind == "value_error" and ":" in str(path[-1]):
        message = f"in {_said(path[:-1])}: {_NO_SPACE.format(path[-1])}"
    elif kind == "value_error":
        message = f"in {_said(path)}: {context['error']}"
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        path, message = _no_kind(path, found["input"])
    else:
        message = _wrong_sort(path, kind, found["input"], words)
    return SummitError(message, marks.place(path, key=kind == "unknown_key"))


def _path(loc: Sequence[Step]) -> Path:
    """The path in the file: without the tags by which pydantic tells kinds apart."""
    path: list[Step] = []
    tag_next = False
    for i, step in enumerate(loc):
        if not tag_next and step != "[key]":
            path.append(step)
        before_tag = (step in ("protocol", "talks") and i < 4) or (
            isinstance(step, int) and path[-2] in ("carrying_out", "simultaneous") and len(path) < 5
        )
        tag_next = before_tag and not tag_next
    return tuple(path)


def _said(path: Path) -> str:
    """The path in words: terms.relief.levels, carrying_out item 2."""
    words = ""
    for step in path:
        words += f" item {step + 1}" if isinstance(step, int) else f"{'.' if words else ''}{step}"
    return words or "the file"


def _inside(path: Path) -> str:
    return f"in {_said(path)}" if path else "in this file"


def _unknown_key(
    path: Path, context: Mapping[str, Any], data: Mapping[str, Any], words: Words
) -> str:
    key, known = str(path[-1]), context["known"]
    part = context["part"]
    if key in _LATER and part in ("Term", "Level"):
        return f"{_inside(path[:-1])}: {_LATER[key]}"
    if key in _ELSEWHERE:
        return f"{_inside(path[:-1])}: {_ELSEWHERE[key]}"
    if ":" in key:
        return f"{_inside(path[:-1])}: {_NO_SPACE.format(key)}"
    if key.isdecimal() and (number := _cut_at_comma(path, data)):
        return f"{_inside(path[:-1])}: {number}"
    other = words.others.get(key.lower(), "")
    hint = f"Did you mean '{other}'? " if other in known else closest(key, known)
    if not hint and "worth" in known and key in _parties(data):
        hint = f"What {key} gets goes under 'worth', as in worth: {{{key}: 1}}. "
    return f"{_inside(path[:-1])}: there is no key '{key}'. {hint}Known keys: {', '.join(known)}."


def _cut_at_comma(path: Path, data: Any) -> str:
    """What is wrong with `{value: 0,9}`, two entries to YAML; empty if it is something else."""
    for step in path[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return ""
    keys = list(data) if isinstance(data, dict) else []
    at = keys.index(path[-1]) if path[-1] in keys else 0
    before = data[keys[at - 1]] if at else None
    if not isinstance(before, str) or not re.fullmatch(r"-?\d+", before):
        return ""
    return (
        f"'{before},{path[-1]}' is read as {before} and a key '{path[-1]}'. "
        f"{comma_in_number(before, str(path[-1]))}"
    )


def _parties(data: Mapping[str, Any]) -> set[str]:
    return {party for key in ("sides", "observers") for party in data.get(key) or ()}


def _missing(path: Path, words: Words) -> str:
    name = str(path[-1])
    return f"{_inside(path[:-1])}: '{name}' is missing. {_example(path, words) or 'Add it.'}"


def _example(path: Path, words: Words) -> str:
    """How what is needed at a path is written; empty where its last key is a name of the file's."""
    if path == ("types",):
        return "Name the types of a side, as in types: {DPRK: {sincere: 3/5, hedging: 2/5}}."
    if path[:2] == ("consent", "also") and path[-1] == "sides":
        return "Say whose consent it adds, for example 'sides: ROK'."
    if not path or (len(path) > 1 and path[-2] in words.naming):
        return ""
    return words.examples.get(str(path[-1]), "")


def _no_kind(path: Path, found: Any) -> tuple[Path, str]:
    """A protocol or a step that is none of those known."""
    if path and path[0] == "carrying_out":
        return _no_step(path, found)
    known = ["take-it-or-leave-it", "alternating-offers", "mediator", "simultaneous-offers"]
    if path[-1] == "protocol":
        known.append("ratification")
    if not isinstance(found, dict) or found.get("kind") is None:
        return path, f"{_inside(path)}: 'kind' is missing. Add one of: {', '.join(known)}."
    kind = str(found["kind"])
    return (*path, "kind"), (
        f"{_inside(path)}: there is no protocol '{kind}'. {closest(kind, known)}"
        f"Known protocols: {', '.join(known)}. Any other can be written out under 'tree'."
    )


def _no_step(path: Path, found: Any) -> tuple[Path, str]:
    kinds = ["chance", "choice", "compliance"]
    forms = (
        "A step is one of 'chance: NAME' (nobody decides), 'choice: NAME' (a side's move that is "
        "no breach) and 'compliance: NAME' (a side complies or cheats)"
    )
    if "simultaneous" in path:
        forms += "."
    else:
        kinds.append("simultaneous")
        forms += "; 'simultaneous: [step, step]' has several of them taken at once."
    keys = list(found) if isinstance(found, dict) else []
    several = [kind for kind in kinds if kind in keys]
    if several:
        both = " and ".join(f"'{kind}'" for kind in several)
        return (*path, several[1]), f"{_inside(path)}: a step has only one of {both}. {forms}"
    near = next((key for key in keys if closest(key, kinds)), keys[0] if keys else "")
    where = (*path, near) if near else path
    return where, f"{_inside(path)}: this step does not say its kind. {closest(near, kinds)}{forms}"


_SORTS = {
    "string_type": "a single text, number or formula is needed",
    "dict_type": "entries 'key: value' are needed",
    "model_type": "entries 'key: value' are needed",
    "model_attributes_type": "entries 'key: value' are needed",
    "list_type": "a list is needed, as in [a, b]",
}


def _wrong_sort(path: Path, kind: str, found: Any, words: Words) -> str:
    needed = _SORTS.get(kind, "something else is needed")
    name = str(path[-1]) if path else ""
    example = _example(path, words)
    if found is None:
        return f"{_inside(path[:-1])}: '{name}' is empty, but {needed}. {example}".rstrip()
    sort = "a list" if isinstance(found, list) else "a mapping"
    if isinstance(found, str):
        sort = f"the text '{found if len(found) < 40 else found[:39] + '…'}'"
        if re.match(r"-[^\W\d]", found):
            example = _NO_SPACE_DASH
    return (
        f"{_inside(path)}: {sort} stands here, but {needed}. "
        f"{example or 'Compare with the example in docs/format.md.'}"
    )
