"""Which pairs of reports are compared at all.

Every rule that brings pairs together is a matter of levels (`Rule.finds` says which), so that how many pairs of one
person no rule brings together can be worked out from the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from darknumber.register.linkage.comparisons import ALIKE, Comparison, sorts_of
from darknumber.register.linkage.patterns import Patterns, Reason, Shape

STRONG_WAYS = 2  # name and date of birth, given name and surname: with one alone nearly all pairs are of two people


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that brings pairs together, so that they are compared.

    Parameters
    ----------
    code
        Its name.
    equal
        Columns that must be the same, as pairs of (column of one report, column of the other).
    finds
        For each comparison it looks at, the levels that a pair it brings together can have; it brings together all
        pairs with these levels, and no others.
    unless
        A column that is recorded where too many reports have the same value to be brought together by it
        (`darknumber.register.linkage.crowded`).
    """

    code: str
    equal: tuple[tuple[str, str], ...]
    finds: Mapping[str, tuple[str, ...]]
    unless: str = ""

    @property
    def columns(self) -> frozenset[str]:
        """The columns it looks at."""
        return frozenset(filter(None, (self.unless, *(name for pair in self.equal for name in pair))))

    @property
    def sql(self) -> str:
        """The rule as Splink takes it."""
        conditions = [f"l.{left} = r.{right}" for left, right in self.equal]
        return " AND ".join([*conditions, *([f"l.{self.unless} IS NULL"] if self.unless else [])])


_FIRST = ("same", "first")
_YEAR = ("same", "swapped", "one_digit", "year_and_month", "year_only", "year")

RULES = (
    Rule(code="key", equal=(("person_key", "person_key"),), finds={"person_key": ("same",)}),
    Rule(
        code="own_key",
        equal=(("own_key", "own_key"), ("organisation", "organisation")),
        finds={"own_key": ("same",)},
    ),
    Rule(code="birth_date", equal=(("birth_date", "birth_date"),), finds={"birth": ("same",)}),
    Rule(
        code="surname_year",
        equal=(("surname_sound", "surname_sound"), ("birth_year", "birth_year")),
        finds={"surname": ("same", "sounds"), "birth": _YEAR},
    ),
    Rule(
        code="names",
        equal=(("given", "given"), ("surname", "surname")),
        finds={"given": _FIRST, "surname": ("same",)},
    ),
    Rule(
        code="sounds",
        equal=(("given_sound", "given_sound"), ("surname_sound", "surname_sound")),
        finds={"given": (*_FIRST, "sounds"), "surname": ("same", "sounds")},
    ),
    Rule(
        code="given_day",
        equal=(("given", "given"), ("birth_month_day", "birth_month_day")),
        finds={"given": _FIRST, "birth": ("same", "day_and_month")},
    ),
    Rule(
        code="given_year_place",
        equal=(("given", "given"), ("birth_year", "birth_year"), ("place", "place")),
        finds={"given": _FIRST, "birth": _YEAR, "place": ("same",)},
    ),
    Rule(
        code="surname_place",
        equal=(("surname", "surname"), ("place", "place")),
        finds={"surname": ("same",), "place": ("same",)},
    ),
    Rule(
        code="swapped",
        equal=(("given", "surname"), ("surname", "given")),
        finds={"given": ("swapped",)},
    ),
)

_SOUND_ALIKE = (*_FIRST, "sounds")
_SURNAME = ("same", "sounds")

_BIRTH_SURNAME = Rule(
    code="birth_surname",
    equal=(("birth_date", "birth_date"), ("surname_sound", "surname_sound")),
    finds={"birth": ("same",), "surname": _SURNAME},
)
_BIRTH_GIVEN = Rule(
    code="birth_given",
    equal=(("birth_date", "birth_date"), ("given", "given")),
    finds={"birth": ("same",), "given": _FIRST},
)
_BIRTH_KIND = Rule(
    code="birth_kind",
    equal=(("birth_date", "birth_date"), ("sex", "sex"), ("citizenship", "citizenship")),
    finds={"birth": ("same",), "sex": ("same",), "citizenship": ("same",)},
)
_BIRTH_KIND_PLACE = Rule(
    code="birth_kind_place",
    equal=(*_BIRTH_KIND.equal, ("place", "place")),
    finds={**_BIRTH_KIND.finds, "place": ("same",)},
)
_SOUNDS_YEAR = Rule(
    code="sounds_year",
    equal=(("given_sound", "given_sound"), ("surname_sound", "surname_sound"), ("birth_year", "birth_year")),
    finds={"given": _SOUND_ALIKE, "surname": _SURNAME, "birth": _YEAR},
)
_SOUNDS_PLACE = Rule(
    code="sounds_place",
    equal=(("given_sound", "given_sound"), ("surname_sound", "surname_sound"), ("place", "place")),
    finds={"given": _SOUND_ALIKE, "surname": _SURNAME, "place": ("same",)},
)
_GIVEN_DAY_SURNAME = Rule(
    code="given_day_surname",
    equal=(("given", "given"), ("birth_month_day", "birth_month_day"), ("surname_sound", "surname_sound")),
    finds={"given": _FIRST, "birth": ("same", "day_and_month"), "surname": _SURNAME},
)

# What stands in for a rule that would bring too many pairs together: of a national register a few tens of millions, of
# ten such registers a hundred times as many. Nearly all pairs of one person agree in more than one rule asks for.
NARROWER: Mapping[str, tuple[Rule, ...]] = {
    "birth_date": (_BIRTH_SURNAME, _BIRTH_GIVEN, _BIRTH_KIND),
    "birth_kind": (_BIRTH_KIND_PLACE,),
    "surname_year": (_SOUNDS_YEAR,),
    "names": (_SOUNDS_YEAR, _SOUNDS_PLACE),
    "sounds": (_SOUNDS_YEAR, _SOUNDS_PLACE),
    "given_day": (_GIVEN_DAY_SURNAME,),
    "given_year_place": (_SOUNDS_YEAR,),
    "surname_place": (_SOUNDS_PLACE,),
}

# Narrower rules that are left out where they too would bring too many pairs together; all others are then kept.
DISPENSABLE = (_BIRTH_KIND.code, _BIRTH_KIND_PLACE.code)


def usable_rules(
    columns: Sequence[str], comparisons: Sequence[Comparison], rules: Sequence[Rule] = RULES
) -> tuple[Rule, ...]:
    """The rules whose columns are there and whose comparisons are made, with the levels that are told apart."""
    levels = {each.name: {level.code for level in each.levels} for each in comparisons}
    usable = [each for each in rules if each.columns <= set(columns) and set(each.finds) <= set(levels)]
    kept = (
        {name: tuple(c for c in codes if c in levels[name]) for name, codes in each.finds.items()} for each in usable
    )
    return tuple(replace(each, finds=finds) for each, finds in zip(usable, kept, strict=True))


def shape_of(comparisons: Sequence[Comparison], rules: Sequence[Rule]) -> Shape:
    """What patterns of these comparisons are made of."""
    looked_at = {name for rule in rules for name in rule.finds}
    place = {each.name: number for number, each in enumerate(comparisons)}
    return Shape(
        levels=tuple(len(each.levels) for each in comparisons),
        follows=tuple(tuple(place[name] for name in each.follows if name in place) for each in comparisons),
        often=tuple(each.often for each in comparisons),
        matters=tuple(bool(each.strong) or each.name in looked_at for each in comparisons),
        sorts=tuple(
            Reason(
                chance=tuple(place[name] for name in ALIKE[sort][0]), same=tuple(place[name] for name in ALIKE[sort][1])
            )
            for sort in sorts_of(place)
        ),
    )


def strong(comparisons: Sequence[Comparison], rules: Sequence[Rule], patterns: Patterns) -> NDArray[np.bool_]:
    """``(P,)`` whether pairs with these levels agree strongly in two ways, and some rule brings them together."""
    ways = np.zeros(len(patterns), dtype=np.int64)
    for place, each in enumerate(comparisons):
        codes = {level.code for level in each.levels} & set(each.strong)
        ways += np.isin(patterns[:, place], [each.place(code) for code in codes])
    enough = min(STRONG_WAYS, sum(bool(each.strong) for each in comparisons))
    return np.asarray((ways >= enough) & found(rules, comparisons, patterns).any(axis=0))


def columns_for(comparisons: Sequence[Comparison], rules: Sequence[Rule]) -> frozenset[str]:
    """The columns of the cleaned forms that are looked at."""
    found: set[str] = set()
    for each in comparisons:
        conditions = " ".join([each.missing, *(level.condition for level in each.levels)])
        found |= set(re.findall(r"(\w+)_[lr]\b", conditions))
        found |= {level.frequency for level in each.levels if level.frequency}
    return frozenset(found.union(*(rule.columns for rule in rules)))


def found(rules: Sequence[Rule], comparisons: Sequence[Comparison], patterns: Patterns) -> NDArray[np.bool_]:
    """``(rules, P)`` whether each rule brings together pairs with these levels.

    Parameters
    ----------
    patterns
        ``(P, comparisons)`` level numbers, -1 for what was not recorded.
    """
    place = {each.name: number for number, each in enumerate(comparisons)}
    rows = []
    for rule in rules:
        holds = np.ones(len(patterns), dtype=bool)
        for name, codes in rule.finds.items():
            column = place[name]
            holds &= np.isin(patterns[:, column], [comparisons[column].place(code) for code in codes])
        rows.append(holds)
    return np.array(rows, dtype=bool).reshape(len(rules), len(patterns))
