"""A study of one list on which people are seen repeatedly: from its file to a folder that is made again to the byte."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import darknumber as dn
from darknumber.errors import InputError
from darknumber.run.make import run_study, verify
from darknumber.run.prepare import prepare
from darknumber.run.study_file import read_study

STUDY = """\
[study]
languages = ["en", "nl"]

[data]
source = "seen.csv"
times = "contacts"
first_year = 2020

[lists.contacts]
label = {en = "contacts with the police", nl = "contacten met de politie"}

[covariates.year]
[covariates.sex]

[definitions.fined]
column = "fined"
values = ["yes"]
count = "in"

[model]
model = "sightings(law=geometric)"
interval = "bootstrap(replicates=40)"

[publication]
formats = ["html"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    rng = np.random.default_rng(8)
    place = tmp_path_factory.mktemp("one")
    with (place / "seen.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["contacts", "sex", "year", "fined"])
        for _ in range(4000):
            sex, year = rng.integers(2), 2019 + rng.integers(3)
            seen = rng.geometric(0.6 - 0.1 * sex) - 1
            if seen:
                writer.writerow([seen, ("f", "m")[sex], year, ("yes", "no")[int(rng.random() < 0.2)]])
        for seen in (1, 1, 2, 1, 3):  # few people without a sex
            writer.writerow([seen, "", 2021, "yes"])
    (place / "study.toml").write_text(STUDY, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def finished(folder):
    return run_study(folder / "study.toml", workers=1)


def test_the_answer_is_that_of_the_verb_on_the_same_people(folder, finished):
    people = dn.read_frequencies(folder / "seen.csv", times="contacts", covariates=["year", "sex", "fined"])
    cut = people.select("year", ["2020", "2021"]).pool(["fined"])
    own = dn.estimate(cut, "sightings(law=geometric)", "bootstrap(replicates=40)", seed=1, workers=1)
    assert np.array_equal(finished.answers.main.draws, own.draws)
    assert finished.answers.main.fits[0].frequencies.by_times == cut.by_times
    (other,) = finished.answers.others.values()  # with the definition the other way round
    assert other.observed.sum() < own.observed.sum()


def test_the_folder_is_whole_and_comes_out_the_same_again(finished):
    page = (finished.folder / "en" / "report.html").read_text(encoding="utf-8")
    assert "How often people were seen" in page
    assert "contacts with the police" in page
    assert "negative binomial" in page  # whether the number can be trusted: other laws
    assert "contacten met de politie" in (finished.folder / "nl" / "report.html").read_text(encoding="utf-8")
    assert verify(finished.folder, workers=1).equal


@pytest.mark.parametrize(
    ("old", "new", "code", "told"),
    [
        ("[lists.contacts]", '[lists.contacts]\ndate = "year"', "study_times_others", "lists.contacts"),
        ("[model]", '[reports]\nmapping = "a.toml"\n[model]', "study_times_others", "reports"),
        ("[model]", '[previous]\nfolder = "before"\n[model]', "study_previous_one_list", "previous.folder"),
        ('times = "contacts"', 'times = "contacts"\nid = "sex"', "study_times_others", "id"),
        ('times = "contacts"', 'times = "contacts"\nrows = "people"', "study_times_others", "rows"),
        ("[lists.contacts]", "[lists.police]", "study_times_others", "lists.police"),
        ("[covariates.sex]", "[covariates.sexe]", "unknown_column", "sexe"),
        ("sightings(law=geometric)", "independence", "model_not_of_sightings", "independence"),
        ("bootstrap(replicates=40)", "profile", "interval_not_of_sightings", "profile"),
    ],
)
def test_what_is_about_several_lists_is_refused_with_its_line(folder, tmp_path, old, new, code, told):
    (tmp_path / "seen.csv").write_bytes((folder / "seen.csv").read_bytes())
    (tmp_path / "study.toml").write_text(STUDY.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        run_study(tmp_path / "study.toml", workers=1)
    assert caught.value.code == "in_study"
    assert caught.value.__cause__.code.startswith(code)
    assert "line" in str(caught.value)
    assert told in str(caught.value)


def test_few_people_are_in_no_file_that_is_published(finished):
    with (finished.folder / "estimates.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["measure"] == "registered" and row["value"]]
    assert rows
    assert all(float(row["value"]) >= 10 for row in rows if row["years"] == "1")
    seen = sorted((finished.folder / "en" / "tables").glob("*how-often-people-were-seen.csv"))[-1]
    with seen.open(encoding="utf-8", newline="") as file:
        people = [float(row["people"]) for row in csv.DictReader(file)]
    assert len(people) > 2
    assert all(count >= 10 and count % 5 == 0 for count in people)
    codes = {finding.code for finding in finished.prepared.table.findings}
    assert "not_recorded" in codes


def test_the_years_and_people_of_the_study_are_those_counted(folder):
    prepared = prepare(read_study(folder / "study.toml"))
    assert prepared.table.lists == ("contacts",)
    assert [each.levels for each in prepared.table.covariates] == [("2020", "2021"), ("f", "m", "not recorded")]
