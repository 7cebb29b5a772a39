"""Entries that another list referred people to: dropped before counting, alike in every engine."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from darknumber.data.read import read_records
from darknumber.data.referred import drop_referred
from darknumber.data.tabulate import tabulate
from darknumber.errors import InputError

LONG = {
    "id": [1, 1, 2, 2, 3, 3, 3, 4, 5, 5, 6, 6],
    "list": ["A", "B", "A", "B", "A", "B", "B", "C", "B", "A", "A", "C"],
    "date": [
        *("2019-01-01", "2019-01-11", "2019-01-01", "2019-05-01", "2019-01-01", "2019-01-03", "2019-01-02"),
        *("2019-03-03", "2019-01-01", "2019-02-01", "2019-01-01", "2019-01-01"),
    ],
    "by": ["", "a", "", "A", "", "A", "", "A", "A", "", "", "nobody"],
    "sex": ["f", "f", "m", "m", "f", "f", "f", "f", "m", "m", "f", "f"],
}


def counts(table):
    """People by the names of their lists, over all strata."""
    found: dict[str, int] = {}
    for history, count in zip(table.history.tolist(), table.count.tolist(), strict=True):
        name = "".join(each for place, each in enumerate(table.lists) if history >> place & 1)
        found[name] = found.get(name, 0) + count
    return found


def long(frame, **more):
    return read_records(frame, id="id", list_column="list", **more)


def said(table):
    return {
        (f.code, f.where): {key: value for key, value in f.values.items() if key not in ("first", "second")}
        for f in table.findings
        if f.code.startswith("referred")
    }


def test_recorded_referrals():
    table = drop_referred(long(pl.DataFrame(LONG), referrals="by", covariates=["sex"]))
    # 1 and 2 were referred from A to B; 3 came to B twice, once unreferred; 4 is not on A; without dates 5 goes too.
    assert counts(table) == {"A": 3, "AB": 1, "AC": 1, "C": 1}
    assert said(table) == {
        ("referred_dropped", ""): {"n": 3, "entries": 3},
        ("referred_pair", "A:B"): {"n": 3},
    }


def test_dates_overrule_a_referral_to_a_list_the_person_was_on_before():
    table = drop_referred(long(pl.DataFrame(LONG), referrals="by", dates="date"))
    assert counts(table) == {"A": 2, "AB": 2, "AC": 1, "C": 1}


def test_dates_within_some_days():
    table = drop_referred(long(pl.DataFrame(LONG), dates="date"), within=30)
    # 1 after ten days, 3 after one; 5 came to A 31 days after B; 6 to both on one day.
    assert counts(table) == {"A": 2, "AB": 2, "AC": 1, "C": 1}
    assert said(table)["referred_dropped_within", ""] == {"n": 2, "entries": 2, "days": 30}
    assert counts(drop_referred(long(pl.DataFrame(LONG), dates="date"), within=31))["B"] == 1


def test_a_row_for_each_person_and_list_in_every_engine(frame_of):
    named = {"referrals": "by", "dates": "date", "covariates": ["sex"]}
    table, same = (drop_referred(long(each, **named), within=30) for each in (frame_of(LONG), pl.DataFrame(LONG)))
    assert counts(table) == {"A": 3, "AB": 1, "AC": 1, "C": 1}
    assert table == same


WIDE = {
    "A": ["yes", "yes", "yes", "no", "yes"],
    "B": ["yes", "no", "yes", "yes", "yes"],
    "C": ["no", "yes", "yes", "no", "no"],
    "by": ["A", "", "B", "A", "C"],
    "sex": ["f", "m", "f", "m", "f"],
}


def test_a_row_for_each_person_in_every_engine(frame_of):
    table = drop_referred(read_records(frame_of(WIDE), lists=["A", "B", "C"], referrals="by", covariates=["sex"]))
    assert counts(table) == {"A": 1, "AC": 1, "B": 2, "AB": 1}
    assert said(table) == {
        ("referred_dropped", ""): {"n": 2, "entries": 3},
        ("referred_pair", "A:B"): {"n": 1},
        ("referred_pair", "B:A"): {"n": 1},
        ("referred_pair", "B:C"): {"n": 1},
    }


def by_hand(rows, within, *, recorded):
    """The history of every person, one after the other: no joins and no groups."""
    histories = {}
    for who in dict.fromkeys(row[0] for row in rows):
        mine = [row for row in rows if row[0] == who]
        lists = sorted({row[1] for row in mine})
        day = {
            name: min((row[2] for row in mine if row[1] == name and row[2] is not None), default=None) for name in lists
        }
        causes = set()
        for i in lists:
            for j in lists:
                if i == j:
                    continue
                named = [row[3] for row in mine if row[1] == j]
                known = day[i] is not None and day[j] is not None
                said = recorded and i in named and all(name in "ABCD" and name != j for name in named)
                if said and not (known and day[j] < day[i]):
                    causes.add((i, j))
                if within is not None and known and 0 < day[j] - day[i] <= within:
                    causes.add((i, j))
        causes -= {(j, i) for i, j in causes if i < j and (j, i) in causes}
        left = [name for name in lists if not any(end == name for _, end in causes)]
        histories[who] = "".join(left or lists[:1])
    found = {}
    for history in histories.values():
        found[history] = found.get(history, 0) + 1
    return found


@pytest.mark.parametrize("within", [None, 10])
@pytest.mark.parametrize("recorded", [True, False])
def test_any_records_against_people_one_by_one(within, recorded):
    if within is None and not recorded:
        return
    rng = np.random.default_rng(8)
    for _ in range(5):
        rows = []
        for who in range(200):
            for _ in range(rng.integers(1, 6)):
                day = None if rng.random() < 0.2 else int(rng.integers(1, 29))
                by = "ABCDX "[rng.integers(0, 6)].strip() if rng.random() < 0.6 else ""
                rows.append((who, "ABCD"[rng.integers(0, 4)], day, by or "-"))
        columns = {
            "id": [row[0] for row in rows],
            "list": [row[1] for row in rows],
            "date": ["" if row[2] is None else f"2020-02-{row[2]:02}" for row in rows],
            "by": ["" if row[3] == "-" else row[3] for row in rows],
        }
        named = {"referrals": "by"} if recorded else {}
        table = drop_referred(long(pl.DataFrame(columns), dates="date", **named), within)
        assert counts(table) == by_hand(rows, within, recorded=recorded)
        assert table.count.sum() == 200
        dropped = next((f for f in table.findings if f.code.startswith("referred_dropped")), None)
        plain = tabulate(long(pl.DataFrame(columns)))
        entries = sum(len(name) * n for name, n in counts(plain).items())
        entries -= sum(len(name) * n for name, n in counts(table).items())
        assert (0 if dropped is None else dropped.values["entries"]) == entries
        assert sum(f.values["n"] for f in table.findings if f.code == "referred_pair") == entries


def test_lists_that_name_each_other_in_a_circle_keep_the_first():
    rows = {
        "id": [1, 1, 2, 2, 2, 3, 3],
        "list": ["A", "B", "A", "B", "C", "B", "C"],
        "by": ["B", "A", "C", "A", "B", "", ""],
    }
    assert counts(drop_referred(long(pl.DataFrame(rows), referrals="by"))) == {"A": 2, "BC": 1}


def test_a_list_that_finds_nobody_by_itself_is_refused():
    rows = {"id": [1, 1, 2, 2], "list": ["A", "B", "A", "C"], "by": ["", "A", "", ""]}
    wide = {"A": [1, 1], "B": [1, 0], "C": [0, 1], "by": ["A", ""]}
    for records in (
        long(pl.DataFrame(rows), referrals="by"),
        read_records(pl.DataFrame(wide), lists=["A", "B", "C"], referrals="by"),
    ):
        with pytest.raises(InputError) as caught:
            drop_referred(records)
        assert (caught.value.code, caught.value.values["names"]) == ("all_referred", ["B"])


def test_what_only_a_dropped_row_says_is_not_lost():
    rows = {
        "id": [1, 1, 2, 3, 4],
        "list": ["A", "B", "B", "A", "B"],
        "by": ["", "A", "", "", ""],
        "sex": ["", "f", "m", "m", "f"],
    }
    table = drop_referred(long(pl.DataFrame(rows), referrals="by", covariates=["sex"]))
    assert table.covariates[0].levels == ("f", "m")
    assert counts(table) == {"A": 2, "B": 2}


def test_person_years_are_looked_at_within_the_year():
    rows = {
        "id": [1, 1, 1, 2],
        "list": ["A", "B", "B", "B"],
        "year": [2019, 2019, 2020, 2020],
        "date": ["2019-12-20", "2019-12-29", "2020-01-05", "2020-02-01"],
    }
    records = long(pl.DataFrame(rows), dates="date", year="year", unit="person-year")
    table = drop_referred(records, within=30)
    assert counts(table) == {"A": 1, "B": 2}
    assert table.count.sum() == tabulate(records).count.sum() == 3


def test_nothing_to_drop_is_said():
    rows = {"id": [1, 1, 2], "list": ["A", "B", "B"], "by": ["", "", "C"]}
    table = drop_referred(long(pl.DataFrame(rows), referrals="by"))
    assert counts(table) == {"AB": 1, "B": 1}
    assert ("referred_none", "") in said(table)


def test_ids_with_spaces_are_one_person():
    rows = {"id": ["x", "x ", "y"], "list": ["A", "B", "B"], "by": ["", "A", ""]}
    assert counts(drop_referred(long(pl.DataFrame(rows), referrals="by"))) == {"A": 1, "B": 1}


def test_files(save):
    text = "who,list,by,date\n1,A,,1-1-2020\n1,B,A,5-1-2020\n2,B,,\n3,A,,\n3,B,,\n"
    records = read_records(save("long.csv", text), id="who", list_column="list", referrals="by", dates="date")
    assert counts(drop_referred(records)) == counts(drop_referred(records, 30)) == {"A": 1, "B": 1, "AB": 1}


@pytest.mark.parametrize(
    ("named", "within", "code"),
    [
        ({}, None, "referrals_needed"),
        ({"dates": "date"}, None, "referrals_needed"),
        ({"referrals": "by"}, 30, "referral_dates_needed"),
        ({"dates": "date"}, 0, "bad_referral_days"),
        ({"dates": "date"}, 2.5, "bad_referral_days"),
        ({"dates": "date"}, True, "bad_referral_days"),
    ],
)
def test_what_cannot_be_asked(named, within, code):
    with pytest.raises(InputError) as caught:
        drop_referred(long(pl.DataFrame(LONG), **named), within)
    assert caught.value.code == code
    assert str(caught.value)


def test_what_is_wrong_in_the_rows_is_said_of_the_rows_as_they_are(save):
    text = "who,list,by\n1,A,\n1,B,A\n,B,\n"
    records = read_records(save("long.csv", text), id="who", list_column="list", referrals="by")
    errors = []
    for act in (drop_referred, tabulate):
        with pytest.raises(InputError) as caught:
            act(records)
        errors.append(str(caught.value))
    assert errors[0] == errors[1]
