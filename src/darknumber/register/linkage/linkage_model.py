"""A fitted linkage model: probabilities only, so that it can be kept, shown and used again on other reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from darknumber.data.files import existing
from darknumber.errors import InputError
from darknumber.register.linkage.comparisons import Comparison, sorts_of
from darknumber.register.linkage.matching import Alike, Matching

Nested = Sequence[Any]  # numbers in lists in lists

VERSION = 1
DIGITS = 12  # of a kept probability; weights then differ by far less than a bit


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLevel:
    """One level of a comparison.

    Parameters
    ----------
    code
        Its name.
    m, u
        How often two reports about one person, and about any two, agree in this way.
    alike
        How often reports about two people who agree for a reason do, for each of the `LinkageModel.alike`.
    """

    code: str
    m: float
    u: float
    alike: tuple[float, ...]

    @property
    def bits(self) -> float:
        """Its weight: log2 of m over u; for names and places that of a value of ordinary frequency."""
        return float(np.log2(self.m / self.u))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelComparison:
    """One comparison.

    Parameters
    ----------
    name
        Its name.
    levels
        From the same to different.
    follows, table
        The comparisons that it goes with among two people, and ``u`` for each way of agreeing on these, in nested
        lists: the last place of each is where that is not recorded.
    """

    name: str
    levels: tuple[ModelLevel, ...]
    follows: tuple[str, ...] = ()
    table: Nested = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePairs:
    """How many pairs one rule brings together, and how many that no earlier rule did."""

    code: str
    pairs: int
    new_pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageModel:
    """How two reports about one person, and about two people, agree.

    Parameters
    ----------
    comparisons
        With their probabilities.
    prior
        The probability that two reports taken at random are about one person.
    alike
        Sorts of two people who agree for a reason, by name, each with the probability of such a pair.
    pairs
        Pairs of reports about one person that the model expects, found by a rule or not.
    found
        The share of them that some rule brings together.
    rules
        The rules, in the order in which they were tried.
    reports
        To how many reports it was fitted.
    """

    comparisons: tuple[ModelComparison, ...]
    prior: float
    alike: tuple[tuple[str, float], ...]
    pairs: float
    found: float
    rules: tuple[RulePairs, ...] = ()
    reports: int = 0

    def to_json(self) -> str:
        """As text; probabilities and codes only."""
        return json.dumps(
            {
                "version": VERSION,
                "reports": self.reports,
                "prior": _kept(self.prior),
                "alike": {name: _kept(prior) for name, prior in self.alike},
                "pairs": _kept(self.pairs),
                "found": _kept(self.found),
                "comparisons": [
                    {
                        "name": each.name,
                        "follows": list(each.follows),
                        "table": _rounded(each.table),
                        "levels": [
                            {
                                "code": level.code,
                                "m": _kept(level.m),
                                "u": _kept(level.u),
                                "alike": [_kept(value) for value in level.alike],
                            }
                            for level in each.levels
                        ],
                    }
                    for each in self.comparisons
                ],
                "rules": [{"code": r.code, "pairs": r.pairs, "new_pairs": r.new_pairs} for r in self.rules],
            },
            indent=2,
        )

    def matching(self, comparisons: Sequence[Comparison]) -> Matching:
        """The probabilities for these comparisons.

        Raises
        ------
        InputError
            The reports cannot be compared on what the model compares.
        """
        made = [(each.name, [level.code for level in each.levels]) for each in comparisons]
        known = [(each.name, [level.code for level in each.levels]) for each in self.comparisons]
        if made != known:
            raise InputError("other_linkage_model", known=[name for name, _ in known], found=[name for name, _ in made])
        names = [each.name for each in self.comparisons]
        return Matching(
            m=tuple(np.array([level.m for level in each.levels]) for each in self.comparisons),
            u=tuple(np.array(each.table, dtype=float) for each in self.comparisons),
            overall=tuple(np.array([level.u for level in each.levels]) for each in self.comparisons),
            alike=tuple(
                Alike(
                    law=tuple(np.array([level.alike[sort] for level in each.levels]) for each in self.comparisons),
                    prior=prior,
                )
                for sort, (_, prior) in enumerate(self.alike)
            ),
            follows=tuple(tuple(names.index(name) for name in each.follows) for each in self.comparisons),
            prior=self.prior,
            pairs=self.pairs,
            found=self.found,
            steps=0,
        )


def model_of(
    matching: Matching, comparisons: Sequence[Comparison], rules: Sequence[RulePairs], reports: int
) -> LinkageModel:
    """What was fitted, with the names of everything."""
    names = [each.name for each in comparisons]
    made = []
    for place, each in enumerate(comparisons):
        laws = zip(each.levels, matching.m[place], matching.overall[place], strict=True)
        levels = tuple(
            ModelLevel(
                code=level.code, m=float(m), u=float(u), alike=tuple(float(x.law[place][at]) for x in matching.alike)
            )
            for at, (level, m, u) in enumerate(laws)
        )
        follows = tuple(names[other] for other in matching.follows[place])
        made.append(ModelComparison(name=each.name, levels=levels, follows=follows, table=matching.u[place].tolist()))
    return LinkageModel(
        comparisons=tuple(made),
        prior=matching.prior,
        alike=tuple((name, each.prior) for name, each in zip(sorts_of(names), matching.alike, strict=True)),
        pairs=matching.pairs,
        found=matching.found,
        rules=tuple(rules),
        reports=reports,
    )


def read_linkage_model(path: Path) -> LinkageModel:
    """A model that was kept with `LinkageModel.to_json`.

    Raises
    ------
    InputError
        The file is not there, or is no linkage model.
    """
    there = existing(path)
    try:
        return _from(json.loads(there.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError("bad_linkage_model", name=path.name) from None


def _from(kept: dict[str, Any]) -> LinkageModel:
    comparisons = tuple(
        ModelComparison(
            name=str(each["name"]),
            levels=tuple(
                ModelLevel(
                    code=str(x["code"]), m=float(x["m"]), u=float(x["u"]), alike=tuple(float(a) for a in x["alike"])
                )
                for x in each["levels"]
            ),
            follows=tuple(str(name) for name in each["follows"]),
            table=each["table"],
        )
        for each in kept["comparisons"]
    )
    found = LinkageModel(
        comparisons=comparisons,
        prior=float(kept["prior"]),
        alike=tuple((str(name), float(prior)) for name, prior in kept["alike"].items()),
        pairs=float(kept["pairs"]),
        found=float(kept["found"]),
        rules=tuple(
            RulePairs(code=str(r["code"]), pairs=int(r["pairs"]), new_pairs=int(r["new_pairs"])) for r in kept["rules"]
        ),
        reports=int(kept["reports"]),
    )
    if kept["version"] != VERSION or not comparisons or not _is_sound(found):
        raise ValueError
    return found


def _is_sound(model: LinkageModel) -> bool:
    """Whether everything that must be a probability is one, and tables have the shape that they need."""
    size = {each.name: len(each.levels) for each in model.comparisons}
    chances = [model.prior, *(prior for _, prior in model.alike)]
    for each in model.comparisons:
        table = np.array(each.table, dtype=float)
        if table.shape != (*(size[name] + 1 for name in each.follows), len(each.levels)):
            return False
        if any(len(level.alike) != len(model.alike) for level in each.levels):
            return False
        chances += [p for level in each.levels for p in (level.m, level.u, *level.alike)] + table.ravel().tolist()
    return all(0 < p <= 1 for p in chances)


def _kept(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _rounded(nested: Any) -> Any:
    return [_rounded(each) for each in nested] if isinstance(nested, list | tuple) else _kept(nested)
