"""Sweeps: exact verdicts at draws, shares, what decides, and parts that are kept and resumed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detente as dt
from detente.cli import run
from detente.errors import FileError, NotSupported
from detente.game.expressions import name
from detente.game.tree import Role
from detente.stability.continuation import Continuation
from detente.stability.robustness.draws.bits import INVALID, bits_of, selection_of
from detente.stability.robustness.draws.verdicts import Question, parameters_of, verdicts
from detente.stability.robustness.sweeping.rules import find_rules
from detente.stability.robustness.sweeping.tally import Tally

GAMES = Path(__file__).parent.parent / "games"
QUICK = "inspection-deterrence"


def uniform(talks: dt.Summit, count: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Plain random draws of all ranges, by another generator than the program's."""
    known = {n: p for n, p in parameters_of(talks).items() if p.low is not None}
    rng = np.random.Generator(np.random.MT19937(seed))
    rows = [rng.uniform(float(p.low), float(p.high), count) for p in known.values()]
    return list(known), np.array(rows)


def one_by_one(talks: dt.Summit, names: list[str], draw: np.ndarray, **how: object) -> list[int]:
    """What the whole program says of the file at these values."""
    values = {n: Fraction(float(x)) for n, x in zip(names, draw, strict=True)}
    try:
        report = dt.stability(talks.at(**values), **how)  # type: ignore[arg-type]
    except dt.DetenteError:
        return [INVALID] * len(talks.bundles)
    return [
        bits_of(v.acceptable, v.honoured, v.stable) | selection_of(v.selected)
        for v in report.bundles
    ]


# ── all tables in one game ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("file", "round"), [("hanoi-2019", 3), ("hanoi-2019", 2), (QUICK, 1)])
def test_tables_in_one_game_are_the_tables(file: str, round: int) -> None:
    summit = dt.load(file)
    together = summit.tables(round)
    values, roots = Continuation(together), together.children_of(0)
    assert together is summit.tables(round)
    assert len(roots) == len(summit.bundles)
    for bundle in range(0, len(summit.bundles), 7):
        alone = summit.table(bundle, round)
        assert values.values(int(roots[bundle])) == Continuation(alone).values(0)
        # Later rounds sign the bundle at the same node; nothing is lost and nothing added.
        signed = {together.node_label[v] for v in together.tagged(Role.SIGNED, bundle)}
        assert {alone.node_label[v] for v in alone.tagged(Role.SIGNED, bundle)} <= signed


def test_there_is_no_game_of_all_tables_where_something_is_hidden_or_written_by_hand() -> None:
    for file in ("hanoi-2019-false-alarms", "tie-that-matters"):
        with pytest.raises(dt.DetenteError, match="go together"):
            dt.load(file).tables()


# ── verdicts at draws ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "file",
    ["hanoi-2019", "hanoi-2019-ratification", "hanoi-2019-seoul-mediates", QUICK,
     "powell-2006-commitment", "fearon-1995-complete-information"],
)  # fmt: skip
def test_every_draw_has_the_verdicts_of_the_file_at_its_values(file: str) -> None:
    summit = dt.load(file)
    names, draws = uniform(summit, 3, 1)
    found = Question(summit, names, selected=True).answer(draws)
    for j in range(draws.shape[1]):
        assert found[:, j].tolist() == one_by_one(summit, names, draws[:, j])


def test_an_earlier_round_is_judged_there() -> None:
    summit = dt.load("hanoi-2019")
    names, draws = uniform(summit, 1, 2)
    chosen = [0, 10, 40]
    found = Question(summit, names, round=2, bundles=chosen).answer(draws)[:, 0]
    values = {n: Fraction(float(x)) for n, x in zip(names, draws[:, 0], strict=True)}
    report = dt.stability(summit.at(**values), round=2, bundles=chosen)
    assert found.tolist() == [bits_of(v.acceptable, v.honoured, v.stable) for v in report.bundles]


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.booleans())
def test_trees_by_hand_are_judged_as_one_by_one(seed: int, tied: bool) -> None:
    game = tree_with_bundles(seed, tied)
    rng = np.random.default_rng(seed)
    draws = np.vstack([rng.random((1, 6)), rng.integers(0, 3, (1, 6))])
    found = verdicts(game, draws, names=["x", "y"])
    for j in range(draws.shape[1]):
        there = game.at(x=Fraction(draws[0, j]), y=Fraction(draws[1, j]))
        report = dt.stability(there)
        alone = [bits_of(v.acceptable, v.honoured, v.stable) for v in report.bundles]
        assert found[:, j].tolist() == alone


def tree_with_bundles(seed: int, tied: bool) -> dt.Game:
    """A tree of perfect information in which two bundles are offered, signed, kept and broken."""
    rng = np.random.default_rng(seed)
    x, y = name("x"), name("y")
    bundles = [dt.Bundle("one", {"t": "one"}), dt.Bundle("two", {"t": "two"})]
    build = dt.Builder(
        ["A", "B"], bundles=bundles,
        parameters={n: dt.Parameter(n, Fraction(1, 2)) for n in ("x", "y")},
    )

    def payoff() -> list[object]:
        a, b, c = (int(v) for v in rng.integers(-2, 3, 3))
        return [a * x + b * y + c, (b if tied else c) * x - a * y]

    def signed(bundle: str) -> object:
        kept = build.tag(build.end(payoff()), Role.KEPT, bundle)
        broken = build.tag(build.end(payoff()), Role.BROKEN, bundle)
        choice = build.decide("AB"[int(rng.integers(2))], {"comply": kept, "cheat": broken})
        if rng.random() < 0.4:
            also = build.tag(build.end(payoff()), Role.KEPT, bundle)
            choice = build.chance({"on": (x, choice), "off": (1 - x, also)})
        return build.tag(choice, Role.SIGNED, bundle)

    def offered(bundle: str) -> object:
        answer = {"accept": signed(bundle), "refuse": build.end(payoff())}
        node = build.decide("AB"[int(rng.integers(2))], answer)
        if rng.random() < 0.4:
            node = build.chance({"now": (x, node), "never": (1 - x, build.end(payoff()))})
        return build.tag(node, Role.OFFERED, bundle)

    moves = {"one": offered("one"), "two": offered("two"), "again": offered("one")}
    return build.build(build.decide("A", moves))


def test_a_draw_without_a_game_is_invalid_and_says_nothing_else() -> None:
    text = (GAMES / f"{QUICK}.yaml").read_text()
    summit = dt.Summit.read(text)
    names = [n for n, p in summit.plan.document.scope.parameters.items() if p.high == 1]
    assert names
    inside, outside = np.array([[0.5], [1.0], [0.0]]).T, np.array([[-1e-9], [1 + 1e-9], [2.0]]).T
    found = verdicts(summit, np.hstack([inside, outside]), names=names[:1])
    # Whatever is a probability must be one; the file itself refuses the rest for its range.
    if (found[:, 3:] == INVALID).any():
        assert (found[:, 3:] == INVALID).all()
    assert not (found[:, :3] == INVALID).any()


PROBABILITIES = """
detente: 1
title: A chance of success
sides: [A, B]
parameters: {p: 1/2, w: 1, d: 1/2}
terms:
  help: {by: A, levels: {none: , some: {worth: {A: -1, B: 3}}}}
  thanks: {by: B, levels: {none: , some: {worth: {A: 2 / w, B: -1}}}}
discount: {per_round: {A: d}}
protocol: {kind: alternating-offers, rounds: 2, order: [A, B]}
carrying_out:
  - chance: luck
    outcomes: {good: p / w, bad: {probability: 1 - p / w, worth: {A: -1}}}
"""


def test_probabilities_discounts_and_division_make_a_draw_invalid_as_the_file_does() -> None:
    summit = dt.Summit.read(PROBABILITIES)
    names = ["p", "w", "d"]
    edge = [-0.1, 0.0, 0.3, 1.0, np.nextafter(1.0, 2), 1.5]
    draws = np.array([[p, w, d] for p in edge for w in (1.0, 0.0, 3.0) for d in edge[1:]]).T
    found = verdicts(summit, draws, names=names)
    for j in range(draws.shape[1]):
        values = {n: Fraction(float(x)) for n, x in zip(names, draws[:, j], strict=True)}
        try:
            summit.at(**values)
            fails = False
        except dt.DetenteError:
            fails = True
        # Where nothing but a worth divides by zero, the bundles that it is in have no game.
        fails = fails or values["w"] == 0
        assert (found[:, j] == INVALID).all() == fails or values["w"] == 0, values
        assert (found[:, j] == INVALID).any() == fails


def test_what_is_not_drawn_keeps_its_exact_value_and_ties_are_ties() -> None:
    text = THRESHOLD.replace("unused: {value: 1, range: [0, 2]}", "unused: 1/3")
    summit = dt.Summit.read(text.replace("gain - 1.5", "gain - 3 * unused"))
    draws = np.array([[np.nextafter(1.0, 0.0), 1.0, np.nextafter(1.0, 2.0)]])
    assert (verdicts(summit, draws, names=["gain"])[0] & 4).tolist() == [0, 4, 4]


def test_threads_and_blocks_change_nothing() -> None:
    summit = dt.load("hanoi-2019")
    names, draws = uniform(summit, 700, 5)
    question = Question(summit, names)
    whole = question.answer(draws)
    assert (question.answer(draws, threads=2) == whole).all()
    parts = [Question(summit, names).answer(draws[:, k : k + 100]) for k in range(0, 700, 100)]
    assert (np.hstack(parts) == whole).all()


def test_draws_of_another_shape_or_without_value_are_refused() -> None:
    summit = dt.load(QUICK)
    with pytest.raises(dt.DetenteError, match="a row for each"):
        verdicts(summit, np.zeros((1, 3)))
    with pytest.raises(dt.DetenteError, match="no finite number"):
        verdicts(summit, np.full((len(parameters_of(summit)), 1), np.nan))
    with pytest.raises(dt.DetenteError, match="no parameter 'nobody'"):
        Question(summit, ["nobody"])


# ── shares ─────────────────────────────────────────────────────────────────────────────────────


def test_shares_are_those_of_an_independent_sampler() -> None:
    summit = dt.load(QUICK)
    found = dt.sweep(summit, draws=1 << 14, threads=1)
    names, draws = uniform(summit, 20_000, 11)
    plain = verdicts(summit, draws, names=names)
    for at, row in enumerate(found.bundles):
        for question, bit in (("acceptable", 1), ("honoured", 2), ("stable", 4)):
            share = (plain[at] & bit != 0).mean()
            error = 4.5 * np.sqrt(max(share * (1 - share), 1e-4) / draws.shape[1])
            told = row.shares[question]
            assert told.low - error <= share <= told.high + error


def test_intervals_cover_the_share_about_as_often_as_they_say() -> None:
    summit = dt.load(QUICK)
    truth = dt.sweep(summit, draws=1 << 17, threads=2)["stopped"].stable.value
    runs = [dt.sweep(summit, draws=256, seed=s, threads=1)["stopped"].stable for s in range(40)]
    covered = sum(share.low <= truth <= share.high for share in runs)
    assert 33 <= covered <= 40
    assert all(share.high - share.low < 0.25 for share in runs)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=12),
    st.randoms(),
)
def test_a_tally_has_the_error_of_the_plain_formula_in_any_order(nets, random) -> None:  # type: ignore[no-untyped-def]
    counts = [(min(a, b), max(a, b)) for a, b in nets]
    tally, other = Tally.empty(1), Tally.empty(1)
    for hits, of in counts:
        tally.add([hits], [of])
    random.shuffle(counts)
    for hits, of in counts:
        other.add([hits], [of])
    share = tally.share(0)
    assert share == other.share(0)
    total = sum(of for _, of in counts)
    if not total:
        assert share.value is None
        return
    ratio = sum(hits for hits, _ in counts) / total
    assert share.value == ratio
    assert 0 <= share.low <= ratio <= share.high <= 1
    if 0 < share.hits < total:
        residuals = np.array([hits - ratio * of for hits, of in counts])
        error = np.sqrt(len(counts) / (len(counts) - 1) * (residuals**2).sum()) / total
        from scipy.stats import t

        half = max(t(len(counts) - 1).ppf(0.975) * error, 1 / total)
        assert abs(share.high - min(1.0, ratio + half)) < 1e-7


def test_the_same_seed_gives_the_same_and_another_other_draws() -> None:
    summit = dt.load(QUICK)
    one, again, other = (dt.sweep(summit, draws=512, seed=s, threads=2) for s in (4, 4, 5))
    assert one.bundles == again.bundles
    assert one.bundles != other.bundles


# ── what decides ───────────────────────────────────────────────────────────────────────────────

THRESHOLD = """
detente: 1
title: One number decides
sides: [A, B]
parameters:
  gain: {value: 1, range: [0, 2]}
  idle: {value: 1, range: [0, 2]}
  unused: {value: 1, range: [0, 2]}
terms:
  help: {by: A, levels: {none: , some: {worth: {A: gain - 1.5, B: 3 + idle}}}}
feasible: [help == some]
protocol: {kind: take-it-or-leave-it, proposer: B}
"""


def test_the_parameter_that_decides_is_found_in_every_way() -> None:
    summit = dt.Summit.read(THRESHOLD)
    found = dt.sweep(summit, "help=some", draws=1 << 12, indices_of=256, threads=1)
    assert found.bundles[0].stable.value == pytest.approx(0.25, abs=1e-3)
    detail = found.details[0]
    first = detail.tornado[0]
    assert first.parameter == "gain"
    assert (first.low.value, first.high.value) == (0.0, 1.0)
    assert [swing.size for swing in detail.tornado[1:]] == pytest.approx([0, 0], abs=0.05)
    index = {i.parameters: i for i in detail.indices.indices}
    assert index["gain",].total == pytest.approx(1, abs=0.1)
    assert index["gain",].first == pytest.approx(1, abs=0.1)
    assert (index["idle",].total, index["unused",].total) == (0, 0)
    (rule,) = detail.breaks.rules
    assert [(c.parameter, c.below) for c in rule.conditions] == [("gain", True)]
    assert 1.3 < rule.conditions[0].edge < 1.7
    assert rule.precision > 0.9


def test_parameters_that_move_together_have_one_index() -> None:
    more = "correlations:\n  - {between: [gain, idle], value: 0.5}\n"
    summit = dt.Summit.read(THRESHOLD + more)
    found = dt.sweep(summit, "help=some", draws=256, indices_of=64, threads=1)
    index = {i.parameters: i for i in found.details[0].indices.indices}
    assert set(index) == {("gain", "idle"), ("unused",)}
    assert index["gain", "idle"].total > 0.8
    assert index["unused",].total == 0


def test_a_planted_box_is_found_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    bins = rng.integers(0, 10, (6, 8000)).astype(np.uint8)
    edges = [np.arange(1.0, 10.0)] * 6
    box = (bins[2] >= 7) & (bins[4] < 3)
    wanted = box ^ (rng.random(8000) < 0.02)
    late = np.arange(8000) >= 4000
    names = list("abcdef")
    found = find_rules(bins, wanted, late, names, edges)
    conditions = {(c.parameter, c.below, c.edge) for c in found.rules[0].conditions}
    assert conditions == {("c", False, 7.0), ("e", True, 3.0)}
    inside = box & late
    assert found.rules[0].precision == pytest.approx(wanted[inside].mean())
    assert found.rules[0].coverage == pytest.approx((wanted & inside).sum() / wanted[late].sum())
    nothing = find_rules(bins, rng.random(8000) < 0.3, late, names, edges)
    assert nothing.rules == ()
    assert "no range" in nothing.reason
    assert find_rules(bins, np.zeros(8000, bool), late, names, edges).reason == "there are none."


# ── parts that are kept ────────────────────────────────────────────────────────────────────────


def parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*.parquet"))}


def test_parts_hold_draws_verdicts_and_what_they_follow_from(tmp_path: Path) -> None:
    import pandas
    import pyarrow.parquet

    summit = dt.load(QUICK)
    found = dt.sweep(summit, draws=512, folder=tmp_path, threads=1)
    data = pandas.read_parquet(tmp_path)
    names = list(found.drawn)
    assert len(data) == found.draws == 512
    assert sorted(data["draw"]) == list(range(512))
    again = verdicts(summit, data[names].to_numpy().T, names=names)
    for at, bundle in enumerate(summit.bundles):
        assert (data[f"bundle: {bundle.name}"].to_numpy() == again[at]).all()
    about = json.loads(
        pyarrow.parquet.read_schema(tmp_path / "part-000003.parquet").metadata[b"detente"]
    )
    assert about["part"] == 3
    assert about["settings"]["seed"] == 0
    assert about["inputs"]["title"] == summit.title
    assert about["versions"]["detente"] == dt.__version__
    assert about["bits"]["stable"] == 4


def test_what_is_there_is_counted_and_not_made_again(tmp_path: Path) -> None:
    summit = dt.load(QUICK)
    folder = tmp_path / "draws"
    whole = dt.sweep(summit, "stopped", draws=512, folder=folder, threads=1)
    before = parts(folder)
    (folder / "part-000002.parquet").unlink()
    (folder / "part-000005.parquet").write_bytes(before["part-000005.parquet"][:200])
    times = {p.name: p.stat().st_mtime_ns for p in folder.glob("part-*")}
    again = dt.sweep(summit, "stopped", draws=512, folder=folder, threads=2)
    assert again.kept == 14
    assert (again.bundles, again.details) == (whole.bundles, whole.details)
    assert parts(folder) == before
    untouched = [n for n in times if n != "part-000005.parquet"]
    assert all((folder / n).stat().st_mtime_ns == times[n] for n in untouched)
    # More draws are more nets of the same size; the first ones stay.
    more = dt.sweep(summit, "stopped", draws=1000, folder=folder, threads=1)
    assert (more.net, more.nets, more.kept) == (32, 32, 16)
    assert {n: parts(folder)[n] for n in before} == before


@pytest.mark.parametrize("values", [True, False])
def test_a_part_that_was_damaged_is_made_again(tmp_path: Path, values: bool) -> None:
    summit, rng = dt.load(QUICK), np.random.default_rng(2)
    how = {"draws": 2048, "folder": tmp_path, "threads": 1, "keep_values": values}
    whole = dt.sweep(summit, "stopped", **how)  # type: ignore[arg-type]
    before = parts(tmp_path)
    for part, contents in before.items():  # each in another place
        at = int(rng.integers(len(contents) - 40))
        garbled = bytearray(contents)
        garbled[at : at + 40] = bytes(byte ^ 255 for byte in contents[at : at + 40])
        (tmp_path / part).write_bytes(garbled)
    again = dt.sweep(summit, "stopped", **how)  # type: ignore[arg-type]
    assert (again.bundles, again.details) == (whole.bundles, whole.details)
    third = dt.sweep(summit, "stopped", **how)  # type: ignore[arg-type]
    assert third.kept == 16
    assert (third.bundles, third.details) == (whole.bundles, whole.details)


def test_of_two_sweeps_that_begin_at_once_one_has_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from detente.stability.robustness.sweeping import store

    summit, there = dt.load(QUICK), store.manifest
    dt.sweep(summit, draws=64, folder=tmp_path, threads=1)
    # The other has looked, found nothing, and is about to write when the first one has written.
    looks = iter([None])
    monkeypatch.setattr(store, "manifest", lambda folder: next(looks, there(folder)))
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))
    with pytest.raises(FileError, match="seed 0 there, 1 here"):
        dt.sweep(summit, draws=64, folder=tmp_path, seed=1, threads=1)


def test_what_a_killed_process_began_to_write_is_cleared_away(tmp_path: Path) -> None:
    old, new = tmp_path / ".part-000001-abc.part", tmp_path / ".part-000002-abc.part"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1.0, 1.0))
    dt.sweep(dt.load(QUICK), draws=64, folder=tmp_path, threads=1)
    assert not old.exists()
    assert new.exists()  # it may be another process's that is at it just now


def test_points_of_sobol_indices_are_kept_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from detente.stability.robustness.sweeping import indices

    monkeypatch.setattr(indices, "PART", 64)
    summit = dt.load(QUICK)
    how = {"draws": 64, "folder": tmp_path, "threads": 1, "indices_of": 64}
    whole = dt.sweep(summit, "stopped", **how)  # type: ignore[arg-type]
    kept = sorted((tmp_path / "_sobol").iterdir())
    assert len(kept) == 6
    before = {path: path.read_bytes() for path in kept}
    kept[1].unlink()
    kept[2].write_bytes(b"damaged")
    times = {path: path.stat().st_mtime_ns for path in (kept[0], *kept[3:])}
    again = dt.sweep(summit, "stopped", **how)  # type: ignore[arg-type]
    assert again.details == whole.details
    assert {path: path.read_bytes() for path in kept} == before
    assert {path: path.stat().st_mtime_ns for path in times} == times
    # Another bundle's, and another design's, are others.
    dt.sweep(summit, 0, **how)  # type: ignore[arg-type]
    dt.sweep(summit, "stopped", **{**how, "indices_of": 32})  # type: ignore[arg-type]
    assert {path: path.read_bytes() for path in kept} == before
    assert len(list((tmp_path / "_sobol").iterdir())) > len(kept)
    import pandas

    assert len(pandas.read_parquet(tmp_path)) == 64  # they are no draws


def test_verdicts_alone_take_less_room_and_tell_the_same(tmp_path: Path) -> None:
    summit = dt.load(QUICK)
    full = dt.sweep(summit, "stopped", draws=2048, folder=tmp_path / "a", threads=1)
    dt.sweep(summit, draws=2048, folder=tmp_path / "b", keep_values=False, threads=1)
    lean = dt.sweep(
        summit, "stopped", draws=2048, folder=tmp_path / "b", keep_values=False, threads=1
    )
    assert lean.kept == 16
    assert (lean.bundles, lean.details) == (full.bundles, full.details)
    size = [sum(map(len, parts(tmp_path / f).values())) for f in "ab"]
    assert size[1] < size[0] * 0.7


def test_a_folder_of_another_sweep_is_refused_and_it_is_said_why(tmp_path: Path) -> None:
    summit = dt.load(QUICK)
    dt.sweep(summit, draws=64, folder=tmp_path, threads=1)
    with pytest.raises(FileError, match="seed 0 there, 1 here"):
        dt.sweep(summit, draws=64, folder=tmp_path, seed=1, threads=1)
    name, *_ = parameters_of(summit)
    with pytest.raises(FileError, match="the file has changed"):
        dt.sweep(summit.at(**{name: parameters_of(summit)[name].low}), draws=64, folder=tmp_path)
    (tmp_path / "_manifest.json").unlink()
    with pytest.raises(FileError, match="nobody knows"):
        dt.sweep(summit, draws=64, folder=tmp_path, threads=1)


def test_a_sweep_that_was_killed_goes_on_to_the_same_files(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    draws = "1000000"
    command = [sys.executable, "-m", "detente", "sweep", QUICK, "--draws", draws, "--threads", "1"]
    process = subprocess.Popen(
        [*command, "--out", str(killed)], env=os.environ, stdout=subprocess.DEVNULL
    )
    while not parts(killed) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    there = parts(killed)
    assert 0 < len(there) < 16
    found = dt.sweep(dt.load(QUICK), draws=int(draws), folder=killed, threads=2)
    other = dt.sweep(dt.load(QUICK), draws=int(draws), folder=whole, threads=1)
    assert found.kept == len(there)
    assert parts(killed) == parts(whole)
    assert found.bundles == other.bundles
    shutil.rmtree(killed)


def test_a_time_limit_leaves_what_was_finished(tmp_path: Path) -> None:
    found = dt.sweep(dt.load(QUICK), draws=10**9, time_limit=2.0, folder=tmp_path, threads=1)
    assert found.stopped == "time_limit"
    assert 0 <= found.nets < found.wanted
    assert len(parts(tmp_path)) == found.nets


def test_an_interrupt_leaves_what_was_finished() -> None:
    def interrupt(text: str, done: float | None) -> None:
        if done and done > 0.2:
            raise KeyboardInterrupt

    found = dt.sweep(dt.load(QUICK), draws=512, threads=1, progress=interrupt)
    assert found.stopped == "interrupted"
    assert 3 <= found.nets < 16


# ── secrets, trees, mistakes ───────────────────────────────────────────────────────────────────


def test_hidden_information_is_judged_draw_by_draw() -> None:
    summit = dt.load("hanoi-2019-false-alarms")
    found = dt.sweep(summit, draws=2, threads=1)
    assert found.hidden
    assert found.draws == 2
    assert "selected" in found.bundles[0].shares


def test_bundles_that_are_kept_in_secret_only_where_the_talks_never_lead_are_judged() -> None:
    # No side is in the dark in these talks as written, and yet on some of the tables.
    talks = dt.load("hanoi-2019-secret-restart")
    names, draws = uniform(talks, 3, 1)
    found = verdicts(talks, draws, names=names)
    for j in range(3):
        assert found[:, j].tolist() == one_by_one(talks, names, draws[:, j])


def test_hidden_information_takes_few_draws_only_where_each_takes_a_search() -> None:
    assert not Question(dt.load("hanoi-2019-sincere-or-hedging"), ["precedent"]).one_by_one
    assert Question(dt.load("hanoi-2019-false-alarms"), ["precedent"]).one_by_one
    assert not Question(dt.load("hanoi-2019"), ["precedent"]).one_by_one


def test_nothing_finished_is_told_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sweep", "hanoi-2019", "--time-limit", "0"]) == 3
    text = capsys.readouterr().out
    assert text.splitlines()[1].startswith("Stopped early: the time limit passed.")
    assert "None of 16 nets of 4,096 draws was finished." in text


def test_a_game_of_ones_own_can_be_swept(tmp_path: Path) -> None:
    x = name("x")
    build = dt.Builder(
        ["A", "B"], bundles=[dt.Bundle("deal", {"t": "deal"})],
        parameters={"x": dt.Parameter("x", Fraction(1, 2), Fraction(0), Fraction(1))},
    )
    signed = build.tag(build.end([x - Fraction(1, 4), 1]), Role.SIGNED, "deal")
    answer = build.decide("A", {"accept": signed, "refuse": build.end([0, 0])})
    game = build.build(build.tag(answer, Role.OFFERED, "deal"))
    found = dt.sweep(game, draws=1024, folder=tmp_path, threads=1)
    assert found["deal"].stable.value == pytest.approx(0.75, abs=2e-3)
    assert dt.sweep(game, draws=1024, folder=tmp_path, threads=1).kept == 16


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([QUICK, "--draws", "0"], "draws"),
        ([QUICK, "--only", "nobody"], "no parameter 'nobody'"),
        ([QUICK, "nobody"], "nobody"),
        ([QUICK, "--ranges", "guess"], "uniform, triangular, fixed"),
        ([QUICK, "--question", "good"], "stable, acceptable"),
        ([QUICK, "--sobol", "64"], "name it"),
        ([QUICK, "stopped", "--sobol", "63"], "power of two"),
        ([QUICK, "--threads", "2", "--processes", "2"], "one of"),
        ([QUICK, "--verdicts-only"], "--out"),
        ([QUICK, "--scheduler", "tcp://127.0.0.1:1"], "no scheduler answers at tcp://127.0.0.1:1"),
        ([QUICK, "--scheduler", "nonsense"], "missing port number"),
        (["ultimatum"], "nothing to draw"),
        (["kuhn-poker"], "no bundles"),
        (["elmira"], "graph"),
    ],
)
def test_wrong_arguments_are_told(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sweep", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "how"),
    [("pyarrow", {"folder": "draws"}), ("SALib", {"bundle": "stopped", "indices_of": 4}),
     ("distributed", {"processes": 1})],
)  # fmt: skip
def test_a_library_that_is_missing_is_named(
    module: str, how: dict[str, object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotSupported, match=r"pip install 'detente\[sweeps\]'"):
        dt.sweep(dt.load(QUICK), draws=16, **how)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_the_command_line_tells_shares_and_what_decides(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["sweep", QUICK, "stopped", "--draws", "1024", "--out", str(tmp_path)]
    assert run(arguments) == 0
    text = capsys.readouterr().out
    assert "1,024 draws of 4 parameters" in text
    assert "What decides whether stopped is stable" in text
    assert run([*arguments, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["draws"], data["nets_kept"]) == (1024, 16)
    share = next(b for b in data["bundles"] if b["name"] == "stopped")["shares"]["stable"]
    assert share["low"] < share["value"] == share["draws"] / share["of"] < share["high"]
    assert data["details"][0]["tornado"][0]["shares"]


def test_every_key_of_the_data_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    def keys(data: object) -> set[str]:
        if isinstance(data, dict):
            return set(data).union(*map(keys, data.values()))
        return set().union(*map(keys, data)) if isinstance(data, list) else set()

    arguments = ["sweep", QUICK, "stopped", "--draws", "1024", "--sobol", "16", "--json"]
    assert run(arguments) == 0
    data = json.loads(capsys.readouterr().out)
    for part in ("game", "drawn", "detente"):
        data.pop(part, None)
    found = keys(data) - {"acceptable", "honoured", "stable", "undecided"}
    page = (GAMES.parent / "docs/sweeps.md").read_text(encoding="utf-8")
    assert [key for key in sorted(found) if f"`{key}`" not in page] == []


def test_a_parameter_that_is_set_is_not_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    name, *others = parameters_of(dt.load(QUICK))
    value = parameters_of(dt.load(QUICK))[name].low
    setting = f"{name}={value}"
    assert run(["sweep", QUICK, "--draws", "64", "--set", setting, "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["drawn"]) == others


def test_shares_come_as_a_data_frame_and_as_a_page() -> None:
    found = dt.sweep(dt.load(QUICK), draws=64, threads=1)
    frame = found.to_frame()
    assert frame.loc["stopped", "stable"] == found["stopped"].stable.value
    assert frame.loc["stopped", "draws"] == 64
    assert "stopped" in found._repr_html_()


# ── many machines ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ({"tcp://a:1": dt.__version__, "tcp://b:2": "0.0.9"}, "tcp://b:2 has detente 0.0.9, and"),
        ({"tcp://a:1": None}, "tcp://a:1 has no detente"),
        ({}, "has no workers"),
    ],
)
def test_workers_that_cannot_help_are_found_out_at_once(
    workers: dict[str, str | None], said: str
) -> None:
    from detente.stability.robustness.sweeping.crew import _check_workers

    class Client:
        def wait_for_workers(self, count: int, timeout: float) -> None:
            if len(workers) < count:
                raise TimeoutError

        def run(self, asked: object, on_error: str) -> dict[str, str | None]:
            return workers

    with pytest.raises(NotSupported, match=said):
        _check_workers(Client(), "tcp://x:1")


def test_that_no_worker_is_left_is_told_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    from detente.stability.robustness.sweeping import crew

    class Client:
        workers: dict[str, int] = {}  # noqa: RUF012

        def nthreads(self) -> dict[str, int]:
            return self.workers

    client, now = Client(), iter((0.0, 20.0, 100.0, 131.0))
    monkeypatch.setattr(crew.time, "monotonic", lambda: next(now))
    since = crew._still_somebody(client, "tcp://x:1", (), None)
    assert crew._still_somebody(client, "tcp://x:1", (), since) == since == 0
    client.workers = {"tcp://y:1": 1}  # one that was started again
    since = crew._still_somebody(client, "tcp://x:1", (), since)
    assert since is None
    client.workers = {}
    since = crew._still_somebody(client, "tcp://x:1", (), since)
    with pytest.raises(NotSupported, match="no worker is left at tcp://x:1"):
        crew._still_somebody(client, "tcp://x:1", (), since)


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_its_own_part_only(tmp_path: Path) -> None:
    from detente.stability.robustness.sweeping.crew import local_processes

    summit, draws = dt.load("hanoi-2019"), 1 << 15
    alone = dt.sweep(summit, 3, draws=draws, folder=tmp_path / "alone", threads=1)
    cluster = local_processes(3)
    killed: list[int] = []

    def kill(text: str, done: float | None) -> None:
        if not killed:
            nanny = next(iter(cluster.workers.values()))
            killed.append(nanny.process.pid)
            os.kill(killed[0], signal.SIGKILL)

    try:
        found = dt.sweep(
            summit, 3, draws=draws, folder=tmp_path / "many", scheduler=cluster, progress=kill
        )
    finally:
        cluster.close()
    assert killed
    assert found.stopped == "finished"
    assert (found.bundles, found.details) == (alone.bundles, alone.details)
    assert parts(tmp_path / "many") == parts(tmp_path / "alone")
