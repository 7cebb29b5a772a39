"""Work handed out and kept: the same on any number of workers, taken up where it was left, stopped at once."""

from __future__ import annotations

import os
import pickle
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from joblib import parallel_config
from threadpoolctl import threadpool_info

from darknumber.errors import Cancelled, InputError, ModelError
from darknumber.lab.jobs import AHEAD, Stop, done, how_many, kept, key_of, shelf_in
from tests.lab.populations import simple


@dataclass(frozen=True)
class Square:
    number: int
    seconds: float = 0.0

    def do(self, stop: Stop) -> int:
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            stop.look()
            time.sleep(0.01)
        return self.number**2


@dataclass(frozen=True)
class Faulty:
    def do(self, stop: Stop) -> int:
        raise ZeroDivisionError


class Counted:
    """A job that says how many like it are handed out and not done."""

    def __init__(self, number: int, seen: list[int], made: list[int]) -> None:
        self.number, self.seen, self.made = number, seen, made

    def do(self, stop: Stop) -> int:
        self.seen.append(len(self.made) - len(self.seen))
        return self.number


@dataclass(frozen=True)
class Threads:
    def do(self, stop: Stop) -> int:
        np.ones((4, 4)) @ np.ones((4, 4))
        return max(each["num_threads"] for each in threadpool_info())


def save(value: int, path: Path) -> Path:
    path.write_text(str(value))
    return path


def load(path: Path) -> int:
    try:
        return int(path.read_text())
    except ValueError as error:
        raise InputError("not_runs", name=path.name) from error


def nothing() -> None:
    pass


def squares(count: int = 7, seconds: float = 0.0) -> dict[str, Square]:
    return {str(number): Square(number, seconds) for number in range(count)}


def results(jobs, workers=None, shelf=None, tell=nothing):
    with closing(done(jobs, shelf=shelf, workers=workers, tell=tell)) as found:
        return dict(found)


EXPECTED = {str(number): number**2 for number in range(7)}


@pytest.mark.parametrize("workers", [1, 2])
def test_everything_is_done_once(workers):
    assert results(squares(), workers) == EXPECTED


def test_threads_carry_the_same():
    with parallel_config(backend="threading", n_jobs=3):
        assert results(squares()) == EXPECTED


def test_a_backend_without_a_stream_of_results_carries_the_same():
    with parallel_config(backend="multiprocessing", n_jobs=2):
        assert results(squares(19)) == {str(number): number**2 for number in range(19)}


def test_how_many_workers():
    assert how_many(3) == 3
    assert how_many(None) == -1
    with parallel_config(n_jobs=2):
        assert how_many(None) == 2
        assert how_many(5) == 5
    with parallel_config(backend="threading"):
        assert how_many(None) == -1
    with pytest.raises(ModelError):
        how_many(0)


def test_algebra_in_a_job_has_one_thread():
    assert results({"a": Threads()}, 1) == {"a": 1}
    assert results({"a": Threads(), "b": Threads()}, 2) == {"a": 1, "b": 1}


def test_what_is_kept_is_not_done_again(tmp_path):
    shelf = shelf_in(tmp_path / "new" / "folder", save, load)
    assert results(squares(3), 1, shelf) == {key: EXPECTED[key] for key in "012"}
    there, left = kept(squares(), shelf)
    assert there == {key: EXPECTED[key] for key in "012"}
    assert sorted(left) == ["3", "4", "5", "6"]
    assert sorted(path.name for path in shelf.folder.iterdir()) == ["0.npz", "1.npz", "2.npz"]


def test_what_is_damaged_is_done_again(tmp_path):
    shelf = shelf_in(tmp_path, save, load)
    results(squares(3), 1, shelf)
    shelf.path("1").write_text("half of")
    there, left = kept(squares(3), shelf)
    assert sorted(there) == ["0", "2"]
    assert list(left) == ["1"]
    assert results(left, 1, shelf) == {"1": 1}
    assert kept(squares(3), shelf)[1] == {}


def test_without_a_folder_nothing_is_kept():
    assert kept(squares(), None) == ({}, squares())


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        shelf_in(tmp_path / "file", save, load)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_stop_is_quick_and_leaves_what_is_done(tmp_path, backend):
    shelf, before = shelf_in(tmp_path, save, load), threading.active_count()
    jobs = {"quick": Square(3), **{str(number): Square(number, 60.0) for number in range(5)}}
    with (
        parallel_config(backend=backend, n_jobs=2),
        closing(done(jobs, shelf=shelf, workers=None, tell=nothing)) as found,
    ):
        assert next(found) == ("quick", 9)
        started = time.monotonic()
    assert time.monotonic() - started < 5
    assert [path.name for path in tmp_path.iterdir()] == ["quick.npz"]
    if backend == "threading":
        time.sleep(0.1)
        assert threading.active_count() < before + 4  # the work itself has seen that it is not wanted any more


def test_a_single_worker_is_stopped_from_within():
    told = []

    def tell() -> None:
        told.append(time.monotonic())
        if len(told) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        results({"long": Square(2, 60.0)}, 1, tell=tell)
    assert len(told) == 4
    assert told[-1] - told[0] < 1


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_job_is_an_error(workers):
    with pytest.raises(ZeroDivisionError):
        results({"a": Faulty(), "b": Square(1), "c": Square(2)}, workers)


def test_few_jobs_are_handed_out_ahead():
    made: list[int] = []
    seen: list[int] = []

    class Lazy(dict):
        def items(self):
            for number in range(40):
                made.append(number)
                yield str(number), Counted(number, seen, made)

    with parallel_config(backend="threading", n_jobs=2):
        assert len(results(Lazy())) == 40
    assert max(seen) <= (AHEAD + 1) * 2


def test_a_sign_to_stop_is_shared_by_threads_and_not_by_processes():
    stop = Stop(lambda: None)
    other = pickle.loads(pickle.dumps(stop))
    stop.ask()
    with pytest.raises(Cancelled):
        stop.told(0, 1, "replicates")
    other.look()


def test_a_key_says_everything():
    design = simple()
    keys = {
        key_of(design),
        key_of(design, 1),
        key_of(1, design),
        key_of(replace(design, name="other")),
        key_of(replace(design, population=np.array([401]))),
        key_of(replace(design, histories=design.histories + 1e-15)),
        key_of(replace(design, population=design.population.astype(np.int32))),
        key_of(replace(design, factors={"N": 400})),
        key_of("ab", "c"),
        key_of("a", "bc"),
        key_of({"a": "b"}, "c"),
        key_of(("a",), "b", "c"),
        key_of(os.path.join),
        key_of(os.path.split),
        key_of(1),
        key_of("1"),
        key_of(1.0),
    }
    assert len(keys) == 17
    assert key_of(simple()) == key_of(pickle.loads(pickle.dumps(simple())))
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert len(key_of(design)) == 32
