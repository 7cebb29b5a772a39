"""All text for people. Codes and values in, sentences out; English and Dutch.

Sentences stand in the folders ``en`` and ``nl`` beside this file, one TOML page a subject, under dotted keys, with
``{name}`` or ``{name:style}`` where a value goes. Styles: ``people`` (a whole number), ``number`` (at most one
decimal), ``tenths`` (one decimal), ``hundredths`` (two, for what is held against a threshold), ``percent``,
``level`` (a confidence level, not rounded), ``ratio``, ``list`` (comma-separated, with *and*), ``rows`` (a pair: how
many rows, and the number of the first), or a place in the catalogue: ``{law:laws.law}`` is the word under
``laws.law.geometric`` where that is the value. A sentence that depends on a count is a table with ``one`` and
``other``, chosen by the value called ``n``.
"""

from darknumber.words.catalogue import LANGUAGES, has, language, say, use_language
from darknumber.words.numbers import date, interval, number, people, percent, ratio

__all__ = [
    "LANGUAGES",
    "date",
    "has",
    "interval",
    "language",
    "number",
    "people",
    "percent",
    "ratio",
    "say",
    "use_language",
]
