"""Moves and states of a conflict in words: who does what, and what that brings it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from detente.conflict.conflict import Conflict, Options
from detente.stability.graph.from_summit import SummitConflict
from detente.stability.graph.search import Step
from detente.stability.words import amount, listed, quoted


def state_named(conflict: Conflict, state: int) -> str:
    """A state inside a sentence: 'state 7', '‘kumgang + full’', 'no agreement'."""
    name = conflict.states[state]
    if not isinstance(conflict, SummitConflict):
        return quoted(name) if " " in name else f"state {name}"
    assert conflict.options is not None
    if not conflict.options.level[state, 0]:
        return name
    conceded = conflict.options.level[state, 1:].any()
    return quoted(name) if conceded else "an agreement that concedes nothing"


def who_told(conflict: Conflict, sides: Iterable[int]) -> str:
    """Those who make a move: 'US', 'US and DPRK'."""
    return listed(conflict.who(sides))


def told(conflict: Conflict, steps: Sequence[Step]) -> str:
    """Moves in words, one after the other.

    >>> one, other = Step(frozenset([0]), 0, 1), Step(frozenset([1]), 1, 2)
    >>> told(Conflict.of({"A": [(0, 1)], "B": [(1, 2)]}, [[1, 2, 3], [1, 2, 3]]), [one, other])
    'A moves to state 2, B moves to state 3'
    """
    return ", ".join(deed(conflict, step) for step in steps)


def deed(conflict: Conflict, step: Step) -> str:
    """One move in words: who does what, and where that leads."""
    who = who_told(conflict, step.sides)
    if isinstance(conflict, SummitConflict):
        return _in_talks(conflict, step, who)
    there = state_named(conflict, step.target)
    if conflict.options is None:
        return f"{who} move{_s(step)} to {there}"
    return f"{who} {_changed(conflict, step)} (to {there})"


def _s(step: Step) -> str:
    return "s" * (len(step.sides) == 1)


def _changed(conflict: Conflict, step: Step) -> str:
    """The options that a move changes: 'takes ‘Modify’ and drops ‘Delay’'."""
    options = conflict.options
    assert options is not None
    before, after = options.level[step.source].tolist(), options.level[step.target].tolist()
    done: dict[str, list[str]] = {}
    for option, (old, new) in enumerate(zip(before, after, strict=True)):
        named = options.levels[option] if options.levels else ()
        name = quoted(options.names[option])
        if old == new:
            continue
        if {old, new} == {0, 1} and len(named or (0, 1)) == 2:
            done.setdefault("take" if new else "drop", []).append(name)
        else:
            one, other = (named[old], named[new]) if named else (old, new)
            done.setdefault("change", []).append(f"{name} from {one} to {other}")
    parts = [f"{verb}{_s(step)} {listed(names)}" for verb, names in done.items()]
    return listed(parts) or f"move{_s(step)}"


def _in_talks(conflict: SummitConflict, step: Step, who: str) -> str:
    options = conflict.options
    assert options is not None
    before, after = options.level[step.source].tolist(), options.level[step.target].tolist()
    there = state_named(conflict, step.target)
    if not after[0]:
        return f"{who} walk{_s(step)} out, leaving {there}"
    if not before[0]:
        return f"{who} sign{_s(step)} {there}"
    if len(step.sides) > 1:
        return f"{who} change it to {there}"
    return f"{who} {_own_terms(options, before, after)}, leaving {there}"


def _own_terms(options: Options, before: Sequence[int], after: Sequence[int]) -> str:
    added, dropped, less = [], [], []
    for option in range(1, len(options.names)):
        old, new = before[option], after[option]
        if new > old:
            added.append(_level(options, option, new))
        elif new < old and not new:
            dropped.append(_level(options, option, old))
        elif new < old:
            names = options.levels[option]
            less.append(f"goes back from {names[old]} to {names[new]}")
    parts = [f"takes back {listed(dropped)}"] if dropped else []
    return listed([*parts, *less, *([f"adds {listed(added)}"] if added else [])])


def _level(options: Options, option: int, at: int) -> str:
    """A level as bundles are named by it: with its term where several have one of that name."""
    name = options.levels[option][at]
    uses = sum(name in names for names in options.levels)
    return name if uses == 1 else f"{options.names[option]}={name}"


# ── what it brings ─────────────────────────────────────────────────────────────────────────────


def brings(conflict: Conflict, sides: Iterable[int], here: int, there: int) -> str:
    """What these sides, who leave for it, have of being there: 'and gains 120 M$'."""
    who = sorted(sides)
    alone = len(who) == 1
    if any(bool(conflict.is_unknown(side, here, there)) for side in who):
        return ", which it may prefer" if alone else ", which all may prefer"
    if not isinstance(conflict, SummitConflict):
        return ", which it prefers" if alone else ", which all of them prefer"
    gains = [amount(conflict.gain(side, here, there), conflict.unit) for side in who]
    if alone:
        return f", and gains {gains[0]}"
    named = [f"{name} gains {gain}" for name, gain in zip(conflict.who(who), gains, strict=True)]
    return f", and {listed(named)}"


def costs(conflict: Conflict, sides: Iterable[int], here: int, there: int) -> str:
    """Why ending up there keeps these sides, or one of them, from leaving here."""
    for side in sorted(sides):
        name, apart = conflict.sides[side], bool(conflict.is_unknown(side, here, there))
        if apart or conflict.payoff[side, there] > conflict.payoff[side, here]:
            continue
        if conflict.payoff[side, there] == conflict.payoff[side, here]:
            return f", and {name} is no better off"
        if not isinstance(conflict, SummitConflict):
            return f", which {name} likes less"
        loss = amount(-conflict.gain(side, here, there), conflict.unit)
        return f", and {name} is {loss} worse off"
    return f", which {who_told(conflict, sides)} may not prefer"
