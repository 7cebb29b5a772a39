from __future__ import annotations

import csv
import subprocess
import sys

import numpy as np
import pytest

from darknumber.data.examples import example, examples, linked_example
from darknumber.errors import InputError
from darknumber.kernels.histories import membership
from darknumber.words import LANGUAGES, use_language

# People on each list and people observed, as the publications give them.
PUBLISHED = {
    "netherlands-2010-2015": ("I=398 K=1348 O=536 P=4812 R=742 Z=848", 8234),
    "netherlands-2010-2015-5": ("IO=929 K=1348 P=4812 R=742 Z=848", 8234),
    "uk-2013": ("LA=94 NG=567 PF=1102 GO=807 GP=336 NCA=102", 2744),
    "uk-2013-5": ("LA=94 NG=567 PFNCA=1169 GO=807 GP=336", 2744),
    "new-orleans-2016-8": ("A=31 B=6 C=75 D=39 E=12 F=7 G=8 H=22", 185),
    "new-orleans-2016-5": ("A=31 BEFG=32 C=75 D=39 H=22", 185),
    "new-orleans-2016-8-186": ("A=31 B=6 C=76 D=40 E=12 F=7 G=8 H=22", 186),
    "new-orleans-2016-5-186": ("A=31 BEFG=32 C=76 D=40 H=22", 186),
    "western-us": ("A=64 B=98 C=126 D=52 E=30", 345),
    "australia-2015-2017": ("A=50 B=77 C=260 D=120", 414),
    "kosovo-1999": ("EXH=1910 ABA=1528 OSCE=1786 HRW=685", 4400),
    "korea": ("b=77 c=71 d=59", 123),
    "artificial-3": ("A=46 B=36 C=20", 96),
}
REGISTERS = ("register", "register-2015", "register-without-273f-1-3")


def test_these_are_the_examples():
    assert {each.name for each in examples()} == {*PUBLISHED, *REGISTERS}


@pytest.mark.parametrize("name", PUBLISHED)
def test_list_sizes_are_the_published_ones(name):
    table = example(name)
    sizes = " ".join(f"{name}={size}" for name, size in zip(table.lists, table.list_sizes, strict=True))
    assert (sizes, int(table.count.sum())) == PUBLISHED[name]
    assert (table.covariates, table.unit) == ((), "person")


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("netherlands-2010-2015", "Ned"),
        ("netherlands-2010-2015-5", "Ned_5"),
        ("uk-2013", "UKdat"),
        ("uk-2013-5", "UKdat_5"),
        ("new-orleans-2016-5", "NewOrl_5_185"),
        ("new-orleans-2016-5-186", "NewOrl_5"),
        ("kosovo-1999", "Kosovo"),
        ("artificial-3", "Artificial_3"),
    ],
)
def test_every_cell_is_that_of_the_r_packages(golden_data, name, dataset):
    with golden_data(dataset).open(newline="") as file:
        headings, *rows = list(csv.reader(file))
    table = example(name)
    theirs = {tuple(row[:-1]): int(float(row[-1])) for row in rows if row and float(row[-1])}
    on = membership(table.history, len(table.lists)).astype(int)
    ours = {tuple(map(str, marks)): int(n) for marks, n in zip(on.tolist(), table.count, strict=True)}
    assert tuple(headings[:-1]) == table.lists
    assert ours == theirs


@pytest.mark.parametrize("lists", ["5", "8"])
def test_the_two_versions_of_new_orleans_differ_by_one_person_on_c_and_d(lists):
    first, second = example(f"new-orleans-2016-{lists}").dense()[0], example(f"new-orleans-2016-{lists}-186").dense()[0]
    names = example(f"new-orleans-2016-{lists}").lists
    c_and_d = (1 << names.index("C")) | (1 << names.index("D"))
    assert np.flatnonzero(second - first).tolist() == [c_and_d]
    assert (first[c_and_d], second[c_and_d]) == (1, 2)


@pytest.mark.parametrize("each", examples(), ids=lambda each: each.name)
def test_each_says_where_it_comes_from(each):
    table = example(each.name)
    assert table.lists == each.lists
    assert tuple(covariate.name for covariate in table.covariates) == each.covariates
    assert table.unit == each.unit
    assert len(each.source) > 10
    assert 1990 < each.year < 2100
    for code in LANGUAGES:
        with use_language(code):
            assert each.title
            assert each.licence


@pytest.mark.parametrize("each", [each for each in examples() if each.synthetic], ids=lambda each: each.name)
def test_what_is_synthetic_says_so(each):
    with use_language("en"):
        assert "synthetic" in each.title
        assert "synthetic" in example(each.name).name
    with use_language("nl"):
        assert "synthetisch" in each.title
        assert "synthetisch" in example(each.name).name


@pytest.mark.parametrize("each", examples(), ids=lambda each: each.name)
def test_what_is_synthetic_carries_a_finding(each):
    codes = {finding.code for finding in example(each.name).findings}
    assert bool(codes & {"synthetic_register", "synthetic_data"}) == each.synthetic


def test_only_published_tables_are_not_called_synthetic():
    assert {each.name for each in examples() if each.synthetic} == {*REGISTERS, "artificial-3"}
    assert not any("synthet" in example(name).name for name in PUBLISHED if name != "artificial-3")


def test_the_register_with_and_without_the_definition_at_issue():
    everything, without = example("register"), example("register-without-273f-1-3")
    assert everything.lists == without.lists
    border = everything.lists.index("border")
    fewer = everything.observed.sum() - without.observed.sum()
    assert fewer > 0
    others = np.delete(everything.list_sizes - without.list_sizes, border)
    assert everything.list_sizes[border] - without.list_sizes[border] == fewer
    assert not others.any()
    assert everything.not_recorded == ("form",)
    assert "synthetic_register" in [finding.code for finding in everything.findings]
    assert "not_recorded" in [finding.code for finding in everything.findings]


def test_an_unknown_example(refused):
    error = refused(lambda: example("uk-2014"))
    assert error.code == "unknown_example_near"
    assert error.values["near"].startswith("uk-2013")
    assert refused(lambda: example("zzzzz")).code == "unknown_example"


def test_examples_need_no_engine():
    code = """
import sys
from darknumber.data.examples import example
example("register")
print(sorted({"duckdb", "narwhals", "pandas", "polars", "pyarrow"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_earlier_extract_is_linked_to_the_later_ones():
    linked = linked_example()
    assert [extract.lists for extract in linked.extracts.values()] == [example("register").lists] * 3
    assert linked.table("old").count.sum() == example("register-2015").count.sum()
    assert str(linked).startswith("Linked people")
    for name in ("register", "uk-2013"):
        with pytest.raises(InputError) as caught:
            linked_example(name)
        assert caught.value.code.startswith("unknown_example")
