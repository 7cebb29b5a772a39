"""Reports without names: offices that agree on a key find each other's people, and nobody's name comes out."""

from __future__ import annotations

import logging
import re
import stat
import traceback
import warnings
from dataclasses import replace
from itertools import pairwise

import narwhals.stable.v2 as nw
import polars as pl
import pyarrow.parquet as pq
import pytest

from darknumber.data import spool
from darknumber.data.engine import fetch
from darknumber.errors import Cancelled, InputError
from darknumber.register.names.code_columns import SORTS
from darknumber.register.names.forms import forms
from darknumber.register.names.keys import read_key
from darknumber.register.names.pseudonyms import check_one_key, pseudonymise
from darknumber.register.reading.reports import read_reports
from tests.data.conftest import everything_said, refused, spark  # noqa: F401 - fixtures

SECRET = bytes(range(90, 122))
# What must never be read anywhere: names, dates and places of people who do not exist, as the offices write them.
PLANTED = ("Zwanenburg", "Quirijn", "Wojciechowska", "Grażyna", "1987-11-23", "23-11-1987", "Zierikzee", "KLANT-00417")
COLUMNS = ("report_id", "report_date", "organisation", "person_key", "given_name", "surname_prefix", "surname",
           "birth_date", "place", "citizenship", "sex", "age")  # fmt: skip
POLICE = [tuple(line.split("|")) for line in (
    "A1|2019-03-01|police|KLANT-00417|Quirijn|van den|Zwanenburg|1987-11-23|Zierikzee|NLD|male|31",
    "A2|2019-04-01|police||Grażyna||Wojciechowska|1990-03-07|Zierikzee|POL|female|29",
    "A3|2019-05-01|police||Mohammed|el|Khattabi|1980-05-06|Den Haag|MAR|male|38",
    "A4|2019-06-01|police||Berg||Berg|1985-05-06||NLD|male|34",
    "A5|2019-06-02|police||onbekend||NN|||NLD|male|",
)]  # fmt: skip
SHELTER = [tuple(line.split("|")) for line in (
    "B1|2019-03-09|shelter||QUIRIJN||Zwanenburg, v.d.|23-11-1987|zierikzee|NLD|male|31",
    "B2|2019-04-09|shelter||Grazyna||Wojciechowska|1990-07-03|ZIERIKZEE|POL|female|28",
    "B3|2019-05-09|shelter||Muhammad||El-Khattabi|1980|'s-Gravenhage|MAR|male|38",
    "B4|2019-05-19|shelter||Quirijn||Zwanenburgh|||NLD|male|31",
)]  # fmt: skip


@pytest.fixture
def key(tmp_path):
    return key_file(tmp_path, SECRET)


def key_file(folder, secret):
    path = folder / f"{secret.hex()[:4]}.key"
    path.write_text(secret.hex())
    path.chmod(0o600)
    return path


def reports_of(rows):
    columns = {name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)}
    return read_reports(pl.DataFrame(columns), name="office")


def written(folder, name, rows, key, **options):
    return pseudonymise(reports_of(rows), folder / name, key=key, **options)


def codes(path) -> dict[str, dict[str, object]]:
    """The rows of a file by the code of the organisation's report: the first column that tells them apart."""
    rows = pq.read_table(path).to_pylist()
    return {str(row["report_date"]): row for row in rows}


@pytest.fixture
def two_offices(tmp_path, key):
    for name, rows in (("police.parquet", POLICE), ("shelter.parquet", SHELTER)):
        written(tmp_path, name, rows, key)
    police, shelter = codes(tmp_path / "police.parquet"), codes(tmp_path / "shelter.parquet")
    return [(police[f"2019-0{month}-01"], shelter[f"2019-0{month}-09"]) for month in (3, 4, 5)]


def same(one, other):
    """The names of codes that are recorded and equal in two reports."""
    return {name[5:] for name in one if name.startswith("code_") and one[name] is not None and one[name] == other[name]}


def test_people_written_differently_meet(two_offices):
    whole = {"given", "given_full", "initial", "given_sound", "surname", "surname_sound", "key"}
    bits = {f"{name}_bits_{place}" for name in ("given", "surname") for place in range(1, 5)}
    dates = {"birth_date", "birth_swapped", "birth_year_month", "birth_month_day", "birth_year"}
    first, second, third = (same(*pair) for pair in two_offices)
    assert first == whole | bits | dates | {"place"}
    assert second == whole | bits | {"birth_swapped", "birth_year", "place"}
    assert third == (whole - {"given_full"}) | bits | {"birth_year", "place"}


def test_another_key_has_nothing_in_common(tmp_path, key):
    other = key_file(tmp_path, SECRET[::-1])
    held = []
    for place, used in enumerate((key, other)):
        path = written(tmp_path, f"{place}.parquet", POLICE, used).path
        rows = pq.read_table(path).to_pylist()
        held.append({str(value) for row in rows for name, value in row.items() if name.startswith("code_") and value})
        held[-1] |= {row[name] for row in rows for name in ("report_id", "person_key") if row[name]}
    assert held[0] & held[1] == set()
    assert len(held[0]) > 50


def test_equal_given_name_and_surname_have_different_codes(tmp_path, key):
    row = codes(written(tmp_path, "a.parquet", POLICE, key).path)["2019-06-01"]
    assert row["code_given"] != row["code_surname"]
    assert row["code_given_bits_1"] != row["code_surname_bits_1"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_nothing_that_identifies_is_in_the_file(tmp_path, key, ending, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        done = written(tmp_path, f"a.{ending}", [*POLICE, *SHELTER], key)
    told = [repr(done), str(done), caplog.text, *capfd.readouterr(), *(str(each.message) for each in warned)]
    content = done.path.read_bytes()
    if ending == "parquet":
        content += repr(pq.read_table(done.path).to_pylist()).encode() + repr(pq.read_metadata(done.path)).encode()
    planted = [*PLANTED, *(text.lower() for text in PLANTED), "berg", "zwanenburg", "khattabi", "11-23"]
    planted += [SECRET.hex(), SECRET.decode("latin-1"), str(key), "A1", "B2"]
    text = content.decode("latin-1") + content.decode("utf-8", errors="replace")
    assert [each for each in planted if re.search(rf"(?<![0-9a-f]){re.escape(each)}", text)] == []
    assert [each for each in planted for part in told if each in part] == []


def test_an_age_and_a_number_of_the_person_do_not_stay(tmp_path, key):
    done = written(tmp_path, "a.parquet", POLICE, key)
    assert set(done.clear) == {
        "report_date",
        "year",
        "organisation",
        "sex",
        "age",
        "citizenship",
        "citizenship_group",
        "nationality",
    }
    assert {"report_id", "person_key"} <= set(done.coded)
    assert re.fullmatch("[0-9a-f]{30}", codes(done.path)["2019-03-01"]["person_key"])
    assert "age_years" not in pq.read_schema(done.path).names


def test_citizenship_and_place_are_as_asked(tmp_path, key):
    done = written(tmp_path, "a.parquet", POLICE, key, clear=("place",))
    row = codes(done.path)["2019-05-01"]
    assert row["place"] == "den haag"
    assert "citizenship" not in row
    assert re.fullmatch("[0-9a-f]{30}", row["code_citizenship"])
    done = written(tmp_path, "b.parquet", POLICE, key, clear=(), leave_out=("report_date", "code_given_bits_1"))
    names = pq.read_schema(done.path).names
    assert "report_date" not in names
    assert not any(name.startswith("code_given_bits") for name in names)
    assert {"code_place", "code_citizenship", "code_surname_bits_1"} <= set(names)


def test_the_file_is_for_its_owner_and_tells_no_order(tmp_path, key):
    out = tmp_path / "a.parquet"
    out.write_text("old")
    out.chmod(0o644)
    names = [f"Naam{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(200)]
    rows = [(f"R{name}", "2019-01-01", "police", "", "Jan", "", name, "", "", "NLD", "male", "") for name in names]
    done = written(tmp_path, "a.parquet", rows, key)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    used = pq.read_table(out).to_pylist()
    told = {row["report_id"]: place for place, row in enumerate(used)}
    used_key = read_key(key, SORTS)
    ranks = [told[used_key.code("report_id", row[0])] for row in rows]
    assert sorted(ranks) == list(range(200))
    rising = sum(later > earlier for earlier, later in pairwise(ranks))
    assert 70 < rising < 130  # 99.5 expected of an order that says nothing, with a standard deviation of 4
    assert done.rows == 200


def test_the_same_reports_and_key_give_the_same_file(tmp_path, key):
    one, other = (written(tmp_path, f"{name}.csv", POLICE, key).path for name in "ab")
    assert one.read_bytes() == other.read_bytes()


def test_what_is_said_of_it(tmp_path, key):
    without_date = ("A9", "", "police", "", "Piet", "", "Smit", "", "", "NLD", "male", "")
    done = written(tmp_path, "a.parquet", [*POLICE, without_date], key)
    assert (done.rows, done.set_aside, done.empty) == (5, 1, 1)
    text = str(done)
    assert "5 reports" in text
    assert "1 report was left out" in text
    assert done.check in text


def test_reports_without_anything_to_link_by_are_counted_though_all_are(tmp_path, key):
    columns = {"organisation": ["police", "care"], "report_date": ["2019-01-02"] * 2, "sex": ["male"] * 2}
    done = pseudonymise(read_reports(pl.DataFrame(columns), name="bare"), tmp_path / "bare.csv", key=key)
    assert (done.rows, done.empty) == (2, 2)


def test_organisations_that_may_be_names_are_told_but_not_named(tmp_path, key):
    names = ["police"] * 10 + ["Quirijn Zwanenburg"]
    columns = {"organisation": names, "report_date": ["2019-01-02"] * 11, "surname": ["Berg"] * 11}
    done = pseudonymise(read_reports(pl.DataFrame(columns), name="slip"), tmp_path / "slip.csv", key=key)
    assert done.small == 1
    assert "One organisation has fewer than 10 reports" in str(done)
    assert "Quirijn" not in str(done)


def test_a_file_of_pseudonyms_is_read_like_the_reports_it_was_made_of(tmp_path, key):
    found = read_reports(written(tmp_path, "a.parquet", POLICE, key).path)
    assert found.unused == ()
    names = fetch(forms(found.accepted))
    before = fetch(forms(reports_of(POLICE).accepted))
    assert sorted(map(str, names["year"])) == sorted(map(str, before["year"]))
    for name in ("given", "surname", "surname_other", "birth_date", "birth_swapped", "birth_year", "place"):
        recorded = [sum(value is not None for value in held[name]) for held in (names, before)]
        assert recorded[0] == recorded[1], name
    assert all(isinstance(value, int) for value in names["given_bits_1"] if value is not None)
    assert fetch(found.accepted)["age"].count("adult") == 4


def test_pseudonyms_of_pseudonyms_are_refused(tmp_path, key, refused):  # noqa: F811
    found = read_reports(written(tmp_path, "a.parquet", POLICE, key).path)
    assert refused(lambda: pseudonymise(found, tmp_path / "b.parquet", key=key)).code == "pseudonyms_already"


def test_files_of_different_keys_are_told(tmp_path, key, refused):  # noqa: F811
    one = written(tmp_path, "a.parquet", POLICE, key)
    other = written(tmp_path, "b.parquet", SHELTER, key_file(tmp_path, SECRET[::-1]))
    assert one.check != other.check
    same_key, mixed = (
        nw.from_native(pl.concat([pl.read_parquet(each.path) for each in files])).lazy()
        for files in ((one, one), (one, other))
    )
    check_one_key(same_key)
    assert refused(lambda: check_one_key(mixed)).code == "several_keys"
    check_one_key(nw.from_native(pl.DataFrame({"row": [1]})).lazy())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"clear": ("surname",)}, "unknown_choice"),
        ({"leave_out": ("surname",)}, "unknown_column_near"),
        ({"leave_out": ("code_plaec",)}, "unknown_column_near"),
        ({"name": "a.xlsx"}, "pseudonyms_ending"),
    ],
)
def test_what_is_refused(tmp_path, key, refused, options, code):  # noqa: F811
    name = options.pop("name", "a.csv")
    assert refused(lambda: written(tmp_path, name, POLICE, key, **options)).code == code
    assert [path for path in tmp_path.iterdir() if path != key] == []


def test_stopped_half_way_nothing_is_left(tmp_path, key):
    out = tmp_path / "a.csv"
    out.write_text("old")

    def stop(done, total, what):
        assert (total, what) == (5, "pseudonymise")
        raise Cancelled

    reports = reports_of(POLICE)
    before = {path for path in spool.folder().iterdir() if path.suffix == ".csv"}
    with pytest.raises(Cancelled):
        pseudonymise(reports, out, key=key, progress=stop)
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a.csv", key.name])
    assert {path for path in spool.folder().iterdir() if path.suffix == ".csv"} - before == set()


def test_an_engine_that_fails_tells_no_names(tmp_path, key, monkeypatch, everything_said):  # noqa: F811
    """DuckDB quotes the value it stumbles over; the error that comes out does not."""
    monkeypatch.setattr("darknumber.register.names.pseudonyms.names_in_place", broken)
    with pytest.raises(InputError) as caught:
        written(tmp_path, "a.csv", POLICE, key)
    told = everything_said(caught.value) + "".join(traceback.format_exception(caught.value))
    assert caught.value.code == "engine_failed"
    assert [each for each in (*PLANTED, "zwanenburg", "quirijn") if each in told] == []


def broken(frame):
    relation = frame.to_native()
    others = ", ".join(f'"{name}"' for name in frame.collect_schema().names() if name != "surname")
    return nw.from_native(relation.project(f"{others}, CAST(CAST(surname AS INTEGER) AS VARCHAR) AS surname"))


@pytest.mark.spark
def test_spark_gives_the_same_codes(tmp_path, key, spark):  # noqa: F811
    reports = reports_of([*POLICE, *SHELTER])
    columns = fetch(reports.frame)
    kinds = {nw.Int64: "long", nw.Date: "date"}
    schema = ", ".join(
        f"{name} {kinds.get(type(kind), 'string')}" for name, kind in reports.frame.collect_schema().items()
    )
    held = spark.createDataFrame(list(zip(*columns.values(), strict=True)), schema)
    done = pseudonymise(replace(reports, frame=nw.from_native(held)), tmp_path / "spark.parquet", key=key)
    here = pseudonymise(reports, tmp_path / "here.parquet", key=key)
    rows = [pq.read_table(each.path).to_pylist() for each in (done, here)]
    assert rows[0] == rows[1]
    assert (done.rows, done.empty) == (here.rows, here.empty) == (9, 1)
