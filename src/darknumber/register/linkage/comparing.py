"""Splink behind our own small interface: pairs brought together, compared and weighed, in DuckDB or in Spark.

Splink (Linacre and others, International Journal of Population Data Science 7:1794, 2022) writes the SQL for rules,
comparisons and how common a name is, and runs it where the rows are. What comes back is numbers: of a pair the rows of
its two reports, its levels, and how rare what they share is. What that says is `darknumber.register.linkage.matching`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from darknumber.data import spool
from darknumber.data.engine import connection, engine_error, write_parquet
from darknumber.errors import InputError
from darknumber.register.linkage.comparisons import Comparison
from darknumber.register.linkage.matching import Matching
from darknumber.register.linkage.patterns import NOT_RECORDED, Array, Patterns
from darknumber.register.linkage.rules import Rule, columns_for

if TYPE_CHECKING:
    from splink import Linker

P = ParamSpec("P")
T = TypeVar("T")

ID = "row"  # the column by which Splink knows a report
TABLE = "darknumber_forms"
LENIENT = 0.001  # Splink takes names for independent of countries; pairs that it finds this much less likely are kept
NEVER = 1e-12  # a probability that Splink takes for one, where ours is nil
# A number for each pair that does not follow the order of the rows: a square, modulo a prime.
_MIXED = "((join_key_l * 48271 + join_key_r * 69621) % 2147483647)"
_SCATTERED = f"({_MIXED} * {_MIXED} % 2147483647)"
LOG_2 = float(np.log(2.0))  # Splink's weights are in bits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """Reports in an engine, ready to be compared.

    Parameters
    ----------
    api, table
        Splink's hold on the engine, and the cleaned forms in it.
    comparisons, rules
        What is compared, and which pairs are.
    row
        ``(reports,)`` the rows of the file, rising.
    recorded
        In how many reports each column is recorded whose values are not equally common.
    """

    api: Any = field(repr=False)
    table: Any = field(repr=False)
    comparisons: tuple[Comparison, ...]
    rules: tuple[Rule, ...]
    row: NDArray[np.int64] = field(repr=False)
    recorded: Mapping[str, int] = field(default_factory=dict)

    @property
    def levels(self) -> list[int]:
        """How many levels each comparison has."""
        return [len(each.levels) for each in self.comparisons]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """Pairs with their weights.

    Parameters
    ----------
    left, right
        ``(P,)`` the rows of the two reports.
    weight
        ``(P,)`` natural log odds that they are about one person.
    agreement
        ``(P, comparisons)`` level numbers.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    weight: Array
    agreement: Patterns


def quiet(act: Callable[P, T]) -> Callable[P, T]:
    """`act` without what Splink tells of its work, nor what an engine says when it fails: that may quote rows."""

    @wraps(act)
    def silent(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            import splink  # noqa: F401
        except ImportError:
            raise InputError("link_needs_package") from None
        log, nowhere = logging.getLogger("splink"), logging.NullHandler()
        goes_on = log.propagate
        log.addHandler(nowhere)  # Splink sets its own level, and a handler of its own where there is none
        log.propagate = False
        try:
            return act(*arguments, **named)
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it may quote rows
            failed = engine_error(error)
        finally:
            log.removeHandler(nowhere)
            log.propagate = goes_on
        raise failed  # here, so that the error it came from does not ride along

    return silent


@quiet
def hold(forms: nw.LazyFrame[Any], comparisons: Sequence[Comparison], rules: Sequence[Rule]) -> Compared:
    """Put the cleaned forms where Splink can work on them.

    Raises
    ------
    InputError
        Splink is not installed.
    """
    if forms.implementation.is_spark_like():
        from splink.backends.spark import SparkAPI

        rows = forms.to_native()
        api: Any = SparkAPI(  # type: ignore[no-untyped-call]
            spark_session=rows.sparkSession, register_udfs_automatically=False, break_lineage_method="persist"
        )
        table = api.register(rows.persist())
    else:
        from splink import DuckDBAPI

        path = spool.new_file(".parquet")
        write_parquet(forms.to_native(), path)
        opened = connection()
        opened.execute(f"CREATE TABLE {TABLE} AS SELECT * FROM read_parquet('{path}') ORDER BY {ID}")
        path.unlink()
        api = DuckDBAPI(opened)
        table = api.register(TABLE)
    row = _numbers(api.query_sql(f"SELECT {ID} FROM {table.physical_name}"))[ID]
    held = Compared(
        api=api, table=table, comparisons=tuple(comparisons), rules=tuple(rules), row=np.sort(row.astype(np.int64))
    )
    counts = ", ".join(f"count({name}) AS {name}" for name in _frequencies(held))
    told = _numbers(api.query_sql(f"SELECT {counts} FROM {table.physical_name}")) if counts else {}
    return replace(held, recorded={name: int(column[0]) for name, column in told.items()})


@quiet
def brought_together(compared: Compared) -> Any:
    """The pairs that some rule brings together, each once, in the engine."""
    return _linker(compared).inference.compute_blocked_pairs_for_predict()


@quiet
def every_nth(compared: Compared, pairs: Any, n: int) -> Any:
    """One in `n` of the pairs, the same in every engine, and not a matter of the order of the file."""
    if n == 1:
        return pairs
    return compared.api.query_sql(f"SELECT * FROM {pairs.physical_name} WHERE {_SCATTERED} % {n} = 0")


@quiet
def these(compared: Compared, left: NDArray[np.int64], right: NDArray[np.int64]) -> Any:
    """Pairs by the rows of their reports, in the engine."""
    import pyarrow

    pairs = pyarrow.table({"join_key_l": left, "join_key_r": right, "match_key": pyarrow.array(["0"] * len(left))})
    return compared.api.register(pairs)


@quiet
def patterns_of(compared: Compared, pairs: Any) -> tuple[Patterns, Array]:
    """``(P, comparisons)`` the levels that pairs have, each pattern once, and ``(P,)`` how many pairs have it."""
    forms, names = compared.table.physical_name, [each.name for each in compared.comparisons]
    columns = [column for column in columns_for(compared.comparisons, ()) if column != ID]
    sides = ", ".join(f"{side}.{column} AS {column}_{side}" for column in columns for side in "lr")
    levels = ", ".join(f"{_level_sql(each)} AS {each.name}" for each in compared.comparisons)
    found = _numbers(
        compared.api.query_sql(
            f"SELECT {', '.join(names)}, count(*) AS n FROM (SELECT {levels} FROM (SELECT {sides} FROM "
            f"{pairs.physical_name} p JOIN {forms} l ON l.{ID} = p.join_key_l JOIN {forms} r ON r.{ID} = p.join_key_r"
            f") AS together) AS compared GROUP BY {', '.join(names)}"
        )
    )
    patterns = np.stack([found[name] for name in names], axis=1).astype(np.int8)
    order = np.lexsort(patterns.T[::-1])
    return patterns[order], found["n"].astype(float)[order]


def _level_sql(comparison: Comparison) -> str:
    """The number of the level of a pair."""
    cases = [f"WHEN {comparison.missing} THEN {NOT_RECORDED}"]
    cases += [
        f"WHEN {level.condition} THEN {place}" for place, level in enumerate(comparison.levels) if level.condition
    ]
    return f"CASE {' '.join(cases)} ELSE {len(comparison.levels) - 1} END"


@quiet
def weighed(compared: Compared, pairs: Any, matching: Matching, *, least: float | None = None) -> Weighed:
    """Pairs with their weights, those of at least the probability `least` where one is given."""
    linker = _linker(compared, pairs, matching)
    lenient = None if least is None else least * LENIENT
    made = linker.inference.predict(threshold_match_probability=lenient, warning_mode="never")
    levels = [f"gamma_{each.name}" for each in compared.comparisons]
    common = [f"coalesce(tf_{name}_l, 0.0) AS tf_{name}" for name in _frequencies(compared)]
    found = _numbers(
        compared.api.query_sql(
            f"SELECT {', '.join([f'{ID}_l', f'{ID}_r', *levels, *common])} FROM {made.physical_name}"
        )
    )
    made.drop_table_from_database_and_remove_from_cache()
    one, other = (found[f"{ID}_{side}"].astype(np.int64) for side in "lr")
    agreement = _levels(compared, found)
    weight = matching.log_odds(agreement, _rarity(compared, agreement, found, matching))
    left, right = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((right, left))
    if least is not None:
        order = order[weight[order] >= logit(least)]
    return Weighed(left=left[order], right=right[order], weight=weight[order], agreement=agreement[order])


def _frequencies(compared: Compared) -> list[str]:
    """The columns whose values are not equally common."""
    return list(dict.fromkeys(lv.frequency for each in compared.comparisons for lv in each.levels if lv.frequency))


def _rarity(compared: Compared, agreement: Patterns, found: dict[str, NDArray[Any]], matching: Matching) -> Array:
    """``(P,)`` natural log of how common what two reports share is, over how common such things are.

    How common a value is follows from how many other reports have it, with one report more to begin with where ``1/u``
    reports were seen: of a date of birth that only these two have, two in a thousand would be far too many.
    """
    known = {name: int(count) for name, count in compared.recorded.items()}
    rarity = np.zeros(len(agreement))
    for place, each in enumerate(compared.comparisons):
        for number, level in enumerate(each.levels):
            if level.frequency:
                u = matching.overall[place][number]
                others = np.maximum(np.round(found[f"tf_{level.frequency}"] * known[level.frequency]) - 1, 1)
                share = others / (known[level.frequency] + 1 / u)
                rarity += np.where(agreement[:, place] == number, np.log(share / u), 0.0)
    return rarity


def _linker(compared: Compared, pairs: Any = None, matching: Matching | None = None) -> Linker:
    """Splink's linker: over pairs that are given, or those that the rules bring together."""
    from splink import Linker

    linker = Linker(compared.table, _settings(compared, matching))
    if pairs is not None:
        linker.table_management.register_blocked_pairs_for_predict(pairs)
    return linker


def _settings(compared: Compared, matching: Matching | None) -> dict[str, Any]:
    """What is compared and how much it weighs, as Splink takes it."""
    comparisons = []
    for place, each in enumerate(compared.comparisons):
        levels: list[dict[str, Any]] = [
            {"sql_condition": each.missing, "label_for_charts": "missing", "is_null_level": True}
        ]
        for number, level in enumerate(each.levels):
            made: dict[str, Any] = {"sql_condition": level.condition or "ELSE", "label_for_charts": level.code}
            if matching is not None:
                made["m_probability"] = max(float(matching.m[place][number]), NEVER)
                made["u_probability"] = max(float(matching.overall[place][number]), NEVER)
            if level.frequency:
                made["tf_adjustment_column"] = level.frequency
                made["tf_adjustment_weight"] = 1.0
            levels.append(made)
        comparisons.append({"output_column_name": each.name, "comparison_levels": levels})
    prior = {} if matching is None else {"probability_two_random_records_match": matching.prior}
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": ID,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule.sql} for rule in compared.rules],
        "retain_matching_columns": True,  # the levels come with them
        "retain_intermediate_calculation_columns": True,
        **prior,
    }


def _levels(compared: Compared, found: dict[str, NDArray[Any]]) -> Patterns:
    """Our level numbers, from the first on; Splink counts from the last, and -1 is not recorded in both."""
    columns = []
    for each, size in zip(compared.comparisons, compared.levels, strict=True):
        level = found[f"gamma_{each.name}"].astype(np.int64)
        columns.append(np.where(level < 0, NOT_RECORDED, size - 1 - level))
    return np.stack(columns, axis=1).astype(np.int8)


def _numbers(frame: Any) -> dict[str, NDArray[Any]]:
    """The columns of a table of numbers."""
    table = frame.as_pyarrow_table()
    return {name: table.column(name).to_numpy() for name in table.column_names}
