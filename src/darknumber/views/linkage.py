"""The part of a report on linkage: how reports became people, how sure that is, and what it does to the estimate."""

from __future__ import annotations

from collections.abc import Mapping

from darknumber.data.drawn import WhoIsWho
from darknumber.register.link_summary import LinkageSummary
from darknumber.views.disclosure import Disclosure, Protection
from darknumber.views.linkage_numbers import shown_alone
from darknumber.views.linkage_words import source_name
from darknumber.views.options import Section
from darknumber.views.plots import Figure
from darknumber.views.plots_linkage import people_figure
from darknumber.views.plots_linkage_estimate import shares_figure
from darknumber.views.tables_linkage import people_table
from darknumber.views.tables_linkage_estimate import shares_table
from darknumber.words import say


def linkage_section(
    found: WhoIsWho,
    *,
    name: str,
    shares: Mapping[str, float] | None = None,
    summary: LinkageSummary | None = None,
    figures: tuple[Figure, ...] = (),
    protection: Protection | None = None,
) -> Section:
    """How reports became people, in plain words, with where the doubt of the estimate comes from.

    Parameters
    ----------
    found
        How reports became people, in numbers.
    name
        What the reports are called.
    shares
        Of the variance of the dark figure that come from chance, the choice of the model and linkage; None where they
        are not known.
    summary
        What came of linkage, or None where it was not kept.
    figures
        More pictures, such as the estimate over the threshold.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    rules = None if protection is None else protection.rules
    drawn = [shares_figure(shares, source=source_name(name), tables=[shares_table(shares)])] if shares else []
    drawn += figures
    if summary is not None:
        drawn.append(people_figure(summary, rules=rules, tables=[people_table(summary, rules=rules)]))
    return Section(
        heading=say("linkage.section.heading"),
        paragraphs=(_made(found, rules), _sure(found, rules), *_doubt(shares)),
        figures=tuple(drawn),
        fold=True,
    )


def _made(found: WhoIsWho, rules: Disclosure | None) -> str:
    """How many reports, organisations and people there are."""
    return say(
        "linkage.section.made",
        reports=shown_alone(found.reports, rules).text,
        n=len(found.organisations),
        people=shown_alone(found.people, rules).text,
    )


def _sure(found: WhoIsWho, rules: Disclosure | None) -> str:
    """How sure the links are."""
    if not found.in_doubt:
        return say("linkage.section.certain")
    linked = found.links - found.missed + found.false
    said = [
        say(
            "linkage.section.in_doubt",
            share=shown_alone(found.in_doubt, rules).drawn / found.reports,
            draws=found.draws,
            low=shown_alone(found.people_low, rules).text,
            high=shown_alone(found.people_high, rules).text,
        )
    ]
    if linked > 0 and found.links > 0:
        said.append(
            say(
                "linkage.section.quality",
                right=(found.links - found.missed) / linked,
                found=(found.links - found.missed) / found.links,
            )
        )
    return " ".join(said)


def _doubt(shares: Mapping[str, float] | None) -> tuple[str, ...]:
    return () if shares is None else (say("linkage.section.shares", linkage=shares["linkage"]),)
