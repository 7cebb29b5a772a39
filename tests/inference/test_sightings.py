"""Answers from repeated sightings: the same draws on any workers, limits, files, and what cannot be asked."""

from __future__ import annotations

import numpy as np
import pytest

import darknumber as dn
from darknumber.data.frequencies import Frequencies
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import Cancelled, InputError, ModelError
from darknumber.inference.asking import estimate
from darknumber.inference.intervals import Bootstrap, LogNormal
from darknumber.inference.sightings import rows_at_once
from darknumber.models import Independence
from darknumber.models.sightings import Sightings
from darknumber.studies.diagnose import diagnose
from darknumber.studies.sensitivity import sensitivity

SEX = Covariate(name="sex", levels=("female", "male"))
YEAR = Covariate(name="year", levels=("2011", "2012"), values=(2011.0, 2012.0))
FEW = Bootstrap(replicates=60)


@pytest.fixture(scope="module")
def people():
    counts = np.array([[120, 40, 12, 3], [90, 35, 15, 4], [150, 60, 20, 9], [80, 30, 9, 2]])
    stratum, place = np.nonzero(counts)
    levels = np.unravel_index(stratum, (2, 2))
    return Frequencies.build(place + 1, counts[stratum, place], covariates=[SEX, YEAR], levels=list(levels), name="a")


@pytest.mark.parametrize("law", ["observed", "parametric"])
@pytest.mark.parametrize("model", [Sightings(), Sightings("geometric", "inflated-all"), Sightings(ones="left-out")])
def test_the_same_seed_gives_the_same_draws_on_any_number_of_workers(people, model, law):
    how = Bootstrap(replicates=120, law=law)
    one, three = (estimate(people, model, how, seed=3, workers=workers).draws for workers in (1, 3))
    assert np.array_equal(one, three, equal_nan=True)
    assert one.shape == (120, 4)
    assert not np.array_equal(one, estimate(people, model, how, seed=4).draws, equal_nan=True)


def test_draws_are_about_the_estimate_and_never_below_those_seen_in_them(people):
    for law in ("observed", "parametric"):
        found = estimate(people, Sightings(), Bootstrap(replicates=300, law=law), seed=1)
        draws = found.draws.sum(axis=1)
        assert np.median(draws) == pytest.approx(found.estimate.sum(), rel=0.05)
        plain = estimate(people, Sightings(), LogNormal(), by=[])
        width = np.diff(np.quantile(draws, [0.025, 0.975]))[0]
        assert width == pytest.approx(np.diff(plain.limits[0])[0], rel=0.25)
        assert (found.limits[:, 0] >= found.observed).all()


def test_groups_add_up(people):
    found = estimate(people, None, FEW, seed=1)
    assert found.by("sex").estimate.sum() == pytest.approx(found.total().estimate[0])
    assert estimate(people, None, FEW, by=["sex"], seed=1).draws == pytest.approx(found.by("sex").draws)
    assert found.change("year", "2011", "2012").ratio.value[0] > 0


def test_log_normal_limits_of_sums_hold_the_doubt_they_share(people):
    total = estimate(people, "sightings", "lognormal", by=[])
    strata = estimate(people, "sightings", "lognormal")
    widths = np.diff(strata.limits, axis=1).sum(), np.diff(total.limits[0])[0]
    assert widths[1] < widths[0]
    assert (strata.limits[:, 0] > strata.observed).all()
    with pytest.raises(ModelError):
        strata.total()


def test_the_data_are_left_as_they_were(people):
    before = people.count.copy(), people.times.copy()
    estimate(people, None, FEW)
    assert np.array_equal(before[0], people.count)
    assert np.array_equal(before[1], people.times)


def test_it_prints_in_both_languages_and_is_kept_on_disk(people, tmp_path):
    found = estimate(people, Sightings("geometric"), FEW, seed=1)
    assert "one list" in str(found)
    with dn.use_language("nl"):
        assert "één lijst" in str(found)
    again = dn.load(dn.save(found, tmp_path / "answer.dn"))
    assert str(again) == str(found)
    assert again.fits[0].model == Sightings("geometric")
    assert np.array_equal(again.draws, found.draws)


def test_a_stratum_without_an_upper_limit_stays_in_the_draws():
    data = Frequencies.build([1, 1, 2, 3], [30, 40, 12, 3], covariates=[SEX], levels=[np.array([0, 1, 1, 1])])
    found = estimate(data, Sightings(), FEW, seed=1)
    assert np.isposinf(found.draws[:, 0]).all()
    assert found.limits[0].tolist() == [np.inf, np.inf] or found.limits[0, 1] == np.inf
    with pytest.raises(ModelError) as caught:
        estimate(data, Sightings(), Bootstrap(law="parametric"))
    assert caught.value.code == "parametric_not_finite"


def test_work_can_be_stopped_and_tells_how_far_it_is(people):
    told = []
    estimate(people, None, FEW, progress=lambda *each: told.append(each))
    assert told[-1] == (60, 60, "replicates")

    def stop(*_):
        raise Cancelled

    with pytest.raises(Cancelled):
        estimate(people, None, FEW, progress=stop)


@pytest.mark.parametrize(
    ("model", "interval", "code"),
    [
        (Independence(), None, "model_not_of_sightings"),
        ("average", None, "model_not_of_sightings"),
        (None, "profile", "interval_not_of_sightings"),
        (None, "bootstrap(limits=bca)", "interval_not_of_sightings"),
        (None, "bootstrap(replicates=0)", "bad_replicates"),
        (None, "lognormal", "interval_of_selected"),
        ("best-law", "bootstrap(law=parametric)", "parametric_selects"),
        ("sightings(most=2)", "bootstrap(law=parametric)", "parametric_no_law"),
    ],
)
def test_what_cannot_be_asked_is_refused(people, model, interval, code):
    with pytest.raises(ModelError) as caught:
        estimate(people, model, interval)
    assert caught.value.code == code
    assert str(caught.value)


def test_tables_of_several_lists_are_refused():
    table = CaptureTable.build("AB", [1, 2, 3], [20, 15, 6])
    for model in ("sightings(law=geometric)", Sightings()):
        with pytest.raises(InputError) as caught:
            estimate(table, model)
        assert caught.value.code == "sightings_needed"


def test_what_is_about_several_lists_says_so(people):
    found = estimate(people, None, FEW)
    for act, code in ((diagnose, "sightings_needed"), (sensitivity, "sightings_needed")):
        with pytest.raises(InputError) as caught:
            act(found)
        assert caught.value.code == code


def test_other_laws_that_fit_are_told_with_the_answer():
    """Half of those seen are never seen again: a Poisson law is far off, and laws with extra ones fit."""
    counts = np.array([[900, 40, 25, 12, 5, 2]])
    people = Frequencies.build(np.arange(1, 7), counts[0])
    told = {finding.code: finding for finding in estimate(people, Sightings(), FEW).findings}
    better = told["law_fits_better"]
    assert better.severity == "stop"
    assert better.values["points"] > 50
    assert told["laws_differ"].values["low"] < 1200 < told["laws_differ"].values["high"]
    other = estimate(people, str(better.values["model"]), LogNormal(), by=[])
    assert other.estimate[0] == pytest.approx(better.values["estimate"], rel=0.01)  # told in three digits


def test_few_replicates_are_told(people):
    found = estimate(people, None, "bootstrap(replicates=9)")
    assert "few_replicates" in {finding.code for finding in found.findings}


def test_rows_that_limits_are_given_for_at_once():
    assert rows_at_once([], "lognormal") == ()
    assert rows_at_once([["sex"]], "lognormal") == ("sex",)
    assert rows_at_once([["sex"]], "bootstrap") is None
    with pytest.raises(ModelError):
        rows_at_once([["sex"], ["year"]], "lognormal")
