"""Talks in which sides do not see everything: each round is built anew for every history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from detente.game.builder import Node
from detente.game.expressions import ONE, Expr
from detente.game.tree import Role
from detente.summit.binding import ROUND
from detente.summit.chances import check_chances
from detente.summit.hidden_course import HiddenCourse
from detente.summit.plan import Plan
from detente.summit.protocols.interface import NO_OFFER, Chamber, Talks
from detente.summit.views import Event, History, Size, Tree
from detente.summit.worth import Row

Play = Callable[[History], Node]
"""What follows, for whatever the sides have seen before it."""


class HiddenTalks(Talks[Play]):
    """What a protocol builds a tree of hidden information with.

    `plan` : the summit
    `tree` : what the nodes are made by, or only counted
    """

    def __init__(self, plan: Plan, tree: Tree | Size) -> None:
        self.plan = plan
        self.tree = tree
        self.rounds = plan.protocol.rounds
        self._offers: dict[tuple[Expr, int], list[int]] = {}
        self._consents = [plan.consents_of(draw) for draw in plan.draws]
        self._courses: dict[tuple[int, int, int], HiddenCourse] = {}

    # ── the game as a whole ────────────────────────────────────────────────────────────────────

    def root(self, play: Play) -> Node:
        """The first node: the types are drawn, and each side learns its own."""
        draws = self.plan.draws
        starts = []
        for i, draw in enumerate(draws):
            views = {
                side: (Event(side, draw.types[side]),) if side in draw.types else ()
                for side in self.plan.sides
            }
            starts.append(play(History(i, views)))
        if not self.plan.file.types:
            return starts[0]
        moves = [(str(d), d.formula, node) for d, node in zip(draws, starts, strict=True)]
        return self.tree.chance(moves, "types")

    def from_round(self, number: int) -> Play:
        """The talks from a round on; after the last, its breakdown."""
        play = self.breakdown(self.rounds)
        for later in range(self.rounds, number - 1, -1):
            refused = self.breakdown(later) if later == self.rounds else play
            play = self.counted(self.plan.protocol.round(self, later, refused))
        return play

    def table(self, bundle: int, number: int) -> Play:
        """A bundle is on the table in a round: every side whose consent it needs answers."""
        refused = self.from_round(number + 1)

        def play(history: History) -> Node:
            asked = self._consents[history.draw][bundle]
            return self.answers(bundle, number, asked, refused)(history)

        return play

    def counted(self, play: Play) -> Play:
        """The same, where nodes are only counted each once a draw."""
        if not self.tree.counting:
            return play
        sizes: dict[int, Node] = {}

        def once(history: History) -> Node:
            if history.draw not in sizes:
                sizes[history.draw] = play(history)
            return sizes[history.draw]

        return once

    # ── a round ────────────────────────────────────────────────────────────────────────────────

    def proposal(
        self,
        side: str,
        number: int,
        condition: Expr | None,
        refused: Play,
        walk_out: frozenset[str] = frozenset(),
    ) -> Play:
        """The node at which this side proposes."""
        what = f"proposes{self.in_round(number)}"

        def play(history: History) -> Node:
            moves = []
            for b in self.satisfying(condition, history.draw):
                name = self.plan.bundles.named[b].name
                others = [s for s in self._consents[history.draw][b] if s != side]
                after = self.shown(history, Event(f"{side} {what}", name), side)
                moves.append((name, self.answers(b, number, others, refused, walk_out)(after)))
            none = self.shown(history, Event(f"{side} {what}", NO_OFFER), side)
            moves.append((NO_OFFER, refused(none)))
            return self.first(side, history, moves, what, number)

        return play

    def demands(
        self, sides: Sequence[str], number: int, conditions: Mapping[str, Expr], refused: Play
    ) -> Play:
        """The nodes at which these sides propose at once."""
        what = f"proposes{self.in_round(number)}"

        def name(picked: tuple[int, ...], history: History) -> Node:
            if len(picked) == len(sides):
                return self.named(sides, picked, number, refused, history)
            side = sides[len(picked)]
            offers = [*self.satisfying(conditions.get(side), history.draw), -1]
            moves = [(self.offer(b), name((*picked, b), history)) for b in offers]
            return self.first(side, history, moves, what, number, arriving=not picked)

        return lambda history: name((), history)

    def named(
        self,
        sides: Sequence[str],
        picked: tuple[int, ...],
        number: int,
        refused: Play,
        history: History,
    ) -> Node:
        """What proposals made at once lead to."""
        for side, b in zip(sides, picked, strict=True):
            event = Event(f"{side} proposes{self.in_round(number)}", self.offer(b))
            history = history.saw(event)
        if picked[0] < 0 or len(set(picked)) > 1:
            return refused(history)
        others = [s for s in self._consents[history.draw][picked[0]] if s not in sides]
        return self.answers(picked[0], number, others, refused)(history)

    def answers(
        self,
        bundle: int,
        number: int,
        sides: Sequence[str],
        refused: Play,
        walk_out: frozenset[str] = frozenset(),
    ) -> Play:
        """The bundle is on the table: these sides answer in turn; it is signed if all accept."""
        name = self.plan.bundles.named[bundle].name
        what = f"answers {name}{self.in_round(number)}"

        def ask(turn: int, history: History) -> Node:
            if turn == len(sides):
                return self.tree.tag(self.signed(bundle, number)(history), Role.SIGNED, name)
            side = sides[turn]

            def after(move: str) -> History:
                return self.shown(history, Event(f"{side} {what}", move), side)

            moves = [("accept", ask(turn + 1, after("accept")))]
            moves.append(("refuse", refused(after("refuse"))))
            if side in walk_out:
                moves.append(("walk out", self.breakdown(number)(after("walk out"))))
            label = f"{self.plan.draws[history.draw].called(side)} {what}"
            return self.tree.decide(
                side, ("answers", number, bundle), history.views[side], moves, label
            )

        return lambda history: self.tree.tag(ask(0, history), Role.OFFERED, name)

    def first(
        self,
        side: str,
        history: History,
        moves: Sequence[tuple[str, Node]],
        what: str,
        number: int,
        *,
        arriving: bool = True,
    ) -> Node:
        """A node at which a round begins, with what delay and discounting do there."""
        gain, discount = self.entering(number, history.draw) if arriving else (None, None)
        return self.tree.decide(
            side,
            ("proposes", number),
            history.views[side],
            moves,
            f"{self.plan.draws[history.draw].called(side)} {what}",
            gain,
            discount,
        )

    # ── how talks end ──────────────────────────────────────────────────────────────────────────

    def signed(self, bundle: int, number: int) -> Play:
        """What a signed bundle leads to: the chambers, then its carrying-out."""
        unseen, name = self.plan.protocol.unseen_by, self.plan.bundles.named[bundle].name

        def play(history: History) -> Node:
            event = Event(f"signed{self.in_round(number)}", name)
            return self.ratified(bundle, number, history.saw(event, unseen))

        return play

    def ratified(self, bundle: int, number: int, history: History) -> Node:
        """The chambers that the bundle does not win, in order, and its carrying-out."""
        node = self.course(bundle, number, history.draw).start(history)
        setting = {**self.plan.settings[bundle], **self.plan.draws[history.draw].setting}
        for chamber in reversed(self.plan.protocol.chambers):
            if not self.plan.bind.holds(chamber.win, setting):
                node = self.chamber(chamber, bundle, number, history, node)
        return node

    def chamber(
        self, chamber: Chamber, bundle: int, number: int, history: History, passed: Node
    ) -> Node:
        """A chamber where the bundle may fall."""
        setting = {**self.plan.settings[bundle], **self.plan.draws[history.draw].setting}
        falls = self.plan.bind(chamber.falls, setting)
        what = f"ratification in {chamber.side}"
        where = f"{what}, for the bundle '{self.plan.bundles.named[bundle].name}'"
        values = self.plan.document.scope.values
        check_chances([falls], values, where, chamber.place, whole=False)
        failed = self.breakdown(number)(history)
        return self.tree.chance([("passes", ONE - falls, passed), ("falls", falls, failed)], what)

    def course(self, bundle: int, number: int, draw: int) -> HiddenCourse:
        """The carrying-out of a bundle signed in a round by sides of these types."""
        plan = self.plan.carrying_out
        key = (bundle, number if plan.changes_with_round else 0, draw)
        if key not in self._courses:
            levels = self.plan.bundles.levels[bundle]
            named, types = self.plan.bundles.named[bundle], self.plan.draws[draw]
            self._courses[key] = HiddenCourse(plan, self.tree, named, levels, number, types)
        return self._courses[key]

    def breakdown(self, number: int) -> Play:
        """The talks break down in a round."""

        def play(history: History) -> Node:
            types = self.plan.draws[history.draw].setting
            return self.tree.end(self.plan.broken_down(number, types), "breakdown")

        return play

    # ── small things ───────────────────────────────────────────────────────────────────────────

    def shown(self, history: History, event: Event, mover: str) -> History:
        """What was done in the talks is seen by the mover and by those who follow the talks."""
        unseen = self.plan.protocol.unseen_by
        sides = [s for s in self.plan.sides if s == mover or s not in unseen]
        return history.saw(event, sides)

    def in_round(self, number: int) -> str:
        """How a label says which round it is, where there are several."""
        return f" (round {number})" if self.rounds > 1 else ""

    def offer(self, bundle: int) -> str:
        """What a side proposes; -1 stands for nothing."""
        return NO_OFFER if bundle < 0 else self.plan.bundles.named[bundle].name

    def satisfying(self, condition: Expr | None, draw: int) -> Sequence[int]:
        """The bundles that satisfy a condition where the sides are of these types."""
        if condition is None:
            return range(len(self.plan.bundles))
        key = (condition, draw)
        if key not in self._offers:
            types = self.plan.draws[draw].setting
            self._offers[key] = [
                b
                for b, levels in enumerate(self.plan.settings)
                if self.plan.bind.holds(condition, {**levels, **types})
            ]
        return self._offers[key]

    def entering(self, number: int, draw: int) -> tuple[Row | None, Sequence[Expr] | None]:
        """What arriving in a round adds, and by what everything from there on is discounted."""
        if number == 1:
            return None, None
        plan, types = self.plan, self.plan.draws[draw].setting
        factors = plan.patience
        discount = None
        if factors:
            discount = [plan.bind(factors.get(party, ONE), types) for party in plan.parties]
        return plan.valuation.gain(plan.delay, {ROUND: number, **types}), discount
