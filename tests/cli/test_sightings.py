"""The command `estimate` with the option ``--times``."""

from __future__ import annotations

import json

import pytest

from darknumber.cli import trust  # noqa: F401 - commands are there once their file is fetched
from darknumber.cli.app import run
from darknumber.inference.store import load
from darknumber.studies.laws import laws


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


def test_a_kept_answer_says_what_other_laws_give(path, tmp_path, capsys):
    kept = tmp_path / "answer.dn"
    how = ("--model", "sightings", "--interval", "bootstrap(replicates=50)", "--workers", "1")
    assert run(["estimate", str(path), *ASKED, *how, "--out", str(kept)]) == 0
    capsys.readouterr()
    assert run(["laws", str(kept)]) == 0
    assert capsys.readouterr().out == f"{laws(load(kept))}\n"
    for more, named in ((ASKED[:2], "--times"), (("--level", "0.9"), "--level"), (("--lists", "a"), "--lists")):
        assert run(["laws", str(kept), *more]) == 2
        assert named in capsys.readouterr().err
    assert run(["laws", str(path)]) == 2
    assert "--times" in capsys.readouterr().err


def test_a_kept_answer_of_several_lists_has_no_laws(tmp_path, capsys):
    kept = tmp_path / "answer.dn"
    how = ("--model", "independence", "--interval", "lognormal")
    assert run(["estimate", "uk-2013-5", *how, "--out", str(kept)]) == 0
    assert run(["laws", str(kept)]) == 3
    assert "several lists" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["check", "compare", "search", "omit", "validate", "diagnose"])
def test_commands_about_several_lists_say_which_is_about_one(path, verb, capsys):
    assert run([verb, str(path), "--times", "seen"]) == 2
    assert "darknumber laws --times" in " ".join(capsys.readouterr().err.split())


def test_very_many_levels_are_told_before_the_work(tmp_path, capsys):
    rows = [f"{1 + n % 3},{n % 41},{'mf'[n % 2]}" for n in range(410)]
    place = tmp_path / "ages.csv"
    place.write_text("\n".join(["seen,age,sex", *rows]))
    asked = ("--times", "seen", "--model", "sightings(terms=1)")
    assert run(["laws", str(place), *asked, "--covariates", "sex,age"]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "ge has 41 levels, and 410 people are counted" in told
    assert run(["laws", str(place), *asked, "--covariates", "sex"]) == 0
    assert capsys.readouterr().err == ""
