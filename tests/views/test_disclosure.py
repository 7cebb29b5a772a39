"""What is published of registered people: decided for all tables together, and not to be worked out from any."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.inference.groups import READY, answer_by
from darknumber.inference.publish import figures
from darknumber.inference.shown import Shown, exact, notes, over
from darknumber.kernels import suppression, verdicts
from darknumber.views import story
from darknumber.views.disclosure import (
    STRICT,
    Disclosure,
    disclose,
    overlaps_shown,
    published,
    shared_shown,
    sizes_shown,
    total_shown,
    two_digits,
    without_shown,
)
from darknumber.views.disclosure_findings import _COUNTS, finding_in_words
from darknumber.views.disclosure_numbers import EVERYONE, _groups, _tree, key_of
from darknumber.views.plots_course import course
from darknumber.views.plots_groups import forest
from darknumber.views.plots_iceberg import iceberg
from darknumber.views.plots_lists import overlap
from darknumber.views.tables_estimates import estimates_table, group_table, year_table
from darknumber.views.tables_lists import lists_table, overlaps_table
from darknumber.words import LANGUAGES, catalogue, use_language
from tests.attacker import KINDS, MILD, RULES, answer_of, attack, random_publication, small_numbers

ATTACKED = 128  # publications in the test suite; `evidence/disclosure.py` does a thousand others
GROUPS = (("form", "crossing"), ("sex",), ("age",), ("nationality",))


def by_year(counts: dict[str, int]) -> CaptureTable:
    """Two lists that share a third of the people of every year."""
    year = Covariate.of("year", counts)
    cells = [(level, history, part) for level, n in enumerate(counts.values()) for history, part in _parts(n)]
    level, history, count = map(np.array, zip(*cells, strict=True))
    return CaptureTable.build(("A", "B"), history, count, covariates=(year,), levels=[level])


def _parts(n: int):
    return ((3, n // 3), (1, (n - n // 3 + 1) // 2), (2, (n - n // 3) // 2))


# ---- the rule


def test_a_rule_that_cannot_be_kept_is_refused():
    for floor, base in ((0, 1), (10, 0), (10, 3), (5, 10)):
        with pytest.raises(InputError) as error:
            Disclosure(floor=floor, base=base)
        assert error.value.code == "bad_disclosure"
    assert Disclosure(floor=5, base=1) != STRICT == Disclosure()
    assert str(STRICT) == "disclosure(floor=10, base=5)"


def test_without_small_numbers_everything_is_printed():
    data = by_year({"2018": 300, "2019": 403})
    protection = disclose(data)
    rows = answer_of(data).by("year")
    assert [each.text for each in protection.registered(rows)] == ["300", "405"]
    assert [each.text for each in disclose(data, MILD).registered(rows)] == ["300", "403"]
    assert protection.count("small") == protection.count("protects") == 0
    assert disclose(data, MILD).decisions == ()


def test_a_small_year_is_hidden_with_another():
    data = by_year({"2017": 200, "2018": 4, "2019": 300})
    strict, mild = disclose(data), disclose(data, MILD)
    rows = answer_of(data).by("year")
    assert [each.form for each in strict.registered(rows)] == ["hidden", "small", "rounded"]  # 504 less 500 is 0 to 8
    assert [each.form for each in mild.registered(rows)] == ["hidden", "small", "exact"]
    assert mild.registered(rows)[1].text == "<5"
    assert mild.total.text == "504"


def test_everyone_is_exact_unless_that_gives_a_part_away():
    data = by_year({"2018": 301, "2019": 402})
    assert disclose(data).total.text == "703"  # no answer goes below it, so that readers know it
    tiny = by_year({"2017": 2, "2018": 2, "2019": 1})
    protection = disclose(tiny, Disclosure(floor=5, base=5), lists=False)
    assert protection.total.text == "hidden"  # 5 in three years that each have somebody: none has 4


# ---- the attack


def test_no_protected_number_of_random_publications_is_found():
    found, small = {}, 0
    for seed in range(ATTACKED):
        publication = random_publication(seed)
        found |= {(seed, name): rest for name, *rest in attack(publication)}
        small += small_numbers(publication) if seed < 2 * len(KINDS) else 0
    assert found == {}
    assert small > 3 * len(KINDS)  # what is attacked has something to hide


@pytest.mark.parametrize("kind", KINDS)
def test_the_attacker_finds_what_is_left_unprotected(kind, monkeypatch):
    monkeypatch.setattr(suppression, "suppress", lambda sums, *, floor, base: suppression.first(sums, floor=floor))
    monkeypatch.setattr(suppression, "audit", _content(suppression.audit))
    place = KINDS.index(kind)
    seeds = (place + len(KINDS) * (1 + len(RULES) * k) for k in range(30))  # the mild rule: sums are exact
    assert any(attack(random_publication(seed)) for seed in seeds)


def _content(audit):
    """An auditor that finds nothing wrong."""
    return lambda sums, state, **rule: replace(
        audit(sums, state, **rule), protected=np.ones(len(sums.value), dtype=bool)
    )


# ---- which numbers


def test_the_numbers_of_the_register():
    data = example("register")
    protection = disclose(data, groups=GROUPS)
    # years, form by crossing, three covariates of two levels, everyone; several lists, and four numbers a list and pair
    assert protection.numbers == 10 + 8 + 3 * 2 + 1 + 1 + 6 * 3 + 15
    assert protection.count("small") + protection.count("protects") < 6
    assert not any(decision.reason != "rounded" for decision in protection.decisions if decision.table != "pairs")


def test_a_mean_follows_from_the_rounded_sum():
    data = by_year({"2017": 201, "2018": 102, "2019": 303})
    protection = disclose(data, years=("2018", "2019"))
    mean = answer_of(data).mean("year", ("2018", "2019"))
    (shown,) = protection.registered(mean)
    assert shown.value == 405 / 2
    assert over(Shown(form="small", value=None, limit=10.0), 4).text == "<2.5"
    with pytest.raises(LookupError):
        protection.registered(answer_of(data).mean("year", ("2017", "2019")))


def test_a_row_that_was_not_looked_at_is_refused():
    data = example("register")
    protection = disclose(data, groups=GROUPS)
    answer = answer_of(data)
    assert len(protection.registered(answer.by("form", "crossing"))) == 8
    with pytest.raises(LookupError):
        protection.registered(answer.by("form", "sex"))
    with pytest.raises(LookupError):
        protection.registered(answer.select(year="2019"))  # a part of the people, which looks like everyone
    with pytest.raises(LookupError):
        sizes_shown(example("uk-2013"), protection)


def test_more_rows_are_looked_at_where_asked():
    data = example("register")
    answer = answer_of(data)
    rows = answer.mean("year", ("2018", "2019")).by("sex")
    protection = disclose(answer, groups=[("sex",)], more=[rows])
    assert [shown.form for shown in protection.registered(rows)] == ["rounded", "rounded"]


def test_groupings_of_several_covariates():
    data = example("register")
    answer, four = answer_of(data), READY["rapporteur-four"]
    protection = disclose(answer, groups=[("rapporteur-four",), ("form", "crossing")], groupings=[four])
    rows = answer_by(answer, ("rapporteur-four",), [four])
    shown = protection.registered(rows)
    assert [each.value for each in shown] == [round(n / 5 + 1e-9) * 5 for n in rows.observed]
    with pytest.raises(InputError) as error:
        disclose(answer, groups=[("rapporteur-four",)])
    assert error.value.code == "unknown_covariate"


def test_a_set_of_levels_that_says_nothing_is_left_out():
    levels = {"year": 2, "sex": 3}
    assert key_of([(("year",), [(0,), (1,)])], levels) == EVERYONE
    one = key_of([(("sex",), [(2,)]), (("year",), [(0,), (1,)])], levels)
    assert (one.names, one.cells) == (("sex",), ((2,),))
    joint = key_of([(("sex", "year"), [(0, 0), (1, 1)])], levels)
    assert (joint.names, joint.cells) == (("year", "sex"), ((0, 0), (1, 1)))


def test_groups_that_go_round_are_cut_across():
    ring = [frozenset(pair) for pair in (("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"))]
    groups = _groups(ring)
    assert sorted(map(len, groups)) == [3, 3]
    assert all(any(pair <= group for group in groups) for pair in ring)
    assert len(_tree(groups)) == len(groups) - 1
    apart = _groups([frozenset("a"), frozenset("b"), frozenset("c")])
    assert len(_tree(apart)) == 2  # linked by the total alone


def test_many_lists():
    random = np.random.default_rng(3)
    histories = [1 << j for j in range(11)] + [3, 12, 48, 1025, 2047]
    data = CaptureTable.build(tuple("ABCDEFGHIJK"), histories, random.integers(1, 60, len(histories)))
    protection = disclose(data, MILD)
    shown = [*overlaps_shown(data, protection).values(), *sizes_shown(data, protection)]
    assert any(each.hidden for each in shown)
    assert not any(each.value is not None and 0 < each.value < 5 for each in shown)


# ---- what a row shows


FEW = Shown(form="small", value=None, limit=10.0)
LEFT_OUT = Shown(form="hidden", value=None)


def test_ratio_and_share_are_of_the_published_number(register):
    years = register.by("year")
    protection = disclose(register, groups=GROUPS)
    for row, plain in zip(published(years, protection), figures(years), strict=True):
        assert row.observed % 5 == 0
        assert abs(row.observed - plain.observed) <= 2
        unseen = plain.ratio * plain.observed - plain.observed
        assert row.ratio == pytest.approx((row.observed + unseen) / row.observed)
        assert row.share == pytest.approx(row.observed / (row.observed + unseen))


def test_nothing_is_below_the_published_number_and_nothing_tells_the_exact_one():
    """With nobody unseen the estimate is the registered number; it is then the published one, whatever that hides."""
    rows = {}
    for n in range(23, 28):
        answer = answer_of(by_year({"2018": n}))
        verdict = np.full(1, verdicts.ZERO, dtype=np.int8)
        nobody = replace(answer, unobserved=np.zeros(1), verdict=verdict, draws=np.array([[n], [n], [n + 30.0]]))
        (row,) = figures(nobody, registered=[Shown(form="rounded", value=25.0, limit=5.0)])
        rows[n] = (row.estimate_text, row.interval_text.split(" ")[0], row.ratio_text, row.share_text)
        assert min(row.estimate, row.lower) >= 25
    assert set(rows.values()) == {("25", "25", "1.0", "100%")}


@pytest.mark.parametrize("shown", [FEW, LEFT_OUT])
def test_a_row_that_is_not_printed_has_no_figure_at_all(groups_only, shown):
    rows = figures(groups_only, registered=[shown, *map(exact, groups_only.observed[1:])])
    row = rows[0]
    assert row.hidden
    assert not row.known
    texts = (row.estimate_text, row.interval_text, row.ratio_text, row.times_text, row.share_text)
    assert texts == ("", "", "", "", "")
    assert all(math.isnan(value) for value in (row.estimate, row.lower, row.upper, row.ratio, row.share, row.floor))
    assert row.observed_text == shown.text
    assert not rows[1].hidden


def test_the_page_of_a_small_year(long_series):
    """Tables and pictures of years of which one is small and another protects it."""
    data = by_year({"2016": 150, "2017": 12, "2018": 3, "2019": 300})
    answer = replace(answer_of(data), fits=())
    protection = disclose(answer, MILD)
    shown = dict(zip(("2016", "2017", "2018", "2019"), protection.registered(answer.by("year")), strict=True))
    assert [each.form for each in shown.values()] == ["exact", "hidden", "small", "exact"]
    table = year_table(answer, protection=protection)
    assert [cell.text for cell in table.rows[1]] == ["2017", "hidden", "", "", "", ""]
    assert [cell.text for cell in table.rows[2]] == ["2018", "<5", "", "", "", ""]
    assert [cell.value for cell in table.rows[1]][1] is None
    said = " ".join(table.notes)
    assert "<5: fewer than 5, but somebody." in said
    assert "Hidden: left out to protect people" in said
    for draw in (iceberg, course):
        spec = json.dumps(draw(answer.by("year"), protection=protection).spec)
        assert not {"12.0", "3.0", "48.0"} & set(re.findall(r"\d+\.\d", spec))
        assert '"value": 150.0' in spec
    assert story.headline(answer, protection=protection).year == "2019"


def test_the_headline_is_of_the_last_year_that_is_shown():
    data = by_year({"2016": 20, "2017": 200, "2018": 150, "2019": 3})
    answer = replace(answer_of(data), fits=())
    head = story.headline(answer, protection=disclose(answer))
    assert (head.year, head.row.observed) == ("2018", 150)
    nobody_told = replace(answer_of(by_year({"2018": 3, "2019": 4})), fits=())
    assert story.headline(nobody_told, protection=disclose(nobody_told)) is None


def test_a_hidden_group_has_no_mark_in_the_forest(groups_only):
    protection = disclose(groups_only, MILD, groups=[("sex", "region")])
    forms = [shown.form for shown in protection.registered(groups_only)]
    assert forms == ["exact"] * 6  # 8 is not small under the mild rule
    strict = disclose(groups_only, groups=[("sex", "region")])
    hidden = [place for place, shown in enumerate(strict.registered(groups_only)) if shown.hidden]
    assert hidden
    spec = forest([groups_only], protection=strict).spec
    marks = [row for layer in spec["layer"] for row in layer["data"]["values"] if "name" in row and "value" in row]
    for place in hidden:
        own = [row["value"] for row in marks if row["name"] == f"0.{place}"]
        assert own in ([], [10.0])
    table = group_table(groups_only, ("sex", "region"), protection=strict)
    assert [cell.text for cell in table.rows[hidden[0]]][3:] == ["", "", "", ""]


def test_a_table_says_how_numbers_are_rounded(register):
    protection = disclose(register, groups=GROUPS)
    strict, plain = (estimates_table(register.by("year"), protection=each) for each in (protection, None))
    assert "Counts of registered people are rounded to the nearest 5" in " ".join(strict.notes)
    assert "Registered numbers are exact" not in " ".join(strict.notes)
    assert "Registered numbers are exact" in " ".join(plain.notes)


# ---- lists


def test_the_tables_and_the_picture_of_lists_show_the_same():
    data = example("uk-2013")
    protection = disclose(data)
    sizes = [row[1].text for row in lists_table(data, protection=protection).rows]
    assert sizes == [shown.text for shown in sizes_shown(data, protection)]
    printed = {cell.text for row in overlaps_table(data, protection=protection).rows for cell in row[1:] if cell.text}
    assert printed == {shown.or_none for shown in overlaps_shown(data, protection).values()}
    assert {"<10", "none"} < printed
    figure = overlap(data, source="Source", protection=protection)
    spec = json.dumps(figure.spec)
    exact_counts = {int(n) for n in data.overlaps.ravel() if n % 5}
    assert len(exact_counts) > 10
    assert not any(f'"value": {count}.0' in spec or f'"text": "{count}"' in spec for count in exact_counts)
    assert total_shown(data, protection).text == "2,744"
    assert "250 of 2,744 people" in figure.title


def test_what_is_left_without_a_list_is_looked_at_too():
    data = CaptureTable.build(("A", "B", "C"), [1, 2, 4, 3, 5, 6], [3, 200, 300, 40, 50, 60])
    protection = disclose(data, MILD)
    whole, left = total_shown(data, protection).value, without_shown(data, protection, 0).value
    assert left is None or whole is None  # 653 and 650 would say that 3 people are on A alone
    assert shared_shown(data, protection).text in ("150", "hidden")


# ---- the record


def test_the_record_says_what_was_decided_and_not_what_the_numbers_are():
    data = by_year({"2016": 150, "2017": 12, "2018": 3, "2019": 300})
    protection = disclose(data, MILD)
    columns = protection.columns()
    assert list(columns) == ["table", "cell", "period", "reason", "rule", "lower", "upper"]
    rows = {(table, cell): rest for table, cell, *rest in zip(*columns.values(), strict=True)}
    assert rows["year", "2018"] == ["", "small", "disclosure(floor=5, base=1)", 1, 4]
    assert rows["year", "2017"] == ["", "protects", "disclosure(floor=5, base=1)", 11, 14]
    assert protection.to_frame("polars").height == len(protection.decisions)
    assert "12" not in re.sub(r"20\d\d", "", str(protection))
    strict = disclose(data)
    rounded = {d.cell: (d.lower, d.upper) for d in strict.decisions if d.reason == "rounded" and d.table == "year"}
    assert rounded["2019"] == (298, 302)
    assert not [decision for decision in strict.decisions if decision.table == "total"]  # printed as it is


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rule_is_told_in_words(language):
    data = by_year({"2016": 150, "2017": 12, "2018": 3, "2019": 300})
    with use_language(language):
        strict, mild = disclose(data).said(), disclose(data, MILD).said()
        assert "9" in strict[0]
        assert "5" in strict[0]
        assert "4" in mild[0]
        assert len(strict) == len(mild) == 2
        marks = notes([FEW, LEFT_OUT, Shown(form="rounded", value=25.0, limit=5.0), exact(30)])
    assert len(marks) == 3


def test_the_same_protection_speaks_two_languages():
    protection = disclose(by_year({"2016": 150, "2017": 12, "2018": 3, "2019": 1300}), MILD)
    said = {}
    for language in LANGUAGES:
        with use_language(language):
            said[language] = [shown.text for shown in protection.shown.values()]
    assert {"hidden", "1,300"} < set(said["en"])
    assert {"geheim", "1.300"} < set(said["nl"])


# ---- sentences


def test_counts_in_sentences_are_vague():
    protection = disclose(by_year({"2016": 150, "2017": 12, "2018": 8, "2019": 1300}))
    assert protection.vague(0) == "0"
    assert protection.vague(7) == "fewer than 10"
    assert protection.vague(37) == protection.vague(42) == "about 40"
    assert protection.vague(1249) == "about 1,200"
    assert protection.vague(1470) == "1,470"  # everyone, as elsewhere
    assert protection.vague_share(8) == "less than 0.7%"
    assert protection.vague_share(37) == "2.7%"
    assert [two_digits(value) for value in (0.0, 0.1234, 4.449, 1234.0, math.inf)] == [0, 0.12, 4.4, 1200, math.inf]


def test_a_finding_that_counts_people_is_told_vaguely():
    data = by_year({"2016": 150, "2017": 12, "2018": 8, "2019": 1300})
    protection = disclose(data)
    few = Finding(code="list_small", where="A", values={"n": 4})
    assert finding_in_words(few, data, None).startswith("Only 4 people are on the list A.")
    assert finding_in_words(few, data, protection).startswith("Fewer than 10 people are on the list A.")
    some = Finding(code="not_recorded", where="year", values={"n": 37, "share": 37 / 1470})
    assert finding_in_words(some, data, protection).startswith("For about 40 people (2.7%) year")
    left = Finding(code="omit_collapses", where="A", values={"estimate": 1200.0, "registered": 1470, "missed": 270})
    assert "the 1,470 who" in finding_in_words(left, data, protection)
    other = Finding(code="no_overlap")
    assert finding_in_words(other, data, protection) == finding_in_words(other, data, None)


@pytest.mark.parametrize(("language", "vague"), [("en", "about"), ("nl", "ongeveer")])
def test_what_a_rule_makes_vague_is_not_vague_twice(language, vague):
    """A number that protection tells as *about so many* is not said to be about so many by its sentence."""
    twice = [
        key
        for key, sentence in catalogue.keys(language).items()
        for name in _COUNTS.get(key.removeprefix("finding."), ())
        for form in ([sentence] if isinstance(sentence, str) else sentence.values())
        if key.startswith("finding.") and f"{vague} {{{name}" in form
    ]
    assert twice == []


def test_every_finding_that_counts_people_is_known():
    """A sentence that says how many people there are is on the list, or is here with its reason."""
    fine = {
        "chains_unsettled": "draws",
        "few_replicates": "replicates",
        "latent_tops": "estimates",
        "linked_reports": "everyone together",
        "many_levels": "everyone together",
        "empty_pairs_telling": "an expectation",
        "empty_pairs_dull": "an expectation",
        "terms_on_few": "a limit",
        "validate_few_lists": "lists",
    }
    counting = re.compile(r"\{(\w+)(?::people)?\}(?: of the [^ ]+)? (?:people|who are registered|came to)")
    for key, sentence in catalogue.keys("en").items():
        if not key.startswith("finding."):
            continue
        code = key.removeprefix("finding.")
        text = sentence if isinstance(sentence, str) else sentence["other"]
        for name in counting.findall(text):
            assert name in _COUNTS.get(code, ()) or name in ("few", "fewest") or code in fine or _of_estimates(code), (
                key
            )


def _of_estimates(code: str) -> bool:
    """Findings about numbers that are estimated, planned or simulated."""
    return code.startswith(("plan_", "simulated_", "sensitivity_", "below_", "missed_", "false_", "erroneous_"))
