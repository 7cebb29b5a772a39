"""The verb from links to tables, on links of a few reports."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pytest

from darknumber.data.drawn import HowLinked
from darknumber.errors import InputError, ModelError
from darknumber.inference.asking import estimate
from darknumber.inference.assumed import assumed_by
from darknumber.inference.intervals import Bootstrap
from darknumber.register.linkage import drawn
from darknumber.register.linkage.drawn import linked_tables
from darknumber.register.linkage.methods import Exact, Probabilistic, Rules

ROWS = [("police", "female"), ("border", "female"), ("shelter", "male"), ("police", "male"), ("border", "male")]


@pytest.fixture
def links(monkeypatch):
    """Five reports, of which the last says too little to be linked."""
    monkeypatch.setattr(drawn, "summary_of", lambda links, threshold, everyone: ("summary", threshold))
    columns = {
        "row": [2, 3, 4, 5, 6],
        "organisation": [organisation for organisation, _ in ROWS],
        "sex": [sex for _, sex in ROWS],
        "means": ["M1", None, None, "M3", None],
    }
    frame = nw.from_native(pl.DataFrame(columns).lazy())
    return SimpleNamespace(
        reports=SimpleNamespace(
            accepted=frame, name="reports", files=(("reports.csv", "office.toml"),), extracted=date(2020, 1, 1)
        ),
        method=Probabilistic(),
        rows=5,
        left=np.array([0, 2]),
        right=np.array([1, 3]),
        weight=np.array([20.0, -1.0]),
        findings=(),
        unlinkable=lambda threshold: np.array([False, False, False, False, True]),
    )


def test_reports_that_say_too_little_are_left_out(links):
    found = linked_tables(links, draws=5, seed=1)
    assert found.best.columns() == {"border": [0, 1, 0], "police": [1, 1, 0], "shelter": [0, 0, 1], "count": [1, 1, 1]}
    assert [(finding.code, finding.severity) for finding in found.findings] == [("unlinkable_left_out", "caution")]
    assert found.findings[0].values == {"n": 1, "share": 0.2}
    assert found.linkage.people == 3
    assert found.summary == ("summary", 0.5)


def test_or_count_as_people_of_their_own(links):
    found = linked_tables(links, draws=5, seed=1, unlinkable="count")
    assert int(found.best.count.sum()) == 4
    assert [finding.code for finding in found.findings] == ["unlinkable_counted"]


def test_covariates_lists_and_definitions_pass_through(links):
    found = linked_tables(
        links, ["sex"], lists=["police", "care"], merge={"care": ["border", "shelter"]}, definition="means", draws=2
    )
    assert found.best.lists == ("police", "care")
    assert found.best.columns() == {"police": [1, 1], "care": [1, 0], "sex": ["female", "male"], "count": [1, 1]}
    assert found.linkage.organisations == 3
    assert found.linkage.counted == 3  # of two people who meet it
    assert found.how == HowLinked(
        files=(("reports.csv", "office.toml"),),
        extracted="2020-01-01",
        method="probabilistic",
        key="own",
        merge=("care=border,shelter",),
        definition="means, unknown=out",
        unlinkable="leave out",
    )
    told = {each.code: each.values for each in found.findings}
    assert told["counted_by_definition"] == {"name": "means"}
    assert told["merged_list"] == {"name": "care", "organisations": ["border", "shelter"]}
    assert "linked_by_rules" not in told


def test_links_by_a_rule_are_told_to_leave_no_doubt(links):
    for method, code in ((Rules(), "linked_by_rules"), (Exact(), "linked_exactly")):
        links.method = method
        found = linked_tables(links, draws=2)
        assert code in {finding.code for finding in found.findings}
        answer = estimate(found, "independence", Bootstrap(replicates=40), seed=1, workers=1)
        assert "no_linkage_errors" in assumed_by(answer)
        assert "links_as_probable" not in assumed_by(answer)


def test_draws_must_be_at_least_one(links):
    with pytest.raises(InputError) as caught:
        linked_tables(links, draws=0)
    assert caught.value.code == "no_link_draws"


def test_what_becomes_of_them_is_one_of_two(links):
    with pytest.raises(InputError):
        linked_tables(links, unlinkable="guess")


def test_a_list_that_is_empty_in_some_draw_is_left_out_and_told(links):
    """Of the two pairs that may be one person, the second brings the only one with a shelter under the definition."""
    links.weight = np.array([20.0, 0.5])
    found = linked_tables(links, definition="means", draws=20, seed=1)
    assert found.best.lists == ("border", "police")
    assert {table.lists for table in found.tables} == {("border", "police")}
    told = {each.code: each.values for each in found.findings}
    assert told["lists_left_out"] == {"n": 1, "lists": ["shelter"]}


@pytest.mark.parametrize("seed", [-1, 2**64, 0.5])
def test_a_seed_that_is_none_is_refused_at_once(links, seed):
    with pytest.raises(ModelError) as refused:
        linked_tables(links, draws=2, seed=seed)
    assert refused.value.code == "bad_seed"
