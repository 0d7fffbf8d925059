"""Tables as Parquet, each file whole or not there, with a text of JSON beside the columns."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import FileError, NotSupported, Place

KEY = b"detente"
"""The entry of a file's metadata that is ours."""

Column = NDArray[Any]


def parquet_bytes(columns: Mapping[str, Column], about: Mapping[str, Any]) -> bytes:
    """A table as the contents of a Parquet file.

    `about` : plain data, kept in the metadata under `KEY` as JSON

    Raises NotSupported where pyarrow is not installed.
    """
    arrow, parquet = _arrow()
    table = arrow.table({name: arrow.array(column) for name, column in columns.items()})
    table = table.replace_schema_metadata({KEY: json.dumps(about, ensure_ascii=False).encode()})
    sink = arrow.BufferOutputStream()
    parquet.write_table(table, sink, compression="zstd")
    contents: bytes = sink.getvalue().to_pybytes()
    return contents


def read_parquet(
    path: Path, names: Sequence[str] | None = None
) -> tuple[dict[str, Column], dict[str, Any]]:
    """The columns of a file (all, or those named), and the plain data in its metadata.

    Raises FileError for what is no such file.
    """
    arrow, parquet = _arrow()
    try:
        table = parquet.read_table(path, columns=None if names is None else list(names))
    except (OSError, arrow.ArrowException) as error:
        raise FileError(
            f"this is no Parquet file that can be read: {error}.", Place(str(path))
        ) from None
    text = (table.schema.metadata or {}).get(KEY)
    if text is None:
        raise FileError("this Parquet file was not written by detente.", Place(str(path)))
    columns = {name: np.asarray(table.column(name)) for name in table.column_names}
    return columns, json.loads(text)


def about_parquet(path: Path) -> dict[str, Any] | None:
    """The plain data in a file's metadata; None where it cannot be read as one of ours."""
    arrow, parquet = _arrow()
    try:
        text = (parquet.read_schema(path).metadata or {}).get(KEY)
        return None if text is None else json.loads(text)
    except (OSError, ValueError, arrow.ArrowException):
        return None


def write_whole(path: Path, contents: bytes) -> None:
    """Put a file in place at once: it has all of its contents, or is not there.

    Raises FileError where it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".part")
        try:
            with open(handle, "wb") as stream:
                stream.write(contents)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise FileError(
            f"cannot be written: {error.strerror or error}. Choose another place.", Place(str(path))
        ) from None


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow  # type: ignore[import-untyped]
        import pyarrow.parquet  # type: ignore[import-untyped]
    except ImportError:
        raise NotSupported(
            "keeping draws in files needs pyarrow, which is not installed. Run: pip install "
            "'detente[sweeps]'."
        ) from None
    return pyarrow, pyarrow.parquet
