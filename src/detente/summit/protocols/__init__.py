"""How the talks run: one interface (`interface.py`), one file a protocol, and the list of them.

A new protocol is one new file with a `read` function, its shape in `model.py`, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from detente.files.yaml import Path
from detente.summit.protocols import alternating_offers, mediator, ratification, take_it_or_leave_it
from detente.summit.protocols.interface import Protocol, Scene
from detente.summit.scope import SummitScope

__all__ = ["PROTOCOLS", "Protocol", "Scene", "read_protocol"]

Reader = Callable[[Any, Path, SummitScope], Protocol]
"""(what the file says, its path in the file, what its formulas may name) → the protocol."""

PROTOCOLS: dict[str, Reader] = {
    "take-it-or-leave-it": take_it_or_leave_it.read,
    "alternating-offers": alternating_offers.read,
    "mediator": mediator.read,
    "ratification": lambda spec, path, scope: ratification.read(spec, path, scope, read_protocol),
}


def read_protocol(spec: Any, path: Path, scope: SummitScope) -> Protocol:
    """The protocol that a checked file describes at this path."""
    return PROTOCOLS[spec.kind](spec, path, scope)
