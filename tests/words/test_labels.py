"""Names of lists, covariates and levels."""

from __future__ import annotations

import pytest

from darknumber.data.table import NOT_RECORDED
from darknumber.words import LANGUAGES, say, use_language
from darknumber.words.labels import covariate_name, level_name, list_name, stratum_name, use_names


def test_names_of_the_register_are_words():
    with use_language("nl"):
        assert list_name("police") == say("label.list.police")
        assert covariate_name("sex") == say("label.covariate.sex")
        assert level_name("sex", "female") == say("label.level.sex.female")


def test_other_names_stay_as_they_are():
    assert list_name("Liste 3.b") == "Liste 3.b"
    assert covariate_name("cohort") == "cohort"
    assert level_name("cohort", "A.1") == "A.1"


@pytest.mark.parametrize("language", LANGUAGES)
def test_not_recorded_has_a_phrase_for_every_covariate(language):
    with use_language(language):
        assert level_name("cohort", NOT_RECORDED) == say(f"label.level.{NOT_RECORDED}")
        assert "cohort" in stratum_name(["cohort"], [NOT_RECORDED])


def test_a_covariate_may_have_its_own_phrase_for_not_recorded():
    assert level_name("form", NOT_RECORDED) == say(f"label.level.form.{NOT_RECORDED}")


def test_strata():
    assert stratum_name(["cohort", "place"], ["A", "north"]) == "A, north"


def test_names_of_a_study_go_before_those_of_the_catalogue():
    own = {"list.police": {"en": "the force", "nl": "de politie"}, "level.sex.female": {"en": "women"}}
    with use_names(own):
        assert list_name("police") == "the force"
        assert level_name("sex", "female") == "women"
        assert level_name("sex", "male") == "men and boys"
        with use_language("nl"):
            assert list_name("police") == "de politie"
            assert level_name("sex", "female") == "vrouwen en meisjes"
    assert list_name("police") == "police"
