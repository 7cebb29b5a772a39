"""Ways in which a name comes to be written otherwise: by ear, from another script, without its signs, by hand."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

NAMES_KEPT = 1 << 16  # names whose spellings are remembered: most names come again and again
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# What lies beside a letter on the keyboard.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# Signs that are no accent on a letter.
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ø": "o", "Ø": "O"})


@lru_cache(maxsize=NAMES_KEPT)
def by_ear(name: str) -> tuple[str, ...]:
    """Other spellings of a name that sound alike to a Dutch ear; empty where there is none."""
    return _respelled(name, _rules()["sounds"])


@lru_cache(maxsize=NAMES_KEPT)
def by_script(name: str, culture: str) -> tuple[str, ...]:
    """Other ways to write a name in Latin letters, where its own script is another; empty where there is none."""
    return _respelled(name, _rules().get(f"scripts.{culture}", {}))


@lru_cache(maxsize=NAMES_KEPT)
def without_signs(name: str) -> str:
    """The name without accents and strokes."""
    apart = unicodedata.normalize("NFKD", name.translate(_PLAIN))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def mistyped(name: str, kind: float, where: float, letter: float) -> str:
    """A name with one mistake of the hand: a letter too many, too few, wrong, or two exchanged.

    Parameters
    ----------
    kind, where, letter
        From 0 to 1: which mistake, at which letter, and by which other letter. Half of the wrong letters lie beside the
        right one on the keyboard. The name that comes back is always another.
    """
    place = int(where * len(name))
    here = name[place]
    beside = _neighbours(here.lower()) if letter < 0.5 else LETTERS.replace(here.lower(), "")
    other = beside[int(letter * 2 % 1 * len(beside))]
    if kind < 0.25:
        return name[: place + 1] + other + name[place + 1 :]
    if kind < 0.5 and len(name) > 2:
        return name[:place] + name[place + 1 :]
    turned = min(place, len(name) - 2)
    if kind >= 0.75 and len(name) > 1 and name[turned].lower() != name[turned + 1].lower():
        return name[:turned] + name[turned + 1] + name[turned] + name[turned + 2 :]
    return name[:place] + (other.upper() if here.isupper() else other) + name[place + 1 :]


@cache
def _neighbours(letter: str) -> str:
    for row in _ROWS:
        place = row.find(letter)
        if place >= 0:
            return row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    return LETTERS


@cache
def _rules() -> Mapping[str, Mapping[str, str]]:
    page = tomllib.loads(
        files("darknumber.register.synthetic").joinpath("misspellings.toml").read_text(encoding="utf-8")
    )
    return {"sounds": page["sounds"]} | {f"scripts.{name}": rules for name, rules in page["scripts"].items()}


def _respelled(name: str, rules: Mapping[str, str]) -> tuple[str, ...]:
    """The name with one rule applied in one place, in every way; capitals stay where they stood."""
    found: dict[str, None] = {}
    for letters, others in rules.items():
        for match in re.finditer(letters, name, re.IGNORECASE):
            for other in others.split("|"):
                written = name[: match.start()] + _like(name[match.start()], other) + name[match.end() :]
                if written[:1].islower():
                    written = written[:1].upper() + written[1:]
                found[written] = None
    found.pop(name, None)
    return tuple(found)


def _like(sample: str, letters: str) -> str:
    return letters[:1].upper() + letters[1:] if sample.isupper() else letters
