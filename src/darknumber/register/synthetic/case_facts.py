"""What happened to the people of a synthetic register, and what each report says of it.

Acts, means, signals and indicators happened to a person or did not. A report mentions most of what happened if it says
anything about its kind, denies some of what did not, and is silent on the rest: what it is silent on is unknown. The
probabilities stand in ``case_facts.toml`` beside this file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.register.reading.schema import BORDER_CONDUCT
from darknumber.register.synthetic.identities import drawn
from darknumber.register.synthetic.mistakes import Writer
from darknumber.register.synthetic.text_columns import BETWEEN, Texts, either, texts

ARTICLE = "273f"  # of the criminal code, in force over the years of the register
KINDS = ("act", "means", "signals", "indicators")
DENIABLE = ("means", "signals", "indicators")


@cache
def chances() -> Mapping[str, Any]:
    """The probabilities in ``case_facts.toml``."""
    return tomllib.loads(files("darknumber.register.synthetic").joinpath("case_facts.toml").read_text(encoding="utf-8"))


def happened(kind: str, form: Texts, abroad: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """``(people, codes)`` which codes of a kind apply to each person; codes in the order of `codes`.

    People whose form of exploitation is another one, or not known, are like those in sexual exploitation.
    """
    wanted = codes(kind)
    table: Mapping[str, Mapping[str, float]] = chances()[kind]
    by_form = {name: np.array([odds.get(code, 0.0) for code in wanted]) for name, odds in table.items()}
    probability = np.tile(by_form["sexual"], (len(form), 1))
    for name in ("labour", "criminal"):
        probability[form == name] = by_form[name]
    for code, chance in table.get("abroad", {}).items():
        probability[abroad, wanted.index(code)] = chance
    return np.asarray(rng.random(probability.shape) < probability)


@cache
def codes(kind: str) -> tuple[str, ...]:
    """The codes of a kind that occur, in order."""
    return tuple(sorted({code for odds in chances()[kind].values() for code in odds}))


def said(
    facts: Mapping[str, NDArray[np.bool_]],
    who: NDArray[np.int64],
    lists: Sequence[str],
    on: NDArray[np.int64],
    rng: np.random.Generator,
) -> dict[str, Texts]:
    """The columns with what reports say happened, and with what they deny.

    Parameters
    ----------
    facts
        For each kind what `happened`.
    who, on
        ``(reports,)`` the person, and the number of the list that reports.
    """
    asked: Mapping[str, Mapping[str, float]] = chances()["asked"]
    talk: Mapping[str, float] = chances()["said"]
    columns: dict[str, Texts] = {}
    denied = []
    for kind in KINDS:
        chance = np.array([asked.get(name, asked["any"])[kind] for name in lists])[on]
        speaks = (rng.random(len(who)) < chance)[:, None]
        true = facts[kind][who]
        draw = rng.random(true.shape)
        columns[kind] = _joined(codes(kind), speaks & true & (draw < talk["mentioned"]))
        if kind in DENIABLE:
            denied.append(speaks & ~true & (draw < talk["denied"]))
    columns["denied"] = _joined(sum((codes(kind) for kind in DENIABLE), ()), np.hstack(denied))
    return columns


def sectors(form: Texts, rng: np.random.Generator) -> Texts:
    """``(people,)`` the sector each was exploited in; None where the form of exploitation is not known."""
    found = texts([None] * len(form))
    for name, mix in chances()["sector"].items():
        rows = np.flatnonzero(form == name)
        found[rows] = drawn(mix, len(rows), rng)
    return found


def handled(
    lists: Sequence[str],
    on: NDArray[np.int64],
    flagged: NDArray[np.bool_],
    minor: NDArray[np.bool_],
    nameless: NDArray[np.bool_],
    writer: Writer,
) -> dict[str, Texts]:
    """The columns with what the organisation did: status, consent, shelter, legal basis.

    Parameters
    ----------
    on
        ``(reports,)`` the number of the list that reports.
    flagged, minor, nameless
        ``(reports,)`` whether the report is about art. 273f(1)(3) and nothing else; about a minor; without a name.
        Where consent is needed, a report without a name is one without consent.
    """
    rng, rest = writer.rng, chances()["rest"]
    status = texts([""] * len(on))
    mixes = chances()["status"]
    for number, name in enumerate(lists):
        rows = np.flatnonzero(on == number)
        status[rows] = drawn(mixes.get(name, mixes["any"]), len(rows), rng)
    status[rng.random(len(on)) < rest["status_missing"]] = None
    duty = np.array([name in chances()["duty"]["organisations"] for name in lists])[on]
    consent = np.where(duty, "legal_duty", np.where(nameless, "no", "yes")).astype(object)
    shelter = either(rng.random(len(on)) < rest["shelter_requested"], "yes", "no")
    basis = either(minor, f"{ARTICLE}.2", f"{ARTICLE}.1")
    basis[rng.random(len(on)) < rest["legal_basis_missing"]] = None
    basis[flagged] = BORDER_CONDUCT
    return {"status": status, "consent": consent, "shelter_requested": shelter, "legal_basis": basis}


def _joined(names: Sequence[str], marks: NDArray[np.bool_]) -> Texts:
    """``(rows,)`` the names that are marked, with a semicolon between; None where none is."""
    key = marks @ (1 << np.arange(len(names)))
    different, place = np.unique(key, return_inverse=True)
    written = [
        BETWEEN.join(name for bit, name in enumerate(names) if key >> bit & 1) or None for key in different.tolist()
    ]
    return np.asarray(texts(written)[place])
