"""Models and intervals as text (``stepwise(criterion=bic, max_order=2)``) and as tagged JSON.

Values are words, numbers, ``true`` and ``false``, quoted text (a quote inside it is written twice), ``(a, b)`` for
several, and further models by name. Everything is read off the fields of the frozen dataclass that is registered under
the name.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from darknumber.data.names import near
from darknumber.errors import ModelError

Thing = TypeVar("Thing")

_TOKEN = re.compile(r"""\s*(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([(),=])|([^\s(),="']+))""")
_BARE = re.compile(r"[^\s(),=\"']+")


def parse(text: str, registry: Mapping[str, Thing]) -> Thing:
    """The model or interval that `text` names, from a registry of defaults by name.

    Raises
    ------
    ModelError
        An unknown name or option, a value of the wrong kind, or text that cannot be read.
    """
    reader = _Reader(text)
    thing = _build(reader.value(), registry, text)
    reader.expect_end()
    return thing


def format_thing(thing: Any) -> str:
    """A model or interval as text that `parse` reads back; fields at their default are left out."""
    name, changed = thing.name, _changed(thing)
    if not changed:
        return str(name)
    return f"{name}({', '.join(f'{key}={_format_value(value)}' for key, value in changed.items())})"


def to_json(thing: Any) -> dict[str, Any]:
    """A model or interval as a tagged tree of plain values: its name under ``name``, and all its fields."""
    tree: dict[str, Any] = {"name": thing.name}
    for item in dataclasses.fields(thing):
        value = getattr(thing, item.name)
        tree[item.name] = (
            to_json(value) if hasattr(value, "name") else list(value) if isinstance(value, tuple) else value
        )
    return tree


def from_json(tree: Mapping[str, Any], registry: Mapping[str, Thing]) -> Thing:
    """What `to_json` was given."""
    options = {key: _plain(value, registry) for key, value in tree.items() if key != "name"}
    if "name" not in tree:
        raise ModelError("bad_model_text", text=str(dict(tree)))
    return _make(str(tree["name"]), options, registry)


def _plain(value: Any, registry: Mapping[str, Thing]) -> Any:
    if isinstance(value, Mapping):
        return from_json(value, registry)
    return tuple(value) if isinstance(value, list) else value


def _changed(thing: Any) -> dict[str, Any]:
    found = {}
    for item in dataclasses.fields(thing):
        default = item.default
        if item.default_factory is not dataclasses.MISSING:
            default = item.default_factory()
        value = getattr(thing, item.name)
        if value != default or default is dataclasses.MISSING:
            found[item.name] = value
    return found


def _format_value(value: Any) -> str:
    if hasattr(value, "name"):
        return format_thing(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"({', '.join(_format_value(part) for part in value)})"
    if isinstance(value, str) and not (_BARE.fullmatch(value) and _literal(value) == value):
        quote = "'" if '"' in value else '"'
        return quote + value.replace(quote, 2 * quote) + quote
    return str(value)


@dataclasses.dataclass(frozen=True, slots=True)
class _Call:
    name: str
    positional: tuple[Any, ...]
    options: Mapping[str, Any]


class _Reader:
    """Reads ``value := quoted | word | '(' value, ... ')' | name '(' [name '='] value, ... ')'``."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text.rstrip()):
            match = _TOKEN.match(text, place)
            if match is None:
                raise ModelError("bad_model_text", text=text)
            double, single, sign, word = match.groups()
            quoted = single.replace("''", "'") if single is not None else double
            quoted = double.replace('""', '"') if double is not None else quoted
            kind = "quoted" if quoted is not None else "sign" if sign else "word"
            self.tokens.append((kind, quoted if quoted is not None else sign or word))
            place = match.end()

    def value(self) -> Any:
        kind, token = self.next()
        if kind == "quoted":
            return token
        if kind == "sign":
            if token != "(":
                raise ModelError("bad_model_text", text=self.text)
            values = []
            while not self.take(")"):
                values.append(self.value())
                if not self.take(",") and not self.peek(")"):
                    raise ModelError("bad_model_text", text=self.text)
            return tuple(values)
        if not self.take("("):
            return _literal(token)
        positional: list[Any] = []
        options: dict[str, Any] = {}
        while not self.take(")"):
            if self.place + 1 < len(self.tokens) and self.tokens[self.place + 1] == ("sign", "="):
                key = self.next()[1]
                self.next()
                options[key] = self.value()
            else:
                positional.append(self.value())
            if not self.take(",") and not self.peek(")"):
                raise ModelError("bad_model_text", text=self.text)
        return _Call(token, tuple(positional), options)

    def next(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise ModelError("bad_model_text", text=self.text)
        self.place += 1
        return self.tokens[self.place - 1]

    def peek(self, sign: str) -> bool:
        return self.place < len(self.tokens) and self.tokens[self.place] == ("sign", sign)

    def take(self, sign: str) -> bool:
        found = self.peek(sign)
        self.place += found
        return found

    def expect_end(self) -> None:
        if self.place < len(self.tokens):
            raise ModelError("bad_model_text", text=self.text)


def _literal(word: str) -> Any:
    if word in ("true", "false"):
        return word == "true"
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _build(value: Any, registry: Mapping[str, Thing], text: str) -> Thing:
    if isinstance(value, _Call):
        kind = _kind(value.name, registry)
        names = [item.name for item in dataclasses.fields(kind)]  # type: ignore[arg-type]
        if len(value.positional) > len(names):
            raise ModelError("bad_model_text", text=text)
        given = dict(zip(names, value.positional, strict=False)) | dict(value.options)
        return _make(value.name, {key: _nested(item, registry, text) for key, item in given.items()}, registry)
    return _make(str(value), {}, registry)


def _nested(value: Any, registry: Mapping[str, Thing], text: str) -> Any:
    return _build(value, registry, text) if isinstance(value, _Call) else value


def _kind(name: str, registry: Mapping[str, Thing]) -> type[Thing]:
    if name not in registry:
        suggestion = near(name, tuple(registry))
        if suggestion:
            raise ModelError("unknown_model_near", name=name, known=tuple(registry), near=suggestion)
        raise ModelError("unknown_model", name=name, known=tuple(registry))
    return type(registry[name])


def _make(name: str, options: Mapping[str, Any], registry: Mapping[str, Thing]) -> Thing:
    kind = _kind(name, registry)
    hints = get_type_hints(kind)
    known = [item.name for item in dataclasses.fields(kind)]  # type: ignore[arg-type]
    values = {}
    for key, value in options.items():
        if key not in known:
            raise ModelError("unknown_option", model=name, option=key, known=tuple(known))
        values[key] = _checked(key, value, hints[key], registry)
    return dataclasses.replace(registry[name], **values)  # type: ignore[type-var]


def _checked(key: str, value: Any, hint: Any, registry: Mapping[str, Thing]) -> Any:
    """`value` as the field wants it, or an error that says what it may be."""
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise ModelError("bad_option", option=key, value=value, known=get_args(hint))
        return value
    if get_origin(hint) is tuple:
        return tuple(str(part) for part in value) if isinstance(value, tuple) else (str(value),)
    kinds = get_args(hint) if get_origin(hint) is Union or len(get_args(hint)) > 1 else (hint,)
    if isinstance(value, bool) and bool not in kinds:
        raise ModelError("option_not_yes_no", option=key, value=str(value).lower())
    if float in kinds and isinstance(value, int | float):
        return value
    if isinstance(value, str) and value in registry and type(registry[value]) in kinds:
        return registry[value]  # before plain text: `lower` takes terms or a search
    for kind in kinds:
        if isinstance(kind, type) and not getattr(kind, "_is_protocol", False) and isinstance(value, kind):
            return value
    if isinstance(value, str) and value in registry:
        return registry[value]
    if any(getattr(kind, "_is_protocol", False) for kind in kinds) and hasattr(value, "name"):
        return value
    if str in kinds and isinstance(value, int | float):
        return str(value)
    if float in kinds or int in kinds:
        raise ModelError("option_not_a_number" if float in kinds else "option_not_whole", option=key, value=value)
    raise ModelError("option_not_of_kind", option=key, value=value)
