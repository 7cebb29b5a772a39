"""Sentences follow from the numbers."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import figures
from darknumber.kernels import verdicts
from darknumber.views import story
from darknumber.views.disclosure import disclose
from darknumber.views.labels import PEOPLE, About
from darknumber.words import LANGUAGES, use_language

VICTIMS = About(population="victims", place="in the Netherlands")


def shaped(estimates: Estimates, factors: list[float]) -> Estimates:
    """By year, with the estimate and all draws of each year multiplied."""
    years = estimates.by("year")
    times = np.array(factors)
    assert years.draws is not None
    unobserved = np.maximum(years.estimate * times - years.observed, 0)
    return replace(years, unobserved=unobserved, draws=np.maximum(years.draws * times, years.observed))


def level(estimates: Estimates) -> list[float]:
    """What makes the estimate of every year equal."""
    values = estimates.by("year").estimate
    return list(6000 / values)


def test_the_course_is_worded_from_differences(register, flat_register):
    assert story.course_title(register.by("year")).startswith("After the peak in 2012 the estimate fell to 2017")
    assert story.course_title(flat_register.by("year")) == "No clear change between 2010 and 2019"


@pytest.mark.parametrize(
    ("shape", "title"),
    [
        ([1] * 10, "No clear change between 2010 and 2019"),
        ([2, 1.8, 1.6, 1.4, 1.2, 1.1, 1, 0.9, 0.8, 0.7], "From 2010 to 2019 the estimate fell"),
        ([2, 1.8, 1.6, 1.4, 1.2, 1, 1, 1, 1, 1], "From 2010 to .* the estimate fell; since then no clear change"),
        ([1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.4, 2.6, 2.8], "From 2010 to 2019 the estimate rose"),
        ([1, 1, 1, 1, 2.2, 2.2, 2.2, 2.2, 2.2, 2.2], "From .* to .* the estimate rose; since then no clear change"),
        ([1, 1, 3, 1, 1, 1, 1, 1, 1, 1], "After the peak in 2012 the estimate fell to .*; since then no clear change"),
        ([1, 1, 3, 2.6, 2.2, 2, 1.8, 1.6, 1.2, 0.8], "After the peak in 2012 the estimate fell until 2019"),
        ([1, 1, 3, 1, 1, 0.8, 1, 1.4, 1.8, 2], "After the peak in 2012 the estimate fell to 2015; since then it rose"),
    ],
)
def test_shapes_of_the_course(register, shape, title):
    years = shaped(register, [a * b for a, b in zip(shape, level(register), strict=True)])
    assert re.fullmatch(title, story.course_title(years))


def test_a_passive_year_is_not_compared(register):
    """Its estimates move with the registered numbers, so that a fall says nothing of those who are not."""
    fits = tuple(replace(fit, active=("sex",)) for fit in register.fits)
    passive = replace(register, fits=fits)
    head = story.headline(passive)
    assert head is not None
    assert head.change is None
    assert story.headline(register).change is not None
    assert "fell" not in story.course_title(passive.by("year"))


def test_years_without_an_estimate_are_counted(broken):
    assert story.course_title(broken.by("year")) == "For 2 of 4 years there is no finite estimate"


def test_without_draws_nothing_is_claimed(register):
    years = register.by("year")
    bounded = replace(years, draws=None, bounds=years.limits)
    assert story.course_title(bounded) == "Estimated and registered, by year"
    assert story.least_in_view([bounded]) == "Registered and estimated, by group"


def test_the_headline_is_the_last_year(register):
    head = story.headline(register)
    assert head.year == "2019"
    assert head.row.observed == register.by("year").observed[-1]
    text = story.answer(head, VICTIMS)
    assert "presumed victims of human trafficking in the Netherlands" in text
    assert head.row.estimate_text in text
    assert head.row.interval_text in text
    assert "no clear change from 2018" in text


def test_a_clear_change_is_said(register):
    up = shaped(register, [1] * 9 + [3])
    down = shaped(register, [1] * 9 + [0.4])
    assert "clearly more than in 2018" in story.answer(story.headline(up), PEOPLE)
    assert "clearly fewer than in 2018" in story.answer(story.headline(down), PEOPLE)


def test_the_title_changes_with_the_numbers(plain):
    def title(ratio: float, spread: float) -> str:
        assert plain.draws is not None
        unobserved = plain.observed * (ratio - 1)
        noise = np.random.default_rng(1).normal(0, spread, plain.draws.shape)
        changed = replace(plain, unobserved=unobserved, draws=plain.observed + unobserved * np.exp(noise))
        return story.title(story.headline(changed), PEOPLE)

    assert title(4.0, 0.05) == "About one in four of these people is in view"
    assert title(8.9, 0.05) == "About one in nine of these people is in view"
    assert title(14.0, 0.05) == "About one in 14 of these people is in view"
    assert title(1.25, 0.05) == "About 80% of these people are in view"
    assert title(4.0, 0.5).startswith("Between one in ")
    assert title(2.0, 1.2).startswith("At least about one in ")


def test_a_title_never_claims_more_than_the_interval(plain):
    def title(lower: float, upper: float) -> str:
        head = story.headline(plain)
        kind = "estimable" if np.isfinite(upper) else "open"
        row = replace(head.row, kind=kind, ratio=3.0, ratio_lower=lower, ratio_upper=upper)
        return story.title(replace(head, row=row), PEOPLE)

    assert title(3.9, np.inf) == "At most about one in three of these people is in view"
    assert title(1.9, np.inf) == "These data set no upper limit to the number of people"
    assert title(1.6, 4.2) == "At least about one in five of these people is in view"
    assert title(2.9, 6.1) == "Between one in seven and one in two of these people is in view"


def test_open_ends(plain, broken):
    assert plain.draws is not None
    draws = plain.draws.copy()
    draws[:20] = np.inf
    opened = replace(plain, draws=draws)
    assert story.title(story.headline(opened), PEOPLE).startswith("At most about one in ")
    said = story.answer(story.headline(opened), PEOPLE)
    assert "or more people: the 95% interval has no upper limit, so that no single number is given." in said
    head = story.headline(broken)
    assert story.title(head, PEOPLE) == "These data set no upper limit to the number of people"
    assert "850 were registered; how many were not, the data do not tell." in story.answer(head, PEOPLE)


def test_not_identified(plain):
    unknown = replace(
        plain,
        unobserved=np.array([np.nan]),
        draws=np.full((200, 1), np.nan),
        verdict=np.array([verdicts.NOT_IDENTIFIED], np.int8),
    )
    head = story.headline(unknown)
    assert story.title(head, VICTIMS) == (
        "The number of presumed victims of human trafficking cannot be estimated from these data"
    )
    assert [number for number, _ in story.trio(head)] == ["2,744", "n.e.", "n.e."]


def test_person_years_without_a_year_are_victim_years(register):
    pooled = register.by("sex")
    assert "victim-years" in story.answer(story.headline(pooled), VICTIMS)
    assert "victims" not in story.answer(story.headline(pooled), VICTIMS).replace("victim-years", "")


def test_four_sentences_on_how_sure(register, plain, no_draws):
    sentences = story.how_sure(register, story.headline(register), PEOPLE)
    assert len(sentences) == 4
    assert sentences[3].startswith("No data can show whether all lists together depend on each other.")
    assert "200 replicates" in sentences[0]
    assert "chosen anew" in sentences[0]
    assert sentences[1].startswith("Two other models on the search path")
    assert sentences[2].startswith("The answer assumes that lists depend on each other in pairs only. The strongest")
    assert "everyone could be on a list" in sentences[2]
    assert "200 replicates" not in story.how_sure(no_draws, story.headline(no_draws), PEOPLE)[0]


def test_models_nearby_are_counted(plain):
    fit = plain.fits[0]
    far = replace(fit.candidates, distance=np.array([900.0, 800, 700, 600, 500, 400, 300, 0]))
    one = replace(fit.candidates, distance=np.array([900.0, 800, 700, 600, 500, 400, 5, 0]))
    infinite = replace(one, unobserved=np.where(np.arange(8) == 6, np.inf, fit.candidates.unobserved))

    def second(candidates) -> str:
        changed = replace(plain, fits=(replace(fit, candidates=candidates),))
        return story.how_sure(changed, story.headline(changed), PEOPLE)[1]

    assert second(far).startswith("No other model")
    assert second(one).startswith("One other model")
    assert second(infinite).endswith("it gives no upper limit.")
    assert second(None) == "The model was chosen from the data; another model can give another number."


def test_least_in_view_must_be_clear(register, flat_register):
    groups = [register.by("nationality", "age"), register.by("sex")]
    assert story.least_in_view(groups) == "Least in view, about one in nine: Dutch, minor"
    equal = replace(register.by("sex"), draws=np.tile(register.by("sex").estimate, (200, 1)))
    alike = replace(equal, unobserved=3 * equal.observed, draws=np.tile(4 * equal.observed, (200, 1)))
    assert story.least_in_view([alike]) == "No group is clearly less in view than everyone together"


def test_a_superlative_must_hold_against_every_other_group(register):
    ages = register.by("nationality", "age")
    twice = [
        ages,
        register.by("nationality", "age", "sex"),
    ]  # girls may be further off
    assert story.least_in_view(twice).startswith("Less in view than everyone together, about one in ")
    alike = ages.draws[:, [0]] / ages.observed[0] * ages.observed[2]
    near = replace(ages, draws=np.where(np.arange(4) == 2, alike, ages.draws))
    assert story.least_in_view([near]).startswith("Less in view than everyone together")


def test_a_hidden_group_is_not_named(register):
    groups = register.by("nationality", "age")
    few = replace(groups, observed=np.where(np.arange(4) == 0, 3.0, groups.observed))
    assert "Dutch, minor" in story.least_in_view([few])
    protection = disclose(few, groups=[("nationality", "age")], lists=False)
    assert "Dutch, minor" not in story.least_in_view([few], protection=protection)


def test_the_iceberg_counts_years(register, broken):
    rows = figures(register.by("year"))
    assert story.iceberg_title(rows, VICTIMS, yearly=True) == (
        "Every year more presumed victims stayed out of view than were registered"
    )
    assert story.iceberg_title(figures(broken.by("year")), PEOPLE, yearly=True).startswith("In 1 of 4 years")


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_said_in_both_languages(register, plain, broken, groups_only, no_draws, language):
    with use_language(language):
        for estimates in (register, plain, broken, groups_only, no_draws):
            head = story.headline(estimates)
            said = [
                story.title(head, VICTIMS),
                story.answer(head, VICTIMS),
                *story.how_sure(estimates, head, VICTIMS),
                *story.not_said(VICTIMS),
                *(text for pair in story.trio(head) for text in pair),
            ]
            assert all(said)
            assert not any(" nan" in text or " inf " in text or "{" in text for text in said)
