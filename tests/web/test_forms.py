"""Forms ask for exactly the settings that models and intervals have, and give back what stands in them."""

from __future__ import annotations

import pytest

from darknumber.errors import ModelError
from darknumber.inference.intervals import INTERVALS
from darknumber.models import MODELS
from darknumber.models.text import parse
from darknumber.web.forms import Group, group_of, number_of, thing_of
from darknumber.words import use_language


def sent(group: Group) -> dict[str, str]:
    """What a browser sends of a group of fields as it stands."""
    found = {f"{group.name}.of": group.chosen}
    found |= {field.name: field.value for field in (*group.fields, *group.more)}
    for inner in group.inner:
        found |= sent(inner)
    return found


WRITTEN = (
    "best(criterion=aic, max_order=3)",
    "stepwise(criterion=4.5, max_order=2)",
    'log-linear("police:care + care:year", modelled)',
    "stratified(model=stepwise(criterion=aic))",
    "links(missed=0.1, model=independence)",
    "heterogeneity(form=poisson)",
)


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("name", [*MODELS, *WRITTEN])
def test_a_model_comes_back_from_its_form(name, language):
    model = parse(name, MODELS)
    with use_language(language):
        group = group_of("model", "Model", model, MODELS)
    assert thing_of("model", sent(group), MODELS) == model


@pytest.mark.parametrize("name", [*INTERVALS, "bootstrap(replicates=50, limits=bca)"])
def test_an_interval_comes_back_from_its_form(name):
    interval = parse(name, INTERVALS)
    assert thing_of("interval", sent(group_of("interval", "Interval", interval, INTERVALS)), INTERVALS) == interval


@pytest.mark.parametrize("name", MODELS)
def test_every_setting_is_explained(name):
    group = group_of("model", "Model", MODELS[name], MODELS)
    assert group.about
    assert [field.label for field in group.more if not field.help] == []


def test_nothing_chosen_leaves_it_to_the_program():
    group = group_of("model", "Model", None, MODELS, own="as the data say")
    assert group.fields[0].choices[0] == ("", "as the data say")
    assert thing_of("model", sent(group), MODELS) is None


def test_settings_of_what_was_chosen_before_are_left_aside():
    form = {**sent(group_of("model", "Model", parse("best(criterion=aic)", MODELS), MODELS)), "model": "stepwise"}
    assert thing_of("model", form, MODELS) == MODELS["stepwise"]


@pytest.mark.parametrize(
    ("field", "text"), [("model", "worst"), ("model.max_order", "two"), ("model.criterion", "<b>"), ("model.of", "x")]
)
def test_what_cannot_be_used_is_refused(field, text):
    form = {**sent(group_of("model", "Model", MODELS["best"], MODELS)), field: text}
    if field == "model.of":
        assert thing_of("model", form, MODELS) == MODELS["best"]  # its settings are those of something else
        return
    with pytest.raises(ModelError):
        thing_of("model", form, MODELS)


@pytest.mark.parametrize(("text", "number"), [("95", 95.0), (" 97,5 ", 97.5), ("0.5", 0.5), ("", -1.0), ("x", -1.0)])
def test_numbers_are_read_with_a_point_or_a_comma(text, number):
    assert number_of(text, -1.0) == number
