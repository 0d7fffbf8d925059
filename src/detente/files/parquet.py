"""Tables as Parquet, each file whole or not there, with a text of JSON beside the columns."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import FileError, NotSupported, Place

KEY = b"detente"
"""The entry of a file's metadata that is ours."""

UNFINISHED = ".part"
"""How the name of a file ends that is being written."""

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
    parquet.write_table(table, sink, compression="zstd", write_page_checksum=True)
    contents: bytes = sink.getvalue().to_pybytes()
    return contents


def read_parquet(
    path: Path, names: Sequence[str] | None = None
) -> tuple[dict[str, Column], dict[str, Any]]:
    """The columns of a file (all, or those named), and the plain data in its metadata.

    Raises FileError for what is no such file, or was damaged since: each page has a checksum.
    """
    arrow, parquet = _arrow()
    try:
        with open(path, "rb") as stream:
            table = parquet.ParquetFile(stream, page_checksum_verification=True).read(
                None if names is None else list(names)
            )
        about = json.loads((table.schema.metadata or {})[KEY])
        columns = {name: np.asarray(table.column(name)) for name in table.column_names}
    except (OSError, ValueError, KeyError, arrow.ArrowException) as error:
        raise FileError(
            f"this is no Parquet file of detente's that can be read: {error}.", Place(str(path))
        ) from None
    return columns, about


def write_whole(path: Path, contents: bytes) -> None:
    """Put a file in place at once: it has all of its contents, or is not there.

    Raises FileError where it cannot be written.
    """
    _written(path, contents, os.replace)


def write_new(path: Path, contents: bytes) -> None:
    """The same, but a file that is there already stays: of several processes one writes it."""

    def put(name: str, path: Path) -> None:
        try:
            os.link(name, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            if not path.exists():
                os.replace(name, path)
                return
        os.unlink(name)

    _written(path, contents, put)


def _written(path: Path, contents: bytes, put: Callable[[str, Path], None]) -> None:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=UNFINISHED)
        try:
            with open(handle, "wb") as stream:
                stream.write(contents)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(name, 0o644)
            put(name, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise
    except OSError as error:
        raise FileError(
            f"cannot be written: {error.strerror or error}. Choose another place.", Place(str(path))
        ) from None


def need_arrow() -> None:
    """Raises NotSupported where pyarrow is not installed."""
    _arrow()


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
