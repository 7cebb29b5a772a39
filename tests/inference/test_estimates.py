"""What can be asked of an answer: everything is a function of the draws, taken draw by draw."""

from __future__ import annotations

from dataclasses import replace

import narwhals.stable.v2 as nw
import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap, LogNormal
from darknumber.kernels.summaries import bca_limits, percentile_limits
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED

inf, nan = np.inf, np.nan
YEAR = Covariate(name="year", levels=("2011", "2012", "2013"), values=(2011.0, 2012.0, 2013.0))
SEX = Covariate(name="sex", levels=("female", "male"))
FORM = Covariate(name="form", levels=("a", "b", NOT_RECORDED))


def answer(covariates=(YEAR, SEX), *, seed=0, draws=200, **changes) -> Estimates:
    """Strata with 10, 20, 30, ... registered and about three times as many unseen."""
    strata = int(np.prod([len(covariate.levels) for covariate in covariates], dtype=int))
    rng = np.random.default_rng(seed)
    observed = 10.0 * np.arange(1, strata + 1)
    unobserved = observed * rng.uniform(2, 4, strata)
    estimates = Estimates(
        covariates=tuple(covariates),
        observed=observed,
        unobserved=unobserved,
        verdict=np.full(strata, ESTIMABLE, dtype=np.int8),
        at_least=observed + unobserved,
        draws=observed + unobserved * rng.lognormal(0, 0.2, (draws, strata)),
        level=0.95,
        interval=Bootstrap(replicates=draws),
        seed=seed,
        fits=(),
        unit="person",
    )
    return replace(estimates, **changes)


@pytest.fixture
def estimates():
    return answer()


def odd():
    """One stratum infinite, one not identified, and a few such draws elsewhere."""
    whole = answer()
    draws = whole.draws.copy()
    draws[:, 1], draws[:, 4] = inf, nan
    draws[:2, 0], draws[2:4, 0] = inf, nan
    return replace(
        whole,
        unobserved=np.where(np.arange(6) == 1, inf, np.where(np.arange(6) == 4, nan, whole.unobserved)),
        verdict=np.array([0, INFINITE, 0, 0, NOT_IDENTIFIED, 0], dtype=np.int8),
        at_least=np.where(np.isin(np.arange(6), (1, 4)), whole.observed, whole.at_least),
        draws=draws,
    )


def grid(values):
    return np.asarray(values).reshape(*np.shape(values)[:-1], 3, 2)


def test_sums_over_the_other_covariates(estimates):
    for names, axes in {("year",): (2,), ("sex",): (1,), (): (1, 2)}.items():
        found = estimates.by(*names)
        assert [c.name for c in found.covariates] == list(names)
        assert found.draws == pytest.approx(grid(estimates.draws).sum(axis=axes).reshape(200, -1))
        axes = tuple(axis - 1 for axis in axes)
        for field in ("observed", "unobserved", "estimate", "at_least"):
            whole = grid(getattr(estimates, field)).sum(axis=axes).reshape(-1)
            assert getattr(found, field) == pytest.approx(whole)
    assert estimates.total().estimate[0] == pytest.approx(estimates.estimate.sum())


def test_limits_are_those_of_the_summed_draws(estimates):
    found = estimates.by("year")
    summed = grid(estimates.draws).sum(axis=2)
    assert found.limits == pytest.approx(percentile_limits(summed, 0.95, found.observed))
    assert not np.allclose(found.limits, grid(estimates.limits.T).sum(axis=2).T)  # limits do not add up


def test_the_order_of_names_is_the_order_of_the_answer(estimates):
    turned = estimates.by("sex", "year")
    assert [c.name for c in turned.covariates] == ["sex", "year"]
    assert turned.estimate == pytest.approx(grid(estimates.estimate).T.reshape(-1))
    assert turned.labels()[1] == ("female", "2012")
    assert estimates.by("year", "sex") is estimates
    assert estimates.by("year", "year").estimate == pytest.approx(estimates.by("year").estimate)


def test_a_sum_is_infinite_if_a_part_is_else_not_identified_if_a_part_is():
    found = odd().by("year")
    assert found.verdict.tolist() == [INFINITE, ESTIMABLE, NOT_IDENTIFIED]
    assert np.isposinf(found.estimate).tolist() == [True, False, False]
    assert np.isnan(found.estimate).tolist() == [False, False, True]
    assert found.at_least == pytest.approx(grid(odd().at_least).sum(axis=1))
    assert found.limits[0, 1] == inf
    assert found.limits[2].tolist() == [found.observed[2], inf]
    assert odd().total().verdict.tolist() == [INFINITE]


def test_infinite_and_undefined_draws_stay_in():
    found = odd()
    assert found.limits[0, 1] < inf  # the limit is the fifth largest of 200
    assert replace(found, level=0.99).limits[0, 1] == inf
    assert found.limits[0, 0] == pytest.approx(np.sort(np.nan_to_num(found.draws[:, 0], nan=10.0))[4])


def test_bca_limits_come_from_the_jackknife(estimates):
    rng = np.random.default_rng(1)
    left_out, weights = estimates.estimate * rng.lognormal(0, 0.01, (30, 6)), rng.integers(1, 9, 30)
    found = replace(estimates, jackknife=left_out, jackknife_weights=weights).by("year")
    summed, parts = grid(estimates.draws).sum(axis=2), grid(left_out).sum(axis=2)
    assert found.limits == pytest.approx(bca_limits(summed, found.estimate, parts, weights, 0.95, found.observed))


def test_the_ratio_is_to_the_published_registered_number(estimates):
    ratio = estimates.ratio()
    assert ratio.value == pytest.approx(estimates.estimate / estimates.observed)
    assert ratio.lower == pytest.approx(estimates.limits[:, 0] / estimates.observed)
    assert ratio.upper == pytest.approx(estimates.limits[:, 1] / estimates.observed)


def test_shares_are_taken_draw_by_draw(estimates):
    years = estimates.by("year")
    share = years.share()
    assert share.value == pytest.approx(years.estimate / years.estimate.sum())
    each = years.draws / years.draws.sum(axis=1, keepdims=True)
    limits = percentile_limits(each, 0.95, np.zeros(3))
    assert share.lower == pytest.approx(limits[:, 0])
    assert share.upper == pytest.approx(limits[:, 1])


def test_a_share_of_infinity_is_not_estimable_and_no_share_is_above_one():
    share = odd().share()
    assert np.isnan(share.value).tolist() == [False, True, False, False, True, False]
    assert share.value[0] == 0
    assert (share.lower >= 0).all()
    assert (share.upper <= 1).all()
    assert share.upper[1] == 1


def test_change_between_levels(estimates):
    found = estimates.change("year", "2011", "2013")
    old, new = (estimates.select(year=year).total() for year in ("2011", "2013"))
    assert found.difference.value[0] == pytest.approx(new.estimate[0] - old.estimate[0])
    assert found.ratio.value[0] == pytest.approx(new.estimate[0] / old.estimate[0])
    moved = np.sort((new.draws - old.draws)[:, 0])
    assert found.difference.lower[0] == pytest.approx(moved[4])
    assert found.difference.upper[0] == pytest.approx(moved[-5])
    assert found.probability_of_fall == np.mean(moved < 0) == 0
    assert found.clear
    back = estimates.change("year", "2013", "2011")
    assert back.probability_of_fall == 1
    assert back.difference.lower[0] == pytest.approx(-found.difference.upper[0])
    assert not estimates.change("year", "2011", "2011").clear


def test_change_of_what_is_infinite():
    found = odd().change("year", "2011", "2012")  # from infinite to a number
    assert found.difference.value[0] == -inf
    assert found.probability_of_fall == 1
    unknown = odd().change("year", "2012", "2013")
    assert np.isnan(unknown.difference.value[0])
    assert np.isnan(unknown.probability_of_fall)
    assert (unknown.difference.lower[0], unknown.difference.upper[0]) == (-inf, inf)
    assert unknown.ratio.lower[0] == 0
    assert not unknown.clear


def test_select_and_mean(estimates):
    women = estimates.select(sex="female")
    assert [c.name for c in women.covariates] == ["year"]
    assert women.estimate == pytest.approx(grid(estimates.estimate)[:, 0])
    one = estimates.select(year="2012", sex="male")
    assert one.covariates == ()
    assert one.estimate == pytest.approx(estimates.estimate[[3]])
    mean = estimates.mean("year", ["2011", "2013"])
    assert [c.name for c in mean.covariates] == ["sex"]
    assert mean.draws == pytest.approx(grid(estimates.draws)[:, [0, 2]].mean(axis=1))
    assert mean.estimate == pytest.approx(grid(estimates.estimate)[[0, 2]].mean(axis=0))
    assert mean.observed == pytest.approx(grid(estimates.observed)[[0, 2]].mean(axis=0))
    assert mean.averaged == ("year", "2011", "2013")
    assert mean.total().estimate[0] == pytest.approx(estimates.by("year").estimate[[0, 2]].mean())
    assert np.isnan(odd().mean("year", ["2012", "2013"]).estimate).tolist() == [True, False]


def test_levels_put_together(estimates):
    found = estimates.regroup("year", {"later": ["2013", "2012"], "first": ["2011"]})
    assert found.covariates[0].levels == ("later", "first")
    assert grid_of(found) == pytest.approx(
        np.stack([grid(estimates.estimate)[1:].sum(axis=0), grid(estimates.estimate)[0]])
    )
    for groups in ({"a": ["2011"]}, {"a": ["2011", "2012", "2013", "2014"]}, {"a": ["2011", "2011", "2012", "2013"]}):
        with pytest.raises(InputError) as caught:
            estimates.regroup("year", groups)
        assert caught.value.code == "bad_groups"


def grid_of(found):
    return found.estimate.reshape(found.shape)


def test_people_without_a_value_are_shared_out():
    whole = answer((YEAR, FORM))
    shown, allocated = whole.by("year", "form"), whole.by("year", "form", not_recorded="allocate")
    assert shown.shape == (3, 3)
    assert allocated.shape == (3, 2)
    assert allocated.covariates[1].levels == ("a", "b")
    known = grid_of(shown)[:, :2]
    missing = grid_of(shown)[:, 2:]
    assert grid_of(allocated) == pytest.approx(known * (1 + missing / known.sum(axis=1, keepdims=True)))
    assert allocated.by("year").estimate == pytest.approx(shown.by("year").estimate)
    assert allocated.by("year").observed == pytest.approx(shown.by("year").observed)
    drawn, before = allocated.draws.reshape(-1, 3, 2), shown.draws.reshape(-1, 3, 3)
    share = before[..., :2] / before[..., :2].sum(axis=2, keepdims=True)
    assert drawn == pytest.approx(before[..., :2] + before[..., 2:] * share)
    assert whole.by("year", not_recorded="allocate").shape == (3,)  # nothing to share out


@pytest.mark.parametrize("seed", range(20))
def test_nobody_is_lost_where_values_are_shared_out(seed):
    """Even where the levels' ratios differ much, no level gets more registered people than people."""
    rng = np.random.default_rng(seed)
    base = answer((YEAR, FORM), seed=seed)
    whole = replace(base, unobserved=base.observed * rng.lognormal(-1, 3, 9))
    allocated = whole.by("year", "form", not_recorded="allocate")
    assert (allocated.unobserved >= -1e-9).all()
    assert (allocated.limits[:, 0] >= allocated.observed - 1e-9).all()


def test_what_is_not_estimable_stays_so_where_values_are_shared_out():
    base = answer((FORM,))
    for code, figure in ((INFINITE, inf), (NOT_IDENTIFIED, nan)):
        unknown = replace(
            base,
            unobserved=np.array([30, 60, figure]),
            verdict=np.array([0, 0, code], dtype=np.int8),
            draws=np.tile([40.0, 80.0, figure], (50, 1)),
            at_least=np.array([40.0, 80, 30]),
        )
        found = unknown.by("form", not_recorded="allocate")
        assert found.verdict.tolist() == [code, code]
        assert not np.isfinite(found.estimate).any()
        assert found.observed.sum() == pytest.approx(60)
        assert found.at_least.sum() == pytest.approx(150)
        assert found.limits[:, 1].tolist() == [inf, inf]


def bounded(covariates):
    base = answer(covariates, draws=2)
    bounds = np.stack([base.estimate * 0.8, base.estimate * 1.3], axis=1)
    return replace(base, draws=None, bounds=bounds, interval=LogNormal())


def test_limits_without_draws_do_not_add_up():
    found = bounded((YEAR, SEX))
    for ask in (found.total, lambda: found.by("year"), lambda: found.mean("year", ["2011", "2012"])):
        with pytest.raises(ModelError) as caught:
            ask()
        assert caught.value.code == "bounds_do_not_add"
    for ask in (found.share, lambda: found.select(sex="male").change("year", "2011", "2012")):
        with pytest.raises(ModelError) as caught:
            ask()
        assert caught.value.code == "no_draws"
    with pytest.raises(ModelError) as caught:
        bounded((FORM,)).by("form", not_recorded="allocate")
    assert caught.value.code == "bounds_do_not_add"
    assert str(caught.value)


def test_limits_without_draws_stay_with_their_stratum():
    found = bounded((YEAR, SEX))
    turned = found.by("sex", "year")
    assert turned.limits[:, 0] == pytest.approx(turned.estimate * 0.8)
    assert turned.limits[:, 1] == pytest.approx(turned.estimate * 1.3)
    one = found.select(year="2012", sex="male").total()
    assert one.limits[0] == pytest.approx(one.estimate[0] * np.array([0.8, 1.3]))


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow", None])
def test_a_frame_of_any_installed_library(estimates, backend):
    frame = nw.from_native(estimates.by("year").to_frame(backend))
    assert frame.columns == [
        "year", "observed", "unobserved", "estimate", "lower", "upper", "ratio", "ratio_lower", "ratio_upper",
        "ascertainment", "verdict",
    ]  # fmt: skip
    assert frame["year"].to_list() == ["2011", "2012", "2013"]
    assert frame["estimate"].to_list() == pytest.approx(estimates.by("year").estimate.tolist())
    assert frame["verdict"].to_list() == ["estimable"] * 3
    assert frame.implementation.value == (backend or "polars")


def test_a_frame_says_what_is_not_a_number():
    frame = nw.from_native(odd().to_frame("polars"))
    assert frame["verdict"].to_list()[1] == "infinite"
    assert frame["estimate"].to_list()[1] == inf
    assert frame["ascertainment"].to_list()[1] == 0
    assert frame["verdict"].to_list()[4] == "not identified"


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda e: e.by("region"), "unknown_covariate"),
        (lambda e: e.select(region="north"), "unknown_covariate"),
        (lambda e: e.select(year="2020"), "unknown_level"),
        (lambda e: e.mean("year", []), "no_levels"),
        (lambda e: e.mean("year", ["2020"]), "unknown_level"),
        (lambda e: e.change("year", "2011", "2020"), "unknown_level"),
        (lambda e: e.change("region", "a", "b"), "unknown_covariate"),
        (lambda e: e.regroup("region", {}), "unknown_covariate"),
    ],
)
def test_names_that_are_not_there(estimates, ask, code):
    with pytest.raises(InputError) as caught:
        ask(estimates)
    assert caught.value.code == code
    assert str(caught.value)


def test_a_library_that_is_not_there_is_told(estimates, monkeypatch):
    def absent(*args, **kwargs):
        raise ImportError

    monkeypatch.setattr(nw, "from_dict", absent)
    with pytest.raises(ModelError) as caught:
        estimates.to_frame()
    assert caught.value.code == "no_frame_library"
