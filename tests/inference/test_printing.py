"""What a printed estimate says."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import get_args, get_type_hints

import numpy as np
import pytest

from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.inference.assumed import assumed_of, assumption
from darknumber.inference.estimate import estimate
from darknumber.inference.estimates import Estimates, Selection
from darknumber.inference.intervals import Bootstrap, Influence, LogNormal
from darknumber.inference.printing import MAX_ROWS, describe, finding_sentence, model_name
from darknumber.inference.publish import Figures, figures
from darknumber.kernels import verdicts
from darknumber.models import MODELS, OF_SIGHTINGS, Chao, PoissonTail, Stepwise
from darknumber.models.base import Fit, shares
from darknumber.words import LANGUAGES, has, use_language

LISTS = ("police", "care", "shelters")


def answer(levels: int = 1, **changes: object) -> Estimates:
    """As many strata as asked, with four unseen people to each one on a list."""
    covariates = (Covariate(name="region", levels=tuple(f"region {k}" for k in range(levels))),) if levels > 1 else ()
    strata = np.repeat(np.arange(levels), 3)
    data = CaptureTable.build(
        LISTS,
        np.tile([1, 2, 7], levels),
        np.tile([500, 400, 100], levels),
        covariates=covariates,
        levels=[strata] if covariates else (),
        name="people.csv",
    )
    observed = data.observed.astype(float)
    fit = Fit(
        model=Stepwise(),
        data=data,
        terms="police:care",
        unobserved=4 * observed,
        verdict=np.zeros(levels, np.int8),
        probabilities=shares(data.dense()),
        ascertainment=np.full(levels, 0.2),
    )
    spread = np.random.default_rng(1).lognormal(0, 0.1, (200, levels))
    estimates = Estimates(
        covariates=covariates,
        observed=observed,
        unobserved=fit.unobserved,
        verdict=fit.verdict,
        at_least=5 * observed,
        draws=observed + fit.unobserved * spread,
        level=0.95,
        interval=Bootstrap(replicates=200),
        seed=7,
        fits=(fit,),
        unit="person",
        name="people.csv",
        selection=Selection(choices=("police:care", ""), shares=np.array([0.8, 0.2]), verdicts={"estimable": 1.0}),
    )
    return replace(estimates, **changes)  # type: ignore[arg-type]


def infinite(estimates: Estimates) -> Estimates:
    """The same without an upper limit in the first stratum."""
    unobserved, draws, verdict = estimates.unobserved.copy(), estimates.draws.copy(), estimates.verdict.copy()
    unobserved[0], draws[:, 0], verdict[0] = np.inf, np.inf, verdicts.INFINITE
    at_least = estimates.at_least.copy()
    at_least[0] = estimates.observed[0]
    return replace(estimates, unobserved=unobserved, draws=draws, verdict=verdict, at_least=at_least)


def flowing(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


def test_the_number_never_stands_alone():
    text = flowing(describe(answer()))
    for part in (
        "1,000",
        "5,000",
        " to ",
        "20%",
        "95% interval",
        "200 bootstrap replicates",
        "the choice of model repeated in each",
        "Seed 7",
        "police:care",
        "80% chose this one",
        "people.csv, 3 lists, people",
        "Assumes: lists depend on each other in pairs only",
    ):
        assert part in text


def test_print_is_the_description():
    assert str(answer()) == describe(answer())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("levels", [1, 2, MAX_ROWS, MAX_ROWS + 1, 300])
def test_no_line_is_longer_than_80(language, levels):
    with use_language(language):
        for estimates in (answer(levels), infinite(answer(levels)), answer(levels, unit="person-year")):
            assert max(map(len, describe(estimates).splitlines())) <= 80


@pytest.mark.parametrize("language", LANGUAGES)
def test_large_numbers_fit_too(language):
    big = answer(4)
    factor = 12_345.0
    estimates = replace(
        infinite(big),
        observed=big.observed * factor,
        unobserved=big.unobserved * factor,
        verdict=big.verdict,
        draws=big.draws * factor,
    )
    with use_language(language):
        assert max(map(len, describe(estimates).splitlines())) <= 80


def test_few_strata_are_rows_and_many_a_hint():
    few, many = describe(answer(MAX_ROWS)), describe(answer(MAX_ROWS + 1))
    assert few.count("region ") == MAX_ROWS
    assert "total" in few
    assert 'estimates.by("region")' in flowing(many)
    assert "region 3" not in many


def test_no_upper_limit_is_said():
    text = flowing(describe(infinite(answer(2))))
    assert "no upper limit" in text
    assert "at least 1,000" in text
    assert "at least 6,000" in text
    assert "In 100% of the replicates the total has no upper limit" in text
    assert "inf" not in text.replace("infinite", "")
    assert "nan" not in text


def test_a_finding_on_replicates_is_not_said_twice():
    finding = Finding(code="replicates_infinite", severity="stop", values={"share": 1.0})
    text = flowing(describe(infinite(answer(2, findings=(finding,)))))
    assert text.count("of the replicates the total has no upper limit") == 1


def test_not_identified_is_said():
    estimates = answer(2)
    broken = replace(
        estimates,
        unobserved=np.array([np.nan, 4000.0]),
        verdict=np.array([verdicts.NOT_IDENTIFIED, verdicts.ESTIMABLE], np.int8),
        at_least=np.array([1000.0, 5000.0]),
        draws=np.where([True, False], np.nan, estimates.draws),
    )
    text = flowing(describe(broken))
    assert "n.e." in text
    assert "at least 1,000" in text
    assert "at least 6,000" in text
    assert "not identified" in text


def test_limits_without_draws():
    estimates = answer(20, draws=None, selection=None, interval=LogNormal(), bounds=np.tile([4000.0, 6000.0], (20, 1)))
    text = flowing(describe(estimates))
    assert "log-normal" in text
    assert "do not add up" in text
    assert "estimates.columns()" in text
    assert "4,000 to 6,000" in text


def test_a_fixed_model_says_so():
    estimates = answer()
    fixed = replace(
        estimates, fits=(replace(estimates.fits[0], model=MODELS["independence"], terms=""),), selection=None
    )
    text = flowing(describe(fixed))
    assert "the model fixed in advance" in text
    assert "main effects only" in text
    assert "repeated" not in text


def test_person_years_are_victim_years():
    assert "victim-years" in describe(answer(unit="person-year"))
    with use_language("nl"):
        assert "slachtofferjaren" in describe(answer(unit="person-year"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_model_and_assumption_has_words(language, name):
    model = MODELS[name]
    with use_language(language):
        assert has(f"model.{name}")
        assert model_name(model)
        for code in model.assumes:
            assert has(f"assumption.{code}")
            assert not assumption(code).endswith(".")


SAME_IN_BOTH = {"gamma", "hyper-g"}  # words of the field that are also values


@pytest.mark.parametrize("name", sorted(MODELS | OF_SIGHTINGS))
def test_no_code_stands_in_a_title(name):
    """Whatever the settings: in Dutch, where a code that was left in cannot pass for a word."""
    model = (MODELS | OF_SIGHTINGS)[name]
    options = {each.name: get_args(get_type_hints(type(model))[each.name]) for each in fields(model)}
    for option, values in options.items():
        for value in (value for value in values if isinstance(value, str)):
            with use_language("nl"):
                try:
                    title = model_name(replace(model, **{option: value}))
                except ModelError:  # a setting that does not go with the others
                    continue
            assert "=" not in title
            codes = {each for several in options.values() for each in several if isinstance(each, str)} - SAME_IN_BOTH
            assert not codes & set(re.findall(r"[\w-]+", title))


def test_settings_are_said_in_titles_where_they_are_not_the_usual_ones():
    assert model_name(Chao()) == "Chao's lower bound"
    assert model_name(Chao(lists="equal")) == "Chao's lower bound, equal chances for all lists"
    with use_language("nl"):
        assert model_name(PoissonTail()).endswith("(drempel 2%)")
        assert model_name(PoissonTail(0.005)).endswith("(drempel 0,5%)")


TWO = CaptureTable.build(("police", "care"), np.array([1, 2, 3]), np.array([600, 400, 100]))


@pytest.mark.parametrize("model", ["best", "average", "stepwise"])
def test_of_two_lists_nothing_is_said_of_a_choice(model):
    text = flowing(describe(estimate(TWO, model, "bootstrap(replicates=40)", seed=1)))
    for word in ("proved", "choice of model", "replicates chose", "times as wide", "within"):
        assert word not in text.partition("No data can show")[0]
    assert ("leave one model" in text) is (model != "stepwise")


def test_one_covariate_gives_a_choice_to_two_lists():
    text = flowing(describe(estimate(two_groups(), "best", "bootstrap(replicates=40)", seed=1)))
    assert "choice of model repeated" in text
    assert "replicates chose" in text
    assert "leave one model" not in text


def two_groups() -> CaptureTable:
    """Two lists, and two groups that have the same chance of being on them."""
    return CaptureTable.build(
        ("police", "care"),
        np.array([1, 2, 3, 1, 2, 3]),
        np.array([600, 400, 100, 300, 200, 50]),
        covariates=(Covariate(name="sex", levels=("female", "male")),),
        levels=[np.array([0, 0, 0, 1, 1, 1])],
    )


def test_assumptions_say_something_of_the_data():
    codes = MODELS["partial-pooling"].assumes
    assert assumed_of(codes, two_groups())[:2] == ("independent_lists", "levels_alike")
    assert "prior_levels" in assumed_of(codes, two_groups())
    assert {"terms_alike", "levels_alike", "prior_terms"} <= set(assumed_of(codes, answer(2).fits[0].data))
    alone = assumed_of(codes, answer(1).fits[0].data)
    assert "prior_pairs" in alone
    assert not {"terms_alike", "levels_alike", "prior_terms"} & set(alone)
    assert not {code for code in assumed_of(codes, TWO) if code.startswith(("prior", "terms", "levels"))}


def test_draws_from_a_law_are_no_replicates():
    estimates = infinite(answer(interval=Influence(), selection=None)).with_draw_findings()
    text = flowing(describe(estimates))
    assert "replicates" not in text
    assert text.count("In 100% of the draws the total has no upper limit") == 1


def test_one_active_covariate_is_not_several():
    one = answer(2)
    text = describe(replace(one, fits=(replace(one.fits[0], active=("region",)),)))
    assert "Active covariate: region." in text
    assert "Passive covariate, only" in describe(one)


def test_findings_use_the_names_of_the_reader():
    estimates = answer()
    finding = Finding(code="list_alone", severity="caution", where="police")
    with use_language("nl"):
        assert "politie" in finding_sentence(finding, estimates.fits[0].data).lower()
        text = flowing(describe(replace(estimates, findings=(finding,))))
        assert "politie" in text.lower()


def test_a_model_without_terms_is_given_none():
    estimates = answer()
    none = replace(estimates, fits=(replace(estimates.fits[0], terms=None),))
    assert "Model:" not in describe(none)
    assert "The replicates chose" not in flowing(describe(none))
    assert "Model: main effects only." in describe(
        replace(estimates, fits=(replace(estimates.fits[0], terms=""),), selection=None)
    )


def test_nothing_is_said_of_a_choice_that_was_not_made():
    nothing = Selection(choices=(), shares=np.zeros(0), verdicts={"estimable": 1.0})
    assert "The replicates chose" not in flowing(describe(answer(selection=nothing)))


def test_only_what_is_shown_is_worked_out(monkeypatch):
    worked_out: list[int] = []

    def counting(estimates: Estimates) -> tuple[Figures, ...]:
        worked_out.append(len(estimates.observed))
        return figures(estimates)

    monkeypatch.setattr("darknumber.inference.printing.figures", counting)
    many = answer(MAX_ROWS + 1)
    describe(many)
    assert worked_out == [1]
    apart = replace(many, draws=None, bounds=many.limits, interval=LogNormal(), selection=None)
    text = describe(apart)
    assert worked_out == [1, MAX_ROWS]
    assert f"region {MAX_ROWS - 1}" in text
    assert f"region {MAX_ROWS} " not in text


def test_two_lists_are_assumed_independent_whatever_the_model():
    table = CaptureTable.build(["A", "B"], [1, 2, 3], [50, 40, 10])
    said = flowing(describe(estimate(table, "stepwise", Bootstrap(replicates=40), seed=1)))
    assert "lists are independent of each other" in said
    assert "pairs only" not in said
