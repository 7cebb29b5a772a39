"""Tables drawn from the data: the laws to the letter, the same whatever the chunks, and no mess when stopped."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.table import CaptureTable
from darknumber.errors import Cancelled, ModelError
from darknumber.inference import bootstrap
from darknumber.inference.bootstrap import draw, in_order, jackknife, law_of, run, selection_of
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.verdicts import INFINITE, NOT_IDENTIFIED
from darknumber.models import LincolnPetersen, LogLinear, Stepwise, Stratified
from darknumber.models.base import Replicates
from tests.oracles import covariates_of, random_table

DRAWS = 4000
FAR = 4.5  # standard errors: one in 150,000 by chance
OBSERVED, PARAMETRIC = Bootstrap(law="observed"), Bootstrap(law="parametric")


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(4)
    return random_table(rng, lists=3, levels=(3,), people=600, on_list=(0.2, 0.4), dependence=0.3)


@pytest.fixture(scope="module")
def fit(table):
    return LogLinear("A:u").fit(table)


def many(law, fit, seed=1):
    shape = (fit.data.strata, 1 << len(fit.data.lists))
    return np.stack([draw(law, shape, seed, b) for b in range(DRAWS)])


def close(sample, mean, variance):
    """Whether the mean and the variance of a sample are those of a law, within what chance allows."""
    size = len(sample)
    assert sample.mean(axis=0) == pytest.approx(mean, abs=FAR * np.sqrt(np.max(variance) / size))
    assert sample.var(axis=0) == pytest.approx(variance, rel=FAR * np.sqrt(2.2 / size), abs=1e-12)


def test_observed_table_who_is_seen_is_binomial_with_the_population_fixed(table, fit):
    law = law_of(fit, OBSERVED)
    population, n = law.population, table.observed
    assert population.sum() == np.rint(fit.estimate.sum())
    assert np.abs(population - fit.estimate).max() < 1
    close(many(law, fit).sum(axis=2), n, n * (1 - n / population))


def test_observed_table_histories_are_those_of_the_people_seen(table, fit):
    counts = many(law_of(fit, OBSERVED), fit)
    n = table.observed
    share = table.dense() / n[:, None]
    population = law_of(fit, OBSERVED).population
    between = (n * (1 - n / population))[:, None] * share**2  # from the number seen varying
    close(counts, table.dense(), n[:, None] * share * (1 - share) + between)
    assert not counts[:, table.dense() == 0].any()


def test_strata_vary_on_their_own(table, fit):
    """One multinomial over all strata would make them vary together, and subgroup intervals too wide."""
    seen = many(law_of(fit, OBSERVED), fit).sum(axis=2)
    assert np.corrcoef(seen.T)[np.triu_indices(3, 1)] == pytest.approx(np.zeros(3), abs=FAR / np.sqrt(DRAWS))


def test_parametric_everyone_the_unseen_included_is_multinomial(fit):
    law = law_of(fit, PARAMETRIC)
    assert law.population.sum() == np.rint(fit.estimate.sum())
    share = fit.probabilities * fit.ascertainment[:, None]
    mean = law.population[:, None] * share
    close(many(law, fit), mean, mean * (1 - share))


def test_parametric_with_a_modelled_margin_keeps_strata_that_nobody_is_registered_in():
    rng = np.random.default_rng(2)
    full = random_table(rng, lists=3, levels=(2, 2), people=400, on_list=(0.2, 0.4))
    kept = full.stratum != 3
    data = CaptureTable.build(
        full.lists,
        full.history[kept],
        full.count[kept],
        covariates=full.covariates,
        levels=list(np.unravel_index(full.stratum[kept], (2, 2))),
    )
    fit = LogLinear("A:u", margin="modelled").fit(data)
    assert fit.observed[3] == 0
    assert fit.estimate[3] > 1
    law = law_of(fit, PARAMETRIC)
    assert law.strata.tolist() == [0, 1, 2, 3]
    mean = law.population * fit.ascertainment
    close(many(law, fit).sum(axis=2), mean, mean * (1 - fit.ascertainment))


def infinite_stratum():
    return CaptureTable.build(
        "AB",
        [1, 2, 3, 1, 2, 1],
        [60, 50, 30, 20, 15, 9],
        covariates=covariates_of((4,)),
        levels=[np.array([0, 0, 0, 1, 1, 2])],
    )


def test_where_there_is_no_population_who_is_seen_is_poisson():
    fit = LincolnPetersen().fit(infinite_stratum())
    assert fit.verdict.tolist() == [0, INFINITE, NOT_IDENTIFIED, 0]
    law = law_of(fit, OBSERVED)
    assert law.population.tolist() == [240, -1, -1]
    assert law.strata.tolist() == [0, 1, 2]
    n = np.array([140, 35, 9])
    close(many(law, fit).sum(axis=2)[:, :3], n, n * np.array([1 - 140 / 240, 1, 1]))


@pytest.mark.parametrize(
    ("model", "code"), [(Stepwise(), "parametric_selects"), (LogLinear("A:u + B:u"), "parametric_not_finite")]
)
def test_the_parametric_law_is_refused_where_it_is_undefined(model, code):
    with pytest.raises(ModelError) as caught:
        estimate(infinite_stratum(), model, PARAMETRIC)
    assert caught.value.code == code
    assert str(caught.value)


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=40))
def test_rounding_keeps_the_total_and_stays_close(values):
    whole = bootstrap._whole(np.array(values))
    assert whole.sum() == np.floor(np.cumsum(values)[-1] + 0.5)
    assert np.abs(whole - values).max() <= 1 + 1e-6
    assert whole.min() >= 0


@pytest.mark.parametrize("model", [LogLinear("A:u"), Stepwise(), Stratified(LogLinear(), ("u",))])
def test_replicates_are_the_same_whatever_the_chunks_and_the_workers(table, model, monkeypatch):
    settings = Bootstrap(replicates=23)
    fit = model.fit(table)
    found = []
    for cells, workers in ((10**9, 1), (1, 1), (7 * 24, 2), (1, 3)):
        monkeypatch.setattr(bootstrap, "CHUNK_CELLS", cells)
        monkeypatch.setattr(bootstrap, "CHUNK_SECONDS", 1e9)
        found.append(run(model, fit, settings, seed=5, workers=workers, progress=None, keep=lambda part: part))
    first = found[0]
    for other in found[1:]:
        assert np.array_equal(other.unobserved, first.unobserved, equal_nan=True)
        assert np.array_equal(other.observed, first.observed)
        labels = [[part.choices[c] for c in part.chosen] if part.choices else [] for part in (other, first)]
        assert labels[0] == labels[1]
    law, shape = law_of(fit, settings), (3, 8)
    assert first.observed[17].tolist() == draw(law, shape, 5, 17).sum(axis=1).tolist()


def test_nothing_is_refitted_twice_where_nobody_waits(table, monkeypatch):
    """One worker and nobody to tell: all replicates in one go, or as few as fit in memory."""
    fit, settings, sizes = LogLinear().fit(table), Bootstrap(replicates=23), []

    def kept(part: Replicates) -> Replicates:
        sizes.append(len(part.observed))
        return part

    for cells, expected in ((10**9, [23]), (10 * 24, [10, 10, 3])):
        monkeypatch.setattr(bootstrap, "CHUNK_CELLS", cells)
        sizes.clear()
        run(LogLinear(), fit, settings, seed=5, workers=1, progress=None, keep=kept)
        assert sizes == expected


def test_more_replicates_are_the_same_ones_and_more(table):
    few, more = (estimate(table, LogLinear(), Bootstrap(replicates=b), seed=9).draws for b in (15, 40))
    assert np.array_equal(more[:15], few)


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**63 + 1, 2**64 - 1])
def test_seeds_of_any_length_are_told_apart(fit, seed):
    law = law_of(fit, OBSERVED)
    one, other = (draw(law, (3, 8), value, 0) for value in (seed, seed ^ 1))
    assert not np.array_equal(one, other)


class Stop(Exception):
    """Raised by a reader who has seen enough."""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("error", [Cancelled(), Stop()])
def test_a_stop_leaves_no_threads(table, workers, error, monkeypatch):
    monkeypatch.setattr(bootstrap, "CHUNK_SECONDS", 0.0)  # one replicate a chunk
    told = []

    def progress(done, total, what):
        told.append((done, total, what))
        if done >= 3:
            raise error

    before = threading.active_count()
    started = time.monotonic()
    with pytest.raises(type(error)):
        estimate(table, LogLinear(), Bootstrap(replicates=100_000), workers=workers, progress=progress)
    assert time.monotonic() - started < 20  # it did not go on to the end
    assert threading.active_count() == before
    assert told == [(1, 100_000, "replicates"), (2, 100_000, "replicates"), (3, 100_000, "replicates")]


def test_progress_is_told_to_the_end(table):
    told = []
    estimate(table, LogLinear(), Bootstrap(replicates=30), workers=2, progress=lambda *at: told.append(at))
    assert told[-1] == (30, 30, "replicates")
    assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})


def test_an_error_in_a_worker_is_told(table, fit):
    def work(piece):
        if piece.start == 3:
            raise Stop
        return piece

    before = threading.active_count()
    seen = []
    with pytest.raises(Stop):
        seen.extend(in_order(work, [range(b, b + 1) for b in range(40)], 2))
    assert threading.active_count() == before


def test_work_is_never_far_ahead_of_the_reader():
    """Otherwise a slow reader would keep every chunk in memory."""
    begun = []
    pieces = [range(b, b + 1) for b in range(50)]
    for place, _ in enumerate(in_order(lambda piece: begun.append(piece) or piece, pieces, 2)):
        time.sleep(0.002)
        assert len(begun) <= place + 1 + 2 * 2 + 1


def test_one_person_of_each_history_is_left_out_in_turn():
    table = random_table(np.random.default_rng(0), lists=3, people=300, on_list=(0.2, 0.4))
    fit = LogLinear().fit(table)
    values, weights = jackknife(LogLinear(), fit, seed=1)
    assert weights.tolist() == table.count.tolist()
    for place in range(len(table.count)):
        count = table.count.copy()
        count[place] -= 1
        alone = LogLinear().fit(CaptureTable.build(table.lists, table.history, count))
        assert values[place] == pytest.approx(alone.estimate, rel=1e-7)


def test_in_strata_a_hundredth_is_left_out_in_turn(table, fit):
    values, weights = jackknife(LogLinear("A:u"), fit, seed=1)
    assert values.shape == (100, 3)
    assert weights.tolist() == [1.0] * 100
    people = table.observed.sum()
    # About what is left of everyone: 99% of the registered, and 99% of the estimate.
    assert values.sum(axis=1).mean() == pytest.approx(fit.estimate.sum() * (1 - 1 / 100), rel=0.01)
    again, _ = jackknife(LogLinear("A:u"), fit, seed=1)
    assert np.array_equal(values, again)
    assert people > 100


def test_fewer_people_than_groups_leave_some_groups_empty():
    table = random_table(np.random.default_rng(0), lists=2, levels=(2,), people=60, on_list=(0.3, 0.5))
    fit = LogLinear().fit(table)
    values, _ = jackknife(LogLinear(), fit, seed=1)
    nobody = 100 - table.observed.sum()
    assert np.sum(np.isclose(values, fit.estimate).all(axis=1)) == nobody > 0


def test_choices_come_most_chosen_first_with_their_shares():
    codes = np.array([[0, 0], [INFINITE, 0], [0, NOT_IDENTIFIED], [0, 0]], dtype=np.int8)
    replicates = Replicates(
        observed=np.ones((4, 2)),
        unobserved=np.ones((4, 2)),
        verdict=codes,
        chosen=np.array([0, 1, 1, 1]),
        choices=("x", "y"),
    )
    found = selection_of(replicates)
    assert found.choices == ("y", "x")
    assert found.shares.tolist() == [0.75, 0.25]
    assert found.verdicts == {"estimable": 0.5, "infinite": 0.25, "zero": 0.0, "not identified": 0.25}
    assert [found.choices[place] for place in found.chosen] == ["x", "y", "y", "y"]
    assert found.verdict.tolist() == [0, INFINITE, NOT_IDENTIFIED, 0]
