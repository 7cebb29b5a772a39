"""Averages over decomposable graphs against dga's `bma.cr`: on its own grids, and on ours, which goes further."""

from __future__ import annotations

import re

import numpy as np
import pytest

from darknumber.kernels.graph_walk import average_graphs
from darknumber.kernels.graphs import largest_cliques, make_tables, pairs
from darknumber.models import Decomposable
from tests.golden.peers import table_of

SAME = 1e-6
COMPARED = 4  # tables
FAINT = 1e-12  # graphs with less of the weight are passed over


@pytest.fixture(scope="module")
def records(golden):
    return golden("dga")


def grid_of(call):
    """The dark figures in a call: ``1:5000L`` or ``seq(10, 4e+05, by = 10)``."""
    if found := re.search(r"seq\((\d+), ([\de+]+), by = (\d+)\)", call):
        first, last, step = map(float, found.groups())
        return np.arange(first, last + 1, step)
    found = re.search(r"1:(\d+)L", call)
    return np.arange(1.0, int(found[1]) + 1)


def delta_of(call):
    text = re.split(r", (?=[\d.^-]+, graphs)", call)[1].split(", graphs")[0]
    return 2.0 ** int(text.split("^")[1]) if "^" in text else float(text)


def cliques_in(text):
    return {sum(1 << int(digit) - 1 for digit in group) for group in text.split(",")}


def test_summaries_and_weights_on_its_grids(records, golden_data):
    compared = 0
    for record in records:
        table, unseen, results = table_of(golden_data(record["dataset"])), grid_of(record["call"]), record["results"]
        y, lists = table.dense()[0] * 1.0, len(table.lists)
        found = average_graphs(
            make_tables(
                y,
                unseen,
                -np.log(unseen + y.sum()),
                people=delta_of(record["call"]) * 2**lists,
                odds=np.zeros(len(pairs(lists))),
                complete=True,
            )
        )
        share, population = np.exp(found.mixture - found.evidence), unseen + y.sum()
        mean = share @ population
        assert mean == pytest.approx(results["mean"], rel=SAME)
        assert np.sqrt(share @ (population - mean) ** 2) == pytest.approx(results["sd"], rel=SAME)
        below = np.cumsum(share)
        for level, value in results["quantiles"].items():
            assert population[np.searchsorted(below, float(level[:-1]) / 100)] == value
        for place, model in enumerate(each for each in results["top_models"] if each["prob"] > FAINT):
            assert np.exp(found.log_weight[place]) == pytest.approx(model["prob"], rel=SAME)
            assert set(largest_cliques(int(found.edges[place]), lists)) == cliques_in(model["cliques"])
            compared += 1
    assert len(records) == 9
    assert compared > 60


def test_the_model_with_the_same_settings(records, golden_data):
    """Its grids begin at one unseen person and ours at none, which shows only where the complete graph weighs."""
    compared = 0
    for record in records:
        grid, results = grid_of(record["call"]), record["results"]
        table = table_of(golden_data(record["dataset"]))
        if grid[0] != 1 or results["quantiles"]["5%"] - table.observed[0] < 100:
            continue
        people = delta_of(record["call"]) * 2 ** len(table.lists)
        model = Decomposable(prior_people=people, complete=True, most=int(grid[-1]))
        fit = model.fit(table, seed=1)
        quantiles = {level: np.quantile(fit.draws, float(level[:-1]) / 100) for level in results["quantiles"]}
        for level, value in results["quantiles"].items():
            assert quantiles[level] + table.observed[0] == pytest.approx(value, rel=1e-3), (record["call"], level)
        best = results["top_models"][0]
        assert fit.candidates.weight[0] == pytest.approx(best["prob"], rel=1e-4)
        compared += 1
    assert compared == COMPARED
