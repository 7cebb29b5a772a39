"""What a study refuses to answer: a number that it would take for levels."""

from __future__ import annotations

import pytest

from darknumber.errors import InputError
from darknumber.run.make import run_study

STUDY = """\
[data]
source = "people.csv"
rows = "people"
[lists.police]
[lists.care]
[covariates.age]
[model]
model = "doubly-robust"
"""


def test_a_number_is_not_taken_for_levels(tmp_path):
    """The model would have a stratum for each age; a study counts people before it asks."""
    rows = [f"{n % 3 != 0:d},{n % 3 != 1:d},{18 + n % 40}" for n in range(400)]
    (tmp_path / "people.csv").write_text("\n".join(["police,care,age", *rows]), encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        run_study(tmp_path / "study.toml", workers=1)
    assert caught.value.__cause__.code == "study_number_as_levels"
    assert "line 6" in str(caught.value)
    assert "40" in str(caught.value)


def test_values_of_a_few_people_each_are_not_published(tmp_path):
    """Ages with a decimal, in a study of any model: a report would name each of them."""
    rows = [f"{n % 3 != 0:d};{n % 3 != 1:d};{18 + n % 60},5" for n in range(400)]
    (tmp_path / "people.csv").write_text("\n".join(["police;care;age", *rows]), encoding="utf-8")
    for model in ("", "doubly-robust", "partial-pooling"):
        (tmp_path / "study.toml").write_text(STUDY.replace("doubly-robust", model), encoding="utf-8")
        with pytest.raises(InputError) as caught:
            run_study(tmp_path / "study.toml", workers=1)
        number = model == "doubly-robust"
        assert caught.value.__cause__.code == ("study_number_as_levels" if number else "study_levels_of_few")


def test_many_values_of_many_people_each_are_answered(tmp_path):
    """Such as municipalities: with one list, where an answer takes no time."""
    rows = [f"{1 + n % 3},{n % 45}" for n in range(45 * 12)]
    (tmp_path / "people.csv").write_text("\n".join(["seen,place", *rows]), encoding="utf-8")
    told = '[data]\nsource = "people.csv"\ntimes = "seen"\n[covariates.place]\n[model]\nmodel = "sightings(terms=1)"\n'
    told += 'interval = "bootstrap(replicates=40)"\n[publication]\nformats = ["html"]\n'
    (tmp_path / "study.toml").write_text(told, encoding="utf-8")
    assert run_study(tmp_path / "study.toml", workers=1).answers.main.observed.sum() == 45 * 12
