"""Bayesian log-linear models against R's conting, within the Monte Carlo error of its sampler.

Each of its records is one chain. We wrote its sampler out again and ran 16 chains of the same length on each table: the
errors in the records are what their answers differ by among themselves. Ours, of 40,000 draws worth 10,000 independent
ones and more, are far smaller, and are left out of account.
"""

from __future__ import annotations

import csv
import time

import numpy as np
import pytest

from darknumber.data.table import CaptureTable, Covariate
from darknumber.kernels.chains import effective_size
from darknumber.models import BayesLogLinear
from tests.golden.conting_again import Problem, chain
from tests.golden.peers import table_of

ERRORS = 3.5  # standard errors between the two; 43 numbers are compared, some of them skewed
LEAST = 0.01  # a share of fewer of its draws than this has no normal error
TIMES = 20  # as quick as conting, at least
STEPS = 5000


def spina(path) -> CaptureTable:
    """Three lists by ethnic group, with *un* and *obs* for the lists; unseen cells have no count."""
    with path.open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["y"] != "NA"]
    lists = ["S1", "S2", "S3"]
    groups = sorted({row["eth"] for row in rows})
    return CaptureTable.build(
        lists,
        [sum(1 << j for j, name in enumerate(lists) if row[name] == "obs") for row in rows],
        [int(row["y"]) for row in rows],
        covariates=[Covariate(name="eth", levels=tuple(groups))],
        levels=[np.array([groups.index(row["eth"]) for row in rows])],
    )


@pytest.fixture(scope="module")
def tables(golden_data):
    return {"conting_spina": spina(golden_data("conting_spina")), "Kosovo": table_of(golden_data("Kosovo"))}


def model_of(record):
    return BayesLogLinear(
        prior="hyper-g" if "SBH" in record["call"] else "unit-information", margin="modelled", draws=40_000
    )


def terms_in(label, names):
    """A model as a set of terms, the lists by their names here."""
    return frozenset(frozenset(names.get(part, part) for part in term.split(":")) for term in label.split(" + "))


@pytest.mark.parametrize("number", range(4))
def test_totals_and_model_probabilities_agree(golden, tables, number):
    record = golden("conting")[number]
    table = tables[record["dataset"]]
    fit = model_of(record).fit(table, seed=1)
    total = fit.draws.sum(axis=1) + fit.observed.sum()
    ours = {"mean": total.mean(), "sd": total.std()}
    ours |= {f"{100 * p:g}%": np.quantile(total, p) for p in (0.025, 0.5, 0.975)}
    for row in record["results"]["total"]:
        assert abs(ours[row["what"]] - row["value"]) < ERRORS * row["error"], row
    names = {f"S{k + 1}": name for k, name in enumerate(table.lists)}
    weights = {terms_in(label, {}): w for label, w in zip(fit.candidates.label, fit.candidates.weight, strict=True)}
    compared = 0
    for row in record["results"]["models"]:
        weight = weights.get(terms_in(row["terms"], names))
        if weight is not None and row["share"] > LEAST:
            assert abs(weight - row["share"]) < ERRORS * row["error"], row
            compared += 1
    assert compared >= 1 + 5 * ("spina" in record["dataset"])


def test_it_is_twenty_times_as_quick(golden, tables):
    for record in golden("conting"):
        model, table = model_of(record), tables[record["dataset"]]
        model.fit(table)  # compiles
        begin = time.process_time()
        model.fit(table)
        assert time.process_time() - begin < record["cpu_seconds"] / TIMES


@pytest.mark.parametrize("hyper", [False, True])
def test_its_sampler_written_out_again_agrees(tables, hyper):
    table = tables["conting_spina"]
    problem = Problem(table)
    totals, models = chain(problem, STEPS, 7, hyper=hyper)
    kept = totals[STEPS // 10 :]
    fit = BayesLogLinear(prior="hyper-g" if hyper else "unit-information", margin="modelled").fit(table, seed=1)
    ours = fit.draws.sum(axis=1) + fit.observed.sum()
    middle = np.sort(kept)[len(kept) // 10 : -len(kept) // 10]  # the tail is too long for a mean of so few
    error = middle.std() / np.sqrt(effective_size(kept[None]))
    trimmed = np.sort(ours)[len(ours) // 10 : -len(ours) // 10]
    assert abs(middle.mean() - trimmed.mean()) < 4 * max(error, 1.0)
    pair = problem.pairs.index("S2:S3")
    assert np.mean(models[STEPS // 10 :] >> pair & 1) == pytest.approx(1, abs=0.02)
    assert (
        sum(w for label, w in zip(fit.candidates.label, fit.candidates.weight, strict=True) if "S2:S3" in label) > 0.9
    )
