"""Whatever is done with reports, nothing of who somebody is comes out: not in answers, files, logs or errors."""

from __future__ import annotations

import logging
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import darknumber as dn
from darknumber.data import spool
from darknumber.errors import Cancelled, DarknumberError, InputError
from darknumber.register.linkage import comparing
from darknumber.register.linkage.coded import coded
from darknumber.register.linkage.link import link
from darknumber.register.linkage.link_summary import summary_of
from darknumber.register.linkage.linkage_model import read_linkage_model
from darknumber.register.linkage.methods import Exact, Probabilistic, Rules
from darknumber.register.reading.reports import Reports, read_reports
from darknumber.words import LANGUAGES, use_language
from tests.register import planted

KEYED = Rules(rules=(("person_key",), ("surname", "birth_date")))
SHORT = dn.Bootstrap(replicates=20)
SURNAME = planted.SOMEBODY[1]["surname"]
COVARIATES = ("sex", "form", "year")


class Kept(logging.Handler):
    """All that any logger is told."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said += [
            record.getMessage(),
            repr(record.args),
            *planted.everything_of((record.exc_info or (None,) * 2)[1]),
        ]


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every logger at its most talkative, those of the packages that do the work too."""
    kept = Kept()
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in ("splink", "duckdb", "py4j", "polars"))]
    before = [each.level for each in loggers]
    for each in loggers:
        each.addHandler(kept)
        each.setLevel(logging.DEBUG)
    yield kept.said
    for each, level in zip(loggers, before, strict=True):
        each.removeHandler(kept)
        each.setLevel(level)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return planted.write(tmp_path_factory.mktemp("planted") / "reports.csv")


@pytest.fixture(scope="module")
def reports(file) -> Reports:
    return read_reports(file)


@pytest.fixture(scope="module")
def key(tmp_path_factory) -> Path:
    return dn.make_key(tmp_path_factory.mktemp("key") / "secret.key")


def shown(thing: Any) -> list[str]:
    """Every way in which something shows itself."""
    html = getattr(thing, "_repr_html_", None)
    return [str(thing), repr(thing), f"{thing}", str(html()) if html else ""]


def test_what_was_planted_is_found_where_it_is(file, tmp_path):
    """The search itself: in a file, a Parquet file, an archive, and an error that another error hides."""
    everything = planted.traces_in(file)
    assert {each.split("-")[0] for each in everything} >= {person["surname"].casefold() for person in planted.SOMEBODY}
    pl.DataFrame(planted.columns()).write_parquet(tmp_path / "a.parquet")
    assert planted.traces_in(tmp_path / "a.parquet") == everything
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(tmp_path / "a.parquet", "inside")
    assert planted.traces_in(tmp_path / "a.docx") == everything
    name = planted.SOMEBODY[0]["surname"]
    hidden = InputError("nobody")
    hidden.__context__ = ValueError(name.upper())
    assert planted.traces(planted.everything_of(hidden)) == [name.casefold()]


def test_no_verb_tells_who_anybody_is(file, key, tmp_path, logged, capfd):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        things: list[Any] = [reports := read_reports(file)]
        things += [reports.mapping, reports.remarks, reports.unused, intake := dn.intake(reports), intake.columns()]
        assert intake.rows == len(planted.columns()["surname"])
        things += [dn.screen(reports), coded(reports, COVARIATES)]
        everyone = []
        for how in (Probabilistic(), KEYED, Exact()):
            links = link(reports, how, seed=1)
            everyone.append(links)
            drawn = dn.linked_tables(links, ("sex",), draws=3, seed=1, unlinkable="count")
            things += [
                links,
                links.method,
                drawn,
                drawn.linkage,
                drawn.findings,
                drawn.best,
                drawn.summary,
                summary_of(links),
            ]
            dn.save_linked_tables(drawn, tmp_path / f"{type(how).__name__}.dn")
            things.append(dn.load_linked_tables(tmp_path / f"{type(how).__name__}.dn"))
        linked = everyone[0]
        assert linked.model is not None
        things += [linked.model, linked.model.to_json(), dn.link_quality(linked)]
        pair = (int(linked.row[linked.left[0]]), int(linked.row[linked.right[0]]))
        things += [dn.pair_of(linked, *pair)]
        counted = dn.linked_tables(everyone[1], ("sex",), draws=3, seed=1, unlinkable="count")
        estimates = dn.estimate(counted, seed=1, interval=SHORT)
        things += [estimates, estimates.findings, estimates.by("sex"), dn.check(counted.best)]
        dn.save(estimates, tmp_path / "estimates.dn")
        for ending in ("html", "docx", "pdf"):
            dn.report(estimates, tmp_path / f"report.{ending}")
        things.append(dn.pseudonymise(reports, tmp_path / "codes.parquet", key=key))
        things.append(dn.pseudonymise(reports, tmp_path / "codes.csv", key=key))
        coded_reports = read_reports(tmp_path / "codes.parquet")
        things += [coded_reports, dn.intake(coded_reports), link(coded_reports, Exact())]
        texts = []
        for language in LANGUAGES:
            with use_language(language):
                texts += [text for thing in things for text in shown(thing)]
    told = capfd.readouterr()
    assert planted.traces(texts) == []
    assert planted.traces([told.out, told.err]) == []
    assert planted.traces(logged) == []
    assert planted.traces(planted.everything_of(each.message)[0] for each in warned) == []
    assert planted.traces_in(tmp_path) == []


def lazily_wrong() -> pl.LazyFrame:
    """A plan of polars that fails only when it is worked out, with a message that quotes values."""
    rows = pl.DataFrame(planted.columns()).lazy()
    return rows.with_columns(pl.col("surname").str.to_integer(strict=True).cast(pl.String))


def relation_wrong() -> duckdb.DuckDBPyRelation:
    """The same of DuckDB."""
    held = pl.DataFrame(planted.columns()).to_arrow()
    return duckdb.connect().from_arrow(held).project("* REPLACE (CAST(surname AS INTEGER)::VARCHAR AS surname)")


def stop_at(what: str) -> Callable[[int, int, str], None]:
    def progress(done: int, total: int, now: str) -> None:
        if now == what:
            raise Cancelled

    return progress


def refused(act: Callable[[], Any]) -> DarknumberError:
    with pytest.raises(DarknumberError) as caught:
        act()
    return caught.value


def told_of(error: DarknumberError) -> list[str]:
    said = planted.everything_of(error)
    for language in LANGUAGES:
        with use_language(language):
            said += planted.everything_of(error)
    return said


WRONG: dict[str, Callable[[Reports], Any]] = {
    "a list": lambda r: dn.linked_tables(link(r, KEYED), lists=["polise", "care"]),
    "a merge": lambda r: dn.linked_tables(link(r, KEYED), merge={"help": ["caer"]}),
    "a column": lambda r: dn.linked_tables(link(r, KEYED), ["surnam"]),
    "a column with names": lambda r: dn.linked_tables(link(r, KEYED), ["surname"]),
    "a column with dates": lambda r: dn.linked_tables(link(r, KEYED), ["birth_date"]),
    "a column with numbers of people": lambda r: coded(r, ["person_key"]),
    "a column with numbers of reports": lambda r: coded(r, ["report_id"]),
    "a definition": lambda r: dn.linked_tables(link(r, KEYED), definition="purpos"),
    "a formula": lambda r: dn.screen(r, ["purpose and (means or"]),
    "a threshold": lambda r: dn.linked_tables(link(r, KEYED), threshold=2),
    "a method": lambda r: link(r, "magic"),
    "a rule": lambda r: link(r, Rules(rules=(("surnam",),))),
    "stopped between": lambda r: link(r, progress=stop_at("compare")),
    "no rows of a plan": lambda r: read_reports(lazily_wrong()),
    "no rows of a relation": lambda r: dn.intake(read_reports(relation_wrong())),
}  # fmt: skip


@pytest.mark.parametrize("asked", WRONG)
def test_no_error_tells_who_anybody_is(reports, logged, capfd, asked):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = refused(lambda: WRONG[asked](reports))
    told = capfd.readouterr()
    assert planted.traces([*told_of(error), *logged, told.out, told.err]) == []


FILES: dict[str, Callable[[str], bytes]] = {
    "no headings": lambda text: text.partition("\n")[2].encode(),
    "no headings, one of them twice": lambda text: re.sub(r";(\w+);", r";\1;\1;", text.partition("\n")[2]).encode(),
    "too many cells": lambda text: (text + (";" + SURNAME) * 30).encode(),
    "an open quote": lambda text: text.replace(";" + SURNAME, ';"' + SURNAME).encode(),
    "no organisation": lambda text: text.replace("organisation", "melder_x").encode(),
    "no date": lambda text: text.replace("report_date", planted.SOMEBODY[2]["place"][:3]).encode(),
    "a heading twice": lambda text: text.replace("birth_date", "surname", 1).encode(),
    "bytes": lambda text: text.encode() + b"\0\xff\xfe",
}  # fmt: skip


@pytest.mark.parametrize("broken", FILES)
def test_no_error_of_a_broken_file_tells_who_anybody_is(file, tmp_path, logged, capfd, broken):
    path = tmp_path / "broken.csv"
    path.write_bytes(FILES[broken](file.read_text("utf-8")))
    error = refused(lambda: read_reports(path))
    told = capfd.readouterr()
    assert planted.traces([*told_of(error), *logged, told.out, told.err]) == []


@pytest.mark.parametrize("work", ["intake", "screen", "link", "pseudonymise"])
def test_an_engine_that_loses_its_rows_half_way_tells_nothing(file, key, tmp_path, logged, capfd, monkeypatch, work):
    monkeypatch.setattr(spool, "_folders", {})  # so that only what is read here is damaged
    reports = read_reports(file)
    for path in spool.folder().iterdir():
        path.write_bytes(b"damaged")
    acts: dict[str, Callable[[], Any]] = {
        "intake": lambda: dn.intake(reports),
        "screen": lambda: dn.screen(reports),
        "link": lambda: link(reports, seed=1),
        "pseudonymise": lambda: dn.pseudonymise(reports, tmp_path / "codes.parquet", key=key),
    }
    error = refused(acts[work])
    told = capfd.readouterr()
    assert error.code == "engine_failed"
    assert planted.traces([*told_of(error), *logged, told.out, told.err]) == []
    assert list(tmp_path.iterdir()) == []


def test_a_linkage_that_breaks_down_tells_nothing(file, logged, capfd, monkeypatch):
    def quoting(*_: Any) -> Any:
        raise ValueError(planted.SOMEBODY[0]["surname"]) from KeyError(planted.SOMEBODY[0]["birth_date"])

    monkeypatch.setattr(comparing, "_level_sql", quoting)
    error = refused(lambda: link(read_reports(file), seed=1))
    told = capfd.readouterr()
    assert error.code == "engine_failed"
    assert planted.traces([*told_of(error), *logged, told.out, told.err]) == []


def test_a_name_in_the_place_of_an_organisation_is_counted_and_not_shown():
    told = planted.columns()
    told["organisation"][5] = planted.SOMEBODY[5]["surname"]
    reports = read_reports(pl.DataFrame(told), name="planted")
    found = dn.intake(reports)
    assert found.others == 1
    assert planted.traces([*shown(reports), *shown(found)]) == []


def test_a_model_holds_nothing_but_how_reports_agree(reports, tmp_path):
    model = link(reports, seed=1).model
    path = tmp_path / "model.json"
    path.write_text(model.to_json())
    assert planted.traces_in(path) == []
    assert read_linkage_model(path).to_json() == model.to_json()
