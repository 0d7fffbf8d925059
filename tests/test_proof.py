"""What vouches for a verdict: certificates, uniqueness, witnesses."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detente as dt
from detente.game import kernels
from detente.game.builder import Builder
from detente.game.profile import Profile
from detente.game.tree import Bundle, Game, Role
from detente.loading import load, shipped
from detente.stability.continuation import Continuation
from detente.stability.proof import INDUCTION, UNIQUE, UNIQUE_AFTER, WITNESSES

DEAL = Bundle("deal", {"deal": "yes"})


def talks(comply=(2, 2), cheat=(1, 1), refuse=(0, 0), first=(0, 0)) -> Game:
    """US accepts or not, DPRK accepts or not, then DPRK complies or cheats."""
    b = Builder(["US", "DPRK"], title="Talks", bundles=[DEAL])
    kept = b.tag(b.end(*comply), Role.KEPT, "deal")
    broken = b.tag(b.end(*cheat), Role.BROKEN, "deal")
    signed = b.tag(b.decide("DPRK", {"comply": kept, "cheat": broken}), Role.SIGNED, "deal")
    answer = b.decide("DPRK", {"accept": signed, "refuse": b.end(*refuse)}, label="answer")
    asked = b.decide("US", {"accept": answer, "refuse": b.end(*first)}, label="first")
    return b.build(b.tag(asked, Role.OFFERED, "deal"))


# ── the margin of a certificate ────────────────────────────────────────────────────────────────


def two_moves(reply: Fraction) -> Game:
    """A takes 1, or lets B choose between (9, reply) and (0, 1)."""
    b = Builder(["A", "B"])
    then = b.decide("B", {"l": b.end(9, reply), "r": b.end(0, 1)})
    return b.build(b.decide("A", {"x": b.end(1, 0), "y": then}))


def test_the_margin_is_the_least_loss_from_another_move():
    for reply, margin in ((Fraction(0), 1), (Fraction(3, 4), Fraction(1, 4)), (Fraction(1), 0)):
        game = two_moves(reply)
        certificate = dt.certify(game, Profile.pure(game, [0, 1]))
        assert (certificate.verdict, certificate.margin) == ("proved", margin)
        assert certificate.unique == (margin > 0)


def test_a_mixture_of_equals_is_not_unique_and_floats_have_a_float_margin():
    game = two_moves(Fraction(1))
    mixed = Profile.mixed(game, [1, 0, Fraction(1, 10), Fraction(9, 10)])
    assert dt.certify(game, mixed).margin == 0
    pure = Profile.mixed(two_moves(Fraction(0)), [1.0, 0.0, 0.0, 1.0])
    certificate = dt.certify(pure.game, pure)
    assert isinstance(certificate.margin, float)
    assert (certificate.margin, certificate.unique) == (1.0, True)


def test_no_margin_without_alternatives_nor_for_what_is_refuted_nor_for_whole_plans():
    b = Builder(["A"])
    only = b.build(b.decide("A", {"go": b.end(1)}))
    certificate = dt.certify(only, Profile.pure(only, [0]))
    assert (certificate.margin, certificate.unique) == (None, True)
    game = two_moves(Fraction(0))
    refuted = dt.certify(game, Profile.pure(game, [1, 1]))
    assert (refuted.verdict, refuted.margin, refuted.unique) == ("refuted", None, False)
    nash = dt.certify(game, Profile.pure(game, [0, 1]), "nash")
    assert (nash.verdict, nash.margin, nash.unique) == ("proved", None, False)


@st.composite
def small_games(draw) -> Game:
    b = Builder(["A", "B"])
    small = st.integers(0, 2)

    def grow(depth: int):
        kind = draw(st.integers(0, 3)) if depth else 0
        if kind == 0:
            return b.end(draw(small), draw(small))
        left, right = grow(depth - 1), grow(depth - 1)
        if kind == 1:
            return b.chance({"h": (Fraction(1, 3), left), "t": (Fraction(2, 3), right)})
        return b.decide("AB"[kind - 2], {"l": left, "r": right})

    return b.build(grow(3))


@settings(max_examples=150, deadline=None)
@given(small_games())
def test_unique_is_what_enumeration_finds(game: Game):
    choices = product((0, 1), repeat=game.infosets.num_player_infosets)
    certificates = [dt.certify(game, Profile.pure(game, list(c))) for c in choices]
    proved = [c for c in certificates if c.verdict == "proved"]
    assert proved
    assert {c.unique for c in proved} == {len(proved) == 1}


@pytest.mark.parametrize("name", ["hanoi-2019", "ultimatum", "centipede-rosenthal-1981"])
def test_compiled_and_plain_margins_agree(name: str, monkeypatch):
    game = load(name).game
    plain = Continuation(game).certificate
    monkeypatch.setattr(kernels, "COMPILE_FROM", 1)
    compiled = Continuation(game).certificate
    assert compiled.margin == plain.margin


# ── verdicts ───────────────────────────────────────────────────────────────────────────────────


JUDGED = [name for name in sorted(shipped()) if getattr(load(name), "bundles", ())]


@pytest.mark.parametrize("name", JUDGED)
def test_every_verdict_of_every_shipped_game_is_proved(name: str):
    report = dt.stability(load(name))
    assert report.certificate is not None
    assert report.certificate.verdict == "proved"
    assert report.proof
    for verdict in report:
        assert verdict.certificate is not None
        assert (verdict.certificate.verdict, verdict.certificate.max_regret) == ("proved", 0)
        decided = {question for question, modal in verdict.modal.items() if modal is not None}
        assert verdict.proof.keys() == decided
        for question, words in verdict.proof.items():
            if words == UNIQUE:
                assert verdict.certificate.unique
                assert verdict.modal[question] != "sometimes" or verdict.certificate.margin is None
            assert (question in verdict.witnesses) == (words == WITNESSES)


def test_where_every_deviation_loses_the_verdict_is_proved_over_all_equilibria():
    verdict = dt.stability(talks())["deal"]
    assert verdict.certificate is not None
    assert verdict.certificate.margin == 1
    assert verdict.proof == dict.fromkeys(("acceptable", "honoured", "stable"), UNIQUE)


def test_a_tie_before_the_signature_leaves_what_follows_proved():
    verdict = dt.stability(talks(first=(2, 2)))["deal"]
    assert verdict.modal == {
        "acceptable": "sometimes", "honoured": "always", "stable": "sometimes",
    }  # fmt: skip
    assert verdict.proof == {
        "acceptable": WITNESSES, "honoured": UNIQUE_AFTER, "stable": WITNESSES,
    }  # fmt: skip
    witnesses = verdict.witnesses["acceptable"]
    assert verdict.witnesses["stable"] is witnesses
    assert witnesses.holds.profile["US", "first"]["accept"] == 1
    assert witnesses.fails.profile["US", "first"]["accept"] == 0
    assert witnesses.fails.certificate.verdict == "proved"


def test_a_tie_elsewhere_leaves_the_answer_to_the_induction():
    b = Builder(["A"], bundles=[DEAL])
    indifferent = b.decide("A", {"l": b.end(2), "r": b.end(2)})
    signed = b.tag(indifferent, Role.SIGNED, "deal")
    root = b.tag(b.decide("A", {"accept": signed, "refuse": b.end(1)}), Role.OFFERED, "deal")
    tied = dt.stability(b.build(root))["deal"]
    assert set(tied.modal.values()) == {"always"}
    assert set(tied.proof.values()) == {INDUCTION}


def test_a_verdict_that_does_not_certify_is_never_shown(monkeypatch):
    real = Continuation.__init__

    def wrong(self, game, deadline=None):
        real(self, game, deadline)
        self.choice = [0 if game.mover[v] < 0 else 1 for v in range(game.num_nodes)]

    monkeypatch.setattr(Continuation, "__init__", wrong)
    with pytest.raises(RuntimeError, match="does not certify"):
        dt.stability(talks())
