"""Bundles: every feasible choice of one level for each term, its name, and finding it by a text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import product
from math import prod

from detente.errors import SummitError
from detente.game.expressions import Expr
from detente.game.tree import Bundle
from detente.summit.binding import Binder

MAX_COMBINATIONS = 1_000_000
"""Combinations of levels that are looked at, feasible or not."""

Levels = tuple[int, ...]
"""The position of the level chosen for each term, in the order of the terms."""


@dataclass(frozen=True)
class Bundles:
    """The bundles of a summit.

    `terms` : term → its levels in order, the first of which concedes nothing
    `levels` : for each bundle, the positions of its levels
    `named` : the bundles under the names that people use
    `titles` : (term, level) → its full name, by which it is found too

    >>> deals = Bundles.of({"relief": ("none", "kumgang"), "yongbyon": ("none", "full")})
    >>> [bundle.name for bundle in deals.named]
    ['relief=none + yongbyon=none', 'full', 'kumgang', 'kumgang + full']
    >>> deals.find("full + Kumgang"), deals.find({"yongbyon": "full"})
    (3, 1)
    """

    terms: Mapping[str, tuple[str, ...]]
    levels: tuple[Levels, ...]
    named: tuple[Bundle, ...]
    titles: Mapping[tuple[str, str], str]

    @classmethod
    def of(
        cls,
        terms: Mapping[str, Sequence[str]],
        feasible: Iterable[Expr] = (),
        titles: Mapping[tuple[str, str], str] | None = None,
    ) -> Bundles:
        """All combinations of levels that satisfy the conditions, the last term turning fastest.

        Raises SummitError where there are none, or more than a million combinations to look at.
        """
        ordered = {term: tuple(levels) for term, levels in terms.items()}
        if not ordered:
            return cls(ordered, (), (), {})
        count = prod(len(levels) for levels in ordered.values())
        if count > MAX_COMBINATIONS:
            raise SummitError(
                f"the terms have {count:,} combinations of levels; at most {MAX_COMBINATIONS:,} "
                "are looked at. Leave out levels or terms."
            )
        levels = _feasible(ordered, list(feasible))
        if not levels:
            raise SummitError(
                "no combination of levels satisfies every condition under 'feasible'. Drop one."
            )
        named = tuple(
            Bundle(bundle_name(ordered, chosen), dict(_spelled(ordered, chosen)))
            for chosen in levels
        )
        return cls(ordered, levels, named, dict(titles or {}))

    def __len__(self) -> int:
        return len(self.levels)

    @cached_property
    def _place(self) -> dict[Levels, int]:
        return {chosen: i for i, chosen in enumerate(self.levels)}

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {_plain(bundle.name): i for i, bundle in enumerate(self.named)}

    def find(self, given: str | Mapping[str, str]) -> int:
        """The position of a bundle given by name or as term → level.

        The order of levels and their case are free; `term=level` is allowed everywhere; a term that
        is not named is at its first level. Raises SummitError, with close matches, where there is
        no such bundle.
        """
        if isinstance(given, str) and _plain(given) in self._by_name:
            return self._by_name[_plain(given)]
        chosen = self._from_text(given) if isinstance(given, str) else self._from_mapping(given)
        levels = tuple(chosen.get(term, 0) for term in self.terms)
        if levels not in self._place:
            raise SummitError(
                f"the bundle '{bundle_name(self.terms, levels)}' is not feasible: a condition "
                "under 'feasible' rules it out."
            )
        return self._place[levels]

    def _from_mapping(self, given: Mapping[str, str]) -> dict[str, int]:
        for term in given:
            if term not in self.terms:
                raise SummitError(f"no term '{term}'.{_known(term, self.terms)}")
        return {term: self._level(term, level) for term, level in given.items()}

    def _from_text(self, text: str) -> dict[str, int]:
        try:
            return self._from_parts(text, re.split(r"\s\+\s|,", text))
        except SummitError:
            # A level's own name may hold a plus: it only separates where nothing else fits.
            parts = re.split(r"[+,]", text)
            if len(parts) == 1:
                raise
            return self._from_parts(text, parts)

    def _from_parts(self, text: str, parts: Sequence[str]) -> dict[str, int]:
        chosen: dict[str, int] = {}
        for part in parts:
            found = self._part(text, part.strip())
            if found is None:
                continue
            term, level = found
            if chosen.setdefault(term, level) != level:
                raise SummitError(
                    f"in the bundle '{text}': term '{term}' is given two levels. Choose one."
                )
        return chosen

    def _part(self, text: str, part: str) -> tuple[str, int] | None:
        """The term and level that a part means; None where it says 'nothing' of several terms."""
        term, equals, level = part.partition("=")
        if equals and term.strip() in self.terms:
            return term.strip(), self._level(term.strip(), level.strip())
        matches = [(t, at) for t in self.terms if (at := self._position(t, part)) is not None]
        if len(matches) == 1:
            return matches[0]
        if not matches:
            raise SummitError(
                f"no bundle '{text}': no term has a level '{part}'.{self._close(text)}"
            )
        if all(at == 0 for _, at in matches):
            return None
        spelled = " or ".join(f"'{t}={self.terms[t][at]}'" for t, at in matches)
        raise SummitError(
            f"in the bundle '{text}': several terms have a level '{part}'. Write {spelled}."
        )

    def _level(self, term: str, level: str) -> int:
        at = self._position(term, level)
        if at is None:
            raise SummitError(
                f"term '{term}' has no level '{level}'.{_known(level, self.terms[term])}"
            )
        return at

    def _position(self, term: str, level: str) -> int | None:
        wanted = _plain(level)
        for at, name in enumerate(self.terms[term]):
            title = _plain(self.titles.get((term, name), ""))
            if wanted and wanted in (_plain(name), title):
                return at
        return None

    def _close(self, text: str) -> str:
        near = get_close_matches(_plain(text), list(self._by_name), n=3, cutoff=0.5)
        if near:
            names = [f"'{self.named[self._by_name[name]].name}'" for name in near]
            return f" Close: {', '.join(names)}."
        known = dict.fromkeys(level for levels in self.terms.values() for level in levels)
        return f" The levels are: {', '.join(known)}."


def bundle_name(terms: Mapping[str, Sequence[str]], chosen: Levels) -> str:
    """What a bundle is called: its levels joined by plus signs, but those that concede nothing.

    `term=level` stands where several terms have a level of that name; the bundle that concedes
    nothing at all is spelled in full.
    """
    uses = Counter(level for levels in terms.values() for level in set(levels))
    shown = [at or not any(chosen) for at in chosen]
    return " + ".join(
        level if uses[level] == 1 else f"{term}={level}"
        for (term, level), keep in zip(_spelled(terms, chosen), shown, strict=True)
        if keep
    )


def _spelled(terms: Mapping[str, Sequence[str]], chosen: Levels) -> list[tuple[str, str]]:
    return [(term, levels[at]) for (term, levels), at in zip(terms.items(), chosen, strict=True)]


def _feasible(terms: Mapping[str, tuple[str, ...]], conditions: list[Expr]) -> tuple[Levels, ...]:
    everything = product(*(range(len(levels)) for levels in terms.values()))
    if not conditions:
        return tuple(everything)
    binder = Binder(terms)
    return tuple(
        chosen for chosen in everything
        if all(binder.holds(c, dict(zip(terms, chosen, strict=True))) for c in conditions)
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _known(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(word, names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"{hint} Known: {', '.join(names)}."
