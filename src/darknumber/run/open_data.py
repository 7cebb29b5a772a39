"""Open data of a study: estimates for machines, SDMX, and what describes every file of the run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from darknumber import __version__
from darknumber.data.toml_text import Key
from darknumber.errors import InputError
from darknumber.inference.publish import time_of
from darknumber.models.text import format_thing
from darknumber.run.answers import Answers
from darknumber.run.package import Facts, Resource, write_package
from darknumber.run.pages import Plan
from darknumber.run.prepare import Prepared, hash_to_publish
from darknumber.run.study_file import StudyFile
from darknumber.views.disclosure import Protection
from darknumber.views.open_data import as_csv, columns_of, write_rows
from darknumber.views.published_rows import TOTAL, period_code, published
from darknumber.views.sdmx import AGENCY, UNDATED, Office, write_sdmx
from darknumber.words import say

ESTIMATES = "estimates"
DRAWS = "draws.csv"
_OF_OFFICE: Mapping[str, Key] = {  # the key of the study file by the field of `Office`
    "agency": ("publication", "agency"),
    "area": ("study", "area"),
    "period": ("study", "period"),
}


def write_open_data(
    file: StudyFile, prepared: Prepared, answers: Answers, planned: Plan, folder: Path, pages: Sequence[Resource]
) -> None:
    """Write the data files, and the descriptions of these and of the pages that are there already.

    Parameters
    ----------
    file, prepared, answers, planned
        The study, its data, what it found, and what of that is published.
    folder
        The run folder.
    pages
        The files with reports, figures and tables.
    """
    study, protection = file.study, planned.options.protection
    found = published(planned.tables, rates=answers.around.rates, protection=protection)
    data = []
    for ending in (".csv", ".parquet"):
        path = write_rows(found, folder / (ESTIMATES + ending))
        data.append(Resource(path=path.name, title=say("study.file.estimates"), columns=columns_of(found)))
    if study.publication.draws:
        (folder / DRAWS).write_text(as_csv(_draws(planned, protection)), encoding="utf-8", newline="")
        data.append(Resource(path=DRAWS, title=say("study.file.draws")))
    if study.study.area and (study.study.period or time_of(answers.main) is not None):
        names = [path.name for path in write_sdmx(found, folder, office_of(file))]
        titles = (say("study.file.sdmx"), say("study.file.structure"))
        data += [Resource(path=name, title=title) for name, title in zip(names, titles, strict=True)]
    data.append(Resource(path="study.toml", title=say("study.file.study")))
    write_package(folder, [*data, *pages], _facts(file, prepared, answers, pages))


def office_of(file: StudyFile) -> Office:
    """Who publishes the open data, and about where.

    Raises
    ------
    InputError
        A code that SDMX does not know how to write; with the line of the study file.
    """
    study = file.study
    try:
        return Office(
            area=study.study.area,
            agency=study.publication.agency or AGENCY,
            vintage=study.study.vintage,
            source=study.study.publisher,
            period=study.study.period,
            prepared=study.study.published or UNDATED,
        )
    except InputError as error:
        with file.at(*_OF_OFFICE.get(str(error.values.get("name")), ("study",))):
            raise


def _facts(file: StudyFile, prepared: Prepared, answers: Answers, pages: Sequence[Resource]) -> Facts:
    study, main = file.study, answers.main
    return Facts(
        name="-".join(filter(None, (file.path.stem.lower(), study.study.vintage.lower()))).replace(" ", "-"),
        title=str(study.study.title) or pages[0].title,
        version=__version__,
        model=format_thing(main.fits[0].model),
        interval=format_thing(main.interval),
        level=main.level,
        seed=main.seed,
        data_name=Path(study.data.source).name,
        data_hash=hash_to_publish(file, prepared),
        authors=study.study.authors,
        publisher=study.study.publisher,
        licence=study.study.licence,
        published=study.study.published,
        vintage=study.study.vintage,
    )


def _draws(planned: Plan, protection: Protection | None) -> dict[str, list[Any]]:
    """The draws behind every row of the tables, whole people; of a row whose registered number is hidden none."""
    covariates = dict.fromkeys(
        covariate.name for rows in planned.tables for covariate in rows.covariates if covariate != time_of(rows)
    )
    table: dict[str, list[Any]] = {name: [] for name in ("period", *covariates, "draw", "value")}
    for rows in planned.tables:
        if rows.draws is None:
            continue
        time = time_of(rows)
        shown = None if protection is None else protection.registered(rows)
        for place, labels in enumerate(rows.labels() or [()]):
            if shown is not None and shown[place].hidden:
                continue
            levels = dict(zip((covariate.name for covariate in rows.covariates), labels, strict=True))
            years = (levels[time.name],) if time is not None else rows.averaged[1:]
            values = np.rint(rows.draws[:, place]).tolist()
            table["period"] += [period_code(years)] * len(values)
            for name in covariates:
                table[name] += [levels.get(name, TOTAL)] * len(values)
            table["draw"] += list(range(1, len(values) + 1))
            table["value"] += [value if np.isfinite(value) else None for value in values]
    return table
