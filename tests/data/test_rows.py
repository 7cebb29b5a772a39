"""Counts or people: what is plain is told, and what is not is refused."""

from __future__ import annotations

import pandas as pd
import pytest

from darknumber.data.examples import example, examples
from darknumber.data.rows import FEW, rows_of
from darknumber.errors import InputError

LISTS = ["A", "B", "C"]
HISTORIES = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1)]


def people(n: int = 3 * FEW, **columns) -> pd.DataFrame:
    """Rows on people, with more columns before and behind the lists."""
    rows = pd.DataFrame([HISTORIES[i % 7] for i in range(n)], columns=LISTS)
    return rows.assign(**{name: [make(i) for i in range(n)] for name, make in columns.items()})


def counts(numbers=(54, 463, 995, 695, 316, 15, 19)) -> pd.DataFrame:
    return pd.DataFrame(
        [(*history, n) for history, n in zip(HISTORIES, numbers, strict=True)], columns=[*LISTS, "many"]
    )


@pytest.mark.parametrize("name", [entry.name for entry in examples() if not entry.name.startswith("register")])
def test_every_published_table_of_counts_is_one(name):
    table = example(name)
    assert rows_of(pd.DataFrame(table.columns()), lists=table.lists) == "counts"


def test_some_of_the_lists_may_be_named():
    assert rows_of(counts(), lists=["A", "B"]) == "counts"


def test_covariates_may_be_named_or_not():
    both = pd.concat([counts().assign(sex="f"), counts().assign(sex="m")])[[*LISTS, "sex", "many"]]
    assert rows_of(both, lists=LISTS, covariates=["sex"]) == "counts"
    assert rows_of(both, lists=LISTS) == "counts"


@pytest.mark.parametrize(
    "table",
    [
        people(),
        people(sex=lambda i: "fm"[i % 2]),
        people(person=lambda i: f"p{i}"),
        people(person=lambda i: i + 1000),
        people(person=lambda i: f"p{i}", age=lambda i: 20 + i % 2).drop(columns="person"),
        people(person=lambda i: i + 1000, age=lambda i: 20 + i % 40),
    ],
)
def test_one_row_a_person_is_seen(table):
    assert rows_of(table, lists=LISTS) == "people"


@pytest.mark.parametrize(
    "table",
    [
        people(person=lambda i: f"p{i}", age=lambda i: 20 + i % 40),  # the id tells every row apart: ages may be counts
        counts()[["many", *LISTS]],  # a count in front is not where it is looked for
        counts(range(7, 14)),  # numbered rows
        pd.concat([counts().assign(year=2018), counts().assign(year=2019)])[[*LISTS, "year", "many"]],
        pd.concat([counts(), counts()]).rename(columns={"many": "Aantal"}),  # counts that were not added up
    ],
)
def test_what_could_be_either_is_refused(table):
    with pytest.raises(InputError) as caught:
        rows_of(table, lists=LISTS)
    assert caught.value.code == "counts_or_people"
    assert "--rows people" in str(caught.value)
    assert "--rows counts" in str(caught.value)


def test_a_column_that_is_not_there():
    with pytest.raises(InputError) as caught:
        rows_of(counts(), lists=["A", "D"])
    assert caught.value.code.startswith("unknown_column")
