"""Added moves: they keep what they say they keep; that they leave the posterior alone is in `test_latent_moves`."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.chances import first_state
from darknumber.kernels.latent_jumps import change_places, go_dark
from darknumber.kernels.latent_moves import Classes, Prior, Space, fill_joint, seen

PRIOR = Prior(1.0, 3.0, 0.0, 1.0, 1.0)
ON = np.array([[1.0, 0, 0, 1, 1, 0, 1], [0, 1.0, 0, 1, 0, 1, 1], [0, 0, 1.0, 0, 1, 1, 1]])
COUNTS = np.array([6, 5, 7, 2, 1, 3, 4])


@pytest.fixture
def classes():
    made = Classes(
        weight=np.array([0.5, 0.3, 0.2]),
        chance=np.array([[0.1, 0.2, 0.3], [0.5, 0.4, 0.1], [0.2, 0.7, 0.6]]),
        joint=np.zeros((3, 7)),
        total=np.zeros(7),
        concentration=np.ones(1),
        off=np.array([3.0]),
        alive=np.array([3]),
    )
    fill_joint(ON, made)
    return made


@pytest.fixture
def space():
    return Space(np.zeros(3, np.int64), np.zeros((3, 3), np.int64), np.empty(4), np.empty(7))


def among_seen(classes):
    weight = classes.weight * [seen(chance) for chance in classes.chance]
    return weight / weight.sum()


def test_going_dark_keeps_the_classes_of_the_seen(classes, space):
    before, chance = among_seen(classes), classes.chance.copy()
    state = first_state(1, 1, 1)[0]
    for _ in range(30):
        state = np.uint64(go_dark(state, ON, COUNTS, PRIOR, classes, space))
    assert among_seen(classes) == pytest.approx(before)
    assert classes.weight.sum() == pytest.approx(1)
    odds, former = (each / (1 - each) for each in (classes.chance, chance))
    assert np.ptp(odds / former, axis=1) == pytest.approx(np.zeros(3), abs=1e-9)
    assert (odds[:, 0] != former[:, 0]).all()
    total = classes.total.copy()
    fill_joint(ON, classes)
    assert total == pytest.approx(classes.total)


def test_changing_places_changes_nothing_but_the_order(classes, space):
    total, weights = classes.total.copy(), {*classes.weight}
    state, orders = first_state(2, 1, 1)[0], set()
    for _ in range(30):
        state = np.uint64(change_places(state, classes, space))
        orders.add(tuple(classes.weight))
    fill_joint(ON, classes)
    assert classes.total == pytest.approx(total)
    assert {*classes.weight} == weights
    assert len(orders) > 2
