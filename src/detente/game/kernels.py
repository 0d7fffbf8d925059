"""Plain functions over arrays, compiled by Numba where the size pays for it: one source for both.

A kernel takes flat columns, which are Python lists below `COMPILE_FROM` (fast to index one by one,
and able to hold numbers of any size) and numpy arrays from there on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from numpy.typing import NDArray

COMPILE_FROM = 150_000
"""Nodes from which importing Numba (about 0.4 s) costs less than interpreting a kernel."""
LOADED_FROM = 20_000
"""The same once Numba is there: nodes whose interpretation costs more than one more kernel."""

Kernel = Callable[..., Any]


def compile_from() -> int:
    """Nodes from which compiling pays now: fewer once this process has compiled a kernel."""
    loaded = compiled.cache_info().currsize > 0
    return min(COMPILE_FROM, LOADED_FROM) if loaded else COMPILE_FROM


def kernel_for(function: Kernel, size: int) -> Kernel:
    """The kernel to run on this many nodes: compiled, or as it stands."""
    return compiled(function) if size >= COMPILE_FROM else function


def columns(size: int, *arrays: NDArray[Any]) -> tuple[Any, ...]:
    """The arrays as `kernel_for(…, size)` wants them: as they are, or as lists."""
    return arrays if size >= COMPILE_FROM else tuple(array.tolist() for array in arrays)


@cache
def compiled(function: Kernel) -> Kernel:
    """The kernel compiled, whatever the size; threads may run it side by side."""
    from numba import njit

    kernel: Kernel
    try:
        kernel = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder to keep the machine code in
        kernel = njit(nogil=True)(function)
    return kernel
