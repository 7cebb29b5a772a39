"""Ctrl-C where the work does not hear it: compiled code and threads go on until they are done, a process need not."""

from __future__ import annotations

import contextvars
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from darknumber.data.spool import remove_own

GRACE = 3.0  # seconds after Ctrl-C in which work stops by itself and cleans up; a reader who waits longer asks again


@contextmanager
def ended_by_interrupt(last: Callable[[], None], code: int) -> Iterator[None]:
    """Let Ctrl-C end this process, where the block has not been left some seconds later.

    Python tells the main thread of Ctrl-C between two of its own steps, and its threads never. A socket is told at
    once, so another thread waits for that.

    Parameters
    ----------
    last
        What is done before the process ends.
    code
        The exit code.
    """
    if threading.current_thread() is not threading.main_thread():  # only there can signals be asked for
        yield
        return
    ear, mouth = socket.socketpair()
    mouth.setblocking(False)
    before = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
    left = threading.Event()
    told = contextvars.copy_context()  # of the language, among others
    watcher = threading.Thread(target=told.run, args=(_watch, ear, left, last, code), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        left.set()
        signal.set_wakeup_fd(before)
        mouth.close()
        watcher.join()
        ear.close()


def _watch(ear: socket.socket, left: threading.Event, last: Callable[[], None], code: int) -> None:
    while heard := ear.recv(1):
        if heard[0] == signal.SIGINT and not left.wait(GRACE):
            last()
            for process in multiprocessing.active_children():
                process.terminate()
            remove_own()
            os._exit(code)
