"""The intake of reports: every rule on a file made by hand, every row accounted for, nobody shown."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darknumber.errors import DarknumberError
from darknumber.register.reading.intake import REASONS, SEVERITIES, Intake, intake
from darknumber.register.reading.mapping import Mapping, guess_mapping
from darknumber.register.reading.mapping_file import mapping_of
from darknumber.register.reading.remarks import REMARKS
from darknumber.register.reading.reports import Reports, read_reports
from darknumber.register.reading.schema import fields, is_pseudonym
from darknumber.words import LANGUAGES, has, use_language
from tests.data.conftest import frame_of, spark  # noqa: F401 - fixtures

EXTRACTED = date(2020, 1, 1)
PLAIN = {"organisation": "P", "report_date": "2014-03-01"}


def taken(rows: list[dict[str, str]], **given: Any) -> Intake:
    return intake(read(rows, **given))


def read(rows: list[dict[str, str]], mapping: Mapping | None = None) -> Reports:
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pl.DataFrame({name: [row.get(name, "") for row in rows] for name in names})
    return read_reports(frame, mapping, extracted=EXTRACTED, name="by hand")


def holds(found: Intake) -> dict[tuple[str, str], tuple[int, tuple[int, ...]]]:
    return {(rule.code, rule.field): (rule.rows, rule.examples) for rule in found.rules if rule.rows}


ASIDE = {
    "empty_row": {},
    "no_organisation": {"report_date": "2014-03-01", "organisation": "onbekend"},
    "bad_date": {"organisation": "P", "report_date": "31-2-2014"},
    "no_date": {"organisation": "P", "sex": "m"},
    "too_early": {"organisation": "P", "report_date": "31-12-1999"},
    "in_future": {"organisation": "P", "report_date": "2-1-2020"},
}


@pytest.mark.parametrize(("code", "row"), ASIDE.items())
def test_rows_that_are_set_aside(code, row):
    found = taken([PLAIN, row, PLAIN])
    assert holds(found) == {(code, ""): (1, (3,))}
    assert (found.rows, found.accepted, found.set_aside) == (3, 2, 1)


@pytest.mark.parametrize("text", ["2000", "2000-01-01", "1-1-2020", "2020"])
def test_days_on_the_border_are_accepted(text):
    assert taken([{**PLAIN, "report_date": text}]).set_aside == 0


def test_the_first_reason_counts():
    found = taken([PLAIN, {"report_date": "1-1-1850"}, {"organisation": "P", "report_date": "1-1-1850"}])
    assert holds(found) == {("no_organisation", ""): (1, (3,)), ("bad_date", ""): (1, (4,))}


def test_an_exact_repeat_is_set_aside_and_another_report_with_its_number_is_not():
    one = {**PLAIN, "report_id": "7", "surname": "Vos"}
    found = taken([one, {**one, "surname": "Das"}, one, one, {**PLAIN, "surname": "Vos"}, {**PLAIN, "surname": "Vos"}])
    assert holds(found) == {("exact_repeat", ""): (2, (4, 5)), ("duplicate_id", "report_id"): (2, (2, 3))}


def test_empty_cells_repeat_too():
    one = {**PLAIN, "report_id": "7", "surname": "", "birth_date": "onbekend"}
    assert holds(taken([one, one])) == {("exact_repeat", ""): (1, (3,))}


VALUES = {
    ("unknown_code", "sex"): {"sex": "Zwaantje"},
    ("unknown_code", "citizenship"): {"citizenship": "Atlantis"},
    ("unknown_code", "legal_basis"): {"legal_basis": "273z"},
    ("unknown_code", "shelter_requested"): {"shelter_requested": "misschien"},
    ("unknown_member", "means"): {"means": "M1;M8"},
    ("unknown_member", "denied"): {"denied": "M1;M8"},
    ("yes_and_no", "means"): {"means": "M1", "denied": "M1;M2"},
    ("not_a_date", "birth_date"): {"birth_date": "voorjaar"},
    ("beyond_time", "birth_date"): {"birth_date": "1-1-1900"},
    ("beyond_time", "birth_year"): {"birth_year": "1899"},
    ("born_after_report", "birth_date"): {"birth_date": "2-3-2014"},
    ("not_a_number", "age_years"): {"age_years": "oud"},
    ("too_old", "age_years"): {"age_years": "121"},
    ("refers_to_itself", "referred_by"): {"referred_by": "P"},
    ("year_only", "birth_date"): {"birth_date": "00-00-1990"},
    ("year_only", "report_date"): {"report_date": "2014"},
    ("two_digits", "birth_date"): {"birth_date": "1-2-90"},
    ("serial", "birth_date"): {"birth_date": "32874"},
    ("year_disagrees", "birth_year"): {"birth_date": "1-2-1990", "birth_year": "1991"},
    ("year_disagrees", "year"): {"year": "2013"},
    ("age_disagrees", "age_years"): {"birth_date": "1-2-1990", "age_years": "26"},
    ("age_disagrees", "age"): {"birth_date": "1-2-1990", "age": "minor"},
    ("out_of_force", "legal_basis"): {"legal_basis": "273a"},
}


@pytest.mark.parametrize(("remark", "more"), VALUES.items())
def test_values_that_are_not_as_expected(remark, more):
    good = dict.fromkeys(more, "") | {"report_date": "2014-03-01"}
    if "year" in more:
        good["year"] = "2014"
    found = taken([{**PLAIN, **good}, {**PLAIN, **more}, {**PLAIN, **more}])
    assert holds(found) == {remark: (2, (3, 4))}
    assert found.set_aside == 0


def test_every_remark_and_reason_is_tested():
    assert {code for code, _ in VALUES} == set(REMARKS)
    assert {*ASIDE, "exact_repeat"} == set(REASONS)


@pytest.mark.parametrize(
    "more",
    [
        {"birth_date": "1-3-2014"},
        {"birth_date": "1-2-1990", "age_years": "25"},
        {"birth_date": "1-2-1990", "age_years": "23"},
        {"age_years": "120"},
        {"legal_basis": "273f.1"},
        {"legal_basis": "273f", "report_date": "1-9-2006"},
        {"legal_basis": "273a.9", "report_date": "2006"},
        {"means": "M1;M2", "denied": "M3;S1"},
        {"referred_by": "K"},
        {"birth_date": "1-2-1990", "birth_year": "1990"},
    ],
)
def test_values_that_are_just_right(more):
    assert holds(taken([{**PLAIN, **more}])) in ({}, {("year_only", "report_date"): (1, (2,))})


def test_remarks_of_rows_that_are_set_aside_do_not_count():
    assert holds(taken([PLAIN, {"sex": "zzz", "report_date": "2014"}])) == {("no_organisation", ""): (1, (3,))}


def test_a_bill_is_never_in_force():
    found = taken([{**PLAIN, "legal_basis": "wetsvoorstel 36547"}])
    assert holds(found) == {("out_of_force", "legal_basis"): (1, (2,))}


def test_how_often_fields_are_recorded():
    rows = [{**PLAIN, "sex": "m"}] * 12 + [{**PLAIN, "sex": "", "organisation": "K"}] * 10
    rows += [{**PLAIN, "sex": "v", "organisation": "Z"}] * 9
    found = taken(rows)
    assert (found.organisations, found.others) == ({"P": 12, "K": 10}, 9)
    assert found.recorded["sex"] == (21, 12, 0)
    assert found.recorded["report_date"] == (31, 12, 10)


def test_no_more_than_five_rows_are_shown():
    found = taken([{**PLAIN, "sex": f"x{n}", "birth_date": ["", "1990"][n % 2]} for n in range(40)])
    assert holds(found)[("unknown_code", "sex")] == (40, (2, 3, 4, 5, 6))
    assert holds(found)[("year_only", "birth_date")] == (20, (3, 5, 7, 9, 11))


COLUMNS = {
    "report_id": ["a", "b", "b", "c", "d", "a"],
    "organisation": ["P", "P", "P", None, "K ", "P"],
    "report_date": ["2014-03-01", "2-3-2014", "2-3-2014", "2015", "1-1-2021", "3-3-2014"],
    "sex": ["V", "m", "m", "nonsense", "", "nonsense"],
    "means": ["M1;M3", "M9", "M9", "m2", "onbekend", ""],
    "birth_date": ["1-1-90", "", "", "1990", "1-1-1985", "1-1-2015"],
}


def test_every_kind_of_frame_is_taken_in_alike(frame_of):  # noqa: F811
    found = intake(read_reports(frame_of(COLUMNS), extracted=EXTRACTED))
    assert {key: rows for key, (rows, _) in holds(found).items()} == {
        ("no_organisation", ""): 1,
        ("in_future", ""): 1,
        ("exact_repeat", ""): 1,
        ("unknown_code", "sex"): 1,
        ("unknown_member", "means"): 1,
        ("born_after_report", "birth_date"): 1,
        ("two_digits", "birth_date"): 1,
        ("duplicate_id", "report_id"): 2,
    }
    assert (found.rows, found.accepted) == (6, 3)
    assert found.recorded["sex"] == (2,)


NAMES = ("Zwaantje", "Quispel", "Everdingen", "1991-04-03", "8714", "Xanten")


def planted() -> list[dict[str, str]]:
    """Names in the right columns, and in every wrong one."""
    person = dict(
        zip(("given_name", "surname", "person_key", "place"), (NAMES[0], NAMES[1], NAMES[4], NAMES[5]), strict=True)
    )
    wrong = [name for name in fields() if not is_pseudonym(name) and name not in ("organisation", "report_date")]
    rows = [{**PLAIN, **person, "birth_date": "1991-04-03"}]
    rows += [{**PLAIN, **person, name: NAMES[0]} for name in wrong]
    return [{**row, "remarks": " ".join(NAMES)} for row in rows] + [{"organisation": NAMES[2], "report_date": NAMES[1]}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_shown(language):
    reports = read(planted())
    found = intake(reports)
    with use_language(language):
        shown = [str(reports), repr(reports), str(found), repr(found), str(found.columns()), repr(found.rules)]
    assert [name for name in NAMES for text in shown if name in text] == []
    assert found.rows == len(planted())


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_reads_at_80_characters(language):
    rows = [
        {**PLAIN, "organisation": name, "sex": sex}
        for name in ("police", "coordinators", "x" * 40)
        for sex in "mvz" * 9
    ]
    found = taken([*rows, *ASIDE.values(), *({**PLAIN, **more} for more in VALUES.values())])
    with use_language(language):
        text = str(found)
    assert max(map(len, text.splitlines())) <= 80
    assert str(found.rows) in text


def test_every_rule_has_its_words():
    assert [code for code in (*REASONS, *REMARKS, "duplicate_id") if not has(f"intake.rule.{code}")] == []


def test_columns_have_a_row_for_every_rule():
    found = taken([PLAIN, *ASIDE.values()])
    columns = found.columns()
    assert {len(column) for column in columns.values()} == {len(found.rules)}
    assert [SEVERITIES.index(each) for each in columns["severity"]] == sorted(
        SEVERITIES.index(each) for each in columns["severity"]
    )
    assert found.found("set aside") == found.rules[: len(ASIDE)]


def test_a_file_with_nothing_in_it_but_headings():
    found = taken([PLAIN])
    empty = intake(read_reports(pl.DataFrame({"organisation": [""], "year": [""]}).head(0)))
    assert (empty.rows, empty.accepted) == (0, 0)
    assert str(empty) != str(found)


CELLS = st.one_of(
    st.sampled_from(
        [
            "P",
            "K",
            "m",
            "V",
            "M1;M2",
            "2014-03-01",
            "1-3-14",
            "1990",
            "ja",
            "nee",
            "",
            " ",
            "NLD",
            "273f.3",
            "41699",
            "17",
        ]
    ),
    st.text(max_size=6),
)
HEADINGS = [name for name in fields() if not is_pseudonym(name)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(HEADINGS), unique=True, max_size=6),
    st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_no_row_is_lost_whatever_stands_in_it(tmp_path_factory, headings, rows, delimiter, encoding):
    names = list(dict.fromkeys(["organisation", "year", *headings]))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    clean = [[cell.replace("\x00", "").replace("\r", " ") for cell in row[: len(names)]] for row in rows]
    writer.writerows(clean)
    path = tmp_path_factory.mktemp("fuzz") / "reports.csv"
    path.write_bytes(out.getvalue().encode(encoding, errors="replace"))
    found = intake(read_reports(path, guess_mapping(names), extracted=EXTRACTED))
    filled = [place for place, row in enumerate(clean, start=1) if any(cell.strip(" \t\r\n\u00a0") for cell in row)]
    assert found.rows == (max(filled) if filled else 0)
    assert found.accepted + sum(rule.rows for rule in found.found("set aside")) == found.rows


def said_of(path: Path, mapping: str) -> str:
    """What is said of a file: its intake, or an error of ours; anything else is raised."""
    try:
        return str(intake(read_reports(path, mapping_of(mapping, "m.toml") if mapping else None)))
    except DarknumberError as error:
        return str(error)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=80).map(lambda tail: b"organisation;year;sex\nP;2014;m\n" + tail),
        st.text(alphabet='ab;,"\n\r\t \x0b\x85\u2028é', max_size=60).map(
            lambda text: ("organisation;year\n" + text).encode()
        ),
    ),
    st.sampled_from([".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".csv.gz"]),
    st.sampled_from(["", 'organisation = "a"\nyear = "b"', 'organisation = {constant = "P"}\nyear = "year"']),
)
def test_malformed_files_are_an_error_of_ours(tmp_path_factory, content, suffix, mapping):
    path = tmp_path_factory.mktemp("fuzz") / f"reports{suffix}"
    path.write_bytes(content)
    assert said_of(path, mapping)
