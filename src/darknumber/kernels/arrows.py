"""The grammar of arrows between lists: from text such as ``police -> shelter + border -> care`` to pairs of names.

``A -> B -> C`` is ``A -> B + B -> C``. A name with spaces or signs stands between backquotes, as in terms:
```border police` -> care``; a backquote inside a name is written twice.
"""

from __future__ import annotations

import re

from darknumber.errors import ModelError

Arrow = tuple[str, str]

_SIGN = "->"
_TOKEN = re.compile(r"\s*(?:`((?:[^`]|``)*)`|(->|\+)|((?:(?!->)[^\s+`])+))")


def parse_arrows(text: str) -> tuple[Arrow, ...]:
    """The arrows in `text`, each once, in the order they first appear; an empty text gives none.

    Raises
    ------
    ModelError
        The text does not follow the grammar, or an arrow goes from a list to itself.
    """
    words = _words(text)
    found: dict[Arrow, None] = {}
    while words:
        first, sign, second = ([*words[:3], None, None, None])[:3]
        if not (_is_name(first) and sign == _SIGN and _is_name(second)):
            raise ModelError("bad_arrows", text=text)
        start, end = str(first)[1:], str(second)[1:]
        if start == end:
            raise ModelError("arrow_to_itself", name=start)
        found[start, end] = None
        follows = words[3] if len(words) > 3 else None
        if follows == "+" and len(words) > 4:
            words = words[4:]
        elif follows == _SIGN:
            words = words[2:]  # the end of this arrow is where the next one starts
        elif follows is None:
            words = []
        else:
            raise ModelError("bad_arrows", text=text)
    return tuple(found)


def format_arrows(arrows: tuple[Arrow, ...]) -> str:
    """Arrows as text that `parse_arrows` reads back."""
    return " + ".join(f"{_quoted(start)} {_SIGN} {_quoted(end)}" for start, end in arrows)


def _words(text: str) -> list[str]:
    """Signs as they stand, and names after a mark of their own."""
    words: list[str] = []
    place, text = 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ModelError("bad_arrows", text=text)
        quoted, sign, name = match.groups()
        words.append(sign or "=" + (name if quoted is None else quoted.replace("``", "`")))
        place = match.end()
    return words


def _is_name(word: str | None) -> bool:
    return word is not None and word.startswith("=")


def _quoted(name: str) -> str:
    plain = _TOKEN.fullmatch(name)
    doubled = name.replace("`", "``")
    return name if plain is not None and plain[3] == name else f"`{doubled}`"
