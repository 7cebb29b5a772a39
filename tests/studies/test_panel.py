"""All studies of one answer in one call."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import Cancelled, InputError, ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.estimates import Estimates
from darknumber.studies import cost
from darknumber.studies.check import check
from darknumber.studies.diagnose import diagnose
from darknumber.studies.omit import omit
from darknumber.studies.panel import FRACTIONS, STUDIES, Panel, panel
from darknumber.studies.sensitivity import sensitivity
from darknumber.studies.trajectory import trajectory
from darknumber.studies.validate import validate
from darknumber.words import LANGUAGES, use_language

FAST = "bootstrap(replicates=40)"
WIDTH = 80


@pytest.fixture(scope="module")
def korea() -> Estimates:
    return estimate(example("korea"), "average", FAST, seed=1)


@pytest.fixture(scope="module")
def found(korea) -> Panel:
    return panel(korea, seed=3, workers=1)


def test_each_part_is_what_the_study_itself_gives(korea, found):
    table, model = korea.fits[0].data, korea.fits[0].model
    assert str(found.checked) == str(check(table, korea.fits[0]))
    assert str(found.diagnosis) == str(diagnose(korea, seed=3))
    assert str(found.omission) == str(omit(table, model, seed=3))
    assert str(found.validation) == str(validate(table, model, seed=3))
    assert str(found.trajectory) == str(trajectory(table, model, fractions=FRACTIONS, seed=3))
    assert str(found.sensitivity) == str(sensitivity(korea, seed=3))
    assert found.missing == ()


def test_findings_of_all_parts_are_together_worst_first(found):
    parts = (found.checked, found.diagnosis, found.omission, found.validation, found.trajectory, found.sensitivity)
    codes = {finding.code for finding in found.findings}
    assert all(finding.code in codes for part in parts for finding in part.findings)
    assert {reason.code for reason in found.checked.verdict.reasons} <= codes
    order = [("stop", "caution", "note").index(finding.severity) for finding in found.findings]
    assert order == sorted(order)
    assert len(found.findings) == len({(f.code, f.where, repr(f.values)) for f in found.findings})


def test_a_study_that_cannot_be_is_told_and_the_others_go_on():
    table = CaptureTable.build(("a", "b"), [1, 2, 3], [100, 50, 20])
    found = panel(estimate(table, "lincoln-petersen", FAST), workers=1)
    refused = {each.study: each.error for each in found.missing}
    assert {"omit", "validate"} <= set(refused)
    assert refused["omit"].code == "too_few_lists_to_omit"
    assert found.omission is None
    assert found.sensitivity is not None
    assert "Leaving out or merging lists needs at least 3 of them." in " ".join(str(found).split())


def test_only_the_studies_that_were_named_are_done(korea):
    found = panel(korea, studies=("check", "sensitivity"), workers=1)
    assert [each.study for each in found.missing] == ["diagnose", "omit", "validate", "trajectory", "records"]
    assert all(math.isnan(each.seconds) and each.error is None for each in found.missing)
    assert found.checked is not None
    assert found.sensitivity.linkage.estimate.shape == (1, 1)  # without errors in the records
    assert {row.group for row in found.rows()} == {"headline", "models", "untested", "floors"}


def test_what_would_take_long_is_left_out_and_how_long_is_told(korea, monkeypatch):
    monkeypatch.setattr(cost, "seconds_trajectory", lambda fit, fractions: 150.0)
    monkeypatch.setattr(cost, "seconds_omit", lambda fit: 21.0)
    monkeypatch.setattr(cost, "seconds_validate", lambda fit: 19.0)
    found = panel(korea, workers=1)
    assert {each.study: each.seconds for each in found.missing} == {"omit": 21.0, "trajectory": 150.0}
    assert found.validation is not None
    said = " ".join(str(found).split())
    assert "it would take about 2 minutes. trajectory does it." in said
    assert "it would take about a minute. omit does it." in said


def test_what_was_asked_for_by_name_is_done_however_long_it_takes(korea, monkeypatch):
    monkeypatch.setattr(cost, "seconds_omit", lambda fit: 1e6)
    assert panel(korea, studies=("omit",), workers=1).omission is not None


def test_five_lists_take_seconds():
    answer = estimate(example("uk-2013-5"), None, FAST, seed=1)
    start = time.process_time()
    found = panel(answer, workers=1)
    assert time.process_time() - start < 25  # about 4 on a quiet machine
    assert found.missing == ()


def test_covariates_and_lists_not_kept_somewhere():
    year = Covariate(name="year", levels=("2018", "2019"))
    histories = [1, 2, 3, 4, 5, 6, 7] * 2
    counts = [60, 50, 10, 40, 9, 8, 2, 70, 45, 12, 0, 0, 0, 0]
    table = CaptureTable.build(
        ("a", "b", "c"), histories, counts, covariates=[year], levels=[[0] * 7 + [1] * 7], name="t"
    ).not_kept("c", "year", ("2019",))
    found = panel(estimate(table, "stepwise", FAST), workers=1)
    assert found.sensitivity is not None
    assert [row.what for row in found.rows()][:2] == ["headline", "independence"]
    str(found)


def test_progress_names_the_study_and_stops_it(korea):
    told: list[tuple[int, int, str]] = []
    panel(korea, workers=1, progress=lambda done, total, what: told.append((done, total, what)))
    assert {what for _, _, what in told} == set(STUDIES)
    shares = [done / total for done, total, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] <= 1

    def stop(done: int, total: int, what: str) -> None:
        if what == "omit":
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        panel(korea, workers=1, progress=stop)


@pytest.mark.parametrize(
    ("arguments", "error", "code"),
    [
        ({"threshold": 100.0}, InputError, "threshold_in_view"),
        ({"studies": ("chek",)}, InputError, "unknown_choice_near"),
        ({"seed": -1}, ModelError, "bad_seed"),
        ({"workers": 0}, ModelError, "bad_workers"),
    ],
)
def test_settings_that_cannot_be_used(korea, arguments, error, code):
    with pytest.raises(error) as refused:
        panel(korea, **arguments)
    assert refused.value.code == code


def test_an_answer_is_needed_and_a_whole_one():
    with pytest.raises(InputError) as data:
        panel(example("korea"))  # type: ignore[arg-type]
    assert data.value.code == "panel_of_data"
    year = Covariate(name="year", levels=("1", "2"))
    table = CaptureTable.build(("a", "b"), [1, 2, 3] * 2, [9, 8, 7] * 2, covariates=[year], levels=[[0] * 3 + [1] * 3])
    answer = estimate(table, "independence", FAST)
    with pytest.raises(InputError) as part:
        panel(answer.select(year="1"))
    assert part.value.code == "panel_of_part"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_printed(found, language):
    with use_language(language):
        said = str(found)
    assert max(map(len, said.splitlines())) <= WIDTH
    assert "nan" not in said
    assert "123" in said
    if language == "en":
        first = " ".join(said.splitlines()[:2])
        assert first.startswith("The interval has no upper limit; asked in ")
        assert "No list" not in first


def test_columns_are_one_tidy_table(found):
    columns = found.columns()
    assert {len(values) for values in columns.values()} == {len(found.rows())}
    assert columns["what"][0] == "headline"
    assert {"without b", "merged b + c", "form gamma", "all lists 0.5 to 2"} <= set(columns["what"])
    head = found.rows()[0]
    assert (head.lower, head.upper) == tuple(found.estimates.total().limits[0])
    assert np.isposinf(columns["upper"][0])
    frame = found.to_frame()
    assert len(frame) == len(columns["what"])
