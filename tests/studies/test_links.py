"""The estimate at each threshold for links."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from darknumber.data.drawn import AtThreshold, DrawnTables, WhoIsWho
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError
from darknumber.inference.asking import estimate
from darknumber.inference.estimate import answered
from darknumber.inference.intervals import Bootstrap
from darknumber.studies.links import thresholds
from darknumber.words import use_language

module = import_module("darknumber.studies.links")
HISTORIES = np.arange(1, 8)
QUICK = Bootstrap(replicates=60)
TABLES = {
    0.3: [180, 165, 75, 140, 60, 50, 16],
    0.5: [200, 180, 60, 150, 50, 40, 12],
    0.6: [200, 180, 60, 150, 50, 40, 12],
    0.9: [250, 230, 25, 200, 20, 15, 4],
}
FALSE = {0.3: 30.0, 0.5: 8.0, 0.6: 8.0, 0.9: 1.0}
MISSED = {0.3: 2.0, 0.5: 9.0, 0.6: 9.0, 0.9: 60.0}


def table(counts):
    return CaptureTable.build(("police", "border", "shelter"), HISTORIES, counts, name="reports")


def linked():
    facts = WhoIsWho(
        reports=900,
        counted=900,
        organisations=3,
        threshold=0.5,
        people=692,
        draws=20,
        seed=1,
        people_low=690,
        people_high=710,
        in_doubt=60,
        largest=4,
        links=200.0,
        missed=9.0,
        false=8.0,
    )
    at = tuple(
        AtThreshold(threshold=each, table=table(counts), people=sum(counts), missed=MISSED[each], false=FALSE[each])
        for each, counts in TABLES.items()
    )
    return DrawnTables(best=table(TABLES[0.5]), tables=(table(TABLES[0.5]),), weights=(20,), linkage=facts, at=at)


def test_each_threshold_has_the_answer_of_its_table():
    found = thresholds(linked(), "independence", QUICK, seed=4)
    assert found.threshold.tolist() == [0.3, 0.5, 0.6, 0.9]
    for place, counts in enumerate(TABLES.values()):
        alone = answered(table(counts), "independence", QUICK, seed=4)
        assert found.estimate[place] == alone.estimate[0]
        assert [found.lower[place], found.upper[place]] == alone.limits[0].tolist()
        assert found.observed[place] == sum(counts)
    assert found.pooled.estimate[0] == estimate(linked(), "independence", QUICK, seed=4).estimate[0]
    assert (np.diff(found.estimate) >= 0).all()  # the fewer links, the more people


def test_equal_tables_are_answered_once(monkeypatch):
    asked = []

    def counted(*given, **settings):
        asked.append(1)
        return answered(*given, **settings)

    monkeypatch.setattr(module, "answered", counted)
    found = thresholds(linked(), "independence", QUICK, seed=4)
    assert len(asked) == 3
    assert found.answers[1] is found.answers[2]


def test_missed_and_false_links_are_shares():
    found = thresholds(linked(), "independence", QUICK, seed=4)
    assert found.missed.tolist() == [0.01, 0.045, 0.045, 0.3]
    assert found.false == pytest.approx([30 / 228, 8 / 199, 8 / 199, 1 / 141])


def test_columns_have_a_row_for_each_threshold():
    columns = thresholds(linked(), "independence", QUICK, seed=4).columns()
    assert {len(values) for values in columns.values()} == {4}
    assert list(columns)[:3] == ["threshold", "missed", "false"]


def test_what_is_said_fits_and_is_said_in_both_languages():
    found = thresholds(linked(), "independence", QUICK, seed=4)
    told = str(found)
    assert max(map(len, told.splitlines())) <= 80
    assert "50% (used)" in told
    assert "goes beyond the interval" in " ".join(told.split())
    with use_language("nl"):
        assert "50% (gebruikt)" in str(found)
    near = replace(linked(), at=tuple(each for each in linked().at if each.threshold in (0.5, 0.6)))
    assert "holds all of these" in " ".join(str(thresholds(near, "independence", QUICK, seed=4)).split())


def test_a_threshold_without_a_finite_estimate_is_told():
    endless = AtThreshold(threshold=0.8, table=table([300, 280, 0, 240, 0, 0, 0]), people=820, missed=150.0, false=0.0)
    found = thresholds(replace(linked(), at=(*linked().at, endless)), "independence", QUICK, seed=4)
    assert np.isinf(found.estimate[-1])
    assert "no finite estimate" in " ".join(str(found).split())


def test_anything_else_has_no_threshold():
    for data in (table(TABLES[0.5]), replace(linked(), at=())):
        with pytest.raises(InputError) as caught:
            thresholds(data)
        assert caught.value.code == "not_linked_reports"


def test_progress_reaches_the_end():
    seen = []
    thresholds(linked(), "independence", QUICK, progress=lambda done, total, what: seen.append(done / total))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
