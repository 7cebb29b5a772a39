"""What happened to people, and what reports say of it."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.register.reading.schema import fields
from darknumber.register.small import small_register
from darknumber.register.synthetic.case_facts import DENIABLE, KINDS, chances, codes, happened
from darknumber.register.synthetic.mistakes import Mistakes
from darknumber.register.synthetic.synthetic_reports import reports_of, synthetic_reports
from darknumber.register.synthetic.text_columns import texts
from tests.register.by_hand import reports

MANY = 4.5  # standard errors


@pytest.fixture(scope="module")
def made():
    return reports(synthetic_reports())


@pytest.mark.parametrize("kind", KINDS)
def test_codes_are_those_of_the_schema(kind):
    assert set(codes(kind)) <= set(fields()[kind].codes)


def test_every_written_code_is_known(made):
    for name in ("sex", "citizenship", "form", "crossing", "status", "consent", "shelter_requested", "legal_basis"):
        assert {report[name] for report in made} - {None} <= set(fields()[name].codes), name
    for name in (*KINDS, "denied"):
        found = {code for report in made for code in (report[name] or "").split(";")} - {""}
        assert found <= set(fields()[name].codes), name
        assert found


@pytest.mark.parametrize(("kind", "form", "code"), [("means", "labour", "M5"), ("signals", "criminal", "S8")])
def test_what_happened_is_as_likely_as_stated(kind, form, code):
    n = 20_000
    found = happened(kind, texts([form] * n), np.zeros(n, bool), np.random.Generator(np.random.Philox(1)))
    share = chances()[kind][form][code]
    assert np.mean(found[:, codes(kind).index(code)]) == pytest.approx(share, abs=MANY * np.sqrt(0.25 / n))


def test_papers_are_taken_from_people_from_abroad():
    n = 20_000
    rng = np.random.Generator(np.random.Philox(1))
    abroad, at_home = (
        happened("signals", texts(["sexual"] * n), np.full(n, value), rng)[:, codes("signals").index("S1")].mean()
        for value in (True, False)
    )
    assert abroad == pytest.approx(chances()["signals"]["abroad"]["S1"], abs=0.02)
    assert at_home == pytest.approx(chances()["signals"]["sexual"]["S1"], abs=0.02)


def test_no_report_says_and_denies_one_thing(made):
    for report in made:
        denied = set((report["denied"] or "").split(";")) - {""}
        said = {code for kind in DENIABLE for code in (report[kind] or "").split(";")} - {""}
        assert not denied & said


def test_reports_on_one_person_do_not_contradict_each_other(made):
    said, denied = {}, {}
    for report in made:
        key = report["person"], report["report_date"][:4]
        said.setdefault(key, set()).update(code for kind in DENIABLE for code in (report[kind] or "").split(";"))
        denied.setdefault(key, set()).update((report["denied"] or "").split(";"))
    assert not any(said[key] & denied[key] - {""} for key in said)


def test_organisations_ask_for_different_things(made):
    asked = {
        name: np.mean([report["indicators"] is not None for report in made if report["organisation"] == name])
        for name in ("inspectorate", "police")
    }
    assert asked["inspectorate"] > 0.7
    assert asked["police"] < 0.2


def test_minors_have_an_article_of_their_own():
    for report in reports(reports_of(small_register().table, seed=1, mistakes=Mistakes.none())):
        if report["legal_basis"] is not None:
            old = int(report["report_date"][:4]) - int(report["birth_year"])
            assert report["legal_basis"] == "273f.2" if old < 18 else report["legal_basis"] in ("273f.1", "273f.2")
            assert report["legal_basis"] == "273f.1" if old > 18 else True


def test_a_sector_belongs_to_a_form(made):
    for report in made:
        if report["sector"] is not None:
            assert report["sector"] in chances()["sector"][report["form"]]
