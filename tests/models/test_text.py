"""Models and intervals as text and as JSON: what is written can be read, and mistakes are told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.errors import ModelError
from darknumber.inference.intervals import INTERVALS, Bootstrap, LogNormal, Profile
from darknumber.models import (
    MODELS,
    Chapman,
    Corrected,
    Independence,
    LincolnPetersen,
    LogLinear,
    PooledTotal,
    Stepwise,
    Stratified,
)
from darknumber.models.text import format_thing, from_json, parse, to_json

words = st.text(max_size=12)
margins = st.sampled_from(["free", "modelled"])
plain = st.one_of(
    st.sampled_from([Independence(), LincolnPetersen(), Chapman()]),
    st.builds(LogLinear, words, margins),
    st.builds(Corrected, words, st.sampled_from(["firth", "plus-one"])),
)


def searches(lower):
    return st.builds(
        Stepwise,
        criterion=st.one_of(
            st.sampled_from(["bic", "aic", "aicc"]), st.floats(0, 1e6, allow_subnormal=False), st.integers(0, 100)
        ),
        direction=st.sampled_from(["both", "forward", "backward"]),
        max_order=st.integers(2, 5),
        scope=words,
        lower=lower,
        trend=words,
        screen=st.sampled_from(["score", "refit"]),
        margin=margins,
    )


# A list called stepwise could be the floor of a search only as a lone main effect, which is always in.
searched = st.recursive(searches(words.filter(lambda text: text not in MODELS)), searches, max_leaves=3)
models = st.recursive(
    plain | searched,
    lambda inner: st.one_of(
        st.builds(PooledTotal, inner),
        st.builds(Stratified, inner, st.lists(words, max_size=3).map(tuple), st.sampled_from(["each", "joint"])),
    ),
    max_leaves=3,
)
intervals = st.one_of(
    st.sampled_from([Profile(), LogNormal()]),
    st.builds(
        Bootstrap,
        replicates=st.integers(1, 10**6),
        law=st.sampled_from(["observed", "parametric"]),
        limits=st.sampled_from(["percentile", "bca"]),
    ),
)


@given(models)
def test_a_model_goes_through_text_and_json(model):
    assert parse(format_thing(model), MODELS) == model
    assert from_json(json.loads(json.dumps(to_json(model))), MODELS) == model


@given(intervals)
def test_an_interval_goes_through_text_and_json(interval):
    assert parse(format_thing(interval), INTERVALS) == interval
    assert from_json(json.loads(json.dumps(to_json(interval))), INTERVALS) == interval


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stepwise", Stepwise()),
        ("stepwise()", Stepwise()),
        ("stepwise(aic)", Stepwise("aic")),
        ("stepwise(criterion=2.5, max_order=3,)", Stepwise(2.5, max_order=3)),
        ("log-linear(terms='A:B + A:poly(year, 2)')", LogLinear("A:B + A:poly(year, 2)")),
        ("stratified(independence, by=(year, sex))", Stratified(Independence(), ("year", "sex"))),
        ("stratified(model=stepwise(aic), by=year, select=joint)", Stratified(Stepwise("aic"), ("year",), "joint")),
        ("stepwise(criterion=aic, lower=stepwise)", Stepwise("aic", lower=Stepwise())),
        ('stepwise(lower="A:B")', Stepwise(lower="A:B")),
        ("pooled-total(log-linear(margin=free))", PooledTotal(LogLinear())),
        ("  chapman  ", Chapman()),
    ],
)
def test_what_is_read(text, expected):
    assert parse(text, MODELS) == expected


def test_fields_at_their_default_are_left_out():
    assert format_thing(Stepwise()) == "stepwise"
    assert format_thing(Stepwise("aic", max_order=3)) == "stepwise(criterion=aic, max_order=3)"
    assert format_thing(Bootstrap(replicates=200)) == "bootstrap(replicates=200)"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_model_text"),
        ("stepwise(", "bad_model_text"),
        ("stepwise)", "bad_model_text"),
        ("stepwise(criterion=)", "bad_model_text"),
        ("stepwise(criterion=aic max_order=2)", "bad_model_text"),
        ("stepwise('aic)", "bad_model_text"),
        ("stepwise(1, 2, 3, 4, 5, 6, 7, 8, 9)", "bad_model_text"),
        ("no-such-model", "unknown_model"),
        ("stratified(model=no-such-model())", "unknown_model"),
        ("stepwise(order=2)", "unknown_option"),
        ("chapman(1)", "bad_model_text"),
        ("stepwise(criterion=cic)", "bad_option"),
        ("stepwise(criterion=-1)", "bad_option"),
        ("stepwise(criterion=nan)", "bad_option"),
        ("stepwise(criterion=inf)", "bad_option"),
        ("stepwise(criterion=true)", "option_not_yes_no"),
        ("stepwise(max_order=two)", "option_not_whole"),
        ("stepwise(max_order=2.5)", "option_not_whole"),
        ("average(delta=six)", "option_not_a_number"),
        ("stepwise(max_order=1)", "bad_max_order"),
        ("stepwise(direction=down)", "bad_option"),
        ("log-linear(margin=2)", "bad_option"),
        ("stratified(model=3)", "option_not_of_kind"),
        ("stratified(model=nobody)", "option_not_of_kind"),
        ("stepwise(lower=chapman())", "option_not_of_kind"),
    ],
)
def test_mistakes_are_told(text, code):
    with pytest.raises(ModelError) as caught:
        parse(text, MODELS)
    assert caught.value.code == code
    assert str(caught.value)  # its sentences can be made


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        ({}, "bad_model_text"),
        ({"name": "stepwise", "lower": {"criterion": "aic"}}, "bad_model_text"),
        ({"name": "nobody"}, "unknown_model"),
        ({"name": "stepwise", "order": 3}, "unknown_option"),
        ({"name": "stepwise", "max_order": "3"}, "option_not_whole"),
        ({"name": "stepwise", "max_order": True}, "option_not_yes_no"),
        ({"name": "log-linear", "terms": ["A:B"]}, "option_not_of_kind"),
        ({"name": "log-linear", "terms": None}, "option_not_of_kind"),
        ({"name": "log-linear", "terms": {"name": "chapman"}}, "option_not_of_kind"),
        ({"name": "stratified", "model": "stepwise(aic)"}, "option_not_of_kind"),
    ],
)
def test_mistakes_in_json_are_told(tree, code):
    with pytest.raises(ModelError) as caught:
        from_json(tree, MODELS)
    assert caught.value.code == code
    assert str(caught.value)
