"""A second reading of summit files, by brute force and without the package.

It reads the YAML itself, lets Python evaluate the formulas over exact fractions, and walks every
move of every bundle, keeping the set of ways in which play can go in a pure subgame-perfect
equilibrium. Slow, plain, exact. test_independent_reading.py compares what it says with the package.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, total_ordering

from ruamel.yaml import YAML


@dataclass(frozen=True)
class Play:
    """One way in which play goes: payoffs, the bundle signed, chance that it is kept, honoured."""

    payoffs: tuple
    bundle: int | None = None
    kept: Fraction = Fraction(0)
    honoured: bool = True


@total_ordering
class Chosen:
    """What was chosen of some options, which compares with their names; None if nothing was."""

    def __init__(self, options, at):
        self.options, self.at = options, -1 if at is None else at

    def __eq__(self, name):
        return self.at == self.options.index(name)

    def __lt__(self, name):
        return self.at < self.options.index(name)


class Names(dict):
    """Names that stand for nothing else stand for themselves."""

    def __missing__(self, name):
        return name


@cache
def compiled(text):
    """A formula as Python code with exact numbers."""
    exact = re.sub(r"(?<![\w.])(\d*\.?\d+(?:[eE][+-]?\d+)?)", r"Fraction('\1')", text)
    return compile(" ".join(exact.split()), text, "eval")


class SecondReading:
    """A summit file, read by itself; `verdicts` is what it is for.

    `state` and `past` hold the round, the levels signed and the outcomes of steps so far.
    """

    def __init__(self, text):
        self.data = YAML(typ="base").load(text)
        self.sides = list(self["sides"])
        self.parties = self.sides + list(self["observers"])
        self.terms = {t: entries(spec["levels"]) for t, spec in self["terms"].items()}
        numbers = self["parameters"].items()
        self.texts = {n: p["value"] if isinstance(p, dict) else p for n, p in numbers}
        self.texts |= self["derived"]
        self.numbers = {}
        self.by = {t: listed(spec["by"]) for t, spec in self["terms"].items()}
        self.choices = {t: list(levels) for t, levels in self.terms.items()}
        for step in self["carrying_out"]:
            self.choices |= dict([self.outcomes(step)])
        product = itertools.product(*(range(len(levels)) for levels in self.terms.values()))
        everything = [dict(zip(self.terms, at, strict=True)) for at in product]
        rules = listed(self["feasible"])
        self.bundles = [b for b in everything if all(self.value(rule, b) for rule in rules)]

    def __getitem__(self, key):
        return self.data.get(key) or {}

    def outcomes(self, step):
        if "chance" in step:
            return step["chance"], list(step["outcomes"])
        if "choice" in step:
            return step["choice"], list(step["options"])
        return step["compliance"], ["comply", *step["breaches"]]

    # Formulas

    def value(self, text, state=None):
        """A formula where these levels and outcomes hold."""
        code = compiled(text)
        state = state or {}
        known = {"Fraction": Fraction, "min": min, "max": max}
        for name in code.co_names:
            if name == "round":
                known[name] = Fraction(state["round"])
            elif name in self.choices:
                known[name] = Chosen(self.choices[name], state.get(name))
            elif name in self.texts:
                if name not in self.numbers:
                    self.numbers[name] = self.value(self.texts[name])
                known[name] = self.numbers[name]
        return eval(code, {"__builtins__": {}}, Names(known))

    def years(self, party, first, last):
        """How much the years from the first to the last count."""
        factor = (self["discount"] or {}).get("per_year", {}).get(party)
        if factor is None:
            return last - first
        return sum(self.value(factor) ** year for year in range(int(first), int(last)))

    def worth(self, worth, state, end=None):
        """What amounts come to for each party up to year `end` (None: the last), and after it."""
        early, late = [], []
        for party in self.parties:
            amount = (worth or {}).get(party, "0")
            amount = amount if isinstance(amount, dict) else {"once": amount}
            each = self.value(amount.get("per_year", "0"), state)
            length = self.value(amount.get("years") or self["horizon"] or "0")
            cut = length if end is None else min(end, length)
            once = self.value(amount.get("once", "0"), state)
            early.append(once + each * self.years(party, 0, cut))
            late.append(each * self.years(party, cut, length))
        return early, late

    def delivered(self, levels, past, end=None):
        state = {**past, **levels}
        worths = [list(self.terms[t].values())[at].get("worth") for t, at in levels.items()]
        worths += [c["worth"] for c in self["combinations"] if self.value(c["when"], state)]
        parts = [self.worth(worth, state, end) for worth in worths]
        return [add(*part) for part in zip(*parts, strict=True)]

    def lasts(self, term, at):
        """Whether a level stays when the deal is ended."""
        level = list(self.terms[term].values())[at]
        return level.get("irreversible", self["terms"][term].get("irreversible")) == "true"

    # What happens after signature: the set of plays from a step on

    def finish(self, b, undone, past, kept=False, snapped=False):
        levels = {t: 0 if t in undone else at for t, at in self.bundles[b].items()}
        if not snapped:
            whole = kept and levels == self.bundles[b]
            return {Play(self.delivered(levels, past)[0], b, Fraction(whole))}
        end = self.value(self["snap_back"].get("after", "0"))
        left = {t: at if self.lasts(t, at) else 0 for t, at in levels.items()}
        early, late = self.delivered(levels, past, end)[0], self.delivered(left, past, end)[1]
        return {Play(add(early, late), b)}

    def carry(self, b, past, comply=False, i=0, undone=frozenset(), kept=True):
        """Plays from step i on; `comply` asks for the one in which everyone complies."""
        if i == len(self["carrying_out"]):
            return self.finish(b, undone, past, kept)
        step, state = self["carrying_out"][i], {**self.bundles[b], **past}
        name, options = self.outcomes(step)
        conceded = {t for t, at in self.bundles[b].items() if at}
        standing = conceded - undone

        def onwards(option, undoes=(), broken=False):
            then = {**past, name: options.index(option)}
            return self.carry(b, then, comply, i + 1, undone | {*undoes}, kept and not broken)

        breaches = {}
        for breach, spec in step.get("breaches", {}).items():
            own = [t for t in self.terms if self.by[t] == [step["by"]]]
            undoes = listed(spec["undoes"]) if "undoes" in spec else own
            if standing & {*undoes} or spec.get("worth"):
                breaches[breach] = {**spec, "undoes": undoes}
        default = "compliance" not in step or any(step["by"] in self.by[t] for t in standing)
        goes = self.value(step["when"], state) if "when" in step else default
        if not goes:
            return self.carry(b, past, comply, i + 1, undone, kept)

        if "compliance" not in step:
            specs = step["outcomes"] if "chance" in step else entries(step["options"])
            specs = {o: s if isinstance(s, dict) else {"probability": s} for o, s in specs.items()}
            moves = {
                o: plus(onwards(o, listed(s.get("undoes"))), self.worth(s.get("worth"), state))
                for o, s in specs.items()
            }
            if "chance" in step:
                weights = {o: self.value(s["probability"], state) for o, s in specs.items()}
                return chance([(weights[o], plays) for o, plays in moves.items()])
            return moves[options[0]] if comply else self.choose(step["by"], moves)

        moves = {"comply": onwards("comply")}
        for breach, spec in breaches.items() if not comply else ():
            caught, snap = spec.get("caught") or {}, self["snap_back"]
            seen = [*spec["undoes"], *listed(caught.get("undoes"))]
            then = {**past, name: options.index(breach)}
            gone = undone | {*seen, *listed(snap.get("undoes"))}
            end = plus(self.finish(b, gone, then, snapped=True),
                       self.worth(snap.get("worth"), {**state, **then}))
            plays = onwards(breach, seen, broken=True)
            others = [s for s in self.sides if any(s in self.by[t] for t in conceded)]
            others = [s for s in others if s != step["by"]]
            for side in reversed(listed(spec.get("answered_by", others))):
                plays = self.choose(side, {"uphold": plays, "snap back": end})
            p = self.value(spec["detected"], state)
            found = plus(plays, self.worth(caught.get("worth"), state))
            plays = chance([(p, found), (1 - p, onwards(breach, spec["undoes"], broken=True))])
            plays = plus(plays, self.worth(spec.get("worth"), state))
            moves[breach] = {replace(play, honoured=False) for play in plays}
        return self.choose(step["by"], moves)

    def choose(self, side, moves):
        """Plays that begin with a move than which, in some equilibrium, no other is better."""
        i = self.sides.index(side)
        floor = {m: min(play.payoffs[i] for play in plays) for m, plays in moves.items()}
        return {
            play for m, plays in moves.items() for play in plays
            if all(play.payoffs[i] >= floor[other] for other in moves if other != m)
        }

    # The talks

    @property
    def protocol(self):
        return self["protocol"].get("talks") or self["protocol"]

    @property
    def rounds(self):
        return int(self.protocol.get("rounds", 1))

    def breakdown(self, r):
        parts = [self["breakdown"].get("worth")] + [self["breakdown"].get("drift")] * (r - 1)
        return add(*(part for worth in parts for part in self.worth(worth, {"round": r})))

    def failed(self, r):
        return {Play(self.breakdown(r))}

    def signed(self, b, r, comply=False):
        """Plays from the signatures on, ratification first."""
        plays = self.carry(b, {"round": r}, comply)
        for side, chamber in reversed(self["protocol"].get("chambers", {}).items()):
            win = chamber.get("win") or self["wins"][side]
            win = win if isinstance(win, str) else win["when"]
            if not self.value(win, self.bundles[b]):
                falls = self.value(chamber["falls"], self.bundles[b])
                plays = chance([(1 - falls, plays), (falls, {Play(self.breakdown(r), b)})])
        return plays

    def consents(self, b):
        rule = self["consent"] if isinstance(self["consent"], dict) else {"always": self["consent"]}
        needed = listed(rule.get("always", self.sides))
        for extra in rule.get("also", []):
            if self.value(extra["when"], self.bundles[b]):
                needed = needed + listed(extra["sides"])
        return [side for side in self.sides if side in needed]

    def answers(self, b, r, sides, refused, walk_out=()):
        plays = self.signed(b, r)
        for side in reversed(sides):
            moves = {"accept": plays, "refuse": refused}
            if side in walk_out:
                moves["walk out"] = self.failed(r)
            plays = self.choose(side, moves)
        return plays

    def talks(self, r=1):
        """Plays from a round on, as its first node sees them."""
        order = listed(self.protocol.get("order"))
        proposer = self.protocol.get("proposer") or self.protocol.get("mediator")
        proposer = proposer or order[(r - 1) % len(order)]
        rule = self.protocol.get("offers")
        rule = rule.get(proposer) if isinstance(rule, dict) else rule
        refused = self.failed(r) if r == self.rounds else self.talks(r + 1)
        moves = {"no offer": refused}
        for b, bundle in enumerate(self.bundles):
            if rule is None or self.value(rule, bundle):
                others = [side for side in self.consents(b) if side != proposer]
                walk_out = listed(self.protocol.get("walk_out"))
                moves[b] = self.answers(b, r, others, refused, walk_out)
        plays = self.choose(proposer, moves)
        if r == 1:
            return plays
        texts = self["discount"].get("per_round", {}) if self["discount"] else {}
        factors = [self.value(texts.get(party, "1")) for party in self.parties]
        late = plus(plays, self.worth(self["delay"], {"round": r}))
        return {replace(play, payoffs=scale(factors, play.payoffs)) for play in late}

    def verdicts(self):
        """For each bundle, what the contract says of it."""
        talks = self.talks()
        return [self.verdict(b, talks) for b in range(len(self.bundles))]

    def verdict(self, b, talks):
        last = self.rounds
        signed = self.signed(b, last)
        table = self.answers(b, last, self.consents(b), self.failed(last))
        modal = {
            "acceptable": modality(play.bundle == b for play in table),
            "honoured": modality(play.honoured for play in signed),
            "stable": modality(play.bundle == b and play.honoured for play in table),
        }
        truth = {key: value != "never" for key, value in modal.items()}
        (complied,) = self.signed(b, last, comply=True)
        return {
            "terms": {t: self.choices[t][at] for t, at in self.bundles[b].items()},
            **truth,
            "modal": modal,
            "values": complied.payoffs,
            "played": tuple(map(extremes, zip(*(p.payoffs for p in signed), strict=True))),
            "breakdown": self.breakdown(last),
            "selected": any(play.bundle == b for play in talks),
            "agreed": extremes(Fraction(play.bundle == b) for play in talks),
            "kept": extremes(play.kept if play.bundle == b else Fraction(0) for play in talks),
        }


def listed(given):
    return [given] if isinstance(given, str) and given else list(given or [])


def entries(given):
    """A mapping of names to what is said of each, a mapping too."""
    named = given.items() if isinstance(given, dict) else [(name, None) for name in given]
    return {name: spec if isinstance(spec, dict) else {} for name, spec in named}


def add(*vectors):
    return tuple(sum(column, Fraction(0)) for column in zip(*vectors, strict=True))


def scale(factors, vector):
    return tuple(factor * x for factor, x in zip(factors, vector, strict=True))


def plus(plays, worth):
    return {replace(play, payoffs=add(play.payoffs, *worth)) for play in plays}


def chance(branches):
    """Every way of putting one play of each branch together."""
    weights, found = [p for p, _ in branches], set()
    for chosen in itertools.product(*(plays for _, plays in branches)):
        parts = zip(weights, chosen, strict=True)
        kept, *payoffs = add(*([p * x for x in (play.kept, *play.payoffs)] for p, play in parts))
        honoured = all(play.honoured for play in chosen)
        found.add(Play(tuple(payoffs), chosen[0].bundle, kept, honoured))
    return found


def modality(truths):
    truths = set(truths)
    return "sometimes" if len(truths) == 2 else "always" if True in truths else "never"


def extremes(numbers):
    numbers = list(numbers)
    return min(numbers), max(numbers)
