"""Zero-sum card games of any size: a ladder of Kuhn's poker, Leduc poker and Goofspiel."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import permutations

from detente.game.builder import Builder, Node
from detente.game.tree import Game

PLAYERS = ("One", "Two")


def kuhn(cards: int) -> Game:
    """Kuhn's poker (1950) with this many cards: 9 K (K − 1) + 1 nodes; he has three."""
    b = Builder(PLAYERS, title=f"Kuhn poker with {cards} cards")
    odds = Fraction(1, cards * (cards - 1))

    def ends(won: int) -> Node:
        return b.end(won, -won)

    def deal(one: int, two: int) -> Node:
        sign = 1 if one > two else -1
        call = b.decide("One", {"fold": ends(-1), "call": ends(2 * sign)}, infoset=f"{one} cb")
        checked = b.decide("Two", {"check": ends(sign), "bet": call}, infoset=f"{two} c")
        reply = b.decide("Two", {"fold": ends(1), "call": ends(2 * sign)}, infoset=f"{two} b")
        return b.decide("One", {"check": checked, "bet": reply}, infoset=f"{one}")

    deals = {f"{i} {j}": (odds, deal(i, j)) for i, j in permutations(range(cards), 2)}
    return b.build(b.chance(deals))


def leduc(suits_seen: bool = True) -> Game:
    """Leduc poker (Southey and others 2005), 9457 nodes: six cards of three ranks, two rounds.

    `suits_seen` : whether the two cards of a rank look different (936 information sets), or alike
        (288); the value is the same
    """
    b = Builder(PLAYERS, title="Leduc poker")

    def look(card: int) -> str:
        return str(card if suits_seen else card // 2)

    def strength(card: int, board: int) -> int:
        return 10 if card // 2 == board // 2 else card // 2

    def show(cards: tuple[int, int], board: int, paid: list[int]) -> Node:
        one, two = (strength(card, board) for card in cards)
        won = 0 if one == two else paid[1] if one > two else -paid[0]
        return b.end(won, -won)

    def betting(
        cards: tuple[int, int],
        board: int | None,
        paid: list[int],
        heard: str,
        then: Callable[[list[int], str], Node],
    ) -> Node:
        said = heard.rpartition("/")[2]
        mover, raises = len(said) % 2, said.count("r")
        size = 2 if board is None else 4
        own, other = paid[mover], paid[1 - mover]
        moves = {}
        if own < other:
            lost = -own if mover == 0 else own
            moves["fold"] = b.end(lost, -lost)
        level = [other, other]
        closes = own < other or said == "c"
        moves["call"] = (
            then(level, heard + "c") if closes else betting(cards, board, level, heard + "c", then)
        )
        if raises < 2:
            more = [other, other]
            more[mover] += size
            moves["raise"] = betting(cards, board, more, heard + "r", then)
        seen = look(cards[mover]) + ("" if board is None else look(board))
        return b.decide(PLAYERS[mover], moves, infoset=f"{seen} {heard}")

    def second(cards: tuple[int, int], paid: list[int], heard: str) -> Node:
        rest = [card for card in range(6) if card not in cards]
        return b.chance({
            str(board): (
                Fraction(1, 4),
                betting(cards, board, paid, heard + "/", lambda p, _, c=board: show(cards, c, p)),
            )
            for board in rest
        })  # fmt: skip

    def first(cards: tuple[int, int]) -> Node:
        return betting(cards, None, [1, 1], "", lambda p, heard: second(cards, p, heard))

    return b.build(b.chance({
        str(one): (Fraction(1, 6), b.chance({
            str(two): (Fraction(1, 5), first((one, two))) for two in range(6) if two != one
        }))
        for one in range(6)
    }))  # fmt: skip


def goofspiel(cards: int, difference: bool = False) -> Game:
    """Goofspiel with prizes in falling order; for four cards 1077 nodes. Worth 0: it is symmetric.

    Both bid a card at once for each prize; the higher takes it, equal bids lose it. The last cards
    fall by themselves. `difference` : pay the difference of the points rather than who has more
    """
    b = Builder(PLAYERS, title=f"Goofspiel with {cards} cards")

    def play(hands: tuple[tuple[int, ...], tuple[int, ...]], lead: int, seen: str) -> Node:
        prize = len(hands[0])
        if prize <= 1:
            lead += prize and prize * ((hands[0] > hands[1]) - (hands[0] < hands[1]))
            paid = lead if difference else (lead > 0) - (lead < 0)
            return b.end(paid, -paid)
        return b.decide(
            "One",
            {str(bid): answer(hands, lead, seen, bid) for bid in hands[0]},
            infoset=seen or "first",
        )

    def answer(
        hands: tuple[tuple[int, ...], tuple[int, ...]], lead: int, seen: str, bid: int
    ) -> Node:
        moves = {}
        for other in hands[1]:
            left = (_without(hands[0], bid), _without(hands[1], other))
            gain = len(hands[0]) * ((bid > other) - (bid < other))
            moves[str(other)] = play(left, lead + gain, f"{seen} {bid}{other}")
        return b.decide("Two", moves, infoset=seen or "first")

    hand = tuple(range(1, cards + 1))
    return b.build(play((hand, hand), 0, ""))


def _without(hand: tuple[int, ...], card: int) -> tuple[int, ...]:
    return tuple(other for other in hand if other != card)
