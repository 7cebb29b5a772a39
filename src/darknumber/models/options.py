"""The settings of models and intervals are checked wherever they come from: Python, the command line or a file."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from darknumber.errors import ModelError


def check_options(thing: Any) -> None:
    """Refuse a setting that is none of the words its field allows, or text where several names are meant.

    Raises
    ------
    ModelError
        Which setting, what it was, and what it may be.
    """
    hints = get_type_hints(type(thing))
    for item in fields(thing):
        hint, value = hints[item.name], getattr(thing, item.name)
        if get_origin(hint) is Literal and value not in get_args(hint):
            raise ModelError("bad_option", option=item.name, value=value, known=get_args(hint))
        if get_origin(hint) is tuple and not (
            isinstance(value, tuple) and all(isinstance(part, str) for part in value)
        ):
            raise ModelError("option_needs_names", option=item.name, value=value)
