"""The rule by which the default is chosen, on outcomes made up by hand; and the run, on one small design."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from darknumber.lab.factorial import factorial
from evidence import choice, choice_pages, rule

PAIRS = rule.Outcome(
    candidate="a",
    design="d",
    kind="pairs",
    coverage=0.95,
    coverage_error=0.01,
    regret=0.1,
    regret_error=0.01,
    seconds=1.0,
)
NO_ORDERS = {"a": False, "b": False, "c": True}


def outcome(candidate: str, **changed) -> rule.Outcome:
    return replace(PAIRS, candidate=candidate, **changed)


def chosen(*outcomes: rule.Outcome) -> str:
    return rule.choose(rule.verdicts(outcomes, NO_ORDERS)).candidate


def test_every_third_of_a_kind_is_held_out():
    kinds = ["pairs", "pairs", "classes", "pairs", "classes", "classes", "pairs"]
    assert rule.held_out(kinds) == [False, False, False, True, False, True, False]


def test_the_smallest_worst_regret_wins():
    assert (
        chosen(
            outcome("a", regret=0.0),
            outcome("a", regret=0.9, kind="classes"),
            outcome("b", regret=0.4),
            outcome("b", regret=0.5, kind="classes"),
        )
        == "b"
    )


def test_too_low_in_its_family_is_not_eligible_however_small_its_regret():
    short = outcome("a", regret=0.0, coverage=0.85)
    assert rule.verdicts([short], NO_ORDERS)[0].eligible is False
    assert chosen(short, outcome("b", regret=2.0)) == "b"


def test_low_outside_its_family_does_not_count():
    assert rule.verdicts([PAIRS, outcome("a", coverage=0.1, kind="classes")], NO_ORDERS)[0].eligible


def test_a_term_of_three_lists_is_in_the_family_of_all_orders_only():
    three = {"coverage": 0.5, "kind": "three-way"}
    found = rule.verdicts([PAIRS, outcome("a", **three), outcome("c"), outcome("c", **three)], NO_ORDERS)
    assert [each.eligible for each in found] == [True, False]


def test_short_by_less_than_two_errors_is_still_eligible():
    assert rule.verdicts([outcome("a", coverage=0.905, coverage_error=0.01)], NO_ORDERS)[0].eligible
    assert not rule.verdicts([outcome("a", coverage=0.895, coverage_error=0.01)], NO_ORDERS)[0].eligible


def test_where_none_is_eligible_those_close_to_the_highest_coverage_are_looked_at():
    assert (
        chosen(
            outcome("a", coverage=0.80, regret=0.0),
            outcome("b", coverage=0.85, regret=0.5),
            outcome("c", coverage=0.84, regret=0.3),
        )
        == "c"
    )


def test_of_equals_the_quickest():
    slow, quick = outcome("a", regret=0.100, seconds=9.0), outcome("b", regret=0.105, seconds=0.1)
    assert chosen(slow, quick) == "b"
    assert chosen(slow, replace(quick, regret=0.2)) == "a"


def test_what_takes_too_long_on_six_lists_is_not_chosen():
    found = rule.verdicts([outcome("a", regret=0.1), outcome("b", regret=0.5)], NO_ORDERS, slow=["a"])
    assert [each.feasible for each in found] == [False, True]
    assert rule.choose(found).candidate == "b"


def test_a_candidate_is_given_up_when_time_is_out(monkeypatch):
    quick = next(each for each in choice.CANDIDATES if each.name == "stepwise bic, pairs")
    monkeypatch.setattr(choice, "SIX_LISTS", ("korea",))
    monkeypatch.setattr(choice, "REPLICATES_OF_DEFAULT", 200)
    assert 0 <= choice.six_lists(quick)["korea"] < choice.PATIENCE
    monkeypatch.setattr(choice, "PATIENCE", 0.0)
    assert choice.six_lists(quick) == {"korea": None}


def test_designs_and_candidates_are_what_the_page_says():
    designs = choice.designs()
    assert len(choice.CANDIDATES) == 17
    assert len({design.name for design in designs}) == len(designs)
    assert {len(design.lists) for design in designs} == set(choice.LISTS)
    kinds = [choice.kind_of(design) for design in designs]
    assert {"pairs", "three-way", "classes", "k-way", "rasch", "independent", "referral"} == set(kinds)
    share = sum(rule.held_out(kinds)) / len(kinds)
    assert 0.25 < share < 0.35


@pytest.fixture(scope="module")
def small():
    """Two candidates on one small design, two populations, by the program of the run itself."""
    design = next(each for each in factorial((3,)) if each.kind == "independent" and not each.covariates)
    candidates = [each for each in choice.CANDIDATES if each.name in ("best bic, pairs", "stepwise bic, pairs")]
    return design, candidates


def test_the_rows_of_a_block_come_back_as_they_were(small, monkeypatch):
    design, candidates = small
    monkeypatch.setattr(choice, "BLOCK", 2)
    monkeypatch.setattr(choice, "BLOCKS", 2)
    done = []

    def part(name, work):
        done.append(name)
        return work()

    runs = choice.outcomes(part, design, candidates)
    assert done == [f"{design.name}, block 0", f"{design.name}, block 1"]
    assert [len(each) for each in runs.values()] == [4, 4]
    best = runs["best bic, pairs"]
    assert len(set(best.observed.tolist())) > 1  # the blocks are not the same populations over again
    assert (best.truth == design.truth).all()
    assert {"share_twice", "rests_on"} <= best.measures.keys()
    judged = choice.judged([design], [runs])
    assert judged["chosen"] in runs
    assert min(row for row in judged["scores"]["regret"][0]) == 0.0


def test_the_page_is_what_the_answer_says():
    page = choice_pages.CHOOSING.read_text(encoding="utf-8")
    assert page == choice_pages.choosing_page(page)


def test_tables_and_map_of_a_small_run(small, monkeypatch):
    design, candidates = small
    monkeypatch.setattr(choice, "BLOCK", 2)
    runs = choice.outcomes(lambda name, work: work(), design, candidates)
    found = json.loads(json.dumps(choice.judged([design], [runs])))
    assert f"**{found['chosen']}**" in choice_pages.verdict_table(found)
    assert found["chosen"] in choice_pages.in_words(found)
    assert len(choice_pages.designs_table(found).splitlines()) == 3
    drawn = choice_pages.coverage_map(found)
    assert drawn.startswith("<svg")
    assert "3 lists" in drawn
