"""The run on verdicts: a small part of it, and what its recorded answer must say."""

from __future__ import annotations

import json

from evidence import record, verdicts


def test_the_recorded_answer_has_no_difference_at_all():
    result = json.loads(record.answer_file("verdicts").read_text(encoding="utf-8"))["result"]
    assert result["tables"] == verdicts.TABLES == 10_000
    assert (result["different verdicts"], result["finite where it should not be"], result["refused"]) == (0, 0, 0)
    assert min(result[f"both say {name}"] for name in ("estimable", "infinite", "zero", "not identified")) > 1000


def test_a_small_part(monkeypatch):
    monkeypatch.setattr(verdicts, "PART", 20)
    monkeypatch.setattr(verdicts, "TABLES", 40)
    found = verdicts.run(lambda _, work: work())
    assert found["strata"] >= 40
    assert found["different verdicts"] == 0
