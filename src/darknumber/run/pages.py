"""The report and the letter of a study: what its file says, as the pages take it."""

from __future__ import annotations

from darknumber.run.answers import Answers
from darknumber.run.prepare import Prepared
from darknumber.run.study_file import StudyFile
from darknumber.views.document import Document
from darknumber.views.labels import About
from darknumber.views.options import ReportOptions
from darknumber.views.report import document


def options_of(file: StudyFile, prepared: Prepared, answers: Answers) -> ReportOptions:
    """What the study says about its report, in the language in use."""
    study = file.study
    about = About(population=study.study.population, place=str(study.study.place))
    return ReportOptions(
        title=str(study.study.title),
        publisher=study.study.publisher or ", ".join(study.study.authors),
        groups=study.tables.groups,
        about=about,
        day=study.study.published,
    )


def report_of(answers: Answers, options: ReportOptions) -> Document:
    """The report, in the language in use."""
    return document(answers.main, panel=answers.panel, options=options)
