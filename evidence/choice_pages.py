"""The page on how the default was chosen: tables of what came out, and maps of where the default fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import vl_convert

from evidence import rule
from evidence.pages import Made, answer, filled, table
from evidence.record import ROOT, answer_file

Judged = Mapping[str, Any]

KINDS = ("independent", "pairs", "three-way", "k-way", "classes", "rasch", "referral")
LEVEL = 0.95
SHADES = ("#b5541c", "#f6e3d7", "#cfe3ea", "#0b4f6c")  # coverage from 50% or less to 100%, in the house colours
STEPS = (0.5, 0.85, 0.92, 1.0)
FIELDS = ("coverage", "bias")
DEPENDENCE = {
    "none": "independent lists",
    "pair": "one pair",
    "pairs": "several pairs",
    "negative": "a pair that avoids each other",
    "three": "three lists",
    "referral": "referral",
    "two-classes": "two classes of people",
    "three-classes": "three classes of people",
    "rasch": "people who differ",
    "k-way": "all lists together",
}


CHOOSING = ROOT / "docs" / "choosing.md"
MAP = "maps/coverage.svg"


def choosing_page(page: str, root: Path = ROOT) -> str:
    """The page with every table made from the run; where that was not done, it says so."""
    made: dict[str, Made] = {
        "choice": lambda found: in_words(found["without_covariates"]),
        "verdicts": lambda found: verdict_table(found["without_covariates"]),
        "open": lambda found: kinds_table(found["without_covariates"], held_out=False),
        "held out": lambda found: kinds_table(found["without_covariates"], held_out=True),
        "map": lambda _: f"![Coverage of the default by dependence, number of lists and reach]({MAP})",
        "designs": lambda found: designs_table(found["without_covariates"]),
        "information": lambda found: information_table(found["without_covariates"]["information"]),
        "boundary": lambda found: boundary_table(found["without_covariates"]["boundary"]),
        "six lists": lambda found: six_lists_table(found["six_lists"]),
        "covariates": lambda found: _within(found["with_covariates"]),
    }
    return filled(page, "choice", made, root)


def _within(found: Judged) -> str:
    return f"{in_words(found)}\n\n{verdict_table(found)}\n\n{kinds_table(found, held_out=False)}"


def percent(share: float | None) -> str:
    """A share without decimals."""
    return "-" if share is None else f"{share:.0%}"


def information_table(found: Mapping[str, Any]) -> str:
    """How often each measure raises the finding, where it should and where it should not."""
    columns = ("too low", "enough", "too low held out", "enough held out")
    rows = [
        [
            f"**{name}**" if name == found["best"] else name,
            f"{each['threshold']:.3g}",
            *(percent(each[c]) for c in columns),
        ]
        for name, each in found["measures"].items()
    ]
    counts = ", ".join(f"{count} {name}" for name, count in found["designs"].items())
    return f"Designs by coverage: {counts}.\n\n" + table(["measure", "raised up to", *columns], rows)


def boundary_table(found: Sequence[Mapping[str, Any]]) -> str:
    """The sensitivity interval at exactly the dependence it is declared for, beside one that knows it."""
    rows = [
        [
            _short(each["design"]),
            f"{each['times']:.2f}",
            *(percent(each[name]) for name in ("plain", "declared", "oracle")),
            "-" if each["width"] is None else f"{each['width']:.1f}",
        ]
        for each in found
    ]
    headings = ["truth", "dark figure times", "plain interval", "sensitivity interval", "oracle", "times as wide"]
    return table(headings, rows)


def verdict_table(found: Judged) -> str:
    """What the rule says of each candidate, the smallest worst regret first."""
    rows = []
    for each in sorted(found["verdicts"], key=lambda verdict: verdict["worst"][0]):
        name = _bold(each["candidate"], found["chosen"])
        lowest, where = each["lowest"]
        regret, error, worst = each["worst"]
        rows.append(
            [
                name,
                f"{lowest:.2f} ({_short(where)})",
                "yes" if each["eligible"] else "no",
                "yes" if each["feasible"] else "no",
                f"{regret:.2f} ± {error:.2f} ({_short(worst)})",
                f"{each['seconds']:.2f}",
            ]
        )
    headings = ["candidate", "lowest coverage in its family + 2 s.e.", "eligible", "feasible", "worst regret"]
    return table([*headings, "seconds"], rows)


def kinds_table(found: Judged, *, held_out: bool) -> str:
    """Mean coverage over the designs of each kind, candidate by candidate; of the designs open or held out."""
    kinds = list(dict.fromkeys(each["kind"] for each in found["designs"]))
    kinds.sort(key=lambda kind: KINDS.index(kind) if kind in KINDS else len(KINDS))
    rows = []
    for place, name in enumerate(found["candidates"]):
        cells = []
        for kind in kinds:
            shares = [
                row[place]
                for design, row in zip(found["designs"], found["scores"]["coverage"], strict=True)
                if design["kind"] == kind and design["held_out"] == held_out
            ]
            cells.append(percent(sum(shares) / len(shares)) if shares else "-")
        rows.append([_bold(name, found["chosen"]), *cells])
    return table(["candidate", *kinds], rows)


def designs_table(found: Judged) -> str:
    """The chosen candidate on every design: coverage, bias, width, share without an answer, regret."""
    place = found["candidates"].index(found["chosen"])
    names = ("coverage", "bias", "width", "unanswered", "regret")
    rows = []
    for number, design in enumerate(found["designs"]):
        values = {name: found["scores"][name][number][place] for name in names}
        rows.append(
            [
                _short(design["name"]) + (" (held out)" if design["held_out"] else ""),
                design["kind"],
                percent(values["coverage"]),
                "-" if values["bias"] is None else f"{values['bias']:+.0%}",
                "no limit" if values["width"] is None else f"{values['width']:.2f}",
                percent(values["unanswered"]),
                f"{values['regret']:.2f}",
            ]
        )
    headings = ["truth", "kind", "coverage", "median bias", "upper ÷ lower", "not finite or refused", "regret"]
    return table(headings, rows)


def coverage_map(found: Judged) -> str:
    """The factorial as a map: what lists depend on downwards, lists and reach across; coverage as shade and number."""
    place = found["candidates"].index(found["chosen"])
    cells = []
    for number, design in enumerate(found["designs"]):
        factors = design["factors"]
        if factors.get("collection") != "factorial":
            continue
        what, strength = factors["dependence"], float(factors["strength"])
        coverage, bias = (found["scores"][name][number][place] for name in FIELDS)
        cells.append(
            {
                "row": DEPENDENCE[what] + (f" {strength:+g}" if strength else ""),
                "order": 100 * list(DEPENDENCE).index(what) + strength,
                "column": f"{factors['lists']} lists, {factors['reach']}",
                "coverage": coverage,
                "text": f"{percent(coverage)}",
                "bias": "" if bias is None else f"{bias:+.0%} of {factors['people']:,}",
            }
        )
    scale = {"domain": STEPS, "range": SHADES, "clamp": True}
    place_of = {
        "x": {"field": "column", "type": "ordinal", "title": None, "axis": {"orient": "top", "labelAngle": -30}},
        "y": {
            "field": "row",
            "type": "ordinal",
            "title": None,
            "sort": {"field": "order"},
            "axis": {"labelLimit": 220},
        },
    }
    dark = {
        "condition": {"test": "datum.coverage < .6 || datum.coverage > .97", "value": "#ffffff"},
        "value": "#1b1f24",
    }
    words = {"type": "text", "fontSize": 11}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": cells},
        "width": {"step": 92},
        "height": {"step": 34},
        "encoding": place_of,
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "#ffffff"},
                "encoding": {"color": {"field": "coverage", "type": "quantitative", "scale": scale, "legend": None}},
            },
            {"mark": {**words, "dy": -6, "fontWeight": 600}, "encoding": {"text": {"field": "text"}, "color": dark}},
            {"mark": {**words, "dy": 8, "fontSize": 9}, "encoding": {"text": {"field": "bias"}, "color": dark}},
        ],
        "config": {"view": {"stroke": None}, "axis": {"domain": False, "ticks": False, "labelFontSize": 11}},
    }
    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))


def write_map(found: Judged, path: Path) -> None:
    """The map as an SVG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(coverage_map(found) + "\n", encoding="utf-8")


def in_words(found: Judged) -> str:
    """What the rule chose, and by how much 92% was missed where it was."""
    chosen = next(each for each in found["verdicts"] if each["candidate"] == found["chosen"])
    eligible = sum(each["eligible"] for each in found["verdicts"])
    worst, (share, where) = chosen["worst"], lowest_observed(found)
    said = (
        f"The rule chooses **{found['chosen']}**: its worst regret is {worst[0]:.2f}, on {_short(worst[2])}. The "
        f"lowest share of intervals that held the truth in an open design of its family is {share:.0%}, on "
        f"{_short(where)}. "
    )
    slow = [each["candidate"] for each in found["verdicts"] if not each["feasible"]]
    if slow:
        said += f"Too slow on six lists to be the default: {', '.join(slow)}. "
    if chosen["eligible"]:
        return said + f"{eligible} of {len(found['verdicts'])} candidates were eligible."
    short = rule.LEAST - chosen["lowest"][0]
    return said + (
        f"No candidate was eligible: its own lowest coverage in its family, two standard errors added, is "
        f"{chosen['lowest'][0]:.0%}, on {_short(chosen['lowest'][1])}, {100 * short:.0f} points below 92%."
    )


def lowest_observed(found: Judged) -> tuple[float, str]:
    """The lowest coverage of the chosen candidate in the open designs of its family, as it was counted, and where."""
    place, orders = found["candidates"].index(found["chosen"]), "all orders" in found["chosen"]
    return min(
        (row[place], design["name"])
        for design, row in zip(found["designs"], found["scores"]["coverage"], strict=True)
        if not design["held_out"] and rule.in_family(orders, design["kind"])
    )


def six_lists_table(found: Mapping[str, Mapping[str, float | None]]) -> str:
    """Seconds of an answer of each candidate to the published tables of six lists."""
    tables = list(next(iter(found.values())))
    rows = [
        [name, *("too slow" if times[each] is None else f"{times[each]:.0f} s" for each in tables)]
        for name, times in found.items()
    ]
    return table(["candidate", *tables], rows)


def _bold(name: str, chosen: str | None) -> str:
    return f"**{name}**" if name == chosen else name


def _short(name: str) -> str:
    return name.removeprefix("published/").removeprefix("factorial/")


def main() -> None:
    """Write the page and its map."""
    CHOOSING.write_text(choosing_page(CHOOSING.read_text(encoding="utf-8")), encoding="utf-8")
    if answer_file("choice").is_file():
        write_map(answer("choice")["without_covariates"], CHOOSING.parent / MAP)
