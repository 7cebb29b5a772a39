"""What planned lists would give: against closed forms, and against the same lists simulated and estimated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from darknumber import use_language
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.kernels.populations import independent, log_linear, rasch
from darknumber.lab.designs import Design
from darknumber.lab.outlooks import ANOTHER, Outlook
from darknumber.lab.planning import Plan, design
from darknumber.models import LogLinear

REACH = {"police": 0.3, "care": 0.2, "border": 0.25}
PAIRS = "police:care + police:border + care:border"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return design(REACH, 1_000)


def one(plan: Plan, **what: object) -> Outlook:
    found = [row for row in plan.outlooks if all(getattr(row, name) == value for name, value in what.items())]
    assert len(found) == 1
    return found[0]


def test_every_combination_is_looked_at(plan):
    # five scenarios of the planned lists, eight with one more, each in two approaches; and the anchor
    assert len(plan.outlooks) == 2 * (5 + 8) + 5
    planned = {("police", "care"), ("police", "border"), ("care", "border")}
    paired = [row for row in plan.outlooks if row.scenario == "pair"]
    assert {row.pair for row in paired if row.lists != "another"} == planned
    assert {row.pair for row in paired if row.lists == "another"} == planned | {(name, ANOTHER) for name in REACH}


def test_one_more_list_may_go_together_with_a_planned_one():
    """What independence tends to is that of three lists of which the third depends on the first, whatever its name."""
    more = design([0.3, 0.2], 1_000, another=0.25, odds_ratio=3.0)
    third = design([0.3, 0.2, 0.25], 1_000, odds_ratio=3.0)
    row = one(more, lists="another", scenario="pair", pair=("A", ANOTHER), approach="independence")
    same = one(third, lists="planned", scenario="pair", pair=("A", "C"), approach="independence")
    assert (row.estimate, row.lower, row.upper, row.holds) == (same.estimate, same.lower, same.upper, same.holds)
    assert row.holds < one(more, lists="another", scenario="none", approach="independence").holds


@pytest.mark.parametrize(("language", "named"), [("en", "A and the new one"), ("nl", "A en de nieuwe lijst")])
def test_the_pair_that_does_most_harm_is_named(language, named):
    with use_language(language):
        said = " ".join(str(design([0.3, 0.2], 1_000)).split())
    assert named in said
    assert {"en": "those of large samples", "nl": "voor grote aantallen"}[language] in said


def test_two_independent_lists_in_closed_form():
    """Var(N) = N (1 - p) (1 - q) / (p q) for the estimate from two lists of shares p and q."""
    row = one(design([0.3, 0.2], 1_000), lists="planned", scenario="none")
    assert row.estimate == pytest.approx(1_000)
    assert row.seen == pytest.approx(440)
    variance = 1_000 * 0.7 * 0.8 / (0.3 * 0.2)
    spread = np.sqrt(np.log1p(variance / 560**2))
    assert row.upper == pytest.approx(440 + 560 * np.exp(1.959964 * spread), rel=1e-6)
    assert row.lower == pytest.approx(440 + 560 * np.exp(-1.959964 * spread), rel=1e-6)
    assert row.holds == pytest.approx(0.95)


def test_two_dependent_lists_in_closed_form():
    shares = log_linear([0.3, 0.2], {(0, 1): np.log(3.0)})
    row = one(design([0.3, 0.2], 1_000, odds_ratio=3.0), lists="planned", scenario="pair")
    assert row.estimate == pytest.approx(1_000 * 0.3 * 0.2 / shares[3])
    assert row.holds < 0.1


@pytest.mark.parametrize("scenario", ["none", "pair", "people"])
@pytest.mark.parametrize(("approach", "terms"), [("independence", ""), ("pairs", PAIRS)])
def test_limits_are_those_of_lists_simulated_and_estimated(plan, scenario, approach, terms):
    reach = list(REACH.values())
    pair = ("police", "care") if scenario == "pair" else ()
    shares = {"none": independent(reach), "pair": log_linear(reach, {(0, 1): np.log(2.0)}), "people": rasch(reach, 1.0)}
    known = Design(
        name="planned",
        kind="pairs",
        lists=tuple(REACH),
        population=np.array([1_000]),
        histories=shares[scenario][None],
    )
    answers = [estimate(known.draw(1, number), LogLinear(terms), "lognormal").columns() for number in range(300)]
    row = one(plan, lists="planned", scenario=scenario, pair=pair, approach=approach)
    for name in ("estimate", "lower", "upper"):
        assert np.median([answer[name][0] for answer in answers]) == pytest.approx(getattr(row, name), rel=0.04)
    held = np.mean([answer["lower"][0] <= 1_000 <= answer["upper"][0] for answer in answers])
    assert held == pytest.approx(row.holds, abs=0.08)


def test_a_sample_is_right_whatever_depends_on_what(plan):
    rows = [row for row in plan.outlooks if row.lists == "anchor"]
    assert len(rows) == 5
    for row in rows:
        assert row.estimate == pytest.approx(1_000)
        assert row.holds == pytest.approx(0.95)


def test_a_sample_of_the_size_needed_reaches_the_factor(plan):
    """In the scenario in which fewest people are on a list; elsewhere it is better."""
    again = design(REACH, 1_000, anchor=plan.needed[0], within=1.25)
    factors = [np.sqrt(row.upper / row.lower) for row in again.outlooks if row.lists == "anchor"]
    assert max(factors) == pytest.approx(1.25, rel=0.03)


def test_sizes_of_samples_by_hand():
    plan = design([0.5, 0.5], 10_000, odds_ratio=1.0, heterogeneity=0.0, within=1.2)
    variance = (np.log(1.2) / ndtri(0.975)) ** 2
    share = plan.needed[0] / 10_000  # (1 - p) (1 - a) / (N p a) with p = 0.75
    assert 0.25 * (1 - share) / (10_000 * 0.75 * share) == pytest.approx(variance, rel=0.02)


def test_more_lists_and_more_people_make_it_narrower():
    plan = design(REACH, [300, 3_000])
    widths = {
        (row.population, row.lists): row.upper / row.lower
        for row in plan.outlooks
        if row.scenario == "none" and row.approach == "pairs"
    }
    assert widths[300, "another"] < widths[300, "planned"]
    assert widths[3_000, "planned"] < widths[300, "planned"]


def test_few_people_leave_no_finite_answer_as_often_as_simulated():
    plan = design([0.1, 0.05, 0.02], 500, seed=3)
    row = one(plan, lists="planned", scenario="none", approach="pairs")
    assert row.upper == np.inf
    assert {finding.code for finding in plan.findings} == {"plan_no_limit"}
    counts = np.random.default_rng(0).multinomial(500, independent([0.1, 0.05, 0.02]), size=4_000)
    # all pairs: the dark figure is a product of counts over another, infinite or not identified where that is zero
    without = np.mean(np.prod(counts[:, [3, 5, 6]], axis=1) == 0)
    assert row.no_limit == pytest.approx(without, abs=0.1)


def test_no_dependence_means_no_such_scenarios():
    plan = design([0.3, 0.2, 0.2], 1_000, odds_ratio=1.0, heterogeneity=0.0)
    assert {row.scenario for row in plan.outlooks} == {"none"}
    assert "times the odds" not in str(plan)


def test_columns_and_frames(plan):
    table = plan.columns()
    assert {len(column) for column in table.values()} == {len(plan.outlooks)}
    assert table["pair"][2] == "police:care"
    assert table["factor"][0] == pytest.approx(np.sqrt(table["upper"][0] / table["lower"][0]))
    assert len(plan.to_frame("pandas")) == len(plan.outlooks)


def test_the_same_seed_gives_the_same_plan():
    assert design([0.1, 0.05, 0.02], 500, seed=1).outlooks == design([0.1, 0.05, 0.02], 500, seed=1).outlooks


@pytest.mark.parametrize(
    ("given", "settings", "code"),
    [
        (([0.3], 100), {}, "bad_number_of_lists"),
        (([0.1] * 9, 100), {}, "bad_number_of_lists"),
        (([0.3, 1.0], 100), {}, "bad_reach"),
        (([0.3, 0.2], 0), {}, "bad_population"),
        (([0.3, 0.2], []), {}, "bad_population"),
        (([0.3, 0.2], 100), {"odds_ratio": 0.0}, "bad_odds_ratio"),
        (([0.3, 0.2], 100), {"heterogeneity": -1.0}, "bad_heterogeneity"),
        (([0.3, 0.2], 100), {"another": 0.0}, "bad_reach"),
        (([0.3, 0.2], 100), {"anchor": 100}, "bad_anchor"),
        (([0.3, 0.2], 100), {"within": 1.0}, "bad_within"),
        (([0.3, 0.2], 100), {"level": 1.0}, "bad_level"),
        (([0.3, 0.2], 100), {"populations": 0}, "bad_populations"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(given, settings, code):
    with pytest.raises(ModelError) as caught:
        design(*given, **settings)
    assert caught.value.code == code
    assert str(caught.value)


def test_it_says_the_finding_first_in_both_languages(plan):
    assert str(plan).splitlines()[0].startswith("With these 3 lists, 1,000 people would be estimated at")
    for code in ("en", "nl"):
        with use_language(code):
            for each in (plan, design([0.3, 0.2], [100, 1_000]), design([0.1, 0.05, 0.02], 500)):
                assert max(map(len, str(each).splitlines())) <= 80
