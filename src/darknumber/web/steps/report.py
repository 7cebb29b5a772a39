"""The report, everything that goes with it, and what does it again."""

from __future__ import annotations

import io
import mimetypes
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from starlette.responses import FileResponse, Response

from darknumber.errors import DarknumberError, InputError
from darknumber.inference.estimates import Estimates
from darknumber.run.folder import INTERNAL, MANIFEST, for_office
from darknumber.run.repeat import estimating
from darknumber.run.study import Format, Language, Publication, Said, Study
from darknumber.run.study_text import study_text
from darknumber.studies.kinds import STUDIES
from darknumber.studies.kinds import Study as TrustStudy
from darknumber.views.disclosure import Disclosure
from darknumber.web.forms import Control, whole_of
from darknumber.web.guard import REPORT_POLICY
from darknumber.web.sessions import WORK
from darknumber.web.visit import Visit, go, page
from darknumber.words import has, say

STAY = (
    *("columns", "prepared", "check", "answer", "compare", "omit", "vintages"),
    *("plan", "plan asked", "trial", "trial asked", "reports", "intake", "linked", "thresholds"),
)
STUDY_NAME, COMMANDS = "study.toml", "darknumber run study.toml"
RECORD = "exact-counts.csv"  # in what is taken out with exact counts: when that was chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A file of the run folder."""

    key: str
    name: str
    about: str
    opens: bool


def show(visit: Visit) -> Response:
    """The page."""
    return _page(visit, ())


def ask(visit: Visit) -> Response:
    """Settle how the answer is published, and make the report."""
    session, prepared = visit.session, visit.held("prepared")
    if session.study is None or prepared is None:
        return go("/data")
    try:
        study = _settled(session.study, visit)
    except DarknumberError as error:
        return _page(visit, error.told)
    session.keep(study, *STAY)
    home = session.base if session.owns_base else session.folder
    given = {"study": study, "base": session.base, "work": session.folder / WORK, "target": home / "study-run"}
    visit.ask("report", "tasks:publish", given)
    return go("/report")


def study_file(visit: Visit) -> Response:
    """The study file that does all this again."""
    study = visit.session.study
    if study is None:
        return go("/")
    headers = {"content-disposition": f'attachment; filename="{STUDY_NAME}"'}
    return Response(study_text(study), media_type="application/toml", headers=headers)


def file(visit: Visit) -> Response:
    """A file of the run folder, or all that may be published; found in our own list, never by a path."""
    folder: Path | None = visit.held("report")
    key = visit.query.get("key", "")
    if folder is None:
        return go("/report")
    if key == "all":
        return _packed(folder, "darknumber-study", exact=False, log=())
    shown = next((each for each in _files(folder) if each.key == key), None)
    if shown is None:
        return Response(status_code=404)
    kind = mimetypes.guess_type(shown.name)[0] or "application/octet-stream"
    headers = {"content-security-policy": REPORT_POLICY}
    how = "inline" if shown.opens else "attachment"
    name = Path(shown.name).name
    return FileResponse(
        folder / shown.name, media_type=kind, filename=name, content_disposition_type=how, headers=headers
    )


def exact(visit: Visit) -> Response:
    """Everything, exact counts too: only for who said so, and it is recorded."""
    folder: Path | None = visit.held("report")
    if folder is None:
        return go("/report")
    if visit.form.get("understood") != "yes":
        return _page(visit, (say("web.report.not_understood"), "", ""))
    visit.session.log.append((time.time(), "all"))
    return _packed(folder, "darknumber-study-exact", exact=True, log=visit.session.log)


def _packed(folder: Path, name: str, *, exact: bool, log: Sequence[tuple[float, str]]) -> Response:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and (exact or inside.parts[0] != INTERNAL):
                out.write(path, (Path(name) / inside).as_posix())
        if exact:
            lines = [
                "when,what",
                *(f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.localtime(at))},{what}" for at, what in log),
            ]
            out.writestr(f"{name}/{INTERNAL}/{RECORD}", "\r\n".join(lines) + "\r\n")
    headers = {"content-disposition": f'attachment; filename="{name}.zip"'}
    return Response(packed.getvalue(), media_type="application/zip", headers=headers)


def _settled(study: Study, visit: Visit) -> Study:
    """The study with what the form says of its publication."""
    form, several = visit.form, visit.several
    languages: tuple[Language, ...] = tuple(code for code in get_args(Language) if code in several.get("language", ()))
    formats: tuple[Format, ...] = tuple(each for each in get_args(Format) if each in several.get("format", ()))
    trust = tuple(each for each in _studies(study) if each in several.get("trust", ()))
    if not languages:
        raise InputError("study_no_language")
    if not formats:
        raise InputError("web_no_format")
    numbers = {}
    for name in ("floor", "base"):
        number = whole_of(form.get(name, ""))
        if number is None:
            raise InputError("web_not_whole", name=say(f"web.report.{name}"), text=form.get(name, ""))
        numbers[name] = number
    Disclosure(floor=numbers["floor"], base=numbers["base"])  # refuses what cannot be carried out
    title = Said(en=form.get("title_en", "").strip(), nl=form.get("title_nl", "").strip())
    place = form.get("place", "").strip()
    basics = replace(
        study.study,
        title=title,
        place=Said(en=place, nl=place),
        publisher=form.get("publisher", "").strip(),
        population="victims" if form.get("population") == "victims" else "people",
        languages=languages,
    )
    publication: Publication = replace(study.publication, formats=formats, **numbers)  # type: ignore[arg-type]
    return replace(study, study=basics, publication=publication, trust=replace(study.trust, studies=trust))


def _page(visit: Visit, told: tuple[str, ...]) -> Response:
    study = visit.session.study
    folder: Path | None = visit.held("report")
    answer: Estimates | None = visit.held("answer")
    job = visit.job("report")
    return page(
        visit,
        "report.html",
        told=told,
        awaited=job,
        files=() if folder is None else _files(folder),
        controls=() if study is None else _controls(study),
        ticks=() if study is None else _ticks(study),
        commands="" if answer is None or study is None else f"{COMMANDS}\n{estimating(answer)}",
        answer=answer,
    )


def _controls(study: Study) -> tuple[Control, ...]:
    basics, rules = study.study, study.publication
    who = tuple((each, say(f"web.report.population.{each}")) for each in ("people", "victims"))
    return (
        Control(
            name="title_en", label=say("web.report.title_en"), value=basics.title.en, help=say("web.report.title_help")
        ),
        Control(name="title_nl", label=say("web.report.title_nl"), value=basics.title.nl),
        Control(name="publisher", label=say("web.report.publisher"), value=basics.publisher),
        Control(name="place", label=say("web.report.place"), value=str(basics.place)),
        Control(name="population", label=say("web.report.about"), value=basics.population, choices=who),
        Control(
            name="floor",
            label=say("web.report.floor"),
            help=say("web.report.floor_help"),
            value=str(rules.floor),
            type="number",
            least=1,
            step="1",
        ),
        Control(
            name="base",
            label=say("web.report.base"),
            help=say("web.report.base_help"),
            value=str(rules.base),
            type="number",
            least=1,
            step="1",
        ),
    )


def _ticks(study: Study) -> tuple[tuple[str, str, tuple[tuple[str, str, bool], ...]], ...]:
    """Groups of boxes to tick: name, legend, and of each its value, words and whether it is ticked."""
    return (
        (
            "language",
            say("web.report.languages"),
            tuple(
                (code, say(f"web.language_name.{code}"), code in study.study.languages) for code in get_args(Language)
            ),
        ),
        (
            "format",
            say("web.report.formats"),
            tuple(
                (each, say(f"web.report.format.{each}"), each in study.publication.formats) for each in get_args(Format)
            ),
        ),
        (
            "trust",
            say("web.report.trust"),
            _trust(study),
        ),
    )


def _studies(study: Study) -> tuple[TrustStudy, ...]:
    """Those that can be asked for: of one list, to look at it is to try other laws, and the others are of several."""
    return ("check",) if study.data.times else STUDIES


def _trust(study: Study) -> tuple[tuple[str, str, bool], ...]:
    if study.data.times:
        return (("check", say("web.report.study.laws"), bool(study.trust.studies)),)
    return tuple((each, say(f"web.report.study.{each}"), each in study.trust.studies) for each in STUDIES)


def _files(folder: Path) -> tuple[Shown, ...]:
    """The files that may be published, each under a number of our own."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    open_to_all = [name for name in names if not for_office(name) and name != MANIFEST]
    return tuple(
        Shown(key=str(place), name=name, about=_about(name), opens=name.endswith(".html"))
        for place, name in enumerate(open_to_all)
    )


def _about(name: str) -> str:
    key = f"web.report.file.{Path(name).name.replace('.', '_')}"
    return say(key) if has(key) else ""
