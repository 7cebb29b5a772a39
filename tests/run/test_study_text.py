"""A study written as a file is the study that is read back."""

from __future__ import annotations

import datetime
from importlib.resources import files
from pathlib import Path

import pytest

from darknumber.run.study import (
    Assumed,
    Basics,
    Beside,
    CovariateOf,
    Data,
    Definition,
    Grouping,
    LetterOf,
    ListOf,
    Previous,
    Publication,
    Rated,
    Reported,
    Said,
    Study,
    Tables,
    Trust,
)
from darknumber.run.study_file import read_study
from darknumber.run.study_text import study_text
from darknumber.words import use_language

FULL = Study(
    study=Basics(
        title=Said(en="How many?", nl="Hoeveel?"),
        languages=("nl", "en"),
        published=datetime.date(2026, 11, 1),
        authors=("A. Jansen", 'B. "de" Vries'),
        seed=7,
    ),
    data=Data(source="mensen 2019.csv", rows="people", id="nummer", year="jaar", first_year=2010, synthetic=True),
    reports=Reported(files={"tweede.csv": ""}, merge={"other": ("NGO a", "NGO b")}, threshold=0.7),
    lists={"politie": ListOf(label=Said(nl="Politie"), not_kept={"jaar": ("2010", "2011")}), "zorg & co": ListOf()},
    covariates={"jaar": CovariateOf(), "sekse": CovariateOf(levels={"m": Said(en="men", nl="mannen")})},
    groupings={
        "four": Grouping(ready="rapporteur-four"),
        "own": Grouping(of=("sekse",), levels={"all": (("m", "v"),)}),
    },
    definitions={"border": Definition(column="grens", values=("ja",), count="out")},
    model=Assumed(model="stepwise(criterion=bic, max_order=2)", interval="bootstrap(replicates=50)", level=0.9),
    tables=Tables(groups=(("sekse",), ("jaar", "sekse")), means=(("2018", "2019"),)),
    trust=Trust(studies=(), threshold=5000.0),
    rates=Rated(residents="inwoners.csv", by=((), ("year",)), columns={"year": "jaar"}, ages={"minor": (0, 17)}),
    publication=Publication(floor=3, merge={"jaar": {"vroeg": ("2010", "2011")}}, draws=True, formats=("html",)),
    letter=LetterOf(sender=Said(en="We", nl="Wij"), years=2),
    beside=(Beside(country="NLD"), Beside(title=Said(en="Other", nl="Anders"), file="anders.csv")),
    previous=Previous(folder="oud-run", count={"border": "in"}),
)

FILLED = {"LANGUAGES": '["en"]', "SEED": "1", "REPLICATES": "20", "STUDIES": '["check"]', "REVISED": "20"}
FILLED |= {"DRAWS": "5", "SOURCE": "reports.csv", "MAPPING": "mapping.toml"}


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "study", [FULL, Study(data=Data(source="uk")), Study(data=Data(source="uk"), letter=LetterOf())]
)
def test_a_study_comes_back_from_its_text(study, language, tmp_path: Path):
    path = tmp_path / "study.toml"
    with use_language(language):
        path.write_text(study_text(study), encoding="utf-8")
    assert read_study(path).study == study


@pytest.mark.parametrize("name", ["demo_study", "demo_study_2017", "demo_study_reports"])
def test_the_built_in_studies_come_back(name, tmp_path: Path):
    given = tmp_path / "given.toml"
    text = files("darknumber.run").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    for word, value in FILLED.items():
        text = text.replace(f"@{word}@", value)
    given.write_text(text, encoding="utf-8")
    study = read_study(given).study
    again = tmp_path / "again.toml"
    again.write_text(study_text(study), encoding="utf-8")
    assert read_study(again).study == study
