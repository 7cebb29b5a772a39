"""What is hidden cannot be worked out from the rest of what is printed about the lists.

Whoever reads the page knows the number registered, every number in its tables, and how this program makes them. The
tests ask an integer programme for the lowest and the highest value of each hidden number that agrees with all of that.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from darknumber.data.table import CaptureTable
from darknumber.inference.intervals import LogNormal
from darknumber.inference.publish import SMALL, figures
from darknumber.views.plots_groups import forest
from darknumber.views.plots_lists import overlap
from darknumber.views.protection import ROUNDED_TO, STAND_IN, Shown, hides, is_small, protected
from darknumber.views.tables_estimates import estimates_table
from darknumber.views.tables_lists import lists_table, overlaps_table
from darknumber.words import people

SIZES_GIVEN_AWAY = CaptureTable.build(("A", "B"), [1, 2, 3], [57, 43, 2])  # 59 + 45 - 102 = 2
EDGE = CaptureTable.build(("A", "B"), [1, 2, 3], [51, 41, 4])  # sizes that would both be rounded up
THREE = CaptureTable.build(("A", "B", "C"), [1, 2, 4, 3, 5, 6], [70, 61, 33, 12, 9, 2])
WITH_TRIPLES = CaptureTable.build(("A", "B", "C"), [1, 2, 4, 3, 5, 7], [70, 61, 33, 12, 9, 3])
TINY_LIST = CaptureTable.build(("A", "B"), [1, 2], [100, 3])
TINY_LIST_THAT_SHARES = CaptureTable.build(("A", "B", "C"), [1, 2, 4, 3, 5], [100, 50, 1, 30, 2])


class Reader:
    """Someone who works out what the cells of a table can be."""

    def __init__(self, data: CaptureTable) -> None:
        self.count = len(data.lists)
        self.histories = np.arange(1, 1 << self.count)
        self.rows: list[np.ndarray] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.pairs: dict[tuple[int, int], np.ndarray] = {
            (i, j): self.on(i) * self.on(j) for i, j in combinations(range(self.count), 2)
        }
        self.knows(np.ones(len(self.histories)), float(data.count.sum()), float(data.count.sum()))
        printed = overlaps_table(data)
        texts = [row[1].text for row in lists_table(data).rows]
        hidden = [pair for pair in self.pairs if printed.rows[pair[1]][pair[0] + 1].text == f"<{SMALL}"]
        tiny = [j for j, text in enumerate(texts) if text == f"<{SMALL}"]
        for (i, j), row in self.pairs.items():
            self.reads(row, printed.rows[j][i + 1].text)
        largest = int(np.argmax(data.list_sizes))
        for j, text in enumerate(texts):
            row, away = self.on(j), 0.0
            if j not in tiny and (hidden or tiny):
                for pair in hidden:
                    if j == (pair[0] if pair[1] in tiny else pair[1]):
                        row, away = row - self.pairs[pair], away - STAND_IN
                for small in tiny if j == largest else ():
                    row, away = row + self.on(small), away + STAND_IN
            self.reads(row, text, away)
        shared = np.array([float(h.bit_count() > 1) for h in map(int, self.histories)])
        for pair in hidden:
            shared = shared - self.pairs[pair]
        sentence = printed.notes[0].removeprefix("On more than one list: ").removesuffix(" people.")
        self.reads(shared, sentence, -STAND_IN * len(hidden))
        self.targets = {f"pair {pair}": self.pairs[pair] for pair in hidden}
        self.targets |= {f"list {j}": self.on(j) for j in tiny}

    def on(self, j: int) -> np.ndarray:
        return ((self.histories >> j) & 1).astype(float)

    def knows(self, row: np.ndarray, low: float, high: float) -> None:
        self.rows.append(row)
        self.low.append(low)
        self.high.append(high)

    def reads(self, row: np.ndarray, text: str, away: float = 0.0) -> None:
        """`row`, less `away`, is the number that was printed as `text`."""
        if text == f"<{SMALL}":
            return self.knows(row, 1, SMALL - 1)
        if text == f"<{ROUNDED_TO}":
            return self.knows(row, -np.inf, ROUNDED_TO / 2 - 1 + away)
        if text == "none":
            return self.knows(row, 0, 0)
        near = text.startswith(("≈", "about "))
        value = float(text.removeprefix("≈").removeprefix("about ").replace(",", ""))
        half = ROUNDED_TO / 2 if near else 0
        return self.knows(row, value - half + away, value + max(half - 1, 0) + away)

    def range(self, target: np.ndarray) -> tuple[int, int]:
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * target,
                constraints=LinearConstraint(np.array(self.rows), self.low, self.high),
                integrality=np.ones(len(target)),
                bounds=Bounds(0, np.inf),
            )
            assert found.success
            ends.append(round(sign * found.fun))
        return ends[0], ends[1]


@pytest.mark.parametrize("data", [SIZES_GIVEN_AWAY, EDGE, THREE], ids=["two", "edge", "three"])
def test_a_hidden_overlap_can_be_anything_from_one_to_four(data):
    reader = Reader(data)
    assert reader.targets
    assert {name: reader.range(target) for name, target in reader.targets.items()} == dict.fromkeys(
        reader.targets, (1, SMALL - 1)
    )


@pytest.mark.parametrize(
    "data", [TINY_LIST, TINY_LIST_THAT_SHARES, WITH_TRIPLES], ids=["tiny alone", "tiny shares", "triples"]
)
def test_hidden_lists_and_people_on_three_lists_are_not_found_either(data):
    reader = Reader(data)
    assert reader.targets
    for target in reader.targets.values():
        low, high = reader.range(target)
        assert low < high


def test_the_reader_would_find_what_exact_sizes_give_away(monkeypatch):
    monkeypatch.setattr(
        "darknumber.views.tables_lists.sizes_shown",
        lambda data, protect: tuple(protected(int(size), protect) for size in data.list_sizes),
    )
    monkeypatch.setattr(Reader, "reads", _exactly(Reader.reads))
    reader = Reader(SIZES_GIVEN_AWAY)
    assert [reader.range(target) for target in reader.targets.values()] == [(2, 2)]


def _exactly(reads):
    """Reads list sizes without the stand-ins, as they are printed here."""

    def read(self, row, text, away=0.0):
        if away and text.isdigit():
            row, away = np.where(row > 0, 1.0, row), 0.0
            row = self.on(1)
        reads(self, row, text, away)

    return read


@pytest.mark.parametrize("seed", range(40))
def test_no_hidden_overlap_of_a_random_table_is_found(seed):
    random = np.random.default_rng(seed)
    lists = int(random.integers(2, 5))
    histories = np.arange(1, 1 << lists)
    depth = np.array([int(h).bit_count() for h in histories])
    counts = np.where(depth == 1, random.integers(12, 120, len(histories)), random.poisson(4.0 / 2.5**depth))
    data = CaptureTable.build(tuple("ABCD"[:lists]), histories, counts)
    reader = Reader(data)
    assert bool(reader.targets) == hides(data, protect=True)
    for target in reader.targets.values():
        low, high = reader.range(target)
        assert low < high


def test_the_picture_shows_no_more_than_the_tables():
    spec = overlap(SIZES_GIVEN_AWAY, source="Source: example").spec
    sizes = spec["concat"][2]["layer"][0]["data"]["values"]
    assert [bar["text"] for bar in sizes] == ["≈60", "≈50"]
    assert [bar["value"] for bar in sizes] == [60, 50]


def test_shares_follow_from_the_rounded_sizes():
    table = lists_table(SIZES_GIVEN_AWAY)
    assert [row[2].value for row in table.rows] == [0.59, 0.49]  # of 60 and 50 of 102, as printed
    assert [row[2].text for row in lists_table(TINY_LIST).rows] == ["97%", "<4.9%"]
    assert any("nearest ten" in note for note in table.notes)


def test_nothing_is_rounded_where_nothing_is_hidden():
    data = CaptureTable.build(("A", "B"), [1, 2, 3], [57, 43, 12])
    assert not hides(data, protect=True)
    assert [row[1].text for row in lists_table(data).rows] == ["69", "55"]
    assert not hides(SIZES_GIVEN_AWAY, protect=False)
    assert [row[1].text for row in lists_table(SIZES_GIVEN_AWAY, protect=False).rows] == ["59", "45"]


@pytest.mark.parametrize("n", [0, 1, 4, 5, 12_345])
def test_a_small_number_is_only_bounded(n):
    shown = protected(n, protect=True)
    assert isinstance(shown, Shown)
    assert shown.hidden == is_small(n)
    assert shown.text == (f"<{SMALL}" if is_small(n) else people(n) if n else "none")
    assert protected(n, protect=False).value == n


def test_a_small_registered_number_is_hidden_with_what_it_follows_from(groups_only):
    few = replace(
        groups_only,
        observed=np.array([300.0, 420, 120, 3, 4, 5]),
        unobserved=np.array([600.0, 900, 300, 40, 0, 5]),
        draws=None,
        bounds=np.array([[800.0, 1000], [1200, 1500], [400, 500], [4, 90], [4, 4], [6, 20]]),
        interval=LogNormal(),
        selection=None,
    )
    assert [row.hidden for row in figures(few)] == [False] * 6
    table = estimates_table(few, protect=True)
    rows = [[cell.text for cell in row[2:]] for row in table.rows]
    assert rows[3] == ["<5", "43", "up to 90", "", ""]
    assert rows[4] == ["<5", "≤5", "up to 5", "", ""]
    assert rows[5][0] == "5"
    assert all(cell.value is None or cell.value != cell.value for cell in (table.rows[3][2], *table.rows[3][5:]))
    assert any(note.startswith("<5: fewer than 5") for note in table.notes)
    drawn = json.dumps(forest([few], protect=True).spec, ensure_ascii=False)
    assert '"value": 3.0' not in drawn
    assert '"value": 4.0' not in drawn
    assert '"<5"' in drawn


def test_of_a_mean_the_number_of_people_counts(broken):
    years = broken.by("year")
    few = replace(years, observed=np.array([1.0, 0, 2, 1]), unobserved=np.zeros(4), draws=np.full((200, 4), 4.0))
    assert figures(few.mean("year", ["2010", "2012", "2013"]), protect=True)[0].hidden
    more = replace(few, observed=np.array([2.0, 0, 3, 1]))
    assert not figures(more.mean("year", ["2010", "2012", "2013"]), protect=True)[0].hidden
