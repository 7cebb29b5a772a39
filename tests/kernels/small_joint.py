"""A table of three lists as the kernels take it: main effects and one pair."""

from __future__ import annotations

import numpy as np

from darknumber.kernels.joint import Joint

COUNTS = np.array([30.0, 20.0, 9.0, 25.0, 12.0, 8.0, 6.0])
EVERY = np.arange(4)
LOG_DET = 0.0  # the precision is the identity


def design() -> np.ndarray:
    """``(8, 4)`` effects that sum to zero, of every history."""
    on = 2.0 * ((np.arange(8)[:, None] >> np.arange(3)) & 1) - 1
    return np.column_stack([on, on[:, 0] * on[:, 1]])


def a_joint(*, hyper: bool = False, bounded: bool = False, belief: tuple[float, float] | None = None) -> Joint:
    """The posterior of `COUNTS`; the first count an upper limit, or a prior of its own for the pair, if asked for."""
    x = design()
    precision, own, centre = np.eye(4), np.zeros(4), np.zeros(4)
    if belief is not None:
        precision[3, 3], own[3], centre[3] = 0.0, *belief
    limits = np.zeros(7, dtype=bool)
    if bounded:
        x = np.column_stack([x, np.ones(8)])
        precision, own, centre = np.diag([1.0, 1, 1, 1, 0]), np.zeros(5), np.zeros(5)
        limits[0] = True
    return Joint(
        x=np.ascontiguousarray(x[1:]),
        y=COUNTS,
        group=np.zeros(7, dtype=np.int64),
        people=np.array([COUNTS.sum()]),
        told=np.ascontiguousarray(x[:1]),
        told_group=np.zeros(1, dtype=np.int64),
        explicit=bounded,
        bounded=limits,
        precision=precision,
        belief=own,
        centre=centre,
        shape=0.001 if hyper else 0.0,
        scale=0.001 if hyper else 0.0,
    )
