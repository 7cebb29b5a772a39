"""The small register is fit for what it is for: studies of interval coverage."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from darknumber.kernels.histories import membership
from darknumber.register.small import small_law, small_register
from darknumber.register.synthesise import synthesise, truth_by
from darknumber.register.targets import members

ENOUGH = 5  # people expected on both lists of a pair
ON = membership(np.arange(16), 4)
LEVELS = [(c.name, level) for c in small_law().covariates for level in c.levels]


@pytest.mark.parametrize(("name", "level"), LEVELS)
def test_every_pair_of_lists_overlaps_at_every_level(name, level):
    known = small_law()
    people = known.expected[members(f"{name}={level}", known.covariates)].sum(axis=0)
    overlaps = [people[ON[:, i] & ON[:, j]].sum() for i, j in itertools.combinations(range(4), 2)]
    assert min(overlaps) > ENOUGH


def test_nothing_is_left_unrecorded():
    register = small_register(seed=3)
    assert register.table.not_recorded == ()
    assert register.table.strata == len(register.truth) == 24
    assert register.true_form_table is register.table


def test_its_population_is_part_of_the_national_one():
    register, national = small_register(), synthesise()
    assert truth_by(register, "year", "sex", "form").tolist() == truth_by(national, "year", "sex", "form")[-4:].tolist()


def test_only_who_is_on_a_list_differs_by_seed():
    one, two, other = small_register(seed=1), small_register(seed=1), small_register(seed=2)
    assert np.array_equal(one.table.count, two.table.count)
    assert not np.array_equal(one.table.dense(), other.table.dense())
    assert one.truth.tolist() == other.truth.tolist()
    assert one.terms == other.terms


def test_thousands_can_be_drawn():
    began = time.perf_counter()
    for seed in range(200):
        small_register(seed=seed)
    assert time.perf_counter() - began < 2  # 2,000 in twenty seconds at the very worst
