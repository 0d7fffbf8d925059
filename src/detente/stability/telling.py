"""What every story of a bundle tells: in short, what is in it, what it is worth, how talks end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from detente.game.formulas import Formulas
from detente.game.tree import Bundle
from detente.stability.ending import talks_line
from detente.stability.following.told import place_text
from detente.stability.turning import Turning
from detente.stability.verdict import Report, Verdict
from detente.stability.words import Wording, listed, plain


@dataclass(frozen=True)
class Section:
    """A heading and its lines; a line that starts with two spaces belongs to the one before."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """A bundle's verdict and how it comes about, in the equilibrium where ties go to compliance.

    `turnings` : what would change the verdict; None where that was not looked for
    """

    verdict: Verdict
    report: Report
    sections: tuple[Section, ...]
    turnings: tuple[Turning, ...] | None = None

    def __repr__(self) -> str:
        lines = [f"{self.report.title}: {self.verdict.name}"]
        for section in self.sections:
            lines += ["", section.title, *(f"  {line}" for line in section.lines)]
        return "\n".join(lines)


def short_of(verdict: Verdict, said: str = "") -> Iterator[str]:
    """The verdict (in these words, if any), its reasons, and what is not decided."""
    yield said or _in_short(verdict)
    yield from (reason.text for reason in verdict.reasons)
    told = {"breakdown"}
    if verdict.stable is None and not verdict.offered:
        told |= {"acceptable", "stable", "values"}  # the first sentence has said so
    for key, text in verdict.notes.items():
        if key not in told:
            yield f"{ABOUT.get(key, key)}: {text}"


def _in_short(verdict: Verdict) -> str:
    if verdict.stable is None:
        return "Not decided." if verdict.offered else _unoffered(verdict)
    if verdict.stable:
        if verdict.strict:
            return "It would hold: everyone who is asked signs, and nobody gains by breaking it."
        return "It would hold only if a side that is indifferent goes along."
    if verdict.acceptable is False:
        later = " If it were signed, it would not be kept." if verdict.honoured is False else ""
        return f"It would not be signed.{later}"
    signed = "It would be signed, but not kept." if verdict.acceptable else "It would not be kept."
    return signed


def _unoffered(verdict: Verdict) -> str:
    """Of a bundle in a tree by hand that no node is tagged as offering."""
    why = "Whether it would be signed is not judged: no node is tagged as offering it."
    if verdict.honoured is None:
        return f"It is signed nowhere. {why}"
    return f"Once signed it would be {'kept' if verdict.honoured else 'broken'}. {why}"


def contents_of(talks: Any, verdict: Verdict) -> Iterator[str]:
    """What each side gives."""
    terms = getattr(getattr(talks, "file", None), "terms", {})
    nothing = []
    for term, level in verdict.terms.items():
        spec = terms.get(term)
        if spec is None:
            yield f"{term}: {level}"
            continue
        about = f" ({spec.name})" if spec.name else ""
        if level == next(iter(spec.levels)):
            nothing.append(f"{term} = {level}{about}")
            continue
        meaning = spec.levels[level].name
        givers = listed(spec.by)
        gives = "gives" if len(spec.by) == 1 else "give"
        what = f"{meaning} ({term} = {level})" if meaning else f"{term} = {level}{about}"
        yield f"{givers} {gives}: {what}."
    if nothing:
        yield f"Not in it: {'; '.join(nothing)}."


def worth_of(talks: Any, verdict: Verdict, report: Report, wording: Wording) -> Iterator[str]:
    """What each party gets from it, and without it."""
    names = getattr(talks, "names", {})
    for party in report.parties:
        parts = []
        if verdict.values:
            parts.append(f"{wording.amount(verdict.values[party])} if everyone complies")
        if verdict.played:
            low, high = verdict.played[party]
            both = plain(low) if low == high else f"{plain(low)} to {plain(high)}"
            parts.append(f"{both} as it would really be played")
        if verdict.breakdown:
            parts.append(f"{plain(verdict.breakdown[party])} without agreement")
        known = names.get(party, party)
        if parts:
            yield f"{party}{f' ({known})' if known != party else ''}: {', '.join(parts)}."


def missing_verdict(bundle: Bundle) -> Verdict:
    """Of a bundle that was not judged."""
    return Verdict(
        bundle.name, bundle.terms, None, None, None, None, None, None, None, None, {}, None, None
    )


def talks_of(verdict: Verdict, report: Report) -> Iterator[str]:
    """Whether the talks as written end on it."""
    if verdict.agreed is None:
        return
    least, greatest = verdict.agreed
    if greatest == 0:
        yield "They do not end on it."
        if report.talks is not None:
            yield talks_line(report.talks, in_tree=report.round is None)
        return
    sure = least == 1
    yield "They end on it." if sure else f"It is signed with probability {_range(verdict.agreed)}."
    if verdict.kept is not None and verdict.kept != verdict.agreed:
        yield f"It is signed and carried out with probability {_range(verdict.kept)}."


def lenses_of(verdict: Verdict, report: Report) -> Iterator[str]:
    """What each other lens makes of it, and why they differ."""
    for seen in report.lenses:
        sight = verdict.lenses.get(seen.name)
        if seen.name == "equilibrium":
            continue
        if sight is None:
            yield f"{seen.name}: {seen.refusal or seen.reason}"
            continue
        yield f"{seen.name}: {sight}. {sight.text}"
        yield f"  {seen.question}"
    if verdict.disagreement is not None:
        yield verdict.disagreement


def _range(pair: tuple[Fraction, Fraction]) -> str:
    low, high = pair
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}, by equilibrium"



def turning_lines(
    formulas: Formulas, changes: tuple[Turning, ...], looked: str = "within its range"
) -> Iterator[str]:
    """A line a parameter that changes the verdict.

    `looked` : where that was looked for
    """
    if not changes:
        yield (
            f"No parameter alone changes the verdict {looked}, the others staying where they are."
        )
        return
    yield "One parameter changed, the others staying where they are:"
    for name in dict.fromkeys(turning.parameter for turning in changes):
        p = formulas.parameters[name]
        ways = [_way(turning) for turning in changes if turning.parameter == name]
        now = f"{plain(p.value)} {p.unit}".rstrip()
        assert p.low is not None
        assert p.high is not None
        told = ways[0] + "".join(f" {way[:1].upper()}{way[1:]}" for way in ways[1:])
        yield f"  {name} (now {now}; range {plain(p.low)} to {plain(p.high)}): {told}"


def _way(turning: Turning) -> str:
    verb = "it would hold" if turning.stable else "it would no longer hold"
    told_at = turning.end if turning.told_at is None else turning.told_at
    why = f" At {plain(told_at)} {turning.why}." if turning.why else ""
    return f"{verb} {_where(turning)}.{why}"


def _where(turning: Turning) -> str:
    direction, more = ("above", "more") if turning.above else ("below", "less")
    if turning.place is None:
        if turning.end in turning.at:
            return f"at {plain(turning.end)}, the end of the range, or next to it"
        low, high = map(plain, turning.at)
        return f"{direction} a value between {low} and {high}"
    place = place_text(turning.place)
    if turning.place in (turning.until, turning.end):
        return f"at {place} alone"
    until = ""
    if turning.until is not None:
        until = f", {'up' if turning.above else 'down'} to {place_text(turning.until)}"
    if turning.stable and turning.there:
        return f"at {place}{until}" if until else f"at {place} or {more}"
    return f"{direction} {place}{until}"


ABOUT = {
    "acceptable": "Whether it would be signed",
    "honoured": "Whether it would be kept",
    "stable": "Whether both would happen together",
    "selected": "Whether the talks end on it",
    "strict": "Whether that is so for sure",
    "values": "What it is worth",
    "breakdown": "What no agreement is worth",
}
