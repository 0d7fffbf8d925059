"""Modules that answer to being called, where a room and its main function share a name.

`detente.stability` and `detente.certify` are modules of the house and calls of the public API.
Importing a submodule makes Python bind the module to that name, whatever the package bound before;
so the module itself passes the call on.
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
