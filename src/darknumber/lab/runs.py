"""What came of pipelines on populations of known size: one row for each population and pipeline, in columns."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.files import existing
from darknumber.data.targets import place_for
from darknumber.errors import InputError
from darknumber.inference.frames import frame_of
from darknumber.kernels import verdicts

Array = NDArray[np.float64]
Index = NDArray[np.int64]

FORMAT = 1  # raised when an older darknumber could not read the file
REFUSED = -1  # in place of a verdict: the pipeline gave no answer
SECOND_LEVEL = 0.80  # limits are kept at the pipeline's own level and at this one (METHODS 5.2)

_PLACES = ("design", "pipeline", "population", "verdict")
_NUMBERS = ("truth", "level", "observed", "estimate", "lower", "upper", "lower_80", "upper_80", "seconds")
_LABELS = ("designs", "pipelines", "refusal", "findings")
_UNREADABLE = (ValueError, LookupError, TypeError, EOFError, OSError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Runs:
    """One row for each population and pipeline; the columns are arrays.

    Parameters
    ----------
    designs, pipelines
        The names of the designs, and the pipelines as text.
    design, pipeline
        ``(runs,)`` which of them.
    population
        ``(runs,)`` the number of the population, from 0; pipelines with the same design and number had the same table.
    truth
        ``(runs,)`` how many people there are.
    level
        ``(runs,)`` of the interval, such as 0.95.
    observed
        ``(runs,)`` people on some list.
    estimate
        ``(runs,)`` population size; ``inf`` or ``nan`` where the verdict says so, ``nan`` where there is no answer.
    verdict
        ``(runs,)`` code of `darknumber.kernels.verdicts` on the total, or `REFUSED`.
    lower, upper
        ``(runs,)`` limits of the total; ``nan`` where there is no answer.
    lower_80, upper_80
        ``(runs,)`` limits at `SECOND_LEVEL` from the same draws; ``nan`` also for limits calibrated to one level.
    seconds
        ``(runs,)`` processor time of the answer.
    refusal
        ``(runs,)`` the code of the error where there is no answer; empty elsewhere.
    findings
        ``(runs,)`` the codes of the findings of each answer, sorted.
    measures
        What else was measured, ``(runs,)`` each; ``nan`` where it was not.
    """

    designs: tuple[str, ...]
    pipelines: tuple[str, ...]
    design: Index
    pipeline: Index
    population: Index
    verdict: Index
    truth: Array
    level: Array
    observed: Array
    estimate: Array
    lower: Array
    upper: Array
    lower_80: Array
    upper_80: Array
    seconds: Array
    refusal: tuple[str, ...]
    findings: tuple[tuple[str, ...], ...]
    measures: Mapping[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.design)

    @property
    def refused(self) -> NDArray[np.bool_]:
        """``(runs,)`` whether there is no answer."""
        refused: NDArray[np.bool_] = self.verdict == REFUSED
        return refused

    def raised(self, code: str) -> NDArray[np.bool_]:
        """``(runs,)`` whether a finding was raised."""
        return np.array([code in found for found in self.findings], dtype=bool)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Runs:
        """Only some of the rows, by number or by yes and no."""
        places = np.arange(len(self))[rows]
        columns: dict[str, Any] = {name: getattr(self, name)[places] for name in (*_PLACES, *_NUMBERS)}
        columns |= {name: tuple(getattr(self, name)[row] for row in places) for name in ("refusal", "findings")}
        columns["measures"] = {name: values[places] for name, values in self.measures.items()}
        return replace(self, **columns)

    def columns(self) -> dict[str, list[Any]]:
        """All rows as plain columns; the findings are one text each, with spaces between the codes."""
        names = ("refused", *verdicts.NAMES)
        return {
            "design": [self.designs[row] for row in self.design],
            "pipeline": [self.pipelines[row] for row in self.pipeline],
            "population": self.population.tolist(),
            **{name: getattr(self, name).tolist() for name in _NUMBERS},
            "verdict": [names[code - REFUSED] for code in self.verdict],
            "refusal": list(self.refusal),
            "findings": [" ".join(found) for found in self.findings],
            **{name: values.tolist() for name, values in self.measures.items()},
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """All rows as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write to a compressed file, whole or not at all; no person-level rows are in it.

        Raises
        ------
        InputError
            The folder is not there or cannot be written in, or the disk is full.
        """
        target = place_for(path)
        try:
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as stream:
                    self._write(stream)
                os.replace(temporary, target)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise InputError("cannot_write", name=str(target), kind=type(error).__name__) from error
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Runs:
        """Read what `save` wrote; nothing in it is run.

        Raises
        ------
        InputError
            No such file, not one of ours, or damaged.
        """
        try:
            with np.load(existing(os.fspath(path)), allow_pickle=False) as archive:
                return cls._read({name: archive[name] for name in archive.files})
        except _UNREADABLE as error:
            raise InputError("not_runs", name=str(path)) from error

    def _write(self, stream: IO[bytes]) -> None:
        tree = {"format": FORMAT, "measures": list(self.measures)} | {name: getattr(self, name) for name in _LABELS}
        np.savez_compressed(
            stream,
            tree=np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8),
            places=np.stack([getattr(self, name) for name in _PLACES]),
            numbers=np.stack([getattr(self, name) for name in _NUMBERS]),
            measures=np.stack([*self.measures.values()]) if self.measures else np.zeros((0, len(self))),
        )

    @classmethod
    def _read(cls, arrays: Mapping[str, NDArray[Any]]) -> Runs:
        tree = json.loads(bytes(arrays["tree"]))
        if tree["format"] != FORMAT:
            raise ValueError(tree["format"])
        return cls(
            **dict(zip(_PLACES, arrays["places"], strict=True)),
            **dict(zip(_NUMBERS, arrays["numbers"], strict=True)),
            designs=tuple(tree["designs"]),
            pipelines=tuple(tree["pipelines"]),
            refusal=tuple(tree["refusal"]),
            findings=tuple(tuple(found) for found in tree["findings"]),
            measures=dict(zip(tree["measures"], arrays["measures"], strict=True)),
        )


def joined(parts: Sequence[Runs], designs: Sequence[str] = (), pipelines: Sequence[str] = ()) -> Runs:
    """All rows of several in one, sorted by design, pipeline and population.

    Parameters
    ----------
    designs, pipelines
        The order of the names; those that are not in it come last, in the order in which they are met.
    """
    orders = {
        "design": _order(designs, [part.designs for part in parts]),
        "pipeline": _order(pipelines, [part.pipelines for part in parts]),
    }
    measured = dict.fromkeys(name for part in parts for name in part.measures)
    columns = {name: _stacked([getattr(part, name) for part in parts], float) for name in _NUMBERS}
    places = {name: _stacked([getattr(part, name) for part in parts], np.int64) for name in ("population", "verdict")}
    for name, order in orders.items():
        numbers = [
            np.array([order[label] for label in getattr(part, f"{name}s")], dtype=np.int64)[getattr(part, name)]
            for part in parts
        ]
        places[name] = _stacked(numbers, np.int64)
    whole = Runs(
        designs=tuple(orders["design"]),
        pipelines=tuple(orders["pipeline"]),
        **places,
        **columns,
        refusal=tuple(code for part in parts for code in part.refusal),
        findings=tuple(found for part in parts for found in part.findings),
        measures={
            name: _stacked([part.measures.get(name, np.full(len(part), np.nan)) for part in parts], float)
            for name in measured
        },
    )
    return whole.take(np.lexsort((whole.population, whole.pipeline, whole.design)))


def of_rows(rows: Sequence[Mapping[str, Any]], design: str, pipeline: str) -> Runs:
    """The runs of one design and one pipeline, a mapping for each population with the fields of `Runs`."""
    measured = dict.fromkeys(name for row in rows for name in row["measures"])
    first = np.zeros(len(rows), dtype=np.int64)
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows], dtype=float) for name in _NUMBERS}
    columns |= {name: np.array([row[name] for row in rows], dtype=np.int64) for name in ("population", "verdict")}
    return Runs(
        designs=(design,),
        pipelines=(pipeline,),
        design=first,
        pipeline=first,
        **columns,
        refusal=tuple(row["refusal"] for row in rows),
        findings=tuple(row["findings"] for row in rows),
        measures={name: np.array([row["measures"].get(name, np.nan) for row in rows]) for name in measured},
    )


def same(one: Runs, other: Runs) -> bool:
    """Whether two hold the same answers; only the time they took may differ."""
    for item in fields(Runs):
        a, b = getattr(one, item.name), getattr(other, item.name)
        if item.name == "seconds":
            continue
        if item.name == "measures":
            if a.keys() != b.keys() or not all(np.array_equal(a[name], b[name], equal_nan=True) for name in a):
                return False
        elif not (np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b):
            return False
    return True


def _order(first: Sequence[str], met: Sequence[Sequence[str]]) -> dict[str, int]:
    names = dict.fromkeys([*first, *(name for each in met for name in each)])
    return {name: place for place, name in enumerate(names)}


def _stacked(arrays: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate(arrays).astype(kind) if arrays else np.zeros(0, dtype=kind)
