"""A number of registered people as it is published: exact, rounded, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from darknumber.words import number, people, say

Form = Literal["exact", "rounded", "small", "hidden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A number of registered people as it is published, in the language in use when it is asked for its words.

    Parameters
    ----------
    form
        ``exact``; ``rounded``; ``small`` (only that it is below a limit, but somebody); ``hidden`` (nothing, because a
        small number would follow from it).
    value
        The published number, or None where there is none. Of a mean it need not be whole.
    limit
        Below which a small number is, or what another is rounded to; a mean is of numbers that are rounded so.
    """

    form: Form
    value: float | None
    limit: float = 1.0

    @property
    def hidden(self) -> bool:
        """Whether no number is printed."""
        return self.value is None

    @property
    def drawn(self) -> float:
        """How long it is drawn: a small number as the limit below which it is, a hidden one not at all."""
        return self.value if self.value is not None else self.limit if self.form == "small" else 0.0

    @property
    def text(self) -> str:
        """The number, *<10*, or *hidden*."""
        if self.form == "small":
            return say("disclosure.fewer", n=number(self.limit))
        return say("disclosure.hidden") if self.value is None else people(self.value)

    @property
    def or_none(self) -> str:
        """The same, with *none* for nobody."""
        return self.text if self.value != 0 else say("disclosure.none")


def exact(count: float) -> Shown:
    """A number as it is."""
    return Shown(form="exact", value=float(count))


def over(shown: Shown, years: int) -> Shown:
    """The mean over so many years of a sum that is published like this."""
    value = None if shown.value is None else shown.value / years
    return Shown(form=shown.form, value=value, limit=shown.limit / years if shown.form == "small" else shown.limit)


def notes(shown: Iterable[Shown]) -> tuple[str, ...]:
    """What a reader must know of these numbers: what the marks mean, and that others are rounded."""
    found: Sequence[Shown] = list(shown)
    limits = dict.fromkeys(number(each.limit) for each in found if each.form == "small")
    said = [say("disclosure.note.small", n=limit) for limit in limits]
    if any(each.form == "hidden" for each in found):
        said.append(say("disclosure.note.hidden"))
    if any(each.form == "rounded" for each in found):
        base = max(each.limit for each in found if each.form == "rounded")
        said.append(say("disclosure.note.rounded", base=number(base)))
    return tuple(said)
