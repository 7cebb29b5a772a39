"""Processes that do the work, so that pages stay quick while models are fitted, and one can be lost without harm.

Each lane has its own processes: in the ``slow`` lane models are fitted, in the ``quick`` one files are looked at. What
goes through the pipes goes between processes of our own; nothing from outside is ever unpickled.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from darknumber.data import spool
from darknumber.errors import Cancelled, DarknumberError, debugging
from darknumber.words import use_language

if sys.platform != "win32":
    import resource

Lane = Literal["quick", "slow"]
Told = Callable[[int, int, str], None]

GRACE = 5.0  # seconds in which work that is cancelled may stop by itself; then its process is ended
POLL = 0.1  # seconds between two looks at whether work was cancelled
OFTEN = 0.1  # seconds between two tellings of progress
GENTLE = 10  # by how much fitting gives way to everything else on the machine, as `nice` counts
WATCH = 1.0  # seconds between two looks at whether the server is still there
# Of the memory of the machine, what one process may take: a small file can ask for more than any machine holds.
SHARE, SMALLEST = 0.5, 4 * 1024**3
STOP = "stop"  # what a process is sent where its work is to stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work.

    Parameters
    ----------
    call
        A function, such as ``tasks:look`` for that of `darknumber.web.tasks`, or of another module by its whole name;
        it takes ``progress``, as long verbs do, beside what is given here.
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

    @property
    def process_id(self) -> int | None:
        """The number of the process, once there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> Connection:
        """Start the process, if there is none; what is said to it goes through the pipe."""
        if self._pipe is not None and self._process is not None and self._process.is_alive():
            return self._pipe
        pipe, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self.lane, os.getpid()), daemon=True)
        process.start()
        theirs.close()
        self._process, self._pipe = process, pipe
        return pipe

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
        asked_at: float | None = None
        try:
            pipe = self.start()
            pipe.send(task)
            while True:
                if cancelled() and asked_at is None:
                    asked_at = time.monotonic()
                    pipe.send(STOP)
                if pipe.poll(POLL):
                    kind, value = pipe.recv()
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
        except (DarknumberError, Fault):
            raise
        except Exception as error:  # what cannot be sent, or not be understood here
            self.end()
            raise Fault(type(error).__name__) from error

    def kill(self) -> None:
        """End the process from another thread than the one that talks with it, which then hears no more of it."""
        process = self._process
        if process is not None and process.is_alive():
            process.terminate()
            process.join(GRACE)
            if process.is_alive():
                process.kill()
                process.join()

    def end(self) -> None:
        """End the process, and let go of it."""
        self.kill()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None
        spool.remove_leftovers()  # a process that is ended cannot clear its own folder


def _serve(pipe: Connection, lane: Lane, parent: int) -> None:
    """What the process does: one task after the other, for as long as its parent is there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    if not debugging():
        _silence()
    if sys.platform != "win32":
        _limit()
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
        if lane == "slow":
            os.nice(GENTLE)
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            asked = pipe.recv()
            if isinstance(asked, Task):  # else it was to stop what it has ended by itself
                _reply(pipe, _answer(asked, pipe))


def _silence() -> None:
    """Let the process write nothing: what a library says of a file it cannot read could hold somebody's data."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _limit() -> None:
    """Bound the memory of the process, and let it leave no image of itself where it crashes: that would hold rows."""
    if sys.platform != "win32":
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        for what, most in ((resource.RLIMIT_DATA, int(max(SMALLEST, SHARE * machine))), (resource.RLIMIT_CORE, 0)):
            _, hard = resource.getrlimit(what)
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with contextlib.suppress(ValueError, OSError):  # not every system can bound everything
                resource.setrlimit(what, (least, hard))


def _end_with(parent: int) -> None:
    """End the process when the server has gone without ending it, whatever it is doing."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    shutil.rmtree(spool.folder(), ignore_errors=True)
    os._exit(1)


def _reply(pipe: Connection, answer: tuple[str, Any]) -> None:
    try:
        pipe.send(answer)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - what cannot be sent is a fault of ours, and the process goes on
        pipe.send(("fault", type(error).__name__))


def _answer(task: Task, pipe: Connection) -> tuple[str, Any]:
    last = 0.0

    def progress(done: int, total: int, what: str) -> None:
        nonlocal last
        if pipe.poll():  # nothing else is said to a process that works than that it is to stop
            raise Cancelled
        now = time.monotonic()
        if now - last >= OFTEN or done == total:
            last = now
            pipe.send(("told", (done, total, what)))

    try:
        with use_language(task.language):
            return "done", _leaving_nothing(lambda: _called(task.call)(progress=progress, **task.given))
    except DarknumberError as error:
        return "error", _without_place(error)
    except MemoryError:
        return "fault", "MemoryError"
    except Exception as error:  # noqa: BLE001 - whatever it is, the process goes on, and its text may hold data
        return "fault", type(error).__name__


def _leaving_nothing(work: Callable[[], Any]) -> Any:
    """Do something, after which nothing of what it read is left on disk: this process lives on, for others too."""
    before = _spooled()
    try:
        return work()
    finally:
        for path in _spooled() - before:
            with contextlib.suppress(OSError):  # a system may keep what the engine has not let go of yet
                path.unlink()


def _spooled() -> set[Path]:
    """The files that wait on disk for this process."""
    return {path for path in spool.folder().iterdir() if path.is_file()}


def _called(place: str) -> Callable[..., Any]:
    """The function of a task; its code is fetched by the processes only, so that the server starts at once."""
    module, name = place.split(":")
    found: Callable[..., Any] = getattr(import_module(module if "." in module else f"darknumber.web.{module}"), name)
    return found


def _without_place(error: DarknumberError) -> DarknumberError:
    """The error itself, without the line of the study file: on a page nobody sees that file."""
    while error.code == "in_study" and isinstance(error.__cause__, DarknumberError):
        error = error.__cause__
    return error
