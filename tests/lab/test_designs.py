"""Populations of known size: draws that are unbiased and can be repeated, populations of fits, expectations."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from darknumber import example, use_language
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.kernels.histories import membership
from darknumber.kernels.populations import independent, log_linear
from darknumber.lab.designs import Design, Unrecorded, columns, describe, from_fit, from_table, whole
from darknumber.models import Independence, LogLinear

SEX = Covariate(name="sex", levels=("f", "m"))
DRAWS = 3_000


def simple(**changes: object) -> Design:
    shares = independent([0.5, 0.3, 0.2])[None]
    known = Design(name="test", kind="independent", lists=("A", "B", "C"), population=np.array([400]), histories=shares)
    return replace(known, **changes)


def with_sex(**changes: object) -> Design:
    shares = np.stack([independent([0.5, 0.3, 0.2]), log_linear([0.2, 0.6, 0.1], {(0, 1): 1.0})])
    return simple(covariates=(SEX,), population=np.array([400, 250]), histories=shares, **changes)


def cells(table: CaptureTable) -> np.ndarray:
    return table.dense()


def unbiased(design: Design) -> bool:
    """Whether the mean of many draws is what is expected, within Monte Carlo error."""
    draws = np.array([cells(design.draw(1, number)) for number in range(DRAWS)])
    error = draws.std(axis=0) / np.sqrt(DRAWS) + 1e-12
    return bool((np.abs(draws.mean(axis=0) - design.expected)[:, 1:] < 4.5 * error[:, 1:] + 1e-9).all())


def test_the_truth_is_everyone():
    assert with_sex().truth == 650


def test_a_draw_can_be_repeated_in_any_order():
    design = with_sex(missed=0.1, false=0.1, erroneous=0.1)
    first = [design.draw(7, number) for number in (0, 1, 2)]
    again = [design.draw(7, number) for number in (2, 0, 1)]
    assert [first[2], first[0], first[1]] == again
    assert len({table.count.tobytes() + table.history.tobytes() for table in first}) == 3


def test_draws_differ_by_seed_number_and_name():
    one = simple()
    assert one.draw(1, 0) != one.draw(2, 0)
    assert one.draw(1, 0) != one.draw(1, 1)
    assert not np.array_equal(cells(one.draw(1, 0)), cells(replace(one, name="other").draw(1, 0)))


def test_nobody_on_no_list_is_in_a_table():
    table = simple().draw(1, 0)
    assert (table.history > 0).all()
    assert table.observed[0] < 400
    assert table.name == "test"
    assert not table.count.flags.writeable


@pytest.mark.parametrize(
    "changes",
    [{}, {"missed": 0.1}, {"false": 0.1}, {"erroneous": 0.2}, {"missed": 0.1, "false": 0.05, "erroneous": 0.1}],
    ids=["plain", "missed", "false", "erroneous", "all"],
)
def test_draws_are_unbiased(changes):
    assert unbiased(with_sex(**changes))


def test_a_fixed_population_varies_less_than_one_of_random_size():
    fixed, free = simple(), simple(size="poisson")
    assert unbiased(free)
    seen = {design: np.var([design.draw(1, number).observed[0] for number in range(DRAWS)]) for design in (fixed, free)}
    share = 1 - fixed.histories[0, 0]
    assert seen[fixed] == pytest.approx(400 * share * (1 - share), rel=0.1)
    assert seen[free] == pytest.approx(400 * share, rel=0.1)


def test_erroneous_records_are_their_share_of_every_list():
    plain, wrong = simple(), simple(erroneous=0.2)
    on = membership(np.arange(8), 3)
    np.testing.assert_allclose(0.8 * (wrong.expected @ on), plain.expected @ on)
    assert wrong.truth == plain.truth
    several = [0b011, 0b101, 0b110, 0b111]
    np.testing.assert_allclose(wrong.expected[0, several], plain.expected[0, several])


def test_values_not_recorded_are_of_people_on_that_list_only():
    design = with_sex(unrecorded=(Unrecorded(covariate="sex", list="A", share=0.3),))
    tables = [design.draw(1, number) for number in range(400)]
    assert tables[0].covariates[0].levels == ("f", "m", NOT_RECORDED)
    assert tables[0].operating.shape == (3, 3)
    lost = np.mean([cells(table) for table in tables], axis=0)
    assert (lost[2] > 0).nonzero()[0].tolist() == [0b001]
    assert lost[2, 1] == pytest.approx(0.3 * design.expected[:, 1].sum(), rel=0.05)
    assert lost[:2, 1] == pytest.approx(0.7 * design.expected[:, 1], rel=0.05)


def test_lists_that_were_not_kept_stay_so():
    operating = np.array([[True, True, False], [True, True, True]])
    shares = np.stack([independent([0.5, 0.3, 0.0]), independent([0.5, 0.3, 0.2])])
    design = with_sex(operating=operating)
    design = replace(design, histories=shares, unrecorded=(Unrecorded(covariate="sex", list="A", share=0.3),))
    table = design.draw(1, 0)
    assert table.operating.tolist() == [[True, True, False], [True] * 3, [True] * 3]


def test_a_list_that_lost_everyone_is_still_a_list():
    design = simple(histories=independent([0.5, 0.3, 1e-9])[None])
    table = design.draw(1, 0)
    assert table.lists == ("A", "B", "C")
    assert table.list_sizes[2] == 0
    assert not np.isfinite(Independence().fit(table).estimate[0]) or Independence().fit(table).estimate[0] >= 0


def test_it_pickles():
    design = with_sex()
    assert pickle.loads(pickle.dumps(design)).draw(3, 1) == design.draw(3, 1)


def test_from_fit_is_the_fitted_population():
    table = example("kosovo-1999")
    fit = LogLinear("EXH:ABA + OSCE:HRW").fit(table)
    design = from_fit(fit)
    assert design.truth == round(float(fit.estimate[0]))
    assert design.lists == table.lists
    expected = fit.ascertainment[0] * fit.probabilities[0] * design.truth
    np.testing.assert_allclose(design.expected[0, 1:], expected[1:])
    # fitting the same model to what is expected finds the truth again
    many = np.where(np.arange(16) > 0, design.expected, 0.0)[None]
    again = LogLinear("EXH:ABA + OSCE:HRW").refit(fit, many)
    assert again.unobserved[0, 0] + many.sum() == pytest.approx(design.truth, rel=1e-6)


def test_from_fit_with_strata():
    tables = with_sex().draw(1, 0)
    fit = LogLinear("A:sex + B:sex + A:B:sex").fit(tables)
    design = from_fit(fit)
    assert design.population.sum() == round(float(fit.estimate.sum()))
    assert np.abs(design.population - fit.estimate).max() < 1
    assert design.covariates == tables.covariates


def test_from_fit_refuses_a_dark_figure_without_limit():
    with pytest.raises(ModelError, match="not finite") as caught:
        from_fit(LogLinear("A:B").fit(example("artificial-3")))
    assert caught.value.code == "design_not_finite"


def test_from_table_has_the_near_models_with_their_weights():
    designs = from_table(example("uk-2013-5"))
    assert designs[0].truth == 25_311  # the published best model of all orders
    weights = [design.weight for design in designs]
    assert weights == sorted(weights, reverse=True)
    assert 0.9 < sum(weights) <= 1 + 1e-9
    assert [design.name for design in from_table(example("uk-2013-5"), most=2)] == [each.name for each in designs[:2]]


def test_whole_numbers_keep_the_sum():
    values = np.array([0.4, 0.4, 0.4, 10.3])
    assert whole(values).sum() == round(values.sum())
    assert np.abs(whole(values) - values).max() < 1


def test_columns_by_hand():
    table = columns([simple()])
    assert table["seen"] == [pytest.approx(400 * (1 - 0.5 * 0.7 * 0.8))]
    assert table["ascertainment"] == [pytest.approx(0.72)]
    assert table["recaptures"] == [pytest.approx(400 * (0.5 + 0.3 + 0.2) - 400 * 0.72)]
    for name in ("independence", "pairs", "no_top_term"):
        assert table[name] == [pytest.approx(1)]


def test_columns_of_a_dependence_that_is_not_modelled():
    design = simple(histories=log_linear([0.5, 0.3, 0.2], {(0, 1): 1.0})[None])
    table = columns([design])
    assert table["independence"][0] < 0.95
    assert table["pairs"] == [pytest.approx(1)]


def test_descriptions_fit_the_page_in_both_languages():
    for code in ("en", "nl"):
        with use_language(code):
            for text in (str(with_sex(source="Someone 1999.")), describe([simple(), with_sex()])):
                assert max(map(len, text.splitlines())) <= 80
    assert "2 populations of known size" in describe([simple(), with_sex()])
    assert "650 people in 2 strata" in str(with_sex())
