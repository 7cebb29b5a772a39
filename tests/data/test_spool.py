from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from darknumber.data import spool


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """A temporary directory of our own, without a folder made before."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(spool, "_folders", {})
    return tmp_path


def dead_process() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_the_folder_is_the_owners_only_and_always_the_same(temporary):
    made = spool.folder()
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert made.parent == temporary
    assert str(os.getpid()) in made.name
    assert spool.folder() == made


def test_a_file_in_it_is_the_owners_only(temporary):
    made = spool.new_file(".tsv")
    assert made.parent == spool.folder()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_a_folder_that_was_removed_is_made_again(temporary):
    first = spool.folder()
    first.rmdir()
    second = spool.folder()
    assert second.is_dir()
    assert second != first


def test_leftovers_of_dead_processes_are_removed_and_nothing_else(temporary):
    dead = temporary / f"darknumber-{dead_process()}-abc"
    living = temporary / f"darknumber-{os.getpid()}-abc"
    other = temporary / "darknumber-notes"
    for each in (dead, living, other):
        each.mkdir()
        (each / "rows.tsv").write_text("1")
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "keep").write_text("1")
    (temporary / f"darknumber-{dead_process()}-link").symlink_to(elsewhere)
    spool.folder()
    assert not dead.exists()
    assert (living / "rows.tsv").exists()
    assert (other / "rows.tsv").exists()
    assert (elsewhere / "keep").exists()


def test_somebody_elses_folder_is_left_alone(temporary, monkeypatch):
    foreign = temporary / f"darknumber-{dead_process()}-abc"
    foreign.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: foreign.stat().st_uid + 1)
    spool.remove_leftovers()
    assert foreign.exists()


def test_the_folder_goes_when_the_program_ends(tmp_path):
    code = "from darknumber.data import spool; print(spool.new_file('.tsv'))"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).parent.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_a_forked_worker_has_a_folder_of_its_own_and_leaves_its_parents_alone(tmp_path):
    code = """
import os, sys
from darknumber.data import spool
mine = spool.folder()
if os.fork() == 0:
    theirs = spool.folder()
    sys.exit(0 if theirs != mine else 3)
_, status = os.wait()
print(os.waitstatus_to_exitcode(status), mine.is_dir(), len(os.listdir(mine.parent)))
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "True", "1"]
    assert list(tmp_path.iterdir()) == []
