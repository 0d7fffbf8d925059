"""What a period brings, and partial steps: by hand, and against a plain reading of small files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import detente as dt
from detente.errors import NotSupported
from detente.stability.enforcement.ladder import Climb, ladder
from detente.stability.enforcement.renewed import renewed
from detente.stability.enforcement.shares import shares
from detente.stability.enforcement.stages import Repeated
from detente.summit.summit import Summit

F = Fraction

SWAP = """
detente: 1
title: A swap by the year
sides: [A, B]
horizon: 10
terms:
  oil: {by: A, levels: {none: , flows: {worth: {A: {once: -7, per_year: -2}, B: {per_year: 5}}}}}
  freeze:
    by: B
    levels:
      none:
      frozen: {worth: {A: {per_year: 4}, B: {per_year: -3}}}
      scrapped: {irreversible: true, worth: {A: {per_year: 4}, B: {once: -1, per_year: -3}}}
breakdown: {worth: {A: -1}}
protocol: {kind: take-it-or-leave-it, proposer: A}
carrying_out:
  - chance: weather
    outcomes:
      fair: 3/4
      foul: {probability: 1/4, worth: {A: {per_year: -1}}}
  - compliance: deliveries
    by: A
    breaches: {stops: {detected: 1/2, worth: {A: 1}, caught: {worth: {A: -6}}}}
  - compliance: works
    by: B
    breaches: {restarts: {detected: 4/5}}
snap_back: {after: 1, worth: {B: -2}}
"""


def test_a_period_by_hand() -> None:
    repeated = Repeated(Summit.read(SWAP))
    assert repeated.period == 1
    assert not repeated.anew
    assert repeated.patience("A").factor == F(9, 10)
    stages = repeated.stages(repeated.summit.bundle_index("flows + frozen"))
    a, b = stages  # the weather changes nothing that decides: it stays when the deal ends
    assert (a.side, a.reward, a.punishment, a.ending) == ("A", 2, 0, 0)
    (stops,) = a.temptations
    assert stops.moves == ("stops",)
    assert (stops.gain, stops.detected, stops.costs) == (3, F(1, 2), 3)
    assert (b.side, b.reward, b.punishment, b.ending) == ("B", 2, 0, 2)
    (restarts,) = b.temptations
    assert (restarts.gain, restarts.detected, restarts.costs) == (3, F(4, 5), 0)
    assert (a.lone, b.lone) == (-2, -3)
    # By the formula: q (e (1-d) + d K) ≥ G (1-d), at d = 9/10: 0.8 (0.2 + 1.8) ≥ 0.3.
    found = renewed(repeated, repeated.summit.bundle_index("flows + frozen"))
    assert found.holds
    assert found.keepers[1].sets["patience"].infimum == F(7, 15)  # 0.8 (2 - 2d + 2d) ≥ 3 (1-d)
    assert found.incredible == ()


def test_what_cannot_be_taken_back_stays() -> None:
    repeated = Repeated(Summit.read(SWAP))
    a, b = repeated.stages(repeated.summit.bundle_index("flows + scrapped"))
    assert (a.reward, a.punishment) == (2, 4)  # it keeps what was scrapped, and stops paying
    assert b.temptations[0].gain == 0  # nothing is left to restart
    found = renewed(repeated, repeated.summit.bundle_index("flows + scrapped"))
    assert found.holds is False
    assert found.keepers[0].sets["patience"].supremum == 0  # its fine makes up for one year


def test_longer_periods_and_the_file_s_own_discount() -> None:
    text = SWAP.replace("after: 1,", "after: 2,").replace(
        "breakdown:", "discount: {per_year: {A: 4/5}}\nbreakdown:"
    )
    repeated = Repeated(Summit.read(text))
    assert repeated.period == 2
    assert repeated.patience("A").factor == F(16, 25)
    assert repeated.patience("B").factor == F(4, 5)  # two of ten years
    a, b = repeated.stages(repeated.summit.bundle_index("flows + frozen"))
    assert a.reward == 2 * (1 + F(4, 5))
    assert b.reward == 4


def test_a_deal_without_years_is_struck_anew() -> None:
    """The prisoners' dilemma as a file: R = 2, T = 3, P = 0."""
    text = """
detente: 1
title: Dilemma
sides: [A, B]
terms:
  x: {by: A, levels: {none: , full: {worth: {A: -1, B: 3}}}}
  y: {by: B, levels: {none: , full: {worth: {A: 3, B: -1}}}}
protocol: {kind: take-it-or-leave-it, proposer: A}
discount: {per_round: {A: 1/4}}
carrying_out:
  - {compliance: a, by: A, breaches: {cheat: {detected: 1}}}
  - {compliance: b, by: B, breaches: {cheat: {detected: 1}}}
"""
    repeated = Repeated(Summit.read(text))
    assert repeated.anew
    found = renewed(repeated, 3)
    assert [k.sets["patience"].infimum for k in found.keepers] == [F(1, 3), F(1, 3)]
    assert [k.holds for k in found.keepers] == [False, None]  # B's patience is not in the file
    assert found.holds is False
    with pytest.raises(NotSupported, match="by the year"):
        Climb(repeated)


def test_several_breaches_in_one_year_count_together() -> None:
    text = SWAP.replace(
        "  - compliance: works\n    by: B\n    breaches: {restarts: {detected: 4/5}}\n",
        "  - compliance: works\n    by: B\n    breaches: {restarts: {detected: 1/2}}\n"
        "  - compliance: again\n    by: B\n    when: works == restarts\n"
        "    breaches: {sells: {undoes: [], detected: 1/2, worth: {B: 4}}}\n",
    )
    repeated = Repeated(Summit.read(text))
    b = repeated.stages(repeated.summit.bundle_index("flows + frozen"))[1]
    both = {t.moves: (t.gain, t.detected) for t in b.temptations}
    assert both[("restarts", "sells")] == (7, F(3, 4))
    assert both[("restarts",)] == (3, F(1, 2))
    assert ("sells",) not in both  # it needs the restart


def test_false_alarms_of_the_file() -> None:
    summit = dt.load("hanoi-2019-false-alarms")
    repeated = Repeated(summit)
    rates = {renewed(repeated, i).rule.false_alarm for i in range(len(summit.bundles))}
    assert rates == {0, F(1, 10)}
    bundle = len(summit.bundles) - 1
    loud, quiet = renewed(repeated, bundle), renewed(repeated, bundle, false_alarm=F(0))
    assert loud.sets["patience"].infimum > quiet.sets["patience"].infimum
    assert quiet.rule.false_alarm == 0


# ── partial steps, by a reading of its own ─────────────────────────────────────────────────────


@dataclass(frozen=True)
class Deal:
    """Two sides, a term each with two levels above nothing; yearly worths, one breach each.

    `cost[i][k]` : to side i of its own level k; `worth[i][k]` : to it of the other's level k
    `lasts[i]` : whether side i's levels are irreversible; `seen[i]`, `ending[i]`, `caught[i]`
    """

    cost: tuple[tuple[int, ...], ...]
    worth: tuple[tuple[int, ...], ...]
    lasts: tuple[bool, bool]
    seen: tuple[F, F]
    ending: tuple[int, int]
    caught: tuple[int, int]
    horizon: int

    @property
    def text(self) -> str:
        terms = ""
        for i, (own, other) in enumerate((("A", "B"), ("B", "A"))):
            levels = ", ".join(
                f"l{k}: {{worth: {{{own}: {{per_year: {-self.cost[i][k]}}}, "
                f"{other}: {{per_year: {self.worth[1 - i][k]}}}}}}}"
                for k in (1, 2)
            )
            lasts = "true" if self.lasts[i] else "false"
            terms += f"  t{i}: {{by: {own}, irreversible: {lasts}, levels: {{none: , {levels}}}}}\n"
        steps = "".join(
            f"  - compliance: s{i}\n    by: {own}\n    breaches: {{cheat{i}: {{detected: "
            f"{self.seen[i]}, caught: {{worth: {{{own}: {-self.caught[i]}}}}}}}}}\n"
            for i, own in enumerate("AB")
        )
        return (
            f"detente: 1\ntitle: Random\nsides: [A, B]\nhorizon: {self.horizon}\nterms:\n{terms}"
            "protocol: {kind: take-it-or-leave-it, proposer: A}\n"
            f"carrying_out:\n{steps}snap_back: {{after: 1, worth: {{A: {-self.ending[0]}, "
            f"B: {-self.ending[1]}}}}}\n"
        )

    def yearly(self, i: int, levels: tuple[int, int]) -> int:
        return self.worth[i][levels[1 - i]] - self.cost[i][levels[i]]


def sustained(deal: Deal, path: tuple[tuple[int, int], ...]) -> bool:
    """Whether both sides keep to a path, the last of which stays, by adding up long futures."""
    d = 1 - F(1, deal.horizon)
    steps = [(0, 0), *path, path[-1]]
    for i in (0, 1):
        follow = deal.yearly(i, path[-1]) / (1 - d)  # from the period after the last on
        for before, after in reversed(list(pairwise(steps))):
            keep = deal.yearly(i, after) + d * follow
            for seen, caught, level in _cheats(deal, i, before, after):
                mixed = (level, after[1]) if i == 0 else (after[0], level)
                stays = tuple(k if lasts else 0 for k, lasts in zip(mixed, deal.lasts, strict=True))
                ended = deal.yearly(i, stays) / (1 - d)  # type: ignore[arg-type]
                cheat = deal.yearly(i, mixed) - seen * (caught + deal.ending[i])
                cheat += d * (seen * ended + (1 - seen) * follow)
                if cheat > keep:
                    return False
            follow = keep
    return True


def _cheats(
    deal: Deal, i: int, before: tuple[int, int], after: tuple[int, int]
) -> Iterator[tuple[F, int, int]]:
    """How likely it is seen, what that costs, at what level the side then is."""
    if after[i]:
        yield deal.seen[i], deal.caught[i], before[i] if deal.lasts[i] else 0
    if after[i] != before[i]:
        yield F(1), 0, before[i]


def paths(target: tuple[int, int]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Every way up from nothing to a target, in steps."""
    def onwards(at: tuple[int, int]) -> Iterator[tuple[tuple[int, int], ...]]:
        if at == target:
            yield ()
        for x, y in product(range(at[0], target[0] + 1), range(at[1], target[1] + 1)):
            if (x, y) != at:
                for rest in onwards((x, y)):
                    yield ((x, y), *rest)

    yield from onwards((0, 0))


amount = st.integers(-1, 6)


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    pair = st.tuples(amount, amount)
    two = st.tuples(st.booleans(), st.booleans())
    odds = st.sampled_from([F(0), F(1, 2), F(4, 5), F(1)])
    fine = st.tuples(st.integers(0, 2), st.integers(0, 2))
    return Deal(
        tuple((0, *draw(pair)) for _ in range(2)), tuple((0, *draw(pair)) for _ in range(2)),
        draw(two), draw(st.tuples(odds, odds)), draw(fine), draw(fine), draw(st.integers(2, 8)),
    )  # fmt: skip


@given(deals())
@settings(max_examples=60, deadline=None)
def test_ladders_by_trying_every_path(deal: Deal) -> None:
    assume(any(any(row) for row in (*deal.cost, *deal.worth)))
    summit = Summit.read(deal.text)
    climb = Climb(Repeated(summit))
    for bundle, levels in enumerate(summit.plan.bundles.levels):
        if not any(levels):
            continue
        target = (levels[0], levels[1])
        found = ladder(climb, bundle)
        good = [path for path in paths(target) if sustained(deal, path)]
        assert found.complete == bool(good), deal
        if good:
            assert len(found.path) == min(map(len, good))
            assert found.at_once == any(len(path) == 1 for path in good)
            names = [summit.bundles[summit.bundle_index(name)].terms for name in found.path]
            way = tuple((int(t["t0"][1:] if t["t0"] != "none" else 0),
                         int(t["t1"][1:] if t["t1"] != "none" else 0)) for t in names)  # fmt: skip
            assert way in good
        else:
            assert found.obstacles
            assert found.undone
            reached = [
                t for t in product(range(target[0] + 1), range(target[1] + 1))
                if any(t) and any(sustained(deal, path) for path in paths(t))
            ]  # fmt: skip
            assert bool(found.path) == bool(reached)


def test_dismantling_first() -> None:
    """Hanoi: what is dismantled before relief begins cannot be hidden, and relief can follow."""
    summit = dt.load("hanoi-2019")
    climb = Climb(Repeated(summit))
    found = ladder(climb, summit.bundle_index("kumgang + dismantled + inspected"))
    assert found.path == ("dismantled + inspected", "kumgang + dismantled + inspected")
    assert not found.at_once
    assert found.complete


def test_shares_of_a_bundle() -> None:
    repeated = Repeated(Summit.read(SWAP))
    summit = repeated.summit
    found = shares(repeated, summit.bundle_index("flows + frozen")).plan
    assert [(s.name, s.cost, s.worth, s.lasts) for s in (found.first, found.second)] == [
        ("A", 2, 4, False), ("B", 3, 5, False),
    ]  # fmt: skip
    assert found.steps == 1
    lasting = shares(repeated, summit.bundle_index("flows + scrapped")).plan
    assert lasting.second.lasts
    assert lasting.second.cost == 3 + F(1, 10)  # what it pays once, at the interest of its patience
    with pytest.raises(NotSupported, match="A alone"):
        shares(repeated, summit.bundle_index("flows"))
    with pytest.raises(NotSupported, match="nothing"):
        shares(Repeated(dt.load("ultimatum")), 1)


def test_a_tree_by_hand_is_refused() -> None:
    with pytest.raises(NotSupported, match="tree"):
        Repeated(dt.load("kydd-reassurance"))
