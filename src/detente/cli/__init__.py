"""The command line: arguments in, calls out. One module a group of commands.

Exit codes: 0 answered; 2 the input or the arguments are wrong, with one message on standard error;
3 stopped before an answer, what was found being printed; 1 a defect of the program.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from detente.cli import (
    compare,
    enforce,
    equilibria,
    frontier,
    games,
    graph,
    mend,
    pictures,
    radius,
    sweep,
    thresholds,
    verdicts,
    worth,
)
from detente.cli.options import STOPPED, WRONG_INPUT, complain, print_json
from detente.errors import DetenteError, NotSupported

PRINTED_DIGITS = 100_000
"""The longest whole number that is printed or written, in decimal digits.

Python's own limit (4300 digits) is there because the time grows with the square of the length; at
this one a number takes a tenth of a second.
"""
_INTERRUPTED = 130
"""What typer makes of Ctrl-C."""

app = typer.Typer(
    help="Which of the deals on the table would hold, why, and what would make another one hold.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


for _command in (
    verdicts.stability,
    verdicts.explain,
    compare.compare,
    graph.graph,
    frontier.frontier,
    enforce.enforce,
    thresholds.thresholds,
    sweep.sweep,
    radius.radius,
    mend.mend,
    mend.break_,
    worth.worth,
    equilibria.solve,
    games.info,
    games.convert,
    games.games,
):
    app.command(_command.__name__.rstrip("_"))(_command)
app.add_typer(pictures.plot, name="plot")


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
        return complain(str(error), WRONG_INPUT)
    except _UsageError as error:
        return complain(_usage(error), WRONG_INPUT)
    except MemoryError:
        return complain("there is not enough memory for this.", STOPPED)
    except OSError as error:
        return _unwritable(error)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        reason = "interrupted before there was an answer."
        if "--json" in (sys.argv[1:] if given is None else given):
            print_json({"stopped": "interrupted", "reason": reason})
        return complain(reason, STOPPED)
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
    return complain(f"the output cannot be written: {reason}.", WRONG_INPUT)


_UsageError: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)


def _usage(error: Exception) -> str:
    message: str = error.format_message()  # type: ignore[attr-defined]
    if message and message[-1] not in ".?!)":
        message += "."
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "detente"
    return f"{message} See '{command} --help'." if message else f"See '{command} --help'."
