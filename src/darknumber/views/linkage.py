"""The part of a report on linkage: how reports became people, how sure that is, and what it does to the estimate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from darknumber.data.drawn import DrawnTables
from darknumber.errors import InputError
from darknumber.inference.assumed import LINKED
from darknumber.inference.doubt import VarianceShares, variance_shares
from darknumber.inference.estimates import Estimates
from darknumber.register.linkage.link_summary import LinkageSummary
from darknumber.studies.links import Thresholds
from darknumber.views.disclosure import Disclosure, Protection
from darknumber.views.labels import PEOPLE, About, sum_name
from darknumber.views.linkage_numbers import shown_alone, total_alone
from darknumber.views.linkage_words import source_name
from darknumber.views.options import Section
from darknumber.views.plots import Figure
from darknumber.views.plots_linkage import people_figure
from darknumber.views.plots_linkage_estimate import shares_figure, threshold_figure
from darknumber.views.tables_linkage import people_table
from darknumber.views.tables_linkage_estimate import shares_table, threshold_table
from darknumber.words import say


def linkage_section(
    estimates: Estimates,
    *,
    thresholds: Thresholds | None = None,
    about: About = PEOPLE,
    protection: Protection | None = None,
) -> Section | None:
    """How reports became people, in plain words, and where the doubt comes from; None of an answer not from reports.

    Parameters
    ----------
    estimates
        The answer.
    thresholds
        What other thresholds would give; with them come the pictures of what was linked.
    about
        Whom the figures are about.
    protection
        What is shown of registered numbers; by default they are exact.

    Raises
    ------
    InputError
        Thresholds of linked tables that the answer does not come from.
    """
    found = next((each.values for each in estimates.findings if each.code == LINKED), None)
    if found is None:
        return None
    if thresholds is not None:
        check_same(estimates, thresholds.data)
    facts = {name: float(number) for name, number in found.items() if isinstance(number, int | float)}
    rules = None if protection is None else protection.rules
    shares = variance_shares(estimates)
    return Section(
        heading=say("linkage.section.heading"),
        paragraphs=(_made(facts, rules), " ".join(_sure(facts, rules)), *_doubt(shares)),
        figures=tuple(_figures(estimates, shares, thresholds, about, rules)),
        fold=True,
    )


def check_same(estimates: Estimates, linked: DrawnTables) -> None:
    """Refuse linked tables that the estimates do not come from.

    Raises
    ------
    InputError
        Other people, other lists, or another unit.
    """
    if not estimates.fits:
        return
    table, known = linked.best, estimates.fits[0].data.lists
    observed, people = int(estimates.observed.sum()), int(table.count.sum())
    if (people, table.lists, table.unit) != (observed, known, estimates.unit):
        raise InputError("linked_of_others", people=people, lists=table.lists, observed=observed, known=known)


def _made(facts: Mapping[str, float], rules: Disclosure | None) -> str:
    """How many reports, organisations and people there are."""
    return say(
        "linkage.section.made",
        reports=total_alone(facts["counted"], rules).text,
        n=facts["organisations"],
        people=total_alone(facts["people"], rules).text,
    )


def _sure(facts: Mapping[str, float], rules: Disclosure | None) -> Iterator[str]:
    """How sure the links are."""
    if not facts["in_doubt"]:
        yield say("linkage.section.certain")
        return
    yield say(
        "linkage.section.in_doubt",
        share=shown_alone(facts["in_doubt"], rules).drawn / facts["reports"],
        draws=facts["draws"],
        low=total_alone(facts["people_low"], rules).text,
        high=total_alone(facts["people_high"], rules).text,
    )
    right = facts["links"] - facts["missed"]
    if right > 0:
        yield say("linkage.section.quality", right=right / (right + facts["false"]), found=right / facts["links"])


def _doubt(shares: VarianceShares | None) -> Iterator[str]:
    if shares is not None:
        yield say("linkage.section.shares", linkage=shares.linkage)


def _figures(
    estimates: Estimates,
    shares: VarianceShares | None,
    thresholds: Thresholds | None,
    about: About,
    rules: Disclosure | None,
) -> Iterator[Figure]:
    """Where the doubt comes from, the estimate over the threshold, and people by the number of their reports."""
    if shares is not None:
        yield shares_figure(shares, source=source_name(estimates.name), tables=[shares_table(shares)])
    if thresholds is None:
        return
    table = threshold_table(thresholds, rules=rules)
    curve = threshold_figure(thresholds, unit=sum_name(estimates, about), rules=rules, tables=[table])
    if curve is not None:
        yield curve
    summary = thresholds.data.summary
    if isinstance(summary, LinkageSummary):
        yield people_figure(summary, rules=rules, tables=[people_table(summary, rules=rules)])
