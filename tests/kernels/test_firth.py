"""Less bias: against an explicit hat matrix, the penalised likelihood itself, and populations of known size."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import CaptureTable
from darknumber.kernels.design import merge_strata
from darknumber.kernels.firth import reduce_bias, reduce_bias_many
from darknumber.kernels.poisson import information, maximise_many, predictors
from darknumber.models.columns import make_columns, terms_of
from tests.oracles import covariates_of, dense, poisson_fit, random_table, sparse_case, split_terms

ROUNDS = 400  # of the oracle: it converges a little at a time


def design_of(table, text):
    columns = make_columns(table, terms_of(text, table), "free")
    return columns.only(np.ones(len(columns.terms), dtype=bool))


def hat_matrix(rows: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """The diagonal of the weighted projection on the columns."""
    basis, sizes, _ = np.linalg.svd(np.sqrt(mu)[:, None] * rows, full_matrices=False)
    return (basis[:, sizes > 1e-10 * sizes[0]] ** 2).sum(axis=1)


def slow_fit(model, own_intercepts: bool) -> tuple[np.ndarray, np.ndarray]:
    """Counts with half their hat values added, fitted until they stay: ``(coefficients, fitted counts)``.

    Without hat values for the intercepts, fitted counts are brought back to the observed totals every time, and the
    part of the hat values that an intercept a stratum brings is left out.
    """
    strata = np.eye(model.strata)[model.stratum]
    people = strata.T @ model.y
    beta, mu = poisson_fit(model.rows, model.y + 0.1)
    for _ in range(ROUNDS):
        if own_intercepts:
            extra = hat_matrix(model.rows, mu) / 2
        else:
            mu = mu * (strata @ (people / (strata.T @ mu)))
            extra = (hat_matrix(model.rows, mu) - mu / (strata @ people)) / 2
        beta, new = poisson_fit(model.rows, model.y + extra)
        if np.abs(new - mu).max() < 1e-12 * model.y.sum() and own_intercepts:
            break
        mu = new
    return beta, mu if own_intercepts else mu * (strata @ (people / (strata.T @ mu)))


TABLES = [
    (2, (), "", 60),
    (3, (), "A:B", 80),
    (3, (), "A:B + A:C + B:C", 150),
    (4, (), "A:B:C + C:D", 200),
    (3, (2,), "A:u + B:C", 150),
    (3, (3, 2), "A:poly(u, 1) + B:v", 200),
]


@pytest.mark.parametrize(("lists", "levels", "text", "people"), TABLES)
@pytest.mark.parametrize("seed", range(2))
def test_fitted_counts_are_those_of_an_explicit_hat_matrix(lists, levels, text, people, seed):
    rng = np.random.default_rng([seed, lists, people])
    table = random_table(rng, lists=lists, levels=levels, people=people, on_list=(0.15, 0.4), dependence=0.3)
    found = reduce_bias(design_of(table, text), table.dense())
    _, mu = slow_fit(dense(table, split_terms(text)), own_intercepts=False)
    assert found.mu[:, 1:].reshape(-1) == pytest.approx(mu, rel=1e-6)
    assert found.arrived


@pytest.mark.parametrize("text", ["", "A:B", "A:B + A:C + B:C", "A:B + C:D + A:C:D"])
def test_for_one_table_it_is_the_poisson_recipe(text):
    """Half the hat values added with the intercept a parameter too, and exp(theta_0 - V_00 / 2): METHODS A9."""
    lists = 4 if "D" in text else 3
    table = random_table(np.random.default_rng(3), lists=lists, people=600, on_list=(0.25, 0.45), dependence=0.3)
    model = dense(table, split_terms(text))
    beta, mu = slow_fit(model, own_intercepts=True)
    doubt = np.linalg.inv(model.rows.T @ (mu[:, None] * model.rows))[0, 0]
    found = reduce_bias(design_of(table, text), table.dense())
    third_order = 5 / table.observed[0] ** 1.5
    assert found.dark[0] == pytest.approx(np.exp(beta[0] - doubt / 2), rel=third_order)
    assert found.doubt[0] + 1 / table.observed[0] == pytest.approx(doubt, rel=0.01)


def test_two_lists_by_hand():
    y = np.array([25, 13, 7.0])
    table = CaptureTable.build("AB", [1, 2, 3], y.astype(int))
    n, more = y.sum(), y + 0.5
    doubt = (more.sum() * (1 / more).sum() - 1) / (n + 1)
    dark = (n + 1) / more.sum() * more[0] * more[1] / more[2] * np.exp(-doubt / 2)
    found = reduce_bias(design_of(table, ""), table.dense())
    assert found.dark[0] == pytest.approx(dark, rel=1e-8)
    assert found.dark[0] == pytest.approx(25 * 13 / (7 + 1), rel=0.005)  # Chapman


@pytest.mark.parametrize("seed", range(60))
def test_on_sparse_tables_it_arrives_at_the_top_of_the_penalised_likelihood(seed):
    case = sparse_case(seed)
    design, y = design_of(case.table, case.terms), case.table.dense()
    found = reduce_bias(design, y)
    assert found.arrived
    assert np.isfinite(found.dark).all()
    assert (found.dark[y.sum(axis=1) > 0] > 0).all()
    people = y.sum(axis=1)

    def value(theta):
        eta = np.where(design.live, predictors(design, theta), -np.inf)
        share = np.exp(eta - eta[:, 1:].max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        sizes = np.linalg.eigvalsh(information(design, share * people[:, None], people))
        inside = sizes > 1e-9 * sizes[-1]
        return float((y[y > 0] * np.log(share[y > 0])).sum() + np.log(sizes[inside]).sum() / 2), inside.sum()

    best, rank = value(found.theta)
    rng = np.random.default_rng(seed)
    for length in (1e-3, 0.1, 2.0):
        for _ in range(5):
            there, other = value(found.theta + length * rng.normal(size=design.columns))
            assert other < rank or there <= best + 1e-9 * abs(best)


def simulate(text, on_list, people, seed, dependence=None, tables=20_000):
    """Mean dark figures, likelihood and corrected, over tables whose likelihood has a finite one; and the true one."""
    lists = len(on_list)
    on = np.arange(1 << lists)[:, None] >> np.arange(lists) & 1
    odds = on @ np.log(np.array(on_list) / (1 - np.array(on_list)))
    for pair, size in (dependence or {}).items():
        odds += size * on[:, list(pair)].all(axis=1)
    share = np.exp(odds) / np.exp(odds).sum()
    counts = np.random.default_rng(seed).multinomial(people, share, size=tables).astype(float)
    counts[:, 0] = 0.0
    table = CaptureTable.build("ABCDE"[:lists], np.arange(1, 1 << lists), np.ones((1 << lists) - 1, dtype=int))
    design = design_of(table, text)
    start = reduce_bias(design, people * np.where(np.arange(1 << lists) > 0, share, 0.0)[None]).theta
    plain, _ = maximise_many(design, counts[:, None, :], start)
    ours = reduce_bias_many(design, counts[:, None, :], start)
    finite = plain[:, 0] < 1e6
    assert finite.mean() > 0.99
    return plain[finite, 0].mean(), ours[finite, 0].mean(), people * share[0]


@pytest.mark.parametrize(
    ("text", "on_list", "people", "dependence", "without"),
    [
        ("A:B + A:C + B:C", (0.3, 0.3, 0.3), 200, None, 0.30),
        ("A:B + A:C + B:C", (0.2, 0.2, 0.2), 500, None, 0.20),
        ("", (0.2, 0.2, 0.2), 60, None, 0.20),
        ("A:B", (0.2, 0.2, 0.2), 100, {(0, 1): 1.0}, 0.15),
        ("A:B + C:D", (0.1, 0.1, 0.1, 0.1), 200, {(0, 1): 1.0, (2, 3): -0.5}, 0.17),
        ("A:B + A:C + B:D + D:E", (0.1, 0.1, 0.1, 0.1, 0.1), 300, {(0, 1): 1.0}, 0.06),
    ],
)
def test_it_takes_the_bias_away(text, on_list, people, dependence, without):
    """Of 6 to 30%, less than 2% is left; the chance error of the means is a third of that."""
    plain, ours, true = simulate(text, on_list, people, 1, dependence)
    assert plain > (1 + without) * true
    assert ours == pytest.approx(true, rel=0.02)


def test_it_takes_the_bias_away_in_strata():
    """Forty strata of a handful of registered people each, with shared parameters."""
    rng = np.random.default_rng(4)
    on = np.arange(8)[:, None] >> np.arange(3) & 1
    shares = []
    for first in (0.2, 0.4):
        chance = np.array([first, 0.25, 0.2])
        odds = on @ np.log(chance / (1 - chance)) + 0.8 * on[:, 0] * on[:, 1]
        shares.append(np.exp(odds) / np.exp(odds).sum())
    size = rng.integers(3, 13, size=40)
    cells = np.ones((40, 7), dtype=int)
    stratum, history = np.nonzero(cells)
    table = CaptureTable.build(
        "ABC",
        history + 1,
        np.ones(280, dtype=int),
        covariates=covariates_of((2, 20)),
        levels=list(np.unravel_index(stratum, (2, 20))),
    )
    design = design_of(table, "A:B + A:u")
    draws = np.stack([rng.multinomial(n, shares[s // 20], size=8000) for s, n in enumerate(size)], axis=1).astype(float)
    true = sum(n * shares[s // 20][0] for s, n in enumerate(size))
    draws[..., 0] = 0.0
    merged, group = merge_strata(design)
    assert merged.live.shape[0] == 2
    together = np.zeros((8000, 2, 8))
    np.add.at(together, (slice(None), group), draws)
    start = reduce_bias(merged, together.mean(axis=0)).theta
    plain = maximise_many(merged, together, start)[0].sum(axis=1)
    ours = reduce_bias_many(merged, together, start).sum(axis=1)
    finite = plain < 1e6
    assert finite.mean() > 0.99
    assert plain[finite].mean() > 1.025 * true
    assert ours[finite].mean() == pytest.approx(true, rel=0.01)
    apart = reduce_bias_many(design, draws[:20], start).sum(axis=1)
    assert apart == pytest.approx(ours[:20], rel=1e-7)


def test_lists_that_were_not_kept_somewhere():
    """List C was not kept in stratum 1: there, histories with C are left out."""
    rng = np.random.default_rng(3)
    table = random_table(rng, lists=3, levels=(2,), people=300, on_list=(0.2, 0.4))
    kept = ~((table.stratum == 1) & (table.history >= 4))
    smaller = CaptureTable.build(
        table.lists,
        table.history[kept],
        table.count[kept],
        covariates=table.covariates,
        levels=[table.stratum[kept]],
        operating=np.array([[True, True, True], [True, True, False]]),
    )
    found = reduce_bias(design_of(smaller, "A:u"), smaller.dense())
    model = dense(smaller, ["A:u"])
    _, mu = slow_fit(model, own_intercepts=False)
    assert found.mu[:, 1:][design_of(smaller, "A:u").live[:, 1:]] == pytest.approx(mu, rel=1e-6)


def test_many_tables_at_once_are_the_tables_one_by_one():
    rng = np.random.default_rng(8)
    table = random_table(rng, lists=3, levels=(2,), people=200, on_list=(0.1, 0.3))
    design = design_of(table, "A:B + B:u")
    start = reduce_bias(design, table.dense()).theta
    many = rng.poisson(table.dense(), size=(20, *design.live.shape)).astype(float)
    many[3, 1] = 0
    dark = reduce_bias_many(design, many, start)
    for y, found in zip(many, dark, strict=True):
        assert found == pytest.approx(reduce_bias(design, y).dark, rel=1e-7)
    assert dark[3, 1] == 0


def test_a_column_twice_changes_nothing():
    table = random_table(np.random.default_rng(1), lists=3, levels=(3,), people=300, on_list=(0.1, 0.4))
    once = reduce_bias(design_of(table, "A:u"), table.dense())
    twice = reduce_bias(design_of(table, "A:u + A:poly(u, 2)"), table.dense())
    assert twice.dark == pytest.approx(once.dark, rel=1e-7)
