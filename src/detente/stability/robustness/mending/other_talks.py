"""What cannot move a little: other levels of the terms, other protocols and orders of moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError
from detente.stability.robustness.mending.levers import Kind, Prices
from detente.stability.robustness.mending.mend_words import terms_text
from detente.stability.words import listed

if TYPE_CHECKING:
    from detente.summit.summit import Summit


@dataclass(frozen=True)
class Other:
    """The same talks with something changed that is no number.

    `bundle` : the position of the bundle that is judged there
    `levels` : term → its level, of the terms that are changed
    `empty` : whether nothing is conceded there, so that it holds with nothing to keep
    """

    kind: Kind
    lever: str
    text: str
    cost: Fraction
    summit: Summit
    bundle: int
    levels: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False


def others(summit: Summit, bundle: int, prices: Prices) -> Iterator[Other]:
    """Every other bundle of the file, then other protocols and orders of moves."""
    if summit.has_tree:
        return
    yield from _other_terms(summit, bundle, prices)
    price = prices.of(prices.spec.protocol, Fraction(1))
    for text, file in _other_protocols(summit) if price is not None else ():
        changed = _checked(summit, file)
        if changed is not None and changed.has_secrets == summit.has_secrets and price is not None:
            yield Other("protocol", "protocol", text, price, changed, bundle)


def _other_terms(summit: Summit, bundle: int, prices: Prices) -> Iterator[Other]:
    before = summit.bundles[bundle].terms
    first = {term: next(iter(spec.levels)) for term, spec in summit.file.terms.items()}
    for other, found in enumerate(summit.bundles):
        moved = [term for term in before if found.terms[term] != before[term]]
        costs = [_term_cost(prices, term, before[term], found.terms[term]) for term in moved]
        known = [cost for cost in costs if cost is not None]
        if moved and len(known) == len(costs):
            text = terms_text(before, found.terms, first)
            name = " ".join(f"term:{term}" for term in moved)
            levels = {term: found.terms[term] for term in moved}
            # A single term divides something: its first level is one way among others.
            empty = len(first) > 1 and found.terms == first
            yield Other("term", name, text, sum(known, Fraction(0)), summit, other, levels, empty)


def _term_cost(prices: Prices, term: str, before: str, after: str) -> Fraction | None:
    """Of so many levels up or down; all of a term's levels are its range."""
    levels = list(prices.summit.file.terms[term].levels)
    price = prices.of(prices.spec.terms.get(term), Fraction(len(levels) - 1))
    return None if price is None else abs(levels.index(after) - levels.index(before)) * price


# ── the talks ──────────────────────────────────────────────────────────────────────────────────


def _other_protocols(summit: Summit) -> Iterator[tuple[str, Any]]:
    """In words, and the file rewritten."""
    file = summit.file
    spec = file.protocol
    ratified = spec is not None and spec.kind == "ratification"
    talks = spec.talks if ratified else spec  # type: ignore[union-attr]
    for text, other in _other_kinds(summit, talks):
        inside = spec.model_copy(update={"talks": other}) if ratified and spec else other
        yield text, file.model_copy(update={"protocol": inside})
    for text, steps in _other_orders(file.carrying_out):
        yield text, file.model_copy(update={"carrying_out": steps})


def _other_kinds(summit: Summit, talks: Any) -> Iterator[tuple[str, Any]]:
    from detente.summit.model import AlternatingOffers, TakeItOrLeaveIt

    conditions = dict(_conditions(talks))
    for side in summit.sides:
        if getattr(talks, "proposer", None) != side:
            yield (
                f"{side} makes the only proposal",
                TakeItOrLeaveIt(
                    kind="take-it-or-leave-it", proposer=side, offers=conditions.get(side)
                ),
            )
    rounds, order = getattr(talks, "rounds", "2"), getattr(talks, "order", None)
    starts = order or list(summit.sides)
    for k in range(1 if order else 0, len(starts)):
        turned = [*starts[k:], *starts[:k]]
        if turned != order:
            yield f"the sides propose in the order {listed(turned)}", AlternatingOffers(
                kind="alternating-offers", rounds=rounds, order=turned, offers=conditions,
                walk_out=getattr(talks, "walk_out", []),
            )  # fmt: skip


def _conditions(talks: Any) -> Iterator[tuple[str, str]]:
    """Side → what it may propose."""
    offers = getattr(talks, "offers", None)
    if isinstance(offers, dict):
        yield from offers.items()
    elif offers is not None:
        yield getattr(talks, "proposer", None) or talks.mediator, offers


def _other_orders(steps: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Two neighbouring steps of the carrying-out the other way round."""
    for k in range(len(steps) - 1):
        one, other = steps[k : k + 2]
        names = [getattr(step, "variable", "the steps at once") for step in (one, other)]
        if not any(hasattr(step, "by") for step in (one, other)):
            continue
        turned = [*steps[:k], other, one, *steps[k + 2 :]]
        yield f"‘{names[1]}’ comes before ‘{names[0]}’", turned


def _checked(summit: Summit, file: Any) -> Summit | None:
    """The summit of a rewritten file; None where it breaks a rule of the format."""
    from detente.summit.check import check
    from detente.summit.summit import Summit as Read

    document = replace(summit.document, file=file)
    try:
        check(document)
        return Read(document)
    except DetenteError:
        return None
