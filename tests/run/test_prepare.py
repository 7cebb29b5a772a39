"""The data of a study: cut, counted under each definition, and checked against what the file names."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.run.prepare import prepare
from darknumber.run.study_file import read_study

COUNTS = """\
police,care,shelter,year,form,border,n
1,0,0,2017,sexual,no,40
0,1,0,2017,sexual,no,30
1,1,0,2017,sexual,no,6
0,0,1,2017,labour,no,12
1,0,0,2018,sexual,no,30
0,1,0,2018,labour,no,21
1,1,0,2018,labour,no,5
0,1,1,2018,labour,no,4
1,0,0,2018,labour,yes,11
1,0,0,2019,sexual,yes,7
0,1,0,2019,sexual,no,9
"""
STUDY = """\
[data]
source = "counts.csv"
[lists.police]
[lists.care]
[lists.shelter]
[covariates.year]
[covariates.form]
[definitions.border]
column = "border"
values = ["yes"]
"""
DATED = "who,list,seen,year\n1,police,2016-01-01,2015\n1,care,2016-03-01,2015\n2,care,2016-01-05,2015\n"


def study(tmp_path, more="", text=STUDY):
    (tmp_path / "counts.csv").write_text(COUNTS)
    path = tmp_path / "study.toml"
    path.write_text(text + more)
    return read_study(path)


def test_a_definition_counts_both_ways(tmp_path):
    found = prepare(study(tmp_path))
    assert found.table.count.sum() == 175
    assert found.others["border"].count.sum() == 175 - 18
    assert [covariate.name for covariate in found.table.covariates] == ["year", "form"]
    out = prepare(study(tmp_path, 'count = "out"\n'))
    assert out.table == found.others["border"]
    assert out.others["border"].count.sum() == 175


def test_only_the_years_of_the_study(tmp_path):
    found = prepare(study(tmp_path, text=STUDY.replace('"counts.csv"', '"counts.csv"\nfirst_year = 2018')))
    assert found.table.covariates[0].levels == ("2018", "2019")


def test_a_list_that_was_not_kept(tmp_path):
    gap = STUDY.replace("[lists.shelter]", '[lists.shelter]\nnot_kept = {year = ["2019"]}')
    table = prepare(study(tmp_path, text=gap)).table
    assert not table.operating.reshape(3, 2, 3)[2, :, 2].any()


def test_made_up_people_are_announced(tmp_path):
    text = STUDY.replace('"counts.csv"', '"counts.csv"\nsynthetic = true')
    assert Finding(code="synthetic_data") in prepare(study(tmp_path, text=text)).table.findings


def test_the_hash_is_of_the_bytes(tmp_path):
    assert prepare(study(tmp_path)).data_hash == hashlib.sha256(COUNTS.encode()).hexdigest()


def test_rows_registered_after_the_extraction_do_not_count(tmp_path):
    (tmp_path / "people.csv").write_text(DATED)
    path = tmp_path / "study.toml"
    whole = (
        '[data]\nsource = "people.csv"\nid = "who"\nlist_column = "list"\nregistered = "seen"\n{}[covariates.year]\n'
    )
    for extracted, both in (("", 1), ("extracted = 2016-02-01\n", 0)):
        path.write_text(whole.format(extracted))
        table = prepare(read_study(path)).table
        assert (table.count.sum(), table.overlaps[0, 1]) == (2, both)


@pytest.mark.parametrize(
    ("more", "line", "code"),
    [
        ('[tables]\ngroups = [["form", "sex"]]\n', 12, "unknown_covariate"),
        ('[tables]\nmeans = [["2017", "2021"]]\n', 12, "unknown_level"),
        ('[groupings.two]\nof = ["form"]\nlevels = {one = [["sexual", "labor"]]}\n', 11, "unknown_level"),
        ("[groupings.two]\n", 11, "study_grouping_empty"),
        ('[groupings.form]\nof = ["form"]\nlevels = {one = [["sexual", "labour"]]}\n', 11, "repeated_names"),
        ('[definitions.other]\ncolumn = "form"\nvalues = ["organ"]\n', 11, "unknown_level"),
        ('[definitions.other]\ncolumn = "frm"\nvalues = ["organ"]\n', 12, "unknown_column"),
        ('[definitions.other]\ncolumn = "form"\nvalues = []\n', 11, "study_definition_splits"),
        ('[definitions.other]\ncolumn = "form"\nvalues = ["sexual", "labour"]\n', 11, "study_definition_splits"),
        ('[groupings.two]\nof = ["form"]\nlevels = {one = [["sexual"]]}\n', 11, "in_no_group"),
        (
            '[groupings.two]\nof = ["form"]\nlevels = {one = [["sexual"]], all = [["sexual", "labour"]]}\n',
            11,
            "in_two_groups",
        ),
        ('[tables]\ngroups = [["form"], ["form", "form"]]\n', 12, "repeated_names"),
        (
            '[tables]\ngroups = [["two", "form"]]\n[groupings.two]\nof = ["form"]\n'
            'levels = {one = [["sexual", "labour"]]}\n',
            12,
            "repeated_names",
        ),
        ('[tables]\ngroups = [["form"], []]\n', 12, "study_table_empty"),
        ("[tables]\nmeans = [[]]\n", 12, "no_levels"),
        ('[tables]\nmeans = [["2018", "2018"]]\n', 12, "study_year_twice"),
        ('[rates]\nresidents = "residents.csv"\nby = [["yaer"]]\n', 13, "unknown_covariate"),
        ('[publication]\nmerge = {frm = {all = ["sexual"]}}\n', 12, "unknown_covariate"),
        ('[publication]\nmerge = {form = {all = ["sexual", "labor"]}}\n', 12, "unknown_level"),
        ('[publication]\nmerge = {form = {one = ["sexual"], all = ["sexual", "labour"]}}\n', 12, "in_two_groups"),
        ('[covariates.form.levels]\nsexul = "sexual"\n', 12, "unknown_level"),
        ("[study]\nlanguages = []\n", 12, "study_no_language"),
        ("[lists.extra]\n", 11, "unknown_column"),
        ("[covariates.sex]\n", 11, "unknown_column"),
    ],
)
def test_what_is_not_in_the_data_is_refused_with_its_line(tmp_path, more, line, code):
    with pytest.raises(InputError) as refused:
        prepare(study(tmp_path, more))
    assert refused.value.code == "in_study"
    assert refused.value.__cause__.code.startswith(code)
    assert refused.value.values["line"] == line


def test_names_for_levels_that_do_not_occur_are_fine_where_each_that_does_has_one(tmp_path):
    named = STUDY.replace("[covariates.form]", '[covariates.form]\nlevels = {sexual = "a", labour = "b", organ = "c"}')
    assert prepare(study(tmp_path, text=named)).table.count.sum() == 175


def test_what_is_not_recorded_is_counted_among_who_is_left(tmp_path):
    cut = STUDY.replace('"counts.csv"', '"counts.csv"\nfirst_year = 2018')
    (tmp_path / "counts.csv").write_text(COUNTS.replace("1,0,0,2018,sexual", "1,0,0,2018,"))
    path = tmp_path / "study.toml"
    path.write_text(cut)
    found = prepare(read_study(path)).table
    told = [each for each in found.findings if each.code == "not_recorded"]
    assert [(each.where, each.values["n"]) for each in told] == [("form", 30)]


def test_data_that_cannot_be_used(tmp_path):
    without = STUDY.replace("[covariates.year]\n", "").replace('"counts.csv"', '"counts.csv"\nrows = "counts"')
    for text, code in (
        (STUDY.replace('"counts.csv"', '"counts.csv"\nfirst_year = 2030'), "study_no_years"),
        (STUDY.replace("counts.csv", "countz.csv"), "file_not_found_near"),
        (without + '[tables]\nmeans = [["2017"]]\n', "study_years_without_year"),
    ):
        with pytest.raises(InputError) as refused:
            prepare(study(tmp_path, text=text))
        assert refused.value.__cause__.code == code


def test_an_example_has_no_definitions(tmp_path):
    with pytest.raises(InputError) as refused:
        prepare(study(tmp_path, text=STUDY.replace('"counts.csv"', '"register"')))
    assert refused.value.__cause__.code == "study_example_definitions"


REFERRED = """\
who,list,seen,by
1,police,2016-01-01,
1,care,2016-01-09,police
2,care,2016-01-05,
2,police,2016-03-01,
3,police,2016-01-01,
3,care,2016-01-02,
"""
ROWS = '[data]\nsource = "rows.csv"\nid = "who"\nlist_column = "list"\n{}[lists.police]\n[lists.care]\n'


@pytest.mark.parametrize(
    ("said", "histories"),
    [
        ('referrals = "by"\ndrop_referred = "recorded"\n', [1, 3, 3]),
        ('dates = "seen"\ndrop_referred = 30\n', [1, 1, 3]),
        ('registered = "seen"\nextracted = 2016-12-31\ndrop_referred = 3\n', [1, 3, 3]),
        ("", [3, 3, 3]),
    ],
)
def test_entries_that_another_list_referred_are_dropped(tmp_path, said, histories):
    (tmp_path / "rows.csv").write_text(REFERRED)
    table = prepare(study(tmp_path, text=ROWS.format(said))).table
    assert sorted(np.repeat(table.history, table.count).tolist()) == histories


def test_dates_of_each_list_in_rows_of_one_person(tmp_path):
    rows = "police,care,p,c\n1,1,2020-01-01,2020-01-04\n1,0,2020-01-01,\n0,1,,2020-01-04\n"
    (tmp_path / "rows.csv").write_text(rows)
    text = '[data]\nsource = "rows.csv"\nrows = "people"\ndrop_referred = "5"\n'
    text += '[lists.police]\ndate = "p"\n[lists.care]\ndate = "c"\n'
    table = prepare(study(tmp_path, text=text)).table
    assert sorted(np.repeat(table.history, table.count).tolist()) == [1, 1, 2]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('referrals = "by"\n', "study_dates_without_use"),
        ('dates = "seen"\n', "study_dates_without_use"),
        ('dates = "seen"\nregistered = "seen"\nextracted = 2016-12-31\ndrop_referred = 3\n', "study_two_dates"),
        ('referrals = "by"\ndrop_referred = "some"\n', "bad_drop_referred"),
        ('referrals = "bye"\ndrop_referred = "recorded"\n', "unknown_column_near"),
    ],
)
def test_what_cannot_be_dropped(tmp_path, said, code):
    (tmp_path / "rows.csv").write_text(REFERRED)
    with pytest.raises(InputError) as refused:
        prepare(study(tmp_path, text=ROWS.format(said)))
    assert refused.value.__cause__.code == code
