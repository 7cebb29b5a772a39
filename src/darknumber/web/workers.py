"""Processes that do the work, so that pages stay quick while models are fitted, and one can be lost without harm.

Each lane has its own processes: in the ``slow`` lane models are fitted, in the ``quick`` one files are looked at. What
goes through the pipes goes between processes of our own; nothing from outside is ever unpickled.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, Literal

from darknumber.data.spool import remove_leftovers
from darknumber.errors import Cancelled, DarknumberError
from darknumber.words import use_language

Lane = Literal["quick", "slow"]
Told = Callable[[int, int, str], None]

GRACE = 5.0  # seconds in which work that is cancelled may stop by itself; then its process is ended
POLL = 0.1  # seconds between two looks at whether work was cancelled
OFTEN = 0.1  # seconds between two tellings of progress
GENTLE = 10  # by how much fitting gives way to everything else on the machine, as `nice` counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work.

    Parameters
    ----------
    call
        A function, such as ``tasks:look`` for that of `darknumber.web.tasks`; it takes ``progress``, as long verbs do,
        beside what is given here.
    given
        Its other arguments.
    language
        The language it speaks.
    """

    call: str
    given: Mapping[str, Any]
    language: str = "en"


class Lost(Exception):
    """The process that did the work was ended from outside, or ran out of memory."""


class Fault(Exception):
    """The work failed in a way that is ours; the message is the kind of error and never its text."""


class Worker:
    """A process that does one task after the other; a new one takes its place when it is lost."""

    def __init__(self, lane: Lane) -> None:
        self.lane: Lane = lane
        self._context = multiprocessing.get_context("spawn")
        self._process: Any = None
        self._pipe: Connection | None = None
        self._stop = self._context.Event()

    @property
    def process_id(self) -> int | None:
        """The number of the process, once there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process, if there is none."""
        if self._process is not None and self._process.is_alive():
            return
        self._stop = self._context.Event()
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=_serve, args=(theirs, self._stop, self.lane, os.getpid()), daemon=True
        )
        self._process.start()
        theirs.close()

    def do(self, task: Task, told: Told, cancelled: Callable[[], bool]) -> Any:
        """Do a task and wait for what it gives.

        Parameters
        ----------
        task
            What to do.
        told
            Called with (done, total, what) as the work goes on.
        cancelled
            Whether the work is to stop.

        Raises
        ------
        DarknumberError
            What the task raised; `Cancelled` where it was stopped.
        Lost, Fault
            The process has gone, or an error that is ours.
        """
        self.start()
        assert self._pipe is not None
        self._stop.clear()
        asked_at: float | None = None
        try:
            self._pipe.send(task)
            while True:
                if cancelled() and asked_at is None:
                    asked_at = time.monotonic()
                    self._stop.set()
                if self._pipe.poll(POLL):
                    kind, value = self._pipe.recv()
                    if kind == "told":
                        told(*value)
                    elif kind == "done":
                        return value
                    elif kind == "error":
                        raise value
                    else:
                        raise Fault(value)
                elif asked_at is not None and time.monotonic() - asked_at > GRACE:
                    self.end()
                    raise Cancelled
        except (EOFError, OSError) as error:
            self.end()
            if asked_at is not None:
                raise Cancelled from error
            raise Lost from error

    def end(self) -> None:
        """End the process."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(GRACE)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None
        remove_leftovers()  # a process that is ended cannot clear its own folder


def _serve(pipe: Connection, stop: Any, lane: Lane, parent: int) -> None:
    """What the process does: one task after the other, for as long as its parent is there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    if sys.platform != "win32" and lane == "slow":
        os.nice(GENTLE)
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            while not pipe.poll(1.0):
                if sys.platform != "win32" and os.getppid() != parent:
                    return
            pipe.send(_answer(pipe.recv(), pipe, stop))


def _answer(task: Task, pipe: Connection, stop: Any) -> tuple[str, Any]:
    last = 0.0

    def progress(done: int, total: int, what: str) -> None:
        nonlocal last
        if stop.is_set():
            raise Cancelled
        now = time.monotonic()
        if now - last >= OFTEN or done == total:
            last = now
            pipe.send(("told", (done, total, what)))

    try:
        with use_language(task.language):
            return "done", _called(task.call)(progress=progress, **task.given)
    except DarknumberError as error:
        return "error", _without_place(error)
    except MemoryError:
        return "fault", "MemoryError"
    except Exception as error:  # noqa: BLE001 - whatever it is, the process goes on, and its text may hold data
        return "fault", type(error).__name__


def _called(place: str) -> Callable[..., Any]:
    """The function of a task; its code is fetched by the processes only, so that the server starts at once."""
    module, name = place.split(":")
    found: Callable[..., Any] = getattr(import_module(f"darknumber.web.{module}"), name)
    return found


def _without_place(error: DarknumberError) -> DarknumberError:
    """The error itself, without the line of the study file: on a page nobody sees that file."""
    while error.code == "in_study" and isinstance(error.__cause__, DarknumberError):
        error = error.__cause__
    return error
