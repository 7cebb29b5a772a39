"""The one decorator that compiles a kernel.

numba's own cache notices an edit only in the file that holds the function, so a caller keeps running the old code of a
helper edited elsewhere. The cache directory is therefore named after a hash of every file in this folder: any edit
starts a fresh one. ``nogil`` lets replicates run in threads.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

_KEY_LENGTH = 16  # hexadecimal digits; 64 bits are plenty to tell one version of the kernels from another


def _cache_home() -> Path:
    """The user's cache folder, or a private temporary one where that cannot be written."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = base / "darknumber"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    own = tempfile.mkdtemp(prefix="darknumber-kernels-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return Path(own)


def _sources_key() -> str:
    digest = hashlib.blake2b(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:_KEY_LENGTH]


if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(  # type: ignore[attr-defined]
        _cache_home() / f"kernels-{_sources_key()}"
    )


def jit(function: Function) -> Function:
    """Compile `function` on first use; cached on disk, without the global interpreter lock."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def part(function: Function) -> Function:
    """A piece of one compiled kernel, named for the reader: it is put into its caller and not compiled by itself."""
    return cast(Function, numba.njit(inline="always", nogil=True, error_model="numpy")(function))
