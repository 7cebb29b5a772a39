"""Synthetic reports written, read as any office's are, and linked by the true people: the table they were made of."""

from __future__ import annotations

import csv

from darknumber.data.engine import fetch
from darknumber.register.reading.reports import read_reports
from darknumber.register.synthetic.office_form import write_office_reports
from darknumber.register.synthetic.synthetic_files import write_reports
from darknumber.register.synthetic.synthetic_reports import synthetic_reports
from tests.register.by_hand import cells

REPORTS = 3000


def test_reports_as_they_are_read_make_the_truth(tmp_path):
    """Age, nationality and the definition of the border are worked out by whoever reads."""
    truth = write_reports(tmp_path / "reports.parquet", reports=REPORTS, truth=tmp_path / "people.csv")
    with (tmp_path / "people.csv").open(encoding="utf-8", newline="") as file:
        person = {row["report_id"]: row["person"] for row in csv.DictReader(file)}
    found = read_reports(tmp_path / "reports.parquet")
    rows = fetch(found.frame)
    assert set(rows["set_aside"]) == {None}
    assert counted_by(rows, [person[name] for name in rows["report_id"]], truth) == cells(truth)


def counted_by(rows, person, truth):
    """People in a year by the lists they are on and the levels that any of their reports has."""
    names = [covariate.name for covariate in truth.covariates]
    lists, levels = {}, {}
    for place, who in enumerate(person):
        key = who, rows["year"][place]
        lists.setdefault(key, set()).add(rows["organisation"][place])
        for name in names:
            value = rows[name][place]
            if value is not None and levels.setdefault((key, name), str(value)) != str(value):
                raise ValueError(name)
    found = {}
    for key, on in lists.items():
        cell = frozenset(on), tuple(levels.get((key, name), "not recorded") for name in names)
        found[cell] = found.get(cell, 0) + 1
    return found


def test_an_office_s_file_reads_as_the_reports_it_was_made_of(tmp_path):
    """Column by column the same, whichever way they were written."""
    made = synthetic_reports(REPORTS)
    (path,), mapping = write_office_reports(made, tmp_path)
    write_reports(tmp_path / "reports.parquet", reports=REPORTS)
    one, other = (
        fetch(found.frame.sort("row"))
        for found in (read_reports(path, mapping), read_reports(tmp_path / "reports.parquet"))
    )
    assert set(one) == set(other)
    for name, column in other.items():
        if name != "remarks":
            assert one[name] == column, name
