"""The probabilities of the linkage model: recovered from pairs drawn from them, found by a rule or not."""

from itertools import product

import numpy as np
import pytest

from darknumber.register.linkage.matching import fit_matching, with_prior
from darknumber.register.linkage.patterns import NOT_RECORDED, Reason, Shape, score

LEVELS = (3, 2, 2)
SHAPE = Shape(levels=LEVELS, follows=((), (), ()), often=(True, True, True), matters=(True, True, False))
M = (np.array([0.8, 0.15, 0.05]), np.array([0.9, 0.1]), np.array([0.7, 0.3]))
U = (np.array([0.002, 0.01, 0.988]), np.array([0.003, 0.997]), np.array([0.05, 0.95]))
MISSING = (0.1, 0.05, 0.2)  # of pairs of one person and of two alike
REPORTS = 4_001
PAIRS_OF_ONE = 3_000
ALL_PAIRS = REPORTS * (REPORTS - 1) // 2


def everything():
    return np.array(list(product(*([NOT_RECORDED, *range(size)] for size in LEVELS))), dtype=np.int8)


def law(probabilities):
    return np.exp(score(everything(), [np.log(each) for each in probabilities], nulls=MISSING))


def is_found(patterns):
    """Pairs are compared where the first or the second comparison has its first level."""
    return (patterns[:, 0] == 0) | (patterns[:, 1] == 0)


def every_one(patterns):
    return np.ones(len(patterns), dtype=bool)


def expected():
    """How many pairs have each pattern: those of one person, and all."""
    of_one = PAIRS_OF_ONE * law(M)
    return of_one, of_one + (ALL_PAIRS - PAIRS_OF_ONE) * law(U)


def fitted(count, random_count):
    patterns, seen = everything(), is_found(everything())
    return fit_matching(
        patterns[seen],
        count[seen],
        patterns,
        random_count,
        shape=SHAPE,
        reports=REPORTS,
        is_strong=is_found,
        is_found=is_found,
    )


def test_the_law_of_all_patterns_is_a_law():
    assert law(M).sum() == pytest.approx(1)


def test_expected_counts_give_back_what_they_were_made_of():
    """From expected counts EM must find the probabilities themselves, those of pairs that no rule finds included."""
    of_one, every = expected()
    found = fitted(every, every)
    for mine, theirs in zip((*found.m, *found.overall), (*M, *U), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=0.002)
    assert found.pairs == pytest.approx(PAIRS_OF_ONE, rel=0.01)
    assert found.found == pytest.approx(of_one[is_found(everything())].sum() / PAIRS_OF_ONE, abs=0.005)


def test_drawn_counts_do_so_within_their_noise():
    rng = np.random.default_rng(3)
    misses = []
    for _ in range(20):
        of_one = rng.multinomial(PAIRS_OF_ONE, law(M) / law(M).sum())
        of_two = rng.multinomial(ALL_PAIRS - PAIRS_OF_ONE, law(U) / law(U).sum())
        sample = rng.multinomial(500_000, (of_one + of_two) / ALL_PAIRS)
        found = fitted((of_one + of_two).astype(float), sample.astype(float))
        misses.append((found.pairs / PAIRS_OF_ONE - 1, found.m[0][0] - M[0][0]))
    misses = np.array(misses)
    assert np.abs(misses.mean(axis=0)).max() < 0.02  # no bias to speak of
    assert misses.std(axis=0).max() < 0.1


def test_without_the_unseen_pairs_the_answer_would_be_wrong():
    """Were the pairs that no rule finds left out of account, agreement would look more common than it is."""
    _, every = expected()
    found = fitted(every, every)
    seen = is_found(everything())
    within = (PAIRS_OF_ONE * law(M))[seen]
    first = everything()[seen][:, 0]
    naive = within[first == 0].sum() / within[first != NOT_RECORDED].sum()
    assert naive > M[0][0] + 0.01
    assert abs(found.m[0][0] - M[0][0]) < 0.002


def test_a_slow_em_over_single_pairs_agrees():
    """The same fixed point, with a loop over pairs and no truncation: every pair is found."""
    rng = np.random.default_rng(5)
    of_one = rng.multinomial(60, law(M) / law(M).sum())
    reports = 64
    of_two = rng.multinomial(reports * (reports - 1) // 2 - 60, law(U) / law(U).sum())
    count = (of_one + of_two).astype(float)
    found = fit_matching(
        everything(),
        count,
        everything(),
        count,
        shape=SHAPE,
        reports=reports,
        is_strong=every_one,
        is_found=every_one,
    )
    total = reports * (reports - 1) / 2
    prior, odds = found.pairs / total, []
    for pattern in everything():
        one, other = prior, 1 - prior
        for place, level in enumerate(pattern):
            if level != NOT_RECORDED:
                one, other = one * found.m[place][level], other * found.overall[place][level]
        odds.append(one / (one + other))
    same = count * np.array(odds)
    assert found.pairs == pytest.approx(same.sum(), rel=1e-3)
    for place, size in enumerate(LEVELS):
        tally = np.array([same[everything()[:, place] == level].sum() + 0.5 / size for level in range(size)])
        np.testing.assert_allclose(found.m[place], tally / tally.sum(), atol=5e-4)


def test_no_level_is_impossible():
    """A level that no pair of one person has shown yet keeps a probability, so that one odd pair is never certain."""
    patterns = np.array([[0, 0, 0], [2, 1, 1]], dtype=np.int8)
    found = fit_matching(
        patterns,
        np.array([30.0, 40.0]),
        patterns,
        np.array([5.0, 500.0]),
        shape=SHAPE,
        reports=100,
        is_strong=every_one,
        is_found=every_one,
    )
    assert min(each.min() for each in (*found.m, *found.u)) > 0
    assert np.isfinite(found.log_odds(everything())).all()


def test_a_model_of_other_reports_gets_the_prior_of_these():
    _, every = expected()
    known = fitted(every, every)
    seen = is_found(everything())
    half = every.copy() - PAIRS_OF_ONE * law(M) / 2  # as many pairs, half as many of one person
    again = with_prior(known, everything()[seen], half[seen], reports=REPORTS)
    assert again.pairs == pytest.approx(PAIRS_OF_ONE / 2, rel=0.02)
    assert all(np.array_equal(a, b) for a, b in zip(again.m, known.m, strict=True))


def test_names_that_go_with_countries_make_no_false_pairs():
    """Among two people of one country a name is ten times as common: taken for independent, that looks like one person.

    Comparisons: name (same, other), country (same, other), birth (same, other); the name follows the country.
    """
    shape = Shape(levels=(2, 2, 2), follows=((1,), (), ()), often=(True,) * 3, matters=(True, False, True))
    alone = Shape(levels=(2, 2, 2), follows=((), (), ()), often=(True,) * 3, matters=(True, False, True))
    every = np.array(list(product(range(2), repeat=3)), dtype=np.int8)
    name, country, birth = every.T
    one = np.prod(
        [np.where(each == 0, share, 1 - share) for each, share in ((name, 0.9), (country, 0.97), (birth, 0.9))], axis=0
    )
    same_name = np.where(country == 0, 0.05, 0.005)
    two = np.where(name == 0, same_name, 1 - same_name)
    two = two * np.where(country == 0, 0.1, 0.9) * np.where(birth == 0, 0.001, 0.999)
    count = PAIRS_OF_ONE * one + (ALL_PAIRS - PAIRS_OF_ONE) * two
    compared = (name == 0) | (birth == 0)

    def fit(each):
        return fit_matching(
            every[compared],
            count[compared],
            every,
            count,
            shape=each,
            reports=REPORTS,
            is_strong=lambda patterns: (patterns[:, 0] == 0) | (patterns[:, 2] == 0),
            is_found=lambda patterns: (patterns[:, 0] == 0) | (patterns[:, 2] == 0),
        )

    true = np.log(PAIRS_OF_ONE * one) - np.log((ALL_PAIRS - PAIRS_OF_ONE) * two)
    np.testing.assert_allclose(fit(shape).log_odds(every)[compared], true[compared], atol=0.1)
    alike = (name == 0) & (country == 0) & (birth == 1)
    assert fit(alone).log_odds(every)[alike][0] > true[alike][0] + 1


def test_twins_are_a_sort_of_their_own():
    """Pairs that share a surname and a date of birth and differ in given name are told apart from one person.

    Comparisons: given, surname, birth, place and sex, each the same or not.
    """
    shape = Shape(
        levels=(2,) * 5,
        follows=((),) * 5,
        often=(True,) * 5,
        matters=(True, True, True, False, False),
        sorts=(Reason(chance=(0,), same=(2,)),),
    )
    every = np.array(list(product(range(2), repeat=5)), dtype=np.int8)

    def law(*shares):
        return np.prod([np.where(every[:, k] == 0, s, 1 - s) for k, s in enumerate(shares)], axis=0)

    def two_strong(patterns):
        return (patterns[:, :3] == 0).sum(axis=1) >= 2

    one, twins, two = (
        law(0.95, 0.95, 0.95, 0.7, 0.99),
        law(0.01, 0.999, 0.999, 0.99, 0.6),
        law(0.01, 0.002, 0.0005, 0.05, 0.6),
    )
    count = PAIRS_OF_ONE * one + 300 * twins + (ALL_PAIRS - PAIRS_OF_ONE - 300) * two
    seen = two_strong(every)
    found = fit_matching(
        every[seen],
        count[seen],
        every,
        count,
        shape=shape,
        reports=REPORTS,
        is_strong=two_strong,
        is_found=two_strong,
    )
    true = PAIRS_OF_ONE * one / count
    chance = 1 / (1 + np.exp(-found.log_odds(every)))
    twin = (every[:, 0] == 1) & (every[:, 1] == 0) & (every[:, 2] == 0)
    np.testing.assert_allclose(chance[twin], true[twin], atol=0.03)
    assert true[twin].min() < 0.1
    assert true[twin].max() > 0.8
