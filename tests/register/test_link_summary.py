"""What came of linkage in numbers, and which pair: counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.errors import InputError
from darknumber.register.linkage.link_quality import link_quality
from darknumber.register.linkage.link_summary import PER_TEN, TENS, summary_of
from darknumber.register.linkage.linked_pair import least_clear, pair_of
from darknumber.register.linkage.links import Links
from darknumber.register.linkage.methods import Exact, Probabilistic
from tests.views.linkage_made import model


class Named:
    """Stands for reports, of which only the name is looked at."""

    name = "reports.csv"


def links(weight: list[float], **other: object) -> Links:
    """Six reports in rows 2 to 7: pairs 0-1, 1-2, 0-2 and 3-4."""
    n = len(weight)
    given = {
        "reports": Named(),
        "row": np.arange(2, 8),
        "left": np.array([0, 0, 1, 3])[:n],
        "right": np.array([1, 2, 2, 4])[:n],
        "weight": np.array(weight),
        "agreement": np.zeros((n, 2), dtype=np.int8),
        "best": np.array([5.0, 5.0, 5.0, 0.1, 5.0, -3.0]),
        "method": Probabilistic(),
        "model": model(),
    }
    return Links(**(given | other))


def test_people_follow_from_chains_of_links():
    found = summary_of(links([3.0, -9.0, 3.0, -1.0]), everyone=True)
    assert found.people.tolist() == [0, 3, 0, 1]  # three alone; one with reports 0, 1 and 2, by a chain
    assert summary_of(links([3.0, -9.0, 3.0, -1.0]), 0.2, everyone=True).people.tolist() == [0, 1, 1, 1]
    assert (found.reports, found.counted) == (6, 6)
    assert found.name == "reports.csv"


def test_a_report_that_says_too_little_is_nobody():
    found = summary_of(links([3.0, -9.0, 3.0, -1.0]))
    assert found.people.tolist() == [0, 2, 0, 1]
    assert (found.reports, found.counted) == (6, 5)


def test_pairs_are_in_bins_of_their_odds():
    ten = math.log(10.0)
    found = summary_of(links([0.1 * ten, -0.1 * ten, 40.0, -math.inf]))
    middle = TENS * PER_TEN
    filled = {int(place): int(found.pairs[place]) for place in np.flatnonzero(found.pairs)}
    assert filled == {middle: 1, middle - 1: 1, 2 * middle - 1: 1, 0: 1}
    assert found.edges[middle] == 0.0
    assert found.edges[middle + PER_TEN] == pytest.approx(ten)
    assert found.in_doubt == 2
    assert found.share_in_doubt == 0.5


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=4))
def test_no_pair_is_lost_and_each_is_in_its_bin(weight):
    found = summary_of(links(weight))
    assert found.pairs.sum() == len(weight)
    edges = found.edges
    for each in weight:
        inside = min(max(each, edges[0]), edges[-1] - 1e-9)
        place = int(np.searchsorted(edges, inside, side="right")) - 1
        assert found.pairs[place] > 0 or found.pairs[max(place - 1, 0)] > 0  # an edge within rounding


def test_reports_that_say_too_little():
    found = summary_of(links([1.0]))
    at = dict(zip(found.thresholds.tolist(), found.unlinkable.tolist(), strict=True))
    assert at[0.5] == pytest.approx(1 / 6)  # one is below even odds
    assert at[0.9] == pytest.approx(2 / 6)  # 0.1 is below 2.2 too
    assert at[0.99] == pytest.approx(2 / 6)  # 4.6
    assert at[0.999] == 1.0  # 6.9


def test_quality_is_expected_unless_it_is_known():
    some = links([3.0, -9.0, 3.0, -1.0])
    assert summary_of(some).quality.labelled is False
    known = link_quality(some, np.array([0, 0, 1, 2, 2, 3]))
    assert summary_of(some, quality=known).quality is known
    assert summary_of(links([math.inf], model=None, method=Exact(), agreement=np.zeros((1, 0)))).quality is None


def test_a_pair_is_found_by_its_rows():
    some = links([3.0, -9.0, 3.0, -1.0])
    assert pair_of(some, 3, 4) == 2
    assert pair_of(some, 4, 3) == 2
    assert pair_of(some, 5, 6) == 3
    for row, other in ((2, 5), (2, 2), (99, 2), (1, 2), (2, 8)):
        with pytest.raises(InputError) as told:
            pair_of(some, row, other)
        assert told.value.code == "not_a_pair"


def test_the_pair_that_is_least_clear():
    assert least_clear(links([3.0, -9.0, 0.4, -1.0])) == 2
    assert least_clear(links([math.inf, -9.0])) == 1
    assert least_clear(links([math.inf])) is None
    assert least_clear(links([])) is None
