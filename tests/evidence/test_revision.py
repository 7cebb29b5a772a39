"""How often the interval of a revision contains the true change: the recorded answer, and a few populations again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from darknumber.models import LogLinear
from darknumber.register.small import small_law
from evidence import record, revision

ANSWER = json.loads(record.answer_file("revision").read_text(encoding="utf-8"))["result"]
FIXED = [f"true terms, {late}" for late in revision.LATE]
ERRORS = 3  # standard errors from 95%


@pytest.mark.parametrize("name", FIXED)
def test_the_recorded_interval_covers_as_often_as_it_says(name):
    found = ANSWER[name]
    error = np.sqrt(0.95 * 0.05 / found["populations"])
    assert abs(found["coverage"] - 0.95) < ERRORS * error
    assert found["mean width / 3.92"] == pytest.approx(found["standard deviation of the change"], rel=0.15)
    assert found["apart: mean width / 3.92"] > 1.5 * found["mean width / 3.92"]


def test_where_terms_are_chosen_it_covers_no_less():
    found = ANSWER[f"stepwise by BIC, {revision.SELECTED}"]
    assert found["coverage"] >= 0.95 - ERRORS * np.sqrt(0.95 * 0.05 / found["populations"])


def test_a_change_that_is_there_is_found_by_linking_only():
    found = ANSWER["true terms, people 5%"]
    assert found["true change"] == pytest.approx(0.05 * small_law().population.sum())
    assert (found["more than noise"], found["apart: more than noise"]) == (1.0, 0.0)
    assert found["the two intervals overlap"] == 1.0


def test_the_two_extracts_are_of_the_same_people():
    linked = revision.vintages(3, 0.2, 0.1)
    assert linked.only("old") == 0
    assert linked.only("new") > 0.2 * linked.both
    assert (linked.old.history & ~linked.new.history == 0).all()
    assert linked.columns() == revision.vintages(3, 0.2, 0.1).columns()


def test_the_run_can_be_repeated(monkeypatch):
    monkeypatch.setattr(revision, "PART", 2)
    monkeypatch.setattr(revision, "REPLICATES", 39)
    again = [revision.outcomes(0, LogLinear(small_law().terms), revision.LATE["marks 5%"]) for _ in range(2)]
    assert again[0] == again[1]
    for value, lower, upper, low, high, overlap in again[0]:
        assert lower <= value <= upper
        assert high - low > upper - lower
        assert overlap in (True, False)
