"""The report: one page that stands by itself."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from darknumber import __version__
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import Cancelled
from darknumber.findings import Finding
from darknumber.inference.asking import estimate
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap, LogNormal, Posterior
from darknumber.inference.publish import figures
from darknumber.models import Completed, Independence
from darknumber.views import writing
from darknumber.views.disclosure import Disclosure, published
from darknumber.views.labels import About
from darknumber.views.options import settled
from darknumber.views.report import ReportOptions, Section, render, report
from darknumber.views.tables import Column, Table, words
from darknumber.words import LANGUAGES, use_language

GROUPS = (("form", "crossing"), ("sex",), ("age",), ("nationality",), ("year", "sex"))
FULL = ReportOptions(
    groups=GROUPS,
    years=("2018", "2019"),
    about=About(population="victims", place="in the Netherlands"),
    command="darknumber demo --seed 1",
)
EMPTY = {"meta", "br", "hr", "img", "input", "link", "path", "rect", "line", "stop", "circle"}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.text = ""
        self.headings: list[str] = []
        self.unclosed: list[str] = []
        self.feed(html)
        self.close()
        self.unclosed += self.stack

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.stack.append(tag)
        if tag in ("h1", "h2", "h3"):
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in EMPTY:
            return
        if self.stack and self.stack[-1] == tag:
            self.stack.pop()
        else:
            self.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" in self.stack:
            return
        self.text += data
        if self.stack and self.stack[-1] in ("h1", "h2", "h3"):
            self.headings[-1] += data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.fixture(scope="module", params=LANGUAGES)
def html(register, request) -> str:
    with use_language(request.param):
        return render(register, options=FULL)


@pytest.fixture(scope="module")
def english(register) -> str:
    return render(register, options=FULL)


CASES = ("register", "flat_register", "plain", "no_draws", "broken", "groups_only", "long_series")


@pytest.fixture(params=CASES)
def any_estimates(request) -> Estimates:
    estimates: Estimates = request.getfixturevalue(request.param)
    return estimates


def test_the_page_is_well_formed(html):
    page = Page(html)
    assert html.startswith("<!doctype html>")
    assert page.unclosed == []
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    pointed = [str(attrs["href"])[1:] for attrs in page.all("a")]
    pointed += [name for _, attrs in page.tags for name in (attrs.get("aria-labelledby") or "").split()]
    assert set(pointed) <= set(ids)


def test_the_page_loads_nothing(html):
    page = Page(html)
    assert not {"script", "link", "iframe", "object", "embed", "img"} & {tag for tag, _ in page.tags}
    for _, attrs in page.tags:
        for name, value in attrs.items():
            assert not name.startswith("on")
            if name in ("src", "href", "xlink:href", "data", "action"):
                assert str(value).startswith("#")
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", html))
    assert "@import" not in html
    assert not re.search(r"https?:|//[a-z]+\.", html)
    (policy,) = [attrs["content"] for attrs in page.all("meta") if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_language_is_declared(no_draws):
    for language in LANGUAGES:
        with use_language(language):
            (attrs,) = Page(render(no_draws)).all("html")
        assert attrs["lang"] == language


def test_every_number_of_the_answer_is_on_the_page(register, english):
    text = Page(english).text
    protection = settled(FULL, register).protection
    for names in (("year",), ("year", "sex")):
        for row in published(register.by(*names), protection):
            for part in (row.observed_text, row.estimate_text, row.interval_text, row.ratio_text, row.share_text):
                assert part in text
    for names in GROUPS[:4]:
        for row in published(register.by("year", *names).mean("year", ["2018", "2019"]), protection):
            assert row.estimate_text in text
            assert row.interval_text in text


def test_both_languages_have_the_same_shape(register):
    def shape(language: str) -> tuple[list[str], list[int], int]:
        with use_language(language):
            page = Page(render(register, options=FULL))
        tags = [tag for tag, _ in page.tags if tag not in ("text", "line", "path", "g", "tspan", "rect")]
        return tags, [len(page.all(tag)) for tag in ("table", "figure", "svg", "h2")], len(page.headings)

    assert shape("en") == shape("nl")
    with use_language("nl"):
        dutch = Page(
            render(register, options=replace(FULL, about=About(population="victims", place="in Nederland")))
        ).text
    own = dutch[: dutch.rindex("Bronnen")]  # what follows names publications and words in English
    assert not re.search(r"\b(the|estimated|registered|people)\b", own)
    assert "5.100" in dutch


def test_the_first_page_holds_what_a_reader_needs_first(english):
    page = Page(english)
    first = page.text[: page.text.rindex("By year")]
    assert page.headings[:5] == [
        "About one in four presumed victims of human trafficking is in view",
        "What was found?",
        "How sure is this?",
        "What does it mean?",
        "What does it not say?",
    ]
    for part in ("1,330", "registered in 2019", "3.8×", "95% interval", "3.5 to 4.3 times as many", "take for granted"):
        assert part in first


def test_sections_follow_in_order(english):
    assert Page(english).headings[5:] == [
        "By year",
        "By group",
        "How sure is this? The details",
        "Findings",
        "The lists and their overlap",
        "How the model was chosen",
        "Method and assumptions",
        "The idea",
        "The model",
        "The interval",
        "What is taken for granted",
        "How numbers are printed",
        "References",
        "Words used here",
        "How to repeat this",
    ]


def test_tables_name_what_their_headers_head(html):
    scopes = [attrs.get("scope") for attrs in Page(html).all("th")]
    assert scopes
    assert set(scopes) <= {"col", "row"}


def test_every_picture_has_a_title_a_text_and_its_numbers(english):
    page = Page(english)
    assert len(page.all("svg")) == len(page.all("figure")) == len(page.all("desc")) == 5
    assert len(page.all("details")) == 4  # the numbers of the iceberg are those of the part by year
    assert all(attrs["role"] == "img" for attrs in page.all("svg"))


@pytest.mark.parametrize("code", ["synthetic_register", "synthetic_data"])
def test_synthetic_data_are_announced(plain, code):
    made_up = replace(plain, findings=(Finding(code=code),))
    assert 'class="synthetic"' in render(made_up)
    with use_language("nl"):
        assert "Synthetische gegevens" in render(made_up)


def test_a_name_does_not_make_people_up(plain):
    assert 'class="synthetic"' not in render(replace(plain, name="synthetic-opioids.csv"))


def test_how_to_repeat_it(english):
    text = Page(english).text
    for part in ("darknumber demo --seed 1", f"darknumber {__version__}", "Author & Author 2021", "Buckland"):
        assert part in text


def test_findings_stand_by_severity(plain):
    found = (
        Finding(code="synthetic_register"),
        Finding(code="replicates_infinite", severity="stop", values={"share": 0.4}),
        Finding(code="list_alone", severity="caution", where="police"),
    )
    text = Page(render(replace(plain, findings=found))).text
    section = text[text.index("The details") :]
    places = [section.index(word) for word in ("Do not use.", "Take care.", "Note.")]
    assert places == sorted(places)
    first = text[: text.index("What was found")]
    assert "Do not use. In 40% of the replicates" in " ".join(first.split())


def test_a_page_for_every_kind_of_answer(any_estimates):
    for language in LANGUAGES:
        with use_language(language):
            page = Page(render(any_estimates))
        assert page.unclosed == []
        assert not re.search(r"(?<![\w-])(nan|inf|None|NaN)(?![\w-])", page.text)
        assert "{" not in page.text


def test_no_year_no_course(plain, groups_only):
    assert "By year" not in Page(render(plain)).headings
    assert "By group" not in Page(render(plain)).headings
    assert "By group" in Page(render(groups_only)).headings


def test_limits_that_do_not_add_up(register):
    strata = register.by("sex", "age")
    bounded = replace(strata, draws=None, selection=None, interval=LogNormal(), bounds=strata.limits, unit="person")
    text = Page(render(bounded)).text
    assert "The limits of groups do not add up" in text
    assert all(row.estimate_text in text for row in figures(bounded))
    left = Page(render(bounded, options=ReportOptions(groups=(("sex",),)))).text
    assert "Figures by sex are not given" in left


def test_small_overlaps_are_protected_unless_asked(plain):
    data = plain.fits[0].data
    small = {str(n) for n in data.overlaps[np.triu_indices(6, 1)] if 0 < n < 5}
    choices = (Disclosure(floor=5, base=1), None)
    hidden, shown = (Page(render(plain, options=ReportOptions(rules=choice))).text for choice in choices)
    lists = slice(hidden.index("People on both of two lists"), hidden.index("Method and assumptions"))
    cells = set(hidden[lists].replace("·", " ").split())
    assert small
    assert not small & cells
    assert "<5" in hidden
    assert "<5" not in shown


def test_a_model_fixed_in_advance(plain):
    fixed = replace(plain.fits[0], model=Independence(), terms="", candidates=None)
    page = Page(render(replace(plain, fits=(fixed,), selection=None)))
    assert "How the model was chosen" not in page.headings
    assert "The model was chosen in advance" in page.text
    assert "main effects only" in page.text


@pytest.mark.parametrize(("interval", "dealt"), [(Bootstrap(), True), (Posterior(), False)])
def test_only_replicates_deal_people_out_anew(plain, interval, dealt):
    fit = replace(plain.fits[0], model=Completed(Independence()), candidates=None)
    text = Page(render(replace(plain, fits=(fit,), selection=None, interval=interval))).text
    assert "were dealt out over the values" in text
    assert ("In each replicate people without a recorded value were dealt out anew." in text) is dealt


def test_a_model_without_terms_is_given_none(broken, plain):
    none = replace(plain, fits=(replace(plain.fits[0], terms=None, candidates=None),))
    text = Page(render(none)).text
    assert "Terms of the model" not in text
    assert "main effects only" not in text
    assert "replicates chose" not in text


def test_parts_of_a_model_have_terms_of_their_own(broken):
    fit = broken.fits[0]
    parts = (replace(fit, terms="police:border"), replace(fit, terms=""), replace(fit, terms=None))
    whole = replace(fit, terms=None, candidates=None, parts=parts, places=tuple(np.array([k]) for k in (0, 1, 3)))
    text = Page(render(replace(broken, fits=(whole,)))).text
    assert "Terms of the model in each part. 2010: police:border; 2011: main effects only." in text


def test_limits_of_changes_are_not_called_bca(plain):
    corrected = replace(plain, interval=Bootstrap(replicates=200, limits="bca"))
    assert "Limits of shares and of changes" in Page(render(corrected)).text
    assert "Limits of shares and of changes" not in Page(render(plain)).text


def test_a_study_adds_its_own_sections(plain):
    table = Table(
        caption="With and without",
        columns=(Column(label="Definition", align="left"),),
        rows=((words("border cases out"),),),
    )
    section = Section(heading="The definition", paragraphs=("About 300 a year <b>depend</b> on it.",), tables=(table,))
    html = render(plain, options=ReportOptions(sections=(section,)))
    page = Page(html)
    place = page.headings.index("The definition")
    assert page.headings[place - 1 : place + 2] == [
        "What does it not say?",
        "The definition",
        "How sure is this? The details",
    ]
    assert "border cases out" in page.text
    assert "About 300 a year <b>depend</b> on it." in page.text
    assert "<b>depend</b>" not in html


def test_title_and_day_can_be_given(plain):
    options = ReportOptions(title="Our <title>", day=datetime.date(2026, 11, 21))
    page = Page(render(plain, options=options))
    assert page.headings[0] == "Our <title>"
    assert "21 November 2026" in page.text


def test_the_same_run_gives_the_same_page(groups_only):
    assert render(groups_only) == render(groups_only)


# ---- writing


def test_written_in_the_language_asked_for(plain, tmp_path):
    path = report(plain, tmp_path / "deep" / "rapport.html", language="nl")
    assert path == tmp_path / "deep" / "rapport.html"
    text = path.read_text(encoding="utf-8")
    assert '<html lang="nl">' in text
    assert [each.name for each in path.parent.iterdir()] == ["rapport.html"]
    assert path.stat().st_mode & 0o044
    with use_language("nl"):
        assert '<html lang="nl">' in report(plain, str(path)).read_text(encoding="utf-8")


def test_a_page_that_fails_leaves_the_old_one(plain, tmp_path, monkeypatch):
    path = report(plain, tmp_path / "report.html")
    before = path.read_text(encoding="utf-8")

    def stop(*_: object) -> None:
        raise Cancelled

    monkeypatch.setattr(writing.os, "replace", stop)
    with pytest.raises(Cancelled):
        report(plain, path, language="nl")
    assert path.read_text(encoding="utf-8") == before
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_lists_that_were_not_kept_are_told_once():
    """Where the model puts people on a list that was not kept, it is not also said that nobody could be on it."""
    year = Covariate(name="year", levels=("2013", "2014"), values=(2013.0, 2014.0))
    history, count = [1, 2, 3, 1, 2, 3, 4, 5, 6, 7], [60, 50, 20, 50, 40, 16, 30, 12, 9, 4]
    table = CaptureTable.build("abc", history, count, covariates=[year], levels=[[0] * 3 + [1] * 7])
    table = table.not_kept("c", "year", ["2013"])
    never, unseen = (
        render(estimate(table, f"composite-link(inactive={how})", "bootstrap(replicates=40)"))
        for how in ("never", "unseen")
    )
    assert "nobody could be on them" in never
    assert "nobody could be on them" not in unseen
