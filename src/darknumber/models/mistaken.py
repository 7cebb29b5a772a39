"""Values that are recorded for another: what the user says of them, and the shares it gives."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from darknumber.errors import InputError, ModelError
from darknumber.models.whole import Whole

_SAYS = re.compile(r"\s*(?P<name>[^:]+?)\s*:\s*(?P<true>.+?)\s+as\s+(?P<given>.+?)\s+(?P<share>[\d.]+)\s*")


def mistaken_shares(said: Sequence[str], whole: Whole) -> csr_array:
    """``(strata, whole strata)`` the share of the people of each whole stratum that is recorded in each stratum.

    Parameters
    ----------
    said
        Such as ``form: labour as sexual 0.1``: of people whose form is labour, a tenth is recorded as sexual.

    Raises
    ------
    ModelError, InputError
        Text that cannot be read, names or values that are not there, or shares of one value that add up to one or more.
    """
    tables = {each.name: np.eye(len(each.levels)) for each in whole.covariates}
    for text in said:
        found = _SAYS.fullmatch(text)
        if found is None:
            raise ModelError("bad_mistake", text=text)
        name, share = found["name"], _number(found["share"], text)
        levels = whole.covariates[whole.data.axis(name)].levels
        for level in (found["true"], found["given"]):
            if level not in levels:
                raise InputError("unknown_level", name=name, level=level, known=levels)
        true, given = levels.index(found["true"]), levels.index(found["given"])
        if true == given:
            raise ModelError("bad_mistake", text=text)
        tables[name][given, true] += share
        tables[name][true, true] -= share
        if tables[name][true, true] <= 0:
            raise ModelError("too_many_mistakes", name=name, level=found["true"])
    return whole.shares(tables)


def named_in(text: str) -> str:
    """The covariate that is meant."""
    return text.split(":")[0].strip()


def _number(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ModelError("bad_mistake", text=whole) from None
