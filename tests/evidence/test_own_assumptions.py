"""The run on every estimator where its own assumptions are true: its laws, a small part of it, and its table."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.histories import membership
from darknumber.models import MODELS
from evidence import own_assumptions as run
from evidence import pages, record

QUICK = (
    "chao",
    "sample-coverage",
    "decomposable",
    "completed",
    "composite-link(censored)",
    "links",
    "sightings",
    "doubly-robust",
    "referral-flow",
)
TABLES = {name: own for name, own in run.estimators().items() if name not in ("sightings", "doubly-robust")}


def test_each_estimator_is_a_model_of_that_name():
    for name, own in run.estimators().items():
        kind = name.partition("(")[0]
        assert kind in MODELS or kind == "sightings"
        assert (own.model if isinstance(own.model, str) else own.model.name) == kind


@pytest.mark.parametrize("name", TABLES)
def test_populations_have_the_people_they_are_said_to_have(name):
    """Fewer are seen than there are, and twice the same numbers give the same population."""
    (one, truth), (other, again) = (TABLES[name].draw(np.random.default_rng(3)) for _ in range(2))
    assert one == other
    assert truth.tolist() == again.tolist()
    assert 0 < one.count.sum() < truth.sum()
    if TABLES[name].by:
        assert len(truth) <= np.prod([len(c.levels) for c in one.covariates])


def test_shares_add_up_and_two_lists_of_a_pair_go_together():
    for shares in (run.pair(), run.of_kinds(), run.sent_on(), run.independent((0.3, 0.25, 0.2))):
        assert shares.sum() == pytest.approx(1)
        assert (shares > 0).all()
    by_hand = run.pair().reshape(2, 2, 2, 2).sum(axis=(0, 1))  # the last two axes are the first two lists
    assert by_hand[0, 0] * by_hand[1, 1] / (by_hand[0, 1] * by_hand[1, 0]) == pytest.approx(3)
    on = membership(np.arange(16), 4)
    assert run.independent((0.3, 0.25, 0.2, 0.15)) @ on == pytest.approx([0.3, 0.25, 0.2, 0.15])


def test_a_tenth_of_the_links_is_missed():
    table, people = run.missed_links(np.random.default_rng(0))
    assert table.count[table.history == 3].sum() / (people[0] * 0.3 * 0.25) == pytest.approx(0.9, abs=0.15)


def test_a_small_part_of_the_run_and_its_table(tmp_path, monkeypatch):
    small = {
        name: replace(own, populations=6, interval=own.interval and Bootstrap(replicates=79))
        for name, own in run.estimators().items()
        if name in QUICK
    }
    monkeypatch.setattr(run, "estimators", lambda: small)
    found = json.loads(json.dumps(run.run(lambda _, work: work())))
    assert list(found) == [name for name in run.estimators() if name in QUICK]
    for name, each in found.items():
        assert each["covered"] >= 0.5, name  # of six: fewer than four is a chance of one in five hundred
        assert 0.7 < each["median"] < 1.4
        assert each["no finite estimate"] == 0
    assert found["completed"]["parts covered"] is not None
    (tmp_path / "docs" / "evidence").mkdir(parents=True)
    record.answer_file("own_assumptions", tmp_path).write_text(json.dumps({"result": found}))
    page = pages.own_page(pages.COVERAGE.read_text(encoding="utf-8"), tmp_path)
    assert "| `referral-flow` | one list sends people to another | 6 |" in page
    assert pages.NOT_DONE not in page
    assert pages.NOT_DONE in pages.own_page(page, tmp_path / "nowhere")


def test_limits_that_miss_are_counted():
    """A model that is wrong on purpose: two kinds of people taken for one."""
    kinds = partial(run.of_cells, run.of_kinds(), 3000)
    wrong = replace(run.estimators()["referral-flow"], draw=kinds, model="independence", populations=4)
    found = run.coverage(wrong, 0)
    assert found["covered"] == 0
    assert found["median"] < 0.9
