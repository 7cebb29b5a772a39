"""Publications in full, from the short form in which models and intervals name what they come from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def _known() -> Mapping[str, str]:
    page = files("darknumber.words").joinpath("references.toml")
    found: dict[str, str] = tomllib.loads(page.read_text(encoding="utf-8"))
    return found


def in_full(source: str) -> tuple[str, ...]:
    """The publications a model names, each in full.

    Parameters
    ----------
    source
        Short forms with semicolons between them, such as ``Fienberg 1972; Venables & Ripley 2002, section 7.2``. One
        that is not known stays as it is.
    """
    found = []
    for short in filter(None, (part.strip() for part in source.split(";"))):
        name = re.match(r".*?\b\d{4}\b", short)
        found.append(_known().get(name[0] if name else short, short))
    return tuple(found)
