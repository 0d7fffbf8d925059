"""Bundles: which there are, what they are called, and finding one by what people write."""

from __future__ import annotations

import pytest

from detente.errors import SummitError
from detente.game.expressions import Scope, parse
from detente.summit.bundles import Bundles

TERMS = {
    "relief": ("none", "kumgang", "kumgang+kaesong"),
    "yongbyon": ("none", "partial", "full"),
    "beyond": ("nothing", "declared"),
}
CONDITION = parse("relief != none or yongbyon != full", Scope(choices=TERMS), boolean=True)


@pytest.fixture
def deals() -> Bundles:
    titles = {("relief", "kumgang"): "Kumgang exemption"}
    return Bundles.of(TERMS, [CONDITION], titles)


def test_the_last_term_turns_fastest(deals: Bundles) -> None:
    assert deals.levels[:3] == ((0, 0, 0), (0, 0, 1), (0, 1, 0))
    assert len(deals) == 3 * 3 * 2 - 2


def test_names_leave_out_what_is_not_conceded(deals: Bundles) -> None:
    names = [bundle.name for bundle in deals.named]
    assert names[0] == "relief=none + yongbyon=none + nothing"
    assert names[1] == "declared"
    assert names[-1] == "kumgang+kaesong + full + declared"
    assert len(set(names)) == len(names)


def test_a_bundle_is_its_levels(deals: Bundles) -> None:
    assert deals.named[1].terms == {"relief": "none", "yongbyon": "none", "beyond": "declared"}


@pytest.mark.parametrize(
    ("given", "levels"),
    [
        ("kumgang + full", (1, 2, 0)),
        ("full+kumgang", (1, 2, 0)),
        ("  FULL +  Kumgang exemption ", (1, 2, 0)),
        ("relief=kumgang, yongbyon=full", (1, 2, 0)),
        ("kumgang+kaesong", (2, 0, 0)),
        ("kumgang+kaesong + declared", (2, 0, 1)),
        ("kumgang + none", (1, 0, 0)),
        ("none", (0, 0, 0)),
        ({"beyond": "declared", "relief": "kumgang"}, (1, 0, 1)),
        ({}, (0, 0, 0)),
    ],
)
def test_finding_is_lenient(deals: Bundles, given: object, levels: tuple[int, ...]) -> None:
    assert deals.levels[deals.find(given)] == levels  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("kumgang + ful", r"no term has a level 'ful'.*Close: 'kumgang \+ full'"),
        ("", "no term has a level ''"),
        ("kumgang + relief=none", "term 'relief' is given two levels"),
        ("relief=partial", "term 'relief' has no level 'partial'"),
        ({"reliev": "none"}, "no term 'reliev'.*Did you mean 'relief'"),
        ("full", "'full' is not feasible"),
    ],
)
def test_what_is_not_there_is_refused(deals: Bundles, given: object, message: str) -> None:
    with pytest.raises(SummitError, match=message):
        deals.find(given)  # type: ignore[arg-type]


def test_a_level_of_two_terms_has_to_be_spelled() -> None:
    deals = Bundles.of({"fish": ("none", "some"), "coal": ("none", "some")})
    assert deals.named[3].name == "fish=some + coal=some"
    with pytest.raises(SummitError, match="Write 'fish=some' or 'coal=some'"):
        deals.find("some")


def test_no_bundle_at_all_is_refused() -> None:
    never = parse("relief == none and relief != none", Scope(choices=TERMS), boolean=True)
    with pytest.raises(SummitError, match="no combination"):
        Bundles.of(TERMS, [never])


def test_too_many_combinations_are_refused_before_they_are_made() -> None:
    with pytest.raises(SummitError, match=r"about 10\^18 combinations .* at most 20,000"):
        Bundles.of({f"t{i}": ("none", "some") for i in range(60)})


@pytest.mark.slow
def test_conditions_are_asked_as_soon_as_they_can_be() -> None:
    many = {f"t{i}": tuple(f"l{k}" for k in range(10)) for i in range(40)}
    scope = Scope(choices=many)
    every = " and ".join(f"t{i} == l{i % 10}" for i in range(39))
    assert len(Bundles.of(many, [parse(every, scope, boolean=True)])) == 10
    none = " or ".join(f"t{i} != l{i % 10}" for i in range(39))
    assert len(Bundles.of(many, [parse(f"not ({none})", scope, boolean=True)])) == 10
    odd = " or ".join(f"t{i} == l1 and t39 == l9 and t{i + 1} == l1" for i in range(38))
    with pytest.raises(SummitError, match=r"take too long to find, out of about 10\^40"):
        Bundles.of(many, [parse(odd, scope, boolean=True)])
