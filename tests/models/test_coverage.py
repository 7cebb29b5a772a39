"""Sample coverage as a model: its findings, and populations with dependence of known kinds."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap, LogNormal
from darknumber.kernels.histories import list_counts, membership
from darknumber.models import SampleCoverage, Stratified
from darknumber.models.coverage import coverage_statistics
from tests.oracles import covariates_of

FORMS = ("independent", "low", "high")
LISTS = 4
HISTORIES = np.arange(1 << LISTS)
ON = membership(HISTORIES, LISTS).astype(float)


def table_of(cells) -> CaptureTable:
    return CaptureTable.build("ABCDEF"[: int(np.log2(len(cells)))], np.arange(1, len(cells)), np.rint(cells[1:]))


def law(odds, pair=0.0):
    """Shares of the histories; the first two lists have a log odds ratio of `pair`."""
    share = np.exp(np.log(odds) * list_counts(HISTORIES) + pair * ON[:, 0] * ON[:, 1])
    return share / share.sum()


def people_differ(odds, spread):
    """Shares where log odds are normal."""
    at, weight = np.polynomial.hermite_e.hermegauss(40)
    return (weight / weight.sum()) @ np.stack([law(odds * np.exp(spread * each)) for each in at])


def codes(fit):
    return [each.code for each in fit.findings]


@pytest.mark.parametrize("form", FORMS)
def test_independent_lists_are_met_exactly(form):
    cells = 1e7 * law(0.6)
    fit = SampleCoverage(form).fit(table_of(cells))
    assert fit.unobserved[0] == pytest.approx(cells[0], rel=1e-3)


def test_with_high_coverage_the_high_form_is_closest_where_people_differ():
    cells = 1e6 * people_differ(2.0, 0.8)
    table = table_of(cells)
    found = {form: SampleCoverage(form).fit(table).unobserved[0] / cells[0] for form in FORMS}
    assert found["independent"] < found["low"] < found["high"]
    assert found["independent"] < 0.8
    assert abs(found["high"] - 1) < abs(found["independent"] - 1)
    assert coverage_statistics(table, SampleCoverage())["coverage"] > 0.55
    assert not {"coverage_low_floor", "coverage_too_low"} & set(codes(SampleCoverage("high").fit(table)))


def test_below_55_percent_the_authors_warning():
    together, apart = 1e5 * people_differ(0.1, 1.0), 1e5 * law(0.1, -3.0)
    for cells, code in ((together, "coverage_low_floor"), (apart, "coverage_low_ceiling")):
        table = table_of(cells)
        found = SampleCoverage().fit(table)
        assert code in codes(found)
        assert coverage_statistics(table, SampleCoverage())["coverage"] < 0.55
        high = SampleCoverage("high").fit(table)
        (said,) = [each for each in high.findings if each.severity == "stop"]
        assert said.code == "coverage_too_low"
    assert SampleCoverage().fit(table_of(together)).unobserved[0] < together[0]
    assert SampleCoverage().fit(table_of(apart)).unobserved[0] > apart[0]


@pytest.mark.parametrize("both", [7, 11, 13, 29])
def test_with_two_lists_nothing_tells_on_which_side_the_number_is(both):
    """Two lists always look independent at the size they give, so what dependence adds is nothing but rounding."""
    fit = SampleCoverage().fit(table_of(np.array([0, 101, 203, both])))
    assert codes(fit) == ["coverage_is", "coverage_low"]
    assert fit.unobserved[0] == pytest.approx((101 + both) * (203 + both) / both - 304 - both)


def test_pairs_that_avoid_each_other_are_named():
    fit = SampleCoverage().fit(table_of(1e6 * law(0.5, -1.0)))
    (said,) = [each for each in fit.findings if each.code == "coverage_negative"]
    assert said.values["pairs"] == ("A-B",)
    assert coverage_statistics(fit.data, fit.model)["A:B"] < -0.2


def test_the_form_without_a_root_says_so():
    fit = SampleCoverage("high").fit(CaptureTable.build("ABC", [1, 2, 4, 7], [40, 40, 40, 6]))
    assert codes(fit) == ["whole_not_identified", "coverage_is", "coverage_no_root"]
    assert np.isnan(coverage_statistics(fit.data, fit.model)["A:B"])


def test_one_table_at_a_time():
    level = np.repeat([0, 1], 15)
    counts = np.concatenate([np.rint(1e4 * law(0.4))[1:], np.rint(2e4 * law(0.2))[1:]])
    data = CaptureTable.build("ABCD", np.tile(HISTORIES[1:], 2), counts, covariates=covariates_of((2,)), levels=[level])
    with pytest.raises(ModelError) as caught:
        SampleCoverage().fit(data)
    assert caught.value.code == "unsupported_covariates"
    apart = Stratified(SampleCoverage(), (data.covariates[0].name,)).fit(data)
    alone = SampleCoverage().fit(table_of(2e4 * law(0.2)))
    assert apart.unobserved[1] == pytest.approx(alone.unobserved[0])


@pytest.mark.parametrize("form", FORMS)
def test_the_closed_variance_is_that_of_populations(form):
    # Where an estimate is too low its population is too, which the formula does not know: each form where it is right.
    cells = people_differ(1.0, 0.0 if form == "independent" else 0.6)
    rng = np.random.default_rng(11)
    tables = np.stack([rng.multinomial(5000, cells) for _ in range(1500)]).astype(float)
    tables[:, 0] = 0
    model = SampleCoverage(form)
    fit = model.fit(table_of(5000 * cells))
    again = model.refit(fit, tables[:, None])
    sizes = (again.observed + again.unobserved)[:, 0]
    assert np.isfinite(sizes).all()
    assert np.std(sizes) == pytest.approx(np.sqrt(fit.variance[0]), rel=0.12)


def test_both_intervals_on_real_lists():
    table = example("kosovo-1999")
    for model in (SampleCoverage(), SampleCoverage("high")):
        closed = estimate(table, model, LogNormal()).limits[0]
        drawn = estimate(table, model, Bootstrap(replicates=400), seed=1, workers=1).limits[0]
        assert closed == pytest.approx(drawn, rel=0.1)
