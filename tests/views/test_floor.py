"""A model that gives a floor: what is published is that there were at least so many, and never an estimate."""

from __future__ import annotations

import math

import pytest

import darknumber as dn
from darknumber.data.frequencies import Frequencies
from darknumber.inference.assumed import gives_floor
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.publish import figures
from darknumber.models import Chao, Heterogeneity, Links, Sightings, Zelterman
from darknumber.views import story
from darknumber.views.labels import About
from darknumber.words import LANGUAGES, use_language

FEW = Bootstrap(replicates=100)


@pytest.fixture(scope="module")
def floor():
    return dn.estimate(dn.example("uk-2013"), Chao(), FEW, seed=1)


@pytest.mark.parametrize(
    ("model", "bound"),
    [
        (Chao(), True),
        (Heterogeneity(), True),
        (Links(missed=0.05, model=Chao()), True),
        (Heterogeneity("darroch"), False),
        (Zelterman(), False),
    ],
)
def test_which_models_give_a_floor(model, bound):
    answer = dn.estimate(dn.example("uk-2013"), model, Bootstrap(replicates=40), seed=1)
    assert gives_floor(answer) is bound
    assert figures(answer.total())[0].bound is bound


def test_of_one_list_once_and_twice_give_a_floor_unless_everybody_is_taken_to_follow_them():
    people = Frequencies.build([1, 2, 3], [400, 120, 30])
    for whole in (False, True):
        answer = dn.estimate(people, Sightings(most=2, whole=whole), FEW, seed=1)
        assert gives_floor(answer) is not whole


def test_only_the_lower_limit_is_told_and_never_rounded_up(floor):
    row = figures(floor)[0]
    lower = float(floor.limits[0, 0])
    assert row.single is False
    assert row.upper == math.inf
    assert row.lower <= lower
    assert lower - row.lower < 0.02 * lower
    assert row.ratio_upper == math.inf
    assert row.estimate_text == "floor only"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_calls_it_an_estimate(floor, language):
    with use_language(language):
        head, about = story.headline(floor), About()
        said = [story.title(head, about), story.answer(head, about), str(floor)]
        word = {"en": "at least", "nl": "minstens"}[language]
        assert word in said[0]
        assert word in said[1]
        assert {"en": "estimated", "nl": "schatting"}[language] not in " ".join(said[:2])
        assert {"en": "floor only", "nl": "alleen ondergrens"}[language] in said[2]
        assert {"en": "odds ratio", "nl": "kansverhouding"}[language] not in said[2]
