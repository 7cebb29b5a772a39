"""What ``print(diagnose(estimates))`` says: how well the model fits, and whom its answer hangs on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from darknumber.inference.printing import WIDTH, finding_lines, model_name
from darknumber.inference.publish import to_step
from darknumber.inference.set_words import chosen_by_data
from darknumber.kernels import verdicts
from darknumber.studies.fit_quality import POOR
from darknumber.studies.influence import EVERY, LADDER, Group
from darknumber.studies.printing import aligned, filled, heading
from darknumber.words import people, percent, say
from darknumber.words.labels import list_name, stratum_name
from darknumber.words.numbers import tenths

if TYPE_CHECKING:  # Diagnosis prints itself through this module
    from darknumber.studies.diagnose import Diagnosis

CHANCE = 2.0  # residuals beyond this are rarer than one in twenty
WORST = 6  # counts listed as far from what the model has
MOVERS = 5  # people, and counts, that move the answer most
SMALL = 5.0  # expected counts below this spoil the chi-square law (Cochran 1954)
LEAST_P = 0.01  # no more digits are known from a few hundred tables


def describe_diagnosis(found: Diagnosis, *, width: int = WIDTH) -> str:
    """The two findings in a line, the fit with the counts furthest off, whom the answer hangs on, and verdicts.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    parts = [
        heading(" ".join(title(found)), found.fit.data, width),
        filled(" ".join(_about(found)), width),
        "\n".join([*(filled(sentence, width) for sentence in _about_fit(found)), *_worst(found, width)]),
        "\n".join(_movers(found, width)),
        "\n".join(
            [
                filled(about_status(found), width),
                *(filled(sentence, width) for sentence in _about_search(found)),
                *finding_lines(found.findings, found.fit.data, width),
            ]
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _about(found: Diagnosis) -> Iterator[str]:
    """The model, and of an answer that is a range what single numbers are for."""
    yield say("diagnose.model", model=model_name(found.fit.model))
    row = found.headline
    if row is not None and row.range_only:
        estimate = to_step(float(found.fit.estimate.sum()), found.step, float(found.fit.observed.sum()))
        yield say("diagnose.range", interval=row.interval_text, estimate=estimate)


def title(found: Diagnosis) -> Iterator[str]:
    """How well the model fits, and how few people move the answer by a fifth."""
    yield about_quality(found)
    if not math.isfinite(float(found.fit.estimate.sum())):
        yield say("diagnose.title.no_estimate")
    elif found.influence is not None:
        yield about_group(found, found.influence.fewest)


def about_quality(found: Diagnosis) -> str:
    """How well the model fits, in a sentence."""
    quality = found.quality
    if not quality.judged:
        return say("diagnose.title.anything")
    return say(f"diagnose.title.{'poor' if quality.p_value < POOR else 'fits'}", p=_p(quality.p_value))


def about_group(found: Diagnosis, group: Group | None, *, few: str = "", everyone: str = "") -> str:
    """How few people move the answer by a fifth, in a sentence.

    Parameters
    ----------
    few, everyone
        How many people these are, and how many are registered, where that is told in other words than exactly.
    """
    observed = float(found.fit.observed.sum())
    estimate = people(to_step(float(found.fit.estimate.sum()), found.step, observed))
    if group is None:
        return say(
            "diagnose.title.nobody",
            n=min(LADDER[-1], int(observed // 2)),
            people=everyone or observed,
            estimate=estimate,
        )
    values = {"n": few or group.people, "people": everyone or observed, "estimate": estimate}
    if not math.isfinite(group.estimate):
        return say("diagnose.title.no_limit", **values)
    return say("diagnose.title.few", other=people(to_step(group.estimate, found.step, observed)), **values)


def _p(value: float) -> str:
    return say("diagnose.p.below", p=LEAST_P) if value < LEAST_P else say("diagnose.p.is", p=value)


def _about_fit(found: Diagnosis) -> Iterator[str]:
    quality = found.quality
    if not quality.judged:
        return
    values = {"n": quality.as_far, "tables": quality.replicates, "p": _p(quality.p_value), "error": quality.error}
    word = "as_it_is" if not quality.refitted else "refitted" if quality.as_far else "none"
    yield say(f"diagnose.fit.{word}", **values)
    expected = found.counts.expected
    if quality.chi_square is not None and (expected < SMALL).any():
        yield say("diagnose.fit.chi_square", p=_p(quality.chi_square), few=SMALL)


def _worst(found: Diagnosis, width: int) -> Iterator[str]:
    """The counts furthest from what the model has, where any is further than chance brings it."""
    counts, rows = found.counts, far_rows(found)
    if not rows:
        if found.quality.judged:
            yield filled(none_far(found), width)
        if found.fit.data.strata > 1 and found.quality.p_value < POOR:
            yield filled(say("diagnose.fit.spread_out"), width)
        return
    yield filled(say("diagnose.fit.far", n=len(rows)), width)
    predicted = np.isfinite(counts.predicted[rows[:WORST]]).any()
    headings = ("observed", "expected", "residual", *(("predicted",) if predicted else ()))
    lines = [
        (
            count_name(found, int(counts.stratum[row]), int(counts.history[row])),
            people(float(counts.observed[row])),
            expected_text(float(counts.expected[row])),
            tenths(float(shown_residuals(found)[row])),
            *((_predicted(float(counts.predicted[row])),) if predicted else ()),
        )
        for row in rows[:WORST]
    ]
    yield from aligned(_headed(headings, lines), width)


def far_rows(found: Diagnosis) -> list[int]:
    """The counts that are further from what the model has than is usual, the furthest first."""
    size, usual = np.abs(shown_residuals(found)), _usual(found)
    return [row for row in np.argsort(-size, kind="stable").tolist() if size[row] >= usual[row]]


def none_far(found: Diagnosis) -> str:
    """That no count is far from what the model has."""
    counts = found.counts
    together = counts.stratum == counts.stratum[0]
    largest = float(np.nanmax(np.abs(shown_residuals(found))[together]))
    return say("diagnose.fit.none_far", largest=largest, chance=CHANCE)


def shown_residuals(found: Diagnosis) -> NDArray[np.float64]:
    """The residuals that are printed: in standard errors where that can be said, and by the deviance in strata."""
    counts = found.counts
    whole = np.where(np.isfinite(counts.standardised), counts.standardised, counts.residual)
    return np.where(counts.stratum == counts.stratum[0], whole, counts.deviance)


def _usual(found: Diagnosis) -> NDArray[np.float64]:
    """How large each of them may be: the largest of very many is larger than one is."""
    counts, data = found.counts, found.fit.data
    many = math.sqrt(2 * math.log(data.strata << len(data.lists)))
    return np.where(counts.stratum == counts.stratum[0], CHANCE, many)


def _predicted(value: float) -> str:
    return expected_text(value) if math.isfinite(value) else ""


def expected_text(value: float) -> str:
    """A count that is expected, in words."""
    return tenths(value) if value < 100 else people(value)  # a decimal matters where counts are small


def _movers(found: Diagnosis, width: int) -> Iterator[str]:
    """Those whose leaving out moves the answer most: one of them, or all of them."""
    influence = found.influence
    if influence is None:
        return
    whole = float(found.fit.estimate.sum())
    together = influence.stratum == influence.stratum[0]
    moves = [
        np.where(together, _far(values, whole), 0.0) for values in (influence.without_one, influence.without_count)
    ]
    rows = sorted(
        {row for move in moves for row in np.argsort(-move, kind="stable")[:MOVERS].tolist() if move[row] > 0}
    )
    rows = sorted(rows, key=lambda row: (influence.people[row], influence.history[row]))
    error = influence.jackknife
    if math.isfinite(error):
        shown = people(to_step(error, found.step))
        choosing = found.fit.model.selects
        yield filled(say("diagnose.people.error_chosen" if choosing else "diagnose.people.error", error=shown), width)
    known = bool((moves[1] > 0).any())
    shown = _estimate(whole, found)
    yield filled(say("diagnose.people.estimate_both" if known else "diagnose.people.estimate", estimate=shown), width)
    lines = [
        (
            count_name(found, int(influence.stratum[row]), int(influence.history[row])),
            people(float(influence.people[row])),
            _estimate(float(influence.without_one[row]), found),
            *((_estimate(float(influence.without_count[row]), found),) if known else ()),
        )
        for row in rows
    ]
    headings = ("people", "without_one", *(("without_count",) if known else ()))
    yield from aligned(_headed(headings, lines), width)


def _far(estimates: NDArray[np.float64], whole: float) -> NDArray[np.float64]:
    """How far each is from the whole; ``nan`` where that was not looked at counts as not at all."""
    with np.errstate(invalid="ignore"):
        far: NDArray[np.float64] = np.abs(np.log(estimates / whole))
    return np.nan_to_num(far, nan=0.0, posinf=np.inf)


def _estimate(value: float, found: Diagnosis) -> str:
    return people(to_step(value, found.step, float(found.fit.observed.sum())))


def _headed(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(say("diagnose.column.history"), *(say(f"diagnose.column.{name}") for name in names)), *rows]


def count_name(found: Diagnosis, stratum: int, history: int) -> str:
    """The lists of a history, and the stratum where it is a single one of several."""
    names = " + ".join(list_name(name) for name in found.names(history))
    levels = found.levels(stratum) if stratum != EVERY else ()
    if not levels:
        return names
    return f"{names}; {stratum_name([c.name for c in found.fit.data.covariates], levels)}"


def about_status(found: Diagnosis) -> str:
    """The verdict on the dark figure: of the model, of those that fit almost as well, and of the replicates."""
    status = found.status
    listed = status.listed if chosen_by_data(found.fit) else {}
    around = [shares for shares in (listed, status.replicates) if shares]
    if status.verdict == verdicts.ESTIMABLE and all(_clear(shares) for shares in around):
        word = "both" if len(around) == 2 else "listed" if listed else "replicates" if around else "model"
        return say(f"diagnose.status.clear.{word}", n=status.models)
    said = [say(f"diagnose.status.model.{_key(verdicts.NAMES[status.verdict])}")]
    if listed:
        said.append(say("diagnose.status.listed", n=status.models, shares=_shares(listed)))
    if status.replicates:
        said.append(say("diagnose.status.replicates", shares=_shares(status.replicates)))
    return " ".join(said)


def _about_search(found: Diagnosis) -> Iterator[str]:
    """Where a stepwise search ends, if that is the best model; `local_differs` says if it is another."""
    candidates = found.fit.candidates
    exact = candidates is not None and candidates.exact and chosen_by_data(found.fit)
    if candidates is not None and exact and candidates.local == candidates.chosen:
        yield say("diagnose.search.same")


def _clear(shares: Mapping[str, float]) -> bool:
    return shares.get(verdicts.NAMES[verdicts.ESTIMABLE], 0.0) == 1.0


def _shares(shares: Mapping[str, float]) -> list[str]:
    return [
        say(f"diagnose.status.share.{_key(name)}", share=percent(share)) for name, share in shares.items() if share > 0
    ]


def _key(name: str) -> str:
    return name.replace(" ", "_")
