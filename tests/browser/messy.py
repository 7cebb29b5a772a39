"""Files as offices send them, made up; the names in them belong to nobody."""

from __future__ import annotations

import random
from pathlib import Path

import openpyxl

NAMES = ("Aafje Quispel", "Wubbo Xanthos", "Ytsje Zwolsman")  # must never be seen on a page
LISTS = ("Politie", "Zorgcoördinator", "Opvang")


def people(rows: int = 400, seed: int = 1) -> list[dict[str, str]]:
    """People on three lists, by year and sex."""
    random.seed(seed)
    found = []
    while len(found) < rows:
        on = [random.random() < share for share in (0.5, 0.35, 0.25)]
        if any(on):
            found.append(
                {
                    "Persoonsnummer": f"P{len(found):05}",
                    "Naam": f"{random.choice(NAMES)} {len(found)}",
                    "Jaar": random.choice(("2018", "2019")),
                    "Geslacht": random.choice(("man", "vrouw", "")),
                    **{name: "ja" if here else "nee" for name, here in zip(LISTS, on, strict=True)},
                }
            )
    return found


def dutch_csv(folder: Path) -> Path:
    """Semicolons, a byte-order mark, Dutch headings, yes and no in Dutch, missing values, an empty last line."""
    rows = people()
    lines = [";".join(rows[0]), *(";".join(row.values()) for row in rows), ";;;;;;"]
    path = folder / "slachtoffers 2018-2019.csv"
    path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
    return path


def two_sheets(folder: Path) -> Path:
    """A workbook with a sheet of remarks before that with counts, as 1.234,0 and such."""
    book = openpyxl.Workbook()
    book.active.title = "Toelichting"
    book.active.append(["Opmerking"])
    book.active.append(["Peildatum 1 maart"])
    sheet = book.create_sheet("Aantallen")
    sheet.append(["A", "B", "C", "aantal"])
    for cell in (
        (1, 0, 0, 120),
        (0, 1, 0, 90),
        (0, 0, 1, 60),
        (1, 1, 0, 25),
        (1, 0, 1, 18),
        (0, 1, 1, 12),
        (1, 1, 1, 6),
    ):
        sheet.append(list(cell))
    path = folder / "telling.xlsx"
    book.save(path)
    return path


def odd_reports(folder: Path) -> Path:
    """A row for each list a person is on, with ids twice, two values of a covariate, and markup as headings."""
    rows = people(300, seed=2)
    lines = ["client_id,bron,<script>alert(1)</script>,=cmd()"]
    for row in rows:
        on = [name for name in LISTS if row[name] == "ja"]
        for place, name in enumerate(on):
            sex = row["Geslacht"] if place == 0 or int(row["Persoonsnummer"][1:]) % 5 else "anders"
            lines.append(f"{row['Persoonsnummer']},{name},{sex},{row['Jaar']}")
    path = folder / "lijsten.csv"
    path.write_text("\n".join(lines) + "\n", encoding="latin-1")
    return path
