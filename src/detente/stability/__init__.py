"""Would it hold? One module a way of asking; `detente.stability(summit)` asks the first."""

from __future__ import annotations

from typing import Any

from detente.callable_module import make_callable


def __getattr__(name: str) -> Any:
    if name == "stability":
        from detente.stability.equilibrium import stability

        return stability
    raise AttributeError(f"module 'detente.stability' has no attribute '{name}'")


__all__ = ["stability"]


def __dir__() -> list[str]:
    # `help(detente.stability)` then shows the function with its parameters.
    return sorted({*globals(), *__all__})


make_callable(__name__)
