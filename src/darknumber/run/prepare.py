"""From a study file to tables of counts: the data read, cut to its years, and counted under each definition."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from darknumber.data.dates import registered_by
from darknumber.data.examples import examples
from darknumber.data.frequencies import Frequencies, read_frequencies
from darknumber.data.names import check_distinct, no_such
from darknumber.data.reading import NotKept, Reading, counted, read_drawn_or_table, read_people, way_of
from darknumber.data.recording import with_recording
from darknumber.data.table import CaptureTable
from darknumber.data.toml_text import Key
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.inference.bootstrap import Progress
from darknumber.inference.groups import READY, Groups, check_groups
from darknumber.inference.publish import time_of
from darknumber.run.counts import Counts, best_of, each_of, file_hash
from darknumber.run.from_reports import beside, linked_data
from darknumber.run.study import Data, Definition, ListOf, Reported, Said, Study
from darknumber.run.study_file import StudyFile

# Keys under [data] that name a column.
_COLUMNS = ("count", "id", "list_column", "times", "year", "registered", "dates", "referrals")
_RECORDING = ("not_recorded", "recording_rises_with_lists")  # findings that are looked at anew
_NOT_IN_DATA = ("unknown_column", "unknown_list")  # errors about a name that the study file holds

# Keys under [data] that say something of several lists, and nothing of one.
_OF_LISTS = (
    *("rows", "id", "list_column", "year", "on_conflict"),
    *("dates", "referrals", "drop_referred", "registered", "extracted"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The data of a study, counted.

    Parameters
    ----------
    counts
        As the main answer counts: one table, those of linked reports, or how often people are on one list.
    others
        By definition: as it counts with that definition the other way round.
    as_before
        As the study before this one counted; None where there is none.
    groups
        The groupings that tables may be by.
    data_hash
        SHA-256 of the bytes that were read, or of the counts of a built-in example.
    """

    counts: Counts
    others: Mapping[str, Counts]
    as_before: CaptureTable | None
    groups: tuple[Groups, ...]
    data_hash: str

    @property
    def table(self) -> CaptureTable:
        """The one table, or the one at the threshold: the registered people."""
        return best_of(self.counts)


def prepare(file: StudyFile, *, progress: Progress | None = None) -> Prepared:
    """Read and count the data of a study; everything in the study file that names parts of them is checked.

    Parameters
    ----------
    file
        The study.
    progress
        Called with (done, total, what) while reports are linked.

    Raises
    ------
    InputError
        The data cannot be read, or the file names what is not in them; with the line of the file.
    """
    study = file.study
    if not study.study.languages:
        with file.at("study", "languages"):
            raise InputError("study_no_language")
    _check_definitions(file)
    try:
        whole = _years(_read(file, progress), study)
    except InputError as error:
        with file.at(*_about(study, error)):
            raise
    if study.data.synthetic:
        whole = each_of(whole, lambda table: table.with_findings([Finding(code="synthetic_data")]))
    _check_labels(file, best_of(whole))
    counts = _counted(file, whole, {})
    others = {name: _counted(file, whole, {name: _other_way(each)}) for name, each in study.definitions.items()}
    as_before = _as_before(file, whole)
    table = best_of(counts)
    groups = _groups(file, table)
    _check_names(file, table, groups)
    digest = _hash(file, best_of(whole))
    return Prepared(counts=counts, others=others, as_before=as_before, groups=groups, data_hash=digest)


def _about(study: Study, error: InputError) -> Key:
    """The key of the study that names the column or list that is not in the data; else that of the data."""
    name = error.values.get("name")
    if not error.code.startswith(_NOT_IN_DATA) or not name:
        return ("data",)
    columns: list[tuple[Key, str]] = [(("data", key), str(getattr(study.data, key))) for key in _COLUMNS]
    columns += [(("lists", each), each) for each in study.lists]
    columns += [(("covariates", each), each) for each in study.covariates]
    columns += [(("definitions", each, "column"), about.column) for each, about in study.definitions.items()]
    return next((key for key, column in columns if column == name), ("data",))


def source_of(file: StudyFile) -> str:
    """The file with the data, from the folder of the study file; or the name of an example."""
    source = file.study.data.source
    beside = file.folder / Path(source).expanduser()
    return source if not beside.exists() and source in _examples() else str(beside)


def _examples() -> set[str]:
    return {entry.name for entry in examples()}


def _reading(file: StudyFile) -> Reading:
    study, source = file.study, source_of(file)
    if source in _examples():
        return Reading(source=source)
    covariates = [*study.covariates, *(each.column for each in study.definitions.values())]
    data = study.data
    return Reading(
        source=source,
        lists=tuple(study.lists),
        covariates=tuple(dict.fromkeys(covariates)),
        rows=None if data.rows == "reports" else data.rows,
        count=data.count,
        id=data.id,
        list_column=data.list_column,
        year=data.year,
        unit=data.unit,
        on_conflict=data.on_conflict,
        sheet=data.sheet,
        dates=data.dates or {name: each.date for name, each in study.lists.items() if each.date} or "",
        referrals=data.referrals,
        drop_referred=data.drop_referred,
    )


def _read(file: StudyFile, progress: Progress | None) -> Counts:
    """All that is in the data; where days of registration are named, as they were on the day of extraction."""
    data = file.study.data
    if data.times:
        return _sightings(file)
    if data.rows == "reports":
        return linked_data(file, Path(source_of(file)), progress=progress)
    reading = _reading(file)
    if not data.registered or data.extracted is None:
        if (reading.dates or reading.referrals) and not reading.drop_referred:
            raise InputError("study_dates_without_use")
        return read_drawn_or_table(reading)
    if way_of(reading) != "people":
        raise InputError("study_registered_counts")
    if reading.dates:
        raise InputError("study_two_dates")
    dated = data.registered if data.list_column else dict.fromkeys(reading.lists, data.registered)
    return counted(reading, registered_by(read_people(replace(reading, dates=dated)), data.extracted))


def _sightings(file: StudyFile) -> Frequencies:
    """How often people are on one list; nothing may be said of others."""
    study, data = file.study, file.study.data
    usual = Data(source="")
    others = [key for key in _OF_LISTS if getattr(data, key) != getattr(usual, key)]
    said = {name: replace(about, label=Said(), covers=Said()) for name, about in study.lists.items()}
    others += [f"lists.{name}" for name, about in said.items() if name != data.times or about != ListOf()]
    others += ["reports"] if study.reports != Reported() else []
    if others:
        raise InputError("study_times_others", keys=others)
    columns = (each.column for each in study.definitions.values())
    found = read_frequencies(
        source_of(file),
        times=data.times,
        covariates=tuple(dict.fromkeys([*study.covariates, *columns])),
        count=data.count or None,
        unit=data.unit,
        sheet=data.sheet or None,
    )
    return replace(found, findings=with_recording(found.table()).findings)


def _years(counts: Counts, study: Study) -> Counts:
    """Only the years from the first to the last of the study."""
    table = best_of(counts)
    first, last = study.data.first_year, study.data.last_year
    if first is None and last is None:
        return counts
    time = time_of(table)
    if time is None or time.values is None:
        raise InputError("study_years_without_year")
    low = first if first is not None else -float("inf")
    high = last if last is not None else float("inf")
    kept = [level for level, value in zip(time.levels, time.values, strict=True) if low <= value <= high]
    if not kept:
        raise InputError("study_no_years", known=time.recorded)
    name = time.name
    return each_of(counts.select(name, kept), _recounted)


def _counted(file: StudyFile, whole: Counts, changed: Mapping[str, Definition]) -> Counts:
    """The counts with each definition applied and its column added up, and with the lists that were not kept."""
    counts = whole
    for name, each in {**file.study.definitions, **changed}.items():
        with file.at("definitions", name):
            table = best_of(counts)
            axis = table.axis(each.column)
            known = table.covariates[axis].levels
            for value in each.values:
                if value not in known:
                    raise InputError("unknown_level", name=each.column, level=value, known=known)
            others = [level for level in known if level not in each.values]
            if not each.values or not others:
                raise InputError("study_definition_splits", name=each.column, known=known)
            if each.count == "out":
                counts = counts.select(each.column, others)
    columns = {each.column for each in file.study.definitions.values()} - set(file.study.covariates)
    counts = counts.pool(sorted(columns)) if columns else counts
    for name, about in file.study.lists.items():
        if isinstance(counts, Frequencies):
            break  # of one list it is refused on reading
        with file.at("lists", name, "not_kept"):
            for covariate, levels in about.not_kept.items():
                gap = NotKept(list=name, covariate=covariate, levels=levels)
                counts = counts.not_kept(gap.list, gap.covariate, gap.levels)
    fewer = int(best_of(counts).count.sum()) < int(best_of(whole).count.sum())
    return each_of(counts, _recounted) if fewer else counts


def _recounted(table: CaptureTable) -> CaptureTable:
    """The table with what is said of missing values counted anew: people were left out since."""
    others = tuple(each for each in table.findings if each.code not in _RECORDING)
    return with_recording(replace(table, findings=others))


def _as_before(file: StudyFile, whole: Counts) -> CaptureTable | None:
    """The table counted by the definitions of the study before this one."""
    previous = file.study.previous
    if not previous.folder:
        return None
    if isinstance(whole, Frequencies):
        with file.at("previous", "folder"):
            raise InputError("study_previous_one_list")
    known = file.study.definitions
    for name in previous.count:
        with file.at("previous", "count", name):
            if name not in known:
                raise no_such("unknown_definition", name, tuple(known))
    return best_of(
        _counted(file, whole, {name: replace(known[name], count=how) for name, how in previous.count.items()})
    )


def _other_way(definition: Definition) -> Definition:
    return replace(definition, count="out" if definition.count == "in" else "in")


def _check_definitions(file: StudyFile) -> None:
    if file.study.definitions and source_of(file) in _examples():
        with file.at("definitions"):
            raise InputError("study_example_definitions")


def _groups(file: StudyFile, table: CaptureTable) -> tuple[Groups, ...]:
    """The groupings of the study, ready-made or its own."""
    found = []
    for name, each in file.study.groupings.items():
        with file.at("groupings", name):
            if each.ready is not None:
                groups = replace(READY[each.ready], name=name)
            elif each.of and each.levels:
                groups = Groups(name=name, of=each.of, levels=each.levels)
            else:
                raise InputError("study_grouping_empty")
            if name in {covariate.name for covariate in table.covariates}:
                raise InputError("repeated_names", names=(name,))
            check_groups(groups, table.covariates, some=each.ready is not None)
            found.append(groups)
    return tuple(found)


def _check_labels(file: StudyFile, whole: CaptureTable) -> None:
    """Refuse a name for a level that nobody has, where a level that people have goes without.

    Names for levels that do not occur this time are fine where every level has its name.
    """
    for covariate in whole.covariates:
        asked = file.study.covariates.get(covariate.name)
        if asked is None or set(covariate.recorded) <= set(asked.levels):
            continue
        for level in asked.levels:
            if level not in covariate.levels:
                with file.at("covariates", covariate.name, "levels", level):
                    raise InputError("unknown_level", name=covariate.name, level=level, known=covariate.recorded)


def _check_names(file: StudyFile, table: CaptureTable, groups: Sequence[Groups]) -> None:
    """Refuse lists, covariates, groups and years that the data do not have."""
    made_of = {covariate.name: (covariate.name,) for covariate in table.covariates}
    known = {**made_of, **{each.name: each.of for each in groups}}
    for place, names in enumerate(file.study.tables.groups or ()):
        _check_covariates(file, ("tables", "groups", place), names, known)
    for place, names in enumerate(file.study.rates.by if file.study.rates.residents else ()):
        if names:  # without them it is the rate of everyone
            _check_covariates(file, ("rates", "by", place), names, made_of)
    for place, years in enumerate(file.study.tables.means):
        _check_years(file, ("tables", "means", place), years, table)
    for name, merged in file.study.publication.merge.items():
        _check_merge(file, name, merged, table)
    for name, about in file.study.lists.items():
        for inner, other in enumerate(about.refers_to):
            with file.at("lists", name, "refers_to", inner):
                if other not in table.lists:
                    raise no_such("no_such_list", other, table.lists)


def _check_covariates(file: StudyFile, key: Key, names: Sequence[str], known: Mapping[str, Sequence[str]]) -> None:
    """Refuse a table by what is not there, or by a covariate twice; `known` says of each name what it is made of."""
    if not names:
        with file.at(*key):
            raise InputError("study_table_empty")
    for inner, name in enumerate(names):
        with file.at(*key, inner):
            if name not in known:
                raise no_such("unknown_covariate", name, tuple(known))
    with file.at(*key):
        check_distinct([covariate for name in names for covariate in known[name]])


def _check_years(file: StudyFile, key: Key, years: Sequence[str], table: CaptureTable) -> None:
    """Refuse a mean over no years, over one that is not there, or over one twice."""
    time = time_of(table)
    with file.at(*key):
        if time is None:
            raise InputError("study_years_without_year")
        if not years:
            raise InputError("no_levels", name=time.name)
        if len(set(years)) < len(years):
            raise InputError("study_year_twice", years=years)
    for inner, year in enumerate(years):
        with file.at(*key, inner):
            if year not in time.recorded:
                raise InputError("unknown_level", name=time.name, level=year, known=time.recorded)


def _check_merge(file: StudyFile, name: str, merged: Mapping[str, Sequence[str]], table: CaptureTable) -> None:
    """Refuse levels to be put together that are not there, or that are in two groups."""
    covariates = {covariate.name: covariate for covariate in table.covariates}
    with file.at("publication", "merge", name):
        if name not in covariates:
            raise no_such("unknown_covariate", name, tuple(covariates))
        recorded = covariates[name].recorded
        held = [level for levels in merged.values() for level in levels]
        for level in held:
            if level not in recorded:
                raise InputError("unknown_level", name=name, level=level, known=recorded)
            if held.count(level) > 1:
                raise InputError("in_two_groups", name=name, levels=(level,))


def _hash(file: StudyFile, table: CaptureTable) -> str:
    source = source_of(file)
    if source in _examples():
        return hashlib.sha256(json.dumps(table.columns(), sort_keys=True).encode()).hexdigest()
    asked = file.study.reports
    named = [beside(file, each) for each in (asked.mapping, *asked.files, *asked.files.values())]
    more = [each for each in named if each is not None]
    if file.study.data.rows != "reports" or not more:
        return file_hash(Path(source))
    several = [file_hash(each) for each in (Path(source), *more)]
    return hashlib.sha256(json.dumps(several).encode()).hexdigest()


def hash_to_publish(file: StudyFile, prepared: Prepared) -> str:
    """The hash of the data, where no count can be found from it by trying: nothing of an office's table of counts."""
    rows = file.study.data.rows
    of_counts = rows not in ("people", "reports") and source_of(file) not in _examples()
    return "" if of_counts else prepared.data_hash
