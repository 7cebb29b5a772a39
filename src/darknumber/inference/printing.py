"""What ``print(estimates)`` says: the number, its doubt, what it rests on; never one without the others."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding, by_severity
from darknumber.inference.assumed import assumptions_in_words, gives_floor
from darknumber.inference.calibration_words import calibration_in_words
from darknumber.inference.intervals import Bootstrap, Influence, Mixture, Posterior
from darknumber.inference.publish import (
    Figures,
    adds_up,
    figures,
    headline_of,
    time_of,
    to_step,
    total_step,
    unit_name,
)
from darknumber.inference.set_words import beside_in_words, chosen_by_data, criterion_name, set_in_words
from darknumber.inference.wider import UNTESTED, untested_limits
from darknumber.models.base import Fit, Model, best_terms
from darknumber.models.doubly_robust import DoublyRobust
from darknumber.models.sightings import SightingsFit
from darknumber.models.text import format_thing
from darknumber.words import has, say
from darknumber.words.labels import covariate_name, level_name, list_name, stratum_name

if TYPE_CHECKING:  # Estimates prints itself through this module
    from darknumber.inference.estimates import Estimates

WIDTH = 80
MAX_ROWS = 12  # more strata than this are not read in one look; the total and a hint take their place
_GAPS = (4, 2, 1)  # spaces between columns: the widest that leaves room for the names of the strata
_MIN_NAME = 12  # characters for those names, below which the gap is narrowed
_INDENT = "  "


def describe(estimates: Estimates, *, width: int = WIDTH) -> str:
    """The answer as a block of text: figures with interval, how they were made, what they assume.

    Parameters
    ----------
    estimates
        What to print, as it is: by stratum where there are few, else the total.
    width
        No line is longer than this many characters.
    """
    data = estimates.fits[0].data if estimates.fits else None
    said = [*how_made(estimates), *what_replicates_chose(estimates)]
    if estimates.fits:
        fit = estimates.fits[0]
        said[1:1] = [
            *_terms(fit),
            *roles_in_words(fit),
            *set_in_words(fit, total_step(estimates)),
            *beside_in_words(estimates, total_step(estimates)),
        ]
    rows = _rows(estimates)
    said = [*_why_range(rows), *said]
    said += [*untested_in_words(estimates), *_hints(estimates)]
    blocks = [
        _heading(estimates, width),
        _table(estimates, rows, width),
        "\n".join(_wrapped(sentence, width) for sentence in said),
        "\n".join(finding_lines(all_findings(estimates), data, width)),
        _wrapped(assumptions_in_words(estimates), width),
    ]
    return "\n".join([blocks[0], "", blocks[1], "", *(block for block in blocks[2:] if block)])


def model_name(model: Model) -> str:
    """The model in words; its name in the registry where the catalogue has none."""
    key = f"model.{model.name}"
    settings = {field.name: getattr(model, field.name) for field in fields(model)}  # type: ignore[arg-type]
    if "criterion" in settings:
        settings["criterion"] = criterion_name(settings["criterion"])
    if "max_order" in settings:
        settings["family"] = say("family.pairs" if settings["max_order"] == 2 else "family.orders")
    name = say(key, **settings) if has(key) else model.name
    inner = settings.get("model")
    return say("estimates.model_of", inner=model_name(inner), outer=name) if isinstance(inner, Model) else name


def terms_in_words(terms: str) -> str:
    """The terms of a model, or that there are main effects only."""
    return terms or say("estimates.main_effects")


def _terms(fit: Fit) -> tuple[str, ...]:
    """The line that names the terms; nothing where the model has no one set of terms."""
    return () if fit.terms is None else (say("estimates.terms", terms=terms_in_words(fit.terms)),)


def part_terms_in_words(fit: Fit) -> tuple[str, ...]:
    """The terms of each part of a model that is fitted part by part, with the levels the part is about."""
    return tuple(
        say("estimates.part_terms", name=part_name(fit.data, strata), terms=part.terms or say("estimates.main_effects"))
        for part, strata in zip(fit.parts, fit.places, strict=False)
        if part.terms is not None
    )


def part_name(data: CaptureTable, strata: NDArray[np.int64]) -> str:
    """The levels that all these strata have in common."""
    common = {}
    for covariate in data.covariates:
        levels = np.unique(data.level_of(covariate.name)[strata])
        if len(levels) == 1 and len(covariate.levels) > 1:
            common[covariate.name] = covariate.levels[int(levels[0])]
    return stratum_name(tuple(common), tuple(common.values()))


def roles_in_words(fit: Fit) -> tuple[str, ...]:
    """Which lists the model asks, if not all; which covariates are active in it and which passive, if there are any."""
    said, asked = [], asked_lists(fit)
    others = [list_name(name) for name in fit.data.lists if name not in asked]
    if others:
        said.append(say("estimates.roles.lists", n=len(others), lists=[*map(list_name, asked)], others=others))
    numbers = fit.model.numbers if isinstance(fit.model, DoublyRobust) else ()  # which make no strata
    acting = (*fit.active, *numbers)
    names = dict.fromkeys((*(covariate.name for covariate in fit.data.covariates), *numbers))
    active = [covariate_name(name) for name in names if name in acting]
    passive = [covariate_name(name) for name in names if name not in acting]
    if names:
        word = "both" if active and passive else "active" if active else "passive"
        said.append(say(f"estimates.roles.{word}", n=len(names), active=active, passive=passive))
    return tuple(said)


def asked_lists(fit: Fit) -> tuple[str, ...]:
    """The lists that a model is about: all, or those it was given."""
    return (isinstance(fit.model, DoublyRobust) and fit.model.lists) or fit.data.lists


def how_made(estimates: Estimates) -> tuple[str, ...]:
    """How the interval was made: method, replicates, whether the choice of model was repeated, seed."""
    kind = estimates.interval.name
    if kind == Bootstrap.name and estimates.fits and chosen_by_data(estimates.fits[0]):
        kind = "bootstrap_selects"
    count = 0 if estimates.draws is None else len(estimates.draws)
    sentences = [say(f"estimates.made.{kind}", level=estimates.level, n=count, seed=estimates.seed)]
    if isinstance(estimates.interval, Bootstrap) and estimates.interval.limits == "bca":
        sentences.append(say("estimates.made.bca"))
    if estimates.calibration is not None:
        sentences += calibration_in_words(estimates.calibration)
    return tuple(sentences)


def what_replicates_chose(estimates: Estimates) -> tuple[str, ...]:
    """Which models the replicates chose, and in how many of them the total is not a finite number."""
    sentences = []
    selection = estimates.selection
    fit = next((fit for fit in estimates.fits[:1] if chosen_by_data(fit)), None)
    terms = None if fit is None else _what_was_chosen(fit)
    dealt = isinstance(estimates.interval, Mixture)  # the models were given to the replicates, not chosen by them
    if selection is not None and selection.choices and terms is not None and not dealt:
        chosen = dict(zip(selection.choices, selection.shares, strict=True)).get(terms, 0.0)
        count = len(selection.choices)
        word = "none" if chosen == 0 else "same" if count == 1 else "some"
        sentences.append(say(f"estimates.replicates.{word}", n=count, share=float(chosen)))
    if fit is not None and selection is not None and selection.inflation is not None:
        sentences.append(say("estimates.selection.inflation", times=selection.inflation))
    said = {finding.code for finding in all_findings(estimates)}
    total = estimates.total().draws if adds_up(estimates) else None
    if total is None:
        return tuple(sentences)
    what = "draws" if isinstance(estimates.interval, Posterior | Influence) else "replicates"
    for code, share in (("infinite", np.isinf(total).mean()), ("not_identified", np.isnan(total).mean())):
        if share > 0 and f"{what}_{code}" not in said:
            sentences.append(say(f"estimates.{what}.{code}", share=float(share)))
    return tuple(sentences)


def _what_was_chosen(fit: Fit) -> str | None:
    """What a fit selected, as replicates name theirs: terms, or a law."""
    return format_thing(fit.law) if isinstance(fit, SightingsFit) else best_terms(fit)


def untested_in_words(estimates: Estimates) -> tuple[str, ...]:
    """How far the interval reaches where the dependence that no data can show is half or twice as large."""
    if not estimates.fits or not adds_up(estimates) or len(estimates.fits[0].data.lists) < 2:
        return ()
    whole = estimates.total()
    if gives_floor(estimates) or not np.isfinite(whole.estimate[0]):
        return ()
    lower, upper = untested_limits(whole.observed, whole.limits)[0]
    if np.isnan(lower) or whole.limits[0, 1] <= whole.observed[0]:
        return ()
    step = total_step(estimates)
    word = "some" if np.isfinite(upper) else "open"
    low, high = (to_step(float(value), step, float(whole.observed[0])) for value in (lower, upper))
    asked = asked_lists(estimates.fits[0])
    which = (
        say("estimates.untested.all")
        if len(asked) > 2
        else say("estimates.untested.named", lists=[*map(list_name, asked)])
    )
    values = {"times": UNTESTED, "low": low, "high": high, "which": which}
    return (say(f"estimates.untested.{word}", **values),)


def all_findings(estimates: Estimates) -> tuple[Finding, ...]:
    """What the reader must know, from the data, the fits and the interval; worst first, nothing twice."""
    found = [*estimates.findings]
    if isinstance(estimates.interval, Influence):  # its draws come from a law, and nothing was refitted
        found = [replace(each, code=each.code.replace("replicates_", "draws_")) for each in found]
    for fit in estimates.fits[:1]:
        found += [*fit.findings, *fit.data.findings]
    return by_severity(found)


def finding_sentence(finding: Finding, data: CaptureTable | None) -> str:
    """A finding in words, with lists, covariates and levels called what the reader calls them."""
    names = {} if data is None else _reader_names(data)
    values = {key: _renamed(value, names) for key, value in finding.values.items()}
    sentence = say(f"finding.{finding.code}", where=_renamed(finding.where, names), **values)
    return sentence[:1].upper() + sentence[1:]


def _reader_names(data: CaptureTable) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for covariate in data.covariates:
        for level in covariate.levels:
            # a level that two covariates share keeps its own name: we cannot tell which is meant
            names[level] = level if level in names else level_name(covariate.name, level)
    names |= {covariate.name: covariate_name(covariate.name) for covariate in data.covariates}
    return names | {name: list_name(name) for name in data.lists}


def _renamed(value: object, names: Mapping[str, str]) -> object:
    if isinstance(value, str):
        parts = value.split(":")
        return ":".join(names[part] for part in parts) if all(part in names for part in parts) else value
    if isinstance(value, tuple | list):
        return tuple(_renamed(part, names) for part in value)
    return value


def _heading(estimates: Estimates, width: int) -> str:
    model = model_name(estimates.fits[0].model) if estimates.fits else ""
    title = say("estimates.title", model=model).rstrip(": ")
    about = [estimates.name] if estimates.name else []
    for fit in estimates.fits[:1]:
        about.append(say("estimates.lists", n=len(fit.data.lists)))
    about.append(unit_name(estimates))
    if estimates.averaged:
        about.append(say("estimates.averaged", levels=estimates.averaged[1:]))
    data = ", ".join(about)
    if len(title) + max(_GAPS) + len(data) <= width:
        return title + " " * (width - len(title) - len(data)) + data
    return "\n".join(textwrap.wrap(title, width) + textwrap.wrap(data, width))


def _table(estimates: Estimates, rows: Sequence[tuple[str, Figures]], width: int) -> str:
    header = [
        "",
        say("estimates.column.observed"),
        say("estimates.column.estimate"),
        say("estimates.column.interval", level=estimates.level),
        say("estimates.column.share"),
    ]
    cells = [header] + [
        [name, row.observed_text, row.estimate_text, row.interval_text, row.share_text] for name, row in rows
    ]
    if len(rows) == 1:
        return "\n".join(_aligned([line[1:] for line in cells], max(_GAPS), first_left=False))
    figures_width = len(_INDENT) + sum(max(len(line[column]) for line in cells) for column in range(1, len(header)))
    rooms = {gap: width - figures_width - gap * (len(header) - 1) for gap in _GAPS}
    gap = next((gap for gap in _GAPS if rooms[gap] >= _MIN_NAME), min(_GAPS))
    lines: list[list[str]] = []
    for line in cells:
        parts = textwrap.wrap(line[0], max(rooms[gap], 1)) or [""]
        lines += [[part, "", "", "", ""] for part in parts[:-1]]
        lines.append([parts[-1], *line[1:]])
    return "\n".join(_aligned(lines, gap, first_left=True))


def _rows(estimates: Estimates) -> list[tuple[str, Figures]]:
    names, strata = [covariate.name for covariate in estimates.covariates], len(estimates.observed)
    together = strata > 1 and adds_up(estimates)
    rows: list[tuple[str, Figures]] = []
    if strata <= MAX_ROWS or not together:
        # of many strata that have no total the first are shown; the others are not worked out
        shown = estimates if together or strata <= MAX_ROWS else _first(estimates, MAX_ROWS)
        labels = estimates.labels()[:MAX_ROWS] or [()]
        rows = [(stratum_name(names, levels), row) for levels, row in zip(labels, figures(shown), strict=True)]
    if strata == 1:
        return [(name, headline_of(row)) for name, row in rows]
    if not together:
        return rows
    label = say("estimates.total")
    if estimates.unit == "person-year" and not estimates.averaged:
        label = say("estimates.total_years", unit=unit_name(estimates))
    return [*rows, (label, headline_of(figures(estimates.total())[0]))]


def _first(estimates: Estimates, rows: int) -> Estimates:
    """The first strata of limits without draws, without their names."""
    return replace(
        estimates,
        covariates=(),
        observed=estimates.observed[:rows],
        unobserved=estimates.unobserved[:rows],
        verdict=estimates.verdict[:rows],
        at_least=estimates.at_least[:rows],
        bounds=None if estimates.bounds is None else estimates.bounds[:rows],
    )


def _aligned(cells: Sequence[Sequence[str]], gap: int, *, first_left: bool) -> Iterable[str]:
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        parts = [
            text.ljust(size) if first_left and column == 0 else text.rjust(size)
            for column, (text, size) in enumerate(zip(line, widths, strict=True))
        ]
        yield (_INDENT + (" " * gap).join(parts)).rstrip()


def _why_range(rows: Sequence[tuple[str, Figures]]) -> Iterable[str]:
    """Why there is no single number, where the interval of everyone together is too wide for one."""
    row = rows[-1][1]
    if row.range_only:
        yield say(f"estimates.wide.{'floor' if row.bound else 'why'}", observed=row.observed)


def _hints(estimates: Estimates) -> Iterable[str]:
    names = tuple(covariate.name for covariate in estimates.covariates)
    if len(estimates.observed) <= MAX_ROWS or not names:
        return
    if not adds_up(estimates):
        yield say("estimates.hint_columns", n=len(estimates.observed))
        return
    time = time_of(estimates)
    yield say("estimates.hint_by", example=time.name if time else names[0], names=names)


def finding_lines(findings: Iterable[Finding], data: CaptureTable | None, width: int) -> Iterable[str]:
    """Findings as wrapped text, each with its severity in front.

    Parameters
    ----------
    findings
        In the order they are to stand.
    data
        The table they are about, for the names of lists and covariates.
    width
        No line is longer.
    """
    for finding in findings:
        label = say(f"estimates.severity.{finding.severity}")
        hang = " " * (len(label) + 2)
        yield textwrap.fill(
            f"{label}  {finding_sentence(finding, data)}",
            width,
            initial_indent=_INDENT,
            subsequent_indent=_INDENT + hang,
        )


def _wrapped(sentence: str, width: int) -> str:
    return textwrap.fill(sentence, width, initial_indent=_INDENT, subsequent_indent=_INDENT) if sentence else ""
