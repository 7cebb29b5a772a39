"""What stands beside the number: terms of every order, and a dependence that no data can show."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.inference.beside import set_beside
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.wider import untested_limits
from darknumber.models import Average, Best, LogLinear
from darknumber.words import use_language

QUICK = Bootstrap(replicates=60)


def test_the_set_beside_is_that_of_an_exact_search_over_all_orders():
    wider = set_beside(Average().fit(example("uk-2013-5")))
    exact = Best(max_order=4).fit(example("uk-2013-5")).candidates
    assert wider is not None
    assert exact is not None
    assert wider.label == exact.label
    assert 2744 + wider.unobserved[0] == pytest.approx(25311.3, abs=0.05)  # METHODS 5.3, published and proved


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("korea", Average()),  # with three lists the term of all three cannot be tested
        ("uk-2013-5", Best(max_order=4, scope="LA*NG + PFNCA + GO + GP")),  # asks for some terms and no others
        ("uk-2013-5", LogLinear("LA:NG")),  # asks for these terms and no others
        ("new-orleans-2016-8", Best()),  # too many lists for a search over all orders
    ],
)
def test_there_is_no_set_beside_where_it_would_say_nothing(name, model):
    assert set_beside(model.fit(example(name))) is None


@pytest.mark.parametrize("criterion", ["aic", "bic"])
def test_beside_terms_of_every_order_stand_pairs_by_the_same_criterion(criterion):
    beside = set_beside(Best(criterion=criterion, max_order=4).fit(example("uk-2013-5")))
    assert beside is not None
    assert beside.label == Best(criterion=criterion).fit(example("uk-2013-5")).candidates.label


def test_untested_limits_by_hand():
    observed, limits = np.array([100.0, 10.0]), np.array([[180.0, 300.0], [10.0, math.inf]])
    assert untested_limits(observed, limits, 2.0).tolist() == [[140.0, 500.0], [10.0, math.inf]]


def test_two_lists_with_an_odds_ratio_of_two_are_inside_the_untested_limits():
    """Two lists of 600 and 500 out of 1,500 whose odds ratio is 2: independence gives too few, and the limits hold."""
    both = next(x for x in np.linspace(1, 499, 49801) if x * (1500 - 1100 + x) >= 2 * (600 - x) * (500 - x))
    seen = 1100 - both
    estimate_if_independent = 600 * 500 / both
    around = np.array([[estimate_if_independent, estimate_if_independent]])
    lower, upper = untested_limits(np.array([seen]), around, 2.0)[0]
    assert upper == pytest.approx(1500, rel=1e-3)
    assert lower < estimate_if_independent


def test_the_print_says_what_pairs_would_give_beside_terms_of_every_order():
    answer = estimate(example("uk-2013-5"), seed=1, interval=QUICK)
    said = " ".join(str(answer).split())
    assert (
        "With pairs of lists only, as most studies assume, the best model by AIC gives 11,200; 27 come within" in said
    )
    assert "With terms of three" not in said


def test_the_print_says_both():
    answer = estimate(example("uk-2013-5"), "average", seed=1, interval=QUICK)
    said = " ".join(str(answer).split())
    assert "With terms of three or more lists as well, the best model by BIC gives 25,000; 14 come within" in said
    assert "No data can show whether all lists together depend on each other." in said
    with use_language("nl"):
        assert "kunnen geen gegevens tonen" in " ".join(str(answer).split())


def test_without_an_upper_limit_the_untested_limits_have_none():
    answer = estimate(example("korea"), seed=1, interval=QUICK)
    assert answer.limits[0, 1] == math.inf
    assert "to no upper limit" in " ".join(str(answer).split())
