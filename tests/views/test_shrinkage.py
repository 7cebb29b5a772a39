"""Strata that lean on each other, each also by itself: the numbers of both, and no small count in either."""

from __future__ import annotations

import math

import numpy as np
import pytest

import darknumber as dn
from darknumber.errors import InputError
from darknumber.models.partial_pooling import shrinkage
from darknumber.views.disclosure import STRICT


@pytest.fixture(scope="module")
def found():
    table = dn.example("register").pool(["age", "nationality", "form", "crossing"])
    few = table.select("year", ["2010", "2011", "2012"])
    return dn.estimate(few, "partial-pooling(draws=200)", seed=1)


def test_each_row_has_what_the_stratum_says_by_itself(found):
    rows = dn.table(found, "shrinkage", rules=None).columns()
    beside = shrinkage(found.fits[0])
    assert rows["observed"] == beside.observed.tolist()
    assert len(rows["alone"]) == len(found.observed)
    for shown, own in zip(rows["alone"], beside.observed + beside.alone, strict=True):
        if math.isfinite(own):
            assert shown == pytest.approx(own, rel=0.05)
        else:
            assert str(shown) == str(own)


def test_small_counts_are_in_neither_column(found):
    shown = dn.table(found, "shrinkage").columns()
    for registered, alone in zip(shown["observed"], shown["alone"], strict=True):
        if registered is None or registered == "":
            assert alone in (None, "")
        else:
            assert registered % STRICT.base == 0
            assert not np.isfinite(alone) or alone % STRICT.base == 0


def test_other_models_have_none():
    answer = dn.estimate(dn.example("uk-2013-5"), "independence", "bootstrap(replicates=40)")
    with pytest.raises(InputError, match="nothing to show"):
        dn.table(answer, "shrinkage")
