"""The law that fits best, of repeated sightings on one list: what is chosen, and that replicates choose again."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.frequencies import Frequencies
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.inference.asking import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.store import load, save
from darknumber.models import BestLaw, Sightings
from darknumber.models.best_law import choose
from darknumber.models.text import format_thing

SEX = Covariate(name="sex", levels=("female", "male"))
FEW = Bootstrap(replicates=80)


def seen(times, covariates=(), levels=()):
    """People who were seen, of draws that hold those who were not."""
    there = times > 0
    rows = np.stack([times, *levels])[:, there]
    cells, counts = np.unique(rows, axis=1, return_counts=True)
    return Frequencies.build(cells[0], counts, covariates=list(covariates), levels=list(cells[1:]))


@pytest.fixture(scope="module")
def people():
    """Geometric numbers of sightings, women fewer."""
    rng = np.random.default_rng(3)
    sex = rng.integers(0, 2, 3000)
    return seen(rng.geometric(1 / (1 + np.array([0.6, 1.1])[sex])) - 1, [SEX], [sex])


def aic(law, data):
    fit = law.fit_frequencies(data).fit
    return 2 * (fit.parameters - fit.log_likelihood)


def test_the_law_with_the_lowest_aic_is_taken(people):
    found = BestLaw().fit_frequencies(people)
    points = {law: aic(law, people) for law in BestLaw().laws}
    assert points[found.fit.law] == pytest.approx(min(points.values()), abs=1e-6)
    own = found.fit.law.fit_frequencies(people).fit
    assert np.array_equal(found.fit.unobserved, own.unobserved)
    assert found.fit.model == BestLaw()


def test_without_more_ones_than_the_law_has_the_plain_law_is_taken():
    times = np.arange(1, 12)
    expected = np.round(2000 * 0.5**times)  # geometric
    found = BestLaw().fit_frequencies(Frequencies.build(times, expected.astype(int)))
    assert found.fit.law == Sightings("geometric")


def test_replicates_choose_as_the_data_do(people):
    """Each table by itself, law after law, and the lowest taken."""
    found = BestLaw().fit_frequencies(people)
    rng = np.random.default_rng(1)
    tables = rng.poisson(found.counts, (12, *found.counts.shape)).astype(float)
    replicates = choose(found, tables)
    for table, chosen, dark in zip(tables, replicates.chosen, replicates.unobserved, strict=True):
        stratum, place = np.nonzero(table)
        data = Frequencies.build(
            found.setup.times[place], table[stratum, place].astype(int), covariates=[SEX], levels=[stratum]
        )
        alone = BestLaw().fit_frequencies(data).fit
        assert replicates.choices[chosen] == format_thing(alone.law)
        assert dark == pytest.approx(alone.unobserved, rel=1e-5)


def test_the_interval_holds_the_doubt_about_the_law():
    """Few people: a geometric law and a Poisson law fit alike, and lie far apart."""
    rng = np.random.default_rng(8)
    data = seen(rng.geometric(1 / 1.8, 500) - 1)
    free = estimate(data, None, Bootstrap(replicates=200), seed=1)
    chosen = free.fits[0].law
    held = estimate(data, chosen, Bootstrap(replicates=200), seed=1)
    assert free.estimate == pytest.approx(held.estimate)
    assert np.ptp(free.total().limits) > 1.3 * np.ptp(held.total().limits)
    assert len(free.selection.choices) > 1
    assert "chose" in str(free)


def test_the_same_seed_gives_the_same_draws_on_any_number_of_workers(people):
    one, two = (estimate(people, None, FEW, seed=2, workers=workers) for workers in (1, 2))
    assert np.array_equal(one.draws, two.draws, equal_nan=True)
    assert one.selection.choices == two.selection.choices


def test_it_is_kept_on_disk_with_the_law(people, tmp_path):
    found = estimate(people, None, FEW, seed=1)
    save(found, tmp_path / "kept.dn")
    again = load(tmp_path / "kept.dn")
    assert again.fits[0].law == found.fits[0].law
    assert again.fits[0].model == BestLaw()
    assert str(again) == str(found)


def test_terms_are_those_of_every_law():
    assert {law.terms for law in BestLaw("sex").laws} == {"sex"}
    assert BestLaw("sex + year").without(["sex"]) == BestLaw("year")
    assert BestLaw("sex").without(["sex"]) == BestLaw("1")


def test_a_table_of_several_lists_is_refused():
    table = CaptureTable.build(["A", "B"], [1, 2, 3], [5, 4, 2])
    with pytest.raises(InputError) as caught:
        BestLaw().fit(table)
    assert caught.value.code == "sightings_needed"
