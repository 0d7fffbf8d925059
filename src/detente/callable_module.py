"""Modules that answer to being called, where a room and its main function share a name.

Importing any submodule of `detente.stability` binds that module to `detente.stability`, whatever
`detente` bound there before: only the module itself can pass the call of the public API on.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class CallableModule(ModuleType):
    """A module that may be called as the function in it that has the module's own name."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.__wrapped__(*args, **options)

    @property
    def __wrapped__(self) -> Any:
        # `inspect.signature` and `help` look here.
        return getattr(self, self.__name__.rpartition(".")[2])


def make_callable(module: str) -> None:
    """Let the module of that name be called as its namesake function."""
    sys.modules[module].__class__ = CallableModule
