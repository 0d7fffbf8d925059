"""Results as pandas data frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.errors import NotSupported

if TYPE_CHECKING:
    import pandas


def frame(rows: Sequence[Mapping[str, Any]], index: str, exact: bool = True) -> pandas.DataFrame:
    """The rows as a data frame; `exact` keeps numbers as Fractions, else they become floats.

    `index` : the column that names the rows

    Raises NotSupported where pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise NotSupported(
            "to_frame needs pandas, which is not installed. Run: pip install 'detente[frames]'."
        ) from None
    if not exact:
        rows = [
            {k: float(x) if isinstance(x, Fraction) else x for k, x in row.items()} for row in rows
        ]
    return pandas.DataFrame(rows).set_index(index)
