"""Two versions of a summit: what differs, and which entries made the verdicts differ."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detente as dt
from detente.cli import run
from detente.errors import DetenteError, NotSupported, SummitError
from detente.loading import shipped
from detente.show.comparing import comparison_parts
from detente.stability.comparing import versions
from detente.stability.comparing.causes import TRIES, Search, searched_up_to
from detente.stability.comparing.states import ABSENT, Keys, secret_size, states
from detente.summit.differences import Between
from detente.summit.entries import Leaf, data_of, shown, tree_of
from detente.summit.model import SummitFile
from detente.summit.summit import Summit

ROOT = Path(__file__).parent.parent
BASE = """\
detente: 1
title: Coal for fish
unit: M$
horizon: 2
sides: [North, South]
parameters:
  catch: {value: 30, range: [10, 90], unit: M$, source: a guess}
  price: {value: 10, unit: M$}
  seen: 0.5
terms:
  fish:
    by: North
    levels:
      none:
      little: {worth: {North: -price, South: catch}}
      much: {worth: {North: -2 * price, South: 2 * catch}}
  coal:
    by: South
    levels:
      none:
      load: {worth: {North: 25, South: -12}}
breakdown:
  worth: {North: 0, South: 0}
protocol: {kind: alternating-offers, rounds: 2, order: [North, South]}
carrying_out:
  - compliance: delivery
    by: North
    breaches:
      poach:
        undoes: fish
        detected: seen
        answered_by: South
snap_back:
  worth: {North: -30, South: 1}
"""


PRICE = "  price: {value: 10, unit: M$}\n"


def read(text: str, name: str = "coal.yaml") -> Summit:
    return Summit.read(text, name)


def edited(*edits: tuple[str, str]) -> str:
    """The base file with texts replaced, each of which stands there once."""
    text = BASE
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def subsets(items: Sequence[Any], most: int | None = None) -> Iterator[tuple[Any, ...]]:
    top = len(items) if most is None else most
    return chain.from_iterable(combinations(items, size) for size in range(top + 1))


# ── the entries of a file ──────────────────────────────────────────────────────────────────────

SUMMITS = sorted(name for name, path in shipped().items() if hasattr(dt.load(path), "document"))


@pytest.mark.parametrize("name", SUMMITS)
def test_entries_hold_all_of_a_file(name: str) -> None:
    file = dt.load(name).file
    assert SummitFile.model_validate(data_of(tree_of(file))) == file


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("seen: 0.5", "seen: 1/2"),
        ("seen: 0.5", "seen: {value: 0.50}"),
        ("undoes: fish", "undoes: [fish]"),
        ("North: -2 * price", "North: -2*price"),
        ("North: -price", "North: {once: -price}"),
        ("sides: [North, South]", "sides: {North: , South: }"),
        ("horizon: 2\n", "# two years\nhorizon:   2\n"),
        (
            "  price: {value: 10, unit: M$}\n  seen: 0.5",
            "  seen: 0.5\n  price: {value: 10, unit: M$}",
        ),
    ],
)
def test_two_ways_to_write_the_same_do_not_differ(old: str, new: str) -> None:
    found = dt.compare(read(BASE), read(edited((old, new))))
    assert (found.entries, found.others, found.changes) == ((), (), ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Coal", "title: A little coal"),
        ("source: a guess", "source: a better guess"),
        ("range: [10, 90]", "range: [0, 100]"),
        ("seen: 0.5", "seen: {value: 0.5, note: of two}"),
    ],
)
def test_what_a_number_is_called_or_comes_from_changes_nothing(old: str, new: str) -> None:
    found = dt.compare(read(BASE), read(edited((old, new))))
    assert (found.entries, found.changes) == ((), ())
    assert [entry.difference.role for entry in found.others] == ["inert"]


def test_an_entry_is_told_with_its_lines_in_both_files() -> None:
    second = edited(("seen: 0.5", "seen:\n    value: 0.75"), ("South: -12", "South: -13"))
    found = dt.compare(read(BASE), read(second, "other.yaml"))
    told = [(str(e), *(str(place) for place in e.places)) for e in found.entries]
    assert told == [
        ("parameters.seen.value: 0.5 → 0.75", "coal.yaml:9:9", "other.yaml:10:12"),
        ("terms.coal.levels.load.worth.South: -12 → -13", "coal.yaml:21:40", "other.yaml:22:40"),
    ]


def test_steps_are_told_by_name_and_lists_by_what_is_in_them() -> None:
    second = edited(
        ("detected: seen", "detected: 1 - seen"),
        (
            "carrying_out:\n",
            "carrying_out:\n  - chance: storm\n    outcomes: {no: 1/2, yes: 1/2}\n",
        ),
        ("breakdown:", "feasible: [coal == none or fish != none]\nbreakdown:"),
    )
    found = dt.compare(read(BASE), read(second))
    assert [entry.difference.words for entry in found.entries] == [
        "feasible",
        "carrying_out.storm",
        "carrying_out.delivery.breaches.poach.detected",
    ]
    assert [entry.difference.kind for entry in found.entries] == ["added", "added", "changed"]


def test_the_order_of_levels_is_an_entry_of_its_own() -> None:
    second = edited(("levels:\n      none:\n      load: {worth: {North: 25",
                     "levels:\n      load: {worth: {North: 25"),
                    ("South: -12}}\n", "South: -12}}\n      none:\n"))  # fmt: skip
    found = dt.compare(read(BASE), read(second))
    assert [str(entry) for entry in found.entries] == ["terms.coal.levels: in another order"]


def test_a_number_that_one_file_has_is_no_cause_but_what_mentions_it_is() -> None:
    second = edited(
        ("  seen: 0.5\n", "  seen: 0.5\n  toll: 20\n"), ("North: -price", "North: -price - toll")
    )
    found = dt.compare(read(BASE), read(second))
    assert [entry.difference.words for entry in found.entries] == [
        "terms.fish.levels.little.worth.North"
    ]
    assert [str(entry) for entry in found.others] == ["parameters.toll: {value: 20} is new"]
    assert {found.because(row.causes) for row in found.changes} == {"1"}


def test_long_entries_are_cut_short() -> None:
    assert shown(Leaf("x" * 100, None), 10) == "x" * 9 + "…"


HANOI = [
    pytest.param(name, marks=pytest.mark.slow if name.endswith("hedging") else ())
    for name in SUMMITS
    if name.startswith("hanoi-2019")
]


@pytest.mark.parametrize("name", HANOI)
def test_all_differences_made_are_the_second_file_and_none_the_first(name: str) -> None:
    first, second = dt.load("hanoi-2019"), dt.load(name)
    between = Between.of(first.document, second.document)
    everything = range(len(between.differences))
    for made, wanted in (((), first), (everything, second)):
        got = Summit(between.document(frozenset(made)))
        assert [b.name for b in got.bundles] == [b.name for b in wanted.bundles]
        assert words(got) == words(wanted)


def words(summit: Summit) -> list[str]:
    return [verdict.word for verdict in dt.stability(summit)]


# ── smallest sets, against trying all ──────────────────────────────────────────────────────────

COUNT = 5
MADE = list(subsets(range(COUNT)))


def smallest(holds: Collection[frozenset[int]]) -> set[tuple[int, ...]]:
    return {tuple(sorted(s)) for s in holds if not any(other < s for other in holds)}


@given(st.sets(st.sampled_from(MADE[1:-1])), st.sets(st.sampled_from(MADE[1:-1])))
def test_smallest_sets_are_those_of_trying_all(one: set[Any], two: set[Any]) -> None:
    everything = frozenset(range(COUNT))
    effects = {"one": {frozenset(s) for s in one}, "two": {frozenset(s) for s in two}}
    search = Search(
        COUNT, lambda made, asked: {t: made in effects[t] for t in asked}, ["one", "two"], COUNT
    )
    list(search.steps())
    for target, sets in effects.items():
        causes = search.causes(target)
        assert set(causes.sets) == smallest({*sets, everything})
        assert causes.complete(COUNT)
        assert causes.minimal


@given(st.sets(st.sampled_from(MADE[1:-1])), st.integers(0, 2))
def test_where_not_all_is_tried_a_set_is_thinned_out(one: set[Any], up_to: int) -> None:
    everything = frozenset(range(COUNT))
    effects = {*map(frozenset, one), everything}
    tried: list[frozenset[int]] = []

    def effect(made: frozenset[int], asked: Collection[str]) -> dict[str, bool]:
        tried.append(made)
        return dict.fromkeys(asked, made in effects)

    search = Search(COUNT, effect, ["one"], up_to)
    list(search.steps())
    causes = search.causes("one")
    small = {s for s in smallest(effects) if len(s) <= up_to}
    if small:
        assert set(causes.sets) == small
    else:
        (found,) = map(frozenset, causes.sets)
        assert found in effects
        assert not any(found - {i} in effects for i in found)
        assert not causes.minimal or not any(set(s) < found for s in smallest(effects))
    assert len(tried) == len(set(tried))  # nothing is tried twice


def test_thinning_gives_up_after_so_many_tries() -> None:
    tried: list[frozenset[int]] = []

    def effect(made: frozenset[int], asked: Collection[str]) -> dict[str, bool]:
        tried.append(made)
        return dict.fromkeys(asked, len(made) > 280)

    search = Search(300, effect, ["one", "two"], 0)
    list(search.steps())
    assert len(tried) <= TRIES
    for target in ("one", "two"):
        causes = search.causes(target)
        assert not causes.thin
        assert not causes.minimal
        assert 280 < len(causes.sets[0]) <= 300


def test_what_cannot_be_made_has_no_effect() -> None:
    search = Search(
        3, lambda made, asked: {} if len(made) == 1 else dict.fromkeys(asked, True), ["it"], 3
    )
    list(search.steps())
    assert search.causes("it").sets == ((0, 1), (0, 2), (1, 2))


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 12, 22, 23, 256, 257])
def test_how_many_are_tried(count: int) -> None:
    size = searched_up_to(count)
    tries = sum(1 for _ in zip(subsets(range(count), size), range(TRIES + 2), strict=False)) - 1
    assert tries <= TRIES
    assert size == count or count > 8


# ── causes, against editing the text by hand ───────────────────────────────────────────────────

EDITS = [
    ("value: 30", "value: 11"),
    ("value: 10,", "value: 26,"),
    ("seen: 0.5", "seen: 0.1"),
    ("North: 25", "North: 14"),
    ("South: -12", "South: -35"),
    ("worth: {North: 0, South: 0}", "worth: {North: 4, South: 0}"),
    ("{North: -30, South: 1}", "{North: -8, South: 1}"),
    ("rounds: 2", "rounds: 1"),
]


@settings(deadline=None, max_examples=12)
@given(st.sets(st.sampled_from(EDITS), min_size=1, max_size=4))
def test_causes_are_those_of_editing_the_text(edits: set[tuple[str, str]]) -> None:
    chosen = sorted(edits, key=lambda edit: BASE.index(edit[0]))
    found = dt.compare(read(BASE), read(edited(*chosen)))
    lines = [BASE[: BASE.index(old)].count("\n") + 1 for old, _ in chosen]
    assert [entry.places[0].line for entry in found.entries if entry.places[0]] == lines
    verdicts = {made: words(read(edited(*made))) for made in subsets(chosen)}
    last = verdicts[tuple(chosen)]
    for i, row in enumerate(found.rows):
        before, after = verdicts[()][i], last[i]
        assert row.words == (before, after)
        if before == after:
            assert row.causes is None
            continue
        holding = {
            frozenset(map(chosen.index, made))
            for made, said in verdicts.items()
            if said[i] == after
        }
        assert row.causes is not None
        assert set(row.causes.sets) == smallest(holding)


def test_entries_that_matter_only_together_are_named_together() -> None:
    first = dt.load("hanoi-2019")
    second = first.at(pressure="0.38", us_value_per_weapon="200", detection_alone="0.5")
    found = dt.compare(first, second)
    said = {row.name: found.because(row.causes) for row in found.changes}
    assert said["kumgang + partial"] == "3"
    assert said["civilian + full"] == "1 or 2"
    assert said["all + full + declared"] == "1 with 2"
    for alone in ({"pressure": "0.38"}, {"us_value_per_weapon": "200"}):
        report = dt.stability(
            first.at(**alone), bundles=["civilian + full", "all + full + declared"]
        )
        assert [verdict.word for verdict in report] == ["broken", "stable"]
    both = first.at(pressure="0.38", us_value_per_weapon="200")
    assert dt.stability(both)["all + full + declared"].word == "broken"
    assert found.because(found.talks) == "1 with 2"


# ── bundles that one file alone has ────────────────────────────────────────────────────────────


def test_a_bundle_that_is_ruled_out_is_explained_by_the_rule() -> None:
    second = edited(("breakdown:", "feasible:\n  - coal == none or fish != none\nbreakdown:"))
    found = dt.compare(read(BASE), read(second))
    row = found["load"]
    assert row.words == ("refused", ABSENT)
    assert found.because(row.causes) == "1"
    assert found.entries[0].places[1] is not None
    assert found.entries[0].places[1].line == 22


def test_a_new_term_counts_as_being_at_its_first_level_before() -> None:
    second = edited(
        ("breakdown:", "  visits:\n    by: South\n    levels: [none, yearly]\nbreakdown:")
    )
    found = dt.compare(read(BASE), read(second))
    assert len(found.rows) == 12
    common = [row for row in found.rows if row.first is not None]
    assert len(common) == 6
    assert all(row.second is not None for row in common)
    new = [row for row in found.rows if row.first is None]
    assert all(found.because(row.causes) == "1" for row in new)
    assert found["load"].words == ("refused", "refused")


def test_files_that_are_nothing_alike_are_compared_too() -> None:
    found = dt.compare(dt.load("ultimatum"), read(BASE), time_limit=20)
    assert all(None in (row.first, row.second) for row in found.rows)
    assert len(found.entries) > 8
    assert found.skipped


# ── the talks, secrets, trees ──────────────────────────────────────────────────────────────────


def test_who_proposes_last_decides_how_talks_end() -> None:
    watched = ("seen: 0.5", "seen: 0.9")
    rounds = "rounds: 2, order: [North, South]"
    first, second = (
        edited(watched, (rounds, f"rounds: 1, order: [{side}]")) for side in ("North", "South")
    )
    found = dt.compare(read(first), read(second))
    assert not found.changes
    ends = [[settled.name for settled in talks or ()] for talks in found.outcomes]
    assert ends == [["little + load"], ["much + load"]]
    assert found.because(found.talks) == "1"


def test_the_talks_that_end_alike_have_no_cause() -> None:
    found = dt.compare(read(BASE), read(edited(("South: -12", "South: -13"))))
    assert found.talks is None


def test_a_cause_under_hidden_information() -> None:
    found = dt.compare(dt.load("hanoi-2019-secret-restart"), dt.load("hanoi-2019-false-alarms"))
    assert len(found.entries) == 1
    assert found.changes
    assert {found.because(row.causes) for row in found.changes} == {"1"}
    words_ = {row.words for row in found.changes}
    assert all(one != two for one, two in words_)


TREE = """\
detente: 1
title: By hand
sides: [A, B]
parameters: {gain: 3}
terms: {deal: {by: A, levels: [none, done]}}
tree:
  player: A
  offers: {deal: done}
  moves:
    accept:
      player: B
      signs: {deal: done}
      moves:
        comply: {worth: {A: 1, B: 2}, keeps: {deal: done}}
        cheat: {worth: {A: -1, B: gain}, breaks: {deal: done}}
    refuse: {worth: {A: 0, B: 0}}
"""


def test_a_tree_by_hand() -> None:
    second = TREE.replace("gain: 3", "gain: 4").replace("B: gain", "B: gain - 3")
    found = dt.compare(read(TREE), read(second))
    (row,) = found.changes
    assert row.words == ("refused and broken", "stable")
    assert found.because(row.causes) == "2"
    assert str(found.entries[1]) == "tree.moves.accept.moves.cheat.worth.B: gain → gain - 3"


# ── values ─────────────────────────────────────────────────────────────────────────────────────


def test_values_of_both_stand_in_the_frame() -> None:
    found = dt.compare(read(BASE), read(edited(("South: -12", "South: -13"))))
    frame = found.to_frame()
    assert list(frame.index) == [row.name for row in found.rows]
    moved = frame["value: South, second"] - frame["value: South, first"]
    assert set(moved) == {0, -1}
    assert found.to_frame(exact=False)["value: South, first"].dtype == float
    assert "entries differ" in repr(found)
    assert "<table>" in found._repr_html_()


def test_both_ways_round_find_the_same_changes() -> None:
    one, two = read(BASE), read(edited(EDITS[0], EDITS[3]))
    there, back = dt.compare(one, two), dt.compare(two, one)
    assert {(r.name, *r.words) for r in there.changes} == {
        (r.name, *reversed(r.words)) for r in back.changes
    }
    assert len(there.entries) == len(back.entries)


def test_nothing_differs_from_itself() -> None:
    found = dt.compare(read(BASE), read(BASE))
    assert (found.entries, found.others, found.changes, found.talks) == ((), (), (), None)


def test_a_bundle_is_found_by_any_of_its_names() -> None:
    found = dt.compare(read(BASE), read(BASE))
    assert found["load + much"] is found["much, load"] is found[5]
    with pytest.raises(SummitError, match="neither file has a bundle 'gold'"):
        found["gold"]


# ── being stopped ──────────────────────────────────────────────────────────────────────────────


def test_an_interrupt_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    states = versions.states

    def soon(*given: Any) -> Any:
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(given)
        return states(*given)

    monkeypatch.setattr(versions, "states", soon)
    first = dt.load("hanoi-2019")
    second = first.at(pressure="0.38", us_value_per_weapon="200", detection_alone="0.5")
    found = dt.compare(first, second)
    assert found.stopped == "interrupted"
    assert "sets of up to 1 entries all were tried" in found.reason
    said = {row.name: found.because(row.causes) for row in found.changes}
    assert said["civilian + full"] == "1 or 2"
    assert said["all + full + declared"] == "?"


def test_what_was_not_judged_is_not_said_to_be_off_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge = versions.stability

    def stopping(talks: Any, **given: Any) -> Any:
        if talks is second:
            return judge(talks, **{**given, "time_limit": 0})
        return judge(talks, **given)

    first = dt.load("ultimatum")
    second = dt.load("ultimatum")
    monkeypatch.setattr(versions, "stability", stopping)
    found = dt.compare(first, second)
    assert found.stopped == "time_limit"
    assert found.rows == ()
    printed = "\n".join(str(part) for part in comparison_parts(found))
    assert "No bundle was judged in both." in printed
    assert "only A has" not in printed


def test_no_time_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "hanoi-2019", "hanoi-2019-ratification", "--time-limit", "0"]) == 3
    assert "Stopped early: the time limit passed before all verdicts" in capsys.readouterr().out


# ── the command ────────────────────────────────────────────────────────────────────────────────


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["compare", *arguments]) == 0
    return capsys.readouterr().out


def test_the_command_tells_lines_and_causes(capsys: Any, tmp_path: Path) -> None:
    one, two = tmp_path / "a.yaml", tmp_path / "b.yaml"
    one.write_text(BASE)
    two.write_text(edited(("seen: 0.5", "seen: 0.1"), ("title: Coal", "title: More coal")))
    said = answer(capsys, str(one), str(two))
    assert "  1  parameters.seen.value: 0.5 → 0.1  (A line 9, B line 9)" in said
    assert "Besides, what no verdict rests on: title." in said
    data = json.loads(answer(capsys, str(one), str(two), "--json"))
    (difference,) = data["differences"]
    assert difference["first_place"] == {"file": str(one), "line": 9, "column": 9}
    assert (difference["first"], difference["second"]) == ("0.5", "0.1")
    changed = [bundle for bundle in data["bundles"] if bundle["differs"]]
    assert changed
    assert all(bundle["causes"]["sets"] == [[1]] for bundle in changed)
    assert re.search(rf"{re.escape(changed[0]['name'])} .* 1 ", said)


def test_the_same_file_at_other_values(capsys: Any) -> None:
    said = answer(capsys, "hanoi-2019", "--set", "pressure=0.9")
    assert "parameters.pressure.value: 0.3 → 0.9  (A line" in said
    assert "set in B" in said
    assert "stable   broken" in said
    back = answer(capsys, "hanoi-2019", "--set-first", "pressure=0.9")
    assert "broken   stable" in back


def test_secrets_that_make_a_game_too_large_are_not_tried() -> None:
    first = dt.load("hanoi-2019")
    text = (ROOT / "games/hanoi-2019.yaml").read_text(encoding="utf-8")
    second = text.replace("  - compliance: north\n", "  - compliance: north\n    unseen_by: [US]\n")
    between = Between.of(first.document, read(second).document)
    assert secret_size(first) == 0
    unseen = [i for i, d in enumerate(between.differences) if "unseen_by" in d.words]
    assert len(unseen) == 1
    summit = Summit(between.document(frozenset(unseen)))
    assert secret_size(summit) > 2_000
    with pytest.raises(NotSupported, match="too large to be solved on the way"):
        states(summit, [], Keys.of(first, first), None, None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hanoi-2019"], "name a second file, or values for the same one"),
        (["hanoi-2019", "--set", "presure=1"], "no parameter 'presure'"),
        (["hanoi-2019", "hanoi-2018"], "there is no file or shipped game"),
        (["hanoi-2019", "ultimatum", "--round", "3"], "there is no round 3"),
        (["hanoi-2019", "ultimatum", "--up-to", "0"], "--up-to"),
        (["beer-quiche", "hanoi-2019"], "has no bundles"),
    ],
)
def test_wrong_arguments(capsys: Any, arguments: list[str], said: str) -> None:
    assert run(["compare", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_only_summit_files_are_compared(capsys: Any, tmp_path: Path) -> None:
    other = tmp_path / "t.efg"
    assert run(["convert", "ultimatum", str(other)]) == 0
    assert run(["compare", "hanoi-2019", str(other)]) == 2
    assert "compare takes two summit files" in capsys.readouterr().err
    with pytest.raises(NotSupported):
        dt.compare(read(BASE), "coal.yaml")  # type: ignore[arg-type]
    with pytest.raises(DetenteError):
        dt.compare(read(BASE), read(BASE), time_limit=-1)
