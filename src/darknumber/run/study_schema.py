"""The JSON schema of study files, made from the records in `darknumber.run.study`; editors check files with it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from darknumber.run.study import Said, Study
from darknumber.run.study_file import hints_of, meaning

DIALECT = "https://json-schema.org/draft/2020-12/schema"  # the name of the dialect; nothing is loaded from it
_PLAIN: Mapping[type, Mapping[str, str]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime.date: {"type": "string", "format": "date"},
}


def schema() -> dict[str, Any]:
    """The schema, with what each key means in the language in use."""
    return {"$schema": DIALECT, "title": "darknumber study", **_of(Study, ())}


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _of(hint: Any, key: tuple[str, ...]) -> dict[str, Any]:
    origin, options = get_origin(hint), get_args(hint)
    if origin in (UnionType, Union):
        return _of(next(option for option in options if option is not NoneType), key)
    if origin is Literal:
        return {"enum": list(options)}
    if origin is tuple:
        return {"type": "array", "items": _of(options[0], key)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(options[1], key)}
    if hint is Said:
        return {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": False, **_texts()}]}
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return _table(hint, key)
    if hint is str:
        return {"type": ["string", "integer"]}  # a year may be written as a number
    return dict(_PLAIN[hint])


def _table(kind: type, key: tuple[str, ...]) -> dict[str, Any]:
    hints = hints_of(kind)
    needed = [item.name for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING]
    properties = {
        item.name: {**_of(hints[item.name], (*key, item.name)), "description": meaning(*key, item.name)}
        for item in fields(kind)
    }
    found: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**found, "required": needed} if needed else found


def _texts() -> dict[str, Any]:
    return {"properties": {"en": {"type": "string"}, "nl": {"type": "string"}}}
