"""Studies whose rows are reports: linked to people, with the doubt about links in the answer."""

import numpy as np
import pytest

from darknumber.data.drawn import DrawnTables
from darknumber.errors import InputError
from darknumber.inference.doubt import variance_shares
from darknumber.register.synthetic.office_form import write_office_reports
from darknumber.register.synthetic.synthetic_reports import synthetic_reports
from darknumber.run.demo_reports import run_demo_from_reports
from darknumber.run.make import run_study, verify
from darknumber.run.prepare import prepare
from darknumber.run.study_file import read_study
from darknumber.words import use_language

STUDY = """
[study]
seed = 3

[data]
source = "meldingen.csv"
rows = "reports"
unit = "person-year"
last_year = 2018
extracted = 2020-04-01
synthetic = true

[reports]
mapping = "koppeling.toml"
draws = 4
{reports}

[lists.police]

[lists.border]

[lists.helpers]

[covariates.year]

[covariates.sex]

[definitions.border]
column = "border_definition"
values = ["yes"]
count = "out"

[model]
model = 'log-linear("helpers:police")'
interval = "bootstrap(replicates=40)"

[trust]
studies = []
"""
MERGED = 'merge = { helpers = ["coordinators", "shelters"] }'


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A folder with the reports of an office and the mapping that reads them."""
    folder = tmp_path_factory.mktemp("office")
    made = synthetic_reports(1_200, seed=5)
    (_,), mapping = write_office_reports(made, folder)
    assert mapping.name == "koppeling.toml"
    return folder


@pytest.fixture(scope="module")
def whole(office):
    """What is made of those reports, once for all who only look at it."""
    return prepare(read_study(written(office)))


def test_files_of_several_offices_are_one(office, whole):
    heading, *lines = (office / "meldingen.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
    try:
        (office / "eerste.csv").write_text(heading + "".join(lines[:700]), encoding="utf-8")
        (office / "rest.csv").write_text(heading + "".join(lines[700:]), encoding="utf-8")
        files = MERGED + '\nfiles = { "rest.csv" = "koppeling.toml" }'
        parts = prepare(read_study(written(office, files, **{'"meldingen.csv"': '"eerste.csv"'})))
        assert parts.table.columns() == whole.table.columns()
        assert [each.columns() for each in parts.counts.tables] == [each.columns() for each in whole.counts.tables]
        assert parts.table.name == "eerste.csv + rest.csv"
        before = parts.data_hash
        (office / "rest.csv").write_text(heading + "".join(lines[701:]), encoding="utf-8")
        assert prepare(read_study(office / "study.toml")).data_hash != before
    finally:
        (office / "eerste.csv").unlink()
        (office / "rest.csv").unlink()


def written(office, reports=MERGED, **changes):
    text = STUDY.replace("{reports}", reports)
    for old, new in changes.items():
        text = text.replace(old, new)
    path = office / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_counts_are_those_of_linked_reports_under_the_definition_and_years(whole):
    assert isinstance(whole.counts, DrawnTables)
    assert whole.counts.draws == 4
    table = whole.table
    assert table.lists == ("police", "border", "helpers")
    assert [covariate.name for covariate in table.covariates] == ["year", "sex"]
    assert "2019" not in table.covariates[0].levels
    assert {each.code for each in table.findings} >= {"synthetic_data"}
    other = whole.others["border"]
    assert isinstance(other, DrawnTables)
    assert other.best.count.sum() >= table.count.sum()
    for each in whole.counts.tables:
        assert each.covariates == table.covariates


def test_a_run_from_reports_can_be_verified_and_tells_of_its_links(office):
    finished = run_study(written(office), office / "out")
    shares = variance_shares(finished.answers.main)
    assert shares is not None
    assert shares.sampling + shares.model + shares.linkage == pytest.approx(1, abs=1e-6)
    page = (finished.folder / "en" / "report.html").read_text(encoding="utf-8")
    assert "who is who" in page
    assert verify(finished.folder).equal


@pytest.mark.parametrize(
    ("reports", "changes", "line_of"),
    [
        ('mapping = "nowhere.toml"', {'mapping = "koppeling.toml"\n': ""}, "mapping = "),
        ('definition = "everybody who is sad"', {}, "[reports]"),
        ('method = "guessing"', {}, "method = "),
        ("threshold = 2.0", {}, "[reports]"),
        (MERGED, {'rows = "reports"': 'rows = "reports"\nid = "Dossiernummer"'}, "id = "),
        ('merge = { helpers = ["nobody"] }', {}, "[reports]"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(office, reports, changes, line_of):
    path = written(office, reports, **changes)
    with pytest.raises(InputError) as caught:
        prepare(read_study(path))
    assert caught.value.code == "in_study"
    line = path.read_text(encoding="utf-8").splitlines()[caught.value.values["line"] - 1]
    assert line.startswith(line_of)


def test_the_same_answer_whatever_was_done_before(office, whole):
    other = prepare(read_study(written(office)))
    assert whole.data_hash == other.data_hash
    assert whole.counts.weights == other.counts.weights
    for a, b in zip(whole.counts.tables, other.counts.tables, strict=True):
        np.testing.assert_array_equal(a.count, b.count)


def test_the_demo_goes_the_whole_line(tmp_path):
    with use_language("nl"):
        _, text = run_demo_from_reports(tmp_path, reports=1_000, draws=2, replicates=4, studies=())
    assert (tmp_path / "study-reports.toml").exists()
    for part in ("meldingen", "signaal", "gekoppeld"):
        assert part in text
