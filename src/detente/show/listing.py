"""The equilibria that a solver found, as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.game.information import first_hidden_infoset
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.show.behavior import ProfileView, behavior, strategies
from detente.stability.words import listed, plain

if TYPE_CHECKING:
    from detente.solvers.result import Component, Equilibrium, Result

NUMBERED = 12
"""Equilibria of a component that are numbered one by one."""
STEPS = 60
"""Moves of a path that are told one by one."""
ENDS = 12
"""Ends of play that are told one by one."""


def result_lines(result: Result, view: ProfileView = "path", limit: int = 20) -> Iterator[str]:
    """The result for a reader: what was found, how complete it is, each equilibrium in short."""
    game = result.game
    yield game.title or "(untitled game)"
    yield f"{_completeness(result)}, by the method {result.method}."
    if result.reason and not (result.complete == "one" and result.count is not None):
        yield result.reason[:1].upper() + result.reason[1:]
    yield from _components(result)
    paths: dict[Any, int] = {}
    for i, equilibrium in enumerate(result.equilibria[:limit], start=1):
        yield ""
        yield f"Equilibrium {i}: {_payoffs(equilibrium)}  ({_vouched(equilibrium)})"
        yield from _told(equilibrium, view, i, paths)
    if len(result.equilibria) > limit:
        yield f"… and {len(result.equilibria) - limit} more; --json prints them all."


def _payoffs(equilibrium: Equilibrium) -> str:
    return ", ".join(f"{player} {said(value)}" for player, value in equilibrium.payoffs.items())


def said(value: Fraction | float | str) -> str:
    """A number for reading: as `plain` has it, or in floating point to six digits."""
    if isinstance(value, str):
        value = Fraction(value)
    return plain(value) if isinstance(value, Fraction) else f"{float(value):.6g}"


def _vouched(equilibrium: Equilibrium) -> str:
    """'proved, exact', or the bound in floating point; and what is known of being sequential."""
    certificate = equilibrium.certificate
    words: list[str] = [certificate.verdict, certificate.arithmetic]
    if certificate.arithmetic == "float" and certificate.max_regret is not None:
        words = ["float", f"nobody gains more than {float(certificate.max_regret):.2g}"]
    if certificate.concept == "nash" and equilibrium.sequential is not None:
        words.append("sequential" if equilibrium.sequential else "not sequential")
    return ", ".join(words)


def _told(
    equilibrium: Equilibrium, view: ProfileView, i: int, paths: dict[Any, int]
) -> Iterator[str]:
    """What is played; a path that an earlier equilibrium has too is not told again."""
    profile = equilibrium.profile
    if view == "none":
        return
    if isinstance(profile, MixedProfile):
        yield from _strategies(profile)
        return
    if view == "full":
        yield from _moves(equilibrium, profile, view)
        yield from _ends(equilibrium)
        return
    # Where something is hidden the path would name an information set once for each of its nodes.
    in_order = profile.is_pure and first_hidden_infoset(profile.game) is None
    lines = tuple(_path(equilibrium) if in_order else _moves(equilibrium, profile, view))
    first = paths.setdefault(equilibrium.path if in_order else lines, i)
    if first != i:
        yield f"  Played as equilibrium {first}; it differs only off the path."
        return
    yield from lines
    yield from _ends(equilibrium)


def _ends(equilibrium: Equilibrium) -> Iterator[str]:
    yield from _outcomes(equilibrium)
    yield from _bundles(equilibrium)


def _path(equilibrium: Equilibrium) -> Iterator[str]:
    game, path = equilibrium.game, equilibrium.path
    for node, action in path[:STEPS]:
        place = game.describe(node)
        at = "" if place.startswith("after ") else "at "
        yield f"  {game.players[int(game.mover[node])]} {at}{place}: '{action}'"
    if len(path) > STEPS:
        yield f"  … and {len(path) - STEPS:,} more moves; --profile full or --json gives all."


def _moves(equilibrium: Equilibrium, profile: Profile, view: ProfileView) -> Iterator[str]:
    entries = list(behavior(profile, view, beliefs=equilibrium.beliefs))
    shown = entries if view == "full" else entries[:STEPS]
    for entry in shown:
        where = entry["label"] or f"infoset {entry['infoset']}"
        does = _mixture(entry["actions"], entry["probabilities"])
        yield f"  {entry['player']} at '{where}': {does}{' (free)' if entry['free'] else ''}"
        held = entry.get("beliefs")
        if held is not None and len(held) > 1:
            yield f"    believes: {_odds(held)}"
    if len(shown) < len(entries):
        yield f"  … and {len(entries) - len(shown):,} more infosets; --profile full gives all."


def _strategies(profile: MixedProfile) -> Iterator[str]:
    for entry in strategies(profile):
        names = [name or str(k) for k, name in enumerate(entry["strategies"], start=1)]
        yield f"  {entry['player']}: {_mixture(names, entry['probabilities'])}"


def _mixture(actions: list[str], probabilities: list[Any]) -> str:
    pairs = [(a, p) for a, p in zip(actions, probabilities, strict=True) if Fraction(p)]
    return ", ".join(f"'{a}'" if Fraction(p) == 1 else f"'{a}' {_odd(p)}" for a, p in pairs)


def _odd(probability: str | float) -> str:
    return probability if isinstance(probability, str) else f"{probability:.6g}"


def _odds(held: Mapping[str, Any]) -> str:
    likely = [(name, p) for name, p in held.items() if Fraction(p)]
    if len(likely) == 1:
        return f"'{likely[0][0]}' for sure"
    return ", ".join(f"'{name}' {_odd(p)}" for name, p in likely)


def _outcomes(equilibrium: Equilibrium) -> Iterator[str]:
    """How play ends, where that is not sure."""
    ends = sorted(equilibrium.named_outcomes.items(), key=lambda end: -end[1])
    if len(ends) < 2:
        return
    told = ", ".join(f"'{name}' {said(p)}" for name, p in ends[:ENDS])
    more = f" and {len(ends) - ENDS} more" if len(ends) > ENDS else ""
    yield f"  Ends with: {told}{more}"


def _bundles(equilibrium: Equilibrium) -> Iterator[str]:
    for i, bundle in enumerate(equilibrium.game.bundles):
        signed = equilibrium.signed(i)
        if signed:
            kept = equilibrium.kept(i)
            yield f"  Signs {bundle.name} with probability {said(signed)}, kept {said(kept)}."


def _components(result: Result) -> Iterator[str]:
    """Which equilibria span sets of equilibria, and what is known of these."""
    components = result.components or ()
    if all(len(component.members) == 1 for component in components):
        return
    yield "Every mixture, player by player, of the equilibria of one line is an equilibrium:"
    for component in components[:STEPS]:
        members = [str(k + 1) for k in component.members]
        more = len(members) - NUMBERED
        named = [*members[:NUMBERED], f"{more} more"] if more > 1 else members
        yield f"  {listed(named)}{_refinement(component) if result.concept == 'nash' else ''}"
    if len(components) > STEPS:
        yield f"  … and {len(components) - STEPS} more; --json prints them all."


def _refinement(component: Component) -> str:
    """Whether a component holds a sequential equilibrium, where that is known."""
    if component.sequential is None or len(component.members) == 1:
        return ""  # of a single equilibrium it is said where that is told
    return "; some are sequential" if component.sequential else "; none is sequential"


# ── how many ───────────────────────────────────────────────────────────────────────────────────

_CONCEPTS = {"spe": "subgame-perfect", "nash": "Nash", "sequential": "sequential"}
_STOPPED = {
    "time_limit": "; stopped at the time limit",
    "interrupted": "; interrupted",
    "failed": "; the method failed",
}
_EXACTLY_UP_TO = 10**12
_LISTED = 10_000
"""Equilibria that --all lists at most."""


def _completeness(result: Result) -> str:
    """'1 of 2 subgame-perfect equilibria in pure strategies (--all shows both)'."""
    found, count = len(result.equilibria), result.count
    kind = _CONCEPTS.get(result.concept, result.concept)
    pure = " in pure strategies" if _about_pure(result) else ""
    stopped = _STOPPED.get(result.stopped, "")
    if not found:
        what = "There is no" if result.complete == "none_exist" else "No"
        tail = "" if result.complete == "none_exist" else " found"
        return f"{what} {kind} equilibrium{pure}{tail}{stopped}"
    many = f"{kind} equilibria{pure}"
    if result.complete == "components":
        return f"All {found} extreme {many}{stopped}"
    if count == found == 1:
        return f"The only {kind} equilibrium{pure}{stopped}"
    if count == found:
        return f"All {count} {many}{stopped}"
    if count is None:
        known = "one" if found == 1 else str(found)
        return f"{known[:1].upper()}{known[1:]} of the {many}, which are not counted{stopped}"
    both = "both" if count == 2 else "all" if count <= _LISTED else "the first ones"
    hint = f" (--all shows {both})" if found == 1 else ""
    return f"{found} of {_about(count)} {many}{hint}{stopped}"


def _about_pure(result: Result) -> bool:
    """Whether what is said of how many there are is about pure strategies."""
    return result.complete == "all_pure" or "pure" in result.over


def _about(count: int) -> str:
    """A count: about 2.7·10^45 where it is huge.

    >>> _about(1234), _about(27 * 10**44)
    ('1,234', 'about 2.7·10^45')
    """
    if count < _EXACTLY_UP_TO:
        return f"{count:,}"
    exponent = int(math.log10(count))
    exponent -= 10**exponent > count  # the logarithm may have been rounded up
    leading = count // 10 ** (exponent - 1)
    return f"about {leading // 10}.{leading % 10}·10^{exponent}"
