"""Mapping files: read, refused with a line, and written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.errors import DarknumberError, InputError
from darknumber.register.reading.mapping import Mapping, Origin, guess_mapping
from darknumber.register.reading.mapping_file import mapping_of, mapping_text, read_mapping
from darknumber.register.reading.schema import field_of, fields, is_pseudonym, sets
from darknumber.words import LANGUAGES, use_language

WHOLE = """
organisation = "Melder"

[report_date]
column = "Datum"
dates = "month first"

[sex]
column = "Geslacht"
[sex.codes]
1 = "Vrouw"
9 = ""

[means]
column = "Middelen"
separator = "/"
[means.yes_no]
"Geweld?" = "M1"

[region]
constant = "Oost"
"""


def test_a_whole_mapping():
    assert mapping_of(WHOLE, "m.toml") == Mapping(
        fields={
            "organisation": Origin(column="Melder"),
            "report_date": Origin(column="Datum", dates="month first"),
            "sex": Origin(column="Geslacht", codes={"1": "female", "9": ""}),
            "means": Origin(column="Middelen", separator="/", members={"Geweld?": "M1"}),
            "region": Origin(constant="Oost"),
        }
    )


def test_what_may_be_a_row_of_somebody_is_not_told():
    """Of a file without headings the first row stands where these should be."""
    first = ["police", "2019-01-02", "Tsega", "Mehari", "1990-05-06"]
    sure = Mapping(fields={"organisation": Origin(column="police"), "year": Origin(column="2019-01-02")})
    assert sure.unused(first) == ("Tsega", "Mehari", "1990-05-06")
    for origins in (
        {"organisation": Origin(constant="police"), "year": Origin(column="2019-01-02")},
        {"organisation": Origin(column="police"), "year": Origin(constant="2019")},
        {"surname": Origin(column="police")},
    ):
        mapping = Mapping(fields=origins)
        told = mapping.unused(first)
        assert told[-3:] == ("column 3", "column 4", "column 5")
        assert "Mehari" not in mapping_text(mapping, first, "reports.csv")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('a = "b"\nsex = 3', 2, "sex"),
        ('\nsexe = "a"', 2, "sexe"),
        ('[sex]\ncolum = "a"', 2, "sex.colum"),
        ('[sex]\ncolumn = "a"\n[sex.codes]\nV = "female"\nX = "vrow"', 5, "sex.codes.X"),
        ('[sex]\ncolumn = "a"\n[sex.codes]\nV = 1', 4, "sex.codes.V"),
        ('[sex]\ncolumn = ""', 2, "sex.column"),
        ('[sex]\ncolumn = "a"\ncodes = "V"', 3, "sex.codes"),
        ('[means]\n[means.yes_no]\nx = "M7"', 3, "means.yes_no.x"),
    ],
)
def test_where_it_is_wrong(text, line, what):
    with pytest.raises(InputError) as refused:
        mapping_of(text.replace('a = "b"\n', "\n"), "m.toml")
    assert (refused.value.code, refused.value.values["line"], refused.value.values["where"]) == (
        "in_mapping",
        line,
        what,
    )


def test_no_toml():
    with pytest.raises(InputError) as refused:
        mapping_of("\nZwaantje;3-4-1991", "reports.csv")
    assert refused.value.code == "mapping_no_toml"
    assert refused.value.values == {"file": "reports.csv", "line": 2}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_files_from_office_editors(tmp_path, encoding):
    path = tmp_path / "m.toml"
    path.write_bytes('given_name = "Prénom"\r\n'.encode(encoding))
    assert read_mapping(path).fields["given_name"].column == "Prénom"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_is_explained_and_reads_back(language):
    headings = [*(name for name in fields() if not is_pseudonym(name)), "iets anders"]
    guessed = guess_mapping(headings)
    with use_language(language):
        text = mapping_text(guessed, headings, "meldingen.csv")
    assert mapping_of(text, "m.toml") == guessed
    assert '"iets anders"' in text
    assert max(map(len, text.splitlines())) <= 100


def origins_for(name: str) -> st.SearchStrategy[Origin]:
    about = field_of(name)
    words = st.text(min_size=1, max_size=8).filter(lambda text: text.strip() == text and "\r" not in text)
    codes = st.sampled_from([*about.codes, ""]) if about.codes else words
    named = st.dictionaries(words, codes, max_size=3)
    dates = st.sampled_from(["day first", "month first"]) if about.kind in ("date", "year") else st.just("day first")
    members = (
        st.dictionaries(words, st.sampled_from(sorted(about.codes)), max_size=3) if about in sets() else st.just({})
    )
    return st.builds(Origin, column=words, codes=named, dates=dates, members=members)


@given(
    st.sampled_from([name for name in fields() if not is_pseudonym(name)]).flatmap(
        lambda name: origins_for(name).map(lambda origin: (name, origin))
    )
)
def test_any_mapping_reads_back(case):
    name, origin = case
    mapping = Mapping(fields={name: origin})
    assert mapping_of(mapping_text(mapping, list(origin.headings), "a.csv"), "m.toml") == mapping


def said(text: str) -> str:
    """What comes of a text: nothing, or an error of ours in words; anything else is raised."""
    try:
        mapping_of(text, "m.toml")
    except DarknumberError as error:
        return str(error)
    return ""


@given(st.text())
def test_any_text_is_a_mapping_or_an_error_of_ours(text):
    assert said(text) or mapping_of(text, "m.toml").fields is not None


def as_table(tree: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key} = {value}" for key, value in tree.items()) + "}"


KEYS = st.sampled_from(["column", "codes", "yes_no", "dates", "constant", "separator", "x"])
TREES = st.recursive(
    st.sampled_from(["1", '"a"', "true", "[]", "2020-01-01", '""', '"M1"']),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3).map(as_table),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["sex", "means", "year", "denied", "organisation", "y"]), TREES))
def test_any_tree_is_a_mapping_or_an_error_of_ours(tree):
    text = "\n".join(f"{key} = {value}" for key, value in tree.items())
    assert said(text) or set(mapping_of(text, "m.toml").fields) == set(tree)
