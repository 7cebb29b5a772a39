"""``darknumber rates``: from kept estimates and a file of residents to rates, for people and for machines."""

from __future__ import annotations

import json

import numpy as np
import pytest

from darknumber.cli import main
from darknumber.data.table import CaptureTable, Covariate
from darknumber.inference.estimate import estimate
from darknumber.inference.store import save

YEAR = Covariate(name="year", levels=("2018", "2019"), values=(2018.0, 2019.0))
SEX = Covariate(name="sex", levels=("female", "male"))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rates")
    histories = np.tile([1, 2, 3], 4)
    levels = [np.repeat([0, 0, 1, 1], 3), np.repeat([0, 1, 0, 1], 3)]
    table = CaptureTable.build(
        ("police", "care"),
        histories,
        [60, 40, 20, 50, 30, 15, 70, 45, 22, 40, 30, 10],
        covariates=(YEAR, SEX),
        levels=levels,
    )
    save(estimate(table, "chapman", "bootstrap(replicates=99)", seed=1, workers=1), folder / "answer.dn")
    lines = ["jaar;geslacht;leeftijd;aantal"]
    for year in (2018, 2019):
        lines += [
            f"{year};{sex};{age};8.{year % 100}{n}.345"
            for sex in ("vrouwen", "mannen")
            for n, age in enumerate(("0-17", "18+"))
        ]
    (folder / "residents.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def run(files, *arguments):
    with pytest.raises(SystemExit) as caught:
        main(["rates", str(files / "answer.dn"), "--residents", str(files / "residents.csv"), *arguments])
    return caught.value.code


SPLIT = ("--columns", "geslacht=sex", "--levels", "vrouwen=female,mannen=male")


def test_rates_for_people(files, capsys):
    assert run(files, "--by", "year,sex", *SPLIT, "--ratios") == 0
    told = capsys.readouterr().out
    assert "per 100,000 residents" in told
    assert "ratio of the sums" in told


def test_rates_for_machines(files, capsys):
    assert run(files, "--by", "sex", *SPLIT, "--years", "2019", "--per", "1000", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["per"], told["years"], told["ratios"]) == (1000, ["2019"], None)
    assert told["rates"]["sex"] == ["female", "male"]
    assert told["rates"]["residents"] == [pytest.approx(8_190_345 + 8_191_345)] * 2


def test_in_dutch(files, capsys):
    assert run(files, "--lang", "nl") == 0
    assert "inwoners" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--by", "sex"), 3, "geslacht"),
        (("--columns", "geslacht"), 2, "--columns"),
        (("--ages", "minor=young"), 2, "--ages"),
        (("--decimal", "semicolon"), 2, "decimal"),
        (("--people", "inwoners"), 3, "inwoners"),
        (("--years", "2030"), 3, "2030"),
        (("--per", "0"), 3, "100000"),
    ],
)
def test_what_is_wrong_is_said(files, capsys, arguments, code, said):
    assert run(files, *arguments) == code
    assert said in capsys.readouterr().err
