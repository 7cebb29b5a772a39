"""What all tests share: the golden numbers, and a run that can say that nothing was left out.

Tests that need something a machine may lack (the R packages' data files, a Java runtime, Chromium) are left out where
it is missing, and the last lines say how many and why. With ``DARKNUMBER_STRICT=1``, as in the gate, a test that was
left out, skipped or expected to fail makes the whole run fail: there is no way to pass without running everything.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
GOLDEN_NUMBERS = ROOT / "tests" / "golden"
ABSENT = "none"  # DARKNUMBER_GOLDEN=none: known to be missing here, so that its absence is not a failure

# Files that take longest come first: workers take one file after the other, and a long one at the end is waited for.
LONGEST = (
    "contract/test_models.py",
    "web/test_reports.py",
    "run/test_from_reports.py",
    "register/test_together.py",
    "register/test_linking_spark.py",
    "run/test_demo.py",
    "browser/test_flow.py",
)

# Java compiles what Spark runs once and quickly: to do it thoroughly takes as long again, and no test runs long enough.
os.environ.setdefault("SPARK_SUBMIT_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")

# Kernels compile on their first call, so a time limit on one example would fail for no reason.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.register_profile("gate", deadline=None, print_blob=True, derandomize=True)


def strict() -> bool:
    """Whether leaving a test out is a failure."""
    return os.environ.get("DARKNUMBER_STRICT", "") == "1"


def golden_folder() -> Path:
    """The folder of the data files that ship with the R packages."""
    return Path(os.environ.get("DARKNUMBER_GOLDEN") or ROOT.parent / "shared" / "golden" / "data")


def chromium() -> str | None:
    """The browser for tests marked ``browser``, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def _java() -> bool:
    return bool(os.environ.get("JAVA_HOME") or shutil.which("java"))


NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "golden": (lambda: golden_folder().is_dir(), "the R packages' data are not beside this checkout"),
    "spark": (_java, "there is no Java runtime"),
    "browser": (lambda: chromium() is not None, "there is no Chromium"),
}


@pytest.fixture(scope="session")
def golden_data() -> Callable[[str], Path]:
    """The path of one data file of the R packages, by the name it has in the golden numbers."""

    def path_of(dataset: str) -> Path:
        path = golden_folder() / f"{dataset}.csv"
        if not path.is_file():
            pytest.fail(f"{path.name} is missing from the golden data")
        return path

    return path_of


def _rows(node: dict[str, Any]) -> Any:
    if node.keys() == {"columns", "rows"}:
        return [dict(zip(node["columns"], row, strict=True)) for row in node["rows"]]
    return node


@pytest.fixture(scope="session")
def golden() -> Callable[[str], list[dict[str, Any]]]:
    """The records of one program in ``tests/golden``; tables come as lists of dictionaries."""

    def records(package: str) -> list[dict[str, Any]]:
        page = json.loads((GOLDEN_NUMBERS / f"{package}.json").read_text(encoding="utf-8"), object_hook=_rows)
        return [{"peer": page["peer"], "version": page["version"], **record} for record in page["records"]]

    return records


class Ledger:
    """What did not run, and whether that is a failure."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self.not_run: list[str] = []

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.not_run += [f"{item.nodeid} (deselected)" for item in items if not hasattr(item, "declared_absent")]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if hasattr(report, "wasxfail"):
            self.not_run.append(f"{report.nodeid} (expected to fail)")
        elif report.skipped:
            self.not_run.append(f"{report.nodeid} (skipped)")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.not_run.append(f"{report.nodeid} (skipped)")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker of pytest-xdist left out; all of them collect the same tests."""
        told = getattr(node, "workeroutput", {})
        self.left_out |= Counter(told.get("left_out", {}))
        self.not_run += [name for name in told.get("not_run", []) if name not in self.not_run]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput.update(left_out=dict(self.left_out), not_run=self.not_run)
        if strict() and self.not_run and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for reason, number in self.left_out.items():
            terminalreporter.write_line(f"{number} tests left out: {reason}", yellow=True)
        if strict() and self.not_run:
            terminalreporter.write_line(f"FAILED: {len(self.not_run)} tests did not run, and here all must:", red=True)
            for name in self.not_run:
                terminalreporter.write_line(f"  {name}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Ledger(), "darknumber-ledger")
    hypothesis.settings.load_profile("gate" if strict() else "house")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the users of `golden_data`, leave out what this machine cannot run, and put the longest files first."""
    first = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: first.get(item.path, len(first)))
    ledger: Ledger = config.pluginmanager.get_plugin("darknumber-ledger")  # type: ignore[assignment]
    missing = {marker: reason for marker, (present, reason) in NEEDS.items() if not present()}
    declared = os.environ.get("DARKNUMBER_GOLDEN") == ABSENT
    kept: list[pytest.Item] = []
    out: list[pytest.Item] = []
    for item in items:
        if "golden_data" in getattr(item, "fixturenames", ()):
            item.add_marker("golden")
        lacking = next((marker for marker in missing if item.get_closest_marker(marker)), None)
        if lacking is None:
            kept.append(item)
            continue
        if lacking == "golden" and declared:
            item.declared_absent = True  # type: ignore[attr-defined]
        ledger.left_out[missing[lacking]] += 1
        out.append(item)
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = kept


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The small study of `tests.small_study`, run."""
    from darknumber.run.make import run_study
    from tests.small_study import write_study

    return run_study(write_study(tmp_path_factory.mktemp("study")), workers=1)
