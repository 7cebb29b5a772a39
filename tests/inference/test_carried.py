"""Answers from linked reports are the same whatever carries the work."""

from __future__ import annotations

import numpy as np
import pytest
from joblib import parallel_config

from darknumber.errors import Cancelled
from darknumber.inference.asking import estimate
from darknumber.inference.carried import carried, is_configured
from darknumber.inference.intervals import Bootstrap
from tests.carriers import dask, two_in_ray  # noqa: F401 - fixtures
from tests.inference.test_pooled import by_sex, linked

HOW = Bootstrap(replicates=40)


def answer(**more):
    return estimate(linked(), "best", HOW, seed=3, **more)


@pytest.fixture(scope="module")
def alone():
    return answer(workers=1)


def same(one, other):
    assert np.array_equal(one.draws, other.draws)
    assert np.array_equal(one.estimate, other.estimate)
    assert np.array_equal(one.limits, other.limits)
    assert [each.code for each in one.findings] == [each.code for each in other.findings]


def test_nothing_is_configured_until_somebody_says_so():
    assert not is_configured()
    with parallel_config(n_jobs=2):
        assert is_configured()
    with parallel_config(backend="threading"):
        assert is_configured()


def test_processes_carry_the_same(alone):
    with parallel_config(n_jobs=2):
        same(answer(), alone)


def test_threads_carry_the_same(alone):
    with parallel_config(backend="threading", n_jobs=3):
        same(answer(), alone)


def test_dask_carries_the_same(alone, dask):  # noqa: F811
    with parallel_config(backend="dask"):
        same(answer(), alone)


def test_ray_carries_the_same(alone, two_in_ray):  # noqa: F811
    with parallel_config(backend="ray"):
        same(answer(), alone)


def test_strata_come_back_in_their_places():
    settings = {"model": "independence", "interval": HOW, "seed": 3}
    alone = estimate(linked(by_sex), **settings)
    with parallel_config(n_jobs=2):
        same(estimate(linked(by_sex), **settings), alone)


def test_progress_reaches_the_end_and_can_stop():
    told = []
    with parallel_config(backend="threading", n_jobs=2):
        answer(progress=lambda done, total, what: told.append((done, total)))
        assert told[-1] == (40, 40)

        def stop(done, total, what):
            raise Cancelled

        with pytest.raises(Cancelled):
            answer(progress=stop)


def double(number):
    return 2 * number


def test_results_come_in_order():
    with parallel_config(backend="threading", n_jobs=4):
        assert list(carried(double, range(50))) == [2 * number for number in range(50)]


def test_an_error_comes_through():
    with parallel_config(backend="threading", n_jobs=2), pytest.raises(ZeroDivisionError):
        list(carried(inverse, [1, 0, 2]))


def inverse(number):
    return 1 / number
