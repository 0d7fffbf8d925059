"""Functions at whose zeros something may change its form, and these zeros in order."""

from __future__ import annotations

from bisect import bisect_right, insort

from detente.stability.following.algebraic import Place
from detente.stability.following.functions import Function, key
from detente.stability.following.spot import roots_of


class Turnings:
    """Functions that are not constant, each once, and where they are zero or have a pole.

    `functions` : in the order in which they were added
    """

    def __init__(self) -> None:
        self.functions: list[Function] = []
        self._keys: set[tuple[str, ...]] = set()
        self._met: set[Place] = set()
        self._places: list[Place] = []

    def add(self, function: Function) -> None:
        """Add a function, unless it is known."""
        name = key(function)
        if name in self._keys:
            return
        self._keys.add(name)
        self.functions.append(function)
        for place in roots_of(function):
            if place not in self._met:
                self._met.add(place)
                insort(self._places, place)

    def __contains__(self, place: Place) -> bool:
        return place in self._met

    def after(self, place: Place) -> Place | None:
        """The first one beyond a place."""
        at = bisect_right(self._places, place)
        return self._places[at] if at < len(self._places) else None
