"""Cells and terms at minus infinity, against extended maximum likelihood and ranks of full design matrices."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.design import make_design
from darknumber.kernels.faces import face
from darknumber.kernels.poisson import maximise

GONE = 1e-5  # expected people in a cell that is going to zero, where the maximum is reached as far as it goes


def pairs_of(lists):
    return [a | b for b in (1 << k for k in range(lists)) for a in (1 << k for k in range(lists)) if a < b]


def terms_of(lists):
    return np.array([*(1 << k for k in range(lists)), *pairs_of(lists)])


def sparse(seed, lists):
    rng = np.random.default_rng(seed)
    y = rng.poisson(rng.choice([0.3, 1.0, 5.0], size=1 << lists)).astype(float)
    y[0] = 0.0
    return y


def matrix(cells, masks):
    return np.hstack([np.ones((len(cells), 1)), (cells[:, None] & masks) == masks])


def test_a_full_table_loses_nothing():
    masks, live = terms_of(4), np.arange(16) > 0
    left = face(live * 3.0, live, masks, np.ones(len(masks), dtype=bool))
    assert left.live is live
    assert not left.edge.any()
    assert left.kept.all()


def test_a_pair_that_shares_nobody():
    masks, live, cells = terms_of(4), np.arange(16) > 0, np.arange(16)
    pair = masks[5]
    y = np.where((cells & pair) == pair, 0.0, 2.0) * live
    left = face(y, live, masks, np.ones(len(masks), dtype=bool))
    assert np.array_equal(left.live, live & ((cells & pair) != pair))
    assert masks[left.edge].tolist() == [pair]
    assert np.array_equal(left.kept, ~left.edge)


def test_with_a_proper_prior_only_lists_can_be_at_the_edge():
    masks, live, cells = terms_of(4), np.arange(16) > 0, np.arange(16)
    flat = np.arange(len(masks)) < 4
    pair = masks[5]
    assert face(np.where((cells & pair) == pair, 0.0, 2.0) * live, live, masks, flat).live is live
    nobody_on_the_second = np.where(cells & 2, 0.0, 2.0) * live
    left = face(nobody_on_the_second, live, masks, flat)
    assert masks[left.edge].tolist() == [2]
    assert np.array_equal(left.live, live & ((cells & 2) == 0))
    assert left.kept.tolist() == [True, False, *[True] * 8]


@pytest.mark.parametrize("lists", [3, 4])
def test_what_is_left_is_what_extended_maximum_likelihood_leaves(lists):
    masks, live = terms_of(lists), np.arange(1 << lists) > 0
    design = make_design(lists, masks, np.ones((1, len(masks))), np.arange(len(masks)), live[None], conditional=True)
    smaller = 0
    for seed in range(150):
        y = sparse(seed, lists)
        if not y.sum():
            continue
        left = face(y, live, masks, np.ones(len(masks), dtype=bool))
        _, mu, _ = maximise(design, y[None])
        assert np.array_equal(left.live, live & (mu[0] > GONE)), seed
        smaller += left.live.sum() < live.sum()
    assert smaller > 50


@pytest.mark.parametrize("lists", [3, 4])
def test_what_is_kept_has_full_rank_and_says_as_much(lists):
    masks, live = terms_of(lists), np.arange(1 << lists) > 0
    odd = 0
    for seed in range(200):
        y = sparse(seed, lists)
        if not y.sum():
            continue
        left = face(y, live, masks, np.ones(len(masks), dtype=bool))
        cells = np.flatnonzero(left.live)
        full, kept = matrix(cells, masks), matrix(cells, masks[left.kept])
        assert np.linalg.matrix_rank(kept) == kept.shape[1] == np.linalg.matrix_rank(full)
        for place, mask in enumerate(masks):  # at the edge: the column adds nothing to all the others
            others = np.delete(full, place + 1, axis=1)
            alone = np.linalg.matrix_rank(others) < np.linalg.matrix_rank(full)
            assert alone == (not left.edge[place]), (seed, mask)
        zero = [mask for mask in masks if y[(np.arange(len(y)) & mask) == mask].sum() == 0]
        odd += set(masks[left.edge].tolist()) != set(zero)
    assert odd > 5  # faces that are more than margins of zero do occur
