"""Columns that grow with the file that is read and end up no larger than what they hold."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)


class Column(Generic[T]):
    """An array that is appended to.

    Room for the whole file is set aside at the first part, because arrays that were made between
    the temporary ones of each stretch would keep the memory of those from being given back.
    """

    def __init__(self, dtype: type[T]) -> None:
        self._data: NDArray[T] = np.empty(0, dtype=dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, part: NDArray[T], share: float) -> None:
        """Add a part, which came from this share (up to 1) of the file."""
        needed = self._count + len(part)
        if not len(self._data):
            self._data = np.empty(int(needed / share * 1.02) + 64, dtype=self._data.dtype)
        self._data = with_room(self._data, needed)
        self._data[self._count : needed] = part
        self._count = needed

    def finished(self) -> NDArray[T]:
        """The array; nothing can be appended afterwards."""
        self._data.resize(self._count, refcheck=False)
        return self._data


def with_room(array: NDArray[T], needed: int) -> NDArray[T]:
    """The array with at least this many rows; it must have no views, for it may be moved."""
    if needed > len(array):
        array.resize(max(needed, len(array) * 5 // 4 + 64), refcheck=False)
    return array
