"""Plain columns as a data frame of whichever library is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.errors import ModelError

LIBRARIES = ("polars", "pandas", "pyarrow")


def frame_of(columns: Mapping[str, Sequence[Any]], backend: str | None = None) -> Any:
    """A data frame of these columns.

    Parameters
    ----------
    columns
        Values by name, equally many of each.
    backend
        One of `LIBRARIES`; by default the first of them that is installed.

    Raises
    ------
    ModelError
        None of them is installed.
    """
    for name in [backend] if backend else LIBRARIES:
        try:
            return nw.from_dict(columns, backend=name).to_native()  # type: ignore[arg-type]
        except ImportError:
            continue
    raise ModelError("no_frame_library", backend=backend or LIBRARIES[0])
