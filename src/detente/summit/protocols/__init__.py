"""How the talks run: one interface (`interface.py`), one file a protocol, and the list of them.

A new protocol is one new file with a `read` function, its shape in `model.py`, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from detente.files.yaml import Path
from detente.summit.protocols import (
    alternating_offers,
    mediator,
    ratification,
    simultaneous_offers,
    take_it_or_leave_it,
)
from detente.summit.protocols.interface import Protocol, Scene
from detente.summit.scope import SummitScope
from detente.summit.walk import unseeing

__all__ = ["PROTOCOLS", "Protocol", "Scene", "read_protocol"]

Reader = Callable[[Any, Path, SummitScope], Protocol]
"""(what the file says, its path in the file, what its formulas may name) → the protocol."""

PROTOCOLS: dict[str, Reader] = {
    "take-it-or-leave-it": take_it_or_leave_it.read,
    "alternating-offers": alternating_offers.read,
    "mediator": mediator.read,
    "simultaneous-offers": simultaneous_offers.read,
    "ratification": lambda spec, path, scope: ratification.read(spec, path, scope, read_protocol),
}


def read_protocol(spec: Any, path: Path, scope: SummitScope) -> Protocol:
    """The protocol that a checked file describes at this path."""
    from detente.summit.model_parts import Watched

    protocol = PROTOCOLS[spec.kind](spec, path, scope)
    if isinstance(spec, Watched):
        protocol.unseen_by = unseeing(tuple(scope.file.sides), spec)
        protocol.hides = bool(protocol.unseen_by)
    return protocol
