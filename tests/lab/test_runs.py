"""Answers on simulated populations: on disk and back, put together in any order, and as plain columns."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.errors import InputError
from darknumber.kernels import verdicts
from darknumber.lab.runs import REFUSED, Runs, joined, of_rows, same

ROW = {
    "truth": 100.0,
    "level": 0.95,
    "observed": 60.0,
    "estimate": 95.0,
    "lower": 80.0,
    "upper": 130.0,
    "lower_80": 85.0,
    "upper_80": 110.0,
    "seconds": 0.5,
    "verdict": verdicts.ESTIMABLE,
    "refusal": "",
    "findings": ("empty_pairs", "terms_on_few"),
    "measures": {"overlap": 12.0},
}
NO_ANSWER = dict.fromkeys(("estimate", "lower", "upper", "lower_80", "upper_80"), np.nan)
REFUSAL = {**ROW, **NO_ANSWER, "verdict": REFUSED, "refusal": "weight_not_certified", "findings": (), "measures": {}}


def runs(design: str = "one", pipeline: str = "best", start: int = 0) -> Runs:
    infinite = {**ROW, "estimate": np.inf, "upper": np.inf, "verdict": verdicts.INFINITE}
    return of_rows(
        [{**row, "population": start + i} for i, row in enumerate((ROW, infinite, REFUSAL))], design, pipeline
    )


def test_what_is_read_is_what_was_written(tmp_path):
    there = runs().save(tmp_path / "runs.npz")
    assert same(Runs.load(there), runs())
    assert Runs.load(there).seconds.tolist() == [0.5, 0.5, 0.5]
    assert [path.name for path in tmp_path.iterdir()] == ["runs.npz"]


def test_nothing_at_all_can_be_kept(tmp_path):
    empty = runs().take(np.zeros(3, dtype=bool))
    assert len(empty) == 0
    assert same(Runs.load(empty.save(tmp_path / "empty.npz")), empty)


@pytest.mark.parametrize("cut", [0, 10, 400])
def test_a_damaged_file_is_an_error(tmp_path, cut):
    path = runs().save(tmp_path / "runs.npz")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError) as raised:
        Runs.load(path)
    assert raised.value.code == "not_runs"


def test_a_file_with_an_array_missing_is_an_error(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, numbers=np.zeros(3))
    with pytest.raises(InputError, match="not a file of answers"):
        Runs.load(path)


def test_the_order_in_which_parts_come_makes_no_difference():
    parts = [runs("one", "best"), runs("one", "average"), runs("two", "best"), runs("one", "best", start=3)]
    names = (["one", "two"], ["best", "average"])
    whole = joined(parts, *names)
    assert same(whole, joined(parts[::-1], *names))
    assert whole.designs == ("one", "two")
    assert whole.population.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2, 0, 1, 2]
    assert whole.pipeline.tolist() == [0] * 6 + [1] * 3 + [0] * 3


def test_what_one_part_did_not_measure_is_not_a_number():
    other = runs("two").take(np.array([2]))
    whole = joined([runs("one"), of_rows([{**ROW, "population": 0, "measures": {"floor": 70.0}}], "two", "best")])
    np.testing.assert_array_equal(whole.measures["overlap"], [12.0, 12.0, np.nan, np.nan])
    np.testing.assert_array_equal(whole.measures["floor"], [np.nan, np.nan, np.nan, 70.0])
    assert np.isnan(other.measures["overlap"]).all()


def test_columns_are_plain_and_say_what_happened():
    columns = runs().columns()
    assert columns["verdict"] == ["estimable", "infinite", "refused"]
    assert columns["refusal"] == ["", "", "weight_not_certified"]
    assert columns["findings"] == ["empty_pairs terms_on_few"] * 2 + [""]
    assert columns["pipeline"] == ["best"] * 3
    assert runs().raised("terms_on_few").tolist() == [True, True, False]
    assert runs().raised("terms").tolist() == [False] * 3
    assert runs().refused.tolist() == [False, False, True]
    assert list(runs().to_frame("pandas")["estimate"])[:2] == [95.0, np.inf]


def test_answers_that_differ_are_not_the_same():
    assert same(runs(), joined([runs()]))
    for name in ("estimate", "refusal", "findings", "verdict", "measures"):
        changed = runs().take(np.array([2, 1, 0]))
        assert getattr(changed, name) is not None
        assert not same(runs(), changed)
