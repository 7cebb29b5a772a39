"""Small tables, messy files, and every kind of data frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from darknumber.errors import InputError
from darknumber.words import LANGUAGES, use_language

Columns = Mapping[str, Sequence[Any]]
Maker = Callable[[Columns], Any]


@pytest.fixture
def save(tmp_path) -> Callable[[str, bytes | str], Path]:
    """Write a file of this name with these bytes."""

    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
    }
    builder = SparkSession.builder.master("local[1]").appName("darknumber-tests")
    session = builder.config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def spark_type(values: Sequence[Any]) -> str:
    kind = type(next(value for value in values if value is not None))
    return {bool: "boolean", int: "long", float: "double", str: "string", datetime: "timestamp"}[kind]


@pytest.fixture(
    params=["pandas", "polars", "polars lazy", "pyarrow", "duckdb", pytest.param("spark", marks=pytest.mark.spark)]
)
def frame_of(request) -> Maker:
    """Make a frame of one of the libraries from columns of Python values."""
    if request.param == "spark":
        session = request.getfixturevalue("spark")

        def in_spark(columns: Columns) -> Any:
            schema = ", ".join(f"`{name}` {spark_type(values)}" for name, values in columns.items())
            return session.createDataFrame(list(zip(*columns.values(), strict=True)), schema=schema)

        return in_spark
    return {
        "pandas": lambda columns: pd.DataFrame(dict(columns)),
        "polars": lambda columns: pl.DataFrame(dict(columns)),
        "polars lazy": lambda columns: pl.LazyFrame(dict(columns)),
        "pyarrow": lambda columns: pa.table(dict(columns)),
        "duckdb": lambda columns: duckdb.connect().from_arrow(pa.table(dict(columns))),
    }[request.param]


@pytest.fixture
def refused() -> Callable[[Callable[[], Any]], InputError]:
    """The error that something raises."""

    def error_of(act: Callable[[], Any]) -> InputError:
        with pytest.raises(InputError) as caught:
            act()
        return caught.value

    return error_of


@pytest.fixture
def everything_said() -> Callable[[BaseException | None], str]:
    """The text of an error and of every error that rides along with it, in both languages."""

    def text(error: BaseException | None) -> str:
        said = []
        while error is not None:
            for code in LANGUAGES:
                with use_language(code):
                    said.append(str(error))
            said += [repr(error.args), repr(getattr(error, "values", ""))]
            error = error.__cause__ or error.__context__
        return "\n".join(said)

    return text
