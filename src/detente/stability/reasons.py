"""Why a verdict is what it is: one choice of one side weighed against another, with the numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from detente.game.expressions import Expr
from detente.stability.continuation import Continuation
from detente.stability.hinges import Hinge, hinges, value_formula
from detente.stability.words import PLAIN, Wording, doing

if TYPE_CHECKING:
    from detente.stability.case import Case
    from detente.stability.elsewhere import Swing
    from detente.stability.knowledge import Belief

Kind = Literal["consent", "compliance", "tie"]


@dataclass(frozen=True)
class Stake:
    """A side's best way out at one node, weighed against going along, by equilibrium continuation.

    `move`, `instead` : the way out (refuse, a breach) and going along (accept, comply)
    `by_move`, `by_instead` : what each brings the side from the node on
    `forced` : the choices of others that going along supposes (their consents); node → child
    `after` : what chance and free choices have brought since the signature, in words
    `first` : whether the equilibrium arrives here, no side having broken the deal before
    `foreseen` : the later breach that this one only anticipates
    """

    continuation: Continuation
    kind: Kind
    player: int
    node: int
    move: str
    instead: str
    move_child: int
    instead_child: int
    by_move: Fraction
    by_instead: Fraction
    forced: Mapping[int, int] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    first: bool = True
    foreseen: Stake | None = None

    @property
    def party(self) -> str:
        """Whose choice it is."""
        return self.continuation.game.players[self.player]

    @property
    def gain(self) -> Fraction:
        """What the way out brings the side beyond going along."""
        return self.by_move - self.by_instead

    @property
    def formula(self) -> Expr:
        """The gain as an expression of the parameters, all choices elsewhere held fixed."""
        moved = value_formula(self.continuation, self.move_child, self.player)
        return moved - value_formula(
            self.continuation, self.instead_child, self.player, self.forced
        )

    @property
    def hangs_on(self) -> tuple[Hinge, ...]:
        """The parameters whose range the gain depends on, all choices elsewhere held fixed."""
        formulas = self.continuation.game.formulas
        return () if formulas is None else hinges(self.formula, formulas)


@dataclass(frozen=True)
class Reason:
    """A stake in one plain sentence.

    `kind` : `refuses`, `breaks`, `breaks later` (it would, had another side not broken the deal
        before), `indifferent` (the choice is a tie), `accepts`, `complies`
    `root` : whether it is a breach that another one, told after it, only anticipates
    `stake` : what is weighed; None under hidden information
    `type`, `belief` : under hidden information: of which type the party is, "" without types; and
        the belief that it rests on, the party's own or that of the side that answers
    """

    party: str
    node: str
    move: str
    gain: Fraction
    text: str
    kind: str
    short: str
    stake: Stake | None = field(default=None, repr=False)
    root: bool = False
    case: Case | None = field(default=None, repr=False, compare=False)
    type: str = ""
    belief: Belief | None = None

    @cached_property
    def hangs_on(self) -> tuple[Swing, ...] | None:
        """What its gain, and the verdict, are at the ends of each parameter's range.

        Every move is solved anew there. None where the game is too large for that.
        """
        if self.stake is None:
            return None
        return () if self.case is None else self.case.elsewhere.swings(self.stake)


def consent_stakes(
    continuation: Continuation, offered: int, signed: Collection[int]
) -> list[Stake]:
    """For each consent between the offer and the signature: refusing against accepting.

    Accepting is valued as if every other side accepts. Empty where the offer does not lead to the
    signature by decisions alone.
    """
    path = consent_path(continuation, offered, signed)
    if path is None:
        return []
    stakes: list[Stake] = []
    forced: dict[int, int] = {}
    agreed = continuation.values(path[-1])
    for node, child in zip(path[-2::-1], path[:0:-1], strict=True):
        player = continuation.mover[node]
        if len(continuation.children(node)) > 1:
            stakes.append(_best_way_out(continuation, node, child, agreed[player], forced))
        forced = {**forced, node: child}
        agreed = tuple(
            factor * (here + later)
            for factor, here, later in zip(
                continuation.game.discount(node) or (Fraction(1),) * len(agreed),
                continuation.game.payoff(node),
                agreed,
                strict=True,
            )
        )
    return stakes[::-1]


def consent_path(
    continuation: Continuation, offered: int, signed: Collection[int]
) -> list[int] | None:
    """The nodes from the offer to the signature by decisions alone, the first in order of moves."""
    came_from = {offered: -1}
    stack = [offered]
    while stack:
        node = stack.pop()
        if node in signed:
            path = [node]
            while came_from[path[-1]] >= 0:
                path.append(came_from[path[-1]])
            return path[::-1]
        if continuation.mover[node] >= 0:
            fresh = [child for child in continuation.children(node) if child not in came_from]
            came_from.update(dict.fromkeys(fresh, node))
            stack.extend(reversed(fresh))
    return None


def _best_way_out(
    continuation: Continuation,
    node: int,
    kept: int,
    by_kept: Fraction,
    forced: Mapping[int, int],
) -> Stake:
    player = continuation.mover[node]
    children, actions = continuation.children(node), continuation.actions(node)
    others = [i for i, child in enumerate(children) if child != kept]
    best = max(others, key=lambda i: continuation.value(children[i], player))
    return Stake(
        continuation, "consent", player, node,
        actions[best], actions[children.index(kept)], children[best], kept,
        continuation.value(children[best], player), by_kept, forced,
    )  # fmt: skip


@dataclass(frozen=True)
class Temptation:
    """A node of the carrying-out where its mover may break the deal.

    `stakes` : one a breach, in the order of the moves
    `breaks` : whether the equilibrium breaks here
    `first` : whether the equilibrium arrives here, no side having broken the deal before
    """

    node: int
    stakes: tuple[Stake, ...]
    breaks: bool
    first: bool

    @property
    def tightest(self) -> Stake:
        """The breach that brings most."""
        return max(self.stakes, key=lambda stake: stake.gain)


def temptations(
    continuation: Continuation, signed: int, broken: Collection[int], wording: Wording = PLAIN
) -> list[Temptation]:
    """The nodes where a side may break the deal, in order, when none broke it before.

    Other decisions go as the equilibrium has them, chance every way.
    """
    found: list[Temptation] = []
    first = {signed: True}
    after: dict[int, tuple[str, ...]] = {signed: ()}
    for node in range(signed, continuation.game.num_nodes):
        if node not in first or (node in broken and node != signed):
            continue
        onwards = continuation.onwards(node)
        here = first.pop(node)
        stakes = _breaches(continuation, node, broken, after[node], here)
        if stakes:
            breaks = onwards[0] in broken
            found.append(Temptation(node, stakes, breaks, here))
            onwards, here = [stakes[0].instead_child], here and not breaks
        for child in onwards:
            first[child] = first.get(child, False) or here
            aside = () if stakes else (_happened(continuation, node, child, wording),)
            after.setdefault(child, (*after[node], *aside))
        if not first:
            break
    return found


def _happened(continuation: Continuation, node: int, child: int, wording: Wording) -> str:
    """A move of chance or a free choice in words: 'legal route: found'."""
    actions = continuation.actions(node)
    action = actions[continuation.children(node).index(child)]
    game = continuation.game
    mover = continuation.mover[node]
    step = wording.step(game.players[mover], actions) if mover >= 0 else ""
    label = step or game.node_label[node] or game.infosets.label[int(game.infoset[node])]
    return f"{label}: {action}" if label else action


def _breaches(
    continuation: Continuation,
    node: int,
    broken: Collection[int],
    after: tuple[str, ...],
    first: bool,
) -> tuple[Stake, ...]:
    if continuation.mover[node] < 0:
        return ()
    player = continuation.mover[node]
    children, actions = continuation.children(node), continuation.actions(node)
    complying = [i for i, child in enumerate(children) if child not in broken]
    if not complying or len(complying) == len(children):
        return ()
    comply = complying[0]
    by_complying = continuation.value(children[comply], player)
    return tuple(
        Stake(
            continuation, "compliance", player, node,
            actions[i], actions[comply], child, children[comply],
            continuation.value(child, player), by_complying, {}, after, first,
        )
        for i, child in enumerate(children)
        if child in broken
    )  # fmt: skip


def tie_stake(continuation: Continuation, node: int) -> Stake:
    """The two first of the equally good actions at a node, weighed against each other."""
    player = continuation.mover[node]
    children, actions = continuation.children(node), continuation.actions(node)
    instead, move = continuation.ties(node)[:2]
    worth = continuation.value(children[move], player)
    return Stake(
        continuation, "tie", player, node,
        actions[move], actions[instead], children[move], children[instead], worth, worth,
    )  # fmt: skip


def reason(
    stake: Stake,
    wording: Wording = PLAIN,
    *,
    sometimes: bool = False,
    case: Case | None = None,
    root: bool = False,
) -> Reason:
    """The stake as a reason, with its sentence.

    `case` : what is judged, to judge it again at other values
    `root` : whether another breach only anticipates this one
    `sometimes` : what it explains happens in some equilibria only
    """
    kind, text, short = _sentence(stake, wording)
    if root or stake.foreseen:
        text, short = _chained(stake, wording)
    if sometimes and stake.gain > 0:
        text, short = f"In some equilibria {text}", f"in some equilibria {short}"
    where = stake.continuation.game.describe(stake.node).strip("'")
    if stake.after:
        where = f"{where} [{', '.join(stake.after)}]"
    return Reason(stake.party, where, stake.move, stake.gain, text, kind, short, stake, root, case)


def _sentence(stake: Stake, wording: Wording) -> tuple[str, str, str]:
    """The kind of reason, the whole sentence, and a short one for a table."""
    if stake.kind == "tie":
        return _tie(stake, wording)
    consent = stake.kind == "consent"
    party, move, size = stake.party, stake.move, wording.amount(abs(stake.gain))
    by, going_along = wording.by(move), "the deal" if consent else doing(stake.instead)
    brings, against = wording.amount(stake.by_move), wording.amount(stake.by_instead)
    compared = f"that brings {brings}, {going_along} {against}"
    brief = wording.briefly(move)
    gains, loses = f"{party} gains {size} by {brief}", f"{party} would lose {size} by"
    if stake.gain > 0 and consent:
        text = f"{party} would not sign: it gains {size} by {by}: {compared}."
        return "refuses", text, gains
    if stake.gain > 0 and not stake.first:
        text = f"If that were kept, {party} would break it: it gains {size} by {by}: {compared}."
        return "breaks later", text, f"{party} would later gain {size} by {brief}"
    if stake.gain > 0:
        text = f"{party} would break it: it gains {size} by {by}: {compared}."
        return "breaks", text, gains
    if stake.gain == 0:
        going_along = "signing" if consent else going_along
        text = f"{party} is indifferent between {going_along} and {by}: {brings} either way."
        return "indifferent", text, f"{party} loses nothing by {brief}"
    kind = "accepts" if consent else "complies"
    return kind, f"{loses} {by}: {compared}.", f"{loses} {brief}"


def _chained(stake: Stake, wording: Wording) -> tuple[str, str]:
    """A breach that is foreseen; and the one that anticipates it."""
    brings, against = wording.amount(stake.by_move), wording.amount(stake.by_instead)
    size = wording.amount(stake.gain)
    why = (
        f"it gains {size} by {wording.by(stake.move)}: that brings {brings}, "
        f"{doing(stake.instead)} {against}."
    )
    short = f"{stake.party} {wording.would(stake.move)}"
    if stake.foreseen:
        return (
            f"Foreseeing that, {stake.party} would break it first: {why}",
            f"foreseeing it, {short} first (+{size})",
        )
    return f"{stake.party} would break it: {why}", f"{short} (+{size})"


def _tie(stake: Stake, wording: Wording) -> tuple[str, str, str]:
    where = stake.continuation.game.describe(stake.node)
    text = (
        f"{stake.party} is indifferent between {wording.by(stake.instead)} and "
        f"{wording.by(stake.move)} at {where} ({wording.amount(stake.by_move)} either way), and "
        "the verdict hangs on which it does."
    )
    return "indifferent", text, f"{stake.party} is indifferent at {where}"
