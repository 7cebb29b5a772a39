"""The one folder on disk that may hold people's records for a while: owner-only, gone when the program ends.

DuckDB writes there what does not fit in memory, and files that had to be rewritten before they could be read wait
there. The folder stands under the user's temporary directory (``TMPDIR``), with the number of this process in its
name. A process that was killed leaves its folder behind; the next one that needs a folder removes it.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

PREFIX = "darknumber-"
# Where the system cannot be asked whether a process lives (Windows), a folder this old is taken to be abandoned: no
# reading of files lasts a week.
ABANDONED_AFTER_SECONDS = 7 * 24 * 3600
_NAME = re.compile(re.escape(PREFIX) + r"(\d+)-\w+")

_folders: dict[int, Path] = {}  # by process: a forked worker must not share, or remove, its parent's folder


def folder() -> Path:
    """This process's folder, made on first use with access for its owner only."""
    process = os.getpid()
    found = _folders.get(process)
    if found is None or not found.is_dir():
        remove_leftovers()
        found = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{process}-"))
        _folders[process] = found
        atexit.register(_remove, process, found)
    return found


def new_file(suffix: str) -> Path:
    """An empty file of our own in the folder, readable by its owner only."""
    handle, name = tempfile.mkstemp(suffix=suffix, dir=folder())
    os.close(handle)
    return Path(name)


def remove_own() -> None:
    """Remove this process's folder, where there is one: for a process that is about to end at once."""
    process = os.getpid()
    if process in _folders:
        _remove(process, _folders[process])


def remove_leftovers() -> None:
    """Remove the folders of this user's processes that have ended without doing so themselves."""
    for entry in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        name = _NAME.fullmatch(entry.name)
        if name and _is_ours(entry) and not _in_use(entry, int(name[1])):
            shutil.rmtree(entry, ignore_errors=True)


def _remove(process: int, made: Path) -> None:
    if process == os.getpid():
        shutil.rmtree(made, ignore_errors=True)


def _is_ours(entry: Path) -> bool:
    try:
        state = entry.lstat()
    except OSError:
        return False
    owned = sys.platform == "win32" or state.st_uid == os.getuid()
    return owned and entry.is_dir() and not entry.is_symlink()


def _in_use(entry: Path, process: int) -> bool:
    if sys.platform == "win32":  # os.kill ends a process there, whatever the signal
        return time.time() - entry.stat().st_mtime < ABANDONED_AFTER_SECONDS
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
