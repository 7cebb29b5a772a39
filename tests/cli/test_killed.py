"""Work on reports that ends before its time: by Ctrl-C, or killed without warning."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from darknumber.register.synthetic.synthetic_files import write_reports

REPORTS = 15_000  # so many that there is time to stop it in
STOPPED = 130
PATIENCE = 120.0  # seconds in which every moment comes, also where others use the machine
# Where tests run in the background Ctrl-C is ignored, and children inherit that.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from darknumber.cli import main
main()
"""
EARLIER = {"linked.dn": b"an earlier study", "model.json": b"an earlier model", "codes.parquet": b"earlier codes"}
VERBS = {
    "link": ("--out", "linked.dn", "--model-out", "model.json"),
    "pseudonymise": ("--out", "codes.parquet", "--key-file", "secret.key"),
}

Waiting = list[Path]  # the files in the spool folder
MOMENTS: dict[str, Callable[[Waiting], bool]] = {
    "reading": lambda files: len(files) > 0,
    "understanding": lambda files: len(files) > 5,
    "cleaned": lambda files: sum(each.suffix == ".parquet" for each in files) > 2,
}


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("reports") / "reports.parquet"
    write_reports(path, reports=REPORTS, seed=7)
    return path


@pytest.fixture
def work(tmp_path) -> Path:
    """A folder with what earlier studies left, and a temporary directory of its own beside it."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name, content in EARLIER.items():
        (folder / name).write_bytes(content)
    (folder / "secret.key").write_text(os.urandom(32).hex())
    (folder / "secret.key").chmod(0o600)
    (tmp_path / "temporary").mkdir()
    return folder


def started(folder: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder.parent / "temporary")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(moment: str, running: subprocess.Popen[str], temporary: Path) -> None:
    """Until that moment has come; everything on the way there is its owner's only."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        assert running.poll() is None, "it ended before the moment came"
        files = []
        for path in temporary.rglob("*"):
            try:
                mode = path.stat()
            except FileNotFoundError:  # gone since
                continue
            if path.is_dir():
                assert stat.S_IMODE(mode.st_mode) == 0o700
            else:
                assert stat.S_IMODE(mode.st_mode) == 0o600, path.suffix
                files.append(path)
        if MOMENTS[moment](files):
            return
        time.sleep(0.01)
    pytest.fail("the moment never came")


def left(folder: Path) -> dict[str, bytes]:
    """What is in the folder, but for the key."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "secret.key"}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("verb", "moment"),
    [("link", "understanding"), ("link", "cleaned"), ("pseudonymise", "reading"), ("pseudonymise", "cleaned")],
)
def test_ctrl_c_leaves_nothing_and_changes_nothing(source, work, verb, moment):
    temporary, before = work.parent / "temporary", digest(source)
    running = started(work, verb, source, *VERBS[verb])
    wait_for(moment, running, temporary)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == STOPPED, err
    assert "Traceback" not in out + err
    assert left(work) == EARLIER
    assert digest(source) == before
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("verb", VERBS)
def test_killed_it_changes_nothing_and_what_it_held_is_gone_after_the_next_start(source, work, verb):
    temporary, before = work.parent / "temporary", digest(source)
    running = started(work, verb, source, *VERBS[verb])
    wait_for("cleaned", running, temporary)
    running.kill()
    running.communicate(timeout=PATIENCE)
    assert running.returncode == -signal.SIGKILL
    assert left(work) == EARLIER
    assert digest(source) == before
    assert [stat.S_IMODE(each.stat().st_mode) for each in temporary.iterdir()] == [0o700]
    small = work.parent / "small.csv"
    small.write_text("organisation,report_date\npolice,2019-01-02\n")
    after = started(work, "intake", small)
    after.communicate(timeout=PATIENCE)
    assert after.returncode == 0
    assert list(temporary.iterdir()) == []
    assert left(work) == EARLIER
