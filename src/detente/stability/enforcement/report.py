"""What would make each bundle enforce itself: against one breach, renewed, and in instalments."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from detente.errors import NotSupported, OutOfTime, SummitError
from detente.stability.enforcement.ladder import Climb, Ladder, ladder
from detente.stability.enforcement.one_shot import OneShot, one_shot
from detente.stability.enforcement.one_shot import refusal as one_shot_refusal
from detente.stability.enforcement.renewed import Renewed, renewed
from detente.stability.enforcement.repeated import Rule
from detente.stability.enforcement.shares import Shares, shares
from detente.stability.enforcement.stages import Repeated
from detente.stability.following.union import Union
from detente.stability.verdict import Stopped
from detente.stability.words import PLAIN, Wording, limit_passed, wording_of

if TYPE_CHECKING:
    import pandas

    from detente.summit.summit import Summit

FEW = 3
"""Bundles up to which instalments are looked for without being asked for."""

Found = TypeVar("Found")


@dataclass(frozen=True)
class Enforced:
    """One bundle, in three ways.

    `one_shot` : for each side that can break it, what keeps it from one breach
    `renewed` : renewed period after period
    `ladder` : partial steps through the bundles of the file
    `shares` : partial steps by shares
    `notes` : which of the three is missing, and why
    """

    bundle: str
    terms: Mapping[str, str]
    one_shot: tuple[OneShot, ...] | None
    renewed: Renewed | None
    ladder: Ladder | None
    shares: Shares | None
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Enforcement:
    """What would make each bundle enforce itself, one entry a bundle, in the order asked for.

    `rule` : how cheating is answered where deals are renewed; its false alarms as far as given
    `period` : the length of a period in years
    `wording` : how the file says amounts and moves
    `anew` : whether nothing runs by the year, so that a deal is struck anew in each round
    `stopped` : `finished`, `time_limit` or `interrupted`; `reason` then says so
    """

    title: str
    players: tuple[str, ...]
    parties: tuple[str, ...]
    bundles: tuple[Enforced, ...]
    length: int | None
    false_alarm: Fraction | None
    period: Fraction
    anew: bool
    wording: Wording = field(default=PLAIN, repr=False)
    stopped: Stopped = "finished"
    reason: str = ""
    asked: int = 0

    def __len__(self) -> int:
        return len(self.bundles)

    def __iter__(self) -> Iterator[Enforced]:
        return iter(self.bundles)

    def __getitem__(self, which: str | int) -> Enforced:
        """The entry of a bundle, by position or by name. Raises SummitError where there is none."""
        if isinstance(which, int):
            if not -len(self.bundles) <= which < len(self.bundles):
                raise SummitError(f"there are {len(self.bundles)} bundles; found {which}.")
            return self.bundles[which]
        for entry in self.bundles:
            if entry.bundle == which:
                return entry
        names = ", ".join(f"'{entry.bundle}'" for entry in self.bundles[:5])
        raise SummitError(f"this report has no bundle '{which}'. It has, among others: {names}.")

    def to_frame(self, exact: bool = True) -> pandas.DataFrame:
        """A pandas data frame, one row a bundle and side.

        `exact` : ends of sets as Fractions (irrational ones as algebraic numbers); else as floats

        Raises NotSupported where pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise NotSupported(
                "to_frame needs pandas, which is not installed. Run: pip install 'detente[frames]'."
            ) from None
        rows = [row for entry in self.bundles for row in _rows(entry)]
        if not exact:
            rows = [{key: _float(value) for key, value in row.items()} for row in rows]
        return pandas.DataFrame(rows, columns=list(_COLUMNS)).set_index(["bundle", "side"])

    def __repr__(self) -> str:
        holding = sum(1 for entry in self if entry.renewed is not None and entry.renewed.holds)
        return f"<Enforcement of {self.title!r}: {holding} of {len(self)} bundles kept if renewed>"

    def _repr_html_(self) -> str:
        from detente.notebook import table_html
        from detente.stability.enforcement.telling import cells, headings, voice_of

        rows = [cells(entry) for entry in self.bundles]
        return table_html(self.title, headings(voice_of(self).unit), rows)


def enforcement(
    summit: Summit,
    bundles: str | int | Mapping[str, str] | Iterable[str | int | Mapping[str, str]] | None = None,
    side: str | None = None,
    time_limit: float | None = None,
    *,
    punishment: int | None = None,
    false_alarm: Fraction | int | str | None = None,
    instalments: bool | None = None,
) -> Enforcement:
    """What would make bundles enforce themselves: once, renewed, and in instalments.

    `bundles` : these only, by name, terms or position; all unless given
    `side` : what keeps this side from cheating, only
    `time_limit` : seconds after which it stops with what is found
    `punishment` : how many periods, where a deal is renewed; for ever unless given
    `false_alarm` : how likely an alarm rings although nobody cheats; the file's own unless given
    `instalments` : look for partial steps; for up to three bundles unless said

    Raises NotSupported for a tree written by hand, SummitError for an unknown bundle or side,
    GameError for a punishment or a chance that is none.

    >>> import detente as dt
    >>> found = enforcement(dt.load("hanoi-2019"), "kumgang + full + inspected")
    >>> north = found[0].renewed.keepers[1]
    >>> north.side, north.holds, north.sets["patience"].text("d")
    ('DPRK', False, 'd ≥ 0.9244')
    """
    from detente.game.expressions import exact

    noise = None if false_alarm is None else exact(false_alarm)
    Rule(punishment, noise or Fraction(0))  # refused before anything is computed
    repeated = Repeated(_summit(summit))
    if side is not None and side not in summit.sides:
        raise SummitError(f"there is no side '{side}'. The sides are: {', '.join(summit.sides)}.")
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    chosen = _chosen(summit, bundles)
    work = _Work(repeated, side, deadline, punishment, noise)
    steps = len(chosen) <= FEW if instalments is None else instalments
    done: list[Enforced] = []
    stopped: Stopped = "finished"
    reason = ""
    try:
        for entry in work.entries(chosen, steps):
            done.append(entry)
    except OutOfTime:
        stopped, reason = "time_limit", limit_passed(time_limit)
    except KeyboardInterrupt:
        stopped, reason = "interrupted", "interrupted"
    if reason:
        reason = f"{reason} after {len(done)} of {len(chosen)} bundles."
    return Enforcement(
        summit.title, summit.sides, summit.parties, tuple(done), punishment, noise,
        repeated.period, repeated.anew, wording_of(summit), stopped, reason, len(chosen),
    )  # fmt: skip


def _summit(given: Any) -> Summit:
    if not hasattr(given, "plan"):
        raise NotSupported(
            "enforcement asks what sides concede and how they may break it: it takes a summit "
            "file. For a game tree, see `detente solve` and `detente stability`."
        )
    return given  # type: ignore[no-any-return]


def _chosen(summit: Summit, bundles: Any) -> list[int]:
    from detente.stability.case import bundle_index, refuse_without_bundles

    refuse_without_bundles(summit)
    if bundles is None:
        return list(range(len(summit.bundles)))
    if isinstance(bundles, (str, int, Mapping)):
        bundles = [bundles]
    return list(dict.fromkeys(bundle_index(summit, bundle) for bundle in bundles))


class _Work:
    def __init__(
        self,
        repeated: Repeated,
        side: str | None,
        deadline: float | None,
        punishment: int | None,
        false_alarm: Fraction | None,
    ) -> None:
        self.repeated = repeated
        self.summit = repeated.summit
        self.side = side
        self.deadline = deadline
        self.punishment = punishment
        self.false_alarm = false_alarm

    def entries(self, chosen: list[int], steps: bool) -> Iterator[Enforced]:
        once = _Grouped(self._shots(chosen))
        refused = one_shot_refusal(self.summit)
        climb = self._climb() if steps else None
        for bundle in chosen:
            if self.deadline is not None and time.perf_counter() > self.deadline:
                raise OutOfTime
            notes: dict[str, str] = {}
            name = self.summit.bundles[bundle].name
            shots = None
            if refused:
                notes["one_shot"] = refused
            else:
                shots = tuple(once.of(name))
            yield Enforced(
                name,
                self.summit.bundles[bundle].terms,
                shots,
                _or_why(lambda b=bundle: self._renewed(b), "renewed", notes),  # type: ignore[misc]
                self._ladder(climb, bundle, notes) if climb is not None else None,
                _or_why(lambda b=bundle: shares(self.repeated, b), "shares", notes)  # type: ignore[misc]
                if climb is not None else None,
                notes,
            )

    def _shots(self, chosen: list[int]) -> Iterator[OneShot]:
        if one_shot_refusal(self.summit):
            return iter(())
        return one_shot(self.summit, chosen, self.side, deadline=self.deadline)

    def _renewed(self, bundle: int) -> Renewed:
        found = renewed(self.repeated, bundle, self.punishment, self.false_alarm)
        return found if self.side is None else _only(found, self.side)

    def _climb(self) -> Climb | str:
        try:
            return Climb(self.repeated, self.deadline)
        except NotSupported as error:
            return error.message

    def _ladder(self, climb: Climb | str, bundle: int, notes: dict[str, str]) -> Ladder | None:
        if isinstance(climb, str):
            notes["ladder"] = climb
            return None
        return _or_why(lambda: ladder(climb, bundle), "ladder", notes)


class _Grouped:
    """What keeps each side from one breach, a bundle at a time."""

    def __init__(self, shots: Iterator[OneShot]) -> None:
        self._shots = shots
        self._held: OneShot | None = None

    def of(self, bundle: str) -> Iterator[OneShot]:
        """Those of this bundle, which come next if there are any."""
        while True:
            shot = self._held or next(self._shots, None)
            self._held = shot
            if shot is None or shot.bundle != bundle:
                return
            self._held = None
            yield shot


def _or_why(find: Callable[[], Found], what: str, notes: dict[str, str]) -> Found | None:
    try:
        return find()
    except NotSupported as error:
        notes[what] = error.message
        return None


def _only(found: Renewed, side: str) -> Renewed:
    """What concerns one side."""
    from dataclasses import replace

    keepers = tuple(keeper for keeper in found.keepers if keeper.side == side)
    return replace(found, keepers=keepers, idle=None if keepers else True)


# ── data frame ─────────────────────────────────────────────────────────────────────────────────

_SETS = ("patience", "detection", "false_alarm", "penalty")
_COLUMNS = (
    "bundle", "side", "gain", "cost", "once: detection", "once: penalty", "once: patience",
    "renewed: holds", *(f"renewed: {key}" for key in _SETS), "renewed: shortest punishment",
)  # fmt: skip


def _rows(entry: Enforced) -> Iterator[dict[str, Any]]:
    shots = {shot.side: shot for shot in entry.one_shot or ()}
    keepers = {k.side: k for k in (entry.renewed.keepers if entry.renewed is not None else ())}
    for side in dict.fromkeys([*shots, *keepers]):
        row: dict[str, Any] = {"bundle": entry.bundle, "side": side}
        if side in shots and shots[side].breaches:
            worst = max(shots[side].breaches, key=lambda breach: breach.net)
            row |= {"gain": worst.gain, "cost": worst.cost}
            row |= {f"once: {q}": _least(s) for q, s in shots[side].sets.items()}
        if side in keepers:
            row["renewed: holds"] = keepers[side].holds
            row |= {f"renewed: {q}": _least(s) for q, s in keepers[side].sets.items()}
            known = keepers[side].lengths
            row["renewed: shortest punishment"] = None if known is None else known.shortest
            if "renewed: false_alarm" in row:
                # Of false alarms it is the most that counts.
                row["renewed: false_alarm"] = keepers[side].sets["false_alarm"].supremum
        yield row


def _least(values: Union) -> Any:
    return values.infimum


def _float(value: Any) -> Any:
    if isinstance(value, bool | str | int) or value is None:
        return value
    return float(value)
