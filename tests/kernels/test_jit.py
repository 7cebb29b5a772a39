"""Compiled kernels are found again only while no file of the kernels has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import darknumber.kernels
from darknumber.kernels import jit

FOLDER = "import numba, darknumber.kernels.jit; print(numba.config.CACHE_DIR)"


def test_the_cache_is_named_after_all_kernels(monkeypatch, tmp_path):
    here = Path(darknumber.kernels.__file__).parent
    for path in here.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(jit, "__file__", str(tmp_path / "jit.py"))
    before = jit._sources_key()
    (tmp_path / "histories.py").write_text("# edited")
    assert jit._sources_key() != before


def test_a_folder_that_cannot_be_written_is_replaced(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    command = [sys.executable, "-c", FOLDER]
    for home, inside in [(tmp_path / "cache", True), (blocked, False)]:
        given = environment | {"XDG_CACHE_HOME": str(home), "LOCALAPPDATA": str(home)}
        found = Path(subprocess.run(command, env=given, check=True, capture_output=True, text=True).stdout.strip())
        assert found.is_relative_to(home) == inside
        assert found.name.startswith("kernels-")
