"""The command `estimate` with the option ``--times``."""

from __future__ import annotations

import json

import pytest

from darknumber.cli.app import run
from darknumber.inference.store import load


@pytest.fixture
def path(tmp_path):
    rows = [
        "seen,sex,n",
        "1,female,120",
        "2,female,40",
        "3,female,12",
        "1,male,90",
        "2,male,35",
        "3,male,15",
        "4,male,4",
    ]
    place = tmp_path / "seen.csv"
    place.write_text("\n".join(rows))
    return place


ASKED = ("--times", "seen", "--count", "n", "--covariates", "sex")


def test_an_answer_and_its_file(path, tmp_path, capsys):
    kept = tmp_path / "answer.dn"
    how = ("--interval", "bootstrap(replicates=50)", "--by", "sex", "--workers", "1", "--out", str(kept))
    assert run(["estimate", str(path), *ASKED, *how]) == 0
    said = capsys.readouterr().out
    assert "one list" in said
    assert "women and girls" in said
    assert load(kept).fits[0].data.lists == ("seen",)


def test_as_json_with_limits_of_the_total(path, capsys):
    assert run(["estimate", str(path), *ASKED, "--model", "sightings", "--interval", "lognormal", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"] == "sightings"
    assert found["total"]["observed"] == [316]
    assert found["total"]["lower"][0] > 316


def test_limits_of_one_group(path, capsys):
    assert run(["estimate", str(path), *ASKED, "--model", "sightings", "--interval", "lognormal", "--by", "sex"]) == 0
    assert "men and boys" in capsys.readouterr().out


def test_options_about_lists_are_refused(path, capsys):
    assert run(["estimate", str(path), *ASKED, "--lists", "a,b"]) != 0
    assert "--lists" in capsys.readouterr().err
    assert run(["estimate", str(path), *ASKED, "--by", "age"]) != 0


def test_the_model_is_described(capsys):
    assert run(["models", "sightings"]) == 0
    assert "Poisson" in capsys.readouterr().out
    assert run(["models"]) == 0
    assert "--times" in capsys.readouterr().out
