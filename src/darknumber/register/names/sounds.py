"""Phonetic keys in SQL: what names are called when they sound the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from darknumber.register.names.dialects import Dialect
from darknumber.register.names.name_rules import NameRules

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "01230120022455012623010202"  # of these letters in Soundex; 0 keeps two alike apart, as vowels do
_LENGTH = 3  # digits in Soundex after the letter
END = "$"  # of a name, in the rules
_GROUPS = 9  # brackets that a replacement can name


def sound_stages(dialect: Dialect, rules: NameRules, name: str) -> Sequence[Mapping[str, str]]:
    """The Dutch-minded key of a name: the rules one after the other, then letters that stand doubled once.

    Returns
    -------
    Two steps of columns, the last of them ``..._sound``.
    """
    found = f"{name} || '{END}'"
    for find, put in rules.sounds:
        found = f"replace({found}, {dialect.text(find)}, {dialect.text(put)})"
    left = sorted(set(_LETTERS) - {find for find, _ in rules.sounds})
    once = heard = f"heard_{name}"
    for start in range(0, len(left), _GROUPS):
        once = _once(dialect, "".join(left[start : start + _GROUPS]), once)
    doubled = dialect.has(heard, "|".join(2 * letter for letter in left))
    return (
        {heard: f"replace({found}, '{END}', '')"},
        {f"{name}_sound": f"CASE WHEN {doubled} THEN {once} ELSE {heard} END"},
    )


def soundex(dialect: Dialect, text: str) -> str:
    """Soundex (Russell 1918) of the letters a to z in a name, as the United States archives write it; else nothing."""
    letters = f"nullif({dialect.swap(text, '[^a-z]+', '')}, '')"
    # h and w do not keep two letters with the same digit apart, vowels do
    sounding = f"substr({letters}, 1, 1) || replace(replace(substr({letters}, 2), 'h', ''), 'w', '')"
    digits = _once(dialect, "123456", f"translate({sounding}, '{_LETTERS}', '{_DIGITS}')")
    tail = f"rpad(replace(substr({digits}, 2), '0', ''), {_LENGTH}, '0')"
    return f"upper(substr({letters}, 1, 1)) || substr({tail}, 1, {_LENGTH})"


def _once(dialect: Dialect, signs: str, text: str) -> str:
    """The text with each run of one of some signs written once."""
    runs = "|".join(f"({sign}){sign}+" for sign in signs)
    return dialect.swap(text, runs, "".join(rf"\{place + 1}" for place in range(len(signs))))
