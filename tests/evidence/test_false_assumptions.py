"""The run on false assumptions: what its populations are, a small part of it, and its tables."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evidence import false_assumptions as run
from evidence import false_pages, pages, record

FEW = 8


def test_populations_are_what_they_are_called():
    coverage = {}
    for name, population in run.who_differ().items():
        on, shares = run.on_lists(4), population.shares
        assert shares.sum() == pytest.approx(1)
        alone = shares[[1, 2, 4, 8]]
        coverage[name] = 1 - np.mean(alone / (shares @ on))
    assert coverage["alike, C 49%"] == pytest.approx(0.49, abs=0.005)
    assert coverage["they differ, C 66%"] == pytest.approx(0.66, abs=0.005)
    assert coverage["they differ, C 88%"] == pytest.approx(0.88, abs=0.005)
    triple = run.of_graphs()["4 lists, one pair with odds ratio 3, 2,000 people"].shares
    assert triple[3] * triple[0] / (triple[1] * triple[2]) == pytest.approx(3)
    assert triple[6] * triple[0] / (triple[2] * triple[4]) == pytest.approx(1)


def test_a_small_part_of_the_run_and_its_tables(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "POPULATIONS", FEW)
    monkeypatch.setattr(run, "BOUNDS", {"chao": run.BOUNDS["chao"]})
    for name in ("who_differ", "of_graphs", "of_referrals"):
        kept = list(getattr(run, name)().items())
        kept = kept[:2] if name == "who_differ" else kept[-1:] if name == "of_graphs" else kept[1:2]
        monkeypatch.setattr(run, name, lambda kept=kept: dict(kept))
    done = []
    found = json.loads(json.dumps(run.run(lambda name, work: (done.append(name), work())[1])))
    assert len(done) == len(set(done)) == 2 + 1 + 4 + 2
    alike, differ = (each["chao"]["bootstrap"] for each in found["bounds"].values())
    assert alike["covered"] >= 6 / FEW
    assert differ["covered"] == 0
    assert differ["floor held"] == 1  # too low, as a floor may be
    (kinds,) = found["graphs"].values()
    assert kinds["upper"] < 0.95
    (chain,) = found["referrals"].values()
    assert chain["the same"]["covered"] >= 6 / FEW
    assert chain["A -> B -> C, D not absorbing"]["covered"] == 0
    assert found["directions"]["A -> B -> C"]["told"] > found["directions"]["C -> B -> A"]["told"]
    (tmp_path / "docs" / "evidence").mkdir(parents=True)
    record.answer_file("false_assumptions", tmp_path).write_text(json.dumps({"result": found}))
    for name in false_pages.MADE:
        text = (false_pages.DOCS / name).read_text(encoding="utf-8")
        page = false_pages.page(name, text, tmp_path)
        assert page != text
        assert pages.NOT_DONE in false_pages.page(name, page, tmp_path / "nowhere")
        assert false_pages.page(name, text) == text  # what stands there is what the run found
