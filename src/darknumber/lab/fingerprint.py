"""A key of the code that answers come from, so that answers of other code are never taken for its own.

The version of the package says too little: between two releases the code changes while the version stays.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]
# What an answer on a population can depend on; words, pages and commands change none.
LAYERS = ("kernels", "data", "models", "inference", "studies", "lab")
SPOKEN = "printing"  # in the name of a module that only says what was found
# The same code may give other random numbers or other last digits with other versions of these.
LIBRARIES = ("numpy", "scipy", "numba")
KEY_BYTES = 16  # 128 bits: no two states of the code will have the same key


@cache
def of_code() -> str:
    """The key of darknumber as it is installed, worked out once a process: 32 hexadecimal digits."""
    return of_sources(PACKAGE, {name: version(name) for name in LIBRARIES})


def of_sources(package: Path, versions: Mapping[str, str]) -> str:
    """The key of the source files in the `LAYERS` of a package, and of the versions of what it calculates with.

    Parameters
    ----------
    package
        Its folder.
    versions
        By the name of the library.
    """
    digest = hashlib.blake2b(repr(sorted(versions.items())).encode(), digest_size=KEY_BYTES)
    for layer in LAYERS:
        for path in sorted((package / layer).rglob("*.py")):
            if SPOKEN not in path.name:
                # Line endings differ between systems and change no number.
                content = path.read_bytes().replace(b"\r\n", b"\n")
                name = path.relative_to(package).as_posix().encode()
                digest.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()


def of_function(function: Callable[..., Any] | None) -> str:
    """The key of the file in which a function of the caller's stands; empty where there is none, or no file."""
    try:
        path = None if function is None else inspect.getsourcefile(function)
        return "" if path is None else hashlib.blake2b(Path(path).read_bytes(), digest_size=KEY_BYTES).hexdigest()
    except (TypeError, OSError):  # made in a session, or not a plain function: it is known by its name only
        return ""
