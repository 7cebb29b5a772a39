"""Expected counts of many models at once, against each model fitted by itself."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.poisson import maximise
from darknumber.models import many
from darknumber.models.columns import all_terms, make_columns, terms_of
from darknumber.models.many import mean_seen, seen_by_model
from tests.enumerate_models import search_case

SAME = 1e-9


def cases():
    """Two models of random tables, on the whole design: parameters, which columns are in, expected counts."""
    for seed in range(12):
        case = search_case(seed, people=(150.0, 800.0))
        table, y = case.table, case.table.dense()
        columns = make_columns(table, all_terms(table, 2, "", case.margin), case.margin)
        thetas, inside, expected = [], [], []
        for terms in ("", ":".join(table.lists[:2])):
            state = columns.state(terms_of(terms, table))
            within = state[columns.design.term]
            theta, mu, _ = maximise(columns.only(state), y)
            thetas.append(np.zeros(columns.design.columns))
            thetas[-1][within] = theta
            inside.append(within)
            expected.append(np.where(np.arange(y.shape[1]) > 0, mu, 0.0))
        yield columns.design, y, np.array(thetas), np.array(inside), np.array(expected)


def test_each_model_expects_what_it_does_by_itself():
    for design, y, thetas, inside, expected in cases():
        assert seen_by_model(design, y, thetas, inside) == pytest.approx(expected, rel=1e-6, abs=1e-3)


def test_the_mean_is_the_same_in_pieces(monkeypatch):
    design, y, thetas, inside, _ = next(cases())
    weight = np.array([0.3, 0.7])
    whole = mean_seen(design, y, thetas, inside, weight)
    each = seen_by_model(design, y, thetas, inside)
    assert whole == pytest.approx(0.3 * each[0] + 0.7 * each[1], rel=SAME)
    monkeypatch.setattr(many, "PIECE", 1)
    assert mean_seen(design, y, thetas, inside, weight) == pytest.approx(whole, rel=SAME)
