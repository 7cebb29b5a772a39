"""Findings as they are published: where a sentence counts registered people, it says no more than how many about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding
from darknumber.inference.printing import finding_sentence
from darknumber.views.disclosure import Protection

# Which values of a finding are numbers of registered people, and which of these its share is a share of.
_COUNTS: Mapping[str, tuple[str, ...]] = {
    "course_not_recorded": ("n",),
    "coverage_is": ("known", "people"),
    "dark_figure_infinite": ("people",),
    "dark_figure_not_identified": ("people",),
    "dark_figure_zero": ("people",),
    "empty_margins": ("n",),
    "few_people_decides": ("n",),
    "few_people_moves": ("n",),
    "group_cut": ("n",),
    "large_groups": ("n",),
    "likely_referral": ("apart", "n", "soon"),
    "limits_apart": ("n",),
    "linked_reports": ("in_doubt",),
    "links_fewer": ("n", "estimate"),
    "list_small": ("n",),
    "more_ones": ("once",),
    "more_ones_estimate": ("once", "other"),
    "moves_censored": ("n",),
    "not_recorded": ("n",),
    "omit_collapses": ("registered", "missed"),
    "one_person_decides": ("n",),
    "one_person_moves": ("n",),
    "reason_few_recaptures": ("n",),
    "reason_rests": ("n",),
    "recorded_referral": ("n", "both"),
    "referred_dropped": ("n", "entries"),
    "referred_dropped_within": ("n", "entries"),
    "referred_pair": ("n",),
    "rests_on_few": ("n",),
    "revise_not_recorded": ("n",),
    "several_years": ("n",),
    "two_values_lowest": ("n",),
    "two_values_not_recorded": ("n",),
    "unlinkable_counted": ("n",),
    "unlinkable_left_out": ("n",),
}
_SHARES = ("not_recorded",)  # findings whose share is that of `n` in the whole


def finding_in_words(finding: Finding, data: CaptureTable | None, protection: Protection | None) -> str:
    """A finding in words; where small numbers are protected, people are counted as *about 40* or *fewer than 10*.

    Parameters
    ----------
    finding
        What was found.
    data
        The table it is about, for the names of its lists and covariates.
    protection
        What is decided for the publication; None counts exactly.
    """
    counts = _COUNTS.get(finding.code, ())
    if protection is None or not counts:
        return finding_sentence(finding, data)
    values = dict(finding.values)
    known = {name: float(values[name]) for name in counts}  # type: ignore[arg-type]
    values |= {name: protection.vague(count) for name, count in known.items()}
    if finding.code in _SHARES:
        values["share"] = protection.vague_share(known["n"])
    return finding_sentence(_told(finding, values, protection.few(known[counts[0]]), protection.rules.floor), data)


def _told(finding: Finding, values: Mapping[str, object], few: bool, floor: int) -> Finding:
    """The finding with vague numbers; what says *only* so many has a sentence of its own where they are few."""
    if few and finding.code == "list_small":
        return Finding(code="list_small_few", severity=finding.severity, where=finding.where, values={"few": floor})
    if few and finding.code == "reason_few_recaptures":
        values = {"few": floor, "fewest": values["fewest"]}
        return Finding(code="reason_fewer_recaptures", severity=finding.severity, values=values)
    return replace(finding, values=values)
