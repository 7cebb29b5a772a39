"""Names that were not found, and what may have been meant; the one place that says *did you mean*."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from darknumber.errors import InputError
from darknumber.words import has

NEAR = 0.6  # share of letters in common from which a name is offered; the usual cut of difflib

# What offices call the column that says how many people a row stands for.
COUNT_HEADINGS = frozenset({"aantal", "aantallen", "count", "counts", "freq", "frequency", "frequentie", "n", "number"})


def as_names(names: str | Sequence[str]) -> tuple[str, ...]:
    """Names as a tuple; one name may be given as it is."""
    return (names,) if isinstance(names, str) else tuple(str(name) for name in names)


def near(name: str, known: Sequence[str]) -> str:
    """The known name most like `name`, capitals and surrounding spaces apart; empty where none comes near."""
    folded = {other.strip().casefold(): other for other in reversed(known)}
    found = get_close_matches(name.strip().casefold(), list(folded), n=1, cutoff=NEAR)
    return folded[found[0]] if found else ""


def no_such(code: str, name: str, known: Sequence[str], **values: object) -> InputError:
    """The error that `name` is not one of `known`; it suggests the nearest name where there is one.

    The catalogue holds ``error.<code>`` and, with ``{near}`` in its hint, ``error.<code>_near``; where nothing
    could have been named it may hold ``error.<code>_none``.
    """
    if not known and has(f"error.{code}_none.what"):
        return InputError(f"{code}_none", name=name, **values)
    suggestion = near(name, known)
    if not suggestion:
        return InputError(code, name=name, known=tuple(known), **values)
    return InputError(f"{code}_near", name=name, known=tuple(known), near=suggestion, **values)


def check_distinct(names: Sequence[str]) -> None:
    """Refuse names of lists and covariates that are used more than once."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError("repeated_names", names=repeated)


def check_choice(option: str, value: str, choices: Sequence[str]) -> None:
    """Refuse a word that is not one of the words an option knows."""
    if value not in choices:
        raise no_such("unknown_choice", value, choices, option=option)
