from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.linked import Linked
from darknumber.data.table import CaptureTable, Covariate
from darknumber.findings import Finding
from darknumber.inference.estimate import answered
from darknumber.inference.intervals import Bootstrap
from darknumber.models import LogLinear
from darknumber.studies.findings_revise import revision_findings
from darknumber.studies.revise import Revision, revise
from darknumber.words import LANGUAGES, use_language
from tests.studies.test_revise import revision
from tests.studies.vintages import drawn

FEW = Bootstrap(replicates=20)


def codes(found: Revision) -> dict[str, Finding]:
    return {finding.code: finding for finding in revision_findings(found)}


def table(counts: dict[int, int], lists="ABC", years=("2010",)) -> CaptureTable:
    year = Covariate.of("year", years)
    cells = [(place, w, n) for place in range(len(years)) for w, n in counts.items()]
    level, history, count = map(np.array, zip(*cells, strict=True))
    return CaptureTable.build(lists, history, count, covariates=[year], levels=[level])


def answer(data: CaptureTable, model="independence"):
    return answered(data, model, FEW, workers=1)


APART = {1: 300, 2: 250, 4: 200, 3: 90, 5: 61, 6: 50}
TOGETHER = {1: 300, 2: 250, 4: 200, 3: 190, 5: 61, 6: 50}


def test_a_choice_that_changed_on_the_way_is_told():
    one, other = answer(table(APART), "stepwise"), answer(table(TOGETHER), "stepwise")
    assert one.fits[0].terms != other.fits[0].terms
    assert codes(revise(one, other, workers=1))["revise_chosen_both"].severity == "caution"
    split = revise(one, other, same_definition=table(TOGETHER), workers=1)
    assert "revise_chosen_data" in codes(split)
    assert "revise_chosen_definition" not in codes(split)
    kept = revise(one, other, same_definition=table(APART), workers=1)
    assert "revise_chosen_definition" in codes(kept)
    assert "revise_chosen_data" not in codes(kept)


def test_a_model_that_chooses_nothing_has_not_changed_its_choice():
    one, other = answer(table(APART), LogLinear("A:B")), answer(table(TOGETHER), LogLinear("A:B"))
    assert not [code for code in codes(revise(one, other, workers=1)) if "chosen" in code]


def test_draws_without_a_number_are_told():
    found = revision(drawn(1, people=200))
    draws = found.draws.copy()
    draws[:3, -1, -1] = np.inf
    lost = codes(replace(found, draws=draws))["revise_draws_lost"]
    assert (lost.severity, lost.values["share"]) == ("stop", pytest.approx(3 / 40))
    draws[1:, -1, -1] = 500.0
    assert codes(replace(found, draws=draws, level=0.8))["revise_draws_lost"].severity == "caution"


def test_lists_and_covariates_that_are_new_are_named():
    more = {**APART, 8: 30, 9: 5, 10: 5, 12: 4}
    found = revise(answer(table(APART)), answer(table(more, "ABCD", ("2010", "2011"))), workers=1)
    assert codes(found)["revise_lists_new"].values["names"] == ("D",)
    assert codes(found)["revise_levels_new"].values["levels"] == ("2011",)


def test_people_without_a_year_are_counted():
    data = table(APART, years=("2010", "not recorded"))
    found = revise(answer(data), answer(data), workers=1)
    assert codes(found)["revise_not_recorded"].values["n"] == sum(APART.values())


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_finding_is_a_sentence(code):
    linked = drawn(5, people=300, late_people=0.2, same=True)
    without = Linked.build({"old": linked.old, "new": linked.new}, linked.count)
    found = revise(
        answer(linked.table("old")),
        answer(linked.table("new")),
        linked=without,
        same_definition=linked.table("same_definition"),
        workers=1,
    )
    gone = revise(answer(table({**APART, 8: 30, 9: 5, 10: 5, 12: 4}, "ABCD")), answer(table(APART)), workers=1)
    with use_language(code):
        for each in (found, gone):
            for finding in each.findings:
                assert finding.sentence().endswith(".")
