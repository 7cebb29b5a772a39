"""What a run folder holds: report, figures and tables in each language, and open data, from the answers of a study."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

from darknumber.inference.groups import READY
from darknumber.inference.store import save
from darknumber.run.answers import Answers
from darknumber.run.folder import ANSWER, INTERNAL, STUDY
from darknumber.run.open_data import office_of, write_open_data
from darknumber.run.package import Resource
from darknumber.run.pages import Plan, letter_of, merged_name, options_of, plan, report_of, rules_of
from darknumber.run.prepare import Prepared
from darknumber.run.study import Said, Study
from darknumber.run.study_file import StudyFile
from darknumber.views.document import Document, figures_in, tables_in
from darknumber.views.open_data import as_csv
from darknumber.views.plots_alone import to_png_file, to_svg_file
from darknumber.views.report import write_document
from darknumber.views.shown_table import ShownTable
from darknumber.words import LANGUAGES, has, language, say, use_language
from darknumber.words.labels import Names, use_names

LONGEST = 48  # letters of a file name made from a caption
DECISIONS = "disclosure.csv"  # in INTERNAL: what was decided for each registered number


def check_published(file: StudyFile) -> None:
    """Refuse rules and codes of the publication that cannot be used, before anything is estimated.

    Raises
    ------
    InputError
        With the line of the study file.
    """
    rules_of(file)
    if file.study.study.area:
        office_of(file)


def write_outputs(file: StudyFile, prepared: Prepared, answers: Answers, folder: Path) -> None:
    """Write everything a run folder holds but its list of files.

    Parameters
    ----------
    file, prepared, answers
        The study, its data and what it found.
    folder
        An empty folder, with an empty folder `INTERNAL` in it.
    """
    (folder / STUDY).write_text(file.text, encoding="utf-8", newline="\n")
    save(answers.main, folder / INTERNAL / ANSWER)
    for place, other in enumerate(answers.others.values(), start=1):
        save(other, folder / INTERNAL / f"definition-{place}.dn")
    languages = tuple(dict.fromkeys(file.study.study.languages))
    names = names_of(file.study)
    with use_language(languages[0]), use_names(names):
        planned = plan(file, prepared, answers)
        protection = planned.options.protection
        if protection is not None:
            (folder / INTERNAL / DECISIONS).write_text(as_csv(protection.columns()), encoding="utf-8", newline="")
    pages: list[Resource] = []
    for code in languages:
        with use_language(code), use_names(names):
            pages += _write_language(file, answers, planned, folder)
    with use_language(languages[0]), use_names(names):
        write_open_data(file, prepared, answers, planned, folder, pages)


def _write_language(file: StudyFile, answers: Answers, planned: Plan, folder: Path) -> list[Resource]:
    """The report, the letter, and every figure and table of the report alone, in the language in use."""
    options = options_of(file, answers, planned)
    made = report_of(answers, options)
    documents = {"report": made}
    if file.study.letter is not None:
        documents["letter"] = letter_of(file.study.letter, answers, options)
    code, written = language(), []
    for name, document in documents.items():
        for form in file.study.publication.formats:
            path = f"{code}/{name}.{form}"
            write_document(document, folder / path)
            written.append(Resource(path=path, title=document.title))
    return [*written, *_write_figures(made, folder, f"{code}/figures"), *_write_tables(made, folder, f"{code}/tables")]


def _write_figures(made: Document, folder: Path, inside: str) -> list[Resource]:
    """Every picture of the report alone, with its title in it."""
    (folder / inside).mkdir(parents=True)
    written = []
    for place, figure in enumerate(figures_in(made), start=1):
        name = f"{inside}/{place:02}-{slug(figure.title)}"
        (folder / f"{name}.svg").write_text(to_svg_file(figure), encoding="utf-8", newline="\n")
        (folder / f"{name}.png").write_bytes(to_png_file(figure))
        about = (figure.title, figure.subtitle)
        written += [Resource(path=f"{name}.{end}", title=about[0], description=about[1]) for end in ("svg", "png")]
    return written


def _write_tables(made: Document, folder: Path, inside: str) -> list[Resource]:
    """Every table of the report, as numbers and as a sheet."""
    (folder / inside).mkdir(parents=True)
    written = []
    for place, table in enumerate(tables_in(made), start=1):
        shown = ShownTable(content=table, language=language())
        for ending in ("csv", "xlsx"):
            name = f"{inside}/{place:02}-{slug(table.caption)}.{ending}"
            shown.save(folder / name)
            written.append(Resource(path=name, title=table.caption))
    return written


def names_of(study: Study) -> Names:
    """What the study calls its lists, covariates, levels and groups; a name in one language serves for both."""
    said: dict[str, Said] = {f"list.{name}": about.label for name, about in study.lists.items()}
    for name, covariate in study.covariates.items():
        said[f"covariate.{name}"] = covariate.label
        said |= {f"level.{name}.{level}": label for level, label in covariate.levels.items()}
    for name, grouping in study.groupings.items():
        ready = grouping.ready or name
        said[f"covariate.{name}"] = grouping.label or _known(f"label.covariate.{ready}")
        known = (
            {level: _known(f"label.level.{ready}.{level}") for level in READY[ready].levels} if ready in READY else {}
        )
        said |= {f"level.{name}.{level}": label for level, label in {**known, **grouping.labels}.items()}
    for name in study.publication.merge:
        own = {key: label for key, label in said.items() if key.startswith(f"level.{name}.")}
        said |= {key.replace(f"level.{name}.", f"level.{merged_name(name)}.", 1): label for key, label in own.items()}
        said[f"covariate.{merged_name(name)}"] = said.get(f"covariate.{name}") or _known(f"label.covariate.{name}")
    return {key: {"en": label.en or label.nl, "nl": label.nl or label.en} for key, label in said.items() if label}


def _known(key: str) -> Said:
    """What the catalogue says in both languages, where it does."""
    if not has(key):
        return Said()
    found = Said()
    for code in LANGUAGES:
        with use_language(code):
            found = replace(found, **{code: say(key)})
    return found


def slug(text: str) -> str:
    """Words as part of a file name: small letters, digits and hyphens; a table without a caption is of the total."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return (words if len(words) <= LONGEST else words[:LONGEST].rsplit("-", 1)[0]) or "total"
