"""What planned lists would give, and how often an interval is right: what a form asks, and the work itself."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.findings import by_severity
from darknumber.inference.asked import check_settings
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.lab.pipelines import pipeline_of_answer
from darknumber.lab.planning import FEWEST, MOST, Plan, design
from darknumber.lab.simulate import simulate
from darknumber.lab.simulation import Simulation
from darknumber.words import number, say

GUESSES = ("low", "guess", "high")  # fields with a number of people
ONE_IN = 20  # the size of a random sample where none is given
MOST_PEOPLE = 10**9
MOST_DRAWN = 1_000  # tables, or populations: more would keep the machine busy for hours
HUNDRED = Decimal(100)
DIGITS = 8  # decimals of a share in per cent, as far as it has them
ONE = 1  # thread a process: then it looks after every population whether it is to stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a plan; names and defaults are those of `darknumber.lab.planning.design`.

    Parameters
    ----------
    lists
        The share of the people on each planned list, by name.
    population
        Guesses of the number of people, smallest first.
    another
        The share of the people on one more list.
    anchor
        How many people a random sample would hold; None for one in `ONE_IN`.
    odds_ratio, heterogeneity, within, level, populations, seed
        As in `design`.
    """

    lists: Mapping[str, float]
    population: tuple[int, ...]
    another: float
    anchor: int | None = None
    odds_ratio: float = 2.0
    heterogeneity: float = 1.0
    within: float = 1.25
    level: float = 0.95
    populations: int = 100
    seed: int = 0

    def check(self) -> None:
        """Refuse what cannot be worked out, so that it is said at the form and not after a wait.

        Raises
        ------
        InputError, ModelError
            Which it is.
        """
        if not self.population:
            raise InputError("web_no_guess")
        if not FEWEST <= len(self.lists) <= MOST:
            raise ModelError("bad_number_of_lists", n=len(self.lists), fewest=FEWEST, most=MOST)
        if self.population[0] < 1:
            raise ModelError("bad_population", value=self.population[0])
        for size in self.population:
            anchor = max(round(size / ONE_IN), 1) if self.anchor is None else self.anchor
            if not 0 < anchor < size:
                raise ModelError("bad_anchor", anchor=anchor, population=size)
        if not 0 < self.odds_ratio < math.inf:
            raise ModelError("bad_odds_ratio", value=self.odds_ratio)
        if not 0 <= self.heterogeneity < math.inf:
            raise ModelError("bad_heterogeneity", value=self.heterogeneity)
        if not 1 < self.within < math.inf:
            raise ModelError("bad_within", value=self.within)
        if self.populations < 1:
            raise ModelError("bad_populations", populations=self.populations)
        check_settings(self.level, self.seed, None)

    @property
    def command(self) -> str:
        """What gives the same numbers in a terminal; only settings that are not as usual are named."""
        lists = ",".join(f"{_plain(name)}={share!r}" for name, share in self.lists.items())
        sizes = ",".join(str(size) for size in self.population)
        words = ["darknumber", "design", "--lists", lists, "--population", sizes, "--another", repr(self.another)]
        usual = Wanted(lists=self.lists, population=self.population, another=self.another)
        for name in ("anchor", "odds_ratio", "heterogeneity", "within", "level", "populations", "seed"):
            if getattr(self, name) != getattr(usual, name):
                words += [f"--{name.replace('_', '-')}", str(getattr(self, name))]
        return shlex.join(words)


def _plain(name: str) -> str:
    """A name without what has a meaning in an option."""
    return "".join("-" if letter in ",=" else letter for letter in name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A list in the form: its name, its share in per cent as it is typed, and how many people are on it now."""

    name: str = ""
    share: str = ""
    on_it: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands in the form: its lists, and the text of every other field."""

    rows: tuple[Row, ...]
    fields: Mapping[str, str]


def filled_of(wanted: Wanted) -> Filled:
    """The form that asks for this; of two guesses the higher stands in the middle, as the plan takes it.

    Parameters
    ----------
    wanted
        With one to three guesses.
    """
    rows = [Row(name=name, share=number(share * 100, DIGITS)) for name, share in wanted.lists.items()]
    rows += [Row()] * (FEWEST - len(rows))
    names = {1: GUESSES[1:2], 2: GUESSES[:2], 3: GUESSES}[len(wanted.population)]
    fields = {name: str(size) for name, size in zip(names, wanted.population, strict=True)}
    fields |= {"another": _per_cent(wanted.another), "anchor": "" if wanted.anchor is None else str(wanted.anchor)}
    fields |= {name: f"{getattr(wanted, name):g}" for name in ("odds_ratio", "heterogeneity", "within")}
    fields |= {"level": _per_cent(wanted.level), "populations": str(wanted.populations), "seed": str(wanted.seed)}
    return Filled(rows=tuple(rows), fields=fields)


def wanted_of(filled: Filled) -> Wanted:
    """What a form asks for.

    Parameters
    ----------
    filled
        As it was sent.

    Raises
    ------
    InputError, ModelError
        Something in it that cannot be used.
    """
    lists: dict[str, float] = {}
    for place, row in enumerate(filled.rows, start=1):
        if not (row.name or row.share):
            continue
        name = row.name or say("web.simulate.unnamed", n=place)
        if not row.share:
            raise InputError("web_no_share", name=name)
        if name in lists:
            raise InputError("web_same_list", name=name)
        lists[name] = _share(row.share, name)
    fields = filled.fields
    guesses = {whole(name, fields) for name in GUESSES} - {None}
    wanted = Wanted(
        lists=lists,
        population=tuple(sorted(guess for guess in guesses if guess is not None)),
        another=_share(fields.get("another", ""), say("web.simulate.option.another")),
        anchor=whole("anchor", fields),
        odds_ratio=_number("odds_ratio", fields),
        heterogeneity=_number("heterogeneity", fields),
        within=_number("within", fields),
        level=_number("level", fields, HUNDRED),
        populations=whole("populations", fields, most=MOST_DRAWN) or 0,
        seed=whole("seed", fields) or 0,
    )
    wanted.check()
    return wanted


def _per_cent(share: float) -> str:
    """A share in per cent, with all its digits and no more, as a field for numbers wants it."""
    text = f"{Decimal(repr(share)) * HUNDRED:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def whole(name: str, fields: Mapping[str, str], *, most: int = MOST_PEOPLE) -> int | None:
    """A whole number from a form; None where its field is empty.

    Parameters
    ----------
    name, fields
        The field, and the text of each.
    most
        The highest that is taken.

    Raises
    ------
    InputError
        It is no whole number, or it is higher.
    """
    text, label = fields.get(name, "").strip(), say(f"web.simulate.field.{name}")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise InputError("web_not_whole", name=label, text=text)
    if len(text) > len(str(most)) or int(text) > most:
        raise InputError("web_too_many", name=label, text=text, most=most)
    return int(text)


def _decimal(text: str) -> Decimal | None:
    """A number as people type it, with a point or a comma; exact, so that 12.3% is the 0.123 of the command line."""
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < len(str(MOST_PEOPLE)) else None


def _share(text: str, name: str) -> float:
    found = _decimal(text)
    if found is None or not 0 < found < HUNDRED:
        raise InputError("web_bad_share", name=name, text=text)
    return float(found / HUNDRED)


def _number(name: str, fields: Mapping[str, str], over: Decimal = Decimal(1)) -> float:
    found = _decimal(fields.get(name, ""))
    if found is None:
        raise InputError("web_not_a_number", name=say(f"web.simulate.field.{name}"), text=fields.get(name, ""))
    return float(found / over)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan with what was asked, of which it keeps only a part."""

    wanted: Wanted
    plan: Plan


def plan(wanted: Wanted, *, progress: Progress) -> Planned:
    """What planned lists would give: one guess of the population after the other, so that it can be followed.

    Parameters
    ----------
    wanted
        What is asked.
    progress
        Called before each guess, and at the end.
    """
    found, sizes = [], wanted.population
    for place, size in enumerate(sizes):
        progress(place, len(sizes), "planning")
        found.append(
            design(
                wanted.lists,
                size,
                odds_ratio=wanted.odds_ratio,
                heterogeneity=wanted.heterogeneity,
                another=wanted.another,
                anchor=wanted.anchor,
                within=wanted.within,
                level=wanted.level,
                populations=wanted.populations,
                seed=wanted.seed,
            )
        )
    progress(len(sizes), len(sizes), "planning")
    return Planned(wanted=wanted, plan=_together(found))


def _together(plans: Sequence[Plan]) -> Plan:
    """The plan that all guesses at once would have given: they do not depend on each other."""
    findings = [each for one in plans for each in one.findings]
    different = [each for place, each in enumerate(findings) if each not in findings[:place]]
    return replace(
        plans[0],
        populations=tuple(size for one in plans for size in one.populations),
        anchors=tuple(size for one in plans for size in one.anchors),
        needed=tuple(size for one in plans for size in one.needed),
        outlooks=tuple(row for one in plans for row in one.outlooks),
        findings=by_severity(different),
    )


def attempt(
    answer: Estimates, table: CaptureTable | None, populations: int, folder: Path, *, progress: Progress
) -> Simulation:
    """How often the interval of an answer would be right, on populations of known size.

    Parameters
    ----------
    answer
        Whose model and interval are tried.
    table
        Where each model that the data can hardly tell from the best is taken to be true in turn; None where that of the
        answer is.
    populations
        How many of each kind; their seed is that of the answer.
    folder
        Where populations that are done wait, so that work that was stopped goes on where it was.
    progress
        Called as they are done.
    """
    progress(0, 1, "simulation")
    tried = None if table is None else pipeline_of_answer(answer, answer.level)
    source = answer if table is None else table
    return simulate(
        source,
        tried,
        populations=populations,
        seed=answer.seed,
        workers=ONE,
        folder=folder,
        progress=progress,
    )
