"""From reports to people, the first page: which column holds what, and which rows are used."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from starlette.responses import Response

from darknumber.data.kinds import KINDS
from darknumber.data.owner_only import written_whole
from darknumber.errors import DarknumberError, InputError, ModelError
from darknumber.register.reading.mapping import guess_mapping
from darknumber.register.reading.mapping_file import mapping_text
from darknumber.run.study import Reported, Study
from darknumber.web.forms import Control, whole_of
from darknumber.web.sessions import Session
from darknumber.web.steps.data import sheet_field
from darknumber.web.steps.reports_begin import begun, holds_rows, look, read
from darknumber.web.steps.reports_columns import field_label, options, role_label, roles_of, shown_file
from darknumber.web.steps.reports_intake import intake_blocks
from darknumber.web.steps.reports_mapping import corrected, needed
from darknumber.web.tasks_reports import FileSeen, ReportsSeen, TakenIn
from darknumber.web.uploads import KEPT_ENDING, STUDY_ENDING
from darknumber.web.visit import Visit, go, page
from darknumber.words import say

MAPPING = "mapping"  # what a mapping file is called, before its ending


def show(visit: Visit) -> Response:
    """The page; the look at the file begins by itself."""
    begun(visit)
    return _page(visit, ())


def sheet(visit: Visit) -> Response:
    """Open one sheet of a workbook that has several."""
    session, study = visit.session, visit.session.study
    if study is None:
        return go("/reports")
    session.keep(replace(study, data=replace(study.data, sheet=visit.form.get("sheet", ""))))
    look(visit)
    return go("/reports")


def columns(visit: Visit) -> Response:
    """Take what each column holds, and read the rows with that."""
    session, study, seen = visit.session, visit.session.study, visit.held("reports")
    if study is None or seen is None:
        return go("/reports")
    try:
        files = _confirmed(seen.files, visit.form.get("headings") == "yes")
        files = tuple(replace(file, mapping=corrected(file, place, visit.form)) for place, file in enumerate(files))
        extracted = _day(visit.form.get("extracted", ""))
    except DarknumberError as error:
        return _page(visit, error.told)
    asked = _kept(session, study, seen.files, files)
    data = replace(study.data, rows="reports", extracted=extracted)
    study = replace(study, data=data, reports=asked, lists={}, covariates={}, groupings={})
    session.keep(study, "columns")
    session.put(study, "reports", ReportsSeen(files=files))
    read(visit)
    return go("/reports")


def mapping_file(visit: Visit) -> Response:
    """The mapping of a file, to keep and to use again."""
    seen: ReportsSeen | None = visit.held("reports")
    number = whole_of(visit.query.get("file", "0"))
    if seen is None or not seen.sure or number is None or number >= len(seen.files):
        return go("/reports")
    file = seen.files[number]
    headers = {"content-disposition": f'attachment; filename="{MAPPING}.toml"'}
    text = mapping_text(file.mapping, file.headings, file.name)
    return Response(text, media_type="application/toml", headers=headers)


def _confirmed(files: Sequence[FileSeen], said: bool) -> tuple[FileSeen, ...]:
    """The files, once it is sure that headings stand on top of them."""
    for file in files:
        if file.values_on_top:
            raise InputError("no_headings", name=file.name)
        if not (file.sure or said):
            raise InputError("web_reports_unsure", name=file.name)
    return tuple(replace(file, sure=True) for file in files)


def _day(text: str) -> datetime.date | None:
    """The day of the extract; None where none is given."""
    if not text.strip():
        return None
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise ModelError("not_a_day_of_extract", day=text.strip()) from None


def _kept(session: Session, study: Study, before: Sequence[FileSeen], files: Sequence[FileSeen]) -> Reported:
    """What the study says of its reports, with a mapping file for each whose headings alone do not say it."""
    names = {study.data.source: study.reports.mapping, **study.reports.files}
    sources = list(names)
    for source, was, file in zip(sources, before, files, strict=True):
        if was.mapping == file.mapping and (names[source] or file.mapping == guess_mapping(file.headings)):
            continue
        path = _free(session, "" if len(files) == 1 else f"-{Path(source).stem}")
        with written_whole(path) as waiting:
            waiting.write_text(mapping_text(file.mapping, file.headings, file.name), encoding="utf-8", newline="\n")
        names[source] = path.name
    first, *more = sources
    return replace(study.reports, mapping=names[first], files={source: names[source] for source in more})


def _free(session: Session, ending: str) -> Path:
    """A place for a mapping file; in a folder that is not the session's nothing is written over."""
    path, number = session.base / f"{MAPPING}{ending}.toml", 1
    while path.exists() and not session.owns_base:
        number += 1
        path = session.base / f"{MAPPING}{ending}-{number}.toml"
    return path


def _page(visit: Visit, told: tuple[str, ...]) -> Response:
    study, looking, reading = visit.session.study, visit.job("reports"), visit.job("intake")
    seen: ReportsSeen | None = visit.held("reports")
    found: TakenIn | None = visit.held("intake")
    sheets = sheet_field(looking)
    files = () if seen is None else seen.files
    known = {role for _, choices in options() for role, _ in choices}
    extra = dict.fromkeys(role for file in files for role in roles_of(file.mapping).values() if role not in known)
    return page(
        visit,
        "reports.html",
        endings=",".join([*KINDS, ".csv.gz", STUDY_ENDING]),
        begins=study is None or not holds_rows(study),
        linked=study is not None and study.data.source.endswith(KEPT_ENDING),
        looking=None if sheets else looking,
        sheets=sheets,
        reading=reading,
        awaited=looking if looking is not None and looking.open else reading,
        again=any(job is not None and job.state in ("cancelled", "failed") for job in (looking, reading))
        and not sheets,
        found=() if found is None else intake_blocks(found),
        ready=found is not None and found.intake.accepted > 0,
        files=tuple(
            shown_file(file, place, None if found is None else found.intake, several=len(files) > 1)
            for place, file in enumerate(files)
        ),
        missing=tuple(_missing(files)),
        unlike=[file.name for file in files if not file.sure and not file.values_on_top],
        values_on_top=any(file.values_on_top for file in files),
        sure=seen is not None and seen.sure,
        options=options(),
        extra=[(role, role_label(role)) for role in extra],
        extracted=_extract(study),
        told=told,
    )


def _missing(files: Sequence[FileSeen]) -> Iterator[str]:
    """What is still needed of each file that surely has headings."""
    for file in files:
        names = needed(file) if file.sure else ()
        if names:
            yield say("web.reports.needed", name=file.name, n=len(names), fields=[field_label(name) for name in names])


def _extract(study: Study | None) -> Control:
    day = None if study is None else study.data.extracted
    return Control(
        name="extracted",
        label=say("web.reports.extracted"),
        help=say("web.reports.extracted_help"),
        value="" if day is None else day.isoformat(),
        type="date",
    )
