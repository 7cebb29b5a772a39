"""How often the interval from linked reports holds the truth: the run itself, small, and what the page says of it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from darknumber.register.linkage.links import Links
from darknumber.register.linkage.methods import Probabilistic
from evidence import linkage, linkage_pages, record


def recorded():
    path = record.answer_file("linkage")
    return json.loads(path.read_text(encoding="utf-8"))["result"]["designs"] if path.is_file() else {}


def test_the_page_holds_what_is_recorded():
    text = linkage_pages.PAGE.read_text(encoding="utf-8")
    assert linkage_pages.page(text) == text


def test_what_is_recorded_is_what_the_page_says_of_links_that_are_missed():
    for found in recorded().values():
        ways = found["ways"]
        assert ways["with doubt"]["coverage"] > ways["unlinkable counted"]["coverage"]
        for way in ("unlinkable counted", "rules", "rules, everything counted"):
            assert ways[way]["moved from the true links"] > abs(ways["with doubt"]["moved from the true links"])


def links_of(pairs, rows, best):
    left, right, chance = (np.array(each) for each in zip(*pairs, strict=True))
    return Links(
        reports=None,
        row=np.arange(rows) + linkage.FIRST_ROW,
        left=left,
        right=right,
        weight=np.log(chance / (1 - chance)),
        agreement=np.zeros((len(left), 0), dtype=np.int8),
        best=np.array(best, dtype=float),
        method=Probabilistic(),
    )


def test_pairs_are_counted_as_one_by_one():
    person = np.array([0, 0, 0, 1, 1, 2, 3])
    organisation = np.array([0, 1, 1, 0, 1, 0, 1])
    links = links_of([(0, 1, 0.9), (1, 2, 0.8), (3, 4, 0.3), (4, 5, 0.6)], 7, [3.0] * 6 + [-1.0])
    linked = [{0, 1, 2}, {3}, {4, 5}]
    counts, every = linkage.pairs(links, person, organisation), list(combinations(range(7), 2))
    true = {(a, b) for a, b in every if person[a] == person[b]}
    together = {(a, b) for a, b in every if any({a, b} <= group for group in linked)}
    across = {(a, b) for a, b in every if organisation[a] != organisation[b]}
    assert (counts["reports"], counts["left out"], counts["listed"]) == (7, 1, 3)
    assert (counts["true"], counts["linked"], counts["both"]) == (len(true), len(together), len(true & together))
    assert counts["across: true"] == len(true & across)
    assert counts["across: linked"] == len(together & across)
    assert counts["across: both"] == len(true & together & across)
    assert counts["across: expected"] == pytest.approx(0.9 + 0.3 + 0.6)


def test_pairs_fall_between_the_probabilities_they_have():
    links = links_of([(0, 1, 0.92), (0, 2, 0.15), (1, 2, 0.12), (3, 4, 0.9999)], 5, [3.0] * 5)
    found = linkage.calibration(links, np.array([0, 0, 1, 2, 3]))
    by_edge = dict(zip(linkage.EDGES, found, strict=False))
    assert by_edge[0.9] == [1, 0.92, 1]
    assert by_edge[0.1] == [2, pytest.approx(0.27), 0]
    assert by_edge[0.999] == [1, 0.9999, 0]
    assert sum(n for n, _, _ in found) == 4


def made_up(estimate, lower, upper):
    counts = {
        "reports": 10, "left out": 1, "true": 8, "linked": 6, "both": 5, "expected": 9, "listed": 7,
        "across: true": 4, "across: linked": 4, "across: both": 3, "across: expected": 3.5,
    }  # fmt: skip
    return {
        "answers": {"true links": [100.0, 90.0, 110.0], "with doubt": [estimate, lower, upper]},
        "linkage": 0.25,
        "tables": 4,
        "pairs": counts,
        "ruled": counts,
        "calibration": [[4, 2.0, 1]],
    }


def test_what_is_told_of_a_design():
    told = linkage_pages.summary([made_up(100.0, 95.0, 125.0), made_up(121.0, 101.0, 131.0)], 100.0, (0.4, 0.6))
    doubted = told["ways"]["with doubt"]
    assert (doubted["coverage"], doubted["truth below"], doubted["truth above"]) == (0.5, 0.5, 0.0)
    assert doubted["mean error of log N"] == doubted["moved from the true links"] == round(np.log(1.1), 5)
    assert doubted["width to that from the true links"] == 1.5
    assert told["ways"]["true links"]["width to that from the true links"] == 1.0
    assert told["links"]["precision"] == round(5 / 6, 4)
    assert told["links"]["across: recall"] == 0.75
    assert told["calibration"] == [{"from": 0.4, "to": 0.6, "pairs": 8, "probability": 0.5, "true": 0.25}]


def test_lists_have_the_people_that_their_design_says(monkeypatch):
    monkeypatch.setattr(linkage, "PEOPLE", 400_000)
    design = linkage.DESIGNS["4 lists, two of which go together"]
    table = design.population(1)
    on = [table.count[table.history >> place & 1 == 1].sum() / linkage.PEOPLE for place in range(4)]
    assert on[0] == pytest.approx(design.on[0], abs=0.003)
    assert on[2:] == pytest.approx(design.on[2:], abs=0.003)
    both, first, second = (table.count[table.history & 3 == cell].sum() for cell in (3, 1, 2))
    neither = linkage.PEOPLE - both - first - second
    assert np.log(both * neither / (first * second)) == pytest.approx(design.together, abs=0.03)


def test_two_populations(monkeypatch):
    monkeypatch.setattr(linkage, "PEOPLE", 600)
    monkeypatch.setattr(linkage, "PART", 2)
    monkeypatch.setattr(linkage, "REPLICATES", 39)
    monkeypatch.setattr(linkage, "DESIGNS", {"small": replace(linkage.DESIGNS["3 lists"], populations=2)})
    found = linkage.run(lambda _, work: json.loads(json.dumps(work())))["designs"]["small"]
    assert found["populations"] == 2
    assert set(found["ways"]) == set(linkage_pages.WAYS)
    assert found["ways"]["true links"]["moved from the true links"] == 0
    assert found["ways"]["rules, everything counted"]["moved from the true links"] > 0.1
    assert abs(found["ways"]["with doubt"]["moved from the true links"]) < 0.1
    assert found["links"]["precision"] > 0.9
    assert found["links"]["across: recall"] > 0.85 > found["rules"]["recall"]
    assert sum(each["pairs"] for each in found["calibration"]) > 200
