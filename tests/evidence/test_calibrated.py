"""The run on calibrated limits: its truths, a small part of it, and the page made from it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from darknumber.data.examples import example
from evidence import calibrated_coverage as run
from evidence import pages, record


@pytest.fixture
def small(monkeypatch):
    """The run at a size for a test."""
    for name, size in {"STUDIES": 1, "POPULATIONS": 2, "REPLICATES": 99, "JUDGES": 4, "FURTHER": 1}.items():
        monkeypatch.setattr(run, name, size)


def test_truths_are_whole_populations():
    truths = run.truths()
    assert {len(cells) for cells in truths.values()} == {16}
    assert all((cells > 0).all() for cells in truths.values())
    assert truths["mixture, crossed"].sum() == pytest.approx(2000)
    everyone = run.of_classes([(100, (0.5, 0.1, 0.2, 0.3))])
    assert everyone[0] == pytest.approx(100 * 0.5 * 0.9 * 0.8 * 0.7)
    assert everyone[0b0101] == pytest.approx(100 * 0.5 * 0.9 * 0.2 * 0.7)


def test_a_model_keeps_the_people_of_its_table():
    table = example("kosovo-1999")
    cells = run.of_model(table, "EXH:ABA")
    assert cells[1:].sum() == pytest.approx(table.observed[0])


def test_a_list_less():
    table = run.without(example("uk-2013-5"), "GO")
    assert table.lists == ("LA", "NG", "PFNCA", "GP")
    whole = example("uk-2013-5")
    assert table.list_sizes.tolist() == np.delete(whole.list_sizes, whole.lists.index("GO")).tolist()


def test_a_small_run(small, tmp_path):
    found = run.run(lambda _, work: json.loads(json.dumps(work())))
    assert set(found["truths"]) == set(run.truths())
    for truth in found["truths"].values():
        assert list(truth["by_rank"]) == sorted(truth["by_rank"], reverse=True)
        assert truth["percentile"] <= truth["calibrated"] <= truth["widest"]
    folder = tmp_path / "docs" / "evidence"
    folder.mkdir(parents=True)
    (folder / "calibrated_coverage.json").write_text(json.dumps({"result": found}))
    page = pages.calibrated_page(pages.CALIBRATED.read_text(encoding="utf-8"), tmp_path)
    assert pages.NOT_DONE not in page
    assert all(f"| {name} |" in page for name in found["truths"])


def test_the_page_says_what_the_answer_says():
    page = pages.CALIBRATED.read_text(encoding="utf-8")
    assert page == pages.calibrated_page(page)


def test_it_is_one_of_the_runs():
    assert "calibrated_coverage" in record.names()
    assert record.fingerprints(record.load("calibrated_coverage"))
