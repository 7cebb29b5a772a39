"""The true population has the margins it should, and the kept coefficients put the lists where they should be."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.histories import membership
from darknumber.register.targets import COVARIATES, LISTS, members, targets
from darknumber.register.truth import calibrate, kept_coefficients, national_law, population, write_coefficients

ROUNDED = 0.002  # whole people: the smallest group with a target share has about a thousand
CALIBRATED = 0.005  # coefficients are kept to three decimals, which moves an expected number by up to half a percent
LAST_DECIMAL = 0.0011  # another machine may round the last of the three the other way
PEOPLE = population()
ON = membership(np.arange(1 << len(LISTS)), len(LISTS))


def expected(names: str, group: str) -> float:
    on = ON[:, [LISTS.index(name) for name in names.split(":")]].all(axis=1)
    return float(national_law().expected[members(group, COVARIATES)][:, on].sum())


def label(target) -> str:
    return f"{target.list}-{target.part}-{target.whole}"


@pytest.mark.parametrize("target", targets("population"), ids=label)
def test_everyone_by_year(target):
    assert PEOPLE[members(target.whole, COVARIATES)].sum() == target.value


@pytest.mark.parametrize("target", targets("population_share"), ids=label)
def test_shares_of_the_population(target):
    part, whole = members(target.part, COVARIATES), members(target.whole, COVARIATES)
    assert PEOPLE[part & whole].sum() / PEOPLE[whole].sum() == pytest.approx(target.value, abs=ROUNDED)


def test_the_published_course():
    by_year = PEOPLE.reshape(10, -1).sum(axis=1)
    assert by_year.argmax() == 2  # 2012
    assert (np.diff(by_year[2:8]) < 0).all()  # down to 2017
    assert (np.diff(by_year[7:]) > 0).all()  # and up again


def test_the_first_study():
    """Figures of the 2017 study over 2014-2015, as a yearly mean."""
    mean = {
        group: PEOPLE[members(f"year=2014|2015;{group}" if group else "year=2014|2015", COVARIATES)].sum() / 2
        for group in (
            "",
            "form=sexual;crossing=domestic",
            "form=sexual;crossing=cross-border",
            "form=labour|criminal;crossing=cross-border",
            "form=sexual;nationality=dutch",
            "form=sexual;nationality=dutch;sex=female;age=minor",
            "sex=male",
        )
    }
    assert list(mean.values()) == pytest.approx([6250, 2875, 1310, 1325, 3000, 1320, 1040], rel=0.02)


def test_kept_coefficients_are_the_calibrated_ones(tmp_path):
    kept, calibrated = kept_coefficients(), calibrate(PEOPLE)
    assert [(c.term, c.level) for c in kept] == [(c.term, c.level) for c in calibrated]
    assert [c.value for c in kept] == pytest.approx([c.value for c in calibrated], abs=LAST_DECIMAL)
    write_coefficients(tmp_path / "coefficients.csv")
    text = (tmp_path / "coefficients.csv").read_text(encoding="utf-8")
    assert len(text.splitlines()) == len(kept) + 1


@pytest.mark.parametrize("target", targets("list_size"), ids=label)
def test_expected_list_sizes(target):
    assert expected(target.list, target.whole) == pytest.approx(target.value, rel=CALIBRATED)


@pytest.mark.parametrize("target", targets("list_share"), ids=label)
def test_expected_composition_of_lists(target):
    share = expected(target.list, target.part) / expected(target.list, "")
    assert share == pytest.approx(target.value, rel=CALIBRATED)


@pytest.mark.parametrize("target", targets("overlap"), ids=label)
def test_expected_overlaps(target):
    assert expected(target.list, "") == pytest.approx(target.value, rel=CALIBRATED)


def test_terms_are_pairs_trends_and_list_by_covariate():
    names = {*(covariate.name for covariate in COVARIATES), "poly(year, 2)", *LISTS}
    pieces = [term.split(":") for term in national_law().terms.split(" + ")]
    assert all(len(piece) == 2 and piece[0] in LISTS and piece[1] in names for piece in pieces)
    assert len({tuple(sorted(piece)) for piece in pieces}) == len(pieces)


def test_dependence_has_the_signs_of_the_research_file():
    value = {":".join(c.lists): c.value for c in kept_coefficients() if len(c.lists) == 2}
    assert min(value[pair] for pair in ("police:coordinators", "coordinators:others", "inspectorate:coordinators")) > 0
    assert max(value[pair] for pair in ("police:border", "border:shelters", "border:coordinators")) < 0
