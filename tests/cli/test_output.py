"""The progress bar says beforehand how long work takes, once for each kind of work, and not from too little of it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from darknumber.cli import output
from darknumber.cli.output import ENOUGH, LONG, Bar


@pytest.fixture
def screen(monkeypatch):
    """What a terminal would show."""
    shown = io.StringIO()
    monkeypatch.setattr(output, "errors", Console(file=shown, force_terminal=True, highlight=False, width=100))
    return shown


@pytest.fixture
def clock(monkeypatch):
    """Seconds, moved by hand."""
    now = [0.0]
    monkeypatch.setattr(output.time, "monotonic", lambda: now[0])
    return now


def test_the_time_is_told_once_from_enough_pieces(screen, clock):
    bar = Bar(quiet=False)
    bar(0, 1000, "calibration")
    clock[0] = 4.0
    bar(ENOUGH - 1, 1000, "calibration")
    assert "minutes" not in screen.getvalue()
    clock[0] = 6.0
    bar(10, 1000, "calibration")
    bar(11, 1000, "calibration")
    assert screen.getvalue().count("about 10 minutes") == 1


def test_one_long_piece_is_enough(screen, clock):
    bar = Bar(quiet=False)
    bar(0, 10, "calibration")
    clock[0] = LONG + 30
    bar(1, 10, "calibration")
    assert "about 9 minutes" in screen.getvalue()


def test_other_work_has_its_own_pace(screen, clock):
    bar = Bar(quiet=False)
    bar(0, 10, "calibration")
    clock[0] = 1000.0
    bar(10, 10, "calibration")
    bar(0, 1000, "replicates")
    clock[0] = 1003.0
    bar(500, 1000, "replicates")
    assert "minute" not in screen.getvalue()
