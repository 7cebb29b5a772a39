"""From a code and its values to a sentence."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from darknumber.words import numbers
from darknumber.words.language import LANGUAGES, language, use_language

__all__ = ["LANGUAGES", "has", "keys", "language", "say", "use_language"]

_STYLES: Mapping[str, Callable[[Any], str]] = {
    "people": numbers.people,
    "number": numbers.number,
    "tenths": numbers.tenths,
    "hundredths": numbers.hundredths,
    "percent": numbers.percent,
    "level": numbers.level,
    "ratio": numbers.ratio,
    "list": numbers.listing,
    "rows": numbers.rows,
}


class _Formatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        style = _STYLES.get(format_spec)
        if style and isinstance(value, str):
            return value  # a number that is told in words: *fewer than 10*
        if style:
            return style(value)
        word = f"{format_spec}.{value}"
        return say(word) if "." in format_spec and has(word) else str(super().format_field(value, format_spec))


_FORMATTER = _Formatter()


@cache
def _catalogue(code: str) -> dict[str, str | dict[str, str]]:
    """The sentences of one language, by dotted key; a dict value holds plural forms."""
    flat: dict[str, str | dict[str, str]] = {}

    def walk(prefix: str, node: Mapping[str, Any]) -> None:
        for name, value in node.items():
            key = f"{prefix}.{name}" if prefix else name
            if isinstance(value, str) or set(value) == {"one", "other"}:
                flat[key] = value
            else:
                walk(key, value)

    for page in sorted(files("darknumber.words").joinpath(code).iterdir(), key=lambda page: page.name):
        walk("", tomllib.loads(page.read_text(encoding="utf-8")))
    return flat


def keys(code: str) -> Mapping[str, str | dict[str, str]]:
    """All sentences of one language by key; the tests compare languages with it."""
    return _catalogue(code)


def has(key: str) -> bool:
    """Whether there is a sentence under this key."""
    return key in _catalogue("en")


def say(key: str, /, **values: object) -> str:
    """The sentence under `key`, filled with `values`, in the language in use."""
    sentence = _catalogue(language())[key]
    if isinstance(sentence, dict):
        count = values["n"]
        plural = "other" if isinstance(count, str) else numbers.plural(float(count))  # type: ignore[arg-type]
        sentence = sentence[plural]
    return _FORMATTER.vformat(sentence, (), values)
