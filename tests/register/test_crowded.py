"""Values that very many reports share are not brought together by them, and that is told."""

from __future__ import annotations

from itertools import combinations

import narwhals.stable.v2 as nw
import polars as pl
import pyarrow as pa
import pytest

from darknumber.data.engine import fetch, in_engine, kept
from darknumber.register.linkage import crowded
from darknumber.register.linkage.comparing import brought_together, hold
from darknumber.register.linkage.comparisons import RULES, columns_for, usable_comparisons, usable_rules
from darknumber.register.linkage.crowded import without_crowds
from darknumber.register.linkage.link import link
from darknumber.register.names.forms import forms
from darknumber.register.reading.reports import read_reports
from darknumber.register.synthetic.synthetic_reports import synthetic_reports
from tests.data.conftest import frame_of, spark  # noqa: F401 - fixtures

FEW = 3


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(crowded, "MOST_SHARING", FEW)


def placeholders(n: int):
    """Some usual reports, and so many with a name that an office fills in and nothing else."""
    columns = {name: list(values) for name, values in synthetic_reports(600, seed=2).columns.items()}
    for place in range(n):
        for name, values in columns.items():
            values.append({"given_name": "Jane", "surname": "Doe", "birth_date": None}.get(name, values[place]))
    for name in ("birth_year", "person_key", "report_id"):
        if name in columns:
            columns[name][-n:] = [None] * n
    texts = {name: [None if each is None else str(each) for each in values] for name, values in columns.items()}
    return read_reports(pa.table({name: pa.array(values, pa.string()) for name, values in texts.items()}))


def test_reports_of_a_value_are_marked_where_too_many_have_it(frame_of, few):  # noqa: F811
    dates = [None] * 5 + ["1990-01-01"] * (FEW + 1) + ["1991-05-07"] * FEW
    frame = in_engine(nw.from_native(frame_of({"row": list(range(len(dates))), "birth_date": dates})).lazy())
    rules = [rule for rule in RULES if rule.code == "birth_date"]
    marked, [rule], many = without_crowds(frame, rules)
    assert many == (FEW + 1,)
    assert rule.sql == "l.birth_date = r.birth_date AND l.crowd_birth_date IS NULL"
    assert rule.columns == {"birth_date", "crowd_birth_date"}
    found = fetch(marked.sort("row"))
    assert [each is not None for each in found["crowd_birth_date"]] == [date == "1990-01-01" for date in dates]


def test_where_no_value_is_common_nothing_changes():
    frame = nw.from_native(pl.LazyFrame({"row": [1, 2], "birth_date": ["a", "a"]}))
    rules = [rule for rule in RULES if rule.code == "birth_date"]
    same, kept_rules, many = without_crowds(frame, rules)
    assert same is frame
    assert (kept_rules, many) == (tuple(rules), (0,))


def test_each_rule_brings_together_all_but_its_crowds(few):
    held = kept(forms(placeholders(20).accepted))
    names = held.collect_schema().names()
    comparisons = usable_comparisons(names)
    marked, rules, many = without_crowds(held, usable_rules(names, comparisons))
    assert max(many) >= 20
    needed = sorted({name for name in marked.collect_schema().names() if name in columns_for(comparisons, rules)})
    values = fetch(marked.select("row", *needed))
    rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    crowds = {rule.code: sizes(rows, [name for name, _ in rule.equal]) for rule in rules}
    wanted = set()
    for rule in rules:
        ours = [name for name, _ in rule.equal]
        theirs = [name for _, name in rule.equal]
        for a, b in combinations(rows, 2):
            for one, other in ((a, b), (b, a)):
                key = tuple(one[name] for name in ours)
                same = None not in key and key == tuple(other[name] for name in theirs)
                if same and (ours != theirs or crowds[rule.code][key] <= FEW):
                    wanted.add(frozenset((a["row"], b["row"])))
    compared = hold(marked.select("row", *needed), comparisons, rules)
    pairs = brought_together(compared)
    found = [frozenset((pair["join_key_l"], pair["join_key_r"])) for pair in pairs.as_pyarrow_table().to_pylist()]
    assert set(found) == wanted
    assert len(found) == len(wanted)


def sizes(rows, names):
    found = {}
    for row in rows:
        key = tuple(row[name] for name in names)
        found[key] = found.get(key, 0) + 1
    return found


def test_it_is_told_and_the_rest_is_linked(monkeypatch):
    usual = link(placeholders(40), seed=1)
    monkeypatch.setattr(crowded, "MOST_SHARING", 30)
    found = link(placeholders(40), seed=1)
    told = {each.code: each for each in found.findings}
    assert "crowded_values" not in {each.code for each in usual.findings}
    assert told["crowded_values"].values["n"] >= 40
    assert "Doe" not in told["crowded_values"].sentence()
    assert len(found.left) > 0
    assert sum(each.pairs for each in found.model.rules) < sum(each.pairs for each in usual.model.rules)
