"""Learners of who is on which lists: whatever is fitted and predicts as scikit-learn's classifiers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from darknumber.errors import ModelError

Array = NDArray[np.float64]
Index = NDArray[np.int64]

PACKAGE = "sklearn"  # the only one that text may name: a model in a file must not start other programs


@runtime_checkable
class Learner(Protocol):
    """What learns the probabilities of classes from columns."""

    def fit(self, x: Array, y: Index) -> Any:
        """Learn from ``(rows, p)`` columns and the class of each row; ``classes_`` then says which there were."""
        ...

    def predict_proba(self, x: Array) -> Array:
        """``(rows, classes_)`` probabilities."""
        ...


def learner_of(text: str, settings: Sequence[str]) -> Learner:
    """The learner that is named, such as ``sklearn.ensemble.RandomForestClassifier``, with its settings.

    Parameters
    ----------
    settings
        Each as ``name=value``: a number, ``true``, ``false``, ``none`` or a word.

    Raises
    ------
    ModelError
        It cannot be read, is not installed, or does not learn probabilities.
    """
    module, _, name = text.rpartition(".")
    if module.split(".")[0] != PACKAGE:
        raise ModelError("unknown_learner", text=text)
    given = {}
    for each in settings:
        key, sign, value = (part.strip() for part in each.partition("="))
        if not (key.isidentifier() and sign):
            raise ModelError("bad_learner_setting", text=each)
        given[key] = _value(value)
    if find_spec(PACKAGE) is None:
        raise ModelError("learner_not_installed", text=text)
    try:
        kind = getattr(import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise ModelError("unknown_learner", text=text) from error
    try:
        found = kind(**given)
    except TypeError as error:
        raise ModelError("bad_learner_setting", text=", ".join(settings)) from error
    if not isinstance(found, Learner):
        raise ModelError("unknown_learner", text=text)
    return found


def _value(text: str) -> Any:
    plain: dict[str, Any] = {"true": True, "false": False, "none": None}
    if text.casefold() in plain:
        return plain[text.casefold()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def learned(learner: Learner, x: Array, y: Index, test: Array, classes: int) -> Array:
    """``(rows, classes)`` probabilities of the rows of `test`, learned from `x` by a copy of the learner.

    A class that nobody is in where it learns has probability zero.
    """
    own = copy.deepcopy(learner)
    own.fit(x, y)
    found = np.asarray(own.predict_proba(test), dtype=float)
    seen = np.asarray(getattr(own, "classes_", np.arange(found.shape[1])), dtype=np.int64)
    shares = np.zeros((len(test), classes))
    shares[:, seen] = found
    return shares
