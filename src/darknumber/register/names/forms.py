"""Cleaned forms of what identifies people, so that two offices' ways of writing one name give the same text.

Worked out in the engine that holds the rows (DuckDB or Spark), lazily, by one set of rules (`NameRules`, dialects). A
column whose name begins with ``code_`` holds pseudonyms of such forms and is taken as it is.

==================== ===============================================================================================
column               what it holds; nothing where it was not recorded
==================== ===============================================================================================
given                the first given name, spellings of one name made one (mohammed: mohamed)
given_full           all given names
initials, initial    the initials (``jp``), as they were recorded or of the given names; the first of them
surname              the first surname, without prefixes (``van den Berg``, ``Berg, van den``: berg)
surname_other        the rest of it (``Jansen-de Vries``: vries)
surname_full         all of it, in one word
prefix               the prefixes
given_sound, ...     of given and surname: the Dutch-minded key; ``_soundex`` Soundex; ``_grams`` pairs of letters
birth_date           year, month and day, where all are known: ``1990-07-03``
birth_swapped        the same with the smaller of month and day first: the same where an office swaps the two
birth_year, ...      parts as text: birth_month, birth_day, birth_year_month ``1990-07``, birth_month_day ``07-03``
place                the place, one spelling of each
==================== ===============================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.data.engine import in_engine
from darknumber.register.names.birth_forms import birth_stages
from darknumber.register.names.dialects import Dialect, dialect_of, project
from darknumber.register.names.name_rules import NameRules, name_rules
from darknumber.register.names.sounds import sound_stages, soundex

CODE = "code_"  # columns of pseudonyms begin with it
Stages = Sequence[Mapping[str, str]]  # columns by their SQL, in steps of which each reads what the ones before made

KEPT = ("row", "organisation", "year", "sex", "citizenship", "person_key")  # as they are
BIT_WORDS = 4  # whole numbers of 64 bits that hold the pairs of letters of a name under pseudonyms
NAMES = ("given_name", "surname", "surname_prefix", "initials", "place")  # columns of names in a report
NAME_FORMS = (
    "given", "given_full", "initials", "initial", "given_sound", "given_soundex", "given_grams",
    "surname", "surname_other", "surname_full", "prefix", "surname_sound", "surname_soundex", "surname_grams",
)  # fmt: skip
BIRTH_FORMS = (
    "birth_date", "birth_swapped", "birth_year_month", "birth_month_day", "birth_year", "birth_month", "birth_day",
)  # fmt: skip

# An office that writes initials without anything between them (JHM) has at most this many; more letters are a name.
INITIALS_TOGETHER = 5
# Two to four consonants and nothing else are initials, not a name (JP, JHM).
ONLY_CONSONANTS = "[bcdfghjklmnpqrstvwxz]{2,4}"
# Letters followed by a full stop that are short for a name: one or two letters, or one and consonants (J. Th. Chr.).
SHORT_FOR = r"(^| )(\p{L})(?:\p{L}|[^aeiouy. ]{1,3})?\. "
CUT_SHORT = r"\1\2 "
CUT_SHORT_WORD = r"\1"
LETTER = r"\p{L}"
WORD_AT_END = r"(\p{L}+) $"
PREFIX_LETTERS = ("v d", "[dlst]")  # prefixes cut short; a v alone is more often *married to* (e/v)
STRAIGHT = "'"  # the apostrophe that the others are taken for
APOSTROPHES = "´‘’ʼʹ′"


def forms(frame: nw.LazyFrame[Any], *, keep: Sequence[str] = KEPT) -> nw.LazyFrame[Any]:
    """The cleaned forms of all rows, lazily, in DuckDB or Spark.

    Parameters
    ----------
    frame
        Canonical columns of reports, with ``row``; any of them may be lacking.
    keep
        The columns that come along as they are.

    Returns
    -------
    The columns in `keep` that are there, and those of `NAME_FORMS`, `BIRTH_FORMS` and ``place`` whose sources are
    there; see the top of this file.
    """
    held = in_engine(frame)
    kinds = dict(held.collect_schema())
    dialect, rules = dialect_of(held), name_rules()
    kept = {name: dialect.name(name) for name in keep if name in kinds and name not in NAMES}
    coded = {name.removeprefix(CODE): _coded(dialect, name) for name in kinds if name.startswith(CODE)}
    sources = [name for name in NAMES if name in kinds]
    raw = {f"raw_{name}": f"CAST({dialect.name(name)} AS {dialect.text_type})" for name in sources}
    raw |= {f"raw_{name}": dialect.name(name) for name in ("birth_date", "birth_year") if name in kinds}
    found = project(held, kept | coded | raw)
    for stage in (*_name_stages(dialect, rules, sources), *birth_stages(dialect, rules, kinds)):
        found = project(found, stage, keep=True)
    there = set(found.collect_schema().names())
    made = [name for name in (*kept, *coded, *NAME_FORMS, *BIRTH_FORMS, "place") if name in there]
    return project(found, {name: dialect.name(name) for name in dict.fromkeys(made)})


def bit_columns(name: str) -> tuple[str, ...]:
    """The columns with the pairs of letters of ``given`` or ``surname`` under pseudonyms."""
    return tuple(f"{name}_bits_{place + 1}" for place in range(BIT_WORDS))


def alike(name: str) -> str:
    """SQL, for DuckDB and Spark, of how far the bits of two reports are the same: twice those in both, of all.

    From 0 to 1; nothing where either report has no name. It follows Dice's coefficient of the pairs of letters.

    Parameters
    ----------
    name
        ``given`` or ``surname``; its columns end in ``_l`` and ``_r``.
    """
    columns = bit_columns(name)
    # DuckDB counts bits in a number too small to add them up in
    both = " + ".join(f"CAST(bit_count({column}_l & {column}_r) AS BIGINT)" for column in columns)
    every = " + ".join(f"CAST(bit_count({column}_{side}) AS BIGINT)" for column in columns for side in ("l", "r"))
    return f"(2.0 * ({both}) / nullif({every}, 0))"


def _coded(dialect: Dialect, column: str) -> str:
    """A column of codes; bits are whole numbers, whatever the file made of them."""
    if column in {CODE + bits for name in ("given", "surname") for bits in bit_columns(name)}:
        return f"CAST({dialect.name(column)} AS BIGINT)"
    return dialect.name(column)


def _name_stages(dialect: Dialect, rules: NameRules, sources: Sequence[str]) -> list[Mapping[str, str]]:
    """The columns of names and places."""
    parts = [_word_stages(dialect, rules, name) for name in sources]
    stages: list[Mapping[str, str]] = [
        {column: sql for stage in step for column, sql in stage.items()} for step in zip(*parts, strict=True)
    ]
    if "surname" in sources:
        stages += _surname_stages(dialect, rules, prefix="surname_prefix" in sources)
    if "given_name" in sources:
        stages += _given_stages(dialect, rules)
    if "given_name" in sources or "initials" in sources:
        stages += _initial_stages(dialect, sources)
    if "place" in sources:
        stages.append({"place": _one_spelling(dialect, rules.place, "trim(words_place)")})
    return stages


def _word_stages(dialect: Dialect, rules: NameRules, name: str) -> Stages:
    """``words_...``: small letters in words with a space before and after each; nothing where it says unknown."""
    raw, small, latin, simple, signs, order, whole, words = (
        f"{step}_{name}" for step in ("raw", "small", "latin", "simple", "signs", "order", "whole", "words")
    )
    unknown = dialect.fits(f"trim({whole})", "|".join((*rules.nothing, *rules.nothing_patterns)))
    signs_sql = dialect.swap(f"' ' || {latin} || ' '", r"[^\p{L}.',]+", " ")
    whole_sql = dialect.swap(f"' ' || {_apostrophes(dialect, order, name)} || ' '", "[ .,]+", " ")
    return (
        {small: f"replace(lower({raw}), '`', {dialect.text(STRAIGHT)})"},
        {latin: f"CASE WHEN {dialect.plain(small)} THEN {small} ELSE {_latin(dialect, rules, small)} END"},
        {simple: dialect.fits(latin, "[a-z]+")},  # one word, as most names are: nothing below needs to be done
        {signs: f"CASE WHEN {simple} THEN ' ' || {latin} || ' ' ELSE {signs_sql} END"},
        {order: _in_order(dialect, rules, signs, name)},
        {whole: f"CASE WHEN {simple} THEN {order} ELSE {whole_sql} END"},
        {words: f"CASE WHEN trim({whole}) = '' OR {unknown} THEN NULL ELSE {whole} END"},
    )


def _latin(dialect: Dialect, rules: NameRules, text: str) -> str:
    """The letters a to z, as far as there is a rule for the letter."""
    single = {letter: put for letter, put in rules.letters.items() if len(put) == 1}
    first = {**rules.marked, **dict.fromkeys(APOSTROPHES, STRAIGHT)}
    found = _exchanged(dialect, single, dialect.without_marks(_exchanged(dialect, first, text)))
    for letter, put in rules.letters.items():
        if len(put) > 1:
            found = f"replace({found}, {dialect.text(letter)}, {dialect.text(put)})"
    return found


def _exchanged(dialect: Dialect, letters: Mapping[str, str], text: str) -> str:
    return f"translate({text}, {dialect.text(''.join(letters))}, {dialect.text(''.join(letters.values()))})"


def _in_order(dialect: Dialect, rules: NameRules, text: str, name: str) -> str:
    """Surnames with the prefixes after a comma brought back; letters with a full stop told from words."""
    if name == "surname":
        before = f"split_part({text}, ',', 1)"
        after = dialect.swap(f"' ' || substr({text}, length({before}) + 2) || ' '", "[ .,']+", " ")
        prefixes = dialect.part(after, _run((*rules.left_out, LETTER)), 0)
        return f"CASE WHEN contains({text}, ',') THEN {before} || ' ' || {prefixes} ELSE {text} END"
    if name in ("given_name", "initials"):
        spaced = f"replace(replace({text}, ',', ' '), '.', '.  ')"
        short = dialect.has(text, r"[^ .]{2}\.")  # letters of their own need nothing
        return f"CASE WHEN {short} THEN {dialect.swap(spaced, SHORT_FOR, CUT_SHORT)} ELSE {text} END"
    return text


def _apostrophes(dialect: Dialect, text: str, name: str) -> str:
    """The 't and d' of surnames are words of their own; other apostrophes are left out (O'Brien)."""
    sign = dialect.text(STRAIGHT)
    apart = text
    if name in ("surname", "surname_prefix", "place"):
        apart = dialect.swap(dialect.swap(text, "'([ts]) ", r" \1 "), "( [dl])'", r"\1 ")
    return f"CASE WHEN contains({text}, {sign}) THEN replace({apart}, {sign}, '') ELSE {text} END"


def _surname_stages(dialect: Dialect, rules: NameRules, *, prefix: bool) -> Stages:
    """The surname in its parts. Where every word could be a prefix, the last one is the name."""
    words = "words_surname"
    glued = dialect.swap("' ' || bare_surname || ' '", rf" (?:{'|'.join(rules.glued)})(\p{{L}}{{3,}})", r" \1")
    joined = dialect.swap("' ' || whole_surnames || ' '", rf" ({'|'.join(rules.joined)}) (\p{{L}})", r" \1\2")
    written = "nullif(trim(words_surname_prefix), '')" if prefix else "NULL"
    own = dialect.part(words, _run((*rules.prefixes, *PREFIX_LETTERS)), 0)
    return (
        {"bare_words": f"trim({dialect.swap(words, _run((*rules.left_out, *rules.titles, LETTER)), ' ')})"},
        {"bare_surname": f"CASE WHEN bare_words = '' THEN {dialect.part(words, WORD_AT_END, 1)} ELSE bare_words END"},
        {"whole_surnames": f"CASE WHEN contains(bare_surname, 'van') THEN trim({glued}) ELSE bare_surname END"},
        {"surnames": f"trim({joined})"},
        {"surname": "split_part(surnames, ' ', 1)"},
        {
            "surname_other": "nullif(substr(surnames, length(surname) + 2), '')",
            "surname_full": "replace(surnames, ' ', '')",
            "prefix": f"coalesce({written}, nullif(trim({own}), ''))",
        },
        *_likenesses(dialect, rules, "surname"),
    )


def _given_stages(dialect: Dialect, rules: NameRules) -> Stages:
    """The given names without titles, prefixes of the surname and initials."""
    untitled = dialect.swap("words_given_name", rf"^{_run(rules.titles)}", " ")
    trailing = dialect.swap("untitled", rf"({LETTER}){_run(rules.prefixes)}$", r"\1 ")
    words = f"nullif(trim({dialect.swap('given_words', _run((LETTER,)), ' ')}), '')"
    pattern = "split_part(given_full, ' ', 1)"
    for find, put in rules.given_patterns:
        pattern = dialect.swap(pattern, find, put)
    return (
        {"untitled": untitled},
        {"given_words": trailing},
        {"given_full": f"CASE WHEN {dialect.fits('trim(given_words)', ONLY_CONSONANTS)} THEN NULL ELSE {words} END"},
        {"first_given": pattern},
        {"given": _one_spelling(dialect, rules.given, "first_given")},
        *_likenesses(dialect, rules, "given"),
    )


def _initial_stages(dialect: Dialect, sources: Sequence[str]) -> Stages:
    """The initials as an office wrote them, else those of the given names."""
    found = []
    if "initials" in sources:
        together = f"length({{0}}) <= {INITIALS_TOGETHER} AND NOT contains({{0}}, ' ')".format("trim(words_initials)")
        found.append(
            f"CASE WHEN {together} THEN trim(words_initials) ELSE {_first_letters(dialect, 'words_initials')} END"
        )
    if "given_name" in sources:
        short = dialect.fits("trim(given_words)", ONLY_CONSONANTS)
        found.append(f"CASE WHEN {short} THEN trim(given_words) ELSE {_first_letters(dialect, 'given_words')} END")
    return ({"initials": f"nullif(coalesce({', '.join(found)}), '')"}, {"initial": "substr(initials, 1, 1)"})


def _first_letters(dialect: Dialect, words: str) -> str:
    return f"replace({dialect.swap(words, rf'({LETTER}){LETTER}*', CUT_SHORT_WORD)}, ' ', '')"


def _likenesses(dialect: Dialect, rules: NameRules, name: str) -> Stages:
    """What of a name is alike where it is spelled differently."""
    heard, sound = sound_stages(dialect, rules, name)
    return heard, {**sound, f"{name}_soundex": soundex(dialect, name), f"{name}_grams": dialect.grams(name)}


def _one_spelling(dialect: Dialect, spellings: Mapping[str, Sequence[str]], text: str) -> str:
    every = ", ".join(dialect.text(other) for others in spellings.values() for other in others)
    cases = [
        f"WHEN {text} IN ({', '.join(map(dialect.text, others))}) THEN {dialect.text(kept)}"
        for kept, others in spellings.items()
    ]
    # most names have one spelling only: they need one look, not one for every name with several
    return f"CASE WHEN {text} IN ({every}) THEN CASE {' '.join(cases)} END ELSE {text} END"


def _run(words: Sequence[str]) -> str:
    """The pattern of one or more of some words, with the spaces around them."""
    return rf" (?:(?:{'|'.join(words)}) )+"
