"""Every figure says what it rests on and is about a group that exists."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.register.targets import BASES, COVARIATES, LISTS, YEARS, members, targets

PEOPLE = ("population", "list_size", "overlap", "registered")
SHARES = (
    "population_share",
    "list_share",
    "recording",
    "border_definition",
    "registered_share",
    "ascertainment",
)
ALL = targets(*PEOPLE, *SHARES)


def label(target) -> str:
    return f"{target.quantity}-{target.list}-{target.part}-{target.whole}"


@pytest.mark.parametrize("target", ALL, ids=label)
def test_a_figure_is_about_something_and_rests_on_something(target):
    assert target.basis in BASES
    assert target.source
    assert members(target.whole, COVARIATES).any()
    assert (members(target.part, COVARIATES) & members(target.whole, COVARIATES)).any()
    assert all(name in LISTS for name in target.list.split(":") if name)
    assert target.value > 0
    assert target.quantity in PEOPLE or target.value < 1


def test_no_figure_is_given_twice():
    labels = [label(target) for target in ALL]
    assert sorted(set(labels)) == sorted(labels)


def test_every_basis_occurs():
    assert {target.basis for target in ALL} == set(BASES)


@pytest.mark.parametrize("quantity", ["population", "registered"])
def test_every_year_has_its_figure(quantity):
    assert [target.whole for target in targets(quantity)] == [f"year={year}" for year in YEARS]


def test_published_registered_numbers():
    numbers = {target.whole.removeprefix("year="): target.value for target in targets("registered")}
    assert (numbers["2012"], numbers["2014"], numbers["2017"]) == (1711, 1561, 958)
    assert numbers["2018"] == 1300  # of the second study, not the 668 of the monitor


def test_members_of_a_group():
    inside = members("year=2010|2019;sex=female", COVARIATES).reshape([len(c.levels) for c in COVARIATES])
    female = COVARIATES[1].levels.index("female")
    assert inside[[0, 9], female].all()
    assert inside.sum() == 2 * 1 * 2 * 2 * 3 * 2
    assert members("", COVARIATES).all()


def test_strata_are_few_enough():
    assert np.prod([len(covariate.levels) for covariate in COVARIATES]) == 480
