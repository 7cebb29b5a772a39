"""What the texts of office files mean, field by field: codes, years, numbers and sets.

Every text that occurs in a column is read once, whatever the number of rows that have it and wherever these are; so a
text means the same in every engine. Dates are in `darknumber.register.reading.written_dates`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from darknumber.data import marks
from darknumber.register.reading.schema import fold

BETWEEN = ";"  # of the members of a set, as it is kept
SEPARATORS = ";,|"  # of the members of a set, as offices write it
APART = "\x1f"  # of the columns that are read together; a character that nobody types

_OLD = re.compile(r"(\d{1,3})(?: ?(?:jaar|jr\.?|years?|yrs?))?")
_WAS_A_NUMBER = re.compile(r"(\d+)[.,]0+")


def plain(text: str) -> str:
    """A text as codes are compared: folded, without the decimals of a number that was whole."""
    folded = fold(text)
    whole = _WAS_A_NUMBER.fullmatch(folded)
    return whole[1] if whole else folded


def is_missing(text: str) -> bool:
    """Whether a text says that nothing was recorded."""
    return fold(text) in marks.MISSING


def code_of(text: str, aliases: Mapping[str, str]) -> tuple[str | None, bool]:
    """The code that a text stands for, and whether it stands for none and yet says something.

    Parameters
    ----------
    aliases
        The code of each folded text; an empty one where the text says that nothing was recorded.
    """
    said = plain(text)
    code = aliases.get(said)
    return code or None, code is None and said not in marks.MISSING


def years_of(text: str) -> tuple[int | None, bool]:
    """The number of years of an age, perhaps with the word after it, and whether something else stands there."""
    found = _OLD.fullmatch(plain(text))
    return (int(found[1]), False) if found else (None, not is_missing(text))


def members_reader(aliases: Mapping[str, str], separators: str = SEPARATORS) -> Callable[[str], tuple[set[str], bool]]:
    """How to read a set: the members that are written in a text, and whether something else is written there too.

    A text may be one member as the mapping writes it, also where that has a separator in it.
    """
    between = re.compile("[" + "".join(map(re.escape, separators)) + "]")
    read = cache(lambda part: code_of(part, aliases))

    def members_of(text: str) -> tuple[set[str], bool]:
        code, strange = code_of(text, aliases)
        if not strange:
            return ({code} if code else set()), False
        found = [read(part) for part in between.split(text)]
        return {code for code, _ in found if code}, any(strange for _, strange in found)

    return members_of


def as_kept(members: Iterable[str]) -> str:
    """Members in alphabetical order with a semicolon between."""
    return BETWEEN.join(sorted(members))


def answers_of(
    answers: Sequence[str], members: Sequence[str], yes_or_no: Mapping[str, str]
) -> tuple[set[str], set[str], bool]:
    """Which members were answered with yes and with no in columns of their own, and whether one says something else."""
    yes: set[str] = set()
    no: set[str] = set()
    strange = False
    for text, member in zip(answers, members, strict=True):
        answer, other = code_of(text, yes_or_no)
        strange = strange or other
        (yes if answer == "yes" else no if answer == "no" else set()).add(member)
    return yes, no, strange
