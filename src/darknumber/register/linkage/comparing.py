"""Splink behind our own small interface: pairs brought together, compared and weighed, in DuckDB or in Spark.

Splink (Linacre and others, International Journal of Population Data Science 7:1794, 2022) writes the SQL for rules,
comparisons and how common a name is, and runs it where the rows are. What comes back is numbers: of a pair the rows of
its two reports, its levels, and how rare what they share is. What that says is `darknumber.register.linkage.matching`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
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

NAMES = ("given", "given_first", "given_full", "surname", "surname_other")  # compared with each other
KEYS = ("person_key", "own_key")
ID = "row"  # the column by which Splink knows a report
TABLE = "darknumber_forms"
CLOSE = 1e-6  # in log odds: the engine's logarithms may differ from numpy's in their last digits
# A number for each pair that does not follow the order of the rows: a square, modulo a prime.
_MIXED = "((join_key_l * 48271 + join_key_r * 69621) % 2147483647)"
_SCATTERED = f"({_MIXED} * {_MIXED} % 2147483647)"


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
    forms = _with_counts(forms, frequencies(comparisons))
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
        opened = connection(room=True)
        opened.execute("SET preserve_insertion_order = false")  # it takes memory, and rows are put in order afterwards
        file = f"read_parquet('{path}')"
        opened.execute(f"CREATE TABLE {TABLE} AS SELECT {_narrow(opened, file)} FROM {file} ORDER BY {ID}")
        path.unlink()
        api = DuckDBAPI(opened)
        table = api.register(TABLE)
    row = _numbers(api.query_sql(f"SELECT {ID} FROM {table.physical_name}"))[ID]
    held = Compared(
        api=api, table=table, comparisons=tuple(comparisons), rules=tuple(rules), row=np.sort(row.astype(np.int64))
    )
    counts = ", ".join(f"count({name}) AS {name}" for name in frequencies(comparisons))
    told = _numbers(api.query_sql(f"SELECT {counts} FROM {table.physical_name}")) if counts else {}
    return replace(held, recorded={name: int(column[0]) for name, column in told.items()})


def _narrow(opened: Any, file: str) -> str:
    """The columns of forms, with texts as numbers of their places in a dictionary: a fifth of the memory.

    Names share one dictionary, as they are compared with each other. Numbers of persons stay texts: nearly each is
    another one.
    """
    kinds = {name: kind for name, kind, *_ in opened.execute(f"DESCRIBE SELECT * FROM {file}").fetchall()}
    texts = [name for name, kind in kinds.items() if kind == "VARCHAR" and name not in KEYS]
    numbered = {name: "names" if name in NAMES else name for name in texts}
    for kind in dict.fromkeys(numbered.values()):
        values = " UNION ".join(f"SELECT {name} FROM {file}" for name, own in numbered.items() if own == kind)
        opened.execute(
            f"CREATE TYPE kind_{kind} AS ENUM (SELECT * FROM ({values}) AS t(value) WHERE value IS NOT NULL)"
        )
    return ", ".join(f"CAST({n} AS kind_{numbered[n]}) AS {n}" if n in numbered else n for n in kinds)


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
    names = ", ".join(each.name for each in compared.comparisons)
    found = _numbers(
        compared.api.query_sql(f"SELECT {names}, count(*) AS n FROM ({_levels_sql(compared, pairs)}) GROUP BY {names}")
    )
    patterns = _patterns(compared, found)
    order = np.lexsort(patterns.T[::-1])
    return patterns[order], found["n"].astype(float)[order]


@quiet
def weighed(compared: Compared, pairs: Any, matching: Matching, *, least: float | None = None) -> Weighed:
    """Pairs with their weights, those of at least the probability `least` where one is given.

    Nearly all pairs that the rules bring together are far from that. Each pattern allows what two reports share to be
    so common and no more; only the pairs within leave the engine.
    """
    commons = {name: f"n_{name}" for name in frequencies(compared.comparisons)}
    levels = _levels_sql(
        compared, pairs, [f"l.{ID} AS {ID}_l", f"r.{ID} AS {ID}_r", *(f"l.{n}" for n in commons.values())]
    )
    if least is None:
        sql = levels
    else:
        limits = compared.api.register(_limits(compared, matching, least))
        sql = (
            f"SELECT weighed.* FROM (SELECT *, {_code_sql(compared)} AS code, "
            f"{_rarity_sql(compared, matching)} AS rarity FROM ({levels}) AS leveled) AS weighed "
            f"JOIN {limits.physical_name} AS limits ON weighed.code = limits.code AND weighed.rarity <= limits.most"
        )
    found = _numbers(compared.api.query_sql(sql))
    one, other = (found[f"{ID}_{side}"].astype(np.int64) for side in "lr")
    agreement = _patterns(compared, found)
    weight = matching.log_odds(agreement, _rarity(compared, agreement, found, matching))
    left, right = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((right, left))
    if least is not None:
        order = order[weight[order] >= logit(least)]
    return Weighed(left=left[order], right=right[order], weight=weight[order], agreement=agreement[order])


def _levels_sql(compared: Compared, pairs: Any, more: Sequence[str] = ()) -> str:
    """The level of each comparison of pairs, and `more` of their reports ``l`` and ``r``."""
    forms = compared.table.physical_name
    columns = [column for column in columns_for(compared.comparisons, ()) if column != ID]
    sides = ", ".join([*more, *(f"{side}.{column} AS {column}_{side}" for column in columns for side in "lr")])
    kept = [each.rpartition(" ")[2].rpartition(".")[2] for each in more]
    levels = ", ".join([*kept, *(f"{_level_sql(each)} AS {each.name}" for each in compared.comparisons)])
    return (
        f"SELECT {levels} FROM (SELECT {sides} FROM {pairs.physical_name} p "
        f"JOIN {forms} l ON l.{ID} = p.join_key_l JOIN {forms} r ON r.{ID} = p.join_key_r) AS together"
    )


def _level_sql(comparison: Comparison) -> str:
    """The number of the level of a pair."""
    cases = [f"WHEN {comparison.missing} THEN {NOT_RECORDED}"]
    cases += [
        f"WHEN {level.condition} THEN {place}" for place, level in enumerate(comparison.levels) if level.condition
    ]
    return f"CASE {' '.join(cases)} ELSE {len(comparison.levels) - 1} END"


def _patterns(compared: Compared, found: dict[str, NDArray[Any]]) -> Patterns:
    return np.stack([found[each.name] for each in compared.comparisons], axis=1).astype(np.int8)


def _code_sql(compared: Compared) -> str:
    """A number for each pattern, as `np.ravel_multi_index` gives it; what is not recorded is the first level."""
    sql = "0"
    for each, size in zip(compared.comparisons, compared.levels, strict=True):
        sql = f"({sql} * {size + 1} + {each.name} + 1)"
    return sql


def _limits(compared: Compared, matching: Matching, least: float) -> Any:
    """For the code of each pattern how common what two reports share can be, as in `_rarity`, for them to be weighed.

    Left out are patterns of which no pair can have a probability of `least`, however rare what they share.
    """
    import pyarrow

    sizes = [size + 1 for size in compared.levels]
    code = np.arange(int(np.prod(sizes)))
    patterns = np.stack(np.unravel_index(code, sizes), axis=1).astype(np.int8) + NOT_RECORDED
    rarest = np.zeros(len(code))
    for place, number, _, known, u in _common(compared, matching):
        rarest += np.where(patterns[:, place] == number, -np.log((known + 1 / u) * u), 0.0)
    one, strangers, alike = matching.logs(patterns)
    most = one - logit(least) - strangers
    can = (most + CLOSE >= rarest) & (one - alike + CLOSE >= logit(least))
    return pyarrow.table({"code": code[can], "most": most[can] + CLOSE})


def _common(compared: Compared, matching: Matching) -> Iterator[tuple[int, int, str, int, float]]:
    """The levels at which it matters how common a value is: comparison, level, column, reports that have one, u."""
    for place, each in enumerate(compared.comparisons):
        for number, level in enumerate(each.levels):
            if level.frequency:
                u = float(matching.overall[place][number])
                yield place, number, f"n_{level.frequency}", compared.recorded[level.frequency], u


def _rarity(compared: Compared, agreement: Patterns, found: dict[str, NDArray[Any]], matching: Matching) -> Array:
    """``(P,)`` natural log of how common what two reports share is, over how common such things are.

    How common a value is follows from how many other reports have it, with one report more to begin with where ``1/u``
    reports were seen: of a date of birth that only these two have, two in a thousand would be far too many.
    """
    rarity = np.zeros(len(agreement))
    for place, number, column, known, u in _common(compared, matching):
        here = agreement[:, place] == number
        others = np.maximum(found[column][here] - 1, 1)
        rarity[here] += np.log(others / ((known + 1 / u) * u))
    return rarity


def _rarity_sql(compared: Compared, matching: Matching) -> str:
    """The same in the engine."""
    terms = [
        # in doubles: of a number with many digits Spark makes a decimal, and rounds what it is divided by
        f"CASE WHEN {compared.comparisons[place].name} = {number} THEN ln(CAST(greatest({column} - 1, 1) AS DOUBLE)) "
        f"- CAST({float(np.log((known + 1 / u) * u))!r} AS DOUBLE) ELSE CAST(0 AS DOUBLE) END"
        for place, number, column, known, u in _common(compared, matching)
    ]
    return " + ".join(["CAST(0 AS DOUBLE)", *terms])


def frequencies(comparisons: Sequence[Comparison]) -> list[str]:
    """The columns whose values are not equally common."""
    return list(dict.fromkeys(lv.frequency for each in comparisons for lv in each.levels if lv.frequency))


def _with_counts(forms: nw.LazyFrame[Any], names: Sequence[str]) -> nw.LazyFrame[Any]:
    """The forms with, for each of these columns, how many reports have the same value."""
    counted = forms
    for name in names:
        counts = forms.filter(~nw.col(name).is_null()).group_by(name).agg(nw.len().alias(f"n_{name}"))
        counted = counted.join(counts, on=name, how="left")
    return counted


def _linker(compared: Compared) -> Linker:
    """Splink's linker, with the rules that bring pairs together; it takes no part in weighing them."""
    from splink import Linker

    comparisons = [
        {
            "output_column_name": each.name,
            "comparison_levels": [
                {"sql_condition": each.missing, "label_for_charts": "missing", "is_null_level": True},
                *({"sql_condition": lv.condition or "ELSE", "label_for_charts": lv.code} for lv in each.levels),
            ],
        }
        for each in compared.comparisons
    ]
    settings = {
        "link_type": "dedupe_only",
        "unique_id_column_name": ID,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule.sql} for rule in compared.rules],
    }
    return Linker(compared.table, settings, validate_settings=False)  # Splink would only log what it thinks of them


def _numbers(frame: Any) -> dict[str, NDArray[Any]]:
    """The columns of a table of numbers."""
    table = frame.as_pyarrow_table()
    return {name: table.column(name).to_numpy() for name in table.column_names}
