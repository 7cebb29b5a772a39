"""What ``print(check(data))`` says: the verdict first, then the lists, their overlaps and what they know."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from math import isnan, log
from typing import TYPE_CHECKING

from darknumber.inference.printing import WIDTH, finding_lines
from darknumber.studies.audit import Pair, strongest
from darknumber.studies.printing import aligned, filled, heading
from darknumber.words import people, percent, say
from darknumber.words.labels import covariate_name, list_name, stratum_name

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
_AT_LEAST_APART = 1.5  # times more or fewer people than independent lists would share, to be worth a sentence
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
        textwrap.fill(say(f"check.verdict.{verdict.answer}"), width),
        "\n".join(finding_lines(verdict.reasons, checked.data, width)),
        heading(say("check.title"), checked.data, width),
        "\n".join(_lists(checked, width)),
        filled(_numbers_of_lists(checked), width),
        "\n".join(_overlaps(checked, width)),
        "\n".join(filled(sentence, width) for sentence in _dependence(checked)),
        "\n".join(filled(sentence, width) for sentence in _information(checked)),
        "\n".join(_breakdowns(checked, width)),
        "\n".join(_order(checked, width)),
        "\n".join(finding_lines(findings, checked.data, width)),
    ]
    return "\n\n".join(part for part in parts if part)


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
    """The overlaps below the diagonal; a table that is too wide goes on below itself."""
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


def _dependence(checked: Check) -> Iterator[str]:
    """The pairs that stand out, and whether the people on other lists show it."""
    if not checked.information.recaptures:
        return
    if len(checked.data.lists) == 2:
        yield say("check.pairs.two")
        return
    seen = [pair for pair in checked.pairs if pair.overlap and pair.expected]
    apart = sorted(seen, key=lambda pair: log(pair.overlap / pair.expected) * abs(pair.overlap - pair.expected))
    for pair, word in ((apart[-1:], "above"), (apart[:1], "below")):
        yield from (_beside_expected(each, word) for each in pair if _far(each, word))
    most, least = strongest(checked.pairs)
    if most is not None and most.odds is not None:
        yield say("check.pairs.together", **_two(most), lower=most.odds.lower)
    if least is not None and least.odds is not None:
        yield say("check.pairs.avoid", **_two(least), upper=least.odds.upper)
    if most is None and least is None:
        seen_at_all = any(pair.odds is not None and not isnan(pair.odds.estimate) for pair in checked.pairs)
        yield say("check.pairs.unclear" if seen_at_all else "check.pairs.blind")


def _far(pair: Pair, word: str) -> bool:
    ratio = pair.overlap / pair.expected
    return ratio >= _AT_LEAST_APART if word == "above" else ratio <= 1 / _AT_LEAST_APART


def _beside_expected(pair: Pair, word: str) -> str:
    return say(f"check.pairs.{word}", **_two(pair), n=pair.overlap, expected=pair.expected)


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
    if checked.rests is None or checked.fit is None:
        return
    model = say(f"check.model.{_kind_of(checked.fit)}", terms=_in_words(checked.fit.terms or ""))
    if checked.rests.people:
        yield f"{rests_in_words(checked.rests)} {say('check.rests.without', n=checked.rests.people, model=model)}"
    smallest = [
        say("check.rests.overlap_of", lists=":".join(map(list_name, each.lists)), n=each.people)
        for each in checked.rests.smallest
        if each.people
    ]
    if smallest:
        yield say("check.rests.smallest", overlaps=smallest)


def _in_words(terms: str) -> str:
    """The terms of a model without covariates, with lists called what the reader calls them."""
    return " + ".join(":".join(map(list_name, term.split(":"))) for term in terms.split(" + "))


def _kind_of(fit: Fit) -> str:
    if not fit.terms:
        return "independent"
    return "best" if fit.candidates is not None and fit.candidates.exact else "stepwise"


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
