"""What would make a bundle enforce itself, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from detente.stability.enforcement.instalments import Giver, Instalments
from detente.stability.enforcement.ladder import Ladder, Obstacle
from detente.stability.enforcement.one_shot import OneShot
from detente.stability.enforcement.renewed import Keeper, Renewed
from detente.stability.enforcement.repeated import Stage, Temptation
from detente.stability.telling import Section
from detente.stability.words import PLAIN, Wording, counted, listed, plain

if TYPE_CHECKING:
    from detente.stability.enforcement.report import Enforced, Enforcement
    from detente.stability.following.union import Union

LETTERS = {"detection": "q", "patience": "d", "false_alarm": "a", "penalty": "F"}
"""How the quantities are called in short."""
MEANINGS = {
    "detection": "q is how likely a breach is seen",
    "patience": "d is what a period later counts for, beside now",
    "false_alarm": "a is how likely an alarm rings although nobody cheated",
    "penalty": "F is what being caught costs besides",
}
SHOWN = 6
"""Steps of an endless schedule that are told."""
FAILING = 3
"""Steps that fail, of those told."""


@dataclass(frozen=True)
class Voice:
    """How a summit says amounts, and how long its periods are."""

    wording: Wording = PLAIN
    period: Fraction = Fraction(1)
    anew: bool = False

    @property
    def unit(self) -> str:
        """A period, as a word."""
        if self.anew:
            return "round"
        return "year" if self.period == 1 else "period"

    def amount(self, number: Fraction) -> str:
        return self.wording.amount(number)


def voice_of(report: Enforcement) -> Voice:
    """How a report speaks."""
    return Voice(report.wording, report.period, report.anew)


# ── cells of a table ───────────────────────────────────────────────────────────────────────────


def headings(unit: str = "year") -> tuple[str, ...]:
    """Over the cells of `cells`."""
    return (
        "bundle", "once", f"each {unit}", "patience", "seen", "false alarms", "length",
    )  # fmt: skip


def cells(entry: Enforced) -> tuple[str, ...]:
    """One bundle in a row of short cells."""
    found = entry.renewed
    word = "?"
    if found is not None and found.holds is not None:
        word = "kept" if found.holds else f"by {listed(_breakers(found))}"
    sets = {} if found is None else found.sets
    quiet = found is None or not found.keepers
    return (
        entry.bundle,
        _once(entry.one_shot),
        word,
        *("" if quiet else _set(sets, key) for key in ("patience", "detection", "false_alarm")),
        "" if quiet else _length(found),
    )


def _breakers(found: Renewed) -> list[str]:
    return [keeper.side for keeper in found.keepers if keeper.holds is False]


def _once(shots: Sequence[OneShot] | None) -> str:
    if shots is None:
        return "?"
    failing = [shot.side for shot in shots if not keeps(shot)]
    return f"by {listed(failing)}" if failing else "kept"


def keeps(shot: OneShot) -> bool:
    """Whether the side does not break it, as the file has it."""
    own = shot.own.get("penalty") or shot.sets.get("penalty")
    if own is not None:
        return 0 in own
    return all(breach.net <= 0 for breach in shot.breaches)


def _set(sets: Mapping[str, Union], key: str) -> str:
    if key not in sets:
        return "?"
    values = sets[key]
    return "any" if values.is_everything else "none" if values.is_empty else (
        values.text(LETTERS[key])
    )


def _length(found: Renewed | None) -> str:
    if found is None or found.lengths is None:
        return "?"
    shortest, longest = found.lengths.shortest, found.lengths.longest
    if shortest is None:
        return "for ever" if found.lengths.for_ever else "none"
    if longest is None:
        return "not needed" if shortest == 0 else f"≥ {shortest}"
    if longest == shortest:
        return str(shortest)
    return f"{shortest} to {longest}" if shortest else f"≤ {longest}"


# ── the story of one bundle ────────────────────────────────────────────────────────────────────


def story(entry: Enforced, report: Enforcement) -> tuple[Section, ...]:
    """One bundle in sentences: one breach, renewed, in instalments."""
    voice = voice_of(report)
    found = [
        Section("One breach", tuple(once_lines(entry, voice))),
        Section(f"Renewed {voice.unit} after {voice.unit}", tuple(renewed_lines(entry, voice))),
    ]
    if entry.ladder or entry.shares or "ladder" in entry.notes or "shares" in entry.notes:
        found.append(Section("In instalments", tuple(instalment_lines(entry, voice))))
    return tuple(found)


def once_lines(entry: Enforced, voice: Voice) -> Iterator[str]:
    """What each breach gains and costs, and what would keep each side from it."""
    if entry.one_shot is None:
        yield f"Not looked at: {entry.notes.get('one_shot', '')}"
        return
    if not entry.one_shot:
        yield "Nobody has anything to breach."
    for shot in entry.one_shot:
        for breach in shot.breaches:
            does = voice.wording.by(breach.move)
            gain = _gains(breach.gain, voice)
            yield (
                f"{shot.side} {gain} by {does} if that is not seen, and would "
                f"{_loses(breach.cost, voice)} by being caught, which happens with probability "
                f"{plain(breach.detection)}: {_net(breach.net, voice)}."
            )
        yield from (f"  {line}" for line in _once_sets(shot, voice))


def _gains(number: Fraction, voice: Voice) -> str:
    if number == 0:
        return "would gain nothing"
    verb = "would gain" if number > 0 else "would lose"
    return f"{verb} {voice.amount(abs(number))}"


def _loses(number: Fraction, voice: Voice) -> str:
    if number == 0:
        return "lose nothing"
    return f"{'lose' if number > 0 else 'gain'} {voice.amount(abs(number))}"


def _net(number: Fraction, voice: Voice) -> str:
    if number == 0:
        return "no gain on average, and no loss"
    return f"{voice.amount(abs(number))} {'gained' if number > 0 else 'lost'} on average"


def _once_sets(shot: OneShot, voice: Voice) -> Iterator[str]:
    for key, values in shot.sets.items():
        if key in shot.notes:
            yield _sentence(shot.notes[key])
        else:
            yield f"It is kept where {values.text(LETTERS[key])}{_unit(key, voice)}: {_meant(key)}."
    for key in shot.notes:
        if key not in shot.sets:
            yield _sentence(shot.notes[key])


def _unit(key: str, voice: Voice) -> str:
    return f" {voice.wording.unit}" if key == "penalty" and voice.wording.unit else ""


def _meant(key: str) -> str:
    return MEANINGS[key].replace("a period", "a year")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


# ── renewed ────────────────────────────────────────────────────────────────────────────────────


def renewed_lines(entry: Enforced, voice: Voice) -> Iterator[str]:
    """What a period brings each side, and what keeps it from cheating."""
    found = entry.renewed
    if found is None:
        yield f"Not looked at: {entry.notes.get('renewed', '')}"
        return
    if found.reason:
        yield _sentence(found.reason)
        return
    yield _rule(found, voice)
    for keeper in found.keepers:
        for stage in keeper.stages:
            yield _stage(stage, voice)
            for temptation in stage.temptations:
                yield f"  {_temptation(temptation, stage, voice)}"
        yield from (f"  {line}" for line in _keeper(keeper, voice))
    yield from _together(found, voice)


def _rule(found: Renewed, voice: Voice) -> str:
    length = found.rule.length
    until = (
        "for ever" if length is None
        else f"for {counted(length)} {voice.unit}{'s' * (length != 1)}, and then starts anew"
    )
    noise = found.rule.false_alarm
    differs = any(stage.noise != noise for keeper in found.keepers for stage in keeper.stages)
    most = "up to " if differs else ""
    rings = f", or rings for nothing with probability {most}{plain(noise)}" if noise else ""
    lasting = "" if voice.anew else ", but for what cannot be taken back"
    if voice.period != 1 and not voice.anew:
        rings += f" (a period is {plain(voice.period)} years, until the others can answer)"
    return f"When an alarm tells a breach{rings}, the deal ends {until}{lasting}."


def _stage(stage: Stage, voice: Voice) -> str:
    case = f" (case: {stage.case})" if stage.case else ""
    more = "more" if stage.stake >= 0 else "less"
    alarm = ""
    if stage.ending:
        verb = "costs" if stage.ending > 0 else "brings"
        alarm = f"; the end of the deal itself {verb} it {voice.amount(abs(stage.ending))}"
    return (
        f"{stage.side}{case}: a {voice.unit} of the deal brings it "
        f"{voice.amount(abs(stage.stake))} {more} than one without{alarm}."
    )


def _temptation(temptation: Temptation, stage: Stage, voice: Voice) -> str:
    name = listed([voice.wording.by(move) for move in temptation.moves])
    gain = _adds(temptation.gain, voice)
    costs = temptation.costs
    caught = f"; being caught costs it {voice.amount(costs)} on average" if costs > 0 else ""
    seen = f"and is seen with probability {plain(temptation.detected)}"
    return f"{_sentence(name)} {gain} in its {voice.unit}, {seen}{caught}."


def _adds(number: Fraction, voice: Voice) -> str:
    if number == 0:
        return "adds nothing"
    return f"{'adds' if number > 0 else 'takes'} {voice.amount(abs(number))}"


def _keeper(keeper: Keeper, voice: Voice) -> Iterator[str]:
    side = keeper.side
    if not any(stage.temptations for stage in keeper.stages):
        yield f"{side} has nothing to breach."
        return
    known = keeper.patience
    is_at = "not known" if known.factor is None else plain(known.factor)
    verdict = {True: "does not cheat", False: "cheats", None: "may cheat"}[keeper.holds]
    yield (
        f"{side} {verdict}: {_condition('patience', keeper.sets['patience'])}; its patience is "
        f"{is_at} ({known.source})."
    )
    others = [key for key in ("detection", "penalty", "false_alarm") if key in keeper.sets]
    told = [f"{_condition(key, keeper.sets[key])}{_unit_of(key, keeper, voice)}" for key in others]
    if told:
        yield f"At that patience: {'; '.join(told)}."
    if not keeper.credible:
        yield (
            f"{side} would rather go on delivering than take part in the punishment, so that the "
            "others need not fear it from this side."
        )


def _unit_of(key: str, keeper: Keeper, voice: Voice) -> str:
    values = keeper.sets[key]
    trivial = values.is_empty or values.is_everything
    return "" if trivial else _unit(key, voice)


_WHAT = {
    "patience": "patience",
    "detection": "detection",
    "penalty": "a penalty",
    "false_alarm": "a rate of false alarms",
}


def _bare(key: str) -> str:
    return _WHAT[key].removeprefix("a ")


def _condition(key: str, values: Union) -> str:
    if values.is_empty:
        return f"no {_bare(key)} is {'low ' if key == 'false_alarm' else ''}enough"
    if values.is_everything:
        return f"any {_bare(key)} will do"
    return f"it takes {_WHAT[key]} {values.text(LETTERS[key])}"


def _together(found: Renewed, voice: Voice) -> Iterator[str]:
    verdict = {True: "enforces itself", False: "does not enforce itself", None: "is not decided"}
    yield f"All in all it {verdict[found.holds]}."
    tempted = any(stage.temptations for keeper in found.keepers for stage in keeper.stages)
    if found.lengths is not None and tempted:
        yield f"  {_punishment(found, voice)}"
    if found.incredible:
        yield f"  The punishment is no threat by {listed(found.incredible)}."


def _punishment(found: Renewed, voice: Voice) -> str:
    assert found.lengths is not None
    shortest, longest = found.lengths.shortest, found.lengths.longest
    if shortest is None:
        if found.lengths.for_ever:
            return "Only a punishment that lasts for ever is enough."
        return "No length of punishment keeps everybody from cheating."
    if shortest == 0:
        up_to = "" if longest is None else (
            f" One of more than {counted(longest)} {voice.unit}{'s' * (longest != 1)} is too dear "
            "where alarms may be false."
        )
        return f"What being caught costs is enough: no punishment is needed beyond it.{up_to}"
    until = "" if longest is None else f", and at most {counted(longest)}"
    return (
        f"The shortest punishment that is enough lasts {counted(shortest)} "
        f"{voice.unit}{'s' * (shortest != 1)}{until}."
    )


# ── instalments ────────────────────────────────────────────────────────────────────────────────


def instalment_lines(entry: Enforced, voice: Voice) -> Iterator[str]:
    """The schedule of partial steps, or why there is none."""
    if entry.ladder is not None:
        yield from _ladder(entry.ladder, voice)
    elif "ladder" in entry.notes:
        yield f"Through the bundles of the file: not looked at, {entry.notes['ladder']}"
    if entry.shares is not None:
        yield from _shares(entry.shares.plan, entry.shares.needed, voice)
    elif "shares" in entry.notes:
        yield f"By shares: not looked at, {entry.notes['shares']}"


def _ladder(ladder: Ladder, voice: Voice) -> Iterator[str]:
    if ladder.at_once:
        yield "It is kept to where all of it is delivered at once: no smaller steps are needed."
        return
    if ladder.complete:
        yield (
            f"Not at once, but in {counted(len(ladder.path))} steps, one a {voice.unit}, each kept "
            "to because of what follows:"
        )
    elif ladder.path:
        missing = [f"{term} at {got}, not {asked}" for term, (got, asked) in ladder.undone.items()]
        yield (
            "No schedule of the file's bundles leads to it. As far as one leads "
            f"({listed(missing)}):"
        )
    else:
        yield "No schedule of the file's bundles leads to it, nor to anything on the way."
    for number, name in enumerate(ladder.path, start=1):
        yield f"  {number}. {name}"
    for obstacle in ladder.obstacles[:FAILING]:
        yield f"  {_obstacle(obstacle, voice)}"
    if len(ladder.obstacles) > FAILING:
        yield f"  … and {len(ladder.obstacles) - FAILING} more steps that fail."


def _obstacle(obstacle: Obstacle, voice: Voice) -> str:
    where = "Once it is in force" if obstacle.before == obstacle.after else (
        f"At the step from {obstacle.before} to {obstacle.after}"
    )
    moves = [voice.wording.would(move) for move in obstacle.moves]
    does = listed(moves) if moves else "would not take it"
    if obstacle.lacking is None:
        return f"{where}, {obstacle.side} {does}, whatever follows."
    return (
        f"{where}, {obstacle.side} {does}: all that follows would have to be worth "
        f"{voice.amount(obstacle.lacking)} more to it."
    )


def _shares(plan: Instalments, needed: Union, voice: Voice) -> Iterator[str]:
    sides = (plan.first, plan.second)
    yield f"By shares, {listed([_share(side, voice) for side in sides])}:"
    yield f"  {_sentence(plan.reason)}"
    if plan.steps is None:
        for number, step in enumerate(plan.schedule(SHOWN), start=1):
            each = [_done(side, given) for side, given in zip(sides, step, strict=True)]
            yield f"  {voice.unit} {number}: {listed(each)}"
        rest = plan.within(Fraction(1, 100))
        if rest is not None:
            yield f"  After {counted(rest)} {voice.unit}s at most 1 % of what lasts is left."
    left = [
        f"{side.name} never delivers {plain(amount)} of its part" if side.lasts
        else f"{side.name} keeps up no more than {plain(got)} of its part"
        for side, amount, got in zip(sides, plan.undone, plan.reached, strict=True)
        if amount and (side.lasts or plan.steps is not None) and (plan.exists and got < side.most)
    ]
    if left:
        yield f"  {_sentence(listed(left))}."
    if needed.is_empty:
        yield "  At no patience is there a schedule that delivers all of it."
    elif not needed.is_everything:
        yield (
            f"  For all of it, it takes {needed.text('d')} of both, d being what a {voice.unit} "
            "later counts for."
        )


def _share(side: Giver, voice: Voice) -> str:
    kind = "for good" if side.lasts else "as long as it is delivered"
    return (
        f"{side.name}'s part costs it {voice.amount(side.cost)} and the other's brings it "
        f"{voice.amount(side.worth)} a {voice.unit} ({kind})"
    )


def _done(side: Giver, given: Fraction) -> str:
    return f"{side.name} {'delivers' if side.lasts else 'is at'} {plain(given)}"
