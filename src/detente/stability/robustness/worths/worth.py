"""What inspections, commitments and knowledge are worth to each side, in equilibrium payoffs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, OutOfTime, no_parameter
from detente.game.formulas import Parameter
from detente.game.tree import Game
from detente.stability.case import Source
from detente.stability.readings import Listed, sequential_equilibria
from detente.stability.robustness.draws.verdicts import parameters_of
from detente.stability.robustness.worths.committing import Committed, commitments, committed
from detente.stability.robustness.worths.inspecting import Inspected, breaking_sides, inspected
from detente.stability.robustness.worths.knowing import EVERYBODY, Known, drawable, knowing
from detente.stability.robustness.worths.revealing import Revealed, revealed, signed_somewhere
from detente.stability.robustness.worths.under_beliefs import (
    committed_unseen,
    inspected_unseen,
    learnt_unseen,
)
from detente.stability.talks import settled
from detente.stability.verdict import Range, Stopped
from detente.stability.words import limit_passed

if TYPE_CHECKING:
    import pandas

    from detente.summit.summit import Summit

Report = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Worth:
    """What is worth how much to whom, before the talks begin.

    `bundles` : the bundles that were asked about, by name
    `inspections` : one entry a side that is inspected, a place and a party
    `commitments` : one entry a commitment, a place and a party
    `types` : one entry a revelation of types, a place and a party
    `parameters` : one entry a parameter, who learns it, a place and a party
    `asked` : the parameters that were asked about
    `left` : what is not told (a part, or a part and a bundle) → why
    `hidden` : whether payoffs are those of the sequential equilibria found
    `reason` : why it stopped early
    """

    title: str
    players: tuple[str, ...]
    parties: tuple[str, ...]
    unit: str
    round: int | None
    bundles: tuple[str, ...]
    inspections: tuple[Inspected, ...] = ()
    commitments: tuple[Committed, ...] = ()
    types: tuple[Revealed, ...] = ()
    parameters: tuple[Known, ...] = ()
    asked: tuple[str, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    hidden: bool = False
    stopped: Stopped = "finished"
    reason: str = ""

    def to_frame(self, exact: bool = True) -> pandas.DataFrame:
        """One row a party, for each thing that has a worth, and where: the least and greatest gain.

        `exact` : as Fractions; else as floats
        """
        from detente.stability.bargaining.frames import frame

        rows = [
            {
                "what": what,
                "where": where or "talks",
                "party": party,
                "least": low,
                "greatest": high,
            }
            for what, where, party, (low, high) in self.gains()
        ]
        if not rows:
            empty = dict.fromkeys(["what", "where", "party", "least", "greatest"])
            return frame([empty], "what", exact).iloc[:0]
        return frame(rows, "what", exact)

    def gains(self) -> Iterator[tuple[str, str, str, Range]]:
        """What has a worth, where, to whom, and the least and greatest that it is worth."""
        for seen in self.inspections:
            yield f"inspections of {seen.inspected}", seen.where, seen.party, seen.gain()
        for bound in self.commitments:
            yield bound.commitment.text, bound.where, bound.party, bound.gain
        for known in self.types:
            yield known.revelation.text, known.where, known.party, known.gain
        for learnt in self.parameters:
            who = "all" if learnt.to == EVERYBODY else f"{learnt.to} in secret"
            yield f"{learnt.parameter}, to {who}", learnt.where, learnt.party, learnt.gain

    def __repr__(self) -> str:
        return f"<Worth '{self.title}', {', '.join(self.bundles) or self.reason}>"

    def _repr_html_(self) -> str:
        from detente.show.worth import worth_html

        return worth_html(self)


def worth(
    talks: Summit | Game,
    *,
    bundles: Iterable[str | int | Mapping[str, str]] | None = None,
    parameters: str | Iterable[str] = (),
    tables: bool = True,
    round: int | None = None,
    time_limit: float | None = None,
    progress: Report | None = None,
) -> Worth:
    """What inspections, commitments, the other's type and parameters are worth to each party.

    `talks` : a summit, or a game whose nodes are tagged with bundles
    `bundles` : these, by name, terms or position, besides the talks as written; those that the
        talks may settle on unless given
    `parameters` : those whose knowledge is weighed, by name; `all` for all that have a range or a
        distribution
    `tables` : whether parameters are weighed at the tables of the bundles, and not in the talks
        alone
    `round` : in which the bundles are put on the table; the last one unless given
    `time_limit` : seconds after which what is found comes back
    `progress` : told how far it has come

    Payoffs are exact: the least and the greatest over all pure subgame-perfect equilibria; under
    hidden information, over the sequential equilibria found. Parameters whose distribution does
    not integrate exactly are drawn, with error bars. Raises SummitError for an unknown bundle and
    DetenteError for an unknown parameter.

    >>> import detente as dt
    >>> summit = dt.load("hanoi-2019")
    >>> found = dt.worth(summit, bundles=["civilian + full + inspected"])
    >>> seen = [e for e in found.inspections if e.where and e.party == "US"][-1]
    >>> seen.inspected, seen.gain()
    ('DPRK', (Fraction(539, 1), Fraction(539, 1)))
    """
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    source = Source(talks, round)
    given = None if bundles is None else source.chosen(bundles)
    asked = _named(source, parameters)
    parts = _Parts(source, given, asked, tables, deadline, progress)
    stopped: Stopped = "finished"
    reason = ""
    try:
        parts.fill()
    except OutOfTime:
        stopped, reason = "time_limit", f"{limit_passed(time_limit)}."
    except KeyboardInterrupt:
        stopped, reason = "interrupted", "interrupted."
    named = tuple(source.talks.bundles[k].name for k in parts.bundles)
    return Worth(
        title=source.talks.title,
        players=source.sides,
        parties=source.parties,
        unit=source.wording.unit,
        round=source.round,
        bundles=named,
        inspections=tuple(parts.inspections),
        commitments=tuple(parts.commitments),
        types=tuple(parts.types),
        parameters=tuple(parts.parameters),
        asked=tuple(parameter.name for parameter in asked),
        left=parts.left,
        hidden=source.hidden,
        stopped=stopped,
        reason=reason,
    )


def _named(source: Source, given: str | Iterable[str]) -> list[Parameter]:
    """The parameters that are asked about; DetenteError for one that cannot be doubted."""
    known = parameters_of(source.talks)
    ranged = {parameter.name: parameter for parameter in drawable(known, source.talks)}
    names = [given] if isinstance(given, str) else list(given)
    every = "all" in names and "all" not in known
    if every:
        names = [name for name in names if name != "all"]
    for name in names:
        if name not in known:
            raise DetenteError(no_parameter(name, known))
        if name not in ranged:
            raise DetenteError(
                f"nothing says what might be learnt of the parameter '{name}'. Give it a range or "
                "a distribution in the file, as in 'range: [0, 1]'."
            )
    return [ranged[name] for name in dict.fromkeys(ranged if every else names)]


class _Parts:
    """What has been found so far, part by part."""

    def __init__(
        self,
        source: Source,
        given: Sequence[int] | None,
        asked: Sequence[Parameter],
        tables: bool,
        deadline: float | None,
        progress: Report | None,
    ) -> None:
        self.source, self.deadline, self.progress = source, deadline, progress
        self.given, self.asked, self.tables = given, asked, tables
        self.bundles: Sequence[int] = given or ()
        self.inspections: list[Inspected] = []
        self.commitments: list[Committed] = []
        self.types: list[Revealed] = []
        self.parameters: list[Known] = []
        self.left: dict[str, str] = {}

    def fill(self) -> None:
        """All parts; OutOfTime where the deadline passes."""
        if self.source.hidden:
            self._unseen()
            return
        if self.given is None:
            self._say("what the talks end with", 0.0)
            self.bundles = self._settled()
        self._inspect()
        self._commit()
        for i, parameter in enumerate(self.asked):
            self._say(f"knowing {parameter.name}", i / len(self.asked))
            self._know(parameter)

    def _settled(self) -> list[int]:
        """The bundles that the talks as written may settle on."""
        every = range(len(self.source.talks.bundles))
        found = settled(self.source.whole, every)
        return [bundle for bundle in every if found.selected(bundle)]

    def _unseen(self) -> None:
        """Under hidden information: over the sequential equilibria found."""
        summit: Summit = self.source.talks
        if self.asked and not self.tables:
            self.left["parameters"] = (
                "where sides do not see everything this takes long, and is told of those that are "
                "named: --parameter NAME."
            )
        self._say("what the talks end with", 0.0)
        whole = sequential_equilibria(self.source.game, self.deadline)
        if isinstance(summit, Game):
            for part in ("inspections", "commitments"):
                self.left[part] = "a game without a summit file does not say what is a breach."
            return
        if self.given is None and not summit.has_tree:
            self.bundles = signed_somewhere(summit, whole)
        self._reveal(summit, whole)
        self._inspect_unseen(summit, whole)
        self._commit_unseen(summit, whole)
        for i, parameter in enumerate(self.asked if self.tables else ()):
            self._say(f"knowing {parameter.name}", i / len(self.asked))
            self._know_unseen(summit, parameter)

    def _know_unseen(self, summit: Summit, parameter: Parameter) -> None:
        left: dict[str, str] = {}
        for each in learnt_unseen(
            summit, parameter, self.bundles, round=self.source.round, deadline=self.deadline,
            left=left,
        ):  # fmt: skip
            self.parameters.append(each)
        self._note(parameter.name, left)

    def _reveal(self, summit: Summit, whole: Listed) -> None:
        self._say("types that become known", 0.2)
        left: dict[str, str] = {}
        for each in revealed(
            summit, self.bundles, whole, round=self.source.round, deadline=self.deadline, left=left
        ):
            self.types.append(each)
        self._note("types", left)

    def _inspect_unseen(self, summit: Summit, whole: Listed) -> None:
        for i, side in enumerate(self._inspectable()):
            self._say(f"inspections of {side}", 0.4 + i / 20)
            left: dict[str, str] = {}
            for seen in inspected_unseen(
                summit, side, self.bundles, whole, round=self.source.round,
                deadline=self.deadline, left=left,
            ):  # fmt: skip
                self.inspections.append(seen)
            self._note(f"inspections of {side}", left)

    def _commit_unseen(self, summit: Summit, whole: Listed) -> None:
        if not self._can_commit():
            return
        self._say("commitments", 0.7)
        left: dict[str, str] = {}
        for bound in committed_unseen(
            summit, self.bundles, whole, round=self.source.round, deadline=self.deadline,
            left=left,
        ):  # fmt: skip
            self.commitments.append(bound)
        self._note("commitments", left)

    def _inspectable(self) -> tuple[str, ...]:
        talks: Any = self.source.talks
        if isinstance(talks, Game) or talks.has_tree:
            self.left["inspections"] = (
                "in a tree written by hand nothing says what is seen of a breach. Write it with "
                "terms and a carrying-out."
            )
            return ()
        sides = breaking_sides(talks)
        if not sides:
            self.left["inspections"] = "no side has anything to breach."
        return sides

    def _can_commit(self) -> bool:
        if commitments(self.source.talks):
            return True
        self.left["commitments"] = "no side has a move that it could give up by committing."
        return False

    def _inspect(self) -> None:
        talks, sides = self.source.talks, self._inspectable()
        for i, side in enumerate(sides):
            self._say(f"inspections of {side}", (i + 1) / (len(sides) + 3))
            left: dict[str, str] = {}
            for seen in inspected(
                talks, side, self.bundles, round=self.source.round, deadline=self.deadline,
                left=left,
            ):  # fmt: skip
                self.inspections.append(seen)
            self._note(f"inspections of {side}", left)

    def _commit(self) -> None:
        if not self._can_commit():
            return
        self._say("commitments", 0.9)
        left: dict[str, str] = {}
        for bound in committed(
            self.source.talks, self.bundles, round=self.source.round, deadline=self.deadline,
            left=left,
        ):  # fmt: skip
            self.commitments.append(bound)
        self._note("commitments", left)

    def _know(self, parameter: Parameter) -> None:
        left: dict[str, str] = {}
        for each in knowing(
            self.source,
            parameter,
            self.bundles if self.tables else (),
            deadline=self.deadline,
            left=left,
        ):
            self.parameters.append(each)
        self._note(parameter.name, left)

    def _note(self, part: str, left: Mapping[str, str]) -> None:
        for where, why in left.items():
            self.left[f"{part}, {where or 'the talks'}"] = why

    def _say(self, what: str, done: float) -> None:
        if self.progress is not None:
            self.progress(what, done)
