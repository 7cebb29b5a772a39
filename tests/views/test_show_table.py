"""`darknumber.table`: what it shows of which thing, protected, in both languages."""

from __future__ import annotations

import itertools
import math

import docx
import numpy as np
import pytest
from pypdf import PdfReader

import darknumber as dn
from darknumber.data.frequencies import Frequencies
from darknumber.data.table import NOT_RECORDED
from darknumber.errors import DarknumberError, InputError, ModelError
from darknumber.inference.publish import figures, rounded
from darknumber.views.disclosure import Disclosure, disclose
from darknumber.views.labels import About
from darknumber.views.show_plot import PICTURES
from darknumber.views.show_table import TABLES
from darknumber.words import LANGUAGES, use_language

ENDINGS = (".csv", ".xlsx", ".json", ".html", ".md", ".txt", ".tex", ".docx", ".pdf")
FAST = "bootstrap(replicates=40)"


@pytest.fixture(scope="module")
def studies():
    """What every study finds of one small table, by its class."""
    data = dn.example("uk-2013-5")
    found = dn.estimate(data, "stepwise", FAST, seed=1, workers=1)
    asked = ("check", "diagnose", "omit", "validate", "trajectory", "sensitivity")
    held = dn.panel(found, studies=asked, seed=1, workers=1)
    poor = dn.CaptureTable.build(("a", "b", "c"), [1, 2, 3, 4, 5, 6, 7], [300, 200, 60, 250, 3, 30, 2])
    things = [found, data, dn.search(data), dn.compare(data, ["stepwise", "independence"], FAST, seed=1, workers=1)]
    things += [held.checked, held.sensitivity, held.omission, held.validation, held.trajectory, held]
    things.append(dn.laws(Frequencies.build([1, 2, 3, 4], [300, 60, 20, 12], name="often")))
    things.append(dn.diagnose(dn.estimate(poor, "independence", FAST), workers=1))
    return {type(thing): thing for thing in things}


def test_by_year_is_what_comes_without_asking(register):
    shown = dn.table(register)
    assert shown.columns()["year"][:10] == [str(year) for year in range(2010, 2020)]
    assert shown.columns()["is_sum"] == [False] * 10 + [True, True]
    assert str(shown).startswith("Registered and estimated, by year")
    assert max(map(len, str(shown).splitlines())) <= 80
    assert repr(shown) == str(shown)
    assert "<table>" in shown._repr_html_()


@pytest.mark.parametrize("by", [("year",), ("sex",), ("year", "form"), ("form", "crossing"), ("sex", "age", "form")])
def test_the_numbers_are_those_of_the_answer_rounded_by_their_own_doubt(register, by):
    found = dn.table(register, by=by, rules=None).columns()
    rows = register.by(*by) if "year" in by else register.by("year", *by).mean("year", register.covariates[0].recorded)
    own = [place for place, is_sum in enumerate(found["is_sum"]) if not is_sum]
    assert [tuple(found[name][place] for name in by) for place in own] == rows.labels()
    for place, row in zip(own, figures(rows), strict=True):
        assert found["observed"][place] == round(row.observed)
        assert found["estimate"][place] == pytest.approx(row.estimate, nan_ok=True)
        assert (found["lower"][place], found["upper"][place]) == pytest.approx((row.lower, row.upper), nan_ok=True)
        assert found["ratio"][place] == pytest.approx(row.ratio, abs=0.051, nan_ok=True)


def test_wide_and_long_hold_the_same_numbers(register):
    wide, long = dn.table(register, by=("year", "sex"), layout="wide").columns(), dn.table(register, by=("year", "sex"))
    for name, level in itertools.product(("observed", "estimate", "lower", "upper"), ("female", "male")):
        own = [
            value
            for value, sex, is_sum in zip(
                long.columns()[name], long.columns()["sex"], long.columns()["is_sum"], strict=True
            )
            if sex == level and not is_sum
        ]
        assert wide[f"{name}_{level}"][:10] == own
    assert wide["observed_all"][:10] == dn.table(register).columns()["observed"][:10]
    assert wide["is_sum"] == [False] * 10 + [True]


def test_means_are_over_the_years_that_are_asked_for(register):
    found = dn.table(register, by="sex", years=("2018", "2019"), rules=None).columns()
    mean = register.mean("year", ("2018", "2019")).by("sex")
    assert found["observed"][:2] == np.round(mean.observed).tolist()
    whole = dn.table(register, by=(), years=("2018", "2019"))
    assert "2018–2019" in whole.content.caption
    total = register.mean("year", ("2018", "2019")).total()
    lower, upper = total.limits[0]
    expected = rounded(float(total.estimate[0]), lower, upper).value
    assert whole.columns()["estimate"][0] == pytest.approx(expected, rel=0.03)


def test_everyone_together_is_one_row(register, plain):
    assert dn.table(register, by=()).columns()["observed"] == [register.observed.sum()]  # exact: readers know it
    assert len(dn.table(plain).columns()["estimate"]) == 1


def test_ready_made_groups_are_asked_for_by_name(register):
    found = dn.table(register, by=("year", "rapporteur-four"), rules=None).columns()
    assert set(found["rapporteur-four"]) >= {"domestic sexual", "cross-border sexual", "labour", "criminal"}
    inside = [value for value, is_sum in zip(found["observed"], found["is_sum"], strict=True) if not is_sum]
    assert sum(inside) == register.observed.sum()


def test_people_not_recorded_are_shown_or_shared_out(register):
    shown, shared = dn.table(register, by="form"), dn.table(register, by="form", not_recorded="allocate")
    assert NOT_RECORDED in shown.columns()["form"]
    assert NOT_RECORDED not in shared.columns()["form"]
    rows = register.by("year", "form", not_recorded="allocate")
    mean = rows.mean("year", rows.covariates[0].recorded).observed
    assert shared.columns()["observed"][:3] == pytest.approx(mean.tolist(), abs=1.0)
    assert "rounded" in " ".join(shared.content.notes)


def test_a_share_of_people_is_hidden_where_a_number_it_is_made_of_is(register):
    base = dn.table(register, by=("year", "age", "form", "crossing")).columns()
    shared = dn.table(register, by=("year", "age", "form", "crossing"), not_recorded="allocate").columns()
    keys = ("year", "age", "crossing")
    hidden = {
        (*(base[name][k] for name in keys), base["form"][k])
        for k in range(len(base["year"]))
        if base["observed"][k] is None and not base["is_sum"][k]
    }
    assert hidden  # the fixture has small groups
    for k in range(len(shared["year"])):
        if shared["is_sum"][k]:
            continue
        levels = tuple(shared[name][k] for name in keys)
        made_of = {(*levels, shared["form"][k]), (*levels, NOT_RECORDED)}
        assert (shared["observed"][k] is None) >= bool(made_of & hidden)


def test_small_numbers_are_protected_unless_asked_otherwise(register):
    by = ("year", "age", "form", "crossing")
    kept, exact = dn.table(register, by=by), dn.table(register, by=by, rules=None)
    columns = kept.columns()
    rows = zip(columns["observed"], columns["is_sum"], strict=True)
    observed = [value for value, whole in rows if value is not None and not whole]
    assert None in columns["observed"]
    assert all(value == 0 or (value >= 10 and value % 5 == 0) for value in observed)
    assert any(0 < value < 10 for value in exact.columns()["observed"])
    loose = dn.table(register, by=by, rules=Disclosure(floor=3, base=1))
    assert min(value for value in loose.columns()["observed"] if value) >= 3
    for place, value in enumerate(kept.columns()["observed"]):
        if value is None:  # nothing that it could follow from either
            assert kept.columns()["estimate"][place] is None or math.isnan(kept.columns()["estimate"][place])
            assert kept.columns()["lower"][place] is None
            assert math.isnan(kept.columns()["ratio"][place])


def test_one_decision_can_hold_for_several_tables(register):
    decided = disclose(register, groups=(("sex",), ("form",)))
    assert dn.table(register, by="sex", rules=decided).columns()["observed"][2] is not None
    with pytest.raises(InputError) as failed:
        dn.table(register, by=("sex", "form"), rules=decided)
    assert failed.value.code == "figure_not_decided"


def test_a_mean_is_protected_by_the_counts_of_its_years(register):
    mean = register.mean("year", ("2018", "2019"))
    kept = dn.table(mean, by="form").columns()["observed"]
    assert kept == dn.table(register, by="form", years=("2018", "2019")).columns()["observed"]
    with pytest.raises(InputError) as failed:
        dn.table(register.select(sex="female").mean("year", ("2018", "2019")), by="form")
    assert failed.value.code == "figure_averaged"


def test_limits_without_draws_are_shown_as_they_are(no_draws):
    assert dn.table(no_draws).columns()["upper"] == [15100.0]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"kind": "wrong"}, "figure_kind"),
        ({"by": "wrong"}, "unknown_covariate"),
        ({"years": ("1999",)}, "unknown_level"),
        ({"by": "sex", "layout": "wide"}, "figure_wide"),
        ({"kind": "lists", "by": "sex"}, "figure_grouped"),
    ],
)
def test_what_cannot_be_asked_has_its_error(register, options, code):
    for language in LANGUAGES:
        with use_language(language), pytest.raises(DarknumberError) as failed:
            dn.table(register, **options)
        assert failed.value.code == code
        assert failed.value.what
        assert failed.value.hint or failed.value.got


def test_what_has_no_table_has_its_error():
    with pytest.raises(ModelError) as failed:
        dn.table([1, 2, 3])  # type: ignore[arg-type]
    assert failed.value.code == "figure_thing"
    assert "Estimates" in failed.value.hint


def test_every_kind_of_every_study_shows_and_gives_data_under_the_same_names_in_every_language(studies):
    about = About(population="victims")
    for thing in studies.values():
        for kind in TABLES[type(thing)]:
            if kind in ("doubt", "seen", "shrinkage"):  # only of linked reports, of one list, of partial pooling
                with pytest.raises(InputError, match="nothing to show"):
                    dn.table(thing, kind)
                continue
            names = []
            for language in LANGUAGES:
                with use_language(language):
                    shown = dn.table(thing, kind, about=about)
                assert max(map(len, str(shown).splitlines())) <= 80
                found = shown.columns()
                assert len({len(values) for values in found.values()}) == 1
                names.append(list(found))
            shown.to_frame("polars")
            assert names[0] == names[1]
            assert len(set(names[0])) == len(names[0])


def test_a_panel_has_what_its_studies_have(studies):
    held = next(thing for kind, thing in studies.items() if kind.__name__ == "Panel")
    assert str(dn.table(held, "omitted")) == str(dn.table(held.omission))
    assert str(dn.table(held, "assumptions")) == str(dn.table(held.sensitivity))
    assert str(dn.table(held)) == str(dn.table(held, "multiverse"))


def test_revisions_and_ratios_are_shown_protected(register):
    years = register.by("year")
    ratios = dn.table(dn.yearly_ratios(register))
    assert ratios.columns()["observed"][:10] == dn.table(years).columns()["observed"][:10]
    assert "synthetic register" in ratios.content.notes[-1]
    counts = dn.example("register").pool(("age", "nationality", "form", "crossing", "sex"))
    both = [dn.estimate(counts, model, FAST, seed=1, workers=1) for model in ("stepwise", "independence")]
    revised = dn.revise(*both)
    change = dn.table(revised, "parts").columns()
    then, now = dn.table(revised, "answers").columns()["estimate_then"], dn.table(revised).columns()["estimate_now"]
    assert change["change"] == [after - before for before, after in zip(then, now, strict=True)]
    registered = dn.table(revised, "registered").columns()["registered_now"][:10]
    assert registered == dn.table(both[1]).columns()["observed"][:10]
    assert dn.plot(revised, "parts").columns() == change
    assert ". Source:" in dn.plot(revised, "parts").content.subtitle


def test_what_has_a_picture_has_a_table():
    assert set(PICTURES) <= set(TABLES)


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_is_saved_the_same_twice(register, ending, tmp_path):
    shown = dn.table(register, by=("year", "sex"), layout="wide")
    path = shown.save(tmp_path / f"table{ending}")
    before = path.read_bytes()
    assert before
    assert shown.save(path).read_bytes() == before


def test_another_ending_is_refused(register, tmp_path):
    with pytest.raises(InputError) as failed:
        dn.table(register).save(tmp_path / "table.png")
    assert failed.value.code == "figure_ending"
    assert ".xlsx" in failed.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_table_speaks_the_language_it_was_made_in(register, tmp_path):
    with use_language("nl"):
        shown = dn.table(register)
    assert "Geregistreerd" in shown.save(tmp_path / "t.html").read_text(encoding="utf-8")
    assert '<html lang="nl">' in shown.save(tmp_path / "t.html").read_text(encoding="utf-8")
    assert "Bron: synthetic register" in str(shown)


def test_word_and_pdf_hold_what_is_shown(register, tmp_path):
    shown = dn.table(register, by="form")
    page = docx.Document(shown.save(tmp_path / "t.docx"))
    cells = [[cell.text for cell in row.cells] for row in page.tables[0].rows]
    assert cells[0] == [column.label for column in shown.content.columns]
    assert cells[1:] == [[cell.text for cell in row] for row in shown.content.rows]
    text = PdfReader(shown.save(tmp_path / "t.pdf")).pages[0].extract_text()
    assert all(cell.text in text for row in shown.content.rows[:3] for cell in row[1:])
