"""A study file to start from: it can be read, all of it, and run."""

from __future__ import annotations

import csv
import re

import pytest

from darknumber.data.examples import example
from darknumber.errors import InputError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.store import save
from darknumber.register.synthetic.synthetic_reports import synthetic_reports
from darknumber.run.prepare import prepare
from darknumber.run.starter import starter
from darknumber.run.study_file import read_study
from darknumber.words import use_language

PEOPLE = 'Persoon;Jaar;Politie;Zorg en "hulp";Vorm\n' + "".join(
    f"p{k};201{k % 3};{'ja' if k % 2 else 'nee'};{'nee' if k % 2 and k % 5 else 'ja'};{'a' if k % 4 else 'b'}\n"
    for k in range(60)
)
WIDTH = 100


@pytest.fixture
def people(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    path = folder / "people.csv"
    path.write_text(PEOPLE.replace('Zorg en "hulp"', '"Zorg en ""hulp"""'))
    return path


@pytest.mark.parametrize("language", ["en", "nl"])
def test_it_reads_back_and_counts_what_is_in_the_file(tmp_path, people, language):
    with use_language(language):
        text = starter(people, folder=tmp_path)
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    file = read_study(path)
    assert file.study.data.source == "data/people.csv"
    assert file.study.data.id == "Persoon"
    assert list(file.study.lists) == ["Politie", 'Zorg en "hulp"']
    assert file.study.study.languages == (language,)
    assert prepare(file).table.count.sum() == 60


@pytest.mark.parametrize("source", ["people", "register", "uk-2013-5"])
def test_every_commented_key_is_one_that_can_be_used(tmp_path, people, source):
    text = starter(people if source == "people" else source, folder=tmp_path)
    used = re.sub(r"(?m)^# (\w+ = |\[)", r"\1", text)
    path = tmp_path / "all.toml"
    path.write_text(used, encoding="utf-8")
    study = read_study(path).study
    assert study.letter is not None
    assert study.beside[0].country == "NLD"
    assert len(re.findall(r"(?m)^\w+ = ", used)) > 60


@pytest.mark.parametrize("language", ["en", "nl"])
def test_of_reports_the_organisations_are_the_lists(tmp_path, language):
    made = synthetic_reports(800, seed=2)
    source = tmp_path / "canonical.csv"
    with source.open("w", newline="") as stream:
        csv.writer(stream).writerows([[*made.columns], *zip(*made.columns.values(), strict=True)])
    with use_language(language):
        text = starter(source, folder=tmp_path)
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    study = read_study(path).study
    assert study.data.rows == "reports"
    assert study.reports.method == "probabilistic"
    assert "police" in study.lists
    assert {"year", "sex", "age"} <= set(study.covariates)
    found = prepare(read_study(path))
    assert found.table.lists == tuple(study.lists)


def test_lines_are_short_enough_to_read(tmp_path):
    assert max(map(len, starter("register", folder=tmp_path).splitlines())) <= WIDTH


def test_the_rapporteurs_groups_stand_ready_where_the_data_have_them(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(starter("register", folder=tmp_path))
    prepared = prepare(read_study(path))
    assert prepared.table == example("register")
    assert [each.name for each in prepared.groups] == ["four"]


def test_no_study_starts_from_what_was_kept(tmp_path):
    kept = save(estimate(example("uk-2013"), "independence", Bootstrap(replicates=40), seed=1), tmp_path / "answer.dn")
    with pytest.raises(InputError) as caught:
        starter(kept, folder=tmp_path)
    assert caught.value.code == "study_of_kept"
