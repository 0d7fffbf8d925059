"""The events of a YAML text, and what the parser cannot read in words.

The words are for someone who has never read the YAML specification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from detente.errors import FileError, Place

MAX_KEY = 1024
"""The longest key that YAML allows, in characters."""


def events(text: str, file: str) -> Iterator[Any]:
    """The events of ruamel.yaml's parser.

    Raises FileError where the text is not YAML.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        opened = _place(file, error.context_mark)
        place = _place(file, error.problem_mark or error.context_mark)
        if "':'" in str(error.problem) and len(_line_of(text, opened.line)) > MAX_KEY:
            raise FileError(
                f"a key has more than {MAX_KEY:,} characters, or the ':' after it is missing. Use "
                "a short key, and give the full wording under 'name' or 'note'.",
                opened,
            ) from None
        squeezed = _squeezed(str(error.problem), text, place, opened)
        if squeezed is not None:
            raise squeezed from None
        if "could not find expected ':'" in str(error.problem):
            place = opened  # the parser complains where it gives up, a line or more below
        raise FileError(_in_words(str(error.problem), text, place, opened.line), place) from None
    except YAMLError as error:
        raise FileError(f"this is not YAML: {error}", Place(file)) from None


def _place(file: str, mark: Any) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)


_SQUEEZED = re.compile(
    r"\s*(?:-\s+)*"
    r"(?:(?P<dash>-)(?P<item>[^\W\d]\S*)|(?P<key>[\w.-]+):(?P<value>(?!//)[^\s:]\S*))"
)


def _squeezed(problem: str, text: str, place: Place, opened: Place) -> FileError | None:
    """The error of a line without the space after its dash or colon, if that is what is wrong.

    The parser reads such a line as a text that goes on, and gives up on one of the next lines.
    """
    lines = [place.line, place.line - 1]
    if "could not find expected ':'" in problem:
        lines = [opened.line]
    elif "mapping values are not allowed" not in problem:
        return None
    for number in lines:
        line = _line_of(text, number)
        match = _SQUEEZED.match(line)
        if match is None:
            continue
        if match["dash"]:
            written, sign, column = f"- {match['item']}", "dash", match.start("dash")
        else:
            written, sign, column = f"{match['key']}: {match['value']}", "colon", match.start("key")
        return FileError(
            f"a space is missing after the {sign}. Write '{written}'.",
            Place(place.file, number, column + 1),
        )
    return None


def _in_words(problem: str, text: str, place: Place, opened: int) -> str:
    """What the parser found, in words for someone who has never read the YAML specification."""
    line = _line_of(text, place.line)
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return _TABS
    if "<block end>" in problem:
        if line[: place.column - 1].rstrip()[-1:] in ("'", '"'):
            return _AFTER_QUOTE
        if line.lstrip().startswith("- "):
            return _ITEM.replace("OPENED", str(opened))
    for pattern, words in _COMPLAINTS:
        if re.search(pattern, problem):
            return words.replace("OPENED", str(opened))
    return f"this is not YAML: {problem}. Compare with the example in docs/format.md."


def _line_of(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""


_TABS = "a tab indents this line. YAML is indented by spaces: replace the tab by spaces."

_AFTER_QUOTE = (
    "text follows a closing quotation mark. Start the next entry on a new line, or put the whole "
    "text between one pair of quotes."
)

_ITEM = (
    "a list item ('- ') stands among the keys that began in line OPENED. Indent it below the key "
    "that it belongs to, or write the entry as 'key: value'."
)

_COMPLAINTS = (
    (r"'\\t' that cannot start", _TABS),
    (
        r"mapping values are not allowed",
        "a ':' stands where none is expected. Either this line or the one above is indented "
        "wrongly, or a text that contains ': ' needs quotes.",
    ),
    (
        r"cannot start any token",
        "a text cannot start with this character. Put quotes around the text.",
    ),
    (
        r"expected ',' or '[]}]'",
        "the bracket opened in line OPENED is not closed before this point, or a comma is missing.",
    ),
    (
        r"unexpected end of stream|unexpected document separator",
        "the quotation mark opened in line OPENED is never closed.",
    ),
    (
        r"expected <block end>",
        "this does not continue what began in line OPENED: it is indented differently. Entries "
        "that belong together start in the same column.",
    ),
    (
        r"expected '<document start>'",
        "this line starts further left than the first line of the file. Entries that belong "
        "together start in the same column.",
    ),
    (
        r"sequence entries are not allowed",
        "a list item ('- ') cannot stand on the line of its key. Start the list on the next "
        "line, or write it as [a, b].",
    ),
    (
        r"expected the node content",
        "a bracket closes here that was never opened, or a value is missing. Check the brackets, "
        "or put quotes around the text.",
    ),
    (
        r"unknown escape character",
        "a backslash in double quotes starts an escape that does not exist. Use single quotes.",
    ),
    (
        r"could not find expected ':'",
        "this line is neither 'key: value' nor an item '- …'. Write ': ' after the key, and indent "
        "the lines of a longer text alike.",
    ),
    (
        r"expected alphabetic or numeric",
        "'*' and '&' start names in YAML. Put quotes around a text that begins with them.",
    ),
    (
        r"incompatible YAML document",
        "the YAML version of the first line is unknown. Remove that line.",
    ),
)
