"""Models corrected for missed and false links: closed forms, simulation, and what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.inference.asking import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels import verdicts
from darknumber.kernels.linkage import draw_recorded, recorded
from darknumber.models import Average, BayesThreshold, Independence, LincolnPetersen, Links, LogLinear, Stepwise

HISTORIES = np.arange(1, 8)


def table(counts, lists=3):
    names = ("police", "border", "shelter")[:lists]
    return CaptureTable.build(names, np.arange(1, 1 << lists), np.asarray(counts, dtype=int))


@pytest.mark.parametrize("missed", [0.0, 0.02, 0.1])
def test_two_lists_have_a_closed_form(missed):
    on_one, on_other, both = 410, 330, 90
    data = table([on_one - both, on_other - both, both], 2)
    found = Links(missed, model=LincolnPetersen()).fit(data)
    assert found.estimate.sum() == pytest.approx((1 - missed) * on_one * on_other / both)


def test_without_errors_it_is_the_model_inside():
    data = table([200, 180, 60, 150, 50, 40, 12])
    for model in (Independence(), Stepwise("aic"), Average()):
        one, other = Links(model=model).fit(data), model.fit(data)
        assert one.estimate == pytest.approx(other.estimate)
        assert one.terms == other.terms


@pytest.mark.parametrize(("missed", "false"), [(0.08, 0.0), (0.0, 0.05), (0.1, 0.03)])
def test_expected_counts_lead_back_to_the_truth(missed, false):
    population, seen = 1_000_000.0, [0.3, 0.25, 0.2]
    histories = np.arange(8)
    on = histories[:, None] >> np.arange(3) & 1 == 1
    truth = population * np.where(on, seen, 1 - np.array(seen)).prod(axis=1)
    kept = truth.copy()
    kept[0] = 0.0
    data = table(np.rint(recorded(kept[None], missed, false))[0, 1:])
    plain = Independence().fit(data).estimate.sum()
    found = Links(missed, false, Independence()).fit(data).estimate.sum()
    assert abs(plain / population - 1) > 0.03
    assert found == pytest.approx(population, rel=1e-3)


def test_intervals_cover_where_links_are_wrong_at_known_rates():
    population, seen, missed, false = 3000, [0.3, 0.25, 0.2], 0.1, 0.02
    rng = np.random.default_rng(5)
    inside = {"corrected": 0, "plain": 0}
    models = {"corrected": Links(missed, false, Independence()), "plain": Independence()}
    runs = 60
    for run in range(runs):
        history = ((rng.random((population, 3)) < seen) << np.arange(3)).sum(axis=1)
        counts = np.bincount(history, minlength=8)
        counts[0] = 0
        data = table(draw_recorded(rng, counts, missed, false)[1:])
        for name, model in models.items():
            lower, upper = estimate(data, model, Bootstrap(replicates=99), seed=run, workers=1).limits[0]
            inside[name] += lower <= population <= upper
    assert inside["corrected"] >= 0.85 * runs  # of 60 at 95%, 51 or fewer come once in a thousand times
    assert inside["plain"] < 0.7 * runs


def test_strata_are_corrected_each_by_itself():
    sex = Covariate(name="sex", levels=("female", "male"))
    counts = [[200, 180, 60, 150, 50, 40, 12], [90, 70, 20, 60, 15, 10, 4]]
    both = CaptureTable.build(
        ("police", "border", "shelter"),
        np.tile(HISTORIES, 2),
        np.concatenate(counts),
        covariates=[sex],
        levels=[np.repeat([0, 1], 7)],
    )
    found = Links(0.05, 0.01, LogLinear("sex:police + sex:border + sex:shelter")).fit(both)
    alone = [Links(0.05, 0.01, Independence()).fit(table(each)).estimate[0] for each in counts]
    assert found.estimate == pytest.approx(alone, rel=1e-6)


def test_the_number_recorded_stays_and_the_rest_is_unseen():
    data = table([200, 180, 60, 150, 50, 40, 12])
    found = Links(0.1, model=Independence()).fit(data)
    assert found.observed.sum() == 692
    assert found.estimate.sum() < Independence().fit(data).estimate.sum()
    assert found.probabilities.sum() == pytest.approx(1.0)
    assert found.probabilities[0, 0] == 0.0
    assert "no_linkage_errors" not in found.model.assumes


def test_fitted_shares_are_those_of_recorded_histories():
    # fitted to expected counts of its own law, the shares are those of the table
    truth = 3e5 * np.where(np.arange(8)[:, None] >> np.arange(3) & 1 == 1, 0.3, 0.7).prod(axis=1)
    truth[0] = 0.0
    counts = np.rint(recorded(truth[None], 0.1, 0.02))[0]
    found = Links(0.1, 0.02, Independence()).fit(table(counts[1:]))
    assert found.probabilities[0] == pytest.approx(counts / counts.sum(), abs=1e-3)


def test_candidates_stand_beside_the_number_recorded():
    data = table([200, 180, 60, 150, 50, 40, 12])
    found = Links(0.05, model=Average()).fit(data)
    best = found.candidates.unobserved[0] + found.observed.sum()
    alone = Links(0.05, model=LogLinear(found.candidates.label[0])).fit(data)
    assert best == pytest.approx(alone.estimate.sum(), rel=0.01)


def test_a_posterior_is_moved_too():
    data = table([200, 180, 60, 150, 50, 40, 12])
    found = Links(0.1, model=BayesThreshold(draws=400)).fit(data, seed=1)
    assert found.draws is not None
    assert np.median(found.draws.sum(axis=1)) == pytest.approx(found.unobserved.sum(), rel=0.1)


def test_no_overlap_left_has_no_finite_estimate():
    found = Links(0.0, 0.5, LincolnPetersen()).fit(table([100, 90, 3], 2))
    assert found.verdict.tolist() == [verdicts.INFINITE]
    assert [finding.code for finding in found.findings] == ["whole_infinite", "links_misfit"]


def test_rates_that_cannot_be_are_refused():
    for settings in ({"missed": 1.0}, {"false": -0.1}):
        with pytest.raises(ModelError) as caught:
            Links(**settings)
        assert caught.value.code == "bad_link_rate"


def test_rates_that_the_counts_contradict_are_told():
    """At the true rate nothing is said; at a far higher one people could not be recorded as they are."""
    on = HISTORIES[:, None] >> np.arange(3) & 1 == 1
    cells = 20_000 * np.where(on, [0.3, 0.25, 0.2], [0.7, 0.75, 0.8]).prod(axis=1)
    data = table(np.rint(recorded(np.concatenate([[0.0], cells])[None], 0.05, 0.0))[0, 1:])
    true, high = (Links(rate, model=Independence()).fit(data) for rate in (0.05, 0.8))
    assert not {each.code for each in true.findings} & {"links_misfit", "links_fewer"}
    (told,) = [each for each in high.findings if each.code == "links_misfit"]
    assert told.values["share"] > 0.02


def test_fewer_people_than_are_registered_is_a_stop():
    """Of two lists n1 n2 (1 - missed) / n12 people, here 750 of 900 that are recorded."""
    fit = Links(0.5, model=LincolnPetersen()).fit(table([400, 300, 200], 2))
    (told,) = [each for each in fit.findings if each.code == "links_fewer"]
    assert told.severity == "stop"
    assert told.values["estimate"] == pytest.approx(750)
    assert told.values["n"] == 900
    assert fit.estimate.sum() == pytest.approx(900)
    assert "links_misfit" not in {each.code for each in fit.findings}
