"""Many pieces of work on as many workers as there are, each kept when it is done.

The work goes through joblib, so that whatever ``joblib.parallel_config`` says carries it: processes by default,
threads, Dask or Ray. Each piece is known by a key that says everything its result depends on, the code that makes it
included (`darknumber.lab.fingerprint`), so the workers and the order make no difference, and work that was stopped is
taken up where it was left, unless the code is another by then.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import joblib
import numpy as np
from joblib.parallel import get_active_backend
from threadpoolctl import threadpool_limits

from darknumber.data.targets import folder_for
from darknumber.errors import Cancelled, InputError, ModelError

Done = TypeVar("Done")
Done_co = TypeVar("Done_co", covariant=True)

ROUND = 4  # pieces a worker at a time, where a backend gives results only when all that it was given are done
AHEAD = 2  # pieces a worker that are handed out: one to work on and one to go on with
KEY_BYTES = 16  # 128 bits: no two pieces of work will have the same key


class Stop:
    """A sign to stop, shared by threads; another process has one of its own, and is ended from outside.

    Parameters
    ----------
    tell
        Called now and then from the work itself; it may raise `Cancelled`. Only for work in the caller's own thread.
    """

    def __init__(self, tell: Callable[[], None] | None = None) -> None:
        self._asked = threading.Event()
        self._tell = tell

    def __reduce__(self) -> tuple[type[Stop], tuple[()]]:
        return Stop, ()

    def ask(self) -> None:
        """No more results are wanted."""
        self._asked.set()

    def look(self) -> None:
        """Go on, or not.

        Raises
        ------
        Cancelled
            No more results are wanted.
        """
        if self._asked.is_set():
            raise Cancelled
        if self._tell is not None:
            self._tell()

    def told(self, done: int, total: int, what: str) -> None:  # noqa: ARG002 - it stands where progress is told
        """Look whenever a piece of work tells how far it is."""
        self.look()


class Job(Protocol[Done_co]):
    """A piece of work; it is sent to a worker, and so is its result."""

    def do(self, stop: Stop) -> Done_co:
        """Do it, and look at `stop` now and then."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shelf(Generic[Done]):
    """Where results are kept, one file each.

    Parameters
    ----------
    folder
        It is made where it is not there.
    save, load
        Write a result to a file, whole or not at all; read it, or raise `InputError` where the file is damaged.
    ending
        Of the files.
    """

    folder: Path
    save: Callable[[Done, Path], Path]
    load: Callable[[Path], Done]
    ending: str = ".npz"

    def path(self, key: str) -> Path:
        """The file of the result with this key."""
        return self.folder / f"{key}{self.ending}"

    def get(self, key: str) -> Done | None:
        """A result that is there, or None where there is none or it is damaged."""
        path = self.path(key)
        if not path.is_file():
            return None
        try:
            return self.load(path)
        except InputError:
            return None

    def put(self, key: str, result: Done) -> None:
        """Keep a result."""
        self.save(result, self.path(key))


def shelf_in(folder: str | Path, save: Callable[[Done, Path], Path], load: Callable[[Path], Done]) -> Shelf[Done]:
    """A shelf in a folder, which is made where it is not there.

    Raises
    ------
    InputError
        It cannot be made or written in.
    """
    place = folder_for(folder)
    place.mkdir(parents=True, exist_ok=True)
    return Shelf(folder=place, save=save, load=load)


def kept(jobs: Mapping[str, Job[Done]], shelf: Shelf[Done] | None) -> tuple[dict[str, Done], dict[str, Job[Done]]]:
    """The results that are there already, and the jobs that are left; damaged results are made again."""
    there: dict[str, Done] = {}
    left: dict[str, Job[Done]] = {}
    for key, job in jobs.items():
        result = None if shelf is None else shelf.get(key)
        if result is None:
            left[key] = job
        else:
            there[key] = result
    return there, left


def done(
    jobs: Mapping[str, Job[Done]],
    *,
    shelf: Shelf[Done] | None,
    workers: int | None,
    tell: Callable[[], None],
) -> Generator[tuple[str, Done], None, None]:
    """The results by key, in the order in which they are ready; when it is closed, the workers are stopped.

    Parameters
    ----------
    jobs
        By key; a result is kept under its key before it is given.
    workers
        How many; None for what ``joblib.parallel_config`` says, and one a processor where it says nothing.
    tell
        With one worker, called now and then from the work itself; raising `Cancelled` in it stops.

    Raises
    ------
    ModelError
        Fewer than one worker.
    """
    number = how_many(workers)
    stop = Stop(tell if number == 1 else None)
    results = _alone(jobs, stop) if number == 1 else _ready(jobs, stop, number)
    try:
        for key, result in results:
            if shelf is not None:
                shelf.put(key, result)
            yield key, result
    finally:
        stop.ask()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # joblib warns of work that is stopped, as it is meant to be
            results.close()


def how_many(workers: int | None) -> int:
    """How many workers, as joblib counts them: -1 for one a processor of whatever carries the work.

    Raises
    ------
    ModelError
        Fewer than one worker was asked for.
    """
    if workers is not None:
        if workers < 1:
            raise ModelError("bad_workers", workers=workers)
        return workers
    configured = get_active_backend()[1]
    return -1 if configured is None else int(configured)


def key_of(*parts: object) -> str:
    """A name for everything that is in the parts, arrays and settings included: 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=KEY_BYTES)
    for piece in _pieces(parts):
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()


def _pieces(value: object) -> Iterator[bytes]:
    if isinstance(value, np.ndarray):
        yield f"{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__.encode()
        for item in dataclasses.fields(value):
            yield item.name.encode()
            yield from _pieces(getattr(value, item.name))
    elif isinstance(value, Mapping):
        yield f"{{{len(value)}".encode()
        for name in sorted(value):
            yield str(name).encode()
            yield from _pieces(value[name])
    elif isinstance(value, list | tuple):
        yield f"({len(value)}".encode()
        for part in value:
            yield from _pieces(part)
    elif callable(value):
        yield f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', repr(value))}".encode()
    else:
        yield repr(value).encode()


def _alone(jobs: Mapping[str, Job[Done]], stop: Stop) -> Generator[tuple[str, Done], None, None]:
    for key, job in jobs.items():
        yield _do(key, job, stop)


def _ready(jobs: Mapping[str, Job[Done]], stop: Stop, workers: int) -> Generator[tuple[str, Done], None, None]:
    """The results as they are ready; few are ahead, so that memory is bounded and a stop is quick."""
    calls = (joblib.delayed(_do)(key, job, stop) for key, job in jobs.items())
    try:
        parallel = joblib.Parallel(
            n_jobs=workers, return_as="generator_unordered", pre_dispatch=f"{AHEAD}*n_jobs", batch_size=1
        )
    except ValueError:  # a backend that gives nothing before it has everything
        yield from _in_rounds(calls, workers)
    else:
        yield from parallel(calls)


def _in_rounds(calls: Iterator[Any], workers: int) -> Iterator[Any]:
    several = ROUND * joblib.effective_n_jobs(workers)
    with joblib.Parallel(n_jobs=workers, pre_dispatch=f"{AHEAD}*n_jobs", batch_size=1) as parallel:
        while batch := list(islice(calls, several)):
            yield from parallel(batch)


def _do(key: str, job: Job[Done], stop: Stop) -> tuple[str, Done]:
    with threadpool_limits(limits=1):  # the work is shared out already; the algebra in each piece is small
        return key, job.do(stop)
