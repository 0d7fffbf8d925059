"""Two versions of a summit side by side: the verdicts in each, and what made them differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.stability.comparing.comparison import Comparison
    from detente.stability.comparing.versions import compare

__all__ = ["Comparison", "compare"]


def __getattr__(name: str) -> Any:
    if name == "compare":
        from detente.stability.comparing.versions import compare

        return compare
    if name == "Comparison":
        from detente.stability.comparing.comparison import Comparison

        return Comparison
    raise AttributeError(f"module 'detente.stability.comparing' has no attribute '{name}'")
