"""How columns and codes become the canonical ones: guessed, and checked."""

from __future__ import annotations

import pytest

from darknumber.errors import InputError
from darknumber.register.reading.mapping import Mapping, Origin, check_complete, guess_mapping
from darknumber.register.reading.schema import fields, is_pseudonym


def columns(*headings: str) -> dict[str, str]:
    return {name: origin.column for name, origin in guess_mapping(headings).fields.items()}


def code_of(act) -> str:
    with pytest.raises(InputError) as refused:
        act()
    return refused.value.code


def test_dutch_headings():
    assert columns("Meldingsnummer", "Datum melding", "MELDER", "Geb.datum", "geslacht", "Vorm_van_uitbuiting") == {
        "report_id": "Meldingsnummer",
        "report_date": "Datum melding",
        "organisation": "MELDER",
        "birth_date": "Geb.datum",
        "sex": "geslacht",
        "form": "Vorm_van_uitbuiting",
    }


def test_every_field_is_known_by_its_own_name():
    names = [name for name in fields() if not is_pseudonym(name)]
    assert columns(*names) == {name: name for name in names}
    assert columns(*reversed(names)) == {name: name for name in names}


def test_a_heading_is_one_field_only():
    assert columns("nationality") == {"nationality": "nationality"}
    assert columns("datum", "melddatum") == {"report_date": "melddatum"}


def test_columns_of_yes_and_no():
    found = guess_mapping(["organisatie", "jaar", "geweld", "S3", "1.01"])
    assert found.fields["means"].members == {"geweld": "M1"}
    assert found.fields["signals"].members == {"S3": "S3"}
    assert found.fields["indicators"].members == {"1.01": "1.01"}


def test_what_is_not_used():
    assert guess_mapping(["organisatie", "jaar", "opmerking", ""]).unused(["organisatie", "jaar", "opmerking", ""]) == (
        "opmerking",
    )


@pytest.mark.parametrize(
    ("origins", "code"),
    [
        ({"sexe": Origin(column="a")}, "mapping_unknown_field_near"),
        ({"sex": Origin()}, "mapping_one_origin"),
        ({"sex": Origin(column="a", constant="female")}, "mapping_one_origin"),
        ({"sex": Origin(constant="femal")}, "mapping_unknown_code_near"),
        ({"sex": Origin(column="a", codes={"1": "woman?"})}, "mapping_unknown_code"),
        ({"sex": Origin(column="a", members={"b": "M1"})}, "mapping_no_set"),
        ({"denied": Origin(members={"b": "M1"})}, "mapping_no_set"),
        ({"means": Origin(members={"b": ""})}, "mapping_unknown_code"),
        ({"report_date": Origin(column="a", dates="year first")}, "mapping_dates"),  # type: ignore[arg-type]
    ],
)
def test_what_is_refused(origins, code):
    assert code_of(lambda: Mapping(fields=origins)) == code


def test_codes_are_said_in_any_known_way():
    found = Mapping(fields={"sex": Origin(column="a", codes={"1": "Vrouw", "9": ""})})
    assert found.fields["sex"].codes == {"1": "female", "9": ""}
    assert Mapping(fields={"sex": Origin(constant="vrouw")}).fields["sex"].constant == "female"


def test_what_every_mapping_needs():
    assert code_of(lambda: check_complete(guess_mapping(["jaar"]), ["jaar"])) == "mapping_no_organisation"
    assert code_of(lambda: check_complete(guess_mapping(["melder"]), ["melder"])) == "mapping_no_date"


def test_a_file_without_headings_shows_nothing_of_its_first_row():
    row = ["7", "Zwaantje", "van Everdingen", "3-4-1991"]
    with pytest.raises(InputError) as refused:
        check_complete(guess_mapping(row), row)
    assert refused.value.code == "mapping_no_headings"
    assert refused.value.values == {"n": 4}
