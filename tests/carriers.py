"""What can carry work beside this process: Dask and Ray, small and on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import ray
from distributed import Client, LocalCluster
from ray.util.joblib import register_ray


@pytest.fixture
def dask() -> Iterator[None]:
    settings = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with LocalCluster(**settings) as cluster, Client(cluster):
        yield


@pytest.fixture
def two_in_ray(monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    ray.shutdown()  # a pool of an earlier test that is cleared away late may have started it anew
    ray.shutdown()  # a pool of an earlier test that is cleared away late may have started it anew
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    register_ray()
    yield
    ray.shutdown()
