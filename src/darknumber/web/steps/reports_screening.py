"""What reports point to: a page of counts, and never a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette.responses import Response

from darknumber.data.table import NOT_RECORDED
from darknumber.register.screening.formulas import EVERYBODY
from darknumber.register.screening.questions import questions
from darknumber.register.screening.rulebook import ELEMENTS, MINOR, READINGS, SIGNAL, dimensions
from darknumber.register.screening.screen_printing import question_name
from darknumber.register.screening.screening import Answered, Met, Screening
from darknumber.register.screening.screening import Part as Some
from darknumber.views.document import Block, Grid, Part, Picture, Text
from darknumber.views.labels import capital
from darknumber.views.plots import Figure
from darknumber.views.plots_bars import Bar, Bars, bars_figure
from darknumber.views.tables import Cell, Column, Table, count, words
from darknumber.views.tables_linkage import share
from darknumber.web.steps.reports_begin import begun, working
from darknumber.web.steps.shown import notices
from darknumber.web.tasks_reports import TakenIn
from darknumber.web.visit import Visit, page
from darknumber.words import people, percent, say
from darknumber.words.labels import level_name, list_name

BLOCKS = {"elements": (*ELEMENTS, MINOR), "dimensions": dimensions(), "readings": READINGS}
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def show(visit: Visit) -> Response:
    """The page; the reports are read first where that is not done yet."""
    begun(visit)
    found: TakenIn | None = visit.held("intake")
    screening = None if found is None else found.screening
    parts = tuple(screening_parts(screening)) if screening is not None else ()
    job = working(visit)
    return page(visit, "reports_screening.html", parts=parts, reading=job, awaited=job, found=found)


def screening_parts(found: Screening) -> Iterator[Part]:
    """The screening as parts of a page.

    Parameters
    ----------
    found
        What the reports point to.
    """
    yield Part(name="points-to", blocks=tuple(_opening(found)))
    blocks: list[Block] = [Grid(tables=(_definitions(found.definitions),))]
    yield Part(name="definitions", heading=say("screen.heading.definitions"), blocks=tuple(blocks))
    parts = [
        _parts("organisation", found.organisations),
        _parts("year", found.years),
    ]
    tables = tuple(table for table in parts if table is not None)
    if tables:
        why = Text(text=say("web.reports.shares_why"))
        yield Part(name="by", heading=say("web.reports.by"), blocks=(why, Grid(tables=tables)))
    asked = _questions(found.questions)
    block: Block = Grid(tables=asked, fold=True) if asked else Text(text=say("screen.nothing_asked"))
    yield Part(name="questions", heading=say("screen.heading.questions"), blocks=(block,))


def _opening(found: Screening) -> Iterator[Block]:
    yield from notices(found.findings)
    yield Picture(figure=_figure(found), open=False)


def _result(name: str, found: Screening) -> str:
    return say(f"screen.result.{'signal_law' if name == SIGNAL and found.rules == 'law' else name}")


def _figure(found: Screening) -> Figure:
    """Every element, dimension and reading: of how many reports it is indicated, and of how many unknown."""
    rows: list[Bar] = []
    for block, names in BLOCKS.items():
        rows.append(Bar(name=say(f"screen.heading.{block}")))
        for name in names:
            each = found[name]
            yes, known = each.yes / found.reports, (each.yes + each.unknown) / found.reports
            texts = (people(each.yes), people(each.unknown), people(each.no))
            rows.append(Bar(name=_result(name, found), end=known, middle=yes, texts=texts))
    signal = found[SIGNAL]
    return bars_figure(
        Bars(
            rows=rows,
            ticks=[(at, percent(at)) for at in QUARTERS],
            columns=[say(f"screen.column.{name}") for name in ("indicated", "unknown", "not")],
            axis=say("web.reports.figure.axis"),
        ),
        title=say(
            "web.reports.figure.title",
            share=signal.yes / found.reports,
            n=found.reports,
            unknown=signal.unknown / found.reports,
        ),
        subtitle=say("web.reports.figure.subtitle", name=found.name),
        description=say("web.reports.figure.description"),
        tables=_results(found),
    )


def _results(found: Screening) -> tuple[Table, ...]:
    """The same as tables: elements, dimensions and readings."""
    columns = _answers(say("web.reports.what"), ("indicated", "unknown", "not"))
    return tuple(
        Table(
            caption=say(f"screen.heading.{block}"),
            columns=columns,
            rows=tuple((words(_result(name, found)), *_cells(found[name])) for name in names),
        )
        for block, names in BLOCKS.items()
    )


def _answers(first: str, names: Sequence[str]) -> tuple[Column, ...]:
    return (
        Column(label=first, align="left"),
        *(Column(label=capital(say(f"screen.column.{name}"))) for name in names),
    )


def _cells(each: Answered) -> tuple[Cell, Cell, Cell]:
    return count(each.yes), count(each.unknown), count(each.no)


def _definitions(found: Sequence[Met]) -> Table:
    rows = []
    for each in found:
        name, who = words(each.definition.name), words(each.definition.sentence)
        if not each.recorded:
            rows.append((name, who, words("–"), words("–"), words(say("screen.not_asked"))))
            continue
        everyone = each.definition.formula == EVERYBODY
        rows.append(
            (
                name,
                who,
                count(each.reports),
                count(each.answered.yes),
                words("–") if everyone else count(each.answered.unknown),
            )
        )
    return Table(
        caption="",
        columns=(
            Column(label=say("web.reports.definition"), align="left"),
            Column(label=say("web.reports.who_counts"), align="left"),
            Column(label=say("web.reports.count_now")),
            Column(label=capital(say("screen.column.certain"))),
            Column(label=capital(say("screen.column.unknown"))),
        ),
        rows=tuple(rows),
    )


def _parts(name: str, parts: Sequence[Some]) -> Table | None:
    """A row each, in shares, because organisations differ in size."""
    if not parts:
        return None
    unknown = (*ELEMENTS, MINOR)
    rows = []
    for part in parts:
        own = part.level == NOT_RECORDED or name == "year"
        called = level_name(name, part.level) if own else list_name(part.level)
        counts = (part.signal.yes, part.signal.unknown, part.signal.no, *(part.unknown[each] for each in unknown))
        rows.append((words(capital(called)), count(part.reports), *(share(n / part.reports) for n in counts)))
    signal, open_ = say("web.reports.points"), say("web.reports.not_known")
    return Table(
        caption=say(f"web.reports.by_{name}"),
        columns=(
            Column(label=say(f"web.reports.{name}"), align="left"),
            Column(label=capital(say("screen.column.reports"))),
            *(
                Column(label=f"{signal}: {answer}", group=signal, inner=answer)
                for answer in (say("screen.column.yes"), say("screen.column.unknown"), say("screen.column.no"))
            ),
            *(
                Column(label=f"{open_}: {element}", group=open_, inner=element)
                for element in (say(f"screen.element.{each}") for each in unknown)
            ),
        ),
        rows=tuple(rows),
    )


def _questions(found: Sequence[Answered]) -> tuple[Table, ...]:
    """The answers to every question that was answered at all, by what it is about."""
    answered: dict[str, list[Answered]] = {}
    for each in found:
        if each.yes or each.no:
            about = questions()[each.name]
            dimension = about.dimension
            name = say(f"screen.result.{dimension}") if dimension else say(f"web.reports.asked.{about.kind}")
            answered.setdefault(name, []).append(each)
    columns = _answers(say("web.reports.question"), ("yes", "unknown", "no"))
    return tuple(
        Table(
            caption=name,
            columns=columns,
            rows=tuple((words(question_name(each.name)), *_cells(each)) for each in several),
        )
        for name, several in answered.items()
    )
