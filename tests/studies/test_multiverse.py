"""Every other answer to the same question."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.inference.estimate import estimate
from darknumber.models import Best, Independence
from darknumber.studies.identification import BOUNDLESS
from darknumber.studies.multiverse import Row, alone_of, merged_row, sensitivity_rows
from darknumber.studies.panel import Panel, panel
from darknumber.studies.printing_panel import furthest, row_name, row_text, shown, title
from darknumber.studies.sensitivity import Sensitivity
from darknumber.words import use_language

FAST = "bootstrap(replicates=40)"


@pytest.fixture(scope="module")
def found() -> Panel:
    return panel(estimate(example("uk-2013-5"), "average", FAST, seed=1), studies=("omit", "sensitivity", "records"))


def by_what(rows) -> dict[str, Row]:
    return {row.what: row for row in rows}


def test_models_beside_the_answer_are_those_that_can_be_fitted(found):
    table = example("uk-2013-5")
    rows = by_what(found.rows())
    n = float(table.count.sum())
    for what, model in (
        ("independence", Independence()),
        ("best aic", Best(criterion="aic")),
        ("best bic", Best()),
    ):
        assert rows[what].estimate == pytest.approx(n + float(model.fit(table).unobserved.sum()))
    candidates = found.estimates.fits[0].candidates
    near = n + candidates.unobserved[candidates.near]
    assert rows["near"].ends == pytest.approx((near.min(), near.max()))
    assert rows["near"].values["n"] == int(candidates.near.sum())
    beside = found.estimates.beside
    every = n + beside.unobserved[beside.near]
    assert rows["wider"].ends == pytest.approx((every.min(), every.max()))


def test_the_model_of_the_answer_itself_is_not_beside_it():
    fit = Best().fit(example("korea"))
    assert [each.what for each in alone_of(fit)] == ["independence", "average", "best aic"]
    of_others = alone_of(Independence().fit(example("korea")))
    assert [each.what for each in of_others] == ["average", "best aic", "best bic"]


def test_beside_the_default_stand_the_models_with_pairs_only():
    answer = estimate(example("uk-2013-5"), None, "bootstrap(replicates=20)", seed=1)
    row = next(row for row in panel(answer, studies=()).rows() if row.what == "pairs")
    pairs = Best(criterion="aic").fit(example("uk-2013-5")).candidates
    near = 2744 + pairs.unobserved[pairs.near]
    assert row.ends == pytest.approx((near.min(), near.max()))
    assert row_name(row) == "27 models with pairs only"


def test_lists_are_those_of_omit(found):
    rows = [row for row in found.rows() if row.group == "lists"]
    variants = (*found.omission.without, *found.omission.merged)
    assert [row.estimate for row in rows] == [variant.estimate for variant in variants]
    assert [row.lists for row in rows] == [variant.lists for variant in variants]


def test_merged_pairs_are_one_row_with_the_ends_of_all():
    rows = [Row(group="lists", what="merged", estimate=value) for value in (120.0, 90.0, 300.0)]
    whole = merged_row(rows)
    assert (whole.lowest, whole.highest, whole.values["n"]) == (90.0, 300.0, 3)
    assert merged_row([*rows, Row(group="lists", what="merged", estimate=math.inf)]).verdict == "infinite"
    lost = merged_row([Row(group="lists", what="merged", estimate=math.nan)] * 2)
    assert lost.verdict == "not identified"
    assert math.isnan(lost.lowest)


def test_sensitivity_is_told_with_its_own_numbers(found):
    what: Sensitivity = found.sensitivity
    rows = by_what(sensitivity_rows(what))
    assert rows["all lists"].ends == pytest.approx(what.dial.ends)
    assert (rows["all lists"].lower, rows["all lists"].upper) == pytest.approx(what.dial.interval)
    assert rows["links"].ends == pytest.approx((np.nanmin(what.linkage.estimate), np.nanmax(what.linkage.estimate)))
    everywhere = what.trimmed[0].estimate
    assert rows["erroneous"].ends == pytest.approx((everywhere.min(), everywhere.max()))
    assert rows["chao lists"].estimate == next(f.estimate for f in what.floors if f.kind == "chao lists")
    assert rows["bounds"].verdict == "floor"
    forms = [row for row in sensitivity_rows(what) if row.what == "form"]
    assert [row.estimate for row in forms] == [form.estimate for form in what.forms]


def test_a_pair_that_undoes_an_odds_ratio_of_nothing_says_nothing():
    answer = estimate(example("netherlands-2010-2015"), None, "bootstrap(replicates=10)", seed=1)
    found = panel(answer, studies=("sensitivity",))
    undone = {":".join(pair.lists): pair.independent for pair in found.sensitivity.pairs}
    assert undone["I:K"] is None  # nobody is on both, and the model has an odds ratio of nearly nothing
    assert undone["O:Z"] is not None
    assert by_what(found.rows())["pairs"].highest < BOUNDLESS * answer.total().estimate[0]


def test_the_title_counts_what_is_drawn_inside_the_interval(found):
    head, *others = shown(found.rows())
    answers = [row for row in others if row.answers]
    inside = [row for row in answers if head.lower <= row.ends[0] and row.ends[1] <= head.upper]
    assert title(found).startswith(f"Asked in {len(answers)} other ways, {len(inside)} answers lie within")
    assert 0 < len(inside) < len(answers)
    assert not any(row.verdict == "floor" for row in answers)


def test_the_furthest_are_named(found):
    others = [row for row in shown(found.rows()) if row.answers]
    low, high = min(row.ends[0] for row in others), max(row.ends[1] for row in others)
    said = furthest(found)
    assert f"{round(low, -1):,.0f}" in said
    assert f"{round(high, -3):,.0f}" in said


@pytest.mark.parametrize(
    ("row", "name", "text"),
    [
        (Row(group="lists", what="without", lists=("LA",), estimate=21_729.0), "without LA", "21,700"),
        (Row(group="lists", what="without", lists=("LA",), estimate=math.inf), "without LA", "no upper limit"),
        (Row(group="models", what="near", values={"n": 4}, lowest=157, highest=math.inf), None, "160 or more"),
        (Row(group="models", what="best aic", estimate=math.nan), "pairs only, best by AIC", "n.e."),
        (Row(group="floors", what="registered", estimate=123, verdict="floor"), "on some list", "at least 100"),
        (Row(group="floors", what="chao", estimate=136.9, verdict="floor"), "Chao, lists alike", "at least 136"),
        (
            Row(group="untested", what="form", values={"form": "gamma"}, estimate=130, lower=123, upper=145),
            "people differ: gamma",
            "130 (123 to 145)",
        ),
    ],
)
def test_a_row_in_words(row, name, text):
    assert row_text(row, 10, 100.0) == text
    assert name is None or row_name(row) == name
    with use_language("nl"):
        assert row_name(row)
