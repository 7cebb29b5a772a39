"""Values that very many reports share are not brought together by them, and that is told."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import polars as pl
import pyarrow as pa
import pytest

from darknumber.data.engine import fetch, in_engine, kept
from darknumber.register.linkage import crowded
from darknumber.register.linkage.comparing import brought_together, hold, patterns_of
from darknumber.register.linkage.comparisons import usable_comparisons
from darknumber.register.linkage.crowded import without_crowds
from darknumber.register.linkage.link import link
from darknumber.register.linkage.rules import NARROWER, RULES, columns_for, usable_rules
from darknumber.register.linkage.rules import found as finds
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
    marked, found = without_crowds(frame, (), rules)
    [rule] = found.rules
    assert (found.reports, found.narrowed) == (FEW + 1, ())
    assert rule.sql == "l.birth_date = r.birth_date AND l.crowd_birth_date IS NULL"
    assert rule.columns == {"birth_date", "crowd_birth_date"}
    rows = fetch(marked.sort("row"))
    assert [each is not None for each in rows["crowd_birth_date"]] == [date == "1990-01-01" for date in dates]


def test_where_no_value_is_common_nothing_changes():
    frame = nw.from_native(pl.LazyFrame({"row": [1, 2], "birth_date": ["a", "a"]}))
    rules = [rule for rule in RULES if rule.code == "birth_date"]
    same, found = without_crowds(frame, (), rules)
    assert same is frame
    assert (found.rules, found.reports, found.narrowed) == (tuple(rules), 0, ())


def prepared(reports):
    """Cleaned forms, what they are compared on, and the rules for them."""
    held = kept(forms(reports.accepted))
    names = held.collect_schema().names()
    comparisons = usable_comparisons(names)
    return held, comparisons, usable_rules(names, comparisons)


def brought(marked, comparisons, rules):
    """The rows that the rules are about, and the pairs that they bring together."""
    needed = sorted({name for name in marked.collect_schema().names() if name in columns_for(comparisons, rules)})
    values = fetch(marked.select("row", *needed))
    rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    compared = hold(marked.select("row", *needed), comparisons, rules)
    pairs = brought_together(compared)
    found = [frozenset((pair["join_key_l"], pair["join_key_r"])) for pair in pairs.as_pyarrow_table().to_pylist()]
    assert len(found) == len(set(found))
    levels, count = patterns_of(compared, pairs)
    assert count.sum() == len(found)
    assert finds(rules, comparisons, levels).any(axis=0).all()
    return rows, set(found)


def wanted(rows, rules, crowds=None):
    """The pairs of which all that some rule looks at is the same, by looking each row up among the others."""
    pairs = set()
    for rule in rules:
        sides = [name for name, _ in rule.equal], [name for _, name in rule.equal]
        many, alike = sizes(rows, sides[0]), {}
        for row in rows:
            alike.setdefault(tuple(row[name] for name in sides[1]), []).append(row["row"])
        for row in rows:
            key = tuple(row[name] for name in sides[0])
            if None not in key and (crowds is None or sides[0] != sides[1] or many[key] <= crowds):
                pairs |= {frozenset((row["row"], other)) for other in alike.get(key, ()) if other != row["row"]}
    return pairs


def test_each_rule_brings_together_all_but_its_crowds(few):
    held, comparisons, rules = prepared(placeholders(20))
    marked, crowds = without_crowds(held, comparisons, rules)
    assert crowds.reports >= 20
    assert [rule.code for rule in crowds.rules] == [rule.code for rule in rules]
    rows, found = brought(marked, comparisons, crowds.rules)
    assert found == wanted(rows, crowds.rules, FEW)


def test_narrower_rules_stand_in_for_those_with_too_many_pairs(monkeypatch):
    monkeypatch.setattr(crowded, "MOST_PAIRS", 10)
    held, comparisons, rules = prepared(placeholders(20))
    marked, crowds = without_crowds(held, comparisons, rules)
    codes = [rule.code for rule in crowds.rules]
    assert set(crowds.narrowed) <= set(NARROWER)
    assert {"birth_date", "surname_year", "sounds"} <= set(crowds.narrowed)
    assert not set(crowds.narrowed) & set(codes)
    assert len(codes) == len(set(codes))
    assert {"birth_surname", "birth_given", "sounds_year", "sounds_place"} <= set(codes)
    assert not {"birth_kind", "birth_kind_place"} & {*codes, *crowds.narrowed}  # nothing need stand in for these
    rows, found = brought(marked, comparisons, crowds.rules)
    assert found == wanted(rows, crowds.rules)
    assert found < wanted(rows, rules)


def test_with_narrower_rules_nearly_all_links_are_found_and_that_is_told(monkeypatch):
    usual = link(placeholders(1), seed=1)
    monkeypatch.setattr(crowded, "MOST_PAIRS", 10)
    found = link(placeholders(1), seed=1)
    assert "narrower_rules" in [each.code for each in found.findings]
    assert {each.code for each in found.model.rules} >= {"birth_surname", "sounds_year"}
    sure = [
        set(zip(*(side[each.weight > 3].tolist() for side in (each.left, each.right)), strict=True))
        for each in (usual, found)
    ]
    assert len(sure[0] & sure[1]) >= 0.9 * len(sure[0]) > 10
    assert found.model.pairs == pytest.approx(usual.model.pairs, rel=0.1)
    assert found.model.found <= usual.model.found


def sure_links(links):
    sure = links.weight > 3
    return set(zip(links.left[sure].tolist(), links.right[sure].tolist(), strict=True))


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


def test_one_date_of_birth_that_many_share_is_told():
    made = synthetic_reports(600, seed=2).columns
    columns = {name: [None if each is None else str(each) for each in values] for name, values in made.items()}
    for place in range(0, len(columns["birth_date"]), 5):
        columns["birth_date"][place], columns["birth_year"][place] = "1980-05-17", "1980"
    found = link(
        read_reports(pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})), seed=1
    )
    told = {each.code: each for each in found.findings}["one_birth_date"]
    assert 0.15 < told.values["share"] < 0.35
    assert "1980" not in told.sentence()
