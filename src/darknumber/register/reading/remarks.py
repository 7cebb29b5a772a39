"""What there is to say of the values of reports: one bit for each kind of remark on each field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """The remarks that can be made, and the columns in which they are: numbers with a bit for each."""

    remarks: list[Remark] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)

    def bit(self, code: str, name: str) -> int:
        """The bit of a remark on a field."""
        remark = Remark(code=code, field=name)
        if remark not in self.remarks:
            self.remarks.append(remark)
        return 1 << self.remarks.index(remark)

    def column(self, code: str, name: str, there: nw.Expr) -> nw.Expr:
        """A column with the bit of a remark where it holds."""
        self.columns.append(f"said_{name}_{code}")
        bit, none = nw.lit(self.bit(code, name)).cast(nw.Int64), nw.lit(0).cast(nw.Int64)
        return nw.when(there.fill_null(False)).then(bit).otherwise(none).alias(self.columns[-1])
