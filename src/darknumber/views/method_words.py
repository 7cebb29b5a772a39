"""A model and an interval in sentences, made from their settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from darknumber.inference.intervals import Bootstrap, Interval
from darknumber.inference.printing import model_name
from darknumber.inference.set_words import criterion_name
from darknumber.models.base import Model
from darknumber.models.text import format_thing
from darknumber.words import has, number, people, say
from darknumber.words.labels import covariate_name

SHARED = "any"  # where the sentences stand of settings that models share
# Settings that change nothing, each with the setting that decides that and the values with which it does matter.
IDLE_UNLESS: Mapping[str, tuple[str, tuple[object, ...]]] = {
    "base": ("form", ("poisson",)),
    "shape": ("form", ("gamma",)),
    "prior_variance": ("prior", ("proper",)),
    "ratio": ("off", (0.0,)),
    "ones_terms": ("ones", ("inflated", "inflated-all")),
    "link": ("ones", ("inflated", "inflated-all")),
}
# Settings that are about others, and say nothing where these are empty or zero.
IDLE_WITHOUT: Mapping[str, tuple[str, ...]] = {
    "guess_factor": ("guess",),
    "odds": ("likely", "unlikely"),
    "ridge": ("ridge",),
    "most": ("most",),
    "whole": ("most",),
}
DECIMALS = 4  # of a setting that is a number: all that anybody types


def settings_in_words(thing: Model | Interval) -> tuple[str, ...]:
    """One sentence for each setting that matters, those of a model inside included.

    Parameters
    ----------
    thing
        A model or an interval.
    """
    return tuple(filter(None, _sentences(thing)))


def _sentences(thing: Model | Interval) -> Iterator[str]:
    for each in fields(thing):  # type: ignore[arg-type]  # every model is a dataclass, which a protocol cannot say
        value = getattr(thing, each.name)
        if _idle(thing, each.name):
            continue
        if isinstance(value, Model):
            yield _sentence(thing.name, each.name, "given", format_thing(value))
            if each.name == "model":
                yield say("method.inside", model=model_name(value))
                yield from _sentences(value)
        else:
            yield _sentence(thing.name, each.name, value, _shown(each.name, value))


def _idle(thing: Model | Interval, name: str) -> bool:
    if name in IDLE_UNLESS:
        other, needed = IDLE_UNLESS[name]
        return hasattr(thing, other) and getattr(thing, other) not in needed
    if name in IDLE_WITHOUT:
        return not any(getattr(thing, other) for other in IDLE_WITHOUT[name])
    if name == "max_order":
        return bool(getattr(thing, "scope", ""))  # terms that are named set their own order
    return name == "populations" and isinstance(thing, Bootstrap) and thing.limits != "calibrated"


def _sentence(thing: str, name: str, value: object, shown: str) -> str:
    """The sentence for this value, else the one for any value; nothing where there is none."""
    variants = ("empty",) if value in ("", ()) else (str(value), "given")
    for owner in (thing, SHARED):
        for variant in variants:
            key = f"method.{owner}.{name}.{variant}"
            if has(key):
                return say(key, value=shown)
    return ""


def _shown(name: str, value: object) -> str:
    """A value as the reader writes it."""
    if name == "criterion" and isinstance(value, str | float | int):
        return criterion_name(value)
    if isinstance(value, tuple):
        return ", ".join(covariate_name(str(each)) for each in value)
    if isinstance(value, int):
        return people(value)
    return number(value, DECIMALS) if isinstance(value, float) else str(value)
