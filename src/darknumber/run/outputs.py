"""What a run folder holds: report, figures and tables in each language, and open data, from the answers of a study."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from darknumber.inference.groups import READY
from darknumber.inference.store import save
from darknumber.run.answers import Answers
from darknumber.run.folder import ANSWER, INTERNAL, STUDY
from darknumber.run.pages import options_of, report_of
from darknumber.run.prepare import Prepared
from darknumber.run.study import Said, Study
from darknumber.run.study_file import StudyFile
from darknumber.views.document import Document, figures_in
from darknumber.views.plots_alone import to_png_file, to_svg_file
from darknumber.views.report import write_document
from darknumber.words import LANGUAGES, has, say, use_language
from darknumber.words.labels import Names, use_names

LONGEST = 48  # letters of a file name made from a caption


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
    names = names_of(file.study)
    for code in dict.fromkeys(file.study.study.languages):
        with use_language(code), use_names(names):
            _write_language(file, prepared, answers, folder / code)


def _write_language(file: StudyFile, prepared: Prepared, answers: Answers, folder: Path) -> None:
    made = report_of(answers, options_of(file, prepared, answers))
    for form in file.study.publication.formats:
        write_document(made, folder / f"report.{form}")
    _write_figures(made, folder / "figures")


def _write_figures(made: Document, folder: Path) -> None:
    folder.mkdir(parents=True)
    for place, figure in enumerate(figures_in(made), start=1):
        name = f"{place:02}-{slug(figure.title)}"
        (folder / f"{name}.svg").write_text(to_svg_file(figure), encoding="utf-8", newline="\n")
        (folder / f"{name}.png").write_bytes(to_png_file(figure))


def names_of(study: Study) -> Names:
    """What the study calls its lists, covariates, levels and groups; a name in one language serves for both."""
    said: dict[str, Said] = {f"list.{name}": about.label for name, about in study.lists.items()}
    for name, covariate in study.covariates.items():
        said[f"covariate.{name}"] = covariate.label
        said |= {f"level.{name}.{level}": label for level, label in covariate.levels.items()}
    for name, grouping in study.groupings.items():
        ready = grouping.ready or name
        said[f"covariate.{name}"] = grouping.label or _known(f"label.covariate.{ready}")
        labels = (
            {level: _known(f"label.level.{ready}.{level}") for level in READY[ready].levels} if ready in READY else {}
        )
        said |= {f"level.{name}.{level}": label for level, label in {**labels, **grouping.labels}.items()}
    return {key: {"en": label.en or label.nl, "nl": label.nl or label.en} for key, label in said.items() if label}


def _known(key: str) -> Said:
    """What the catalogue says in both languages, where it does."""
    if not has(key):
        return Said()
    texts = {}
    for code in LANGUAGES:
        with use_language(code):
            texts[code] = say(key)
    return Said(**texts)


def slug(text: str) -> str:
    """Words as part of a file name: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words if len(words) <= LONGEST else words[:LONGEST].rsplit("-", 1)[0]
