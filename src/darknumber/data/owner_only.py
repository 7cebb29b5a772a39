"""Files for one pair of eyes: readable by their owner only, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from darknumber.data.targets import place_for

OWNER_ONLY = 0o600


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """An empty file beside a place, which is moved there when the block ends well and removed when it does not.

    Only its owner can read it, from the first moment, also where it replaces a file that others could read.

    Parameters
    ----------
    path
        Where it goes; errors as of `darknumber.data.targets.place_for`.
    """
    target = place_for(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    os.close(handle)
    waiting = Path(name)
    try:
        yield waiting
        waiting.chmod(OWNER_ONLY)
        os.replace(waiting, target)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise
