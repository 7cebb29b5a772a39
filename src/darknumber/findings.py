"""What the user must know: values that ride inside results and print under the number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from darknumber.words import say

Severity = Literal["note", "caution", "stop"]
SEVERITIES: tuple[Severity, ...] = ("stop", "caution", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing the reader must know about the data or the answer.

    Parameters
    ----------
    code
        Key of the sentence in the catalogue, without the ``finding.`` prefix.
    severity
        ``note`` (worth knowing), ``caution`` (changes how far to trust the number), ``stop`` (do not use it).
    where
        The list, covariate, stratum or step it is about; may be empty.
    values
        Numbers and names the sentence needs. Never a person's data.
    """

    code: str
    severity: Severity = "note"
    where: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def sentence(self) -> str:
        """The finding in words, in the language in use."""
        return say(f"finding.{self.code}", where=self.where, **self.values)


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings without repeats, worst first, otherwise in the order they came."""
    seen: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.code, finding.where, repr(sorted(finding.values.items()))), finding)
    return tuple(sorted(seen.values(), key=lambda finding: SEVERITIES.index(finding.severity)))
