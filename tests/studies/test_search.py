"""The set of models that the data can hardly tell apart, and what is said of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from darknumber.data.examples import example
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import Cancelled, InputError, ModelError
from darknumber.studies.search import FAMILIES, ModelSet, default_order, family_size, search
from darknumber.words import LANGUAGES, use_language

WIDTH = 80


@pytest.fixture(scope="module")
def dutch() -> ModelSet:
    """Six lists, all orders: a stepwise search ends far from the best."""
    return search(example("netherlands-2010-2015"))


def covered(levels: tuple[str, ...] = ("f", "m")) -> CaptureTable:
    """Three lists and one covariate."""
    rows = [(1, 60), (2, 50), (3, 10), (4, 30), (5, 9), (6, 12)]
    return CaptureTable.build(
        ("A", "B", "C"),
        [h for _ in levels for h, _ in rows],
        [n + 5 * k for k, _ in enumerate(levels) for _, n in rows],
        covariates=[Covariate(name="sex", levels=levels)],
        levels=[np.repeat(np.arange(len(levels)), len(rows))],
    )


def test_published_optima(dutch):
    # METHODS 5.3: the optima of the published tables, each found by other code too
    assert dutch.estimates[0] == pytest.approx(143_603.0, abs=0.05)
    assert dutch.estimates[dutch.candidates.local] == pytest.approx(43_584.7, abs=0.05)
    assert search(example("netherlands-2010-2015"), max_order=2).estimates[0] == pytest.approx(116_667.0, abs=0.05)
    assert search(example("uk-2013-5")).estimates[0] == pytest.approx(25_311.3, abs=0.05)


def test_what_is_listed(dutch):
    assert dutch.near == 8
    assert len(dutch.candidates.label) == 9  # the end of the stepwise search is listed too, though it is far away
    assert dutch.candidates.distance[-1] > dutch.candidates.delta
    assert dutch.complete
    assert dutch.gap is None
    assert dutch.weights.sum() == pytest.approx(1)
    low, high = dutch.range
    assert low > 120_000  # the range is that of the models close to the best
    assert high == max(dutch.estimates)


def test_columns_and_frame(dutch):
    columns = dutch.columns()
    assert columns["rank"] == list(range(1, 10))
    assert columns["stepwise"] == [False] * 8 + [True]
    assert columns["observed"] == [8234.0] * 9
    assert columns["estimate"][0] == pytest.approx(columns["observed"][0] + columns["unobserved"][0])
    assert set(columns["verdict"]) == {"estimable"}
    assert isinstance(dutch.to_frame("polars"), pl.DataFrame)
    json.dumps(columns)


def test_print_says_the_certificate_and_where_a_stepwise_search_ends(dutch):
    text = " ".join(str(dutch).split())
    assert "Proved: every other of the 7,785,061 models is more than 6 points worse." in text
    assert "A stepwise search stops at number 9, 20.6 points above the best: 43,585, and not 143,603." in text
    assert "Their estimates run from 130,118 to 178,882." in text
    assert "Observed: 8,234 people" in text
    assert "Assumes: lists depend on each other only through the terms selected" in text
    assert "estimate with: best(max_order=6)" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["netherlands-2010-2015", "korea", "artificial-3", "new-orleans-2016-8"])
def test_lines_fit_and_no_number_is_raw(name, language):
    with use_language(language):
        text = str(search(example(name), max_order=2))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert not {"inf", "nan", "None"} & set(text.split())


def test_an_infinite_model_is_said_in_words():
    found = search(example("korea"))
    assert "no upper limit" in str(found)
    assert "the highest finite one is 269" in str(found)
    assert found.columns()["verdict"].count("infinite") == 2


def test_a_long_set_is_cut_and_says_so():
    found = search(example("new-orleans-2016-8"))
    assert len(found.candidates.label) == found.near == 162
    text = str(found)
    assert "142 more" in text
    assert "268,435,456" in text
    assert len(found.columns()["rank"]) == 162


def test_a_model_cut_out_of_the_middle_is_counted(dutch):
    far = replace(dutch.candidates, local=len(dutch.candidates.label) - 1)
    many = replace(
        far,
        **{
            name: np.concatenate([np.repeat(getattr(far, name)[:1], 30), getattr(far, name)])
            for name in ("parameters", "deviance", "aic", "aicc", "bic", "unobserved", "verdict", "distance")
        },
        label=far.label[:1] * 30 + far.label,
        step=("",) * (30 + len(far.label)),
        local=29 + len(far.label),
    )
    text = str(replace(dutch, fit=replace(dutch.fit, candidates=replace(many, local=38))))
    assert "18 more" in text  # 39 models: 20 shown, 18 left out, and the stepwise one


def test_a_search_that_was_stopped_says_its_gap(dutch):
    def said(beyond: float) -> str:
        candidates = replace(dutch.candidates, beyond=beyond)
        return " ".join(str(replace(dutch, fit=replace(dutch.fit, candidates=candidates))).split())

    assert "may be up to 12.4 points better than the first one here" in said(-12.4)
    assert "no model is better than the first one here" in said(2.5)
    assert "more than 2.5 and less than 6 points worse may be lacking" in said(2.5)
    assert "Proved" not in said(2.5)


def test_two_lists_have_one_model():
    table = CaptureTable.build(("A", "B"), [1, 2, 3], [50, 40, 9])
    found = search(table)
    assert found.estimates[0] == pytest.approx(99 + 50 * 40 / 9)
    assert "only model" in str(found)
    assert "stepwise" not in str(found)
    assert "lists are independent of each other" in str(found)


def test_covariates_are_searched_with_the_lists():
    found = search(covered())
    assert found.family is None
    assert "Proved: every other model of the family" in str(found)
    assert any("sex" in label for label in search(covered(), delta=30.0).candidates.label)


def test_covariates_that_are_not_always_recorded_are_left_out_and_named():
    found = search(covered(("f", "m", NOT_RECORDED)), trend="")
    assert not any("sex" in label for label in found.candidates.label)
    assert [f.values for f in found.findings if f.code == "search_pooled"] == [{"names": ("sex",)}]
    assert "left out of the search: sex" in str(found)
    assert search(covered(("f", "m", NOT_RECORDED)), scope="A:B + A:sex").candidates.label[0] in ("", "A:B")


@pytest.mark.parametrize("lists", FAMILIES)
def test_families_are_counted_where_that_is_known(lists):
    names = tuple("ABCDEFGH"[:lists])
    table = CaptureTable.build(names, [1 << k for k in range(lists)], [5] * lists)
    assert family_size(table, lists) == family_size(table, max(lists - 1, 2)) == FAMILIES[lists]
    assert family_size(table, 2) == (1 if lists == 2 else 2 ** (lists * (lists - 1) // 2))
    assert default_order(table, "aic") == lists


def test_orders_that_can_be_searched():
    def of(lists: int) -> CaptureTable:
        return CaptureTable.build(tuple("ABCDEFGHI"[:lists]), [1 << k for k in range(lists)], [5] * lists)

    assert [default_order(of(lists), "bic") for lists in (6, 7, 8, 9)] == [6, 3, 2, 2]
    assert [default_order(of(lists), "aic") for lists in (6, 7, 8, 9)] == [6, 2, 2, 2]
    assert default_order(covered(), "bic") == 2
    assert family_size(of(7), 3) is None
    assert family_size(covered(), 2) is None


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"criterion": "bix"}, "bad_option"),
        ({"criterion": -1.0}, "bad_option"),
        ({"criterion": float("nan")}, "bad_option"),
        ({"max_order": 1}, "bad_max_order"),
        ({"delta": 0.0}, "bad_delta"),
        ({"delta": float("inf")}, "bad_delta"),
        ({"scope": "A:XX"}, "unknown_name_in_term"),
    ],
)
def test_settings_that_cannot_be(settings, code):
    with pytest.raises(ModelError) as caught:
        search(example("korea"), **settings)
    assert caught.value.code == code
    assert caught.value.what


def test_something_else_than_a_table():
    with pytest.raises(InputError) as caught:
        search([1, 2, 3])  # type: ignore[arg-type]
    assert caught.value.code == "not_a_table"


def test_every_criterion_has_a_name():
    said = {c: str(search(example("korea"), c)).splitlines()[0] for c in ("aicc", "bic-overlap", 3.5)}
    assert "AICc" in said["aicc"]
    assert "BIC on overlaps" in said["bic-overlap"]
    assert "3.5 points a parameter" in said[3.5]


def test_progress_can_stop_it():
    seen: list[tuple[int, int, str]] = []
    search(example("korea"), progress=lambda *what: seen.append(what))
    assert seen == [(0, 1, "search"), (1, 1, "search")]

    def stop(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        search(example("korea"), progress=stop)
