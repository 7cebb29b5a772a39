"""The synthetic register: what it holds, that it is what it says, and that the truth can be found from it."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable
from darknumber.errors import InputError
from darknumber.kernels.histories import list_counts, membership
from darknumber.models.log_linear import LogLinear
from darknumber.register.law import Law
from darknumber.register.small import small_law
from darknumber.register.synthesise import (
    ELIGIBLE,
    SEED,
    recording_probability,
    synthesise,
    truth_by,
    write_register,
)
from darknumber.register.targets import COVARIATES, LISTS, YEARS, members
from darknumber.register.truth import national_law
from darknumber.words import say, use_language

PACKAGED = files("darknumber.data").joinpath("tables/register.csv.gz")
LARGEST_FILE = 150_000  # bytes in the wheel
MANY = 4.5  # standard errors; among some two thousand cells the largest is about 3.5
TIMES = 2_000  # so many people for each of the population's, so that rounding counts does not matter


@pytest.fixture(scope="module")
def register():
    return synthesise()


def same(one: CaptureTable, other: CaptureTable) -> bool:
    return one.covariates == other.covariates and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("stratum", "history", "count")
    )


def test_what_an_analyst_gets(register):
    table = register.table
    assert table.lists == LISTS
    assert [covariate.name for covariate in table.covariates] == [covariate.name for covariate in COVARIATES]
    assert table.unit == "person-year"
    assert table.strata == 640
    assert table.not_recorded == ("form",)
    assert (table.list_sizes > 300).all()
    assert [finding.code for finding in table.findings] == ["synthetic_register"]


def test_it_says_that_it_is_synthetic(register):
    assert "ynthetic" in register.table.name
    assert "ynthetic" in say("register.description")
    with use_language("nl"):
        assert "ynthetisch" in synthesise().table.name
        assert "ynthetisch" in register.table.findings[0].sentence()


def test_every_label_has_words(register):
    for code in ("en", "nl"):
        with use_language(code):
            assert all(say(f"label.list.{name}") for name in LISTS)
            for covariate in register.flagged.covariates:
                assert say(f"label.covariate.{covariate.name}")
                if covariate.name != "year":
                    assert all(say(f"label.level.{covariate.name}.{level}") for level in covariate.levels)


def test_same_seed_same_register():
    one, two, other = synthesise(seed=5), synthesise(seed=5), synthesise(seed=6)
    assert same(one.flagged, two.flagged)
    assert not same(one.flagged, other.flagged)
    assert one.truth.tolist() == other.truth.tolist()


def test_the_tables_hold_the_same_people(register):
    others = [covariate.name for covariate in COVARIATES if covariate.name != "form"]
    assert same(register.table, register.flagged.pool(["border_definition"]))
    assert same(register.table.pool(["form"]), register.true_form_table.pool(["form"]))
    hidden = register.table.observed.reshape(register.table.shape).sum(axis=(0, 1, 2, 3, 5))[-1]
    true_form = register.true_form_table.pool(others).observed
    assert (register.table.pool(others).observed[:-1] <= true_form).all()
    assert register.table.pool(others).observed[-1] == hidden
    assert (register.true_form_table.observed <= register.truth).all()


def test_about_a_fifth_has_no_form_and_fewer_of_those_on_more_lists(register):
    table = register.table.pool([covariate.name for covariate in COVARIATES if covariate.name != "form"])
    hidden = table.stratum == table.covariates[0].levels.index(NOT_RECORDED)
    share = [
        table.count[hidden & (list_counts(table.history) == k)].sum() / table.by_number_of_lists[k - 1] for k in (1, 2)
    ]
    assert table.count[hidden].sum() / table.count.sum() == pytest.approx(0.2, abs=0.03)
    assert share[1] < share[0] / 2


def test_recording_by_history():
    probability = recording_probability()
    assert probability[0] == 0
    assert probability[1] == pytest.approx(0.80)  # police alone
    assert probability[0b001001] == pytest.approx(1 - 0.20 * 0.28)  # police and coordinators


def test_registered_by_year(register):
    observed = register.table.observed.reshape(10, -1).sum(axis=1)
    published = [993, 1222, 1711, 1437, 1561, 1150, 952, 958, 1300, 1372]
    assert observed == pytest.approx(published, rel=0.15)
    assert observed.sum() == pytest.approx(12_500, rel=0.04)
    ratio = truth_by(register, "year") / observed
    assert ((ratio > 3) & (ratio < 5.7)).all()
    assert truth_by(register)[()] / observed.sum() == pytest.approx(4.6, abs=0.2)


def test_lists_a_person(register):
    first = register.table.select("year", YEARS[:6])
    one, two, three = (first.by_number_of_lists / first.count.sum())[:3]
    assert one == pytest.approx(0.948, abs=0.012)  # as in the research file of 2010-2015
    assert two == pytest.approx(0.050, abs=0.012)
    assert 0 < three < 0.005


def test_dutch_minors_are_one_in_nine(register):
    grid = truth_by(register, "nationality", "age")
    rest = [covariate.name for covariate in COVARIATES if covariate.name not in ("nationality", "age")]
    observed = register.true_form_table.pool(rest).observed.reshape(2, 2)  # age by nationality
    adult, minor = (COVARIATES[2].levels.index(level) for level in ("adult", "minor"))
    dutch = COVARIATES[3].levels.index("dutch")
    assert observed[minor, dutch] / grid[dutch, minor] == pytest.approx(1 / 9, abs=0.015)
    assert observed[adult].sum() / grid[:, adult].sum() > 0.22


def test_police_share_falls(register):
    sizes = [register.table.select("year", [year]).list_sizes for year in YEARS]
    share = [size[:2].sum() / size.sum() for size in sizes]  # police and border police
    assert min(share[:4]) > 0.65
    assert max(share[-2:]) < 0.45


def test_border_definition_is_a_question_about_the_border_list(register):
    table = register.flagged
    flagged = table.level_of("border_definition")[table.stratum] == 1
    eligible = members(ELIGIBLE, table.covariates)[table.stratum]
    assert (table.history[flagged] == 1 << LISTS.index("border")).all()
    assert eligible[flagged].all()
    year = table.level_of("year")[table.stratum]
    by_year = np.bincount(year[flagged], weights=table.count[flagged], minlength=10)
    assert by_year[2:5].mean() == pytest.approx(300, abs=45)
    assert by_year[[0, 1, 5, 6]].sum() > 0
    assert by_year[7:].sum() == 0


def test_truth_sums(register):
    assert truth_by(register)[()] == register.truth.sum() == 57_900
    assert truth_by(register, "year").tolist() == [5000, 6500, 8200, 7600, 7500, 5000, 4200, 4000, 4900, 5000]
    grid = truth_by(register, "form", "year")
    assert grid.shape == (3, 10)
    assert np.array_equal(grid.T, truth_by(register, "year", "form"))
    assert grid.sum() == register.truth.sum()


def test_truth_of_an_unknown_covariate(register):
    with pytest.raises(InputError) as caught:
        truth_by(register, "region")
    assert caught.value.code == "unknown_covariate"


def test_counts_follow_the_law(register):
    known = national_law()
    seen = register.true_form_table.dense()[:, 1:]
    on = membership(np.arange(1, 1 << len(LISTS)), len(LISTS))
    for covariate in COVARIATES:
        for level in covariate.levels:
            inside = members(f"{covariate.name}={level}", COVARIATES)
            for j in range(len(LISTS)):
                share = known.shares[inside][:, 1:][:, on[:, j]].sum(axis=1)
                people = known.population[inside]
                gap = seen[inside][:, on[:, j]].sum() - (people * share).sum()
                assert abs(gap) < MANY * np.sqrt((people * share * (1 - share)).sum())


def as_expected(known: Law) -> CaptureTable:
    """A table in which everything is as expected, many times over."""
    expected = np.round(TIMES * known.expected).astype(np.int64)
    expected[:, 0] = 0
    stratum, history = np.nonzero(expected)
    return CaptureTable.build(
        known.lists,
        history,
        expected[stratum, history],
        covariates=known.covariates,
        levels=np.unravel_index(stratum, [len(covariate.levels) for covariate in known.covariates]),
    )


@pytest.mark.parametrize("known", [national_law(), small_law()], ids=["national", "small"])
def test_the_true_terms_find_the_truth(known):
    fit = LogLinear(terms=known.terms).fit(as_expected(known))
    assert fit.estimate.sum() / TIMES == pytest.approx(known.population.sum(), rel=2e-3)
    by_year = fit.estimate.reshape(len(known.covariates[0].levels), -1).sum(axis=1) / TIMES
    assert by_year == pytest.approx(known.population.reshape(len(by_year), -1).sum(axis=1), rel=5e-3)


def test_without_a_true_term_the_truth_is_missed():
    known = national_law()
    terms = " + ".join(term for term in known.terms.split(" + ") if term != "police:nationality")
    fit = LogLinear(terms=terms).fit(as_expected(known))
    assert abs(fit.estimate.sum() / TIMES / known.population.sum() - 1) > 0.05


def test_the_packaged_register_is_the_drawn_one(tmp_path, register):
    write_register(tmp_path / "one.csv.gz", seed=SEED)
    write_register(tmp_path / "two.csv.gz", seed=SEED)
    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "two.csv.gz").read_bytes()
    # Compared unpacked: another zlib may pack the same text differently.
    text = gzip.decompress((tmp_path / "one.csv.gz").read_bytes()).decode()
    assert gzip.decompress(PACKAGED.read_bytes()).decode() == text
    rows = list(csv.DictReader(text.splitlines()))
    assert list(rows[0]) == [*LISTS, *(c.name for c in register.flagged.covariates), "count"]
    assert sum(int(row["count"]) for row in rows) == register.table.count.sum()
    hidden = sum(int(row["count"]) for row in rows if not row["form"])
    assert hidden == register.table.select("form", [NOT_RECORDED]).count.sum()
    police = sum(int(row["count"]) for row in rows if row["police"] == "1")
    assert police == register.table.list_sizes[0]


def test_the_packaged_register_is_small():
    assert len(PACKAGED.read_bytes()) < LARGEST_FILE


def test_a_register_cannot_be_changed(register):
    with pytest.raises(ValueError, match="read-only"):
        register.truth[0] = 1
    assert replace(register, seed=2).seed == 2
