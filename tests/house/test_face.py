"""The public face: its names, and how fast it answers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import darknumber

SLOWEST_IMPORT = 1.0  # seconds
SLOWEST_HELP = 0.5
TRIES = 7  # the best of several: a busy machine can slow any one of them, and cannot speed one up
# Heavy packages that a bare import must not load: each costs more than the whole allowance, or close to it.
HEAVY = ("altair", "duckdb", "jinja2", "numba", "openpyxl", "pandas", "polars", "pyarrow", "scipy.optimize", "typer")


def best_seconds(*command: str) -> float:
    """The shortest of several runs of a command; where other tests run beside it, what it would take alone.

    A command that does its own work on one core takes as long as it computes, if nothing else has the core.
    """
    shortest = float("inf")
    for _ in range(TRIES):
        before, started = os.times(), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        spent, after = time.perf_counter() - started, os.times()
        computed = after.children_user + after.children_system - before.children_user - before.children_system
        shortest = min(shortest, spent if os.name == "nt" else min(spent, computed))
    return shortest


def command_line() -> str:
    """The installed command, beside the interpreter that runs the tests."""
    name = "darknumber.exe" if os.name == "nt" else "darknumber"
    return str(Path(sys.executable).with_name(name))


def test_public_names_are_sorted_and_there():
    names = darknumber.__all__
    assert list(names) == sorted(set(names))
    assert [name for name in names if not hasattr(darknumber, name)] == []


def test_public_names_are_listed():
    assert set(darknumber.__all__) <= set(dir(darknumber))


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(darknumber, "no_such_name")


def test_import_loads_nothing_heavy():
    check = f"import sys, darknumber; print([name for name in {HEAVY!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True).stdout
    assert loaded.strip() == "[]"


def test_import_is_fast():
    assert best_seconds(sys.executable, "-c", "import darknumber") < SLOWEST_IMPORT


def test_help_is_instant():
    assert best_seconds(command_line(), "--help") < SLOWEST_HELP


def test_version_is_the_one_that_is_packaged():
    said = subprocess.run([command_line(), "--version"], check=True, capture_output=True, text=True).stdout
    assert version("darknumber") in said
