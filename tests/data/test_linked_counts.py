from __future__ import annotations

import gzip

import polars as pl
import pytest

from darknumber.data.examples import linked_example
from darknumber.data.linked_counts import read_linked, write_linked
from darknumber.data.table import NOT_RECORDED

TEXT = """old:A,old:B,old:sex,new:A,new:B,new:sex,count
1,0,m,1,1,f,3
0,0,,0,1,,2
0,1,m,0,0,,1
1,1,,1,1,m,4
"""


def test_read_by_hand(save):
    linked = read_linked(save("linked.csv", TEXT))
    assert (linked.both, linked.only("old"), linked.only("new")) == (7, 1, 2)
    assert linked.same_definition is None
    assert linked.old.covariates[0].levels == ("m", NOT_RECORDED)
    assert linked.table("new").dense()[:, 1:].tolist() == [[0, 0, 3], [0, 0, 4], [0, 2, 0]]
    assert linked.old.name == "linked.csv"


@pytest.mark.parametrize("name", ["linked.csv", "linked.csv.gz"])
def test_what_is_written_is_read_again(tmp_path, name):
    linked = linked_example()
    path = write_linked(linked, tmp_path / name)
    again = read_linked(path, unit="person-year")
    assert again.columns() == linked.columns()
    assert path.read_bytes() == write_linked(again, tmp_path / f"again-{name}").read_bytes()


def test_from_a_frame(save):
    frame = pl.read_csv(save("linked.csv", TEXT))
    assert read_linked(frame).columns() == read_linked(save("again.csv", TEXT)).columns()


def test_a_covariate_of_zeros_and_ones_is_named(save):
    text = TEXT.replace("sex", "new_case").replace(",m,", ",1,").replace(",f,", ",0,")
    assert "new_case" in read_linked(save("a.csv", text)).old.lists
    assert read_linked(save("b.csv", text), lists=["A", "B"]).old.lists == ("A", "B")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TEXT.replace("old:", "was:"), "not_linked_counts"),
        (TEXT.replace("new:A", "A"), "not_linked_counts"),
        (TEXT.replace("3\n", "3.5\n"), "fractional_counts"),
        (TEXT.replace("1,0,m,1,1,f", "maybe,0,m,1,1,f"), "one_list"),
        (TEXT.splitlines()[0] + "\n", "no_rows"),
    ],
)
def test_what_is_refused(save, refused, text, code):
    assert refused(lambda: read_linked(save("linked.csv", text))).code == code


def test_a_broken_archive_is_refused(save, refused):
    assert refused(lambda: read_linked(save("linked.csv.gz", gzip.compress(b"x")[:-4]))).code == "unreadable_file"
