"""The run on exactness: a small part of it, and what its recorded answer must say."""

from __future__ import annotations

import json

from evidence import exact_search, pages

NONE_OF_THESE = (
    "different optimum",
    "missing from a set",
    "closer than certified",
    "more weight left out than certified",
)
ESTIMATES = {"uk-2013": 12349.6, "netherlands-2010-2015": 143603.0}


def at_once(_, work):
    """A part of a run that is not kept."""
    return work()


def test_a_small_part(monkeypatch):
    monkeypatch.setattr(exact_search, "SMALL", 12)
    monkeypatch.setattr(exact_search, "SMALL_PART", 6)
    monkeypatch.setattr(exact_search, "FIVE", 2)
    monkeypatch.setattr(exact_search, "FIVE_PART", 1)
    monkeypatch.setattr(exact_search, "SIX", ())
    found = exact_search.run(at_once)
    for what in ("three or four lists", "five lists"):
        assert [found[what][name] for name in NONE_OF_THESE] == [0] * 4
        assert found[what]["largest error of a criterion"] < exact_search.SAME
    assert found["five lists"]["models"] == 2 * 6_893
    assert found["three or four lists"]["different verdicts"] == 0
    assert found["three or four lists"]["largest relative error of a dark figure"] < exact_search.SAME_DARK


def test_a_scan_of_six_lists_that_does_not_reach_far(monkeypatch):
    monkeypatch.setattr(exact_search, "NEAR", 1.0)
    monkeypatch.setattr(exact_search, "REACH", 2.0)
    found = exact_search.six_lists("uk-2013", at_once)
    assert found["models"] == 7_785_061
    assert found["same optimum"]
    assert found["same set"]
    assert [round(row["estimate"], 1) for row in found["set"]] == [ESTIMATES["uk-2013"]]
    assert 1.0 < found["certified"] <= found["next in the scan"] + exact_search.SAME


def test_a_difference_would_be_counted():
    """With the best model kept from the list, every comparison fails."""
    case = exact_search.search_case(1)
    family = case.family("bic")
    y = family.refitter.merge(case.counts)
    everything = exact_search.fitted(family, y, "bic")
    plain = family.near(y, 10.0)
    rest = exact_search.np.arange(1, len(plain.models))
    family.near = lambda *_: plain.take(rest)
    family.weighed = lambda *_: plain.take(rest)
    counts, errors = exact_search._nothing()
    exact_search.compare(family, y, everything, counts, errors)
    assert all(counts[name] > 0 for name in NONE_OF_THESE)


def test_the_recorded_answer_has_no_difference_at_all():
    found = pages.answer("exact_search")
    assert found["three or four lists"]["different verdicts"] == 0
    for what, tables in (("three or four lists", 950), ("five lists", exact_search.FIVE)):
        assert found[what]["tables"] >= tables
        assert [found[what][name] for name in NONE_OF_THESE] == [0] * 4
    for name, estimate in ESTIMATES.items():
        six = found["six lists"][name]
        assert six["models"] == 7_785_061
        assert six["same optimum"]
        assert six["same set"]
        assert round(six["set"][0]["estimate"], 1) == estimate


def test_the_page_says_what_the_answers_say():
    page = pages.EXACTNESS.read_text(encoding="utf-8")
    assert page == pages.exactness_page(page)


def test_the_page_is_filled_once_the_runs_are_done(tmp_path):
    folder = tmp_path / "docs" / "evidence"
    folder.mkdir(parents=True)
    page = pages.EXACTNESS.read_text(encoding="utf-8")
    assert pages.exactness_page(page, tmp_path).count(pages.NOT_DONE) == 3
    counts = {"tables": 1000, "different optimum": 0, "largest error of a criterion": 7.3e-7}
    six = {
        "fitted in the scan": 102502,
        "fitted in the search": 1469,
        "same optimum": True,
        "same set": True,
        "certified": 6.004,
        "next in the scan": 6.05,
        "set": [{"model": "A:B", "distance": 0.0, "estimate": 12349.587}],
    }
    found = {"three or four lists": counts, "five lists": counts, "six lists": {"uk-2013": six}}
    (folder / "exact_search.json").write_text(json.dumps({"result": found}))
    (folder / "sparse_verdicts.json").write_text(json.dumps({"result": {"tables": 100_000, "silent failures": 0}}))
    filled = pages.exactness_page(page, tmp_path)
    assert pages.NOT_DONE not in filled
    assert "| largest error of a criterion | 7e-07 | 7e-07 |" in filled
    assert "| uk-2013 | 102,502 | 1,469 | the same | 1, the same | 6.00 | 6.05 | 12,349.6 |" in filled
    assert "| silent failures | 0 |" in filled
