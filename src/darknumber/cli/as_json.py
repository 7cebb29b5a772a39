"""Answers for machines; a number that is not finite is null, and the verdict says why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from darknumber import __version__

if TYPE_CHECKING:
    from darknumber.cli.trust import Study
    from darknumber.data.table import CaptureTable
    from darknumber.findings import Finding
    from darknumber.inference.estimates import Estimates
    from darknumber.lab.planning import Plan
    from darknumber.lab.simulation import Simulation
    from darknumber.studies.check import Check
    from darknumber.studies.compare import Comparison
    from darknumber.studies.diagnose import Diagnosis
    from darknumber.studies.rates import Rates
    from darknumber.studies.ratios import YearlyRatios
    from darknumber.studies.search import ModelSet


# What the lists know; on whom the estimate rests is told by itself, with who these are.
_KNOWN = (
    *("recaptures", "share_twice", "expected_recaptures", "independent", "coverage"),
    *("parameters", "log_error"),
)


def estimates_as_json(
    found: Estimates,
    groups: Sequence[Sequence[str]],
    years: Sequence[str],
    not_recorded: Literal["show", "allocate"],
) -> dict[str, Any]:
    """Everything that `estimate` shows.

    Limits that do not add up leave no total: then the strata take its place.
    """
    from darknumber.inference.publish import adds_up, time_of
    from darknumber.models.text import format_thing

    time = time_of(found)
    return {
        "data": found.name,
        "unit": found.unit,
        "model": format_thing(found.fits[0].model),
        "terms": found.fits[0].terms,
        "interval": format_thing(found.interval),
        "level": found.level,
        "seed": found.seed,
        "version": __version__,
        "total": _finite(found.total().columns()) if adds_up(found) else None,
        "strata": None if adds_up(found) else _finite(found.columns()),
        "mean": _finite(found.mean(time.name, years).total().columns()) if years and time is not None else None,
        "by": [_finite(found.by(*names, not_recorded=not_recorded).columns()) for names in groups],
        "set": _set(found),
        "selection": _selection(found),
        "calibration": _calibration(found),
        "findings": _findings(found.findings, found.fits[0].data),
    }


def _set(found: Estimates) -> dict[str, Any] | None:
    """How many models lie close to the best, and where their estimates begin and end."""

    fit = found.fits[0]
    listed = fit.candidates
    if listed is None or not listed.exact:
        return None
    near = listed.near
    estimates = float(fit.observed.sum()) + listed.unobserved[near]
    return {
        "models": int(near.sum()),
        "delta": listed.delta,
        "beyond": _number(listed.beyond),
        "lowest": _number(float(estimates.min())),
        "highest": _number(float(estimates.max())),
        "best": listed.label[0],
    }


def _selection(found: Estimates) -> dict[str, Any] | None:
    """What the replicates chose, and where they gather."""
    chosen = found.selection
    if chosen is None:
        return None
    return {
        "models": list(chosen.choices),
        "shares": chosen.shares.tolist(),
        "verdicts": dict(chosen.verdicts),
        "modes": [] if chosen.modes is None else chosen.modes.tolist(),
        "inflation": chosen.inflation,
    }


def _calibration(found: Estimates) -> dict[str, Any] | None:
    """The nominal level, and how often its interval covered in the worst of the models it was not made for."""
    made = found.calibration
    if made is None:
        return None
    return {
        "nominal": made.nominal,
        "models": list(made.terms),
        "coverage": made.coverage.tolist(),
        "held_out": made.held_out.tolist(),
        "attained": made.attained,
        "populations": made.populations,
    }


def set_as_json(found: ModelSet) -> dict[str, Any]:
    """Everything that `search` shows, and every model of the set."""
    from darknumber.models.text import format_thing

    listed = found.candidates
    return {
        "data": found.fit.data.name,
        "unit": found.fit.data.unit,
        "lists": list(found.fit.data.lists),
        "observed": found.observed,
        "model": format_thing(found.fit.model),
        "delta": listed.delta,
        "complete": found.complete,
        "beyond": _number(listed.beyond),
        "gap": found.gap,
        "family": found.family,
        "near": found.near,
        "range": None if found.range is None else list(found.range),
        "version": __version__,
        "models": _finite(found.columns()),
        "findings": _findings(found.findings, found.fit.data),
    }


def comparison_as_json(found: Comparison) -> dict[str, Any]:
    """Everything that `compare` shows."""
    from darknumber.models.text import format_thing

    first = found.estimates[0]
    return {
        "data": first.name,
        "unit": first.unit,
        "level": first.level,
        "seed": first.seed,
        "version": __version__,
        "intervals": [format_thing(each.interval) for each in found.estimates],
        "models": _finite(found.columns()),
        "findings": [_findings(each.findings, each.fits[0].data) for each in found.estimates],
    }


def check_as_json(found: Check) -> dict[str, Any]:
    """The lists as a study gives its rows, and all else that `check` found."""
    from darknumber.models.base import best_terms
    from darknumber.models.text import format_thing

    return {
        **study_as_json(found, found.data),
        "verdict": found.verdict.answer,
        "reasons": _findings(found.verdict.reasons, found.data),
        "model": None if found.fit is None else format_thing(found.fit.model),
        "terms": None if found.fit is None else best_terms(found.fit),
        "information": {name: _number(getattr(found.information, name)) for name in _KNOWN},
        "rests": None if found.rests is None else asdict(found.rests),
        "by_number_of_lists": found.by_number_of_lists.tolist(),
        "pairs": _finite(found.pair_columns()),
        "breakdowns": _finite(found.breakdown_columns()),
        "order": _finite(found.order_columns()),
    }


def diagnosis_as_json(found: Diagnosis) -> dict[str, Any]:
    """What `diagnose` shows beside its counts: how well the model fits, and the verdicts on the dark figure."""
    from darknumber.kernels import verdicts
    from darknumber.models.text import format_thing
    from darknumber.studies.printing_diagnose import about_status

    quality, status = found.quality, found.status
    return {
        "model": format_thing(found.fit.model),
        "fit": {
            "deviance": _number(quality.deviance),
            "p_value": _number(quality.p_value),
            "error": _number(quality.error),
            "replicates": quality.replicates,
            "refitted": quality.refitted,
        },
        "status": {
            "verdict": verdicts.NAMES[status.verdict],
            "models": status.models,
            "listed": dict(status.listed),
            "replicates": dict(status.replicates),
            "sentence": about_status(found),
        },
    }


def study_as_json(found: Study, data: CaptureTable) -> dict[str, Any]:
    """What a study found: its table and its findings."""
    return {
        "data": data.name,
        "unit": data.unit,
        "lists": list(data.lists),
        "observed": int(data.count.sum()),
        "version": __version__,
        "rows": _finite(found.columns()),
        "findings": _findings(found.findings, data),
    }


def simulation_as_json(found: Simulation) -> dict[str, Any]:
    """How each pipeline did on each design."""
    return {
        "data": None if found.data is None else found.data.name,
        "populations": found.populations,
        "seed": found.seed,
        "version": __version__,
        "rows": _finite(found.columns()),
        "findings": _findings(found.findings, found.data),
    }


def plan_as_json(found: Plan) -> dict[str, Any]:
    """What planned lists would give, scenario by scenario."""
    return {"version": __version__, "rows": _finite(found.columns()), "findings": _findings(found.findings, None)}


def rates_as_json(found: Rates, ratios: YearlyRatios | None) -> dict[str, Any]:
    """The rates of every row, and the ratios over the years where these were asked for."""
    fit = found.estimates.fits[:1]
    return {
        "data": found.estimates.name,
        "unit": found.estimates.unit,
        "level": found.estimates.level,
        "per": found.per,
        "years": list(found.years),
        "residents": found.source,
        "version": __version__,
        "rates": _finite(found.columns()),
        "ratios": None if ratios is None else {"years": list(ratios.years), **_finite(ratios.columns())},
        "findings": _findings(found.findings, fit[0].data if fit else None),
    }


def _finite(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: [_number(value) for value in values] for name, values in columns.items()}


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _findings(findings: Sequence[Finding], data: CaptureTable | None) -> list[dict[str, str]]:
    from darknumber.inference.printing import finding_sentence

    return [
        {"code": finding.code, "severity": finding.severity, "sentence": finding_sentence(finding, data)}
        for finding in findings
    ]
