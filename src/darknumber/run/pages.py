"""The report and the letter of a study: what its file says and what was found, as the pages take it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from darknumber.inference.estimates import Estimates
from darknumber.inference.groups import Groups
from darknumber.inference.printing import finding_sentence
from darknumber.inference.publish import adds_up, figures, time_of
from darknumber.run.answers import Answers
from darknumber.run.around import given_of
from darknumber.run.prepare import Prepared
from darknumber.run.study import LetterOf, Register, Study
from darknumber.run.study_file import StudyFile
from darknumber.studies.published import beside
from darknumber.views.disclosure import Disclosure
from darknumber.views.document import Document
from darknumber.views.labels import About
from darknumber.views.letter import Letter, letter
from darknumber.views.options import ReportOptions, Section, asked_groups, settled
from darknumber.views.published_rows import usual_tables
from darknumber.views.report import document
from darknumber.views.revision import revision_sections
from darknumber.views.study_sections import definition_section, given_section, means_section, rates_section
from darknumber.views.tables_estimates import annual_mean, can_group
from darknumber.views.tables_published import published_table
from darknumber.words import date, say
from darknumber.words.labels import covariate_name, level_name, list_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is published of a study, in whatever language: the tables, and what is shown of each registered number.

    Parameters
    ----------
    options
        Of the report, with what is shown of registered numbers decided; its words come later.
    tables
        The answers as the tables of open data have them.
    """

    options: ReportOptions
    tables: tuple[Estimates, ...]


def plan(file: StudyFile, prepared: Prepared, answers: Answers) -> Plan:
    """Decide once, for all languages and forms, what is published of each number."""
    study, main = file.study, answers.main
    named = ReportOptions(groups=study.tables.groups, groupings=prepared.groups, rules=rules_of(file))
    groups, groupings = _stable(study, main, asked_groups(main, named), prepared.groups)
    shown = [names for names in groups if can_group(main, names)]
    tables = usual_tables(main, shown, study.tables.means, groupings) if adds_up(main) else (main,)
    more = (*tables, *(each.estimates for each in answers.around.rates), *_of_means(study, main))
    options = replace(named, groups=groups, groupings=groupings, more=more)
    return Plan(options=settled(options, main), tables=tables)


def rules_of(file: StudyFile) -> Disclosure:
    """What the study says may be printed of registered numbers.

    Raises
    ------
    InputError
        A rule that cannot be carried out; with the line of the study file.
    """
    rule = file.study.publication
    with file.at("publication"):
        return Disclosure(floor=rule.floor, base=rule.base, widest=rule.unstable)


def options_of(file: StudyFile, answers: Answers, planned: Plan) -> ReportOptions:
    """What the study says about its report, in the language in use."""
    study = file.study
    options = replace(
        planned.options,
        title=str(study.study.title),
        publisher=study.study.publisher or ", ".join(study.study.authors),
        about=About(population=study.study.population, place=str(study.study.place)),
        day=study.study.published,
        command=f"darknumber run {file.path.name}",
        assumptions=tuple(_assumptions(study)),
    )
    return replace(options, sections=tuple(_sections(file, answers, options)))


def report_of(answers: Answers, options: ReportOptions) -> Document:
    """The report, in the language in use."""
    return document(answers.main, panel=answers.panel, options=options)


def letter_of(asked: LetterOf, answers: Answers, options: ReportOptions) -> Document:
    """The letter, in the language in use."""
    texts = {item.name: str(getattr(asked, item.name)) for item in fields(LetterOf) if item.name != "years"}
    return letter(answers.main, fill=Letter(**texts, years=asked.years), options=options)


def _stable(
    study: Study, main: Estimates, groups: tuple[tuple[str, ...], ...], groupings: tuple[Groups, ...]
) -> tuple[tuple[tuple[str, ...], ...], tuple[Groups, ...]]:
    """The tables and groupings, with levels put together in each table that has a row too uncertain for a number."""
    rule = study.publication
    if rule.unstable_cells != "merge" or not adds_up(main):
        return groups, groupings
    merged: dict[str, Groups] = {}
    found = []
    for names in groups:
        rows = figures(annual_mean(main, names, (), groupings), widest=rule.unstable)
        if any(row.known and not row.single for row in rows):
            for name in set(names) & set(rule.merge):
                merged[name] = _merged(main, name, rule.merge[name])
            names = tuple(merged[name].name if name in merged else name for name in names)
        found.append(names)
    return tuple(found), (*groupings, *merged.values())


def merged_name(name: str) -> str:
    """What a covariate is called some of whose levels are put together."""
    return f"{name}, merged"


def _merged(main: Estimates, name: str, groups: Mapping[str, tuple[str, ...]]) -> Groups:
    """A covariate with some levels put together, in the place of the first of them."""
    covariate = next(each for each in main.covariates if each.name == name)
    inside = {level: group for group, levels in groups.items() for level in levels}
    levels: dict[str, tuple[str, ...]] = {}
    for level in covariate.recorded:
        group = inside.get(level, level)
        levels[group] = (*levels.get(group, ()), level)
    return Groups(name=merged_name(name), of=(name,), levels={group: (held,) for group, held in levels.items()})


def _of_means(study: Study, main: Estimates) -> Iterator[Estimates]:
    """The answers that the section of means prints."""
    time = time_of(main)
    if time is None or not adds_up(main):
        return
    yield main.by(time.name)
    for years in study.tables.means:
        yield main.mean(time.name, years).total()


def _assumptions(study: Study) -> Iterator[tuple[str, str]]:
    """The register of assumptions, the day of the data, then of each list whom it covers and where it was not kept."""
    for item in fields(Register):
        said = getattr(study.assumptions, item.name)
        if said:
            yield say(f"study.assumption.{item.name}"), str(said)
    if study.data.extracted is not None:
        cut = "extracted_cut" if study.data.registered else "extracted_on"
        yield say("study.assumption.extracted"), say(f"study.assumption.{cut}", day=date(study.data.extracted))
    for name, about in study.lists.items():
        parts = [str(about.covers)] if about.covers else []
        if about.refers_to:
            parts.append(say("study.assumption.refers_to", lists=[list_name(other) for other in about.refers_to]))
        for covariate, levels in about.not_kept.items():
            called = [level_name(covariate, level) for level in levels]
            parts.append(say("study.assumption.not_kept", name=covariate_name(covariate), levels=called))
        if parts:
            yield say("study.assumption.list", list=list_name(name)), " ".join(parts)


def _sections(file: StudyFile, answers: Answers, options: ReportOptions) -> Iterator[Section]:
    study, main, protection = file.study, answers.main, options.protection
    means = means_section(main, study.tables.means, answers.around.ratios, protection) if adds_up(main) else None
    if means is not None:
        yield means
    found = answers.around.rates
    sentences = dict.fromkeys(finding_sentence(each, None) for rates in found for each in rates.findings)
    rated = rates_section(found, tuple(sentences), protection)
    if rated is not None:
        yield rated
    for name, other in answers.others.items():
        about = study.definitions[name]
        main_in = about.count == "in"
        both = (main, other) if main_in else (other, main)
        section = definition_section(*both, str(about.label) or name, main_in=main_in, protection=protection)
        if section is not None:
            yield section
    if answers.around.revision is not None:
        yield from revision_sections(answers.around.revision, about=options.about, protection=protection)
    yield from _beside(file, main, options)


def _beside(file: StudyFile, main: Estimates, options: ReportOptions) -> Iterator[Section]:
    """Figures from elsewhere."""
    for place, asked in enumerate(file.study.beside):
        with file.at("beside", place):
            title, note = str(asked.title), str(asked.note)
            if asked.country:
                table = published_table(beside(main, asked.country), protection=options.protection)
                yield Section(heading=title or table.caption, paragraphs=(note,) if note else (), tables=(table,))
            else:
                given = given_of(file, asked)
                yield given_section(main, given, title or given.name, note, options.protection)
