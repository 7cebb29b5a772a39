"""How often people are on one list: read from rows of people or of counts, and never kept as rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from darknumber.data.frequencies import MAX_TIMES, Frequencies, read_frequencies
from darknumber.data.table import Covariate
from darknumber.errors import InputError

SEX = Covariate(name="sex", levels=("female", "male"))


@pytest.fixture
def rows():
    return pd.DataFrame(
        {
            "seen": [1, 1, 2, 1, 3, 1, 2],
            "sex": ["male", "female", "male", "male", None, "female", "male"],
            "name": list("abcdefg"),
        }
    )


def test_rows_of_people_are_counted(rows, tmp_path):
    path = tmp_path / "seen.csv"
    rows.to_csv(path, index=False)
    for source in (rows, path):
        data = read_frequencies(source, times="seen", covariates=["sex"])
        assert data.covariates[0].levels == ("female", "male", "not recorded")
        assert list(zip(data.stratum, data.times, data.count, strict=True)) == [
            (0, 1, 2),
            (1, 1, 2),
            (1, 2, 2),
            (2, 3, 1),
        ]
        assert data.by_times == {1: 4, 2: 2, 3: 1}
        assert data.list_name == "seen"
    assert data.name == "seen.csv"
    assert "7" in str(data)


def test_rows_with_counts_give_the_same(rows):
    counted = rows.groupby(["seen", "sex"], dropna=False).size().rename("n").reset_index()
    one = read_frequencies(rows, times="seen", covariates=["sex"])
    other = read_frequencies(counted, times="seen", covariates=["sex"], count="n")
    assert one.count.tolist() == other.count.tolist()
    assert one.times.tolist() == other.times.tolist()


def test_the_order_of_rows_is_irrelevant(rows):
    one, other = (read_frequencies(each, times="seen", covariates=["sex"]) for each in (rows, rows[::-1]))
    assert one.count.tolist() == other.count.tolist()
    assert one.stratum.tolist() == other.stratum.tolist()


def test_nothing_of_a_person_is_left(rows):
    data = read_frequencies(rows, times="seen")
    assert data.by_times == {1: 4, 2: 2, 3: 1}
    assert not any(isinstance(getattr(data, name), pd.DataFrame) for name in data.__slots__)
    assert not data.count.flags.writeable


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([1, 0, 2], "seen_no_times"),
        ([1, "many", 2], "times_not_whole"),
        ([1, -1, 2], "times_not_whole"),
        ([1, 1.5, 2], "times_not_whole"),
        ([1, None, 2], "times_not_whole"),
        ([1, MAX_TIMES + 1, 2], "bad_times"),
    ],
)
def test_times_that_are_none_are_refused(cells, code):
    with pytest.raises(InputError) as caught:
        read_frequencies(pd.DataFrame({"seen": cells}, dtype=object if "many" in cells else None), times="seen")
    assert caught.value.code == code
    assert "many" not in str(caught.value)


def test_other_things_that_are_refused(rows):
    for settings, code in (
        ({"times": "sene"}, "unknown_column_near"),
        ({"times": "seen", "covariates": ["seen"]}, "repeated_names"),
        ({"times": "seen", "count": "name"}, "not_counts"),
    ):
        with pytest.raises(InputError) as caught:
            read_frequencies(rows, **settings)
        assert caught.value.code == code
    with pytest.raises(InputError) as caught:
        read_frequencies(rows[:0], times="seen")
    assert caught.value.code == "no_rows"
    many = pd.DataFrame({"seen": [1] * 90, "who": [f"p{k}" for k in range(90)]})
    with pytest.raises(InputError) as caught:
        read_frequencies(many, times="seen", covariates=["who"])
    assert caught.value.code == "covariate_like_id"


def test_building_adds_up_and_refuses():
    data = Frequencies.build([2, 1, 2], [3, 5, 4], covariates=[SEX], levels=[np.array([1, 0, 1])])
    assert data.dense(np.array([0, 1, 2])).tolist() == [[0, 5, 0], [0, 0, 7]]
    assert (data.strata, data.observed.tolist(), data.axis("sex")) == (2, [5, 7], 0)
    for times, counts, code in (
        ([0], [4], "bad_times"),
        ([1.5], [4], "bad_times"),
        ([1], [-4], "bad_counts"),
        ([1], [0], "nobody"),
    ):
        with pytest.raises(InputError) as caught:
            Frequencies.build(times, counts)
        assert caught.value.code == code
    with pytest.raises(InputError):
        data.axis("age")


def test_as_a_table_of_one_list_only_the_times_are_forgotten():
    data = Frequencies.build([2, 1, 2], [3, 5, 4], covariates=[SEX], levels=[np.array([1, 0, 1])], list_name="police")
    table = data.table()
    assert table.lists == ("police",)
    assert table.observed.tolist() == data.observed.tolist()
    assert table.covariates == data.covariates


def test_parts_of_the_people_and_fewer_covariates():
    sex, year = Covariate(name="sex", levels=("f", "m")), Covariate(name="year", levels=("1", "2", "3"))
    cells = [(1, 5, 0, 0), (2, 3, 0, 1), (1, 4, 1, 2), (3, 2, 1, 0), (25, 1, 1, 1)]
    times, counts, sexes, years = (np.array(column) for column in zip(*cells, strict=True))
    data = Frequencies.build(times, counts, covariates=[sex, year], levels=[sexes, years], name="a")
    fewer = data.pool(["year"])
    assert [covariate.name for covariate in fewer.covariates] == ["sex"]
    assert fewer.observed.tolist() == [8, 7]
    assert fewer.by_times == data.by_times == {1: 9, 2: 3, 3: 2, 25: 1}
    part = data.select("year", ["3", "1"])
    assert part.covariates[1].levels == ("1", "3")
    assert part.by_times == {1: 9, 3: 2}
    assert part.observed.tolist() == [5, 0, 2, 4]
    assert data.up_to(3).tolist() == [9, 3, 3]  # the last holds who was seen 25 times
    with pytest.raises(InputError) as caught:
        data.select("year", ["9"])
    assert caught.value.code == "unknown_level"
