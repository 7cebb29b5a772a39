"""Models and intervals in words: all of them, all their options, in both languages."""

from __future__ import annotations

from dataclasses import fields

import pytest

from darknumber.cli.catalogue import WIDTH, describe, list_models
from darknumber.errors import ModelError
from darknumber.inference.intervals import INTERVALS
from darknumber.models import MODELS, OF_SIGHTINGS
from darknumber.models.text import parse
from darknumber.words import LANGUAGES, catalogue, use_language

THINGS = {**MODELS, **OF_SIGHTINGS, **INTERVALS}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_option_is_described_and_no_other(code):
    wanted = {f"option.{name}.{item.name}" for name, thing in THINGS.items() for item in fields(thing)}
    assert {key for key in catalogue.keys(code) if key.startswith("option.")} == wanted


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", THINGS)
def test_all_of_it_can_be_said(name, code):
    with use_language(code):
        said, listed = describe(name), list_models()
    assert said.startswith(name)
    assert THINGS[name].source.split(";")[0] in " ".join(said.split())
    assert name in listed
    assert max(map(len, [*said.splitlines(), *listed.splitlines()])) <= WIDTH


@pytest.mark.parametrize("name", THINGS)
def test_defaults_are_shown_as_they_are_written(name):
    registry = next(each for each in (MODELS, OF_SIGHTINGS, INTERVALS) if name in each)
    shown = [line.strip() for line in describe(name).splitlines() if line.startswith("  ") and line[2] != " "]
    options = ", ".join(line.replace(" = ", "=") for line in shown if " = " in line)
    assert parse(f"{name}({options})" if options else name, registry) == THINGS[name]


def test_dutch_is_dutch():
    with use_language("nl"):
        assert "Welke kant de zoektocht op gaat" in describe("stepwise")


def test_an_unknown_name_is_told():
    with pytest.raises(ModelError) as caught:
        describe("bootstrop")
    assert "bootstrap" in str(caught.value)
