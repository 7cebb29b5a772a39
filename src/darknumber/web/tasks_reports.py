"""What is done with reports in the processes of the server: read, screened, linked; only counts come back.

Names, dates and remarks stay in the engine of the process that reads them. What goes back to the page says how many
rows, reports, pairs and people there are, and how probable links are; of no person anything. What was read is gone
from disk when a task has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import narwhals.stable.v2 as nw

from darknumber.data import marks
from darknumber.data.drawn import DrawnTables
from darknumber.data.engine import fetch
from darknumber.data.read import first_cells
from darknumber.data.roles import LOOK, values_on_top
from darknumber.data.table import MANY_LEVELS
from darknumber.findings import Finding
from darknumber.inference.bootstrap import Progress
from darknumber.register.linkage.link import link
from darknumber.register.linkage.link_quality import Waterfall, waterfall
from darknumber.register.linkage.link_summary import LinkageSummary, summary_of
from darknumber.register.linkage.linkage_model import read_linkage_model
from darknumber.register.linkage.linked_pair import least_clear
from darknumber.register.linkage.methods import Exact, Method, Probabilistic, Rules, method_of
from darknumber.register.reading.intake import Intake, intake
from darknumber.register.reading.mapping import Mapping as Described
from darknumber.register.reading.mapping import guess_mapping
from darknumber.register.reading.mapping_file import read_mapping
from darknumber.register.reading.organisations import FEWEST_REPORTS, reports_of_each
from darknumber.register.reading.reports import Reports, read_reports
from darknumber.register.reading.schema import ORGANISATION, REPORT_DATE, YEAR, field_of
from darknumber.register.reading.together import together
from darknumber.register.screening.definitions import can_be_met, definitions
from darknumber.register.screening.screen import screen
from darknumber.register.screening.screening import Screening
from darknumber.register.synthetic.office_form import write_office_reports
from darknumber.register.synthetic.synthetic_files import write_reports
from darknumber.register.synthetic.synthetic_reports import synthetic_reports
from darknumber.run.from_reports import beside
from darknumber.run.prepare import source_of
from darknumber.run.study import Reported, Study
from darknumber.run.study_file import StudyFile
from darknumber.studies.links import Thresholds, thresholds
from darknumber.web.tasks import file_of
from darknumber.web.uploads import check_packed

ONE = 1  # thread a process: there are as many processes as the machine has room for
MADE_UP = 4_000  # about as many reports as the example has: they are linked in seconds
KNOWN_HEADINGS = 4  # columns that are called as expected, from which the first row is no person's
MOST_ORGANISATIONS = 60  # with more, the column holds something else than organisations
_COUNTED_BY = frozenset({"code", "yes-no", "open", "year"})
_TOLD_ELSEWHERE = frozenset({ORGANISATION, "referred_by"})  # these are lists


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSeen:
    """A column of a file of reports: its heading, how many different values it has, and how often it has none."""

    heading: str
    different: int
    empty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSeen:
    """A file of reports, as far as its headings tell.

    Parameters
    ----------
    name
        Of the file.
    columns
        Those with a heading, in order.
    mapping
        How they are understood: as a mapping file says, else as the headings tell.
    own
        Whether a mapping file says so.
    sure
        Whether the first row surely holds headings; else somebody's row may stand there, and they are not shown.
    values_on_top
        Whether values stand where headings belong.
    looked
        How many rows were looked at: the first ones.
    """

    name: str
    columns: tuple[ColumnSeen, ...]
    mapping: Described
    own: bool
    sure: bool
    values_on_top: bool
    looked: int

    @property
    def headings(self) -> tuple[str, ...]:
        """What the columns are called."""
        return tuple(column.heading for column in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsSeen:
    """The files that reports come in."""

    files: tuple[FileSeen, ...]

    @property
    def sure(self) -> bool:
        """Whether the headings of all may be shown."""
        return all(file.sure for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What came in, in counts.

    Parameters
    ----------
    intake
        Which rows are used, and of the others why not.
    screening
        What the reports point to; None without any.
    fields
        The canonical columns that are there.
    organisations
        Reports of each organisation that may be named.
    small
        How many organisations may not, and how many reports they have together.
    odd
        Whether what should be organisations looks like something else, so that none is named.
    levels
        What people can be counted by, with how many values each has.
    definitions
        The definitions that these reports can answer.
    """

    intake: Intake
    screening: Screening | None
    fields: tuple[str, ...]
    organisations: Mapping[str, int]
    small: tuple[int, int]
    odd: bool
    levels: Mapping[str, int]
    definitions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linked:
    """What came of linkage, in counts and probabilities.

    Parameters
    ----------
    summary
        The numbers of it.
    pair
        The pair of which it is least clear whether it is one person: how they agree, and not what stands in them.
    unlinkable
        Reports that say too little to be linked to any other.
    findings
        What must be known of the links.
    """

    summary: LinkageSummary
    pair: Waterfall | None
    unlinkable: int
    findings: tuple[Finding, ...]


def look(study: Study, base: Path, *, progress: Progress) -> ReportsSeen:
    """The headings of the files that reports come in, and what they seem to mean."""
    file = file_of(study, base)
    named = {study.data.source: study.reports.mapping, **study.reports.files}
    found = []
    for place, (name, mapping) in enumerate(named.items()):
        progress(place, len(named), "read")
        path, given = base / Path(name).expanduser(), beside(file, mapping)
        check_packed(path)
        found.append(_seen(path, study.data.sheet or None, None if given is None else read_mapping(given)))
    return ReportsSeen(files=tuple(found))


def example(study: Study, base: Path, office: bool, *, progress: Progress) -> ReportsSeen:
    """Made-up reports, written where the study looks for them; then as `look`."""
    progress(0, 1, "reports")
    base.mkdir(mode=0o700, exist_ok=True)
    if office:
        write_office_reports(synthetic_reports(MADE_UP, seed=study.study.seed), base)
    else:
        write_reports(base / study.data.source, reports=MADE_UP, seed=study.study.seed)
    return look(study, base, progress=progress)


def _seen(path: Path, sheet: str | None, given: Described | None) -> FileSeen:
    headings, cells, name = first_cells(path, sheet, LOOK)
    columns = tuple(_column(heading, texts) for heading, texts in zip(headings, cells, strict=True) if heading.strip())
    mapping = guess_mapping([column.heading for column in columns]) if given is None else given
    read = {name for name, origin in mapping.fields.items() if set(origin.headings) & set(headings)}
    on_top = values_on_top(headings, cells)
    complete = ORGANISATION in read and bool({REPORT_DATE, YEAR} & read)
    return FileSeen(
        name=name,
        columns=columns,
        mapping=mapping,
        own=given is not None,
        sure=not on_top and (complete or len(read) >= KNOWN_HEADINGS),
        values_on_top=on_top,
        looked=len(cells[0]) if cells else 0,
    )


def _column(heading: str, texts: Sequence[str]) -> ColumnSeen:
    filled = [text for text in texts if marks.clean(text).casefold() not in marks.MISSING]
    empty = 1 - len(filled) / len(texts) if texts else 0.0
    return ColumnSeen(heading=heading.strip(), different=len(set(filled)), empty=empty)


def take_in(study: Study, base: Path, *, progress: Progress) -> TakenIn:
    """Which rows are used, and what they point to."""
    progress(0, 2, "read")
    reports = _reports(study, base)
    found = intake(reports)
    progress(1, 2, "read")
    counts = reports_of_each(reports.accepted, ORGANISATION) if found.accepted else {}
    named = {name: n for name, n in counts.items() if n >= FEWEST_REPORTS}
    few = found.accepted - sum(named.values())
    odd = bool(counts) and (not named or len(named) > MOST_ORGANISATIONS or 2 * few > found.accepted)
    own = study.reports.definition
    screening = screen(reports, [own] if own and own not in _NAMED else []) if found.accepted else None
    if odd:
        found = _unnamed(found)
        screening = None if screening is None else replace(screening, organisations=())
    return TakenIn(
        intake=found,
        screening=screening,
        fields=reports.fields,
        organisations={} if odd else dict(sorted(named.items(), key=lambda each: (-each[1], each[0]))),
        small=(len(counts) - len(named), few),
        odd=odd,
        levels=_levels(reports),
        definitions=tuple(each.name for each in definitions() if can_be_met(each, reports.fields)),
    )


_NAMED = frozenset(each.name for each in definitions())


def _unnamed(found: Intake) -> Intake:
    """The same without the names of what should be organisations: they may be those of people."""
    recorded = {name: numbers[:1] for name, numbers in found.recorded.items()}
    return replace(found, organisations={}, others=0, recorded=recorded)


def _levels(reports: Reports) -> dict[str, int]:
    """What people can be counted by: of an office's own codes only where none is so rare that it may be a name."""
    found = {}
    for name in reports.fields:
        about = field_of(name)
        if about.kind not in _COUNTED_BY or about.identifying or name in _TOLD_ELSEWHERE:
            continue
        kept = reports.accepted.filter(~nw.col(name).is_null())
        counts = fetch(kept.group_by(name).agg(nw.len().alias("n")))["n"]
        rare = about.kind == "open" and any(n < FEWEST_REPORTS for n in counts)
        if 1 < len(counts) <= MANY_LEVELS and not rare:
            found[name] = len(counts)
    return found


def link_reports(study: Study, base: Path, *, progress: Progress) -> Linked:
    """Link the reports of a study, and sum up what came of it."""
    progress(0, 1, "read")
    asked = study.reports
    reports = _reports(study, base)
    links = link(reports, _method(asked, file_of(study, base)), seed=study.study.seed, progress=progress)
    pair = least_clear(links) if links.model is not None else None
    return Linked(
        summary=summary_of(links, asked.threshold, everyone=asked.unlinkable == "count"),
        pair=None if pair is None else waterfall(links, pair),
        unlinkable=int(links.unlinkable(asked.threshold).sum()),
        findings=(*links.findings, *_of_method(links.method)),
    )


def _of_method(method: Method) -> tuple[Finding, ...]:
    """What must be known of links that no model weighs."""
    if isinstance(method, Rules):
        return (Finding(code="linked_by_rules", severity="caution"),)
    if isinstance(method, Exact):
        return (Finding(code="linked_exactly", values={"column": method.column}),)
    return ()


def curve(counts: DrawnTables, model: str, level: float, seed: int, *, progress: Progress) -> Thresholds:
    """What the estimate would be at other thresholds for links."""
    progress(0, 1, "fit")
    return thresholds(counts, model or None, level=level, seed=seed, workers=ONE, progress=progress)


def _reports(study: Study, base: Path) -> Reports:
    """The reports of all files of a study, which stay in this process."""
    file, asked = file_of(study, base), study.reports
    named = {source_of(file): asked.mapping} | {str(base / Path(name)): each for name, each in asked.files.items()}
    sheet, day = study.data.sheet or None, study.data.extracted
    return together(
        [read_reports(Path(name), beside(file, mapping), sheet=sheet, extracted=day) for name, mapping in named.items()]
    )


def _method(asked: Reported, file: StudyFile) -> Method:
    if asked.method != "probabilistic":
        return method_of(asked.method)
    kept = beside(file, asked.model)
    return Probabilistic(key=asked.key, model=None if kept is None else read_linkage_model(kept))
