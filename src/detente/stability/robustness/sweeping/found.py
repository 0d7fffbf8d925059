"""What a sweep finds: shares with their errors, and what decides about a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError
from detente.stability.case import bundle_index
from detente.stability.robustness.sweeping.indices import Indices
from detente.stability.robustness.sweeping.rules import Rules
from detente.stability.robustness.sweeping.tally import Share
from detente.stability.verdict import Stopped

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class BundleShares:
    """In which share of the draws something is true of a bundle.

    `shares` : question → share, of the draws that make a game; `selected` only where it was asked
    """

    name: str
    shares: Mapping[str, Share]

    @property
    def stable(self) -> Share:
        """The share in which it would hold."""
        return self.shares["stable"]


@dataclass(frozen=True)
class Swing:
    """What a parameter does: the share at its lowest and at its highest values.

    `low`, `high` : in the lowest and the highest tenth of its draws
    `bins` : in each tenth; `edges` : where the tenths are cut
    """

    parameter: str
    low: Share
    high: Share
    bins: tuple[Share, ...]
    edges: tuple[float, ...]

    @property
    def size(self) -> float:
        """How far the share moves, without its sign; 0 where that is not known."""
        if self.low.value is None or self.high.value is None:
            return 0.0
        return abs(self.high.value - self.low.value)


@dataclass(frozen=True)
class BundleDetail:
    """What decides about one bundle.

    `question` : what is asked of it
    `tornado` : every drawn parameter, the one that moves the share most first
    `breaks`, `holds` : where the draws lie at which it does not hold, and at which it does
    `indices` : Sobol indices, where they were asked for
    """

    name: str
    question: str
    tornado: tuple[Swing, ...]
    breaks: Rules
    holds: Rules
    indices: Indices | None = None


@dataclass(frozen=True)
class Sweep:
    """The verdicts over many draws of the parameters.

    `bundles` : one entry a bundle that was asked about, in the order of the file
    `details` : of the bundles that more was asked about
    `drawn` : parameter → how it was drawn; `net`, `nets` : draws in a net, nets that are finished
    `wanted` : nets that were wanted; `kept` : nets that were there already
    `invalid` : draws that make no game
    `hidden` : whether each draw was a game of hidden information
    `folder` : where the draws are, None where they were not kept
    `talks` : the summit, or game, that was asked about
    """

    title: str
    players: tuple[str, ...]
    parties: tuple[str, ...]
    bundles: tuple[BundleShares, ...]
    details: tuple[BundleDetail, ...]
    drawn: Mapping[str, str]
    seed: int
    net: int
    nets: int
    wanted: int
    kept: int
    invalid: int
    hidden: bool
    round: int | None
    rounds: int | None
    stopped: Stopped
    folder: Path | None = None
    talks: Any = field(default=None, repr=False, compare=False)

    @property
    def draws(self) -> int:
        """How many draws were judged."""
        return self.net * self.nets

    def __getitem__(self, bundle: str | int | Mapping[str, str]) -> BundleShares:
        """The shares of a bundle, by name, terms or position.

        Raises DetenteError where it is none of those asked about.
        """
        name = self.talks.bundles[bundle_index(self.talks, bundle)].name
        for entry in self.bundles:
            if entry.name == name:
                return entry
        raise DetenteError(f"'{name}' is none of the bundles that were asked about.")

    def to_frame(self, exact: bool = True) -> pandas.DataFrame:
        """One row a bundle: shares with their intervals; `exact` gives counts besides."""
        from detente.stability.bargaining.frames import frame

        rows = []
        for entry in self.bundles:
            row: dict[str, Any] = {"bundle": entry.name}
            for question, share in entry.shares.items():
                row |= {
                    question: share.value,
                    f"{question} low": share.low,
                    f"{question} high": share.high,
                }
                if exact:
                    row |= {f"{question} draws": share.hits, "draws": share.of}
            rows.append(row)
        return frame(rows, "bundle", exact)

    def __repr__(self) -> str:
        return f"<Sweep '{self.title}', {self.draws} draws of {len(self.bundles)} bundles>"

    def _repr_html_(self) -> str:
        from detente.show.sweeping import sweep_html

        return sweep_html(self)
