"""The run on silent failures: a small part of it, its judge, and what its recorded answer must say."""

from __future__ import annotations

from collections import Counter

import numpy as np

from evidence import pages, sparse_verdicts
from tests.oracles import (
    ESTIMABLE,
    dense,
    random_terms,
    split_terms,
    verdict_quickly,
    verdicts_by_programmes,
)

NONE_OF_THESE = ("different verdicts", "silent failures", "false refusals")
JUDGED = 200


def test_a_small_part(monkeypatch):
    monkeypatch.setattr(sparse_verdicts, "PART", 60)
    monkeypatch.setattr(sparse_verdicts, "TABLES", 120)
    found = sparse_verdicts.run(lambda _, work: work())
    assert [found[name] for name in NONE_OF_THESE] == [0, 0, 0]
    assert found["models"] > 400
    assert 0 < found["by linear programmes"] < found["models"] / 3


def test_the_quick_judge_says_what_two_linear_programmes_say():
    seen = Counter()
    for seed in range(JUDGED):
        rng = np.random.default_rng([67, seed])
        table = sparse_verdicts.sparse_table(rng)
        lists = len(table.lists)
        terms = random_terms(rng, table, order=int(rng.integers(2, max(lists, 3))), keep=rng.uniform(0.1, 0.9))
        said, programmes = verdict_quickly(table.dense()[0], terms)
        assert said == verdicts_by_programmes(dense(table, split_terms(terms)))[0], seed
        seen[said, programmes] += 1
    assert seen[ESTIMABLE, False] > JUDGED / 2
    assert len(seen) == 5  # each verdict by programmes, and the quick way


def test_a_silent_failure_would_be_counted(monkeypatch):
    """With all that is said turned to estimable, the judge finds those that are not."""
    plain = sparse_verdicts.answers

    def boldly(*arguments, **settings):
        return ((terms, ESTIMABLE, True) for terms, _, _ in plain(*arguments, **settings))

    monkeypatch.setattr(sparse_verdicts, "answers", boldly)
    monkeypatch.setattr(sparse_verdicts, "PART", 60)
    found = sparse_verdicts.judged(0)
    assert found["silent failures"] > 3
    assert found["different verdicts"] > found["silent failures"]


def test_the_recorded_answer_has_no_silent_failure_and_no_false_refusal():
    found = pages.answer("sparse_verdicts")
    assert found["tables"] == sparse_verdicts.TABLES == 100_000
    assert [found[name] for name in NONE_OF_THESE] == [0, 0, 0]
    assert min(found[f"both say {name}"] for name in ("estimable", "infinite", "zero", "not identified")) > 1000
