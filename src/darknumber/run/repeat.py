"""The commands that make a report again, for the report itself to show."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from darknumber.data.examples import examples
from darknumber.data.table import CaptureTable
from darknumber.inference.assumed import LINKED
from darknumber.inference.estimates import Estimates
from darknumber.models.text import format_thing
from darknumber.words import language

# Options of `link` that take a word, and what they are where nothing is said.
LINKING = {"extracted": "", "definition": "", "method": "probabilistic", "key": "own", "unlinkable": "leave out"}
GUESSED = "-"  # in the place of a mapping file: told from the headings
KEPT_MODEL = "model.json"  # a linkage model that was given; its name is not kept
LINKED_FILE = "linked.dn"  # where linked tables are kept, where nothing else is said


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
    known = bool(estimates.name and estimates.fits)
    kept = linked.name if linked is not None else LINKED_FILE
    lines = [each for each in (_linking(estimates, kept), _estimating(estimates, file, kept)) if each] if known else []
    asked = [] if threshold is None else ["--threshold", f"{threshold:g}"]
    asked += [] if panel else ["--no-panel"]
    asked += [] if linked is None else ["--linked", linked.name]
    lines.append(["report", file.name, "--out", out.name, "--about", about, *asked, "--lang", language()])
    return "\n".join(shlex.join(["darknumber", *words]) for words in lines)


def estimating(estimates: Estimates) -> str:
    """The command that gives an answer again; empty where its data have no name."""
    if not (estimates.name and estimates.fits):
        return ""
    return shlex.join(["darknumber", *_estimating(estimates, None, LINKED_FILE)])


def _linking(estimates: Estimates, kept: str) -> list[str]:
    """The command that linked the reports; none of an answer from other data."""
    facts = _facts(estimates)
    if facts is None:
        return []
    data = estimates.fits[0].data
    files = facts.get("files") or [(Path(estimates.name).name, "")]
    words = ["link", *(file for file, _ in files), *_described(data)]
    if any(mapping for _, mapping in files):
        for _, mapping in files:
            words += ["--mapping", mapping or GUESSED]
    for name in ("threshold", "draws", "seed"):
        words += [f"--{name}", f"{facts[name]:g}"] if name in facts else []
    for name, usual in LINKING.items():
        asked = str(facts.get(name, usual))
        words += [f"--{name}", asked] if asked not in ("", usual) else []
    for merged in facts.get("merge", ()):
        words += ["--merge", str(merged)]
    words += ["--model-in", KEPT_MODEL] if facts.get("kept_model") else []
    return [*words, "--out", kept]


def _facts(estimates: Estimates) -> Mapping[str, Any] | None:
    """What is known of the links behind an answer."""
    return next((each.values for each in estimates.findings if each.code == LINKED), None)


def _described(data: CaptureTable, numbers: Sequence[str] = ()) -> list[str]:
    """How the data were read, as far as the table tells, with the covariates that were taken as `numbers`."""
    words = ["--lists", ",".join(data.lists)] if len(data.lists) > 1 else ["--times", data.lists[0]]
    names = [covariate.name for covariate in data.covariates]
    names += [name for name in numbers if name not in names]
    if names:
        words += ["--covariates", ",".join(names)]
    for gap in _gaps(data):
        words += ["--not-kept", gap]
    if data.unit != "person":
        words += ["--unit", data.unit]
    return words


def _gaps(data: CaptureTable) -> list[str]:
    """Where lists were not kept, by the levels of one covariate each; nothing where that cannot be said so."""
    grid = data.operating.reshape(*data.shape, len(data.lists))
    found, told = [], np.ones_like(grid)
    for axis, covariate in enumerate(data.covariates):
        others = tuple(each for each in range(len(data.shape)) if each != axis)
        kept = np.asarray(grid.any(axis=others))
        for place, name in enumerate(data.lists):
            never = [level for level, there in zip(covariate.levels, kept[:, place], strict=True) if not there]
            if never:
                found.append(f"{name}:{covariate.name}={','.join(never)}")
                shape = [-1 if each == axis else 1 for each in range(len(data.shape))]
                told[..., place] &= kept[:, place].reshape(shape)
    return found if np.array_equal(told, grid) else []


def _estimating(estimates: Estimates, file: Path | None, kept: str) -> list[str]:
    data = estimates.fits[0].data
    # What is made up says so in its name, in the language it was read in: "register (synthetic)".
    built_in = [entry.name for entry in examples() if estimates.name.partition(" (")[0] == entry.name]
    words = ["estimate", *(built_in or [Path(estimates.name).name])]
    if _facts(estimates) is not None:
        words = ["estimate", kept]
    elif not built_in:
        words += _described(data, getattr(estimates.fits[0].model, "numbers", ()))
    words += ["--model", format_thing(estimates.fits[0].model), "--interval", format_thing(estimates.interval)]
    words += ["--level", str(estimates.level), "--seed", str(estimates.seed)]
    return words if file is None else [*words, "--out", file.name]
