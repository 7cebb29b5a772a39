"""Tables and pictures of linkage that are asked for one by one: of links, of what was kept of them, and of a pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from darknumber.inference.doubt import variance_shares
from darknumber.inference.estimates import Estimates
from darknumber.register.linkage.link_quality import Waterfall, waterfall
from darknumber.register.linkage.link_summary import LinkageSummary, summary_of
from darknumber.register.linkage.linked_pair import least_clear
from darknumber.register.linkage.links import Links
from darknumber.studies.links import Thresholds
from darknumber.views.asked import Asked
from darknumber.views.disclosure import Disclosure, Protection
from darknumber.views.dispatch import Maker
from darknumber.views.labels import sum_name
from darknumber.views.linkage_words import source_name
from darknumber.views.plots import Figure
from darknumber.views.plots_linkage import accuracy_figure, pairs_figure, people_figure, unlinkable_figure
from darknumber.views.plots_linkage_estimate import shares_figure, threshold_figure
from darknumber.views.plots_linkage_model import blocking_figure, waterfall_figure, weights_figure
from darknumber.views.tables import Table
from darknumber.views.tables_linkage import (
    accuracy_table,
    blocking_table,
    pairs_table,
    people_table,
    unlinkable_table,
    waterfall_table,
    weights_table,
)
from darknumber.views.tables_linkage_estimate import shares_table, threshold_table

Made = TypeVar("Made")


def rule_of(asked: Asked) -> Disclosure | None:
    """The rule for small numbers, also where it was decided for more than is asked here."""
    return asked.rules.rules if isinstance(asked.rules, Protection) else asked.rules


def _counted(draw: Callable[..., Table | None]) -> Callable[[LinkageSummary, Asked], Table | None]:
    return lambda found, asked: draw(found, rules=rule_of(asked))


def _plain(draw: Callable[[LinkageSummary], Table | None]) -> Callable[[LinkageSummary, Asked], Table | None]:
    return lambda found, _: draw(found)


_TABLES: Mapping[str, Callable[[LinkageSummary, Asked], Table | None]] = {
    "weights": _plain(weights_table),
    "pairs": _counted(pairs_table),
    "people": _counted(people_table),
    "accuracy": _plain(accuracy_table),
    "unlinkable": _plain(unlinkable_table),
    "blocking": _counted(blocking_table),
}
_COUNTED: Mapping[str, Callable[..., Figure | None]] = {
    "pairs": pairs_figure,
    "people": people_figure,
    "blocking": blocking_figure,
}
_PLAIN: Mapping[str, Callable[..., Figure | None]] = {
    "weights": weights_figure,
    "accuracy": accuracy_figure,
    "unlinkable": unlinkable_figure,
}


def _picture(kind: str) -> Callable[[LinkageSummary, Asked], Figure | None]:
    """One picture, with its table."""

    def draw(found: LinkageSummary, asked: Asked) -> Figure | None:
        table = _TABLES[kind](found, asked)
        tables = [table] if table is not None else []
        if kind in _PLAIN:
            return _PLAIN[kind](found, tables=tables)
        return _COUNTED[kind](found, rules=rule_of(asked), tables=tables)

    return draw


_PICTURES = {kind: _picture(kind) for kind in _TABLES}


def _of_links(draw: Callable[[LinkageSummary, Asked], Made | None]) -> Maker[Made]:
    return Maker(make=lambda links, asked: draw(summary_of(links), asked))


def _pair_figure(pair: Waterfall) -> Figure | None:
    table = waterfall_table(pair)
    return waterfall_figure(pair, tables=[table] if table is not None else [])


def _least_clear(links: Links, draw: Callable[[Waterfall], Made | None]) -> Made | None:
    """Of the pair of which it is least clear whether it is one person; None where there is none."""
    pair = least_clear(links) if links.model is not None else None
    return None if pair is None else draw(waterfall(links, pair))


SUMMARY_TABLES: Mapping[str, Maker[Table]] = {kind: Maker(make=draw) for kind, draw in _TABLES.items()}
SUMMARY_PICTURES: Mapping[str, Maker[Figure]] = {kind: Maker(make=draw) for kind, draw in _PICTURES.items()}
PAIR_TABLES: Mapping[str, Maker[Table]] = {"waterfall": Maker(make=lambda pair, _: waterfall_table(pair))}
PAIR_PICTURES: Mapping[str, Maker[Figure]] = {"waterfall": Maker(make=lambda pair, _: _pair_figure(pair))}
LINKS_TABLES: Mapping[str, Maker[Table]] = {
    **{kind: _of_links(draw) for kind, draw in _TABLES.items()},
    "waterfall": Maker(make=lambda links, _: _least_clear(links, waterfall_table)),
}
LINKS_PICTURES: Mapping[str, Maker[Figure]] = {
    **{kind: _of_links(draw) for kind, draw in _PICTURES.items()},
    "waterfall": Maker(make=lambda links, _: _least_clear(links, _pair_figure)),
}


def _thresholds(found: Thresholds, asked: Asked) -> Figure | None:
    """The estimate over the threshold."""
    table = threshold_table(found, rules=rule_of(asked))
    unit = sum_name(found.pooled, asked.about)
    return threshold_figure(found, unit=unit, rules=rule_of(asked), tables=[table])


def _shares(estimates: Estimates) -> Figure | None:
    """Where the doubt of an answer from linked reports comes from; None of any other."""
    shares = variance_shares(estimates)
    return (
        None
        if shares is None
        else shares_figure(shares, source=source_name(estimates.name), tables=[shares_table(shares)])
    )


def _shares_table(estimates: Estimates) -> Table | None:
    shares = variance_shares(estimates)
    return None if shares is None else shares_table(shares)


THRESHOLD_TABLES: Mapping[str, Maker[Table]] = {
    "threshold": Maker(make=lambda found, asked: threshold_table(found, rules=rule_of(asked)))
}
THRESHOLD_PICTURES: Mapping[str, Maker[Figure]] = {"threshold": Maker(make=_thresholds)}
DOUBT_TABLES: Mapping[str, Maker[Table]] = {"doubt": Maker(make=lambda found, _: _shares_table(found))}
DOUBT_PICTURES: Mapping[str, Maker[Figure]] = {"doubt": Maker(make=lambda found, _: _shares(found))}
