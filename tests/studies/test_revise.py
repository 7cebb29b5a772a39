from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.linked import Linked
from darknumber.data.reshape import without_list
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import Cancelled, InputError, ModelError
from darknumber.inference.estimate import answered
from darknumber.inference.intervals import Bootstrap, Profile
from darknumber.models import LogLinear
from darknumber.studies.revise import Revision, revise
from darknumber.words import use_language
from tests.studies.vintages import drawn

FEW = Bootstrap(replicates=40)


def answers(linked: Linked, old="independence", new="independence", how=FEW, seed=0):
    return tuple(
        answered(linked.table(side), model, how, seed=seed, workers=1) for side, model in (("old", old), ("new", new))
    )


def revision(linked: Linked, models=("independence", "independence"), **given) -> Revision:
    return revise(*answers(linked, *models), linked=linked, workers=1, **{"replicates": 40, **given})


@pytest.fixture(scope="module")
def three() -> Revision:
    """Late reports, another definition, another model."""
    linked = drawn(1, people=600, years=3, late_people=0.1, same=True)
    return revision(linked, ("independence", LogLinear("A:B + C:D")), vintages=("2017", "2021"))


def test_what_was_registered_then_and_now(three):
    then, now = three.old.fits[0].data.observed, three.new.fits[0].data.observed
    assert three.registered[:, :-1].tolist() == [then.tolist(), now.tolist()]
    assert three.registered[:, -1].tolist() == [then.sum(), now.sum()]


def test_the_ends_are_the_answers(three):
    assert three.people[0, :-1] == pytest.approx(three.old.estimate)
    assert three.people[-1, :-1] == pytest.approx(three.new.estimate)
    assert three.people[[0, -1], -1] == pytest.approx([three.old.estimate.sum(), three.new.estimate.sum()])
    assert three.limits[1, :-1] == pytest.approx(three.new.limits)
    assert three.limits[1, -1] == pytest.approx(three.new.total().limits[0])


def test_parts_add_up_exactly(three):
    assert three.steps == ("data", "definition", "model")
    parts = sum(three.part(step).value for step in three.steps)
    assert np.array_equal(parts, three.whole().value)
    assert np.array_equal(three.whole().value[:-1].sum(), three.whole().value[-1])
    assert np.array_equal(three.people[-1] - three.people[0], three.whole().value)


def test_the_steps_are_what_they_say(three):
    """The old model on the new extract, by the old definition and then by the new one, worked out by hand."""
    linked = drawn(1, people=600, years=3, late_people=0.1, same=True)
    sizes = [three.old.estimate.sum()]
    sizes += [LogLinear("").fit(linked.table(side)).estimate.sum() for side in ("same_definition", "new")]
    sizes.append(three.new.estimate.sum())
    assert [three.part(step).value[-1] for step in three.steps] == pytest.approx(np.diff(sizes), abs=1e-3)


def test_ratios_of_sums_and_means_of_ratios_are_two_things():
    by_year = LogLinear("A:year + B:year + C:year + D:year")
    old, new = answers(drawn(1, people=600, years=3, late_people=0.1), by_year, by_year)
    found = revise(old, new, workers=1)
    ratios = found.people[[0, -1]] / found.registered
    assert np.array_equal(found.ratios, ratios)
    assert found.mean_ratios == pytest.approx(ratios[:, :-1].mean(axis=1))
    assert np.abs(found.mean_ratios - found.ratios[:, -1]).min() > 1e-4


def test_the_same_study_twice_has_changed_nothing():
    linked = drawn(2, people=400)
    found = revision(linked, same_definition=linked.table("new"))
    assert found.whole().value.tolist() == [0.0] * 3
    assert (found.whole().lower.tolist(), found.whole().upper.tolist()) == ([0.0] * 3, [0.0] * 3)
    assert set(found.told()) == {"unclear"}
    assert [finding.code for finding in found.findings] == ["revise_definition_kept"]


def test_without_linked_people_nothing_is_testable():
    old, new = answers(drawn(3, late_people=0.3))
    found = revise(old, new)
    assert not found.testable
    assert set(found.told()) == {"not testable"}
    assert np.isnan(found.whole().lower).all()
    assert found.findings[0].code == "revise_not_linked"
    assert "overlap" not in str(found).casefold()
    assert found.steps == ("data_and_definition", "model")
    assert {"revise_no_definition"} <= {finding.code for finding in found.findings}


def test_a_large_change_is_more_than_noise_and_late_marks_are_not():
    late = revision(drawn(4, late_people=0.3))
    assert late.told()[-1] == "higher"
    assert late.told("data_and_definition")[-1] == "higher"
    assert set(late.told("model")) == {"unclear"}
    assert revision(drawn(4, late=0.1)).told()[-1] == "unclear"


def test_a_part_is_tested_only_where_its_extract_is_linked():
    linked = drawn(5, late_people=0.2, same=True)
    without = Linked.build({"old": linked.old, "new": linked.new}, linked.count)
    old, new = answers(linked)
    found = revise(old, new, linked=without, same_definition=linked.table("same_definition"), workers=1)
    assert found.drawn == (True, False, True, True)
    assert found.told()[-1] in ("higher", "lower", "unclear")
    assert found.told("data")[-1] == found.told("definition")[-1] == "not testable"
    assert found.told("model")[-1] == "unclear"
    assert "revise_part_not_linked" in {finding.code for finding in found.findings}


def test_what_has_no_number_is_not_estimable():
    year = Covariate.of("year", ("2010", "2011"))
    fine, apart = {1: 30, 2: 25, 4: 20, 3: 9, 5: 8, 6: 7}, {1: 30, 2: 25, 4: 20}

    def table(*years):
        cells = [(place, w, n) for place, counts in enumerate(years) for w, n in counts.items()]
        level, history, count = map(np.array, zip(*cells, strict=True))
        return CaptureTable.build("ABC", history, count, covariates=[year], levels=[level])

    by_year = LogLinear("A:year + B:year + C:year")
    old = answered(table(fine, fine), by_year, FEW, workers=1)
    new = answered(table(fine, apart), by_year, FEW, workers=1)
    found = revise(old, new, workers=1)
    assert found.told() == ("not testable", "not estimable", "not estimable")
    assert np.isnan(found.part("data_and_definition").value[1])
    assert "revise_not_estimable" in {finding.code for finding in found.findings}
    for code in ("en", "nl"):
        with use_language(code):
            assert str(found)


def test_lists_that_are_gone_leave_the_whole_only():
    linked = drawn(6, late_people=0.2)
    old, _ = answers(linked)
    data = linked.table("new")
    new = answered(without_list(data, "D"), "independence", FEW, workers=1)
    found = revise(old, new, workers=1)
    assert found.steps == ("everything",)
    assert np.array_equal(found.part("everything").value, found.whole().value)
    assert "revise_lists_gone" in {finding.code for finding in found.findings}


def test_new_lists_and_years_are_told_and_compared_where_they_can_be():
    linked = drawn(7, years=3)
    data = linked.table("new")
    first = answered(data.select("year", ["2010", "2011"]), "independence", FEW, workers=1)
    found = revise(first, answered(data, "independence", FEW, workers=1), workers=1)
    assert found.levels == ("2010", "2011")
    assert found.whole().value[:-1] == pytest.approx(found.part("model").value[:-1], abs=1e-3)
    codes = {finding.code: finding for finding in found.findings}
    assert codes["revise_levels_new"].values["levels"] == ("2012",)
    back = revise(answered(data, "independence", FEW, workers=1), first, workers=1)
    assert "revise_levels_gone" in {finding.code for finding in back.findings}


def test_without_levels_the_whole_is_compared():
    linked = drawn(8, late_people=0.2)
    found = revision(linked, by=None)
    assert found.people.shape == (3, 1)
    assert found.columns()["level"] == [""]
    assert found.told() == ("higher",)
    assert found.mean_ratios.tolist() == found.ratios[:, 0].tolist()
    assert str(found)


def test_columns_are_one_row_a_level(three):
    columns = three.columns()
    assert columns["year"] == ["2010", "2011", "2012", ""]
    assert {len(values) for values in columns.values()} == {4}
    for step in three.steps:
        assert {step, f"{step}_lower", f"{step}_upper", f"{step}_told"} <= set(columns)


def test_draws_do_not_depend_on_workers_and_can_be_stopped():
    linked = drawn(9, people=300, late=0.2)
    old, new = answers(linked)
    one = revise(old, new, linked=linked, seed=3, workers=1, replicates=40)
    several = revise(old, new, linked=linked, seed=3, workers=3, replicates=40)
    assert np.array_equal(one.draws, several.draws)
    other = revise(old, new, linked=linked, seed=4, workers=1, replicates=40)
    assert not np.array_equal(one.draws, other.draws)

    def stop(*_):
        raise Cancelled

    with pytest.raises(Cancelled):
        revise(old, new, linked=linked, workers=1, replicates=40, progress=stop)


def test_what_is_refused(three):
    linked = drawn(10)
    old, new = answers(linked)
    for given, error in (
        ({"old": old.select(year="2010"), "new": new}, "part_of_an_answer"),
        ({"old": old, "new": new.mean("year", ["2010", "2011"])}, "part_of_an_answer"),
        ({"old": linked.table("old"), "new": new}, "not_an_answer"),
        ({"old": old, "new": replace(new, unit="person-year")}, "other_units"),
        ({"old": old, "new": new, "linked": drawn(11)}, "linked_differs"),
        ({"old": old, "new": new, "by": "sex"}, "unknown_covariate"),
        ({"old": old, "new": new, "replicates": 0}, "bad_replicates"),
    ):
        with pytest.raises((InputError, ModelError)) as caught:
            revise(**{"workers": 1, **given})
        assert caught.value.code == error
    with pytest.raises(ModelError) as caught:
        three.part("everything")
    assert caught.value.code == "no_such_part"


def test_answers_whose_limits_do_not_add_up_have_none_here():
    year = LogLinear("A:year + B:year + C:year + D:year")
    linked = drawn(12, people=500)
    old, new = answers(linked, year, year, Profile())
    found = revise(old, new, workers=1)
    assert np.isnan(found.limits).all()
    assert str(found)


def test_the_interval_covers_and_that_of_independent_studies_is_too_wide():
    """Both extracts are of one population and marks are late by chance: the true difference is nothing.

    The full run is evidence/revision.py; here thirty populations. Draws of the two studies with other random numbers
    each are what comparing two intervals amounts to.
    """
    inside, widths, apart, errors = 0, [], [], []
    for seed in range(30):
        linked = drawn(seed, people=500, late=0.1)
        old, new = answers(linked, how=Bootstrap(replicates=79), seed=seed)
        found = revise(old, new, linked=linked, seed=seed, workers=1)
        whole = found.whole()
        inside += int(whole.lower[-1] <= 0 <= whole.upper[-1])
        widths.append(whole.upper[-1] - whole.lower[-1])
        errors.append(whole.value[-1])
        other = answered(linked.table("old"), "independence", Bootstrap(replicates=79), seed=seed + 10**6, workers=1)
        draws = np.sort(new.total().draws[:, 0] - other.total().draws[:, 0])
        apart.append(draws[-2] - draws[1])
    assert inside >= 25  # of 30 at 95%: fewer has a chance of 3 in 1,000
    assert np.mean(widths) / 3.92 == pytest.approx(np.std(errors), rel=0.4)
    assert np.mean(apart) > 2 * np.mean(widths)
