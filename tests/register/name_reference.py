"""What cleaned forms should be, worked out name by name and without any SQL; slow, and independent of the engines."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import groupby

from darknumber.register.names.name_rules import name_rules

RULES = name_rules()
VOWELS = "aeiouy"
CODES = {letter: digit for digit, letters in {
    "1": "bfpv", "2": "cgjkqsxz", "3": "dt", "4": "l", "5": "mn", "6": "r",
}.items() for letter in letters}  # fmt: skip


def is_letter(sign: str) -> bool:
    return unicodedata.category(sign).startswith("L")


def latin(text: str) -> str:
    found = []
    for sign in text.lower():
        if sign in "`´‘’ʼʹ′":
            found.append("'")
            continue
        bare = RULES.marked.get(sign) or "".join(
            each for each in unicodedata.normalize("NFD", sign) if not unicodedata.category(each).startswith("M")
        )
        bare = unicodedata.normalize("NFC", bare)
        found += [RULES.letters.get(each, each) for each in bare]
    return "".join(found)


def fits(text: str, patterns: tuple[str, ...]) -> bool:
    return any(re.fullmatch(pattern, text) for pattern in patterns)


def words(text: str | None, kind: str) -> list[str]:
    if text is None:
        return []
    signs = "".join(sign if is_letter(sign) or sign in ".'," else " " for sign in latin(text))
    if kind == "surname" and "," in signs:
        signs, _, after = signs.partition(",")
        signs += " " + " ".join(first_run(re.split(r"[ .,']+", after)))
    if kind in ("given_name", "initials"):
        signs = re.sub(r"([^ .,]+)\.", lambda found: cut_short(found[1]) + " ", signs)
    tokens = [part for token in re.split(" +", signs) for part in without_apostrophes(token, kind)]
    found = [part for token in tokens for part in re.split("[.,]+", token) if part]
    whole = " ".join(found)
    return [] if whole in RULES.nothing or fits(whole, RULES.nothing_patterns) else found


def first_run(tokens: list[str]) -> list[str]:
    """The first unbroken run of words that do not count."""
    tokens = [token for token in tokens if token]
    for small, run in groupby(tokens, key=lambda token: token in RULES.left_out or len(token) == 1):
        if small:
            return list(run)
    return []


def cut_short(token: str) -> str:
    """What stands before a full stop: a letter, where it is short for a name."""
    rest = token[1:]
    short = not rest or (len(rest) == 1 and is_letter(rest))
    short = short or (len(rest) <= 3 and not any(sign in VOWELS for sign in rest))
    return token[0] if short and is_letter(token[0]) else token


def without_apostrophes(token: str, kind: str) -> list[str]:
    parts = [token]
    if kind in ("surname", "surname_prefix", "place"):
        if token.endswith(("'t", "'s")):
            parts = [token[:-2], token[-1]]
        if parts[0].startswith(("d'", "l'")):
            parts = [parts[0][0], parts[0][2:], *parts[1:]]
    return [part.replace("'", "") for part in parts]


def names(
    given_name: str | None = None,
    surname_prefix: str | None = None,
    surname: str | None = None,
    initials: str | None = None,
    place: str | None = None,
) -> dict[str, object]:
    """All forms of the names of one report."""
    found: dict[str, object] = {}
    found |= surname_forms(words(surname, "surname"), words(surname_prefix, "surname_prefix"))
    given = words(given_name, "given_name")
    while given and given[0] in RULES.titles:
        given = given[1:]
    while len(given) > 1 and given[-1] in RULES.prefixes:
        given = given[:-1]
    only_letters = len(given) == 1 and re.fullmatch("[bcdfghjklmnpqrstvwxz]{2,4}", given[0]) is not None
    full = [] if only_letters else [token for token in given if len(token) > 1]
    first = full[0] if full else None
    if first is not None:
        for pattern, put in RULES.given_patterns:
            first = re.sub(pattern, put, first)
        first = kept(first, RULES.given)
    found |= {"given": first, "given_full": " ".join(full) or None} | likenesses("given", first)
    told = words(initials, "initials")
    if told:
        letters = told[0] if len(told) == 1 and len(told[0]) <= 5 else "".join(token[0] for token in told)
    else:
        letters = given[0] if only_letters else "".join(token[0] for token in given)
    found |= {"initials": letters or None, "initial": letters[:1] or None}
    where = " ".join(words(place, "place"))
    return found | {"place": kept(where, RULES.place) or None}


def surname_forms(tokens: list[str], prefix: list[str]) -> dict[str, object]:
    own: list[str] = []
    for place, token in enumerate(tokens):
        short = token == "v" and tokens[place + 1 : place + 2] == ["d"]
        if token in (*RULES.prefixes, *"dlst") or short:
            own.append(token)
        elif own:
            break
    left = [token for token in tokens if token not in (*RULES.left_out, *RULES.titles) and len(token) > 1]
    left = left or tokens[-1:]
    left = [next((t[len(g) :] for g in RULES.glued if t.startswith(g) and len(t) > len(g) + 2), t) for t in left]
    joined: list[str] = []
    while left:
        taken = 2 if left[0] in RULES.joined and len(left) > 1 else 1
        joined.append("".join(left[:taken]))
        left = left[taken:]
    first = joined[0] if joined else None
    return {
        "surname": first,
        "surname_other": " ".join(joined[1:]) or None,
        "surname_full": "".join(joined) or None,
        "prefix": " ".join(prefix) or " ".join(own) or None,
        **likenesses("surname", first),
    }


def kept(text: str, spellings: dict[str, tuple[str, ...]]) -> str:
    return next((first for first, others in spellings.items() if text in others), text)


def likenesses(name: str, text: str | None) -> dict[str, object]:
    if text is None:
        return dict.fromkeys((f"{name}_sound", f"{name}_soundex", f"{name}_grams"))
    padded = f"_{text}_"
    grams = sorted({padded[place : place + 2] for place in range(len(padded) - 1)})
    return {f"{name}_sound": sound(text), f"{name}_soundex": soundex(text), f"{name}_grams": grams}


def sound(text: str) -> str:
    marked = text + "$"
    for find, put in RULES.sounds:
        marked = marked.replace(find, put)
    heard = marked.replace("$", "")
    return "".join(sign if "a" <= sign <= "z" else sign * len(list(run)) for sign, run in groupby(heard))


def soundex(text: str) -> str | None:
    letters = [sign for sign in text if "a" <= sign <= "z"]
    if not letters:
        return None
    digits: list[str] = []
    last = CODES.get(letters[0], "")
    for letter in letters[1:]:
        digit = CODES.get(letter, "")
        if digit and digit != last:
            digits.append(digit)
        if letter not in "hw":
            last = digit
    return letters[0].upper() + "".join(digits)[:3].ljust(3, "0")


def born(text: str | None = None, year: str | None = None) -> dict[str, object]:
    """All forms of a date of birth that is written as text, and of a year of birth."""
    empty = dict.fromkeys(
        ("birth_date", "birth_swapped", "birth_year_month", "birth_month_day", "birth_year", "birth_month", "birth_day")
    )
    read = parts(text) if text is not None else None
    own = None
    if read is not None and "-".join(read) not in RULES.nothing_dates:
        own = None if read[0] == "0000" else read[0]
    empty["birth_year"] = own if own is not None else (None if year is None else year.rjust(4, "0"))
    if read is None or "-".join(read) in RULES.nothing_dates or "-".join(read[1:]) in RULES.nothing_days:
        return empty
    try:
        date(*(int(part) for part in read))
    except ValueError:
        return empty
    y, m, d = read
    return {
        "birth_date": f"{y}-{m}-{d}",
        "birth_swapped": f"{y}-{min(m, d)}-{max(m, d)}",
        "birth_year_month": f"{y}-{m}",
        "birth_month_day": f"{m}-{d}",
        "birth_year": y,
        "birth_month": m,
        "birth_day": d,
    }


def parts(text: str) -> tuple[str, str, str] | None:
    """Year, month and day as they are written; month and day 00 where they are not."""
    found = text.strip()
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})([ T].*)?", found):
        return match[1], match[2].rjust(2, "0"), match[3].rjust(2, "0")
    if match := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", found):
        return match[3], match[2].rjust(2, "0"), match[1].rjust(2, "0")
    if match := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", found):
        return match[1], match[2], match[3]
    return (found, "00", "00") if re.fullmatch(r"\d{4}", found) else None
