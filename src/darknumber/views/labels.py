"""What lists, covariates, levels, people and sums are called, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from darknumber.inference.estimates import Estimates
from darknumber.words import say
from darknumber.words.labels import covariate_name, level_name, stratum_name

__all__ = [
    "PEOPLE",
    "About",
    "capital",
    "crossed",
    "group_name",
    "lists_in",
    "noun",
    "period",
    "source",
    "sum_name",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whom the figures are about, so that sentences can name them.

    Parameters
    ----------
    population
        ``people``, or ``victims`` for presumed victims of human trafficking.
    place
        A phrase such as ``in the Netherlands``, in the reader's language; may be empty.
    """

    population: Literal["people", "victims"] = "people"
    place: str = ""

    @property
    def somewhere(self) -> str:
        """The place with a space before it, or nothing."""
        return f" {self.place}" if self.place else ""


PEOPLE = About()


def noun(about: About, form: Literal["full", "short", "of", "title"] = "full") -> str:
    """What the counted people are called: *presumed victims of human trafficking*, *presumed victims*, *of the ...*."""
    return say(f"view.population.{about.population}.{form}")


def sum_name(estimates: Estimates, about: About) -> str:
    """What a sum over years is a number of: victim-years where the unit is the person-year."""
    return say("estimates.unit.person-year") if estimates.unit == "person-year" else noun(about, "short")


def period(levels: Sequence[str]) -> str:
    """A row of years in one phrase, such as ``2010–2019``; empty without years."""
    if not levels:
        return ""
    return levels[0] if len(levels) == 1 else f"{levels[0]}–{levels[-1]}"


def source(estimates: Estimates) -> str:
    """Where the figures come from: the data and the number of lists."""
    return say("view.source", name=estimates.name or say("view.unnamed"), n=lists_in(estimates))


def lists_in(estimates: Estimates) -> int:
    """How many lists the answer comes from; of one, sentences are about how often people were seen on it."""
    return len(estimates.fits[0].data.lists) if estimates.fits else 0


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def crossed(names: Sequence[str]) -> str:
    """Covariates that are crossed, such as ``form × crossing``, under the reader's names."""
    return " × ".join(covariate_name(name) for name in names)


def group_name(names: Sequence[str], levels: Sequence[str]) -> str:
    """A subgroup in one phrase; with one covariate that is named too, as in ``minor (age)``."""
    if len(names) == 1:
        return say("view.group", covariate=covariate_name(names[0]), level=level_name(names[0], levels[0]))
    return stratum_name(names, levels)
