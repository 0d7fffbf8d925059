"""What all pictures share: a sheet measured in points, pens that print in black and white, files.

Text never overlaps because it is measured before it is placed.
"""

from __future__ import annotations

import os
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from detente.errors import DetenteError, FileError, NotSupported, Place
from detente.files.writing import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1a1a1a"
FAINT = "#8c8c8c"
"""Light enough to recede, dark enough for a copying machine."""
PAPER = "#ffffff"
BODY = 8.0
"""Points of running text."""
SMALL = 7.0
TITLE = 10.5
LINE = 1.25
"""Height of a line of text, in its font size."""
DOTS = 150
"""Dots an inch of a PNG."""
_SLACK = 1.03
"""Of a text's measured width: other programs set the same letters a little wider."""
MOST_INCHES = 200.0
"""Of a picture's longer side; beyond it a PNG would not fit into memory."""

PENS = (
    ("#1b4f8a", "solid"),
    ("#c2571a", (0, (5, 2))),
    ("#2f7d4f", (0, (1.5, 1.5))),
    ("#7a3e8e", (0, (6, 2, 1.5, 2))),
    ("#8a6d00", (0, (3, 1.2, 1, 1.2, 1, 1.2))),
    ("#444444", (0, (9, 3))),
)
"""Colour and line style of each side in turn; the colours differ in lightness too."""
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++++")

_FONT = "DejaVu Sans"
_OTHER_SCRIPTS = (
    "Noto Sans CJK KR", "Noto Sans CJK JP", "Noto Sans CJK SC", "Malgun Gothic", "Hiragino Sans",
    "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei", "Noto Sans", "Arial Unicode MS",
)  # fmt: skip
"""Fonts for letters that the first lacks, where the machine has them."""
_SETTINGS: dict[Any, Any] = {
    "font.size": BODY,
    # 'M$' is a unit, not the start of a formula.
    "text.parse_math": False,
    "text.usetex": False,
    # Text is as wide on the screen as where it was measured.
    "text.hinting": "no_hinting",
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",
    # The same picture is the same file.
    "svg.hashsalt": "detente",
    "pdf.fonttype": 42,
}
_KINDS = {".svg": "svg", ".png": "png", ".pdf": "pdf"}


def pen(position: int) -> tuple[str, Any]:
    """The colour and line style of the side at this position."""
    return PENS[position % len(PENS)]


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with the settings of these pictures; the caller's come back afterwards.

    Raises NotSupported where matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
    except ImportError:
        raise NotSupported(
            "pictures need matplotlib, which is not installed. Run: pip install 'detente[plots]'."
        ) from None
    with rc_context({**_SETTINGS, "font.family": _families()}), warnings.catch_warnings():
        # A script that the font lacks: an SVG is read with the reader's own fonts all the same.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        yield


@cache
def _families() -> list[str]:
    from matplotlib.font_manager import fontManager

    known = set(fontManager.get_font_names())
    return [_FONT, *(name for name in _OTHER_SCRIPTS if name in known), "sans-serif"]


# ── text ───────────────────────────────────────────────────────────────────────────────────────


@lru_cache(20_000)
def width_of(text: str, size: float = BODY, bold: bool = False) -> float:
    """How wide a line of text is, in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    # Letters as wide as they are high, which the font at hand may lack.
    wide = sum(east_asian_width(letter) in "WF" for letter in text)
    narrow = "".join(letter for letter in text if east_asian_width(letter) not in "WF")
    measured = 0.0
    if narrow:
        font = FontProperties(family=_FONT, size=size, weight="bold" if bold else "normal")
        measured = text_to_path.get_text_width_height_descent(narrow, font, ismath=False)[0]
    return _SLACK * (float(measured) + wide * size)


def height_of(lines: float, size: float = BODY) -> float:
    """How high so many lines of text are, in points."""
    return lines * size * LINE


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and end where it is longer than so many characters.

    >>> shortened("kumgang + partial + inspected", 16)
    'kumgang…spected'
    """
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail].rstrip()}…{text[-tail:].lstrip()}"


def wrapped(text: str, columns: int, lines: int) -> list[str]:
    """The text on at most so many lines, the last one cut where it does not fit.

    >>> wrapped("kumgang + partial + inspected + declared", 18, 2)
    ['kumgang + partial', '+ inspect…declared']
    """
    found = textwrap.wrap(text, columns, break_on_hyphens=False) or [""]
    if len(found) > lines:
        found = [*found[: lines - 1], shortened(" ".join(found[lines - 1 :]), columns)]
    return found


# ── the sheet ──────────────────────────────────────────────────────────────────────────────────


class Sheet:
    """A figure whose coordinates are points from the top left corner, y downwards.

    Parameters
    ----------
    width, height : in points
    size : inches (width, height) to fit it into, text and all; its own size unless given
    """

    def __init__(
        self, width: float, height: float, size: tuple[float, float] | None = None
    ) -> None:
        from matplotlib.figure import Figure

        own = (width / 72, height / 72)
        self.scale = 1.0 if size is None else min(size[0] / own[0], size[1] / own[1])
        if size is None and max(own) > MOST_INCHES:
            self.scale = MOST_INCHES / max(own)
        self.figure: Figure = Figure(
            figsize=(own[0] * self.scale, own[1] * self.scale), dpi=DOTS, facecolor=PAPER
        )
        self.axes: Axes = self.figure.add_axes((0, 0, 1, 1), frame_on=False)
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)
        self.axes.set_axis_off()

    def text(
        self, x: float, y: float, text: str, *, size: float = BODY, at: str = "left",
        base: str = "center", bold: bool = False, italic: bool = False, color: str = INK,
        above: int = 3, backed: bool = False,
    ) -> None:  # fmt: skip
        """One line of text.

        `at`, `base` : which of its points lies at (x, y), as matplotlib calls them
        `backed` : whether it covers what lies below it
        """
        box = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.2 * self.scale}
        self.axes.text(
            x, y, text, fontsize=size * self.scale, ha=at, va="center_baseline"
            if base == "center" else base, fontweight="bold" if bold else "normal",
            fontstyle="italic" if italic else "normal", color=color, zorder=above,
            bbox=box if backed else None, clip_on=False,
        )  # fmt: skip

    def line(
        self, points: list[tuple[float, float]], *, stroke: float = 0.8, color: str = INK,
        style: Any = "solid", above: int = 1,
    ) -> None:  # fmt: skip
        """A line through these points."""
        x, y = zip(*points, strict=True)
        self.axes.plot(
            x, y, color=color, linewidth=stroke * self.scale, linestyle=style, zorder=above,
            solid_capstyle="round", solid_joinstyle="round", clip_on=False,
        )  # fmt: skip

    def shape(
        self, points: list[tuple[float, float]], *, fill: str = PAPER, color: str = INK,
        stroke: float = 0.8, hatch: str = "", style: Any = "solid", above: int = 2,
    ) -> None:  # fmt: skip
        """A closed shape with these corners."""
        from matplotlib.patches import Polygon

        self.axes.add_patch(
            Polygon(
                points, closed=True, facecolor=fill, edgecolor=color, hatch=hatch or None,
                linewidth=stroke * self.scale, linestyle=style, zorder=above, clip_on=False,
            )
        )  # fmt: skip

    def box(
        self, left: float, top: float, width: float, height: float, **look: Any
    ) -> None:
        """A rectangle; `look` as for `shape`."""
        right, bottom = left + width, top + height
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], **look)

    def disc(
        self, x: float, y: float, radius: float, *, fill: str = PAPER, color: str = INK,
        stroke: float = 0.8, hatch: str = "", style: Any = "solid", above: int = 2,
    ) -> None:  # fmt: skip
        """A circle."""
        from matplotlib.patches import Circle

        self.axes.add_patch(
            Circle(
                (x, y), radius, facecolor=fill, edgecolor=color, hatch=hatch or None,
                linewidth=stroke * self.scale, linestyle=style, zorder=above, clip_on=False,
            )
        )  # fmt: skip


# ── files ──────────────────────────────────────────────────────────────────────────────────────


def check_target(target: Path, force: bool) -> str:
    """The format that a picture's file is written in.

    Raises FileError where its ending is no such format, or the file is there (unless `force`).
    """
    kind = _KINDS.get(target.suffix.lower())
    if kind is None:
        raise FileError(
            f"'{target.suffix}' is no format of pictures. Use one of: {', '.join(_KINDS)}.",
            Place(str(target)),
        )
    try:
        if target.is_dir():
            raise FileError("this is a folder. Name a file in it.", Place(str(target)))
        if target.exists() and not force:
            raise FileError("this file exists. Overwrite it with --force.", Place(str(target)))
        if not target.parent.is_dir():
            raise FileError(
                "cannot be written: its folder is not there. Make it first.", Place(str(target))
            )
    except (OSError, ValueError) as error:
        _unwritable(target, error)
    return kind


def save(figure: Figure, target: str | os.PathLike[str], force: bool = False) -> None:
    """Write a picture whole or not at all, as SVG (text stays text), PNG or PDF.

    Raises FileError as `check_target` does, and where the file cannot be written.
    """
    path = Path(target)
    data = encoded(figure, check_target(path, force))
    with whole_file(path) as stream:
        stream.buffer.write(data)


def _unwritable(path: Path, error: Exception) -> None:
    reason = getattr(error, "strerror", None) or str(error)
    raise FileError(
        f"cannot be written: {reason}. Choose another place.", Place(str(path))
    ) from None


def encoded(figure: Figure, kind: str) -> bytes:
    """The picture in this format: svg, png or pdf. The same picture gives the same bytes."""
    from io import BytesIO

    stream = BytesIO()
    date = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    with drawing():
        figure.savefig(stream, format=kind, metadata=date, dpi=DOTS)
    return stream.getvalue()


def inches(size: str | tuple[float, float] | None) -> tuple[float, float] | None:
    """A size as people write it, `8x5`, in inches.

    Raises DetenteError where it is none.

    >>> inches("8x5.5")
    (8.0, 5.5)
    """
    if size is None:
        return None
    parts = size.lower().replace("×", "x").split("x") if isinstance(size, str) else list(size)
    try:
        wide, high = (float(part) for part in parts)
    except (TypeError, ValueError):
        wide = high = 0.0
    if not (0.5 <= wide <= MOST_INCHES and 0.5 <= high <= MOST_INCHES):
        raise DetenteError(
            f"a size is WIDTHxHEIGHT in inches, each from 0.5 to {MOST_INCHES:g}, such as 8x5; "
            f"found {size!r}."
        )
    return wide, high
