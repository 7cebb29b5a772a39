"""One list in tables, pictures, reports and letters: nobody stands apart who is one of few; nothing of overlap."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import darknumber as dn
from darknumber.data.frequencies import Frequencies
from darknumber.data.table import Covariate
from darknumber.errors import InputError
from darknumber.studies.panel import panel
from darknumber.views.disclosure import STRICT
from darknumber.views.document import Document, Picture, blocks_in, headings_in, tables_in
from darknumber.views.letter import letter
from darknumber.views.report import ReportOptions, document, report
from darknumber.views.tables_sightings import how_often
from darknumber.words import LANGUAGES, use_language

SEX = Covariate(name="sex", levels=("female", "male"))
YEAR = Covariate(name="year", levels=("2019", "2020"), values=(2019.0, 2020.0))

# What is said of several lists only.
OF_SEVERAL = r"(?i)(?<!non)overlap|on both|op beide|avoid each other|elkaar mijden|independent|onafhankelijk"


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(2)
    people = 4000
    sex, year = rng.integers(0, 2, people), rng.integers(0, 2, people)
    seen = rng.poisson(0.5 + 0.4 * sex)
    there = seen > 0
    data = Frequencies.build(
        seen[there],
        np.ones(there.sum(), dtype=int),
        covariates=[SEX, YEAR],
        levels=[sex[there], year[there]],
        list_name="contacts",
        name="seen",
    )
    return dn.estimate(data, None, "bootstrap(replicates=60)", seed=1)


def said(made: Document) -> str:
    """All words of a document; of a picture those around it."""
    parts = [str(headings_in(made))]
    for block in blocks_in(made):
        figure = block.figure if isinstance(block, Picture) else None
        parts.append(str(block) if figure is None else f"{figure.title} {figure.subtitle} {figure.description}")
    return "\n".join([*parts, *(str(table) for table in tables_in(made))])


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30).filter(lambda counts: sum(counts) > 0))
def test_nobody_stands_apart_who_is_one_of_few(counts):
    data = Frequencies.build(np.arange(1, len(counts) + 1), counts)
    rows = how_often(data, STRICT)
    exact = how_often(data, None)
    assert sum(row.seen.value for row in exact) == sum(counts)
    for row in rows:
        if sum(counts) >= STRICT.floor:
            assert row.seen.value is not None
            assert row.seen.value >= STRICT.floor or row.seen.value == 0
            assert row.seen.value % STRICT.base == 0
        else:
            assert len(rows) == 1
            assert row.seen.text == f"<{STRICT.floor}"
    printed = sum(row.seen.drawn for row in rows)
    if sum(counts) >= STRICT.floor:
        assert abs(printed - sum(counts)) <= len(rows) * STRICT.base / 2


def test_what_the_law_expects_stands_beside_what_was_seen(found):
    table = dn.table(found, "seen", rules=None)
    fit = found.fits[0]
    assert table.columns()["people"] == fit.seen.tolist()
    assert table.columns()["expected"] == pytest.approx(fit.expected, abs=0.5)
    kept = dn.table(found, "seen").columns()
    assert all(value % STRICT.base == 0 for value in (*kept["people"], *kept["expected"]))
    assert sum(kept["people"]) == pytest.approx(fit.seen.sum(), abs=STRICT.base * len(kept["people"]))
    with_law_of_some = dn.estimate(fit.frequencies, "sightings(most=2)", "lognormal", by=[])
    assert "expected" not in dn.table(with_law_of_some, "seen").columns()


def test_the_picture_has_a_bar_a_row_and_the_title_the_share_seen_once(found):
    shown = dn.plot(found, "seen", rules=None)
    once, everyone = found.fits[0].seen[0], found.fits[0].seen.sum()
    assert f"{once / everyone:.0%}" in shown.content.title
    assert shown.columns() == dn.table(found, "seen", rules=None).columns()
    for kind in ("lists", "overlaps"):
        with pytest.raises(InputError, match="nothing to show"):
            dn.table(found, kind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_report_and_letter_are_about_one_list(found, language):
    with use_language(language):
        made = document(found, panel=panel(found), options=ReportOptions())
        page, sent = said(made), said(letter(found))
        headings = [words for _, words in headings_in(made)]
    words = {"en": ("How often people were seen", "one list"), "nl": ("Hoe vaak mensen zijn gezien", "één lijst")}
    assert words[language][0] in headings
    assert words[language][1] in page
    assert words[language][1] in sent
    for text in (page, sent):
        assert not re.search(OF_SEVERAL, text), re.search(OF_SEVERAL, text)
    captions = [table.caption for table in tables_in(made)]
    assert len(captions) == len(set(captions))
    assert any("Poisson" in str(table.rows) and "Zelterman" in str(table.rows) for table in tables_in(made))


@pytest.mark.parametrize("ending", [".html", ".pdf", ".docx"])
def test_it_is_written_in_every_form(found, tmp_path, ending):
    path = report(found, tmp_path / f"report{ending}", panel=panel(found))
    assert path.stat().st_size > 5000


def test_kept_and_read_again_it_gives_the_same_report(found, tmp_path):
    dn.save(found, tmp_path / "a.dn")
    again = dn.load(tmp_path / "a.dn")
    assert type(again.fits[0]) is type(found.fits[0])
    assert again.fits[0].frequencies.by_times == found.fits[0].frequencies.by_times
    assert said(document(again, panel=panel(again))) == said(document(found, panel=panel(found)))
