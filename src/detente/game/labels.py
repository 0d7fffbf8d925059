"""A column of names: one 32-bit number a row, each distinct text stored once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray


class Labels(Sequence[str]):
    """Texts beside an array of the game; repeated texts share one entry of the pool.

    Parameters
    ----------
    ids : int32 (num_rows,), index into `pool`
    pool : sequence of str; need not be free of repetitions

    >>> Labels.of(["accept", "reject", "accept"])[2]
    'accept'
    """

    __slots__ = ("ids", "pool")

    def __init__(self, ids: NDArray[np.int32], pool: Sequence[str]) -> None:
        self.ids = ids
        self.pool = pool

    @classmethod
    def of(cls, texts: Iterable[str]) -> Labels:
        """The column that holds these texts in this order."""
        place: dict[str, int] = {}
        ids = [place.setdefault(text, len(place)) for text in texts]
        return cls(np.array(ids, dtype=np.int32), list(place))

    @classmethod
    def blank(cls, rows: int) -> Labels:
        """A column of empty texts."""
        return cls(np.zeros(rows, dtype=np.int32), [""])

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return [self.pool[i] for i in self.ids[row].tolist()]
        return self.pool[int(self.ids[row])]

    def __iter__(self) -> Iterator[str]:
        pool = self.pool
        return (pool[i] for i in self.ids.tolist())

    def take(self, rows: NDArray[np.integer]) -> Labels:
        """The column of these rows."""
        return Labels(self.ids[rows], self.pool)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Labels)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Labels({list(self[:5])}{'…' if len(self) > 5 else ''}, {len(self)} rows)"
