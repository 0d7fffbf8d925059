"""Would it hold, where sides do not know everything? Judged by the sequential equilibria found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from detente.errors import OutOfTime
from detente.game.information import first_hidden_infoset
from detente.game.tree import CHANCE
from detente.stability.continuation import Continuation
from detente.stability.equilibrium import judge
from detente.stability.hidden_worth import played, values
from detente.stability.modal import combined
from detente.stability.motives import reasons
from detente.stability.once_signed import once_signed
from detente.stability.proof import WITNESSES, Witness, Witnesses
from detente.stability.readings import (
    Listed,
    Reading,
    Table,
    both,
    consents,
    honours,
    read,
    sequential_equilibria,
    table_of,
)
from detente.stability.reasons import Reason
from detente.stability.verdict import Modal, Range, Report, Settled, Stopped, Verdict

if TYPE_CHECKING:
    from detente.stability.case import Source

LISTED = "all sequential equilibria were listed, and each is certified"
EXTREME = (
    "the extreme sequential equilibria were listed, and each is certified; others lie between them"
)
FOUND = "the sequential equilibria that were found, each certified; there may be others"
ONE = "one sequential equilibrium, certified; there may be others"
AFTER = "all sequential equilibria from the signature on, or the extreme ones, each certified"
UNSIGNED = "where nobody signs, all sequential equilibria from the signature on"
_VOUCHED = {"all": LISTED, "components": EXTREME, "one": ONE}

_OVER = {
    "all": "all sequential equilibria",
    "components": "the extreme sequential equilibria",
    "all_pure": "all pure subgame-perfect equilibria",
    "some": "the sequential equilibria found",
    "one": "one sequential equilibrium",
    "none": "no equilibrium: none was found",
}
_ORDER = ("all", "components", "all_pure", "some", "one", "none")
"""What a list of equilibria can claim, the most first."""


def stability_under_secrets(source: Source, chosen: Sequence[int]) -> Report:
    """A verdict on each of these bundles by the sequential equilibria found.

    A bundle whose own table hides nothing is judged by its pure subgame-perfect equilibria, which
    are sequential. On an interrupt, or when the time limit passes, the bundles judged until then
    are reported.
    """
    judged: list[tuple[Verdict, str]] = []
    whole: Listed | None = None
    stopped: Stopped = "finished"
    try:
        if not source.has_protocol:
            whole = sequential_equilibria(source.game, source.deadline, partly=True)
        for bundle in chosen:
            judged.append(verdict_on(source, bundle, whole))
        if whole is None:
            whole = sequential_equilibria(source.game, source.deadline, partly=True)
        stopped = whole.stopped
    except (OutOfTime, KeyboardInterrupt) as stop:
        stopped = "time_limit" if isinstance(stop, OutOfTime) else "interrupted"
    return _report(source, chosen, judged, whole, stopped)


def verdict_on(source: Source, bundle: int, whole: Listed | None) -> tuple[Verdict, str]:
    """The verdict on a bundle but for the talks as written, and how complete what it rests on is.

    `whole` : the equilibria of a tree by hand; a protocol's table is solved here
    """
    if not source.has_protocol:
        assert whole is not None
        return judge_table(table_of(source.game, bundle, wording=source.wording), whole)
    game = source.talks.table(bundle, source.round)
    if first_hidden_infoset(game) is None and game.mover[0] != CHANCE:
        verdict, exact = judge(source.case_of(Continuation(game, source.deadline), bundle))
        return verdict, "all_pure" if exact else "some"
    table = table_of(game, bundle, source.breakdown, source.wording)
    return judge_table(table, sequential_equilibria(game, source.deadline), source.deadline)


@dataclass(frozen=True)
class Answers:
    """The three answers over the equilibria found, with what vouches for each.

    `told` : the equilibrium that reasons are read from
    """

    modal: Mapping[str, Modal | None]
    proof: Mapping[str, str]
    witnesses: Mapping[str, Witnesses]
    notes: Mapping[str, str]
    told: Reading | None
    readings: tuple[Reading, ...]


def judge_table(
    table: Table, listed: Listed, deadline: float | None = None
) -> tuple[Verdict, str]:
    """The verdict on the bundle of a table, and how complete the list is that it rests on."""
    answers = answers_of(table, listed, deadline)
    bundle, notes = table.game.bundles[table.bundle], dict(answers.notes)
    worth, told = values(table, notes), answers.told
    modal = answers.modal
    return (
        Verdict(
            name=bundle.name,
            terms=bundle.terms,
            values=worth,
            played=played(table, answers.readings),
            breakdown=_breakdown(table, notes),
            acceptable=_possible(modal["acceptable"]),
            honoured=_possible(modal["honoured"]),
            stable=_possible(modal["stable"]),
            strict=_strict(modal, listed.whole, notes),
            selected=None,
            modal=modal,
            agreed=None,
            kept=None,
            reasons=_reasons(table, told, modal),
            notes=notes,
            offered=bool(table.offered),
            certificate=told.play.equilibrium.certificate if told is not None else None,
            proof=answers.proof,
            witnesses=answers.witnesses,
            told=(table, _told_first(answers)),
        ),
        listed.complete,
    )


def answers_of(table: Table, listed: Listed, deadline: float | None = None) -> Answers:
    """Always, sometimes or never, over the sequential equilibria found.

    Where nobody signs in an equilibrium, whether it would be kept is judged by all sequential
    equilibria of the game that begins at the signature: of all that one could do there, the
    equilibria listed have one way only.
    """
    readings = tuple(read(table, play) for play in listed.plays)
    notes: dict[str, str] = {}
    kept, why = _kept(table, readings, deadline)
    modal = {"acceptable": consents(readings), "honoured": kept, "stable": both(readings)}
    if kept == "never" or not table.offered:
        decided = kept == "never" and (modal["stable"] is not None or not table.offered)
        modal["stable"] = "never" if decided else None
    vouched = _VOUCHED.get(listed.complete, FOUND)
    proof = {question: vouched for question, answer in modal.items() if answer is not None}
    unsigned = [reading for reading in readings if not reading.reached]
    if unsigned and kept is not None:
        proof["honoured"] = AFTER if len(unsigned) == len(readings) else f"{vouched}; {UNSIGNED}"
        if modal["stable"] is not None and not table.offered:
            proof["stable"] = proof["honoured"]  # it is not, because it is not kept
    witnesses = _witnesses(modal, readings)
    proof.update(dict.fromkeys(witnesses, WITNESSES))
    _note(notes, table, listed, modal)
    if why:
        notes["honoured"] = why
    return Answers(modal, proof, witnesses, notes, _told(readings, modal), readings)


def _kept(
    table: Table, readings: Sequence[Reading], deadline: float | None
) -> tuple[Modal | None, str]:
    """Whether it is kept; and why that is not known, where nobody signs it."""
    reached = [reading for reading in readings if reading.reached]
    if len(reached) == len(readings) or not table.signed:
        return honours(readings), ""
    found, why = once_signed(table, deadline)
    if found is not None:
        return combined([honours(reached), found] if reached else [found]), ""
    if honours(readings) == "sometimes":
        return "sometimes", ""  # two certified equilibria suffice for that
    if not table.offered:
        return None, f"not decided: {why}."
    who = "in some equilibria nobody signs it" if reached else "nobody signs it"
    return None, f"{who}, and what would follow is not decided: {why}."


def _told(readings: Sequence[Reading], modal: Mapping[str, Modal | None]) -> Reading | None:
    """The equilibrium to tell of: one where the bundle holds, if there is; else one that signs."""
    if not readings:
        return None
    rank = ("always", "sometimes", None, "never")
    if modal["stable"] in ("always", "sometimes"):
        return min(readings, key=lambda r: rank.index(r.holds))
    if modal["stable"] is None and modal["honoured"] != "never":
        return min(readings, key=lambda r: (not r.honoured, not r.reached))
    breaks = modal["honoured"] == "never"
    return min(
        readings, key=lambda r: (rank.index(r.consent), not r.reached, r.honoured is breaks)
    )


def _reasons(
    table: Table, told: Reading | None, modal: Mapping[str, Modal | None]
) -> tuple[Reason, ...]:
    """Why, by the equilibrium told: of what nobody signs no breach that would surely not come."""
    found = () if told is None else reasons(table, told)
    if told is None or told.reached or modal["honoured"] != "always":
        return found
    return tuple(reason for reason in found if reason.kind != "breaks")


def _told_first(answers: Answers) -> tuple[Reading, ...]:
    told = answers.told
    return tuple(sorted(answers.readings, key=lambda reading: reading is not told))


def _note(
    notes: dict[str, str], table: Table, listed: Listed, modal: Mapping[str, Modal | None]
) -> None:
    """Why what is not decided is not."""
    reason = listed.reason or "no sequential equilibrium was found."
    for question, answer in modal.items():
        if answer is not None:
            continue
        if not table.signed and question != "acceptable":
            notes[question] = "this bundle is signed at no node."
        elif not table.offered and question != "honoured":
            notes[question] = "no node of the tree is tagged as offering this bundle."
        else:
            notes[question] = f"not decided: {reason}"


def _possible(answer: Modal | None) -> bool | None:
    return None if answer is None else answer != "never"


def _strict(modal: Mapping[str, Modal | None], whole: bool, notes: dict[str, str]) -> bool | None:
    answers = {modal["acceptable"], modal["honoured"]}
    if answers == {"always"} and not whole:
        notes["strict"] = "it is so in each equilibrium listed; there may be others."
        return None
    if answers == {"always"}:
        return True
    return None if answers <= {"always", None} else False


def _breakdown(table: Table, notes: dict[str, str]) -> Mapping[str, Fraction] | None:
    if table.breakdown is None:
        notes["breakdown"] = "a tree written by hand has no single outcome without agreement."
        return None
    return dict(zip(table.game.players, table.breakdown, strict=True))


def _witnesses(
    modal: Mapping[str, Modal | None], readings: Sequence[Reading]
) -> Mapping[str, Witnesses]:
    """For what holds in some equilibria only, one that surely has it and one that surely not."""
    asked: dict[str, Callable[[Reading], Modal | None]] = {
        "acceptable": lambda reading: reading.consent,
        "honoured": lambda reading: honours([reading]),
        "stable": lambda reading: reading.holds,
    }
    found: dict[str, Witnesses] = {}
    for question, ask in asked.items():
        with_, without = (
            next((_witness(r) for r in readings if ask(r) == word), None)
            for word in ("always", "never")
        )
        if modal[question] == "sometimes" and with_ and without:
            found[question] = Witnesses(with_, without)
    return found


def _witness(reading: Reading) -> Witness:
    equilibrium = reading.play.equilibrium
    return Witness(equilibrium.profile, equilibrium.certificate)  # type: ignore[arg-type]


# ── all together ───────────────────────────────────────────────────────────────────────────────


def _report(
    source: Source,
    chosen: Sequence[int],
    judged: Sequence[tuple[Verdict, str]],
    whole: Listed | None,
    stopped: Stopped,
) -> Report:
    solved = whole is not None and bool(whole.plays)
    verdicts = [
        _with_talks(verdict, bundle, whole)
        for bundle, (verdict, _) in zip(chosen, judged, strict=False)
    ]
    levels = [complete for _, complete in judged] + [whole.complete if whole else "some"]
    complete = max(levels, key=_ORDER.index)
    if stopped != "finished" and complete in ("all", "components", "all_pure"):
        complete = "some"
    first = whole.plays[0].equilibrium if whole and solved else None
    return Report(
        title=source.talks.title,
        players=source.sides,
        parties=source.parties,
        bundles=tuple(verdicts),
        complete="some" if complete == "none" else complete,
        round=source.round,
        unit=source.wording.unit,
        concept="sequential",
        agreed_over=_OVER[whole.complete if whole else "none"],
        reason=_reason(judged, chosen, whole, stopped, complete),
        stopped=stopped,
        asked=len(chosen),
        certificate=first.certificate if first else None,
        proof="" if whole is None or not solved else _VOUCHED.get(whole.complete, FOUND),
        talks=_settled(source, chosen, verdicts, whole) if solved else None,
        summit=source.talks,
    )


def _reason(
    judged: Sequence[tuple[Verdict, str]],
    chosen: Sequence[int],
    whole: Listed | None,
    stopped: Stopped,
    complete: str,
) -> str:
    if stopped != "finished":
        why = "interrupted" if stopped == "interrupted" else "the time limit passed"
        if len(judged) < len(chosen):
            return f"{why} after {len(judged)} of {len(chosen)} bundles."
        if whole is None:
            return f"{why} before the talks as written were solved."
        return f"{why} before all sequential equilibria of the talks as written were listed."
    if complete in ("all", "components", "all_pure"):
        return ""
    return (whole.reason if whole else "") or "not all sequential equilibria were listed."


def _with_talks(verdict: Verdict, bundle: int, whole: Listed | None) -> Verdict:
    if whole is None or not whole.plays:
        why = whole.reason if whole else "stopped before the talks as written were solved."
        return replace(verdict, notes={**verdict.notes, "selected": f"not decided: {why}"})
    agreed, kept = _odds(whole, bundle)
    return replace(verdict, agreed=agreed, kept=kept, selected=agreed[1] > 0)


def _odds(whole: Listed, bundle: int) -> tuple[Range, Range]:
    """Least and greatest probability of being signed, and of being signed and kept.

    Of a component of equilibria the extreme ones suffice: each side's plan enters linearly.
    """
    signed = [Fraction(play.equilibrium.signed(bundle)) for play in whole.plays]
    kept = [Fraction(play.equilibrium.kept(bundle)) for play in whole.plays]
    return (min(signed), max(signed)), (min(kept), max(kept))


def _settled(
    source: Source, chosen: Sequence[int], verdicts: Sequence[Verdict], whole: Listed | None
) -> tuple[Settled, ...]:
    """What the talks may settle on."""
    assert whole is not None
    known = dict(zip(chosen, verdicts, strict=False))
    odds = [(b, _odds(whole, b)[0]) for b in range(len(source.talks.bundles))]
    return tuple(
        Settled(source.talks.bundles[b].name, agreed, known.get(b))
        for b, agreed in odds if agreed[1] > 0
    )
