"""Summit files: what is read, where it stands, and what each formula may name."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from detente.errors import DetenteError, ExpressionError, FileError, SummitError
from detente.files.yaml import MAX_DEPTH, load_yaml
from detente.game.expressions import evaluate
from detente.summit.reading import SummitDocument, read_summit

ROOT = Path(__file__).parents[1]

SHORT = """\
detente: 1
title: Short forms
sides: [US, DPRK]
parameters: {fees: 50, share: 1/3}
terms:
  relief: {by: US, levels: [none, kumgang]}
  yongbyon:
    by: [DPRK]
    levels:
      none:
      full: Shut down for good
combinations:
  - {when: relief == kumgang and yongbyon == full, worth: {US: 2, DPRK: fees * round}}
consent: [DPRK, US]
protocol: {kind: take-it-or-leave-it, proposer: US}
carrying_out:
  - chance: legal
    outcomes: {holds: 3/4, fails: {probability: 1/4, undoes: relief}}
  - compliance: freeze
    by: DPRK
    breaches: {cheat: {detected: 0.9 if legal == holds else 1/2, answered_by: US}}
"""

LONG = """\
detente: 1
title: Short forms
sides: {US: {name: ''}, DPRK: }
parameters: {fees: {value: 50}, share: {value: 1/3}}
terms:
  relief: {by: [US], levels: {none: {}, kumgang: {}}}
  yongbyon: {by: [DPRK], levels: {none: {worth: {}}, full: {name: Shut down for good}}}
combinations:
  - when: relief == kumgang and yongbyon == full
    worth: {US: {once: 2}, DPRK: {once: fees * round}}
consent: {always: [DPRK, US]}
protocol: {kind: take-it-or-leave-it, proposer: US}
carrying_out:
  - chance: legal
    outcomes: {holds: {probability: 3/4}, fails: {probability: 1/4, undoes: [relief]}}
  - compliance: freeze
    by: DPRK
    breaches: {cheat: {detected: 0.9 if legal == holds else 1/2, answered_by: [US]}}
"""


@pytest.fixture(scope="module")
def short() -> SummitDocument:
    return read_summit(SHORT, "short.yaml")


# ── YAML ───────────────────────────────────────────────────────────────────────────────────────


def test_scalars_stay_the_text_that_was_written() -> None:
    text = "a: no\nb: 0.10\nc: 1e3\nd: ~\ne:\nf: ''\ng: true\nh: 012\ni: 2019-02-27\n"
    data, _ = load_yaml(text, "")
    assert data == {
        "a": "no", "b": "0.10", "c": "1e3", "d": None, "e": None, "f": "", "g": "true", "h": "012",
        "i": "2019-02-27",
    }  # fmt: skip


def test_aliases_are_read_and_marked_where_they_were_written() -> None:
    data, marks = load_yaml("a: &both [US, DPRK]\nb: *both\n", "")
    assert data["b"] == ["US", "DPRK"]
    assert marks["b", 1] == (1, 15)
    assert marks.key(("b",)) == (2, 1)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "empty"),
        ("# only this\n", 1, "comments"),
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: 1\n  b: 2\n", 2, "indented"),
        ("a: [1, 2\nb: 3\n", 2, "bracket opened in line 1"),
        ("a: {x: 1\n", 2, "bracket opened in line 1"),
        ("a: 'open\nb: 2\n", 3, "quotation mark opened in line 1"),
        ('a: "b" c\n', 1, "closing quotation mark"),
        ("a: 1\n- b\n", 2, "list item"),
        ("a:\n   b: 1\n  c: 2\n", 3, "same column"),
        ("a: 1\nunit:k€\nb: 2\n", 2, "missing after the colon. Write 'unit: k€'"),
        ("a: 1\nb:\n  unit:M$\n  c: 2\n", 3, "missing after the colon. Write 'unit: M$'"),
        ("a: 1\nb:\n  c: 2\n  unit:M$\nd: 3\n", 4, "missing after the colon. Write 'unit: M$'"),
        ("a:\n  - Owner\n  -Builder\nb: 2\n", 3, "missing after the dash. Write '- Builder'"),
        ("a: 1\nwhatever this is\nb: 2\n", 2, "neither 'key: value' nor an item"),
        ("link: http://x.y: z\n", 1, "a text that contains ': ' needs quotes"),
        ("a: - b\n", 1, "next line"),
        ("a: @b\n", 1, "quotes"),
        ("a: 1\nb: 2\na: 3\n", 3, "line 1"),
        ("a: 1\n---\nb: 2\n", 2, "one document"),
        ("a: &x {b: 1}\nc: {<<: *x}\n", 2, "merge keys"),
        ("a: *nobody\n", 1, "'&nobody'"),
        ("a: &a [*a]\n", 1, "without end"),
        ("a: !!python/object:os.system x\n", 1, "tag"),
        ("a: !secret x\n", 1, "tag"),
        ("? [a, b]\n: c\n", 1, "cannot be a key"),
        ("~: 1\n", 1, "key is missing"),
        ("a: 1\nb: \x07\n", 2, "control character"),
        ("a: [" + "[" * MAX_DEPTH, 1, "nested"),
        (b"a: 1\nb: \xff\n", 2, "UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, "UTF-16"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_at_its_line(
    text: str | bytes, line: int, words: str
) -> None:
    with pytest.raises(FileError, match=re.escape(words)) as caught:
        load_yaml(text, "talks.yaml")
    assert caught.value.place is not None
    assert (caught.value.place.file, caught.value.place.line) == ("talks.yaml", line)


def test_aliases_that_multiply_are_refused_before_they_are_written_out() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    with pytest.raises(FileError, match="aliases"):
        load_yaml("\n".join(lines), "")


def test_a_file_beyond_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detente.files.yaml.MAX_BYTES", 10)
    with pytest.raises(FileError, match="right file"):
        load_yaml("a: " + "b" * 20, "")


# ── short and long forms ───────────────────────────────────────────────────────────────────────


def test_short_forms_mean_the_long_ones(short: SummitDocument) -> None:
    assert short.file.model_dump() == read_summit(LONG, "long.yaml").file.model_dump()


def test_a_path_through_a_short_form_leads_to_what_is_written(short: SummitDocument) -> None:
    def at(*path: str | int) -> str:
        place = short.place(path)
        return SHORT.splitlines()[place.line - 1][place.column - 1 :]

    assert at("sides", "DPRK", "name") == "DPRK]"
    assert at("parameters", "share", "value") == "1/3}"
    assert at("terms", "relief", "levels", "kumgang") == "kumgang]}"
    assert at("terms", "relief", "by", 0).startswith("US, levels")
    assert at("terms", "yongbyon", "levels") == "levels:"
    assert at("consent", "always", 1) == "US]"
    assert at("combinations", 0, "worth", "US", "once").startswith("2, DPRK")
    assert at("carrying_out", 0, "outcomes", "fails", "undoes", 0) == "relief}}"
    assert at("carrying_out", 0, "outcomes", "holds", "probability").startswith("3/4")


def test_truth_is_true_or_false_only() -> None:
    text = SHORT.replace("by: US, levels", "by: US, irreversible: true, levels")
    assert read_summit(text).file.terms["relief"].irreversible is True


# ── formulas ───────────────────────────────────────────────────────────────────────────────────


def test_numbers_are_exact(short: SummitDocument) -> None:
    assert short.scope.values == {"fees": Fraction(50), "share": Fraction(1, 3)}
    assert short.scope.constant("0.1", ()) == Fraction(1, 10)


def test_choices_are_terms_then_steps(short: SummitDocument) -> None:
    assert short.scope.choices == {
        "relief": ("none", "kumgang"),
        "yongbyon": ("none", "full"),
        "legal": ("holds", "fails"),
        "freeze": ("comply", "cheat"),
    }


def test_derived_numbers_are_replaced_by_what_they_stand_for() -> None:
    text = SHORT.replace("terms:", "derived: {twice: 2 * once_, once_: fees + 1}\nterms:", 1)
    scope = read_summit(text).scope
    expr = scope.amount("twice - 2", ("breakdown", "worth", "US"))
    assert expr.parameters == {"fees"}
    assert evaluate([expr], scope.values) == [Fraction(100)]


@pytest.mark.parametrize(
    ("text", "path", "seen"),
    [
        ("fees if relief == kumgang else 0", ("terms", "relief", "levels", "none", "worth"), True),
        ("1 if freeze == cheat else 0", ("combinations", 0, "worth", "US"), True),
        ("1 if legal == holds else 0", ("carrying_out", 1, "breaches", "cheat", "worth"), True),
        ("1 if legal == holds else 0", ("carrying_out", 0, "outcomes", "fails", "worth"), False),
        ("1 if freeze == cheat else 0", ("carrying_out", 1, "breaches", "cheat", "worth"), False),
        ("1 if relief == none else 0", ("breakdown", "worth", "US"), False),
        ("round", ("breakdown", "drift", "US"), True),
        ("round", ("carrying_out", 1, "breaches", "cheat", "detected"), False),
        ("fees", ("discount", "per_round", "US"), True),
    ],
)
def test_a_formula_sees_what_its_place_allows(
    short: SummitDocument, text: str, path: tuple[str | int, ...], seen: bool
) -> None:
    if seen:
        short.scope.amount(text, path)
        return
    with pytest.raises(ExpressionError):
        short.scope.amount(text, path)


def test_conditions_do_not_hang_on_parameters(short: SummitDocument) -> None:
    assert short.scope.condition("relief == kumgang", ("feasible", 0)).is_condition
    with pytest.raises(ExpressionError, match="must not change with a number"):
        short.scope.condition("fees > 3", ("feasible", 0))


def test_units_of_amounts_follow_from_where_they_stand() -> None:
    text = SHORT.replace("parameters:", "unit: M$\nhorizon: 5\nparameters:").replace(
        "fees: 50", "fees: {value: 50, unit: M$/year}, cost: {value: 2, unit: M$}"
    ).replace("DPRK: fees * round", "DPRK: {per_year: fees * round}")
    scope = read_summit(text).scope
    assert scope.amount("fees", ("delay", "US", "per_year")).parameters == {"fees"}
    assert scope.amount("cost", ("delay", "US", "once")).parameters == {"cost"}
    for formula, key in (("fees", "once"), ("cost", "per_year"), ("cost + fees", "once")):
        with pytest.raises(ExpressionError, match=r"M\$"):
            scope.amount(formula, ("delay", "US", key))


def test_an_error_in_a_formula_points_at_the_character() -> None:
    text = SHORT.replace("fees * round", "fees * 'rounds'").replace("US: 2", "US: 2 * sahre")
    with pytest.raises(ExpressionError) as caught:
        read_summit(text, "talks.yaml")
    place = caught.value.place
    assert place is not None
    line = text.splitlines()[place.line - 1]
    assert line[place.column - 1 :].startswith("sahre")


# ── whole files ────────────────────────────────────────────────────────────────────────────────


def test_a_probability_counts_only_where_it_plays_a_part() -> None:
    detected = "detected: 1 if yongbyon == full else 2"  # the step is skipped where nothing is shut
    read_summit(SHORT.replace("detected: 0.9 if legal == holds else 1/2", detected))
    chambers = "chambers: {US: {win: yongbyon == full, falls: 2 if yongbyon == full else 1/2}}"
    talks = "protocol: {kind: take-it-or-leave-it, proposer: US}"
    ratified = talks.replace("protocol", "protocol: {kind: ratification, talks") + f", {chambers}}}"
    read_summit(SHORT.replace(talks, ratified))


def test_several_mistakes_are_listed_in_file_order() -> None:
    text = SHORT.replace("proposer: US", "proposer: USA").replace("[DPRK, US]", "[DRPK, US]")
    with pytest.raises(SummitError) as caught:
        read_summit(text, "talks.yaml")
    first, second = str(caught.value).splitlines()
    assert first.startswith("talks.yaml:14:11: there is no side 'DRPK'. Did you mean 'DPRK'?")
    assert second.startswith("talks.yaml:15:49: there is no side 'USA'.")


def test_at_most_five_mistakes_are_listed() -> None:
    text = SHORT.replace("{US: 2,", "{A1: 1, A2: 1, A3: 1, A4: 1, A5: 1, A6: 1, A7: 1, US: 2,")
    with pytest.raises(SummitError) as caught:
        read_summit(text)
    lines = str(caught.value).splitlines()
    assert len(lines) == 6
    assert lines[-1] == "… and 2 more."


@pytest.mark.parametrize("path", sorted((ROOT / "games").glob("*.yaml")), ids=lambda p: p.stem)
def test_shipped_files_keep_the_rules(path: Path) -> None:
    read_summit(path.read_bytes(), str(path))


def test_a_centipede_of_two_hundred_moves_is_read() -> None:
    tree = "{worth: {US: 1}}"
    for _ in range(200):
        tree = f"{{player: US, moves: {{stop: {{worth: {{US: 2}}}}, go: {tree}}}}}"
    read_summit(f"detente: 1\ntitle: Long\nsides: [US]\ntree: {tree}\n")


def documented_examples() -> list[str]:
    page = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


@pytest.mark.parametrize("text", documented_examples())
def test_documented_examples_keep_the_rules(text: str) -> None:
    document = read_summit(text, "docs/format.md")
    assert document.file.title


def test_the_page_explains_every_key_of_the_format() -> None:
    from pydantic import BaseModel

    from detente.summit import model

    page = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    parts = [p for p in vars(model).values() if isinstance(p, type) and issubclass(p, BaseModel)]
    keys = {key for part in parts for key in part.model_fields}
    assert len(keys) > 40
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


@pytest.mark.parametrize("cut", range(0, len(SHORT), 7))
def test_a_file_cut_anywhere_gets_a_readable_error_or_is_whole(cut: int) -> None:
    with contextlib.suppress(DetenteError):
        read_summit(SHORT[:cut], "cut.yaml")


def test_whatever_stands_in_a_place_gets_a_readable_error_or_is_right() -> None:
    data = YAML(typ="safe", pure=True).load(LONG)
    for path in list(_paths(data)):
        for junk in (None, "", "1", [], {}, ["a"], {"a": "b"}, [[1]], {"x": None}, "a b"):
            changed = deepcopy(data)
            inner = changed
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = junk
            out = StringIO()
            YAML(typ="safe", pure=True).dump(changed, out)
            with contextlib.suppress(DetenteError):
                read_summit(out.getvalue(), "junk.yaml")


def _paths(data: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in entries:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from _paths(value, (*above, key))
