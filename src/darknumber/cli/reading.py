"""What a command is to read, and how: one set of options for every command that reads data."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

from darknumber.cli.options import DATA, split
from darknumber.cli.output import errors
from darknumber.errors import InputError, ModelError
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.data.drawn import DrawnTables
    from darknumber.data.frequencies import Frequencies
    from darknumber.data.reading import Reading as Described
    from darknumber.data.records import Records
    from darknumber.data.table import CaptureTable
    from darknumber.inference.estimates import Estimates

IN_A_RUN = ("internal", "estimates.dn")  # where the folder of a run has its answer
_NOT_KEPT = re.compile(r"(?P<list>.+?):(?P<covariate>.+?)=(?P<levels>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where the data are and how they are read: the options of the command line, named as the arguments in Python.

    `rows` says what one row is; by default that is plain from the other options, or is told from the file.
    """

    source: Annotated[str, typer.Argument(help=say("cli.option.source"), show_default=False)]
    lists: Annotated[str, typer.Option(help=say("cli.option.lists"), rich_help_panel=DATA)] = ""
    covariates: Annotated[str, typer.Option(help=say("cli.option.covariates"), rich_help_panel=DATA)] = ""
    rows: Annotated[
        Literal["counts", "people"] | None, typer.Option(help=say("cli.option.rows"), rich_help_panel=DATA)
    ] = None
    count: Annotated[str, typer.Option(help=say("cli.option.count"), rich_help_panel=DATA)] = ""
    id: Annotated[str, typer.Option(help=say("cli.option.id"), rich_help_panel=DATA)] = ""
    list_column: Annotated[str, typer.Option(help=say("cli.option.list_column"), rich_help_panel=DATA)] = ""
    year: Annotated[str, typer.Option(help=say("cli.option.year"), rich_help_panel=DATA)] = ""
    unit: Annotated[
        Literal["person", "person-year"], typer.Option(help=say("cli.option.unit"), rich_help_panel=DATA)
    ] = "person"
    on_conflict: Annotated[
        Literal["error", "not recorded", "lowest"],
        typer.Option(help=say("cli.option.on_conflict"), rich_help_panel=DATA),
    ] = "error"
    sheet: Annotated[str, typer.Option(help=say("cli.option.sheet"), rich_help_panel=DATA)] = ""
    dates: Annotated[str, typer.Option(help=say("cli.option.dates"), rich_help_panel=DATA)] = ""
    referrals: Annotated[str, typer.Option(help=say("cli.option.referrals"), rich_help_panel=DATA)] = ""
    drop_referred: Annotated[str, typer.Option(help=say("cli.option.drop_referred"), rich_help_panel=DATA)] = ""
    not_kept: Annotated[
        list[str], typer.Option(help=say("cli.option.not_kept"), rich_help_panel=DATA, show_default=False)
    ] = field(default_factory=list)


def reads(command: Callable[..., int]) -> Callable[..., int]:
    """A command that takes a `Reading` first, as typer sees it: with the fields of `Reading` as options of its own."""
    kinds = get_type_hints(Reading, include_extras=True)
    own = [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=item.default if item.default_factory is MISSING else item.default_factory(),
            annotation=kinds[item.name],
        )
        for item in fields(Reading)
    ]
    own = [each.replace(default=inspect.Parameter.empty) if each.default is MISSING else each for each in own]
    others = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    @wraps(command)
    def whole(**given: Any) -> int:
        reading = Reading(**{each.name: given.pop(each.name) for each in own})
        return command(reading, **given)

    parameters = [*own, *others]
    whole.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    whole.__annotations__ = {each.name: each.annotation for each in parameters}
    return whole


def answer_file(path: Path) -> Path:
    """The file with an answer: itself, or in the folder of a run."""
    return path.joinpath(*IN_A_RUN) if path.is_dir() else path


def read_answer(path: Path) -> Estimates:
    """An answer that was kept, in a file or in the folder of a run."""
    from darknumber.inference.store import load

    return load(answer_file(path))


def read_kept(path: Path) -> Estimates | DrawnTables:
    """What was kept: an answer, in a file or in the folder of a run, or linked tables."""
    from darknumber.data.archive import names_in

    if not path.is_dir() and "linked" in names_in(path):
        from darknumber.register.linkage.keep_linked import load_linked_tables

        return load_linked_tables(path)
    return read_answer(path)


def read_table(reading: Reading) -> CaptureTable:
    """The capture table a command was pointed at; errors as in `darknumber.data.reading.read_table`."""
    from darknumber.data.reading import read_table as read

    with _reports_told_apart(reading):
        found = read(as_described(reading), spell=option)
    _tell_levels(found)
    return found


def read_drawn_or_table(reading: Reading) -> CaptureTable | DrawnTables:
    """The same, but of linked tables all draws."""
    from darknumber.data.reading import read_drawn_or_table as read

    with _reports_told_apart(reading):
        found = read(as_described(reading), spell=option)
    _tell_levels(found)
    return found


def read_for(reading: Reading, model: str) -> CaptureTable | DrawnTables | Records:
    """What an estimate with this model is made of: rows on people where it takes these one by one."""
    from darknumber.data.reading import read_uncounted
    from darknumber.inference.robust import asks_people

    if asks_people(model):
        with _reports_told_apart(reading):
            records = read_uncounted(as_described(reading), spell=option)
        if records is not None:
            return records
    return read_drawn_or_table(reading)


def read_sightings(reading: Reading, times: str) -> Frequencies:
    """How often people are on one list, by the column with the times; options about several lists are refused."""
    from darknumber.data.frequencies import read_frequencies
    from darknumber.data.reading import covariates_of

    others = _given(reading, ("source", "covariates", "count", "unit", "sheet"))
    if others:
        raise ModelError("not_taken_sightings", options=tuple(option(name) for name in others))
    found = read_frequencies(
        reading.source,
        times=times,
        covariates=covariates_of(as_described(reading)) or (),
        count=reading.count or None,
        unit=reading.unit,
        sheet=reading.sheet or None,
    )
    _tell_levels(found)
    return found


def read_one_list(reading: Reading, times: str, others: tuple[str, ...]) -> Estimates | Frequencies:
    """An answer from one list that was kept, or how often people are on it.

    Raises
    ------
    ModelError
        Other options with an answer, which holds all that they say; or data without the column with the times.
    """
    from darknumber.data.archive import names_in

    path = Path(reading.source)
    if path.is_dir() or (path.is_file() and names_in(path)):
        others = (*_given(reading, ("source",)), *others)
        if others:
            raise ModelError("not_taken_kept", options=tuple(option(name) for name in others), name=path.name)
        return read_answer(path)
    if not times:
        raise ModelError("laws_without_times", name=path.name)
    return read_sightings(reading, times)


def _given(reading: Reading, but: tuple[str, ...]) -> tuple[str, ...]:
    """The options that were used, without some."""
    able = [item for item in fields(Reading) if item.name not in but]
    return tuple(item.name for item in able if getattr(reading, item.name) not in (item.default, []))


def read_data(reading: Reading) -> CaptureTable | Records:
    """The same, not yet counted where dates or referrals were named."""
    from darknumber.data.reading import read_data as read

    with _reports_told_apart(reading):
        found = read(as_described(reading), spell=option)
    _tell_levels(found)
    return found


def _tell_levels(data: CaptureTable | DrawnTables | Frequencies | Records) -> None:
    """Say of covariates with very many levels that they have them, before work on them begins."""
    from darknumber.data.drawn import DrawnTables
    from darknumber.data.frequencies import Frequencies
    from darknumber.data.levels import many_levels
    from darknumber.data.records import Records
    from darknumber.inference.printing import finding_lines

    if isinstance(data, Records):  # their levels are not known before they are counted
        return
    counts = data.best if isinstance(data, DrawnTables) else data
    table = counts.table() if isinstance(counts, Frequencies) else counts
    for line in finding_lines(many_levels(table), table, errors.width):
        errors.print(line, markup=False)


@contextmanager
def _reports_told_apart(reading: Reading) -> Iterator[None]:
    """Say of a file in which nothing looks like a list, but a row like a report, that it is linked first."""
    try:
        yield
    except InputError as error:
        if error.code != "no_lists_found":
            raise
        from darknumber.run.starter import are_reports

        if not are_reports(Path(reading.source), reading.sheet or None):
            raise
        raise InputError("reports_not_linked", name=Path(reading.source).name) from None


def option(name: str) -> str:
    """A setting as it is written on the command line."""
    return "--" + name.replace("_", "-")


def as_described(reading: Reading) -> Described:
    """What was written on the command line, as the data layer takes it.

    Raises
    ------
    ModelError
        Text that says where lists were not kept, or where dates stand, that cannot be read.
    """
    from darknumber.data.reading import NotKept
    from darknumber.data.reading import Reading as Described

    given = {item.name: getattr(reading, item.name) for item in fields(Reading)}
    not_kept = []
    for text in reading.not_kept:
        found = _NOT_KEPT.fullmatch(text)
        if found is None:
            raise ModelError("bad_not_kept", text=text)
        not_kept.append(NotKept(list=found["list"], covariate=found["covariate"], levels=split(found["levels"])))
    parts = {"lists": split(reading.lists), "covariates": split(reading.covariates), "not_kept": tuple(not_kept)}
    return Described(**{**given, **parts, "dates": dates_of(reading.dates) or ""})


def dates_of(text: str) -> str | dict[str, str] | None:
    """The columns with dates: one (``date``), or one for each list (``police=police_date,care=care_date``).

    Raises
    ------
    ModelError
        Some lists are named and others are not.
    """
    if "=" not in text:
        return text.strip() or None
    found = {}
    for part in split(text):
        name, sign, column = (each.strip() for each in part.partition("="))
        if not (name and sign and column):
            raise ModelError("bad_dates", text=text)
        found[name] = column
    return found
