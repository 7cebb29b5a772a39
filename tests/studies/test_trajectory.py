"""The answer on ever more data."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import Cancelled, InputError, ModelError
from darknumber.inference.estimate import estimate
from darknumber.models import Stepwise
from darknumber.studies.trajectory import FRACTIONS, Trajectory, trajectory
from darknumber.words import LANGUAGES, use_language

WIDTH = 80


def independent(people: int, seed: int = 0) -> CaptureTable:
    """Four independent lists of a population of known size."""
    rng = np.random.default_rng(seed)
    chance = (0.3, 0.2, 0.25, 0.15)
    histories = sum((rng.random(people) < p).astype(int) << j for j, p in enumerate(chance))
    counts = np.bincount(histories, minlength=16)
    return CaptureTable.build(("A", "B", "C", "D"), range(1, 16), counts[1:])


def by_year(*, with_unknown: bool = False, unit: str = "person-year") -> CaptureTable:
    rng = np.random.default_rng(4)
    years = ("2015", "2016", "2017", "2018", *((NOT_RECORDED,) if with_unknown else ()))
    histories = np.tile(np.arange(1, 8), len(years))
    counts = np.concatenate([rng.poisson([90, 80, 20, 70, 15, 12, 5]) + 1 for _ in years])
    values = tuple(float(year) if year != NOT_RECORDED else math.nan for year in years)
    return CaptureTable.build(
        ("A", "B", "C"),
        histories,
        counts,
        covariates=[Covariate(name="year", levels=years, values=values)],
        levels=[np.repeat(np.arange(len(years)), 7)],
        unit=unit,
    )


def codes(found: Trajectory) -> set[str]:
    return {finding.code for finding in found.findings}


@pytest.mark.parametrize("thin", ["marks", "people"])
def test_independent_lists_settle_at_the_truth(thin):
    found = trajectory(independent(20_000), "independence", thin=thin, seed=1)
    assert found.course == "flat"
    for step in found.steps:
        assert step.estimate == pytest.approx(20_000, rel=0.06)  # two standard errors at a tenth of the marks
    assert found.steps[0].fraction == FRACTIONS[0]
    kept = {"marks": 1 - np.prod(1 - 0.5 * np.array([0.3, 0.2, 0.25, 0.15])), "people": 0.5 * 0.643}[thin]
    assert found.halfway.observed == pytest.approx(20_000 * kept, rel=0.02)
    assert "The estimate settles" in str(found)


def test_kosovo_has_not_settled():
    found = trajectory(example("kosovo-1999"), "average", seed=1)
    assert found.course == "rising"
    assert found.halfway.estimate < 0.8 * found.last.estimate
    assert "course_rising" in codes(found)
    assert "still rises" in str(found)


def test_the_last_step_is_the_answer():
    table = example("uk-2013-5")
    found = trajectory(table, "best", repeats=3, fractions=(0.8,))
    alone = estimate(table, "best", "bootstrap(replicates=1)")
    assert found.last.estimate == pytest.approx(float(alone.estimate[0]))
    assert found.last.observed == 2744
    assert [step.fraction for step in found.steps] == [0.8, 1.0]
    assert found.last.factor == 1.0


def test_infinite_and_unknown_repeats_stay_in():
    table = CaptureTable.build(("A", "B"), [1, 2, 3], [60, 70, 2])
    found = trajectory(table, "independence", fractions=(0.5, 0.9), seed=2)
    half = found.steps[0]
    assert 0 < half.infinite + half.not_identified < 1
    assert math.isinf(half.upper)
    assert found.course == "unsteady"
    assert "course_lost" in codes(found)


def test_without_an_answer_there_is_no_course():
    table = CaptureTable.build(("A", "B", "C"), [1, 2, 4], [30, 40, 50])
    found = trajectory(table, "independence", fractions=(0.5,), repeats=2)
    assert found.course == "none"
    assert math.isinf(found.last.estimate)
    assert math.isnan(found.last.factor)
    assert "course_none" in codes(found)
    assert str(found)


def test_fractions_that_leave_nobody_on_two_lists_are_not_drawn():
    found = trajectory(example("western-us"), "independence", repeats=2)
    assert found.steps[0].fraction == 0.5
    assert "course_too_few" in codes(found)
    found = trajectory(example("western-us"), "independence", repeats=2, thin="people")
    assert found.steps[0].fraction == pytest.approx(0.3)


def test_two_lists_are_told_to_show_nothing():
    table = CaptureTable.build(("A", "B"), [1, 2, 3], [300, 250, 90])
    assert "course_two_lists" in codes(trajectory(table, "lincoln-petersen", repeats=2))
    assert "course_two_lists" not in codes(trajectory(table, "lincoln-petersen", repeats=2, thin="people"))


def test_by_year_answers_stand_beside_all_data_on_the_same_people():
    table = by_year()
    found = trajectory(table, "log-linear(A:year)", by="year")
    whole = estimate(table, "log-linear(A:year)", "bootstrap(replicates=1)")
    assert [step.level for step in found.steps] == ["2015", "2016", "2017", "2018"]
    assert [step.whole for step in found.steps] == pytest.approx(np.cumsum(whole.estimate).tolist())
    part = table.select("year", ["2015", "2016"])
    alone = estimate(part, "log-linear(A:year)", "bootstrap(replicates=1)").total()
    assert found.steps[1].estimate == pytest.approx(float(alone.estimate[0]))
    assert found.last.estimate == pytest.approx(found.last.whole)
    assert found.course == "flat"
    assert "course_person_years" in codes(found)
    assert "course_persons" in codes(trajectory(by_year(unit="person"), "independence", by="year"))


def test_levels_on_their_own_show_nothing():
    found = trajectory(by_year(), "stratified(independence, by=year)", by="year")
    assert found.course == "own"
    assert "course_on_its_own" in codes(found)
    assert "on its own" in str(found)


def test_not_recorded_has_no_place_in_the_course():
    table = by_year(with_unknown=True)
    found = trajectory(table, "independence", by="year")
    unknown = int(table.observed[-1])
    (left_out,) = [finding for finding in found.findings if finding.code == "course_not_recorded"]
    assert left_out.values["n"] == unknown
    assert found.last.observed == table.count.sum() - unknown
    assert trajectory(table, "independence", repeats=2).last.observed == table.count.sum()


def test_a_part_with_one_list_is_told():
    table = CaptureTable.build(
        ("A", "B"),
        [1, 1, 2, 3, 1, 2, 3],
        [40, 50, 60, 20, 30, 20, 9],
        covariates=[Covariate.of("year", ["2015", "2016", "2017"])],
        levels=[np.array([0, 1, 1, 1, 2, 2, 2])],
    )
    found = trajectory(table, "independence", by="year")
    assert found.steps[0].failure is not None
    assert math.isnan(found.steps[0].estimate)
    assert found.steps[0].observed == 40
    assert found.steps[0].failure.what.split()[0] in str(found)
    assert math.isfinite(found.steps[1].estimate)


def test_lists_not_kept_somewhere_and_values_not_recorded():
    table = example("register")
    table = table.pool([c.name for c in table.covariates if c.name != "form"])
    found = trajectory(table, Stepwise(scope="border:form + police:form"), repeats=2, fractions=(0.6,))
    assert found.last.observed == 12_690
    assert math.isfinite(found.last.estimate)
    whole = by_year()
    history = np.where(whole.stratum == 3, whole.history & 3, whole.history)
    kept = np.ones((4, 3), dtype=bool)
    kept[3, 2] = False
    seen = history > 0
    part = CaptureTable.build(
        whole.lists,
        history[seen],
        whole.count[seen],
        covariates=whole.covariates,
        levels=[whole.stratum[seen]],
        operating=kept,
    )
    assert math.isfinite(trajectory(part, "independence", repeats=4).halfway.estimate)


def test_intervals_where_asked_for():
    table = by_year()
    found = trajectory(table, "independence", "bootstrap(replicates=40)", by="year", seed=2)
    alone = estimate(table.select("year", ["2015"]), "independence", "bootstrap(replicates=40)", by=(), seed=2)
    assert (found.steps[0].lower, found.steps[0].upper) == tuple(alone.limits[0])
    assert "95% interval" in str(found)
    bare = trajectory(table, "independence", by="year")
    assert math.isnan(bare.steps[0].lower)
    assert bare.limits is None
    drawn = trajectory(example("korea"), "independence", "profile", repeats=2)
    assert drawn.limits is not None
    assert drawn.limits[0] < drawn.last.estimate < drawn.limits[1]
    assert "95% interval is" in " ".join(str(drawn).split())


@pytest.mark.parametrize("fractions", [(), (0.1, 0.2), (0.0, 0.5), (0.5, 1.2), (-0.5, 0.6)])
def test_fractions_are_checked(fractions):
    with pytest.raises(ModelError) as caught:
        trajectory(example("korea"), "independence", fractions=fractions)
    assert caught.value.code == "bad_fractions"
    assert caught.value.what


def test_other_settings_are_checked():
    with pytest.raises(ModelError):
        trajectory(example("korea"), repeats=1)
    with pytest.raises(InputError):
        trajectory(example("korea"), thin="lists")  # type: ignore[arg-type]
    with pytest.raises(InputError):
        trajectory(example("korea"), by="year")
    with pytest.raises(InputError) as caught:
        trajectory(by_year().select("year", ["2015"]), by="year")
    assert caught.value.code == "one_level_to_follow"


def test_workers_do_not_matter():
    one = trajectory(example("kosovo-1999"), repeats=6, seed=3, workers=1)
    many = trajectory(example("kosovo-1999"), repeats=6, seed=3, workers=3)
    assert one.columns() == many.columns()
    assert one.columns() != trajectory(example("kosovo-1999"), repeats=6, seed=4).columns()


def test_progress_and_stop():
    seen: list[tuple[int, int, str]] = []
    trajectory(example("korea"), "independence", repeats=3, progress=lambda *what: seen.append(what))
    assert seen == [(1, 3, "trajectory"), (2, 3, "trajectory"), (3, 3, "trajectory")]

    def stop(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        trajectory(by_year(), "independence", by="year", progress=stop)


@pytest.mark.parametrize("language", LANGUAGES)
def test_print_fits_the_width(language):
    everything = [
        trajectory(example("korea"), "independence", repeats=4),
        trajectory(example("korea"), "independence", repeats=4, thin="people"),
        trajectory(by_year(), "log-linear(A:year)", by="year"),
    ]
    with use_language(language):
        texts = [str(found) for found in everything]
    for text in texts:
        assert max(map(len, text.splitlines())) <= WIDTH
    assert len(set(texts)) == len(texts)


def test_frames_have_a_row_for_each_step():
    frame = trajectory(example("korea"), "independence", repeats=2).to_frame("polars")
    assert frame["fraction"].to_list()[-1] == 1.0
    assert "level" not in frame.columns
    assert trajectory(by_year(), "independence", by="year").to_frame("polars")["level"].to_list()[0] == "2015"
