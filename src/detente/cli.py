"""The command line: arguments in, calls out.

Exit codes: 0 answered; 2 the input or the arguments are wrong, with one message on standard error;
3 stopped before an answer, what was found being printed; 1 a defect of the program.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from detente.arguments import changed, fixed_continuations, game_of, talks_in
from detente.errors import DetenteError, NotSupported

if TYPE_CHECKING:
    from detente.show.behavior import ProfileView
    from detente.stability.verdict import Report

Told = TypeVar("Told")
WRONG_INPUT = 2
STOPPED = 3
PRINTED_DIGITS = 100_000
"""The longest whole number that is printed or written, in decimal digits.

Python's own limit (4300 digits) is there because the time grows with the square of the length; at
this one a number takes a tenth of a second.
"""
INDENTED_UP_TO = 200_000
"""Characters of JSON that are laid out for reading; more go on one line, for programs only."""
_INTERRUPTED = 130
"""What typer makes of Ctrl-C."""

LISTED_UNASKED = "up to 10,000, and a million choices in all; --limit asks for another number"

app = typer.Typer(
    help="Which of the deals on the table would hold, why, and what would make another one hold.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

File = Annotated[str, typer.Argument(help="A file (.yaml, .efg, .nfg) or a shipped game's name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, numbers exact.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter; may be repeated."),
]
TimeLimit = Annotated[
    float | None,
    typer.Option("--time-limit", min=0, help="Stop after so many seconds; print what is found."),
]
Round = Annotated[
    int | None, typer.Option("--round", help="Put each bundle on the table in this round.")
]


class Arithmetic(StrEnum):
    """In which numbers a game is solved."""

    auto = "auto"
    exact = "exact"
    float = "float"


class View(StrEnum):
    """How much of each equilibrium is printed."""

    full = "full"
    path = "path"
    none = "none"


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from detente import __version__

        print(f"detente {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def stability(
    file: File,
    json: Json = False,
    all: Annotated[bool, typer.Option("--all", help="Give every bundle a row.")] = False,
    round: Round = None,
    set: Settings = None,
    bundle: Annotated[
        list[str] | None, typer.Option("--bundle", help="Judge this bundle only; may be repeated.")
    ] = None,
    time_limit: TimeLimit = None,
) -> None:
    """Which bundles would be signed and kept, and why."""
    from detente.show.data import report_data
    from detente.stability.equilibrium import stability as judge

    report = judge(
        changed(talks_in(file), set), round=round, bundles=bundle, time_limit=time_limit
    )
    if json:
        report, data = _told(report, lambda r, brief: report_data(r, hangs_on=not brief))
        _print_json(data)
    else:
        from detente.show.tables import print_report, report_parts

        name, every = _quoted(file), all or bool(bundle)
        report, parts = _told(report, lambda r, brief: report_parts(r, name, every, brief=brief))
        print_report(parts)
    if report.stopped != "finished":
        raise typer.Exit(STOPPED)


@app.command()
def explain(
    file: File,
    bundle: Annotated[str, typer.Argument(help="The bundle's name; its levels in any order.")],
    json: Json = False,
    round: Round = None,
    set: Settings = None,
    time_limit: TimeLimit = None,
) -> None:
    """The story of one bundle, move by move."""
    from detente.stability.story import story

    told = story(changed(talks_in(file), set), bundle, round=round, time_limit=time_limit)
    if json:
        from detente.show.data import story_data

        _print_json(story_data(told))
    else:
        from detente.show.paper import print_story

        print_story(told)
    if told.report.stopped != "finished":
        raise typer.Exit(STOPPED)


@app.command()
def solve(
    file: Annotated[
        str | None, typer.Argument(help="A file (.yaml, .efg, .nfg) or a shipped game's name.")
    ] = None,
    json: Json = False,
    concept: Annotated[
        str | None,
        typer.Option(
            help="nash, spe (subgame-perfect) or sequential; by default spe where all is seen, "
            "sequential in other trees, nash in strategic form."
        ),
    ] = None,
    method: Annotated[str | None, typer.Option(help="The solver; --list names them.")] = None,
    all: Annotated[
        bool, typer.Option("--all", help=f"List every equilibrium, {LISTED_UNASKED}.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="List at most so many, whatever their size.")
    ] = None,
    time_limit: TimeLimit = None,
    profile: Annotated[
        View | None,
        typer.Option(help="Every infoset, those reached, or none; full in JSON, else path."),
    ] = None,
    arithmetic: Annotated[
        Arithmetic,
        typer.Option(help="Exact throughout, or floating point with a bound; auto is exact, fast."),
    ] = Arithmetic.auto,
    fix: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NODE=K",
            help="In the subgame at NODE (label or number) play its K-th equilibrium, from 1.",
        ),
    ] = None,
    set: Settings = None,
    list: Annotated[bool, typer.Option("--list", help="List the methods instead.")] = False,
) -> None:
    """Equilibria, each with its certificate."""
    if list:
        from detente.show.methods import method_lines

        print("\n".join(method_lines()))
        return
    if file is None:
        raise typer.BadParameter("name a file, or --list the methods.", param_hint="FILE")
    loaded = changed(_load(file), set)
    from detente.show.progress import Progress
    from detente.solvers import solve as find

    with Progress() as progress:
        result = find(
            loaded,
            concept=concept,
            method=method,
            all=all,
            limit=limit,
            time_limit=time_limit,
            arithmetic=arithmetic.value,
            fixed=fixed_continuations(fix),
            progress=progress if progress.wanted else None,
        )
    view: ProfileView = (profile or (View.full if json else View.path)).value
    if json:
        from detente.show.equilibria import result_data

        _print_json(result_data(result, view))
    else:
        from detente.show.listing import result_lines

        print("\n".join(result_lines(result, view)))
    if result.stopped not in ("finished", "limit"):
        raise typer.Exit(STOPPED)


@app.command()
def info(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Files or shipped games.")],
    json: Json = False,
) -> None:
    """A game's size, and what its players know."""
    found, stopped = _facts(files)
    if json:
        from detente.show.numbers import plain_data

        rows = [plain_data(row) for row in found]
        _print_json(rows[0] if len(rows) == 1 == len(files) else rows, version=False)
    else:
        from detente.show.facts import facts_lines

        print("\n\n".join("\n".join(facts_lines(row)) for row in found))
    if stopped:
        _complain(stopped, STOPPED)
        raise typer.Exit(STOPPED)


def _facts(files: Sequence[str]) -> tuple[list[dict[str, Any]], str]:
    """The facts of the files, up to an interrupt, and what is said of that."""
    from detente.game.facts import facts

    found: list[dict[str, Any]] = []
    try:
        for file in files:
            found.append(facts(game_of(_load(file))))
    except KeyboardInterrupt:
        if not found:
            raise
        return found, f"interrupted at {file}, after {len(found)} of {len(files)} files."
    return found, ""


@app.command()
def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="The file to read.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Write out a tree of at most so many nodes (10 million)."),
    ] = None,
) -> None:
    """Write a game as .efg, .nfg or .yaml, by OUT's ending."""
    from detente.files.convert import NODES, write

    write(_load(source), target, force=force, limit=NODES if limit is None else limit)


@app.command()
def games() -> None:
    """The games that come with the program."""
    from detente.files.titles import title_of
    from detente.loading import shipped

    rows = [(name, title_of(path)) for name, path in shipped().items()]
    width = max((len(name) for name, _ in rows), default=0)
    for name, title in rows:
        print(f"{name:<{width}}  {title}")


# ── what the commands share ────────────────────────────────────────────────────────────────────


def _load(file: str) -> Any:
    from detente.loading import load

    return load(file)


def _told(report: Report, tell: Callable[[Report, bool], Told]) -> tuple[Report, Told]:
    """What is to be printed of a report; the brief version where it was stopped, then or now."""
    if report.stopped != "finished":
        return report, tell(report, True)
    try:
        return report, tell(report, False)
    except KeyboardInterrupt:
        reason = report.reason or "interrupted while the verdicts were written down."
        report = replace(report, stopped="interrupted", reason=reason)
        return report, tell(report, True)


def _quoted(file: str) -> str:
    return f'"{file}"' if " " in file else file


def _print_json(data: Any, version: bool = True) -> None:
    import json

    from detente import __version__

    if version and isinstance(data, Mapping):
        data = {"detente": __version__, **data}
    text = json.dumps(data, ensure_ascii=False)  # compact, which is far faster than indented
    if len(text) <= INDENTED_UP_TO:
        text = json.dumps(data, ensure_ascii=False, indent=1)
    print(text)


# ── from the shell ─────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """Run the command that the shell gave and leave with its exit code."""
    if hasattr(signal, "SIGPIPE"):
        # A reader that has seen enough (`| head`) ends the program quietly.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show '≈' gets '?' rather than a traceback.
            stream.reconfigure(errors="replace")
    if sys.stdout is None:
        # Closed by the shell (`>&-`): let printing fail, and commands that print nothing succeed.
        sys.stdout = open(os.devnull)  # noqa: SIM115
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command (by default the one that the shell gave) and return its exit code."""
    given = None if arguments is None else list(arguments)
    try:
        with _long_numbers():
            code = app(given, prog_name="detente", standalone_mode=False)
        sys.stdout.flush()
    except DetenteError as error:
        return _complain(str(error), WRONG_INPUT)
    except _UsageError as error:
        return _complain(_usage(error), WRONG_INPUT)
    except MemoryError:
        return _complain("there is not enough memory for this.", STOPPED)
    except OSError as error:
        return _unwritable(error)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        reason = "interrupted before there was an answer."
        if "--json" in (sys.argv[1:] if given is None else given):
            _print_json({"stopped": "interrupted", "reason": reason})
        return _complain(reason, STOPPED)
    return code if isinstance(code, int) else 0


@contextmanager
def _long_numbers() -> Iterator[None]:
    """Let exact numbers be as long as `PRINTED_DIGITS`, and say so where one is longer."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(PRINTED_DIGITS)
    try:
        yield
    except ValueError as error:
        if "integer string conversion" not in str(error):
            raise
        raise NotSupported(
            f"an exact number here has more than {PRINTED_DIGITS:,} digits, too many to print. "
            "Round the file's numbers, or bring them to common denominators."
        ) from None
    finally:
        sys.set_int_max_str_digits(before)


def _unwritable(error: OSError) -> int:
    """Say that standard output takes no more."""
    if error.filename is not None:
        raise error  # about a file: the readers and writers of files should have told it
    reason = error.strerror or "it is closed"
    if sys.stdout is sys.__stdout__ or sys.__stdout__ is None:
        # What is left in the buffer would fail once more when Python closes the stream.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        if sys.__stdout__ is not None:
            os.dup2(sys.stdout.fileno(), sys.__stdout__.fileno())
    return _complain(f"the output cannot be written: {reason}.", WRONG_INPUT)


_UsageError: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)


def _usage(error: Exception) -> str:
    message: str = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "detente"
    return f"{message} See '{command} --help'." if message else f"See '{command} --help'."


def _complain(message: str, code: int) -> int:
    print(f"detente: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
