"""Pictures: their specifications, and what is drawn of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import altair
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.table import CaptureTable
from darknumber.inference.publish import figures
from darknumber.views import plots
from darknumber.views.disclosure import Disclosure, disclose
from darknumber.views.plots import Figure, counts_scale, log_ticks, nice_step, spread, to_svg
from darknumber.views.plots_course import course
from darknumber.views.plots_groups import forest
from darknumber.views.plots_iceberg import iceberg, iceberg_total
from darknumber.views.plots_lists import MOST, overlap, search_path
from darknumber.views.tables_estimates import annual_mean
from darknumber.words import LANGUAGES, use_language


def walk(node: Any) -> Iterator[dict[str, Any]]:
    """Every dictionary in a specification."""
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from walk(child)


def values(figure: Figure) -> list[dict[str, Any]]:
    """All rows of data of a picture."""
    return [row for node in walk(figure.spec) for row in (node.get("values") or []) if isinstance(row, dict)]


def letters(svg: str) -> list[str]:
    """The texts of an SVG."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.fixture(scope="module")
def pictures(register, plain, broken, groups_only) -> dict[str, Figure]:
    data, candidates = plain.fits[0].data, register.fits[0].candidates
    return {
        "iceberg": iceberg(register.by("year")),
        "iceberg with gaps": iceberg(broken.by("year")),
        "iceberg of one": iceberg_total(plain.total()),
        "iceberg of one, endless": iceberg_total(broken.total()),
        "iceberg of one, open": iceberg_total(groups_only.total()),
        "course": course(register.by("year")),
        "course with gaps": course(broken.by("year")),
        "forest": forest([annual_mean(register, ("form", "crossing")), annual_mean(register, ("sex",))]),
        "forest on a logarithmic axis": forest([groups_only.by("sex"), groups_only.by("region")]),
        "forest with gaps": forest([broken.by("year")]),
        "overlap": overlap(data, source="Source: example"),
        "path": search_path(candidates, 12_529, criterion="bic", unit="victim-years", step=1000),
    }


PICTURES = (
    "iceberg",
    "iceberg with gaps",
    "iceberg of one",
    "iceberg of one, endless",
    "iceberg of one, open",
    "course",
    "course with gaps",
    "forest",
    "forest on a logarithmic axis",
    "forest with gaps",
    "overlap",
    "path",
)


@pytest.mark.parametrize("name", PICTURES)
def test_specifications_are_valid_and_load_nothing(pictures, name):
    spec = pictures[name].spec
    altair.Chart.from_dict(spec)  # checks against the Vega-Lite schema
    text = json.dumps(spec)
    assert "http" not in text
    assert "data:" not in text
    assert not any("url" in node for node in walk(spec))


@pytest.mark.parametrize("name", PICTURES)
def test_numbers_in_a_picture_are_finite(pictures, name):
    for row in values(pictures[name]):
        assert all(np.isfinite(value) for value in row.values() if isinstance(value, int | float))


@pytest.mark.parametrize("name", PICTURES)
def test_axes_of_counts_start_at_zero(pictures, name):
    for node in walk(pictures[name].spec):
        for channel in (node.get("x"), node.get("y")):
            if not isinstance(channel, dict) or channel.get("type") != "quantitative":
                continue
            scale = channel["scale"]
            if scale.get("type") != "log":
                assert scale["zero"] is True
                assert scale.get("domain", [0])[0] == 0


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_can_be_drawn_and_read(pictures, name):
    figure = pictures[name]
    svg = str(to_svg(figure, "pic"))
    assert svg.startswith("<svg ")
    assert svg.endswith("</svg>")
    assert f'<title id="pic-title">{figure.title}</title>' in svg
    assert figure.description in svg
    assert 'aria-labelledby="pic-title pic-text"' in svg
    assert "http" not in svg
    assert not re.search(r"url\((?!#pic-)", svg)
    assert not set(letters(svg)) & {"NaN", "nan", "inf", "Infinity", "null", "undefined"}
    assert figure.title
    assert figure.subtitle
    assert "source" in figure.subtitle.lower() or name == "path"


def test_ids_do_not_meet_in_one_page(pictures):
    drawn = [str(to_svg(pictures["iceberg with gaps"], name)) for name in ("one", "two")]
    ids = [set(re.findall(r'id="([^"]+)"', svg)) for svg in drawn]
    assert len(ids[0]) > 2  # the hatching has one
    assert not ids[0] & ids[1]


def test_the_iceberg_shows_its_numbers(register, pictures):
    shown = letters(str(to_svg(pictures["iceberg"], "a")))
    for row, year in zip(figures(register.by("year")), register.covariates[0].levels, strict=True):
        assert year in shown
        assert f"{row.ratio_text}×" in shown
        assert row.share_text in shown
    assert {"registered", "out of view", "95% interval"} <= set(shown)


def test_the_iceberg_draws_every_interval(register, pictures):
    rows = figures(register.by("year"))
    whiskers = [node for node in walk(pictures["iceberg"].spec) if node.get("mark", {}) and "rule" in str(node["mark"])]
    drawn = {(row["year"], row["from"], row["value"]) for node in whiskers for row in node["data"]["values"]}
    assert drawn == {(year, r.lower, r.upper) for year, r in zip(register.covariates[0].levels, rows, strict=True)}


def test_what_is_not_estimable_is_hatched_and_never_a_zero(pictures):
    for name in ("iceberg with gaps", "course with gaps"):
        hatched = [
            node
            for node in walk(pictures[name].spec)
            if isinstance(node.get("mark"), dict) and isinstance(node["mark"].get("color"), dict)
        ]
        rows = [row for node in hatched for row in node["data"]["values"]]
        assert {row["year"] for row in rows} == {"2011", "2012", "2013"}
        assert all(row["value"] > row["from"] for row in rows)
        shown = letters(str(to_svg(pictures[name], "a")))
        assert "n.e." in shown
        assert any("no upper limit" in text for text in shown)


def test_an_arrow_where_there_is_no_upper_limit(pictures):
    def arrows(name: str) -> list[dict[str, Any]]:
        marks = [node for node in walk(pictures[name].spec) if "triangle" in str(node.get("mark", ""))]
        return [row for node in marks for row in node["data"]["values"]]

    assert [row["year"] for row in arrows("iceberg with gaps")] == ["2013"]
    assert len(arrows("forest on a logarithmic axis")) == 2
    assert len(arrows("path")) == 1
    assert arrows("iceberg") == []


def test_a_line_does_not_bridge_a_gap(register):
    years = register.by("year")
    unobserved, draws, verdict = years.unobserved.copy(), years.draws.copy(), years.verdict.copy()
    unobserved[4], draws[:, 4], verdict[4] = np.nan, np.nan, 3
    figure = course(replace(years, unobserved=unobserved, draws=draws, verdict=verdict))
    runs = {row["run"] for row in values(figure) if "run" in row and "from" in row}
    assert runs == {0, 1}


def test_the_ends_of_the_lines_are_labelled(register, pictures):
    shown = letters(str(to_svg(pictures["course"], "a")))
    last = figures(register.by("year"))[-1]
    assert {f"estimated {last.estimate_text}", last.interval_text, f"registered {last.observed_text}"} <= set(shown)


def test_the_forest_has_its_numbers_beside_it(register, pictures):
    shown = letters(str(to_svg(pictures["forest"], "a")))
    for row in figures(annual_mean(register, ("sex",))):
        assert {row.observed_text, row.estimate_text, f"{row.ratio_text}×"} <= set(shown)
    assert "women and girls" in shown
    assert "Linear axis" in pictures["forest"].subtitle
    assert "Logarithmic axis" in pictures["forest on a logarithmic axis"].subtitle


def test_the_overlap_hides_small_numbers_everywhere(plain):
    data = plain.fits[0].data
    protection = disclose(data, Disclosure(floor=5, base=1))
    hidden, plainly = (overlap(data, source="Source: example", protection=each) for each in (protection, None))
    small = {str(n) for n in data.overlaps[np.triu_indices(6, 1)] if 0 < n < 5}
    assert small
    assert not any(0 < row["value"] < 5 for row in values(hidden) if "pair" in row and "value" in row)
    assert not small & set(letters(str(to_svg(hidden, "a"))))
    assert small & set(letters(str(to_svg(plainly, "a"))))
    assert "&lt;5" in letters(str(to_svg(hidden, "a")))


def test_hidden_overlaps_stand_in_the_order_of_the_lists():
    data = CaptureTable.build(("A", "B", "C", "D"), [1, 2, 4, 8, 3, 5, 6, 12], [90, 80, 70, 60, 1, 4, 30, 2])
    protection = disclose(data)
    spec = overlap(data, source="Source: example", protection=protection).spec
    dots = spec["concat"][3]["layer"][2]["data"]["values"]
    pairs: dict[str, list[str]] = {}
    for dot in dots:
        pairs.setdefault(dot["pair"], []).append(dot["list"])
    assert list(pairs.values())[:4] == [["B", "C"], ["A", "B"], ["A", "C"], ["C", "D"]]


def test_empty_overlaps_are_marked(plain):
    shown = letters(str(to_svg(overlap(plain.fits[0].data, source="Source: example"), "a")))
    assert "none" in shown
    assert "police" in shown


def test_many_lists_say_what_is_left_to_the_table():
    names = tuple("ABCDEFGHIJ")
    data = CaptureTable.build(names, [1 << k for k in range(10)] + [3, 5], [50] * 10 + [20, 30])
    figure = overlap(data, source="Source: example")
    assert f"the {MOST} largest of 45 overlaps" in figure.subtitle
    bars = figure.spec["concat"][1]["layer"][0]["data"]["values"]
    assert len(bars) == MOST


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_series_keep_the_last_year(long_series, language):
    levels = long_series.covariates[0].levels
    with use_language(language):
        for figure in (iceberg(long_series.by("year")), course(long_series.by("year"))):
            shown = letters(str(to_svg(figure, "a")))
            assert "2020" in shown
            assert 2 <= len([text for text in shown if text in levels]) <= 14


def test_thousands_are_written_as_the_language_does(register):
    with use_language("nl"):
        assert "5.000" in letters(str(to_svg(iceberg(register.by("year")), "a")))
    assert "5,000" in letters(str(to_svg(iceberg(register.by("year")), "a")))


# ---- scales


@given(st.floats(1, 1e9))
def test_ticks_are_whole_and_within_the_axis(top):
    ticks, scale = counts_scale(top)
    assert ticks[0] == 0
    assert all(tick == int(tick) for tick in ticks)
    assert scale["domain"][1] >= top
    assert 2 <= len(ticks) <= 6
    assert nice_step(top) <= top


@given(st.floats(1, 1e6), st.floats(1.2, 1e4))
def test_logarithmic_ticks_lie_within(low, times):
    ticks = log_ticks(low, low * times)
    assert all(low <= tick <= low * times for tick in ticks)
    assert ticks == sorted(ticks)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=5))
def test_labels_do_not_overlap(places):
    moved = sorted(spread(places))
    assert all(b - a >= plots.LINE_HEIGHT - 1e-6 for a, b in pairwise(moved))
    assert sum(moved) == pytest.approx(sum(places), abs=1e-6)


def test_the_forest_says_what_the_table_says_of_an_endless_estimate(broken):
    shown = letters(str(to_svg(forest([broken.by("year")]), "a")))
    assert [row.estimate_text for row in figures(broken.by("year"))][3] == "no upper limit"
    assert "no upper limit" in shown
