"""Floors: the formulas, what they are the same as, and populations in which they hold, or do not."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.inference.estimate import answered, estimate
from darknumber.inference.intervals import Bootstrap, LogNormal
from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import Chao, Heterogeneity, LincolnPetersen, Stratified, Zelterman
from darknumber.models.whole import Completing, Whole
from darknumber.studies.floors import unseen_at_least
from tests.oracles import covariates_of

CLOSE = 1e-8  # relative: the same estimator by two ways
ERRORS = 4  # standard errors of a mean that it may be off
LISTS = 4
HISTORIES = np.arange(1 << LISTS)
ON = membership(HISTORIES, LISTS).astype(float)


def table_of(counts, **rest) -> CaptureTable:
    """From counts by history, the first for nobody."""
    lists = int(np.log2(len(counts)))
    return CaptureTable.build("ABCDEFG"[:lists], np.arange(1, len(counts)), np.asarray(counts)[1:], **rest)


def in_strata(*tables) -> CaptureTable:
    """A table of counts by history for each level of one covariate."""
    history = np.tile(np.arange(1, len(tables[0])), len(tables))
    level = np.repeat(np.arange(len(tables)), len(tables[0]) - 1)
    counts = np.concatenate([np.asarray(each)[1:] for each in tables])
    lists = "ABCDEFG"[: int(np.log2(len(tables[0])))]
    return CaptureTable.build(lists, history, counts, covariates=covariates_of((len(tables),)), levels=[level])


def law(odds, slopes=(0.0,) * LISTS):
    """Shares of the histories of people with these odds of being on any list, ``(people, 2**K)``."""
    share = np.exp(ON @ np.array(slopes) + list_counts(HISTORIES) * np.log(np.atleast_1d(odds))[:, None])
    return share / share.sum(axis=1, keepdims=True)


def replicated(model, tables):
    """Dark figures of ``(B, 2**K)`` tables whose first cell does not count."""
    seen = tables.astype(float)
    seen[:, 0] = 0
    return model.refit(model.fit(table_of(np.ones(tables.shape[1], dtype=int))), seen[:, None]).unobserved[:, 0]


def numbers(counts):
    return np.bincount(list_counts(HISTORIES), weights=counts)


COUNTS = np.array([0, 90, 60, 15, 70, 14, 11, 4, 80, 20, 12, 3, 9, 5, 2, 1])


def test_chao_s_formula_and_his_variance():
    _, one, two, *_ = numbers(COUNTS)
    for lists, share in (("equal", (LISTS - 1) / LISTS), ("many", 1.0)):
        fit = Chao(lists=lists).fit(table_of(COUNTS))
        ratio = one / two
        assert fit.unobserved[0] == pytest.approx(share * one**2 / (2 * two), rel=CLOSE)
        variance = two * (share**2 / 4 * ratio**4 + share**2 * ratio**3 + share / 2 * ratio**2)
        assert fit.variance[0] == pytest.approx(variance, rel=CLOSE)
        corrected = Chao(lists=lists, correction="plus-one").fit(table_of(COUNTS))
        assert corrected.unobserved[0] == pytest.approx(share * one * (one - 1) / (2 * (two + 1)), rel=CLOSE)


def test_zelterman_s_formula_and_its_variance():
    _, one, two, *_ = numbers(COUNTS)
    people = COUNTS.sum()
    chance = 2 * two / one
    fit = Zelterman(lists="many").fit(table_of(COUNTS))
    assert fit.estimate[0] == pytest.approx(people / (1 - np.exp(-chance)), rel=CLOSE)
    pull = np.exp(-chance) / (1 - np.exp(-chance)) ** 2
    variance = people * pull * (1 + people * pull * chance**2 * (1 / one + 1 / two))  # Böhning 2008
    assert fit.variance[0] == pytest.approx(variance, rel=CLOSE)
    odds = 2 * two / ((LISTS - 1) * one)
    fit = Zelterman(lists="equal").fit(table_of(COUNTS))
    assert fit.estimate[0] == pytest.approx(people / (1 - (1 + odds) ** -LISTS), rel=CLOSE)


@pytest.mark.parametrize("lists", ["equal", "own"])
def test_two_lists_of_the_same_size_are_lincoln_and_petersen(lists):
    table = CaptureTable.build("AB", [1, 2, 3], [150, 150, 60])
    theirs = LincolnPetersen().fit(table)
    for model in (Chao(lists=lists), Zelterman(lists=lists)):
        assert model.fit(table).unobserved == pytest.approx(theirs.unobserved, rel=CLOSE)
    assert Chao(lists="own").fit(table).variance == pytest.approx(theirs.variance, rel=CLOSE)


def test_the_log_linear_form_is_the_same_where_nothing_is_held_at_zero():
    counts = COUNTS.copy()
    counts[list_counts(HISTORIES) == 3] *= 10
    counts[-1] = 800
    table = table_of(counts)
    ours, theirs = Chao(lists="equal").fit(table), Heterogeneity("chao", "equal").fit(table)
    assert ours.unobserved == pytest.approx(theirs.unobserved, rel=1e-7)
    assert ours.variance == pytest.approx(theirs.variance, rel=1e-7)
    assert ours.probabilities == pytest.approx(theirs.probabilities, rel=1e-6)
    # With chances of their own it also takes which lists people on three are on, which moves it a little.
    ours, theirs = Chao(lists="own").fit(table), Heterogeneity("chao", "own").fit(table)
    assert ours.unobserved == pytest.approx(theirs.unobserved, rel=0.01)


def test_with_a_chance_for_every_list_and_covariates_it_is_the_floor_of_the_studies():
    table = in_strata(COUNTS, COUNTS[::-1] + 3, COUNTS + 9)
    features = np.eye(3)[:, 1:]
    theirs = unseen_at_least(table.dense(), np.tile(HISTORIES > 0, (3, 1)), features)
    ours = Chao(table.covariates[0].name, "own").fit(table)
    assert ours.unobserved == pytest.approx(theirs, rel=CLOSE)


@pytest.mark.parametrize("lists", ["equal", "many"])
@pytest.mark.parametrize("kind", [Chao, Zelterman])
def test_a_covariate_by_itself_is_every_stratum_on_its_own(kind, lists):
    table = in_strata(COUNTS, COUNTS[::-1] + 3, COUNTS + 9)
    name = table.covariates[0].name
    ours, theirs = kind(name, lists).fit(table), Stratified(kind("", lists), (name,)).fit(table)
    assert ours.unobserved == pytest.approx(theirs.unobserved, rel=CLOSE)
    assert ours.variance == pytest.approx(theirs.variance, rel=CLOSE)
    assert ours.active == (name,)


@pytest.mark.parametrize("lists", ["equal", "own"])
@pytest.mark.parametrize("kind", [Chao, Zelterman])
def test_without_terms_strata_share_out_the_pooled_number(kind, lists):
    table = in_strata(COUNTS, COUNTS[::-1] + 3)
    whole = kind(lists=lists).fit(table)
    pooled = kind(lists=lists).fit(table.pool([table.covariates[0].name]))
    assert whole.unobserved.sum() == pytest.approx(pooled.unobserved[0], rel=CLOSE)
    on = (1, 2) if kind is Chao else (1, 2, 3, 4)
    few = [y[np.isin(list_counts(HISTORIES), on)].sum() for y in table.dense()]
    assert whole.unobserved[0] / whole.unobserved[1] == pytest.approx(few[0] / few[1], rel=CLOSE)


def test_terms_in_the_grammar_may_be_forgotten_and_may_not_hold_lists():
    model = Chao("sex + poly(year, 2)", "own")
    assert model.without(["year"]) == Chao("sex", "own")
    assert Zelterman("sex:year").without(["sex"]) == Zelterman("year")
    with pytest.raises(ModelError) as caught:
        Chao("A").fit(table_of(COUNTS))
    assert caught.value.code == "term_of_a_list"
    for wrong in ({"terms": "sex"}, {"lists": "own"}):
        with pytest.raises(ModelError) as caught:
            Chao(correction="plus-one", **({"lists": "equal"} | wrong))
        assert caught.value.code == "correction_of_one_chance"


def test_what_was_not_recorded_is_a_level_of_its_own_inside_and_dealt_out_in_answers():
    sex = Covariate(name="sex", levels=("female", "male", NOT_RECORDED))
    tables = (COUNTS, COUNTS[::-1] + 3, COUNTS + 1)
    level = np.repeat(np.arange(3), 15)
    histories = np.tile(HISTORIES[1:], 3)
    counts = np.concatenate([each[1:] for each in tables])
    table = CaptureTable.build("ABCD", histories, counts, covariates=[sex], levels=[level])
    fit = Chao("sex", "equal").fit(table)
    assert fit.unobserved[2] == pytest.approx(Chao(lists="equal").fit(table_of(tables[2])).unobserved[0], rel=CLOSE)
    answer = estimate(table, Chao("sex"), Bootstrap(replicates=50), by=())
    dealt = Completing(Whole(table)).expected(table.dense()[None])
    whole = Chao("sex").refit(answer.fits[0].parts[0], dealt)
    assert answer.unobserved[0] == pytest.approx(whole.unobserved.sum(), rel=CLOSE)


def test_a_list_that_was_not_kept_is_no_chance_there():
    full, short = COUNTS, np.where(HISTORIES < 8, COUNTS, 0)
    grid = np.ones((2, 4), dtype=bool)
    grid[1, 3] = False
    level = np.repeat([0, 1], 15)
    histories, counts = np.tile(HISTORIES[1:], 2), np.concatenate([full[1:], short[1:]])
    covariates = covariates_of((2,))
    table = CaptureTable.build("ABCD", histories, counts, covariates=covariates, levels=[level], operating=grid)
    name = covariates[0].name
    for lists in ("equal", "many"):
        fit = Chao(name, lists).fit(table)
        alone = Chao(lists=lists).fit(table_of(short[:8]))
        assert fit.unobserved[1] == pytest.approx(alone.unobserved[0], rel=CLOSE)
    with pytest.raises(ModelError) as caught:
        Chao(lists="equal", correction="plus-one").fit(table)
    assert caught.value.code == "unsupported_inactive_lists"


@pytest.mark.parametrize(
    ("counts", "chao", "zelterman"),
    [
        ([0, 5, 4, 0, 3, 0, 0, 2], INFINITE, INFINITE),
        ([0, 0, 0, 5, 0, 4, 3, 1], ZERO, ZERO),
        ([0, 0, 0, 0, 0, 0, 0, 6], NOT_IDENTIFIED, NOT_IDENTIFIED),
        ([0, 5, 4, 1, 3, 2, 3, 0], ESTIMABLE, ESTIMABLE),
    ],
)
@pytest.mark.parametrize("lists", ["equal", "many"])
def test_verdicts(counts, chao, zelterman, lists):
    table = CaptureTable.build("ABC", np.arange(1, 8), counts[1:])
    assert Chao(lists=lists).fit(table).verdict.tolist() == [chao]
    assert Zelterman(lists=lists).fit(table).verdict.tolist() == [zelterman]
    if chao != NOT_IDENTIFIED and lists == "equal":
        corrected = Chao(lists="equal", correction="plus-one").fit(table)
        assert corrected.verdict.tolist() == [chao]
        assert np.isfinite(corrected.unobserved[0]) == (chao != INFINITE)


def test_strata_without_people_on_one_list_or_two():
    """Where chances are known they stand for nobody; where these may be next to nothing, nothing can be said."""
    three = [0, 0, 0, 0, 0, 0, 0, 5]
    known = in_strata([0, 5, 4, 1, 3, 2, 3, 0], three)
    fit = Chao(lists="equal").fit(known)
    assert fit.verdict.tolist() == [ESTIMABLE, ESTIMABLE]
    assert fit.unobserved[1] == 0
    fit = Chao(lists="equal").fit(in_strata([0, 5, 4, 0, 3, 0, 0, 2], three))
    assert fit.verdict.tolist() == [INFINITE, NOT_IDENTIFIED]
    fit = Zelterman(lists="equal").fit(in_strata([0, 5, 4, 0, 3, 0, 0, 2], three))
    assert fit.verdict.tolist() == [INFINITE, INFINITE]
    assert Chao(known.covariates[0].name, "equal").fit(known).verdict.tolist() == [ESTIMABLE, NOT_IDENTIFIED]


def test_the_floor_holds_however_people_differ_and_is_met_where_they_do_not():
    """In expected counts: two groups, a normal spread, and everyone alike; lists of any size where nothing is asked."""
    slopes = np.log([1.0, 0.5, 0.1, 1.5])
    normal = np.exp(np.log(0.2) + 1.3 * np.linspace(-3, 3, 61))
    weight = np.exp(-(np.linspace(-3, 3, 61) ** 2) / 2)
    groups = {"alike": ([0.2], [1.0]), "two groups": ([0.02, 1.5], [0.7, 0.3]), "normal": (normal, weight)}
    for name, (odds, parts) in groups.items():
        for model, lean in ((Chao(lists="equal"), np.zeros(LISTS)), (Chao(), slopes)):
            cells = 1e6 * (np.array(parts) / np.sum(parts)) @ law(np.array(odds), lean)
            found = replicated(model, cells[None])[0]
            assert found <= cells[0] * (1 + 1e-9)
            if name == "alike":
                assert found == pytest.approx(cells[0], rel=1e-9)
            else:
                assert found < 0.9 * cells[0]


def test_zelterman_is_no_floor_where_a_group_is_on_many_lists():
    cells = 1e6 * np.array([0.5, 0.5]) @ law(np.array([0.15, 20.0]))
    assert replicated(Zelterman(), cells[None])[0] > 1.5 * cells[0]
    assert replicated(Chao(), cells[None])[0] <= cells[0]


def test_lists_that_keep_people_from_others_break_the_floor_and_that_is_said():
    """Once on a list, the odds of every other fall; and then, half of those on one list could be on no other."""
    shares = law(0.3)[0] * 0.2 ** np.maximum(list_counts(HISTORIES) - 1, 0) ** 2
    deterred = 2e5 * shares / shares.sum()
    inflated = 2e4 * law(0.3)[0]
    inflated[list_counts(HISTORIES) == 1] *= 2
    for cells in (deterred, inflated):
        fit = Chao().fit(table_of(np.rint(cells).astype(int)))
        assert fit.unobserved[0] > 1.5 * cells[0]
    codes = {each.code for each in Chao().fit(table_of(np.rint(deterred).astype(int))).findings}
    assert codes == {"chao_floor", "floor_may_not_hold"}
    for odds in (0.1, 0.5):
        said = Chao().fit(table_of(np.rint(2e5 * law(odds)[0]).astype(int))).findings
        assert [each.code for each in said] == ["chao_floor"]


def test_lists_that_differ_in_size_are_told_with_what_it_comes_to():
    cells = np.rint(1e5 * law(0.1, np.log([3.0, 1.0, 0.2, 1.0]))[0]).astype(int)
    fit = Chao(lists="equal").fit(table_of(cells))
    (said,) = [each for each in fit.findings if each.code == "lists_differ_in_size"]
    assert said.values["here"] == pytest.approx(fit.unobserved[0])
    assert said.values["own"] == pytest.approx(cells[0], rel=0.05)
    assert fit.unobserved[0] > 1.2 * cells[0]
    assert "lists_differ_in_size" not in {each.code for each in Chao().fit(table_of(cells)).findings}


def test_pairs_that_share_few_beside_the_others_are_named():
    shares = law(0.2, np.log([2.0, 1.0, 0.5, 1.0]))[0] * np.where(ON[:, 0] * ON[:, 2] > 0, 0.3, 1.0)
    cells = np.rint(1e5 * shares / shares.sum()).astype(int)
    (said,) = [each for each in Chao().fit(table_of(cells)).findings if each.code == "pairs_share_few"]
    assert said.values["pairs"] == ("A-C",)
    assert Chao().fit(table_of(cells)).unobserved[0] > cells[0]
    tables = simulated(8, 100, 3000, law(0.2, np.log([2.0, 1.0, 0.5, 1.0]))[0])
    alarms = [len(Chao().fit(table_of(counts)).findings) > 1 for counts in tables]
    assert sum(alarms) <= 6


def simulated(seed, times, people, shares):
    """Counts by history of so many populations."""
    return np.random.default_rng(seed).multinomial(people, shares, size=times)


def test_intervals_cover_where_people_are_alike():
    """Log-normal limits by the closed variance, in populations of 2,000."""
    shares = law(0.25)[0]
    tables = simulated(3, 1000, 2000, shares)
    for model in (Chao(lists="equal"), Chao(), Zelterman()):
        inside = 0
        for counts in tables[:200]:
            limits = answered(table_of(counts), model, LogNormal()).limits[0]
            inside += bool(limits[0] <= 2000 <= limits[1])
        assert 0.95 - ERRORS * np.sqrt(0.95 * 0.05 / 200) <= inside / 200
        dark = replicated(model, tables)
        fit = model.fit(table_of(np.rint(2000 * shares).astype(int)))
        assert np.std(dark + tables[:, 1:].sum(axis=1)) == pytest.approx(np.sqrt(fit.variance[0]), rel=0.1)


def test_the_correction_takes_out_the_bias_of_small_numbers():
    shares = law(0.12)[0]
    tables = simulated(5, 3000, 300, shares)
    plain, corrected = (replicated(Chao(lists="equal", correction=each), tables) for each in ("none", "plus-one"))
    truth = 300 * shares[0]
    ok = np.isfinite(plain)
    assert ok.mean() > 0.99
    assert abs(corrected[ok].mean() / truth - 1) < 0.05 < plain[ok].mean() / truth - 1


def test_covariates_raise_the_floor_towards_the_truth():
    """Two groups that are told apart: pooled the floor is low, with the covariate it is met."""
    cells = [5e4 * law(odds)[0] for odds in (0.05, 0.8)]
    table = in_strata(*(np.rint(each).astype(int) for each in cells))
    truth = sum(each[0] for each in cells)
    pooled = Chao().fit(table).unobserved.sum()
    assert pooled < 0.8 * truth
    assert Chao(table.covariates[0].name).fit(table).unobserved.sum() == pytest.approx(truth, rel=0.01)
