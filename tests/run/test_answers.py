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
