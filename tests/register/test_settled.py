"""What a table says of people, and what is drawn where it does not."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.register.synthesise import synthesise
from darknumber.register.synthetic.settled import DUTCH, FORMS, MINORS, WOMEN, settled


def generator():
    return np.random.Generator(np.random.Philox(1))


def test_what_the_table_says_holds():
    table = synthesise().flagged
    cell = np.arange(len(table.count))
    people = settled(table, cell, (2019, 2019), generator())
    for name, level, found in (
        ("sex", "female", people.female),
        ("age", "adult", people.adult),
        ("nationality", "dutch", people.dutch),
        ("crossing", "cross-border", people.abroad),
        ("border_definition", "yes", people.flagged),
    ):
        axis = table.axis(name)
        expected = table.level_of(name)[table.stratum] == table.covariates[axis].levels.index(level)
        assert (found == expected).all()
    assert set(people.hidden) == {"form"}
    assert set(people.form) == set(FORMS)
    assert (people.first_year == people.last_year).all()
    assert people.others == {}


def test_what_it_does_not_say_is_drawn():
    table = example("uk-2013")
    people = settled(table, np.zeros(20_000, dtype=np.int64), (2010, 2012), generator())
    assert people.female.mean() == pytest.approx(WOMEN, abs=0.015)
    assert people.adult.mean() == pytest.approx(1 - MINORS, abs=0.012)
    assert people.dutch.mean() == pytest.approx(DUTCH, abs=0.015)
    assert np.mean(people.form == "labour") == pytest.approx(FORMS["labour"], abs=0.015)
    assert not (people.eu & people.dutch).any()
    assert not people.flagged.any()
    assert (set(people.first_year), set(people.last_year)) == ({2010}, {2012})
    assert people.hidden == {}
