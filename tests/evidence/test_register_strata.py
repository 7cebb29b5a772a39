"""The run on registers of many strata: its laws, a small part of it, and its table."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from darknumber.models import PartialPooling
from darknumber.register.truth import national_law
from evidence import pages, record
from evidence import register_strata as run

QUICK = "24 strata, 4 lists"


def test_there_are_eighty_strata_and_everybody_is_in_one():
    for law in (run.nearest(), run.shortened()):
        assert law.shares.shape == (80, 64)
        assert law.population.sum() == national_law().population.sum()
        assert not {"form", "crossing"} & {each.within for each in law.coefficients}


def test_the_nearest_law_keeps_the_sizes_of_lists_and_the_overlaps_of_pairs():
    known, near = national_law(), run.nearest()
    both = [law.expected.sum(axis=0) for law in (known, near)]
    histories = np.arange(64)
    for each in near.coefficients:
        mask = sum(1 << known.lists.index(name) for name in each.lists)
        on = (histories & mask) == mask
        assert both[1][on].sum() == pytest.approx(both[0][on].sum())
    assert both[1][1:].sum() > 1.5 * run.shortened().expected[:, 1:].sum()


def test_registers_are_drawn_anew_and_summed_where_that_is_asked():
    for kind in run.kinds().values():
        (one, truth), (other, again) = (run.drawn(kind, seed) for seed in (1, 2))
        assert one != other
        assert truth.tolist() == again.tolist()
        assert len(truth) == one.strata
        assert (truth >= one.observed).all()


def test_pairs_that_depend_are_named():
    named = run.kinds()["80 strata, 6 lists, the true pairs named"].model.terms
    assert named.count(":") == 9
    assert "police:border" in named


def test_a_small_part_of_the_run_and_its_table(tmp_path, monkeypatch):
    quick = replace(run.kinds()[QUICK], model=PartialPooling(draws=500), registers=3)
    monkeypatch.setattr(run, "kinds", lambda: {QUICK: quick})
    done = []
    found = json.loads(json.dumps(run.run(lambda name, work: (done.append(name), work())[1])))
    assert done == [f"{QUICK}, registers from {run.FIRST_SEED}"]
    assert found[QUICK]["registers"] == 3
    assert 0.85 < found[QUICK]["strata"] <= 1
    assert found[QUICK]["lower"] < 1 < found[QUICK]["upper"]
    assert found[QUICK]["pooled"] < 0.5 * found[QUICK]["alone"]
    (tmp_path / "docs" / "evidence").mkdir(parents=True)
    record.answer_file("register_strata", tmp_path).write_text(json.dumps({"result": found}))
    page = pages.pooling_page(pages.POOLING.read_text(encoding="utf-8"), tmp_path)
    assert f"| {QUICK} | 3 |" in page
    assert pages.NOT_DONE in pages.pooling_page(page, tmp_path / "nowhere")


def test_limits_that_miss_are_counted():
    """Independent lists, where the lists of the small register go together in part: the estimate is too low."""
    wrong = replace(run.kinds()[QUICK], model=PartialPooling(terms="shelters:others", term_sd=0.01, draws=500))
    found = run.summary(run.outcomes(wrong, range(1, 4)))
    assert found["total"] == 0
    assert found["upper"] < 1
