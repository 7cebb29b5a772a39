"""From forms to codes: which columns there are, and how far the letters of names survive in bits."""

from __future__ import annotations

import random
from statistics import correlation

import duckdb
import narwhals.stable.v2 as nw
import pytest

from darknumber.register.names.code_columns import CODED, KEYS, SORTS, code_columns
from darknumber.register.names.forms import alike, bit_columns
from darknumber.register.names.keys import key_of
from darknumber.register.synthetic.name_pools import pools
from tests.register.name_reference import likenesses

KEY = key_of(bytes(range(90, 122)), SORTS)


def bits_of(names, sort="surname") -> list[tuple[int, ...]]:
    made = code_columns(KEY, {sort: nw.String()}, ())
    column = next(each for each in made if each.names[0].endswith("_bits_1"))
    return list(zip(*column.of(names), strict=True))


def dice(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    def on(words):
        return sum((word & (2**64 - 1)).bit_count() for word in words)

    both = on(left & right for left, right in zip(one, other, strict=True))
    return 2 * both / (on(one) + on(other))


def test_the_columns():
    kinds = {
        "row": nw.Int64(),
        "year": nw.Int64(),
        "report_date": nw.Date(),
        "report_id": nw.String(),
        "given": nw.String(),
    }
    found = {name: each for each in code_columns(KEY, kinds, ("year", "report_date")) for name in each.names}
    bits = [f"code_{name}" for name in bit_columns("given")]
    assert list(found) == ["year", "report_date", "report_id", "code_given", *bits, "code_key"]
    told = [found[name].kind for name in ("year", "report_date", "code_given", "code_given_bits_1")]
    assert told == ["BIGINT", "DATE", "VARCHAR", "BIGINT"]
    assert found["report_date"].of(["a", None]) == [["a", None]]
    assert found["report_id"].of(["a", None, "a"]) == [[KEY.code("report_id", "a"), None, KEY.code("report_id", "a")]]


def test_one_value_has_another_code_in_every_column_but_the_halves_of_surnames():
    found = code_columns(KEY, dict.fromkeys((*KEYS, *CODED), nw.String()), ())
    codes = {each.names[0]: each.of(["berg"])[0][0] for each in found if len(each.names) == 1}
    assert codes["code_surname"] == codes["code_surname_other"]
    del codes["code_surname_other"]
    assert len(set(codes.values())) == len(codes) == len(KEYS) + len(CODED)


def test_bits_by_hand():
    """The pairs of *ab* are _a, ab and b_; each turns on the bits that its hash names."""
    places = {byte for pair in ("_a", "ab", "b_") for byte in KEY.digest("surname_bits", pair)[:8]}
    whole = sum(1 << place for place in places)
    found = bits_of(["ab"])[0]
    assert sum((word & (2**64 - 1)) << (64 * place) for place, word in enumerate(found)) == whole
    assert all(-(2**63) <= word < 2**63 for word in found)
    assert bits_of(["ab"], "given") != bits_of(["ab"])
    assert bits_of([None]) == [(None,) * 4]


def test_names_alike_in_letters_are_alike_in_bits():
    draw = random.Random(1)
    every = {name.lower() for pool in pools().values() for name in pool.surnames}
    names = sorted(name for name in every if name.isascii() and name.isalpha())
    pairs = [(name, mistyped(name, draw)) for name in draw.sample(names, 60)]
    pairs += list(zip(draw.sample(names, 60), draw.sample(names, 60), strict=True))
    letters = [shared(*pair) for pair in pairs]
    bits = [dice(*bits_of(pair)) for pair in pairs]
    assert correlation(letters, bits) > 0.95
    # of 256 bits some are on by chance for both: pairs of different names are a little more alike than their letters
    assert max(bit - letter for letter, bit in zip(letters, bits, strict=True)) < 0.45
    assert min(bit - letter for letter, bit in zip(letters, bits, strict=True)) > -0.15


def mistyped(name: str, draw: random.Random) -> str:
    place = draw.randrange(len(name))
    return name[:place] + draw.choice("abcdefghijklmnopqrstuvwxyz") + name[place + 1 :]


def shared(one: str, other: str) -> float:
    left, right = (set(likenesses("surname", name)["surname_grams"]) for name in (one, other))
    return 2 * len(left & right) / (len(left) + len(right))


def test_what_sql_says_of_them_is_what_they_are():
    one, other = bits_of(["jansen", "janssen"])
    sides = (("l", one), ("r", other))
    values = [(f"surname_bits_{place + 1}_{side}", word) for side, words in sides for place, word in enumerate(words)]
    columns = ", ".join(f"CAST({word} AS BIGINT) AS {name}" for name, word in values)
    found = duckdb.connect().sql(f"SELECT {alike('surname')} FROM (SELECT {columns})").fetchall()[0][0]
    assert found == pytest.approx(dice(one, other))
