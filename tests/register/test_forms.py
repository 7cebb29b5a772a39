"""Cleaned forms: a table worked out by hand, and every engine against a slow way of its own."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence

import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from darknumber.data.engine import fetch
from darknumber.register.names.forms import BIRTH_FORMS, NAME_FORMS, alike, bit_columns, forms
from darknumber.register.names.name_rules import name_rules
from tests.data.conftest import frame_of, spark  # noqa: F401 - fixtures
from tests.register import name_reference

FIELDS = ("given_name", "surname_prefix", "surname", "initials", "place")
Report = tuple[str | None, ...]

# given name, prefix, surname, initials -> given, initials, surname, surname_other, prefix
BY_HAND = [
    (("Jan", "van den", "Berg", None), ("jan", "j", "berg", None, "van den")),
    (("Jan", None, "van den Berg", None), ("jan", "j", "berg", None, "van den")),
    (("JAN", None, "VAN DEN BERG", "J."), ("jan", "j", "berg", None, "van den")),
    (("Jan", None, "Berg, van den", "J"), ("jan", "j", "berg", None, "van den")),
    (("Jan van den", None, "Berg", None), ("jan", "j", "berg", None, None)),
    (("Jan", None, "Berg, P. van den", None), ("jan", "j", "berg", None, "van den")),
    (("Jan", None, "v.d. Berg", None), ("jan", "j", "berg", None, "v d")),
    (("Jan", None, "v/d Berg", None), ("jan", "j", "berg", None, "v d")),
    (("Jan", None, "Vandenberghe", None), ("jan", "j", "berghe", None, None)),
    (("Jan", None, "'t Hart", None), ("jan", "j", "hart", None, "t")),
    (("Jan", None, "Hart, ’t", None), ("jan", "j", "hart", None, "t")),
    (("Jan", None, "van 't Hof", None), ("jan", "j", "hof", None, "van t")),
    (("Jan", None, "van't Hof", None), ("jan", "j", "hof", None, "van t")),
    (("Jan", None, "in 't Veld", None), ("jan", "j", "veld", None, "in t")),
    (("Anna", None, "Jansen-de Vries", None), ("anna", "a", "jansen", "vries", "de")),
    (("Anna", None, "Jansen de Vries", None), ("anna", "a", "jansen", "vries", "de")),
    (("Anna", None, "Jansen e/v de Vries", None), ("anna", "a", "jansen", "vries", "de")),
    (("Anna", None, "de Vries-Jansen", None), ("anna", "a", "vries", "jansen", "de")),
    (("Anna", None, "Jansen, Anna", None), ("anna", "a", "jansen", None, None)),
    (("J.P.", None, "Smit", None), (None, "jp", "smit", None, None)),
    (("J P", None, "Smit", None), (None, "jp", "smit", None, None)),
    (("JP", None, "Smit", None), (None, "jp", "smit", None, None)),
    (("J.-P.", None, "Smit", None), (None, "jp", "smit", None, None)),
    (("Th. Jan-Peter", None, "Smit", None), ("jan", "tjp", "smit", None, None)),
    (("Jan Peter", None, "Smit", "J.P."), ("jan", "jp", "smit", None, None)),
    (("Jan", None, "Smit", "Th.J.P."), ("jan", "tjp", "smit", None, None)),
    (("Jan", None, "Smit", "JHM"), ("jan", "jhm", "smit", None, None)),
    (("mevr. Anna", None, "dhr. Smit", None), ("anna", "a", "smit", None, None)),
    (("Mohammed", None, "el Khattabi", None), ("mohamed", "m", "khattabi", None, "el")),
    (("Muhammad", "El", "Khattabi", None), ("mohamed", "m", "khattabi", None, "el")),
    (("Abderrahmane", None, "Ben Ali", None), ("abdelrahman", "a", "benali", None, None)),
    (("Abdurrahman", None, "Benali", None), ("abdelrahman", "a", "benali", None, None)),
    (("Łukasz", None, "Wójcik", None), ("lukasz", "l", "wojcik", None, None)),
    (("Jürgen", None, "Groß", None), ("jurgen", "j", "gross", None, None)),
    (("Søren", None, "Bjørnsen", None), ("soren", "s", "bjornsen", None, None)),
    (("IJsbrand", None, "van Dĳk", None), ("ijsbrand", "i", "dijk", None, "van")),
    (("Ştefan", None, "Ţurcanu", None), ("stefan", "s", "turcanu", None, None)),
    (("İbrahim", None, "Yıldız", None), ("ibrahim", "i", "yildiz", None, None)),
    (("Иван", None, "Йорданов", None), ("ivan", "i", "yordanov", None, None)),
    (("Щерю", None, "Жечев", None), ("shteryu", "s", "zhechev", None, None)),
    (("Γιώργος", None, "Παπάς", None), ("giorgos", "g", "papas", None, None)),
    (("Ana Maria", None, "García Márquez", None), ("ana", "am", "garcia", "marquez", None)),
    (("Ana", None, "da Silva dos Santos", None), ("ana", "a", "silva", "santos", "da")),
    (("Siobhan", None, "O'Brien", None), ("siobhan", "s", "obrien", None, None)),
    (("Luca", None, "D’Angelo", None), ("luca", "l", "angelo", None, "d")),
    (("Wen", None, "Do", None), ("wen", "w", "do", None, "do")),
    (("Jan", None, "de Heer", None), ("jan", "j", "heer", None, "de")),
    (("陈", None, "小明", None), (None, "陈", "小明", None, None)),
    (("onbekend", None, "ONBEKEND", None), (None, None, None, None, None)),
    (("N.N.", None, "nn", None), (None, None, None, None, None)),
    (("xxx", None, "-", "-"), (None, None, None, None, None)),
    (("Unknown", None, "anoniem", "test"), (None, None, None, None, None)),
    (("", None, "  ", None), (None, None, None, None, None)),
    ((None, None, None, "J.P."), (None, "jp", None, None, None)),
]


def frame(reports: Sequence[Report], fields: Sequence[str] = FIELDS) -> pd.DataFrame:
    columns = {name: [report[place] for report in reports] for place, name in enumerate(fields)}
    return pd.DataFrame({"row": range(len(reports)), **columns}).astype(dict.fromkeys(fields, "string"))


def cleaned(held) -> list[dict[str, object]]:
    columns = fetch(forms(nw.from_native(held).lazy()).sort("row"))
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


@pytest.fixture(scope="module")
def by_hand() -> list[dict[str, object]]:
    return cleaned(frame([(*report, None) for report, _ in BY_HAND]))


@pytest.mark.parametrize("place", range(len(BY_HAND)), ids=[" ".join(filter(None, report)) for report, _ in BY_HAND])
def test_by_hand(by_hand, place):
    found = by_hand[place]
    assert (
        tuple(found[name] for name in ("given", "initials", "surname", "surname_other", "prefix")) == BY_HAND[place][1]
    )


def test_the_slow_way_agrees_with_the_table():
    for report, (first, initials, surname, other, prefix) in BY_HAND:
        found = name_reference.names(*report)
        told = {"given": first, "initials": initials, "surname": surname, "surname_other": other, "prefix": prefix}
        assert {name: found[name] for name in told} == told, report


def sayings() -> st.SearchStrategy[str | None]:
    """Names as offices write them, and worse."""
    rules = name_rules()
    letters = "abcdeghijkmnostuvwyzABEJNTVéüöłøßæœđĳşğıİćčžñãåÀйёщюЖАбяΣςθάק陈ø"
    loose = st.text(alphabet=letters + "'’`.-,/ 09&", max_size=12)
    ours = ["J.", "Th.", "Chr.", "jp", "'t", "d'", "Jan", "Mohammed", "Abderrahmane", "Vandenberg", "Müller", "Berg,"]
    ours += ["s-Gravenhage", "'s-Hertogenbosch", "xx", "n"]
    every = (*rules.left_out, *rules.titles, *rules.joined, *rules.nothing, *rules.glued, *ours)
    known = st.sampled_from(every)
    several = st.lists(st.one_of(known, known.map(str.upper), loose), max_size=4)
    return st.one_of(st.none(), st.builds(str.join, st.sampled_from([" ", "-", ".", ", ", ""]), several))


reports_of_any_kind = st.lists(st.tuples(*[sayings()] * len(FIELDS)), min_size=25, max_size=25)


@settings(max_examples=8)
@given(reports_of_any_kind)
@example([("A.B'C.", "'s", "'t's", "d's ", "'s-Gravenhage")])
def test_duckdb_agrees_with_the_slow_way(reports):
    for report, found in zip(reports, cleaned(frame(reports)), strict=True):
        expected = name_reference.names(*report)
        assert {name: found[name] for name in expected} == expected, report


def test_duckdb_agrees_with_the_slow_way_on_many():
    reports = many_reports(2000)
    wrong = [
        (report, name)
        for report, found in zip(reports, cleaned(frame(reports)), strict=True)
        for name, expected in name_reference.names(*report).items()
        if found[name] != expected
    ]
    assert wrong == []


def many_reports(n: int) -> list[Report]:
    """Names put together at random from what the table and the rules hold."""
    draw = random.Random(1)
    rules = name_rules()
    pieces = [text for report, _ in BY_HAND for text in report if text]
    pieces += [*rules.left_out, *rules.titles, *rules.nothing, *rules.joined, "Šárka", "Øystein", "a.b", "x’y", "J.Th."]
    return [
        tuple(draw.choice(" -., ").join(draw.choices(pieces, k=draw.randint(1, 3))) if draw.random() > 0.1 else None
              for _ in FIELDS)
        for _ in range(n)
    ]  # fmt: skip


@pytest.mark.spark
def test_spark_agrees_with_duckdb(spark):  # noqa: F811
    reports = many_reports(400)
    dates = [
        "1990-07-03",
        "3-7-1990",
        "00-00-1980",
        "1980",
        "31-02-1980",
        "19800203",
        None,
        "?",
        "1900-01-01",
        "1-1-1970",
    ]
    held = frame(reports).assign(
        birth_date=[dates[place % len(dates)] for place in range(len(reports))],
        birth_year=[1950 + place % 60 for place in range(len(reports))],
        citizenship="POL",
    )
    schema = (
        "row long, "
        + ", ".join(f"{name} string" for name in (*FIELDS, "birth_date"))
        + ", birth_year long, citizenship string"
    )
    rows = [tuple(None if value is pd.NA else value for value in row) for row in held.itertuples(index=False)]
    other = spark.createDataFrame(rows, schema=schema)
    assert cleaned(other) == cleaned(held)


def test_every_kind_of_frame_gives_the_same(frame_of):  # noqa: F811
    names = {"row": [0, 1], "given_name": ["Łukasz", "J.P."], "surname": ["van den Berg", "Berg, van den"]}
    found = cleaned(frame_of(names))
    assert [each["surname"] for each in found] == ["berg", "berg"]
    assert [each["given"] for each in found] == ["lukasz", None]
    assert [each["initial"] for each in found] == ["l", "j"]


def test_columns_that_are_not_there_give_none():
    found = forms(nw.from_native(pl.DataFrame({"row": [1], "surname": ["Berg"], "sex": ["female"]})).lazy())
    made = set(found.collect_schema().names())
    assert made == {"row", "sex", *(name for name in NAME_FORMS if name.startswith("surname")), "prefix"}


def test_only_what_is_asked_for_comes_along():
    held = nw.from_native(pl.DataFrame({"row": [1], "region": ["x"], "sex": ["male"], "birth_year": [1990]})).lazy()
    found = forms(held, keep=("row", "region"))
    assert found.collect_schema().names() == ["row", "region", "birth_year"]
    assert set(BIRTH_FORMS) & set(found.collect_schema().names()) == {"birth_year"}


def test_codes_are_taken_as_they_are():
    bits = {column: ["-9"] for column in bit_columns("surname")}
    held = {
        "row": [1],
        "code_surname": ["ab01"],
        "code_birth_date": ["cd"],
        **{f"code_{k}": v for k, v in bits.items()},
    }
    found = cleaned(pl.DataFrame(held))[0]
    assert found["surname"] == "ab01"
    assert found["birth_date"] == "cd"
    assert [found[column] for column in bits] == [-9] * 4


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0b111, 0, 0, 0), (0b101, 0, 0, 0), 4 / 5),
        ((-1, 0, 0, 1), (-1, 0, 0, 1), 1.0),
        ((3, 0, 0, 0), (4, 0, 0, 0), 0.0),
    ],
)
def test_how_far_bits_are_alike(one, other, expected):
    columns = bit_columns("given")
    held = {
        f"{column}_{side}": [bits[place]]
        for side, bits in (("l", one), ("r", other))
        for place, column in enumerate(columns)
    }
    relation = forms(nw.from_native(pl.DataFrame({"row": [1], **held})).lazy(), keep=("row", *held)).to_native()
    assert relation.project(alike("given")).fetchall()[0][0] == pytest.approx(expected)
    assert all(unicodedata.category(sign)[0] != "L" or sign.isascii() for sign in alike("given"))
