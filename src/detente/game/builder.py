"""Build a game from Python, from the ends of play to its first move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import Any, NewType

import numpy as np
from numpy.typing import NDArray

from detente.errors import GameError
from detente.game.expressions import Expr, const, evaluate, exact
from detente.game.formulas import Formulas, Parameter
from detente.game.labels import Labels
from detente.game.rationals import Payoffs, Probabilities
from detente.game.tree import (
    CHANCE,
    TERMINAL,
    Bundle,
    Discounts,
    Game,
    Infosets,
    Outcomes,
    Role,
    Tag,
    called,
    check_distribution,
    check_players,
)

Node = NewType("Node", int)
"""A node of the game under construction, as `Builder` hands it out."""

Number = int | str | float | Fraction | Expr
Amounts = Mapping[str, Number] | Sequence[Number]


@dataclass
class _Infoset:
    mover: int
    label: str
    actions: tuple[str, ...]
    probabilities: tuple[Fraction | Expr, ...] = ()


@dataclass
class Builder:
    """Makes a `Game`: first the ends, then the moves that lead to them, then `build`.

    `players` : names in order, those that only gain or lose included
    `parameters` : the parameters that expressions may use

    >>> b = Builder(["Entrant", "Incumbent"], title="Entry deterrence")
    >>> fight, share = b.end(Entrant=-1, Incumbent=-1), b.end(Entrant=1, Incumbent=1)
    >>> reply = b.decide("Incumbent", {"fight": fight, "share": share}, label="reply")
    >>> entry = b.decide("Entrant", {"stay out": b.end(0, 2), "enter": reply}, label="entry")
    >>> game = b.build(entry)
    >>> game.num_nodes, game.payoff(1)
    (5, (Fraction(0, 1), Fraction(2, 1)))
    """

    players: Sequence[str]
    title: str = ""
    comment: str = ""
    bundles: Sequence[Bundle] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, given in (("players", self.players), ("bundles", self.bundles)):
            if isinstance(given, str):
                raise GameError(f"{what} are a list, as in [{given!r}]; found the text {given!r}.")
        self.players = tuple(self.players)
        for text in (*self.players, self.title, self.comment):
            _check_text(text, "a name, title or comment")
        check_players(len(self.players))
        self._player = {name: i for i, name in enumerate(self.players)}
        if len(self._player) != len(self.players):
            raise GameError(f"two players share a name: {', '.join(self.players)}. Rename one.")
        self._bundle = {bundle.name: i for i, bundle in enumerate(self.bundles)}
        if len(self._bundle) != len(self.bundles):
            names = ", ".join(bundle.name for bundle in self.bundles)
            raise GameError(f"two bundles share a name: {names}. Rename one.")
        self._mover: list[int] = []
        self._infoset: list[int] = []
        self._children: list[tuple[int, ...]] = []
        self._outcome: list[int] = []
        self._label: list[str] = []
        self._discount: dict[int, tuple[Fraction | Expr, ...]] = {}
        self._tags: dict[int, set[tuple[int, Role]]] = {}
        self._infosets: list[_Infoset] = []
        self._named_infosets: dict[tuple[int, str], int] = {}
        self._outcomes: dict[tuple[str, tuple[Fraction | Expr, ...]], int] = {}
        self._outcome_rows: list[tuple[str, tuple[Fraction | Expr, ...]]] = []

    # ── nodes ──────────────────────────────────────────────────────────────────────────────────

    def end(self, *payoffs: Any, label: str = "", outcome: str = "", **by_player: Number) -> Node:
        """An end of play with these payoffs: in the players' order, by name, or as one mapping.

        Raises GameError for an unknown player or a missing payoff in the positional form; a player
        left out of the other forms gains nothing here.
        """
        amounts = self._given(payoffs, by_player)
        return self._add(TERMINAL, -1, (), label, self._outcome_of(amounts, outcome))

    def decide(
        self,
        player: str,
        moves: Mapping[str, Node] | Iterable[tuple[str, Node]],
        *,
        label: str = "",
        infoset: str = "",
        payoffs: Amounts | None = None,
        outcome: str = "",
        discount: Amounts | None = None,
    ) -> Node:
        """A decision of a player; `moves` maps each action's label to the node it leads to.

        `infoset` : nodes of the player that share this name are one information set
        `payoffs`, `outcome` : what arriving here adds, and what that is called
        `discount` : factors, one a player, on everything from here on
        """
        if not isinstance(player, str) or player not in self._player:
            raise GameError(f"no player '{player}'. The players are: {', '.join(self.players)}.")
        _check_text(infoset, "the name of an infoset")
        labels, children = _split(moves, f"'{label or infoset or player}'")
        mover = self._player[player]
        h = self._infoset_of(mover, infoset, label, labels)
        return self._add(mover, h, children, label, self._outcome_of(payoffs, outcome), discount)

    def chance(
        self,
        moves: Mapping[str, tuple[Number, Node]] | Iterable[tuple[str, tuple[Number, Node]]],
        *,
        label: str = "",
        payoffs: Amounts | None = None,
        outcome: str = "",
        discount: Amounts | None = None,
    ) -> Node:
        """A chance move; `moves` maps each label to (probability, node it leads to)."""
        where = f"'{label or 'chance'}'"
        pairs = _pairs(moves, where)
        for _, pair in pairs:
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise GameError(
                    f"at {where}: a chance move is {{action: (probability, node)}}; found {pair!r}."
                )
        labels, children = _split([(k, node) for k, (_, node) in pairs], where)
        probabilities = tuple(_number(p) for _, (p, _) in pairs)
        self._infosets.append(_Infoset(CHANCE, label, labels, probabilities))
        h = len(self._infosets) - 1
        return self._add(CHANCE, h, children, label, self._outcome_of(payoffs, outcome), discount)

    def tag(self, node: Node, role: Role, bundle: str) -> Node:
        """Say that a bundle is offered, signed, kept or broken at a node; returns the node."""
        if not isinstance(bundle, str) or bundle not in self._bundle:
            known = ", ".join(self._bundle) or "none"
            raise GameError(f"no bundle '{bundle}' among those given to the builder: {known}.")
        self._check_node(node, "a tag")
        if not isinstance(role, Role):
            raise GameError(f"a tag has a role, as Role.SIGNED; found {role!r}.")
        self._tags.setdefault(node, set()).add((self._bundle[bundle], role))
        return node

    @property
    def num_nodes(self) -> int:
        """How many nodes have been made so far."""
        return len(self._mover)

    # ── the game ───────────────────────────────────────────────────────────────────────────────

    def build(self, root: Node, *, shared: bool = False) -> Game:
        """The game that starts at `root`.

        `shared` : allow a node to be reached in several ways; each arrival is an occurrence of its
            own (games of perfect information only)

        Raises GameError where a node is reached twice without `shared`, where shared nodes belong
        to an information set of several nodes, or where probabilities do not sum to one.
        """
        self._check_node(root, "the first node")
        order = self._topological(root)
        number = {node: i for i, node in enumerate(order)}
        counts = [len(self._children[node]) for node in order]
        if sum(counts) > len(order) - 1 and not shared:
            self._refuse_sharing(order)
        infosets, new_infoset, probabilities = self._compile_infosets(order)
        outcomes, new_outcome, payoffs = self._compile_outcomes(order)
        discounts, factors = self._compile_discounts(order)
        values = {name: p.value for name, p in self.parameters.items()}
        game = Game(
            title=self.title,
            comment=self.comment,
            players=tuple(self.players),
            mover=np.array([self._mover[node] for node in order], dtype=np.int16),
            child_start=np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int32),
            children=_column(number[child] for node in order for child in self._children[node]),
            infoset=_column(new_infoset.get(self._infoset[node], -1) for node in order),
            outcome=_column(new_outcome.get(self._outcome[node], -1) for node in order),
            node_label=Labels.of(self._label[node] for node in order),
            infosets=infosets.with_probability(Probabilities.of(evaluate(probabilities, values))),
            outcomes=outcomes,
            discounts=discounts,
            bundles=tuple(self.bundles),
            tags=tuple(
                Tag(number[node], bundle, role)
                for node in order if node in self._tags
                for bundle, role in sorted(self._tags[node])
            ),
        )
        if not game.is_tree:
            _refuse_shared_infosets(game)
        if self.parameters:
            formulas = Formulas(self.parameters, payoffs, probabilities, factors)
            game = game.replaced(formulas=formulas)
        return game

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _add(
        self,
        mover: int,
        infoset: int,
        children: tuple[int, ...],
        label: str,
        outcome: int,
        discount: Amounts | None = None,
    ) -> Node:
        node = len(self._mover)
        _check_text(label, "a label")
        for child in children:
            if type(child) is not int or not 0 <= child < node:
                where = called(label, () if infoset < 0 else self._infosets[infoset].actions)
                self._check_node(child, where)
        self._mover.append(mover)
        self._infoset.append(infoset)
        self._children.append(children)
        self._outcome.append(outcome)
        self._label.append(label)
        if discount is not None:
            self._discount[node] = self._amounts(discount, missing=Fraction(1))
        return Node(node)

    def _check_node(self, node: object, where: str) -> None:
        if type(node) is not int or not 0 <= node < len(self._mover):
            raise GameError(
                f"at {where}: {node!r} is no node of this builder. Make it first, with end, decide "
                "or chance."
            )

    def _given(
        self, positional: tuple[Any, ...], by_player: Mapping[str, Number]
    ) -> Amounts | None:
        if positional and by_player:
            raise GameError(
                f"payoffs are given in order, {positional}, and by name, {by_player}. Give all of "
                "them in one way."
            )
        if by_player:
            return by_player
        if len(positional) == 1 and isinstance(positional[0], (Mapping, list, tuple)):
            return positional[0]
        return positional or None

    def _amounts(self, given: Amounts, missing: Fraction) -> tuple[Fraction | Expr, ...]:
        if isinstance(given, Mapping):
            unknown = [name for name in given if name not in self._player]
            if unknown:
                raise GameError(
                    f"no player '{unknown[0]}'. The players are: {', '.join(self.players)}."
                )
            return tuple(_number(given[p]) if p in given else missing for p in self.players)
        if isinstance(given, str) or not isinstance(given, Sequence | np.ndarray):
            raise GameError(
                f"amounts are a list, one a player, or a mapping by name; found {given!r}."
            )
        if len(given) != len(self.players):
            raise GameError(
                f"{len(self.players)} numbers are needed, one a player; found {len(given)}: "
                f"{given}."
            )
        return tuple(_number(amount) for amount in given)

    def _outcome_of(self, amounts: Amounts | None, label: str) -> int:
        if amounts is None and not label:
            return -1
        _check_text(label, "the name of an outcome")
        key = (label, self._amounts(amounts if amounts is not None else {}, missing=Fraction(0)))
        outcome = self._outcomes.get(key)
        if outcome is None:
            outcome = self._outcomes[key] = len(self._outcome_rows)
            self._outcome_rows.append(key)
        return outcome

    def _infoset_of(self, mover: int, name: str, label: str, actions: tuple[str, ...]) -> int:
        if name and (mover, name) in self._named_infosets:
            h = self._named_infosets[mover, name]
            if self._infosets[h].actions != actions:
                raise GameError(
                    f"infoset '{name}': every node of an information set has the same moves; found "
                    f"{list(self._infosets[h].actions)} and {list(actions)}."
                )
            return h
        self._infosets.append(_Infoset(mover, name or label, actions))
        if name:
            self._named_infosets[mover, name] = len(self._infosets) - 1
        return len(self._infosets) - 1

    def _topological(self, root: int) -> list[int]:
        """Parents before children; in a tree this is preorder."""
        finished: list[int] = []
        seen = {root}
        stack: list[tuple[int, int]] = [(root, len(self._children[root]))]
        while stack:
            node, left = stack.pop()
            if not left:
                finished.append(node)
                continue
            stack.append((node, left - 1))
            child = self._children[node][left - 1]
            if child not in seen:
                seen.add(child)
                stack.append((child, len(self._children[child])))
        return finished[::-1]

    def _refuse_sharing(self, order: list[int]) -> None:
        seen: set[int] = set()
        for child in chain.from_iterable(self._children[node] for node in order):
            if child in seen:
                raise GameError(
                    f"node '{self._label[child] or child}' is reached in two ways. Make a node for "
                    "each way, or say build(root, shared=True) if each arrival is to be a copy."
                )
            seen.add(child)

    def _compile_infosets(self, order: list[int]) -> tuple[Infosets, dict[int, int], list[Expr]]:
        used = dict.fromkeys(self._infoset[node] for node in order if self._infoset[node] >= 0)
        last = len(self.players)
        in_order = sorted(used, key=lambda h: self._infosets[h].mover % (last + 1))
        rows = [self._infosets[h] for h in in_order]
        for row in rows:
            if row.mover == CHANCE and not any(isinstance(p, Expr) for p in row.probabilities):
                check_distribution(
                    row.probabilities,  # type: ignore[arg-type]
                    partial(called, row.label, row.actions),
                )
        infosets = Infosets(
            mover=np.array([row.mover for row in rows], dtype=np.int16),
            action_start=np.cumsum([0, *(len(row.actions) for row in rows)]).astype(np.int32),
            label=Labels.of(row.label for row in rows),
            action_label=Labels.of(chain.from_iterable(row.actions for row in rows)),
            probability=Probabilities.of([]),
        )
        probabilities = [_expr(p) for row in rows for p in row.probabilities]
        return infosets, {h: i for i, h in enumerate(in_order)}, probabilities

    def _compile_outcomes(
        self, order: list[int]
    ) -> tuple[Outcomes, dict[int, int], list[tuple[Expr, ...]]]:
        used = dict.fromkeys(self._outcome[node] for node in order if self._outcome[node] >= 0)
        rows = [self._outcome_rows[o] for o in used]
        symbolic = any(isinstance(a, Expr) for _, amounts in rows for a in amounts)
        if not symbolic and not self.parameters:
            table = Payoffs.of([amounts for _, amounts in rows], len(self.players))  # type: ignore[misc]
            return Outcomes(Labels.of(label for label, _ in rows), table), _places(used), []
        payoffs = [tuple(_expr(a) for a in amounts) for _, amounts in rows]
        formulas = Formulas(self.parameters, payoffs, [])
        table = formulas.payoff_table(formulas.values(), len(self.players))
        return Outcomes(Labels.of(label for label, _ in rows), table), _places(used), payoffs

    def _compile_discounts(
        self, order: list[int]
    ) -> tuple[Discounts | None, list[tuple[Expr, ...]]]:
        if not self._discount:
            return None, []
        ones = (const(1),) * len(self.players)
        place = {ones: 0}
        row = [
            place.setdefault(tuple(_expr(d) for d in self._discount[v]), len(place))
            if v in self._discount else 0
            for v in order
        ]
        values = {name: p.value for name, p in self.parameters.items()}
        factors = tuple(tuple(evaluate(expressions, values)) for expressions in place)
        return Discounts(np.array(row, dtype=np.int32), factors), list(place)


def _split(
    moves: Mapping[str, Node] | Iterable[tuple[str, Node]], where: str
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    pairs = _pairs(moves, where)
    if not pairs:
        raise GameError(f"at {where}: a move needs an action. Use end(...) to stop there.")
    for label, _ in pairs:
        _check_text(label, "the name of an action")
    return tuple(label for label, _ in pairs), tuple(node for _, node in pairs)


def _pairs(moves: Any, where: str) -> list[tuple[str, Any]]:
    """(action, what it leads to), in order."""
    if isinstance(moves, Mapping):
        return list(moves.items())
    pairs = list(moves) if isinstance(moves, Iterable) else [moves]
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise GameError(
                f"at {where}: moves are {{action: node}}, or pairs of these; found {pair!r}."
            )
    return pairs


def _check_text(text: object, what: str) -> None:
    if not isinstance(text, str):
        raise GameError(f"{what} is a text; found {text!r}. Write str(…) around it.")


def _column(numbers: Iterable[int]) -> NDArray[np.int32]:
    return np.fromiter(numbers, dtype=np.int32)


def _number(value: Number) -> Fraction | Expr:
    return value if isinstance(value, (Expr, Fraction)) else exact(value)


def _expr(value: Fraction | Expr) -> Expr:
    return value if isinstance(value, Expr) else const(value)


def _places(used: Mapping[int, None]) -> dict[int, int]:
    return {old: new for new, old in enumerate(used)}


def _refuse_shared_infosets(game: Game) -> None:
    members = np.bincount(game.infoset[game.infoset >= 0], minlength=len(game.infosets))
    several = np.flatnonzero(members[: game.infosets.num_player_infosets] > 1)
    if len(several):
        raise GameError(
            f"infoset '{game.infosets.label[int(several[0])]}' holds several nodes, so this game "
            "cannot share continuations. Build it as a tree."
        )
