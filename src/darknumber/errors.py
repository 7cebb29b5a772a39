"""What the user must change before we can go on.

::

    DarknumberError          every error the user can meet: what / got / hint
    |-- InputError           the data: a file, a column, a table, a value
    |-- ModelError           the model: its terms, its options, or a model that cannot take this data
    |-- NotEstimable         the question has no finite answer from these lists
    `-- Cancelled            the user stopped the work

An error is a code and its values; its three sentences live in ``words/`` under ``error.<code>``
(``what``, ``got``, ``hint``), so it can be said in the reader's language. Values must never hold a
person's data: name columns, rows by number and counts, nothing else.
"""

from __future__ import annotations

import os

from darknumber.words import has, say

DEBUG_VARIABLE = "DARKNUMBER_DEBUG"


class DarknumberError(Exception):
    """The root: a code, the values its sentences need, and the sentences on request.

    Parameters
    ----------
    code
        Key in the catalogue, without the ``error.`` prefix.
    values
        What the sentences name: columns, counts, options. Never a person's data.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.code, self.values))

    @property
    def what(self) -> str:
        """What is wrong, in one sentence."""
        return say(f"error.{self.code}.what", **self.values)

    @property
    def got(self) -> str:
        """What was found instead; empty when there is nothing to show."""
        return self._part("got")

    @property
    def hint(self) -> str:
        """What the reader can do about it."""
        return self._part("hint")

    @property
    def told(self) -> tuple[str, str, str]:
        """The three of them, for a page that sets each apart."""
        return self.what, self.got, self.hint

    def _part(self, part: str) -> str:
        key = f"error.{self.code}.{part}"
        return say(key, **self.values) if has(key) else ""

    def __str__(self) -> str:
        lines = [self.what]
        lines += ["  " + say("error_part.got", text=self.got)] if self.got else []
        lines += ["  " + say("error_part.hint", text=self.hint)] if self.hint else []
        return "\n".join(lines)


def _rebuild(kind: type[DarknumberError], code: str, values: dict[str, object]) -> DarknumberError:
    return kind(code, **values)


class InputError(DarknumberError):
    """The data cannot be read or used as it is."""


class ModelError(DarknumberError):
    """The model, its terms or its options cannot be used, or not with this data."""


class NotEstimable(DarknumberError):
    """The lists do not determine a finite answer to the question asked."""


class Cancelled(DarknumberError):
    """The user stopped the work; raise it inside a ``progress`` callback."""

    def __init__(self, code: str = "cancelled", **values: object) -> None:
        super().__init__(code, **values)


def debugging() -> bool:
    """Whether the developer asked for tracebacks, which nobody else ever sees: they could hold somebody's data."""
    return bool(os.environ.get(DEBUG_VARIABLE))
