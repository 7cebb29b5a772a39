"""What there is to say of the values of reports: one bit for each kind of remark on each field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Literal

import narwhals.stable.v2 as nw

# A value became *not recorded*, or something is only worth knowing.
Weight = Literal["not recorded", "note"]
REMARKS: Mapping[str, Weight] = {
    "unknown_code": "not recorded",
    "unknown_member": "not recorded",
    "yes_and_no": "not recorded",
    "not_a_date": "not recorded",
    "beyond_time": "not recorded",
    "born_after_report": "not recorded",
    "not_a_number": "not recorded",
    "too_old": "not recorded",
    "refers_to_itself": "not recorded",
    "year_only": "note",
    "two_digits": "note",
    "serial": "note",
    "year_disagrees": "note",
    "age_disagrees": "note",
    "out_of_force": "note",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What can be said of the value that a row has in one field.

    Parameters
    ----------
    code
        One of `REMARKS`.
    field
        The canonical field.
    """

    code: str
    field: str

    @property
    def weight(self) -> Weight:
        """Whether the value became *not recorded*."""
        return REMARKS[self.code]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Where each remark holds; what is said twice of one field holds where either does."""

    where: dict[Remark, nw.Expr] = field(default_factory=dict)

    def add(self, code: str, name: str, there: nw.Expr) -> None:
        """Say something of a field in some rows."""
        remark = Remark(code=code, field=name)
        there = there.fill_null(False)
        self.where[remark] = self.where[remark] | there if remark in self.where else there

    def bits(self) -> nw.Expr:
        """A number in which bit b is on where the remark in place b holds."""
        each = (
            nw.when(there).then(nw.lit(1 << place)).otherwise(nw.lit(0)).cast(nw.Int64)
            for place, there in enumerate(self.where.values())
        )
        return reduce(add, each, nw.lit(0).cast(nw.Int64))
