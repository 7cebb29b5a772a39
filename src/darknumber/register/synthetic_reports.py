"""A synthetic register as the reports it comes from: several a person, with the mistakes that reports have.

Nobody in it exists. Every counted person is given an identity that agrees with what the table says of them, and at
least one report for each list they are on. The true person behind each report is kept apart.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from darknumber.data.engine import connection
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.kernels.histories import membership
from darknumber.register.contacts import REFERRED, REPEATS, contacts
from darknumber.register.identities import DUTCH, MINORS, WOMEN, births, citizenships, named
from darknumber.register.mistakes import Mistakes, with_typos
from darknumber.register.synthesise import SEED, synthesise

BATCH = 1 << 15  # people made at a time: bounds the memory
STREAM = 3  # other random numbers than those the register itself is drawn with
DATES = {"report_date": "DATE", "birth_date": "DATE"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SyntheticReports:
    """Reports on people who do not exist.

    Parameters
    ----------
    columns
        By name, ``(reports,)`` texts; None is not recorded. Dates as 2019-12-31.
    person
        ``(reports,)`` the true person.
    truth
        The table the reports were made of.
    """

    columns: dict[str, NDArray[np.object_]]
    person: NDArray[np.int64]
    truth: CaptureTable
    seed: int


def synthetic_reports(reports: int | None = None, *, seed: int = SEED) -> SyntheticReports:
    """About `reports` reports of a register like the national one; without a number, of that one."""
    return reports_of(synthesise(seed=seed, scale=_scale(reports)).flagged, seed=seed)


def reports_of(table: CaptureTable, *, seed: int, mistakes: Mistakes | None = None) -> SyntheticReports:
    """Reports of the people in a table."""
    pieces = list(batches(table, seed=seed, mistakes=mistakes or Mistakes()))
    columns = {name: np.concatenate([piece[0][name] for piece in pieces]) for name in pieces[0][0]}
    return SyntheticReports(
        columns=columns, person=np.concatenate([piece[1] for piece in pieces]), truth=table, seed=seed
    )


def write_reports(
    path: Path | str, *, reports: int | None = None, seed: int = SEED, truth: Path | str | None = None
) -> None:
    """Write reports as CSV or, where the name ends so, Parquet; the same seed gives the same bytes."""
    table = synthesise(seed=seed, scale=_scale(reports)).flagged
    opened = connection()
    opened.execute("SET threads = 1")
    opened.execute("SET preserve_insertion_order = true")
    wanted = Path(path)
    made = _written(wanted, batches(table, seed=seed, mistakes=Mistakes()))
    people = []
    for columns, person in made:
        people.append(person)
        opened.register("piece", dict(columns))
        chosen = ", ".join(f"CAST({name} AS {DATES.get(name, 'VARCHAR')}) AS {name}" for name in columns)
        if len(people) == 1:
            opened.execute(f"CREATE TABLE reports AS SELECT {chosen} FROM piece")
        else:
            opened.execute(f"INSERT INTO reports SELECT {chosen} FROM piece")
        opened.unregister("piece")
    if wanted.suffix.lower() == ".parquet":
        opened.table("reports").write_parquet(str(wanted))
    if truth is not None:
        numbers = np.concatenate(people)
        with Path(truth).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("report_id", "person"))
            writer.writerows((f"R{row + 1:08d}", number) for row, number in enumerate(numbers.tolist()))


def _written(
    path: Path, made: Iterator[tuple[dict[str, NDArray[np.object_]], NDArray[np.int64]]]
) -> Iterator[tuple[dict[str, NDArray[np.object_]], NDArray[np.int64]]]:
    if path.suffix.lower() == ".parquet":
        yield from made
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        headed = False
        for columns, person in made:
            if not headed:
                writer.writerow(columns)
                headed = True
            writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
            yield columns, person


def batches(
    table: CaptureTable, *, seed: int, mistakes: Mistakes
) -> Iterator[tuple[dict[str, NDArray[np.object_]], NDArray[np.int64]]]:
    """The reports in pieces, each in order of date, and the true person of each."""
    cell = np.repeat(np.arange(len(table.count)), table.count)
    np.random.Generator(np.random.Philox([seed, STREAM])).shuffle(cell)
    rows = 0
    for start in range(0, len(cell), BATCH):
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, STREAM, start // BATCH])))
        columns, person = _batch(table, cell[start : start + BATCH], mistakes, rng)
        numbered = {"report_id": _objects([f"R{rows + row + 1:08d}" for row in range(len(person))])}
        yield numbered | columns, person + start
        rows += len(person)


def _batch(
    table: CaptureTable, cell: NDArray[np.int64], mistakes: Mistakes, rng: np.random.Generator
) -> tuple[dict[str, NDArray[np.object_]], NDArray[np.int64]]:
    n = len(cell)
    levels = dict(
        zip(
            (covariate.name for covariate in table.covariates),
            np.unravel_index(table.stratum[cell], table.shape) if table.shape else (),
            strict=True,
        )
    )
    known = {covariate.name: covariate for covariate in table.covariates}

    def labels(name: str, absent: str) -> NDArray[np.object_]:
        if name not in known:
            return np.full(n, absent, dtype=object)
        return _objects(known[name].levels)[levels[name]]

    female = _choice(labels("sex", ""), "female", WOMEN, rng)
    adult = ~_choice(labels("age", ""), "minor", MINORS, rng)
    dutch = _choice(labels("nationality", ""), "dutch", DUTCH, rng)
    form = labels("form", "any")
    year = labels("year", "2019")
    start = np.array([f"{text}-01-01" for text in year], dtype="datetime64[D]")
    days = np.full(n, 365)
    seen = contacts(
        membership(table.history[cell], len(table.lists)), start, days, repeats=REPEATS, referred=REFERRED, rng=rng
    )
    who = seen.person
    first = np.full(n, np.datetime64("9999-01-01"))
    last = np.full(n, np.datetime64("0001-01-01"))
    np.minimum.at(first, who, seen.day)
    np.maximum.at(last, who, seen.day)
    citizenship = citizenships(form, dutch, rng)
    given, prefix, surname = named(citizenship, female, rng)
    birth = births(adult, first, last, rng)
    place = _objects(PLACES)[rng.integers(len(PLACES), size=n)]

    rows = len(who)

    def hit(share: float) -> NDArray[np.bool_]:
        return np.asarray(rng.random(rows) < share)

    given_name, surname_prefix, family = given[who], prefix[who], surname[who]
    with_typos(given_name, np.flatnonzero(hit(mistakes.typo)), rng)
    with_typos(family, np.flatnonzero(hit(mistakes.typo)), rng)
    swapped = hit(mistakes.swapped)
    given_name[swapped], family[swapped] = family[swapped], given_name[swapped]
    initials = _objects([f"{name[:1]}." if name else None for name in given_name])
    given_name[hit(mistakes.initials_only)] = None
    surname_prefix[hit(mistakes.prefix_dropped)] = None
    born = birth[who]
    month = born.astype("datetime64[M]").astype(int) % 12
    day = (born - born.astype("datetime64[M]")).astype(int)
    turned = hit(mistakes.day_month) & (day < 12)
    year_start = born.astype("datetime64[Y]")
    exchanged = (year_start.astype("datetime64[M]") + day).astype("datetime64[D]") + month
    born = np.where(turned, exchanged, born)
    birth_date = np.datetime_as_string(born).astype(object)
    birth_year = _objects([text[:4] for text in birth_date])
    birth_date[hit(mistakes.birth_year_only)] = None
    unborn = hit(mistakes.birth_missing)
    birth_date[unborn] = birth_year[unborn] = None
    columns = {
        "report_date": np.datetime_as_string(seen.day).astype(object),
        "organisation": _objects(table.lists)[seen.list],
        "given_name": given_name,
        "surname_prefix": np.where(surname_prefix == "", None, surname_prefix),
        "surname": family,
        "initials": initials,
        "birth_date": birth_date,
        "birth_year": birth_year,
        "place": place[who],
        "sex": np.where(hit(mistakes.sex_missing), None, np.where(female, "female", "male")[who].astype(object)),
        "citizenship": np.where(hit(mistakes.citizenship_missing), None, citizenship[who]),
        "form": np.where(form == NOT_RECORDED, None, form)[who],
        "crossing": labels("crossing", None)[who],
        "referred_by": np.where(seen.referred_by >= 0, _objects(table.lists)[seen.referred_by], None),
    }
    nobody = hit(mistakes.nameless)
    for name in ("given_name", "surname_prefix", "surname", "initials", "birth_date", "birth_year", "place"):
        columns[name][nobody] = None
    order = np.argsort(seen.day, kind="stable")
    return {name: column[order] for name, column in columns.items()}, who[order]


PLACES = ("Amsterdam", "Rotterdam", "Den Haag", "Utrecht", "Eindhoven", "Groningen", "Tilburg", "Almere", "Breda")


def _choice(labels: NDArray[np.object_], wanted: str, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Whether each has the level; drawn where the table does not say."""
    unknown = (labels == "") | (labels == NOT_RECORDED)
    return np.asarray(np.where(unknown, rng.random(len(labels)) < share, labels == wanted))


def _objects(values: Sequence[object] | tuple[str, ...]) -> NDArray[np.object_]:
    return np.array(list(values), dtype=object)


def _scale(reports: int | None) -> float:
    return 1.0 if reports is None else reports / 15_000
