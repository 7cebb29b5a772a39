"""Identities agree with what is known of people."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from darknumber.register.synthetic.identities import Known, drawn, identities, mixes, of_age, places
from darknumber.register.synthetic.text_columns import texts

PEOPLE = 6000


def known(rng, **given):
    first = np.datetime64("2016-01-01") + rng.integers(0, 300, PEOPLE)
    values = {
        "female": rng.random(PEOPLE) < 0.7,
        "adult": rng.random(PEOPLE) < 0.5,
        "dutch": rng.random(PEOPLE) < 0.3,
        "eu": None,
        "form": texts(["sexual", "labour"])[rng.integers(2, size=PEOPLE)],
        "year": np.full(PEOPLE, 2016),
        "first": first,
        "last": first + rng.integers(0, 60, PEOPLE),
    }
    return Known(**values | given)


def made(people, families=0.0, twins=0.0, seed=1):
    return identities(people, families=families, twins=twins, rng=np.random.Generator(np.random.Philox(seed)))


@pytest.fixture
def rng():
    return np.random.Generator(np.random.Philox(5))


def age_on(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def test_ages_and_citizenships(rng):
    people = known(rng)
    found = made(people)
    for place in range(PEOPLE):
        born, first, last = (day.item() for day in (found.birth[place], people.first[place], people.last[place]))
        if people.adult[place]:
            assert 18 <= age_on(born, first) <= 66
        else:
            assert 11 <= age_on(born, last) < 18
    assert ((found.citizenship == "NLD") == people.dutch).all()


def test_the_union_is_told_apart_where_asked_for(rng):
    eu = rng.random(PEOPLE) < 0.5
    people = known(rng, eu=eu)
    member = np.isin(found := made(people).citizenship, mixes()["eu"])
    assert (member == (eu & ~people.dutch)).all()
    assert set(found[~people.dutch & ~eu]) > {"NGA", "CHN"}


def test_citizenships_come_in_their_mix(rng):
    people = known(rng, dutch=np.zeros(PEOPLE, bool))
    found = made(people).citizenship[people.form == "labour"]
    mix = mixes()["citizenship"]["labour"]
    share = mix["POL"] / sum(mix.values())
    assert np.mean(found == "POL") == pytest.approx(share, abs=4.5 * np.sqrt(share * (1 - share) / len(found)))


def test_names_fit_sex_and_citizenship(rng):
    people = known(rng, dutch=np.zeros(PEOPLE, bool))
    found = made(people)
    polish = found.citizenship == "POL"
    endings = [name[-3:] for name in found.surname[polish & ~people.female]]
    assert "ski" in endings
    assert not any(name.endswith("ski") for name in found.surname[polish & people.female])
    assert "Kowalska" not in set(found.surname[polish & ~people.female])


def test_twins_are_born_together_and_have_names_of_their_own(rng):
    people = known(rng)
    found = made(people, families=0.4, twins=0.4)
    together = {}
    for place in range(PEOPLE):
        key = (found.birth[place], found.citizenship[place], found.prefix[place], found.home[place])
        together.setdefault(key, []).append(place)
    twins = [group for group in together.values() if len(group) == 2]
    assert len(twins) == pytest.approx(0.2 * PEOPLE, rel=0.1)
    assert all(found.given[one] != found.given[other] for one, other in twins)
    brothers = [group for group in twins if len({bool(people.female[place]) for place in group}) == 1]
    assert all(found.surname[one] == found.surname[other] for one, other in brothers)


def test_some_were_born_on_new_year_s_day_because_nobody_knows(rng):
    people = known(rng, dutch=np.zeros(PEOPLE, bool), form=texts(["sexual"] * PEOPLE), adult=np.ones(PEOPLE, bool))
    found = made(people)
    of_guinea = found.citizenship == "GIN"
    share = mixes()["new_year"]["GIN"]
    new_year = found.birth[of_guinea].astype("datetime64[Y]") == found.birth[of_guinea]
    assert np.mean(new_year) == pytest.approx(share, abs=4.5 * np.sqrt(share / of_guinea.sum()))


@pytest.mark.parametrize(("birth", "day"), [("2000-05-03", "2018-05-03"), ("2004-02-29", "2022-03-01")])
def test_coming_of_age(birth, day):
    assert of_age(np.array([birth], dtype="datetime64[D]"))[0] == np.datetime64(day)


def test_places_have_shares_and_regions():
    names, regions, shares = places()
    assert len(names) == len(regions) == len(shares)
    assert len(set(regions)) == 10
    assert shares.sum() == pytest.approx(1)


def test_drawing_by_weight(rng):
    found = drawn({"a": 3, "b": 1}, 4000, rng)
    assert np.mean(found == "a") == pytest.approx(0.75, abs=0.03)
