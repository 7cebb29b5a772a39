"""The commands that make a report again, for the report itself to show."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from darknumber.words import language

if TYPE_CHECKING:
    from darknumber.inference.estimates import Estimates


def commands(
    estimates: Estimates,
    file: Path,
    out: Path,
    about: str,
    *,
    panel: bool = True,
    threshold: float | None = None,
    linked: Path | None = None,
) -> str:
    """The commands from data to page, one a line; of files the names only, as the page travels and folders do not.

    How the data were read is not kept with estimates, so the lists and covariates stand for it. Estimates of a data
    frame without a name have no command; only the page's own is given.
    """
    lines = [_estimating(estimates, file)] if estimates.name and estimates.fits else []
    asked = [] if threshold is None else ["--threshold", f"{threshold:g}"]
    asked += [] if panel else ["--no-panel"]
    asked += [] if linked is None else ["--linked", linked.name]
    lines.append(["report", file.name, "--out", out.name, "--about", about, *asked, "--lang", language()])
    return "\n".join(shlex.join(["darknumber", *words]) for words in lines)


def _estimating(estimates: Estimates, file: Path) -> list[str]:
    from darknumber.data.examples import examples
    from darknumber.models.text import format_thing

    data = estimates.fits[0].data
    # What is made up says so in its name, in the language it was read in: "register (synthetic)".
    built_in = [entry.name for entry in examples() if estimates.name.partition(" (")[0] == entry.name]
    words = ["estimate", *(built_in or [Path(estimates.name).name])]
    if not built_in:
        words += ["--lists", ",".join(data.lists)]
        if data.covariates:
            words += ["--covariates", ",".join(covariate.name for covariate in data.covariates)]
        if data.unit != "person":
            words += ["--unit", data.unit]
    words += ["--model", format_thing(estimates.fits[0].model), "--interval", format_thing(estimates.interval)]
    return [*words, "--level", str(estimates.level), "--seed", str(estimates.seed), "--out", file.name]
