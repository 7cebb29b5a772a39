"""SDMX-CSV that pysdmx reads against our own structure, and never a series of detected victims."""

from __future__ import annotations

import csv
import datetime
import math

import pytest
from pysdmx.io import get_datasets, read_sdmx
from pysdmx.model import Role

from darknumber.errors import InputError
from darknumber.studies.rates import rates
from darknumber.views.disclosure import disclose
from darknumber.views.published_rows import published, usual_tables
from darknumber.views.sdmx import AGENCY, Office, sdmx, write_sdmx
from darknumber.views.sdmx_codes import CODES
from darknumber.views.sdmx_structure import ATTRIBUTES, DIMENSIONS, REQUIRED
from darknumber.words import use_language
from tests.views.publication import estimates, residents

OFFICE = Office(area="528", vintage="2026-1", source="Example, a register", prepared=datetime.date(2026, 11, 22))
# The order in which agency IAEG-SDGs has them; written out, so that a change of ours is seen.
SDG = [
    *("FREQ", "REPORTING_TYPE", "SERIES", "REF_AREA", "SEX", "AGE", "URBANISATION", "INCOME_WEALTH_QUANTILE"),
    *("EDUCATION_LEV", "OCCUPATION", "CUST_BREAKDOWN", "COMPOSITE_BREAKDOWN", "DISABILITY_STATUS", "ACTIVITY"),
    "PRODUCT",
]


def publication(**odd):
    whole = estimates(**odd)
    tables = [*usual_tables(whole, [("sex",), ("form",)], [("2018", "2019")]), whole.by("year", "sex", "form")]
    over = [rates(whole, residents()), rates(whole, residents(), by=("year", "sex"))]
    every = [*tables, *(each.estimates for each in over)]
    protection = disclose(whole, groups=[("sex",), ("form",)], more=every)
    return published(tables, rates=over, protection=protection)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_sdmx(publication(in_2019="open"), tmp_path_factory.mktemp("sdmx"), OFFICE)


@pytest.fixture(scope="module")
def rows(files):
    return list(csv.DictReader(files[0].read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="module")
def dataset(files):
    (found,) = get_datasets(*files)  # the structure is validated against the schemas of SDMX-ML 3.0
    return found


def test_the_structure_is_that_of_the_goals_and_more(dataset):
    components = dataset.structure.components
    assert [each.id for each in components if each.role == Role.DIMENSION] == [*SDG, "TIME_PERIOD"]
    assert tuple(SDG) == DIMENSIONS
    assert [each.id for each in components if each.role == Role.MEASURE] == ["OBS_VALUE"]
    wanted = {
        *("UNIT_MEASURE", "UNIT_MULT", "NATURE", "OBS_STATUS", "LOWER_BOUND", "UPPER_BOUND"),
        *("SOURCE_DETAIL", "COMMENT_OBS", "TIME_DETAIL", "VINTAGE", "INTERVAL_LEVEL"),
    }
    assert {each.id for each in components if each.role == Role.ATTRIBUTE} >= wanted
    assert dataset.structure.agency == AGENCY


def test_every_cell_fits_its_component(dataset):
    frame = dataset.data.map(str)
    assert list(frame.columns) == [*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES]
    for component in dataset.structure.components:
        cells = [cell for cell in frame[component.id] if cell not in ("", "<NA>", "nan", "NaN")]
        if component.enumeration is not None:
            assert set(cells) <= {code.id for code in component.enumeration.codes}, component.id
        if component.role == Role.DIMENSION or component.id in REQUIRED:
            assert len(cells) == len(frame), component.id
        if component.id in ("OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "INTERVAL_LEVEL"):
            assert [cell for cell in cells if not math.isfinite(float(cell))] == [], component.id


def test_no_two_rows_have_the_same_key(rows):
    keys = [tuple(row[name] for name in (*DIMENSIONS, "TIME_PERIOD")) for row in rows]
    assert len(set(keys)) == len(keys)


def test_no_series_is_one_of_detected_victims(files, rows):
    for path in files:
        assert "VC_HTF" not in path.read_text(encoding="utf-8")
        assert "DETV" not in path.read_text(encoding="utf-8")
    assert all(row["SERIES"].startswith("MSE_HTF_") for row in rows)


def test_no_such_code_stands_anywhere_in_the_program(root):
    pages = [path for path in (root / "src").rglob("*") if path.suffix in (".py", ".toml", ".html", ".css", ".typ")]
    assert len(pages) > 100
    assert [path.name for path in pages if "DETV" in path.read_text(encoding="utf-8")] == []


def test_a_final_r_is_a_rate_and_nothing_else(rows):
    assert {row["SERIES"].endswith("R") for row in rows if row["UNIT_MEASURE"] == "PER_100000_POP"} == {True}
    assert {row["SERIES"].endswith("R") for row in rows if row["UNIT_MEASURE"] != "PER_100000_POP"} == {False}
    assert not [code for code in CODES["FORM"].values() if code.endswith("R")]


def test_estimates_are_estimates_and_counts_are_counts(rows):
    natures = {(row["SERIES"][:11], row["NATURE"]) for row in rows}
    assert natures == {("MSE_HTF_REG", "C"), ("MSE_HTF_TOT", "E"), ("MSE_HTF_UND", "E"), ("MSE_HTF_RAT", "E")}


def test_golden_rows(rows):
    named = {(row["SERIES"], row["SEX"], row["TIME_PERIOD"]): row for row in rows if row["CUST_BREAKDOWN"] == "_T"}
    row = named["MSE_HTF_TOTSX", "F", "2018"]
    shown = {name: row[name] for name in ("FREQ", "REF_AREA", "OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "OBS_STATUS")}
    assert shown == {
        "FREQ": "A",
        "REF_AREA": "528",
        "OBS_VALUE": "1200",
        "LOWER_BOUND": "790",
        "UPPER_BOUND": "1760",
        "OBS_STATUS": "E",
    }
    assert (row["VINTAGE"], row["SOURCE_DETAIL"], row["INTERVAL_LEVEL"]) == ("2026-1", "Example, a register", "0.95")
    mean = named["MSE_HTF_REG", "_T", "2018-01-01/P2Y"]
    assert (mean["FREQ"], mean["TIME_DETAIL"]) == ("_O", "annual mean 2018-2019")
    assert ("MSE_HTF_REGR", "M", "2021") in named


def test_what_is_missing_says_why(rows):
    hidden = [row for row in rows if row["CONF_STATUS"] == "C"]
    assert hidden
    assert {(row["OBS_VALUE"], row["OBS_STATUS"], row["LOWER_BOUND"], row["UPPER_BOUND"]) for row in hidden} == {
        ("NaN", "Q", "", "")
    }
    # without an upper limit there is no number in its place
    open_ended = [row for row in rows if row["COMMENT_OBS"] == "The interval has no upper limit."]
    assert open_ended
    assert {(row["UPPER_BOUND"], row["OBS_VALUE"] != "NaN", row["OBS_STATUS"]) for row in open_ended} == {
        ("", False, "Q")
    }
    made = sdmx(publication(in_2019="unknown"), OFFICE).data
    lost = [row for row in csv.DictReader(made.splitlines()) if row["OBS_STATUS"] == "O"]
    assert {(row["OBS_VALUE"], row["CONF_STATUS"]) for row in lost} == {("NaN", "F")}
    wide = sdmx(publication(in_2019="wide"), OFFICE).data
    assert [row for row in csv.DictReader(wide.splitlines()) if row["OBS_STATUS"] == "Q" and row["LOWER_BOUND"]]
    assert ",inf" not in made + wide
    assert ",nan," not in made + wide


def test_an_office_has_its_own_agency(tmp_path):
    office = Office(area="826", agency="GB1.HO", version="2.1.0", topic="MS")
    data, structure = write_sdmx(publication(), tmp_path, office)
    (found,) = get_datasets(data, structure)
    assert (found.structure.agency, found.structure.version) == ("GB1.HO", "2.1.0")
    assert AGENCY not in data.read_text(encoding="utf-8") + structure.read_text(encoding="utf-8")
    assert set(found.data["REF_AREA"]) == {"826"}


def test_codes_are_named_in_both_languages(files):
    message = read_sdmx(files[1])
    breakdown = next(each for each in message.structures if each.id == "CL_SERIES")
    text = files[1].read_text(encoding="utf-8")
    assert [text.count(f'xml:lang="{language}"') for language in ("en", "nl")] == [85, 85]
    assert {code.name for code in breakdown.codes} >= {"Estimated victims on no list (number)"}
    assert "niet in beeld" in text


def test_the_same_in_any_language_but_for_comments(files):
    with use_language("nl"):
        dutch = sdmx(publication(in_2019="open"), OFFICE)
    assert dutch.structure == files[1].read_text(encoding="utf-8")
    assert "bescherming van personen" in dutch.data


def test_years_apart_have_no_time_period():
    whole = estimates()
    tables = [whole.by("year"), whole.by("year").mean("year", ("2018", "2021"))]
    assert sdmx(published(tables), OFFICE).left_out == 4


def test_data_without_a_year_need_a_period():
    whole = published([estimates().by("sex")])
    with pytest.raises(InputError) as caught:
        sdmx(whole, OFFICE)
    assert caught.value.code == "no_period"
    made = sdmx(whole, Office(area="528", period="2018-2021")).data
    assert {row["TIME_PERIOD"] for row in csv.DictReader(made.splitlines())} == {"2018-01-01/P4Y"}


@pytest.mark.parametrize(
    "wrong",
    [{"agency": "1CBS"}, {"agency": "C B S"}, {"area": ""}, {"version": "1"}, {"topic": "a b"}, {"period": "lately"}],
)
def test_names_that_sdmx_cannot_have(wrong):
    with pytest.raises(InputError) as caught:
        Office(**{"area": "528", **wrong})
    assert caught.value.code == "bad_sdmx_name"
