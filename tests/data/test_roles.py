"""What columns seem to be."""

from __future__ import annotations

import pytest

from darknumber.data.roles import roles_of
from darknumber.errors import InputError

COUNTS = "police;care;year;n\n1;0;2018;10\n0;1;2018;8\n1;1;2018;3\n1;0;2019;10\n"
PEOPLE = "Persoon;Jaar;Politie;Zorg;Geslacht;Gezien;Opmerking\n" + "".join(
    f"p{k};201{k % 3};{'ja' if k % 2 else 'nee'};{'nee' if k % 3 else 'ja'};{'vrouw' if k % 4 else 'man'};"
    f"2016-01-{k % 27 + 1:02};tekst {k}\n"
    for k in range(60)
)
LONG = "who,organisation,year\n" + "".join(f"{k},{'police' if k % 2 else 'care'},201{k % 3}\n" for k in range(60))


def roles(tmp_path, text):
    path = tmp_path / "data.csv"
    path.write_text(text)
    return roles_of(path)


def test_a_table_of_counts(tmp_path):
    found = roles(tmp_path, COUNTS)
    assert found.rows == "counts"
    assert dict(found.roles) == {"police": "list", "care": "list", "year": "covariate", "n": "count"}
    assert found.year == "year"


def test_rows_on_people(tmp_path):
    found = roles(tmp_path, PEOPLE)
    assert found.rows == "people"
    assert dict(found.roles) == {
        "Persoon": "id",
        "Jaar": "covariate",
        "Politie": "list",
        "Zorg": "list",
        "Geslacht": "covariate",
        "Gezien": "date",
        "Opmerking": "id",
    }
    assert found.of("id")[0] == "Persoon"


def test_other_things_that_are_yes_or_no_are_marked_otherwise(tmp_path):
    text = "police,care,minor,n\n1,0,yes,10\n0,1,yes,8\n1,1,no,3\n1,0,no,4\n"
    assert dict(roles(tmp_path, text).roles) == {"police": "list", "care": "list", "minor": "covariate", "n": "count"}


def test_a_row_for_each_person_and_list(tmp_path):
    found = roles(tmp_path, LONG)
    assert found.of("list column") == ("organisation",)
    assert found.of("id") == ("who",)
    assert found.rows == "people"


@pytest.mark.parametrize("heading", ["aantal_contacten", "Times seen", "n_arrests"])
def test_how_often_people_are_on_one_list(tmp_path, heading):
    text = f"person;{heading};sex\n" + "".join(f"{k};{1 + (k % 5 == 0)};{'mf'[k % 2]}\n" for k in range(60))
    assert dict(roles(tmp_path, text).roles) == {"person": "id", heading: "times", "sex": "covariate"}
    counts = roles(tmp_path, f"{heading};sex;n\n1;m;40\n1;f;30\n2;m;5\n")
    assert dict(counts.roles) == {heading: "times", "sex": "covariate", "n": "count"}


def test_numbers_beside_lists_are_not_how_often_people_are_on_one(tmp_path):
    text = "police;care;contacts;n\n1;0;2;10\n0;1;1;8\n1;1;2;3\n1;0;1;10\n"
    assert roles(tmp_path, text).roles["contacts"] == "covariate"
    assert roles(tmp_path, LONG.replace("year", "contacts")).roles["contacts"] == "covariate"


@pytest.mark.parametrize("heading", ["Persoonsnummer", "persoon_id", "Pseudoniem (HMAC)", "Case number", "RIN"])
def test_who_it_is_may_stand_in_several_rows(tmp_path, heading):
    found = roles(tmp_path, LONG.replace("who", heading) + "7,police,2017\n")
    assert found.of("id") == (heading,)


def test_a_heading_alone_makes_no_id_of_a_covariate(tmp_path):
    rows = "".join(f"{k},{'a' if k % 2 else 'b'},{'police' if k % 3 else 'care'}\n" for k in range(60))
    assert roles(tmp_path, "who,house number,organisation\n" + rows).roles["house number"] == "covariate"


def test_no_value_of_any_column_comes_out(tmp_path):
    said = repr(roles(tmp_path, PEOPLE))
    assert "p1" not in said
    assert "vrouw" not in said


def test_a_file_without_rows_is_refused(tmp_path):
    with pytest.raises(InputError) as refused:
        roles(tmp_path, "police;care;n\n")
    assert refused.value.code == "no_rows"


@pytest.mark.parametrize(
    "text",
    [
        COUNTS,
        PEOPLE,
        LONG,
        "sex,born\nman,2013-02-01\nvrouw,2014-05-06\n",
        "surname,name,sex\nJansen,Piet,man\nJansen,Anna,vrouw\nBakker,Piet,man\n",
    ],
    ids=["counts", "people", "long", "dates", "names"],
)
def test_a_file_without_headings_is_told_and_its_first_row_is_not(tmp_path, text):
    _, _, headless = text.partition("\n")
    with pytest.raises(InputError) as refused:
        roles(tmp_path, headless)
    assert refused.value.code == "no_headings"
    assert refused.value.values == {"name": "data.csv"}


@pytest.mark.parametrize(
    "text",
    [
        "2013,2014,2015,n\n1,0,0,5\n0,1,1,6\n1,1,0,7\n",  # lists called as years
        "police,care,Dutch,minor,n\n1,0,Dutch,minor,5\n0,1,other,adult,6\n",  # columns called as one of their values
        "police,care,n\nx,,12\n,x,13\n",
    ],
    ids=["years", "values", "crosses"],
)
def test_headings_may_look_like_values(tmp_path, text):
    assert roles(tmp_path, text).roles
