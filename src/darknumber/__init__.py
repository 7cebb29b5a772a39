"""Multiple systems estimation: how many people are there that nobody has counted?"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from darknumber import models
    from darknumber.data.dates import registered_by
    from darknumber.data.drawn import DrawnTables
    from darknumber.data.examples import example, examples, linked_example
    from darknumber.data.frequencies import Frequencies, read_frequencies
    from darknumber.data.linked_counts import read_linked, write_linked
    from darknumber.data.linking import link_vintages
    from darknumber.data.published import published
    from darknumber.data.read import read_counts, read_records
    from darknumber.data.referred import drop_referred
    from darknumber.data.residents import read_residents
    from darknumber.data.table import CaptureTable
    from darknumber.data.tabulate import tabulate
    from darknumber.errors import Cancelled, DarknumberError
    from darknumber.inference.asking import estimate
    from darknumber.inference.doubt import variance_shares
    from darknumber.inference.estimates import Estimates
    from darknumber.inference.intervals import Bootstrap, LogNormal, Mixture, Posterior, Profile
    from darknumber.inference.store import load, save
    from darknumber.lab.pipelines import Pipeline
    from darknumber.lab.planning import design
    from darknumber.lab.simulate import simulate
    from darknumber.register.linkage.drawn import linked_tables
    from darknumber.register.linkage.keep_linked import load_linked_tables, save_linked_tables
    from darknumber.register.linkage.link import link
    from darknumber.register.linkage.link_quality import link_quality, waterfall
    from darknumber.register.linkage.linked_pair import pair_of
    from darknumber.register.names.keys import make_key
    from darknumber.register.names.pseudonyms import pseudonymise
    from darknumber.register.reading.intake import Intake, intake
    from darknumber.register.reading.mapping_file import read_mapping
    from darknumber.register.reading.reports import Reports, read_reports
    from darknumber.register.reading.together import together
    from darknumber.register.screening.definitions import definitions
    from darknumber.register.screening.screen import screen
    from darknumber.register.synthetic.synthetic_files import write_reports
    from darknumber.register.synthetic.synthetic_reports import synthetic_reports
    from darknumber.run.make import run_study, verify
    from darknumber.studies.by_definition import by_definition
    from darknumber.studies.check import check
    from darknumber.studies.compare import compare
    from darknumber.studies.diagnose import diagnose
    from darknumber.studies.laws import laws
    from darknumber.studies.links import thresholds
    from darknumber.studies.omit import omit
    from darknumber.studies.panel import panel
    from darknumber.studies.published import beside
    from darknumber.studies.rates import rates
    from darknumber.studies.ratios import yearly_ratios
    from darknumber.studies.revise import revise
    from darknumber.studies.search import search
    from darknumber.studies.sensitivity import sensitivity
    from darknumber.studies.trajectory import trajectory
    from darknumber.studies.validate import validate
    from darknumber.views.disclosure import Disclosure, disclose
    from darknumber.views.options import ReportOptions
    from darknumber.views.report import report
    from darknumber.views.show_plot import plot
    from darknumber.views.show_table import table
    from darknumber.words import use_language

_HOMES = {
    "Bootstrap": "darknumber.inference.intervals",
    "Cancelled": "darknumber.errors",
    "CaptureTable": "darknumber.data.table",
    "DarknumberError": "darknumber.errors",
    "Disclosure": "darknumber.views.disclosure",
    "DrawnTables": "darknumber.data.drawn",
    "Estimates": "darknumber.inference.estimates",
    "Frequencies": "darknumber.data.frequencies",
    "Intake": "darknumber.register.reading.intake",
    "LogNormal": "darknumber.inference.intervals",
    "Mixture": "darknumber.inference.intervals",
    "Pipeline": "darknumber.lab.pipelines",
    "Posterior": "darknumber.inference.intervals",
    "Profile": "darknumber.inference.intervals",
    "ReportOptions": "darknumber.views.options",
    "Reports": "darknumber.register.reading.reports",
    "beside": "darknumber.studies.published",
    "check": "darknumber.studies.check",
    "compare": "darknumber.studies.compare",
    "definitions": "darknumber.register.screening.definitions",
    "design": "darknumber.lab.planning",
    "diagnose": "darknumber.studies.diagnose",
    "disclose": "darknumber.views.disclosure",
    "drop_referred": "darknumber.data.referred",
    "estimate": "darknumber.inference.asking",
    "example": "darknumber.data.examples",
    "examples": "darknumber.data.examples",
    "intake": "darknumber.register.reading.intake",
    "laws": "darknumber.studies.laws",
    "link": "darknumber.register.linkage.link",
    "link_quality": "darknumber.register.linkage.link_quality",
    "link_vintages": "darknumber.data.linking",
    "linked_example": "darknumber.data.examples",
    "linked_tables": "darknumber.register.linkage.drawn",
    "load": "darknumber.inference.store",
    "load_linked_tables": "darknumber.register.linkage.keep_linked",
    "make_key": "darknumber.register.names.keys",
    "models": "darknumber",
    "omit": "darknumber.studies.omit",
    "pair_of": "darknumber.register.linkage.linked_pair",
    "panel": "darknumber.studies.panel",
    "plot": "darknumber.views.show_plot",
    "pseudonymise": "darknumber.register.names.pseudonyms",
    "published": "darknumber.data.published",
    "rates": "darknumber.studies.rates",
    "read_counts": "darknumber.data.read",
    "read_frequencies": "darknumber.data.frequencies",
    "read_linked": "darknumber.data.linked_counts",
    "read_mapping": "darknumber.register.reading.mapping_file",
    "read_records": "darknumber.data.read",
    "read_reports": "darknumber.register.reading.reports",
    "read_residents": "darknumber.data.residents",
    "registered_by": "darknumber.data.dates",
    "report": "darknumber.views.report",
    "revise": "darknumber.studies.revise",
    "run_study": "darknumber.run.make",
    "save": "darknumber.inference.store",
    "save_linked_tables": "darknumber.register.linkage.keep_linked",
    "screen": "darknumber.register.screening.screen",
    "search": "darknumber.studies.search",
    "sensitivity": "darknumber.studies.sensitivity",
    "simulate": "darknumber.lab.simulate",
    "synthetic_reports": "darknumber.register.synthetic.synthetic_reports",
    "table": "darknumber.views.show_table",
    "tabulate": "darknumber.data.tabulate",
    "by_definition": "darknumber.studies.by_definition",
    "thresholds": "darknumber.studies.links",
    "together": "darknumber.register.reading.together",
    "trajectory": "darknumber.studies.trajectory",
    "use_language": "darknumber.words",
    "validate": "darknumber.studies.validate",
    "variance_shares": "darknumber.inference.doubt",
    "verify": "darknumber.run.make",
    "waterfall": "darknumber.register.linkage.link_quality",
    "write_linked": "darknumber.data.linked_counts",
    "write_reports": "darknumber.register.synthetic.synthetic_files",
    "yearly_ratios": "darknumber.studies.ratios",
}

__all__ = [
    "Bootstrap",
    "Cancelled",
    "CaptureTable",
    "DarknumberError",
    "Disclosure",
    "DrawnTables",
    "Estimates",
    "Frequencies",
    "Intake",
    "LogNormal",
    "Mixture",
    "Pipeline",
    "Posterior",
    "Profile",
    "ReportOptions",
    "Reports",
    "beside",
    "by_definition",
    "check",
    "compare",
    "definitions",
    "design",
    "diagnose",
    "disclose",
    "drop_referred",
    "estimate",
    "example",
    "examples",
    "intake",
    "laws",
    "link",
    "link_quality",
    "link_vintages",
    "linked_example",
    "linked_tables",
    "load",
    "load_linked_tables",
    "make_key",
    "models",
    "omit",
    "pair_of",
    "panel",
    "plot",
    "pseudonymise",
    "published",
    "rates",
    "read_counts",
    "read_frequencies",
    "read_linked",
    "read_mapping",
    "read_records",
    "read_reports",
    "read_residents",
    "registered_by",
    "report",
    "revise",
    "run_study",
    "save",
    "save_linked_tables",
    "screen",
    "search",
    "sensitivity",
    "simulate",
    "synthetic_reports",
    "table",
    "tabulate",
    "thresholds",
    "together",
    "trajectory",
    "use_language",
    "validate",
    "variance_shares",
    "verify",
    "waterfall",
    "write_linked",
    "write_reports",
    "yearly_ratios",
]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that ``import darknumber`` and ``--help`` are instant."""
    if name not in _HOMES:
        raise AttributeError(name, name=name)
    value = import_module("darknumber.models") if name == "models" else getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
