"""Verdicts on sums over strata."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels import verdicts
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([ESTIMABLE, ESTIMABLE], ESTIMABLE),
        ([ESTIMABLE, ZERO], ESTIMABLE),
        ([ZERO, ZERO], ZERO),
        ([NOT_IDENTIFIED, ESTIMABLE, ZERO], NOT_IDENTIFIED),
        ([NOT_IDENTIFIED, INFINITE, ESTIMABLE], INFINITE),
    ],
)
def test_a_sum_is_infinite_if_a_part_is_else_not_identified_if_a_part_is(parts, whole):
    codes = np.array([*parts, INFINITE], dtype=np.int8)
    groups = np.array([0] * len(parts) + [-1])
    everywhere = np.ones(len(codes), dtype=bool)
    assert verdicts.of_sum(codes, groups, 2, everywhere).tolist() == [whole, ESTIMABLE]


def test_strata_without_people_have_no_say_in_whether_all_are_zero():
    codes = np.array([ZERO, ESTIMABLE], dtype=np.int8)
    groups = np.zeros(2, dtype=np.int64)
    assert verdicts.of_sum(codes, groups, 1, np.array([True, False])).tolist() == [ZERO]
    assert verdicts.of_sum(codes, groups, 1, np.array([True, True])).tolist() == [ESTIMABLE]


def test_names_and_shares():
    codes = np.array([[ESTIMABLE, INFINITE], [ZERO, ESTIMABLE]], dtype=np.int8)
    assert verdicts.names(codes[0]) == ["estimable", "infinite"]
    assert verdicts.shares(codes) == {"estimable": 0.5, "infinite": 0.25, "zero": 0.25, "not identified": 0.0}
