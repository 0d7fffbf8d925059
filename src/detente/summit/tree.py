"""A tree written out by hand in a summit file, for talks that no protocol here describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from detente.errors import DetenteError, SummitError
from detente.files.yaml import Path
from detente.game.builder import Builder, Node
from detente.game.expressions import Expr
from detente.game.tree import Game, Role
from detente.summit.plan import Plan

if TYPE_CHECKING:
    from detente.summit.model import TreeMove

TAGS = {
    "offers": Role.OFFERED,
    "signs": Role.SIGNED,
    "keeps": Role.KEPT,
    "breaks": Role.BROKEN,
}
"""What a node says of a bundle, and the role that its tag has."""


def read_tree(plan: Plan) -> Game:
    """The game that the file's `tree` writes out, node for node.

    Raises SummitError, with the place, for an unknown bundle and for nodes of one information set
    whose moves differ.
    """
    tree = plan.file.tree
    assert tree is not None
    return _Reading(plan).game(tree)


class _Reading:
    """The tree under construction, from its ends to its root."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.builder = Builder(
            plan.parties,
            title=plan.file.title,
            comment=plan.file.description,
            bundles=plan.bundles.named,
            parameters=plan.document.scope.parameters,
        )

    def game(self, tree: TreeMove) -> Game:
        return self.builder.build(self.node(tree, ("tree",)))

    def node(self, spec: TreeMove, path: Path) -> Node:
        try:
            node = self.made(spec, path)
            for key, role in TAGS.items():
                given = getattr(spec, key)
                if given is not None:
                    bundle = self.plan.bundles.find(given)
                    self.builder.tag(node, role, self.plan.bundles.named[bundle].name)
        except DetenteError as error:
            if error.place is not None:
                raise
            raise SummitError(error.message, self.plan.document.place(path)) from None
        return node

    def made(self, spec: TreeMove, path: Path) -> Node:
        worth = self.worth(spec.worth, (*path, "worth"))
        if not spec.moves:
            return self.builder.end(worth, label=spec.label, outcome=spec.outcome)
        children = {
            move: self.node(child, (*path, "moves", move)) for move, child in spec.moves.items()
        }
        payoffs = worth or None
        if spec.player is None:
            label = spec.label or spec.chance or ""
            chances = self.chances(spec, path)
            return self.builder.chance(
                {move: (chances[move], node) for move, node in children.items()},
                label=label, payoffs=payoffs, outcome=spec.outcome,
            )
        return self.builder.decide(
            spec.player, children,
            label=spec.label, infoset=spec.infoset or "", payoffs=payoffs, outcome=spec.outcome,
        )

    def worth(self, spec: Mapping[str, str], path: Path) -> dict[str, Expr]:
        scope = self.plan.document.scope
        return {party: scope.amount(text, (*path, party)) for party, text in spec.items()}

    def chances(self, spec: TreeMove, path: Path) -> dict[str, Expr]:
        scope = self.plan.document.scope
        found: dict[str, Expr] = {}
        for move, child in spec.moves.items():
            assert child.probability is not None  # a rule of the format
            found[move] = scope.number(child.probability, (*path, "moves", move, "probability"))
        return found
