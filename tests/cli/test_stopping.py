"""Ctrl-C during work that does not hear it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from darknumber.cli.stopping import GRACE

PATIENCE = 60.0  # seconds, also where others use the machine
SETTLED = 1.0  # seconds after which the work has begun
# Where tests run in the background Ctrl-C is ignored, and children inherit that.
PROGRAM = """
import signal, sys, time
from concurrent.futures import ThreadPoolExecutor
signal.signal(signal.SIGINT, signal.default_int_handler)
from darknumber.cli.output import progress_bar
from darknumber.data.spool import folder
print(folder(), flush=True)
try:
    with progress_bar() as bar, ThreadPoolExecutor() as pool:
        bar(0, 1, "fit")
        print("at work", flush=True)
        pool.submit(time.sleep, float(sys.argv[1])).result()
except KeyboardInterrupt:
    time.sleep(float(sys.argv[2]))  # what comes after the work is not cut short
    print("left", flush=True)
"""


def stopped(work, after):
    """A process that works so long in a thread, and so long afterwards; stopped, with its folder and when it ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(work), str(after)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    folder = process.stdout.readline().strip()
    assert process.stdout.readline().strip() == "at work"
    time.sleep(SETTLED)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    said, told = process.communicate(timeout=PATIENCE)
    return process.returncode, said, told, folder, time.monotonic() - begun


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_work_in_threads_ends_soon_and_leaves_nothing():
    code, said, told, folder, seconds = stopped(10 * PATIENCE, 0)
    assert (code, said) == (130, "")
    assert "The work was stopped." in told
    assert seconds < PATIENCE / 2
    assert not os.path.exists(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_work_that_stops_by_itself_is_left_to_do_so():
    code, said, told, _, _ = stopped(2 * SETTLED, GRACE + 0.5)
    assert (code, said, told) == (0, "left\n", "")
