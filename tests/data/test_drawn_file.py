"""Linked tables on disk: the same when they come back, counts only, and never a file that runs something."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

from darknumber.data.archive import is_archive, read_archive, write_archive
from darknumber.data.drawn import DrawnTables, WhoIsWho
from darknumber.data.drawn_file import FORMAT, read_drawn, write_drawn
from darknumber.data.reading import Reading, read_data, read_drawn_or_table, read_table, way_of
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding
from darknumber.words import LANGUAGES, use_language


def table(count: list[int], name: str = "reports.csv") -> CaptureTable:
    """Two lists, two strata."""
    sex = Covariate(name="sex", levels=("f", "m"))
    levels = [np.array([0, 0, 0, 1, 1])]
    history = [1, 2, 3, 1, 2]
    return CaptureTable.build("AB", history, count, covariates=[sex], levels=levels, unit="person-year", name=name)


def drawn() -> DrawnTables:
    """Twenty draws, of which twelve give one table."""
    who = WhoIsWho(
        reports=90,
        counted=90,
        organisations=3,
        threshold=0.5,
        people=60,
        draws=20,
        seed=3,
        people_low=58,
        people_high=63,
        in_doubt=9,
        largest=4,
        links=31.5,
        missed=1.25,
        false=0.5,
    )
    return DrawnTables(
        best=table([20, 15, 9, 8, 8]),
        tables=(table([20, 15, 9, 8, 8]), table([21, 16, 8, 8, 8])),
        weights=(12, 8),
        linkage=who,
        findings=(Finding(code="unlinkable_left_out", values={"n": 3, "share": 0.033}),),
    )


def test_linked_tables_come_back_the_same(tmp_path):
    given = drawn()
    found = read_drawn(write_drawn(given, tmp_path / "linked.dn"))
    assert found.linkage == given.linkage
    assert found.weights == given.weights
    assert found.findings == given.findings
    for one, other in zip((found.best, *found.tables), (given.best, *given.tables), strict=True):
        assert one.columns() == other.columns()
        assert (one.unit, one.name) == (other.unit, other.name)
    assert found.best.count.flags.writeable is False


def test_the_summary_is_kept_only_where_its_kinds_are_known(tmp_path):
    given = DrawnTables(
        best=table([1, 2, 3, 4, 5]),
        tables=(table([1, 2, 3, 4, 5]),),
        weights=(1,),
        linkage=drawn().linkage,
        summary=Covariate(name="stands for it", levels=("a",)),
    )
    path = write_drawn(given, tmp_path / "linked.dn", {"Covariate": Covariate})
    assert read_drawn(path).summary is None
    assert read_drawn(path, {"Covariate": Covariate}).summary == given.summary
    assert read_drawn(write_drawn(given, tmp_path / "other.dn"), {"Covariate": Covariate}).summary is None


def test_a_file_is_told_by_what_is_in_it(tmp_path):
    path = write_drawn(drawn(), tmp_path / "linked.csv")  # whatever it is called
    assert is_archive(path)
    assert way_of(Reading(source=str(path))) == "linked"
    with zipfile.ZipFile(tmp_path / "sheet.xlsx", "w") as held:
        held.writestr("xl/workbook.xml", "<workbook/>")
    (tmp_path / "counts.csv").write_text("A,B,count\n1,0,5\n")
    for other in ("sheet.xlsx", "counts.csv", "nowhere.dn"):
        assert not is_archive(tmp_path / other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_of_it_is_that_at_the_threshold_and_says_so(tmp_path, language):
    path = write_drawn(drawn(), tmp_path / "linked.dn")
    for read in (read_table, read_data):
        found = read(Reading(source=str(path)))
        assert found.columns() == drawn().best.columns()
        assert [finding.code for finding in found.findings] == ["unlinkable_left_out", "linked_at_threshold"]
    with use_language(language):
        assert "20" in found.findings[-1].sentence()
        assert "50%" in found.findings[-1].sentence()


def test_an_estimate_gets_every_draw(tmp_path):
    path = write_drawn(drawn(), tmp_path / "linked.dn")
    found = read_drawn_or_table(Reading(source=str(path)))
    assert isinstance(found, DrawnTables)
    assert found.weights == (12, 8)
    (tmp_path / "counts.csv").write_text("A,B,count\n1,0,5\n0,1,4\n1,1,2\n")
    assert isinstance(read_drawn_or_table(Reading(source=str(tmp_path / "counts.csv"))), CaptureTable)


def test_covariates_that_are_not_asked_for_are_summed_over(tmp_path):
    given = DrawnTables(
        best=table([1, 2, 3, 4, 5]), tables=(table([1, 2, 3, 4, 5]),), weights=(5,), linkage=drawn().linkage
    )
    path = write_drawn(given, tmp_path / "linked.dn")
    kept = read_drawn_or_table(Reading(source=str(path), covariates=("sex",)))
    assert [each.name for each in kept.best.covariates] == ["sex"]
    with pytest.raises(InputError, match="age"):
        read_drawn_or_table(Reading(source=str(path), covariates=("age",)))
    with pytest.raises(ModelError, match="--lists"):
        read_table(Reading(source=str(path), lists=("A",)), spell=lambda name: f"--{name}")


def test_other_archives_are_refused(tmp_path):
    other = write_archive(tmp_path / "estimates.dn", {"format": FORMAT, "estimates": 3}, {})
    with pytest.raises(InputError) as told:
        read_drawn(other)
    assert told.value.code == "not_linked_tables"
    newer = write_archive(tmp_path / "newer.dn", {"format": FORMAT + 1, "linked": {"another": "shape"}}, {})
    with pytest.raises(InputError) as told:
        read_drawn(newer)
    assert told.value.code == "newer_estimates"
    (tmp_path / "text.dn").write_text("no archive")
    with pytest.raises(InputError) as told:
        read_drawn(tmp_path / "text.dn")
    assert told.value.code == "not_linked_tables"


def test_nothing_in_it_is_run(tmp_path):
    tree = np.frombuffer(json.dumps({"format": FORMAT, "linked": {"kind": "Popen", "fields": {}}}).encode(), np.uint8)
    np.savez_compressed(tmp_path / "bad.npz", tree=tree)
    with pytest.raises(InputError):
        read_drawn(tmp_path / "bad.npz")
    pickled = np.array([object()], dtype=object)
    np.savez_compressed(tmp_path / "pickled.npz", tree=tree, a0=pickled)
    with pytest.raises(InputError):
        read_drawn(tmp_path / "pickled.npz")


def test_only_what_is_wanted_is_read(tmp_path):
    path = write_archive(tmp_path / "a.dn", {"format": 1, "one": {"a": 1}, "other": (1, 2)}, {})
    assert read_archive(path, {}, only=("other",)) == {"other": (1, 2)}
    assert read_archive(path, {}) == {"format": 1, "one": {"a": 1}, "other": (1, 2)}
