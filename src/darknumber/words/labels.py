"""Names of lists, covariates and levels in the reader's language; the raw name where the catalogue has none.

The catalogue keeps them under ``label.list.NAME``, ``label.covariate.NAME`` and ``label.level.COVARIATE.LEVEL``. A
level that any covariate can have, such as *not recorded*, stands once under ``label.level.LEVEL``. A study may give
names of its own, with `use_names`; they go before those of the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

from darknumber.words.catalogue import has, say
from darknumber.words.language import language

Names = Mapping[str, Mapping[str, str]]  # a name by language, under ``list.NAME``, ``covariate.NAME``, ...
_OWN: ContextVar[Names] = ContextVar("darknumber_names", default=MappingProxyType({}))


@contextmanager
def use_names(names: Names) -> Iterator[None]:
    """Call lists, covariates and levels by `names` inside the ``with`` block.

    Parameters
    ----------
    names
        What each is called, by language: under ``list.NAME``, ``covariate.NAME`` or ``level.COVARIATE.LEVEL``.
    """
    token = _OWN.set(names)
    try:
        yield
    finally:
        _OWN.reset(token)


def list_name(name: str) -> str:
    """What a list is called."""
    return _own(f"list.{name}") or _named(f"label.list.{name}", name)


def covariate_name(name: str) -> str:
    """What a covariate is called."""
    return _own(f"covariate.{name}") or _named(f"label.covariate.{name}", name)


def level_name(covariate: str, level: str) -> str:
    """What a level of a covariate is called; *not recorded* has its own phrase for every covariate."""
    own = _own(f"level.{covariate}.{level}")
    return own or _named(f"label.level.{covariate}.{level}", _named(f"label.level.{level}", level))


def stratum_name(covariates: Sequence[str], levels: Sequence[str]) -> str:
    """The levels of a stratum in one phrase, such as ``sexual, cross-border``.

    A level that does not name its covariate by itself (*not recorded*) is said together with it.
    """
    return ", ".join(
        f"{covariate_name(name)} {level_name(name, level)}"
        if has(f"label.level.{level}") and not has(f"label.level.{name}.{level}") and not _own(f"level.{name}.{level}")
        else level_name(name, level)
        for name, level in zip(covariates, levels, strict=True)
    )


def _named(key: str, otherwise: str) -> str:
    return say(key) if has(key) else otherwise


def _own(key: str) -> str:
    return _OWN.get().get(key, {}).get(language(), "")
