"""Why a verdict under hidden information is what it is: moves weighed by type and by belief."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from detente.game.beliefs import members
from detente.game.tree import CHANCE, TERMINAL
from detente.stability.knowledge import Belief, of_type
from detente.stability.play import Play
from detente.stability.readings import Reading, Table
from detente.stability.reasons import Reason
from detente.stability.words import doing, plain, quoted

Kind = Literal["consent", "compliance"]


@dataclass(frozen=True)
class Motive:
    """A side's best way out at one information set, weighed against going along.

    `move`, `instead` : actions there: refusing or a breach; consenting or complying
    `by_move`, `by_instead` : what each brings by the side's belief; a consent counts as if the
        other sides consented too
    `plays` : how likely the equilibrium takes the way out
    """

    table: Table
    play: Play
    kind: Kind
    infoset: int
    move: int
    instead: int
    by_move: Fraction
    by_instead: Fraction
    plays: Fraction

    @property
    def player(self) -> int:
        """Whose choice it is."""
        return int(self.table.game.infosets.mover[self.infoset])

    @property
    def party(self) -> str:
        """Its name."""
        return self.table.game.players[self.player]

    @property
    def type(self) -> str:
        """Its type; "" where it has none."""
        return self.table.knowledge.type_of(self.infoset)

    @property
    def gain(self) -> Fraction:
        """What the way out brings the side beyond going along."""
        return self.by_move - self.by_instead

    @property
    def fails(self) -> bool:
        """Whether it makes the bundle fail."""
        return self.gain > 0 or (self.gain == 0 and self.plays > 0)


def reasons(table: Table, reading: Reading) -> tuple[Reason, ...]:
    """What makes a bundle fail in one equilibrium, breaches after refusals; else what nearly does.

    Where every side would consent if the others did, and yet does not, that is told of each.
    """
    refusals = list(consent_motives(table, reading.play))
    breaches = list(breach_motives(table, reading))
    failing = _tightest(m for m in refusals if m.fails) if reading.consent != "always" else []
    if reading.consent == "never" and not failing:
        failing = _tightest(m for m in refusals if m.plays)
    if reading.honoured is False:
        broken = [m for m in breaches if m.plays]
        met = [m for m in broken if _is_met(m)]
        failing += _tightest(met or broken)
    told = failing or _tightest([*refusals, *breaches])
    return tuple(_reason(motive, reading) for motive in told)


def _is_met(motive: Motive) -> bool:
    """Whether play comes to where it is made."""
    nodes = members(motive.table.game, motive.infoset)
    return any(motive.play.chance(0, node) for node in nodes)


def _tightest(motives: Iterable[Motive]) -> list[Motive]:
    """Each side's, by type, with the greatest gain, by refusing and by a breach; greatest first."""
    best: dict[tuple[int, str, str], Motive] = {}
    for motive in motives:
        key = (motive.player, motive.type, motive.kind)
        if key not in best or (motive.gain, motive.plays) > (best[key].gain, best[key].plays):
            best[key] = motive
    return sorted(best.values(), key=lambda motive: -motive.gain)


def consent_motives(table: Table, play: Play) -> Iterable[Motive]:
    """At each information set that is asked to consent: the best refusal against consenting."""
    for infoset, consent in table.consents.items():
        width = len(table.game.infosets.actions(infoset))
        if width < 2:
            continue
        others = {h: a for h, a in table.consents.items() if h != infoset}
        agreed = play.forcing(others).worth(infoset, consent)
        found = [(play.worth(infoset, a), a) for a in range(width) if a != consent]
        worths = [(worth, action) for worth, action in found if worth is not None]
        if agreed is None or not worths:
            continue
        by_move, move = max(worths, key=lambda pair: pair[0])
        refuses = 1 - play.mixture(infoset)[consent]
        yield Motive(table, play, "consent", infoset, move, consent, by_move, agreed, refuses)


def breach_motives(table: Table, reading: Reading) -> Iterable[Motive]:
    """At each information set of the carrying-out where the deal may be broken: the best breach.

    Those that play comes to once it is signed; where nothing signs it, all that it would come to.
    """
    play = reading.play
    for infoset, node in _temptations(table, reading).items():
        children = table.game.children_of(node)
        broken = [a for a, child in enumerate(children) if child in table.broken]
        kept = [a for a in range(len(children)) if a not in broken]
        by = [play.worth(infoset, a) for a in range(len(children))]
        if None in by or not kept:
            continue
        worth = [Fraction(w) for w in by if w is not None]
        odds = play.mixture(infoset)
        move = max(broken, key=lambda a: (worth[a], odds[a]))
        instead = max(kept, key=lambda a: (worth[a], -a))
        yield Motive(
            table, play, "compliance", infoset, move, instead, worth[move], worth[instead],
            sum((odds[a] for a in broken), Fraction(0)),
        )  # fmt: skip


def _temptations(table: Table, reading: Reading) -> dict[int, int]:
    """Information set → its first node below a signature in question where a breach is possible."""
    play, found = reading.play, dict[int, int]()
    odds = {s: play.chance(table.offer_of(s) or 0, s) for s in table.signed}
    starts = [s for s, p in odds.items() if p] or list(table.signed)
    for start in starts:
        waiting = [start]
        while waiting:
            node = waiting.pop()
            children = table.game.children_of(node)
            if table.game.mover[node] >= 0 and not table.broken.isdisjoint(children):
                found.setdefault(int(table.game.infoset[node]), node)
            onwards = zip(children, play.odds(node), strict=True) if children else ()
            waiting += [
                child for child, p in onwards
                if child not in table.broken and (p or _complies(table, node))
            ]  # fmt: skip
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def _complies(table: Table, node: int) -> bool:
    """Whether a node is one at which the deal may be broken: going along is then followed too."""
    return not table.broken.isdisjoint(table.game.children_of(node))


# ── sentences ──────────────────────────────────────────────────────────────────────────────────


def _reason(motive: Motive, reading: Reading) -> Reason:
    kind, text, short = _sentence(motive, reading)
    belief = own_belief(motive) or others_belief(motive)
    told = [text, *_detection(motive), *_held(motive, belief)]
    game = motive.table.game
    return Reason(
        party=motive.party,
        node=motive.table.knowledge.called(motive.infoset),
        move=game.infosets.actions(motive.infoset)[motive.move],
        gain=motive.gain,
        text=" ".join(told),
        kind=kind,
        short=short,
        type=motive.type,
        belief=belief,
    )


def _sentence(motive: Motive, reading: Reading) -> tuple[str, str, str]:
    """The kind of reason, the sentence of what is weighed, and a short one for a table."""
    wording, sets = motive.table.wording, motive.table.game.infosets
    actions = sets.actions(motive.infoset)
    move, consent = actions[motive.move], motive.kind == "consent"
    who, by, brief = of_type(motive.party, motive.type), wording.by(move), wording.briefly(move)
    short = f"{motive.party} ({motive.type})" if motive.type else motive.party
    size = wording.amount(abs(motive.gain))
    along = "the deal" if consent else doing(actions[motive.instead])
    brings, against = wording.amount(motive.by_move), wording.amount(motive.by_instead)
    compared = f"that brings {brings}, {along} {against}"
    if motive.gain > 0:
        kind = "refuses" if consent else "breaks"
        verb = "would not sign" if consent else _would_break(reading)
        text = f"{who} {verb}: it gains {size} by {by}: {compared}."
        return kind, text, f"{short} gains {size} by {brief}"
    if motive.gain == 0:
        along = "signing" if consent else along
        odds = plain(motive.plays)
        way = f" It {wording.would(move)} with probability {odds}." if motive.plays else ""
        text = f"{who} is indifferent between {along} and {by}: {brings} either way.{way}"
        kind = ("refuses" if consent else "breaks") if motive.plays else "indifferent"
        tail = f" with probability {plain(motive.plays)}" if motive.plays else ""
        brief = f"{wording.would(move)}{tail}" if tail else f"loses nothing by {brief}"
        return kind, text, f"{short} {brief}"
    if motive.plays and consent:
        text = f"{who} signs only if the others do: {by} then loses it {size}: {compared}."
        return "accepts", text, f"{short} signs only if the others do"
    text = f"{who} would lose {size} by {by}: {compared}."
    return "accepts" if consent else "complies", text, f"{short} would lose {size} by {brief}"


def _would_break(reading: Reading) -> str:
    return "breaks it" if reading.reached else "would break it"


def own_belief(motive: Motive) -> Belief | None:
    """What the side itself believes where it chooses, if it cannot tell where it is."""
    return motive.table.knowledge.belief(motive.infoset, motive.play.belief(motive.infoset))


def others_belief(motive: Motive) -> Belief | None:
    """What the first other side to move after the way out believes, if it cannot tell."""
    answer = _answer(motive)
    return None if answer is None else motive.table.knowledge.belief(
        answer, motive.play.belief(answer)
    )


def _answer(motive: Motive) -> int | None:
    """The first information set of several nodes, of another side, that the way out leads to."""
    game, play = motive.table.game, motive.play
    waiting = [game.children_of(node)[motive.move] for node in _at(motive)]
    while waiting:
        node = waiting.pop(0)
        infoset, mover = int(game.infoset[node]), int(game.mover[node])
        if mover >= 0 and mover != motive.player:
            if len(motive.table.knowledge.members[infoset]) > 1:
                return infoset
            continue
        onwards = zip(game.children_of(node), play.odds(node), strict=True)
        waiting += [child for child, p in onwards if p] if mover != TERMINAL else []
    return None


def _at(motive: Motive) -> Sequence[int]:
    """The nodes of the information set that are held to be possible."""
    held = motive.play.belief(motive.infoset) or {}
    return [node for node, p in held.items() if p]


def _detection(motive: Motive) -> Iterable[str]:
    """What chance makes of a breach at once."""
    if motive.kind == "consent":
        return
    game = motive.table.game
    children = {game.children_of(node)[motive.move] for node in _at(motive)}
    seen: Collection[tuple[tuple[str, Fraction], ...]] = {
        tuple(
            (action, p)
            for action, p in zip(
                game.infosets.actions(int(game.infoset[c])), motive.play.odds(c), strict=True
            )
            if p
        )
        for c in children if game.mover[c] == CHANCE
    }  # fmt: skip
    if len(seen) == 1 and len(only := next(iter(seen))) > 1:
        yield _follows(only)


def _follows(odds: Sequence[tuple[str, Fraction]]) -> str:
    """What chance may bring, in a sentence.

    >>> _follows([("alarm", Fraction(1, 2)), ("quiet", Fraction(1, 2))])
    '‘alarm’ follows with probability 0.5, ‘quiet’ with probability 0.5.'
    """
    told = [
        (quoted(action.replace("_", " ")), f"with probability {plain(p)}") for action, p in odds
    ]
    (first, likely), *others = told
    return ", ".join([f"{first} follows {likely}", *map(" ".join, others)]) + "."


def _held(motive: Motive, belief: Belief | None) -> Iterable[str]:
    """The belief that the choice rests on: the side's own, or that of the one who answers."""
    if belief is None:
        return
    if own_belief(motive) is not None:
        yield f"It believes {said(belief)}."
        return
    answer = _answer(motive)
    assert answer is not None
    knowledge, play = motive.table.knowledge, motive.play
    seen = knowledge.seen(answer)
    sees = f", seeing {quoted(seen.replace('_', ' '))}," if seen else ""
    actions = motive.table.game.infosets.actions(answer)
    does = " or ".join(
        motive.table.wording.briefly(action) + ("" if p == 1 else f" (probability {plain(p)})")
        for action, p in zip(actions, play.mixture(answer), strict=True) if p
    )  # fmt: skip
    yield f"{belief.party}{sees} believes {said(belief)}, and answers by {does}."


def said(belief: Belief) -> str:
    """A belief after 'believes': 'DPRK hedging with probability ≈0.2857'."""
    parts = [
        f"{belief.about} {words}".strip() + f" with probability {plain(p)}"
        if belief.about else f"‘{words}’ with probability {plain(p)}"
        for words, p in belief.odds.items() if p
    ]  # fmt: skip
    sure = [words for words, p in belief.odds.items() if p == 1]
    if sure:
        return f"{belief.about} {sure[0]} for sure" if belief.about else f"‘{sure[0]}’ for sure"
    return " and ".join(parts[:2]) if len(parts) <= 2 else ", ".join(parts)
