"""Verdicts of the composite link: those of the linear programmes, and what sums of cells do not tell."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import CompositeLink, LogLinear

TERMS = ("", "A:C", "A:B + B:C", "A:B + A:C + B:C", "A:form + B:form", "A:B:form + C:form")
TABLES = 60
REPLICATES = 5
EVERY = {ESTIMABLE, INFINITE, ZERO, NOT_IDENTIFIED}
SAME = 1e-4  # two Newton methods, each to a decrement of its own, near the edge of what has a number
FORMS = ("labour", "sexual")
YEARS = ("2013", "2014")
ONLY_A = np.array([[True, False, False], [True, True, True]])  # kept in the first year


def table_of(counts, levels=FORMS, name="form", operating=None):
    """A table of three lists by form."""
    counts = np.array(counts)
    stratum, history = np.nonzero(counts)
    return CaptureTable.build(
        "ABC",
        history,
        counts[stratum, history].astype(int),
        covariates=[Covariate(name=name, levels=levels)],
        levels=[stratum],
        operating=operating,
    )


def sparse(random, rows=2):
    """``(rows, 8)`` counts, many of them zero."""
    people = random.poisson(random.gamma(0.4, 8.0, (rows, 8)))
    people[:, 0] = 0
    people[:, 1] += 1  # so that no row is without people
    return people


@pytest.mark.parametrize("margin", ["free", "modelled"])
def test_where_everything_is_known_verdicts_are_those_of_the_log_linear_model(margin):
    random, met = np.random.default_rng(3), set()
    for _ in range(TABLES):
        table = table_of(sparse(random))
        for terms in TERMS:
            ours, theirs = CompositeLink(terms, margin).fit(table), LogLinear(terms, margin).fit(table)
            assert ours.verdict.tolist() == theirs.verdict.tolist(), (terms, table.dense())
            assert ours.unobserved == pytest.approx(theirs.unobserved, rel=SAME, abs=SAME, nan_ok=True)
            met |= set(ours.verdict.tolist())
    assert met == EVERY


def test_every_replicate_has_a_verdict_of_its_own():
    random, met, mixed = np.random.default_rng(4), set(), 0
    for _ in range(TABLES // 3):
        table = table_of(sparse(random))
        again = np.stack([sparse(random) for _ in range(REPLICATES)]).astype(float)
        for terms in TERMS:
            ours, theirs = CompositeLink(terms), LogLinear(terms)
            found = ours.refit(ours.fit(table), again)
            wanted = theirs.refit(theirs.fit(table), again)
            assert found.verdict.tolist() == wanted.verdict.tolist(), (terms, table.dense(), again)
            met |= set(found.verdict.reshape(-1).tolist())
            mixed += len(np.unique(found.verdict, axis=0)) > 1
    assert met == EVERY
    assert mixed > TABLES // 3


def test_without_terms_with_the_value_the_verdict_is_that_of_the_lists_alone():
    """Lists that have nothing to do with the form: all forms, and people without one, have the verdict of everybody."""
    random, met = np.random.default_rng(5), set()
    for _ in range(TABLES):
        counts = sparse(random, rows=3)
        again = np.stack([sparse(random, rows=3) for _ in range(REPLICATES)])
        table = table_of(counts, (*FORMS, NOT_RECORDED))
        whole = table_of(counts.sum(axis=0, keepdims=True), ("any",))
        for terms in TERMS[:4]:
            ours, theirs = CompositeLink(terms).fit(table), LogLinear(terms).fit(whole)
            assert ours.verdict.tolist() == theirs.verdict.tolist() * 3, (terms, counts)
            assert ours.unobserved.sum() == pytest.approx(theirs.unobserved.sum(), rel=SAME, abs=SAME, nan_ok=True)
            found = ours.model.refit(ours, again.astype(float)).verdict
            wanted = theirs.model.refit(theirs, again.sum(axis=1, keepdims=True).astype(float)).verdict
            assert found.tolist() == np.repeat(wanted, 3, axis=1).tolist(), (terms, again)
            met |= set(wanted.reshape(-1).tolist())
    assert met == EVERY


@pytest.mark.parametrize(
    ("terms", "second", "verdict"),
    [
        ("A:year", [0, 40, 30, 12, 25, 8, 7, 5], [NOT_IDENTIFIED, ESTIMABLE]),
        ("A:year + B:C", [0, 40, 30, 12, 25, 8, 0, 0], [NOT_IDENTIFIED, ESTIMABLE]),  # B:C runs off and nothing else
        ("A:year", [0, 40, 30, 0, 25, 0, 0, 0], [NOT_IDENTIFIED, INFINITE]),
        ("A:year + A:B + A:C + B:C", [0, 0, 30, 12, 25, 8, 7, 5], [NOT_IDENTIFIED, ZERO]),
        ("", [0, 40, 30, 12, 25, 8, 7, 5], [ESTIMABLE, ESTIMABLE]),
        ("", [0, 40, 30, 0, 25, 0, 0, 0], [INFINITE, INFINITE]),
        ("A:B + A:C + B:C", [0, 0, 30, 12, 25, 8, 7, 5], [ESTIMABLE, ZERO]),
    ],
)
def test_sums_of_cells_with_a_maximum_at_the_edge(terms, second, verdict):
    """In the first year only A was kept; the second may have its maximum where some cells have nobody."""
    counts = np.array([[0, 90, 0, 0, 0, 0, 0, 0], second])
    model = CompositeLink(terms, inactive="unseen")
    fit = model.fit(table_of(counts, YEARS, "year", ONLY_A))
    assert fit.verdict.tolist() == verdict
    # replicates of other tables have the verdict of their own counts, not that of the data
    inside = model.fit(table_of([counts[0], [0, 41, 31, 13, 26, 9, 8, 6]], YEARS, "year", ONLY_A))
    assert model.refit(inside, counts[None].astype(float)).verdict.tolist() == [verdict]


def test_people_on_lists_that_were_not_kept_are_unseen_though_nobody_is_on_no_list():
    """A alone has nobody where all lists were kept, so that all have a list; of the first year only A is known."""
    counts = [[0, 90, 0, 0, 0, 0, 0, 0], [0, 0, 30, 12, 25, 8, 7, 5]]
    table = table_of(counts, YEARS, "year", ONLY_A)
    fit = CompositeLink("A:B + A:C + B:C", inactive="unseen").fit(table)
    assert fit.unobserved == pytest.approx([90 * (30 + 25 + 7) / (12 + 8 + 5), 0.0], rel=SAME)


def test_a_list_that_was_not_kept_takes_the_unseen_along_without_limit():
    """In the first year A and B were kept, and their overlap is free; what C would have added has no limit either."""
    counts = [[0, 85, 40, 45, 0, 0, 0, 0], [0, 40, 71, 18, 6, 0, 3, 3]]
    table = table_of(counts, YEARS, "year", np.array([[True, True, False], [True, True, True]]))
    fit = CompositeLink("A:B + B:C:year", inactive="unseen").fit(table)
    assert INFINITE in fit.verdict.tolist()
