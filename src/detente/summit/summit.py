"""A summit: the game of its talks, and for each bundle the game in which it is on the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from detente.errors import SummitError, no_parameter
from detente.game.builder import Builder, Node
from detente.game.expressions import ONE, Expr, evaluate, exact
from detente.game.tree import Bundle, Game
from detente.summit.binding import ROUND
from detente.summit.bundles import Levels
from detente.summit.draws import Draw, marginals
from detente.summit.faults import placed
from detente.summit.open_course import Course
from detente.summit.plan import Plan
from detente.summit.protocols import Scene
from detente.summit.size import refuse_beyond
from detente.summit.worth import Row

if TYPE_CHECKING:
    from detente.summit.demands import Demand
    from detente.summit.hidden import HiddenGame
    from detente.summit.hidden_talks import HiddenTalks, Play
    from detente.summit.model import SummitFile
    from detente.summit.reading import SummitDocument


class Summit:
    """What a summit file describes.

    `title` : the file's
    `sides`, `parties` : who moves; they and those who only gain or lose, as `Game.players` has them
    `bundles` : every feasible bundle, in the order of the file
    `rounds` : how many rounds of talks there are at most
    `has_tree` : whether the game is written out by hand in the file, which leaves no `table`

    >>> summit = Summit.read('''
    ... detente: 1
    ... title: Fish for coal
    ... sides: [North, South]
    ... terms:
    ...   fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}}}}
    ...   coal: {by: South, levels: {none: , some: {worth: {North: 2, South: -1}}}}
    ... protocol: {kind: take-it-or-leave-it, proposer: South}
    ... ''')
    >>> [bundle.name for bundle in summit.bundles][-2:]
    ['fish=some', 'fish=some + coal=some']
    >>> summit.game.num_nodes, summit.table(3).num_nodes, summit.breakdown()
    (10, 4, (Fraction(0, 1), Fraction(0, 1)))
    """

    def __init__(self, document: SummitDocument) -> None:
        self.document = document
        self.file: SummitFile = document.file
        self.title = self.file.title
        self.has_tree = self.file.tree is not None
        self.plan = Plan(document)
        self.sides = self.plan.sides
        self.parties = self.plan.parties
        self._tables: dict[tuple[int, int], Game] = {}
        self._together: dict[int, Game] = {}
        self._first: dict[int, Node] = {}
        self._carried: dict[tuple[int, int], Node] = {}
        self._broken_down: dict[Row, Node] = {}
        self._secrets: WeakKeyDictionary[Game, HiddenGame] = WeakKeyDictionary()

    @classmethod
    def read(cls, text: str | bytes, file: str = "") -> Summit:
        """The summit that a text describes; `file` is its name in messages."""
        from detente.summit.reading import read_summit

        return cls(read_summit(text, file))

    def __reduce__(self) -> tuple[type[Summit], tuple[SummitDocument]]:
        return Summit, (self.document,)  # games are built anew

    def __repr__(self) -> str:
        return f"<Summit '{self.title}', {len(self.bundles)} bundles>"

    def _repr_html_(self) -> str:
        from detente.notebook import summit_html

        return summit_html(self)

    @cached_property
    def names(self) -> dict[str, str]:
        """Each party's full name."""
        everyone = {**self.file.sides, **self.file.observers}
        return {party: spec.name or party for party, spec in everyone.items()}

    @cached_property
    def bundles(self) -> tuple[Bundle, ...]:
        """Every feasible bundle, in lexicographic order of the file."""
        return self.plan.bundles.named

    @property
    def rounds(self) -> int:
        """How many rounds of talks there are at most."""
        return 1 if self.has_tree else self.plan.protocol.rounds

    @cached_property
    def demands(self) -> tuple[Demand, ...]:
        """What must hold of the file's numbers for it to be a game, whatever its parameters are."""
        from detente.summit.demands import demands

        return demands(self.document)

    def bundle_index(self, given: str | Mapping[str, str]) -> int:
        """The position of a bundle, by a name or by term → level; see `Bundles.find`."""
        return self.plan.bundles.find(given)

    def consents(self, bundle: int) -> tuple[str, ...]:
        """The sides whose consent a bundle needs, in file order."""
        return self.plan.consents[bundle]

    def at(self, **values: Any) -> Summit:
        """The same summit at other values of its parameters, given by name.

        Raises SummitError for an unknown name, or where the file then breaks a rule.
        """
        from detente.summit.check import check

        parameters = dict(self.file.parameters)
        for name, value in values.items():
            if name not in parameters:
                raise SummitError(no_parameter(name, parameters))
            changed = {"value": str(exact(value))}
            parameters[name] = parameters[name].model_copy(update=changed)
        file = self.file.model_copy(update={"parameters": parameters})
        document = replace(self.document, file=file)
        check(document)
        return Summit(document)

    # ── the games ──────────────────────────────────────────────────────────────────────────────

    @cached_property
    def game(self) -> Game:
        """The talks as the file has them, or the tree that it writes out."""
        if self.has_tree:
            from detente.summit.tree import read_tree

            return read_tree(self.plan)
        if self.has_secrets:
            return self._hidden(lambda talks: talks.from_round(1))
        with placed(self.document):
            return self._builder.build(self._talks(1), shared=True)

    def table(self, bundle: int, round: int | None = None) -> Game:
        """The game in which a bundle is on the table in a round, the last unless said otherwise.

        Every side whose consent it needs answers in file order; a refusal leads to the talks of the
        next round, or to the breakdown in the last. Payoffs are those of the round: what delay and
        discounting did before it is past. Raises SummitError for a tree written by hand.
        """
        if self.has_tree:
            raise SummitError(
                "the game is written out by hand: look at the nodes tagged as offering the bundle."
            )
        number = self._round(round)
        if not 0 <= bundle < len(self.bundles):
            raise SummitError(
                f"there is no bundle number {bundle}: they are numbered from 0 to "
                f"{len(self.bundles) - 1}."
            )
        key = (bundle, number)
        if key not in self._tables and self.has_secrets:
            self._tables[key] = self._hidden(lambda talks: talks.table(bundle, number))
        if key not in self._tables:
            with placed(self.document):
                refused = self._talks(number + 1)
                root = self._scene.answers(bundle, number, self.consents(bundle), refused)
                self._tables[key] = self._builder.build(root, shared=True)
        return self._tables[key]

    def tables(self, round: int | None = None) -> Game:
        """All tables of a round in one game, what they have in common being shared.

        Its first node is a chance move, and child k of it is the first node of `table(k, round)`.
        Raises SummitError for a tree written by hand and where sides do not see everything.
        """
        if self.has_tree or self.has_secrets:
            raise SummitError(
                "only tables that a protocol makes, and at which everything is seen, go together "
                "in one game."
            )
        number = self._round(round)
        if number not in self._together:
            with placed(self.document):
                refused, count = self._talks(number + 1), len(self.bundles)
                roots = {
                    bundle.name: self._scene.answers(k, number, self.consents(k), refused)
                    for k, bundle in enumerate(self.bundles)
                }
                odds = Fraction(1, count)
                root = self._builder.chance({name: (odds, at) for name, at in roots.items()})
                self._together[number] = self._builder.build(root, shared=True)
        return self._together[number]

    def breakdown(
        self,
        round: int | None = None,
        types: Mapping[str, str] | None = None,
        kept: Levels | None = None,
    ) -> tuple[Fraction, ...]:
        """What each party gets if talks break down in a round, the last unless said otherwise.

        `types` : side → type, as in `values`; averages by the prior where sides have others
        `kept` : the position of each term's level that stands all the same (what is irreversible
            was delivered before); what these levels add is counted over their whole length
        """
        number = self._round(round)
        with placed(self.document):
            found = [Fraction(0)] * len(self.parties)
            for draw, weight in self._weights(types or {}).items():
                setting = {ROUND: number, **self.draws[draw].setting}
                rows = [(1, self.plan.broken_down(number, self.draws[draw].setting))]
                if kept is not None:
                    delivered = self.plan.valuation.delivered
                    rows.append((1, delivered(kept, setting, False)))
                    rows.append((-1, delivered((0,) * len(kept), setting, False)))
                for sign, row in rows:
                    values = evaluate(row, self.document.scope.values)
                    found = [f + sign * weight * v for f, v in zip(found, values, strict=True)]
            return tuple(found)

    # ── secrets ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def has_secrets(self) -> bool:
        """Whether sides have types, move at once or do not see all that is done.

        Then `game` and `table` are trees whose first node draws the types, if there are any. Of a
        tree written by hand this is False: its information sets are its own.
        """
        return not self.has_tree and self.plan.has_secrets

    @cached_property
    def types(self) -> dict[str, dict[str, Fraction]]:
        """Side → type → how likely it is, of the sides that have types."""
        return marginals(self.document.scope.types, self.draws)

    @cached_property
    def draws(self) -> tuple[Draw, ...]:
        """How the types may fall out together, with probabilities; one empty draw without types."""
        return self.plan.draws

    def hidden(self, game: Game) -> HiddenGame:
        """What is known of the nodes of a game that `game` or `table` gave: the types that lead to
        each, and what each information set's player has seen.

        Raises SummitError for any other game.
        """
        if game not in self._secrets:
            raise SummitError("this is no game that this summit has built with hidden information.")
        return self._secrets[game]

    def values(
        self, bundle: int, round: int | None = None, types: Mapping[str, str] | None = None
    ) -> tuple[Fraction, ...]:
        """What each party gets of a bundle that is on the table if all accept and comply.

        `types` : side → type, for what it brings where the sides are of these types; the others,
            or all, are averaged by the prior (equally where it rules out what is asked for)
        """
        from detente.summit.hidden import HiddenGame

        game = self.table(bundle, round)
        found = self.hidden(game) if self.has_secrets else HiddenGame(game, (), self.draws)
        return found.values(self._weights(types or {}))

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _hidden(self, play: Callable[[HiddenTalks], Play]) -> Game:
        from detente.summit.hidden import build_hidden

        with placed(self.document):
            found = build_hidden(self.plan, play)
        self._secrets[found.game] = found
        return found.game

    def _weights(self, types: Mapping[str, str]) -> dict[int, Fraction]:
        """Draw → how likely it is among those in which sides are of these types."""
        for side, name in types.items():
            if name not in self.document.scope.types.get(side, ()):
                raise SummitError(
                    f"'{side}' has no type '{name}'. Known: {self.document.scope.types or 'none'}."
                )
        found = {
            i: draw.probability
            for i, draw in enumerate(self.draws)
            if all(draw.types[side] == name for side, name in types.items())
        }
        total = sum(found.values())
        if total:
            return {i: probability / total for i, probability in found.items()}
        return {i: Fraction(1, len(found)) for i in found}

    def _round(self, number: int | None) -> int:
        if number is None:
            return self.rounds
        if not 1 <= number <= self.rounds:
            raise SummitError(
                f"the talks have rounds 1 to {self.rounds}; there is no round {number}."
            )
        return number

    @cached_property
    def _builder(self) -> Builder:
        return Builder(
            self.parties,
            title=self.title,
            comment=self.file.description,
            bundles=self.bundles,
            parameters=self.plan.document.scope.parameters,
        )

    @cached_property
    def _scene(self) -> Scene:
        plan = self.plan
        return plan.protocol.prepared(
            Scene(
                builder=self._builder,
                bundles=self.bundles,
                rounds=self.rounds,
                settings=plan.settings,
                consents=plan.consents,
                bind=plan.bind,
                signed=self._carry,
                breakdown=self._break_down,
                entering=self._entering,
                values=plan.document.scope.values,
            )
        )

    def _talks(self, number: int) -> Node:
        """The first node of a round; after the last, its breakdown."""
        if number > self.rounds:
            return self._break_down(self.rounds)
        for later in range(self.rounds, number - 1, -1):
            if later not in self._first:
                after = self._first.get(later + 1)
                refused = self._break_down(later) if after is None else after
                self._first[later] = self.plan.protocol.round(self._scene, later, refused)
                refuse_beyond(self._builder)
        return self._first[number]

    def _carry(self, bundle: int, number: int, fresh: bool) -> Node:
        plan = self.plan.carrying_out
        key = (bundle, number if plan.changes_with_round else 0)
        if fresh or key not in self._carried:
            levels = self.plan.bundles.levels[bundle]
            node = Course(plan, self._builder, self.bundles[bundle], levels, number).start()
            if fresh:
                return node
            self._carried[key] = node
        return self._carried[key]

    def _break_down(self, number: int) -> Node:
        row = self.plan.broken_down(number, {})
        if row not in self._broken_down:
            self._broken_down[row] = self._builder.end(row, label="breakdown")
        return self._broken_down[row]

    def _entering(self, number: int) -> tuple[Row | None, Sequence[Expr] | None]:
        if number == 1:
            return None, None
        factors = self.plan.patience
        discount = [factors.get(party, ONE) for party in self.parties] if factors else None
        return self.plan.valuation.gain(self.plan.delay, {ROUND: number}), discount
