"""Codes of countries, with their names in English and Dutch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from babel import Locale
from babel.core import get_global

# Three-letter codes of countries that are gone. The library of names knows which two letters a code became, not which
# of several is in use.
_GONE = frozenset({"ANT", "BUR", "DDR", "FXX", "NTZ", "SCG", "SUN", "TMP", "YMD", "YUG", "ZAR"})
# Have a name and no code in ISO 3166-1: groups of countries, islands that others keep codes for, and Kosovo, which
# ``fields.toml`` gives the code in use for it.
_NOT_COUNTRIES = frozenset({"EU", "UN", "XA", "XB", "ZZ", "QO", "AC", "CP", "DG", "TA", "XK"})
_LANGUAGES = ("en", "nl")


@cache
def alpha_3() -> Mapping[str, str]:
    """The three-letter code (ISO 3166-1) of each two-letter one."""
    replaced: Mapping[str, Sequence[str]] = get_global("territory_aliases")
    named = set(Locale(_LANGUAGES[0]).territories) - _NOT_COUNTRIES
    return {
        several[0]: code
        for code, several in sorted(replaced.items())
        if len(code) == 3 and code.isalpha() and code not in _GONE and len(several) == 1 and several[0] in named
    }


def country_codes(others: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """Three-letter codes with what offices write: two letters, names in English and Dutch, and `others`.

    The two letters of Namibia are left out: ``NA`` is how programs write that there is no value.
    """
    names = [Locale(language).territories for language in _LANGUAGES]
    found: dict[str, tuple[str, ...]] = {}
    for two, three in sorted(alpha_3().items(), key=lambda pair: pair[1]):
        own = [each[two] for each in names if two in each]
        found[three] = tuple(dict.fromkeys([*([] if two == "NA" else [two]), *own, *others.get(three, ())]))
    return found | {code: tuple(texts) for code, texts in others.items() if code not in found}
