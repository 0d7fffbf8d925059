"""The negotiation layer: a summit file in, its game out.

>>> from detente.summit import read_summit
>>> document = read_summit("{detente: 1, title: Nothing, sides: [US], tree: {worth: {US: 1}}}")
>>> document.file.title
'Nothing'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.summit.reading import SummitDocument, read_summit
    from detente.summit.summit import Summit

__all__ = ["Summit", "SummitDocument", "read_summit"]

_HOME = {
    "Summit": "detente.summit.summit",
    "SummitDocument": "detente.summit.reading",
    "read_summit": "detente.summit.reading",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
