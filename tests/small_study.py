"""A small study that runs in seconds: three lists, three years, two definitions of who counts."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

LISTS = ("police", "care", "shelter")
RATES = (0.35, 0.25, 0.3)

STUDY = """\
[study]
title = {en = "A small study", nl = "Een klein onderzoek"}
vintage = "2021"
population = "victims"
place = {en = "in Nowhere", nl = "in Nergens"}
area = "528"
authors = ["A. Author"]
publisher = "An office"
licence = "CC-BY-4.0"
published = 2021-11-29
languages = ["nl", "en"]

[data]
source = "counts.csv"
unit = "person-year"

[lists.police]
label = {en = "the force", nl = "de sterke arm"}
covers = "Everyone reported."
refers_to = ["care"]
[lists.care]
[lists.shelter]

[covariates.year]
[covariates.form]
levels = {sexual = {en = "kind one", nl = "soort een"}}
[covariates.crossing]

[groupings.four]
ready = "rapporteur-four"

[definitions.border]
column = "border"
values = ["yes"]
label = {en = "cases at the border", nl = "zaken aan de grens"}

[model]
model = 'log-linear("police:care")'
interval = "bootstrap(replicates=20)"

[tables]
groups = [["four"], ["form"], ["year", "form"]]
means = [["2018", "2019"]]

[trust]
studies = ["check", "omit"]

[rates]
residents = "residents.csv"
by = [["year"]]
columns = {jaar = "year"}

[publication]
draws = true

[letter]
signatory = "The director"

[assumptions]
closure = {en = "Within a year nobody leaves.", nl = "Binnen een jaar vertrekt niemand."}

[[beside]]
title = {en = "What is known", nl = "Wat bekend is"}
file = "truth.csv"
"""


def write_study(folder: Path, text: str = STUDY) -> Path:
    """The study file and its data in a folder; the same every time."""
    rng = np.random.Generator(np.random.Philox(7))
    rows, truth = [], {}
    for year in ("2017", "2018", "2019"):
        for form in ("sexual", "labour"):
            for crossing in ("domestic", "cross-border"):
                for border, size in (("no", 400), ("yes", 60 if crossing == "cross-border" else 0)):
                    truth[year] = truth.get(year, 0) + size
                    on = rng.random((size, len(LISTS))) < RATES
                    kinds, counts = np.unique(on.astype(int), axis=0, return_counts=True)
                    for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True):
                        if any(kind):
                            rows.append([*kind, year, form, crossing, border, count])
    with (folder / "counts.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*LISTS, "year", "form", "crossing", "border", "count"], *rows])
    (folder / "truth.csv").write_text("year;estimate\n" + "".join(f"{y};{n}\n" for y, n in truth.items()))
    (folder / "residents.csv").write_text("jaar;inwoners\n2017;17081507\n2018;17181084\n2019;17282163\n")
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path
