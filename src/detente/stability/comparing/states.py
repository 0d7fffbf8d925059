"""What is asked of every file between two: the word of a bundle's verdict, and how talks end."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from detente.errors import NotSupported, SummitError
from detente.stability.case import Source
from detente.stability.equilibrium import judge, stability
from detente.stability.talks import settled
from detente.stability.verdict import Report

ABSENT = "not on the table"
"""The word for a bundle that is not there."""
SETTLED = "the talks as written"
"""Asked about like a bundle: what the talks as written may settle on."""

SECRET_NODES = 2_000
"""Nodes of a game with hidden information that is solved on the way, or twice those of the versions
compared, if that is more; such games grow fast."""

Key = tuple[tuple[str, str], ...]
"""A bundle by (term, level), in whatever version of the file."""
Asked = Key | str
"""A bundle, or `SETTLED`."""


@dataclass(frozen=True)
class Keys:
    """How a bundle is told in two files whose terms may differ.

    `common` : the terms that both have; of any other a bundle says nothing at its first level.
        Where there are none, no bundle of one is one of the other
    """

    common: frozenset[str]

    @classmethod
    def of(cls, first: Any, second: Any) -> Keys:
        """Those of two summits."""
        return cls(frozenset(first.file.terms) & frozenset(second.file.terms))

    def key(self, summit: Any, terms: Mapping[str, str]) -> Key:
        """A bundle of one of them."""
        least = {term: next(iter(spec.levels)) for term, spec in summit.file.terms.items()}
        return tuple(sorted(
            (term, level)
            for term, level in terms.items()
            if term in self.common or level != least[term] or not self.common
        ))  # fmt: skip


def words_in(report: Report, keys: Keys) -> dict[Asked, Hashable]:
    """What a report says: bundle → word, and how the talks end where that is known."""
    summit = report.summit
    found: dict[Asked, Hashable] = {keys.key(summit, v.terms): v.word for v in report.bundles}
    if report.talks is not None:
        ends = (report.summit.bundle_index(s.name) for s in report.talks)
        found[SETTLED] = frozenset(keys.key(summit, summit.bundles[b].terms) for b in ends)
    return found


def states(
    summit: Any,
    asked: Collection[Asked],
    keys: Keys,
    round: int | None,
    deadline: float | None,
    most: int = SECRET_NODES,
) -> dict[Asked, Hashable]:
    """Of each that is asked about, what this summit makes of it.

    `most` : nodes of the talks as written, where these hide something

    Raises OutOfTime where the deadline passes, a DetenteError where the summit cannot be judged.
    """
    size = secret_size(summit)
    if size > most:
        raise NotSupported(
            "with what sides do not see there, the game is too large to be solved on the way (more "
            f"than {most:,} nodes)."
        )
    places = {key: _index(summit, key) for key in asked if not isinstance(key, str)}
    found: dict[Asked, Hashable] = {key: ABSENT for key, at in places.items() if at is None}
    there = {key: at for key, at in places.items() if at is not None}
    source = Source(summit, round, deadline)
    if source.hidden:
        report = stability(summit, round=round, bundles=list(there.values()))
        said = words_in(report, keys)
        by_name = {verdict.name: verdict.word for verdict in report.bundles}
        found.update({key: by_name.get(summit.bundles[b].name) for key, b in there.items()})
        if SETTLED in asked:
            found[SETTLED] = said.get(SETTLED)
        return found
    for key, bundle in there.items():
        found[key] = judge(source.case(bundle))[0].word
    if SETTLED in asked:
        talks = settled(source.whole, range(len(summit.bundles)))
        ends = (b for b in range(len(summit.bundles)) if talks.selected(b))
        found[SETTLED] = frozenset(keys.key(summit, summit.bundles[b].terms) for b in ends)
    return found


def secret_size(summit: Any) -> int:
    """The nodes of the talks as written where they hide something, 0 where they do not."""
    if not summit.has_secrets:
        return 0
    from detente.summit.hidden import hidden_size

    return hidden_size(summit.plan, lambda talks: talks.from_round(1))


def _index(summit: Any, key: Key) -> int | None:
    try:
        return int(summit.bundle_index(dict(key)))
    except SummitError:
        return None
