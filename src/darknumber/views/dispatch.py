"""Which tables and pictures a thing has, and the one that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from darknumber.data.drawn import DrawnTables
from darknumber.errors import DarknumberError, InputError, ModelError
from darknumber.studies.panel import Panel
from darknumber.views.asked import Asked
from darknumber.views.disclosure import Protection

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker(Generic[Made]):
    """How one kind of table or picture is made.

    Parameters
    ----------
    make
        From a thing and what is asked of it; None where there is nothing to show.
    grouped
        Whether it can be given by covariates.
    """

    make: Callable[[Any, Asked], Made | None]
    grouped: bool = False


Kinds = Mapping[type, Mapping[str, Maker[Made]]]


def make_asked(thing: object, kind: str, asked: Asked, kinds: Kinds[Made]) -> Made:
    """The table or picture that is asked for.

    Parameters
    ----------
    thing
        What it is about.
    kind
        Which one; empty for the first.
    asked
        Its options.
    kinds
        All there are, by what they are about.

    Raises
    ------
    InputError
        There is nothing to show, or its numbers are not among those that were decided on.
    ModelError
        A thing or kind that is not known, or an option that does not go with it.
    """
    offers = _offered(thing, kinds)
    if not offers:
        raise ModelError("figure_thing", got=type(thing).__name__, known=[each.__name__ for each in kinds])
    name = kind or next(iter(offers))
    if name not in offers:
        raise ModelError("figure_kind", kind=name, got=type(thing).__name__, known=tuple(offers))
    part, maker = offers[name]
    if not (maker.grouped or asked.plain):
        known = tuple(each for each, (_, other) in offers.items() if other.grouped)
        raise ModelError("figure_grouped", kind=name, known=known or ("-",))
    try:
        found = maker.make(part, asked)
    except LookupError as error:
        # what was decided for a publication says so where a number is not among those it looked at
        if type(error) is not LookupError or not isinstance(asked.rules, Protection):
            raise
        raise InputError("figure_not_decided", kind=name) from None
    if found is None:
        raise InputError("figure_nothing", kind=name, known=_others(name, offers, asked) or ("-",))
    return found


def _others(name: str, offers: Mapping[str, tuple[Any, Maker[Made]]], asked: Asked) -> tuple[str, ...]:
    """What there is to show instead."""
    found = []
    for other, (part, maker) in offers.items():
        if other == name or not (maker.grouped or asked.plain):
            continue
        with suppress(DarknumberError, LookupError):
            if maker.make(part, asked) is not None:
                found.append(other)
    return tuple(found)


def _offered(thing: object, kinds: Kinds[Made]) -> dict[str, tuple[object, Maker[Made]]]:
    """What can be made of a thing; of a panel also what can be made of the studies it holds,
    and of linked tables of the links and of the table at the threshold."""
    offers: dict[str, tuple[object, Maker[Made]]] = {}
    held = [thing]
    if isinstance(thing, Panel):
        held += [thing.estimates, thing.checked, thing.diagnosis, thing.omission, thing.validation]
        held += [thing.trajectory, thing.sensitivity, thing.laws]
    if isinstance(thing, DrawnTables):
        held += [thing.summary, thing.best]
    for part in held:
        for name, maker in kinds.get(type(part), {}).items():
            offers.setdefault(name, (part, maker))
    return offers
