"""Values that were not recorded, against the EM algorithms of cat and cenzus; MSEincomplete's own data are among these.

EM stops where little changes from one round to the next, which may be short of the maximum.
"""

from __future__ import annotations

import csv
from collections import Counter

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import gammaln

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.kernels.composite import make_composite, maximise_composite
from darknumber.models import CompositeLink

SAME = 1e-5  # of log-likelihood
BELOW = 1e-7  # rounding of sums of millions
CELLS = 2e-6  # of a probability, or of a population size as a share: EM's last steps
TERMS = {  # as cenzus was asked for them; main effects are always in
    "Freq ~ A * b + B * a + a * b": "A:b + B:a + a:b",
    "Freq ~ (A + B + C + D)^2": "A:B + A:C + A:D + B:C + B:D + C:D",
    "Freq ~ (A + B + C)^2 + A * a + B * b + C * c + a * b + a * c + b * c": (
        "A:B + A:C + B:C + A:a + B:b + C:c + a:b + a:c + b:c"
    ),
    "Freq ~ A + B + C + a + b + c": "",
}


def counted(path, names):
    """People by the values of some columns; what is missing is ``NA``."""
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    counts = "Freq" if "Freq" in rows[0] else "N"
    found = Counter()
    for row in rows:
        found[tuple(row[name] for name in names)] += float(row[counts])
    return found


def test_cat(golden, golden_data):
    """All cells of variables with two values; margins are what interacts."""
    records = golden("cat")
    assert len(records) == 5
    for record in records:
        size = len(record["results"]["theta"][0]) - 1
        names = {"cat_crimes": ["V1", "V2"], "cat_older": ["M", "P", "D", "G"]}[record["dataset"]]
        assert len(names) == size
        people = counted(golden_data(record["dataset"]), names)
        cells = np.stack(np.unravel_index(np.arange(1 << size), (2,) * size), axis=1)
        wanted = [set(range(size))] if "ecm" not in record["call"] else margins(record["call"])
        columns = [
            cells[:, list(term)].prod(axis=1)
            for term in map(bits, range(1, 1 << size))
            if any(term <= w for w in wanted)
        ]
        rows = [
            [all(v in ("NA", str(c + 1)) for v, c in zip(key, cell, strict=True)) for cell in cells] for key in people
        ]
        y = np.array(list(people.values()))
        known = y > 0
        at = make_composite(
            np.zeros(1 << size, dtype=int),
            csr_array(np.stack(columns, axis=1).astype(float)),
            csr_array(np.array(rows, dtype=float)[known]),
        )
        odds = np.empty(1 << size)
        value, arrived = maximise_composite(np.zeros(len(columns)), y[known], at, odds)
        told = value - y.sum() * np.log(y.sum())
        assert arrived
        assert record["results"]["loglik"] - BELOW <= told <= record["results"]["loglik"] + SAME
        theirs = {tuple(row[f"Var{k + 1}"] - 1 for k in range(size)): row["prob"] for row in record["results"]["theta"]}
        assert odds / odds.sum() == pytest.approx([theirs[tuple(cell)] for cell in cells], abs=CELLS)


def bits(number):
    return {k for k in range(number.bit_length()) if number >> k & 1}


def margins(call):
    """``c(1, 2, 0, 3, 4)`` as ``{0, 1}, {2, 3}``."""
    inside = call.split("margins = c(")[1].split(")")[0]
    groups = [[]]
    for number in map(int, inside.split(",")):
        groups[-1].append(number - 1) if number else groups.append([])
    return [set(group) for group in groups]


def test_cenzus(golden, golden_data):
    records = golden("cenzus")
    assert len(records) == 4
    for record in records:
        formula = record["call"].split("mse(")[1].split(",")[0]
        names = [name.strip("')") for name in record["call"].split("c(")[1].split(")")[0].split(",")][:-1]
        lists, values = [n for n in names if n.isupper()], [n for n in names if n.islower()]
        people = counted(golden_data(record["dataset"]), names)
        table = table_of(people, lists, values)
        assert table.count.sum() == record["results"]["nobs"]
        fit = CompositeLink(TERMS[formula], "modelled").fit(table)
        n = int(table.count.sum())
        told = fit.log_likelihood + n + gammaln(table.dense() + 1).sum() - n * np.log(n)
        loglik = record["results"]["loglik"]
        assert loglik - BELOW * abs(loglik) <= told <= loglik + max(SAME, BELOW * abs(loglik))
        assert fit.estimate.sum() == pytest.approx(record["results"]["Nhat"], rel=CELLS)
        assert fit.parameters == len(record["results"]["coefs"])


def table_of(people, lists, values):
    """People on some list; those whose value is missing have it not recorded."""
    histories, counts, levels = [], [], [[] for _ in values]
    known = [sorted({key[len(lists) + k] for key in people} - {"NA"}) for k in range(len(values))]
    for key, n in people.items():
        history = sum(int(key[j]) << j for j in range(len(lists)))
        if history and n:
            histories.append(history)
            counts.append(int(n))
            for k, found in enumerate(known):
                value = key[len(lists) + k]
                levels[k].append(found.index(value) if value in found else len(found))
    return CaptureTable.build(
        lists,
        histories,
        counts,
        covariates=[Covariate(name=n, levels=(*k, NOT_RECORDED)) for n, k in zip(values, known, strict=True)],
        levels=[np.array(each) for each in levels],
    )
