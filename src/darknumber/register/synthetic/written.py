"""How reports have it who somebody is: the identity, with the mistakes of who writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from darknumber.register.synthetic.contacts import Contacts
from darknumber.register.synthetic.identities import Identities, mixes, of_age, places
from darknumber.register.synthetic.misspellings import NAMES_KEPT, by_ear, by_script, mistyped, without_signs
from darknumber.register.synthetic.mistakes import Mistakes, Writer
from darknumber.register.synthetic.text_columns import Texts, either, texts

LAST_DAY = 28  # the last that every month has
DAY, MONTH = 0.6, 0.8  # a digit is wrong in the day, in the month, or else in the year; assumed
BEHIND = 0.3  # of the prefixes written with the surname, those that stand behind it; assumed
# Numbers of people as offices give them: one to one, without showing the order.
KEYS = 2_147_483_647  # a prime number, so that multiplying by anything leaves numbers apart
MULTIPLIER = 48_271
OTHER_KEYS = 16  # numbers that an office can give one person

# The mistakes that a birth date can have, of which it has one at most.
_BIRTH = ("birth_digit", "day_month", "birth_new_year", "birth_year_only", "birth_missing")
# What a report without a name does not have.
_NAMELESS = (
    *("given_name", "surname_prefix", "surname", "initials", "birth_date", "birth_year", "place", "person_key"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ages:
    """What birth dates must agree with, wrong ones too; each array ``(reports,)``.

    Parameters
    ----------
    adult
        Whether the person is an adult, from the first report to the last.
    first, last
        The days of the person's first and last report, whichever this one is.
    """

    adult: NDArray[np.bool_]
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]

    def fit(self, birth: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """``(reports,)`` whether these birth dates agree."""
        grown = of_age(birth)
        return np.asarray(np.where(self.adult, grown <= self.first, (grown > self.last) & (birth < self.first)))


def written_identities(
    people: Identities,
    female: NDArray[np.bool_],
    who: NDArray[np.int64],
    number: NDArray[np.int64],
    ages: Ages,
    seen: Contacts,
    mistakes: Mistakes,
    writer: Writer,
) -> dict[str, Texts]:
    """The columns of reports that say who somebody is; None is not recorded.

    Parameters
    ----------
    female
        ``(people,)`` whether each of `people` is a woman or girl.
    who
        ``(reports,)`` which of `people` each report is about.
    number
        ``(reports,)`` a number for that person that nobody else has.
    """
    columns = written_names(people, who, mistakes, writer)
    columns |= written_births(people.birth[who], ages, mistakes, writer)
    columns |= written_places(people.home[who], mistakes, writer)
    sex = either(female[who], "female", "male")
    columns["sex"] = writer.left_out(sex, mistakes.sex_missing)
    columns["citizenship"] = written_citizenships(people.citizenship[who], mistakes, writer)
    columns["person_key"] = written_keys(number, seen, mistakes, writer)
    nameless = writer.chosen(mistakes.nameless)
    for name in _NAMELESS:
        columns[name][nameless] = None
    again = np.arange(len(who))
    copied = writer.rng.random(len(who)) < mistakes.copied
    again[copied] = seen.first[copied]
    return {name: column[again] for name, column in columns.items()}


def written_names(people: Identities, who: NDArray[np.int64], mistakes: Mistakes, writer: Writer) -> dict[str, Texts]:
    """The columns that hold a name, as the reports on the people `who` have them; None is not recorded."""
    given, prefix, surname = people.given[who], people.prefix[who], people.surname[who]
    several = np.array([" " in name for name in given.tolist()], dtype=bool)
    for row in writer.rows(mistakes.one_given_name, several):
        given[row] = given[row].split(" ")[0]
    initials = texts([_initials(name) for name in given.tolist()])
    culture = people.culture[who]
    for names in (given, surname):
        _respell(names, culture, mistakes, writer)
    for row in writer.rows(mistakes.signs_dropped):
        given[row], surname[row] = without_signs(given[row]), without_signs(surname[row])
    for row in writer.rows(mistakes.half_surname):
        surname[row] = _half(surname[row], writer.rng.random())
    _prefixes(prefix, surname, mistakes, writer)
    for row in writer.rows(mistakes.capitals):
        given[row], surname[row] = given[row].upper(), surname[row].upper()
    swapped = writer.chosen(mistakes.swapped)
    given[swapped], surname[swapped] = surname[swapped], given[swapped]
    initials[swapped] = texts([f"{name[0]}." for name in given[swapped].tolist()])
    given[writer.chosen(mistakes.initials_only)] = None
    missing = writer.chosen(mistakes.given_missing)
    given[missing] = initials[missing] = None
    missing = writer.chosen(mistakes.surname_missing)
    surname[missing] = None
    prefix[missing | (prefix == "")] = None
    return {"given_name": given, "surname_prefix": prefix, "surname": surname, "initials": initials}


def written_births(birth: NDArray[np.datetime64], ages: Ages, mistakes: Mistakes, writer: Writer) -> dict[str, Texts]:
    """The columns that hold the birth date, for reports about people born on `birth`."""
    shares = [getattr(mistakes, name) for name in _BIRTH]
    limits = np.cumsum(shares)[:, None] * writer.factor
    kind = (writer.rng.random(len(birth)) >= limits).sum(axis=0)  # the number of the mistake in `_BIRTH`
    year = birth.astype("datetime64[Y]")
    month = birth.astype("datetime64[M]").astype(np.int64) % 12
    place = (birth - birth.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    start = year.astype("datetime64[D]")
    can_turn = place < 12
    turned = (year.astype("datetime64[M]") + np.where(can_turn, place, 0)).astype("datetime64[D]") + month
    wrong = np.select(
        [kind == 0, (kind == 1) & can_turn, kind == 2],
        [_off_by_a_digit(birth, ages, writer.rng), turned, start],
        birth,
    )
    date = texts(np.datetime_as_string(np.where(ages.fit(wrong), wrong, birth)).tolist())
    years = texts([text[:4] for text in date.tolist()])
    date[kind == 3] = None
    date[kind == 4] = years[kind == 4] = None
    return {"birth_date": date, "birth_year": years}


def written_citizenships(citizenship: Texts, mistakes: Mistakes, writer: Writer) -> Texts:
    """The citizenship as the reports have it."""
    written = citizenship.copy()
    mistaken: dict[str, str] = mixes()["mistaken"]
    for row in writer.rows(mistakes.citizenship_wrong, citizenship != "NLD"):
        written[row] = mistaken[citizenship[row]]
    written[writer.chosen(mistakes.citizenship_missing)] = None
    return written


def written_places(home: NDArray[np.int64], mistakes: Mistakes, writer: Writer) -> dict[str, Texts]:
    """The place that the reports have, and the police region it lies in."""
    names, regions, shares = places()
    elsewhere = writer.rng.choice(len(shares), len(home), p=shares)
    elsewhere = np.where(elsewhere == home, (home + 1) % len(shares), elsewhere)
    here = np.where(writer.chosen(mistakes.place_other), elsewhere, home)
    place, region = names[here], regions[here]
    place[writer.chosen(mistakes.place_missing)] = None
    region[writer.chosen(mistakes.region_missing)] = None
    return {"place": place, "region": region}


def written_keys(number: NDArray[np.int64], seen: Contacts, mistakes: Mistakes, writer: Writer) -> Texts:
    """The office's own number of each person, which says nothing beside another office's."""
    row = np.arange(len(number))
    other = writer.chosen(mistakes.key_other) & (seen.first != row)
    which = np.where(other, 1 + (row - seen.first - 1) % (OTHER_KEYS - 1), 0)
    key = (number * OTHER_KEYS + which + 1) * (MULTIPLIER + 2 * seen.list) % KEYS
    written = texts([f"{value:010d}" for value in key.tolist()])
    return writer.left_out(written, mistakes.key_missing)


def _respell(names: Texts, culture: Texts, mistakes: Mistakes, writer: Writer) -> None:
    for row in writer.rows(mistakes.by_script):
        names[row] = _one_of(by_script(names[row], culture[row]), names[row], writer.rng.random())
    for row in writer.rows(mistakes.by_ear):
        names[row] = _one_of(by_ear(names[row]), names[row], writer.rng.random())
    rows = writer.rows(mistakes.typo)
    for row, (kind, where, letter) in zip(rows, writer.rng.random((len(rows), 3)).tolist(), strict=True):
        names[row] = mistyped(names[row], kind, where, letter)


def _one_of(ways: Sequence[str], name: str, chance: float) -> str:
    return ways[int(chance * len(ways))] if ways else name


@lru_cache(maxsize=NAMES_KEPT)
def _initials(given: str) -> str:
    return "".join(f"{word[0]}." for word in given.split(" "))


def _half(surname: str, chance: float) -> str:
    """One of two surnames; which, from 0 to 1; a surname alone as it is."""
    for joint in ("-", " "):
        first, found, second = surname.partition(joint)
        if found:
            return first if chance < 0.5 else second
    return surname


def _prefixes(prefix: Texts, surname: Texts, mistakes: Mistakes, writer: Writer) -> None:
    """Prefixes dropped, abbreviated or moved to the surname; no prefix has two of these mistakes."""
    chance = writer.rng.random(len(prefix))
    there = np.flatnonzero((prefix != "") & (chance < sum(_prefix_shares(mistakes)) * writer.factor))
    dropped, short, _ = np.cumsum(_prefix_shares(mistakes))
    for row in there.tolist():
        scaled = chance[row] / writer.factor[row]
        if scaled < dropped:
            prefix[row] = ""
        elif scaled < short:
            prefix[row] = " ".join(f"{word[0]}." if word[0].isalpha() else word for word in prefix[row].split(" "))
        else:
            behind = writer.rng.random() < BEHIND
            surname[row] = f"{surname[row]}, {prefix[row]}" if behind else f"{prefix[row]} {surname[row]}"
            prefix[row] = ""


def _prefix_shares(mistakes: Mistakes) -> tuple[float, float, float]:
    return mistakes.prefix_dropped, mistakes.prefix_short, mistakes.prefix_moved


def _off_by_a_digit(birth: NDArray[np.datetime64], ages: Ages, rng: np.random.Generator) -> NDArray[np.datetime64]:
    """Another day, month or year of birth; the day where another year would make a minor an adult, or the reverse."""
    n = len(birth)
    months = birth.astype("datetime64[M]")
    place = (birth - months.astype("datetime64[D]")).astype(np.int64)
    step = rng.choice([-10, -1, 1, 10], n)
    other = place + step
    other = np.where((other < 0) | (other >= LAST_DAY), place - step, other)
    other = np.where((other < 0) | (other >= LAST_DAY), np.where(place > 0, place - 1, 1), other)
    by_day = months.astype("datetime64[D]") + other
    month = months.astype(np.int64) % 12
    kept = np.minimum(place, LAST_DAY - 1)
    by_month = (months + np.where(month == 11, -1, 1)).astype("datetime64[D]") + kept
    by_year = (months + 12 * step).astype("datetime64[D]") + kept
    which = rng.random(n)
    wrong = np.select([which < DAY, which < MONTH], [by_day, by_month], by_year)
    return np.asarray(np.where(ages.fit(wrong), wrong, by_day))
