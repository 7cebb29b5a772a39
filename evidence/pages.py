"""Put tables of results into the pages of ``docs/``, so that no number in them is typed by hand.

``python -m evidence.pages`` writes the pages anew from ``docs/evidence``. A table stands between two marks,
``<!-- NAME -->`` and ``<!-- end of NAME -->``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from evidence.record import ROOT, answer_file

COVERAGE = ROOT / "docs" / "coverage.md"
CALIBRATED = ROOT / "docs" / "calibrated.md"
NOT_DONE = "*This run has not been done yet.*"
EXACTNESS = ROOT / "docs" / "exactness.md"
POOLING = ROOT / "docs" / "partial_pooling.md"
SIGHTINGS = ROOT / "docs" / "sightings.md"
LAWS = ("observed, percentile", "observed, BCa", "parametric, percentile")
SEARCHES = ("search ignored", "search repeated")
POOLS = ("all targets", "everyone", "single levels", "pairs of levels")

Summary = Mapping[str, Any]
Made = Callable[[Mapping[str, Any]], str]


def fill(page: str, name: str, content: str) -> str:
    """The page with other content between the marks of this name.

    Raises
    ------
    ValueError
        The page does not have these marks exactly once.
    """
    pattern = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end of {re.escape(name)} -->)", re.DOTALL)
    filled, found = pattern.subn(lambda match: f"{match[1]}{content}\n{match[2]}", page)
    if found != 1:
        raise ValueError(name)
    return filled


def filled(page: str, run: str, made: Mapping[str, Made], root: Path) -> str:
    """The page with the tables of a run between their marks; where that was not done, it says so.

    Parameters
    ----------
    made
        By mark, what makes its table of what the run found.
    """
    found = answer(run, root) if answer_file(run, root).is_file() else None
    for mark, of in made.items():
        page = fill(page, mark, NOT_DONE if found is None else of(found))
    return page


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column to the left, the others to the right."""
    lines = [headings, ["---", *("--:" for _ in headings[1:])], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def answer(name: str, root: Path = ROOT) -> Mapping[str, Any]:
    """What a long run found."""
    found: Mapping[str, Any] = json.loads(answer_file(name, root).read_text(encoding="utf-8"))["result"]
    return found


def percent(share: float) -> str:
    """A share with one decimal."""
    return f"{share:.1%}"


def pooled_table(summaries: Mapping[str, Summary]) -> str:
    """Coverage of several intervals, pooled, with its standard error."""
    rows = [
        [
            name,
            *(f"{percent(pool['coverage'])} ± {100 * pool['standard_error']:.1f}" for pool in _pools(summary)),
            percent(min(target["coverage"] for target in summary["targets"].values())),
            percent(max(target["coverage"] for target in summary["targets"].values())),
            str(len(summary["outside"])),
        ]
        for name, summary in summaries.items()
    ]
    return table(["", *POOLS, "lowest target", "highest target", "targets outside 3 s.e."], rows)


def _pools(summary: Summary) -> list[Mapping[str, float]]:
    return [summary["pooled"][name] for name in POOLS]


def targets_table(summary: Summary) -> str:
    """Everything about every target of one interval."""
    columns = ("coverage", "truth_below", "truth_above", "mean_estimate", "median_width")
    rows = [
        [
            label,
            *(percent(target[column]) for column in columns),
            f"{target['spread_of_draws'] / target['spread_of_estimates']:.2f}",
        ]
        for label, target in summary["targets"].items()
    ]
    headings = [
        "target",
        "coverage",
        "truth below",
        "truth above",
        "mean estimate",
        "median width",
        "draws' spread ÷ estimates' spread",
    ]
    return table(headings, rows)


def selection_table(selection: Mapping[str, Any], criterion: str) -> str:
    """Coverage with the search ignored and repeated, by target."""
    given, repeated = (selection[criterion][name]["targets"] for name in SEARCHES)
    rows = [
        [
            label,
            percent(given[label]["coverage"]),
            percent(repeated[label]["coverage"]),
            percent(given[label]["median_width"]),
            percent(repeated[label]["median_width"]),
            percent(given[label]["mean_estimate"]),
        ]
        for label in given
    ]
    headings = ["target", "ignored", "repeated", "width, ignored", "width, repeated", "mean estimate"]
    return table(headings, rows)


def found_table(selection: Mapping[str, Any], criterion: str) -> str:
    """The models the search ended at most."""
    rows = [[f"`{found['terms']}`", percent(found["share"])] for found in selection[criterion]["most_found"]]
    return table(["model", "of registers"], rows)


def coverage_page(page: str, given: Mapping[str, Any], selection: Mapping[str, Any]) -> str:
    """The page on coverage with every table made from these two answers."""
    filled = fill(page, "given terms", pooled_table({law: given[law] for law in LAWS}))
    filled = fill(filled, "given terms by target", targets_table(given[LAWS[0]]))
    both = {f"{c.upper()}, {name}": selection[c][name] for c in ("bic", "aic") for name in SEARCHES}
    filled = fill(filled, "selected terms", pooled_table(both))
    for criterion in ("bic", "aic"):
        filled = fill(filled, f"models found by {criterion}", found_table(selection, criterion))
        filled = fill(filled, f"selected terms by target, {criterion}", selection_table(selection, criterion))
    return filled


def own_page(page: str, root: Path = ROOT) -> str:
    """The page on coverage with the table of every estimator on a law of its own, where that has been done."""
    return filled(page, "own_assumptions", {"own assumptions": own_table}, root)


def own_table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Coverage of every estimator where its own assumptions are true, one a row."""
    rows = [
        [
            f"`{name}`",
            each["law"],
            number(each["populations"]),
            percent(each["covered"]),
            "" if each["parts covered"] is None else percent(each["parts covered"]),
            f"{each['median']:.2f}",
            number(each["no finite estimate"]),
        ]
        for name, each in found.items()
    ]
    headings = ["estimator", "law", "populations", "everyone", "parts", "median estimate / truth", "no finite estimate"]
    return table(headings, rows)


def pooling_page(page: str, root: Path = ROOT) -> str:
    """The page on partial pooling with the table of its registers, where that has been done."""
    return filled(page, "register_strata", {"registers": registers_table}, root)


def registers_table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Coverage and errors of partial pooling, one kind of register a row."""
    rows = [
        [
            name,
            number(each["registers"]),
            *(f"{percent(each[of])} ± {100 * each[f'{of} error']:.1f}" for of in ("strata", "levels")),
            f"{round(each['total'] * each['registers'])} of {each['registers']}",
            *(f"{each[of]:.2f}" for of in ("ratio", "lower", "upper")),
            number(each["leaning"]),
            *(f"{each[of]:.2f}" for of in ("alone", "pooled", "lean")),
        ]
        for name, each in found.items()
    ]
    headings = [
        "register",
        "registers",
        "of strata",
        "of levels",
        "of the total",
        "estimate / truth",
        "lower limit",
        "upper limit",
        "strata that lean",
        "stratum alone",
        "pooled",
        "those that lean",
    ]
    return table(headings, rows)


def sightings_page(page: str, root: Path = ROOT) -> str:
    """The page on repeated sightings with the table of laws that nobody knows, where that has been done."""
    return filled(page, "best_law", {"laws": laws_table}, root)


def laws_table(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Coverage of the law that the data choose and of a Poisson law, one true law a row."""
    rows = []
    for name, models in found.items():
        best, poisson = models["best-law"], models["Poisson"]
        medians = ["none" if best[of] is None else f"{best[of]:.2f}" for of in ("estimate", "lower", "upper")]
        rows.append([name, percent(best["covered"]), *medians, percent(best["no upper limit"])])
        rows[-1].append(percent(poisson["covered"]))
    headings = ["true law", "covered", "estimate / truth", "lower", "upper", "no upper limit", "a Poisson law covers"]
    return table(headings, rows)


def calibrated_page(page: str, root: Path = ROOT) -> str:
    """The page on calibrated limits, with the tables of its run where that has been done."""
    return filled(page, "calibrated_coverage", {"truths": truths_table, "further models": further_table}, root)


def truths_table(found: Mapping[str, Any]) -> str:
    """Coverage of percentile and calibrated limits, one truth a row."""
    rows = []
    for name, truth in found["truths"].items():
        studies = truth["studies"]
        nominal = sorted(percent(study["nominal"]) for study in studies)
        wider = sorted(study["wider"] for study in studies if study["wider"] is not None)
        rows.append(
            [
                name,
                f"{truth['people']:,}",
                percent(truth["percentile"]),
                percent(truth["calibrated"]),
                percent(truth["widest"]),
                f"{nominal[0]} - {nominal[-1]}",
                f"{wider[len(wider) // 2]:.2f}" if wider else "-",
                f"{sum(study['attained'] for study in studies)} of {len(studies)}",
            ]
        )
    headings = ["truth", "people", "percentile", "calibrated", "99%", "nominal levels", "times as wide", "attained"]
    return table(headings, rows)


def further_table(found: Mapping[str, Any]) -> str:
    """Coverage at the level calibrated on the Kosovo table, one model outside its set a row."""
    rows = [
        [f"`{terms}`", percent(share["percentile"]), percent(share["calibrated"])]
        for terms, share in found["kosovo"]["models"].items()
    ]
    return table(["model", "percentile", f"nominal {percent(found['kosovo']['nominal'])}"], rows)


def exactness_page(page: str, root: Path = ROOT) -> str:
    """The page on exactness with the tables of the runs that were done."""
    searched: dict[str, Made] = {"random tables": random_table, "six lists": six_table}
    return filled(
        filled(page, "exact_search", searched, root), "sparse_verdicts", {"sparse tables": sparse_table}, root
    )


def random_table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """What was looked for on random tables, and how often it was found."""
    random = {name: found[name] for name in ("three or four lists", "five lists")}
    names = dict.fromkeys(name for counts in random.values() for name in counts)
    rows = [[name, *(number(counts[name]) if name in counts else "" for counts in random.values())] for name in names]
    return table(["", *random], rows)


def six_table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The search and the scan of all models, table by table."""
    rows = [
        [
            name,
            number(six["fitted in the scan"]),
            number(six["fitted in the search"]),
            "the same" if six["same optimum"] else "another",
            f"{len(six['set'])}, {'the same' if six['same set'] else 'others'}",
            f"{six['certified']:.2f}",
            f"{six['next in the scan']:.2f}",
            number(round(six["set"][0]["estimate"], 1)),
        ]
        for name, six in found["six lists"].items()
    ]
    headings = [
        "table",
        "fitted in the scan",
        "in the search",
        "best model",
        "within 6 units",
        "certified beyond",
        "next one in the scan",
        "estimate",
    ]
    return table(headings, rows)


def sparse_table(found: Mapping[str, Any]) -> str:
    """What the judge counted."""
    return table(["", "number"], [[name, number(count)] for name, count in found.items()])


def number(value: float) -> str:
    """A count with separators; a small error as a power of ten."""
    return f"{value:.0e}" if 0 < abs(value) < 0.01 else f"{value:,}"


def main() -> None:
    """Write the pages."""
    EXACTNESS.write_text(exactness_page(EXACTNESS.read_text(encoding="utf-8")), encoding="utf-8")
    POOLING.write_text(pooling_page(POOLING.read_text(encoding="utf-8")), encoding="utf-8")
    SIGHTINGS.write_text(sightings_page(SIGHTINGS.read_text(encoding="utf-8")), encoding="utf-8")
    CALIBRATED.write_text(calibrated_page(CALIBRATED.read_text(encoding="utf-8")), encoding="utf-8")
    page = COVERAGE.read_text(encoding="utf-8")
    filled = coverage_page(page, answer("interval_coverage"), answer("selection_coverage"))
    COVERAGE.write_text(own_page(filled), encoding="utf-8")
    for name in (
        "choice_pages",
        "false_pages",
        "linkage_pages",
        "robust_pages",
    ):  # they are written with the tools of this page
        import_module(f"evidence.{name}").main()


if __name__ == "__main__":
    main()
