"""The golden numbers are what their README says they are."""

from __future__ import annotations

import pytest

PACKAGES = ("CARE1", "MultipleSystemsEstimation", "Rcapture", "SparseMSE", "cat", "cenzus", "conting", "dga", "mse")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_record_says_where_it_comes_from(golden, package):
    for record in golden(package):
        assert {"peer", "version", "dataset", "call", "tolerance", "results"} <= record.keys()


def test_tables_come_as_rows(golden):
    (record,) = [r for r in golden("Rcapture") if r["dataset"] == "Kosovo" and r["call"].startswith("closedp.t")]
    independence = next(row for row in record["results"]["models"] if row["row"] == "Mt")
    assert independence["abundance"] == pytest.approx(7394.58666230024)
    assert independence["infoFit"] == 0


def test_all_hierarchical_models_of_four_lists_are_there(golden):
    (record,) = [r for r in golden("Rcapture") if r["dataset"] == "Kosovo" and r["call"].startswith("closedpMS.t")]
    assert len(record["results"]["models"]) == record["results"]["n_models"] == 113


def test_the_search_path_has_its_33_steps(golden):
    path = golden("mse")[0]["results"]["path"]
    assert len(path) == 33
    assert path[-1]["Nhat"] > 1e9  # where its fits diverge


def test_every_data_set_named_is_a_file(golden, golden_data):
    assert {
        r["dataset"] for package in PACKAGES for r in golden(package) if not golden_data(r["dataset"]).is_file()
    } == set()
