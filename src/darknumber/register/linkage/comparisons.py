"""What two reports are compared on, and how far they can agree on it.

A comparison has levels, from the same to different; the first that holds is the level of a pair. What is written in
SQL here is understood by DuckDB and by Spark.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from darknumber.register.names.forms import alike
from darknumber.register.names.letters import letters, may_be_near

LONG = 5  # letters; two that differ in a shorter name leave little of it


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


_SWAPPED = "given_l = surname_r AND surname_l = given_r"
_CROSSED = "(given_l = surname_r OR surname_l = given_r)"  # the other half may have a mistake in it
SIMILAR = 0.8  # similarity of pseudonyms (Dice's coefficient of the bigrams) about that of one letter in seven


def _missing(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


def _one_mistake(name: str) -> str:
    """One letter is another, too many or too few, or two are exchanged."""
    left, right = f"{name}_l", f"{name}_r"
    exchanged = (
        f"levenshtein({left}, {right}) = 2 AND length({left}) = length({right})"
        f" AND translate({left}, {right}, '') = '' AND translate({right}, {left}, '') = ''"
    )
    return f"({may_be_near(name, 2)} AND (levenshtein({left}, {right}) = 1 OR ({exchanged})))"


def _two_mistakes(name: str) -> str:
    left, right = f"{name}_l", f"{name}_r"
    long = f"length({left}) > {LONG} AND length({right}) > {LONG}"
    return f"({may_be_near(name, 2)} AND {long} AND levenshtein({left}, {right}) = 2)"


def _spelled(name: str) -> tuple[Level, ...]:
    """Names that are nearly the same, of text and of pseudonyms."""
    ways = ("given", "given_first", "given_full") if name == "given" else (name,)
    text, bits = (letters(name),), (f"{name}_bits_1",)
    return (
        Level(code="sounds", condition=_same(f"{name}_sound"), needs=(f"{name}_sound",)),
        Level(code="one_letter", condition=" OR ".join(_one_mistake(way) for way in ways), needs=text),
        Level(code="two_letters", condition=" OR ".join(_two_mistakes(way) for way in ways[:2]), needs=text),
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
