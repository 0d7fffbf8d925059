"""What stability analysis says of a bundle, and of all bundles together."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from detente.errors import NotSupported, SummitError
from detente.stability.reasons import Reason

if TYPE_CHECKING:
    import pandas

    from detente.certify import Certificate
    from detente.stability.case import Case
    from detente.stability.lens import Sight
    from detente.stability.lenses import Seen
    from detente.stability.proof import Witnesses
    from detente.stability.readings import Reading, Table

Modal = Literal["always", "sometimes", "never"]
Range = tuple[Fraction, Fraction]
Stopped = Literal["finished", "time_limit", "interrupted"]


@dataclass(frozen=True)
class Verdict:
    """Whether one bundle would hold, and why. What is not decided is None; `notes` says why.

    `values` : party → what it gets if everyone complies
    `played` : party → the least and greatest it gets as equilibrium plays the signed bundle
    `breakdown` : party → what it gets without agreement
    `acceptable`, `honoured` : in at least one continuation equilibrium
    `stable` : both in one and the same
    `strict` : both in all of them
    `modal` : `always`, `sometimes` or `never` for each of the three
    `agreed`, `kept` : least and greatest probability that the talks sign it; sign it and keep it
    `selected` : whether the talks as written settle on it in some equilibrium
    `offered` : whether anything puts it on the table; in a tree written by hand that may be nothing
    `certificate` : of the equilibrium that the reasons are read from, in the game that judges it
    `proof` : for `acceptable` and `honoured`, what vouches for it over all equilibria, in words
    `witnesses` : for what holds sometimes: one certified equilibrium with, one without
    `case` : the game that judges it; None under hidden information, where `told` takes its place
    `told` : under hidden information the table, and what each equilibrium does there; first the one
        that the reasons are read from
    `lenses` : lens → what it makes of the bundle, of those that were asked
    """

    name: str
    terms: Mapping[str, str]
    values: Mapping[str, Fraction] | None
    played: Mapping[str, Range] | None
    breakdown: Mapping[str, Fraction] | None
    acceptable: bool | None
    honoured: bool | None
    stable: bool | None
    strict: bool | None
    selected: bool | None
    modal: Mapping[str, Modal | None]
    agreed: Range | None
    kept: Range | None
    reasons: tuple[Reason, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    offered: bool = True
    certificate: Certificate | None = field(default=None, repr=False)
    proof: Mapping[str, str] = field(default_factory=dict, repr=False)
    witnesses: Mapping[str, Witnesses] = field(default_factory=dict, repr=False)
    case: Case | None = field(default=None, repr=False, compare=False)
    told: tuple[Table, Sequence[Reading]] | None = field(default=None, repr=False, compare=False)
    lenses: Mapping[str, Sight] = field(default_factory=dict, repr=False)

    @property
    def disagreement(self) -> str | None:
        """Why it holds through some lenses and not through others; None where they agree."""
        from detente.stability.disagreement import disagreement

        return disagreement(self.lenses)

    @property
    def turned_by(self) -> tuple[str, ...] | None:
        """The parameters in whose range `stable` turns, every move solved anew.

        Those that move the first reason most stand first. None where the game is too large to
        judge it so often.
        """
        names = None if self.case is None else self.case.elsewhere.turning
        if not names or not self.reasons:
            return names
        order = [swing.parameter for swing in self.reasons[0].hangs_on or ()]
        place = {name: i for i, name in enumerate(order)}
        return tuple(sorted(names, key=lambda name: place.get(name, len(order))))

    @property
    def word(self) -> str:
        """The verdict in a word or two: `stable`, `stable if indifferent`, `refused`, `broken`…"""
        if self.notes.get("honoured", "").startswith("not decided"):
            return "not decided"
        if not self.offered and self.acceptable is None:
            return _UNOFFERED[self.modal.get("honoured") if self.honoured is not None else None]
        if self.stable is None:
            return "not decided"
        if self.stable:
            if self.told is not None:
                return "stable" if self.modal["stable"] == "always" else "sometimes stable"
            return "stable" if self.strict else "stable on a tie"
        failures = [
            word for word, holds in (("refused", self.acceptable), ("broken", self.honoured))
            if holds is False
        ]
        return " and ".join(failures) or "signed only where broken"

    @property
    def breakers(self) -> tuple[str, ...]:
        """The sides that break it by their own interest, not because they foresee a breach."""
        roots = [r for r in self.reasons if r.root]
        breaks = [r for r in self.reasons if r.kind == "breaks"]
        own = [r for r in breaks if r.stake is None or r.stake.foreseen is None]
        return tuple(dict.fromkeys(r.party for r in (*own, *roots)))

    @property
    def broken(self) -> Range | None:
        """Under hidden information, how likely it is broken once signed: least and greatest."""
        readings = () if self.told is None else self.told[1]
        odds = [reading.broken for reading in readings if reading.broken is not None]
        return (min(odds), max(odds)) if odds else None

    @property
    def refusers(self) -> tuple[str, ...]:
        """The sides that gain by refusing it."""
        return tuple(dict.fromkeys(r.party for r in self.reasons if r.kind == "refuses"))


_UNOFFERED = {
    "always": "kept once signed",
    "sometimes": "kept on a tie",
    "never": "broken once signed",
    None: "never signed",
}


@dataclass(frozen=True)
class Settled:
    """A bundle that the talks as written may settle on, whatever bundles were asked about.

    `agreed` : least and greatest probability that it is signed
    `verdict` : on that bundle; None where there are too many to look at
    """

    name: str
    agreed: Range
    verdict: Verdict | None = None

    @property
    def sure(self) -> bool:
        """Whether it is signed for sure in every equilibrium."""
        return self.agreed[0] == 1


@dataclass(frozen=True)
class Report:
    """One verdict a bundle, in the order of the bundles; indexed by position or by name.

    `complete` : `all_pure`, or `some` where bounds stand in for the exact set of equilibria, or the
        search was stopped; `reason` then says so in words
    `stopped` : `finished`, `time_limit` or `interrupted`; `asked` bundles were to be judged
    `certificate`, `proof` : of the talks as written, as in a verdict; None where not solved
    `talks` : what the talks as written may settle on, whether it was asked about or not
    `lenses` : the other ways of asking that were asked for, and how far each got
    """

    title: str
    players: tuple[str, ...]
    parties: tuple[str, ...]
    bundles: tuple[Verdict, ...]
    complete: str
    round: int | None = None
    unit: str = ""
    concept: str = "spe"
    agreed_over: str = "all pure subgame-perfect equilibria"
    reason: str = ""
    stopped: Stopped = "finished"
    asked: int = 0
    certificate: Certificate | None = field(default=None, repr=False)
    proof: str = ""
    talks: tuple[Settled, ...] | None = None
    summit: Any = field(default=None, repr=False)
    lenses: tuple[Seen, ...] = ()

    def __len__(self) -> int:
        return len(self.bundles)

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.bundles)

    def __getitem__(self, which: str | int | Mapping[str, str]) -> Verdict:
        """The verdict on a bundle: by position, by name (levels in any order), or by its terms.

        Raises SummitError, with close matches, where no bundle has that name.
        """
        if isinstance(which, int):
            if not -len(self.bundles) <= which < len(self.bundles):
                raise SummitError(f"there are {len(self.bundles)} verdicts; found {which}.")
            return self.bundles[which]
        if not isinstance(which, (str, Mapping)):
            raise SummitError(
                f"a bundle is asked by its name, its terms or its position; found {which!r}."
            )
        if isinstance(which, str):
            for verdict in self.bundles:
                if verdict.name == which:
                    return verdict
        if hasattr(self.summit, "bundle_index"):
            return self._named(self.summit.bundles[self.summit.bundle_index(which)].name)
        for verdict in self.bundles:
            if dict(verdict.terms) == which:
                return verdict
        return self._named(str(which))

    @property
    def stable(self) -> tuple[Verdict, ...]:
        """The bundles that would hold."""
        return tuple(verdict for verdict in self.bundles if verdict.stable)

    @property
    def selected(self) -> tuple[Verdict, ...]:
        """The bundles that the talks as written may settle on."""
        return tuple(verdict for verdict in self.bundles if verdict.selected)

    def to_frame(self, exact: bool = True) -> pandas.DataFrame:
        """A pandas data frame, one row a bundle.

        `exact` : numbers as Fractions; else as floats, to plot and to compute with

        Raises NotSupported where pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise NotSupported(
                "to_frame needs pandas, which is not installed. Run: pip install 'detente[frames]'."
            ) from None
        rows = [_row(v, self.parties) for v in self.bundles]
        if not exact:
            rows = [
                {k: float(x) if isinstance(x, Fraction) else x for k, x in row.items()}
                for row in rows
            ]
        return pandas.DataFrame(rows).set_index("name")

    def __repr__(self) -> str:
        lines = [f"{v.name}: {v.word}" for v in self._leading(10)]
        more = len(self.bundles) - len(lines)
        head = f"{self.title}: {len(self.bundles)} bundles, {len(self.stable)} stable"
        lines += [f"… {more} more"] if more else []
        return "\n  ".join([head, *lines])

    def _repr_html_(self) -> str:
        from detente.notebook import table_html

        others = [n for n in dict.fromkeys(n for v in self for n in v.lenses) if n != "equilibrium"]
        rows = [
            [v.name, v.word, *(str(v.lenses.get(name, "?")) for name in others),
             v.reasons[0].text if v.reasons else ""]
            for v in self._leading(len(self.bundles))
        ]  # fmt: skip
        return table_html(self.title, ["bundle", "verdict", *others, "why"], rows)

    def _leading(self, count: int) -> Sequence[Verdict]:
        """Stable ones first."""
        return sorted(self.bundles, key=lambda v: not v.stable)[:count]

    def _named(self, name: str) -> Verdict:
        for verdict in self.bundles:
            if verdict.name == name:
                return verdict
        names = [verdict.name for verdict in self.bundles]
        close = difflib.get_close_matches(name, names, n=3, cutoff=0.4) or names[:5]
        raise SummitError(
            f"this report has no bundle '{name}'. "
            f"{'Close ones' if len(names) > len(close) else 'The bundles'}: "
            + ", ".join(f"'{n}'" for n in close) + "."
        )


def _row(verdict: Verdict, parties: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"name": verdict.name}
    row.update({f"term: {term}": level for term, level in verdict.terms.items()})
    row["verdict"] = verdict.word
    for key in ("acceptable", "honoured", "stable", "strict", "selected"):
        row[key] = getattr(verdict, key)
    for key in ("agreed", "kept"):
        low, high = getattr(verdict, key) or (None, None)
        row[f"{key} least"], row[f"{key} most"] = low, high
    for party in parties:
        row[f"value: {party}"] = verdict.values[party] if verdict.values else None
        low, high = verdict.played[party] if verdict.played else (None, None)
        row[f"played: {party} least"], row[f"played: {party} most"] = low, high
        row[f"breakdown: {party}"] = verdict.breakdown[party] if verdict.breakdown else None
    row["reason"] = verdict.reasons[0].text if verdict.reasons else ""
    for name, sight in verdict.lenses.items():
        row[f"lens: {name}"], row[f"lens: {name} holds"] = sight.word, sight.holds
    if verdict.lenses:
        row["disagreement"] = verdict.disagreement
    return row
