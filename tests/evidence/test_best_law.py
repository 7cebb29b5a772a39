"""The run on laws that nobody knows: what is drawn, a small part of it, and its table."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evidence import best_law as run
from evidence import pages, record


def test_people_are_seen_as_often_as_the_laws_have_it():
    random = np.random.default_rng(1)
    means = {name: law(random, 200_000).mean() for name, law in run.laws().items()}
    expected = {
        "Poisson": 0.8,
        "geometric": 0.8,
        "negative binomial": 0.8,
        "Poisson, 15% seen once": 1.0,
        "geometric, 15% seen once": 1.0,
        "Poisson, of those seen 20% once": 0.8 + 0.2 * (1 - np.exp(-1)),
        "two kinds of people": 0.88,
    }
    assert means == pytest.approx(expected, abs=0.02)


def test_people_who_are_seen_once_anyway_can_be_missed_only_where_they_are_of_those_seen():
    random, times = np.random.default_rng(1), np.array([0] * 1000 + [3] * 1000)
    everybody = run.once(random, times, 0.5)
    assert (everybody[:1000] == 1).mean() == pytest.approx(0.5, abs=0.05)
    seen = run.once(random, times, 0.5, of_seen=True)
    assert (seen[:1000] == 0).all()
    assert (seen[1000:] == 1).mean() == pytest.approx(0.5, abs=0.05)


def test_a_small_part_of_the_run_and_its_table(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "POPULATIONS", 8)
    monkeypatch.setattr(run, "PEOPLE", (800,))
    geometric = run.laws()["geometric"]
    monkeypatch.setattr(run, "laws", lambda: {"geometric": geometric})
    done = []
    found = json.loads(json.dumps(run.run(lambda name, work: (done.append(name), work())[1])))
    assert done == ["geometric, 800 people"]
    best, poisson = (found[done[0]][name] for name in ("best-law", "Poisson"))
    assert best["covered"] >= 6 / 8
    assert poisson["covered"] == 0  # people differ, and it does not know
    assert poisson["upper"] < 0.9
    (tmp_path / "docs" / "evidence").mkdir(parents=True)
    record.answer_file("best_law", tmp_path).write_text(json.dumps({"result": found}))
    page = pages.sightings_page(pages.SIGHTINGS.read_text(encoding="utf-8"), tmp_path)
    assert f"| {done[0]} |" in page
    assert pages.NOT_DONE in pages.sightings_page(page, tmp_path / "nowhere")


def test_where_there_is_no_upper_limit_none_is_written_down():
    found = run.summary(np.array([[1.0, 0.8, np.inf], [1.1, 0.9, np.inf], [0.9, 0.7, 1.2]]))
    assert found["upper"] is None
    assert found["no upper limit"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["covered"] == 1
