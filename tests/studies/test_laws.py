"""One list under every law: each row is what that law says alone, and what is told follows from the rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darknumber.data.frequencies import Frequencies
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.inference.asking import estimate
from darknumber.inference.intervals import LogNormal
from darknumber.inference.other_laws import NEAR
from darknumber.models.sightings import Sightings
from darknumber.studies.laws import laws
from darknumber.studies.panel import panel
from darknumber.words import LANGUAGES, use_language

SEX = Covariate(name="sex", levels=("female", "male"))
FINER = 1e-6  # relative: both climb to the same maximum


def drawn(seed: int = 4, people: int = 3000, mean: float = 0.7) -> Frequencies:
    """People of two sexes, seen by a Poisson law."""
    rng = np.random.default_rng(seed)
    seen = rng.poisson(np.repeat([mean, 1.5 * mean], people))
    sex = np.repeat([0, 1], people)
    there = seen > 0
    return Frequencies.build(seen[there], np.ones(there.sum(), dtype=int), covariates=[SEX], levels=[sex[there]])


@pytest.fixture(scope="module")
def found():
    return laws(drawn())


def test_each_row_is_what_that_law_says_alone(found):
    assert len({law.model for law in found.laws}) == len(found.laws) == 11
    for law in found.laws:
        alone = estimate(drawn(), law.model, LogNormal(), by=[])
        assert law.estimate == pytest.approx(float(alone.estimate[0]), rel=FINER)
        if not law.floor:
            assert (law.lower, law.upper) == pytest.approx(tuple(alone.limits[0]), rel=FINER)


def test_the_distance_is_that_of_the_likelihoods_of_all_counts(found):
    fits = {law.model: estimate(drawn(), law.model, LogNormal(), by=[]).fits[0] for law in found.laws}
    aic = {model: 2 * fit.parameters - 2 * fit.log_likelihood for model, fit in fits.items() if not model.most}
    for law in found.laws:
        if law.model.most:
            assert math.isnan(law.distance)
        else:
            assert law.distance == pytest.approx(aic[law.model] - min(aic.values()), abs=1e-6)
    assert min(law.distance for law in found.laws if not math.isnan(law.distance)) == 0
    assert found.laws[0].near  # the law that it was drawn from
    geometric = next(law for law in found.laws if law.model == Sightings("geometric"))
    assert geometric.distance > NEAR


def test_the_law_of_the_answer_stands_first_and_keeps_its_terms():
    found = laws(estimate(drawn(), "sightings(law=geometric, terms=1)", "bootstrap(replicates=40)"))
    assert found.laws[0].model == Sightings("geometric", terms="1")
    assert {law.model.terms for law in found.laws} == {"1"}
    assert len(found.laws) == 11


def test_extra_ones_of_both_kinds_fit_alike_without_covariates():
    """No data can tell them apart, and their dark figures differ."""
    people = Frequencies.build([1, 2, 3, 4, 5], [700, 120, 60, 25, 8])
    rows = {law.model: law for law in laws(people).laws}
    seen, everyone = (rows[Sightings(ones=ones)] for ones in ("inflated", "inflated-all"))
    assert seen.distance == pytest.approx(everyone.distance, abs=1e-4)
    assert seen.estimate > 1.1 * everyone.estimate


def test_laws_far_apart_that_fit_are_a_caution():
    found = laws(Frequencies.build([1, 2, 3, 4], [700, 120, 40, 8]), "sightings")
    told = {finding.code: finding.values for finding in found.findings}
    assert told["law_fits_better"]["model"] == "sightings(ones=inflated)"  # of the two that fit alike the first
    near = [law.estimate for law in found.laws if law.near]
    assert told["laws_differ"]["n"] == len(near) == 8
    assert told["laws_differ"]["low"] == pytest.approx(min(near), rel=0.01)
    assert told["laws_differ"]["high"] == pytest.approx(max(near), rel=0.01)
    assert not laws(drawn(people=20_000)).findings


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_prints_in_both_languages(found, language):
    with use_language(language):
        text = str(found)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert text.count("\n") > len(found.laws)
    for word in ("Poisson", "Chao", "Zelterman"):
        assert word in text


def test_columns_hold_what_is_printed(found):
    columns = found.columns()
    assert columns["model"][0] == "sightings"
    assert columns["verdict"].count("floor") == 1
    assert all(len(values) == len(found.laws) for values in columns.values())


def test_the_panel_of_one_list_asks_with_other_laws():
    answer = estimate(drawn(), None, "bootstrap(replicates=60)", seed=1)
    whole = panel(answer)
    assert whole.laws is not None
    rows = whole.rows()
    assert [row.group for row in rows] == ["headline", *["models"] * 9, "floors"]
    assert [row.estimate for row in rows[1:-1]] == [law.estimate for law in whole.laws.laws[1:] if not law.floor]
    assert "other laws" in str(whole)
    assert whole.missing == ()


def test_other_data_are_refused():
    table = CaptureTable.build("AB", [1, 2, 3], [20, 15, 6])
    with pytest.raises(InputError) as caught:
        laws(estimate(table, "independence", "bootstrap(replicates=40)"))
    assert caught.value.code == "laws_of_lists"
    part = estimate(drawn(), None, "bootstrap(replicates=40)").select(sex="male")
    with pytest.raises(InputError) as caught:
        laws(part)
    assert caught.value.code == "laws_of_part"


def test_expected_numbers_are_those_of_the_law():
    """By hand, for a zero-truncated Poisson law without covariates; those seen more often are in the last."""
    data = Frequencies.build([1, 2, 3, 6], [60, 25, 9, 1])
    fit = estimate(data, "sightings(terms=1)", LogNormal(), by=[]).fits[0]
    dark = float(fit.unobserved.sum())
    mean = -math.log(dark / (dark + 95))  # P(0) = exp(-mean)
    law = [(dark + 95) * math.exp(-mean) * mean**k / math.factorial(k) for k in range(1, 6)]
    assert fit.times.tolist() == [1, 2, 3, 4, 5, 6]
    assert fit.expected[:5] == pytest.approx(law, rel=FINER)
    assert fit.expected.sum() == pytest.approx(95)
    assert fit.seen.tolist() == [60, 25, 9, 0, 0, 1]
    assert not len(estimate(data, "sightings(most=2)", LogNormal(), by=[]).fits[0].expected)
