"""The estimate under each definition: the same links and draws, another choice of who counts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from darknumber.errors import InputError
from darknumber.inference.asking import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.models import LogLinear
from darknumber.register.linkage.drawn import linked_tables
from darknumber.register.linkage.link import link
from darknumber.register.reading.reports import read_reports
from darknumber.register.synthetic.synthetic_reports import synthetic_reports
from darknumber.studies.by_definition import by_definition
from darknumber.words import LANGUAGES, use_language

LISTS = ("police", "coordinators", "shelters")
MODEL, HOW = LogLinear(""), Bootstrap(replicates=40)
ASKED = ("registered", "purpose", "purpose and minor, unknown=in")
SETTINGS = {"lists": LISTS, "draws": 3, "seed": 5}


@pytest.fixture(scope="module")
def links():
    columns = synthetic_reports(2_000, seed=6).columns
    texts = {name: [None if each is None else str(each) for each in values] for name, values in columns.items()}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in texts.items()})
    return link(read_reports(table, name="reports"), "rules")


@pytest.fixture(scope="module")
def narrow():
    """Reports in which the inspectorate knows of labour only, and nobody of criminal exploitation."""
    columns = {name: list(values) for name, values in synthetic_reports(1_200, seed=6).columns.items()}
    for place, (organisation, form) in enumerate(zip(columns["organisation"], columns["form"], strict=True)):
        if organisation == "inspectorate" or form == "criminal":
            columns["form"][place] = "labour"
    texts = {name: [None if each is None else str(each) for each in values] for name, values in columns.items()}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in texts.items()})
    return link(read_reports(table, name="reports"), "rules")


@pytest.fixture(scope="module")
def found(links):
    return by_definition(links, ASKED, MODEL, HOW, **SETTINGS)


def test_each_is_the_estimate_of_its_own_tables(links, found):
    for name, answer in zip(ASKED, found.answers, strict=True):
        alone = estimate(linked_tables(links, definition=name, **SETTINGS), MODEL, HOW, seed=5)
        assert answer.observed.tolist() == alone.observed.tolist()
        assert np.array_equal(answer.estimate, alone.estimate)
        assert np.array_equal(answer.limits, alone.limits)


def test_fewer_meet_a_narrower_definition(found):
    registered, purpose, _ = (answer.observed[0] for answer in found.answers)
    assert 0 < purpose < registered
    assert found.answers[1].estimate[0] < found.answers[0].estimate[0]


def test_by_default_every_definition_that_the_reports_can_answer(links):
    narrow = by_definition(links, (), MODEL, HOW, **SETTINGS)
    names = [each.name for each in narrow.definitions]
    assert names[0] == "registered"
    assert {"without-border", "signal", "purpose", "labour"} < set(names)
    assert len(names) == len(set(names))


def test_a_list_that_nobody_is_on_under_a_definition_is_left_out_there_only(narrow):
    found = by_definition(narrow, ("registered", "domestic-sexual"), MODEL, HOW, draws=2, seed=5)
    assert "inspectorate" in found.tables[0].best.lists
    assert "inspectorate" not in found.tables[1].best.lists
    assert {each.code: each.values for each in found.findings}["lists_left_out"]["lists"] == ["inspectorate"]


def test_a_definition_that_nobody_meets_is_left_out_unless_it_was_asked_for(narrow):
    found = by_definition(narrow, (), MODEL, HOW, draws=2, seed=5)
    assert "criminal" not in [each.name for each in found.definitions]
    assert "criminal" in found.left_out
    told = {each.code: each for each in found.findings}["definitions_left_out"]
    assert told.values["names"] == found.left_out
    with pytest.raises(InputError) as refused:
        by_definition(narrow, ("registered", "criminal"), MODEL, HOW, draws=2, seed=5)
    assert refused.value.code == "nobody_linked"


def test_one_text_is_one_definition(links):
    assert [each.name for each in by_definition(links, "purpose", MODEL, HOW, **SETTINGS).definitions] == ["purpose"]


def test_columns_have_a_row_for_each(found):
    columns = found.columns()
    assert columns["definition"] == ["registered", "purpose", "purpose and minor"]
    assert columns["unknown"] == ["in", "out", "in"]
    assert {len(values) for values in columns.values()} == {3}
    assert list(found.to_frame("polars")["definition"]) == columns["definition"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_fits_and_says_who_counts(found, language):
    with use_language(language):
        text = str(found)
        assert max(map(len, text.splitlines())) <= 80
        for each in found.definitions:
            assert each.name in text
            assert " ".join(each.sentence.split()[:4]) in " ".join(text.split())


def test_what_is_not_known_is_refused(links):
    with pytest.raises(InputError) as refused:
        by_definition(links, ("purpos",), MODEL, HOW, **SETTINGS)
    assert "purpose" in str(refused.value)


def test_progress_reaches_the_end(links):
    told = []
    by_definition(
        links, ASKED[:2], MODEL, HOW, **SETTINGS, progress=lambda done, total, what: told.append((done, total))
    )
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)
