"""Closed populations against Rcapture: heterogeneity, behaviour, corrections, profile intervals.

What differs, and why:

- R prints standard errors from the weights of the step before its last. We iterate to the end; a copy of R's
  iterations, stopped where R stops, gives R's digits from the same design, and ours when it is not stopped.
- In ``closedp.t`` the standard error of Mbh lacks a factor in one derivative; ``closedp.bc`` has it right.
- On the frequencies of BBS2001, R's way to keep Chao's parameters from going below zero ends below the maximum.
- Where the dark figure is zero or infinite R prints the number at which it stopped, or one below zero; we say so.
"""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Profile
from darknumber.kernels.cells import complete, dark_figures, dark_variance, maximise_cells, verdict_of
from darknumber.kernels.heterogeneity import darroch, frequency_cells, gamma, history_cells, poisson
from darknumber.kernels.histories import list_counts
from darknumber.kernels.profile import profile_of_cells
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, ZERO
from darknumber.models import Behaviour, Heterogeneity
from tests.golden.peers import read, table_of

SAME = 1e-6  # relative, of estimates and standard errors; absolute, of deviances and criteria
ROOT = 1e-4  # people: how far R looks for the root of the equation of Mt
PROFILE = (
    2e-4  # relative; R finds limits to 1e-4 people, and has Stirling's formula where there are more than a hundred
)
STEPS, SMALL = 25, 1e-8  # R's glm stops after so many steps, or when the deviance changes by less than this share
CURVES = {"poisson": poisson(2.0), "darroch": darroch, "gamma": gamma(3.5)}
DROP = 3.841458820694124
BEHAVIOUR = {"Mb": Behaviour(), "Mbh": Behaviour(first="own")}
AT_ZERO = ["Mh Poisson2", "Mh Darroch", "Mh Gamma3.5", "Mth Poisson2", "Mth Darroch", "Mth Gamma3.5"]
CORRECTED_AT_ZERO = ["Mh Poisson2", "Mh Darroch", "Mh Gamma3.5"]


def model_of(row: str, **settings) -> Heterogeneity:
    form = next((form for form in ("chao", *CURVES) if form in row.lower()), "none")
    return Heterogeneity(form, "equal" if row.startswith(("M0", "Mh")) else "own", **settings)


def stopped(rows, y, offset=0.0, *, steps=STEPS, small=SMALL):
    """Parameters and covariance as R's glm gives them: the weights are those of the step before."""

    def distance(mu):
        return 2 * (np.where(y > 0, y * np.log(np.where(y > 0, y, 1.0) / mu), 0.0) - (y - mu)).sum()

    mu = y + 0.1
    eta, before = np.log(mu), distance(mu)
    for _ in range(steps):
        goal, root = eta - offset + (y - mu) / mu, np.sqrt(mu)
        beta = np.linalg.lstsq(root[:, None] * rows, root * goal, rcond=None)[0]
        covariance = np.linalg.inv(rows.T @ (mu[:, None] * rows))
        eta = rows @ beta + offset
        mu = np.exp(eta)
        now = distance(mu)
        if abs(now - before) < small * (abs(now) + 0.1):
            break
        before = now
    return beta, covariance


def standard_error(model, table, **stop):
    """Of the estimate, from a row for every history."""
    cells = history_cells(len(table.lists), CURVES.get(model.form), chao=model.form == "chao")
    rows = cells.rows
    if model.lists == "equal":
        k = list_counts(np.arange(1, 1 << len(table.lists)))
        rows = np.column_stack([np.ones(len(rows)), k, rows[:, 1 + len(table.lists) :]])
    if model.form == "chao":
        own = rows.shape[1] - (len(table.lists) - 2)
        kept = _inside(model, table)[-(len(table.lists) - 2) :]
        rows = rows[:, [*range(own), *(own + np.flatnonzero(kept))]]
    beta, covariance = stopped(rows, table.dense()[0, 1:], **stop)
    dark = np.exp(beta[0])
    return np.sqrt(dark + dark**2 * covariance[0, 0])


def _inside(model, table):
    cells = model._cells(len(table.lists))
    counts = np.bincount(model._place(len(table.lists)), weights=table.dense()[0, 1:])
    return maximise_cells(cells, counts)[2]


@pytest.fixture(scope="module")
def records(golden, golden_data):
    """Each record with its table, where it has one."""
    found = []
    for record in golden("Rcapture"):
        if "frequencies" in record["results"] or ".0(" in record["call"]:
            continue
        found.append((record, table_of(golden_data(record["dataset"]))))
    return found


@pytest.fixture(scope="module")
def fits(records):
    """Every row of ``closedp.t``: the table, the row, our fit."""
    return [
        (table, row, (BEHAVIOUR.get(row["row"]) or model_of(row["row"])).fit(table))
        for record, table in records
        if record["call"].startswith("closedp.t(")
        for row in record["results"]["models"]
    ]


def test_all_rows_are_there(fits):
    assert len(fits) == 8 * 12


def test_estimates(fits):
    beside = []
    for table, row, fit in fits:
        if fit.verdict[0] == ESTIMABLE:
            assert fit.estimate[0] == pytest.approx(row["abundance"], rel=SAME)
        else:
            beside.append((int(table.observed[0]), row["row"], int(fit.verdict[0])))
            expected = table.observed[0] if fit.verdict[0] == ZERO else np.inf
            assert fit.estimate[0] == expected
    # Nobody on three lists of three, so that a bend can only go down; and first lists that do not fall off.
    assert beside == [*((96, name, ZERO) for name in AT_ZERO), (2744, "Mb", INFINITE), (8234, "Mb", INFINITE)]


def test_where_we_say_zero_r_is_within_a_person_and_where_infinite_below_zero(fits):
    for table, row, fit in fits:
        if fit.verdict[0] == ZERO:
            assert 0 <= row["abundance"] - table.observed[0] < 1
        if fit.verdict[0] == INFINITE:
            assert row["abundance"] < 0


def test_deviances_and_criteria(fits):
    for table, row, fit in fits:
        if fit.verdict[0] == INFINITE:
            continue
        n, k = table.observed[0], fit.parameters
        assert 2 ** len(table.lists) - 1 - k == row["df"]
        assert fit.deviance == pytest.approx(row["deviance"], abs=SAME)
        assert -2 * fit.log_likelihood + 2 * k == pytest.approx(row["AIC"], abs=SAME)
        assert -2 * fit.log_likelihood + np.log(n) * k == pytest.approx(row["BIC"], abs=SAME)


def test_standard_errors(fits):
    compared = 0
    for table, row, fit in fits:
        if fit.verdict[0] == ESTIMABLE and isinstance(fit.model, Heterogeneity):
            assert standard_error(fit.model, table) == pytest.approx(row["stderr"], rel=SAME)
            assert standard_error(fit.model, table, steps=100, small=0.0) == pytest.approx(
                np.sqrt(fit.variance[0]), rel=SAME
            )
            compared += 1
    assert compared == 8 * 10 - len(AT_ZERO)


def test_standard_errors_of_behaviour(fits):
    """R's own formula for Mb; for Mbh with the factor that it lacks, and without."""
    for table, row, fit in fits:
        if row["row"] not in BEHAVIOUR or fit.verdict[0] != ESTIMABLE:
            continue
        t, y = len(table.lists), table.dense()[0, 1:]
        histories = np.arange(1, 1 << t)
        before = np.array([(int(h) & -int(h)).bit_length() - 1 for h in histories])
        after = list_counts(histories) - 1
        columns = [np.ones(len(y)), before, after]
        if row["row"] == "Mbh":
            columns.insert(1, before > 0)
        for stop, lacking, theirs in [
            ({}, True, row["stderr"]),
            ({"steps": 100, "small": 0.0}, False, np.sqrt(fit.variance[0])),
        ]:
            beta, covariance = stopped(np.column_stack(columns).astype(float), y, **stop)
            odds, fall = np.exp(beta[-1]), np.exp(beta[-2])
            if row["row"] == "Mb":
                whole = np.exp(beta[0]) * (1 + odds) ** t / (1 + odds - fall)
                slope = [1.0, fall / (1 + odds - fall), t * odds / (1 + odds) - odds / (1 + odds - fall)]
                gradient = whole * np.array(slope)
            else:
                scale, left = np.exp(beta[0]) * (1 + odds) ** (t - 1), 1 + odds - fall
                later = np.exp(beta[1]) * fall / left
                whole = scale * (1 + later)
                level = (t - 1) * odds / (1 + odds) * (1.0 if lacking else 1 + later)
                gradient = scale * np.array(
                    [1 + later, later, later + later * fall / left, level - later * odds / left]
                )
            assert np.sqrt(gradient @ covariance @ gradient - whole) == pytest.approx(theirs, rel=SAME)


def test_corrected(records):
    compared, beside = 0, []
    for record, table in records:
        for row in record["results"].get("corrected", ()):
            given = BEHAVIOUR.get(row["row"])
            model = (
                Behaviour(first=given.first, correction="rivest-levesque")
                if given
                else model_of(row["row"], correction="rivest-levesque")
            )
            fit = model.fit(table)
            if fit.verdict[0] != ESTIMABLE:
                beside.append((record["dataset"], row["row"], int(fit.verdict[0])))
                continue
            close = {"abs": ROOT} if row["row"] == "Mt" else {"rel": SAME}
            assert fit.estimate[0] == pytest.approx(row["abundance"], **close)
            # Where a number comes out of iterations, R stops them early: see `test_standard_errors`.
            assert np.sqrt(fit.variance[0]) == pytest.approx(row["stderr"], rel=5e-5)
            compared += 1
    assert compared == 64
    assert beside == [("Artificial_3", name, ZERO) for name in CORRECTED_AT_ZERO]


def test_profile_limits(records):
    compared = 0
    for record, table in records:
        for row in record["results"].get("limits", ()):
            ours = estimate(table, model_of(row["row"]), Profile())
            if ours.verdict[0] == ZERO:  # Stirling's formula has no meaning next to nobody
                assert ours.limits[0, 0] == 96 == row["infCL"]
                assert ours.limits[0, 1] == pytest.approx(row["supCL"], rel=2e-3)
                continue
            top = ours.observed[0] + ours.fits[0].model.profile(ours.fits[0], DROP)[0]
            assert top == pytest.approx(row["abundance"], rel=PROFILE)
            assert ours.limits[0, 0] == pytest.approx(row["infCL"], rel=PROFILE)
            if str(row["supCL"]).startswith(">"):  # three times the estimate, where R stops looking
                assert ours.limits[0, 1] > float(row["supCL"][1:])
            else:
                assert ours.limits[0, 1] == pytest.approx(row["supCL"], rel=PROFILE)
            compared += 1
    assert compared == 60


def frequencies(golden_data, record) -> np.ndarray:
    """``(t,)`` how many units were on 1, 2, ..., t lists."""
    _, body = read(golden_data(record["dataset"]))
    y = np.zeros(12 if record["dataset"] == "Rcapture_cbird" else 50)
    y[body[:, 0] - 1] = body[:, 1]
    return y


def cells_of(row: str, lists: int):
    model = model_of(row)
    return frequency_cells(lists, CURVES.get(model.form), chao=model.form == "chao")


def test_frequencies(golden, golden_data):
    """``closedp.0``: up to fifty rounds, and how many units were seen in how many of them."""
    compared = 0
    for record in golden("Rcapture"):
        for row in record["results"].get("frequencies", ()):
            y = frequencies(golden_data, record)
            cells = cells_of(row["row"], len(y))
            _, mu, inside = maximise_cells(cells, y)
            theta = maximise_cells(cells, y)[0]
            deviance = 2 * (np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mu), 0.0) - (y - mu)).sum()
            dark = float(dark_figures(cells, theta))
            assert verdict_of(cells, y > 0) == ESTIMABLE
            if (record["dataset"], row["row"]) == ("Rcapture_BBS2001", "Mh Chao (LB)"):
                continue
            # 3, also in 13: R's own words are that fitted numbers next to zero occurred, and it stops a little early.
            loose = 1e-3 if row["infoFit"] == 13 else SAME
            assert y.sum() + dark == pytest.approx(row["abundance"], rel=SAME)
            assert deviance == pytest.approx(row["deviance"], abs=loose)
            assert deviance <= row["deviance"] + SAME
            assert len(y) - inside.sum() == row["df"]
            error = np.sqrt(dark_variance(cells, mu, inside, dark))
            assert error == pytest.approx(row["stderr"], rel=5e-5)
            rows = cells.rows[:, inside]
            beta, covariance = stopped(rows, y, cells.offset)
            if row["infoFit"] == 0:
                assert np.sqrt(np.exp(beta[0]) + np.exp(2 * beta[0]) * covariance[0, 0]) == pytest.approx(
                    row["stderr"], rel=SAME
                )
            compared += 1
    assert compared == 9


def test_chao_on_frequencies_is_higher_than_where_r_stops(golden, golden_data):
    """R leaves out one parameter after another and never takes one back."""
    (record,) = [r for r in golden("Rcapture") if r["call"].startswith("closedp.0") and "BBS" in r["dataset"]]
    row = next(row for row in record["results"]["frequencies"] if "Chao" in row["row"])
    y = frequencies(golden_data, record)
    cells = cells_of(row["row"], len(y))

    def deviance(mu):
        return 2 * (np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mu), 0.0) - (y - mu)).sum()

    kept = list(range(cells.rows.shape[1]))
    while True:  # R's rule
        beta, _ = stopped(cells.rows[:, kept], y, cells.offset)
        below = [place for place in range(2, len(kept)) if beta[place] < 0]
        if not below:
            break
        del kept[below[0]]
    theirs = np.exp(cells.rows[:, kept] @ beta + cells.offset)
    assert y.sum() + np.exp(beta[0]) == pytest.approx(row["abundance"], rel=SAME)
    assert deviance(theirs) == pytest.approx(row["deviance"], abs=SAME)
    theta, mu, _ = maximise_cells(cells, y)
    assert (theta[2:] >= 0).all()
    assert deviance(mu) < row["deviance"] - 1.7
    # The bound itself: people on one and on two lists, and nothing else.
    assert np.exp(theta[0]) == pytest.approx(49 / 50 * y[0] ** 2 / (2 * y[1]), rel=SAME)


def test_profile_limits_of_frequencies(golden, golden_data):
    compared = 0
    for record in golden("Rcapture"):
        if not record["call"].startswith("closedpCI.0"):
            continue
        (row,) = record["results"]["limits"]
        y = frequencies(golden_data, record)
        if record["dataset"] == "Rcapture_BBS2001" and "Chao" in row["row"]:
            continue  # see `test_chao_on_frequencies_is_higher_than_where_r_stops`
        ours = y.sum() + np.array(profile_of_cells(cells_of(row["row"], len(y)), y, DROP))
        assert ours == pytest.approx([row[name] for name in ("abundance", "infCL", "supCL")], rel=PROFILE)
        compared += 1
    assert compared == 7


def test_the_unseen_are_a_cell_like_the_others():
    cells = frequency_cells(3, None)
    assert complete(cells).rows[-1].tolist() == [1.0, 0.0]
