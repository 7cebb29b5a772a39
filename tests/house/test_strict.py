"""In the gate, a test that did not run is a test that failed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

SKIPPED = "import pytest\n\ndef test_a():\n    pass\n\ndef test_b():\n    pytest.skip('not now')\n"
XFAILED = "import pytest\n\n@pytest.mark.xfail\ndef test_a():\n    assert False\n"
MODULE = "import pytest\n\npytest.importorskip('no_such_module')\n"
GOLDEN = "def test_a(golden_data):\n    pass\n\ndef test_b():\n    pass\n"
FINE = "def test_a():\n    pass\n"
WORKERS = ("-p", "xdist", "-n", "2")


@pytest.fixture
def outcome(tmp_path, root):
    """Run pytest on a small file with our conftest; the exit status and the output."""
    (tmp_path / "tests").mkdir()
    shutil.copy(root / "tests" / "conftest.py", tmp_path / "tests")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  golden: x\n  spark: x\n  browser: x\n")

    def run(code: str, strict: str, *options: str, **settings: str) -> tuple[int, str]:
        (tmp_path / "tests" / "test_it.py").write_text(code)
        environment = {
            **os.environ,
            "DARKNUMBER_STRICT": strict,
            "DARKNUMBER_GOLDEN": str(tmp_path / "gone"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # of the machine's plugins none matters, and each takes time
            **settings,
        }
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    return run


@pytest.mark.parametrize("code", [SKIPPED, XFAILED, GOLDEN], ids=["skipped", "xfailed", "golden"])
def test_what_did_not_run_fails_the_gate(outcome, code):
    assert outcome(code, "")[0] == 0
    status, output = outcome(code, "1")
    assert status == 1
    assert "test_it.py" in output


def test_a_skipped_file_fails_the_gate(outcome):
    status, output = outcome(MODULE, "1")
    assert status == 1
    assert "test_it.py (skipped)" in output


def test_a_deselected_test_fails_the_gate(outcome):
    assert outcome(SKIPPED, "", "-k", "test_a")[0] == 0
    assert outcome(SKIPPED, "1", "-k", "test_a")[0] == 1


LEFT_OUT = {"skipped": SKIPPED, "xfailed": XFAILED, "golden": GOLDEN, "file": MODULE}


@pytest.mark.parametrize("code", LEFT_OUT.values(), ids=LEFT_OUT)
def test_two_workers_leave_nothing_out_either(outcome, code):
    status, output = outcome(code, "1", *WORKERS)
    assert status == 1
    assert output.count("test_it.py") == 1


def test_what_two_workers_leave_out_fails_in_the_gate_only(outcome, tmp_path):
    for name, code in LEFT_OUT.items():
        (tmp_path / "tests" / f"test_{name}.py").write_text(code)
    assert outcome(FINE, "", *WORKERS)[0] == 0
    for name in LEFT_OUT:
        (tmp_path / "tests" / f"test_{name}.py").unlink()
    assert outcome(FINE, "1", *WORKERS)[0] == 0


def test_running_everything_passes_the_gate(outcome):
    assert outcome(FINE, "1")[0] == 0


def test_missing_golden_data_are_said(outcome):
    status, output = outcome(GOLDEN, "")
    assert status == 0
    assert "1 tests left out: the R packages' data are not beside this checkout" in output


def test_golden_data_known_to_be_absent_do_not_fail_the_gate(outcome):
    status, output = outcome(GOLDEN, "1", DARKNUMBER_GOLDEN="none")
    assert status == 0
    assert "1 tests left out" in output
