"""The first page in plain words: each kind of answer has its own, and none says more than the numbers do."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import LogNormal
from darknumber.kernels import verdicts
from darknumber.views import story
from darknumber.views.document import Text
from darknumber.views.options import ReportOptions
from darknumber.views.summary import answer, answers, case_of
from darknumber.words import LANGUAGES, use_language

EXACT = ReportOptions(rules=None)


def said(estimates: Estimates, options: ReportOptions = EXACT) -> dict[str, str]:
    head = story.headline(estimates)
    found = {}
    for part in answers(estimates, head, options):
        (block,) = part.blocks
        assert isinstance(block, Text)
        found[part.name] = block.text
    return found


def with_limits(plain: Estimates, lower: float, upper: float, estimate: float | None = None) -> Estimates:
    """The same 2,744 people on a list, with draws that have these limits."""
    draws = np.full((200, 1), 4.5 * 2744)
    draws[:100], draws[100:] = lower, upper
    unobserved = plain.unobserved if estimate is None else np.array([estimate - 2744.0])
    return replace(plain, draws=draws, unobserved=unobserved)


def infinite(plain: Estimates, code: int, value: float) -> Estimates:
    return replace(
        plain,
        unobserved=np.array([value]),
        verdict=np.array([code], dtype=np.int8),
        at_least=np.array([2744.0]),
        draws=np.full((200, 1), value),
    )


@pytest.fixture
def kinds(plain, no_draws, groups_only) -> dict[str, Estimates]:
    """An answer of each kind."""
    strata = replace(
        groups_only,
        draws=None,
        selection=None,
        interval=LogNormal(),
        bounds=np.column_stack([groups_only.observed, 9 * groups_only.observed]),
    )
    return {
        "number": plain,
        "wide": with_limits(plain, 2744, 53_300),
        "open": with_limits(plain, 4000, np.inf),
        "infinite": infinite(plain, verdicts.INFINITE, np.inf),
        "unknown": infinite(plain, verdicts.NOT_IDENTIFIED, np.nan),
        "zero": replace(
            plain,
            unobserved=np.zeros(1),
            verdict=np.array([verdicts.ZERO], dtype=np.int8),
            draws=np.full((200, 1), 2744.0),
        ),
        "parts": strata,
    }


def test_every_kind_is_known(kinds):
    assert {name: case_of(each, story.headline(each)) for name, each in kinds.items()} == {name: name for name in kinds}


@pytest.mark.parametrize("language", LANGUAGES)
def test_four_answers_for_every_kind(kinds, language):
    with use_language(language):
        for each in kinds.values():
            found = said(each)
            assert list(found) == ["found", "sure", "means", "not-said"]
            for text in found.values():
                assert text.endswith(".")
                assert not re.search(r"(?<![\w-])(nan|inf|None)(?![\w-])|[{}]|  ", text)


def test_the_unseen_are_the_estimate_less_the_registered(plain):
    # 4.5 x 2,744 = 12,348, less 2,744 = 9,604; rounded as the estimate is, to 100
    found = said(plain)["found"]
    assert "About 9,600 people were on no list" in found
    # 100 / 4.5 = 22
    assert "Of every 100, about 22 were in view" in found


def test_no_number_is_suggested_where_there_is_none(kinds):
    for name in ("infinite", "unknown", "parts"):
        assert not re.search(r"\d", said(kinds[name])["found"])
        assert not re.search(r"plausible|\d{3,}", said(kinds[name])["sure"])
    assert "perhaps nobody, perhaps as many as 50,000, or any number in between." in said(kinds["wide"])["found"]
    assert "at least 2,744 people" in said(kinds["wide"])["means"]
    assert "At least 1,000 people were on no list" in said(kinds["open"])["found"]
    assert "an upper limit is not known" in said(kinds["open"])["means"]
    assert "no proof" in said(kinds["zero"])["means"]
    assert "cannot answer the question" in said(kinds["infinite"])["means"]


def test_a_wide_interval_that_leaves_out_nobody_says_so(plain):
    assert "Between 1,000 and 50,000 people were on no list" in said(with_limits(plain, 4000, 53_300))["found"]


def test_other_models_are_told_beside_the_answer(plain):
    # seven others on the path: those within 10 points are 1.09 and 0.94 times the 9,604 unseen
    assert "from 4.7% lower to 7.0% higher" in said(plain)["sure"]
    fit = plain.fits[0]
    candidates = replace(fit.candidates, unobserved=fit.candidates.unobserved * np.array([1, 1, 1, 1, 1, 4, 1, 1]))
    other = replace(plain, fits=(replace(fit, candidates=candidates),))
    assert "4.7% lower to 3.6 times as high" in said(other)["sure"]
    open_one = candidates.unobserved.copy()
    open_one[6] = np.inf
    other = replace(plain, fits=(replace(fit, candidates=replace(candidates, unobserved=open_one)),))
    assert "some of them set no upper limit" in said(other)["sure"]


def test_most_in_view_is_said_as_a_percentage(plain):
    near = replace(plain, unobserved=np.array([500.0]), draws=2744 + np.linspace(300, 800, 200)[:, None])
    assert "about 85%" in said(near)["means"]


def test_what_may_not_be_printed_is_not(plain):
    few = replace(plain, observed=np.array([3.0]), unobserved=np.array([9.0]), draws=np.full((200, 1), 12.0))
    assert case_of(few, None) == "hidden"
    told = [part.blocks[0].text for part in answers(few, None, EXACT)]
    assert not re.search(r"\d", " ".join([*told, answer(few, None, EXACT)]))
