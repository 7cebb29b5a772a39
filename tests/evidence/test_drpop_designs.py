"""The run on drpop's designs: what is drawn and turned, a small part of it, and its tables."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evidence import drpop_designs as run
from evidence import pages, record, robust_pages

FEW = 12


def test_what_is_turned_loses_a_sign_and_mixes_the_rest():
    data = pd.DataFrame({"x1": [1.0, 3.0], "x2": [2.0, 2.0], "x3": [4.0, 5.0], "y1": [1, 0]})
    turned = run.turned(data)
    assert turned.x1[0] == turned.x1[1] == pytest.approx(np.exp(0.5))
    assert turned.x2[0] == pytest.approx(2 / (1 + np.e) + 10)
    assert turned.x3.tolist() == pytest.approx([(4 / 25 + 0.6) ** 3, (15 / 25 + 0.6) ** 3])
    assert turned.y1.tolist() == [1, 0]


def test_a_small_part_of_the_run_and_its_tables(tmp_path, monkeypatch):
    designs = {name: replace(each, populations=FEW) for name, each in list(run.designs().items())[:1]}
    learners = {name: (model, 4) for name, (model, _) in list(run.learners().items())[:1]}
    monkeypatch.setattr(run, "designs", lambda: designs)
    monkeypatch.setattr(run, "learners", lambda: learners)
    monkeypatch.setattr(run, "NOISY", 200)
    done = []
    found = json.loads(json.dumps(run.run(lambda name, work: (done.append(name), work())[1])))
    assert done == [*designs, "lost, logistic", "noise 0.1", "noise 0.25", "noise 0.3"]
    (design,) = found["designs"].values()
    assert design["covered"] >= 10 / FEW
    assert design["seen"] == pytest.approx(746, abs=10)
    assert design["error"] == pytest.approx(41, abs=4)
    assert found["lost"]["logistic"]["mean"] < 4800
    worst, best = found["noise"]["0.1"], found["noise"]["0.3"]
    assert worst["plug-in covered"] < 0.1 < 0.6 < worst["corrected covered"]
    assert best["corrected"] == pytest.approx(5000, abs=25)
    (tmp_path / "docs" / "evidence").mkdir(parents=True)
    record.answer_file("drpop_designs", tmp_path).write_text(json.dumps({"result": found}))
    page = robust_pages.page(robust_pages.PAGE.read_text(encoding="utf-8"), tmp_path)
    assert all(f"| {name} |" in page for name in (*designs, "logistic", "0.25"))
    assert page.count(pages.NOT_DONE) == 0
    assert robust_pages.page(page, tmp_path / "nowhere").count(pages.NOT_DONE) == 3


def test_the_page_has_what_the_run_found():
    text = robust_pages.PAGE.read_text(encoding="utf-8")
    assert robust_pages.page(text) == text
