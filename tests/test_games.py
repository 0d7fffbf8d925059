"""Every shipped game: that it loads, solves, is certified, and shows what its file expects.

`expected` in a game file may have: `selected`, `stable`, `honoured`, `acceptable` (the names of
all bundles of which that is true), `agreed` (bundle → least and greatest probability of being
signed) and `payoffs` (party → one number, or the least and greatest), both over all pure
subgame-perfect equilibria; where `concept` names another concept, over all equilibria of that
concept that are listed. `note` is for people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import detente as dt

ROOT = Path(__file__).parent.parent
GAMES = sorted((ROOT / "games").glob("*.yaml"))
HANOI = [path for path in GAMES if path.stem.startswith("hanoi-2019")]
SMALLER = {"hanoi-2019-sincere-or-hedging", "hanoi-2019-secret-restart", "hanoi-2019-false-alarms"}
"""Hanoi with fewer terms, for what one side does not know."""
CHECKED = {"selected", "stable", "honoured", "acceptable", "agreed", "payoffs"}

named = pytest.mark.parametrize("path", GAMES, ids=lambda path: path.stem)
named_hanoi = pytest.mark.parametrize("path", HANOI, ids=lambda path: path.stem)


@cache
def summit(path: Path) -> Any:
    return dt.load(path)


@cache
def documented() -> Any:
    """The complete example of docs/format.md."""
    page = (ROOT / "docs/format.md").read_text(encoding="utf-8")
    found = re.search(r"^```yaml\n(.*?)^```$", page, re.M | re.S)
    assert found
    with TemporaryDirectory() as folder:
        path = Path(folder) / "example.yaml"
        path.write_text(found[1], encoding="utf-8")
        return dt.load(path)


def shipped(name: str, **values: Any) -> Any:
    return summit(ROOT / "games" / f"{name}.yaml").at(**values)


def bounds(expected: Any) -> tuple[Fraction, Fraction]:
    low, high = expected if isinstance(expected, list) else (expected, expected)
    return Fraction(low), Fraction(high)


# ── what every file must have and show ─────────────────────────────────────────────────────────


@named
def test_says_where_it_comes_from_and_what_to_expect(path: Path) -> None:
    file = summit(path).file
    assert file.title
    assert file.description
    assert file.sources
    assert isinstance(file.expected, Mapping)
    assert set(file.expected) <= CHECKED | {"note", "concept"}
    assert "payoffs" in file.expected


@named
def test_every_parameter_has_a_source_and_a_range_around_it(path: Path) -> None:
    for name, spec in summit(path).file.parameters.items():
        assert spec.source, name
        assert spec.range is not None, name
        low, high = bounds(list(spec.range))
        assert low <= Fraction(spec.value) <= high, name


def solved(talks: Any) -> Any:
    """All equilibria of the concept that the file expects; by default, one pure one."""
    concept = talks.file.expected.get("concept")
    return dt.solve(talks) if concept is None else dt.solve(talks, concept=concept, limit=20)


def check_certified(talks: Any) -> None:
    result = solved(talks)
    assert result.equilibria
    for equilibrium in result.equilibria:
        assert equilibrium.certificate.verdict == "proved"
        assert equilibrium.certificate.max_regret == 0


def check_payoffs(talks: Any) -> None:
    result = solved(talks)
    expected = {party: bounds(x) for party, x in talks.file.expected["payoffs"].items()}
    if "concept" in talks.file.expected:
        assert result.stopped in ("finished", "limit")
        found = {p: [eq.payoffs[p] for eq in result.equilibria] for p in expected}
        assert {p: (min(values), max(values)) for p, values in found.items()} == expected
        return
    assert result.payoff_range_exact
    assert {party: result.payoff_range[party] for party in expected} == expected


def check_verdicts(talks: Any) -> None:
    expected = talks.file.expected
    if not talks.bundles:
        return
    report = dt.stability(talks)
    for key in ("selected", "stable", "honoured", "acceptable"):
        if key in expected:
            assert [v.name for v in report if getattr(v, key)] == expected[key], key
    for name, chances in expected.get("agreed", {}).items():
        assert report[name].agreed == bounds(chances), name


@named
def test_solves_and_is_certified(path: Path) -> None:
    check_certified(summit(path))


@named
def test_payoffs_are_as_expected(path: Path) -> None:
    check_payoffs(summit(path))


@named
def test_verdicts_are_as_expected(path: Path) -> None:
    check_verdicts(summit(path))


def test_the_documented_example_answers_what_it_expects() -> None:
    assert {"selected", "stable", "payoffs"} <= set(documented().file.expected)
    check_certified(documented())
    check_payoffs(documented())
    check_verdicts(documented())


def test_the_documented_example_is_what_its_note_says() -> None:
    report = dt.stability(documented())
    assert report["kumgang + full + inspected"].stable
    assert report["kumgang + full"].stable is False


# ── Hanoi ──────────────────────────────────────────────────────────────────────────────────────


@named_hanoi
def test_variants_keep_the_numbers_of_the_main_file(path: Path) -> None:
    main, variant = (summit(p).file.parameters for p in (ROOT / "games/hanoi-2019.yaml", path))
    shared = main.keys() & variant.keys()
    if path.stem in SMALLER:
        assert len(shared) >= 5
        assert {n: main[n].value for n in shared} == {n: variant[n].value for n in shared}
        return
    assert len(shared) >= 35
    assert {name: main[name] for name in shared} == {name: variant[name] for name in shared}


def test_hanoi_has_all_levels_and_every_feasible_bundle() -> None:
    hanoi = shipped("hanoi-2019")
    levels = {term: list(spec.levels) for term, spec in hanoi.file.terms.items()}
    assert levels == {
        "relief": ["none", "kumgang", "kumgang_kaesong", "civilian", "all"],
        "yongbyon": ["none", "partial", "full", "dismantled"],
        "inspections": ["none", "inspected"],
        "beyond": ["nothing", "declared"],
    }
    # Of 80 combinations, five have inspectors and nothing to inspect.
    assert len(hanoi.bundles) == 75


def hinges() -> list[tuple[str, str, str, str]]:
    """The rows of the table in docs/hanoi.md: bundle, stable, parameter, where that changes."""
    text = (ROOT / "docs/hanoi.md").read_text()
    rows = re.findall(
        r"^\| (\w+ \+ .*?) \| (yes|no) \| (\w+) \| .*? \| .*? \| ([\d.]+) \|$", text, re.M
    )
    return [(bundle, verdict, parameter, at) for bundle, verdict, parameter, at in rows]


def drivers() -> dict[str, int]:
    """The first table in docs/hanoi.md: parameter → how many verdicts it changes."""
    text = (ROOT / "docs/hanoi.md").read_text()
    rows = re.findall(r"^\| (\w+) \| [\d./]+ \| [\d./–]+ \| (\d+) \|$", text, re.M)
    return {parameter: int(count) for parameter, count in rows}


def test_the_tables_of_the_documentation_are_read() -> None:
    assert len(hinges()) == 30
    assert len(drivers()) == 13


@pytest.mark.slow
def test_so_many_verdicts_change_with_each_number() -> None:
    hanoi = shipped("hanoi-2019")
    before = {v.name: v.stable for v in dt.stability(hanoi)}
    changed: dict[str, set[str]] = {}
    for name, spec in hanoi.file.parameters.items():
        for value in spec.range:
            report = dt.stability(hanoi.at(**{name: value}))
            found = {v.name for v in report if v.stable != before[v.name]}
            changed.setdefault(name, set()).update(found)
    counts = {name: len(found) for name, found in changed.items()}
    assert {name: count for name, count in counts.items() if count > 5} == drivers()
    for name in ("kumgang_route", "kaesong_route", "council_route", "erosion", "more_erosion",
                 "eroded_share", "squeeze", "drained", "fatigue", "us_patience",
                 "dprk_patience"):  # fmt: skip
        assert counts[name] == 0


@pytest.mark.parametrize(("bundle", "verdict", "parameter", "at"), hinges())
def test_hinges_in_the_documentation(bundle: str, verdict: str, parameter: str, at: str) -> None:
    spec = shipped("hanoi-2019").file.parameters[parameter]
    value, turn, (low, high) = Fraction(spec.value), Fraction(at), bounds(list(spec.range))
    for share, expected in (
        (Fraction(19, 20), verdict == "yes"),
        (Fraction(21, 20), verdict != "yes"),
    ):
        moved = min(max(low, value + share * (turn - value)), high)
        changed = shipped("hanoi-2019", **{parameter: moved})
        assert dt.stability(changed, bundles=[bundle])[bundle].stable is expected


@pytest.mark.slow
def test_no_other_number_of_hanoi_changes_these_verdicts_at_the_ends_of_its_range() -> None:
    listed = {(bundle, parameter) for bundle, _, parameter, _ in hinges()}
    bundles = [*dict.fromkeys(bundle for bundle, _ in listed), "kumgang + full"]
    before = dt.stability(shipped("hanoi-2019"), bundles=bundles)
    changed = set()
    for name, spec in shipped("hanoi-2019").file.parameters.items():
        for value in spec.range:
            report = dt.stability(shipped("hanoi-2019", **{name: value}), bundles=bundles)
            changed |= {(b, name) for b in bundles if report[b].stable != before[b].stable}
    assert changed == listed


LARGE = "all + full + inspected + declared"
SMALL = "kumgang + partial + inspected"


def test_verdicts_round_by_round() -> None:
    hanoi = shipped("hanoi-2019")
    reports = {number: dt.stability(hanoi, round=number) for number in (1, 2, 3)}
    assert [v.name for v in reports[1].stable] == [LARGE, "all + dismantled + inspected + declared"]
    assert len(reports[2].stable) == 4
    assert len(reports[3].stable) == 16
    assert all(v.acceptable for v in reports[3])
    kept = [{v.name for v in report if v.honoured} for report in reports.values()]
    assert kept[0] == kept[1] == kept[2] == {v.name for v in reports[3].stable}
    assert reports[3][SMALL].breakdown == {"US": -140, "DPRK": -300, "ROK": -300}


def test_what_kumgang_brings_over_a_breakdown() -> None:
    verdict = dt.stability(shipped("hanoi-2019"), bundles=[SMALL])[SMALL]
    gains = {p: verdict.values[p] - verdict.breakdown[p] for p in ("US", "DPRK")}
    assert gains == {"US": Fraction("977.5"), "DPRK": Fraction("2072.5")}


@pytest.mark.slow
def test_so_many_numbers_change_what_the_talks_settle_on() -> None:
    hanoi = shipped("hanoi-2019")
    changed, broken, small = set(), set(), set()
    for name, spec in hanoi.file.parameters.items():
        for value in spec.range:
            moved = hanoi.at(**{name: value})
            verdict = dt.stability(moved, bundles=[LARGE])[LARGE]
            if not verdict.stable:
                broken.add(name)
            if verdict.agreed == (1, 1):
                continue
            changed.add(name)
            settled = [v.terms["relief"] for v in dt.stability(moved).selected]
            if not set(settled) <= {"all", "civilian"}:
                small.add(name)
    assert (len(changed), len(broken)) == (15, 8)
    assert broken < changed
    assert small == {"pressure", "us_value_per_weapon"}


def test_with_relief_for_the_zones_only_the_talks_settle_on_kumgang(tmp_path: Path) -> None:
    text = (ROOT / "games/hanoi-2019.yaml").read_text(encoding="utf-8")
    limited = text.replace("feasible:\n", "feasible:\n  - relief <= kumgang_kaesong\n")
    assert limited != text
    path = tmp_path / "zones.yaml"
    path.write_text(limited, encoding="utf-8")
    assert [v.name for v in dt.stability(dt.load(path)).selected] == [SMALL]


def test_a_patient_north_holds_out_for_more() -> None:
    hanoi = shipped("hanoi-2019")
    assert dt.solve(hanoi).payoff_range["US"] == (1250, 1250)
    assert dt.solve(hanoi.at(dprk_patience=1)).payoff_range["US"] == (0, 0)
    alone = dt.stability(hanoi)["all + full + inspected"]
    best = max((v for v in dt.stability(hanoi) if v.stable), key=lambda v: v.values["DPRK"])
    assert best.name == alone.name
    assert alone.values["US"] == 0


def test_at_dear_pressure_the_talks_settle_on_kumgang() -> None:
    for changes in ({"pressure": "0.9"}, {"us_value_per_weapon": 80}):
        report = dt.stability(shipped("hanoi-2019", **changes))
        assert [v.name for v in report.selected] == ["kumgang + partial + inspected"]


OFFER = "civilian + dismantled + inspected"
DEMAND = "all + dismantled + inspected + declared + given_up"


def all_in(**values: Any) -> Any:
    return dt.stability(shipped("hanoi-2019-all-in", **values))


@pytest.mark.parametrize(
    ("parameter", "demand", "offer"),
    [("detection_beyond", "0.74", "0.75"), ("detection_inspected", "0.66", "0.65")],
)
def test_the_offer_is_taken_where_cheating_beyond_it_is_no_use(
    parameter: str, demand: Any, offer: Any
) -> None:
    before, after = all_in(**{parameter: demand}), all_in(**{parameter: offer})
    assert [v.name for v in before.selected] == [DEMAND]
    assert (before[DEMAND].honoured, before[OFFER].stable) == (False, True)
    assert [v.name for v in after.selected] == [OFFER]
    assert after[OFFER].kept == (Fraction(4, 5), Fraction(4, 5))  # the legal route


@pytest.mark.parametrize(
    ("parameter", "holds", "fails", "some", "empty"),
    [("pressure", "0.38", "0.39", "0.49", "0.5"), ("us_value_per_weapon", 189, 188, 143, 142)],
)
def test_the_price_at_which_the_offer_no_longer_holds(
    parameter: str, holds: Any, fails: Any, some: Any, empty: Any
) -> None:
    stable = [all_in(**{parameter: x})[OFFER].stable for x in (holds, fails)]
    assert stable == [True, False]
    assert [v.name for v in all_in(**{parameter: some}).selected] == [DEMAND]
    report = all_in(**{parameter: empty})
    assert [v.name for v in report.selected] == [OFFER, DEMAND]
    assert {v.kept for v in report.selected} == {(0, 0)}


def test_erosion_at_its_worst_needs_dear_pressure_to_undo_kumgang() -> None:
    name = "kumgang + partial + inspected"
    for pressure, stable in (("0.345", True), ("0.347", False)):
        worst = {"erosion": "0.6", "eroded_share": "0.6", "pressure": pressure}
        assert dt.stability(shipped("hanoi-2019", **worst), bundles=[name])[name].stable is stable


def test_no_more_of_a_deal_is_carried_out_than_the_route_allows() -> None:
    for route in ("0.6", "0.9"):
        changed = shipped("hanoi-2019", council_route=route)
        (struck,) = dt.stability(changed).selected
        assert struck.agreed == (1, 1)
        assert struck.kept == (Fraction(route), Fraction(route))


def test_kumgang_fails_where_erosion_pays_for_china() -> None:
    name = "kumgang + partial + inspected"
    for share, stable in (("0.41", True), ("0.43", False)):
        changed = shipped("hanoi-2019-erosion-players", eroded_share=share)
        assert dt.stability(changed, bundles=[name])[name].stable is stable


# ── what the teaching games are known to answer ────────────────────────────────────────────────


def test_ultimatum_has_two_subgame_perfect_offers() -> None:
    result = dt.solve(shipped("ultimatum"), all=True)
    assert {eq.payoffs["Proposer"] for eq in result.equilibria} == {1, Fraction(9, 10)}


def closed_form(rounds: int, d1: Fraction, d2: Fraction) -> Fraction:
    """Rubinstein 1982: what the first side gets of one unit."""
    k = rounds // 2
    share = (1 - d2) * (1 - (d1 * d2) ** k) / (1 - d1 * d2)
    return share + (d1 * d2) ** k * (rounds % 2)


def grid_values(rounds: int, units: int, d: tuple[Fraction, Fraction]) -> set[tuple[Fraction, ...]]:
    """All pure subgame-perfect payoffs of alternating offers of whole units, worked out by hand.

    In a round the responder can get anything it expects from a refusal; it takes an offer above the
    least of these, and may take or leave one that equals what follows a refusal.
    """
    values: set[tuple[Fraction, ...]] = {(Fraction(0), Fraction(0))}
    for number in range(rounds, 0, -1):
        proposer, responder = (number - 1) % 2, number % 2
        later = {tuple(x * factor for x, factor in zip(v, d, strict=True)) for v in values}
        if number == rounds:
            later = values
        offers = []
        for k in range(units + 1):
            deal = [Fraction(0)] * 2
            deal[proposer], deal[responder] = Fraction(units - k, units), Fraction(k, units)
            taken = {tuple(deal)} if deal[responder] >= min(v[responder] for v in later) else set()
            offers.append(taken | {v for v in later if v[responder] >= deal[responder]})
        offers.append(set(later))  # no offer
        floor = max(min(v[proposer] for v in outcomes) for outcomes in offers)
        values = {v for outcomes in offers for v in outcomes if v[proposer] >= floor}
    return values


@pytest.mark.parametrize(
    ("d1", "d2"), [("4/5", "4/5"), ("9/10", "1/2"), ("1", "3/5"), ("1/10", "1/3")]
)
def test_rubinstein_on_the_grid_and_in_closed_form(d1: str, d2: str) -> None:
    game = shipped("rubinstein-1982-three-rounds", first_patience=d1, second_patience=d2)
    result = dt.solve(game)
    assert set(result.payoff_set) == grid_values(3, 25, (Fraction(d1), Fraction(d2)))
    share = closed_form(3, Fraction(d1), Fraction(d2))
    # Each round's proposer rounds up to a unit, and may have to add one to break a tie.
    assert all(abs(x - share) <= Fraction(3, 25) for x in result.payoff_range["First"])


def test_rubinstein_meets_the_closed_form_exactly_where_it_lies_on_the_grid() -> None:
    game = shipped("rubinstein-1982-three-rounds")
    assert closed_form(3, Fraction(4, 5), Fraction(4, 5)) == Fraction(21, 25)
    assert dt.solve(game).payoff_range["First"] == (Fraction(20, 25), Fraction(21, 25))


def test_entry_deterrence_refuses_the_incredible_threat() -> None:
    game = shipped("entry-deterrence").game
    threat = dt.Profile.pure(game, [0, 1])  # out; fight
    assert dt.certify(game, threat, concept="nash").verdict == "proved"
    assert dt.certify(game, threat, concept="spe").verdict == "refuted"


def test_centipede_stops_at_once_although_both_would_gain() -> None:
    result = dt.solve(shipped("centipede-rosenthal-1981"), all=True)
    assert result.count == 1
    assert all(action == "stop" for _, action in result.equilibria[0].path)


@pytest.mark.parametrize(
    ("p", "c_a", "c_b"),
    [("0.6", "0.2", "0.1"), ("0.5", "0", "0"), ("0.35", "0.07", "0.2"), ("1", "1", "1")],
)
def test_fearons_zone_of_agreement(p: str, c_a: str, c_b: str) -> None:
    report = dt.stability(shipped("fearon-1995-complete-information", p=p, c_A=c_a, c_B=c_b))
    low, high = Fraction(p) - Fraction(c_a), Fraction(p) + Fraction(c_b)
    zone = [f"x{k}" for k in range(11) if low <= Fraction(k, 10) <= high]
    assert [v.name for v in report if v.acceptable] == zone


@pytest.mark.parametrize("p1", ["0.75", "0.8", "0.83", "0.9", "1"])
@pytest.mark.parametrize("p2", ["0.2", "0.4", "0.7"])
@pytest.mark.parametrize("d", ["0.5", "1"])
def test_powells_threshold(p1: str, p2: str, d: str) -> None:
    at, c = {"p1": Fraction(p1), "p2": Fraction(p2), "d": Fraction(d)}, Fraction(3, 10)
    gap = at["p1"] * (1 + at["d"]) - c - 1 - at["d"] * max(Fraction(0), at["p2"] - c)
    # Tomorrow's offers are exact to a hundredth: nothing is asked of a gap that small.
    assert gap <= 0 or gap > at["d"] / 100
    fights = dt.stability(shipped("powell-2006-commitment", **at)).selected == ()
    assert fights is (gap > 0)


@pytest.mark.parametrize("inspectors", ["inspected", "uninspected"])
@pytest.mark.parametrize(
    ("detection", "gain", "penalty"),
    [
        ("1/2", 3, 6),
        ("1/2", 3, "5.99"),
        ("1/2", "3.01", 6),
        ("0", 0, 9),
        ("1", 4, 4),
        ("0.9", 3, 4),
    ],
)
def test_inspection_deters_where_detection_times_penalty_covers_the_gain(
    inspectors: str, detection: str, gain: Any, penalty: Any
) -> None:
    where = "detection_inspected" if inspectors == "inspected" else "detection_alone"
    game = shipped("inspection-deterrence", **{where: detection}, gain=gain, penalty=penalty)
    verdict = dt.stability(game)[{"programme": "stopped", "inspections": inspectors}]
    margin = Fraction(detection) * Fraction(penalty) - Fraction(gain)
    expected = "always" if margin > 0 else "sometimes" if margin == 0 else "never"
    assert verdict.modal["honoured"] == expected
    assert verdict.honoured is (margin >= 0)


def test_a_tie_that_matters_is_told_of_pure_equilibria_only() -> None:
    report = dt.stability(shipped("tie-that-matters"))
    assert report["x"].agreed == (0, 0)
    assert "pure" in report.agreed_over
    game = shipped("tie-that-matters").game
    # Out and In alike; X with probability 2/3.
    mixed = dt.Profile.mixed(game, [Fraction(1, 2), Fraction(1, 2), Fraction(2, 3), Fraction(1, 3)])
    assert dt.certify(game, mixed, concept="spe").verdict == "proved"


# ── twins written by hand from the rules ───────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["ultimatum", "inspection-deterrence"])
def test_twins_by_hand_give_the_same_payoffs(name: str) -> None:
    twin = dt.solve(dt.load(ROOT / f"tests/twins/{name}.efg"), all=True)
    ours = dt.solve(shipped(name), all=True)
    assert set(twin.payoff_set) == set(ours.payoff_set)
    assert twin.count == ours.count
