"""Bundles: every feasible choice of one level for each term, its name, and finding it by a text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import islice, product
from math import log10, prod

from detente.errors import SummitError
from detente.game.expressions import Expr, conjuncts
from detente.game.tree import Bundle
from detente.summit.binding import Binder

MAX_BUNDLES = 20_000
"""How many feasible bundles a summit may have."""
MAX_WORK = 2_000_000
"""Levels put into conditions, in search of the feasible combinations."""
MANY = 50
"""Names that a message lists at most."""

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

        Raises SummitError where there are none, more than `MAX_BUNDLES`, or where the search for
        them takes more than `MAX_WORK`.
        """
        ordered = {term: tuple(levels) for term, levels in terms.items()}
        if not ordered:
            return cls(ordered, (), (), {})
        levels = _feasible(ordered, list(feasible))
        if not levels:
            raise SummitError(
                "no combination of levels satisfies every condition under 'feasible'. Drop one."
            )
        uses = Counter(level for names in ordered.values() for level in set(names))
        named = tuple(
            Bundle(bundle_name(ordered, chosen, uses), dict(_spelled(ordered, chosen)))
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


def bundle_name(
    terms: Mapping[str, Sequence[str]], chosen: Levels, uses: Mapping[str, int] | None = None
) -> str:
    """What a bundle is called: its levels joined by plus signs, but those that concede nothing.

    `term=level` stands where several terms have a level of that name; the bundle that concedes
    nothing at all is spelled in full.

    `uses` : level → in how many terms it occurs, counted anew if left out
    """
    if uses is None:
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
    count = prod(len(levels) for levels in terms.values())
    if not conditions and count > MAX_BUNDLES:
        raise SummitError(
            f"the terms have {_shown(count)} combinations of levels, and at most {MAX_BUNDLES:,} "
            "bundles are examined. Leave out levels or terms, or rule combinations out under "
            "'feasible'."
        )
    if not conditions:
        return tuple(product(*(range(len(levels)) for levels in terms.values())))
    found = tuple(islice(_search(terms, conditions), MAX_BUNDLES + 1))
    if len(found) > MAX_BUNDLES:
        raise SummitError(
            f"of {_shown(count)} combinations of levels more than {MAX_BUNDLES:,} are feasible, "
            "and at most that many bundles are examined. Leave out levels or terms, or rule more "
            "combinations out under 'feasible'."
        )
    return found


def _search(terms: Mapping[str, tuple[str, ...]], conditions: list[Expr]) -> Iterator[Levels]:
    """The feasible combinations, term by term: a condition is asked as soon as it can be."""
    names = list(terms)
    sizes = [len(levels) for levels in terms.values()]
    position = {name: i for i, name in enumerate(names)}
    binder = Binder(names)
    due: dict[int, list[Expr]] = {}  # the number of terms settled at which it can be asked
    for condition in dict.fromkeys(part for whole in conditions for part in conjuncts(whole)):
        settled = max((position[name] for name in binder.mentioned(condition)), default=0) + 1
        due.setdefault(settled, []).append(condition)
    work = 0
    stack: list[Levels] = [()]
    while stack:
        chosen = stack.pop()
        asked = due.get(len(chosen), ())
        work += 1 + sum(len(binder.mentioned(condition)) for condition in asked)
        if work > MAX_WORK:
            raise SummitError(
                f"the combinations of levels that the conditions under 'feasible' allow take too "
                f"long to find, out of {_shown(prod(sizes))}. Write conditions on a few terms "
                "each, on terms that stand early in the file if possible, or leave out levels or "
                "terms."
            )
        setting = dict(zip(names, chosen, strict=False))
        if not all(binder.holds(condition, setting) for condition in asked):
            continue
        if len(chosen) == len(names):
            yield chosen
        else:
            stack.extend((*chosen, level) for level in reversed(range(sizes[len(chosen)])))


def _shown(count: int) -> str:
    """A count as people read it, also where it has thousands of digits."""
    if count < 10**15:
        return f"{count:,}"
    return f"about 10^{int(count.bit_length() * log10(2))}"


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _known(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(word, names[:MANY], n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return f"{hint} Known: {', '.join(names[:MANY])}{more}."
