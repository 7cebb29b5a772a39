"""What an answer assumes, as far as it says something of its data."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.inference.assumed import ON_RECORDING, assumed, assumed_by
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.models import Completed, CompositeLink, LogLinear, PooledTotal, Stratified

FORMS = ("labour", "sexual")


def table_of(levels):
    """A table of three lists in which everybody has a form, or not."""
    rows = len(levels)
    return CaptureTable.build(
        "ABC",
        np.tile(np.arange(1, 8), rows),
        np.full(7 * rows, 20),
        covariates=[Covariate(name="form", levels=levels)],
        levels=[np.repeat(np.arange(rows), 7)],
    )


@pytest.mark.parametrize("model", [CompositeLink(), Completed(LogLinear()), PooledTotal(LogLinear())])
def test_nothing_is_assumed_of_recording_where_every_value_is_recorded(model):
    (named,) = [code for code in model.assumes if code in ON_RECORDING]
    known, unknown = model.fit(table_of(FORMS)), model.fit(table_of((*FORMS, NOT_RECORDED)))
    assert named in assumed(unknown)
    assert assumed(known) == tuple(code for code in model.assumes if code != named)


def test_it_is_so_of_an_answer_and_of_parts():
    model = CompositeLink("A:form")
    for levels, said in ((FORMS, False), ((*FORMS, NOT_RECORDED), True)):
        answer = estimate(table_of(levels), model, Bootstrap(replicates=2), seed=1)
        assert ("recorded_at_random" in assumed_by(answer)) is said
    assert "recorded_at_random" not in assumed(Stratified(CompositeLink(), ("form",)).fit(table_of(FORMS)))
