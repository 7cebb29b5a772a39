"""Reports on people who do not exist, with names that stand in no sentence; and a search for them wherever they may be.

Everything that says who somebody is was drawn from letters that go together in no language, so that what is found of it
anywhere can only have come from the reports.
"""

from __future__ import annotations

import csv
import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq

PEOPLE = 60
ORGANISATIONS = ("police", "care", "border")
_SYLLABLES = ("zwy", "quox", "brax", "fjor", "plim", "trux", "gnov", "hjal", "vrok", "smyx", "dwurg", "kliq")
_BORN = range(1931, 1939)


def _people(seed: int) -> list[dict[str, str]]:
    drawn = Random(seed)
    made: dict[tuple[str, str], dict[str, str]] = {}
    while len(made) < PEOPLE:
        given, surname, place = ("".join(drawn.sample(_SYLLABLES, 3)).capitalize() for _ in range(3))
        born = f"{drawn.choice(_BORN)}-{drawn.randint(2, 12):02d}-{drawn.randint(13, 28):02d}"
        key = f"KLNT{drawn.randint(10**7, 10**8 - 1)}"
        made[given, surname] = {
            "given_name": given, "surname": surname, "birth_date": born, "place": place, "person_key": key,
            "sex": drawn.choice(("female", "male")),
        }  # fmt: skip
    return list(made.values())


SOMEBODY = _people(1)
SLIPS = ("sex", "report_date", "form", "crossing", "citizenship", "means", "signals", "birth_date", "report_id")


def columns(seed: int = 2) -> dict[str, list[str]]:
    """Two to four reports on everybody, some with what belongs elsewhere: names where a code or a date should be."""
    drawn = Random(seed)
    rows: list[dict[str, str]] = []
    for person in SOMEBODY:
        for _ in range(drawn.randint(2, 4)):
            when = f"{drawn.randint(2016, 2019)}-{drawn.randint(1, 12):02d}-{drawn.randint(1, 28):02d}"
            where = {"organisation": drawn.choice(ORGANISATIONS), "report_date": when, "citizenship": "NLD"}
            more = {"form": "labour", "crossing": "domestic", "means": "M1", "signals": "S1"}
            rows.append(where | person | more | {"report_id": f"RPRT{drawn.randint(10**7, 10**8 - 1)}"})
    for place, name in enumerate(SLIPS):
        rows[place][name] = SOMEBODY[place]["surname"]
    rows[20] = rows[20] | {"given_name": rows[20]["surname"], "surname": rows[20]["given_name"]}  # exchanged
    rows.append(dict.fromkeys(rows[0], "") | {"surname": SOMEBODY[0]["surname"]})  # set aside
    rows.append(rows[3])  # twice
    return {name: [row[name] for row in rows] for name in rows[0]}


def write(
    path: Path, told: Mapping[str, Sequence[str]] | None = None, headings: Mapping[str, str] | None = None
) -> Path:
    """A file of them, separated by semicolons; `headings` gives columns another name."""
    told = columns() if told is None else told
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=";", lineterminator="\n")
        out.writerow([(headings or {}).get(name, name) for name in told])
        out.writerows(zip(*told.values(), strict=True))
    return path


def secrets(told: Mapping[str, Sequence[str]] | None = None) -> frozenset[str]:
    """All that must never be read anywhere, in small letters; dates of birth in the ways people write them."""
    told = columns() if told is None else told
    found = {value.casefold() for name in ("given_name", "surname", "place", "person_key", "report_id")
             for value in told[name] if value}  # fmt: skip
    for person in SOMEBODY:
        year, month, day = person["birth_date"].split("-")
        found |= {f"{year}-{month}-{day}", f"{day}-{month}-{year}", f"{year}{month}{day}", f"{day}/{month}/{year}",
                  f"{month}/{day}/{year}", f"{year}, {int(month)}, {int(day)}"}  # fmt: skip
    return frozenset(found)


# A date without marks is eight digits, which stand by chance in long numbers and codes: there it must stand alone.
_ALL = re.compile(
    "|".join(
        rf"(?<![0-9a-f]){each}(?![0-9a-f])" if each.isdigit() else re.escape(each)
        for each in sorted(secrets(), key=len, reverse=True)
    )
)


def traces(texts: Iterable[str]) -> list[str]:
    """What was planted and stands in some text."""
    return sorted({each for text in texts for each in _ALL.findall(text.casefold())})


def traces_in(path: Path) -> list[str]:
    """What was planted and stands in a file, or in the files of a folder, packed or not."""
    paths = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    return traces(text for each in paths for text in texts_of(each.read_bytes()))


def texts_of(content: bytes) -> list[str]:
    """The texts in a file: as it is, and unpacked where it is an archive, a Parquet file or a PDF."""
    found = [content.decode("utf-8", "replace"), content.decode("utf-16-le", "replace")]
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                found += [name, *texts_of(packed.read(name))]
    elif content[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(content))
        found.append(str(table.schema.metadata))
        found += [str(value) for name in table.column_names for value in (name, *table.column(name).to_pylist())]
    elif content[:2] == b"\x1f\x8b":
        found += texts_of(zlib.decompress(content, 47))
    elif content[:5] == b"%PDF-":
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
            try:
                found.append(zlib.decompress(stream).decode("latin-1"))
            except zlib.error:
                continue
    elif tarfile.is_tarfile(io.BytesIO(content)):
        with tarfile.open(fileobj=io.BytesIO(content)) as packed:
            for member in packed.getmembers():
                file = packed.extractfile(member)
                found += [member.name, *(texts_of(file.read()) if file else [])]
    return found


def everything_of(error: BaseException | None) -> list[str]:
    """The text of an error, its parts, and those of all errors that ride along with it."""
    said: list[str] = []
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        said += [
            str(each),
            repr(each),
            repr(each.args),
            repr(getattr(each, "values", "")),
            *getattr(each, "__notes__", ()),
        ]
        waiting += [each.__cause__, each.__context__]
    return said
