"""Answers from people one by one: draws that add up, the same on any number of workers, nothing of anybody kept."""

from __future__ import annotations

import numpy as np
import pytest

import darknumber as dn
from darknumber.data.individuals import Individuals
from darknumber.errors import InputError, ModelError
from darknumber.inference.intervals import Bootstrap, Influence, LogNormal
from darknumber.inference.robust import people_estimate
from darknumber.kernels.influence import log_normal_draws
from darknumber.models import DoublyRobust, Independence
from darknumber.models.text import from_json, to_json
from tests.robust import frame, seen

POPULATIONS, PEOPLE = 80, 1500  # a hit rate has an error of 2.4%
NUMBERS = ["x1", "x2"]


@pytest.fixture(scope="module")
def rows():
    data = frame(2500, 2, 2, -2.0, np.random.default_rng(3))
    return data.assign(sex=np.random.default_rng(1).choice(["f", "m"], len(data)), year=2010 + np.arange(len(data)) % 2)


def read(rows, *covariates):
    return dn.read_records(rows, lists=["y1", "y2"], covariates=[*NUMBERS, *covariates])


@pytest.fixture(scope="module")
def answer(rows):
    return dn.estimate(read(rows, "sex", "year"), DoublyRobust(), seed=1)


def test_the_answer_is_by_levels_and_adds_up(answer, rows):
    assert [each.name for each in answer.covariates] == ["sex", "year"]
    assert answer.draws.shape == (4000, 4)
    assert answer.observed.sum() == len(rows)
    assert answer.by("sex").estimate.sum() == pytest.approx(answer.total().estimate[0])
    assert answer.by("sex").draws.sum(axis=1) == pytest.approx(answer.total().draws[:, 0])
    assert (answer.limits[:, 0] >= answer.observed).all()
    spread = answer.total().draws.std()
    assert spread == pytest.approx(np.sqrt(answer.fits[0].variance.sum()), rel=0.05)
    assert answer.total().limits[0, 0] < 2500 < answer.total().limits[0, 1]
    by = dn.estimate(read(rows, "sex", "year"), DoublyRobust(), by=["sex"], seed=1)
    assert by.limits == pytest.approx(answer.by("sex").limits)


def test_text_does_as_well_and_the_seed_decides(rows, answer):
    people = read(rows, "sex", "year")
    again = dn.estimate(people, "doubly-robust()", "influence(draws=4000)", seed=1)
    assert np.array_equal(again.draws, answer.draws)
    assert not np.array_equal(dn.estimate(people, "doubly-robust", seed=2).draws, answer.draws)


def test_the_plain_scale_is_the_normal_law(rows):
    found = dn.estimate(read(rows), DoublyRobust(), Influence(scale="plain", draws=20_000), seed=1)
    error = float(np.sqrt(found.fits[0].variance[0]))
    assert found.limits[0] == pytest.approx(found.estimate[0] + 1.96 * error * np.array([-1, 1]), rel=0.01)


def test_the_bootstrap_agrees_and_workers_do_not_matter(rows):
    people = read(rows, "sex")
    called = []
    how = Bootstrap(replicates=120)
    one = dn.estimate(people, DoublyRobust(), how, seed=4, workers=1, progress=lambda *each: called.append(each))
    two = dn.estimate(people, DoublyRobust(), "bootstrap(replicates=120)", seed=4, workers=2)
    assert np.array_equal(one.draws, two.draws)
    assert called[-1] == (120, 120, "replicates")
    law = dn.estimate(people, DoublyRobust(), seed=4)
    assert np.log(one.total().draws - len(rows)).std() == pytest.approx(
        np.log(law.total().draws - len(rows)).std(), rel=0.25
    )


def test_it_is_printed_and_kept_without_anybody(answer, rows, tmp_path):
    text = str(answer)
    assert "doubly robust" in text
    assert "x1 and x2" in text
    with dn.use_language("nl"):
        assert "invloedsfunctie" in str(answer)
    kept = dn.load(dn.save(answer, tmp_path / "answer.dn"))
    assert np.array_equal(kept.draws, answer.draws)
    assert kept.interval == Influence()
    assert kept.fits[0].model == DoublyRobust(numbers=("x1", "x2"))
    assert from_json(to_json(kept.fits[0].model), dn.models.MODELS) == kept.fits[0].model
    values = {round(value, 9) for value in rows["x1"]}
    with np.load(tmp_path / "answer.dn") as archive:
        for name in archive.files:
            held = archive[name]
            assert held.dtype.kind != "f" or not values & set(np.round(held.ravel(), 9))


def test_studies_of_tables_refuse_a_model_with_numbers(answer):
    with pytest.raises(InputError) as caught:
        answer.fits[0].model.fit(answer.fits[0].data)
    assert caught.value.code == "numbers_need_people"


def test_what_cannot_be_asked_is_refused(rows):
    people = read(rows, "sex")
    table = dn.tabulate(dn.read_records(rows, lists=["y1", "y2"], covariates=["sex"]))
    for call, code in (
        (lambda: dn.estimate(people, DoublyRobust(), by=["x1"]), "number_makes_no_groups"),
        (lambda: dn.estimate(people, DoublyRobust(), by=["height"]), "unknown_covariate"),
        (lambda: dn.estimate(people, DoublyRobust(), LogNormal()), "interval_not_of_people"),
        (lambda: dn.estimate(people, DoublyRobust(), Bootstrap(law="parametric")), "interval_not_of_people"),
        (lambda: dn.estimate(people, DoublyRobust(), Influence(draws=0)), "bad_replicates"),
        (lambda: dn.estimate(table, DoublyRobust(), Influence()), "interval_needs_people"),
        (lambda: dn.estimate(table, DoublyRobust(), "influence"), "interval_needs_people"),
        (lambda: people_estimate(people, Independence()), "model_needs_no_people"),
    ):
        with pytest.raises((InputError, ModelError)) as caught:
            call()
        assert caught.value.code == code
        assert str(caught.value)


def test_too_few_draws_are_told(rows):
    found = dn.estimate(read(rows), DoublyRobust(), Influence(draws=20))
    assert "few_replicates" in {finding.code for finding in found.findings}


def test_a_level_without_overlap_makes_the_total_infinite(rows):
    apart = rows[(rows.sex == "f") | (rows.y1 + rows.y2 == 1)]
    found = dn.estimate(read(apart, "sex"), DoublyRobust(), seed=1)
    assert np.isinf(found.unobserved).tolist() == [False, True]
    assert np.isinf(found.draws).all(axis=0).tolist() == [False, True]
    assert np.isinf(found.total().estimate[0])
    assert found.total().at_least[0] == pytest.approx(found.estimate[0] + found.observed[1])
    drawn = dn.estimate(read(apart, "sex"), DoublyRobust(), Bootstrap(replicates=5), seed=1)
    assert np.isinf(drawn.draws[:, 1]).all()


@pytest.mark.parametrize("lists", [2, 3])
def test_intervals_cover_on_the_designs_of_drpop(lists):
    hits, found = 0, []
    for number in range(POPULATIONS):
        x, history = seen(PEOPLE, 1, lists, -1.0, np.random.default_rng([lists, number]))
        order = np.argsort(history, kind="stable")
        people = Individuals(
            table=dn.CaptureTable.build("abc"[:lists], history, np.ones(len(history), dtype=int)),
            names=("x1",),
            numbers=x[order],
            stratum=np.zeros(len(history), dtype=np.int64),
            history=history[order],
        )
        fit = DoublyRobust().fit_people(people, seed=number)
        normal = np.random.default_rng(number).standard_normal((1000, 1))
        draws = len(history) + log_normal_draws(fit.unobserved, fit.variance, normal)[:, 0]
        hits += np.quantile(draws, 0.025) <= PEOPLE <= np.quantile(draws, 0.975)
        found.append(fit.estimate[0])
    assert np.mean(found) == pytest.approx(PEOPLE, abs=4 * np.std(found) / np.sqrt(POPULATIONS) + 5)
    assert hits / POPULATIONS > 0.87


def test_rows_of_any_kind_do(rows, tmp_path, answer):
    path = tmp_path / "people.csv"
    rows.to_csv(path, index=False)
    found = dn.estimate(read(path, "sex", "year"), DoublyRobust(), seed=1)
    assert found.estimate == pytest.approx(answer.estimate)
