"""Reports of which there is little to link, or too much: an answer that can be stood by, or an error that says why not.

Warnings are errors here: what must be known is told as a finding, and a number that went wrong is not.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

import darknumber as dn
from darknumber.errors import InputError
from darknumber.inference.asking import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.register.linkage.drawn import linked_tables
from darknumber.register.linkage.link import link
from darknumber.register.linkage.links import Links
from darknumber.register.linkage.methods import Probabilistic
from darknumber.register.linkage.weighing import MOST_TOGETHER
from darknumber.register.reading.reports import Reports, read_reports
from darknumber.register.synthetic.synthetic_reports import SyntheticReports, synthetic_reports

REPORTS = 500  # of the synthetic register
GROUP = 2_000  # reports with one name and one date of birth
ORGANISATIONS = ("police", "care", "border")
ANN = {"given_name": "Ann", "surname": "Bos", "birth_date": "1990-02-03"}
SHORT = Bootstrap(replicates=10)


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


@pytest.fixture(scope="module")
def made() -> SyntheticReports:
    return synthetic_reports(REPORTS, seed=5)


def frame(n: int, **columns: str | Sequence[str | None]) -> pl.DataFrame:
    """So many reports of three organisations over some years; a text stands for itself in every report."""
    said = {name: [each] * n if isinstance(each, str) else list(each) for name, each in columns.items()}
    when = [f"{2017 + i % 3}-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(n)]
    return pl.DataFrame(
        {"organisation": [ORGANISATIONS[i % 3] for i in range(n)], "report_date": when, **said},
        schema_overrides=dict.fromkeys(said, pl.String),
    )


def of(made: SyntheticReports, *names: str) -> pl.DataFrame:
    return pl.DataFrame({name: [None if x is None else str(x) for x in made.columns[name]] for name in names})


def read(rows: pl.DataFrame) -> Reports:
    return read_reports(rows, name="odd")


def counted(links: Links, **asked: Any) -> tuple[int, int]:
    """The reports, and the people that they are counted as."""
    drawn = linked_tables(links, draws=3, seed=1, **asked)
    assert int(drawn.best.count.sum()) == drawn.linkage.people
    assert sum(drawn.weights) == 3
    return drawn.linkage.reports, drawn.linkage.people


def refused(rows: pl.DataFrame, method: str = "probabilistic") -> str:
    with pytest.raises(InputError) as caught:
        linked_tables(link(read(rows), method, seed=1), draws=3, seed=1)
    return caught.value.code


def test_of_two_reports_nothing_can_be_learned_and_the_weights_are_numbers():
    for other in ({}, {"given_name": ("Ann", "Zeb"), "surname": ("Bos", "Tol")}):
        links = link(read(frame(2, **(ANN | other))), seed=1)
        assert np.isfinite(links.weight).all()
        assert np.isfinite(links.best).all()
        assert counted(links, unlinkable="count") == (2, 2)


def test_one_report_is_nobody_to_link():
    assert refused(frame(1, **ANN)) == "too_few_reports"


def test_a_model_of_others_links_a_handful(made):
    names = ("given_name", "surname", "birth_date")
    model = link(read(of(made, "organisation", "report_date", *names)), seed=1).model
    for n in (2, 4):
        links = link(read(frame(n, **ANN)), Probabilistic(model=model), seed=1)
        assert links.rows == n
        assert len(links.left) == n * (n - 1) // 2
        assert counted(links) == (n, 1)
    links = link(read(frame(2, given_name=("Ann", "Zeb"), surname=("Bos", "Tol"), birth_date="1990-02-03")),
                 Probabilistic(model=model))  # fmt: skip
    assert counted(links) == (2, 2)


def test_nothing_but_sex_or_a_year_of_birth_is_not_enough():
    assert refused(frame(60, sex="female")) == "nothing_to_link"
    years = [str(1970 + i % 30) for i in range(60)]
    assert refused(frame(60, sex="female", birth_year=years)) == "nothing_to_link"


def test_columns_with_nothing_in_them_link_nobody():
    empty = frame(60, given_name="", surname="", birth_date="")
    links = link(read(empty), seed=1)
    assert len(links.left) == 0
    assert links.unlinkable(0.5).all()
    with pytest.raises(InputError) as caught:
        linked_tables(links)
    assert caught.value.code == "nobody_linked"
    assert counted(links, unlinkable="count") == (60, 60)


def test_where_nobody_was_reported_twice_hardly_anybody_is_linked(made):
    person = np.asarray(made.person)
    _, first = np.unique(person, return_index=True)
    rows = of(made, "organisation", "report_date", "given_name", "surname", "birth_date", "sex", "citizenship")
    links = link(read(rows[np.sort(first).tolist()]), seed=1)
    reports, people = counted(links, unlinkable="count")
    assert reports == len(first)
    assert reports - people <= 0.01 * reports


def test_everyone_the_same_person():
    assert counted(link(read(frame(300, sex="female", **ANN)), "rules")) == (300, 1)
    # to the model what everyone has says nothing about who is who, and it says so
    links = link(read(frame(300, sex="female", **ANN)), seed=1)
    assert links.unlinkable(0.5).all()
    with pytest.raises(InputError) as caught:
        linked_tables(links)
    assert caught.value.code == "nobody_linked"


def test_a_huge_group_amid_others_is_told_of_and_every_report_counted(made):
    names = ("organisation", "report_date", "given_name", "surname", "birth_date")
    rows = pl.concat([of(made, *names), frame(GROUP, **ANN).select(names)])
    links = link(read(rows), seed=1)
    assert GROUP > MOST_TOGETHER
    assert "large_groups" in {finding.code for finding in links.findings}
    drawn = linked_tables(links, draws=3, seed=1, unlinkable="count")
    assert drawn.linkage.reports == len(made.person) + GROUP
    assert drawn.linkage.people <= len(made.person)
    assert drawn.linkage.people_high <= len(made.person)  # a draw does not take the group apart
    assert "person_with_many_reports" in {finding.code for finding in drawn.findings}
    assert estimate(drawn, seed=1, interval=SHORT).observed.sum() == drawn.linkage.people


def test_only_numbers_of_people():
    keyed = frame(300, person_key=[f"k{i // 6}" for i in range(300)])
    assert counted(link(read(keyed), "exact")) == (300, 50)
    # a number is of one organisation unless it is said that all share them
    own = link(read(keyed), Probabilistic(), seed=1)
    organisation, person = np.arange(300) % 3, np.arange(300) // 6
    assert (person[own.left] == person[own.right]).all()
    assert (organisation[own.left] == organisation[own.right]).all()


def test_one_organisation_is_no_overlap(made):
    rows = of(made, "report_date", "given_name", "surname", "birth_date").with_columns(organisation=pl.lit("police"))
    assert refused(rows) == "one_list_in_column"


def test_what_a_method_needs_and_is_not_there_is_named():
    assert refused(frame(9, given_name="Ann", surname="Bos"), "rules") == "no_column_to_link"
    assert refused(frame(9, **ANN), "exact") == "no_column_to_link"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda reports, links, drawn: dn.link(["a"]), "not_reports"),
        (lambda reports, links, drawn: dn.link("reports.csv"), "not_reports"),
        (lambda reports, links, drawn: dn.screen(links), "not_reports"),
        (lambda reports, links, drawn: dn.linked_tables(reports), "not_links"),
        (lambda reports, links, drawn: dn.by_definition(drawn), "not_links"),
        (lambda reports, links, drawn: dn.tabulate(drawn), "not_a_table"),
        (lambda reports, links, drawn: dn.save_linked_tables(links, "x.dn"), "not_linked_reports"),
        (lambda reports, links, drawn: dn.linked_tables(links, ["means"]), "counted_by_set"),
        (lambda reports, links, drawn: dn.estimate(links), "not_a_table"),
    ],
)
def test_one_thing_for_another_is_told(made, act, code):
    reports = read(of(made, "organisation", "report_date", "given_name", "surname", "birth_date", "sex", "means"))
    links = link(reports, "rules")
    drawn = linked_tables(links, draws=1)
    with pytest.raises(InputError) as caught:
        act(reports, links, drawn)
    assert caught.value.code == code
