"""Each list hidden, and estimated from the others."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.reshape import conditioned_on
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import Cancelled, InputError, ModelError
from darknumber.inference.estimate import estimate
from darknumber.models import Independence, LogLinear
from darknumber.studies.findings_validate import too_few_hold, validation_findings
from darknumber.studies.printing_validate import held_in_words
from darknumber.studies.scorecard import Scorecard
from darknumber.studies.validate import Trial, Validation, validate
from darknumber.words import LANGUAGES, use_language

WIDTH = 80
FAST = "bootstrap(replicates=40)"


def codes(found: Validation) -> set[str]:
    return {finding.code for finding in found.findings}


def drawn(people: int, chance: tuple[float, ...], seed: int) -> CaptureTable:
    """Independent lists."""
    rng = np.random.default_rng(seed)
    histories = sum((rng.random(people) < p).astype(int) << j for j, p in enumerate(chance))
    counts = np.bincount(histories, minlength=1 << len(chance))
    return CaptureTable.build(("A", "B", "C", "D")[: len(chance)], range(1, 1 << len(chance)), counts[1:])


def by_sex() -> CaptureTable:
    counts = [60, 50, 20, 40, 15, 12, 9, 90, 70, 25, 30, 12, 14, 6]
    return CaptureTable.build(
        ("A", "B", "C"),
        [*range(1, 8), *range(1, 8)],
        counts,
        covariates=[Covariate(name="sex", levels=("f", "m"))],
        levels=[np.repeat([0, 1], 7)],
        unit="person-year",
    )


def test_three_lists_by_hand():
    # on A: 20 also on B, 15 also on C, 9 on both: A is estimated at (20 + 9) * (15 + 9) / 9, and is 104
    counts = [60, 50, 20, 40, 15, 12, 9]
    found = validate(CaptureTable.build(("A", "B", "C"), range(1, 8), counts), "independence", "lognormal")
    a, b, c = found.trials
    assert (a.known, a.seen) == (104, 44)
    assert a.estimate == pytest.approx(29 * 24 / 9)
    assert a.error == pytest.approx(math.log(29 * 24 / 9 / 104))
    assert found.columns()["times"] == pytest.approx([29 * 24 / 9 / 104, 29 * 21 / 9 / 91, 24 * 21 / 9 / 76])
    line = next(line for line in str(found).splitlines() if line.startswith("  A "))
    assert " 0.74 " in line
    assert (b.known, b.estimate) == (91, pytest.approx(29 * 21 / 9))
    assert (c.known, c.estimate) == (76, pytest.approx(24 * 21 / 9))
    assert a.covered == (a.lower <= 104 <= a.upper)
    assert a.left == ("B", "C")
    assert {"omit_two_left", "validate_easier", "validate_few_lists"} <= codes(found)


def test_each_list_is_the_answer_to_its_own_table():
    table = example("kosovo-1999")
    found = validate(table, "best", FAST, seed=5)
    for row in found.trials:
        left, known = conditioned_on(table, row.list)
        alone = estimate(left, "best", FAST, seed=5)
        assert row.estimate == pytest.approx(float(alone.estimate[0]))
        assert (row.lower, row.upper) == tuple(alone.limits[0])
        assert row.known == known.sum()


def test_the_model_is_told_that_the_list_is_hidden():
    table = example("kosovo-1999")
    found = validate(table, LogLinear("EXH:ABA + OSCE:HRW"), "lognormal")
    left, _ = conditioned_on(table, "EXH")
    assert found.trials[0].estimate == pytest.approx(float(LogLinear("OSCE:HRW").fit(left).estimate[0]))
    korea = validate(example("korea"), "log-linear(b:c)", "lognormal")
    assert korea.trials[2].dropped == ("b:c",)
    assert [f.where for f in korea.findings if f.code == "without_drops_terms"] == ["d"]


def test_truly_independent_lists_are_right_on_average_and_as_often_as_promised():
    errors, covered, means = [], [], []
    for seed in range(60):
        found = validate(drawn(2000, (0.4, 0.3, 0.35, 0.25), seed), Independence(), "lognormal")
        errors += [row.error for row in found.trials]
        covered += [row.covered for row in found.trials]
        means.append(found.scorecard.mean)
    assert np.mean(errors) == pytest.approx(0, abs=0.02)
    assert np.mean(means) == pytest.approx(0, abs=0.02)
    assert 0.9 < np.mean(covered) < 0.99


def test_lists_that_depend_on_each_other_are_too_low():
    rng = np.random.default_rng(1)
    easy = rng.random(20_000) < 0.2
    chance = np.where(easy, 0.6, 0.06)
    histories = sum((rng.random(20_000) < chance).astype(int) << j for j in range(4))
    counts = np.bincount(histories, minlength=16)
    table = CaptureTable.build(("A", "B", "C", "D"), range(1, 16), counts[1:])
    found = validate(table, Independence(), "lognormal")
    assert all(row.error < 0 for row in found.trials)
    assert {"validate_low", "validate_few_hold"} <= codes(found)
    assert "too low on average" in " ".join(str(found).split())
    # the record corrects in the right direction, and says that it is no confidence interval
    low, high = found.empirical
    assert found.headline < low < high
    assert "not a confidence interval" in " ".join(str(found).split())


def test_published_coverage_of_hidden_lists():
    # Binette & Steorts 2022: on five public tables intervals hold hidden lists in 60 to 90 of 100 cases
    names = ("uk-2013-5", "netherlands-2010-2015-5", "new-orleans-2016-5", "western-us", "australia-2015-2017")
    rows = [row for name in names for row in validate(example(name), "independence", "lognormal").trials]
    held = [row.covered for row in rows if row.covered is not None]
    assert len(held) == 21  # two more have no upper limit, and one was not fitted
    assert 0.6 <= np.mean(held) <= 0.9


def test_the_empirical_range_by_hand():
    card = Scorecard(cases=5, left_out=0, mean=-0.2, se=0.05, sd=0.1)
    found = validate(by_sex(), "independence", "bootstrap(replicates=40)")
    made = Validation(
        data=found.data,
        model=found.model,
        interval=found.interval,
        headline=1000.0,
        trials=found.trials,
        parts=(),
        by=(),
        scorecard=card,
        level=0.95,
        seed=0,
        findings=(),
    )
    reach = 1.959963984540054 * math.sqrt(0.1**2 + 0.05**2)
    assert made.empirical == pytest.approx((1000 * math.exp(0.2 - reach), 1000 * math.exp(0.2 + reach)))


def test_by_levels():
    table = by_sex()
    found = validate(table, "independence", FAST, by=["sex"], seed=2)
    assert [row.levels for row in found.parts] == [("f",), ("m",)] * 3
    left, known = conditioned_on(table, "A")
    alone = estimate(left, "independence", FAST, by=["sex"], seed=2)
    assert [row.known for row in found.parts[:2]] == known.tolist()
    assert [row.estimate for row in found.parts[:2]] == pytest.approx(alone.estimate.tolist())
    assert found.parts[0].lower == alone.limits[0, 0]
    total = alone.total()
    assert found.trials[0].upper == total.limits[0, 1]
    columns = found.by_columns()
    assert columns["sex"] == ["f", "m"] * 3
    assert columns["list"] == ["A", "A", "B", "B", "C", "C"]
    text = " ".join(str(found).split())
    assert "By sex:" in text
    assert "victim-years" in text


def test_levels_where_nobody_is_on_the_list_or_not_recorded_are_no_trial():
    table = CaptureTable.build(
        ("A", "B", "C"),
        [*range(1, 8), 2, 4, 6, 1, 2, 3, 5],
        [60, 50, 20, 40, 15, 12, 9, 30, 20, 8, 3, 4, 2, 1],
        covariates=[Covariate(name="sex", levels=("f", "m", NOT_RECORDED))],
        levels=[np.array([0] * 7 + [1] * 3 + [2] * 4)],
        operating=np.array([[True] * 3, [False, True, True], [True] * 3]),
    )
    found = validate(table, "independence", FAST, by="sex")
    assert [(row.list, row.levels) for row in found.parts] == [
        ("A", ("f",)),
        ("B", ("f",)),
        ("B", ("m",)),
        ("C", ("f",)),
        ("C", ("m",)),
    ]
    assert [row.known for row in found.trials] == [110, 135, 105]


def test_limits_without_draws_go_by_level_too():
    found = validate(by_sex(), "independence", "profile", by="sex")
    assert all(math.isfinite(row.upper) for row in (*found.trials, *found.parts))


def test_infinite_and_unknown_are_said_and_counted():
    # nobody on A is on both B and C, so nothing bounds A
    counts = [60, 50, 20, 40, 15, 12, 0]
    found = validate(CaptureTable.build(("A", "B", "C"), range(1, 8), counts), "independence", FAST)
    a = found.trials[0]
    assert math.isinf(a.estimate)
    assert math.isinf(a.error)
    assert not a.telling
    assert {"validate_no_estimate", "validate_vague"} <= codes(found)
    assert "none" in next(line for line in str(found).splitlines() if line.startswith("  A "))
    assert found.columns()["verdict"][0] == "infinite"
    assert found.scorecard is None
    assert found.empirical is None


def tried(lower: float, upper: float) -> Trial:
    """A list of 100 people with an interval."""
    return Trial(list="A", levels=(), known=100, seen=9, estimate=100.0, lower=lower, upper=upper, verdict=0)


@pytest.mark.parametrize(
    ("lower", "upper", "covered"),
    [
        (80, 120, True),
        (80, 99, False),
        (101, 120, False),
        (80, math.inf, None),  # whatever the number is, that interval holds it
        (101, math.inf, False),  # but this one begins too high
        (math.nan, math.nan, None),
    ],
)
def test_an_interval_without_an_upper_limit_holds_nothing(lower, upper, covered):
    assert tried(lower, upper).covered is covered


def test_intervals_without_an_upper_limit_are_counted_apart():
    held, missed, endless = tried(80, 120), tried(80, 99), tried(80, math.inf)
    assert held_in_words([held, missed]) == "1 of 2 intervals contain the known number"
    assert held_in_words([held, missed, endless]) == (
        "1 of 2 intervals with an upper limit contain the known number, and one has no limit"
    )
    assert held_in_words([held, endless, endless]).endswith("and 2 have no limit")
    with use_language("nl"):
        assert held_in_words([held, endless, missed]).startswith("1 van de 2 intervallen met een bovengrens")
    # three that miss beside five that cannot: too few hold, however many have no limit
    found = validation_findings([missed, missed, missed, *[endless] * 5], None, 0.95)
    few = next(finding for finding in found if finding.code == "validate_few_hold")
    assert (few.values["n"], few.values["lists"]) == (0, 3)


def test_endless_lists_are_said_in_the_title_and_in_the_column():
    # nobody on D is on two other lists, so nothing bounds D; the others bound each other
    counts = {1: 60, 2: 50, 3: 20, 4: 40, 5: 15, 6: 12, 7: 9, 8: 30, 9: 3, 10: 4, 12: 5}
    table = CaptureTable.build(("A", "B", "C", "D"), list(counts), list(counts.values()))
    found = validate(table, "independence", FAST)
    assert found.columns()["covered"][3] is None
    title = " ".join(str(found).split("4 lists")[0].split())
    assert "of 3 intervals with an upper limit" in title
    assert "one has no limit" in title
    lines = {line.split()[0]: line for line in str(found).splitlines() if line.startswith("  ")}
    assert lines["D"].endswith("no limit")


def test_a_list_that_shares_nobody_is_told_and_the_others_go_on():
    table = CaptureTable.build(("A", "B", "C", "D"), [1, 2, 3, 4, 5, 6, 7, 8], [60, 50, 20, 40, 15, 12, 9, 30])
    found = validate(table, "independence", "lognormal")
    d = found.trials[3]
    assert d.failure is not None
    assert (d.known, d.seen, d.covered) == (30, 0, None)
    assert d.failure.what in " ".join(str(found).split())
    assert "validate_failed" in codes(found)
    assert [f.where for f in found.findings if f.code == "validate_unused"] == ["A", "B", "C"]
    assert found.trials[0].estimate == pytest.approx(29 * 24 / 9)


def test_mistakes_are_errors_and_not_failures_of_every_list():
    with pytest.raises(ModelError) as caught:
        validate(example("korea"), "best", "profile")
    assert caught.value.code == "interval_of_selected"
    with pytest.raises(InputError) as refused:
        validate(CaptureTable.build(("A", "B"), [1, 2, 3], [5, 6, 7]))
    assert refused.value.code == "too_few_lists_to_validate"
    with pytest.raises(InputError):
        validate(example("korea"), by="year")
    with pytest.raises(ModelError):
        validate(example("korea"), workers=0)


def test_lists_that_share_nobody_cannot_be_tried():
    with pytest.raises(InputError) as caught:
        validate(CaptureTable.build(("A", "B", "C"), [1, 2, 4, 3], [30, 40, 50, 6]), "independence")
    assert caught.value.code == "on_too_few_lists"
    assert caught.value.hint


def test_a_bayesian_model_has_its_own_interval():
    found = validate(drawn(2000, (0.4, 0.3, 0.35, 0.25), 1), "bayes-threshold(draws=400)")
    assert found.interval.name == "posterior"
    assert all(row.lower <= row.estimate <= row.upper for row in found.trials)


@pytest.mark.parametrize(
    ("held", "tried", "few"), [(5, 5, False), (4, 5, False), (3, 5, True), (2, 3, False), (1, 3, True)]
)
def test_when_too_few_intervals_hold(held, tried, few):
    # binomial: three or fewer of five happens 2.3% of the time at 95%, two or fewer of three 14%
    assert too_few_hold(held, tried, 0.95) == few


def test_trials_that_fit_nothing_have_no_error():
    row = Trial(list="A", levels=(), known=5, seen=0, estimate=math.nan, lower=math.nan, upper=math.nan, verdict=3)
    assert math.isnan(row.error)


def test_workers_do_not_matter():
    one = validate(example("korea"), interval=FAST, seed=3, workers=1)
    assert one.columns() == validate(example("korea"), interval=FAST, seed=3, workers=3).columns()


def test_progress_and_stop():
    seen: list[tuple[int, int, str]] = []
    validate(example("korea"), "independence", FAST, workers=1, progress=lambda *what: seen.append(what))
    assert seen[-1] == (120, 120, "replicates")

    def stop(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        validate(example("korea"), "independence", FAST, progress=stop)


@pytest.mark.parametrize("language", LANGUAGES)
def test_print_fits_the_width(language):
    with use_language(language):
        text = str(validate(example("kosovo-1999"), "independence", FAST))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert ("Verborgen lijsten" in text) == (language == "nl")


def test_frame_has_a_row_for_each_list():
    frame = validate(example("korea"), "independence", "lognormal").to_frame("polars")
    assert frame["list"].to_list() == ["b", "c", "d"]
