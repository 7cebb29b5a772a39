"""Forms made from the fields of models and intervals, and back: what is asked is exactly what the settings are.

The words of a form are those of the catalogue (``about.MODEL``, ``option.MODEL.FIELD``), as on the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from darknumber.errors import ModelError
from darknumber.models import MODELS
from darknumber.models.text import format_thing, from_json
from darknumber.words import has, say

LONGEST_NUMBER = 18  # digits: more are no number that a computer keeps
OWN = ""  # the choice that leaves it to darknumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One field of a form.

    Parameters
    ----------
    name
        What it is sent as.
    label, help
        What it is called, and what it does.
    value
        What stands in it.
    choices
        Pairs of a value and its words, where one is to be chosen.
    type, least, most, step
        Of a field that is typed in.
    reloads
        The part of the page that a change asks for anew; empty for none.
    silent
        Whether its label is heard only, as what stands above it says the same.
    """

    name: str
    label: str
    help: str = ""
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    type: str = "text"
    least: float | None = None
    most: float | None = None
    step: str = ""
    reloads: str = ""
    silent: bool = False

    @property
    def id(self) -> str:
        """What it is called in the page."""
        return "field-" + "".join(letter if letter.isalnum() else "-" for letter in self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields that belong together: a choice, what it means, and its settings.

    Parameters
    ----------
    name, legend
        What its choice is sent as, and what the group is called.
    chosen
        What is chosen; its settings are those that the form holds.
    fields
        What is always seen.
    about
        What the choice means.
    more
        Its settings.
    inner
        The settings of a model within the model.
    """

    name: str
    legend: str
    chosen: str
    fields: tuple[Control, ...]
    about: str = ""
    more: tuple[Control, ...] = ()
    inner: tuple[Group, ...] = ()


def group_of(
    name: str,
    legend: str,
    thing: Any,
    registry: Mapping[str, Any],
    *,
    own: str = "",
    depth: int = 1,
    within: str = "",
) -> Group:
    """The fields for one model or interval.

    Parameters
    ----------
    name, legend
        What its choice is sent as, and what the group is called.
    thing
        What is chosen now; None for the choice that leaves it to darknumber.
    registry
        All that can be chosen.
    own
        The words of that choice; empty where there is none.
    depth
        How many levels of models within models get fields of their own.
    within
        The part of the page that holds it; by default its own.
    """
    part = within or f"group-{name}"
    choices = tuple((key, key) for key in registry)
    if own:
        choices = ((OWN, own), *choices)
    chosen = OWN if thing is None else thing.name
    choice = Control(name=name, label=legend, value=chosen, choices=choices, reloads=part, silent=True)
    settings, inner = _settings(name, thing, registry, depth, part) if thing is not None else ((), ())
    about = say(f"about.{chosen}") if chosen else ""
    return Group(
        name=name,
        legend=legend,
        chosen=chosen,
        fields=(choice,),
        about=about,
        more=settings,
        inner=inner,
    )


def _settings(
    prefix: str, thing: Any, registry: Mapping[str, Any], depth: int, part: str
) -> tuple[tuple[Control, ...], tuple[Group, ...]]:
    """The settings of a thing; models within it become groups."""
    hints = get_type_hints(type(thing))
    plain, inner = [], []
    for item in fields(thing):
        value, name = getattr(thing, item.name), f"{prefix}.{item.name}"
        key = f"option.{thing.name}.{item.name}"
        about = say(key) if has(key) else ""
        if hasattr(value, "name") and depth > 0:
            inner.append(group_of(name, item.name, value, registry, depth=depth - 1, within=part))
        elif hasattr(value, "name"):
            plain.append(Control(name=name, label=item.name, help=about, value=format_thing(value)))
        else:
            plain.append(_control(name, item.name, about, hints[item.name], value))
    return tuple(plain), tuple(inner)


def _control(name: str, label: str, about: str, hint: Any, value: Any) -> Control:
    if get_origin(hint) is Literal:
        choices = tuple((str(each), str(each)) for each in get_args(hint))
        return Control(name=name, label=label, help=about, value=str(value), choices=choices)
    kinds = set(get_args(hint)) if get_origin(hint) in (Union, UnionType) else {hint}
    if kinds == {bool}:
        choices = (("true", say("web.yes")), ("false", say("web.no")))
        return Control(name=name, label=label, help=about, value=str(value).lower(), choices=choices)
    if get_origin(hint) is tuple:
        return Control(name=name, label=label, help=about, value=", ".join(map(str, value)))
    number = kinds <= {int, float, type(None)}
    text = "" if value is None else str(value)
    whole = "1" if float not in kinds else "any"
    return Control(
        name=name,
        label=label,
        help=about,
        value=text,
        type="number" if number else "text",
        step=whole if number else "",
    )


def thing_of(name: str, form: Mapping[str, str], registry: Mapping[str, Any]) -> Any:
    """The model or interval that a form says; None where it leaves the choice.

    Raises
    ------
    ModelError
        Something that is not known, or a setting that cannot be used.
    """
    chosen = form.get(name, OWN)
    return None if chosen == OWN else from_json(_tree(name, chosen, form, registry), {**MODELS, **registry})


def _tree(name: str, chosen: str, form: Mapping[str, str], registry: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says of one thing, as plain values; settings of what was chosen before are left aside."""
    everything: Mapping[str, Any] = {**MODELS, **registry}
    if chosen not in everything:
        raise ModelError("unknown_model", name=chosen, known=tuple(registry))
    thing = everything[chosen]
    hints = get_type_hints(type(thing))
    tree: dict[str, Any] = {"name": chosen}
    for item in fields(thing):
        key = f"{name}.{item.name}"
        if key not in form or (f"{name}.of" in form and form[f"{name}.of"] != chosen):
            continue
        value, text = getattr(thing, item.name), form[key].strip()
        tree[item.name] = _tree(key, text, form, registry) if hasattr(value, "name") else _plain(text, hints[item.name])
    return tree


def _plain(text: str, hint: Any) -> Any:
    """The value of a setting as it was typed."""
    if get_origin(hint) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    kinds = set(get_args(hint)) if get_origin(hint) in (Union, UnionType) else {hint}
    if type(None) in kinds and not text:
        return None
    if bool in kinds and text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        if kind in kinds:
            try:
                return kind(text)
            except ValueError:
                continue
    return text


def whole_of(text: str) -> int | None:
    """A whole number as people type it; None where it is none, or longer than any that is meant."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def number_of(text: str, otherwise: float) -> float:
    """A number as people type it, with a point or a comma; another where there is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return otherwise
