"""What an answer assumes, as codes and in words: what its model does, as far as that says something of these data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from darknumber.data.table import CaptureTable
from darknumber.models.base import Fit
from darknumber.words import has, say

if TYPE_CHECKING:  # Estimates prints itself through this module
    from darknumber.inference.estimates import Estimates

# Assumptions about how lists depend on each other.
BETWEEN_LISTS = ("pairs_only", "selected_terms", "named_terms", "decomposable", "overlap_shows_dependence")
ON_RECORDING = ("recorded_at_random", "recording_by_proportion")  # of values that were not recorded
LINKED = "linked_reports"  # the finding that comes with answers from linked reports
NO_ERRORS = "no_linkage_errors"  # what models assume of one table
FLOORS = frozenset({"people_differ", "seen_floor"})  # assumptions under which a number is a lower bound, and no more
FIXED_LINKS = ("rules", "exact")  # ways to link that leave no doubt, right or wrong


def assumption(code: str) -> str:
    """An assumption as a clause without a full stop; its code where the catalogue has none."""
    key = f"assumption.{code}"
    return (say(key) if has(key) else re.sub(r"[_-]+", " ", code)).rstrip(".")


def assumed(fit: Fit) -> tuple[str, ...]:
    """The codes of what a fit assumes of its data."""
    return assumed_of(fit.model.assumes, fit.data)


def assumed_of(codes: Sequence[str], data: CaptureTable) -> tuple[str, ...]:
    """What `codes` assume of these data: two lists cannot be seen to depend on each other, and one group has no others.

    Parameters
    ----------
    codes
        What a model assumes of any data.
    data
        The table, or how often people are on one list.
    """
    groups, pairs = any(len(each.levels) > 1 for each in data.covariates), len(data.lists) > 2
    holds = {"terms_alike": groups and pairs, "levels_alike": groups, "levels_walk": groups}
    holds["prior_terms"] = groups or pairs
    holds |= dict.fromkeys(ON_RECORDING, any(each.has_not_recorded for each in data.covariates))
    others = {} if pairs else dict.fromkeys(BETWEEN_LISTS, "independent_lists")
    if not (groups and pairs):
        others["prior_terms"] = "prior_pairs" if pairs else "prior_levels"
    return tuple(dict.fromkeys(others.get(code, code) for code in codes if holds.get(code, True)))


def assumed_by(estimates: Estimates) -> tuple[str, ...]:
    """The codes of what an answer assumes: from linked reports, that links are as probable as was said."""
    method = next((finding.values.get("method", "") for finding in estimates.findings if finding.code == LINKED), None)
    codes = tuple(code for fit in estimates.fits[:1] for code in assumed(fit))
    return codes if method is None else assumed_of_links(codes, str(method))


def assumed_of_links(codes: Sequence[str], method: str) -> tuple[str, ...]:
    """What is assumed where reports were linked: by rules there are no errors, as in a table counted elsewhere."""
    if method in FIXED_LINKS:
        return tuple(codes)
    return tuple("links_as_probable" if code == NO_ERRORS else code for code in codes)


def assumptions_in_words(estimates: Estimates) -> str:
    """The line that names every assumption of the model."""
    clauses = [assumption(code) for code in assumed_by(estimates)]
    return say("estimates.assumes", assumptions="; ".join(clauses)) if clauses else ""


def gives_floor(estimates: Estimates) -> bool:
    """Whether the model of an answer gives a lower bound, and no estimate of how many there are."""
    return any(not FLOORS.isdisjoint(fit.model.assumes) for fit in estimates.fits[:1])
