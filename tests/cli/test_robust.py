"""Doubly robust estimates on the command line: rows on people, numbers among their covariates."""

from __future__ import annotations

import json

import numpy as np
import pytest

from darknumber.inference.store import load
from tests.cli.asking import ask
from tests.robust import frame

DONE, WRONG_OPTION, BAD_DATA, NO_FINITE_ESTIMATE = 0, 2, 3, 4
PEOPLE = 2000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    rng = np.random.default_rng(2)
    rows = frame(PEOPLE, 1, 2, -1.0, rng).rename(columns={"y1": "police", "y2": "care", "x1": "age"})
    path = tmp_path_factory.mktemp("robust") / "people.csv"
    rows.assign(sex=rng.choice(["f", "m"], len(rows)), year=2019 + np.arange(len(rows)) % 2).to_csv(path, index=False)
    return path


READING = ("--lists", "police,care", "--covariates", "age,sex,year", "--model")


def test_an_estimate_with_a_number_is_by_levels_and_is_kept(path, tmp_path, capsys):
    kept = tmp_path / "answer.dn"
    asked = ("estimate", path, *READING, "doubly-robust", "--by", "sex", "--seed", "1", "--out", kept)
    assert ask(*asked) == DONE
    text = capsys.readouterr().out
    assert "Taken as a number: age" in text
    assert "influence function" in text
    total = load(kept).total()
    assert total.limits[0, 0] < PEOPLE < total.limits[0, 1]
    assert ask("estimate", path, *READING, "doubly-robust", "--json", "--seed", "1") == DONE
    told = json.loads(capsys.readouterr().out)["total"]
    assert told["estimate"][0] == pytest.approx(total.estimate[0])
    assert ask("report", kept, "--out", tmp_path / "report.html", "--no-panel") == DONE


def test_settings_are_text(path, capsys):
    model = "doubly-robust(numbers=(age, year), degree=2, folds=2, odds_ratio=1.5)"
    assert ask("estimate", path, *READING, model, "--interval", "bootstrap(replicates=40)") == DONE
    assert "Taken as numbers: age and year" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("doubly-robust", "--not-kept", "care:year=2019"), "--not-kept"),
        (("doubly-robust", "--by", "height"), "height"),
        (("doubly-robust", "--interval", "profile"), "profile"),
        (("doubly-robust(folds=0)",), "folds"),
        (("doubly-robust(lists=(police, court))",), "court"),
    ],
)
def test_what_cannot_be_asked_is_told(path, capsys, arguments, said):
    assert ask("estimate", path, *READING, *arguments) in (WRONG_OPTION, BAD_DATA, NO_FINITE_ESTIMATE)
    assert said in capsys.readouterr().err


def test_people_that_numbers_tell_apart_are_not_taken_for_counts(path, capsys):
    """The year, which is not named, stands last and holds whole numbers: it could be a count."""
    reading = ("estimate", path, "--lists", "police,care", "--covariates", "age,sex", "--model", "doubly-robust")
    assert ask(*reading) == BAD_DATA
    assert "--rows people" in capsys.readouterr().err
    assert ask(*reading, "--rows", "people") == DONE
    assert "1,473" in capsys.readouterr().out
    assert ask("estimate", "kosovo-1999", "--model", "doubly-robust", "--interval", "bootstrap(replicates=40)") == DONE


def test_the_model_is_described(capsys):
    assert ask("models", "doubly-robust") == DONE
    assert "odds_ratio = 1.0" in capsys.readouterr().out
