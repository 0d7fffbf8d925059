"""The carrying-out of a bundle told step by step, as compliance leads through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from detente.game.tree import CHANCE
from detente.stability.case import Case
from detente.stability.words import plain

MAX_SCENES = 60
"""Nodes of the carrying-out that are told; the rest is left out."""

Past = tuple[tuple[str, str], ...]
"""What chance and free choices have brought so far: (step, outcome)."""


@dataclass(frozen=True)
class Scene:
    """One step: after which pasts it happens, what it is, and its lines.

    `kept` : whether play comes here, no side having broken the deal before
    """

    pasts: tuple[Past, ...]
    heading: str
    lines: tuple[str, ...]
    kept: bool


def carrying_out(judged: Case, signed: int | None) -> Iterator[str]:
    """Every step that compliance leads to, in order, with what each move brings."""
    if signed is None:
        yield "It is signed nowhere."
        return
    scenes, left_out = _scenes(judged, signed)
    if not scenes:
        yield "Nothing is left to decide once it is signed."
    else:
        yield "Amounts count from the move on, with all that follows; what came before is left out."
    told_of_breach = False
    for number, scene in enumerate(_merged(scenes), start=1):
        if not scene.kept and not told_of_breach:
            told_of_breach = True
            yield "What follows is not reached; it tells what keeping the deal would have led to."
        yield f"{number}. {_context(scene.pasts)}{scene.heading}"
        yield from (f"  {line}" for line in scene.lines)
    if left_out:
        yield "… and so on: the rest is left out here."


def _scenes(judged: Case, signed: int) -> tuple[list[Scene], bool]:
    found: list[Scene] = []
    arriving: dict[int, tuple[Past, bool]] = {signed: ((), True)}
    for node in range(signed, judged.game.num_nodes):
        if node not in arriving:
            continue
        past, kept = arriving.pop(node)
        if not judged.continuation.children(node):
            continue
        if len(found) == MAX_SCENES:
            return found, True
        scene, onwards = _scene(judged, node, past, kept)
        found.append(scene)
        for child, later, reached in onwards:
            arriving.setdefault(child, (later, reached))
    return found, False


def _scene(
    judged: Case, node: int, past: Past, kept: bool
) -> tuple[Scene, list[tuple[int, Past, bool]]]:
    """What is told of a node, and where compliance goes from it."""
    continuation = judged.continuation
    children, actions = continuation.children(node), continuation.actions(node)
    name = judged.game.describe(node).strip("'")
    if continuation.mover[node] == CHANCE:
        odds = continuation.probabilities(node)
        said = ", ".join(
            f"{action}{_meaning(judged, action)} with probability {plain(p)}"
            for action, p in zip(actions, odds, strict=True)
        )
        onwards = [
            (child, (*past, (name, action)), kept)
            for child, action in zip(children, actions, strict=True)
        ]
        return Scene((past,), f"Chance decides on {name}: {said}.", (), kept), onwards
    party = judged.game.players[continuation.mover[node]]
    # Generated labels name the party themselves: 'DPRK: comply or restart'.
    label = name if name.startswith(f"{party}:") else f"{party}, {name}"
    scene = Scene((past,), f"{label}.", tuple(_options(judged, node)), kept)
    complying = [child for child in children if child not in judged.broken]
    chosen = continuation.chosen(node)
    if len(complying) < len(children):
        goes_on = kept and chosen not in judged.broken
        return scene, [(complying[0], past, goes_on)] if complying else []
    action = actions[children.index(chosen)]
    step = judged.wording.step(party, actions) or label
    return scene, [(chosen, (*past, (step, action)), kept)]


def _meaning(judged: Case, move: str) -> str:
    meaning = judged.wording.names.get(move)
    return f" ({meaning})" if meaning else ""


# ── telling where a step happens ───────────────────────────────────────────────────────────────


def _merged(scenes: list[Scene]) -> list[Scene]:
    """Steps that are alike whatever happened before are told once."""
    found: dict[tuple[object, ...], Scene] = {}
    for scene in scenes:
        key = (scene.heading, scene.lines, scene.kept, len(scene.pasts[0]))
        known = found.get(key)
        found[key] = replace(known, pasts=known.pasts + scene.pasts) if known else scene
    return list(found.values())


def _context(pasts: tuple[Past, ...]) -> str:
    """'If route is found, and enforcement holds or erodes: '."""
    if not pasts[0]:
        return ""
    steps = [{past[i][0]: None for past in pasts} for i in range(len(pasts[0]))]
    outcomes = [{past[i][1]: None for past in pasts} for i in range(len(pasts[0]))]
    combinations = 1
    for names in outcomes:
        combinations *= len(names)
    if all(len(step) == 1 for step in steps) and combinations == len(set(pasts)):
        parts = [f"{next(iter(s))}: {' or '.join(o)}" for s, o in zip(steps, outcomes, strict=True)]
        return f"[{', '.join(parts)}] "
    return " or ".join(f"[{', '.join(f'{s}: {o}' for s, o in past)}]" for past in pasts) + " "


# ── a decision ─────────────────────────────────────────────────────────────────────────────────


def _options(judged: Case, node: int) -> Iterator[str]:
    continuation = judged.continuation
    player = continuation.mover[node]
    best = continuation.ties(node)
    for i, child in enumerate(continuation.children(node)):
        action = continuation.actions(node)[i]
        breach = child in judged.broken
        brings = judged.wording.amount(continuation.value(child, player))
        move = judged.wording.by(action)
        mark = ""
        if continuation.choice[node] == i:
            mark = ": it breaks the deal here" if breach else ": this is what it does"
        if i in best:
            mark += ", though indifferent" if mark else ": just as good"
        yield f"{move[:1].upper()}{move[1:]} brings it {brings}{mark}."
        if breach:
            yield from (f"  {line}" for line in _aftermath(judged, child))


def _aftermath(judged: Case, node: int) -> Iterator[str]:
    """What follows a breach: whether it is seen, and how those who may answer it do."""
    continuation = judged.continuation
    if continuation.mover[node] != CHANCE:
        yield from _replies(judged, node)
        return
    rows = zip(
        continuation.children(node),
        continuation.actions(node),
        continuation.probabilities(node),
        strict=True,
    )
    for child, action, probability in rows:
        if probability == 0:
            continue
        replies = list(_replies(judged, child))
        tail = f": {'; '.join(replies)}" if replies else ""
        odds = "for sure" if probability == 1 else f"with probability {plain(probability)}"
        yield f"This is {action} {odds}{tail}."


def _replies(judged: Case, node: int) -> Iterator[str]:
    """The decisions that follow at once, up to the next chance to break the deal.

    First the answers to the breach, then free choices, each a step of its own.
    """
    continuation = judged.continuation
    while continuation.mover[node] >= 0:
        children, actions = continuation.children(node), continuation.actions(node)
        if not judged.broken.isdisjoint(children):
            return
        party = continuation.game.players[continuation.mover[node]]
        chosen = int(continuation.choice[node])
        move = judged.wording.by(actions[chosen])
        comparison = _comparison(judged, node, chosen)
        if set(actions) == _ANSWERS or not judged.by_protocol:
            yield f"{party} answers by {move}{comparison}"
        else:
            step = judged.wording.step(party, actions) or judged.game.describe(node).strip("'")
            yield f"then comes the step ‘{step}’, where {party} chooses {move}{comparison}"
        node = children[chosen]


def _comparison(judged: Case, node: int, chosen: int) -> str:
    """What a decision brings its side against the other ways."""
    continuation = judged.continuation
    children, actions = continuation.children(node), continuation.actions(node)
    if len(children) < 2:
        return ""
    worth = [plain(continuation.value(child, continuation.mover[node])) for child in children]
    against = ", ".join(
        f"{judged.wording.briefly(action)} {value}"
        for i, (action, value) in enumerate(zip(actions, worth, strict=True)) if i != chosen
    )
    return f" (that brings it {worth[chosen]}, {against})"


_ANSWERS = {"uphold", "snap back"}
"""The moves by which sides answer a breach in a generated game."""
