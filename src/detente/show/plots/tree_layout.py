"""Where the marks of a tree stand: columns from left to right, a row each, nothing on top of
anything else.

Every subtree has rows of its own, and every column its own stretch for the moves' names, for the
lines that join what a player cannot tell apart, and for the boxes of its nodes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detente.game.tree import Game
from detente.show.plots.style import BODY, SMALL, height_of
from detente.show.plots.tree_words import Texts
from detente.show.plots.unfolding import Mark

BEND = 12.0
"""Points in which a branch gets to its row."""
LANE = 5.0
"""Points between two lines that join information sets."""
PAD = 4.0
ROW = 3.0
"""Points between two rows."""
MOST_LANES = 12
"""Beyond it information sets are told apart by their numbers alone."""

@dataclass(eq=False)
class Layout:
    """Positions in points, y downwards from the first row.

    `level` : mark → its column
    `y` : mark → its row
    `left` : where the boxes of each column begin
    `lanes` : information set → x of the line that joins its marks
    `members` : information set → its marks, from top to bottom, where more than one is shown
    """

    texts: Mapping[Mark, Texts]
    level: Mapping[Mark, int]
    y: Mapping[Mark, float]
    left: Sequence[float]
    right: Sequence[float]
    lanes: Mapping[int, float]
    members: Mapping[int, Sequence[Mark]]
    width: float
    height: float


def box_height(texts: Texts) -> float:
    """How high the box of a node is."""
    return height_of(1, BODY) + height_of(len(texts.inside) - 1, SMALL) + PAD


def lay_out(game: Game, root: Mark, texts: Mapping[Mark, Texts]) -> Layout:
    """Where everything stands.

    Parameters
    ----------
    root : of the marks to place
    texts : what is written at each of them
    """
    marks = list(root.walk())
    members = _members(game, marks)
    level = _levels(marks, members)
    y, height = _rows(root, texts)
    members = {h: sorted(own, key=y.__getitem__) for h, own in members.items()}
    lane_of, lane_count = _lanes(members, level, y)
    left, right = _columns(marks, texts, level, lane_count)
    lanes = {h: left[column] - LANE * (lane + 1) for h, (column, lane) in lane_of.items()}
    ends = [
        left[level[mark]] + 12 + texts[mark].inside_width for mark in marks if mark.kind != "node"
    ]
    width = max([right[level[mark]] for mark in marks if mark.kind == "node"] + ends)
    return Layout(texts, level, y, left, right, lanes, members, width, height)


def _members(game: Game, marks: Sequence[Mark]) -> dict[int, list[Mark]]:
    """The information sets of which several nodes are shown."""
    found: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        if mark.kind == "node" and game.mover[mark.node] >= 0:
            found[int(game.infoset[mark.node])].append(mark)
    # Occurrences of one shared node are places that its player tells apart.
    return {
        h: own for h, own in found.items() if len({mark.node for mark in own}) > 1
    }


def _levels(marks: Sequence[Mark], members: Mapping[int, Sequence[Mark]]) -> dict[Mark, int]:
    """The column of each mark: right of its parent's, an information set in one column.

    Where that cannot be (a player may meet the same information set twice on one way), by depth.
    """
    depth: dict[Mark, int] = {marks[0]: 0}
    for mark in marks:
        for child in mark.children:
            depth[child] = depth[mark] + 1
    level = dict(depth)
    for _ in range(len(marks) + 1):
        changed = False
        for own in members.values():
            most = max(level[mark] for mark in own)
            for mark in own:
                changed |= level[mark] < most
                level[mark] = most
        for mark in marks:
            for child in mark.children:
                if level[child] <= level[mark]:
                    level[child] = level[mark] + 1
                    changed = True
        if not changed:
            return level
    return depth


def _rows(root: Mark, texts: Mapping[Mark, Texts]) -> tuple[dict[Mark, float], float]:
    """The row of each mark and the height of all: each subtree has its rows to itself."""
    marks = list(root.walk())
    extent: dict[Mark, tuple[float, float]] = {}  # above and below the mark's own row
    offsets: dict[Mark, list[float]] = {}  # of the children's rows from the mark's
    for mark in reversed(marks):
        up, down = _need(mark, texts[mark])
        if not mark.children:
            extent[mark] = up, down
            continue
        places, cursor = [], 0.0
        for child in mark.children:
            places.append(cursor + extent[child][0])
            cursor += sum(extent[child]) + ROW
        cursor -= ROW
        middle = (places[0] + places[-1]) / 2
        offsets[mark] = [place - middle for place in places]
        extent[mark] = max(up, middle), max(down, cursor - middle)
    y = {root: extent[root][0]}
    for mark in marks:
        for child, offset in zip(mark.children, offsets.get(mark, []), strict=True):
            y[child] = y[mark] + offset
    return y, sum(extent[root])


def _need(mark: Mark, texts: Texts) -> tuple[float, float]:
    """What a mark takes above and below its row."""
    up = height_of(len(texts.move), SMALL) + 1 if texts.move else 0.0
    if mark.kind == "node":
        half = box_height(texts) / 2
        return max(up, half), half
    half = height_of(1, BODY) / 2
    return max(up, half), half


def _lanes(
    members: Mapping[int, Sequence[Mark]], level: Mapping[Mark, int], y: Mapping[Mark, float]
) -> tuple[dict[int, tuple[int, int]], dict[int, int]]:
    """Information set → its column and lane; column → how many lanes it needs.

    Two sets share a lane where one ends above the other.
    """
    found: dict[int, tuple[int, int]] = {}
    ends: dict[int, list[float]] = defaultdict(list)
    for h, own in sorted(members.items(), key=lambda item: y[item[1][0]]):
        columns = {level[mark] for mark in own}
        if len(columns) > 1:
            continue
        column = columns.pop()
        top, bottom = y[own[0]], y[own[-1]]
        free = [i for i, end in enumerate(ends[column]) if end < top - ROW]
        if not free and len(ends[column]) >= MOST_LANES:
            continue
        if free:
            ends[column][free[0]] = bottom
        else:
            ends[column].append(bottom)
        found[h] = column, free[0] if free else len(ends[column]) - 1
    return found, {column: len(own) for column, own in ends.items()}


def _columns(
    marks: Sequence[Mark], texts: Mapping[Mark, Texts], level: Mapping[Mark, int],
    lanes: Mapping[int, int],
) -> tuple[list[float], list[float]]:  # fmt: skip
    """Where the boxes of each column begin and end."""
    count = max(level.values()) + 1
    box = [0.0] * count
    names = [0.0] * (count + 1)
    for mark in marks:
        if mark.kind == "node":
            box[level[mark]] = max(box[level[mark]], texts[mark].inside_width + 2 * PAD)
        for child in mark.children:
            after = level[mark] + 1
            names[after] = max(names[after], texts[child].move_width)
    left, right, x = [], [], 0.0
    for column in range(count):
        if column:
            x += BEND + names[column] + 2 * PAD + LANE * lanes.get(column, 0)
        left.append(x)
        x += box[column]
        right.append(x)
    return left, right
