"""Groups made of levels of several covariates, against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.inference.estimate import estimate
from darknumber.inference.estimates import Estimates
from darknumber.inference.groups import READY, Groups, answer_by, check_groups

FORM = Covariate.of("form", ("sexual", "labour", "criminal", NOT_RECORDED))
CROSSING = Covariate.of("crossing", ("domestic", "cross-border"))
SEX = Covariate.of("sex", ("female", "male"))
FOUR = READY["rapporteur-four"]


@pytest.fixture(scope="module")
def answer() -> Estimates:
    rng = np.random.Generator(np.random.Philox(3))
    shape = (len(FORM.levels), len(CROSSING.levels), len(SEX.levels))
    counts = rng.integers(5, 40, size=(int(np.prod(shape)), 3))
    stratum, cell = (axis.ravel() for axis in np.indices(counts.shape))
    table = CaptureTable.build(
        ("a", "b"),
        cell + 1,
        counts.ravel(),
        covariates=(FORM, CROSSING, SEX),
        levels=np.unravel_index(stratum, shape),
    )
    return estimate(table, "independence", "bootstrap(replicates=20)", seed=1)


def test_groups_of_two_covariates_are_sums_over_their_cells(answer):
    found = answer_by(answer, ("rapporteur-four",), (FOUR,))
    cells = answer.by("form", "crossing")
    at = {labels: place for place, labels in enumerate(cells.labels())}
    labour = [at["labour", "domestic"], at["labour", "cross-border"]]
    place = found.covariates[0].levels.index("labour")
    assert found.observed[place] == cells.observed[labour].sum()
    np.testing.assert_allclose(found.draws[:, place], cells.draws[:, labour].sum(axis=1))
    assert found.covariates[0].levels == ("domestic sexual", "cross-border sexual", "labour", "criminal", NOT_RECORDED)
    assert found.observed.sum() == answer.observed.sum()


def test_groups_beside_another_covariate_in_either_order(answer):
    one = answer_by(answer, ("sex", "rapporteur-four"), (FOUR,))
    other = answer_by(answer, ("rapporteur-four", "sex"), (FOUR,))
    shape = (len(SEX.levels), -1)
    np.testing.assert_allclose(one.estimate.reshape(shape), other.estimate.reshape(-1, len(SEX.levels)).T)


def test_values_not_recorded_are_shared_out_before_groups_are_made(answer):
    found = answer_by(answer, ("rapporteur-four",), (FOUR,), not_recorded="allocate")
    assert NOT_RECORDED not in found.covariates[0].levels
    assert found.estimate.sum() == pytest.approx(answer.estimate.sum())


def test_without_groups_it_is_by(answer):
    np.testing.assert_array_equal(answer_by(answer, ("sex",)).observed, answer.by("sex").observed)


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        ({"one": (("female",),)}, "in_no_group"),
        ({"one": (("female", "male"),), "two": (("male",),)}, "in_two_groups"),
    ],
)
def test_every_level_is_in_one_group(answer, levels, code):
    with pytest.raises(InputError) as refused:
        answer_by(answer, ("mine",), (Groups(name="mine", of=("sex",), levels=levels),))
    assert refused.value.code == code


def test_a_covariate_cannot_be_asked_for_twice(answer):
    with pytest.raises(InputError) as refused:
        answer_by(answer, ("form", "rapporteur-four"), (FOUR,))
    assert refused.value.code == "repeated_names"


@pytest.mark.parametrize(
    ("groups", "code"),
    [
        (Groups(name="g", of=("age",), levels={}), "unknown_covariate"),
        (Groups(name="g", of=("sex",), levels={"one": (("femal",),)}), "unknown_level"),
        (Groups(name="g", of=("sex",), levels={"one": (("female",), ("male",))}), "group_not_by_covariate"),
    ],
)
def test_groups_are_checked_against_the_data(groups, code):
    with pytest.raises(InputError) as refused:
        check_groups(groups, (FORM, CROSSING, SEX))
    assert refused.value.code.startswith(code)
