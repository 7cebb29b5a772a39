"""The built-in study: a synthetic Dutch register, the study files about it, and what comes of running them."""

from __future__ import annotations

import csv
import gzip
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from darknumber.data.examples import example, linked_example
from darknumber.data.linked_counts import write_linked
from darknumber.data.table import NOT_RECORDED, CaptureTable
from darknumber.data.targets import folder_for
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import finding_sentence
from darknumber.inference.publish import figures
from darknumber.inference.spread import Spread
from darknumber.register.synthesise import synthesise, truth_by
from darknumber.run.folder import check_target
from darknumber.run.make import Finished, run_study
from darknumber.run.pages import options_of, plan
from darknumber.studies.check import Check, check
from darknumber.studies.kinds import Study
from darknumber.views.labels import About
from darknumber.views.options import Section
from darknumber.views.tables import Column, Table, words
from darknumber.views.tables_text import TEXT_WIDTH, to_text
from darknumber.views.terminal import answer
from darknumber.words import LANGUAGES, language, people, say

STUDY, BEFORE = "study.toml", "study-2017.toml"
MEANS: tuple[tuple[str, ...], ...] = (("2014", "2015"), ("2018", "2019"))  # the years the two Dutch studies report
GROUPS: tuple[tuple[str, ...], ...] = (("form", "crossing"), ("sex",), ("age",), ("nationality",))
FORMS: Mapping[str, tuple[str, ...]] = {"sexual": ("sexual",), "outside": ("labour", "criminal")}
MARGIN_FINDINGS = ("empty_margins", "structural_margins")
STUDIES: tuple[Study, ...] = ("check", "omit", "sensitivity")  # those of the answer that take seconds on this register
BORDER = "border"  # the definition that the two studies do not share
# Residents by year, in thousands: about as many as there are in the Netherlands, made up like the rest.
RESIDENTS = range(16_600, 17_600, 100)
SHARES = {("female", "adult"): 0.405, ("male", "adult"): 0.395, ("female", "minor"): 0.098, ("male", "minor"): 0.102}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo made.

    Parameters
    ----------
    finished
        The study of all years, without the border police's cases under article 273f(1)(3).
    counted_in
        The answer with them.
    checked
        What the lists look like.
    text
        What the terminal shows.
    folder
        Where data, study files and run folders are.
    """

    finished: Finished
    counted_in: Estimates
    checked: Check
    text: str
    folder: Path


def run_demo(
    folder: Path,
    *,
    replicates: int = 100,
    revised: int = 40,
    seed: int = 1,
    workers: int | None = None,
    studies: Sequence[Study] = STUDIES,
    progress: Progress | None = None,
) -> Demo:
    """Write the register and its study files, and run them.

    Parameters
    ----------
    folder
        Made if need be; what the demo wrote there before is replaced.
    replicates
        Of the bootstrap, the whole selection repeated in each.
    revised
        How often both studies are done again, to tell a change from noise.
    seed, workers, progress
        As in `estimate`.
    studies
        Those that the report holds on whether the number can be trusted.

    Raises
    ------
    InputError
        The folder cannot be made or written in.
    """
    folder = folder_for(folder)
    for name in (STUDY, BEFORE):
        check_target(folder / f"{Path(name).stem}-run", make_folders=True)
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "LANGUAGES": toml_list([language(), *(code for code in LANGUAGES if code != language())]),
        "SEED": str(seed),
        "REPLICATES": str(replicates),
        "REVISED": str(revised),
        "STUDIES": toml_list(studies),
    }
    _write_data(folder)
    for name, template in ((BEFORE, "demo_study_2017.toml"), (STUDY, "demo_study.toml")):
        (folder / name).write_text(filled(template, settings), encoding="utf-8", newline="\n")
    run_study(folder / BEFORE, workers=workers, progress=_part(progress, "before"))
    finished = run_study(folder / STUDY, workers=workers, progress=progress)
    counted_in = finished.answers.others[BORDER]
    trusted = finished.answers.panel
    checked = trusted.checked if trusted is not None and trusted.checked is not None else check(finished.prepared.table)
    text = _text(finished, counted_in, checked)
    return Demo(finished=finished, counted_in=counted_in, checked=checked, text=text, folder=folder)


def outside_share(estimates: Estimates, years: Sequence[str]) -> Spread:
    """The share of cross-border victims outside the sex industry over some years; one row.

    People whose form is not recorded are shared out in proportion.
    """
    groups = estimates.mean("year", years).by("form", "crossing", not_recorded="allocate").regroup("form", FORMS)
    row, share = groups.labels().index(("outside", "cross-border")), groups.share()
    return Spread(value=share.value[[row]], lower=share.lower[[row]], upper=share.upper[[row]])


def _write_data(folder: Path) -> None:
    """The register as an office would have it, the earlier extract, both linked, and residents."""
    packed = (files("darknumber.data") / "tables" / "register.csv.gz").read_bytes()
    (folder / "register.csv").write_bytes(gzip.decompress(packed))
    _write_counts(example("register-2015"), folder / "register-2015.csv")
    write_linked(linked_example(), folder / "linked.csv.gz")
    rows = [
        (year, sex, age, round(thousands * 1000 * share))
        for year, thousands in zip(range(2010, 2020), RESIDENTS, strict=True)
        for (sex, age), share in SHARES.items()
    ]
    _write_csv(folder / "residents.csv", ("year", "sex", "age", "residents"), rows)


def _write_counts(table: CaptureTable, path: Path) -> None:
    columns = table.columns()
    rows = zip(*columns.values(), strict=True)
    _write_csv(path, tuple(columns), [["" if cell == NOT_RECORDED else cell for cell in row] for row in rows])


def _write_csv(path: Path, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([headings, *rows])


def filled(template: str, settings: Mapping[str, str]) -> str:
    """A study file of the demo with its settings in it."""
    text = (files("darknumber.run") / template).read_text(encoding="utf-8")
    for name, value in settings.items():
        text = text.replace(f"@{name}@", value)
    return text


def toml_list(names: Sequence[str]) -> str:
    """Names as a list in a study file."""
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def _part(progress: Progress | None, what: str) -> Progress | None:
    """The same progress under another name."""
    if progress is None:
        return None
    tell: Callable[[int, int, str], None] = progress
    return lambda done, total, _: tell(done, total, what)


def _outside(found: Estimates) -> Section:
    """The share of cross-border victims outside the sex industry, in words."""
    sentences = []
    for years in MEANS:
        share = outside_share(found, years)
        values = {"share": float(share.value[0]), "lower": float(share.lower[0]), "upper": float(share.upper[0])}
        sentences.append(say("demo.outside", first=years[0], last=years[-1], **values))
    return Section(heading=say("demo.outside_heading"), paragraphs=tuple(sentences))


def truth_section(counted_in: Estimates) -> Section:
    """Beside the estimate, the number that is only known because the register was made up."""
    truth = truth_by(synthesise(), "year")
    years = counted_in.by("year")
    inside = (years.limits[:, 0] <= truth) & (truth <= years.limits[:, 1])
    rows = zip(years.labels(), truth, figures(years), inside, strict=True)
    table = Table(
        caption=say("demo.truth_caption"),
        columns=tuple(
            Column(label=say(f"demo.column.{name}"), align="left" if name == "year" else "right")
            for name in ("year", "truth", "estimate", "interval", "inside")
        ),
        rows=tuple(
            (
                words(label[0]),
                words(people(true)),
                words(row.estimate_text),
                words(row.interval_text),
                words(say("demo.yes" if hit else "demo.no")),
            )
            for label, true, row, hit in rows
        ),
    )
    total = figures(counted_in.total())[0]
    sentence = say(
        "demo.truth",
        truth=float(truth.sum()),
        estimate=total.estimate_text,
        interval=total.interval_text,
        n=int(inside.sum()),
        years=len(truth),
    )
    return Section(heading=say("demo.truth_heading"), paragraphs=(sentence,), tables=(table,))


def _margins(checked: Check) -> Section:
    """Lists that have nobody at some level of a covariate, and whether that is structural."""
    sentences = tuple(
        finding_sentence(finding, checked.data) for finding in checked.findings if finding.code in MARGIN_FINDINGS
    )
    return Section(heading=say("demo.margins_heading"), paragraphs=sentences or (say("demo.margins_none"),))


def _text(finished: Finished, counted_in: Estimates, checked: Check) -> str:
    """What the terminal shows: the lists, the answer, tables by year and group, and the sections of the report."""
    main = finished.answers.main
    planned = plan(finished.file, finished.prepared, finished.answers)
    sections = options_of(finished.file, finished.answers, planned).sections
    about = About(population="victims", place=say("demo.place"))
    about_data = textwrap.fill(say("register.description"), TEXT_WIDTH)
    blocks = [about_data, str(checked), answer(main, by=[("year",), *GROUPS], about=about)]
    for section in (*sections, _outside(main), _margins(checked), truth_section(counted_in)):
        blocks += section_text(section)
    return "\n\n".join(blocks)


def section_text(section: Section) -> list[str]:
    """A section and those within it as text; of its pictures the tables."""
    paragraphs = [textwrap.fill(paragraph, TEXT_WIDTH) for paragraph in (*section.paragraphs, *section.points)]
    blocks = ["\n".join([section.heading, *paragraphs])]
    blocks += [to_text(table) for figure in section.figures for table in figure.tables]
    blocks += [to_text(table) for table in section.tables]
    return blocks + [block for part in section.parts for block in section_text(part)]
