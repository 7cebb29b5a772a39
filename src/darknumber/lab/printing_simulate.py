"""What ``print(simulate(...))`` says: first how often the interval would be right, then a row for each design."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from darknumber.inference.printing import WIDTH, finding_lines, terms_in_words
from darknumber.lab.errors import errors_of
from darknumber.lab.runs import SECOND_LEVEL
from darknumber.lab.scores import CAP, Score, score_of
from darknumber.studies.printing import aligned, blocks, filled, heading
from darknumber.words import people, percent, say
from darknumber.words.numbers import hundredths, number, tenths

if TYPE_CHECKING:  # Simulation prints itself through this module
    from darknumber.lab.designs import Design
    from darknumber.lab.simulation import Simulation

MOST = 20  # designs that are read in one look; of more, those where the interval is right least often
_UNKNOWN = "–"  # where there is no number
_SHORT = 28  # characters of a name that stands beside its numbers, where there is room
_UNDER = " " * 6  # a longer one stands below them, a little further in
_GAP, _BESIDE = 3, 30  # between two columns, and what the name and the truth take of a line
_RIGHT, _OFF = "right", "off"  # what stands above the two tables
_DIGITS, _DECIMALS = 2, 4  # of a number of seconds, which may be a few thousandths or a few hundreds


def describe_simulation(found: Simulation, *, width: int = WIDTH) -> str:
    """How often the intervals held the true number, how far off the estimates were, and what must be known of it.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    scores = found.scores()
    table = _one_pipeline(found, scores, width) if len(found.pipelines) == 1 else _several(found, scores, width)
    parts = [
        _heading(found, width),
        filled(_first(found, scores), width),
        "\n".join(table),
        "\n".join([*(filled(sentence, width) for sentence in _how_made(found, scores)), *_said(found, width)]),
    ]
    return "\n\n".join(parts)


def _heading(found: Simulation, width: int) -> str:
    title = say("simulate.title")
    return title if found.data is None else heading(title, found.data, width)


def _first(found: Simulation, scores: Sequence[Sequence[Score]]) -> str:
    """The answer to the question, in one sentence."""
    if len(found.pipelines) > 1:
        means = [_mean([each[place].coverage for each in scores]) for place in range(len(found.pipelines))]
        low, *_, high = np.argsort(means, kind="stable").tolist()
        return say(
            f"simulate.first_several.{found.source}",
            n=len(found.designs),
            low=means[low],
            high=means[high],
            lowest=low + 1,
            highest=high + 1,
        )
    own = [each[0] for each in scores]
    worst = int(np.argmin([each.coverage for each in own]))
    values = {"n": len(own), "level": found.pipelines[0].level, "share": _mean([each.coverage for each in own])}
    if len(own) == 1:
        points = 100 * own[0].coverage_error
        return say(f"simulate.first_one.{found.source}", points=points, **values)
    return say(f"simulate.first.{found.source}", worst=own[worst].coverage, name=_name(found.designs[worst]), **values)


def _one_pipeline(found: Simulation, scores: Sequence[Sequence[Score]], width: int) -> Iterator[str]:
    """Two tables with a row for each design: how often the intervals were right, and how far off the estimates were."""
    level = found.pipelines[0].level
    right = (
        say("simulate.column.held", level=level),
        say("simulate.column.held", level=SECOND_LEVEL),
        say("simulate.column.width"),
        say("simulate.column.unknown"),
    )
    off = tuple(say(f"simulate.column.{name}") for name in ("truth", "bias", "rmse", "seconds"))
    places = _shown(scores)
    own, errors = [scores[place][0] for place in places], found.errors()
    off_by = [errors[place][0] for place in places]
    intervals = [
        (
            _give_or_take(percent(score.coverage), score.coverage_error, score),
            _give_or_take(_share(score.coverage_80), score.coverage_80_error, score),
            _within(score.width, error.width, score),
            percent(score.infinite + score.not_identified + score.refused),
        )
        for score, error in zip(own, off_by, strict=True)
    ]
    estimates = [
        (
            people(found.designs[place].truth),
            _give_or_take(_signed(score.bias), score.bias_error, score),
            _within(score.rmse, error.rmse, score),
            _seconds(score.seconds),
        )
        for place, score, error in zip(places, own, off_by, strict=True)
    ]
    yield from _by_design(found, places, [(_RIGHT, right, intervals), (_OFF, off, estimates)], width)


def _several(found: Simulation, scores: Sequence[Sequence[Score]], width: int) -> Iterator[str]:
    """Two tables with a row for each pipeline over all designs, then how often each was right on each design."""
    regrets = found.regrets()
    places = range(len(found.pipelines))
    headings = [say(f"simulate.column.{name}") for name in ("coverage", "lowest", "width", "regret", "unknown")]
    rows, off = [], []
    for place in places:
        own = [each[place] for each in scores]
        rows.append(
            (
                _numbered(place, str(found.pipelines[place]), len(places)),
                percent(_mean([each.coverage for each in own])),
                percent(min(each.coverage for each in own)),
                _times(float(np.median([each.width for each in own]))),
                hundredths(max(each[place][0] for each in regrets)),
                percent(_mean([each.infinite + each.not_identified + each.refused for each in own])),
            )
        )
        runs = found.runs.take(found.runs.pipeline == place)
        whole = score_of(runs)
        off.append(
            (
                _numbered(place, "", len(places)),
                _give_or_take(_signed(whole.bias), whole.bias_error, whole),
                _signed(max((each.bias for each in own if not np.isnan(each.bias)), key=abs, default=np.nan)),
                _within(whole.rmse, errors_of(runs).rmse, whole),
                _seconds(whole.seconds),
            )
        )
    yield from aligned([("", *headings), *rows], width)
    yield ""
    yield filled(say(f"simulate.{_OFF}"), width)
    headings = [say(f"simulate.column.{name}") for name in ("bias", "farthest", "rmse", "seconds")]
    yield from aligned([("", *headings), *off], width)
    yield ""
    yield filled(say("simulate.by_design"), width)
    widest = max(len(percent(each.coverage)) for several in scores for each in several)
    block = max((width - _BESIDE) // (_GAP + widest), 1)
    for start in range(0, len(places), block):
        some = places[start : start + block]
        headings = [say("simulate.column.truth"), *(str(place + 1).rjust(widest) for place in some)]
        table = [
            (people(found.designs[row].truth), *(percent(scores[row][place].coverage) for place in some))
            for row in _shown(scores)
        ]
        yield from _by_design(found, _shown(scores), [("", headings, table)], width)


def _by_design(
    found: Simulation,
    places: Sequence[int],
    tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]],
    width: int,
) -> Iterator[str]:
    """Numbers by design: beside its name where names are short; else it is numbered, and named below its first row."""
    names = [_name(found.designs[place]) for place in places]
    wide = max(
        sum(_GAP + max(len(row[column]) for row in [headings, *rows]) for column in range(len(headings)))
        for _, headings, rows in tables
    )
    beside = max(map(len, names)) <= min(_SHORT, width - wide - 2)
    labels = names if beside else [people(place + 1).rjust(len(people(len(found.designs)))) for place in places]
    for table, (title, headings, rows) in enumerate(tables):
        if title:
            yield from [""] * bool(table) + [filled(say(f"simulate.{title}"), width)]
        lines = blocks([("", *headings), *((label, *row) for label, row in zip(labels, rows, strict=True))], width)
        yield from next(lines)
        for name, numbers in zip(names, lines, strict=True):
            yield from numbers
            if not beside and not table:
                yield textwrap.fill(
                    name, width, initial_indent=_UNDER, subsequent_indent=_UNDER, break_on_hyphens=False
                )
    if len(places) < len(found.designs):
        yield filled(say("simulate.left_out", n=len(found.designs) - len(places)), width)


def _shown(scores: Sequence[Sequence[Score]]) -> list[int]:
    """All designs in order, or the `MOST` where some pipeline is right least often, the worst first."""
    if len(scores) <= MOST:
        return list(range(len(scores)))
    lowest = [min(each.coverage for each in several) for several in scores]
    return [int(place) for place in np.argsort(lowest, kind="stable")[:MOST]]


def _how_made(found: Simulation, scores: Sequence[Sequence[Score]]) -> tuple[str, ...]:
    """What was drawn and tried, and how the columns are worked out."""
    word = "one" if len(found.pipelines) == 1 else "several"
    made = say(
        f"simulate.made.{word}",
        populations=found.populations,
        pipelines=len(found.pipelines),
        pipeline=str(found.pipelines[0]),
        seed=found.seed,
    )
    meaning = say(f"simulate.meaning.{word}", level=found.pipelines[0].level, cap=CAP)
    points = 100 * max(each.coverage_error for several in scores for each in several)
    sentences = (made, meaning, say(f"simulate.meaning_off.{word}"), say(f"simulate.error.{word}", points=points))
    return (*sentences, say("simulate.resumed", n=found.resumed)) if found.resumed else sentences


def _said(found: Simulation, width: int) -> list[str]:
    """The findings; which of several pipelines fall short is in their table already."""
    several = len(found.pipelines) > 1
    findings = [each for each in found.findings if not (several and each.code == "simulated_short")]
    return list(finding_lines(findings, found.data, width))


def _name(design: Design) -> str:
    """The terms of a fitted model, or the name of a design."""
    terms = design.factors.get("terms") if design.kind == "fitted" else None
    return design.name if terms is None else terms_in_words(str(terms))


def _numbered(place: int, name: str, size: int) -> str:
    return f"{place + 1:>{len(str(size))}}  {name}"


def _signed(value: float) -> str:
    if not np.isfinite(value):
        return _UNKNOWN if np.isnan(value) else people(value)
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{percent(abs(value))}"


def _share(value: float) -> str:
    return _UNKNOWN if np.isnan(value) else percent(value)


def _times(value: float) -> str:
    return _UNKNOWN if np.isnan(value) else hundredths(value) if np.isfinite(value) else "∞"


def _give_or_take(value: str, error: float, score: Score) -> str:
    """A share with its standard error in points; one population does not say how far it may be off."""
    return f"{value} ± {tenths(100 * error)}" if np.isfinite(error) and score.populations > 1 else value


def _within(value: float, error: float, score: Score) -> str:
    """A number with its standard error."""
    return f"{_times(value)} ± {hundredths(error)}" if np.isfinite(error) and score.populations > 1 else _times(value)


def _seconds(value: float) -> str:
    return number(float(f"{value:.{_DIGITS}g}"), _DECIMALS) if np.isfinite(value) else _UNKNOWN


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
