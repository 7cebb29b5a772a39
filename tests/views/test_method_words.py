"""A sentence for every setting of every model and interval."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest

from darknumber.inference.intervals import INTERVALS, Bootstrap
from darknumber.models import MODELS, OF_SIGHTINGS, Average, Best, LogLinear, Stepwise, Stratified
from darknumber.models.base import Model
from darknumber.models.heterogeneity import Heterogeneity
from darknumber.views.method_words import settings_in_words
from darknumber.words import LANGUAGES, has, use_language

COUNTED = {"replicates"}  # told where the interval is described, with how many there were
THINGS = [*MODELS.values(), *OF_SIGHTINGS.values(), *INTERVALS.values()]
OPTIONAL = {"scope", "trend", "lower"}  # nothing is said where they are empty


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "thing", [*MODELS.values(), *OF_SIGHTINGS.values(), *INTERVALS.values()], ids=lambda thing: thing.name
)
def test_every_setting_has_a_sentence(thing, language):
    for field in fields(thing):
        if field.name not in COUNTED | OPTIONAL:
            owners = (thing.name, "any")
            assert any(has(f"method.{owner}.{field.name}.given") for owner in owners) or all(
                any(has(f"method.{owner}.{field.name}.{value}") for owner in owners)
                for value in values_of(thing, field)
            ), field.name
    with use_language(language):
        for sentence in settings_in_words(thing):
            assert sentence.endswith(".")
            assert "{" not in sentence


def values_of(thing: object, field: object) -> list[str]:
    """The words a setting can be."""
    options = re.findall(r"'([^']+)'", str(field.type)) or re.findall(r'"([^"]+)"', str(field.type))  # type: ignore[attr-defined]
    return options or (["free", "modelled"] if field.name == "margin" else [str(getattr(thing, field.name))])  # type: ignore[attr-defined]


def text(thing: Model | Bootstrap) -> str:
    return " ".join(settings_in_words(thing))  # type: ignore[arg-type]


def test_the_values_are_in_the_sentences():
    assert "lowered AIC" in text(Stepwise(criterion="aic"))
    assert "only dropped" in text(Stepwise(direction="backward"))
    assert "poly(year, 2)" in text(Stepwise(trend="poly(year, 2)"))
    assert "within 6 points" in text(Best())
    assert "police:care" in text(LogLinear(terms="police:care"))
    assert "taken to be independent" in text(LogLinear())
    assert "less than one per cent" in text(Average())


def test_what_changes_nothing_is_not_told():
    assert "two at most" in text(Stepwise())
    assert "two at most" not in text(Stepwise(scope="police:care"))
    assert "base" not in text(Heterogeneity())
    assert "base of the Poisson form is 2." in text(Heterogeneity(form="poisson"))
    assert "populations" not in text(Bootstrap())
    assert "100 populations" in text(Bootstrap(limits="calibrated"))


def test_a_model_inside_is_described_too():
    found = text(Stratified(model=Stepwise(criterion="aic"), by=("year",), select="joint"))
    assert "The model inside: log-linear model chosen stepwise (AIC)." in found
    assert "lowered AIC" in found
    assert "One choice of terms was made for all parts together" in found


def test_two_settings_never_say_the_same():
    for one in MODELS.values():
        said = settings_in_words(one)
        assert len(said) == len(set(said))
    other = replace(Stepwise(), screen="refit")
    assert settings_in_words(other) != settings_in_words(Stepwise())
