"""The register as two studies had it: what was made of it, and that a revision finds that again."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from darknumber.data.examples import example, linked_example
from darknumber.data.table import NOT_RECORDED, CaptureTable
from darknumber.inference.estimate import answered
from darknumber.inference.intervals import Bootstrap
from darknumber.models import LogLinear
from darknumber.register.synthesise import BORDER_DEFINITION
from darknumber.register.targets import COVARIATES
from darknumber.register.truth import national_law
from darknumber.register.vintages import (
    CORRECTED,
    DOUBLES,
    FORM_LATER,
    LATE,
    linked_extracts,
    vintages,
    write_vintages,
)
from darknumber.studies.revise import revise

PACKAGED = files("darknumber.data").joinpath("tables/register-vintages.csv.gz")
TIMES = 400  # so many people for each of the population's, so that rounding counts hardly matters
MANY = 4.5  # standard errors


@pytest.fixture(scope="module")
def linked():
    return linked_example()


def test_the_packaged_extracts_are_the_made_ones(tmp_path):
    write_vintages(tmp_path / "register-vintages.csv.gz")
    assert (tmp_path / "register-vintages.csv.gz").read_bytes() == PACKAGED.read_bytes()


def test_the_same_seed_gives_the_same_counts():
    assert vintages(seed=3).columns() == vintages(seed=3).columns()
    assert vintages(seed=3).columns() != vintages(seed=4).columns()


def same(one: CaptureTable, other: CaptureTable) -> bool:
    return one.covariates == other.covariates and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("stratum", "history", "count", "operating")
    )


def test_the_later_extract_is_the_register_both_ways(linked):
    assert same(linked.table("same_definition"), example("register"))
    assert same(linked.table("new"), example("register-without-273f-1-3"))
    assert same(linked.table("old"), example("register-2015"))
    names = [extract.name for extract in linked.extracts.values()]
    assert names == ["register-2015 (synthetic)", "register (synthetic)", "register-without-273f-1-3 (synthetic)"]


def test_late_people_are_missing_in_the_share_that_was_assumed(linked):
    everyone = linked.table("same_definition").pool([each.name for each in COVARIATES[1:]]).observed
    columns = linked.columns()
    year = np.array(columns["same:year"])
    there = np.array(linked.old.present)
    for place, (name, share) in enumerate(LATE.items()):
        of_year = (year == name) & linked.same_definition.present
        late = linked.count[of_year & ~there].sum() / everyone[place]
        assert late == pytest.approx(share, abs=MANY * np.sqrt(share * (1 - share) / everyone[place]))
    assert not linked.count[there & (year > "2015")].sum()


def test_what_was_corrected_since(linked):
    both = linked.old.present & linked.same_definition.present
    columns = {name: np.array(values) for name, values in linked.columns().items()}
    hidden = both & (columns["old:form"] == NOT_RECORDED) & (columns["same:form"] != NOT_RECORDED)
    known = both & (columns["same:form"] != NOT_RECORDED)
    assert linked.count[hidden].sum() / linked.count[known].sum() == pytest.approx(FORM_LATER, abs=0.012)
    wrong = both & (columns["old:nationality"] != columns["same:nationality"])
    assert set(columns["old:nationality"][wrong]) == {"dutch"}
    other = both & (columns["same:nationality"] == "other")
    assert linked.count[wrong].sum() / linked.count[other].sum() == pytest.approx(CORRECTED, abs=0.006)
    doubles = linked.old.present & ~linked.same_definition.present
    assert linked.count[doubles].sum() / linked.count[both].sum() == pytest.approx(DOUBLES, abs=0.006)
    same_history = (linked.old.history == linked.same_definition.history) | ~both
    assert same_history.all()


def as_expected():
    """The extracts of a register in which everything is as the law expects, many times over."""
    known = national_law()
    expected = np.round(TIMES * known.expected).astype(np.int64)
    expected[:, 0] = 0
    stratum, history = np.nonzero(expected)
    levels = np.unravel_index(stratum, [len(covariate.levels) for covariate in known.covariates])
    # the form is always recorded here, so that the true terms are the model
    flagged = CaptureTable.build(
        known.lists,
        history,
        expected[stratum, history],
        covariates=[*_with_not_recorded(known.covariates), BORDER_DEFINITION],
        levels=[*levels, np.zeros(len(stratum), dtype=np.int64)],
        unit="person-year",
    )
    return linked_extracts(flagged, lambda people, share: np.floor(people * share + 0.5).astype(np.int64))


def _with_not_recorded(covariates):
    return [replace(each, levels=(*each.levels, NOT_RECORDED)) if each.name == "form" else each for each in covariates]


def test_late_reports_and_doubles_come_out_as_they_were_made():
    """They take and give their share of every history, and so of what is registered and of what is estimated."""
    made = as_expected()
    rest = [each.name for each in COVARIATES[1:]]
    then, now = (made.table(side).pool(rest).select("year", tuple(LATE)) for side in ("old", "same_definition"))
    kept = np.array([(1 - late) * (1 + DOUBLES) for late in LATE.values()])
    assert then.observed == pytest.approx(now.observed * kept, rel=1e-3)
    by_year = LogLinear(" + ".join(f"{name}:year" for name in now.lists))
    assert by_year.fit(then).estimate == pytest.approx(by_year.fit(now).estimate * kept, rel=5e-3)


def test_a_revision_of_the_pair_finds_what_was_made(linked):
    """Registered, and so estimated, 15% too few in 2015 and hardly any in 2010; the definition takes people away."""
    rest = [each.name for each in COVARIATES[1:]]
    by_year = LogLinear("police:coordinators + police:year + border:year + coordinators:others")
    old = answered(example("register-2015").pool(rest), by_year, Bootstrap(replicates=100), workers=1)
    new = answered(example("register-without-273f-1-3").pool(rest), by_year, Bootstrap(replicates=100), workers=1)
    found = revise(old, new, linked=linked, workers=1, seed=1, vintages=("2017", "2021"))
    assert found.levels == tuple(LATE)
    data = found.part("data")
    ratio = found.people[1, :-1] / found.people[0, :-1]
    expected = np.array([1 / ((1 - late) * (1 + DOUBLES)) for late in LATE.values()])
    with np.errstate(invalid="ignore"):
        width = (data.upper - data.lower)[:-1] / found.people[0, :-1]
    assert (np.abs(ratio - expected) < width).all()
    assert found.told("data")[5] == "higher"
    assert found.told("data")[0] == "unclear"
    assert set(found.told("definition")[2:5]) == {"lower"}  # 2012-2014, when these cases were many
    assert np.array_equal(sum(found.part(step).value for step in found.steps), found.whole().value)
