"""The run that attacks publications: a small part of it, and what its recorded answer and the page must say."""

from __future__ import annotations

import json

from evidence import disclosure, record
from evidence.pages import table
from tests.attacker import KINDS


def recorded():
    return json.loads(record.answer_file("disclosure").read_text(encoding="utf-8"))["result"]


def test_the_recorded_answer_has_nothing_that_was_found():
    result = recorded()
    assert result["publications"] == disclosure.PUBLICATIONS == 1_000
    assert result["bounded more tightly"] == 0
    assert set(result["kinds"]) == set(KINDS)
    for counts in result["kinds"].values():
        assert counts["publications"] == 125
        assert counts["small"] > 50
        assert counts["bounded without protection"] > 10  # the attacker can find what is there to be found


def test_a_small_part(monkeypatch):
    monkeypatch.setattr(disclosure, "PART", 8)
    monkeypatch.setattr(disclosure, "PUBLICATIONS", 16)
    monkeypatch.setattr(disclosure, "EXAMPLES", ("korea",))
    found = disclosure.run(lambda _, work: work())
    assert found["publications"] == 16
    assert found["bounded more tightly"] == 0
    assert found["cost"]["korea, mild"]["numbers"] == 14


def test_the_page_holds_the_recorded_numbers():
    result, page = recorded(), (record.ROOT / "docs" / "disclosure.md").read_text(encoding="utf-8")
    kinds = [[kind, *(f"{counts[name]:,}" for name in disclosure.NAMES)] for kind, counts in result["kinds"].items()]
    total = ["all", *(f"{result[name]:,}" for name in disclosure.NAMES)]
    assert table(["", *disclosure.NAMES], [*kinds, total]) in page
    costs = [[name, *(f"{count:,}" for count in counts.values())] for name, counts in result["cost"].items()]
    assert table(["tables, rule", "numbers", "small", "hidden to protect"], costs) in page
