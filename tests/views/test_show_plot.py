"""`darknumber.plot`: what it draws of which thing, protected, in both languages, and saved in every format."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import altair
import pytest
from pypdf import PdfReader

import darknumber as dn
from darknumber.errors import DarknumberError, InputError
from darknumber.views.labels import About
from darknumber.views.plots_alone import NAMESPACE
from darknumber.views.show_plot import PICTURES
from darknumber.words import LANGUAGES, use_language

ENDINGS = (".svg", ".png", ".pdf", ".html", ".json", ".csv")
FAST = "bootstrap(replicates=40)"
# What is asked of an answer with years and groups, and a picture of it.
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("iceberg", {}),
    ("iceberg", {"by": "form"}),
    ("iceberg", {"by": (), "years": ("2018", "2019")}),
    ("years", {}),
    ("years", {"by": "sex"}),
    ("years", {"by": ("form", "crossing"), "not_recorded": "allocate"}),
    ("forest", {}),
    ("forest", {"by": ("form", "crossing"), "years": ("2018", "2019")}),
    ("models", {}),
    ("overlap", {}),
]


def walk(node: Any) -> Iterator[dict[str, Any]]:
    """Every dictionary in a specification."""
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from walk(child)


@pytest.fixture(scope="module")
def studies():
    """What every study finds of one small table."""
    data = dn.example("uk-2013-5")
    found = dn.estimate(data, "stepwise", FAST, seed=1, workers=1)
    held = dn.panel(found, studies=("check", "trajectory", "sensitivity"), seed=1, workers=1)
    compared = dn.compare(data, ["stepwise", "independence"], FAST, seed=1, workers=1)
    return [found, data, dn.search(data), compared, held.checked, held.sensitivity, held.trajectory, held]


def test_the_iceberg_is_what_comes_without_asking(register):
    assert dn.plot(register).content.title == dn.plot(register, "iceberg").content.title
    assert "Every year" in dn.plot(register).content.title


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "options"), ASKED)
def test_an_answer_is_drawn_with_its_words_and_numbers(register, kind, options, language):
    with use_language(language):
        shown = dn.plot(register, kind, about=About(population="victims"), **options)
    figure = shown.content
    assert figure.title
    assert "synthetic register" in figure.subtitle  # the source
    assert figure.description
    assert shown.columns()
    assert shown.to_frame("pandas").shape[0] == len(next(iter(shown.columns().values())))
    if "layer" in shown.spec:  # of many pictures side by side it takes long
        altair.Chart.from_dict(shown.spec)  # what the format allows, and nothing else
    assert all("url" not in node for node in walk(shown.spec))


def test_every_kind_of_every_study_is_drawn(studies):
    for thing in studies:
        for kind in PICTURES[type(thing)]:
            if (type(thing).__name__, kind) in {
                ("Estimates", "years"),
                ("Estimates", "forest"),
                ("Estimates", "doubt"),
                ("Estimates", "seen"),
            }:
                with pytest.raises(InputError, match="nothing to show"):
                    dn.plot(thing, kind)
                continue
            shown = dn.plot(thing, kind)
            assert "uk-2013-5" in shown.content.subtitle
            assert shown.columns()


def test_a_group_on_its_own_line_has_the_numbers_of_the_table(register):
    shown = dn.plot(register, "years", by="sex")
    assert shown.columns() == dn.table(register, by=("year", "sex")).columns()
    drawn = [row for node in walk(shown.content.spec) for row in (node.get("values") or []) if isinstance(row, dict)]
    lines = {(row["year"], row["value"]) for row in drawn if "year" in row and "run" in row}
    found = shown.columns()
    for year, observed, estimate, is_sum in zip(
        found["year"], found["observed"], found["estimate"], found["is_sum"], strict=True
    ):
        assert is_sum or {(year, observed), (year, estimate)} <= lines


def test_ratios_and_numbers_are_of_what_is_printed(register):
    exact, kept = dn.plot(register, "years", by="age", rules=None), dn.plot(register, "years", by="age")
    observed = {row["value"] for node in walk(kept.spec) for row in node.get("values") or [] if isinstance(row, dict)
                if row.get("run") is not None}  # fmt: skip
    assert exact.columns()["observed"] != kept.columns()["observed"]
    assert all(value == 0 or value >= 10 for value in observed)


def test_small_groups_are_not_drawn_as_they_are(register):
    shown = dn.plot(register, "years", by=("age", "form", "crossing"))
    assert None in shown.columns()["observed"]
    drawn = [row for node in walk(shown.spec) for row in node.get("values") or [] if isinstance(row, dict)]
    assert not any(0 < row["value"] < 10 for row in drawn if isinstance(row.get("value"), float))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"kind": "wrong"}, "figure_kind"),
        ({"kind": "iceberg", "by": ("sex", "age")}, "figure_one"),
        ({"kind": "overlap", "by": "sex"}, "figure_grouped"),
        ({"kind": "forest", "by": "wrong"}, "unknown_covariate"),
        ({"kind": "forest", "years": ("1999",)}, "unknown_level"),
    ],
)
def test_what_cannot_be_asked_has_its_error(register, options, code):
    with pytest.raises(DarknumberError) as failed:
        dn.plot(register, **options)
    assert failed.value.code == code
    if code == "figure_kind":
        assert "iceberg, years, forest, models, overlap, seen, and doubt" in failed.value.hint


def test_without_years_there_is_no_course(plain, no_draws):
    with pytest.raises(InputError) as failed:
        dn.plot(plain, "years")
    assert failed.value.code == "figure_nothing"
    assert dn.plot(no_draws).content.title


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_is_saved_the_same_twice(register, ending, tmp_path):
    shown = dn.plot(register, "years", by="sex")
    path = shown.save(tmp_path / f"picture{ending}")
    before = path.read_bytes()
    assert before
    assert shown.save(path).read_bytes() == before


def test_every_format_opens_again_and_tells_the_same(register, tmp_path):
    with use_language("nl"):
        shown = dn.plot(register, "iceberg", about=About(population="victims"))
    figure = shown.content
    svg = shown.save(tmp_path / "a.svg").read_text(encoding="utf-8")
    assert f'<title id="alone-title">{figure.title}</title>' in svg
    assert "//" not in svg.replace(NAMESPACE, "")
    page = shown.save(tmp_path / "a.html").read_text(encoding="utf-8")
    assert '<html lang="nl">' in page
    assert f"<h1>{figure.title}</h1>" in page
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="', page)
    assert page.count("<table>") == 1
    assert PdfReader(shown.save(tmp_path / "a.pdf")).metadata.title == figure.title
    spec = json.loads(shown.save(tmp_path / "a.json").read_text(encoding="utf-8"))
    assert " ".join(spec["title"]["text"]) == figure.title
    assert shown.save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(io.StringIO(shown.save(tmp_path / "a.csv").read_text(encoding="utf-8"))))
    assert [row["estimate"] for row in rows] == [f"{value:.0f}" for value in shown.columns()["estimate"]]


def test_another_ending_is_refused(register, tmp_path):
    with pytest.raises(InputError) as failed:
        dn.plot(register).save(tmp_path / "picture.gif")
    assert failed.value.code == "figure_ending"


def test_a_notebook_gets_a_page_a_picture_and_text(register):
    shown = dn.plot(register)
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
    assert set(shown._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    assert "text/html" not in shown._repr_mimebundle_(exclude={"text/html"})
    assert bundle["image/svg+xml"] == shown._repr_svg_()
    assert shown.content.title in bundle["text/html"]
    assert shown.content.subtitle in bundle["text/plain"]
    ids = re.findall(r'\bid="([^"]+)"', bundle["text/html"] + dn.plot(register, "years")._repr_html_())
    assert len(ids) == len(set(ids))  # two pictures on one page


def test_a_picture_speaks_the_language_it_was_made_in(register):
    with use_language("nl"):
        shown = dn.plot(register)
    assert "5.000" in shown._repr_svg_()
    assert shown._repr_svg_() == shown._repr_svg_()
