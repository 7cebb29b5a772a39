"""Latent classes against LCMCR, under its own priors and cap, where its chains agree among themselves.

On Kosovo and New Orleans they do. On five lists of the United Kingdom the medians of its three chains of 700,000 sweeps
lie between 20,827 and 22,157: that is how well the number is known there. On the Netherlands they do not agree at all.
"""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.models import LatentClass
from tests.golden.peers import table_of

# Of a quantile of the log dark figure: our Monte Carlo error and that of LCMCR together.
ERROR = {"NewOrl_5": 0.05, "Kosovo": 0.08, "UKdat_5": 0.12}
SHARES = {"25%": 0.25, "50%": 0.5, "75%": 0.75}


@pytest.mark.parametrize("dataset", ERROR)
def test_the_posterior_under_its_priors_and_cap(golden, golden_data, dataset):
    (record,) = [record for record in golden("LCMCR") if record["dataset"] == dataset]
    table = table_of(golden_data(dataset))
    model = LatentClass(off=1.0, spread=0.0, cap=20.0, draws=3000, chains=2, thin=1)
    fit = model.fit(table, seed=1)
    people = record["results"]["n_observed"]
    assert table.observed[0] == people
    theirs = [np.log(record["results"]["quantiles"][name] - people) for name in SHARES]
    assert np.log(np.quantile(fit.draws, list(SHARES.values()))) == pytest.approx(theirs, abs=ERROR[dataset])


def test_chains_that_do_not_agree_are_not_compared(golden):
    settled = {record["dataset"]: record["results"]["rhat"] < 1.02 for record in golden("LCMCR")}
    assert {name for name, agree in settled.items() if agree} == set(ERROR)
