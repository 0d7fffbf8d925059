"""Coalitions of the parties: what each can secure, and how all might divide it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.show.numbers import number
from detente.show.plain_table import PlainTable, plain_table, signed, span_text
from detente.stability.bargaining.coalition_play import Together
from detente.stability.bargaining.coalition_values import Coalitions
from detente.stability.words import listed, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

    from detente.stability.bargaining.consent_core import ConsentCore

MOST_ROWS = 31
"""Coalitions that have a row: all of five parties; of more, those that gain most."""
MOST_COLUMNS = 6
"""Parties up to which each has a column."""
SHORT = {
    "each alone": "alone",
    "by the deal of all": "by deal",
    "least in the core": "core ≥",
    "most in the core": "core ≤",
    "nucleolus": "nucleolus",
    "Shapley value": "Shapley",
    "  paid on the side": "paid",
}
"""The divisions as headings."""
MOST_WEIGHTS = 6
"""Coalitions of a proof that are named."""
MOST_NAMED = 6
"""Bundles that a sentence names."""


def coalition_parts(found: Coalitions) -> list[RenderableType]:
    """The worths of coalitions, the core, and divisions with what is paid on the side."""
    from rich.text import Text

    rows = _rows(found)
    left = len(found.together) - len(rows)
    parts: list[RenderableType] = [Text("\n".join([_asked(found), _means(found)]))]
    parts.append(
        plain_table(
            [("coalition", "text"), ("worth", "number"), ("beyond alone", "number"),
             ("then", "text")],
            [_cells(found, one) for one in rows],
        )
    )  # fmt: skip
    if left:
        parts.append(Text(f"{left} more coalitions, which gain less, are in the JSON."))
    if len(found.parties) > 1:
        parts.append(Text("\n".join(_core_lines(found))))
        parts.append(_division_table(found))
    after = list(_after(found))
    return [*parts, Text("\n".join(after))] if after else parts


def _rows(found: Coalitions) -> list[Together]:
    """The coalitions that have a row, small ones first."""
    ranked = sorted(found.together, key=lambda one: (len(one.members) > 1, -_beyond(found, one)))
    kept = {one.members for one in ranked[:MOST_ROWS]} | {found.everyone.members}
    inside = [one for one in found.together if one.members in kept]
    return sorted(inside, key=lambda one: len(one.members))


def _beyond(found: Coalitions, one: Together) -> Fraction:
    return one.worth - sum((found.game[party] for party in one.members), Fraction(0))


def _asked(found: Coalitions) -> str:
    where = f" when {found.bundle} is on the table" if found.bundle else " in the talks as written"
    if found.by == "consent":
        return "Coalitions, each signing what needs nobody else's consent:"
    return f"Coalitions, each moving as one{where}, the others each for themselves:"


def _means(found: Coalitions) -> str:
    unit = f", in {found.unit}" if found.unit else ""
    return f"Worth: what its members get together{unit}; they may pay each other on the side."


def _cells(found: Coalitions, one: Together) -> list[str]:
    beyond = _beyond(found, one)
    return [
        _named(found, one.members),
        span_text((one.worth, one.hoped)),
        "" if len(one.members) == 1 else signed(beyond),
        _signs(found, one),
    ]


def _signs(found: Coalitions, one: Together) -> str:
    """What is signed, and whether it is then broken."""
    if not one.settles:
        return "refused" if found.bundle else "no agreement"
    broken = (
        ""
        if not one.broken
        else "broken"
        if one.broken == 1
        else (f"broken with {plain(one.broken)}")
    )
    if one.settles == (found.bundle,):
        said = f"signed, {broken or 'kept'}"
    else:
        said = f"{'refused, then ' if found.bundle else ''}{listed(one.settles, 'or')}"
        said += f", {broken}" if broken else ""
    aside = [f"{side} {' or '.join(dict.fromkeys(one.does(side)))}"
             for side in found.aside if one.does(side)]  # fmt: skip
    return "; ".join([said, *aside])


def _named(found: Coalitions, members: Sequence[str]) -> str:
    if len(members) == len(found.parties) > 2:
        return "all together"
    return " + ".join(members)


def _core_lines(found: Coalitions) -> Iterator[str]:
    core = found.core
    if core.empty:
        yield (
            f"The core is empty: however all divide {_amount(found, found.everyone.worth)}, some "
            f"coalition does better by itself. It would take {_amount(found, core.subsidy)} from "
            "outside."
        )
        yield f"Proof: {_proof(found)}."
        return
    points = core.extreme
    if points is None:
        yield "The core is not empty: no coalition does better by itself than by some division."
    elif len(points) == 1:
        yield "The core is a single division: any other, some coalition would improve upon."
    else:
        yield (
            f"The core is not empty; it has {len(points)} corners: no coalition does better by "
            "itself than by what lies between them."
        )


def _proof(found: Coalitions) -> str:
    """Why less than is needed does not do: a balanced collection."""
    weights = sorted(found.core.weights.items(), key=lambda pair: (len(pair[0]), pair[0]))
    shown = [f"{plain(w)} × ({' + '.join(members)})" for members, w in weights[:MOST_WEIGHTS]]
    if len(weights) > MOST_WEIGHTS:
        shown.append(f"{len(weights) - MOST_WEIGHTS} more (in the JSON)")
    return (
        f"{listed(shown)} count every party once, and are worth {_amount(found, found.core.needed)}"
    )


def _amount(found: Coalitions, amount: Fraction) -> str:
    return f"{plain(amount)} {found.unit}" if found.unit else plain(amount)


def _division_table(found: Coalitions) -> PlainTable:
    """A column a party; of many parties a row each, and a column a division."""
    rows = list(_divisions(found))
    if len(found.parties) <= MOST_COLUMNS:
        return plain_table(
            [("division", "word"), *((party, "number") for party in found.parties)], rows
        )
    heads, *columns = zip(*rows, strict=True)
    turned = [[p, *cells] for p, cells in zip(found.parties, columns, strict=True)]
    return plain_table([("party", "word"), *((SHORT[head], "number") for head in heads)], turned)


def _divisions(found: Coalitions) -> Iterator[list[str]]:
    def row(name: str, shares: Mapping[str, Fraction], change: bool = False) -> list[str]:
        show = signed if change else plain
        return [name, *(show(shares[party]) for party in found.parties)]

    alone = dict(zip(found.parties, found.game.alone(), strict=True))
    yield row("each alone", alone)
    yield row("by the deal of all", found.everyone.paid)
    if found.core.ranges:
        for name, end in (("least in the core", 0), ("most in the core", 1)):
            yield row(name, {party: ends[end] for party, ends in found.core.ranges.items()})
    yield row("nucleolus", found.nucleolus.shares)
    yield row("  paid on the side", found.payments(found.nucleolus.shares), True)
    yield row("Shapley value", found.shapley)
    yield row("  paid on the side", found.payments(found.shapley), True)


def _after(found: Coalitions) -> Iterator[str]:
    if found.core.empty:
        yield (
            "Nucleolus: the worst objection of a coalition, "
            f"{_amount(found, found.least_core.objection)} here, is as small as can be."
        )
    if found.unwelcome is not None:
        coalition, party, loss = found.unwelcome
        yield (
            f"Coming together can cost: {listed(coalition)}, joined by {party}, get "
            f"{_amount(found, loss)} less than apart, since the others foresee what they "
            "would do as one."
        )
    for note in found.notes:
        yield f"Note: {note}"


# ── without money on the side ──────────────────────────────────────────────────────────────────


def consent_core_lines(found: ConsentCore) -> Iterator[str]:
    """Which bundles no coalition would leave, if nothing can be paid on the side."""
    names = found.core
    if not names:
        yield "Without payments on the side every bundle is one that somebody would leave."
    else:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        shown = ", ".join(names[:MOST_NAMED]) if more else listed(names)
        yield (
            "Without payments on the side, those whose consent is needed would leave none of these "
            f"for another bundle or for none: {shown}{more}."
        )


def consent_core_data(found: ConsentCore) -> list[dict[str, Any]]:
    """For each bundle whether it is in the core without payments, and who objects, as JSON."""
    return [
        {
            "name": name,
            "in_core": objection is None,
            "objection": None
            if objection is None
            else {
                "members": list(objection.members),
                "to": objection.bundle,
                "gains": _shares(objection.gains),
            },
        }
        for name, objection in zip(found.bundles, found.objections, strict=True)
    ]


# ── JSON ───────────────────────────────────────────────────────────────────────────────────────


def coalition_data(found: Coalitions) -> dict[str, Any]:
    """Coalitions, core and divisions as JSON has them."""
    core, least, nucleolus = found.core, found.least_core, found.nucleolus
    unwelcome = found.unwelcome
    return {
        "by": found.by,
        "bundle": found.bundle,
        "transferable": True,
        "parties": list(found.parties),
        "coalitions": [
            {
                "members": list(one.members),
                "worth": number(one.worth),
                "hoped": number(one.hoped),
                "exact": one.exact,
                "signs": list(one.settles),
                "broken": number(one.broken),
                "gets": _shares(one.paid),
                "moves": [
                    {"player": player, "node": node, "move": move}
                    for player, node, move in one.moves
                ],
            }
            for one in found.together
        ],
        "core": {
            "empty": core.empty,
            "shares": _shares(core.shares),
            "extreme": None if core.extreme is None else [_shares(p) for p in core.extreme],
            "ranges": {p: [number(end) for end in ends] for p, ends in core.ranges.items()},
            "needed": number(core.needed),
            "subsidy": number(core.subsidy),
            "weights": _weights(core.weights),
        },
        "least_core": {
            "objection": number(least.objection),
            "shares": _shares(least.shares),
            "weights": _weights(least.weights),
        },
        "nucleolus": {
            "shares": _shares(nucleolus.shares),
            "paid": _shares(found.payments(nucleolus.shares)),
            "objections": [number(value) for value in nucleolus.objections],
            "over": "imputations" if nucleolus.rational else "all divisions",
        },
        "shapley": {
            "shares": _shares(found.shapley),
            "paid": _shares(found.payments(found.shapley)),
        },
        "costly": None
        if unwelcome is None
        else {
            "coalition": list(unwelcome[0]),
            "joined_by": unwelcome[1],
            "loss": number(unwelcome[2]),
        },
        "notes": list(found.notes),
    }


def _shares(shares: Mapping[str, Fraction] | None) -> dict[str, Any] | None:
    return None if shares is None else {party: number(share) for party, share in shares.items()}


def _weights(weights: Mapping[tuple[str, ...], Fraction]) -> list[dict[str, Any]]:
    return [{"members": list(who), "weight": number(w)} for who, w in weights.items()]
