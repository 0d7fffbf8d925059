"""Equilibria completed off their path, so that they are sequential (Kreps and Wilson 1982).

An equilibrium is given by realization plans, or a set of them by the plans that span it, player by
player. Those leave open what is done at information sets that a player's own plan excludes. The
question is whether some choice there, with consistent beliefs, makes every move best at every
information set.

The supports of what is open are gone through, last information sets first. A continuation whose
probabilities are not known counts as anything between its worst and its best, node by node, and
beliefs as anything at all: moves that no belief makes best even so are excluded for certain, and
with them the supports tried so far. Where supports leave nothing open, the certifier judges the
profile. Where they leave probabilities open, those at which some comparison of moves ties, and
those between, are tried. So a yes comes with a certified profile; a no is the end of a search in
which nothing remained; what is neither is undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, islice, product

from detente.certify import Certificate, certify
from detente.game.expand import expand
from detente.game.profile import Profile
from detente.game.sequence_form import Plan, SequenceForm
from tests.off_path import Continuations, Supports, possible

CERTIFIED = 3000
"""Profiles that are judged for one equilibrium, or one set of them, at most."""
TRIED = 200
"""Mixtures that are tried with the same supports."""

Spanning = Sequence[Sequence[Plan]]
"""Per moving player the plans whose mixtures are meant."""
Behavior = dict[int, list[Fraction]]
"""Information set → the probabilities of its moves."""


@dataclass(frozen=True, eq=False)
class Judged:
    """`sequential` : whether there is such a choice; None where undecided, with the `reason`

    `profile`, `certificate` : where there is, one, with the beliefs
    """

    sequential: bool | None
    profile: Profile | None = None
    certificate: Certificate | None = None
    reason: str = ""


class Completions:
    """Judges realization plans of one tree of perfect recall.

    `check` is called often, and may raise to stop.
    """

    def __init__(self, form: SequenceForm, check: Callable[[], None]) -> None:
        self.game = form.game
        self.form = form
        self.check = check
        self.continuations = Continuations(expand(form.game))  # discounts multiplied in

    def judge(self, spanning: Spanning) -> Judged:
        """Whether an equilibrium among the mixtures of these plans is sequential."""
        return _Search(self, [[list(plan) for plan in plans] for plans in spanning]).run()


class _Enough(Exception):
    """As many profiles were judged as may be."""


class _Search:
    """`behaviors` : per mover and plan what it does at its information sets, None where excluded

    `kept`, an argument throughout : per mover the plans whose mixtures agree with what is settled
    """

    def __init__(self, judge: Completions, spanning: list[list[list[Fraction]]]) -> None:
        self.form, self.game, self.check = judge.form, judge.game, judge.check
        self.continuations = judge.continuations
        self.spanning = spanning
        self.behaviors = [
            [own.behavior(plan) for plan in plans]
            for own, plans in zip(self.form.sequences, spanning, strict=True)
        ]
        self.place = {
            own.first_infoset + k: (mover, k)
            for mover, own in enumerate(self.form.sequences) for k in range(own.num_infosets)
        }  # fmt: skip
        self.unsure = ""
        self.judged = 0

    def run(self) -> Judged:
        everything = [list(range(len(plans))) for plans in self.spanning]
        supports, open_ = self._settled(everything)
        try:
            found = self._from(open_, supports, everything)
        except _Enough:
            found, self.unsure = None, f"{CERTIFIED} profiles were judged without an answer"
        if found is not None:
            return found
        if self.unsure:
            return Judged(None, reason=self.unsure)
        return Judged(False, reason="whatever is done and believed off the path, some move gains")

    def _settled(self, kept: list[list[int]]) -> tuple[Supports, list[int]]:
        """Information sets at which all plans do the same, and the others, last ones first."""
        supports: Supports = {}
        open_ = []
        for h in self.continuations.last_first:
            mover, k = self.place[h]
            done = [self.behaviors[mover][v][k] for v in kept[mover]]
            first = done[0]
            if first is not None and all(one == first for one in done):
                supports[h] = first
            else:
                open_.append(h)
        return supports, open_

    def _from(
        self, open_: list[int], supports: Supports, kept: list[list[int]]
    ) -> Judged | None:
        """A sequential equilibrium with these supports and any at the open information sets."""
        self.check()
        reached = self.continuations.reached(self._used(kept))
        if not possible(self.continuations, supports, reached):
            return None
        if not open_:
            return self._leaf(supports, kept, reached)
        h, rest = open_[0], open_[1:]
        for support, left in self._choices(h, kept):
            found = self._from(rest, {**supports, h: support}, left)
            if found is not None:
                return found
        return None

    def _choices(
        self, h: int, kept: list[list[int]]
    ) -> Iterator[tuple[list[Fraction] | tuple[int, ...], list[list[int]]]]:
        """What can be done at an information set: known probabilities or a support, small ones
        first; and the plans whose mixtures do so."""
        mover, k = self.place[h]
        done = {v: self.behaviors[mover][v][k] for v in kept[mover]}
        width = self.continuations.width(h)
        excluded = [v for v, odds in done.items() if odds is None]
        for size in range(1, width + 1):
            for support in combinations(range(width), size):
                if excluded:
                    odds = [Fraction(int(a == support[0])) for a in range(width)]
                    yield (odds if size == 1 else support), _with(kept, mover, excluded)
                able = [
                    v for v, odds in done.items()
                    if odds is None or all(a in support for a, p in enumerate(odds) if p)
                ]
                known = [odds for v in able if (odds := done[v]) is not None]
                if {a for odds in known for a, p in enumerate(odds) if p} == set(support):
                    alike = all(odds == known[0] for odds in known)
                    yield (known[0] if alike else support), _with(kept, mover, able)

    def _used(self, kept: list[list[int]]) -> list[list[bool]]:
        """Per mover the sequences with weight in some of the plans."""
        return [
            [any(plans[v][s] for v in own) for s in range(len(plans[0]))]
            for plans, own in zip(self.spanning, kept, strict=True)
        ]

    # ── nothing but probabilities open ─────────────────────────────────────────────────────────

    def _leaf(
        self, supports: Supports, kept: list[list[int]], reached: set[int]
    ) -> Judged | None:
        """Judge the profiles with these supports: the one there is, or some of them."""
        known = {h: one for h, one in supports.items() if isinstance(one, list)}
        mixed = {h: one for h, one in supports.items() if isinstance(one, tuple)}
        if not mixed:
            return self._certified(known)
        if not possible(self.continuations, supports, reached, trembles=True):
            return None
        for behavior in islice(self._mixtures(known, mixed, kept), TRIED):
            found = self._certified(behavior)
            if found is not None:
                return found
        self.unsure = self.unsure or "a mixture off the path was not found, nor excluded"
        return None

    def _mixtures(
        self, known: Behavior, mixed: dict[int, tuple[int, ...]], kept: list[list[int]]
    ) -> Iterator[Behavior]:
        """Profiles with these supports: probabilities at which moves tie, and those between."""
        start, average, free = dict(known), self._average(kept), []
        for h, support in mixed.items():
            start[h] = average.get(h, [])
            if not start[h]:
                free.append(h)
                width = self.continuations.width(h)
                start[h] = [Fraction(int(a in support), len(support)) for a in range(width)]
        yield start
        choices = [self.continuations.ties(start, h, mixed[h]) for h in free]
        for chosen in product(*choices):
            yield {**start, **dict(zip(free, chosen, strict=True))}

    def _average(self, kept: list[list[int]]) -> Behavior:
        """What the average of the plans does, where it does not exclude it."""
        found: Behavior = {}
        for own, plans, which in zip(self.form.sequences, self.spanning, kept, strict=True):
            middle = [
                sum((plans[v][s] for v in which), Fraction(0)) / len(which)
                for s in range(own.num)
            ]
            for k, odds in enumerate(own.behavior(middle)):
                if odds is not None:
                    found[own.first_infoset + k] = odds
        return found

    def _certified(self, behavior: Behavior) -> Judged | None:
        self.check()
        self.judged += 1
        if self.judged > CERTIFIED:
            raise _Enough
        flat = [p for h in sorted(behavior) for p in behavior[h]]
        profile = Profile.mixed(self.game, flat)
        certificate = certify(self.game, profile, "sequential")
        if certificate.verdict == "proved":
            return Judged(True, profile, certificate)
        if certificate.verdict == "undecided":
            self.unsure = self.unsure or certificate.reason
        return None


def _with(kept: list[list[int]], mover: int, own: list[int]) -> list[list[int]]:
    return [own if m == mover else plans for m, plans in enumerate(kept)]
