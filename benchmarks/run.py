"""Run benchmarks: `python -m benchmarks.run [NAME …] [--largest N] [--repeats N] [--json FILE]`.

Each benchmark is a module of this folder with `rows(settings)`. It compares the answers of this
project and its peers before it times them, and stops the run where they differ.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import detente
from benchmarks.timing import AnswersDiffer, Row, Settings

PACKAGES = ("numpy", "scipy", "numba", "python-flint", "pygambit", "quantecon", "nashpy", "negmas")


def main(arguments: list[str] | None = None) -> int:
    """Print what was run on, then a line a case; 1 where answers differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    names = benchmarks()
    known = ", ".join(names)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {known}; default: all")
    parser.add_argument("--largest", type=lambda text: int(float(text)), default=Settings.largest)
    parser.add_argument("--repeats", type=int, default=Settings.repeats)
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in names]:
        parser.error(f"no benchmark {unknown[0]!r}; there are {known}")
    settings = Settings(given.largest, given.repeats, given.seed)
    machine = setting()
    print("  ".join(f"{key} {value}" for key, value in machine.items()))
    print(f"medians of {given.repeats} runs, seed {given.seed}, up to {given.largest:,} nodes")
    found: dict[str, list[dict[str, Any]]] = {}
    try:
        for name in given.names or names:
            print(f"\n{name}")
            found[name] = []
            for row in import_module(f"benchmarks.{name}").rows(settings):
                show(row)
                found[name].append(row.data())
    except AnswersDiffer as difference:
        print(f"the answers differ: {difference}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as missing:
        print(f"{missing.name} is not installed: pip install '.[bench]'", file=sys.stderr)
        return 2
    finally:
        if given.json:
            given.json.write_text(json.dumps({"setting": machine, "rows": found}, indent=1))
    return 0


def benchmarks() -> list[str]:
    """The modules of this folder that define `rows`."""
    folder = Path(__file__).parent
    modules = sorted({path.stem for path in folder.glob("*.py")} - {"run", "__init__"})
    return [name for name in modules if hasattr(import_module(f"benchmarks.{name}"), "rows")]


def show(row: Row) -> None:
    """Print a row at once: large cases take their time."""
    print(row.line(), flush=True)


def setting() -> dict[str, str]:
    """Versions and machine, which every number depends on."""
    found = {
        "detente": detente.__version__,
        "python": platform.python_version(),
        "cores": str(os.cpu_count() or ""),
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


if __name__ == "__main__":
    sys.exit(main())
