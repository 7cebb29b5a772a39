"""What ``print(check(data))`` says: the verdict first, then the lists, their overlaps and what they know."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from math import isinf, isnan
from typing import TYPE_CHECKING

from darknumber.inference.printing import WIDTH, finding_lines, model_name, part_name
from darknumber.inference.set_words import criterion_name
from darknumber.models.base import best_terms
from darknumber.studies.audit import TELLING, Pair, strongest
from darknumber.studies.printing import aligned, filled, heading
from darknumber.words import has, people, percent, say
from darknumber.words.labels import covariate_name, list_name, stratum_name
from darknumber.words.numbers import hundredths, tenths

if TYPE_CHECKING:  # Check prints itself through this module
    from darknumber.models.base import Fit
    from darknumber.studies.check import Check
    from darknumber.studies.rests import Rests

_INDENT = "  "
_TOGETHER = " / "  # between the levels of one group, as groups are parted by commas
_GAP = 3  # spaces between columns
_NAME = 28  # characters for names of lists at most; longer ones take a second line
_NEVER_TOGETHER = "–"  # in place of an overlap that could not be
_FEW_COMBINATIONS = 3  # of lists, that are named one by one
_MOST_PAIRS = 10  # pairs of lists in the table of who came first; those with most people
MOST_IN_PAIRS = 6  # lists up to which every pair has a row; with more the overlaps are a grid
_MOST_TELLING = 15  # pairs that have a row where there are more lists: as many as six lists have
_WHOLE = 10.0  # odds ratios from here on without decimals
_MOST_TERMS = 8  # of a model that are named in a sentence
# Said by the reasons of the verdict already.
_SAID = frozenset({"no_overlap", "list_dominant"})


def describe_check(checked: Check, *, width: int = WIDTH) -> str:
    """The verdict and its reasons, the lists, the overlaps, the breakdowns and the findings, as a block of text.

    Parameters
    ----------
    checked
        What to print.
    width
        No line is longer than this many characters.
    """
    verdict = checked.verdict
    findings = [finding for finding in checked.findings if finding.code not in _SAID]
    parts = [
        textwrap.fill(verdict_in_words(checked), width),
        "\n".join(finding_lines(verdict.reasons, checked.data, width)),
        heading(say("check.title"), checked.data, width),
        "\n".join(_lists(checked, width)),
        filled(_numbers_of_lists(checked), width),
        "\n".join(_overlaps(checked, width)),
        "\n".join(_pairs(checked, width)),
        "\n".join(filled(sentence, width) for sentence in _information(checked)),
        "\n".join(_breakdowns(checked, width)),
        "\n".join(_order(checked, width)),
        "\n".join(finding_lines(findings, checked.data, width)),
    ]
    return "\n\n".join(part for part in parts if part)


def verdict_in_words(checked: Check) -> str:
    """The verdict in a sentence; a no that only the model gives is told as one."""
    stops = {reason.code for reason in checked.verdict.reasons if reason.severity == "stop"}
    return say(f"check.verdict.{'no_model' if stops == {'reason_no_limit'} else checked.verdict.answer}")


def rests_sentence(checked: Check, *, people: str = "") -> str:
    """Whom the estimate rests on, and of which model that is true; empty where it rests on nobody.

    Parameters
    ----------
    people
        How many these are, where that is told in other words than exactly; who they are is then not told.
    """
    if checked.rests is None or checked.fit is None or not checked.rests.people:
        return ""
    number = checked.rests.people
    who = say("check.rests.few", people=people) if people else rests_in_words(checked.rests)
    model = model_in_words(checked.fit, checked.rests.part)
    return f"{who} {say('check.rests.without', n=people or number, model=model)}"


def rests_in_words(rests: Rests) -> str:
    """Whom an estimate rests on, in one sentence; it rests on somebody."""
    named = [" + ".join(map(list_name, each.lists)) for each in rests.combinations]
    kind = rests.kind
    if kind == "combinations":
        return say(
            "check.rests.combinations" if len(named) <= _FEW_COMBINATIONS else "check.rests.many",
            n=rests.people,
            names=named[:_FEW_COMBINATIONS],
            combinations=len(named),
        )
    if kind == "overlap" and len(rests.lists) > 2:
        kind_of = "all"
    else:
        kind_of = "both" if kind == "overlap" else kind
    return say(f"check.rests.{kind_of}", n=rests.people, lists=[list_name(name) for name in rests.lists])


def _lists(checked: Check, width: int) -> Iterator[str]:
    """A row for each list: people on it, their share of everyone, people on no other list and their share of it."""
    rows = [
        (list_name(name), people(size), percent(size / checked.observed), people(alone), percent(alone / size))
        for name, size, alone in zip(checked.data.lists, checked.sizes.tolist(), checked.alone.tolist(), strict=True)
    ]
    headings = ("size", "of_everyone", "alone", "of_list")
    yield from aligned([("", *(say(f"check.column.{name}") for name in headings)), *rows], width)


def _numbers_of_lists(checked: Check) -> str:
    """How many people are on one list, on two, and so on."""
    counts = enumerate(checked.by_number_of_lists.tolist(), start=1)
    parts = [say("check.on_lists", n=lists, people=count) for lists, count in counts if count or lists == 2]
    return say("check.everyone", n=checked.observed, unit=say(f"estimates.unit.{checked.data.unit}"), parts=parts)


def _overlaps(checked: Check, width: int) -> Iterator[str]:
    """With many lists, the overlaps below the diagonal; a table that is too wide goes on below itself."""
    if len(checked.data.lists) <= MOST_IN_PAIRS or not checked.information.recaptures:
        return
    names = [list_name(name) for name in checked.data.lists]
    never = {frozenset(pair.lists) for pair in checked.empty_pairs if pair.structural}
    numbered = [f"{place:>{len(str(len(names)))}}  {name}" for place, name in enumerate(names, start=1)]
    cells = [
        [
            _NEVER_TOGETHER if {one, other} in never else people(int(checked.overlaps[i, j]))
            for j, other in enumerate(checked.data.lists[:i])
        ]
        for i, one in enumerate(checked.data.lists)
    ]
    widest = max(len(text) for row in [*cells, [str(len(names))]] for text in row)
    room = width - len(_INDENT) - min(max(map(len, numbered)), _NAME)
    block = max(room // (_GAP + widest), 1)
    yield filled(say("check.overlaps"), width)
    for start in range(0, len(names) - 1, block):
        columns = range(start, min(start + block, len(names) - 1))
        rows = [(numbered[i], *(cells[i][j] if j < i else "" for j in columns)) for i in range(start + 1, len(names))]
        first = [(numbered[0], *("" for _ in columns))] if start == 0 else []
        yield from aligned([("", *(str(j + 1).rjust(widest) for j in columns)), *first, *rows], width)
    if never:
        yield filled(say("check.never_together", mark=_NEVER_TOGETHER), width)


def _pairs(checked: Check, width: int) -> Iterator[str]:
    """Every pair of lists, or of many lists those that stand out, and what the people on other lists show of them."""
    if not checked.information.recaptures:
        return
    if len(checked.data.lists) == 2:
        yield filled(say("check.pairs.two"), width)
        return
    pairs = shown_pairs(checked)
    every = len(pairs) == len(checked.pairs)
    if pairs:
        yield filled(say("check.pairs.title" if every else "check.pairs.title_some"), width)
        headings = ("both", "expected", "odds", "interval")
        blank = " " * len(say("check.pairs.telling")) if any(pair.telling for pair in pairs) else ""
        rows = [(pair_name(pair), *_beside(pair_cells(pair), "" if pair.telling else blank)) for pair in pairs]
        yield from aligned([("", *(say(f"check.pairs.column.{name}") for name in headings)), *rows], width)
    if pairs and not every:
        yield filled(say("check.pairs.rest", n=len(checked.pairs) - len(pairs)), width)
    elif any(pair.structural for pair in pairs):
        yield filled(say("check.never_together", mark=_NEVER_TOGETHER), width)
    yield filled(_dependence(checked), width)


def shown_pairs(checked: Check) -> tuple[Pair, ...]:
    """All pairs of few lists; of many those whose odds ratio or overlap tells most, surest first."""
    if len(checked.data.lists) <= MOST_IN_PAIRS:
        return checked.pairs
    telling = sorted((pair for pair in checked.pairs if pair.telling), key=_sureness, reverse=True)
    empty = [pair for pair in checked.pairs if pair.empty and pair.chance_of_none < TELLING and not pair.telling]
    return tuple([*telling, *sorted(empty, key=lambda pair: -pair.expected)][:_MOST_TELLING])


def _sureness(pair: Pair) -> float:
    """How far the nearer limit of the odds ratio is from one, up or down."""
    if pair.odds is None:
        return 0.0
    return pair.odds.lower if pair.odds.lower > 1 else 1 / max(pair.odds.upper, sys.float_info.min)


def pair_name(pair: Pair) -> str:
    """The two lists."""
    return say("check.pairs.name", one=list_name(pair.lists[0]), other=list_name(pair.lists[1]))


def pair_cells(pair: Pair) -> tuple[str, str, str, str]:
    """People on both, how many independent lists would share, the odds ratio and its limits."""
    if pair.structural:
        return (_NEVER_TOGETHER, "", "", "")
    return (people(pair.overlap), tenths(pair.expected), *odds_cells(pair))


def odds_cells(pair: Pair) -> tuple[str, str]:
    """The odds ratio among people on some other list and its limits; *not seen* where the counts say nothing of it."""
    if pair.odds is None or isnan(pair.odds.estimate):
        return say("check.pairs.unseen"), ""
    mark = say("check.pairs.telling") if pair.telling else ""
    lower, upper = _odds(pair.odds.lower), _odds(pair.odds.upper)
    limits = say("check.pairs.open", lower=lower) if isinf(pair.odds.upper) else f"{lower} - {upper}"
    estimate = say("check.pairs.endless") if isinf(pair.odds.estimate) else _odds(pair.odds.estimate)
    return estimate, limits + mark


def _beside(cells: tuple[str, ...], blank: str) -> tuple[str, ...]:
    """The same, with the room of a mark after the last where other rows have one."""
    return (*cells[:-1], cells[-1] + blank)


def _odds(value: float) -> str:
    """Two decimals below ten, else whole, as nothing is."""
    return hundredths(value) if 0 < value < _WHOLE else people(value)


def _dependence(checked: Check) -> str:
    """Whether the people on other lists show that lists go together or avoid each other."""
    most, least = strongest(checked.pairs)
    if most is not None and least is not None:
        other = _two(least)
        return say("check.pairs.both_ways", **_two(most), third=other["one"], fourth=other["other"])
    if most is not None:
        return say("check.pairs.together", **_two(most))
    if least is not None:
        return say("check.pairs.avoid", **_two(least))
    seen_at_all = any(pair.odds is not None and not isnan(pair.odds.estimate) for pair in checked.pairs)
    return say("check.pairs.unclear" if seen_at_all else "check.pairs.blind")


def _two(pair: Pair) -> dict[str, str]:
    return {"one": list_name(pair.lists[0]), "other": list_name(pair.lists[1])}


def _information(checked: Check) -> Iterator[str]:
    """How many people the answer rests on."""
    known = checked.information
    if not known.recaptures:
        return
    yield say(
        "check.information.twice",
        n=known.recaptures,
        unit=say(f"estimates.unit.{checked.data.unit}"),
        share=known.share_twice,
        expected=known.expected_recaptures,
    )
    yield say("check.information.coverage", share=known.coverage)
    if checked.fit is None:
        return
    rests = rests_sentence(checked)
    yield rests or say("check.rests.about", model=model_in_words(checked.fit, None))
    smallest = [
        say("check.rests.overlap_of", lists=":".join(map(list_name, each.lists)), n=each.people)
        for each in (checked.rests.smallest if checked.rests is not None else ())
        if each.people
    ]
    if smallest:
        yield say("check.rests.smallest", overlaps=smallest)


def model_in_words(fit: Fit, part: int | None) -> str:
    """The model of a fit as it stands in a sentence, with its terms; of one with parts, the part that is meant."""
    if fit.parts and not fit.places:  # a total with a breakdown of its own
        return model_in_words(fit.parts[0], part)
    if part is not None:
        inner = model_in_words(fit.parts[part], None)
        return say("check.model.part", model=inner, name=part_name(fit.data, fit.places[part]))
    model, terms = fit.model, best_terms(fit)
    key = f"check.model.{model.name}"
    if terms is None or not has(key):
        key = key if has(key) else "check.model.other"
        return say(key, name=model_name(model), terms="")
    criterion = criterion_name(getattr(model, "criterion", ""))
    return say(key, criterion=criterion, terms=_in_words(terms, fit.data.lists))


def _in_words(terms: str, lists: Sequence[str]) -> str:
    """The terms of a model, with lists called what the reader calls them; of many those of lists, and how many more."""
    if not terms:
        return say("check.model.none")
    parted = sorted((term.split(":") for term in terms.split(" + ")), key=lambda term: not set(term) <= set(lists))
    named = [":".join(list_name(name) if name in lists else covariate_name(name) for name in term) for term in parted]
    more = len(named) - _MOST_TERMS
    shown = " + ".join(named[:_MOST_TERMS])
    return say("check.model.more", terms=shown, n=more) if more > 0 else shown


def _breakdowns(checked: Check, width: int) -> Iterator[str]:
    """How many groups of each breakdown could be answered by themselves, and which could not."""
    if not checked.breakdowns:
        return
    yield filled(say("check.breakdown.title"), width)
    answers = ("yes", "caution", "no")
    rows = [("", say("check.breakdown.groups"), *(say(f"check.breakdown.{answer}") for answer in answers))]
    said = []
    for each in checked.breakdowns:
        name = ", ".join(map(covariate_name, each.covariates))
        rows.append((name, people(len(each.levels)), *(people(each.answers.count(answer)) for answer in answers)))
        if each.refused:
            groups = [_group(each.covariates, levels) for levels in each.refused]
            said.append(say("check.breakdown.refused", by=name, groups=groups))
    yield from aligned(rows, width)
    yield from (filled(sentence, width) for sentence in said)


def _group(covariates: Sequence[str], levels: Sequence[str]) -> str:
    names = [stratum_name([name], [level]) for name, level in zip(covariates, levels, strict=True)]
    return _TOGETHER.join(names)


def _order(checked: Check, width: int) -> Iterator[str]:
    """Which list people came to first."""
    dated = sorted((pair for pair in checked.order if pair.dated), key=lambda pair: -pair.dated)[:_MOST_PAIRS]
    if not dated:
        return
    yield filled(say("check.order.title"), width)
    headings = ("dated", "first", "second", "same")
    rows = [("", *(say(f"check.order.{name}") for name in headings))]
    for pair in dated:
        names = say("check.order.pair", **dict(zip(("one", "other"), map(list_name, pair.lists), strict=True)))
        rows.append((names, people(pair.dated), *map(people, pair.first), people(pair.same)))
    yield from aligned(rows, width)
