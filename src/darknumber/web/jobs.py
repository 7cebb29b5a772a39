"""Work that waits, goes on and ends: fairly shared between the people who asked, and told to them as it goes."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from darknumber.errors import Cancelled, DarknumberError
from darknumber.web.workers import Fault, Lane, Lost, Task, Worker

State = Literal["waiting", "running", "done", "failed", "cancelled"]

WARM = 0.5  # seconds after the start in which nothing else is done than the first page
MOST_WAITING = 20  # pieces of work of one person that wait or go on
KEPT = 50  # pieces of work that have ended, of one person, whose course can still be seen


class TooMany(Exception):
    """One person asked for more at once than is taken."""


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """One piece of work and how far it is.

    Parameters
    ----------
    number, owner
        What it is called in addresses, and whose it is.
    name
        What its answer is kept under.
    task, lane
        What is done, and where; the data that it is given are let go when it has ended.
    finish
        Called with the answer, in a thread of its own.
    state, done, total, what, error
        How far it is, and what went wrong: an error, or the word ``lost`` or ``fault``.
    asked, started, ended
        When, in seconds of `time.time`.
    """

    number: int
    owner: str
    name: str
    task: Task
    lane: Lane
    finish: Callable[[Any], None]
    state: State = "waiting"
    done: int = 0
    total: int = 0
    what: str = ""
    error: DarknumberError | str | None = None
    asked: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def open(self) -> bool:
        """Whether it waits or goes on."""
        return self.state in ("waiting", "running")

    @property
    def seconds(self) -> float:
        """How long it has been going on, or took."""
        return 0.0 if self.started is None else (self.ended or time.time()) - self.started


class Jobs:
    """All work of a server: each lane takes turns between the people who wait in it."""

    def __init__(self, *, slow: int, quick: int = 1) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[Lane, deque[tuple[str, deque[Job]]]] = {"slow": deque(), "quick": deque()}
        self._jobs: dict[str, list[Job]] = {}
        self._numbers = itertools.count(1)
        self._closed = False
        self._version = 0
        self.workers = [Worker("quick") for _ in range(quick)] + [Worker("slow") for _ in range(slow)]
        self._threads = [
            threading.Thread(target=self._work, args=(worker,), daemon=True, name=f"darknumber-{worker.lane}-{place}")
            for place, worker in enumerate(self.workers)
        ]

    def start(self) -> None:
        """Begin to take work."""
        for thread in self._threads:
            thread.start()

    def ask(self, owner: str, name: str, task: Task, lane: Lane, finish: Callable[[Any], None]) -> Job:
        """Let something be done; what was asked for under the same name and has not ended is cancelled.

        Raises
        ------
        TooMany
            The owner has as much waiting as is taken.
        """
        with self._changed:
            mine = self._jobs.setdefault(owner, [])
            for job in mine:
                if job.name == name and job.open:
                    self._cancel(job)
            if sum(job.open for job in mine) >= MOST_WAITING:
                raise TooMany
            job = Job(number=next(self._numbers), owner=owner, name=name, task=task, lane=lane, finish=finish)
            ended = [other for other in mine if not other.open]
            for other in ended[: max(len(ended) - KEPT, 0)]:
                mine.remove(other)
            mine.append(job)
            line = self._waiting[lane]
            queue = next((queue for who, queue in line if who == owner), None)
            if queue is None:
                line.append((owner, deque([job])))
            else:
                queue.append(job)
            self._tell()
            return job

    def of(self, owner: str) -> tuple[Job, ...]:
        """All work of one person that is known, in the order in which it was asked for."""
        with self._changed:
            return tuple(self._jobs.get(owner, ()))

    def latest(self, owner: str, name: str) -> Job | None:
        """The work that was last asked for under a name."""
        return next((job for job in reversed(self.of(owner)) if job.name == name), None)

    def before(self, job: Job) -> int:
        """How many pieces of work start before one that waits."""
        with self._changed:
            turns = [list(queue) for _, queue in self._waiting[job.lane]]
        order = [each for turn in itertools.zip_longest(*turns) for each in turn if each is not None]
        return order.index(job) if job in order else 0

    def cancel(self, owner: str, number: int) -> None:
        """Stop a piece of work, if it is this person's and has not ended."""
        with self._changed:
            for job in self._jobs.get(owner, ()):
                if job.number == number and job.open:
                    self._cancel(job)

    def forget(self, owner: str) -> None:
        """Stop all work of one person, and forget it."""
        with self._changed:
            for job in self._jobs.pop(owner, ()):
                if job.open:
                    self._cancel(job)

    def close(self) -> None:
        """Stop everything and end the processes."""
        with self._changed:
            self._closed = True
            for jobs in self._jobs.values():
                for job in jobs:
                    if job.open:
                        self._cancel(job)
            self._changed.notify_all()
        for worker in self.workers:
            worker.kill()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(1.0)
        for worker in self.workers:
            worker.end()

    @property
    def version(self) -> int:
        """A number that goes up when anything changes."""
        return self._version

    @property
    def closed(self) -> bool:
        """Whether the server is stopping."""
        return self._closed

    def _cancel(self, job: Job) -> None:
        job.stop.set()
        if job.state == "waiting":
            for _, queue in self._waiting[job.lane]:
                if job in queue:
                    queue.remove(job)
            self._ended(job, "cancelled", None)
        self._tell()

    def _ended(self, job: Job, state: State, error: DarknumberError | str | None) -> None:
        job.state, job.error, job.ended = state, error, time.time()
        job.task, job.finish = replace(job.task, given={}), _nothing

    def _tell(self) -> None:
        self._version += 1
        self._changed.notify_all()

    def _next(self, lane: Lane) -> Job | None:
        """The job whose turn it is; its owner goes to the end of the line."""
        line = self._waiting[lane]
        for _ in range(len(line)):
            owner, queue = line.popleft()
            if not queue:
                continue
            job = queue.popleft()
            if queue:
                line.append((owner, queue))
            return job
        return None

    def _taken(self, lane: Lane) -> Iterator[Job]:
        while True:
            with self._changed:
                job = self._next(lane)
                while job is None and not self._closed:
                    self._changed.wait()
                    job = self._next(lane)
                if self._closed or job is None:
                    return
                job.state, job.started = "running", time.time()
                self._tell()
            yield job

    def _work(self, worker: Worker) -> None:
        if worker.lane == "quick":  # it is warm when the first file comes, and not in the way of the first page
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._waiting["quick"]), WARM)
            with suppress(OSError):  # it is tried again when there is work
                worker.start()
        for job in self._taken(worker.lane):
            state, error = self._done(worker, job)
            with self._changed:
                self._ended(job, state, error)
                self._tell()

    def _done(self, worker: Worker, job: Job) -> tuple[State, DarknumberError | str | None]:
        try:
            answer = worker.do(job.task, lambda *told: self._progress(job, *told), job.stop.is_set)
            if job.stop.is_set():
                return "cancelled", None
            job.finish(answer)
        except Cancelled:
            return "cancelled", None
        except DarknumberError as error:
            return "failed", error.with_traceback(None)  # which would hold what it was about
        except Lost:
            return "failed", "lost"
        except Fault as error:
            return "failed", "memory" if str(error) == "MemoryError" else "fault"
        except Exception:  # noqa: BLE001 - whatever it is, others wait for this thread
            return "failed", "fault"
        return "done", None

    def _progress(self, job: Job, done: int, total: int, what: str) -> None:
        with self._changed:
            job.done, job.total, job.what = done, total, what
            self._tell()


def _nothing(_: Any) -> None:
    """What is called with the answer of work that has ended."""
