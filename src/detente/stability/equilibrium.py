"""Would it hold? Every bundle judged by the pure subgame-perfect equilibria of its own game."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from detente.errors import DetenteError, OutOfTime
from detente.game.tree import Game, Role
from detente.solvers import check_time_limit
from detente.stability.case import Case, Source
from detente.stability.grounds import reasons
from detente.stability.lenses import asked_for, through
from detente.stability.modal import Answer, acceptance, answer, combined, honouring
from detente.stability.outcomes import breakdown, played, values
from detente.stability.proof import Evidence, evidence, proof_of_talks, with_both
from detente.stability.reasons import consent_path
from detente.stability.talks import Talks, settled
from detente.stability.together import together
from detente.stability.verdict import Modal, Report, Settled, Stopped, Verdict

if TYPE_CHECKING:
    from detente.summit.summit import Summit


def stability(
    talks: Summit | Game,
    *,
    round: int | None = None,
    bundles: Iterable[str | int | Mapping[str, str]] | None = None,
    time_limit: float | None = None,
    lenses: str | Iterable[str] | None = None,
) -> Report:
    """A verdict on every bundle: would it be signed, would it be kept, and why.

    `talks` : a summit, or a game whose nodes are tagged with bundles
    `round` : the round in which each bundle is put on the table; the last one unless given
    `bundles` : judge these only, by name, terms or position
    `time_limit` : in seconds; when it passes, or on an interrupt (Ctrl-C), the bundles judged until
        then are reported, and `stopped` says so
    `lenses` : what else to ask of each bundle: names (`graph`, `enforcement`…), `all`, or `cheap`
        for those that take no time worth speaking of; nothing else unless given

    Each verdict carries the certificate of the equilibrium that its reasons are read from. Where
    all moves are seen, it is about all pure subgame-perfect equilibria; under hidden information,
    about the sequential equilibria found: `concept`, `complete` and `agreed_over` say so.

    Raises SummitError for an unknown bundle or a game without
    bundles, RuntimeError where an equilibrium does not certify (a defect of the solver).
    """
    check_time_limit(time_limit)
    _check(talks, round, bundles)
    if lenses != "cheap":
        asked_for(lenses)  # a wrong name is told at once
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    source = Source(talks, round, deadline)
    return through(_judged(source, source.chosen(bundles)), lenses, deadline)


def _judged(source: Source, chosen: Sequence[int]) -> Report:
    """The report by equilibria alone."""
    if source.hidden:
        from detente.stability.sequential import stability_under_secrets

        return stability_under_secrets(source, chosen)
    judged: list[tuple[Verdict, bool]] = []
    as_written: Talks | None = None
    outcome: tuple[Settled, ...] | None = None
    stopped: Stopped = "finished"
    try:
        for bundle in chosen:
            judged.append(_in_time(source, bundle))
        if source.late:
            raise OutOfTime
        as_written = settled(source.whole, range(len(source.talks.bundles)))
        outcome = _outcome(source, as_written, dict(zip(chosen, judged, strict=True)))
    except (OutOfTime, KeyboardInterrupt) as stop:
        stopped = "time_limit" if isinstance(stop, OutOfTime) else "interrupted"
    return replace(_report(source, chosen, judged, as_written, stopped), talks=outcome)


def _check(talks: object, round: object, bundles: object) -> None:
    """Raise DetenteError for what is no question about talks."""
    if not hasattr(talks, "bundles"):
        raise DetenteError(
            f"stability takes a summit or a game with bundles; found {type(talks).__name__}. Load "
            "a file with detente.load first."
        )
    if round is not None and type(round) is not int:
        raise DetenteError(f"a round is a whole number, counted from 1; found {round!r}.")
    if isinstance(bundles, str):
        raise DetenteError(f"bundles are a list, as in [{bundles!r}]; found a text.")


_LOOKED_AT = 4
"""Bundles that were not asked about, but that the talks may settle on, judged at most."""


def _outcome(
    source: Source, as_written: Talks, judged: Mapping[int, tuple[Verdict, bool]]
) -> tuple[Settled, ...]:
    """What the talks may settle on; None of bounds that leave it open."""
    bundles = [b for b in range(len(source.talks.bundles)) if as_written.selected(b)]
    looked_at = set(bundles if len(bundles) <= _LOOKED_AT else ()) | judged.keys()
    return tuple(
        Settled(
            source.talks.bundles[b].name,
            as_written.agreed[b],
            (judged.get(b) or judge(source.case(b)))[0] if b in looked_at else None,
        )
        for b in bundles
    )


def _in_time(source: Source, bundle: int) -> tuple[Verdict, bool]:
    """The verdict on a bundle; OutOfTime where the deadline has passed, or cut it short."""
    verdict, exact = judge(source.case(bundle))
    if source.late and not exact:
        raise OutOfTime
    return verdict, exact


def _report(
    source: Source,
    chosen: Sequence[int],
    judged: Sequence[tuple[Verdict, bool]],
    as_written: Talks | None,
    stopped: Stopped,
) -> Report:
    exact = all(decided for _, decided in judged) and as_written is not None and as_written.exact
    verdicts = [
        _with_talks(verdict, bundle, as_written)
        for bundle, (verdict, _) in zip(chosen, judged, strict=False)
    ]
    if as_written is not None and as_written.late:
        stopped = "time_limit"
    return Report(
        title=source.talks.title,
        players=source.sides,
        parties=source.parties,
        bundles=tuple(verdicts),
        complete="all_pure" if exact else "some",
        round=source.round,
        unit=source.wording.unit,
        reason="" if exact else _incomplete(len(judged), len(chosen), as_written, stopped),
        stopped=stopped,
        asked=len(chosen),
        certificate=None if as_written is None else as_written.certificate,
        proof="" if as_written is None else proof_of_talks(as_written),
        summit=source.talks,
    )


def _incomplete(done: int, asked: int, as_written: Talks | None, stopped: Stopped) -> str:
    if stopped == "finished":
        return "some sets of equilibria are too large to list; bounds decide."
    why = "interrupted" if stopped == "interrupted" else "the time limit passed"
    if done < asked:
        return f"{why} after {done} of {asked} bundles; the talks as written were not solved."
    if as_written is None:
        return f"{why} before the talks as written were solved."
    return f"{why}; bounds decide what the talks as written settle on."


def judge(case: Case) -> tuple[Verdict, bool]:
    """The verdict on a bundle leaving out what the talks as written do, and whether it is exact."""
    bundle = case.game.bundles[case.bundle]
    notes: dict[str, str] = {}
    signed, after, acceptable, honoured, exact = _answers(case, notes)
    known = evidence(case, signed, {"acceptable": acceptable, "honoured": honoured}, exact)
    acceptable, honoured = known.modal["acceptable"], known.modal["honoured"]
    possible = {question: _possible(question, known, notes) for question in known.modal}
    both = together(case, after, acceptable, honoured)
    stable = _stable(possible, known.modal, both, notes)
    known = with_both(known, both)
    return (
        Verdict(
            name=bundle.name,
            terms=bundle.terms,
            values=values(case, signed, notes),
            played=played(case, after),
            breakdown=breakdown(case, notes),
            acceptable=possible["acceptable"],
            honoured=possible["honoured"],
            stable=stable,
            strict=_strict(acceptable, honoured),
            selected=None,
            modal=known.modal,
            agreed=None,
            kept=None,
            reasons=reasons(case, signed, acceptable, honoured),
            notes=notes,
            offered=bool(case.offered),
            certificate=case.continuation.certificate,
            proof=known.proof,
            witnesses=known.witnesses,
            case=case,
        ),
        exact,
    )


def stands(case: Case) -> bool | None:
    """Whether the bundle is stable, without reasons and proofs."""
    return answers(case)[2]


def answers(case: Case) -> tuple[bool | None, bool | None, bool | None]:
    """Whether the bundle is acceptable, honoured and stable, without reasons and proofs."""
    _, after, acceptable, honoured, _ = _answers(case, {})
    known = acceptable is not None and honoured is not None
    both = together(case, after, acceptable, honoured) if known else None
    if both is None:
        # What bounds leave open, witnesses may settle.
        verdict = judge(case)[0]
        return verdict.acceptable, verdict.honoured, verdict.stable
    return acceptable != "never", honoured != "never", both != "never"


def _answers(
    case: Case, notes: dict[str, str]
) -> tuple[tuple[int, ...], list[Answer], Modal | None, Modal | None, bool]:
    """The signatures, what follows each, the answers to both questions, and if they are exact."""
    signed = _signatures(case)
    after = [answer(case.continuation, s, Role.BROKEN, case.bundle) for s in signed]
    acceptable, accepted_exactly = _acceptable(case, signed, notes)
    honoured = _honoured(after, notes)
    exact = accepted_exactly and all(found.exact for found in after)
    return signed, after, acceptable, honoured, exact


# ── the parts of a verdict ─────────────────────────────────────────────────────────────────────


def _signatures(case: Case) -> tuple[int, ...]:
    """The signatures that an offer leads to; in a table the one right behind the consents."""
    if not case.by_protocol:
        return case.signed
    path = consent_path(case.continuation, case.offered[0], case.signed)
    return (path[-1],) if path else ()


def _acceptable(
    case: Case, signed: Sequence[int], notes: dict[str, str]
) -> tuple[Modal | None, bool]:
    if not case.offered:
        notes["acceptable"] = _NOT_OFFERED
        return None, True
    results = [
        acceptance(
            case.continuation, offered, signed, case.bundle,
            chain=case.by_protocol, later=case.later,
        )
        for offered in case.offered
    ]  # fmt: skip
    modal = combined([modal for modal, _ in results])
    if modal is None:
        notes["acceptable"] = _UNDECIDED
    return modal, all(exact for _, exact in results)


def _honoured(after: Sequence[Answer], notes: dict[str, str]) -> Modal | None:
    if not after:
        notes["honoured"] = "this bundle is signed at no node."
        return None
    modal = combined([honouring(found) for found in after])
    if modal is None:
        notes["honoured"] = _UNDECIDED
    return modal


def _possible(question: str, known: Evidence, notes: dict[str, str]) -> bool | None:
    """Whether it holds in some equilibrium; where bounds leave open in which, one is enough."""
    answer = known.modal[question]
    if answer is not None:
        notes.pop(question, None)
        return answer != "never"
    if question in known.holds:
        notes[question] = _IN_ONE
        return True
    return None


def _stable(
    possible: Mapping[str, bool | None],
    modal: Mapping[str, Modal | None],
    both: Modal | None,
    notes: dict[str, str],
) -> bool | None:
    """Whether one equilibrium accepts it and honours it."""
    if "always" in modal.values() and all(possible.values()):
        if both is None:
            notes["stable"] = _IN_ONE
        return True  # the one that has what holds only sometimes has both
    if False in possible.values() or both == "never":
        if False not in possible.values():
            notes["stable"] = _NEVER_BOTH
        return False
    if both is None:
        notes["stable"] = _NOT_OFFERED if notes.get("acceptable") == _NOT_OFFERED else _UNDECIDED
        return None
    return True


def _strict(acceptable: Modal | None, honoured: Modal | None) -> bool | None:
    if None in (acceptable, honoured):
        known = acceptable or honoured
        return False if known in ("never", "sometimes") else None
    return acceptable == honoured == "always"


_NOT_OFFERED = "no node of the tree is tagged as offering this bundle."
_UNDECIDED = "not decided: the equilibria are too many to list, and their bounds leave it open."
_NEVER_BOTH = (
    "it is signed in some equilibria and kept in some, but in none is it both: a side signs only "
    "where it would then be broken."
)
_IN_ONE = (
    "it holds in a certified equilibrium; whether in all is not decided: they are too many to "
    "list, and their bounds leave it open."
)

# ── the talks as written ───────────────────────────────────────────────────────────────────────


def _with_talks(verdict: Verdict, bundle: int, as_written: Talks | None) -> Verdict:
    if as_written is None:
        reason = "not decided: stopped before the talks as written were solved."
        return replace(verdict, notes={**verdict.notes, "selected": reason})
    selected = as_written.selected(bundle)
    notes = dict(verdict.notes)
    if selected is None:
        notes["selected"] = _UNDECIDED
    return replace(
        verdict,
        agreed=as_written.agreed[bundle],
        kept=as_written.kept[bundle],
        selected=selected,
        notes=notes,
    )
