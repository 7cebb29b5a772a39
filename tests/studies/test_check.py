"""What a check of the lists finds, and how it says so."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknumber.data.examples import example, examples
from darknumber.data.read import read_records
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding
from darknumber.inference.estimate import estimate
from darknumber.models import Average, Best, Independence, Stepwise
from darknumber.register.small import small_register
from darknumber.studies.check import DOMINANT, FEW, Check, EmptyMargin, EmptyPair, check
from darknumber.studies.rests import rests_on
from darknumber.words import LANGUAGES, use_language

A, B, C = 1, 2, 4
YEARS = Covariate.of("year", ["2018", "2019"])


def table_of(counts: dict[int, int], lists: str = "ABC", **more) -> CaptureTable:
    return CaptureTable.build(tuple(lists), list(counts), list(counts.values()), **more)


def by_year(cells: list[tuple[int, int, int]], operating=None, covariate: Covariate = YEARS) -> CaptureTable:
    """Cells of (level, history, count)."""
    levels, histories, counts = zip(*cells, strict=True)
    return CaptureTable.build(
        ("A", "B", "C"), histories, counts, covariates=[covariate], levels=[np.array(levels)], operating=operating
    )


def codes(table: CaptureTable) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in check(table).findings:
        found.setdefault(finding.code, []).append(finding)
    return found


def test_sizes_overlaps_and_numbers_of_lists():
    checked = check(table_of({A: 10, B: 20, C: 30, A | B: 4, A | C: 3, A | B | C: 2}))
    assert checked.observed == 69
    assert checked.sizes.tolist() == [19, 26, 35]
    assert checked.alone.tolist() == [10, 20, 30]
    assert checked.overlaps.tolist() == [[19, 6, 5], [6, 26, 2], [5, 2, 35]]
    assert checked.by_number_of_lists.tolist() == [60, 7, 2]


def test_a_healthy_table_has_no_findings():
    checked = check(table_of({A: 10, B: 20, C: 30, A | B: 4, A | C: 3, B | C: 5}))
    assert checked.findings == ()
    assert (checked.empty_pairs, checked.empty_margins, checked.dominant, checked.negligible) == ((), (), (), ())


def test_a_pair_that_shares_nobody_is_a_count_of_zero():
    table = table_of({A: 10, B: 20, C: 30, A | B: 4, B | C: 5})
    assert check(table).empty_pairs == (EmptyPair(lists=("A", "C"), structural=False),)
    (finding,) = codes(table)["empty_pairs"]
    assert finding.severity == "caution"
    assert finding.values == {"n": 1, "pairs": 3, "names": ("A:C",)}


def test_pairs_are_named_only_where_they_are_few():
    few = codes(table_of({1: 5, 2: 5, 4: 5, 8: 5, 16: 5, 3: 5}, lists="ABCDE"))
    assert len(few["empty_pairs"][0].values["names"]) == 9
    many = codes(table_of({1: 5, 2: 5, 4: 5, 8: 5, 16: 5, 32: 5, 3: 5}, lists="ABCDEF"))
    assert "empty_pairs" not in many
    assert many["many_empty_pairs"][0].sentence().startswith("14 of 15 pairs")


def test_lists_never_kept_together_share_nobody_structurally():
    kept = np.array([[True, True, False], [False, True, True]])
    table = by_year([(0, A, 10), (0, A | B, 5), (1, C, 10), (1, B | C, 5), (0, B, 9)], kept)
    assert check(table).empty_pairs == (EmptyPair(lists=("A", "C"), structural=True),)
    found = codes(table)
    assert "empty_pairs" not in found
    assert found["structural_pairs"][0].severity == "note"
    assert found["structural_pairs"][0].values["names"] == ("A:C",)


def test_lists_kept_together_somewhere_share_nobody_by_count():
    kept = np.array([[True, True, True], [False, True, True]])
    table = by_year([(0, A, 10), (0, A | B, 5), (1, C, 10), (1, B | C, 5)], kept)
    assert check(table).empty_pairs == (EmptyPair(lists=("A", "C"), structural=False),)


def test_a_list_with_nobody_at_a_level():
    table = by_year([(0, A, 10), (0, A | B, 5), (0, C | B, 5), (1, C, 10), (1, B | C, 7)])
    assert check(table).empty_margins == (
        EmptyMargin(list="A", covariate="year", level="2019", people=17, structural=False),
    )
    (finding,) = codes(table)["empty_margins"]
    assert (finding.severity, finding.where) == ("caution", "A")
    assert finding.values == {"covariate": "year", "levels": ("2019",), "n": 17}


def test_a_list_that_was_not_kept_at_a_level():
    kept = np.array([[True, True, True], [False, True, True]])
    table = by_year([(0, A, 10), (0, A | B, 5), (0, C | B, 5), (1, C, 10), (1, B | C, 7)], kept)
    assert [margin.structural for margin in check(table).empty_margins] == [True]
    found = codes(table)
    assert "empty_margins" not in found
    assert found["structural_margins"][0].severity == "note"


def test_a_list_kept_in_part_of_a_level_is_not_structurally_empty():
    sex = Covariate.of("sex", ["female", "male"])
    kept = np.ones((4, 3), dtype=bool)
    kept[2, 0] = False  # 2019, female
    table = CaptureTable.build(
        ("A", "B", "C"),
        [A, A | B, B | C, C, B, B],
        [10, 5, 5, 10, 3, 3],
        covariates=[YEARS, sex],
        levels=[np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0, 1])],
        operating=kept,
    )
    structural = {(m.list, m.covariate, m.level): m.structural for m in check(table).empty_margins}
    assert structural[("A", "year", "2019")] is False


def test_levels_of_one_list_and_covariate_are_one_finding():
    years = Covariate.of("year", ["2017", "2018", "2019"])
    table = by_year([(0, A | B, 5), (0, C, 5), (1, B | C, 5), (2, B | C, 8)], covariate=years)
    (finding,) = codes(table)["empty_margins"]
    assert finding.values == {"covariate": "year", "levels": ("2018", "2019"), "n": 13}


def test_a_level_with_nobody_registered_is_no_empty_margin():
    years = Covariate.of("year", ["2017", "2018", "2019"])
    table = by_year([(0, A | B, 5), (0, C, 5), (2, A | B | C, 5)], covariate=years)
    assert check(table).empty_margins == ()


def test_not_recorded_is_no_empty_margin():
    form = Covariate.of("form", ["labour", "sexual", NOT_RECORDED])
    table = by_year([(0, A | B | C, 5), (1, A | B | C, 5), (2, C, 5)], covariate=form)
    assert check(table).empty_margins == ()


@pytest.mark.parametrize(("on_a", "dominant"), [(80, ()), (81, ("A",))])
def test_a_list_dominates_above_the_limit(on_a, dominant):
    table = table_of({A: on_a - 10, A | B: 10, B: 100 - on_a}, lists="AB")
    assert DOMINANT == 0.8
    assert check(table).dominant == dominant
    assert ("list_dominant" in codes(table)) is bool(dominant)


@pytest.mark.parametrize(("on_c", "negligible"), [(4, ("C",)), (5, ())])
def test_a_list_with_too_few_people(on_c, negligible):
    table = table_of({A: 10, B: 20, A | B: 4, A | C: 2, B | C: on_c - 2})
    assert FEW == 5
    assert check(table).negligible == negligible
    assert ("list_small" in codes(table)) is bool(negligible)


def test_a_list_whose_people_are_on_no_other_list():
    table = table_of({A: 10, B: 20, C: 30, A | B: 4})
    assert check(table).negligible == ("C",)
    assert codes(table)["list_alone"][0].where == "C"


def test_a_small_list_alone_is_said_once():
    found = codes(table_of({A: 10, B: 20, C: 3, A | B: 4}))
    assert "list_small" in found
    assert "list_alone" not in found


def test_nobody_on_two_lists_stops_and_is_said_once():
    table = table_of({A: 10, B: 20, C: 30})
    assert [(finding.code, finding.severity) for finding in check(table).findings] == [("no_overlap", "stop")]
    assert len(check(table).empty_pairs) == 3


def recorded_by_lists() -> CaptureTable:
    form = Covariate.of("form", ["labour", "sexual", NOT_RECORDED])
    cells = [(0, A, 100), (1, B, 100), (2, A, 300), (2, C, 100), (0, A | B, 90), (1, B | C, 90), (0, A | C, 9)]
    return by_year(cells, covariate=form)


def test_what_is_not_recorded_is_found_and_not_said_twice():
    table = recorded_by_lists()
    for each in (table, check(table).data):
        found = codes(each)
        assert len(found["not_recorded"]) == 1
        assert found["not_recorded"][0].values["n"] == 400
        assert len(found["recording_rises_with_lists"]) == 1


def test_what_is_not_recorded_is_counted_anew_when_people_are_left_out():
    table = check(recorded_by_lists()).data
    part = table.select("form", ["sexual", NOT_RECORDED])
    (finding,) = codes(part)["not_recorded"]
    assert finding.values["share"] == pytest.approx(400 / 590)


def test_people_in_more_than_one_year_are_passed_on():
    rows = pl.DataFrame(
        {
            "id": [1, 1, 1, 2, 2, 3, 4, 5, 6],
            "list": ["A", "B", "A", "A", "B", "B", "A", "B", "A"],
            "year": [2018, 2018, 2019, 2018, 2018, 2019, 2019, 2018, 2019],
        }
    )
    people = read_records(rows, id="id", list_column="list", covariates=["year"], year="year", unit="person-year")
    checked = check(people)
    (several,) = [finding for finding in checked.findings if finding.code == "several_years"]
    assert several.values == {"n": 1}
    assert checked.data.unit == "person-year"


def test_findings_are_worst_first():
    table = table_of({A: 10, B: 20, C: 30}).with_findings([Finding(code="synthetic_register")])
    assert [finding.severity for finding in check(table).findings] == ["stop", "note"]


def told(checked: Check) -> str:
    return " ".join(str(checked).split())


def test_it_is_about_the_model_that_is_given():
    table = example("uk-2013-5")
    ways = ("best", Best(), Best().fit(table), estimate(table, "best", "bootstrap(replicates=40)").fits[0])
    found = [check(table, way) for way in ways]
    assert len({str(each) for each in found}) == 1
    assert found[0].rests == rests_on(Best().fit(table))
    assert found[0].information.rests_on == 57
    assert "Without them, the best model by BIC (LA:NG + LA:PFNCA + NG:PFNCA + NG:GP + PFNCA:GO)" in told(found[0])
    other = check(table, "independence")
    assert other.rests.people == 221
    assert "Without them, the model of independent lists would set no upper limit." in told(other)
    assert other.pairs == found[0].pairs


def test_records_may_come_with_the_fit_of_their_table():
    rows = pl.DataFrame({"A": [1, 1, 0, 1] * 9, "B": [0, 1, 1, 1] * 9})
    people = read_records(rows, lists=["A", "B"])
    fit = estimate(people, "lincoln-petersen", "bootstrap(replicates=40)").fits[0]
    assert check(people, fit).fit is fit


@pytest.mark.parametrize("other", [{1: 5, 2: 6, 3: 8}, {1: 5, 2: 6, 3: 7, 4: 1, 5: 1}])
def test_a_fit_to_other_data_is_refused(other):
    lists = "ABC"[: max(other).bit_length()]
    fit = Independence().fit(table_of(other, lists))
    with pytest.raises(InputError) as refused:
        check(table_of({1: 5, 2: 6, 3: 7}, "AB"), fit)
    assert refused.value.code == "fit_of_other_data"


def test_a_model_that_cannot_be_is_refused():
    with pytest.raises(ModelError):
        check(example("korea"), "bets")
    with pytest.raises(ModelError):
        check(by_year([(0, A | B, 5), (1, B | C, 5)]), "heterogeneity")


def test_without_a_model_it_is_the_default_where_that_is_quick(monkeypatch):
    for default in (Best(), Best(criterion="aic", max_order=4), Average()):
        monkeypatch.setattr("darknumber.studies.check.default_model", lambda _, chosen=default: chosen)
        assert check(example("western-us")).fit.model == default
    monkeypatch.setattr("darknumber.studies.check.default_model", lambda _: Best(criterion="aic", max_order=5))
    assert check(example("uk-2013")).fit.model == Stepwise(max_order=2)
    assert check(example("new-orleans-2016-8")).fit.model == Stepwise(max_order=2)
    assert check(small_register().table).fit.model == Independence()


@pytest.mark.parametrize("name", [entry.name for entry in examples()])
def test_without_a_model_it_takes_no_time(name):
    table = example(name)
    check(table)  # what is compiled once is not measured
    started = time.process_time()
    check(table)
    assert time.process_time() - started < 2.0


def test_a_no_that_only_the_model_gives_says_so():
    found = check(example("western-us"), "best(criterion=aic, max_order=4)")
    assert (found.verdict.answer, found.rests) == ("no", None)
    assert str(found).startswith("No: with this model these lists cannot say")
    assert "The model “best(criterion=aic, max_order=4)” sets no upper limit" in told(found)


cells = st.dictionaries(st.integers(1, 15), st.integers(1, 50), min_size=4)


@given(counts=cells, order=st.permutations(range(4)))
@settings(max_examples=25, deadline=None)
def test_order_of_lists_changes_nothing(counts, order):
    counts = {1: 1, 2: 1, 4: 1, 8: 1} | counts  # a list nobody is on is an error
    moved = {sum(1 << order[j] for j in range(4) if w >> j & 1): n for w, n in counts.items()}
    one = check(table_of(counts, lists="ABCD"))
    other = check(table_of(moved, lists="".join(sorted("ABCD", key=lambda name: order["ABCD".index(name)]))))
    assert other.sizes[list(order)].tolist() == one.sizes.tolist()
    assert other.alone[list(order)].tolist() == one.alone.tolist()
    assert {frozenset(pair.lists) for pair in other.empty_pairs} == {frozenset(pair.lists) for pair in one.empty_pairs}
    assert set(other.dominant) == set(one.dominant)
    assert set(other.negligible) == set(one.negligible)


@given(counts=cells)
@settings(max_examples=25, deadline=None)
def test_numbers_add_up(counts):
    checked = check(table_of({1: 1, 2: 1, 4: 1, 8: 1} | counts, lists="ABCD"))
    assert checked.by_number_of_lists.sum() == checked.observed
    assert checked.alone.sum() == checked.by_number_of_lists[0]
    assert checked.sizes.sum() == checked.by_number_of_lists @ [1, 2, 3, 4]
    assert (checked.overlaps.diagonal() == checked.sizes).all()


def test_the_text_of_a_small_table():
    kept = np.array([[True, True, False], [False, True, True]])
    table = by_year([(0, A, 10), (0, A | B, 5), (1, C, 1200), (1, B | C, 5)], kept)
    assert str(check(table)) == (
        "Only with great caution can these lists say how many people are on none of them.\n"
        "\n"
        "  caution  On average only 45% of a list is on another list too. Below 55% the\n"
        "           authors of this measure advise against a single number.\n"
        "  caution  99% of everyone registered is on the list C. The estimate then rests\n"
        "           on the few who are not on it.\n"
        "  caution  The model “independence” says that nobody is missing: somewhere too\n"
        "           few people are on one list only.\n"
        "\n"
        "The lists and their overlap                                      3 lists, people\n"
        "\n"
        "      on it   of everyone   on no other   of the list\n"
        "  A      15          1.2%            10           67%\n"
        "  B      10          0.8%             0            0%\n"
        "  C   1,205           99%         1,200         99.6%\n"
        "\n"
        "  1,220 people on one or more lists: 1,210 on one list and 10 on 2 lists.\n"
        "\n"
        "  People on both of two lists, how many independent lists would share, and the\n"
        "  odds ratio of the two among people on some other list:\n"
        "          on both   expected   odds ratio   95% interval\n"
        "  A – B         5        0.1     not seen\n"
        "  A – C         –\n"
        "  B – C         5        9.9     not seen\n"
        "  –  These two lists were never kept in the same stratum, so nobody could be on\n"
        "  both.\n"
        "  Among people on some other list too few are on two lists to see any\n"
        "  dependence.\n"
        "\n"
        "  10 people (0.8% of everyone) are on two or more lists; were the lists\n"
        "  independent, 10 would be.\n"
        "  On average 45% of a list is on another list too (sample coverage).\n"
        "  The estimate rests on 10 people: all those on two or more lists. Without them,\n"
        "  the model of independent lists would set no upper limit.\n"
        "\n"
        "  Which groups could be answered from their own people alone:\n"
        "         groups   yes   with great caution   no\n"
        "  year        2     0                    0    2\n"
        "  Not by year: 2018 and 2019.\n"
        "\n"
        "  note  One pair of lists was never kept in the same stratum, so nobody could be\n"
        "        on both: A:C.\n"
        "  note  The list C was not kept for year: 2018. Nobody there could be on it, so\n"
        "        this zero is structural.\n"
        "  note  The list A was not kept for year: 2019. Nobody there could be on it, so\n"
        "        this zero is structural."
    )


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", [each.name for each in examples()])
def test_the_text_of_every_example_fits(name, code):
    with use_language(code):
        lines = str(check(example(name))).splitlines()
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line != line.rstrip()]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_text_of_many_lists_with_long_names_fits(code):
    names = [f"the organisation in region number {place}" for place in range(20)]
    on_two = {1 << j | 1 << (j + 1): 100_000 for j in range(19)}
    table = CaptureTable.build(names, list(on_two), list(on_two.values()), name="a very long name of a file" * 3)
    with use_language(code):
        lines = str(check(table)).splitlines()
    assert max(map(len, lines)) <= 80
    shown = [line for line in lines if line.endswith(("100.000", "100,000", "0%")) and "100" in line]
    assert len(shown) == 2 + 19  # the first and last list have 100,000 people, and each pair is shown once


def test_the_text_is_in_the_readers_language():
    with use_language("nl"):
        text = str(check(example("register")))
    assert "marechaussee" in text
    assert "slachtofferjaren" in text
    assert "shelters" not in text
