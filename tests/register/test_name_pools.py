"""Names for people who do not exist."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.register.synthetic.identities import mixes
from darknumber.register.synthetic.name_pools import pools, rank_shares, split_prefix


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("van der Berg", ("van der", "Berg")),
        ("Nowak", ("", "Nowak")),
        ("in 't Veld", ("in 't", "Veld")),
        ("de la Cruz", ("de la", "Cruz")),
        ("el Idrissi", ("el", "Idrissi")),
    ],
)
def test_prefixes(name, parts):
    assert split_prefix(name) == parts


def test_common_names_are_many_times_as_common_as_others():
    shares = rank_shares(50)
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares) < 0).all()
    assert shares[0] / shares[29] == pytest.approx((32 / 3) ** 0.9)


@pytest.mark.parametrize("culture", pools())
def test_a_pool_is_whole(culture):
    pool = pools()[culture]
    assert pool.shares.sum() == pytest.approx(1)
    assert (pool.shares > 0).all()
    assert len(pool.prefixes) == len(pool.surnames) == len(pool.women) == len(pool.shares)
    assert len(set(pool.girls)) == len(pool.girls)
    assert len(set(pool.boys)) == len(pool.boys)
    names = [*pool.girls, *pool.boys, *pool.surnames, *pool.women]
    assert all(name == name.strip() and name[0].isupper() and "  " not in name for name in names)


def test_women_have_their_own_form_of_a_name():
    polish = pools()["polish"]
    forms = dict(zip(polish.surnames, polish.women, strict=True))
    assert (forms["Kowalski"], forms["Nowak"]) == ("Kowalska", "Nowak")


def test_common_surnames_of_the_netherlands_are_as_common_as_they_are():
    """The most common of all, de Jong, is borne by half a percent; here by a few times as many, with fewer names."""
    dutch = pools()["dutch"]
    assert (dutch.prefixes[0], dutch.surnames[0]) == ("de", "Jong")
    assert 0.005 < dutch.shares[0] < 0.04


def test_everybody_has_a_name():
    cultures = {culture for mix in mixes()["names"].values() for culture in mix}
    assert cultures == set(pools())
    countries = {country for mix in mixes()["citizenship"].values() for country in mix} | {"NLD"}
    assert countries == set(mixes()["names"])
    assert countries - {"NLD"} == set(mixes()["mistaken"])


def test_mistaken_citizenships_stay_on_their_side_of_the_union():
    in_eu = set(mixes()["eu"])
    for country, other in mixes()["mistaken"].items():
        assert other != country
        assert "NLD" not in (country, other)
        assert (country in in_eu) == (other in in_eu)
