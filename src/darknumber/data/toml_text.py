"""TOML files that people write: the line of what is wrong in them, and how names and texts are written in them."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

Key = tuple[str | int, ...]  # the way to a value: names of tables and keys, and numbers in lists

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LINE = re.compile(r"line (\d+)")


def line_of(text: str, key: Key) -> int:
    """The line on which the value under `key` begins, or the last one on the way to it that stands in the file.

    The file is read again, line by line further: the value is in the first part that holds it.
    """
    found = 1
    for depth in range(1, len(key) + 1):
        start = _first_line_with(text, key[:depth])
        if start is None:
            break
        found = start
    return found


def tree_of(text: str) -> tuple[dict[str, Any] | None, int, str]:
    """What a TOML text says; None where it is none, with the line at which it stops being so and what stands there."""
    try:
        return tomllib.loads(text), 0, ""
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, and brackets inside brackets
        lines = text.split("\n")
        found = _LINE.search(str(error))
        line = min(int(found[1]), len(lines)) if found else len(text.splitlines()) or 1
        return None, line, lines[line - 1].strip()


def spelled(key: Key) -> str:
    """A key as one would say it: ``publication.floor``, ``beside[2].file``."""
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in key]
    return "".join(parts).removeprefix(".")


def bare(name: str) -> str:
    """A name as a key is written: in quotes where it has to be."""
    return name if _BARE.fullmatch(name) else quoted(name)


def quoted(text: str) -> str:
    """A text as TOML writes it, in double quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _first_line_with(text: str, key: Key) -> int | None:
    lines = text.split("\n")
    whole = 0  # lines that can be read by themselves
    for end in range(1, len(lines) + 1):
        try:
            tree: Any = tomllib.loads("\n".join(lines[:end]))
        except (ValueError, RecursionError):
            continue
        if _reaches(tree, key):
            return whole + 1
        whole = end
    return None


def _reaches(tree: Any, key: Key) -> bool:
    for part in key:
        if isinstance(part, int):
            if not isinstance(tree, list) or part >= len(tree):
                return False
        elif not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return True
