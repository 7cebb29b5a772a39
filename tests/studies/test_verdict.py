"""Verdicts: each reason at its threshold, for the whole and for every group."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from darknumber.data.examples import example
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.models.best import FEW_PEOPLE
from darknumber.studies.check import check
from darknumber.studies.verdict import (
    ANSWERS,
    FEWEST_RECAPTURES,
    LEAST_COVERAGE,
    breakdown_columns,
    breakdowns,
    usable_lists,
)

A, B, C = 1, 2, 4
YEARS = Covariate.of("year", ["2018", "2019"])
SEX = Covariate.of("sex", ["f", "m"])


def table_of(counts: dict[int, int], lists: str = "ABC", **more) -> CaptureTable:
    return CaptureTable.build(tuple(lists), list(counts), list(counts.values()), **more)


def codes(table: CaptureTable) -> set[str]:
    return {reason.code for reason in check(table).verdict.reasons}


RICH = {A: 80, B: 70, C: 60, A | B: 150, A | C: 140, B | C: 130, A | B | C: 300}


def test_a_plain_yes():
    verdict = check(table_of(RICH)).verdict
    assert (verdict.answer, verdict.reasons) == ("yes", ())


def test_nobody_on_two_lists_is_a_plain_no():
    verdict = check(table_of({A: 10, B: 20, C: 30})).verdict
    assert verdict.answer == "no"
    assert [reason.code for reason in verdict.reasons] == ["reason_no_overlap"]


@pytest.mark.parametrize(("on_two", "answer"), [(FEWEST_RECAPTURES - 1, "no"), (FEWEST_RECAPTURES, "caution")])
def test_seven_people_on_two_lists_are_the_least(on_two, answer):
    table = table_of({A: 8, B: 8, A | B: on_two}, "AB")
    assert check(table).verdict.answer == answer
    assert ("reason_few_recaptures" in codes(table)) is (answer == "no")


@pytest.mark.parametrize(("on_two", "told"), [(FEW_PEOPLE - 1, True), (FEW_PEOPLE, False)])
def test_an_estimate_that_rests_on_few(on_two, told):
    assert ("reason_rests" in codes(table_of({A: 8, B: 8, A | B: on_two}, "AB"))) is told


def test_coverage_below_its_threshold():
    # half of each list, and a little more, is on the other
    for alone, told in ((44, False), (46, True)):
        table = table_of({A: alone, B: alone, C: alone, A | B | C: 100 - alone})
        assert check(table).information.coverage == pytest.approx(1 - alone / 100)
        assert LEAST_COVERAGE == 0.55
        assert ("reason_coverage" in codes(table)) is told


def test_two_useful_lists_cannot_show_their_dependence():
    assert "reason_two_lists" in codes(table_of({A: 30, B: 20, A | B: 60}, "AB"))
    table = table_of({A: 30, B: 20, A | B: 60, C: 3, A | C: 1})  # C has four people
    assert usable_lists(table) == ("A", "B")
    assert "reason_two_lists" in codes(table)


def test_a_dominant_list():
    assert "reason_dominant" in codes(table_of({A: 800, B: 30, C: 20, A | B: 60, A | C: 50, B | C: 40}))


def test_a_model_without_a_limit_says_no():
    # A and B share six, C shares nobody: the model of the pair is best, and says nothing of an upper limit
    found = check(example("artificial-3"))
    assert found.verdict.answer == "no"
    assert {"reason_no_limit", "reason_few_recaptures"} <= {reason.code for reason in found.verdict.reasons}
    assert found.information.rests_on == 0


def test_models_that_are_far_apart():
    found = check(example("netherlands-2010-2015"), "best").verdict
    (apart,) = [reason for reason in found.reasons if reason.code == "reason_far_apart"]
    assert apart.values["n"] == 18
    assert apart.values["high"] > 3 * apart.values["low"]
    assert found.answer == "caution"


def test_models_without_a_limit_among_those_close():
    assert "reason_unlimited_models" in codes(example("korea"))


def by_year_and_sex() -> CaptureTable:
    """2018: plenty; 2019: plenty for f, six people on two lists for m."""
    cells = []
    for year, sex, share in ((0, 0, 1.0), (0, 1, 0.5), (1, 0, 0.5)):
        cells += [(year, sex, history, int(count * share)) for history, count in RICH.items()]
    cells += [(1, 1, A, 20), (1, 1, B, 20), (1, 1, A | B, 6)]
    years, sexes, histories, counts = zip(*cells, strict=True)
    return CaptureTable.build(
        ("A", "B", "C"), histories, counts, covariates=[YEARS, SEX], levels=[np.array(years), np.array(sexes)]
    )


def test_each_group_has_its_verdict():
    year, sex, both = breakdowns(by_year_and_sex())
    assert (year.covariates, sex.covariates, both.covariates) == (("year",), ("sex",), ("year", "sex"))
    assert year.answers == ("yes", "yes")
    assert both.levels == (("2018", "f"), ("2018", "m"), ("2019", "f"), ("2019", "m"))
    assert both.answers == ("yes", "yes", "yes", "no")
    assert both.reasons == ("", "", "", "reason_few_recaptures")
    assert both.refused == (("2019", "m"),)
    assert both.recaptures.tolist()[-1] == 6
    assert both.usable.tolist() == [3, 3, 3, 2]
    assert [both.count(answer) for answer in ANSWERS] == [3, 0, 1]


def test_a_group_is_judged_as_its_own_table_would_be():
    table = by_year_and_sex()
    for each in breakdowns(table):
        for levels, observed, recaptures, coverage in zip(
            each.levels, each.observed, each.recaptures, each.coverage, strict=True
        ):
            part = table
            for name, level in zip(each.covariates, levels, strict=True):
                part = part.select(name, [level])
            known = check(part.pool([covariate.name for covariate in part.covariates])).information
            assert (known.observed, known.recaptures) == (observed, recaptures)
            assert known.coverage == pytest.approx(coverage)


def test_what_was_not_recorded_and_who_is_not_there_are_no_groups():
    form = Covariate.of("form", ["labour", "sexual", NOT_RECORDED])
    years = Covariate.of("year", ["2017", "2018"])
    cells = [(0, 0, h, n) for h, n in RICH.items()] + [(1, 2, h, n) for h, n in RICH.items()]
    years_of, forms, histories, counts = zip(*cells, strict=True)
    table = CaptureTable.build(
        ("A", "B", "C"), histories, counts, covariates=[years, form], levels=[np.array(years_of), np.array(forms)]
    )
    year, form_only, both = breakdowns(table)
    assert year.levels == (("2017",), ("2018",))
    assert form_only.levels == (("labour",),)
    assert both.levels == (("2017", "labour"),)


def test_columns_have_one_row_a_group_and_go_into_json():
    found = breakdowns(example("register"))
    columns = breakdown_columns(found)
    assert {len(column) for column in columns.values()} == {sum(len(each.levels) for each in found)}
    assert len(found) == 6 + 15
    json.dumps(columns)
    assert breakdown_columns(()) == {name: [] for name in columns}


TIE = 1e-6  # of a criterion, far above what fits differ by and far below what tells models apart
cells = st.dictionaries(st.integers(1, 15), st.integers(1, 50), min_size=3)


@given(counts=cells, order=st.permutations(range(4)))
@settings(max_examples=20, deadline=None)
def test_order_and_names_of_lists_change_nothing(counts, order):
    counts = {1: 1, 2: 1, 4: 1, 8: 1} | counts
    moved = {sum(1 << order[j] for j in range(4) if w >> j & 1): n for w, n in counts.items()}
    one = check(table_of(counts, "ABCD"))
    tied = one.fit.candidates.distance <= TIE
    assume(tied.sum() == 1)  # of several that are equally good the first is taken, which is a matter of order
    other = check(table_of(moved, "".join(sorted("ABCD", key=lambda name: order["ABCD".index(name)]))))
    renamed = check(table_of(counts, "QRSX"))
    assert one.verdict.answer == other.verdict.answer == renamed.verdict.answer
    assert {r.code for r in one.verdict.reasons} == {r.code for r in other.verdict.reasons}
    assert one.information.coverage == pytest.approx(other.information.coverage)
    assert one.information.recaptures == other.information.recaptures


@given(counts=cells)
@settings(max_examples=20, deadline=None)
def test_a_no_has_a_stop_and_a_yes_has_no_reasons(counts):
    verdict = check(table_of({1: 1, 2: 1, 4: 1, 8: 1} | counts, "ABCD")).verdict
    severities = [reason.severity for reason in verdict.reasons]
    assert (verdict.answer == "no") is ("stop" in severities)
    assert (verdict.answer == "yes") is (not severities)
