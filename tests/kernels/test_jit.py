"""Compiled kernels are found again only while no file of the kernels has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

import darknumber.kernels
from darknumber.kernels import jit, poisson, stepwise
from darknumber.models import Stepwise, Stratified
from darknumber.models.columns import make_columns, terms_of
from darknumber.models.selection import Search
from tests.oracles import random_table

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
        assert inside or not found.parent.exists()  # what nobody else can use is not left behind


def test_no_kernel_is_compiled_twice():
    """Tables cut out of larger ones have another layout in memory, which must not reach the compiled functions."""
    table = random_table(np.random.default_rng(0), lists=3, levels=(2, 3), people=900, on_list=(0.1, 0.4))
    columns = make_columns(table, terms_of("A:B + A:u", table), "free")
    design = columns.only(np.ones(len(columns.terms), dtype=bool))
    y = table.dense()
    wide = np.zeros((4, *y.shape[::-1])).transpose(0, 2, 1)
    wide[:] = y
    theta, _, _ = poisson.maximise(design, y)
    poisson.maximise_many(design, np.stack([y] * 3), theta)
    Search(Stepwise(), table).walk(y)
    kernels = (poisson.newton, poisson.newton_many, stepwise.walk)
    compiled = [len(kernel.signatures) for kernel in kernels]
    for counts in (np.asfortranarray(y), wide[1]):
        poisson.maximise(design, counts)
    for many in (wide, wide[::2]):
        poisson.maximise_many(design, many, theta)
    for counts in (np.asfortranarray(y), wide[1]):
        Search(Stepwise(), table).walk(counts)
    for model, data in ((Stratified(by=("u",)), table), (Stratified(by=("v", "u")), table), (Stepwise(), table)):
        model.refit(model.fit(data), np.stack([y] * 2))
    assert [len(kernel.signatures) for kernel in kernels] == compiled
