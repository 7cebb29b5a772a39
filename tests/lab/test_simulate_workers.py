"""The same simulation on processes, threads, Dask and Ray; and workers that end when they are told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from joblib import parallel_config

from darknumber.lab.runs import Runs, same
from darknumber.lab.simulate import simulate
from tests.carriers import dask, two_in_ray  # noqa: F401 - fixtures
from tests.lab.populations import simple

DESIGNS = (simple("three"), simple("four", (0.2, 0.3, 0.25, 0.15), 600))
PIPELINES = ("average | bootstrap(replicates=30)", "best | bootstrap(replicates=30)")


def run(workers: int | None = None) -> Runs:
    return simulate(DESIGNS, PIPELINES, populations=6, seed=3, workers=workers).runs


@pytest.fixture(scope="module")
def alone() -> Runs:
    return run(1)


def test_processes_carry_the_same(alone):
    assert same(run(2), alone)


def test_threads_carry_the_same(alone):
    with parallel_config(backend="threading", n_jobs=3):
        assert same(run(), alone)


def test_dask_carries_the_same(alone, dask):  # noqa: F811
    with parallel_config(backend="dask"):
        assert same(run(), alone)


def test_ray_carries_the_same(alone, two_in_ray):  # noqa: F811
    with parallel_config(backend="ray"):
        assert same(run(), alone)


def test_an_interrupt_stops_the_workers_and_leaves_what_is_done(tmp_path):
    program = (
        "from darknumber.lab.simulate import simulate\n"
        "from tests.lab.populations import simple\n"
        "if __name__ == '__main__':\n"
        "    simulate(simple(), 'independence | bootstrap(replicates=4000)', populations=10_000, workers=2,\n"
        f"             folder={str(tmp_path)!r})\n"
    )
    work = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    until = time.monotonic() + 60
    while not any(tmp_path.glob("*.npz")) and work.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(work.pid, signal.SIGINT)
    _, said = work.communicate(timeout=20)  # the pipes are closed only when every worker is gone
    assert b"KeyboardInterrupt" in said
    assert any(tmp_path.glob("*.npz"))
    assert not any(tmp_path.glob("*.part"))
