"""What the arguments of the command line mean: talks at other values, fixed continuations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from detente.errors import GameError, NotSupported


def game_of(loaded: Any) -> Any:
    """The extensive form of whatever a file holds."""
    if hasattr(loaded, "strategies"):
        from detente.game.strategic import to_tree

        return to_tree(loaded)
    return getattr(loaded, "game", loaded)


def is_conflict(loaded: Any) -> bool:
    """Whether a file held a conflict: states, and who can move between them."""
    return hasattr(loaded, "movers")


def refuse_conflict(loaded: Any, file: str, wanted: str) -> None:
    """Raise NotSupported for a conflict where something else is wanted; `wanted` says what for."""
    if is_conflict(loaded):
        raise NotSupported(
            f"{file} is a conflict, which has states and moves between them but {wanted}: "
            "`detente graph` judges its states."
        )


def conflict_in(file: str) -> Any:
    """The conflict that a file holds; NotSupported for anything else."""
    from detente.loading import load

    loaded = load(file)
    if not is_conflict(loaded):
        raise NotSupported(
            f"{file} holds no conflict but a game. Conflicts are .gmcr files, and .yaml files with "
            "the key 'conflict'."
        )
    return loaded


def talks_in(file: str) -> Any:
    """The talks that a file holds; NotSupported for a conflict or a game in strategic form."""
    from detente.loading import load

    talks = load(file)
    refuse_conflict(talks, file, "no bundles that are signed and kept")
    if hasattr(talks, "strategies"):
        raise NotSupported(
            f"{file} is a game in strategic form, which has no bundles to judge: `detente solve` "
            "finds its equilibria. Talks in which sides move at the same time are written as a "
            "summit file."
        )
    return talks


def changed(talks: Any, settings: list[str] | None) -> Any:
    """The talks at other parameter values."""
    if not settings:
        return talks
    values: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise GameError(f"--set takes NAME=VALUE; found '{setting}'.")
        values[name.strip()] = value.strip()
    if is_conflict(talks):
        raise GameError(f"a conflict has no parameter '{next(iter(values))}'.")
    if hasattr(talks, "strategies"):
        raise GameError(f"a game in strategic form has no parameter '{next(iter(values))}'.")
    for name, value in values.items():
        _refuse_outside(talks, name, value)
    return talks.at(**values)


def _refuse_outside(talks: Any, name: str, value: str) -> None:
    """Refuse a value that the file's range excludes, in words about --set."""
    from detente.game.expressions import exact

    # A summit's game is not built for this: its file knows the ranges.
    home = talks.plan.document.scope if hasattr(talks, "plan") else talks.formulas
    parameter = home.parameters.get(name) if home is not None else None
    if parameter is None or parameter.low is None or parameter.high is None:
        return
    if not parameter.low <= exact(value) <= parameter.high:
        raise GameError(
            f"--set {name}={value}: the range of '{name}' in the file is {parameter.low} to "
            f"{parameter.high}. Choose a value in it, or widen the range in the file."
        )


def fixed_continuations(given: Sequence[str] | None) -> dict[Any, int]:
    """Node (its number or label) → which equilibrium is played from there on, counted from 0."""
    fixed: dict[Any, int] = {}
    for text in given or ():
        node, equals, which = text.rpartition("=")
        if not equals or not node.strip() or not which.strip().isdecimal() or int(which) < 1:
            raise GameError(
                f"--fix takes NODE=K, K the number of an equilibrium from 1; found '{text}'."
            )
        name = node.strip()
        fixed[int(name) if name.isdecimal() else name] = int(which) - 1
    return fixed
