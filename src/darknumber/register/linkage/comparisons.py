"""What two reports are compared on, how far they can agree on it, and which pairs are compared at all.

A comparison has levels, from the same to different; the first that holds is the level of a pair. What is written in
SQL here is understood by DuckDB and by Spark. Every rule that brings pairs together is a matter of levels (`Rule.finds`
says which), so that how many pairs of one person no rule brings together can be worked out from the model.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from darknumber.register.linkage.patterns import Patterns, Reason, Shape
from darknumber.register.names.forms import alike

LONG = 5  # letters; two that differ in a shorter name leave little of it
STRONG_WAYS = 2  # name and date of birth, given name and surname: with one alone nearly all pairs are of two people


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One way in which two reports agree or differ.

    Parameters
    ----------
    code
        Its name; sentences about it stand in the words.
    condition
        SQL on columns that end in ``_l`` and ``_r``; empty for whatever is left.
    frequency
        The column whose values are not equally common: to share a rare one says more; empty where that plays no part.
    needs
        Columns without which there is no such level, apart from those of the comparison.
    """

    code: str
    condition: str = ""
    frequency: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two reports are compared on.

    Parameters
    ----------
    name
        Its name; sentences about it stand in the words.
    needs
        The columns of the cleaned forms without which it cannot be made.
    missing
        SQL for pairs of which nothing can be said.
    levels
        In the order in which they are tried; the last holds for all that are left.
    strong
        Levels that, with another strong one, make it worth while to ask whether two reports are about one person.
    follows
        Comparisons with which it goes among two people: names go with countries and sexes.
    often
        Whether people who are alike for a reason often have the same.
    """

    name: str
    needs: tuple[str, ...]
    missing: str
    levels: tuple[Level, ...]
    strong: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    often: bool = True

    def place(self, code: str) -> int:
        """The number of a level."""
        return [level.code for level in self.levels].index(code)


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


_SWAPPED = "given_l = surname_r AND surname_l = given_r"
_CROSSED = "(given_l = surname_r OR surname_l = given_r)"  # the other half may have a mistake in it
SIMILAR = 0.8  # similarity of pseudonyms (Dice's coefficient of the bigrams) about that of one letter in seven


def _missing(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


# The first given name as it was written: of two spellings of one name `given` is the same, but with a mistake in one it
# is not, and may then be far from it.
_FIRST_GIVEN = "split_part(given_full_{side}, ' ', 1)"


def _one_mistake(left: str, right: str) -> str:
    """One letter is another, too many or too few, or two are exchanged."""
    exchanged = (
        f"levenshtein({left}, {right}) = 2 AND length({left}) = length({right})"
        f" AND translate({left}, {right}, '') = '' AND translate({right}, {left}, '') = ''"
    )
    return f"levenshtein({left}, {right}) = 1 OR ({exchanged})"


def _two_mistakes(left: str, right: str) -> str:
    return f"levenshtein({left}, {right}) = 2 AND length({left}) > {LONG} AND length({right}) > {LONG}"


def _spelled(name: str) -> tuple[Level, ...]:
    """Names that are nearly the same, of text and of pseudonyms."""
    ways = [(f"{name}_l", f"{name}_r")]
    if name == "given":
        ways += [(_FIRST_GIVEN.format(side="l"), _FIRST_GIVEN.format(side="r")), ("given_full_l", "given_full_r")]
    grams, bits = (f"{name}_grams",), (f"{name}_bits_1",)
    return (
        Level(code="sounds", condition=_same(f"{name}_sound"), needs=(f"{name}_sound",)),
        Level(code="one_letter", condition=" OR ".join(f"({_one_mistake(*way)})" for way in ways), needs=grams),
        Level(code="two_letters", condition=" OR ".join(f"({_two_mistakes(*way)})" for way in ways[:2]), needs=grams),
        Level(code="alike", condition=f"{alike(name)} >= {SIMILAR}", needs=bits),
    )


COMPARISONS = (
    Comparison(
        name="given",
        needs=("given", "given_full", "initial", "surname"),
        missing=f"({_missing('given')}) AND ({_missing('initial')})",
        strong=("same", "first", "swapped", "sounds", "one_letter", "two_letters", "alike", "crossed"),
        follows=("citizenship", "sex"),
        levels=(
            Level(code="same", condition=_same("given_full"), frequency="given_full"),
            Level(code="first", condition=_same("given"), frequency="given"),
            Level(code="swapped", condition=_SWAPPED),
            *_spelled("given"),
            Level(code="crossed", condition=_CROSSED),
            Level(code="initial", condition=f"({_missing('given')}) AND {_same('initial')}"),
            Level(code="other"),
        ),
    ),
    Comparison(
        name="surname",
        needs=("surname", "given"),
        strong=("same", "sounds", "one_letter", "two_letters", "alike", "half"),
        follows=("citizenship",),
        # what there is to say of swapped names is said once, of the given name
        missing=f"{_missing('surname')} OR ({_CROSSED} AND NOT {_same('surname')})",
        levels=(
            Level(code="same", condition=_same("surname"), frequency="surname"),
            *_spelled("surname"),
            Level(
                code="half",
                condition="surname_l = surname_other_r OR surname_other_l = surname_r",
                needs=("surname_other",),
            ),
            Level(code="other"),
        ),
    ),
    Comparison(
        name="birth",
        needs=("birth_date", "birth_year", "birth_swapped", "birth_month_day"),
        missing=_missing("birth_year"),
        strong=("same", "swapped", "one_digit", "year_and_month"),
        levels=(
            Level(code="same", condition=_same("birth_date"), frequency="birth_date"),
            Level(code="swapped", condition=_same("birth_swapped")),
            Level(
                code="one_digit",
                condition=f"{_same('birth_year')} AND levenshtein(birth_date_l, birth_date_r) = 1",
                needs=("birth_day",),
            ),
            Level(code="year_and_month", condition=_same("birth_year_month"), needs=("birth_year_month",)),
            Level(code="year_only", condition=f"{_same('birth_year')} AND ({_missing('birth_date')})"),
            Level(code="year", condition=_same("birth_year")),
            Level(code="day_and_month", condition=_same("birth_month_day")),
            Level(code="other"),
        ),
    ),
    *(
        Comparison(
            name=name,
            needs=(name,),
            missing=_missing(name),
            levels=(Level(code="same", condition=_same(name), frequency=frequency), Level(code="other")),
            strong=strong,
            follows=follows,
            often=not strong,
        )
        for name, frequency, strong, follows in (
            ("sex", "", (), ()),
            ("citizenship", "citizenship", (), ()),
            ("place", "place", (), ("citizenship",)),
            ("person_key", "", ("same",), ()),
        )
    ),
    Comparison(
        name="time",
        needs=("year",),
        missing=_missing("year"),
        levels=(
            Level(code="same", condition=_same("year")),
            Level(code="next", condition="year_l = year_r + 1 OR year_r = year_l + 1"),
            Level(code="other"),
        ),
    ),
    Comparison(
        name="own_key",
        needs=("own_key", "organisation"),
        missing=f"{_missing('own_key')} OR organisation_l <> organisation_r",
        levels=(Level(code="same", condition=_same("own_key")), Level(code="other")),
        strong=("same",),
        often=False,
    ),
)

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


def usable_comparisons(columns: Sequence[str], asked: Sequence[str] = ()) -> tuple[Comparison, ...]:
    """The comparisons for which the columns are there, or those of them that were asked for, with the levels for which
    they are."""
    there = set(columns)
    return tuple(
        replace(each, levels=tuple(level for level in each.levels if there.issuperset(level.needs)))
        for each in COMPARISONS
        if there.issuperset(each.needs) and (not asked or each.name in asked)
    )


# People who agree for a reason: on what they agree no more than any two, and on what they are the same. Other relatives
# agree in too little to be taken for one person.
ALIKE = {"namesakes": (("birth",), ()), "twins": (("given",), ("birth",))}


def sorts_of(names: Collection[str]) -> tuple[str, ...]:
    """The sorts of two people who agree for a reason that can be told apart by these comparisons."""
    return tuple(sort for sort, (chance, same) in ALIKE.items() if {*chance, *same} <= set(names))


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


def usable_rules(columns: Sequence[str], comparisons: Sequence[Comparison]) -> tuple[Rule, ...]:
    """The rules whose columns are there and whose comparisons are made, with the levels that are told apart."""
    levels = {each.name: {level.code for level in each.levels} for each in comparisons}
    usable = [each for each in RULES if each.columns <= set(columns) and set(each.finds) <= set(levels)]
    kept = (
        {name: tuple(c for c in codes if c in levels[name]) for name, codes in each.finds.items()} for each in usable
    )
    return tuple(replace(each, finds=finds) for each, finds in zip(usable, kept, strict=True))


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
