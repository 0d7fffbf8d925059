"""Rules about a tree written out by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from detente.errors import DetenteError, SummitError
from detente.files.yaml import Path
from detente.game.expressions import Expr, evaluate, total
from detente.summit.chances import brief
from detente.summit.check_formulas import feasible
from detente.summit.check_names import not_a_party, not_a_side
from detente.summit.walk import tree_nodes

if TYPE_CHECKING:
    from detente.summit.model import TreeMove
    from detente.summit.reading import SummitDocument

Mistakes = Iterator[DetenteError]

NOT_IN_TERMS = ("worth", "irreversible")
"""What a level may say where a protocol builds the game, and a tree says at its nodes."""
TAGS = ("offers", "signs", "keeps", "breaks")


def _nodes(document: SummitDocument) -> Mistakes:
    for path, node in tree_nodes(document.file):
        if node.player is not None:
            yield from not_a_side(document, node.player, (*path, "player"), "move")
        for party in node.worth:
            yield from not_a_party(document, party, (*path, "worth", party))
        yield from _kind(document, path, node)


def _kind(document: SummitDocument, path: Path, node: TreeMove) -> Mistakes:
    """A node is an end, a decision or a chance move, and says no more than belongs to that."""
    chances = {action: child.probability for action, child in node.moves.items()}
    without = [action for action, chance in chances.items() if chance is None]
    if not node.moves:
        for key in ("player", "chance", "infoset"):
            if getattr(node, key) is not None:
                yield document.error(
                    (*path, key),
                    f"this node has '{key}' but no moves. Add 'moves', or remove '{key}'.",
                )
        return
    if node.player is not None:
        if node.chance is not None:
            yield document.error(
                (*path, "chance"),
                "a node is moved by a player or by chance. Remove one of the two.",
            )
        for action in chances:
            if chances[action] is not None:
                yield document.error(
                    (*path, "moves", action, "probability"),
                    f"'{node.player}' decides here, so its moves have no probabilities. Remove "
                    "'player' if chance decides, or the probability.",
                )
        return
    if node.infoset is not None:
        yield document.error(
            (*path, "infoset"), "an infoset belongs to a player. Add 'player', or remove 'infoset'."
        )
    if len(without) == len(chances) and node.chance is None:
        yield SummitError(
            "nobody moves at this node. Add 'player: ' and a side, or give each of its moves a "
            "'probability' if chance decides.",
            document.place(path, key=True),
        )
        return
    for action in without:
        yield SummitError(
            f"chance decides here, and the move '{action}' has no probability. Add one.",
            document.place((*path, "moves", action), key=True),
        )


def _infosets(document: SummitDocument) -> Mistakes:
    """The nodes of an infoset belong to one player and have the same moves."""
    first: dict[str, tuple[Path, TreeMove]] = {}
    for path, node in tree_nodes(document.file):
        if node.infoset is None or node.player is None:
            continue
        above, other = first.setdefault(node.infoset, (path, node))
        line = document.place((*above, "infoset")).line
        if other.player != node.player:
            yield document.error(
                (*path, "infoset"),
                f"the infoset '{node.infoset}' belongs to {other.player} in line {line} and to "
                f"{node.player} here. Give one of them another name.",
            )
        elif list(other.moves) != list(node.moves):
            yield document.error(
                (*path, "infoset"),
                f"the nodes of an infoset look alike to {node.player}, so they have the same "
                f"moves in the same order; '{node.infoset}' has {', '.join(other.moves)} in line "
                f"{line} and {', '.join(node.moves)} here. Correct the moves, or rename one "
                "infoset.",
            )


def _tags(document: SummitDocument) -> Mistakes:
    tagged = [
        (path, tag, given)
        for path, node in tree_nodes(document.file)
        for tag in TAGS
        if (given := getattr(node, tag)) is not None
    ]
    if not tagged:
        return
    if not document.file.terms:
        path, tag, _ = tagged[0]
        yield document.error(
            (*path, tag),
            f"'{tag}' names a bundle, and there are none. Add 'terms' and their levels.",
        )
        return
    bundles = feasible(document)
    for path, tag, given in tagged:
        try:
            bundles.find(given)
        except SummitError as error:
            yield document.error((*path, tag), error.message)


def _formulas(document: SummitDocument) -> Mistakes:
    """Worths and probabilities can be read, and those of a chance move sum to one."""
    scope = document.scope
    for path, node in tree_nodes(document.file):
        try:
            for party, text in node.worth.items():
                scope.amount(text, (*path, "worth", party))
            chances = {
                action: scope.number(child.probability, (*path, "moves", action, "probability"))
                for action, child in node.moves.items()
                if child.probability is not None
            }
            if chances:
                yield from _distribution(document, path, chances)
        except DetenteError as error:
            yield error if error.place else SummitError(error.message, document.place(path))


def _distribution(document: SummitDocument, path: Path, chances: Mapping[str, Expr]) -> Mistakes:
    exprs = list(chances.values())
    *found, whole = evaluate([*exprs, total(exprs)], document.scope.values)
    for action, value in zip(chances, found, strict=True):
        if not 0 <= value <= 1:
            yield document.error(
                (*path, "moves", action, "probability"),
                f"a probability lies between 0 and 1; this one comes to {brief(value)}. Correct it."
                + document.scope.given_in(str(chances[action]), "value"),
            )
            return
    if whole != 1:
        yield document.error(
            (*path, "moves"),
            f"the probabilities of these moves must sum to 1; they sum to {whole}. Correct one.",
        )


def _terms(document: SummitDocument) -> Mistakes:
    """Beside a tree, terms only say what the bundles are."""
    if document.file.tree is None:
        return
    for term, spec in document.file.terms.items():
        path: Path = ("terms", term)
        parts = [(path, spec.model_fields_set)]
        parts += [((*path, "levels", name), x.model_fields_set) for name, x in spec.levels.items()]
        for where, given in parts:
            for key in NOT_IN_TERMS:
                if key in given:
                    yield document.error(
                        (*where, key),
                        f"'{key}' in a term has no meaning beside 'tree', whose nodes say what is "
                        "gained where. Move the amounts to the nodes, or remove it here.",
                    )


RULES = (_nodes, _infosets, _terms)
SOUND = (_tags, _formulas)
