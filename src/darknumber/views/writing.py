"""Files are written whole or not at all."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a container can hold
CONTENTS = "[Content_Types].xml"  # the list of what is in an office document comes first in it
NOTHING: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType({})


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file beside its place, then move it there: what was there before stays until the new one is complete.

    Parameters
    ----------
    path
        Where it goes; folders on the way are made.
    content
        All of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, waiting = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(waiting, 0o644)  # a temporary file is private; a report is to be read
        os.replace(waiting, path)
    except BaseException:
        Path(waiting).unlink(missing_ok=True)
        raise
    return path


def without_clock(content: bytes, changed: Mapping[str, Callable[[bytes], bytes]] = NOTHING) -> bytes:
    """An office document with its entries in order and without the times at which they were made.

    Parameters
    ----------
    content
        The document.
    changed
        What is done to some of its entries, by their names.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda each: (each != CONTENTS, each)):
            entry = zipfile.ZipInfo(name, date_time=ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            held = old.read(name)
            new.writestr(entry, changed[name](held) if name in changed else held)
    return made.getvalue()
