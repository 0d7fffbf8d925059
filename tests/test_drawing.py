"""Draws of parameters, against the distributions of another library and plain reasoning."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import cumulative_simpson

import detente as dt
from detente.errors import DetenteError, NotSupported
from detente.stability.robustness.sweeping.drawing import drawing
from detente.stability.robustness.sweeping.plan import Nets, net_size

TALKS = """
detente: 1
title: Fish for coal
sides: [A, B]
parameters:
%s
terms:
  fish: {by: A, levels: {none: , some: {worth: {A: -1, B: 3}}}}
protocol: {kind: take-it-or-leave-it, proposer: A}
%s
"""
LEVELS = (np.arange(999) + 1) / 1000


def talks(parameters: str, more: str = "") -> dt.Summit:
    lines = "\n".join(f"  {line}" for line in parameters.strip().splitlines())
    return dt.Summit.read(TALKS % (lines, more))


def drawn(parameters: str, more: str = "", size: int = 4096) -> dict[str, np.ndarray]:
    found = drawing(talks(parameters, more))
    points = Nets(7, size).points(0, found.num_coordinates)
    return dict(zip(found.names, found.values(points), strict=True))


@pytest.mark.parametrize(
    ("spec", "frozen"),
    [
        ("{value: 3, range: [1, 5], distribution: uniform}", stats.uniform(1, 4)),
        (
            "{value: 2, range: [1, 5], distribution: triangular}",
            stats.triang((2 - 1) / 4, loc=1, scale=4),
        ),
        (
            "{value: 2, range: [1, 5], distribution: {kind: triangular, mode: 5}}",
            stats.triang(1, loc=1, scale=4),
        ),
        ("{value: 2, distribution: {kind: normal, sd: 3}}", stats.norm(2, 3)),
        (
            "{value: 2, range: [1, 5], distribution: {kind: normal, mean: 0, sd: 1}}",
            stats.truncnorm(1, 5),
        ),
        (
            "{value: 2, distribution: {kind: lognormal, sd: 1}}",
            stats.lognorm(
                np.sqrt(np.log(1 + 1 / 4)), scale=2 / np.sqrt(1 + 1 / 4)
            ),
        ),
        (
            "{value: 2, range: [1, 5], distribution: {kind: beta, a: 2, b: 3}}",
            stats.beta(2, 3, loc=1, scale=4),
        ),
        ("{value: 1/2, distribution: {kind: beta, a: 1/2, b: 4}}", stats.beta(0.5, 4)),
    ],
)
def test_each_distribution_has_the_quantiles_of_scipys(spec: str, frozen: object) -> None:
    found = drawing(talks(f"x: {spec}"))
    values = found.values(LEVELS[None, :])[0]
    np.testing.assert_allclose(values, frozen.ppf(LEVELS), rtol=1e-9)


@pytest.mark.parametrize(
    ("low", "high", "mean", "sd"),
    [
        (0, 1, "1/2", "1e6"), (0, 1, "1/2", "1e150"), (0, 1, "0", "1000"), (0, 1, "1e10", "1e10"),
        (0, 2, "50", "0.01"), (0, 2, "50", "1"), (-3, -1, "50", "0.1"), (0, 1, "-31", "1"),
        (0, 1, "-299.9", "1"), (0, 1, "-300.1", "1"), (0, 1, "4e5", "1"), (-8, 0, "0", "1"),
    ],
)  # fmt: skip
def test_a_normal_quantity_cut_off_far_out_or_narrowly_is_what_it_should_be(
    low: int, high: int, mean: str, sd: str
) -> None:
    value, given = (low + high) / 2, f"{{kind: normal, mean: {mean}, sd: {sd}}}"
    spec = f"x: {{value: {value}, range: [{low}, {high}], distribution: {given}}}"
    found = drawing(talks(spec)).values(LEVELS[None, :])[0]
    # By Simpson's rule over where the density is, from the end that lies nearest to the mean.
    at = float(Fraction(mean))
    peak = min(max(at, low), high)
    steep = abs(peak - at) / float(sd) ** 2
    reach = min(high - low, 60.0 / steep if steep else high - low, 20.0 * float(sd))
    first, last = max(low, peak - reach), min(high, peak + reach)
    grid = np.linspace(first, last, 200_001)
    log = -((grid - peak) * (grid + peak - 2 * at)) / (2 * float(sd) ** 2)
    sums = cumulative_simpson(np.exp(log), x=grid, initial=0.0)
    levels = np.interp(found, grid, sums / sums[-1])
    np.testing.assert_allclose(levels, LEVELS, atol=1e-6)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("{value: 1, range: [-1e400, 1e400]}", "range of 'x' is too large"),
        ("{value: 1, range: [-1.7e308, 1.7e308]}", "range of 'x' is too large"),
        ("{value: 1, distribution: {kind: normal, sd: 1e400}}", "'sd' of 'x' is too large"),
        ("{value: 1, distribution: {kind: normal, sd: 1e-400}}", "'sd' of 'x' is too small"),
        ("{value: 1, distribution: {kind: lognormal, sd: 1e300}}", "too large beside its mean"),
        ("{value: 1, distribution: {kind: lognormal, sd: 1e-300}}", "too small beside its mean"),
        (
            "{value: -1, range: [-2, -1], distribution: {kind: lognormal, sd: 1, mean: 1}}",
            "its range ends at -1",
        ),
    ],
)
def test_numbers_that_no_draw_can_have_are_refused(spec: str, said: str) -> None:
    with pytest.raises(DetenteError, match=said):
        drawing(talks(f"x: {spec}"))


def test_tenths_of_a_quantity_that_hardly_leaves_its_least_value_are_not_empty() -> None:
    spec = "{value: 1, range: [0, 1], distribution: {kind: beta, a: 1e-4, b: 1}}"
    found = drawing(talks(f"x: {spec}"))
    values = found.values(LEVELS[None, :])[0]
    counts = np.bincount(np.searchsorted(found.edges()[0], values, side="right"))
    assert (counts > 0).all()


def test_a_lognormal_quantity_is_cut_off_at_its_range() -> None:
    found = drawn("x: {value: 2, range: [1, 5], distribution: {kind: lognormal, sd: 1}}")["x"]
    whole = stats.lognorm(np.sqrt(np.log(1 + 1 / 4)), scale=2 / np.sqrt(1 + 1 / 4))
    share = (whole.cdf(3) - whole.cdf(1)) / (whole.cdf(5) - whole.cdf(1))
    assert (found >= 1).all()
    assert (found <= 5).all()
    assert abs((found <= 3).mean() - share) < 1e-3


@pytest.mark.parametrize("ends", [("0.1", "0.3"), ("1/3", "2/3"), ("-0.7", "-0.1")])
def test_no_draw_leaves_its_range_by_rounding(ends: tuple[str, str]) -> None:
    low, high = map(Fraction, ends)
    found = drawing(talks(f"x: {{value: {low}, range: [{low}, {high}]}}"))
    values = found.values(np.array([[1e-300, 0.5, 1 - 2.0**-53]]))[0]
    assert all(low <= Fraction(float(value)) <= high for value in values)


def test_ranks_are_correlated_as_the_file_says() -> None:
    found = drawn(
        """
x: {value: 2, range: [1, 5]}
y: {value: 2, range: [1, 5], distribution: triangular}
z: {value: 2, distribution: {kind: lognormal, sd: 1}}
""",
        "correlations:\n  - {between: [x, y], value: 0.6}\n  - {between: [y, z], value: -0.3}",
        1 << 15,
    )
    assert abs(stats.spearmanr(found["x"], found["y"]).statistic - 0.6) < 2e-3
    assert abs(stats.spearmanr(found["y"], found["z"]).statistic + 0.3) < 2e-3
    assert abs(stats.spearmanr(found["x"], found["z"]).statistic) < 2e-3
    assert abs(found["x"].mean() - 3) < 1e-3


def test_a_correlation_of_one_orders_alike() -> None:
    found = drawn(
        "x: {value: 2, range: [1, 5]}\ny: {value: 2, range: [1, 7]}\nz: {value: 2, range: [1, 5]}",
        "correlations:\n  - {between: [x, y], value: 1}\n  - {between: [x, z], value: -1}\n"
        "  - {between: [y, z], value: -1}",
    )
    np.testing.assert_allclose(found["y"], 1 + (found["x"] - 1) * 1.5, rtol=1e-9)
    np.testing.assert_allclose(found["z"], 6 - found["x"], rtol=1e-9)


def test_scenarios_come_as_often_as_they_weigh_and_together() -> None:
    found = drawn(
        "x: 1\ny: 2\nfree: {value: 2, range: [1, 5]}",
        """joint:
  - of: [x, y]
    scenarios:
      - {weight: 1/4, values: {x: 10, y: 1}}
      - {weight: 3/4, values: {x: 20, y: 2}}
""",
    )
    assert set(zip(found["x"].tolist(), found["y"].tolist(), strict=True)) == {(10, 1), (20, 2)}
    assert abs((found["x"] == 10).mean() - 0.25) < 1e-3
    assert abs(stats.spearmanr(found["x"], found["free"]).statistic) < 5e-3


def test_what_is_not_to_be_drawn_is_not() -> None:
    file = talks("x: {value: 2, range: [1, 5]}\ny: {value: 2, range: [1, 7]}\nz: 3\nu: "
                 "{value: 1, distribution: {kind: normal, sd: 1}}")
    assert drawing(file).names == ("x", "y", "u")
    assert drawing(file, "fixed").names == ("u",)
    assert drawing(file, only=["y"]).names == ("y",)
    assert drawing(file, fixed=["u", "x"]).names == ("y",)
    with pytest.raises(NotSupported, match="'z' has no range"):
        drawing(file, only=["z"])
    with pytest.raises(NotSupported, match="nothing to draw"):
        drawing(talks("x: 2"))
    with pytest.raises(dt.DetenteError, match="no parameter 'w'"):
        drawing(file, only=["w"])


def test_rank_correlations_that_no_normal_scores_have_are_refused() -> None:
    # Ranks may be correlated like this, but 2 sin(π/6 · r) of them is no correlation matrix.
    file = talks(
        "x: {value: 2, range: [1, 5]}\ny: {value: 2, range: [1, 7]}\nz: {value: 2, range: [1, 7]}",
        "correlations:\n  - {between: [x, y], value: -0.5}\n  - {between: [x, z], value: -0.5}\n"
        "  - {between: [y, z], value: -0.5}",
    )
    with pytest.raises(NotSupported, match="closer to zero"):
        drawing(file)


def test_nets_are_nets_and_each_is_its_own() -> None:
    nets = Nets(3, 256)
    first, second = nets.points(0, 5), nets.points(1, 5)
    for points in (first, second):
        for row in points:
            assert sorted((row * 256).astype(int).tolist()) == list(range(256))
            assert row.min() > 0
            assert row.max() < 1
    assert not (first == second).any()
    assert (Nets(3, 256).points(1, 5) == second).all()
    assert not (Nets(4, 256).points(1, 5) == second).any()


def test_nets_grow_with_the_draws_up_to_a_size_and_fit_into_memory() -> None:
    assert [net_size(n, 75) for n in (1, 16, 17, 10**4, 10**9)] == [1, 1, 2, 1024, 65_536]
    assert net_size(10**9, 20_000) * 20_000 <= 1 << 23
